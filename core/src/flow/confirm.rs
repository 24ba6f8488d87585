//! Jobs of several steps, without I/O: each step says what to ask, and takes what was answered.

use crate::error::{Error, Retry};
use crate::merchant::Merchant;
use crate::notify::{self, ConfirmedPayment, PaymentNotification};
use crate::table::row::Call;
use crate::v2::order::{Orderquery, OrderqueryReply};

/// Confirming a payment: verify the notification, ask `orderquery`, compare.
#[derive(Debug)]
pub struct Confirm {
    notification: PaymentNotification,
}

impl Confirm {
    /// Verifies a notification's raw body.
    ///
    /// # Errors
    /// As [`PaymentNotification::parse`].
    pub fn start(body: &[u8], merchant: &Merchant) -> Result<Self, Error> {
        PaymentNotification::parse(body, merchant).map(Self::of)
    }

    /// Goes on from a notification that is verified.
    pub fn of(notification: PaymentNotification) -> Self {
        Self { notification }
    }

    /// WeChat's number of the payment.
    pub fn transaction_id(&self) -> &str {
        self.notification.transaction_id()
    }

    /// The merchant's number of the order.
    pub fn out_trade_no(&self) -> &str {
        self.notification.out_trade_no()
    }

    /// What to ask WeChat: the order of this transaction.
    pub fn query(&self) -> Orderquery {
        let query = Orderquery::new().transaction_id(self.notification.transaction_id());
        match self.notification.sub_mch_id() {
            Some(sub_mch_id) if !sub_mch_id.is_empty() => query.sub_mch_id(sub_mch_id),
            _ => query,
        }
    }

    /// Compares WeChat's answer with the notification.
    ///
    /// # Errors
    /// `Mismatch`, naming the first thing that differs.
    pub fn finish(self, reply: OrderqueryReply, merchant: &Merchant) -> Result<ConfirmedPayment, Error> {
        notify::confirmed(&self.notification, reply, merchant)
            .map_err(|error| error.at(Orderquery::ENDPOINT.name).advise(Retry::QueryFirst))
    }
}
