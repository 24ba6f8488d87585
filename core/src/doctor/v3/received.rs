//! WeChat Pay's signature over a reply or a notification.

use std::ops::ControlFlow;

use serde_json::Value;

use super::documents;
use super::evidence::{Evidence, Search};
use super::guesses::Guesses;
use super::headers::{PROBE, before_the_signature};
use super::resource::{is_of_resource, resource, resource_mistake};
use super::texts;
use crate::crypto::keys::{Keys, PUBLIC_KEY_ID, same_id};
use crate::crypto::rsa::VerifyingKey;
use crate::doctor::notification;
use crate::doctor::signature_text::{SignatureText, decode};
use crate::doctor::signed_digest::is_digest_of;
use crate::explanation::{Explanation, Mistake, Origin, Proof, RSA_SIGN_TYPE, wrong_public_key_id};
use crate::wire::signed::{self, Headers};

/// Explains the signature of a message that came in.
pub(super) fn explain(known: &Evidence<'_>, headers: &Headers, search: Search) -> Explanation {
    let unknown = String::new();
    let part = |value: &Option<String>| value.clone().unwrap_or_else(|| unknown.clone());
    let (timestamp, nonce) = (part(&headers.timestamp), part(&headers.nonce));
    let text = signed::message(&timestamp, &nonce, known.body);
    let base = Explanation {
        origin: Origin::WeChat,
        sign_type: RSA_SIGN_TYPE,
        string_to_sign: String::from_utf8_lossy(&text).into_owned(),
        ..Explanation::new(Mistake::NONE)
    };
    if let Some(found) = before_the_signature(known, headers) {
        return Explanation { field: found.1, ..base.found(found.0, None) };
    }
    let given = part(&headers.signature);
    if given.starts_with(PROBE) {
        return base.found(Mistake::SIGNATURE_PROBE, None);
    }
    let keys = known.keys.into_iter().flat_map(Keys::iter);
    let named = known.keys.and_then(|keys| match &headers.serial {
        Some(serial) => keys.find(serial),
        None => keys.only(),
    });
    let Some((id, key)) = named else {
        // Whose it is says more than that its name is not known.
        let own = serial_mistake(known, headers.serial.as_deref().unwrap_or_default());
        let other = keys.filter(|(_, key)| key.verify(&text, &given)).map(|(id, _)| id.to_owned()).next();
        let says_more = own == Mistake::SERIAL_IS_MERCHANT_CERT;
        // WeChat Pay's key made it, so the key is there, and only the serial number is the merchant's.
        if own == Mistake::SERIAL_IS_MERCHANT_CERT && other.is_some() {
            return Explanation { field: headers.serial.clone(), ..base.found(Mistake::SERIAL_OF_MERCHANT, None) };
        }
        if let Some((wrong, field)) =
            wrong_id(known, headers.serial.as_deref(), other.as_deref()).filter(|_| !says_more)
        {
            return Explanation { field: Some(field), ..base.found(wrong, None) };
        }
        // The same digits in small letters.
        let given = headers.serial.as_deref().unwrap_or_default();
        let is_lower = other.as_deref().is_some_and(|other| other != given && other.eq_ignore_ascii_case(given));
        if is_lower && !says_more {
            return Explanation { field: headers.serial.clone(), ..base.found(Mistake::SERIAL_LOWER_CASE, None) };
        }
        return match other.filter(|_| !says_more) {
            None => Explanation { field: headers.serial.clone(), ..base.found(own, None) },
            other => Explanation { field: other, ..base.found(Mistake::SIGNED_BY_OTHER_KNOWN_KEY, None) },
        };
    };
    if key.verify(&text, &given) {
        return base.found(resource_mistake(known), None).with_resource_proof(known);
    }
    if [known.certificate, known.public_key].into_iter().flatten().any(|own| own.is(key)) {
        return Explanation { field: Some(id.to_owned()), ..base.found(Mistake::SERIAL_IS_MERCHANT_CERT, None) };
    }
    if search.longest == 0 {
        return base.found(Mistake::NOT_SEARCHED, None);
    }
    if known.body.len() > search.longest {
        return base.found(Mistake::MESSAGE_TOO_LONG, None);
    }
    let (mistake, signature) = match decode(&given, |bytes| key.open(bytes).is_some()) {
        SignatureText::Plain(signature) => (None, signature),
        SignatureText::Other(mistake, signature) => (Some(mistake), signature),
        SignatureText::Malformed => return base.found(Mistake::SIGNATURE_MALFORMED, None),
    };
    let Some(opened) = key.open(&signature) else {
        let others = known.keys.into_iter().flat_map(Keys::iter).filter(|(other, _)| *other != id);
        let other = others.filter(|(_, other)| other.open(&signature).is_some()).map(|(id, _)| id.to_owned()).next();
        return match other {
            Some(other) => Explanation { field: Some(other), ..base.found(Mistake::SIGNED_BY_OTHER_KNOWN_KEY, None) },
            None => base.found(Mistake::SIGNED_BY_UNKNOWN_KEY, None),
        };
    };
    if let (Some(mistake), true) = (mistake, is_digest_of(&opened, &text)) {
        return base.found(mistake, None);
    }
    let mut guesses = Guesses { opened: &opened, left: search.budget };
    let mut tried = |mistake, body: Vec<u8>| guesses.compare(mistake, signed::message(&timestamp, &nonce, &body));
    let found = texts::of_body(known.body, &mut tried);
    let body = std::str::from_utf8(known.body).ok().filter(|_| found.is_continue());
    let is_sealed = resource(known.body).is_some();
    let most = if is_sealed { documents::OF_NOTIFICATION } else { documents::OF_MESSAGE };
    let found = body.map_or(found, |body| {
        documents::others(body, most, &mut |mistake, body: String| tried(mistake, body.into_bytes()))
    });
    let document = serde_json::from_slice::<Value>(known.body.trim_ascii()).ok().filter(|_| found.is_continue());
    let found = document.map_or(found, |document| {
        notification::rebuilt(&document, &mut |mistake, body: String| tried(mistake, body.into_bytes()))
    });
    if let ControlFlow::Break(Some((mistake, text))) = found {
        let text = String::from_utf8_lossy(&text).into_owned();
        let signed = text.splitn(3, '\n').nth(2).filter(|_| documents::OF_VALUES.contains(&mistake));
        let field = signed.and_then(|signed| documents::difference(&String::from_utf8_lossy(known.body), signed));
        return Explanation { field, ..base.found(mistake, Some(text)) };
    }
    let sealed = resource(known.body);
    let opens = sealed.as_ref().is_some_and(|sealed| known.api_v3_key.is_some_and(|key| sealed.opens(key)));
    let of_resource = sealed.as_ref().is_some_and(|sealed| !nonce.is_empty() && sealed.nonce == nonce);
    let is_lost = || match serde_json::from_slice::<Value>(known.body) {
        Ok(Value::Object(members)) => notification::is_lost(&members),
        _ => false,
    };
    let cut = sealed.as_ref().filter(|_| !opens).and_then(|sealed| sealed.cut(known.api_v3_key.is_some()));
    let is_cut = || serde_json::from_slice::<Value>(known.body).is_err_and(|error| error.is_eof());
    if let (Some((mistake, length)), false) = (cut, of_resource || is_lost()) {
        return Explanation { field: Some(length.to_string()), ..base.found(mistake, None) };
    }
    let mistake = match () {
        () if of_resource => Mistake::NONCE_OF_RESOURCE,
        () if is_lost() => Mistake::CHARACTERS_LOST,
        () if opens => Mistake::BODY_CHANGED,
        () if is_of_resource(known.body) => Mistake::RESOURCE_AS_BODY,
        () if known.body.is_empty() => Mistake::BODY_EMPTY,
        () if known.body.starts_with(&[0x1f, 0x8b]) => Mistake::BODY_COMPRESSED,
        () if is_cut() => Mistake::BODY_CUT,
        () => Mistake::V3_UNKNOWN,
    };
    base.found(mistake, None)
}

