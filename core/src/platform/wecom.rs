//! WeCom (企业微信): who the customer is, the tokens and tickets of an application, and its pages.

use serde::Serialize;

use super::jssdk::{AccessToken, Ticket};
use super::oauth::checked;
use super::page_sign::signature;
use crate::error::Error;
use crate::hosts::absolute_url;
use crate::table::macros::{endpoints, record};
use crate::wire::{form, json};

endpoints! {
    /// Gets a token of the application. The client keeps one; this call is for other programs.
    wecom.gettoken(WecomGettoken) -> AccessToken {
        wecom_get("/cgi-bin/gettoken"),
        identity(&[("corpid", Appid), ("corpsecret", CorpSecret)]),
        retry(Safe);
        request {}
    }

    /// Gets the visitor's identity from the code of the authorize link: `userid` for a member, `openid` for anyone else.
    /// A code works once, for five minutes. WeCom refuses an invalid code with 40029.
    wecom.getuserinfo(WecomGetuserinfo) -> WecomVisitor {
        wecom_get("/cgi-bin/auth/getuserinfo"),
        token(TokenOf::Application),
        retry(Once);
        request {
            /// The code that WeCom appended to `redirect_uri`.
            code: Text(512) required hidden,
            /// The access_token of the application; when left out, the client's own, which it keeps and renews.
            access_token: Text hidden,
        }
    }

    /// Gets the openid of a member, with which the member pays.
    /// WeCom refuses a member who has no WeChat with 43004.
    wecom.convert_to_openid(WecomConvertToOpenid) -> WecomOpenid {
        wecom_post("/cgi-bin/user/convert_to_openid?access_token={access_token}"),
        token(TokenOf::Application),
        retry(Safe);
        request {
            /// The `userid` of the member.
            userid: Text(64) required,
            /// The access_token of the application; when left out, the client's own, which it keeps and renews.
            access_token: Text hidden,
        }
    }

    /// Gets the ticket of the corp, for `wx.config`. Its quota is small; `jsapi_ticket` keeps a ticket.
    wecom.get_jsapi_ticket(WecomGetJsapiTicket) -> Ticket {
        wecom_get("/cgi-bin/get_jsapi_ticket"),
        token(TokenOf::Application),
        retry(Safe);
        request {
            /// The access_token of the application; when left out, the client's own, which it keeps and renews.
            access_token: Text hidden,
        }
    }

    /// Gets the ticket of the application, for `wx.agentConfig`. Its quota is small; `agent_ticket` keeps a ticket.
    wecom.get_agent_ticket(WecomGetAgentTicket) -> Ticket {
        wecom_get("/cgi-bin/ticket/get"),
        token(TokenOf::Application),
        fixed(&[("type", "agent_config")]),
        retry(Safe);
        request {
            /// The access_token of the application; when left out, the client's own, which it keeps and renews.
            access_token: Text hidden,
        }
    }
}

record! {
    /// Who came back from WeCom's authorize link: a member, or anybody else.
    WecomVisitor
    fields {
        /// Of a member: the userid. `convert_to_openid` gives the openid.
        userid: Text(64),
        /// Of anybody else: the openid, with which they pay.
        openid: Id(128) short,
        /// Of a member who agreed to `snsapi_privateinfo`: a ticket for more about them.
        user_ticket: Text(512) hidden,
        /// The external_userid of a customer who is not a member.
        external_userid: Text(64) short,
    }
}

record! {
    /// The openid of a member.
    WecomOpenid
    fields {
        /// The openid under the corpid.
        openid: Id(128) required short,
    }
}

/// How much an authorize link of WeCom asks to know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WecomScope {
    /// `snsapi_base`: who it is, without a question.
    #[default]
    Base,
    /// `snsapi_privateinfo`: a ticket for more about a member, with the member's consent.
    PrivateInfo,
}

