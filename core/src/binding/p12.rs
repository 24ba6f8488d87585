//! The merchant's keys in a p12 file, for the command, which explains signatures without a client.

use crate::crypto::identity::{CertificateSettings, Identity};
use crate::crypto::rsa::{SigningKey, VerifyingKey};
use crate::error::Error;

const P12: &str = "client_p12";

/// The private key, and the public one of its certificate. `password` is the `mch_id` unless it is given.
///
/// # Errors
/// `Config`, as of a client with these settings.
pub fn read(p12: &[u8], password: Option<&str>, mch_id: &str) -> Result<Option<(SigningKey, VerifyingKey)>, Error> {
    let given = CertificateSettings { p12: Some(p12), password, mch_id, ..CertificateSettings::default() };
    let Some(identity) = Identity::read(&given)? else { return Ok(None) };
    let certificate = identity.chain().next().unwrap_or_default();
    Ok(Some((SigningKey::read(P12, identity.expose_key())?, VerifyingKey::read(P12, certificate)?)))
}
