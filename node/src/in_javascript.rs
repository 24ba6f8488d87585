//! Core's texts with the names that settings and functions have in this package.

use wxpaykit::binding::example;
use wxpaykit::codes::Api;
use wxpaykit::registry;
use wxpaykit::table::settings::SETTINGS;

/// Functions and arguments of this package that core's texts name.
const FUNCTIONS: &[&str] = &[
    "yuan_to_fen",
    "fen_to_yuan",
    "pay_by_code",
    "resume_pay_by_code",
    "order_and_params",
    "jsapi_params",
    "app_params",
    "authorize_url",
    "amount_of",
    "on_paid",
    "on_refunded",
    "on_refund_failed",
    "on_transferred",
    "on_transfer_failed",
    "on_other",
    "reverse_after",
    "parse_refund",
    "parse_xml",
    "notify.confirm_refund",
    "notify.confirm_transfer",
];

/// The text with the settings and functions under the names that they have in this package. A setting that is called as a field of a call
/// (`notify_url`) is one only in an error about settings, or where the text has both names.
pub(crate) fn in_javascript(text: &str, is_setting: bool) -> String {
    let text = example::in_javascript(text.to_owned());
    if !text.contains('_') && !text.contains("Node") {
        return text;
    }
    let text = of_both(without_other_names(&text));
    let is_name = |name: &&str| name.contains('_') && (is_setting || registry::field(name).is_none());
    let settings = SETTINGS.iter().map(|setting| setting.name).filter(is_name);
    // A text may name a call with its group or without: `v3.refund_query`, `refund_query`.
    let calls = registry::all().map(|call| call.name).filter(|name| name.contains('_'));
    let bare = registry::of(Api::V3).filter_map(|call| call.name.split_once('.').map(|(_, name)| name));
    let bare = bare.filter(|name| name.contains('_') && registry::field(name).is_none());
    let names = settings.chain(calls).chain(bare).chain(FUNCTIONS.iter().copied());
    names.fold(text, |text, name| if text.contains(name) { named(&text, name, &camel(name)) } else { text })
}

/// A call under the name that its method has in this package.
pub(crate) fn method(call: &str) -> String {
    camel(call)
}

/// As [`in_javascript`], but for words that are not core's, such as WeChat's.
pub(crate) fn in_javascript_but(text: &str, is_setting: bool, words: &[&str]) -> String {
    let Some((word, others)) = words.split_first() else { return in_javascript(text, is_setting) };
    match text.split_once(word).filter(|_| !word.is_empty()) {
        Some((before, after)) => {
            let [before, after] = [before, after].map(|part| in_javascript_but(part, is_setting, words));
            format!("{before}{word}{after}")
        }
        None => in_javascript_but(text, is_setting, others),
    }
}

/// The text without its `(Node: onPaid, onOther)`, which says what names of Python are here; in Chinese it has its own brackets.
fn without_other_names(text: &str) -> String {
    [(" (Node: ", ')'), ("（Node：", '）')]
        .iter()
        .fold(text.to_owned(), |text, (begin, end)| without_bracket(&text, begin, *end))
}

/// The text without its brackets of names, which begin and end so.
fn without_bracket(text: &str, begin: &str, end: char) -> String {
    let is_of_names = |c: char| c.is_ascii_alphanumeric() || matches!(c, ',' | ' ' | '、');
    let (mut written, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(begin) {
        let names = after.split_once(end).filter(|(names, _)| names.chars().all(is_of_names));
        written += before;
        rest = match names {
            Some((_, after)) => after,
            None => {
                written += begin;
                after
            }
        };
    }
    written + rest
}

/// The text with the second of both names where it has both, as in `on_paid, Node onPaid`, or in Chinese.
fn of_both(text: String) -> String {
    [", Node ", "，Node 为 "].iter().fold(text, |text, between| of_both_with(&text, between))
}

/// The same for one of the languages.
fn of_both_with(text: &str, between: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut written, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once(between) {
        let name = before.trim_end_matches(is_part).len();
        let (before, name) = before.split_at(name);
        if name.contains('_') && after.starts_with(&camel(name)) {
            written += before;
        } else {
            written = format!("{written}{before}{name}{between}");
        }
        rest = after;
    }
    written + rest
}

/// The text with one name in place of another, where that stands as a word of its own.
fn named(text: &str, from: &str, to: &str) -> String {
    // Where core says both.
    let text = text.replace(&format!("{from} ({to})"), from);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let (mut written, mut rest) = (String::new(), &*text);
    while let Some((before, after)) = rest.split_once(from) {
        let is_word = !before.ends_with(|c| is_part(c) || c == '.' || c == '/') && !after.starts_with(is_part);
        written = format!("{written}{before}{}", if is_word { to } else { from });
        rest = after;
    }
    written + rest
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let mut letters = part.chars();
        let initial = letters.next().map(|c| c.to_ascii_uppercase());
        initial.into_iter().fold(name, |name, c| format!("{name}{c}")) + letters.as_str()
    })
}
