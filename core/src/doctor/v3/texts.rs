//! What programs sign by mistake in place of the text of APIv3: each guess with its mistake.

use std::ops::ControlFlow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::documents;
use crate::crypto::digest::{LOWER, UPPER, hex};
use crate::doctor::changes::strictly;
use crate::doctor::escapes::{self, small_percents};
use crate::doctor::json_texts::{self, STYLES, Try};
use crate::doctor::message;
use crate::doctor::notification;
use crate::doctor::permutations::permutations;
use crate::explanation::{Mistake, Proof};
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
pub(super) fn of_request<F>(sent: SentRequest<'_>, tried: Try<'_, String, F>) -> ControlFlow<F> {
    let right = sent.text();
    let mut tried =
        |mistake, text: String| if text == right { ControlFlow::Continue(()) } else { tried(mistake, text) };
    for (mistake, text) in joined(sent, &right) {
        tried(mistake, text)?;
    }
    let targets = targets(sent);
    for (mistake, target) in &targets {
        tried(*mistake, SentRequest { target, ..sent }.text())?;
    }
    // Those of a large body are written twice, and not kept.
    let small = sent.body.len() <= LARGE;
    let mut bodies = Vec::new();
    bodies_of_request(sent, &mut |mistake, body: String| {
        tried(mistake, SentRequest { body: &body, ..sent }.text())?;
        bodies.extend(small.then_some(body));
        ControlFlow::Continue(())
    })?;
    let seconds = sent.timestamp.parse::<i64>().ok();
    if let Some(timestamp) = sent.timestamp.get(..10).filter(|_| sent.timestamp.len() == 13) {
        tried(Mistake::TIME_OTHER_FORM, SentRequest { timestamp, ..sent }.text())?;
    }
    for end in [".0", ".000"] {
        let timestamp = format!("{}{end}", sent.timestamp);
        tried(Mistake::TIME_OTHER_FORM, SentRequest { timestamp: &timestamp, ..sent }.text())?;
    }
    for seconds in seconds.iter().flat_map(|at| (-5..=5).map(move |off| at.saturating_add(off))) {
        for timestamp in [seconds.to_string(), format!("{seconds}000")] {
            tried(Mistake::TIMESTAMP_DIFFERS, SentRequest { timestamp: &timestamp, ..sent }.text())?;
        }
    }
    // Milliseconds of the same moment, where a guess costs little.
    if let Some(at) = seconds.filter(|_| right.len() <= LARGE) {
        for millisecond in -500..1000 {
            let timestamp = at.saturating_mul(1000).saturating_add(millisecond).to_string();
            tried(Mistake::TIME_OTHER_FORM, SentRequest { timestamp: &timestamp, ..sent }.text())?;
        }
    }
    for (mistake, nonce) in other_nonces(sent.nonce) {
        tried(mistake, SentRequest { nonce: &nonce, ..sent }.text())?;
    }
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        tried(Mistake::METHOD_DIFFERS, SentRequest { method, ..sent }.text())?;
    }
    for (mistake, body) in digests(sent.body).into_iter().chain(characters_lost(sent.body)) {
        tried(mistake, SentRequest { body: &body, ..sent }.text())?;
    }
    documents::others(sent.body, documents::OF_REQUEST, &mut |mistake, body: String| {
        tried(mistake, SentRequest { body: &body, ..sent }.text())
    })?;
    // Two at once: a program that leaves the query out of a GET often signs it as the body, and one that signs the host forgets no less.
    let few =
        |mistake: &Mistake| ![Mistake::URL_QUERY, Mistake::URL_QUERY_CUT, Mistake::URL_TEMPLATE].contains(mistake);
    for (mistake, target) in targets.iter().filter(|(mistake, _)| small && few(mistake)) {
        for body in &bodies {
            tried(*mistake, SentRequest { target, body, ..sent }.text())?;
        }
        tried(*mistake, without_last(&SentRequest { target, ..sent }.text()))?;
    }
    bodies_of_request(sent, &mut |mistake, body: String| {
        tried(mistake, without_last(&SentRequest { body: &body, ..sent }.text()))
    })?;
    ControlFlow::Continue(())
}

