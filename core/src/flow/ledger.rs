//! The ledger: what the store remembers of each thing that is handed over once, although WeChat repeats its notification. No I/O.
//!
//! An entry starts as *seen*, by `add`: of several processes that see the same payment, one succeeds. The entry belongs to that
//! process until its lease ends, and the process renews the lease while it lives. *Confirmed* means that WeChat was asked.
//! *Handed over* stays.

use std::time::Duration;

use crate::secret::Secret;

/// How long an entry is kept after its thing was handed over: longer than the year in which a payment can be refunded.
pub const REMEMBERED: Duration = Duration::from_secs(400 * 86_400);

/// The subject of an entry: one result of one kind of things. Each kind has its own in its file. Existing stores and existing merchants have
/// its texts, so they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ItemKind {
    key: &'static str,
    idempotency: &'static str,
    name: &'static str,
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

/// The mark in the store that WeChat is asked for a pending thing. Other calls do not ask while it lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A process asks, or has claimed the thing.
    Asking {
        /// The process. It removes no mark of another one.
        owner: String,
        /// The end of the mark, in seconds since 1970.
        until: i64,
    },
    /// WeChat answered.
    Answered {
        /// The time of the next question, in seconds since 1970; `None` after the last one.
        next_due: Option<i64>,
    },
}

impl Mark {
    /// The text in the store.
    pub fn to_text(&self) -> Secret {
        match self {
            Self::Asking { owner, until } => Secret::new(format!("asking {owner} {until}")),
            Self::Answered { next_due: Some(at) } => Secret::new(format!("answered {at}")),
            Self::Answered { next_due: None } => Secret::new("answered"),
        }
    }

    /// The mark of a text; `None` for `1`, which earlier versions wrote and which does not say how long it lasts.
    pub fn of(text: &Secret) -> Option<Self> {
        match *text.expose().split(' ').collect::<Vec<_>>() {
            ["answered"] => Some(Self::Answered { next_due: None }),
            ["answered", at] => Some(Self::Answered { next_due: Some(at.parse().ok()?) }),
            ["asking", owner, until] => Some(Self::Asking { owner: owner.to_owned(), until: until.parse().ok()? }),
            _ => None,
        }
    }

    /// The time of the next question, in seconds since 1970; `None` after the last one.
    pub fn next_due(&self) -> Option<i64> {
        match self {
            Self::Asking { until, .. } => Some(*until),
            Self::Answered { next_due } => *next_due,
        }
    }
}

impl ItemKind {
    /// `key` in keys of the store, `idempotency` at the beginning of idempotency keys, `name` in messages.
    pub(super) const fn new(key: &'static str, idempotency: &'static str, name: &'static str) -> Self {
        Self { key, idempotency, name }
    }

    /// Its name in keys of the store.
    pub(super) fn key(self) -> &'static str {
        self.key
    }

    /// Its name in messages.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The key that the merchant's function commits together with its own work: the same at every repetition, another for every thing.
    pub fn idempotency_key(self, mch_id: &str, id: &str) -> String {
        format!("{}-{mch_id}-{id}", self.idempotency)
    }
}

/// The ages of a pending thing, in seconds, at which WeChat is asked for it if no notification came.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// The ages, ascending.
    pub ages: &'static [i64],
    /// Older than this, it is not asked for any more.
    pub too_old: i64,
}

/// Whether it is time to ask WeChat for a pending thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Too young: the first question comes at this age, in seconds.
    Later(i64),
    /// Now; the next question after this time. A question that comes late stands for all that were missed before it.
    Now(Duration),
    /// Too old: the last question was asked long ago.
    TooOld,
}

impl Schedule {
    /// Whether a thing of this age, in seconds, is due.
    pub fn due(&self, age: i64) -> Due {
        let first = self.ages.first().copied().unwrap_or_default();
        if age < first {
            return Due::Later(first);
        }
        if age > self.too_old {
            return Due::TooOld;
        }
        let next = self.next_age(age).unwrap_or(self.too_old);
        Due::Now(Duration::from_secs((next - age).max(1).unsigned_abs()))
    }

