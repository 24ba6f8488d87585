//! Jobs of several steps, without I/O: each step says what to ask, and takes what was answered.

use crate::endpoint::Call;
use crate::error::{Error, Retry};
use crate::merchant::Merchant;
use crate::notify::{self, ConfirmedPayment, PaymentNotification};
use crate::pay::order::{Orderquery, OrderqueryReply};

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
        Ok(Self { notification: PaymentNotification::parse(body, merchant)? })
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
    pub fn finish(self, reply: OrderqueryReply) -> Result<ConfirmedPayment, Error> {
        notify::confirmed(&self.notification, reply)
            .map_err(|error| error.at(Orderquery::ENDPOINT.name).advise(Retry::QueryFirst))
    }
}

/// How long before its end a token is renewed, in seconds: the span in which WeChat lets the old one and the new one work
/// side by side.
pub const RENEW_BEFORE: i64 = 300;

/// No token lives longer than a day, whatever an answer says.
const LONGEST_LIFE: i64 = 86_400;

/// Until when a token that was given at `now` for `expires_in` seconds is used, in seconds since 1970.
pub fn use_until(now: i64, expires_in: i64) -> i64 {
    // stable_token gives what is left of a token, down to the 300 s before its end.
    let life = expires_in.clamp(0, LONGEST_LIFE);
    now.saturating_add((life - RENEW_BEFORE).max(life / 2))
}
