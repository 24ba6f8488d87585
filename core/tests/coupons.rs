//! Coupons of an order: the books are the same whichever API confirmed the payment or the refund.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::common::signed::{MCH_ID, Signed, reply, with_public_key};
use crate::common::{self, client, control, number, order, within};
use serde_json::{Value as Json, json};
use wxpaykit::table::Document;
use wxpaykit::{
    ConfirmedPayment, ConfirmedRefund, Fen, Pending, PendingRefund, Reconciled, Refund, V3Native, V3OrderAmount, WxPay,
};
use wxpaykit_emulator::{Config, Emulator, Running};

/// A client with the settings of one API, and its own store.
fn one(wechat: &Running, v3: bool) -> WxPay {
    if v3 {
        return client(common::v3_options(wechat));
    }
    let mut options = common::options(wechat.url());
    options.merchant.client_cert = Some(wechat.client_cert().as_bytes().into());
    options.merchant.client_key = Some(wechat.client_key().as_bytes().into());
    client(options)
}

/// The fields about amounts, by name.
fn amounts(document: &impl Document) -> BTreeSet<(String, String)> {
    let is_one = |name: &str| name.contains("fee") || name.contains("coupon");
    document.fields().iter().filter(|(name, _)| is_one(name)).map(|(name, value)| (name.into(), value.into())).collect()
}

#[test]
fn the_coupons_of_a_payment_and_of_its_refund_are_those_of_either_api() {
    let cash = json!({ "id": "10000", "type": "CASH", "fee": 4 });
    let no_cash = json!({ "id": "20000", "type": "NO_CASH", "fee": 6 });
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let (v2, v3) = (one(&wechat, false), one(&wechat, true));
        for (coupons, fee, settlement) in [
            (json!([cash, no_cash]), Some(10), Some(82)),
            (json!([cash]), Some(4), None),
            (json!([no_cash]), Some(6), Some(82)),
            (json!([]), None, None),
        ] {
            for made_by_v3 in [false, true] {
                let number = number();
                if made_by_v3 {
                    let amount = V3OrderAmount::new().total(Fen(88));
                    v3.v3()
                        .native(V3Native::new().description("茶").out_trade_no(&number).amount(amount))
                        .await
                        .unwrap();
                } else {
                    v2.unifiedorder(order(&number)).await.unwrap();
                }
                let paid = json!({ "out_trade_no": number, "coupons": coupons });
                control(&wechat, "POST", "/_emulator/pay", paid).await;
                let by_v2 = v2.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap().unwrap();
                let by_v3 = v3.wait_for_payment(&number, Fen(88), Duration::ZERO).await.unwrap().unwrap();
                assert_eq!((by_v2.api().as_str(), by_v3.api().as_str()), ("v2", "v3"));
                assert_eq!(amounts(&by_v2), amounts(&by_v3), "{coupons}");
                assert_eq!((by_v3.coupon_fee(), by_v3.settlement_total_fee()), (fee.map(Fen), settlement.map(Fen)));
                let list = |payment: &ConfirmedPayment| -> Vec<Json> {
                    let shown = payment.coupons().into_iter().map(|one| {
                        json!({ "id": one.coupon_id(), "type": one.coupon_type(), "fee": one.coupon_fee().map(|fen| fen.0) })
                    });
                    shown.collect()
                };
                assert_eq!((json!(list(&by_v2)), json!(list(&by_v3))), (coupons.clone(), coupons.clone()));
                assert_eq!(by_v3.coupon_count(), (fee.is_some()).then_some(list(&by_v3).len() as i64));
                is_refunded(&wechat, &v2, &v3, &number).await;
            }
        }
    });
}

