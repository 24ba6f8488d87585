//! The file of a bill: where it is, and the errors of one that is not what it should be.

use url::{Position, Url};

use super::bill::V3BillFile;
use crate::codes::ErrorCode;
use crate::doctor::{Explanation, Mistake};
use crate::error::{Error, Outcome};
use crate::wire::json;

/// Where the file of a bill is, as a client asks for it.
#[derive(Debug)]
pub(crate) struct Address<'a> {
    /// The root, of those that the client knows.
    pub(crate) root: &'a str,
    /// The path with the query, as it is signed and sent.
    pub(crate) path: String,
    /// The SHA-1 of the text, in lower-case hexadecimal digits.
    pub(crate) sha1: String,
}

impl<'a> Address<'a> {
    /// Reads the reply of a call for a bill. The request for the file carries the merchant's signature, so the file must be at one of the
    /// client's own hosts.
    ///
    /// # Errors
    /// `Transport` (`malformed_reply`), naming the other host, or what cannot be read.
    pub(crate) fn read(file: &V3BillFile, roots: &[&'a str]) -> Result<Self, Error> {
        let (kind, hash) = (file.hash_type(), file.hash_value().trim());
        if !kind.eq_ignore_ascii_case("SHA1") {
            return Err(refused(format!("hash_type is {}, and SHA1 is the one that can be checked", shown(kind))));
        }
        if hash.len() != 40 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(refused(format!("hash_value is {}, which is not a SHA-1", shown(hash))));
        }
        let (root, path) = place(file.download_url(), roots)?;
        Ok(Self { root, path: path.to_owned(), sha1: hash.to_ascii_lowercase() })
    }
}

/// The root among `roots` that an address belongs to, and its path with the query, letter by letter.
fn place<'a, 'b>(address: &'b str, roots: &[&'a str]) -> Result<(&'a str, &'b str), Error> {
    let malformed = || refused("download_url is not an address that can be signed and sent as it is".to_owned());
    let url = Url::parse(address).map_err(|_| malformed())?;
    let parsed = roots.iter().filter_map(|root| Some((*root, Url::parse(root).ok()?)));
    let found = parsed.into_iter().find(|(_, root)| root.origin().is_tuple() && root.origin() == url.origin());
    let Some((root, at)) = found else {
        let (host, own) = (url.origin().ascii_serialization(), roots.join(" or "));
        let rule = format!(
            "download_url is at {}, and this client's host is {own}: the request for the file has the merchant's signature, and only the \
             client's own host may receive it",
            shown(&host)
        );
        return Err(refused(rule));
    };
    let is_plain = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
    // The parser mends what it reads, and what is signed must be what is sent. So the address has to be as the parser writes it.
    let path = &url[Position::BeforePath..Position::AfterQuery];
    let before = address.strip_suffix(path).and_then(|before| before.split_once("://"));
    let is_kept = before.is_some_and(|(_, host)| !host.contains(['/', '\\', '?', '#']));
    let path = address
        .get(address.len().saturating_sub(path.len())..)
        .filter(|_| is_plain && is_kept)
        .ok_or_else(malformed)?;
    // A root may have a path of its own, which comes before the one that is signed.
    let own = path.strip_prefix(at.path().trim_end_matches('/'));
    Ok((root, own.filter(|rest| rest.starts_with('/')).unwrap_or(path)))
}

/// A text from outside, as an error shows it.
fn shown(text: &str) -> String {
    text.chars().filter(char::is_ascii_graphic).take(100).collect()
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
    fn the_path_of_an_address_is_kept_letter_by_letter() {
        let path = "/v3/billdownload/file?token=a%2Fb+c%7e&tartype=gzip";
        for root in ROOTS {
            assert_eq!(place(&format!("{root}{path}"), ROOTS).unwrap(), (*root, path));
        }
        assert_eq!(place(&format!("https://API.mch.weixin.qq.com:443{path}"), ROOTS).unwrap(), (ROOTS[0], path));
        // A root with a path of its own, which is not signed.
        let roots = &["http://127.0.0.1:8700/wx"];
        assert_eq!(place("http://127.0.0.1:8700/wx/v3/b?token=1", roots).unwrap(), (roots[0], "/v3/b?token=1"));
        assert_eq!(place("http://127.0.0.1:8700/v3/b?token=1", roots).unwrap(), (roots[0], "/v3/b?token=1"));
    }

    #[test]
    fn an_address_elsewhere_is_refused_by_the_name_of_its_host() {
        for (address, host) in [
            ("https://evil.example/v3/billdownload/file?token=1", "evil.example"),
            ("http://api.mch.weixin.qq.com/v3/billdownload/file", "http://api.mch.weixin.qq.com"),
            ("https://api.mch.weixin.qq.com:8443/v3/x", "https://api.mch.weixin.qq.com:8443"),
            ("https://api.mch.weixin.qq.com.evil.example/v3/x", "weixin.qq.com.evil.example"),
            ("https://api.mch.weixin.qq.com@evil.example/v3/x", "evil.example"),
            ("https://evil.example\\@api.mch.weixin.qq.com/v3/x", "evil.example"),
            ("https://evil.example#@api.mch.weixin.qq.com/v3/x", "evil.example"),
        ] {
            let error = place(address, ROOTS).unwrap_err();
            assert_eq!((error.class(), error.code()), ("TransportError", "malformed_reply"));
            assert!(
                error.to_string().contains(&format!("{host}, and this client's host is https://api.mch")),
                "{error}"
            );
        }
        for address in [
            "",
            "/v3/billdownload/file",
            "file:///etc/passwd",
            "https://user@api.mch.weixin.qq.com/v3/x",
            "https://api.mch.weixin.qq.com/v3/x#y",
            "https://api.mch.weixin.qq.com/v3/../x",
            "https://api.mch.weixin.qq.com/v3/x y",
            "https://api.mch.weixin.qq.com\\v3\\x",
            "https://api.mch.weixin.qq.com",
            "https://api.mch.weixin.qq.com/v3/x?token=1\r\nHost: evil.example",
        ] {
            let error = place(address, ROOTS).unwrap_err();
            assert_eq!(error.code(), "malformed_reply", "{address}");
        }
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
