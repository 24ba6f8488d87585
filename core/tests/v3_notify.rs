//! One handler, one model: notifications of both APIs, payments and refunds that either API made, told of and confirmed.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::common;
use crate::common::change::{SIGNED, change};
use crate::common::signed::{
    API_V3_KEY, By, MCH_ID, PUBLIC_KEY_ID, Reply, SERIAL, Signed, Silent, certificate_pair, certificates,
    public_key_pair, reply, with_certificates, with_public_key,
};
use crate::common::{Act, KEY, Scripted, asked, client, control, number, within};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};
use wxpaykit::crypto::aes::Gcm;
use wxpaykit::doctor::Language;
use wxpaykit::v3::{self, Headers, SigningKey};
use wxpaykit::{
    ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, Error, Fen, Handled, HandledState, HandlerError, Incoming,
    MemoryStore, MerchantOptions, Options, Pending, PendingRefund, PendingTransfer, Reconciled, RefundStatus, Start,
    Store, Unifiedorder, V3CombineAmount, V3CombineItem, V3CombineJsapi, V3CombinePayer, V3Jsapi, V3Notification,
    V3OrderAmount, V3Payer, V3Refund, V3RefundAmount, V3Transfer, V3TransferReportInfo, V3TransferState, WxPay,
    client as clock, dispatch,
};
use wxpaykit_emulator::{Config, Emulator, Running};

/// A notification as a shop received it.
#[derive(Clone)]
struct Post {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Post {
    fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let headers = head.lines().skip(1).filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { headers, body: body.as_bytes().to_vec() }
    }

    fn headers(&self) -> Headers {
        Headers::read(self.headers.iter().map(|(name, value)| (&**name, &**value)))
    }
}

/// The settings of the demo merchant: those of APIv2, of APIv3, or both.
fn settings(wechat: &Running, v2: bool, v3: bool) -> MerchantOptions {
    let demo = wechat.merchant();
    let key = demo.api_key.expose();
    let v3_key = demo.api_v3_key.as_ref().unwrap().expose();
    let mut merchant = match v2 {
        true => MerchantOptions::new(&demo.appid, &demo.mch_id, key),
        false => MerchantOptions::v3(&demo.appid, &demo.mch_id, v3_key),
    };
    merchant = merchant.client_cert(wechat.client_cert()).client_key(wechat.client_key());
    if v3 {
        merchant.api_v3_key = Some(v3_key.into());
        merchant = merchant
            .platform_public_key(wechat.platform_public_key())
            .platform_public_key_id(wechat.platform_public_key_id());
    }
    merchant.notify_url("http://127.0.0.1:9/notify")
}

fn pay_with(wechat: &Running, v2: bool, v3: bool, store: &std::sync::Arc<dyn Store>) -> WxPay {
    let mut options = Options::new(settings(wechat, v2, v3)).endpoints(wechat.url());
    options.store = Some(std::sync::Arc::clone(store).into());
    WxPay::new(options).unwrap()
}

async fn shop() -> Scripted {
    Scripted::start(vec![Act::Answer(500, String::new())]).await
}

fn posts(shop: &Scripted) -> Vec<Post> {
    shop.got.lock().unwrap().iter().map(|text| Post::of(text)).collect()
}

/// Makes an order by one of the APIs and pays it: what the shop was sent.
async fn paid(wechat: &Running, pay: &WxPay, number: &str, v3: bool) -> Post {
    let shop = shop().await;
    let url = format!("{}/notify", shop.url);
    if v3 {
        let order = V3Jsapi::new()
            .description("茶")
            .out_trade_no(number)
            .notify_url(&url)
            .attach("桌 7")
            .amount(V3OrderAmount::new().total(Fen(88)))
            .payer(V3Payer::new().openid(wechat.openid()));
        pay.v3().jsapi(order).await.unwrap();
    } else {
        let order = Unifiedorder::new().body("茶").out_trade_no(number).total_fee(Fen(88)).attach("桌 7");
        let order = order.spbill_create_ip("127.0.0.1").openid(wechat.openid()).notify_url(&url);
        pay.unifiedorder(order).await.unwrap();
    }
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    control(wechat, "POST", "/_emulator/clock", json!({ "advance_s": 0 })).await;
    posts(&shop).remove(0)
}

async fn handled(pay: &WxPay, post: &Post, keys: &Mutex<Vec<String>>) -> Handled {
    let headers = post.headers();
    let note = |key: &str| -> Result<(), HandlerError> {
        keys.lock().unwrap().push(key.to_owned());
        Ok(())
    };
    pay.notify()
        .handler()
        .amount_of(async |_| Ok(Fen(88)))
        .on_paid(async |_: ConfirmedPayment, key| note(&key))
        .on_refunded(async |_: ConfirmedRefund, key| note(&key))
        .on_refund_failed(async |_: ConfirmedRefund, key| note(&key))
        .handle(Incoming::new(&post.body, &headers))
        .await
}

fn memory() -> std::sync::Arc<dyn Store> {
    std::sync::Arc::new(MemoryStore::default())
}

/// What a confirmed payment says, by name.
fn said(payment: &ConfirmedPayment) -> BTreeSet<(String, String)> {
    use wxpaykit::table::Document;
    payment.fields().iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn one_handler_takes_payments_of_both_apis_and_hands_each_over_once() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = memory();
        let both = pay_with(&wechat, true, true, &store);
        for v3 in [false, true] {
            let (number, keys) = (number(), Mutex::new(Vec::new()));
            let post = paid(&wechat, &both, &number, v3).await;
            let first = handled(&both, &post, &keys).await;
            assert!(first.error.is_none(), "{:?}", first.error);
            let payment = first.payment.as_ref().unwrap();
            assert_eq!((first.state(), first.status), (HandledState::Delivered, 200));
            assert_eq!(first.answer.is_empty(), v3, "{}", first.answer);
            assert_eq!(first.content_type, if v3 { "application/json" } else { "text/xml; charset=utf-8" });
            assert_eq!((payment.out_trade_no(), payment.total_fee()), (&*number, Fen(88)));
            assert_eq!(payment.openid(), Some(&*wechat.openid()));
            assert_eq!((payment.attach(), payment.trade_type()), (Some("桌 7"), Some("JSAPI")));
            assert_eq!((payment.api().as_str(), payment.fee_type()), (if v3 { "v3" } else { "v2" }, Some("CNY")));
            assert!(payment.time_end().is_some());
            let second = handled(&both, &post, &keys).await;
            assert_eq!((second.state(), second.out_trade_no()), (HandledState::HandedOver, Some(&*number)));
            assert!(second.is_acknowledged());
            let keys = keys.into_inner().unwrap();
            assert_eq!(keys, [format!("wxpay-{}-{}", both.merchant().mch_id(), payment.transaction_id())]);
        }
    });
}

#[test]
fn a_notification_of_another_kind_goes_to_its_own_function() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = memory();
        let pay = pay_with(&wechat, true, true, &store);
        let told = transferred(&wechat, &pay, "T1", None).await;
        let events = Mutex::new(Vec::new());
        let handle = async |post: &Post, fails: bool| {
            let headers = post.headers();
            let no = async |_: ConfirmedRefund, _: String| -> Result<(), HandlerError> { Err("not a refund".into()) };
            let on_other = async |event: V3Notification| -> Result<(), HandlerError> {
                events.lock().unwrap().push(event.get("resource").unwrap().to_owned());
                if fails { Err("the shop is closed".into()) } else { Ok(()) }
            };
            let incoming = Incoming::new(&post.body, &headers);
            let paid = async |_: ConfirmedPayment, _: String| Ok(());
            pay.notify()
                .handler()
                .amount_of(async |_| Ok(Fen(88)))
                .on_paid(paid)
                .on_refunded(no)
                .on_refund_failed(no)
                .on_other(on_other)
                .handle(incoming)
                .await
        };
        // Nothing is recorded: it runs each time.
        for times in 1..=2 {
            let handled = handle(&told, false).await;
            assert!(handled.error.is_none(), "{:?}", handled.error);
            assert_eq!((handled.state(), handled.status, &*handled.answer), (HandledState::Delivered, 200, ""));
            assert_eq!(handled.other.unwrap().event_type(), "MCHTRANSFER.BILL.FINISHED");
            assert_eq!(events.lock().unwrap().len(), times);
        }
        assert!(events.lock().unwrap()[0].contains(r#""out_bill_no":"T1""#));
        let failed = handle(&told, true).await;
        assert_eq!((failed.state(), failed.status), (HandledState::Failed, 500));
        assert!(failed.error.is_some() && failed.other.is_some());
        // A payment is handed over as ever, and a handler without that function says what to pass.
        let number = number();
        let sale = paid(&wechat, &pay, &number, true).await;
        assert_eq!(handle(&sale, true).await.payment.unwrap().out_trade_no(), number);
        assert_eq!(events.lock().unwrap().len(), 3);
        let alone = handled(&pay, &told, &Mutex::new(Vec::new())).await;
        assert!(alone.error.unwrap().to_string().contains("pass on_other to notify.handle"));
        assert_eq!(alone.status, 500);
    });
}

#[test]
fn a_handler_takes_what_it_has_functions_for_and_says_what_is_missing() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = pay_with(&wechat, true, true, &memory());
        let sale = paid(&wechat, &pay, &number(), true).await;
        let headers = sale.headers();
        let incoming = Incoming::new(&sale.body, &headers);
        // Payments without a function are refused by name, whatever else is taken.
        let other = async |_: V3Notification| panic!("it is a payment");
        let error = pay.notify().handler().on_other(other).handle(incoming).await;
        assert_eq!((error.state(), error.status), (HandledState::Failed, 500));
        assert!(error.error.unwrap().to_string().contains("use amount_of and on_paid"));
        // A function that would never run is refused before anything is asked.
        let failed = async |_: ConfirmedRefund, _: String| panic!("it is a payment");
        let error = pay.notify().handler().on_refund_failed(failed).handle(incoming).await.error.unwrap();
        assert_eq!(error.to_string(), "on_refund_failed: would never run: it is given without on_refunded");
        // The order of the functions does not matter, and one that owns what it uses makes copies.
        let keys = std::sync::Arc::new(Mutex::new(Vec::new()));
        let note = {
            let keys = std::sync::Arc::clone(&keys);
            move |_: ConfirmedPayment, key: String| {
                let keys = std::sync::Arc::clone(&keys);
                async move {
                    keys.lock().unwrap().push(key);
                    Ok(())
                }
            }
        };
        let handler = pay.notify().handler().on_other(other).amount_of(async |_| Ok(Fen(88))).on_paid(note);
        let handled = handler.handle(incoming).await;
        assert!(handled.error.is_none() && handled.delivered, "{:?}", handled.error);
        assert_eq!(keys.lock().unwrap().len(), 1);
        // A transfer that failed, without a function for it: it is told, and WeChat does not repeat it.
        let told = transferred(&wechat, &pay, &number(), Some("ACCOUNT_FROZEN")).await;
        let headers = told.headers();
        let never = async |_: ConfirmedTransfer, _: String| panic!("it failed");
        let left = pay.notify().handler().on_transferred(never).handle(Incoming::new(&told.body, &headers)).await;
        assert_eq!((left.state().as_str(), left.status), ("transfer_failed", 200));
        assert!(left.is_acknowledged() && left.error.is_some() && !left.delivered);
        assert_eq!(left.transfer.unwrap().fail_reason(), Some("ACCOUNT_FROZEN"));
    });
}