/// A nonce in the other letter case, and a UUID with or without its hyphens.
pub(in crate::doctor) fn other_nonces(nonce: &str) -> Vec<(Mistake, String)> {
    let bare = nonce.replace('-', "");
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| bare.get(part));
    let is_uuid = bare.len() == 32 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    let hyphened = is_uuid.then(|| parts.into_iter().flatten().collect::<Vec<_>>().join("-"));
    let others: Vec<String> = [bare].into_iter().chain(hyphened).filter(|other| other != nonce).collect();
    let cases = |text: &String| [text.to_lowercase(), text.to_uppercase()];
    let in_cases: Vec<String> = others.iter().flat_map(cases).collect();
    let hyphens = others.into_iter().chain(in_cases).map(|other| (Mistake::HYPHENS_DIFFER, other));
    cases(&nonce.to_owned()).map(|other| (Mistake::NONCE_DIFFERS, other)).into_iter().chain(hyphens).collect()
}

/// The digest of a body, as programs sign it that know another scheme.
fn digests(body: &str) -> Vec<(Mistake, String)> {
    let digest = Sha256::digest(body.as_bytes());
    let written = [hex(&digest, LOWER), hex(&digest, UPPER), BASE64_STANDARD.encode(digest)];
    written.into_iter().map(|text| (Mistake::BODY_HASHED, text)).collect()
}

/// A text whose characters were lost in a character set that does not have them, or read in one that is not theirs.
fn characters_lost(body: &str) -> Vec<(Mistake, String)> {
    let texts = [
        escapes::each_other_than_ascii(body, |_| "?".into()),
        escapes::each_other_than_ascii(body, |c| "?".repeat(c.len_utf8())),
        escapes::each_other_than_ascii(body, |c| "?".repeat(c.len_utf16())),
        escapes::each_other_than_ascii(body, |_| "\u{fffd}".into()),
        escapes::each_other_than_ascii(body, |c| "\u{fffd}".repeat(c.len_utf8())),
        escapes::each_other_than_ascii(body, |_| String::new()),
        escapes::misread(body, escapes::LATIN_1),
        escapes::misread(body, escapes::WINDOWS_1252),
        escapes::misread(body, escapes::GBK),
        escapes::reread(body, escapes::LATIN_1),
        escapes::reread(body, escapes::WINDOWS_1252),
        escapes::reread(body, escapes::GBK),
    ];
    texts.into_iter().flatten().map(|text| (Mistake::BODY_OTHER_CHARSET, text)).collect()
}

/// The text with the merchant's number, or the serial number, as one more line.
pub(super) fn with_lines(sent: &SentRequest<'_>, more: [&str; 2]) -> Vec<(Mistake, String)> {
    let lines = [sent.method, sent.target, sent.timestamp, sent.nonce, sent.body];
    let with = |line: &str, place: usize| {
        let (before, behind) = lines.split_at_checked(place).unwrap_or_default();
        let all = before.iter().chain([&line]).chain(behind);
        (Mistake::LINES_JOINED_OTHERWISE, all.map(|line| format!("{line}\n")).collect::<String>())
    };
    let more = more.into_iter().filter(|line| !line.is_empty());
    more.flat_map(|line| (0..=lines.len()).map(move |place| with(line, place))).collect()
}

