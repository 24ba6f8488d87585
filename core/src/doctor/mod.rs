//! The doctor: why a signature differs, and what else goes wrong with messages and pages.

mod mistakes;

pub use crate::explanation::{Language, Mistake, Proof};
