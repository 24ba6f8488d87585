//! Refunds: calls and their errors, notifications, results handed over once, pending refunds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{self, APPID, Act, MCH_ID, Scripted, asked, client, control, number, order, signed, within};
use serde_json::{Value, json};
use wxpaykit::crypto::aes::Ecb;
use wxpaykit::{
    Error, Fen, Kind, Options, Outcome, PendingRefund, ReconciledRefund, Refund, RefundNotification, RefundStatus,
    Refundquery, V3Refund, V3RefundAmount, WxPay, client as clock,
};
use wxpaykit_emulator::{Config, Emulator, Running};

fn options(wechat: &Running, url: &str) -> Options {
    let mut options = common::options(url);
    options.merchant.client_cert = Some(wechat.client_cert().as_bytes().into());
    options.merchant.client_key = Some(wechat.client_key().as_bytes().into());
    options
}

async fn wechat() -> (Running, WxPay) {
    let wechat = Emulator::start(Config::default()).await.unwrap();
    let pay = client(options(&wechat, wechat.url()));
    (wechat, pay)
}

async fn paid(wechat: &Running, pay: &WxPay) -> String {
    let number = number();
    pay.unifiedorder(order(&number)).await.unwrap();
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    number
}

fn refund(order: &str, number: &str, fee: i64) -> Refund {
    Refund::new().out_trade_no(order).out_refund_no(number).total_fee(Fen(88)).refund_fee(Fen(fee))
}

/// A paid order, its refund with this result, and the notification of it.
async fn refunded(wechat: &Running, pay: &WxPay, result: &str) -> (String, String, Vec<u8>) {
    let order = paid(wechat, pay).await;
    let number = clock::new_out_refund_no("R").unwrap();
    let shop = Scripted::start(vec![Act::Answer(500, String::new())]).await;
    pay.refund(refund(&order, &number, 80).notify_url(format!("{}/n", shop.url))).await.unwrap();
    control(wechat, "POST", "/_emulator/refund", json!({ "out_refund_no": number, "result": result })).await;
    control(wechat, "POST", "/_emulator/clock", json!({ "advance_s": 0 })).await;
    (order, number, shop.bodies().remove(0).into_bytes())
}

