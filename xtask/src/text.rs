//! Words that all writers use.

use std::fmt::Write as _;
use std::path::Path;

use unicode_width::UnicodeWidthStr;
use wxpaykit::doctor::Language;
use wxpaykit::table::{Field, FieldKind, Limit};

/// A file's path from the project's root, and its content.
pub type File = (&'static str, String);

/// Appends a line.
pub fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// How many columns a text takes: a Chinese character takes two. Linters count lines so.
pub fn columns(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The project's folder.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// How long a field's value may be, in English: `6 to 32 characters`. `None` where there is no limit, or none that people meet.
pub fn length(field: &Field) -> Option<String> {
    let unit = match field.kind {
        FieldKind::List(_) => "items",
        _ if field.bytes => "bytes",
        _ => "characters",
    };
    match (field.least, field.max) {
        (0, 0) => None,
        (0, most) => Some(format!("At most {most} {unit}.")),
        (1, 0) => Some(format!("At least one {}.", unit.trim_end_matches('s'))),
        (least, 0) => Some(format!("At least {least} {unit}.")),
        (least, most) => Some(format!("{least} to {most} {unit}.")),
    }
}

/// A limit that depends on several fields, in a sentence. `mark` stands around names: a back quote, or two.
pub fn limit(limit: &Limit, mark: &str, language: Language) -> String {
    let code = |name: &str| format!("{mark}{name}{mark}");
    let [english, chinese] = match *limit {
        Limit::AtMost { field, fen, when: Some((name, value)) } => [
            format!("With {} {value}, {} is at most {fen} fen.", code(name), code(field)),
            format!("{} 为 {value} 时，{} 最多 {fen} 分。", code(name), code(field)),
        ],
        Limit::AtMost { field, fen, when: None } => {
            [format!("{} is at most {fen} fen.", code(field)), format!("{} 最多 {fen} 分。", code(field))]
        }
        Limit::ItemsWithout { field, member, least, most } => [
            format!("Without {}, {} has {least} to {most} items.", code(member), code(field)),
            format!("没有 {} 时，{} 有 {least} 到 {most} 项。", code(member), code(field)),
        ],
        Limit::RequiredFrom { field, amount, fen } => [
            format!("With {} of {fen} fen or more, {} is needed.", code(amount), code(field)),
            format!("{} 不少于 {fen} 分时，{} 必填。", code(amount), code(field)),
        ],
        Limit::AbsentBelow { field, amount, fen } => [
            format!("With {} below {fen} fen, {} must be left out.", code(amount), code(field)),
            format!("{} 少于 {fen} 分时，不能给出 {}。", code(amount), code(field)),
        ],
    };
    language.pick(english, chinese)
}
