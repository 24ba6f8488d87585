//! A merchant's certificate and its private key: read from PEM or PKCS#12, checked against each other and against the merchant.
//!
//! Each mistake that is found is a `ConfigError` that names the setting, says what was found, and what to do in English and Chinese.

use std::borrow::Cow;
use std::fmt;

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as P12Error;
use x509_cert::certificate::Version;
use zeroize::Zeroizing;

use super::der::{Block, Certificate, PrivateKey, blocks, day, from_base64, size, text_of, unspaced};
use super::digest::{UPPER, hex};
use super::{refused, remedy};
use crate::codes::Row;
use crate::error::Error;
use crate::explanation::Language;

/// What a merchant's settings hold of the certificate.
#[derive(Clone, Copy, Default)]
pub struct CertificateSettings<'a> {
    /// The setting `client_cert`.
    pub cert: Option<&'a [u8]>,
    /// The setting `client_key`.
    pub key: Option<&'a [u8]>,
    /// The setting `client_p12`.
    pub p12: Option<&'a [u8]>,
    /// The setting `client_p12_password`.
    pub password: Option<&'a str>,
    /// The merchant's number: the password that WeChat sets, and the name in the certificate.
    pub mch_id: &'a str,
    /// For service providers: the number of the sub-merchant, whose certificate is not used.
    pub sub_mch_id: Option<&'a str>,
}

/// A merchant's certificate with its private key. `Debug` shows neither.
#[derive(Clone)]
pub struct Identity {
    chain: Vec<Certificate>,
    key: PrivateKey,
}

/// How long a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is valid for more than 30 days.
    Valid,
    /// It ends within 30 days.
    EndsSoon,
    /// It has ended.
    Expired,
    /// It has not begun.
    NotYet,
}

/// A shorter time before a certificate's end is worth a warning, in seconds.
const SOON: i64 = 30 * 24 * 60 * 60;

const CERT: &str = "client_cert";
const KEY: &str = "client_key";
const P12: &str = "client_p12";
const PASSWORD: &str = "client_p12_password";

impl Identity {
    /// Reads and checks what the settings hold; `None` when they hold nothing.
    ///
    /// `client_cert` and `client_key` may be one file with both; what kind a file is, its content says, not its name.
    ///
    /// # Errors
    /// `Config`, naming the setting and the remedy.
    pub fn read(given: &CertificateSettings<'_>) -> Result<Option<Self>, Error> {
        let read =
            |field, content: Option<&[u8]>| content.map(|content| Content::read(field, content, given)).transpose();
        let (cert, key, p12) = (read(CERT, given.cert)?, read(KEY, given.key)?, read(P12, given.p12)?);
        let sources = Sources { cert, key, p12 };
        if sources.all().next().is_none() {
            return Ok(None);
        }
        let (certificates, keys) = (sources.certificates()?, sources.keys()?);
        let pair = keys.iter().find_map(|key| {
            let leaf = certificates.iter().find(|certificate| certificate.public.is_of(key))?;
            Some((*leaf, *key))
        });
        let Some((leaf, key)) = pair.or_else(|| Some((*certificates.first()?, *keys.first()?))) else {
            return Ok(None);
        };
        check(leaf, sources.field_of_certificate(), key, given)?;
        Ok(Some(Self { chain: chain(leaf, &certificates), key: key.clone() }))
    }

    /// The certificate, then those that signed it as far as they are known, as DER.
    pub fn chain(&self) -> impl Iterator<Item = &[u8]> {
        self.chain.iter().map(|certificate| &*certificate.der)
    }

    /// The private key as DER: PKCS#8, PKCS#1 or SEC 1. Keep it out of logs and errors.
    pub fn expose_key(&self) -> &[u8] {
        &self.key.der
    }

    /// The certificate's serial number: upper-case hexadecimal digits, two for each byte.
    pub fn serial(&self) -> &str {
        self.leaf().map_or("", |leaf| &leaf.serial)
    }

    /// The number of the merchant that the certificate was made for, or another common name.
    pub fn common_name(&self) -> &str {
        self.leaf().map_or("", |leaf| &leaf.common_name)
    }

