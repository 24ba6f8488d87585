//! The fields of a paid order, as `orderquery` and `micropay` answer them (protocol §3.3, §3.9).

use std::borrow::Cow;

use super::verdict::Field;
use crate::world::ids::wire_time;
use crate::world::order::Order;
use crate::world::payment::Payment;

pub(super) fn paid(order: &Order, payment: &Payment) -> Vec<Field> {
    let mut reply = shared(order);
    let mut push = |name: &'static str, value: Cow<'static, str>| reply.push((name.into(), value));
    push("openid", payment.openid.clone().into());
    push("is_subscribe", "N".into());
    if let Some(sub_openid) = &payment.sub_openid {
        push("sub_openid", sub_openid.clone().into());
        push("sub_is_subscribe", "N".into());
    }
    for (name, value) in [
        ("trade_type", own(order, "trade_type")),
        ("bank_type", payment.bank_type.clone().into()),
        ("total_fee", own(order, "total_fee")),
        ("fee_type", fee_type(order).into()),
        ("transaction_id", payment.transaction_id.clone().into()),
        ("out_trade_no", own(order, "out_trade_no")),
        ("attach", own(order, "attach")),
        ("time_end", wire_time(payment.at).into()),
        ("trade_state", order.trade_state().0.into()),
        ("trade_state_desc", order.trade_state().1.into()),
        ("cash_fee_type", fee_type(order).into()),
    ] {
        push(name, value);
    }
    reply.extend(payment.amounts(order.total_fee()).into_iter().map(|(name, value)| (name.into(), value.into())));
    reply
}

pub(super) fn shared(order: &Order) -> Vec<Field> {
    let device = order.request.filled("device_info");
    device.map(|device| ("device_info".into(), device.to_owned().into())).into_iter().collect()
}

fn fee_type(order: &Order) -> String {
    order.request.filled("fee_type").unwrap_or("CNY").to_owned()
}

pub(super) fn own(order: &Order, name: &str) -> Cow<'static, str> {
    order.field(name).to_owned().into()
}
