//! What a call of the control API is given: its query, and the JSON of its body.

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::refusal::{ControlError, bad};

pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn new(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn other_than(&self, known: &[&str]) -> Option<&str> {
        self.0.iter().map(|(name, _)| name.as_str()).find(|name| !known.contains(name))
    }

    pub(super) fn limit(&self) -> Result<usize, ControlError> {
        match self.get("limit") {
            None => Ok(usize::MAX),
            Some(text) => text.parse().map_err(|_| bad("limit must be a number")),
        }
    }
}

pub(super) fn parse<T: DeserializeOwned>(body: &Bytes) -> Result<T, ControlError> {
    serde_json::from_slice(body).map_err(|error| {
        let text = body.trim_ascii();
        bad(match text {
            [] => "the body is empty; it must be JSON".to_owned(),
            // It is JSON, and says something else than it should.
            _ if error.is_data() => format!("the body: {error}"),
            [b'{', rest @ ..] if rest.trim_ascii_start().starts_with(b"'") => {
                "the body must be JSON, with \" around names and texts, not '".to_owned()
            }
            [b'{' | b'[' | b'"', ..] => format!("the body is not valid JSON: {error}"),
            _ if text.contains(&b'=') => "the body must be JSON, not a form".to_owned(),
            _ => format!("the body must be JSON: {error}"),
        })
    })
}
