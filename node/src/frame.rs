//! What crosses from here to JavaScript: one text, and a row of numbers that says how to cut it.
//!
//! The first number tells what it is ([`Tag`]). A text is the number of its UTF-16 units; the facade (`wire.ts`) takes so
//! many from where it stands.

use std::error::Error as _;

use wxpaykit::error::Kind;
use wxpaykit::table::{Document, Field, Read, Record};
use wxpaykit::{ConfirmedPayment, Error, Fields};

use crate::handling::Held;
use crate::tables;

/// A message to JavaScript.
#[derive(Default)]
pub(crate) struct Frame {
    text: String,
    numbers: Vec<f64>,
    /// A payment that goes with it. Where the frame is dropped on its way, so is the claim on the payment.
    held: Option<Box<Held>>,
}

/// The first number of a frame. `wire.ts` has the same list.
#[derive(Clone, Copy)]
enum Tag {
    Nothing = 0,
    /// Record, number of fields, fields, then for each of its lists the number of items and the items.
    Record = 1,
    /// A text.
    Text = 2,
    /// A number.
    Number = 3,
    /// A JSON text.
    Json = 4,
    /// Number of pairs, then names and values.
    Map = 5,
    /// Class, code, endpoint, retry, message, pairs of details, HTTP status, reply's fields, causes.
    Error = 6,
    /// Number, idempotency key, and the payment as a record is.
    Held = 7,
}

/// The record of fields that no table knows.
const NO_RECORD: f64 = -1.0;
/// The index of a field that its record does not have.
const UNKNOWN: f64 = -1.0;

impl Frame {
    pub(crate) fn nothing() -> Self {
        Self::tagged(Tag::Nothing)
    }

    pub(crate) fn from_text(text: &str) -> Self {
        let mut frame = Self::tagged(Tag::Text);
        frame.push(text);
        frame
    }

    pub(crate) fn from_number(number: f64) -> Self {
        let mut frame = Self::tagged(Tag::Number);
        frame.numbers.push(number);
        frame
    }

    pub(crate) fn from_json(text: &str) -> Self {
        let mut frame = Self::tagged(Tag::Json);
        frame.push(text);
        frame
    }

