//! The check of a downloaded bill.

use sha1::{Digest, Sha1};

use crate::bill::{Breach, Unpacker};
use crate::codes::ErrorCode;
use crate::crypto::digest::{LOWER, hex};
use crate::error::Error;

/// Checks a bill against `hash_value` of the reply that named its address, and unpacks it where it is packed. The hash (SHA-1) is that
/// of the text, not of the gzip file.
///
/// # Errors
/// `InvalidRequest` (`hash_mismatch`): the file was cut short or changed.
pub fn check_bill(file: &[u8], hash_value: &str) -> Result<Vec<u8>, Error> {
    let rule = "is not the bill that hash_value belongs to: it was cut short or changed; download it again";
    let refused = || Error::invalid_with_code(ErrorCode::HashMismatch, "file", rule);
    // A small file can unpack to a very large one, so the text is kept only after its hash has shown that it is WeChat Pay's.
    let mut hash = Sha1::new();
    unpack(file, |text| hash.update(text)).map_err(|_| refused())?;
    if !hex(&hash.finalize(), LOWER).eq_ignore_ascii_case(hash_value.trim()) {
        return Err(refused());
    }
    let mut plain = Vec::new();
    unpack(file, |text| plain.extend_from_slice(text)).map_err(|_| refused())?;
    Ok(plain)
}

/// Hands the text of a bill to `take`, piece by piece.
fn unpack(file: &[u8], mut take: impl FnMut(&[u8])) -> Result<(), Breach> {
    let mut unpacker = Unpacker::default();
    let mut take = |text: &[u8]| {
        take(text);
        Ok(())
    };
    unpacker.push(file, &mut take)?;
    unpacker.finish(&mut take)
}
