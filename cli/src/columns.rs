//! The rows of a bill as a table on a terminal: the columns that say most, as many as the terminal has room for.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use wxpaykit::bill::{Batch, Cell, CellKind, Column, Header, Layout, Row};
use wxpaykit::binding::display;
use wxpaykit::doctor::Language;

use crate::session::{Colour, Session};

/// The columns that come first. The others follow in the order of the file.
const FIRST: &[Column] = &[
    Column::trade_time,
    Column::record_time,
    Column::out_trade_no,
    Column::trade_state,
    Column::total_fee,
    Column::refund_fee,
    Column::out_refund_no,
    Column::refund_status,
    Column::business_name,
    Column::direction,
    Column::amount,
    Column::balance,
    Column::voucher_no,
    Column::body,
    Column::trade_type,
    Column::fee,
];
/// The same for old bills, which have no column for the amount of the order.
const AMOUNTS: [(Column, Column); 2] =
    [(Column::total_fee, Column::settlement_total_fee), (Column::refund_fee, Column::settlement_refund_fee)];
/// Spaces between columns.
const GAP: usize = 2;
/// Texts are cut to this width, in columns of the terminal.
const TEXT: usize = 24;
/// A text that would have less room is not shown.
const LEAST_TEXT: usize = 8;

/// How a bill is shown.
pub(crate) struct Table {
    /// The day of the first row, which its time does not repeat.
    day: String,
    columns: Vec<Shown>,
    left_out: usize,
}

/// A column of the table.
struct Shown {
    place: usize,
    name: String,
    width: usize,
    column: Option<Column>,
    kind: CellKind,
    /// Whether a long text is cut. Amounts and numbers never are.
    is_cut: bool,
}

impl Shown {
    fn padded(&self, text: &str) -> String {
        let text = if self.is_cut { cut(text, self.width) } else { text.into() };
        let space = " ".repeat(self.width.saturating_sub(width_of(&text)));
        match self.kind {
            CellKind::Fen | CellKind::Fee | CellKind::Count => format!("{space}{text}"),
            _ => format!("{text}{space}"),
        }
    }
}

impl Table {
    /// The table of a bill that begins with these rows. Its columns are as wide as these rows need them.
    pub(crate) fn of(batch: &Batch, width: usize, language: Language) -> Self {
        let day = day_of(batch).unwrap_or_default();
        let mut table = Self { day, columns: Vec::new(), left_out: 0 };
        let places = in_order(batch.layout());
        let mut used = 0;
        for (place, header) in &places {
            let name = name(header, language).into_owned();
            let mut shown =
                Shown { place: *place, name, width: 0, column: header.column, kind: header.kind(), is_cut: false };
            let cells: Vec<_> = (0..batch.len()).map(|row| table.cell(batch, row, &shown)).collect();
            let widest = cells.iter().map(|cell| width_of(cell)).max();
            // A column that this version does not know may hold numbers.
            let is_cut = match shown.column {
                Some(_) => matches!(shown.kind, CellKind::Text | CellKind::Free),
                None => !cells.iter().all(|cell| is_number(cell)),
            };
            drop(cells);
            shown.is_cut = is_cut;
            shown.width = widest.unwrap_or_default().max(width_of(&shown.name));
            let gap = if used == 0 { 0 } else { GAP };
            let room = width.saturating_sub(used + gap);
            if shown.is_cut {
                shown.width = shown.width.min(TEXT).min(room.max(LEAST_TEXT));
            }
            if shown.width > room && used > 0 {
                break;
            }
            used += gap + shown.width;
            table.columns.push(shown);
        }
        table.left_out = places.len() - table.columns.len();
        table
    }

    /// The day of the rows, in the form `2026-11-27`; empty where the bill does not say it.
    pub(crate) fn day(&self) -> &str {
        &self.day
    }

    /// How many columns have no room.
    pub(crate) fn left_out(&self) -> usize {
        self.left_out
    }

    /// The names of the columns.
    pub(crate) fn header(&self) -> String {
        self.line(|shown| shown.padded(&shown.name))
    }

    /// A row.
    pub(crate) fn row(&self, session: &Session<'_>, batch: &Batch, row: usize) -> String {
        self.line(|shown| {
            let text = self.cell(batch, row, shown);
            let padded = shown.padded(&text);
            match colour(&text).filter(|_| shown.kind == CellKind::Word) {
                Some(colour) => padded.replacen(&*text, &session.paint(colour, &text), 1),
                None => padded,
            }
        })
    }

    fn line(&self, cell: impl Fn(&Shown) -> String) -> String {
        let cells: Vec<String> = self.columns.iter().map(cell).collect();
        cells.join(&" ".repeat(GAP)).trim_end().to_owned()
    }