fn business(error: &Error) -> (&str, &str) {
    match error.kind() {
        Kind::Business { err_code, .. } => (err_code, error.retry().as_str()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_order_is_refunded_in_parts_and_found_again() {
    within(async {
        let (wechat, pay) = wechat().await;
        let order = paid(&wechat, &pay).await;
        let number = clock::new_out_refund_no("R").unwrap();
        let reply = pay.refund(refund(&order, &number, 80)).await.unwrap();
        assert_eq!((reply.refund_fee(), reply.total_fee(), reply.out_refund_no()), (Fen(80), Fen(88), &*number));
        assert_eq!((reply.cash_refund_fee(), reply.coupon_refund_fee()), (Some(Fen(80)), Some(Fen(0))));
        assert_eq!(
            (reply.coupons().len(), reply.refund_channel().map(|c| c.as_str().to_owned())),
            (0, Some(String::new()))
        );
        let again = pay.refund(refund(&order, &number, 80)).await.unwrap();
        assert_eq!(again.refund_id(), reply.refund_id());
        pay.refund(refund(&order, "R2", 8)).await.unwrap();

        let found = pay.refundquery(Refundquery::new().out_trade_no(&order)).await.unwrap();
        assert_eq!((found.refund_count(), found.refund_fee(), found.total_fee()), (2, Some(Fen(88)), Some(Fen(88))));
        let refunds = found.refunds();
        assert_eq!(refunds[0].out_refund_no(), Some(&*number));
        assert_eq!(
            (refunds[1].refund_fee(), refunds[1].refund_status()),
            (Some(Fen(8)), Some(RefundStatus::Processing))
        );
    });
}

#[test]
fn refusals_say_what_is_safe() {
    within(async {
        let (wechat, pay) = wechat().await;
        let order = paid(&wechat, &pay).await;
        control(&wechat, "POST", "/_emulator/balance", json!({ "mch_id": MCH_ID, "fen": 5 })).await;
        let error = pay.refund(refund(&order, "R1", 80)).await.unwrap_err();
        assert_eq!(business(&error), ("NOTENOUGH", "same_request"));
        assert!(error.to_string().contains("same number"), "{error}");
        control(&wechat, "POST", "/_emulator/balance", json!({ "mch_id": MCH_ID, "fen": 5000 })).await;
        pay.refund(refund(&order, "R1", 80)).await.unwrap();
        // The code is the word ERROR: the reason is in the text, and nothing is repeated.
        let error = pay.refund(refund(&order, "R1", 70)).await.unwrap_err();
        assert_eq!(business(&error), ("ERROR", "never"));
        assert!(error.to_string().contains("订单金额或退款金额与之前请求不一致"), "{error}");
        let error = pay.refund(refund(&order, "R2", 9)).await.unwrap_err();
        assert!(error.to_string().contains("ERROR") && error.to_string().contains("refundquery"), "{error}");
        pay.refund(refund(&order, "R2", 8)).await.unwrap();
        let error = pay.refund(refund(&order, "R3", 1)).await.unwrap_err();
        assert!(error.to_string().contains("已全额退款"), "{error}");
        let error = pay.refund(refund("nobodys", "R4", 1)).await.unwrap_err();
        assert_eq!(business(&error), ("ORDERNOTEXIST", "never"));
        let error = pay.refundquery(Refundquery::new().out_refund_no("R4")).await.unwrap_err();
        assert_eq!(business(&error), ("REFUNDNOTEXIST", "never"));
        let other = Refund::new().out_trade_no(&order).out_refund_no("R5").total_fee(Fen(80)).refund_fee(Fen(1));
        assert!(pay.refund(other).await.unwrap_err().to_string().contains("total_fee"), "names the field");
        // Found before anything is sent.
        let sent = asked(&wechat, "/secapi/pay/refund").await;
        for (request, field) in [
            (Refund::new().out_refund_no("R6").total_fee(Fen(1)).refund_fee(Fen(1)), "transaction_id or out_trade_no"),
            (refund(&order, "R 6", 1), "out_refund_no"),
            (refund(&order, "R6", 0), "refund_fee"),
        ] {
            let error = pay.refund(request).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)));
        }
        let bare = client(common::options(wechat.url()));
        let error = bare.refund(refund(&order, "R6", 1)).await.unwrap_err();
        assert_eq!(error.class(), "ConfigError");
        assert_eq!(asked(&wechat, "/secapi/pay/refund").await, sent);
    });
}

