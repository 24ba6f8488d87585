//! WeChat Pay's keys as a client keeps them: data alone; `certs.rs` fills it.

use std::sync::{Arc, Mutex};

use tokio::time::Instant;

use crate::crypto::keys::Keys;
use crate::crypto::rsa::VerifyingKey;
use crate::secret::Secret;

/// The keys that are known, and where they came from.
#[derive(Default)]
pub(super) struct Certs {
    /// The downloaded certificates as they came, and the keys that they make with the public key of the settings.
    pub(super) known: Mutex<Option<(Secret, Arc<Platform>)>>,
    /// Held while an unknown serial number is looked for; when that was done last.
    pub(super) looking: tokio::sync::Mutex<Option<Instant>>,
}

/// WeChat Pay's keys.
#[derive(Debug, Default)]
pub(super) struct Platform {
    /// They verify.
    pub(super) keys: Keys,
    /// Encrypts sensitive fields: the public key of the settings, else the certificate that took effect last. With its id.
    pub(super) encrypts: Option<(String, VerifyingKey)>,
}
