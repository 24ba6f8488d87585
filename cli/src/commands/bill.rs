//! `bill`: the bill of a day, by either API.

use clap::ArgMatches;
use wxpaykit::doctor::Language;

use super::call;
use crate::input::values;
use crate::keys;
use crate::session::Session;
use crate::status::Stop;

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    format(session.language, matches)?;
    if values(matches, "fields").is_empty() && !matches.get_flag("fields-of") {
        let text = session.pick("give the day: wxpaykit bill 2026-11-27", "请给出日期：wxpaykit bill 2026-11-27");
        return Err(Stop::Wrong(text.to_owned()));
    }
    let is_v3 = matches.get_flag("v3") || keys::are_of_v3_alone(session, matches)?;
    let name = match (is_v3, matches.get_flag("fund-flow")) {
        (false, false) => "downloadbill",
        (false, true) => "downloadfundflow",
        (true, false) => "v3.tradebill",
        (true, true) => "v3.fundflowbill",
    };
    call::named(session, matches, name)
}

/// Refuses a format that the command has not. Parquet, whose writer would make each package larger for all, is a line in Python.
fn format(language: Language, matches: &ArgMatches) -> Result<(), Stop> {
    let Some(format) = matches.get_one::<String>("format").filter(|format| *format != "csv") else { return Ok(()) };
    Err(Stop::Wrong(match (format.as_str(), language) {
        ("parquet", Language::English) => "the command writes no Parquet file, and Python does: save the bill (wxpaykit bill … > bill.csv), then \
             python -c 'import pyarrow, pyarrow.parquet as p; from wxpaykit import bill; p.write_table(pyarrow.table(bill.read(\"bill.csv\")), \"bill.parquet\")'"
            .to_owned(),
        ("parquet", Language::Chinese) => "命令不写 Parquet 文件，Python 可以写：先保存账单（wxpaykit bill … > bill.csv），再运行 \
             python -c 'import pyarrow, pyarrow.parquet as p; from wxpaykit import bill; p.write_table(pyarrow.table(bill.read(\"bill.csv\")), \"bill.parquet\")'"
            .to_owned(),
        (_, Language::English) => "--format must be csv: see wxpaykit bill --help".to_owned(),
        (_, Language::Chinese) => "--format 只能是 csv：请看 wxpaykit bill --help".to_owned(),
    }))
}
