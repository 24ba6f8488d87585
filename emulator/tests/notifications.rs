//! Notifications: their bytes, their schedule, and what counts as an answer.

use std::time::{Duration, Instant};

use crate::common::{ACK, APPID, KEY, MCH, OPENID, Request, Shop, Wechat, http, start, within};
use serde_json::Value;
use wxpaykit::wire::xml;
use wxpaykit::{BeijingTime, SignType, sign};
use wxpaykit_emulator::SCHEDULE;

async fn paid(wechat: &Wechat, shop: &Shop, number: &str) {
    wechat.unifiedorder(&Request::order(number).with("notify_url", &shop.url)).await.ok();
    wechat.pay(number).await;
    // Waits for what is under way.
    wechat.advance(0).await;
}

#[test]
fn looks_like_a_captured_notification() {
    within(async {
        let shop = Shop::acknowledging().await;
        let wechat = start(|_| {}).await;
        let plain = Request::order("n1").with("notify_url", &shop.url);
        wechat.unifiedorder(&plain).await.ok();
        let transaction_id = wechat.pay("n1").await["transaction_id"].as_str().unwrap().to_owned();
        wechat.advance(0).await;
        let time_end = BeijingTime::from_unix(wechat.now().await).unwrap().to_wire();

        let body = shop.bodies().remove(0);
        let fields = xml::parse(body.as_bytes()).unwrap();
        assert_eq!(sign::verify(&fields, KEY, &[SignType::Md5]), Ok(SignType::Md5));
        let expected = format!(
            "<xml><appid><![CDATA[{APPID}]]></appid>
<bank_type><![CDATA[OTHERS]]></bank_type>
<cash_fee><![CDATA[88]]></cash_fee>
<fee_type><![CDATA[CNY]]></fee_type>
<is_subscribe><![CDATA[N]]></is_subscribe>
<mch_id><![CDATA[{MCH}]]></mch_id>
<nonce_str><![CDATA[5K8264ILTKCH16CQ2502SI8ZNMTM67VS]]></nonce_str>
<openid><![CDATA[{OPENID}]]></openid>
<out_trade_no><![CDATA[n1]]></out_trade_no>
<result_code><![CDATA[SUCCESS]]></result_code>
<return_code><![CDATA[SUCCESS]]></return_code>
<sign><![CDATA[{}]]></sign>
<time_end><![CDATA[{time_end}]]></time_end>
<total_fee>88</total_fee>
<trade_type><![CDATA[JSAPI]]></trade_type>
<transaction_id><![CDATA[{transaction_id}]]></transaction_id>
</xml>",
            fields.get("sign").unwrap()
        );
        assert_eq!(body, expected);

        let request = shop.heard().remove(0);
        let head = request.split("\r\n\r\n").next().unwrap();
        assert!(head.starts_with("POST /notify HTTP/1.1\r\n"), "{head}");
        for header in [
            "User-Agent: Mozilla/4.0",
            "Accept: */*",
            "Connection: close",
            "Cache-Control: no-cache",
            "Pragma: no-cache",
            "Content-Type: text/xml",
            &format!("Content-Length: {}", body.len()),
        ] {
            assert!(head.lines().any(|line| line == header), "{header}\n{head}");
        }
    });
}

#[test]
fn is_signed_with_the_algorithm_of_the_order() {
    within(async {
        let shop = Shop::acknowledging().await;
        let wechat = start(|_| {}).await;
        let order = Request::of_type("APP", "n1").hmac().with("attach", "深圳 a&b").with("device_info", "WEB");
        wechat.unifiedorder(&order.with("notify_url", &shop.url)).await.ok();
        wechat.pay("n1").await;
        wechat.advance(0).await;
        let fields = xml::parse(shop.bodies()[0].as_bytes()).unwrap();
        assert_eq!(sign::verify(&fields, KEY, SignType::ALL), Ok(SignType::HmacSha256));
        assert!(!fields.contains("sign_type"));
        assert_eq!(fields.get("attach"), Some("深圳 a&b"));
        assert_eq!(fields.get("device_info"), Some("WEB"));
        let names: Vec<&str> = fields.iter().map(|(name, _)| name).collect();
        assert!(names.is_sorted(), "{names:?}");
    });
}

