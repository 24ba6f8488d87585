//! How errors and events refer to a call of a binding.

use crate::error::{Error, Outcome};
use crate::retry::{self, RetryClass};
use crate::table::row::Endpoint;

/// How errors and events refer to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The call's name, as in [`Error::endpoint`].
    pub endpoint: &'static str,
    /// The effect of repeating the call.
    pub retry: RetryClass,
}

impl About {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        Self { endpoint: endpoint.name, retry: endpoint.retry }
    }

    /// The error of a caller that gave the call up. `outcome` is [`Outcome::NotSent`] only for a job that was not started.
    pub fn cancelled(self, outcome: Outcome) -> Error {
        retry::cancelled(self.endpoint, outcome, self.retry)
    }
}
