//! The orders that wait for a customer with a QR code, or for one in a phone's browser (H5): where the menu leads.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use wxpaykit::doctor::Language;

use super::page::{NOBODY, fill, filled_page, forbidden, language, message, translated};
use crate::app::App;
use crate::serve::first_minute::{self, TestOrder};
use crate::serve::origin;
use crate::world::order::{Order, TradeState};

/// A list shows the newest orders, at most this many.
const MOST: usize = 20;

/// `GET /_wechat/qr` without a code.
pub(super) fn codes(app: &App, headers: &HeaderMap) -> Response {
    list(app, headers, include_str!("../../../web/codes.html"), |order, language| {
        let code = order.prepay.code_url.as_deref()?;
        let query = wxpaykit::wire::form::query([("code_url", code)]);
        Some(row(order, OPEN, ("href", &format!("/_wechat/qr?{query}")), language))
    })
}

/// `GET /_wechat/h5`.
pub(super) async fn phones(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    list(&app, &headers, include_str!("../../../web/h5.html"), |order, language| {
        let mweb_url = order.prepay.mweb_url.as_deref()?;
        let domain = app.registry.by_mch(order.mch_id()).and_then(|merchant| merchant.h5_domain.as_deref());
        Some(match domain {
            Some(domain) => row(order, ELSEWHERE, ("domain", domain), language),
            None => row(order, OPEN, ("href", here(mweb_url)), language),
        })
    })
}

const OPEN: &str = "<li><a data-testid=\"waiting\" href=\"{{href}}\">{{number}}<br>{{body}} · ¥{{yuan}}</a></li>";
const ELSEWHERE: &str = "<li><p data-testid=\"waiting\">{{number}}<br>{{body}} · ¥{{yuan}}<br>[[只能从 {{domain}} 的页面打开|Opens only \
                         from pages of {{domain}}]]</p></li>";
const NONE: &str = "<li data-testid=\"none\">[[没有等待支付的订单。|No order waits for payment.]]</li>";

/// The path and query of `mweb_url`, whose host may be WeChat's (`--mweb-base`).
fn here(mweb_url: &str) -> &str {
    let after = mweb_url.split_once("://").map_or(mweb_url, |(_, after)| after);
    after.find('/').and_then(|at| after.get(at..)).unwrap_or("/")
}

fn row(order: &Order, template: &str, more: (&str, &str), language: Language) -> String {
    let fee = order.total_fee();
    let yuan = format!("{}.{:02}", fee / 100, fee % 100);
    let values = [("number", order.out_trade_no()), ("body", order.field("body")), ("yuan", &yuan), more];
    fill(&translated(template, language), &values)
}

fn list(app: &App, headers: &HeaderMap, template: &str, show: impl Fn(&Order, Language) -> Option<String>) -> Response {
    let language = language(headers);
    let rows: String = {
        let state = app.state();
        let now = app.clock.now();
        let is_payable = |order: &Order| order.state == TradeState::NotPay && !order.is_expired(now);
        let waiting = state.orders.iter().rev().filter(|(_, order)| is_payable(order));
        waiting.filter_map(|(_, order)| show(order, language)).take(MOST).collect()
    };
    let rows = if rows.is_empty() { translated(NONE, language).into_owned() } else { rows };
    filled_page(&translated(template, language).replace("{{waiting}}", &rows), &[], NOBODY)
}

/// `POST /_wechat/qr`: a test order, whose code is shown.
pub(super) async fn new_code(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    new(&app, peer, &headers, TestOrder::Native)
}

/// `POST /_wechat/h5`: a test order, which the list then has.
pub(super) async fn new_phone(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    new(&app, peer, &headers, TestOrder::Mweb)
}

fn new(app: &App, peer: SocketAddr, headers: &HeaderMap, kind: TestOrder) -> Response {
    if let Err(why) = origin::allowed(app, headers) {
        return forbidden(headers, why);
    }
    let back = match kind {
        TestOrder::Native => "/_wechat/qr",
        TestOrder::Mweb => "/_wechat/h5",
    };
    match first_minute::order(app, peer, kind) {
        Ok(made) => {
            let code = made.get("code_url").and_then(Value::as_str);
            let query = code.map(|code| format!("?{}", wxpaykit::wire::form::query([("code_url", code)])));
            let to = format!("{back}{}", query.unwrap_or_default());
            (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
        }
        Err(why) => {
            let page = message(headers, "[[没有下单|No order was made]]", &why, Some(back));
            (StatusCode::BAD_REQUEST, page).into_response()
        }
    }
}
