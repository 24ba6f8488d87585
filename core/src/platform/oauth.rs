//! Web authorisation (网页授权): from a customer's visit to their openid.

use crate::error::Error;
use crate::hosts::absolute_url;
use crate::merchant::Merchant;
use crate::table::macros::record;
use crate::wire::form;

/// How much a page asks to know about the customer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// `snsapi_base`: the openid, without a question to the customer.
    #[default]
    Base,
    /// `snsapi_userinfo`: name and picture as well, with the customer's consent.
    Userinfo,
}

impl std::str::FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "snsapi_base" => Ok(Self::Base),
            "snsapi_userinfo" => Ok(Self::Userinfo),
            _ => Err(Error::invalid("scope", "must be snsapi_base or snsapi_userinfo")),
        }
    }
}

impl Scope {
    /// The wire's text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Base => "snsapi_base",
            Self::Userinfo => "snsapi_userinfo",
        }
    }
}

record! {
    /// What a code is exchanged for: the customer's openid, and a token for `userinfo`.
    WebToken
    fields {
        /// The customer, as this appid knows them.
        openid: Id(128) required short,
        /// A token for this customer's `userinfo`; not the one of `cgi-bin/token`.
        access_token: Text(512) required hidden,
        /// How long the token lives, in seconds.
        expires_in: Int required,
        /// Renews the token for 30 days.
        refresh_token: Text(512) hidden,
        /// What the customer agreed to, separated by commas.
        scope: Text,
        /// 1 when this is a snapshot visitor, whose openid is not real.
        is_snapshotuser: Int,
        /// The customer across the accounts of one open platform.
        unionid: Id short,
    }
}

record! {
    /// A customer who agreed to `snsapi_userinfo`.
    UserInfo
    fields {
        /// The customer, as this appid knows them.
        openid: Id(128) required short,
        /// The name.
        nickname: Text,
        /// 0 since 2021.
        sex: Int,
        /// Empty since 2021.
        province: Text,
        /// Empty since 2021.
        city: Text,
        /// Empty since 2021.
        country: Text,
        /// The picture's address.
        headimgurl: Text,
        /// Privileges, as a list.
        privilege: Json,
        /// The customer across the accounts of one open platform.
        unionid: Id short,
    }
}

record! {
    /// Nothing but `errcode` 0: a web token is valid.
    Valid
    fields {
        /// 0.
        errcode: Int required,
    }
}

/// Where to send the customer: WeChat comes back to `redirect_uri` with a `code`, and with `state` unchanged.
///
/// `base` is `https://open.weixin.qq.com`, or an emulator's address.
///
/// # Errors
/// `InvalidRequest` when `redirect_uri` is not absolute, or `state` is not at most 128 letters and digits.
pub fn authorize_url(
    base: &str,
    appid: &str,
    redirect_uri: &str,
    scope: Scope,
    state: Option<&str>,
    force_popup: bool,
) -> Result<String, Error> {
    absolute_url("redirect_uri", redirect_uri)?;
    let state = state.unwrap_or_default();
    if state.len() > 128 || !state.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::invalid("state", "must be at most 128 ASCII letters and digits"));
    }
    // WeChat matches the link by pattern: this order, and the fragment, are part of it. An empty state is page error 10013.
    let fields = [
        ("appid", appid),
        ("redirect_uri", redirect_uri),
        ("response_type", "code"),
        ("scope", scope.as_str()),
        ("state", state),
    ];
    let query = form::query(fields.into_iter().filter(|(_, value)| !value.is_empty()));
    let popup = if force_popup { "&forcePopup=true" } else { "" };
    Ok(format!("{base}/connect/oauth2/authorize?{query}{popup}#wechat_redirect"))
}

/// Path and query of `sns/oauth2/access_token`.
///
/// # Errors
/// `Config` without an AppSecret; `InvalidRequest` without a code.
pub fn access_token(merchant: &Merchant, code: &str) -> Result<String, Error> {
    let secret = merchant.app_secret()?;
    given("code", code)?;
    let query = [("appid", merchant.appid()), ("secret", secret), ("code", code), ("grant_type", "authorization_code")];
    Ok(format!("/sns/oauth2/access_token?{}", form::query(query)))
}

/// Path and query of `sns/oauth2/refresh_token`.
///
/// # Errors
/// `InvalidRequest` without a token.
pub fn refresh_token(merchant: &Merchant, refresh_token: &str) -> Result<String, Error> {
    given("refresh_token", refresh_token)?;
    let query = [("appid", merchant.appid()), ("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    Ok(format!("/sns/oauth2/refresh_token?{}", form::query(query)))
}

/// Path and query of `sns/userinfo`.
///
/// # Errors
/// `InvalidRequest` without token or openid, or for a language that WeChat does not have.
pub fn userinfo(access_token: &str, openid: &str, lang: &str) -> Result<String, Error> {
    given("access_token", access_token)?;
    given("openid", openid)?;
    if !["zh_CN", "zh_TW", "en"].contains(&lang) {
        return Err(Error::invalid("lang", "must be zh_CN, zh_TW or en"));
    }
    Ok(format!("/sns/userinfo?{}", form::query([("access_token", access_token), ("openid", openid), ("lang", lang)])))
}

/// Path and query of `sns/auth`.
///
/// # Errors
/// `InvalidRequest` without token or openid.
pub fn auth(access_token: &str, openid: &str) -> Result<String, Error> {
    given("access_token", access_token)?;
    given("openid", openid)?;
    Ok(format!("/sns/auth?{}", form::query([("access_token", access_token), ("openid", openid)])))
}

fn given(field: &str, value: &str) -> Result<(), Error> {
    if value.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    Ok(())
}
