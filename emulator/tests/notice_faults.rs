//! Notifications that go wrong on purpose.

use std::time::Duration;

use crate::common::{self, ACK, KEY, Request, Shop, Wechat, http, start, within};
use serde_json::{Value, json};
use wxpaykit::wire::xml;
use wxpaykit::{Fields, SignType, sign};

async fn ordered(wechat: &Wechat, shop: &Shop, number: &str) {
    wechat.unifiedorder(&Request::order(number).with("notify_url", &shop.url)).await.ok();
}

async fn paid(wechat: &Wechat, shop: &Shop, number: &str) {
    ordered(wechat, shop, number).await;
    wechat.pay(number).await;
    // Waits for what is under way.
    wechat.advance(0).await;
}

async fn fault(wechat: &Wechat, fault: Value) -> i64 {
    wechat.control("faults", fault).await["id"].as_i64().unwrap()
}

async fn attempts(wechat: &Wechat, number: &str) -> Vec<Value> {
    wechat.order(number).await["notifications"]["attempts"].as_array().unwrap().clone()
}

fn names(attempt: &Value) -> Vec<&str> {
    attempt["faults"].as_array().unwrap().iter().map(|fault| fault["fault"].as_str().unwrap()).collect()
}

fn fields(body: &str) -> Fields {
    xml::parse(body.as_bytes()).unwrap()
}

fn is_right(fields: &Fields) -> bool {
    sign::verify(fields, KEY, SignType::ALL).is_ok()
}

#[test]
fn drop_counts_as_a_failed_attempt() {
    within(async {
        let (wechat, shop) = (start(|_| {}).await, Shop::acknowledging().await);
        let id = fault(&wechat, json!({ "fault": "drop", "times": 2 })).await;
        paid(&wechat, &shop, "n1").await;
        assert_eq!(shop.heard().len(), 0);
        let first = attempts(&wechat, "n1").await.remove(0);
        assert_eq!(first["faults"], json!([{ "id": id, "fault": "drop" }]));
        assert_eq!((&first["status"], &first["accepted"]), (&Value::Null, &false.into()));
        assert!(first["why"].as_str().unwrap().contains("dropped"));
        wechat.advance(15).await;
        assert_eq!(shop.heard().len(), 0);
        wechat.advance(15).await;
        assert_eq!(shop.heard().len(), 1);
        let order = wechat.order("n1").await;
        assert_eq!(order["notifications"]["acknowledged"], true);
        assert_eq!(order["notifications"]["attempts"][2]["faults"], json!([]));
        let listed = wechat.control("faults", Value::Null).await;
        assert_eq!((&listed[0]["struck"], &listed[0]["left"]), (&2.into(), &0.into()));
    });
}

#[test]
fn delay_puts_off_an_attempt_once() {
    within(async {
        let (wechat, shop) = (start(|_| {}).await, Shop::acknowledging().await);
        // Without a limit: it must not put off the same attempt forever.
        fault(&wechat, json!({ "fault": "delay", "by_s": 40, "out_trade_no": "n1" })).await;
        paid(&wechat, &shop, "n1").await;
        paid(&wechat, &shop, "n2").await;
        assert_eq!(shop.heard().len(), 1, "n2 only");
        wechat.advance(39).await;
        assert_eq!(shop.heard().len(), 1);
        wechat.advance(1).await;
        assert_eq!(shop.heard().len(), 2);
        let attempts = attempts(&wechat, "n1").await;
        assert_eq!((attempts.len(), names(&attempts[0])), (1, vec!["delay"]));
    });
}

/// As cloud functions get them: names in lower case, and the headers of proxies.
#[test]
fn a_proxy_changes_the_headers() {
    within(async {
        let (wechat, shop) = (start(|_| {}).await, Shop::acknowledging().await);
        fault(&wechat, json!({ "fault": "proxied", "times": 1 })).await;
        paid(&wechat, &shop, "n1").await;
        paid(&wechat, &shop, "n2").await;
        let heads: Vec<String> =
            shop.heard().iter().map(|heard| heard.split_once("\r\n\r\n").unwrap().0.to_owned()).collect();
        let lines: Vec<&str> = heads[0].lines().skip(1).collect();
        for line in &lines {
            let name = line.split_once(':').unwrap().0;
            assert_eq!(name, name.to_lowercase());
        }
        for line in
            ["content-type: text/xml", "x-forwarded-for: 121.51.58.175, 10.0.0.8, 10.0.1.3", "x-real-ip: 10.0.1.3"]
        {
            assert!(lines.contains(&line), "{lines:?}");
        }
        assert!(heads[1].contains("Content-Type: text/xml") && !heads[1].contains("orwarded"), "{}", heads[1]);
        assert_eq!(names(&attempts(&wechat, "n1").await[0]), ["proxied"]);
    });
}

