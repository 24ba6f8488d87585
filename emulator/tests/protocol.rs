//! Invalid requests: WeChat's answers, and the explanations in the journal.

use crate::common::{APPID, KEY, OPENID, Request, start, within};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wxpaykit::SignType;
use wxpaykit::doctor::Language;
use wxpaykit_emulator::Merchant;

#[test]
fn refuses_invalid_requests() {
    within(async {
        let wechat = start(|_| {}).await;
        for path in ["/pay/unifiedorder", "/pay/orderquery", "/pay/closeorder"] {
            let get = wechat.get(path).await;
            assert_eq!(get.status, 200);
            assert!(get.body.contains("<return_msg><![CDATA[请使用post方法]]></return_msg>"), "{}", get.body);
            assert_eq!(wechat.post(path, b"").await.refused(), "post数据为空");
            assert_eq!(wechat.post(path, b"<xml><a>\xff</a></xml>").await.refused(), "编码格式错误");
            for body in [
                "hello",
                "{}",
                "<xml>",
                "<xml><a>1</xml>",
                "<html></html>",
                "<xml><a>1</a><a>1</a></xml>",
                "<xml><a><b>1</b></a></xml>",
                "<!DOCTYPE xml [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><xml><a>&x;</a></xml>",
                "<!DOCTYPE l [<!ENTITY a \"x\"><!ENTITY b \"&a;&a;&a;\">]><xml><a>&b;</a></xml>",
                "<?php echo 1 ?><xml><a>1</a></xml>",
                "<xml a=\"1\"><b>1</b></xml>",
            ] {
                assert_eq!(wechat.post(path, body.as_bytes()).await.refused(), "XML格式错误", "{body}");
            }
            let gbk = b"<?xml version=\"1.0\" encoding=\"GBK\"?><xml><a>1</a></xml>";
            assert_eq!(wechat.post(path, gbk).await.refused(), "编码格式错误");
            assert_eq!(wechat.post(path, b"<xml></xml>").await.refused(), "缺少参数");
        }
        assert_eq!(wechat.control("orders", Value::Null).await, Value::Array(Vec::new()));
    });
}

#[test]
fn knows_its_paths_and_its_limit() {
    within(async {
        let wechat = start(|_| {}).await;
        for path in ["/", "/pay", "/pay/facepay", "/pay/unifiedorder/", "/mmpaymkttransfers/sendredpack", "/_emulators"]
        {
            let answer = wechat.http("POST", path, &[], b"<xml></xml>").await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.body.contains("<center><h1>404 Not Found</h1></center>\n<hr><center>nginx</center>"));
            assert_eq!(wechat.last().await["outcome"], "http:404");
        }
        let huge = vec![b'x'; (1 << 20) + 1];
        let answer = wechat.http("POST", "/pay/unifiedorder", &[], &huge).await;
        assert_eq!(answer.status, 413);
        assert_eq!(wechat.last().await["outcome"], "http:413");
        let most = [b"<xml><a>".as_slice(), &huge[..(1 << 20) - 18], b"</a></xml>"].concat();
        assert_eq!(wechat.post("/pay/unifiedorder", &most).await.refused(), "缺少参数");
    });
}

#[test]
fn each_missing_field_is_named() {
    within(async {
        let wechat = start(|_| {}).await;
        for name in [
            "appid",
            "mch_id",
            "nonce_str",
            "body",
            "out_trade_no",
            "total_fee",
            "spbill_create_ip",
            "notify_url",
            "trade_type",
        ] {
            for request in [Request::order("n1").without(name), Request::order("n1").with(name, "")] {
                assert_eq!(wechat.unifiedorder(&request).await.refused(), "缺少参数", "{name}");
                let entry = wechat.last().await;
                assert_eq!(entry["outcome"], "protocol:缺少参数");
                assert_eq!(entry["explanation"]["detail"], format!("missing or empty: {name}"));
            }
        }
        assert_eq!(wechat.unifiedorder(&Request::order("n1").with("sign", "")).await.refused(), "缺少参数");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "sign_missing");
        assert_eq!(wechat.call("/pay/orderquery", &Request::new()).await.refused(), "缺少参数");
        assert_eq!(wechat.call("/pay/closeorder", &Request::new()).await.refused(), "缺少参数");
    });
}

