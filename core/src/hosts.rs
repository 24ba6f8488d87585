//! Where WeChat is: its three hosts, or one address that stands in for all of them.

use crate::error::Error;
use crate::wire::form::is_bare_url;

/// The roots of the three families of paths, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// The payment API.
    pub pay: String,
    /// The open platform: OAuth, tokens, tickets.
    pub platform: String,
    /// The pages a customer is sent to.
    pub open: String,
}

impl Default for Endpoints {
    fn default() -> Self {
        Self {
            pay: "https://api.mch.weixin.qq.com".to_owned(),
            platform: "https://api.weixin.qq.com".to_owned(),
            open: "https://open.weixin.qq.com".to_owned(),
        }
    }
}

impl Endpoints {
    /// Everything at one address, such as an emulator's.
    ///
    /// # Errors
    /// `Config` unless it is an absolute http or https URL without a query.
    pub fn all_at(address: &str) -> Result<Self, Error> {
        if !is_bare_url(address) {
            let remedy = "must be an absolute http or https URL without query or user, such as http://127.0.0.1:8700";
            return Err(Error::config("endpoints", remedy));
        }
        let root = address.trim_end_matches('/').to_owned();
        Ok(Self { pay: root.clone(), platform: root.clone(), open: root })
    }
}
