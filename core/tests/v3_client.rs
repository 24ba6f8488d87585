//! Calls of APIv3 against a server that signs as WeChat Pay does.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use crate::common::change::change;
use crate::common::signed::{
    API_V3_KEY, APPID, By, MCH_ID, PUBLIC_KEY_ID, Reply, Request, SERIAL, Signed, Silent, certificate_pair,
    certificates, certificates_under, file, options, public_key_pair, reply, with_certificates, with_public_key,
};
use crate::common::within;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use wxpaykit::codes::Meaning;
use wxpaykit::doctor::Language;
use wxpaykit::error::Detail;
use wxpaykit::v3::request::Call;
use wxpaykit::v3::{VerifyingKey, decrypt_sensitive, string_to_sign};
use wxpaykit::{
    ConfirmedTransfer, Error, Fen, HandlerError, MemoryStore, MerchantOptions, Outcome, PendingTransfer, Reconciled,
    Retry, TradeState, V3App, V3Close, V3CombineAmount, V3CombineClose, V3CombineCloseItem, V3CombineItem,
    V3CombineJsapi, V3CombinePayer, V3CombineQuery, V3H5, V3H5Info, V3H5SceneInfo, V3Jsapi, V3Native, V3OrderAmount,
    V3Page, V3Payer, V3PayerIdentity, V3Query, V3Refund, V3RefundAmount, V3RefundQuery, V3RefundStatus, WxPay,
    client as clock,
};

fn client(server: &Signed) -> WxPay {
    WxPay::new(options(with_public_key(), &server.url)).unwrap()
}

