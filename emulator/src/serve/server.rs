//! Starts and stops the emulator.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wxpaykit::Secret;

use super::access;
use super::arriving_body::ArrivingBody;
use super::connections::{ConnectionGuard, Connections};
use super::dispatcher::Dispatcher;
use super::leaving_body::LeavingBody;
use super::tls::{ClientCertificate, Tls};
use super::v3::kept_after;
use crate::app::{App, SetupError};
use crate::config::Config;
use crate::faults::{Api, Endpoint};
use crate::wechat::passing;
use crate::world::authority::Credentials;
use crate::world::merchant::{DEMO_USER, Merchant, MerchantError, openid_of};
use crate::world::platform_keys::{PUBLIC_KEY, public_key_id};
use crate::{platform, v2, v3};

/// WeChat, not yet running.
#[derive(Debug)]
pub struct Emulator;

/// A running emulator. It stops when it is dropped; [`Running::stop`] waits until it has.
#[derive(Debug)]
pub struct Running {
    url: String,
    tls_url: Option<String>,
    merchant: Merchant,
    credentials: Arc<Credentials>,
    platform: PlatformFiles,
    control_token: Option<Secret>,
    stop: watch::Sender<bool>,
    servers: Vec<JoinHandle<()>>,
    passing: JoinHandle<()>,
}

/// Requests that are being served have this time to end when the emulator stops.
const GRACE: Duration = Duration::from_millis(500);
/// How long a connection may take to send the head of a request, counted from the answer before it.
const HEAD_LIMIT: Duration = Duration::from_secs(40);
/// How long a TLS handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);

impl Emulator {
    /// Listens, and serves until the result is stopped or dropped. Needs a tokio runtime around it.
    ///
    /// # Errors
    /// [`StartError`] when the address cannot be listened on or the merchants contradict each other.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        let host = bracketed(&config.host);
        let wanted = format!("{host}:{}", config.port);
        let wanted_tls = config.tls.as_ref().map(|tls| format!("{host}:{}", tls.port));
        let db = config.db.clone().unwrap_or_default();
        let token = access::token(&config);
        let app = Arc::new(App::new(config, token, endpoints()).map_err(|why| unusable(why, db))?);
        let tls = app.config.tls.as_ref().map(|_| {
            let hosts: Vec<&str> =
                app.config.allowed_hosts.iter().map(String::as_str).chain([app.config.host.as_str()]).collect();
            Tls::new(app.certificates.authority(), &hosts)
        });
        let tls = tls.transpose().map_err(StartError::Tls)?;
        let control_token = app.token.clone();
        let merchant = app.registry.first().cloned().unwrap_or_else(Merchant::demo);
        let credentials = app.certificates.of(&merchant.mch_id).map_err(StartError::Tls)?;
        if app.certificates.are_kept() {
            for merchant in app.registry.iter() {
                app.certificates.of(&merchant.mch_id).map_err(StartError::Tls)?;
            }
        }
        app.save_clock();
        let platform = PlatformFiles::of(&app, &merchant.mch_id);
        let (listener, address) = listen(wanted).await?;
        app.listens(address);

        let (stop, stopped) = watch::channel(false);
        let (mut tls_url, mut second) = (None, None);
        if let (Some(tls), Some(wanted)) = (tls, wanted_tls) {
            let (listener, address) = listen(wanted).await?;
            tls_url = Some(format!("https://{address}"));
            second = Some((listener, tls));
        }
        let dispatcher = Dispatcher::new(Arc::clone(&app), second.is_some());
        let server = Server { app: Arc::clone(&app), dispatcher, connections: Connections::new(), stopped };
        let mut servers = Vec::new();
        if let Some((listener, tls)) = second {
            servers.push(tokio::spawn(server.clone().serve(listener, Some(tls))));
        }
        servers.push(tokio::spawn(server.serve(listener, None)));
        let passing = tokio::spawn(passing::run(app));
        let url = format!("http://{address}");
        Ok(Running { url, tls_url, merchant, credentials, platform, control_token, stop, servers, passing })
    }
}

