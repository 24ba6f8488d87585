//! The language of messages that people read.

use std::borrow::Cow;
use std::env;
use std::sync::OnceLock;

use crate::doctor::Language;
use crate::phrases;
use crate::shown::clean;

/// The language that the environment chooses by `WXPAYKIT_LANG`, or by its locale. Read once.
pub fn language() -> Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    *LANGUAGE.get_or_init(|| {
        let values = Language::VARIABLES.map(|name| env::var(name).ok());
        Language::chosen(values.iter().map(Option::as_deref))
    })
}

/// A text of an error or of a log line that a package writes by itself, in the language of [`language`], on one line.
pub fn phrase(text: &str) -> Cow<'_, str> {
    let chinese = if language() == Language::Chinese { phrases::chinese(text) } else { None };
    chinese.map_or_else(|| clean(text), |chinese| clean(&chinese).into_owned().into())
}
