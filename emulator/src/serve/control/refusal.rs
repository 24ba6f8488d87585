//! Why a call of the control API is refused.

use axum::http::StatusCode;

use crate::serve::calls;

pub(super) struct ControlError(pub(super) StatusCode, pub(super) String);

pub(super) fn bad(why: impl Into<String>) -> ControlError {
    ControlError(StatusCode::BAD_REQUEST, why.into())
}

/// A known path with another method, or an unknown path.
pub(super) fn no_such_call(path: &str) -> ControlError {
    let methods = calls::methods(path);
    if !methods.is_empty() {
        return ControlError(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("use {methods}; curl sends POST with -d, and GET without it"),
        );
    }
    let meant = calls::meant(path).map(|meant| format!("; did you mean /_emulator/{meant}?")).unwrap_or_default();
    ControlError(StatusCode::NOT_FOUND, format!("the control API has no {path}{meant}"))
}
