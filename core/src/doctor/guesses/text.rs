//! The whole text: encoded, in another case, or joined in another way.

use serde_json::Value;

use crate::doctor::changes::strictly;
use crate::doctor::escapes::{as_uri, small_percents};
use crate::doctor::json_texts::{COMPACT, python};
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
    // The text with its end.
    let encoded: &[Spelling] = &[
        form::component,
        |text| strictly(text, "+"),
        |text| strictly(text, "%20"),
        |text| strictly(text, "%20").replace("%2F", "/"),
        |text| small_percents(&strictly(text, "+")),
        |text| small_percents(&strictly(text, "%20")),
        as_uri,
    ];
    for encode in encoded {
        search.bytes(Mistake::VALUES_URL_ENCODED, None, |message, key| {
            encode(&keyed(joined(message.filled.iter().copied()), key)).into()
        });
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
        ["=", ", "],
        ["=", " & "],
        [" = ", "&"],
        [" = ", " & "],
        [": ", "&"],
        [": ", "\n"],
        ["=", "\r\n"],
        ["=", "& "],
        ["=", "\n"],
        [":", "\n"],
    ];
    let ends: &[End] = &[
        |text, key| keyed(text.to_owned(), key),
        |text, key| format!("{text}{key}"),
        |text, key| format!("{text}key={key}"),
        |text, key| format!("{text}\nkey={key}"),
        |text, key| format!("{text}\n&key={key}"),
        |text, _| text.to_owned(),
    ];
    // The key is joined as the fields are.
    for [equals, and] in joins {
        search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| {
            let pairs = message.filled.iter().copied().chain([("key", key)]);
            pairs.map(|(name, value)| format!("{name}{equals}{value}")).collect::<Vec<_>>().join(and).into()
        });
    }
    // A map or an object as languages print it.
    for print in PRINTED {
        for end in ends {
            search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| end(&print(&message.filled), key).into());
            search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| end(&print(&message.sent), key).into());
        }
    }
    // As another platform signs: the key before the text and behind it.
    for [equals, and] in [["=", "&"], ["", ""], ["=", ""]] {
        search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| {
            let parts = message.filled.iter().map(|(name, value)| format!("{name}{equals}{value}"));
            format!("{key}{}{key}", parts.collect::<Vec<_>>().join(and)).into()
        });
    }
    // The document itself.
    for [before, after] in [["", ""], ["<![CDATA[", "]]>"]] {
        for [line, root] in [["", "xml"], ["\n", "xml"], ["", ""]] {
            for end in ends {
                search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| {
                    let parts = message.sent.iter().map(|(name, value)| {
                        let plain = value.bytes().all(|byte| byte.is_ascii_digit());
                        let [before, after] = if plain { ["", ""] } else { [before, after] };
                        format!("<{name}>{before}{value}{after}</{name}>{line}")
                    });
                    let parts: String = parts.collect();
                    let text = if root.is_empty() { parts } else { format!("<{root}>{line}{parts}</{root}>") };
                    end(&text, key).into()
                });
            }
        }
    }
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

type Print = fn(&[(&str, &str)]) -> String;

/// How languages print a map: Java, and JSON and Python of texts.
const PRINTED: [Print; 3] = [
    |pairs| {
        format!("{{{}}}", pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", "))
    },
    |pairs| COMPACT.write(&pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()),
    |pairs| python(&pairs.iter().map(|(name, value)| ((*name).to_owned(), Value::from(*value))).collect()),
];