#[test]
fn checks_form_and_length() {
    within(async {
        let wechat = start(|_| {}).await;
        let long = |count: usize| "长".repeat(count);
        let cases: Vec<(&str, String, &str)> = vec![
            ("appid", "wx12345678".into(), "appid参数长度有误"),
            ("mch_id", "abc".into(), "mch_id参数格式错误"),
            ("mch_id", "123".into(), "mch_id参数长度有误"),
            ("mch_id", "123456789".into(), "mch_id参数长度有误"),
            ("nonce_str", "x".repeat(33), "nonce_str参数长度有误"),
            ("sign_type", "SHA1".into(), "sign_type参数格式错误"),
            ("sign_type", "md5".into(), "sign_type参数格式错误"),
            ("sub_mch_id", "x".into(), "sub_mch_id参数格式错误"),
            ("sub_appid", "wx1".into(), "sub_appid参数长度有误"),
            ("device_info", "x".repeat(33), "device_info参数长度有误"),
            ("body", long(128), "body参数长度有误"),
            ("detail", long(6001), "detail参数长度有误"),
            ("attach", long(128), "attach参数长度有误"),
            ("out_trade_no", "x".repeat(33), "out_trade_no参数长度有误"),
            ("out_trade_no", "订单1".into(), "out_trade_no参数格式错误"),
            ("out_trade_no", "a b".into(), "out_trade_no参数格式错误"),
            ("fee_type", "cny".into(), "fee_type参数格式错误"),
            ("total_fee", "0".into(), "total_fee参数格式错误"),
            ("total_fee", "-1".into(), "total_fee参数格式错误"),
            ("total_fee", "+1".into(), "total_fee参数格式错误"),
            ("total_fee", "0.88".into(), "total_fee参数格式错误"),
            ("total_fee", "01".into(), "total_fee参数格式错误"),
            ("total_fee", "8e1".into(), "total_fee参数格式错误"),
            ("total_fee", "1000000001".into(), "total_fee参数格式错误"),
            ("total_fee", "９".into(), "total_fee参数格式错误"),
            ("spbill_create_ip", "localhost".into(), "invalid spbill_create_ip"),
            ("spbill_create_ip", "300.1.1.1".into(), "invalid spbill_create_ip"),
            ("spbill_create_ip", "::ffff:203.0.113.9".into(), "invalid spbill_create_ip"),
            ("spbill_create_ip", "::FFFF:cb00:7109".into(), "invalid spbill_create_ip"),
            ("spbill_create_ip", "1".repeat(65), "spbill_create_ip参数长度有误"),
            ("time_start", "2026".into(), "time_start参数格式错误"),
            ("time_expire", "20261301000000".into(), "time_expire参数格式错误"),
            ("time_expire", "2026-12-01 00:00:00".into(), "time_expire参数格式错误"),
            ("goods_tag", "x".repeat(33), "goods_tag参数长度有误"),
            ("notify_url", "/notify".into(), "notify_url参数格式错误"),
            ("notify_url", "ftp://shop.example/n".into(), "notify_url参数格式错误"),
            ("notify_url", "https://shop.example/n?a=1".into(), "notify_url参数格式错误"),
            ("notify_url", format!("https://shop.example/{}", "n".repeat(250)), "notify_url参数长度有误"),
            ("trade_type", "MICROPAY".into(), "trade_type参数格式错误"),
            ("trade_type", "jsapi".into(), "trade_type参数格式错误"),
            ("product_id", "x".repeat(33), "product_id参数长度有误"),
            ("limit_pay", "credit".into(), "limit_pay参数格式错误"),
            ("receipt", "N".into(), "receipt参数格式错误"),
            ("profit_sharing", "y".into(), "profit_sharing参数格式错误"),
            ("scene_info", long(257), "scene_info参数长度有误"),
            ("openid", "o".repeat(129), "openid参数长度有误"),
        ];
        for (name, value, text) in cases {
            let reply = wechat.unifiedorder(&Request::order("n1").with(name, &value)).await;
            assert_eq!(reply.refused(), text, "{name}={value}");
        }
        for (name, value) in [
            ("body", long(127)),
            ("attach", long(127)),
            ("out_trade_no", "aZ09_-|*@".to_owned()),
            ("out_trade_no", "x".repeat(32)),
            ("total_fee", "1000000000".to_owned()),
            ("spbill_create_ip", "2001:db8::1".to_owned()),
            ("fee_type", "HKD".to_owned()),
            ("limit_pay", "no_credit".to_owned()),
            ("unheard_of", "signed like all others".to_owned()),
        ] {
            let number = format!("good-{name}-{}", value.len());
            let request = Request::order(&number).with(name, &value);
            wechat.unifiedorder(&request).await.ok();
        }
    });
}

