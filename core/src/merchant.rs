//! Who we are to WeChat: checked once, when a client is constructed.

mod v3;

pub use self::v3::{Signer, V3Keys};

#[cfg(feature = "client")]
use std::borrow::Cow;
#[cfg(feature = "client")]
use std::sync::OnceLock;

use crate::crypto::digest::SignType;
use crate::crypto::identity::{CertificateSettings, Identity};
use crate::error::Error;
use crate::hosts::is_bare_url;
#[cfg(feature = "client")]
use crate::redact::Known;
use crate::secret::{Credential, Secret};
use crate::table::check::currency_rule;
use crate::table::row::Own;
use crate::table::settings::{keys_set, options, setters, settings};

/// A merchant's settings, checked.
#[derive(Clone, Debug)]
pub struct Merchant {
    pub(crate) appid: String,
    pub(crate) mch_id: String,
    pub(crate) api_key: Option<Secret>,
    pub(crate) app_secret: Option<Secret>,
    /// Secret and agentid of the application in WeCom.
    wecom: Option<(Secret, String)>,
    corp_pay_secret: Option<Secret>,
    pub(crate) notify_url: Option<String>,
    pub(crate) sub_appid: Option<String>,
    pub(crate) sub_mch_id: Option<String>,
    pub(crate) sign_type: SignType,
    pub(crate) fee_type: String,
    pub(crate) accept: Vec<SignType>,
    pub(crate) identity: Option<Identity>,
    v3: Option<V3Keys>,
    /// The names of the secrets, certificates and keys that are set.
    keys_set: Vec<&'static str>,
    /// The password of `client_p12`, to mask it: it is not used again.
    #[cfg(feature = "client")]
    p12_password: Option<Secret>,
    /// The secrets with all that they are written as, from the first text on that is masked.
    #[cfg(feature = "client")]
    known: OnceLock<Known>,
}

macro_rules! merchant {
    (merchant { $($setting:tt)+ } $($others:tt)*) => {
        options! {
            /// A merchant's settings, as they are given.
            #[derive(Clone, Debug)]
            MerchantOptions {
                own {}
                settings { $($setting)+ }
            }
        }
        setters!(MerchantOptions { $($setting)+ });
        keys_set!(MerchantOptions { $($setting)+ });
    };
}

settings!(merchant);

impl MerchantOptions {
    /// The settings that every merchant of APIv2 needs; the others are as when they are left out.
    pub fn new(appid: impl Into<String>, mch_id: impl Into<String>, api_key: impl Into<Secret>) -> Self {
        Self { api_key: Some(api_key.into()), ..Self::of(appid, mch_id) }
    }

    /// The settings of a merchant that has APIv3 alone. `client_cert` with `client_key`, or `client_p12`, is needed too; and
    /// `platform_public_key` with its id, unless WeChat gave the merchant platform certificates.
    pub fn v3(appid: impl Into<String>, mch_id: impl Into<String>, api_v3_key: impl Into<Secret>) -> Self {
        Self { api_v3_key: Some(api_v3_key.into()), ..Self::of(appid, mch_id) }
    }

    /// Settings without any key, for bindings, which set them by name.
    #[doc(hidden)]
    pub fn of(appid: impl Into<String>, mch_id: impl Into<String>) -> Self {
        Self { appid: appid.into(), mch_id: mch_id.into(), ..Self::initial() }
    }

    /// The settings that are missing and without which no client can be made of the others, in the order of the table.
    pub(crate) fn missing(&self) -> Vec<&'static str> {
        // The id alone says so too: its key is then what is missing.
        let is_of_v3 =
            self.api_v3_key.is_some() || self.platform_public_key.is_some() || self.platform_public_key_id.is_some();
        let is_v3_alone = self.api_key.is_none() && is_of_v3;
        let has_no_signer = self.client_p12.is_none() && self.client_key.is_none() && self.client_cert.is_none();
        let is_one_missing = |one: bool, other: bool| one && !other;
        let (key, id) = (self.platform_public_key.is_some(), self.platform_public_key_id.is_some());
        let (secret, agent) = (self.corp_secret.is_some(), self.agent_id.is_some());
        [
            ("appid", self.appid.is_empty()),
            ("mch_id", self.mch_id.is_empty()),
            ("api_key", self.api_key.is_none() && !is_of_v3),
            ("corp_secret", is_one_missing(agent, secret)),
            ("agent_id", is_one_missing(secret, agent)),
            ("client_cert", is_v3_alone && has_no_signer && self.client_cert_serial.is_none()),
            ("client_key", is_v3_alone && has_no_signer),
            ("platform_public_key", is_one_missing(id, key)),
            ("platform_public_key_id", is_one_missing(key, id)),
        ]
        .into_iter()
        .filter_map(|(name, is_missing)| is_missing.then_some(name))
        .collect()
    }
}

