//! Payment codes: the calls, what they refuse, and what is known when they fail; and payments by code, by either API.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common;
use crate::common::signed::{APPID, By, Reply, Signed, options as signed_options, reply, with_public_key};
use crate::common::{MCH_ID, asked, client, control, number, within};
use serde_json::{Value, json};
use wxpaykit::binding::job::{Job, Output};
use wxpaykit::codes::{self, Api};
use wxpaykit::doctor::Language;
use wxpaykit::store::StoreFuture;
use wxpaykit::{
    ApiVersion, Authcodetoopenid, CodeOptions, CodePayment, CodeResult, CodeStage, CodeStepOutcome, ConfirmedPayment,
    Error, Fen, HandlerError, Kind, LimitPay, MemoryStore, Micropay, Options, Orderquery, Outcome, Pending, Reconciled,
    Reverse, Secret, Store, TradeState, V3CodePayer, V3CodeSceneInfo, V3Codepay, V3OrderAmount, WxPay, YesNo,
};
use wxpaykit_emulator::{Config, Emulator, Merchant, Running};

fn options(wechat: &Running) -> Options {
    let mut options = common::options(wechat.url());
    options.merchant.client_cert = Some(wechat.client_cert().as_bytes().into());
    options.merchant.client_key = Some(wechat.client_key().as_bytes().into());
    options
}

async fn wechat() -> (Running, WxPay) {
    let wechat = Emulator::start(Config::default()).await.unwrap();
    let pay = client(options(&wechat));
    (wechat, pay)
}

/// The APIs of a payment by code. The client of [`till`] has the settings of one of them.
const APIS: [Api; 2] = [Api::V2, Api::V3];

async fn till(api: Api) -> (Running, WxPay) {
    match api {
        Api::V3 => {
            let wechat = Emulator::start(Config::default()).await.unwrap();
            let pay = client(common::v3_options(&wechat));
            (wechat, pay)
        }
        _ => wechat().await,
    }
}

/// Another client of the same merchant, with a store of its own.
fn other(wechat: &Running, api: Api) -> WxPay {
    client(match api {
        Api::V3 => common::v3_options(wechat),
        _ => options(wechat),
    })
}

/// The path that charges a code.
fn charges(api: Api) -> &'static str {
    match api {
        Api::V3 => "/v3/pay/transactions/codepay",
        _ => "/pay/micropay",
    }
}

/// How often an order was asked for.
async fn questions(wechat: &Running, api: Api, number: &str) -> usize {
    match api {
        Api::V3 => asked(wechat, &format!("/v3/pay/transactions/out-trade-no/{number}")).await,
        _ => asked(wechat, "/pay/orderquery").await,
    }
}

/// How often an order was to be cancelled.
async fn reversals(wechat: &Running, api: Api, number: &str) -> usize {
    match api {
        Api::V3 => asked(wechat, &format!("/v3/pay/transactions/out-trade-no/{number}/reverse")).await,
        _ => asked(wechat, "/secapi/pay/reverse").await,
    }
}

async fn code(wechat: &Running) -> String {
    let shown = control(wechat, "POST", "/_emulator/payment-code", json!({})).await;
    shown["auth_code"].as_str().unwrap().to_owned()
}

fn charge(number: &str, code: &str, fen: i64) -> Micropay {
    Micropay::new().auth_code(code).body("茶").out_trade_no(number).total_fee(Fen(fen)).spbill_create_ip("203.0.113.9")
}

async fn fault(wechat: &Running, fault: Value) {
    control(wechat, "POST", "/_emulator/faults", fault).await;
}

fn business(error: &Error) -> (&str, &str) {
    match error.kind() {
        Kind::Business { err_code, .. } => (err_code, error.retry().as_str()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_code_is_charged_asked_about_and_cancelled() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (number, shown) = (number(), code(&wechat).await);
        let openid = pay.authcodetoopenid(Authcodetoopenid::new().auth_code(&shown)).await.unwrap();
        // As a scanner gives it.
        let paid = pay.micropay(charge(&number, &format!(" {shown}\r\n"), 88)).await.unwrap();
        assert_eq!((paid.total_fee(), paid.out_trade_no()), (Some(Fen(88)), Some(&*number)));
        assert_eq!((paid.trade_state(), paid.openid()), (Some(TradeState::Success), Some(openid.openid())));
        assert!(paid.transaction_id().is_some() && paid.coupons().is_empty() && paid.sub_openid().is_none());
        let cancelled = pay.reverse(Reverse::new().out_trade_no(&number)).await.unwrap();
        assert_eq!(cancelled.recall(), Some(YesNo::No));
        let found = pay.orderquery(Orderquery::new().out_trade_no(&number)).await.unwrap();
        assert_eq!(found.trade_state(), TradeState::Revoked);
        fault(&wechat, json!({ "fault": "user_paying", "reply": "state", "times": 1 })).await;
        let paying = pay.micropay(charge("n2", &code(&wechat).await, 88)).await.unwrap();
        assert_eq!((paying.trade_state(), paying.transaction_id()), (Some(TradeState::UserPaying), None));
        fault(&wechat, json!({ "fault": "recall", "times": 1 })).await;
        let recall = pay.reverse(Reverse::new().out_trade_no("n2")).await.unwrap();
        assert_eq!(recall.recall(), Some(YesNo::Yes));
    });
}

#[test]
fn wrong_codes_are_refused_before_anything_is_sent() {
    within(async {
        let (wechat, pay) = wechat().await;
        for (code, part) in [
            ("280000000000000000", "Alipay"),
            ("300000000000000000", "Alipay"),
            ("13471234567890123", "18 digits"),
            ("1347123456789012345", "18 digits"),
            ("160000000000000000", "18 digits"),
            ("13471234567890123x", "18 digits"),
            ("weixin://wxpay/bizpayurl?pr=abc", "another QR code"),
            ("", "must not be empty"),
            ("   ", "must not be empty"),
        ] {
            let error = pay.micropay(charge("n1", code, 88)).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("auth_code")), "{code}");
            let text = error.to_string();
            assert!(text.contains(part), "{text}");
            assert!(code.len() < 10 || !text.contains(code), "a code is money: {text}");
            let asked = pay.authcodetoopenid(Authcodetoopenid::new().auth_code(code)).await.unwrap_err();
            assert_eq!(asked.field(), Some("auth_code"));
        }
        let error = pay.reverse(Reverse::new()).await.unwrap_err();
        assert_eq!(error.field(), Some("transaction_id or out_trade_no"));
        let bare = client(common::options(wechat.url()));
        let error = bare.reverse(Reverse::new().out_trade_no("n1")).await.unwrap_err();
        assert_eq!(error.class(), "ConfigError");
        for path in ["/pay/micropay", "/tools/authcodetoopenid", "/secapi/pay/reverse"] {
            assert_eq!(asked(&wechat, path).await, 0, "{path}");
        }
        let shown = format!("{:?}", charge("n1", "130000000000000000", 1));
        assert!(!shown.contains("13000000"), "{shown}");
    });
}

