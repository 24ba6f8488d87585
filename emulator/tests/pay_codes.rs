//! Payment codes: what is charged, repeated and refused; what the customer confirms; what is cancelled.

use crate::common::{APPID, MCH, OPENID, Reply, Request, Wechat, start, within};
use serde_json::{Value, json};
use wxpaykit_emulator::{Layout, Merchant};

async fn code(wechat: &Wechat) -> String {
    wechat.control("payment-code", json!({})).await["auth_code"].as_str().unwrap().to_owned()
}

fn charge(number: &str, code: &str, total_fee: &str) -> Request {
    Request::new()
        .with("auth_code", code)
        .with("body", "茶")
        .with("out_trade_no", number)
        .with("total_fee", total_fee)
        .with("spbill_create_ip", "203.0.113.9")
}

async fn micropay(wechat: &Wechat, request: &Request) -> Reply {
    wechat.call("/pay/micropay", request).await
}

async fn reverse(wechat: &Wechat, number: &str) -> Reply {
    wechat.call("/secapi/pay/reverse", &Request::new().with("out_trade_no", number)).await
}

async fn state(wechat: &Wechat, number: &str) -> String {
    wechat.orderquery(number).await.ok().get("trade_state").to_owned()
}

#[test]
fn a_code_pays_once_and_nobody_is_notified() {
    within(async {
        let wechat = start(|_| {}).await;
        let shown = code(&wechat).await;
        assert_eq!(code(&wechat).await, shown, "for a minute");
        let request = charge("n1", &shown, "88").with("attach", "a=1&b");
        let paid = micropay(&wechat, &request).await;
        for (name, value) in [
            ("out_trade_no", "n1"),
            ("total_fee", "88"),
            ("cash_fee", "88"),
            ("trade_type", "MICROPAY"),
            ("bank_type", "OTHERS"),
            ("fee_type", "CNY"),
            ("openid", OPENID),
            ("is_subscribe", "N"),
            ("attach", "a=1&b"),
            ("trade_state", "SUCCESS"),
        ] {
            assert_eq!(paid.ok().get(name), value, "{name}");
        }
        assert!(!paid.fields.contains("sub_openid"));
        assert_eq!((paid.get("transaction_id").len(), paid.get("time_end").len()), (28, 14));
        let found = wechat.orderquery("n1").await;
        assert_eq!(
            (found.ok().get("trade_state"), found.get("transaction_id")),
            ("SUCCESS", paid.get("transaction_id"))
        );
        assert!(wechat.order("n1").await["notifications"]["attempts"].as_array().unwrap().is_empty());
        wechat.advance(4000).await;
        assert!(wechat.order("n1").await["notifications"]["next_at"].is_null());

        // The same number is the same order; another number needs another code.
        assert_eq!(micropay(&wechat, &request).await.failed(), "ORDERPAID 该订单已支付");
        let used = micropay(&wechat, &charge("n2", &shown, "88")).await;
        assert_eq!(used.failed(), "AUTH_CODE_INVALID 101 每个二维码仅限使用一次，请刷新再试");
        assert_ne!(code(&wechat).await, shown);
        assert_eq!(wechat.orderquery("n2").await.failed(), "ORDERNOTEXIST order not exist");
        for wrong in ["130000000000000000", "13000000000000000", "280000000000000000", "abc"] {
            let refused = micropay(&wechat, &charge("n2", wrong, "88")).await;
            assert_eq!(refused.failed(), "AUTH_CODE_INVALID 101 付款码无效，请重新扫码", "{wrong}");
        }
        let old = code(&wechat).await;
        wechat.advance(120).await;
        let late = micropay(&wechat, &charge("n2", &old, "88")).await;
        assert_eq!(late.failed(), "AUTHCODEEXPIRE 二维码已过期，请用户在微信上刷新后再试");
        assert_eq!(micropay(&wechat, &request.without("auth_code")).await.refused(), "缺少参数");
        // Other fields, older gateways.
        let wechat = start(|config| config.layout = Layout::Old).await;
        let paid = micropay(&wechat, &charge("n1", &code(&wechat).await, "88").hmac()).await;
        assert!(!paid.ok().fields.contains("trade_state") && paid.fields.contains("transaction_id"));
    });
}

