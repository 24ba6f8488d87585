//! Deliberate faults: what goes wrong, for which requests and notifications, and how often.
//!
//! A fault is read once, from the control API, a request header or a magic amount. Requests take theirs when they are
//! served, notifications when they are written and sent. No other code knows about faults.

mod catalog;
mod describe;
mod kinds;
mod parse;
mod reply_style;
mod table;
mod texts;

pub(crate) use self::kinds::{Api, BillTexts, Endpoint, FaultTarget, Refused, ReplyFault, Timing};
pub(crate) use self::parse::from_header;
pub(crate) use self::reply_style::{BillStyle, Failure, ReplyStyle, Signing};
pub(crate) use self::table::Faults;
