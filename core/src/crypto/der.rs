//! Certificates and keys as DER encodes them, and the texts that DER is written in. Nothing here knows who uses them.

use std::borrow::Cow;
use std::fmt;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use x509_cert::Certificate as X509;
use x509_cert::certificate::Version;
use x509_cert::der::asn1::AnyRef;
use x509_cert::der::{Decode, Encode, Reader, SliceReader, Tag, Tagged};
use zeroize::Zeroizing;

use super::digest::{UPPER, hex};
use crate::explanation::Language;
use crate::time::BeijingTime;

/// A certificate.
#[derive(Clone, PartialEq)]
pub(super) struct Certificate {
    pub(super) der: Vec<u8>,
    pub(super) version: Version,
    pub(super) serial: String,
    pub(super) common_name: String,
    pub(super) subject: Vec<u8>,
    pub(super) issuer: Vec<u8>,
    pub(super) begins: i64,
    pub(super) ends: i64,
    pub(super) public: Public,
}

/// A private key, and the public one that belongs to it.
#[derive(Clone)]
pub(super) struct PrivateKey {
    pub(super) der: Zeroizing<Vec<u8>>,
    pub(super) public: Public,
}

/// A public key.
#[derive(Clone, PartialEq)]
pub(super) enum Public {
    /// Modulus and exponent, without zeros before them.
    Rsa(Vec<u8>, Vec<u8>),
    /// A point of an elliptic curve.
    Point(Vec<u8>),
    /// Another kind, or one that its private key does not tell.
    Unknown,
}

impl Certificate {
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let certificate = X509::from_der(der).ok()?;
        let body = certificate.tbs_certificate();
        let seconds =
            |time: x509_cert::time::Time| i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX);
        let name = body.subject().common_name().ok().flatten();
        let key = body.subject_public_key_info();
        let bits = key.subject_public_key.raw_bytes();
        let public = match key.algorithm.oid.as_bytes() {
            RSA => rsa(&elements(bits)?),
            EC => Some(Public::Point(bits.to_vec())),
            _ => Some(Public::Unknown),
        }?;
        Some(Self {
            der: der.to_vec(),
            version: body.version(),
            serial: hex(positive(body.serial_number().as_bytes()), UPPER),
            common_name: name.map(|name| name.value().into_owned()).unwrap_or_default(),
            subject: body.subject().to_der().ok()?,
            issuer: body.issuer().to_der().ok()?,
            begins: seconds(body.validity().not_before),
            ends: seconds(body.validity().not_after),
            public,
        })
    }
}

/// Whose it is, and its serial number.
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name: String = self.common_name.chars().take(64).filter(|c| !c.is_control()).collect();
        write!(f, "the certificate of {name:?} with the serial number {}", self.serial)
    }
}

impl Certificate {
    /// The certificate in words: whose it is, its serial number, and from when until when it is valid.
    pub(super) fn describe(&self, language: Language) -> String {
        let (begins, ends) = (day(self.begins), day(self.ends));
        match language {
            Language::English => format!("{self}, valid from {begins} until {ends}"),
            Language::Chinese => {
                let name: String = self.common_name.chars().take(64).filter(|c| !c.is_control()).collect();
                format!("{name:?} 的证书，序列号 {}，有效期 {begins} 至 {ends}", self.serial)
            }
        }
    }
}

impl PrivateKey {
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let public = public_of(der)?;
        Some(Self { der: Zeroizing::new(der.to_vec()), public })
    }
}

impl Public {
    /// Whether it may belong to this private key.
    pub(super) fn is_of(&self, key: &PrivateKey) -> bool {
        match (self, &key.public) {
            (Self::Unknown, _) | (_, Self::Unknown) => true,
            (one, other) => one == other,
        }
    }
}

/// The object identifiers of RSA keys and of keys on elliptic curves, as DER has them.
pub(super) const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

pub(super) const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];

/// The public half of a private key in PKCS#8, PKCS#1 or SEC 1; `None` when it is no private key.
pub(super) fn public_of(der: &[u8]) -> Option<Public> {
    let parts = elements(der)?;
    match parts.as_slice() {
        // PKCS#8: version, algorithm, key. The key is PKCS#1 or SEC 1, never PKCS#8 again: a file cannot choose how deep this goes.
        [version, algorithm, key, ..] if (version.tag(), algorithm.tag()) == (Tag::Integer, Tag::Sequence) => {
            match (inside(algorithm.value())?.first()?.value(), key.tag()) {
                (RSA | EC, Tag::OctetString) => public_of_bare(&elements(key.value())?),
                (_, Tag::OctetString) => Some(Public::Unknown),
                _ => None,
            }
        }
        parts => public_of_bare(parts),
    }
}