#[test]
fn the_customer_confirms_large_amounts() {
    within(async {
        let wechat = start(|_| {}).await;
        let request = charge("n1", &code(&wechat).await, "100001");
        for _ in 0..2 {
            assert_eq!(micropay(&wechat, &request).await.failed(), "USERPAYING 需要用户输入支付密码");
        }
        assert_eq!(state(&wechat, "n1").await, "USERPAYING");
        let found = wechat.orderquery("n1").await;
        assert!(!found.fields.contains("transaction_id") && !found.fields.contains("total_fee"));
        let other = micropay(&wechat, &request.clone().with("total_fee", "100002")).await;
        assert_eq!(other.failed(), "INVALID_REQUEST 201 商户订单号重复");
        assert_eq!(wechat.closeorder("n1").await.failed(), "TRADE_STATE_ERROR 订单状态错误");
        assert_eq!(wechat.pay("n1").await["err_msg"], "get_brand_wcpay_request:ok");
        assert_eq!(state(&wechat, "n1").await, "SUCCESS");
        assert_eq!(micropay(&wechat, &request).await.failed(), "ORDERPAID 该订单已支付");
        let refused = wechat.http("POST", "/_emulator/pay", &[], br#"{"out_trade_no": "n1"}"#).await;
        assert_eq!(refused.status, 400);

        // The customer cancels; another one lets the time pass.
        micropay(&wechat, &charge("n2", &code(&wechat).await, "100001")).await;
        wechat.control("pay", json!({ "out_trade_no": "n2", "result": "cancel" })).await;
        assert_eq!(state(&wechat, "n2").await, "PAYERROR");
        micropay(&wechat, &charge("n3", &code(&wechat).await, "100001")).await;
        wechat.advance(8 * 86_400).await;
        assert_eq!(state(&wechat, "n3").await, "PAYERROR");
        // A service provider's customer has an openid at the sub-merchant too, if the order names its appid.
        let mut provider = Merchant::new("wx00000000000000aa", "1900000109", &"o".repeat(32), "secret");
        provider.provider = true;
        let wechat = start(|config| config.merchants.push(provider.clone())).await;
        let mine =
            |number: &str, code: &str| charge(number, code, "1").merchant(&provider).with("sub_mch_id", "1900000201");
        let plain = micropay(&wechat, &mine("p1", &code(&wechat).await)).await;
        assert!(plain.ok().fields.contains("openid") && !plain.fields.contains("sub_openid"));
        let request = mine("p2", &code(&wechat).await).with("sub_appid", "wx00000000000000bb");
        let both = micropay(&wechat, &request).await;
        assert_eq!((both.ok().get("sub_openid").len(), both.get("sub_mch_id")), (28, "1900000201"));
    });
}

#[test]
fn an_order_is_cancelled_once() {
    within(async {
        let wechat = start(|_| {}).await;
        assert_eq!(reverse(&wechat, "n0").await.failed(), "ORDERNOTEXIST 订单不存在");
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 100 })).await;
        micropay(&wechat, &charge("n1", &code(&wechat).await, "88")).await.ok();
        for _ in 0..2 {
            assert_eq!(reverse(&wechat, "n1").await.ok().get("recall"), "N");
        }
        assert_eq!(wechat.control("balance", Value::Null).await[MCH], 12, "given back once");
        assert_eq!(state(&wechat, "n1").await, "REVOKED");
        assert_eq!(
            (wechat.order("n1").await["refunded"].clone(), wechat.order("n1").await["trade_state"].clone()),
            (json!(88), json!("REVOKED"))
        );
        let again = micropay(&wechat, &charge("n1", &code(&wechat).await, "88")).await;
        assert_eq!(again.failed(), "ORDERREVERSED 订单已撤销");
        // A coupon that is not settled is not the merchant's to give back.
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 100 })).await;
        wechat.control("faults", json!({ "fault": "coupons", "times": 1 })).await;
        micropay(&wechat, &charge("coupons1", &code(&wechat).await, "88")).await.ok();
        let paid = wechat.order("coupons1").await;
        assert_eq!(paid["coupons"][1], json!({ "id": "10001", "type": "NO_CASH", "fee": 6 }), "{paid}");
        reverse(&wechat, "coupons1").await.ok();
        assert_eq!(wechat.control("balance", Value::Null).await[MCH], 100 - 82);
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 12 })).await;
        // Too little to give back: the payment stays.
        micropay(&wechat, &charge("n2", &code(&wechat).await, "88")).await.ok();
        let refused = reverse(&wechat, "n2").await;
        assert_eq!((refused.failed().split(' ').next().unwrap(), refused.get("recall")), ("NOTENOUGH", "N"));
        assert_eq!(state(&wechat, "n2").await, "SUCCESS");
        // Not paid.
        micropay(&wechat, &charge("n3", &code(&wechat).await, "100001")).await;
        wechat.control("faults", json!({ "fault": "recall", "times": 2 })).await;
        for recall in ["Y", "Y", "N"] {
            assert_eq!(reverse(&wechat, "n3").await.ok().get("recall"), recall);
        }
        assert_eq!(state(&wechat, "n3").await, "REVOKED");
        let late = wechat.http("POST", "/_emulator/pay", &[], br#"{"out_trade_no": "n3"}"#).await;
        assert_eq!(late.status, 400, "nobody confirms it any more");
        // Another kind of order; too late.
        wechat.unifiedorder(&Request::order("n4")).await.ok();
        assert_eq!(reverse(&wechat, "n4").await.failed(), "INVALID_REQUEST 无效请求");
        micropay(&wechat, &charge("n5", &code(&wechat).await, "1")).await.ok();
        wechat.advance(8 * 86_400).await;
        assert_eq!(reverse(&wechat, "n5").await.failed(), "REVERSE_EXPIRE 订单无法撤销");
        let strict = start(|config| config.strict_docs = true).await;
        micropay(&strict, &charge("number-1", &code(&strict).await, "1")).await.ok();
        assert_eq!(reverse(&strict, "number-1").await.failed(), "INVALID_REQUEST 无效请求");
        strict.advance(15).await;
        assert_eq!(reverse(&strict, "number-1").await.ok().get("recall"), "N");
    });
}

