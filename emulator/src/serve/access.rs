//! Access to the control API and the pages: free on this machine, with a token from other machines.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use wxpaykit::Secret;

use super::control_words::wrong;
use crate::app::App;
use crate::config::Config;

const COOKIE: &str = "wxpaykit_emulator";

/// The token that is required: the configured one, or a new one when other machines reach the emulator.
pub(super) fn token(config: &Config) -> Option<Secret> {
    config.control_token.clone().or_else(|| is_reachable(&config.host).then(fresh))
}

/// Whether other machines reach an address. A host name may be any address.
pub(super) fn is_reachable(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    !bare.parse::<IpAddr>().map_or(bare.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
}

/// Guards the control API and the pages. WeChat's own paths have WeChat's signatures.
pub(super) async fn gate(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let guarded = path == "/" || path.starts_with("/_");
    let Some(token) = app.token.as_ref().filter(|_| guarded) else { return next.run(request).await };
    if bears(request.headers(), token) || has_cookie(request.headers(), token) {
        return next.run(request).await;
    }
    let query = request.uri().query().unwrap_or_default();
    let shown = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    if request.method() == Method::GET && shown.is_some_and(|(_, shown)| is(&shown, token)) {
        // Addresses are kept in histories and logs, so the browser is sent to one without the token.
        let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict", token.expose());
        return (StatusCode::SEE_OTHER, [(header::SET_COOKIE, cookie), (header::LOCATION, path.to_owned())])
            .into_response();
    }
    let why = wrong("send the control token: Authorization: Bearer TOKEN, or open /?token=TOKEN in a browser");
    let headers = [(header::WWW_AUTHENTICATE, "Bearer"), (header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (StatusCode::UNAUTHORIZED, headers, why.to_string()).into_response()
}

/// Whether a request has the token in the header, which a foreign page cannot make a browser send.
pub(super) fn bears(headers: &HeaderMap, token: &Secret) -> bool {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let shown = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    shown.is_some_and(|(_, shown)| is(shown.trim(), token))
}

fn has_cookie(headers: &HeaderMap, token: &Secret) -> bool {
    let cookies = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .any(|(name, value)| name == COOKIE && is(value, token))
}

/// Compares in constant time. An empty token never fits.
fn is(shown: &str, token: &Secret) -> bool {
    !shown.is_empty() && Secret::new(shown) == *token
}

/// 128 bits of the system's randomness, because unlike the emulated numbers this one guards something.
fn fresh() -> Secret {
    let mut bytes = [0; 16];
    // Without randomness the token is empty, and no request gets access.
    if getrandom::fill(&mut bytes).is_err() {
        return Secret::new("");
    }
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
