//! The payment API's calls, one file a family.

pub mod order;
