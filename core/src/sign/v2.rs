//! The payment API's signature (签名算法): MD5 or HMAC-SHA256 over the sorted fields and the API key.

use std::fmt;
use std::str::FromStr;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::error::{Error, Kind};
use crate::wire::{Fields, leading};

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
    /// Both, for whoever accepts both.
    pub const ALL: &'static [Self] = &[Self::Md5, Self::HmacSha256];

    /// The wire's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::HmacSha256 => "HMAC-SHA256",
        }
    }

    /// The algorithm whose signatures have this length: 32 characters or 64.
    fn of_length(length: usize) -> Option<Self> {
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

/// Signs fields: upper-case hex. `sign` itself and empty values are left out.
pub fn sign<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>, key: &str, sign_type: SignType) -> String {
    let mut text = string_to_sign(pairs);
    text.push_str("&key=");
    text.push_str(key);
    digest(&text, key, sign_type)
}

/// The text under the signature, without the key: the sorted fields as `name=value`, joined by `&`.
pub fn string_to_sign<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs = pairs.into_iter();
    let mut signed = Vec::with_capacity(pairs.size_hint().0);
    signed.extend(
        pairs
            .filter(|(name, value)| *name != "sign" && !value.is_empty())
            .map(|(name, value)| (leading(name), name, value)),
    );
    // Most names differ in their first bytes, and numbers compare at once.
    signed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)));
    let length: usize = signed.iter().map(|(_, name, value)| name.len() + value.len() + 2).sum();
    // Room for `&key=` and a key of 32, so that signing does not grow it.
    let mut text = String::with_capacity(length + 40);
    for (i, (_, name, value)) in signed.into_iter().enumerate() {
        if i > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

/// Why a message is not authentic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerifyError {
    /// There is no `sign`, or it is empty.
    Missing,
    /// `sign` is not what these fields and this key give.
    Mismatch,
    /// `sign` has the length of an algorithm that is not accepted.
    NotAllowed(SignType),
}

impl VerifyError {
    /// `sign_missing`, `sign_mismatch` or `sign_type_not_allowed`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Missing => "sign_missing",
            Self::Mismatch => "sign_mismatch",
            Self::NotAllowed(_) => "sign_type_not_allowed",
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the message has no sign, so anybody may have written it"),
            Self::Mismatch => f.write_str("the sign is not what these fields and this API key give"),
            Self::NotAllowed(found) => {
                write!(f, "the message is signed with {found}, which this client does not accept")
            }
        }
    }
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        Error::new(error.code(), Kind::Signature { explanation: error.to_string() })
    }
}

/// Checks a message as received, known fields and unknown alike. The length of `sign` tells the algorithm, since
/// notifications leave `sign_type` out.
///
/// # Errors
/// [`VerifyError`]. The comparison takes the same time wherever the difference is.
pub fn verify(fields: &Fields, key: &str, allowed: &[SignType]) -> Result<SignType, VerifyError> {
    let given = fields.filled("sign").ok_or(VerifyError::Missing)?;
    let sign_type = SignType::of_length(given.len()).ok_or(VerifyError::Mismatch)?;
    if !allowed.contains(&sign_type) {
        return Err(VerifyError::NotAllowed(sign_type));
    }
    let expected = sign(fields.iter(), key, sign_type);
    if given.to_ascii_uppercase().as_bytes().ct_eq(expected.as_bytes()).into() {
        Ok(sign_type)
    } else {
        Err(VerifyError::Mismatch)
    }
}

/// Upper-case hex of the digest of `text`, which ends in the key already.
pub(super) fn digest(text: impl AsRef<[u8]>, key: &str, sign_type: SignType) -> String {
    const UPPER: &[u8; 16] = b"0123456789ABCDEF";
    match sign_type {
        SignType::Md5 => hex(&fast_md5::digest(text.as_ref()), UPPER),
        SignType::HmacSha256 => match Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
            Ok(mac) => hex(&mac.chain_update(text.as_ref()).finalize().into_bytes(), UPPER),
            // HMAC takes keys of any length; an empty signature would verify nothing.
            Err(_) => String::new(),
        },
    }
}

/// Two digits of an alphabet a byte.
pub(crate) fn hex(bytes: &[u8], alphabet: &[u8; 16]) -> String {
    let digit = |nibble: u8| alphabet.get(usize::from(nibble & 15)).copied().unwrap_or(b'0');
    let mut digits = Vec::with_capacity(2 * bytes.len());
    for byte in bytes {
        digits.extend([digit(byte >> 4), digit(*byte)]);
    }
    // The digits are ASCII.
    String::from_utf8(digits).unwrap_or_default()
}
