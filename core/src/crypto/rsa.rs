//! RSA keys of APIv3: read in every form that people paste, SHA256-RSA (PKCS#1 v1.5) signatures, and OAEP with SHA-1.
//!
//! AWS-LC does it: it signs as fast as OpenSSL, and in constant time, with blinding. That it cannot open a signature, which the doctor
//! does with public numbers alone, is left to `crypto-bigint`.

use std::fmt;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair};
use aws_lc_rs::signature::{RsaParameters, RsaPublicKeyComponents};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, Odd};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

use super::der::{Block, Certificate, PrivateKey, Public, blocks, from_base64, holds, public_key, text_of, unspaced};
use super::digest::{LOWER, hex};
use super::{refused_as, remedy};
use crate::codes::{ErrorCode, Row};
use crate::error::Error;
use crate::explanation::Language;

/// A merchant's private key (`apiclient_key.pem`). `Debug` shows its size alone.
pub struct SigningKey {
    pair: RsaKeyPair,
    public: VerifyingKey,
}

/// A public key: WeChat Pay's (微信支付公钥), or that of a certificate.
#[derive(Clone)]
pub struct VerifyingKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    certificate: Option<Box<Certificate>>,
}

/// What is in a signature once its public key has opened it: then that key's private half made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveredDigest {
    /// The digest's algorithm.
    pub hash: Hash,
    /// The digest of the text that was signed.
    pub digest: Vec<u8>,
}

/// The algorithm of a digest in a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256, which WeChat Pay uses.
    Sha256,
    /// SHA-1, as the gateways of other companies used it.
    Sha1,
    /// MD5.
    Md5,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// Another one, or none: the digest is all that the signature holds.
    Other,
}

impl RecoveredDigest {
    /// Whether it is the digest of a text, by the algorithm that the signature names.
    pub fn is_of(&self, text: &[u8]) -> bool {
        match self.hash {
            Hash::Sha256 => *self.digest == *Sha256::digest(text),
            Hash::Sha1 => *self.digest == *Sha1::digest(text),
            Hash::Md5 => *self.digest == *Md5::digest(text),
            Hash::Sha384 => *self.digest == *Sha384::digest(text),
            Hash::Sha512 => *self.digest == *Sha512::digest(text),
            Hash::Other => false,
        }
    }
}

/// The shortest modulus, in bits. WeChat Pay's keys have this size.
const SHORTEST: usize = 2048;
const LONGEST: usize = 2 * SHORTEST;

impl SigningKey {
    /// Reads a private key: PEM with PKCS#8 or PKCS#1 in any layout (one line, indented, `\n` as two characters, without its first and
    /// last line), or DER. `field` is the name that errors give the key.
    ///
    /// # Errors
    /// `Config` that says what the text is instead: a certificate (`key_is_certificate`), a public key (`key_is_public`), a serial
    /// number, a path, a damaged key … (`key_format`). It never contains the text.
    pub fn read(field: &'static str, content: &[u8]) -> Result<Self, Error> {
        let found = Found::read(field, content)?;
        if let Some(key) = found.private {
            return Self::of(field, key);
        }
        if let Some(certificate) = &found.certificate {
            let fact = format!("is {certificate}, and not a private key");
            return Err(refused_as(ErrorCode::KeyIsCertificate, field, &CERTIFICATE, fact));
        }
        if found.public.is_some() {
            return Err(refused_as(ErrorCode::KeyIsPublic, field, &PUBLIC, "is a public key, and not a private key"));
        }
        Err(found.refused(field, &NO_KEY))
    }

    fn of(field: &'static str, key: PrivateKey) -> Result<Self, Error> {
        let Public::Rsa(modulus, exponent) = key.public else {
            return Err(bad(field, &NOT_RSA, "is a private key of another kind than RSA"));
        };
        check_size(field, &modulus)?;
        check_exponent(field, &exponent)?;
        // AWS-LC does not say why: a number was changed, is missing, or is not encoded as DER.
        let pair = RsaKeyPair::from_pkcs8(&key.der).or_else(|_| RsaKeyPair::from_der(&key.der));
        let pair = pair.map_err(|_| {
            bad(field, &DAMAGED, "is an RSA private key that cannot be used: its parts do not belong together")
        })?;
        Ok(Self { pair, public: VerifyingKey { modulus, exponent, certificate: None } })
    }

