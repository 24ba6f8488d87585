//! Values of a caller against their fields, before anything is sent.

use core::net::IpAddr;
use std::borrow::Cow;

use strsim::osa_distance;

use super::example::{self, Example};
use super::others;
use super::row::{By, Field, FieldKind, Record, names_merchant};
use crate::codes::ErrorCode;
use crate::error::Error;
use crate::hosts::is_bare_url;
use crate::time::BeijingTime;
use crate::value::{Params, Value};
use crate::wire::json;

/// A value as its wire text, if it follows the rules of its field.
///
/// # Errors
/// `InvalidRequest`, naming field and rule; a member of an object as `amount.total`.
pub(crate) fn checked<'a>(field: &Field, value: &'a Value<'_>, by: By<'_>) -> Result<Cow<'a, str>, Error> {
    text_of(field, value, by).map_err(|breach| Error::invalid_with_code(breach.code, breach.field, breach.rule))
}

/// The rule of a required field that is missing; for an object with an example.
pub(crate) fn required(field: &Field, by: By<'_>) -> String {
    match example::of(field, by) {
        None => "is required".to_owned(),
        Some(Example { name, json, is_list: false }) => format!("is required: an object ({name}) such as {json}"),
        Some(Example { name, json, is_list: true }) => {
            format!("is required: a list of objects ({name}) such as {json}")
        }
    }
}

/// Whether two names differ in nothing but capitals and underscores, as `totalFee` and `total_fee`.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase())
    }
    letters(one).eq(letters(other))
}

/// The name of these that another one probably means: it differs in nothing but capitals and underscores, or in a letter or two.
pub(crate) fn meant<'a>(names: impl Iterator<Item = &'a str> + Clone, given: &str) -> Option<&'a str> {
    let may_differ = match given.chars().count() {
        ..=3 => return names.clone().find(|name| alike(name, given)),
        4..=5 => 1,
        _ => 2,
    };
    let distance = |name: &&str| osa_distance(name, &given.to_ascii_lowercase());
    let near = || names.clone().filter(|name| distance(name) <= may_differ).min_by_key(distance);
    names.clone().find(|name| alike(name, given)).or_else(near)
}

/// Whether a byte may stand in a merchant's number.
pub(crate) fn is_out_no(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'|' | b'*' | b'@')
}

/// Whether a byte may stand in the number of an order that APIv3 makes.
fn is_trade_no(b: u8) -> bool {
    is_out_no(b) && b != b'@'
}

/// Checks that a value of a call has no U+0000.
///
/// # Errors
/// `InvalidRequest` with the code `invalid_char`.
pub(crate) fn check_nul(name: &str, text: &str) -> Result<(), Error> {
    match has_nul(text) {
        true => Err(Error::invalid_with_code(ErrorCode::InvalidChar, name, NUL_RULE)),
        false => Ok(()),
    }
}

const INSTANT: &str = "must be a time with its zone, such as 2018-06-08T10:34:56+08:00";

/// The number of a merchant that is empty may be that of a shop which is not set up yet. To leave it out would make the order the caller's own,
/// and the money would go to another account than was meant.
const NO_MERCHANT: &str =
    "must not be empty: it says which merchant the call is for. Give the number, or leave the field out";

/// Checks that a field of a call that no row describes is not an empty number of a merchant. `place` is its name in errors.
///
/// # Errors
/// `InvalidRequest`.
pub(crate) fn check_merchant(name: &str, text: &str, place: impl FnOnce() -> String) -> Result<(), Error> {
    match text.is_empty() && names_merchant(name) {
        true => Err(Error::invalid(place(), NO_MERCHANT)),
        false => Ok(()),
    }
}

const NUL_RULE: &str = "must not contain U+0000, which XML cannot carry";

fn has_nul(text: &str) -> bool {
    text.as_bytes().contains(&0)
}

/// A rule that a value breaks.
struct Breach {
    code: ErrorCode,
    field: String,
    rule: String,
}

impl Breach {
    fn of(field: &Field, rule: impl Into<String>) -> Self {
        Self { code: ErrorCode::InvalidRequest, field: field.name.to_owned(), rule: rule.into() }
    }

    fn inside(self, field: &Field) -> Self {
        Self { field: format!("{}.{}", field.name, self.field), ..self }
    }
}

