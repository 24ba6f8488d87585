//! Documents on their way to JavaScript: their values in one text, and the numbers to cut it by in its head. `frame.ts` reads them.
//!
//! A document is the number of its record and the number of its fields; for each field its position and the length of its value,
//! between them the length of its name where the position is 0, and after them what its kind has (see [`Frame::push_value`]); then
//! for each list of the record the number of items, and each item as a document is.

use serde::Serialize;
use wxpaykit::table::{Document, Field, Read, Record, Step, TimeInside};
use wxpaykit::{BeijingTime, Fields};

use crate::tables::{self, Kind};
use crate::text::{Text, push_number};

/// A [`Text`] in the making.
#[derive(Default)]
pub(crate) struct Frame(Text);

/// Added to seconds since 1970, so that three units hold those before it too.
const EPOCH: i64 = 1 << 47;

impl Frame {
    /// Names and values.
    pub(crate) fn of_pairs<'a>(pairs: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut frame = Self::default();
        frame.push_number(2 * pairs.len());
        for (name, value) in pairs {
            frame.push_text(name);
            frame.push_text(value);
        }
        frame
    }

    /// Values alone, where the facade knows the names.
    pub(crate) fn of_values<'a>(values: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let mut frame = Self::default();
        frame.0.head.reserve(values.len() + 1);
        frame.0.body.reserve(256);
        frame.push_number(values.len());
        values.for_each(|value| frame.push_text(value));
        frame
    }

    /// A document whose record is known.
    pub(crate) fn of_document<T: Document>(document: &T) -> Self {
        Self::of_record(T::RECORD, document.fields())
    }

    /// The fields of a document of this record.
    pub(crate) fn of_record(record: &'static Record, fields: &Fields) -> Self {
        let mut frame = Self::default();
        frame.push_document(Some(record), fields);
        frame
    }

    /// A JSON text.
    pub(crate) fn of_json(value: &impl Serialize) -> Self {
        // Nothing that is written here can fail.
        Self::of_text(&serde_json::to_string(value).unwrap_or_default())
    }

    /// One text.
    pub(crate) fn of_text(text: &str) -> Self {
        Self(text.to_owned().into())
    }

    /// With a topic and a number before everything else.
    pub(crate) fn addressed(mut self, topic: u16, number: u32) -> Text {
        let [a, b, c, d] = number.to_be_bytes();
        self.0.head.splice(..0, [topic, u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])]);
        self.0
    }

    pub(crate) fn push_number(&mut self, number: usize) {
        push_number(&mut self.0.head, number);
    }

    /// A document, its known fields read by their kinds, and the items of its lists.
    pub(crate) fn push_document(&mut self, record: Option<&'static Record>, fields: &Fields) {
        self.0.head.reserve(3 * fields.len() + 8);
        self.0.body.reserve(1024);
        self.push_fields(record, fields);
    }

    fn push_fields(&mut self, record: Option<&'static Record>, fields: &Fields) {
        let index = tables::index(record);
        // A record that the facade has no class for is read as fields that no table knows.
        let record = record.filter(|_| index != 0);
        self.push_number(index);
        self.push_number(fields.len());
        for (name, value) in fields.iter() {
            let position = tables::position(record, name);
            self.push_value(position, name, value, tables::field(record, position));
        }
        for list in record.into_iter().flat_map(|record| record.lists) {
            let items = list.read(fields);
            self.push_number(items.len());
            for item in items {
                self.push_fields(Some(list.item), &item);
            }
        }
    }

    /// A value, and after it for a number 1 when it is one, for a time what [`Frame::push_time`] says, for JSON 1 and the number of the times
    /// inside it; 0 for what is not of its kind.
    fn push_value(&mut self, position: usize, name: &str, value: &str, field: Option<&Field>) {
        self.push_number(position);
        if position == tables::UNKNOWN {
            self.push_text(name);
        }
        self.push_text(value);
        let Some(field) = field.filter(|field| tables::kind(field.kind) != Kind::Text) else { return };
        match field.read(Some(value)) {
            Some(Read::Time(time)) => self.push_time(Some(time)),
            Some(Read::Json(json)) => self.push_times(&field.times_inside(json)),
            Some(Read::Int(_) | Read::Bool(_)) => self.push_number(1),
            _ => self.push_number(0),
        }
    }

    /// 1 more than there are times in JSON, and for each the names and numbers that lead to it, and then the time.
    fn push_times(&mut self, times: &[TimeInside]) {
        self.push_number(1 + times.len());
        for TimeInside { way, time } in times {
            self.push_number(way.len());
            for step in way {
                match step {
                    Step::Member(name) => self.push_text(name),
                    Step::Item(number) => self.push_text(&number.to_string()),
                }
            }
            self.push_time(*time);
        }
    }

    /// 1 and the seconds in three units; 0 where there is no time.
    fn push_time(&mut self, time: Option<BeijingTime>) {
        let Some(time) = time else { return self.push_number(0) };
        let [_, _, a, b, c, d, e, f] = (time.unix() + EPOCH).to_be_bytes();
        let units = [[a, b], [c, d], [e, f]].map(u16::from_be_bytes);
        self.push_number(1);
        self.0.head.extend(units);
    }

    fn push_text(&mut self, text: &str) {
        self.0.body.push_str(text);
        self.push_number(if text.is_ascii() { text.len() } else { text.encode_utf16().count() });
    }
}

impl From<Frame> for Text {
    fn from(frame: Frame) -> Self {
        frame.0
    }
}
