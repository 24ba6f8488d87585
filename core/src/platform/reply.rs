//! From the bytes that the open platform answered to fields, or to an error.

use super::calls::Call;
use crate::codes::Api;
use crate::error::Error;
use crate::fields::Fields;
use crate::retry::{self, Failure, after_unknown};
use crate::wire::json;

/// Reads a reply of the open platform: JSON with an `errcode`, or with what was asked for.
///
/// # Errors
/// `OAuth` or `Transport`.
pub fn read(call: &Call, status: u16, body: &[u8]) -> Result<Fields, Error> {
    let unknown = |error: Error| error.at(call.name).advise(after_unknown(call.retry));
    if status != 200 {
        return Err(unknown(Error::gateway(status)));
    }
    let Some(fields) = json::parse(body) else {
        let error = if is_markup(body) { Error::gateway(status) } else { Error::malformed("not a JSON object") };
        return Err(unknown(error));
    };
    let errcode = fields.get("errcode").and_then(|text| text.parse().ok()).unwrap_or(0);
    if errcode != 0 {
        let error = Error::oauth(Api::Platform, errcode, fields.get("errmsg").unwrap_or_default());
        let retry = retry::known(call.retry, Failure::of(&error)).retry;
        return Err(error.at(call.name).advise(retry));
    }
    call.reply.check(&fields).map_err(|(field, why)| unknown(Error::malformed(&format!("{field} {why}"))))?;
    Ok(fields)
}

fn is_markup(body: &[u8]) -> bool {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start().first() == Some(&b'<')
}
