//! Enumerations of APIv3 that several documents have.

use crate::table::macros::wire_enum;

wire_enum! {
    /// How an order was paid (交易类型).
    V3TradeType {
        /// In WeChat: an official account's page, or a mini program.
        Jsapi = "JSAPI",
        /// By scanning a QR code made of `code_url`.
        Native = "NATIVE",
        /// In an app with the Open SDK.
        App = "APP",
        /// By a payment code that the customer showed.
        Micropay = "MICROPAY",
        /// On a phone's browser outside WeChat (H5).
        Mweb = "MWEB",
        /// By face.
        Facepay = "FACEPAY",
    }
}

wire_enum! {
    /// The state of an order (交易状态).
    V3TradeState {
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
        /// Accepted, and waiting for the deduction.
        Accept = "ACCEPT",
    }
}
