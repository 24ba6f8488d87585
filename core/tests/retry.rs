//! Which requests are repeated, to which host, and what the error says about their outcome.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::common;
use crate::common::signed::with_public_key;
use crate::common::{APPID, Act, KEY, MCH_ID, Scripted, client, number, options, order, signed, within};
use bytes::Bytes;
use wxpaykit::transport::{self, Deadlines, Sending, Transport};
use wxpaykit::v3::request::Call as V3Call;
use wxpaykit::{
    Closeorder, Error, Event, Fen, Kind, MerchantOptions, Options, Orderquery, Outcome, Retry, V3CodePayer,
    V3CodeSceneInfo, V3Codepay, V3Jsapi, V3Native, V3OrderAmount, V3Payer, V3Query, WxPay,
};
use wxpaykit_emulator::{Config, Emulator};

fn good(number: &str) -> Act {
    good_for((APPID, MCH_ID), number)
}

fn good_for((appid, mch_id): (&str, &str), number: &str) -> Act {
    Act::Answer(
        200,
        signed(&[
            ("return_code", "SUCCESS"),
            ("result_code", "SUCCESS"),
            ("appid", appid),
            ("mch_id", mch_id),
            ("out_trade_no", number),
            ("trade_type", "JSAPI"),
            ("prepay_id", "wx1234"),
            ("trade_state", "NOTPAY"),
        ]),
    )
}

fn refusal(err_code: &str) -> Act {
    let pairs = [("return_code", "SUCCESS"), ("result_code", "FAIL"), ("appid", APPID), ("mch_id", MCH_ID)];
    let pairs: Vec<_> = pairs.into_iter().chain([("err_code", err_code), ("err_code_des", "…")]).collect();
    Act::Answer(200, signed(&pairs))
}

/// A client of both APIs.
fn both(url: &str) -> Options {
    common::signed::options(MerchantOptions { api_key: Some(KEY.into()), ..with_public_key() }, url)
}

/// Whether calls of APIv3 are made, in place of those of APIv2.
const APIS: [bool; 2] = [false, true];

async fn query(pay: &WxPay, by_v3: bool) -> Result<(), Error> {
    match by_v3 {
        true => pay.v3().query(V3Query::new().out_trade_no("1")).await.map(drop),
        false => pay.orderquery(Orderquery::new().out_trade_no("1")).await.map(drop),
    }
}

async fn buy(pay: &WxPay, by_v3: bool) -> Result<(), Error> {
    let number = number();
    if !by_v3 {
        return pay.unifiedorder(order(&number)).await.map(drop);
    }
    let v3_order = V3Jsapi::new().description("茶").out_trade_no(number).amount(V3OrderAmount::new().total(Fen(88)));
    pay.v3().jsapi(v3_order.payer(V3Payer::new().openid("o"))).await.map(drop)
}

