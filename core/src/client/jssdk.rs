//! Tokens and tickets over the transport, shared through the store.

use super::inner::{WxPay, nonce, now};
use crate::codes::Api;
use crate::doctor::{self, Language};
use crate::error::Error;
use crate::flow::keys::Token;
use crate::platform::jssdk::{self, JssdkConfig, PageConfig};
use crate::platform::wecom::AgentConfig;
use crate::secret::Secret;

/// The functions of a client for the JS-SDK.
#[derive(Clone, Copy, Debug)]
pub struct Jssdk<'a>(pub(super) &'a WxPay);

impl WxPay {
    /// Tokens, tickets and `wx.config`.
    pub fn jssdk(&self) -> Jssdk<'_> {
        Jssdk(self)
    }
}

impl Jssdk<'_> {
    /// The arguments of `wx.config` for a page. Logs a warning when no browser can be at the URL, such as one with `&amp;`
    /// or with capitals in the host: WeChat's browser would refuse the signature. Logs one when this process made orders over a
    /// `sub_appid`: their customers cannot pay on this page by `wx.chooseWXPay`.
    ///
    /// # Errors
    /// `InvalidRequest` for a URL that is not absolute; `OAuth`, `Transport` or `Config` when there is no ticket. `Config` when
    /// `sub_appid` is set: this client's AppSecret is of `appid`, its customers pay over `sub_appid`, and `wx.chooseWXPay` takes the
    /// appid of `wx.config`.
    pub async fn config(&self, page: &PageConfig) -> Result<JssdkConfig, Error> {
        self.0.check_account(Api::Platform).map_err(|error| error.at("jssdk.config"))?;
        let merchant = self.0.merchant();
        if merchant.payer_appid() != merchant.appid() {
            let remedy = format!(
                "is {}, and wx.config would be of {}: make another client for the page, whose appid is the sub_appid, with the AppSecret of \
                 that account and without sub_appid",
                merchant.payer_appid(),
                merchant.appid(),
            );
            return Err(Error::config("sub_appid", remedy).at("jssdk.config"));
        }
        // The URL itself stays out of the log: its query may hold an OAuth code.
        if let Some(mistake) = doctor::config::impossible(&page.url) {
            let why = mistake.message(Language::English);
            tracing::warn!("jssdk.config: location.href is never this URL, so wx.config will fail: {why}");
        }
        if let Some(other) = self.0.0.payers.other_to_warn_of() {
            tracing::warn!(
                "jssdk.config: this wx.config is of appid {}, and orders were made over sub_appid {other}. wx.chooseWXPay takes the appid of \
                 wx.config, so it cannot pay such an order: make another client for their pages, whose appid is the sub_appid, with the \
                 AppSecret of that account, or pay by WeixinJSBridge",
                merchant.appid(),
            );
        }
        let ticket = self.jsapi_ticket().await?;
        jssdk::config(self.0.merchant().appid(), ticket.expose(), page, now(), &nonce()?)
    }

    /// The account's access_token, from the store or from `stable_token`.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn access_token(&self) -> Result<Secret, Error> {
        self.0.shared_token(Token::AccessToken, None).await
    }

    /// As [`Jssdk::access_token`], when WeChat has just refused `refused` by 40001, 40014 or 42001: gives the one that took
    /// its place, which of all who ask one renews.
    ///
    /// # Errors
    /// As [`Jssdk::access_token`].
    pub async fn access_token_but(&self, refused: &Secret) -> Result<Secret, Error> {
        self.0.shared_token(Token::AccessToken, Some(refused)).await
    }

    /// The argument of `wx.agentConfig` for a page in WeCom: the same as [`Wecom::agent_config`](super::Wecom::agent_config).
    ///
    /// # Errors
    /// As there.
    pub async fn agent_config(&self, url: &str, js_api_list: &[String]) -> Result<AgentConfig, Error> {
        self.0.wecom().agent_config(url, js_api_list).await
    }

    /// The account's jsapi_ticket, from the store or from `getticket`.
    ///
    /// # Errors
    /// As [`Jssdk::access_token`].
    pub async fn jsapi_ticket(&self) -> Result<Secret, Error> {
        self.0.shared_token(Token::JsapiTicket, None).await
    }
}
