//! An ordered map of names to texts: the fields of a flat document, in the order of the document.

use std::fmt;

/// The fields of a flat document, in order, each name once.
///
/// All text is in one buffer, so reading a document takes two allocations, whatever its size.
#[derive(Clone, Default)]
pub struct Fields {
    text: String,
    spans: Vec<Span>,
    /// What displays hide besides what the table says: paths of members, with dots.
    hidden: Vec<String>,
}

/// A field's place in the buffer: its name from `name` to `value`, its value from there to `end`.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Span {
    /// The name's [`name_prefix`].
    prefix: u64,
    name: usize,
    value: usize,
    end: usize,
}

/// Room for more fields is not made in advance: the length of an iterator is only an estimate.
const MANY: usize = 256;
/// Bytes of a name with its value, as most are.
const ROOM: usize = 48;

/// A field of this name exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate;

impl Fields {
    /// No fields, and room for `bytes` of text in `count` of them.
    pub fn with_capacity(count: usize, bytes: usize) -> Self {
        Self { text: String::with_capacity(bytes), spans: Vec::with_capacity(count), hidden: Vec::new() }
    }

    /// Adds a field at the end.
    ///
    /// # Errors
    /// [`Duplicate`] when a field of this name exists; nothing is changed then.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), Duplicate> {
        self.open(name)?;
        self.text.push_str(value);
        self.close();
        Ok(())
    }

    /// Adds a field's name; its value is what [`Fields::append`] appends until [`Fields::close`].
    pub(crate) fn open(&mut self, name: &str) -> Result<(), Duplicate> {
        let prefix = name_prefix(name);
        if self.span(name, prefix).is_some() {
            return Err(Duplicate);
        }
        let start = self.text.len();
        self.text.push_str(name);
        let value = self.text.len();
        self.spans.push(Span { prefix, name: start, value, end: value });
        Ok(())
    }

    pub(crate) fn append(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(crate) fn close(&mut self) {
        let end = self.text.len();
        if let Some(span) = self.spans.last_mut() {
            span.end = end;
        }
    }

    /// Frees spare capacity: a document's reader reserves as much as the document has bytes.
    pub fn shrink_to_fit(&mut self) {
        self.text.shrink_to_fit();
        self.spans.shrink_to_fit();
    }

    /// The value of a field; `Some("")` when it is present and empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.span(name, name_prefix(name)).map(|span| self.value(span))
    }

    /// The value of a field that is present and not empty.
    pub fn filled(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether a field of this name exists.
    pub fn contains(&self, name: &str) -> bool {
        self.span(name, name_prefix(name)).is_some()
    }

    /// All names and values, one after the other, for checks of their characters.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        self.spans.iter().map(|span| (self.name(span), self.value(span)))
    }

    /// As [`Fields::iter`], with the [`name_prefix`] of each name before it.
    pub(crate) fn prefixed(&self) -> impl ExactSizeIterator<Item = (u64, &str, &str)> + Clone {
        self.spans.iter().map(|span| (span.prefix, self.name(span), self.value(span)))
    }

    /// Makes displays hide what is at these paths of members, such as `receivers.name`; a list is walked item by item.
    #[must_use]
    pub fn hiding(mut self, paths: impl IntoIterator<Item = String>) -> Self {
        self.hidden.extend(paths);
        self
    }

    /// The paths that displays hide.
    pub fn hidden(&self) -> &[String] {
        &self.hidden
    }

    /// The paths inside of a member that displays hide.
    pub fn hidden_in(&self, name: &str) -> Vec<String> {
        let inside = |path: &String| path.strip_prefix(name)?.strip_prefix('.').map(str::to_owned);
        self.hidden.iter().filter_map(inside).collect()
    }

    /// Whether displays hide a member whole.
    #[cfg(feature = "client")]
    pub(crate) fn hides(&self, name: &str) -> bool {
        self.hidden.iter().any(|path| path == name)
    }

    fn span(&self, name: &str, prefix: u64) -> Option<&Span> {
        // Most names differ in this number, so their texts need not be compared.
        self.spans
            .iter()
            .find(|span| span.prefix == prefix && span.value - span.name == name.len() && self.name(span) == name)
    }

    fn name(&self, span: &Span) -> &str {
        self.text.get(span.name..span.value).unwrap_or_default()
    }

    fn value(&self, span: &Span) -> &str {
        self.text.get(span.value..span.end).unwrap_or_default()
    }
}

/// For how many fields of an iterator to make room in advance. One that could end early has its length as an upper bound only.
pub(crate) fn room(pairs: &impl Iterator) -> usize {
    let (at_least, at_most) = pairs.size_hint();
    at_most.unwrap_or(at_least).min(MANY)
}

/// A name's first eight bytes as a number of the same order.
pub(crate) fn name_prefix(name: &str) -> u64 {
    match name.as_bytes().first_chunk() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => {
            let mut bytes = [0; 8];
            for (slot, byte) in bytes.iter_mut().zip(name.bytes()) {
                *slot = byte;
            }
            u64::from_be_bytes(bytes)
        }
    }
}

/// What displays hide is no part of a document.
impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text && self.spans == other.spans
    }
}

impl Eq for Fields {}

/// Shows the names alone: a value may be a token or an openid.
impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

impl<'a> FromIterator<(&'a str, &'a str)> for Fields {
    /// Of several fields of one name, keeps the first.
    fn from_iter<I: IntoIterator<Item = (&'a str, &'a str)>>(pairs: I) -> Self {
        let pairs = pairs.into_iter();
        let count = room(&pairs);
        let mut fields = Self::with_capacity(count, ROOM * count);
        for (name, value) in pairs {
            let _ = fields.push(name, value);
        }
        fields
    }
}
