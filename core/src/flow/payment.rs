//! Payments, as a kind of things that are handed over once.

use super::item::{Item, NotificationNumbers, PendingAnswer, PendingFields};
use super::ledger::{ItemKind, Schedule};
use crate::codes::ErrorCode;
use crate::error::Error;
use crate::merchant::Merchant;
use crate::model;
use crate::money::Fen;
use crate::notify::{
    ConfirmedPayment, Notice, PaymentNotification, confirmed, confirmed_by_query, confirmed_part_by_query, is_payment,
    is_refund_notification, part_of,
};
use crate::table::row::Document;
use crate::trade_state::TradeState;
use crate::v2::order::{Orderquery, OrderqueryReply};
use crate::v3::combine::V3CombineOrder;
use crate::v3::order::{V3Order, V3Query};

/// An order that the merchant has no payment of yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The amount that the merchant recorded for it.
    pub total_fee: Fen,
    /// When the order was created, in seconds since 1970.
    pub created: i64,
    /// For service providers: the sub-merchant that it belongs to, when it is not the client's.
    pub sub_mch_id: Option<String>,
    /// For a part of a combined order (合单): the merchant's number of the combined order. `v3.combine_query` is asked for it, and `out_trade_no`
    /// and `total_fee` are those of the part.
    pub combine_out_trade_no: Option<String>,
}

impl Pending {
    /// An order of this number and amount. `created` is in seconds since 1970.
    pub fn new(out_trade_no: impl Into<String>, total_fee: Fen, created: i64) -> Self {
        Self { out_trade_no: out_trade_no.into(), total_fee, created, sub_mch_id: None, combine_out_trade_no: None }
    }

    /// Sets the sub-merchant.
    pub fn sub_mch_id(self, sub_mch_id: impl Into<String>) -> Self {
        Self { sub_mch_id: Some(sub_mch_id.into()), ..self }
    }

    /// Sets the number of the combined order.
    pub fn combine_out_trade_no(self, combine_out_trade_no: impl Into<String>) -> Self {
        Self { combine_out_trade_no: Some(combine_out_trade_no.into()), ..self }
    }
}

/// The sources of the recorded amount and of the paid one.
const BY: (&str, &str) = ("amount_of", "WeChat");

impl ItemKind {
    /// A payment, by WeChat's `transaction_id`.
    pub const PAYMENT: Self = Self::new("paid", "wxpay", "payment");
}

impl Item for ConfirmedPayment {
    type Notification = PaymentNotification;
    type Pending = Pending;
    type Query = Orderquery;
    type V3Query = V3Query;

    const NAME: &'static str = "payment";
    const PENDING: &'static str = "order";
    const NUMBER: &'static str = "out_trade_no";
    const FEE: &'static str = "total_fee";
    const ASKED: &'static str = "asked";
    const FAILED: &'static str = "failed";
    const ENTRY_DEPENDS_ON_ANSWER: bool = false;
    /// Often at first, then less often, and not after a week, when an unpaid order closes by itself (protocol §4.7).
    const SCHEDULE: Schedule = Schedule {
        ages: &[30, 60, 180, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 259_200, 604_800],
        too_old: 604_800 + 86_400,
    };

    fn kind(&self) -> ItemKind {
        ItemKind::PAYMENT
    }

    fn mch_id(&self) -> &str {
        self.mch_id()
    }

    fn id(&self) -> &str {
        self.transaction_id()
    }

    fn out_trade_no(&self) -> &str {
        self.out_trade_no()
    }

    /// WeChat notifies of no other payments.
    fn is_success(&self) -> bool {
        true
    }

    fn check(&self, recorded: Option<Fen>) -> Result<(), Error> {
        let Some(recorded) = recorded else {
            let number = self.out_trade_no();
            let unknown =
                Error::mismatch(ErrorCode::OrderUnknown, "out_trade_no", "an order of the merchant's", number, BY);
            return Err(unknown.at("notify.handle"));
        };
        let paid = self.total_fee();
        if paid == recorded {
            return Ok(());
        }
        let (recorded, paid) = (recorded.to_string(), paid.to_string());
        Err(Error::mismatch(ErrorCode::TotalFeeMismatch, "total_fee", recorded, paid, BY).at("notify.handle"))
    }

    fn is_notified_by(notice: &Notice<'_>) -> bool {
        match notice {
            Notice::V2(body) => !is_refund_notification(body),
            Notice::V3(notification) => is_payment(notification),
        }
    }