#[test]
fn a_lost_reply_names_the_number_and_the_way_on() {
    within(async {
        let (wechat, pay) = wechat().await;
        let order = paid(&wechat, &pay).await;
        control(
            &wechat,
            "POST",
            "/_emulator/faults",
            json!({ "fault": "timeout_after", "ms": 10, "endpoint": "/secapi/pay/refund", "times": 3 }),
        )
        .await;
        let error = pay.refund(refund(&order, "R9", 10)).await.unwrap_err();
        assert!(matches!(error.kind(), Kind::Transport { outcome: Outcome::Unknown, .. }), "{error:?}");
        assert_eq!(error.retry().as_str(), "same_request");
        let text = error.to_string();
        for part in ["out_refund_no R9", "refundquery", "same", "do not use a new out_refund_no"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        // However often it was sent, it was refunded once.
        pay.refund(refund(&order, "R9", 10)).await.unwrap();
        let found = pay.refundquery(Refundquery::new().out_trade_no(&order)).await.unwrap();
        assert_eq!((found.refund_count(), found.refund_fee()), (1, Some(Fen(10))));
    });
}

/// Asks for a refund of 30 fen by one of the APIs.
async fn ask(pay: &WxPay, by_v3: bool, order: &str, number: &str) -> Result<(), Error> {
    if !by_v3 {
        return pay.refund(refund(order, number, 30)).await.map(drop);
    }
    let amount = V3RefundAmount::new().refund(Fen(30)).total(Fen(88)).currency("CNY");
    pay.v3().refund(V3Refund::new().out_trade_no(order).out_refund_no(number).amount(amount)).await.map(drop)
}

/// Every fault of the reply, and the caller that repeats with the same number as it is told, by one of the APIs or by both in turn: one
/// refund.
#[test]
fn under_every_fault_an_order_is_refunded_once() {
    let faults = [
        json!({ "fault": "timeout_before", "ms": 5 }),
        json!({ "fault": "timeout_after", "ms": 5 }),
        json!({ "fault": "systemerror_before" }),
        json!({ "fault": "systemerror_after" }),
        json!({ "fault": "bad_gateway_before" }),
        json!({ "fault": "bad_gateway_after" }),
        json!({ "fault": "truncated" }),
        json!({ "fault": "no_sign" }),
        json!({ "fault": "wrong_sign" }),
        json!({ "fault": "extra_fields" }),
    ];
    let of_v3 = ["probe", "stale_timestamp", "unknown_serial", "frequency_before", "frequency_after"];
    let of_v3 = of_v3.map(|fault| json!({ "fault": fault }));
    for apis in [[false, false], [true, true], [true, false]] {
        within(async {
            let wechat = Emulator::start(Config::default()).await.unwrap();
            let mut both = common::v3_options(&wechat);
            both.merchant.api_key = Some(wechat.merchant().api_key.clone());
            let pay = client(both);
            for fault in faults.iter().chain(of_v3.iter().filter(|_| apis[0])) {
                let order = paid(&wechat, &pay).await;
                let number = clock::new_out_refund_no("").unwrap();
                let mut fault = fault.clone();
                fault["times"] = json!(4);
                fault["out_trade_no"] = json!(order);
                control(&wechat, "POST", "/_emulator/faults", fault.clone()).await;
                let mut turns = apis.into_iter().cycle();
                let mut ended = ask(&pay, turns.next().unwrap(), &order, &number).await;
                for _ in 0..4 {
                    let Err(error) = &ended else { break };
                    assert_eq!(error.retry().as_str(), "same_request", "{fault}: {error}");
                    ended = ask(&pay, turns.next().unwrap(), &order, &number).await;
                }
                assert!(ended.is_ok(), "{fault}: {ended:?}");
                control(&wechat, "DELETE", "/_emulator/faults", Value::Null).await;
                let found = pay.refundquery(Refundquery::new().out_trade_no(&order)).await.unwrap();
                assert_eq!((found.refund_count(), found.refund_fee()), (1, Some(Fen(30))), "{fault}");
            }
        });
    }
}

#[test]
fn a_reply_of_another_refund_is_refused() {
    within(async {
        let (wechat, _) = wechat().await;
        let reply = signed(&[
            ("return_code", "SUCCESS"),
            ("result_code", "SUCCESS"),
            ("appid", APPID),
            ("mch_id", MCH_ID),
            ("out_refund_no", "R1"),
            ("refund_id", "503"),
            ("refund_fee", "11"),
            ("total_fee", "88"),
        ]);
        let server = Scripted::start(vec![Act::Answer(200, reply)]).await;
        let pay = client(options(&wechat, &server.url));
        for (number, fee, part) in [("R2", 11, "out_refund_no"), ("R1", 12, "refund_fee")] {
            let error = pay.refund(refund("A1", number, fee)).await.unwrap_err();
            assert_eq!((error.code(), error.retry().as_str()), ("reply_mismatch", "same_request"));
            let text = error.to_string();
            assert!(text.contains(part) && text.contains(&format!("out_refund_no {number}")), "{text}");
        }
        assert_eq!(pay.refund(refund("A1", "R1", 11)).await.unwrap().refund_id(), "503");
    });
}

#[test]
fn a_refund_is_handed_over_once() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (order, number, body) = refunded(&wechat, &pay, "SUCCESS").await;
        let calls = AtomicUsize::new(0);
        for round in 0..3 {
            let handled = pay
                .notify()
                .handler()
                .amount_of(async |_| panic!("not a payment"))
                .on_paid(async |_, _| panic!("not a payment"))
                .on_refunded(async |refund, key| {
                    calls.fetch_add(1, Ordering::SeqCst);
                    assert_eq!((refund.out_refund_no(), refund.out_trade_no()), (&*number, &*order));
                    assert_eq!((refund.refund_fee(), refund.total_fee()), (Fen(80), Fen(88)));
                    assert_eq!(refund.refund_status(), RefundStatus::Success);
                    assert!(refund.refund_success_time().is_some());
                    assert_eq!(key, format!("wxpay-refund-{MCH_ID}-{}", refund.refund_id()));
                    Ok(())
                })
                .on_refund_failed(async |_, _| panic!("it succeeded"))
                .handle(&body)
                .await;
            assert!(handled.error.is_none() && handled.is_acknowledged(), "{:?}", handled.error);
            assert_eq!((handled.delivered, handled.refund.is_some()), (round == 0, round == 0));
        }
        assert_eq!(calls.load(Ordering::SeqCst), 1);
        // Only the first needed a question.
        assert_eq!(asked(&wechat, "/pay/refundquery").await, 1);
        // Where only payments are taken, the error says what it is.
        let error = pay
            .notify()
            .handler()
            .amount_of(async |_| panic!())
            .on_paid(async |_, _| panic!())
            .handle(&body)
            .await
            .error
            .unwrap();
        assert!(
            error.to_string().contains("refund notification") && error.to_string().contains("on_refunded"),
            "{error}"
        );
    });
}

