//! How a request travels: any HTTP client that carries one [`http::Request`] and brings the answer back.

mod reqwest;

use std::error::Error as StdError;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

pub use self::reqwest::{Limits, Reqwest};
use crate::error::Outcome;

/// What [`Transport::send`] returns.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Bytes>, Failure>> + Send + 'a>>;

/// What has so little time left is not begun: it would be cut off, and then nobody knew what became of it.
pub(crate) const TOO_LATE: Duration = Duration::from_millis(20);

/// Carries requests. Dropping the future ends the request.
pub trait Transport: Send + Sync {
    /// Sends one request, once, and gives up after `within`: nothing is repeated and no redirect is followed.
    fn send(&self, request: http::Request<Bytes>, within: Duration) -> Sending<'_>;
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
