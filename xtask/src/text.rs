//! Words that all writers use.

use std::fmt::Write as _;

/// A file's path from the project's root, and its content.
pub type File = (&'static str, String);

/// Appends a line.
pub fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}
