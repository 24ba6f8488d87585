//! The documents that the facade makes objects of, by number.

use serde::Serialize;
use wxpaykit::codes::Api;
use wxpaykit::redact::Redaction;
use wxpaykit::registry;
use wxpaykit::table::{self, Field, Record};

/// Names that most documents have in addition to their record's fields.
const ENVELOPE: &[&str] = &[
    "return_code",
    "return_msg",
    "result_code",
    "nonce_str",
    "sign",
    "sign_type",
    "err_code",
    "err_code_des",
    "appid",
    "mch_id",
];
/// The position of a name that neither a record nor the envelope has.
pub(crate) const UNKNOWN: usize = 0;
/// Positions are small, so that the heads of texts hold them in one byte: those of the envelope follow [`UNKNOWN`], those of the
/// record follow the envelope.
const RECORD: usize = 1 + ENVELOPE.len();

/// How the facade reads a field.
#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Text,
    Number,
    Time,
    Json,
}

#[derive(Serialize)]
struct Tables {
    /// The name at each position below the record's own.
    envelope: Vec<&'static str>,
    /// By number, counted from 1.
    records: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    /// Name, kind.
    fields: Vec<(&'static str, Kind)>,
    /// Name, number of the items' record.
    lists: Vec<(&'static str, usize)>,
}

/// The position of a field's name.
pub(crate) fn position(record: Option<&Record>, name: &str) -> usize {
    let own = record.and_then(|record| record.fields.iter().position(|field| field.name == name));
    let envelope = || ENVELOPE.iter().position(|known| *known == name).map(|index| 1 + index);
    own.map(|index| RECORD + index).or_else(envelope).unwrap_or(UNKNOWN)
}

/// The record's field at a position.
pub(crate) fn field(record: Option<&Record>, position: usize) -> Option<&'static Field> {
    record?.fields.get(position.checked_sub(RECORD)?)
}

/// The number of a record; 0 for none.
pub(crate) fn index(record: Option<&Record>) -> usize {
    record.and_then(|record| all().position(|known| known.name == record.name)).map_or(0, |index| 1 + index)
}

pub(crate) fn kind(kind: table::FieldKind) -> Kind {
    match kind {
        table::FieldKind::Int | table::FieldKind::Fen => Kind::Number,
        table::FieldKind::Time | table::FieldKind::Instant => Kind::Time,
        table::FieldKind::Bool | table::FieldKind::Json | table::FieldKind::Record(_) | table::FieldKind::List(_) => {
            Kind::Json
        }
        _ => Kind::Text,
    }
}

/// All of it as JSON.
pub(crate) fn to_json() -> String {
    let envelope = std::iter::once("").chain(ENVELOPE.iter().copied()).collect();
    let rows = all().map(|record| Row {
        name: record.name,
        fields: record.fields.iter().map(|field| (field.name, kind(field.kind))).collect(),
        lists: record.lists.iter().map(|list| (list.name, index(Some(list.item)))).collect(),
    });
    serde_json::to_string(&Tables { envelope, records: rows.collect() }).unwrap_or_default()
}

fn all() -> impl Iterator<Item = &'static Record> {
    let v3 = registry::replies(Api::V3).filter(|record| !record.is_acknowledgement());
    registry::DOCUMENTS.iter().copied().chain(registry::replies(Api::V2)).chain(v3)
}

/// The record of this name; `None` for a document that is not in the table.
pub(crate) fn named(name: &str) -> Option<&'static Record> {
    all().find(|record| record.name == name)
}

/// How much of a value may be shown, by its name.
pub(crate) fn redaction(name: &str) -> Redaction {
    match name {
        "plain" => Redaction::Plain,
        "short" => Redaction::Short,
        _ => Redaction::Hidden,
    }
}