fn text_of<'a>(field: &Field, value: &'a Value<'_>, by: By<'_>) -> Result<Cow<'a, str>, Breach> {
    let refuse = |rule: &str| Err(Breach::of(field, rule));
    let not = |what: &str| Err(Breach::of(field, format!("must be {what}, not {}", value.type_name())));
    let text: Cow<'a, str> = match (field.kind, value) {
        (FieldKind::Fen, Value::Int(fen)) if *fen >= 1 => fen.to_string().into(),
        (FieldKind::Fen, Value::Int(fen)) => return refuse(&format!("must be at least 1 fen, not {fen}")),
        (FieldKind::Fen, _) => {
            let kind = value.type_name_and_number();
            return refuse(&format!("must be an integer of fen, not {kind}; yuan_to_fen converts yuan"));
        }
        (FieldKind::Int, Value::Int(int)) => int.to_string().into(),
        (FieldKind::Int, _) => return not("an integer"),
        (FieldKind::Bool, Value::Bool(own)) => if *own { "true" } else { "false" }.into(),
        (FieldKind::Bool, _) => return not("true or false"),
        (FieldKind::Time, Value::Time(time)) => time.to_wire().into(),
        (FieldKind::Time, Value::Text(text)) if text.len() == 14 && BeijingTime::parse(text).is_some() => {
            Cow::Borrowed(text)
        }
        (FieldKind::Time, Value::Text(_)) => {
            return refuse("must be a time with its zone, or yyyyMMddHHmmss in Beijing time");
        }
        (FieldKind::Time, _) => return not("a time with its zone, or yyyyMMddHHmmss in Beijing time"),
        (FieldKind::Instant, Value::Time(time)) => time.to_rfc3339().into(),
        (FieldKind::Instant, Value::Text(text)) if BeijingTime::parse_rfc3339(text).is_some() => Cow::Borrowed(text),
        (FieldKind::Instant, Value::Text(_)) => return refuse(INSTANT),
        (FieldKind::Instant, _) => return not("a time with its zone, or a text as 2018-06-08T10:34:56+08:00"),
        (FieldKind::Date, Value::Time(time)) => time.to_wire().chars().take(8).collect::<String>().into(),
        (FieldKind::Date, Value::Text(text) | Value::Date(text)) => match day(text) {
            Some(day) => day,
            None => return refuse("must be a date, or yyyyMMdd or yyyy-MM-dd"),
        },
        (FieldKind::Date, _) => return not("a date, or yyyyMMdd or yyyy-MM-dd"),
        (FieldKind::Day, Value::Time(time)) => time.to_dashed().chars().take(10).collect::<String>().into(),
        (FieldKind::Day, Value::Text(text) | Value::Date(text)) => match day(text) {
            Some(day) => dashed(&day).into(),
            None => return refuse("must be a date, or yyyyMMdd or yyyy-MM-dd"),
        },
        (FieldKind::Day, _) => return not("a date, or yyyyMMdd or yyyy-MM-dd"),
        (FieldKind::Json, Value::Json(text)) => Cow::Borrowed(text),
        (FieldKind::Json, Value::Object(_) | Value::List(_)) => plain(field, value)?.to_string().into(),
        (FieldKind::Record(record), value) => {
            let text = object(field, record, value, by)?;
            return match field.max {
                max if max > 0 && text.len() > max => {
                    refuse(&format!("must be at most {max} bytes long as JSON in UTF-8, not {}", text.len()))
                }
                _ => Ok(text.into()),
            };
        }
        (FieldKind::List(record), value) => return list(field, record, value, by).map(Cow::Owned),
        // An IPv4 address as a socket for both families gives it. WeChat refuses it in this form.
        (FieldKind::Ip, Value::Text(text)) if text.contains(':') => match text.parse::<IpAddr>() {
            Ok(address @ IpAddr::V6(_)) if address.to_canonical().is_ipv4() => {
                address.to_canonical().to_string().into()
            }
            _ => Cow::Borrowed(text),
        },
        // Scanners end a code with a line feed.
        (FieldKind::AuthCode, Value::Text(text)) => Cow::Borrowed(text.trim()),
        (_, Value::Text(text)) => Cow::Borrowed(text),
        (FieldKind::Enum(values), _) => {
            let (values, kind) = (values.join(", "), value.type_name());
            return refuse(&format!("must be one of the texts {values}, not {kind}"));
        }
        (_, _) => return not("text"),
    };
    if text.is_empty() {
        return match field.required {
            true => refuse("must not be empty"),
            false if names_merchant(field.name) => refuse(NO_MERCHANT),
            false => Ok(text),
        };
    }
    if has_nul(&text) {
        return Err(Breach { code: ErrorCode::InvalidChar, ..Breach::of(field, NUL_RULE) });
    }
    if field.max > 0 && text.len() > field.max {
        if field.bytes {
            return refuse(&format!("must be at most {} bytes long in UTF-8, not {}", field.max, text.len()));
        }
        if text.chars().count() > field.max {
            return refuse(&format!("must be at most {} characters long", field.max));
        }
    }
    if field.least > 0 && text.chars().count() < field.least {
        return refuse(&format!("must be at least {} characters long", field.least));
    }
    if let Some(rule) = rule(field.kind, &text) {
        return refuse(&rule);
    }
    match by.fee_type {
        Some(own) if matches!(field.kind, FieldKind::Currency) && text != own => refuse(&format!(
            "is {text}, and fee_type in the settings is {own}: a payment in {text} would not be confirmed; make another client \
             for it"
        )),
        _ => Ok(text),
    }
}