    /// The SHA256-RSA signature of a text, in Base64: 344 characters for a key of 2048 bits.
    ///
    /// # Errors
    /// `Config`: the system has no random numbers, or the key is damaged.
    pub fn sign(&self, message: &[u8]) -> Result<String, Error> {
        let mut signature = vec![0; self.public.size()];
        let made = self.pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        made.map_err(|_| bad("private_key", &DAMAGED, "cannot sign: its parts do not belong together"))?;
        Ok(BASE64_STANDARD.encode(signature))
    }

    /// The public half.
    pub fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// Decrypts what was encrypted for this key with OAEP and SHA-1; `None` when it was not.
    pub fn decrypt(&self, data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.decrypt_with(&OAEP_SHA1_MGF1SHA1, data)
    }

    /// The same with OAEP and SHA-256, which WeChat Pay does not use.
    pub fn decrypt_sha256(&self, data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.decrypt_with(&OAEP_SHA256_MGF1SHA256, data)
    }

    fn decrypt_with(&self, algorithm: &'static OaepAlgorithm, data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = PrivateDecryptingKey::from_pkcs8(self.pair.as_der().ok()?.as_ref()).ok()?;
        let mut plain = Zeroizing::new(vec![0; self.public.size()]);
        let length = OaepPrivateDecryptingKey::new(key).ok()?.decrypt(algorithm, data, &mut plain, None).ok()?.len();
        plain.truncate(length);
        Some(plain)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({} bits)", self.public.modulus.len() * 8)
    }
}

impl VerifyingKey {
    /// Reads a public key (`pub_key.pem`) or the public key in a certificate, in the same forms as [`SigningKey::read`].
    ///
    /// # Errors
    /// `Config` that says what the text is instead, such as a private key (`key_is_private`).
    pub fn read(field: &'static str, content: &[u8]) -> Result<Self, Error> {
        let mut found = Found::read(field, content)?;
        if let Some(certificate) = found.certificate.take() {
            return Self::of_certificate(field, certificate);
        }
        // Other names are of WeChat Pay's keys.
        let is_of_merchant = field == "certificate";
        match found.public.take() {
            Some(Public::Rsa(modulus, exponent)) => {
                check_size(field, &modulus)?;
                Ok(Self { modulus, exponent, certificate: None })
            }
            Some(_) => Err(bad(field, &NOT_RSA, "is a public key of another kind than RSA")),
            None if found.private.is_some() => {
                let remedy = if is_of_merchant { &OWN_CERTIFICATE } else { &PRIVATE };
                Err(refused_as(ErrorCode::KeyIsPrivate, field, remedy, "is a private key, and not a public one"))
            }
            None => Err(found.refused(field, if is_of_merchant { &OWN_CERTIFICATE } else { &NO_PUBLIC_KEY })),
        }
    }

    fn of_certificate(field: &'static str, certificate: Certificate) -> Result<Self, Error> {
        let Public::Rsa(modulus, exponent) = certificate.public.clone() else {
            return Err(bad(field, &NOT_RSA, format!("is {certificate}, whose key is of another kind than RSA")));
        };
        check_size(field, &modulus)?;
        Ok(Self { modulus, exponent, certificate: Some(Box::new(certificate)) })
    }

    /// Whether a signature in Base64 is the SHA256-RSA signature of a text.
    pub fn verify(&self, message: &[u8], signature: &str) -> bool {
        let decoded = BASE64_STANDARD.decode(signature);
        decoded.is_ok_and(|signature| self.verifies(&RSA_PKCS1_2048_8192_SHA256, message, &signature))
    }

    /// Whether a signature is one of RSASSA-PSS with SHA-256 or SHA-1 and a salt of any length, which WeChat Pay does not take.
    pub fn verify_pss(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some(padded) = self.padded(signature) else { return false };
        self.holds_pss::<Sha256>(&padded, message) || self.holds_pss::<Sha1>(&padded, message)
    }

