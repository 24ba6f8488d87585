//! Tokens and tickets over the transport: kept until shortly before their end, and renewed once however many ask.

use std::time::Instant;

use serde_json::Value;

use super::{WxPay, nonce, now};
use crate::endpoint::Document;
use crate::error::{Error, Kind};
use crate::flow;
use crate::jssdk::{self, AccessToken, PageConfig, Ticket};
use crate::secret::Secret;

const TOKEN: &str = "access_token";
const TICKET: &str = "jsapi_ticket";

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
        self.once(TOKEN, || self.renewed_token()).await
    }

    /// The account's jsapi_ticket, from the store or from `getticket`.
    ///
    /// # Errors
    /// As [`Jssdk::access_token`].
    pub async fn jsapi_ticket(&self) -> Result<Secret, Error> {
        self.once(TICKET, || self.renewed_ticket()).await
    }

    /// `cgi-bin/token`: a new token, which ends the one before it. For accounts that other software renews this way.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn token(&self) -> Result<AccessToken, Error> {
        let path = jssdk::token(self.0.merchant())?;
        self.0.ask(&path, None, "jssdk.token", AccessToken::RECORD).await.map(AccessToken)
    }

    /// `cgi-bin/stable_token`: the same token for everybody who asks, until shortly before its end.
    ///
    /// # Errors
    /// `OAuth`, `Transport`, or `Config` without an AppSecret.
    pub async fn stable_token(&self, force_refresh: bool) -> Result<AccessToken, Error> {
        let body = jssdk::stable_token(self.0.merchant(), force_refresh)?;
        self.0
            .ask("/cgi-bin/stable_token", Some(body), "jssdk.stable_token", AccessToken::RECORD)
            .await
            .map(AccessToken)
    }

    /// `cgi-bin/ticket/getticket`, of type jsapi. Its quota is small.
    ///
    /// # Errors
    /// `OAuth` or `Transport`.
    pub async fn getticket(&self, access_token: &str) -> Result<Ticket, Error> {
        let path = jssdk::getticket(access_token);
        self.0.ask(&path, None, "jssdk.getticket", Ticket::RECORD).await.map(Ticket)
    }

    /// What is stored under `key`, or what `renew` gets: one asks at a time, and whoever waited meanwhile takes what the
    /// asker got, a failure too.
    async fn once<F>(&self, key: &str, renew: impl FnOnce() -> F) -> Result<Secret, Error>
    where
        F: Future<Output = Result<Secret, Error>>,
    {
        let client = &self.0.0;
        if let Some(value) = client.tokens.get(key, now()) {
            return Ok(value);
        }
        let since = Instant::now();
        let mut last = client.renewing.lock().await;
        if let Some(value) = client.tokens.get(key, now()) {
            return Ok(value);
        }
        if let Some((at, error)) = &*last
            && *at >= since
        {
            return Err(error.copy());
        }
        let renewed = renew().await;
        *last = renewed.as_ref().err().map(|error| (Instant::now(), error.copy()));
        renewed
    }

    async fn renewed_ticket(&self) -> Result<Secret, Error> {
        let asked = now();
        let reply = match self.getticket(self.stored_token().await?.expose()).await {
            // Somebody ended the stored token before its time.
            Err(error) if is_dead_token(&error) => {
                self.0.0.tokens.delete(TOKEN);
                self.getticket(self.renewed_token().await?.expose()).await?
            }
            reply => reply?,
        };
        let ticket = Secret::new(reply.ticket());
        self.0.0.tokens.put(TICKET, ticket.clone(), flow::use_until(asked, reply.expires_in()));
        Ok(ticket)
    }

    async fn stored_token(&self) -> Result<Secret, Error> {
        match self.0.0.tokens.get(TOKEN, now()) {
            Some(token) => Ok(token),
            None => self.renewed_token().await,
        }
    }

    async fn renewed_token(&self) -> Result<Secret, Error> {
        let asked = now();
        let reply = self.stable_token(false).await?;
        let token = Secret::new(reply.access_token());
        self.0.0.tokens.put(TOKEN, token.clone(), flow::use_until(asked, reply.expires_in()));
        Ok(token)
    }
}

fn is_dead_token(error: &Error) -> bool {
    matches!(error.kind(), Kind::OAuth { errcode: 40001 | 40014 | 42001, .. })
}
