//! WeCom over the transport: its authorize link, tokens and tickets shared through the store, and its pages.

use super::inner::{WxPay, nonce, now};
use crate::error::Error;
use crate::flow::keys::Token;
use crate::platform::jssdk::{self, JssdkConfig, PageConfig};
use crate::platform::wecom::{self, AgentConfig, WecomScope};
use crate::secret::Secret;

/// The functions of a client for WeCom (企业微信). Its appid is the corpid; the settings `corp_secret` and `agent_id` are those of the application.
#[derive(Clone, Copy, Debug)]
pub struct Wecom<'a>(pub(super) &'a WxPay);

impl WxPay {
    /// WeCom.
    pub fn wecom(&self) -> Wecom<'_> {
        Wecom(self)
    }
}

impl Wecom<'_> {
    /// Where to send a customer, asking for nothing but who it is.
    ///
    /// # Errors
    /// As [`wecom::authorize_url`]; `Config` without the settings of WeCom.
    pub fn authorize_url(&self, redirect_uri: &str, state: Option<&str>) -> Result<String, Error> {
        self.authorize_url_with(redirect_uri, WecomScope::Base, state)
    }

    /// Where to send a customer.
    ///
    /// # Errors
    /// As [`Wecom::authorize_url`].
    pub fn authorize_url_with(
        &self,
        redirect_uri: &str,
        scope: WecomScope,
        state: Option<&str>,
    ) -> Result<String, Error> {
        let ids = self.ids("wecom.authorize_url")?;
        wecom::authorize_url(&self.0.0.open, ids, redirect_uri, scope, state)
    }

    /// The argument of `wx.config` for a page in WeCom, with `beta`.
    ///
    /// # Errors
    /// `InvalidRequest` for a URL that is not absolute; `OAuth`, `Transport` or `Config` when there is no ticket.
    pub async fn config(&self, page: &PageConfig) -> Result<JssdkConfig, Error> {
        let (corpid, _) = self.ids("wecom.config")?;
        let ticket = self.jsapi_ticket().await?;
        let config = jssdk::config(corpid, ticket.expose(), page, now(), &nonce()?)?;
        Ok(JssdkConfig { beta: Some(true), ..config })
    }

    /// The argument of `wx.agentConfig` for a page in WeCom: for functions that need the application's identity. Paying does not.
    ///
    /// # Errors
    /// As [`Wecom::config`].
    pub async fn agent_config(&self, url: &str, js_api_list: &[String]) -> Result<AgentConfig, Error> {
        let ids = self.ids("wecom.agent_config")?;
        let ticket = self.agent_ticket().await?;
        wecom::agent_config(ids, ticket.expose(), (url, js_api_list), now(), &nonce()?)
    }

    /// The token of the application, from the store or from `gettoken`.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without the settings of WeCom.
    pub async fn access_token(&self) -> Result<Secret, Error> {
        self.0.shared_token(Token::WecomToken, None).await
    }

    /// As [`Wecom::access_token`], when WeCom has just refused `refused` by 40014 or 42001: gives the one that took its place, which of
    /// all who ask one renews.
    ///
    /// # Errors
    /// As [`Wecom::access_token`].
    pub async fn access_token_but(&self, refused: &Secret) -> Result<Secret, Error> {
        self.0.shared_token(Token::WecomToken, Some(refused)).await
    }

    /// The ticket of the corp, for `wx.config`.
    ///
    /// # Errors
    /// As [`Wecom::access_token`].
    pub async fn jsapi_ticket(&self) -> Result<Secret, Error> {
        self.0.shared_token(Token::WecomTicket, None).await
    }

    /// The ticket of the application, for `wx.agentConfig`.
    ///
    /// # Errors
    /// As [`Wecom::access_token`].
    pub async fn agent_ticket(&self) -> Result<Secret, Error> {
        self.0.shared_token(Token::WecomAgentTicket, None).await
    }

    /// Corpid and agentid.
    fn ids(&self, call: &'static str) -> Result<(&str, &str), Error> {
        let merchant = self.0.merchant();
        let (_, agent) = merchant.wecom().map_err(|error| error.at(call))?;
        Ok((merchant.appid(), agent))
    }
}
