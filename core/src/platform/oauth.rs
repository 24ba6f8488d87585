//! Web authorisation (网页授权): from a customer's visit to their openid.

use crate::error::Error;
use crate::hosts::absolute_url;
use crate::merchant::{APPID_RULE, is_appid};
use crate::table::macros::{endpoints, record, wire_enum};
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

/// The arguments of an authorize link.
#[derive(Clone, Copy, Debug, Default)]
pub struct Authorize<'a> {
    /// Where WeChat comes back to.
    pub redirect_uri: &'a str,
    /// How much it asks to know.
    pub scope: Scope,
    /// Comes back unchanged: up to 128 letters and digits.
    pub state: Option<&'a str>,
    /// Whether a customer who agreed before is asked again.
    pub force_popup: bool,
    /// The appid of the third-party platform (第三方平台) that acts for the account.
    pub component_appid: Option<&'a str>,
}

wire_enum! {
    /// The language of a customer's province and city.
    Lang {
        /// Simplified Chinese.
        ZhCn = "zh_CN",
        /// Traditional Chinese.
        ZhTw = "zh_TW",
        /// English.
        En = "en",
    }
}

endpoints! {
    /// Exchanges a code for the customer's openid and a web token. A code works once, for five minutes.
    /// WeChat refuses an invalid code with 40029, and a code that was used with 40163.
    oauth.access_token(OauthAccessToken) -> WebToken {
        get("/sns/oauth2/access_token"),
        identity(&[("appid", Appid), ("secret", AppSecret)]),
        fixed(&[("grant_type", "authorization_code")]),
        retry(Once);
        request {
            /// The code that WeChat appended to `redirect_uri`.
            code: Text required hidden,
        }
    }

    /// As `access_token`, for a third-party platform (第三方平台) that the account has authorised: without the AppSecret of the account.
    /// WeChat refuses an account that has not authorised the platform with 61003.
    oauth.component_access_token(OauthComponentAccessToken) -> WebToken {
        get("/sns/oauth2/component/access_token"),
        identity(&[("appid", Appid)]),
        fixed(&[("grant_type", "authorization_code")]),
        retry(Once);
        request {
            /// The code that WeChat appended to `redirect_uri`.
            code: Text required hidden,
            /// The appid of the platform.
            component_appid: Text required,
            /// The platform's token, of `api_component_token`.
            component_access_token: Text required hidden,
        }
    }

    /// As `refresh_token`, for a third-party platform.
    oauth.component_refresh_token(OauthComponentRefreshToken) -> WebToken {
        get("/sns/oauth2/component/refresh_token"),
        identity(&[("appid", Appid)]),
        fixed(&[("grant_type", "refresh_token")]),
        retry(Safe);
        request {
            /// The `refresh_token` in the reply of `component_access_token`.
            refresh_token: Text required hidden,
            /// The appid of the platform.
            component_appid: Text required,
            /// The platform's token, of `api_component_token`.
            component_access_token: Text required hidden,
        }
    }

    /// Renews a web token.
    /// WeChat refuses an invalid refresh token with 40030, and an expired one with 42002.
    oauth.refresh_token(OauthRefreshToken) -> WebToken {
        get("/sns/oauth2/refresh_token"),
        identity(&[("appid", Appid)]),
        fixed(&[("grant_type", "refresh_token")]),
        retry(Safe);
        request {
            /// The `refresh_token` in the reply of `access_token`. It is valid for 30 days.
            refresh_token: Text required hidden,
        }
    }

    /// Gets the name and the picture of a customer who agreed to `snsapi_userinfo`.
    /// WeChat refuses a token of `snsapi_base` with 48001.
    oauth.userinfo(OauthUserinfo) -> UserInfo {
        get("/sns/userinfo"),
        retry(Safe);
        request {
            /// The customer's web token.
            access_token: Text required hidden,
            /// The customer's openid under this appid.
            openid: Text required short,
            /// The language of the names of places.
            lang: Enum<Lang> = "zh_CN" required,
        }
    }

    /// Checks that a web token is valid; fails when it is not.
    oauth.auth(OauthAuth) -> Valid {
        get("/sns/auth"),
        retry(Safe);
        request {
            /// The customer's web token.
            access_token: Text required hidden,
            /// The customer's openid under this appid.
            openid: Text required short,
        }
    }
}

record! {
    /// Reply to the exchange of a code: openid, and a token for `userinfo`.
    WebToken
    fields {
        /// The customer's openid under this appid.
        openid: Id(128) required short,
        /// A token for this customer's `userinfo`; not the one of `cgi-bin/token`.
        access_token: Text(512) required hidden,
        /// How long the token lives, in seconds.
        expires_in: Int required,
        /// Renews the token for 30 days.
        refresh_token: Text(512) hidden,
        /// Granted scopes, separated by commas.
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
        /// The customer's openid under this appid.
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
    /// The reply of a check: the token or the session key is valid.
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
/// `InvalidRequest` when `redirect_uri` is not absolute, `state` is not at most 128 letters and digits, or `component_appid` is not an
/// appid.
pub fn authorize_url(base: &str, appid: &str, visit: &Authorize<'_>) -> Result<String, Error> {
    let Authorize { redirect_uri, scope, state, force_popup, component_appid } = *visit;
    let state = checked(redirect_uri, state)?;
    if component_appid.is_some_and(|appid| !is_appid(appid)) {
        return Err(Error::invalid("component_appid", APPID_RULE));
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
    let component = component_appid.map(|appid| format!("&component_appid={appid}")).unwrap_or_default();
    Ok(format!("{base}/connect/oauth2/authorize?{query}{popup}{component}#wechat_redirect"))
}

/// Checks the two, and returns the state; empty for none.
pub(super) fn checked<'a>(redirect_uri: &str, state: Option<&'a str>) -> Result<&'a str, Error> {
    absolute_url("redirect_uri", redirect_uri)?;
    let state = state.unwrap_or_default();
    if state.len() > 128 || !state.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Error::invalid("state", "must be at most 128 ASCII letters and digits"));
    }
    Ok(state)
}