/// The mistake in the serial number of a message, for which no key is known.
fn serial_mistake(known: &Evidence<'_>, given: &str) -> Mistake {
    let own = [known.serial_no, known.certificate.and_then(VerifyingKey::serial)];
    let own_keys = [known.certificate, known.public_key];
    let is_own = |key: &VerifyingKey| own_keys.into_iter().flatten().any(|own| own.is(key));
    // Either the message names the merchant's certificate, or it is kept where WeChat Pay's keys should be.
    if own.into_iter().flatten().any(|own| same_id(own, given))
        || known.keys.into_iter().flat_map(Keys::iter).any(|(_, key)| is_own(key))
    {
        return Mistake::SERIAL_IS_MERCHANT_CERT;
    }
    let is_id = given.starts_with(PUBLIC_KEY_ID);
    let ids: Vec<&str> = known.keys.into_iter().flat_map(Keys::iter).map(|(id, _)| id).collect();
    let is_public_key = |id: &&str| id.starts_with(NAMED);
    match is_id {
        true if !ids.iter().any(is_public_key) => Mistake::PUBLIC_KEY_NEEDED,
        false if !ids.is_empty() && ids.iter().all(is_public_key) => Mistake::CERTIFICATE_NEEDED,
        _ => Mistake::SERIAL_UNKNOWN,
    }
}

/// What ids of the public key begin with, whatever else is wrong with them.
const NAMED: &str = "PUB_KEY_ID";

/// The mistake of a public key that is kept under another id than `given`, which the message names, with both ids in words. `other` is the id
/// of the key that made the signature.
fn wrong_id(known: &Evidence<'_>, given: Option<&str>, other: Option<&str>) -> Option<(Mistake, String)> {
    /// WeChat Pay's own ids have more. Whoever forges a message may name anything.
    const LEAST: usize = 8;
    let given = given.filter(|given| given.starts_with(PUBLIC_KEY_ID))?;
    let digits = given.trim_start_matches(PUBLIC_KEY_ID);
    let bare = |id: &str| id.trim().trim_start_matches(NAMED).trim_start_matches(['_', '0']).to_owned();
    let ids = || known.keys.into_iter().flat_map(Keys::iter).map(|(id, _)| id);
    let is_id = digits.len() >= LEAST && digits.bytes().all(|byte| byte.is_ascii_digit());
    let mistake = Mistake::PUBLIC_KEY_ID_WRONG;
    let of_form = ids().find(|id| !bare(given).is_empty() && bare(id) == bare(given)).map(|own| (mistake, own));
    let proved = || other.map(|own| (Mistake { proof: Proof::Recomputed, ..mistake }, own));
    // Any merchant's message may come here, and whoever forges one names what they like.
    let likely =
        || ids().find(|id| id.starts_with(NAMED)).filter(|_| is_id).map(|own| (Mistake::PUBLIC_KEY_ID_OTHER, own));
    let (mistake, own) = of_form.or_else(proved).or_else(likely)?;
    Some((mistake, wrong_public_key_id(own, given).field?))
}
