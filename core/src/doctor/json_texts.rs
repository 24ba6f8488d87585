//! The texts in which programs write the same JSON document.

use std::collections::BTreeMap;

use serde_json::Value;

/// The other texts of an object or a list, as programs write it that parse and write it again, or print it. None for any other text.
pub(super) fn others(text: &str) -> Vec<String> {
    if !is_document(text) {
        return Vec::new();
    }
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let mut found = all(&value);
    found.push(printed(&value));
    found.retain(|other| other != text);
    found
}

/// Whether a text looks like an object or a list.
pub(super) fn is_document(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// A document as JSON libraries write it, its members in their order or by name.
pub(super) fn all(value: &Value) -> Vec<String> {
    let ordered = sorted(value);
    let both = [value, &ordered];
    let written = both.into_iter().flat_map(|value| STYLES.iter().map(|style| style.write(value)));
    // Go escapes what HTML has a meaning for.
    let go = both.into_iter().map(|value| {
        let text = COMPACT.write(value);
        text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
    });
    let floats = floats(value);
    let floats = (floats != *value).then(|| STYLES.iter().map(move |style| style.write(&floats)));
    written.chain(go).chain(floats.into_iter().flatten()).collect()
}

/// The same document with `100.0` for `100`, as languages write it whose numbers are floats.
fn floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().map_or_else(|| value.clone(), Value::from),
        Value::Array(items) => items.iter().map(floats).collect(),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, value)| (name.clone(), floats(value))).collect())
        }
        other => other.clone(),
    }
}

/// A document as Python prints it.
fn printed(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(printed).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", quoted(name), printed(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// Python prefers single quotation marks.
fn quoted(text: &str) -> String {
    let mark = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::from(mark);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == mark => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(mark);
    out
}

/// How a JSON library writes.
pub(super) struct Style {
    /// Between members, and behind a colon.
    blanks: bool,
    /// By how many blanks a level is indented; 0 on one line.
    indent: usize,
    /// `\uXXXX` for all that is not ASCII.
    ascii: bool,
    /// `\/`
    slashes: bool,
}

const COMPACT: Style = Style::new(false, 0, false, false);

pub(super) const STYLES: [Style; 14] = [
    COMPACT,
    Style::new(true, 0, false, false),
    Style::new(true, 0, true, false),
    Style::new(false, 0, true, false),
    Style::new(false, 0, true, true),
    Style::new(false, 0, false, true),
    Style::new(true, 2, false, false),
    Style::new(true, 4, false, false),
    Style::new(true, 2, true, false),
    Style::new(true, 4, true, false),
    Style::new(true, 4, true, true),
    Style::new(true, 4, false, true),
    Style::new(true, 1, false, false),
    Style::new(true, 3, false, false),
];

impl Style {
    const fn new(blanks: bool, indent: usize, ascii: bool, slashes: bool) -> Self {
        Self { blanks, indent, ascii, slashes }
    }

    pub(super) fn write(&self, value: &Value) -> String {
        let mut out = String::new();
        self.put(value, 0, &mut out);
        out
    }

    fn put(&self, value: &Value, depth: usize, out: &mut String) {
        // serde_json reads no deeper documents than 128 levels.
        match value {
            Value::Object(members) => {
                let items = members.iter().map(|(name, value)| (Some(name.as_str()), value));
                self.list('{', items, '}', depth, out);
            }
            Value::Array(items) => self.list('[', items.iter().map(|value| (None, value)), ']', depth, out),
            Value::String(text) => self.text(text, out),
            other => out.push_str(&other.to_string()),
        }
    }

    fn list<'a>(
        &self,
        open: char,
        items: impl ExactSizeIterator<Item = (Option<&'a str>, &'a Value)>,
        close: char,
        depth: usize,
        out: &mut String,
    ) {
        let empty = items.len() == 0;
        let line = |depth: usize, out: &mut String| {
            if self.indent > 0 && !empty {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', depth * self.indent));
            }
        };
        out.push(open);
        for (at, (name, item)) in items.enumerate() {
            if at > 0 {
                out.push_str(if self.blanks && self.indent == 0 { ", " } else { "," });
            }
            line(depth + 1, out);
            if let Some(name) = name {
                self.text(name, out);
                out.push_str(if self.blanks { ": " } else { ":" });
            }
            self.put(item, depth + 1, out);
        }
        line(depth, out);
        out.push(close);
    }

    fn text(&self, text: &str, out: &mut String) {
        let json = Value::String(text.to_owned()).to_string();
        for c in json.chars() {
            match c {
                '/' if self.slashes => out.push_str("\\/"),
                c if self.ascii && !c.is_ascii() => {
                    let mut units = [0; 2];
                    c.encode_utf16(&mut units).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
                }
                c => out.push(c),
            }
        }
    }
}

/// The same document with the members of each object in the order of their names.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: BTreeMap<_, _> = members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_as_libraries_write_it() {
        let value: Value = serde_json::from_str(r#"{"b":"测/é😀","a":[1,{}],"c":null}"#).unwrap();
        let written: Vec<String> = STYLES.iter().map(|style| style.write(&value)).collect();
        assert_eq!(written[0], value.to_string());
        assert_eq!(written[2], "{\"b\": \"\\u6d4b/\\u00e9\\ud83d\\ude00\", \"a\": [1, {}], \"c\": null}");
        assert_eq!(written[5], "{\"b\":\"测\\/é😀\",\"a\":[1,{}],\"c\":null}");
        assert_eq!(written[6], "{\n  \"b\": \"测/é😀\",\n  \"a\": [\n    1,\n    {}\n  ],\n  \"c\": null\n}");
        assert_eq!(sorted(&value).to_string(), r#"{"a":[1,{}],"b":"测/é😀","c":null}"#);
    }

    #[test]
    fn a_document_is_printed_as_python_prints_it() {
        let value: Value = serde_json::from_str(r#"{"a":["it's","\"x\"",1.5,true,null],"b":{}}"#).unwrap();
        assert_eq!(printed(&value), r#"{'a': ["it's", '"x"', 1.5, True, None], 'b': {}}"#);
        assert_eq!(others("plain"), Vec::<String>::new());
        assert_eq!(others("{"), Vec::<String>::new());
        assert!(others(r#"{"a": 1}"#).contains(&r#"{"a":1}"#.to_owned()));
    }
}
