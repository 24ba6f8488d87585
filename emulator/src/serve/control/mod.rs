//! The control API under `/_emulator`, for which WeChat has no counterpart.

mod clock;
mod customers;
mod faults;
mod input;
mod merchants;
mod notices;
mod orders;
mod payouts;
mod refunds;
mod refusal;

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use self::input::{Query, parse};
use self::refusal::{ControlError, bad, no_such_call};
use super::control_words::wrong;
use super::json::{answer, bad_body};
use super::origin::allowed;
use super::{calls, first_minute, gateway};
use crate::app::App;

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
        ("GET", "/_emulator/orders") => orders::orders(&app, &query),
        ("GET", "/_emulator/refunds") => refunds::refunds(&app, &query),
        ("POST", "/_emulator/refund") => refunds::end_refund(&app, &body),
        ("GET", "/_emulator/transfers") => query.limit().map(|limit| payouts::transfers(&app, limit)),
        ("POST", "/_emulator/transfer") => payouts::end_transfer(&app, &body),
        ("GET", "/_emulator/payouts") => query.limit().map(|limit| payouts::payouts(&app, limit)),
        ("POST", "/_emulator/payout") => payouts::decide_payout(&app, &body),
        ("POST", "/_emulator/payment-code") => customers::payment_code(&app, &body),
        ("POST", "/_emulator/login") => customers::miniprogram(&app, &body, |customer, app| Ok(customer.log_in(app))),
        ("POST", "/_emulator/phone-number") => {
            customers::miniprogram(&app, &body, |customer, app| Ok(customer.give_phone_number(app)))
        }
        ("POST", "/_emulator/user-data") => customers::user_data(&app, &body),
        ("GET", "/_emulator/component") => Ok(merchants::component()),
        ("GET", "/_emulator/bill") => return orders::bill(&app, &query),
        ("POST", "/_emulator/comment") => orders::comment(&app, &body),
        ("GET", "/_emulator/balance") => Ok(merchants::balances(&app)),
        ("POST", "/_emulator/balance") => merchants::set_balance(&app, &body),
        ("GET", "/_emulator/journal") => query.limit().map(|limit| app.journal.list(limit, &app.registry)),
        ("GET", "/_emulator/clock") => Ok(app.clock.describe()),
        ("POST", "/_emulator/clock") => clock::set(&app, &body).await,
        ("POST", "/_emulator/pay") => orders::pay(&app, peer, &body),
        ("POST", "/_emulator/close") => orders::close(&app, &body),
        ("GET", "/_emulator/merchant") => Ok(first_minute::merchant(&app)),
        ("POST", "/_emulator/test-order") => orders::test_order(&app, peer, &body),
        ("GET", "/_emulator/faults") => Ok(app.faults.list()),
        ("GET", "/_emulator/fault-kinds") => Ok(app.faults.kinds()),
        ("POST", "/_emulator/faults") => parse(&body).and_then(|wanted| app.faults.add(wanted).map_err(bad)),
        ("DELETE", path) if path.starts_with("/_emulator/faults") => faults::remove(&app, path),
        ("GET", "/_emulator/v3-keys") => Ok(merchants::v3_keys(&app)),
        ("POST", "/_emulator/v3-keys") => merchants::set_v3_keys(&app, &body),
        ("POST", "/_emulator/notify") => notices::resend(&app, &body).await,
        ("POST", "/_emulator/jssdk") => customers::verify(&app, peer, &body),
        (_, path) => Err(no_such_call(path)),
    };
    // An order that is closed by hand changes without a journal entry and without a notification, and so do faults.
    if method != "GET" {
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
