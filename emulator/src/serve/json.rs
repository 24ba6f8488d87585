//! JSON requests and answers of the emulator's own calls.

use std::net::SocketAddr;

use axum::extract::Request;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::control_words::wrong;
use super::gateway;
use super::origin::allowed;
use crate::app::App;
use crate::journal::{Entry, Note};

/// The headers and the JSON body of a request, which must come from a page of this origin.
pub(super) async fn asked<T: DeserializeOwned>(app: &App, request: Request) -> Result<(HeaderMap, T), Response> {
    if let Err(why) = allowed(app, request.headers()) {
        return Err(answer(StatusCode::FORBIDDEN, &wrong(why)));
    }
    let headers = request.headers().clone();
    let body = gateway::body(request).await.map_err(bad_body)?;
    match serde_json::from_slice(&body) {
        Ok(value) => Ok((headers, value)),
        Err(error) => Err(answer(StatusCode::BAD_REQUEST, &wrong(&format!("the body: {error}")))),
    }
}

/// The answer to a body that could not be read.
pub(super) fn bad_body(error: gateway::BodyError) -> Response {
    answer(error.status(), &json!({ "error": error.words(), "error_zh": error.chinese() }))
}

pub(super) fn answer(status: StatusCode, value: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    // A terminal that shows it begins a new line.
    (status, headers, format!("{value}\n")).into_response()
}

pub(super) fn header_text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Writes a customer's act into the journal. Requests that only read are not written.
pub(super) fn write(app: &App, peer: SocketAddr, path: &'static str, note: Note) {
    app.journal.write(Entry { at: app.clock.now(), peer, method: Method::POST, path: path.into(), status: 200, note });
}
