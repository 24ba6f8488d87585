//! Escapes and character sets, written and read the way that other programs do it.

use std::fmt::Write as _;

use encoding_rs::Encoding;

use crate::wire::form;

/// Escapes `&`, `<` and `>`; quotation marks become `double` and `single`, which differ between programs.
pub(super) fn html(value: &str, double: &str, single: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len() + 16);
    for c in value.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str(double),
            '\'' => out.push_str(single),
            _ => out.push(c),
        }
    }
    Some(out)
}

/// Characters outside ASCII as numeric references, as XML writers without UTF-8 do it.
pub(super) fn numbered(value: &str, hexadecimal: bool) -> Option<String> {
    each_other_than_ascii(value, |c| match hexadecimal {
        true => format!("&#x{:X};", u32::from(c)),
        false => format!("&#{};", u32::from(c)),
    })
}

/// Entities and numeric references as the characters that they stand for, once.
pub(super) fn html_undone(value: &str) -> Option<String> {
    let (mut rest, mut out, mut any) = (value, String::with_capacity(value.len()), false);
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let entity = after.split_once(';').filter(|(name, _)| name.len() <= 8);
        match entity.and_then(|(name, after)| Some((character(name)?, after))) {
            Some((c, after)) => {
                out.push(c);
                (rest, any) = (after, true);
            }
            None => {
                out.push('&');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    any.then_some(out)
}

fn character(entity: &str) -> Option<char> {
    Some(match entity {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = entity.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(number)?
        }
    })
}

/// Undoes `\x22`, which web servers write into their logs.
pub(super) fn hex_escapes_undone(value: &str) -> Option<String> {
    let (mut rest, mut out, mut any) = (value, Vec::with_capacity(value.len()), false);
    while let Some((before, after)) = rest.split_once("\\x") {
        out.extend_from_slice(before.as_bytes());
        match after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                (rest, any) = (after.get(2..).unwrap_or_default(), true);
            }
            None => {
                out.extend_from_slice(b"\\x");
                rest = after;
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    any.then(|| String::from_utf8(out).ok()).flatten()
}

/// Removes each backslash before a character (PHP's `stripslashes`).
pub(super) fn backslashes_removed(value: &str) -> Option<String> {
    let (mut out, mut chars) = (String::with_capacity(value.len()), value.chars());
    while let Some(c) = chars.next() {
        out.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    value.contains('\\').then_some(out)
}

/// A JSON string's contents, read.
pub(super) fn json_undone(value: &str) -> Option<String> {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if inner.is_none() && !value.contains('\\') {
        return None;
    }
    serde_json::from_str(&format!("\"{}\"", inner.unwrap_or(value))).ok()
}

/// `\u8336` as the character, other escapes as they are.
pub(super) fn unicode_escapes_undone(value: &str) -> Option<String> {
    let unit = |text: &str| text.get(..4).and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let (mut rest, mut out, mut any) = (value, Vec::with_capacity(value.len()), false);
    while let Some((before, after)) = rest.split_once("\\u") {
        out.extend(before.encode_utf16());
        match unit(after) {
            Some(unit) => {
                out.push(unit);
                (rest, any) = (after.get(4..).unwrap_or_default(), true);
            }
            None => {
                out.extend("\\u".encode_utf16());
                rest = after;
            }
        }
    }
    out.extend(rest.encode_utf16());
    any.then(|| String::from_utf16(&out).ok()).flatten()
}

/// A JSON string's contents, written. `ascii` writes other characters as `\u8336`, `slashes` writes `/` as `\/`.
pub(super) fn json(value: &str, ascii: bool, slashes: bool) -> Option<String> {
    let written = serde_json::to_string(value).ok()?;
    let mut written = written.strip_prefix('"')?.strip_suffix('"')?.to_owned();
    if slashes {
        written = written.replace('/', "\\/");
    }
    if ascii { unicode_escapes(&written).or(Some(written)) } else { Some(written) }
}

/// Characters outside ASCII as `\u8336`.
pub(super) fn unicode_escapes(value: &str) -> Option<String> {
    each_other_than_ascii(value, |c| {
        let (mut units, mut text) = ([0; 2], String::new());
        for unit in c.encode_utf16(&mut units) {
            let _ = write!(text, "\\u{unit:04x}");
        }
        text
    })
}

/// Percent escapes as the characters that they stand for.
pub(super) fn percent_undone(value: &str) -> Option<String> {
    value.contains('%').then(|| percent_encoding::percent_decode_str(value).decode_utf8().ok())?.map(Into::into)
}

/// `encodeURI(value)`.
pub(super) fn as_uri(value: &str) -> String {
    let kept = [
        ("%3B", ";"),
        ("%2F", "/"),
        ("%3F", "?"),
        ("%3A", ":"),
        ("%40", "@"),
        ("%26", "&"),
        ("%3D", "="),
        ("%2B", "+"),
        ("%24", "$"),
        ("%2C", ","),
        ("%23", "#"),
    ];
    kept.iter().fold(form::component(value), |text, (from, to)| text.replace(from, to))
}

/// `%E8` as `%e8`.
pub(super) fn small_percents(encoded: &str) -> String {
    let mut small = 0;
    let lower = |c: char| {
        small = if c == '%' { 2 } else { i32::max(small - 1, -1) };
        if small >= 0 && c != '%' { c.to_ascii_lowercase() } else { c }
    };
    encoded.chars().map(lower).collect()
}

pub(super) const LATIN_1: Option<&Encoding> = None;
pub(super) const WINDOWS_1252: Option<&Encoding> = Some(encoding_rs::WINDOWS_1252);
pub(super) const GBK: Option<&Encoding> = Some(encoding_rs::GBK);

/// The text whose UTF-8 bytes, read in that character set, gave what was sent.
pub(super) fn reread(value: &str, charset: Option<&'static Encoding>) -> Option<String> {
    if value.is_ascii() {
        return None;
    }
    let bytes = match charset {
        None => value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<Vec<u8>>>()?,
        Some(charset) => match charset.encode(value) {
            (bytes, _, false) => bytes.into_owned(),
            _ => return None,
        },
    };
    String::from_utf8(bytes).ok()
}

/// The value's UTF-8 bytes, read in that character set.
pub(super) fn misread(value: &str, charset: Option<&'static Encoding>) -> Option<String> {
    if value.is_ascii() {
        return None;
    }
    Some(match charset {
        None => value.bytes().map(char::from).collect(),
        Some(charset) => charset.decode_without_bom_handling(value.as_bytes()).0.into_owned(),
    })
}

pub(super) fn each_other_than_ascii(value: &str, written: impl Fn(char) -> String) -> Option<String> {
    if value.is_ascii() {
        return None;
    }
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        if c.is_ascii() { out.push(c) } else { out.push_str(&written(c)) }
    }
    Some(out)
}

/// The text without `<…>`.
pub(super) fn without_tags(value: &str) -> Option<String> {
    let (mut rest, mut out, mut any) = (value, String::with_capacity(value.len()), false);
    while let Some((before, after)) = rest.split_once('<') {
        let Some((_, after)) = after.split_once('>') else { break };
        out.push_str(before);
        (rest, any) = (after, true);
    }
    out.push_str(rest);
    any.then_some(out)
}

/// An amount in fen as yuan: with two decimals, or with as few as possible.
pub(super) fn yuan(fen: &str, full: bool) -> Option<String> {
    let fen: u64 = fen.parse().ok()?;
    let text = format!("{}.{:02}", fen / 100, fen % 100);
    let short = || text.trim_end_matches('0').trim_end_matches('.').to_owned();
    Some(if full { text } else { short() })
}

/// An amount in yuan as fen.
pub(super) fn fen(yuan: &str) -> Option<String> {
    let (whole, decimals) = yuan.split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(decimals) || decimals.len() > 2 {
        return None;
    }
    let fen: u64 = format!("{whole}{decimals:0<2}").parse().ok()?;
    Some(fen.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undoes_what_it_writes() {
        let hard = "茶 \"<1>\" & 'x'\\ /+%?😀\n";
        assert_eq!(html_undone(&html(hard, "&quot;", "&#39;").unwrap()).as_deref(), Some(hard));
        assert_eq!(html_undone(&numbered(hard, true).unwrap()).as_deref(), Some(hard));
        assert_eq!(html_undone(&numbered(hard, false).unwrap()).as_deref(), Some(hard));
        assert_eq!(json_undone(&json(hard, true, true).unwrap()).as_deref(), Some(hard));
        assert_eq!(json_undone(&json(hard, false, false).unwrap()).as_deref(), Some(hard));
        assert_eq!(unicode_escapes_undone(&unicode_escapes(hard).unwrap()).as_deref(), Some(hard));
        assert_eq!(percent_undone(&form::component(hard)).as_deref(), Some(hard));
        assert_eq!(reread(&misread("茶é", LATIN_1).unwrap(), LATIN_1).as_deref(), Some("茶é"));
    }

    #[test]
    fn leaves_other_text_alone() {
        assert_eq!(html_undone("a & b; &nothing; &#xZZ; &"), None);
        assert_eq!(html_undone("&amp;amp; &lt").as_deref(), Some("&amp; &lt"));
        assert_eq!(hex_escapes_undone("\\xG1 \\x2"), None);
        assert_eq!(hex_escapes_undone("{\\x22a\\x22: \\xE8\\x8C\\xB6}").as_deref(), Some("{\"a\": 茶}"));
        assert_eq!(hex_escapes_undone("\\xFF"), None);
        assert_eq!(backslashes_removed("\\\"a\\\\\\").as_deref(), Some("\"a\\"));
        assert_eq!(unicode_escapes_undone("\\ud83d\\ude00\\uZ").as_deref(), Some("😀\\uZ"));
        assert_eq!(json_undone("plain"), None);
        assert_eq!(percent_undone("50%").as_deref(), Some("50%"));
        assert_eq!(without_tags("a <b>c</b> <d"), Some("a c <d".into()));
        assert_eq!(without_tags("1 < 2"), None);
    }

    #[test]
    fn writes_amounts_both_ways() {
        assert_eq!(yuan("1", true).as_deref(), Some("0.01"));
        assert_eq!(yuan("100", false).as_deref(), Some("1"));
        assert_eq!(yuan("1230", false).as_deref(), Some("12.3"));
        assert_eq!(fen("12.3").as_deref(), Some("1230"));
        assert_eq!(fen("0.01").as_deref(), Some("1"));
        assert_eq!(fen("1.234"), None);
        assert_eq!(fen("12"), None);
    }
}
