//! Why a signature of APIv3 is refused: WeChat Pay's over a reply or a notification, or the merchant's over a request.
//!
//! A public key opens a signature to the digest of the text that was signed. So one RSA operation tells whether a key made it, and
//! each guess at the text costs a SHA-256.

use std::ops::ControlFlow;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD as STRICT;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use percent_encoding::percent_decode_str;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::notification;
use super::secrets::masked;
use super::v3_texts::{self, SentRequest};
use crate::crypto::aes::Gcm;
use crate::crypto::digest::{LOWER, SignType, UPPER, digest, hex};
use crate::crypto::keys::{Keys, PUBLIC_KEY_ID, same_id, serial, serial_of_decimal};
use crate::crypto::rsa::{Hash, RecoveredDigest, VerifyingKey};
use crate::error::Error;
use crate::explanation::{Explanation, Mistake, Origin, Proof, RSA_SIGN_TYPE};
use crate::redact::without_secrets;
use crate::wire::signed::{self, Headers};

/// WeChat Pay's limit between a message's timestamp and the clock, in seconds.
pub const FRESH: i64 = 300;
/// The beginning of the signature of a probe.
pub const PROBE: &str = "WECHATPAY/SIGNTEST/";
/// How far the texts that may have been signed are searched. Each guess hashes the whole message again.
#[derive(Clone, Copy, Debug)]
pub struct Search {
    /// A longer body is not searched.
    longest: usize,
    /// How many bytes all guesses together may hash.
    budget: usize,
}

impl Search {
    /// Nothing is searched: too many messages with a wrong signature came a moment ago.
    pub const NONE: Self = Self { longest: 0, budget: 0 };
    /// For a message that came in: anybody may send one. Takes some milliseconds.
    pub const OF_VERIFY: Self = Self { longest: 16 * 1024, budget: 4 * 1024 * 1024 };
    /// For a person who asks for the cause. Takes less than a second.
    pub const OF_EXPLAIN: Self = Self { longest: 256 * 1024, budget: 64 * 1024 * 1024 };
}

/// The known parts of a request or of a message. The more there is, the more can be proved.
#[derive(Clone, Copy, Debug, Default)]
pub struct Evidence<'a> {
    /// All headers of a reply or a notification, or of a request with its `Authorization`.
    pub headers: Option<&'a Headers>,
    /// The body as it was sent or received.
    pub body: &'a [u8],
    /// WeChat Pay's keys.
    pub keys: Option<&'a Keys>,
    /// The clock, in seconds since 1970.
    pub now: Option<i64>,
    /// The merchant's APIv3 key.
    pub api_v3_key: Option<&'a str>,
    /// The merchant's APIv2 key, which may have been used instead.
    pub api_key: Option<&'a str>,
    /// A request's method.
    pub method: Option<&'a str>,
    /// A request's URL or path.
    pub url: Option<&'a str>,
    /// A request's timestamp, where `Authorization` is not given.
    pub timestamp: Option<&'a str>,
    /// A request's nonce.
    pub nonce_str: Option<&'a str>,
    /// A request's signature.
    pub signature: Option<&'a str>,
    /// A request's header `Authorization`.
    pub authorization: Option<&'a str>,
    /// The merchant's number.
    pub mch_id: Option<&'a str>,
    /// The serial number that the merchant uses.
    pub serial_no: Option<&'a str>,
    /// The merchant's certificate, or the public key that belongs to the serial number.
    pub certificate: Option<&'a VerifyingKey>,
    /// The public half of the merchant's private key.
    pub public_key: Option<&'a VerifyingKey>,
    /// The body of WeChat Pay's refusal (401), whose `sign_information` says which text it built.
    pub reply: Option<&'a [u8]>,
}

/// Explains a signature: that of a request where its method and URL are given, else that of a reply or a notification by its headers.
///
/// # Errors
/// `InvalidRequest`: neither is given, the URL is not one, or `now` is not in seconds.
pub fn explain(known: &Evidence<'_>) -> Result<Explanation, Error> {
    known.now.map(clock).transpose()?;
    // A certificate that was given as the public key is the merchant's certificate.
    let certificate = known.certificate.or_else(|| known.public_key.filter(|key| key.serial().is_some()));
    let known = &Evidence { certificate, ..*known };
    match (known.method, known.url, known.headers) {
        (Some(method), Some(url), _) => Ok(hidden(known, request(known, method, url)?)),
        (None, None, Some(headers)) => Ok(message(known, headers, Search::OF_EXPLAIN)),
        _ => Err(Error::invalid(
            "headers",
            "of a reply or a notification are needed, or method, url and the signature of a request",
        )),
    }
}

/// Explains why a reply or a notification is refused. `search` limits the search for the text that was signed.
pub fn message(known: &Evidence<'_>, headers: &Headers, search: Search) -> Explanation {
    hidden(known, of_message(known, headers, search))
}

