//! How a reply of the payment API is written.

use super::kinds::{BillTexts, Timing};
use crate::config::Layout;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReplyStyle {
    pub(crate) layout: Layout,
    pub(crate) sign: Signing,
    /// Adds fields that are not documented, signed like the others.
    pub(crate) extra: bool,
    /// Answers with this code before or after the request takes effect.
    pub(crate) failure: Option<(Failure, Timing)>,
    pub(crate) bills: BillStyle,
}

/// How a trade bill is written, when it is not as usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BillStyle {
    pub(crate) texts: Option<BillTexts>,
    /// A day without business has a file: header, and totals of zero.
    pub(crate) empty: bool,
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
