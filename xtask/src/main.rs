//! `cargo xtask gen [--check]`: what the table of calls says, written for Python, for Node and for people.
//! `cargo xtask notices [--check]`: the licences of the crates that the packages contain.
//!
//! The files are committed, so that an editor finds them; `--check` fails when one is not what the table gives.

mod docs;
mod mistakes;
mod notices;
mod python;
mod refusals;
mod replies;
mod rust;
mod settings;
mod text;
mod typescript;

use std::process::ExitCode;
use std::{env, fs, io};

use self::text::{File, root};

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["gen"] => files().and_then(write),
        ["gen", "--check"] => files().and_then(|files| check(files, "cargo xtask gen")),
        ["notices"] => notices::file().and_then(|file| write(vec![file])),
        ["notices", "--check"] => notices::file().and_then(|file| check(vec![file], "cargo xtask notices")),
        _ => Err(io::Error::other("usage: cargo xtask gen [--check], or cargo xtask notices [--check]")),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

fn files() -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    files.extend(rust::files());
    files.extend(python::files()?);
    files.extend(typescript::files());
    files.extend(settings::files());
    files.extend(docs::files()?);
    files.extend(mistakes::files());
    files.extend(refusals::files());
    files.extend(replies::files());
    Ok(files)
}

fn write(files: Vec<File>) -> io::Result<()> {
    for (path, content) in files {
        fs::write(root().join(path), content)?;
    }
    Ok(())
}

fn check(files: Vec<File>, remedy: &str) -> io::Result<()> {
    let stale: Vec<_> = files
        .into_iter()
        .filter(|(path, content)| fs::read_to_string(root().join(path)).ok().as_ref() != Some(content))
        .map(|(path, _)| path)
        .collect();
    if stale.is_empty() {
        return Ok(());
    }
    Err(io::Error::other(format!("stale: {}; run {remedy}", stale.join(", "))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_committed_is_what_the_table_gives() -> io::Result<()> {
        check(files()?, "cargo xtask gen")
    }

    #[test]
    fn the_licences_are_those_of_the_crates() -> io::Result<()> {
        check(vec![notices::file()?], "cargo xtask notices")
    }
}
