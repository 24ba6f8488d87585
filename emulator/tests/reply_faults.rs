//! Replies that go wrong on purpose: by control API, by header, by amount.

use std::time::{Duration, Instant};

use crate::common::{self, APPID, KEY, Request, Wechat, start, within};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wxpaykit::doctor::Language;
use wxpaykit::wire::xml;
use wxpaykit::{SignType, sign};

async fn fault(wechat: &Wechat, fault: Value) -> Value {
    wechat.control("faults", fault).await
}

/// The bytes that come back until the connection is closed.
async fn raw(wechat: &Wechat, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(&wechat.address).await.unwrap();
    let length = body.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}",
        wechat.address
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

async fn order(wechat: &Wechat, number: &str) -> String {
    raw(wechat, "/pay/unifiedorder", "", &Request::order(number).xml()).await
}

async fn exists(wechat: &Wechat, number: &str) -> bool {
    !wechat.control(&format!("orders?out_trade_no={number}"), Value::Null).await.as_array().unwrap().is_empty()
}

#[test]
fn replies_are_lost_before_or_after_the_commit() {
    within(async {
        let wechat = start(|_| {}).await;
        for (n, (name, made, status)) in [
            ("timeout_before", false, None),
            ("timeout_after", true, None),
            ("bad_gateway_before", false, Some("HTTP/1.1 502 ")),
            ("bad_gateway_after", true, Some("HTTP/1.1 502 ")),
            ("systemerror_before", false, Some("SYSTEMERROR")),
            ("systemerror_after", true, Some("SYSTEMERROR")),
        ]
        .into_iter()
        .enumerate()
        {
            let number = format!("n{n}");
            let mut wanted = json!({ "fault": name, "times": 1, "endpoint": "/pay/unifiedorder" });
            if name.starts_with("timeout") {
                wanted["ms"] = 200.into();
            }
            fault(&wechat, wanted).await;
            let began = Instant::now();
            let answer = order(&wechat, &number).await;
            match status {
                None => {
                    assert_eq!(answer, "", "{name}: not a byte");
                    assert!(began.elapsed() >= Duration::from_millis(200), "{name}");
                }
                Some(text) => assert!(answer.contains(text), "{name}: {answer}"),
            }
            assert_eq!(exists(&wechat, &number).await, made, "{name}");
            let entry = wechat.control("journal?limit=1", Value::Null).await[0].clone();
            assert_eq!(entry["outcome"], format!("fault:{name}"));
            assert_eq!(entry["out_trade_no"], number);
            // The same request once more is what a client should send: it succeeds, and there is one order.
            wechat.unifiedorder(&Request::order(&number)).await.ok();
        }
    });
}

#[test]
fn systemerror_is_signed_and_bad_gateway_is_html() {
    within(async {
        let wechat = start(|_| {}).await;
        fault(&wechat, json!({ "fault": "systemerror_before", "times": 1 })).await;
        let reply = wechat.orderquery("n1").await;
        assert_eq!(reply.failed(), "SYSTEMERROR 系统错误");
        fault(&wechat, json!({ "fault": "bad_gateway_after", "times": 1 })).await;
        let answer = raw(&wechat, "/pay/orderquery", "", &Request::new().with("out_trade_no", "n1").xml()).await;
        assert!(answer.contains("text/html") && answer.contains("502 Bad Gateway"), "{answer}");
    });
}

