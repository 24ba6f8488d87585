//! What comes next, for the caller and for the till's display.

use std::time::Duration;

/// The current stage, for the till's display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeStage {
    /// The code is being charged.
    Charging,
    /// The customer has to confirm on the phone, or the order is not paid yet.
    Waiting,
    /// WeChat gave no usable answer: the order is asked for.
    Asking,
    /// The order is being cancelled.
    Reversing,
}

impl CodeStage {
    /// `charging`, `waiting`, `asking` or `reversing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Charging => "charging",
            Self::Waiting => "waiting",
            Self::Asking => "asking",
            Self::Reversing => "reversing",
        }
    }
}

/// The next step, and its earliest time. Times count from the start of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeStep {
    /// Charge the code: `micropay` or `v3.codepay`.
    Charge,
    /// Ask for the order: `orderquery` or `v3.query`.
    Query {
        /// Not before this.
        at: Duration,
    },
    /// Cancel the order: `reverse` or `v3.reverse`.
    Reverse {
        /// Not before this.
        at: Duration,
    },
    /// The result is there: [`CodeFlow::into_result`](crate::flow::CodeFlow::into_result).
    Done,
}
