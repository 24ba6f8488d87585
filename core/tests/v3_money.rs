//! Payment codes, abnormal refunds, transfers and profit sharing by APIv3: with the emulator, and as they travel.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common;
use crate::common::signed::{
    APPID, By, MCH_ID, PUBLIC_KEY_ID, Request, Signed, options, public_key_pair, reply, with_public_key,
};
use crate::common::{asked, control, number, v3_options, within};
use serde_json::{Value as Json, json};
use wxpaykit::doctor::Language;
use wxpaykit::v3::{Download, decrypt_sensitive};
use wxpaykit::{
    BeijingTime, Error, Fen, Kind, MerchantOptions, Options, Outcome, TradeState, V3AbnormalRefundType,
    V3ApplyAbnormalRefund, V3CodePayer, V3CodeSceneInfo, V3Codepay, V3CombineAmount, V3CombineApp, V3CombineClose,
    V3CombineCloseItem, V3CombineH5, V3CombineH5SceneInfo, V3CombineItem, V3CombineJsapi, V3CombineNative,
    V3CombinePayer, V3CombineQuery, V3H5Info, V3Jsapi, V3OrderAmount, V3Payer, V3ProfitsharingAddReceiver,
    V3ProfitsharingAmounts, V3ProfitsharingConfig, V3ProfitsharingDeleteReceiver, V3ProfitsharingOrder,
    V3ProfitsharingOrderQuery, V3ProfitsharingReceiver, V3ProfitsharingResult, V3ProfitsharingReturn,
    V3ProfitsharingReturnQuery, V3ProfitsharingReturnResult, V3ProfitsharingState, V3ProfitsharingUnfreeze, V3Query,
    V3ReceiptState, V3ReceiverRelation, V3ReceiverType, V3Refund, V3RefundAmount, V3RefundQuery, V3RefundStatus,
    V3Reverse, V3SettleInfo, V3Transfer, V3TransferCancel, V3TransferQuery, V3TransferReceipt, V3TransferReceiptQuery,
    V3TransferReportInfo, V3TransferState, V3TransferStyle, V3TransferStyleType, WxPay,
};
use wxpaykit_emulator::{Config, Emulator, Merchant, Running};

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
        assert!(
            error.to_string().contains("The order is paid: do not create another one. Call v3.query with"),
            "{error}"
        );
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

const TRANSFERS: &str = "/v3/fund-app/mch-transfer/transfer-bills";

fn transfer(openid: &str, number: &str, fen: i64) -> V3Transfer {
    let report = |kind: &str, text: &str| V3TransferReportInfo::new().info_type(kind).info_content(text);
    V3Transfer::new()
        .out_bill_no(number)
        .transfer_scene_id("1000")
        .openid(openid)
        .transfer_amount(Fen(fen))
        .transfer_remark("新会员开通有礼")
        .transfer_scene_report_infos(vec![report("活动名称", "新会员有礼"), report("奖励说明", "注册会员抽奖一等奖")])
}

#[test]
fn a_transfer_is_confirmed_by_the_customer() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (v3, number) = (pay.v3(), number());
        let named = || transfer(&wechat.openid(), &number, 200_000).user_name("张三");
        let made = v3.transfer(named()).await.unwrap();
        assert_eq!((made.state(), made.out_bill_no()), (V3TransferState::WaitUserConfirm, &*number));
        // Its name is encrypted anew, and it is the same transfer.
        let again = v3.transfer(named()).await.unwrap();
        assert_eq!(again.transfer_bill_no(), made.transfer_bill_no());
        let page = v3.transfer_params(made.package_info().unwrap()).unwrap();
        let page: Vec<_> = page.iter().collect();
        let demo = wechat.merchant();
        assert_eq!(page, [("mchId", &*demo.mch_id), ("appId", &demo.appid), ("package", made.package_info().unwrap())]);
        control(&wechat, "POST", "/_emulator/transfer", json!({ "out_bill_no": number })).await;
        let by_number = || v3.transfer_query(V3TransferQuery::new().out_bill_no(&number));
        assert_eq!(by_number().await.unwrap().state(), V3TransferState::Transfering);
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 2 })).await;
        let done = by_number().await.unwrap();
        assert_eq!((done.state(), done.transfer_amount()), (V3TransferState::Success, Fen(200_000)));
        assert_eq!((done.user_name(), done.openid()), (Some("张三"), Some(&*wechat.openid())));
        assert_eq!((done.mch_id(), done.fail_reason()), (Some(&*demo.mch_id), None));
        assert!(done.update_time().is_some() && done.create_time().is_some());
        let by_id = V3TransferQuery::new().transfer_bill_no(made.transfer_bill_no());
        assert_eq!(v3.transfer_query(by_id).await.unwrap().out_bill_no(), number);
        // It is final, and a new attempt at it pays nothing.
        let error = v3.transfer(named()).await.unwrap_err();
        assert_eq!(business(&error), ("ALREADY_EXISTS", "query_first"), "{error}");
        let error = v3.transfer_cancel(V3TransferCancel::new().out_bill_no(&number)).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
    });
}

#[test]
fn the_receipt_of_a_transfer_is_applied_for_and_downloaded() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (v3, number) = (pay.v3(), number());
        let made = v3.transfer(transfer(&wechat.openid(), &number, 30)).await.unwrap();
        let apply = async || v3.transfer_receipt(V3TransferReceipt::new().out_bill_no(&number)).await;
        let error = apply().await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
        control(&wechat, "POST", "/_emulator/transfer", json!({ "out_bill_no": number })).await;
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 2 })).await;
        assert_eq!(apply().await.unwrap().state(), V3ReceiptState::Generating);
        let ask = async |query: V3TransferReceiptQuery| v3.transfer_receipt_query(query).await.unwrap();
        let by_number = || V3TransferReceiptQuery::new().out_bill_no(&number);
        let waits = ask(by_number()).await;
        assert_eq!((waits.state(), waits.download_url()), (V3ReceiptState::Generating, None));
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 2 })).await;
        let by_id = V3TransferReceipt::new().transfer_bill_no(made.transfer_bill_no());
        assert_eq!(v3.transfer_receipt(by_id).await.unwrap().state(), V3ReceiptState::Finished);
        let by_id = V3TransferReceiptQuery::new().transfer_bill_no(made.transfer_bill_no());
        for query in [by_number(), by_id] {
            let found = ask(query).await;
            assert!(found.update_time() > found.create_time());
            let file = Download::new(found.download_url().unwrap());
            let file = file.hash(found.hash_type().unwrap(), found.hash_value().unwrap());
            let pdf = v3.download(&file).await.unwrap();
            assert!(pdf.starts_with(b"%PDF-"));
            assert!(String::from_utf8_lossy(&pdf).contains(&*number));
        }
        for request in [
            V3TransferReceipt::new(),
            V3TransferReceipt::new().out_bill_no(&number).transfer_bill_no(made.transfer_bill_no()),
            V3TransferReceipt::new().out_bill_no("with_dash"),
        ] {
            let error = v3.transfer_receipt(request).await.unwrap_err();
            assert_eq!(error.class(), "InvalidRequest", "{error}");
        }
        let found = ask(by_number()).await;
        let late = Download::new(found.download_url().unwrap());
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 600 })).await;
        assert_eq!(business(&v3.download(&late).await.unwrap_err()).0, "INVALID_REQUEST");
    });
}

