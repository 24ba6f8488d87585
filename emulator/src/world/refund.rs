//! A refund: what it gives back, its state, and its notification.

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::notification::Notification;
use super::order::V3Origin;
use super::payment::{Coupon, CouponKind, Payment};
use super::refund_status::Status;
use super::thing::{Thing, ThingId};

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    /// The order that it belongs to.
    pub(crate) order: ThingId,
    pub(crate) appid: String,
    pub(crate) mch_id: String,
    pub(crate) sub_appid: Option<String>,
    pub(crate) sub_mch_id: Option<String>,
    pub(crate) out_trade_no: String,
    pub(crate) transaction_id: String,
    pub(crate) out_refund_no: String,
    pub(crate) refund_id: String,
    /// The order's amount in fen.
    pub(crate) total_fee: u64,
    /// The order's amount less coupons that are not settled to the merchant, if there were any.
    pub(crate) settlement_total_fee: Option<u64>,
    pub(crate) split: Split,
    /// The merchant's funds that pay it, as the request names them.
    pub(crate) account: String,
    /// Who receives it, in WeChat's words.
    pub(crate) receiver: String,
    /// Whether that is the account that paid.
    #[serde(default)]
    pub(crate) channel: Channel,
    pub(crate) source: Source,
    pub(crate) notify_url: Option<String>,
    pub(crate) created: Millis,
    pub(crate) status: Status,
    /// When it ends, and how, while it is in progress.
    pub(crate) ends: Option<(Millis, Status)>,
    pub(crate) succeeded: Option<Millis>,
    pub(crate) notification: Option<Notification>,
    /// What the customer paid in money, in fen; `None` in files of earlier emulators.
    #[serde(default)]
    pub(crate) payer_total: Option<u64>,
    /// What APIv3 keeps of a refund that it made.
    #[serde(default)]
    pub(crate) v3: Option<V3Origin>,
}

/// Who asked for a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    /// The API.
    Api,
    /// A person at the merchant platform.
    Console,
}

/// Where a refund goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Channel {
    /// To the account that paid.
    #[default]
    Original,
    /// To another card, because the one that paid does not take it.
    OtherCard,
}

/// What a refund gives back, in fen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Split {
    /// What the merchant asked for.
    pub(crate) refund_fee: u64,
    /// `refund_fee` less coupons that are not settled to the merchant.
    pub(crate) settlement_refund_fee: u64,
    /// What the customer gets in money.
    pub(crate) cash_refund_fee: u64,
    /// What the coupons get.
    pub(crate) coupons: Vec<Coupon>,
}

/// How long WeChat works on a refund.
pub(crate) const DURATION: Millis = 2000;
/// The most refunds of an order.
pub(crate) const MOST: usize = 50;
/// How long after its payment an order can be refunded.
pub(crate) const REFUNDABLE: Millis = 365 * 24 * 60 * 60 * 1000;
/// The funds that pay when a request names none.
pub(crate) const UNSETTLED: &str = "REFUND_SOURCE_UNSETTLED_FUNDS";

impl Source {
    /// `refund_request_source`.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Api => "API",
            Self::Console => "VENDOR_PLATFORM",
        }
    }
}

impl Channel {
    /// `channel` of APIv3, `refund_channel` of APIv2.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Original => "ORIGINAL",
            Self::OtherCard => "OTHER_BANKCARD",
        }
    }
}

impl Split {
    /// The next refund of an order: `before` was refunded already. Each coupon gives back in proportion, so that all refunds of an
    /// order together give back the whole coupon.
    pub(crate) fn of(payment: &Payment, total_fee: u64, before: u64, refund_fee: u64) -> Self {
        let share = |fee: u64, refunded: u64| {
            let product = u128::from(fee) * u128::from(refunded) / u128::from(total_fee.max(1));
            u64::try_from(product).unwrap_or(fee)
        };
        let after = before.saturating_add(refund_fee);
        let part = |coupon: &Coupon| share(coupon.fee, after).saturating_sub(share(coupon.fee, before));
        let coupons: Vec<Coupon> = payment
            .coupons
            .iter()
            .map(|coupon| Coupon { fee: part(coupon), ..coupon.clone() })
            .filter(|coupon| coupon.fee > 0)
            .collect();
        let unsettled = coupons.iter().filter(|coupon| coupon.kind == CouponKind::NoCash).map(|coupon| coupon.fee);
        Self {
            refund_fee,
            settlement_refund_fee: refund_fee.saturating_sub(unsettled.sum()),
            cash_refund_fee: refund_fee.saturating_sub(coupons.iter().map(|coupon| coupon.fee).sum()),
            coupons,
        }
    }

