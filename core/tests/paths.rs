//! Calls by their paths: what a client knows of a path without a method, and what their errors say.

use crate::common::signed::{APPID, MCH_ID, file};
use crate::common::{Act, KEY, Scripted, client, signed, within};
use wxpaykit::value::{Params, Value};
use wxpaykit::{
    Error, Fields, Kind, MerchantOptions, Options, Outcome, SignType, WxPay, doctor::Language, v2::sign::sign,
    wire::xml,
};

const TRANSFERS: &str = "/mmpaymkttransfers/promotion/transfers";
const OPENID: &str = "oxTWIuGaIt6gTKsQRLau2M0yL16E";

/// As `coming/v2/transfers-ok-unsigned.xml`, of this merchant.
fn transferred(number: &str) -> String {
    document(&[
        ("return_code", "SUCCESS"),
        ("return_msg", ""),
        ("mch_appid", APPID),
        ("mchid", MCH_ID),
        ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ("result_code", "SUCCESS"),
        ("partner_trade_no", number),
        ("payment_no", "10100000000012025112700000000001"),
        ("payment_time", "2025-11-27 15:00:00"),
    ])
}

fn document(pairs: &[(&str, &str)]) -> String {
    xml::build(pairs.iter().copied()).unwrap()
}

fn by_hmac(pairs: &[(&str, &str)]) -> String {
    let sign = sign(pairs.iter().copied(), KEY, SignType::HmacSha256);
    document(&pairs.iter().copied().chain([("sign", &*sign)]).collect::<Vec<_>>())
}

fn merchant() -> MerchantOptions {
    MerchantOptions::new(APPID, MCH_ID, KEY)
}

fn options(merchant: MerchantOptions, url: &str) -> Options {
    Options::new(merchant).endpoints(url).store("memory:").max_network_retries(0)
}

fn with_certificate() -> MerchantOptions {
    merchant().client_cert(file("apiclient_cert.pem")).client_key(file("apiclient_key.pem"))
}

fn given(pairs: &[(&'static str, &'static str)]) -> Params<'static> {
    pairs.iter().map(|(name, value)| ((*name).into(), Value::Text((*value).into()))).collect()
}

/// The result of a call that is answered so, and what was sent.
async fn called(path: &str, pairs: &[(&'static str, &'static str)], reply: &str) -> (Result<Fields, Error>, Fields) {
    let server = Scripted::start(vec![Act::Answer(200, reply.to_owned())]).await;
    let pay: WxPay = client(options(with_certificate(), &server.url));
    let result = pay.call(path, &given(pairs)).await;
    let sent = server.bodies().pop().map(|body| xml::parse(body.as_bytes()).unwrap());
    (result, sent.unwrap_or_default())
}

fn names(sent: &Fields) -> Vec<&str> {
    sent.iter().map(|(name, _)| name).collect()
}

/// C-49 and C-64.
#[test]
fn an_old_transfer_has_its_own_names_and_its_reply_needs_no_signature() {
    within(async {
        let pairs = [("partner_trade_no", "TR1"), ("openid", OPENID), ("amount", "100")];
        let (reply, sent) = called(TRANSFERS, &pairs, &transferred("TR1")).await;
        assert_eq!(reply.unwrap().get("payment_no"), Some("10100000000012025112700000000001"));
        let expected = ["partner_trade_no", "openid", "amount", "mch_appid", "mchid", "nonce_str", "sign"];
        assert_eq!(names(&sent), expected);
        assert_eq!((sent.get("mch_appid"), sent.get("mchid")), (Some(APPID), Some(MCH_ID)));
        let unsigned: Vec<_> = sent.iter().filter(|(name, _)| *name != "sign").collect();
        assert_eq!(sent.get("sign"), Some(&*sign(unsigned.into_iter(), KEY, SignType::Md5)));

        // A caller of an earlier version gives them.
        let both = [("partner_trade_no", "TR1"), ("mchid", MCH_ID), ("mch_appid", APPID)];
        let (reply, sent) = called(TRANSFERS, &both, &transferred("TR1")).await;
        assert!(reply.is_ok() && names(&sent).len() == 5, "{sent:?}");
        // The payment of WeCom has the other pair.
        let paid =
            [("return_code", "SUCCESS"), ("result_code", "SUCCESS"), ("partner_trade_no", "W1"), ("payment_no", "1")];
        let asked = "/mmpaymkttransfers/gettransferinfo";
        let (reply, sent) = called(asked, &[("partner_trade_no", "W1")], &document(&paid)).await;
        assert!(reply.is_ok());
        assert_eq!(names(&sent), ["partner_trade_no", "appid", "mch_id", "nonce_str", "sign"]);
    });
}

