//! Gives each request to the part that serves its path.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware;
use axum::response::Response;
use axum::routing::any;
use hyper::body::Incoming;
use tower_service::Service;

use super::{access, control, gateway, platform, v2, web};
use crate::app::App;
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
    pub(super) fn new(app: Arc<App>) -> Self {
        Self { router: router(&app), app }
    }

    pub(super) async fn answer(
        self,
        peer: SocketAddr,
        request: hyper::Request<Incoming>,
    ) -> Result<Response, Infallible> {
        let response = match find(request.uri().path()) {
            Some(row) => v2::serve(row, &self.app, peer, request).await,
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
    for row in ROWS {
        let handler = move |State(app): State<Arc<App>>,
                            ConnectInfo(peer): ConnectInfo<SocketAddr>,
                            request: Request| { platform::serve(row, app, peer, request) };
        router = router.route(row.path, any(handler));
    }
    router = router.route("/_emulator/{*call}", any(control::serve)).merge(web::router()).fallback(gateway::unknown);
    // Without a token the gate would let every request pass.
    if app.token.is_some() {
        router = router.layer(middleware::from_fn_with_state(Arc::clone(app), access::gate));
    }
    router.with_state(Arc::clone(app))
}

/// Answers only after all changes are committed to the file.
async fn once_saved(app: &App, response: Response) -> Response {
    if app.saved().await {
        response
    } else {
        gateway::page(StatusCode::INTERNAL_SERVER_ERROR, "500 Internal Server Error")
    }
}
