//! Jobs of several steps, without I/O: each step says what to send, and takes what was answered.

mod code_payment;
mod confirm;
mod confirm_refund;
pub mod keys;
pub mod ledger;

pub use self::code_payment::{Asked, CodeFlow, CodeOptions, CodeResult, CodeStage, CodeStep};
pub use self::confirm::Confirm;
pub use self::confirm_refund::ConfirmRefund;
