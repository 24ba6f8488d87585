//! Values as the caller's language gives them.

use std::borrow::Cow;
use std::fmt;

use crate::error::Error;
use crate::fields::Fields;
use crate::time::BeijingTime;

/// A call's fields, in the caller's order.
pub type Params<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// A value as the caller's language has it.
#[derive(Clone, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// An integer.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// An instant.
    Time(BeijingTime),
    /// A day without a time, as `yyyy-MM-dd`.
    Date(Cow<'a, str>),
    /// An object or a list, written as JSON.
    Json(Cow<'a, str>),
    /// An object, by its members.
    Object(Params<'a>),
    /// A list.
    List(Vec<Value<'a>>),
    /// Something of another type, by that type's name.
    Other(Cow<'a, str>),
}

/// Without texts: one may be a payment code, a name or a token.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(int) => f.debug_tuple("Int").field(int).finish(),
            Self::Bool(own) => f.debug_tuple("Bool").field(own).finish(),
            Self::Time(time) => f.debug_tuple("Time").field(time).finish(),
            Self::Object(members) => f.debug_tuple("Object").field(members).finish(),
            Self::List(items) => f.debug_tuple("List").field(items).finish(),
            Self::Text(_) => f.write_str("Text(***)"),
            Self::Date(_) => f.write_str("Date(***)"),
            Self::Json(_) => f.write_str("Json(***)"),
            Self::Other(_) => f.write_str("Other(***)"),
        }
    }
}

impl Value<'_> {
    /// The value without borrowed texts, for another thread.
    pub fn into_owned(self) -> Value<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Text(text) => Value::Text(owned(text)),
            Self::Int(int) => Value::Int(int),
            Self::Bool(own) => Value::Bool(own),
            Self::Time(time) => Value::Time(time),
            Self::Date(day) => Value::Date(owned(day)),
            Self::Json(text) => Value::Json(owned(text)),
            Self::Object(members) => {
                let members = members.into_iter().map(|(name, member)| (owned(name), member.into_owned()));
                Value::Object(members.collect())
            }
            Self::List(items) => Value::List(items.into_iter().map(Value::into_owned).collect()),
            Self::Other(name) => Value::Other(owned(name)),
        }
    }

    /// The name of its type, for an error.
    pub(crate) fn type_name(&self) -> Cow<'static, str> {
        match self {
            Self::Text(_) => "text".into(),
            Self::Int(_) => "an integer".into(),
            Self::Bool(_) => "a boolean".into(),
            Self::Time(_) => "a time".into(),
            Self::Date(_) => "a date".into(),
            Self::Json(_) | Self::Object(_) => "an object".into(),
            Self::List(_) => "a list".into(),
            Self::Other(name) => without_number(name).to_owned().into(),
        }
    }

    /// The name of its type, with its number: for amounts, which are not secret. A text is shown if it looks like an amount.
    pub(crate) fn type_name_and_number(&self) -> Cow<'static, str> {
        match self {
            Self::Other(name) => name.to_string().into(),
            Self::Text(text) if is_amount(text) => format!("the text '{text}'").into(),
            _ => self.type_name(),
        }
    }

    /// Whether this text is what the value looks like on the wire.
    pub(crate) fn is(&self, text: &str) -> bool {
        match self {
            Self::Text(own) | Self::Json(own) => own == text,
            Self::Int(int) => int.to_string() == text,
            Self::Bool(own) => own.to_string() == text,
            Self::Time(_) | Self::Date(_) | Self::Object(_) | Self::List(_) | Self::Other(_) => false,
        }
    }
}

impl Value<'static> {
    /// The value that a JSON text is; `None` when it is not JSON.
    pub(crate) fn from_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self::of)
    }

    fn of(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Other("null".into()),
            serde_json::Value::Bool(own) => Self::Bool(own),
            serde_json::Value::Number(number) => {
                number.as_i64().map_or_else(|| Self::Other("a number that is not an integer".into()), Self::Int)
            }
            serde_json::Value::String(text) => Self::Text(text.into()),
            serde_json::Value::Array(items) => Self::List(items.into_iter().map(Self::of).collect()),
            serde_json::Value::Object(members) => {
                // A member that is null is a member that is not given.
                let members = members.into_iter().filter(|(_, member)| !member.is_null());
                Self::Object(members.map(|(name, member)| (name.into(), Self::of(member))).collect())
            }
        }
    }
}

