//! Tokens and tickets over the transport, shared through the store.

use serde_json::Value;

use super::inner::{WxPay, nonce, now};
use super::slot::Shared;
use super::tokens::kept;
use crate::error::Error;
use crate::platform::TOKEN;
use crate::platform::jssdk::{self, AccessToken, PageConfig, Ticket};
use crate::secret::Secret;
use crate::table::row::Document;

/// What a client does for the JS-SDK.
#[derive(Clone, Copy, Debug)]
pub struct Jssdk<'a>(pub(super) &'a WxPay);

impl WxPay {
    /// Tokens, tickets and `wx.config`.
    pub fn jssdk(&self) -> Jssdk<'_> {
        Jssdk(self)
    }
}

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
        self.0.ask(&TOKEN, &path, None).await.map(AccessToken::from_fields)
    }

    /// `cgi-bin/stable_token`: the same token for everybody who asks, until shortly before its end. With `force_refresh` it
    /// is another one, which ends the one before it at once; WeChat allows that twenty times a day, thirty seconds apart.
    /// Either is what [`Jssdk::access_token`] gives from then on.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn stable_token(&self, force_refresh: bool) -> Result<AccessToken, Error> {
        let asked = now();
        let reply = self.0.ask_stable_token(force_refresh).await?;
        self.0.keep_token(Shared::AccessToken, &kept(&reply, asked)).await;
        Ok(reply)
    }

    /// `cgi-bin/ticket/getticket`, of type jsapi. Its quota is small.
    ///
    /// # Errors
    /// `OAuth` or `Transport`.
    pub async fn getticket(&self, access_token: &str) -> Result<Ticket, Error> {
        self.0.ask_ticket(access_token).await
    }
}
