//! What an error says of the order: whether it was refused for certain, and whether WeChat may have acted.

use crate::codes::{ErrorCode, Meaning};
use crate::error::{Error, Kind, Outcome};
use crate::explanation::Language;

/// Whether it is a refusal of APIv3 without WeChat's signature, which may come from anybody on the way: it decides nothing.
pub(super) fn is_unsigned(error: &Error) -> bool {
    error.verified() == Some(false)
}

/// Whether the charge was refused for certain: WeChat's code or words are known, and final.
pub(super) fn is_refused(error: &Error) -> bool {
    match error.kind() {
        Kind::Business { .. } | Kind::Protocol { .. } => is_known(error) && !error.is_pay_error(),
        _ => false,
    }
}

/// Whether the cancellation was refused for certain.
pub(super) fn is_refused_for_good(error: &Error) -> bool {
    match error.kind() {
        Kind::Business { .. } | Kind::Protocol { .. } => is_known(error) && error.meaning() != Some(Meaning::TooMany),
        Kind::Config { .. } | Kind::InvalidRequest { .. } => true,
        _ => false,
    }
}

/// Whether a refusal is WeChat's, is known, and says that nothing happened. A code that came later than this version may mean anything.
fn is_known(error: &Error) -> bool {
    let nothing = matches!(
        error.meaning(),
        Some(Meaning::Final | Meaning::Later | Meaning::NotFound | Meaning::TooMany | Meaning::DeadToken)
    );
    nothing && !is_unsigned(error) && (error.remedy(Language::English).is_some() || error.is(ErrorCode::Certificate))
}

pub(super) fn may_have_acted(error: &Error) -> bool {
    !matches!(error.kind(), Kind::Transport { outcome: Outcome::NotSent, .. })
}
