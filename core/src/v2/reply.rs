//! From the bytes that came back to fields that are authentic and complete, or to the error that says what is known.

use super::sign::verify;
use crate::codes::{Api, ErrorCode};
use crate::crypto::digest::SignType;
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::retry::{self, Failure, RetryClass, after_unknown};
use crate::table::row::{Call, Document, Endpoint, Record};
use crate::wire::xml;

/// Reads a reply of the payment API: status, XML, `return_code`, signature, `result_code`, fields, in this order.
///
/// # Errors
/// `Transport`, `Protocol`, `Signature` or `Business`, with the advice that fits the call.
pub fn read(endpoint: &'static Endpoint, status: u16, body: &[u8], merchant: &Merchant) -> Result<Fields, Error> {
    let rules = Rules { name: endpoint.name, signed: endpoint.signed_reply, retry: endpoint.retry };
    read_with(&rules, status, body, merchant.key(), &merchant.accept, Some(endpoint.reply))
}

/// As [`read`], into the type of the call's reply.
///
/// # Errors
/// As [`read`].
pub fn typed<C: Call>(status: u16, body: &[u8], merchant: &Merchant) -> Result<C::Reply, Error> {
    read(C::ENDPOINT, status, body, merchant).map(C::Reply::from_fields)
}

/// Reads a reply of a call that the table does not have; it must be signed.
///
/// # Errors
/// As [`read`].
pub fn read_raw(status: u16, body: &[u8], merchant: &Merchant) -> Result<Fields, Error> {
    let rules = Rules { name: "call", signed: true, retry: RetryClass::QueryFirst };
    read_with(&rules, status, body, merchant.key(), &merchant.accept, None)
}

/// As [`read`], for whoever holds a key of any length and no merchant.
///
/// # Errors
/// As [`read`].
pub fn read_with_key(
    endpoint: &'static Endpoint,
    status: u16,
    body: &[u8],
    key: &str,
    accept: &[SignType],
) -> Result<Fields, Error> {
    let rules = Rules { name: endpoint.name, signed: endpoint.signed_reply, retry: endpoint.retry };
    read_with(&rules, status, body, key, accept, Some(endpoint.reply))
}

/// Holds a reply against the request that it answers: a recorded reply of another order is signed just as well.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs.
pub fn answers(endpoint: &'static str, retry: RetryClass, sent: &Fields, reply: &Fields) -> Result<(), Error> {
    const TIES: &[(&str, ErrorCode)] = &[
        ("appid", ErrorCode::AppidMismatch),
        ("mch_id", ErrorCode::MchIdMismatch),
        ("sub_mch_id", ErrorCode::SubMchIdMismatch),
        ("transaction_id", ErrorCode::TransactionIdMismatch),
        ("out_trade_no", ErrorCode::OutTradeNoMismatch),
    ];
    for (field, code) in TIES {
        if let (Some(sent), Some(answered)) = (sent.filled(field), reply.filled(field))
            && sent != answered
        {
            return Err(Error::mismatch(*code, field, sent, answered).at(endpoint).advise(after_unknown(retry)));
        }
    }
    Ok(())
}

struct Rules {
    name: &'static str,
    signed: bool,
    retry: RetryClass,
}

fn read_with(
    rules: &Rules,
    status: u16,
    body: &[u8],
    key: &str,
    accept: &[SignType],
    record: Option<&Record>,
) -> Result<Fields, Error> {
    let unknown = |error: Error| error.at(rules.name).advise(after_unknown(rules.retry));
    if status != 200 || !(body.is_empty() || is_xml(body)) {
        return Err(unknown(Error::gateway(status)));
    }
    let fields = xml::parse(body).map_err(|error| unknown(Error::malformed(&error.to_string())))?;
    match fields.filled("return_code") {
        Some("SUCCESS") => {}
        Some("FAIL") => return Err(protocol(&fields, rules)),
        _ => return Err(unknown(Error::malformed("return_code is neither SUCCESS nor FAIL"))),
    }
    if rules.signed {
        verify(&fields, key, accept).map_err(|error| unknown(error.into()))?;
    }
    match fields.filled("result_code") {
        Some("SUCCESS") => {}
        Some("FAIL") => return Err(business(fields, rules)),
        _ => return Err(unknown(Error::malformed("result_code is neither SUCCESS nor FAIL"))),
    }
    if let Some(record) = record {
        record.check(&fields).map_err(|(field, why)| unknown(Error::malformed(&format!("{field} {why}"))))?;
    }
    Ok(fields)
}

fn protocol(fields: &Fields, rules: &Rules) -> Error {
    refused(Error::protocol(Api::V2, fields.get("return_msg").unwrap_or_default()), rules)
}

fn business(reply: Fields, rules: &Rules) -> Error {
    let err_code = reply.get("err_code").unwrap_or_default().to_owned();
    let err_code_des = reply.get("err_code_des").unwrap_or_default().to_owned();
    refused(Error::business(Api::V2, err_code, err_code_des, reply), rules)
}

fn refused(error: Error, rules: &Rules) -> Error {
    let retry = retry::known(rules.retry, Failure::of(&error)).retry;
    error.at(rules.name).advise(retry)
}

fn is_xml(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    body.starts_with(b"<xml") || body.starts_with(b"<?xml")
}
