//! The parts of the emulator that read bytes from outside, without a port. The fuzz targets of this repository call them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header;
use http_body_util::BodyExt;

use super::control;
use super::plan::Plan;
use super::server::{StartError, endpoints, unusable};
use crate::app::App;
use crate::config::Config;
use crate::faults::from_header;
use crate::v2;

/// An emulator without a server.
#[derive(Debug)]
pub struct Inputs(Arc<App>);

const PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8700);

impl Inputs {
    /// An emulator with these merchants and options. `host`, `port`, `tls` and `control_token` are not used.
    ///
    /// # Errors
    /// [`StartError`] when the merchants contradict each other.
    pub fn new(config: Config) -> Result<Self, StartError> {
        let db = config.db.clone().unwrap_or_default();
        let app = Arc::new(App::new(config, None, endpoints()).map_err(|why| unusable(why, db))?);
        app.listens(PEER);
        Ok(Self(app))
    }

    /// The reply to a body that is posted to the payment API. `None` for a path that the API does not have.
    pub fn payment(&self, path: &str, body: &[u8]) -> Option<String> {
        let row = v2::find(path)?;
        let style = Plan::default().style(self.0.config.layout);
        let (reply, _) = match v2::read("POST", body) {
            Ok(fields) => v2::answer(&self.0, row, &fields, style, None),
            Err(refusal) => v2::refused(refusal, None),
        };
        Some(reply.text)
    }

    /// Reads a value of the header `X-Emulator-Fault`.
    ///
    /// # Errors
    /// Why the value is invalid.
    pub fn fault_header(value: &str) -> Result<(), String> {
        from_header(value).map(drop)
    }

    /// Status and body of the control API's answer. `None` for a method or a path that HTTP does not allow.
    pub async fn control(&self, method: &str, path: &str, body: &[u8]) -> Option<(u16, String)> {
        let request = Request::builder().method(method).uri(path).header(header::HOST, PEER.to_string());
        let request = request.body(Body::from(body.to_vec())).ok()?;
        let answer = control::serve(State(Arc::clone(&self.0)), ConnectInfo(PEER), request).await;
        let status = answer.status().as_u16();
        let body = answer.into_body().collect().await.ok()?.to_bytes();
        Some((status, String::from_utf8_lossy(&body).into_owned()))
    }
}
