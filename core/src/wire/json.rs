//! The open platform's JSON: one object, mostly of texts and numbers.

use serde_json::{Map, Value};

use super::name::MAX_FIELDS;
use crate::fields::Fields;

/// Reads a JSON object into fields: texts as they are, numbers and booleans as their JSON text, lists and objects as
/// compact JSON, `null` left out. `None` when it is no JSON object, or has more
/// than [`MAX_FIELDS`] names.
pub fn parse(bytes: &[u8]) -> Option<Fields> {
    let object: Map<String, Value> = serde_json::from_slice(bytes).ok()?;
    if object.len() > MAX_FIELDS {
        return None;
    }
    let mut fields = Fields::with_capacity(object.len(), bytes.len());
    for (name, value) in &object {
        // serde_json keeps one value a name, so no push meets a name twice.
        let _ = match value {
            Value::Null => continue,
            Value::String(text) => fields.push(name, text),
            other => fields.push(name, &other.to_string()),
        };
    }
    Some(fields)
}

/// Writes a JSON object of texts and booleans, as `stable_token` takes it.
pub fn build<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let object: Map<String, Value> = pairs.into_iter().map(|(name, value)| (name.to_owned(), literal(value))).collect();
    Value::Object(object).to_string()
}

fn literal(value: &str) -> Value {
    match value {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        text => Value::String(text.to_owned()),
    }
}
