//! Limits how often costly work is done for messages that anybody may send.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Allows a burst, then a few times a second.
#[derive(Debug)]
pub(super) struct Allowance {
    made: Instant,
    /// When the allowance is full again, in milliseconds since `made`.
    full_at: AtomicU64,
}

/// The size of a burst after a quiet time.
const AT_ONCE: u64 = 64;
/// Milliseconds until one more is allowed.
const PAUSE: u64 = 125;

impl Allowance {
    pub(super) fn new() -> Self {
        Self { made: Instant::now(), full_at: AtomicU64::new(0) }
    }

    /// Whether it is allowed now. If it is, it counts.
    pub(super) fn take(&self) -> bool {
        self.take_at(u64::try_from(self.made.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    fn take_at(&self, now: u64) -> bool {
        let next = |full_at: u64| {
            let full_at = full_at.max(now).saturating_add(PAUSE);
            (full_at - now <= AT_ONCE * PAUSE).then_some(full_at)
        };
        self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allows_a_burst_and_then_a_few_per_second() {
        let allowance = Allowance::new();
        let taken = |now: u64| (0..1000).filter(|_| allowance.take_at(now)).count();
        assert_eq!(taken(0), 64);
        assert_eq!(taken(1000), 8);
        assert_eq!(taken(1100), 0);
        assert_eq!(taken(60_000), 64);
        assert!(Allowance::new().take());
    }
}