#[test]
fn a_field_under_another_spelling_is_named_beside_the_missing_one() {
    within(async {
        let wechat = start(|_| {}).await;
        for (name, spelt) in [("nonce_str", "nonceStr"), ("total_fee", "total__fee"), ("trade_type", "TRADE_TYPE")] {
            let request = Request::order("n1").without(name).with(spelt, "1");
            assert_eq!(wechat.unifiedorder(&request).await.refused(), "缺少参数", "{name}");
            let explanation = wechat.last().await["explanation"].clone();
            assert_eq!(explanation["mistake"], "missing_fields");
            let detail = explanation["detail"].as_str().unwrap();
            assert!(detail.ends_with(&format!("does not read: {spelt} → {name}")), "{detail}");
        }
    });
}

#[test]
fn white_space_that_a_writer_of_xml_added_is_named() {
    within(async {
        let wechat = start(|_| {}).await;
        let body = Request::order("indented").xml();
        let indented = body.replace("</", "\n  </");
        wechat.post("/pay/unifiedorder", indented.as_bytes()).await;
        let explanation = wechat.last().await["explanation"].clone();
        assert_eq!(explanation["mistake"], "values_trimmed", "{explanation}");
        // Another root than WeChat's.
        let root = body.replace("<xml>", "<root>").replace("</xml>", "</root>");
        assert_eq!(wechat.post("/pay/unifiedorder", root.as_bytes()).await.refused(), "XML格式错误");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "xml_root");
    });
}

#[test]
fn strict_rules_follow_the_documents() {
    within(async {
        let wechat = start(|config| config.strict_docs = true).await;
        let order = |number: &str| Request::order(number);
        assert_eq!(wechat.unifiedorder(&order("short")).await.refused(), "out_trade_no参数长度有误");
        assert_eq!(wechat.unifiedorder(&order("at@sign")).await.refused(), "out_trade_no参数格式错误");
        assert_eq!(wechat.unifiedorder(&Request::of_type("NATIVE", "native")).await.refused(), "缺少参数");
        assert_eq!(wechat.last().await["explanation"]["detail"], "missing or empty: product_id");
        assert_eq!(wechat.unifiedorder(&Request::of_type("MWEB", "mobile")).await.refused(), "缺少参数");
        wechat.unifiedorder(&Request::of_type("NATIVE", "native").with("product_id", "1")).await.ok();
    });
}

