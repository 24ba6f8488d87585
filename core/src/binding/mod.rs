//! The parts that the bindings to other languages and the command share. Not for Rust programs: they call [`WxPay`](crate::client::WxPay).

mod about;
pub mod bill_row;
pub mod display;
pub mod example;
pub mod held_keys;
pub mod job;
pub mod kind;
pub mod language;
mod open_bill;
mod output;
pub mod p12;
pub mod part;
pub mod place;
pub mod post;
pub mod setting;
pub mod test_notification;
pub mod timeline;
pub mod wake;
pub mod warning;
mod warning_texts;
