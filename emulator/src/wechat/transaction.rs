//! An order as APIv3 shows it: in the reply to a query, and in the notification of its payment (protocol v3 §5.5, §9.4).

use serde_json::{Map, Value, json};

use super::identity::identity;
use crate::world::ids::rfc3339;
use crate::world::order::{Order, TradeState};
use crate::world::payment::{Coupon, CouponKind, Payment};

/// The reply to a query. Its members are in the order of their names. `captured` adds those that captures of unpaid orders have, and the
/// documents do not.
pub(crate) fn queried(order: &Order, captured: bool) -> Value {
    let paid = order.payment.as_ref().filter(|_| matches!(order.state, TradeState::Success | TradeState::Revoked));
    let mut members = of_merchant(order);
    let mut set = |name: &str, value: Value| members.push((name.to_owned(), value));
    let (trade_state, trade_state_desc) = order.trade_state();
    set("out_trade_no", order.out_trade_no().into());
    set("trade_state", trade_state.into());
    set("trade_state_desc", trade_state_desc.into());
    match paid {
        Some(payment) => {
            set("amount", amount(order, payment));
            set("attach", order.field("attach").into());
            set("bank_type", payment.bank_type.as_str().into());
            set("payer", payer(order, payment));
            set("promotion_detail", promotions(payment));
            set("success_time", rfc3339(payment.at).into());
            set("trade_type", order.field("trade_type").into());
            set("transaction_id", payment.transaction_id.as_str().into());
            if let Some(device_id) = order.request.filled("device_info") {
                set("scene_info", json!({ "device_id": device_id }));
            }
        }
        None => {
            if let Some(attach) = order.request.filled("attach") {
                set("attach", attach.into());
            }
            if captured {
                set("amount", json!({ "payer_currency": "CNY", "total": order.total_fee() }));
                set("promotion_detail", json!([]));
                set("scene_info", json!({ "device_id": order.field("device_info") }));
            }
        }
    }
    members.sort_by(|(one, _), (other, _)| one.cmp(other));
    Value::Object(members.into_iter().collect())
}

/// What is encrypted in the notification of a payment, in the order of the captures.
pub(super) fn notified(order: &Order, payment: &Payment) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("transaction_id", payment.transaction_id.as_str().into());
    let total = order.total_fee();
    let cash = payment.cash_fee(total);
    set("amount", json!({ "payer_total": cash, "total": total, "currency": "CNY", "payer_currency": "CNY" }));
    for (name, value) in of_merchant(order) {
        set(&name, value);
    }
    set("out_trade_no", order.out_trade_no().into());
    set("trade_state", TradeState::Success.as_str().into());
    set("bank_type", payment.bank_type.as_str().into());
    set("trade_state_desc", TradeState::Success.describe().into());
    set("trade_type", order.field("trade_type").into());
    set("attach", order.field("attach").into());
    set("success_time", rfc3339(payment.at).into());
    set("payer", payer(order, payment));
    if !payment.coupons.is_empty() {
        set("promotion_detail", promotions(payment));
    }
    if let Some(device_id) = order.request.filled("device_info") {
        set("scene_info", json!({ "device_id": device_id }));
    }
    Value::Object(members)
}

/// Who the merchant is, and its appid: a service provider's, and its sub-merchant's.
fn of_merchant(order: &Order) -> Vec<(String, Value)> {
    let own = |name: &str, field: &str| (name.to_owned(), Value::from(order.field(field)));
    let sub_mch_id = order.request.filled("sub_mch_id");
    let mut members = vec![own(if sub_mch_id.is_some() { "sp_appid" } else { "appid" }, "appid")];
    members.extend(identity(order.mch_id(), sub_mch_id));
    members.extend(sub_mch_id.and(order.request.filled("sub_appid")).map(|_| own("sub_appid", "sub_appid")));
    members
}

fn amount(order: &Order, payment: &Payment) -> Value {
    let total = order.total_fee();
    json!({ "currency": "CNY", "payer_currency": "CNY", "payer_total": payment.cash_fee(total), "total": total })
}

fn payer(order: &Order, payment: &Payment) -> Value {
    if order.request.filled("sub_mch_id").is_none() {
        return json!({ "openid": payment.openid });
    }
    match &payment.sub_openid {
        Some(sub_openid) => json!({ "sp_openid": payment.openid, "sub_openid": sub_openid }),
        None => json!({ "sp_openid": payment.openid }),
    }
}

fn promotions(payment: &Payment) -> Value {
    let one = |coupon: &Coupon| {
        json!({
            "amount": coupon.fee,
            "coupon_id": coupon.id,
            "currency": "CNY",
            "merchant_contribute": 0,
            "name": "代金券",
            "other_contribute": 0,
            "scope": "GLOBAL",
            "stock_id": "9856000",
            "type": kind(coupon.kind),
            "wechatpay_contribute": coupon.fee,
        })
    };
    payment.coupons.iter().map(one).collect()
}

/// The kind of a coupon: APIv2's NO_CASH has no underscore here.
pub(super) fn kind(kind: CouponKind) -> &'static str {
    match kind {
        CouponKind::Cash => "CASH",
        CouponKind::NoCash => "NOCASH",
    }
}
