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
    let object = json::object(body);
    let found = object.as_ref().map(errcode);
    let is_refusal = matches!(found, Some(Some(code)) if code != 0) && (400..500).contains(&status);
    if status != 200 && !is_refusal {
        return Err(unknown(shown(Error::gateway(status, b""), object.as_ref(), body)));
    }
    let (Some(object), Some(found)) = (object, found) else {
        let error = if is_markup(body) {
            Error::gateway(status, b"")
        } else {
            Error::malformed("not a JSON object").saying(short_text(body))
        };
        return Err(unknown(shown(error, None, body)));
    };
    let errmsg = object.get("errmsg").and_then(Value::as_str).unwrap_or_default();
    let Some(errcode) = found else {
        let error = Error::malformed("errcode is not an integer").saying(errmsg);
        return Err(unknown(shown(error, Some(&object), body)));
    };
    if errcode != 0 {
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

/// With the body, unless it may hold a token. Members of an object are known by their names; what is damaged is not looked at more
/// closely.
fn shown(error: Error, object: Option<&Map<String, Value>>, body: &[u8]) -> Error {
    let holds_token = match object {
        Some(object) => object.keys().any(|name| names_token(name)),
        None => names_token(&String::from_utf8_lossy(body)),
    };
    if holds_token { error } else { error.carrying(body) }
}

fn names_token(text: &str) -> bool {
    const NAMES: [&str; 4] = ["token", "ticket", "secret", "session_key"];
    let text = text.to_ascii_lowercase();
    NAMES.into_iter().any(|name| text.contains(name))
}

/// A text that came instead of JSON; empty for one that is long, or may hold a token.
fn short_text(body: &[u8]) -> &str {
    const SHORT: usize = 200;
    let text = std::str::from_utf8(body).map_or("", str::trim);
    let fits = text.len() <= SHORT && !names_token(text) && !text.contains(char::is_control);
    if fits { text } else { "" }
}

fn is_markup(body: &[u8]) -> bool {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start().first() == Some(&b'<')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use crate::platform::jssdk::JssdkToken;
    use crate::table::row::Call;

    fn refused(status: u16, body: &str) -> Error {
        read(JssdkToken::ENDPOINT, status, body.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_refusal_with_a_status_of_4xx_is_a_refusal() {
        let error = refused(400, r#"{"errcode":40125,"errmsg":"invalid appsecret rid: 1"}"#);
        assert!(matches!(error.kind(), Kind::OAuth { errcode: 40125, .. }), "{error:?}");
        assert!(error.to_string().contains("invalid appsecret rid: 1"), "{error}");
        for (status, body) in [(500, r#"{"errcode":40125,"errmsg":"x"}"#), (400, r#"{"errcode":0}"#), (400, "{}")] {
            assert_eq!(refused(status, body).code(), "gateway", "{status} {body}");
        }
    }

    #[test]
    fn the_words_of_a_reply_that_cannot_be_read_are_shown_and_tokens_are_not() {
        let error = refused(200, r#"{"errcode":"abc","errmsg":"access_token is invalid"}"#);
        assert!(error.to_string().contains("WeChat says: access_token is invalid"), "{error}");
        assert_eq!(error.body(), Some(r#"{"errcode":"abc","errmsg":"access_token is invalid"}"#));
        assert!(refused(200, "system is busy").to_string().contains("WeChat says: system is busy"));
        for body in [r#"{"errcode":"abc","access_token":"T0KEN"}"#, r#"{"access_token":"T0KEN","#, "token T0KEN"] {
            let error = refused(200, body);
            assert!(!error.to_string().contains("T0KEN") && error.body().is_none(), "{body}: {error}");
        }
    }
}
