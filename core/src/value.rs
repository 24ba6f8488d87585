//! Values as the caller's language gives them.

use std::borrow::Cow;

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