impl Merchant {
    /// Checks the settings. Files of the certificate must have been read: `WxPay::new` does so.
    ///
    /// # Errors
    /// `Config`, naming the setting and the remedy.
    pub fn new(options: MerchantOptions) -> Result<Self, Error> {
        let mut missing = options.missing();
        Self::checked(options).map_err(|error| match missing.iter().position(|name| error.field() == Some(name)) {
            Some(at) => {
                missing.remove(at);
                error.also_missing(&missing, |name| name.to_owned())
            }
            None => error,
        })
    }

    fn checked(options: MerchantOptions) -> Result<Self, Error> {
        options.check()?;
        check_texts(&options)?;
        check_exchanged(&options.appid, &options.mch_id)?;
        check_appid("appid", &options.appid)?;
        check_mch_id("mch_id", &options.mch_id)?;
        let identity = identity(&options)?;
        if let Some(api_key) = &options.api_key {
            check_api_key(api_key, options.app_secret.as_ref())?;
        }
        let v3 = v3_keys(&options, identity.as_ref())?;
        check_generation(&options, v3.as_ref())?;
        let keys_set = options.keys_set();
        let MerchantOptions {
            appid,
            mch_id,
            api_key,
            app_secret,
            corp_secret,
            agent_id,
            corp_pay_secret,
            notify_url,
            fee_type,
            sub_appid,
            sub_mch_id,
            sign_type,
            accept_sign_types,
            #[cfg(feature = "client")]
            client_p12_password,
            ..
        } = options;
        // The usual password is the merchant's number, which is not a secret.
        #[cfg(feature = "client")]
        let p12_password = client_p12_password.filter(|password| password.expose() != mch_id);
        if let Some(secret) = &app_secret {
            check_app_secret(secret)?;
        }
        let wecom = wecom(corp_secret, agent_id)?;
        check_corp_pay_secret(corp_pay_secret.as_ref())?;
        if let Some(url) = &notify_url {
            check_notify_url(url)?;
        }
        if let Some(sub_appid) = &sub_appid {
            check_appid("sub_appid", sub_appid)?;
        }
        if let Some(sub_mch_id) = &sub_mch_id {
            check_mch_id("sub_mch_id", sub_mch_id)?;
        }
        let accept = if accept_sign_types.is_empty() { vec![sign_type] } else { accept_sign_types };
        if !accept.contains(&sign_type) {
            return Err(Error::config(
                "accept_sign_types",
                "must contain sign_type: replies are signed as requests are",
            ));
        }
        let fee_type = fee_type.unwrap_or_else(|| "CNY".to_owned());
        if let Some(rule) = currency_rule(&fee_type) {
            return Err(Error::config("fee_type", rule));
        }
        Ok(Self {
            appid,
            mch_id,
            api_key,
            app_secret,
            wecom,
            corp_pay_secret,
            notify_url,
            sub_appid,
            sub_mch_id,
            sign_type,
            fee_type,
            accept,
            identity,
            v3,
            keys_set,
            #[cfg(feature = "client")]
            p12_password,
            #[cfg(feature = "client")]
            known: OnceLock::new(),
        })
    }

    /// The appid.
    pub fn appid(&self) -> &str {
        &self.appid
    }