fn outcome(error: &Error) -> Outcome {
    match error.kind() {
        Kind::Transport { outcome, .. } => *outcome,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_call_without_an_answer_is_repeated_byte_for_byte() {
    within(async {
        for trouble in [
            Act::HangUp,
            Act::Answer(502, "<html></html>".into()),
            Act::Answer(200, "<xml><return_code>SUCC".into()),
            refusal("SYSTEMERROR"),
            refusal("FREQUENCY_LIMITED"),
            Act::Answer(200, "<xml><return_code>FAIL</return_code><return_msg>系统繁忙</return_msg></xml>".into()),
        ] {
            let number = number();
            let server = Scripted::start(vec![trouble.clone(), trouble, good(&number)]).await;
            let made = client(options(&server.url)).unifiedorder(order(&number)).await.unwrap();
            assert_eq!(made.prepay_id(), "wx1234");
            let bodies = server.bodies();
            assert_eq!(bodies.len(), 3);
            assert!(bodies.iter().all(|body| *body == bodies[0]));
        }
    });
}

#[test]
fn final_refusals_and_replies_that_are_not_authentic_are_not_repeated() {
    within(async {
        let unsigned = "<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code></xml>";
        for (act, class) in [
            (refusal("ORDERPAID"), "BusinessError"),
            (refusal("PARAM_ERROR"), "BusinessError"),
            (Act::Answer(200, unsigned.into()), "SignatureError"),
            (
                Act::Answer(200, "<xml><return_code>FAIL</return_code><return_msg>签名错误</return_msg></xml>".into()),
                "ProtocolError",
            ),
        ] {
            let server = Scripted::start(vec![act]).await;
            let error = client(options(&server.url)).unifiedorder(order(&number())).await.unwrap_err();
            assert_eq!(error.class(), class);
            assert_eq!(server.bodies().len(), 1);
        }
    });
}

#[test]
fn a_call_of_unknown_effect_is_not_repeated() {
    within(async {
        let server = Scripted::start(vec![Act::HangUp]).await;
        let pay = client(options(&server.url));
        let error = pay.call("/secapi/pay/anything", &Vec::new()).await.unwrap_err();
        assert_eq!((outcome(&error), error.retry()), (Outcome::Unknown, Retry::QueryFirst));
        assert_eq!(server.bodies().len(), 1);
    });
}

/// These codes say that the transfer is in progress, or may be.
#[test]
fn a_transfer_that_may_be_in_progress_is_queried_first() {
    within(async {
        for code in ["PROCESSING", "SEND_FAILED", "USERPAYING"] {
            let server = Scripted::start(vec![refusal(code)]).await;
            let error = client(options(&server.url)).call("/mmpaymkttransfers/x", &Vec::new()).await.unwrap_err();
            assert_eq!((error.class(), error.retry()), ("BusinessError", Retry::QueryFirst));
            assert_eq!(server.bodies().len(), 1);
        }
    });
}

#[test]
fn retries_can_be_turned_off_and_end_within_the_timeout() {
    within(async {
        for by_v3 in APIS {
            let server = Scripted::start(vec![Act::HangUp]).await;
            assert!(query(&client(both(&server.url).max_network_retries(0)), by_v3).await.is_err());
            assert_eq!(server.bodies().len(), 1);

            let silent = Scripted::start(vec![Act::HangUp, Act::Silence]).await;
            let pay = client(both(&silent.url).timeout(Duration::from_millis(600)).max_network_retries(50));
            let begun = Instant::now();
            let error = query(&pay, by_v3).await.unwrap_err();
            assert_eq!((error.code(), outcome(&error)), ("timeout", Outcome::Unknown));
            assert!(begun.elapsed() < Duration::from_secs(2));
        }
    });
}

#[test]
fn after_a_timeout_the_backup_of_a_silent_host_is_used() {
    within(async {
        let number = number();
        let (silent, backup) = (Scripted::start(vec![Act::Silence]).await, Scripted::start(vec![good(&number)]).await);
        let both = options(&format!("{},{}", silent.url, backup.url)).timeout(Duration::from_millis(800));
        let pay = client(both);
        let begun = Instant::now();
        assert_eq!(pay.unifiedorder(order(&number)).await.unwrap().prepay_id(), "wx1234");
        assert!(begun.elapsed() >= Duration::from_millis(400));
        assert_eq!((silent.bodies(), silent.bodies().len()), (backup.bodies(), 1));
        // The silent host is not asked for a while.
        pay.unifiedorder(order(&number)).await.unwrap();
        assert_eq!((silent.bodies().len(), backup.bodies().len()), (1, 2));
    });
}

#[test]
fn an_attempt_that_is_not_repeated_has_the_whole_timeout() {
    within(async {
        for retries in [0, 2] {
            let silent = Scripted::start(vec![Act::Silence]).await;
            let mut short = options(&silent.url).timeout(Duration::from_millis(300));
            short.limits.max_network_retries = retries;
            let pay = client(short);
            let begun = Instant::now();
            let error = match retries {
                0 => pay.orderquery(Orderquery::new().out_trade_no("1")).await.map(drop).unwrap_err(),
                _ => pay.oauth().access_token("code").await.map(drop).unwrap_err(),
            };
            assert_eq!((error.code(), outcome(&error)), ("timeout", Outcome::Unknown));
            assert!(begun.elapsed() >= Duration::from_millis(300));
            assert_eq!(silent.got.lock().unwrap().len(), 1);
        }
        // A charge may be made twice when it is repeated.
        let silent = Scripted::start(vec![Act::Silence]).await;
        let pay = client(both(&silent.url).timeout(Duration::from_millis(300)));
        let begun = Instant::now();
        let charge = V3Codepay::new().description("茶").out_trade_no("1").amount(V3OrderAmount::new().total(Fen(88)));
        let charge = charge.payer(V3CodePayer::new().auth_code("134567890123456789"));
        let charge = charge.scene_info(V3CodeSceneInfo::new().device_ip("203.0.113.9"));
        let error = pay.v3().codepay(charge).await.unwrap_err();
        assert_eq!((error.code(), outcome(&error), error.retry()), ("timeout", Outcome::Unknown, Retry::QueryFirst));
        assert!(begun.elapsed() >= Duration::from_millis(300));
        assert_eq!(silent.got.lock().unwrap().len(), 1);
    });
}

#[test]
fn after_an_attempt_that_may_have_arrived_the_outcome_is_unknown() {
    within(async {
        for by_v3 in APIS {
            // The first attempt is read and dropped; then the server is gone.
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let url = format!("http://{}", listener.local_addr().unwrap());
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = [0; 4096];
                let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut request).await;
            });
            let error = buy(&client(both(&url)), by_v3).await.unwrap_err();
            assert_eq!((outcome(&error), error.retry()), (Outcome::Unknown, Retry::SameRequest));
        }
    });
}

