//! How a request travels: any HTTP client that carries one [`http::Request`] and brings the answer back.

mod connect;
mod hyper;
mod link;
mod pool;

use std::error::Error as StdError;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

pub use self::hyper::Hyper;
use crate::error::{Error, Outcome};

/// What [`Transport::send`] returns.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, Failure>> + Send + 'a>>;

/// No time limit of a client's is longer.
pub(crate) const DAY: Duration = Duration::from_secs(86_400);

/// What has so little time left is not begun: it would be cut off, and then nobody knew what became of it.
pub(crate) const TOO_LATE: Duration = Duration::from_millis(20);

/// Carries requests. Dropping the future ends the request.
pub trait Transport: Send + Sync {
    /// Sends one request, once, and gives up after `within`: nothing is repeated and no redirect is followed.
    fn send(&self, request: http::Request<Bytes>, within: Within) -> Sending<'_>;
}

/// How long one attempt may take.
#[derive(Clone, Copy, Debug)]
pub struct Within {
    /// All of it, with the waiting for a free connection.
    pub whole: Duration,
    /// From when there is one until the answer is there; no longer than `whole`. What is over then is `timeout`.
    pub answer: Duration,
}

/// All of this time for both.
impl From<Duration> for Within {
    fn from(whole: Duration) -> Self {
        Self { whole, answer: whole }
    }
}

/// Why no answer came back.
#[derive(Debug)]
pub struct Failure {
    /// `connect`, `tls`, `timeout`, `pool_timeout` (no connection was free), `network` or `malformed_reply`.
    pub code: &'static str,
    /// Whether the other side may have acted on the request.
    pub outcome: Outcome,
    /// One sentence, without an address: a query may hold a secret.
    pub reason: String,
    /// What the HTTP client said.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

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

impl Limits {
    /// # Errors
    /// `Config` for limits that are none.
    pub(crate) fn check(&self) -> Result<(), Error> {
        for (field, time) in [("timeout", self.timeout), ("connect_timeout", self.connect_timeout)] {
            if time.is_zero() || time > DAY {
                return Err(Error::config(field, "must be more than nothing and at most a day"));
            }
        }
        if !(1..=65_536).contains(&self.max_connections) {
            return Err(Error::config("max_connections", "must be between 1 and 65536"));
        }
        Ok(())
    }
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
