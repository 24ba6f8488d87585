//! Limits of a request that depend on more than one of its fields, before anything is sent. Rows name them: [`Limit`].

use std::borrow::Cow;

use serde_json::Value as Json;

use super::row::{Endpoint, FieldKind, Limit};
use crate::error::Error;
use crate::fields::Fields;
use crate::money::Fen;

/// Checks the limits of a call.
///
/// # Errors
/// `InvalidRequest`, naming field and rule.
pub(crate) fn check(endpoint: &Endpoint, fields: &Fields) -> Result<(), Error> {
    for limit in endpoint.limits {
        if let Some((field, rule)) = broken(limit, endpoint, fields) {
            return Err(Error::invalid(field, rule));
        }
    }
    Ok(())
}

/// The field that breaks a limit, and the rule.
fn broken(limit: &Limit, endpoint: &Endpoint, fields: &Fields) -> Option<(&'static str, String)> {
    let all = |path: &str| values(endpoint, path, fields);
    let amount = |path: &str| all(path).iter().find_map(Json::as_i64);
    match *limit {
        Limit::AtMost { field, fen, when } => {
            let is_it = when.is_none_or(|(path, wanted)| all(path).iter().any(|value| value.as_str() == Some(wanted)));
            let over = all(field).iter().filter_map(Json::as_i64).find(|given| is_it && *given > fen)?;
            Some((
                field,
                match when {
                    Some((path, value)) => format!("must be at most {fen} fen when {path} is {value}, not {over}"),
                    None => format!("must be at most {fen} fen, not {over}"),
                },
            ))
        }
        Limit::ItemsWithout { field, member, least, most } => {
            let count = all(field).first()?.as_array()?.len();
            let is_filled = |value: &Json| value.as_str() != Some("");
            let fits = (least..=most).contains(&count) || all(member).iter().any(is_filled);
            let rule = || format!("must have {least} to {most} items without {member}, not {count}");
            (!fits).then(|| (field, rule()))
        }
        Limit::RequiredFrom { field, amount: of, fen } => {
            let is_missing = fields.filled(field).is_none() && amount(of).is_some_and(|given| given >= fen);
            is_missing.then(|| (field, format!("is required from ¥{} ({fen} fen) on", yuan(fen))))
        }
        Limit::AbsentBelow { field, amount: of, fen } => {
            let is_there = fields.filled(field).is_some() && amount(of).is_some_and(|given| given < fen);
            is_there.then(|| (field, format!("must be left out below ¥{} ({fen} fen)", yuan(fen))))
        }
    }
}

/// The values at the path of a member: one of each item, where a list is on the way.
fn values(endpoint: &Endpoint, path: &str, fields: &Fields) -> Vec<Json> {
    let mut names = path.split('.');
    let first = names.next().unwrap_or_default();
    let Some(text) = fields.get(first) else { return Vec::new() };
    let kind = endpoint.fields().find(|field| field.name == first).map(|field| field.kind);
    let is_json = !matches!(kind, None | Some(FieldKind::Text | FieldKind::Enum(_)));
    let value = if is_json { serde_json::from_str(text).ok() } else { None };
    let mut found = vec![value.unwrap_or_else(|| text.into())];
    for name in names {
        let items = found.into_iter().flat_map(|value| match value {
            Json::Array(items) => items,
            other => vec![other],
        });
        found = items.filter_map(|mut item| item.get_mut(name).map(Json::take)).collect();
    }
    found
}

/// An amount in yuan: `2000`, or `0.30`.
fn yuan(fen: i64) -> Cow<'static, str> {
    let text = Fen(fen).to_yuan().unwrap_or_default();
    text.strip_suffix(".00").map_or_else(|| text.clone(), str::to_owned).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::registry;
    use crate::table::row::Field;

    /// The field at a path of a call.
    fn at(endpoint: &'static Endpoint, path: &str) -> Option<&'static Field> {
        let mut names = path.split('.');
        let first = names.next()?;
        let first = endpoint.fields().find(|field| field.name == first)?;
        names.try_fold(first, |field, name| field.kind.record()?.field(name))
    }

    #[test]
    fn the_limits_of_rows_name_fields_that_they_have() {
        let mut count = 0;
        for endpoint in registry::all() {
            let kind = |path: &str| at(endpoint, path).unwrap_or_else(|| panic!("{}: {path}", endpoint.name)).kind;
            for limit in endpoint.limits {
                count += 1;
                match *limit {
                    Limit::AtMost { field, when, .. } => {
                        assert!(matches!(kind(field), FieldKind::Fen), "{field}");
                        if let Some((path, value)) = when {
                            assert!(matches!(kind(path), FieldKind::Enum(values) if values.contains(&value)), "{path}");
                        }
                    }
                    Limit::ItemsWithout { field, member, .. } => {
                        assert!(matches!(kind(field), FieldKind::List(_)), "{field}");
                        assert!(member.starts_with(&format!("{field}.")), "{member}");
                        kind(member);
                    }
                    Limit::RequiredFrom { field, amount, .. } | Limit::AbsentBelow { field, amount, .. } => {
                        kind(field);
                        assert!(matches!(kind(amount), FieldKind::Fen), "{amount}");
                    }
                }
            }
        }
        assert!(count > 8, "{count}");
    }
}
