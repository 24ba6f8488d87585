//! How a command ends.

use wxpaykit::Error;
use wxpaykit::error::{Kind, Outcome};

/// It is done: the signature is right, WeChat accepted the call, everything works.
pub const DONE: u8 = 0;
/// The answer is no: the signature is wrong, WeChat refused the call, a check failed.
pub const NO: u8 = 1;
/// The command line, a document or a setting is wrong. Nothing was sent.
pub const WRONG: u8 = 2;
/// There was no connection. Nothing was sent.
pub const NOT_SENT: u8 = 3;
/// WeChat may have acted on the call, and the outcome is unknown: no reply, or a code such as SYSTEMERROR, BANKERROR or USERPAYING. Ask for
/// it before anything else.
pub const UNKNOWN: u8 = 4;
/// Ctrl-C.
pub const INTERRUPTED: u8 = 130;

/// Why a command ends before its result.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A sentence about the command line, a document, or a file.
    Wrong(String),
    /// A sentence about something that did not work.
    Failed(String),
    /// An error of core's.
    Core(Box<Error>),
    /// Ctrl-C, with what is to be known of a call that was under way.
    Interrupted(Option<String>),
    /// Text that was asked for: help, or the version.
    Text(String),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Core(Box::new(error))
    }
}

impl Stop {
    /// The exit code.
    pub(crate) fn status(&self) -> u8 {
        match self {
            Self::Text(_) => DONE,
            Self::Wrong(_) => WRONG,
            Self::Failed(_) => NO,
            Self::Interrupted(_) => INTERRUPTED,
            Self::Core(error) => match error.kind() {
                Kind::Config { .. } | Kind::InvalidRequest { .. } => WRONG,
                Kind::Transport { outcome: Outcome::NotSent, .. } | Kind::Store { .. } => NOT_SENT,
                // A reply that is not authentic says nothing of what WeChat did, nor do some refusals, such as SYSTEMERROR.
                Kind::Transport { .. } | Kind::Signature { .. } | Kind::Mismatch { .. } => UNKNOWN,
                _ if error.outcome() == Some(Outcome::Unknown) => UNKNOWN,
                _ => NO,
            },
        }
    }
}