    /// EMSA-PSS-VERIFY of RFC 8017 with MGF1 and a salt of any length, which AWS-LC does not have for SHA-1.
    fn holds_pss<D: Digest>(&self, padded: &[u8], message: &[u8]) -> bool {
        // The padding is one bit shorter than the modulus.
        let unused = self.modulus.first().map_or(0, |byte| byte.leading_zeros()) + 1;
        let (skipped, unused) = (usize::try_from(unused / 8).unwrap_or_default(), unused % 8);
        let digest = D::digest(message);
        let found = || {
            let padding = padded.get(skipped..)?.strip_suffix(&[0xbc])?;
            let (masked, hash) = padding.split_at_checked(padding.len().checked_sub(digest.len())?)?;
            let mut block = masked.to_vec();
            for (counter, part) in (0_u32..).zip(block.chunks_mut(digest.len())) {
                let mask = D::new().chain_update(hash).chain_update(counter.to_be_bytes()).finalize();
                part.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
            }
            *block.first_mut()? &= 0xff_u8 >> unused;
            let salt = block.get(block.iter().position(|byte| *byte != 0)?..)?.strip_prefix(&[1])?;
            let own = D::new().chain_update([0; 8]).chain_update(&digest).chain_update(salt).finalize();
            Some(*own == *hash)
        };
        found().unwrap_or_default()
    }

    fn verifies(&self, parameters: &RsaParameters, message: &[u8], signature: &[u8]) -> bool {
        self.numbers().verify(parameters, message, signature).is_ok()
    }

    /// The digest in a signature of PKCS#1 v1.5; `None` when another key made it, or it has another padding.
    pub fn open(&self, signature: &[u8]) -> Option<RecoveredDigest> {
        let padded = self.padded(signature)?;
        let rest = padded.strip_prefix(&[0, 1])?;
        let start = rest.iter().position(|byte| *byte != 0xff).filter(|count| *count >= 8)?;
        let info = rest.get(start..)?.strip_prefix(&[0])?;
        let of = |hash, prefix: &[u8], length: usize| {
            let digest = info.strip_prefix(prefix).filter(|digest| digest.len() == length)?;
            Some(RecoveredDigest { hash, digest: digest.to_vec() })
        };
        let known = INFOS.iter().find_map(|(hash, prefix, length)| of(*hash, prefix, *length));
        known.or_else(|| Some(RecoveredDigest { hash: Hash::Other, digest: info.to_vec() }))
    }

    /// What the private key turned into the signature: as long as the modulus.
    fn padded(&self, signature: &[u8]) -> Option<Vec<u8>> {
        if signature.len() != self.modulus.len() {
            return None;
        }
        let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits(&self.modulus)?).ok();
        let modulus = Odd::new(number(&self.modulus)?).into_option()?;
        let (signature, exponent) = (number(signature)?, number(&self.exponent)?);
        if signature >= *modulus {
            return None;
        }
        let form = BoxedMontyForm::new(signature, &BoxedMontyParams::new_vartime(modulus));
        let padded = form.pow_bounded_exp(&exponent, exponent.bit_width()).retrieve().to_be_bytes();
        let end = padded.len().checked_sub(self.modulus.len())?;
        padded.get(end..).map(<[u8]>::to_vec)
    }

    /// The length, in bytes, of signatures and of what is encrypted: 256 for a key of 2048 bits.
    pub fn size(&self) -> usize {
        self.modulus.len()
    }

    /// The longest text, in bytes, that can be encrypted: 214 for a key of 2048 bits.
    pub fn longest(&self) -> usize {
        self.modulus.len().saturating_sub(2 * 20 + 2)
    }

    /// Encrypts for the private key, with OAEP and SHA-1. `None` when the text is longer than [`VerifyingKey::longest`].
    pub fn encrypt(&self, plain: &[u8]) -> Option<Vec<u8>> {
        let key: PublicEncryptingKey = self.numbers().try_into().ok()?;
        let mut data = vec![0; self.size()];
        OaepPublicEncryptingKey::new(key).ok()?.encrypt(&OAEP_SHA1_MGF1SHA1, plain, &mut data, None).ok()?;
        Some(data)
    }

    /// The certificate's serial number: upper-case hexadecimal digits. `None` for a key without a certificate.
    pub fn serial(&self) -> Option<&str> {
        self.certificate.as_deref().map(|certificate| &*certificate.serial)
    }

    /// The certificate's common name: a merchant's number in a merchant's certificate.
    pub fn common_name(&self) -> Option<&str> {
        self.certificate.as_deref().map(|certificate| &*certificate.common_name)
    }

    /// From when and until when the certificate is valid, in seconds since 1970.
    pub fn validity(&self) -> Option<(i64, i64)> {
        self.certificate.as_deref().map(|certificate| (certificate.begins, certificate.ends))
    }

    /// The certificate or the key in words, for errors: whose it is, its serial number, and from when until when it is valid.
    pub fn describe(&self) -> String {
        self.describe_in(Language::English)
    }

    /// The same in a language.
    pub fn describe_in(&self, language: Language) -> String {
        match &self.certificate {
            Some(certificate) => certificate.describe(language),
            None => language.pick("a public key", "公钥").to_owned(),
        }
    }

    /// The merchant's number in the name of a merchant's certificate (apiclient_cert.pem); WeChat Pay's own certificates have other names.
    pub(crate) fn merchant_number(&self) -> Option<&str> {
        let name = self.certificate.as_ref()?.common_name.trim();
        ((8..=10).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_digit())).then_some(name)
    }

    /// Whether it is the same key, in a certificate or not.
    pub fn is(&self, other: &Self) -> bool {
        (&self.modulus, &self.exponent) == (&other.modulus, &other.exponent)
    }

    /// Lower-case hex of the SHA-256 of the key as `SubjectPublicKeyInfo`, as `openssl pkey -pubin -outform DER | sha256sum` gives it.
    pub fn fingerprint(&self) -> String {
        let der = self.numbers().as_der();
        der.map(|der| hex(&Sha256::digest(der.as_ref()), LOWER)).unwrap_or_default()
    }

    fn numbers(&self) -> RsaPublicKeyComponents<&[u8]> {
        RsaPublicKeyComponents { n: &self.modulus, e: &self.exponent }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", self.describe())
    }
}

