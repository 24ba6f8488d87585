//! A customer's comment about an order.

use serde::{Deserialize, Serialize};

use super::clock::Millis;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Comment {
    pub(crate) mch_id: String,
    pub(crate) at: Millis,
    /// Its place among all comments.
    pub(crate) offset: usize,
    pub(crate) transaction_id: String,
    /// From 1 to 5.
    pub(crate) stars: u8,
    pub(crate) text: String,
}
