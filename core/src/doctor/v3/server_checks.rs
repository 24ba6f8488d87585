//! What WeChat Pay's server checks of a request before and after its signature.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as STRICT;
use serde_json::Value;

use super::authorization::Authorization;
use super::evidence::Evidence;
use super::texts::SentRequest;
use super::times::{FRESH, http_date, seconds, whole_hours};
use crate::crypto::keys::{PUBLIC_KEY_ID, same_id, serial, serial_of_decimal};
use crate::crypto::rsa::VerifyingKey;
use crate::doctor::page::is_in_milliseconds;
use crate::explanation::Mistake;

/// The mistake in the other members of `Authorization`, and which of them has it. The server finds it before it checks the signature.
pub(super) fn beside_the_signature(
    known: &Evidence<'_>,
    sent: &SentRequest<'_>,
    serial_no: Option<&str>,
) -> Option<(Mistake, Option<String>)> {
    if let Some(given) = serial_no {
        let of_platform = known.keys.is_some_and(|keys| keys.find(given).is_some());
        if of_platform || given.starts_with(PUBLIC_KEY_ID) {
            return Some((Mistake::SERIAL_OF_PLATFORM, None));
        }
        if serial_of_decimal(given).is_some() {
            return Some((Mistake::SERIAL_IS_DECIMAL, serial_of_decimal(given)));
        }
        if serial(given).as_deref() != Some(given) {
            return Some((Mistake::SERIAL_MALFORMED, serial(given)));
        }
        if known.certificate.and_then(VerifyingKey::serial).is_some_and(|own| !same_id(own, given)) {
            let own = known.certificate.filter(|own| known.public_key.is_none_or(|key| own.is(key)));
            let own = own.and_then(VerifyingKey::serial).map(str::to_owned);
            return Some((Mistake::SERIAL_DOES_NOT_MATCH_KEY.seen(), own));
        }
        // Where the certificate is there, it says which of the two is right.
        let other = known.serial_no.filter(|own| known.certificate.is_none() && !same_id(own, given));
        if let Some(own) = other {
            return Some((Mistake::SERIAL_DIFFERS, Some(format!("{given}, {own}"))));
        }
    }
    if let (Some(certificate), Some(own)) = (known.certificate, known.public_key)
        && !certificate.is(own)
    {
        return Some((Mistake::SERIAL_DOES_NOT_MATCH_KEY.seen(), None));
    }
    if let (Some((begins, ends)), Some(now)) = (known.certificate.and_then(VerifyingKey::validity), known.now)
        && (now < begins || now > ends)
    {
        return Some((Mistake::MERCHANT_CERTIFICATE_EXPIRED, known.certificate.map(VerifyingKey::describe)));
    }
    if is_in_milliseconds(sent.timestamp) {
        return Some((Mistake::TIMESTAMP_IN_MILLISECONDS, None));
    }
    if !sent.timestamp.is_empty() && seconds(sent.timestamp).is_none() {
        return Some((Mistake::TIMESTAMP_MALFORMED, Some(sent.timestamp.chars().take(40).collect())));
    }
    let date = known.headers.and_then(|headers| headers.date.as_deref()).and_then(http_date);
    if let (Some(now), Some(at)) = (date.or(known.now), seconds(sent.timestamp))
        && now.abs_diff(at) > FRESH.unsigned_abs()
    {
        let away = now.saturating_sub(at);
        return Some(match whole_hours(away) {
            Some(hours) => (Mistake::CLOCK_TIME_ZONE, Some(hours.to_string())),
            None => (Mistake::CLOCK_SKEW, Some(format!("{away} s"))),
        });
    }
    None
}

