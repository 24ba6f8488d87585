//! The check of a downloaded bill.

use std::io::Read;

use flate2::read::GzDecoder;
use sha1::{Digest, Sha1};

use crate::codes::ErrorCode;
use crate::crypto::digest::{LOWER, hex};
use crate::error::Error;

/// Checks a bill against `hash_value` of the reply that named its address, and unpacks it where it is packed. The hash (SHA-1) is that
/// of the text, not of the gzip file.
///
/// # Errors
/// `InvalidRequest` (`hash_mismatch`): the file was cut short or changed.
pub fn check_bill(file: &[u8], hash_value: &str) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    let unpacked = match file.starts_with(b"\x1f\x8b") {
        true => GzDecoder::new(file).read_to_end(&mut plain).is_ok(),
        false => {
            plain.extend_from_slice(file);
            true
        }
    };
    if unpacked && hex(&Sha1::digest(&plain), LOWER).eq_ignore_ascii_case(hash_value.trim()) {
        return Ok(plain);
    }
    let rule = "is not the bill that hash_value belongs to: it was cut short or changed; download it again";
    Err(Error::invalid_with_code(ErrorCode::HashMismatch, "file", rule))
}
