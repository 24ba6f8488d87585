//! The commands, a file each.

mod bill;
mod call;
mod completion;
mod decrypt;
mod doctor;
mod emulator;
mod explain;
mod help;
mod jssdk;
mod notify;
mod notify_v3;
mod rows;
mod short;
mod sign;
mod verify;
mod xml;

use clap::ArgMatches;

use crate::session::Session;
use crate::status::{DONE, Stop};

/// Runs the command that a command line names. Gives the exit code.
///
/// # Errors
/// Why it ended before its result.
pub(crate) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    match matches.subcommand() {
        Some(("bill", matches)) => bill::run(session, matches),
        Some(("call", matches)) => call::run(session, matches),
        Some(("completion", matches)) => completion::run(session, matches),
        Some(("decrypt", matches)) => decrypt::run(session, matches),
        Some(("doctor", matches)) => doctor::run(session, matches),
        Some(("emulator", matches)) => emulator::run(session, matches),
        Some(("explain", matches)) => explain::run(session, matches),
        Some(("help", matches)) => help::run(session, matches),
        Some(("jssdk", matches)) => jssdk::run(session, matches),
        Some(("notify", matches)) if matches.get_flag("v3") => notify_v3::run(session, matches),
        Some(("notify", matches)) => notify::run(session, matches),
        Some(("sign", matches)) => sign::run(session, matches),
        Some(("verify", matches)) => verify::run(session, matches),
        Some(("xml", matches)) => xml::run(session, matches),
        Some((name, matches)) => short::run(session, matches, name),
        None => Ok(DONE),
    }
}