#[test]
fn a_receipt_that_is_there_has_its_address_and_its_hash() {
    within(async {
        let whole = json!({
            "state": "FINISHED", "download_url": "https://api.mch.weixin.qq.com/v3/x?token=1", "hash_type": "SHA256", "hash_value": "00",
        });
        for missing in ["state", "download_url", "hash_type", "hash_value"] {
            let mut body = whole.clone();
            body.as_object_mut().unwrap().remove(missing);
            let server = Signed::start(move |_| reply(200, &body.to_string())).await;
            let pay = WxPay::new(options(with_public_key(), &server.url)).unwrap();
            let error =
                pay.v3().transfer_receipt_query(V3TransferReceiptQuery::new().out_bill_no("T1")).await.unwrap_err();
            assert_eq!(error.code(), "malformed_reply", "{error}");
            assert!(error.to_string().contains(&format!("{missing} is missing")), "{error}");
        }
        let failed = json!({ "state": "FAILED", "fail_reason": "x" });
        let server = Signed::start(move |_| reply(200, &failed.to_string())).await;
        let pay = WxPay::new(options(with_public_key(), &server.url)).unwrap();
        let found = pay.v3().transfer_receipt_query(V3TransferReceiptQuery::new().out_bill_no("T1")).await.unwrap();
        assert_eq!((found.state(), found.fail_reason()), (V3ReceiptState::Failed, Some("x")));
    });
}

#[test]
fn a_transfer_is_cancelled_fails_and_is_refused() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (v3, number) = (pay.v3(), number());
        v3.transfer(transfer(&wechat.openid(), &number, 30)).await.unwrap();
        let cancelled = v3.transfer_cancel(V3TransferCancel::new().out_bill_no(&number)).await.unwrap();
        assert_eq!((cancelled.state(), cancelled.out_bill_no()), (V3TransferState::Canceling, &*number));
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 2 })).await;
        let ask = |number: &str| v3.transfer_query(V3TransferQuery::new().out_bill_no(number));
        let found = ask(&number).await.unwrap();
        assert_eq!((found.state(), found.fail_reason()), (V3TransferState::Cancelled, Some("MCH_CANCEL")));
        v3.transfer(transfer(&wechat.openid(), "failed01", 30)).await.unwrap();
        let fails = json!({ "out_bill_no": "failed01", "result": "fail", "fail_reason": "ACCOUNT_FROZEN" });
        control(&wechat, "POST", "/_emulator/transfer", fails).await;
        let found = ask("failed01").await.unwrap();
        assert_eq!((found.state(), found.fail_reason()), (V3TransferState::Fail, Some("ACCOUNT_FROZEN")));

        let refusal = async |request: V3Transfer| v3.transfer(request).await.unwrap_err();
        let error = refusal(transfer(&wechat.openid(), "nameless01", 200_000)).await;
        assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("user_name")), "{error}");
        let error = refusal(transfer("o-of-another-appid", "openid01", 30)).await;
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
        v3.transfer(transfer(&wechat.openid(), "open01", 30)).await.unwrap();
        let error = refusal(transfer(&wechat.openid(), "open01", 31)).await;
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
        let mch_id = wechat.merchant().mch_id.clone();
        control(&wechat, "POST", "/_emulator/balance", json!({ "mch_id": mch_id, "fen": 10 })).await;
        let error = refusal(transfer(&wechat.openid(), "dear01", 30)).await;
        assert_eq!(business(&error), ("NOT_ENOUGH", "same_request"), "{error}");
        let error = ask("none").await.unwrap_err();
        assert_eq!(business(&error), ("NOT_FOUND", "never"), "{error}");
        let error = v3.transfer_cancel(V3TransferCancel::new().out_bill_no("none")).await.unwrap_err();
        assert_eq!(business(&error), ("NOT_FOUND", "never"), "{error}");
    });
}

#[test]
fn a_transfer_whose_outcome_is_unknown_keeps_its_number() {
    within(async {
        for trouble in ["systemerror_after", "frequency_after", "probe"] {
            let (wechat, pay) = wechat().await;
            fault(&wechat, json!({ "fault": trouble, "endpoint": TRANSFERS, "times": 1 })).await;
            pay.v3().transfer(transfer(&wechat.openid(), "unknown01", 30)).await.unwrap();
            assert_eq!(asked(&wechat, TRANSFERS).await, 2, "{trouble}: the client repeats it with the same number");
            let made = control(&wechat, "GET", "/_emulator/transfers", Json::Null).await;
            assert_eq!(made.as_array().unwrap().len(), 1, "{trouble}");
            fault(&wechat, json!({ "fault": trouble, "endpoint": TRANSFERS })).await;
            let error = pay.v3().transfer(transfer(&wechat.openid(), "unknown02", 30)).await.unwrap_err();
            assert_eq!(error.retry().as_str(), "same_request", "{trouble}: {error}");
            let advice =
                "Repeat v3.transfer with the same out_bill_no unknown02 and the same fields, or call v3.transfer_query";
            assert!(error.to_string().contains(advice), "{error}");
        }
        // WeChat no longer takes the number: what became of it is to be asked for.
        let text = r#"{"code":"INVALID_REQUEST","message":"对应单号已超出重试期,请查单确认后决定是否换单请求"}"#;
        let (_server, pay) = scripted(400, text, None).await;
        let error = pay.v3().transfer(transfer("o", "old01", 30)).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "query_first"), "{error}");
        let text = error.to_string();
        assert!(
            text.contains("Call v3.transfer_query with out_bill_no old01 first") && !text.contains("Repeat"),
            "{text}"
        );
    });
}

