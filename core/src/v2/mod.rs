//! APIv2: how its messages travel, and its calls, a file a family.

pub mod order;
pub mod reply;
pub mod request;
pub mod sign;
