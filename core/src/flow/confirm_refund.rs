//! Confirming a refund, without I/O: decrypt the notification, ask `refundquery`, compare.

use crate::error::{Error, Retry};
use crate::flow::ledger::ItemKind;
use crate::merchant::Merchant;
use crate::notify::{self, ConfirmedRefund, RefundNotification};
use crate::table::row::Call;
use crate::v2::refund::{Refundquery, RefundqueryReply};

/// A refund notification that was decrypted, and what to do to confirm it.
#[derive(Debug)]
pub struct ConfirmRefund {
    notification: RefundNotification,
}

impl ConfirmRefund {
    /// Decrypts a notification's raw body.
    ///
    /// # Errors
    /// As [`RefundNotification::parse`].
    pub fn start(body: &[u8], merchant: &Merchant) -> Result<Self, Error> {
        RefundNotification::parse(body, merchant).map(|notification| Self { notification })
    }

    /// What the notification says. It is not confirmed yet.
    pub fn notification(&self) -> &RefundNotification {
        &self.notification
    }

    /// What the ledger calls a refund with the result that the notification says.
    pub fn kind(&self) -> ItemKind {
        ItemKind::of_refund(&self.notification.refund_status())
    }

    /// What to ask WeChat: this refund.
    pub fn query(&self) -> Refundquery {
        let query = Refundquery::new().refund_id(self.notification.refund_id());
        match self.notification.sub_mch_id() {
            Some(sub_mch_id) if !sub_mch_id.is_empty() => query.sub_mch_id(sub_mch_id),
            _ => query,
        }
    }

    /// Compares WeChat's answer with the notification. The result is the answer's: a refund may have changed since the notification.
    ///
    /// # Errors
    /// `Mismatch`, naming the first thing that differs, or that the refund has no result yet.
    pub fn finish(self, reply: &RefundqueryReply, merchant: &Merchant) -> Result<ConfirmedRefund, Error> {
        notify::confirmed_refund(&self.notification, reply, merchant)
            .map_err(|error| error.at(Refundquery::ENDPOINT.name).advise(Retry::QueryFirst))
    }
}