#[test]
fn names_of_another_call_and_numbers_of_another_merchant_are_not_sent() {
    within(async {
        let refused = async |path: &str, name: &'static str, value: &'static str| {
            let (result, sent) = called(path, &[("partner_trade_no", "TR1"), (name, value)], "").await;
            assert!(names(&sent).is_empty());
            let error = result.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(name)), "{error}");
            assert_ne!(error.message(Language::Chinese), error.message(Language::English), "{error}");
            error.to_string()
        };
        let text = refused(TRANSFERS, "mch_id", MCH_ID).await;
        assert!(text.contains("is called mchid in /mmpaymkttransfers/promotion/transfers"), "{text}");
        assert!(refused(TRANSFERS, "wxappid", APPID).await.contains("is called mch_appid"));
        assert!(refused(TRANSFERS, "mchid", "1900000110").await.contains("and is 1900000109"));
        assert!(refused("/mmpaymkttransfers/sendredpack", "appid", APPID).await.contains("is called wxappid"));
        assert!(refused("/mmpaymkttransfers/gettransferinfo", "mchid", MCH_ID).await.contains("is called mch_id"));
        assert!(refused("/pay/profitsharingquery", "appid", APPID).await.contains("is not a field of /pay/profit"));
        assert!(refused("/pay/anything", "appid", APPID).await.contains("is set by the client"));
        assert!(refused("/pay/anything", "sign_type", "MD5").await.contains("is set by the client"));
        // What such a name means there is not known.
        for path in ["/pay/anything", "/mchrisk/querymchrisk", "/sandboxnew/pay/anything"] {
            assert!(called(path, &[("mchid", "1")], "").await.1.contains("mchid"), "{path}");
        }
    });
}

/// Protocol §2.6.
#[test]
fn a_reply_without_a_signature_is_taken_where_the_protocol_says_so_alone() {
    within(async {
        let success = [("return_code", "SUCCESS"), ("result_code", "SUCCESS")];
        let plain = document(&success);
        let transfer = document(&[success[0], success[1], ("partner_trade_no", "N1")]);
        let packet = document(&[success[0], success[1], ("mch_billno", "N1")]);
        for (path, number, reply) in [
            (TRANSFERS, "partner_trade_no", &transfer),
            ("/mmpaymkttransfers/gettransferinfo", "partner_trade_no", &transfer),
            ("/mmpaysptrans/pay_bank", "partner_trade_no", &transfer),
            ("/mmpaysptrans/query_bank", "partner_trade_no", &transfer),
            (
                "/mmpaymkttransfers/promotion/querywwsptrans2pocket",
                "partner_trade_no",
                &document(&[success[0], success[1], ("partner_trade_no", "N1"), ("status", "SUCCESS")]),
            ),
            ("/mmpaymkttransfers/sendredpack", "mch_billno", &packet),
            ("/mmpaymkttransfers/sendgroupredpack", "mch_billno", &packet),
            ("/mmpaymkttransfers/sendminiprogramhb", "mch_billno", &packet),
            ("/mmpaymkttransfers/gethbinfo", "mch_billno", &packet),
            ("/payitil/report", "out_trade_no", &plain),
            ("/risk/getpublickey", "x", &plain),
            ("/secapi/mch/submchmanage", "x", &plain),
            ("/mchrisk/querymchrisk", "x", &plain),
            ("/papay/partner/entrustweb", "x", &plain),
        ] {
            let (result, _) = called(path, &[(number, "N1")], reply).await;
            assert!(result.is_ok(), "{path}: {}", result.unwrap_err());
            // A wrong signature is one, and so is another number than the one that was sent.
            let forged = reply.replace("</xml>", "<sign>0123456789ABCDEF0123456789ABCDEF</sign></xml>");
            let error = called(path, &[(number, "N1")], &forged).await.0.unwrap_err();
            assert_eq!(error.class(), "SignatureError", "{path}: {error}");
            if number != "x" && path != "/payitil/report" {
                let error = called(path, &[(number, "N2")], reply).await.0.unwrap_err();
                assert_eq!((error.class(), error.code()), ("PaymentMismatch", "reply_mismatch"), "{path}: {error}");
                let is_question = path.contains("/get") || path.contains("query");
                let known = if is_question { (None, None) } else { (Some(Outcome::Unknown), Some(200)) };
                assert_eq!((error.outcome(), error.status()), known, "{path}: {error}");
                assert_eq!(error.to_string().contains("The outcome is unknown (HTTP 200)"), !is_question, "{error}");
                if !is_question {
                    assert_eq!(error.number(), Some((number, "N2")), "{path}: {error}");
                }
                let error = called(path, &[(number, "N1")], &plain).await.0.unwrap_err();
                assert_eq!(error.code(), "malformed_reply", "{path}: {error}");
            }
        }
        for path in [
            "/pay/anything",
            "/mmpaymkttransfers/x",
            "/mmpaymkttransfers/send_coupon",
            "/secapi/pay/profitsharing",
            "/pay/combinedorder",
            "/papay/querycontract",
            "/pay/orderquery",
            "/mchrisk",
            "/sandboxnew/pay/orderquery",
        ] {
            let error = called(path, &[], &plain).await.0.unwrap_err();
            assert_eq!((error.class(), error.code()), ("SignatureError", "sign_missing"), "{path}: {error}");
        }
    });
}