#[test]
fn a_refund_that_failed_goes_to_its_own_function() {
    within(async {
        let (wechat, pay) = wechat().await;
        for (result, kind) in [("REFUNDCLOSE", "closed"), ("CHANGE", "abnormal")] {
            let (_, number, body) = refunded(&wechat, &pay, result).await;
            let notify = pay.notify();
            let failing = async |_, _| Err("the printer is on fire".into());
            let handled = notify
                .handler()
                .amount_of(async |_| panic!())
                .on_paid(async |_, _| panic!())
                .on_refunded(async |_, _| panic!())
                .on_refund_failed(failing)
                .handle(&body);
            let handled = handled.await;
            assert_eq!(handled.error.unwrap().class(), "HandlerError");
            assert!(handled.answer.contains("FAIL") && handled.refund.is_some());
            let handled = notify
                .handler()
                .amount_of(async |_| panic!())
                .on_paid(async |_, _| panic!())
                .on_refunded(async |_, _| panic!("it failed"))
                .on_refund_failed(async |refund, key| {
                    assert_eq!((refund.out_refund_no(), refund.refund_status().as_str()), (&*number, result));
                    assert!(key.starts_with(&format!("wxpay-refund-{kind}-")), "{key}");
                    Ok(())
                })
                .handle(&body)
                .await;
            assert!(handled.delivered, "{:?}", handled.error);
            // A person finishes it, and a new notification comes: another result, which is handed over too.
            if result == "CHANGE" {
                control(&wechat, "POST", "/_emulator/refund", json!({ "out_refund_no": number, "result": "SUCCESS" }))
                    .await;
                let done = notify
                    .handler()
                    .amount_of(async |_| panic!())
                    .on_paid(async |_, _| panic!())
                    .on_refunded(async |_, _| Ok(()))
                    .on_refund_failed(async |_, _| panic!())
                    .handle(&body)
                    .await;
                assert!(!done.delivered && done.is_acknowledged(), "the old notification was handled");
                let pending = PendingRefund {
                    out_refund_no: number.clone(),
                    refund_fee: Fen(80),
                    created: clock::now() - 60,
                    sub_mch_id: None,
                };
                let done = pay.reconcile_refund(&pending, async |_, _| Ok(()), async |_, _| panic!()).await;
                assert!(matches!(done, ReconciledRefund::Delivered(_)), "{done:?}");
            }
        }
    });
}

