//! The file of a bill: where it is, and the errors of one that is not what it should be.

use std::fmt;

use super::address::{place, shown};
use super::bill::V3BillFile;
use crate::codes::ErrorCode;
use crate::doctor::{Explanation, Mistake};
use crate::error::{Error, Outcome};
use crate::shown::without_query;
use crate::wire::json;

/// Where the file of a bill is, as a client asks for it.
pub(crate) struct Address<'a> {
    /// The root, of those that the client knows.
    pub(crate) root: &'a str,
    /// The path with the query, as it is signed and sent.
    pub(crate) path: String,
    /// The SHA-1 of the text, in lower-case hexadecimal digits.
    pub(crate) sha1: String,
}

/// Without the query, whose token lets anyone with the merchant's key have the file.
impl fmt::Debug for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = without_query(&self.path);
        f.debug_struct("Address").field("root", &self.root).field("path", &path).finish_non_exhaustive()
    }
}

impl<'a> Address<'a> {
    /// Reads the reply of a call for a bill. The request for the file carries the merchant's signature, so the file must be at one of the
    /// client's own hosts.
    ///
    /// # Errors
    /// `Transport` (`malformed_reply`), naming the other host, or what cannot be read.
    pub(crate) fn read(file: &V3BillFile, roots: &[&'a str]) -> Result<Self, Error> {
        Self::of(file.download_url(), (file.hash_type(), file.hash_value()), roots)
    }

    /// The same for a file of an encrypted bill.
    ///
    /// # Errors
    /// As [`Address::read`].
    pub(crate) fn of(url: &str, (kind, hash): (&str, &str), roots: &[&'a str]) -> Result<Self, Error> {
        let hash = hash.trim();
        if !kind.eq_ignore_ascii_case("SHA1") {
            return Err(refused(format!("hash_type is {}, and SHA1 is the one that can be checked", shown(kind))));
        }
        if hash.len() != 40 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refused(format!("hash_value is {}, which is not a SHA-1", shown(hash))));
        }
        let (root, path) = place(url, roots).map_err(refused)?;
        Ok(Self { root, path: path.to_owned(), sha1: hash.to_ascii_lowercase() })
    }
}

/// The error of a reply whose address or hash cannot be used.
fn refused(reason: String) -> Error {
    let reason = format!("the bill is not downloaded: {reason}. The file was not requested");
    Error::transport(ErrorCode::MalformedReply, Outcome::Unknown, Some(200), reason)
}

/// The error of a bill that is not the one whose hash came in a signed reply. The file itself has no signature, so its hash is what
/// shows that it is WeChat Pay's: a wrong one is a wrong signature.
pub(crate) fn other_hash(signed: &str, found: &str) -> Error {
    let summary = format!(
        "the bill is not the one that WeChat Pay made: the signed reply has the SHA-1 {signed}, and the file has {found}. Do not use its rows; \
         download it again"
    );
    let explanation = Explanation::refused(Mistake::FILE_CHANGED, summary);
    Error::signature(ErrorCode::BillHashMismatch, explanation)
}

/// What came with a success in place of a bill: an error of WeChat's, or something else.
pub(crate) fn not_a_bill(status: u16, body: &[u8]) -> Error {
    let members = json::parse(body).unwrap_or_default();
    match (members.filled("code"), members.filled("message")) {
        (Some(code), words) => {
            let (code, words) = (code.to_owned(), words.unwrap_or_default().to_owned());
            Error::v3_business(status, code, words, members).noted("the reply is not signed")
        }
        _ if body.is_empty() => {
            let reason = "the reply cannot be read: the bill is empty";
            Error::transport(ErrorCode::MalformedReply, Outcome::Unknown, Some(status), reason)
        }
        _ => Error::gateway(status, body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;

    const ROOTS: &[&str] = &["https://api.mch.weixin.qq.com", "https://api2.mch.weixin.qq.com"];

    #[test]
    fn an_address_elsewhere_is_not_downloaded() {
        let hash = "8EAA33F540153FA6860311C82F51B109FD3C3911";
        let fields = [("download_url", "https://evil.example/v3/x"), ("hash_type", "SHA1"), ("hash_value", hash)];
        let error = Address::read(&V3BillFile(fields.into_iter().collect::<Fields>()), ROOTS).unwrap_err();
        assert_eq!((error.class(), error.code()), ("TransportError", "malformed_reply"));
        assert!(
            error.to_string().contains("the bill is not downloaded: download_url is at https://evil.example"),
            "{error}"
        );
    }

    #[test]
    fn a_hash_that_cannot_be_checked_is_refused() {
        let hash = "8EAA33F540153FA6860311C82F51B109FD3C3911";
        let read = |kind: &str, value: &str| {
            let url = format!("{}/v3/billdownload/file?token=1", ROOTS[0]);
            let fields = [("download_url", url.as_str()), ("hash_type", kind), ("hash_value", value)];
            Address::read(&V3BillFile(fields.into_iter().collect::<Fields>()), ROOTS).map(|address| address.sha1)
        };
        assert_eq!(read("SHA1", hash).unwrap(), hash.to_ascii_lowercase());
        for (kind, value) in
            [("SM3", hash), ("", hash), ("SHA1", &hash[1..]), ("SHA1", ""), ("SHA1", &hash.replace('8', "g"))]
        {
            assert_eq!(read(kind, value).unwrap_err().code(), "malformed_reply", "{kind} {value}");
        }
    }
}