/// Protocol §3.21: an order of a bank transfer is not one of a customer.
#[test]
fn a_code_means_what_it_means_in_its_call() {
    within(async {
        let refused = |code: &str| {
            document(&[("return_code", "SUCCESS"), ("result_code", "FAIL"), ("err_code", code), ("err_code_des", "x")])
        };
        let remedy = async |path: &str, code: &str| {
            let error = called(path, &[("partner_trade_no", "N1")], &refused(code)).await.0.unwrap_err();
            assert_eq!(error.class(), "BusinessError", "{error}");
            error
        };
        let error = remedy("/mmpaysptrans/pay_bank", "ORDERPAID").await;
        assert_eq!(error.retry().as_str(), "query_first");
        assert_eq!(
            error.to_string(),
            "call: ORDERPAID: x. A bank transfer with this partner_trade_no exists. Call /mmpaysptrans/query_bank with partner_trade_no N1 \
             first; do not use a new partner_trade_no"
        );
        let chinese = error.message(Language::Chinese);
        assert!(chinese.contains("该 partner_trade_no 已有付款到银行卡的订单"), "{chinese}");
        let error = remedy("/mmpaysptrans/query_bank", "ORDERNOTEXIST").await.to_string();
        assert!(error.contains("WeChat has no bank transfer with this partner_trade_no"), "{error}");
        let error = remedy("/mmpaysptrans/pay_bank", "FATAL_ERROR").await.to_string();
        assert!(error.contains("or the number is too old"), "{error}");
        // In other calls they are about an order.
        let error = remedy(TRANSFERS, "ORDERPAID").await.to_string();
        assert!(error.contains("The order is paid: do not create another one"), "{error}");
    });
}

/// Protocol §3.18.
#[test]
fn the_receivers_of_a_red_packet_are_numbered() {
    within(async {
        let path = "/mmpaymkttransfers/gethbinfo";
        let reply = |inner: &str| {
            format!(
                "<xml><return_code><![CDATA[SUCCESS]]></return_code><result_code><![CDATA[SUCCESS]]></result_code>\n\
                 <mch_billno><![CDATA[B1]]></mch_billno>{inner}<remark><![CDATA[<hblist>]]></remark></xml>"
            )
        };
        let get = async |inner: &str| called(path, &[("mch_billno", "B1")], &reply(inner)).await.0;
        let found = get("<hblist>\n<hbinfo><openid><![CDATA[o1]]></openid><amount>100</amount><rcv_time/></hbinfo>\n\
             <hbinfo><openid>o2</openid><amount>1&#48;</amount></hbinfo></hblist>");
        let found = found.await.unwrap();
        let of = |names: &[&str]| names.iter().map(|name| found.get(name).map(str::to_owned)).collect::<Vec<_>>();
        let expected = ["o1", "100", "", "o2", "10", "<hblist>"].map(|text| Some(text.to_owned()));
        assert_eq!(of(&["openid_0", "amount_0", "rcv_time_0", "openid_1", "amount_1", "remark"]), expected);
        assert!(get("<hblist></hblist>").await.is_ok() && get("<hblist/>").await.is_ok() && get("").await.is_ok());
        for broken in [
            "<hblist><hbinfo><openid><x>1</x></openid></hbinfo></hblist>",
            "<hblist><other><openid>1</openid></other></hblist>",
            "<hblist><hbinfo><openid>1</openid><openid>2</openid></hbinfo></hblist>",
            "<hblist><hbinfo>text</hbinfo></hblist>",
            "<hblist><hbinfo><openid>1</openid></hblist>",
            "<hblist><hbinfo a=\"1\"><openid>1</openid></hbinfo></hblist>",
            "<hblist><hbinfo><openid>1</openid></hbinfo></hblist><openid_0>2</openid_0>",
            "<list><hbinfo><openid>1</openid></hbinfo></list>",
        ] {
            assert_eq!(get(broken).await.unwrap_err().code(), "malformed_reply", "{broken}");
        }
        let item = reply("<hblist><hbinfo/></hblist>");
        let other = called("/mmpaymkttransfers/gettransferinfo", &[("partner_trade_no", "B1")], &item).await.0;
        assert_eq!(other.unwrap_err().code(), "malformed_reply");
    });
}

