//! Payments to members of WeCom: both signatures, the fields, repetitions, and queries.

use crate::common::{Reply, Request, Wechat, changes, start, within};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use wxpaykit_emulator::Merchant;

const CORPID: &str = "ww1234567890abcdef";
const KEY: &str = "192006250b4c09247ec02edce69f6a2d";
/// Of the protocol's vectors W2 and W3.
const SECRET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg";
const PACKET: &str = "/mmpaymkttransfers/sendworkwxredpack";
const PACKET_QUERY: &str = "/mmpaymkttransfers/queryworkwxredpack";
const PAY: &str = "/mmpaymkttransfers/promotion/paywwsptrans2pocket";
const PAY_QUERY: &str = "/mmpaymkttransfers/promotion/querywwsptrans2pocket";
const W2: [&str; 7] = ["act_name", "mch_billno", "mch_id", "nonce_str", "re_openid", "total_amount", "wxappid"];
const W3: [&str; 8] = ["amount", "appid", "desc", "mch_id", "nonce_str", "openid", "partner_trade_no", "ww_msg_type"];

async fn wechat(mch_id: &str, openid: &str) -> Wechat {
    start(|config| config.merchants = vec![corp(mch_id, openid)]).await
}

fn corp(mch_id: &str, openid: &str) -> Merchant {
    let mut corp = Merchant::new(CORPID, mch_id, KEY, "the secret of another application");
    corp.corp_pay_secret = Some(wxpaykit::Secret::new(SECRET));
    corp.users = vec![openid.to_owned()];
    corp
}

/// Adds the inner signature over these fields.
fn inner(request: Request, fields: &[&str], end: &str) -> Request {
    let value = |name: &str| &request.pairs.iter().find(|(known, _)| known == name).unwrap().1;
    let text: String = fields.iter().map(|name| format!("{name}={}&", value(name))).collect();
    let sign: String = Md5::digest(format!("{text}{end}")).iter().map(|byte| format!("{byte:02X}")).collect();
    request.with("workwx_sign", &sign)
}

fn secret() -> String {
    format!("secret={SECRET}")
}

