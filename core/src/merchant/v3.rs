//! What a merchant's settings hold of APIv3, checked: who signs, what decrypts, and whose word WeChat Pay's is.

use std::fmt;
use std::sync::Arc;

use crate::crypto::aes::Gcm;
use crate::crypto::identity::Identity;
use crate::crypto::keys::{PUBLIC_KEY_ID, merchant_serial, same_id, serial, serial_of_decimal};
use crate::crypto::rsa::{SigningKey, VerifyingKey};
use crate::error::Error;
use crate::explanation::{Language, Mistake};
use crate::secret::Secret;

/// How many hexadecimal digits WeChat Pay's serial numbers have.
const SERIAL_DIGITS: usize = 40;

/// The settings, as they are given.
pub(super) struct V3Settings<'a> {
    pub(super) mch_id: &'a str,
    pub(super) api_v3_key: Option<&'a Secret>,
    pub(super) app_secret: Option<&'a Secret>,
    /// The certificate with its key.
    pub(super) identity: Option<&'a Identity>,
    /// The content of `client_key`.
    pub(super) key: Option<&'a [u8]>,
    /// The setting `client_cert_serial`.
    pub(super) serial: Option<&'a str>,
    /// The content of `platform_public_key`.
    pub(super) public_key: Option<&'a [u8]>,
    pub(super) public_key_id: Option<&'a str>,
}

/// The keys of a merchant for APIv3. `Debug` shows serial numbers and ids alone.
#[derive(Clone)]
pub struct V3Keys {
    signer: Option<Arc<Signer>>,
    api_v3_key: Option<Secret>,
    public_key: Option<(String, VerifyingKey)>,
}

/// Who signs requests: the merchant's private key, and the serial number of its certificate.
#[derive(Debug)]
pub struct Signer {
    /// The private key.
    pub key: SigningKey,
    /// Upper-case hexadecimal digits.
    pub serial: String,
}

const KEY: &str = "client_key";
const SERIAL: &str = "client_cert_serial";
const API_V3_KEY: &str = "api_v3_key";
const PUBLIC_KEY: &str = "platform_public_key";
const ID: &str = "platform_public_key_id";

impl V3Keys {
    /// Reads and checks the settings; `None` when they hold nothing of APIv3 alone.
    pub(super) fn read(given: &V3Settings<'_>) -> Result<Option<Self>, Error> {
        if given.api_v3_key.is_none() && given.public_key.is_none() && given.public_key_id.is_none() {
            if let Some(serial) = given.serial {
                merchant_serial(SERIAL, serial)?;
            }
            return Ok(None);
        }
        let signer = signer(given)?.map(Arc::new);
        if let Some(key) = given.api_v3_key {
            check_api_v3_key(key, given.app_secret)?;
        }
        let public_key = public_key(given, signer.as_deref())?;
        Ok(Some(Self { signer, api_v3_key: given.api_v3_key.cloned(), public_key }))
    }

    /// Who signs requests.
    ///
    /// # Errors
    /// `Config` when the settings have no private key.
    pub fn signer(&self) -> Result<&Signer, Error> {
        let missing = || {
            let remedy = "is not set: requests of APIv3 are signed with the merchant's private key (apiclient_key.pem). Set client_cert \
                          and client_key, or client_p12";
            Error::config(KEY, remedy)
        };
        self.signer.as_deref().ok_or_else(missing)
    }

    /// The APIv3 key, if it is set.
    pub fn api_v3_key(&self) -> Option<&Secret> {
        self.api_v3_key.as_ref()
    }

    /// The WeChat Pay public key with its id, if it is set.
    pub fn public_key(&self) -> Option<(&str, &VerifyingKey)> {
        self.public_key.as_ref().map(|(id, key)| (&**id, key))
    }
}

impl fmt::Debug for V3Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("V3Keys")
            .field("serial", &self.signer.as_ref().map(|signer| &signer.serial))
            .field("platform_public_key_id", &self.public_key.as_ref().map(|(id, _)| id))
            .finish_non_exhaustive()
    }
}

fn signer(given: &V3Settings<'_>) -> Result<Option<Signer>, Error> {
    let named = given.serial.map(|serial| merchant_serial(SERIAL, serial)).transpose()?;
    if let Some(identity) = given.identity {
        let own = identity.serial();
        if let Some(other) = named.filter(|named| !same_id(named, own)) {
            // One with fewer digits may be a key in the wrong place.
            let remedy = if other.len() == SERIAL_DIGITS {
                format!("is {other}, and the merchant's certificate has {own}: leave it out")
            } else {
                format!("is another one, and the merchant's certificate has {own}: leave it out")
            };
            return Err(Error::config(SERIAL, remedy));
        }
        return Ok(Some(Signer { key: SigningKey::read(KEY, identity.expose_key())?, serial: own.to_owned() }));
    }
    match (given.key, named) {
        (Some(key), Some(serial)) => Ok(Some(Signer { key: SigningKey::read(KEY, key)?, serial })),
        _ => Ok(None),
    }
}