/// Protocol §1.3, §2.4 and §3.22.
#[test]
fn profit_sharing_is_signed_by_hmac_and_two_of_its_questions_have_no_result_code() {
    within(async {
        let amount = by_hmac(&[("return_code", "SUCCESS"), ("mch_id", MCH_ID), ("unsplit_amount", "1000")]);
        let asked = [("transaction_id", "4200000001202511270000000001")];
        let (reply, sent) = called("/pay/profitsharingorderamountquery", &asked, &amount).await;
        assert_eq!(reply.unwrap().get("unsplit_amount"), Some("1000"));
        assert_eq!(names(&sent), ["transaction_id", "mch_id", "nonce_str", "sign_type", "sign"]);
        assert_eq!((sent.get("sign_type"), sent.get("sign").unwrap().len()), (Some("HMAC-SHA256"), 64));

        let (_, sent) = called("/pay/profitsharingquery", &[("out_order_no", "P1")], "").await;
        assert!(!sent.contains("appid") && sent.contains("mch_id"), "{sent:?}");
        let (result, sent) = called("/secapi/pay/profitsharing", &[("out_order_no", "P1")], &amount).await;
        assert!(sent.contains("appid") && sent.get("sign").unwrap().len() == 64);
        assert_eq!(result.unwrap_err().code(), "malformed_reply", "this one has a result_code");
        let text = document(&[("return_code", "SUCCESS"), ("result_code", "SUCCESS")]);
        let (result, _) = called("/secapi/pay/profitsharing", &[("out_order_no", "P1")], &text).await;
        let text = result.unwrap_err().to_string();
        assert!(
            text.ends_with("Call /pay/profitsharingquery with out_order_no P1 first; do not use a new out_order_no"),
            "{text}"
        );
    });
}

