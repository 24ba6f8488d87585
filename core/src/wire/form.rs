//! Query strings, encoded as JavaScript's `encodeURIComponent` does it, which is what WeChat's documents ask for.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;

const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// `encodeURIComponent(text)`.
pub fn component(text: &str) -> String {
    utf8_percent_encode(text, COMPONENT).to_string()
}

/// `name=value&…` in the order given, values encoded.
pub fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = String::new();
    for (name, value) in pairs {
        if !out.is_empty() {
            out.push('&');
        }
        out.push_str(name);
        out.push('=');
        out.extend(utf8_percent_encode(value, COMPONENT));
    }
    out
}

/// Refuses what is not an absolute http or https URL. The parser alone would mend `https:shop.example` and drop white
/// space around it, while the text goes out as it is.
pub(crate) fn absolute_url(field: &str, text: &str) -> Result<url::Url, Error> {
    let schemes = ["http://", "https://"];
    let begins = schemes.iter().any(|scheme| text.get(..scheme.len()).is_some_and(|s| s.eq_ignore_ascii_case(scheme)));
    let plain = text.trim() == text && !text.contains(|c: char| c.is_control());
    match url::Url::parse(text) {
        Ok(url) if begins && plain && url.has_host() => Ok(url),
        _ => Err(Error::invalid(field, "must be an absolute http or https URL")),
    }
}

/// Whether a text is an absolute http or https URL in ASCII, without space, query, fragment or user: one that can be sent
/// as it is.
pub(crate) fn is_bare_url(text: &str) -> bool {
    let bare = |url: url::Url| {
        url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
    };
    text.bytes().all(|b| b.is_ascii_graphic()) && absolute_url("", text).is_ok_and(bare)
}