#[test]
fn is_repeated_fifteen_times() {
    within(async {
        let shop = Shop::open(|_| Some(http(500, ""))).await;
        let wechat = start(|_| {}).await;
        paid(&wechat, &shop, "n1").await;
        let first = wechat.now().await;
        assert_eq!(shop.heard().len(), 1);
        let mut offset = 0;
        for (n, pause) in SCHEDULE.iter().enumerate() {
            let order = wechat.order("n1").await;
            assert_eq!(order["notifications"]["next_at"], first + offset + pause);
            let moved = wechat.advance(pause - 1).await;
            assert_eq!(moved["ran"], 0);
            assert_eq!(shop.heard().len(), n + 1);
            assert_eq!(wechat.advance(1).await["ran"], 1);
            assert_eq!(shop.heard().len(), n + 2);
            offset += pause;
        }
        assert_eq!(offset, 86_640);
        assert_eq!(wechat.advance(30 * 86_400).await["ran"], 0);
        let bodies = shop.bodies();
        assert_eq!(bodies.len(), 16);
        assert!(bodies.iter().all(|body| *body == bodies[0]), "the same bytes each time");
        let notifications = &wechat.order("n1").await["notifications"];
        assert_eq!(notifications["acknowledged"], false);
        assert_eq!(notifications["next_at"], Value::Null);
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "SUCCESS");
    });
}

#[test]
fn keeps_its_times_when_the_clock_leaps() {
    within(async {
        let shop = Shop::open(|_| Some(http(200, "success"))).await;
        let wechat = start(|_| {}).await;
        paid(&wechat, &shop, "n1").await;
        let first = wechat.now().await;
        assert_eq!(wechat.advance(100_000).await, serde_json::json!({ "now": first + 100_000, "ran": 15 }));
        let attempts = wechat.order("n1").await["notifications"]["attempts"].clone();
        let offsets: Vec<i64> =
            attempts.as_array().unwrap().iter().map(|attempt| attempt["at"].as_i64().unwrap() - first).collect();
        let expected = [0, 15, 30, 60, 240, 840, 2040, 3840, 5640, 7440, 11040, 21840, 32640, 43440, 65040, 86640];
        assert_eq!(offsets, expected);
    });
}

#[test]
fn ends_after_an_acknowledgement() {
    within(async {
        let shop = Shop::open(|n| Some(if n < 3 { http(502, "") } else { http(200, ACK) })).await;
        let wechat = start(|_| {}).await;
        paid(&wechat, &shop, "n1").await;
        assert_eq!(wechat.advance(86_640).await["ran"], 3);
        let notifications = &wechat.order("n1").await["notifications"];
        assert_eq!(notifications["acknowledged"], true);
        assert_eq!(notifications["next_at"], Value::Null);
        assert_eq!(notifications["attempts"][3]["accepted"], true);
        assert_eq!(notifications["attempts"][3]["answer"], ACK);
    });
}