/// Makes a transfer, and lets it end: what the shop was sent.
async fn transferred(wechat: &Running, pay: &WxPay, number: &str, fails: Option<&str>) -> Post {
    let shop = shop().await;
    let info = |kind: &str| V3TransferReportInfo::new().info_type(kind).info_content("新会员有礼");
    let infos = vec![info("活动名称"), info("奖励说明")];
    let transfer = V3Transfer::new()
        .out_bill_no(number)
        .transfer_scene_id("1000")
        .openid(wechat.openid())
        .transfer_amount(Fen(30))
        .transfer_remark("新会员有礼")
        .transfer_scene_report_infos(infos)
        .notify_url(format!("{}/notify", shop.url));
    pay.v3().transfer(transfer).await.unwrap();
    let ends = match fails {
        Some(reason) => json!({ "out_bill_no": number, "result": "fail", "fail_reason": reason }),
        None => json!({ "out_bill_no": number }),
    };
    control(wechat, "POST", "/_emulator/transfer", ends).await;
    control(wechat, "POST", "/_emulator/clock", json!({ "advance_s": 2 })).await;
    posts(&shop).remove(0)
}

/// Handles a notification. `keys` receives the keys of transfers, those that failed behind a `-`.
async fn with_transfers(pay: &WxPay, post: &Post, keys: &Mutex<Vec<String>>, closed: bool) -> Handled {
    let headers = post.headers();
    let note = |key: String| -> Result<(), HandlerError> {
        keys.lock().unwrap().push(key);
        if closed { Err("the shop is closed".into()) } else { Ok(()) }
    };
    let no = async |_: ConfirmedRefund, _: String| -> Result<(), HandlerError> { Err("not a refund".into()) };
    let took = async |_: ConfirmedTransfer, key: String| note(key.to_owned());
    let failed = async |_: ConfirmedTransfer, key: String| note(format!("-{key}"));
    let paid = async |_: ConfirmedPayment, _: String| Ok(());
    let other = async |_: V3Notification| -> Result<(), HandlerError> { Err("not another".into()) };
    pay.notify()
        .handler()
        .amount_of(async |_| Ok(Fen(88)))
        .on_paid(paid)
        .on_refunded(no)
        .on_refund_failed(no)
        .on_transferred(took)
        .on_transfer_failed(failed)
        .on_other(other)
        .handle(Incoming::new(&post.body, &headers))
        .await
}

#[test]
fn a_transfer_is_confirmed_and_handed_over_once() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        for v2 in [true, false] {
            let pay = pay_with(&wechat, v2, true, &memory());
            let (number, keys) = (number(), Mutex::new(Vec::new()));
            let told = transferred(&wechat, &pay, &number, None).await;
            let closed = with_transfers(&pay, &told, &keys, true).await;
            assert_eq!((closed.state(), closed.status), (HandledState::Failed, 500));
            assert!(closed.transfer.is_some() && closed.error.is_some());
            let first = with_transfers(&pay, &told, &keys, false).await;
            assert!(first.error.is_none(), "{:?}", first.error);
            assert_eq!((first.state(), first.status, &*first.answer), (HandledState::Delivered, 200, ""));
            assert_eq!(first.out_trade_no(), Some(&*number));
            let transfer = first.transfer.unwrap();
            assert_eq!((transfer.state(), transfer.transfer_amount()), (V3TransferState::Success, Fen(30)));
            assert_eq!((transfer.openid(), transfer.api().as_str()), (Some(&*wechat.openid()), "v3"));
            assert!(transfer.update_time().is_some());
            let again = with_transfers(&pay, &told, &keys, false).await;
            assert_eq!((again.state(), again.transfer), (HandledState::HandedOver, None));
            let key = format!("wxpay-transfer-{}-{}", pay.merchant().mch_id(), transfer.transfer_bill_no());
            assert_eq!(keys.into_inner().unwrap(), [key.clone(), key]);
            let headers = told.headers();
            let confirmed = pay.notify().confirm_transfer(Incoming::new(&told.body, &headers)).await.unwrap();
            assert_eq!(confirmed, transfer);
            // It was asked for by its number too, and the ledger is one.
            let pending =
                PendingTransfer { out_bill_no: number.clone(), transfer_amount: Fen(30), created: clock::now() - 60 };
            let no = async |_: ConfirmedTransfer, _: String| -> Result<(), HandlerError> { Err("again".into()) };
            assert!(matches!(pay.reconcile_transfer(&pending, no, no).await, Reconciled::HandedOver));
        }
    });
}

#[test]
fn a_transfer_that_failed_goes_to_its_own_function() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = pay_with(&wechat, true, true, &memory());
        let (number, keys) = (number(), Mutex::new(Vec::new()));
        let told = transferred(&wechat, &pay, &number, Some("ACCOUNT_FROZEN")).await;
        let headers = told.headers();
        let untaken = pay.notify().begin_transfer(Incoming::new(&told.body, &headers), false).await.unwrap();
        assert_eq!(untaken.as_str(), "transfer_failed");
        let handled = with_transfers(&pay, &told, &keys, false).await;
        let transfer = handled.transfer.unwrap();
        assert_eq!((transfer.state(), transfer.fail_reason()), (V3TransferState::Fail, Some("ACCOUNT_FROZEN")));
        let key = format!("-wxpay-transfer-failed-{}-{}", pay.merchant().mch_id(), transfer.transfer_bill_no());
        assert_eq!(keys.into_inner().unwrap(), [key]);
    });
}

#[test]
fn pending_transfers_are_asked_for() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = pay_with(&wechat, true, true, &memory());
        let number = number();
        let told = transferred(&wechat, &pay, &number, None).await;
        let pending = |number: &str, fen: i64, age: i64| PendingTransfer {
            out_bill_no: number.to_owned(),
            transfer_amount: Fen(fen),
            created: clock::now() - age,
        };
        let keys = Mutex::new(Vec::new());
        let ask = async |pending: PendingTransfer| {
            let took = async |_: ConfirmedTransfer, key: String| -> Result<(), HandlerError> {
                keys.lock().unwrap().push(key.to_owned());
                Ok(())
            };
            pay.reconcile_transfer(&pending, took, took).await
        };
        let all =
            pay.notify().begin_all_pending_transfers(vec![pending("T0", 30, 0), pending("a b", 30, 60)], true).await;
        assert!(matches!(&all[..], [Ok(Start::NotDue(_)), Err(_)]), "{all:?}");
        assert!(matches!(ask(pending(&number, 30, 0)).await, Reconciled::NotDue { next_due: Some(_) }));
        assert!(matches!(ask(pending(&number, 30, 9 * 86_400)).await, Reconciled::TooOld));
        let Reconciled::Failed { error, .. } = ask(pending(&number, 31, 60)).await else { panic!() };
        assert_eq!((error.class(), error.code()), ("PaymentMismatch", "transfer_amount_mismatch"), "{error}");
        for wrong in [pending("with_dash", 30, 60), pending("", 30, 60), pending(&number, 0, 60)] {
            let Reconciled::Failed { error, .. } = ask(wrong).await else { panic!() };
            assert_eq!(error.class(), "InvalidRequest", "{error}");
        }
        assert!(matches!(ask(pending(&number, 30, 130)).await, Reconciled::Delivered(_)));
        assert_eq!(with_transfers(&pay, &told, &keys, false).await.state(), HandledState::HandedOver);
        let waiting = common::number();
        let info = |kind: &str| V3TransferReportInfo::new().info_type(kind).info_content("新会员有礼");
        let infos = vec![info("活动名称"), info("奖励说明")];
        let open = V3Transfer::new().out_bill_no(&waiting).transfer_scene_id("1000").openid(wechat.openid());
        let open = open.transfer_amount(Fen(30)).transfer_remark("x").transfer_scene_report_infos(infos);
        pay.v3().transfer(open).await.unwrap();
        let Reconciled::Processing(state) = ask(pending(&waiting, 30, 60)).await else { panic!() };
        assert_eq!(state, "WAIT_USER_CONFIRM");
        assert_eq!(keys.lock().unwrap().len(), 1);
    });
}

/// A notification of a transfer, and WeChat's answer: which of them is refused, and why.
#[test]
fn a_transfer_is_compared_with_wechats_answer() {
    within(async {
        let right = json!({
            "out_bill_no": "T1", "transfer_bill_no": "1330001", "state": "SUCCESS", "mch_id": MCH_ID, "transfer_amount": 30,
            "openid": "o1", "create_time": "2025-11-28T11:20:00+08:00", "update_time": "2025-11-28T11:21:00+08:00",
        });
        let with = |name: &str, value: Json| {
            let mut changed = right.clone();
            changed[name] = value;
            changed
        };
        for (told, answer, code) in [
            (right.clone(), right.clone(), ""),
            (right.clone(), with("state", json!("FAIL")), ""),
            (right.clone(), with("state", json!("TRANSFERING")), "transfer_state_mismatch"),
            (right.clone(), with("state", json!("LATER")), "transfer_state_mismatch"),
            (right.clone(), with("transfer_amount", json!(31)), "transfer_amount_mismatch"),
            (right.clone(), with("out_bill_no", json!("T2")), "reply_mismatch"),
            (right.clone(), with("transfer_bill_no", json!("1330002")), "reply_mismatch"),
            (right.clone(), with("mch_id", json!("1900000001")), "mch_id_mismatch"),
            (with("mch_id", json!("1900000001")), right.clone(), "mch_id_mismatch"),
            (with("transfer_amount", json!("30.5")), right.clone(), "malformed_message"),
            (with("transfer_bill_no", json!("")), right.clone(), "malformed_message"),
            (with("state", json!("")), right.clone(), "malformed_message"),
        ] {
            let (server, _) = order_server(Json::Null, answer).await;
            let pay = client(common::signed::options(with_public_key(), &server.url));
            let body = message("MCHTRANSFER.BILL.FINISHED", "mch_payment", &told.to_string(), API_V3_KEY);
            let headers = signed(&body);
            let confirmed = pay.notify().confirm_transfer(Incoming::new(body.as_bytes(), &headers)).await;
            match confirmed {
                Ok(transfer) => assert_eq!((code, transfer.out_bill_no()), ("", "T1")),
                Err(error) => assert_eq!(error.code(), code, "{error}"),
            }
        }
    });
}

/// The same payment: told by one API, and confirmed by whichever the client has; the records agree but for `api`.
#[test]
fn an_order_of_either_api_is_confirmed_by_the_other_one() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let (v2, v3) = (pay_with(&wechat, true, false, &memory()), pay_with(&wechat, false, true, &memory()));
        for made_by_v3 in [false, true] {
            let number = number();
            let post = paid(&wechat, if made_by_v3 { &v3 } else { &v2 }, &number, made_by_v3).await;
            let told = if made_by_v3 { &v3 } else { &v2 };
            let headers = post.headers();
            let confirmed = told.notify().confirm(Incoming::new(&post.body, &headers)).await.unwrap();
            let by_v2 = v2.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap().unwrap();
            let by_v3 = v3.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap().unwrap();
            assert_eq!((by_v2.api().as_str(), by_v3.api().as_str()), ("v2", "v3"));
            assert_eq!(confirmed.api().as_str(), if made_by_v3 { "v3" } else { "v2" });
            let (old, new) = (said(&by_v2), said(&by_v3));
            let differs: BTreeSet<_> = new.difference(&old).map(|(name, _)| name.as_str()).collect();
            assert!(differs.is_subset(&BTreeSet::from(["api", "promotion_detail", "trade_state_desc"])), "{differs:?}");
            for name in ["appid", "mch_id", "openid", "transaction_id", "time_end", "bank_type", "cash_fee", "attach"] {
                assert!(by_v3.get(name).is_some(), "{name}");
                assert_eq!(by_v2.get(name), by_v3.get(name), "{name}");
            }
            // The other API's client cannot read it, and says which setting it needs.
            let other = if made_by_v3 { &v2 } else { &v3 };
            let error = other.notify().confirm(Incoming::new(&post.body, &headers)).await.unwrap_err();
            if made_by_v3 {
                assert_eq!(error.class(), "SignatureError");
                assert!(error.to_string().contains("APIv3"), "{error}");
            } else {
                assert_eq!((error.class(), error.field()), ("ConfigError", Some("api_key")));
            }
        }
        assert_eq!(asked(&wechat, "/pay/orderquery").await, 3);
    });
}

