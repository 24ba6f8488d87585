//! APP: a page that stands for WeChat's app, which another app opens with `PayReq` (protocol §4.4).

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::bridge::header_text;
use crate::{http, web};

/// `/_wechat/app`: the parameters come by query, as a form, as JSON, or by hand.
pub(super) async fn page(request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let json = header_text(request.headers(), &header::CONTENT_TYPE).starts_with("application/json");
    let Some(body) = http::body(request).await else { return http::too_large() };
    let params = if json {
        match serde_json::from_slice::<Map<String, Value>>(&body) {
            Ok(params) => params,
            Err(error) => {
                let page = web::message("参数错误", &format!("the body: {error}"), None);
                return (StatusCode::BAD_REQUEST, page).into_response();
            }
        }
    } else {
        let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(&body));
        pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()
    };
    let text =
        if params.is_empty() { String::new() } else { serde_json::to_string_pretty(&params).unwrap_or_default() };
    web::page(include_str!("../../web/payreq.html"), &[("params", &text)])
}
