//! The ledger: what the store remembers of each payment, and later of other things, so that it is handed over once although
//! WeChat repeats its notification. No I/O.
//!
//! An entry starts as *seen*, by `add`: of several processes that see the same payment, one succeeds. The entry belongs to that
//! process until its lease ends, and the process renews the lease while it lives. *Confirmed* means that WeChat was asked.
//! *Handed over* stays.

use std::time::Duration;

use crate::notify::{ConfirmedPayment, ConfirmedRefund};
use crate::secret::Secret;
use crate::v2::refund::RefundStatus;

/// How long an entry is kept after its thing was handed over: longer than the year in which a payment can be refunded.
pub const REMEMBERED: Duration = Duration::from_secs(400 * 86_400);

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemKind {
    /// A payment, by WeChat's `transaction_id`.
    Payment,
    /// A refund that succeeded, by WeChat's `refund_id`.
    Refund,
    /// A refund that WeChat closed, by WeChat's `refund_id`.
    ClosedRefund,
    /// A refund that the customer's card does not take, by WeChat's `refund_id`. It may end in another way later.
    AbnormalRefund,
}

/// A thing that WeChat confirmed, and that is handed over once.
pub trait Item {
    /// What it is.
    fn kind(&self) -> ItemKind;

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

impl ItemKind {
    /// A refund with this result.
    pub(crate) fn of_refund(status: &RefundStatus) -> Self {
        match status {
            RefundStatus::RefundClose => Self::ClosedRefund,
            RefundStatus::Change => Self::AbnormalRefund,
            _ => Self::Refund,
        }
    }

    /// What it is called in keys. Existing stores have these keys, so a name never changes.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Payment => "paid",
            Self::Refund => "refunded",
            Self::ClosedRefund => "refund_closed",
            Self::AbnormalRefund => "refund_abnormal",
        }
    }

    /// What it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund | Self::ClosedRefund | Self::AbnormalRefund => "refund",
        }
    }
}

impl Item for ConfirmedPayment {
    fn kind(&self) -> ItemKind {
        ItemKind::Payment
    }

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

impl Item for ConfirmedRefund {
    fn kind(&self) -> ItemKind {
        ItemKind::of_refund(&self.refund_status())
    }

    fn mch_id(&self) -> &str {
        self.mch_id()
    }

    fn id(&self) -> &str {
        self.refund_id()
    }

    fn out_trade_no(&self) -> &str {
        self.out_trade_no()
    }
}

/// What the merchant's function gets, to commit together with its own work: the same at every repetition, another for every
/// thing.
pub fn idempotency_key<T: Item>(item: &T) -> String {
    let (mch_id, id) = (item.mch_id(), item.id());
    match item.kind() {
        ItemKind::Payment => format!("wxpay-{mch_id}-{id}"),
        ItemKind::Refund => format!("wxpay-refund-{mch_id}-{id}"),
        ItemKind::ClosedRefund => format!("wxpay-refund-closed-{mch_id}-{id}"),
        ItemKind::AbnormalRefund => format!("wxpay-refund-abnormal-{mch_id}-{id}"),
    }
}

/// The ages of an order, in seconds, at which WeChat is asked for it if no notification came: often at first, then less often,
/// and not after a week, when an unpaid order closes by itself (protocol §4.7).
pub const ASK_AT: [i64; 12] = [30, 60, 180, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800];

/// The age in seconds from which an order is too old to be asked for.
pub const TOO_OLD: i64 = 604_800 + 86_400;

/// The ages of a refund, in seconds, at which WeChat is asked for its result if no notification came. To a balance it takes minutes, to a
/// card up to 20 working days (protocol §3.5).
pub const ASK_REFUND_AT: [i64; 14] =
    [30, 120, 600, 1800, 7200, 21_600, 86_400, 172_800, 259_200, 432_000, 604_800, 1_209_600, 1_814_400, 2_592_000];

/// The age in seconds from which a refund is too old to be asked for.
pub const REFUND_TOO_OLD: i64 = 2_592_000 + 86_400;

/// Whether it is time to ask WeChat for an order or a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// Too young: the first question comes at this age, in seconds.
    Later(i64),
    /// Now; the next question after this time. A question that comes late stands for all that were missed before it.
    Now(Duration),
    /// Too old: WeChat closed it long ago, or it was asked for after a week.
    TooOld,
}

/// Whether an order of this age, in seconds, is due.
pub fn due(age: i64) -> Due {
    due_at(age, &ASK_AT, TOO_OLD)
}

/// Whether a refund of this age, in seconds, is due.
pub fn refund_due(age: i64) -> Due {
    due_at(age, &ASK_REFUND_AT, REFUND_TOO_OLD)
}

fn due_at(age: i64, ages: &[i64], too_old: i64) -> Due {
    let first = ages.first().copied().unwrap_or_default();
    if age < first {
        return Due::Later(first);
    }
    if age > too_old {
        return Due::TooOld;
    }
    let next = ages.iter().find(|at| **at > age).copied().unwrap_or(too_old);
    Due::Now(Duration::from_secs((next - age).max(1).unsigned_abs()))
}

/// The next age at which an order of this age is asked for; `None` after the last one.
pub fn next_age(age: i64) -> Option<i64> {
    ASK_AT.iter().find(|at| **at > age).copied()
}

/// The next age at which a refund of this age is asked for; `None` after the last one.
pub fn next_refund_age(age: i64) -> Option<i64> {
    ASK_REFUND_AT.iter().find(|at| **at > age).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_refund_is_asked_for_during_a_month() {
        let now = |seconds| Due::Now(Duration::from_secs(seconds));
        assert_eq!((refund_due(29), refund_due(30), refund_due(120)), (Due::Later(30), now(90), now(480)));
        assert_eq!((refund_due(REFUND_TOO_OLD), refund_due(REFUND_TOO_OLD + 1)), (now(1), Due::TooOld));
        assert_eq!((next_refund_age(5), next_refund_age(2_592_000)), (Some(30), None));
    }

    #[test]
    fn an_order_is_queried_at_growing_intervals_until_it_is_too_old() {
        let now = |seconds| Due::Now(Duration::from_secs(seconds));
        assert_eq!((due(29), due(-1)), (Due::Later(30), Due::Later(30)));
        assert_eq!((due(30), due(59), due(600)), (now(30), now(1), now(1200)));
        assert_eq!((due(691_200), due(691_201), due(i64::MAX)), (now(1), Due::TooOld, Due::TooOld));
        assert_eq!((next_age(5), next_age(30), next_age(604_800)), (Some(30), Some(60), None));
    }
}