#[test]
fn a_refusal_that_says_nothing_of_the_number_leaves_a_lost_attempt_unknown() {
    within(async {
        for (status, refusal, retry) in [
            (400, r#"{"code":"INVALID_REQUEST","message":"订单处理中，请稍后重试"}"#, "same_request"),
            (403, r#"{"code":"NO_AUTH","message":"此IP地址不允许调用接口"}"#, "same_request"),
            (403, r#"{"code":"REQUEST_BLOCKED","message":"请求被风控拦截"}"#, "same_request"),
            // The number was looked up: nothing was transferred.
            (400, r#"{"code":"PARAM_ERROR","message":"转账场景错误"}"#, "never"),
        ] {
            let count = AtomicUsize::new(0);
            let server = Signed::start(move |_| match count.fetch_add(1, Ordering::Relaxed) {
                0 => reply(502, "<html>bad gateway</html>").by(By::Nobody),
                _ => reply(status, refusal),
            })
            .await;
            let pay = WxPay::new(common::signed::options(with_public_key(), &server.url)).unwrap();
            let error = pay.v3().transfer(transfer("o", "lost01", 30)).await.unwrap_err();
            assert_eq!(business(&error).1, retry, "{error}");
            assert_eq!(error.to_string().contains("lost01"), retry != "never", "{error}");
        }
    });
}

#[test]
fn a_share_that_waits_for_another_is_repeated_and_one_without_money_is_not() {
    within(async {
        for (status, refusal, retry) in [
            (
                400,
                r#"{"code":"INVALID_REQUEST","message":"申请退款金额大于剩余未分账金额，请等待分账完成后再试"}"#,
                "same_request",
            ),
            (400, r#"{"code":"INVALID_REQUEST","message":"当前使用此业务的用户较多，请稍后再试"}"#, "same_request"),
            (403, r#"{"code":"NOT_ENOUGH","message":"分账金额不足"}"#, "never"),
            (403, r#"{"code":"NOT_ENOUGH","message":"账户余额不足"}"#, "same_request"),
        ] {
            let (_server, pay) = scripted(status, refusal, None).await;
            let error = pay.v3().transfer(transfer("o", "T1", 30)).await.unwrap_err();
            assert_eq!(business(&error).1, retry, "{error}");
        }
    });
}

#[test]
fn a_charge_that_may_have_been_made_is_asked_for_and_not_made_again() {
    within(async {
        let (_server, pay) = scripted(500, r#"{"code":"SYSTEM_ERROR","message":"系统异常"}"#, None).await;
        let error = pay.v3().codepay(charge("A00001", "130061098828009406", 88)).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("Call v3.query with out_trade_no A00001 first"), "{text}");
        assert!(!text.to_lowercase().contains("repeat"), "{text}");
        // A success without its order's number may be another order's.
        let paid = r#"{"trade_state":"SUCCESS","transaction_id":"42","amount":{"total":88}}"#;
        let (_server, pay) = scripted(200, paid, None).await;
        let error = pay.v3().codepay(charge("A00001", "130061098828009406", 88)).await.unwrap_err();
        assert_eq!((error.code(), error.retry().as_str()), ("malformed_reply", "query_first"), "{error}");
    });
}

#[test]
fn what_a_reply_shows_of_a_person_is_shortened_and_what_does_not_decrypt_is_refused() {
    within(async {
        let openid = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
        let text = r#"{"type":"PERSONAL_OPENID","account":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","relation_type":"STORE"}"#;
        let (_server, pay) = scripted(200, text, None).await;
        let add = |account| {
            V3ProfitsharingAddReceiver::new()
                .r#type(V3ReceiverType::PersonalOpenid)
                .account(account)
                .relation_type(V3ReceiverRelation::Store)
        };
        let error = pay.v3().profitsharing_add_receiver(add("oAnotherOpenidOfThisAppid0001")).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("oUpF…eS6o") && !shown.contains(openid), "{shown}");
        // 256 bytes that no private key decrypts are not a name.
        let sealed = format!("{}==", "A".repeat(342));
        for (name, is_name) in [(sealed.as_str(), false), ("示例商户全称", true), ("QUJD", true)] {
            let text = text.replace(r#""type""#, &format!(r#""name":"{name}","type""#));
            let server = Signed::start(move |_| reply(200, &text)).await;
            let pay = WxPay::new(common::signed::options(with_public_key(), &server.url)).unwrap();
            let added = pay.v3().profitsharing_add_receiver(add(openid)).await;
            match added {
                Ok(added) => assert!(is_name && added.name() == Some(name)),
                Err(error) => assert!(!is_name && error.code() == "malformed_reply", "{error}"),
            }
        }
    });
}

#[test]
fn a_transfer_as_it_travels() {
    within(async {
        let text = r#"{"out_bill_no":"T1","transfer_bill_no":"133","create_time":"2025-11-28T11:20:00.120+08:00","state":"A_STATE_OF_2027"}"#;
        // The money is the client's own, also of a service provider.
        let (server, pay) = scripted(200, text, Some("1900000201")).await;
        let style = V3TransferStyle::new().r#type(V3TransferStyleType::ConfirmPage);
        let full =
            transfer("o1", "T1", 200_000).user_name("张三").user_recv_style(style).user_recv_perception("活动奖励");
        let shown = format!("{full:?}");
        assert!(!shown.contains("张三") && !shown.contains("o1"), "{shown}");
        let made = pay.v3().transfer(full.notify_url("https://shop.example/transfers")).await.unwrap();
        assert_eq!(made.state(), V3TransferState::Other("A_STATE_OF_2027".into()));
        assert!(made.create_time().is_some() && made.package_info().is_none());
        pay.v3().transfer_cancel(V3TransferCancel::new().out_bill_no("T1")).await.unwrap();
        let got = server.got.lock().unwrap().clone();
        assert_eq!((&*got[0].target, &*got[0].headers["wechatpay-serial"]), (TRANSFERS, PUBLIC_KEY_ID));
        let mut sent = body(&got[0]);
        let name = sent.as_object_mut().unwrap().remove("user_name").unwrap();
        assert_eq!(decrypt_sensitive(name.as_str().unwrap(), &public_key_pair()).unwrap().as_str(), "张三");
        assert_eq!(
            sent,
            json!({
                "appid": APPID, "out_bill_no": "T1", "transfer_scene_id": "1000", "openid": "o1", "transfer_amount": 200_000,
                "transfer_remark": "新会员开通有礼", "notify_url": "https://shop.example/transfers",
                "transfer_scene_report_infos": [
                    { "info_type": "活动名称", "info_content": "新会员有礼" },
                    { "info_type": "奖励说明", "info_content": "注册会员抽奖一等奖" },
                ],
                "user_recv_perception": "活动奖励", "user_recv_style": { "type": "CONFIRM_PAGE" },
            })
        );
        assert_eq!(got[1].target, format!("{TRANSFERS}/out-bill-no/T1/cancel"));
        assert_eq!((&*got[1].body, got[1].headers.get("content-type")), ("", None));
        assert_eq!(got[1].headers["content-length"], "0");

        let v3 = pay.v3();
        let again = || transfer("o", "T1", 30);
        assert_eq!(refused(v3.transfer(again().out_bill_no("T2")).await).1, "v3.transfer: out_bill_no: is given twice");
        for number in ["T_1", "T-1", "T|1", "单", &"T".repeat(33), ""] {
            assert_eq!(refused(v3.transfer(transfer("o", number, 30)).await).0, "out_bill_no", "{number}");
        }
        assert_eq!(refused(v3.transfer(transfer("o", "T1", 0)).await).0, "transfer_amount");
        assert_eq!(refused(v3.transfer(transfer("o", "T1", 30).user_name("名".repeat(72))).await).0, "user_name");
        assert_eq!(refused(v3.transfer(V3Transfer::new().out_bill_no("T1")).await).0, "transfer_scene_id");
        let unreported = V3Transfer::new().out_bill_no("T1").transfer_scene_id("1000").openid("o");
        let unreported = unreported.transfer_amount(Fen(1)).transfer_remark("茶");
        assert_eq!(refused(v3.transfer(unreported.clone()).await).0, "transfer_scene_report_infos");
        let half = unreported.transfer_scene_report_infos(vec![V3TransferReportInfo::new().info_type("活动名称")]);
        assert_eq!(refused(v3.transfer(half).await).0, "transfer_scene_report_infos.info_content");
        assert_eq!(refused(v3.transfer_query(V3TransferQuery::new()).await).0, "transfer_bill_no or out_bill_no");
        for nothing in ["", "a b", "信息"] {
            assert_eq!(refused(v3.transfer_params(nothing)).0, "package_info");
        }
        assert_eq!(server.got.lock().unwrap().len(), 2);
        // Of another transfer.
        let error = v3.transfer(transfer("o", "T3", 30)).await.unwrap_err();
        assert_eq!((error.class(), error.retry().as_str()), ("PaymentMismatch", "same_request"), "{error}");
    });
}

/// Makes an order that can be shared, and pays it: its transaction_id.
async fn sharable(wechat: &Running, pay: &WxPay, payer: V3Payer) -> String {
    let (v3, number) = (pay.v3(), number());
    let order = V3Jsapi::new().description("茶").out_trade_no(&number).amount(V3OrderAmount::new().total(Fen(10_000)));
    let order = order.payer(payer).settle_info(V3SettleInfo::new().profit_sharing(true));
    v3.jsapi(order).await.unwrap();
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    let paid = v3.query(V3Query::new().out_trade_no(&number)).await.unwrap();
    paid.transaction_id().unwrap().to_owned()
}

fn to_merchant(account: &str, fen: i64) -> V3ProfitsharingReceiver {
    V3ProfitsharingReceiver::new()
        .r#type(V3ReceiverType::MerchantId)
        .account(account)
        .amount(Fen(fen))
        .description("分给商户")
}

fn share(transaction_id: &str, number: &str, receivers: Vec<V3ProfitsharingReceiver>) -> V3ProfitsharingOrder {
    let order = V3ProfitsharingOrder::new().transaction_id(transaction_id).out_order_no(number);
    order.receivers(receivers).unfreeze_unsplit(false)
}

fn add(account: &str) -> V3ProfitsharingAddReceiver {
    let receiver = V3ProfitsharingAddReceiver::new().r#type(V3ReceiverType::MerchantId).account(account);
    receiver.relation_type(V3ReceiverRelation::Supplier).name("示例商户全称")
}

#[test]
fn an_order_is_shared_returned_and_released() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (v3, account) = (pay.v3(), "1900000201");
        let id = sharable(&wechat, &pay, V3Payer::new().openid(wechat.openid())).await;
        let named = |number: &str, fen: i64| share(&id, number, vec![to_merchant(account, fen).name("示例商户全称")]);
        let error = v3.profitsharing_order(named("P1", 1000)).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "not added yet: {error}");
        for _ in 0..2 {
            let added = v3.profitsharing_add_receiver(add(account)).await.unwrap();
            assert_eq!((added.account(), added.name()), (account, Some("示例商户全称")));
            assert_eq!(added.relation_type(), Some(V3ReceiverRelation::Supplier));
        }
        let made = v3.profitsharing_order(named("P1", 1000)).await.unwrap();
        assert_eq!((made.state(), made.transaction_id()), (V3ProfitsharingState::Processing, &*id));
        assert_eq!(made.receivers()[0].result(), Some(V3ProfitsharingResult::Pending));
        let again = v3.profitsharing_order(named("P1", 1000)).await.unwrap();
        assert_eq!(again.order_id(), made.order_id(), "the name is encrypted anew, and it is the same sharing");
        let error = v3.profitsharing_order(named("P2", 2001)).await.unwrap_err();
        assert_eq!(business(&error), ("RULE_LIMIT", "never"), "{error}");
        let left = async || {
            v3.profitsharing_amounts(V3ProfitsharingAmounts::new().transaction_id(&id)).await.unwrap().unsplit_amount()
        };
        assert_eq!(left().await, Fen(10_000 - 60 - 1000), "without the service fee");
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 2 })).await;
        let query = || V3ProfitsharingOrderQuery::new().out_order_no("P1").transaction_id(&id);
        let done = v3.profitsharing_order_query(query()).await.unwrap();
        let parts = done.receivers();
        assert_eq!(
            (done.state(), parts[0].result()),
            (V3ProfitsharingState::Finished, Some(V3ProfitsharingResult::Success))
        );
        assert_eq!((parts[0].account(), parts[0].amount()), (Some(account), Some(Fen(1000))));

        let back = |fen| {
            let back = V3ProfitsharingReturn::new().out_order_no("P1").out_return_no("B1").return_mchid(account);
            back.amount(Fen(fen)).description("退")
        };
        let returned = v3.profitsharing_return(back(400)).await.unwrap();
        assert_eq!((returned.result(), returned.amount()), (V3ProfitsharingReturnResult::Processing, Fen(400)));
        let error = v3.profitsharing_return(back(401)).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 2 })).await;
        let query = V3ProfitsharingReturnQuery::new().out_return_no("B1").out_order_no("P1");
        let found = v3.profitsharing_return_query(query).await.unwrap();
        assert_eq!((found.result(), found.order_id()), (V3ProfitsharingReturnResult::Success, Some(done.order_id())));

        let release =
            V3ProfitsharingUnfreeze::new().transaction_id(&id).out_order_no("U1").description("解冻全部剩余资金");
        let rest = v3.profitsharing_unfreeze(release).await.unwrap();
        assert_eq!(rest.receivers()[0].amount(), Some(Fen(9340)));
        assert_eq!(left().await, Fen(0));
        let error = v3.profitsharing_order(named("P3", 1)).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
        let query = V3ProfitsharingOrderQuery::new().out_order_no("none").transaction_id(&id);
        let error = v3.profitsharing_order_query(query).await.unwrap_err();
        assert_eq!(business(&error), ("RESOURCE_NOT_EXISTS", "never"), "{error}");
        let gone = V3ProfitsharingDeleteReceiver::new().r#type(V3ReceiverType::MerchantId).account(account);
        assert_eq!(v3.profitsharing_delete_receiver(gone).await.unwrap().account(), account);
    });
}

