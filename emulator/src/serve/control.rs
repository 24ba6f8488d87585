//! The control API under `/_emulator`, for which WeChat has no counterpart.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::describe::{describe, describe_payout, describe_refund, describe_transfer};
use super::json::{answer, bad_body, write, wrong};
use super::origin::allowed;
use super::{calls, first_minute, gateway};
use crate::app::App;
use crate::wechat::miniprogram::Customer;
use crate::wechat::visit::{Visit, VisitEnd};
use crate::wechat::{
    bill, cashier, comments, jssdk, notify, passing, refund, refunded, transfers as wechat_transfers, workwx,
};
use crate::world::clock::{Millis, seconds};
use crate::world::component::{COMPONENT_APPID, COMPONENT_SECRET, COMPONENT_TICKET};
use crate::world::due::Due;
use crate::world::order::Order;
use crate::world::payout::{PayoutKind, PayoutState};
use crate::world::people::Person;
use crate::world::platform_keys::{MerchantKeys, Rotation, public_key_id};
use crate::world::refund_status::Status;
use crate::world::state;
use crate::world::thing::ThingId;

pub(super) async fn serve(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    if let Err(why) = allowed(&app, request.headers()) {
        return answer(StatusCode::FORBIDDEN, &wrong(why));
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let query = Query::new(request.uri().query().unwrap_or_default());
    let body = match gateway::body(request).await {
        Ok(body) => body,
        Err(error) => return bad_body(error),
    };
    let result = match (method.as_str(), path.as_str()) {
        ("GET", "/_emulator" | "/_emulator/") => Ok(calls::list(app.url())),
        ("GET", "/_emulator/health") => Ok(json!({ "ok": true, "version": env!("CARGO_PKG_VERSION") })),
        ("GET", "/_emulator/orders") => orders(&app, &query),
        ("GET", "/_emulator/refunds") => refunds(&app, &query),
        ("POST", "/_emulator/refund") => end_refund(&app, &body),
        ("GET", "/_emulator/transfers") => query.limit().map(|limit| transfers(&app, limit)),
        ("POST", "/_emulator/transfer") => end_transfer(&app, &body),
        ("GET", "/_emulator/payouts") => query.limit().map(|limit| payouts(&app, limit)),
        ("POST", "/_emulator/payout") => decide_payout(&app, &body),
        ("POST", "/_emulator/payment-code") => payment_code(&app, &body),
        ("POST", "/_emulator/login") => miniprogram(&app, &body, |customer, app| Ok(customer.log_in(app))),
        ("POST", "/_emulator/phone-number") => {
            miniprogram(&app, &body, |customer, app| Ok(customer.give_phone_number(app)))
        }
        ("POST", "/_emulator/user-data") => user_data(&app, &body),
        ("GET", "/_emulator/component") => Ok(component()),
        ("GET", "/_emulator/bill") => return bill(&app, &query),
        ("POST", "/_emulator/comment") => comment(&app, &body),
        ("GET", "/_emulator/balance") => Ok(balances(&app)),
        ("POST", "/_emulator/balance") => set_balance(&app, &body),
        ("GET", "/_emulator/journal") => query.limit().map(|limit| app.journal.list(limit, &app.registry)),
        ("GET", "/_emulator/clock") => Ok(app.clock.describe()),
        ("POST", "/_emulator/clock") => clock(&app, &body).await,
        ("POST", "/_emulator/pay") => pay(&app, peer, &body),
        ("POST", "/_emulator/close") => close(&app, &body),
        ("GET", "/_emulator/merchant") => Ok(first_minute::merchant(&app)),
        ("POST", "/_emulator/test-order") => first_minute::order(&app, peer).map_err(bad),
        ("GET", "/_emulator/faults") => Ok(app.faults.list()),
        ("POST", "/_emulator/faults") => parse(&body).and_then(|wanted| app.faults.add(wanted).map_err(bad)),
        ("DELETE", path) if path.starts_with("/_emulator/faults") => remove_faults(&app, path),
        ("GET", "/_emulator/v3-keys") => Ok(v3_keys(&app)),
        ("POST", "/_emulator/v3-keys") => set_v3_keys(&app, &body),
        ("POST", "/_emulator/notify") => resend(&app, &body).await,
        ("POST", "/_emulator/jssdk") => verify(&app, peer, &body),
        (_, path) => Err(no_such_call(path)),
    };
    // An order that is closed by hand changes without a journal entry and without a notification.
    if method == "POST" {
        app.live.changed();
    }
    match result {
        Ok(value) => answer(StatusCode::OK, &value),
        Err(ControlError(status, why)) => {
            let mut said = wrong(&why);
            let example = calls::example(method.as_str(), &path, app.url());
            let example = example.unwrap_or_else(|| format!("curl {}/_emulator/", app.url()));
            // Of an order that is not there, an example says nothing.
            if let Some(object) =
                said.as_object_mut().filter(|_| status != StatusCode::NOT_FOUND || calls::methods(&path).is_empty())
            {
                object.insert("example".to_owned(), example.into());
            }
            answer(status, &said)
        }
    }
}

struct ControlError(StatusCode, String);

fn bad(why: impl Into<String>) -> ControlError {
    ControlError(StatusCode::BAD_REQUEST, why.into())
}

/// A known path with another method, or an unknown path.
fn no_such_call(path: &str) -> ControlError {
    let methods = calls::methods(path);
    if !methods.is_empty() {
        return ControlError(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("use {methods}; curl sends POST with -d, and GET without it"),
        );
    }
    let meant = calls::meant(path).map(|meant| format!("; did you mean /_emulator/{meant}?")).unwrap_or_default();
    ControlError(StatusCode::NOT_FOUND, format!("the control API has no {path}{meant}"))
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

    fn limit(&self) -> Result<usize, ControlError> {
        match self.get("limit") {
            None => Ok(usize::MAX),
            Some(text) => text.parse().map_err(|_| bad("limit must be a number")),
        }
    }
}

fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, ControlError> {
    serde_json::from_slice(body).map_err(|error| {
        let text = body.trim_ascii();
        bad(match text {
            [] => "the body is empty; it must be JSON".to_owned(),
            // It is JSON, and says something else than it should.
            _ if error.is_data() => format!("the body: {error}"),
            [b'{', rest @ ..] if rest.trim_ascii_start().starts_with(b"'") => {
                "the body must be JSON, with \" around names and texts, not '".to_owned()
            }
            [b'{' | b'[' | b'"', ..] => format!("the body is not valid JSON: {error}"),
            _ if text.contains(&b'=') => "the body must be JSON, not a form".to_owned(),
            _ => format!("the body must be JSON: {error}"),
        })
    })
}

/// Oldest first; the newest when there is a limit.
fn orders(app: &App, query: &Query) -> Result<Value, ControlError> {
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
struct ClockForm {
    advance_s: Option<i64>,
    freeze: Option<bool>,
    #[serde(default)]
    reset: bool,
}

async fn clock(app: &Arc<App>, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: ClockForm = parse(body)?;
    if wanted.advance_s.is_none() && wanted.freeze.is_none() && !wanted.reset {
        return Err(bad("send advance_s, freeze or reset"));
    }
    let by = wanted.advance_s.map(u32::try_from).transpose();
    let by = by.map_err(|_| {
        bad("advance_s is a number of seconds from 0 on: the clock goes back to this machine's time only, by {\"reset\": true}")
    })?;
    if wanted.reset {
        passing::reset(app).await;
    }
    if let Some(frozen) = wanted.freeze {
        app.clock.freeze(frozen);
        app.state().agenda.wake();
    }
    let ran = match by {
        Some(by) => passing::advance(app, Millis::from(by) * 1000).await,
        None => 0,
    };
    app.save_clock();
    Ok(json!({ "now": seconds(app.clock.now()), "ran": ran }))
}

/// An order. `mch_id` is required when two merchants use the same number.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrderKey {
    out_trade_no: String,
    mch_id: Option<String>,
}

fn one(state: &mut state::State, wanted: &OrderKey) -> Result<ThingId, ControlError> {
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
fn close(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let mut state = app.state();
    let id = one(&mut state, &parse(body)?)?;
    state.close(id);
    Ok(state.orders.get(id).map(describe).unwrap_or_default())
}

/// `DELETE /_emulator/faults`, and `/_emulator/faults/3` for one.
fn remove_faults(app: &App, path: &str) -> Result<Value, ControlError> {
    let id = match path.strip_prefix("/_emulator/faults").unwrap_or_default() {
        "" => None,
        rest => {
            Some(rest.strip_prefix('/').and_then(|id| id.parse().ok()).ok_or_else(|| bad("name the fault by its id"))?)
        }
    };
    match (id, app.faults.remove(id)) {
        (Some(id), 0) => Err(ControlError(StatusCode::NOT_FOUND, format!("there is no fault {id}"))),
        (_, removed) => Ok(json!({ "removed": removed })),
    }
}

fn pay(app: &Arc<App>, peer: SocketAddr, body: &Bytes) -> Result<Value, ControlError> {
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
struct NotifyForm {
    out_trade_no: Option<String>,
    out_refund_no: Option<String>,
    mch_id: Option<String>,
}

/// `POST /_emulator/notify`: sends the notification of an order or of a refund once more.
async fn resend(app: &Arc<App>, body: &Bytes) -> Result<Value, ControlError> {
    let NotifyForm { out_trade_no, out_refund_no, mch_id } = parse(body)?;
    let (thing, none) = match (out_trade_no, out_refund_no) {
        (Some(out_trade_no), None) => {
            let id = one(&mut app.state(), &OrderKey { out_trade_no, mch_id })?;
            (Due::Order(id), "the order is not paid, so there is no notification")
        }
        (None, Some(out_refund_no)) => {
            let id = one_refund(app, &mut app.state(), &out_refund_no, mch_id.as_deref())?;
            (Due::Refund(id), "the refund is in progress, or it has no address for notifications")
        }
        _ => return Err(bad("send out_trade_no or out_refund_no")),
    };
    notify::resend(app, thing).await.ok_or_else(|| bad(none))
}

/// A refund. `mch_id` is required when two merchants use the same number.
fn one_refund(
    app: &App,
    state: &mut state::State,
    number: &str,
    mch_id: Option<&str>,
) -> Result<ThingId, ControlError> {
    let mut merchants: Vec<&str> = app.registry.iter().map(|merchant| merchant.mch_id.as_str()).collect();
    merchants.sort_unstable();
    merchants.dedup();
    let of = merchants.into_iter().filter(|own| mch_id.is_none_or(|wanted| wanted == *own));
    let ids: Vec<ThingId> = of.filter_map(|own| state.refunds.by_number(own, number)).collect();
    match ids.as_slice() {
        [] => Err(ControlError(StatusCode::NOT_FOUND, format!("no refund with out_refund_no {number}"))),
        [id] => Ok(*id),
        _ => Err(bad(format!("several merchants have a refund {number}; send mch_id too"))),
    }
}

/// Oldest first; the newest when there is a limit.
fn refunds(app: &App, query: &Query) -> Result<Value, ControlError> {
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
            (None, Some(number), None) => Some(one_refund(app, &mut state, number, mch_id).into_iter().collect()),
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
fn end_refund(app: &App, body: &Bytes) -> Result<Value, ControlError> {
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

fn transfers(app: &App, limit: usize) -> Value {
    let limit = limit.min(app.config.keep.max(1));
    let mut found = app.state().transfers.newest(limit, describe_transfer);
    found.reverse();
    found.into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfirmForm {
    out_bill_no: String,
    mch_id: Option<String>,
    /// `ok`, or `fail`.
    result: Option<String>,
    fail_reason: Option<String>,
}

/// `POST /_emulator/transfer`: the customer confirms a transfer, or it fails.
fn end_transfer(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: ConfirmForm = parse(body)?;
    let failed = match wanted.result.as_deref() {
        None | Some("ok") => None,
        Some("fail") => Some(wanted.fail_reason.unwrap_or_else(|| "OTHER_FAIL_REASON_TYPE".to_owned())),
        Some(_) => return Err(bad("result must be ok or fail")),
    };
    let first = app.registry.first().map(|merchant| merchant.mch_id.clone());
    let mch_id = wanted.mch_id.or(first).unwrap_or_default();
    let mut state = app.state();
    let id = state.transfers.by_number(&mch_id, &wanted.out_bill_no);
    let id = id.ok_or_else(|| {
        ControlError(StatusCode::NOT_FOUND, format!("no transfer with out_bill_no {}", wanted.out_bill_no))
    })?;
    wechat_transfers::answer(app, &mut state, id, failed).map_err(bad)?;
    Ok(state.transfers.look_up(id).map(describe_transfer).unwrap_or_default())
}

fn payouts(app: &App, limit: usize) -> Value {
    let limit = limit.min(app.config.keep.max(1));
    let mut found = app.state().payouts.newest(None, limit, describe_payout);
    found.reverse();
    found.into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayoutForm {
    mch_billno: Option<String>,
    partner_trade_no: Option<String>,
    mch_id: Option<String>,
    /// The state; left out, the member takes it.
    result: Option<PayoutState>,
    reason: Option<String>,
}

/// `POST /_emulator/payout`: a member takes a red packet, or it goes on in another way; likewise for a payment to a member.
fn decide_payout(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: PayoutForm = parse(body)?;
    let (kind, number) = match (wanted.mch_billno, wanted.partner_trade_no) {
        (Some(number), None) => (PayoutKind::RedPacket, number),
        (None, Some(number)) => (PayoutKind::ToMember, number),
        _ => return Err(bad("send mch_billno or partner_trade_no")),
    };
    let first = app.registry.first().map(|merchant| merchant.mch_id.clone());
    let mch_id = wanted.mch_id.or(first).unwrap_or_default();
    let mut state = app.state();
    let (id, _) = state.payouts.find(&kind.name(&mch_id, &number)).ok_or_else(|| {
        ControlError(StatusCode::NOT_FOUND, format!("no payment with {} {number}", kind.number_name()))
    })?;
    workwx::decide(&mut state, id, wanted.result, wanted.reason, app.clock.now()).map_err(bad)?;
    Ok(state.payouts.get(id).map(describe_payout).unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Phone {
    user: Option<String>,
}

/// `POST /_emulator/payment-code`: the code that a customer's phone shows.
fn payment_code(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let Phone { user } = parse(body)?;
    let person = match &user {
        None => Person::demo(),
        Some(key) => Person::by_key(&app.registry, key).ok_or_else(|| {
            ControlError(StatusCode::NOT_FOUND, format!("there is no user {key}: /_wechat/me lists them"))
        })?,
    };
    let (auth_code, left) = app.state().pay_codes.show(&person.key, app.clock.now(), || app.ids.pay_code());
    Ok(json!({ "auth_code": auth_code, "user": person.key, "changes_in_s": seconds(left) }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Balance {
    mch_id: String,
    fen: Option<u64>,
}

fn balances(app: &App) -> Value {
    let state = app.state();
    let set = app.registry.iter().filter_map(|merchant| {
        let fen = state.balances.of(&merchant.mch_id)?;
        Some((merchant.mch_id.clone(), fen.into()))
    });
    Value::Object(set.collect())
}

fn set_balance(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let Balance { mch_id, fen } = parse(body)?;
    if app.registry.by_mch(&mch_id).is_none() {
        return Err(ControlError(StatusCode::NOT_FOUND, format!("there is no merchant {mch_id}")));
    }
    app.state().balances.set(mch_id, fen);
    Ok(balances(app))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct V3Keys {
    mch_id: Option<String>,
    keys: Option<MerchantKeys>,
    rotation: Option<Rotation>,
}

/// The keys of APIv3: how far the rotation is, and what each merchant has.
fn v3_keys(app: &App) -> Value {
    let state = app.state();
    let listed: Vec<&str> =
        app.platform_keys.listed(state.rotation()).map(|(_, certificate)| certificate.serial_no.as_str()).collect();
    let merchants = app.registry.iter().map(|merchant| (merchant.mch_id.clone(), json!(state.keys_of(merchant))));
    let ids = app.registry.iter().map(|merchant| (merchant.mch_id.clone(), public_key_id(&merchant.mch_id).into()));
    json!({
        "rotation": state.rotation(),
        "serial_nos": listed,
        "merchants": Value::Object(merchants.collect()),
        "public_key_ids": Value::Object(ids.collect()),
    })
}

fn set_v3_keys(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: V3Keys = parse(body)?;
    let pair = match (wanted.mch_id, wanted.keys) {
        (Some(mch_id), Some(keys)) => Some((mch_id, keys)),
        (None, None) if wanted.rotation.is_some() => None,
        _ => return Err(bad("send mch_id with keys, or rotation")),
    };
    if pair.as_ref().is_some_and(|(_, keys)| !keys.is_valid()) {
        return Err(bad("share must be a number from 0 to 1"));
    }
    if let Some((mch_id, _)) = pair.as_ref().filter(|(mch_id, _)| app.registry.by_mch(mch_id).is_none()) {
        return Err(ControlError(StatusCode::NOT_FOUND, format!("there is no merchant {mch_id}")));
    }
    let mut state = app.state();
    if let Some((mch_id, keys)) = pair {
        state.merchant_keys.insert(mch_id, keys);
    }
    if let Some(stage) = wanted.rotation {
        state.rotate(stage, app.clock.of_machine());
    }
    drop(state);
    Ok(v3_keys(app))
}

/// The bill of a day so far, as a file.
fn bill(app: &App, query: &Query) -> Response {
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Comment {
    out_trade_no: String,
    stars: u8,
    comment: String,
}

fn comment(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let Comment { out_trade_no, stars, comment } = parse(body)?;
    comments::add(app, &out_trade_no, stars, &comment).map_err(bad)?;
    Ok(json!({ "ok": true }))
}

/// A customer in a mini program: the first appid and the demo user, unless others are named.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MiniprogramForm {
    appid: Option<String>,
    openid: Option<String>,
    /// A person of `/_wechat/me`, instead of an openid.
    user: Option<String>,
    /// For user data: `user`, `user_old` with openid as before 2021, or `phone`.
    data: Option<String>,
}

impl MiniprogramForm {
    fn customer(&self, app: &App) -> Result<Customer, ControlError> {
        let person = self.user.as_deref().map(|key| {
            Person::by_key(&app.registry, key).ok_or_else(|| {
                ControlError(StatusCode::NOT_FOUND, format!("there is no user {key}: /_wechat/me lists them"))
            })
        });
        Customer::find(app, self.appid.as_deref(), self.openid.as_deref(), person.transpose()?).map_err(bad)
    }
}

fn miniprogram(
    app: &App,
    body: &Bytes,
    act: impl Fn(Customer, &App) -> Result<Value, ControlError>,
) -> Result<Value, ControlError> {
    let wanted: MiniprogramForm = parse(body)?;
    if wanted.data.is_some() {
        return Err(bad("data is for /_emulator/user-data"));
    }
    act(wanted.customer(app)?, app)
}

/// What a mini program gets from `wx.getUserInfo` or from the older button for the phone number.
fn user_data(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: MiniprogramForm = parse(body)?;
    let customer = wanted.customer(app)?;
    let data = match wanted.data.as_deref() {
        None | Some("user") => customer.user_data(app, false),
        Some("user_old") => customer.user_data(app, true),
        Some("phone") => customer.phone_data(app),
        Some(_) => return Err(bad("data must be user, user_old or phone")),
    };
    data.ok_or_else(|| bad("this user has not logged in: POST /_emulator/login, then jscode2session"))
}

/// The third-party platform that all accounts have authorised, and its ticket.
fn component() -> Value {
    json!({
        "component_appid": COMPONENT_APPID,
        "component_appsecret": COMPONENT_SECRET,
        "component_verify_ticket": COMPONENT_TICKET,
    })
}

fn verify(app: &App, peer: SocketAddr, body: &Bytes) -> Result<Value, ControlError> {
    let (value, note) = jssdk::verify(app, &parse(body)?);
    write(app, peer, "/_emulator/jssdk", note);
    Ok(value)
}
