//! Encrypted bills of sub-merchants (protocol §10.3): files with keys of their own, each encrypted for the merchant's certificate.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::bill::{GZIP, unpacked};
use crate::codes::ErrorCode;
use crate::crypto::aes::open_file;
#[cfg(feature = "client")]
use crate::crypto::aes::open_file_in_place;
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
    let key = key_of(encrypt_key, private_key)?;
    if let Some(plain) = open_file(&key, nonce.as_bytes(), file) {
        return Ok(plain);
    }
    // It is not documented which comes first where a file is packed.
    let packed = Some(file).filter(|file| file.starts_with(&GZIP));
    let unpacked =
        packed.and_then(|file| unpacked(file, LARGEST)).and_then(|inner| open_file(&key, nonce.as_bytes(), &inner));
    unpacked.ok_or_else(other_file)
}

/// [`decrypt_bill`] in the memory of the file: a bill has up to 256 MiB.
///
/// # Errors
/// As [`decrypt_bill`].
#[cfg(feature = "client")]
pub(crate) fn decrypt_bill_in_place(
    mut file: Vec<u8>,
    encrypt_key: &str,
    nonce: &str,
    private_key: &SigningKey,
) -> Result<Vec<u8>, Error> {
    // It may have been packed after it was encrypted.
    if file.starts_with(&GZIP) {
        return decrypt_bill(&file, encrypt_key, nonce, private_key);
    }
    let key = key_of(encrypt_key, private_key)?;
    open_file_in_place(&key, nonce.as_bytes(), &mut file).ok_or_else(other_file)?;
    Ok(file)
}

fn failed(field: &'static str, rule: &str) -> Error {
    Error::invalid_with_code(ErrorCode::DecryptFailed, field, rule)
}

fn other_file() -> Error {
    failed(
        "file",
        "does not decrypt with encrypt_key and nonce: they belong to another file, or it was cut short or changed",
    )
}

fn key_of(encrypt_key: &str, private_key: &SigningKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    let digits: String = encrypt_key.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let sealed = BASE64_STANDARD.decode(digits).ok().filter(|sealed| !sealed.is_empty());
    let sealed = sealed.ok_or_else(|| failed("encrypt_key", "is not Base64: give it as it came"))?;
    private_key.decrypt(&sealed).ok_or_else(|| {
        failed("encrypt_key", "does not decrypt with this private key: it was encrypted for another certificate")
    })
}
