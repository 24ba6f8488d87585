//! From the bytes that the open platform answered to fields, or to an error.

use serde_json::{Map, Value};

use crate::codes::{CODE_KEPT, CODE_MAY_BE_USED, Meaning};
use crate::error::Error;
use crate::fields::Fields;
use crate::retry::{self, Failure, RetryClass, after_unknown};
use crate::table::row::{Endpoint, Field, FieldKind, Record};
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
    let mut object = json::object(body);
    let found = object.as_ref().map(errcode);
    let is_refusal = matches!(found, Some(Some(code)) if code != 0) && (400..500).contains(&status);
    if status != 200 && !is_refusal {
        return Err(unknown(shown(Error::gateway(status, b""), object.as_ref(), body)));
    }
    let (Some(object), Some(found)) = (object.as_mut(), found) else {
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
        return Err(unknown(shown(error, Some(object), body)));
    };
    if errcode != 0 {
        let error = Error::oauth(call.api, errcode, errmsg).of_call(call.api, call.name);
        let error = match (class, error.meaning()) {
            (RetryClass::Once, Some(Meaning::Trouble)) => {
                error.meaning_as(Some(if call.keeps_code { &CODE_KEPT } else { &CODE_MAY_BE_USED }))
            }
            _ => error,
        };
        let retry = retry::advice(class, Failure::of(&error)).retry;
        return Err(error.at(call.name).advise(retry));
    }
    // None of these is `unknown`: WeChat answered, and would answer the same again.
    let unreadable = |why: String| Error::malformed(&why).at(call.name);
    if let Some((field, why)) = call.reply.fields.iter().find_map(|field| Some((field, breach(field, object)?))) {
        return Err(unreadable(format!("{} {why}", field.name)));
    }
    normalize(call.reply, object);
    let fields = json::fields_of(object).ok_or_else(|| unreadable("too many fields".to_owned()))?;
    call.reply.check(&fields).map_err(|(field, why)| unreadable(format!("{field} {why}")))?;
    Ok(fields)
}

/// How long a token lives, in seconds.
pub(crate) const EXPIRES_IN: &str = "expires_in";
/// What a reply without a valid `expires_in` has instead. The rest of it may be all that a caller needs, and a code is used up by
/// asking.
pub(crate) const UNSAID: &str = "0";

/// Writes integers as integers: some gateways write `7200.0`, or texts.
fn normalize(record: &Record, object: &mut Map<String, Value>) {
    for field in record.fields.iter().filter(|field| matches!(field.kind, FieldKind::Int)) {
        match object.get(field.name).and_then(integer) {
            Some(number) => {
                object.insert(field.name.to_owned(), number.into());
            }
            None if field.name == EXPIRES_IN => {
                object.insert(field.name.to_owned(), UNSAID.into());
            }
            None => {}
        }
    }
}

/// `errcode` as a number, however it is written; 0 when it is not there. `None` when it is no integer.
fn errcode(object: &Map<String, Value>) -> Option<i64> {
    match object.get("errcode") {
        None | Some(Value::Null) => Some(0),
        Some(Value::String(text)) if text.trim().is_empty() => Some(0),
        Some(value) => integer(value),
    }
}

/// A whole number, also as a floating-point number or as text.
fn integer(value: &Value) -> Option<i64> {
    /// Beyond it a floating-point number is no longer one integer.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = |float: f64| {
        let float = Some(float).filter(|float| float.fract() == 0.0 && float.abs() < EXACT)?;
        format!("{float:.0}").parse().ok()
    };
    match value {
        Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
        Value::String(text) => {
            let text = text.trim();
            let is_plain =
                !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
            text.parse().ok().or_else(|| whole(text.parse().ok().filter(|_| is_plain)?))
        }
        _ => None,
    }
}

/// Why a value cannot be used: text belongs there, or it is an identifier that was damaged on the way.
fn breach(field: &Field, object: &Map<String, Value>) -> Option<&'static str> {
    match (field.kind, object.get(field.name)) {
        (_, None | Some(Value::Null)) => None,
        (FieldKind::Id | FieldKind::OutNo, Some(Value::String(text))) => {
            let is_damaged = text.contains(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER);
            is_damaged.then_some("is damaged: it has control characters, or bytes that are not UTF-8")
        }
        (
            FieldKind::Text | FieldKind::Url | FieldKind::Ip | FieldKind::Currency | FieldKind::Enum(_),
            Some(Value::String(_)),
        ) => None,
        (
            FieldKind::Text
            | FieldKind::Id
            | FieldKind::OutNo
            | FieldKind::Url
            | FieldKind::Ip
            | FieldKind::Currency
            | FieldKind::Enum(_),
            Some(_),
        ) => Some("is not text"),
        _ => None,
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
    use crate::platform::oauth::{OauthAccessToken, OauthUserinfo};
    use crate::table::row::Call;

    fn refused(status: u16, body: &str) -> Error {
        read(JssdkToken::ENDPOINT, status, body.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_reply_without_a_required_field_is_final_and_names_it() {
        for (openid, why) in [
            ("null", "openid is missing"),
            ("\"\"", "openid is missing"),
            ("5", "openid is not text"),
            ("\"o\\u0001\"", "openid is damaged"),
        ] {
            let body = format!(r#"{{"openid":{openid},"nickname":"n"}}"#);
            let error = read(OauthUserinfo::ENDPOINT, 200, body.as_bytes()).unwrap_err();
            assert_eq!((error.code(), error.retry().as_str()), ("malformed_reply", "never"), "{error}");
            assert!(error.to_string().contains(why), "{error}");
        }
        let error = read(OauthUserinfo::ENDPOINT, 200, b"{}").unwrap_err();
        assert_eq!(error.retry().as_str(), "never");
    }

    #[test]
    fn a_number_is_read_in_any_form_and_a_life_that_is_not_said_is_zero() {
        for (written, read_as) in [
            ("7200", 7200),
            ("7200.0", 7200),
            ("\"7200\"", 7200),
            ("\" 7200.0 \"", 7200),
            ("null", 0),
            ("\"\"", 0),
            ("7200.5", 0),
            ("\"inf\"", 0),
            ("[]", 0),
        ] {
            let body = format!(r#"{{"access_token":"t","openid":"o","expires_in":{written}}}"#);
            let reply = read(OauthAccessToken::ENDPOINT, 200, body.as_bytes()).unwrap();
            assert_eq!(reply.get("expires_in"), Some(&*read_as.to_string()), "{written}");
        }
        let reply = read(JssdkToken::ENDPOINT, 200, br#"{"access_token":"t"}"#).unwrap();
        assert_eq!(reply.get("expires_in"), Some("0"));
        let error = refused(200, r#"{"errcode":"40029.0","errmsg":"invalid code"}"#);
        assert!(matches!(error.kind(), Kind::OAuth { errcode: 40029, .. }), "{error:?}");
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
