//! JSON as WeChat sends and takes it: one object, mostly of texts and numbers.

use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value, from_str};

use super::name::MAX_FIELDS;
use crate::fields::Fields;

/// Reads a JSON object into fields: texts as they are, numbers and booleans as their JSON text, lists and objects as
/// compact JSON, `null` left out. `None` for everything that is not an object, or has more than [`MAX_FIELDS`] members.
pub fn parse(bytes: &[u8]) -> Option<Fields> {
    fields_of(&object(bytes)?)
}

/// Whether a member of a JSON object is a number.
pub fn is_number(bytes: &[u8], name: &str) -> bool {
    object(bytes).is_some_and(|object| object.get(name).is_some_and(Value::is_number))
}

/// Reads a JSON object as WeChat may write it: perhaps after a byte order mark, and with names of people and places that hold what
/// JSON forbids. Control characters inside a text are kept. Bytes that are not UTF-8, and halves of surrogate pairs, become U+FFFD.
pub(crate) fn object(bytes: &[u8]) -> Option<Map<String, Value>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    serde_json::from_slice(bytes).or_else(|_| serde_json::from_str(&mended(&String::from_utf8_lossy(bytes)))).ok()
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
    items.iter().map(fields_of).collect()
}

pub(crate) fn fields_of(object: &Map<String, Value>) -> Option<Fields> {
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