/// A transfer of that number may still be paid: a new number would pay twice.
#[test]
fn a_number_past_its_retry_period_is_asked_about_first() {
    within(async {
        let mut config = Config::default();
        (config.frozen_clock, config.transfer_retry_period) = (true, Some(3600));
        let wechat = Emulator::start(config).await.unwrap();
        let pay = WxPay::new(v3_options(&wechat)).unwrap();
        let v3 = pay.v3();
        let asked = || v3.transfer(transfer(&wechat.openid(), "T0001", 30));
        let made = asked().await.unwrap();
        assert_eq!(asked().await.unwrap().transfer_bill_no(), made.transfer_bill_no());
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 3601 })).await;
        let late = asked().await.unwrap_err();
        assert_eq!(business(&late), ("INVALID_REQUEST", "query_first"), "{late}");
        assert!(late.to_string().contains("对应单号已超出重试期"), "{late}");
        let found = v3.transfer_query(V3TransferQuery::new().out_bill_no("T0001")).await.unwrap();
        assert_eq!(found.state(), V3TransferState::WaitUserConfirm);
    });
}

/// FINISHED does not mean that each receiver got its share, and a reason beside SUCCESS means nothing.
#[test]
fn a_finished_sharing_tells_who_got_nothing() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (v3, got, not) = (pay.v3(), "1900000201", "1900000202");
        let id = sharable(&wechat, &pay, V3Payer::new().openid(wechat.openid())).await;
        for account in [got, not] {
            v3.profitsharing_add_receiver(add(account)).await.unwrap();
        }
        for reason in [
            "ACCOUNT_ABNORMAL",
            "NO_RELATION",
            "RECEIVER_HIGH_RISK",
            "RECEIVER_REAL_NAME_NOT_VERIFIED",
            "NO_AUTH",
            "RECEIVER_RECEIPT_LIMIT",
            "PAYER_ACCOUNT_ABNORMAL",
            "INVALID_REQUEST",
            "A_REASON_OF_2027",
        ] {
            for (name, account) in [("share_closed", not), ("share_reason", got)] {
                fault(&wechat, json!({ "fault": name, "account": account, "reason": reason, "times": 1 })).await;
            }
            let named = |account, fen| to_merchant(account, fen).name("示例商户全称");
            let made = v3.profitsharing_order(share(&id, reason, vec![named(got, 20), named(not, 30)])).await.unwrap();
            assert!(made.receivers().iter().all(|one| one.result() == Some(V3ProfitsharingResult::Pending)));
            assert!(made.receivers().iter().all(|one| one.fail_reason().is_none()));
            control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 2 })).await;
            let query = V3ProfitsharingOrderQuery::new().out_order_no(reason).transaction_id(&id);
            let done = v3.profitsharing_order_query(query).await.unwrap();
            assert_eq!(done.state(), V3ProfitsharingState::Finished);
            let ended = done.receivers();
            let parts: Vec<_> = ended.iter().map(|one| (one.account(), one.result(), one.fail_reason())).collect();
            assert_eq!(
                parts,
                [
                    (Some(got), Some(V3ProfitsharingResult::Success), Some(reason)),
                    (Some(not), Some(V3ProfitsharingResult::Closed), Some(reason)),
                ]
            );
            let back = V3ProfitsharingReturn::new().out_order_no(reason).out_return_no(reason).return_mchid(not);
            let error = v3.profitsharing_return(back.amount(Fen(1)).description("退")).await.unwrap_err();
            assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
        }
        let amounts = V3ProfitsharingAmounts::new().transaction_id(&id);
        let left = v3.profitsharing_amounts(amounts).await.unwrap().unsplit_amount();
        assert_eq!(left, Fen(10_000 - 60 - 9 * 20), "what was closed stays with the order");
    });
}