    fn cell<'a>(&self, batch: &'a Batch, row: usize, shown: &Shown) -> Cow<'a, str> {
        let cell = batch.cell(row, shown.place);
        if let (Cell::Time(time), Some(Column::trade_time | Column::record_time)) = (cell, shown.column) {
            let time = time.to_dashed();
            return match time.strip_prefix(self.day.as_str()) {
                Some(rest) => rest.trim_start().to_owned().into(),
                None => time.into(),
            };
        }
        text(cell)
    }
}

/// The totals, a name and a value each.
pub(crate) fn totals(totals: &Row, language: Language) -> Vec<(String, String)> {
    let (batch, row) = totals.place();
    let headers = totals.layout().headers().iter().enumerate();
    let lines = headers.map(|(place, header)| (name(header, language).into_owned(), text(batch.cell(row, place))));
    lines.map(|(name, text)| (name, text.into_owned())).collect()
}

/// The places of all columns, the ones that say most first.
fn in_order(layout: &Layout) -> Vec<(usize, &Header)> {
    let first = FIRST.iter().filter_map(|column| {
        let older = AMOUNTS.iter().find(|(newer, _)| newer == column).map(|(_, older)| *older);
        layout.place(*column).or_else(|| layout.place(older?))
    });
    let mut places: Vec<usize> = first.collect();
    let others: Vec<usize> = (0..layout.width()).filter(|place| !places.contains(place)).collect();
    places.extend(others);
    places.into_iter().filter_map(|place| Some((place, layout.headers().get(place)?))).collect()
}

/// The day of the first row.
fn day_of(batch: &Batch) -> Option<String> {
    let columns = [Column::trade_time, Column::record_time];
    let place = columns.into_iter().find_map(|column| batch.layout().place(column))?;
    let Cell::Time(time) = batch.cell(0, place) else { return None };
    time.to_dashed().get(..10).map(str::to_owned)
}

/// The name of a column: WeChat's in Chinese.
fn name(header: &Header, language: Language) -> Cow<'_, str> {
    match language {
        Language::English => display::clean(header.name()),
        Language::Chinese => display::clean(&header.text),
    }
}

/// A cell as people read it: amounts in yuan.
fn text(cell: Cell<'_>) -> Cow<'_, str> {
    match cell {
        Cell::None => "".into(),
        Cell::Text(text) => display::clean(text),
        Cell::Fen(fen) => yuan(fen, fen.unsigned_abs() / 100, format!("{:02}", fen.unsigned_abs() % 100)),
        Cell::Fee(fee) => yuan(fee.0, fee.0.unsigned_abs() / 100_000, format!("{:05}", fee.0.unsigned_abs() % 100_000)),
        Cell::Count(count) => count.to_string().into(),
        Cell::Time(time) => time.to_dashed().into(),
    }
}

fn yuan(amount: i64, whole: u64, decimals: String) -> Cow<'static, str> {
    let sign = if amount < 0 { "-" } else { "" };
    format!("{sign}¥{whole}.{decimals}").into()
}

/// The colour of a state.
fn colour(word: &str) -> Option<Colour> {
    match word {
        "SUCCESS" | "收入" => Some(Colour::Green),
        "REFUND" | "PROCESSING" | "支出" => Some(Colour::Yellow),
        "REVOKED" | "FAIL" | "CHANGE" => Some(Colour::Red),
        _ => None,
    }
}

/// A text with an ellipsis in place of what is wider than `most` columns of a terminal.
pub(crate) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if width_of(text) <= most {
        return text.into();
    }
    let mut used = 1;
    let fits = |letter: &char| {
        used += letter.width().unwrap_or_default();
        used <= most
    };
    text.chars().take_while(fits).chain(['…']).collect::<String>().into()
}

/// Whether a text may be an amount or a number of WeChat's or of the merchant's: it has no spaces and no Chinese.
fn is_number(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_alphanumeric() || "¥+-_.%:/".contains(letter))
}

/// How many columns of a terminal a text takes: two for a character of Chinese and for most pictures, none for a mark on the one before.
pub(crate) fn width_of(text: &str) -> usize {
    text.width()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn texts_are_cut_to_a_width() {
        assert_eq!((width_of("茶a"), width_of("cafe\u{301}"), width_of("，")), (3, 4, 2));
        assert_eq!((width_of("⭐✨⚡✅❌⏰🪐"), width_of("🇨🇳"), width_of("→✓")), (14, 2, 2));
        for (text, most, expected) in
            [("tea", 3, "tea"), ("teas", 3, "te…"), ("茶叶", 4, "茶叶"), ("茶叶茶", 4, "茶…"), ("茶叶", 3, "茶…")]
        {
            assert_eq!(cut(text, most), expected);
        }
    }

    #[test]
    fn amounts_are_yuan() {
        for (fen, shown) in [(1, "¥0.01"), (-123, "-¥1.23"), (0, "¥0.00"), (i64::MIN + 1, "-¥92233720368547758.07")]
        {
            assert_eq!(text(Cell::Fen(fen)), shown);
        }
        assert_eq!(text(Cell::Fee(wxpaykit::bill::Fee(-1200))), "-¥0.01200");
    }
}