/// The same lines, joined in other ways.
fn joined(sent: SentRequest<'_>, right: &str) -> Vec<(Mistake, String)> {
    let SentRequest { method, target, timestamp, nonce, body, .. } = sent;
    let lower = method.to_lowercase();
    let title: String = method.chars().take(1).chain(lower.chars().skip(1)).collect();
    let end = match body {
        "" => Mistake::NO_EMPTY_BODY_LINE,
        // Without the text's own line feed, or without the body's: the bytes are the same.
        _ if body.ends_with('\n') => Mistake::NO_NEWLINE_AFTER_BODY,
        _ => Mistake::NO_FINAL_NEWLINE,
    };
    let lines = [method, target, timestamp, nonce, body];
    // The lines of a here-document, or of a template in the program's text, with the blanks before them.
    let indents = ["  ", "    ", "      ", "        ", "            ", "\t", "\t\t"];
    let indented = indents.iter().filter(|_| right.len() <= LARGE).flat_map(|indent| {
        let rest = lines.join(&format!("\n{indent}"));
        ["".to_owned(), (*indent).to_owned()].into_iter().flat_map(move |first| {
            let text = format!("{first}{rest}");
            [format!("{text}\n"), format!("{text}\n{indent}"), text]
        })
    });
    let indented = indented.map(|text| (Mistake::LINES_JOINED_OTHERWISE, text));
    let others = vec![
        (end, without_last(right)),
        (if body.is_empty() { end } else { Mistake::BODY_NOT_SIGNED }, [method, target, timestamp, nonce].join("\n")),
        (Mistake::EXTRA_NEWLINE, format!("{right}\n")),
        (Mistake::CRLF_NEWLINES, format!("{}\r\n", lines.join("\r\n"))),
        (Mistake::CRLF_NEWLINES, lines.join("\r\n")),
        (Mistake::ESCAPED_NEWLINES, format!("{}\\n", lines.join("\\n"))),
        (Mistake::ESCAPED_NEWLINES, lines.join("\\n")),
        (Mistake::METHOD_LOWER_CASE, SentRequest { method: &lower, ..sent }.text()),
        (Mistake::METHOD_LOWER_CASE, SentRequest { method: &title, ..sent }.text()),
        (Mistake::LINES_JOINED_OTHERWISE, lines.concat()),
        (Mistake::LINES_JOINED_OTHERWISE, lines.join("&")),
        (Mistake::LINES_JOINED_OTHERWISE, lines.join(" ")),
        (Mistake::LINES_JOINED_OTHERWISE, format!("{} ", lines.join(" "))),
        (Mistake::LINES_JOINED_OTHERWISE, format!("{}\n", lines.join(" "))),
        (Mistake::LINES_JOINED_OTHERWISE, format!("{}&", lines.join("&"))),
        (Mistake::LINES_JOINED_OTHERWISE, format!("{}\n", lines.join("&"))),
        (Mistake::LINES_JOINED_OTHERWISE, signed::request(method, target, nonce, timestamp, body)),
        (Mistake::LINES_JOINED_OTHERWISE, signed::request(target, method, timestamp, nonce, body)),
        (Mistake::LINES_JOINED_OTHERWISE, format!("{timestamp}\n{nonce}\n{body}\n")),
        (Mistake::LINES_JOINED_OTHERWISE, format!("\n{right}")),
        (Mistake::BYTE_ORDER_MARK, format!("\u{feff}{right}")),
        // As APIv2 joins fields.
        (
            Mistake::LINES_JOINED_OTHERWISE,
            format!("body={body}&method={method}&nonce_str={nonce}&timestamp={timestamp}&url={target}"),
        ),
    ];
    others.into_iter().chain(indented).collect()
}

