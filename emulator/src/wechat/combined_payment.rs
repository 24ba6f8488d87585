//! The payment of a combined order: each of its parts is paid, and one notification tells of all (protocol v3 §7, §9.4).

use serde_json::{Map, Value, json};

use super::notice_v3::{self, Event};
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::ids::rfc3339;
use crate::world::merchant::Merchant;
use crate::world::notification::Faults;
use crate::world::order::{Order, TradeState};
use crate::world::payment::Payment;
use crate::world::state::State;
use crate::world::thing::ThingId;

/// Marks the parts of a combined order as paid, each with a number of its own. Its notification is due.
pub(super) fn pay(app: &App, state: &mut State, id: ThingId, merchant: &Merchant, sending: (String, Millis, Faults)) {
    let Some(payment) = state.orders.get(id).and_then(|order| order.payment.clone()) else { return };
    for part in parts(state, id) {
        let transaction_id = || app.ids.transaction_id(payment.at);
        // A coupon of the whole payment is not divided.
        let mut own = Payment { transaction_id: transaction_id(), coupons: Vec::new(), ..payment.clone() };
        while !state.orders.pay(part, &own) {
            own.transaction_id = transaction_id();
        }
    }
    let plain = describe(state, id);
    let Some(order) = state.orders.get_mut(id) else { return };
    let event = Event {
        kind: "TRANSACTION.SUCCESS",
        summary: "支付成功",
        original: "transaction",
        plain,
        serial: order.v3.as_ref().and_then(|v3| v3.serial.clone()),
    };
    order.notification = Some(notice_v3::notification(app, merchant, event, false, sending));
}

/// The orders that a combined order pays, in the order of its request.
pub(super) fn parts(state: &mut State, id: ThingId) -> Vec<ThingId> {
    let numbers = state.orders.get(id).map(|order| order.field("sub_orders").to_owned()).unwrap_or_default();
    let numbers: Vec<(String, String)> = serde_json::from_str(&numbers).unwrap_or_default();
    numbers.iter().filter_map(|(mch_id, number)| state.orders.by_number(mch_id, number)).collect()
}

/// A combined order as a query and a notification show it.
pub(super) fn describe(state: &mut State, id: ThingId) -> Value {
    let parts = parts(state, id);
    let parts: Vec<Value> = parts.into_iter().filter_map(|id| state.orders.get(id)).map(part).collect();
    let Some(order) = state.orders.get(id) else { return Value::Null };
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("combine_appid", order.field("appid").into());
    set("combine_mchid", order.mch_id().into());
    set("combine_out_trade_no", order.out_trade_no().into());
    if let Some(payment) = &order.payment {
        set("combine_payer_info", json!({ "openid": payment.openid }));
    }
    if let Some(device_id) = order.request.filled("device_info") {
        set("scene_info", json!({ "device_id": device_id }));
    }
    set("sub_orders", parts.into());
    members.into()
}

fn part(order: &Order) -> Value {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    let (trade_state, _) = order.trade_state();
    let total = order.total_fee();
    set("mchid", order.mch_id().into());
    if let Some(sub_mch_id) = order.request.filled("sub_mch_id") {
        set("sub_mchid", sub_mch_id.into());
    }
    if let Some(sub_appid) = order.request.filled("sub_appid") {
        set("sub_appid", sub_appid.into());
    }
    set("out_trade_no", order.out_trade_no().into());
    set("trade_state", trade_state.into());
    set("attach", order.field("attach").into());
    match order.payment.as_ref().filter(|_| order.state == TradeState::Success) {
        Some(payment) => {
            if let Some(sub_openid) = payment.sub_openid.as_deref().filter(|_| order.request.contains("sub_appid")) {
                set("sub_openid", sub_openid.into());
            }
            set("trade_type", order.field("trade_type").into());
            set("transaction_id", payment.transaction_id.as_str().into());
            set("bank_type", payment.bank_type.as_str().into());
            set("success_time", rfc3339(payment.at).into());
            let amount =
                json!({ "total_amount": total, "currency": "CNY", "payer_amount": total, "payer_currency": "CNY" });
            set("amount", amount);
        }
        None => {
            set("amount", json!({ "total_amount": total, "currency": "CNY" }));
        }
    }
    members.into()
}