    pub(crate) fn coupon_refund_fee(&self) -> u64 {
        self.coupons.iter().map(|coupon| coupon.fee).sum()
    }
}

impl Refund {
    /// Whether a request is a repetition of the one that made it.
    pub(crate) fn is_same(&self, order: ThingId, total_fee: u64, refund_fee: u64) -> bool {
        self.order == order && self.total_fee == total_fee && self.split.refund_fee == refund_fee
    }

    /// In fen: what the customer paid in money.
    pub(crate) fn payer_total(&self) -> u64 {
        self.payer_total.unwrap_or(self.total_fee)
    }

    /// Moves the due times that are still to come, to later or to earlier ones.
    pub(super) fn postpone(&mut self, by: Millis) {
        if let Some((at, _)) = &mut self.ends {
            *at += by;
        }
        if let Some(notification) = &mut self.notification {
            notification.postpone(by);
        }
    }

    /// The name that finds a refund by the merchant's number.
    pub(super) fn number(mch_id: &str, out_refund_no: &str) -> String {
        format!("N{out_refund_no}/{mch_id}")
    }

    /// The name that finds a refund by WeChat's number.
    pub(super) fn id(refund_id: &str) -> String {
        format!("I{refund_id}")
    }
}

impl Thing for Refund {
    const KIND: &'static str = "refund";

    fn mch_id(&self) -> &str {
        &self.mch_id
    }

    fn names(&self) -> Vec<(String, Millis)> {
        let names = [Self::number(&self.mch_id, &self.out_refund_no), Self::id(&self.refund_id)];
        names.into_iter().map(|name| (name, self.created)).collect()
    }

    fn due(&self) -> Option<Millis> {
        match self.ends {
            Some((at, _)) => Some(at),
            None => self.notification.as_ref().and_then(Notification::due),
        }
    }

    fn due_after_restart(&self) -> Option<Millis> {
        match self.ends {
            Some((at, _)) => Some(at),
            None => self.notification.as_ref().and_then(Notification::due_after_restart),
        }
    }

    fn is_busy(&self) -> bool {
        self.notification.as_ref().is_some_and(Notification::is_under_way)
    }
}

#[cfg(test)]
#[allow(clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn payment(coupons: Vec<Coupon>) -> Payment {
        Payment {
            after_seq: None,
            transaction_id: String::new(),
            at: 0,
            openid: String::new(),
            sub_openid: None,
            bank_type: String::new(),
            coupons,
        }
    }

    fn coupon(id: &str, kind: CouponKind, fee: u64) -> Coupon {
        Coupon { id: id.to_owned(), kind, fee }
    }

    /// The numbers of WeChat's acceptance cases: an order of 600, 590 of it in cash.
    #[test]
    fn a_coupon_that_is_not_settled_lowers_the_settlement() {
        let split = Split::of(&payment(vec![coupon("1", CouponKind::NoCash, 10)]), 600, 0, 600);
        let fees = (split.refund_fee, split.settlement_refund_fee, split.cash_refund_fee, split.coupon_refund_fee());
        assert_eq!(fees, (600, 590, 590, 10));
        let split = Split::of(&payment(vec![coupon("1", CouponKind::Cash, 10)]), 600, 0, 600);
        assert_eq!((split.settlement_refund_fee, split.cash_refund_fee), (600, 590));
    }

    #[test]
    fn parts_give_back_the_whole_coupon() {
        let paid = payment(vec![coupon("1", CouponKind::Cash, 7), coupon("2", CouponKind::NoCash, 3)]);
        let (mut before, mut back) = (0, [0, 0]);
        for fee in [1, 33, 50, 4] {
            let split = Split::of(&paid, 88, before, fee);
            assert_eq!(split.cash_refund_fee + split.coupon_refund_fee(), fee);
            for coupon in &split.coupons {
                back[usize::from(coupon.id == "2")] += coupon.fee;
            }
            before += fee;
        }
        assert_eq!((before, back), (88, [7, 3]));
    }
}
