//! The texts in which programs write the same JSON document.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use serde_json::{Map, Value};

use super::permutations::permutations;
use crate::explanation::Mistake;

/// Takes a guess and says whether to go on. A guess is made when the one before it did not fit, so that no more are made than are tried,
/// and not all of them are in memory at once.
pub(super) type Try<'a, Text, Found> = &'a mut dyn FnMut(Mistake, Text) -> ControlFlow<Found>;

/// The texts of an object or a list, as programs write it that parse and write it again, or print it. None for any other text.
/// Each is written when it is asked for.
pub(super) fn rewritten(text: &str) -> impl Iterator<Item = String> + use<> {
    let value = Some(text).filter(|text| is_document(text)).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let length = text.len();
    value.into_iter().flat_map(move |value| {
        let printed = value.clone();
        all(&value).chain(std::iter::once_with(move || python(&printed))).chain(reordered(&value, length))
    })
}

/// The texts of a document whose objects have their members in other orders, as maps without an order write them. Those of one kind have
/// the same order. None for objects of many members. `length` is that of the document.
fn reordered(value: &Value, length: usize) -> impl Iterator<Item = String> + use<> {
    /// Five members have 120 orders.
    const MEMBERS: usize = 5;
    /// The bytes of all texts together, which are as many less as the document is longer.
    const MOST: usize = 256 * 1024;
    let mut kinds = Vec::new();
    kinds_of(value, &mut kinds);
    kinds.retain(|names| (2..=MEMBERS).contains(&names.len()));
    let kinds: Vec<(Vec<String>, Vec<Vec<usize>>)> =
        kinds.into_iter().map(|names| (names.clone(), permutations(names.len()))).collect();
    let most = MOST / (length + 1);
    let all = kinds.iter().fold(1_usize, |all, (_, orders)| all.saturating_mul(orders.len()));
    let count = if kinds.is_empty() { 0 } else { all.min(most) };
    let value = value.clone();
    (0..count).flat_map(move |number| {
        let mut rest = number;
        let chosen = kinds.iter().map(|(names, orders)| {
            let order = orders.get(rest % orders.len()).map_or(&[][..], Vec::as_slice);
            rest /= orders.len();
            (names.as_slice(), order)
        });
        let other = arranged(&value, &chosen.collect::<Vec<_>>());
        USUAL.into_iter().take(2).map(move |style| style.write(&other))
    })
}

/// The names of the members of each kind of object in a document.
fn kinds_of(value: &Value, kinds: &mut Vec<Vec<String>>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| kinds_of(item, kinds)),
        Value::Object(members) => {
            let names: Vec<String> = members.keys().cloned().collect();
            if !kinds.contains(&names) && kinds.len() < 4 {
                kinds.push(names);
            }
            members.values().for_each(|member| kinds_of(member, kinds));
        }
        _ => {}
    }
}

/// The same document with the members of each kind of object in this order.
fn arranged(value: &Value, orders: &[(&[String], &[usize])]) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| arranged(item, orders)).collect(),
        Value::Object(members) => {
            let order = orders.iter().find(|(names, _)| members.keys().eq(names.iter())).map(|(_, order)| *order);
            let inner = |(name, member): (&String, &Value)| (name.clone(), arranged(member, orders));
            match order {
                Some(order) => order.iter().filter_map(|at| members.iter().nth(*at)).map(inner).collect::<Map<_, _>>(),
                None => members.iter().map(inner).collect(),
            }
            .into()
        }
        other => other.clone(),
    }
}

/// A document as languages print an object of theirs. Each text is written when it is asked for.
pub(super) fn printed(value: &Value) -> impl Iterator<Item = String> + use<> {
    const PRINTERS: [fn(&Value) -> String; 4] =
        [python, java, |_| "[object Object]".to_owned(), |_| "Array".to_owned()];
    let value = value.clone();
    PRINTERS.into_iter().map(move |print| counted(print(&value)))
}

/// A document whose names are spelt as another language spells them, in the styles that are most usual. Each text is written when it is
/// asked for.
pub(super) fn renamed(value: &Value) -> impl Iterator<Item = String> + use<> {
    let spelt = SPELLINGS.map(|spelt| spelt_as(value, spelt)).into_iter().filter(|spelt| spelt != value);
    let documents: Vec<Value> = spelt.collect();
    documents.into_iter().flat_map(|value| USUAL.map(|style| style.write(&value)))
}

