//! Queries of orders by pages that wait, and by passes over many orders.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::common::{self, Act, MCH_ID, Scripted, asked, client, control, number, options, order, signed, within};
use serde_json::json;
use wxpaykit::client::{self as clock, Pending, Reconciled, Start};
use wxpaykit::{Fen, Kind};
use wxpaykit_emulator::{Config, Emulator};

const PATH: &str = "/pay/orderquery";

#[test]
fn many_pages_that_wait_for_one_order_ask_once_a_second() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = client(options(wechat.url()));
        let number = number();
        pay.unifiedorder(order(&number)).await.unwrap();
        control(&wechat, "POST", "/_emulator/faults", json!({ "fault": "slow", "endpoint": PATH, "ms": 200 })).await;
        let pages: Vec<_> = (0..50)
            .map(|_| {
                let (pay, number) = (pay.clone(), number.clone());
                tokio::spawn(async move { pay.wait_for_payment(&number, Fen(88), Duration::ZERO).await })
            })
            .collect();
        for page in pages {
            assert_eq!(page.await.unwrap().unwrap(), None);
        }
        for _ in 0..20 {
            assert_eq!(pay.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap(), None);
        }
        assert_eq!(asked(&wechat, PATH).await, 1);
        tokio::time::sleep(Duration::from_millis(950)).await;
        assert_eq!(pay.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap(), None);
        assert_eq!(asked(&wechat, PATH).await, 2);
    });
}

#[test]
fn pages_that_ask_for_an_unknown_order_or_without_an_answer_share_the_failure() {
    within(async {
        let unknown = signed(&[
            ("return_code", "SUCCESS"),
            ("result_code", "FAIL"),
            ("err_code", "ORDERNOTEXIST"),
            ("appid", common::APPID),
            ("mch_id", MCH_ID),
        ]);
        for (act, class) in [
            (Act::Answer(200, unknown), "BusinessError"),
            (Act::HangUp, "TransportError"),
            (Act::Answer(502, "bad gateway".to_owned()), "TransportError"),
        ] {
            let server = Scripted::start(vec![act]).await;
            let mut options = options(&server.url);
            options.limits.max_network_retries = 0;
            let pay = client(options);
            for _ in 0..50 {
                let waited = pay.wait_for_payment("A1", Fen(88), Duration::ZERO).await;
                assert_eq!(waited.unwrap_err().class(), class);
            }
            let asked = server.got.lock().unwrap().len();
            assert_eq!(asked, 1, "{class}");
            tokio::time::sleep(Duration::from_millis(950)).await;
            assert!(pay.wait_for_payment("A1", Fen(88), Duration::ZERO).await.is_err());
            assert_eq!(server.got.lock().unwrap().len(), 2, "{class}");
        }
    });
}

#[test]
fn waits_that_end_one_after_the_other_ask_at_most_three_times_a_second() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = client(options(wechat.url()));
        let number = number();
        pay.unifiedorder(order(&number)).await.unwrap();
        let begun = Instant::now();
        let mut pages = Vec::new();
        for _ in 0..100 {
            let (pay, number) = (pay.clone(), number.clone());
            pages.push(tokio::spawn(async move {
                pay.wait_for_payment(&number, Fen(88), Duration::from_millis(300)).await
            }));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        for page in pages {
            assert_eq!(page.await.unwrap().unwrap(), None);
        }
        let ms = begun.elapsed().as_millis();
        let (asked, most) = (asked(&wechat, PATH).await, 2 + ms / 900 + ms / 500);
        assert!(asked >= 2 && asked as u128 <= most, "{asked} questions in {ms} ms");
    });
}

#[test]
fn an_amount_of_less_than_one_fen_is_not_asked_for() {
    within(async {
        let server = Scripted::start(vec![Act::HangUp]).await;
        let pay = client(options(&server.url));
        for fee in [0, -5] {
            let error = pay.wait_for_payment("A1", Fen(fee), Duration::ZERO).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("total_fee")));
            assert!(error.to_string().contains(&format!("at least 1 fen, not {fee}")), "{error}");
            let pending = Pending {
                out_trade_no: "A1".to_owned(),
                total_fee: Fen(fee),
                created: clock::now() - 61,
                sub_mch_id: None,
                combine_out_trade_no: None,
            };
            let reconciled = pay.reconcile(&pending, async |_, _| panic!()).await;
            let Reconciled::Failed { error, item: None } = reconciled else { panic!("{reconciled:?}") };
            assert_eq!(error.field(), Some("total_fee"));
        }
        assert!(server.got.lock().unwrap().is_empty());
    });
}

