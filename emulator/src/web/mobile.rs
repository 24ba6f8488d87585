//! The H5 cashier: what stands at `mweb_url` (protocol §4.6). The customer's address is not compared with
//! `spbill_create_ip`, which no shop on a laptop could get right.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use url::Url;

use super::bridge::header_text;
use crate::app::App;
use crate::cashier::{MWEB_EXPIRED, MWEB_LIFE};
use crate::order::TradeState;
use crate::web;

/// `GET /cgi-bin/mmpayweb-bin/checkmweb`.
pub(super) async fn page(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let get = |wanted: &str| form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, v)| v);
    let referer = header_text(&headers, &header::REFERER);
    // Absolute, and of the web: a link to anywhere else would be a hole.
    let web_url = |text: &str| Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let redirect = get("redirect_url").and_then(|text| web_url(&text)).map(String::from);
    let back = redirect.clone().or_else(|| web_url(referer).map(String::from));
    let order = match admit(&app, &query, &get("prepay_id").unwrap_or_default(), &headers) {
        Ok(order) => order,
        Err(text) => return web::message(text, "", back.as_deref()),
    };
    let values = [
        ("mweb_url", order.mweb_url.as_str()),
        ("out_trade_no", &order.out_trade_no),
        ("redirect", redirect.as_deref().unwrap_or_default()),
        ("back", back.as_deref().unwrap_or_default()),
    ];
    web::page(include_str!("../../web/mobile.html"), &values)
}

struct Admitted {
    mweb_url: String,
    out_trade_no: String,
}

/// The order to pay, or what the page says instead.
fn admit(app: &App, query: &str, prepay_id: &str, headers: &HeaderMap) -> Result<Admitted, &'static str> {
    let mut state = app.state();
    let found = state.orders.by_prepay(prepay_id);
    let order = found.and_then(|(id, at)| Some((state.orders.get(id)?, at)));
    let (order, at) = order.ok_or("签名验证失败")?;
    let mweb_url = order.prepay.mweb_url.clone().ok_or("签名验证失败")?;
    // What the merchant appends comes after what it was given.
    let given = mweb_url.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let added = query.strip_prefix(given).ok_or("签名验证失败")?;
    if !added.is_empty() && !added.starts_with('&') {
        return Err("签名验证失败");
    }
    if header_text(headers, &header::USER_AGENT).contains("MicroMessenger") {
        return Err("请在微信外打开订单，进行支付");
    }
    let referer = header_text(headers, &header::REFERER);
    // A page of ours that is loaded again sends none, and is no way in either.
    let from = Url::parse(referer).map_err(|_| "商家参数格式有误，请联系商家解决")?;
    let domain = app.registry.by_mch(order.mch_id()).and_then(|merchant| merchant.h5_domain.as_deref());
    if domain.is_some_and(|domain| from.host_str() != Some(domain)) {
        return Err("商家存在未配置的参数，请联系商家解决");
    }
    if order.state != TradeState::NotPay || app.clock.now() - at >= MWEB_LIFE {
        return Err(MWEB_EXPIRED);
    }
    Ok(Admitted { mweb_url, out_trade_no: order.out_trade_no().to_owned() })
}