#[test]
fn refusals_say_what_is_safe_and_name_the_order() {
    within(async {
        let (wechat, pay) = wechat().await;
        let shown = code(&wechat).await;
        pay.micropay(charge("n1", &shown, 88)).await.unwrap();
        let error = pay.micropay(charge("n1", &shown, 88)).await.unwrap_err();
        assert_eq!((business(&error), error.out_trade_no()), (("ORDERPAID", "query_first"), Some("n1")));
        let error = pay.micropay(charge("n2", &shown, 88)).await.unwrap_err();
        assert_eq!(business(&error), ("AUTH_CODE_INVALID", "never"));
        assert!(error.remedy(Language::Chinese).unwrap().contains("重新扫码"));
        let error = pay.micropay(charge("n3", &code(&wechat).await, 100_001)).await.unwrap_err();
        assert_eq!(business(&error), ("USERPAYING", "query_first"));
        let text = error.to_string();
        assert!(text.contains("Call orderquery with out_trade_no n3 first"), "{text}");
        for fault_name in ["systemerror_after", "bankerror_before"] {
            fault(&wechat, json!({ "fault": fault_name, "times": 1 })).await;
            let error = pay.micropay(charge("n4", &code(&wechat).await, 88)).await.unwrap_err();
            assert_eq!(error.retry().as_str(), "query_first");
            assert!(error.to_string().contains("orderquery with out_trade_no n4"), "{error}");
        }
        let error = pay.reverse(Reverse::new().out_trade_no("unknown")).await.unwrap_err();
        assert_eq!(business(&error), ("ORDERNOTEXIST", "never"));
    });
}

/// It is sent once, whatever happens to the answer: the code could be charged, and the answer be lost.
#[test]
fn a_lost_answer_is_not_asked_for_again() {
    within(async {
        let (wechat, pay) = wechat().await;
        for name in ["timeout_before", "timeout_after", "bad_gateway_after", "truncated", "no_sign", "wrong_sign"] {
            control(&wechat, "DELETE", "/_emulator/faults", Value::Null).await;
            let before = asked(&wechat, "/pay/micropay").await;
            let mut one = json!({ "fault": name, "endpoint": "/pay/micropay" });
            if name.starts_with("timeout") {
                one["ms"] = json!(10);
            }
            fault(&wechat, one).await;
            let number = number();
            let error = pay.micropay(charge(&number, &code(&wechat).await, 88)).await.unwrap_err();
            assert_eq!(
                (error.retry().as_str(), error.out_trade_no()),
                ("query_first", Some(&*number)),
                "{name}: {error}"
            );
            if let Kind::Transport { outcome, .. } = error.kind() {
                assert_eq!(*outcome, Outcome::Unknown, "{name}");
            }
            assert!(error.to_string().contains("do not use a new out_trade_no"), "{error}");
            assert_eq!(asked(&wechat, "/pay/micropay").await, before + 1, "{name}");
        }
        // To cancel again is safe, so it is repeated.
        control(&wechat, "DELETE", "/_emulator/faults", Value::Null).await;
        pay.micropay(charge("r1", &code(&wechat).await, 88)).await.unwrap();
        fault(&wechat, json!({ "fault": "timeout_after", "ms": 10, "endpoint": "/secapi/pay/reverse", "times": 1 }))
            .await;
        let cancelled = pay.reverse(Reverse::new().out_trade_no("r1")).await.unwrap();
        assert_eq!(cancelled.recall(), Some(YesNo::No));
    });
}

/// Every code of the documents has a meaning, and words for people in both languages.
/// What to do now comes first; the emulator is for later.
#[test]
fn a_refused_signature_names_the_commands_before_the_emulator() {
    for (api, code, words) in
        [(Api::V2, "", "签名错误"), (Api::V2, "SIGNERROR", ""), (Api::V3, "SIGN_ERROR", "签名错误，请检查后再试")]
    {
        for language in [Language::English, Language::Chinese] {
            let remedy = codes::remedy(api, code, words, language).unwrap();
            let at = |name| remedy.find(name).unwrap_or_else(|| panic!("{name}: {remedy}"));
            let (doctor, explain) = (at("wxpaykit doctor"), at("wxpaykit explain"));
            let emulator = remedy.find("wxpaykit-emulator").unwrap_or(remedy.len());
            assert!(doctor < explain && explain < emulator, "{remedy}");
        }
    }
}

#[test]
fn each_documented_code_is_known() {
    let micropay = "SYSTEMERROR BANKERROR USERPAYING PARAM_ERROR ORDERPAID NOAUTH AUTHCODEEXPIRE NOTENOUGH NOTSUPORTCARD \
                    ORDERCLOSED ORDERREVERSED AUTH_CODE_ERROR AUTH_CODE_INVALID BUYER_MISMATCH OUT_TRADE_NO_USED TRADE_ERROR \
                    PAYERROR INVALID_REQUEST XML_FORMAT_ERROR REQUIRE_POST_METHOD SIGNERROR LACK_PARAMS NOT_UTF8 \
                    APPID_NOT_EXIST MCHID_NOT_EXIST APPID_MCHID_NOT_MATCH";
    let reverse = "INVALID_TRANSACTIONID REVERSE_EXPIRE USER_ACCOUNT_ABNORMAL";
    let tools = "POST_DATA_EMPTY";
    for code in [micropay, reverse, tools].iter().flat_map(|codes| codes.split_whitespace()) {
        assert!(codes::remedy(Api::V2, code, "", Language::English).is_some(), "{code}");
        assert!(codes::remedy(Api::V2, code, "", Language::Chinese).is_some(), "{code}");
    }
}

/// Times that a test can wait for.
fn quick() -> CodeOptions {
    let mut options = CodeOptions::default();
    (options.within, options.interval) = (Duration::from_millis(400), Duration::from_millis(60));
    options.reverse_after = Duration::from_millis(300);
    options
}

async fn order_state(wechat: &Running, number: &str) -> Value {
    let found = control(wechat, "GET", &format!("/_emulator/orders?out_trade_no={number}"), Value::Null).await;
    found[0]["trade_state"].clone()
}

#[test]
fn a_code_is_paid_refused_or_cancelled() {
    within(async {
        for api in APIS {
            is_paid_refused_or_cancelled(api).await;
        }
    });
}

