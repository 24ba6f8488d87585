//! Values of fields as the facade writes them: a letter for the kind, then the text.

use wxpaykit::BeijingTime;
use wxpaykit::value::Value;

/// The value of a field.
pub(crate) fn typed(value: &str) -> Value<'static> {
    let (letter, text) = value.split_at_checked(1).unwrap_or_default();
    let other = |name: &'static str| Value::Other(name.into());
    match letter {
        "t" => Value::Text(text.to_owned().into()),
        "i" => text.parse().map_or_else(|_| other("an integer beyond 64 bits"), Value::Int),
        "b" => Value::Bool(is_true(text)),
        "d" => text
            .parse()
            .ok()
            .and_then(|seconds| BeijingTime::from_unix(seconds).ok())
            .map_or_else(|| other("a Date outside the years 1 to 9999"), Value::Time),
        "j" => Value::Json(text.to_owned().into()),
        _ => Value::Other(text.to_owned().into()),
    }
}

fn is_true(text: &str) -> bool {
    text == "true"
}
