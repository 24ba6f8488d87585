//! Starting and stopping.

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

use crate::agenda;
use crate::app::{App, Unusable};
use crate::config::Config;
use crate::http::Door;
use crate::merchant::{Merchant, MerchantError};

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
    clockwork: JoinHandle<()>,
}

/// Requests under way have this long to end when the emulator stops.
const FAREWELL: Duration = Duration::from_millis(500);

impl Emulator {
    /// Listens, and serves until the result is stopped or dropped. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// [`StartError`] when the address cannot be listened on or the merchants contradict each other.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let wanted = format!("{}:{}", bracketed(&config.host), config.port);
        let db = config.db.clone().unwrap_or_default();
        let app = Arc::new(App::new(config).map_err(|why| match why {
            Unusable::Merchant(error) => StartError::Merchant(error),
            Unusable::Db(error) => StartError::Db { file: db, error: error.to_string() },
        })?);
        let control_token = app.token.clone();
        app.save_clock();
        let merchant = app.registry.first().cloned().unwrap_or_else(Merchant::demo);
        let listen = |error| StartError::Listen { address: wanted.clone(), error };
        let listener = TcpListener::bind(&wanted).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        app.at(address);

        let (stop, stopped) = watch::channel(false);
        let server = tokio::spawn(serve(listener, Arc::clone(&app), stopped));
        let clockwork = tokio::spawn(agenda::run(app));
        Ok(Running { url: format!("http://{address}"), merchant, control_token, stop, server, clockwork })
    }
}

/// Serves until it is stopped, and then those who are being served.
async fn serve(mut listener: TcpListener, app: Arc<App>, stopped: watch::Receiver<bool>) {
    let door = Door::new(Arc::clone(&app));
    let mut http = http1::Builder::new();
    // Head and body go out in one piece, for less of the system's time.
    http.writev(false);
    let connections = GracefulShutdown::new();
    let mut stop = pin!(until(stopped));
    loop {
        let (stream, peer) = tokio::select! {
            () = &mut stop => break,
            accepted = Listener::accept(&mut listener) => accepted,
        };
        // Small replies on kept connections must not wait for more to send. A failure costs time only.
        drop(stream.set_nodelay(true));
        let door = door.clone();
        let service = service_fn(move |request| door.clone().answer(peer, request));
        let connection = connections.watch(http.serve_connection(TokioIo::new(stream), service));
        // Who hangs up has reasons of their own.
        tokio::spawn(async move { drop(connection.await) });
    }
    drop(listener);
    // Who watches stays for ever, unless sent home.
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

    /// What the control API wants as `Authorization: Bearer …`; nothing, unless there is one configured or somebody
    /// beyond this machine can come by.
    pub fn control_token(&self) -> Option<&Secret> {
        self.control_token.as_ref()
    }

    /// Stops: closes idle connections at once, and the others when their request is answered or half a second is over.
    pub async fn stop(mut self) {
        // Nobody listens any more when it stopped by itself.
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout(FAREWELL, &mut self.server).await;
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.clockwork.abort();
    }
}

async fn until(mut stopped: watch::Receiver<bool>) {
    // A sender that is gone has stopped it too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
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
                write!(f, "{address} is in use: end whatever listens there, or take a free port with --port 0")
            }
            Self::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Self::Merchant(error) => error.fmt(f),
            Self::Db { file, error } => write!(f, "{}: {error}", file.display()),
        }
    }
}

impl std::error::Error for StartError {}