/// So many parameters of a query are each tried without a value.
const FEW: usize = 8;

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
    push(Mistake::URL_ENCODING, small_percents(target));
    push(Mistake::URL_SLASH, with(&format!("{path}/")));
    push(Mistake::URL_SLASH, with(path.trim_end_matches('/')));
    push(Mistake::URL_WITHOUT_FIRST_SLASH, with(path.trim_start_matches('/')));
    if let Some(rest) = target.strip_prefix("/v3") {
        push(Mistake::URL_WITHOUT_V3, rest.to_owned());
        push(Mistake::URL_V3_TWICE, format!("/v3{target}"));
    }
    let fragment = sent.url.split_once('#').map_or("", |(_, fragment)| fragment);
    push(Mistake::URL_WITH_HASH, format!("{target}#{fragment}"));
    if target.len() + sent.body.len() <= LARGE {
        templates(path, query).into_iter().for_each(|target| push(Mistake::URL_TEMPLATE, target));
    }
    let Some(query) = query else {
        push(Mistake::URL_MARKS, format!("{path}?"));
        return found;
    };
    push(Mistake::URL_WITHOUT_QUERY, path.to_owned());
    push(Mistake::URL_WITHOUT_QUERY, format!("{path}?"));
    push(Mistake::URL_MARKS, format!("{path}{query}"));
    push(Mistake::URL_MARKS, format!("{path}&{query}"));
    push(Mistake::URL_MARKS, format!("{target}&"));
    push(Mistake::URL_ESCAPED, format!("{path}?{}", query.replace('&', "&amp;")));
    push(Mistake::URL_ENCODING, format!("{path}?{}", decoded(query)));
    push(Mistake::URL_ENCODING, format!("{path}?{}", decoded(&query.replace('+', " "))));
    push(Mistake::URL_ENCODING, format!("{path}?{}", query.replace("%20", "+")));
    push(Mistake::URL_ENCODING, format!("{path}?{}", query.replace('+', "%20")));
    push(Mistake::URL_ENCODING, format!("{path}?{}", query.replace('%', "%25")));
    let pairs: Vec<&str> = query.split('&').collect();
    // A setting or a variable that was not there yet.
    for (at, name) in pairs.iter().enumerate().take(FEW).filter_map(|(at, pair)| Some((at, pair.split_once('=')?.0))) {
        for nothing in ["", "undefined", "null", "None"] {
            let empty = format!("{name}={nothing}");
            let all = pairs.iter().enumerate().map(|(other, pair)| if other == at { empty.as_str() } else { pair });
            push(Mistake::URL_QUERY, format!("{path}?{}", all.collect::<Vec<_>>().join("&")));
        }
    }
    let encoded = pairs.iter().map(|pair| match pair.split_once('=') {
        Some((name, value)) => format!("{name}={}", form::component(&decoded(value))),
        None => (*pair).to_owned(),
    });
    push(Mistake::URL_ENCODING, format!("{path}?{}", encoded.collect::<Vec<_>>().join("&")));
    if (2..=6).contains(&pairs.len()) {
        for order in permutations(pairs.len()) {
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

/// The template of a route, in place of the path that has the number in it.
fn templates(path: &str, query: Option<&str>) -> Vec<String> {
    const NAMES: [&str; 15] = [
        "id",
        "out_trade_no",
        "transaction_id",
        "out_refund_no",
        "refund_id",
        "combine_out_trade_no",
        "out_bill_no",
        "transfer_bill_no",
        "out_batch_no",
        "batch_id",
        "out_order_no",
        "out_return_no",
        "sub_mchid",
        "mchid",
        "openid",
    ];
    let segments: Vec<&str> = path.split('/').collect();
    // The query may be a template too, or be added later.
    let of_query = query.map(|query| {
        let named = |pair: &str| pair.split_once('=').map(|(name, _)| format!("{name}={{{name}}}"));
        query.split('&').map(|pair| named(pair).unwrap_or_else(|| pair.to_owned())).collect::<Vec<_>>().join("&")
    });
    let queries: Vec<String> =
        query.into_iter().chain(of_query.as_deref()).map(|query| format!("?{query}")).chain([String::new()]).collect();
    let mut found = Vec::new();
    // `/v3` and the name of the call have no values.
    for (at, _) in segments.iter().enumerate().skip(3).filter(|(_, value)| value.bytes().any(|b| b.is_ascii_digit())) {
        let before = at.checked_sub(1).and_then(|at| segments.get(at)).map(|name| name.replace('-', "_"));
        let names = NAMES.iter().map(|name| (*name).to_owned()).chain(before);
        let snake: Vec<String> = names.collect();
        let camel: Vec<String> =
            snake.iter().map(|name| json_texts::camel(name)).filter(|n| !snake.contains(n)).collect();
        let named = |name: &String| {
            [
                format!("{{{name}}}"),
                format!("%7B{name}%7D"),
                format!("${{{name}}}"),
                format!(":{name}"),
                format!("<{name}>"),
            ]
        };
        let bare = ["{}", "%7B%7D", "{0}", "%s"].map(str::to_owned);
        for placeholder in snake.iter().chain(&camel).flat_map(named).chain(bare) {
            let of_route =
                |(own, segment): (usize, &&str)| if own == at { placeholder.clone() } else { (*segment).to_owned() };
            let path = segments.iter().enumerate().map(of_route).collect::<Vec<_>>().join("/");
            found.extend(queries.iter().map(|query| format!("{path}{query}")));
        }
    }
    found
}

fn bodies_of_request<F>(sent: SentRequest<'_>, tried: Try<'_, String, F>) -> ControlFlow<F> {
    let query = sent.target.split_once('?').map_or("", |(_, query)| query);
    if sent.body.is_empty() {
        let mut push = |body: String| tried(Mistake::BODY_SIGNED_BUT_NOT_SENT, body);
        for body in ["{}", "null", "[]", "\"\"", "undefined", "None", "''", " ", "\n", "[object Object]"] {
            push(body.to_owned())?;
        }
        if !query.is_empty() {
            push(query.to_owned())?;
            let members: Map<String, Value> = query
                .split('&')
                .filter_map(|pair| pair.split_once('='))
                .map(|(name, value)| (name.to_owned(), percent_decode_str(value).decode_utf8_lossy().into()))
                .collect();
            let object = Value::Object(members);
            STYLES.iter().try_for_each(|style| push(style.write(&object)))?;
        }
        return ControlFlow::Continue(());
    }
    for body in ["", "{}", "null"] {
        tried(Mistake::BODY_NOT_SIGNED, body.to_owned())?;
    }
    rewritten(sent.body, tried)?;
    for text in [form::component(sent.body), strictly(sent.body, "%20").replace("%2F", "/"), strictly(sent.body, "+")] {
        tried(Mistake::BODY_URL_CODED, text)?;
    }
    let Ok(Value::Object(members)) = serde_json::from_str::<Value>(sent.body) else { return ControlFlow::Continue(()) };
    as_forms(&members).into_iter().try_for_each(|text| tried(Mistake::BODY_AS_FORM, text))
}

/// An object as programs write it as a form: in its order and by name, with its values plain and encoded.
fn as_forms(members: &Map<String, Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let strict = |text: &str| strictly(text, "+");
    // Python's urlencode writes an object as Python prints it.
    let printed = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => json_texts::python(other),
    };
    let mut pairs: Vec<(&String, &Value)> = members.iter().collect();
    let mut found = Vec::new();
    for _ in 0..2 {
        let joined = |written: &dyn Fn(&Value) -> String| {
            pairs.iter().map(|(name, value)| format!("{name}={}", written(value))).collect::<Vec<_>>().join("&")
        };
        found.push(joined(&text));
        found.push(joined(&|value| form::component(&text(value))));
        found.push(joined(&|value| strict(&text(value))));
        found.push(joined(&|value| strict(&printed(value))));
        pairs.sort_by_key(|(name, _)| *name);
    }
    // A form has no place for an object.
    pairs.retain(|(_, value)| !value.is_object() && !value.is_array());
    let flat: Vec<_> = members.iter().filter(|(_, value)| !value.is_object() && !value.is_array()).collect();
    for pairs in [flat, pairs].iter().filter(|pairs| pairs.len() < members.len()) {
        let texts = pairs.iter().map(|(name, value)| (*name, text(value)));
        let written = |change: &dyn Fn(&str) -> String| {
            texts.clone().map(|(name, value)| format!("{name}={}", change(&value))).collect::<Vec<_>>().join("&")
        };
        found.extend([written(&|value| value.to_owned()), written(&form::component), written(&strict)]);
    }
    found
}

/// The texts that may have been signed in place of a message's body: how frameworks change what they parse or decode.
pub(super) fn of_body<F>(body: &[u8], tried: Try<'_, Vec<u8>, F>) -> ControlFlow<F> {
    let mut tried =
        |mistake, text: Vec<u8>| if text == body { ControlFlow::Continue(()) } else { tried(mistake, text) };
    // What programs have for a reply without a body (204).
    if matches!(body.trim_ascii(), b"null" | b"{}" | b"\"\"" | b"None" | b"undefined" | b"b''" | b"") {
        tried(Mistake::BODY_RESERIALISED, Vec::new())?;
    }
    if let Ok(text) = std::str::from_utf8(body) {
        rewritten(text, &mut |mistake, text: String| tried(mistake, text.into_bytes()))?;
        // Read as Latin-1, or as GBK, and written as UTF-8.
        let latin: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
        if let Some(bytes) = latin {
            tried(Mistake::BODY_OTHER_CHARSET, bytes)?;
        }
        let (gbk, _, lossy) = encoding_rs::GBK.encode(text);
        if !lossy {
            tried(Mistake::BODY_OTHER_CHARSET, gbk.into_owned())?;
        }
    } else {
        // Written as GBK or Latin-1.
        let (text, _, lossy) = encoding_rs::GBK.decode(body);
        if !lossy {
            tried(Mistake::BODY_OTHER_CHARSET, text.into_owned().into_bytes())?;
        }
    }
    if let Ok(text) = std::str::from_utf8(body) {
        // A form parser decoded it, or nobody decoded the form.
        let decoded =
            |text: &str| percent_decode_str(text).decode_utf8().ok().map(|text| text.into_owned().into_bytes());
        let ends = text.trim_end_matches('=');
        for decoded in [decoded(ends), decoded(&ends.replace('+', " "))].into_iter().flatten() {
            tried(Mistake::BODY_URL_CODED, decoded)?;
        }
        tried(Mistake::BODY_URL_CODED, text.replace(' ', "+").into_bytes())?;
        if let Some((before, after)) = text.split_once("\"ciphertext\"") {
            tried(Mistake::BODY_URL_CODED, format!("{before}\"ciphertext\"{}", after.replace(' ', "+")).into_bytes())?;
        }
        // An object, or bytes, as Python prints them.
        if let Some(value) = json_texts::of_python(text) {
            let mut printed = |_, text: String| tried(Mistake::BODY_PRINTED, text.into_bytes());
            printed(Mistake::BODY_PRINTED, json_texts::COMPACT.write(&value))?;
            notification::rebuilt(&value, &mut printed)?;
        }
        if let Some(bytes) = json_texts::bytes_of_python(text) {
            tried(Mistake::BODY_PRINTED, bytes)?;
        }
        // A line of nginx's log.
        if let Some(plain) = escapes::hex_escapes_undone(text) {
            tried(Mistake { proof: Proof::Recomputed, ..Mistake::BODY_ESCAPED }, plain.into_bytes())?;
        }
    }
    of_event(body).into_iter().try_for_each(|body| tried(Mistake::EVENT_AS_BODY, body))?;
    // API gateways and serverless platforms.
    match std::str::from_utf8(body).ok().and_then(message::base64).filter(|_| !body.is_empty()) {
        Some(decoded) => tried(Mistake::BODY_BASE64, decoded),
        None => ControlFlow::Continue(()),
    }
}

/// The body of the request in the event that a cloud function is called with.
fn of_event(body: &[u8]) -> Vec<Vec<u8>> {
    let Ok(Value::Object(event)) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let members = ["body", "Body", "rawBody"].iter().filter_map(|name| event.get(*name));
    let texts = |member: &Value| match member {
        Value::String(text) => [message::base64(text), Some(text.clone().into_bytes())].into_iter().flatten().collect(),
        // The platform parsed it.
        Value::Object(_) => vec![json_texts::COMPACT.write(member).into_bytes()],
        _ => Vec::new(),
    };
    members.flat_map(texts).filter(|text| !text.is_empty()).collect()
}

/// The JSON text that is signed of an upload: its part `meta`. `None` for a body that is not one of an upload.
pub(super) fn meta(body: &[u8]) -> Option<&[u8]> {
    let find = |bytes: &[u8], part: &[u8]| bytes.windows(part.len()).position(|own| own == part);
    let line = body.starts_with(b"--").then(|| find(body, b"\n"))??;
    let boundary = body.get(..line)?.trim_ascii_end();
    let mut rest = body.get(line + 1..)?;
    loop {
        let end = find(rest, boundary)?;
        let (part, after) = rest.split_at_checked(end)?;
        let (head, content) = match (find(part, b"\r\n\r\n"), find(part, b"\n\n")) {
            (Some(at), _) => (part.get(..at)?, part.get(at + 4..)?),
            (None, Some(at)) => (part.get(..at)?, part.get(at + 2..)?),
            (None, None) => return None,
        };
        if find(head, b"name=\"meta\"").is_some() || find(head, b"name=meta").is_some() {
            let content = content.strip_suffix(b"\n").unwrap_or(content);
            return Some(content.strip_suffix(b"\r").unwrap_or(content));
        }
        rest = after.get(boundary.len()..)?;
    }
}

/// A body in other JSON texts, and with other white space or escapes.
fn rewritten<F>(body: &str, tried: Try<'_, String, F>) -> ControlFlow<F> {
    let mut tried = |mistake, text: String| if text == body { ControlFlow::Continue(()) } else { tried(mistake, text) };
    let trimmed = body.trim();
    match body.strip_prefix('\u{feff}') {
        Some(rest) => tried(Mistake::BYTE_ORDER_MARK, rest.to_owned())?,
        None => tried(Mistake::BYTE_ORDER_MARK, format!("\u{feff}{body}"))?,
    }
    for text in [
        trimmed.to_owned(),
        format!("{body}\n"),
        format!("{body}\r\n"),
        format!("{body}\n\n"),
        format!("{body} "),
        format!("{body}\t"),
        format!(" {body}"),
        format!("\n{body}"),
        body.replace("\r\n", "\n"),
        body.replace('\n', "\r\n"),
    ] {
        tried(Mistake::BODY_TRIMMED, text)?;
    }
    let unescaped = body
        .replace("&quot;", "\"")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">");
    tried(Mistake::BODY_HTML_ESCAPED, unescaped.replace("&amp;", "&"))?;
    tried(Mistake::BODY_HTML_ESCAPED, body.replace('&', "&amp;").replace('"', "&quot;"))?;
    for text in [body.replace("\\\"", "\""), body.replace('"', "\\\"")] {
        tried(Mistake::BODY_BACKSLASHED, text)?;
    }
    let Ok(value) = serde_json::from_str::<Value>(trimmed) else { return ControlFlow::Continue(()) };
    for text in numbers_as_texts(body) {
        tried(Mistake::BODY_RESERIALISED, text)?;
    }
    // A JSON text inside a JSON text: it was written twice.
    if let Value::String(inner) = &value {
        tried(Mistake::BODY_RESERIALISED, inner.clone())?;
    }
    for text in json_texts::all(&value) {
        tried(Mistake::BODY_RESERIALISED, text)?;
    }
    for text in json_texts::printed(&value) {
        tried(Mistake::BODY_PRINTED, text)?;
    }
    // Members that stand for nothing were left out of one of the two.
    for text in json_texts::without_nothing(&value) {
        tried(Mistake::BODY_RESERIALISED, text)?;
    }
    for text in json_texts::renamed(&value) {
        tried(Mistake::BODY_NAMES, text)?;
    }
    tried(Mistake::BODY_RESERIALISED, Value::String(body.to_owned()).to_string())?;
    tried(Mistake::BODY_RESERIALISED, body.replace("\\/", "/"))?;
    tried(Mistake::BODY_RESERIALISED, body.replace('/', "\\/"))
}

