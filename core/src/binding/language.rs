//! The language of messages that people read.

use std::borrow::Cow;
use std::env;
use std::sync::OnceLock;

use crate::doctor::Language;
use crate::phrases;

/// The language that the environment chooses by `WXPAYKIT_LANG`, or by its locale. Read once.
pub fn language() -> Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    *LANGUAGE.get_or_init(|| {
        let values = Language::VARIABLES.map(|name| env::var(name).ok());
        Language::chosen(values.iter().map(Option::as_deref))
    })
}

/// A text of an error that a package raises by itself, in the language of [`language`].
pub fn phrase(text: &str) -> Cow<'_, str> {
    match language() {
        Language::English => text.into(),
        Language::Chinese => phrases::chinese(text).map_or(text.into(), Cow::Owned),
    }
}