/// The explanation without the keys that are known, and without what stands behind the name of a secret: programs send theirs by mistake.
fn hidden(known: &Evidence<'_>, found: Explanation) -> Explanation {
    let secrets: Vec<&str> =
        [known.api_v3_key, known.api_key].into_iter().flatten().filter(|key| !key.is_empty()).collect();
    let hide = |text: String| without_secrets(&masked(&secrets, &text)).into_owned();
    Explanation { string_to_sign: hide(found.string_to_sign), likely_string: found.likely_string.map(hide), ..found }
}

fn of_message(known: &Evidence<'_>, headers: &Headers, search: Search) -> Explanation {
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
        let says_more = [Mistake::SERIAL_IS_MERCHANT_CERT, Mistake::PUBLIC_KEY_ID_WITHOUT_PREFIX].contains(&own);
        // WeChat Pay's key made it, so the key is there, and only the serial number is the merchant's.
        if own == Mistake::SERIAL_IS_MERCHANT_CERT && other.is_some() {
            return Explanation { field: headers.serial.clone(), ..base.found(Mistake::SERIAL_OF_MERCHANT, None) };
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
    let found = v3_texts::of_body(known.body, &mut tried);
    let document = serde_json::from_slice::<Value>(known.body.trim_ascii()).ok().filter(|_| found.is_continue());
    let found = document.map_or(found, |document| {
        notification::rebuilt(&document, &mut |mistake, body: String| tried(mistake, body.into_bytes()))
    });
    if let ControlFlow::Break(Some((mistake, text))) = found {
        return base.found(mistake, Some(String::from_utf8_lossy(&text).into_owned()));
    }
    let sealed = resource(known.body);
    let opens = sealed.as_ref().is_some_and(|sealed| known.api_v3_key.is_some_and(|key| sealed.opens(key)));
    let of_resource = sealed.as_ref().is_some_and(|sealed| !nonce.is_empty() && sealed.nonce == nonce);
    let is_lost = || match serde_json::from_slice::<Value>(known.body) {
        Ok(Value::Object(members)) => notification::is_lost(&members),
        _ => false,
    };
    let is_cut = || serde_json::from_slice::<Value>(known.body).is_err_and(|error| error.is_eof());
    let mistake = match () {
        () if of_resource => Mistake::NONCE_OF_RESOURCE,
        () if is_lost() => Mistake::CHARACTERS_LOST,
        () if opens => Mistake::BODY_CHANGED,
        () if is_of_resource(known.body) => Mistake::RESOURCE_AS_BODY,
        () if known.body.is_empty() => Mistake::BODY_EMPTY,
        () if is_cut() => Mistake::BODY_CUT,
        () => Mistake::V3_UNKNOWN,
    };
    base.found(mistake, None)
}

impl Headers {
    /// Whether a message can be genuine, before any key is tried: it is fresh, its headers are well-formed, and the signature is not a probe.
    pub(crate) fn is_plausible(&self, now: i64) -> bool {
        let is_fresh = |text: &String| seconds(text).is_some_and(|at| now.abs_diff(at) <= FRESH.unsigned_abs());
        let is_probe = |signature: &String| signature.starts_with(PROBE);
        self.timestamp.as_ref().is_some_and(is_fresh)
            && self.nonce.is_some()
            && self.signature.as_ref().is_some_and(|signature| !is_probe(signature))
            && malformed(self).is_none()
    }
}

/// The mistake that is found before any key is tried, with the field that it is about.
fn before_the_signature(known: &Evidence<'_>, headers: &Headers) -> Option<(Mistake, Option<String>)> {
    let missing = headers.missing();
    let only_serial = missing == ["Wechatpay-Serial"] && known.keys.is_some_and(|keys| keys.only().is_some());
    if !missing.is_empty() && !only_serial {
        let is_xml = known.body.trim_ascii_start().starts_with(b"<");
        let mistake = match missing.len() {
            4 if is_xml => Mistake::V2_MESSAGE,
            4 if is_error(known.body) => Mistake::ERROR_NOT_SIGNED,
            _ => Mistake::HEADER_MISSING,
        };
        return Some((mistake, Some(missing.join(", ")).filter(|_| mistake == Mistake::HEADER_MISSING)));
    }
    if headers.signature_type.as_deref().is_some_and(|kind| kind.contains("SM2")) {
        return Some((Mistake::SM2_SIGNATURE, None));
    }
    let timestamp = headers.timestamp.as_deref().unwrap_or_default();
    let nonce = headers.nonce.as_deref().unwrap_or_default();
    if nonce.len() == 10 && seconds(nonce).is_some() && seconds(timestamp).is_none() {
        return Some((Mistake::HEADERS_SWAPPED, None));
    }
    let Some(at) = seconds(timestamp) else {
        return Some((Mistake::HEADER_MALFORMED, Some("Wechatpay-Timestamp".to_owned())));
    };
    if let Some(name) = malformed(headers) {
        return Some((Mistake::HEADER_MALFORMED, Some(name.to_owned())));
    }
    let now = known.now?;
    if now.abs_diff(at) <= FRESH.unsigned_abs() {
        return None;
    }
    let near = |time: i64| time.abs_diff(at) <= FRESH.unsigned_abs();
    let date = headers.date.as_deref().and_then(http_date);
    // The header `Date` is as old as the timestamp, so this machine's clock may be wrong. Neither is signed, or verified yet: a message
    // that was forged or is sent again looks the same.
    let is_near = date.is_some_and(near);
    if let Some(hours) = whole_hours(now.saturating_sub(at)).filter(|_| !is_near) {
        return Some((Mistake::CLOCK_TIME_ZONE, Some(hours.to_string())));
    }
    let mistake = if is_near || at > now { likely(Mistake::CLOCK_SKEW) } else { Mistake::TIMESTAMP_EXPIRED };
    Some((mistake, Some(format!("{} s", now.saturating_sub(at)))))
}

/// Whether a body is an error of WeChat Pay's: it says which one, and why.
fn is_error(body: &[u8]) -> bool {
    let value = serde_json::from_slice::<Value>(body).ok();
    let has = |name: &str| value.as_ref().is_some_and(|value| value.get(name).is_some_and(Value::is_string));
    has("code") && has("message")
}

/// The header of the signed text, or the serial number, that has other characters than visible ASCII. A nonce with a line feed would let
/// the beginning of a signed body pass as a part of the nonce.
pub fn malformed(headers: &Headers) -> Option<&'static str> {
    let all = [
        ("Wechatpay-Timestamp", &headers.timestamp),
        ("Wechatpay-Nonce", &headers.nonce),
        ("Wechatpay-Serial", &headers.serial),
    ];
    let is_wrong = |value: &String| !value.bytes().all(|byte| byte.is_ascii_graphic());
    all.into_iter().find(|(_, value)| value.as_ref().is_some_and(is_wrong)).map(|(name, _)| name)
}