/// W2 of the protocol, but for the inner signature.
fn packet() -> Request {
    Request { pairs: Vec::new(), key: KEY.to_owned(), sign_type: wxpaykit::SignType::Md5 }
        .with("wxappid", CORPID)
        .with("mch_id", "10000098")
        .with("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
        .with("act_name", "猜灯谜")
        .with("mch_billno", "10000098201411111234567890")
        .with("re_openid", "oxTWIuGaIt6gTKsQRLau2M0yL16E")
        .with("total_amount", "1000")
        .with("remark", "快来抢")
        .with("sender_name", "XX活动")
        .with("wishing", "恭喜发财")
}

/// W3 of the protocol, but for the inner signature.
fn payment() -> Request {
    Request { pairs: Vec::new(), key: KEY.to_owned(), sign_type: wxpaykit::SignType::Md5 }
        .with("appid", CORPID)
        .with("mch_id", "1900000109")
        .with("nonce_str", "3PG2J4ILTKCH16CQ2502SI8ZNMTM67VS")
        .with("amount", "100")
        .with("desc", "六月出差报销费用")
        .with("openid", "ohO4Gt7wVPxIT1A9GjFaMYMiZY1s")
        .with("partner_trade_no", "100000982017072019616")
        .with("ww_msg_type", "NORMAL_MSG")
        .with("act_name", "示例项目")
        .with("check_name", "NO_CHECK")
        .with("spbill_create_ip", "10.2.3.10")
}

fn asked(mch_id: &str, name: &str, number: &str) -> Request {
    Request { pairs: Vec::new(), key: KEY.to_owned(), sign_type: wxpaykit::SignType::Md5 }
        .with("appid", CORPID)
        .with("mch_id", mch_id)
        .with("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
        .with(name, number)
}

/// Sends a request. A reply that has a signature is signed as the request is.
async fn sent(wechat: &Wechat, path: &str, request: &Request) -> Reply {
    let reply = wechat.post(path, request.xml().as_bytes()).await;
    if reply.fields.contains("sign") {
        assert_eq!(wxpaykit::sign::verify(&reply.fields, KEY, wxpaykit::SignType::ALL), Ok(wxpaykit::SignType::Md5));
    }
    reply
}

async fn explained(wechat: &Wechat) -> (String, String) {
    let last = wechat.last().await;
    let text = |name: &str| last["explanation"][name].as_str().unwrap_or_default().to_owned();
    (text("mistake"), text("detail"))
}

#[test]
fn a_red_packet_is_sent_once_for_its_number() {
    within(async {
        let wechat = wechat("10000098", "oxTWIuGaIt6gTKsQRLau2M0yL16E").await;
        let request = inner(packet(), &W2, &secret());
        assert!(request.pairs.contains(&("workwx_sign".to_owned(), "302E88284AB9389D03CA584912129FB6".to_owned())));
        assert!(request.xml().contains("C94A7501666A23B47ACF2333A9BD42F8"), "W2 of the protocol");
        let packet_sent = sent(&wechat, PACKET, &request).await;
        assert_eq!((packet_sent.ok().get("wxappid"), packet_sent.get("total_amount")), (CORPID, "1000"));
        assert!(packet_sent.fields.contains("sign") && !packet_sent.fields.contains("appid"), "{}", packet_sent.text);
        let again = inner(packet().with("nonce_str", "another"), &W2, &secret());
        assert_eq!(sent(&wechat, PACKET, &again).await.ok().get("send_listid"), packet_sent.get("send_listid"));
        let other = inner(packet().with("total_amount", "1001"), &W2, &secret());
        assert_eq!(sent(&wechat, PACKET, &other).await.failed(), "FATAL_ERROR 重复请求时，参数与原单不一致");

        let query = asked("10000098", "mch_billno", "10000098201411111234567890");
        let found = sent(&wechat, PACKET_QUERY, &query).await;
        assert_eq!((found.ok().get("status"), found.get("detail_id")), ("SENT", packet_sent.get("send_listid")));
        assert!(!found.fields.contains("sign"));
        wechat.advance(24 * 3600 - 1).await;
        assert_eq!(sent(&wechat, PACKET_QUERY, &query).await.ok().get("status"), "SENT");
        wechat.advance(1).await;
        let found = sent(&wechat, PACKET_QUERY, &query).await;
        assert_eq!((found.ok().get("status"), found.fields.contains("refund_time")), ("RFUND_ING", false));
        wechat.advance(2).await;
        let found = sent(&wechat, PACKET_QUERY, &query).await;
        assert_eq!((found.ok().get("status"), found.get("refund_amount")), ("REFUND", "1000"));
        assert!(found.get("refund_time") > found.get("send_time"), "{}", found.text);
        wechat.advance(30 * 24 * 3600).await;
        assert_eq!(sent(&wechat, PACKET_QUERY, &query).await.failed(), "NOT_FOUND 指定单号数据不存在");
    });
}

/// The merchant's balance.
async fn balance(wechat: &Wechat, mch_id: &str) -> Value {
    wechat.control("balance", Value::Null).await[mch_id].clone()
}

async fn status(wechat: &Wechat, path: &str, query: &Request) -> Reply {
    let found = sent(wechat, path, query).await;
    found.ok();
    found
}

/// Moves the emulator's merchant on by the control API; returns the error of a call that is refused.
async fn decided(wechat: &Wechat, wanted: Value) -> Result<Value, String> {
    let answer = wechat.http("POST", "/_emulator/payout", &[], wanted.to_string().as_bytes()).await;
    match answer.status {
        200 => Ok(answer.json()),
        400 | 404 => Err(answer.json()["error"].as_str().unwrap().to_owned()),
        other => panic!("{other}: {}", answer.body),
    }
}

#[test]
fn the_money_of_a_red_packet_comes_back_once() {
    const MCH: &str = "10000098";
    within(async {
        let wechat = wechat(MCH, "oxTWIuGaIt6gTKsQRLau2M0yL16E").await;
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 5000 })).await;
        let number = |number: &str| inner(packet().with("mch_billno", number), &W2, &secret());
        let query = |number: &str| asked(MCH, "mch_billno", number);
        for n in ["UNTAKEN", "TAKEN", "FAILED", "EARLY", "SLOW"] {
            sent(&wechat, PACKET, &number(n)).await.ok();
        }
        assert_eq!(balance(&wechat, MCH).await, 0);

        let taken = decided(&wechat, json!({ "mch_billno": "TAKEN" })).await.unwrap();
        assert_eq!(
            (&taken["status"], &taken["amount"], &taken["next_at"]),
            (&json!("RECEIVED"), &json!(1000), &json!(null))
        );
        let found = status(&wechat, PACKET_QUERY, &query("TAKEN")).await;
        assert_eq!((found.get("status"), found.get("amount")), ("RECEIVED", "1000"));
        assert_eq!(found.get("rcv_time"), found.get("send_time"), "the clock stands still");
        let again = decided(&wechat, json!({ "mch_billno": "TAKEN", "result": "REFUND" })).await;
        assert_eq!(again.unwrap_err(), "it is RECEIVED, which is final");

        let unfit = json!({ "mch_billno": "FAILED", "result": "FAILED", "reason": "a\u{1}b" });
        assert!(decided(&wechat, unfit).await.unwrap_err().contains("control characters"));
        decided(&wechat, json!({ "mch_billno": "FAILED", "result": "FAILED", "reason": "账户异常" })).await.unwrap();
        let found = status(&wechat, PACKET_QUERY, &query("FAILED")).await;
        assert_eq!((found.get("status"), found.get("reason")), ("FAILED", "账户异常"));
        assert_eq!(balance(&wechat, MCH).await, 1000);
        assert!(sent(&wechat, PACKET, &number("FAILED")).await.failed().starts_with("SEND_FAILED"));
        assert_eq!(balance(&wechat, MCH).await, 1000, "a repetition pays nothing");

        decided(&wechat, json!({ "mch_billno": "EARLY", "result": "RFUND_ING" })).await.unwrap();
        assert_eq!(status(&wechat, PACKET_QUERY, &query("EARLY")).await.get("status"), "RFUND_ING");
        decided(&wechat, json!({ "mch_billno": "SLOW", "result": "SENDING" })).await.unwrap();
        assert_eq!(status(&wechat, PACKET_QUERY, &query("SLOW")).await.get("status"), "SENDING");
        assert!(sent(&wechat, PACKET, &number("SLOW")).await.failed().starts_with("PROCESSING"));
        let untaken = decided(&wechat, json!({ "mch_billno": "SLOW" })).await.unwrap_err();
        assert_eq!(untaken, "it is SENDING, and cannot become RECEIVED: result must be SENT, FAILED");
        wechat.advance(2).await;
        assert_eq!(status(&wechat, PACKET_QUERY, &query("EARLY")).await.get("status"), "REFUND");
        assert_eq!(status(&wechat, PACKET_QUERY, &query("SLOW")).await.get("status"), "SENT");
        assert_eq!(balance(&wechat, MCH).await, 2000);

        // By the clock alone: nothing asks for it.
        wechat.advance(24 * 3600).await;
        assert_eq!(balance(&wechat, MCH).await, 4000, "the one that was taken does not come back");
        let list = wechat.control("payouts", Value::Null).await;
        let states: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["status"].as_str().unwrap()).collect();
        assert_eq!(states, ["REFUND", "RECEIVED", "FAILED", "REFUND", "REFUND"]);
        assert_eq!(list[0]["mch_billno"], "UNTAKEN");
        wechat.advance(24 * 3600).await;
        assert_eq!(balance(&wechat, MCH).await, 4000);
        // A new packet finds it there.
        sent(&wechat, PACKET, &inner(packet().with("mch_billno", "NEXT").with("total_amount", "4000"), &W2, &secret()))
            .await
            .ok();
    });
}

