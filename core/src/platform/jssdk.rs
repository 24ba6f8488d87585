//! The JS-SDK: access_token, jsapi_ticket, and what a page gives to `wx.config`.

use serde::Serialize;

use super::page_sign::signature;
use crate::error::Error;
use crate::hosts::absolute_url;
use crate::table::macros::{endpoints, record};
use crate::wire::json;

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

/// The argument of `wx.config`. Serialize it, or use [`JssdkConfig::to_json`]: the page expects WeChat's own names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JssdkConfig {
    /// In WeCom: `true`, which `wx.invoke` and `wx.on` need.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beta: Option<bool>,
    /// Whether WeChat shows every call in an alert.
    pub debug: bool,
    /// The account's appid; in WeCom the corpid.
    pub app_id: String,
    /// When it was signed, in seconds since 1970.
    pub timestamp: i64,
    /// The random text that was signed.
    pub nonce_str: String,
    /// The signature of ticket, nonce, time and URL.
    pub signature: String,
    /// The functions that the page will call.
    pub js_api_list: Vec<String>,
    /// The open tags that the page uses.
    pub open_tag_list: Vec<String>,
}

impl JssdkConfig {
    /// A JSON object, ready for a script.
    pub fn to_json(&self) -> String {
        json::write(self)
    }
}

/// The argument of `wx.config` for a page, signed with the account's ticket at `now`, in seconds since 1970.
///
/// # Errors
/// `InvalidRequest` unless the URL is absolute.
pub fn config(appid: &str, ticket: &str, page: &PageConfig, now: i64, nonce: &str) -> Result<JssdkConfig, Error> {
    absolute_url("url", &page.url)?;
    Ok(JssdkConfig {
        beta: None,
        debug: page.debug,
        app_id: appid.to_owned(),
        timestamp: now,
        nonce_str: nonce.to_owned(),
        signature: signature(ticket, nonce, now, &page.url),
        js_api_list: page.js_api_list.clone(),
        open_tag_list: page.open_tag_list.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_of_wx_config_has_the_names_and_types_that_pages_expect() {
        let page = PageConfig {
            url: "https://shop.example/?a=1#x".into(),
            js_api_list: vec!["chooseWXPay".into(), "true".into()],
            ..PageConfig::default()
        };
        let config = config("wxd930ea5d5a258f4f", "ticket", &page, 1_414_587_457, "nonce").unwrap();
        let signature = signature("ticket", "nonce", 1_414_587_457, "https://shop.example/?a=1");
        let written = format!(
            r#"{{"debug":false,"appId":"wxd930ea5d5a258f4f","timestamp":1414587457,"nonceStr":"nonce","signature":"{signature}","jsApiList":["chooseWXPay","true"],"openTagList":[]}}"#
        );
        assert_eq!(config.to_json(), written);
    }
}