    /// When the certificate ends, in seconds since 1970.
    pub fn ends(&self) -> i64 {
        self.leaf().map_or(0, |leaf| leaf.ends)
    }

    /// Whether the certificate is valid at a time, in seconds since 1970.
    pub fn validity(&self, now: i64) -> Validity {
        let Some(leaf) = self.leaf() else { return Validity::Expired };
        match now {
            _ if now > leaf.ends => Validity::Expired,
            _ if now < leaf.begins => Validity::NotYet,
            _ if now > leaf.ends.saturating_sub(SOON) => Validity::EndsSoon,
            _ => Validity::Valid,
        }
    }

    /// The certificate in words, for errors and reports: whose it is, its serial number, and when it ends.
    pub fn describe(&self) -> String {
        self.describe_in(Language::English)
    }

    /// The same in a language.
    pub fn describe_in(&self, language: Language) -> String {
        self.leaf().map_or_else(String::new, |leaf| leaf.describe(language))
    }

    /// A setting is wrong because the certificate is not valid now; `None` when it is valid.
    pub fn expired(&self, now: i64) -> Option<Error> {
        let leaf = self.leaf()?;
        let fact = match self.validity(now) {
            Validity::Expired => format!("{leaf} expired on {}", day(leaf.ends)),
            Validity::NotYet => format!("{leaf} is valid from {} on: is this machine's clock right?", day(leaf.begins)),
            Validity::Valid | Validity::EndsSoon => return None,
        };
        Some(refused(CERT, &EXPIRED, fact))
    }

    /// What to say of a certificate that expired or will expire soon; `None` for one that is valid for a while.
    pub fn warning(&self, now: i64) -> Option<String> {
        let leaf = self.leaf()?;
        match self.validity(now) {
            Validity::EndsSoon => {
                let days = (leaf.ends - now) / (24 * 60 * 60);
                Some(format!("{CERT}: {leaf} expires on {}, in {days} days. {}", day(leaf.ends), EXPIRED.english))
            }
            _ => self.expired(now).map(|error| error.to_string()),
        }
    }

    fn leaf(&self) -> Option<&Certificate> {
        self.chain.first()
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("serial", &self.serial()).finish_non_exhaustive()
    }
}

/// The error of a call that needs the certificate, on a client that has none.
pub fn missing() -> Error {
    refused(CERT, &MISSING, "is not set, and this call needs the merchant's certificate; nothing was sent")
}

/// The common name in a certificate, given as DER.
pub fn common_name(certificate: &[u8]) -> Option<String> {
    Certificate::read(certificate).map(|certificate| certificate.common_name)
}

/// The contents of the settings.
struct Sources {
    cert: Option<Content>,
    key: Option<Content>,
    p12: Option<Content>,
}

impl Sources {
    fn all(&self) -> impl Iterator<Item = &Content> {
        [&self.cert, &self.p12, &self.key].into_iter().flatten()
    }

    /// The certificates: those of `client_cert`, else those of `client_p12`, else those in the file of `client_key`.
    fn certificates(&self) -> Result<Vec<&Certificate>, Error> {
        if let (Some(cert), Some(key)) = (&self.cert, &self.key)
            && cert.certificates.is_empty()
            && key.keys.is_empty()
            && !cert.keys.is_empty()
            && !key.certificates.is_empty()
        {
            return Err(refused(CERT, &EXCHANGED, "is a private key, and client_key is a certificate"));
        }
        if let Some(cert) = self.cert.as_ref().filter(|cert| cert.certificates.is_empty()) {
            let fact = format!("has no certificate; it has {}", cert.found());
            return Err(refused(CERT, if cert.has_request { &REQUEST } else { &NO_CERTIFICATE }, fact));
        }
        if let (Some(cert), Some(p12)) = (&self.cert, &self.p12)
            && let (Some(one), Some(other)) = (cert.certificates.first(), p12.certificates.first())
            && !cert.certificates.iter().any(|certificate| p12.certificates.contains(certificate))
        {
            return Err(refused(P12, &TWO, format!("has {other}, and client_cert is {one}")));
        }
        let found = self.all().find(|content| !content.certificates.is_empty());
        let found = found.ok_or_else(|| match &self.p12 {
            Some(p12) => refused(P12, &NO_CERTIFICATE, format!("has no certificate; it has {}", p12.found())),
            None => refused(CERT, &NO_CERTIFICATE, "is not set, and client_key is"),
        })?;
        Ok(found.certificates.iter().collect())
    }

