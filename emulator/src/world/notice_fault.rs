//! What goes wrong on purpose with a notification. A notification keeps its faults, so they are part of the world.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::clock::Millis;
use super::payment::Coupon;
use super::refund_status::Status;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum NoticeFault {
    Drop,
    Delay {
        by: Millis,
    },
    Duplicate {
        copies: u32,
        together: bool,
    },
    /// Waits until another order's notification was sent, at most for this time.
    Reorder {
        wait: Millis,
    },
    Forge(Forgery),
    Tamper {
        field: ChangedField,
        value: Option<String>,
        signed: bool,
    },
    SignType,
    Coupons(Vec<Coupon>),
    Early,
    /// How the next refund of the order ends.
    Refunded(Status),
    /// The refund's notification is encrypted with another key.
    OtherKey,
    /// The refund's notification of APIv2 is a failure: `return_code` FAIL with this `return_msg`, and nothing else.
    Failure(String),
    /// The customer of the next payment code has to confirm, at this query or by hand. `in_state`: the reply says SUCCESS, and USERPAYING in
    /// `trade_state` alone.
    UserPaying {
        in_state: bool,
        queries: Option<u32>,
    },
    /// The next payment code fails. `in_state` as above.
    PayError {
        in_state: bool,
    },
    /// `reverse` does nothing, and asks to be called again.
    Recall,
    /// A receiver's part of a shared order ends with a reason: CLOSED, or SUCCESS all the same.
    Shared {
        closed: bool,
        reason: String,
        /// The receiver; every one without it.
        account: Option<String>,
    },
    /// A proxy on the way writes the names of headers in lower case, and adds its own.
    Proxied,
    /// APIv3: another message before the right one.
    V3(V3Forgery),
    /// APIv3: the resource is encrypted without associated data.
    EmptyAad,
}

/// A message of APIv3 that a client must refuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum V3Forgery {
    /// A probe (签名探测).
    Probe,
    /// Signed an hour ago.
    Stale,
    /// Signed by a key that the merchant does not have.
    UnknownSerial,
    /// The headers are lost on the way.
    NoHeaders,
    /// The body was written anew on the way.
    Rewritten,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Forgery {
    Unsigned,
    OtherKey,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ChangedField {
    TotalFee,
    AppId,
}

/// When a notification fault takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// `unifiedorder` was answered with success.
    Ordered,
    /// The payment is made, and the message is written.
    Paid,
    /// A refund was accepted.
    Refunding,
    /// A refund has ended, and its message is written.
    Refunded,
    /// The same, in the form of APIv2.
    RefundedByV2,
    /// A payment code is charged.
    Charging,
    /// An order of a payment code is cancelled.
    Reversing,
    /// An order is shared.
    Sharing,
    /// The message is about to be sent.
    Sending,
}

impl NoticeFault {
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Self::Early => Stage::Ordered,
            Self::SignType | Self::Coupons(_) | Self::EmptyAad => Stage::Paid,
            Self::Refunded(_) => Stage::Refunding,
            Self::OtherKey => Stage::Refunded,
            Self::Failure(_) => Stage::RefundedByV2,
            Self::UserPaying { .. } | Self::PayError { .. } => Stage::Charging,
            Self::Recall => Stage::Reversing,
            Self::Shared { .. } => Stage::Sharing,
            Self::Drop
            | Self::Delay { .. }
            | Self::Duplicate { .. }
            | Self::Reorder { .. }
            | Self::Forge(_)
            | Self::Proxied
            | Self::V3(_)
            | Self::Tamper { .. } => Stage::Sending,
        }
    }

    /// Whether the fault sends one more message, which is not WeChat's.
    pub(crate) fn is_extra(&self) -> bool {
        matches!(self, Self::Forge(_) | Self::Tamper { .. } | Self::V3(_))
    }
}

/// A fault that takes effect, with the number and the name that logs show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ActiveFault<F> {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) fault: F,
}

impl<F> ActiveFault<F> {
    pub(crate) fn to_json(&self) -> Value {
        json!({ "id": self.id, "fault": self.name })
    }
}
