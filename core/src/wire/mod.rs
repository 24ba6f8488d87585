//! Flat documents, as they travel, and the ordered map of fields that they are.

mod fields;
pub mod form;
pub mod json;
mod plain;
pub mod xml;

pub(crate) use fields::leading;
pub use fields::{Duplicate, Fields};
