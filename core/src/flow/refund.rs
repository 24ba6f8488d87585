//! Refunds, as a kind of things that are handed over once.

use super::item::{Item, NotificationNumbers, PendingAnswer, PendingFields};
use super::ledger::{ItemKind, Schedule};
use crate::error::Error;
use crate::merchant::Merchant;
use crate::money::Fen;
use crate::notify::{
    ConfirmedRefund, RefundNotification, confirmed_refund, confirmed_refund_by_query, is_refund_notification,
};
use crate::v2::refund::{RefundStatus, Refundquery, RefundqueryReply};

/// A refund whose result the merchant does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRefund {
    /// The merchant's number of the refund.
    pub out_refund_no: String,
    /// The amount that the merchant recorded for it.
    pub refund_fee: Fen,
    /// When it was asked for, in seconds since 1970.
    pub created: i64,
    /// For service providers: the sub-merchant that it belongs to, when it is not the client's.
    pub sub_mch_id: Option<String>,
}

impl ItemKind {
    /// A refund that succeeded, by WeChat's `refund_id`.
    pub const REFUND: Self = Self::new("refunded", "wxpay-refund", "refund");
    /// A refund that WeChat closed, by WeChat's `refund_id`.
    pub const CLOSED_REFUND: Self = Self::new("refund_closed", "wxpay-refund-closed", "refund");
    /// A refund that the customer's card does not take, by WeChat's `refund_id`. It may end in another way later.
    pub const ABNORMAL_REFUND: Self = Self::new("refund_abnormal", "wxpay-refund-abnormal", "refund");

    /// A refund with this result.
    fn of_refund(status: &RefundStatus) -> Self {
        match status {
            RefundStatus::RefundClose => Self::CLOSED_REFUND,
            RefundStatus::Change => Self::ABNORMAL_REFUND,
            _ => Self::REFUND,
        }
    }
}

impl Item for ConfirmedRefund {
    type Notification = RefundNotification;
    type Pending = PendingRefund;
    type Query = Refundquery;

    const NAME: &'static str = "refund";
    const PENDING: &'static str = "refund";
    const NUMBER: &'static str = "out_refund_no";
    const FEE: &'static str = "refund_fee";
    const ASKED: &'static str = "asked_refund";
    const FAILED: &'static str = "refund_failed";
    const ENTRY_DEPENDS_ON_ANSWER: bool = true;
    /// To a balance it takes minutes, to a card up to 20 working days (protocol §3.5).
    const SCHEDULE: Schedule = Schedule {
        ages: &[
            30, 120, 600, 1800, 7200, 21_600, 86_400, 172_800, 259_200, 432_000, 604_800, 1_209_600, 1_814_400,
            2_592_000,
        ],
        too_old: 2_592_000 + 86_400,
    };

    fn kind(&self) -> ItemKind {
        ItemKind::of_refund(&self.refund_status())
    }

    fn mch_id(&self) -> &str {
        self.mch_id()
    }

    fn id(&self) -> &str {
        self.refund_id()
    }

    fn out_trade_no(&self) -> &str {
        self.out_trade_no()
    }

    fn is_success(&self) -> bool {
        self.refund_status().is_refunded()
    }

    fn is_notified_by(body: &[u8]) -> bool {
        is_refund_notification(body)
    }

    /// It is not signed: that it decrypts shows that its sender knows the API key.
    fn parse(body: &[u8], merchant: &Merchant, _search: impl FnOnce() -> bool) -> Result<RefundNotification, Error> {
        RefundNotification::parse(body, merchant)
    }

    fn notified(notification: &RefundNotification) -> NotificationNumbers<'_> {
        NotificationNumbers {
            kind: ItemKind::of_refund(&notification.refund_status()),
            id: notification.refund_id(),
            out_trade_no: notification.out_trade_no(),
        }
    }

    fn query_notified(notification: &RefundNotification) -> Refundquery {
        let query = Refundquery::new().refund_id(notification.refund_id());
        match notification.sub_mch_id() {
            Some(sub_mch_id) if !sub_mch_id.is_empty() => query.sub_mch_id(sub_mch_id),
            _ => query,
        }
    }

    fn confirm_notified(
        notification: &RefundNotification,
        reply: RefundqueryReply,
        merchant: &Merchant,
    ) -> Result<Self, Error> {
        confirmed_refund(notification, &reply, merchant)
    }

    fn pending(out_refund_no: String, refund_fee: Fen, created: i64, sub_mch_id: Option<String>) -> PendingRefund {
        PendingRefund { out_refund_no, refund_fee, created, sub_mch_id }
    }

    fn fields_of(pending: &PendingRefund) -> PendingFields<'_> {
        PendingFields {
            number: &pending.out_refund_no,
            fee: pending.refund_fee,
            created: pending.created,
            sub_mch_id: pending.sub_mch_id.as_deref(),
        }
    }

    fn query_pending(pending: &PendingRefund) -> Refundquery {
        let query = Refundquery::new().out_refund_no(&pending.out_refund_no);
        match &pending.sub_mch_id {
            Some(sub_mch_id) => query.sub_mch_id(sub_mch_id),
            None => query,
        }
    }

    fn confirm_pending(
        pending: &PendingRefund,
        reply: RefundqueryReply,
        merchant: &Merchant,
    ) -> Result<PendingAnswer<Self>, Error> {
        let PendingFields { number, fee, sub_mch_id, .. } = Self::fields_of(pending);
        Ok(match confirmed_refund_by_query(&reply, merchant, sub_mch_id, number, fee)? {
            Ok(refund) => PendingAnswer::Confirmed(refund),
            Err(status) => PendingAnswer::Processing(status.as_str().to_owned()),
        })
    }
}