#[test]
fn red_packets_go_on_after_a_restart() {
    const MCH: &str = "10000098";
    const OPENID: &str = "oxTWIuGaIt6gTKsQRLau2M0yL16E";
    let folder = std::env::temp_dir().join(format!("wxpaykit-workwx-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    within(async {
        let on = async || {
            let db = folder.join("state.db");
            start(|config| (config.merchants, config.db) = (vec![corp(MCH, OPENID)], Some(db))).await
        };
        let number = |number: &str| inner(packet().with("mch_billno", number), &W2, &secret());
        let wechat = on().await;
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 2000 })).await;
        let first = sent(&wechat, PACKET, &number("B1")).await.ok().get("send_listid").to_owned();
        wechat.advance(24 * 3600 - 1).await;
        sent(&wechat, PACKET, &number("B2")).await.ok();
        wechat.running.stop().await;

        let wechat = on().await;
        assert_eq!(sent(&wechat, PACKET, &number("B1")).await.ok().get("send_listid"), first);
        assert_eq!(balance(&wechat, MCH).await, 0, "a repetition pays nothing");
        wechat.advance(4).await;
        let list = wechat.control("payouts", Value::Null).await;
        assert_eq!((&list[0]["status"], &list[1]["status"]), (&json!("REFUND"), &json!("SENT")));
        assert_eq!(balance(&wechat, MCH).await, 1000);
        // Back to the time of this machine: the other one waits for its day all the same.
        wechat.control("clock", json!({ "reset": true })).await;
        wechat.control("clock", json!({ "freeze": true })).await;
        wechat.advance(24 * 3600 - 60).await;
        assert_eq!(balance(&wechat, MCH).await, 1000);
        wechat.advance(120).await;
        assert_eq!(balance(&wechat, MCH).await, 2000);
        wechat.running.stop().await;
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_payment_to_a_member_may_fail() {
    const MCH: &str = "1900000109";
    within(async {
        let wechat = wechat(MCH, "ohO4Gt7wVPxIT1A9GjFaMYMiZY1s").await;
        wechat.control("balance", json!({ "mch_id": MCH, "fen": 200 })).await;
        let pay = |number: &str| inner(payment().with("partner_trade_no", number), &W3, &secret());
        let query = |number: &str| asked(MCH, "partner_trade_no", number);
        sent(&wechat, PAY, &pay("SLOW")).await.ok();
        sent(&wechat, PAY, &pay("FAILED")).await.ok();
        decided(&wechat, json!({ "partner_trade_no": "SLOW", "result": "PROCESSING" })).await.unwrap();
        assert_eq!(status(&wechat, PAY_QUERY, &query("SLOW")).await.get("status"), "PROCESSING");
        assert!(sent(&wechat, PAY, &pay("SLOW")).await.failed().starts_with("PROCESSING"));
        wechat.advance(2).await;
        assert_eq!(status(&wechat, PAY_QUERY, &query("SLOW")).await.get("status"), "SUCCESS");
        decided(&wechat, json!({ "partner_trade_no": "FAILED", "result": "PROCESSING" })).await.unwrap();
        let failed = decided(&wechat, json!({ "partner_trade_no": "FAILED", "result": "FAILED" })).await.unwrap();
        assert_eq!(
            (&failed["status"], &failed["reason"], &failed["partner_trade_no"]),
            (&json!("FAILED"), &json!("付款错误"), &json!("FAILED"))
        );
        wechat.advance(2).await;
        let found = status(&wechat, PAY_QUERY, &query("FAILED")).await;
        assert_eq!((found.get("status"), found.get("reason")), ("FAILED", "付款错误"));
        assert_eq!(balance(&wechat, MCH).await, 100, "that of the failed one");
        assert_eq!(sent(&wechat, PAY, &pay("FAILED")).await.failed(), "SEND_FAILED 付款错误");

        for (wanted, why) in [
            (json!({}), "send mch_billno or partner_trade_no"),
            (json!({ "mch_billno": "A", "partner_trade_no": "A" }), "send mch_billno or partner_trade_no"),
            (json!({ "mch_billno": "SLOW" }), "no payment with mch_billno SLOW"),
            (json!({ "partner_trade_no": "SLOW", "mch_id": "1" }), "no payment with partner_trade_no SLOW"),
            (
                json!({ "partner_trade_no": "SLOW", "result": "RECEIVED" }),
                "it is SUCCESS, and cannot become RECEIVED: result must be PROCESSING, FAILED",
            ),
            (json!({ "partner_trade_no": "SLOW", "result": "PROCESSING", "reason": "x" }), "reason is for FAILED"),
        ] {
            assert_eq!(decided(&wechat, wanted).await.unwrap_err(), why);
        }
        let unknown = decided(&wechat, json!({ "partner_trade_no": "SLOW", "result": "sent" })).await.unwrap_err();
        assert!(unknown.contains("unknown variant `sent`, expected one of `SENDING`"), "{unknown}");
    });
}

