//! The transport on reqwest and rustls: HTTP/1.1 over a connection pool, with limits on time and on calls at once.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::{Arc, PoisonError, RwLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::HeaderValue;
use http_body::{Frame, SizeHint};
use reqwest::Url;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{AlertDescription, ClientConfig};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::body::{Claim, Revocable};
use super::{Body, Deadlines, Failure, Limits, Sending, TOO_LATE, Transport, timeout};
use crate::codes::ErrorCode;
use crate::crypto::identity::Identity;
use crate::error::{Error, Outcome};

/// Idle connections are closed after this time: APIv3's servers close them after 8 s, and the result of a request that is sent at
/// that moment is unknown.
const IDLE: Duration = Duration::from_secs(7);

/// Hosts whose URL is kept; a client has four, and as many backups.
const HOSTS: usize = 16;

type BoxError = Box<dyn StdError + Send + Sync>;

/// The default transport.
pub struct Reqwest {
    client: reqwest::Client,
    /// The calls that may still begin.
    places: Arc<Semaphore>,
    /// The root URL of each host so far: parsing one takes longer than anything else that a request is made of.
    hosts: RwLock<Vec<(Box<str>, Url)>>,
}

impl Reqwest {
    /// A transport with a connection pool of its own. `proxies` says whether it uses the proxies that the environment names
    /// (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`).
    ///
    /// # Errors
    /// `Config` for a limit out of its bounds, for an invalid proxy address, or when TLS cannot be set up, as on a machine
    /// without root certificates.
    pub fn new(limits: &Limits, user_agent: &str, proxies: bool) -> Result<Self, Error> {
        Self::with_identity(limits, user_agent, proxies, None)
    }

    /// As [`Reqwest::new`]. It shows this certificate to servers that ask for one.
    ///
    /// # Errors
    /// As [`Reqwest::new`]; also for a certificate or a key that TLS cannot use.
    pub fn with_identity(
        limits: &Limits,
        user_agent: &str,
        proxies: bool,
        identity: Option<&Identity>,
    ) -> Result<Self, Error> {
        limits.check()?;
        let most = usize::try_from(limits.max_connections).unwrap_or(Semaphore::MAX_PERMITS);
        let user_agent = HeaderValue::from_str(user_agent)
            .map_err(|error| Error::config("language", "cannot be part of a User-Agent header").because(error))?;
        let mut builder = reqwest::Client::builder()
            // `build` fails if reqwest has another version of rustls than this crate; a test with TLS guards that.
            .tls_backend_preconfigured(tls(identity)?)
            .http1_only()
            .retry(reqwest::retry::never())
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(limits.connect_timeout)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(most)
            // A default of the client, so that requests to a proxy have it too.
            .user_agent(user_agent);
        if proxies {
            check_proxies(|name| std::env::var(name).ok())?;
        } else {
            builder = builder.no_proxy();
        }
        Ok(Self {
            client: builder.build().map_err(no_tls)?,
            places: Arc::new(Semaphore::new(most)),
            hosts: RwLock::default(),
        })
    }

    async fn exchange(
        &self,
        request: http::Request<Bytes>,
        deadlines: Deadlines,
    ) -> Result<http::Response<Body>, Failure> {
        let end = Instant::now() + deadlines.whole;
        let place = self.place(end - TOO_LATE).await?;
        let end = end.min(Instant::now() + deadlines.answer);
        // Counted references, not a copy.
        let uri = request.uri().clone();
        let (request, claim) = self.prepared(request)?;
        match timeout_at(end, self.client.execute(request)).await {
            Ok(Ok(mut response)) => {
                let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
                let mut answer = http::Response::new(Body::stream(Reply(response)).deadline(end).holding(place));
                (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
                Ok(answer)
            }
            Ok(Err(error)) => Err(failed(error, &claim, host(&uri))),
            Err(_) if claim.revoke() => Err(timeout(Outcome::NotSent, host(&uri))),
            Err(_) => Err(timeout(Outcome::Unknown, host(&uri))),
        }
    }

    /// A place among the calls at once.
    async fn place(&self, end: Instant) -> Result<OwnedSemaphorePermit, Failure> {
        if let Ok(place) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(place);
        }
        match timeout_at(end, Arc::clone(&self.places).acquire_owned()).await {
            Ok(Ok(place)) => Ok(place),
            _ => Err(not_sent(
                ErrorCode::PoolTimeout,
                "too many calls at once (max_connections) within the time limit",
                None,
            )),
        }
    }

