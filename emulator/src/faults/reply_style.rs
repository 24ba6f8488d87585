//! How a reply of the payment API is written.

use super::kinds::Timing;
use crate::config::Layout;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReplyStyle {
    pub(crate) layout: Layout,
    pub(crate) sign: Signing,
    /// Adds fields that are not documented, signed like the others.
    pub(crate) extra: bool,
    /// Answers with this code before or after the request takes effect.
    pub(crate) failure: Option<(Failure, Timing)>,
}

/// A failure of WeChat or of a bank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// `SYSTEMERROR`.
    System,
    /// `BANKERROR`.
    Bank,
    /// APIv3: `FREQUENCY_LIMITED`.
    Frequency,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signing {
    Right,
    Wrong,
    Missing,
    /// APIv3 alone: a probe.
    Probe,
    /// APIv3 alone: an hour ago.
    Stale,
    /// APIv3 alone: by a key that the merchant does not have.
    Unknown,
}
