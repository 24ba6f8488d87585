//! What a client is made of, and its clock, random source and tasks.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use super::allowance::Allowance;
use super::breaker::Breaker;
use super::payers::Payers;
use super::platform_keys::Certs;
use super::questions::Questions;
use super::random::{fresh, random};
use super::route::Route;
use super::slot::Tokens;
use crate::crypto::digest::{LOWER, hex};
use crate::error::Error;
use crate::event::Observer;
use crate::flow::keys::Keys;
use crate::merchant::Merchant;
use crate::store::{Store, StoreError, TimeLimited};
use crate::transport::{Limits, Transport};

/// A WeChat Pay client for one merchant and appid. Cheap to clone; clones share connections and tokens.
#[derive(Clone)]
pub struct WxPay(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) merchant: Merchant,
    /// Where customers are sent.
    pub(super) open: String,
    pub(super) pay: Route,
    pub(super) platform: Route,
    pub(super) wecom: Route,
    pub(super) transport: Arc<dyn Transport>,
    /// Whether the transport is the user's own, which may have the merchant's certificate itself.
    pub(super) own_transport: bool,
    pub(super) limits: Limits,
    pub(super) lease: Duration,
    pub(super) store: Arc<dyn Store>,
    /// The same store without the time limit of its operations, for [`StoreWork`].
    pub(super) unlimited: Arc<dyn Store>,
    pub(super) keys: Keys,
    /// Whether to warn, once, that the store is this process's memory while other processes serve the shop.
    pub(super) lonely: AtomicBool,
    /// Whether a warning said that there is no store for tokens.
    pub(super) storeless: AtomicBool,
    pub(super) questions: Questions,
    pub(super) tokens: Tokens,
    pub(super) certs: Certs,
    pub(super) payers: Arc<Payers>,
    pub(super) breaker: Breaker,
    /// How often the mistake behind a wrong signature may be searched for.
    pub(super) searches: Allowance,
    /// Whether a message of WeChat's was verified with the API key, so that it is the right one.
    pub(super) verified: AtomicBool,
    pub(super) observer: Option<Arc<dyn Observer>>,
}

impl WxPay {
    /// The merchant, as checked.
    pub fn merchant(&self) -> &Merchant {
        &self.0.merchant
    }
}

impl fmt::Debug for WxPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WxPay").field("merchant", &self.0.merchant).finish_non_exhaustive()
    }
}

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}

/// 32 random hexadecimal digits, for `nonce_str`.
///
/// # Errors
/// `Config` when the system has no random source.
pub fn nonce() -> Result<String, Error> {
    Ok(hex(&random()?, LOWER))
}

/// 32 random hexadecimal digits that name who holds a lease. Never fetched in advance: two owners of one name would both hold it.
pub(super) fn owner() -> Result<String, Error> {
    Ok(hex(&fresh()?, LOWER))
}

/// Writes that must be undone when their caller is gone, such as a claim. They run in a task of their own, and the time limit ends the
/// caller's wait, not the write.
#[derive(Clone)]
pub(super) struct StoreWork {
    /// Without a time limit.
    pub(super) store: Arc<dyn Store>,
    limit: Duration,
    /// A store that hangs must not keep tasks for ever. No entry that `work` is about lasts longer.
    longest: Duration,
}

impl StoreWork {
    /// Runs `work` to its end. The caller waits until the time limit of the store's operations.
    ///
    /// # Errors
    /// Those of `work`, and when it did not end in time: it goes on, and its result is dropped.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let longest = self.longest;
        let ended = to_its_end(async move { tokio::time::timeout(longest, work).await });
        match tokio::time::timeout(self.limit, ended).await {
            Ok(Some(Ok(result))) => result,
            Ok(None) => Err(StoreError::new("the runtime was shut down before the store had recorded it")),
            Ok(Some(Err(_))) | Err(_) => Err(TimeLimited::too_late()),
        }
    }

    /// Runs `work` to its end, without a caller. Without a runtime, as when a process ends, what it would give back ends by itself.
    pub(super) fn begin(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            let longest = self.longest;
            let bounded = async move {
                let _ = tokio::time::timeout(longest, work).await;
            };
            runtime.spawn(bounded.with_current_subscriber());
        }
    }
}

impl Inner {
    pub(super) fn store_work(&self) -> StoreWork {
        let limit = self.limits.timeout;
        StoreWork { store: Arc::clone(&self.unlimited), limit, longest: self.lease.max(limit) }
    }
}

/// Runs `work` in its own task, so that it completes even when the caller is cancelled. `None` when the runtime ended first.
pub(super) async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(work.in_current_span().with_current_subscriber()).await.ok()
}
