//! The merchant's signature over a request, and what else WeChat Pay refuses the request for.

use super::authorization::Authorization;
use super::evidence::Evidence;
use super::refusal::{is_refused_signature, reply_mistake};
use super::sent_signature::{Bytes, signature_mistake};
use super::server_checks::{after_the_signature, beside_the_signature, without_accept};
use super::texts::{self, SentRequest};
use crate::crypto::keys::same_id;
use crate::error::Error;
use crate::explanation::{Explanation, Mistake, RSA_SIGN_TYPE};
use crate::wire::signed;

/// Explains the signature of a request.
pub(super) fn explain(known: &Evidence<'_>, method: &str, url: &str) -> Result<Explanation, Error> {
    let target = signed::target(url)?;
    // Of an upload, one part alone is signed.
    let signed_body = texts::meta(known.body).unwrap_or(known.body);
    let body = String::from_utf8_lossy(signed_body);
    let header = known.authorization.or_else(|| known.headers.and_then(|headers| headers.authorization.as_deref()));
    let parsed = header.map(Authorization::parse);
    let fields = parsed.as_ref().and_then(|parsed| parsed.as_ref().ok());
    let field = |own: Option<&str>, of: fn(&Authorization) -> &String| {
        own.map(str::to_owned).or_else(|| fields.map(|fields| of(fields).clone()))
    };
    let timestamp = field(known.timestamp, |fields| &fields.timestamp);
    let nonce = field(known.nonce_str, |fields| &fields.nonce_str);
    let signature = field(known.signature, |fields| &fields.signature);
    let serial_no = field(known.serial_no, |fields| &fields.serial_no);
    let sent = SentRequest {
        method: &method.to_ascii_uppercase(),
        url,
        target,
        timestamp: timestamp.as_deref().unwrap_or_default(),
        nonce: nonce.as_deref().unwrap_or_default(),
        body: &body,
    };
    let bytes = Bytes { signed: signed_body, all: known.body };
    let base = Explanation { sign_type: RSA_SIGN_TYPE, string_to_sign: sent.text(), ..Explanation::new(Mistake::NONE) };
    // Nothing of these is signed as APIv3 signs.
    let other_api = match () {
        () if !target.starts_with("/v3/") => Some(Mistake::V2_REQUEST),
        () if body.trim_start_matches('\u{feff}').trim_start().starts_with("<xml") => Some(Mistake::BODY_IS_XML),
        () => None,
    };
    if let Some(mistake) = other_api {
        return Ok(Explanation { string_to_sign: String::new(), ..base.found(mistake, None) });
    }
    if let Some(Err(reason)) = parsed {
        return Ok(Explanation { field: Some(reason), ..base.found(Mistake::AUTHORIZATION_MALFORMED, None) });
    }
    let Some(signature) = signature else {
        return Ok(match reply_mistake(known, &sent) {
            Some((mistake, text)) => base.found(mistake, text),
            None => base.found(Mistake::AUTHORIZATION_MISSING, None),
        });
    };
    // A mistake in the signature is proved; one in the other members may stand beside it.
    let found = signature_mistake(known, &sent, bytes, &signature, serial_no.as_deref());
    let beside = beside_the_signature(known, &sent, serial_no.as_deref());
    let (mistake, text) = found;
    // Which serial number would be right is known where the certificate is that of the key.
    let of_key = || {
        let certificate = known.certificate.filter(|own| known.public_key.is_none_or(|key| own.is(key)))?;
        let own = certificate.serial()?;
        serial_no.as_deref().filter(|given| !same_id(own, given)).map(|_| own.to_owned())
    };
    // Whose serial number it is says more than that it is not the certificate's.
    let of_platform = beside.as_ref().is_some_and(|(beside, _)| *beside == Mistake::SERIAL_OF_PLATFORM);
    let of_serial = mistake == Mistake::SERIAL_DOES_NOT_MATCH_KEY && of_platform;
    let of_members = of_serial
        || [Mistake::NONE, Mistake::KEY_NOT_GIVEN, Mistake::MESSAGE_TOO_LONG, Mistake::SIGNED_BY_UNKNOWN_KEY]
            .contains(&mistake);
    if let (Some((mistake, field)), true) = (beside, of_members) {
        return Ok(Explanation { field, ..base.found(mistake, None) });
    }
    let of_reply = of_members || mistake == Mistake::V3_UNKNOWN;
    let reply = reply_mistake(known, &sent).filter(|_| of_reply);
    // The key opened the signature, so it is the right one: the text is another.
    let reply = reply.filter(|(said, _)| mistake != Mistake::V3_UNKNOWN || *said != Mistake::SERIAL_DOES_NOT_MATCH_KEY);
    // WeChat Pay checks these after the signature and refuses them with 400, not 401.
    let is_open = of_members && !is_refused_signature(known.reply);
    let is_right = is_open && mistake == Mistake::NONE;
    let later = is_right.then(|| after_the_signature(known, &sent, fields)).flatten();
    let later = later.or_else(|| without_accept(known, &sent).filter(|_| is_open));
    match (later, reply) {
        (Some((mistake, field)), reply) if reply.as_ref().is_none_or(|(said, _)| *said == mistake) => {
            Ok(Explanation { field, ..base.found(mistake, None) })
        }
        (_, Some((mistake, text))) => Ok(base.found(mistake, text)),
        (_, None) if mistake == Mistake::SERIAL_DOES_NOT_MATCH_KEY => {
            Ok(Explanation { field: of_key(), ..base.found(mistake, text) })
        }
        (_, None) => Ok(base.found(mistake, text)),
    }
}