async fn is_paid_refused_or_cancelled(api: Api) {
    let (wechat, pay) = till(api).await;
    let number = number();
    let paid = pay.pay_by_code(charge(&number, &code(&wechat).await, 88), quick()).await.unwrap();
    let CodeResult::Paid(payment) = &paid else { panic!("{paid:?}") };
    assert_eq!((payment.out_trade_no(), payment.total_fee(), payment.mch_id()), (&*number, Fen(88), MCH_ID));
    assert_eq!((payment.trade_type(), paid.as_str()), (Some("MICROPAY"), "paid"));
    assert_eq!(payment.api().as_str(), if api == Api::V3 { "v3" } else { "v2" });
    // A complete answer needs no question.
    assert_eq!(questions(&wechat, api, &number).await, 0);

    // The number is not used again, whatever the code.
    let error = pay.pay_by_code(charge(&number, &code(&wechat).await, 88), quick()).await.unwrap_err();
    assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("out_trade_no")));
    assert!(error.to_string().contains("resume_pay_by_code"), "{error}");
    assert_eq!(asked(&wechat, charges(api)).await, 1);

    let used = pay.pay_by_code(charge("u10001", "130000000000000000", 88), quick()).await.unwrap();
    assert_eq!((used.as_str(), used.error().map(business)), ("refused", Some(("AUTH_CODE_INVALID", "never"))));
    assert!(used.advice(Language::English).contains("new out_trade_no"));

    // The customer confirms at the second question.
    fault(&wechat, json!({ "fault": "user_paying", "queries": 2, "times": 1 })).await;
    let mut stages = Vec::new();
    let payment = pay.begin_pay_by_code(charge("c10001", &code(&wechat).await, 88), quick()).unwrap();
    let paid = payment.finish(|progress| stages.push((progress.stage.as_str(), progress.trade_state.clone()))).await;
    assert_eq!(paid.unwrap().as_str(), "paid");
    let waiting = || ("waiting", Some("USERPAYING".to_owned()));
    assert_eq!(stages, [("charging", None), waiting(), waiting()]);

    // Nobody confirms.
    let cancelled = pay.pay_by_code(charge("n10001", &code(&wechat).await, 100_001), quick()).await.unwrap();
    assert_eq!((cancelled.as_str(), order_state(&wechat, "n10001").await), ("reversed", json!("REVOKED")));
    assert_eq!((cancelled.trade_state(), cancelled.payment().is_none()), (Some("REVOKED"), true));
    // The customer says no.
    fault(&wechat, json!({ "fault": "pay_error", "reply": "state", "times": 1 })).await;
    let failed = pay.pay_by_code(charge("f10001", &code(&wechat).await, 88), quick()).await.unwrap();
    assert_eq!((failed.as_str(), failed.trade_state()), ("refused", Some("PAYERROR")));
    // The order is not cancelled at once.
    fault(&wechat, json!({ "fault": "recall", "times": 1 })).await;
    let recalled = pay.pay_by_code(charge("n10005", &code(&wechat).await, 100_001), quick()).await.unwrap();
    assert_eq!((recalled.as_str(), order_state(&wechat, "n10005").await), ("reversed", json!("REVOKED")));
    assert!(reversals(&wechat, api, "n10005").await > 1);
}

#[test]
fn the_certificate_is_asked_for_before_anything_is_sent() {
    within(async {
        let (wechat, _) = wechat().await;
        let bare = client(common::options(wechat.url()));
        let error = bare.pay_by_code(charge("n1", &code(&wechat).await, 88), quick()).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some("client_cert")));
        assert!(error.to_string().contains("reverse set to false"), "{error}");
        assert_eq!(asked(&wechat, "/pay/micropay").await, 0);
        let mut without = quick();
        without.reverse = false;
        let paid = bare.pay_by_code(charge("n1", &code(&wechat).await, 88), without.clone()).await.unwrap();
        assert_eq!(paid.as_str(), "paid");
        let unknown = bare.pay_by_code(charge("n2", &code(&wechat).await, 100_001), without.clone()).await.unwrap();
        assert_eq!((unknown.as_str(), unknown.trade_state()), ("unknown", Some("USERPAYING")));
        assert!(unknown.advice(Language::English).contains("resume_pay_by_code"));
        // It is taken up when the customer has confirmed.
        control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": "n2" })).await;
        let paid = bare.resume_pay_by_code("n2", Fen(100_001), None, without).await.unwrap();
        assert_eq!(paid.as_str(), "paid");
        // After its result a payment does nothing more, whatever its options were.
        let payment = bare.begin_pay_by_code(charge("n4", &code(&wechat).await, 100_001), {
            let mut without = quick();
            without.reverse = false;
            without
        });
        let payment = payment.unwrap();
        assert_eq!(payment.finish(|_| {}).await.unwrap().as_str(), "unknown");
        let questions = asked(&wechat, "/pay/orderquery").await;
        assert_eq!(payment.finish(|_| {}).await.unwrap().as_str(), "unknown");
        assert_eq!(asked(&wechat, "/pay/orderquery").await, questions);
        assert_eq!(asked(&wechat, "/secapi/pay/reverse").await, 0);
        let mut long = quick();
        long.within = Duration::from_secs(100_000);
        assert_eq!(
            bare.pay_by_code(charge("n3", "130000000000000000", 1), long).await.unwrap_err().field(),
            Some("within")
        );
    });
}

/// The till dies after any step, and another one takes the payment up by its number: charged once, and the truth.
#[test]
fn a_payment_is_taken_up_from_its_number() {
    within(async {
        for api in APIS {
            is_taken_up_from_its_number(api).await;
        }
    });
}

async fn is_taken_up_from_its_number(api: Api) {
    let (wechat, pay) = till(api).await;
    for steps in 0..5 {
        for (n, script) in [
            json!({ "fault": "slow", "ms": 1, "times": 1 }),
            json!({ "fault": "timeout_after", "ms": 5, "endpoint": charges(api), "times": 1 }),
            json!({ "fault": "timeout_before", "ms": 5, "endpoint": charges(api), "times": 1 }),
            json!({ "fault": "user_paying", "queries": 3, "times": 1 }),
            json!({ "fault": "user_paying", "times": 1 }),
        ]
        .into_iter()
        .enumerate()
        {
            let (number, before) = (format!("r1000{steps}{n}"), asked(&wechat, charges(api)).await);
            fault(&wechat, script.clone()).await;
            let payment = pay.begin_pay_by_code(charge(&number, &code(&wechat).await, 88), quick()).unwrap();
            let mut ended = None;
            for _ in 0..steps {
                if let CodeStepOutcome::Ended(result) = payment.step().await.unwrap() {
                    ended = Some(result);
                    break;
                }
            }
            drop(payment);
            let result = match ended {
                Some(result) => *result,
                None => pay.resume_pay_by_code(&number, Fen(88), None, quick()).await.unwrap(),
            };
            control(&wechat, "DELETE", "/_emulator/faults", Value::Null).await;
            let charged = asked(&wechat, charges(api)).await - before;
            assert_eq!(charged, usize::from(steps > 0), "{script} {steps}");
            let state = order_state(&wechat, &number).await;
            let expected = matches!(
                (result.as_str(), state.as_str()),
                ("paid", Some("SUCCESS")) | ("reversed", Some("REVOKED")) | ("refused", None)
            );
            assert!(expected, "{script} {steps}: {result:?}");
        }
    }
    let wrong = pay.resume_pay_by_code("r100010", Fen(89), None, quick()).await.unwrap_err();
    assert_eq!((wrong.class(), wrong.field()), ("InvalidRequest", Some("total_fee")));
    // Another till's store does not know the amount; WeChat does.
    let other = other(&wechat, api);
    let wrong = other.resume_pay_by_code("r100010", Fen(89), None, quick()).await.unwrap_err();
    assert_eq!((wrong.code(), wrong.out_trade_no()), ("total_fee_mismatch", Some("r100010")));
    for malformed in ["", "A 1", &"x".repeat(33)] {
        let wrong = other.resume_pay_by_code(malformed, Fen(1), None, quick()).await.unwrap_err();
        assert_eq!(wrong.field(), Some("out_trade_no"));
    }
    for nothing in [0, -1, i64::MIN] {
        let wrong = other.resume_pay_by_code("r100010", Fen(nothing), None, quick()).await.unwrap_err();
        assert_eq!((wrong.class(), wrong.field()), ("InvalidRequest", Some("total_fee")));
    }
}

