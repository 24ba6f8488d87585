//! A merchant's certificate and its private key: read from PEM or PKCS#12, checked against each other and against the merchant.
//!
//! Each mistake that is found is a `ConfigError` that names the setting, says what was found, and what to do in English and Chinese.

use std::fmt;

use x509_cert::certificate::Version;

pub use super::certificate_file::CertificateSettings;
use super::certificate_file::Content;
use super::certificate_remedies::{
    ENCRYPTED, ENDS_SOON, EXCHANGED, EXPIRED, KEY_MISMATCH, MISSING, NO_CERTIFICATE, NO_KEY, NOT_YET, OTHER_MERCHANT,
    PEM_AS_P12, PLATFORM, REQUEST, TWO, UNREADABLE,
};
use super::der::{Certificate, PrivateKey, day};
use super::refused;
use crate::error::Error;
use crate::explanation::Language;

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

    /// The certificate in words, for errors and reports: whose it is, its serial number, and from when until when it is valid.
    pub fn describe(&self) -> String {
        self.describe_in(Language::English)
    }

    /// The same in a language.
    pub fn describe_in(&self, language: Language) -> String {
        self.leaf().map_or_else(String::new, |leaf| leaf.describe(language))
    }

    /// A setting is wrong because the certificate is not valid now; `None` when it is valid.
    pub fn expired(&self, now: i64) -> Option<Error> {
        match self.validity(now) {
            Validity::Expired | Validity::NotYet => self.remark(now),
            Validity::Valid | Validity::EndsSoon => None,
        }
    }

    /// What to say of a certificate that is not valid now or will expire soon, with the dates; `None` for one that is valid for a while.
    pub fn remark(&self, now: i64) -> Option<Error> {
        let leaf = self.leaf()?;
        let (begins, ends, today) = (day(leaf.begins), day(leaf.ends), day(now));
        let (remedy, fact) = match self.validity(now) {
            Validity::Valid => return None,
            Validity::EndsSoon => {
                let days = (leaf.ends - now) / (24 * 60 * 60);
                (&ENDS_SOON, format!("{leaf} is valid from {begins} and expires on {ends}, in {days} days"))
            }
            // A clock that is wrong looks the same as a certificate that is.
            Validity::Expired => (
                &EXPIRED,
                format!("{leaf} was valid from {begins} and expired on {ends}; this machine's date is {today}"),
            ),
            Validity::NotYet => (
                &NOT_YET,
                format!("{leaf} is not valid yet, but from {begins} until {ends}; this machine's date is {today}"),
            ),
        };
        Some(refused(CERT, remedy, fact))
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
