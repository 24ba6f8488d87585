//! The life of an order, and numbers that come twice.

use crate::common::{self, APPID, MCH, OPENID, OTHER_OPENID, Request, start, within};
use serde_json::json;
use wxpaykit::BeijingTime;
use wxpaykit_emulator::{Merchant, OpenIds};

const DIFFERENT: &str = "INVALID_REQUEST 201 商户订单号重复";
const PAID: &str = "ORDERPAID 该订单已支付";
const CLOSED: &str = "ORDERCLOSED 该订单已关闭";

#[test]
fn every_trade_type_has_its_reply() {
    within(async {
        let wechat = start(|_| {}).await;
        for (trade_type, extra) in
            [("JSAPI", None), ("APP", None), ("NATIVE", Some("code_url")), ("MWEB", Some("mweb_url"))]
        {
            let mut request = Request::of_type(trade_type, trade_type);
            if trade_type == "JSAPI" {
                request = request.with("openid", OPENID);
            }
            let reply = wechat.unifiedorder(&request).await;
            assert_eq!(reply.ok().get("trade_type"), trade_type);
            assert_eq!((reply.get("appid"), reply.get("mch_id"), reply.get("return_msg")), (APPID, MCH, "OK"));
            let prepay_id = reply.get("prepay_id");
            assert_eq!(prepay_id.len(), 36);
            let wire = BeijingTime::from_unix(wechat.now().await).unwrap().to_wire();
            assert!(prepay_id.starts_with(&format!("wx{}", &wire[6..])) && prepay_id.ends_with("0000"), "{prepay_id}");
            for url in ["code_url", "mweb_url"] {
                assert_eq!(reply.fields.contains(url), extra == Some(url), "{trade_type} {url}");
            }
            if trade_type == "NATIVE" {
                assert!(reply.get("code_url").starts_with("weixin://wxpay/bizpayurl?pr="));
            }
            if trade_type == "MWEB" {
                let start =
                    format!("{}/cgi-bin/mmpayweb-bin/checkmweb?prepay_id={prepay_id}&package=", wechat.running.url());
                assert!(reply.get("mweb_url").starts_with(&start), "{}", reply.get("mweb_url"));
            }
        }
    });
}

#[test]
fn the_same_order_again() {
    within(async {
        let wechat = start(|_| {}).await;
        let order = Request::of_type("NATIVE", "n1");
        let first = wechat.unifiedorder(&order).await;
        let again = wechat.unifiedorder(&order.clone().with("nonce_str", "another").hmac()).await;
        assert_eq!(again.ok().get("prepay_id"), first.get("prepay_id"));
        assert_eq!(again.get("code_url"), first.get("code_url"));
        wechat.advance(2 * 3600 - 1).await;
        assert_eq!(wechat.unifiedorder(&order).await.get("prepay_id"), first.get("prepay_id"));
        wechat.advance(1).await;
        let renewed = wechat.unifiedorder(&order).await;
        assert_ne!(renewed.ok().get("prepay_id"), first.get("prepay_id"));
        assert_ne!(renewed.get("code_url"), first.get("code_url"));
        let shut = wechat.control("pay", json!({ "prepay_id": first.get("prepay_id") })).await;
        assert_eq!(shut["err_msg"], "get_brand_wcpay_request:fail");
        let paid = wechat.control("pay", json!({ "code_url": renewed.get("code_url") })).await;
        assert_eq!(paid["err_msg"], "get_brand_wcpay_request:ok");
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "SUCCESS");
    });
}

#[test]
fn a_switch_renews_at_once() {
    within(async {
        let wechat = start(|config| config.renew_prepay_id = true).await;
        let first = wechat.unifiedorder(&Request::order("n1")).await;
        let again = wechat.unifiedorder(&Request::order("n1")).await;
        assert_ne!(again.ok().get("prepay_id"), first.get("prepay_id"));
        // The first one still opens the cashier: it has two hours of its own.
        let paid = wechat.control("pay", json!({ "prepay_id": first.get("prepay_id") })).await;
        assert_eq!(paid["err_msg"], "get_brand_wcpay_request:ok");
    });
}

