//! Verification of replies and notifications.

use crate::codes::ErrorCode;
use crate::crypto::keys::Keys;
use crate::doctor::v3::times::clock;
use crate::doctor::v3::{self, Evidence, Search};
use crate::doctor::{Explanation, Language, Mistake};
use crate::error::Error;
use crate::explanation::Origin;
use crate::wire::signed::{self, Headers};

/// Checks the signature of a reply or a notification; gives the serial number or the id of the key that made it, as `keys` has it.
///
/// `body` is the body as it was received, byte by byte; empty for status 204. `now` is the clock in seconds since 1970: the message may be
/// 300 seconds older or newer. Platform certificates are accepted by their serial number, whether or not they have expired.
///
/// # Errors
/// `InvalidRequest` when `now` is not in seconds. `Signature`, with the cause as far as it can be found out: `header_missing`,
/// `header_malformed`, `timestamp_expired`, `serial_unknown`, `signature_probe` or `signature_mismatch`.
pub fn verify<'a>(headers: &Headers, body: &[u8], keys: &'a Keys, now: i64) -> Result<&'a str, Error> {
    verify_searching(headers, body, keys, now, || true)
}

/// As [`verify`]. `search` decides whether the cause of a wrong signature is searched for: that takes time, and anyone may send one.
///
/// # Errors
/// As [`verify`].
pub(crate) fn verify_searching<'a>(
    headers: &Headers,
    body: &[u8],
    keys: &'a Keys,
    now: i64,
    search: impl FnOnce() -> bool,
) -> Result<&'a str, Error> {
    clock(now)?;
    let named = match &headers.serial {
        Some(serial) => keys.find(serial),
        // An extract of a reply may lack it. The signature says whether the one known key made it.
        None => keys.only(),
    };
    if headers.is_plausible(now)
        && let (Some(timestamp), Some(nonce), Some(signature)) =
            (&headers.timestamp, &headers.nonce, &headers.signature)
        && let Some((id, key)) = named
        && key.verify(&signed::message(timestamp, nonce, body), signature)
    {
        return Ok(id);
    }
    let known = Evidence { body, keys: Some(keys), now: Some(now), ..Evidence::default() };
    let search = if headers.missing().is_empty() && search() { Search::OF_VERIFY } else { Search::NONE };
    let found = v3::message(&known, headers, search);
    // The doctor explains, and does not decide.
    let found =
        if found.mistake == Mistake::NONE { Explanation { mistake: Mistake::V3_UNKNOWN, ..found } } else { found };
    Err(refused(found, named.is_none()))
}

/// As [`verify`], for a reply as it was received: all four headers must be there.
///
/// # Errors
/// As [`verify`].
pub fn verify_reply<'a>(headers: &Headers, body: &[u8], keys: &'a Keys, now: i64) -> Result<&'a str, Error> {
    if headers.serial.is_some() {
        return verify(headers, body, keys, now);
    }
    let missing = headers.missing().join(", ");
    let said = format!("the reply lacks {missing}: a proxy may have dropped it, or the reply is not WeChat Pay's");
    Err(lacking(missing, said))
}

/// The error for a message without some of the four headers.
pub(super) fn lacking(missing: String, summary: String) -> Error {
    let found = Explanation {
        origin: Origin::WeChat,
        field: Some(missing),
        summary: Some(summary),
        ..Explanation::new(Mistake::HEADER_MISSING)
    };
    Error::signature(ErrorCode::HeaderMissing, found)
}

fn refused(found: Explanation, is_unknown: bool) -> Error {
    const CODES: [(ErrorCode, &[Mistake]); 5] = [
        (
            ErrorCode::HeaderMissing,
            &[Mistake::HEADER_MISSING, Mistake::V2_MESSAGE, Mistake::ERROR_NOT_SIGNED, Mistake::FILE_NOT_SIGNED],
        ),
        (ErrorCode::HeaderMalformed, &[Mistake::HEADER_MALFORMED, Mistake::HEADERS_SWAPPED, Mistake::SM2_SIGNATURE]),
        (ErrorCode::TimestampExpired, &[Mistake::TIMESTAMP_EXPIRED, Mistake::CLOCK_SKEW, Mistake::CLOCK_TIME_ZONE]),
        (ErrorCode::SignatureProbe, &[Mistake::SIGNATURE_PROBE]),
        (
            ErrorCode::SerialUnknown,
            &[
                Mistake::SERIAL_UNKNOWN,
                Mistake::PUBLIC_KEY_NEEDED,
                Mistake::CERTIFICATE_NEEDED,
                Mistake::PUBLIC_KEY_ID_WRONG,
                Mistake::SERIAL_IS_MERCHANT_CERT,
                Mistake::SERIAL_OF_MERCHANT,
            ],
        ),
    ];
    let code = CODES.into_iter().find(|(_, mistakes)| mistakes.contains(&found.mistake));
    let otherwise = if is_unknown { ErrorCode::SerialUnknown } else { ErrorCode::SignatureMismatch };
    let code = code.map_or(otherwise, |(code, _)| code);
    let why = found.message(Language::English);
    let summary = match code {
        ErrorCode::SignatureMismatch if found.mistake == Mistake::MESSAGE_TOO_LONG => {
            let title = found.mistake.title(Language::English);
            format!("the signature of the message is wrong; {title} here: use explain, which searches longer ones")
        }
        ErrorCode::SignatureMismatch => format!("the signature of the message is wrong; likely: {why}"),
        _ => why,
    };
    Error::signature(code, Explanation { summary: Some(summary), ..found })
}