/// What a client of APIv3 verifies with.
#[derive(Debug)]
struct PlatformFiles {
    public_key_id: String,
    public_key: &'static str,
    serial_no: String,
    certificate: &'static str,
}

impl PlatformFiles {
    fn of(app: &App, mch_id: &str) -> Self {
        let certificate = app.platform_keys.certificate(app.state().rotation());
        Self {
            public_key_id: public_key_id(mch_id),
            public_key: PUBLIC_KEY,
            serial_no: certificate.serial_no.clone(),
            certificate: certificate.pem,
        }
    }
}

async fn listen(address: String) -> Result<(TcpListener, SocketAddr), StartError> {
    let listening = async {
        let listener = TcpListener::bind(&address).await?;
        let bound = listener.local_addr()?;
        Ok((listener, bound))
    };
    listening.await.map_err(|error| StartError::Listen { address: address.clone(), error })
}

/// Serves one port or both.
#[derive(Clone)]
struct Server {
    app: Arc<App>,
    dispatcher: Dispatcher,
    connections: Arc<Connections>,
    stopped: watch::Receiver<bool>,
}

impl Server {
    /// Serves until it is stopped, and then finishes the requests that are being served.
    async fn serve(self, mut listener: TcpListener, tls: Option<Tls>) {
        let graceful = GracefulShutdown::new();
        let mut stop = pin!(until(self.stopped.clone()));
        loop {
            let accepted = async {
                let (stream, peer) = Listener::accept(&mut listener).await;
                (stream, peer, self.connections.admit().await)
            };
            let (stream, peer, admitted) = tokio::select! {
                () = &mut stop => break,
                accepted = accepted => accepted,
            };
            // Small replies on kept connections must not wait for more data. A failure here costs time only.
            drop(stream.set_nodelay(true));
            let (dispatcher, tls) = (self.dispatcher.clone(), tls.clone());
            let ending = (self.stopped.clone(), graceful.watcher());
            tokio::spawn(async move {
                let admitted = Arc::new(admitted);
                let serving = async {
                    let Some(tls) = tls else {
                        let from = (peer, ClientCertificate::NotAsked);
                        return connection(stream, from, dispatcher, Arc::clone(&admitted), ending).await;
                    };
                    if let Ok(Ok((stream, shown))) = tokio::time::timeout(HANDSHAKE_LIMIT, tls.accept(stream)).await {
                        connection(stream, (peer, shown), dispatcher, Arc::clone(&admitted), ending).await;
                    }
                };
                tokio::select! {
                    () = serving => {}
                    () = admitted.has_to_close() => {}
                }
            });
        }
        drop(listener);
        // Pages that watch would stay connected.
        self.app.live.close();
        graceful.shutdown().await;
    }
}

/// Serves the requests of one connection. The certificate that it showed holds for all of them. It ends when the server stops, as soon as
/// the request that is being served is answered; the server waits for the watcher until then.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    (peer, shown): (SocketAddr, ClientCertificate),
    dispatcher: Dispatcher,
    admitted: Arc<ConnectionGuard>,
    (stopped, watcher): (watch::Receiver<bool>, Watcher),
) {
    let mut http = http1::Builder::new();
    // Head and body are sent in one write, which costs less system time.
    http.writev(false).timer(TokioTimer::new()).header_read_timeout(HEAD_LIMIT);
    let service = service_fn(|request: hyper::Request<Incoming>| {
        admitted.request_arrived();
        let request = request.map(|body| ArrivingBody::new(body, &admitted));
        let (dispatcher, admitted, shown) = (dispatcher.clone(), &admitted, shown.clone());
        async move {
            let answer = dispatcher.answer(peer, shown, request).await;
            admitted.waits();
            answer.map(|answer| {
                let kept = kept_after(&answer).map(|time| (Arc::clone(admitted), time));
                answer.map(|body| LeavingBody::new(body, kept))
            })
        }
    });
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut ends = pin!(async {
        tokio::select! {
            () = until(stopped) => {}
            () = admitted.idled() => {}
        }
    });
    tokio::select! {
        // A client may close its connection at any time.
        _ = &mut serving => {}
        () = &mut ends => {
            // At once when it is idle. A request that arrives just now is lost, as at WeChat.
            serving.as_mut().graceful_shutdown();
            drop(serving.await);
        }
    }
    drop(watcher);
}