/// The rule that a text of this kind breaks.
fn rule(kind: FieldKind, text: &str) -> Option<Cow<'static, str>> {
    let (fits, rule): (bool, &'static str) = match kind {
        FieldKind::Id => {
            // Nearly all are ASCII, which is quicker to look at.
            let is_plain = || text.bytes().all(|byte| byte.is_ascii_graphic());
            let has_space = || text.contains(|c: char| c.is_whitespace() || c.is_control());
            (is_plain() || !has_space(), "must not contain white space")
        }
        FieldKind::OutNo => (text.bytes().all(is_out_no), "must consist of digits, letters, and _ - | * @"),
        FieldKind::TradeNo => (text.bytes().all(is_trade_no), "must consist of digits, letters, and _ - | *"),
        FieldKind::GoodsNo => {
            let is_of_it = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
            (text.bytes().all(is_of_it), "must consist of digits, letters, and _ -")
        }
        FieldKind::BillNo => (text.bytes().all(|b| b.is_ascii_alphanumeric()), "must consist of digits and letters"),
        FieldKind::AuthCode => return auth_code_rule(text).map(Cow::Borrowed),
        FieldKind::Ip => (text.parse::<IpAddr>().is_ok(), "must be an IPv4 or IPv6 address"),
        FieldKind::Currency => return currency_rule(text).map(Cow::Borrowed),
        FieldKind::Url => (is_bare_url(text), "must be an absolute http or https URL without a query"),
        FieldKind::Json => (serde_json::from_str::<serde_json::Value>(text).is_ok(), "must be JSON"),
        FieldKind::Enum(values) if !values.contains(&text) => {
            return Some(format!("must be one of {}", values.join(", ")).into());
        }
        _ => return None,
    };
    (!fits).then(|| rule.into())
}

/// The rule that a currency breaks. WeChat knows more of them than merchants in China use, so the form alone is checked, and the names that
/// people have for the yuan.
pub(crate) fn currency_rule(text: &str) -> Option<&'static str> {
    const YUAN: [&str; 9] = ["CNY", "RMB", "CNH", "YUAN", "元", "人民币", "¥", "￥", "156"];
    match text {
        "CNY" => None,
        _ if YUAN.contains(&&*text.trim().to_ascii_uppercase()) => {
            Some("must be CNY, the code of the yuan in ISO 4217")
        }
        _ if text.len() == 3 && text.bytes().all(|b| b.is_ascii_uppercase()) => None,
        _ => Some("must be a currency of ISO 4217, such as CNY"),
    }
}

/// The rule that a payment code breaks (protocol §9.5). Its digits are not shown: they are money.
fn auth_code_rule(text: &str) -> Option<&'static str> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.as_bytes() {
        [b'1', b'0'..=b'5', ..] if digits && text.len() == 18 => None,
        [b'2', b'5'..=b'9', ..] | [b'3', b'0', ..] if digits && (16..=24).contains(&text.len()) => {
            Some("is a payment code of Alipay (支付宝): charge it at Alipay, or ask for the code of WeChat")
        }
        _ if text.starts_with("weixin://") || text.starts_with("http") => {
            Some("is the text of another QR code: scan the payment code that the customer's WeChat shows (收付款)")
        }
        _ => Some("must be a payment code of WeChat: 18 digits that begin with 10 to 15"),
    }
}

