//! NATIVE: a page that shows a code, and one on which the customer scans it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use serde_json::json;

use super::bridge::explained;
use super::page::{language, message, page, said};
use super::waiting;
use crate::app::App;
use crate::journal::{Explanation, Note};
use crate::serve::json::{answer, asked, write};
use crate::serve::person;
use crate::wechat::native::{self, ScanError};

/// `GET /_wechat/qr?code_url=…`: the code as a shop would show it. Without a code, those of the orders that wait.
pub(super) async fn code_page(State(app): State<Arc<App>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    if query.is_none() {
        return waiting::codes(&app, &headers);
    }
    let code = code_url(query);
    let text = wxpaykit::wire::form::query([("code_url", code.as_str())]);
    let (image, scan) = (format!("/_wechat/qr.svg?{text}"), format!("/_wechat/scan?{text}"));
    if code.is_empty() || code.len() > MAX_CODE {
        return message(&headers, "[[没有二维码|There is no code]]", BAD_CODE, None);
    }
    let values = [("code_url", code.as_str()), ("image", &image), ("scan", &scan)];
    page(&headers, include_str!("../../../web/qr.html"), &values)
}

/// `GET /_wechat/qr.svg?code_url=…`.
pub(super) async fn code_image(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let code = code_url(query);
    let made = QrCode::new(code.as_bytes()).ok().filter(|_| !code.is_empty() && code.len() <= MAX_CODE);
    let Some(made) = made else {
        return (StatusCode::BAD_REQUEST, said(BAD_CODE, language(&headers)).into_owned()).into_response();
    };
    let picture = made.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, picture).into_response()
}

/// `GET /_wechat/scan?code_url=…`: the customer's WeChat before the scan.
pub(super) async fn scan_page(RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    page(&headers, include_str!("../../../web/scan.html"), &[("code_url", &code_url(query))])
}

const BAD_CODE: &str = "code_url is missing or too long";
/// Upper bound of a code's text, in bytes.
const MAX_CODE: usize = 512;

fn code_url(query: Option<String>) -> String {
    let query = query.unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "code_url")
        .map(|(_, code)| code.trim().to_owned())
        .unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScanForm {
    code_url: String,
}

/// `POST /_wechat/scan`: the visit that opens the cashier, or the text that the customer reads.
pub(super) async fn scan(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (headers, scanned) = match asked::<ScanForm>(&app, request).await {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let code = scanned.code_url.trim();
    match native::scan(&app, code, person::of_cookie(&app.registry, &headers)).await {
        Ok(visit) => answer(StatusCode::OK, &json!({ "visit": visit })),
        Err(ScanError { text, explanation }) => {
            let why = app.registry.redact(explanation.detail.to_string());
            let text = app.registry.redact(text);
            let chinese = explanation.chinese.map(|detail| app.registry.redact(detail.into_owned()).into());
            let explanation = Explanation { detail: why.into(), chinese, ..*explanation };
            let result = explained(json!({ "err_msg": "scan:fail", "err_desc": text }), Some(&explanation));
            let note = Note::outcome(format!("cashier:{text}")).explained(Some(explanation));
            write(&app, peer, "/_wechat/scan", note);
            answer(StatusCode::OK, &result)
        }
    }
}