#[test]
fn what_is_not_wechats_word_is_not_handed_over() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (_, _, body) = refunded(&wechat, &pay, "SUCCESS").await;
        let handle = async |body: &[u8]| {
            let notify = pay.notify();
            let handled = notify
                .handler()
                .amount_of(async |_| panic!())
                .on_paid(async |_, _| panic!())
                .on_refunded(async |_, _| panic!())
                .on_refund_failed(async |_, _| panic!())
                .handle(body);
            let handled = handled.await;
            assert!(handled.answer.contains("FAIL") && !handled.answer.contains("key"), "{}", handled.answer);
            handled.error.unwrap()
        };
        let text = String::from_utf8(body).unwrap();
        let other = text.replace(&format!("<mch_id><![CDATA[{MCH_ID}]]>"), "<mch_id><![CDATA[1900000109]]>");
        let error = handle(other.as_bytes()).await;
        assert_eq!(error.code(), "mch_id_mismatch");
        assert!(error.to_string().contains("another client"), "{error}");
        // Nobody signed these: a value ends no line, and is cut.
        let evil = format!("wx\n2026-11-30 ERROR paid twice\u{9b}31m\u{202e}{}", "a".repeat(60_000));
        for body in [
            format!("<xml><appid>{evil}</appid><mch_id>1</mch_id><req_info>AA</req_info></xml>"),
            format!("<xml><appid>{APPID}</appid><mch_id>{evil}</mch_id><req_info>AA</req_info></xml>"),
            format!("<xml><return_code>FAIL</return_code><return_msg>{evil}</return_msg></xml>"),
        ] {
            let text = handle(body.as_bytes()).await.to_string();
            assert!(text.contains("wx\\n2026-11-30 ERROR paid twice\\u{9b}31m\\u{202e}aaa"), "{text}");
            assert!(!text.contains(['\n', '\u{9b}', '\u{202e}']) && text.chars().count() < 1_000, "{text}");
        }
        // The amount was changed by somebody who has the key: WeChat's answer differs.
        let plain = wxpaykit::decrypt_req_info(req_info(&text), common::KEY).unwrap();
        let changed = plain.replace("<refund_fee><![CDATA[80]]>", "<refund_fee><![CDATA[88]]>");
        let error = handle(text.replace(req_info(&text), &sealed(&changed, common::KEY)).as_bytes()).await;
        assert!(error.code() == "refund_fee_mismatch" && error.to_string().contains("80 fen"), "{error}");
        // Another key; rubbish; a refund that WeChat does not know.
        for wrong in [sealed(&plain, "another key"), "AAAA".to_owned(), "not Base64".to_owned()] {
            let error = handle(text.replace(req_info(&text), &wrong).as_bytes()).await;
            assert_eq!((error.class(), error.out_trade_no()), ("SignatureError", None), "{error}");
            assert!(error.to_string().contains("req_info") && error.to_string().contains(MCH_ID), "{error}");
        }
        let id = plain.split_once("<refund_id><![CDATA[").unwrap().1.split_once("]]").unwrap().0;
        let unknown = sealed(&plain.replace(id, "50302604962025112809876540001"), common::KEY);
        let error = handle(text.replace(req_info(&text), &unknown).as_bytes()).await;
        assert_eq!(business(&error).0, "REFUNDNOTEXIST");
        assert!(error.out_trade_no().is_some());
    });
}

fn req_info(text: &str) -> &str {
    text.split_once("<req_info><![CDATA[").unwrap().1.split_once("]]").unwrap().0
}

