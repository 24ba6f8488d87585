//! Confirming what a notification says, without I/O: read the notification, ask WeChat, compare.

use super::item::{Item, NotificationNumbers};
use super::ledger::ItemKind;
use crate::error::{Error, Retry};
use crate::merchant::Merchant;
use crate::model::is_v3;
use crate::notify::{ConfirmedPayment, ConfirmedRefund, Notice};
use crate::table::row::{Call, Document as _};

/// A notification that was read, and how to confirm it.
#[derive(Debug)]
pub struct Confirming<T: Item> {
    notification: T::Notification,
}

/// Confirming a payment: verify the notification, ask `orderquery`, compare.
pub type Confirm = Confirming<ConfirmedPayment>;

/// Confirming a refund: decrypt the notification, ask `refundquery`, compare.
pub type ConfirmRefund = Confirming<ConfirmedRefund>;

impl<T: Item> Confirming<T> {
    /// Reads the raw body of a notification of APIv2, and checks that it is WeChat's and this merchant's.
    ///
    /// # Errors
    /// `Signature` or `Mismatch`.
    pub fn start(body: &[u8], merchant: &Merchant) -> Result<Self, Error> {
        T::parse(&Notice::V2(body), merchant, || true).map(Self::of)
    }

    /// Goes on from a notification that was read.
    pub fn of(notification: T::Notification) -> Self {
        Self { notification }
    }

    /// The notification. It is not confirmed yet.
    pub fn notification(&self) -> &T::Notification {
        &self.notification
    }

    /// The entry of the ledger, by the result that the notification says.
    pub fn kind(&self) -> ItemKind {
        self.notified().kind
    }

    /// WeChat's number.
    pub fn id(&self) -> &str {
        self.notified().id
    }

    /// The merchant's number of the order.
    pub fn out_trade_no(&self) -> &str {
        self.notified().out_trade_no
    }

    /// For service providers: the sub-merchant.
    pub fn sub_mch_id(&self) -> Option<&str> {
        self.notified().sub_mch_id
    }

    /// The call of APIv3 that confirms the notification. Its reply is translated by [`Item::v2_reply`] for [`Self::finish`].
    pub fn v3_query(&self) -> T::V3Query {
        T::v3_query_notified(&self.notification)
    }

    /// The call of APIv2 that confirms the notification.
    pub fn query(&self) -> T::Query {
        T::query_notified(&self.notification)
    }

    /// Compares WeChat's answer with the notification. The result is the answer's: a refund may have changed since the notification.
    ///
    /// # Errors
    /// `Mismatch`, naming the first thing that differs, or that there is no result yet.
    pub fn finish(self, reply: <T::Query as Call>::Reply, merchant: &Merchant) -> Result<T, Error> {
        let name = T::call_name(is_v3(reply.fields()));
        T::confirm_notified(&self.notification, reply, merchant)
            .map_err(|error| error.at(name).advise(Retry::QueryFirst))
    }

    fn notified(&self) -> NotificationNumbers<'_> {
        T::notified(&self.notification)
    }
}

impl Confirm {
    /// WeChat's number of the payment.
    pub fn transaction_id(&self) -> &str {
        self.id()
    }
}
