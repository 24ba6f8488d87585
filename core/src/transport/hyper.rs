//! The transport on hyper and rustls: pooled, HTTP/1.1, with limits on time, connections and size.
//!
//! A connection is driven by the call that uses it, in the call's own task. Nobody else has to be woken for it, and it is back
//! in the pool when the call ends, so no call opens another one meanwhile.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, HOST, HeaderValue, USER_AGENT};
use http::uri::{Parts, PathAndQuery};
use http_body_util::Full;
use hyper_util::client::proxy::matcher::Matcher;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::connect::{BoxError, Connector};
use super::link::{Broken, Link, Origin, unknown};
use super::pool::Pool;
use super::{Failure, Limits, Sending, TOO_LATE, Transport, Within};
use crate::error::{Error, Outcome};

/// The default transport.
pub struct Hyper {
    connector: Connector,
    connect_timeout: Duration,
    user_agent: HeaderValue,
    max_connections: usize,
    places: Semaphore,
    pool: Pool,
}

impl Hyper {
    /// A transport of its own pool. `proxies` says whether the environment's proxies are used.
    ///
    /// # Errors
    /// `Config` for limits that are none, or when TLS cannot be set up, as on a machine without root certificates.
    pub fn new(limits: &Limits, user_agent: &str, proxies: bool) -> Result<Self, Error> {
        limits.check()?;
        let user_agent = HeaderValue::from_str(user_agent)
            .map_err(|error| Error::config("language", "cannot stand in a User-Agent").because(error))?;
        let connector = Connector::new(proxies.then(Matcher::from_env)).map_err(|error| {
            Error::config("tls", "cannot be set up; are root certificates (ca-certificates) installed?").because(error)
        })?;
        Ok(Self {
            connector,
            connect_timeout: limits.connect_timeout,
            user_agent,
            max_connections: limits.max_connections,
            places: Semaphore::new(limits.max_connections),
            pool: Pool::default(),
        })
    }

    async fn carry(&self, request: http::Request<Bytes>, within: Within) -> Result<http::Response<Bytes>, Failure> {
        let end = Instant::now() + within.whole;
        // Not begun when it would be cut off at once: then nobody knew what became of it.
        let _place = match self.places.try_acquire() {
            Ok(place) => place,
            Err(_) => match timeout_at(end - TOO_LATE, self.places.acquire()).await {
                Ok(Ok(place)) => place,
                _ => return Err(not_sent("pool_timeout", "no connection was free within the time limit", None)),
            },
        };
        let (origin, request) = self.prepared(request)?;
        self.exchange(&origin, request, end.min(Instant::now() + within.answer)).await
    }

    /// The request as it stands on the wire, and where it goes.
    fn prepared(&self, request: http::Request<Bytes>) -> Result<(Origin, http::Request<Full<Bytes>>), Failure> {
        let (mut parts, body) = request.into_parts();
        let uri = std::mem::take(&mut parts.uri).into_parts();
        let (Some(scheme), Some(authority)) = (uri.scheme, uri.authority) else {
            return Err(not_sent("connect", "the request is not one", None));
        };
        let host = HeaderValue::from_str(authority.as_str())
            .map_err(|error| not_sent("connect", "the request is not one", Some(error.into())))?;
        parts.uri = uri.path_and_query.unwrap_or(PathAndQuery::from_static("/")).into();
        parts.headers.insert(HOST, host);
        parts.headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        parts.headers.insert(USER_AGENT, self.user_agent.clone());
        Ok((Origin { scheme, authority }, http::Request::from_parts(parts, Full::new(body))))
    }

    async fn exchange(
        &self,
        origin: &Origin,
        mut request: http::Request<Full<Bytes>>,
        end: Instant,
    ) -> Result<http::Response<Bytes>, Failure> {
        loop {
            let (mut link, kept) = match self.idle(origin).await {
                Some(link) => (link, true),
                None => (Box::new(self.opened(origin, end).await?), false),
            };
            let Ok(answer) = timeout_at(end, link.carry(request)).await else { return Err(too_late()) };
            match answer {
                Ok(answer) => {
                    self.pool.keep(link);
                    return Ok(answer);
                }
                // The other side had closed it before a byte was written.
                Err(Broken::Untouched(again, _)) if kept => request = *again,
                Err(Broken::Untouched(_, error)) => return Err(unknown("no answer", error)),
                Err(Broken::Failed(failure)) => return Err(failure),
            }
        }
    }

    /// A kept connection that is still open.
    async fn idle(&self, origin: &Origin) -> Option<Box<Link>> {
        loop {
            let mut link = self.pool.take(origin)?;
            if link.is_ready().await {
                return Some(link);
            }
        }
    }

    async fn opened(&self, origin: &Origin, end: Instant) -> Result<Link, Failure> {
        self.pool.make_room(self.max_connections - self.places.available_permits(), self.max_connections);
        let mut to = Parts::default();
        to.scheme = Some(origin.scheme.clone());
        to.authority = Some(origin.authority.clone());
        to.path_and_query = Some(PathAndQuery::from_static("/"));
        let to = http::Uri::from_parts(to)
            .map_err(|error| not_sent("connect", "the request is not one", Some(error.into())))?;
        let end = end.min(Instant::now() + self.connect_timeout);
        let stream = match timeout_at(end, self.connector.connect(to)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) if is_tls(&*error) => {
                return Err(not_sent("tls", "the TLS handshake failed", Some(error)));
            }
            Ok(Err(error)) => return Err(not_sent("connect", "no connection", Some(error))),
            Err(_) => return Err(not_sent("timeout", "no connection within the time limit", None)),
        };
        Link::over(stream, origin.clone())
            .await
            .map_err(|error| not_sent("connect", "no connection", Some(error.into())))
    }
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hyper").finish_non_exhaustive()
    }
}

impl Transport for Hyper {
    fn send(&self, request: http::Request<Bytes>, within: Within) -> Sending<'_> {
        Box::pin(self.carry(request, within))
    }
}

fn not_sent(code: &'static str, reason: &str, source: Option<BoxError>) -> Failure {
    Failure { code, outcome: Outcome::NotSent, reason: reason.to_owned(), source }
}

fn too_late() -> Failure {
    let reason = "no answer within the time limit".to_owned();
    Failure { code: "timeout", outcome: Outcome::Unknown, reason, source: None }
}

fn is_tls(error: &(dyn StdError + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>() || is_tls(inner)) {
            return true;
        }
        next = error.source();
    }
    false
}