    /// A text without this merchant's secrets and without `others`; `None` when it has none of them.
    #[cfg(feature = "client")]
    pub(crate) fn masked(&self, text: &str, others: &[Secret]) -> Option<String> {
        let api_v3_key = self.v3.as_ref().and_then(V3Keys::api_v3_key);
        let corp_secret = self.wecom.as_ref().map(|(secret, _)| secret);
        let (api_key, app_secret) = (self.api_key.as_ref(), self.app_secret.as_ref());
        let (p12_password, corp_pay_secret) = (self.p12_password.as_ref(), self.corp_pay_secret.as_ref());
        let own = [api_key, app_secret, corp_secret, corp_pay_secret, p12_password, api_v3_key];
        // A shorter text is in many words, and masking it would hide what went wrong.
        let known = |secrets: &mut dyn Iterator<Item = &Secret>| {
            Known::new(secrets.map(Secret::expose).filter(|secret| secret.len() >= SHORTEST))
        };
        let own = self.known.get_or_init(|| known(&mut own.into_iter().flatten()));
        let plain = own.without_cut(text, SHORTEST);
        match (known(&mut others.iter()).without_cut(&plain, SHORTEST), &plain) {
            (Cow::Owned(text), _) => Some(text),
            (Cow::Borrowed(_), Cow::Owned(text)) => Some(text.clone()),
            (Cow::Borrowed(_), Cow::Borrowed(_)) => None,
        }
    }

    /// The appid that customers pay over unless an order says otherwise: the sub-merchant's if it is set.
    pub fn payer_appid(&self) -> &str {
        self.sub_appid.as_deref().unwrap_or(&self.appid)
    }

    /// The merchant's number.
    pub fn mch_id(&self) -> &str {
        &self.mch_id
    }

    /// The names of the secrets, certificates and keys that are set, such as `api_key`. Not their values.
    pub fn keys_set(&self) -> &[&'static str] {
        &self.keys_set
    }

    /// A setting that requests carry; `None` when it is not set.
    ///
    /// # Errors
    /// `Config` for an AppSecret that is not set: a request without it is refused.
    pub(crate) fn own(&self, own: Own) -> Result<Option<&str>, Error> {
        Ok(match own {
            Own::Appid => Some(&self.appid),
            Own::MchId => Some(&self.mch_id),
            Own::SubAppid => self.sub_appid.as_deref(),
            Own::SubMchId => self.sub_mch_id.as_deref(),
            Own::AppSecret => Some(self.app_secret()?),
            Own::CorpSecret => Some(self.wecom()?.0),
            Own::NotifyUrl => self.notify_url.as_deref(),
            Own::FeeType => Some(&self.fee_type),
        })
    }

    /// The merchant's certificate with its key, if it is set.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// The APIv2 key.
    ///
    /// # Errors
    /// `Config` when it is not set: this client has APIv3 alone.
    pub(crate) fn key(&self) -> Result<&str, Error> {
        let missing = || {
            let remedy = "is not set, and APIv2 needs it (API密钥, at pay.weixin.qq.com > 账户中心 > API安全); this client has only \
                          APIv3 settings: use the calls of pay.v3; notifications of APIv2 (also of refunds that were made by hand at pay.weixin.qq.com) and downloadbill need api_key";
            Error::config("api_key", remedy)
        };
        self.api_key.as_ref().map(Secret::expose).ok_or_else(missing)
    }

    /// The keys of APIv3.
    ///
    /// # Errors
    /// `Config` when they are not set.
    pub fn v3(&self) -> Result<&V3Keys, Error> {
        let missing = || {
            let remedy = "is not set, and APIv3 needs it (APIv3密钥, at pay.weixin.qq.com > 账户中心 > API安全), with client_cert and \
                          client_key, or client_p12";
            Error::config("api_v3_key", remedy)
        };
        self.v3.as_ref().ok_or_else(missing)
    }

    /// Whether the appid is the corpid of a WeCom corp. Corpids of former years begin with wx, as appids do.
    #[cfg(feature = "client")]
    pub(crate) fn is_corp(&self) -> bool {
        self.appid.starts_with("ww") || self.wecom.is_some()
    }

    /// Secret and agentid of the application in WeCom.
    ///
    /// # Errors
    /// `Config` when they are not set.
    pub(crate) fn wecom(&self) -> Result<(&str, &str), Error> {
        let missing = || {
            let remedy = "is needed for WeCom, and so is the agentid: take both from the application's page in the WeCom console (应用管理), and set \
                          appid to the corpid";
            Error::config("corp_secret", remedy)
        };
        self.wecom.as_ref().map(|(secret, agent)| (secret.expose(), agent.as_str())).ok_or_else(missing)
    }