    fn parse(
        notice: &Notice<'_>,
        merchant: &Merchant,
        search: impl FnOnce() -> bool,
    ) -> Result<PaymentNotification, Error> {
        PaymentNotification::of(notice, merchant, search)
    }

    fn notified(notification: &PaymentNotification) -> NotificationNumbers<'_> {
        NotificationNumbers {
            kind: ItemKind::PAYMENT,
            id: notification.transaction_id(),
            out_trade_no: notification.out_trade_no(),
            sub_mch_id: notification.sub_mch_id().filter(|number| !number.is_empty()),
        }
    }

    fn v3_query_notified(notification: &PaymentNotification) -> V3Query {
        let query = V3Query::new().transaction_id(notification.transaction_id());
        match Self::notified(notification).sub_mch_id {
            Some(sub_mch_id) => query.sub_mchid(sub_mch_id),
            None => query,
        }
    }

    fn v2_reply(reply: &V3Order, _merchant: &Merchant, _sub_mch_id: Option<&str>) -> OrderqueryReply {
        OrderqueryReply::from_fields(model::order(reply.fields()))
    }

    fn query_notified(notification: &PaymentNotification) -> Orderquery {
        let query = Orderquery::new().transaction_id(notification.transaction_id());
        match Self::notified(notification).sub_mch_id {
            Some(sub_mch_id) => query.sub_mch_id(sub_mch_id),
            None => query,
        }
    }

    fn confirm_notified(
        notification: &PaymentNotification,
        reply: OrderqueryReply,
        merchant: &Merchant,
    ) -> Result<Self, Error> {
        confirmed(notification, reply, merchant)
    }

    fn pending(values: PendingFields<'_>) -> Pending {
        Pending {
            out_trade_no: values.number.to_owned(),
            total_fee: values.fee,
            created: values.created,
            sub_mch_id: values.sub_mch_id.map(str::to_owned),
            combine_out_trade_no: values.combine_out_trade_no.map(str::to_owned),
        }
    }

    fn fields_of(pending: &Pending) -> PendingFields<'_> {
        PendingFields {
            number: &pending.out_trade_no,
            fee: pending.total_fee,
            created: pending.created,
            sub_mch_id: pending.sub_mch_id.as_deref(),
            combine_out_trade_no: pending.combine_out_trade_no.as_deref(),
        }
    }

    fn query_pending(pending: &Pending) -> Orderquery {
        let query = Orderquery::new().out_trade_no(&pending.out_trade_no);
        match &pending.sub_mch_id {
            Some(sub_mch_id) => query.sub_mch_id(sub_mch_id),
            None => query,
        }
    }

    fn v3_query_pending(pending: &Pending) -> V3Query {
        let query = V3Query::new().out_trade_no(&pending.out_trade_no);
        match &pending.sub_mch_id {
            Some(sub_mch_id) => query.sub_mchid(sub_mch_id),
            None => query,
        }
    }

    fn confirm_pending(
        pending: &Pending,
        reply: OrderqueryReply,
        merchant: &Merchant,
    ) -> Result<PendingAnswer<Self>, Error> {
        if let Some(state) = unpaid(&reply) {
            return Ok(PendingAnswer::Unpaid(state));
        }
        let PendingFields { number, fee, sub_mch_id, .. } = Self::fields_of(pending);
        confirmed_by_query(reply, merchant, sub_mch_id, number, fee).map(PendingAnswer::Confirmed)
    }

    fn confirm_pending_part(
        pending: &Pending,
        reply: &V3CombineOrder,
        merchant: &Merchant,
    ) -> Result<PendingAnswer<Self>, Error> {
        let PendingFields { number, fee, sub_mch_id, combine_out_trade_no, .. } = Self::fields_of(pending);
        let part = part_of(reply, merchant, combine_out_trade_no.unwrap_or_default(), number)?;
        if let Some(state) = unpaid(&part) {
            return Ok(PendingAnswer::Unpaid(state));
        }
        confirmed_part_by_query(part, merchant, sub_mch_id, number, fee).map(PendingAnswer::Confirmed)
    }
}

/// WeChat's state of an order that is not paid. A refund follows a payment, but the payment was not handed over: the merchant decides.
fn unpaid(reply: &OrderqueryReply) -> Option<String> {
    let is_paid = reply.trade_state() == TradeState::Success;
    (!is_paid).then(|| reply.fields().get("trade_state").unwrap_or_default().to_owned())
}