const SPELLINGS: [fn(&str) -> String; 3] = [camel, snake, |name| name.to_lowercase()];

/// The same document with other names.
pub(super) fn spelt_as(value: &Value, spelt: fn(&str) -> String) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| spelt_as(item, spelt)).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, value)| (spelt(name), spelt_as(value, spelt))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// `out_trade_no` as `outTradeNo`.
pub(super) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut text, word| {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
        text
    })
}

/// `outTradeNo` as `out_trade_no`.
pub(super) fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() && !text.is_empty() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
}

/// A document without its members that are null, and without those that are empty too, in the styles that are most usual; none where it has
/// no such members.
pub(super) fn without_nothing(value: &Value) -> impl Iterator<Item = String> + use<> {
    let kept = [is_null, is_nothing].map(|is_left_out| without(value, is_left_out));
    let documents: Vec<Value> = kept.into_iter().filter(|kept| kept != value).collect();
    documents.into_iter().flat_map(|value| USUAL.map(|style| style.write(&value)))
}

fn is_null(value: &Value) -> bool {
    value.is_null()
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_str() == Some("")
}

fn without(value: &Value, is_left_out: fn(&Value) -> bool) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| without(item, is_left_out)).collect(),
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, member)| !is_left_out(member));
            kept.map(|(name, member)| (name.clone(), without(member, is_left_out))).collect::<Map<_, _>>().into()
        }
        other => other.clone(),
    }
}

/// A document that Python printed (`str(dict)`); `None` for any other text.
pub(super) fn of_python(text: &str) -> Option<Value> {
    let text = text.trim();
    if !text.starts_with("{'") {
        return None;
    }
    let (mut json, mut rest) = (String::with_capacity(text.len() + 16), text);
    while let Some(at) = rest.find(['\'', '"']) {
        let (before, quoted) = rest.split_at(at);
        json.push_str(&before.replace("None", "null").replace("True", "true").replace("False", "false"));
        let (inner, after) = string_of_python(quoted)?;
        json.push_str(&Value::String(String::from_utf8(inner).ok()?).to_string());
        rest = after;
    }
    json.push_str(&rest.replace("None", "null").replace("True", "true").replace("False", "false"));
    serde_json::from_str(&json).ok()
}

/// The bytes that Python printed (`str(bytes)`): `b'…'`.
pub(super) fn bytes_of_python(text: &str) -> Option<Vec<u8>> {
    let quoted = text.trim().strip_prefix('b').filter(|rest| rest.starts_with(['\'', '"']))?;
    string_of_python(quoted).filter(|(_, after)| after.is_empty()).map(|(inner, _)| inner)
}

