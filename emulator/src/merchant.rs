//! Merchants: who may order, with which keys, on behalf of which appids.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wxpaykit::sign::explain::{Explanation, OtherKeys, explain_with};
use wxpaykit::{Fields, Secret, SignType};

/// A merchant number bound to an appid, with the keys of both.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Merchant {
    /// `wx` or `ww` and 16 hexadecimal digits.
    pub appid: String,
    /// 8 or 10 digits.
    pub mch_id: String,
    /// The APIv2 key: 32 bytes.
    pub api_key: Secret,
    /// The appid's secret.
    pub app_secret: Secret,
    /// The APIv3 key: nothing is signed with it here, but by mistake.
    pub api_v3_key: Option<Secret>,
    /// Shown to whoever pays.
    pub name: String,
    /// Whether it orders for sub-merchants, and then must name one.
    pub provider: bool,
    /// Of a provider: its sub-merchants. Every well-formed number is one when this is empty.
    pub sub_mch_ids: Vec<String>,
    /// The one host that OAuth redirects to (网页授权域名). Any, when this is empty.
    pub oauth_domain: Option<String>,
    /// Openids of this appid's users, beside the demo user.
    pub users: Vec<String>,
    /// The trade types it may use. All, when this is empty.
    pub products: Vec<String>,
    /// Where a customer who scans a permanent code (native mode 1) is reported to, for an order to be made (支付回调URL).
    pub native_callback_url: Option<String>,
    /// The directories, each with a final `/`, whose pages may open the cashier (JSAPI支付授权目录). All, when this is empty.
    pub pay_dirs: Vec<String>,
    /// The one host whose pages `wx.config` takes (JS接口安全域名). Any, when this is empty.
    pub js_domain: Option<String>,
    /// The one host from which customers come to `mweb_url` (H5支付域名). Any, when this is empty.
    pub h5_domain: Option<String>,
}

impl Merchant {
    /// A merchant of its own with every product.
    pub fn new(appid: &str, mch_id: &str, api_key: &str, app_secret: &str) -> Self {
        Self {
            appid: appid.to_owned(),
            mch_id: mch_id.to_owned(),
            api_key: Secret::new(api_key),
            app_secret: Secret::new(app_secret),
            api_v3_key: None,
            name: format!("商户{mch_id}"),
            provider: false,
            sub_mch_ids: Vec::new(),
            oauth_domain: None,
            users: Vec::new(),
            products: Vec::new(),
            native_callback_url: None,
            pay_dirs: Vec::new(),
            js_domain: None,
            h5_domain: None,
        }
    }

    /// The merchant of WeChat's own documents, which every emulator knows.
    pub fn demo() -> Self {
        let mut demo = Self::new(
            "wxd930ea5d5a258f4f",
            "10000100",
            "192006250b4c09247ec02edce69f6a2d",
            "5a1d0c7e9b3f48268f2e6d4b7c90a1e3",
        );
        "腾讯充值中心".clone_into(&mut demo.name);
        demo
    }

    /// Merchants from JSON: one object or a list of them.
    ///
    /// # Errors
    /// A sentence that says which merchant and field is wrong.
    pub fn from_json(text: &str) -> Result<Vec<Self>, MerchantError> {
        let file: Value = serde_json::from_str(text).map_err(|error| MerchantError(error.to_string()))?;
        let entries = match file {
            Value::Array(entries) => entries,
            one => vec![one],
        };
        let read = |(n, entry)| {
            let entry = Entry::deserialize(entry).map_err(|error| MerchantError(format!("merchant {n}: {error}")))?;
            entry.check()
        };
        (1..).zip(entries).map(read).collect()
    }

    /// The text without this merchant's secrets, for whatever is shown or kept.
    pub(crate) fn redact(&self, text: String) -> String {
        let secrets = [Some(&self.api_key), Some(&self.app_secret), self.api_v3_key.as_ref()];
        secrets.into_iter().flatten().map(Secret::expose).fold(text, |text, secret| {
            // Hardly ever there, and every request comes by.
            if !secret.is_empty() && text.contains(secret) { text.replace(secret, "***") } else { text }
        })
    }
}

/// Merchants that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantError(String);

