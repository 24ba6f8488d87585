//! Rows: what a call of WeChat's takes and answers, and what a document of WeChat's holds, as plain data.
//!
//! The rows are written with the macros in [`super::macros`]. Rust users see the types that these make; validation, the Python and
//! Node packages and the reference read the rows.

use std::collections::BTreeSet;

use crate::crypto::digest::SignType;
use crate::fields::Fields;
use crate::redact::Redaction;
use crate::retry::RetryClass;
use crate::time::BeijingTime;
use crate::value::Params;

/// One call of the payment API.
#[derive(Debug)]
pub struct Endpoint {
    /// The method's name: the last segment of the path.
    pub name: &'static str,
    /// The Rust type that carries its fields.
    pub request_type: &'static str,
    /// The Rust module of that type, and of the reply's.
    pub module: &'static str,
    /// The path, from the host's root.
    pub path: &'static str,
    /// Whether the call wants the merchant's TLS certificate.
    pub cert: bool,
    /// The algorithms it takes.
    pub sign_types: &'static [SignType],
    /// Whether a reply with `return_code` SUCCESS must carry a signature.
    pub signed_reply: bool,
    /// What may be done when the result is not known.
    pub retry: RetryClass,
    /// What it does.
    pub doc: &'static str,
    /// The fields a caller may give. The client adds the common ones.
    pub request: &'static [Field],
    /// What must be there together.
    pub needs: &'static [Need],
    /// What it answers.
    pub reply: &'static Record,
}

/// A document that WeChat sends.
#[derive(Debug)]
pub struct Record {
    /// The type's name, in the three languages.
    pub name: &'static str,
    /// What it is.
    pub doc: &'static str,
    /// Its fields, so far as they are known. Others are kept.
    pub fields: &'static [Field],
    /// Its numbered fields, as lists of records.
    pub lists: &'static [List],
}

/// Fields that WeChat numbers, as in `coupon_id_0`, read as a list of records.
#[derive(Debug)]
pub struct List {
    /// The list's name here; the wire has none.
    pub name: &'static str,
    /// An item, its fields without their number.
    pub item: &'static Record,
}

/// One field of a call or a document.
#[derive(Debug)]
pub struct Field {
    /// The wire's name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What it means.
    pub doc: &'static str,
    /// The most characters it may have; 0 for no limit.
    pub max: usize,
    /// Whether it is always there.
    pub required: bool,
    /// What is sent when the caller gives nothing.
    pub default: Option<&'static str>,
    /// Whether the client's own setting stands in when the caller gives nothing.
    pub from_merchant: bool,
    /// How much of it may be shown.
    pub redaction: Redaction,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Any text of characters of up to three bytes.
    Text,
    /// Text without white space.
    Id,
    /// A merchant's number: digits, letters, `_ - | *`, and the `@` of older documents.
    OutNo,
    /// An IPv4 or IPv6 address.
    Ip,
    /// An absolute http or https URL without a query.
    Url,
    /// An integer.
    Int,
    /// An amount in fen, at least 1 in a request.
    Fen,
    /// An instant, in Beijing time on the wire.
    Time,
    /// A JSON text.
    Json,
    /// One of these. Replies may hold others.
    Enum(&'static [&'static str]),
}

/// At least one of some fields must be given, perhaps only when another has a value.
#[derive(Debug)]
pub struct Need {
    /// The field and value that make it apply; `None` for always.
    pub when: Option<(&'static str, &'static str)>,
    /// The fields of which one must be there.
    pub any: &'static [&'static str],
}