#[test]
fn the_backup_of_an_unreachable_host_is_used_for_a_while() {
    within(async {
        let number = number();
        let backup = Scripted::start(vec![good(&number)]).await;
        type Seen = (String, u32, &'static str, bool);
        let events: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let seen = Arc::clone(&events);
        let mut both = options(&format!("http://127.0.0.1:9, {}", backup.url));
        both.observer = Some(Arc::new(move |event: &Event<'_>| {
            seen.lock().unwrap().push((event.host.to_owned(), event.attempt, event.outcome(), event.again));
        }));
        let pay = client(both);
        pay.unifiedorder(order(&number)).await.unwrap();
        // The main host is not asked for a while.
        pay.closeorder(Closeorder::new().out_trade_no(&number)).await.unwrap();
        let events = events.lock().unwrap();
        let main = "http://127.0.0.1:9".to_owned();
        assert_eq!(
            *events,
            [(main, 1, "not_sent", true), (backup.url.clone(), 2, "ok", false), (backup.url.clone(), 1, "ok", false),]
        );
        assert_eq!(backup.bodies().len(), 2);
    });
}

#[test]
fn an_attempt_whose_caller_was_dropped_is_reported() {
    within(async {
        let silent = Scripted::start(vec![Act::Silence]).await;
        type Seen = (u32, &'static str, Option<String>, bool);
        let events: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let seen = Arc::clone(&events);
        let mut watched = options(&silent.url);
        watched.observer = Some(Arc::new(move |event: &Event<'_>| {
            seen.lock().unwrap().push((event.attempt, event.outcome(), event.code(), event.again));
        }));
        let pay = client(watched);
        let hurried = tokio::time::timeout(Duration::from_millis(100), pay.unifiedorder(order(&number()))).await;
        assert!(hurried.is_err());
        assert_eq!(*events.lock().unwrap(), [(1, "no_answer", Some("cancelled".to_owned()), false)]);
    });
}

#[test]
fn the_main_host_is_used_again_when_its_backup_is_unreachable() {
    within(async {
        let number = number();
        let main = Scripted::start(vec![good(&number)]).await;
        let pay = client(options(&format!("{},http://127.0.0.1:9", main.url)));
        for _ in 0..3 {
            pay.unifiedorder(order(&number)).await.unwrap();
        }
        assert_eq!(main.bodies().len(), 3);
        for wrong in ["http://127.0.0.1:9,", "http://a,http://b,http://c", ",", "http://127.0.0.1:9?a"] {
            assert_eq!(wxpaykit::WxPay::new(options(wrong)).unwrap_err().class(), "ConfigError", "{wrong}");
        }
    });
}

