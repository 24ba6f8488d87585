//! JSON as WeChat sends and takes it: one object, mostly of texts and numbers.

use serde::Serialize;
use serde_json::{Map, Value};

use super::name::MAX_FIELDS;
use crate::fields::Fields;

/// Reads a JSON object into fields: texts as they are, numbers and booleans as their JSON text, lists and objects as
/// compact JSON, `null` left out. `None` for everything that is not an object, or has more than [`MAX_FIELDS`] members.
pub fn parse(bytes: &[u8]) -> Option<Fields> {
    fields_of(&serde_json::from_slice(bytes).ok()?)
}

/// Reads a JSON list of objects, each as [`parse`] reads one.
pub(crate) fn parse_list(text: &str) -> Option<Vec<Fields>> {
    let items: Vec<Map<String, Value>> = serde_json::from_str(text).ok()?;
    items.iter().map(fields_of).collect()
}

fn fields_of(object: &Map<String, Value>) -> Option<Fields> {
    if object.len() > MAX_FIELDS {
        return None;
    }
    let mut fields = Fields::with_capacity(object.len(), 256);
    for (name, value) in object {
        // serde_json keeps one value a name, so no push meets a name twice.
        let _ = match value {
            Value::Null => continue,
            Value::String(text) => fields.push(name, text),
            other => fields.push(name, &other.to_string()),
        };
    }
    Some(fields)
}

/// Writes objects member by member, in the order given.
#[derive(Debug, Default)]
pub(crate) struct Object(String);

impl Object {
    /// Adds a member: a text in quotation marks, or a text that is JSON already.
    pub(crate) fn push(&mut self, name: &str, text: &str, quoted: bool) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&write(name));
        self.0.push(':');
        if quoted {
            self.0.push_str(&write(text));
        } else {
            self.0.push_str(text);
        }
    }

    pub(crate) fn into_text(mut self) -> String {
        self.0.push_str(if self.0.is_empty() { "{}" } else { "}" });
        self.0
    }
}

/// Writes a value of this crate, whose texts, numbers and lists JSON can always hold.
pub(crate) fn write(value: &(impl Serialize + ?Sized)) -> String {
    // Writing to a string does not fail, and no map of ours has a name that is not a text.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_written_as_they_are_read() {
        let mut object = Object::default();
        object.push("a\"b", "1\n", true);
        object.push("n", "1", false);
        let text = object.into_text();
        assert_eq!(text, r#"{"a\"b":"1\n","n":1}"#);
        assert_eq!(parse(text.as_bytes()).unwrap().get("a\"b"), Some("1\n"));
        assert_eq!(Object::default().into_text(), "{}");
        assert_eq!(parse_list(r#"[{"a":1},{"a":null}]"#).unwrap().len(), 2);
        for other in ["", "1", "null", "{}", "[1]", "[[]]"] {
            assert_eq!(parse_list(other), None, "{other}");
        }
    }
}