#[test]
fn any_refusal_can_be_asked_for() {
    within(async {
        let wechat = start(|_| {}).await;
        let refuse = |code, message| json!({ "fault": "refuse", "code": code, "message": message, "times": 1 });
        fault(&wechat, refuse("NOTENOUGH", "余额不足 <&>")).await;
        let refused = wechat.unifiedorder(&Request::order("n1")).await;
        assert_eq!(refused.failed(), "NOTENOUGH 余额不足 <&>");
        let last = wechat.last().await;
        assert_eq!((&last["outcome"], last["status"].as_i64()), (&json!("fault:refuse"), Some(200)), "{last}");
        assert!(last["explanation"]["detail"].as_str().unwrap().contains("business:NOTENOUGH"), "{last}");
        assert!(!exists(&wechat, "n1").await);
        // Without a code it is in `return_msg`, and not signed.
        fault(&wechat, refuse("", "产品权限未开通")).await;
        let refused = wechat.unifiedorder(&Request::order("n1")).await;
        assert_eq!(refused.fields.get("return_code"), Some("FAIL"));
        assert_eq!(refused.fields.get("return_msg"), Some("产品权限未开通"));
        assert!(!refused.fields.contains("sign"));
        // Those of bills have a number (protocol §2.8).
        fault(&wechat, refuse("20001", "missing parameter")).await;
        let bill = Request::new().with("bill_date", "20260801").with("bill_type", "ALL");
        let refused = wechat.post("/pay/downloadbill", bill.xml().as_bytes()).await;
        let said = ["return_code", "return_msg", "error_code"].map(|name| refused.fields.get(name));
        assert_eq!(said, [Some("FAIL"), Some("missing parameter"), Some("20001")]);
        assert!(!refused.fields.contains("sign") && !refused.fields.contains("err_code"));
        // The platform takes its own kind alone, with any code.
        fault(&wechat, json!({ "fault": "errcode", "errcode": 48001, "errmsg": "api unauthorized", "times": 1 })).await;
        fault(&wechat, refuse("NOTENOUGH", "")).await;
        let said = wechat.get("/cgi-bin/token?grant_type=client_credential").await.json();
        assert_eq!(said["errcode"], 48001);
        assert!(said["errmsg"].as_str().unwrap().starts_with("api unauthorized rid: "), "{said}");
        assert_eq!(wechat.unifiedorder(&Request::order("n1")).await.failed(), "NOTENOUGH ");
        wechat.unifiedorder(&Request::order("n1")).await.ok();
    });
}

#[test]
fn damages_replies() {
    within(async {
        let wechat = start(|_| {}).await;
        let body = |answer: String| answer.split_once("\r\n\r\n").unwrap().1.to_owned();
        let whole = body(order(&wechat, "n0").await);

        fault(&wechat, json!({ "fault": "truncated", "times": 1 })).await;
        let cut = body(order(&wechat, "n0").await);
        assert!(xml::parse(cut.as_bytes()).is_err() && cut.len() < whole.len() && cut.len() > 100, "{cut}");

        fault(&wechat, json!({ "fault": "no_sign", "times": 1 })).await;
        let fields = xml::parse(body(order(&wechat, "n0").await).as_bytes()).unwrap();
        assert!(!fields.contains("sign") && fields.contains("prepay_id"));

        fault(&wechat, json!({ "fault": "wrong_sign", "times": 1 })).await;
        let fields = xml::parse(body(order(&wechat, "n0").await).as_bytes()).unwrap();
        assert!(sign::verify(&fields, KEY, SignType::ALL).is_err());
        assert_eq!(fields.get("sign").unwrap().len(), 32);

        fault(&wechat, json!({ "fault": "extra_fields", "times": 1 })).await;
        let reply = wechat.unifiedorder(&Request::order("n0")).await;
        assert_eq!(reply.ok().get("emulator_extra"), "任意");
        assert_eq!(reply.fields.get("emulator_empty"), Some(""));

        fault(&wechat, json!({ "fault": "layout", "layout": "old", "times": 1 })).await;
        let old = wechat.unifiedorder(&Request::order("n0")).await.text;
        assert!(old.contains("</return_code>\n"), "{old}");
        assert!(!wechat.unifiedorder(&Request::order("n0")).await.text.contains('\n'));

        fault(&wechat, json!({ "fault": "slow", "ms": 300, "times": 1 })).await;
        let began = Instant::now();
        wechat.unifiedorder(&Request::order("n0")).await.ok();
        assert!(began.elapsed() >= Duration::from_millis(300));
    });
}

