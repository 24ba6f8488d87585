//! What the bindings to other languages and the command share. Not for Rust programs: they call [`WxPay`](crate::client::WxPay).

pub mod display;
pub mod job;
pub mod language;
pub mod post;
pub mod wake;
pub mod warning;
