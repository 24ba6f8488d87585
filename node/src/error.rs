//! Errors on their way to JavaScript: one JSON. `errors.ts` makes the classes of it.

use serde_json::{Map, Value, json};
use wxpaykit::Error;
use wxpaykit::binding::display::clean_lines;
use wxpaykit::binding::language::language;
use wxpaykit::doctor::Explanation;
use wxpaykit::error::Detail;
use wxpaykit::registry;
use wxpaykit::table::settings::SETTINGS;

/// The result of this addon's functions. napi throws the error with this code, and the JSON as its message.
pub type Result<T> = std::result::Result<T, napi::Error<Code>>;

/// The `code` of errors that core returned. Those of napi itself have others.
pub struct Code;

impl AsRef<str> for Code {
    fn as_ref(&self) -> &str {
        "WxPay"
    }
}

/// An error to throw.
pub(crate) fn thrown(error: Error) -> napi::Error<Code> {
    napi::Error::new(Code, to_json(&error))
}

/// Class, code, call, what is safe now, the order of the notification, the field, the text without the names of call and field, the
/// details of the class, and the causes.
pub(crate) fn to_json(error: &Error) -> String {
    let is_setting = error.class() == "ConfigError";
    let details: Map<String, Value> = error
        .details()
        .map(|(name, detail)| {
            let value = match detail {
                Detail::Text(text) if matches!(name, "rule" | "remedy" | "remedy_zh") => {
                    in_javascript(text, is_setting).into()
                }
                Detail::Text(text) => text.into(),
                Detail::Int(int) => int.into(),
                Detail::Bool(own) => own.into(),
                Detail::Json(text) => serde_json::from_str(text).unwrap_or_else(|_| text.into()),
                // Names and values, in their order.
                Detail::Document(fields) => fields.iter().map(|(name, value)| json!([name, value])).collect(),
                Detail::Explanation(explanation) => explained(explanation),
                // A detail that this version does not know.
                _ => Value::Null,
            };
            (name.to_owned(), value)
        })
        .collect();
    json!({
        "class": error.class(),
        "code": error.code(),
        "endpoint": error.endpoint(),
        "retry": error.retry().as_str(),
        "out_trade_no": error.out_trade_no(),
        "field": error.field(),
        "text": in_javascript(&error.text_in(language()), is_setting),
        "details": details,
        "causes": error.causes().collect::<Vec<_>>(),
    })
    .to_string()
}

/// Functions and arguments of this package that core's texts name.
const FUNCTIONS: &[&str] = &[
    "yuan_to_fen",
    "fen_to_yuan",
    "pay_by_code",
    "resume_pay_by_code",
    "order_and_params",
    "jsapi_params",
    "app_params",
    "amount_of",
    "on_paid",
    "on_refunded",
    "on_refund_failed",
    "on_transferred",
    "on_transfer_failed",
    "on_other",
    "parse_refund",
    "notify.confirm_refund",
    "notify.confirm_transfer",
];

/// The text with the settings and functions under the names that they have in this package. A setting that is called as a field of a call
/// (`notify_url`) is one only in an error about settings.
pub(crate) fn in_javascript(text: &str, is_setting: bool) -> String {
    if !text.contains('_') {
        return text.to_owned();
    }
    let text = without_other_names(text);
    let settings = SETTINGS.iter().map(|setting| setting.name);
    let settings = settings.filter(|name| name.contains('_') && (is_setting || registry::field(name).is_none()));
    settings.chain(FUNCTIONS.iter().copied()).fold(text, |text, name| named(&text, name, &camel(name)))
}

/// The text without its `(Node: …)`, which says for readers of Python's names what they are here.
fn without_other_names(text: &str) -> String {
    let mut parts = text.split(" (Node: ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once(')').map_or("", |(_, after)| after))
}

/// The text with one name in place of another, where that stands as a word of its own.
fn named(text: &str, from: &str, to: &str) -> String {
    // Where core says both.
    let text = text.replace(&format!("{from} ({to})"), from).replace(&format!("{from}, Node {to}"), from);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut written, mut rest) = (String::new(), &*text);
    while let Some((before, after)) = rest.split_once(from) {
        let is_word = !before.ends_with(|c| is_part(c) || c == '.' || c == '/') && !after.starts_with(is_part);
        written = format!("{written}{before}{}", if is_word { to } else { from });
        rest = after;
    }
    written + rest
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let mut letters = part.chars();
        let initial = letters.next().map(|c| c.to_ascii_uppercase());
        initial.into_iter().fold(name, |name, c| format!("{name}{c}")) + letters.as_str()
    })
}

/// Why a signature differs: what `Explanation` of the facade is made of.
pub(crate) fn explained(explanation: &Explanation) -> Value {
    let mut object: Map<String, Value> =
        explanation.fields().map(|(name, text)| (name.to_owned(), text.into())).collect();
    let message = explanation.message(language());
    let in_words = in_javascript(&message, false);
    // The strings that were signed have names of fields, which stay.
    let text = explanation.text(language()).replacen(&message, &in_words, 1);
    object.insert("message".to_owned(), in_words.into());
    object.insert("text".to_owned(), clean_lines(&text).into());
    if let Some(summary) = object.get_mut("summary") {
        *summary = in_javascript(&explanation.line(language()), false).into();
    }
    object.into()
}
