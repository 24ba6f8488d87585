//! Starts and stops the emulator.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wxpaykit::Secret;

use super::access;
use super::dispatcher::Dispatcher;
use crate::app::{App, Unusable};
use crate::config::Config;
use crate::faults::{Api, Endpoint};
use crate::wechat::passing;
use crate::world::merchant::{Merchant, MerchantError};
use crate::{platform, v2};

/// WeChat, not yet running.
#[derive(Debug)]
pub struct Emulator;

/// A running emulator. It stops when it is dropped; [`Running::stop`] waits until it has.
#[derive(Debug)]
pub struct Running {
    url: String,
    merchant: Merchant,
    control_token: Option<Secret>,
    stop: watch::Sender<bool>,
    server: JoinHandle<()>,
    passing: JoinHandle<()>,
}

/// Requests that are being served have this time to end when the emulator stops.
const GRACE: Duration = Duration::from_millis(500);

impl Emulator {
    /// Listens, and serves until the result is stopped or dropped. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// [`StartError`] when the address cannot be listened on or the merchants contradict each other.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let wanted = format!("{}:{}", bracketed(&config.host), config.port);
        let db = config.db.clone().unwrap_or_default();
        let token = access::token(&config);
        let app = Arc::new(App::new(config, token, endpoints()).map_err(|why| match why {
            Unusable::Merchant(error) => StartError::Merchant(error),
            Unusable::Db(error) => StartError::Db { file: db, error: error.to_string() },
        })?);
        let control_token = app.token.clone();
        app.save_clock();
        let merchant = app.registry.first().cloned().unwrap_or_else(Merchant::demo);
        let listen = |error| StartError::Listen { address: wanted.clone(), error };
        let listener = TcpListener::bind(&wanted).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        app.listens(address);

        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(serve(listener, Arc::clone(&app), stopped));
        let passing = tokio::spawn(passing::run(app));
        Ok(Running { url: format!("http://{address}"), merchant, control_token, stop, server, passing })
    }
}

/// Serves until it is stopped, and then finishes the requests that are being served.
async fn serve(mut listener: TcpListener, app: Arc<App>, stopped: watch::Receiver<bool>) {
    let dispatcher = Dispatcher::new(Arc::clone(&app));
    let mut http = http1::Builder::new();
    // Head and body are sent in one write, which costs less system time.
    http.writev(false);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(until(stopped));
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = Listener::accept(&mut listener) => accepted,
        };
        // Small replies on kept connections must not wait for more data. A failure here costs time only.
        drop(stream.set_nodelay(true));
        let dispatcher = dispatcher.clone();
        let service = service_fn(move |request| dispatcher.clone().answer(peer, request));
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        // A client may close its connection at any time.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    // Pages that watch would stay connected.
    app.live.close();
    connections.shutdown().await;
}

impl Running {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The merchant to use: the first that was configured, or the demo one.
    pub fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// The token that the control API requires as `Authorization: Bearer …`. `None` unless one is configured or other
    /// machines reach the emulator.
    pub fn control_token(&self) -> Option<&Secret> {
        self.control_token.as_ref()
    }

    /// Stops: closes idle connections at once, and the others when their request is answered, after at most half a second.
    pub async fn stop(mut self) {
        // The receiver is gone if the server has stopped by itself.
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(GRACE, &mut self.server).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.passing.abort();
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // It stops too when the sender is dropped.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// The paths that faults can be bound to.
fn endpoints() -> Vec<Endpoint> {
    let v2 = v2::ROWS.iter().map(|row| Endpoint { path: row.path, api: Api::V2 });
    v2.chain(platform::ROWS.iter().map(|row| Endpoint { path: row.path, api: Api::Platform })).collect()
}

fn bracketed(host: &str) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_owned() }
}

/// Why an emulator did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    Listen {
        /// Host and port.
        address: String,
        /// What the system said.
        error: io::Error,
    },
    /// The merchants contradict each other.
    Merchant(MerchantError),
    /// The file of [`Config::db`] cannot be used.
    Db {
        /// Its path.
        file: PathBuf,
        /// Why.
        error: String,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listen { address, error } if error.kind() == io::ErrorKind::AddrInUse => {
                write!(
                    f,
                    "{address} is in use: end the program that listens there, or choose a free port with --port 0"
                )
            }
            Self::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Self::Merchant(error) => error.fmt(f),
            Self::Db { file, error } => write!(f, "{}: {error}", file.display()),
        }
    }
}

impl std::error::Error for StartError {}
