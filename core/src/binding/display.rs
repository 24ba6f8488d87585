//! Replies and errors as people read them: the state first, `¥1.00 (100 fen)`, times of Beijing, secrets and openids shortened, without
//! what every message has around it. The command, notebooks and `console.log` show the same.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::error::{Error, Retry};
use crate::explanation::Language;
use crate::fields::Fields;
use crate::html::escaped;
use crate::money::Fen;
use crate::redact::{Redaction, without_token};
use crate::registry;
use crate::retry::RetryClass;
use crate::shown::{self, is_active};
use crate::table::refused;
use crate::table::row::{Field, FieldKind, Read, Record};
use crate::wire;

/// A value with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// WeChat's name of the field. An item of a list has the list's name and its number before it: `coupons[0].coupon_fee`.
    pub name: String,
    /// The value as people read it. It has no control character.
    pub text: String,
    /// The meaning of the value.
    pub tone: Tone,
}

/// The meaning of a value for the thing that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// A state: it succeeded.
    Good,
    /// A state: it failed, or it ended without success.
    Bad,
    /// A state: it is not decided yet.
    Open,
    /// No state.
    Plain,
}

/// The fields that every message has around its content.
const ENVELOPE: &[&str] = &["return_code", "result_code", "nonce_str", "sign", "sign_type", "appid", "mch_id", "mchid"];
/// Names of fields that hold a state, in documents that the table does not have.
const STATES: &[&str] = &["trade_state", "refund_status", "status", "state"];
const GOOD: &[&str] = &["SUCCESS", "success", "OK", "RECEIVED"];
const BAD: &[&str] = &[
    "CLOSED",
    "REVOKED",
    "PAYERROR",
    "REFUNDCLOSE",
    "CHANGE",
    "ABNORMAL",
    "FAIL",
    "FAILED",
    "RFUND_FAILED",
    "CANCELLED",
];

/// The lines of a document. `record` is its row; without it, fields are read as documents and calls of the table have them.
pub fn lines(record: Option<&'static Record>, fields: &Fields) -> Vec<Line> {
    let mut lines = Vec::new();
    add(&mut lines, record, fields, "");
    // A stable sort: all else stays in its order.
    lines.sort_by_key(|line| line.tone == Tone::Plain && !line.name.ends_with("_state_desc"));
    lines
}

/// A document under its name, a line for each value, for consoles.
pub fn text(title: &str, record: Option<&'static Record>, fields: &Fields) -> String {
    let lines = lines(record, fields);
    let widest = lines.iter().map(|line| line.name.chars().count()).max().unwrap_or_default();
    let lines = lines.iter().map(|line| {
        let gap = " ".repeat(widest - line.name.chars().count() + 2);
        format!("\n  {}{gap}{}", line.name, line.text)
    });
    std::iter::once(title.to_owned()).chain(lines).collect()
}

/// A document as a table in HTML, for notebooks. What every message has around its content is folded away. All text is escaped.
pub fn html(title: &str, record: Option<&'static Record>, fields: &Fields) -> String {
    const CELL: &str = "text-align:left;vertical-align:top;white-space:pre-wrap";
    let row = |line: &Line| {
        let colour = match line.tone {
            Tone::Good => ";font-weight:bold;color:#1a7f37",
            Tone::Bad => ";font-weight:bold;color:#cf222e",
            Tone::Open => ";font-weight:bold;color:#9a6700",
            Tone::Plain => "",
        };
        let (name, text) = (escaped(&line.name), escaped(&line.text));
        format!("<tr><th style=\"{CELL}\">{name}</th><td style=\"{CELL}{colour}\">{text}</td></tr>")
    };
    let rows: String = lines(record, fields).iter().map(row).collect();
    let around = fields.iter().filter(|(name, value)| ENVELOPE.contains(name) && !value.is_empty());
    let around: Vec<String> =
        around.map(|(name, value)| format!("{} {}", escaped(name), escaped(&clean(value)))).collect();
    let folded = match around.is_empty() {
        true => String::new(),
        false => format!("<details><summary>…</summary>{}</details>", around.join("<br>")),
    };
    format!("<table><caption>{}</caption>{rows}</table>{folded}", escaped(title))
}

