//! Tokens and tickets over the transport, shared through the store.

use serde_json::Value;

use super::tokens::Shared;
use super::{WxPay, nonce, now};
use crate::error::{Error, Outcome, Retry};
use crate::jssdk::{self, AccessToken, PageConfig, Ticket};
use crate::platform;
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
        self.0.shared_token(Shared::AccessToken, None).await
    }

    /// As [`Jssdk::access_token`], when WeChat has just refused `refused` by 40001, 40014 or 42001: gives the one that took
    /// its place, which of all who ask one renews.
    ///
    /// # Errors
    /// As [`Jssdk::access_token`].
    pub async fn access_token_but(&self, refused: &Secret) -> Result<Secret, Error> {
        self.0.shared_token(Shared::AccessToken, Some(refused)).await
    }

    /// The account's jsapi_ticket, from the store or from `getticket`.
    ///
    /// # Errors
    /// As [`Jssdk::access_token`].
    pub async fn jsapi_ticket(&self) -> Result<Secret, Error> {
        self.0.shared_token(Shared::JsapiTicket, None).await
    }

    /// `cgi-bin/token`: a new token, which ends the one before it. For accounts that other software renews this way.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        let path = jssdk::token(self.0.merchant())?;
        self.0.ask(&platform::TOKEN, &path, None).await.map(AccessToken)
    }

    /// `cgi-bin/stable_token`: the same token for everybody who asks, until shortly before its end. With `force_refresh` it
    /// is another one, which ends the one before it at once; WeChat allows that twenty times a day, thirty seconds apart.
    /// Either is what [`Jssdk::access_token`] gives from then on.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn stable_token(&self, force_refresh: bool) -> Result<AccessToken, Error> {
        let asked = now();
        let reply = self.ask_stable_token(force_refresh).await?;
        self.0.keep_token(Shared::AccessToken, &kept(&reply, asked)).await;
        Ok(reply)
    }

    /// `cgi-bin/ticket/getticket`, of type jsapi. Its quota is small.
    ///
    /// # Errors
    /// `OAuth` or `Transport`.
    pub async fn getticket(&self, access_token: &str) -> Result<Ticket, Error> {
        let path = jssdk::getticket(access_token);
        self.0.ask(&platform::GETTICKET, &path, None).await.map(Ticket)
    }

    async fn ask_stable_token(&self, force_refresh: bool) -> Result<AccessToken, Error> {
        let call = if force_refresh { &platform::FORCED_TOKEN } else { &platform::STABLE_TOKEN };
        let body = jssdk::stable_token(self.0.merchant(), force_refresh)?;
        self.0.ask(call, "/cgi-bin/stable_token", Some(body)).await.map(AccessToken)
    }

    pub(super) async fn new_access_token(&self) -> Result<Kept, Error> {
        let asked = now();
        self.ask_stable_token(false).await.map(|reply| kept(&reply, asked))
    }

    /// In no longer time than one call may take, whatever it has to ask for: others wait so long for it.
    pub(super) async fn new_jsapi_ticket(&self) -> Result<Kept, Error> {
        let ticket = tokio::time::timeout(self.0.0.limits.timeout, self.ask_jsapi_ticket());
        ticket.await.unwrap_or_else(|_| {
            let reason = "no ticket within the time limit";
            Err(Error::transport("timeout", Outcome::Unknown, None, reason)
                .at("jssdk.jsapi_ticket")
                .advise(Retry::SameRequest))
        })
    }

    async fn ask_jsapi_ticket(&self) -> Result<Kept, Error> {
        let token = self.access_token().await?;
        let asked = now();
        let reply = match self.getticket(token.expose()).await {
            // Somebody ended the token before its time.
            Err(error) if token::is_dead(&error) => {
                let token = self.access_token_but(&token).await?;
                self.getticket(token.expose()).await?
            }
            reply => reply?,
        };
        Ok(Kept::new(reply.ticket(), asked, reply.expires_in()))
    }
}

fn kept(reply: &AccessToken, asked: i64) -> Kept {
    Kept::new(reply.access_token(), asked, reply.expires_in())
}