/// A day as `yyyyMMdd`; `None` when there is no such day.
fn day(text: &str) -> Option<Cow<'_, str>> {
    let day: Cow<'_, str> = match text.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', _, _] => text.replace('-', "").into(),
        _ => text.into(),
    };
    (day.len() == 8 && BeijingTime::parse(&format!("{day}000000")).is_some()).then_some(day)
}

/// A day that is written as `yyyyMMdd`, with dashes.
fn dashed(day: &str) -> String {
    let part = |from: usize, to: usize| day.get(from..to).unwrap_or_default();
    format!("{}-{}-{}", part(0, 4), part(4, 6), part(6, 8))
}

/// The error of a value that is not the object, or the list of objects, that the field takes. `given` is the value's type where that says more.
fn must_be_object(field: &Field, given: Option<&str>, by: By<'_>) -> Breach {
    let Some(Example { name, json, is_list }) = example::of(field, by) else {
        return Breach::of(field, "must be an object");
    };
    let rule = match (is_list, given) {
        (false, None) => format!("must be an object ({name}) such as {json}"),
        (false, Some(given)) => format!("must be an object ({name}) such as {json}, not {given}"),
        (true, None) => format!("must be a list of objects ({name}) such as {json}"),
        (true, Some(given)) => format!("must be a list of objects ({name}) such as {json}, not {given}"),
    };
    Breach::of(field, rule)
}

/// An object as JSON, its members in the order given.
fn object(field: &Field, record: &Record, value: &Value<'_>, by: By<'_>) -> Result<String, Breach> {
    let members = match value {
        Value::Object(members) => Cow::Borrowed(members),
        Value::Json(text) | Value::Text(text) => match Value::from_json(text) {
            Some(Value::Object(members)) => Cow::Owned(members),
            _ => return Err(must_be_object(field, None, by)),
        },
        _ => return Err(must_be_object(field, Some(&value.type_name()), by)),
    };
    members_of(record, &members, by).map_err(|breach| breach.inside(field))
}

fn members_of(record: &Record, members: &Params<'_>, by: By<'_>) -> Result<String, Breach> {
    let mut out = json::Object::default();
    for (at, (name, value)) in members.iter().enumerate() {
        let Some(field) = record.field(name) else {
            let other = || others::member(record, name);
            let rule = match meant(record.fields.iter().map(|field| field.name), name).or_else(other) {
                Some(meant) => format!("is not a member of {}; did you mean {meant}?", record.name),
                None => format!("is not a member of {}", record.name),
            };
            return Err(Breach { code: ErrorCode::InvalidRequest, field: name.to_string(), rule });
        };
        if members.iter().take(at).any(|(earlier, _)| earlier == name) {
            return Err(Breach::of(field, "is given twice"));
        }
        let text = text_of(field, value, by)?;
        if !text.is_empty() {
            out.push(field.name, &text, field.kind.is_quoted());
        }
    }
    let is_there = |wanted: &str| members.iter().any(|(name, _)| name == wanted);
    let is_filled = |wanted: &str| members.iter().any(|(name, value)| name == wanted && !value.is(""));
    let currencies = record.fields.iter().filter(|field| matches!(field.kind, FieldKind::Currency) && !field.required);
    for field in currencies.filter(|field| !is_filled(field.name)) {
        if let Some(fee_type) = by.unsaid_fee_type() {
            out.push(field.name, fee_type, field.kind.is_quoted());
        }
    }
    if let Some(missing) = record.fields.iter().find(|field| field.required && !is_there(field.name)) {
        return Err(Breach::of(missing, required(missing, by)));
    }
    Ok(out.into_text())
}

/// A list of objects as JSON.
fn list(field: &Field, record: &Record, value: &Value<'_>, by: By<'_>) -> Result<String, Breach> {
    let items = match value {
        Value::List(items) => Cow::Borrowed(items),
        Value::Json(text) | Value::Text(text) => match Value::from_json(text) {
            Some(Value::List(items)) => Cow::Owned(items),
            _ => return Err(must_be_object(field, None, by)),
        },
        _ => return Err(must_be_object(field, Some(&value.type_name()), by)),
    };
    if (field.required || field.least > 0) && items.is_empty() {
        return Err(Breach::of(field, "must not be empty"));
    }
    if items.len() < field.least {
        return Err(Breach::of(field, format!("must have at least {} items, not {}", field.least, items.len())));
    }
    if field.max > 0 && items.len() > field.max {
        return Err(Breach::of(field, format!("must have at most {} items, not {}", field.max, items.len())));
    }
    let items: Result<Vec<_>, _> = items.iter().map(|item| object(field, record, item, by)).collect();
    Ok(format!("[{}]", items?.join(",")))
}

