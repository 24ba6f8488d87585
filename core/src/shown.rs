//! Values from outside in texts for people: a message that nobody signed, and a value of a customer's, may hold anything. A text with
//! one stays one line, moves no cursor, and is not as long as whoever sent it likes.

#![cfg_attr(
    not(feature = "client"),
    allow(unreachable_pub, reason = "the bindings, which that feature has, give them out")
)]

use std::borrow::Cow;

/// How many characters are shown of one value.
pub(crate) const SHOWN: usize = 200;
/// How many are shown of WeChat's words: a sentence of APIv3 may repeat the value of a field.
const WORDS: usize = 500;
/// How long the whole text of an error may be. Texts of this crate are shorter; nothing gets here unless a value was not cut.
const LONGEST: usize = 6_000;

/// A text without characters that break a line, move a cursor, colour a terminal or turn the direction of text.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(is_active) {
        return text.into();
    }
    text.chars().map(|c| if is_active(c) { c.escape_default().to_string() } else { c.to_string() }).collect()
}

/// A URL or a path without its query, which may hold a token.
pub(crate) fn without_query(url: &str) -> &str {
    url.split('?').next().unwrap_or_default()
}

/// [`clean`] for a text of several lines: they stay lines.
#[cfg(feature = "client")]
pub(crate) fn clean_lines(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n")
}

/// As much of a value as an error shows: its first 200 characters, [cleaned](clean).
pub(crate) fn short(value: &str) -> Cow<'_, str> {
    cut(value, SHOWN)
}

/// As much of WeChat's words as an error shows: their first 500 characters, [cleaned](clean).
pub(crate) fn words(text: &str) -> Cow<'_, str> {
    cut(text, WORDS)
}

/// The text of a whole error, cleaned. One that is longer than all of this crate's keeps its end, which says what to do.
pub(crate) fn whole(text: String) -> String {
    let length = text.chars().count();
    let text = if length > LONGEST {
        let half = LONGEST / 2;
        let end: String = text.chars().skip(length - half).collect();
        format!("{}…{end}", text.chars().take(half).collect::<String>())
    } else {
        text
    };
    match clean(&text) {
        Cow::Owned(cleaned) => cleaned,
        Cow::Borrowed(_) => text,
    }
}

fn cut(text: &str, length: usize) -> Cow<'_, str> {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", clean(text.get(..end).unwrap_or_default())).into(),
        None => clean(text),
    }
}

/// Control characters, ends of lines, and those that change the direction of text.
pub(crate) fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_cut_and_stays_a_line() {
        assert_eq!(
            clean("a\r\nb\t\u{9b}31m\u{202e}\u{2028}\u{0}商"),
            "a\\r\\nb\\t\\u{9b}31m\\u{202e}\\u{2028}\\u{0}商"
        );
        #[cfg(feature = "client")]
        assert_eq!(clean_lines("a\nb\rc"), "a\nb\\rc");
        assert_eq!(short(&"商".repeat(200)), "商".repeat(200));
        assert_eq!(short(&"商".repeat(201)), format!("{}…", "商".repeat(200)));
        assert_eq!(words(&format!("{}\n{}", "a".repeat(499), "b")), format!("{}\\n…", "a".repeat(499)));
        let text = whole(format!("{}the end", "a".repeat(60_000)));
        assert_eq!((text.chars().count(), text.ends_with("aathe end")), (LONGEST + 1, true));
    }
}
