//! The open platform over HTTP.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::gateway;
use super::plan::Plan;
use crate::app::App;
use crate::faults::{Api, Endpoint, FaultTarget};
use crate::journal::{Entry, Note};
use crate::platform::{self, Row};

pub(super) async fn serve(row: &'static Row, app: Arc<App>, peer: SocketAddr, request: Request) -> Response {
    let now = app.clock.now();
    let method = request.method().clone();
    let write = |status, note| {
        app.journal.write(Entry { at: now, peer, method: method.clone(), path: row.path.into(), status, note });
    };
    let query = request.uri().query().unwrap_or_default().to_owned();
    let endpoint = Endpoint { path: row.path, api: Api::Platform };
    let plan = match Plan::draw(&app.faults, FaultTarget { endpoint, out_trade_no: None }, request.headers(), None) {
        Ok(plan) => plan,
        Err(why) => return gateway::bad_header(&why, app.config.language),
    };
    if let Some(lost) = plan.lost() {
        write(lost.status(), plan.note(Note::ok()));
        return lost.response().await;
    }
    let body = match gateway::body(request).await {
        Ok(body) => body,
        Err(error) => {
            write(error.status().as_u16(), error.note());
            return error.page();
        }
    };
    let request = platform::Request { method: method.as_str(), query: &query, body: &body };
    let (answer, note) = platform::answer(row, &app, now, request, plan.errcode());
    write(200, plan.note(note));
    let json = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    plan.send(answer.to_string(), |text| (json, text).into_response()).await
}
