//! Payments to members of WeCom by the client: both signatures, the secret, repetitions, outcomes, queries.

use crate::common::{Act, KEY, Scripted, asked, client, control, within};
use serde_json::{Value, json};
use wxpaykit::table::Call;
use wxpaykit::{
    CheckName, Error, Fen, Kind, Merchant, MerchantOptions, Options, Outcome, Paywwsptrans2pocket, Queryworkwxredpack,
    Querywwsptrans2pocket, RedpackStatus, Sendworkwxredpack, WwMsgType, WwTransferStatus, WxPay, v2, wire,
};
use wxpaykit_emulator::{Config, Emulator, Running};

const CORPID: &str = "ww1234567890abcdef";
const SECRET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";
const OPENID: &str = "oxTWIuGaIt6gTKsQRLau2M0yL16E";

fn packet(number: &str, openid: &str) -> Sendworkwxredpack {
    Sendworkwxredpack::new()
        .mch_billno(number)
        .re_openid(openid)
        .total_amount(Fen(1000))
        .act_name("猜灯谜")
        .remark("快来抢")
        .sender_name("XX活动")
        .wishing("恭喜发财")
}

fn payment(number: &str, openid: &str) -> Paywwsptrans2pocket {
    to_member(number, openid).check_name(CheckName::NoCheck).ww_msg_type(WwMsgType::NormalMsg)
}

/// Without the two enumerations.
fn to_member(number: &str, openid: &str) -> Paywwsptrans2pocket {
    Paywwsptrans2pocket::new()
        .partner_trade_no(number)
        .openid(openid)
        .amount(Fen(100))
        .desc("六月出差报销费用")
        .act_name("示例项目")
        .spbill_create_ip("10.2.3.10")
}

fn merchant(mch_id: &str) -> MerchantOptions {
    MerchantOptions::new(CORPID, mch_id, KEY)
}

/// The signatures of a request.
fn signatures(call: &impl Call, merchant: MerchantOptions, nonce: &str) -> [String; 2] {
    let body = v2::request::build(call_row(call), call.params(), &Merchant::new(merchant).unwrap(), nonce).unwrap();
    let fields = wire::xml::parse(body.as_bytes()).unwrap();
    assert!(!fields.contains("sign_type"));
    ["workwx_sign", "sign"].map(|name| fields.get(name).unwrap().to_owned())
}

fn call_row<C: Call>(_: &C) -> &'static wxpaykit::table::Endpoint {
    C::ENDPOINT
}

/// W2 and W3 of the platform protocol §7.
#[test]
fn both_signatures_are_those_of_the_documents() {
    let signed = signatures(
        &packet("10000098201411111234567890", OPENID),
        merchant("10000098").corp_pay_secret(SECRET),
        "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
    );
    assert_eq!(signed, ["302E88284AB9389D03CA584912129FB6", "C94A7501666A23B47ACF2333A9BD42F8"]);
    let paid = payment("100000982017072019616", "ohO4Gt7wVPxIT1A9GjFaMYMiZY1s");
    // The client's own algorithm is HMAC-SHA256, and the secret is that of the application.
    let options = merchant("1900000109").corp_secret(SECRET).agent_id("1000002");
    let signed = signatures(&paid, options, "3PG2J4ILTKCH16CQ2502SI8ZNMTM67VS");
    assert_eq!(signed, ["B906EB2AB792DBDB3568CC5826A76259", "6E131567669889E6D1AA78C31776BA0E"]);
}

async fn wechat() -> (Running, WxPay) {
    let mut corp = wxpaykit_emulator::Merchant::new(CORPID, "1900000109", KEY, "application-secret");
    corp.corp_pay_secret = Some(SECRET.into());
    corp.users = vec![OPENID.to_owned()];
    let mut config = Config::default();
    config.merchants = vec![corp];
    let wechat = Emulator::start(config).await.unwrap();
    let pay = client(options(wechat.url(), &wechat));
    (wechat, pay)
}

