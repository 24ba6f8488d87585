//! Payments by code, by either API: the client drives [`CodeFlow`](crate::flow::CodeFlow), and keeps in the store that a number was charged, and
//! by which API.

mod charge;
mod charged;
mod checks;
mod payment;
mod progress;
mod till;

pub use self::charge::CodeCharge;
pub use self::payment::CodePayment;
pub use self::progress::{CodeProgress, CodeStepOutcome};
