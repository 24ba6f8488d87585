//! How much may be shown of a value that WeChat refused. The text of an error and what displays a reply have the same rule.

use serde_json::Value as Json;

use super::row::Field;
use crate::redact::Redaction;

/// A number of so many digits may be a telephone number, a payment code or the number of a card.
const LONG_NUMBER: usize = 11;
/// Where a pointer begins (§5.8 of the protocol).
pub(crate) const PLACES: [&str; 5] = ["body", "query", "uri_template", "url", "header"];

/// How much of a value may be shown. `field` is the one that was refused, where it is known: the value of another one may be a name or an
/// openid.
pub(crate) fn redaction(field: Option<&Field>, value: &Json) -> Redaction {
    let known = match field {
        Some(field) if field.sensitive => Some(Redaction::Hidden),
        // The members of an object have rules of their own.
        Some(field) if field.kind.record().is_none() => Some(field.redaction),
        _ => None,
    };
    match (value, known) {
        (Json::Array(items), _) => {
            let are_plain = items.iter().all(|item| redaction(field, item) == Redaction::Plain);
            if are_plain { Redaction::Plain } else { Redaction::Hidden }
        }
        (Json::String(text), _) if text.is_empty() || is_pointer(text) => Redaction::Plain,
        (Json::String(text), Some(Redaction::Plain)) => of_text(text),
        (Json::Number(number), Some(Redaction::Plain)) => of_text(&number.to_string()),
        (_, Some(known)) => known,
        (Json::String(_) | Json::Object(_), None) => Redaction::Hidden,
        (number, None) => {
            let digits = number.to_string().bytes().filter(u8::is_ascii_digit).count();
            if digits < LONG_NUMBER { Redaction::Plain } else { Redaction::Hidden }
        }
    }
}

/// Whether a text names a place in a request, and nothing else.
pub(crate) fn is_pointer(text: &str) -> bool {
    let Some(path) = text.strip_prefix('/') else { return false };
    let is_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'[' | b']' | b'/');
    path.bytes().all(is_name) && PLACES.iter().any(|place| path.split('/').next() == Some(place))
}

/// How much may be shown of a text whose form may tell what it is.
fn of_text(text: &str) -> Redaction {
    let is_word = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    match text.len() {
        // An openid.
        28 if is_word && text.starts_with('o') => Redaction::Short,
        // A payment code, or the number of a bank card.
        16..=19 if text.bytes().all(|b| b.is_ascii_digit()) => Redaction::Hidden,
        _ => Redaction::Plain,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::registry;

    const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

    #[test]
    fn of_a_field_that_is_not_known_places_and_short_numbers_are_shown() {
        let plain = [
            json!(0),
            json!(-1.5),
            json!(true),
            json!(null),
            json!(""),
            json!("/body/amount/total"),
            json!(["/query/a", 7, []]),
        ];
        for value in plain {
            assert_eq!(redaction(None, &value), Redaction::Plain, "{value}");
        }
        let hidden = [
            json!("张三"),
            json!("/张三"),
            json!("1990"),
            json!("2025-11-28"),
            json!(OPENID),
            json!(13_580_006_666_u64),
            json!({ "a": 0 }),
            json!([0, "张三"]),
            json!([["张三"]]),
        ];
        for value in hidden {
            assert_eq!(redaction(None, &value), Redaction::Hidden, "{value}");
        }
    }

    #[test]
    fn a_known_field_has_its_rule_and_a_text_that_looks_like_a_secret_has_another_one() {
        let of = |name: &str, value: serde_json::Value| redaction(registry::field(name), &value);
        assert_eq!(of("time_expire", json!("2025-11-28")), Redaction::Plain);
        assert_eq!(of("attach", json!(OPENID)), Redaction::Short);
        assert_eq!(of("attach", json!("134579064252415427")), Redaction::Hidden);
        assert_eq!(of("attach", json!(134_579_064_252_415_427_u64)), Redaction::Hidden);
        assert_eq!(of("openid", json!("short")), Redaction::Short);
        assert_eq!(of("user_name", json!("张三")), Redaction::Hidden);
        assert_eq!(of("sub_orders", json!("张三")), Redaction::Hidden);
    }
}
