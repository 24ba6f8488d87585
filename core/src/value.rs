//! Values as the caller's language gives them.

use std::borrow::Cow;

use crate::error::Error;
use crate::fields::Fields;
use crate::time::BeijingTime;

/// A call's fields, in the caller's order.
pub type Params<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// A value as the caller's language has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// An integer.
    Int(i64),
    /// An instant.
    Time(BeijingTime),
    /// An object or a list, written as JSON.
    Json(Cow<'a, str>),
    /// Something of another type, by that type's name.
    Other(Cow<'a, str>),
}

impl Value<'_> {
    /// The name of its type, for an error.
    pub(crate) fn type_name(&self) -> Cow<'static, str> {
        match self {
            Self::Text(_) => "text".into(),
            Self::Int(_) => "an integer".into(),
            Self::Time(_) => "a time".into(),
            Self::Json(_) => "an object".into(),
            Self::Other(name) => name.to_string().into(),
        }
    }
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
    Ok(params.iter().map(|(name, value)| {
        let text = match value {
            Value::Int(int) => int.to_string().into(),
            Value::Text(text) | Value::Json(text) | Value::Other(text) => Cow::Borrowed(&**text),
            Value::Time(time) => time.to_wire().into(),
        };
        (&**name, text)
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
    fn texts_and_integers_are_read_and_other_types_are_refused_by_name() {
        let params: Params<'_> = vec![("a".into(), Value::Text("甲".into())), ("b".into(), Value::Int(-5))];
        let fields = document(&params).unwrap();
        assert_eq!(fields.iter().collect::<Vec<_>>(), [("a", "甲"), ("b", "-5")]);
        for (value, kind) in [
            (Value::Json("[]".into()), "an object"),
            (Value::Time(BeijingTime::from_unix(0).unwrap()), "a time"),
            (Value::Other("a float".into()), "a float"),
        ] {
            let error = document(&vec![("a".into(), value)]).unwrap_err();
            assert_eq!(error.to_string(), format!("a: must be text or an integer, not {kind}"));
        }
        let twice: Params<'_> = vec![("a".into(), Value::Int(1)), ("a".into(), Value::Int(1))];
        assert_eq!(document(&twice).unwrap_err().to_string(), "a: is given twice");
    }
}
