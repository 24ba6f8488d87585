//! Faults that end.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::refusal::{ControlError, bad};
use crate::app::App;

/// `DELETE /_emulator/faults`, and `/_emulator/faults/3` for one.
pub(super) fn remove(app: &App, path: &str) -> Result<Value, ControlError> {
    let id = match path.strip_prefix("/_emulator/faults").unwrap_or_default() {
        "" => None,
        rest => {
            Some(rest.strip_prefix('/').and_then(|id| id.parse().ok()).ok_or_else(|| bad("name the fault by its id"))?)
        }
    };
    match (id, app.faults.remove(id)) {
        (Some(id), 0) => Err(ControlError(StatusCode::NOT_FOUND, format!("there is no fault {id}"))),
        (_, removed) => Ok(json!({ "removed": removed })),
    }
}