/// A document for programs: numbers as numbers, times as `2026-11-28T16:08:28+08:00`, numbered fields as lists, JSON as it is. Tokens are
/// `***` here too; openids are whole.
pub fn object(record: Option<&'static Record>, fields: &Fields) -> Map<String, Value> {
    let lists = record.map(|record| record.lists).unwrap_or_default();
    let own = fields.iter().filter(|(name, _)| !lists.iter().any(|list| list.holds(name)));
    let mut object: Map<String, Value> = own
        .map(|(name, value)| (name.to_owned(), json(record, redaction(record, fields, name), name, value)))
        .collect();
    for list in lists {
        let items = list.read(fields);
        if !items.is_empty() {
            let items = items.iter().map(|item| object_of(list.item, item)).collect();
            object.insert(list.name.to_owned(), Value::Array(items));
        }
    }
    object
}

/// `¥1.00 (100 fen)`.
pub fn amount(fen: i64) -> String {
    Fen(fen).to_yuan().map_or_else(|_| format!("{fen} fen"), |yuan| format!("¥{yuan} ({fen} fen)"))
}

/// A text without characters that break a line, move a cursor, colour a terminal or turn the direction of text.
pub fn clean(text: &str) -> Cow<'_, str> {
    shown::clean(text)
}

/// [`clean`] for a text of several lines: they stay lines.
pub fn clean_lines(text: &str) -> String {
    shown::clean_lines(text)
}

/// As much of a value as an error shows.
pub fn short(value: &str) -> Cow<'_, str> {
    shown::short(value)
}

/// As much of WeChat's words as an error shows.
pub fn words(text: &str) -> Cow<'_, str> {
    shown::words(text)
}

/// A JSON text with an escape in place of each character that moves a cursor or colours a terminal, which JSON itself does not ask for.
pub fn json_text(text: &str) -> Cow<'_, str> {
    // Characters below U+0020 are escaped in strings already, and are the layout outside of them.
    let is_open = |c: char| c >= '\u{7f}' && is_active(c);
    if !text.contains(is_open) {
        return text.into();
    }
    // None of them is outside the basic plane, so each is one unit.
    text.chars().map(|c| if is_open(c) { format!("\\u{:04x}", u32::from(c)) } else { c.to_string() }).collect()
}

/// How much may be shown of a field of a document, which has these fields.
pub fn redaction(record: Option<&Record>, fields: &Fields, name: &str) -> Redaction {
    if fields.hides(name) {
        return Redaction::Hidden;
    }
    let field = record.and_then(|record| record.field(name));
    let usual = field.map_or_else(|| registry::redaction(name), |field| field.redaction);
    let value = fields.get(name).unwrap_or_default();
    redaction_among(|name| fields.get(name), record.is_none(), name, value).unwrap_or(usual)
}

/// How much may be shown of a value whose neighbours say more than its own name; `None` where the name decides. `is_unknown`: no row
/// describes the document.
fn redaction_among<'a>(
    get: impl Fn(&str) -> Option<&'a str>,
    is_unknown: bool,
    name: &str,
    value: &str,
) -> Option<Redaction> {
    match name {
        // A receiver's account is a merchant's number, or a person's openid.
        "account" if get("type") == Some("MERCHANT_ID") && value.bytes().all(|b| b.is_ascii_digit()) => {
            Some(Redaction::Plain)
        }
        // The body of a refusal of APIv3. OAuth's `code`, which is a secret, has no message.
        "code" if is_unknown && get("message").is_some() => Some(Redaction::Plain),
        // Its `detail`: the field that WeChat refused, and the value that it had.
        "value" if is_unknown && (get("field").is_some() || get("location").is_some() || get("issue").is_some()) => {
            let name = get("field").and_then(|path| path.rsplit(['/', '.']).next()).unwrap_or_default();
            Some(refused::redaction(registry::field(name), &read_as_json(value)))
        }
        _ => None,
    }
}

/// A value of JSON that is kept as a text: what reads as no text is none.
fn read_as_json(text: &str) -> Value {
    let read = serde_json::from_str(text).ok();
    read.filter(|value: &Value| !value.is_string()).unwrap_or_else(|| text.into())
}

