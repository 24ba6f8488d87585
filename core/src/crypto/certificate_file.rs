//! What a file with a merchant's certificate or key has: PEM, PKCS#12 or DER, whatever its name is.

use std::borrow::Cow;

use p12_keystore::Pkcs12Archive;
use p12_keystore::error::Error as P12Error;
use zeroize::Zeroizing;

use super::certificate_remedies::{CUT, DAMAGED, EMPTY, READ_AS_TEXT, UNREADABLE, UNSUPPORTED, WRONG_PASSWORD};
use super::der::{Block, Certificate, PrivateKey, blocks, from_base64, size, text_of, unspaced};
use super::digest::{UPPER, hex};
use super::refused;
use crate::error::Error;

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

const PASSWORD: &str = "client_p12_password";

/// What a file has.
#[derive(Default)]
pub(super) struct Content {
    pub(super) is_pem: bool,
    pub(super) certificates: Vec<Certificate>,
    pub(super) keys: Vec<PrivateKey>,
    pub(super) has_request: bool,
    pub(super) has_encrypted_key: bool,
    /// Labels of other PEM blocks.
    others: Vec<String>,
}

impl Content {
    pub(super) fn read(field: &'static str, content: &[u8], given: &CertificateSettings<'_>) -> Result<Self, Error> {
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
    pub(super) fn found(&self) -> String {
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