    fn prepared(&self, request: http::Request<Bytes>) -> Result<(reqwest::Request, Claim), Failure> {
        let (parts, content) = request.into_parts();
        let invalid = || not_sent(ErrorCode::Connect, "invalid request URL", None);
        let mut prepared = reqwest::Request::new(parts.method, self.url(&parts.uri).ok_or_else(invalid)?);
        *prepared.headers_mut() = parts.headers;
        let (body, claim) = Revocable::new(content);
        *prepared.body_mut() = Some(reqwest::Body::wrap(body));
        Ok((prepared, claim))
    }

    fn url(&self, uri: &http::Uri) -> Option<Url> {
        let (scheme, authority) = (uri.scheme_str()?, uri.authority()?.as_str());
        let is_kept =
            |kept: &str| kept.strip_prefix(scheme).and_then(|rest| rest.strip_prefix("://")) == Some(authority);
        let hosts = self.hosts.read().unwrap_or_else(PoisonError::into_inner);
        let kept = hosts.iter().find(|(kept, _)| is_kept(kept)).map(|(_, root)| root.clone());
        drop(hosts);
        let mut url = match kept {
            Some(root) => root,
            None => self.keep(format!("{scheme}://{authority}"))?,
        };
        url.set_path(uri.path());
        url.set_query(uri.query());
        Some(url)
    }

    fn keep(&self, host: String) -> Option<Url> {
        let root = Url::parse(&host).ok()?;
        let mut hosts = self.hosts.write().unwrap_or_else(PoisonError::into_inner);
        if hosts.len() < HOSTS {
            hosts.push((host.into(), root.clone()));
        }
        Some(root)
    }
}

impl fmt::Debug for Reqwest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reqwest").finish_non_exhaustive()
    }
}

impl Transport for Reqwest {
    fn send(&self, request: http::Request<Bytes>, deadlines: Deadlines) -> Sending<'_> {
        Box::pin(self.exchange(request, deadlines))
    }
}

/// The body of a reply.
struct Reply(reqwest::Response);