/// The public half of a private key in PKCS#1 or SEC 1.
fn public_of_bare(parts: &[AnyRef<'_>]) -> Option<Public> {
    let [version, second, rest @ ..] = parts else { return None };
    match (version.tag(), second.tag()) {
        // PKCS#1: version, modulus, exponent, and six more.
        (Tag::Integer, Tag::Integer) if rest.len() >= 7 => rsa(&[*second, *rest.first()?]),
        // SEC 1: version, key, and perhaps the curve and the public key.
        (Tag::Integer, Tag::OctetString) => {
            let tagged = |part: &&AnyRef<'_>| part.tag().is_context_specific() && part.tag().number().value() == 1;
            let bits = rest.iter().find(tagged).and_then(|part| inside(part.value()));
            // A bit string begins with the number of bits that do not count.
            let point = bits.as_ref().and_then(|bits| bits.first()?.value().split_first());
            Some(point.map_or(Public::Unknown, |(_, point)| Public::Point(point.to_vec())))
        }
        _ => None,
    }
}

/// The key of a modulus and an exponent.
pub(super) fn rsa(parts: &[AnyRef<'_>]) -> Option<Public> {
    let [modulus, exponent] = parts else { return None };
    let number = |part: &AnyRef<'_>| positive(part.value()).to_vec();
    Some(Public::Rsa(number(modulus), number(exponent)))
}

/// A positive integer without the zero byte that keeps DER from reading it as negative.
pub(super) fn positive(bytes: &[u8]) -> &[u8] {
    match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        bytes => bytes,
    }
}

/// The members of a sequence.
pub(super) fn elements(der: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let sequence = AnyRef::from_der(der).ok().filter(|any| any.tag() == Tag::Sequence)?;
    inside(sequence.value())
}

pub(super) fn inside(content: &[u8]) -> Option<Vec<AnyRef<'_>>> {
    let mut reader = SliceReader::new(content).ok()?;
    let mut found = Vec::new();
    while !reader.is_finished() {
        found.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(found)
}

/// Text in UTF-8, or in UTF-16 with a byte order mark, as Windows writes it.
pub(super) fn text_of(content: &[u8]) -> Option<Cow<'_, str>> {
    match encoding_rs::Encoding::for_bom(content) {
        Some((encoding, _)) => Some(encoding.decode_with_bom_removal(content).0),
        None => Some(String::from_utf8_lossy(content)),
    }
}

/// Base64, with white space or without.
pub(super) fn from_base64(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let digits: Zeroizing<Vec<u8>> =
        Zeroizing::new(text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect());
    let config = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let der = GeneralPurpose::new(&STANDARD, config).decode(&*digits).ok()?;
    (!der.is_empty()).then(|| Zeroizing::new(der))
}

/// How long the sequence is that DER begins with, with its own head.
pub(super) fn size(der: &[u8]) -> Option<usize> {
    let (0x30, rest) = der.split_first().map(|(tag, rest)| (*tag, rest))? else { return None };
    let (first, rest) = rest.split_first()?;
    let count = match *first {
        short @ 0..=0x7f => return Some(2 + usize::from(short)),
        long @ 0x81..=0x84 => usize::from(long & 0x7f),
        _ => return None,
    };
    let digits = rest.get(..count)?;
    let length = digits.iter().fold(0_usize, |length, digit| length << 8 | usize::from(*digit));
    Some(2 + count + length)
}

/// Without white space around it, and without a byte order mark of UTF-8. DER begins with a 0, and ends in anything.
pub(super) fn unspaced(content: &[u8]) -> &[u8] {
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    if content.trim_ascii().is_empty() { &[] } else { content }
}

/// A day in Beijing, such as `2027-03-01`.
pub(super) fn day(seconds: i64) -> String {
    let time = BeijingTime::from_unix(seconds).map(|time| time.to_dashed());
    time.ok().and_then(|time| time.get(..10).map(str::to_owned)).unwrap_or_else(|| format!("{seconds} s after 1970"))
}

