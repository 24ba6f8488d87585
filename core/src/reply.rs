//! From the bytes that came back to fields that are authentic and complete, or to the error that says what is known.

use crate::endpoint::{Endpoint, Record, RetryClass};
use crate::error::{Error, Kind, Outcome, Retry};
use crate::merchant::Merchant;
use crate::platform;
use crate::retry::{self, Failure, after_unknown};
use crate::sign::{self, SignType};
use crate::wire::{Fields, json, xml};

/// Reads a reply of the payment API: status, XML, `return_code`, signature, `result_code`, fields, in this order.
///
/// # Errors
/// `Transport`, `Protocol`, `Signature` or `Business`, with the advice that fits the call.
pub fn read(endpoint: &'static Endpoint, status: u16, body: &[u8], merchant: &Merchant) -> Result<Fields, Error> {
    let rules = Rules { name: endpoint.name, signed: endpoint.signed_reply, retry: endpoint.retry };
    read_with(&rules, status, body, merchant.key(), &merchant.accept, Some(endpoint.reply))
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

/// Reads a reply of the open platform: JSON with an `errcode`, or with what was asked for.
///
/// # Errors
/// `OAuth` or `Transport`.
pub fn read_json(call: &platform::Call, status: u16, body: &[u8]) -> Result<Fields, Error> {
    let unknown = |error: Error| error.at(call.name).advise(after_unknown(call.retry));
    if status != 200 {
        return Err(unknown(gateway(status)));
    }
    let Some(fields) = json::parse(body) else {
        let error = if is_markup(body) { gateway(status) } else { malformed("not a JSON object") };
        return Err(unknown(error));
    };
    let errcode = fields.get("errcode").and_then(|text| text.parse().ok()).unwrap_or(0);
    if errcode != 0 {
        let errmsg = fields.get("errmsg").unwrap_or_default().to_owned();
        let error = Error::new("oauth", Kind::OAuth { errcode, errmsg }).at(call.name);
        // The day's quota is used up: it works again tomorrow, or when the quota is raised.
        let later = errcode == 45009;
        let retry = if later { Retry::SameRequest } else { retry::known(call.retry, Failure::of(&error)).retry };
        return Err(error.advise(retry));
    }
    call.reply.check(&fields).map_err(|(field, why)| unknown(malformed(&format!("{field} {why}"))))?;
    Ok(fields)
}

/// Holds a reply against the request that it answers: a recorded reply of another order is signed just as well.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs.
pub fn answers(endpoint: &'static str, retry: RetryClass, sent: &Fields, reply: &Fields) -> Result<(), Error> {
    const TIES: &[(&str, &str)] = &[
        ("appid", "appid_mismatch"),
        ("mch_id", "mch_id_mismatch"),
        ("sub_mch_id", "sub_mch_id_mismatch"),
        ("transaction_id", "transaction_id_mismatch"),
        ("out_trade_no", "out_trade_no_mismatch"),
    ];
    for (field, code) in TIES {
        if let (Some(sent), Some(answered)) = (sent.filled(field), reply.filled(field))
            && sent != answered
        {
            return Err(Error::mismatch(code, field, sent, answered).at(endpoint).advise(after_unknown(retry)));
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
        return Err(unknown(gateway(status)));
    }
    let fields = xml::parse(body).map_err(|error| unknown(malformed(&error.to_string())))?;
    match fields.filled("return_code") {
        Some("SUCCESS") => {}
        Some("FAIL") => return Err(protocol(&fields, rules)),
        _ => return Err(unknown(malformed("return_code is neither SUCCESS nor FAIL"))),
    }
    if rules.signed {
        verify(&fields, key, accept).map_err(unknown)?;
    }
    match fields.filled("result_code") {
        Some("SUCCESS") => {}
        Some("FAIL") => return Err(business(fields, rules)),
        _ => return Err(unknown(malformed("result_code is neither SUCCESS nor FAIL"))),
    }
    if let Some(record) = record {
        record.check(&fields).map_err(|(field, why)| unknown(malformed(&format!("{field} {why}"))))?;
    }
    Ok(fields)
}

/// A longer message is not explained: anybody may post one, and each guess at the mistake signs it again.
const EXPLAINED: usize = 16 * 1024;

/// Verifies a message, and says in the error what is likely wrong.
pub(crate) fn verify(fields: &Fields, key: &str, accept: &[SignType]) -> Result<SignType, Error> {
    sign::verify(fields, key, accept).map_err(|error| {
        let mut explanation = error.to_string();
        let length: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
        if error == sign::VerifyError::Mismatch && length <= EXPLAINED {
            let mistake = sign::explain::explain(fields, key).mistake;
            explanation = format!("{explanation}; likely: {mistake}");
        }
        Error::new(error.code(), Kind::Signature { explanation })
    })
}

fn protocol(fields: &Fields, rules: &Rules) -> Error {
    let return_msg = fields.get("return_msg").unwrap_or_default().to_owned();
    let error = Error::new("protocol", Kind::Protocol { return_msg }).at(rules.name);
    let retry = retry::known(rules.retry, Failure::of(&error)).retry;
    error.advise(retry)
}

fn business(reply: Fields, rules: &Rules) -> Error {
    let err_code = reply.get("err_code").unwrap_or_default().to_owned();
    let err_code_des = reply.get("err_code_des").unwrap_or_default().to_owned();
    // What it came to is told by a question alone: the last two are a transfer's or a red packet's, sent by `call`.
    let asks = matches!(err_code.as_str(), "ORDERPAID" | "USERPAYING" | "PROCESSING" | "SEND_FAILED");
    let error = Error::new("business", Kind::Business { err_code, err_code_des, reply }).at(rules.name);
    let retry = if asks { Retry::QueryFirst } else { retry::known(rules.retry, Failure::of(&error)).retry };
    error.advise(retry)
}

fn gateway(status: u16) -> Error {
    Error::transport("gateway", Outcome::Unknown, Some(status), "a page from the gateway came back instead of a reply")
}

fn malformed(why: &str) -> Error {
    Error::transport("malformed_reply", Outcome::Unknown, Some(200), format!("the reply cannot be read: {why}"))
}

fn is_markup(body: &[u8]) -> bool {
    trimmed(body).first() == Some(&b'<')
}

fn is_xml(body: &[u8]) -> bool {
    let body = trimmed(body);
    body.starts_with(b"<xml") || body.starts_with(b"<?xml")
}

fn trimmed(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start()
}