#[test]
fn a_client_of_apiv3_alone_reconciles() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = pay_with(&wechat, false, true, &memory());
        let (number, keys) = (number(), Mutex::new(Vec::new()));
        let open = |created| Pending {
            out_trade_no: number.clone(),
            total_fee: Fen(88),
            created,
            sub_mch_id: None,
            combine_out_trade_no: None,
        };
        let on_paid = async |_: ConfirmedPayment, key: String| {
            keys.lock().unwrap().push(key.to_owned());
            Ok(())
        };
        let post = paid(&wechat, &pay, &number, true).await;
        let result = pay.reconcile(&open(clock::now() - 60), on_paid).await;
        assert!(matches!(&result, Reconciled::Delivered(payment) if payment.api().as_str() == "v3"), "{result:?}");
        // The notification comes late.
        let late = handled(&pay, &post, &keys).await;
        assert_eq!(late.state(), HandledState::HandedOver);
        assert_eq!(keys.lock().unwrap().len(), 1);
        let unpaid = Pending { out_trade_no: "T-unknown-1".to_owned(), ..open(clock::now() - 60) };
        let unknown = pay.reconcile(&unpaid, on_paid).await;
        let Reconciled::Failed { error, .. } = unknown else { panic!("{unknown:?}") };
        assert_eq!((error.class(), error.endpoint()), ("BusinessError", Some("v3.query")));
        assert_eq!(asked(&wechat, "/pay/orderquery").await, 0);
    });
}

#[test]
fn refunds_of_apiv3_are_confirmed_and_handed_over_once() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let (pay, keys) = (pay_with(&wechat, true, true, &memory()), Mutex::new(Vec::new()));
        // The order was made by APIv2, and is refunded by APIv3.
        let number = number();
        paid(&wechat, &pay, &number, false).await;
        let shop = shop().await;
        let refund = V3Refund::new()
            .out_trade_no(&number)
            .out_refund_no("R1")
            .notify_url(format!("{}/refund", shop.url))
            .amount(V3RefundAmount::new().refund(Fen(40)).total(Fen(88)).currency("CNY"));
        pay.v3().refund(refund).await.unwrap();
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 60 })).await;
        let post = posts(&shop).remove(0);
        let headers = post.headers();
        let told = pay.notify().parse_refund(Incoming::new(&post.body, &headers)).unwrap();
        assert_eq!((told.out_refund_no(), told.refund_fee(), told.appid()), ("R1", Fen(40), None));
        let first = handled(&pay, &post, &keys).await;
        assert!(first.error.is_none(), "{:?}", first.error);
        let refund = first.refund.as_ref().unwrap();
        assert_eq!((first.status, first.answer.as_str(), refund.api().as_str()), (200, "", "v3"));
        assert_eq!((refund.total_fee(), refund.refund_fee()), (Fen(88), Fen(40)));
        assert_eq!((refund.refund_status(), refund.mch_id()), (RefundStatus::Success, pay.merchant().mch_id()));
        assert!(refund.refund_success_time().is_some() && refund.appid().is_none());
        // The same refund, asked of APIv2: handed over already.
        let pending = PendingRefund {
            out_refund_no: "R1".to_owned(),
            refund_fee: Fen(40),
            created: clock::now() - 60,
            sub_mch_id: None,
        };
        let fail = async |_: ConfirmedRefund, _: String| panic!("not again");
        assert!(matches!(pay.reconcile_refund(&pending, fail, fail).await, Reconciled::HandedOver));
        assert_eq!(*keys.lock().unwrap(), [format!("wxpay-refund-{}-{}", pay.merchant().mch_id(), refund.refund_id())]);
        // Without functions for refunds it is refused, and says what takes it.
        let alone = pay
            .notify()
            .handler()
            .amount_of(async |_| panic!())
            .on_paid(async |_, _| panic!())
            .handle(Incoming::new(&post.body, &headers))
            .await;
        assert_eq!(alone.status, 500);
        assert!(alone.error.unwrap().to_string().contains("on_refunded"));
    });
}

/// A server that knows one paid order, and a notification of it that WeChat Pay's key signed.
async fn order_server(resource: Json, answer: Json) -> (Signed, Json) {
    let server = Signed::start(move |request| match request.target.as_str() {
        "/v3/certificates" => Reply { by: By::Certificate, ..reply(200, &certificates()) },
        _ => reply(200, &answer.to_string()),
    })
    .await;
    (server, resource)
}

fn order_document() -> Json {
    json!({
        "appid": "wxd930ea5d5a258f4f", "mchid": MCH_ID, "out_trade_no": "WXK1", "transaction_id": "42001",
        "trade_type": "JSAPI", "trade_state": "SUCCESS", "trade_state_desc": "支付成功", "bank_type": "OTHERS",
        "attach": "", "success_time": "2025-11-28T11:20:05+08:00", "payer": { "openid": "oUpF8u" },
        "amount": { "total": 88, "payer_total": 88, "currency": "CNY", "payer_currency": "CNY" },
    })
}

fn message(event: &str, kind: &str, resource: &str, key: &str) -> String {
    let sealed = Gcm::of_api_v3_key("key", key).unwrap();
    let ciphertext = sealed.encrypt(b"aB3dE5fG7hJ9", kind.as_bytes(), resource.as_bytes()).unwrap();
    json!({
        "id": "4ea1d7a8-6a1f-5f0e-9a3c-2f1f5b0f7a11", "create_time": "2025-11-28T11:20:06+08:00",
        "resource_type": "encrypt-resource", "event_type": event, "summary": "支付成功",
        "resource": {
            "original_type": kind, "algorithm": "AEAD_AES_256_GCM", "associated_data": kind, "nonce": "aB3dE5fG7hJ9",
            "ciphertext": BASE64_STANDARD.encode(ciphertext),
        },
    })
    .to_string()
}

fn signed_at(body: &str, at: i64, (serial, key): (&str, &SigningKey)) -> Headers {
    let signature = v3::sign(format!("{at}\nnonce\n{body}\n").as_bytes(), key).unwrap();
    let at = at.to_string();
    Headers::read(SIGNED.into_iter().zip([&*at, "nonce", serial, &*signature]))
}

fn signed(body: &str) -> Headers {
    signed_at(body, clock::now(), (PUBLIC_KEY_ID, &public_key_pair()))
}

async fn refused(pay: &WxPay, body: &str, headers: &Headers) -> (Error, u16) {
    let never = async |_: ConfirmedPayment, _: String| panic!("it is refused");
    let handled = pay
        .notify()
        .handler()
        .amount_of(async |_| Ok(Fen(88)))
        .on_paid(never)
        .handle(Incoming::new(body.as_bytes(), headers))
        .await;
    assert!(!handled.is_acknowledged());
    assert_eq!(handled.answer, r#"{"code":"FAIL","message":"失败"}"#);
    (handled.error.unwrap(), handled.status)
}

#[test]
fn what_is_not_authentic_is_refused_by_name() {
    within(async {
        let (server, order) = order_server(order_document(), order_document()).await;
        let pay = client(common::signed::options(with_public_key(), &server.url));
        let body = message("TRANSACTION.SUCCESS", "transaction", &order.to_string(), API_V3_KEY);
        let right = signed(&body);
        let parsed = pay.notify().parse(Incoming::new(body.as_bytes(), &right)).unwrap();
        assert_eq!((parsed.out_trade_no(), parsed.total_fee()), ("WXK1", Fen(88)));
        assert_eq!((parsed.result_code(), parsed.attach()), ("SUCCESS", None));

        let other = Headers { signature: Some(signed("{}").signature.unwrap()), ..right.clone() };
        let probe = format!("WECHATPAY/SIGNTEST/{}", &right.signature.clone().unwrap()[20..]);
        let old = signed_at(&body, clock::now() - 400, (PUBLIC_KEY_ID, &public_key_pair()));
        let pretty = serde_json::to_string_pretty(&serde_json::from_str::<Json>(&body).unwrap()).unwrap();
        for (body, headers, code) in [
            (&body, Headers::default(), "header_missing"),
            (&body, Headers { serial: None, ..right.clone() }, "header_missing"),
            (&body, other, "signature_mismatch"),
            (&body, Headers { signature: Some(probe), ..right.clone() }, "signature_probe"),
            (&body, old, "timestamp_expired"),
            (&pretty, right.clone(), "signature_mismatch"),
            (&body, Headers { serial: Some("ABCD".repeat(10)), ..right.clone() }, "serial_unknown"),
        ] {
            let (error, status) = refused(&pay, body, &headers).await;
            assert_eq!((error.code(), error.class(), status), (code, "SignatureError", 401), "{error}");
            assert_eq!(error.out_trade_no(), None);
        }
        let (error, status) = refused(&pay, &body, &Headers::default()).await;
        assert!(error.to_string().contains("Wechatpay-Signature") && status == 401, "{error}");

        let sealed = message("TRANSACTION.SUCCESS", "transaction", &order.to_string(), &"k".repeat(32));
        let (error, _) = refused(&pay, &sealed, &signed(&sealed)).await;
        assert_eq!(error.code(), "decrypt_failed");
        assert!(error.to_string().contains("api_v3_key"), "{error}");
        assert!(!format!("{error:?} {error}").contains(API_V3_KEY));
        assert!(!error.to_string().contains("same text"), "{error}");

        // The key of APIv2 in the place of the other one; both may have one text.
        let same = MerchantOptions { api_key: Some(API_V3_KEY.into()), ..with_public_key() };
        let pay = client(common::signed::options(same, "http://127.0.0.1:9"));
        let (error, _) = refused(&pay, &sealed, &signed(&sealed)).await;
        let (english, chinese) = (error.message(Language::English), error.message(Language::Chinese));
        assert!(english.contains("api_v3_key, which has the same text as api_key"), "{english}");
        assert!(chinese.contains("它与 api_key 相同"), "{chinese}");
        assert!(pay.notify().parse(Incoming::new(body.as_bytes(), &right)).is_ok());
    });
}

/// With both APIs, and with APIv3 alone: nothing is asked, and nothing is handed over.
#[test]
fn any_single_change_to_a_notification_is_refused() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (server, _) = runtime.block_on(order_server(order_document(), order_document()));
    let both = MerchantOptions { api_key: Some(KEY.into()), ..with_public_key() };
    let clients = [both, with_public_key()].map(|merchant| {
        let _inside = runtime.enter();
        client(common::signed::options(merchant, &server.url))
    });
    let whole = message("TRANSACTION.SUCCESS", "transaction", &order_document().to_string(), API_V3_KEY);
    let at = clock::now();
    let signature = signed_at(&whole, at, (PUBLIC_KEY_ID, &public_key_pair())).signature.unwrap();
    let right = [&*at.to_string(), "nonce", PUBLIC_KEY_ID, &*signature].map(str::to_owned);
    let mut runner = TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) });
    let tampered = runner.run(&(change(), 0..clients.len()), |(change, which)| {
        let mut headers: Vec<_> = SIGNED.into_iter().zip(right.clone()).collect();
        let mut body = whole.clone().into_bytes();
        prop_assume!(change.of(&mut headers, &mut body));
        let headers = Headers::read(headers.iter().map(|(name, value)| (*name, &**value)));
        let never = async |_: ConfirmedPayment, _: String| panic!("it is refused");
        let incoming = Incoming::new(&body, &headers);
        let amount_of = async |_: ConfirmedPayment| panic!("it is refused");
        let handled =
            runtime.block_on(clients[which].notify().handler().amount_of(amount_of).on_paid(never).handle(incoming));
        prop_assert_eq!(handled.error.as_ref().map(Error::class), Some("SignatureError"), "{:?}", handled.error);
        prop_assert!(!handled.is_acknowledged() && handled.out_trade_no().is_none(), "{:?}", handled);
        Ok(())
    });
    tampered.unwrap();
    // A serial number that is not known is looked for, once a minute by each client.
    let asked = server.got.lock().unwrap();
    assert!(asked.iter().all(|request| request.target == "/v3/certificates") && asked.len() <= 4, "{asked:?}");
}

