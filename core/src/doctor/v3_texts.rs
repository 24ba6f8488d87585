//! What programs sign by mistake in place of the text of APIv3: each guess with its mistake.

use std::collections::BTreeMap;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::explanation::Mistake;
use crate::wire::form;
use crate::wire::signed;

/// What is signed of a request, as it was sent.
#[derive(Clone, Copy)]
pub(super) struct SentRequest<'a> {
    pub(super) method: &'a str,
    /// The URL as it was given.
    pub(super) url: &'a str,
    /// Its path with the query.
    pub(super) target: &'a str,
    pub(super) timestamp: &'a str,
    pub(super) nonce: &'a str,
    pub(super) body: &'a str,
}

impl SentRequest<'_> {
    /// The text to sign.
    pub(super) fn text(&self) -> String {
        signed::request(self.method, self.target, self.timestamp, self.nonce, self.body)
    }
}

/// Two mistakes at once are not tried on larger bodies.
const LARGE: usize = 2048;

/// The hosts of APIv3, for programs that sign the whole URL.
const HOSTS: [&str; 5] = [
    "api.mch.weixin.qq.com",
    "api2.mch.weixin.qq.com",
    "api.wechatpay.cn",
    "api2.wechatpay.cn",
    "apihk.mch.weixin.qq.com",
];

/// The texts that may have been signed in place of a request's, the likeliest first.
pub(super) fn of_request(sent: SentRequest<'_>) -> Vec<(Mistake, String)> {
    let right = sent.text();
    let mut found = Vec::new();
    let bodies = bodies_of_request(sent);
    let targets = targets(sent);
    found.extend(joined(sent, &right));
    found.extend(targets.iter().map(|(mistake, target)| (*mistake, SentRequest { target, ..sent }.text())));
    found.extend(bodies.iter().map(|(mistake, body)| (*mistake, SentRequest { body, ..sent }.text())));
    let seconds = sent.timestamp.parse::<i64>().ok();
    for seconds in seconds.iter().flat_map(|at| (-5..=5).map(move |off| at.saturating_add(off))) {
        for timestamp in [seconds.to_string(), format!("{seconds}000")] {
            found.push((Mistake::TIMESTAMP_DIFFERS, SentRequest { timestamp: &timestamp, ..sent }.text()));
        }
    }
    for nonce in [sent.nonce.to_lowercase(), sent.nonce.to_uppercase()] {
        found.push((Mistake::NONCE_DIFFERS, SentRequest { nonce: &nonce, ..sent }.text()));
    }
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        found.push((Mistake::METHOD_DIFFERS, SentRequest { method, ..sent }.text()));
    }
    // Two at once: a program that leaves the query out of a GET often signs it as the body, and one that signs the host forgets no less.
    let small = sent.body.len() <= LARGE;
    let few = |mistake: &Mistake| ![Mistake::URL_QUERY, Mistake::URL_QUERY_CUT].contains(mistake);
    for (mistake, target) in targets.iter().filter(|(mistake, _)| small && few(mistake)) {
        found.extend(bodies.iter().map(|(_, body)| (*mistake, SentRequest { target, body, ..sent }.text())));
        found.push((*mistake, without_last(&SentRequest { target, ..sent }.text())));
    }
    for (mistake, body) in &bodies {
        found.push((*mistake, without_last(&SentRequest { body, ..sent }.text())));
    }
    // The same as a line feed behind the body, where there is one.
    found.push((Mistake::LINES_JOINED_OTHERWISE, format!("{right}\n")));
    found.retain(|(_, text)| *text != right);
    found
}

/// The same lines, joined in other ways.
fn joined(sent: SentRequest<'_>, right: &str) -> Vec<(Mistake, String)> {
    let SentRequest { method, target, timestamp, nonce, body, .. } = sent;
    let lower = method.to_lowercase();
    let title: String = method.chars().take(1).chain(lower.chars().skip(1)).collect();
    let end = if body.is_empty() { Mistake::NO_EMPTY_BODY_LINE } else { Mistake::NO_FINAL_NEWLINE };
    let lines = [method, target, timestamp, nonce, body];
    vec![
        (end, without_last(right)),
        (end, [method, target, timestamp, nonce].join("\n")),
        (Mistake::CRLF_NEWLINES, format!("{}\r\n", lines.join("\r\n"))),
        (Mistake::CRLF_NEWLINES, lines.join("\r\n")),
        (Mistake::ESCAPED_NEWLINES, format!("{}\\n", lines.join("\\n"))),
        (Mistake::ESCAPED_NEWLINES, lines.join("\\n")),
        (Mistake::METHOD_LOWER_CASE, SentRequest { method: &lower, ..sent }.text()),
        (Mistake::METHOD_LOWER_CASE, SentRequest { method: &title, ..sent }.text()),
        (Mistake::LINES_JOINED_OTHERWISE, lines.concat()),
        (Mistake::LINES_JOINED_OTHERWISE, lines.join("&")),
        (Mistake::LINES_JOINED_OTHERWISE, lines.join(" ")),
        (Mistake::LINES_JOINED_OTHERWISE, signed::request(method, target, nonce, timestamp, body)),
        (Mistake::LINES_JOINED_OTHERWISE, signed::request(target, method, timestamp, nonce, body)),
        (Mistake::LINES_JOINED_OTHERWISE, format!("{timestamp}\n{nonce}\n{body}\n")),
        (Mistake::LINES_JOINED_OTHERWISE, format!("\u{feff}{right}")),
    ]
}

