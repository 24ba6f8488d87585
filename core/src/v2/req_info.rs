//! `req_info` of a refund notification, decrypted by hand.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::codes::ErrorCode;
use crate::crypto::aes::Ecb;
use crate::error::Error;

/// Why `req_info` cannot be decrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undecryptable {
    /// It is a whole document, not the field `req_info` of one.
    Document,
    /// It is not Base64.
    NotBase64,
    /// The API key is another one: the padding is wrong, or what comes out is not a `<root>` document in UTF-8.
    Key,
    /// It decrypts with the API key without the white space around it.
    SpacedKey,
}

impl Undecryptable {
    /// What is wrong, and what to do.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Document => {
                "is a whole document: give the text of its element req_info, such as parse_xml(body)[\"req_info\"]"
            }
            Self::NotBase64 => {
                "is not Base64: give the text of the element req_info as it came; decryption decodes it itself"
            }
            Self::Key => {
                "does not decrypt with this API key: it must be the APIv2 key (API密钥) of the merchant in mch_id of the same message, \
                 and not its APIv3 key or the AppSecret"
            }
            Self::SpacedKey => "decrypts with the API key without the white space around it: remove that white space",
        }
    }
}

impl From<Undecryptable> for Error {
    fn from(why: Undecryptable) -> Self {
        let code = match why {
            Undecryptable::Key | Undecryptable::SpacedKey => ErrorCode::DecryptFailed,
            Undecryptable::Document | Undecryptable::NotBase64 => ErrorCode::InvalidRequest,
        };
        Self::invalid_with_code(code, "req_info", why.rule())
    }
}

/// Decrypts the field `req_info` of a refund notification: Base64 text in, the XML document `<root>…</root>` out.
///
/// The message is not signed. That it decrypts shows that its sender knows the API key; ask `refundquery` before you act on it.
///
/// # Errors
/// [`Undecryptable`]: it is not Base64, or the API key is another one.
pub fn decrypt(req_info: &str, api_key: &str) -> Result<String, Undecryptable> {
    let text = req_info.trim_start_matches('\u{feff}').trim_ascii_start();
    if text.starts_with('<') {
        return Err(Undecryptable::Document);
    }
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let data = BASE64_STANDARD.decode(digits).ok().filter(|data| !data.is_empty()).ok_or(Undecryptable::NotBase64)?;
    if let Some(plain) = document(&data, api_key) {
        return Ok(plain);
    }
    let bare = api_key.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let spaced = bare != api_key && document(&data, bare).is_some();
    Err(if spaced { Undecryptable::SpacedKey } else { Undecryptable::Key })
}

/// Decrypts the field `req_info` of a refund notification. See [`decrypt`].
///
/// # Errors
/// `InvalidRequest` that names `req_info`; its code is `decrypt_failed` when the API key is another one.
pub fn decrypt_req_info(req_info: &str, api_key: &str) -> Result<String, Error> {
    decrypt(req_info, api_key).map_err(Error::from)
}

fn document(data: &[u8], api_key: &str) -> Option<String> {
    let plain = String::from_utf8(Ecb::of_api_key(api_key).decrypt(data)?).ok()?;
    plain.trim_start_matches('\u{feff}').trim_start().starts_with("<root>").then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

    #[test]
    fn each_mistake_has_words_of_its_own() {
        let sealed = |plain: &[u8], key: &str| BASE64_STANDARD.encode(Ecb::of_api_key(key).encrypt(plain));
        let good = sealed("<root><refund_recv_accout>支付用户零钱</refund_recv_accout></root>".as_bytes(), KEY);
        assert!(decrypt(&good, KEY).unwrap().contains("零钱"));
        assert!(decrypt(&format!(" {}\r\n{}\n", &good[..20], &good[20..]), KEY).is_ok(), "folded");
        let wrong = |req_info: &str, key: &str| decrypt(req_info, key).unwrap_err();
        assert_eq!(wrong("<xml><req_info>a</req_info></xml>", KEY), Undecryptable::Document);
        for not_base64 in ["", "  ", "\u{1}\u{7f}ab", "a", "====", "é"] {
            assert_eq!(wrong(not_base64, KEY), Undecryptable::NotBase64, "{not_base64:?}");
        }
        assert_eq!(wrong(&good, "another key"), Undecryptable::Key);
        assert_eq!(wrong(&good, &format!("{KEY}\n")), Undecryptable::SpacedKey);
        // The padding is right: the key is not.
        for rubbish in [&b"\xff\xfe"[..], b"", b"<xml></xml>", b"{}"] {
            assert_eq!(wrong(&sealed(rubbish, KEY), KEY), Undecryptable::Key);
        }
        let error = decrypt_req_info(&good, "another key").unwrap_err();
        assert_eq!((error.code(), error.field()), ("decrypt_failed", Some("req_info")));
    }
}