#[test]
fn what_is_no_payment_of_this_merchant_is_refused_by_name() {
    within(async {
        let (server, order) = order_server(order_document(), order_document()).await;
        let pay = client(common::signed::options(with_public_key(), &server.url));
        let with = |name: &str, value: Json| {
            let mut order = order.clone();
            order[name] = value;
            order.to_string()
        };
        let cases = [
            ("TRANSACTION.SUCCESS", "transaction", with("mchid", json!("1900000001")), "mch_id_mismatch", "1900000001"),
            ("TRANSACTION.SUCCESS", "transaction", with("appid", json!("wx0")), "appid_mismatch", "wx0"),
            ("TRANSACTION.SUCCESS", "transaction", with("amount", json!({})), "malformed_message", "total"),
            ("TRANSACTION.SUCCESS", "transaction", with("amount", json!("88")), "malformed_message", "amount"),
            ("TRANSACTION.SUCCESS", "profitsharing", "{}".to_owned(), "malformed_message", "v3.notification"),
            ("MCHTRANSFER.BILL.FINISHED", "mch_payment", "{}".to_owned(), "malformed_message", "on_transferred"),
            ("REFUND.SUCCESS", "refund", "{}".to_owned(), "malformed_message", "on_refunded"),
            ("TRANSACTION.SUCCESS", "transaction", "[]".to_owned(), "malformed_message", "JSON object"),
        ];
        for (event, kind, resource, code, word) in cases {
            let body = message(event, kind, &resource, API_V3_KEY);
            let (error, status) = refused(&pay, &body, &signed(&body)).await;
            assert_eq!((error.code(), status), (code, 500), "{error}");
            assert!(error.to_string().contains(word), "{error}");
        }
        assert!(server.got.lock().unwrap().is_empty(), "nothing was asked");

        // Everything can be read, though it is no payment.
        let body = message("MCHTRANSFER.BILL.FINISHED", "mch_payment", r#"{"out_bill_no":"B1"}"#, API_V3_KEY);
        let read = pay.v3().notification(body.as_bytes(), &signed(&body)).await.unwrap();
        assert_eq!((read.event_type(), read.original_type()), ("MCHTRANSFER.BILL.FINISHED", Some("mch_payment")));
        assert_eq!(read.resource(), r#"{"out_bill_no":"B1"}"#);
        let error = pay.v3().notification(b"<xml/>", &signed(&body)).await.unwrap_err();
        assert_eq!(error.code(), "malformed_message");
    });
}

#[test]
fn what_wechat_answers_must_agree_with_what_was_told() {
    within(async {
        for (name, value, code) in [
            ("amount", json!({ "total": 89, "payer_total": 89, "currency": "CNY" }), "total_fee_mismatch"),
            ("amount", json!({ "total": 88, "payer_total": 88, "currency": "USD" }), "fee_type_mismatch"),
            ("trade_state", json!("REFUND"), "trade_state_mismatch"),
            ("mchid", json!("1900000001"), "reply_mismatch"),
            ("appid", json!("wx0"), "appid_mismatch"),
            ("out_trade_no", json!("WXK2"), "out_trade_no_mismatch"),
        ] {
            let mut answer = order_document();
            answer[name] = value;
            let (server, order) = order_server(order_document(), answer).await;
            let pay = client(common::signed::options(with_public_key(), &server.url));
            let body = message("TRANSACTION.SUCCESS", "transaction", &order.to_string(), API_V3_KEY);
            let (error, status) = refused(&pay, &body, &signed(&body)).await;
            assert_eq!((error.code(), status), (code, 500), "{error}");
            assert_eq!((error.endpoint(), error.out_trade_no()), (Some("v3.query"), Some("WXK1")), "{error}");
            assert_eq!(server.only().target, "/v3/pay/transactions/id/42001?mchid=1900000109");
        }
    });
}

/// A certificate that the client does not know is downloaded, once for a minute however many forged notifications name unknown ones.
#[test]
fn platform_certificates_are_downloaded_for_a_notification() {
    within(async {
        let (server, order) = order_server(order_document(), order_document()).await;
        let pay = client(common::signed::options(with_certificates(), &server.url));
        let body = message("TRANSACTION.SUCCESS", "transaction", &order.to_string(), API_V3_KEY);
        let headers = signed_at(&body, clock::now(), (SERIAL, &certificate_pair()));
        let error = pay.notify().parse(Incoming::new(body.as_bytes(), &headers)).unwrap_err();
        assert_eq!(error.code(), "serial_unknown", "parse asks nobody: {error}");
        for _ in 0..5 {
            let forged = Headers { serial: Some("AB".repeat(20)), ..headers.clone() };
            let (error, _) = refused(&pay, &body, &forged).await;
            assert_eq!(error.code(), "serial_unknown");
        }
        assert!(server.asked("/v3/certificates").len() <= 3, "{:?}", server.asked("/v3/certificates").len());
        let parsed = pay.notify().parse(Incoming::new(body.as_bytes(), &headers)).unwrap();
        assert_eq!(parsed.out_trade_no(), "WXK1");
    });
}

/// WeChat waits five seconds for the answer.
#[test]
fn certificates_that_hang_do_not_hold_up_the_answer() {
    within(async {
        let (server, order) = order_server(order_document(), order_document()).await;
        let pay =
            client(common::signed::options(with_certificates(), &Silent::before(&server, "/v3/certificates").await));
        let body = message("TRANSACTION.SUCCESS", "transaction", &order.to_string(), API_V3_KEY);
        let headers = signed_at(&body, clock::now(), (SERIAL, &certificate_pair()));
        for _ in 0..2 {
            let begun = Instant::now();
            let (error, status) = refused(&pay, &body, &headers).await;
            assert!(begun.elapsed() < Duration::from_millis(4500), "{:?}", begun.elapsed());
            assert_eq!((error.class(), status), ("TransportError", 500), "{error}");
            assert!(error.to_string().contains("WeChat sends it again"), "{error}");
        }
        assert!(server.got.lock().unwrap().is_empty());
    });
}

#[test]
fn a_provider_takes_the_payments_of_its_sub_merchant() {
    within(async {
        let partner = json!({
            "sp_appid": "wxd930ea5d5a258f4f", "sp_mchid": MCH_ID, "sub_mchid": "1900000201", "out_trade_no": "WXK1",
            "transaction_id": "42001", "trade_type": "JSAPI", "trade_state": "SUCCESS", "trade_state_desc": "支付成功",
            "success_time": "2025-11-28T11:20:05+08:00", "payer": { "sp_openid": "oUpF8u" },
            "amount": { "total": 88, "payer_total": 88, "currency": "CNY" },
        });
        let (server, order) = order_server(partner.clone(), partner).await;
        let body = message("TRANSACTION.SUCCESS", "transaction", &order.to_string(), API_V3_KEY);
        for own in [None, Some("1900000201")] {
            let mut merchant = with_public_key();
            merchant.sub_mch_id = own.map(Into::into);
            let pay = client(common::signed::options(merchant, &server.url));
            let payment = pay.notify().confirm(Incoming::new(body.as_bytes(), &signed(&body))).await.unwrap();
            assert_eq!((payment.mch_id(), payment.sub_mch_id()), (MCH_ID, Some("1900000201")));
            assert_eq!(payment.openid(), Some("oUpF8u"));
        }
        let asked = server.got.lock().unwrap().iter().map(|request| request.target.clone()).collect::<BTreeSet<_>>();
        let wanted = "/v3/pay/partner/transactions/id/42001?sub_mchid=1900000201&sp_mchid=1900000109";
        assert_eq!(asked, BTreeSet::from([wanted.to_owned()]));
        let mut other = with_public_key();
        other.sub_mch_id = Some("1900000202".into());
        let pay = client(common::signed::options(other, &server.url));
        let (error, _) = refused(&pay, &body, &signed(&body)).await;
        assert_eq!(error.code(), "sub_mch_id_mismatch");
    });
}

#[test]
fn of_several_clients_a_notification_finds_its_own() {
    within(async {
        let body = message("TRANSACTION.SUCCESS", "transaction", &order_document().to_string(), API_V3_KEY);
        let mut other = with_public_key();
        other.api_v3_key = Some("k".repeat(32).into());
        let clients =
            [other, with_public_key()].map(|merchant| client(common::signed::options(merchant, "http://127.0.0.1:9")));
        let found = dispatch(body.as_bytes(), &clients).unwrap();
        assert!(found.notify().parse(Incoming::new(body.as_bytes(), &signed(&body))).is_ok());
        assert_eq!(clients[0].notify().fit(body.as_bytes()), 0);
    });
}

/// Anybody can post: nothing is downloaded for a message that is old, a probe, or not encrypted with the merchant's APIv3 key.
#[test]
fn what_cannot_be_genuine_causes_no_download() {
    within(async {
        let body = message("TRANSACTION.SUCCESS", "transaction", &order_document().to_string(), API_V3_KEY);
        let sealed = message("TRANSACTION.SUCCESS", "transaction", "{}", &"k".repeat(32));
        let right = signed_at(&body, clock::now(), (SERIAL, &certificate_pair()));
        let probe = format!("WECHATPAY/SIGNTEST/{}", &right.signature.clone().unwrap()[20..]);
        for merchant in [with_certificates(), with_public_key()] {
            let (server, _) = order_server(order_document(), order_document()).await;
            let pay = client(common::signed::options(merchant, &server.url));
            for (body, headers, code) in [
                (&body, Headers { timestamp: Some("1".to_owned()), ..right.clone() }, "timestamp_expired"),
                (&body, Headers { timestamp: Some("now".to_owned()), ..right.clone() }, "header_malformed"),
                (&body, Headers { signature: Some(probe.clone()), ..right.clone() }, "signature_probe"),
                (&sealed, right.clone(), "serial_unknown"),
                (&r#"{"id":"x"}"#.to_owned(), right.clone(), "serial_unknown"),
            ] {
                let (error, status) = refused(&pay, body, &headers).await;
                assert_eq!((error.code(), status), (code, 401), "{error}");
                let is_sealed_otherwise = body == &sealed;
                assert!(!is_sealed_otherwise || error.to_string().contains("api_v3_key"), "{error}");
            }
            assert!(server.got.lock().unwrap().is_empty(), "{:?}", server.got.lock().unwrap());
        }
    });
}

/// Garbage from strangers is no fault of the settings, also at a client without the key of APIv2.
#[test]
fn garbage_at_a_client_of_apiv3_alone_is_refused_as_such() {
    within(async {
        let pay = client(common::signed::options(with_public_key(), "http://127.0.0.1:9"));
        for body in [&b""[..], b"garbage", b"\xff\xfe", b"<xml", b"[1]"] {
            let error = pay.notify().confirm(body).await.unwrap_err();
            assert_eq!(error.class(), "SignatureError", "{body:?}: {error}");
            let error = pay.v3().notification(body, &Headers::default()).await.unwrap_err();
            let class = if body.starts_with(b"<") { "PaymentMismatch" } else { "SignatureError" };
            assert_eq!(error.class(), class, "{body:?}: {error}");
        }
        // A notification of APIv2, such as of a refund that was made by hand, names the setting that is missing.
        let error = pay.notify().confirm(b"<xml><return_code>SUCCESS</return_code></xml>").await.unwrap_err();
        assert_eq!(error.field(), Some("api_key"));
    });
}

/// The errors of a client of APIv3 alone name its calls.
#[test]
fn errors_name_the_call_of_the_api_that_is_asked() {
    within(async {
        let pay = client(common::signed::options(with_public_key(), "http://127.0.0.1:9"));
        let open = |number: &str| Pending {
            out_trade_no: number.to_owned(),
            total_fee: Fen(88),
            created: clock::now() - 60,
            sub_mch_id: None,
            combine_out_trade_no: None,
        };
        for number in ["x".repeat(40), "A1".to_owned()] {
            let result = pay.reconcile(&open(&number), async |_, _| Ok(())).await;
            let Reconciled::Failed { error, .. } = result else { panic!("{result:?}") };
            assert_eq!(error.endpoint(), Some("v3.query"), "{error}");
        }
        let body = message("TRANSACTION.SUCCESS", "transaction", &order_document().to_string(), API_V3_KEY);
        let pay = client(common::signed::options(with_certificates(), "http://127.0.0.1:9"));
        let headers = signed_at(&body, clock::now(), (SERIAL, &certificate_pair()));
        let error = pay.notify().confirm(Incoming::new(body.as_bytes(), &headers)).await.unwrap_err();
        assert!(error.to_string().contains("so the notification was not verified; WeChat sends it again"), "{error}");
    });
}

#[test]
fn what_may_be_of_either_api_never_gets_status_200() {
    use wxpaykit::notify::Answer;
    let none = Headers::default();
    for body in [&b""[..], b"x", b"\"{}\"", b"eyJpZCI6", b"\x1f\x8b\x08", b"\xff\xfe{\0"] {
        let answer = Answer::again(Incoming::new(body, &none), false);
        assert_eq!(answer.status, 500, "{body:?}");
        assert!(answer.body.contains("FAIL"));
    }
    let xml = Answer::again(Incoming::from(b" <xml></xml>"), true);
    assert_eq!((xml.status, xml.content_type), (200, "text/xml; charset=utf-8"));
    assert_eq!(Answer::again(Incoming::from(b"\xef\xbb\xbf {}"), true).status, 401);
}

#[test]
fn whose_a_document_is_must_be_clear() {
    within(async {
        let with = |changes: &[(&str, Json)]| {
            let mut document = order_document();
            for (name, value) in changes {
                document[*name] = value.clone();
            }
            document
        };
        let foreign = [("sp_mchid", json!("1900000999"))];
        let dollars = [("amount", json!({ "total": 88, "payer_total": 88, "payer_currency": "USD" }))];
        for (answer, code) in [(with(&foreign), "mch_id_mismatch"), (with(&dollars), "fee_type_mismatch")] {
            let (server, order) = order_server(order_document(), answer).await;
            let pay = client(common::signed::options(with_public_key(), &server.url));
            let body = message("TRANSACTION.SUCCESS", "transaction", &order.to_string(), API_V3_KEY);
            let (error, _) = refused(&pay, &body, &signed(&body)).await;
            assert_eq!(error.code(), code, "{error}");
        }
        let (server, _) = order_server(order_document(), order_document()).await;
        let pay = client(common::signed::options(with_public_key(), &server.url));
        let body = message("TRANSACTION.SUCCESS", "transaction", &with(&foreign).to_string(), API_V3_KEY);
        let (error, _) = refused(&pay, &body, &signed(&body)).await;
        assert_eq!(error.code(), "mch_id_mismatch", "{error}");
        assert!(server.got.lock().unwrap().is_empty());
    });
}

#[test]
fn a_refund_must_be_this_merchants_and_in_its_currency() {
    within(async {
        let told = json!({
            "mchid": MCH_ID, "out_trade_no": "WXK1", "transaction_id": "42001", "out_refund_no": "R1", "refund_id": "50301",
            "refund_status": "SUCCESS", "success_time": "2025-11-28T11:25:00+08:00", "user_received_account": "支付用户零钱",
            "amount": { "total": 88, "refund": 40, "payer_total": 88, "payer_refund": 40 },
        });
        let right = json!({
            "out_trade_no": "WXK1", "transaction_id": "42001", "out_refund_no": "R1", "refund_id": "50301", "status": "SUCCESS",
            "create_time": "2025-11-28T11:24:00+08:00", "success_time": "2025-11-28T11:25:00+08:00", "channel": "ORIGINAL",
            "user_received_account": "支付用户零钱",
            "amount": { "total": 88, "refund": 40, "payer_total": 88, "payer_refund": 40, "currency": "CNY" },
        });
        let body = message("REFUND.SUCCESS", "refund", &told.to_string(), API_V3_KEY);
        for (name, value, code) in [
            ("channel", json!("ORIGINAL"), ""),
            ("mchid", json!("1900000888"), "mch_id_mismatch"),
            ("sub_mchid", json!("1900000777"), "sub_mch_id_mismatch"),
            ("status", json!("PROCESSING"), "refund_status_mismatch"),
            ("refund_id", json!("50302"), "reply_mismatch"),
            ("transaction_id", json!("42002"), "transaction_id_mismatch"),
            ("amount", json!({ "total": 88, "refund": 41, "currency": "CNY" }), "refund_fee_mismatch"),
            ("amount", json!({ "total": 89, "refund": 40, "currency": "CNY" }), "total_fee_mismatch"),
            ("amount", json!({ "total": 88, "refund": 40 }), "fee_type_mismatch"),
            ("amount", json!({ "total": 88, "refund": 40, "currency": "USD" }), "fee_type_mismatch"),
        ] {
            let mut answer = right.clone();
            answer[name] = value;
            let (server, _) = order_server(told.clone(), answer).await;
            let pay = client(common::signed::options(with_public_key(), &server.url));
            let headers = signed(&body);
            let confirmed = pay.notify().confirm_refund(Incoming::new(body.as_bytes(), &headers)).await;
            match (code, confirmed) {
                ("", Ok(refund)) => assert_eq!((refund.refund_fee(), refund.mch_id()), (Fen(40), MCH_ID)),
                (code, Err(error)) => {
                    assert_eq!((error.code(), error.endpoint()), (code, Some("v3.refund_query")), "{error}")
                }
                (code, Ok(refund)) => panic!("{name} {code}: {refund:?}"),
            }
        }
    });
}

/// A 404 without a signature may come from anybody on the way: the order is asked for again, at once and by a caller that waits.
#[test]
fn an_unsigned_refusal_settles_nothing() {
    within(async {
        let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let seen = std::sync::Arc::clone(&count);
        let server = Signed::start(move |_| match seen.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 | 2 => reply(404, r#"{"code":"ORDER_NOT_EXIST","message":"订单不存在"}"#).by(By::Nobody),
            _ => reply(200, &order_document().to_string()),
        })
        .await;
        let mut merchant = with_public_key();
        merchant.api_key = None;
        let pay = client(common::signed::options(merchant, &server.url));
        let on_paid = async |_: ConfirmedPayment, _: String| Ok(());
        let open = Pending {
            out_trade_no: "WXK1".to_owned(),
            total_fee: Fen(88),
            created: clock::now() - 60,
            sub_mch_id: None,
            combine_out_trade_no: None,
        };
        let first = pay.reconcile(&open, on_paid).await;
        let Reconciled::Failed { error, .. } = first else { panic!("{first:?}") };
        assert_eq!(error.verified(), Some(false));
        let second = pay.reconcile(&open, on_paid).await;
        assert!(matches!(second, Reconciled::Delivered(_)), "{second:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        let waited = pay.wait_for_payment("WXK1", Fen(88), Duration::from_secs(5)).await.unwrap();
        assert!(waited.is_some());
    });
}

/// A key of APIv2 that is wrong, or was taken away, does not hide payments of APIv3.
#[test]
fn apiv3_is_asked_where_the_key_of_apiv2_is_refused() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let mut merchant = settings(&wechat, true, true);
        merchant.api_key = Some("0".repeat(32).into());
        let pay = client(Options::new(merchant).endpoints(wechat.url()).store("memory:"));
        let number = number();
        paid(&wechat, &pay, &number, true).await;
        let payment = pay.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap().unwrap();
        assert_eq!((payment.api().as_str(), payment.total_fee()), ("v3", Fen(88)));
        assert_eq!(asked(&wechat, "/pay/orderquery").await, 1);
    });
}

/// WeChat tells the receiver of a part, who cannot query another merchant's sharing. Merchants report each of these types.
#[test]
fn profit_sharing_is_never_a_payment_and_goes_to_its_own_function() {
    within(async {
        let shared = json!({
            "mchid": "1900000201", "transaction_id": "42001", "order_id": "30001", "out_order_no": "PS001",
            "receiver": { "type": "MERCHANT_ID", "account": MCH_ID, "amount": 30, "description": "分给商户" },
            "success_time": "2025-11-28T11:26:00+08:00",
        });
        let pay = client(common::signed::options(with_public_key(), "http://127.0.0.1:9"));
        for (event, kind) in [
            ("TRANSACTION.SUCCESS", "profitsharing"),
            ("TRANSACTION.SUCCESS", "transaction"),
            ("PROFITSHARING.SUCCESS", "profitsharing"),
            ("PROFITSHARING.RETURN", "profitsharing"),
        ] {
            let body = message(event, kind, &shared.to_string(), API_V3_KEY);
            let headers = signed(&body);
            let (error, status) = refused(&pay, &body, &headers).await;
            assert_eq!((error.code(), status), ("malformed_message", 500), "{event} {kind}");
            assert!(error.to_string().contains("pass on_other to notify.handle"), "{error}");
            let told = Mutex::new(Vec::new());
            let handled = pay
                .notify()
                .handler()
                .amount_of(async |_| panic!("it is no payment"))
                .on_paid(async |_, _| panic!("it is no payment"))
                .on_other(async |event| {
                    told.lock().unwrap().push(event.resource().contains("PS001"));
                    Ok(())
                })
                .handle(Incoming::new(body.as_bytes(), &headers))
                .await;
            assert!(handled.delivered && handled.payment.is_none(), "{event} {kind}: {:?}", handled.error);
            assert_eq!(*told.lock().unwrap(), [true]);
        }
        // With the number of an order it is a payment, or nothing.
        let mut order = shared.clone();
        order["out_trade_no"] = json!("WXK1");
        let body = message("TRANSACTION.SUCCESS", "transaction", &order.to_string(), API_V3_KEY);
        let (error, _) = refused(&pay, &body, &signed(&body)).await;
        assert!(!error.to_string().contains("on_other"), "{error}");
    });
}

#[test]
fn no_notification_of_another_sub_merchant_is_taken() {
    within(async {
        let with = |sub_mch_id: Option<&str>| {
            let merchant = MerchantOptions { sub_mch_id: sub_mch_id.map(Into::into), ..with_public_key() };
            client(common::signed::options(merchant, "http://127.0.0.1:9"))
        };
        let shared = |named: Json| {
            let mut shared = json!({
                "sp_mchid": MCH_ID, "transaction_id": "42001", "order_id": "30001", "out_order_no": "PS001",
                "receiver": { "type": "MERCHANT_ID", "account": MCH_ID, "amount": 30, "description": "佣金" },
                "success_time": "2025-11-28T11:26:00+08:00",
            });
            shared.as_object_mut().unwrap().extend(named.as_object().unwrap().clone());
            shared
        };
        let of = |number: &str| json!({ "sub_mchid": number });
        let none = json!({});
        let parts = |numbers: [&str; 2]| json!({ "combine_out_trade_no": "C1", "sub_orders": numbers.map(of) });
        let (own, other) = ("1900000201", "1900000202");
        for (event, resource, sub_mch_id, is_taken) in [
            ("PROFITSHARING.SUCCESS", shared(of(own)), Some(own), true),
            ("PROFITSHARING.SUCCESS", shared(of(other)), Some(own), false),
            ("PROFITSHARING.RETURN", shared(of(other)), Some(own), false),
            ("PROFITSHARING.SUCCESS", shared(of(other)), None, true),
            // Of the provider itself, such as a transfer.
            ("PROFITSHARING.SUCCESS", shared(none.clone()), Some(own), true),
            ("COMPLAINT.CREATE", json!({ "complaint_id": "1" }), Some(own), true),
            // A kind that this version does not know, and a combined order that no function for payments takes.
            ("NEW.KIND", json!({ "sub_mch_id": other }), Some(own), false),
            ("TRANSACTION.SUCCESS", parts([own, own]), Some(own), true),
            ("TRANSACTION.SUCCESS", parts([own, other]), Some(own), false),
        ] {
            let kind = if event == "TRANSACTION.SUCCESS" { "transaction" } else { "other" };
            let body = message(event, kind, &resource.to_string(), API_V3_KEY);
            let (headers, pay, told) = (signed(&body), with(sub_mch_id), Mutex::new(0));
            let on_other = async |_| {
                *told.lock().unwrap() += 1;
                Ok(())
            };
            let handled =
                pay.notify().handler().on_other(on_other).handle(Incoming::new(body.as_bytes(), &headers)).await;
            let read = pay.v3().notification(body.as_bytes(), &headers).await;
            let codes = [handled.error.as_ref(), read.as_ref().err()].map(|error| error.map(Error::code));
            let expected = (!is_taken).then_some("sub_mch_id_mismatch");
            assert_eq!((codes, *told.lock().unwrap()), ([expected; 2], i32::from(is_taken)), "{event} {resource}");
            assert_eq!(handled.is_acknowledged(), is_taken, "{event} {resource}");
        }
    });
}

/// Makes a combined order of these parts and pays it: what the shop was sent.
async fn combined(wechat: &Running, pay: &WxPay, whole: &str, parts: &[(&str, i64)]) -> Post {
    let shop = shop().await;
    order_combined(wechat, pay, &shop.url, whole, parts).await;
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": whole })).await;
    control(wechat, "POST", "/_emulator/clock", json!({ "advance_s": 0 })).await;
    posts(&shop).remove(0)
}

async fn order_combined(wechat: &Running, pay: &WxPay, shop: &str, whole: &str, parts: &[(&str, i64)]) {
    let mch_id = &wechat.merchant().mch_id;
    let item = |(number, fen): &(&str, i64)| {
        let amount = V3CombineAmount::new().total_amount(Fen(*fen)).currency("CNY");
        let item = V3CombineItem::new().mchid(mch_id).attach("桌 7").amount(amount);
        item.out_trade_no(*number).description("茶")
    };
    let order = V3CombineJsapi::new()
        .combine_out_trade_no(whole)
        .combine_payer_info(V3CombinePayer::new().openid(wechat.openid()))
        .notify_url(format!("{shop}/notify"))
        .sub_orders(parts.iter().map(item).collect::<Vec<_>>());
    pay.v3().combine_jsapi(order).await.unwrap();
}

#[test]
fn each_part_of_a_combined_order_is_confirmed_and_handed_over_once() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        for v2 in [true, false] {
            let pay = pay_with(&wechat, v2, true, &memory());
            let (whole, one, two, three) = (number(), number(), number(), number());
            let told = combined(&wechat, &pay, &whole, &[(&one, 10), (&two, 20), (&three, 30)]).await;
            let path = format!("/v3/combine-transactions/out-trade-no/{whole}");
            let ran = Mutex::new(Vec::new());
            // The second part is not known at first, and the function of the third fails.
            let handle = async |is_ready: bool| {
                let headers = told.headers();
                let amount_of = async |payment: ConfirmedPayment| match payment.out_trade_no() {
                    number if number == one => Ok(Fen(10)),
                    number if number == two && is_ready => Ok(Fen(20)),
                    number if number == three => Ok(Fen(30)),
                    _ => Err("no such order".into()),
                };
                let on_paid = async |payment: ConfirmedPayment, key: String| {
                    if payment.out_trade_no() == three && !is_ready {
                        return Err("the shop is closed".into());
                    }
                    assert_eq!(payment.combine_out_trade_no(), Some(&*whole));
                    assert_eq!((payment.openid(), payment.attach()), (Some(&*wechat.openid()), Some("桌 7")));
                    assert_eq!((payment.api().as_str(), payment.fee_type()), ("v3", Some("CNY")));
                    assert_eq!(key, format!("wxpay-{}-{}", payment.mch_id(), payment.transaction_id()));
                    ran.lock().unwrap().push((payment.out_trade_no().to_owned(), payment.total_fee()));
                    Ok(())
                };
                let other = async |_: V3Notification| panic!("it is a payment");
                let handler = pay.notify().handler().amount_of(amount_of).on_paid(on_paid).on_other(other);
                handler.handle(Incoming::new(&told.body, &headers)).await
            };
            let states = |handled: &Handled| -> Vec<_> { handled.parts.iter().map(Handled::state).collect() };
            use HandledState::{Delivered, Failed, HandedOver};
            let first = handle(false).await;
            assert_eq!((first.state(), first.status, first.delivered), (Failed, 500, false));
            assert_eq!((first.out_trade_no(), first.payment.is_none()), (Some(&*whole), true));
            assert_eq!(states(&first), [Delivered, Failed, Failed]);
            assert_eq!(first.parts[1].out_trade_no(), Some(&*two));
            assert_eq!(first.parts[2].payment.as_ref().unwrap().total_fee(), Fen(30));
            assert_eq!(first.error.unwrap().to_string(), first.parts[1].error.as_ref().unwrap().to_string());
            // A part that was handed over may be refunded meanwhile.
            let of_part = V3RefundAmount::new().refund(Fen(10)).total(Fen(10)).currency("CNY");
            let refund = V3Refund::new().out_refund_no(number()).amount(of_part);
            let paid = first.parts[0].payment.as_ref().unwrap().transaction_id();
            pay.v3().refund(refund.transaction_id(paid)).await.unwrap();
            let second = handle(true).await;
            assert!(second.error.is_none(), "{:?}", second.error);
            assert_eq!((second.state(), second.status, &*second.answer), (Delivered, 200, ""));
            assert_eq!(states(&second), [HandedOver, Delivered, Delivered]);
            let asked_before = asked(&wechat, &path).await;
            let third = handle(true).await;
            assert_eq!((third.state(), third.is_acknowledged()), (HandedOver, true));
            assert_eq!(states(&third), [HandedOver; 3]);
            assert_eq!(asked(&wechat, &path).await, asked_before, "a repeated notification needs no question");
            let all = [(one, Fen(10)), (two, Fen(20)), (three, Fen(30))];
            assert_eq!(*ran.lock().unwrap(), all);
        }
    });
}

