//! Notifications, verified and confirmed.

use super::WxPay;
use crate::error::Error;
use crate::flow::Confirm;
use crate::notify::{ConfirmedPayment, PaymentNotification};

/// What a client does with notifications.
#[derive(Clone, Copy, Debug)]
pub struct Notify<'a>(pub(super) &'a WxPay);

impl Notify<'_> {
    /// Verifies a notification's raw body: signature, appid and mch_id.
    ///
    /// # Errors
    /// `Signature` or `Mismatch`.
    pub fn parse(&self, body: &[u8]) -> Result<PaymentNotification, Error> {
        PaymentNotification::parse(body, self.0.merchant())
    }

    /// Verifies a notification's raw body, asks WeChat for the order, and compares: appid, mch_id, out_trade_no,
    /// transaction_id, total_fee, and that the order is paid.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and whatever `orderquery` may fail with.
    pub async fn confirm(&self, body: &[u8]) -> Result<ConfirmedPayment, Error> {
        let confirm = Confirm::start(body, self.0.merchant())?;
        let reply = self.0.orderquery(confirm.query()).await?;
        confirm.finish(reply)
    }
}
