//! `/pay/orderquery`: an order's state (protocol §3.3).

use std::borrow::Cow;

use std::sync::Arc;

use wxpaykit::Fields;

use super::lookup::order_of;
use super::micropay;
use super::verdict::{Caller, Field, Refusal, Verdict};
use crate::app::App;
use crate::config::Layout;
use crate::world::ids::wire_time;
use crate::world::order::{Order, TradeState};
use crate::world::payment::Payment;

pub(crate) fn query(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let mut state = app.state();
    let found = order_of(&mut state, caller.merchant, fields);
    if let Some(id) = found {
        micropay::queried(app, &mut state, id);
    }
    let order = found.and_then(|id| state.orders.get(id));
    Ok(match order {
        None => Verdict::Fail("ORDERNOTEXIST", "order not exist", Vec::new()),
        Some(order) => Verdict::Success(match &order.payment {
            Some(payment) if order.state == TradeState::Success => paid(order, payment),
            _ => unpaid(app, order),
        }),
    })
}

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

/// The reply about an unpaid order has few fields. The newer generation returns `attach` even when it is empty.
fn unpaid(app: &App, order: &Order) -> Vec<Field> {
    let mut reply = shared(order);
    reply.push(("trade_state".into(), order.state.as_str().into()));
    reply.push(("out_trade_no".into(), own(order, "out_trade_no")));
    if app.config.layout == Layout::New || !order.field("attach").is_empty() {
        reply.push(("attach".into(), own(order, "attach")));
    }
    reply.push(("trade_state_desc".into(), order.state.describe().into()));
    reply
}

fn shared(order: &Order) -> Vec<Field> {
    let device = order.request.filled("device_info");
    device.map(|device| ("device_info".into(), device.to_owned().into())).into_iter().collect()
}

fn fee_type(order: &Order) -> String {
    order.request.filled("fee_type").unwrap_or("CNY").to_owned()
}

fn own(order: &Order, name: &str) -> Cow<'static, str> {
    order.field(name).to_owned().into()
}