#[test]
fn faults_of_a_till() {
    within(async {
        let wechat = start(|_| {}).await;
        let fault = async |fault: Value| wechat.control("faults", fault).await;
        fault(json!({ "fault": "user_paying", "reply": "state", "queries": 2, "times": 1 })).await;
        let paying = micropay(&wechat, &charge("n1", &code(&wechat).await, "88")).await;
        assert_eq!((paying.ok().get("trade_state"), paying.get("transaction_id")), ("USERPAYING", ""));
        assert!(!paying.fields.contains("total_fee"), "{}", paying.text);
        assert_eq!([state(&wechat, "n1").await, state(&wechat, "n1").await], ["USERPAYING", "SUCCESS"]);
        fault(json!({ "fault": "pay_error", "reply": "state", "times": 1 })).await;
        let failed = micropay(&wechat, &charge("n2", &code(&wechat).await, "88")).await;
        assert_eq!(
            (failed.ok().get("trade_state"), failed.get("trade_state_desc")),
            ("PAYERROR", "支付失败，请撤销订单")
        );
        fault(json!({ "fault": "pay_error", "times": 1 })).await;
        assert_eq!(micropay(&wechat, &charge("n3", &code(&wechat).await, "88")).await.failed(), "PAYERROR 支付错误");
        for (when, state) in [("before", None), ("after", Some("SUCCESS"))] {
            let number = format!("b{when}");
            fault(json!({ "fault": format!("bankerror_{when}"), "endpoint": "/pay/micropay", "times": 1 })).await;
            let failed = micropay(&wechat, &charge(&number, &code(&wechat).await, "88")).await;
            assert_eq!(failed.failed(), "BANKERROR 银行系统异常");
            let found = wechat.orderquery(&number).await;
            assert_eq!(found.fields.get("trade_state"), state);
        }
        let magic = start(|config| config.magic_amounts = true).await;
        let paying = micropay(&magic, &charge("m1", &code(&magic).await, "77043")).await;
        assert_eq!(paying.ok().get("trade_state"), "USERPAYING");
    });
}

