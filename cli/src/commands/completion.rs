//! `completion`: the completion of a shell.

use clap::ArgMatches;
use clap_complete::{Shell, generate};

use crate::args::command;
use crate::session::Session;
use crate::status::{DONE, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let shell = match matches.get_one::<String>("shell").map(String::as_str) {
        Some("zsh") => Shell::Zsh,
        Some("fish") => Shell::Fish,
        _ => Shell::Bash,
    };
    let mut script = Vec::new();
    generate(shell, &mut command(session.language), "wxpaykit", &mut script);
    session.print(String::from_utf8_lossy(&script).trim_end());
    Ok(DONE)
}