#[test]
fn a_member_is_paid_once_for_a_number() {
    within(async {
        let wechat = wechat("1900000109", "ohO4Gt7wVPxIT1A9GjFaMYMiZY1s").await;
        let request = inner(payment(), &W3, &secret());
        assert!(request.xml().contains("6E131567669889E6D1AA78C31776BA0E"), "W3 of the protocol");
        wechat.control("balance", json!({ "mch_id": "1900000109", "fen": 150 })).await;
        let paid = sent(&wechat, PAY, &request).await;
        assert!(!paid.fields.contains("sign") && !paid.ok().get("payment_no").is_empty(), "{}", paid.text);
        let head = ["return_code", "return_msg", "appid", "mch_id", "nonce_str", "result_code"];
        assert_eq!(
            paid.names(),
            [&head[..], &["partner_trade_no", "payment_no", "payment_time"]].concat(),
            "as captured"
        );
        assert_eq!(sent(&wechat, PAY, &request).await.ok().get("payment_no"), paid.get("payment_no"));
        let other = inner(payment().with("partner_trade_no", "A2"), &W3, &secret());
        let refused = sent(&wechat, PAY, &other).await.failed();
        assert!(refused.starts_with("NOTENOUGH"), "{refused}");
        let found = sent(&wechat, PAY_QUERY, &asked("1900000109", "partner_trade_no", "100000982017072019616")).await;
        assert_eq!(found.names()[..4], ["return_code", "return_msg", "result_code", "partner_trade_no"]);
        assert_eq!((found.ok().get("status"), found.get("payment_amount")), ("SUCCESS", "100"));
        let other = sent(&wechat, PAY_QUERY, &asked("1900000109", "partner_trade_no", "A2")).await;
        assert_eq!(other.failed(), "NOT_FOUND 指定单号数据不存在");
    });
}

