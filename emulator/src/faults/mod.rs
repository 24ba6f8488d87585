//! Deliberate faults: what goes wrong, for which requests and notifications, and how often.
//!
//! A fault is read once, from the control API, a request header or a magic amount. Requests take theirs when they are
//! served, notifications when they are written and sent. No other code knows about faults.

mod kinds;
mod parse;
mod table;
mod texts;
mod writing;

pub(crate) use self::kinds::{Api, Asking, Endpoint, ReplyFault, When};
pub(crate) use self::parse::from_header;
pub(crate) use self::table::Faults;
pub(crate) use self::texts::errmsg;
pub(crate) use self::writing::{Signing, Trouble, Writing};
