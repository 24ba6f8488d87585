//! The payment API's signature (签名算法): MD5 or HMAC-SHA256 over the sorted fields and the API key.

use std::fmt;

use subtle::ConstantTimeEq;

use crate::codes::ErrorCode;
pub use crate::crypto::digest::SignType;
use crate::crypto::digest::digest;
use crate::error::Error;
use crate::explanation::{Explanation, Mistake};
use crate::fields::{Fields, name_prefix, room};

/// Signs fields: upper-case hex. `sign` itself and empty values are left out.
pub fn sign<'a, V: AsRef<str>>(
    pairs: impl IntoIterator<Item = (&'a str, V)>,
    key: &str,
    sign_type: SignType,
) -> String {
    with_key(string_to_sign(pairs), key, sign_type)
}

/// As [`sign`], of fields that are collected already.
pub(super) fn sign_fields(fields: &Fields, key: &str, sign_type: SignType) -> String {
    with_key(joined(fields.prefixed()), key, sign_type)
}

fn with_key(mut text: String, key: &str, sign_type: SignType) -> String {
    text.push_str("&key=");
    text.push_str(key);
    digest(&text, key, sign_type)
}

/// The text under the signature, without the key: the sorted fields as `name=value`, joined by `&`.
pub fn string_to_sign<'a, V: AsRef<str>>(pairs: impl IntoIterator<Item = (&'a str, V)>) -> String {
    joined(pairs.into_iter().map(|(name, value)| (name_prefix(name), name, value)))
}

/// The same, of names that have their [`name_prefix`] with them.
fn joined<'a, V: AsRef<str>>(fields: impl Iterator<Item = (u64, &'a str, V)>) -> String {
    let mut signed = Vec::with_capacity(room(&fields));
    signed.extend(fields.filter(|(_, name, value)| *name != "sign" && !value.as_ref().is_empty()));
    // Most names differ in their first eight bytes, which compare as one number.
    signed.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)));
    let length: usize = signed.iter().map(|(_, name, value)| name.len() + value.as_ref().len() + 2).sum();
    // Room for `&key=` and a key of 32, so that signing does not grow it.
    let mut text = String::with_capacity(length + 40);
    for (i, (_, name, value)) in signed.iter().enumerate() {
        if i > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value.as_ref());
    }
    text
}

/// `workwx_sign`, the signature inside the signature of a payment of WeCom: over these fields, in their order, and the secret of WeCom.
///
/// # Errors
/// `InvalidRequest`, naming the field that is missing.
pub(super) fn inner_sign(fields: &Fields, fixed: &[&'static str], secret: &str) -> Result<String, Error> {
    let mut text = String::new();
    for name in fixed {
        let value = fields.filled(name).ok_or_else(|| {
            Error::invalid(*name, "is missing: workwx_sign is over fixed fields, and this is one of them")
        })?;
        text.push_str(&format!("{name}={value}&"));
    }
    Ok(digest(format!("{text}secret={secret}"), "", SignType::Md5))
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
        self.error_code().as_str()
    }

    pub(crate) fn error_code(self) -> ErrorCode {
        match self {
            Self::Missing => ErrorCode::SignMissing,
            Self::Mismatch => ErrorCode::SignMismatch,
            Self::NotAllowed(_) => ErrorCode::SignTypeNotAllowed,
        }
    }
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("the message has no `sign`, so it cannot be authenticated"),
            Self::Mismatch => f.write_str("`sign` does not match these fields and this API key"),
            Self::NotAllowed(found) => {
                write!(
                    f,
                    "the message is signed with {found}, which this client does not accept: while orders that were made with {found} \
                     are open, add it to accept_sign_types (acceptSignTypes)"
                )
            }
        }
    }
}

impl From<VerifyError> for Error {
    fn from(error: VerifyError) -> Self {
        let mistake = match error {
            VerifyError::Missing => Mistake::MISSING,
            VerifyError::Mismatch => Mistake::NOT_SEARCHED,
            VerifyError::NotAllowed(_) => Mistake::SIGN_TYPE_NOT_ALLOWED,
        };
        Error::signature(error.error_code(), Explanation::refused(mistake, error.to_string()))
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
    let expected = sign_fields(fields, key, sign_type);
    let fits: bool = given.to_ascii_uppercase().as_bytes().ct_eq(expected.as_bytes()).into();
    match fits {
        // A forged message has nothing to do with what is allowed: nobody should allow more because of it.
        false => Err(VerifyError::Mismatch),
        true if !allowed.contains(&sign_type) => Err(VerifyError::NotAllowed(sign_type)),
        true => Ok(sign_type),
    }
}
