//! The table of settings: what a client is made with, in Rust, Python, Node and the environment.
//!
//! A setting is one line of `settings!` and its documentation. The fields of Rust's options with their setters and readers,
//! the constructors and types of Python and Node, and the documents are made from it.

use std::time::Duration;

use crate::crypto::digest::SignType;
use crate::error::Error;
use crate::secret::{Credential, Secret};

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Its name in Rust and Python. Node has it in camel case, the environment in capitals.
    pub name: &'static str,
    /// What it holds.
    pub kind: SettingKind,
    /// The least and the greatest number that it may be; seconds for times.
    pub range: (f64, f64),
    /// What holds when it is left out, as text.
    pub default: Option<&'static str>,
    /// Whether every client needs it.
    pub required: bool,
    /// Whether Node alone has it.
    pub node_only: bool,
    /// What it does.
    pub doc: &'static str,
}

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// Text.
    Text,
    /// Text that is never shown.
    Secret,
    /// A certificate or a key: a path, bytes, or text. Never shown.
    Credential,
    /// A time: seconds in Python and in the environment, milliseconds in Node.
    Seconds,
    /// An integer.
    Count,
    /// The algorithm of a signature: `MD5` or `HMAC-SHA256`.
    SignType,
    /// Some of these; as text with commas between them.
    SignTypes,
    /// A store: its address, which may hold a password, or an object.
    Store,
    /// Yes or no; as text `true` or `false`.
    Flag,
    /// A function.
    Listener,
}

