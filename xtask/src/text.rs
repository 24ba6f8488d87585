//! Words that all writers use.

use std::fmt::Write as _;
use std::path::Path;

use unicode_width::UnicodeWidthStr;

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