    /// The secret that signs payments to members of WeCom.
    ///
    /// # Errors
    /// `Config` when neither it nor the secret of an application is set.
    pub(crate) fn corp_pay_secret(&self) -> Result<&str, Error> {
        let of_application = self.wecom.as_ref().map(|(secret, _)| secret);
        let missing = || {
            let remedy = "is not set, and red packets and payments to members of WeCom are signed with it (workwx_sign): take it from 企业微信 > 企业支付";
            Error::config("corp_pay_secret", remedy)
        };
        self.corp_pay_secret.as_ref().or(of_application).map(Secret::expose).ok_or_else(missing)
    }

    pub(crate) fn app_secret(&self) -> Result<&str, Error> {
        let missing = || {
            Error::config(
                "app_secret",
                "is needed for OAuth, mini programs and the JS-SDK; take it from mp.weixin.qq.com (开发 > 基本配置)",
            )
        };
        self.app_secret.as_ref().map(Secret::expose).ok_or_else(missing)
    }
}

fn content<'a>(field: &'static str, given: Option<&'a Credential>) -> Result<Option<&'a [u8]>, Error> {
    let unread = || Error::config(field, "is the path of a file that was not read: give its content");
    given.map(|given| given.content().ok_or_else(unread)).transpose()
}

/// The certificate of the settings. The `mch_id` is checked before it: it is the certificate's name, and the password of a p12.
fn identity(options: &MerchantOptions) -> Result<Option<Identity>, Error> {
    // The key alone signs APIv3, and opens no TLS connection.
    if is_key_alone(options) {
        return Ok(None);
    }
    Identity::read(&CertificateSettings {
        cert: content("client_cert", options.client_cert.as_ref())?,
        key: content("client_key", options.client_key.as_ref())?,
        p12: content("client_p12", options.client_p12.as_ref())?,
        password: options.client_p12_password.as_ref().map(Secret::expose),
        mch_id: &options.mch_id,
        sub_mch_id: options.sub_mch_id.as_deref(),
    })
}

/// Whether the settings have the private key and the serial number of its certificate, and no certificate.
fn is_key_alone(options: &MerchantOptions) -> bool {
    let MerchantOptions { client_cert, client_p12, client_key, client_cert_serial, .. } = options;
    client_cert.is_none() && client_p12.is_none() && client_key.is_some() && client_cert_serial.is_some()
}

/// The keys of APIv3, if the settings have any.
fn v3_keys(options: &MerchantOptions, identity: Option<&Identity>) -> Result<Option<V3Keys>, Error> {
    V3Keys::read(&v3::V3Settings {
        mch_id: &options.mch_id,
        api_v3_key: options.api_v3_key.as_ref(),
        app_secret: options.app_secret.as_ref(),
        identity,
        key: content("client_key", options.client_key.as_ref())?,
        serial: options.client_cert_serial.as_deref(),
        public_key: content("platform_public_key", options.platform_public_key.as_ref())?,
        public_key_id: options.platform_public_key_id.as_deref(),
    })
}

/// A client needs the keys of one API at least.
fn check_generation(options: &MerchantOptions, v3: Option<&V3Keys>) -> Result<(), Error> {
    if options.api_key.is_some() {
        return Ok(());
    }
    if v3.is_none() {
        let remedy = "is required: the APIv2 key (API密钥) of 32 bytes, set at pay.weixin.qq.com > 账户中心 > API安全. A client of APIv3 alone \
                      needs api_v3_key or platform_public_key instead, with client_cert and client_key, or client_p12";
        return Err(Error::config("api_key", remedy));
    }
    if v3.is_none_or(|keys| keys.signer().is_err()) {
        let remedy = "is not set: requests of APIv3 are signed with the merchant's private key (apiclient_key.pem). Set client_cert and \
                      client_key, or client_p12; or, for APIv2, api_key";
        return Err(Error::config("client_key", remedy));
    }
    Ok(())
}

/// What an appid is.
pub(crate) const APPID_RULE: &str =
    "must be 18 letters and digits that begin with wx (or ww, a WeCom corpid), without white space";

pub(crate) fn is_appid(appid: &str) -> bool {
    let prefixed = appid.starts_with("wx") || appid.starts_with("ww");
    appid.len() == 18 && prefixed && appid.bytes().all(|b| b.is_ascii_alphanumeric())
}

