//! `help`: the help of a command.

use clap::ArgMatches;

use crate::args::{command, in_words};
use crate::input::values;
use crate::session::Session;
use crate::status::{DONE, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let mut all = command(session.language);
    all.build();
    let mut found = &mut all;
    for name in values(matches, "command") {
        found = found.find_subcommand_mut(&name).ok_or_else(|| {
            let text =
                session.pick("there is no such command: see wxpaykit --help", "没有这个命令：请看 wxpaykit --help");
            Stop::Wrong(text.to_owned())
        })?;
    }
    let help = in_words(found.render_help().to_string(), session.language);
    session.print(help.trim_end());
    Ok(DONE)
}
