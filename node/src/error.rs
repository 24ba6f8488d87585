//! Errors on their way to JavaScript: one JSON. `errors.ts` makes the classes of it.

use serde_json::{Map, Value, json};
use wxpaykit::Error;
use wxpaykit::binding::display::{clean_lines, short, words};
use wxpaykit::binding::language::language;
use wxpaykit::doctor::Explanation;
use wxpaykit::error::Detail;

use crate::in_javascript::{in_javascript, in_javascript_but, method};

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

/// Class, code, call, its method, what is safe now, the order of the notification, the field, the text without the names of call and field, the
/// details of the class, and the causes.
pub(crate) fn to_json(error: &Error) -> String {
    let is_setting = error.class() == "ConfigError";
    let of_wechat = ["return_msg", "err_code_des", "errmsg"];
    let of_wechat: Vec<_> = error
        .details()
        .filter_map(|(name, detail)| match detail {
            Detail::Text(text) if of_wechat.contains(&name) => Some(words(text)),
            _ => None,
        })
        .collect();
    let of_wechat: Vec<&str> = of_wechat.iter().map(|words| &**words).collect();
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
        "method": error.endpoint().map(method),
        "retry": error.retry().as_str(),
        "out_trade_no": error.out_trade_no(),
        "field": error.field(),
        "shown_field": error.field().map(short),
        "text": in_javascript_but(&error.text_in(language()), is_setting, &of_wechat),
        "details": details,
        "causes": error.causes().collect::<Vec<_>>(),
    })
    .to_string()
}

/// Why a signature differs: what `Explanation` of the facade is made of.
pub(crate) fn explained(explanation: &Explanation) -> Value {
    let mut object: Map<String, Value> =
        explanation.fields().map(|(name, text)| (name.to_owned(), text.into())).collect();
    // Names of fields stay: in the strings that were signed, and where the message has the field.
    let field = short(explanation.field.as_deref().unwrap_or_default());
    let field = [format!("({field})"), format!("（{field}）")];
    let field = field.each_ref().map(String::as_str);
    let message = explanation.message(language());
    let in_words = in_javascript_but(&message, false, &field);
    let text = explanation.text(language()).replacen(&message, &in_words, 1);
    object.insert("message".to_owned(), in_words.into());
    object.insert("text".to_owned(), clean_lines(&text).into());
    if let Some(summary) = object.get_mut("summary") {
        *summary = in_javascript_but(&explanation.line(language()), false, &field).into();
    }
    object.into()
}
