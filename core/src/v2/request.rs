//! From a caller's fields to the signed XML that goes out: held against the table, completed, signed, written.

use super::sign::sign;
use crate::crypto::digest::SignType;
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::table::check::{alike, checked};
use crate::table::row::{Endpoint, Field, Kind};
use crate::value::{Params, Value};
use crate::wire::xml;

/// Fields that every call may carry beside its own. The client's own settings stand in where the caller gives none.
const COMMON: &[Field] = &[
    Field::new("sub_appid", Kind::Id, "Service providers: the sub-merchant's appid.").max(32),
    Field::new("sub_mch_id", Kind::Id, "Service providers: the sub-merchant.").max(32),
    Field::new("nonce_str", Kind::Id, "A random text; made when left out.").max(32),
];

/// The fields that every call may carry beside its own.
pub fn common() -> &'static [Field] {
    COMMON
}

/// Validates a call's fields, completes and signs them, and writes the document to send.
///
/// # Errors
/// `InvalidRequest`, naming field and rule. Nothing was sent then.
pub fn build(endpoint: &Endpoint, params: &Params<'_>, merchant: &Merchant, nonce: &str) -> Result<String, Error> {
    signed(endpoint, params, merchant, nonce).map(|(body, _)| body)
}

/// The document to send, and the fields in it.
///
/// # Errors
/// As [`build`].
pub fn signed(
    endpoint: &Endpoint,
    params: &Params<'_>,
    merchant: &Merchant,
    nonce: &str,
) -> Result<(String, Fields), Error> {
    let mut fields = Fields::with_capacity(params.len() + 10, 1024);
    for (name, value) in params {
        let field = known(endpoint, name)?;
        let text = checked(field, value)?;
        if text.is_empty() {
            continue;
        }
        push(&mut fields, name, &text)?;
    }
    complete(&mut fields, merchant, nonce)?;
    for field in endpoint.request {
        let own = merchant.notify_url.as_deref().filter(|_| field.from_merchant);
        let default = own.or(field.default);
        if (field.required || default.is_some()) && !fields.contains(field.name) {
            let default = default.ok_or_else(|| Error::invalid(field.name, "is required"))?;
            push(&mut fields, field.name, default)?;
        }
    }
    for need in endpoint.needs {
        let applies = need.when.is_none_or(|(name, value)| fields.get(name) == Some(value));
        if applies && !need.any.iter().any(|name| fields.contains(name)) {
            return Err(lacking(need.any, need.when).at(endpoint.name));
        }
    }
    seal(fields, sign_type(endpoint, merchant), merchant).map_err(|error| error.at(endpoint.name))
}

/// Completes, signs and writes the fields of a call that the table does not have. Gives the document, and the fields in it.
///
/// # Errors
/// `InvalidRequest` for a value that no field can hold.
pub fn raw(params: &Params<'_>, merchant: &Merchant, nonce: &str) -> Result<(String, Fields), Error> {
    let mut fields = Fields::with_capacity(params.len() + 8, 1024);
    for (name, value) in params {
        if matches!(&**name, "sign" | "sign_type" | "appid" | "mch_id") {
            return Err(Error::invalid(&**name, "is added by the client"));
        }
        let text = match value {
            Value::Text(text) | Value::Json(text) => text.to_string(),
            Value::Int(int) => int.to_string(),
            Value::Time(time) => time.to_wire(),
            Value::Other(kind) => {
                return Err(Error::invalid(&**name, format!("must be text or an integer, not {kind}")));
            }
        };
        push(&mut fields, name, &text)?;
    }
    complete(&mut fields, merchant, nonce)?;
    seal(fields, merchant.sign_type, merchant)
}

fn sign_type(endpoint: &Endpoint, merchant: &Merchant) -> SignType {
    match endpoint.sign_types {
        [only] => *only,
        _ => merchant.sign_type,
    }
}

fn complete(fields: &mut Fields, merchant: &Merchant, nonce: &str) -> Result<(), Error> {
    let own = [
        ("appid", Some(merchant.appid.as_str())),
        ("mch_id", Some(merchant.mch_id.as_str())),
        ("sub_appid", merchant.sub_appid.as_deref()),
        ("sub_mch_id", merchant.sub_mch_id.as_deref()),
        ("nonce_str", Some(nonce)),
    ];
    for (name, value) in own {
        if let Some(value) = value
            && !fields.contains(name)
        {
            push(fields, name, value)?;
        }
    }
    Ok(())
}

fn seal(mut fields: Fields, sign_type: SignType, merchant: &Merchant) -> Result<(String, Fields), Error> {
    for (name, value) in fields.iter() {
        three_byte(name, value)?;
    }
    push(&mut fields, "sign_type", sign_type.as_str())?;
    let sign = sign(fields.iter(), merchant.key(), sign_type);
    push(&mut fields, "sign", &sign)?;
    let body = xml::write(&fields)?;
    Ok((body, fields))
}

fn push(fields: &mut Fields, name: &str, value: &str) -> Result<(), Error> {
    fields.push(name, value).map_err(|_| Error::invalid(name, "is given twice"))
}

fn known(endpoint: &Endpoint, name: &str) -> Result<&'static Field, Error> {
    let own: &'static [Field] = endpoint.request;
    own.iter().chain(COMMON).find(|field| field.name == name).ok_or_else(|| {
        let rule = match name {
            "appid" | "mch_id" | "sign" | "sign_type" => "is the client's own".to_owned(),
            _ => match own.iter().chain(COMMON).find(|field| alike(field.name, name)) {
                Some(field) => format!("is not a field of {}; did you mean {}?", endpoint.name, field.name),
                None => format!("is not a field of {}; call() sends what this version does not know", endpoint.name),
            },
        };
        Error::invalid(name, rule).at(endpoint.name)
    })
}

/// Holds a value against a call's field before anything is sent.
///
/// # Errors
/// `InvalidRequest`, naming field and rule.
#[cfg(feature = "client")]
pub(crate) fn check(endpoint: &Endpoint, name: &str, value: &Value<'_>) -> Result<(), Error> {
    let text = checked(known(endpoint, name)?, value).map_err(|error| error.at(endpoint.name))?;
    if text.is_empty() {
        return Err(Error::invalid(name, "is required").at(endpoint.name));
    }
    Ok(())
}

/// APIv2 takes characters of one to three bytes; an emoji comes back as 签名错误.
fn three_byte(name: &str, text: &str) -> Result<(), Error> {
    // A leading byte of 0xF0 or more begins a character of four bytes. The largest byte is found many at a time.
    if text.bytes().fold(0, u8::max) >= 0xf0 {
        return Err(Error::invalid(
            name,
            "has a character of four bytes in UTF-8 (an emoji?), which APIv2 does not take",
        ));
    }
    Ok(())
}

fn lacking(any: &[&str], when: Option<(&str, &str)>) -> Error {
    let names = any.join(" or ");
    let rule = match when {
        Some((name, value)) => format!("is required when {name} is {value}"),
        None => "is required".to_owned(),
    };
    Error::invalid(names, rule)
}
