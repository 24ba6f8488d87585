//! The documents that the facade makes objects of, by number.

use wxpaykit::redact::Redaction;
use wxpaykit::registry;
use wxpaykit::table::{Kind, Record};

use crate::js::{Call, Value};

/// Names that most documents have beside their record's fields.
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
/// What is added to the number of such a name.
const BESIDE: usize = 1000;

/// The number of a field's name in its record, or beside it.
pub(crate) fn position(record: Option<&Record>, name: &str) -> Option<usize> {
    let own = record.and_then(|record| record.fields.iter().position(|field| field.name == name));
    own.or_else(|| ENVELOPE.iter().position(|known| *known == name).map(|position| BESIDE + position))
}

/// The number of a record.
#[expect(clippy::cast_precision_loss, reason = "there are some dozens")]
pub(crate) fn index(record: &'static Record) -> f64 {
    all().position(|known| known.name == record.name).map_or(-1.0, |position| position as f64)
}

/// As JSON: all records, each with name, fields (name, kind, how much may be shown) and lists (name, record), and the names
/// beside them.
pub(crate) fn tables(call: &Call<'_>) -> Value {
    let records: Vec<String> = all().map(json).collect();
    call.give_text(&format!(r#"{{"records":[{}],"beside":{ENVELOPE:?},"from":{BESIDE}}}"#, records.join(",")))
}

fn all() -> impl Iterator<Item = &'static Record> {
    registry::DOCUMENTS.iter().copied().chain(registry::all().map(|endpoint| endpoint.reply))
}

/// Names here are identifiers, so `Debug` writes them as JSON does.
fn json(record: &'static Record) -> String {
    let fields: Vec<String> = record
        .fields
        .iter()
        .map(|field| format!("[{:?},{:?},{:?}]", field.name, kind(field.kind), show(field.redaction)))
        .collect();
    let lists: Vec<String> =
        record.lists.iter().map(|list| format!("[{:?},{}]", list.name, index(list.item))).collect();
    format!("{{\"name\":{:?},\"fields\":[{}],\"lists\":[{}]}}", record.name, fields.join(","), lists.join(","))
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Int | Kind::Fen => "number",
        Kind::Time => "time",
        Kind::Json => "json",
        Kind::Text | Kind::Id | Kind::OutNo | Kind::Ip | Kind::Url | Kind::Enum(_) => "text",
    }
}

fn show(redaction: Redaction) -> &'static str {
    match redaction {
        Redaction::Plain => "plain",
        Redaction::Short => "short",
        Redaction::Hidden => "hidden",
    }
}
