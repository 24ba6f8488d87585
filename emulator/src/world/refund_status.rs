//! The states of refunds.

use serde::{Deserialize, Serialize};

/// The state of a refund (protocol §3.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    #[serde(rename = "PROCESSING")]
    Processing,
    #[serde(rename = "SUCCESS")]
    Success,
    /// The customer's card does not take it.
    #[serde(rename = "CHANGE", alias = "ABNORMAL")]
    Change,
    #[serde(rename = "REFUNDCLOSE", alias = "CLOSED")]
    Closed,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Change => "CHANGE",
            Self::Closed => "REFUNDCLOSE",
        }
    }

    /// As APIv3 has it.
    pub(crate) fn in_v3(self) -> &'static str {
        match self {
            Self::Processing => "PROCESSING",
            Self::Success => "SUCCESS",
            Self::Change => "ABNORMAL",
            Self::Closed => "CLOSED",
        }
    }
}
