//! Keeps the pages of other origins away from the control API and the cashier.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

use super::access;
use crate::app::App;

/// Allows every program that reaches the port to pay and to move the clock, but no foreign page in the developer's browser:
/// such a request names its origin, or a host that is not this machine.
pub(super) fn allowed(app: &App, headers: &HeaderMap) -> Result<(), &'static str> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(
        host,
        |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host }
        },
    );
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    if let Some(token) = &app.token
        && access::bears(headers, token)
    {
        return Ok(());
    }
    let local = match address {
        // A name may resolve to any address; a number cannot.
        Some(ip) => ip.is_loopback(),
        None => name.eq_ignore_ascii_case("localhost"),
    };
    // With a token, the request has passed the gate with a cookie, which a browser sends only to the host that set it.
    if !local && app.token.is_none() {
        return Err("the control API answers to this machine's own names only");
    }
    let origin = headers.get(header::ORIGIN).map(|origin| origin.to_str().unwrap_or("?"));
    match origin {
        Some(origin) if origin != format!("http://{host}") => Err("the control API is not for other pages"),
        _ => Ok(()),
    }
}
