//! What the store keeps of a number that was charged.

use std::time::Duration;

use crate::client::inner::WxPay;
use crate::codes::Api;
use crate::flow::code_api::CodeOrder;
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
}

impl Charged {
    /// Records of APIv2 name no API, as those of earlier versions.
    pub(super) fn written(&self) -> String {
        let Self { at, total_fee, api } = self;
        match api {
            Api::V3 => format!("{at} {total_fee} {}", ApiVersion::V3.as_str()),
            _ => format!("{at} {total_fee}"),
        }
    }

    pub(super) fn read(kept: &Secret) -> Option<Self> {
        let mut parts = kept.expose().split(' ');
        let (at, fee) = (parts.next()?, parts.next()?);
        let api = if parts.next() == Some(ApiVersion::V3.as_str()) { Api::V3 } else { Api::V2 };
        Some(Self { at: at.parse().ok()?, total_fee: fee.parse().ok()?, api })
    }
}

impl WxPay {
    pub(super) fn charged_key(&self, order: &CodeOrder) -> String {
        let merchant = self.merchant();
        let sub_mch_id = order.sub_mch_id.as_deref().or(merchant.sub_mch_id.as_deref());
        self.0.keys.charged(merchant.mch_id(), sub_mch_id, &order.out_trade_no)
    }
}
