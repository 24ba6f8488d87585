//! Digests.

pub mod digest;
