//! Refunds: what is accepted, repeated and refused; their results; their notifications.

use crate::common::{ACK, APPID, KEY, MCH, Reply, Request, Shop, Wechat, http, start, within};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wxpaykit::Fields;
use wxpaykit::crypto::aes::Ecb;
use wxpaykit::wire::xml;
use wxpaykit_emulator::Merchant;

fn refund(out_trade_no: &str, out_refund_no: &str, total_fee: &str, refund_fee: &str) -> Request {
    Request::new()
        .with("out_trade_no", out_trade_no)
        .with("out_refund_no", out_refund_no)
        .with("total_fee", total_fee)
        .with("refund_fee", refund_fee)
}

async fn paid(wechat: &Wechat, number: &str, total_fee: &str) {
    wechat.unifiedorder(&Request::order(number).with("total_fee", total_fee)).await.ok();
    wechat.pay(number).await;
}

async fn refunded(wechat: &Wechat, request: &Request) -> Reply {
    wechat.call("/secapi/pay/refund", request).await
}

async fn query(wechat: &Wechat, name: &str, value: &str) -> Reply {
    wechat.call("/pay/refundquery", &Request::new().with(name, value)).await
}

async fn refunds(wechat: &Wechat, query: &str) -> Value {
    wechat.control(&format!("refunds?{query}"), Value::Null).await
}

#[test]
fn parts_of_an_order_are_refunded_up_to_its_amount() {
    within(async {
        let wechat = start(|_| {}).await;
        paid(&wechat, "n1", "600").await;
        let first = refunded(&wechat, &refund("n1", "R1", "600", "400")).await;
        first.ok();
        for (name, value) in [
            ("out_trade_no", "n1"),
            ("out_refund_no", "R1"),
            ("refund_fee", "400"),
            ("total_fee", "600"),
            ("cash_fee", "600"),
            ("cash_refund_fee", "400"),
            ("coupon_refund_fee", "0"),
            ("coupon_refund_count", "0"),
        ] {
            assert_eq!(first.get(name), value, "{name}");
        }
        assert_eq!((first.get("refund_id").len(), first.get("refund_channel")), (29, ""));
        assert!(first.text.contains("<refund_fee>400</refund_fee>"), "{}", first.text);
        // The order stays what it was, and is found.
        let order = wechat.orderquery("n1").await;
        assert_eq!((order.ok().get("trade_state"), order.get("total_fee")), ("REFUND", "600"));
        assert_eq!(order.get("trade_state_desc"), "订单发生过退款，退款详情请查询退款单");
        assert_eq!(order.get("transaction_id"), first.get("transaction_id"));
        refunded(&wechat, &refund("n1", "R2", "600", "100")).await.ok();
        assert_eq!(wechat.orderquery("n1").await.ok().get("trade_state"), "REFUND");
        let over = refunded(&wechat, &refund("n1", "R3", "600", "101")).await;
        assert_eq!(over.failed(), "ERROR 累计退款金额大于支付金额");
        refunded(&wechat, &refund("n1", "R3", "600", "100")).await.ok();
        let done = refunded(&wechat, &refund("n1", "R4", "600", "1")).await;
        assert_eq!(done.failed(), "ERROR 订单已全额退款");
        // A refusal has nothing but the common fields.
        let names = done.names();
        assert!(!names.iter().any(|name| name.contains("fee") || name.contains("coupon")), "{names:?}");
        assert_eq!(wechat.order("n1").await["refunded"], 600);
        let found = query(&wechat, "out_trade_no", "n1").await;
        assert_eq!((found.ok().get("refund_count"), found.get("refund_fee")), ("3", "600"));
        assert_eq!(
            wechat.unifiedorder(&Request::order("n1").with("total_fee", "600")).await.failed(),
            "ORDERPAID 该订单已支付"
        );
        assert_eq!(wechat.closeorder("n1").await.failed(), "ORDERPAID order paid");
    });
}