#[test]
fn a_cashier_may_give_up_at_any_time() {
    within(async {
        for api in APIS {
            cashier_gives_up(api).await;
        }
    });
}

async fn cashier_gives_up(api: Api) {
    let (wechat, pay) = till(api).await;
    let mut long = quick();
    long.within = Duration::from_secs(60);
    long.interval = Duration::from_secs(60);
    let payment = pay.begin_pay_by_code(charge("g10001", &code(&wechat).await, 100_001), long.clone()).unwrap();
    let cashier = payment.clone();
    let give_up = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cashier.give_up();
    };
    let (result, ()) = tokio::join!(payment.finish(|_| {}), give_up);
    assert_eq!((result.unwrap().as_str(), order_state(&wechat, "g10001").await), ("reversed", json!("REVOKED")));
    // Before the code is charged; after the customer has paid.
    let payment = pay.begin_pay_by_code(charge("g10002", &code(&wechat).await, 88), long.clone()).unwrap();
    payment.give_up();
    assert_eq!(payment.finish(|_| {}).await.unwrap().as_str(), "refused");
    assert_eq!(order_state(&wechat, "g10002").await, Value::Null);
    let payment = pay.begin_pay_by_code(charge("g10003", &code(&wechat).await, 100_001), long).unwrap();
    payment.step().await.unwrap();
    control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": "g10003" })).await;
    payment.give_up();
    assert_eq!(payment.finish(|_| {}).await.unwrap().as_str(), "paid");
    // A step that the caller drops is not charged again by the next one.
    fault(&wechat, json!({ "fault": "slow", "ms": 200, "endpoint": charges(api), "times": 1 })).await;
    let before = asked(&wechat, charges(api)).await;
    let payment = pay.begin_pay_by_code(charge("g10004", &code(&wechat).await, 88), quick()).unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(60), payment.step()).await.is_err());
    assert_eq!(payment.finish(|_| {}).await.unwrap().as_str(), "paid");
    assert_eq!(asked(&wechat, charges(api)).await, before + 1);
}