/// The safe step after a failure, in a sentence; `None` where repeating makes no sense, and where the text of the error says what to do.
pub fn advice(error: &Error, language: Language) -> Option<&'static str> {
    match error.retry() {
        Retry::Never => None,
        _ if error.says_what_to_do() => None,
        // A call that changes nothing has no number of its own.
        Retry::SameRequest if is_read(error) => Some(language.pick("Repeating it is safe.", "可以直接重试。")),
        Retry::SameRequest => Some(language.pick(
            "Repeating it with the same number and the same fields is safe.",
            "用同一个单号和同样的参数重发是安全的。",
        )),
        Retry::QueryFirst => {
            Some(language.pick("Ask for the result first; do not send it again.", "请先查询结果；不要直接重发。"))
        }
    }
}

fn is_read(error: &Error) -> bool {
    let endpoint = error.endpoint().and_then(registry::find);
    endpoint.is_some_and(|endpoint| endpoint.retry == RetryClass::Safe)
}

fn object_of(record: &'static Record, fields: &Fields) -> Value {
    Value::Object(object(Some(record), fields))
}

fn json(record: Option<&'static Record>, redaction: Redaction, name: &str, value: &str) -> Value {
    let field = record.and_then(|record| record.field(name));
    if redaction == Redaction::Hidden {
        return Redaction::Hidden.apply(value).into();
    }
    match field.and_then(|field| field.read(Some(value))) {
        Some(Read::Int(number)) => number.into(),
        Some(Read::Bool(own)) => own.into(),
        Some(Read::Time(time)) => format!("{}+08:00", time.to_dashed().replace(' ', "T")).into(),
        Some(Read::Json(text)) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
        _ => value.into(),
    }
}

fn add(lines: &mut Vec<Line>, record: Option<&'static Record>, fields: &Fields, before: &str) {
    let lists = record.map(|record| record.lists).unwrap_or_default();
    let items: Vec<_> = lists.iter().map(|list| (list, list.read(fields))).collect();
    let known = |name: &str| record.and_then(|record| record.field(name)).or_else(|| registry::field(name));
    for (name, value) in fields.iter() {
        let in_a_list = lists.iter().any(|list| list.holds(name));
        let says_nothing = name == "return_msg" && fields.get("return_code") == Some("SUCCESS");
        // Of a text that is not shown, it is not shown either that it is empty. Nothing inside a hidden object is shown.
        let redaction = redaction(record, fields, name);
        let is_plain = redaction == Redaction::Plain;
        let is_empty = value.is_empty() && is_plain;
        if is_empty || in_a_list || (before.is_empty() && (says_nothing || ENVELOPE.contains(&name))) {
            continue;
        }
        let field = record.and_then(|record| record.field(name));
        if is_plain && add_objects(lines, field, value, &format!("{before}{}", clean(name)), &fields.hidden_in(name)) {
            continue;
        }
        // JSON that has no lines of its own, such as a list of lists.
        let kept = match (redaction, field.map(|field| field.kind)) {
            (Redaction::Plain, None | Some(FieldKind::Json | FieldKind::Record(_) | FieldKind::List(_))) => {
                shown_json(value, &fields.hidden_in(name))
            }
            _ => None,
        };
        let text = shown(known(name), redaction, fields, name, kept.as_deref().unwrap_or(value));
        lines.push(Line { name: format!("{before}{}", clean(name)), tone: tone(known(name), name, value), text });
    }
    for (list, items) in items {
        for (number, item) in items.iter().enumerate() {
            add(lines, Some(list.item), item, &format!("{before}{}[{number}].", list.name));
        }
    }
}

/// The objects inside a field of JSON, member by member; `false` for another field.
fn add_objects(lines: &mut Vec<Line>, field: Option<&Field>, value: &str, name: &str, hidden: &[String]) -> bool {
    let parsed = || wire::json::parse(value.as_bytes()).map(|members| members.hiding(hidden.iter().cloned()));
    match field.map(|field| field.kind) {
        Some(FieldKind::Record(record)) => {
            let Some(members) = parsed() else { return false };
            add(lines, Some(record), &members, &format!("{name}."));
        }
        Some(FieldKind::List(record)) => return add_items(lines, Some(record), value, name, hidden),
        // An object that no row describes: its members are shown as any of their names are.
        None | Some(FieldKind::Json) if value.starts_with('{') => {
            let Some(members) = parsed() else { return false };
            add(lines, None, &members, &format!("{name}."));
        }
        None | Some(FieldKind::Json) if value.starts_with('[') => return add_items(lines, None, value, name, hidden),
        _ => return false,
    }
    true
}