#[test]
fn another_order_of_the_same_number() {
    within(async {
        let wechat = start(|_| {}).await;
        let order = Request::order("n1").with("attach", "a");
        wechat.unifiedorder(&order).await.ok();
        let expire = BeijingTime::from_unix(wechat.now().await + 3600).unwrap().to_wire();
        for (name, value) in [
            ("body", "茶"),
            ("total_fee", "89"),
            ("openid", OTHER_OPENID),
            ("product_id", "1"),
            ("detail", "{}"),
            ("attach", "b"),
            ("attach", ""),
            ("goods_tag", "x"),
            ("limit_pay", "no_credit"),
            ("time_expire", &expire),
            ("notify_url", "http://127.0.0.1:9/other"),
            ("fee_type", "HKD"),
        ] {
            let reply = wechat.unifiedorder(&order.clone().with(name, value)).await;
            assert_eq!(reply.failed(), DIFFERENT, "{name}");
            assert_eq!(wechat.last().await["outcome"], "business:INVALID_REQUEST");
        }
        for (name, value) in [
            ("fee_type", "CNY"),
            ("spbill_create_ip", "1.1.1.1"),
            ("device_info", "WEB"),
            ("time_start", "20260101000000"),
        ] {
            wechat.unifiedorder(&order.clone().with(name, value)).await.ok();
        }
        // Another scene: the number is used.
        assert_eq!(wechat.unifiedorder(&Request::of_type("NATIVE", "n1")).await.failed(), DIFFERENT);
        let reply = wechat.unifiedorder(&Request::of_type("MWEB", "n1")).await;
        assert_eq!(reply.failed(), DIFFERENT);
        assert!(reply.get("mweb_url").contains("checkmweb?prepay_id=&package="));
        // And the order is what it was.
        assert_eq!(wechat.order("n1").await["total_fee"], 88);

        let strict = start(|config| config.strict_docs = true).await;
        strict.unifiedorder(&Request::order("number1")).await.ok();
        let reply = strict.unifiedorder(&Request::order("number1").with("total_fee", "1")).await;
        assert_eq!(reply.failed(), "INVALID_REQUEST 订单重入时，要求参数值与原请求一致，请确认参数问题");
    });
}

#[test]
fn the_number_of_a_paid_or_closed_order_is_refused() {
    within(async {
        let wechat = start(|_| {}).await;
        for number in ["paid", "closed"] {
            wechat.unifiedorder(&Request::order(number)).await.ok();
        }
        wechat.pay("paid").await;
        wechat.closeorder("closed").await.ok();
        for (number, text) in [("paid", PAID), ("closed", CLOSED)] {
            assert_eq!(wechat.unifiedorder(&Request::order(number)).await.failed(), text);
            assert_eq!(wechat.unifiedorder(&Request::order(number).with("total_fee", "1")).await.failed(), text);
            assert_eq!(wechat.unifiedorder(&Request::of_type("NATIVE", number)).await.failed(), text);
        }
    });
}

#[test]
fn numbers_belong_to_a_merchant() {
    within(async {
        let other = Merchant::new("wx00000000000000aa", "1900000109", &"o".repeat(32), "secret");
        let known = other.clone();
        let wechat = start(move |config| config.merchants = vec![known]).await;
        let theirs = Request::order("n1").merchant(&other).with("openid", OTHER_OPENID).with("total_fee", "5");
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        wechat.unifiedorder(&theirs).await.ok();
        let answer = wechat.http("POST", "/_emulator/pay", &[], br#"{"out_trade_no":"n1"}"#).await;
        assert_eq!(answer.status, 400, "whose?");
        let paid = wechat.control("pay", json!({ "out_trade_no": "n1", "mch_id": "1900000109" })).await;
        let transaction_id = paid["transaction_id"].as_str().unwrap();
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "NOTPAY");
        // A transaction of another merchant is unknown.
        let query = Request::new().with("transaction_id", transaction_id);
        assert_eq!(wechat.call("/pay/orderquery", &query).await.failed(), "ORDERNOTEXIST order not exist");
        let query = query.merchant(&other);
        assert_eq!(wechat.call("/pay/orderquery", &query).await.ok().get("total_fee"), "5");
    });
}

#[test]
fn closing() {
    within(async {
        let wechat = start(|_| {}).await;
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        wechat.closeorder("n1").await.ok();
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "CLOSED");
        wechat.closeorder("n1").await.ok();
        wechat.closeorder("nobody-knows").await.ok();
        wechat.unifiedorder(&Request::order("n2")).await.ok();
        wechat.pay("n2").await;
        assert_eq!(wechat.closeorder("n2").await.failed(), "ORDERPAID order paid");
        assert_eq!(wechat.orderquery("n2").await.get("trade_state"), "SUCCESS");

        let strict = start(|config| config.strict_docs = true).await;
        assert_eq!(strict.closeorder("nobody-knows").await.failed(), "ORDERNOTEXIST 订单不存在");
        strict.unifiedorder(&Request::order("number1")).await.ok();
        strict.closeorder("number1").await.ok();
        assert_eq!(strict.closeorder("number1").await.failed(), "ORDERCLOSED 订单已关闭");
    });
}