#[test]
fn a_number_refunds_once() {
    within(async {
        let wechat = start(|_| {}).await;
        paid(&wechat, "n1", "100").await;
        paid(&wechat, "n2", "100").await;
        let first = refunded(&wechat, &refund("n1", "R9", "100", "60")).await;
        let again = refunded(&wechat, &refund("n1", "R9", "100", "60").with("refund_desc", "other words").hmac()).await;
        assert_eq!(again.ok().get("refund_id"), first.ok().get("refund_id"));
        let other = "ERROR 订单金额或退款金额与之前请求不一致，请核实后再试";
        assert_eq!(refunded(&wechat, &refund("n1", "R9", "100", "40")).await.failed(), other);
        assert_eq!(refunded(&wechat, &refund("n2", "R9", "100", "60")).await.failed(), other);
        assert_eq!(refunds(&wechat, "").await.as_array().unwrap().len(), 1);
        // Also when it is done, and when the order has nothing left.
        wechat.advance(10).await;
        refunded(&wechat, &refund("n1", "R10", "100", "40")).await.ok();
        let again = refunded(&wechat, &refund("n1", "R9", "100", "60")).await;
        assert_eq!(again.ok().get("refund_id"), first.get("refund_id"));

        let strict = start(|config| config.strict_docs = true).await;
        paid(&strict, "number1", "100").await;
        refunded(&strict, &refund("number1", "R9", "100", "60")).await.ok();
        let reply = refunded(&strict, &refund("number1", "R9", "100", "40")).await;
        assert_eq!(reply.failed(), "INVALID_REQUEST 订单金额或退款金额与之前请求不一致，请核实后再试");
        let soon = refunded(&strict, &refund("number1", "R10", "100", "40")).await;
        assert_eq!(soon.failed(), "FREQUENCY_LIMITED 频率限制");
        strict.advance(60).await;
        refunded(&strict, &refund("number1", "R10", "100", "40")).await.ok();
    });
}

#[test]
fn refusals() {
    within(async {
        let wechat = start(|_| {}).await;
        let none = "ORDERNOTEXIST 订单不存在";
        assert_eq!(refunded(&wechat, &refund("n0", "R1", "1", "1")).await.failed(), none);
        wechat.unifiedorder(&Request::order("unpaid")).await.ok();
        assert_eq!(refunded(&wechat, &refund("unpaid", "R1", "88", "1")).await.failed(), none);
        wechat.closeorder("unpaid").await.ok();
        assert_eq!(refunded(&wechat, &refund("unpaid", "R1", "88", "1")).await.failed(), "ERROR 订单已关闭");
        paid(&wechat, "n1", "88").await;
        let order = wechat.orderquery("n1").await;
        let request = refund("n1", "R1", "88", "8");
        for (name, value, failed) in [
            ("total_fee", "8", "INVALID_REQUEST 订单总金额与支付金额不一致"),
            ("refund_fee_type", "USD", "PARAM_ERROR 参数错误"),
            ("out_refund_no", "R 1", "PARAM_ERROR out_refund_no参数格式错误"),
            ("transaction_id", "4200000000000000000000000000", none),
        ] {
            let reply = refunded(&wechat, &request.clone().with(name, value)).await;
            assert_eq!(reply.failed(), failed, "{name}");
        }
        for (name, value, refused) in [
            ("refund_fee", "0", "refund_fee参数格式错误"),
            ("refund_fee", "1.5", "refund_fee参数格式错误"),
            ("out_refund_no", "", "缺少参数"),
            ("refund_account", "MY_OWN", "refund_account参数格式错误"),
            ("notify_url", "http://a.example/?a=1", "notify_url参数格式错误"),
        ] {
            let reply = refunded(&wechat, &request.clone().with(name, value)).await;
            assert_eq!(reply.refused(), refused, "{name}");
        }
        // WeChat's number finds the order too, and wins.
        let by_id = request.clone().with("transaction_id", order.get("transaction_id")).with("out_trade_no", "other");
        assert_eq!(refunded(&wechat, &by_id).await.ok().get("out_trade_no"), "n1");
        wechat.advance(366 * 86_400).await;
        let late = refunded(&wechat, &refund("n1", "R2", "88", "8")).await;
        assert_eq!(late.failed(), "TRADE_OVERDUE 订单已经超过退款期限");
    });
}

