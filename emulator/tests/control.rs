//! The control API itself: who may use it, what it keeps, how time moves.

use std::collections::HashSet;

use crate::common::{self, Request, start, within};
use serde_json::{Value, json};
use wxpaykit_emulator::Merchant;

#[test]
fn pages_of_other_sites_are_refused() {
    within(async {
        let wechat = start(|_| {}).await;
        let own = format!("http://{}", wechat.address);
        let health = "/_emulator/health";
        for (headers, status) in [
            (vec![], 200),
            (vec![("Origin", own.as_str())], 200),
            (vec![("Origin", "https://evil.example")], 403),
            (vec![("Origin", "null")], 403),
            (vec![("Host", "evil.example")], 403),
            (vec![("Host", "127.0.0.1.evil.example:8700")], 403),
            (vec![("Host", "192.0.2.1:8700")], 403),
            (vec![("Host", "localhost:8700")], 200),
            (vec![("Host", "[::1]:8700")], 200),
            (vec![("Host", "127.0.0.1")], 200),
        ] {
            let answer = wechat.http("GET", health, &headers, b"").await;
            assert_eq!(answer.status, status, "{headers:?}");
            assert!(answer.header("access-control-allow-origin").is_none());
        }
        let pay = wechat.http("POST", "/_emulator/pay", &[("Origin", "https://evil.example")], b"{}").await;
        assert_eq!(pay.status, 403);
        // A terminal shows the next command on a line of its own, whatever the answer is.
        for path in ["/_emulator/pay", "/_emulator/clock", "/_emulator/nothing"] {
            let answer = wechat.http("POST", path, &[], b"{}").await;
            assert!(answer.body.ends_with("}\n"), "{path}: {:?}", answer.body);
        }
        assert!(wechat.get(health).await.body.ends_with("}\n"));
        assert_eq!(wechat.get(health).await.json()["ok"], true);
        assert_eq!(wechat.get("/_emulator/nothing").await.status, 404);
        assert_eq!(wechat.get("/_emulator/pay").await.status, 405);
        assert_eq!(wechat.http("POST", "/_emulator/orders", &[], b"").await.status, 405);
    });
}

#[test]
fn has_settings_to_copy_and_a_test_order() {
    within(async {
        let wechat = start(|_| {}).await;
        let merchant = wechat.control("merchant", Value::Null).await;
        assert_eq!((&merchant["appid"], &merchant["api_key"]), (&common::APPID.into(), &common::KEY.into()));
        assert_eq!(merchant["url"], format!("http://{}", wechat.address));
        let made = wechat.control("test-order", json!({})).await;
        let order = wechat.order(made["out_trade_no"].as_str().unwrap()).await;
        assert_eq!((&order["total_fee"], &order["code_url"]), (&100.into(), &made["code_url"]));
        let entry = wechat.last().await;
        assert_eq!((&entry["path"], &entry["outcome"]), (&"/pay/unifiedorder".into(), &"ok".into()));
        let phone = wechat.control("test-order", json!({ "trade_type": "MWEB" })).await;
        let order = wechat.order(phone["out_trade_no"].as_str().unwrap()).await;
        assert_eq!((&order["trade_type"], &order["mweb_url"]), (&"MWEB".into(), &phone["mweb_url"]));
        for bad in [r#"{"trade_type":"JSAPI"}"#, r#"{"type":"MWEB"}"#, "x"] {
            let refused = wechat.http("POST", "/_emulator/test-order", &[], bad.as_bytes()).await;
            assert_eq!(refused.status, 400, "{bad}");
        }
        assert_eq!(wechat.http("POST", "/_emulator/test-order", &[], b"").await.status, 200);
        let again = wechat.control("test-order", json!({})).await;
        assert_ne!(again["out_trade_no"], made["out_trade_no"]);

        // The secrets of a merchant file may be real.
        let mut own = Merchant::new("wx0000000000000001", "1900000109", &"k".repeat(32), &"s".repeat(32));
        own.products = vec!["JSAPI".to_owned()];
        let wechat = start(|config| config.merchants = vec![own]).await;
        let merchant = wechat.control("merchant", Value::Null).await;
        assert_eq!(
            (&merchant["mch_id"], &merchant["api_key"], &merchant["app_secret"]),
            (&"1900000109".into(), &"***".into(), &"***".into())
        );
        let refused = wechat.http("POST", "/_emulator/test-order", &[], b"{}").await;
        assert_eq!(refused.status, 400);
        assert!(!refused.json()["error"].as_str().unwrap().is_empty());

        // Where the documents want a scene_info, a test order has one.
        let strict = start(|config| config.strict_docs = true).await;
        for kind in ["NATIVE", "MWEB"] {
            strict.control("test-order", json!({ "trade_type": kind })).await;
        }
    });
}