/// The clock that a caller gives, if it is in seconds since 1970.
///
/// # Errors
/// `InvalidRequest`: it is negative, or in milliseconds.
pub fn clock(now: i64) -> Result<i64, Error> {
    const LATEST: i64 = 99_999_999_999;
    match now {
        0..=LATEST => Ok(now),
        ..0 => Err(Error::invalid("now", "must be seconds since 1970, which are not negative")),
        _ => Err(Error::invalid("now", "must be seconds since 1970; these are milliseconds")),
    }
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
    let digits = given.trim_start_matches(PUBLIC_KEY_ID).trim_start_matches('0');
    let ids: Vec<&str> = known.keys.into_iter().flat_map(Keys::iter).map(|(id, _)| id).collect();
    let similar = |id: &&str| {
        let own =
            id.trim().trim_start_matches(PUBLIC_KEY_ID).trim_start_matches("PUB_KEY_ID").trim_start_matches(['_', '0']);
        !digits.is_empty() && own == digits
    };
    let is_public_key = |id: &&str| id.starts_with("PUB_KEY_ID");
    match is_id {
        true if ids.iter().any(similar) => Mistake::PUBLIC_KEY_ID_WITHOUT_PREFIX,
        true if !ids.iter().any(is_public_key) => Mistake::PUBLIC_KEY_NEEDED,
        false if !ids.is_empty() && ids.iter().all(is_public_key) => Mistake::CERTIFICATE_NEEDED,
        _ => Mistake::SERIAL_UNKNOWN,
    }
}

/// The mistake in the resource of an authentic notification.
fn resource_mistake(known: &Evidence<'_>) -> Mistake {
    let (Some(sealed), Some(key)) = (resource(known.body), known.api_v3_key) else { return Mistake::NONE };
    match () {
        () if sealed.opens(key) => Mistake::NONE,
        () if sealed.data.len() < 16 || sealed.nonce.len() != 12 => Mistake::RESOURCE_MALFORMED,
        () => Mistake::APIV3_KEY_WRONG,
    }
}

impl Explanation {
    /// The APIv2 key that opens a resource proves that it was used in place of the APIv3 key.
    fn with_resource_proof(mut self, known: &Evidence<'_>) -> Self {
        let (Some(sealed), true) = (resource(known.body), self.mistake == Mistake::APIV3_KEY_WRONG) else {
            return self;
        };
        let opens = |key: &str| sealed.opens(key);
        let given = known.api_v3_key.unwrap_or_default();
        let around = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '\u{feff}' | '\u{200b}');
        let spelt = [
            (
                "opens it without what stands around it (white space or quotation marks)",
                given.trim_matches(around).to_owned(),
            ),
            ("opens it in upper case", given.to_uppercase()),
            ("opens it in lower case", given.to_lowercase()),
        ];
        let found = spelt.into_iter().find(|(_, key)| opens(key)).map(|(words, _)| words.to_owned());
        if found.is_some() || known.api_key.is_some_and(opens) {
            self.proof = Proof::Recomputed;
        }
        let length = given.chars().count();
        let is_short = || (length != 32).then(|| format!("has the length of {length} characters"));
        Self { field: found.or_else(is_short), ..self }
    }
}