/// Whether a merchant is a service provider is known to WeChat alone, so the call is sent, and the refusal says what to do.
#[test]
fn a_merchant_that_is_no_provider_is_told_to_leave_sub_mchid_out() {
    within(async {
        let (_wechat, pay) = wechat().await;
        let (v3, sub) = (pay.v3(), "1900000201");
        let receiver = || to_merchant("1900000301", 1).name("示例商户全称");
        let unfreeze = V3ProfitsharingUnfreeze::new().transaction_id("42").out_order_no("P1").description("解冻");
        let amount = V3RefundAmount::new().refund(Fen(1)).total(Fen(1)).currency("CNY");
        let refund = V3Refund::new().out_trade_no("A00001").out_refund_no("R1").amount(amount);
        let back = V3ProfitsharingReturn::new().out_order_no("P1").out_return_no("B1").return_mchid("1900000301");
        let errors = [
            v3.refund(refund.sub_mchid(sub)).await.unwrap_err(),
            v3.refund_query(V3RefundQuery::new().out_refund_no("R1").sub_mchid(sub)).await.unwrap_err(),
            v3.profitsharing_unfreeze(unfreeze.sub_mchid(sub)).await.unwrap_err(),
            v3.profitsharing_order(share("42", "P1", vec![receiver()]).sub_mchid(sub)).await.unwrap_err(),
            v3.profitsharing_order_query(
                V3ProfitsharingOrderQuery::new().out_order_no("P1").transaction_id("42").sub_mchid(sub),
            )
            .await
            .unwrap_err(),
            v3.profitsharing_return(back.amount(Fen(1)).description("退").sub_mchid(sub)).await.unwrap_err(),
            v3.profitsharing_add_receiver(add("1900000301").sub_mchid(sub)).await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
            let text = error.to_string();
            assert!(text.contains("普通商户不允许传sub_mch_id"), "{text}");
            assert!(text.contains("leave sub_mch_id (APIv3: sub_mchid) out"), "{text}");
        }
        let error = v3.query(V3Query::new().out_trade_no("A00001").sub_mchid(sub)).await.unwrap_err();
        assert!(error.to_string().contains("not a service provider leaves sub_mch_id out"), "{error}");
    });
}

