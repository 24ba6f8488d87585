//! Circuit breaker: after repeated timeouts, stop asking for a while, so a pass over many orders does not wait out each one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Counts requests in a row without an answer.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<(u32, Option<Instant>)>);

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestEnd {
    /// WeChat answered.
    Some,
    /// No answer came: the network or the store failed.
    None,
}

/// Timeouts in a row that open the breaker.
const TIMEOUTS: u32 = 3;
/// How long it stays open.
const OPEN: Duration = Duration::from_secs(10);

impl Breaker {
    /// How long requests are to wait; `None` when they need not.
    pub(super) fn open_for(&self) -> Option<Duration> {
        let until = self.0.lock().unwrap_or_else(PoisonError::into_inner).1?;
        let rest = until.saturating_duration_since(Instant::now());
        (!rest.is_zero()).then_some(rest)
    }

    /// Counts how a request ended.
    pub(super) fn record(&self, answer: RequestEnd) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (timeouts, until) = &mut *state;
        match answer {
            RequestEnd::None => {
                *timeouts = timeouts.saturating_add(1);
                *until = (*timeouts >= TIMEOUTS).then(|| Instant::now() + OPEN);
            }
            RequestEnd::Some => (*timeouts, *until) = (0, None),
        }
    }
}
