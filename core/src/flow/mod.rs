//! Jobs of several steps, without I/O: each step says what to send, and takes what was answered.

pub mod code_api;
mod code_payment;
mod confirm;
pub mod item;
pub mod keys;
pub mod ledger;
mod payment;
mod refund;
mod transfer;

pub use self::code_payment::{
    ChargeOutcome, CodeFlow, CodeOptions, CodeResult, CodeStage, CodeStep, QueryOutcome, ReverseOutcome,
};
pub use self::confirm::{Confirm, ConfirmRefund, Confirming};
pub use self::item::Item;
pub use self::payment::Pending;
pub use self::refund::PendingRefund;
pub use self::transfer::PendingTransfer;
