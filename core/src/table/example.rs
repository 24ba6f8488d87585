//! An example of the object or the list that a field takes, for the error of a value that is something else.

use serde_json::{Map, Value as Json, json};

use super::row::{By, Field, FieldKind, Record, Sender};

/// What a field of objects takes, for a text.
pub(crate) struct Example {
    /// The type's name.
    pub(crate) name: &'static str,
    /// The example, as JSON.
    pub(crate) json: String,
    /// Whether the field takes a list.
    pub(crate) is_list: bool,
}

/// An example for a field; `None` for a field of plain values.
pub(crate) fn of(field: &Field, by: By<'_>) -> Option<Example> {
    let record = match field.kind {
        FieldKind::Record(record) | FieldKind::List(record) => record,
        _ => return None,
    };
    let (json, is_list) = (written(&value(field, by)), matches!(field.kind, FieldKind::List(_)));
    Some(Example { name: record.name, json, is_list })
}

/// An example of a field's value. An object has its required members, and the currency of an amount.
pub(crate) fn value(field: &Field, by: By<'_>) -> Json {
    match field.kind {
        FieldKind::Record(record) => object(record, by),
        FieldKind::List(record) => Json::Array(vec![object(record, by)]),
        FieldKind::Fen => json!(100),
        FieldKind::Int => json!(1),
        FieldKind::Bool => json!(true),
        FieldKind::Currency => json!(by.fee_type.unwrap_or("CNY")),
        FieldKind::Ip => json!("203.0.113.9"),
        FieldKind::Url => json!("https://shop.example/"),
        FieldKind::Time => json!("20251127235959"),
        FieldKind::Instant => json!("2025-11-27T23:59:59+08:00"),
        FieldKind::Date => json!("20251127"),
        FieldKind::Day => json!("2025-11-27"),
        FieldKind::Enum(values) => json!(values.first()),
        FieldKind::Json => json!({}),
        FieldKind::Text
        | FieldKind::Id
        | FieldKind::OutNo
        | FieldKind::TradeNo
        | FieldKind::BillNo
        | FieldKind::GoodsNo
        | FieldKind::AuthCode => json!("…"),
    }
}

fn object(record: &Record, by: By<'_>) -> Json {
    let fits = |field: &&Field| field.sender == Sender::Any || field.sender == by.sender;
    let is_shown = |field: &&Field| field.required || matches!(field.kind, FieldKind::Currency);
    let member = |field: &Field| (field.name.to_owned(), value(field, by));
    let fields = || record.fields.iter().filter(fits);
    let mut members: Map<String, Json> = fields().filter(is_shown).map(member).collect();
    if members.is_empty() {
        members.extend(fields().next().map(member));
    }
    Json::Object(members)
}

/// JSON as people write it, and as Python does but for its words `True` and `None`.
fn written(value: &Json) -> String {
    match value {
        Json::Object(members) => {
            let members =
                members.iter().map(|(name, value)| format!("{}: {}", Json::from(name.as_str()), written(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Json::Array(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        plain => plain.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::registry;
    use crate::table::check::checked;
    use crate::value::Value;

    #[test]
    fn every_object_of_every_call_has_an_example_that_its_own_rules_take() {
        let mut count = 0;
        for endpoint in registry::all() {
            for field in endpoint.fields().filter(|field| field.kind.record().is_some()) {
                for sender in [Sender::Direct, Sender::Partner] {
                    let example = of(field, By::any(sender)).unwrap().json;
                    let text = if example.contains("auth_code") { "130000000000000000" } else { "A1" };
                    let given = Value::Json(example.replace('…', text).into());
                    let taken = checked(field, &given, By::any(sender));
                    assert!(taken.is_ok(), "{}.{}: {example}: {taken:?}", endpoint.name, field.name);
                    count += 1;
                }
            }
        }
        assert!(count > 50, "{count}");
    }

    #[test]
    fn an_example_has_what_is_needed_and_belongs_to_the_kind_of_merchant() {
        let example = |call: &str, name: &str, sender: Sender| {
            let field = registry::find(call).unwrap().fields().find(|field| field.name == name);
            of(field.unwrap(), By::any(sender)).map(|example| format!("{} {}", example.name, example.json))
        };
        let amount = r#"V3OrderAmount {"total": 100, "currency": "CNY"}"#;
        assert_eq!(example("v3.jsapi", "amount", Sender::Direct).as_deref(), Some(amount));
        let refund = r#"V3RefundAmount {"refund": 100, "total": 100, "currency": "CNY"}"#;
        assert_eq!(example("v3.refund", "amount", Sender::Partner).as_deref(), Some(refund));
        for (sender, name) in [(Sender::Direct, "openid"), (Sender::Partner, "sp_openid")] {
            let payer = format!(r#"V3Payer {{"{name}": "…"}}"#);
            assert_eq!(example("v3.jsapi", "payer", sender), Some(payer));
        }
        assert_eq!(example("v3.jsapi", "description", Sender::Direct), None);
    }
}
