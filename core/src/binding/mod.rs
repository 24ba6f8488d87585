//! What the bindings to other languages and the command share. Not for Rust programs: they call [`WxPay`](crate::WxPay).

pub mod job;
