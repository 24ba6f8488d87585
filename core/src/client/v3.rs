//! APIv3: what a client does under `pay.v3`.

use super::inner::{WxPay, nonce, now};
use crate::error::Error;
use crate::page::{self, PageParams, SignedBy};

/// The calls of APIv3, and the parameters for pages and apps that open the cashier of its orders.
#[derive(Clone, Copy, Debug)]
pub struct V3<'a>(pub(super) &'a WxPay);

impl WxPay {
    /// APIv3. It needs `client_cert` with `client_key`, or `client_p12`, and `api_v3_key`; and `platform_public_key` with its id,
    /// unless WeChat gave the merchant platform certificates.
    pub fn v3(&self) -> V3<'_> {
        V3(self)
    }
}

impl V3<'_> {
    /// The parameters for `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`, for an order that APIv3 made. `appid` is the one whose
    /// openid the order has; `None` for the one of the order if this process made it, else for the settings' `sub_appid` or `appid`.
    ///
    /// # Errors
    /// `InvalidRequest` as of [`WxPay::jsapi_params`]; `Config` when the settings have no private key.
    pub fn jsapi_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        let known = self.0.known_payer(prepay_id, appid)?;
        let appid = appid.or(known.as_deref());
        page::jsapi(self.0.merchant(), SignedBy::PrivateKey, prepay_id, appid, now(), &nonce()?)
    }

    /// The parameters for `wx.chooseWXPay`; `appid` as in [`Self::jsapi_params`].
    ///
    /// # Errors
    /// As [`Self::jsapi_params`].
    pub fn choose_wxpay_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        self.jsapi_params(prepay_id, appid).map(PageParams::into_choose_wxpay)
    }

    /// The parameters for `wx.requestPayment` of a mini program; `appid` as in [`Self::jsapi_params`].
    ///
    /// # Errors
    /// As [`Self::jsapi_params`].
    pub fn miniprogram_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        self.jsapi_params(prepay_id, appid).map(PageParams::into_miniprogram)
    }

    /// The parameters for the Open SDK's `PayReq` in an app; `None` for the sub-merchant's numbers, or the client's own.
    ///
    /// # Errors
    /// As [`Self::jsapi_params`].
    pub fn app_params(
        &self,
        prepay_id: &str,
        appid: Option<&str>,
        partnerid: Option<&str>,
    ) -> Result<PageParams, Error> {
        let known = self.0.known_payer(prepay_id, appid)?;
        let appid = appid.or(known.as_deref());
        page::app(self.0.merchant(), SignedBy::PrivateKey, prepay_id, appid, partnerid, (now(), &nonce()?))
    }
}