fn sealed(plain: &str, key: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let data = Ecb::of_api_key(key).encrypt(plain.as_bytes());
    let mut text = String::new();
    for chunk in data.chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * n)) as usize & 63]);
            text.push(if n <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

#[test]
fn messages_at_the_wrong_address_are_named() {
    let file = |name: &str| {
        let path = format!("{}/../tests/refunds/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let merchant = |mch_id: &str| {
        let options = wxpaykit::MerchantOptions::new(APPID, mch_id, common::KEY);
        wxpaykit::Merchant::new(options).unwrap()
    };
    let own = merchant("1900000109");
    let parsed = RefundNotification::parse(&file("refund-notice.xml"), &own).unwrap();
    assert_eq!(
        (parsed.refund_fee(), parsed.total_fee(), parsed.refund_status()),
        (Fen(400), Fen(600), RefundStatus::Success)
    );
    assert_eq!(parsed.settlement_refund_fee(), Some(Fen(392)));
    let console = RefundNotification::parse(&file("refund-notice-console.xml"), &own).unwrap();
    assert_eq!(console.refund_request_source(), Some("VENDOR_PLATFORM"));
    assert_eq!(console.out_refund_no(), console.refund_id());
    for (name, part) in [
        ("refund-notice-fail.xml", "系统繁忙"),
        ("payment-notice-at-refund-url.xml", "this is a payment notification"),
        ("refund-notice-other-key.xml", "does not decrypt"),
    ] {
        let error = RefundNotification::parse(&file(name), &own).unwrap_err().to_string();
        assert!(error.contains(part), "{name}: {error}");
    }
    let error = RefundNotification::parse(b"{\"resource\":{\"ciphertext\":\"\"}}", &own).unwrap_err().to_string();
    assert!(error.contains("APIv3"), "{error}");
    let error = RefundNotification::parse(&file("refund-notice.xml"), &merchant(MCH_ID)).unwrap_err();
    assert_eq!(error.code(), "mch_id_mismatch");
}

#[test]
fn pending_refunds_are_asked_for_at_their_ages() {
    within(async {
        let (wechat, pay) = wechat().await;
        let order = paid(&wechat, &pay).await;
        pay.refund(refund(&order, "R1", 30)).await.unwrap();
        let pending = |number: &str, age: i64| PendingRefund {
            out_refund_no: number.to_owned(),
            refund_fee: Fen(30),
            created: clock::now() - age,
            sub_mch_id: None,
        };
        let ask = async |pending: &PendingRefund| {
            pay.reconcile_refund(pending, async |_, _| Ok(()), async |_, _| Ok(())).await
        };
        assert!(matches!(ask(&pending("R1", 5)).await, ReconciledRefund::NotDue { next_due: Some(_) }));
        assert!(matches!(ask(&pending("R1", 3_000_000)).await, ReconciledRefund::TooOld));
        assert!(matches!(ask(&pending("R2", 60)).await, ReconciledRefund::Failed { item: None, .. }));
        for malformed in ["", "R 1", &"R".repeat(65), "R\0"] {
            let ReconciledRefund::Failed { item: None, error } = ask(&pending(malformed, 60)).await else { panic!() };
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("out_refund_no")), "{malformed}");
        }
        control(&wechat, "POST", "/_emulator/clock", json!({ "freeze": true })).await;
        pay.refund(refund(&order, "R3", 30)).await.unwrap();
        let early = ask(&pending("R3", 60)).await;
        assert!(matches!(&early, ReconciledRefund::Processing(status) if status == "PROCESSING"), "{early:?}");
        // Asked for at this age.
        assert!(matches!(ask(&pending("R3", 61)).await, ReconciledRefund::NotDue { next_due: Some(_) }));
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 10 })).await;
        let done = pay.notify().begin_all_pending_refunds(vec![pending("R1", 700), pending("R0", 700)], true).await;
        assert_eq!(done[0].as_ref().unwrap().as_str(), "ours");
        assert_eq!(business(done[1].as_ref().unwrap_err()).0, "REFUNDNOTEXIST");
        let mut other = pending("R1", 130);
        other.refund_fee = Fen(31);
        let ReconciledRefund::Failed { error, .. } = ask(&other).await else { panic!() };
        assert!(error.code() == "refund_fee_mismatch" && error.to_string().contains("31 fen"), "{error}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    });
}

/// A reply to refundquery about the refund R1 of 30 fen, with these fields instead of or besides its own.
fn answer(others: &[(&str, &str)]) -> String {
    let own = [
        ("return_code", "SUCCESS"),
        ("result_code", "SUCCESS"),
        ("appid", APPID),
        ("mch_id", MCH_ID),
        ("nonce_str", "n"),
        ("out_trade_no", "A1"),
        ("transaction_id", "4200000263201508067700134212"),
        ("total_fee", "88"),
        ("refund_count", "1"),
        ("out_refund_no_0", "R1"),
        ("refund_id_0", "50302604962025112809876540001"),
        ("refund_fee_0", "30"),
        ("refund_status_0", "SUCCESS"),
    ];
    let is_own = |(name, _): &&(&str, &str)| !others.iter().any(|(other, _)| other == name);
    signed(&own.iter().filter(is_own).chain(others).copied().collect::<Vec<_>>())
}

const SUB: &str = "1900000109";