#[test]
fn a_code_says_whose_it_is() {
    within(async {
        let other = Merchant::new("wx00000000000000aa", "1900000109", &"o".repeat(32), "secret");
        let wechat = start(|config| config.merchants.push(other.clone())).await;
        let shown = wechat.control("payment-code", json!({ "user": "ming" })).await["auth_code"].clone();
        let shown = shown.as_str().unwrap().to_owned();
        let ask = async |request: Request| wechat.call("/tools/authcodetoopenid", &request).await;
        let openid = ask(Request::new().with("auth_code", &shown)).await;
        assert_eq!((openid.ok().get("openid").len(), openid.get("appid")), (28, APPID));
        // From now on the code is this merchant's.
        let foreign = ask(Request::new().merchant(&other).with("auth_code", &shown)).await;
        assert!(foreign.failed().starts_with("AUTH_CODE_INVALID"));
        let foreign = micropay(&wechat, &charge("n1", &shown, "88").merchant(&other)).await;
        assert!(foreign.failed().starts_with("AUTH_CODE_INVALID"));
        let paid = micropay(&wechat, &charge("n1", &shown, "88")).await;
        assert_eq!(paid.ok().get("openid"), openid.get("openid"));
        assert_eq!(ask(Request::new().with("auth_code", "12345")).await.failed(), "AUTH_CODE_ERROR 授权码错误");
        let unknown = wechat.http("POST", "/_emulator/payment-code", &[], br#"{"user": "x"}"#).await;
        assert_eq!(unknown.status, 404);
    });
}

#[test]
fn the_phone_shows_the_code_and_asks() {
    within(async {
        let wechat = start(|_| {}).await;
        let phone = async || wechat.http("GET", "/_wechat/code", &[("Cookie", "wechat_user=ming")], b"").await;
        let page = phone().await;
        assert_eq!(page.status, 200);
        let shown = wechat.control("payment-code", json!({ "user": "ming" })).await["auth_code"].clone();
        let shown = shown.as_str().unwrap();
        assert!(page.body.contains(&format!("code_url={shown}")) && page.body.contains("阿明"), "{}", page.body);
        micropay(&wechat, &charge("n1", shown, "123456")).await;
        assert!(phone().await.body.contains("¥1234.56"));
        let origin = format!("http://{}", wechat.address);
        let form = async |cookie: &str, result: &str| {
            let headers =
                [("Cookie", cookie), ("Origin", &origin), ("Content-Type", "application/x-www-form-urlencoded")];
            let body = format!("out_trade_no=n1&mch_id={MCH}&result={result}");
            wechat.http("POST", "/_wechat/code", &headers, body.as_bytes()).await.status
        };
        assert_eq!(form("wechat_user=hong", "ok").await, 409, "it is another person's");
        assert_eq!(state(&wechat, "n1").await, "USERPAYING");
        assert_eq!(form("wechat_user=ming", "ok").await, 303);
        assert_eq!(state(&wechat, "n1").await, "SUCCESS");
        assert_eq!(form("wechat_user=ming", "ok").await, 409);
        assert!(!phone().await.body.contains("1234.56"));
    });
}

#[test]
fn a_permanent_code_is_shortened() {
    within(async {
        let wechat = start(|_| {}).await;
        let long = "weixin://wxpay/bizpayurl?sign=X&appid=wxd930ea5d5a258f4f&mch_id=10000100&product_id=茶&time_stamp=1&nonce_str=n";
        let encoded: String = form_urlencoded::byte_serialize(long.as_bytes()).collect();
        let request = Request::new().with("long_url", long);
        // The signature is over the text, and the text travels encoded.
        let xml = request.xml();
        let sent = xml.replace(&long.replace('&', "&amp;"), &encoded).replace(long, &encoded);
        assert!(sent.contains("weixin%3A%2F%2F"), "{sent}");
        let reply = wechat.post("/tools/shorturl", sent.as_bytes()).await;
        let short = reply.ok().get("short_url").to_owned();
        assert!(short.starts_with("weixin://wxpay/s/"), "{short}");
        // It is scanned as the long one is: this one's signature is wrong.
        let origin = format!("http://{}", wechat.address);
        let headers = [("Origin", origin.as_str()), ("Content-Type", "application/json")];
        let scanned =
            wechat.http("POST", "/_wechat/scan", &headers, json!({ "code_url": short }).to_string().as_bytes()).await;
        assert_eq!(scanned.json()["result"]["err_desc"], "原生支付URL参数错误");
    });
}

#[test]
fn small_calls_answer_without_a_signature() {
    within(async {
        let wechat = start(|_| {}).await;
        let report = Request::new()
            .with("interface_url", "https://api.mch.weixin.qq.com/pay/unifiedorder")
            .with("execute_time_", "120")
            .with("return_code", "SUCCESS")
            .with("result_code", "SUCCESS")
            .with("user_ip", "203.0.113.9");
        let reply = wechat.post("/payitil/report", report.xml().as_bytes()).await;
        assert_eq!((reply.ok().get("err_code"), reply.fields.contains("sign")), ("0", false));
        assert!(reply.names().is_sorted());
        let missing = wechat.post("/payitil/report", report.clone().without("execute_time_").xml().as_bytes()).await;
        assert_eq!(missing.refused(), "缺少参数");
        let wrong = wechat.post("/payitil/report", report.with("sign", "0").xml().as_bytes()).await;
        assert_eq!(wrong.refused(), "签名错误");
        let key = wechat.post("/sandboxnew/pay/getsignkey", Request::new().without("appid").xml().as_bytes()).await;
        assert_eq!(
            (key.get("return_code"), key.get("return_msg"), key.get("sandbox_signkey").len()),
            ("SUCCESS", "ok", 32)
        );
        assert!(!key.fields.contains("sign"));
    });
}