#[test]
fn faults_apply_to_their_target_and_count() {
    within(async {
        let wechat = start(|_| {}).await;
        let made = fault(&wechat, json!({ "fault": "systemerror_after", "out_trade_no": "n1", "times": 2 })).await;
        assert_eq!(
            (&made["fault"], &made["times"], &made["left"]),
            (&"systemerror_after".into(), &2.into(), &2.into())
        );
        wechat.unifiedorder(&Request::order("n2")).await.ok();
        assert_eq!(wechat.unifiedorder(&Request::order("n1")).await.failed(), "SYSTEMERROR 系统错误");
        // By transaction_id it is the same order.
        let transaction_id = wechat.pay("n1").await["transaction_id"].as_str().unwrap().to_owned();
        let query = Request::new().with("transaction_id", &transaction_id);
        assert_eq!(wechat.call("/pay/orderquery", &query).await.failed(), "SYSTEMERROR 系统错误");
        wechat.call("/pay/orderquery", &query).await.ok();

        fault(&wechat, json!({ "fault": "systemerror_before", "endpoint": "/pay/closeorder" })).await;
        wechat.orderquery("n2").await.ok();
        assert_eq!(wechat.closeorder("n2").await.failed(), "SYSTEMERROR 系统错误");
        let listed = wechat.control("faults", Value::Null).await;
        let id = listed[1]["id"].as_i64().unwrap();
        assert_eq!(wechat.http("DELETE", &format!("/_emulator/faults/{id}"), &[], b"").await.json()["removed"], 1);
        assert_eq!(wechat.http("DELETE", &format!("/_emulator/faults/{id}"), &[], b"").await.status, 404);
        wechat.closeorder("n2").await.ok();
        assert_eq!(wechat.http("DELETE", "/_emulator/faults", &[], b"").await.json()["removed"], 1);
        assert_eq!(wechat.control("faults", Value::Null).await, json!([]));
    });
}

#[test]
fn a_header_sets_a_fault() {
    within(async {
        let wechat = start(|_| {}).await;
        let body = Request::order("n1").xml();
        let header = "X-Emulator-Fault: slow; ms=150, systemerror_after\r\n";
        let began = Instant::now();
        let answer = raw(&wechat, "/pay/unifiedorder", header, &body).await;
        assert!(answer.contains("SYSTEMERROR") && began.elapsed() >= Duration::from_millis(150), "{answer}");
        assert!(exists(&wechat, "n1").await);
        // One request only.
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        for header in ["nonsense", "slow; ms=x", "slow; speed=1", "slow ms=1", "layout", "", "slow; ms=99999999"] {
            let answer = raw(&wechat, "/pay/unifiedorder", &format!("X-Emulator-Fault: {header}\r\n"), &body).await;
            assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("X-Emulator-Fault: "), "{header}: {answer}");
        }
        let chinese = start(|config| config.language = Language::Chinese).await;
        for (header, said) in
            [("nonsense", "没有故障 nonsense"), ("slow; ms=x", "ms 应为整数"), ("slow ms=1", "没有故障 slow ms=1")]
        {
            let answer = raw(&chinese, "/pay/unifiedorder", &format!("X-Emulator-Fault: {header}\r\n"), &body).await;
            assert!(answer.contains(&format!("X-Emulator-Fault: {said}")), "{header}: {answer}");
        }
        // A notification's fault stays with the order.
        let shop = common::Shop::acknowledging().await;
        let body = Request::order("n2").with("notify_url", &shop.url).xml();
        raw(&wechat, "/pay/unifiedorder", "X-Emulator-Fault: duplicate; copies=4\r\n", &body).await;
        wechat.pay("n2").await;
        wechat.advance(0).await;
        assert_eq!(shop.heard().len(), 4);
        assert_eq!(wechat.control("faults", Value::Null).await, json!([]), "used up and gone");
    });
}

