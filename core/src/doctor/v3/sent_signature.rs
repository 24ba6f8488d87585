//! The signature of a request: which key made it, over which text.

use std::ops::ControlFlow;

use super::evidence::{Evidence, Search};
use super::guesses::Guesses;
use super::texts::{self, SentRequest};
use crate::crypto::digest::{SignType, UPPER, digest, hex};
use crate::crypto::keys::{Keys, same_id, serial};
use crate::crypto::rsa::VerifyingKey;
use crate::doctor::signature_text::{SignatureText, base64, decode, from_hex};
use crate::doctor::signed_digest::{hash_mistake, is_digest_of};
use crate::explanation::Mistake;

/// The body of a request, byte by byte.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a> {
    /// What is signed of it.
    pub(super) signed: &'a [u8],
    /// All that is sent.
    pub(super) all: &'a [u8],
}

impl Bytes<'_> {
    /// The text to sign with some bytes as the body.
    fn of(sent: &SentRequest<'_>, body: &[u8]) -> Vec<u8> {
        let head = SentRequest { body: "", ..*sent }.text();
        [head.strip_suffix('\n').unwrap_or(&head).as_bytes(), body, b"\n"].concat()
    }

    /// The text to sign.
    pub(super) fn text(self, sent: &SentRequest<'_>) -> Vec<u8> {
        Self::of(sent, self.signed)
    }

    /// The texts that differ in their bytes alone: in the character set, or in how much of an upload was signed.
    fn guesses(self, sent: &SentRequest<'_>) -> Vec<(Mistake, Vec<u8>)> {
        let mut found = Vec::new();
        if self.all != self.signed {
            found.push((Mistake::MULTIPART_SIGNED, Self::of(sent, self.all)));
        }
        // .NET's Encoding.Unicode, and Java's "UTF-16".
        let units = || self.text(sent);
        let whole = String::from_utf8_lossy(&units()).into_owned();
        let little = whole.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big = "\u{feff}".encode_utf16().chain(whole.encode_utf16()).flat_map(u16::to_be_bytes).collect();
        found.extend([little, big].map(|text| (Mistake::BODY_OTHER_CHARSET, text)));
        match std::str::from_utf8(self.signed) {
            Ok(text) if !text.is_ascii() => {
                let (gbk, _, lossy) = encoding_rs::GBK.encode(text);
                found.extend((!lossy).then(|| (Mistake::BODY_OTHER_CHARSET, Self::of(sent, &gbk))));
            }
            Ok(_) => {}
            Err(_) => {
                let (text, _, lossy) = encoding_rs::GBK.decode(self.signed);
                found.extend((!lossy).then(|| (Mistake::BODY_OTHER_CHARSET, Self::of(sent, text.as_bytes()))));
            }
        }
        found
    }
}

/// The mistake in a request's signature, and the text that was signed.
pub(super) fn signature_mistake(
    known: &Evidence<'_>,
    sent: &SentRequest<'_>,
    bytes: Bytes<'_>,
    given: &str,
    serial_no: Option<&str>,
    mch_id: Option<&str>,
) -> (Mistake, Option<String>) {
    let text = sent.text();
    let is_hex = |length| given.len() == length && given.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(mistake) = hmac_mistake(known, &bytes.text(sent), given) {
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
    if is_digest_of(&opened, &bytes.text(sent)) {
        return (form.unwrap_or(Mistake::NONE), None);
    }
    if let Some(mistake) = hash_mistake(&opened, text.as_bytes()) {
        return (mistake, None);
    }
    if sent.body.len() > Search::OF_EXPLAIN.longest {
        return (Mistake::MESSAGE_TOO_LONG, None);
    }
    let mut guesses = Guesses { opened: &opened, left: Search::OF_EXPLAIN.budget };
    // Cheap ones before those that use up the budget.
    let more = [mch_id, serial_no].map(Option::unwrap_or_default);
    let lines = texts::with_lines(sent, more).into_iter();
    let mut found = lines
        .map(|(mistake, text)| (mistake, text.into_bytes()))
        .chain(bytes.guesses(sent))
        .try_for_each(|(mistake, text)| guesses.compare(mistake, text));
    if found.is_continue() {
        found = texts::of_request(*sent, &mut |mistake, text| guesses.compare(mistake, text.into_bytes()));
    }
    match found {
        ControlFlow::Break(Some((mistake, text))) => (mistake, Some(String::from_utf8_lossy(&text).into_owned())),
        _ => (form.unwrap_or(Mistake::V3_UNKNOWN), None),
    }
}

/// An HMAC over the text, with a key of the merchant platform, in place of a signature of RSA.
fn hmac_mistake(known: &Evidence<'_>, text: &[u8], given: &str) -> Option<Mistake> {
    let base64 = || base64(given).map(|bytes| hex(&bytes, UPPER));
    let digits = from_hex(given).map(|bytes| hex(&bytes, UPPER)).filter(|digits| digits.len() == 64).or_else(base64)?;
    let keys = [known.api_v3_key, known.api_key].into_iter().flatten();
    let fits = |key: &str| digest(text, key, SignType::HmacSha256) == digits;
    keys.into_iter().any(fits).then_some(Mistake::HMAC_SIGNATURE)
}