#[test]
fn the_progress_is_shown_while_a_step_runs() {
    /// How long the first step takes.
    const STEP: Duration = Duration::from_secs(2);
    within(async {
        for api in APIS {
            let (wechat, pay) = till(api).await;
            let mut long = quick();
            (long.within, long.interval) = (Duration::from_secs(60), Duration::from_secs(60));
            let payment = pay.begin_pay_by_code(charge("s10001", &code(&wechat).await, 100_001), long).unwrap();
            let shown = async |payment: &CodePayment| {
                let begun = std::time::Instant::now();
                let shown = payment.progress();
                // The same way as Python and Node.
                let Ok(Output::CodeProgress(again)) = Job::CodeProgress(payment.clone()).run(&pay).await else {
                    panic!("no progress")
                };
                assert_eq!(again.stage, shown.stage);
                assert!(begun.elapsed() < STEP / 4, "{:?}", begun.elapsed());
                (shown.stage, shown.trade_state)
            };
            // While the code is charged, and while the next question is waited for.
            fault(&wechat, json!({ "fault": "slow", "ms": STEP.as_millis(), "endpoint": charges(api), "times": 1 }))
                .await;
            let run = payment.clone();
            let running = tokio::spawn(async move { run.finish(|_| {}).await });
            tokio::time::sleep(Duration::from_millis(100)).await;
            assert_eq!(shown(&payment).await, (CodeStage::Charging, None));
            while shown(&payment).await.0 == CodeStage::Charging {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(shown(&payment).await.0, CodeStage::Waiting);
            payment.give_up();
            assert_eq!(running.await.unwrap().unwrap().as_str(), "reversed");
        }
    });
}

#[test]
fn nothing_sent_is_said_so_and_leaves_the_number_free() {
    within(async {
        for api in APIS {
            nothing_is_sent(api).await;
        }
    });
}

async fn nothing_is_sent(api: Api) {
    let (wechat, pay) = till(api).await;
    let settings = if api == Api::V3 { common::v3_options(&wechat) } else { options(&wechat) };
    let mut away = settings.endpoints("http://127.0.0.1:9");
    away.limits.timeout = Duration::from_millis(300);
    let away = client(away);
    for _ in 0..2 {
        let error = away.pay_by_code(charge("a10001", "130000000000000000", 88), quick()).await.unwrap_err();
        assert!(matches!(error.kind(), Kind::Transport { outcome: Outcome::NotSent, .. }), "{error:?}");
    }
    // A number that was used before: whose money it took is not known. Nothing is cancelled, and nothing is called paid or refused.
    assert_eq!(pay.pay_by_code(charge("b10001", &code(&wechat).await, 99), quick()).await.unwrap().as_str(), "paid");
    let used = other(&wechat, api).pay_by_code(charge("b10001", &code(&wechat).await, 88), quick()).await.unwrap();
    let refused = if api == Api::V3 { "INVALID_REQUEST" } else { "ORDERPAID" };
    assert_eq!((used.as_str(), used.error().map(business).map(|(code, _)| code)), ("unknown", Some(refused)));
    // This purchase after all: its first charge was by another process, with another store.
    let again = other(&wechat, api).pay_by_code(charge("b10001", &code(&wechat).await, 99), quick()).await.unwrap();
    assert_eq!(again.as_str(), "unknown");
    let resumed = other(&wechat, api).resume_pay_by_code("b10001", Fen(99), None, quick()).await.unwrap();
    assert_eq!(resumed.as_str(), "paid");
    fault(&wechat, json!({ "fault": "timeout_before", "ms": 5, "endpoint": charges(api), "times": 1 })).await;
    let another = other(&wechat, api);
    let error = another.pay_by_code(charge("b10001", &code(&wechat).await, 88), quick()).await.unwrap_err();
    assert_eq!(error.code(), "total_fee_mismatch");
    assert_eq!(order_state(&wechat, "b10001").await, "SUCCESS");
    assert_eq!(reversals(&wechat, api, "b10001").await, 0);
}

#[test]
fn the_fields_of_micropay_as_apiv3_has_them() {
    within(async {
        let server = Signed::start(|_| reply(202, r#"{"code":"USERPAYING","message":"需要用户输入支付密码"}"#)).await;
        let provider = signed_options(with_public_key().sub_mch_id("1900000201"), &server.url);
        let direct = signed_options(with_public_key(), &server.url);
        let all = charge("A10001", " 130061098828009406\n", 88)
            .attach("店1")
            .goods_tag("新客")
            .device_info("till 3")
            .fee_type("CNY")
            .receipt(YesNo::Yes)
            .profit_sharing(YesNo::No);
        let sent = async |options: Options, request: Micropay| {
            server.got.lock().unwrap().clear();
            let begun = WxPay::new(options).unwrap().begin_pay_by_code(request, quick())?;
            begun.step().await.map(drop)?;
            let only = server.only();
            Ok::<_, Error>((only.target, serde_json::from_str::<Value>(&only.body).unwrap()))
        };
        let (target, body) = sent(direct, all.clone()).await.unwrap();
        let mut expected = json!({
            "appid": APPID, "mchid": common::signed::MCH_ID, "description": "茶", "out_trade_no": "A10001", "attach": "店1",
            "goods_tag": "新客", "support_fapiao": true, "amount": { "total": 88, "currency": "CNY" },
            "payer": { "auth_code": "130061098828009406" },
            "scene_info": { "device_id": "till 3", "device_ip": "203.0.113.9" },
            "settle_info": { "profit_sharing": false },
        });
        assert_eq!((&*target, &body), ("/v3/pay/transactions/codepay", &expected));

        let (target, body) = sent(provider, all.clone()).await.unwrap();
        for (name, own) in [("appid", "sp_appid"), ("mchid", "sp_mchid")] {
            let value = expected.as_object_mut().unwrap().remove(name).unwrap();
            expected[own] = value;
        }
        expected["sub_mchid"] = json!("1900000201");
        assert_eq!((&*target, &body), ("/v3/pay/partner/transactions/codepay", &expected));
        // The order's own sub-merchant, with which it is asked for and cancelled too.
        let options = || signed_options(with_public_key(), &server.url);
        let (_, body) = sent(options(), all.clone().sub_mch_id("1900000202")).await.unwrap();
        assert_eq!(body["sub_mchid"], "1900000202");

        for (request, field, part) in [
            (all.clone().limit_pay(LimitPay::NoCredit), "limit_pay", "has no place in v3.codepay"),
            (all.clone().detail("{}"), "detail", "has no place in v3.codepay"),
            (all.clone().scene_info("{}"), "scene_info", "has no place in v3.codepay"),
            (all.clone().total_fee(Fen(0)), "total_fee", "at least 1"),
            (all.clone().auth_code("13006109882800940"), "auth_code", "18 digits"),
            (all.clone().auth_code("280061098828009406"), "auth_code", "Alipay"),
            (all.clone().spbill_create_ip("the till"), "spbill_create_ip", ""),
            (all.clone().out_trade_no("A 1"), "out_trade_no", ""),
        ] {
            server.got.lock().unwrap().clear();
            let error = sent(options(), request).await.unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some(field)), "{error}");
            assert!(error.to_string().contains(part) && !error.to_string().contains("1300610"), "{error}");
            assert!(server.got.lock().unwrap().is_empty());
        }
    });
}

#[test]
fn the_api_of_a_payment_is_that_of_its_fields_or_of_the_settings() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let of_v3 = |number: &str, code: &str| {
            V3Codepay::new()
                .description("茶")
                .out_trade_no(number)
                .payer(V3CodePayer::new().auth_code(code))
                .amount(V3OrderAmount::new().total(Fen(88)))
                .scene_info(V3CodeSceneInfo::new().device_ip("203.0.113.9"))
        };
        let asking = |api| {
            let mut options = quick();
            options.api = Some(api);
            options
        };
        let both = || {
            let mut both = common::v3_options(&wechat);
            both.merchant.api_key = Some(wechat.merchant().api_key.expose().into());
            both
        };
        let pay = client(both());
        let api =
            |result: CodeResult| result.payment().unwrap_or_else(|| panic!("{result:?}")).api().as_str().to_owned();
        let shown = || code(&wechat);
        assert_eq!(api(pay.pay_by_code(charge("b10001", &shown().await, 88), quick()).await.unwrap()), "v2");
        let asked_v3 = asking(ApiVersion::V3);
        assert_eq!(api(pay.pay_by_code(charge("b10002", &shown().await, 88), asked_v3.clone()).await.unwrap()), "v3");
        assert_eq!(api(pay.pay_by_code(of_v3("b10003", &shown().await), quick()).await.unwrap()), "v3");
        assert_eq!(api(pay.pay_by_code(of_v3("b10004", &shown().await), asked_v3.clone()).await.unwrap()), "v3");

        // What does not fit is said before anything is sent.
        let v3 = client(common::v3_options(&wechat));
        let v2 = client(options(&wechat));
        let begin = |pay: &WxPay, request: Micropay, options| pay.begin_pay_by_code(request, options).unwrap_err();
        let code = "130000000000000000";
        for (error, field) in [
            (begin(&v3, charge("c10001", code, 88), asking(ApiVersion::V2)), "api_key"),
            (begin(&v2, charge("c10001", code, 88), asked_v3.clone()), "api_v3_key"),
            (v2.begin_pay_by_code(of_v3("c10001", code), quick()).unwrap_err(), "api_v3_key"),
            (v3.begin_resume_pay_by_code("c10001", Fen(88), None, asking(ApiVersion::V2)).unwrap_err(), "api_key"),
        ] {
            assert_eq!((error.class(), error.field()), ("ConfigError", Some(field)), "{error}");
        }
        let mixed = |fields: &[(&'static str, wxpaykit::value::Value<'static>)]| {
            let fields = fields.iter().cloned().map(|(name, value)| (name.into(), value));
            charge("c10001", code, 88)
                .params()
                .iter()
                .cloned()
                .chain(fields)
                .collect::<wxpaykit::value::Params<'static>>()
        };
        let text = |text: &'static str| wxpaykit::value::Value::Text(text.into());
        for pay in [&pay, &v2, &v3] {
            let error = pay.begin_code(mixed(&[("description", text("茶"))]), quick()).unwrap_err();
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("description")), "{error}");
            assert!(error.to_string().contains("auth_code is one of micropay"), "{error}");
        }
        let error = pay.begin_pay_by_code(of_v3("c10001", code), asking(ApiVersion::V2)).unwrap_err();
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("description")), "{error}");
        let error = begin(&pay, charge("c10001", code, 88), asking(ApiVersion::from("v4")));
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("api")), "{error}");
        assert_eq!(asked(&wechat, "/pay/micropay").await + asked(&wechat, "/v3/pay/transactions/codepay").await, 4);
        assert!(!format!("{:?}", wxpaykit::CodeCharge::from(of_v3("c10001", code))).contains(code));
    });
}

