//! Orders: what they are, how they are paid and closed, and their day's bill.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::input::{Query, parse};
use super::refusal::{ControlError, bad};
use crate::app::App;
use crate::serve::control_words::wrong;
use crate::serve::describe::describe;
use crate::serve::first_minute::{self, TestOrder};
use crate::serve::json::{answer, write};
use crate::wechat::visit::{Visit, VisitEnd};
use crate::wechat::{bill, cashier, comments};
use crate::world::state;
use crate::world::thing::ThingId;

/// Oldest first; the newest when there is a limit.
pub(super) fn orders(app: &App, query: &Query) -> Result<Value, ControlError> {
    // Without this check a mistyped name would find every order.
    if let Some(name) = query.other_than(&["out_trade_no", "transaction_id", "mch_id", "limit"]) {
        return Err(bad(format!("orders are not found by {name}: use out_trade_no, transaction_id, mch_id or limit")));
    }
    // A file may hold millions of orders.
    let limit = query.limit()?.min(app.config.keep.max(1));
    let mut state = app.state();
    let mch_id = query.get("mch_id");
    // Tests often ask for one order among thousands, so an index finds it.
    let ids = match (query.get("out_trade_no"), query.get("transaction_id")) {
        (Some(number), None) => Some(state.orders.with_number(number)),
        (None, Some(transaction)) => Some(state.orders.by_transaction(transaction).into_iter().collect()),
        (Some(number), Some(transaction)) => {
            let paid = state.orders.by_transaction(transaction);
            Some(state.orders.with_number(number).into_iter().filter(|id| paid == Some(*id)).collect())
        }
        (None, None) => None,
    };
    let mut found: Vec<Value> = match ids {
        Some(ids) => {
            let orders = ids.into_iter().filter_map(|id| state.orders.get(id));
            let of_merchant = orders.filter(|order| mch_id.is_none_or(|wanted| wanted == order.mch_id()));
            of_merchant.take(limit).map(describe).collect()
        }
        None => state.orders.newest(mch_id, limit, describe),
    };
    found.reverse();
    Ok(found.into())
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedOrder {
    #[serde(default)]
    trade_type: TestOrder,
}

/// An order of the first merchant's, to try things with. The body may be empty.
pub(super) fn test_order(app: &App, peer: SocketAddr, body: &Bytes) -> Result<Value, ControlError> {
    let wanted = if body.trim_ascii().is_empty() { WantedOrder::default() } else { parse(body)? };
    first_minute::order(app, peer, wanted.trade_type).map_err(bad)
}

/// An order. `mch_id` is required when two merchants use the same number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrderKey {
    pub(super) out_trade_no: String,
    pub(super) mch_id: Option<String>,
}

pub(super) fn one(state: &mut state::State, wanted: &OrderKey) -> Result<ThingId, ControlError> {
    let mut ids = state.orders.with_number(&wanted.out_trade_no);
    ids.retain(|id| {
        let order = state.orders.get(*id);
        order.is_some_and(|order| wanted.mch_id.as_deref().is_none_or(|mch_id| mch_id == order.mch_id()))
    });
    match ids.as_slice() {
        [] => Err(ControlError(StatusCode::NOT_FOUND, format!("no order with out_trade_no {}", wanted.out_trade_no))),
        [id] => Ok(*id),
        _ => Err(bad(format!("several merchants have an order {}; send mch_id too", wanted.out_trade_no))),
    }
}

/// Closes an order as if it had expired.
pub(super) fn close(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let mut state = app.state();
    let id = one(&mut state, &parse(body)?)?;
    state.close(id);
    Ok(state.orders.get(id).map(describe).unwrap_or_default())
}

pub(super) fn pay(app: &Arc<App>, peer: SocketAddr, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: Visit = parse(body)?;
    match cashier::visit(app, &wanted) {
        VisitEnd::BadRequest(why) => Err(bad(why)),
        VisitEnd::NotFound(why) => Err(ControlError(StatusCode::NOT_FOUND, why)),
        VisitEnd::Answered(value, note) => {
            write(app, peer, "/_emulator/pay", *note);
            Ok(value)
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comment {
    out_trade_no: String,
    stars: u8,
    comment: String,
}

pub(super) fn comment(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let Comment { out_trade_no, stars, comment } = parse(body)?;
    comments::add(app, &out_trade_no, stars, &comment).map_err(bad)?;
    Ok(json!({ "ok": true }))
}

/// The bill of a day so far, as a file.
pub(super) fn bill(app: &App, query: &Query) -> Response {
    let first = app.registry.first().map(|merchant| merchant.mch_id.as_str());
    let mch_id = query.get("mch_id").or(first).unwrap_or_default();
    let day = match query.get("bill_date") {
        None => Some(bill::Day::of(app.clock.now())),
        Some(text) => bill::Day::parse(&text.replace('-', "")),
    };
    let Some(day) = day else {
        return answer(StatusCode::BAD_REQUEST, &wrong("bill_date must be yyyyMMdd or yyyy-MM-dd"));
    };
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"bill.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, bill::so_far(app, mch_id, day)).into_response()
}
