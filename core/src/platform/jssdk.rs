//! The JS-SDK: access_token, jsapi_ticket, and what a page gives to `wx.config`.

use serde_json::{Value, json};

use super::page_sign::signature;
use crate::error::Error;
use crate::hosts::absolute_url;
use crate::merchant::Merchant;
use crate::table::macros::record;
use crate::wire::{form, json as wire};

record! {
    /// The account's access_token.
    AccessToken
    fields {
        /// The token.
        access_token: Text(512) required hidden,
        /// How long it lives, in seconds.
        expires_in: Int required,
    }
}

record! {
    /// The account's jsapi_ticket.
    Ticket
    fields {
        /// The ticket.
        ticket: Text(512) required hidden,
        /// How long it lives, in seconds.
        expires_in: Int required,
    }
}

/// What a page asks of `wx.config`.
#[derive(Clone, Debug, Default)]
pub struct PageConfig {
    /// The page's own URL, with its query. What follows a `#` is left out of the signature.
    pub url: String,
    /// `jsApiList`: what the page will call, such as `chooseWXPay`.
    pub js_api_list: Vec<String>,
    /// `openTagList`.
    pub open_tag_list: Vec<String>,
    /// Whether WeChat shows every call in an alert.
    pub debug: bool,
}

/// The arguments of `wx.config`: debug, appId, timestamp, nonceStr, signature, jsApiList, openTagList.
///
/// # Errors
/// `InvalidRequest` unless the URL is absolute.
pub fn config(appid: &str, ticket: &str, page: &PageConfig, now: i64, nonce: &str) -> Result<Value, Error> {
    absolute_url("url", &page.url)?;
    Ok(json!({
        "debug": page.debug,
        "appId": appid,
        "timestamp": now,
        "nonceStr": nonce,
        "signature": signature(ticket, nonce, now, &page.url),
        "jsApiList": page.js_api_list,
        "openTagList": page.open_tag_list,
    }))
}

/// Path and query of `cgi-bin/token`.
///
/// # Errors
/// `Config` without an AppSecret.
pub fn token(merchant: &Merchant) -> Result<String, Error> {
    let query = [("grant_type", "client_credential"), ("appid", merchant.appid()), ("secret", merchant.app_secret()?)];
    Ok(format!("/cgi-bin/token?{}", form::query(query)))
}

/// Body of `cgi-bin/stable_token`.
///
/// # Errors
/// `Config` without an AppSecret.
pub fn stable_token(merchant: &Merchant, force_refresh: bool) -> Result<String, Error> {
    let secret = merchant.app_secret()?;
    Ok(wire::build([
        ("grant_type", "client_credential"),
        ("appid", merchant.appid()),
        ("secret", secret),
        ("force_refresh", if force_refresh { "true" } else { "false" }),
    ]))
}

/// Path and query of `cgi-bin/ticket/getticket`.
pub fn getticket(access_token: &str) -> String {
    format!("/cgi-bin/ticket/getticket?{}", form::query([("access_token", access_token), ("type", "jsapi")]))
}