/// A resource as it came.
struct EncryptedResource {
    data: Vec<u8>,
    nonce: String,
    associated_data: String,
}

impl EncryptedResource {
    fn opens(&self, key: &str) -> bool {
        Gcm::of_api_v3_key("api_v3_key", key)
            .is_ok_and(|gcm| gcm.decrypt(self.nonce.as_bytes(), self.associated_data.as_bytes(), &self.data).is_some())
    }
}

/// Whether a body is the resource of a notification, or what is in it: a payment or a refund.
fn is_of_resource(body: &[u8]) -> bool {
    let Ok(Value::Object(members)) = serde_json::from_slice::<Value>(body) else { return false };
    let has = |name: &&str| members.contains_key(*name);
    !has(&"resource") && ["ciphertext", "trade_state", "refund_status"].iter().any(has)
}

/// The resource of a notification; `None` when there is none.
fn resource(body: &[u8]) -> Option<EncryptedResource> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let resource = value.get("resource")?;
    let text = |name: &str| resource.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let data = lenient(&STANDARD).decode(text("ciphertext")).unwrap_or_default();
    Some(EncryptedResource { data, nonce: text("nonce"), associated_data: text("associated_data") })
}

/// Explains the signature of a request.
fn request(known: &Evidence<'_>, method: &str, url: &str) -> Result<Explanation, Error> {
    let target = signed::target(url)?;
    // Of an upload, one part alone is signed.
    let signed_body = v3_texts::meta(known.body).unwrap_or(known.body);
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
    if !target.starts_with("/v3/") || body.trim_start().starts_with("<xml") {
        return Ok(base.found(Mistake::V2_REQUEST, None));
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

/// The body of a request, byte by byte.
#[derive(Clone, Copy)]
struct Bytes<'a> {
    /// What is signed of it.
    signed: &'a [u8],
    /// All that is sent.
    all: &'a [u8],
}

impl Bytes<'_> {
    /// The text to sign with some bytes as the body.
    fn text(sent: &SentRequest<'_>, body: &[u8]) -> Vec<u8> {
        let head = SentRequest { body: "", ..*sent }.text();
        [head.strip_suffix('\n').unwrap_or(&head).as_bytes(), body, b"\n"].concat()
    }

    /// The texts that differ in their bytes alone: in the character set, or in how much of an upload was signed.
    fn guesses(self, sent: &SentRequest<'_>) -> Vec<(Mistake, Vec<u8>)> {
        let mut found = Vec::new();
        if self.all != self.signed {
            found.push((Mistake::MULTIPART_SIGNED, Self::text(sent, self.all)));
        }
        match std::str::from_utf8(self.signed) {
            Ok(text) if !text.is_ascii() => {
                let (gbk, _, lossy) = encoding_rs::GBK.encode(text);
                found.extend((!lossy).then(|| (Mistake::BODY_OTHER_CHARSET, Self::text(sent, &gbk))));
            }
            Ok(_) => {}
            Err(_) => {
                let (text, _, lossy) = encoding_rs::GBK.decode(self.signed);
                found.extend((!lossy).then(|| (Mistake::BODY_OTHER_CHARSET, Self::text(sent, text.as_bytes()))));
            }
        }
        found
    }
}

