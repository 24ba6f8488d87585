//! WeChat's answers, as far as they decide what comes next.

use crate::error::Error;
use crate::notify::ConfirmedPayment;
use crate::trade_state::TradeState;

/// An answer to the charge of a code, compared with what was charged.
#[derive(Debug)]
pub enum ChargeOutcome {
    /// Paid, and confirmed.
    Paid(Box<ConfirmedPayment>),
    /// WeChat says that it is paid, without all that makes a [`ConfirmedPayment`]. Older gateways of APIv2 say no state.
    Unconfirmed(Option<TradeState>),
    /// In another state, or in one that WeChat does not say.
    State(Option<TradeState>),
    /// Refused, or no usable answer.
    Failed(Error),
}

/// An answer to the cancellation of an order.
#[derive(Debug)]
pub enum ReverseOutcome {
    /// Cancelled.
    Reversed,
    /// Not cancelled yet: WeChat asks to call again.
    Again(Option<Error>),
    /// Refused, or no usable answer.
    Failed(Error),
}

/// An answer about an order, compared with what the merchant recorded.
#[derive(Debug)]
pub enum QueryOutcome {
    /// Paid, and confirmed.
    Paid(Box<ConfirmedPayment>),
    /// In another state.
    State(TradeState),
    /// No usable answer.
    Failed(Error),
}
