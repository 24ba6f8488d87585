//! Payment codes and abnormal refunds by APIv3: with the emulator, and as they travel.

#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use common::signed::{APPID, MCH_ID, PUBLIC_KEY_ID, Request, Signed, public_key_pair, reply, with_public_key};
use common::{asked, control, number, v3_options, within};
use serde_json::{Value as Json, json};
use wxpaykit::v3::decrypt_sensitive;
use wxpaykit::{
    Error, Fen, Kind, TradeState, V3AbnormalRefundType, V3ApplyAbnormalRefund, V3CodePayer, V3CodeSceneInfo, V3Codepay,
    V3Jsapi, V3OrderAmount, V3Payer, V3Query, V3Refund, V3RefundAmount, V3RefundQuery, V3RefundStatus, V3Reverse,
    WxPay,
};
use wxpaykit_emulator::{Config, Emulator, Running};

async fn wechat() -> (Running, WxPay) {
    let wechat = Emulator::start(Config::default()).await.unwrap();
    let pay = WxPay::new(v3_options(&wechat)).unwrap();
    (wechat, pay)
}

async fn fault(wechat: &Running, fault: Json) {
    control(wechat, "POST", "/_emulator/faults", fault).await;
}

/// WeChat's code, and what is safe.
#[track_caller]
fn business(error: &Error) -> (&str, &str) {
    match error.kind() {
        Kind::Business { err_code, .. } => (err_code, error.retry().as_str()),
        other => panic!("{other:?}"),
    }
}

/// Field and rule of a value that was not sent.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T, Error>) -> (String, String) {
    let error = result.unwrap_err();
    assert_eq!(error.class(), "InvalidRequest", "{error}");
    (error.field().unwrap().to_owned(), error.to_string())
}

fn body(request: &Request) -> Json {
    serde_json::from_str(&request.body).unwrap()
}

/// A client of a server that answers every request with this reply.
async fn scripted(status: u16, text: &'static str, sub_mch_id: Option<&str>) -> (Signed, WxPay) {
    let server = Signed::start(move |_| reply(status, text)).await;
    let mut merchant = with_public_key();
    if let Some(sub_mch_id) = sub_mch_id {
        merchant = merchant.sub_mch_id(sub_mch_id);
    }
    let pay = WxPay::new(common::signed::options(merchant, &server.url)).unwrap();
    (server, pay)
}

async fn code(wechat: &Running) -> String {
    let shown = control(wechat, "POST", "/_emulator/payment-code", json!({})).await;
    shown["auth_code"].as_str().unwrap().to_owned()
}

fn charge(number: &str, code: &str, fen: i64) -> V3Codepay {
    V3Codepay::new()
        .description("茶")
        .out_trade_no(number)
        .payer(V3CodePayer::new().auth_code(code))
        .amount(V3OrderAmount::new().total(Fen(fen)))
        .scene_info(V3CodeSceneInfo::new().device_ip("203.0.113.9"))
}

#[test]
fn a_code_is_charged_asked_about_and_cancelled() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (v3, first) = (pay.v3(), number());
        // As a scanner gives it.
        let paid = v3.codepay(charge(&first, &format!(" {}\r\n", code(&wechat).await), 88)).await.unwrap();
        assert_eq!((paid.trade_state(), paid.out_trade_no()), (TradeState::Success, Some(&*first)));
        assert_eq!(paid.amount().unwrap().total(), Some(Fen(88)));
        assert_eq!(paid.trade_type().unwrap().as_str(), "MICROPAY");
        let transaction_id = paid.transaction_id().unwrap();
        let cancelled = v3.reverse(V3Reverse::new().out_trade_no(&first)).await.unwrap();
        assert_eq!((cancelled.out_trade_no(), cancelled.sub_mchid()), (&*first, None));
        let found = v3.query(V3Query::new().transaction_id(transaction_id)).await.unwrap();
        assert_eq!(found.trade_state(), TradeState::Revoked);

        // An amount above ¥1000: the customer has to confirm, and WeChat says nothing else.
        let dear = number();
        let waits = v3.codepay(charge(&dear, &code(&wechat).await, 100_001)).await.unwrap();
        assert_eq!((waits.trade_state(), waits.transaction_id()), (TradeState::UserPaying, None));
        assert_eq!((waits.get("code"), waits.amount()), (Some("USERPAYING"), None));
        let ask = || v3.query(V3Query::new().out_trade_no(&dear));
        assert_eq!(ask().await.unwrap().trade_state(), TradeState::UserPaying);
        control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": dear })).await;
        assert_eq!(ask().await.unwrap().trade_state(), TradeState::Success);

        for (kind, state) in [("user_paying", TradeState::UserPaying), ("pay_error", TradeState::PayError)] {
            fault(&wechat, json!({ "fault": kind, "reply": "state", "times": 1 })).await;
            let waits = v3.codepay(charge(&number(), &code(&wechat).await, 1)).await.unwrap();
            assert_eq!((waits.trade_state(), waits.transaction_id()), (state, None));
        }
    });
}