#[test]
fn of_concurrent_notifications_of_a_combined_order_one_hands_each_part_over() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = memory();
        let pay = pay_with(&wechat, true, true, &store);
        let (whole, one, two) = (number(), number(), number());
        let told = combined(&wechat, &pay, &whole, &[(&one, 10), (&two, 20)]).await;
        let ran = std::sync::Arc::new(Mutex::new(BTreeSet::new()));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let (pay, told) = (pay_with(&wechat, true, true, &store), told.clone());
                let (ran, one) = (std::sync::Arc::clone(&ran), one.clone());
                // Tasks of a server must be `Send`.
                tokio::spawn(async move {
                    let headers = told.headers();
                    let amount_of =
                        async |payment: ConfirmedPayment| Ok(Fen(if payment.out_trade_no() == one { 10 } else { 20 }));
                    let on_paid = async |_: ConfirmedPayment, key: String| {
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        assert!(ran.lock().unwrap().insert(key), "it ran twice");
                        Ok(())
                    };
                    let handler = pay.notify().handler().amount_of(amount_of).on_paid(on_paid);
                    handler.handle(Incoming::new(&told.body, &headers)).await
                })
            })
            .collect();
        let mut delivered = 0;
        for task in tasks {
            let handled = task.await.unwrap();
            assert!(handled.is_acknowledged(), "{:?}", handled.state());
            delivered += handled.parts.iter().filter(|part| part.delivered).count();
        }
        assert_eq!((delivered, ran.lock().unwrap().len()), (2, 2));
    });
}

