//! The parameters for pages, and numbers for new orders, from this machine's clock and random source.

use std::time::{SystemTime, UNIX_EPOCH};

use super::inner::{WxPay, nonce, now};
use super::random::fresh;
use crate::error::Error;
use crate::notify;
use crate::out_trade_no;
use crate::page::{self, PageParams};

impl WxPay {
    /// The parameters for `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`. `appid` is the one whose openid the order has;
    /// `None` for the one of the order if this process made it, else for the settings' `sub_appid` or `appid`.
    ///
    /// # Errors
    /// `InvalidRequest` for a malformed `prepay_id` or `appid`, and without an `appid` when the client is a service provider's, this
    /// process did not make the order, and the settings have no `sub_appid` or orders are made for payers of several appids.
    pub fn jsapi_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        let appid = self.payer_appid(prepay_id, appid)?;
        page::jsapi_params(&self.0.merchant, prepay_id, appid.as_deref(), now(), &nonce()?)
    }

    /// The parameters for `wx.chooseWXPay`; `appid` as in [`Self::jsapi_params`]. The page's `wx.config` must be of the same appid:
    /// WeChat takes it from there.
    ///
    /// # Errors
    /// As [`Self::jsapi_params`].
    pub fn choose_wxpay_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        let appid = self.payer_appid(prepay_id, appid)?;
        page::choose_wxpay_params(&self.0.merchant, prepay_id, appid.as_deref(), now(), &nonce()?)
    }

    /// The parameters for `wx.requestPayment` of a mini program; `appid` as in [`Self::jsapi_params`].
    ///
    /// # Errors
    /// As [`Self::jsapi_params`].
    pub fn miniprogram_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        let appid = self.payer_appid(prepay_id, appid)?;
        page::miniprogram_params(&self.0.merchant, prepay_id, appid.as_deref(), now(), &nonce()?)
    }

    /// The parameters for the Open SDK's `PayReq` in an app; `appid` as in [`Self::jsapi_params`]. `partnerid` is the merchant that the app
    /// pays: `None` for the order's sub-merchant if this process made the order, else for the settings' `sub_mch_id` or `mch_id`.
    ///
    /// # Errors
    /// As [`Self::jsapi_params`]. `InvalidRequest` without a `partnerid` when the client is a service provider's, this process did not make
    /// the order, and the settings have no `sub_mch_id`.
    pub fn app_params(
        &self,
        prepay_id: &str,
        appid: Option<&str>,
        partnerid: Option<&str>,
    ) -> Result<PageParams, Error> {
        let appid = self.payer_appid(prepay_id, appid)?;
        let partnerid = self.partnerid(prepay_id, partnerid)?;
        page::app_params(&self.0.merchant, prepay_id, appid.as_deref(), partnerid.as_deref(), now(), &nonce()?)
    }

    /// The text of a permanent code for a product (扫码支付模式一); see [`notify::native_code_url`].
    ///
    /// # Errors
    /// `InvalidRequest` for a malformed product number.
    pub fn native_code_url(&self, product_id: &str) -> Result<String, Error> {
        notify::native_code_url(&self.0.merchant, product_id, now(), &nonce()?)
    }

    /// The answer to WeChat's question about a permanent code: the `prepay_id` of a NATIVE order for the customer; see
    /// [`Notify::parse_native`](super::Notify::parse_native).
    ///
    /// # Errors
    /// `InvalidRequest` for a malformed `prepay_id`.
    pub fn native_answer(&self, prepay_id: &str) -> Result<String, Error> {
        notify::native_answer(&self.0.merchant, prepay_id, &nonce()?)
    }

    /// The answer to WeChat's question about a permanent code when there is no order: the customer reads `text`.
    ///
    /// # Errors
    /// `InvalidRequest` for a text that is empty or longer than 128 characters.
    pub fn native_refusal(&self, text: &str) -> Result<String, Error> {
        notify::native_refusal(&self.0.merchant, text, &nonce()?)
    }

    /// The appid for the page of an order: the given one, or that of an order that this process made.
    pub(super) fn payer_appid(&self, prepay_id: &str, given: Option<&str>) -> Result<Option<String>, Error> {
        self.0.payers.appid(&self.0.merchant, prepay_id, page::given(given))
    }

    /// The merchant that an app pays: the given one, or that of an order that this process made.
    pub(super) fn partnerid(&self, prepay_id: &str, given: Option<&str>) -> Result<Option<String>, Error> {
        self.0.payers.partnerid(&self.0.merchant, prepay_id, page::given(given))
    }

    /// A number for a new order; see [`out_trade_no::new_out_trade_no`].
    ///
    /// # Errors
    /// `InvalidRequest` for a prefix that does not fit.
    pub fn new_out_trade_no(&self, prefix: &str) -> Result<String, Error> {
        new_out_trade_no(prefix)
    }

    /// A number for a new refund; see [`out_trade_no::new_out_refund_no`].
    ///
    /// # Errors
    /// `InvalidRequest` for a prefix that does not fit.
    pub fn new_out_refund_no(&self, prefix: &str) -> Result<String, Error> {
        new_out_refund_no(prefix)
    }
}

/// A number for a new order, from this machine's clock and random source; see [`out_trade_no::new_out_trade_no`].
///
/// # Errors
/// `InvalidRequest` for a prefix that does not fit.
pub fn new_out_trade_no(prefix: &str) -> Result<String, Error> {
    out_trade_no::new_out_trade_no(prefix, now_ms(), fresh()?)
}

/// A number for a new refund, from this machine's clock and random source; see [`out_trade_no::new_out_refund_no`].
///
/// # Errors
/// `InvalidRequest` for a prefix that does not fit.
pub fn new_out_refund_no(prefix: &str) -> Result<String, Error> {
    out_trade_no::new_out_refund_no(prefix, now_ms(), fresh()?)
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0))
}