/// The mistake in a request's signature, and the text that was signed.
fn signature_mistake(
    known: &Evidence<'_>,
    sent: &SentRequest<'_>,
    bytes: Bytes<'_>,
    given: &str,
    serial_no: Option<&str>,
) -> (Mistake, Option<String>) {
    let text = sent.text();
    let is_hex = |length| given.len() == length && given.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(mistake) = hmac_mistake(known, &Bytes::text(sent, bytes.signed), given) {
        return (mistake, None);
    }
    if is_hex(32) || is_hex(64) {
        return (Mistake::V2_SIGNATURE, None);
    }
    // The key that the serial number stands for comes first.
    let own: Vec<&VerifyingKey> = [known.certificate, known.public_key].into_iter().flatten().collect();
    if own.is_empty() {
        return match decode(given, |bytes| bytes.len() == 256) {
            SignatureText::Malformed => (Mistake::SIGNATURE_MALFORMED, None),
            _ => (Mistake::KEY_NOT_GIVEN, None),
        };
    }
    let opens = |bytes: &[u8]| own.iter().any(|key| key.open(bytes).is_some());
    let (form, signature) = match decode(given, opens) {
        SignatureText::Plain(signature) => (None, signature),
        SignatureText::Other(mistake, signature) => (Some(mistake), signature),
        SignatureText::Malformed => return (Mistake::SIGNATURE_MALFORMED, None),
    };
    let Some((key, opened)) = own.iter().find_map(|key| Some((*key, key.open(&signature)?))) else {
        if own.iter().any(|key| key.verify_pss(text.as_bytes(), &signature)) {
            return (Mistake::PSS_PADDING, None);
        }
        let other = known.keys.into_iter().flat_map(Keys::iter).any(|(_, key)| key.open(&signature).is_some());
        // The merchant does not have WeChat Pay's private key, so this is the signature of another message.
        return (if other { Mistake::SIGNATURE_OF_WECHAT_PAY } else { Mistake::SIGNED_BY_UNKNOWN_KEY }, None);
    };
    // The private key made it, and the certificate of the serial number has another one.
    if known.certificate.is_some_and(|certificate| !certificate.is(key)) {
        return (Mistake::SERIAL_DOES_NOT_MATCH_KEY, None);
    }
    let certificate = known.certificate.and_then(VerifyingKey::serial);
    if let (Some(own), Some(given)) = (certificate, serial_no)
        && serial(given).is_some()
        && !same_id(own, given)
    {
        return (Mistake::SERIAL_DOES_NOT_MATCH_KEY, None);
    }
    if is_digest_of(&opened, &Bytes::text(sent, bytes.signed)) {
        return (form.unwrap_or(Mistake::NONE), None);
    }
    if let Some(mistake) = hash_mistake(&opened, text.as_bytes()) {
        return (mistake, None);
    }
    if sent.body.len() > Search::OF_EXPLAIN.longest {
        return (Mistake::MESSAGE_TOO_LONG, None);
    }
    let mut guesses = Guesses { opened: &opened, left: Search::OF_EXPLAIN.budget };
    let mut found = v3_texts::of_request(*sent, &mut |mistake, text| guesses.compare(mistake, text.into_bytes()));
    if found.is_continue() {
        found = bytes.guesses(sent).into_iter().try_for_each(|(mistake, text)| guesses.compare(mistake, text));
    }
    match found {
        ControlFlow::Break(Some((mistake, text))) => (mistake, Some(String::from_utf8_lossy(&text).into_owned())),
        _ => (form.unwrap_or(Mistake::V3_UNKNOWN), None),
    }
}

/// An HMAC over the text, with a key of the merchant platform, in place of a signature of RSA.
fn hmac_mistake(known: &Evidence<'_>, text: &[u8], given: &str) -> Option<Mistake> {
    let base64 = || lenient(&STANDARD).decode(given).ok().map(|bytes| hex(&bytes, UPPER));
    let digits = from_hex(given).map(|bytes| hex(&bytes, UPPER)).filter(|digits| digits.len() == 64).or_else(base64)?;
    let keys = [known.api_v3_key, known.api_key].into_iter().flatten();
    let fits = |key: &str| digest(text, key, SignType::HmacSha256) == digits;
    keys.into_iter().any(fits).then_some(Mistake::HMAC_SIGNATURE)
}

/// The mistake in how a text was hashed before it was signed; `None` where the signature has some text's digest of SHA-256.
pub(super) fn hash_mistake(opened: &RecoveredDigest, text: &[u8]) -> Option<Mistake> {
    /// The tag of a DER sequence, with which the name of a hash begins.
    const SEQUENCE: u8 = 0x30;
    let digest = Sha256::digest(text);
    let hashed = [digest.to_vec(), hex(&digest, LOWER).into_bytes(), hex(&digest, UPPER).into_bytes()];
    let is_named = opened.digest.first() == Some(&SEQUENCE) && !matches!(opened.digest.len(), 16 | 20 | 32 | 64);
    match opened.hash {
        Hash::Sha256 => hashed.iter().any(|text| opened.is_of(text)).then_some(Mistake::TEXT_HASHED_TWICE),
        // The signature itself shows which hash it has, and whether it has any; only the text's own digest proves that nothing else is wrong.
        Hash::Other if is_named => Some(seen(Mistake::OTHER_HASH)),
        Hash::Other if hashed.contains(&opened.digest) => Some(Mistake::DIGEST_WITHOUT_INFO),
        Hash::Other => Some(seen(Mistake::DIGEST_WITHOUT_INFO)),
        _ if opened.is_of(text) => Some(Mistake::OTHER_HASH),
        _ => Some(seen(Mistake::OTHER_HASH)),
    }
}

