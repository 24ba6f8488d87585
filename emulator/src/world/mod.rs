//! The emulated world: who exists, what happened, the clock, numbers and tokens, and the file that keeps them. No HTTP.

pub(crate) mod accounts;
pub(crate) mod agenda;
pub(crate) mod clock;
pub(crate) mod db;
pub(crate) mod due;
pub(crate) mod grants;
pub(crate) mod ids;
pub(crate) mod merchant;
pub(crate) mod notice_fault;
pub(crate) mod notification;
pub(crate) mod openids;
pub(crate) mod order;
pub(crate) mod orders;
pub(crate) mod pages;
pub(crate) mod pay_codes;
pub(crate) mod payment;
pub(crate) mod people;
pub(crate) mod persisted;
pub(crate) mod random;
pub(crate) mod refund;
pub(crate) mod refund_status;
pub(crate) mod refunds;
pub(crate) mod registry;
pub(crate) mod schema;
pub(crate) mod state;
pub(crate) mod thing;
mod things;
