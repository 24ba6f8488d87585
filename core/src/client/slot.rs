//! This process's copies of an account's tokens.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::platform::token::TimedToken;
use crate::secret::Secret;

/// This process's own. A ticket is asked for with a token, so each waits in a queue of its own.
#[derive(Default)]
pub(super) struct Tokens {
    pub(super) access_token: Slot,
    pub(super) jsapi_ticket: Slot,
    pub(super) platform_certificates: Slot,
    pub(super) wecom_token: Slot,
    pub(super) wecom_ticket: Slot,
    pub(super) wecom_agent_ticket: Slot,
}

/// A copy of a token in the store, and the locks of the tasks that fetch it.
#[derive(Default)]
pub(super) struct Slot {
    pub(super) copy: Mutex<Option<(TimedToken, Instant)>>,
    /// Held by the task that fetches the token; contains the last failure.
    pub(super) asking: tokio::sync::Mutex<Option<(Instant, Error)>>,
    /// The last failure that could not be written to the store.
    pub(super) alone: Mutex<Option<(Instant, Error)>>,
}

/// How long the copy is used before the store is looked at again.
const COPY: Duration = Duration::from_secs(60);

impl Slot {
    /// The copy, while it is fresh and not the one that WeChat has just refused.
    pub(super) fn copy(&self, now: i64, dead: Option<&Secret>) -> Option<Secret> {
        let copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, since) = copy.as_ref()?;
        (kept.is_fresh(now) && since.elapsed() < COPY && dead != Some(&kept.text)).then(|| kept.text.clone())
    }

    /// The copy, however old, while it lives.
    pub(super) fn living(&self, now: i64, dead: Option<&Secret>) -> Option<TimedToken> {
        let copy = self.copy.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, _) = copy.as_ref()?;
        (kept.lives(now) && dead != Some(&kept.text)).then(|| kept.clone())
    }

    pub(super) fn remember(&self, kept: &TimedToken) {
        *self.copy.lock().unwrap_or_else(PoisonError::into_inner) = Some((kept.clone(), Instant::now()));
    }
}
