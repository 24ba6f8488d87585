//! The JS-SDK: access_token, jsapi_ticket, and what a page gives to `wx.config`.

use serde_json::{Value, json};

use super::page_sign::signature;
use crate::error::Error;
use crate::hosts::absolute_url;
use crate::table::macros::{endpoints, record};

endpoints! {
    /// Gets a new access_token, which invalidates the previous one. For accounts whose token other software renews in this way.
    jssdk.token(JssdkToken) -> AccessToken {
        get("/cgi-bin/token"),
        identity(&[("appid", Appid), ("secret", AppSecret)]),
        fixed(&[("grant_type", "client_credential")]),
        retry(Safe);
        request {}
    }

    /// Gets the account's access_token: the same one for every caller, until shortly before it expires. The client keeps it.
    jssdk.stable_token(JssdkStableToken) -> AccessToken {
        post("/cgi-bin/stable_token"),
        identity(&[("appid", Appid), ("secret", AppSecret)]),
        fixed(&[("grant_type", "client_credential")]),
        retry(Safe),
        retry_with("force_refresh", "true", QueryFirst),
        renews_token();
        request {
            /// Whether to make a new token, which invalidates the previous one at once. WeChat allows this twenty times a day, thirty seconds apart.
            force_refresh: Bool = "false",
        }
    }

    /// Gets a ticket for the JS-SDK. Its quota is small; `jsapi_ticket` keeps a ticket.
    jssdk.getticket(JssdkGetticket) -> Ticket {
        get("/cgi-bin/ticket/getticket"),
        fixed(&[("type", "jsapi")]),
        retry(Safe);
        request {
            /// The account's access_token.
            access_token: Text required hidden,
        }
    }
}

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