    /// The keys: those of `client_key`, else those of `client_p12`, else those in the file of `client_cert`.
    fn keys(&self) -> Result<Vec<&PrivateKey>, Error> {
        if let Some(key) = self.key.as_ref().filter(|key| key.keys.is_empty()) {
            let fact = format!("has no private key; it has {}", key.found());
            return Err(refused(KEY, if key.has_encrypted_key { &ENCRYPTED } else { &NO_KEY }, fact));
        }
        let found = [&self.key, &self.p12, &self.cert].into_iter().flatten().find(|content| !content.keys.is_empty());
        let found = found.ok_or_else(|| match (&self.p12, &self.cert) {
            (Some(p12), _) if p12.is_pem => refused(
                P12,
                &PEM_AS_P12,
                format!("is PEM, not PKCS#12, and has no private key; it has {}", p12.found()),
            ),
            (Some(p12), _) => refused(P12, &NO_KEY, format!("has no private key; it has {}", p12.found())),
            (None, Some(cert)) if cert.has_encrypted_key => {
                refused(CERT, &ENCRYPTED, "has a private key that is encrypted with a password")
            }
            _ => refused(KEY, &NO_KEY, "is not set, and client_cert is"),
        })?;
        Ok(found.keys.iter().collect())
    }

    fn field_of_certificate(&self) -> &'static str {
        match (&self.cert, &self.p12) {
            (None, Some(_)) => P12,
            _ => CERT,
        }
    }
}

/// The certificate, and those that signed it.
fn chain(leaf: &Certificate, all: &[&Certificate]) -> Vec<Certificate> {
    let mut chain = vec![leaf.clone()];
    while let Some(last) = chain.last()
        && let Some(issuer) = all.iter().find(|one| one.subject == last.issuer && !chain.contains(one))
    {
        let issuer = (*issuer).clone();
        chain.push(issuer);
    }
    chain
}

/// What a file has.
#[derive(Default)]
struct Content {
    is_pem: bool,
    certificates: Vec<Certificate>,
    keys: Vec<PrivateKey>,
    has_request: bool,
    has_encrypted_key: bool,
    /// Labels of other PEM blocks.
    others: Vec<String>,
}

impl Content {
    fn read(field: &'static str, content: &[u8], given: &CertificateSettings<'_>) -> Result<Self, Error> {
        let content = unspaced(content);
        if content.is_empty() {
            return Err(refused(field, &EMPTY, "is empty"));
        }
        if let Some(text) = text_of(content)
            && text.contains("-----BEGIN ")
        {
            return Self::read_pem(field, &text);
        }
        let der = from_base64(content).map_or(Cow::Borrowed(content), |der| Cow::Owned(der.to_vec()));
        let der = Zeroizing::new(whole(field, &der)?.to_vec());
        if let Some(certificate) = Certificate::read(&der) {
            return Ok(Self { certificates: vec![certificate], ..Self::default() });
        }
        if let Some(key) = PrivateKey::read(&der) {
            return Ok(Self { keys: vec![key], ..Self::default() });
        }
        let archive = open(field, &der, given)?;
        let certificates = archive.certs.iter().filter_map(|bag| Certificate::read(bag.cert.as_der())).collect();
        let keys = archive.keys.iter().filter_map(|bag| PrivateKey::read(bag.key.as_der())).collect();
        Ok(Self { certificates, keys, ..Self::default() })
    }

    fn read_pem(field: &'static str, text: &str) -> Result<Self, Error> {
        let mut found = Self { is_pem: true, ..Self::default() };
        for Block { label, body } in blocks(text) {
            let body = body.ok_or_else(|| refused(field, &CUT, "is PEM, and its last block has no END line"))?;
            found.take(field, &label, body)?;
        }
        Ok(found)
    }

