//! Digests, ciphers, keys, certificates.

pub mod aes;
mod certificate_file;
mod certificate_remedies;
mod der;
pub mod digest;
pub mod identity;
pub mod keys;
pub mod rsa;

use crate::codes::{ErrorCode, Meaning, Row};
use crate::error::Error;

/// The error for a mistake: the setting, what was found, and what to do.
fn refused(field: &'static str, mistake: &'static Row, fact: impl Into<String>) -> Error {
    refused_as(ErrorCode::Config, field, mistake, fact)
}

/// The same with a code of its own.
fn refused_as(code: ErrorCode, field: &'static str, mistake: &'static Row, fact: impl Into<String>) -> Error {
    Error::config_as(code, field, fact).meaning_as(Some(mistake))
}

/// What to do about a mistake.
const fn remedy(english: &'static str, chinese: &'static str) -> Row {
    Row { apis: &[], calls: &[], names: &[], meaning: Meaning::Final, english, chinese, cause: None }
}
