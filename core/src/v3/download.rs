//! Downloads of APIv3 (protocol §13.3): a file at an address that another reply names, without a signature of WeChat Pay's.

use std::fmt;

use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::address::{place, shown};
use crate::codes::ErrorCode;
use crate::crypto::digest::{LOWER, hex};
use crate::doctor::{Explanation, Mistake};
use crate::error::Error;

/// The name of the call, in errors and events.
pub const DOWNLOAD: &str = "v3.download";

/// A file to download. Its address and its hash are of a signed reply, such as that of `transfer_receipt_query`.
#[derive(Clone, PartialEq, Eq)]
pub struct Download {
    url: String,
    hash: Option<(String, String)>,
}

/// Without the address, whose token lets anyone with the merchant's key have the file.
impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Download").field("hash", &self.hash).finish_non_exhaustive()
    }
}

/// The hash of a file, by the algorithms that are checked here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Sha1,
    Sha256,
}

/// What the file's hash has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stated {
    algorithm: Algorithm,
    /// In lower case.
    digits: String,
}

impl Download {
    /// The address of the file, as the other reply has it.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), hash: None }
    }

    /// The file's hash: `hash_type` (`SHA1` or `SHA256`) and `hash_value` of the same reply. The file itself is not signed, so nothing
    /// else shows that it is whole and WeChat Pay's.
    #[must_use]
    pub fn hash(self, hash_type: impl Into<String>, hash_value: impl Into<String>) -> Self {
        Self { hash: Some((hash_type.into(), hash_value.into())), ..self }
    }

    /// As [`Download::hash`], for arguments of which both or none have to be there.
    ///
    /// # Errors
    /// `InvalidRequest`: one of them is missing.
    #[doc(hidden)]
    pub fn with_hash(self, hash_type: Option<&str>, hash_value: Option<&str>) -> Result<Self, Error> {
        match (hash_type, hash_value) {
            (Some(hash_type), Some(hash_value)) => Ok(self.hash(hash_type, hash_value)),
            (None, None) => Ok(self),
            (Some(_), None) => Err(Error::invalid("hash_value", "is required with hash_type").at(DOWNLOAD)),
            (None, Some(_)) => Err(Error::invalid("hash_type", "is required with hash_value").at(DOWNLOAD)),
        }
    }

    /// The root among the client's own and the path with the query, as it is signed and sent.
    ///
    /// # Errors
    /// `InvalidRequest` for `download_url`.
    pub(crate) fn target<'a>(&self, roots: &[&'a str]) -> Result<(&'a str, &str), Error> {
        place(&self.url, roots).map_err(|rule| {
            // The rules name the field, which the error does too.
            Error::invalid("download_url", rule.strip_prefix("download_url ").unwrap_or(&rule))
        })
    }

    /// The hash to check; `None` when there is none.
    ///
    /// # Errors
    /// `InvalidRequest` for `hash_type` or `hash_value`.
    pub(crate) fn stated(&self) -> Result<Option<Stated>, Error> {
        let Some((name, value)) = &self.hash else { return Ok(None) };
        let algorithm = match name.to_ascii_uppercase().replace('-', "").as_str() {
            "SHA1" => Algorithm::Sha1,
            "SHA256" => Algorithm::Sha256,
            _ => {
                let rule = format!("is {}, and SHA1 and SHA256 are those that can be checked", shown(name));
                return Err(Error::invalid("hash_type", rule));
            }
        };
        let (digits, length) = (value.trim().to_ascii_lowercase(), algorithm.digits());
        if digits.len() != length || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let rule = format!("must be the {length} hexadecimal digits of a {}", algorithm.name());
            return Err(Error::invalid("hash_value", rule));
        }
        Ok(Some(Stated { algorithm, digits }))
    }
}

impl Algorithm {
    fn digits(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha256 => 64,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
        }
    }

    fn of(self, file: &[u8]) -> String {
        match self {
            Self::Sha1 => hex(&Sha1::digest(file), LOWER),
            Self::Sha256 => hex(&Sha256::digest(file), LOWER),
        }
    }
}

impl Stated {
    /// Checks a file.
    ///
    /// # Errors
    /// `Signature` (`file_hash_mismatch`).
    pub(crate) fn check(&self, file: &[u8]) -> Result<(), Error> {
        let found = self.algorithm.of(file);
        if found == self.digits {
            return Ok(());
        }
        let (name, stated) = (self.algorithm.name(), &self.digits);
        let summary = format!(
            "the file is not the one that WeChat Pay made: the signed reply has the {name} {stated}, and the file has {found}. Do not use \
             it; download it again"
        );
        let explanation = Explanation::refused(Mistake::FILE_CHANGED, summary);
        Err(Error::signature(ErrorCode::FileHashMismatch, explanation))
    }
}