#[test]
fn an_order_takes_fifty_refunds() {
    within(async {
        let wechat = start(|_| {}).await;
        paid(&wechat, "n1", "100").await;
        for n in 0..50 {
            refunded(&wechat, &refund("n1", &format!("R{n}"), "100", "1")).await.ok();
        }
        assert!(refunded(&wechat, &refund("n1", "R50", "100", "1")).await.failed().starts_with("ERROR "));
        let request = |offset: &str| Request::new().with("out_trade_no", "n1").with("offset", offset);
        for (offset, count, first) in [("0", "10", "R0"), ("15", "10", "R15"), ("45", "5", "R45"), ("49", "1", "R49")] {
            let page = wechat.call("/pay/refundquery", &request(offset)).await;
            assert_eq!((page.ok().get("refund_count"), page.get("out_refund_no_0")), (count, first));
            assert_eq!((page.get("total_refund_count"), page.get("refund_fee")), ("50", "50"));
        }
        let beyond = wechat.call("/pay/refundquery", &request("50")).await;
        assert_eq!(beyond.failed(), "PARAM_ERROR 参数错误");
    });
}

#[test]
fn a_query_finds_refunds_by_each_number() {
    within(async {
        let wechat = start(|_| {}).await;
        for (name, value) in
            [("out_trade_no", "n1"), ("out_refund_no", "R1"), ("refund_id", "503"), ("transaction_id", "42")]
        {
            assert_eq!(query(&wechat, name, value).await.failed(), "REFUNDNOTEXIST not exist");
        }
        paid(&wechat, "n1", "88").await;
        assert_eq!(query(&wechat, "out_trade_no", "n1").await.failed(), "REFUNDNOTEXIST not exist");
        let one = refunded(&wechat, &refund("n1", "R1", "88", "80")).await;
        refunded(&wechat, &refund("n1", "R2", "88", "8")).await.ok();
        let (id, transaction) = (one.get("refund_id").to_owned(), one.get("transaction_id").to_owned());
        for (name, value, count) in [
            ("out_trade_no", "n1", "2"),
            ("transaction_id", &*transaction, "2"),
            ("out_refund_no", "R1", "1"),
            ("refund_id", &*id, "1"),
        ] {
            let found = query(&wechat, name, value).await;
            assert_eq!((found.ok().get("refund_count"), found.get("refund_id_0")), (count, &*id), "{name}");
            let names = found.names();
            assert!(names.is_sorted(), "{names:?}");
        }
        let found = query(&wechat, "out_refund_no", "R1").await;
        assert_eq!((found.get("refund_status_0"), found.get("refund_channel_0")), ("PROCESSING", "ORIGINAL"));
        assert!(!found.fields.contains("refund_success_time_0"));
        wechat.advance(2).await;
        let found = query(&wechat, "out_refund_no", "R1").await;
        assert_eq!(found.get("refund_status_0"), "SUCCESS");
        assert_eq!(found.get("refund_success_time_0").len(), 19);
        // Another merchant's numbers are not found.
        let other = Merchant::new("wx00000000000000aa", "1900000109", &"o".repeat(32), "secret");
        let wechat = start(|config| config.merchants.push(other.clone())).await;
        paid(&wechat, "n1", "88").await;
        refunded(&wechat, &refund("n1", "R1", "88", "80")).await.ok();
        let request = Request::new().merchant(&other).with("out_refund_no", "R1");
        let foreign = wechat.call("/pay/refundquery", &request).await;
        assert_eq!(foreign.failed(), "REFUNDNOTEXIST not exist");
        assert_eq!(
            refunded(&wechat, &refund("n1", "R1", "88", "80").merchant(&other)).await.failed(),
            "ORDERNOTEXIST 订单不存在"
        );
    });
}

