//! A caller's value against its field, before anything is sent.

use core::net::IpAddr;
use std::borrow::Cow;

use super::row::{Field, Kind};
use crate::error::Error;
use crate::hosts::is_bare_url;
use crate::time::BeijingTime;
use crate::value::Value;

/// A value as its wire text, held against its field.
pub(crate) fn checked<'a>(field: &Field, value: &'a Value<'_>) -> Result<Cow<'a, str>, Error> {
    let refuse = |rule: &str| Err(Error::invalid(field.name, rule));
    let not_text = |value: &Value<'_>| refuse(&format!("must be text, not {}", value.type_name()));
    let text: Cow<'a, str> = match (field.kind, value) {
        (Kind::Fen, Value::Int(fen)) if *fen >= 1 => fen.to_string().into(),
        (Kind::Fen, Value::Int(_)) => return refuse("must be at least 1 fen"),
        (Kind::Fen, other) => return refuse(&format!("must be an integer of fen, not {}", other.type_name())),
        (Kind::Int, Value::Int(int)) => int.to_string().into(),
        (Kind::Int, other) => return refuse(&format!("must be an integer, not {}", other.type_name())),
        (Kind::Time, Value::Time(time)) => time.to_wire().into(),
        (Kind::Time, Value::Text(text)) if text.len() == 14 && BeijingTime::parse(text).is_some() => {
            Cow::Borrowed(text)
        }
        (Kind::Time, Value::Text(_)) => {
            return refuse("must be a time with its zone, or yyyyMMddHHmmss in Beijing time");
        }
        (Kind::Time, other) => {
            return refuse(&format!(
                "must be a time with its zone, or yyyyMMddHHmmss in Beijing time, not {}",
                other.type_name()
            ));
        }
        (Kind::Json, Value::Json(text)) => Cow::Borrowed(text),
        (_, Value::Text(text)) => Cow::Borrowed(text),
        (_, other) => return not_text(other),
    };
    if text.is_empty() {
        return if field.required { refuse("must not be empty") } else { Ok(text) };
    }
    if field.max > 0 && text.len() > field.max && text.chars().count() > field.max {
        return refuse(&format!("must be at most {} characters long", field.max));
    }
    let fits = match field.kind {
        Kind::Text | Kind::Int | Kind::Fen | Kind::Time => true,
        Kind::Id => !text.contains(|c: char| c.is_whitespace() || c.is_control()),
        Kind::OutNo => text.bytes().all(is_out_no),
        Kind::Ip => text.parse::<IpAddr>().is_ok(),
        Kind::Url => is_bare_url(&text),
        Kind::Json => serde_json::from_str::<serde_json::Value>(&text).is_ok(),
        Kind::Enum(values) => values.contains(&&*text),
    };
    if fits {
        return Ok(text);
    }
    match field.kind {
        Kind::Id => refuse("must have no white space"),
        Kind::OutNo => refuse("must consist of digits, letters, and _ - | * @"),
        Kind::Ip => refuse("must be an IPv4 or IPv6 address"),
        Kind::Url => refuse("must be an absolute http or https URL without a query"),
        Kind::Json => refuse("must be JSON"),
        Kind::Enum(values) => refuse(&format!("must be one of {}", values.join(", "))),
        _ => refuse("is not valid"),
    }
}

/// Whether two names differ in nothing but capitals and underscores, as `totalFee` does.
pub(crate) fn alike(one: &str, other: &str) -> bool {
    fn letters(name: &str) -> impl Iterator<Item = u8> {
        name.bytes().filter(|b| *b != b'_').map(|b| b.to_ascii_lowercase())
    }
    letters(one).eq(letters(other))
}

/// Whether a byte may stand in a merchant's number.
pub(crate) fn is_out_no(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'|' | b'*' | b'@')
}