/// A document whose numbers are texts (`"total":"100"` for `"total":100`), or the reverse: all of them, and each alone.
fn numbers_as_texts(body: &str) -> Vec<String> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut found = Vec::new();
    for as_text in [true, false] {
        // The places of the numbers, with the quotation marks of those that are texts.
        let mut places = Vec::new();
        for (at, _) in body.match_indices(':') {
            let value = body.get(at + 1..).unwrap_or_default();
            let start = value.len() - value.trim_start().len();
            let value = value.trim_start();
            let inner = if as_text { value } else { value.strip_prefix('"').unwrap_or_default() };
            let digits = inner.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            let end = inner.get(digits.len()..).unwrap_or_default();
            let ends = if as_text { end.trim_start().starts_with([',', '}', ']']) } else { end.starts_with('"') };
            if is_number(digits) && ends {
                let start = at + 1 + start;
                let other = if as_text { format!("\"{digits}\"") } else { digits.to_owned() };
                places.push((start..start + digits.len() + if as_text { 0 } else { 2 }, other));
            }
        }
        found.extend(documents::rewritten(body, &places));
    }
    found
}

fn without_last(text: &str) -> String {
    text.strip_suffix('\n').unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meta_part_of_an_upload_is_found() {
        let part = |name: &str, content: &str, end: &str| {
            format!("--b{end}Content-Disposition: form-data; name=\"{name}\"{end}{end}{content}{end}")
        };
        for end in ["\r\n", "\n"] {
            let (picture, json) = (part("file", "\x7f--\n", end), part("meta", "{\"a\": 1}\n", end));
            for body in [format!("{json}{picture}--b--{end}"), format!("{picture}{json}--b--{end}")] {
                assert_eq!(meta(body.as_bytes()), Some(b"{\"a\": 1}\n".as_slice()), "{body:?}");
            }
            assert_eq!(meta(format!("{picture}--b--{end}").as_bytes()), None);
        }
        for other in ["", "--", "--\n", "--b\n--b", "{\"a\": 1}"] {
            assert_eq!(meta(other.as_bytes()), None, "{other:?}");
        }
    }
}