#[test]
fn querying() {
    within(async {
        let wechat = start(|_| {}).await;
        assert_eq!(wechat.orderquery("n1").await.failed(), "ORDERNOTEXIST order not exist");
        let order = Request::order("n1").with("attach", "深圳 a&b<c>]]>d").with("device_info", "WEB").hmac();
        wechat.unifiedorder(&order).await.ok();
        let reply = wechat.orderquery("n1").await;
        assert_eq!(reply.ok().get("trade_state"), "NOTPAY");
        assert_eq!(reply.get("trade_state_desc"), "订单未支付");
        assert_eq!(reply.get("attach"), "深圳 a&b<c>]]>d");
        for absent in ["openid", "total_fee", "transaction_id", "time_end", "trade_type"] {
            assert!(!reply.fields.contains(absent), "{absent}");
        }
        let paid = wechat.pay("n1").await;
        let reply = wechat.orderquery("n1").await;
        let time_end = BeijingTime::from_unix(wechat.now().await).unwrap().to_wire();
        let transaction_id = paid["transaction_id"].as_str().unwrap();
        for (name, value) in [
            ("device_info", "WEB"),
            ("openid", OPENID),
            ("is_subscribe", "N"),
            ("trade_type", "JSAPI"),
            ("trade_state", "SUCCESS"),
            ("trade_state_desc", "支付成功"),
            ("bank_type", "OTHERS"),
            ("total_fee", "88"),
            ("fee_type", "CNY"),
            ("cash_fee", "88"),
            ("cash_fee_type", "CNY"),
            ("transaction_id", transaction_id),
            ("out_trade_no", "n1"),
            ("attach", "深圳 a&b<c>]]>d"),
            ("time_end", &time_end),
        ] {
            assert_eq!(reply.ok().get(name), value, "{name}");
        }
        assert!(reply.text.contains("<total_fee>88</total_fee>"));
        assert_eq!(transaction_id.len(), 28);
        assert!(transaction_id.starts_with("4200000263") && transaction_id[10..18] == time_end[..8]);
        // The transaction wins over a number that is not its own.
        let query = Request::new().with("transaction_id", transaction_id).with("out_trade_no", "other");
        assert_eq!(wechat.call("/pay/orderquery", &query).await.ok().get("out_trade_no"), "n1");
        let query = Request::new().with("transaction_id", "4200000263000000000000000000").with("out_trade_no", "n1");
        assert_eq!(wechat.call("/pay/orderquery", &query).await.failed(), "ORDERNOTEXIST order not exist");
        wechat.unifiedorder(&Request::order("n2")).await.ok();
        wechat.closeorder("n2").await.ok();
        assert_eq!(wechat.orderquery("n2").await.get("trade_state_desc"), "订单已关闭");
    });
}

/// A shop's clock is the machine's, and knows nothing of the emulated one.
#[test]
fn an_order_with_real_times_works_on_a_later_day() {
    within(async {
        for frozen in [true, false] {
            let wechat = start(|config| config.frozen_clock = frozen).await;
            let real = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            let at = |s: i64| BeijingTime::from_unix(i64::try_from(real).unwrap() + s).unwrap().to_wire();
            let order = |number: &str, s: i64| Request::order(number).with("time_expire", &at(s));
            wechat.unifiedorder(&order("n1", 1800)).await.ok();
            wechat.advance(86_400).await;
            wechat.unifiedorder(&order("n2", 1800)).await.ok();
            wechat.advance(1700).await;
            assert_eq!(wechat.orderquery("n2").await.get("trade_state"), "NOTPAY");
            wechat.advance(110).await;
            assert_eq!(wechat.orderquery("n2").await.get("trade_state"), "CLOSED");
            // Over on both clocks, and too soon on the emulated one.
            for (number, s) in [("n3", -10), ("n4", 86_400 + 1700 + 110 + 30)] {
                let refused = wechat.unifiedorder(&order(number, s)).await;
                assert_eq!(refused.refused(), "time_expire时间过短，刷卡至少1分钟，其他5分钟", "{number}");
                let explanation = wechat.last().await["explanation"].clone();
                assert_eq!(explanation["mistake"], "time_expire");
                assert!(
                    explanation["detail"].as_str().unwrap().contains(" s ahead of this machine's"),
                    "{explanation}"
                );
            }
        }
    });
}