fn order() -> V3Jsapi {
    V3Jsapi::new()
        .description("茶")
        .out_trade_no("WXK20251128000001")
        .amount(V3OrderAmount::new().total(Fen(88)))
        .payer(V3Payer::new().openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"))
}

/// Checks the signature of a request with the merchant's certificate.
#[track_caller]
fn check_authorization(request: &Request) {
    let header = &request.headers["authorization"];
    let pairs = header.strip_prefix("WECHATPAY2-SHA256-RSA2048 ").unwrap();
    let part = |name: &str| {
        let pair = pairs.split(',').find_map(|pair| pair.strip_prefix(&format!("{name}=\""))).unwrap();
        pair.strip_suffix('"').unwrap().to_owned()
    };
    assert_eq!(part("mchid"), MCH_ID);
    assert_eq!(part("serial_no"), "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567");
    let (timestamp, nonce) = (part("timestamp"), part("nonce_str"));
    let text = string_to_sign(&request.method, &request.target, &timestamp, &nonce, &request.body).unwrap();
    let key = VerifyingKey::read("cert", file("apiclient_cert.pem").as_bytes()).unwrap();
    assert!(key.verify(text.as_bytes(), &part("signature")), "{text}");
    assert_eq!(request.headers["accept"], "application/json");
    assert!(request.headers["user-agent"].starts_with("wxpaykit/"));
}

#[test]
fn an_order_is_signed_as_it_is_sent_and_its_reply_verified() {
    within(async {
        let server = Signed::start(|_| reply(200, r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#)).await;
        let pay = client(&server);
        let placed = pay.v3().jsapi(order()).await.unwrap();
        assert_eq!(placed.prepay_id(), "wx201410272009395522657a690389285100");
        let request = server.only();
        check_authorization(&request);
        assert_eq!((request.method.as_str(), request.target.as_str()), ("POST", "/v3/pay/transactions/jsapi"));
        assert_eq!(request.headers["wechatpay-serial"], PUBLIC_KEY_ID);
        assert_eq!(request.headers["content-type"], "application/json");
        let body: Json = serde_json::from_str(&request.body).unwrap();
        assert_eq!(
            body,
            json!({
                "appid": APPID, "mchid": MCH_ID, "description": "茶", "out_trade_no": "WXK20251128000001",
                "amount": {"total": 88}, "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
                "notify_url": "https://shop.example/wxpay/notify",
            })
        );
        let page = pay.v3().jsapi_params(placed.prepay_id(), None).unwrap();
        let text = format!(
            "{APPID}\n{}\n{}\nprepay_id={}\n",
            page.get("timeStamp").unwrap(),
            page.get("nonceStr").unwrap(),
            placed.prepay_id()
        );
        let key = VerifyingKey::read("cert", file("apiclient_cert.pem").as_bytes()).unwrap();
        assert!(key.verify(text.as_bytes(), page.get("paySign").unwrap()));
    });
}

#[test]
fn an_order_with_its_page_in_one_call() {
    within(async {
        let server = Signed::start(|_| reply(200, r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#)).await;
        let pay = client(&server);
        let params = order().params().clone();
        let page = pay.v3().order_and_params(V3Page::Miniprogram, &params).await.unwrap();
        let names: Vec<_> = page.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["timeStamp", "nonceStr", "package", "signType", "paySign"]);
    });
}

#[test]
fn orders_are_asked_for_by_either_number_and_closed() {
    within(async {
        let paid = r#"{"amount":{"currency":"CNY","payer_currency":"CNY","payer_total":80,"total":88},"appid":"wxd930ea5d5a258f4f","attach":"",
            "bank_type":"OTHERS","mchid":"1900000109","out_trade_no":"A|1","payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
            "promotion_detail":[{"coupon_id":"109519","type":"CASH","scope":"GLOBAL","amount":8}],"success_time":"2025-11-28T11:20:05+08:00","trade_state":"SUCCESS","trade_state_desc":"支付成功",
            "trade_type":"JSAPI","transaction_id":"4200002986202511281234567890","later":{"a":1}}"#;
        let server = Signed::start(move |request| match request.method.as_str() {
            "POST" => reply(204, ""),
            _ => reply(200, paid),
        })
        .await;
        let pay = client(&server);
        let order = pay.v3().query(V3Query::new().out_trade_no("A|1")).await.unwrap();
        assert_eq!(
            (order.trade_state(), order.transaction_id()),
            (TradeState::Success, Some("4200002986202511281234567890"))
        );
        assert_eq!(order.amount().unwrap().total(), Some(Fen(88)));
        assert_eq!(order.success_time().unwrap().to_wire(), "20251128112005");
        let coupons = order.promotion_detail();
        assert_eq!((coupons[0].r#type(), coupons[0].amount()), (Some("CASH"), Some(Fen(8))));
        assert_eq!(order.get("later"), Some(r#"{"a":1}"#));
        pay.v3()
            .query(V3Query::new().transaction_id("4200002986202511281234567890").out_trade_no("A|1"))
            .await
            .unwrap();
        pay.v3().close(V3Close::new().out_trade_no("A|1")).await.unwrap();
        let got = server.got.lock().unwrap().clone();
        got.iter().for_each(check_authorization);
        let targets: Vec<_> = got.iter().map(|request| request.target.as_str()).collect();
        assert_eq!(
            targets,
            [
                "/v3/pay/transactions/out-trade-no/A%7C1?mchid=1900000109",
                "/v3/pay/transactions/id/4200002986202511281234567890?mchid=1900000109",
                "/v3/pay/transactions/out-trade-no/A%7C1/close",
            ]
        );
        assert_eq!(got[2].body, r#"{"mchid":"1900000109"}"#);

        let other = pay.v3().query(V3Query::new().out_trade_no("A2")).await.unwrap_err();
        assert_eq!((other.code(), other.retry().as_str()), ("out_trade_no_mismatch", "same_request"), "{other}");
        // The number that does not travel counts all the same: the reply is another order's.
        let both = V3Query::new().transaction_id("4200002986202511281234567890").out_trade_no("A2");
        let other = pay.v3().query(both).await.unwrap_err();
        assert_eq!((other.code(), other.retry().as_str()), ("out_trade_no_mismatch", "same_request"), "{other}");
        let none = pay.v3().query(V3Query::new()).await.unwrap_err();
        assert_eq!(none.class(), "InvalidRequest", "{none}");
    });
}

const REFUND: &str = r#"{"amount":{"currency":"CNY","discount_refund":0,"from":[],"payer_refund":40,"payer_total":88,"refund":40,"refund_fee":0,
    "settlement_refund":40,"settlement_total":88,"total":88},"channel":"ORIGINAL","create_time":"2025-11-28T11:25:00+08:00",
    "funds_account":"AVAILABLE","out_refund_no":"R@1","out_trade_no":"A1","promotion_detail":[],
    "refund_id":"50302604962025112809876543210","status":"PROCESSING","transaction_id":"4200002986202511281234567890",
    "user_received_account":"支付用户零钱"}"#;

fn refund(fen: i64) -> V3Refund {
    let amount = V3RefundAmount::new().refund(Fen(fen)).total(Fen(88)).currency("CNY");
    V3Refund::new().out_trade_no("A1").out_refund_no("R@1").amount(amount)
}

#[test]
fn refunds_are_made_and_asked_for() {
    within(async {
        let server = Signed::start(|_| reply(200, REFUND)).await;
        let pay = client(&server);
        let made = pay.v3().refund(refund(40)).await.unwrap();
        assert_eq!((made.status(), made.amount().refund()), (V3RefundStatus::Processing, Fen(40)));
        let asked = pay.v3().refund_query(V3RefundQuery::new().out_refund_no("R@1")).await.unwrap();
        assert_eq!(asked.refund_id(), made.refund_id());
        assert_eq!(server.got.lock().unwrap()[1].target, "/v3/refund/domestic/refunds/R%401");
        // A reply with another amount belongs to another refund.
        let error = pay.v3().refund(refund(41)).await.unwrap_err();
        assert_eq!((error.class(), error.retry().as_str()), ("PaymentMismatch", "same_request"), "{error}");
        assert!(error.to_string().starts_with("v3.refund: amount.refund should be 41 and is 40"), "{error}");
        assert_eq!(detail(&error, "field"), Some(Detail::Text("amount.refund")));
        assert!(error.to_string().contains("Repeat v3.refund with the same out_refund_no R@1"), "{error}");
    });
}

#[test]
fn a_paid_order_has_its_amount() {
    for state in ["SUCCESS", "REFUND", "NOTPAY"] {
        for (amount, field) in [
            (json!(null), "amount.total"),
            (json!({"currency": "CNY"}), "amount.total"),
            (json!({"total": "x"}), "amount.total"),
        ] {
            within(async {
                let body =
                    json!({"out_trade_no": "A1", "trade_state": state, "transaction_id": "42", "amount": amount});
                let server = Signed::start(move |_| reply(200, &body.to_string())).await;
                let asked = client(&server).v3().query(V3Query::new().out_trade_no("A1")).await;
                let is_malformed = state != "NOTPAY" || amount.get("total").is_some();
                match asked {
                    Ok(order) => assert!(!is_malformed, "{order:?}"),
                    Err(error) => {
                        assert_eq!((error.code(), is_malformed), ("malformed_reply", true), "{error}");
                        assert!(error.to_string().contains(&format!("{field} is ")), "{error}");
                    }
                }
            });
        }
    }
}

#[test]
fn limits_of_bytes_are_bytes() {
    within(async {
        let server = Signed::start(|request| match request.target.contains("refund") {
            true => reply(200, REFUND),
            false => reply(200, r#"{"prepay_id":"wx1"}"#),
        })
        .await;
        let pay = client(&server);
        // 42 and 26 characters of three bytes are the most of 128 and 80 bytes.
        pay.v3().jsapi(order().attach("茶".repeat(42))).await.unwrap();
        pay.v3().refund(refund(40).reason("茶".repeat(26))).await.unwrap();
        let error = pay.v3().jsapi(order().attach("茶".repeat(43))).await.unwrap_err();
        assert_eq!(error.to_string(), "v3.jsapi: attach: must be at most 128 bytes long in UTF-8, not 129");
        let error = pay.v3().refund(refund(40).reason("茶".repeat(27))).await.unwrap_err();
        assert_eq!(error.field(), Some("reason"), "{error}");
        // The description has characters.
        pay.v3().jsapi(order_described("茶".repeat(127))).await.unwrap();
    });
}

fn order_described(text: String) -> V3Jsapi {
    let payer = V3Payer::new().openid("o");
    V3Jsapi::new().description(text).out_trade_no("A00001").amount(V3OrderAmount::new().total(Fen(1))).payer(payer)
}

#[test]
fn an_app_pays_the_sub_merchant_of_its_order() {
    within(async {
        let server = Signed::start(|_| reply(200, r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#)).await;
        let pay = client(&server);
        let app = V3App::new().description("茶").out_trade_no("A00001").amount(V3OrderAmount::new().total(Fen(1)));
        let page = pay.v3().order_and_params(V3Page::App, &app.params().clone()).await.unwrap();
        assert_eq!((page.get("partnerid"), page.get("appid")), (Some(MCH_ID), Some(APPID)));
        assert_eq!(server.asked("/v3/pay/transactions/app").len(), 1);
        let of_sub = app.sub_mchid("1900000201").params().clone();
        let page = pay.v3().order_and_params(V3Page::App, &of_sub).await.unwrap();
        assert_eq!(page.get("partnerid"), Some("1900000201"));
        assert_eq!(server.asked("/v3/pay/partner/transactions/app").len(), 1);
        let prepay_id = page.get("prepayid").unwrap();
        for wrong in ["1", "19000002011", "190000020a"] {
            let error = pay.v3().app_params(prepay_id, None, Some(wrong)).unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("partnerid")), "{error}");
        }
        // Empty arguments are left out.
        let page = pay.v3().app_params(prepay_id, Some(APPID), Some("")).unwrap();
        assert_eq!(page.get("partnerid"), Some("1900000201"));
        let unknown = vec![("appId".into(), wxpaykit::value::Value::Text("wx".into()))];
        let error = pay.execute(<V3App as wxpaykit::table::Call>::ENDPOINT, &unknown).await.unwrap_err();
        assert!(error.to_string().contains("v3.call() sends what this version does not know"), "{error}");
        let error = pay.v3().jsapi_params("a b", Some(APPID)).unwrap_err();
        assert!(error.to_string().contains("must be the prepay_id of the order's reply"), "{error}");
    });
}

#[test]
fn a_service_provider_has_other_paths_and_names() {
    within(async {
        let server = Signed::start(|request| match request.target.contains("refund") {
            true => reply(200, REFUND),
            false => reply(200, r#"{"prepay_id":"wx201410272009395522657a690389285100"}"#),
        })
        .await;
        let merchant = with_public_key().sub_mch_id("1900000201");
        let pay = WxPay::new(options(merchant, &server.url)).unwrap();
        let payer = |payer: V3Payer| {
            V3Jsapi::new()
                .description("茶")
                .out_trade_no("A00001")
                .amount(V3OrderAmount::new().total(Fen(1)))
                .payer(payer)
        };
        let error = pay.v3().jsapi(order()).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("payer.openid")), "{error}");
        let error = pay.v3().jsapi(payer(V3Payer::new().sub_openid("o"))).await.unwrap_err();
        assert_eq!(error.field(), Some("sub_appid"), "{error}");
        let error = pay.v3().jsapi(payer(V3Payer::new())).await.unwrap_err();
        assert_eq!(error.to_string(), "v3.jsapi: payer.sp_openid: is required, or sub_openid");
        let both = payer(V3Payer::new().sp_openid("o").sub_openid("p")).sub_appid("wx2222222222222222");
        let error = pay.v3().jsapi(both).await.unwrap_err();
        assert_eq!(error.field(), Some("payer.sub_openid"), "{error}");
        let placed =
            pay.v3().jsapi(payer(V3Payer::new().sub_openid("o")).sub_appid("wx2222222222222222")).await.unwrap();
        pay.v3().refund(refund(40)).await.unwrap();
        let got = server.got.lock().unwrap().clone();
        assert_eq!(got[0].target, "/v3/pay/partner/transactions/jsapi");
        let body: Json = serde_json::from_str(&got[0].body).unwrap();
        assert_eq!(
            [&body["sp_appid"], &body["sp_mchid"], &body["sub_mchid"], &body["sub_appid"]],
            [&json!(APPID), &json!(MCH_ID), &json!("1900000201"), &json!("wx2222222222222222")]
        );
        assert!(body.get("mchid").is_none() && body.get("appid").is_none());
        let body: Json = serde_json::from_str(&got[1].body).unwrap();
        assert_eq!(body["sub_mchid"], json!("1900000201"));
        // The page is of the appid whose openid the order has.
        let page = pay.v3().jsapi_params(placed.prepay_id(), None).unwrap();
        assert_eq!(page.get("appId"), Some("wx2222222222222222"));

        let direct = client(&server);
        let error = direct.v3().jsapi(payer(V3Payer::new().sp_openid("o"))).await.unwrap_err();
        assert_eq!(error.field(), Some("payer.sp_openid"), "{error}");
        for nobody in [V3Payer::new(), V3Payer::new().openid("")] {
            let error = direct.v3().jsapi(payer(nobody)).await.unwrap_err();
            assert_eq!(error.to_string(), "v3.jsapi: payer.openid: is required");
        }
        let named = V3Native::new()
            .description("茶")
            .out_trade_no("A00001")
            .amount(V3OrderAmount::new().total(Fen(1)))
            .sub_mchid("1900000201");
        assert_eq!(direct.v3().native(named).await.unwrap_err().code(), "malformed_reply");
        assert_eq!(server.got.lock().unwrap()[2].target, "/v3/pay/partner/transactions/native");
    });
}

#[test]
fn replies_that_are_not_authentic_are_refused() {
    within(async {
        for (by, code) in
            [(By::Changed, "signature_mismatch"), (By::Nobody, "header_missing"), (By::Certificate, "serial_unknown")]
        {
            let server = Signed::start(move |request| match request.target.as_str() {
                "/v3/certificates" => reply(500, "").by(By::Nobody),
                _ => reply(200, r#"{"prepay_id":"wx1"}"#).by(by),
            })
            .await;
            let error = client(&server).v3().jsapi(order()).await.unwrap_err();
            assert_eq!((error.class(), error.code()), ("SignatureError", code), "{error}");
            assert_eq!((error.retry().as_str(), error.request_id()), ("same_request", Some("08F5B8C2-0")));
            assert_eq!(server.asked("/v3/pay/transactions/jsapi").len(), 1, "{by:?}");
        }
        // A refusal whose signature is wrong is not believed either.
        let server =
            Signed::start(|_| reply(404, r#"{"code":"ORDER_NOT_EXIST","message":"订单不存在"}"#).by(By::Changed)).await;
        let error = client(&server).v3().query(V3Query::new().out_trade_no("A1")).await.unwrap_err();
        assert_eq!(error.class(), "SignatureError", "{error}");
    });
}

/// Whoever stands between WeChat and the client changes one thing: the reply is not believed, neither what it grants nor what it refuses.
#[test]
fn any_single_change_to_a_signed_reply_is_refused() {
    let replies = [reply(200, r#"{"prepay_id":"wx1"}"#), reply(403, r#"{"code":"NO_AUTH","message":"没有权限"}"#)];
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let next = Arc::new(Mutex::new(None));
    let given = Arc::clone(&next);
    let (server, pay) = runtime.block_on(async {
        let server = Signed::start(move |request| match request.target.as_str() {
            "/v3/certificates" => reply(404, r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#),
            _ => given.lock().unwrap().clone().unwrap(),
        })
        .await;
        let pay = client(&server);
        (server, pay)
    });
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) });
    let tampered = runner.run(&(change(), 0..replies.len()), |(change, which)| {
        *next.lock().unwrap() = Some(Reply { change: Some(change), ..replies[which].clone() });
        server.got.lock().unwrap().clear();
        let error = runtime.block_on(pay.v3().jsapi(order())).unwrap_err();
        prop_assert_eq!((error.class(), error.retry()), ("SignatureError", Retry::SameRequest), "{}", error);
        prop_assert_eq!(server.asked("/v3/pay/transactions/jsapi").len(), 1);
        Ok(())
    });
    tampered.unwrap();
    // Without a change it is believed.
    *next.lock().unwrap() = Some(replies[0].clone());
    assert_eq!(runtime.block_on(pay.v3().jsapi(order())).unwrap().prepay_id(), "wx1");
}

#[test]
fn a_probe_is_refused_and_the_call_repeated() {
    within(async {
        let turn = AtomicUsize::new(0);
        let server = Signed::start(move |_| {
            let by = if turn.fetch_add(1, Ordering::SeqCst) == 0 { By::Probe } else { By::PublicKey };
            reply(200, r#"{"prepay_id":"wx1"}"#).by(by)
        })
        .await;
        client(&server).v3().jsapi(order()).await.unwrap();
        let got = server.got.lock().unwrap().clone();
        got.iter().for_each(check_authorization);
        assert_eq!((got.len(), got[0].body == got[1].body), (2, true));
        assert_ne!(got[0].headers["authorization"], got[1].headers["authorization"]);
    });
}

fn detail<'a>(error: &'a Error, name: &str) -> Option<Detail<'a>> {
    error.details().find(|(own, _)| *own == name).map(|(_, detail)| detail)
}

#[test]
fn refusals_are_errors_by_status_and_code() {
    let refused = |status: u16, body: &'static str, by: By| {
        let result = std::sync::Mutex::new(None);
        within(async {
            let server = Signed::start(move |_| reply(status, body).by(by)).await;
            let pay = WxPay::new(options(with_public_key(), &server.url).max_network_retries(0)).unwrap();
            *result.lock().unwrap() = Some(pay.v3().refund(refund(40)).await.unwrap_err());
        });
        result.into_inner().unwrap().unwrap()
    };
    let error = refused(403, r#"{"code":"NOT_ENOUGH","message":"基本账户余额不足"}"#, By::PublicKey);
    assert_eq!((error.class(), error.retry().as_str(), error.status()), ("BusinessError", "same_request", Some(403)));
    assert!(error.to_string().contains("NOT_ENOUGH: 基本账户余额不足 (HTTP 403, Request-ID 08F5B8C2-0)"), "{error}");
    assert_eq!(detail(&error, "request_id"), Some(Detail::Text("08F5B8C2-0")));

    let body = r#"{"code":"PARAM_ERROR","detail":{"location":"body","value":0},"message":"输入源"}"#;
    let error = refused(400, body, By::PublicKey);
    assert_eq!((error.class(), error.retry().as_str()), ("BusinessError", "never"));
    assert_eq!(error.reply().unwrap().get("detail"), Some(r#"{"location":"body","value":0}"#));
    assert!(error.to_string().contains("PARAM_ERROR: 输入源 (detail: location body, value 0) (HTTP 400,"), "{error}");
    let chinese = error.message(wxpaykit::doctor::Language::Chinese);
    assert!(chinese.contains("PARAM_ERROR：输入源（detail：location body，value 0）（HTTP 400，"), "{chinese}");
    let error = refused(400, body, By::Nobody);
    assert!(error.to_string().contains("the reply is not signed"), "{error}");

    let error = refused(429, r#"{"code":"FREQUENCY_LIMITED","message":"频率过高"}"#, By::PublicKey);
    assert_eq!((error.class(), error.retry().as_str()), ("BusinessError", "same_request"));
    assert!(error.to_string().contains("same out_refund_no R@1"), "{error}");
    let error = refused(500, r#"{"code":"SYSTEM_ERROR","message":"系统异常"}"#, By::PublicKey);
    assert_eq!((error.class(), error.retry().as_str()), ("BusinessError", "same_request"));
    let error = refused(503, r#"{"code":"A_CODE_OF_2027","message":""}"#, By::Nobody);
    assert_eq!((error.class(), error.retry().as_str()), ("BusinessError", "same_request"));

    let error = refused(404, "", By::Nobody);
    assert_eq!((error.class(), error.retry().as_str()), ("ProtocolError", "never"), "{error}");
    let error = refused(502, "<html>502 Bad Gateway nginx</html>", By::Nobody);
    assert_eq!((error.class(), error.code(), error.retry().as_str()), ("TransportError", "gateway", "same_request"));
}

/// What the error of a refund is that the server answers so, without a repetition.
fn refused_refund(status: u16, body: &str, by: By) -> Error {
    let result = std::sync::Mutex::new(None);
    within(async {
        let body = body.to_owned();
        let server = Signed::start(move |_| reply(status, &body).by(by)).await;
        let pay = WxPay::new(options(with_public_key(), &server.url).max_network_retries(0)).unwrap();
        *result.lock().unwrap() = Some(pay.v3().refund(refund(40)).await.unwrap_err());
    });
    result.into_inner().unwrap().unwrap()
}

/// WeChat spells the codes of combined orders without underscore, and answers an openid of another appid with 500.
#[test]
fn a_combined_order_is_refused_alike_in_both_spellings() {
    within(async {
        let said: Arc<Mutex<(u16, String)>> = Arc::default();
        let saying = Arc::clone(&said);
        let server = Signed::start(move |_| {
            let (status, code) = saying.lock().unwrap().clone();
            reply(status, &json!({ "code": code, "message": "" }).to_string())
        })
        .await;
        let pay = WxPay::new(options(with_public_key(), &server.url).max_network_retries(1)).unwrap();
        let refused = async |status: u16, code: &str, call: &str| {
            *said.lock().unwrap() = (status, code.to_owned());
            let before = server.got.lock().unwrap().len();
            let number = "CMB20251128";
            let item = |number: &str| V3CombineCloseItem::new().mchid(MCH_ID).out_trade_no(number);
            let part = |number: &str| {
                let amount = V3CombineAmount::new().total_amount(Fen(10));
                V3CombineItem::new()
                    .mchid(MCH_ID)
                    .attach("a")
                    .description("茶")
                    .out_trade_no(number)
                    .amount(amount.currency("CNY"))
            };
            let error = match call {
                "query" => {
                    pay.v3().combine_query(V3CombineQuery::new().combine_out_trade_no(number)).await.unwrap_err()
                }
                "close" => {
                    let close = V3CombineClose::new().combine_out_trade_no(number);
                    let close = close.sub_orders(vec![item("SUBA0001"), item("SUBB0001")]);
                    pay.v3().combine_close(close).await.unwrap_err()
                }
                _ => {
                    let payer = V3CombinePayer::new().openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
                    let order = V3CombineJsapi::new().combine_out_trade_no(number).combine_payer_info(payer);
                    let order = order.sub_orders(vec![part("SUBA0001"), part("SUBB0001")]);
                    pay.v3().combine_jsapi(order).await.unwrap_err()
                }
            };
            let sent = server.got.lock().unwrap().len() - before;
            let remedy = [Language::English, Language::Chinese].map(|language| error.remedy(language).unwrap());
            (error.class(), error.code(), error.retry().as_str(), error.outcome(), error.meaning(), remedy, sent)
        };
        for (status, usual, own, retry, meaning, requests) in [
            (403, "NO_AUTH", "NOAUTH", "never", Meaning::Final, 1),
            (403, "RULE_LIMIT", "RULELIMIT", "never", Meaning::Final, 1),
            (404, "ORDER_NOT_EXIST", "ORDERNOTEXIST", "never", Meaning::NotFound, 1),
            (500, "SYSTEM_ERROR", "SYSTEMERROR", "same_request", Meaning::Trouble, 2),
            (500, "OPENID_MISMATCH", "OPENIDMISMATCH", "never", Meaning::Final, 1),
        ] {
            for call in ["query", "close", "jsapi"] {
                let found = refused(status, own, call).await;
                assert_eq!(found, refused(status, usual, call).await, "{own} {call}");
                let unknown = (meaning == Meaning::Trouble && call != "query").then_some(Outcome::Unknown);
                assert_eq!(
                    (found.2, found.3, found.4, found.6),
                    (retry, unknown, Some(meaning), requests),
                    "{own} {call}"
                );
            }
        }
    });
}

#[test]
fn the_detail_of_a_refusal_is_json_or_a_text() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for (member, is_json, text) in [
        (json!({"location": "body", "value": 0}), true, r#"{"location":"body","value":0}"#),
        (json!([1]), true, "[1]"),
        (json!("text"), false, "text"),
        (json!("{oops"), false, "{oops"),
        (json!(deep), false, &*deep),
        (json!(5), false, "5"),
    ] {
        let body = json!({"code": "PARAM_ERROR", "message": "m", "detail": member}).to_string();
        let error = refused_refund(400, &body, By::PublicKey);
        let expected = if is_json { Detail::Json(text) } else { Detail::Text(text) };
        assert_eq!(detail(&error, "detail"), Some(expected), "{body}");
    }
    assert_eq!(detail(&refused_refund(400, r#"{"code":"PARAM_ERROR"}"#, By::PublicKey), "detail"), None);
}

#[test]
fn an_error_says_whether_the_reply_was_signed() {
    for (status, body, by, is_verified, class) in [
        (403, r#"{"code":"NO_AUTH","message":"m"}"#, By::PublicKey, true, "BusinessError"),
        (403, r#"{"code":"NO_AUTH","message":"m"}"#, By::Nobody, false, "BusinessError"),
        (400, r#"{"message":"m"}"#, By::Nobody, false, "ProtocolError"),
        (404, "", By::Nobody, false, "ProtocolError"),
        (400, r#"{"message":"m"}"#, By::PublicKey, true, "ProtocolError"),
    ] {
        let error = refused_refund(status, body, by);
        assert_eq!((error.class(), error.verified()), (class, Some(is_verified)), "{error}");
        assert_eq!(detail(&error, "verified"), Some(Detail::Bool(is_verified)));
        assert_eq!(detail(&error, "status"), Some(Detail::Int(status.into())));
        assert_eq!(error.to_string().contains("the reply is not signed"), !is_verified, "{error}");
    }
}

#[test]
fn a_refusal_that_is_not_signed_says_nothing_of_a_lost_attempt() {
    for (status, body) in
        [(403, r#"{"code":"TRADE_OVERDUE","message":"m"}"#), (400, r#"{"code":"PARAM_ERROR","message":"m"}"#)]
    {
        for (by, retry) in [(By::Nobody, "same_request"), (By::PublicKey, "never")] {
            within(async {
                let turn = AtomicUsize::new(0);
                let server = Signed::start(move |_| match turn.fetch_add(1, Ordering::SeqCst) {
                    0 => reply(502, "<html>bad gateway</html>").by(By::Nobody),
                    _ => reply(status, body).by(by),
                })
                .await;
                let error = client(&server).v3().refund(refund(40)).await.unwrap_err();
                assert_eq!((error.class(), error.retry().as_str()), ("BusinessError", retry), "{error}");
                let says_how = error.to_string().contains("Repeat v3.refund with the same out_refund_no R@1");
                assert_eq!(says_how, by == By::Nobody, "{error}");
            });
        }
    }
}

#[test]
fn every_401_has_the_text_that_was_signed() {
    let error = refused_refund(401, r#"{"code":"SIGN_ERROR","message":"商户证书序列号有误"}"#, By::Nobody);
    let text = error.string_to_sign().unwrap();
    assert!(text.starts_with("POST\n/v3/refund/domestic/refunds\n") && text.ends_with("}\n"), "{text}");
    let shown = error.to_string();
    assert!(shown.contains("the reply is not signed; likely: ") && shown.contains("serial"), "{shown}");
    // The client sends both headers: without such words of WeChat's it is not said that one is missing.
    for words in ["签名错误", "没有权限"] {
        let error = refused_refund(401, &json!({"code": "SIGN_ERROR", "message": words}).to_string(), By::Nobody);
        assert!(error.string_to_sign().is_some() && !error.to_string().contains("User-Agent"), "{error}");
    }
}

#[test]
fn a_refused_signature_shows_what_was_signed() {
    within(async {
        let body =
            r#"{"code":"SIGN_ERROR","detail":{"field":"signature","issue":"sign not match"},"message":"签名错误"}"#;
        let server = Signed::start(move |_| reply(401, body).by(By::Nobody)).await;
        let error = client(&server).v3().jsapi(order()).await.unwrap_err();
        assert_eq!((error.class(), error.retry().as_str(), error.status()), ("ProtocolError", "never", Some(401)));
        let text = error.string_to_sign().unwrap();
        assert!(text.starts_with("POST\n/v3/pay/transactions/jsapi\n") && text.ends_with("}\n"), "{text}");
        assert!(error.to_string().contains("client_key belongs to the certificate"), "{error}");
        let shown = format!("{error} {error:?} {text}");
        assert!(!shown.contains(API_V3_KEY) && !shown.contains("PRIVATE KEY"), "{shown}");
        assert_eq!(server.got.lock().unwrap().len(), 1);
    });
}

/// A server that signs by the platform certificate, and hands it out.
fn with_list(request: &Request) -> Reply {
    let body = match request.target.as_str() {
        "/v3/certificates" => certificates(),
        _ => r#"{"prepay_id":"wx1"}"#.to_owned(),
    };
    reply(200, &body).by(By::Certificate)
}

#[test]
fn certificates_are_downloaded_once_for_all_clients_of_a_store() {
    within(async {
        let server = Signed::start(with_list).await;
        let store = std::sync::Arc::new(MemoryStore::default());
        let client = || {
            let options =
                options(with_certificates(), &server.url).store(wxpaykit::store::Place::Object(store.clone()));
            WxPay::new(options).unwrap()
        };
        let (one, other) = (client(), client());
        let orders = (0..8).map(|i| {
            let pay = if i % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move { pay.v3().jsapi(order()).await })
        });
        for order in orders.collect::<Vec<_>>() {
            order.await.unwrap().unwrap();
        }
        client().v3().jsapi(order()).await.unwrap();
        assert_eq!(server.asked("/v3/certificates").len(), 1);
        check_authorization(&server.asked("/v3/certificates")[0]);
        let sent = &server.asked("/v3/pay/transactions/jsapi")[0];
        assert!(!sent.headers.contains_key("wechatpay-serial"));
        let kept = wxpaykit::Store::get(&*store, &key_of(&server, "platform_certificates")).await.unwrap().unwrap();
        assert!(!kept.expose().contains("BEGIN CERTIFICATE") && kept.expose().contains("ciphertext"));
    });
}

#[test]
fn a_list_without_a_valid_certificate_is_refused_with_its_dates() {
    within(async {
        let server = Signed::start(|request| match request.target.as_str() {
            // WeChat has moved its end forward.
            "/v3/certificates" => reply(200, &certificates().replace("2035-01-01", "2026-06-02")).by(By::Certificate),
            _ => with_list(request),
        })
        .await;
        let pay = WxPay::new(options(with_certificates(), &server.url)).unwrap();
        let error = pay.v3().jsapi(order()).await.unwrap_err();
        let text = error.to_string();
        assert!(
            matches!(error.kind(), wxpaykit::Kind::Transport { outcome: wxpaykit::Outcome::NotSent, .. }),
            "{error:?}"
        );
        for part in ["is valid at 20", " until 2026-06-02T00:00:00+08:00", "this machine's clock"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let chinese = error.message(wxpaykit::doctor::Language::Chinese);
        assert!(chinese.contains("里没有在 20") && chinese.contains("至 2026-06-02T00:00:00+08:00"), "{chinese}");
        assert!(server.asked("/v3/pay/transactions/jsapi").is_empty());
    });
}

fn key_of(server: &Signed, name: &str) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(server.url.as_bytes());
    let digits: String = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("wxpaykit@{digits}:{name}:{MCH_ID}")
}

#[test]
fn an_unknown_certificate_is_looked_for_once() {
    within(async {
        // The public key is set, and WeChat still signs by a certificate.
        let server = Signed::start(with_list).await;
        let pay = client(&server);
        let orders = (0..8).map(|_| {
            let pay = pay.clone();
            tokio::spawn(async move { pay.v3().jsapi(order()).await })
        });
        for order in orders.collect::<Vec<_>>() {
            order.await.unwrap().unwrap();
        }
        assert_eq!(server.asked("/v3/certificates").len(), 1);

        // One that WeChat does not hand out is refused, and asked for once a minute.
        let missing = Signed::start(|request| match request.target.as_str() {
            "/v3/certificates" => reply(404, r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#),
            _ => reply(200, r#"{"prepay_id":"wx1"}"#).by(By::Certificate),
        })
        .await;
        let pay = client(&missing);
        for _ in 0..3 {
            assert_eq!(pay.v3().jsapi(order()).await.unwrap_err().code(), "serial_unknown");
        }
        assert_eq!(missing.asked("/v3/certificates").len(), 1);
    });
}

/// Orders and refunds are asked for by the other API where a key is refused. Transfers have one query.
#[test]
fn a_refused_query_of_a_transfer_is_not_sent_again() {
    within(async {
        let server = Signed::start(|_| reply(401, r#"{"code":"SIGN_ERROR","message":"错误"}"#).by(By::Nobody)).await;
        let mut merchant = with_public_key();
        merchant.api_key = Some("0".repeat(32).into());
        let pay = WxPay::new(options(merchant, &server.url)).unwrap();
        let pending =
            PendingTransfer { out_bill_no: "T1".to_owned(), transfer_amount: Fen(30), created: clock::now() - 60 };
        let took = async |_: ConfirmedTransfer, _: String| -> Result<(), HandlerError> { Ok(()) };
        let Reconciled::Failed { error, .. } = pay.reconcile_transfer(&pending, took, took).await else { panic!() };
        assert_eq!((error.endpoint(), error.status()), (Some("v3.transfer_query"), Some(401)), "{error}");
        assert_eq!(server.got.lock().unwrap().len(), 1);
    });
}

#[test]
fn a_merchant_without_certificates_is_told_of_the_public_key() {
    within(async {
        let server = Signed::start(|_| {
            reply(404, r#"{"code":"RESOURCE_NOT_EXISTS","message":"无可用的平台证书"}"#).by(By::Nobody)
        })
        .await;
        let pay = WxPay::new(options(with_certificates(), &server.url)).unwrap();
        for _ in 0..2 {
            let error = pay.v3().jsapi(order()).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("ConfigError", Some("platform_public_key")), "{error}");
            assert!(error.to_string().contains("微信支付公钥"), "{error}");
        }
        // No order was sent, and the second failure came from the store.
        assert_eq!(server.got.lock().unwrap().len(), 1);
    });
}

#[test]
fn whatever_fails_in_the_download_of_certificates_the_call_was_not_sent() {
    let broken = r#"{"data":[]}"#;
    for (status, body, by, words) in [
        (401, r#"{"code":"SIGN_ERROR","message":"商户证书序列号有误"}"#, By::Nobody, "serial"),
        (403, r#"{"code":"NO_AUTH","message":"没有权限"}"#, By::Nobody, "NO_AUTH"),
        // A gateway that does not know the path: the merchant may have certificates.
        (404, r#"{"code":"NOT_FOUND","message":"no route"}"#, By::Nobody, "NOT_FOUND"),
        (500, "<html>busy</html>", By::Nobody, "a page from the gateway"),
        (200, broken, By::Certificate, "the list of platform certificates has no certificate"),
        (200, "[1]", By::Certificate, "the reply cannot be read"),
        (200, &*certificates(), By::Changed, "that key is not known"),
    ] {
        within(async {
            let body = body.to_owned();
            let server = Signed::start(move |request| match request.target.as_str() {
                "/v3/certificates" => reply(status, &body).by(by),
                _ => reply(200, r#"{"prepay_id":"wx1"}"#).by(By::Certificate),
            })
            .await;
            let pay = WxPay::new(options(with_certificates(), &server.url).max_network_retries(0)).unwrap();
            let error = pay.v3().jsapi(order()).await.unwrap_err();
            let outcome = detail(&error, "outcome");
            assert_eq!((error.class(), outcome), ("TransportError", Some(Detail::Text("not_sent"))), "{error}");
            assert_eq!((error.endpoint(), error.retry().as_str()), (Some("v3.jsapi"), "same_request"), "{error}");
            let shown = error.to_string();
            let begins = "v3.jsapi: the platform certificates could not be downloaded, so the call was not sent: ";
            assert!(shown.starts_with(begins) && shown.contains(words), "{shown}");
            assert!(error.causes().next().is_some_and(|cause| cause.starts_with("v3.certificates: ")), "{error:?}");
            // A refused signature of the download is explained as that of any call is.
            let signed = error.string_to_sign().unwrap_or_default();
            assert_eq!(signed.starts_with("GET\n/v3/certificates\n"), status == 401, "{signed}");
            // The next call does not ask again at once, and says the same.
            let again = pay.v3().jsapi(order()).await.unwrap_err();
            let shown = again.to_string();
            assert!(shown.starts_with(begins) && shown.contains(words), "{shown}");
            assert_eq!((again.class(), detail(&again, "outcome")), ("TransportError", outcome), "{again}");
            assert_eq!(server.asked("/v3/certificates").len(), 1);
            assert!(server.asked("/v3/pay/transactions/jsapi").is_empty());
        });
    }
}

#[test]
fn one_time_limit_covers_the_certificates_and_the_call() {
    within(async {
        let server = Signed::start(with_list).await;
        // The list takes longer than the call may.
        let slow = Silent::before(&server, "/v3/certificates").await;
        let limit = std::time::Duration::from_millis(400);
        let pay = WxPay::new(options(with_certificates(), &slow).timeout(limit)).unwrap();
        let start = std::time::Instant::now();
        let error = pay.v3().jsapi(order()).await.unwrap_err();
        assert!(start.elapsed() < limit * 2, "{:?}", start.elapsed());
        assert_eq!(
            (error.class(), detail(&error, "outcome")),
            ("TransportError", Some(Detail::Text("not_sent"))),
            "{error}"
        );
        // A reply names a certificate that is not known, and the list does not come: the reply is refused, in time.
        let pay = WxPay::new(options(with_public_key(), &slow).timeout(limit)).unwrap();
        let start = std::time::Instant::now();
        let error = pay.v3().jsapi(order()).await.unwrap_err();
        assert!(start.elapsed() < limit * 2, "{:?}", start.elapsed());
        assert_eq!((error.code(), error.retry().as_str()), ("serial_unknown", "same_request"), "{error}");
    });
}

#[test]
fn a_wrong_api_v3_key_is_said_before_anything_is_sent() {
    within(async {
        let server = Signed::start(with_list).await;
        let mut merchant = with_certificates();
        merchant.api_v3_key = Some("0123456789abcdef0123456789abcdef".into());
        let pay = WxPay::new(options(merchant.clone(), &server.url)).unwrap();
        let error = pay.v3().jsapi(order()).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some("api_v3_key")), "{error}");
        merchant.api_key = Some(API_V3_KEY.into());
        let error = WxPay::new(options(merchant, &server.url)).unwrap().v3().jsapi(order()).await.unwrap_err();
        assert!(error.to_string().contains("were exchanged"), "{error}");
        assert!(!error.to_string().contains(API_V3_KEY), "{error}");
        assert!(server.asked("/v3/pay/transactions/jsapi").is_empty());
    });
}

#[test]
fn a_list_in_the_store_from_before_the_api_v3_key_was_changed_is_asked_for_anew() {
    const NEW: &str = "fedcba9876543210fedcba9876543210";
    within(async {
        let is_changed = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let state = std::sync::Arc::clone(&is_changed);
        let server = Signed::start(move |request| {
            let key = if state.load(std::sync::atomic::Ordering::Relaxed) { NEW } else { API_V3_KEY };
            match request.target.as_str() {
                "/v3/certificates" => reply(200, &certificates_under(key)).by(By::Certificate),
                _ => reply(200, r#"{"prepay_id":"wx1"}"#).by(By::Certificate),
            }
        })
        .await;
        let store = std::sync::Arc::new(MemoryStore::default());
        let client = |merchant: MerchantOptions| {
            let options = options(merchant, &server.url).store(wxpaykit::store::Place::Object(store.clone()));
            WxPay::new(options).unwrap()
        };
        client(with_certificates()).v3().jsapi(order()).await.unwrap();
        is_changed.store(true, std::sync::atomic::Ordering::Relaxed);
        let with_new = |mut merchant: MerchantOptions| {
            merchant.api_v3_key = Some(NEW.into());
            client(merchant)
        };
        // In both modes: with certificates alone, and with the public key while a reply is signed by a certificate.
        with_new(with_certificates()).v3().jsapi(order()).await.unwrap();
        assert_eq!(server.asked("/v3/certificates").len(), 2);
        with_new(with_public_key()).v3().jsapi(order()).await.unwrap();
        assert_eq!(server.asked("/v3/certificates").len(), 2);
        // A wrong key is this process's affair: it is told as what it is, again and again, and the others go on.
        let mut wrong = with_certificates();
        wrong.api_v3_key = Some("0123456789abcdef0123456789abcdef".into());
        let wrong = client(wrong);
        for _ in 0..2 {
            let error = wrong.v3().jsapi(order()).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("ConfigError", Some("api_v3_key")), "{error}");
        }
        with_new(with_certificates()).v3().jsapi(order()).await.unwrap();
    });
}

#[test]
fn what_is_accepted_and_not_done_is_unknown() {
    within(async {
        let server = Signed::start(|request| match request.target.as_str() {
            target if target.ends_with("/close") => reply(202, ""),
            target if target.starts_with("/v3/refund") => reply(202, r#"{"code":"SOMETHING_NEW","message":"处理中"}"#),
            "/v3/members" => reply(202, r#"{"batch_id":"1"}"#),
            "/v3/coded" => reply(202, r#"{"code":"PROCESSING","batch_id":"1"}"#),
            // Of another request, within the 300 seconds.
            target if target.starts_with("/v3/pay/transactions/out-trade-no/") => reply(204, ""),
            _ => reply(202, "{}"),
        })
        .await;
        let pay = WxPay::new(options(with_public_key(), &server.url).max_network_retries(0)).unwrap();
        let close = pay.v3().close(V3Close::new().out_trade_no("A1")).await.unwrap_err();
        assert!(close.retry() != Retry::Never && close.to_string().matches("202").count() == 1, "{close}");
        assert!(
            close.to_string().contains("Query it, or repeat it with the same number and the same fields."),
            "{close}"
        );
        let refund = pay.v3().refund(refund(40)).await.unwrap_err();
        assert_eq!((refund.class(), refund.retry()), ("BusinessError", Retry::SameRequest), "{refund}");
        let query = pay.v3().query(V3Query::new().out_trade_no("A1")).await.unwrap_err();
        assert_eq!((query.code(), query.retry()), ("malformed_reply", Retry::SameRequest), "{query}");
        let raw = Call { method: "POST".to_owned(), path: "/v3/anything".to_owned(), ..Call::default() };
        let raw = pay.v3().call(&raw).await.unwrap_err();
        assert_eq!(raw.retry(), Retry::QueryFirst, "{raw}");
        let advice = "Query first; repeat only if WeChat has nothing under the number.";
        assert!(raw.to_string().ends_with(advice) && raw.to_string().matches("202").count() == 1, "{raw}");
        // The members of a call that the table does not have may be its result.
        let with_members = Call { method: "POST".to_owned(), path: "/v3/members".to_owned(), ..Call::default() };
        assert_eq!(pay.v3().call(&with_members).await.unwrap().get("batch_id"), Some("1"));
        let coded = Call { method: "POST".to_owned(), path: "/v3/coded".to_owned(), ..Call::default() };
        let coded = pay.v3().call(&coded).await.unwrap_err();
        assert_eq!((coded.class(), coded.reply().unwrap().get("batch_id")), ("BusinessError", Some("1")), "{coded}");
        assert!(coded.to_string().ends_with(advice), "{coded}");
        // A POST without a body says so.
        assert_eq!(server.asked("/v3/anything")[0].headers["content-length"], "0");
    });
}

#[test]
fn a_refusal_after_a_lost_answer_does_not_say_that_nothing_happened() {
    within(async {
        let count = std::sync::atomic::AtomicUsize::new(0);
        let server = Signed::start(move |_| match count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            // A gateway's page: whether WeChat acted is not known.
            0 => reply(502, "<html>bad gateway</html>").by(By::Nobody),
            _ => reply(401, r#"{"code":"SIGN_ERROR","message":"商户号不存在"}"#).by(By::Nobody),
        })
        .await;
        let pay = client(&server);
        let error = pay.v3().refund(refund(40)).await.unwrap_err();
        assert_eq!((error.class(), error.retry()), ("ProtocolError", Retry::SameRequest), "{error}");
        assert!(error.to_string().contains("R@1"), "{error}");
        assert_eq!(server.got.lock().unwrap().len(), 2);
    });
}

#[test]
fn a_path_that_wechat_does_not_know_is_compared_with_those_that_it_publishes() {
    within(async {
        for (status, method, path, hint) in [
            (404, "POST", "/v3/pay/transaction/jsapi", Some("did you mean /v3/pay/transactions/jsapi?")),
            (405, "GET", "/v3/pay/transactions/jsapi", Some("this path is for POST, not for GET")),
            (404, "GET", "/v3/a-path-of-2027", None),
            // The path is right, and what it names is not there.
            (404, "GET", "/v3/pay/transactions/id/42", None),
            (400, "POST", "/v3/pay/transaction/jsapi", None),
        ] {
            let server = Signed::start(move |_| reply(status, "").by(By::Nobody)).await;
            let call = Call { method: method.to_owned(), path: path.to_owned(), ..Call::default() };
            let text = client(&server).v3().call(&call).await.unwrap_err().to_string();
            let hints = ["did you mean", "this path is for"].iter().filter(|hint| text.contains(**hint)).count();
            assert_eq!(hints, usize::from(hint.is_some()), "{text}");
            assert!(hint.is_none_or(|hint| text.contains(hint)), "{text}");
        }
    });
}

#[test]
fn a_paid_order_that_refuses_to_be_closed_is_asked_for() {
    within(async {
        let server = Signed::start(|_| reply(400, r#"{"code":"INVALID_REQUEST","message":"该订单已支付"}"#)).await;
        let error = client(&server).v3().close(V3Close::new().out_trade_no("A1")).await.unwrap_err();
        assert_eq!((error.class(), error.retry()), ("BusinessError", Retry::QueryFirst), "{error}");
    });
}

#[test]
fn a_path_of_apiv3_is_not_sent_as_apiv2() {
    within(async {
        let server = Signed::start(|_| reply(200, "{}")).await;
        let merchant = MerchantOptions { api_key: Some(API_V3_KEY.to_ascii_lowercase().into()), ..with_public_key() };
        let pay = WxPay::new(options(merchant, &server.url)).unwrap();
        let error = pay.call("/v3/certificates", &wxpaykit::value::Params::default()).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("path")), "{error}");
        assert!(error.to_string().contains("pay.v3.call") && server.got.lock().unwrap().is_empty(), "{error}");
    });
}

#[test]
fn what_a_call_shows_of_itself_has_no_value() {
    let call = Call {
        method: "POST".to_owned(),
        path: "/v3/anything".to_owned(),
        json: Some(r#"{"name":"张三"}"#.to_owned()),
        sensitive: vec!["name".to_owned()],
        ..Call::default()
    };
    assert!(!format!("{call:?}").contains("张三"));
}

#[test]
fn sensitive_fields_are_encrypted_for_wechat_and_decrypted_for_the_merchant() {
    within(async {
        let server = Signed::start(with_list).await;
        let pay = WxPay::new(options(with_certificates(), &server.url)).unwrap();
        let identity = V3PayerIdentity::new().r#type("IDCARD").number("11010519491231002X").name("张三");
        let payer = V3Payer::new().openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o").identity(identity);
        pay.v3().jsapi(order_of(payer)).await.unwrap();
        let request = &server.asked("/v3/pay/transactions/jsapi")[0];
        check_authorization(request);
        assert_eq!(request.headers["wechatpay-serial"], SERIAL);
        let body: Json = serde_json::from_str(&request.body).unwrap();
        let identity = &body["payer"]["identity"];
        assert_eq!(identity["type"], json!("IDCARD"));
        let plain = decrypt_sensitive(identity["name"].as_str().unwrap(), &certificate_pair()).unwrap();
        assert_eq!(&*plain, "张三");
        // It travels as Base64, so any character will do; its neighbour travels as it is.
        let rare = V3PayerIdentity::new().r#type("IDCARD").number("1").name("𠮷田");
        pay.v3().jsapi(order_of(V3Payer::new().openid("o").identity(rare))).await.unwrap();
        let wide = V3PayerIdentity::new().r#type("😀").number("1").name("a");
        let error = pay.v3().jsapi(order_of(V3Payer::new().openid("o").identity(wide))).await.unwrap_err();
        assert_eq!((error.code(), error.field()), ("invalid_char", Some("payer.identity.type")), "{error}");
        let long = V3PayerIdentity::new().r#type("IDCARD").number("1").name("张".repeat(80));
        let error = pay.v3().jsapi(order_of(V3Payer::new().openid("o").identity(long))).await.unwrap_err();
        assert_eq!((error.code(), error.field()), ("plaintext_too_long", Some("payer.identity.name")), "{error}");
    });
}

fn order_of(payer: V3Payer) -> V3Jsapi {
    V3Jsapi::new().description("茶").out_trade_no("A00001").amount(V3OrderAmount::new().total(Fen(1))).payer(payer)
}

#[test]
fn a_call_without_a_method_is_signed_encrypted_and_read() {
    within(async {
        let merchants = VerifyingKey::read("cert", file("apiclient_cert.pem").as_bytes()).unwrap();
        let sealed = wxpaykit::v3::encrypt_sensitive("李四", &merchants).unwrap();
        let server =
            Signed::start(move |_| reply(200, &format!(r#"{{"receivers":[{{"name":"{sealed}"}}],"n":1}}"#))).await;
        let pay = client(&server);
        let call = Call {
            method: "POST".to_owned(),
            path: "/v3/profitsharing/receivers/add".to_owned(),
            query: vec![("a b".into(), wxpaykit::value::Value::Text("茶|".into()))],
            json: Some(r#"{ "name":"张三","receivers":[{"name":"王五"}] }"#.to_owned()),
            sensitive: vec!["receivers.name".to_owned()],
        };
        let answer = pay.v3().call(&call).await.unwrap();
        assert_eq!((answer.get("receivers"), answer.get("n")), (Some(r#"[{"name":"李四"}]"#), Some("1")));
        let request = server.only();
        check_authorization(&request);
        assert_eq!(request.target, "/v3/profitsharing/receivers/add?a%20b=%E8%8C%B6%7C");
        let body: Json = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body["name"], json!("张三"));
        let name = body["receivers"][0]["name"].as_str().unwrap();
        assert_eq!(&*decrypt_sensitive(name, &public_key_pair()).unwrap(), "王五");
        // Without anything to encrypt the text is sent as it is.
        let plain = Call { sensitive: Vec::new(), ..call.clone() };
        pay.v3().call(&plain).await.unwrap();
        assert_eq!(server.got.lock().unwrap()[1].body, r#"{ "name":"张三","receivers":[{"name":"王五"}] }"#);

        let refused = [
            (Call { path: "/pay/orderquery".to_owned(), ..plain.clone() }, "path"),
            (Call { path: "/v3/a/../b".to_owned(), ..plain.clone() }, "path"),
            (Call { path: "/v3/a b".to_owned(), ..plain.clone() }, "path"),
            (Call { path: "/v3/a/{id}".to_owned(), ..plain.clone() }, "path"),
            (Call { path: "/v3/a?b=1".to_owned(), ..plain.clone() }, "path"),
            (Call { method: "post".to_owned(), ..plain.clone() }, "method"),
            (Call { json: Some(r#"{"a":null}"#.to_owned()), ..plain.clone() }, "json.a"),
            (Call { json: Some(r#"{"a":"😀"}"#.to_owned()), ..plain.clone() }, "json.a"),
            (Call { method: "GET".to_owned(), ..plain.clone() }, "json"),
            (Call { sensitive: vec!["nobody".to_owned()], ..plain.clone() }, "sensitive"),
        ];
        for (call, field) in refused {
            let error = pay.v3().call(&call).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)), "{error}");
        }
        assert_eq!(server.got.lock().unwrap().len(), 2);
    });
}

#[test]
fn what_is_named_sensitive_is_never_sent_as_it_is() {
    within(async {
        let merchants = VerifyingKey::read("cert", file("apiclient_cert.pem").as_bytes()).unwrap();
        let sealed = wxpaykit::v3::encrypt_sensitive("李四", &merchants).unwrap();
        let server =
            Signed::start(move |_| reply(200, &format!(r#"{{"r":[{{"n":"{sealed}"}},{{"n":5}}],"x":1}}"#))).await;
        let pay = client(&server);
        let call = |json: &str, sensitive: &[&str]| Call {
            method: "POST".to_owned(),
            path: "/v3/anything".to_owned(),
            json: Some(json.to_owned()),
            sensitive: sensitive.iter().map(|&name| name.to_owned()).collect(),
            ..Call::default()
        };
        for (json, names, words) in [
            (r#"{"r":[{"n":"a"},{"n":5}]}"#, &["r.n"][..], "r.n is not a text in every item: write it as text"),
            (r#"{"r":[{"n":"a"},"b"]}"#, &["r.n"], "r.n is not a text in every item"),
            (r#"{"r":{"n":{"a":"b"}}}"#, &["r.n"], "r.n is not a text in every item"),
            (r#"{"r":{"n":true}}"#, &["r.n"], "r.n is not a text in every item"),
            (r#"{"r":[]}"#, &["r.n"], "names r.n, which is neither in json nor in query"),
            (r#"{"n":"a"}"#, &[""], r#"has "", which"#),
            (r#"{"n":"a"}"#, &["n."], r#"has "n.", which"#),
            (r#"{"n":"a"}"#, &["n", "n"], "names n twice"),
        ] {
            let error = pay.v3().call(&call(json, names)).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("sensitive")), "{json}: {error}");
            assert!(error.to_string().contains(words), "{json}: {error}");
        }
        assert!(server.got.lock().unwrap().is_empty());

        // A GET has no body: the members are the reply's alone. A number there stays.
        let get = Call { method: "GET".to_owned(), json: None, ..call("", &["r.n"]) };
        let answer = pay.v3().call(&get).await.unwrap();
        assert_eq!(answer.get("r"), Some(r#"[{"n":"李四"},{"n":5}]"#));
        // What is encrypted travels as Base64, so any character will do; elsewhere it will not.
        pay.v3().call(&call(r#"{"n":"a😀"}"#, &["n"])).await.unwrap();
        let body: Json = serde_json::from_str(&server.got.lock().unwrap()[1].body).unwrap();
        assert_eq!(&*decrypt_sensitive(body["n"].as_str().unwrap(), &public_key_pair()).unwrap(), "a😀");
        for (call, field) in [
            (call(r#"{"n":"a","😀":"b"}"#, &["n"]), "json"),
            (Call { query: vec![("a".into(), wxpaykit::value::Value::Text("😀".into()))], ..get.clone() }, "query.a"),
            (Call { query: vec![("😀".into(), wxpaykit::value::Value::Text("a".into()))], ..get.clone() }, "query"),
            (Call { path: format!("/v3/{}", "a".repeat(8200)), ..get.clone() }, "path"),
            (Call { query: vec![("a".into(), wxpaykit::value::Value::Text("茶".repeat(1000).into()))], ..get }, "path"),
        ] {
            let error = pay.v3().call(&call).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)), "{error}");
        }
        assert_eq!(server.got.lock().unwrap().len(), 2);
    });
}

#[test]
fn what_is_named_sensitive_in_a_query_is_encrypted_and_numbers_stay_as_they_are() {
    within(async {
        let server = Signed::start(move |_| reply(200, r#"{"id":18446744073709551617,"l":[{"n":1.50}]}"#)).await;
        let pay = client(&server);
        let text = |text: &str| wxpaykit::value::Value::Text(text.to_owned().into());
        let get = Call {
            method: "GET".to_owned(),
            path: "/v3/smartguide/guides".to_owned(),
            query: vec![("store_id".into(), wxpaykit::value::Value::Int(1)), ("mobile".into(), text("13912345678"))],
            sensitive: vec!["mobile".to_owned(), "guides.name".to_owned()],
            ..Call::default()
        };
        let answer = pay.v3().call(&get).await.unwrap();
        assert_eq!([answer.get("id"), answer.get("l")], [Some("18446744073709551617"), Some(r#"[{"n":1.50}]"#)]);
        let post = Call {
            method: "POST".to_owned(),
            json: Some(r#"{"id":18446744073709551617,"l":[0.10],"name":"a"}"#.to_owned()),
            sensitive: vec!["mobile".to_owned(), "name".to_owned()],
            ..get.clone()
        };
        pay.v3().call(&post).await.unwrap();
        let none = Call { query: Vec::new(), ..post.clone() };
        let error = pay.v3().call(&none).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("sensitive")), "{error}");
        let long = Call { query: vec![("mobile".into(), text(&"1".repeat(215)))], ..get };
        let error = pay.v3().call(&long).await.unwrap_err();
        assert_eq!((error.code(), error.field()), ("plaintext_too_long", Some("query.mobile")), "{error}");

        let got = server.got.lock().unwrap();
        assert_eq!(got.len(), 2);
        for request in got.iter() {
            assert!(!request.target.contains("13912345678"), "{}", request.target);
            let url = url::Url::parse(&format!("https://host{}", request.target)).unwrap();
            let sealed: Vec<_> = url.query_pairs().filter(|(name, _)| name == "mobile").collect();
            assert!(!request.target.contains('+') && sealed.len() == 1, "{}", request.target);
            assert_eq!(&*decrypt_sensitive(&sealed[0].1, &public_key_pair()).unwrap(), "13912345678");
        }
        assert!(got[1].body.starts_with(r#"{"id":18446744073709551617,"l":[0.10],"name":""#), "{}", got[1].body);
    });
}

#[test]
fn a_mistake_in_a_body_is_named_by_its_place() {
    within(async {
        let server = Signed::start(move |_| reply(200, "{}")).await;
        let pay = client(&server);
        for (json, place) in [
            (r#"{"subject":{"license":{"name":null}}}"#, "json.subject.license.name"),
            (r#"{"items":[1,2,3,{"x":"a😀"}]}"#, "json.items[3].x"),
            (r#"{"items":[["a",null]]}"#, "json.items[0][1]"),
            (r#"{"a":{"😀":1}}"#, "json.a"),
            ("null", "json"),
        ] {
            let call = Call {
                method: "POST".to_owned(),
                path: "/v3/anything".to_owned(),
                json: Some(json.to_owned()),
                ..Call::default()
            };
            let error = pay.v3().call(&call).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(place)), "{error}");
        }
        assert!(server.got.lock().unwrap().is_empty());
    });
}

#[test]
fn fields_are_checked_before_anything_is_sent() {
    within(async {
        let server = Signed::start(|_| reply(200, r#"{"h5_url":"https://wx.tenpay.com/x"}"#)).await;
        let pay = client(&server);
        let scene = V3H5SceneInfo::new().payer_client_ip("203.0.113.9").h5_info(V3H5Info::new().r#type("Wap"));
        let h5 = || V3H5::new().description("茶").out_trade_no("A00001").amount(V3OrderAmount::new().total(Fen(1)));
        let made = pay.v3().h5(h5().scene_info(scene)).await.unwrap();
        assert_eq!(made.h5_url(), "https://wx.tenpay.com/x");
        let bare = V3H5SceneInfo::new().payer_client_ip("203.0.113.9");
        for (call, field) in [
            (h5(), "scene_info"),
            (h5().scene_info(bare), "scene_info.h5_info"),
            (h5().description("茶😀"), "description"),
        ] {
            let scene = V3H5SceneInfo::new().payer_client_ip("203.0.113.9").h5_info(V3H5Info::new().r#type("Wap"));
            let call = if field == "description" { call.scene_info(scene) } else { call };
            // The last description counts as given twice.
            let error = pay.v3().h5(call).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)), "{error}");
        }
        assert_eq!(server.got.lock().unwrap().len(), 1);
    });
}
