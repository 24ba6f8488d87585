//! Merchants: their numbers, keys, appids and permissions.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wxpaykit::Secret;

use super::platform_keys::MerchantKeys;
use super::words::{self, Row};

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
    /// WeCom: the agentid of the application whose secret is `app_secret`. With it, or with a corpid of today, the appid is a corpid.
    pub agent_id: Option<String>,
    /// WeCom: the secret of 企业支付, which signs payments to members. Without it `app_secret` signs them.
    pub corp_pay_secret: Option<Secret>,
    /// The APIv3 key: 32 bytes. Without it APIv3 refuses the merchant. APIv2 never signs with it; the journal names it when a
    /// request did.
    pub api_v3_key: Option<Secret>,
    /// The name that the cashier shows.
    pub name: String,
    /// Whether it is a service provider (服务商), which orders for sub-merchants and must name one in each request.
    pub provider: bool,
    /// The sub-merchants of a provider. When this is empty, every well-formed number counts as one.
    pub sub_mch_ids: Vec<String>,
    /// The only host that OAuth redirects to (网页授权域名). `None` allows any host.
    pub oauth_domain: Option<String>,
    /// Openids of this appid's users, besides the demo user.
    pub users: Vec<String>,
    /// The trade types that it may use. An empty list allows all.
    pub products: Vec<String>,
    /// The merchant's address that is asked for an order when a customer scans a permanent code (native mode 1,
    /// 支付回调URL).
    pub native_callback_url: Option<String>,
    /// Where notifications of refunds go whose request names no address, as those of the merchant platform (退款结果通知 URL).
    pub refund_notify_url: Option<String>,
    /// Where notifications of APIv3 go about parts of orders that it receives (分账动账通知).
    pub sharing_notify_url: Option<String>,
    /// The directories, each with a final `/`, whose pages may open the cashier (JSAPI支付授权目录). An empty list allows
    /// all.
    pub pay_dirs: Vec<String>,
    /// The only host whose pages may call `wx.config` (JS接口安全域名). `None` allows any host.
    pub js_domain: Option<String>,
    /// The only host from which customers may follow `mweb_url` (H5支付域名). `None` allows any host.
    pub h5_domain: Option<String>,
    /// The scenes of transfers (转账场景) that are opened for it.
    pub transfer_scenes: Vec<String>,
    /// Which keys WeChat signs APIv3 with for it.
    pub(crate) v3_keys: MerchantKeys,
}

impl Merchant {
    /// An ordinary merchant with every product.
    pub fn new(appid: &str, mch_id: &str, api_key: &str, app_secret: &str) -> Self {
        Self {
            appid: appid.to_owned(),
            mch_id: mch_id.to_owned(),
            api_key: Secret::new(api_key),
            app_secret: Secret::new(app_secret),
            agent_id: appid.starts_with("ww").then(|| AGENT_ID.to_owned()),
            corp_pay_secret: None,
            api_v3_key: None,
            name: format!("商户{mch_id}"),
            provider: false,
            sub_mch_ids: Vec::new(),
            oauth_domain: None,
            users: Vec::new(),
            products: Vec::new(),
            native_callback_url: None,
            refund_notify_url: None,
            sharing_notify_url: None,
            pay_dirs: Vec::new(),
            js_domain: None,
            h5_domain: None,
            transfer_scenes: SCENES.iter().map(|scene| (*scene).to_owned()).collect(),
            v3_keys: MerchantKeys::Any,
        }
    }

    /// The merchant of WeChat's documents. Every emulator has it.
    pub fn demo() -> Self {
        let mut demo = Self::new(
            "wxd930ea5d5a258f4f",
            "10000100",
            "192006250b4c09247ec02edce69f6a2d",
            "5a1d0c7e9b3f48268f2e6d4b7c90a1e3",
        );
        "腾讯充值中心".clone_into(&mut demo.name);
        demo.api_v3_key = Some(Secret::new("a7c3e19b5d2f48608e4b6d1c9f0a2e35"));
        demo
    }

    /// Merchants from JSON: one object or a list of them.
    ///
    /// # Errors
    /// A sentence that names the merchant and the field.
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

