//! From the bytes that the open platform answered to fields, or to an error.

use crate::error::Error;
use crate::fields::Fields;
use crate::retry::{self, Failure, RetryClass, after_unknown};
use crate::table::row::Endpoint;
use crate::wire::json;

/// Reads a reply of the open platform: JSON with an `errcode`, or with the document of the call.
///
/// # Errors
/// `OAuth` or `Transport`.
pub fn read(call: &Endpoint, status: u16, body: &[u8]) -> Result<Fields, Error> {
    read_as(call, call.retry, status, body)
}

/// As [`read`], where repeating the call with its fields does something else than usual.
pub(crate) fn read_as(call: &Endpoint, class: RetryClass, status: u16, body: &[u8]) -> Result<Fields, Error> {
    let unknown = |error: Error| error.at(call.name).advise(after_unknown(class));
    if status != 200 {
        return Err(unknown(Error::gateway(status)));
    }
    let Some(fields) = json::parse(body) else {
        let error = if is_markup(body) { Error::gateway(status) } else { Error::malformed("not a JSON object") };
        return Err(unknown(error));
    };
    let errcode = fields.get("errcode").and_then(|text| text.parse().ok()).unwrap_or(0);
    if errcode != 0 {
        let error = Error::oauth(call.api, errcode, fields.get("errmsg").unwrap_or_default());
        let retry = retry::known(class, Failure::of(&error)).retry;
        return Err(error.at(call.name).advise(retry));
    }
    call.reply.check(&fields).map_err(|(field, why)| unknown(Error::malformed(&format!("{field} {why}"))))?;
    Ok(fields)
}

fn is_markup(body: &[u8]) -> bool {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start().first() == Some(&b'<')
}
