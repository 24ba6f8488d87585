//! Signatures of the merchant: over requests, and over what a page or an app is handed to pay with.

use std::fmt;

use crate::crypto::keys;
use crate::crypto::rsa::{SigningKey, VerifyingKey};
use crate::doctor::RSA_SIGN_TYPE;
use crate::doctor::v3::times::seconds;
use crate::error::Error;
use crate::shown::without_query;
use crate::wire::signed;

/// What is signed of a request, and who signs it.
#[derive(Clone, Copy)]
pub struct Parts<'a> {
    /// The merchant's number; a service provider's own.
    pub mch_id: &'a str,
    /// The serial number of the merchant's certificate.
    pub serial_no: &'a str,
    /// The method, such as `GET`.
    pub method: &'a str,
    /// The URL or the path, with the query as it is sent.
    pub url: &'a str,
    /// The body as it is sent; empty when there is none. Of an upload the text of its part `meta`.
    pub body: &'a str,
    /// Seconds since 1970.
    pub timestamp: &'a str,
    /// A random text of at most 32 characters.
    pub nonce_str: &'a str,
}

/// Without the query of the URL and the body.
impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = without_query(self.url);
        f.debug_struct("Parts").field("method", &self.method).field("url", &url).finish_non_exhaustive()
    }
}

/// The text that a request is signed over: five lines, each with a line feed behind it.
///
/// `url` is the whole URL or its path with the query, percent-encoded as it is sent. `body` is empty when there is none; of an upload it is
/// the text of the part `meta`.
///
/// # Errors
/// `InvalidRequest` that names what cannot be signed.
pub fn string_to_sign(method: &str, url: &str, timestamp: &str, nonce_str: &str, body: &str) -> Result<String, Error> {
    if method.is_empty() || !method.bytes().all(|byte| byte.is_ascii_alphabetic()) {
        return Err(Error::invalid("method", "must be the name of an HTTP method, such as GET"));
    }
    check_timestamp(timestamp)?;
    check_nonce(nonce_str)?;
    Ok(signed::request(&method.to_ascii_uppercase(), signed::target(url)?, timestamp, nonce_str, body))
}

/// The SHA256-RSA signature of a text, in Base64.
///
/// # Errors
/// `Config` when the key is damaged.
pub fn sign(message: &[u8], private_key: &SigningKey) -> Result<String, Error> {
    private_key.sign(message)
}

/// The header `Authorization` of a request.
///
/// # Errors
/// `InvalidRequest` that names what cannot be signed; `Config` for a serial number that is not one.
pub fn authorization(parts: &Parts<'_>, private_key: &SigningKey) -> Result<String, Error> {
    authorization_and_text(parts, private_key).map(|(header, _)| header)
}

/// The same, with the text that is signed.
///
/// # Errors
/// As [`authorization`].
pub(crate) fn authorization_and_text(parts: &Parts<'_>, private_key: &SigningKey) -> Result<(String, String), Error> {
    let Parts { mch_id, method, url, body, timestamp, nonce_str, .. } = *parts;
    if !(1..=32).contains(&mch_id.len()) || !mch_id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(Error::invalid("mch_id", "must be the merchant's number, such as 1900000109"));
    }
    let serial_no = keys::merchant_serial("serial_no", parts.serial_no)?;
    let text = string_to_sign(method, url, timestamp, nonce_str, body)?;
    let signature = sign(text.as_bytes(), private_key)?;
    let header = format!(
        "{RSA_SIGN_TYPE} mchid=\"{mch_id}\",nonce_str=\"{nonce_str}\",signature=\"{signature}\",timestamp=\"{timestamp}\",\
         serial_no=\"{serial_no}\""
    );
    Ok((header, text))
}

/// The signature of what a page or an app is handed to pay with: `paySign` of JSAPI and mini programs, where `package` is
/// `prepay_id=…`, and `sign` of apps, where it is the prepay_id alone.
///
/// # Errors
/// `InvalidRequest` that names what cannot be signed.
pub fn pay_sign(
    appid: &str,
    timestamp: &str,
    nonce_str: &str,
    package: &str,
    private_key: &SigningKey,
) -> Result<String, Error> {
    check_timestamp(timestamp)?;
    check_nonce(nonce_str)?;
    for (field, value) in [("appid", appid), ("package", package)] {
        if value.is_empty() || !value.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::invalid(field, "must be a text of letters, digits and signs without blanks"));
        }
    }
    if package == "prepay_id=" || package == "Sign=WXPay" {
        let rule = "must be prepay_id=… of a page, and the prepay_id alone of an app: that is what is signed";
        return Err(Error::invalid("package", rule));
    }
    sign(format!("{appid}\n{timestamp}\n{nonce_str}\n{package}\n").as_bytes(), private_key)
}

/// The serial number of a certificate, as `Authorization` has it: upper-case hexadecimal digits.
///
/// # Errors
/// `Config` when it is not a certificate.
pub fn serial_no(certificate: &[u8]) -> Result<String, Error> {
    let key = VerifyingKey::read("certificate", certificate)?;
    let missing =
        || Error::config("certificate", "is a public key, which has no serial number: give apiclient_cert.pem");
    key.serial().map(str::to_owned).ok_or_else(missing)
}

fn check_timestamp(timestamp: &str) -> Result<(), Error> {
    if seconds(timestamp).is_some() {
        return Ok(());
    }
    let is_number = !timestamp.is_empty() && timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let rule = match is_number && timestamp.len() >= 13 {
        true => "must be seconds since 1970; these are milliseconds",
        false => "must be seconds since 1970, in decimal digits",
    };
    Err(Error::invalid("timestamp", rule))
}

fn check_nonce(nonce_str: &str) -> Result<(), Error> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\' | b',');
    if !(1..=32).contains(&nonce_str.len()) || !nonce_str.bytes().all(fits) {
        return Err(Error::invalid("nonce_str", "must have 1 to 32 letters and digits"));
    }
    Ok(())
}
