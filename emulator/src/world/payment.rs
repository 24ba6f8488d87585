//! A payment: who paid an order, with which card and coupons.

use serde::{Deserialize, Serialize};

use super::clock::Millis;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) transaction_id: String,
    pub(crate) at: Millis,
    /// The journal's last entry before it, in this run of the emulator. It orders what happened in the same second.
    #[serde(skip)]
    pub(crate) after_seq: Option<u64>,
    pub(crate) openid: String,
    pub(crate) sub_openid: Option<String>,
    pub(crate) bank_type: String,
    pub(crate) coupons: Vec<Coupon>,
}

/// A part of the amount that is not paid in cash. A recharge coupon (`CASH`, 充值代金券) is settled to the merchant; a
/// free coupon (`NO_CASH`) is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coupon {
    #[serde(default = "Coupon::usual_id")]
    pub(crate) id: String,
    #[serde(rename = "type", default)]
    pub(crate) kind: CouponKind,
    /// In fen.
    pub(crate) fee: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum CouponKind {
    #[default]
    #[serde(rename = "CASH")]
    Cash,
    #[serde(rename = "NO_CASH")]
    NoCash,
}

/// `bank_type` when the visit names no card.
pub(crate) const BANK_TYPE: &str = "OTHERS";

impl Payment {
    /// In fen: the part that the coupons pay.
    fn coupon_fee(&self) -> u64 {
        self.coupons.iter().map(|coupon| coupon.fee).sum()
    }

    /// The fields of notifications and orderquery about amounts, other than total_fee (protocol §3.3).
    pub(crate) fn amounts(&self, total_fee: u64) -> Vec<(String, String)> {
        let coupon_fee = self.coupon_fee();
        let mut amounts = vec![("cash_fee".to_owned(), self.cash_fee(total_fee).to_string())];
        if self.coupons.is_empty() {
            return amounts;
        }
        amounts.push(("coupon_fee".to_owned(), coupon_fee.to_string()));
        amounts.push(("coupon_count".to_owned(), self.coupons.len().to_string()));
        for (n, coupon) in self.coupons.iter().enumerate() {
            amounts.push((format!("coupon_type_{n}"), coupon.kind.as_str().to_owned()));
            amounts.push((format!("coupon_id_{n}"), coupon.id.clone()));
            amounts.push((format!("coupon_fee_{n}"), coupon.fee.to_string()));
        }
        let settled = self.settlement_total_fee(total_fee);
        amounts.extend(settled.map(|fee| ("settlement_total_fee".to_owned(), fee.to_string())));
        amounts
    }

    /// In fen: the part that the customer paid in money.
    pub(crate) fn cash_fee(&self, total_fee: u64) -> u64 {
        total_fee.saturating_sub(self.coupon_fee())
    }

    /// In fen: what the merchant gets, where coupons that are not settled make that less than the amount.
    pub(crate) fn settlement_total_fee(&self, total_fee: u64) -> Option<u64> {
        let unsettled = self.coupons.iter().filter(|coupon| coupon.kind == CouponKind::NoCash);
        let unsettled: u64 = unsettled.map(|coupon| coupon.fee).sum();
        (unsettled > 0).then(|| total_fee.saturating_sub(unsettled))
    }
}

impl CouponKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "CASH",
            Self::NoCash => "NO_CASH",
        }
    }
}

impl Coupon {
    /// The coupons of the documents' sample.
    pub(crate) fn usual() -> Vec<Self> {
        vec![
            Self { id: "10000".to_owned(), kind: CouponKind::Cash, fee: 4 },
            Self { id: "10001".to_owned(), kind: CouponKind::NoCash, fee: 6 },
        ]
    }

    fn usual_id() -> String {
        "10000".to_owned()
    }

    pub(crate) fn check(coupons: &[Self]) -> Result<(), String> {
        if coupons.len() > 20 {
            return Err("at most 20 coupons pay an order".to_owned());
        }
        for coupon in coupons {
            if coupon.fee == 0 || coupon.fee > 1_000_000_000 {
                return Err("a coupon's fee is 1 to 1000000000 fen".to_owned());
            }
            if coupon.id.is_empty() || coupon.id.len() > 20 || !coupon.id.bytes().all(|b| b.is_ascii_alphanumeric()) {
                return Err("a coupon's id is 1 to 20 letters and digits".to_owned());
            }
        }
        Ok(())
    }

    /// Whether the coupons are worth no more than the order.
    pub(crate) fn fit(coupons: &[Self], total_fee: u64) -> bool {
        coupons.iter().map(|coupon| coupon.fee).sum::<u64>() <= total_fee
    }
}
