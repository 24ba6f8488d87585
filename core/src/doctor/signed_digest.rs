//! What the digest in a signature of APIv3 shows: whether it is that of a text, and how the text was hashed.

use sha2::{Digest, Sha256};

use crate::crypto::digest::{LOWER, UPPER, hex};
use crate::crypto::rsa::{Hash, RecoveredDigest};
use crate::explanation::Mistake;

pub(super) fn is_digest_of(opened: &RecoveredDigest, text: &[u8]) -> bool {
    opened.hash == Hash::Sha256 && opened.is_of(text)
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
        Hash::Other if is_named => Some(Mistake::OTHER_HASH.seen()),
        Hash::Other if hashed.contains(&opened.digest) => Some(Mistake::DIGEST_WITHOUT_INFO),
        Hash::Other => Some(Mistake::DIGEST_WITHOUT_INFO.seen()),
        _ if opened.is_of(text) => Some(Mistake::OTHER_HASH),
        _ => Some(Mistake::OTHER_HASH.seen()),
    }
}
