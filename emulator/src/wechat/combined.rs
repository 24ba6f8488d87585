//! `/v3/combine-transactions`: one payment of several orders (protocol v3 §7). The parts are orders of their own, which are refunded, shared
//! and billed one by one.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;
use wxpaykit::{Fields, SignType};

use super::combined_payment::{describe, parts};
use super::transactions::{self, OrderRequest};
use super::unifiedorder::prepay;
use super::v3_error::V3Error;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::merchant::Merchant;
use crate::world::order::{Order, Prepay, TradeState, V3Origin};
use crate::world::state::State;
use crate::world::thing::ThingId;

/// Makes a combined order, or gives the same one new identifiers for its cashier. `parts` have APIv2's names.
pub(crate) fn place(
    app: &App,
    merchant: &Merchant,
    placing: OrderRequest,
    parts: Vec<(Arc<Fields>, V3Origin)>,
) -> Result<Prepay, V3Error> {
    let number = placing.fields.get("out_trade_no").unwrap_or_default().to_owned();
    let of = |part: &Fields, name: &str| part.get(name).unwrap_or_default().to_owned();
    let mut state = app.state();
    if state.orders.by_number(&merchant.mch_id, &number).is_none() {
        // A part's number is unique among the parts of all combined orders of this merchant, and among the orders of its own merchant.
        let mut numbers = HashSet::new();
        let mut is_used = |part: &Fields| {
            let (mch_id, own) = (of(part, "mch_id"), of(part, "out_trade_no"));
            mch_id == merchant.mch_id && own == number
                || state.orders.by_number(&mch_id, &own).is_some()
                || state.orders.part_by_number(&merchant.mch_id, &own).is_some()
                || !numbers.insert(own)
        };
        if parts.iter().any(|(part, _)| is_used(part)) {
            let explanation = Explanation::reason(Reason::PART_NUMBER_USED);
            let denied = V3Error::new(403, "OUT_TRADE_NO_USED", "商户订单号重复").numbered(268_498_688);
            return Err(denied.because(explanation));
        }
    }
    drop(state);
    let made = transactions::place(app, merchant, placing)?;
    let now = app.clock.now();
    let mut state = app.state();
    let whole = state.orders.by_number(&merchant.mch_id, &number);
    let whole = whole.and_then(|id| state.orders.get(id)).ok_or_else(V3Error::system)?;
    let (closes, expires) = (whole.closes, whole.expires);
    for (fields, v3) in parts {
        if state.orders.by_number(&of(&fields, "mch_id"), &of(&fields, "out_trade_no")).is_some() {
            continue;
        }
        // No cashier opens with it: it is told to nobody.
        let prepay = prepay(app, &fields, now);
        let part = Order::new(fields, SignType::Md5, now, prepay, closes);
        state.orders.insert(Order { v3: Some(v3), expires, ..part });
    }
    Ok(made)
}

/// The state of each part.
pub(crate) fn query(app: &App, merchant: &Merchant, number: &str) -> Result<Value, V3Error> {
    let mut state = app.state();
    let id = find(&mut state, merchant, number)?;
    Ok(describe(&mut state, id))
}

/// None of its parts can be paid any more. `named` are the parts of the request.
pub(crate) fn close(
    app: &App,
    merchant: &Merchant,
    (number, appid): (&str, &str),
    named: Vec<PartName>,
) -> Result<(), V3Error> {
    let mut state = app.state();
    let id = find(&mut state, merchant, number)?;
    let ids = parts(&mut state, id);
    let known = ids.iter().filter_map(|id| state.orders.get(*id));
    let mut known: Vec<_> = known.map(PartName::of).collect();
    let mut named = named;
    known.sort();
    named.sort();
    let order = state.orders.get(id).ok_or_else(unknown)?;
    if known != named || order.field("appid") != appid {
        return Err(V3Error::invalid("输入的请求非法，请求关单的子单信息与下单时的子单信息不一致"));
    }
    if order.state == TradeState::Success {
        let explanation = Explanation::reason(Reason::ORDER_PAID);
        return Err(V3Error::invalid("该订单已支付").numbered(268_449_538).because(explanation));
    }
    for id in ids.into_iter().chain([id]) {
        state.close(id);
    }
    Ok(())
}

/// What a request to close names a part by. Each is that of the order.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PartName {
    pub(crate) mch_id: String,
    pub(crate) sub_mch_id: Option<String>,
    pub(crate) out_trade_no: String,
}

impl PartName {
    fn of(part: &Order) -> Self {
        let sub_mch_id = part.request.filled("sub_mch_id").map(str::to_owned);
        Self { mch_id: part.mch_id().to_owned(), sub_mch_id, out_trade_no: part.out_trade_no().to_owned() }
    }
}

fn find(state: &mut State, merchant: &Merchant, number: &str) -> Result<ThingId, V3Error> {
    let found = state.orders.by_number(&merchant.mch_id, number);
    found.filter(|id| state.orders.get(*id).is_some_and(Order::is_combined)).ok_or_else(unknown)
}

fn unknown() -> V3Error {
    let explanation = Explanation::reason(Reason::ORDER_UNKNOWN);
    V3Error::new(404, "ORDER_NOT_EXIST", "订单不存在").numbered(268_512_771).because(explanation)
}