/// A till is killed; the store says which API charged the code. Another store says nothing, and a merchant may have moved meanwhile.
#[test]
fn a_payment_goes_on_by_the_api_that_charged_it() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = std::sync::Arc::new(wxpaykit::MemoryStore::default());
        let both = || {
            let mut both =
                common::v3_options(&wechat).store(std::sync::Arc::clone(&store) as std::sync::Arc<dyn wxpaykit::Store>);
            both.merchant.api_key = Some(wechat.merchant().api_key.expose().into());
            both
        };
        let one = |api: Api| {
            let mut one = both();
            match api {
                Api::V3 => one.merchant.api_key = None,
                _ => {
                    one.merchant.api_v3_key = None;
                    one.merchant.platform_public_key = None;
                    one.merchant.platform_public_key_id = None;
                }
            }
            client(one)
        };
        for (n, (charged, resumed, api)) in [
            // By the settings alone both would be APIv2's.
            (ApiVersion::V3, client(both()), "v3"),
            (ApiVersion::V2, client(both()), "v2"),
            // The keys of the other API are gone.
            (ApiVersion::V3, one(Api::V2), "v2"),
            (ApiVersion::V2, one(Api::V3), "v3"),
        ]
        .into_iter()
        .enumerate()
        {
            for (number, pays) in [(format!("p1000{n}"), true), (format!("c1000{n}"), false)] {
                let mut options = quick();
                options.api = Some(charged.clone());
                let till = client(both());
                let payment = till.begin_pay_by_code(charge(&number, &code(&wechat).await, 100_001), options).unwrap();
                payment.step().await.unwrap();
                drop(payment);
                if pays {
                    control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
                }
                let result = resumed.resume_pay_by_code(&number, Fen(100_001), None, quick()).await.unwrap();
                let expected = if pays { "paid" } else { "reversed" };
                assert_eq!(result.as_str(), expected, "{number} {result:?}");
                assert_eq!(
                    result.payment().map(|payment| payment.api().as_str().to_owned()),
                    pays.then(|| api.to_owned())
                );
                let by_v3 = reversals(&wechat, Api::V3, &number).await;
                assert_eq!(by_v3 > 0, !pays && api == "v3", "{number}");
            }
        }
        let error = client(both()).resume_pay_by_code("p10000", Fen(88), None, quick()).await.unwrap_err();
        assert_eq!((error.field(), error.endpoint()), (Some("total_fee"), Some("v3.codepay")));
    });
}

/// The ledger is that of notifications and of `reconcile`: whichever is first hands the payment over, and no other does.
#[test]
fn a_payment_is_handed_over_once() {
    within(async {
        for api in APIS {
            let (wechat, pay) = till(api).await;
            let runs = std::sync::Mutex::new(Vec::new());
            let took = async |payment: ConfirmedPayment, key: String| {
                runs.lock().unwrap().push((payment.out_trade_no().to_owned(), key.to_owned()));
                Ok::<(), HandlerError>(())
            };
            let fails = async |_: ConfirmedPayment, _: String| Err::<(), HandlerError>("no shelf".into());
            let count = || runs.lock().unwrap().len();
            let resume = async |number: &str| {
                pay.resume_pay_by_code_and_hand_over(number, Fen(88), None, quick(), took).await.unwrap()
            };

            let request = charge("h10001", &code(&wechat).await, 88);
            let paid = pay.pay_by_code_and_hand_over(request, quick(), took).await.unwrap();
            let payment = paid.payment().unwrap();
            let key = runs.lock().unwrap()[0].clone();
            assert_eq!(key.0, "h10001");
            assert!(key.1.contains(payment.transaction_id()), "{key:?}");
            assert_eq!((resume("h10001").await.as_str(), count()), ("paid", 1));
            let pending = |number: &str| Pending {
                out_trade_no: number.to_owned(),
                total_fee: Fen(88),
                created: wxpaykit::client::now() - 60,
                sub_mch_id: None,
                combine_out_trade_no: None,
            };
            let again = pay.reconcile(&pending("h10001"), took).await;
            assert!(matches!(again, Reconciled::HandedOver), "{again:?}");

            // The function fails: the payment is there, and the next call hands it over.
            let request = charge("h10002", &code(&wechat).await, 88);
            let error = pay.pay_by_code_and_hand_over(request, quick(), fails).await.unwrap_err();
            assert_eq!((error.class(), error.out_trade_no()), ("HandlerError", Some("h10002")), "{error}");
            assert_eq!(count(), 1);
            assert_eq!((resume("h10002").await.as_str(), count()), ("paid", 2));
            // `reconcile` may be first.
            let request = charge("h10003", &code(&wechat).await, 88);
            pay.pay_by_code_and_hand_over(request, quick(), fails).await.unwrap_err();
            let delivered = pay.reconcile(&pending("h10003"), took).await;
            assert!(matches!(delivered, Reconciled::Delivered(_)), "{delivered:?}");
            assert_eq!((resume("h10003").await.as_str(), count()), ("paid", 3));

            // The till was killed between the payment and the function; two take it up at the same time.
            assert_eq!(
                pay.pay_by_code(charge("h10004", &code(&wechat).await, 88), quick()).await.unwrap().as_str(),
                "paid"
            );
            let (one, two) = tokio::join!(resume("h10004"), resume("h10004"));
            assert_eq!((one.as_str(), two.as_str(), count()), ("paid", "paid", 4));

            // What is not paid is not handed over.
            let request = charge("h10005", &code(&wechat).await, 100_001);
            assert_eq!(pay.pay_by_code_and_hand_over(request, quick(), took).await.unwrap().as_str(), "reversed");
            let request = charge("h10006", "130000000000000000", 88);
            assert_eq!(pay.pay_by_code_and_hand_over(request, quick(), took).await.unwrap().as_str(), "refused");
            assert_eq!(count(), 4);
        }
    });
}

