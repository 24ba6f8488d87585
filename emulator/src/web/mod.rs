//! What a browser shows: the bridge for merchants' pages, the cashier, and WeChat's own pages. Everything comes from
//! here, under a strict Content-Security-Policy: no inline script or style, nothing from elsewhere.

mod bridge;
mod consent;
mod explain;
mod me;
mod mobile;
mod native;
mod payreq;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

use crate::app::App;
use crate::ids::MWEB_PATH;

pub(crate) use self::consent::ask as ask_consent;
pub(crate) use self::me::avatar_url;

pub(crate) fn router() -> Router<Arc<App>> {
    let mut router = Router::new();
    for (path, kind, text) in ASSETS {
        router = router.route(path, get(move || asset(kind, text)));
    }
    router
        .route("/_wechat/frame", get(bridge::frame))
        .route("/_wechat/invoke", post(bridge::invoke))
        .route("/_wechat/open", post(bridge::open))
        .route("/_wechat/finish", post(bridge::finish))
        .route("/_wechat/qr", get(native::code_page))
        .route("/_wechat/qr.svg", get(native::code_image))
        .route("/_wechat/scan", get(native::scan_page).post(native::scan))
        .route("/_wechat/app", any(payreq::page))
        .route("/_wechat/me", get(me::page).post(me::choose))
        .route("/_wechat/avatar/{who}", get(me::avatar))
        .route("/_wechat/consent", get(consent::answer))
        .route(MWEB_PATH, get(mobile::page))
        .merge(explain::router())
}

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// Path, kind and text of what never changes.
const ASSETS: &[(&str, &str, &str)] = &[
    ("/bridge.js", JS, concat!(include_str!("../../web/channel.js"), include_str!("../../web/bridge.js"))),
    ("/miniprogram.js", JS, concat!(include_str!("../../web/channel.js"), include_str!("../../web/miniprogram.js"))),
    ("/_wechat/cashier.js", JS, include_str!("../../web/cashier.js")),
    ("/_wechat/frame.js", JS, include_str!("../../web/frame.js")),
    ("/_wechat/mobile.js", JS, include_str!("../../web/mobile.js")),
    ("/_wechat/scan.js", JS, include_str!("../../web/scan.js")),
    ("/_wechat/payreq.js", JS, include_str!("../../web/payreq.js")),
    ("/_wechat/style.css", CSS, include_str!("../../web/style.css")),
];

async fn asset(kind: &'static str, text: &'static str) -> Response {
    // A page may demand that what it includes agrees to be included.
    let shared = (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        shared,
    ];
    (headers, text).into_response()
}

/// A page of its own: no other page may hold it in a frame.
pub(crate) fn page(template: &str, values: &[(&str, &str)]) -> Response {
    framed_page(template, values, "'none'")
}

/// A page that the pages named by `ancestors`, in the words of a Content-Security-Policy, may hold in a frame.
fn framed_page(template: &str, values: &[(&str, &str)], ancestors: &str) -> Response {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, &policy),
        (header::CACHE_CONTROL, "no-store"),
        // Not no-referrer: a form would then say that it comes from nowhere, and be refused.
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, fill(template, values)).into_response()
}

/// A page that says one thing, and perhaps where to go from there.
pub(crate) fn message(title: &str, detail: &str, back: Option<&str>) -> Response {
    let link = back.map_or_else(String::new, |back| fill(BACK, &[("back", back)]));
    let page = include_str!("../../web/message.html").replace("{{link}}", &link);
    self::page(&page, &[("title", title), ("detail", detail)])
}

const BACK: &str = "<p><a class=\"button\" data-testid=\"back\" href=\"{{back}}\">返回商家</a></p>";

fn forbidden(why: &str) -> Response {
    (StatusCode::FORBIDDEN, message("不能打开", why, None)).into_response()
}

/// Puts values, as text, in the places of a template: `{{name}}`.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 256);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        // Templates are ours; one that does not end its place ends there.
        let Some((name, after)) = after.split_once("}}") else { return out };
        if let Some((_, value)) = values.iter().find(|(known, _)| *known == name) {
            escape(&mut out, value);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_are_text() {
        let page = fill("<p title=\"{{a}}\">{{b}}{{a}}</p>{{c}}", &[("a", "\"'<&>{{b}}"), ("b", "1")]);
        assert_eq!(page, "<p title=\"&quot;&#39;&lt;&amp;&gt;{{b}}\">1&quot;&#39;&lt;&amp;&gt;{{b}}</p>");
        assert_eq!(fill("{{", &[]), "");
    }
}
