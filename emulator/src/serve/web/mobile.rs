//! The page of the H5 cashier, at `mweb_url`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use url::Url;

use super::page::{message, page};
use crate::app::App;
use crate::serve::json::header_text;
use crate::wechat::mweb::{Browser, admit};

/// `GET /cgi-bin/mmpayweb-bin/checkmweb`.
pub(super) async fn cashier(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let get = |wanted: &str| form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == wanted).map(|(_, v)| v);
    let referer = header_text(&headers, &header::REFERER);
    // Only absolute http and https addresses: other schemes could run script.
    let web_url = |text: &str| Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let redirect = get("redirect_url").and_then(|text| web_url(&text)).map(String::from);
    let back = redirect.clone().or_else(|| web_url(referer).map(String::from));
    let browser = Browser {
        query: &query,
        prepay_id: &get("prepay_id").unwrap_or_default(),
        user_agent: header_text(&headers, &header::USER_AGENT),
        referer,
    };
    let order = match admit(&app, browser) {
        Ok(order) => order,
        Err(text) => return message(&headers, text, "", back.as_deref()),
    };
    let values = [
        ("mweb_url", order.mweb_url.as_str()),
        ("out_trade_no", &order.out_trade_no),
        ("redirect", redirect.as_deref().unwrap_or_default()),
        ("back", back.as_deref().unwrap_or_default()),
    ];
    page(&headers, include_str!("../../../web/mobile.html"), &values)
}
