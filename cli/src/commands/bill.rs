//! `bill`: the bill of a day, by either API.

use clap::ArgMatches;

use super::call;
use crate::keys;
use crate::session::Session;
use crate::status::Stop;

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let is_v3 = matches.get_flag("v3") || keys::are_of_v3_alone(session, matches)?;
    let name = match (is_v3, matches.get_flag("fund-flow")) {
        (false, false) => "downloadbill",
        (false, true) => "downloadfundflow",
        (true, false) => "v3.tradebill",
        (true, true) => "v3.fundflowbill",
    };
    call::named(session, matches, name)
}
