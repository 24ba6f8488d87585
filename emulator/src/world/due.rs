//! The things that can be due, by kind.

use std::cmp::Ordering;

use super::notice::Notice;
use super::order::Order;
use super::payout::Payout;
use super::refund::Refund;
use super::thing::{Thing, ThingId};
use super::transfer::Transfer;

/// A thing that can be due. Of two, the earlier one comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Due {
    Order(ThingId),
    Refund(ThingId),
    Transfer(ThingId),
    Payout(ThingId),
    Notice(ThingId),
}

impl Due {
    /// A thing of the file; `None` for a kind that this emulator does not have.
    pub(crate) fn of_kind(kind: &str, id: ThingId) -> Option<Self> {
        match kind {
            Order::KIND => Some(Self::Order(id)),
            Refund::KIND => Some(Self::Refund(id)),
            Transfer::KIND => Some(Self::Transfer(id)),
            Payout::KIND => Some(Self::Payout(id)),
            Notice::KIND => Some(Self::Notice(id)),
            _ => None,
        }
    }

    pub(crate) fn id(self) -> ThingId {
        match self {
            Self::Order(id) | Self::Refund(id) | Self::Transfer(id) | Self::Payout(id) | Self::Notice(id) => id,
        }
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.id().cmp(&other.id())
    }
}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
