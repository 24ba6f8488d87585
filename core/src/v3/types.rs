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