fn options(url: &str, wechat: &Running) -> Options {
    let mut merchant = merchant("1900000109").corp_secret("application-secret").agent_id("1000002");
    merchant = merchant.corp_pay_secret(SECRET);
    merchant.client_cert = Some(wechat.client_cert().as_bytes().into());
    merchant.client_key = Some(wechat.client_key().as_bytes().into());
    Options::new(merchant).endpoints(url).store("memory:")
}

fn business(error: &Error) -> (&str, &str) {
    match error.kind() {
        Kind::Business { err_code, .. } => (err_code, error.retry().as_str()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_red_packet_and_a_payment_reach_wechat_once() {
    within(async {
        let (wechat, pay) = wechat().await;
        let sent = pay.sendworkwxredpack(packet("10000098201411111234567890", OPENID)).await.unwrap();
        assert_eq!((sent.total_amount(), sent.wxappid()), (Fen(1000), CORPID));
        let again = pay.sendworkwxredpack(packet("10000098201411111234567890", OPENID)).await.unwrap();
        assert_eq!(again.send_listid(), sent.send_listid());
        let query = Queryworkwxredpack::new().mch_billno("10000098201411111234567890");
        assert_eq!(pay.queryworkwxredpack(query).await.unwrap().status(), RedpackStatus::Sent);

        let paid = pay.paywwsptrans2pocket(payment("P1", OPENID)).await.unwrap();
        assert!(!paid.payment_no().is_empty());
        let found = pay.querywwsptrans2pocket(Querywwsptrans2pocket::new().partner_trade_no("P1")).await.unwrap();
        assert_eq!((found.status(), found.payment_amount()), (WwTransferStatus::Success, Some(Fen(100))));
        let unknown = pay.querywwsptrans2pocket(Querywwsptrans2pocket::new().partner_trade_no("P2")).await.unwrap_err();
        assert_eq!(business(&unknown), ("NOT_FOUND", "never"));

        // The balance is too low: the same number again, once it is topped up.
        control(&wechat, "POST", "/_emulator/balance", json!({ "mch_id": "1900000109", "fen": 0 })).await;
        let refused = pay.sendworkwxredpack(packet("B2", OPENID)).await.unwrap_err();
        assert_eq!(business(&refused), ("NOTENOUGH", "same_request"));
        // A stranger's openid.
        control(&wechat, "POST", "/_emulator/balance", json!({ "mch_id": "1900000109" })).await;
        let refused = pay.sendworkwxredpack(packet("B3", "nobody")).await.unwrap_err();
        assert_eq!(business(&refused).0, "OPENID_ERROR");
    });
}

/// The states that the emulator's control API reaches, as the client reads them.
#[test]
fn what_became_of_it() {
    within(async {
        let (wechat, pay) = wechat().await;
        let decided = async |wanted: Value| control(&wechat, "POST", "/_emulator/payout", wanted).await;
        for (number, result, state) in [
            ("B1", "SENDING", RedpackStatus::Sending),
            ("B2", "RECEIVED", RedpackStatus::Received),
            ("B3", "FAILED", RedpackStatus::Failed),
            ("B4", "RFUND_ING", RedpackStatus::RfundIng),
            ("B5", "REFUND", RedpackStatus::Refund),
        ] {
            pay.sendworkwxredpack(packet(number, OPENID)).await.unwrap();
            decided(json!({ "mch_billno": number, "result": result, "mch_id": "1900000109" })).await;
            let found = pay.queryworkwxredpack(Queryworkwxredpack::new().mch_billno(number)).await.unwrap();
            assert_eq!(found.status(), state, "{number}");
            assert_eq!(found.amount(), (number == "B2").then_some(Fen(1000)));
            assert_eq!(found.refund_amount(), (number == "B5").then_some(Fen(1000)));
            assert_eq!(found.reason().is_some(), number == "B3");
        }
        for (result, state) in [("PROCESSING", WwTransferStatus::Processing), ("FAILED", WwTransferStatus::Failed)] {
            pay.paywwsptrans2pocket(payment(result, OPENID)).await.unwrap();
            decided(json!({ "partner_trade_no": result, "result": result, "mch_id": "1900000109" })).await;
            let query = Querywwsptrans2pocket::new().partner_trade_no(result);
            assert_eq!(pay.querywwsptrans2pocket(query).await.unwrap().status(), state);
            // The same number does not pay again: it is asked for first.
            let again = pay.paywwsptrans2pocket(payment(result, OPENID)).await.unwrap_err();
            assert_eq!(business(&again).1, "query_first");
        }
    });
}

/// The answer is lost: a red packet is safe to repeat, a payment is asked for first.
#[test]
fn a_lost_answer() {
    within(async {
        let (wechat, pay) = wechat().await;
        let lost = |path: &str| json!({ "fault": "timeout_after", "ms": 10, "endpoint": path, "times": 1 });
        let path = "/mmpaymkttransfers/sendworkwxredpack";
        control(&wechat, "POST", "/_emulator/faults", lost(path)).await;
        pay.sendworkwxredpack(packet("10000098201411111234567890", OPENID)).await.unwrap();
        assert_eq!(asked(&wechat, path).await, 2, "the same bytes again");
        let path = "/mmpaymkttransfers/promotion/paywwsptrans2pocket";
        control(&wechat, "POST", "/_emulator/faults", lost(path)).await;
        let error = pay.paywwsptrans2pocket(payment("P7", OPENID)).await.unwrap_err();
        assert_eq!((asked(&wechat, path).await, error.retry().as_str()), (1, "query_first"));
        assert!(matches!(error.kind(), Kind::Transport { outcome: Outcome::Unknown, .. }), "{error}");
        assert!(error.to_string().contains("Call querywwsptrans2pocket with partner_trade_no P7 first"), "{error}");
        let found = pay.querywwsptrans2pocket(Querywwsptrans2pocket::new().partner_trade_no("P7")).await.unwrap();
        assert_eq!(found.status(), WwTransferStatus::Success);
        control(&wechat, "DELETE", "/_emulator/faults", Value::Null).await;
    });
}

#[test]
fn the_secret_is_the_right_one_and_is_never_shown() {
    within(async {
        let (wechat, _) = wechat().await;
        let mut wrong = options(wechat.url(), &wechat);
        wrong.merchant.corp_pay_secret = Some("another-secret-of-wecom".into());
        let pay = client(wrong);
        let error = pay.paywwsptrans2pocket(payment("P1", OPENID)).await.unwrap_err();
        assert!(error.to_string().contains("签名错误"), "{error}");
        assert!(!format!("{error:?} {error}").contains("another-secret-of-wecom"));
        // Without one, nothing is sent.
        let mut none = options(wechat.url(), &wechat);
        none.merchant.corp_pay_secret = None;
        none.merchant.corp_secret = None;
        none.merchant.agent_id = None;
        let error = client(none).paywwsptrans2pocket(payment("P1", OPENID)).await.unwrap_err();
        assert_eq!(error.field(), Some("corp_pay_secret"), "{error}");
        let blank = merchant("1900000109").corp_pay_secret("has a blank");
        assert_eq!(Merchant::new(blank).unwrap_err().field(), Some("corp_pay_secret"));
    });
}

#[test]
fn wrong_fields_are_refused_before_anything_is_sent() {
    within(async {
        let shop = Scripted::start(vec![Act::Answer(200, String::new())]).await;
        let (wechat, _) = wechat().await;
        let pay = client(options(&shop.url, &wechat));
        let field = |error: Error| error.field().unwrap_or_default().to_owned();
        let both = packet("10000098201411111234567890", OPENID).agentid(1_000_002);
        assert_eq!(field(pay.sendworkwxredpack(both).await.unwrap_err()), "agentid");
        let named = to_member("P1", OPENID).ww_msg_type(WwMsgType::NormalMsg).check_name(CheckName::ForceCheck);
        assert_eq!(field(pay.paywwsptrans2pocket(named).await.unwrap_err()), "re_user_name");
        let approved = to_member("P1", OPENID).check_name(CheckName::NoCheck).ww_msg_type(WwMsgType::ApprovalMsg);
        assert_eq!(field(pay.paywwsptrans2pocket(approved.approval_type(1)).await.unwrap_err()), "approval_number");
        assert_eq!(field(pay.paywwsptrans2pocket(payment("P-1", OPENID)).await.unwrap_err()), "partner_trade_no");
        assert!(shop.bodies().is_empty());
    });
}
