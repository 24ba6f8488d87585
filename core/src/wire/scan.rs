//! The shape that nearly every document of WeChat's has, read in one pass: `<xml>`, and in it `<name>text</name>` or
//! `<name><![CDATA[text]]></name>`.
//!
//! Every other document goes to the reader in `xml.rs`, and what is read here is read the same
//! there: a property test holds them together.

use super::name::{MAX_FIELDS, is_name, is_name_byte, is_space};
use crate::fields::Fields;

/// The fields; `None` for what is not of this shape.
pub(super) fn read(text: &str) -> Option<Fields> {
    let mut rest = text.strip_prefix("<xml>")?;
    let mut fields = Fields::with_capacity(24, text.len());
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii() && is_space(c as u8)).strip_prefix('<')?;
        if let Some(end) = rest.strip_prefix('/') {
            let after = end.strip_prefix("xml>")?;
            return after.bytes().all(is_space).then_some(fields);
        }
        let (name, content) = until(rest, |b| !is_name_byte(b))?;
        if fields.len() >= MAX_FIELDS || !is_name(name) {
            return None;
        }
        let content = content.strip_prefix('>')?;
        let (value, after) = match content.strip_prefix("<![CDATA[") {
            Some(quoted) => {
                let (value, after) = until(quoted, |b| b == b']' || is_control(b))?;
                (value, after.strip_prefix("]]>")?)
            }
            None => until(content, |b| matches!(b, b'<' | b'&' | b']') || is_control(b))?,
        };
        rest = after.strip_prefix("</")?.strip_prefix(name)?.strip_prefix('>')?;
        fields.push(name, value).ok()?;
    }
}

/// The text before the first such byte, and the text from there. The byte is ASCII.
fn until(text: &str, ends: impl Fn(u8) -> bool) -> Option<(&str, &str)> {
    text.split_at_checked(text.bytes().position(ends)?)
}

fn is_control(b: u8) -> bool {
    b < 0x20 && !is_space(b)
}