#[test]
fn the_journal_keeps_the_newest_entries() {
    within(async {
        let wechat = start(|config| config.keep = 3).await;
        for n in 1..=5 {
            wechat.orderquery(&format!("n{n}")).await;
        }
        let journal = wechat.control("journal", Value::Null).await;
        let seqs: Vec<i64> = journal.as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
        assert_eq!(seqs, [3, 4, 5]);
        assert_eq!(journal[2]["out_trade_no"], "n5");
        assert_eq!(journal[2]["outcome"], "business:ORDERNOTEXIST");
        assert_eq!(wechat.control("journal?limit=2", Value::Null).await.as_array().unwrap().len(), 2);
        assert_eq!(wechat.get("/_emulator/journal?limit=x").await.status, 400);
        let peers: HashSet<&str> =
            journal.as_array().unwrap().iter().map(|entry| entry["peer"].as_str().unwrap()).collect();
        assert_eq!(peers.len(), 3, "each on a connection of its own");
    });
}

#[test]
fn lists_orders() {
    within(async {
        let wechat = start(|_| {}).await;
        for n in 1..=3 {
            wechat.unifiedorder(&Request::order(&format!("n{n}")).hmac()).await.ok();
        }
        let numbers = |orders: Value| -> Vec<String> {
            orders.as_array().unwrap().iter().map(|order| order["out_trade_no"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(numbers(wechat.control("orders", Value::Null).await), ["n1", "n2", "n3"]);
        assert_eq!(numbers(wechat.control("orders?limit=2", Value::Null).await), ["n2", "n3"]);
        assert_eq!(numbers(wechat.control("orders?out_trade_no=n2", Value::Null).await), ["n2"]);
        assert_eq!(numbers(wechat.control("orders?mch_id=99999999", Value::Null).await), [""; 0]);
        wechat.pay("n2").await;
        let paid = wechat.order("n2").await["transaction_id"].as_str().unwrap().to_owned();
        for (query, expected) in [
            (format!("transaction_id={paid}"), vec!["n2"]),
            (format!("transaction_id={paid}&out_trade_no=n2&limit=1"), vec!["n2"]),
            (format!("transaction_id={paid}&out_trade_no=n1"), vec![]),
            (format!("transaction_id={paid}&mch_id=99999999"), vec![]),
            ("transaction_id=4200000000000000000000000000".to_owned(), vec![]),
        ] {
            assert_eq!(numbers(wechat.control(&format!("orders?{query}"), Value::Null).await), expected, "{query}");
        }
        let mistyped = wechat.get("/_emulator/orders?transactionid=1").await;
        assert_eq!(mistyped.status, 400);
        assert!(mistyped.json()["error"].as_str().unwrap().starts_with("orders are not found by transactionid"));
        assert!(mistyped.json()["error_zh"].as_str().unwrap().starts_with("不能按 transactionid 查找订单"));
        let order = wechat.order("n1").await;
        assert_eq!(order["sign_type"], "HMAC-SHA256");
        assert_eq!(order["trade_state"], "NOTPAY");
        assert_eq!(order["created"], wechat.now().await);
        assert_eq!(order["notifications"], json!({ "attempts": [], "acknowledged": false, "next_at": null }));
    });
}

#[test]
fn moves_time_forward_only() {
    within(async {
        let wechat = start(|_| {}).await;
        let now = wechat.now().await;
        assert_eq!(wechat.advance(0).await, json!({ "now": now, "ran": 0 }));
        assert_eq!(wechat.advance(86_400).await["now"], now + 86_400);
        for body in [r#"{"advance_s":-1}"#, r#"{"advance_s":1.5}"#, r#"{"advance_s":99999999999}"#, "{}", ""] {
            let answer = wechat.http("POST", "/_emulator/clock", &[], body.as_bytes()).await;
            assert_eq!(answer.status, 400, "{body}");
        }
        assert_eq!(wechat.now().await, now + 86_400);
    });
}

#[test]
fn goes_back_to_the_machines_time() {
    within(async {
        for frozen in [true, false] {
            let wechat = start(|config| config.frozen_clock = frozen).await;
            let real =
                || i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs());
            // No server listens at its notify_url: the second attempt is due 15 s after the first one.
            wechat.advance(86_400).await;
            wechat.unifiedorder(&Request::order("paid")).await.ok();
            wechat.unifiedorder(&Request::order("open")).await.ok();
            wechat.pay("paid").await;
            wechat.advance(0).await;
            let before = wechat.control("clock", Value::Null).await;
            assert!((86_390..=86_400).contains(&before["ahead_s"].as_i64().unwrap()), "{before}");
            let reset = wechat.control("clock", json!({ "reset": true })).await;
            assert_eq!(reset["ran"], 0);
            assert!((reset["now"].as_i64().unwrap() - real().unwrap()).abs() <= 2, "{reset}");
            assert_eq!(wechat.control("clock", Value::Null).await["frozen"], frozen);
            // What is still to come comes after the same time as before.
            let next = wechat.order("paid").await["notifications"]["next_at"].as_i64().unwrap();
            assert!((10..=16).contains(&(next - wechat.now().await)), "{next}");
            wechat.advance(20).await;
            assert_eq!(wechat.order("paid").await["notifications"]["attempts"].as_array().unwrap().len(), 2);
            wechat.advance(7 * 86_400 - 60).await;
            assert_eq!(wechat.order("open").await["trade_state"], "NOTPAY");
            wechat.advance(60).await;
            assert_eq!(wechat.order("open").await["trade_state"], "CLOSED");
            // A clock that is not ahead has nowhere to go back to.
            wechat.control("clock", json!({ "reset": true, "advance_s": 5 })).await;
            let again = wechat.control("clock", json!({ "reset": true })).await;
            assert!((again["now"].as_i64().unwrap() - real().unwrap()).abs() <= 2, "{again}");
        }
    });
}

#[test]
fn tokens_end_after_the_same_time_when_the_clock_goes_back() {
    within(async {
        let wechat = start(|_| {}).await;
        let secret = wechat.running.merchant().app_secret.expose().to_owned();
        let body = json!({ "grant_type": "client_credential", "appid": common::APPID, "secret": secret }).to_string();
        let token = || async { wechat.http("POST", "/cgi-bin/stable_token", &[], body.as_bytes()).await.json() };
        wechat.advance(86_400).await;
        let first = token().await;
        wechat.control("clock", json!({ "reset": true })).await;
        let same = token().await;
        assert_eq!(same["access_token"], first["access_token"]);
        assert!(same["expires_in"].as_i64().unwrap() <= 7200, "{same}");
        wechat.advance(7000).await;
        assert_ne!(token().await["access_token"], first["access_token"]);
    });
}

#[test]
fn lists_its_calls_and_shows_how_to_make_them() {
    within(async {
        let wechat = start(|_| {}).await;
        let url = wechat.running.url().to_owned();
        for path in ["/_emulator/", "/_emulator"] {
            let list = wechat.get(path).await;
            assert_eq!(list.status, 200, "{path}");
            let calls = list.json()["calls"].as_array().unwrap().clone();
            assert!(calls.iter().all(|call| call["example"].as_str().unwrap().contains(&url)), "{calls:?}");
            for call in [
                "pay",
                "orders",
                "journal",
                "clock",
                "faults",
                "fault-kinds",
                "notify",
                "close",
                "jssdk",
                "events",
                "health",
                "merchant",
                "test-order",
            ] {
                let path = format!("/_emulator/{call}");
                assert!(calls.iter().any(|listed| listed["path"] == path), "{path}");
            }
        }
        let pay = format!(r#"curl -d '{{"out_trade_no": "20150806125346"}}' {url}/_emulator/pay"#);
        for (method, path, body, status, error, example) in [
            ("POST", "pay", "out_trade_no=x", 400, "the body must be JSON, not a form", Some(&pay)),
            ("POST", "pay", "", 400, "the body is empty; it must be JSON", Some(&pay)),
            ("POST", "pay", "{'out_trade_no': 'x'}", 400, "with \" around names and texts", Some(&pay)),
            ("POST", "pay", r#"{"out_trade_no": "x""#, 400, "the body is not valid JSON", Some(&pay)),
            ("POST", "pay", r#"{"order": "x"}"#, 400, "unknown field `order`, expected one of", Some(&pay)),
            ("POST", "pay", "{}", 400, "name the order by out_trade_no", Some(&pay)),
            ("POST", "pay", r#"{"out_trade_no": "x"}"#, 404, "no order with out_trade_no x", None),
            ("POST", "pay", r#"{"code_url": "weixin://wxpay/bizpayurl?sign=1"}"#, 400, "/_wechat/scan", Some(&pay)),
            ("GET", "pay", "", 405, "use POST; curl sends POST with -d", Some(&pay)),
            ("GET", "order", "", 404, "did you mean /_emulator/orders?", Some(&format!("curl {url}/_emulator/"))),
            ("POST", "clock", r#"{"advance_s": -60}"#, 400, "{\"reset\": true}", None),
        ] {
            let answer = wechat.http(method, &format!("/_emulator/{path}"), &[], body.as_bytes()).await;
            let said = answer.json();
            assert_eq!(answer.status, status, "{method} {path} {body}: {said}");
            assert!(said["error"].as_str().unwrap().contains(error), "{method} {path} {body}: {said}");
            if path != "clock" {
                assert_eq!(said["example"].as_str(), example.map(String::as_str), "{method} {path} {body}");
            }
        }
    });
}

#[test]
fn the_journal_explains_paths_that_are_not_served() {
    within(async {
        let wechat = start(|_| {}).await;
        for (path, part) in [
            ("/mmpaymkttransfers/sendredpack", "this emulator does not have red packets"),
            ("/v3/marketing/favor/stocks", "this emulator does not have this call of APIv3"),
            ("/pay/unifiedOrder", "did you mean /pay/unifiedorder?"),
            ("/sandboxnew/pay/orderquery", "there is no sandbox here"),
            ("/x", "neither WeChat nor this emulator has /x"),
        ] {
            let answer = wechat.http("POST", path, &[], b"<xml></xml>").await;
            assert_eq!(answer.status, 404, "{path}");
            // As WeChat answers it: APIv3's gateway has no page.
            assert!(if path.starts_with("/v3/") { answer.body.is_empty() } else { answer.body.contains("nginx") });
            let entry = wechat.last().await;
            assert_eq!((&entry["outcome"], &entry["path"]), (&"http:404".into(), &path.into()));
            assert_eq!(entry["explanation"]["mistake"], "not_served");
            assert!(entry["explanation"]["detail"].as_str().unwrap().contains(part), "{entry}");
        }
    });
}

#[test]
fn freezes_and_thaws() {
    within(async {
        let wechat = start(|config| config.frozen_clock = false).await;
        assert_eq!(wechat.control("clock", Value::Null).await["frozen"], false);
        let frozen = wechat.control("clock", json!({ "freeze": true, "advance_s": 3600 })).await["now"].clone();
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let clock = wechat.control("clock", Value::Null).await;
        assert_eq!((&clock["now"], &clock["frozen"]), (&frozen, &true.into()));
        // A frozen clock falls behind.
        assert!((3597..3600).contains(&clock["ahead_s"].as_i64().unwrap()), "{clock}");
        wechat.control("clock", json!({ "freeze": false })).await;
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        let passed = wechat.now().await - frozen.as_i64().unwrap();
        assert!((1..=5).contains(&passed), "{passed}");
    });
}

#[test]
fn closes_an_order_as_time_would() {
    within(async {
        let wechat = start(|_| {}).await;
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        assert_eq!(wechat.control("close", json!({ "out_trade_no": "n1" })).await["trade_state"], "CLOSED");
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "CLOSED");
        wechat.unifiedorder(&Request::order("n2")).await.ok();
        wechat.pay("n2").await;
        assert_eq!(wechat.control("close", json!({ "out_trade_no": "n2" })).await["trade_state"], "SUCCESS");
        let missing = wechat.http("POST", "/_emulator/close", &[], br#"{"out_trade_no":"n3"}"#).await;
        assert_eq!(missing.status, 404);
    });
}

#[test]
fn counts_the_jobs_of_an_advance() {
    within(async {
        let wechat = start(|_| {}).await;
        for n in 0..10 {
            wechat.unifiedorder(&Request::order(&format!("n{n}"))).await.ok();
        }
        wechat.closeorder("n0").await.ok();
        assert_eq!(wechat.advance(7 * 86_400).await["ran"], 9);
    });
}

#[test]
fn two_thousand_at_once_are_each_one_order() {
    within(async {
        let wechat = std::sync::Arc::new(start(|_| {}).await);
        let workers: Vec<_> = (0..16)
            .map(|worker| {
                let wechat = std::sync::Arc::clone(&wechat);
                tokio::spawn(async move {
                    for n in 0..125 {
                        // Every number twice, from two workers at about the same time.
                        let number = format!("n{}", (worker / 2) * 125 + n);
                        wechat.unifiedorder(&Request::order(&number)).await.ok();
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.unwrap();
        }
        let orders = wechat.control("orders", Value::Null).await;
        let numbers: HashSet<&str> =
            orders.as_array().unwrap().iter().map(|order| order["out_trade_no"].as_str().unwrap()).collect();
        assert_eq!((orders.as_array().unwrap().len(), numbers.len()), (1000, 1000));
    });
}

#[test]
fn starts_beside_others_and_stops() {
    within(async {
        let (one, other) = (start(|_| {}).await, start(|_| {}).await);
        assert_ne!(one.address, other.address);
        one.unifiedorder(&Request::order("n1")).await.ok();
        assert_eq!(other.orderquery("n1").await.failed(), "ORDERNOTEXIST order not exist");
        let address = one.address.clone();
        one.running.stop().await;
        assert!(tokio::net::TcpStream::connect(&address).await.is_err(), "no server listens any more");
        other.orderquery("n1").await;
    });
}