#[test]
fn each_wrong_inner_signature_is_told() {
    within(async {
        let packets = wechat("10000098", "oxTWIuGaIt6gTKsQRLau2M0yL16E").await;
        let all = |request: &Request| {
            let mut names: Vec<String> = request.pairs.iter().map(|(name, _)| name.clone()).collect();
            names.sort_unstable();
            names
        };
        let names = all(&packet());
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        for (request, expected) in [
            (packet(), "workwx_sign is missing"),
            (inner(packet(), &W2, &format!("key={KEY}")), "workwx_sign was made with &key="),
            (inner(packet(), &W2, &format!("key={SECRET}")), "workwx_sign was made with &key="),
            (inner(packet(), &names, &secret()), "workwx_sign was made over all fields"),
            (inner(packet(), &W2, "secret=another"), "workwx_sign is not what"),
        ] {
            let reply = sent(&packets, PACKET, &request).await;
            assert_eq!((reply.refused(), reply.get("err_code")), ("签名错误", "SIGN_ERROR"));
            let (mistake, detail) = explained(&packets).await;
            assert!(mistake == "workwx_sign" && detail.starts_with(expected), "{detail}");
            assert!(!packets.last().await.to_string().contains(SECRET));
        }
        // The outer one.
        let reply =
            sent(&packets, PACKET, &inner(packet(), &W2, &secret()).with("sign", "0123456789ABCDEF0123456789ABCDEF"))
                .await;
        assert_eq!(reply.refused(), "签名错误");
        assert_ne!(explained(&packets).await.0, "workwx_sign");

        let payments = wechat("1900000109", "ohO4Gt7wVPxIT1A9GjFaMYMiZY1s").await;
        let reply = sent(&payments, PAY, &inner(payment(), &W3, "secret=another")).await;
        assert_eq!((reply.refused(), reply.get("err_code")), ("签名错误", "WORKWX_SIGN_ERROR"));
    });
}