/// A time inside an object or a list that is sent as JSON: RFC 3339 in Beijing time. `field` has the object, `unix` is in seconds since 1970.
///
/// # Errors
/// `InvalidRequest` when the year in Beijing is not between 1 and 9999.
pub fn time_in_json(field: &str, unix: i64) -> Result<String, Error> {
    match BeijingTime::from_unix(unix) {
        Ok(time) => Ok(time.to_rfc3339()),
        Err(_) => Err(Error::invalid(field, "contains a time whose year in Beijing is not between 1 and 9999")),
    }
}

/// Whether a text is a number as people write amounts. A secret in the wrong place is not.
pub fn is_amount(text: &str) -> bool {
    /// More digits than any amount has, and fewer than a key.
    const LONGEST: usize = 16;
    let number = text.trim().trim_start_matches(['¥', '￥', '-', '+']).trim_start();
    text.len() <= LONGEST
        && !number.is_empty()
        && number.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b','))
}

/// `a float` of `a float (19.99)`.
fn without_number(name: &str) -> &str {
    let is_number = |text: &str| text.strip_suffix(')').is_some_and(|number| number.parse::<f64>().is_ok());
    name.split_once(" (").filter(|(_, rest)| is_number(rest)).map_or(name, |(kind, _)| kind)
}

/// The texts of a flat document whose values the caller gave as texts and integers.
///
/// # Errors
/// `InvalidRequest` for a value of another type.
pub fn texts<'a>(params: &'a Params<'_>) -> Result<impl Iterator<Item = (&'a str, Cow<'a, str>)> + Clone, Error> {
    for (name, value) in params {
        if !matches!(value, Value::Text(_) | Value::Int(_)) {
            let kind = value.type_name();
            return Err(Error::invalid(&**name, format!("must be text or an integer, not {kind}")));
        }
    }
    Ok(params.iter().filter_map(|(name, value)| match value {
        Value::Int(int) => Some((&**name, int.to_string().into())),
        Value::Text(text) => Some((&**name, Cow::Borrowed(&**text))),
        // Refused above.
        _ => None,
    }))
}

/// A flat document whose values the caller gave as texts and integers.
///
/// # Errors
/// `InvalidRequest` for a value of another type, and for a name that is given twice.
pub fn document(params: &Params<'_>) -> Result<Fields, Error> {
    let mut fields = Fields::with_capacity(params.len(), 1024);
    for (name, text) in texts(params)? {
        fields.push(name, &text).map_err(|_| Error::invalid(name, "is given twice"))?;
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_inside_json_are_those_of_beijing() {
        assert_eq!(time_in_json("a", 1_528_425_296).unwrap(), "2018-06-08T10:34:56+08:00");
        assert_eq!(time_in_json("a", -1).unwrap(), "1970-01-01T07:59:59+08:00");
        for unix in [i64::MIN, -62_135_625_601, 253_402_300_800, i64::MAX] {
            let error = time_in_json("a", unix).unwrap_err().to_string();
            assert_eq!(error, "a: contains a time whose year in Beijing is not between 1 and 9999", "{unix}");
        }
    }

    #[test]
    fn texts_and_integers_are_read_and_other_types_are_refused_by_name() {
        let params: Params<'_> = vec![("a".into(), Value::Text("甲".into())), ("b".into(), Value::Int(-5))];
        let fields = document(&params).unwrap();
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", "甲"), ("b", "-5")]);
        for (value, kind) in [
            (Value::Json("[]".into()), "an object"),
            (Value::Time(BeijingTime::from_unix(0).unwrap()), "a time"),
            (Value::Other("a float".into()), "a float"),
            // It may be a secret in the wrong place.
            (Value::Other("a float (1.5)".into()), "a float"),
        ] {
            let error = document(&vec![("a".into(), value)]).unwrap_err();
            assert_eq!(error.to_string(), format!("a: must be text or an integer, not {kind}"));
        }
        let twice: Params<'_> = vec![("a".into(), Value::Int(1)), ("a".into(), Value::Int(1))];
        assert_eq!(document(&twice).unwrap_err().to_string(), "a: is given twice");
    }
}