/// A reply's value, read by its field's kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Read<'a> {
    /// The wire has no such field, or nothing in a field that is not text.
    Absent,
    /// Text as received.
    Text(&'a str),
    /// An integer, or an amount in fen.
    Int(i64),
    /// An instant.
    Time(BeijingTime),
    /// JSON text.
    Json(&'a str),
}

impl Field {
    #[doc(hidden)]
    pub const fn new(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self {
            name,
            kind,
            doc,
            max: 0,
            required: false,
            default: None,
            from_merchant: false,
            redaction: Redaction::Plain,
        }
    }

    #[doc(hidden)]
    pub const fn max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    #[doc(hidden)]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    #[doc(hidden)]
    pub const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    #[doc(hidden)]
    pub const fn from_merchant(mut self) -> Self {
        self.from_merchant = true;
        self
    }

    #[doc(hidden)]
    pub const fn short(mut self) -> Self {
        self.redaction = Redaction::Short;
        self
    }

    #[doc(hidden)]
    pub const fn hidden(mut self) -> Self {
        self.redaction = Redaction::Hidden;
        self
    }

    /// Reads a value that WeChat sent; `None` when it is not of this field's kind.
    pub fn read<'a>(&self, value: Option<&'a str>) -> Option<Read<'a>> {
        let Some(value) = value else { return Some(Read::Absent) };
        match self.kind {
            Kind::Int | Kind::Fen | Kind::Time | Kind::Json if value.is_empty() => Some(Read::Absent),
            Kind::Int => integer(value.strip_prefix('-').unwrap_or(value)).and(value.parse().ok()).map(Read::Int),
            Kind::Fen => integer(value).and(value.parse().ok()).map(Read::Int),
            Kind::Time => BeijingTime::parse(value).map(Read::Time),
            Kind::Json => serde_json::from_str::<serde_json::Value>(value).ok().map(|_| Read::Json(value)),
            Kind::Text | Kind::Id | Kind::OutNo | Kind::Ip | Kind::Url | Kind::Enum(_) => Some(Read::Text(value)),
        }
    }
}

/// Digits alone: Rust's own parser takes a plus sign.
fn integer(text: &str) -> Option<()> {
    text.bytes().all(|b| b.is_ascii_digit()).then_some(())
}

impl Record {
    /// The known field of this name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// Holds a document against this record: what is required is there and of its kind, and so is all money. Another
    /// field that is not of its kind reads as absent, and keeps its text: it must not make a paid order unreadable.
    ///
    /// # Errors
    /// The field that is not, and why.
    pub fn check(&self, fields: &Fields) -> Result<(), (&'static str, &'static str)> {
        for field in self.fields {
            if !field.required && field.kind != Kind::Fen {
                continue;
            }
            let value = fields.get(field.name);
            if field.required && value.is_none_or(str::is_empty) {
                return Err((field.name, "is missing"));
            }
            if field.read(value).is_none() {
                return Err((field.name, "is not of its kind"));
            }
        }
        for list in self.lists {
            for item in list.read(fields) {
                for (field, value) in item {
                    if field.kind == Kind::Fen && field.read(Some(value)).is_none() {
                        return Err((field.name, "is not of its kind"));
                    }
                }
            }
        }
        Ok(())
    }
}

impl List {
    /// The items in the order of their numbers. Numbers may be missing; the companion count is not relied on.
    pub fn read<'a>(&self, fields: &'a Fields) -> Vec<Vec<(&'static Field, &'a str)>> {
        let numbers: BTreeSet<u32> = fields.iter().filter_map(|(name, _)| self.number(name)).collect();
        let item = |number: u32| {
            let value =
                |field: &'static Field| fields.get(&format!("{}_{number}", field.name)).map(|value| (field, value));
            self.item.fields.iter().filter_map(value).collect()
        };
        numbers.into_iter().map(item).collect()
    }

    /// The number in a name such as `coupon_id_0`, when the rest of the name is one of these fields.
    fn number(&self, name: &str) -> Option<u32> {
        // Few names end in a digit, and this is asked of every name.
        if !name.ends_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let (base, number) = name.rsplit_once('_')?;
        let known = self.item.fields.iter().any(|field| field.name == base);
        (known && number.bytes().all(|b| b.is_ascii_digit())).then(|| number.parse().ok())?
    }
}

/// A document read into a type.
pub trait Document: Sized {
    /// Its row.
    const RECORD: &'static Record;

    /// Reads fields that were held against the row already.
    #[doc(hidden)]
    fn from_fields(fields: Fields) -> Self;

    /// All its fields, as received.
    fn fields(&self) -> &Fields;
}

/// A call with its fields.
pub trait Call {
    /// Its row.
    const ENDPOINT: &'static Endpoint;
    /// What it answers.
    type Reply: Document;

    /// The fields given so far.
    fn params(&self) -> &Params<'static>;
}
