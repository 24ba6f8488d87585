//! Words that all writers use.

use std::fmt::Write as _;
use std::path::Path;

/// A file's path from the project's root, and its content.
pub type File = (&'static str, String);

/// Appends a line.
pub fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// The project's folder.
pub fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}