/// The mistake in the other members of `Authorization`, and which of them has it. The server finds it before it checks the signature.
fn beside_the_signature(
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
            return Some((seen(Mistake::SERIAL_DOES_NOT_MATCH_KEY), own));
        }
    }
    if let (Some(certificate), Some(own)) = (known.certificate, known.public_key)
        && !certificate.is(own)
    {
        return Some((seen(Mistake::SERIAL_DOES_NOT_MATCH_KEY), None));
    }
    if let (Some((begins, ends)), Some(now)) = (known.certificate.and_then(VerifyingKey::validity), known.now)
        && (now < begins || now > ends)
    {
        return Some((Mistake::MERCHANT_CERTIFICATE_EXPIRED, known.certificate.map(VerifyingKey::describe)));
    }
    if sent.timestamp.len() == 13 && seconds(sent.timestamp).is_none() {
        return Some((Mistake::TIMESTAMP_IN_MILLISECONDS, None));
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

/// How many hours a time is away, where they are as many as time zones differ by; one hour is as likely a delay.
fn whole_hours(away: i64) -> Option<i64> {
    const HOUR: i64 = 3600;
    let hours = away.saturating_add(away.signum() * HOUR / 2) / HOUR;
    let is_whole = away.abs_diff(hours * HOUR) <= FRESH.unsigned_abs();
    (is_whole && (2..=14).contains(&hours.unsigned_abs())).then_some(hours)
}

/// The mistake that the server finds only where the signature is right, in the order of its checks.
fn after_the_signature(
    known: &Evidence<'_>,
    sent: &SentRequest<'_>,
    fields: Option<&Authorization>,
) -> Option<(Mistake, Option<String>)> {
    // Escaped or not, the gateway refuses the character.
    let document = serde_json::from_str::<Value>(sent.body).ok();
    if document.as_ref().is_some_and(|document| document.to_string().chars().any(|c| c.len_utf8() == 4)) {
        return Some((Mistake::FOUR_BYTE_CHARACTER, None));
    }
    let mch_id = fields.map(|fields| fields.mch_id.as_str()).or(known.mch_id);
    if let (Some(own), Some(other)) = (mch_id, mch_id_of(sent))
        && own != other
    {
        return Some((Mistake::MCHID_DIFFERS, Some(format!("{own}, {other}"))));
    }
    // The gateway needs to know for which of its keys the fields are.
    let is_unnamed = known.headers.is_some_and(|headers| headers.serial.is_none());
    let member = document.as_ref().filter(|_| is_unnamed).and_then(|document| encrypted(document, ""))?;
    Some((Mistake::SERIAL_MISSING, Some(member)))
}

/// The gateway refuses a request without these headers, but not an order.
fn without_accept(known: &Evidence<'_>, sent: &SentRequest<'_>) -> Option<(Mistake, Option<String>)> {
    let is_order = sent.target.starts_with("/v3/pay/transactions/");
    let refused = known.headers.filter(|headers| headers.accept.is_none() || headers.user_agent.is_none());
    refused.filter(|_| !is_order).map(|_| (Mistake::ACCEPT_MISSING, None))
}

/// Whether a reply refuses the signature: the status is 401 then.
fn is_refused_signature(reply: Option<&[u8]>) -> bool {
    let reply = reply.and_then(|reply| serde_json::from_slice::<Value>(reply).ok());
    reply.is_some_and(|reply| reply.get("code").and_then(Value::as_str) == Some("SIGN_ERROR"))
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
fn mch_id_of(sent: &SentRequest<'_>) -> Option<String> {
    const NAMES: [&str; 3] = ["sp_mchid", "mchid", "combine_mchid"];
    if let Ok(Value::Object(members)) = serde_json::from_str::<Value>(sent.body) {
        return NAMES.iter().find_map(|name| members.get(*name)?.as_str().map(str::to_owned));
    }
    let (_, query) = sent.target.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let pairs: Vec<_> = pairs.collect();
    NAMES.iter().find_map(|name| pairs.iter().find(|(own, _)| own == name).map(|(_, value)| (*value).to_owned()))
}

/// The mistake that WeChat Pay's refusal shows, by the text that it built or by its words.
fn reply_mistake(known: &Evidence<'_>, sent: &SentRequest<'_>) -> Option<(Mistake, Option<String>)> {
    let reply: Value = serde_json::from_slice(known.reply?).ok()?;
    let message = reply.get("message").and_then(Value::as_str).unwrap_or_default();
    if let Some((_, mistake)) = REFUSALS.iter().find(|(words, _)| message.contains(words)) {
        return Some((*mistake, None));
    }
    // The member stands under `detail`, and beside a second `detail` in captures.
    let detail = reply.get("detail")?;
    let information = detail.get("sign_information").or_else(|| detail.get("detail")?.get("sign_information"))?;
    let theirs = information.get("truncated_sign_message").and_then(Value::as_str)?;
    let length = information.get("sign_message_length").and_then(Value::as_u64);
    let own = sent.text();
    let lines = |text: &str| text.splitn(5, '\n').map(str::to_owned).collect::<Vec<_>>();
    let (their_lines, own_lines) = (lines(theirs), lines(&own));
    let heads_agree = their_lines.iter().take(4).eq(own_lines.iter().take(4));
    let own_length = u64::try_from(own.len()).unwrap_or(u64::MAX);
    let is_empty = their_lines.get(4).is_some_and(|body| body.trim().is_empty());
    match length {
        _ if !heads_agree => Some((Mistake::SERVER_TEXT_DIFFERS, Some(theirs.to_owned()))),
        Some(length) if length < own_length && is_empty && !sent.body.is_empty() => {
            Some((Mistake::SERVER_BODY_EMPTY, Some(theirs.to_owned())))
        }
        Some(length) if length != own_length => Some((Mistake::SERVER_TEXT_DIFFERS, Some(theirs.to_owned()))),
        // It received what was signed, so the signature is of another key.
        Some(_) => Some((Mistake::SERIAL_DOES_NOT_MATCH_KEY, None)).map(|(mistake, text)| (likely(mistake), text)),
        None => None,
    }
}

/// The same mistake, when nothing recomputes it.
fn likely(mistake: Mistake) -> Mistake {
    Mistake { proof: Proof::Likely, ..mistake }
}

/// The same mistake, when what was given shows it and no signature proves it.
fn seen(mistake: Mistake) -> Mistake {
    Mistake { proof: Proof::Seen, ..mistake }
}

/// WeChat Pay's words for refusals whose cause they name.
const REFUSALS: [(&str, Mistake); 8] = [
    ("timestamp与发起请求的时间不得超过5分钟", Mistake::CLOCK_SKEW),
    ("时间戳距离当前时间超过5分钟", Mistake::CLOCK_SKEW),
    ("Authorization值格式错误", Mistake::AUTHORIZATION_MALFORMED),
    ("Authorization认证类型不正确", Mistake::AUTHORIZATION_MALFORMED),
    ("商户证书序列号有误", Mistake { proof: Proof::Likely, ..Mistake::SERIAL_DOES_NOT_MATCH_KEY }),
    ("商户证书已", Mistake::MERCHANT_CERTIFICATE_EXPIRED),
    ("mchid与post payload中的mchid不匹配", Mistake::MCHID_DIFFERS),
    ("缺少Accept或User-Agent", Mistake::ACCEPT_MISSING),
];

/// The header `Authorization` of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// The merchant's number: `mchid`.
    pub mch_id: String,
    /// The serial number of the merchant's certificate.
    pub serial_no: String,
    /// Seconds since 1970.
    pub timestamp: String,
    /// The nonce.
    pub nonce_str: String,
    /// The signature in Base64.
    pub signature: String,
}

impl Authorization {
    /// Reads the header. The order of its members is free.
    ///
    /// # Errors
    /// The mistake in it, in a few words and without the signature.
    pub fn parse(header: &str) -> Result<Self, String> {
        let (scheme, rest) = header.trim().split_once(' ').ok_or("has no scheme")?;
        if scheme != RSA_SIGN_TYPE {
            let shown: String = scheme.chars().take(40).collect();
            return Err(format!("the scheme is {shown:?}"));
        }
        if rest.contains(['\n', '\r']) {
            return Err("has line breaks".to_owned());
        }
        const NAMES: [&str; 5] = ["mchid", "nonce_str", "signature", "timestamp", "serial_no"];
        let mut found = Self::default();
        for pair in rest.split(',') {
            let (name, value) = pair.trim().split_once('=').ok_or("a member has no value")?;
            let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let shown: String = name.chars().take(20).collect();
            let value = value.ok_or_else(|| format!("{shown} has no quotation marks"))?;
            let slot = match name {
                "mchid" => &mut found.mch_id,
                "nonce_str" => &mut found.nonce_str,
                "signature" => &mut found.signature,
                "timestamp" => &mut found.timestamp,
                "serial_no" => &mut found.serial_no,
                _ => return Err(format!("{shown:?} is not a member")),
            };
            value.clone_into(slot);
        }
        let values = [&found.mch_id, &found.nonce_str, &found.signature, &found.timestamp, &found.serial_no];
        let missing = NAMES.into_iter().zip(values).find(|(_, value)| value.is_empty());
        if let Some((name, _)) = missing {
            return Err(format!("{name} is missing"));
        }
        Ok(found)
    }
}

/// A signature in its text.
pub(super) enum SignatureText {
    /// It is standard Base64.
    Plain(Vec<u8>),
    /// It is written in another way, and is one that opens.
    Other(Mistake, Vec<u8>),
    /// It cannot be read.
    Malformed,
}

/// Reads a signature; `opens` says whether bytes are a signature that a known key made.
pub(super) fn decode(given: &str, opens: impl Fn(&[u8]) -> bool) -> SignatureText {
    let plain = lenient(&STANDARD).decode(given).ok().filter(|bytes| bytes.len() >= 256);
    if let Some(bytes) = &plain
        && (opens(bytes) || given.len() <= 344)
    {
        let is_whole = given.len().is_multiple_of(4) || !opens(bytes);
        let bytes = bytes.clone();
        return if is_whole {
            SignatureText::Plain(bytes)
        } else {
            SignatureText::Other(Mistake::SIGNATURE_WITHOUT_PADDING, bytes)
        };
    }
    let bare: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let decoded = percent_decode_str(given).decode_utf8_lossy().into_owned();
    let twice = percent_decode_str(&decoded).decode_utf8_lossy().into_owned();
    let inner = plain.as_ref().and_then(|bytes| String::from_utf8(bytes.clone()).ok()).unwrap_or_default();
    let base64 = |text: &str| lenient(&STANDARD).decode(text).ok();
    let guesses = [
        (Mistake::SIGNATURE_WITH_BLANKS, base64(&given.replace(' ', "+"))),
        (Mistake::SIGNATURE_WRAPPED, base64(&bare)),
        (Mistake::SIGNATURE_WRAPPED, base64(&bare.replace("\\n", "").replace("\\r", ""))),
        (Mistake::SIGNATURE_BASE64URL, lenient(&URL_SAFE).decode(&bare).ok()),
        (Mistake::SIGNATURE_HEXADECIMAL, from_hex(&bare)),
        (Mistake::SIGNATURE_URL_ENCODED, base64(&decoded)),
        (Mistake::SIGNATURE_URL_ENCODED, base64(&twice)),
        (Mistake::SIGNATURE_ENCODED_TWICE, base64(&inner)),
        (Mistake::SIGNATURE_HEXADECIMAL_IN_BASE64, from_hex(&inner)),
        (Mistake::SIGNATURE_MALFORMED, base64(bare.trim_matches(['"', '\'']))),
    ];
    let found = guesses.into_iter().filter_map(|(mistake, bytes)| Some((mistake, bytes.filter(|bytes| opens(bytes))?)));
    match (found.into_iter().next(), plain) {
        (Some((mistake, bytes)), _) => SignatureText::Other(mistake, bytes),
        (None, Some(bytes)) => SignatureText::Plain(bytes),
        (None, None) => SignatureText::Malformed,
    }
}

fn lenient(alphabet: &base64::alphabet::Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 == 1 {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Looks for the guess whose digest was signed, within a budget.
struct Guesses<'a> {
    opened: &'a RecoveredDigest,
    /// How many bytes may still be hashed.
    left: usize,
}

impl Guesses<'_> {
    /// Ends with the guess that fits, or with nothing where the budget is used up.
    fn compare(&mut self, mistake: Mistake, text: Vec<u8>) -> ControlFlow<Option<(Mistake, Vec<u8>)>> {
        let Some(left) = self.left.checked_sub(text.len()) else { return ControlFlow::Break(None) };
        self.left = left;
        if is_digest_of(self.opened, &text) {
            return ControlFlow::Break(Some((mistake, text)));
        }
        ControlFlow::Continue(())
    }
}

pub(super) fn is_digest_of(opened: &RecoveredDigest, text: &[u8]) -> bool {
    opened.hash == Hash::Sha256 && opened.is_of(text)
}

/// Seconds since 1970 in decimal digits.
pub fn seconds(text: &str) -> Option<i64> {
    let fits = (1..=11).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| fits)
}