impl WecomScope {
    /// The wire's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "snsapi_base",
            Self::PrivateInfo => "snsapi_privateinfo",
        }
    }
}

impl std::str::FromStr for WecomScope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "snsapi_base" => Ok(Self::Base),
            "snsapi_privateinfo" => Ok(Self::PrivateInfo),
            _ => Err(Error::invalid("scope", "must be snsapi_base or snsapi_privateinfo")),
        }
    }
}

/// Where to send a customer who uses WeCom, or WeChat: they come back to `redirect_uri` with a `code`, and with `state` unchanged.
///
/// `base` is `https://open.weixin.qq.com`, or an emulator's address.
///
/// # Errors
/// `InvalidRequest` when `redirect_uri` is not absolute, or `state` is not at most 128 letters and digits.
pub fn authorize_url(
    base: &str,
    (corpid, agent_id): (&str, &str),
    redirect_uri: &str,
    scope: WecomScope,
    state: Option<&str>,
) -> Result<String, Error> {
    let state = checked(redirect_uri, state)?;
    let fields = [
        ("appid", corpid),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", scope.as_str()),
        ("state", state),
        ("agentid", agent_id),
    ];
    let query = form::query(fields.into_iter().filter(|(_, value)| !value.is_empty()));
    Ok(format!("{base}/connect/oauth2/authorize?{query}#wechat_redirect"))
}

/// The argument of `wx.agentConfig`. Serialize it, or use [`AgentConfig::to_json`]: the page expects WeCom's own names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentConfig {
    /// The corpid.
    pub corpid: String,
    /// The agentid of the application.
    pub agentid: String,
    /// When it was signed, in seconds since 1970.
    pub timestamp: i64,
    /// The random text that was signed.
    pub nonce_str: String,
    /// The signature of ticket, nonce, time and URL.
    pub signature: String,
    /// The functions that the page will call.
    pub js_api_list: Vec<String>,
}

impl AgentConfig {
    /// A JSON object, ready for a script.
    pub fn to_json(&self) -> String {
        json::write(self)
    }
}

/// The argument of `wx.agentConfig` for a page, signed with the ticket of the application at `now`, in seconds since 1970.
///
/// # Errors
/// `InvalidRequest` unless the URL is absolute.
pub fn agent_config(
    (corpid, agent_id): (&str, &str),
    ticket: &str,
    (url, js_api_list): (&str, &[String]),
    now: i64,
    nonce: &str,
) -> Result<AgentConfig, Error> {
    absolute_url("url", url)?;
    Ok(AgentConfig {
        corpid: corpid.to_owned(),
        agentid: agent_id.to_owned(),
        timestamp: now,
        nonce_str: nonce.to_owned(),
        signature: signature(ticket, nonce, now, url),
        js_api_list: js_api_list.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Platform protocol §7, J2.
    #[test]
    fn the_two_tickets_give_two_signatures() {
        let (nonce, now, url) = ("Wm3WZYTPz0wzccnW", 1_414_587_457, "https://pay.example.com/cashier?id=1");
        let corp = ("ww1234567890abcdef", "1000247");
        let names = ["selectExternalContact".to_owned()];
        let config = agent_config(corp, "AGENT_TICKET", (url, &names), now, nonce).unwrap();
        assert_eq!(config.signature, "ad6b4e7e9d373d7304224ab90a663219ce582153");
        assert_eq!(signature("CORP_TICKET", nonce, now, url), "6086444b828479bd81a6cc6ab2bff9646068f090");
        let written = concat!(
            r#"{"corpid":"ww1234567890abcdef","agentid":"1000247","timestamp":1414587457,"nonceStr":"Wm3WZYTPz0wzccnW","#,
            r#""signature":"ad6b4e7e9d373d7304224ab90a663219ce582153","jsApiList":["selectExternalContact"]}"#
        );
        assert_eq!(config.to_json(), written);
        assert!(agent_config(corp, "t", ("/a", &[]), now, nonce).is_err());
    }
}
