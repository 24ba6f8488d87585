//! The examples of objects in errors, as the language writes them whose package raises the error. Core writes JSON.

use serde::de::IgnoredAny;

use crate::table::row::By;
use crate::table::{Field, Sender, example};

/// What stands before an example in a text, in English and in Chinese.
const BEFORE: [&str; 2] = ["such as ", "例如 "];

/// An example of the object, or the list of objects, that a field takes, as JSON; `None` for a field of plain values.
pub fn json(field: &Field) -> Option<String> {
    example::of(field, By::any(Sender::Direct)).map(|example| example.json)
}

/// The text with its examples as Python writes a dict or a list.
pub fn in_python(text: String) -> String {
    rewritten(text, |quoted, part| match (quoted, part) {
        (false, part) => part.replace("true", "True").replace("false", "False").replace("null", "None"),
        (true, part) => part.to_owned(),
    })
}

/// The text with its examples as JavaScript writes an object or an array.
pub fn in_javascript(text: String) -> String {
    rewritten(text, |quoted, part| match (quoted, part.strip_suffix(": ")) {
        (true, Some(name)) => format!("{}: ", name.trim_matches('"')),
        (true, None) => format!("'{}'", part.trim_matches('"')),
        (false, _) => part.replace('{', "{ ").replace('}', " }"),
    })
}

/// The text with each part of its examples written anew: a text with its quotes, with `: ` behind it if it is a name; and what stands between
/// texts.
fn rewritten(text: String, write: impl Fn(bool, &str) -> String) -> String {
    let (mut done, mut rest) = (String::new(), text.as_str());
    // The first of them.
    while let Some(after) =
        BEFORE.iter().filter_map(|mark| Some(rest.split_once(mark)?.1)).max_by_key(|after| after.len())
    {
        let (known, _) = rest.split_at(rest.len() - after.len());
        done.push_str(known);
        let length = if after.starts_with(['{', '[']) { length(after) } else { None };
        let (example, others) = after.split_at(length.unwrap_or_default());
        for part in parts(example) {
            done.push_str(&write(part.starts_with('"'), part));
        }
        rest = others;
    }
    if done.is_empty() { text } else { done + rest }
}

/// The length of the JSON that a text begins with.
fn length(text: &str) -> Option<usize> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<IgnoredAny>();
    values.next()?.ok()?;
    Some(values.byte_offset())
}

/// The texts of JSON with their quotes, names with the `: ` behind them, and what stands between them. No text of an example has a quote
/// inside.
fn parts(json: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), json);
    while let Some(begin) = rest.find('"') {
        let (before, text) = rest.split_at(begin);
        let quotes = text.match_indices('"').nth(1).map_or(text.len(), |(end, _)| end + 1);
        let end = if text.get(quotes..).is_some_and(|after| after.starts_with(": ")) { quotes + 2 } else { quotes };
        let (text, after) = text.split_at(end);
        parts.extend([before, text]);
        rest = after;
    }
    parts.push(rest);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_written_as_the_language_does() {
        for (core, python, javascript) in [
            (
                r#"must be an object (V3OrderAmount) such as {"total": 100, "currency": "CNY"}, not an integer"#,
                r#"must be an object (V3OrderAmount) such as {"total": 100, "currency": "CNY"}, not an integer"#,
                "must be an object (V3OrderAmount) such as { total: 100, currency: 'CNY' }, not an integer",
            ),
            (
                r#"必填：对象的列表，例如 [{"amount": {"total_amount": 100}, "shared": true}]"#,
                r#"必填：对象的列表，例如 [{"amount": {"total_amount": 100}, "shared": True}]"#,
                "必填：对象的列表，例如 [{ amount: { total_amount: 100 }, shared: true }]",
            ),
            // Another text than an example stays.
            (
                r#"a time, such as 2018-06-08T10:34:56+08:00; the body {"a": true} is «such as {» here"#,
                r#"a time, such as 2018-06-08T10:34:56+08:00; the body {"a": true} is «such as {» here"#,
                r#"a time, such as 2018-06-08T10:34:56+08:00; the body {"a": true} is «such as {» here"#,
            ),
            ("", "", ""),
        ] {
            assert_eq!(in_python(core.to_owned()), python);
            assert_eq!(in_javascript(core.to_owned()), javascript);
        }
    }
}