fn check_appid(field: &'static str, appid: &str) -> Result<(), Error> {
    match () {
        () if is_appid(appid) => Ok(()),
        () if appid.starts_with("gh_") => {
            let remedy = "is the original id (原始ID) of the account; the appid begins with wx: see mp.weixin.qq.com > 开发 > 基本配置";
            Err(Error::config(field, remedy))
        }
        () if is_mch_id(appid) => {
            Err(Error::config(field, "looks like a merchant's number (商户号); the appid begins with wx"))
        }
        () => Err(Error::config(field, APPID_RULE)),
    }
}

fn check_mch_id(field: &'static str, mch_id: &str) -> Result<(), Error> {
    match () {
        () if is_mch_id(mch_id) => Ok(()),
        () if is_appid(mch_id) => {
            Err(Error::config(field, "looks like an appid; the merchant's number (商户号) has 8 to 10 digits"))
        }
        () => Err(Error::config(field, MCH_ID_RULE)),
    }
}

/// Two settings of which each has the other's value.
fn check_exchanged(appid: &str, mch_id: &str) -> Result<(), Error> {
    match is_mch_id(appid) && is_appid(mch_id) {
        true => Err(Error::config("appid", "has the merchant's number, and mch_id has the appid: exchange them")),
        false => Ok(()),
    }
}

/// What files and shells put around a value: it would become part of each signature.
fn check_texts(options: &MerchantOptions) -> Result<(), Error> {
    let given = [
        ("appid", Some(options.appid.as_str())),
        ("mch_id", Some(&options.mch_id)),
        ("sub_appid", options.sub_appid.as_deref()),
        ("sub_mch_id", options.sub_mch_id.as_deref()),
        ("notify_url", options.notify_url.as_deref()),
        ("agent_id", options.agent_id.as_deref()),
        ("fee_type", options.fee_type.as_deref()),
        ("client_cert_serial", options.client_cert_serial.as_deref()),
        ("platform_public_key_id", options.platform_public_key_id.as_deref()),
        ("api_key", options.api_key.as_ref().map(Secret::expose)),
        ("api_v3_key", options.api_v3_key.as_ref().map(Secret::expose)),
        ("app_secret", options.app_secret.as_ref().map(Secret::expose)),
        ("corp_secret", options.corp_secret.as_ref().map(Secret::expose)),
        ("corp_pay_secret", options.corp_pay_secret.as_ref().map(Secret::expose)),
    ];
    for (name, value) in given {
        if let Some(remedy) = value.and_then(wrapping) {
            return Err(Error::config(name, remedy));
        }
    }
    Ok(())
}

/// What is around a value or in its place, and how to mend it.
fn wrapping(text: &str) -> Option<&'static str> {
    let inside = text.trim();
    let quoted = |mark: char| inside.len() > 1 && inside.starts_with(mark) && inside.ends_with(mark);
    match () {
        () if text.starts_with('\u{feff}') => {
            Some("begins with a byte order mark (BOM), which an editor wrote: save the file as UTF-8 without BOM")
        }
        () if quoted('"') || quoted('\'') => Some(
            "has quotes around it, which docker --env-file and some other tools take as part of the value: remove them",
        ),
        () if text.contains("-----BEGIN ") => Some(
            "is a certificate or a private key (PEM): that belongs to client_cert, client_key or platform_public_key",
        ),
        () => None,
    }
}

pub(crate) const MCH_ID_RULE: &str = "must be the merchant's number (商户号), 8 to 10 digits";

pub(crate) fn is_mch_id(text: &str) -> bool {
    (8..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn check_api_key(key: &Secret, app_secret: Option<&Secret>) -> Result<(), Error> {
    let text = key.expose();
    if text.trim() != text {
        return Err(Error::config(
            "api_key",
            "has white space around it, which becomes part of every signature; remove it",
        ));
    }
    if text.len() != 32 {
        let found = text.len();
        return Err(Error::config(
            "api_key",
            format!(
                "must be the APIv2 key (API密钥) of 32 bytes and is {found} bytes long; set it at pay.weixin.qq.com > 账户中心 > API安全"
            ),
        ));
    }
    if !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Error::config("api_key", "must be 32 letters and digits"));
    }
    if app_secret.is_some_and(|secret| secret == key) {
        return Err(Error::config(
            "api_key",
            "is the AppSecret; the API key (API密钥) is another one, set at pay.weixin.qq.com > 账户中心 > API安全",
        ));
    }
    Ok(())
}

