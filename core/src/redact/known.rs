//! Texts without secrets that are known: also where a program wrote one in the other letter case, in Base64, in hexadecimal or URL-encoded.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::HIDDEN;

/// Shorter secrets are masked only as they are: in another form they are in many words.
const LEAST: usize = 16;
/// A longer text is no key of the merchant platform: it is masked as it is.
const LONGEST: usize = 256;

/// The text with `***` for each of the secrets, however it is written: as it is, in the other letter case, in Base64 (also inside of a
/// longer text in Base64), in hexadecimal, or with `%41` for its characters. Of a key in hexadecimal digits, its bytes in Base64 too.
///
/// Longer secrets come first, because a shorter one may be a part of them. Empty ones count as not known.
pub fn without_known<'a>(secrets: &[&str], text: &'a str) -> Cow<'a, str> {
    let mut secrets: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let plain = secrets.iter().fold(Cow::Borrowed(text), |text, secret| match text.contains(secret) {
        true => text.replace(secret, HIDDEN).into(),
        false => text,
    });
    secrets.iter().fold(plain, |text, secret| without_forms(secret, text))
}

/// Whether a text has a secret in it, however it is written.
pub fn has_known(secrets: &[&str], text: &str) -> bool {
    matches!(without_known(secrets, text), Cow::Owned(_))
}

fn without_forms<'a>(secret: &str, text: Cow<'a, str>) -> Cow<'a, str> {
    let secret = secret.trim();
    if secret.len() < LEAST || secret.len() > LONGEST || text.len() < LEAST {
        return text;
    }
    let lower = text.to_ascii_lowercase();
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (form, is_base64) in forms(secret).into_iter().filter(|(form, _)| !form.contains('%') || lower.contains('%')) {
        for (at, found) in lower.match_indices(form.as_str()) {
            let span = (at, at + found.len());
            spans.push(if is_base64 { widened(&lower, span) } else { span });
        }
    }
    if spans.is_empty() {
        return text;
    }
    spans.sort_unstable();
    let (mut out, mut done) = (String::with_capacity(text.len()), 0);
    for (start, end) in spans {
        if start >= done {
            out.push_str(text.get(done..start).unwrap_or_default());
            out.push_str(HIDDEN);
        }
        done = done.max(end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out.into()
}

/// What a secret is written as, in small letters, each once, and whether it is Base64.
fn forms(secret: &str) -> Vec<(String, bool)> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut forms = vec![(secret.to_ascii_lowercase(), false), (escaped(secret), false)];
    for spelt in [secret.to_owned(), secret.to_ascii_lowercase(), secret.to_ascii_uppercase()] {
        forms.push((hex(spelt.as_bytes()), false));
        forms.push((spelt.bytes().map(|byte| format!("%{byte:02x}")).collect(), false));
        forms.extend(in_base64(spelt.as_bytes()).into_iter().map(|form| (form, true)));
    }
    let bytes = bytes_of(secret).unwrap_or_default();
    forms.extend(in_base64(&bytes).into_iter().map(|form| (form, true)));
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// What is in Base64 of any text with these bytes in it, in small letters: where they begin in a group of three decides which. Both
/// alphabets.
fn in_base64(bytes: &[u8]) -> Vec<String> {
    let of = |before: usize| {
        let all: Vec<u8> = std::iter::repeat_n(0, before).chain(bytes.iter().copied()).collect();
        let all = BASE64_STANDARD.encode(all);
        // Only the characters that hold nothing else than these bytes.
        let first = (before * 8).div_ceil(6);
        let last = (before + bytes.len()) * 8 / 6;
        all.get(first..last).unwrap_or_default().to_ascii_lowercase()
    };
    let standard = (0..3).map(of);
    standard
        .flat_map(|form| [form.replace('+', "-").replace('/', "_"), form])
        .filter(|form| form.len() >= LEAST)
        .collect()
}

/// The whole run of Base64 around a part of it: the characters beside hold the rest of the secret.
fn widened(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let is_of = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let bytes = text.as_bytes();
    let before = bytes.get(..start).unwrap_or_default().iter().rev().take_while(|byte| is_of(byte)).count();
    let after = bytes.get(end..).unwrap_or_default().iter().take_while(|byte| is_of(byte)).count();
    let padding = bytes.get(end + after..).unwrap_or_default().iter().take(2).take_while(|byte| **byte == b'=').count();
    (start - before, end + after + padding)
}

/// The bytes that hexadecimal digits stand for.
fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    if digits.len() % 2 == 1 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}

/// As URLs write it, in small letters.
fn escaped(secret: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") };
    secret.to_ascii_lowercase().bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "192006250b4c09247ec02edce69f6a2d";
    const LETTERS: &str = "Qm7zR2lX9tB4vD6wS1kP8nF3yH5gC0jA";
    const MARKS: &str = "a+b/c=d e\"f&g'h!i(j)k*l";

    #[test]
    fn a_secret_is_hidden_however_it_is_written() {
        for key in [HEX, LETTERS, MARKS] {
            let bytes = key.as_bytes();
            let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
            let mut forms = vec![
                key.to_owned(),
                key.to_uppercase(),
                key.to_lowercase(),
                BASE64_STANDARD.encode(bytes),
                BASE64_STANDARD.encode(bytes).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned(),
                BASE64_STANDARD.encode(key.to_uppercase()),
                hex.to_lowercase(),
                hex,
                bytes.iter().map(|byte| format!("%{byte:02x}")).collect(),
                percent_encoding::utf8_percent_encode(key, percent_encoding::NON_ALPHANUMERIC).to_string(),
            ];
            if key == HEX {
                forms.push(BASE64_STANDARD.encode(bytes_of(key).unwrap_or_default()));
            }
            for form in forms {
                for around in ["{}", "attach={}&body=茶", "k: {}, {}", "\"{}\"\n"] {
                    let text = around.replace("{}", &form);
                    assert_eq!(without_known(&["", key], &text), around.replace("{}", "***"), "{key}: {form}");
                    assert!(has_known(&[key], &text));
                }
            }
            // Inside of a longer text in Base64, at each place of a group of three.
            for before in ["", "a", "ab", "abc", "{\"key\":\""] {
                let whole = BASE64_STANDARD.encode(format!("{before}{key}\"}} end"));
                assert_eq!(
                    without_known(&[key], &format!("<attach>{whole}</attach>")),
                    "<attach>***</attach>",
                    "{key}"
                );
            }
        }
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        let text = "appid=wxd930ea5d5a258f4f&attach=KEY null 5K+V&body=茶&key=***";
        assert!(matches!(without_known(&[HEX, LETTERS, "", MARKS], text), Cow::Borrowed(_)));
        // A short one is masked as it is, and only so.
        assert_eq!(without_known(&["null"], "null NULL bnVsbA=="), "*** NULL bnVsbA==");
        assert_eq!(without_known(&["ab", "abc"], "abc ab"), "*** ***");
        assert!(!has_known(&[HEX], text));
    }

    #[test]
    fn a_long_text_takes_little_time() {
        let text = "x=茶&Zm9v/+".repeat(100_000);
        let start = std::time::Instant::now();
        assert_eq!(without_known(&[HEX, LETTERS, MARKS], &text).len(), text.len());
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
