//! `tests/faults/replies.json`: every call of APIv2 whose reply is signed, with the fields that its reply may have. The suites make
//! replies of them, send them as XML, and read them again.

use serde_json::{Value, json};
use wxpaykit::registry;
use wxpaykit::table::{Endpoint, Field, FieldKind, List, Record, ReplyBody};

use crate::refusals;
use crate::text::File;

pub fn files() -> Vec<File> {
    let is_signed = |call: &&'static Endpoint| matches!(call.reply_body, ReplyBody::Xml { signed: true, .. });
    let calls: Vec<Value> = registry::all().filter(is_signed).map(call).collect();
    let about = "Written by `cargo xtask gen` from the table of calls; do not edit.";
    vec![("tests/faults/replies.json", format!("{:#}\n", json!({ "about": about, "calls": calls })))]
}

fn call(call: &'static Endpoint) -> Value {
    let needed = call.reply.needs.iter().flat_map(|need| need.any).collect::<Vec<_>>();
    json!({
        "name": call.name,
        "path": call.path,
        "given": refusals::of_call(call),
        // Those of which one has to be there.
        "needed": needed,
        "fields": fields(call.reply),
        "lists": call.reply.lists.iter().map(list).collect::<Vec<_>>(),
    })
}

fn list(list: &List) -> Value {
    let lists = list.item.lists.iter().map(self::list).collect::<Vec<_>>();
    json!({ "name": list.name, "fields": fields(list.item), "lists": lists })
}

fn fields(record: &Record) -> Vec<Value> {
    record.fields.iter().map(field).collect()
}

fn field(field: &Field) -> Value {
    let (kind, values): (_, &[&str]) = match field.kind {
        FieldKind::Int => ("int", &[]),
        FieldKind::Fen => ("fen", &[]),
        FieldKind::Bool => ("bool", &[]),
        FieldKind::Time => ("time", &[]),
        FieldKind::Json => ("json", &[]),
        FieldKind::Enum(values) => ("enum", values),
        _ => ("text", &[]),
    };
    json!({ "name": field.name, "kind": kind, "values": values, "required": field.required, "echoed": field.echoed })
}