    pub(crate) fn from_map<'a>(pairs: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut frame = Self::tagged(Tag::Map);
        frame.push_map(pairs);
        frame
    }

    /// A document, its known fields read by their kinds.
    pub(crate) fn from_record(record: &'static Record, fields: &Fields) -> Self {
        let numbers = Vec::with_capacity(4 * fields.len() + 8);
        let mut frame = Self { text: String::with_capacity(1024), numbers, held: None };
        frame.numbers.push(tag(Tag::Record));
        frame.push_record(record, fields);
        frame
    }

    /// A document that no table knows.
    pub(crate) fn from_fields(fields: &Fields) -> Self {
        let mut frame = Self::tagged(Tag::Record);
        frame.push_fields(fields);
        frame
    }

    /// A payment that is ours to hand over.
    pub(crate) fn from_held(held: Held) -> Self {
        let mut frame = Self::tagged(Tag::Held);
        frame.numbers.push(f64::from(held.number));
        frame.push(held.handling.idempotency_key());
        frame.push_record(ConfirmedPayment::RECORD, held.handling.payment().fields());
        frame.held = Some(Box::new(held));
        frame
    }

    pub(crate) fn from_error(error: &Error) -> Self {
        let mut frame = Self::tagged(Tag::Error);
        for text in [error.class(), error.code(), error.endpoint().unwrap_or_default(), error.retry().as_str()] {
            frame.push(text);
        }
        frame.push(&error.to_string());
        let mut number = 0.0;
        let mut reply = None;
        let errcode;
        let details: &[(&str, &str)] = match error.kind() {
            Kind::Config { field, .. } => &[("field", *field)],
            Kind::InvalidRequest { field, rule } => &[("field", field), ("rule", rule)],
            Kind::Transport { outcome, status, .. } => {
                number = f64::from(status.unwrap_or(0));
                &[("outcome", outcome.as_str())]
            }
            Kind::Protocol { return_msg } => &[("return_msg", return_msg)],
            Kind::Business { err_code, err_code_des, reply: fields } => {
                reply = Some(fields);
                &[("err_code", err_code), ("err_code_des", err_code_des)]
            }
            Kind::Signature { explanation } => &[("explanation", explanation)],
            Kind::Mismatch { field, expected, actual } => {
                &[("field", *field), ("expected", expected), ("actual", actual)]
            }
            Kind::OAuth { errcode: number, errmsg } => {
                errcode = number.to_string();
                &[("errcode", &errcode), ("errmsg", errmsg)]
            }
            _ => &[],
        };
        frame.push_map(details.iter().copied());
        frame.numbers.push(number);
        match reply {
            Some(fields) => frame.push_fields(fields),
            None => frame.numbers.push(UNKNOWN - 1.0),
        }
        let mut causes = Vec::new();
        let mut source = error.source();
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        frame.count(causes.len());
        for cause in &causes {
            frame.push(cause);
        }
        frame
    }

    /// A result, or its error.
    pub(crate) fn of<T>(result: Result<T, Error>, f: impl FnOnce(&T) -> Self) -> Self {
        match result {
            Ok(value) => f(&value),
            Err(error) => Self::from_error(&error),
        }
    }

    pub(crate) fn take_held(&mut self) -> Option<Held> {
        self.held.take().map(|held| *held)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    fn tagged(of: Tag) -> Self {
        Self { text: String::new(), numbers: vec![tag(of)], held: None }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.count(if text.is_ascii() { text.len() } else { text.encode_utf16().count() });
    }

    #[expect(clippy::cast_precision_loss, reason = "no text here has 2^53 units")]
    fn count(&mut self, count: usize) {
        self.numbers.push(count as f64);
    }

    fn push_map<'a>(&mut self, pairs: impl ExactSizeIterator<Item = (&'a str, &'a str)>) {
        self.count(pairs.len());
        for (name, value) in pairs {
            self.push(name);
            self.push(value);
        }
    }

    fn push_fields(&mut self, fields: &Fields) {
        self.numbers.push(NO_RECORD);
        self.count(fields.len());
        for (name, value) in fields.iter() {
            self.push_value(tables::position(None, name), name, value, f64::NAN);
        }
    }

    fn push_record(&mut self, record: &'static Record, fields: &Fields) {
        self.numbers.push(tables::index(record));
        self.count(fields.len());
        for (name, value) in fields.iter() {
            let position = tables::position(Some(record), name);
            self.push_value(position, name, value, number(field_at(record, position), value));
        }
        for list in record.lists {
            let items = list.read(fields);
            self.count(items.len());
            for item in items {
                self.numbers.push(tables::index(list.item));
                self.count(item.len());
                for (field, value) in item {
                    let position = tables::position(Some(list.item), field.name);
                    self.push_value(position, field.name, value, number(Some(field), value));
                }
            }
        }
    }

    fn push_value(&mut self, position: Option<usize>, name: &str, value: &str, number: f64) {
        #[expect(clippy::cast_precision_loss, reason = "there are some hundreds")]
        self.numbers.push(position.map_or(UNKNOWN, |position| position as f64));
        self.push(if position.is_none() { name } else { "" });
        self.push(value);
        self.numbers.push(number);
    }
}

fn field_at(record: &'static Record, position: Option<usize>) -> Option<&'static Field> {
    let fields: &'static [Field] = record.fields;
    fields.get(position?)
}

/// A field's value as a number, where its kind is one: an integer, milliseconds since 1970, or 0 where there is JSON.
fn number(field: Option<&Field>, value: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "JavaScript's own; amounts beyond 2^53 fen do not exist")]
    match field.and_then(|field| field.read(Some(value))) {
        Some(Read::Int(int)) => int as f64,
        Some(Read::Time(time)) => time.unix() as f64 * 1000.0,
        Some(Read::Json(_)) => 0.0,
        _ => f64::NAN,
    }
}

fn tag(tag: Tag) -> f64 {
    f64::from(tag as u8)
}