#[test]
fn a_charge_whose_outcome_is_unknown_is_not_sent_again() {
    within(async {
        for trouble in ["systemerror_after", "frequency_after", "truncated", "probe"] {
            let (wechat, pay) = wechat().await;
            let path = "/v3/pay/transactions/codepay";
            fault(&wechat, json!({ "fault": trouble, "endpoint": path, "times": 1 })).await;
            let number = number();
            let error = pay.v3().codepay(charge(&number, &code(&wechat).await, 88)).await.unwrap_err();
            assert_eq!(error.retry().as_str(), "query_first", "{trouble}: {error}");
            let advice = format!("Call v3.query with out_trade_no {number} first; do not use a new out_trade_no");
            assert!(error.to_string().contains(&advice), "{error}");
            assert_eq!((error.out_trade_no(), asked(&wechat, path).await), (Some(&*number), 1), "{trouble}");
            let found = pay.v3().query(V3Query::new().out_trade_no(&number)).await.unwrap();
            assert_eq!(found.trade_state(), TradeState::Success, "{trouble}");
            // To cancel twice is to cancel once, so the client repeats it.
            let reverse = format!("/v3/pay/transactions/out-trade-no/{number}/reverse");
            fault(&wechat, json!({ "fault": "frequency_after", "times": 1 })).await;
            pay.v3().reverse(V3Reverse::new().out_trade_no(&number)).await.unwrap();
            assert_eq!(asked(&wechat, &reverse).await, 2);
        }
    });
}

#[test]
fn what_a_charge_is_refused_for() {
    within(async {
        let (wechat, pay) = wechat().await;
        let v3 = pay.v3();
        let error = v3.codepay(charge(&number(), "139999999999999999", 1)).await.unwrap_err();
        assert_eq!(business(&error), ("AUTH_CODE_INVALID", "never"), "{error}");
        assert!(error.to_string().contains("ask the customer to refresh it"), "{error}");
        let (used, shown) = (number(), code(&wechat).await);
        v3.codepay(charge(&used, &shown, 1)).await.unwrap();
        let error = v3.codepay(charge(&number(), &shown, 1)).await.unwrap_err();
        assert_eq!(business(&error), ("AUTH_CODE_INVALID", "never"), "{error}");
        let error = v3.codepay(charge(&used, &code(&wechat).await, 2)).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "query_first"), "{error}");
        assert!(error.to_string().contains("The order is paid. Query it"), "{error}");
        let error = v3.reverse(V3Reverse::new().out_trade_no("none")).await.unwrap_err();
        assert_eq!(business(&error), ("ORDER_NOT_EXIST", "never"), "{error}");

        let sent = asked(&wechat, "/v3/pay/transactions/codepay").await;
        let alipay = "281234567890123456";
        let (field, said) = refused(v3.codepay(charge("A1", alipay, 1)).await);
        assert_eq!(field, "payer.auth_code");
        assert!(said.contains("Alipay") && !said.contains(alipay), "{said}");
        let bare = || V3Codepay::new().description("茶").out_trade_no("A1").amount(V3OrderAmount::new().total(Fen(1)));
        assert_eq!(refused(v3.codepay(bare()).await).0, "payer");
        assert_eq!(refused(v3.codepay(bare().payer(V3CodePayer::new())).await).0, "payer.auth_code");
        assert_eq!(refused(v3.codepay(charge("A1", "131234567890123456", 0)).await).0, "amount.total");
        assert_eq!(refused(v3.codepay(charge(&"A".repeat(33), "131234567890123456", 1)).await).0, "out_trade_no");
        assert_eq!(refused(v3.reverse(V3Reverse::new()).await).0, "out_trade_no");
        assert_eq!(asked(&wechat, "/v3/pay/transactions/codepay").await, sent);
    });
}

