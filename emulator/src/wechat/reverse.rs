//! `/secapi/pay/reverse`: cancels an order of a payment code. One that is not paid is closed, one that is paid is refunded (protocol §3.10).

use std::sync::Arc;

use wxpaykit::Fields;

use super::lookup::order_of;
use super::verdict::{Caller, Refusal, Verdict};
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::notice_fault::Stage;
use crate::world::order::{Order, TradeState};
use crate::world::state::State;
use crate::world::thing::ThingId;

/// How long an order can be cancelled.
const WINDOW: Millis = 7 * 24 * 60 * 60 * 1000;
/// The documents ask to wait this long after the payment was asked for; `--strict-docs` sees to it.
const PAUSE: Millis = 15_000;

pub(crate) fn reverse(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let mut state = app.state();
    let found = order_of(&mut state, caller.merchant, fields);
    let recall = |recall: &'static str| vec![("recall".into(), recall.into())];
    Ok(match found.ok_or(("ORDERNOTEXIST", "订单不存在")).and_then(|id| cancel(app, &mut state, id)) {
        Ok(true) => Verdict::Success(recall("N")),
        // It is not cancelled yet.
        Ok(false) => Verdict::Success(recall("Y")),
        Err((code, text)) => Verdict::Fail(code, text, recall("N")),
    })
}

/// Whether the order is cancelled; or the code and the text of the refusal.
fn cancel(app: &App, state: &mut State, id: ThingId) -> Result<bool, (&'static str, &'static str)> {
    let now = app.clock.now();
    let order = state.orders.get(id).ok_or(("ORDERNOTEXIST", "订单不存在"))?;
    let (mch_id, number, total_fee) = (order.mch_id().to_owned(), order.out_trade_no().to_owned(), order.total_fee());
    if order.field("trade_type") != "MICROPAY" {
        return Err(("INVALID_REQUEST", "无效请求"));
    }
    if now > order.created + WINDOW {
        return Err(("REVERSE_EXPIRE", "订单无法撤销"));
    }
    if app.config.strict_docs && now < order.created + PAUSE {
        return Err(("INVALID_REQUEST", "无效请求"));
    }
    if order.refunded > 0 && order.state == TradeState::Success {
        return Err(("TRADE_ERROR", "订单错误"));
    }
    let paid = order.state == TradeState::Success;
    if !app.faults.of_notice(&number, Stage::Reversing).is_empty() {
        return Ok(false);
    }
    if paid && let Some(balance) = state.balances.get_mut(&mch_id) {
        *balance = balance.checked_sub(total_fee).ok_or(("NOTENOUGH", "基本账户余额不足，请充值后重新发起"))?;
    }
    if let Some(order) = state.orders.get_mut(id) {
        revoke(order, if paid { total_fee } else { 0 });
    }
    Ok(true)
}

fn revoke(order: &mut Order, refunded: u64) {
    if order.state != TradeState::Revoked {
        order.state = TradeState::Revoked;
        order.confirming = None;
        order.refunded = refunded;
    }
}
