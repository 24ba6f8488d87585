//! The server in front of WeChat: bodies, and its own error pages.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};

use crate::app::App;
use crate::journal::{Entry, Note};

/// Upper bound of a body, in bytes.
const MAX_BODY: usize = 1 << 20;

/// The whole body; `None` when it is larger than 1 MiB.
pub(super) async fn body<B>(request: hyper::Request<B>) -> Option<Bytes>
where
    B: hyper::body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let whole = Limited::new(request.into_body(), MAX_BODY).collect().await.ok()?;
    Some(whole.to_bytes())
}

/// The answer to a path that is not served.
pub(super) async fn unknown(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let path = app.registry.redact(request.uri().path().chars().take(200).collect());
    app.journal.write(Entry {
        at: app.clock.now(),
        peer,
        method: request.method().clone(),
        path: path.into(),
        status: StatusCode::NOT_FOUND.as_u16(),
        note: Note::outcome("http:404"),
    });
    page(StatusCode::NOT_FOUND, "404 Not Found")
}

/// The answer to a fault header that is not understood.
pub(super) fn bad_header(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, format!("X-Emulator-Fault: {why}\n")).into_response()
}

pub(super) fn too_large() -> Response {
    page(StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large")
}

/// An error page.
pub(super) fn page(status: StatusCode, title: &str) -> Response {
    let page = format!(
        "<html>\n<head><title>{title}</title></head>\n<body bgcolor=\"white\">\n<center><h1>{title}</h1></center>\n\
         <hr><center>nginx</center>\n</body>\n</html>\n"
    );
    (status, [(header::SERVER, "nginx")], Html(page)).into_response()
}
