//! What is encrypted in APIv3: the resource of a notification, certificates, and sensitive fields.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::codes::ErrorCode;
use crate::crypto::aes::Gcm;
use crate::crypto::rsa::{SigningKey, VerifyingKey};
use crate::error::Error;

/// What AES-256-GCM encrypted: `resource` of a notification, `encrypt_certificate` of a certificate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Resource<'a> {
    /// `AEAD_AES_256_GCM`; empty when it was left out.
    pub algorithm: &'a str,
    /// Base64, with the tag at the end.
    pub ciphertext: &'a str,
    /// 12 characters.
    pub nonce: &'a str,
    /// What was authenticated with it; empty when it was left out.
    pub associated_data: &'a str,
}

/// Decrypts a resource with the merchant's APIv3 key: the JSON text that was encrypted.
///
/// # Errors
/// `Config` (`key_length`) when the key does not have 32 bytes; `InvalidRequest` when the resource is not whole, or, with the code
/// `decrypt_failed`, when the key is another one or something was changed.
pub fn decrypt(resource: &Resource<'_>, api_v3_key: &str) -> Result<String, Error> {
    let gcm = Gcm::of_api_v3_key("api_v3_key", api_v3_key)?;
    open(resource, &gcm)
}

/// What WeChat Pay writes as `associated_data`, which is usually the `original_type`; it may be empty.
const ASSOCIATED: [&str; 9] = [
    "transaction",
    "refund",
    "profitsharing",
    "mch_payment",
    "payscore",
    "combine-transaction",
    "certificate",
    "security",
    "",
];

pub(super) fn open(resource: &Resource<'_>, gcm: &Gcm) -> Result<String, Error> {
    let Resource { algorithm, ciphertext, nonce, associated_data } = *resource;
    if !["", "AEAD_AES_256_GCM"].contains(&algorithm) {
        let shown: String = algorithm.chars().take(40).collect();
        return Err(Error::invalid("algorithm", format!("{shown:?} is not supported: AEAD_AES_256_GCM is")));
    }
    if ciphertext.is_empty() {
        return Err(Error::invalid("ciphertext", "is missing: give the member resource of a notification, as it came"));
    }
    let failed = |field, rule: &str| Error::invalid_with_code(ErrorCode::DecryptFailed, field, rule);
    let data =
        base64(ciphertext).ok_or_else(|| failed("ciphertext", "is not Base64, or was cut: give it as it came"))?;
    if nonce.len() != 12 {
        return Err(failed(
            "nonce",
            &format!("has {} bytes, and WeChat Pay's have 12: give it as it came", nonce.len()),
        ));
    }
    let plain = gcm.decrypt_in_place(nonce.as_bytes(), associated_data.as_bytes(), data);
    let plain = plain.and_then(|plain| String::from_utf8(plain).ok());
    plain.ok_or_else(|| {
        let opens = |other: &&&'static str| {
            let data = base64(ciphertext).unwrap_or_default();
            gcm.decrypt(nonce.as_bytes(), other.as_bytes(), &data).is_some()
        };
        if let Some(other) = ASSOCIATED.iter().find(opens) {
            let rule = format!("is missing or another one: with {other:?} the key opens ciphertext; give it as it came");
            return failed("associated_data", &rule);
        }
        failed(
            "ciphertext",
            "does not decrypt with this APIv3 key: it must be the APIv3 key (not the APIv2 key) of the merchant that was notified, and \
             ciphertext, nonce and associated_data must be as they came",
        )
    })
}

/// The bytes of a Base64 text. WeChat sends it on one line; where it was folded into lines, white space is left out.
fn base64(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok().or_else(|| {
        let one_line: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        BASE64_STANDARD.decode(one_line).ok()
    })
}

/// Encrypts a sensitive field for WeChat Pay (RSA-OAEP with SHA-1), in Base64. `public_key` is a platform certificate's or the WeChat Pay
/// public key; send its serial number or id in the header `Wechatpay-Serial`.
///
/// # Errors
/// `InvalidRequest` (`plaintext_too_long`) when the text is longer than 214 bytes, with a key of 2048 bits.
pub fn encrypt_sensitive(text: &str, public_key: &VerifyingKey) -> Result<String, Error> {
    let (longest, length) = (public_key.longest(), text.len());
    if length > longest {
        let rule = format!("has {length} bytes, and this key encrypts at most {longest}");
        return Err(Error::invalid_with_code(ErrorCode::PlaintextTooLong, "text", rule));
    }
    let sealed = public_key.encrypt(text.as_bytes());
    let sealed = sealed.ok_or_else(|| Error::config("public_key", "cannot encrypt: the key is damaged"))?;
    Ok(BASE64_STANDARD.encode(sealed))
}

/// Decrypts a sensitive field of a reply with the merchant's private key.
///
/// # Errors
/// `InvalidRequest`: the text is not Base64, or, with the code `decrypt_failed`, it was encrypted for another key.
pub fn decrypt_sensitive(text: &str, private_key: &SigningKey) -> Result<Zeroizing<String>, Error> {
    let failed = |rule| Error::invalid_with_code(ErrorCode::DecryptFailed, "text", rule);
    let data = base64(text).filter(|data| !data.is_empty());
    let data = data.ok_or_else(|| failed("is not Base64: give the encrypted field as it came"))?;
    let plain =
        private_key.decrypt(&data).and_then(|plain| Some(Zeroizing::new(String::from_utf8(plain.to_vec()).ok()?)));
    plain.ok_or_else(|| match private_key.decrypt_sha256(&data) {
        Some(_) => failed("was encrypted with OAEP and SHA-256: WeChat Pay uses SHA-1"),
        None => failed("does not decrypt with this private key: it was encrypted for another certificate"),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn associated_data_that_was_left_out_or_changed_is_named() {
        let file = include_str!("../../../tests/broken/broken.json");
        let file: Value = serde_json::from_str(file).unwrap();
        let key = file["v3"]["settings"]["api_v3_key"].as_str().unwrap();
        let intact = file["v3"]["intact"].as_array().unwrap();
        let body = intact.iter().find(|case| case["kind"] == "notification").unwrap()["body"].as_str().unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        let text = |name: &str| body["resource"][name].as_str().unwrap();
        let own = Resource {
            algorithm: "",
            ciphertext: text("ciphertext"),
            nonce: text("nonce"),
            associated_data: text("associated_data"),
        };
        assert!(decrypt(&own, key).is_ok() && !own.associated_data.is_empty());
        for associated_data in ["", "other"] {
            let error = decrypt(&Resource { associated_data, ..own }, key).unwrap_err().to_string();
            assert!(error.contains("associated_data") && error.contains(own.associated_data), "{error}");
        }
        let other = decrypt(&own, &"x".repeat(32)).unwrap_err().to_string();
        assert!(other.contains("does not decrypt with this APIv3 key"), "{other}");
    }
}