/// The order of a sub-merchant is asked for and cancelled as such, also by a till that takes it up; without the sub-merchant nothing is sent
/// that could be another's order.
#[test]
fn a_service_provider_sells_for_sub_merchants() {
    within(async {
        let mut provider = Merchant::new("wx8888888888888888", "1900000109", &"k".repeat(32), "a-provider-secret");
        provider.provider = true;
        provider.sub_mch_ids = vec!["1900000201".into(), "1900000202".into()];
        provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
        let mut config = Config::default();
        config.merchants = vec![provider];
        let wechat = Emulator::start(config).await.unwrap();
        for api in APIS {
            let settings = |sub_mch_id: Option<&str>| {
                let mut options = common::v3_options(&wechat);
                options.merchant.sub_mch_id = sub_mch_id.map(str::to_owned);
                if api == Api::V2 {
                    options.merchant.api_key = Some("k".repeat(32).into());
                }
                options
            };
            let number = |n: u32| format!("sp-{api:?}-{n}");
            let of_sub = |pay: WxPay, n: u32, sub_mch_id: Option<&'static str>, fen| {
                let (wechat, number) = (&wechat, number(n));
                async move {
                    let request = charge(&number, &code(wechat).await, fen);
                    let request = sub_mch_id.into_iter().fold(request, |request, sub| request.sub_mch_id(sub));
                    pay.pay_by_code(request, quick()).await
                }
            };
            // For many, by the field; for one, by the setting.
            let many = client(settings(None));
            let one = client(settings(Some("1900000201")));
            for (n, pay, given) in [(1, &many, Some("1900000201")), (2, &one, None), (3, &many, Some("1900000202"))] {
                let paid = of_sub(pay.clone(), n, given, 88).await.unwrap();
                let payment = paid.payment().unwrap_or_else(|| panic!("{paid:?}"));
                assert_eq!(payment.sub_mch_id(), Some(given.unwrap_or("1900000201")));
                assert_eq!(payment.api().as_str(), if api == Api::V3 { "v3" } else { "v2" });
            }
            let cancelled = of_sub(many.clone(), 4, Some("1900000202"), 100_001).await.unwrap();
            assert_eq!((cancelled.as_str(), order_state(&wechat, &number(4)).await), ("reversed", json!("REVOKED")));
            let other = client(settings(None));
            let resumed = other.resume_pay_by_code(&number(3), Fen(88), Some("1900000202"), quick()).await.unwrap();
            assert_eq!(resumed.as_str(), "paid");
            // WeChat knows no such order of another sub-merchant, which proves nothing without a record of the charge; and without a
            // sub-merchant it refuses each question.
            let wrong = other.resume_pay_by_code(&number(3), Fen(88), Some("1900000201"), quick()).await.unwrap();
            assert_eq!(wrong.as_str(), "unknown", "{wrong:?}");
            let wrong = client(settings(Some("1900000201")));
            let wrong = wrong.resume_pay_by_code(&number(3), Fen(88), None, quick()).await.unwrap();
            assert_eq!(wrong.as_str(), "unknown", "{wrong:?}");
            let none = other.resume_pay_by_code(&number(3), Fen(88), None, quick()).await;
            assert!(none.as_ref().is_ok_and(|result| result.payment().is_none()), "{none:?}");
            assert_eq!(order_state(&wechat, &number(3)).await, json!("SUCCESS"));
            is_charged_for_one_sub_merchant(&wechat, api, settings).await;
        }
    });
}

/// A provider's numbers are unique over its sub-merchants, and WeChat knows no such order of another one: that proves nothing about the order
/// that was charged. The customer may still enter the password.
async fn is_charged_for_one_sub_merchant(wechat: &Running, api: Api, settings: impl Fn(Option<&str>) -> Options) {
    let [first, other] = ["1900000201", "1900000202"].map(Some);
    let store = std::sync::Arc::new(wxpaykit::MemoryStore::default());
    // Tills of one shop: with the sub-merchant in the settings, or in the call.
    let till = |sub: Option<&str>| {
        client(settings(sub).store(std::sync::Arc::clone(&store) as std::sync::Arc<dyn wxpaykit::Store>))
    };
    let number = format!("sp-{api:?}-5");
    let pays = async |pay: WxPay, sub: Option<&str>| {
        let request = charge(&number, &code(wechat).await, 100_001);
        let request = sub.into_iter().fold(request, |request, sub| request.sub_mch_id(sub));
        let mut options = quick();
        options.reverse = false;
        pay.pay_by_code(request, options).await
    };
    let unknown = pays(till(None), first).await.unwrap();
    assert_eq!((unknown.as_str(), unknown.trade_state()), ("unknown", Some("USERPAYING")));
    let before = control(wechat, "GET", "/_emulator/journal", Value::Null).await.as_array().unwrap().len();
    for (pay, sub) in [(till(None), other), (till(other), None), (till(None), None)] {
        let wrong = pay.resume_pay_by_code(&number, Fen(100_001), sub, quick()).await.unwrap_err();
        assert_eq!((wrong.class(), wrong.field()), ("InvalidRequest", Some("sub_mch_id")));
        assert!(wrong.to_string().contains("was charged for 1900000201"), "{wrong}");
        assert!(wrong.text_in(Language::Chinese).contains("是为 1900000201 扣款的"), "{wrong}");
    }
    for (pay, sub) in [(till(None), other), (till(other), None), (till(first), None)] {
        let again = pays(pay, sub).await.unwrap_err();
        assert_eq!((again.class(), again.field()), ("InvalidRequest", Some("out_trade_no")));
    }
    let after = control(wechat, "GET", "/_emulator/journal", Value::Null).await.as_array().unwrap().len();
    assert_eq!(after, before, "nothing was sent");
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    for (pay, sub) in [(till(None), first), (till(first), None)] {
        let paid = pay.resume_pay_by_code(&number, Fen(100_001), sub, quick()).await.unwrap();
        assert_eq!(paid.payment().and_then(ConfirmedPayment::sub_mch_id), first, "{paid:?}");
    }
}

