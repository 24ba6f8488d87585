//! `/secapi/pay/reverse`: cancels an order of a payment code. One that is not paid is closed, one that is paid is refunded (protocol §3.10).

use std::sync::Arc;

use wxpaykit::Fields;

use super::bill::settled;
use super::lookup::order_of;
use super::verdict::{BusinessError, Caller, Refusal, Verdict};
use crate::app::App;
use crate::world::balances::NotEnough;
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
    Ok(match found.ok_or(ORDER_UNKNOWN).and_then(|id| cancel(app, &mut state, id)) {
        Ok(true) => Verdict::Success(recall("N")),
        // It is not cancelled yet.
        Ok(false) => Verdict::Success(recall("Y")),
        Err(refused) => Verdict::Fail(refused, recall("N")),
    })
}

const ORDER_UNKNOWN: BusinessError = BusinessError::new("ORDERNOTEXIST", "订单不存在").numbered(268_512_771);

/// Whether the order is cancelled.
fn cancel(app: &App, state: &mut State, id: ThingId) -> Result<bool, BusinessError> {
    let now = app.clock.now();
    let order = state.orders.get(id).ok_or(ORDER_UNKNOWN)?;
    let (mch_id, number, total_fee) = (order.mch_id().to_owned(), order.out_trade_no().to_owned(), order.total_fee());
    // What the merchant got: less than the amount where coupons are not settled.
    let got = order.payment.as_ref().map_or(total_fee, |payment| settled(order, payment));
    if order.field("trade_type") != "MICROPAY" {
        return Err(BusinessError::new("INVALID_REQUEST", "无效请求"));
    }
    if now > order.created + WINDOW {
        return Err(BusinessError::new("REVERSE_EXPIRE", "订单无法撤销"));
    }
    if app.config.strict_docs && now < order.created + PAUSE {
        return Err(BusinessError::new("INVALID_REQUEST", "无效请求"));
    }
    if order.refunded > 0 && order.state == TradeState::Success {
        return Err(BusinessError::new("TRADE_ERROR", "订单错误"));
    }
    let paid = order.state == TradeState::Success;
    if !app.faults.of_notice(&number, Stage::Reversing).is_empty() {
        return Ok(false);
    }
    if paid {
        let taken = state.balances.debit(&mch_id, got);
        taken.map_err(|NotEnough| BusinessError::new("NOTENOUGH", "基本账户余额不足，请充值后重新发起"))?;
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
