//! A method for each call of the payment API, named as the last segment of its path.

// Written by `cargo xtask gen` from the table of calls; edit the table instead.

use super::inner::WxPay;
use crate::error::Error;
use crate::v2::order::Closeorder;
use crate::v2::order::CloseorderReply;
use crate::v2::order::Orderquery;
use crate::v2::order::OrderqueryReply;
use crate::v2::order::Unifiedorder;
use crate::v2::order::UnifiedorderReply;

impl WxPay {
    /// Creates an order and gives its `prepay_id` (统一下单).
    /// Repeating it with the same number and the same fields gives the same order; with other fields it is refused.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn unifiedorder(&self, request: Unifiedorder) -> Result<UnifiedorderReply, Error> {
        self.send(request).await
    }

    /// Asks for an order's state (查询订单). The one proof of payment.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn orderquery(&self, request: Orderquery) -> Result<OrderqueryReply, Error> {
        self.send(request).await
    }

    /// Closes an order that is not paid (关闭订单). WeChat asks to wait five minutes after `unifiedorder`.
    ///
    /// # Errors
    /// Every [`Kind`](crate::error::Kind) but `OAuth`.
    pub async fn closeorder(&self, request: Closeorder) -> Result<CloseorderReply, Error> {
        self.send(request).await
    }
}