impl fmt::Display for MerchantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MerchantError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    appid: String,
    mch_id: String,
    api_key: String,
    app_secret: String,
    api_v3_key: Option<String>,
    name: Option<String>,
    #[serde(default)]
    provider: bool,
    #[serde(default)]
    sub_mch_ids: Vec<String>,
    oauth_domain: Option<String>,
    #[serde(default)]
    users: Vec<String>,
    #[serde(default)]
    products: Vec<String>,
    native_callback_url: Option<String>,
    #[serde(default)]
    pay_dirs: Vec<String>,
    js_domain: Option<String>,
    h5_domain: Option<String>,
}

impl Entry {
    fn check(self) -> Result<Merchant, MerchantError> {
        let wrong = |field: &str, rule: &str| Err(MerchantError(format!("merchant {}: {field} {rule}", self.mch_id)));
        if self.appid.len() != 18 || !self.appid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return wrong("appid", "must be 18 letters and digits");
        }
        if !is_mch_id(&self.mch_id) {
            return wrong("mch_id", "must be 8 or 10 digits");
        }
        if self.api_key.len() != 32 {
            return wrong("api_key", "must be 32 bytes");
        }
        if self.app_secret.is_empty() {
            return wrong("app_secret", "must not be empty");
        }
        if self.api_v3_key.as_ref().is_some_and(|key| key.len() != 32) {
            return wrong("api_v3_key", "must be 32 bytes");
        }
        if self.sub_mch_ids.iter().any(|id| !is_mch_id(id)) {
            return wrong("sub_mch_ids", "must be 8 or 10 digits each");
        }
        if self.users.iter().any(|openid| !is_openid(openid)) {
            return wrong("users", "must be openids: 28 characters, the first an o");
        }
        let web = |text: &str| url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if self.native_callback_url.as_deref().is_some_and(|url| !web(url)) {
            return wrong("native_callback_url", "must be an http or https URL");
        }
        if self.pay_dirs.iter().any(|dir| !web(dir) || !dir.ends_with('/')) {
            return wrong("pay_dirs", "must be http or https URLs that end with /");
        }
        let mut merchant = Merchant::new(&self.appid, &self.mch_id, &self.api_key, &self.app_secret);
        merchant.api_v3_key = self.api_v3_key.map(Secret::new);
        merchant.name = self.name.unwrap_or(merchant.name);
        merchant.provider = self.provider;
        merchant.sub_mch_ids = self.sub_mch_ids;
        merchant.oauth_domain = self.oauth_domain;
        merchant.users = self.users;
        merchant.products = self.products;
        merchant.native_callback_url = self.native_callback_url;
        merchant.pay_dirs = self.pay_dirs;
        merchant.js_domain = self.js_domain;
        merchant.h5_domain = self.h5_domain;
        Ok(merchant)
    }
}

pub(crate) fn is_mch_id(text: &str) -> bool {
    matches!(text.len(), 8 | 10) && text.bytes().all(|b| b.is_ascii_digit())
}