/// Declares all settings and hands them to the macro `$reader`. `merchant` is who we are, `limits` are limits of time and number,
/// `client` is the rest of what Rust has as plain fields. `objects` may be objects of the user's: Rust has a field of its own
/// type for each.
macro_rules! settings {
    ($reader:ident) => {
        $reader! {
            merchant {
                /// The appid (公众账号 ID) of the public account, mini program or app; or a WeCom corpid.
                appid: Text required;
                /// The merchant's number (商户号), 8 to 10 digits.
                mch_id: Text required;
                /// The APIv2 key (API密钥, or APIv2密钥) of 32 bytes, set at pay.weixin.qq.com > 账户中心 > API安全.
                /// Calls and notifications of APIv2 need it; a client that uses only APIv3 needs none.
                api_key: Secret;
                /// The AppSecret of the appid. OAuth and the JS-SDK need it.
                app_secret: Secret;
                /// WeCom (企业微信): the secret of the application; `appid` is then the corpid. `pay.wecom` needs it.
                corp_secret: Secret;
                /// WeCom: the agentid of that application.
                agent_id: Text;
                /// WeCom: the secret that signs red packets and payments to members (`workwx_sign`): that of the application 企业支付. When left
                /// out: `corp_secret`, which since August 2025 is right where that application sends the payment.
                corp_pay_secret: Secret;
                /// The URL that WeChat posts the notifications of payments, refunds and transfers to, unless the call names another one.
                /// Without a query.
                notify_url: Text;
                /// The algorithm that requests are signed with.
                sign_type: SignType = "HMAC-SHA256";
                /// The algorithms that replies and notifications may be signed with; only `sign_type` when left out. A merchant
                /// that changes from MD5 to HMAC-SHA256 accepts both while old orders are open.
                accept_sign_types: SignTypes;
                /// The currency of the orders, ISO 4217. Other than `CNY`, it is sent with orders and refunds. A call with another one is
                /// refused, and a payment in another one is not confirmed.
                fee_type: Text = "CNY";
                /// The merchant's API certificate, `apiclient_cert.pem`: a path, bytes, or PEM text. Refunds, other calls that
                /// move money, and APIv3 need it. The file may have the private key too.
                client_cert: Credential;
                /// The private key of `client_cert`, `apiclient_key.pem`: a path, bytes, or PEM text. Without a password.
                client_key: Credential;
                /// The certificate and its key in one file, `apiclient_cert.p12`, instead of `client_cert` and `client_key`: a
                /// path, bytes, or Base64.
                client_p12: Credential;
                /// The password of `client_p12`. When left out: `mch_id`, which WeChat sets.
                client_p12_password: Secret;
                /// The serial number of the merchant's certificate, 40 hexadecimal digits. APIv3 needs it where `client_key` is given
                /// without the certificate.
                client_cert_serial: Text;
                /// The APIv3 key (APIv3密钥) of 32 bytes, set at pay.weixin.qq.com > 账户中心 > API安全. It decrypts platform certificates
                /// and notifications of APIv3. Requests of APIv3 are signed with `client_key`.
                api_v3_key: Secret;
                /// The WeChat Pay public key (微信支付公钥), `pub_key.pem`: a path, bytes, or PEM text. It verifies what WeChat signs in
                /// APIv3. Merchants that have platform certificates instead leave it out: the client downloads those.
                platform_public_key: Credential;
                /// The id of `platform_public_key`, such as PUB_KEY_ID_0119000000012025112800000000000001.
                platform_public_key_id: Text;
                /// For service providers: the appid of the sub-merchant.
                sub_appid: Text;
                /// For service providers: the number of the sub-merchant, when the client is for that one alone.
                sub_mch_id: Text;
            }
            limits {
                /// Time limit of one call, including retries and the wait for a free slot.
                timeout: Seconds (0.001..=86400.0) = "10";
                /// The time limit for opening a connection: name, TCP, proxy and TLS.
                connect_timeout: Seconds (0.001..=86400.0) = "3";
                /// Maximum number of concurrent calls; further calls wait. A bill or a file counts only until it begins to arrive, so a slow
                /// reader does not block payments. Up to the same number of idle connections is kept open for each host, for 7 s.
                max_connections: Count (1.0..=65536.0) = "64";
                /// How often a call is repeated, at most, when repeating it is safe.
                max_network_retries: Count (0.0..=65536.0) = "2";
            }
            client {
                /// The address that all requests are sent to instead of WeChat's, such as `http://127.0.0.1:8700` of an emulator. A
                /// second address after a comma is used when the first cannot be reached. A warning in the log says once for each
                /// address that no call goes to WeChat.
                endpoints: Text;
                /// Whether `endpoints` may be a plain http address of another machine, such as an emulator in another container. Anyone on
                /// the network path can then read the AppSecret and tokens, and choose the openid of a customer.
                allow_insecure_endpoints: Flag = "false";
                /// Lease of a payment that a process is handling; renewed while the process runs.
                lease: Seconds (0.1..=86400.0) = "30";
            }
            objects {
                /// Where tokens and the ledger of payments are kept: `sqlite:///var/lib/shop/wxpay.db` for the processes of one
                /// machine, `redis://host:6379/0` for many machines, `memory:` for this process alone, or an object of yours. When
                /// left out: `wxpaykit/<mch_id>.db` in `$XDG_STATE_HOME` or `~/.local/state` (Windows: `%LOCALAPPDATA%`), for this
                /// user's processes on this machine; where that file cannot be made, payments are not handled until a store is named.
                store: Store;
                /// A function that receives an event after each attempt of each call. It must return quickly.
                on_event: Listener;
                /// A function that receives a warning when something failed without failing a call, such as a store that tokens
                /// were fetched without. When left out, `process.emitWarning` is called with the type `WxPayWarning`.
                on_warning: Listener node_only;
            }
        }
    };
}

