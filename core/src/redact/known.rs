//! Texts without secrets that are known, however a program wrote them: in the other letter case, in Base64, in hexadecimal, or as URLs, JSON and
//! pages have them.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use super::HIDDEN;
use crate::html;

/// Shorter secrets are looked for as they are and with the escapes of URLs, JSON and pages alone: in another form they are in many words.
const LEAST: usize = 16;
/// A longer text is no key of the merchant platform: it is looked for as the short ones are.
const LONGEST: usize = 256;

/// Secrets, with all that programs write them as. Made once, and looked for in many texts.
#[derive(Clone, Default)]
pub struct Known {
    secrets: Vec<Forms>,
}

/// A secret's forms.
#[derive(Clone)]
struct Forms {
    /// The secret, and with the escapes of URLs, JSON and pages.
    exact: Vec<Zeroizing<String>>,
    /// In small letters, and whether it is Base64.
    loose: Vec<(Zeroizing<String>, bool)>,
}

/// How many there are, and none of them.
impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Known({})", self.secrets.len())
    }
}

impl Known {
    /// Longer secrets come first, because a shorter one may be a part of them. Empty ones count as not known.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut secrets: Vec<&str> = secrets.into_iter().filter(|secret| !secret.is_empty()).collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.dedup();
        Self { secrets: secrets.into_iter().map(Forms::of).collect() }
    }

    /// The text with `***` for each of the secrets.
    pub fn without<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let exact = self.secrets.iter().flat_map(|forms| &forms.exact);
        let plain = exact.fold(Cow::Borrowed(text), |text, form| match text.contains(form.as_str()) {
            true => text.replace(form.as_str(), HIDDEN).into(),
            false => text,
        });
        let forms = || self.secrets.iter().flat_map(|forms| &forms.loose);
        if plain.len() < LEAST || forms().next().is_none() {
            return plain;
        }
        let lower = plain.to_ascii_lowercase();
        let mut spans: Vec<(usize, usize)> = Vec::new();
        for (form, is_base64) in forms() {
            let mut done = 0;
            for (at, found) in lower.match_indices(form.as_str()) {
                // What is in a run of Base64 that was found already is hidden with it.
                if at >= done {
                    let span = (at, at + found.len());
                    let span = if *is_base64 { widened(&lower, span) } else { span };
                    done = span.1;
                    spans.push(span);
                }
            }
        }
        hidden(plain, spans)
    }

    /// The same, also without the beginning of a secret at the end of the text, which may have been cut there. `least` is the shortest
    /// beginning that counts.
    #[cfg(feature = "client")]
    pub(crate) fn without_cut<'a>(&self, text: &'a str, least: usize) -> Cow<'a, str> {
        let plain = self.without(text);
        let forms = self.secrets.iter().flat_map(|forms| &forms.exact);
        let beginnings = forms.flat_map(|form| (least..form.len()).rev().filter_map(|length| form.get(..length)));
        let rest = beginnings.filter_map(|beginning| plain.strip_suffix(beginning)).min_by_key(|rest| rest.len());
        match rest.map(|rest| format!("{rest}{HIDDEN}")) {
            Some(cut) => cut.into(),
            None => plain,
        }
    }
}

/// The text with `***` for each of the secrets. Where more than one text is shown, make a [`Known`] once.
pub fn without_known<'a>(secrets: &[&str], text: &'a str) -> Cow<'a, str> {
    Known::new(secrets.iter().copied()).without(text)
}

/// The text with `***` for each span.
fn hidden(text: Cow<'_, str>, mut spans: Vec<(usize, usize)>) -> Cow<'_, str> {
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

impl Forms {
    fn of(secret: &str) -> Self {
        let trimmed = secret.trim();
        let is_key = (LEAST..=LONGEST).contains(&trimmed.len());
        let loose = if is_key { loose(trimmed) } else { Vec::new() };
        let zeroed = |(form, is_base64)| (Zeroizing::new(form), is_base64);
        Self {
            exact: exact(secret).into_iter().map(Zeroizing::new).collect(),
            loose: loose.into_iter().map(zeroed).collect(),
        }
    }
}

/// A secret as it is, and as URLs, forms, JSON and pages write it, each once.
fn exact(secret: &str) -> Vec<String> {
    let once = percent(secret, is_plain);
    let twice = percent(&once, is_plain);
    let of_form = once.replace("%20", "+");
    let lower: String = once.split('%').enumerate().fold(String::new(), |text, (at, part)| match (at, part.get(..2)) {
        (0, _) | (_, None) => text + part,
        (_, Some(digits)) => format!("{text}%{}{}", digits.to_ascii_lowercase(), part.get(2..).unwrap_or_default()),
    });
    let json = secret.replace('\\', "\\\\").replace('"', "\\\"").replace('/', "\\/");
    let mut forms = vec![secret.to_owned()];
    for form in [once, of_form, lower, twice, json, html::escaped(secret)] {
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

/// What else a key is written as, in small letters, each once, and whether it is Base64: in the other letter case, in hexadecimal, with `%41`
/// for each of its characters, in Base64 (also inside of a longer text in Base64); of a key in hexadecimal digits its bytes in Base64 too.
fn loose(secret: &str) -> Vec<(String, bool)> {
    let mut forms: Vec<_> = exact(secret).into_iter().map(|form| (form.to_ascii_lowercase(), false)).collect();
    for spelt in [secret.to_owned(), secret.to_ascii_lowercase(), secret.to_ascii_uppercase()] {
        forms.push((hex(spelt.as_bytes()), false));
        forms.push((percent(&spelt, |_| false).to_ascii_lowercase(), false));
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What URLs do not escape.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
}

/// The text with `%2F` for each byte that is not plain.
fn percent(text: &str, is_plain: fn(u8) -> bool) -> String {
    text.bytes().fold(String::new(), |text, byte| match is_plain(byte) {
        true => text + char::from(byte).encode_utf8(&mut [0; 4]),
        false => format!("{text}%{byte:02X}"),
    })
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
    }

    #[test]
    fn a_long_text_takes_little_time() {
        let text = "x=茶&Zm9v/+".repeat(100_000);
        let start = std::time::Instant::now();
        assert_eq!(without_known(&[HEX, LETTERS, MARKS], &text).len(), text.len());
        // A run of Base64 that is full of the secret.
        let run = BASE64_STANDARD.encode(HEX.repeat(25_000));
        assert_eq!(without_known(&[HEX], &run), "***");
        assert!(start.elapsed() < std::time::Duration::from_secs(5), "{:?}", start.elapsed());
    }
}