    /// Whether the appid is the corpid of a WeCom corp.
    pub(crate) fn is_corp(&self) -> bool {
        self.agent_id.is_some()
    }

    /// What is in nothing that is shown or kept.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &str> {
        let others = [self.api_v3_key.as_ref(), self.corp_pay_secret.as_ref()];
        [Some(&self.api_key), Some(&self.app_secret)].into_iter().chain(others).flatten().map(Secret::expose)
    }
}

/// Why merchants cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MerchantError(pub(super) String);

impl fmt::Display for MerchantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MerchantError {}

impl MerchantError {
    /// The same in Chinese.
    pub fn in_chinese(&self) -> String {
        words::chinese(ROWS, &self.0, words::of_json).unwrap_or_else(|| words::of_json(&self.0))
    }
}

const ROWS: &[Row] = &[
    ("merchant {}: {} must be 18 letters and digits", "商户 {1}：{2} 应为 18 位字母和数字"),
    ("merchant {}: {} must be 8 or 10 digits each", "商户 {1}：{2} 里的每一个都应为 8 位或 10 位数字"),
    ("merchant {}: {} must be 8 or 10 digits", "商户 {1}：{2} 应为 8 位或 10 位数字"),
    ("merchant {}: {} must be 32 bytes", "商户 {1}：{2} 应为 32 字节"),
    ("merchant {}: {} must not be empty", "商户 {1}：{2} 不能为空"),
    ("merchant {}: {} must be digits", "商户 {1}：{2} 应为数字"),
    (
        "merchant {}: {} must be openids: 28 characters, the first an o",
        "商户 {1}：{2} 里应为 openid：28 个字符，第一个是 o",
    ),
    ("merchant {}: {} must be an http or https URL", "商户 {1}：{2} 应为 http 或 https 地址"),
    (
        "merchant {}: {} must be http or https URLs that end with /",
        "商户 {1}：{2} 里应为以 / 结尾的 http 或 https 地址",
    ),
    ("merchant {}: {} must have a share from 0 to 1", "商户 {1}：{2} 的 share 应为 0 到 1"),
    ("mch_id {} is listed twice with different api_keys", "商户号 {1} 出现了两次，api_key 不同"),
    ("appid {} is listed twice with different app_secrets", "appid {1} 出现了两次，app_secret 不同"),
    // What the reader of JSON says of one of them.
    ("merchant {}: {}", "第 {1} 个商户：{2}"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    appid: String,
    mch_id: String,
    api_key: String,
    app_secret: String,
    agent_id: Option<String>,
    corp_pay_secret: Option<String>,
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
    refund_notify_url: Option<String>,
    sharing_notify_url: Option<String>,
    #[serde(default)]
    pay_dirs: Vec<String>,
    js_domain: Option<String>,
    h5_domain: Option<String>,
    transfer_scenes: Option<Vec<String>>,
    v3_keys: Option<MerchantKeys>,
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
        if self.agent_id.as_ref().is_some_and(|id| id.is_empty() || !id.bytes().all(|b| b.is_ascii_digit())) {
            return wrong("agent_id", "must be digits");
        }
        if self.corp_pay_secret.as_deref() == Some("") {
            return wrong("corp_pay_secret", "must not be empty");
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
        if self.refund_notify_url.as_deref().is_some_and(|url| !web(url)) {
            return wrong("refund_notify_url", "must be an http or https URL");
        }
        if self.sharing_notify_url.as_deref().is_some_and(|url| !web(url)) {
            return wrong("sharing_notify_url", "must be an http or https URL");
        }
        if self.pay_dirs.iter().any(|dir| !web(dir) || !dir.ends_with('/')) {
            return wrong("pay_dirs", "must be http or https URLs that end with /");
        }
        if self.v3_keys.is_some_and(|keys| !keys.is_valid()) {
            return wrong("v3_keys", "must have a share from 0 to 1");
        }
        let mut merchant = Merchant::new(&self.appid, &self.mch_id, &self.api_key, &self.app_secret);
        merchant.api_v3_key = self.api_v3_key.map(Secret::new);
        merchant.agent_id = self.agent_id.or(merchant.agent_id);
        merchant.corp_pay_secret = self.corp_pay_secret.map(Secret::new);
        merchant.name = self.name.unwrap_or(merchant.name);
        merchant.provider = self.provider;
        merchant.sub_mch_ids = self.sub_mch_ids;
        merchant.oauth_domain = self.oauth_domain;
        merchant.users = self.users;
        merchant.products = self.products;
        merchant.native_callback_url = self.native_callback_url;
        merchant.refund_notify_url = self.refund_notify_url;
        merchant.sharing_notify_url = self.sharing_notify_url;
        merchant.pay_dirs = self.pay_dirs;
        merchant.js_domain = self.js_domain;
        merchant.h5_domain = self.h5_domain;
        merchant.transfer_scenes = self.transfer_scenes.unwrap_or(merchant.transfer_scenes);
        merchant.v3_keys = self.v3_keys.unwrap_or_default();
        Ok(merchant)
    }
}

/// The scenes of transfers that a merchant has, unless the file names others: those that the documents name (protocol v3 §11.1).
const SCENES: &[&str] = &["1000", "1002", "1004", "1005", "1006", "1009", "1010", "1011"];

/// The agentid of a corp's application, unless the file names another one.
const AGENT_ID: &str = "1000002";

pub(crate) fn is_mch_id(text: &str) -> bool {
    matches!(text.len(), 8 | 10) && text.bytes().all(|b| b.is_ascii_digit())
}

/// 28 characters, the first an `o` (protocol §13).
pub(crate) fn is_openid(text: &str) -> bool {
    text.len() == 28 && text.starts_with('o') && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

/// The openid of a user of an appid: always the same one. The demo user of the demo appid has the documents' openid.
pub(crate) fn openid_of(appid: &str, user: &str) -> String {
    if appid == "wxd930ea5d5a258f4f" && user == DEMO_USER {
        return "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".to_owned();
    }
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    let digest = Sha256::new().chain_update(appid).chain_update([0]).chain_update(user).finalize();
    let tail = digest.iter().take(27).filter_map(|b| ALPHABET.get(usize::from(b & 63))).map(|b| char::from(*b));
    std::iter::once('o').chain(tail).collect()
}

/// The key of the person who uses every appid unless a request names another person.
pub(crate) const DEMO_USER: &str = "demo";

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_file_is_said_in_chinese_too() {
        let own = r#""appid":"wx8888888888888888","mch_id":"1900000109","api_key":"192006250b4c09247ec02edce69f6a2d","app_secret":"s""#;
        let with = |more: &str| format!("[{{{own},{more}}}]");
        for (file, part) in [
            (with(r#""provider":1"#), "第 1 个商户：整数 `1` 的类型不对，应为布尔值"),
            (with(r#""other":1"#), "第 1 个商户：没有字段 other"),
            (with(r#""api_v3_key":"short""#), "商户 1900000109：api_v3_key 应为 32 字节"),
            (with(r#""sub_mch_ids":["1"]"#), "商户 1900000109：sub_mch_ids 里的每一个都应为 8 位或 10 位数字"),
            (with(r#""users":["x"]"#), "商户 1900000109：users 里应为 openid"),
            (with(r#""pay_dirs":["x"]"#), "商户 1900000109：pay_dirs 里应为以 / 结尾的"),
            (with(r#""agent_id":"x""#), "商户 1900000109：agent_id 应为数字"),
            (format!("[{{{}}}]", own.replace("1900000109", "1")), "商户 1：mch_id 应为 8 位或 10 位数字"),
            (format!("[{{{}}}]", own.replace("wx8", "8")), "appid 应为 18 位字母和数字"),
            ("[{}]".to_owned(), "第 1 个商户：缺少字段 appid"),
            ("{".to_owned(), "内容不完整"),
        ] {
            let error = Merchant::from_json(&file).unwrap_err();
            assert!(error.in_chinese().contains(part), "{error}: {}", error.in_chinese());
        }
    }
}
