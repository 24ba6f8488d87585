//! The short names of the calls that are made most, by either API.

use clap::ArgMatches;

use super::call;
use crate::args::{SHORT, Short};
use crate::keys;
use crate::session::Session;
use crate::status::{DONE, Stop};

/// Runs a short name: its call of APIv2; where only keys of APIv3 are set, that of APIv3 with the same fields.
pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches, name: &str) -> Result<u8, Stop> {
    let Some(Short { v2, v3, .. }) = SHORT.iter().find(|short| short.name == name) else { return Ok(DONE) };
    let is_v3 = keys::are_of_v3_alone(session, matches)?;
    call::named(session, matches, v3.filter(|_| is_v3).unwrap_or(v2))
}