/// Name and value of a field; the sub-merchant that the caller names; the code of the error.
type Case = (&'static [(&'static str, &'static str)], Option<&'static str>, Option<&'static str>);

#[test]
fn a_refund_is_confirmed_with_its_currency_merchant_and_amount() {
    let cases: [Case; 12] = [
        (&[], None, None),
        (&[("fee_type", "CNY")], None, None),
        (&[("fee_type", "USD")], None, Some("fee_type_mismatch")),
        (&[("refund_fee_type", "USD")], None, Some("fee_type_mismatch")),
        (&[("sub_mch_id", SUB)], None, Some("sub_mch_id_mismatch")),
        (&[("sub_mch_id", SUB)], Some(SUB), None),
        (&[("sub_mch_id", "1900000110")], Some(SUB), Some("sub_mch_id_mismatch")),
        (&[], Some(SUB), Some("sub_mch_id_mismatch")),
        (&[("appid", "wx0000000000000001")], None, Some("appid_mismatch")),
        (&[("mch_id", "10000101")], None, Some("mch_id_mismatch")),
        (&[("refund_fee_0", "31")], None, Some("refund_fee_mismatch")),
        (&[("out_refund_no_0", "R2")], None, Some("reply_mismatch")),
    ];
    within(async {
        for (others, sub_mch_id, code) in cases {
            let server = Scripted::start(vec![Act::Answer(200, answer(others))]).await;
            let pay = client(common::options(&server.url));
            let pending = PendingRefund {
                out_refund_no: "R1".to_owned(),
                refund_fee: Fen(30),
                created: clock::now() - 60,
                sub_mch_id: sub_mch_id.map(str::to_owned),
            };
            let ran = AtomicUsize::new(0);
            let on_refunded = async |_: wxpaykit::ConfirmedRefund, _: String| {
                ran.fetch_add(1, Ordering::SeqCst);
                Ok(())
            };
            let done = pay.reconcile_refund(&pending, on_refunded, async |_, _| panic!()).await;
            match (&done, code) {
                (ReconciledRefund::Delivered(_), None) => assert_eq!(ran.load(Ordering::SeqCst), 1),
                (ReconciledRefund::Failed { item: None, error }, Some(code)) => {
                    assert_eq!((error.code(), error.endpoint()), (code, Some("refundquery")), "{others:?}");
                    assert_eq!(ran.load(Ordering::SeqCst), 0);
                }
                other => panic!("{others:?} {other:?}"),
            }
            // A wrong amount or currency is WeChat's answer, and is not asked for again at this age. A reply about another refund is none.
            let again = pay.reconcile_refund(&pending, async |_, _| Ok(()), async |_, _| panic!()).await;
            let waits = matches!(again, ReconciledRefund::NotDue { .. });
            assert_eq!(
                waits,
                matches!(code, None | Some("refund_fee_mismatch" | "fee_type_mismatch")),
                "{others:?} {again:?}"
            );
        }
    });
}

#[test]
fn a_refund_notification_is_confirmed_with_its_currency_and_sub_merchant() {
    let notification = |sub_mch_id: &str| {
        let inner = "<root><out_refund_no>R1</out_refund_no><refund_id>50302604962025112809876540001</refund_id>\
            <out_trade_no>A1</out_trade_no><transaction_id>4200000263201508067700134212</transaction_id><total_fee>88</total_fee>\
            <refund_fee>30</refund_fee><refund_status>SUCCESS</refund_status></root>";
        let sealed = sealed(inner, common::KEY);
        format!(
            "<xml><return_code>SUCCESS</return_code><appid>{APPID}</appid><mch_id>{MCH_ID}</mch_id>{sub_mch_id}<nonce_str>n</nonce_str>\
             <req_info>{sealed}</req_info></xml>"
        )
    };
    let named = format!("<sub_mch_id>{SUB}</sub_mch_id>");
    within(async {
        type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], Option<&'a str>);
        let cases: [Row<'_>; 5] = [
            ("", &[], None),
            ("", &[("fee_type", "USD")], Some("fee_type_mismatch")),
            ("", &[("sub_mch_id", SUB)], Some("sub_mch_id_mismatch")),
            (&named, &[("sub_mch_id", SUB)], None),
            (&named, &[("sub_mch_id", SUB), ("fee_type", "HKD")], Some("fee_type_mismatch")),
        ];
        for (sub_mch_id, others, code) in cases {
            let server = Scripted::start(vec![Act::Answer(200, answer(others))]).await;
            let pay = client(common::options(&server.url));
            let confirmed = pay.notify().confirm_refund(notification(sub_mch_id).as_bytes()).await;
            assert_eq!(confirmed.as_ref().err().map(Error::code), code, "{others:?}");
        }
    });
}