/// The contents of a string of Python's at the beginning of a text, and what follows it.
fn string_of_python(text: &str) -> Option<(Vec<u8>, &str)> {
    let mut chars = text.char_indices();
    let (_, mark) = chars.next()?;
    let mut out = Vec::with_capacity(text.len());
    while let Some((at, c)) = chars.next() {
        if c == mark {
            return Some((out, text.get(at + 1..)?));
        }
        if c != '\\' {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            continue;
        }
        match chars.next()?.1 {
            'n' => out.push(b'\n'),
            'r' => out.push(b'\r'),
            't' => out.push(b'\t'),
            'x' => {
                let digits: String = [chars.next()?.1, chars.next()?.1].into_iter().collect();
                out.push(u8::from_str_radix(&digits, 16).ok()?);
            }
            other => out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    None
}

fn counted(text: String) -> String {
    #[cfg(test)]
    tests::WRITTEN.set(tests::WRITTEN.get() + text.len());
    text
}

/// Whether a text looks like an object or a list.
pub(super) fn is_document(text: &str) -> bool {
    text.trim_start().starts_with(['{', '['])
}

/// A document as JSON libraries write it, its members in their order or by name. Each text is written when it is asked for.
///
/// A text is only so many times as long as the document: anybody may send one that is nested deep, whose lines would be mostly blanks.
pub(super) fn all(value: &Value) -> impl Iterator<Item = String> + use<> {
    let floats = floats(value);
    let floats = (floats != *value).then_some(floats);
    let documents: Vec<Value> = [value.clone(), sorted(value)].into_iter().chain(floats).collect();
    let most_blanks = 4 * COMPACT.write(value).len() + 1024;
    let levels = levels(value, 0);
    let fits = move |style: &&Style| levels.saturating_mul(style.indent) <= most_blanks;
    let styles = move |at: usize| STYLES.iter().filter(fits).map(move |style| (at, style));
    let go = [(0, &GO), (1, &GO)];
    let texts = styles(0).chain(styles(1)).chain(go).chain(styles(2));
    texts.filter_map(move |(at, style)| documents.get(at).map(|value| style.write(value)))
}

/// By how many levels all lines together are indented, where each element has its line.
fn levels(value: &Value, depth: usize) -> usize {
    let of_items: usize = match value {
        Value::Array(items) => items.iter().map(|item| depth + 1 + levels(item, depth + 1)).sum(),
        Value::Object(members) => members.values().map(|member| depth + 1 + levels(member, depth + 1)).sum(),
        _ => 0,
    };
    // The closing bracket has a line too.
    if of_items == 0 { 0 } else { of_items + depth }
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
pub(super) fn python(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!("[{}]", items.iter().map(python).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{}: {}", quoted(name), python(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// A document as Java's maps and lists print themselves.
fn java(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(java).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}={}", java(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Python prefers single quotation marks.
pub(super) fn quoted(text: &str) -> String {
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
    /// A blank or a tab.
    blank: char,
    /// `\uXXXX` for all that is not ASCII.
    ascii: bool,
    /// `\/`
    slashes: bool,
    /// `\uXXXX` for what HTML has a meaning for.
    html: bool,
}

pub(super) const COMPACT: Style = Style::new(false, 0, false, false);
const GO: Style = Style { html: true, ..COMPACT };

/// So many of the styles write on one line; they come first.
pub(super) const ON_ONE_LINE: usize = 6;

pub(super) const STYLES: [Style; 15] = [
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
    // Go's MarshalIndent with tabs.
    Style { blank: '\t', ..Style::new(true, 1, false, false) },
];

/// The styles in which most programs write.
const USUAL: [&Style; 4] = [
    &COMPACT,
    &Style::new(true, 0, false, false),
    &Style::new(false, 0, true, false),
    &Style::new(false, 0, true, true),
];

impl Style {
    const fn new(blanks: bool, indent: usize, ascii: bool, slashes: bool) -> Self {
        Self { blanks, indent, blank: ' ', ascii, slashes, html: false }
    }

    pub(super) fn write(&self, value: &Value) -> String {
        let mut out = String::new();
        self.put(value, 0, &mut out);
        counted(out)
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
                out.extend(std::iter::repeat_n(self.blank, depth * self.indent));
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
        out.push('"');
        let mut rest = text;
        // What is written as it is, in one piece: a resource of a notification has thousands of such bytes.
        while let Some(at) = rest.bytes().position(|byte| !self.is_plain(byte)) {
            let (plain, other) = rest.split_at(at);
            out.push_str(plain);
            let mut chars = other.chars();
            if let Some(c) = chars.next() {
                self.other(c, out);
            }
            rest = chars.as_str();
        }
        out.push_str(rest);
        out.push('"');
    }

    /// Whether a byte is a character that is written as it is.
    fn is_plain(&self, byte: u8) -> bool {
        match byte {
            b'"' | b'\\' => false,
            b'/' => !self.slashes,
            b'&' | b'<' | b'>' => !self.html,
            _ => matches!(byte, b' '..=b'\x7e'),
        }
    }

    fn other(&self, c: char, out: &mut String) {
        let escaped = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\x08' => "\\b",
            '\x0c' => "\\f",
            '/' => "\\/",
            '\0'..='\x1f' | '&' | '<' | '>' => return escape(c, out),
            c if self.ascii && !c.is_ascii() => return escape(c, out),
            c => return out.push(c),
        };
        out.push_str(escaped);
    }
}

/// `\uXXXX` for each of a character's units.
fn escape(c: char, out: &mut String) {
    c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
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
pub(super) mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        /// How many bytes were written on this thread.
        pub(super) static WRITTEN: Cell<usize> = const { Cell::new(0) };
    }

    /// How many bytes some work writes.
    pub(in super::super) fn written(work: impl FnOnce()) -> usize {
        WRITTEN.set(0);
        work();
        WRITTEN.get()
    }

    #[test]
    fn json_is_written_as_libraries_write_it() {
        let value: Value = serde_json::from_str(r#"{"b":"测/é😀","a":[1,{}],"c":null}"#).unwrap();
        let written: Vec<String> = STYLES.iter().map(|style| style.write(&value)).collect();
        assert_eq!(written[0], value.to_string());
        assert_eq!(written[2], "{\"b\": \"\\u6d4b/\\u00e9\\ud83d\\ude00\", \"a\": [1, {}], \"c\": null}");
        assert_eq!(written[5], "{\"b\":\"测\\/é😀\",\"a\":[1,{}],\"c\":null}");
        // All that JSON has an escape for.
        let marks: String = ('\0'..='\u{a0}').collect();
        assert_eq!(COMPACT.write(&marks.clone().into()), Value::String(marks).to_string());
        assert_eq!(GO.write(&"<a&b>/".into()), "\"\\u003ca\\u0026b\\u003e/\"");
        assert_eq!(written[6], "{\n  \"b\": \"测/é😀\",\n  \"a\": [\n    1,\n    {}\n  ],\n  \"c\": null\n}");
        assert_eq!(sorted(&value).to_string(), r#"{"a":[1,{}],"b":"测/é😀","c":null}"#);
    }

    /// Documents that grow most when they are written with indentation: many short elements deep inside.
    pub(in super::super) fn grown(length: usize) -> Vec<String> {
        let nested = |depth: usize, inside: &str| format!("{}{inside}{}", "[".repeat(depth), "]".repeat(depth));
        let members = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        vec![
            nested(120, &format!("{}1", "1,".repeat(length.saturating_sub(240) / 2))),
            nested(40, &format!("{}1", "1,".repeat(length.saturating_sub(80) / 2))),
            format!("[{}]", vec![nested(100, "1"); length / 202].join(",")),
            format!("[{}]", vec![members(100); length / 702].join(",")),
            format!("[{}1]", "1,".repeat(length / 2)),
            nested(2, &format!("{}1", "1,".repeat(length.saturating_sub(4) / 2))),
            format!("{{{}}}", (0..length / 9).map(|at| format!("\"{at:04}\":1")).collect::<Vec<_>>().join(",")),
        ]
    }

    #[test]
    fn the_texts_of_a_document_are_only_so_many_times_as_long_as_it() {
        for text in [839, 1400, 15_000].into_iter().flat_map(grown) {
            let value: Value = serde_json::from_str(&text).unwrap();
            let (mut longest, mut written) = (0, 0);
            for other in all(&value) {
                longest = longest.max(other.len());
                written += other.len();
            }
            let shown = text.get(..40).unwrap();
            assert!(longest <= 16 * text.len() + 2048, "{longest} of {}: {shown}", text.len());
            assert!(written <= 48 * 4 * text.len() + 48 * 1024, "{written} of {}: {shown}", text.len());
        }
    }

    #[test]
    fn a_text_is_written_when_it_is_asked_for() {
        for text in grown(1400) {
            let value: Value = serde_json::from_str(&text).unwrap();
            // One more is written, to learn how long the document is.
            let bytes = written(|| assert_eq!(all(&value).next(), Some(value.to_string())));
            assert!(bytes <= 2 * text.len() + 2, "{bytes} of {}", text.len());
        }
    }

    #[test]
    fn documents_of_common_depth_are_written_with_indentation() {
        let value: Value = serde_json::from_str(r#"{"a":{"b":{"c":{"d":[{"e":[1,2,{"f":1}]}]}}}}"#).unwrap();
        let written: Vec<String> = all(&value).collect();
        assert!(STYLES.iter().all(|style| written.contains(&style.write(&value))));
    }

    #[test]
    fn a_document_is_printed_as_python_prints_it() {
        let value: Value = serde_json::from_str(r#"{"a":["it's","\"x\"",1.5,true,null],"b":{}}"#).unwrap();
        assert_eq!(python(&value), r#"{'a': ["it's", '"x"', 1.5, True, None], 'b': {}}"#);
        assert_eq!(rewritten("plain").next(), None);
        assert_eq!(rewritten("{").next(), None);
        assert!(rewritten(r#"{"a": 1}"#).any(|text| text == r#"{"a":1}"#));
        assert!(
            rewritten(r#"{"a":1,"b":[{"c":2,"d":3,"e":4}]}"#)
                .any(|text| text == r#"{"b":[{"d":3,"c":2,"e":4}],"a":1}"#)
        );
        assert!(rewritten(r#"{"a": "<&>"}"#).any(|text| text == r#"{"a":"\u003c\u0026\u003e"}"#));
    }
}