#[test]
fn duplicate_sends_copies_one_by_one_or_together() {
    within(async {
        let (wechat, shop) = (start(|_| {}).await, Shop::acknowledging().await);
        fault(&wechat, json!({ "fault": "duplicate", "copies": 3, "out_trade_no": "n1" })).await;
        paid(&wechat, &shop, "n1").await;
        let bodies = shop.bodies();
        assert_eq!(bodies.len(), 3);
        assert!(bodies.iter().all(|body| *body == bodies[0]));
        assert_eq!(attempts(&wechat, "n1").await.len(), 3);
        assert_eq!(wechat.order("n1").await["notifications"]["acknowledged"], true);

        let both = Rendezvous::open(2).await;
        fault(&wechat, json!({ "fault": "duplicate", "together": true, "out_trade_no": "n2" })).await;
        wechat.unifiedorder(&Request::order("n2").with("notify_url", &both.url)).await.ok();
        wechat.pay("n2").await;
        wechat.advance(0).await;
        let attempts = attempts(&wechat, "n2").await;
        assert_eq!(attempts.len(), 2);
        assert!(attempts.iter().all(|attempt| attempt["accepted"] == true), "{attempts:?}");
    });
}

/// A shop that answers only when this many notifications have arrived.
struct Rendezvous {
    url: String,
}

impl Rendezvous {
    async fn open(count: usize) -> Self {
        use tokio::io::AsyncWriteExt;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let mut waiting = Vec::new();
            while waiting.len() < count {
                waiting.push(listener.accept().await.unwrap().0);
            }
            for mut stream in waiting {
                common::read(&mut stream).await;
                stream.write_all(http(200, ACK).as_bytes()).await.unwrap();
            }
        });
        Self { url }
    }
}

#[test]
fn reorder_lets_another_notification_go_first() {
    within(async {
        let (wechat, shop) = (start(|_| {}).await, Shop::acknowledging().await);
        fault(&wechat, json!({ "fault": "reorder", "out_trade_no": "n1" })).await;
        paid(&wechat, &shop, "n1").await;
        assert_eq!(shop.heard().len(), 0);
        paid(&wechat, &shop, "n2").await;
        wechat.advance(0).await;
        let numbers: Vec<String> =
            shop.bodies().iter().map(|body| fields(body).get("out_trade_no").unwrap().to_owned()).collect();
        assert_eq!(numbers, ["n2", "n1"]);

        fault(&wechat, json!({ "fault": "reorder", "wait_s": 10, "out_trade_no": "n3" })).await;
        paid(&wechat, &shop, "n3").await;
        wechat.advance(9).await;
        assert_eq!(shop.heard().len(), 2);
        wechat.advance(1).await;
        assert_eq!(shop.heard().len(), 3, "no other notification came");
    });
}

#[test]
fn forged_and_tampered_messages_come_before_the_genuine_one() {
    within(async {
        let wechat = start(|_| {}).await;
        for (number, wanted, name, value, right) in [
            ("n1", json!({ "fault": "forge" }), "sign", None, false),
            ("n2", json!({ "fault": "forge", "sign": "other_key" }), "total_fee", Some("88"), false),
            ("n3", json!({ "fault": "tamper" }), "total_fee", Some("1"), false),
            ("n4", json!({ "fault": "tamper", "value": 8800, "sign": "right" }), "total_fee", Some("8800"), true),
            ("n5", json!({ "fault": "tamper", "field": "appid" }), "appid", Some("wx0000000000000000"), false),
        ] {
            // Accepts every notification, as a careless shop does.
            let shop = Shop::acknowledging().await;
            let mut wanted = wanted;
            wanted["out_trade_no"] = number.into();
            fault(&wechat, wanted.clone()).await;
            paid(&wechat, &shop, number).await;
            let bodies = shop.bodies();
            assert_eq!(bodies.len(), 2, "{wanted}");
            let (forged, genuine) = (fields(&bodies[0]), fields(&bodies[1]));
            assert_eq!(forged.get(name), value, "{wanted}");
            assert_eq!(is_right(&forged), right, "{wanted}");
            assert!(is_right(&genuine) && genuine.get("total_fee") == Some("88"));
            let attempts = attempts(&wechat, number).await;
            assert_eq!((&attempts[0]["genuine"], &attempts[1]["genuine"]), (&false.into(), &true.into()));
            assert_eq!((names(&attempts[0]).len(), names(&attempts[1]).len()), (1, 0));
        }
    });
}

