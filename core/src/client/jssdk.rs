//! Tokens and tickets over the transport, shared through the store.

use serde_json::Value;

use super::{WxPay, nonce, now};
use crate::endpoint::{Document, RetryClass};
use crate::error::Error;
use crate::jssdk::{self, AccessToken, PageConfig, Ticket};
use crate::secret::Secret;
use crate::token::{self, Kept};

/// What a client does for the JS-SDK.
#[derive(Clone, Copy, Debug)]
pub struct Jssdk<'a>(pub(super) &'a WxPay);

impl Jssdk<'_> {
    /// What a page gives to `wx.config`.
    ///
    /// # Errors
    /// `InvalidRequest` for a URL that is not absolute; `OAuth`, `Transport` or `Config` for want of a ticket.
    pub async fn config(&self, page: &PageConfig) -> Result<Value, Error> {
        let ticket = self.jsapi_ticket().await?;
        jssdk::config(self.0.merchant().appid(), ticket.expose(), page, now(), &nonce()?)
    }

    /// The account's access_token, from the store or from `stable_token`.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn access_token(&self) -> Result<Secret, Error> {
        self.token_unless(None).await
    }

    /// The account's jsapi_ticket, from the store or from `getticket`.
    ///
    /// # Errors
    /// As [`Jssdk::access_token`].
    pub async fn jsapi_ticket(&self) -> Result<Secret, Error> {
        let slot = &self.0.0.tokens.jsapi_ticket;
        self.0.shared_token(slot, &self.key("jsapi_ticket"), None, || self.renewed_ticket()).await
    }

    /// `cgi-bin/token`: a new token, which ends the one before it. For accounts that other software renews this way.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        let path = jssdk::token(self.0.merchant())?;
        self.0.ask(&path, None, "jssdk.token", RetryClass::Safe, AccessToken::RECORD).await.map(AccessToken)
    }

    /// `cgi-bin/stable_token`: the same token for everybody who asks, until shortly before its end.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn stable_token(&self, force_refresh: bool) -> Result<AccessToken, Error> {
        let body = jssdk::stable_token(self.0.merchant(), force_refresh)?;
        // A forced renewal counts, twenty times a day.
        let class = if force_refresh { RetryClass::QueryFirst } else { RetryClass::Safe };
        self.0
            .ask("/cgi-bin/stable_token", Some(body), "jssdk.stable_token", class, AccessToken::RECORD)
            .await
            .map(AccessToken)
    }

    /// `cgi-bin/ticket/getticket`, of type jsapi. Its quota is small.
    ///
    /// # Errors
    /// `OAuth` or `Transport`.
    pub async fn getticket(&self, access_token: &str) -> Result<Ticket, Error> {
        let path = jssdk::getticket(access_token);
        self.0.ask(&path, None, "jssdk.getticket", RetryClass::Safe, Ticket::RECORD).await.map(Ticket)
    }

    async fn renewed_ticket(&self) -> Result<Kept, Error> {
        let token = self.token_unless(None).await?;
        let asked = now();
        let reply = match self.getticket(token.expose()).await {
            // Somebody ended the token before its time.
            Err(error) if token::is_dead(&error) => {
                let token = self.token_unless(Some(&token)).await?;
                self.getticket(token.expose()).await?
            }
            reply => reply?,
        };
        Ok(Kept::new(reply.ticket(), asked, reply.expires_in()))
    }

    /// The account's token, unless it is the one that WeChat has just refused.
    async fn token_unless(&self, dead: Option<&Secret>) -> Result<Secret, Error> {
        let slot = &self.0.0.tokens.access_token;
        self.0.shared_token(slot, &self.key("access_token"), dead, || self.renewed_token()).await
    }

    async fn renewed_token(&self) -> Result<Kept, Error> {
        let asked = now();
        let reply = self.stable_token(false).await?;
        Ok(Kept::new(reply.access_token(), asked, reply.expires_in()))
    }

    fn key(&self, what: &str) -> String {
        format!("wxpaykit:{what}:{}", self.0.merchant().appid())
    }
}