#[test]
fn a_wait_takes_all_its_time_and_asks_at_its_end() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = client(options(wechat.url()));
        let number = number();
        pay.unifiedorder(order(&number)).await.unwrap();
        let begun = Instant::now();
        assert_eq!(pay.wait_for_payment(&number, Fen(88), Duration::from_millis(1300)).await.unwrap(), None);
        assert!(begun.elapsed() >= Duration::from_millis(1300), "{:?}", begun.elapsed());
        // At once, after a second, and at the end.
        assert_eq!(asked(&wechat, PATH).await, 3);

        // Paid in the last part of the time.
        let waiting = {
            let (pay, number) = (pay.clone(), number.clone());
            tokio::spawn(async move { pay.wait_for_payment(&number, Fen(88), Duration::from_millis(800)).await })
        };
        tokio::time::sleep(Duration::from_millis(400)).await;
        control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
        assert!(waiting.await.unwrap().unwrap().is_some());
    });
}

#[test]
fn many_orders_are_asked_for_at_the_same_time() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = client(options(wechat.url()));
        let numbers: Vec<_> = (0..8).map(|_| number()).collect();
        for number in &numbers {
            pay.unifiedorder(order(number)).await.unwrap();
        }
        control(&wechat, "POST", "/_emulator/faults", json!({ "fault": "slow", "endpoint": PATH, "ms": 400 })).await;
        let pending = |number: &str| Pending {
            out_trade_no: number.to_owned(),
            total_fee: Fen(88),
            created: clock::now() - 61,
            sub_mch_id: None,
            combine_out_trade_no: None,
        };
        let mut all: Vec<_> = numbers.iter().map(|number| pending(number)).collect();
        all.insert(3, pending("not a number"));
        let begun = Instant::now();
        let results = pay.notify().begin_all_pending(all).await;
        assert!(begun.elapsed() < Duration::from_millis(2 * 400 + 300), "{:?}", begun.elapsed());
        assert_eq!(results.len(), 9);
        for (i, result) in results.iter().enumerate() {
            match result {
                Err(error) if i == 3 => assert_eq!(error.class(), "InvalidRequest"),
                Ok(Start::Unpaid(state)) => assert_eq!(state, "NOTPAY"),
                other => panic!("{i}: {other:?}"),
            }
        }
    });
}

#[test]
fn many_orders_are_reconciled_eight_at_a_time_and_in_their_order() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = client(options(wechat.url()));
        let numbers: Vec<_> = (0..11).map(|_| number()).collect();
        for (i, number) in numbers.iter().enumerate() {
            pay.unifiedorder(order(number)).await.unwrap();
            if i % 2 == 0 {
                control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
            }
        }
        control(&wechat, "POST", "/_emulator/faults", json!({ "fault": "slow", "endpoint": PATH, "ms": 300 })).await;
        let pending = |number: &str, age: i64| Pending {
            out_trade_no: number.to_owned(),
            total_fee: Fen(88),
            created: clock::now() - age,
            sub_mch_id: None,
            combine_out_trade_no: None,
        };
        let mut all: Vec<_> = numbers.iter().map(|number| pending(number, 61)).collect();
        all.push(pending("not a number", 61));
        all.push(pending("young", 1));
        let (running, shipped) = (AtomicUsize::new(0), std::sync::Mutex::new(Vec::new()));
        let begun = Instant::now();
        let results = pay
            .reconcile_all(all, async |payment, _| {
                assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0, "one at a time");
                tokio::time::sleep(Duration::from_millis(5)).await;
                running.fetch_sub(1, Ordering::SeqCst);
                shipped.lock().unwrap().push(payment.out_trade_no().to_owned());
                if payment.out_trade_no() == numbers[4] { Err("no stock".into()) } else { Ok(()) }
            })
            .await;
        // One after the other they would take 3.3 seconds.
        assert!(begun.elapsed() < Duration::from_millis(2 * 300 + 1200), "{:?}", begun.elapsed());
        assert_eq!(results.len(), 13);
        for (i, result) in results.iter().enumerate() {
            match result {
                Reconciled::Failed { item: Some(payment), error } if i == 4 => {
                    assert_eq!((payment.out_trade_no(), error.class()), (&*numbers[4], "HandlerError"));
                }
                Reconciled::Delivered(payment) if i < 11 && i % 2 == 0 => {
                    assert_eq!(payment.out_trade_no(), numbers[i])
                }
                Reconciled::NotPaid(state) if i < 11 => assert_eq!(state, "NOTPAY"),
                Reconciled::Failed { item: None, error } if i == 11 => assert_eq!(error.class(), "InvalidRequest"),
                Reconciled::NotDue { next_due: Some(_) } if i == 12 => {}
                other => panic!("{i}: {other:?}"),
            }
        }
        assert_eq!(shipped.into_inner().unwrap(), [0, 2, 4, 6, 8, 10].map(|i| numbers[i].clone()));
    });
}

