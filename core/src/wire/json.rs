//! JSON as WeChat sends and takes it: one object, mostly of texts and numbers.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, from_str};

use super::name::MAX_FIELDS;
use crate::fields::Fields;

/// Reads a JSON object into fields: texts as they are, numbers and booleans as their JSON text, lists and objects as
/// compact JSON, `null` left out. `None` for everything that is not an object, or has more than [`MAX_FIELDS`] members.
pub fn parse(bytes: &[u8]) -> Option<Fields> {
    let (object, text) = read(bytes)?;
    fields_as_written(&object, &text)
}

/// Whether a member of a JSON object is a number.
pub fn is_number(bytes: &[u8], name: &str) -> bool {
    object(bytes).is_some_and(|object| object.get(name).is_some_and(Value::is_number))
}

/// Reads a JSON object as WeChat may write it: perhaps after a byte order mark, and with names of people and places that hold what
/// JSON forbids. Control characters inside a text are kept. Bytes that are not UTF-8, and halves of surrogate pairs, become U+FFFD.
pub(crate) fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    read(bytes).map(|(object, _)| object)
}

/// As [`object`], with the JSON text that it was read from.
pub(crate) fn read(bytes: &[u8]) -> Option<(Map<String, Value>, Cow<'_, str>)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some((object, text)) = serde_json::from_slice(bytes).ok().zip(str::from_utf8(bytes).ok()) {
        return Some((object, text.into()));
    }
    let text = mended(&String::from_utf8_lossy(bytes));
    Some((serde_json::from_str(&text).ok()?, text.into()))
}

/// The document, with what JSON forbids inside a text written in the way that it allows.
fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let (mut rest, mut inside) = (text, false);
    while let Some(next) = rest.chars().next() {
        let taken = match next {
            '\\' if inside => escape(rest, &mut out),
            '\0'..='\x1f' if inside => {
                out.push_str(&format!("\\u{:04x}", u32::from(next)));
                1
            }
            _ => {
                inside ^= next == '"';
                out.push(next);
                next.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// Copies the escape that `rest` begins with; half of a surrogate pair becomes U+FFFD. Gives its length.
fn escape(rest: &str, out: &mut String) -> usize {
    let unit = |at: usize| {
        let hex = rest.get(at..at + 6)?.strip_prefix("\\u")?;
        u32::from_str_radix(hex, 16).ok()
    };
    let length = match (unit(0), unit(6)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
        (Some(0xd800..=0xdfff), _) => {
            out.push(char::REPLACEMENT_CHARACTER);
            return 6;
        }
        (Some(_), _) => 6,
        // A quotation mark or a backslash after it does not end the text.
        (None, _) => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
    };
    out.push_str(rest.get(..length).unwrap_or(rest));
    length
}

/// Reads a JSON list of objects, each as [`parse`] reads one.
pub fn parse_list(text: &str) -> Option<Vec<Fields>> {
    let items: Vec<Map<String, Value>> = serde_json::from_str(text).ok()?;
    if !items.iter().any(|item| item.values().any(is_inexact)) {
        return items.iter().map(fields_of).collect();
    }
    let texts: Vec<&RawValue> = from_str(text).ok()?;
    items.iter().zip(texts).map(|(item, text)| fields_as_written(item, text.get())).collect()
}

/// As [`fields_of`], with numbers as in the text that the object was read from.
pub(crate) fn fields_as_written(object: &Map<String, Value>, text: &str) -> Option<Fields> {
    if !object.values().any(is_inexact) {
        return fields_of(object);
    }
    let texts: HashMap<String, &RawValue> = from_str(text).ok()?;
    fields_by(object, |name, value| match texts.get(name) {
        Some(text) => as_written(value, text.get()),
        None => value.to_string(),
    })
}

pub(crate) fn fields_of(object: &Map<String, Value>) -> Option<Fields> {
    fields_by(object, |_, value| value.to_string())
}

fn fields_by(object: &Map<String, Value>, written: impl Fn(&str, &Value) -> String) -> Option<Fields> {
    if object.len() > MAX_FIELDS {
        return None;
    }
    let mut fields = Fields::with_capacity(object.len(), 256);
    for (name, value) in object {
        // serde_json keeps one value a name, so no push meets a name twice.
        let _ = match value {
            Value::Null => continue,
            Value::String(text) => fields.push(name, text),
            other => fields.push(name, &written(name, other)),
        };
    }
    Some(fields)
}

/// A value as compact JSON. Its numbers are those of `text`, from which it was read: a [`Value`] has 64 bits for each, so that it writes another
/// number where a text has more, such as a long id. Texts may have been changed in between.
pub(crate) fn as_written(value: &Value, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    write_as(value, text, &mut out);
    out
}

fn write_as(value: &Value, text: &str, out: &mut String) {
    match value {
        // The text is JSON already, so its numbers are.
        Value::Number(_) => out.push_str(text.trim_ascii()),
        Value::Array(items) if is_inexact(value) => {
            let texts: Vec<&RawValue> = from_str(text).unwrap_or_default();
            for (at, item) in items.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                write_part(item, texts.get(at).copied(), out);
            }
            out.push(']');
        }
        Value::Object(members) if is_inexact(value) => {
            let texts: HashMap<String, &RawValue> = from_str(text).unwrap_or_default();
            for (at, (name, member)) in members.iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                out.push_str(&write(name.as_str()));
                out.push(':');
                write_part(member, texts.get(name).copied(), out);
            }
            out.push('}');
        }
        _ => out.push_str(&value.to_string()),
    }
}

fn write_part(value: &Value, text: Option<&RawValue>, out: &mut String) {
    match text {
        Some(text) => write_as(value, text.get(), out),
        None => out.push_str(&value.to_string()),
    }
}

/// Whether a value has a number that it may write otherwise than it was written. Integers of 64 bits are written in one way.
fn is_inexact(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(items) => items.iter().any(is_inexact),
        Value::Object(members) => members.values().any(is_inexact),
        _ => false,
    }
}

