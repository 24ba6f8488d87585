//! Gives each request to the part that serves its path.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Request, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tower_service::Service;

use super::arriving_body::ArrivingBody;
use super::control_words::{chinese, wrong};
use super::json::answer;
use super::tls::ClientCertificate;
use super::{access, control, gateway, origin, platform, v2, v3, web};
use crate::app::App;
use crate::journal::{Entry, Explanation, Note};
use crate::platform::ROWS;
use crate::v2::find;

/// The entry point of every request. Paths of the payment API are dispatched directly; everything else goes through the
/// router, whose matching costs more than placing an order.
#[derive(Clone, Debug)]
pub(super) struct Dispatcher {
    app: Arc<App>,
    router: Router,
}

impl Dispatcher {
    /// `tls` says whether there is a port with TLS.
    pub(super) fn new(app: Arc<App>, tls: bool) -> Self {
        Self { router: router(&app, tls), app }
    }

    pub(super) async fn answer(
        self,
        peer: SocketAddr,
        shown: ClientCertificate,
        request: hyper::Request<ArrivingBody>,
    ) -> Result<Response, Infallible> {
        if let Err(why) = origin::check(&self.app, request.uri().path(), request.headers()) {
            return Ok(Box::pin(self.refuse(peer, request, why)).await);
        }
        let response = match find(request.uri().path()) {
            Some(row) => v2::serve(row, &self.app, (peer, shown), request).await,
            None if request.uri().path().starts_with(v3::PREFIX) => {
                Box::pin(v3::serve(&self.app, (peer, shown), request)).await
            }
            None => Box::pin(self.elsewhere(peer, request)).await?,
        };
        Ok(once_saved(&self.app, response).await)
    }

    /// The answer to a request from a foreign page.
    async fn refuse(self, peer: SocketAddr, request: hyper::Request<ArrivingBody>, why: &'static str) -> Response {
        let (parts, body) = request.into_parts();
        // A malformed message is named before anything else.
        if let Err(error) = gateway::body(hyper::Request::new(body)).await {
            return error.page();
        }
        let path: String = parts.uri.path().chars().take(200).collect();
        let explanation = Explanation::mistake("foreign_page", why).in_chinese(chinese(why).unwrap_or(why.to_owned()));
        self.app.journal.write(Entry {
            at: self.app.clock.now(),
            peer,
            method: parts.method,
            path: self.app.registry.redact(path).into(),
            status: StatusCode::FORBIDDEN.as_u16(),
            note: Note::outcome("http:403").explained(Some(explanation)),
        });
        answer(StatusCode::FORBIDDEN, &wrong(why))
    }

    async fn elsewhere(&self, peer: SocketAddr, request: hyper::Request<ArrivingBody>) -> Result<Response, Infallible> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        self.router.clone().call(request).await
    }
}

const PEM: (HeaderName, &str) = (header::CONTENT_TYPE, "application/x-pem-file");
const P12: (HeaderName, &str) = (header::CONTENT_TYPE, "application/x-pkcs12");

fn router(app: &Arc<App>, tls: bool) -> Router {
    let mut router = Router::new();
    for row in ROWS {
        let handler = move |State(app): State<Arc<App>>,
                            ConnectInfo(peer): ConnectInfo<SocketAddr>,
                            request: Request| { platform::serve(row, app, peer, request) };
        router = router.route(row.path, any(handler));
    }
    if tls {
        let ca = app.certificates.authority().pem.clone();
        router = router.route("/_emulator/ca.pem", get(move || async move { ([PEM], ca).into_response() }));
    }
    let file = move |State(app): State<Arc<App>>, Path((mch_id, name)): Path<(String, String)>| async move {
        match file(&app, &mch_id, &name) {
            Some(content) if name.ends_with(".pem") => ([PEM], content).into_response(),
            Some(content) => ([P12], content).into_response(),
            None => answer(StatusCode::NOT_FOUND, &wrong("there is no such merchant, or no such file")),
        }
    };
    router = router.route("/_emulator/certificates/{mch_id}/{name}", get(file));
    for path in ["/_emulator", "/_emulator/", "/_emulator/{*call}"] {
        router = router.route(path, any(control::serve));
    }
    router = router.merge(web::router()).fallback(gateway::unknown);
    // Without a token the gate would let every request pass.
    if app.token.is_some() {
        router = router.layer(middleware::from_fn_with_state(Arc::clone(app), access::gate));
    }
    router.with_state(Arc::clone(app))
}

/// The files of a merchant that WeChat has, and those of its platform; `None` for an unknown merchant or another name.
fn file(app: &App, mch_id: &str, name: &str) -> Option<Vec<u8>> {
    app.registry.by_mch(mch_id)?;
    let stage = app.state().rotation();
    let of_platform = app.platform_keys.file(name, stage);
    of_platform.or_else(|| app.certificates.of(mch_id).ok()?.file(name))
}

/// Answers only after all changes are committed to the file.
async fn once_saved(app: &App, response: Response) -> Response {
    if app.saved().await {
        response
    } else {
        gateway::page(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error")
    }
}
