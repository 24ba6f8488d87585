//! What a till is shown after each step.

use std::time::Duration;

use crate::error::Error;
use crate::flow::{CodeResult, CodeStage};

/// A payment by code on its way, for the till's display.
#[derive(Debug)]
#[non_exhaustive]
pub struct CodeProgress {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// What happens now.
    pub stage: CodeStage,
    /// The order's last state in WeChat's words.
    pub trade_state: Option<String>,
    /// How long the payment has been going on.
    pub elapsed: Duration,
    /// How long the customer still has.
    pub left: Duration,
    /// The last error.
    pub error: Option<Error>,
}

/// What a step of a payment by code came to.
#[derive(Debug)]
pub enum CodeStepOutcome {
    /// It goes on.
    Progress(Box<CodeProgress>),
    /// It is over.
    Ended(Box<CodeResult>),
}
