//! Passes this crate's warnings to bindings, whose logging is not `tracing`. Nothing secret is in them.

use std::error::Error;
use std::fmt::{self, Debug, Display, Formatter, Write as _};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::warning_texts;
use crate::explanation::Language;
use crate::phrases;
use crate::shown::whole;

/// A problem that did not make a call fail.
#[derive(Debug, Default)]
pub struct Warning {
    /// What.
    pub message: String,
    /// The words of the error that is its reason, and not those of the error's own causes: these may be the user's.
    pub reason: Option<String>,
}

/// Gives this crate's warnings, in a language, to a function, on whatever thread they come up; it must not wait. Spans and lesser
/// events stay as cheap as without it.
pub struct Warnings<F>(pub Language, pub F);

impl Display for Warning {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.reason.as_ref().map_or(Ok(()), |reason| write!(f, ": {reason}"))
    }
}

impl<F: Fn(Warning) + Send + Sync + 'static> Subscriber for Warnings<F> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= Level::WARN && metadata.target().starts_with("wxpaykit")
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, event: &Event<'_>) {
        let mut read = Read(self.0, Warning::default());
        event.record(&mut read);
        let mut warning = read.1;
        if self.0 == Language::Chinese {
            warning.message = warning_texts::chinese(warning.message);
        }
        // Either may have a value from outside, such as a header of a message that nobody signed.
        warning.message = whole(warning.message);
        warning.reason = warning.reason.map(whole);
        (self.1)(warning);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A warning that is read from an event, in a language.
struct Read(Language, Warning);

impl Visit for Read {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.1.message, "{value:?}");
        }
    }

    fn record_error(&mut self, _: &Field, value: &(dyn Error + 'static)) {
        let in_chinese = || match value.downcast_ref::<crate::error::Error>() {
            Some(error) => Some(error.message(Language::Chinese)),
            None => phrases::chinese(&value.to_string()),
        };
        let chosen = if self.0 == Language::Chinese { in_chinese() } else { None };
        self.1.reason = Some(chosen.unwrap_or_else(|| value.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::store::StoreError;

    #[test]
    fn a_warning_has_its_reason_without_further_causes() {
        let (sender, said) = mpsc::channel();
        let warnings = Warnings(Language::English, move |warning: Warning| sender.send(warning.to_string()).unwrap());
        tracing::subscriber::with_default(warnings, || {
            let error = StoreError::new("the store failed").because("hunter2");
            tracing::warn!(error = &error as &dyn Error, "a lease was not renewed");
            tracing::warn!("a lease ran out");
            tracing::warn!("the file {} is open", "a\nb\u{9b}31m");
            tracing::info!("nothing to worry about");
            tracing::warn!(target: "hyper", "nothing of ours");
        });
        assert_eq!(
            said.iter().collect::<Vec<_>>(),
            ["a lease was not renewed: the store failed", "a lease ran out", "the file a\\nb\\u{9b}31m is open",]
        );
    }

    #[test]
    fn a_warning_is_written_in_chinese() {
        let (sender, said) = mpsc::channel();
        let warnings = Warnings(Language::Chinese, move |warning: Warning| sender.send(warning.to_string()).unwrap());
        tracing::subscriber::with_default(warnings, || {
            let error = StoreError::new("the store failed");
            tracing::warn!(error = &error as &dyn Error, "could not store a new {}", "token");
        });
        assert_eq!(said.iter().collect::<Vec<_>>(), ["没有保存新的 token: the store failed"]);
    }
}