fn check_corp_pay_secret(secret: Option<&Secret>) -> Result<(), Error> {
    let fits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    match secret.is_none_or(|secret| fits(secret.expose())) {
        true => Ok(()),
        false => Err(Error::config("corp_pay_secret", "must be the secret of 企业支付, without white space")),
    }
}

/// The two settings of WeCom, which belong together.
fn wecom(corp_secret: Option<Secret>, agent_id: Option<String>) -> Result<Option<(Secret, String)>, Error> {
    let (secret, agent) = match (corp_secret, agent_id) {
        (None, None) => return Ok(None),
        (Some(secret), Some(agent)) => (secret, agent),
        (Some(_), None) => {
            return Err(Error::config(
                "agent_id",
                "is missing: each application has an agentid and a secret of its own",
            ));
        }
        (None, Some(_)) => {
            return Err(Error::config(
                "corp_secret",
                "is missing: each application has an agentid and a secret of its own",
            ));
        }
    };
    let text = secret.expose();
    if text.is_empty() || text.bytes().any(|b| !b.is_ascii_graphic()) {
        return Err(Error::config("corp_secret", "must be the secret of the application, without white space"));
    }
    if agent.is_empty() || agent.len() > 10 || !agent.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::config("agent_id", "must be the agentid of the application: digits, such as 1000002"));
    }
    Ok(Some((secret, agent)))
}

fn check_app_secret(secret: &Secret) -> Result<(), Error> {
    let text = secret.expose();
    if text.is_empty() || text.bytes().any(|b| !b.is_ascii_graphic()) {
        return Err(Error::config("app_secret", "must be the AppSecret of the appid, without white space"));
    }
    Ok(())
}

fn check_notify_url(text: &str) -> Result<(), Error> {
    if is_bare_url(text) && text.len() <= 256 {
        return Ok(());
    }
    Err(Error::config("notify_url", "must be an absolute http or https URL of at most 256 characters, without a query"))
}

/// Shorter texts are not masked.
#[cfg(feature = "client")]
const SHORTEST: usize = 4;

#[cfg(all(test, feature = "client"))]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_cut_at_the_end_is_masked_too() {
        let (key, secret) = ("192006250b4c09247ec02edce69f6a2d", "5a1d0c7e9b3f48268f2e6d4b7c90a1e3");
        let mut options = MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", key);
        options.app_secret = Some(secret.into());
        options.client_p12_password = Some("pass-phrase".into());
        let merchant = Merchant::new(options).unwrap();
        for whole in [key, secret] {
            for length in 4..=32 {
                let text = format!("a {whole} b {}", &whole[..length]);
                assert_eq!(merchant.masked(&text, &[]).as_deref(), Some("a *** b ***"), "{length}");
            }
            assert_eq!(merchant.masked(&whole[..3], &[]), None);
        }
        assert_eq!(merchant.masked("nothing", &[]), None);
        // As URLs, forms, JSON and pages write them.
        let code = [Secret::new("0a1+b2/c3=d4 e5\"f6&g")];
        for form in [
            "0a1+b2/c3=d4 e5\"f6&g",
            "0a1%2Bb2%2Fc3%3Dd4%20e5%22f6%26g",
            "0a1%2Bb2%2Fc3%3Dd4+e5%22f6%26g",
            "0a1%2bb2%2fc3%3dd4%20e5%22f6%26g",
            "0a1%252Bb2%252Fc3%253Dd4%2520e5%2522f6%2526g",
            "0a1+b2\\/c3=d4 e5\\\"f6&g",
            "0a1+b2/c3=d4 e5&quot;f6&amp;g",
        ] {
            assert_eq!(
                merchant.masked(&format!("GET /x?code={form}&a=1"), &code).as_deref(),
                Some("GET /x?code=***&a=1")
            );
        }
        let sent = [Secret::new("T0KEN-of-this-call"), Secret::new("abc")];
        let said = "invalid T0KEN-of-this-call, abc, pass-phrase";
        assert_eq!(merchant.masked(said, &sent).as_deref(), Some("invalid ***, abc, ***"));
    }
}
