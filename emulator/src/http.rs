//! The one port: which path is whose, and the gateway's own pages.

use std::convert::Infallible;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use tower_service::Service;

use crate::app::App;
use crate::journal::{Entry, Note};
use crate::pay::{self, Endpoint};
use crate::{access, control, oauth, platform, web};

/// More is refused before it is read.
const MAX_BODY: usize = 1 << 20;

/// What every request comes through. The payment API lies right behind it, and the router has everything else: finding
/// one's way through that costs more than taking an order.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    app: Arc<App>,
    router: Router,
}

impl Door {
    pub(crate) fn new(app: Arc<App>) -> Self {
        Self { router: router(&app), app }
    }

    pub(crate) async fn answer(
        self,
        peer: SocketAddr,
        request: hyper::Request<Incoming>,
    ) -> Result<Response, Infallible> {
        let response = match Endpoint::at(request.uri().path()) {
            Some(endpoint) => pay::serve(endpoint, &self.app, peer, request).await,
            None => Box::pin(self.elsewhere(peer, request)).await?,
        };
        Ok(once_saved(&self.app, response).await)
    }

    async fn elsewhere(&self, peer: SocketAddr, request: hyper::Request<Incoming>) -> Result<Response, Infallible> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().call(request).await
    }
}

fn router(app: &Arc<App>) -> Router {
    let mut router = Router::new();
    for (path, call) in oauth::CALLS.iter().chain(platform::CALLS) {
        let handler =
            move |State(app): State<Arc<App>>, ConnectInfo(peer): ConnectInfo<SocketAddr>, request: Request| {
                platform::serve(path, *call, app, peer, request)
            };
        router = router.route(path, any(handler));
    }
    router = router
        .route("/connect/oauth2/authorize", any(oauth::authorize))
        .route("/_emulator/{*call}", any(control::serve))
        .merge(web::router())
        .fallback(unknown);
    // What would let everything pass is not put in its way.
    if app.token.is_some() {
        router = router.layer(middleware::from_fn_with_state(Arc::clone(app), access::gate));
    }
    router.with_state(Arc::clone(app))
}

/// Nothing is answered before the file knows what the answer says.
async fn once_saved(app: &App, response: Response) -> Response {
    if app.saved().await { response } else { gateway(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error") }
}

/// The whole body; `None` when it is larger than WeChat takes.
pub(crate) async fn body<B>(request: hyper::Request<B>) -> Option<Bytes>
where
    B: hyper::body::Body,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let whole = Limited::new(request.into_body(), MAX_BODY).collect().await.ok()?;
    Some(whole.to_bytes())
}

/// What the gateway says to paths and methods that it does not know.
pub(crate) async fn unknown(
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
    gateway(StatusCode::NOT_FOUND, "404 Not Found")
}

/// A fault that is not understood is no fault of WeChat's.
pub(crate) fn bad_header(why: &str) -> Response {
    (StatusCode::BAD_REQUEST, format!("X-Emulator-Fault: {why}\n")).into_response()
}

pub(crate) fn too_large() -> Response {
    gateway(StatusCode::PAYLOAD_TOO_LARGE, "413 Request Entity Too Large")
}

/// The page of the server in front of WeChat.
pub(crate) fn gateway(status: StatusCode, title: &str) -> Response {
    let page = format!(
        "<html>\n<head><title>{title}</title></head>\n<body bgcolor=\"white\">\n<center><h1>{title}</h1></center>\n\
         <hr><center>nginx</center>\n</body>\n</html>\n"
    );
    (status, [(header::SERVER, "nginx")], Html(page)).into_response()
}
