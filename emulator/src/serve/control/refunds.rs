//! Refunds: what they are, and how they end.

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::input::{Query, parse};
use super::orders::{OrderKey, one};
use super::refusal::{ControlError, bad};
use crate::app::App;
use crate::serve::describe::describe_refund;
use crate::wechat::{refund, refunded};
use crate::world::order::Order;
use crate::world::refund_status::Status;
use crate::world::state;
use crate::world::thing::ThingId;

/// Oldest first; the newest when there is a limit.
pub(super) fn refunds(app: &App, query: &Query) -> Result<Value, ControlError> {
    const NAMES: [&str; 5] = ["out_refund_no", "refund_id", "out_trade_no", "mch_id", "limit"];
    if let Some(name) = query.other_than(&NAMES) {
        return Err(bad(format!("refunds are not found by {name}: use {}", NAMES.join(", "))));
    }
    let limit = query.limit()?.min(app.config.keep.max(1));
    let mut state = app.state();
    let mch_id = query.get("mch_id");
    let ids: Option<Vec<ThingId>> =
        match (query.get("refund_id"), query.get("out_refund_no"), query.get("out_trade_no")) {
            (Some(id), None, None) => Some(state.refunds.by_refund_id(id).into_iter().collect()),
            (None, Some(number), None) => Some(with_number(app, &mut state, number, mch_id)),
            (None, None, Some(number)) => {
                let orders = state.orders.with_number(number);
                let found =
                    orders.into_iter().filter_map(|id| state.orders.get(id)).flat_map(|order| order.refunds.clone());
                Some(found.collect())
            }
            (None, None, None) => None,
            _ => return Err(bad("name refunds by one number")),
        };
    let mut found: Vec<Value> = match ids {
        Some(ids) => {
            let mut found = Vec::new();
            for id in ids {
                let refund = state.refunds.look_up(id);
                found
                    .extend(refund.filter(|refund| mch_id.is_none_or(|own| own == refund.mch_id)).map(describe_refund));
            }
            found.reverse();
            found.truncate(limit);
            found
        }
        None => state.refunds.newest(mch_id, limit, describe_refund),
    };
    found.reverse();
    Ok(found.into())
}

/// A refund. `mch_id` is required when two merchants use the same number.
pub(super) fn one_refund(
    app: &App,
    state: &mut state::State,
    number: &str,
    mch_id: Option<&str>,
) -> Result<ThingId, ControlError> {
    match with_number(app, state, number, mch_id).as_slice() {
        [] => Err(ControlError(StatusCode::NOT_FOUND, format!("no refund with out_refund_no {number}"))),
        [id] => Ok(*id),
        _ => Err(bad(format!("several merchants have a refund {number}; send mch_id too"))),
    }
}

/// The refunds with this number, at most one of each merchant, oldest first.
fn with_number(app: &App, state: &mut state::State, number: &str, mch_id: Option<&str>) -> Vec<ThingId> {
    let mut ids: Vec<ThingId> =
        merchants(app, mch_id).into_iter().filter_map(|own| state.refunds.by_number(own, number)).collect();
    ids.sort_unstable();
    ids
}

/// The numbers of the merchants, or this one alone.
pub(super) fn merchants<'a>(app: &'a App, mch_id: Option<&str>) -> Vec<&'a str> {
    let mut merchants: Vec<&str> = app.registry.iter().map(|merchant| merchant.mch_id.as_str()).collect();
    merchants.sort_unstable();
    merchants.dedup();
    merchants.retain(|own| mch_id.is_none_or(|wanted| wanted == *own));
    merchants
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RefundEndForm {
    out_refund_no: Option<String>,
    out_trade_no: Option<String>,
    mch_id: Option<String>,
    result: Option<Status>,
    refund_fee: Option<u64>,
}

/// `POST /_emulator/refund`: ends a refund, or makes one as a person at the merchant platform does.
pub(super) fn end_refund(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: RefundEndForm = parse(body)?;
    let mut state = app.state();
    let id = match (wanted.out_refund_no, wanted.out_trade_no) {
        (Some(number), None) if wanted.refund_fee.is_none() => {
            let id = one_refund(app, &mut state, &number, wanted.mch_id.as_deref())?;
            let status = wanted.result.filter(|status| *status != Status::Processing);
            let status = status.ok_or_else(|| bad("result must be SUCCESS, CHANGE or REFUNDCLOSE"))?;
            let known = state.refunds.look_up(id).map(|refund| refund.status);
            if !matches!(known, Some(Status::Processing | Status::Change)) {
                return Err(bad(format!("refund {number} has ended: {}", known.map_or("", Status::as_str))));
            }
            refunded::end(app, &mut state, id, status, app.clock.now());
            id
        }
        (None, Some(out_trade_no)) if wanted.result.is_none() => {
            let order = one(&mut state, &OrderKey { out_trade_no, mch_id: wanted.mch_id })?;
            let left = |order: &Order| order.total_fee().saturating_sub(order.refunded);
            let fee = wanted.refund_fee.or_else(|| state.orders.get(order).map(left)).unwrap_or_default();
            refund::at_console(app, &mut state, order, fee).map_err(bad)?
        }
        _ => return Err(bad("send out_refund_no with result, or out_trade_no with or without refund_fee")),
    };
    Ok(state.refunds.get(id).map(describe_refund).unwrap_or_default())
}