impl Running {
    /// Where it is: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The port with TLS, if there is one: `https://127.0.0.1:PORT`.
    pub fn tls_url(&self) -> Option<&str> {
        self.tls_url.as_deref()
    }

    /// A customer of the merchant's appid: the demo user's openid there.
    pub fn openid(&self) -> String {
        openid_of(&self.merchant.appid, DEMO_USER)
    }

    /// The merchant to use: the first that was configured, or the demo one.
    pub fn merchant(&self) -> &Merchant {
        &self.merchant
    }

    /// That merchant's certificate as PEM: `apiclient_cert.pem`.
    pub fn client_cert(&self) -> &str {
        &self.credentials.cert
    }

    /// The private key of [`Running::client_cert`] as PEM: `apiclient_key.pem`.
    pub fn client_key(&self) -> &str {
        &self.credentials.key
    }

    /// The serial number of [`Running::client_cert`], as APIv3 writes it.
    pub fn serial_no(&self) -> &str {
        &self.credentials.serial_no
    }

    /// The id of the WeChat Pay public key of that merchant: `PUB_KEY_ID_` and 34 digits.
    pub fn platform_public_key_id(&self) -> &str {
        &self.platform.public_key_id
    }

    /// The WeChat Pay public key as PEM: `pub_key.pem`.
    pub fn platform_public_key(&self) -> &str {
        self.platform.public_key
    }

    /// The serial number of the platform certificate that is in use.
    pub fn platform_serial_no(&self) -> &str {
        &self.platform.serial_no
    }

    /// The platform certificate that is in use, as PEM.
    pub fn platform_certificate(&self) -> &str {
        self.platform.certificate
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
        let end = tokio::time::Instant::now() + GRACE;
        for server in &mut self.servers {
            let _ = tokio::time::timeout_at(end, server).await;
        }
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

/// Why the emulator cannot start with what it was set up with. `db` is its file.
pub(super) fn unusable(why: SetupError, db: PathBuf) -> StartError {
    match why {
        SetupError::Merchant(error) => StartError::Merchant(error),
        SetupError::Db(error) => StartError::Db { file: db, error: error.to_string() },
        SetupError::Keys(error) => StartError::Tls(error),
    }
}

/// The paths that faults can be bound to.
pub(super) fn endpoints() -> Vec<Endpoint> {
    let v2 = v2::rows().map(|row| Endpoint { path: row.path, api: Api::V2 });
    let v3 = v3::ROWS.iter().map(|row| Endpoint { path: row.path, api: Api::V3 });
    v2.chain(v3).chain(platform::ROWS.iter().map(|row| Endpoint { path: row.path, api: Api::Platform })).collect()
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
        /// The error of the operating system.
        error: io::Error,
    },
    /// The certificate authority of [`Config::tls`] cannot be read or written.
    Tls(String),
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
                    "{address} is in use: end the program that listens there, or take another port: --port 8701, or --port 0 for any that \
                     is free"
                )
            }
            Self::Listen { address, error } => write!(f, "cannot listen on {address}: {error}"),
            Self::Tls(error) => write!(f, "TLS: {error}"),
            Self::Merchant(error) => error.fmt(f),
            Self::Db { file, error } => write!(f, "{}: {error}", file.display()),
        }
    }
}

impl std::error::Error for StartError {}