/// Reads the one form of dates that servers send: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(date: &str) -> Option<i64> {
    let at = strtime::parse("%a, %d %b %Y %H:%M:%S GMT", date).ok()?.to_datetime().ok()?;
    const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    Some(at.duration_since(EPOCH).as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::json_texts::tests::{grown, written};

    #[test]
    fn the_texts_of_a_body_are_written_within_the_budget() {
        let opened = RecoveredDigest { hash: Hash::Sha256, digest: vec![0; 32] };
        for body in [839, 1400, 15_000].into_iter().flat_map(grown) {
            let sent =
                SentRequest { method: "POST", url: "/v3/x", target: "/v3/x", timestamp: "1", nonce: "n", body: &body };
            let mut guesses = Guesses { opened: &opened, left: Search::OF_VERIFY.budget };
            let of_body = written(|| {
                let _ = v3_texts::of_body(body.as_bytes(), &mut |mistake, text| guesses.compare(mistake, text));
            });
            // The budget is enough for all of them.
            assert!(of_body <= 200 * body.len() + 64 * 1024 && of_body <= Search::OF_VERIFY.budget, "{of_body}");
            assert!(guesses.left > 0);
            // Where it is used up, no more are made.
            let mut guesses = Guesses { opened: &opened, left: 1024 };
            let of_body = written(|| {
                let _ = v3_texts::of_body(body.as_bytes(), &mut |mistake, text| guesses.compare(mistake, text));
            });
            assert!(of_body <= 3 * body.len(), "{of_body}");
            let mut guesses = Guesses { opened: &opened, left: Search::OF_EXPLAIN.budget };
            let of_request = written(|| {
                let _ = v3_texts::of_request(sent, &mut |mistake, text| guesses.compare(mistake, text.into_bytes()));
            });
            assert!(of_request <= Search::OF_VERIFY.budget * 2, "{of_request}");
        }
    }
}