fn add_items(
    lines: &mut Vec<Line>,
    record: Option<&'static Record>,
    value: &str,
    name: &str,
    hidden: &[String],
) -> bool {
    let Some(items) = wire::json::parse_list(value) else { return false };
    for (number, item) in items.into_iter().enumerate() {
        add(lines, record, &item.hiding(hidden.iter().cloned()), &format!("{name}[{number}]."));
    }
    true
}

/// A JSON text with what may not be shown left out or shortened, at every depth, and what is at the paths `hidden`; `None` for a text that is no JSON object or list.
pub fn shown_json(text: &str, hidden: &[String]) -> Option<String> {
    if !text.starts_with(['{', '[']) {
        return None;
    }
    let mut value: Value = serde_json::from_str(text).ok()?;
    for path in hidden {
        hide(&mut value, &path.split('.').collect::<Vec<_>>());
    }
    redact(&mut value);
    Some(wire::json::as_written(&value, text))
}

/// Hides what is at a path; a list is walked item by item.
fn hide(value: &mut Value, path: &[&str]) {
    match (value, path.split_first()) {
        (Value::Array(items), _) => items.iter_mut().for_each(|item| hide(item, path)),
        (Value::Object(members), Some((first, rest))) => {
            if let Some(member) = members.get_mut(*first) {
                hide(member, rest);
            }
        }
        (value, None) => *value = Redaction::Hidden.apply("").into(),
        _ => {}
    }
}

fn redact(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::String(text) => *text = without_token(text).into_owned(),
        Value::Object(members) => {
            let found: Vec<_> = members.iter().map(|(name, member)| redaction_in(members, name, member)).collect();
            for ((_, member), redaction) in members.iter_mut().zip(found) {
                match (redaction, &mut *member) {
                    (Redaction::Plain, inner) => redact(inner),
                    (redaction, Value::String(text)) => *text = redaction.apply(text).into_owned(),
                    (redaction, other) => *other = redaction.apply("").into(),
                }
            }
        }
        _ => {}
    }
}

fn redaction_in(members: &Map<String, Value>, name: &str, member: &Value) -> Redaction {
    let get = |name: &str| members.get(name).and_then(Value::as_str);
    // What is no text is shown as its text would be; the members of an object have rules of their own.
    let other = if member.is_object() { String::new() } else { member.to_string() };
    let text = member.as_str().unwrap_or(&other);
    redaction_among(get, true, name, text).unwrap_or_else(|| registry::redaction(name))
}

/// The value of a field. Where it is not of its field's kind, its text.
fn shown(field: Option<&Field>, redaction: Redaction, fields: &Fields, name: &str, value: &str) -> String {
    if redaction != Redaction::Plain {
        return clean(&redaction.apply(value)).into_owned();
    }
    match field.map(|field| (field.kind, field.read(Some(value)))) {
        Some((FieldKind::Fen, Some(Read::Int(fen)))) => match currency(fields, name) {
            None | Some("CNY") => amount(fen),
            Some(other) => format!("{fen} ({}, in its smallest unit)", clean(other)),
        },
        Some((FieldKind::Time | FieldKind::Instant, Some(Read::Time(time)))) => time.to_dashed(),
        _ => clean(&without_token(value)).into_owned(),
    }
}

/// The currency of an amount, where the document says it.
fn currency<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields
        .filled(&format!("{name}_type"))
        .or_else(|| fields.filled("fee_type"))
        .or_else(|| fields.filled("refund_fee_type"))
}