#[test]
fn a_sharing_whose_outcome_is_unknown_keeps_its_number() {
    within(async {
        let (wechat, pay) = wechat().await;
        let v3 = pay.v3();
        let id = sharable(&wechat, &pay, V3Payer::new().openid(wechat.openid())).await;
        v3.profitsharing_add_receiver(add("1900000201")).await.unwrap();
        let path = "/v3/profitsharing/orders";
        fault(&wechat, json!({ "fault": "systemerror_after", "endpoint": path, "times": 1 })).await;
        let named = |number: &str| share(&id, number, vec![to_merchant("1900000201", 10).name("示例商户全称")]);
        v3.profitsharing_order(named("P1")).await.unwrap();
        assert_eq!(asked(&wechat, path).await, 2);
        let amounts = V3ProfitsharingAmounts::new().transaction_id(&id);
        assert_eq!(v3.profitsharing_amounts(amounts).await.unwrap().unsplit_amount(), Fen(10_000 - 60 - 10), "once");
        fault(&wechat, json!({ "fault": "frequency_after", "endpoint": path })).await;
        let error = v3.profitsharing_order(named("P2")).await.unwrap_err();
        assert_eq!(business(&error), ("FREQUENCY_LIMITED", "same_request"), "{error}");
        assert!(error.to_string().contains("or call v3.profitsharing_order_query"), "{error}");
    });
}

#[test]
fn a_service_provider_shares_for_its_sub_merchant() {
    within(async {
        let mut config = Config::default();
        let mut provider = Merchant::new("wx8888888888888888", "1900000109", &"k".repeat(32), "a-provider-secret");
        provider.provider = true;
        provider.sub_mch_ids = vec!["1900000201".into()];
        provider.api_v3_key = Some(wxpaykit::Secret::new("v".repeat(32)));
        config.merchants = vec![provider];
        let wechat = Emulator::start(config).await.unwrap();
        let client = |sub: Option<&str>| {
            let mut merchant = MerchantOptions::v3("wx8888888888888888", "1900000109", "v".repeat(32))
                .client_cert(wechat.client_cert())
                .client_key(wechat.client_key())
                .notify_url("http://127.0.0.1:9/notify");
            merchant.sub_mch_id = sub.map(str::to_owned);
            WxPay::new(Options::new(merchant).endpoints(wechat.url()).store("memory:")).unwrap()
        };
        let pay = client(Some("1900000201"));
        let v3 = pay.v3();
        let id = sharable(&wechat, &pay, V3Payer::new().sp_openid(wechat.openid())).await;
        v3.profitsharing_add_receiver(add("1900000301")).await.unwrap();
        let made = v3.profitsharing_order(share(&id, "P1", vec![to_merchant("1900000301", 100)])).await.unwrap();
        assert_eq!(made.sub_mchid(), Some("1900000201"));
        let ratio = v3.profitsharing_config(V3ProfitsharingConfig::new()).await.unwrap();
        assert_eq!((ratio.sub_mchid(), ratio.max_ratio()), ("1900000201", 3000));
        // Without the sub-merchant: WeChat's words name the mode, and a query needs it too.
        let bare = client(None);
        let query = || V3ProfitsharingOrderQuery::new().out_order_no("P1").transaction_id(&id);
        let error =
            bare.v3().profitsharing_order(share(&id, "P2", vec![to_merchant("1900000301", 1)])).await.unwrap_err();
        assert_eq!(error.retry().as_str(), "never", "{error}");
        assert_eq!(refused(bare.v3().profitsharing_config(V3ProfitsharingConfig::new()).await).0, "sub_mchid");
        let error = bare.v3().profitsharing_order_query(query()).await.unwrap_err();
        assert_eq!(error.class(), "BusinessError", "{error}");
        let named = bare.v3().profitsharing_order_query(query().sub_mchid("1900000201")).await.unwrap();
        assert_eq!(named.order_id(), made.order_id());
    });
}

#[test]
fn a_sharing_as_it_travels() {
    within(async {
        // A part that succeeded may have a reason; one that was closed is no success of the whole.
        let text = r#"{"transaction_id":"42","out_order_no":"P1","order_id":"3008","state":"FINISHED","receivers":[
            {"type":"MERCHANT_ID","account":"1900000301","amount":1,"result":"SUCCESS","fail_reason":"NO_AUTH","detail_id":"36011111111111111111111"},
            {"type":"PERSONAL_OPENID","account":"o1","amount":2,"result":"CLOSED","fail_reason":"NO_RELATION","finish_time":"1970-01-01T08:00:00+08:00"}]}"#;
        let (server, pay) = scripted(200, text, None).await;
        let person = V3ProfitsharingReceiver::new().r#type(V3ReceiverType::PersonalOpenid).account("o1").amount(Fen(2));
        let person = person.description("提成").name("张三");
        let order = || share("42", "P1", vec![to_merchant("1900000301", 1), person.clone()]);
        let shown = format!("{:?}", order());
        assert!(!shown.contains("张三") && !shown.contains("o1"), "{shown}");
        let done = pay.v3().profitsharing_order(order()).await.unwrap();
        let results: Vec<_> = done.receivers().into_iter().map(|part| part.result().unwrap()).collect();
        assert_eq!(results, [V3ProfitsharingResult::Success, V3ProfitsharingResult::Closed]);
        assert_eq!(done.receivers()[0].detail_id(), Some("36011111111111111111111"));
        let times: Vec<_> = done.receivers().iter().map(|part| part.finish_time().map(BeijingTime::unix)).collect();
        assert_eq!(times, [None, Some(0)]);
        let request = server.only();
        assert_eq!(request.headers["wechatpay-serial"], PUBLIC_KEY_ID);
        let mut sent = body(&request);
        let name = sent["receivers"][1].as_object_mut().unwrap().remove("name").unwrap();
        assert_eq!(decrypt_sensitive(name.as_str().unwrap(), &public_key_pair()).unwrap().as_str(), "张三");
        assert_eq!(
            sent,
            json!({
                "appid": APPID, "transaction_id": "42", "out_order_no": "P1", "unfreeze_unsplit": false,
                "receivers": [
                    { "type": "MERCHANT_ID", "account": "1900000301", "amount": 1, "description": "分给商户" },
                    { "type": "PERSONAL_OPENID", "account": "o1", "amount": 2, "description": "提成" },
                ],
            })
        );
        let v3 = pay.v3();
        let error = v3.profitsharing_order(share("43", "P1", vec![to_merchant("1", 1)])).await.unwrap_err();
        assert_eq!((error.class(), error.retry().as_str()), ("PaymentMismatch", "same_request"), "{error}");
        let sent = server.got.lock().unwrap().len();
        assert_eq!(
            refused(v3.profitsharing_order(share("42", "P1", vec![to_merchant("1", 0)])).await).0,
            "receivers.amount"
        );
        let long = to_merchant("1", 1).description("长".repeat(81));
        assert_eq!(refused(v3.profitsharing_order(share("42", "P1", vec![long])).await).0, "receivers.description");
        let bare = V3ProfitsharingOrder::new().transaction_id("42").out_order_no("P1");
        assert_eq!(refused(v3.profitsharing_order(bare.clone()).await).0, "receivers");
        assert_eq!(
            refused(v3.profitsharing_order(bare.receivers(vec![to_merchant("1", 1)])).await).0,
            "unfreeze_unsplit"
        );
        let custom = add("1900000301").relation_type(V3ReceiverRelation::Custom);
        assert_eq!(
            refused(v3.profitsharing_add_receiver(custom).await).1,
            "v3.profitsharing_add_receiver: relation_type: is given twice"
        );
        let custom = V3ProfitsharingAddReceiver::new().r#type(V3ReceiverType::MerchantId).account("1");
        let custom = custom.relation_type(V3ReceiverRelation::Custom);
        assert_eq!(refused(v3.profitsharing_add_receiver(custom).await).0, "custom_relation");
        let back = V3ProfitsharingReturn::new().out_return_no("B1").return_mchid("1").amount(Fen(1)).description("退");
        assert_eq!(refused(v3.profitsharing_return(back).await).0, "order_id or out_order_no");
        assert_eq!(server.got.lock().unwrap().len(), sent);
    });
}

