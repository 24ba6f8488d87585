//! What is written about each payment, so that it is handed over once whatever WeChat repeats: seen, confirmed, handed over.
//! No I/O.
//!
//! An entry begins as *seen*, by `add`: of all who see the same payment one begins. It belongs to whoever wrote it until its
//! lease ends, and they renew it while they live. *Confirmed* says that WeChat was asked. *Handed over* stays.

use std::time::Duration;

use crate::secret::Secret;

/// How long it is remembered that a payment was handed over: longer than the year in which it can be refunded.
pub const REMEMBERED: Duration = Duration::from_secs(400 * 86_400);

/// What the ledger says of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Its notification is verified; WeChat is being asked.
    Seen,
    /// WeChat confirmed it; the merchant's function runs, or ran and was cut off.
    Confirmed,
    /// The merchant's function ended.
    HandedOver,
}

impl State {
    /// As it is written, for `owner`, who alone goes on from there.
    pub fn to_text(&self, owner: &str) -> Secret {
        match self {
            Self::Seen => Secret::new(format!("seen {owner}")),
            Self::Confirmed => Secret::new(format!("confirmed {owner}")),
            Self::HandedOver => Secret::new("handed_over"),
        }
    }

    /// What a text says. One that this version does not know belongs to somebody, as far as it can tell.
    pub fn of(text: &Secret) -> Self {
        match text.expose().split(' ').next() {
            Some("handed_over") => Self::HandedOver,
            Some("confirmed") => Self::Confirmed,
            _ => Self::Seen,
        }
    }
}

/// Where a payment's entry is. `transaction_id` is WeChat's number of it.
pub fn key(mch_id: &str, transaction_id: &str) -> String {
    format!("wxpaykit:paid:{mch_id}:{transaction_id}")
}

/// What the merchant's function gets, to commit beside its own work: the same for every repetition, another for every
/// payment.
pub fn idempotency_key(mch_id: &str, transaction_id: &str) -> String {
    format!("wxpay-{mch_id}-{transaction_id}")
}

/// After how many seconds of an order's age WeChat is asked for it when no notification came: soon at first, then more and
/// more rarely, and never after a week, when an unpaid order closes by itself (protocol §4.7).
pub const ASK_AT: [i64; 12] = [30, 60, 180, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800];

/// How long after one question the next one is due, for an order of this age in seconds; `None` when it is not asked for
/// now or any more. Each age has its question: who asks late has missed none but those before.
pub fn ask_again_in(age: i64) -> Option<Duration> {
    let passed = ASK_AT.iter().filter(|at| **at <= age).count();
    let (first, last) = (ASK_AT.first()?, ASK_AT.last()?);
    if age < *first || age > last + 86_400 {
        return None;
    }
    let next = ASK_AT.get(passed).copied().unwrap_or(last + 86_400);
    Some(Duration::from_secs((next - age).max(1).unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_are_read_as_they_were_written() {
        for state in [State::Seen, State::Confirmed, State::HandedOver] {
            assert_eq!(State::of(&state.to_text("0123")), state);
        }
        assert_eq!(State::of(&Secret::new("")), State::Seen);
        assert_eq!(State::of(&Secret::new("handed_overX y")), State::Seen);
    }

    #[test]
    fn an_order_is_asked_for_more_and_more_rarely_and_then_no_more() {
        assert_eq!(ask_again_in(29), None);
        assert_eq!(ask_again_in(-1), None);
        assert_eq!(ask_again_in(30), Some(Duration::from_secs(30)));
        assert_eq!(ask_again_in(59), Some(Duration::from_secs(1)));
        assert_eq!(ask_again_in(600), Some(Duration::from_secs(1200)));
        assert_eq!(ask_again_in(700_000), None);
        assert_eq!(ask_again_in(i64::MAX), None);
    }
}