#[test]
fn a_taken_forgery_does_not_stop_the_schedule() {
    within(async {
        let wechat = start(|_| {}).await;
        let shop = Shop::open(|n| Some(if n == 0 { http(200, ACK) } else { http(500, "") })).await;
        fault(&wechat, json!({ "fault": "forge", "times": 1 })).await;
        paid(&wechat, &shop, "n1").await;
        let order = wechat.order("n1").await;
        assert_eq!(order["notifications"]["acknowledged"], false);
        assert_eq!(order["notifications"]["next_at"], wechat.now().await + 15);
    });
}

#[test]
fn sign_type_is_a_signed_field() {
    within(async {
        let (wechat, shop) = (start(|_| {}).await, Shop::acknowledging().await);
        fault(&wechat, json!({ "fault": "sign_type" })).await;
        let hmac = Request::order("n1").hmac().with("notify_url", &shop.url);
        wechat.unifiedorder(&hmac).await.ok();
        wechat.pay("n1").await;
        wechat.advance(0).await;
        let said = fields(&shop.bodies()[0]);
        assert_eq!(said.get("sign_type"), Some("HMAC-SHA256"));
        assert_eq!(sign::verify(&said, KEY, &[SignType::HmacSha256]), Ok(SignType::HmacSha256));
        assert_eq!(names(&attempts(&wechat, "n1").await[0]), ["sign_type"]);
    });
}

#[test]
fn coupons_are_the_same_everywhere() {
    within(async {
        let (wechat, shop) = (start(|_| {}).await, Shop::acknowledging().await);
        fault(&wechat, json!({ "fault": "coupons", "out_trade_no": "n1" })).await;
        paid(&wechat, &shop, "n1").await;
        ordered(&wechat, &shop, "n2").await;
        let coupons = json!([{ "id": "77", "type": "NO_CASH", "fee": 30 }]);
        let visit = json!({ "out_trade_no": "n2", "coupons": coupons, "bank_type": "ICBC_DEBIT" });
        wechat.control("pay", visit).await;
        wechat.advance(0).await;
        let expected: [&[(&str, Option<&str>)]; 2] = [
            &[
                ("total_fee", Some("88")),
                ("cash_fee", Some("78")),
                ("coupon_fee", Some("10")),
                ("coupon_count", Some("2")),
                ("coupon_type_0", Some("CASH")),
                ("coupon_id_0", Some("10000")),
                ("coupon_fee_0", Some("4")),
                ("coupon_type_1", Some("NO_CASH")),
                ("coupon_fee_1", Some("6")),
                ("settlement_total_fee", Some("82")),
                ("bank_type", Some("OTHERS")),
            ],
            &[
                ("cash_fee", Some("58")),
                ("coupon_id_0", Some("77")),
                ("coupon_id_1", None),
                ("settlement_total_fee", Some("58")),
                ("bank_type", Some("ICBC_DEBIT")),
            ],
        ];
        for (n, expected) in expected.iter().enumerate() {
            let told = fields(&shop.bodies()[n]);
            assert!(is_right(&told));
            let asked = wechat.orderquery(&format!("n{}", n + 1)).await;
            for (name, value) in *expected {
                assert_eq!(told.get(name), *value, "{name}");
                assert_eq!(asked.fields.get(name), *value, "{name}");
            }
        }
        // Worth more than the order: the fault has no effect, and the control API says no.
        fault(&wechat, json!({ "fault": "coupons", "coupons": [{ "fee": 89 }] })).await;
        paid(&wechat, &shop, "n3").await;
        assert_eq!(wechat.orderquery("n3").await.get("cash_fee"), "88");
        ordered(&wechat, &shop, "n4").await;
        for visit in [
            json!({ "out_trade_no": "n4", "coupons": [{ "fee": 89 }] }),
            json!({ "out_trade_no": "n4", "coupons": [{ "fee": 0 }] }),
            json!({ "out_trade_no": "n4", "coupons": [{ "fee": 1, "id": "<x>" }] }),
            json!({ "out_trade_no": "n4", "coupons": [{ "fee": -1 }] }),
            json!({ "out_trade_no": "n4", "coupons": [{ "fee": 1, "type": "GOLD" }] }),
            json!({ "out_trade_no": "n4", "bank_type": "]]>" }),
        ] {
            let answer = wechat.http("POST", "/_emulator/pay", &[], visit.to_string().as_bytes()).await;
            assert_eq!(answer.status, 400, "{visit}");
        }
        assert_eq!(wechat.orderquery("n4").await.get("trade_state"), "NOTPAY");
    });
}