#[test]
fn unpaid_orders_close_by_themselves() {
    within(async {
        let wechat = start(|_| {}).await;
        let now = wechat.now().await;
        let at = |s: i64| BeijingTime::from_unix(now + s).unwrap().to_wire();
        let too_short = "time_expire时间过短，刷卡至少1分钟，其他5分钟";
        let order = |number: &str, s: i64| Request::order(number).with("time_expire", &at(s));
        assert_eq!(wechat.unifiedorder(&order("n1", 59)).await.refused(), too_short);
        // The clock stands at a fraction of a second.
        wechat.unifiedorder(&order("n1", 61)).await.ok();
        wechat.unifiedorder(&Request::order("week")).await.ok();
        wechat.unifiedorder(&order("paid", 61)).await.ok();
        wechat.pay("paid").await;
        wechat.advance(59).await;
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "NOTPAY");
        wechat.advance(2).await;
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "CLOSED");
        assert_eq!(wechat.orderquery("paid").await.get("trade_state"), "SUCCESS");
        // Settled numbers say so even when the same parameters would be refused by now.
        assert_eq!(wechat.unifiedorder(&order("n1", 61)).await.failed(), CLOSED);
        wechat.advance(7 * 86_400 - 62).await;
        assert_eq!(wechat.orderquery("week").await.get("trade_state"), "NOTPAY");
        wechat.advance(1).await;
        assert_eq!(wechat.orderquery("week").await.get("trade_state"), "CLOSED");

        let strict = start(|config| config.strict_docs = true).await;
        assert_eq!(strict.unifiedorder(&order("number1", 240)).await.refused(), too_short);
    });
}

#[test]
fn openids_belong_to_appids() {
    within(async {
        let mut other = Merchant::new("wx00000000000000aa", "1900000109", &"o".repeat(32), "secret");
        other.users = vec!["oOther0000000000000000000000".to_owned()];
        let known = other.clone();
        let wechat = start(move |config| config.merchants = vec![known]).await;
        let invalid = "PARAM_ERROR 无效的openid";
        let with = |openid: &str| Request::order("n1").with("openid", openid);
        for openid in
            ["abc", "xUpF8uMuAJO_M2pxb1Q9zNjWeS6o", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6", "oUpF8uMuAJO M2pxb1Q9zNjWeS6o"]
        {
            assert_eq!(wechat.unifiedorder(&with(openid)).await.failed(), invalid, "{openid}");
        }
        // Configured for the other appid.
        assert_eq!(wechat.unifiedorder(&with("oOther0000000000000000000000")).await.failed(), invalid);
        // The demo user of this appid, at the other one.
        let theirs = Request::order("n1").merchant(&other);
        assert_eq!(wechat.unifiedorder(&theirs).await.failed(), invalid);
        // Issued to the other appid.
        let path = "/connect/oauth2/authorize?appid=wx00000000000000aa&redirect_uri=http%3A%2F%2Fshop%2F&response_type=code&scope=snsapi_base&state=1";
        let answer = wechat.http("GET", path, &[("X-Emulator-OpenId", "oIssued000000000000000000000")], b"").await;
        assert_eq!(answer.status, 302);
        assert_eq!(wechat.unifiedorder(&with("oIssued000000000000000000000")).await.failed(), invalid);
        wechat.unifiedorder(&theirs.with("openid", "oIssued000000000000000000000")).await.ok();
        // Made up, and taken.
        wechat.unifiedorder(&with(OTHER_OPENID)).await.ok();

        let strict = start(|config| config.openids = OpenIds::Known).await;
        assert_eq!(strict.unifiedorder(&with(OTHER_OPENID)).await.failed(), invalid);
        strict.unifiedorder(&with(OPENID)).await.ok();
    });
}

#[test]
#[cfg(target_os = "linux")]
fn an_order_needs_no_more_memory_than_its_text() {
    if !common::is_alone(module_path!(), "an_order_needs_no_more_memory_than_its_text") {
        return;
    }
    // In MiB, of this process, which the emulator runs in: asked for, if not touched.
    let asked_for = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmData:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
    };
    within(async {
        let wechat = start(|_| {}).await;
        let padding = format!("{}</xml>", " ".repeat(900 * 1024));
        let before = asked_for();
        for n in 0..120 {
            let body = Request::order(&format!("padded{n}")).xml().replace("</xml>", &padding);
            assert_eq!(wechat.post("/pay/unifiedorder", body.as_bytes()).await.get("result_code"), "SUCCESS");
        }
        let grown = asked_for().saturating_sub(before);
        assert!(grown < 70, "{grown} MiB");
    });
}