/// A block of PEM.
pub(super) struct Block<'a> {
    /// What it is, such as `PRIVATE KEY`.
    pub(super) label: String,
    /// Its Base64; `None` when the END line is missing.
    pub(super) body: Option<&'a str>,
}

/// The blocks of PEM in a text, whatever stands around them. Blanks in the lines of dashes may be missing or too many.
pub(super) fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("-----BEGIN") {
        let Some((label, body)) = after.split_once("-----") else {
            found.push(Block { label: String::new(), body: None });
            break;
        };
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        let label =
            LABELS.iter().find(|known| known.replace(' ', "") == label).map_or(label, |known| (*known).to_owned());
        let (body, after) = match body.split_once("-----END") {
            Some((body, end)) => (Some(body), end.split_once("-----").map_or("", |(_, after)| after)),
            None => (None, ""),
        };
        found.push(Block { label, body });
        rest = after;
    }
    found
}

/// The labels of PEM that may have lost their blanks.
const LABELS: [&str; 6] =
    ["PRIVATE KEY", "RSA PRIVATE KEY", "PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE", "ENCRYPTED PRIVATE KEY"];

/// A public key in DER: `SubjectPublicKeyInfo`, or the modulus and the exponent alone (PKCS#1).
pub(super) fn public_key(der: &[u8]) -> Option<Public> {
    let parts = elements(der)?;
    let [first, second] = parts.as_slice() else { return None };
    match (first.tag(), second.tag()) {
        (Tag::Sequence, Tag::BitString) => {
            // A bit string begins with the number of bits that do not count.
            let (_, bits) = second.value().split_first()?;
            match inside(first.value())?.first()?.value() {
                RSA => rsa(&elements(bits)?),
                EC => Some(Public::Point(bits.to_vec())),
                _ => Some(Public::Unknown),
            }
        }
        (Tag::Integer, Tag::Integer) => rsa(&parts),
        _ => None,
    }
}

/// What DER has that is neither a key nor a certificate, in words.
pub(super) fn holds(der: &[u8]) -> Option<&'static str> {
    let parts = elements(der)?;
    match parts.iter().map(Tagged::tag).collect::<Vec<_>>().as_slice() {
        [Tag::Integer, Tag::Sequence, ..] => Some("is PKCS#12 (a .p12 file)"),
        [Tag::Sequence, Tag::OctetString] => Some("is a private key that is encrypted with a password"),
        [Tag::Sequence, Tag::Sequence, Tag::BitString] => Some("is a certificate request (CSR)"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands before the content of an element: its tag, and its length in the fewest bytes.
    fn head(tag: u8, length: usize) -> Vec<u8> {
        let bytes = length.to_be_bytes();
        let digits = bytes.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        match length {
            0..=0x7f => vec![tag, length as u8],
            _ => [&[tag, 0x80 | digits.len() as u8], digits.as_slice()].concat(),
        }
    }

    /// PKCS#8 around PKCS#8 and so on, with an RSA key of PKCS#1 inside.
    fn nested(levels: usize) -> Vec<u8> {
        let numbers: Vec<u8> = [2, 1, 0].into_iter().chain([2, 1, 5].repeat(8)).collect();
        let algorithm = [&[2, 1, 0, 0x30, 11, 0x06, 9], RSA].concat();
        // From the inside to the outside, so the bytes are written backwards.
        let mut backwards: Vec<u8> = [head(0x30, numbers.len()), numbers].concat().into_iter().rev().collect();
        for _ in 0..levels {
            backwards.extend(head(0x04, backwards.len()).iter().rev());
            backwards.extend(algorithm.iter().rev());
            backwards.extend(head(0x30, backwards.len()).iter().rev());
        }
        backwards.reverse();
        backwards
    }

    #[test]
    fn pkcs8_holds_a_key_and_never_pkcs8() {
        assert!(matches!(public_of(&nested(0)), Some(Public::Rsa(..))));
        assert!(matches!(public_of(&nested(1)), Some(Public::Rsa(..))));
        assert!(public_of(&nested(2)).is_none());
        // As deep as a file of 1 MiB can be: each level took a part of the stack once.
        assert!(public_of(&nested(42_000)).is_none());
    }
}
