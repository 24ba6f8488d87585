//! One order, and what became of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use wxpaykit::{Fields, SignType};

use crate::clock::Millis;
use crate::notify::Notification;

/// An order as the merchant sent it, and what became of it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    /// The `unifiedorder` request that made it.
    #[serde(with = "pairs")]
    pub(crate) request: Arc<Fields>,
    /// The algorithm of that request, which notification and page parameters have to use too.
    #[serde(with = "algorithm")]
    pub(crate) sign_type: SignType,
    pub(crate) created: Millis,
    pub(crate) state: TradeState,
    pub(crate) prepay: Prepay,
    /// Everything that opens the cashier, or did, and since when.
    pub(crate) ways: Vec<(String, Millis)>,
    /// When it closes by itself, if nobody pays.
    pub(crate) closes: Millis,
    pub(crate) payment: Option<Payment>,
    pub(crate) notification: Option<Notification>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TradeState {
    NotPay,
    Success,
    Closed,
}

impl TradeState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NotPay => "NOTPAY",
            Self::Success => "SUCCESS",
            Self::Closed => "CLOSED",
        }
    }

    /// `trade_state_desc`.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::NotPay => "订单未支付",
            Self::Success => "支付成功",
            Self::Closed => "订单已关闭",
        }
    }
}

/// What opens the cashier.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Prepay {
    pub(crate) id: String,
    pub(crate) at: Millis,
    pub(crate) code_url: Option<String>,
    pub(crate) mweb_url: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payment {
    pub(crate) transaction_id: String,
    pub(crate) at: Millis,
    pub(crate) openid: String,
    pub(crate) sub_openid: Option<String>,
    pub(crate) bank_type: String,
    pub(crate) coupons: Vec<Coupon>,
}

/// A part of the amount that is not paid in cash. A recharge coupon (`CASH`, 充值代金券) is settled to the merchant, the
/// other kind is not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coupon {
    #[serde(default = "Coupon::usual_id")]
    pub(crate) id: String,
    #[serde(rename = "type", default)]
    pub(crate) kind: CouponKind,
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

/// How many ways to its cashier an order remembers.
const WAYS: usize = 64;

impl Order {
    /// A field of the request; empty when it was not sent.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.request.get(name).unwrap_or_default()
    }

    pub(crate) fn out_trade_no(&self) -> &str {
        self.field("out_trade_no")
    }

    pub(crate) fn mch_id(&self) -> &str {
        self.field("mch_id")
    }

    /// In fen.
    pub(crate) fn total_fee(&self) -> u64 {
        self.field("total_fee").parse().unwrap_or_default()
    }

    /// Opens another way to the cashier. The ones there were stay until their time is over. Gives those forgotten.
    pub(crate) fn open(&mut self, prepay: Prepay) -> Vec<String> {
        self.ways.push((prepay.id.clone(), prepay.at));
        self.ways.extend(prepay.code_url.clone().map(|url| (url, prepay.at)));
        self.prepay = prepay;
        let surplus = self.ways.len().saturating_sub(WAYS);
        self.ways.drain(..surplus).map(|(way, _)| way).collect()
    }

    /// When something is to happen to it next.
    pub(crate) fn due(&self) -> Option<Millis> {
        match self.state {
            TradeState::NotPay => Some(self.closes),
            TradeState::Success => self.notification.as_ref().and_then(Notification::due),
            TradeState::Closed => None,
        }
    }

    /// The same for whoever finds it in a file: what was under way there never arrived.
    pub(crate) fn due_again(&self) -> Option<Millis> {
        match self.state {
            TradeState::Success => self.notification.as_ref().and_then(Notification::due_again),
            _ => self.due(),
        }
    }

    /// Whether nothing is to happen to it any more.
    pub(crate) fn is_finished(&self) -> bool {
        self.due().is_none() && !self.is_busy()
    }

    /// Whether a notification is on its way.
    pub(crate) fn is_busy(&self) -> bool {
        self.notification.as_ref().is_some_and(Notification::is_under_way)
    }
}

impl Payment {
    /// In fen: what the coupons paid.
    fn coupon_fee(&self) -> u64 {
        self.coupons.iter().map(|coupon| coupon.fee).sum()
    }

    /// The amounts that notifications and orderquery tell beside total_fee (protocol §3.3).
    pub(crate) fn amounts(&self, total_fee: u64) -> Vec<(String, String)> {
        let coupon_fee = self.coupon_fee();
        let mut amounts = vec![("cash_fee".to_owned(), total_fee.saturating_sub(coupon_fee).to_string())];
        if self.coupons.is_empty() {
            return amounts;
        }
        amounts.push(("coupon_fee".to_owned(), coupon_fee.to_string()));
        amounts.push(("coupon_count".to_owned(), self.coupons.len().to_string()));
        for (n, coupon) in self.coupons.iter().enumerate() {
            let kind = if coupon.kind == CouponKind::Cash { "CASH" } else { "NO_CASH" };
            amounts.push((format!("coupon_type_{n}"), kind.to_owned()));
            amounts.push((format!("coupon_id_{n}"), coupon.id.clone()));
            amounts.push((format!("coupon_fee_{n}"), coupon.fee.to_string()));
        }
        let unsettled = self.coupons.iter().filter(|coupon| coupon.kind == CouponKind::NoCash);
        let unsettled: u64 = unsettled.map(|coupon| coupon.fee).sum();
        if unsettled > 0 {
            amounts.push(("settlement_total_fee".to_owned(), total_fee.saturating_sub(unsettled).to_string()));
        }
        amounts
    }
}

impl Coupon {
    /// Those of the documents' sample.
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

    /// Whether they pay no more than there is to pay.
    pub(crate) fn fit(coupons: &[Self], total_fee: u64) -> bool {
        coupons.iter().map(|coupon| coupon.fee).sum::<u64>() <= total_fee
    }
}

/// Fields as a list of pairs.
mod pairs {
    use std::sync::Arc;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use wxpaykit::Fields;

    pub(super) fn serialize<S: Serializer>(fields: &Fields, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(fields.iter())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Fields>, D::Error> {
        let pairs = Vec::<(String, String)>::deserialize(deserializer)?;
        let mut fields = Fields::with_capacity(pairs.len(), 512);
        for (name, value) in pairs {
            fields.push(&name, &value).map_err(|_| D::Error::custom("a field stands twice"))?;
        }
        Ok(Arc::new(fields))
    }
}

mod algorithm {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};
    use wxpaykit::SignType;

    pub(super) fn serialize<S: Serializer>(sign_type: &SignType, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(sign_type.as_str())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SignType, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|_| D::Error::custom("no such sign_type"))
    }
}