#[test]
fn checks_in_order() {
    within(async {
        let mut provider = Merchant::new("wx00000000000000aa", "1900000109", &"p".repeat(32), "secret-p");
        provider.provider = true;
        provider.sub_mch_ids = vec!["1900000110".to_owned()];
        let mut narrow = Merchant::new("wx00000000000000bb", "1900000111", &"n".repeat(32), "secret-n");
        narrow.products = vec!["NATIVE".to_owned()];
        let known = [provider.clone(), narrow.clone()];
        let wechat = start(move |config| config.merchants = known.to_vec()).await;
        // Each request has the mistake of its row and those of all rows below.
        let wrong = Request::of_type("JSAPI", "n1").key("wrong");
        let rows = [
            (wrong.clone().with("mch_id", "abc").without("body"), "缺少参数"),
            (wrong.clone().with("mch_id", "abc").with("appid", "wx0000000000000000"), "mch_id参数格式错误"),
            (wrong.clone().with("mch_id", "99999999").with("appid", "wx0000000000000000"), "appid不存在"),
            (wrong.clone().with("mch_id", "99999999"), "商户号mch_id或sub_mch_id不存在"),
            (wrong.clone().with("mch_id", "1900000109"), "商户号mch_id与appid不匹配"),
            (wrong.clone().with("mch_id", "1900000109").with("appid", &provider.appid), "受理机构必须传入sub_mch_id"),
            (
                wrong.clone().merchant(&provider).key("wrong").with("sub_mch_id", "1900000999"),
                "商户号mch_id或sub_mch_id不存在",
            ),
            (wrong.clone().with("sub_mch_id", "1900000110"), "商户号mch_id或sub_mch_id不存在"),
            (wrong.clone(), "签名错误"),
            (
                Request::of_type("JSAPI", "n1").merchant(&narrow),
                "商户号该产品权限未开通，请前往商户平台>产品中心检查后重试",
            ),
            (Request::of_type("JSAPI", "n1"), "JSAPI支付必须传openid"),
            (Request::of_type("JSAPI", "n1").with("time_expire", "20000101000000"), "JSAPI支付必须传openid"),
            (
                Request::order("n1").with("time_expire", "20000101000000"),
                "time_expire时间过短，刷卡至少1分钟，其他5分钟",
            ),
        ];
        for (request, text) in rows {
            assert_eq!(wechat.unifiedorder(&request).await.refused(), text);
        }
        let reply = wechat.unifiedorder(&Request::order("n1").with("openid", "nonsense")).await;
        assert_eq!(reply.failed(), "PARAM_ERROR 无效的openid");
        wechat.unifiedorder(&Request::of_type("NATIVE", "n1").merchant(&narrow)).await.ok();
        assert_eq!(wechat.control("orders", Value::Null).await.as_array().unwrap().len(), 1);
    });
}

#[test]
fn a_provider_orders_for_others() {
    within(async {
        let mut provider = Merchant::new("wx00000000000000aa", "1900000109", &"p".repeat(32), "secret-p");
        provider.provider = true;
        let config = provider.clone();
        let wechat = start(move |options| options.merchants = vec![config]).await;
        assert_eq!(wechat.running.merchant().mch_id, "1900000109");
        let order = Request::of_type("JSAPI", "p1").merchant(&provider).with("sub_mch_id", "1900000110");
        assert_eq!(wechat.unifiedorder(&order.clone().with("sub_openid", OPENID)).await.refused(), "缺少参数");
        let order = order.with("sub_appid", "wx00000000000000cc").with("sub_openid", "oSubUserOfTheShop00000000000");
        let reply = wechat.unifiedorder(&order).await;
        assert_eq!(reply.ok().get("sub_mch_id"), "1900000110");
        assert_eq!(reply.get("sub_appid"), "wx00000000000000cc");
        wechat.pay("p1").await;
        let query = Request::new().merchant(&provider).with("sub_mch_id", "1900000110").with("out_trade_no", "p1");
        let other = query.clone().with("sub_mch_id", "1900000111");
        assert_eq!(
            wechat.call("/pay/orderquery", &other).await.failed(),
            "ORDERNOTEXIST order not exist",
            "another sub-merchant's"
        );
        let reply = wechat.call("/pay/orderquery", &query).await;
        assert_eq!(reply.ok().get("sub_openid"), "oSubUserOfTheShop00000000000");
        assert_eq!(reply.get("sub_is_subscribe"), "N");
        assert_eq!(reply.get("openid").len(), 28);
    });
}