impl http_body::Body for Reply {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        // The future holds nothing but the reference, so a new one can take over. `http::Response::from` would give a body to
        // poll, at the cost of one more box.
        let chunk = pin!(self.0.chunk()).poll(cx);
        chunk.map(|chunk| match chunk {
            Ok(chunk) => chunk.map(|chunk| Ok(Frame::data(chunk))),
            Err(error) => Some(Err(Failure {
                code: ErrorCode::Network,
                outcome: Outcome::Unknown,
                reason: "the connection broke in the middle of the reply".to_owned(),
                source: Some(error.without_url().into()),
            })),
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.0.content_length().map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// A proxy whose address cannot be read would be ignored without an error, and the request would go out directly.
fn check_proxies(variable: impl Fn(&str) -> Option<String>) -> Result<(), Error> {
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        let Some(address) = variable(name).filter(|address| !address.is_empty()) else { continue };
        let whole = if address.contains("://") { address } else { format!("http://{address}") };
        let is_proxy = |url: Url| url.has_host() && matches!(url.scheme(), "http" | "https");
        if !Url::parse(&whole).is_ok_and(is_proxy) {
            // The address itself may have a password.
            let remedy = "must be the address of an HTTP proxy, such as http://proxy.example:3128; or unset it";
            return Err(Error::config("proxy", format!("{name} {remedy}")));
        }
    }
    Ok(())
}

/// TLS 1.2 and 1.3 by AWS-LC, with the roots of the system, and with the merchant's certificate for servers that ask for one.
fn tls(identity: Option<&Identity>) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_platform_verifier())
        .map_err(no_tls)?;
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some(identity) => {
            let unusable =
                "cannot be used for TLS: it must be an RSA or elliptic curve key of a certificate in X.509 version 3";
            let chain = identity.chain().map(|der| CertificateDer::from(der.to_vec())).collect();
            let key = PrivateKeyDer::try_from(identity.expose_key().to_vec());
            let key = key.map_err(|error| Error::config("client_key", unusable).because(error))?;
            let config = builder.with_client_auth_cert(chain, key);
            config.map_err(|error| Error::config("client_key", unusable).because(error))?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn no_tls(error: impl Into<BoxError>) -> Error {
    Error::config("tls", "cannot be set up; are root certificates (ca-certificates) installed?").because(error)
}

fn not_sent(code: ErrorCode, reason: &str, source: Option<BoxError>) -> Failure {
    Failure { code, outcome: Outcome::NotSent, reason: reason.to_owned(), source }
}

/// Host and port, without a user's name or password.
fn host(uri: &http::Uri) -> &str {
    let authority = uri.authority().map_or("", http::uri::Authority::as_str);
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// What an error means: whether the request was sent is known from its body.
fn failed(error: reqwest::Error, claim: &Claim, host: &str) -> Failure {
    let (connecting, late, invalid) = (error.is_connect(), error.is_timeout(), error.is_builder());
    // The text has the URL, and URLs of the open platform have the AppSecret.
    let error = error.without_url();
    let tls = tls_error(&error);
    let refused = tls.is_some_and(refuses_certificate);
    if connecting && tls.is_some() || refused {
        let why = tls.map(tls_reason).unwrap_or_default();
        return not_sent(ErrorCode::Tls, &format!("the TLS handshake with {host} failed ({why})"), Some(error.into()));
    }
    if connecting && late {
        return Failure { source: Some(error.into()), ..timeout(Outcome::NotSent, host) };
    }
    if connecting {
        let why = reason(&error).map(|why| format!(" ({why})")).unwrap_or_default();
        return not_sent(ErrorCode::Connect, &format!("no connection to {host}{why}"), Some(error.into()));
    }
    if invalid {
        return not_sent(ErrorCode::Connect, "invalid request URL", Some(error.into()));
    }
    let outcome = if claim.revoke() { Outcome::NotSent } else { Outcome::Unknown };
    let why = reason(&error).map(|why| format!(" ({why})")).unwrap_or_default();
    let reason = format!("no reply from {host}{why}");
    Failure { code: ErrorCode::Network, outcome, reason, source: Some(error.into()) }
}

/// Why a connection failed, in a few words; `None` when the sources do not say. Their own texts are not used: one may have the
/// address of a proxy with its password.
fn reason(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    use std::io::ErrorKind;
    std::iter::successors(Some(error), |&error| error.source()).find_map(|error| {
        if error.to_string().contains("dns error") {
            return Some("the host name does not resolve; check DNS");
        }
        match error.downcast_ref::<std::io::Error>()?.kind() {
            ErrorKind::ConnectionRefused => Some("refused"),
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => Some("reset"),
            ErrorKind::UnexpectedEof => Some("closed"),
            ErrorKind::TimedOut => Some("timed out"),
            ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => Some("unreachable"),
            ErrorKind::AddrNotAvailable => Some("no local address or port is free"),
            ErrorKind::PermissionDenied => Some("not permitted"),
            _ => None,
        }
    })
}

/// Why a handshake failed, in a few words.
fn tls_reason(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidMessage(_) => "the server does not speak TLS; is this an HTTP port?".to_owned(),
        refused if refuses_certificate(refused) => {
            format!(
                "the server refuses the client's certificate: {refused}; see client_cert and client_key, or client_p12"
            )
        }
        other => other.to_string(),
    }
}

/// What rustls said, however deep in the chain of sources.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        let found = error.downcast_ref::<rustls::Error>().or_else(|| {
            let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
            inner.and_then(|inner| tls_error(inner))
        });
        if found.is_some() {
            return found;
        }
        next = error.source();
    }
    None
}

/// Whether the server refused our certificate, or wants one. With TLS 1.3 it says so after our side of the handshake is done and
/// the request may be on its way; the server's side is not done then, so it reads no request.
fn refuses_certificate(error: &rustls::Error) -> bool {
    let rustls::Error::AlertReceived(alert) = error else { return false };
    matches!(
        alert,
        AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied
            | AlertDescription::CertificateRequired
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_proxy_is_refused_by_name() {
        let with = |name: &'static str, address: &'static str| {
            check_proxies(move |asked| (asked == name).then(|| address.to_owned()))
        };
        for fine in
            ["", "http://proxy.example:3128", "https://user:password@proxy.example", "proxy.example:3128", "10.0.0.1"]
        {
            assert!(with("HTTPS_PROXY", fine).is_ok(), "{fine}");
        }
        for wrong in ["::::", "http://", "socks5://user:hunter2@proxy.example", "http://[hunter2"] {
            for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
                let error = with(name, wrong).unwrap_err().to_string();
                assert!(error.starts_with(&format!("proxy: {name} must be")), "{error}");
                assert!(!error.contains("hunter2"), "{error}");
            }
            assert!(with("NO_PROXY", wrong).is_ok());
        }
    }
}
