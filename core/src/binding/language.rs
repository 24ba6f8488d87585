//! The language of messages that people read.

use std::env;
use std::sync::OnceLock;

use crate::doctor::Language;

/// The language that the environment chooses by `WXPAYKIT_LANG`, or by its locale. Read once.
pub fn language() -> Language {
    static LANGUAGE: OnceLock<Language> = OnceLock::new();
    *LANGUAGE.get_or_init(|| {
        let values = Language::VARIABLES.map(|name| env::var(name).ok());
        Language::chosen(values.iter().map(Option::as_deref))
    })
}