fn item(mch_id: &str, number: &str, fen: i64) -> V3CombineItem {
    V3CombineItem::new()
        .mchid(mch_id)
        .attach("桌 7")
        .amount(V3CombineAmount::new().total_amount(Fen(fen)).currency("CNY"))
        .out_trade_no(number)
        .description("茶")
}

/// Two parts of a merchant.
fn items(mch_id: &str, one: &str, other: &str) -> Vec<V3CombineItem> {
    vec![item(mch_id, one, 10), item(mch_id, other, 20)]
}

fn combined_close(mch_id: &str, whole: &str, numbers: [&str; 2]) -> V3CombineClose {
    let items = numbers.map(|number| V3CombineCloseItem::new().mchid(mch_id).out_trade_no(number));
    V3CombineClose::new().combine_out_trade_no(whole).sub_orders(items.to_vec())
}

#[test]
fn several_orders_are_paid_at_once() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (v3, mch_id) = (pay.v3(), wechat.merchant().mch_id.clone());
        let (whole, one, other) = (number(), number(), number());
        let order = || {
            let payer = V3CombinePayer::new().openid(wechat.openid());
            let order = V3CombineJsapi::new().combine_out_trade_no(&whole).combine_payer_info(payer);
            order.sub_orders(items(&mch_id, &one, &other))
        };
        let path = "/v3/combine-transactions/jsapi";
        fault(&wechat, json!({ "fault": "systemerror_after", "endpoint": path, "times": 1 })).await;
        let made = v3.combine_jsapi(order()).await.unwrap();
        assert_eq!(asked(&wechat, path).await, 2, "the client repeats it with the same number");
        let page = v3.jsapi_params(made.prepay_id(), None).unwrap();
        let ask = || v3.combine_query(V3CombineQuery::new().combine_out_trade_no(&whole));
        assert_eq!(ask().await.unwrap().sub_orders()[0].trade_state(), Some(TradeState::NotPay));
        control(&wechat, "POST", "/_emulator/pay", json!({ "params": page })).await;
        let paid = ask().await.unwrap();
        let parts = paid.sub_orders();
        assert_eq!(paid.combine_payer_info().unwrap().openid(), Some(&*wechat.openid()));
        assert_eq!((parts[1].trade_state(), parts[1].out_trade_no()), (Some(TradeState::Success), Some(&*other)));
        assert_eq!(parts[1].amount().unwrap().payer_amount(), Some(Fen(20)));
        assert!(parts.iter().all(|part| part.success_time().is_some()));
        let amount = V3RefundAmount::new().refund(Fen(20)).total(Fen(20)).currency("CNY");
        let refund = V3Refund::new().transaction_id(parts[1].transaction_id().unwrap()).out_refund_no("R-part-1");
        assert_eq!(v3.refund(refund.amount(amount)).await.unwrap().out_trade_no(), Some(&*other));
        assert_eq!(ask().await.unwrap().sub_orders()[1].trade_state(), Some(TradeState::Refund));
        let error = v3.query(V3Query::new().out_trade_no(&one)).await.unwrap_err();
        assert_eq!(business(&error), ("ORDER_NOT_EXIST", "never"), "{error}");
        let error = v3.combine_jsapi(order()).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "query_first"), "{error}");
        let error = v3.combine_close(combined_close(&mch_id, &whole, [&one, &other])).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "query_first"), "{error}");
    });
}