fn targets(sent: SentRequest<'_>) -> Vec<(Mistake, String)> {
    let target = sent.target;
    let (path, query) = target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
    let mut found = Vec::new();
    if sent.url.contains("://") {
        found.push((Mistake::URL_WITH_HOST, sent.url.to_owned()));
    }
    for host in HOSTS {
        for scheme in ["https://", "http://", ""] {
            found.push((Mistake::URL_WITH_HOST, format!("{scheme}{host}{target}")));
            found.push((Mistake::URL_WITH_HOST, format!("{scheme}{host}{path}")));
        }
    }
    let with = |path: &str| query.map_or_else(|| path.to_owned(), |query| format!("{path}?{query}"));
    let mut push = |mistake, target: String| found.push((mistake, target));
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let encoded_path = |text: &str| text.split('/').map(form::component).collect::<Vec<_>>().join("/");
    push(Mistake::URL_ENCODING, decoded(target));
    push(Mistake::URL_ENCODING, with(&decoded(path)));
    push(Mistake::URL_ENCODING, with(&encoded_path(path)));
    push(Mistake::URL_ENCODING, with(&encoded_path(&decoded(path))));
    push(Mistake::URL_ENCODING, form::component(target));
    // `requests` and browsers leave some characters as they are that others encode.
    let lower = lower_escapes(target);
    push(Mistake::URL_ENCODING, lower);
    push(Mistake::URL_SLASH, with(&format!("{path}/")));
    push(Mistake::URL_SLASH, with(path.trim_end_matches('/')));
    push(Mistake::URL_ENCODING, with(path.trim_start_matches('/')));
    if let Some(rest) = target.strip_prefix("/v3") {
        push(Mistake::URL_QUERY_CUT, rest.to_owned());
    }
    if let Some((_, fragment)) = sent.url.split_once('#') {
        push(Mistake::URL_WITH_HASH, format!("{target}#{fragment}"));
    }
    let Some(query) = query else {
        push(Mistake::URL_QUERY, format!("{path}?"));
        return found;
    };
    push(Mistake::URL_WITHOUT_QUERY, path.to_owned());
    push(Mistake::URL_WITHOUT_QUERY, format!("{path}?"));
    push(Mistake::URL_QUERY, format!("{path}{query}"));
    push(Mistake::URL_ESCAPED, format!("{path}?{}", query.replace('&', "&amp;")));
    push(Mistake::URL_ENCODING, format!("{path}?{}", decoded(query)));
    push(Mistake::URL_ENCODING, format!("{path}?{}", decoded(&query.replace('+', " "))));
    push(Mistake::URL_ENCODING, format!("{path}?{}", query.replace("%20", "+")));
    push(Mistake::URL_ENCODING, format!("{path}?{}", query.replace('+', "%20")));
    push(Mistake::URL_ENCODING, format!("{path}?{}", query.replace('%', "%25")));
    let pairs: Vec<&str> = query.split('&').collect();
    let encoded = pairs.iter().map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", form::component(&decoded(value))),
        None => (*pair).to_owned(),
    });
    push(Mistake::URL_ENCODING, format!("{path}?{}", encoded.collect::<Vec<_>>().join("&")));
    if (2..=6).contains(&pairs.len()) {
        for order in orders(pairs.len()) {
            let query: Vec<&str> = order.iter().filter_map(|at| pairs.get(*at).copied()).collect();
            push(Mistake::URL_QUERY, format!("{path}?{}", query.join("&")));
        }
        for left_out in 0..pairs.len() {
            let kept = pairs.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, pair)| *pair);
            push(Mistake::URL_QUERY_CUT, format!("{path}?{}", kept.collect::<Vec<_>>().join("&")));
        }
    }
    found
}

/// Percent-escapes with small letters.
fn lower_escapes(text: &str) -> String {
    let mut parts = text.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        format!("{out}%{}{rest}", digits.to_ascii_lowercase())
    })
}

/// All orders of so many things.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for order in orders(count - 1) {
        for at in 0..=order.len() {
            let mut longer = order.clone();
            longer.insert(at, count - 1);
            all.push(longer);
        }
    }
    all
}

