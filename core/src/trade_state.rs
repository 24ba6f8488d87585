//! The state of an order: both generations of the API have the same words for it.

use crate::table::macros::wire_enum;

wire_enum! {
    /// The state of an order (交易状态).
    TradeState {
        /// Paid.
        Success = "SUCCESS",
        /// Paid, and at least one refund was accepted.
        Refund = "REFUND",
        /// Not paid yet.
        NotPay = "NOTPAY",
        /// Closed by the merchant, or by time.
        Closed = "CLOSED",
        /// Cancelled by `reverse` (payment codes).
        Revoked = "REVOKED",
        /// The customer is entering a password (payment codes).
        UserPaying = "USERPAYING",
        /// The payment failed (payment codes).
        PayError = "PAYERROR",
        /// Accepted, and waiting for the deduction (contracts).
        Accept = "ACCEPT",
    }
}