#[test]
fn a_combined_order_of_each_kind_and_what_it_is_refused_for() {
    within(async {
        let (wechat, pay) = wechat().await;
        let (v3, mch_id) = (pay.v3(), wechat.merchant().mch_id.clone());
        let (unpaid, one, other) = (number(), number(), number());
        let native = V3CombineNative::new().combine_out_trade_no(&unpaid).sub_orders(items(&mch_id, &one, &other));
        assert!(v3.combine_native(native).await.unwrap().code_url().starts_with("weixin://"));
        let error = v3.combine_close(combined_close(&mch_id, &unpaid, [&one, &one])).await.unwrap_err();
        assert_eq!(business(&error), ("INVALID_REQUEST", "never"), "{error}");
        v3.combine_close(combined_close(&mch_id, &unpaid, [&one, &other])).await.unwrap();
        let closed = v3.combine_query(V3CombineQuery::new().combine_out_trade_no(&unpaid)).await.unwrap();
        assert_eq!(closed.sub_orders()[1].trade_state(), Some(TradeState::Closed));
        let fresh = || items(&mch_id, &number(), &number());
        let app = V3CombineApp::new().combine_out_trade_no(number()).sub_orders(fresh());
        assert!(v3.combine_app(app).await.unwrap().prepay_id().starts_with("wx"));
        let scene = V3CombineH5SceneInfo::new().payer_client_ip("203.0.113.9").h5_info(V3H5Info::new().r#type("Wap"));
        let h5 = V3CombineH5::new().combine_out_trade_no(number()).scene_info(scene).sub_orders(fresh());
        assert!(v3.combine_h5(h5).await.unwrap().h5_url().starts_with("http"));

        let error = v3.combine_query(V3CombineQuery::new().combine_out_trade_no("none-at-all")).await.unwrap_err();
        assert_eq!(business(&error), ("ORDERNOTEXIST", "never"), "{error}");
        let payer = V3CombinePayer::new().openid(wechat.openid());
        let bare = || V3CombineJsapi::new().combine_out_trade_no("whole-0009").combine_payer_info(payer.clone());
        assert_eq!(refused(v3.combine_jsapi(bare()).await).0, "sub_orders");
        let free = bare().sub_orders(vec![item("1", "part-0001", 0)]);
        assert_eq!(refused(v3.combine_jsapi(free).await).0, "sub_orders.amount.total_amount");
        let unnamed = bare().sub_orders(vec![V3CombineItem::new().mchid("1")]);
        assert_eq!(refused(v3.combine_jsapi(unnamed).await).0, "sub_orders.attach");
    });
}

/// A reply that is authentic, and belongs to another request.
#[test]
fn a_transfer_whose_reply_is_anothers_has_an_unknown_outcome() {
    within(async {
        let answered = r#"{"out_bill_no":"T2","transfer_bill_no":"133","state":"ACCEPTED","transfer_amount":30}"#;
        let server = Signed::start(move |_| reply(200, answered)).await;
        let pay = WxPay::new(options(with_public_key(), &server.url).max_network_retries(0)).unwrap();
        let error = pay.v3().transfer(transfer("o", "T1", 30)).await.unwrap_err();
        assert_eq!((error.class(), error.status()), ("PaymentMismatch", Some(200)), "{error}");
        assert_eq!((error.outcome(), error.number()), (Some(Outcome::Unknown), Some(("out_bill_no", "T1"))));
        let id = error.request_id().unwrap();
        let text = format!(
            "v3.transfer: out_bill_no should be T1 and is T2. The outcome is unknown (HTTP 200, Request-ID {id}): WeChat may have acted on \
             the request. Repeat v3.transfer with the same out_bill_no T1 and the same fields, or call v3.transfer_query; do not use a new \
             out_bill_no"
        );
        assert_eq!(error.to_string(), text);
        let chinese = error.message(Language::Chinese);
        assert!(
            chinese.contains(&format!("结果未知（HTTP 200，Request-ID {id}）：微信可能已经处理了这个请求")),
            "{chinese}"
        );
        let details: Vec<_> = error.details().map(|(name, _)| name).collect();
        for name in ["outcome", "status", "number_field", "number", "request_id"] {
            assert!(details.contains(&name), "{details:?}");
        }

        // A question changes nothing.
        let error = pay.v3().transfer_query(V3TransferQuery::new().out_bill_no("T1")).await.unwrap_err();
        assert_eq!((error.class(), error.outcome()), ("PaymentMismatch", None), "{error}");
        assert!(!error.to_string().contains("outcome"), "{error}");
    });
}

/// WeChat's own trouble leaves the result open too.
#[test]
fn an_error_after_which_the_result_is_open_has_the_outcome_and_the_number() {
    within(async {
        let trouble = r#"{"code":"SYSTEM_ERROR","message":"系统错误"}"#;
        let refused = r#"{"code":"INVALID_REQUEST","message":"请求参数不合法"}"#;
        for (status, text, outcome) in [(500, trouble, Some(Outcome::Unknown)), (400, refused, None)] {
            let server = Signed::start(move |_| reply(status, text)).await;
            let pay = WxPay::new(options(with_public_key(), &server.url).max_network_retries(0)).unwrap();
            let error = pay.v3().transfer(transfer("o", "T1", 30)).await.unwrap_err();
            assert_eq!((error.class(), error.outcome()), ("BusinessError", outcome), "{error}");
            let has_number = error.details().any(|(name, _)| name == "number");
            assert_eq!(has_number, outcome.is_some(), "{error}");
            let error = pay.v3().transfer_query(V3TransferQuery::new().out_bill_no("T1")).await.unwrap_err();
            assert_eq!(error.outcome(), None, "{error}");
        }
        let server = Signed::start(move |_| reply(502, "<html>")).await;
        let pay = WxPay::new(options(with_public_key(), &server.url).max_network_retries(0)).unwrap();
        let error = pay.v3().transfer(transfer("o", "T1", 30)).await.unwrap_err();
        assert_eq!((error.class(), error.outcome()), ("TransportError", Some(Outcome::Unknown)), "{error}");
        assert!(error.details().any(|(name, _)| name == "number"), "{error}");
    });
}

/// C-53: a transfer whose reply is signed by a key that the client does not have.
#[test]
fn a_transfer_whose_reply_cannot_be_verified_has_an_unknown_outcome() {
    within(async {
        let answered = r#"{"out_bill_no":"T1","transfer_bill_no":"1330000071100999991182020050700019480001","create_time":"2025-11-27T15:26:26+08:00","state":"ACCEPTED"}"#;
        for by in [By::OtherKey, By::Nobody, By::Changed, By::Stale] {
            let server = Signed::start(move |_| reply(200, answered).by(by)).await;
            let pay = WxPay::new(options(with_public_key(), &server.url).max_network_retries(0)).unwrap();
            let why = V3TransferReportInfo::new().info_type("活动名称").info_content("新会员有礼");
            let transfer = V3Transfer::new().out_bill_no("T1").transfer_scene_id("1000").openid("o");
            let transfer = transfer.transfer_amount(Fen(30)).transfer_remark("新会员有礼");
            let transfer = transfer.transfer_scene_report_infos(vec![why]);
            let error = pay.v3().transfer(transfer).await.unwrap_err();
            assert_eq!((error.class(), error.status()), ("SignatureError", Some(200)), "{error}");
            assert_eq!((error.outcome(), error.number()), (Some(Outcome::Unknown), Some(("out_bill_no", "T1"))));
            let text = error.to_string();
            assert!(text.contains("The outcome is unknown (HTTP 200, Request-ID "), "{text}");
            assert!(
                text.ends_with(
                    "out_bill_no T1 and the same fields, or call v3.transfer_query; do not use a new out_bill_no"
                ),
                "{text}"
            );
            let chinese = error.message(Language::Chinese);
            assert!(
                chinese.contains("结果未知（HTTP 200，Request-ID ") && chinese.contains("微信可能已经处理了这个请求"),
                "{chinese}"
            );

            let query = V3TransferQuery::new().out_bill_no("T1");
            let error = pay.v3().transfer_query(query).await.unwrap_err();
            assert_eq!((error.class(), error.outcome()), ("SignatureError", None), "{error}");
            assert!(!error.to_string().contains("outcome"), "{error}");
        }
    });
}
