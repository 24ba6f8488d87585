//! The paths of the pages.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

use super::{authorize, bridge, explain, me, mobile, native, pay_code, payreq, waiting};
use crate::app::App;
use crate::world::ids::MWEB_PATH;

pub(in crate::serve) fn router() -> Router<Arc<App>> {
    let mut router = Router::new();
    for (path, kind, text) in ASSETS {
        router = router.route(path, get(move || asset(kind, text)));
    }
    router
        .route("/_wechat/frame", get(bridge::frame))
        .route("/_wechat/invoke", post(bridge::invoke))
        .route("/_wechat/open", post(bridge::open))
        .route("/_wechat/finish", post(bridge::finish))
        .route("/_wechat/qr", get(native::code_page).post(waiting::new_code))
        .route("/_wechat/qr.svg", get(native::code_image))
        .route("/_wechat/h5", get(waiting::phones).post(waiting::new_phone))
        .route("/_wechat/scan", get(native::scan_page).post(native::scan))
        .route("/_wechat/code", get(pay_code::page).post(pay_code::answer))
        .route("/_wechat/app", any(payreq::page))
        .route("/_wechat/me", get(me::page).post(me::choose))
        .route("/_wechat/avatar/{who}", get(me::avatar))
        .route("/_wechat/consent", get(authorize::answer))
        .route("/connect/oauth2/authorize", any(authorize::authorize))
        .route(MWEB_PATH, get(mobile::cashier))
        .merge(explain::router())
}

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";

/// Path, content type and text of the files that never change.
const ASSETS: &[(&str, &str, &str)] = &[
    ("/bridge.js", JS, concat!(include_str!("../../../web/channel.js"), include_str!("../../../web/bridge.js"))),
    (
        "/miniprogram.js",
        JS,
        concat!(include_str!("../../../web/channel.js"), include_str!("../../../web/miniprogram.js")),
    ),
    ("/_wechat/cashier.js", JS, include_str!("../../../web/cashier.js")),
    ("/_wechat/frame.js", JS, include_str!("../../../web/frame.js")),
    ("/_wechat/mobile.js", JS, include_str!("../../../web/mobile.js")),
    ("/_wechat/scan.js", JS, include_str!("../../../web/scan.js")),
    ("/_wechat/payreq.js", JS, include_str!("../../../web/payreq.js")),
    ("/_wechat/style.css", CSS, include_str!("../../../web/style.css")),
];

async fn asset(kind: &'static str, text: &'static str) -> Response {
    // Pages with Cross-Origin-Embedder-Policy load only resources that allow it.
    let shared = (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        shared,
    ];
    (headers, text).into_response()
}
