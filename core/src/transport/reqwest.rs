//! The transport on reqwest and rustls: pooled, HTTP/1.1, with limits on time, connections and size.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::{Failure, Sending, TOO_LATE, Transport};
use crate::error::{Error, Outcome};
use crate::wire::xml::MAX_BYTES;

/// Limits that hold for every call.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a whole call may take: all its attempts, and the waiting for a free connection.
    pub timeout: Duration,
    /// How often a call is repeated, at most, when repeating it is safe.
    pub max_retries: u32,
    /// How many connections may be open at once; further calls wait.
    pub max_connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(3),
            timeout: Duration::from_secs(10),
            max_retries: 2,
            max_connections: 64,
        }
    }
}

/// The default transport.
#[derive(Debug)]
pub struct Reqwest {
    client: reqwest::Client,
    places: Semaphore,
}

impl Reqwest {
    /// A transport of its own pool. `proxies` says whether the environment's proxies are used.
    ///
    /// # Errors
    /// `Config` for limits that are none, or when TLS cannot be set up, as on a machine without root certificates.
    pub fn new(limits: &Limits, user_agent: &str, proxies: bool) -> Result<Self, Error> {
        let day = Duration::from_secs(86_400);
        for (field, time) in [("timeout", limits.timeout), ("connect_timeout", limits.connect_timeout)] {
            if time.is_zero() || time > day {
                return Err(Error::config(field, "must be more than nothing and at most a day"));
            }
        }
        if !(1..=65_536).contains(&limits.max_connections) {
            return Err(Error::config("max_connections", "must be between 1 and 65536"));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        // A second client finds the provider installed already.
        let _ = rustls::crypto::CryptoProvider::install_default(Arc::unwrap_or_clone(provider));
        let mut builder = reqwest::Client::builder()
            .http1_only()
            .connect_timeout(limits.connect_timeout)
            .pool_max_idle_per_host(limits.max_connections)
            // Below the minute after which servers close idle connections.
            .pool_idle_timeout(Duration::from_secs(30))
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .tcp_nodelay(true)
            .user_agent(user_agent);
        if !proxies {
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| {
            Error::config("tls", "cannot be set up; are root certificates (ca-certificates) installed?").because(error)
        })?;
        Ok(Self { client, places: Semaphore::new(calls_at_once(limits.max_connections)) })
    }

    async fn carry(&self, request: http::Request<Bytes>, within: Duration) -> Result<http::Response<Bytes>, Failure> {
        let end = Instant::now() + within;
        let late = |code, outcome, reason: &str| Failure { code, outcome, reason: reason.to_owned(), source: None };
        // Not begun when it would be cut off at once: then nobody knew what became of it.
        let _place = tokio::time::timeout_at(end - TOO_LATE, self.places.acquire())
            .await
            .map_err(|_| late("pool_timeout", Outcome::NotSent, "no connection was free within the time limit"))?;
        let request = reqwest::Request::try_from(request).map_err(|error| failure(error, "the request is not one"))?;
        let result = tokio::time::timeout_at(end, self.exchange(request)).await;
        // The pool takes a connection back in tasks of its own. Our place is kept until they ran: the next call would
        // open another connection meanwhile.
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
        result.unwrap_or_else(|_| Err(late("timeout", Outcome::Unknown, "no answer within the time limit")))
    }

    async fn exchange(&self, request: reqwest::Request) -> Result<http::Response<Bytes>, Failure> {
        let mut response = self.client.execute(request).await.map_err(|error| failure(error, "no answer"))?;
        let status = response.status();
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(error, "the answer broke off"))? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(Failure {
                    code: "malformed_reply",
                    outcome: Outcome::Unknown,
                    reason: format!("the answer is longer than {MAX_BYTES} bytes"),
                    source: None,
                });
            }
            body.extend_from_slice(&chunk);
        }
        let mut answer = http::Response::new(body.freeze());
        *answer.status_mut() = status;
        Ok(answer)
    }
}

/// How many calls may be under way. The pool opens a connection for a call that finds none idle, and keeps it although
/// another came back meanwhile, so a quarter of the connections is left to it.
fn calls_at_once(max_connections: usize) -> usize {
    max_connections - max_connections / 4
}

impl Transport for Reqwest {
    fn send(&self, request: http::Request<Bytes>, within: Duration) -> Sending<'_> {
        Box::pin(self.carry(request, within))
    }
}

fn failure(error: reqwest::Error, what: &str) -> Failure {
    // reqwest's text has the address, and an address of the open platform has the AppSecret.
    let error = error.without_url();
    let (code, outcome, reason) = if error.is_connect() && is_tls(&error) {
        ("tls", Outcome::NotSent, "the TLS handshake failed")
    } else if error.is_connect() && error.is_timeout() {
        ("timeout", Outcome::NotSent, "no connection within the time limit")
    } else if error.is_connect() {
        ("connect", Outcome::NotSent, "no connection")
    } else if error.is_builder() {
        ("connect", Outcome::NotSent, what)
    } else {
        ("network", Outcome::Unknown, what)
    };
    Failure { code, outcome, reason: reason.to_owned(), source: Some(error.into()) }
}

fn is_tls(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        let inner = error.downcast_ref::<std::io::Error>().and_then(|error| error.get_ref());
        if error.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>()) {
            return true;
        }
        source = error.source();
    }
    false
}
