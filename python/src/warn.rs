//! Passes core's warnings on to Python's `logging`: that tokens are renewed without the store, for example.
//!
//! Warnings arise on tokio's threads, which must not wait for the interpreter. So each is logged on a thread that may.

use pyo3::prelude::*;
use tokio::runtime::Handle;
use wxpaykit::binding::warning::{Warning, Warnings};

/// Subscribes to core's warnings, for the life of the process.
pub(crate) fn listen() {
    // It cannot be set already: Python imports a module once, and no other library shares this copy of `tracing`.
    let _ = tracing::subscriber::set_global_default(Warnings(|warning| {
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn_blocking(move || Python::try_attach(|py| log(py, &warning)));
    }));
}

fn log(py: Python<'_>, warning: &Warning) {
    let logged = py
        .import("logging")
        .and_then(|logging| logging.call_method1("getLogger", ("wxpaykit",)))
        .and_then(|logger| logger.call_method1("warning", ("%s", warning.to_string())));
    if let Err(error) = logged {
        error.write_unraisable(py, None);
    }
}
