//! From the bytes that the open platform answered to fields, or to an error.

use serde_json::{Map, Value};

use crate::error::Error;
use crate::fields::Fields;
use crate::retry::{self, Failure, RetryClass, after_unknown};
use crate::table::row::{Endpoint, Field, FieldKind};
use crate::wire::json;

/// Reads a reply of the open platform: JSON with an `errcode`, or with the document of the call.
///
/// # Errors
/// `OAuth` or `Transport`.
pub fn read(call: &Endpoint, status: u16, body: &[u8]) -> Result<Fields, Error> {
    read_as(call, call.retry, status, body)
}

/// As [`read`], where repeating the call with its fields does something else than usual.
pub(crate) fn read_as(call: &Endpoint, class: RetryClass, status: u16, body: &[u8]) -> Result<Fields, Error> {
    let unknown = |error: Error| error.at(call.name).advise(after_unknown(class));
    if status != 200 {
        return Err(unknown(shown(Error::gateway(status, b""), body)));
    }
    let Some(object) = json::object(body) else {
        let error = if is_markup(body) { Error::gateway(status, b"") } else { Error::malformed("not a JSON object") };
        return Err(unknown(shown(error, body)));
    };
    let Some(errcode) = errcode(&object) else {
        return Err(unknown(Error::malformed("errcode is not an integer")));
    };
    if errcode != 0 {
        let errmsg = object.get("errmsg").and_then(Value::as_str).unwrap_or_default();
        let error = Error::oauth(call.api, errcode, errmsg);
        let retry = retry::advice(class, Failure::of(&error)).retry;
        return Err(error.at(call.name).advise(retry));
    }
    if let Some(field) = call.reply.fields.iter().find(|field| !is_readable(field, object.get(field.name))) {
        // Not `unknown`: WeChat answered, and would answer the same again.
        return Err(Error::malformed(&format!("{} is not text", field.name)).at(call.name));
    }
    let fields = json::fields_of(&object).ok_or_else(|| unknown(Error::malformed("too many fields")))?;
    call.reply.check(&fields).map_err(|(field, why)| unknown(Error::malformed(&format!("{field} {why}"))))?;
    Ok(fields)
}

/// `errcode` as a number, however it is written; 0 when it is not there. `None` when it is no integer.
fn errcode(object: &Map<String, Value>) -> Option<i64> {
    /// Beyond it a floating-point number is no longer one integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match object.get("errcode") {
        None | Some(Value::Null) => Some(0),
        Some(Value::Number(number)) => number.as_i64().or_else(|| {
            let float = number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() < EXACT)?;
            format!("{float:.0}").parse().ok()
        }),
        Some(Value::String(text)) if text.trim().is_empty() => Some(0),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    }
}

/// Whether a value is text where text belongs, and in an identifier nothing that was damaged on the way.
fn is_readable(field: &Field, value: Option<&Value>) -> bool {
    match (field.kind, value) {
        (_, None | Some(Value::Null)) => true,
        (FieldKind::Id | FieldKind::OutNo, Some(Value::String(text))) => {
            !text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER)
        }
        (FieldKind::Text | FieldKind::Url | FieldKind::Ip | FieldKind::Enum(_), Some(Value::String(_))) => true,
        (
            FieldKind::Text | FieldKind::Id | FieldKind::OutNo | FieldKind::Url | FieldKind::Ip | FieldKind::Enum(_),
            Some(_),
        ) => false,
        _ => true,
    }
}

/// With the body, unless it may hold a token: what is damaged is not looked at more closely.
fn shown(error: Error, body: &[u8]) -> Error {
    const SECRETS: [&[u8]; 4] = [b"token", b"ticket", b"secret", b"session_key"];
    let holds = |secret: &[u8]| body.windows(secret.len()).any(|bytes| bytes.eq_ignore_ascii_case(secret));
    if SECRETS.into_iter().any(holds) { error } else { error.carrying(body) }
}

fn is_markup(body: &[u8]) -> bool {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start().first() == Some(&b'<')
}
