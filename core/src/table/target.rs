//! Where a JSON call goes, and what it carries: fields in the path, in the query, in the body.

use super::row::{Endpoint, FieldKind, Method};
use crate::fields::Fields;
use crate::wire::form;
use crate::wire::json::Object;

/// Path with query, and the body of a POST.
pub(crate) fn target(endpoint: &Endpoint, fields: &Fields) -> (String, Option<String>) {
    target_at(endpoint, endpoint.path, fields, form::component)
}

/// As [`target`], at another path than the usual one of the call. `encode` writes values into path and query.
pub(crate) fn target_at(
    endpoint: &Endpoint,
    template: &'static str,
    fields: &Fields,
    encode: fn(&str) -> String,
) -> (String, Option<String>) {
    let mut path = String::with_capacity(template.len() + 64);
    let mut in_path = Vec::new();
    let mut rest = template;
    while let Some((before, name, after)) = placeholder(rest) {
        path.push_str(before);
        path.push_str(&encode(fields.get(name).unwrap_or_default()));
        in_path.push(name);
        rest = after;
    }
    path.push_str(rest);
    let others = fields.iter().filter(|(name, _)| !in_path.contains(name));
    match endpoint.method {
        Method::Get => {
            let pairs = others.map(|(name, value)| format!("{name}={}", encode(value)));
            let query = pairs.collect::<Vec<_>>().join("&");
            if !query.is_empty() {
                path.push(if path.contains('?') { '&' } else { '?' });
                path.push_str(&query);
            }
            (path, None)
        }
        Method::Post => {
            let mut body = Object::default();
            for (name, text) in others {
                let kind =
                    endpoint.fields().find(|field| field.name == name).map_or(FieldKind::Text, |field| field.kind);
                body.push(name, text, kind.is_quoted());
            }
            (path, Some(body.into_text()))
        }
    }
}

/// The names of the fields that a path holds.
pub(crate) fn placeholders(path: &'static str) -> impl Iterator<Item = &'static str> {
    let mut rest = path;
    std::iter::from_fn(move || {
        let (_, name, after) = placeholder(rest)?;
        rest = after;
        Some(name)
    })
}

/// The text before the first `{name}`, the name, and the text after it.
fn placeholder(path: &'static str) -> Option<(&'static str, &'static str, &'static str)> {
    let (before, rest) = path.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}