/// A value as JSON, where the table does not know its members.
fn plain(field: &Field, value: &Value<'_>) -> Result<serde_json::Value, Breach> {
    Ok(match value {
        Value::Text(text) => text.as_ref().into(),
        Value::Int(int) => (*int).into(),
        Value::Bool(own) => (*own).into(),
        // As in APIv3. No JSON of APIv2 has times that WeChat documents.
        Value::Time(time) => time.to_rfc3339().into(),
        Value::Date(day) => day.as_ref().into(),
        Value::Json(text) => {
            serde_json::from_str(text).map_err(|_| Breach::of(field, "contains a text that must be JSON"))?
        }
        Value::Object(members) => {
            let members = members.iter().map(|(name, member)| Ok((name.to_string(), plain(field, member)?)));
            serde_json::Value::Object(members.collect::<Result<_, _>>()?)
        }
        Value::List(items) => items.iter().map(|item| plain(field, item)).collect::<Result<_, _>>()?,
        Value::Other(name) => return Err(Breach::of(field, format!("contains {name}, which JSON cannot hold"))),
    })
}

#[cfg(test)]
#[allow(dead_code, unreachable_pub, reason = "the macros make whole public types")]
mod tests {
    use super::*;
    use crate::table::macros::object;
    use crate::table::row::Sender;

    object! {
        /// A part of an order.
        Part {
            /// When it ends.
            end_time: Instant,
            /// A part of it.
            inner: Record<Inner>,
        }
    }

    object! {
        /// A part of a part.
        Inner {
            /// When it ends.
            end_time: Instant,
        }
    }

    #[test]
    fn a_time_inside_an_object_is_sent_in_beijing_time() {
        const TEXT: &str = "2018-06-08T10:34:56+08:00";
        let time = BeijingTime::from_unix(1_528_425_296).unwrap();
        let part = Part::new().end_time(time).inner(Inner::new().end_time(time));
        let by = By::any(Sender::Any);
        let object = Value::Object(part.0.clone());
        let field = Field::new("part", FieldKind::Record(Part::RECORD), "");
        let expected = format!(r#"{{"end_time":"{TEXT}","inner":{{"end_time":"{TEXT}"}}}}"#);
        assert_eq!(checked(&field, &object, by).unwrap(), expected);
        let list = Value::List(vec![object.clone()]);
        let field = Field::new("parts", FieldKind::List(Part::RECORD), "");
        assert_eq!(checked(&field, &list, by).unwrap(), format!("[{expected}]"));
        // Where no table says what is in it.
        let field = Field::new("detail", FieldKind::Json, "");
        assert_eq!(checked(&field, &object, by).unwrap(), expected);
        let wrong = Value::Json(r#"{"inner":{"end_time":"2018-06-08 10:34:56"}}"#.into());
        let field = Field::new("part", FieldKind::Record(Part::RECORD), "");
        let error = checked(&field, &wrong, by).unwrap_err();
        assert_eq!(error.to_string(), format!("part.inner.end_time: {INSTANT}"));
    }

    #[test]
    fn the_yuan_has_one_code() {
        for text in ["RMB", "rmb", "cny", "CNH", "元", "人民币", " CNY"] {
            assert_eq!(currency_rule(text), Some("must be CNY, the code of the yuan in ISO 4217"), "{text}");
        }
        for text in ["usd", "US", "DOLLAR", "$"] {
            assert_eq!(currency_rule(text), Some("must be a currency of ISO 4217, such as CNY"), "{text}");
        }
        assert_eq!(["CNY", "USD", "JPY"].map(currency_rule), [None; 3]);
    }

    #[test]
    fn a_name_with_a_slip_is_known() {
        let names = ["total", "currency", "appid", "ip"];
        let meant = |given| meant(names.into_iter(), given);
        assert_eq!(
            [meant("totl"), meant("Total"), meant("curency"), meant("app_id")],
            [Some("total"), Some("total"), Some("currency"), Some("appid")]
        );
        assert_eq!([meant("i"), meant("ipx"), meant("amount"), meant("")], [None; 4]);
    }
}
