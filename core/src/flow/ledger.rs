//! The ledger: what the store remembers of each payment, and later of other things, so that it is handed over once although
//! WeChat repeats its notification. No I/O.
//!
//! An entry starts as *seen*, by `add`: of several processes that see the same payment, one succeeds. The entry belongs to that
//! process until its lease ends, and the process renews the lease while it lives. *Confirmed* means that WeChat was asked.
//! *Handed over* stays.

use std::time::Duration;

use crate::notify::ConfirmedPayment;
use crate::secret::Secret;

/// How long an entry is kept after its thing was handed over: longer than the year in which a payment can be refunded.
pub const REMEMBERED: Duration = Duration::from_secs(400 * 86_400);

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A payment, by WeChat's `transaction_id`.
    Payment,
}

/// A thing that WeChat confirmed, and that is handed over once.
pub trait Item {
    /// What it is.
    const KIND: Kind;

    /// The merchant that it belongs to.
    fn mch_id(&self) -> &str;

    /// WeChat's number of it, which is the same in every notification and every query.
    fn id(&self) -> &str;

    /// The merchant's number of the order that it belongs to.
    fn out_trade_no(&self) -> &str;
}

/// The state of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// The notification is verified; WeChat is being asked.
    Seen,
    /// WeChat confirmed it. The merchant's function runs, or was interrupted.
    Confirmed,
    /// The merchant's function returned.
    HandedOver,
}

impl State {
    /// The text of an entry that belongs to `owner`.
    pub fn to_text(&self, owner: &str) -> Secret {
        match self {
            Self::Seen => Secret::new(format!("seen {owner}")),
            Self::Confirmed => Secret::new(format!("confirmed {owner}")),
            Self::HandedOver => Secret::new("handed_over"),
        }
    }

    /// The state in an entry's text; `None` for a text that this version does not write.
    pub fn of(text: &Secret) -> Option<Self> {
        match text.expose().split_once(' ') {
            None if text.expose() == "handed_over" => Some(Self::HandedOver),
            Some(("confirmed", owner)) if !owner.is_empty() => Some(Self::Confirmed),
            Some(("seen", owner)) if !owner.is_empty() => Some(Self::Seen),
            _ => None,
        }
    }
}

impl Kind {
    /// What it is called in keys. Existing stores have these keys, so a name never changes.
    fn key(self) -> &'static str {
        match self {
            Self::Payment => "paid",
        }
    }

    /// What it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
        }
    }
}

impl Item for ConfirmedPayment {
    const KIND: Kind = Kind::Payment;

    fn mch_id(&self) -> &str {
        self.mch_id()
    }

    fn id(&self) -> &str {
        self.transaction_id()
    }

    fn out_trade_no(&self) -> &str {
        self.out_trade_no()
    }
}

/// The key of an entry in the store. `id` is WeChat's number, as in [`Item::id`].
pub fn key(kind: Kind, mch_id: &str, id: &str) -> String {
    format!("wxpaykit:{}:{mch_id}:{id}", kind.key())
}

/// What the merchant's function gets, to commit together with its own work: the same at every repetition, another for every
/// thing.
pub fn idempotency_key<T: Item>(item: &T) -> String {
    let (mch_id, id) = (item.mch_id(), item.id());
    match T::KIND {
        Kind::Payment => format!("wxpay-{mch_id}-{id}"),
    }
}

/// The ages of an order, in seconds, at which WeChat is asked for it if no notification came: often at first, then less often,
/// and not after a week, when an unpaid order closes by itself (protocol §4.7).
pub const ASK_AT: [i64; 12] = [30, 60, 180, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800];

/// The time until the next question, for an order of this age in seconds that is asked for now; `None` if it is too young or
/// too old to be asked for. A question that comes late stands for all that were missed before it.
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

    /// Stores of earlier versions hold these keys and texts.
    #[test]
    fn entries_of_earlier_versions_still_count() {
        assert_eq!(key(Kind::Payment, "10000100", "4200000263"), "wxpaykit:paid:10000100:4200000263");
        assert_eq!(State::of(&Secret::new("handed_over")), Some(State::HandedOver));
        assert_eq!(State::of(&Secret::new("confirmed 0123456789abcdef")), Some(State::Confirmed));
        assert_eq!(State::of(&Secret::new("seen 0123456789abcdef")), Some(State::Seen));
    }

    #[test]
    fn states_are_read_as_they_were_written() {
        for state in [State::Seen, State::Confirmed, State::HandedOver] {
            assert_eq!(State::of(&state.to_text("0123")), Some(state));
        }
        for other in ["", "seen", "seen ", "confirmed", "HANDED_OVER", "handed_over ", "handed_over_v2 x", "1", "gone x"] {
            assert_eq!(State::of(&Secret::new(other)), None, "{other:?}");
        }
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