/// The DER in front of a digest, which names its algorithm, and the length of the digest.
const INFOS: [(Hash, &[u8], usize); 5] = [
    (Hash::Sha256, &[0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20], 32),
    (Hash::Sha1, &[0x30, 0x21, 0x30, 9, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a, 5, 0, 4, 0x14], 20),
    (Hash::Md5, &[0x30, 0x20, 0x30, 0x0c, 6, 8, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5, 5, 0, 4, 0x10], 16),
    (Hash::Sha384, &[0x30, 0x41, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2, 5, 0, 4, 0x30], 48),
    (Hash::Sha512, &[0x30, 0x51, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3, 5, 0, 4, 0x40], 64),
];

/// The size of a big-endian number in bits.
fn bits(number: &[u8]) -> Option<u32> {
    u32::try_from(number.len()).ok()?.checked_mul(8)
}

fn check_size(field: &'static str, modulus: &[u8]) -> Result<(), Error> {
    let zeros = modulus.first().map_or(0, |byte| byte.leading_zeros());
    let size = (modulus.len() * 8).saturating_sub(usize::try_from(zeros).unwrap_or_default());
    if size < SHORTEST {
        return Err(bad(field, &SHORT, format!("is an RSA key of {size} bits")));
    }
    // WeChat Pay's keys and those of its certificates have 2048 bits, so a longer one is of something else, and each signature with it takes
    // many times as long.
    if size > LONGEST {
        return Err(bad(field, &SHORT, format!("is an RSA key of {size} bits, which is too long")));
    }
    Ok(())
}

/// Every tool makes keys with the exponent 65537. FIPS 186 wants at least that of keys that sign, and with longer ones than 33 bits each
/// verification takes long.
fn check_exponent(field: &'static str, exponent: &[u8]) -> Result<(), Error> {
    let number = exponent.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    if exponent.len() > 5 || !(65537..1 << 33).contains(&number) || number.is_multiple_of(2) {
        let fact = "is an RSA private key that cannot be used: its public exponent is not 65537 or a little more";
        return Err(bad(field, &DAMAGED, fact));
    }
    Ok(())
}

/// What a text of a key has.
#[derive(Default)]
struct Found {
    private: Option<PrivateKey>,
    certificate: Option<Certificate>,
    public: Option<Public>,
    /// What else there is, and what to do about it.
    other: Option<(&'static Row, String)>,
}

impl Found {
    fn read(field: &'static str, content: &[u8]) -> Result<Self, Error> {
        // Keys have a few kilobytes.
        const LONGEST: usize = 1 << 20;
        let content = unspaced(content);
        if content.is_empty() {
            return Err(bad(field, &EMPTY, "is empty"));
        }
        if content.len() > LONGEST {
            return Err(bad(field, &NO_KEY, format!("has {} bytes, and no key has so many", content.len())));
        }
        let mut found = Self::default();
        if content.first() == Some(&0x30) && found.take(content) {
            return Ok(found);
        }
        let text = Zeroizing::new(text_of(content).map(std::borrow::Cow::into_owned).unwrap_or_default());
        let text = Zeroizing::new(plain(&text));
        let parts = blocks(&text);
        for Block { label, body } in &parts {
            let body = body.ok_or_else(|| bad(field, &CUT, "is PEM, and its last block has no END line"))?;
            found.take_block(field, label, body)?;
        }
        if parts.is_empty() {
            match from_base64(text.as_bytes()).filter(|der| found.take(der)) {
                Some(_) => {}
                None => found.other = Some(misplaced(&text)),
            }
        }
        Ok(found)
    }