    /// The next age at which a thing of this age is asked for; `None` after the last one.
    pub fn next_age(&self, age: i64) -> Option<i64> {
        self.ages.iter().find(|at| **at > age).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Item;
    use crate::notify::{ConfirmedPayment, ConfirmedRefund};

    /// Stores of earlier versions hold these texts.
    #[test]
    fn entries_of_earlier_versions_are_read() {
        assert_eq!(State::of(&Secret::new("handed_over")), Some(State::HandedOver));
        assert_eq!(State::of(&Secret::new("confirmed 0123456789abcdef")), Some(State::Confirmed));
        assert_eq!(State::of(&Secret::new("seen 0123456789abcdef")), Some(State::Seen));
    }

    #[test]
    fn states_are_read_as_they_were_written() {
        for state in [State::Seen, State::Confirmed, State::HandedOver] {
            assert_eq!(State::of(&state.to_text("0123")), Some(state));
        }
        for other in
            ["", "seen", "seen ", "confirmed", "HANDED_OVER", "handed_over ", "handed_over_v2 x", "1", "gone x"]
        {
            assert_eq!(State::of(&Secret::new(other)), None, "{other:?}");
        }
    }

    #[test]
    fn marks_are_read_as_they_were_written() {
        let asking = Mark::Asking { owner: "0123".to_owned(), until: 1_700_000_000 };
        for mark in [asking, Mark::Answered { next_due: Some(1_700_000_000) }, Mark::Answered { next_due: None }] {
            assert_eq!(Mark::of(&mark.to_text()), Some(mark));
        }
        for other in ["", "1", "asking", "asking 0123", "asking 0123 soon", "answered soon", "answered 1 2"] {
            assert_eq!(Mark::of(&Secret::new(other)), None, "{other:?}");
        }
    }

    #[test]
    fn a_refund_is_asked_for_during_a_month() {
        let now = |seconds| Due::Now(Duration::from_secs(seconds));
        let refund = ConfirmedRefund::SCHEDULE;
        assert_eq!((refund.due(29), refund.due(30), refund.due(120)), (Due::Later(30), now(90), now(480)));
        assert_eq!((refund.due(2_678_400), refund.due(2_678_401)), (now(1), Due::TooOld));
        assert_eq!((refund.next_age(5), refund.next_age(2_592_000)), (Some(30), None));
    }

    #[test]
    fn an_order_is_queried_at_growing_intervals_until_it_is_too_old() {
        let now = |seconds| Due::Now(Duration::from_secs(seconds));
        let order = ConfirmedPayment::SCHEDULE;
        assert_eq!((order.due(29), order.due(-1)), (Due::Later(30), Due::Later(30)));
        assert_eq!((order.due(30), order.due(59), order.due(600)), (now(30), now(1), now(1200)));
        assert_eq!((order.due(691_200), order.due(691_201), order.due(i64::MAX)), (now(1), Due::TooOld, Due::TooOld));
        assert_eq!((order.next_age(5), order.next_age(30), order.next_age(604_800)), (Some(30), Some(60), None));
    }

    /// Merchants have committed these keys.
    #[test]
    fn idempotency_keys_of_earlier_versions_are_the_same() {
        let key = |kind: ItemKind| kind.idempotency_key("10000100", "503");
        assert_eq!(key(ItemKind::PAYMENT), "wxpay-10000100-503");
        assert_eq!(key(ItemKind::REFUND), "wxpay-refund-10000100-503");
        assert_eq!(key(ItemKind::CLOSED_REFUND), "wxpay-refund-closed-10000100-503");
        assert_eq!(key(ItemKind::ABNORMAL_REFUND), "wxpay-refund-abnormal-10000100-503");
    }
}