#[test]
fn a_charge_and_its_cancellation_as_they_travel() {
    within(async {
        let paid = r#"{"sp_mchid":"1900000109","sub_mchid":"1900000201","out_trade_no":"A1","trade_state":"SUCCESS",
            "transaction_id":"42","amount":{"total":88},"payer":{"sp_openid":"o"}}"#;
        let (server, pay) = scripted(200, paid, Some("1900000201")).await;
        let made = pay.v3().codepay(charge("A1", "131234567890123456", 88)).await.unwrap();
        assert_eq!((made.sub_mchid(), made.transaction_id()), (Some("1900000201"), Some("42")));
        pay.v3().reverse(V3Reverse::new().out_trade_no("A1")).await.unwrap();
        let other = pay.v3().codepay(charge("A1", "131234567890123456", 89)).await.unwrap_err();
        assert_eq!((other.code(), other.retry().as_str()), ("reply_mismatch", "query_first"), "{other}");
        let got = server.got.lock().unwrap().clone();
        assert_eq!(got[0].target, "/v3/pay/partner/transactions/codepay");
        assert_eq!(
            body(&got[0]),
            json!({
                "sp_appid": APPID, "sp_mchid": MCH_ID, "sub_mchid": "1900000201", "description": "茶", "out_trade_no": "A1",
                "payer": { "auth_code": "131234567890123456" }, "amount": { "total": 88 },
                "scene_info": { "device_ip": "203.0.113.9" },
            })
        );
        assert_eq!(got[1].target, "/v3/pay/partner/transactions/out-trade-no/A1/reverse");
        assert_eq!(body(&got[1]), json!({ "sp_appid": APPID, "sp_mchid": MCH_ID, "sub_mchid": "1900000201" }));

        // Another code with status 202 is no answer; nor is this code with another status.
        for (status, text) in [
            (202, r#"{"code":"ACCEPTED","message":"受理中"}"#),
            (400, r#"{"code":"USERPAYING","message":"需要用户输入支付密码"}"#),
        ] {
            let (_server, pay) = scripted(status, text, None).await;
            let error = pay.v3().codepay(charge("A1", "131234567890123456", 88)).await.unwrap_err();
            assert_eq!((error.class(), error.retry().as_str()), ("BusinessError", "query_first"), "{error}");
        }
        // A state without the number of its payment is not a payment.
        let (_server, pay) = scripted(200, r#"{"out_trade_no":"A1","trade_state":"SUCCESS"}"#, None).await;
        let error = pay.v3().codepay(charge("A1", "131234567890123456", 88)).await.unwrap_err();
        assert_eq!((error.code(), error.retry().as_str()), ("malformed_reply", "query_first"), "{error}");
    });
}

/// A refund that the customer's card does not take.
async fn abnormal(wechat: &Running, pay: &WxPay) -> (String, String) {
    let (v3, number) = (pay.v3(), number());
    let refund_no = format!("R{number}");
    let order = V3Jsapi::new().description("茶").out_trade_no(&number).amount(V3OrderAmount::new().total(Fen(88)));
    v3.jsapi(order.payer(V3Payer::new().openid(wechat.openid()))).await.unwrap();
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    let amount = V3RefundAmount::new().refund(Fen(30)).total(Fen(88)).currency("CNY");
    let refund = V3Refund::new().out_trade_no(&number).out_refund_no(&refund_no).amount(amount);
    let made = v3.refund(refund).await.unwrap();
    control(wechat, "POST", "/_emulator/refund", json!({ "out_refund_no": refund_no, "result": "CHANGE" })).await;
    let found = v3.refund_query(V3RefundQuery::new().out_refund_no(&refund_no)).await.unwrap();
    assert_eq!(found.status(), V3RefundStatus::Abnormal);
    (made.refund_id().to_owned(), refund_no)
}

fn to_card(refund_id: &str, out_refund_no: &str) -> V3ApplyAbnormalRefund {
    V3ApplyAbnormalRefund::new()
        .refund_id(refund_id)
        .out_refund_no(out_refund_no)
        .r#type(V3AbnormalRefundType::UserBankCard)
        .bank_type("ICBC_DEBIT")
        .bank_account("6222020200012345678")
        .real_name("张三")
}

#[test]
fn an_abnormal_refund_goes_to_another_account() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (refund_id, refund_no) = abnormal(&wechat, &pay).await;
        let error = pay.v3().apply_abnormal_refund(to_card(&refund_id, "R-other")).await.unwrap_err();
        assert_eq!(business(&error), ("RESOURCE_NOT_EXISTS", "never"), "{error}");
        let sent = pay.v3().apply_abnormal_refund(to_card(&refund_id, &refund_no)).await.unwrap();
        assert_eq!((sent.status(), sent.refund_id()), (V3RefundStatus::Processing, &*refund_id));
        // It is no longer abnormal.
        let error = pay.v3().apply_abnormal_refund(to_card(&refund_id, &refund_no)).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 10 })).await;
        let done = pay.v3().refund_query(V3RefundQuery::new().out_refund_no(&refund_no)).await.unwrap();
        assert_eq!(done.status(), V3RefundStatus::Success);

        let (refund_id, refund_no) = abnormal(&wechat, &pay).await;
        let path = format!("/v3/refund/domestic/refunds/{refund_id}/apply-abnormal-refund");
        fault(&wechat, json!({ "fault": "systemerror_after", "times": 1 })).await;
        let to_merchant = || {
            let request = V3ApplyAbnormalRefund::new().refund_id(&refund_id).out_refund_no(&refund_no);
            request.r#type(V3AbnormalRefundType::MerchantBankCard)
        };
        let error = pay.v3().apply_abnormal_refund(to_merchant()).await.unwrap_err();
        assert_eq!((business(&error), asked(&wechat, &path).await), (("SYSTEM_ERROR", "query_first"), 1), "{error}");
        assert!(error.to_string().contains(&format!("v3.refund_query with out_refund_no {refund_no}")), "{error}");
        let found = pay.v3().refund_query(V3RefundQuery::new().out_refund_no(&refund_no)).await.unwrap();
        assert_eq!(found.status(), V3RefundStatus::Processing);
    });
}

