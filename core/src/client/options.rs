//! What a client is made of, as text from code or environment.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::event::Observer;
use crate::merchant::MerchantOptions;
use crate::secret::Secret;
use crate::store::Store;
use crate::transport::{Limits, Transport};

/// Options of a client.
#[derive(Clone)]
pub struct Options {
    /// Who we are.
    pub merchant: MerchantOptions,
    /// Sends everything to this address instead of WeChat's, such as an emulator's; a second one after a comma is asked when
    /// the first cannot be reached.
    pub endpoints: Option<String>,
    /// Where tokens and the ledger of payments are kept, by address: see [`store::open`](crate::store::open). This process's
    /// memory when neither this nor `store` is given. Secret, since it may hold a password.
    pub store_address: Option<Secret>,
    /// Where they are kept, as an object. It wins over `store_address`.
    pub store: Option<Arc<dyn Store>>,
    /// How requests travel, instead of over the default transport.
    pub transport: Option<Arc<dyn Transport>>,
    /// Is told of every attempt at every call.
    pub observer: Option<Arc<dyn Observer>>,
    /// How long a payment belongs to whoever began to handle it; renewed while they live.
    pub lease: Duration,
    /// Limits on time and connections.
    pub limits: Limits,
    /// What follows the version in `User-Agent`.
    pub language: String,
}

impl Options {
    /// WeChat's own addresses and the default limits.
    pub fn new(merchant: MerchantOptions) -> Self {
        Self {
            merchant,
            endpoints: None,
            store_address: None,
            store: None,
            transport: None,
            observer: None,
            lease: Duration::from_secs(30),
            limits: Limits::default(),
            language: "rust".to_owned(),
        }
    }

    /// Reads `WXPAY_APPID`, `WXPAY_MCH_ID`, `WXPAY_API_KEY`, `WXPAY_APP_SECRET`, `WXPAY_NOTIFY_URL`, `WXPAY_SIGN_TYPE`,
    /// `WXPAY_SUB_APPID`, `WXPAY_SUB_MCH_ID`, `WXPAY_ENDPOINTS` and `WXPAY_STORE` from this process's environment; each of
    /// them with `_FILE` at the end names a file whose content is taken, less the end of its last line.
    ///
    /// # Errors
    /// `Config` for what is missing or unreadable.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// As [`Options::from_env`], from an environment that the caller reads.
    ///
    /// # Errors
    /// As [`Options::from_env`].
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, Error> {
        let setting = |field, name| setting(&lookup, field, name);
        let needed = |field, name: &'static str| {
            setting(field, name)?.ok_or_else(|| Error::config(field, format!("is not set: set {name}, or {name}_FILE")))
        };
        let mut merchant = MerchantOptions::new(
            needed("appid", "WXPAY_APPID")?,
            needed("mch_id", "WXPAY_MCH_ID")?,
            needed("api_key", "WXPAY_API_KEY")?,
        );
        merchant.app_secret = setting("app_secret", "WXPAY_APP_SECRET")?.map(Secret::new);
        merchant.notify_url = setting("notify_url", "WXPAY_NOTIFY_URL")?;
        merchant.sub_appid = setting("sub_appid", "WXPAY_SUB_APPID")?;
        merchant.sub_mch_id = setting("sub_mch_id", "WXPAY_SUB_MCH_ID")?;
        if let Some(text) = setting("sign_type", "WXPAY_SIGN_TYPE")? {
            merchant.sign_type = text.parse().map_err(|_| Error::config("sign_type", "must be MD5 or HMAC-SHA256"))?;
        }
        let mut options = Self::new(merchant);
        options.endpoints = setting("endpoints", "WXPAY_ENDPOINTS")?;
        options.store_address = setting("store", "WXPAY_STORE")?.map(Secret::new);
        Ok(options)
    }

    /// Sets the limit on a whole call's time.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.limits.timeout = timeout;
        self
    }

    /// Sends everything to `address`.
    #[must_use]
    pub fn endpoints(mut self, address: impl Into<String>) -> Self {
        self.endpoints = Some(address.into());
        self
    }

    /// Keeps tokens and the ledger at `address`.
    #[must_use]
    pub fn store(mut self, address: impl Into<Secret>) -> Self {
        self.store_address = Some(address.into());
        self
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("merchant", &self.merchant)
            .field("endpoints", &self.endpoints)
            .field("limits", &self.limits)
            .field("lease", &self.lease)
            .finish_non_exhaustive()
    }
}

fn setting(
    lookup: &impl Fn(&str) -> Option<String>,
    field: &'static str,
    name: &'static str,
) -> Result<Option<String>, Error> {
    if let Some(value) = lookup(name).filter(|value| !value.is_empty()) {
        return Ok(Some(value));
    }
    let Some(path) = lookup(&format!("{name}_FILE")).filter(|path| !path.is_empty()) else { return Ok(None) };
    let mut text = std::fs::read_to_string(&path)
        .map_err(|error| Error::config(field, format!("{name}_FILE names {path}, which cannot be read: {error}")))?;
    // An editor ends a file with a line feed; it is no part of a key.
    let end = text.strip_suffix('\n').map_or(text.len(), |line| line.strip_suffix('\r').unwrap_or(line).len());
    text.truncate(end);
    Ok(Some(text))
}