/// The numbers of WeChat's acceptance cases.
#[test]
fn coupons_are_split() {
    within(async {
        let wechat = start(|_| {}).await;
        let coupons = json!([{ "id": "10001", "type": "NO_CASH", "fee": 10 }]);
        wechat.control("faults", json!({ "fault": "coupons", "coupons": coupons })).await;
        paid(&wechat, "n1", "600").await;
        let reply = refunded(&wechat, &refund("n1", "R1", "600", "600")).await;
        let expected = [
            ("refund_fee", "600"),
            ("settlement_refund_fee", "590"),
            ("cash_refund_fee", "590"),
            ("coupon_refund_fee", "10"),
            ("coupon_refund_count", "1"),
            ("coupon_type_0", "NO_CASH"),
            ("coupon_refund_id_0", "10001"),
            ("coupon_refund_fee_0", "10"),
            ("settlement_total_fee", "590"),
            ("cash_fee", "590"),
        ];
        for (name, value) in expected {
            assert_eq!(reply.ok().get(name), value, "{name}");
        }
        let order = wechat.orderquery("n1").await;
        for (name, value) in
            [("total_fee", "600"), ("cash_fee", "590"), ("coupon_fee", "10"), ("settlement_total_fee", "590")]
        {
            assert_eq!(order.get(name), value, "{name}");
        }
        paid(&wechat, "n2", "600").await;
        refunded(&wechat, &refund("n2", "P1", "600", "400")).await.ok();
        refunded(&wechat, &refund("n2", "P2", "600", "200")).await.ok();
        let found = query(&wechat, "out_trade_no", "n2").await;
        let fee = |name: &str| found.get(name).parse::<u64>().unwrap();
        assert_eq!((found.get("coupon_type_0_0"), found.get("coupon_refund_id_1_0")), ("NO_CASH", "10001"));
        assert_eq!(fee("coupon_refund_fee_0_0") + fee("coupon_refund_fee_1_0"), 10);
        assert_eq!(fee("coupon_refund_fee_0"), fee("coupon_refund_fee_0_0"));
        assert_eq!(fee("settlement_refund_fee_0") + fee("settlement_refund_fee_1"), 590);
    });
}

#[test]
fn a_merchant_may_have_too_little() {
    within(async {
        let wechat = start(|_| {}).await;
        paid(&wechat, "n1", "88").await;
        assert_eq!(wechat.control("balance", json!({ "mch_id": MCH, "fen": 50 })).await[MCH], 50);
        let request = refund("n1", "R1", "88", "80");
        let refused = refunded(&wechat, &request).await;
        assert_eq!(refused.failed(), "NOTENOUGH 基本账户余额不足，请充值后重新发起");
        assert_eq!(query(&wechat, "out_refund_no", "R1").await.failed(), "REFUNDNOTEXIST not exist");
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 80 })).await;
        refunded(&wechat, &request).await.ok();
        assert_eq!(wechat.control("balance", Value::Null).await[MCH], 0);
        // A repetition takes nothing more.
        refunded(&wechat, &request).await.ok();
        wechat.control("balance", json!({ "mch_id": MCH, "fen": null })).await;
        refunded(&wechat, &refund("n1", "R2", "88", "8")).await.ok();
    });
}