#[test]
fn a_card_and_its_owner_travel_encrypted() {
    within(async {
        let text = r#"{"refund_id":"50","out_refund_no":"R1","status":"PROCESSING","amount":{"total":88,"refund":30}}"#;
        let (server, pay) = scripted(200, text, None).await;
        let request = to_card("50", "R1");
        let shown = format!("{request:?}");
        assert!(!shown.contains("6222") && !shown.contains("张三"), "{shown}");
        pay.v3().apply_abnormal_refund(request).await.unwrap();
        let request = server.only();
        assert_eq!(request.target, "/v3/refund/domestic/refunds/50/apply-abnormal-refund");
        assert_eq!(request.headers["wechatpay-serial"], PUBLIC_KEY_ID);
        let body = body(&request);
        let names: Vec<_> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["out_refund_no", "type", "bank_type", "bank_account", "real_name"]);
        let opened = |name: &str| decrypt_sensitive(body[name].as_str().unwrap(), &public_key_pair()).unwrap();
        assert_eq!((opened("bank_account").as_str(), opened("real_name").as_str()), ("6222020200012345678", "张三"));
        // Of another refund.
        let error = pay.v3().apply_abnormal_refund(to_card("51", "R1")).await.unwrap_err();
        assert_eq!((error.class(), error.retry().as_str()), ("PaymentMismatch", "query_first"), "{error}");

        let bare = || V3ApplyAbnormalRefund::new().refund_id("50").out_refund_no("R1");
        assert_eq!(refused(pay.v3().apply_abnormal_refund(bare()).await).0, "type");
        let card = || bare().r#type(V3AbnormalRefundType::UserBankCard);
        let (field, said) = refused(pay.v3().apply_abnormal_refund(card()).await);
        assert_eq!(field, "bank_type");
        assert!(said.contains("is required when type is USER_BANK_CARD"), "{said}");
        let no_name = card().bank_type("ICBC_DEBIT").bank_account("6222020200012345678");
        assert_eq!(refused(pay.v3().apply_abnormal_refund(no_name).await).0, "real_name");
        let long = card().bank_type("ICBC_DEBIT").bank_account("6".repeat(215)).real_name("张三");
        assert_eq!(refused(pay.v3().apply_abnormal_refund(long).await).0, "bank_account");
        let other = bare().r#type(V3AbnormalRefundType::Other("CASH".into()));
        assert_eq!(refused(pay.v3().apply_abnormal_refund(other).await).0, "type");
        assert_eq!(server.got.lock().unwrap().len(), 2);
    });
}