macro_rules! rows {
    ($($group:ident {
        $($(#[doc = $doc:literal])+ $name:ident : $kind:ident $(($least:literal ..= $most:literal))? $(= $default:literal)? $($flag:ident)*;)+
    })+) => {
        /// All settings, in the order in which they are documented.
        pub static SETTINGS: &[Setting] = &[$($(Setting {
            name: stringify!($name),
            kind: SettingKind::$kind,
            $(range: ($least, $most),)?
            $(default: Some($default),)?
            $($flag: true,)*
            doc: concat!($($doc, "\n"),+).trim_ascii(),
            ..NOTHING
        }),+),+];
    };
}

const NOTHING: Setting = Setting {
    name: "",
    kind: SettingKind::Text,
    range: (0.0, 0.0),
    default: None,
    required: false,
    node_only: false,
    doc: "",
};

settings!(rows);

/// The setting of this name.
pub fn find(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

impl Setting {
    /// The environment's variable, such as `WXPAY_MCH_ID`; `None` for what only code can give. The same name with `_FILE` at
    /// its end names a file that holds the value.
    pub fn variable(&self) -> Option<String> {
        (self.kind != SettingKind::Listener).then(|| format!("WXPAY_{}", self.name.to_ascii_uppercase()))
    }

    /// Whether its value is a secret, a certificate or a key, and is never shown.
    pub fn is_key(&self) -> bool {
        matches!(self.kind, SettingKind::Secret | SettingKind::Credential)
    }

    fn wrong(&self, remedy: impl Into<String>) -> Error {
        Error::config(self.name, remedy)
    }

    /// The rule for a number that is out of range.
    fn rule(&self) -> String {
        let (least, most) = self.range;
        let unit = if self.kind == SettingKind::Seconds { " seconds" } else { "" };
        format!("must be between {least} and {most}{unit}")
    }
}

/// A type that holds settings of some kind.
pub(crate) trait Held: Sized {
    /// Reads it from text.
    ///
    /// # Errors
    /// `Config`.
    fn read(setting: &'static Setting, text: &str) -> Result<Self, Error>;

    /// The value of a setting that is neither given nor has a default.
    fn nothing() -> Self;

    /// Whether it is within the setting's range.
    ///
    /// # Errors
    /// `Config`.
    fn check(&self, _setting: &'static Setting) -> Result<(), Error> {
        Ok(())
    }

    /// Whether it was given, where it may be left out.
    fn is_set(&self) -> bool {
        true
    }

    /// The value of a setting that is left out.
    fn initial(name: &str) -> Self {
        let default = find(name).and_then(|setting| setting.default.map(|text| (setting, text)));
        default.and_then(|(setting, text)| Self::read(setting, text).ok()).unwrap_or_else(Self::nothing)
    }
}

impl Held for String {
    fn read(_: &'static Setting, text: &str) -> Result<Self, Error> {
        Ok(text.to_owned())
    }

    fn nothing() -> Self {
        Self::new()
    }
}

impl Held for Secret {
    fn read(_: &'static Setting, text: &str) -> Result<Self, Error> {
        Ok(Self::new(text))
    }

    fn nothing() -> Self {
        Self::new("")
    }
}

impl Held for Credential {
    fn read(_: &'static Setting, text: &str) -> Result<Self, Error> {
        Ok(Self::new(text))
    }

    fn nothing() -> Self {
        Self::Content(Vec::new().into())
    }
}

impl<T: Held> Held for Option<T> {
    fn read(setting: &'static Setting, text: &str) -> Result<Self, Error> {
        T::read(setting, text).map(Some)
    }

    fn is_set(&self) -> bool {
        self.is_some()
    }

    fn nothing() -> Self {
        None
    }
}

impl Held for SignType {
    fn read(setting: &'static Setting, text: &str) -> Result<Self, Error> {
        text.parse().map_err(|_| setting.wrong("must be MD5 or HMAC-SHA256"))
    }

    fn nothing() -> Self {
        Self::default()
    }
}

impl Held for Vec<SignType> {
    fn read(setting: &'static Setting, text: &str) -> Result<Self, Error> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        names
            .map(|name| name.parse().map_err(|_| setting.wrong("must be a list, each item MD5 or HMAC-SHA256")))
            .collect()
    }

    fn nothing() -> Self {
        Self::new()
    }
}

impl Held for Duration {
    fn read(setting: &'static Setting, text: &str) -> Result<Self, Error> {
        let seconds: f64 = text.trim().parse().map_err(|_| setting.wrong("must be a number of seconds"))?;
        let time = Self::try_from_secs_f64(seconds).map_err(|_| setting.wrong(setting.rule()))?;
        time.check(setting).map(|()| time)
    }

    fn nothing() -> Self {
        Self::ZERO
    }

    fn check(&self, setting: &'static Setting) -> Result<(), Error> {
        let (least, most) = setting.range;
        if (least..=most).contains(&self.as_secs_f64()) { Ok(()) } else { Err(setting.wrong(setting.rule())) }
    }
}

impl Held for u32 {
    fn read(setting: &'static Setting, text: &str) -> Result<Self, Error> {
        let number: i128 = text.trim().parse().map_err(|_| setting.wrong("must be an integer"))?;
        let count = Self::try_from(number).map_err(|_| setting.wrong(setting.rule()))?;
        count.check(setting).map(|()| count)
    }

    fn nothing() -> Self {
        0
    }

    fn check(&self, setting: &'static Setting) -> Result<(), Error> {
        let (least, most) = setting.range;
        if (least..=most).contains(&f64::from(*self)) { Ok(()) } else { Err(setting.wrong(setting.rule())) }
    }
}

impl Held for bool {
    fn read(setting: &'static Setting, text: &str) -> Result<Self, Error> {
        text.trim().to_ascii_lowercase().parse().map_err(|_| setting.wrong("must be true or false"))
    }

    fn nothing() -> Self {
        false
    }
}

/// Rust's type for a kind of settings, what a setter takes, and how that becomes the field's value.
macro_rules! held {
    (type Text required) => { String };
    (type Text) => { Option<String> };
    (type Secret) => { Option<$crate::secret::Secret> };
    (type Credential) => { Option<$crate::secret::Credential> };
    (type Seconds) => { std::time::Duration };
    (type Count) => { u32 };
    (type Flag) => { bool };
    (type SignType) => { $crate::crypto::digest::SignType };
    (type SignTypes) => { Vec<$crate::crypto::digest::SignType> };
    (given Text $($flag:ident)*) => { impl Into<String> };
    (given Secret $($flag:ident)*) => { impl Into<$crate::secret::Secret> };
    (given Credential) => { impl Into<$crate::secret::Credential> };
    (given SignTypes) => { impl IntoIterator<Item = $crate::crypto::digest::SignType> };
    (given $kind:ident) => { $crate::table::settings::held!(type $kind) };
    (stored ($value:expr) Text required) => { $value.into() };
    (stored ($value:expr) Text) => { Some($value.into()) };
    (stored ($value:expr) Secret) => { Some($value.into()) };
    (stored ($value:expr) Credential) => { Some($value.into()) };
    (stored ($value:expr) SignTypes) => { $value.into_iter().collect() };
    (stored ($value:expr) $kind:ident) => { $value };
}

/// A struct of options: its own fields, and one for each setting of a group.
macro_rules! options {
    (
        $(#[$meta:meta])*
        $options:ident {
            own {
                $($(#[$own_meta:meta])* $own:ident : $type:ty = $initial:expr;)*
            }
            settings {
                $($(#[doc = $doc:literal])+ $name:ident : $kind:ident $(($least:literal ..= $most:literal))? $(= $default:literal)? $($flag:ident)*;)+
            }
        }
    ) => {
        $(#[$meta])*
        pub struct $options {
            $($(#[$own_meta])* pub $own: $type,)*
            $($(#[doc = $doc])+ pub $name: $crate::table::settings::held!(type $kind $($flag)*),)+
        }

        impl $options {
            /// All settings as they are when they are left out.
            pub(crate) fn initial() -> Self {
                Self {
                    $($own: $initial,)*
                    $($name: $crate::table::settings::Held::initial(stringify!($name)),)+
                }
            }

            /// Reads a setting from text; `false` when it is not one of these.
            #[cfg(feature = "client")]
            pub(crate) fn read(
                &mut self,
                setting: &'static $crate::table::settings::Setting,
                text: &str,
            ) -> Result<bool, $crate::error::Error> {
                match setting.name {
                    $(stringify!($name) => self.$name = $crate::table::settings::Held::read(setting, text)?,)+
                    _ => return Ok(false),
                }
                Ok(true)
            }

            /// Holds the numbers against their ranges.
            pub(crate) fn check(&self) -> Result<(), $crate::error::Error> {
                $(if let Some(setting) = $crate::table::settings::find(stringify!($name)) {
                    $crate::table::settings::Held::check(&self.$name, setting)?;
                })+
                Ok(())
            }
        }
    };
}

/// A setter for each setting of a group, on a struct that holds them itself or in a field of its own.
macro_rules! setters {
    ($options:ident {
        $($(#[doc = $doc:literal])+ $name:ident : $kind:ident $(($least:literal ..= $most:literal))? $(= $default:literal)? $($flag:ident)*;)+
    }) => {
        impl $options {
            $(
                $(#[doc = $doc])+
                #[must_use]
                pub fn $name(mut self, value: $crate::table::settings::held!(given $kind $($flag)*)) -> Self {
                    self.$name = $crate::table::settings::held!(stored (value) $kind $($flag)*);
                    self
                }
            )+
        }
    };
    ($options:ident . $inside:ident {
        $($(#[doc = $doc:literal])+ $name:ident : $kind:ident $(($least:literal ..= $most:literal))? $(= $default:literal)? $($flag:ident)*;)+
    }) => {
        impl $options {
            $(
                $(#[doc = $doc])+
                #[must_use]
                pub fn $name(mut self, value: $crate::table::settings::held!(given $kind $($flag)*)) -> Self {
                    self.$inside.$name = $crate::table::settings::held!(stored (value) $kind $($flag)*);
                    self
                }
            )+
        }
    };
}

/// Which secrets, certificates and keys of a group are set.
macro_rules! keys_set {
    ($options:ident {
        $($(#[doc = $doc:literal])+ $name:ident : $kind:ident $(($least:literal ..= $most:literal))? $(= $default:literal)? $($flag:ident)*;)+
    }) => {
        impl $options {
            /// The names of the secrets, certificates and keys that are set, such as `api_key`: for what shows a client. Not their values.
            #[must_use]
            pub fn keys_set(&self) -> Vec<&'static str> {
                let given = [$((stringify!($name), $crate::table::settings::Held::is_set(&self.$name))),+];
                let is_key = |name: &str| $crate::table::settings::find(name).is_some_and(|setting| setting.is_key());
                given.into_iter().filter(|(name, is_set)| *is_set && is_key(name)).map(|(name, _)| name).collect()
            }
        }
    };
}

pub(crate) use {held, keys_set, options, setters, settings};

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Held>(name: &str, text: &str) -> Result<T, String> {
        T::read(find(name).unwrap(), text).map_err(|error| error.to_string())
    }

    #[test]
    fn texts_become_the_types_of_the_settings() {
        assert_eq!(read::<Duration>("timeout", " 0.05 "), Ok(Duration::from_millis(50)));
        assert_eq!(read::<u32>("max_connections", "65536"), Ok(65536));
        assert_eq!(read::<Vec<SignType>>("accept_sign_types", "MD5, HMAC-SHA256,"), Ok(SignType::ALL.to_vec()));
        assert_eq!(read::<Option<String>>("endpoints", "http://a"), Ok(Some("http://a".to_owned())));
    }

    #[test]
    fn values_out_of_range_or_malformed_are_refused_with_the_rule() {
        for text in ["0", "-1", "86401", "inf", "NaN", "1e300"] {
            let error = read::<Duration>("timeout", text).unwrap_err();
            assert_eq!(error, "timeout: must be between 0.001 and 86400 seconds", "{text}");
        }
        for text in ["0", "-1", "65537", "99999999999999999999"] {
            let error = read::<u32>("max_connections", text).unwrap_err();
            assert_eq!(error, "max_connections: must be between 1 and 65536", "{text}");
        }
        assert_eq!(read::<Duration>("lease", "soon"), Err("lease: must be a number of seconds".to_owned()));
        assert_eq!(
            read::<u32>("max_network_retries", "1.5"),
            Err("max_network_retries: must be an integer".to_owned())
        );
        assert_eq!(read::<SignType>("sign_type", "RSA"), Err("sign_type: must be MD5 or HMAC-SHA256".to_owned()));
    }

    #[test]
    fn each_default_can_be_read_and_is_within_its_range() {
        for setting in SETTINGS {
            let Some(default) = setting.default else { continue };
            match setting.kind {
                SettingKind::Seconds => drop(Duration::read(setting, default).unwrap()),
                SettingKind::Count => drop(u32::read(setting, default).unwrap()),
                SettingKind::Flag => drop(bool::read(setting, default).unwrap()),
                SettingKind::SignType => drop(SignType::read(setting, default).unwrap()),
                SettingKind::Text => drop(String::read(setting, default).unwrap()),
                other => panic!("{}: no {other:?} has a default", setting.name),
            }
        }
    }

    #[test]
    fn names_and_variables_follow_one_pattern() {
        for (i, setting) in SETTINGS.iter().enumerate() {
            assert!(SETTINGS.iter().take(i).all(|other| other.name != setting.name), "{}", setting.name);
            assert!(setting.doc.ends_with('.'), "{}", setting.name);
        }
        assert_eq!(find("mch_id").unwrap().variable().unwrap(), "WXPAY_MCH_ID");
        assert_eq!(find("on_event").unwrap().variable(), None);
    }
}