/// A part of a combined order that was made a minute ago.
fn part(whole: &str, number: &str, fen: i64) -> Pending {
    Pending {
        out_trade_no: number.to_owned(),
        total_fee: Fen(fen),
        created: clock::now() - 61,
        sub_mch_id: None,
        combine_out_trade_no: Some(whole.to_owned()),
    }
}

#[test]
fn the_parts_of_a_combined_order_that_are_reconciled_together_share_a_question() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        for v2 in [true, false] {
            let pay = pay_with(&wechat, v2, true, &memory());
            let (whole, lone) = (number(), number());
            let numbers: Vec<String> = (0..10).map(|_| number()).collect();
            let parts: Vec<(&str, i64)> = numbers.iter().zip(10..).map(|(number, fen)| (&**number, fen)).collect();
            let told = combined(&wechat, &pay, &whole, &parts).await;
            paid(&wechat, &pay, &lone, !v2).await;
            let path = format!("/v3/combine-transactions/out-trade-no/{whole}");
            let ran = Mutex::new(Vec::new());
            let on_paid = async |payment: ConfirmedPayment, key: String| {
                assert_eq!(key, format!("wxpay-{}-{}", payment.mch_id(), payment.transaction_id()));
                tokio::time::sleep(Duration::from_millis(120)).await;
                ran.lock().unwrap().push((payment.out_trade_no().to_owned(), payment.total_fee().0, key));
                Ok(())
            };
            // Rows of both kinds, more than are asked for at once; one is there twice.
            let mut rows: Vec<Pending> = parts.iter().map(|(number, fen)| part(&whole, number, *fen)).collect();
            rows.insert(3, Pending { combine_out_trade_no: None, ..part("", &lone, 88) });
            rows.push(rows[0].clone());
            let results = pay.reconcile_all(rows, on_paid).await;
            let (last, others) = results.split_last().unwrap();
            assert!(matches!(last, Reconciled::NotDue { next_due: Some(_) }), "{last:?}");
            for (result, i) in others.iter().zip(0..) {
                let Reconciled::Delivered(payment) = result else { panic!("{i}: {result:?}") };
                let combine = (i != 3).then_some(&*whole);
                assert_eq!(payment.combine_out_trade_no(), combine);
            }
            assert_eq!(asked(&wechat, &path).await, 2, "one for the first eight rows, one for the rest");
            assert_eq!(ran.lock().unwrap().len(), 11);
            // The notification comes later: it has nothing to hand over, and the keys are those that it would have.
            let keys = Mutex::new(Vec::new());
            let late = handled(&pay, &told, &keys).await;
            assert_eq!((late.state(), late.status), (HandledState::HandedOver, 200));
            assert_eq!(asked(&wechat, &path).await, 2);
            assert!(keys.lock().unwrap().is_empty());
            let mut keys: Vec<_> = ran.lock().unwrap().iter().map(|(_, _, key)| key.clone()).collect();
            keys.sort();
            keys.dedup();
            assert_eq!(keys.len(), 11);
        }
    });
}

