//! Encrypted bills of sub-merchants (protocol §10.3): files with keys of their own, each encrypted for the merchant's certificate.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::bill::unpacked;
use crate::codes::ErrorCode;
use crate::crypto::aes::open_file;
use crate::crypto::rsa::SigningKey;
use crate::error::Error;

/// The most bytes of an encrypted bill: it has to be in memory.
pub(crate) const LARGEST: usize = 256 * 1024 * 1024;

/// Decrypts one file of an encrypted bill, with `encrypt_key` and `nonce` of the reply that named its address. Join the files in the order
/// of their `bill_sequence`, and check each by [`check_bill`](super::check_bill). A packed file stays packed, unless it was packed after it
/// was encrypted.
///
/// # Errors
/// `InvalidRequest`: `encrypt_key` is not Base64, or, with the code `decrypt_failed`, it is for another private key, or the file was changed.
pub fn decrypt_bill(file: &[u8], encrypt_key: &str, nonce: &str, private_key: &SigningKey) -> Result<Vec<u8>, Error> {
    let failed = |field, rule| Error::invalid_with_code(ErrorCode::DecryptFailed, field, rule);
    let digits: String = encrypt_key.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let sealed = BASE64_STANDARD.decode(digits).ok().filter(|sealed| !sealed.is_empty());
    let sealed = sealed.ok_or_else(|| failed("encrypt_key", "is not Base64: give it as it came"))?;
    let key = private_key.decrypt(&sealed).ok_or_else(|| {
        failed("encrypt_key", "does not decrypt with this private key: it was encrypted for another certificate")
    })?;
    if let Some(plain) = open_file(&key, nonce.as_bytes(), file) {
        return Ok(plain);
    }
    // It is not documented which comes first where a file is packed.
    let packed = Some(file).filter(|file| file.starts_with(b"\x1f\x8b"));
    let unpacked =
        packed.and_then(|file| unpacked(file, LARGEST)).and_then(|inner| open_file(&key, nonce.as_bytes(), &inner));
    unpacked.ok_or_else(|| {
        let rule =
            "does not decrypt with encrypt_key and nonce: they belong to another file, or it was cut short or changed";
        failed("file", rule)
    })
}