fn check_api_v3_key(key: &Secret, app_secret: Option<&Secret>) -> Result<(), Error> {
    Gcm::of_api_v3_key(API_V3_KEY, key.expose())?;
    let wrong = |remedy: &str| Err(Error::config(API_V3_KEY, remedy));
    if !key.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return wrong("must be 32 letters and digits, without white space");
    }
    if app_secret == Some(key) {
        return wrong(
            "is the AppSecret; the APIv3 key (APIv3密钥) is another one, set at pay.weixin.qq.com > 账户中心 > API安全",
        );
    }
    Ok(())
}

/// The WeChat Pay public key with its id.
fn public_key(given: &V3Settings<'_>, signer: Option<&Signer>) -> Result<Option<(String, VerifyingKey)>, Error> {
    let (content, id) = match (given.public_key, given.public_key_id) {
        (None, None) => return Ok(None),
        (Some(_), None) => {
            let remedy = "is not set, and platform_public_key is: the id stands beside the key at pay.weixin.qq.com > 账户中心 > API安全 \
                          (PUB_KEY_ID_…)";
            return Err(Error::config(ID, remedy));
        }
        (None, Some(_)) => {
            let remedy = "is not set, and platform_public_key_id is: download pub_key.pem at pay.weixin.qq.com > 账户中心 > API安全. A merchant \
                          with platform certificates has no such key: remove platform_public_key_id";
            return Err(Error::config(PUBLIC_KEY, remedy));
        }
        (Some(content), Some(id)) => (content, check_id(id)?),
    };
    let key = VerifyingKey::read(PUBLIC_KEY, content)?;
    if key.serial().is_some() {
        let remedy = match key.common_name() == Some(given.mch_id) {
            true => {
                "is the merchant's own certificate (client_cert): this must be the WeChat Pay public key (pub_key.pem)"
                    .to_owned()
            }
            false => format!(
                "is {}: this must be the WeChat Pay public key (pub_key.pem). A platform certificate is not set: the client downloads it \
                 with api_v3_key",
                key.describe()
            ),
        };
        return Err(Error::config(PUBLIC_KEY, remedy));
    }
    if signer.is_some_and(|signer| signer.key.public().is(&key)) {
        let remedy = "is the public half of client_key: this must be the WeChat Pay public key (pub_key.pem)";
        return Err(Error::config(PUBLIC_KEY, remedy));
    }
    Ok(Some((id, key)))
}

/// The id of the public key, which WeChat Pay writes in one form alone.
fn check_id(given: &str) -> Result<String, Error> {
    let id = given.trim();
    let digits = |text: &str| text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if id.strip_prefix(PUBLIC_KEY_ID).is_some_and(digits) {
        return Ok(id.to_owned());
    }
    let wrong = Mistake::PUBLIC_KEY_ID_WRONG;
    let (title, advice) = (wrong.title(Language::English), wrong.advice(Language::English));
    Err(Error::config(ID, format!("{title} ({}): {advice}", what_it_is(id))))
}

/// What stands in the place of an id. A text that may be a secret is not shown.
fn what_it_is(given: &str) -> String {
    let length = given.chars().count();
    let is_of = |fits: fn(char) -> bool| given.chars().all(fits);
    let ends = |end: &str| given.to_ascii_lowercase().ends_with(end);
    match () {
        () if length < 300 && [".pem", ".p12", ".cer", ".crt", ".key", ".txt"].iter().any(|end| ends(end)) => {
            "it is the path of a file".to_owned()
        }
        () if length == SERIAL_DIGITS && serial(given).is_some() => {
            format!("{given} is the serial number of a certificate")
        }
        () if serial_of_decimal(given).is_some() => format!("{given} is the serial number of a certificate"),
        () if (8..=64).contains(&length) && is_of(|c| c.is_ascii_digit()) => {
            format!("it is {given}, and should be {PUBLIC_KEY_ID}{given}")
        }
        () if length <= 100 && given.to_ascii_uppercase().starts_with("PUB_KEY") && is_of(|c| c.is_ascii_graphic()) => {
            format!("it is {given}")
        }
        () if length == 32 && is_of(|c| c.is_ascii_alphanumeric()) => {
            "it has 32 characters, as an API key or an APIv3 key has".to_owned()
        }
        () => format!("it has {length} characters and does not begin with {PUBLIC_KEY_ID}"),
    }
}