#[test]
fn fields_of_other_calls_are_refused() {
    within(async {
        let packets = wechat("10000098", "oxTWIuGaIt6gTKsQRLau2M0yL16E").await;
        for extra in [("sign_type", "MD5"), ("total_num", "1"), ("client_ip", "10.2.3.10"), ("send_name", "x")] {
            let reply = sent(&packets, PACKET, &inner(packet().with(extra.0, extra.1), &W2, &secret())).await;
            assert_eq!((reply.refused(), reply.get("err_code")), ("签名错误", "SIGN_ERROR"), "{extra:?}");
            let (mistake, detail) = explained(&packets).await;
            assert!(mistake == "field_too_many" && detail.starts_with(extra.0), "{detail}");
        }
        let both = inner(packet().with("agentid", "1000002"), &W2, &secret());
        assert_eq!(sent(&packets, PACKET, &both).await.get("err_code"), "PARAM_ERROR");
        let none = inner(packet().without("sender_name"), &W2, &secret());
        assert_eq!(sent(&packets, PACKET, &none).await.get("err_code"), "PARAM_ERROR");
        let small = inner(packet().with("total_amount", "99"), &W2, &secret());
        assert!(sent(&packets, PACKET, &small).await.failed().starts_with("MONEY_LIMIT"));
        sent(
            &packets,
            PACKET,
            &inner(packet().with("total_amount", "99").with("scene_id", "PRODUCT_2"), &W2, &secret()),
        )
        .await
        .ok();
        let stranger = packet().with("mch_billno", "X2");
        let reply = sent(&packets, PACKET, &inner(stranger.with("re_openid", "no openid"), &W2, &secret())).await;
        assert!(reply.failed().starts_with("OPENID_ERROR"), "{}", reply.text);

        let payments = wechat("1900000109", "ohO4Gt7wVPxIT1A9GjFaMYMiZY1s").await;
        // The names of the ordinary transfer.
        let renamed =
            payment().without("appid").without("mch_id").with("mch_appid", CORPID).with("mchid", "1900000109");
        assert_eq!(sent(&payments, PAY, &renamed).await.refused(), "缺少参数");
        assert_eq!(explained(&payments).await.1, "missing or empty: appid, mch_id");
        for wrong in [payment().with("check_name", "FORCE_CHECK"), payment().with("ww_msg_type", "APPROVAL_MSG")] {
            assert_eq!(sent(&payments, PAY, &inner(wrong, &W3, &secret())).await.get("err_code"), "PARAM_ERROR");
        }
    });
}

#[test]
fn a_fund_flow_has_red_packets_and_payments_to_members() {
    const DAY: i64 = 24 * 60 * 60;
    const MCH: &str = "1900000109";
    within(async {
        let openid = "ohO4Gt7wVPxIT1A9GjFaMYMiZY1s";
        let wechat = wechat(MCH, openid).await;
        let morning = async |hour: i64| {
            let now = wechat.now().await;
            wechat.advance(DAY - (now + 8 * 3600) % DAY + hour * 3600).await;
            wxpaykit::BeijingTime::from_unix(now).unwrap().to_wire()[..8].to_owned()
        };
        morning(11).await;
        let of_number = |number: &str| {
            let asked = packet().with("mch_id", MCH).with("re_openid", openid).with("mch_billno", number);
            inner(asked, &W2, &secret())
        };
        for number in ["B1", "B2"] {
            sent(&wechat, PACKET, &of_number(number)).await.ok();
            wechat.advance(60).await;
        }
        decided(&wechat, json!({ "mch_billno": "B1" })).await.unwrap();
        for number in ["P1", "P2"] {
            let request = inner(payment().with("partner_trade_no", number), &W3, &secret());
            sent(&wechat, PAY, &request).await.ok();
            wechat.advance(60).await;
        }
        decided(&wechat, json!({ "partner_trade_no": "P2", "result": "FAILED" })).await.unwrap();
        let flow = async |day: &str| {
            let asked = Request { pairs: Vec::new(), key: KEY.to_owned(), sign_type: wxpaykit::SignType::Md5 };
            let asked = asked.with("appid", CORPID).with("mch_id", MCH).with("nonce_str", "x").with("bill_date", day);
            let xml = asked.with("account_type", "Basic").hmac().xml();
            wechat.http("POST", "/pay/downloadfundflow", &[], xml.as_bytes()).await.body
        };
        let row = |name: &str, change: i64, number: &str| (name.to_owned(), change, number.to_owned());
        let first = flow(&morning(12).await).await;
        let rows = [
            row("企业红包", -1000, "B1"),
            row("企业红包", -1000, "B2"),
            row("向员工付款", -100, "P1"),
            row("向员工付款", -100, "P2"),
            row("向员工付款退回", 100, "P2"),
        ];
        assert_eq!(changes(&first, 0), rows, "{first}");
        // Nobody took B2 for a day.
        let second = flow(&morning(12).await).await;
        assert_eq!(changes(&second, -2100), [row("企业红包退回", 1000, "B2")], "{second}");
    });
}

