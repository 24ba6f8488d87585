//! APIv2: how its messages travel, and its calls, a file a family.

pub mod bill;
pub mod code;
pub(crate) mod groups;
pub mod order;
pub mod paths;
pub mod refund;
pub mod reply;
pub mod req_info;
pub mod request;
pub mod sign;
pub mod tools;
pub mod workwx;