    /// Takes a block of PEM.
    fn take(&mut self, field: &'static str, label: &str, body: &str) -> Result<(), Error> {
        if label == "ENCRYPTED PRIVATE KEY" || body.contains(",ENCRYPTED") {
            self.has_encrypted_key = true;
            return Ok(());
        }
        let unreadable = |what: &str| refused(field, &DAMAGED, format!("is PEM, and its block {label} {what}"));
        let is_key = label.ends_with("PRIVATE KEY");
        if !is_key && !label.ends_with("CERTIFICATE") {
            self.has_request |= label.ends_with("CERTIFICATE REQUEST");
            self.others.push(label.to_owned());
            return Ok(());
        }
        // Environment variables and YAML files often have "\n" as two characters.
        let body = Zeroizing::new(body.replace("\\r", "").replace("\\n", ""));
        let der = from_base64(body.as_bytes()).ok_or_else(|| unreadable("is not Base64"))?;
        if is_key {
            self.keys.push(PrivateKey::read(&der).ok_or_else(|| unreadable("is not a private key"))?);
        } else {
            self.certificates.push(Certificate::read(&der).ok_or_else(|| unreadable("is not a certificate"))?);
        }
        Ok(())
    }

    /// What there is, in words.
    fn found(&self) -> String {
        let parts = [
            (!self.certificates.is_empty(), "a certificate"),
            (!self.keys.is_empty(), "a private key"),
            (self.has_encrypted_key, "a private key that is encrypted with a password"),
        ];
        let known = parts.into_iter().filter(|(there, _)| *there).map(|(_, words)| words.to_owned());
        let others = self.others.iter().map(|label| match label.as_str() {
            "PUBLIC KEY" | "RSA PUBLIC KEY" => "a public key".to_owned(),
            label if label.ends_with("CERTIFICATE REQUEST") => "a certificate request (CSR)".to_owned(),
            label => format!("a block {}", label.chars().take(40).collect::<String>()),
        });
        let all: Vec<_> = known.chain(others).collect();
        if all.is_empty() { "neither a certificate nor a key".to_owned() } else { all.join(" and ") }
    }
}

/// The DER structure at the beginning of a file.
fn whole<'a>(field: &'static str, der: &'a [u8]) -> Result<&'a [u8], Error> {
    let length = der.len();
    let Some(size) = size(der) else {
        let lossy = der.windows(3).filter(|bytes| *bytes == "\u{fffd}".as_bytes()).count();
        if lossy > 0 {
            let fact = format!("was read as text: {lossy} of its bytes became the replacement character (EF BF BD)");
            return Err(refused(field, &READ_AS_TEXT, fact));
        }
        let beginning = hex(der.get(..4).unwrap_or(der), UPPER);
        let fact = format!("is neither PEM nor PKCS#12: {length} bytes that begin with {beginning}");
        return Err(refused(field, &UNREADABLE, fact));
    };
    der.get(..size).ok_or_else(|| refused(field, &CUT, format!("is cut short: it has {length} of {size} bytes")))
}

/// Opens PKCS#12. Without a password it is the merchant's number, or none.
fn open(field: &'static str, der: &[u8], given: &CertificateSettings<'_>) -> Result<Pkcs12Archive, Error> {
    let password = given.password.filter(|password| !password.is_empty());
    let defaults = [given.mch_id, ""];
    let tried = password.as_slice().iter().copied().chain(defaults.into_iter().filter(|_| password.is_none()));
    for password in tried {
        match Pkcs12Archive::from_pkcs12(der, password) {
            Ok(archive) => return Ok(archive),
            Err(P12Error::MacError(_) | P12Error::UnpadError | P12Error::Pkcs5Error(_)) => {}
            Err(P12Error::UnsupportedEncryptionScheme | P12Error::UnsupportedMacAlgorithm) => {
                return Err(refused(field, &UNSUPPORTED, "is encrypted with an algorithm that is not supported"));
            }
            Err(_) => {
                let fact = format!("is neither a certificate nor PKCS#12: {} bytes", der.len());
                return Err(refused(field, &UNREADABLE, fact));
            }
        }
    }
    Err(refused(PASSWORD, &WRONG_PASSWORD, wrong_password(field, der, password, given)))
}