/// 28 characters, the first an `o` (protocol §13).
pub(crate) fn is_openid(text: &str) -> bool {
    text.len() == 28 && text.starts_with('o') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// The openid of a user of an appid, always the same one. The demo user's at the demo appid is the documents'.
pub(crate) fn openid_of(appid: &str, user: &str) -> String {
    if appid == "wxd930ea5d5a258f4f" && user == DEMO_USER {
        return "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned();
    }
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let digest = Sha256::new().chain_update(appid).chain_update([0]).chain_update(user).finalize();
    let tail = digest.iter().take(27).filter_map(|b| ALPHABET.get(usize::from(b & 63))).map(|b| char::from(*b));
    std::iter::once('o').chain(tail).collect()
}

pub(crate) const DEMO_USER: &str = "demo";

/// All merchants, by what requests name them with. Never changes while an emulator runs, so no lock guards it.
#[derive(Debug)]
pub(crate) struct Registry {
    merchants: Vec<Merchant>,
    by_pair: HashMap<String, HashMap<String, usize>>,
    by_mch: HashMap<String, usize>,
    by_app: HashMap<String, usize>,
    users: HashMap<String, HashSet<String>>,
}

impl Registry {
    /// The demo merchant and the others; one number has one key, one appid one secret.
    pub(crate) fn new(others: &[Merchant]) -> Result<Self, MerchantError> {
        let mut registry = Self {
            merchants: Vec::new(),
            by_pair: HashMap::new(),
            by_mch: HashMap::new(),
            by_app: HashMap::new(),
            users: HashMap::new(),
        };
        for merchant in others {
            registry.add(merchant)?;
        }
        let demo = Merchant::demo();
        // A file may describe the demo merchant differently: its word counts.
        if registry.by_mch(&demo.mch_id).is_none() && registry.by_app(&demo.appid).is_none() {
            registry.add(&demo)?;
        }
        Ok(registry)
    }

    fn add(&mut self, merchant: &Merchant) -> Result<(), MerchantError> {
        if self.by_mch(&merchant.mch_id).is_some_and(|known| known.api_key != merchant.api_key) {
            return Err(MerchantError(format!("mch_id {} stands twice with different api_keys", merchant.mch_id)));
        }
        if self.by_app(&merchant.appid).is_some_and(|known| known.app_secret != merchant.app_secret) {
            return Err(MerchantError(format!("appid {} stands twice with different app_secrets", merchant.appid)));
        }
        let index = self.merchants.len();
        self.by_mch.entry(merchant.mch_id.clone()).or_insert(index);
        self.by_app.entry(merchant.appid.clone()).or_insert(index);
        self.by_pair.entry(merchant.appid.clone()).or_default().insert(merchant.mch_id.clone(), index);
        let users = self.users.entry(merchant.appid.clone()).or_default();
        users.insert(openid_of(&merchant.appid, DEMO_USER));
        users.extend(merchant.users.iter().cloned());
        self.merchants.push(merchant.clone());
        Ok(())
    }

    /// The merchant that is announced.
    pub(crate) fn first(&self) -> Option<&Merchant> {
        self.merchants.first()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Merchant> {
        self.merchants.iter()
    }

    pub(crate) fn by_mch(&self, mch_id: &str) -> Option<&Merchant> {
        self.by_mch.get(mch_id).and_then(|index| self.merchants.get(*index))
    }

    pub(crate) fn by_app(&self, appid: &str) -> Option<&Merchant> {
        self.by_app.get(appid).and_then(|index| self.merchants.get(*index))
    }

    pub(crate) fn bound(&self, appid: &str, mch_id: &str) -> Option<&Merchant> {
        let index = self.by_pair.get(appid)?.get(mch_id)?;
        self.merchants.get(*index)
    }

    /// The appid that an openid was configured for.
    pub(crate) fn app_of_user(&self, openid: &str) -> Option<&str> {
        self.users.iter().find(|(_, users)| users.contains(openid)).map(|(appid, _)| appid.as_str())
    }

    /// The openids that were configured for an appid.
    pub(crate) fn users_of(&self, appid: &str) -> impl Iterator<Item = &str> {
        let merchants = self.merchants.iter().filter(move |merchant| merchant.appid == appid);
        merchants.flat_map(|merchant| merchant.users.iter().map(String::as_str))
    }

    /// The openids that were configured.
    pub(crate) fn users(&self) -> impl Iterator<Item = &str> {
        self.merchants.iter().flat_map(|merchant| merchant.users.iter().map(String::as_str))
    }

    pub(crate) fn merchants(&self) -> &[Merchant] {
        &self.merchants
    }

    /// Why a signature of a merchant differs, by all keys that are known here. The algorithm is the message's own,
    /// unless it is agreed elsewhere.
    pub(crate) fn explain(&self, merchant: &Merchant, fields: &Fields, agreed: Option<SignType>) -> Explanation {
        // Anybody may send what is explained, and each key hashes it once more.
        const TRIED: usize = 64;
        let others = self.iter().filter(|other| other.mch_id != merchant.mch_id).take(TRIED);
        let others: Vec<&str> = others.map(|other| other.api_key.expose()).collect();
        let known = OtherKeys {
            api_v3_key: merchant.api_v3_key.as_ref().map(Secret::expose),
            app_secret: Some(merchant.app_secret.expose()),
            other_merchants: &others,
        };
        explain_with(fields, merchant.api_key.expose(), agreed, known)
    }

    /// The text without any merchant's secrets.
    pub(crate) fn redact(&self, text: String) -> String {
        self.merchants.iter().fold(text, |text, merchant| merchant.redact(text))
    }
}