/// An answer from before the pass, which another caller got a moment ago, is not used: it does not know of the payment or the refund.
#[test]
fn a_pass_asks_for_a_part_after_it_began() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = pay_with(&wechat, false, true, &memory());
        let (whole, one, two) = (number(), number(), number());
        let shipped = Mutex::new(Vec::new());
        let ship = async |payment: ConfirmedPayment, _: String| {
            shipped.lock().unwrap().push(payment.out_trade_no().to_owned());
            Ok(())
        };
        order_combined(&wechat, &pay, "http://127.0.0.1:9", &whole, &[(&one, 10), (&two, 20)]).await;
        // A page asks before the customer pays, and its answer is a second on its way.
        let path = format!("/v3/combine-transactions/out-trade-no/{whole}");
        let slow = json!({ "fault": "slow", "ms": 1000, "times": 1 });
        control(&wechat, "POST", "/_emulator/faults", slow).await;
        let page = {
            let (pay, one) = (pay.clone(), part(&whole, &one, 10));
            tokio::spawn(async move { pay.wait_for_pending(&one, Duration::ZERO).await })
        };
        while asked(&wechat, &path).await == 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": &whole })).await;
        let results = pay.reconcile_all(vec![part(&whole, &one, 10)], ship).await;
        assert!(matches!(&results[..], [Reconciled::Delivered(_)]), "{results:?}");
        let _ = page.await.unwrap().unwrap();
        // The other part is refunded before the next pass.
        let amount = V3RefundAmount::new().refund(Fen(20)).total(Fen(20)).currency("CNY");
        let refund = V3Refund::new().out_trade_no(&two).out_refund_no(number()).amount(amount);
        pay.v3().refund(refund).await.unwrap();
        let results = pay.reconcile_all(vec![part(&whole, &two, 20)], ship).await;
        assert!(matches!(&results[..], [Reconciled::NotPaid(state)] if state == "REFUND"), "{results:?}");
        assert_eq!(*shipped.lock().unwrap(), [one]);
    });
}

#[test]
fn a_notification_and_a_pass_hand_each_part_over_once() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = memory();
        let pay = pay_with(&wechat, true, true, &store);
        let (whole, one, two) = (number(), number(), number());
        let told = combined(&wechat, &pay, &whole, &[(&one, 10), (&two, 20)]).await;
        let ran = Mutex::new(Vec::new());
        let slow = async |_: ConfirmedPayment, key: String| {
            tokio::time::sleep(Duration::from_millis(100)).await;
            ran.lock().unwrap().push(key);
            Ok(())
        };
        let rows = vec![part(&whole, &one, 10), part(&whole, &two, 20)];
        let headers = told.headers();
        let amount_of = async |payment: ConfirmedPayment| Ok(Fen(if payment.out_trade_no() == one { 10 } else { 20 }));
        let other = pay_with(&wechat, true, true, &store);
        let handling = other.notify().handler().amount_of(amount_of).on_paid(slow);
        let second = part(&whole, &two, 20);
        let (results, waited, handled) = tokio::join!(
            pay.reconcile_all(rows, slow),
            pay.wait_for_pending_and_hand_over(&second, Duration::ZERO, slow),
            handling.handle(Incoming::new(&told.body, &headers)),
        );
        assert_eq!(waited.unwrap().unwrap().out_trade_no(), two);
        assert!(!results.iter().any(|result| matches!(result, Reconciled::Failed { .. })), "{results:?}");
        assert!(handled.error.is_none(), "{:?}", handled.error);
        let mut keys = ran.lock().unwrap().clone();
        keys.sort();
        keys.dedup();
        assert_eq!((keys.len(), ran.lock().unwrap().len()), (2, 2));
    });
}

#[test]
fn a_part_that_is_not_paid_or_not_there_is_said_so() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = pay_with(&wechat, true, true, &memory());
        let mch_id = &wechat.merchant().mch_id;
        let (whole, one, two) = (number(), number(), number());
        let item = |number: &str| {
            let amount = V3CombineAmount::new().total_amount(Fen(10)).currency("CNY");
            V3CombineItem::new().mchid(mch_id).attach("a").amount(amount).out_trade_no(number).description("茶")
        };
        let order = V3CombineJsapi::new()
            .combine_out_trade_no(&whole)
            .combine_payer_info(V3CombinePayer::new().openid(wechat.openid()))
            .sub_orders(vec![item(&one), item(&two)]);
        pay.v3().combine_jsapi(order).await.unwrap();
        let never = async |_: ConfirmedPayment, _: String| panic!("nothing is paid");
        let waiting = part(&whole, &one, 10);
        assert_eq!(pay.wait_for_pending(&waiting, Duration::ZERO).await.unwrap(), None);
        let found = pay.reconcile(&waiting, never).await;
        assert!(matches!(&found, Reconciled::NotPaid(state) if state == "NOTPAY"), "{found:?}");
        assert!(matches!(pay.reconcile(&waiting, never).await, Reconciled::NotDue { .. }));
        // A number that it does not have, and a combined order that there is not: settled until the next age.
        let path = format!("/v3/combine-transactions/out-trade-no/{whole}");
        let before = asked(&wechat, &path).await;
        let stranger = part(&whole, "T-stranger", 10);
        let nowhere = part("T-nowhere-1", &one, 10);
        for (row, code) in [(&stranger, "part_unknown"), (&nowhere, "ORDERNOTEXIST")] {
            let Reconciled::Failed { item: None, error } = pay.reconcile(row, never).await else { panic!() };
            let said = format!("{} {error}", error.code());
            assert!(said.contains(code) && error.endpoint() == Some("v3.combine_query"), "{said}");
            assert!(matches!(pay.reconcile(row, never).await, Reconciled::NotDue { .. }), "{code}");
        }
        assert_eq!(asked(&wechat, &path).await, before + 1, "each pass asks");
        let error = pay.wait_for_pending(&stranger, Duration::from_secs(60)).await.unwrap_err();
        assert!(error.to_string().contains("the combined order has no part T-stranger"), "{error}");
        // As a single order it is not known; without the name of its combined order, that is all that can be said.
        let single = Pending { combine_out_trade_no: None, ..waiting.clone() };
        let Reconciled::Failed { error, .. } = pay.reconcile(&single, never).await else { panic!() };
        assert!(error.to_string().contains("ORDERNOTEXIST"), "{error}");
        // The combined order is closed.
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 3 * 3600 })).await;
        // What is malformed asks nothing.
        for (row, field) in [
            (part("", &one, 10), "combine_out_trade_no"),
            (part("a b", &one, 10), "combine_out_trade_no"),
            (part(&"9".repeat(33), &one, 10), "combine_out_trade_no"),
            (part(&whole, "", 10), "out_trade_no"),
            (part(&whole, "../x", 10), "out_trade_no"),
            (part(&whole, &one, 0), "total_fee"),
        ] {
            let Reconciled::Failed { item: None, error } = pay.reconcile(&row, never).await else { panic!() };
            assert_eq!((error.class(), error.endpoint()), ("InvalidRequest", Some("v3.combine_query")), "{field}");
            assert!(error.to_string().contains(field), "{error}");
            let error = pay.wait_for_pending(&row, Duration::from_secs(60)).await.unwrap_err();
            assert_eq!(error.class(), "InvalidRequest", "{error}");
        }
        // A client without the settings of APIv3 cannot ask, and says so.
        let alone = pay_with(&wechat, true, false, &memory());
        let merchant = MerchantOptions::new(&wechat.merchant().appid, mch_id, wechat.merchant().api_key.expose());
        let no_v3 = client(Options::new(merchant).endpoints(wechat.url()).store("memory:"));
        for pay in [alone, no_v3] {
            let Reconciled::Failed { error, .. } = pay.reconcile(&waiting, never).await else { panic!() };
            assert_eq!(error.class(), "ConfigError", "{error}");
        }
    });
}

#[test]
fn what_wechat_answers_about_a_part_is_compared() {
    within(async {
        let whole = combined_document();
        let ask = async |answered: Json, row: Pending, sub_mch_id: Option<&str>| {
            let (server, _) = order_server(whole.clone(), answered).await;
            let mut merchant = with_public_key();
            merchant.sub_mch_id = sub_mch_id.map(Into::into);
            let pay = client(common::signed::options(merchant, &server.url));
            let found = pay.reconcile(&row, async |_, _| Ok(())).await;
            let again = pay.reconcile(&row, async |_, _| Ok(())).await;
            (found, matches!(again, Reconciled::NotDue { .. }))
        };
        let with = |path: &str, value: Json| {
            let mut document = combined_document();
            *document.pointer_mut(path).unwrap() = value;
            document
        };
        let row = || part("CMB001", "SUBB01", 88);
        // The part of another merchant's too, as the notification of it.
        let (right, _) = ask(whole.clone(), row(), None).await;
        let Reconciled::Delivered(payment) = right else { panic!("{right:?}") };
        assert_eq!((payment.mch_id(), payment.transaction_id()), ("1900000201", "42002"));
        assert_eq!(payment.combine_out_trade_no(), Some("CMB001"));
        for (path, value, code, settled) in [
            ("/combine_mchid", json!("1900000201"), "mch_id_mismatch", false),
            ("/combine_appid", json!("wx0"), "appid_mismatch", false),
            ("/combine_out_trade_no", json!("CMB002"), "reply_mismatch", false),
            ("/sub_orders", json!([]), "part_unknown", true),
            ("/sub_orders", json!([whole["sub_orders"][1], whole["sub_orders"][1]]), "malformed_message", false),
            ("/sub_orders/1/mchid", json!(""), "mch_id_mismatch", false),
            ("/sub_orders/1/transaction_id", json!(""), "malformed_message", false),
            ("/sub_orders/1/amount/total_amount", json!(87), "total_fee_mismatch", true),
            ("/sub_orders/1/amount/currency", json!("USD"), "fee_type_mismatch", true),
            ("/sub_orders/1/amount", json!({}), "total_fee_mismatch", true),
            ("/sub_orders/1/out_trade_no", json!("SUBB02"), "part_unknown", true),
        ] {
            let (found, is_settled) = ask(with(path, value), row(), None).await;
            let Reconciled::Failed { item: None, error } = found else { panic!("{path}: {found:?}") };
            assert_eq!((error.code(), is_settled), (code, settled), "{path}: {error}");
        }
        for state in ["NOTPAY", "CLOSED", "REFUND", "USERPAYING", "NEW_WORD"] {
            let (found, is_settled) = ask(with("/sub_orders/1/trade_state", json!(state)), row(), None).await;
            assert!(matches!(&found, Reconciled::NotPaid(word) if word == state), "{found:?}");
            assert!(is_settled);
        }
        // The sub-merchant, where the row or the settings name one.
        let mut of_sub = combined_document();
        of_sub["sub_orders"][1]["sub_mchid"] = json!("1600000001");
        let named = |number: &str| Pending { sub_mch_id: Some(number.to_owned()), ..row() };
        for (answered, row, settings, is_right) in [
            (&of_sub, row(), None, true),
            (&of_sub, named("1600000001"), None, true),
            (&of_sub, row(), Some("1600000001"), true),
            (&of_sub, named("1600000002"), None, false),
            (&of_sub, row(), Some("1600000002"), false),
            (&whole, named("1600000001"), None, false),
            (&whole, row(), Some("1600000001"), false),
        ] {
            let (found, _) = ask(answered.clone(), row, settings).await;
            match found {
                Reconciled::Delivered(_) if is_right => {}
                Reconciled::Failed { error, .. } if !is_right => assert_eq!(error.code(), "sub_mch_id_mismatch"),
                found => panic!("{settings:?} {is_right}: {found:?}"),
            }
        }
    });
}

