//! How errors and events refer to a call of a binding.

use crate::client::NextStep;
use crate::error::{Error, Outcome};
use crate::retry::{self, RetryClass};
use crate::table::row::Endpoint;

/// How errors and events refer to a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// The call's name, as in [`Error::endpoint`].
    pub endpoint: &'static str,
    /// The effect of repeating the call.
    pub retry: RetryClass,
    /// Whether WeChat may have received something by the time it is cancelled.
    pub(super) sends: bool,
    /// How to find out what became of it.
    pub(super) next: Next,
}

/// How to find out what became of a job that its caller gave up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// The retry says all.
    Retry,
    /// By the number of what the call makes.
    Ask(NextStep),
    /// By the number of a payment by code.
    Resume(String),
}

impl About {
    pub(super) fn new(endpoint: &'static str, retry: RetryClass) -> Self {
        Self { endpoint, retry, sends: true, next: Next::Retry }
    }

    /// The same for a job that sends nothing.
    pub(super) fn without_sending(self) -> Self {
        Self { sends: false, ..self }
    }

    pub(super) fn of(endpoint: &Endpoint) -> Self {
        Self::new(endpoint.name, endpoint.retry)
    }

    pub(super) fn next(self, step: Option<NextStep>) -> Self {
        Self { next: step.map_or(Next::Retry, Next::Ask), ..self }
    }

    pub(super) fn resumed_by(self, out_trade_no: &str) -> Self {
        Self { next: Next::Resume(out_trade_no.to_owned()), ..self }
    }

    /// The error of a caller that gave the call up. `outcome` is [`Outcome::NotSent`] for a job that was not started; for one that sends nothing
    /// the error's always is.
    pub fn cancelled(&self, outcome: Outcome) -> Error {
        let outcome = if self.sends { outcome } else { Outcome::NotSent };
        let error = retry::cancelled(self.endpoint, outcome, self.retry);
        match &self.next {
            Next::Ask(step) if outcome == Outcome::Unknown => step.after(error),
            Next::Resume(number) if outcome == Outcome::Unknown => {
                let step = format!(
                    "Take the payment up with resume_pay_by_code and out_trade_no {number}; do not use a new out_trade_no"
                );
                error.resumed_by(step).about(number)
            }
            _ => error,
        }
    }
}