#[test]
fn the_exchange_of_a_code_is_never_repeated() {
    within(async {
        let server = Scripted::start(vec![Act::HangUp]).await;
        let error = client(options(&server.url)).oauth().access_token("code").await.unwrap_err();
        assert_eq!((outcome(&error), error.retry()), (Outcome::Unknown, Retry::Never));
        assert_eq!(server.bodies().len(), 1);
        let busy = Scripted::start(vec![Act::Answer(200, r#"{"errcode":-1,"errmsg":"system error"}"#.into())]).await;
        assert_eq!(client(options(&busy.url)).jssdk().token().await.unwrap_err().class(), "OAuthError");
        assert_eq!(busy.bodies().len(), 3);
    });
}

#[test]
fn a_call_without_a_free_connection_is_not_sent() {
    within(async {
        for by_v3 in APIS {
            let silent = Scripted::start(vec![Act::Silence]).await;
            let mut one = both(&silent.url).timeout(Duration::from_millis(400)).max_network_retries(0);
            one.limits.max_connections = 1;
            let pay = client(one);
            let first = tokio::spawn({
                let pay = pay.clone();
                async move { query(&pay, by_v3).await.unwrap_err() }
            });
            tokio::time::sleep(Duration::from_millis(100)).await;
            let late = tokio::time::timeout(Duration::from_millis(200), query(&pay, by_v3)).await;
            assert!(late.is_err());
            assert_eq!(first.await.unwrap().code(), "timeout");
            let (a, b) = tokio::join!(query(&pay, by_v3), query(&pay, by_v3));
            let mut ends = [a.unwrap_err(), b.unwrap_err()].map(|error| (error.code().to_owned(), outcome(&error)));
            ends.sort_by(|a, b| a.0.cmp(&b.0));
            let expected = [("pool_timeout", Outcome::NotSent), ("timeout", Outcome::Unknown)];
            assert_eq!(ends, expected.map(|(code, outcome)| (code.to_owned(), outcome)));
        }
    });
}

/// A transport without a free connection.
#[derive(Default)]
struct Full(Arc<Mutex<Vec<String>>>);

impl Transport for Full {
    fn send(&self, request: http::Request<Bytes>, _: Deadlines) -> Sending<'_> {
        self.0.lock().unwrap().push(request.uri().host().unwrap().to_owned());
        let reason = "none was free".to_owned();
        Box::pin(async {
            Err(transport::Failure {
                code: wxpaykit::codes::ErrorCode::PoolTimeout,
                outcome: Outcome::NotSent,
                reason,
                source: None,
            })
        })
    }
}

#[test]
fn a_lack_of_free_connections_is_not_counted_against_the_host() {
    within(async {
        let full = Full::default();
        let hosts = Arc::clone(&full.0);
        let mut both = options("https://main.example,https://backup.example");
        both.limits.max_network_retries = 0;
        both.transport = Some(Arc::new(full));
        let pay = client(both);
        for _ in 0..3 {
            pay.orderquery(Orderquery::new().out_trade_no("1")).await.unwrap_err();
        }
        assert_eq!(*hosts.lock().unwrap(), ["main.example"; 3]);
    });
}

/// The second request is sent on the connection of the first one, which breaks. Whether it was processed cannot be known: what acts once with
/// the same number is sent again byte for byte, and what may act twice is not.
#[test]
fn a_request_on_a_kept_connection_that_the_server_closes_just_then() {
    within(async {
        let number = number();
        let server = Scripted::start(vec![good(&number), Act::HangUp, good(&number)]).await;
        let pay = client(options(&server.url));
        for _ in 0..2 {
            assert_eq!(pay.unifiedorder(order(&number)).await.unwrap().prepay_id(), "wx1234");
        }
        let bodies = server.bodies();
        assert_eq!((bodies.len(), &bodies[1]), (3, &bodies[2]));
        for by_v3 in APIS {
            let merchant = with_public_key();
            let first = good_for((&merchant.appid, &merchant.mch_id), &number);
            let server = Scripted::start(vec![first, Act::HangUp]).await;
            let pay = client(both(&server.url));
            pay.unifiedorder(order(&number)).await.unwrap();
            let lost = match by_v3 {
                true => {
                    let call = V3Call {
                        method: "POST".into(),
                        path: "/v3/unknown/call".into(),
                        json: Some(r#"{"a":1}"#.into()),
                        ..V3Call::default()
                    };
                    pay.v3().call(&call).await.map(drop)
                }
                false => pay.call("/secapi/pay/anything", &Vec::new()).await.map(drop),
            };
            let error = lost.unwrap_err();
            assert_eq!((outcome(&error), error.retry()), (Outcome::Unknown, Retry::QueryFirst), "{error}");
            assert_eq!(server.bodies().len(), 2, "{:?}", server.bodies());
        }
    });
}

/// The emulator closes a connection 8 s after a reply of APIv3, as WeChat does. Orders that are sent before, after, and just then are all made,
/// each with one request.
#[test]
fn orders_after_a_pause_are_neither_lost_nor_sent_twice() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pauses = (0..32).map(|n| 6_600 + 50 * n).chain([7_990, 7_995, 8_000, 8_005, 8_010, 9_000]);
        let clients: Vec<_> = pauses
            .map(|pause| {
                let pay = client(common::v3_options(&wechat));
                tokio::spawn(async move {
                    let order = || V3Native::new().description("茶").amount(V3OrderAmount::new().total(Fen(88)));
                    pay.v3().native(order().out_trade_no(number())).await.unwrap();
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    pay.v3().native(order().out_trade_no(number())).await.unwrap();
                })
            })
            .collect();
        let orders = clients.len() * 2;
        for client in clients {
            client.await.unwrap();
        }
        assert_eq!(common::asked(&wechat, "/v3/pay/transactions/native").await, orders);
    });
}
