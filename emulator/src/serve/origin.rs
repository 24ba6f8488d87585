//! Keeps the pages of other origins away.
//!
//! A page that a developer happens to open could send requests to this machine. A browser says where they come from: by
//! `Origin`, by `Sec-Fetch-Site`, or by a `Host` that is not this machine's. A merchant's server sends none of them.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};

use super::access;
use crate::app::App;
use crate::world::ids::MWEB_PATH;

/// The hosts of WeChat's that the emulator stands for. A program can be led here by name.
pub(super) const WECHAT: &[&str] = &[
    "api.mch.weixin.qq.com",
    "api2.mch.weixin.qq.com",
    "apihk.mch.weixin.qq.com",
    "apius.mch.weixin.qq.com",
    "fraud.mch.weixin.qq.com",
    "api.wechatpay.cn",
    "api2.wechatpay.cn",
    "api.weixin.qq.com",
    "api2.weixin.qq.com",
    "open.weixin.qq.com",
    "mp.weixin.qq.com",
    "payapp.weixin.qq.com",
    "qyapi.weixin.qq.com",
    "wx.tenpay.com",
];

/// Ends of names that no public DNS resolves, so that no foreign page can be at them.
const PRIVATE: &[&str] = &[".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test"];

/// Files that pages of other origins load.
const EMBEDDED: &[&str] = &["/bridge.js", "/miniprogram.js", "/_wechat/avatar/", "/_wechat/qr.svg"];

const HOST: &str =
    "the emulator does not answer to this Host: use 127.0.0.1 or localhost, or start it with --allow-host NAME";
const ORIGIN: &str =
    "this call is not for pages of other origins: a merchant's server sends no Origin and no Sec-Fetch-Site";

/// The rules for all paths. The control API and the calls of the pages have more of them: [`allowed`].
pub(super) fn check(app: &App, path: &str, headers: &HeaderMap) -> Result<(), &'static str> {
    if app.token.as_ref().is_some_and(|token| access::bears(headers, token)) {
        return Ok(());
    }
    // With a token, pages and control API require it, from every host.
    let guarded = app.token.is_some() && is_own(path);
    if !guarded && !is_host(app, headers) {
        return Err(HOST);
    }
    let embedded = EMBEDDED.iter().any(|file| path.starts_with(file));
    if !embedded && headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        // A link or a frame: OAuth, H5, and the pages.
        let navigates = headers.get("sec-fetch-mode").is_some_and(|mode| mode == "navigate");
        if !navigates {
            return Err(ORIGIN);
        }
    }
    // WeChat's H5 page is reached from shops: it has rules of its own.
    let is_open = embedded || path == MWEB_PATH;
    if !is_open && headers.get(header::ORIGIN).is_some_and(|origin| !is_here(headers, origin.to_str().ok())) {
        return Err(ORIGIN);
    }
    Ok(())
}

/// Whether a path is the emulator's own, and none of WeChat's.
fn is_own(path: &str) -> bool {
    path == "/" || path.starts_with("/_") || path.starts_with("/bridge.js") || path.starts_with("/miniprogram.js")
}

/// Whether a request is addressed to this machine, or to a host that the emulator stands for.
fn is_host(app: &App, headers: &HeaderMap) -> bool {
    let host = host(headers);
    // HTTP/1.0 has no Host, and browsers do not speak it.
    if host.is_empty() {
        return true;
    }
    let name = without_port(host);
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is_local(name) || WECHAT.iter().any(|known| is(known)) || is(&app.config.host) {
        return true;
    }
    if app.config.allowed_hosts.iter().any(|known| is(known)) {
        return true;
    }
    // Other machines reach it too, by their names for it.
    let lower = name.to_ascii_lowercase();
    let private = !lower.contains('.') || PRIVATE.iter().any(|end| lower.ends_with(end)) || address(name).is_some();
    access::is_reachable(&app.config.host) && private
}

/// Allows every program that reaches the port to pay and to move the clock, but no foreign page in the developer's browser:
/// such a request names its origin, or a host that is not this machine.
pub(super) fn allowed(app: &App, headers: &HeaderMap) -> Result<(), &'static str> {
    if app.token.as_ref().is_some_and(|token| access::bears(headers, token)) {
        return Ok(());
    }
    let name = without_port(host(headers));
    let known = is_local(name) || app.config.allowed_hosts.iter().any(|known| known.eq_ignore_ascii_case(name));
    // With a token, the request has passed the gate with a cookie, which a browser sends only to the host that set it.
    if !known && app.token.is_none() {
        return Err("the control API answers to this machine's own names only");
    }
    match headers.get(header::ORIGIN) {
        Some(origin) if !is_here(headers, origin.to_str().ok()) => Err("the control API is not for other pages"),
        _ => Ok(()),
    }
}

/// The scheme and the host by which a client reached the emulator. The emulator's own for HTTP/1.0, which has no `Host`.
pub(super) fn base_url(app: &App, headers: &HeaderMap, has_tls: bool) -> String {
    match host(headers) {
        "" => app.url().to_owned(),
        host => format!("{}://{host}", if has_tls { "https" } else { "http" }),
    }
}

/// A name may resolve to any address; a number cannot.
fn is_local(name: &str) -> bool {
    address(name).map_or_else(|| name.eq_ignore_ascii_case("localhost"), |ip| ip.is_loopback())
}

fn address(name: &str) -> Option<IpAddr> {
    name.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether an origin is the host of the request.
fn is_here(headers: &HeaderMap, origin: Option<&str>) -> bool {
    let origin = origin.and_then(|origin| origin.split_once("://"));
    origin.is_some_and(|(scheme, host)| matches!(scheme, "http" | "https") && host == self::host(headers))
}

fn host(headers: &HeaderMap) -> &str {
    headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default()
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    }
}