/// A reply to orderquery with these fields besides those of a paid order.
fn paid(number: &str, total_fee: &str, others: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("return_code", "SUCCESS"),
        ("result_code", "SUCCESS"),
        ("appid", common::APPID),
        ("mch_id", MCH_ID),
        ("nonce_str", "n"),
        ("out_trade_no", number),
        ("transaction_id", "4200000263201508067700134212"),
        ("total_fee", total_fee),
        ("cash_fee", total_fee),
        ("trade_type", "JSAPI"),
        ("bank_type", "OTHERS"),
        ("time_end", "20261128160828"),
        ("trade_state", "SUCCESS"),
    ];
    fields.extend(others);
    signed(&fields)
}

#[test]
fn currency_and_sub_merchant_are_those_of_the_record() {
    within(async {
        for (others, sub_mch_id, code) in [
            (vec![], None, None),
            (vec![("fee_type", "CNY")], None, None),
            (vec![("fee_type", "USD")], None, Some("fee_type_mismatch")),
            (vec![("sub_mch_id", "1900000109")], None, Some("sub_mch_id_mismatch")),
            (vec![("sub_mch_id", "1900000109")], Some("1900000109"), None),
            (vec![("sub_mch_id", "1900000110")], Some("1900000109"), Some("sub_mch_id_mismatch")),
            (vec![], Some("1900000109"), Some("sub_mch_id_mismatch")),
        ] {
            let reply = paid("A1", "88", &others);
            let server = Scripted::start(vec![
                Act::Answer(200, reply.clone()),
                Act::Answer(200, reply.clone()),
                Act::Answer(200, reply),
            ])
            .await;
            let pay = client(options(&server.url));
            let waited = pay.wait_for_payment_of(sub_mch_id, "A1", Fen(88), Duration::ZERO).await;
            assert_eq!(waited.as_ref().err().map(|error| error.code()), code, "{others:?} {sub_mch_id:?}");
            let pending = Pending {
                out_trade_no: "A1".to_owned(),
                total_fee: Fen(88),
                created: clock::now() - 61,
                sub_mch_id: sub_mch_id.map(str::to_owned),
                combine_out_trade_no: None,
            };
            let ran = AtomicUsize::new(0);
            let page = client(options(&server.url));
            let on_paid = async |_: wxpaykit::ConfirmedPayment, _: String| {
                ran.fetch_add(1, Ordering::SeqCst);
                Ok(())
            };
            let waited = page.wait_and_hand_over_of(sub_mch_id, "A1", Fen(88), Duration::ZERO, on_paid).await;
            assert_eq!(waited.as_ref().err().map(|error| error.code()), code, "{others:?} {sub_mch_id:?}");
            assert_eq!(ran.swap(0, Ordering::SeqCst), usize::from(code.is_none()));
            let reconciled = pay
                .reconcile(&pending, async |_, _| {
                    ran.fetch_add(1, Ordering::SeqCst);
                    Ok(())
                })
                .await;
            match (&reconciled, code) {
                (Reconciled::Delivered(_), None) => assert_eq!(ran.load(Ordering::SeqCst), 1),
                (Reconciled::Failed { error, item: None }, Some(code)) => assert_eq!(error.code(), code),
                other => panic!("{other:?}"),
            }
        }
    });
}

#[test]
fn a_mismatch_says_whose_word_each_amount_is_and_suspects_yuan() {
    within(async {
        let text = async |recorded: i64, paid_fee: &str| {
            let server = Scripted::start(vec![Act::Answer(200, paid("A1", paid_fee, &[]))]).await;
            let pay = client(options(&server.url));
            let error = pay.wait_for_payment("A1", Fen(recorded), Duration::ZERO).await.unwrap_err();
            match error.kind() {
                Kind::Mismatch { expected_by, actual_by, .. } => {
                    assert_eq!((*expected_by, *actual_by), (Some("the recorded total_fee"), Some("WeChat")));
                }
                other => panic!("{other:?}"),
            }
            error.to_string()
        };
        let other = text(87, "88").await;
        assert!(other.contains("total_fee should be 87 fen (the recorded total_fee) and is 88 fen (WeChat"), "{other}");
        assert!(!other.contains("yuan"), "{other}");
        let yuan = text(1, "100").await;
        assert!(yuan.contains("Is 1 in yuan?") && yuan.contains("yuan_to_fen"), "{yuan}");
    });
}
