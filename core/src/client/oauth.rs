//! Web authorisation over the transport.

use super::inner::WxPay;
use crate::error::Error;
use crate::platform::oauth::{self, Scope, UserInfo, WebToken};
use crate::platform::{AUTH, REFRESH_TOKEN, USERINFO, WEB_TOKEN};
use crate::table::row::Document;

/// What a client does for web authorisation.
#[derive(Clone, Copy, Debug)]
pub struct Oauth<'a>(pub(super) &'a WxPay);

impl WxPay {
    /// Web authorisation.
    pub fn oauth(&self) -> Oauth<'_> {
        Oauth(self)
    }
}

impl Oauth<'_> {
    /// Where to send the customer, asking for the openid alone.
    ///
    /// # Errors
    /// As [`oauth::authorize_url`].
    pub fn authorize_url(&self, redirect_uri: &str, state: Option<&str>) -> Result<String, Error> {
        self.authorize_url_with(redirect_uri, Scope::Base, state, false)
    }

    /// Where to send the customer.
    ///
    /// # Errors
    /// As [`oauth::authorize_url`].
    pub fn authorize_url_with(
        &self,
        redirect_uri: &str,
        scope: Scope,
        state: Option<&str>,
        force_popup: bool,
    ) -> Result<String, Error> {
        let client = &self.0.0;
        oauth::authorize_url(&client.open, client.merchant.appid(), redirect_uri, scope, state, force_popup)
    }

    /// Exchanges a code, once, for the customer's openid.
    ///
    /// # Errors
    /// `OAuth`, such as 40029 (invalid code) and 40163 (code been used); `Transport`; `Config` without an AppSecret.
    pub async fn access_token(&self, code: &str) -> Result<WebToken, Error> {
        let path = oauth::access_token(self.0.merchant(), code)?;
        self.0.ask(&WEB_TOKEN, &path, None).await.map(WebToken::from_fields)
    }

    /// Renews a web token.
    ///
    /// # Errors
    /// `OAuth`, such as 40030 and 42002; `Transport`.
    pub async fn refresh_token(&self, refresh_token: &str) -> Result<WebToken, Error> {
        let path = oauth::refresh_token(self.0.merchant(), refresh_token)?;
        self.0.ask(&REFRESH_TOKEN, &path, None).await.map(WebToken::from_fields)
    }

    /// Name and picture of a customer who agreed to `snsapi_userinfo`. `lang` is zh_CN, zh_TW or en.
    ///
    /// # Errors
    /// `OAuth`, such as 48001 for a token of `snsapi_base`; `Transport`.
    pub async fn userinfo(&self, access_token: &str, openid: &str, lang: &str) -> Result<UserInfo, Error> {
        let path = oauth::userinfo(access_token, openid, lang)?;
        self.0.ask(&USERINFO, &path, None).await.map(UserInfo::from_fields)
    }

    /// Checks that a web token is valid.
    ///
    /// # Errors
    /// `OAuth` when it is not; `Transport`.
    pub async fn auth(&self, access_token: &str, openid: &str) -> Result<(), Error> {
        let path = oauth::auth(access_token, openid)?;
        self.0.ask(&AUTH, &path, None).await.map(drop)
    }
}