/// The mistake in whose request it is: in `mchid` of `Authorization`.
pub(super) fn mch_id_mistake(
    known: &Evidence<'_>,
    sent: &SentRequest<'_>,
    fields: Option<&Authorization>,
) -> Option<(Mistake, Option<String>)> {
    let in_header = fields.map(|fields| fields.mch_id.as_str());
    let own = in_header.or(known.mch_id)?;
    if let Some(other) = mch_id_of(sent).filter(|other| own != other) {
        let is_number = !own.is_empty() && own.bytes().all(|byte| byte.is_ascii_digit());
        let mistake = if is_number { Mistake::MCHID_DIFFERS } else { Mistake::MCHID_MALFORMED };
        let field = if is_number { format!("{own}, {other}") } else { own.to_owned() };
        return Some((mistake, Some(field)));
    }
    let own = in_header?;
    if !own.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some((Mistake::MCHID_MALFORMED, Some(own.to_owned())));
    }
    // A merchant's certificate has its number in its name.
    let of_certificate = known.certificate.and_then(VerifyingKey::merchant_number).filter(|other| *other != own);
    of_certificate.map(|other| (Mistake::CERTIFICATE_OF_OTHER_MERCHANT.seen(), Some(format!("{own}, {other}"))))
}

/// Whether the nonce is longer than WeChat Pay takes: up to 32 characters (section 2.1 of APIv3's rules).
pub(super) fn is_nonce_too_long(sent: &SentRequest<'_>) -> bool {
    sent.nonce.chars().count() > 32
}

/// The mistake that the server finds only where the signature is right, in the order of its checks.
pub(super) fn after_the_signature(
    known: &Evidence<'_>,
    sent: &SentRequest<'_>,
    fields: Option<&Authorization>,
) -> Option<(Mistake, Option<String>)> {
    // Escaped or not, the gateway refuses the character.
    let document = serde_json::from_str::<Value>(sent.body).ok();
    if document.as_ref().is_some_and(|document| document.to_string().chars().any(|c| c.len_utf8() == 4)) {
        return Some((Mistake::FOUR_BYTE_CHARACTER, None));
    }
    if let Some(of_merchant) = mch_id_mistake(known, sent, fields) {
        return Some(of_merchant);
    }
    if is_nonce_too_long(sent) {
        return Some((Mistake::NONCE_TOO_LONG, None));
    }
    // The gateway needs to know for which of its keys the fields are.
    let is_unnamed = known.headers.is_some_and(|headers| headers.serial.is_none());
    let member = document.as_ref().filter(|_| is_unnamed).and_then(|document| encrypted(document, ""))?;
    Some((Mistake::SERIAL_MISSING, Some(member)))
}

/// The gateway refuses a request without these headers, but not an order.
pub(super) fn without_accept(known: &Evidence<'_>, sent: &SentRequest<'_>) -> Option<(Mistake, Option<String>)> {
    let is_order = sent.target.starts_with("/v3/pay/transactions/");
    let refused = known.headers.filter(|headers| headers.accept.is_none() || headers.user_agent.is_none());
    refused.filter(|_| !is_order).map(|_| (Mistake::ACCEPT_MISSING, None))
}

/// The path of a member that looks like a sensitive field: 256 bytes in Base64, as RSA gives them.
fn encrypted(value: &Value, path: &str) -> Option<String> {
    const LENGTH: usize = 344;
    match value {
        Value::String(text) if text.len() == LENGTH => STRICT.decode(text).is_ok().then(|| path.to_owned()),
        Value::Array(items) => items.iter().enumerate().find_map(|(at, item)| encrypted(item, &format!("{path}/{at}"))),
        Value::Object(members) => {
            members.iter().find_map(|(name, member)| encrypted(member, &format!("{path}/{name}")))
        }
        _ => None,
    }
}

/// The merchant's number in a request's body or query.
pub(super) fn mch_id_of(sent: &SentRequest<'_>) -> Option<String> {
    const NAMES: [&str; 3] = ["sp_mchid", "mchid", "combine_mchid"];
    if let Ok(Value::Object(members)) = serde_json::from_str::<Value>(sent.body) {
        return NAMES.iter().find_map(|name| members.get(*name)?.as_str().map(str::to_owned));
    }
    let (_, query) = sent.target.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let pairs: Vec<_> = pairs.collect();
    NAMES.iter().find_map(|name| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| (*value).to_owned()))
}