    /// Takes a block of PEM.
    fn take_block(&mut self, field: &'static str, label: &str, body: &str) -> Result<(), Error> {
        if label == "ENCRYPTED PRIVATE KEY" || body.contains(",ENCRYPTED") {
            self.other = Some((&ENCRYPTED, "is a private key that is encrypted with a password".to_owned()));
            return Ok(());
        }
        if label.ends_with("CERTIFICATE REQUEST") {
            self.other = Some((&NO_KEY, "is a certificate request (CSR)".to_owned()));
            return Ok(());
        }
        if !["PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"].iter().any(|known| label.ends_with(known)) {
            let label: String = label.chars().take(40).collect();
            self.other.get_or_insert((&NO_KEY, format!("is PEM with a block {label:?}")));
            return Ok(());
        }
        let unreadable = |what: &str| bad(field, &DAMAGED, format!("is PEM, and its block {label} {what}"));
        let der = from_base64(body.as_bytes()).ok_or_else(|| match stray(body) {
            Some(stray) => unreadable(&format!("has a character that is not Base64: {stray:?}")),
            None => unreadable("is not Base64: characters are missing or too many"),
        })?;
        if !self.take(&der) {
            return Err(unreadable("cannot be read: it was cut short or changed"));
        }
        Ok(())
    }

    /// Takes DER; false when it is nothing that is known.
    fn take(&mut self, der: &[u8]) -> bool {
        if let Some(certificate) = Certificate::read(der) {
            self.certificate.get_or_insert(certificate);
        } else if let Some(key) = PrivateKey::read(der) {
            self.private.get_or_insert(key);
        } else if let Some(public) = public_key(der) {
            self.public.get_or_insert(public);
        } else if let Some(what) = holds(der) {
            let row = if what.contains("encrypted") { &ENCRYPTED } else { &P12 };
            self.other.get_or_insert((row, what.to_owned()));
        } else {
            return false;
        }
        true
    }

    fn refused(self, field: &'static str, otherwise: &'static Row) -> Error {
        match self.other {
            Some((row, fact)) => bad(field, if std::ptr::eq(row, &raw const NO_KEY) { otherwise } else { row }, fact),
            None => bad(field, otherwise, "has no key"),
        }
    }
}

/// A text without what editors and environment variables put into PEM: other white space than ASCII's, and line ends as two characters.
fn plain(text: &str) -> String {
    let invisible = |c: char| matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}');
    let text = text.replace("\\r", "\n").replace("\\n", "\n");
    let kept = text.chars().filter(|c| !invisible(*c));
    kept.map(|c| if c.is_whitespace() && !c.is_ascii() { ' ' } else { c }).collect()
}

/// The first character that Base64 does not have.
fn stray(body: &str) -> Option<char> {
    let fits = |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || matches!(c, '+' | '/' | '=');
    body.chars().find(|c| !fits(*c))
}

/// What a text is that has no key, and what to do. The text is not shown: it may be a secret.
fn misplaced(text: &str) -> (&'static Row, String) {
    let text = text.trim();
    let length = text.len();
    let is_path = length < 300 && !text.contains('\n') && {
        let lower = text.to_ascii_lowercase();
        [".pem", ".p12", ".key", ".crt", ".cer", ".der"].iter().any(|end| lower.ends_with(end))
    };
    let all_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    let fact = if is_path {
        return (&PATH, "is the path of a file".to_owned());
    } else if text.starts_with("PUB_KEY_ID_") {
        "is the id of a WeChat Pay public key".to_owned()
    } else if (38..=60).contains(&length) && all_hex {
        "is a serial number".to_owned()
    } else if length == 32 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        "has 32 characters, as an API key or an APIv3 key has".to_owned()
    } else if text.starts_with(['<', '{']) {
        "is XML, HTML or JSON".to_owned()
    } else {
        match stray(text) {
            Some(stray) => format!("is neither PEM nor Base64: it has {stray:?}, and no BEGIN line"),
            None => "is Base64 of something else, or cut short".to_owned(),
        }
    };
    (&NO_KEY, fact)
}