/// What the row of a call knows, the call by its path knows too.
#[test]
fn a_path_of_the_table_is_called_as_its_row_says() {
    within(async {
        let bill = called("/pay/downloadbill", &[("bill_date", "20251127")], "").await.0.unwrap_err();
        assert_eq!((bill.field(), bill.endpoint()), (Some("path"), Some("call")));
        assert!(bill.to_string().contains("use the method downloadbill"), "{bill}");

        let refund = [
            ("out_trade_no", "T1"),
            ("out_refund_no", "R1"),
            ("total_fee", "2"),
            ("refund_fee", "1"),
            ("new_field", "x"),
        ];
        let (result, sent) = called("/secapi/pay/refund", &refund, "<html>busy</html>").await;
        assert_eq!(sent.get("new_field"), Some("x"), "a field that the row does not have is sent");
        let error = result.unwrap_err();
        assert_eq!(
            (error.retry().as_str(), error.number()),
            ("same_request", Some(("out_refund_no", "R1"))),
            "{error}"
        );
        assert!(error.to_string().contains("Repeat /secapi/pay/refund with the same out_refund_no R1"), "{error}");

        let other = signed(&[
            ("return_code", "SUCCESS"),
            ("result_code", "SUCCESS"),
            ("appid", APPID),
            ("mch_id", MCH_ID),
            ("out_trade_no", "T1"),
            ("out_refund_no", "R2"),
            ("refund_id", "5"),
            ("refund_fee", "1"),
            ("total_fee", "2"),
            ("transaction_id", "4"),
            ("cash_fee", "2"),
        ]);
        let error = called("/secapi/pay/refund", &refund, &other).await.0.unwrap_err();
        assert_eq!(error.class(), "PaymentMismatch", "{error}");
        // The text of a code travels encoded, and is signed as it is.
        let (_, sent) = called("/tools/shorturl", &[("long_url", "weixin://wxpay/bizpayurl?a=1&b=2")], "").await;
        assert_eq!(sent.get("long_url"), Some("weixin%3A%2F%2Fwxpay%2Fbizpayurl%3Fa%3D1%26b%3D2"));

        let server = Scripted::start(vec![Act::Answer(502, "busy".into()), Act::Answer(200, String::new())]).await;
        let pay = client(options(with_certificate(), &server.url).max_network_retries(1));
        let asked = given(&[("mch_billno", "B1"), ("bill_type", "MCHT")]);
        pay.call("/mmpaymkttransfers/gethbinfo", &asked).await.unwrap_err();
        assert_eq!(server.bodies().len(), 2, "a question is repeated");
        pay.call("/mmpaymkttransfers/sendredpack", &given(&[("mch_billno", "B1")])).await.unwrap_err();
        assert_eq!(server.bodies().len(), 3, "a payment is not");

        let pay = client(options(merchant(), &server.url));
        for path in [TRANSFERS, "/secapi/pay/refund"] {
            let error = pay.call(path, &given(&[])).await.unwrap_err();
            assert_eq!(
                (error.class(), error.field(), error.endpoint()),
                ("ConfigError", Some("client_cert"), Some("call"))
            );
        }
        assert_eq!(server.bodies().len(), 3);
    });
}

/// C-49 and C-53: of a reply that cannot be verified, the error says that the outcome is unknown.
#[test]
fn the_error_of_a_reply_that_cannot_be_verified_has_outcome_number_and_status() {
    within(async {
        let forged = transferred("TR1").replace("</xml>", "<sign>0123456789ABCDEF0123456789ABCDEF</sign></xml>");
        let error = called(TRANSFERS, &[("partner_trade_no", "TR1")], &forged).await.0.unwrap_err();
        assert_eq!(
            (error.class(), error.outcome(), error.status()),
            ("SignatureError", Some(Outcome::Unknown), Some(200))
        );
        assert_eq!((error.number(), error.retry().as_str()), (Some(("partner_trade_no", "TR1")), "query_first"));
        let text = error.to_string();
        let end = "The outcome is unknown (HTTP 200): WeChat may have acted on the request. Call /mmpaymkttransfers/gettransferinfo with \
                   partner_trade_no TR1 first; do not use a new partner_trade_no";
        assert!(text.ends_with(end), "{text}");
        let chinese = error.message(Language::Chinese);
        let end = "结果未知（HTTP 200）：微信可能已经处理了这个请求。请先用 partner_trade_no TR1 调用 \
                   /mmpaymkttransfers/gettransferinfo 查询；不要换新的 partner_trade_no";
        assert!(chinese.ends_with(end), "{chinese}");
        let details: Vec<_> = error.details().map(|(name, _)| name).collect();
        assert_eq!(details, ["explanation", "outcome", "number_field", "number", "status"]);

        // Where no question is known.
        let plain = document(&[("return_code", "SUCCESS"), ("result_code", "SUCCESS")]);
        let error = called("/pay/anything", &[], &plain).await.0.unwrap_err();
        assert_eq!((error.outcome(), error.status(), error.number()), (Some(Outcome::Unknown), Some(200), None));
        assert!(error.to_string().ends_with("Find out what WeChat has before you repeat it"), "{error}");
        assert!(error.message(Language::Chinese).ends_with("请先确认微信是否已经处理，再决定是否重试"));
        // A question may be asked again, whoever answered it.
        let error = called("/pay/orderquery", &[("out_trade_no", "T1")], &plain).await.0.unwrap_err();
        assert_eq!((error.class(), error.outcome(), error.status()), ("SignatureError", None, None));
        assert!(!error.to_string().contains("outcome"), "{error}");
        assert!(matches!(error.kind(), Kind::Signature { .. }));
    });
}
