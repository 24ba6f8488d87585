//! One text inside of another: the value of a form, of JSON or of XML is itself a text, written with escapes.

use std::ops::Range;

/// A text as it reads once its escapes are undone, and where each byte of it stands in the first text.
pub(super) struct View {
    pub(super) text: String,
    /// For each byte of `text` the place in the first text, and one more for the end.
    places: Vec<usize>,
}

impl View {
    /// The text as it stands.
    pub(super) fn of(text: &str) -> Self {
        Self { text: text.into(), places: (0..=text.len()).collect() }
    }

    /// The text with one layer of escapes undone: `%22`, `&quot;`, `\"`, `\u0022`. `None` where there are none.
    pub(super) fn unescaped(&self) -> Option<Self> {
        let mut inner =
            Self { text: String::with_capacity(self.text.len()), places: Vec::with_capacity(self.places.len()) };
        let (mut rest, mut is_same) = (self.text.as_str(), true);
        while let Some(first) = rest.chars().next() {
            let escape = unescaped(rest);
            is_same &= escape.is_none();
            let (shown, length) = escape.unwrap_or((first, first.len_utf8()));
            let place = self.place(self.text.len() - rest.len());
            inner.text.push(shown);
            inner.places.extend(std::iter::repeat_n(place, shown.len_utf8()));
            rest = rest.get(length..).unwrap_or_default();
        }
        inner.places.push(self.place(self.text.len()));
        (!is_same).then_some(inner)
    }

    /// Where the byte `at` of this text stands in the first text.
    pub(super) fn place(&self, at: usize) -> usize {
        self.places.get(at).or(self.places.last()).copied().unwrap_or_default()
    }

    /// Where a part of the first text stands in this text.
    pub(super) fn shown(&self, part: &Range<usize>) -> Range<usize> {
        let at = |place: usize| self.places.partition_point(|of_byte| *of_byte < place).min(self.text.len());
        at(part.start)..at(part.end)
    }
}

/// Where the insides of JSON's texts stand, from first to last. `None` where a text is no list and no object of JSON.
pub(super) fn texts_of_json(text: &str) -> Option<Vec<Range<usize>>> {
    if !text.trim_start().starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str::<serde::de::IgnoredAny>(text).ok()?;
    let mut texts = Vec::new();
    let (mut start, mut is_escaped) = (None, false);
    for (at, byte) in text.bytes().enumerate() {
        match (byte, start) {
            _ if is_escaped => is_escaped = false,
            (b'"', None) => start = Some(at + 1),
            (b'"', Some(start_of_text)) => {
                texts.push(start_of_text..at);
                start = None;
            }
            (b'\\', _) => is_escaped = true,
            _ => {}
        }
    }
    Some(texts)
}

/// The ASCII character that an escape at the beginning of `text` stands for, and the escape's length. Other characters mark no value's end.
fn unescaped(text: &str) -> Option<(char, usize)> {
    const ENTITIES: [(&str, char); 5] =
        [("&quot;", '"'), ("&apos;", '\''), ("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&')];
    let of_hex = |from: usize, to: usize| {
        let digits = text.get(from..to).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
        let code = u8::from_str_radix(digits.trim_start_matches('0'), 16).ok().filter(u8::is_ascii)?;
        Some((char::from(code), to))
    };
    match text.as_bytes() {
        [b'%', ..] => of_hex(1, 3),
        [b'\\', b'u', ..] => of_hex(2, 6),
        [b'\\', b'x', ..] => of_hex(2, 4),
        [b'\\', escaped, ..] => {
            let shown = match escaped {
                b'n' | b'r' => '\n',
                b't' => '\t',
                b'"' | b'\'' | b'`' | b'\\' | b'/' => char::from(*escaped),
                _ => return None,
            };
            Some((shown, 2))
        }
        [b'&', b'#', ..] => {
            // No code is longer, and a text may be full of those that have no end.
            let length = text.bytes().skip(2).take(8).position(|byte| byte == b';')?;
            let digits = text.get(2..length + 2)?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => u8::from_str_radix(digits.trim_start_matches('0'), 16),
                None => digits.trim_start_matches('0').parse(),
            };
            code.ok().filter(u8::is_ascii).map(|code| (char::from(code), digits.len() + 3))
        }
        [b'&', ..] => ENTITIES
            .into_iter()
            .find(|(entity, _)| text.starts_with(entity))
            .map(|(entity, shown)| (shown, entity.len())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_a_layer_at_a_time() {
        let first = View::of(r#"茶%22&quot;&#34;&#x22;\"\u0022\x22\\\"%zz&#99999999;\q%2522"#);
        let second = first.unescaped().unwrap();
        assert_eq!(second.text, "茶\"\"\"\"\"\"\"\\\"%zz&#99999999;\\q%22");
        assert_eq!((second.place(3), second.place(4), second.place(5)), (3, 6, 12));
        assert_eq!(second.place(second.text.len()), first.text.len());
        let third = second.unescaped().unwrap();
        assert_eq!(third.text, "茶\"\"\"\"\"\"\"\"%zz&#99999999;\\q\"");
        assert_eq!(third.place(third.text.len() - 1), first.text.len() - "%2522".len());
        assert!(third.unescaped().is_none());
    }
}
