//! How much of a value may be shown: in `repr`, notebooks, `console.log`, the command and logs.

mod address;
mod known;
mod names;
mod text;
mod views;

use std::borrow::Cow;

pub use address::without_token;
pub use known::{Known, without_known};
pub use names::is_secret_name;
pub use text::without_secrets;

/// How much of a field's value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// All of it.
    Plain,
    /// Enough to recognise it: the first and the last four characters. Nothing of a text shorter than 16.
    Short,
    /// Nothing.
    Hidden,
}

/// Characters that are shown at each end.
const SHOWN: usize = 4;
/// In shorter texts, the characters at both ends would be more than half.
const SHORTEST: usize = 4 * SHOWN;
/// What stands in the place of a secret.
const HIDDEN: &str = "***";

impl Redaction {
    /// The value as it may be shown.
    pub fn apply(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => value.into(),
            Self::Short => shortened(value).map_or(HIDDEN.into(), Cow::Owned),
            Self::Hidden => HIDDEN.into(),
        }
    }
}

fn shortened(value: &str) -> Option<String> {
    value.chars().nth(SHORTEST - 1)?;
    let (head, _) = value.char_indices().nth(SHOWN)?;
    let (tail, _) = value.char_indices().nth_back(SHOWN - 1)?;
    Some(format!("{}…{}", value.get(..head)?, value.get(tail..)?))
}
