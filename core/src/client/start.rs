//! The result of claiming a thing, to hand it over.

use super::handling::Handling;
use crate::error::Error;
use crate::flow::Item;
use crate::notify::{ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer};

/// The result of claiming a thing, to hand it over.
#[derive(Debug)]
pub enum Start<T = ConfirmedPayment> {
    /// It is confirmed, and this process has to hand it over.
    Ours(Box<Handling<T>>),
    /// It was handed over before.
    Done,
    /// Another process is handing it over.
    Busy,
    /// For orders: it is not paid; WeChat's `trade_state`.
    Unpaid(String),
    /// For refunds and transfers: it has no result yet; WeChat's `refund_status`, or `state`.
    Processing(String),
    /// For refunds and transfers: it failed, and the caller takes no failures. It is not claimed.
    Failed(Box<T>),
    /// It is too early to ask WeChat. Holds the time of the next question, in seconds since 1970; `None` after the last one.
    NotDue(Option<i64>),
    /// It is too old, and is not asked for any more.
    TooOld,
}

/// The result of claiming a refund, to hand it over.
pub type RefundStart = Start<ConfirmedRefund>;

/// The result of claiming a transfer, to hand it over.
pub type TransferStart = Start<ConfirmedTransfer>;

/// The error about one that failed, where no function of the merchant's takes it.
pub(super) fn not_taken<T: Item>(item: &T) -> Error {
    let text = format!("the {name} failed, and there is no function for failed {name}s", name = T::NAME);
    Error::handler(text).about(item.out_trade_no())
}

impl<T: Item> Start<T> {
    /// A stable name, for languages without enums.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ours(_) => "ours",
            Self::Done => "handed_over",
            Self::Busy => "busy",
            Self::Unpaid(_) => "not_paid",
            Self::Processing(_) => "processing",
            Self::Failed(_) => T::FAILED,
            Self::NotDue(_) => "not_due",
            Self::TooOld => "too_old",
        }
    }

    /// The time of the next question about one that is not due, in seconds since 1970.
    pub fn next_due(&self) -> Option<i64> {
        match self {
            Self::NotDue(next_due) => *next_due,
            _ => None,
        }
    }

    /// WeChat's `trade_state` of an order that is not paid, or `refund_status` of a refund that WeChat is working on.
    pub fn trade_state(&self) -> Option<&str> {
        match self {
            Self::Unpaid(state) | Self::Processing(state) => Some(state),
            _ => None,
        }
    }

    /// Whether no request was sent.
    pub(super) fn is_not_due(&self) -> bool {
        matches!(self, Self::NotDue(_))
    }

    /// Whether the next question is due at the next age only.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self, Self::Unpaid(_) | Self::Processing(_) | Self::Done | Self::Failed(_))
    }
}
