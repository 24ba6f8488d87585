//! Digests, ciphers, certificates.

pub mod aes;
pub mod digest;
pub mod identity;
