//! The rows of a bill: a table on a terminal, lines as in the file elsewhere, objects with `--json`.

use std::sync::Arc;

use serde_json::Value as Json;
use wxpaykit::WxPay;
use wxpaykit::bill::{Batch, Row};
use wxpaykit::binding::display;
use wxpaykit::doctor::Language;
use wxpaykit::table::Endpoint;
use wxpaykit::value::Params;

use crate::columns::{self, Table};
use crate::progress::Progress;
use crate::session::{Colour, Session};
use crate::show;
use crate::status::{DONE, Stop};

/// Downloads a bill and prints its rows and its totals. With `--json` there are no totals.
pub(super) fn print(
    session: &mut Session<'_>,
    pay: &WxPay,
    endpoint: &'static Endpoint,
    params: &Params<'static>,
) -> Result<u8, Stop> {
    let asking = session.pick("asking for the bill …", "正在请求账单…").to_owned();
    session.show_progress(&asking);
    let mut bill = session.wait(async { pay.open_bill(endpoint, params).await }, None)?;
    let mut form = None;
    let mut rows = 0;
    // When the output is closed, the download ends.
    while !session.is_broken() {
        let progress = Progress { bytes: bill.bytes_read(), of: bill.size(), rows };
        // A line as wide as the terminal would begin another one.
        let line = progress.line(session.language, session.width().saturating_sub(1));
        session.show_progress(&line);
        let Some(batch) = session.wait(async { bill.next_batch().await }, None)? else { break };
        rows += batch.len();
        form.get_or_insert_with(|| Form::begin(session, &batch)).rows(session, &batch);
    }
    if let (Some(totals), false) = (bill.totals(), session.json) {
        match form {
            Some(Form::Table(table)) => end(session, table.left_out(), totals),
            // A bill without rows.
            None if session.io.terminals.out => end(session, 0, totals),
            _ => {
                let names: Vec<&str> = totals.iter().map(|(name, _)| name).collect();
                session.print(&format!("{}\n{}", display::clean(&names.join(",")), line(totals)));
            }
        }
    }
    Ok(DONE)
}

/// How rows are printed.
enum Form {
    /// An object in each line, by WeChat's names.
    Json,
    /// As in the file.
    Lines,
    /// For people.
    Table(Table),
}

impl Form {
    /// Prints what comes before the rows.
    fn begin(session: &mut Session<'_>, batch: &Batch) -> Self {
        if session.json {
            return Self::Json;
        }
        if !session.io.terminals.out {
            let names: Vec<_> = batch.layout().headers().iter().map(|header| header.text.as_str()).collect();
            session.print(&display::clean(&names.join(",")));
            return Self::Lines;
        }
        let table = Table::of(batch, session.width(), session.language);
        if !table.day().is_empty() {
            session.print(&session.paint(Colour::Bold, table.day()));
        }
        session.print(&session.paint(Colour::Dim, &table.header()));
        Self::Table(table)
    }

    fn rows(&self, session: &mut Session<'_>, batch: &Arc<Batch>) {
        let rows = (0..batch.len()).filter_map(|row| Row::of(batch, row));
        let lines: Vec<String> = match self {
            Self::Json => rows.map(|row| object(&row)).collect(),
            Self::Lines => rows.map(|row| line(&row)).collect(),
            Self::Table(table) => (0..batch.len()).map(|row| table.row(session, batch, row)).collect(),
        };
        session.print(&lines.join("\n"));
    }
}

/// Prints what comes after the rows of a table.
fn end(session: &mut Session<'_>, left_out: usize, totals: &Row) {
    session.print("");
    let lines = columns::totals(totals, session.language);
    show::table(session, &lines);
    let text = match (left_out, session.language) {
        (0, _) => return,
        (1, Language::English) => "1 column is not shown. A file or a pipe gets all: … > bill.csv".to_owned(),
        (count, Language::English) => format!("{count} columns are not shown. A file or a pipe gets all: … > bill.csv"),
        (count, Language::Chinese) => format!("有 {count} 列没有显示。输出到文件或管道则有全部列：… > bill.csv"),
    };
    let text = session.paint(Colour::Dim, &text);
    session.print(&text);
}

fn line(row: &Row) -> String {
    let cells: Vec<_> = row.iter().map(|(_, text)| display::clean(text)).collect();
    format!("`{}", cells.join(",`"))
}

fn object(row: &Row) -> String {
    let cells = row.iter().map(|(name, text)| (name.to_owned(), Json::from(text)));
    display::json_text(&Json::Object(cells.collect()).to_string()).into_owned()
}