#[test]
fn an_amount_sets_a_fault_when_allowed() {
    within(async {
        let plain = start(|_| {}).await;
        plain.unifiedorder(&Request::order("n1").with("total_fee", "77004")).await.ok();
        let wechat = start(|config| config.magic_amounts = true).await;
        for (n, (amount, text)) in
            [("77003", "SYSTEMERROR"), ("77006", "502 Bad"), ("77010", "emulator_extra")].into_iter().enumerate()
        {
            let request = Request::order(&format!("n{n}")).with("total_fee", amount);
            let answer = raw(&wechat, "/pay/unifiedorder", "", &request.xml()).await;
            assert!(answer.contains(text), "{amount}: {answer}");
            // The first time only, so that a repeated request succeeds.
            let again = wechat.unifiedorder(&request).await;
            assert!(!again.ok().text.contains(text));
        }
        let shop = common::Shop::acknowledging().await;
        for (n, (amount, count)) in [("77021", 0), ("77023", 2), ("77024", 2), ("77026", 2)].into_iter().enumerate() {
            let before = shop.heard().len();
            let number = format!("m{n}");
            let request = Request::order(&number).with("total_fee", amount).with("notify_url", &shop.url);
            wechat.unifiedorder(&request).await.ok();
            wechat.pay(&number).await;
            wechat.advance(0).await;
            assert_eq!(shop.heard().len() - before, count, "{amount}");
        }
    });
}

#[test]
fn faults_apply_to_the_platform_too() {
    within(async {
        let wechat = start(|_| {}).await;
        let secret = wechat.running.merchant().app_secret.expose().to_owned();
        let path = format!("/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={secret}");
        for (errcode, text) in
            [(-1, "system error"), (40001, "invalid credential"), (45009, "daily quota"), (45011, "minute-quota")]
        {
            fault(&wechat, json!({ "fault": "errcode", "errcode": errcode, "times": 1 })).await;
            let said = wechat.get(&path).await.json();
            assert_eq!(said["errcode"], errcode);
            assert!(
                said["errmsg"].as_str().unwrap().contains(text) && said["errmsg"].as_str().unwrap().contains("rid: ")
            );
        }
        assert!(wechat.get(&path).await.json()["access_token"].is_string());
        let answer = wechat.http("GET", &path, &[("X-Emulator-Fault", "bad_gateway_before")], b"").await;
        assert_eq!(answer.status, 502);
        fault(&wechat, json!({ "fault": "timeout_after", "ms": 0, "endpoint": "/cgi-bin/token", "times": 1 })).await;
        assert_eq!(raw(&wechat, &path, "", "").await, "");
        // Signatures are not the platform's, and errcodes not the payment API's.
        wechat.orderquery("n1").await;
        assert_eq!(wechat.http("GET", &path, &[("X-Emulator-Fault", "no_sign")], b"").await.status, 200);
    });
}