/// What is wrong with a password, without the password.
fn wrong_password(field: &str, der: &[u8], password: Option<&str>, given: &CertificateSettings<'_>) -> String {
    let Some(password) = password else {
        return format!("is not set, and {field} does not open with the mch_id {}", given.mch_id);
    };
    let hint = match password {
        _ if password.trim() != password => ", and has white space around it",
        _ if Some(password) == given.sub_mch_id => ", and is the sub-merchant's number",
        _ if password.len() == 32 && password.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
            ", and looks like an API key or an AppSecret"
        }
        _ => "",
    };
    let opens = Pkcs12Archive::from_pkcs12(der, given.mch_id).is_ok();
    let right = if opens { "; the mch_id does open it" } else { "" };
    format!("does not open {field}{hint}{right}")
}

/// Whether a certificate is the merchant's, and belongs to the key.
fn check(
    leaf: &Certificate,
    field: &'static str,
    key: &PrivateKey,
    given: &CertificateSettings<'_>,
) -> Result<(), Error> {
    if leaf.version != Version::V3 {
        return Err(refused(field, &UNREADABLE, format!("is {leaf} of an old form, X.509 version 1")));
    }
    let belongs = leaf.public.is_of(key);
    let is_number = (8..=10).contains(&leaf.common_name.len()) && leaf.common_name.bytes().all(|b| b.is_ascii_digit());
    if !is_number && (!belongs || leaf.common_name.starts_with("Tenpay.com")) {
        return Err(refused(field, &PLATFORM, format!("is {leaf}")));
    }
    if is_number && leaf.common_name != given.mch_id {
        let whose = if Some(&*leaf.common_name) == given.sub_mch_id { ", the sub-merchant's" } else { "" };
        let fact = format!("is {leaf}{whose}, and mch_id is {}", given.mch_id);
        return Err(refused(field, &OTHER_MERCHANT, fact));
    }
    if !belongs {
        let field = if given.key.is_some() { KEY } else { field };
        return Err(refused(field, &KEY_MISMATCH, format!("is not the key of {leaf}")));
    }
    Ok(())
}

