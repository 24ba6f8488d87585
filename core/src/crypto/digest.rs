//! Digests and their hexadecimal text.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use crate::error::Error;

/// The algorithm of a signature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum SignType {
    /// `MD5`: what WeChat assumes when nothing is said.
    Md5,
    /// `HMAC-SHA256`: the default here.
    #[default]
    HmacSha256,
}

impl SignType {
    /// Both algorithms.
    pub const ALL: &'static [Self] = &[Self::Md5, Self::HmacSha256];

    /// The wire's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// The algorithm whose signatures have this length: 32 characters or 64.
    pub(crate) fn of_length(length: usize) -> Option<Self> {
        match length {
            32 => Some(Self::Md5),
            64 => Some(Self::HmacSha256),
            _ => None,
        }
    }
}

impl fmt::Display for SignType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SignType {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "MD5" => Ok(Self::Md5),
            "HMAC-SHA256" => Ok(Self::HmacSha256),
            _ => Err(Error::invalid("sign_type", "must be MD5 or HMAC-SHA256")),
        }
    }
}

/// The digits of upper-case hex.
pub(crate) const UPPER: &[u8; 16] = b"0123456789ABCDEF";
/// The digits of lower-case hex.
pub(crate) const LOWER: &[u8; 16] = b"0123456789abcdef";

/// Upper-case hex of the digest of `text`, which ends in the key already.
pub fn digest(text: impl AsRef<[u8]>, key: &str, sign_type: SignType) -> String {
    match sign_type {
        SignType::Md5 => hex(&Md5::digest(text.as_ref()), UPPER),
        SignType::HmacSha256 => match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
            Ok(mac) => hex(&mac.chain_update(text.as_ref()).finalize().into_bytes(), UPPER),
            // HMAC takes keys of any length; an empty signature would verify nothing.
            Err(_) => String::new(),
        },
    }
}

/// Upper-case hex of the HMAC of MD5, which WeChat does not take.
pub(crate) fn hmac_md5(text: &str, key: &str) -> String {
    let mac = Hmac::<Md5>::new_from_slice(key.as_bytes());
    mac.map_or_else(|_| String::new(), |mac| hex(&mac.chain_update(text).finalize().into_bytes(), UPPER))
}

/// Two digits of an alphabet a byte.
pub(crate) fn hex(bytes: &[u8], alphabet: &[u8; 16]) -> String {
    let digit = |nibble: u8| alphabet.get(usize::from(nibble & 15)).copied().unwrap_or(b'0');
    let mut digits = vec![0; 2 * bytes.len()];
    let (pairs, _) = digits.as_chunks_mut();
    for (pair, byte) in pairs.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(*byte)];
    }
    // The digits are ASCII.
    String::from_utf8(digits).unwrap_or_default()
}

/// Lower-case hex of the SHA-1 of `text`.
pub fn sha1(text: &str) -> String {
    hex(&Sha1::digest(text), LOWER)
}

/// Lower-case hex of the SHA-256 of `text`.
pub(crate) fn sha256(text: &str) -> String {
    hex(&Sha256::digest(text), LOWER)
}

/// Lower-case hex of the SHA-512 of `text`.
pub(crate) fn sha512(text: &str) -> String {
    hex(&Sha512::digest(text), LOWER)
}