/// Sample S1 of the protocol reference, whose signature was computed elsewhere.
#[test]
fn takes_the_documented_request() {
    within(async {
        let wechat = start(|_| {}).await;
        let body = "<xml><appid><![CDATA[wxd930ea5d5a258f4f]]></appid>
<mch_id><![CDATA[10000100]]></mch_id>
<nonce_str><![CDATA[5K8264ILTKCH16CQ2502SI8ZNMTM67VS]]></nonce_str>
<sign><![CDATA[89B2DD60261CC8B7F4BE3EC725AF5451]]></sign>
<body><![CDATA[腾讯充值中心-QQ会员充值]]></body>
<attach><![CDATA[深圳分店]]></attach>
<out_trade_no><![CDATA[20150806125346]]></out_trade_no>
<total_fee>88</total_fee>
<spbill_create_ip><![CDATA[123.12.12.123]]></spbill_create_ip>
<notify_url><![CDATA[https://example.com/wxpay/notify]]></notify_url>
<trade_type><![CDATA[JSAPI]]></trade_type>
<openid><![CDATA[oUpF8uMuAJO_M2pxb1Q9zNjWeS6o]]></openid>
</xml>";
        wechat.post("/pay/unifiedorder", body.as_bytes()).await.ok();
        let tampered = body.replace("<total_fee>88<", "<total_fee>1<");
        assert_eq!(wechat.post("/pay/unifiedorder", tampered.as_bytes()).await.refused(), "签名错误");
    });
}

#[test]
fn answers_with_the_algorithm_of_the_request() {
    within(async {
        let wechat = start(|_| {}).await;
        // `call` checks the algorithm of each reply, refusals by result_code among them.
        wechat.unifiedorder(&Request::order("md5")).await.ok();
        wechat.unifiedorder(&Request::order("md5said").with("sign_type", "MD5")).await.ok();
        wechat.unifiedorder(&Request::order("hmac").hmac()).await.ok();
        let query = Request::new().with("out_trade_no", "hmac").hmac();
        wechat.call("/pay/orderquery", &query).await.ok();
        let other = Request::order("hmac").hmac().with("total_fee", "1");
        assert_eq!(wechat.unifiedorder(&other).await.failed(), "INVALID_REQUEST 201 商户订单号重复");
        // Lower case is compared like upper case.
        let text = Request::order("lower").xml();
        let sign = text.split("<sign>").nth(1).unwrap().split("</sign>").next().unwrap().to_owned();
        wechat
            .post("/pay/unifiedorder", text.replace(&sign, &sign.to_lowercase().replace("cdata", "CDATA")).as_bytes())
            .await
            .ok();
    });
}

#[test]
fn explains_wrong_signatures() {
    within(async {
        let wechat = start(|_| {}).await;
        let undeclared = Request { sign_type: SignType::HmacSha256, ..Request::order("n1") };
        let declared = Request::order("n1").with("sign_type", "HMAC-SHA256");
        let spaced = Request::order("n1").key(&format!("{KEY} "));
        let other = Request::order("n1").key("another key");
        let left_out = {
            let signed = Request::order("n1").hmac();
            let pairs = signed.pairs.iter().filter(|(name, _)| name != "sign_type");
            let pairs = pairs.map(|(name, value)| (name.as_str(), value.as_str()));
            let sign = wxpaykit::sign::sign(pairs, KEY, SignType::HmacSha256);
            signed.with("sign", &sign)
        };
        let emoji = Request::order("n1").with("body", "😀");
        for (request, mistake) in [
            (undeclared, "other_algorithm"),
            (declared, "other_algorithm"),
            (spaced, "key_with_white_space"),
            (left_out, "sign_type_left_out"),
            (emoji, "four_byte_character"),
            (other, "unknown"),
        ] {
            assert_eq!(wechat.unifiedorder(&request).await.refused(), "签名错误");
            let entry = wechat.last().await;
            assert_eq!(entry["outcome"], "protocol:签名错误");
            assert_eq!(entry["out_trade_no"], "n1");
            assert_eq!(entry["path"], "/pay/unifiedorder");
            assert_eq!(entry["method"], "POST");
            assert!(entry["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
            let explanation = &entry["explanation"];
            assert_eq!(explanation["mistake"], mistake, "{explanation}");
            assert!(!explanation["detail"].as_str().unwrap().is_empty());
            let text = explanation["string_to_sign"].as_str().unwrap();
            assert!(text.starts_with(&format!("appid={APPID}&body=")) && text.ends_with("&key=***"), "{text}");
        }
    });
}

#[test]
fn a_refusal_with_a_code_is_explained_by_its_cause() {
    within(async {
        let wechat = start(|config| config.strict_docs = true).await;
        let order = Request::order("order001");
        let last = async || {
            let entry = wechat.last().await;
            let explanation = entry["explanation"].clone();
            let signed = explanation["string_to_sign"].as_str().unwrap_or_default();
            assert!(signed.ends_with("&key=***"), "{entry}");
            let part = |name: &str| explanation[name].as_str().unwrap_or_default().to_owned();
            (entry["outcome"].as_str().unwrap().to_owned(), part("mistake"), part("detail"))
        };
        let cause = |code: &str, mistake: &str, detail: &str| {
            (format!("business:{code}"), mistake.to_owned(), detail.to_owned())
        };
        wechat.orderquery("order001").await.failed();
        let unknown = "this merchant has no order with this number";
        assert_eq!(last().await, cause("ORDERNOTEXIST", "order_unknown", unknown));
        wechat.closeorder("order001").await.failed();
        assert_eq!(last().await, cause("ORDERNOTEXIST", "order_unknown", unknown));
        wechat.unifiedorder(&order.clone().with("openid", "nobody")).await.failed();
        let (outcome, mistake, _) = last().await;
        assert_eq!((&*outcome, &*mistake), ("business:PARAM_ERROR", "other_openid"));
        wechat.unifiedorder(&order).await.ok();
        assert_eq!(last().await, ("ok".to_owned(), String::new(), "the signature is right".to_owned()));
        wechat.unifiedorder(&order.clone().with("total_fee", "89")).await.failed();
        let (outcome, mistake, detail) = last().await;
        assert_eq!((&*outcome, &*mistake), ("business:INVALID_REQUEST", "number_used"));
        assert!(detail.contains("differs from its first request"), "{detail}");
        wechat.pay("order001").await;
        wechat.closeorder("order001").await.failed();
        assert_eq!(last().await, cause("ORDERPAID", "order_paid", "the order is paid already"));
        wechat.unifiedorder(&Request::order("order002")).await.ok();
        wechat.closeorder("order002").await.ok();
        wechat.unifiedorder(&Request::order("order002")).await.failed();
        assert_eq!(last().await.1, "order_closed");
        wechat.control("faults", json!({ "fault": "systemerror_before", "times": 1 })).await;
        wechat.orderquery("order001").await.failed();
        assert_eq!(last().await.1, "system_error");
        // Browsers ask for an icon by themselves, and the journal is silent about it.
        let count = async || wechat.control("journal", Value::Null).await.as_array().unwrap().len();
        let before = count().await;
        assert_eq!(wechat.get("/favicon.ico").await.status, 404);
        assert_eq!(count().await, before);
    });
}

#[test]
fn keeps_secrets_out_of_the_journal() {
    within(async {
        let wechat = start(|_| {}).await;
        let secret = wechat.running.merchant().app_secret.expose().to_owned();
        wechat.unifiedorder(&Request::order(KEY)).await.ok();
        wechat.unifiedorder(&Request::order("n1").with("attach", KEY).key("wrong")).await.refused();
        wechat.unifiedorder(&Request::order("n2").with("attach", &secret)).await.ok();
        // In the other letter case, and in Base64.
        wechat.unifiedorder(&Request::order("n3").with("attach", &KEY.to_uppercase())).await.ok();
        wechat.unifiedorder(&Request::order("n4").with("attach", &BASE64_STANDARD.encode(KEY))).await.ok();
        wechat.post("/pay/orderquery", format!("<xml><mch_id>10000100</mch_id><a>{KEY}</a></xml>").as_bytes()).await;
        wechat.get(&format!("/nowhere/{KEY}")).await;
        wechat.get(&format!("/sns/oauth2/access_token?appid={APPID}&secret={secret}&code={KEY}")).await;
        wechat.get(&format!("/cgi-bin/token?appid={APPID}&secret={secret}&grant_type=client_credential")).await;
        let journal = wechat.control("journal", Value::Null).await.to_string();
        assert!(!journal.contains(KEY) && !journal.contains(&secret), "{journal}");
        assert!(!journal.contains(&KEY.to_uppercase()) && !journal.contains(&BASE64_STANDARD.encode(KEY)), "{journal}");
        assert!(journal.contains("attach=***"));
    });
}

#[test]
fn replies_have_two_layouts() {
    within(async {
        use wxpaykit_emulator::Layout;
        let old = start(|config| config.layout = Layout::Old).await;
        let order = Request::order("n1").with("device_info", "WEB");
        let reply = old.unifiedorder(&order).await;
        let head = ["return_code", "return_msg", "appid", "mch_id", "device_info", "nonce_str", "sign", "result_code"];
        assert_eq!(reply.names(), [&head[..], &["prepay_id", "trade_type"]].concat());
        assert!(reply.text.starts_with("<xml><return_code><![CDATA[SUCCESS]]></return_code>\n<return_msg>"));
        assert!(reply.text.ends_with("</trade_type>\n</xml>"));
        let reply = old.unifiedorder(&order.clone().with("total_fee", "1")).await;
        assert_eq!(reply.names(), [&head[..], &["err_code", "err_code_des"]].concat());
        let reply = old.closeorder("n1").await;
        let sub = ["return_code", "return_msg", "appid", "mch_id", "sub_mch_id", "nonce_str", "sign", "result_code"];
        assert_eq!(reply.names(), sub);
        assert_eq!(reply.get("sub_mch_id"), "");
        let reply = old.orderquery("n1").await;
        assert_eq!(reply.names()[8..], ["trade_state", "out_trade_no", "trade_state_desc"]);

        let new = start(|config| config.layout = Layout::New).await;
        let reply = new.unifiedorder(&order).await;
        let head = ["return_code", "return_msg", "result_code", "mch_id", "appid", "device_info", "nonce_str", "sign"];
        assert_eq!(reply.names(), [&head[..], &["prepay_id", "trade_type"]].concat());
        assert!(!reply.text.contains('\n'));
        let reply = new.unifiedorder(&order.with("total_fee", "1")).await;
        assert_eq!(reply.names()[2..7], ["result_code", "err_code_des", "err_code", "mch_id", "appid"]);
        let reply = new.orderquery("n1").await;
        assert_eq!(reply.get("attach"), "");
        assert_eq!(
            reply.names()[5..],
            ["device_info", "trade_state", "out_trade_no", "attach", "trade_state_desc", "nonce_str", "sign"]
        );
        let reply = new.closeorder("n1").await;
        assert_eq!(reply.names()[5..], ["result_msg", "nonce_str", "sign"]);
    });
}

/// The texts of WeChat stay as they are; the journal's explanations are in the language of the emulator.
#[test]
fn explains_in_chinese() {
    within(async {
        let wechat = start(|config| config.language = Language::Chinese).await;
        let detail = async || wechat.last().await["explanation"]["detail"].as_str().unwrap().to_owned();
        let order = |number: &str| Request::order(number);
        wechat.unifiedorder(&order("100001")).await;
        assert_eq!(detail().await, "签名没有问题");
        wechat.unifiedorder(&order("100002").with("trade_type", "")).await;
        assert_eq!(detail().await, "缺少这些字段，或它们是空的：trade_type");
        wechat.unifiedorder(&order("100003").with("total_fee", "1.00")).await;
        assert!(detail().await.contains("格式不对"));
        wechat.orderquery("100004").await;
        assert_eq!(detail().await, "该商户没有这个订单号的订单");
        let mut wrong = order("100005");
        wrong.key = "0".repeat(32);
        assert_eq!(wechat.unifiedorder(&wrong).await.get("return_msg"), "签名错误");
        assert!(!detail().await.is_ascii());
        let answer =
            wechat.get("/sns/oauth2/access_token?appid=wx0&secret=x&code=x&grant_type=authorization_code").await;
        assert!(answer.body.contains("errcode"), "{}", answer.body);
        assert_eq!(detail().await, "模拟器没有这个 appid");
    });
}