/// One lost answer is one failure, however many parts wait for it: the pass goes on with other orders.
#[test]
fn the_parts_of_a_combined_order_share_a_failure() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let mut options = Options::new(settings(&wechat, true, true)).endpoints(wechat.url());
        options.store = Some(memory().into());
        options.limits.max_network_retries = 0;
        let pay = client(options);
        let (whole, lone) = (number(), number());
        let numbers: Vec<String> = (0..6).map(|_| number()).collect();
        let parts: Vec<(&str, i64)> = numbers.iter().map(|number| (&**number, 10)).collect();
        combined(&wechat, &pay, &whole, &parts).await;
        paid(&wechat, &pay, &lone, true).await;
        let path = "/v3/combine-transactions/out-trade-no/{combine_out_trade_no}";
        let fault = json!({ "fault": "bad_gateway_before", "endpoint": path, "times": 1 });
        control(&wechat, "POST", "/_emulator/faults", fault).await;
        let rows = || numbers.iter().map(|number| part(&whole, number, 10)).collect::<Vec<_>>();
        let results = pay.reconcile_all(rows(), async |_, _| Ok(())).await;
        for result in &results {
            let Reconciled::Failed { item: None, error } = result else { panic!("{result:?}") };
            assert_eq!(error.class(), "TransportError");
        }
        let single = Pending { combine_out_trade_no: None, ..part("", &lone, 88) };
        assert!(matches!(pay.reconcile(&single, async |_, _| Ok(())).await, Reconciled::Delivered(_)));
        tokio::time::sleep(Duration::from_millis(1000)).await;
        let results = pay.reconcile_all(rows(), async |_, _| Ok(())).await;
        assert!(results.iter().all(|result| matches!(result, Reconciled::Delivered(_))), "{results:?}");
    });
}

fn combined_document() -> Json {
    let part = |mchid: &str, number: &str, payment: &str, fen: i64| {
        json!({
            "mchid": mchid, "out_trade_no": number, "transaction_id": payment, "trade_type": "JSAPI",
            "trade_state": "SUCCESS", "bank_type": "OTHERS", "attach": "a", "success_time": "2025-11-28T11:20:05+08:00",
            "amount": { "total_amount": fen, "payer_amount": fen, "currency": "CNY", "payer_currency": "CNY" },
        })
    };
    json!({
        "combine_appid": "wxd930ea5d5a258f4f", "combine_mchid": MCH_ID, "combine_out_trade_no": "CMB001",
        "combine_payer_info": { "openid": "oUpF8u" }, "scene_info": { "device_id": "D1" },
        "sub_orders": [part(MCH_ID, "SUBA01", "42001", 88), part("1900000201", "SUBB01", "42002", 88)],
    })
}

/// A part may be another merchant's: the merchant who combined the orders is told of it, and nobody else.
#[test]
fn what_is_told_of_a_combined_order_must_be_what_wechat_answers() {
    within(async {
        let with = |path: &str, value: Json| {
            let mut document = combined_document();
            *document.pointer_mut(path).unwrap() = value;
            document
        };
        let handle = async |told: &Json, answered: Json, sub_mch_id: Option<&str>| {
            let (server, told) = order_server(told.clone(), answered).await;
            let mut merchant = with_public_key();
            merchant.sub_mch_id = sub_mch_id.map(Into::into);
            let pay = client(common::signed::options(merchant, &server.url));
            let body = message("TRANSACTION.SUCCESS", "transaction", &told.to_string(), API_V3_KEY);
            let headers = signed(&body);
            let on_paid = async |_: ConfirmedPayment, _: String| Ok(());
            let handler = pay.notify().handler().amount_of(async |_| Ok(Fen(88))).on_paid(on_paid);
            let handled = handler.handle(Incoming::new(body.as_bytes(), &headers)).await;
            let asked = server.got.lock().unwrap().iter().map(|request| request.target.clone()).collect::<Vec<_>>();
            (handled, asked)
        };
        let whole = combined_document();
        let (right, asked) = handle(&whole, whole.clone(), None).await;
        assert!(right.error.is_none(), "{:?}", right.error);
        assert_eq!(asked, ["/v3/combine-transactions/out-trade-no/CMB001"]);
        let of_other = right.parts[1].payment.as_ref().unwrap();
        assert_eq!((of_other.mch_id(), of_other.out_trade_no()), ("1900000201", "SUBB01"));
        assert_eq!((of_other.cash_fee(), of_other.device_info()), (Some(Fen(88)), Some("D1")));
        assert_eq!(of_other.time_end().map(|time| time.to_wire()), Some("20251128112005".to_owned()));
        assert!(right.parts.iter().all(|part| part.delivered && part.is_acknowledged() && part.status == 200));

        // One part differs: the other one is handed over.
        for (path, value, code) in [
            ("/sub_orders/1/amount/total_amount", json!(87), "total_fee_mismatch"),
            ("/sub_orders/1/amount/currency", json!("USD"), "fee_type_mismatch"),
            ("/sub_orders/1/transaction_id", json!("42003"), "transaction_id_mismatch"),
            ("/sub_orders/1/trade_state", json!("REFUND"), "trade_state_mismatch"),
            ("/sub_orders/1/mchid", json!("1900000202"), "mch_id_mismatch"),
            ("/sub_orders/1/out_trade_no", json!("SUBB02"), "trade_state_mismatch"),
        ] {
            let (handled, _) = handle(&whole, with(path, value), None).await;
            assert_eq!((handled.state(), handled.status), (HandledState::Failed, 500), "{path}");
            assert_eq!(handled.error.as_ref().map(Error::code), Some(code), "{path}");
            assert_eq!(handled.error.unwrap().out_trade_no(), Some("SUBB01"), "{path}");
            assert!(handled.parts[0].delivered && !handled.parts[1].delivered, "{path}");
        }
        // The combined order differs: nothing is handed over.
        for (path, value, code) in [
            ("/combine_mchid", json!("1900000201"), "mch_id_mismatch"),
            ("/combine_appid", json!("wx0"), "appid_mismatch"),
            ("/combine_out_trade_no", json!("CMB002"), "reply_mismatch"),
            ("/sub_orders", json!([whole["sub_orders"][0]]), "reply_mismatch"),
        ] {
            let (handled, _) = handle(&whole, with(path, value), None).await;
            assert_eq!(handled.error.as_ref().map(Error::code), Some(code), "{path}: {:?}", handled.error);
            assert!(handled.parts.is_empty() && handled.status == 500, "{path}");
            assert_eq!(handled.out_trade_no(), Some("CMB001"));
        }
        // What is told is wrong: nothing is asked.
        for (path, value, code) in [
            ("/combine_mchid", json!("1900000201"), "mch_id_mismatch"),
            ("/combine_appid", json!("wx0"), "appid_mismatch"),
            ("/sub_orders", json!([]), "malformed_message"),
            ("/sub_orders", json!("none"), "malformed_message"),
            ("/sub_orders", json!([whole["sub_orders"][0], whole["sub_orders"][0]]), "malformed_message"),
            ("/sub_orders/1/transaction_id", json!("42001"), "malformed_message"),
            ("/sub_orders/1/transaction_id", json!(null), "malformed_message"),
            ("/sub_orders/1/amount", json!({}), "malformed_message"),
            ("/sub_orders/1/amount/total_amount", json!(88.5), "malformed_message"),
            ("/sub_orders/1/amount", json!("88"), "malformed_message"),
            ("/sub_orders/1/mchid", json!(""), "malformed_message"),
            ("/combine_out_trade_no", json!(null), "malformed_message"),
            ("/combine_out_trade_no", json!("../x"), "invalid_request"),
        ] {
            let (handled, asked) = handle(&with(path, value.clone()), whole.clone(), None).await;
            assert_eq!(handled.error.as_ref().map(Error::code), Some(code), "{path} {value}: {:?}", handled.error);
            assert!(asked.is_empty() && handled.parts.is_empty(), "{path} {value}");
        }
        // A client for one sub-merchant takes parts of that one alone.
        let mut of_sub = whole.clone();
        for part in of_sub["sub_orders"].as_array_mut().unwrap() {
            part["mchid"] = json!(MCH_ID);
            part["sub_mchid"] = json!("1900000301");
        }
        let (own, _) = handle(&of_sub, of_sub.clone(), Some("1900000301")).await;
        assert!(own.error.is_none(), "{:?}", own.error);
        assert_eq!(own.parts[1].payment.as_ref().unwrap().sub_mch_id(), Some("1900000301"));
        let (other, asked) = handle(&of_sub, of_sub.clone(), Some("1900000302")).await;
        assert_eq!((other.error.unwrap().code(), asked.len()), ("sub_mch_id_mismatch", 0));
        // Of several clients the one of the parts' sub-merchant has it. Where the parts are of several, none of them does.
        let body = message("TRANSACTION.SUCCESS", "transaction", &of_sub.to_string(), API_V3_KEY);
        let clients = ["1900000302", "1900000301"].map(|sub_mch_id| {
            let merchant = MerchantOptions { sub_mch_id: Some(sub_mch_id.into()), ..with_public_key() };
            client(common::signed::options(merchant, "http://127.0.0.1:9"))
        });
        let chosen = wxpaykit::dispatch(body.as_bytes(), &clients).unwrap();
        assert!(std::ptr::eq(chosen, &clients[1]));
        of_sub["sub_orders"][1]["sub_mchid"] = json!("1900000302");
        let (mixed, asked) = handle(&of_sub, of_sub.clone(), Some("1900000301")).await;
        let error = mixed.error.unwrap().to_string();
        assert!(error.contains("several sub-merchants: use a client without sub_mch_id"), "{error}");
        assert!(asked.is_empty());
        let (all, _) = handle(&of_sub, of_sub.clone(), None).await;
        assert!(all.error.is_none(), "{:?}", all.error);
        // Without a function for payments, the error names it, and the order.
        let body = message("TRANSACTION.SUCCESS", "transaction", &whole.to_string(), API_V3_KEY);
        let headers = signed(&body);
        let pay = client(common::signed::options(with_public_key(), "http://127.0.0.1:9"));
        let refunds = pay.notify().handler().on_refunded(async |_, _| Ok(()));
        let error = refunds.handle(Incoming::new(body.as_bytes(), &headers)).await.error.unwrap();
        assert!(error.to_string().contains("use amount_of and on_paid"), "{error}");
        assert_eq!(error.out_trade_no(), Some("CMB001"));
        // The other ways say where to take it.
        let pay = client(common::signed::options(with_public_key(), "http://127.0.0.1:9"));
        let error = pay.notify().confirm(Incoming::new(body.as_bytes(), &signed(&body))).await.unwrap_err();
        assert!(error.to_string().contains("use notify.handle, which hands each part over"), "{error}");
    });
}
