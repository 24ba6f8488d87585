//! The doctor: why a signature differs, and what else goes wrong with messages and pages.

mod fields;
mod mistakes;

pub use self::fields::{Explanation, OtherKeys, explain, explain_as, explain_with, explained};
pub use crate::explanation::{Language, Mistake, Proof};
