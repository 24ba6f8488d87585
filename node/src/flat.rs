//! What crosses from JavaScript to here: one text made of pieces.
//!
//! Each piece ends in U+0000, and how many there are is said beside. A piece that holds U+0000 itself makes the numbers
//! differ, and the facade says it again with the pieces' lengths (in UTF-8) in front: `3,5;abcdefgh`. So no value can pretend to
//! be two.

use std::borrow::Cow;

use wxpaykit::BeijingTime;
use wxpaykit::value::{Params, Value};

/// A flat text, to be read piece by piece.
pub(crate) struct Flat<'a> {
    text: &'a str,
    /// Where each piece ends.
    ends: Vec<usize>,
    /// What stands between two pieces: 1 byte, or none when lengths were said.
    gap: usize,
    next: usize,
    start: usize,
}

impl<'a> Flat<'a> {
    /// The text, if it is as many pieces as `count` says. A negative count announces lengths.
    pub(crate) fn new(text: &'a str, count: i32) -> Option<Self> {
        let flat = match usize::try_from(count) {
            Ok(count) => {
                let ends = zeros(text.as_bytes(), count);
                let whole = ends.len() == count && ends.last().map_or(0, |end| end + 1) == text.len();
                whole.then_some(Self { text, ends, gap: 1, next: 0, start: 0 })?
            }
            Err(_) => {
                let (lengths, text) = text.split_once(';')?;
                let mut ends = Vec::new();
                for length in lengths.split(',').filter(|length| !length.is_empty()) {
                    ends.push(ends.last().copied().unwrap_or(0) + length.parse::<usize>().ok()?);
                }
                Self { text, ends, gap: 0, next: 0, start: 0 }
            }
        };
        Some(flat)
    }

    /// The pieces that are left, two by two: names and values.
    pub(crate) fn pairs(&mut self) -> Pairs<'a, '_> {
        Pairs(self)
    }
}

impl<'a> Iterator for Flat<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let end = *self.ends.get(self.next)?;
        let piece = self.text.get(self.start..end)?;
        self.start = end + self.gap;
        self.next += 1;
        Some(piece)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.ends.len() - self.next;
        (left, Some(left))
    }
}

/// Names and values.
pub(crate) struct Pairs<'a, 'f>(&'f mut Flat<'a>);

impl<'a> Iterator for Pairs<'a, '_> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        Some((self.0.next()?, self.0.next()?))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.0.size_hint().0 / 2;
        (left, Some(left))
    }
}

/// Where the zeros are. Eight bytes are looked at together, since most have none.
fn zeros(bytes: &[u8], expected: usize) -> Vec<usize> {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let mut found = Vec::with_capacity(expected);
    let (words, rest) = bytes.as_chunks::<8>();
    let mut at = 0;
    for word in words {
        let word = u64::from_le_bytes(*word);
        // The highest bit of each byte that is zero, and of no other.
        let mut zero = !(((word & LOW) + LOW) | word | LOW);
        while zero != 0 {
            found.push(at + (zero.trailing_zeros() / 8) as usize);
            zero &= zero - 1;
        }
        at += 8;
    }
    found.extend(rest.iter().enumerate().filter(|(_, byte)| **byte == 0).map(|(i, _)| at + i));
    found
}

/// Pieces two by two: names and values.
fn pairs<'a>(pieces: &[&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    pieces.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.last()?)))
}

/// Pieces two by two: names, and values behind a letter for their type.
pub(crate) fn params<'a>(pieces: &[&'a str]) -> Params<'a> {
    pairs(pieces).map(|(name, value)| (Cow::Borrowed(name), typed(value))).collect()
}

fn typed(value: &str) -> Value<'_> {
    let (letter, text) = value.split_at_checked(1).unwrap_or_default();
    let other = |name: &'static str| Value::Other(name.into());
    match letter {
        "t" => Value::Text(text.into()),
        "i" => text.parse().map_or_else(|_| other("an integer beyond 64 bits"), Value::Int),
        "d" => text
            .parse()
            .ok()
            .and_then(|seconds| BeijingTime::from_unix(seconds).ok())
            .map_or_else(|| other("a Date outside the years 1 to 9999"), Value::Time),
        "j" => Value::Json(text.into()),
        _ => Value::Other(text.into()),
    }
}