fn bodies_of_request(sent: SentRequest<'_>) -> Vec<(Mistake, String)> {
    let mut found = Vec::new();
    let query = sent.target.split_once('?').map_or("", |(_, query)| query);
    if sent.body.is_empty() {
        let mut push = |body: String| found.push((Mistake::BODY_SIGNED_BUT_NOT_SENT, body));
        for body in ["{}", "null", "[]", "\"\"", "undefined", "None", "''", " ", "\n", "[object Object]"] {
            push(body.to_owned());
        }
        if !query.is_empty() {
            push(query.to_owned());
            let members: Map<String, Value> = query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into()))
                .collect();
            let object = Value::Object(members);
            STYLES.iter().for_each(|style| push(style.write(&object)));
        }
        return found;
    }
    for body in ["", "{}", "null"] {
        found.push((Mistake::BODY_NOT_SIGNED, body.to_owned()));
    }
    found.extend(rewritten(sent.body));
    found
}

/// The texts that may have been signed in place of a message's body: how frameworks change what they parse or decode.
pub(super) fn of_body(body: &[u8]) -> Vec<(Mistake, Vec<u8>)> {
    let mut found: Vec<(Mistake, Vec<u8>)> = Vec::new();
    if let Ok(text) = std::str::from_utf8(body) {
        found.extend(rewritten(text).into_iter().map(|(mistake, text)| (mistake, text.into_bytes())));
        // Read as Latin-1, or as GBK, and written as UTF-8.
        let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        found.extend(latin.map(|bytes| (Mistake::BODY_OTHER_CHARSET, bytes)));
        let (gbk, _, lossy) = encoding_rs::GBK.encode(text);
        if !lossy {
            found.push((Mistake::BODY_OTHER_CHARSET, gbk.into_owned()));
        }
    } else {
        // Written as GBK or Latin-1.
        let (text, _, lossy) = encoding_rs::GBK.decode(body);
        if !lossy {
            found.push((Mistake::BODY_OTHER_CHARSET, text.into_owned().into_bytes()));
        }
    }
    if let Some(rest) = body.strip_prefix(b"\xef\xbb\xbf") {
        found.push((Mistake::BODY_TRIMMED, rest.to_vec()));
    }
    found.retain(|(_, text)| text != body);
    found
}

/// A body in other JSON texts, and with other white space or escapes.
fn rewritten(body: &str) -> Vec<(Mistake, String)> {
    let mut found = Vec::new();
    let trimmed = body.trim();
    for text in [
        trimmed.to_owned(),
        format!("{body}\n"),
        format!("{body}\r\n"),
        body.replace("\r\n", "\n"),
        body.replace('\n', "\r\n"),
    ] {
        found.push((Mistake::BODY_TRIMMED, text));
    }
    let unescaped = body
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    found.push((Mistake::BODY_HTML_ESCAPED, unescaped.replace("&amp;", "&")));
    found.push((Mistake::BODY_HTML_ESCAPED, body.replace('&', "&amp;").replace('"', "&quot;")));
    if let Ok(value) = serde_json::from_str::<Value>(trimmed) {
        // A JSON text inside a JSON text: it was written twice.
        if let Value::String(inner) = &value {
            found.push((Mistake::BODY_RESERIALISED, inner.clone()));
        }
        let sorted = sorted(&value);
        for style in &STYLES {
            found.push((Mistake::BODY_RESERIALISED, style.write(&value)));
        }
        for style in &STYLES {
            found.push((Mistake::BODY_RESERIALISED, style.write(&sorted)));
        }
        found.push((Mistake::BODY_RESERIALISED, Value::String(body.to_owned()).to_string()));
        found.push((Mistake::BODY_RESERIALISED, body.replace("\\/", "/")));
        found.push((Mistake::BODY_RESERIALISED, body.replace('/', "\\/")));
    }
    found.retain(|(_, text)| text != body);
    found
}

/// How a JSON library writes.
struct Style {
    /// Between members, and behind a colon.
    blanks: bool,
    /// By how many blanks a level is indented; 0 on one line.
    indent: usize,
    /// `\uXXXX` for all that is not ASCII.
    ascii: bool,
    /// `\/`
    slashes: bool,
}

const STYLES: [Style; 14] = [
    Style::new(false, 0, false, false),
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

    fn write(&self, value: &Value) -> String {
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

fn without_last(text: &str) -> String {
    text.strip_suffix('\n').unwrap_or(text).to_owned()
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
    fn escapes_in_small_letters_alone() {
        assert_eq!(lower_escapes("/A%7CB%E6%AF?X=%2A"), "/A%7cB%e6%af?X=%2a");
    }

    #[test]
    fn orders_are_all_there_are() {
        assert_eq!(orders(3).len(), 6);
        assert_eq!(orders(6).len(), 720);
    }
}
