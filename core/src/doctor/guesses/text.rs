//! The whole text: encoded, in another case, or joined in another way.

use crate::doctor::search::{End, Search, Spelling, joined, keyed};
use crate::explanation::Mistake;
use crate::wire::form;

pub(super) fn about_the_text(search: &mut Search<'_>) {
    let texts: &[(Mistake, Spelling)] = &[
        (Mistake::VALUES_URL_ENCODED, form::component),
        (Mistake::TEXT_JOINED_OTHERWISE, |text| format!("&{text}")),
        (Mistake::TEXT_JOINED_OTHERWISE, |text| format!("?{text}")),
    ];
    for (mistake, changed) in texts {
        search.fields(*mistake, |message| changed(&joined(message.filled.iter().copied())));
    }
    let cases: &[Spelling] = &[str::to_lowercase, str::to_uppercase];
    for case in cases {
        search.bytes(Mistake::TEXT_OTHER_CASE, None, |message, key| {
            case(&keyed(joined(message.filled.iter().copied()), key)).into()
        });
    }
    let joins: &[[&str; 2]] = &[
        ["=", ""],
        ["", ""],
        ["", "&"],
        ["=", ","],
        ["=", "|"],
        ["=", ";"],
        [":", "&"],
        ["=", "&amp;"],
        ["=", "& "],
        ["=", "\n"],
        [":", "\n"],
    ];
    let ends: &[End] = &[
        |text, key| keyed(text.to_owned(), key),
        |text, key| format!("{text}{key}"),
        |text, key| format!("{text}key={key}"),
        |text, key| format!("{text}\nkey={key}"),
        |text, _| text.to_owned(),
    ];
    for end in ends {
        for [equals, and] in joins {
            search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| {
                let parts = message.filled.iter().map(|(name, value)| format!("{name}{equals}{value}"));
                end(&parts.collect::<Vec<_>>().join(and), key).into()
            });
        }
        for and in ["", "&", ","] {
            search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| {
                end(&message.filled.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(and), key).into()
            });
        }
    }
}
