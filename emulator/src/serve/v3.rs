//! APIv3 over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::Request;
use serde_json::Value;
use wxpaykit::wire::signed::Headers;

use super::arriving_body::ArrivingBody;
use super::gateway;
use super::json::header_text;
use super::origin;
use super::plan::Plan;
use super::tls::ClientCertificate;
use super::unserved;
use super::upload;
use crate::app::App;
use crate::faults::{Api, Endpoint, FaultTarget};
use crate::journal::{Entry, Explanation, Note};
use crate::reasons::Reason;
use crate::v3::{self, Route, RouteError, V3Answer};
use crate::wechat::early;

/// How long a connection is kept after a reply of APIv3, and how the reply says so (protocol v3 §1.2).
const KEEP_ALIVE: (Duration, &str) = (Duration::from_secs(8), "timeout=8");

/// How long the connection is kept after this response, where that is shorter than after others.
pub(super) fn kept_after(response: &Response) -> Option<Duration> {
    let (time, said) = KEEP_ALIVE;
    response.headers().get("Keep-Alive").filter(|value| value.as_bytes() == said.as_bytes()).map(|_| time)
}

/// What the paths of APIv3 begin with.
pub(super) const PREFIX: &str = "/v3/";

pub(super) async fn serve(
    app: &Arc<App>,
    (peer, shown): (SocketAddr, ClientCertificate),
    request: Request<ArrivingBody>,
) -> Response {
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or(parts.uri.path(), |target| target.as_str()).to_owned();
    let path = app.registry.redact(parts.uri.path().chars().take(200).collect());
    let write = |status: u16, note| {
        let (at, method) = (app.clock.now(), parts.method.clone());
        app.journal.write(Entry { at, peer, method, path: path.clone().into(), status, note });
    };
    let found = v3::find(parts.method.as_str(), parts.uri.path());
    let is_upload = found.as_ref().is_ok_and(|found| found.row.is_upload);
    let request = Request::new(body);
    let body = if is_upload { gateway::upload(request).await } else { gateway::body(request).await };
    let body = match body {
        Ok(body) => body,
        Err(error) => {
            write(error.status().as_u16(), error.note());
            return error.page();
        }
    };
    let found = match found {
        Ok(found) => found,
        Err(wrong) => {
            let (status, explanation) = match wrong {
                RouteError::Path => (StatusCode::NOT_FOUND, unserved::explained(&app.registry, parts.uri.path())),
                RouteError::Method => (StatusCode::METHOD_NOT_ALLOWED, Explanation::reason(Reason::OTHER_METHOD)),
            };
            write(status.as_u16(), Note::outcome(format!("http:{}", status.as_u16())).explained(Some(explanation)));
            // Neither is signed, and neither has a body.
            return (status, [(header::SERVER, "nginx")]).into_response();
        }
    };
    let content_type = header_text(&parts.headers, &header::CONTENT_TYPE);
    let sent = body.clone();
    let (body, file) = match is_upload {
        true => upload::read(content_type, body).await,
        false => (body, Ok(None)),
    };
    let document = serde_json::from_slice(&body);
    let authorization = header_text(&parts.headers, &header::AUTHORIZATION);
    let number = v3::number(app, &found, &target, authorization, document.as_ref().ok());
    let plan = match plan(app, &found, &parts.headers, number.as_deref(), document.as_ref().ok()) {
        Ok(plan) => plan,
        Err(why) => return gateway::bad_header(&why, app.config.language),
    };
    if let Some(lost) = plan.lost() {
        write(lost.status(), plan.note(Note::ok().about(number)));
        return lost.response().await;
    }
    let headers = parts.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let headers = Headers::read(headers);
    let has_tls = shown != ClientCertificate::NotAsked;
    let base_url = origin::base_url(app, &parts.headers, has_tls);
    let asked = v3::Request {
        base_url: &base_url,
        method: parts.method.as_str(),
        target: &target,
        headers: &headers,
        content_type,
        body: &body,
        sent: &sent,
        document,
        file,
    };
    let order = asked.document.as_ref().ok().filter(|_| found.row.makes_order).and_then(order);
    let (answer, note) = v3::answer(app, &found, asked, plan.style(app.config.layout), plan.refused());
    if let Some((mch_id, out_trade_no)) = order.filter(|_| note.outcome == "ok") {
        early::before_the_reply(app, &mch_id, &out_trade_no).await;
    }
    write(answer.status, plan.note(note));
    let V3Answer { status, body, is_file, request_id, signature } = answer;
    let request_id = plan.request_id().unwrap_or(&request_id);
    plan.send_bytes(body, |body| response(status, body, is_file, request_id, &signature)).await
}

/// The merchant and the number of a new order.
fn order(document: &Value) -> Option<(String, String)> {
    let get = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    Some((get("mchid").or_else(|| get("sp_mchid"))?, get("out_trade_no")?))
}

/// The reply with the headers of protocol v3 §1.5.
fn response(
    status: u16,
    body: Vec<u8>,
    is_file: bool,
    request_id: &str,
    signature: &[(&'static str, String)],
) -> Response {
    let is_pdf = body.starts_with(b"%PDF-");
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    set("Server", "nginx");
    if status != 204 {
        let kind = match is_file {
            true if is_pdf => "application/pdf",
            true => "text/plain",
            false => "application/json; charset=utf-8",
        };
        set("Content-Type", kind);
    }
    set("Keep-Alive", KEEP_ALIVE.1);
    set("Cache-Control", "no-cache, must-revalidate");
    set("X-Content-Type-Options", "nosniff");
    if !request_id.is_empty() {
        set("Request-ID", request_id);
    }
    set("Content-Language", "zh-CN");
    for (name, value) in signature {
        set(name, value);
    }
    response
}

/// The faults that strike a request.
fn plan(
    app: &App,
    found: &Route,
    headers: &HeaderMap,
    out_trade_no: Option<&str>,
    body: Option<&Value>,
) -> Result<Plan, String> {
    let amount = body.and_then(|body| body.pointer("/amount/total")).and_then(Value::as_u64);
    let amount = amount.filter(|_| app.config.magic_amounts && found.row.makes_order).map(|total| total.to_string());
    let endpoint = Endpoint { path: found.row.path, api: Api::V3 };
    Plan::draw(&app.faults, FaultTarget { endpoint, out_trade_no }, headers, amount.as_deref())
}
