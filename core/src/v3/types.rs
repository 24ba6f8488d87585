//! Enumerations of APIv3 that several documents have, and the settings that several calls carry.

use crate::table::macros::wire_enum;
use crate::table::row::Own;

/// What a service provider's order carries of the settings.
pub(super) const OF_PARTNER: &[(&str, Own)] =
    &[("sp_appid", Own::Appid), ("sp_mchid", Own::MchId), ("sub_appid", Own::SubAppid), ("sub_mchid", Own::SubMchId)];

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
