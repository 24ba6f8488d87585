//! Names a body that is not a signed message of APIv2.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::explanation::{Explanation, Language, Mistake};
use crate::fields::Fields;

/// Explains a body in which no message of APIv2 can be read. `error` says why the XML reader refused it.
pub fn unreadable(body: &[u8], error: &str) -> Explanation {
    let mistake = kind(body);
    let why = mistake.message(Language::English);
    let summary = if mistake == Mistake::UNREADABLE {
        format!("not a message of WeChat Pay: {error}; pass the raw body as it came")
    } else {
        format!("not a message of WeChat Pay: {why}")
    };
    Explanation::refused(mistake, summary)
}

/// The kind of a message without `sign`.
pub(super) fn without_sign(fields: &Fields) -> Mistake {
    if fields.filled("req_info").is_some() { Mistake::REFUND_NOTIFICATION } else { Mistake::MISSING }
}

/// Bytes in Base64, with or without padding and line ends.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(digits).ok()
}

fn kind(body: &[u8]) -> Mistake {
    const LONGEST: usize = 64 * 1024;
    let text = String::from_utf8_lossy(body.get(..LONGEST).unwrap_or(body));
    let text = text.trim_start_matches('\u{feff}').trim();
    let decoded = || base64(text);
    let is_xml = |bytes: &[u8]| bytes.trim_ascii_start().starts_with(b"<");
    match body {
        [] => return Mistake::BODY_EMPTY,
        [0x1f, 0x8b, ..] => return Mistake::BODY_COMPRESSED,
        // zlib's usual first bytes.
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => return Mistake::BODY_COMPRESSED,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..] => return Mistake::BODY_UTF_16,
        _ => {}
    }
    let begins = |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if text.is_empty() {
        Mistake::BODY_EMPTY
    } else if begins("{") || begins("[{") {
        if text.contains("\"resource\"") { Mistake::API_V3_NOTIFICATION } else { Mistake::BODY_PARSED }
    } else if begins("b'") || begins("b\"") || begins("[object ") || begins("array(") || begins("array\n") {
        Mistake::BODY_PARSED
    } else if begins("<!doctype html") || begins("<html") {
        Mistake::BODY_HTML
    } else if begins("&lt;") || begins("\"<") || begins("<xml\\x3e") || begins("\\x3c") {
        Mistake::BODY_ESCAPED
    } else if begins("%3C") || begins("xml=") || begins("data=") || begins("body=") || looks_like_form(text) {
        Mistake::BODY_FORM
    } else if begins("<xml") && !text.ends_with('>') {
        Mistake::BODY_CUT
    } else if let Some(bytes) = decoded().filter(|bytes| is_xml(bytes) || bytes.starts_with(&[0x1f, 0x8b])) {
        if is_xml(&bytes) { Mistake::BODY_BASE64 } else { Mistake::BODY_COMPRESSED }
    } else {
        Mistake::UNREADABLE
    }
}

fn looks_like_form(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = text.split('=').next().unwrap_or_default();
    text.contains('=') && !text.contains('<') && !name.is_empty() && name.chars().all(is_name) && text.contains('&')
}
