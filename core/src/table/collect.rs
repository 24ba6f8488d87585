//! A caller's fields against their call, completed with the client's settings.

use super::check::{alike, checked, meant, required};
use super::limits;
use super::others;
use super::row::{By, Endpoint, Field, FieldKind, Own, Record, Sender};
use crate::codes::Api;
use crate::error::Error;
use crate::fields::Fields;
use crate::value::Params;
#[cfg(feature = "client")]
use crate::value::Value;
use crate::wire::json;

/// All fields of a request, in this order: the caller's, the client's settings, the nonce, defaults, fixed values.
///
/// # Errors
/// `InvalidRequest`, naming field and rule; whatever `own` fails with.
pub(crate) fn collect<'a>(
    endpoint: &Endpoint,
    params: &Params<'_>,
    own: impl Fn(Own) -> Result<Option<&'a str>, Error>,
    nonce: &str,
) -> Result<Fields, Error> {
    collect_as(endpoint, endpoint.identity, params, own, nonce)
}

/// As [`collect`], with another identity than the usual one of the call.
///
/// # Errors
/// As [`collect`].
pub(crate) fn collect_as<'a>(
    endpoint: &Endpoint,
    identity: &[(&'static str, Own)],
    params: &Params<'_>,
    own: impl Fn(Own) -> Result<Option<&'a str>, Error>,
    nonce: &str,
) -> Result<Fields, Error> {
    collected(endpoint, identity, params, own, nonce).map_err(|error| error.at(endpoint.name))
}

fn collected<'a>(
    endpoint: &Endpoint,
    identity: &[(&'static str, Own)],
    params: &Params<'_>,
    own: impl Fn(Own) -> Result<Option<&'a str>, Error>,
    nonce: &str,
) -> Result<Fields, Error> {
    let mut fields = Fields::with_capacity(params.len() + 10, 1024);
    let is_partner = endpoint.partner.is_some_and(|partner| partner.identity == identity);
    let sender = if is_partner { Sender::Partner } else { Sender::Direct };
    let by = By { sender, fee_type: own(Own::FeeType)? };
    for (name, value) in params {
        let text = checked(known(endpoint, name)?, value, by)?;
        if !text.is_empty() {
            push(&mut fields, name, &text)?;
        }
    }
    if let Some(own) = own(Own::SubMchId)? {
        check_sub_merchants(endpoint, &fields, own)?;
    }
    for (name, setting) in identity {
        if fields.contains(name) {
            continue;
        }
        if let Some(value) = own(*setting)? {
            push(&mut fields, name, value)?;
        }
    }
    if endpoint.nonce && !fields.contains("nonce_str") {
        push(&mut fields, "nonce_str", nonce)?;
    }
    let is_completed = |field: &&Field| {
        let is_currency = matches!(field.kind, FieldKind::Currency);
        field.required || field.default.is_some() || field.from_merchant || is_currency
    };
    for field in endpoint.request.iter().filter(is_completed) {
        if fields.contains(field.name) {
            continue;
        }
        let setting = match field.kind {
            FieldKind::Currency => by.unsaid_fee_type(),
            _ if field.from_merchant => own(Own::NotifyUrl)?,
            _ => None,
        };
        match setting.or(field.default) {
            Some(value) => push(&mut fields, field.name, value)?,
            None if field.required && field.from_merchant => {
                let rule = "is required: give it, or make it a setting of the client (WXPAY_NOTIFY_URL) for all orders";
                return Err(Error::invalid(field.name, rule));
            }
            None if field.required => return Err(Error::invalid(field.name, required(field, by))),
            None => {}
        }
    }
    for (name, value) in endpoint.fixed {
        push(&mut fields, name, value)?;
    }
    for need in endpoint.needs {
        if need.applies(&fields) && !need.any.iter().any(|name| fields.contains(name)) {
            return Err(missing(need.any, need.when));
        }
        let mut given = need.any.iter().filter(|name| fields.contains(name));
        if let (true, Some(first), Some(second)) = (need.exclusive, given.next(), given.next()) {
            return Err(Error::invalid(*second, format!("must not be given with {first}: give one of them")));
        }
    }
    limits::check(endpoint, &fields)?;
    Ok(fields)
}

/// The names of the field that names a sub-merchant.
const SUB_MERCHANT: [&str; 2] = ["sub_mch_id", "sub_mchid"];

/// A client with a sub-merchant in its settings is that sub-merchant's alone: it refuses the notification of another one's order, so it
/// makes no such order. The parts of a combined order name theirs.
fn check_sub_merchants(endpoint: &Endpoint, fields: &Fields, own: &str) -> Result<(), Error> {
    check_sub_merchant(fields, own)?;
    for field in endpoint.request {
        let is_named = |record: &Record| record.field("sub_mchid").is_some();
        if !field.kind.record().is_some_and(is_named) {
            continue;
        }
        let parts = fields.get(field.name).and_then(json::parse_list).unwrap_or_default();
        if parts.iter().any(|part| part.filled("sub_mchid") != Some(own)) {
            return Err(Error::invalid(format!("{}.sub_mchid", field.name), of_another(own)));
        }
    }
    Ok(())
}

/// As [`check_sub_merchants`], for fields alone.
///
/// # Errors
/// `InvalidRequest`.
pub(crate) fn check_sub_merchant(fields: &Fields, own: &str) -> Result<(), Error> {
    let is_other = |name: &&&str| fields.filled(name).is_some_and(|given| given != own);
    match SUB_MERCHANT.iter().find(is_other) {
        Some(name) => Err(Error::invalid(*name, of_another(own))),
        None => Ok(()),
    }
}

/// What is wrong with another sub-merchant than that of the settings.
pub(crate) fn of_another(own: &str) -> String {
    format!(
        "must be {own}, the sub_mch_id of the settings: this client is for that sub-merchant alone. For others use a client without this setting"
    )
}

/// Checks one value of a call before anything else is done with it.
///
/// # Errors
/// `InvalidRequest`, naming field and rule.
#[cfg(feature = "client")]
pub(crate) fn check(endpoint: &Endpoint, name: &str, value: &Value<'_>) -> Result<(), Error> {
    let text = known(endpoint, name)
        .and_then(|field| checked(field, value, By::any(Sender::Direct)))
        .map_err(|error| error.at(endpoint.name))?;
    if text.is_empty() {
        return Err(Error::invalid(name, "is required").at(endpoint.name));
    }
    Ok(())
}

/// Adds a field.
///
/// # Errors
/// `InvalidRequest` when it is there already.
pub(crate) fn push(fields: &mut Fields, name: &str, value: &str) -> Result<(), Error> {
    fields.push(name, value).map_err(|_| Error::invalid(name, "is given twice"))
}

fn known(endpoint: &Endpoint, name: &str) -> Result<&'static Field, Error> {
    endpoint.fields().find(|field| field.name == name).ok_or_else(|| {
        let clients = endpoint.identity.iter().any(|(own, _)| *own == name)
            || endpoint.fixed.iter().any(|(fixed, _)| *fixed == name)
            || endpoint.partner.is_some_and(|partner| partner.identity.iter().any(|(own, _)| *own == name))
            || matches!(name, "appid" | "mch_id" | "sign" | "sign_type");
        let near: Vec<_> = endpoint.fields().map(|field| field.name).collect();
        let rule = match meant(near.iter().copied(), name) {
            _ if clients => "is set by the client".to_owned(),
            Some(meant) if alike(meant, name) => format!("is not a field of {}; did you mean {meant}?", endpoint.name),
            near => {
                if let Some(rule) = others::field(endpoint, name) {
                    return Error::invalid(name, rule);
                }
                if let Some(place) = others::inside(endpoint, name) {
                    return Error::invalid(
                        name,
                        format!("is not a field of {}, but of its object: {place}", endpoint.name),
                    );
                }
                if let Some(meant) = near {
                    return Error::invalid(name, format!("is not a field of {}; did you mean {meant}?", endpoint.name));
                }
                let call = if endpoint.api == Api::V3 { "v3.call()" } else { "call()" };
                format!("is not a field of {}; {call} sends what this version does not know", endpoint.name)
            }
        };
        Error::invalid(name, rule)
    })
}

fn missing(any: &[&str], when: Option<(&str, Option<&str>)>) -> Error {
    let names = any.join(" or ");
    let rule = match when {
        Some((name, Some(value))) => format!("is required when {name} is {value}"),
        Some((name, None)) => format!("is required with {name}"),
        None => "is required".to_owned(),
    };
    Error::invalid(names, rule)
}