#[test]
fn refuses_invalid_faults() {
    within(async {
        let wechat = start(|_| {}).await;
        for body in [
            "",
            "{}",
            "[]",
            "nonsense",
            r#"{"fault":"explode"}"#,
            r#"{"fault":1}"#,
            r#"{"fault":"drop","ms":1}"#,
            r#"{"fault":"slow","seconds":1}"#,
            r#"{"fault":"drop","times":0}"#,
            r#"{"fault":"drop","times":-1}"#,
            r#"{"fault":"drop","probability":2}"#,
            r#"{"fault":"drop","endpoint":"/pay/unifiedorder"}"#,
            r#"{"fault":"slow","endpoint":"unifiedorder"}"#,
            r#"{"fault":"no_sign","endpoint":"/cgi-bin/token"}"#,
            r#"{"fault":"errcode","endpoint":"/pay/orderquery"}"#,
            r#"{"fault":"errcode","errcode":40029}"#,
            r#"{"fault":"errcode","errcode":0,"errmsg":"ok"}"#,
            r#"{"fault":"errcode","errcode":40029,"errmsg":"a\nb"}"#,
            r#"{"fault":"refuse"}"#,
            r#"{"fault":"refuse","code":7}"#,
            r#"{"fault":"refuse","code":"A\u0000"}"#,
            r#"{"fault":"refuse","code":"NOTENOUGH","status":200}"#,
            r#"{"fault":"refuse","code":"NOTENOUGH","endpoint":"/cgi-bin/token"}"#,
            r#"{"fault":"layout"}"#,
            r#"{"fault":"bill_texts"}"#,
            r#"{"fault":"bill_texts","texts":"raw"}"#,
            r#"{"fault":"bill_empty","endpoint":"/pay/orderquery"}"#,
            r#"{"fault":"bill_empty","endpoint":"/pay/downloadfundflow"}"#,
            r#"{"fault":"request_id","value":"a b"}"#,
            r#"{"fault":"request_id","value":"号"}"#,
            r#"{"fault":"request_id","endpoint":"/pay/orderquery"}"#,
            r#"{"fault":"proxied","endpoint":"/pay/unifiedorder"}"#,
            r#"{"fault":"refund_notice_fail","message":"a\u0000"}"#,
            r#"{"fault":"share_closed","reason":"no_relation"}"#,
            r#"{"fault":"share_closed","reason":""}"#,
            r#"{"fault":"share_closed","account":7}"#,
            r#"{"fault":"slow","ms":1e9}"#,
            r#"{"fault":"delay","by_s":99999999}"#,
            r#"{"fault":"duplicate","copies":1}"#,
            r#"{"fault":"duplicate","copies":1000}"#,
            r#"{"fault":"duplicate","together":1}"#,
            r#"{"fault":"tamper","field":"sign"}"#,
            r#"{"fault":"tamper","value":"\u0001"}"#,
            r#"{"fault":"coupons","coupons":[{"fee":"x"}]}"#,
        ] {
            let answer = wechat.http("POST", "/_emulator/faults", &[], body.as_bytes()).await;
            assert_eq!(answer.status, 400, "{body}");
            assert!(!answer.json()["error"].as_str().unwrap().is_empty());
        }
        assert_eq!(wechat.http("PUT", "/_emulator/faults", &[], b"").await.status, 405);
        assert_eq!(wechat.http("DELETE", "/_emulator/faults/x", &[], b"").await.status, 400);
        for _ in 0..1000 {
            fault(&wechat, json!({ "fault": "drop" })).await;
        }
        let answer = wechat.http("POST", "/_emulator/faults", &[], br#"{"fault":"drop"}"#).await;
        assert_eq!(answer.status, 400);
    });
}

/// Whoever knows nothing but the answer of `fault-kinds` can cause each fault, on each path that it may name.
#[test]
fn lists_the_faults_that_there_are() {
    within(async {
        let wechat = start(|_| {}).await;
        let kinds = wechat.control("fault-kinds", Value::Null).await;
        let endpoints = kinds["endpoints"].as_array().unwrap();
        assert!(endpoints.contains(&json!({ "path": "/pay/orderquery", "api": "v2" })), "{endpoints:?}");
        for kind in kinds["faults"].as_array().unwrap() {
            let mut wanted = json!({ "fault": kind["fault"] });
            for parameter in kind["parameters"].as_array().unwrap() {
                let value = if parameter["default"].is_null() { &parameter["example"] } else { &parameter["default"] };
                assert!(!value.is_null(), "{parameter}");
                wanted[parameter["name"].as_str().unwrap()] = value.clone();
            }
            assert_eq!(fault(&wechat, wanted.clone()).await["fault"], kind["fault"]);
            let of = kind["of"].as_str().unwrap();
            assert!(["reply", "notification", "refund", "payment_code", "sharing"].contains(&of), "{kind}");
            assert_eq!(of == "reply", kind["apis"].is_array(), "{kind}");
            // One path of each API is enough: a fault asks for no more than the API, unless it lists its paths.
            for api in ["v2", "v3", "platform"] {
                let fits = kind["apis"].as_array().is_some_and(|apis| apis.contains(&json!(api)));
                let may_be = |each: &&Value| {
                    let named = kind["paths"].as_array().is_none_or(|paths| paths.contains(&each["path"]));
                    each["api"] == api && (named || !fits)
                };
                wanted["endpoint"] = endpoints.iter().find(may_be).unwrap()["path"].clone();
                let answer = wechat.http("POST", "/_emulator/faults", &[], wanted.to_string().as_bytes()).await;
                assert_eq!(answer.status == 200, fits, "{wanted}: {}", answer.body);
            }
        }
        let left = wechat.http("POST", "/_emulator/faults", &[], br#"{"fault":"slow","seconds":1}"#).await.json();
        assert_eq!(left["error"], "slow has no parameter seconds; it has ms");
        assert_eq!(left["error_zh"], "slow 没有参数 seconds，它的参数是 ms");
    });
}
