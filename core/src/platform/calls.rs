//! The calls of the open platform, by the names of their methods: web authorisation, tokens, tickets; and what repeating
//! each of them does.

use super::jssdk::{AccessToken, Ticket};
use super::oauth::{UserInfo, Valid, WebToken};
use crate::retry::RetryClass;
use crate::table::row::{Document, Record};

/// A call of the open platform.
#[derive(Debug)]
pub struct Call {
    /// The method's name, for errors and events.
    pub name: &'static str,
    /// What repeating it does.
    pub retry: RetryClass,
    /// What it answers.
    pub reply: &'static Record,
}

/// `sns/oauth2/access_token`. A code is used up by its first exchange: to send it again would turn a lost answer into 40163.
pub static WEB_TOKEN: Call = Call { name: "oauth.access_token", retry: RetryClass::Once, reply: WebToken::RECORD };
/// `sns/oauth2/refresh_token`.
pub static REFRESH_TOKEN: Call = Call { name: "oauth.refresh_token", retry: RetryClass::Safe, reply: WebToken::RECORD };
/// `sns/userinfo`.
pub static USERINFO: Call = Call { name: "oauth.userinfo", retry: RetryClass::Safe, reply: UserInfo::RECORD };
/// `sns/auth`.
pub static AUTH: Call = Call { name: "oauth.auth", retry: RetryClass::Safe, reply: Valid::RECORD };
/// `cgi-bin/token`.
pub static TOKEN: Call = Call { name: "jssdk.token", retry: RetryClass::Safe, reply: AccessToken::RECORD };
/// `cgi-bin/stable_token`.
pub static STABLE_TOKEN: Call =
    Call { name: "jssdk.stable_token", retry: RetryClass::Safe, reply: AccessToken::RECORD };
/// `cgi-bin/stable_token` with `force_refresh`, which counts: twenty times a day, thirty seconds apart.
pub static FORCED_TOKEN: Call =
    Call { name: "jssdk.stable_token", retry: RetryClass::QueryFirst, reply: AccessToken::RECORD };
/// `cgi-bin/ticket/getticket`.
pub static GETTICKET: Call = Call { name: "jssdk.getticket", retry: RetryClass::Safe, reply: Ticket::RECORD };

/// All of them.
pub static CALLS: [&Call; 8] =
    [&WEB_TOKEN, &REFRESH_TOKEN, &USERINFO, &AUTH, &TOKEN, &STABLE_TOKEN, &FORCED_TOKEN, &GETTICKET];

/// A call by its name.
pub fn find(name: &str) -> Option<&'static Call> {
    CALLS.into_iter().find(|call| call.name == name)
}
