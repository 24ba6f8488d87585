//! The control API under `/_emulator`, for which WeChat has no counterpart.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::describe::describe;
use super::gateway;
use super::json::{answer, write};
use super::origin::allowed;
use crate::app::App;
use crate::wechat::visit::{Visit, Visited};
use crate::wechat::{cashier, jssdk, notify, passing};
use crate::world::clock::{Millis, seconds};
use crate::world::due::Due;
use crate::world::state;
use crate::world::thing::ThingId;

pub(super) async fn serve(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if let Err(why) = allowed(&app, request.headers()) {
        return answer(StatusCode::FORBIDDEN, &json!({ "error": why }));
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let query = Query::new(request.uri().query().unwrap_or_default());
    let Some(body) = gateway::body(request).await else {
        return answer(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "error": "the body is larger than 1 MiB" }));
    };
    let result = match (method.as_str(), path.as_str()) {
        ("GET", "/_emulator/health") => Ok(json!({ "ok": true, "version": env!("CARGO_PKG_VERSION") })),
        ("GET", "/_emulator/orders") => orders(&app, &query),
        ("GET", "/_emulator/journal") => query.limit().map(|limit| app.journal.list(limit, &app.registry)),
        ("GET", "/_emulator/clock") => Ok(json!({ "now": seconds(app.clock.now()), "frozen": app.clock.is_frozen() })),
        ("POST", "/_emulator/clock") => clock(&app, &body).await,
        ("POST", "/_emulator/pay") => pay(&app, peer, &body),
        ("POST", "/_emulator/close") => close(&app, &body),
        ("GET", "/_emulator/faults") => Ok(app.faults.list()),
        ("POST", "/_emulator/faults") => parse(&body).and_then(|wanted| app.faults.add(wanted).map_err(bad)),
        ("DELETE", path) if path.starts_with("/_emulator/faults") => remove_faults(&app, path),
        ("POST", "/_emulator/notify") => resend(&app, &body).await,
        ("POST", "/_emulator/jssdk") => verify(&app, peer, &body),
        (_, "/_emulator/health" | "/_emulator/orders" | "/_emulator/journal") => Err(method_not_allowed("GET")),
        (_, "/_emulator/clock") => Err(method_not_allowed("GET or POST")),
        (_, "/_emulator/faults") => Err(method_not_allowed("GET, POST or DELETE")),
        (_, "/_emulator/pay" | "/_emulator/close" | "/_emulator/notify" | "/_emulator/jssdk") => {
            Err(method_not_allowed("POST"))
        }
        _ => Err(Wrong(StatusCode::NOT_FOUND, format!("the control API has no {path}"))),
    };
    // An order that is closed by hand changes without a journal entry and without a notification.
    if method == "POST" {
        app.live.changed();
    }
    match result {
        Ok(value) => answer(StatusCode::OK, &value),
        Err(Wrong(status, why)) => answer(status, &json!({ "error": why })),
    }
}

struct Wrong(StatusCode, String);

fn bad(why: impl Into<String>) -> Wrong {
    Wrong(StatusCode::BAD_REQUEST, why.into())
}

fn method_not_allowed(methods: &str) -> Wrong {
    Wrong(StatusCode::METHOD_NOT_ALLOWED, format!("use {methods}"))
}

struct Query(Vec<(String, String)>);

impl Query {
    fn new(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn other_than(&self, known: &[&str]) -> Option<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !known.contains(name))
    }

    fn limit(&self) -> Result<usize, Wrong> {
        match self.get("limit") {
            None => Ok(usize::MAX),
            Some(text) => text.parse().map_err(|_| bad("limit must be a number")),
        }
    }
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(|error| bad(format!("the body: {error}")))
}

/// Oldest first; the newest when there is a limit.
fn orders(app: &App, query: &Query) -> Result<Value, Wrong> {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Move {
    advance_s: Option<u32>,
    freeze: Option<bool>,
}

async fn clock(app: &Arc<App>, body: &Bytes) -> Result<Value, Wrong> {
    let wanted: Move = parse(body)?;
    if wanted.advance_s.is_none() && wanted.freeze.is_none() {
        return Err(bad("say advance_s, freeze, or both"));
    }
    if let Some(frozen) = wanted.freeze {
        app.clock.freeze(frozen);
        app.state().agenda.wake();
    }
    let ran = match wanted.advance_s {
        Some(by) => passing::advance(app, Millis::from(by) * 1000).await,
        None => 0,
    };
    app.save_clock();
    Ok(json!({ "now": seconds(app.clock.now()), "ran": ran }))
}

/// An order. `mch_id` is required when two merchants use the same number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    out_trade_no: String,
    mch_id: Option<String>,
}

fn one(state: &mut state::State, wanted: &Which) -> Result<ThingId, Wrong> {
    let mut ids = state.orders.with_number(&wanted.out_trade_no);
    ids.retain(|id| {
        let order = state.orders.get(*id);
        order.is_some_and(|order| wanted.mch_id.as_deref().is_none_or(|mch_id| mch_id == order.mch_id()))
    });
    match ids.as_slice() {
        [] => Err(Wrong(StatusCode::NOT_FOUND, format!("no order with out_trade_no {}", wanted.out_trade_no))),
        [id] => Ok(*id),
        _ => Err(bad(format!("several merchants have an order {}; send mch_id too", wanted.out_trade_no))),
    }
}

/// Closes an order as if it had expired.
fn close(app: &App, body: &Bytes) -> Result<Value, Wrong> {
    let mut state = app.state();
    let id = one(&mut state, &parse(body)?)?;
    state.close(id);
    Ok(state.orders.get(id).map(describe).unwrap_or_default())
}

/// `DELETE /_emulator/faults`, and `/_emulator/faults/3` for one.
fn remove_faults(app: &App, path: &str) -> Result<Value, Wrong> {
    let id = match path.strip_prefix("/_emulator/faults").unwrap_or_default() {
        "" => None,
        rest => {
            Some(rest.strip_prefix('/').and_then(|id| id.parse().ok()).ok_or_else(|| bad("name the fault by its id"))?)
        }
    };
    match (id, app.faults.remove(id)) {
        (Some(id), 0) => Err(Wrong(StatusCode::NOT_FOUND, format!("there is no fault {id}"))),
        (_, removed) => Ok(json!({ "removed": removed })),
    }
}

fn pay(app: &Arc<App>, peer: SocketAddr, body: &Bytes) -> Result<Value, Wrong> {
    let wanted: Visit = parse(body)?;
    match cashier::visit(app, &wanted) {
        Visited::BadRequest(why) => Err(bad(why)),
        Visited::NotFound(why) => Err(Wrong(StatusCode::NOT_FOUND, why)),
        Visited::Answered(value, note) => {
            write(app, peer, "/_emulator/pay", *note);
            Ok(value)
        }
    }
}

/// `POST /_emulator/notify`: sends an order's notification once more.
async fn resend(app: &Arc<App>, body: &Bytes) -> Result<Value, Wrong> {
    let id = one(&mut app.state(), &parse(body)?)?;
    notify::resend(app, Due::Order(id)).await.ok_or_else(|| bad("the order is not paid, so there is no notification"))
}

fn verify(app: &App, peer: SocketAddr, body: &Bytes) -> Result<Value, Wrong> {
    let (value, note) = jssdk::verify(app, &parse(body)?);
    write(app, peer, "/_emulator/jssdk", note);
    Ok(value)
}
