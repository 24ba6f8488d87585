//! Downloads of APIv3 (protocol §13.3): a file at an address that another reply names, without a signature of WeChat Pay's.

use std::borrow::Cow;
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

    /// The file's hash: `hash_type` (`SHA1` or `SHA256`) and `hash_value` of the same reply. Most files are not signed, so nothing else
    /// shows that one is whole and WeChat Pay's.
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

    fn hasher(self) -> Hasher {
        match self {
            Self::Sha1 => Hasher::Sha1(Sha1::new()),
            Self::Sha256 => Hasher::Sha256(Sha256::new()),
        }
    }
}

/// The hash of a file that is read piece by piece.
pub(crate) enum Hasher {
    Sha1(Sha1),
    Sha256(Sha256),
}

impl Hasher {
    pub(crate) fn sha1() -> Self {
        Algorithm::Sha1.hasher()
    }

    pub(crate) fn update(&mut self, piece: &[u8]) {
        match self {
            Self::Sha1(hasher) => hasher.update(piece),
            Self::Sha256(hasher) => hasher.update(piece),
        }
    }

    /// In lower case.
    pub(crate) fn digits(self) -> String {
        match self {
            Self::Sha1(hasher) => hex(&hasher.finalize(), LOWER),
            Self::Sha256(hasher) => hex(&hasher.finalize(), LOWER),
        }
    }

    fn of(mut self, file: &[u8]) -> String {
        self.update(file);
        self.digits()
    }
}

/// Paths whose files WeChat Pay does not sign (protocol §3.4, §13.3). `{}` is one part of a path.
const UNSIGNED: &[&str] = &[
    "/v3/billdownload/file",
    "/v3/transferdownload/{}",
    "/v3/merchant-service/images/{}",
    "/v3/global/merchant-service/images/{}",
    "/v3/new-tax-control-fapiao/download",
    "/v3/statements",
];

/// WeChat Pay signs the hash of this file, and not the file.
const SIGNED_BY_HASH: &str = "/v3/global/statements";

/// What the signature of a file's reply is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signs {
    /// It has none: at the paths of streams, and where a signed reply has its hash.
    Nothing,
    /// The text of [`signed_hash`].
    Hash,
    /// The file. A reply of a path that is not known is signed, and one that is not may come from anybody.
    File,
}

/// What the signature of the file at this path is over.
pub(crate) fn signs(path: &str, has_hash: bool) -> Signs {
    let path = path.split('?').next().unwrap_or(path);
    if path == SIGNED_BY_HASH {
        return Signs::Hash;
    }
    let fits = |template: &str| match template.strip_suffix("{}") {
        Some(folder) => path.strip_prefix(folder).is_some_and(|name| !name.is_empty() && !name.contains('/')),
        None => path == template,
    };
    if has_hash || UNSIGNED.iter().any(|template| fits(template)) { Signs::Nothing } else { Signs::File }
}

/// The text that is signed in place of a file with this SHA-1.
pub(crate) fn signed_hash(sha1: &str) -> String {
    format!(r#"{{"sha1":"{sha1}"}}"#)
}

/// The text that a file's signature is over; `None` where it has no signature.
pub(crate) fn signed_text<'a>(path: &str, file: &'a [u8], has_hash: bool) -> Option<Cow<'a, [u8]>> {
    match signs(path, has_hash) {
        Signs::Nothing => None,
        Signs::Hash => Some(signed_hash(&Hasher::sha1().of(file)).into_bytes().into()),
        Signs::File => Some(file.into()),
    }
}

impl Stated {
    /// The hash of a file that is to be checked.
    pub(crate) fn hasher(&self) -> Hasher {
        self.algorithm.hasher()
    }

    /// Checks a file that is here.
    ///
    /// # Errors
    /// As [`Stated::check`].
    pub(crate) fn check_file(&self, file: &[u8]) -> Result<(), Error> {
        self.check(&self.hasher().of(file))
    }

    /// Checks the digits of a file's hash.
    ///
    /// # Errors
    /// `Signature` (`file_hash_mismatch`).
    pub(crate) fn check(&self, found: &str) -> Result<(), Error> {
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