#[test]
fn a_refund_may_fail() {
    within(async {
        let wechat = start(|_| {}).await;
        paid(&wechat, "n1", "88").await;
        wechat.control("faults", json!({ "fault": "refund_close", "out_trade_no": "n1", "times": 1 })).await;
        let closed = refunded(&wechat, &refund("n1", "R1", "88", "88")).await;
        wechat.advance(5).await;
        assert_eq!(query(&wechat, "out_refund_no", "R1").await.get("refund_status_0"), "REFUNDCLOSE");
        // The closed number stays closed; another one refunds the order.
        let again = refunded(&wechat, &refund("n1", "R1", "88", "88")).await;
        assert_eq!(again.ok().get("refund_id"), closed.get("refund_id"));
        assert_eq!(query(&wechat, "out_refund_no", "R1").await.get("refund_status_0"), "REFUNDCLOSE");
        refunded(&wechat, &refund("n1", "R2", "88", "88")).await.ok();
        let changed = wechat.control("refund", json!({ "out_refund_no": "R2", "result": "CHANGE" })).await;
        assert_eq!(changed["refund_status"], "CHANGE");
        assert_eq!(query(&wechat, "out_refund_no", "R2").await.get("refund_status_0"), "CHANGE");
        // Finished by hand at the merchant platform.
        wechat.control("refund", json!({ "out_refund_no": "R2", "result": "SUCCESS" })).await;
        assert_eq!(query(&wechat, "out_refund_no", "R2").await.get("refund_status_0"), "SUCCESS");
        let answer =
            wechat.http("POST", "/_emulator/refund", &[], br#"{"out_refund_no": "R2", "result": "CHANGE"}"#).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    });
}

/// The outer document of a notification, and what is encrypted in it.
fn opened(body: &str, key: &str) -> (Fields, String) {
    let outer = xml::parse(body.as_bytes()).unwrap();
    let data = BASE64_STANDARD.decode(outer.get("req_info").unwrap()).unwrap();
    let plain = Ecb::of_api_key(key).decrypt(&data).map(|plain| String::from_utf8(plain).unwrap());
    (outer, plain.unwrap_or_default())
}

#[test]
fn the_notification_is_encrypted_and_repeated() {
    within(async {
        let shop = Shop::open(|n| Some(if n == 0 { http(500, "") } else { http(200, ACK) })).await;
        let wechat = start(|_| {}).await;
        paid(&wechat, "n1", "88").await;
        let reply = refunded(&wechat, &refund("n1", "R1", "88", "80").with("notify_url", &shop.url)).await;
        assert!(shop.heard().is_empty());
        wechat.advance(20).await;
        let heard = shop.heard();
        assert_eq!(heard.len(), 2, "repeated after 15 seconds");
        for line in ["User-Agent: Mozilla/4.0", "Pragma: no-cache", "Content-Type: text/xml"] {
            assert!(heard[0].contains(line), "{line}: {}", heard[0]);
        }
        assert_eq!(shop.bodies()[0], shop.bodies()[1]);
        let (outer, plain) = opened(&shop.bodies()[0], KEY);
        assert!(shop.bodies()[0].starts_with("<xml><return_code>SUCCESS</return_code><appid><![CDATA["));
        let names: Vec<&str> = outer.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["return_code", "appid", "mch_id", "nonce_str", "req_info"]);
        assert_eq!((outer.get("appid"), outer.get("mch_id")), (Some(APPID), Some(MCH)));
        assert_eq!(outer.get("nonce_str").unwrap().len(), 32);
        let members: Vec<&str> = plain.lines().collect();
        assert_eq!((members[0], *members.last().unwrap()), ("<root>", "</root>"));
        let inner = xml::parse(plain.replace("root>", "xml>").as_bytes()).unwrap();
        let names: Vec<&str> = inner.iter().map(|(name, _)| name).collect();
        assert!(names.is_sorted() && names.len() == 13, "{names:?}");
        for (name, value) in [
            ("out_refund_no", "R1"),
            ("out_trade_no", "n1"),
            ("refund_id", reply.get("refund_id")),
            ("transaction_id", reply.get("transaction_id")),
            ("refund_fee", "80"),
            ("total_fee", "88"),
            ("settlement_refund_fee", "80"),
            ("settlement_total_fee", "88"),
            ("refund_status", "SUCCESS"),
            ("refund_request_source", "API"),
            ("refund_recv_accout", "支付用户零钱"),
        ] {
            assert_eq!(inner.get(name), Some(value), "{name}");
        }
        let state = refunds(&wechat, "out_refund_no=R1").await;
        assert_eq!(state[0]["notifications"]["acknowledged"], true);
        wechat.control("notify", json!({ "out_refund_no": "R1" })).await;
        assert_eq!(shop.heard().len(), 3);
    });
}

#[test]
fn notifications_of_failures_and_of_the_console() {
    within(async {
        let shop = Shop::acknowledging().await;
        let url = shop.url.clone();
        let wechat = start(|config| {
            let mut demo = Merchant::demo();
            demo.refund_notify_url = Some(url);
            config.merchants.push(demo);
        })
        .await;
        paid(&wechat, "n1", "88").await;
        refunded(&wechat, &refund("n1", "R1", "88", "8")).await.ok();
        wechat.control("refund", json!({ "out_refund_no": "R1", "result": "REFUNDCLOSE" })).await;
        wechat.advance(1).await;
        let (_, plain) = opened(&shop.bodies()[0], KEY);
        assert!(plain.contains("<refund_status><![CDATA[REFUNDCLOSE]]>") && !plain.contains("success_time"), "{plain}");
        let made = wechat.control("refund", json!({ "out_trade_no": "n1" })).await;
        assert_eq!((&made["refund_fee"], &made["out_refund_no"]), (&json!(88), &made["refund_id"]));
        wechat.advance(5).await;
        let (_, plain) = opened(&shop.bodies()[1], KEY);
        assert!(plain.contains("<refund_request_source><![CDATA[VENDOR_PLATFORM]]>"), "{plain}");
        wechat.control("faults", json!({ "fault": "refund_other_key" })).await;
        paid(&wechat, "n2", "88").await;
        refunded(&wechat, &refund("n2", "R2", "88", "8")).await.ok();
        wechat.advance(5).await;
        let (_, plain) = opened(&shop.bodies()[2], KEY);
        assert!(!plain.contains("<root>"), "{plain}");
    });
}

/// A message that says nothing but that something failed, as reported. It is repeated as others are.
#[test]
fn a_notification_of_a_refund_may_be_a_failure() {
    within(async {
        let shop = Shop::open(|n| Some(if n == 0 { http(500, "") } else { http(200, ACK) })).await;
        let wechat = start(|_| {}).await;
        // With nothing signed, nothing can be forged.
        for fault in ["refund_notice_fail", "forge", "tamper"] {
            wechat.control("faults", json!({ "fault": fault, "times": 1 })).await;
        }
        paid(&wechat, "n1", "88").await;
        wechat.advance(60).await;
        for fault in ["forge", "tamper"] {
            wechat.control("faults", json!({ "fault": fault, "times": 1 })).await;
        }
        refunded(&wechat, &refund("n1", "R1", "88", "8").with("notify_url", &shop.url)).await.ok();
        wechat.advance(20).await;
        let failure =
            "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[系统繁忙]]></return_msg></xml>";
        assert_eq!(shop.bodies(), [failure, failure]);
        let found = refunds(&wechat, "out_refund_no=R1").await;
        assert_eq!(
            (&found[0]["refund_status"], &found[0]["notifications"]["acknowledged"]),
            (&json!("SUCCESS"), &json!(true))
        );
        wechat.control("faults", json!({ "fault": "refund_notice_fail", "message": "稍后再试]]>", "times": 1 })).await;
        refunded(&wechat, &refund("n1", "R2", "88", "8").with("notify_url", &shop.url)).await.ok();
        wechat.advance(5).await;
        assert_eq!(xml::parse(shop.bodies()[2].as_bytes()).unwrap().get("return_msg"), Some("稍后再试]]>"));
    });
}

#[test]
fn forged_notifications() {
    within(async {
        let shop = Shop::acknowledging().await;
        let wechat = start(|_| {}).await;
        for fault in [
            json!({ "fault": "forge", "sign": "other_key" }),
            json!({ "fault": "tamper", "field": "appid" }),
            json!({ "fault": "tamper", "field": "total_fee", "sign": "right" }),
            json!({ "fault": "tamper", "field": "total_fee" }),
            json!({ "fault": "forge" }),
        ] {
            wechat.control("faults", fault).await;
        }
        paid(&wechat, "n1", "88").await;
        refunded(&wechat, &refund("n1", "R1", "88", "8").with("notify_url", &shop.url)).await.ok();
        wechat.advance(5).await;
        let bodies = shop.bodies();
        assert_eq!(bodies.len(), 4, "without the key nothing else can be changed");
        assert!(!opened(&bodies[0], KEY).1.contains("<root>"));
        assert_eq!(opened(&bodies[1], KEY).0.get("appid"), Some("wx0000000000000000"));
        assert!(opened(&bodies[2], KEY).1.contains("<total_fee><![CDATA[1]]>"));
        assert!(opened(&bodies[3], KEY).1.contains("<total_fee><![CDATA[88]]>"));
    });
}

/// The paths of the journal's requests that are about an order, oldest first.
async fn about(wechat: &Wechat, out_trade_no: &str) -> Vec<String> {
    let journal = wechat.control("journal", Value::Null).await;
    let entries = journal.as_array().unwrap().iter().filter(|entry| entry["out_trade_no"] == out_trade_no);
    let paths = entries.map(|entry| entry["path"].as_str().unwrap().to_owned());
    paths.filter(|path| !path.starts_with("/_emulator/")).collect()
}

#[test]
fn the_journal_has_the_order_of_a_request_by_whichever_number_it_names() {
    within(async {
        let wechat = start(|_| {}).await;
        for number in ["n1", "n2"] {
            paid(&wechat, number, "600").await;
        }
        let transaction_id = wechat.control("orders?out_trade_no=n1", Value::Null).await[0]["transaction_id"].clone();
        let transaction_id = transaction_id.as_str().unwrap();
        let by_transaction = refund("n1", "R1", "600", "200").without("out_trade_no");
        let made = refunded(&wechat, &by_transaction.with("transaction_id", transaction_id)).await;
        made.ok();
        let refund_id = made.get("refund_id").to_owned();
        wechat.call("/pay/orderquery", &Request::new().with("transaction_id", transaction_id)).await.ok();
        for (name, value) in [
            ("out_refund_no", "R1"),
            ("refund_id", &*refund_id),
            ("transaction_id", transaction_id),
            ("out_trade_no", "n1"),
        ] {
            query(&wechat, name, value).await.ok();
        }
        // Of a number that names nothing, the order is not known.
        for (name, value) in [("out_refund_no", "R9"), ("refund_id", "50000"), ("transaction_id", "42000")] {
            query(&wechat, name, value).await;
        }
        let [order, refunding, asked] = ["/pay/unifiedorder", "/secapi/pay/refund", "/pay/refundquery"];
        assert_eq!(about(&wechat, "n1").await, [order, refunding, "/pay/orderquery", asked, asked, asked, asked]);
        assert_eq!(about(&wechat, "n2").await, [order]);
        // A fault that names the order strikes them too, and no request about another.
        let of_order = json!({ "fault": "systemerror_before", "out_trade_no": "n1", "times": 1 });
        let others_id = wechat.order("n2").await["transaction_id"].as_str().unwrap().to_owned();
        for (name, value) in [("out_refund_no", "R1"), ("refund_id", &*refund_id), ("transaction_id", transaction_id)] {
            wechat.control("faults", of_order.clone()).await;
            wechat.call("/pay/orderquery", &Request::new().with("transaction_id", &others_id)).await.ok();
            assert!(query(&wechat, name, value).await.failed().starts_with("SYSTEMERROR"), "{name}");
        }
        let by_id = |request: Request| request.without("out_trade_no").with("transaction_id", transaction_id);
        wechat.control("faults", of_order.clone()).await;
        let asked = wechat.call("/pay/orderquery", &by_id(Request::new())).await;
        assert!(asked.failed().starts_with("SYSTEMERROR"));
        wechat.control("faults", of_order).await;
        let again = refunded(&wechat, &by_id(refund("n1", "R2", "600", "100"))).await;
        assert!(again.failed().starts_with("SYSTEMERROR"));
        let faults = wechat.control("faults", Value::Null).await;
        assert!(faults.as_array().unwrap().iter().all(|fault| fault["struck"] == 1), "{faults}");
    });
}

#[test]
fn refunds_of_several_merchants_with_one_number_are_all_listed() {
    within(async {
        let other = Merchant::new("wx00000000000000aa", "1900000109", &"o".repeat(32), "secret");
        let wechat = start(|config| config.merchants = vec![Merchant::demo(), other.clone()]).await;
        paid(&wechat, "n1", "88").await;
        refunded(&wechat, &refund("n1", "R1", "88", "8")).await.ok();
        let native = Request::of_type("NATIVE", "n1").with("product_id", "1").with("total_fee", "77");
        wechat.unifiedorder(&native.merchant(&other)).await.ok();
        wechat.control("pay", json!({ "out_trade_no": "n1", "mch_id": other.mch_id })).await;
        refunded(&wechat, &refund("n1", "R1", "77", "7").merchant(&other)).await.ok();
        let fees = async |query: &str| {
            let found = refunds(&wechat, query).await;
            found.as_array().unwrap().iter().map(|refund| refund["refund_fee"].as_u64().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(fees("out_refund_no=R1").await, [8, 7]);
        assert_eq!(fees("out_refund_no=R1&limit=1").await, [7]);
        assert_eq!(fees(&format!("out_refund_no=R1&mch_id={}", other.mch_id)).await, [7]);
        assert_eq!(fees("out_refund_no=R1&mch_id=1").await, [] as [u64; 0]);
        assert_eq!(fees("out_refund_no=R2").await, [] as [u64; 0]);
    });
}