static EMPTY: Row = remedy(
    "The file was not copied whole: copy it again, or download it again at pay.weixin.qq.com > 账户中心 > API安全.",
    "文件内容为空，没有完整复制：请重新复制，或到商户平台 > 账户中心 > API安全 重新下载。",
);
static MISSING: Row = remedy(
    "Set client_cert and client_key (apiclient_cert.pem and apiclient_key.pem), or client_p12; download them at pay.weixin.qq.com > \
     账户中心 > API安全.",
    "该接口需要商户 API 证书：请设置 client_cert 与 client_key（apiclient_cert.pem、apiclient_key.pem），或 client_p12；证书在商户平台 > 账户中心 > API安全 下载。",
);
static CUT: Row = remedy(
    "The file is incomplete: copy it again as a binary file, or download it again at pay.weixin.qq.com > 账户中心 > API安全.",
    "文件不完整：请以二进制方式重新复制，或到商户平台 > 账户中心 > API安全 重新下载。",
);
static READ_AS_TEXT: Row = remedy(
    "A p12 is binary: give its path or its bytes, keep build tools and Git from converting it, and copy the original file again.",
    "p12 是二进制文件，被当作文本读写后已损坏：请传入路径或字节，避免构建工具和 Git 转换它，并重新复制原文件。",
);
static UNREADABLE: Row = remedy(
    "Give apiclient_cert.pem and apiclient_key.pem as client_cert and client_key, or apiclient_cert.p12 as client_p12: a path, bytes, \
     or PEM text.",
    "请传入 apiclient_cert.pem 与 apiclient_key.pem（client_cert 与 client_key），或 apiclient_cert.p12（client_p12）：路径、字节或 PEM 文本。",
);
static DAMAGED: Row = remedy(
    "The file was changed after it was downloaded: copy it again, with its lines.",
    "文件下载后被改动：请连同换行重新复制。",
);
static UNSUPPORTED: Row = remedy(
    "Take the file that WeChat gave, or give apiclient_cert.pem and apiclient_key.pem as client_cert and client_key.",
    "请使用微信支付提供的原文件，或改用 apiclient_cert.pem 与 apiclient_key.pem（client_cert 与 client_key）。",
);
static WRONG_PASSWORD: Row = remedy(
    "WeChat sets the merchant number (mch_id) as the password of apiclient_cert.p12: leave client_p12_password out unless you changed \
     it. A service provider uses its own file and number.",
    "微信支付把商户号 mch_id 设为 apiclient_cert.p12 的密码：没有改过密码就不要设置 client_p12_password。服务商使用自己的证书和商户号。",
);
static EXCHANGED: Row = remedy(
    "client_cert and client_key are swapped: client_cert is apiclient_cert.pem, client_key is apiclient_key.pem.",
    "client_cert 与 client_key 放反了：client_cert 是 apiclient_cert.pem，client_key 是 apiclient_key.pem。",
);
static NO_CERTIFICATE: Row = remedy(
    "Give apiclient_cert.pem, which begins with -----BEGIN CERTIFICATE-----, as client_cert.",
    "client_cert 应为 apiclient_cert.pem，以 -----BEGIN CERTIFICATE----- 开头。",
);
static REQUEST: Row = remedy(
    "A certificate request (CSR) is what a certificate is applied for with: give the certificate that WeChat made of it, \
     apiclient_cert.pem.",
    "这是申请证书用的请求文件（CSR）：请使用申请后得到的证书 apiclient_cert.pem。",
);
static NO_KEY: Row = remedy(
    "Give apiclient_key.pem, which begins with -----BEGIN PRIVATE KEY-----, as client_key.",
    "client_key 应为 apiclient_key.pem，以 -----BEGIN PRIVATE KEY----- 开头。",
);
static ENCRYPTED: Row = remedy(
    "Give the key without a password (openssl pkey -in key.pem -out apiclient_key.pem), or give apiclient_cert.p12 as client_p12.",
    "私钥带有密码：请先解密（openssl pkey -in key.pem -out apiclient_key.pem），或改用 apiclient_cert.p12（client_p12）。",
);
static PEM_AS_P12: Row = remedy(
    "Give a PEM certificate as client_cert, with its key as client_key. A file's name does not change what it is.",
    "文件内容是 PEM，不是 PKCS#12：请用 client_cert 与 client_key 传入证书和私钥；改文件名不会改变内容。",
);
static TWO: Row = remedy(
    "Give one certificate: client_cert with client_key, or client_p12.",
    "只能设置一个证书：client_cert 与 client_key，或 client_p12。",
);
static KEY_MISMATCH: Row = remedy(
    "Certificate and key must be of the same download: when a certificate is renewed, its key is new too.",
    "证书与私钥不配套：两者必须来自同一次申请；更换证书时私钥也要一起更换。",
);
static OTHER_MERCHANT: Row = remedy(
    "Use the certificate of mch_id itself. A service provider uses its own certificate for its sub-merchants' orders.",
    "请使用 mch_id 自己的商户 API 证书；服务商为子商户调用时使用服务商自己的证书。",
);
static PLATFORM: Row = remedy(
    "That is not a merchant's certificate; perhaps it is WeChat Pay's platform certificate (平台证书), which only verifies replies. \
     Give apiclient_cert.pem.",
    "这不是商户 API 证书，可能是只用于验签的微信支付平台证书：请使用 apiclient_cert.pem。",
);
static EXPIRED: Row = remedy(
    "Apply for a new certificate at pay.weixin.qq.com > 账户中心 > API安全, and replace certificate and key together.",
    "请到商户平台 > 账户中心 > API安全 申请新证书，并同时更换证书和私钥。",
);