#[test]
fn counts_one_kind_of_answer() {
    within(async {
        let wechat = start(|_| {}).await;
        let cases = [
            (http(200, ACK), true),
            (http(200, "<xml><return_code>SUCCESS</return_code></xml>"), true),
            (http(200, "\n<xml>\n<return_code><![CDATA[SUCCESS]]></return_code>\n</xml>\n"), true),
            (
                http(
                    200,
                    "<xml><return_code><![CDATA[FAIL]]></return_code><return_msg><![CDATA[签名失败]]></return_msg></xml>",
                ),
                false,
            ),
            (http(200, "<xml><return_code>success</return_code></xml>"), false),
            (http(200, "<xml></xml>"), false),
            (http(200, "success"), false),
            (http(200, "SUCCESS"), false),
            (http(200, r#"{"code":"SUCCESS"}"#), false),
            (http(200, "<html><body>ok</body></html>"), false),
            (http(200, ""), false),
            (http(201, ACK), false),
            (http(204, ""), false),
            (http(302, ACK).replace("\r\n\r\n", "\r\nLocation: http://127.0.0.1:9/\r\n\r\n"), false),
            (http(404, ACK), false),
            (http(500, ACK), false),
            ("nonsense".to_owned(), false),
        ];
        for (n, (answer, counts)) in cases.into_iter().enumerate() {
            let said = answer.clone();
            let shop = Shop::open(move |_| Some(said.clone())).await;
            let number = format!("n{n}");
            paid(&wechat, &shop, &number).await;
            let notifications = wechat.order(&number).await["notifications"].clone();
            assert_eq!(notifications["acknowledged"], counts, "{answer}");
            let attempt = &notifications["attempts"][0];
            assert_eq!(attempt["why"].is_null(), counts, "{attempt}");
            assert_eq!(shop.heard().len(), 1);
        }
        let failed = &wechat.order("n3").await["notifications"]["attempts"][0];
        assert_eq!(failed["why"], "return_code is FAIL: 签名失败");
        assert_eq!(failed["why_zh"], "return_code 为 FAIL：签名失败");
        assert_eq!(failed["status"], 200);
    });
}

#[test]
fn an_acknowledgement_is_awaited_for_five_seconds() {
    within(async {
        let shop = Shop::open(|n| (n > 0).then(|| http(200, ACK))).await;
        let wechat = start(|_| {}).await;
        let began = Instant::now();
        paid(&wechat, &shop, "n1").await;
        assert!(began.elapsed() > Duration::from_millis(4900) && began.elapsed() < Duration::from_secs(10));
        let attempt = &wechat.order("n1").await["notifications"]["attempts"][0];
        assert_eq!(attempt["why"], "no answer within 5 s");
        wechat.advance(15).await;
        assert_eq!(wechat.order("n1").await["notifications"]["acknowledged"], true);
    });
}

#[test]
fn stays_on_this_machine() {
    within(async {
        let wechat = start(|_| {}).await;
        for (number, url, why) in [
            ("n1", "http://192.0.2.1/notify", "--allow-remote-notify"),
            ("n2", "https://127.0.0.1:9/notify", "does not support an https notify_url"),
            ("n3", "http://127.0.0.1:1/notify", "cannot connect"),
        ] {
            wechat.unifiedorder(&Request::order(number).with("notify_url", url)).await.ok();
            wechat.pay(number).await;
            wechat.advance(0).await;
            let attempt = &wechat.order(number).await["notifications"]["attempts"][0];
            assert_eq!(attempt["status"], Value::Null);
            assert!(attempt["why"].as_str().unwrap().contains(why), "{attempt}");
        }
    });
}

#[test]
fn localhost_is_either_address() {
    within(async {
        let shop = Shop::acknowledging().await;
        let wechat = start(|_| {}).await;
        let url = shop.url.replace("127.0.0.1", "localhost");
        wechat.unifiedorder(&Request::order("n1").with("notify_url", &url)).await.ok();
        wechat.pay("n1").await;
        wechat.advance(0).await;
        assert_eq!(wechat.order("n1").await["notifications"]["acknowledged"], true);
    });
}

#[test]
fn running_time_sends_notifications_too() {
    within(async {
        let shop = Shop::acknowledging().await;
        let wechat = start(|config| config.frozen_clock = false).await;
        wechat.unifiedorder(&Request::order("n1").with("notify_url", &shop.url)).await.ok();
        wechat.pay("n1").await;
        while shop.heard().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // An order that closes in a moment of real time, with the clock moved most of the way.
        let expire = BeijingTime::from_unix(wechat.now().await + 62).unwrap().to_wire();
        wechat.unifiedorder(&Request::order("n2").with("time_expire", &expire)).await.ok();
        wechat.advance(60).await;
        while wechat.orderquery("n2").await.get("trade_state") != "CLOSED" {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
}

#[test]
fn slow_shops_do_not_hold_up_others() {
    within(async {
        let slow = Shop::open(|_| None).await;
        let shop = Shop::acknowledging().await;
        let wechat = start(|_| {}).await;
        for n in 0..20 {
            let number = format!("slow{n}");
            wechat.unifiedorder(&Request::order(&number).with("notify_url", &slow.url)).await.ok();
            wechat.pay(&number).await;
        }
        let began = Instant::now();
        wechat.unifiedorder(&Request::order("n1").with("notify_url", &shop.url)).await.ok();
        wechat.pay("n1").await;
        while shop.heard().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert!(began.elapsed() < Duration::from_secs(3));
    });
}
