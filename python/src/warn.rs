//! Passes core's warnings on to Python's `logging`: that tokens are renewed without the store, for example.
//!
//! Most warnings arise on tokio's threads, which must not wait for the interpreter. So these are logged on a thread that may. Those
//! about settings arise on the thread that makes a client, and are logged there.

use pyo3::prelude::*;
use tokio::runtime::Handle;
use wxpaykit::binding::language::language;
use wxpaykit::binding::warning::{Warning, Warnings};

use crate::background;

/// Subscribes to core's warnings, for the life of the process.
pub(crate) fn listen() {
    // It cannot be set already: Python imports a module once, and no other library shares this copy of `tracing`.
    let _ = tracing::subscriber::set_global_default(Warnings(language(), |warning| {
        let log = move |py: Python<'_>| log(py, &warning);
        match Handle::try_current() {
            Ok(runtime) => drop(background::spawn(&runtime, log)),
            Err(_) => drop(Python::try_attach(log)),
        }
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