/// A refund of it, as each API confirms it.
async fn is_refunded(wechat: &Running, v2: &WxPay, v3: &WxPay, number: &str) {
    let refund = Refund::new().out_trade_no(number).out_refund_no(format!("R{number}"));
    v2.refund(refund.total_fee(Fen(88)).refund_fee(Fen(33))).await.unwrap();
    control(wechat, "POST", "/_emulator/clock", json!({ "advance_s": 60 })).await;
    let pending = PendingRefund {
        out_refund_no: format!("R{number}"),
        refund_fee: Fen(33),
        created: wxpaykit::client::now() - 60,
        sub_mch_id: None,
    };
    let confirm = async |pay: &WxPay| -> ConfirmedRefund {
        let fails = async |_: ConfirmedRefund, _: String| panic!("it succeeded");
        match pay.reconcile_refund(&pending, async |_: ConfirmedRefund, _: String| Ok(()), fails).await {
            Reconciled::Delivered(refund) => *refund,
            other => panic!("{other:?}"),
        }
    };
    let (by_v2, by_v3) = (confirm(v2).await, confirm(v3).await);
    assert_eq!((by_v2.api().as_str(), by_v3.api().as_str()), ("v2", "v3"));
    // APIv3 has these always.
    let settled = ["settlement_total_fee", "settlement_refund_fee", "fee_type"];
    let without = |refund: &ConfirmedRefund| -> BTreeSet<_> {
        let given = |name: &str| by_v2.get(name).is_some() || !settled.contains(&name);
        amounts(refund).into_iter().filter(|(name, _)| given(name)).collect()
    };
    assert_eq!(without(&by_v2), without(&by_v3));
    assert_eq!(by_v2.coupons().len(), by_v3.coupons().len());
    for name in settled {
        assert!(by_v3.get(name).is_some(), "{name}");
    }
}

/// A server that answers each request with this document, and what its client confirms of the order in it.
async fn asked(document: Json) -> ConfirmedPayment {
    let is_part = document.get("sub_orders").is_some();
    let server = Signed::start(move |_| reply(200, &document.to_string())).await;
    let pay = client(common::signed::options(with_public_key(), &server.url));
    let pending = Pending {
        out_trade_no: "WXK10001".to_owned(),
        total_fee: Fen(88),
        created: wxpaykit::client::now() - 60,
        sub_mch_id: None,
        combine_out_trade_no: is_part.then(|| "CMB10001".to_owned()),
    };
    pay.wait_for_pending(&pending, Duration::ZERO).await.unwrap().unwrap()
}

/// Sums that WeChat's amounts do not prove are left out; the coupons are as WeChat says them.
#[test]
fn sums_of_coupons_are_not_guessed() {
    let coupon = |id: &str, kind: &str, amount: Json| json!({ "coupon_id": id, "type": kind, "amount": amount });
    let two = json!([coupon("1", "CASH", json!(4)), coupon("2", "NOCASH", json!(6))]);
    within(async {
        for (promotions, amount, count, fee, settlement) in [
            (two.clone(), json!({ "total": 88, "payer_total": 78, "currency": "CNY" }), Some(2), Some(10), Some(82)),
            (two.clone(), json!({ "total": 88, "payer_total": 79, "currency": "CNY" }), Some(2), None, None),
            (two.clone(), json!({ "total": 88, "currency": "CNY" }), Some(2), None, None),
            (
                two.clone(),
                json!({ "total": 88, "payer_total": 78, "currency": "CNY", "payer_currency": "USD" }),
                Some(2),
                None,
                None,
            ),
            (
                json!([coupon("1", "CASH", json!(4)), coupon("2", "LATER", json!(6))]),
                json!({ "total": 88, "payer_total": 78 }),
                Some(2),
                Some(10),
                None,
            ),
            (
                json!([{ "coupon_id": "1", "amount": 10 }]),
                json!({ "total": 88, "payer_total": 78 }),
                Some(1),
                Some(10),
                None,
            ),
            (
                json!([{ "coupon_id": "1", "type": "NOCASH" }]),
                json!({ "total": 88, "payer_total": 78 }),
                Some(1),
                None,
                None,
            ),
            (
                json!([{ "coupon_id": "1", "type": "NOCASH", "amount": 10, "currency": "HKD" }]),
                json!({ "total": 88, "payer_total": 78 }),
                Some(1),
                None,
                None,
            ),
            (json!([]), json!({ "total": 88, "payer_total": 88 }), None, None, None),
            (json!([]), json!({ "total": 88, "payer_total": 78 }), None, None, None),
        ] {
            let mut amount = amount;
            amount.as_object_mut().unwrap().entry("currency").or_insert(json!("CNY"));
            let given = format!("{promotions} {amount}");
            let paid = json!({
                "transaction_id": "42001", "trade_type": "JSAPI", "trade_state": "SUCCESS", "bank_type": "OTHERS",
                "success_time": "2025-11-28T11:20:05+08:00", "out_trade_no": "WXK10001",
                "promotion_detail": promotions,
            });
            let mut single = paid.clone();
            single["appid"] = json!(common::signed::APPID);
            single["mchid"] = json!(MCH_ID);
            single["trade_state_desc"] = json!("支付成功");
            single["payer"] = json!({ "openid": "o1" });
            single["amount"] = amount.clone();
            let mut part = paid;
            part["mchid"] = json!(MCH_ID);
            part["attach"] = json!("a");
            let member = |name: &str, of: &str| amount.get(of).map(|value| (name.to_owned(), value.clone()));
            let members = [
                member("total_amount", "total"),
                member("payer_amount", "payer_total"),
                member("currency", "currency"),
                member("payer_currency", "payer_currency"),
            ];
            part["amount"] = members.into_iter().flatten().collect::<serde_json::Map<_, _>>().into();
            let combined = json!({
                "combine_appid": common::signed::APPID, "combine_mchid": MCH_ID, "combine_out_trade_no": "CMB10001",
                "sub_orders": [part],
            });
            for document in [single, combined] {
                let payment = asked(document).await;
                assert_eq!(payment.coupon_count(), count, "{given}");
                assert_eq!(payment.coupons().len() as i64, count.unwrap_or_default(), "{given}");
                assert_eq!(payment.coupon_fee(), fee.map(Fen), "{given}");
                assert_eq!(payment.settlement_total_fee(), settlement.map(Fen), "{given}");
            }
        }
    });
}