fn tone(field: Option<&Field>, name: &str, value: &str) -> Tone {
    let named = STATES.contains(&name) || name.ends_with("_state") || name.ends_with("_status");
    // The result of a part of a sharing, and of a return.
    let is_result = name == "result" && field.is_some_and(|field| matches!(field.kind, FieldKind::Enum(_)));
    let is_text = || field.is_none_or(|field| matches!(field.kind, FieldKind::Enum(_) | FieldKind::Text));
    let is_state = is_result || (named && is_text());
    match value {
        _ if !is_state => Tone::Plain,
        // Of a sharing: whether the receivers got their parts is in the `result` of each.
        "FINISHED" => Tone::Plain,
        _ if GOOD.contains(&value) => Tone::Good,
        _ if BAD.contains(&value) => Tone::Bad,
        _ => Tone::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::miniprogram::PhoneNumber;
    use crate::table::row::Document as _;
    use crate::v2::order::OrderqueryReply;
    use crate::v2::refund::RefundqueryReply;
    use crate::v3::notification::V3Notification;
    use crate::v3::sharing::V3ProfitsharingOrderReply;

    fn shown(record: &'static Record, pairs: &[(&str, &str)]) -> Vec<(String, String, Tone)> {
        let fields: Fields = pairs.iter().copied().collect();
        lines(Some(record), &fields).into_iter().map(|line| (line.name, line.text, line.tone)).collect()
    }

    #[test]
    fn what_json_holds_is_shortened_at_every_depth() {
        const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
        let resource = format!(
            r#"{{"payer":{{"sp_openid":"{OPENID}"}},"sub_orders":[{{"openid":"{OPENID}","n":1}}],"access_token":{{}}}}"#
        );
        let shown = shown(V3Notification::RECORD, &[("id", "1"), ("event_type", "X"), ("resource", &resource)]);
        let text = |name: &str| shown.iter().find(|line| line.0 == name).map(|line| line.1.as_str());
        assert_eq!(text("resource.payer.sp_openid"), Some("oUpF…eS6o"));
        assert_eq!(text("resource.sub_orders[0].openid"), Some("oUpF…eS6o"));
        let json = shown_json(&resource, &[]).unwrap();
        assert!(
            !json.contains(OPENID) && json.contains("oUpF…eS6o") && json.contains(r#""access_token":"***""#),
            "{json}"
        );
        // Of a call that no row describes.
        let lines = lines(None, &[("payer", format!(r#"{{"openid":"{OPENID}"}}"#).as_str())].into_iter().collect());
        assert_eq!(lines.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["oUpF…eS6o"]);
        for other in ["", "1", "{", "[1", "\"{}\"", "{}x"] {
            assert_eq!(shown_json(other, &[]), None, "{other}");
        }
    }

    #[test]
    fn the_state_comes_first_and_the_envelope_not_at_all() {
        let found = shown(
            OrderqueryReply::RECORD,
            &[
                ("return_code", "SUCCESS"),
                ("return_msg", "OK"),
                ("appid", "wxd930ea5d5a258f4f"),
                ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
                ("total_fee", "100"),
                ("time_end", "20261128160828"),
                ("attach", "\u{1b}[31mred"),
                ("coupon_fee_0", "10"),
                ("coupon_id_0", "7"),
                ("sign", "0"),
                ("trade_state", "SUCCESS"),
                ("trade_state_desc", "支付成功"),
                ("new_field", "1"),
            ],
        );
        let line = |name: &str, text: &str, tone| (name.to_owned(), text.to_owned(), tone);
        let expected = [
            line("trade_state", "SUCCESS", Tone::Good),
            line("trade_state_desc", "支付成功", Tone::Plain),
            line("openid", "oUpF…eS6o", Tone::Plain),
            line("total_fee", "¥1.00 (100 fen)", Tone::Plain),
            line("time_end", "2026-11-28 16:08:28", Tone::Plain),
            line("attach", "\\u{1b}[31mred", Tone::Plain),
            line("new_field", "1", Tone::Plain),
            line("coupons[0].coupon_id", "7", Tone::Plain),
            line("coupons[0].coupon_fee", "¥0.10 (10 fen)", Tone::Plain),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_document_as_text_and_as_html() {
        let fields: Fields =
            [("return_code", "SUCCESS"), ("attach", "<b>"), ("total_fee", "100"), ("trade_state", "SUCCESS")]
                .into_iter()
                .collect();
        let shown = text("OrderqueryReply", Some(OrderqueryReply::RECORD), &fields);
        let lines =
            ["OrderqueryReply", "  trade_state  SUCCESS", "  attach       <b>", "  total_fee    ¥1.00 (100 fen)"];
        assert_eq!(shown, lines.join("\n"));
        let shown = html("OrderqueryReply", Some(OrderqueryReply::RECORD), &fields);
        assert!(shown.starts_with("<table><caption>OrderqueryReply</caption><tr><th"), "{shown}");
        assert!(shown.contains("color:#1a7f37\">SUCCESS<") && shown.contains("&lt;b&gt;"), "{shown}");
        assert!(shown.ends_with("<details><summary>…</summary>return_code SUCCESS</details>"), "{shown}");
    }

    #[test]
    fn a_sharing_shows_who_was_not_paid() {
        let parts = r#"[{"result":"CLOSED","type":"MERCHANT_ID","account":"1900000109","amount":30},
            {"result":"SUCCESS","type":"PERSONAL_OPENID","account":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o","amount":1}]"#;
        let found =
            shown(V3ProfitsharingOrderReply::RECORD, &[("order_id", "3"), ("state", "FINISHED"), ("receivers", parts)]);
        let line = |name: &str| found.iter().find(|line| line.0 == name).map(|line| (line.1.as_str(), line.2));
        assert_eq!(line("state"), Some(("FINISHED", Tone::Plain)));
        assert_eq!(line("receivers[0].result"), Some(("CLOSED", Tone::Bad)));
        assert_eq!(line("receivers[1].result"), Some(("SUCCESS", Tone::Good)));
        assert_eq!(line("receivers[0].account"), Some(("1900000109", Tone::Plain)));
        assert_eq!(line("receivers[1].account"), Some(("oUpF…eS6o", Tone::Plain)));
        let json = shown_json(parts, &[]).unwrap();
        assert!(json.contains("1900000109") && json.contains("oUpF…eS6o"), "{json}");
    }

    #[test]
    fn a_refusal_shows_its_code_and_no_secret_of_its_detail() {
        let texts = |detail: &str| {
            let fields: Fields =
                [("code", "PARAM_ERROR"), ("message", "参数错误"), ("detail", detail)].into_iter().collect();
            let json = shown_json(detail, &[]).unwrap();
            let lines = lines(None, &fields).into_iter().map(|line| (line.name, line.text)).collect::<Vec<_>>();
            assert_eq!(lines.first().unwrap(), &("code".to_owned(), "PARAM_ERROR".to_owned()));
            let value = lines.into_iter().find(|(name, _)| name == "detail.value").unwrap().1;
            assert!(
                json.contains(&format!("\"value\":\"{value}\"")) || json.contains(&format!("\"value\":{value}")),
                "{json}"
            );
            value
        };
        let detail = |field: &str, value: &str| format!(r#"{{"location":"body","field":"{field}","value":{value}}}"#);
        assert_eq!(texts(r#"{"location":"body","value":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}"#), "***");
        assert_eq!(texts(&detail("/attach", r#""oUpF8uMuAJO_M2pxb1Q9zNjWeS6o""#)), "oUpF…eS6o");
        assert_eq!(texts(&detail("/payer/openid", r#""short""#)), "***");
        assert_eq!(texts(&detail("/payer/auth_code", r#""134579064252415427""#)), "1345…5427");
        assert_eq!(texts(&detail("/x", r#""134579064252415427""#)), "***");
        assert_eq!(texts(&detail("/amount/total", "0")), "0");
        assert_eq!(texts(&detail("/time_expire", r#""2025-11-28""#)), "2025-11-28");
        // A person's name.
        assert_eq!(texts(r#"{"location":"body","value":"张三"}"#), "***");
        assert_eq!(texts(&detail("/x", r#""Zhang San""#)), "***");
        for names in [
            r#"["张三"]"#,
            r#"["Zhang San"]"#,
            r#"[0, "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"]"#,
            r#"[["张三"]]"#,
            r#""/张三""#,
            r#""[Zhang San""#,
        ] {
            assert_eq!(texts(&detail("/x", names)), "***", "{names}");
            assert_eq!(texts(&format!(r#"{{"location":"body","value":{names}}}"#)), "***", "{names}");
        }
        assert_eq!(texts(&detail("/x", r#"["/body/a","/body/b"]"#)), r#"["/body/a","/body/b"]"#);
        assert_eq!(texts(r#"{"location":"body","value":0}"#), "0");
        assert_eq!(texts(r#"{"location":"query","value":"/query/sub_mch_id"}"#), "/query/sub_mch_id");
        // OAuth's.
        assert_eq!(lines(None, &[("code", "0")].into_iter().collect()).first().unwrap().text, "***");
    }

    #[test]
    fn the_token_of_a_files_address_is_not_shown() {
        let url = "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUP&tartype=gzip";
        let inside = format!(r#"{{"files":[{{"url":"{url}"}},"{url}"]}}"#);
        let fields: Fields = [("download_url", url), ("inside", &inside), ("state", "FINISHED")].into_iter().collect();
        // Those of the rows with such a member, and a call that the table does not have.
        let named = registry::all().map(|call| call.reply).filter(|record| record.field("download_url").is_some());
        let records: Vec<_> = named.map(Some).chain([None]).collect();
        assert!(records.len() > 3, "{}", records.len());
        for record in records {
            for shown in [text("Reply", record, &fields), html("Reply", record, &fields)] {
                assert!(!shown.contains("6XIv5TUP") && shown.contains("file?token=***"), "{shown}");
            }
        }
        let json = shown_json(&inside, &[]).unwrap();
        assert!(!json.contains("6XIv5TUP") && json.matches("token=***").count() == 2, "{json}");
        // A program reads it from there.
        assert_eq!(object(None, &fields).get("download_url").unwrap(), url);
    }

    #[test]
    fn what_the_caller_named_is_not_shown() {
        let contact = r#"{"xx":"张三丰","yy":"shown"}"#;
        let list = r#"[{"bank_card":"6222021234567890123"},[{"bank_card":"6222021234567890123"}]]"#;
        let items = r#"[{"bank_card":"6222021234567890123","n":"1"}]"#;
        let pairs = [("payer_phone", "13912345678"), ("contact", contact), ("list", list), ("items", items)];
        let paths = ["payer_phone", "contact.xx", "list.bank_card", "items.bank_card"].map(str::to_owned);
        let fields = pairs.into_iter().collect::<Fields>().hiding(paths);
        for shown in [text("Reply", None, &fields), html("Reply", None, &fields)] {
            for secret in ["13912345678", "张三丰", "6222021234567890123"] {
                assert!(!shown.contains(secret), "{shown}");
            }
            assert!(shown.contains("***") && shown.contains("shown"), "{shown}");
        }
        let only: Fields = pairs.into_iter().filter(|(name, _)| *name == "items").collect();
        let shown = text("Reply", None, &only.hiding(["items.bank_card".to_owned()]));
        assert_eq!(shown, "Reply\n  items[0].bank_card  ***\n  items[0].n          1");
        assert_eq!(
            shown_json(list, &fields.hidden_in("list")).unwrap(),
            r#"[{"bank_card":"***"},[{"bank_card":"***"}]]"#
        );
        assert_eq!(shown_json(contact, &fields.hidden_in("contact")).unwrap(), r#"{"xx":"***","yy":"shown"}"#);
        let long = r#"{"n":18446744073709551617,"xx":"***"}"#;
        assert_eq!(shown_json(&long.replace("***", "张三丰"), &["xx".to_owned()]).unwrap(), long);
        // The document has them.
        assert_eq!((fields.get("payer_phone"), fields.get("contact")), (Some("13912345678"), Some(contact)));
        assert_eq!(fields, pairs.into_iter().collect());
    }

    #[test]
    fn nothing_inside_a_hidden_object_is_shown() {
        let info = r#"{"phoneNumber":"13580006666","purePhoneNumber":"13580006666","countryCode":"86"}"#;
        let fields: Fields = [("errcode", "0"), ("phone_info", info)].into_iter().collect();
        let texts: Vec<_> = lines(Some(PhoneNumber::RECORD), &fields).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["0", "***"]);
        let shown = html("PhoneNumber", Some(PhoneNumber::RECORD), &fields);
        assert!(!shown.contains("1358"), "{shown}");
    }

    #[test]
    fn a_text_of_several_lines_keeps_them_and_nothing_else() {
        assert_eq!(clean_lines("a\r\n\u{1b}[31mb\u{202e}"), "a\\r\n\\u{1b}[31mb\\u{202e}");
    }

    #[test]
    fn states_inside_lists_come_first_too_and_other_currencies_are_named() {
        let found = shown(
            RefundqueryReply::RECORD,
            &[("fee_type", "USD"), ("total_fee", "100"), ("refund_fee_0", "5"), ("refund_status_0", "REFUNDCLOSE")],
        );
        assert_eq!(found.first().unwrap().0, "refunds[0].refund_status");
        assert_eq!(found.first().unwrap().2, Tone::Bad);
        assert!(found.iter().any(|line| line.1 == "100 (USD, in its smallest unit)"), "{found:?}");
    }

    #[test]
    fn what_is_not_in_the_table_is_read_by_the_names_of_the_table() {
        let fields: Fields =
            [("access_token", "secret"), ("total_fee", "1"), ("total_fee_x", "1")].into_iter().collect();
        let texts: Vec<_> = lines(None, &fields).into_iter().map(|line| line.text).collect();
        assert_eq!(texts, ["***", "¥0.01 (1 fen)", "1"]);
    }
}
