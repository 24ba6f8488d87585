//! APP: a page in place of WeChat's app, which another app opens with `PayReq` (protocol §4.4).

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};

use super::page::message;
use crate::serve::gateway;
use crate::serve::json::header_text;

/// `/_wechat/app`: takes the parameters as query, form or JSON, or typed by hand.
pub(super) async fn page(request: Request) -> Response {
    let headers = request.headers().clone();
    let query = request.uri().query().unwrap_or_default().to_owned();
    let json = header_text(request.headers(), &header::CONTENT_TYPE).starts_with("application/json");
    let body = match gateway::body(request).await {
        Ok(body) => body,
        Err(error) => return error.page(),
    };
    let params = if json {
        match serde_json::from_slice::<Map<String, Value>>(&body) {
            Ok(params) => params,
            Err(error) => {
                let page = message(&headers, "[[参数错误|Wrong parameters]]", &format!("the body: {error}"), None);
                return (StatusCode::BAD_REQUEST, page).into_response();
            }
        }
    } else {
        let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(&body));
        pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()
    };
    let text =
        if params.is_empty() { String::new() } else { serde_json::to_string_pretty(&params).unwrap_or_default() };
    super::page::page(&headers, include_str!("../../../web/payreq.html"), &[("params", &text)])
}
