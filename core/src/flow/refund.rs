//! Refunds, as a kind of things that are handed over once.

use super::item::{Item, NotificationNumbers, PendingAnswer, PendingFields};
use super::ledger::{ItemKind, Schedule};
use crate::error::Error;
use crate::merchant::Merchant;
use crate::model;
use crate::money::Fen;
use crate::notify::{
    ConfirmedRefund, Notice, RefundNotification, confirmed_refund, confirmed_refund_by_query, is_refund,
    is_refund_notification,
};
use crate::table::row::Document;
use crate::v2::refund::{RefundStatus, Refundquery, RefundqueryReply};
use crate::v3::refund::{V3RefundQuery, V3RefundReply};

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

impl PendingRefund {
    /// A refund of this number and amount. `created` is in seconds since 1970.
    pub fn new(out_refund_no: impl Into<String>, refund_fee: Fen, created: i64) -> Self {
        Self { out_refund_no: out_refund_no.into(), refund_fee, created, sub_mch_id: None }
    }

    /// Sets the sub-merchant.
    pub fn sub_mch_id(self, sub_mch_id: impl Into<String>) -> Self {
        Self { sub_mch_id: Some(sub_mch_id.into()), ..self }
    }
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
    type V3Query = V3RefundQuery;

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

    fn is_notified_by(notice: &Notice<'_>) -> bool {
        match notice {
            Notice::V2(body) => is_refund_notification(body),
            Notice::V3(notification) => is_refund(notification),
        }
    }

    /// One of APIv2 is not signed: that it decrypts shows that its sender knows the API key.
    fn parse(
        notice: &Notice<'_>,
        merchant: &Merchant,
        _search: impl FnOnce() -> bool,
    ) -> Result<RefundNotification, Error> {
        RefundNotification::of(notice, merchant)
    }

    fn notified(notification: &RefundNotification) -> NotificationNumbers<'_> {
        NotificationNumbers {
            kind: ItemKind::of_refund(&notification.refund_status()),
            id: notification.refund_id(),
            out_trade_no: notification.out_trade_no(),
            sub_mch_id: notification.sub_mch_id().filter(|number| !number.is_empty()),
        }
    }

    /// APIv3 has no query by WeChat's number.
    fn v3_query_notified(notification: &RefundNotification) -> V3RefundQuery {
        let query = V3RefundQuery::new().out_refund_no(notification.out_refund_no());
        match Self::notified(notification).sub_mch_id {
            Some(sub_mch_id) => query.sub_mchid(sub_mch_id),
            None => query,
        }
    }

    fn v2_reply(reply: &V3RefundReply, merchant: &Merchant, sub_mch_id: Option<&str>) -> RefundqueryReply {
        let sub_mch_id = sub_mch_id.or(merchant.sub_mch_id.as_deref());
        RefundqueryReply::from_fields(model::refund(reply.fields(), merchant.mch_id(), sub_mch_id))
    }

    fn query_notified(notification: &RefundNotification) -> Refundquery {
        let query = Refundquery::new().refund_id(notification.refund_id());
        match Self::notified(notification).sub_mch_id {
            Some(sub_mch_id) => query.sub_mch_id(sub_mch_id),
            None => query,
        }
    }

    fn confirm_notified(
        notification: &RefundNotification,
        reply: RefundqueryReply,
        merchant: &Merchant,
    ) -> Result<Self, Error> {
        confirmed_refund(notification, &reply, merchant)
    }

    fn pending(values: PendingFields<'_>) -> PendingRefund {
        PendingRefund {
            out_refund_no: values.number.to_owned(),
            refund_fee: values.fee,
            created: values.created,
            sub_mch_id: values.sub_mch_id.map(str::to_owned),
        }
    }

    fn fields_of(pending: &PendingRefund) -> PendingFields<'_> {
        PendingFields {
            number: &pending.out_refund_no,
            fee: pending.refund_fee,
            created: pending.created,
            sub_mch_id: pending.sub_mch_id.as_deref(),
            combine_out_trade_no: None,
        }
    }

    fn query_pending(pending: &PendingRefund) -> Refundquery {
        let query = Refundquery::new().out_refund_no(&pending.out_refund_no);
        match &pending.sub_mch_id {
            Some(sub_mch_id) => query.sub_mch_id(sub_mch_id),
            None => query,
        }
    }

    fn v3_query_pending(pending: &PendingRefund) -> V3RefundQuery {
        let query = V3RefundQuery::new().out_refund_no(&pending.out_refund_no);
        match &pending.sub_mch_id {
            Some(sub_mch_id) => query.sub_mchid(sub_mch_id),
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
