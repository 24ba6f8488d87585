//! A signature of APIv3 as it is written: Base64, or one of the other ways that programs write it in.

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::percent_decode_str;

use crate::explanation::Mistake;

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
    let plain = base64(given).filter(|bytes| bytes.len() >= 256);
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

/// Reads Base64, with or without its padding.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    lenient(&STANDARD).decode(text).ok()
}

fn lenient(alphabet: &base64::alphabet::Alphabet) -> GeneralPurpose {
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, config)
}

pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 == 1 {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}
