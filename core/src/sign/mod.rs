//! Signatures: the payment API's, and the JS-SDK's.

pub mod explain;
pub mod jssdk;
mod v2;

#[cfg(feature = "client")]
pub(crate) use v2::hex;
pub use v2::{SignType, VerifyError, sign, string_to_sign, verify};
