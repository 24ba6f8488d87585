//! What WeChat does: it takes orders, opens the cashier, settles payments and sends notifications. No server code: the
//! dialects read requests and write replies, and `serve` speaks HTTP.

pub(crate) mod authcodetoopenid;
pub(crate) mod authorize;
pub(crate) mod bill;
pub(crate) mod cashier;
pub(crate) mod closeorder;
pub(crate) mod comments;
mod deliver;
pub(crate) mod denied;
pub(crate) mod document;
pub(crate) mod early;
pub(crate) mod fundflow;
pub(crate) mod jssdk;
mod lookup;
mod message;
pub(crate) mod micropay;
pub(crate) mod miniprogram;
pub(crate) mod mweb;
pub(crate) mod native;
pub(crate) mod notify;
pub(crate) mod orderquery;
mod page_params;
mod paid;
pub(crate) mod passing;
pub(crate) mod refund;
pub(crate) mod refunded;
pub(crate) mod refundquery;
pub(crate) mod reverse;
pub(crate) mod sealing;
mod settle;
pub(crate) mod signing;
pub(crate) mod tools;
pub(crate) mod unifiedorder;
pub(crate) mod verdict;
pub(crate) mod visit;