/// Platform protocol §2.10: 10 packets and 1000 yuan a day for a receiver, and a million yuan a day for a merchant.
#[test]
fn red_packets_have_limits_a_day() {
    within(async {
        let (mch_id, openid, other) = ("10000098", "oxTWIuGaIt6gTKsQRLau2M0yL16E", "oxTWIuGaIt6gTKsQRLau2M0yL16F");
        let wechat = start(|config| {
            let mut corp = corp(mch_id, openid);
            corp.users.push(other.to_owned());
            config.merchants = vec![corp];
        })
        .await;
        // Noon in Beijing, so that a day does not end within the test.
        let now = wechat.now().await;
        wechat.advance((4 * 3600 - now).rem_euclid(24 * 3600)).await;
        let send = async |number: &str, to: &str, fen: u64| {
            let request = packet().with("mch_billno", number).with("re_openid", to).with("scene_id", "PRODUCT_1");
            let request = inner(request.with("total_amount", &fen.to_string()), &W2, &secret());
            let reply = sent(&wechat, PACKET, &request).await;
            if reply.get("result_code") == "SUCCESS" { "sent".to_owned() } else { reply.failed() }
        };
        for n in 0..10 {
            assert_eq!(send(&format!("A{n}"), openid, 100).await, "sent");
        }
        assert_eq!(send("A10", openid, 100).await, "SENDNUM_LIMIT 该用户今日领取红包个数超过限制");
        assert_eq!(send("A9", openid, 100).await, "sent", "a repetition");
        // A packet that failed is none that was received.
        wechat.control("payout", json!({ "mch_billno": "A0", "result": "FAILED" })).await;
        assert_eq!(send("A10", openid, 100).await, "sent");
        assert_eq!(send("B0", other, 99_900).await, "sent");
        assert_eq!(send("B1", other, 101).await, "RCVDAMOUNT_LIMIT 该用户今日领取红包总额超过限制");
        assert_eq!(send("B1", other, 100).await, "sent");
        // The next day.
        wechat.advance(24 * 3600).await;
        assert_eq!((send("A11", openid, 100).await, send("B2", other, 100_000).await), ("sent".into(), "sent".into()));
    });
}

/// Platform protocol §2.1.
#[test]
fn gettoken_gives_the_same_token_while_it_lives() {
    within(async {
        let wechat = wechat("10000098", "oxTWIuGaIt6gTKsQRLau2M0yL16E").await;
        let path = format!("/cgi-bin/gettoken?corpid={CORPID}&corpsecret=the%20secret%20of%20another%20application");
        let token = async || wechat.get(&path).await.json();
        let first = token().await;
        assert_eq!(first["expires_in"], 7200, "{first}");
        wechat.advance(7199).await;
        let last = token().await;
        assert_eq!((&last["access_token"], &last["expires_in"]), (&first["access_token"], &json!(1)));
        wechat.advance(1).await;
        let next = token().await;
        assert!(next["access_token"] != first["access_token"] && next["expires_in"] == 7200, "{next}");
    });
}

/// Platform protocol §2.8.
#[test]
fn json_that_cannot_be_parsed_is_said_in_errmsg() {
    within(async {
        let wechat = wechat("10000098", "oxTWIuGaIt6gTKsQRLau2M0yL16E").await;
        let path = format!("/cgi-bin/gettoken?corpid={CORPID}&corpsecret=the%20secret%20of%20another%20application");
        let token = wechat.get(&path).await.json()["access_token"].as_str().unwrap().to_owned();
        let asked = async |body: &str| {
            let path = format!("/cgi-bin/user/convert_to_openid?access_token={token}");
            wechat.http("POST", &path, &[], body.as_bytes()).await.json()
        };
        for (body, errcode, warned) in [
            ("{\"userid\":", 40003, true),
            ("userid=ming", 40003, true),
            ("{}", 40003, false),
            (r#"{"userid":"nobody"}"#, 60111, false),
        ] {
            let said = asked(body).await;
            let errmsg = said["errmsg"].as_str().unwrap();
            let tail = format!("devtool/query?e={errcode}{}", if warned { " Warning: wrong json format." } else { "" });
            assert!(said["errcode"] == errcode && errmsg.ends_with(&tail), "{body}: {said}");
        }
        assert_eq!(asked(r#"{"userid":"ming"}"#).await["errcode"], 0);
    });
}
