//! Web authorisation over the transport.

use super::inner::WxPay;
use crate::codes::Api;
use crate::error::Error;
use crate::platform::miniprogram::{self, UserData};
use crate::platform::oauth::{self, Authorize};

/// The functions of a client for web authorisation.
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
        self.authorize_url_with(&Authorize { redirect_uri, state, ..Authorize::default() })
    }

    /// Where to send the customer.
    ///
    /// # Errors
    /// As [`oauth::authorize_url`]; `Config` with the corpid of WeCom.
    pub fn authorize_url_with(&self, visit: &Authorize<'_>) -> Result<String, Error> {
        self.0.check_account(Api::Platform).map_err(|error| error.at("oauth.authorize_url"))?;
        let client = &self.0.0;
        oauth::authorize_url(&client.open, client.merchant.appid(), visit)
    }

    /// Decrypts `encryptedData` of a mini program, and checks that it is for this client's appid.
    ///
    /// # Errors
    /// As [`miniprogram::decrypt_user_data`].
    pub fn decrypt_user_data(&self, encrypted_data: &str, iv: &str, session_key: &str) -> Result<UserData, Error> {
        let data = miniprogram::decrypt_user_data(encrypted_data, iv, session_key, self.0.merchant().appid());
        data.map_err(|error| error.at("oauth.decrypt_user_data"))
    }
}
