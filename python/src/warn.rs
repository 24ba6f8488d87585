//! Core's warnings, such as a store that tokens do without, for Python's `logging`.
//!
//! They come up on tokio's threads, which must not wait for the interpreter: each is logged on a thread that may.

use std::error::Error;
use std::fmt::{Debug, Write as _};

use pyo3::prelude::*;
use tokio::runtime::Handle;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// Listens to core, for the life of the process. Spans and lesser events stay as cheap as without it.
pub(crate) fn listen() {
    // Python imports a module once, and nobody else has this library's copy of `tracing`.
    let _ = tracing::subscriber::set_global_default(Warnings);
}

struct Warnings;

impl Subscriber for Warnings {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::WARN && metadata.target().starts_with("wxpaykit")
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn_blocking(move || Python::try_attach(|py| log(py, &said)));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An event's message, and the error that is its reason.
#[derive(Default)]
struct Said {
    message: String,
    reason: String,
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.message, "{value:?}");
        }
    }

    /// The error's own words, and not its cause's: that may be an exception, whose text is Python's to give.
    fn record_error(&mut self, _: &Field, value: &(dyn Error + 'static)) {
        self.reason = format!(": {value}");
    }
}

fn log(py: Python<'_>, said: &Said) {
    let logged = py
        .import("logging")
        .and_then(|logging| logging.call_method1("getLogger", ("wxpaykit",)))
        .and_then(|logger| logger.call_method1("warning", ("%s%s", &said.message, &said.reason)));
    if let Err(error) = logged {
        error.write_unraisable(py, None);
    }
}