fn bad(field: &'static str, row: &'static Row, fact: impl Into<String>) -> Error {
    refused_as(ErrorCode::KeyFormat, field, row, fact)
}

static EMPTY: Row = remedy(
    "The file or the variable was not copied whole: copy it again.",
    "内容为空：文件或环境变量没有完整复制，请重新复制。",
);
static CUT: Row =
    remedy("Copy the whole file, from its BEGIN line to its END line.", "请完整复制文件：从 BEGIN 行到 END 行。");
static DAMAGED: Row = remedy(
    "The text was changed after it was downloaded: copy the file again, whole and unchanged.",
    "内容在下载后被改动：请重新完整复制原文件。",
);
static CERTIFICATE: Row = remedy(
    "The private key is in apiclient_key.pem, which begins with -----BEGIN PRIVATE KEY-----; this is its certificate, or WeChat Pay's.",
    "这是证书，不是私钥：商户私钥在 apiclient_key.pem 中，以 -----BEGIN PRIVATE KEY----- 开头。",
);
static PUBLIC: Row = remedy(
    "Requests are signed with the merchant's private key, apiclient_key.pem; a public key only verifies and encrypts.",
    "这是公钥，不是私钥：请求要用商户私钥 apiclient_key.pem 签名，公钥只用于验签和加密。",
);
static PRIVATE: Row = remedy(
    "Give the WeChat Pay public key (pub_key.pem) or the platform certificate; the merchant's private key belongs in another place.",
    "这是私钥：这里应当是微信支付公钥（pub_key.pem）或平台证书，商户私钥不能放在这里。",
);
static NO_KEY: Row = remedy(
    "Give the content of apiclient_key.pem, which begins with -----BEGIN PRIVATE KEY-----.",
    "请传入 apiclient_key.pem 的内容，以 -----BEGIN PRIVATE KEY----- 开头。",
);
static OWN_CERTIFICATE: Row = remedy(
    "Give the content of the merchant's certificate (apiclient_cert.pem, -----BEGIN CERTIFICATE-----).",
    "请传入商户证书（apiclient_cert.pem，-----BEGIN CERTIFICATE-----）的内容。",
);
static NO_PUBLIC_KEY: Row = remedy(
    "Give the content of the WeChat Pay public key (pub_key.pem, -----BEGIN PUBLIC KEY-----) or of a platform certificate \
     (-----BEGIN CERTIFICATE-----).",
    "请传入微信支付公钥（pub_key.pem，-----BEGIN PUBLIC KEY-----）或平台证书（-----BEGIN CERTIFICATE-----）的内容。",
);
static PATH: Row = remedy(
    "Give the content of the file, not its name: read it first.",
    "请传入文件的内容，而不是文件名：先读取文件。",
);
static ENCRYPTED: Row = remedy(
    "Give the key without a password: openssl pkey -in key.pem -out apiclient_key.pem.",
    "私钥带有密码：请先解密（openssl pkey -in key.pem -out apiclient_key.pem）。",
);
static P12: Row = remedy(
    "Give the PEM files that come with it, or take them out: openssl pkcs12 -in apiclient_cert.p12 -nodes (the password is the mch_id).",
    "请使用同时下载的 PEM 文件，或从 p12 中取出：openssl pkcs12 -in apiclient_cert.p12 -nodes（密码是商户号）。",
);
static NOT_RSA: Row = remedy(
    "WeChat Pay's keys are RSA keys of 2048 bits; SM2 keys (国密) are not supported.",
    "微信支付使用 2048 位的 RSA 密钥；不支持国密 SM2。",
);
static SHORT: Row = remedy(
    "WeChat Pay's keys are RSA keys of 2048 bits: give the one that belongs to the certificate.",
    "微信支付使用 2048 位的 RSA 密钥：请使用与证书配套的密钥。",
);

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_2048_to_4096_bits() {
        for (bytes, is_fit) in [(255, false), (256, true), (384, true), (512, true), (513, false), (1024, false)] {
            let mut modulus = vec![0xff; bytes];
            assert_eq!(check_size("client_key", &modulus).is_ok(), is_fit, "{bytes} bytes");
            // A zero in front makes it no longer.
            modulus.insert(0, 0);
            assert_eq!(check_size("client_key", &modulus).is_ok(), is_fit, "{bytes} bytes and a zero");
        }
        let long = check_size("client_key", &[0xff; 1024]).unwrap_err().to_string();
        assert!(long.contains("8192 bits, which is too long"), "{long}");
    }
}
