//! `/v3/pay/transactions`: orders by APIv3. They are the orders of APIv2 too (protocol v3 §5, §6).

use std::sync::Arc;

use serde_json::Value;
use wxpaykit::{Fields, SignType};

use super::lookup::{missing, single_order_of};
use super::unifiedorder::{ORDER_LIFE, is_user, prepay};
use super::v3_error::V3Error;
use super::{micropay, transaction};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::clock::Millis;
use crate::world::merchant::{Merchant, is_openid};
use crate::world::order::{Order, Prepay, TradeState, V3Origin};
use crate::world::state::State;
use crate::world::thing::ThingId;

const MINUTE: Millis = 60_000;
const DAY: Millis = 24 * 60 * MINUTE;
/// The latest `time_expire`, counted from now; a later one is moved to it. The earliest is one minute.
pub(crate) const LONGEST: Millis = 15 * DAY;
/// The same for combined orders.
pub(crate) const LONGEST_OF_COMBINED: Millis = 7 * DAY;

/// What is said of an order that can no longer be paid.
pub(super) const EXPIRED: &str = "该订单已失效";

/// A new order, as a dialect has read it.
pub(crate) struct OrderRequest {
    /// With APIv2's names.
    pub(crate) fields: Arc<Fields>,
    pub(crate) expires: Option<Millis>,
    /// The latest time for it, from now.
    pub(crate) longest: Millis,
    pub(crate) v3: V3Origin,
}

/// Makes an order, or gives the same one new identifiers for its cashier.
pub(crate) fn place(app: &App, merchant: &Merchant, placing: OrderRequest) -> Result<Prepay, V3Error> {
    let now = app.clock.now();
    let OrderRequest { fields, expires, longest, v3 } = placing;
    // Made before the lock is taken: drawing identifiers under the lock costs more than discarding some.
    let mut fresh = prepay(app, &fields, now);
    let mut state = app.state();
    may_pay(app, &state, &fields)?;
    if let Some(id) = state.orders.by_number(&merchant.mch_id, fields.get("out_trade_no").unwrap_or_default()) {
        again(&mut state, id, (&fields, &v3), fresh.clone(), now)?;
        return Ok(fresh);
    }
    // Two equal identifiers are unlikely; then another one is drawn.
    while state.orders.by_prepay(&fresh.id).is_some() {
        fresh = prepay(app, &fields, now);
    }
    let expires = expiry(app, expires, longest, now);
    let closes = expires + Millis::from(app.config.close_expired_after) * 1000;
    let own = Order::new(fields, SignType::Md5, now, fresh.clone(), closes);
    let mut made = Order { v3: Some(v3), expires: Some(expires), ..own };
    made.open(fresh.clone());
    state.orders.insert(made);
    Ok(fresh)
}

/// When an order can no longer be paid. A merchant's clock is the machine's, and the emulated one may be ahead of it: a time that is over on the
/// emulated clock alone is read on the machine's.
fn expiry(app: &App, expires: Option<Millis>, longest: Millis, now: Millis) -> Millis {
    let Some(at) = expires else { return now + ORDER_LIFE };
    let ahead = app.clock.ahead().max(0);
    let at = if at <= now { at.saturating_add(ahead) } else { at };
    at.clamp(now + MINUTE, now + longest)
}

fn may_pay(app: &App, state: &State, fields: &Fields) -> Result<(), V3Error> {
    let payers =
        [("openid", "appid", "appid与openid不匹配"), ("sub_openid", "sub_appid", "sub_appid和sub_openid不匹配")];
    for (openid, appid, text) in payers {
        let Some(given) = fields.filled(openid) else { continue };
        if is_user(app, state, given, fields.get(appid).unwrap_or_default()) {
            continue;
        }
        let english = format!("{appid} has no customer with this openid");
        let explanation =
            Explanation::with_values("other_openid", english, format!("{appid} 下没有这个 openid 的用户"));
        let denied = if is_openid(given) {
            V3Error::new(500, "OPENID_MISMATCH", text)
        } else {
            V3Error::parameter("无效的openid")
        };
        return Err(denied.because(explanation));
    }
    Ok(())
}

