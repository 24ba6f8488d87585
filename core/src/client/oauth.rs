//! Web authorisation over the transport.

use super::inner::WxPay;
use crate::error::Error;
use crate::platform::oauth::{self, Scope};

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
}
