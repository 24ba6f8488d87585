//! What the store keeps of a number that was charged.

use std::time::Duration;

use crate::client::inner::WxPay;
use crate::codes::Api;
use crate::error::Error;
use crate::flow::code_api::{CodeOrder, charge_endpoint};
use crate::model::ApiVersion;
use crate::money::Fen;
use crate::secret::Secret;

/// How long a number that was charged is kept: an order can be cancelled within seven days.
pub(super) const KEPT: Duration = Duration::from_secs(8 * 86_400);

/// What the store keeps of a number that was charged.
pub(super) struct Charged {
    /// In seconds since 1970.
    pub(super) at: i64,
    pub(super) total_fee: Fen,
    pub(super) api: Api,
    /// Whose order it is, for a service provider.
    pub(super) sub_mch_id: Option<String>,
    /// Which value of `CodePayment` wrote it: it knows its own record again. Records of earlier versions have none.
    pub(super) owner: Option<String>,
}

/// In place of a sub-merchant, where an owner follows.
const NO_SUB_MERCHANT: &str = "-";

impl Charged {
    /// Records of APIv2 without a sub-merchant name no API, as those of earlier versions.
    pub(super) fn written(&self) -> String {
        let Self { at, total_fee, api, sub_mch_id, owner } = self;
        let api = if *api == Api::V3 { ApiVersion::V3 } else { ApiVersion::V2 };
        if let Some(owner) = owner {
            let sub_mch_id = sub_mch_id.as_deref().unwrap_or(NO_SUB_MERCHANT);
            return format!("{at} {total_fee} {} {sub_mch_id} {owner}", api.as_str());
        }
        match (sub_mch_id, &api) {
            (Some(sub_mch_id), _) => format!("{at} {total_fee} {} {sub_mch_id}", api.as_str()),
            (None, ApiVersion::V3) => format!("{at} {total_fee} {}", api.as_str()),
            (None, _) => format!("{at} {total_fee}"),
        }
    }

    pub(super) fn read(kept: &Secret) -> Option<Self> {
        let mut parts = kept.expose().splitn(5, ' ');
        let (at, fee) = (parts.next()?, parts.next()?);
        let api = if parts.next() == Some(ApiVersion::V3.as_str()) { Api::V3 } else { Api::V2 };
        let sub_mch_id = parts.next().filter(|own| *own != NO_SUB_MERCHANT).map(str::to_owned);
        let owner = parts.next().map(str::to_owned);
        Some(Self { at: at.parse().ok()?, total_fee: fee.parse().ok()?, api, sub_mch_id, owner })
    }

    /// Whether it is the charge of this order: WeChat answers a question for another sub-merchant that there is no such order, although the
    /// customer may have paid it.
    ///
    /// # Errors
    /// `InvalidRequest`.
    pub(super) fn is_of(&self, order: &CodeOrder, sub_mch_id: Option<&str>) -> Result<(), Error> {
        let CodeOrder { out_trade_no, total_fee, .. } = order;
        let differs = if self.total_fee != *total_fee {
            let fee = self.total_fee;
            ("total_fee", format!("is {total_fee} fen, and order {out_trade_no} was charged with {fee} fen"))
        } else {
            let rule = match (sub_mch_id, self.sub_mch_id.as_deref()) {
                (given, charged) if given == charged => return Ok(()),
                (Some(given), Some(charged)) => {
                    format!("is {given}, and order {out_trade_no} was charged for {charged}")
                }
                (None, Some(charged)) => format!("is missing, and order {out_trade_no} was charged for {charged}"),
                (Some(given), None) => format!("is {given}, and order {out_trade_no} was charged for no sub-merchant"),
                (None, None) => return Ok(()),
            };
            ("sub_mch_id", rule)
        };
        let (field, rule) = differs;
        Err(Error::invalid(field, rule).at(charge_endpoint(self.api).name))
    }
}

impl WxPay {
    pub(super) fn charged_key(&self, order: &CodeOrder) -> String {
        self.0.keys.charged(self.merchant().mch_id(), &order.out_trade_no)
    }

    /// The sub-merchant of an order: that of the call, else that of the settings.
    pub(super) fn sub_merchant_of<'a>(&'a self, order: &'a CodeOrder) -> Option<&'a str> {
        order.sub_mch_id.as_deref().or(self.merchant().sub_mch_id.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_as_they_were_written() {
        for (text, api, sub_mch_id, owner) in [
            ("1800000000 88", Api::V2, None, None),
            ("1800000000 88 v3", Api::V3, None, None),
            ("1800000000 88 v2 1900000201", Api::V2, Some("1900000201"), None),
            ("1800000000 88 v3 1900000201", Api::V3, Some("1900000201"), None),
            ("1800000000 88 v2 - 0f1e", Api::V2, None, Some("0f1e")),
            ("1800000000 88 v3 1900000201 0f1e", Api::V3, Some("1900000201"), Some("0f1e")),
        ] {
            let charged = Charged::read(&Secret::new(text)).unwrap();
            assert_eq!((charged.at, charged.total_fee, charged.api), (1_800_000_000, Fen(88), api), "{text}");
            assert_eq!((charged.sub_mch_id.as_deref(), charged.owner.as_deref()), (sub_mch_id, owner), "{text}");
            assert_eq!(charged.written(), text);
        }
        for other in ["", "1", "x 88", "1 x v3"] {
            assert!(Charged::read(&Secret::new(other)).is_none(), "{other}");
        }
    }
}