/// A number that was used before: the same request gets new identifiers.
fn again(
    state: &mut State,
    id: ThingId,
    (fields, v3): (&Fields, &V3Origin),
    fresh: Prepay,
    now: Millis,
) -> Result<(), V3Error> {
    let Some(order) = state.orders.get(id) else { return Err(V3Error::system()) };
    let paid = Explanation::reason(Reason::ORDER_PAID);
    let closed = Explanation::reason(Reason::ORDER_CLOSED);
    match order.state {
        TradeState::Success => return Err(V3Error::invalid("该订单已支付").numbered(268_498_689).because(paid)),
        TradeState::Closed | TradeState::Revoked => {
            // 该订单已失效.
            return Err(V3Error::new(400, "ORDER_CLOSED", "订单已关闭").numbered(268_447_914).because(closed));
        }
        // What WeChat answers before it closes the order was not captured.
        TradeState::NotPay if order.is_expired(now) => {
            let expired = Explanation::reason(Reason::ORDER_EXPIRED);
            return Err(V3Error::invalid(EXPIRED).numbered(268_447_914).because(expired));
        }
        _ => {}
    }
    // The bodies of two products may be equal: NATIVE and APP.
    let is_same_product = order.field("trade_type") == fields.get("trade_type").unwrap_or_default();
    let is_same_body = order.v3.as_ref().is_some_and(|known| known.request == v3.request);
    if order.state == TradeState::NotPay && is_same_product && is_same_body {
        state.orders.renew(id, fresh);
        return Ok(());
    }
    let settles_otherwise =
        || order.v3.as_ref().is_some_and(|known| differs_in_settlement(&known.request, &v3.request));
    let (denied, reason) = match is_same_product {
        true if settles_otherwise() => (V3Error::invalid("重复下单且结算信息不一致"), Reason::NUMBER_USED),
        true => (V3Error::invalid("201 商户订单号重复"), Reason::NUMBER_USED),
        false => (V3Error::new(403, "OUT_TRADE_NO_USED", "商户订单号重复"), Reason::NUMBER_OF_OTHER_PRODUCT),
    };
    Err(denied.numbered(268_498_688).because(Explanation::reason(reason)))
}

/// Whether two requests of combined orders differ in nothing but the `settle_info` of their parts.
fn differs_in_settlement(one: &str, other: &str) -> bool {
    let without = |text: &str| {
        let mut body: Value = serde_json::from_str(text).unwrap_or_default();
        for part in body.get_mut("sub_orders").and_then(Value::as_array_mut)? {
            part.as_object_mut()?.remove("settle_info");
        }
        Some(body)
    };
    one != other && without(one).is_some_and(|one| Some(one) == without(other))
}

fn unknown() -> V3Error {
    let explanation = Explanation::reason(Reason::ORDER_UNKNOWN);
    V3Error::new(404, "ORDER_NOT_EXIST", "订单不存在").numbered(268_512_771).because(explanation)
}

/// An order's state. `named` has APIv2's names: `transaction_id` or `out_trade_no`, and `sub_mch_id`.
pub(crate) fn query(app: &App, merchant: &Merchant, named: &Fields) -> Result<Value, V3Error> {
    let mut state = app.state();
    let found = single_order_of(&mut state, merchant, named);
    let id = found.ok_or_else(|| missing(&mut state, merchant, named, unknown))?;
    micropay::queried(app, &mut state, id);
    let order = state.orders.get(id).ok_or_else(unknown)?;
    Ok(transaction::queried(order, !app.config.strict_docs))
}

/// The order can no longer be paid.
pub(crate) fn close(app: &App, merchant: &Merchant, named: &Fields) -> Result<(), V3Error> {
    let mut state = app.state();
    let found = single_order_of(&mut state, merchant, named);
    let id = found.ok_or_else(|| missing(&mut state, merchant, named, unknown))?;
    let order = state.orders.get(id).ok_or_else(unknown)?;
    if order.field("trade_type") == "MICROPAY" {
        return Err(V3Error::invalid("当前交易不允许进行普通关单（只能撤销）").numbered(268_449_641));
    }
    if order.state == TradeState::Success {
        let explanation = Explanation::reason(Reason::ORDER_PAID);
        return Err(V3Error::invalid("该订单已支付").numbered(268_449_538).because(explanation));
    }
    state.close(id);
    Ok(())
}