#[test]
fn what_coupons_get_back_is_not_guessed() {
    let gift = |kind: &str, fee: i64| json!({ "promotion_id": "9", "scope": "GLOBAL", "type": kind, "amount": fee, "refund_amount": fee });
    within(async {
        for (promotions, cash, discount, fee, kinds) in [
            (json!([gift("CASH", 1), gift("NOCASH", 2)]), json!(37), json!(3), Some(3), vec!["CASH", "NO_CASH"]),
            (json!([gift("COUPON", 3)]), json!(37), json!(3), Some(3), vec!["COUPON"]),
            (json!([gift("CASH", 3)]), json!(38), json!(3), None, vec!["CASH"]),
            (json!([]), json!(37), json!(3), Some(3), vec![]),
            (json!([]), json!(40), json!(0), None, vec![]),
            (json!([]), json!(37), json!(0), None, vec![]),
        ] {
            let answer = json!({
                "out_trade_no": "WXK1", "transaction_id": "42001", "out_refund_no": "R1", "refund_id": "50301",
                "status": "SUCCESS", "create_time": "2025-11-28T11:24:00+08:00", "channel": "ORIGINAL",
                "success_time": "2025-11-28T11:25:00+08:00", "user_received_account": "支付用户零钱",
                "promotion_detail": promotions,
                "amount": {
                    "total": 88, "refund": 40, "payer_total": 78, "payer_refund": cash, "currency": "CNY",
                    "discount_refund": discount, "settlement_refund": 40, "settlement_total": 88,
                },
            });
            let given = answer.to_string();
            let server = Signed::start(move |_| reply(200, &answer.to_string())).await;
            let pay = client(common::signed::options(with_public_key(), &server.url));
            let pending = PendingRefund {
                out_refund_no: "R1".to_owned(),
                refund_fee: Fen(40),
                created: wxpaykit::client::now() - 60,
                sub_mch_id: None,
            };
            let fails = async |_: ConfirmedRefund, _: String| panic!("it succeeded");
            let found = pay.reconcile_refund(&pending, async |_: ConfirmedRefund, _: String| Ok(()), fails).await;
            let Reconciled::Delivered(refund) = found else { panic!("{found:?}") };
            assert_eq!(refund.coupon_refund_fee(), fee.map(Fen), "{given}");
            let coupons = refund.coupons();
            assert_eq!(coupons.iter().map(|one| one.coupon_type().unwrap()).collect::<Vec<_>>(), kinds, "{given}");
            assert!(coupons.iter().all(|one| one.coupon_refund_id() == Some("9")), "{given}");
            assert_eq!(refund.coupon_refund_count(), (!kinds.is_empty()).then_some(kinds.len() as i64), "{given}");
        }
    });
}