/// A server that answers the charge with one reply and the query with another, both of APIv3: the result, and how often the code was charged.
async fn answered(charge_reply: Reply, query_reply: Reply) -> (Result<CodeResult, Error>, Vec<String>) {
    let server = Signed::start(move |request| {
        if request.target.ends_with("/codepay") {
            charge_reply.clone()
        } else if request.target.ends_with("/reverse") {
            reply(200, r#"{"out_trade_no":"A10001"}"#)
        } else {
            query_reply.clone()
        }
    })
    .await;
    let pay = WxPay::new(signed_options(with_public_key(), &server.url)).unwrap();
    let result = pay.pay_by_code(charge("A10001", "130061098828009406", 88), quick()).await;
    let last = |target: &str| target.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    (result, server.got.lock().unwrap().iter().map(|request| last(&request.target)).collect())
}

#[test]
fn only_what_wechat_signed_about_this_order_decides() {
    within(async {
        let order = |appid: &str, total: i64| {
            let order = json!({
                "appid": appid, "mchid": common::signed::MCH_ID, "out_trade_no": "A10001", "trade_state": "SUCCESS",
                "transaction_id": "4200", "amount": { "total": total, "currency": "CNY" },
            });
            reply(200, &order.to_string())
        };
        let paid = || order(APPID, 88);
        let refused = || reply(400, r#"{"code":"AUTH_CODE_INVALID","message":"付款码无效"}"#);
        let unknown = || reply(404, r#"{"code":"ORDER_NOT_EXIST","message":"订单不存在"}"#);

        let (result, sent) = answered(paid(), unknown()).await;
        assert_eq!((result.unwrap().as_str(), &sent[..]), ("paid", &["codepay".to_owned()][..]));
        let (result, sent) = answered(refused(), paid()).await;
        assert_eq!((result.unwrap().as_str(), sent.len()), ("refused", 1));
        // Nobody signed the refusal; or another signed it.
        for by in [By::Nobody, By::OtherKey, By::Changed, By::Stale, By::Probe] {
            let (result, sent) = answered(refused().by(by), paid()).await;
            assert_eq!(
                (result.unwrap().as_str(), &sent[..]),
                ("paid", &["codepay", "A10001"].map(str::to_owned)[..]),
                "{by:?}"
            );
            // The same goes for "there is no such order".
            let (result, sent) = answered(refused().by(by), unknown().by(by)).await;
            assert_eq!(result.unwrap().as_str(), "reversed", "{by:?}");
            assert_eq!(sent.iter().filter(|call| *call == "codepay").count(), 1);
        }
        // A success without the client's appid proves nothing: the query does.
        let (result, sent) = answered(order("wx0000000000000000", 88), paid()).await;
        assert_eq!((result.unwrap().as_str(), sent.len()), ("paid", 2));
        // The order is another purchase's: nothing is cancelled.
        let (result, sent) = answered(reply(500, "<html>"), order(APPID, 89)).await;
        let error = result.unwrap_err();
        assert_eq!(
            (error.code(), error.endpoint(), error.out_trade_no()),
            ("total_fee_mismatch", Some("v3.query"), Some("A10001"))
        );
        assert!(!sent.contains(&"reverse".to_owned()));
    });
}

/// A store that does what it is asked to, and does not say so while it hangs.
#[derive(Default)]
struct Hanging {
    store: MemoryStore,
    hangs: AtomicBool,
    /// The texts that were added or put in the place of others.
    written: Mutex<Vec<String>>,
}

impl Hanging {
    fn note(&self, value: &Secret) {
        self.written.lock().unwrap().push(value.expose().to_owned());
    }

    /// The time of the last mark.
    fn last_mark(&self) -> i64 {
        self.written.lock().unwrap().last().unwrap().split(' ').next().unwrap().parse().unwrap()
    }

    async fn answered<T>(&self, done: StoreFuture<'_, T>) -> Result<T, wxpaykit::StoreError> {
        let done = done.await;
        if self.hangs.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        done
    }
}

impl Store for Hanging {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        self.store.get(key)
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        self.store.put(key, value, life)
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        self.note(value);
        Box::pin(self.answered(self.store.add(key, value, life)))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        self.note(new);
        self.store.compare_and_set(key, old, new, life)
    }

    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        // It is not deleted either: the worst case for who asks again.
        Box::pin(async move {
            if self.hangs.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            self.store.delete(key).await
        })
    }
}

#[test]
fn a_step_that_was_dropped_while_the_store_was_asked_is_taken_up_by_the_same_payment() {
    within(async {
        for api in APIS {
            let (wechat, _) = till(api).await;
            let of = |url: &str, store: &Arc<Hanging>| {
                let mut options = match api {
                    Api::V3 => common::v3_options(&wechat),
                    _ => options(&wechat),
                };
                options.store = Some(Arc::clone(store).into());
                client(options.endpoints(url))
            };
            // The store has the number, and nothing was sent.
            let store = Arc::new(Hanging::default());
            let pay = of(wechat.url(), &store);
            let payment = pay.begin_pay_by_code(charge("d10001", &code(&wechat).await, 88), quick()).unwrap();
            store.hangs.store(true, Ordering::SeqCst);
            tokio::time::timeout(Duration::from_millis(200), payment.step()).await.unwrap_err();
            assert_eq!(asked(&wechat, charges(api)).await, 0);
            assert!(payment.may_be_charged());
            let first = store.last_mark();
            store.hangs.store(false, Ordering::SeqCst);
            // Another payment with this number is refused, whoever begins it.
            let other = pay.pay_by_code(charge("d10001", &code(&wechat).await, 88), quick()).await.unwrap_err();
            assert_eq!(other.field(), Some("out_trade_no"), "{other}");
            // The mark has the time at which the code is charged, from which a process that takes the payment up counts.
            tokio::time::sleep(Duration::from_millis(1100)).await;
            assert_eq!(payment.finish(|_| ()).await.unwrap().as_str(), "paid");
            assert!(store.last_mark() > first);
            assert_eq!(asked(&wechat, charges(api)).await, 1);
            let again = pay.resume_pay_by_code("d10001", Fen(88), None, quick()).await.unwrap();
            assert_eq!(again.as_str(), "paid");

            // Nothing reached WeChat, and the number stays in the store.
            let store = Arc::new(Hanging::default());
            let nowhere = of("http://127.0.0.1:9", &store);
            let payment = nowhere.begin_pay_by_code(charge("d10002", "130000000000000000", 88), quick()).unwrap();
            let dropped = async {
                store.hangs.store(false, Ordering::SeqCst);
                tokio::select! {
                    ended = payment.step() => panic!("{ended:?}"),
                    // After the number is there, and before the failure.
                    () = async {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        store.hangs.store(true, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_secs(3)).await;
                    } => {}
                }
            };
            dropped.await;
            store.hangs.store(false, Ordering::SeqCst);
            let error = payment.step().await.unwrap_err();
            assert_eq!(error.outcome(), Some(Outcome::NotSent), "{error}");
            assert!(!payment.may_be_charged());
        }
    });
}

#[test]
fn a_payment_by_code_that_is_cancelled_before_its_first_step_sent_nothing() {
    within(async {
        let (wechat, pay) = wechat().await;
        let outcome =
            |payment: &CodePayment| Job::CodeProgress(payment.clone()).about().cancelled(Outcome::Unknown).outcome();
        let payment = pay.begin_pay_by_code(charge("k10001", &code(&wechat).await, 88), quick()).unwrap();
        assert_eq!(outcome(&payment), Some(Outcome::NotSent));
        payment.step().await.unwrap();
        assert_eq!(outcome(&payment), Some(Outcome::Unknown));
        // It was charged before.
        let resumed = pay.begin_resume_pay_by_code("k10001", Fen(88), None, quick()).unwrap();
        assert_eq!(outcome(&resumed), Some(Outcome::Unknown));
    });
}