#[test]
fn early_comes_before_the_reply() {
    within(async {
        let wechat = std::sync::Arc::new(start(|config| config.frozen_clock = false).await);
        let (asked, mut told) = tokio::sync::mpsc::unbounded_channel();
        let (answer, wait) = std::sync::mpsc::channel::<()>();
        let shop = Shop::open(move |_| {
            asked.send(()).unwrap();
            wait.recv().unwrap();
            Some(http(200, ACK))
        })
        .await;
        fault(&wechat, json!({ "fault": "early" })).await;
        let order = Request::order("n1").with("notify_url", &shop.url);
        let ordering = tokio::spawn({
            let wechat = std::sync::Arc::clone(&wechat);
            async move { wechat.unifiedorder(&order).await.ok().get("prepay_id").to_owned() }
        });
        told.recv().await.unwrap();
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "SUCCESS");
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(!ordering.is_finished(), "the reply waits for the shop's answer");
        answer.send(()).unwrap();
        assert!(ordering.await.unwrap().starts_with("wx"));
        let order = wechat.order("n1").await;
        assert_eq!(order["notifications"]["acknowledged"], true);
        assert_eq!(shop.heard().len(), 1);
    });
}

#[test]
fn probability_repeats_with_the_seed() {
    within(async {
        let mut runs = Vec::new();
        for seed in [7, 7, 8] {
            let (wechat, shop) = (start(|config| config.seed = Some(seed)).await, Shop::acknowledging().await);
            fault(&wechat, json!({ "fault": "drop", "probability": 0.5 })).await;
            let mut dropped = String::new();
            let mut ids = Vec::new();
            for n in 0..40 {
                let number = format!("n{n}");
                paid(&wechat, &shop, &number).await;
                dropped.push(if attempts(&wechat, &number).await[0]["accepted"] == true { '.' } else { 'x' });
                ids.push(wechat.order(&number).await["transaction_id"].clone());
            }
            let count = dropped.matches('x').count();
            assert!((8..=32).contains(&count), "{dropped}");
            runs.push((dropped, ids));
        }
        assert_eq!(runs[0].0, runs[1].0);
        // A shop's store may outlive a run, and must not take a payment for one that it has seen.
        assert!(runs[0].1.iter().all(|id| !runs[1].1.contains(id)));
        assert_ne!(runs[0].0, runs[2].0);
    });
}

#[test]
fn a_shop_that_was_down_for_twenty_hours_is_notified() {
    within(async {
        let wechat = start(|_| {}).await;
        // A port without a server until the shop is back: half of a port number that the system chose, below the range
        // that it uses for outgoing connections.
        let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port() / 2;
        let url = format!("http://127.0.0.1:{port}/notify");
        wechat.unifiedorder(&Request::order("n1").with("notify_url", &url)).await.ok();
        wechat.pay("n1").await;
        wechat.advance(20 * 3600).await;
        let down = attempts(&wechat, "n1").await;
        assert!(down.len() > 10 && down.iter().all(|attempt| attempt["why"].as_str().unwrap().contains("connect")));
        let shop = Shop::open_at(port, |_| Some(http(200, ACK))).await;
        wechat.advance(6 * 3600).await;
        assert_eq!(shop.heard().len(), 1);
        assert!(is_right(&fields(&shop.bodies()[0])));
        assert_eq!(wechat.order("n1").await["notifications"]["acknowledged"], true);
    });
}