/// An object that serde writes, with its members in the order given. Not a [`Map`]: a member that is JSON already (an object that was checked,
/// or a text of the merchant's) is sent byte for byte, and a [`Value`] would write its numbers and spaces in another way.
#[derive(Default)]
pub(crate) struct Object<'a>(Vec<(&'a str, Box<RawValue>)>);

impl<'a> Object<'a> {
    /// Adds a member: a text in quotation marks, or a text that is JSON already. One that is not, against the check before, becomes a
    /// text: a member cannot change what surrounds it.
    pub(crate) fn push(&mut self, name: &'a str, text: &str, quoted: bool) {
        let json = if quoted { None } else { from_str(text).ok() };
        // Any text can be written as JSON.
        if let Some(member) = json.or_else(|| to_raw_value(text).ok()) {
            self.0.push((name, member));
        }
    }

    pub(crate) fn into_text(self) -> String {
        write(&self)
    }
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, member)| (name, member)))
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
    fn control_characters_in_names_are_read() {
        let read = |body: &[u8]| parse(body).and_then(|fields| fields.get("n").map(str::to_owned));
        let cases: [(&[u8], &str); 9] = [
            (b"\xef\xbb\xbf{\"n\":\"a\"}", "a"),
            (b"{\"n\":\"a\x01\tb\nc\"}", "a\x01\tb\nc"),
            (b"{\"n\":\"a\xffb\"}", "a\u{fffd}b"),
            (br#"{"n":"a\ud83db"}"#, "a\u{fffd}b"),
            (br#"{"n":"\ude00\ud83d"}"#, "\u{fffd}\u{fffd}"),
            (br#"{"n":"\ud83d\ud83d\ude00"}"#, "\u{fffd}\u{1f600}"),
            (b"{\"n\":\"\x01\\\"\\\\\"}", "\x01\"\\"),
            (b"{\"n\":\"\x01\\ud83d\"}", "\x01\u{fffd}"),
            (b"{\n\t\"n\" : \"\x7f\x1f\"\n}", "\x7f\x1f"),
        ];
        for (body, text) in cases {
            assert_eq!(read(body).as_deref(), Some(text), "{}", String::from_utf8_lossy(body));
        }
        for broken in
            [&b"{\"n\":\"\x01"[..], b"{\"n\":\"\\", b"{\"n\":\"\\u12", b"{\"n\":\"\\x22\"}", b"\xff", b"{\x01}"]
        {
            assert_eq!(parse(broken), None, "{}", String::from_utf8_lossy(broken));
        }
    }

    #[test]
    fn numbers_stay_as_they_were_written() {
        let body = r#" {"i":1, "big":18446744073709551617,"e":1e2,"m":0.10,"l":[ {"n" : 18446744073709551617 , "t":"\u8336"},-0 ],
            "o":{"a":{"b":[[123456789012345678901234567890]]}},"big":18446744073709551618,"x":null} "#;
        let fields = parse(body.as_bytes()).unwrap();
        let named = ["i", "big", "e", "m", "l", "o", "x"].map(|name| fields.get(name).unwrap_or_default());
        let list = r#"[{"n":18446744073709551617,"t":"茶"},-0]"#;
        let object = r#"{"a":{"b":[[123456789012345678901234567890]]}}"#;
        assert_eq!(named, ["1", "18446744073709551618", "1e2", "0.10", list, object, ""]);
        let items = parse_list(r#"[{"n":18446744073709551617},{"n":1}]"#).unwrap();
        assert_eq!([items[0].get("n"), items[1].get("n")], [Some("18446744073709551617"), Some("1")]);
        // Also where the document had to be mended.
        assert_eq!(
            parse(b"{\"t\":\"a\x01\",\"n\":18446744073709551617}").unwrap().get("n"),
            Some("18446744073709551617")
        );
    }

    #[test]
    fn numbers_are_told_from_texts() {
        let body = b"{\"n\":1764300000,\"f\":1.5,\"t\":\"1\",\"b\":true,\"x\":\"\x01\"}";
        let numbers = ["n", "f", "t", "b", "x", "none"].map(|name| is_number(body, name));
        assert_eq!(numbers, [true, true, false, false, false, false]);
        assert!(!is_number(b"[1]", "n") && !is_number(b"n=1", "n") && !is_number(b"", "n"));
    }

    #[test]
    fn objects_are_written_as_they_are_read() {
        let mut object = Object::default();
        object.push("a\"b", "1\n", true);
        object.push("n", "1", false);
        object.push("as given", r#"{ "a" : 1.50 }"#, false);
        object.push("broken", r#"1,"x":2"#, false);
        let text = object.into_text();
        assert_eq!(text, r#"{"a\"b":"1\n","n":1,"as given":{ "a" : 1.50 },"broken":"1,\"x\":2"}"#);
        assert_eq!(parse(text.as_bytes()).unwrap().get("a\"b"), Some("1\n"));
        assert_eq!(Object::default().into_text(), "{}");
        assert_eq!(parse_list(r#"[{"a":1},{"a":null}]"#).unwrap().len(), 2);
        for other in ["", "1", "null", "{}", "[1]", "[[]]"] {
            assert_eq!(parse_list(other), None, "{other}");
        }
    }
}
