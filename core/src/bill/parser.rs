//! Reads the text of a bill in pieces of any size: header, rows, totals.
//!
//! A bill is not CSV: every cell begins with a back quote, cells end at a comma before a back quote, and quotation marks have no
//! meaning. Product names are written as they are, so a name may contain commas, line feeds, and even a comma before a back quote.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::batch::{Batch, Row};
use super::columns::{CellKind, Column, Layout, begins_totals, half_width};
use super::values::{is_exponent, number};
use crate::codes::ErrorCode;
use crate::error::Error;
use crate::money::Fen;

/// What is wrong with a bill, and in which line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// `bill_malformed` or `bill_incomplete`.
    pub code: ErrorCode,
    /// What is wrong, and what to do.
    pub rule: String,
}

impl Breach {
    pub(super) fn malformed(rule: impl Into<String>) -> Self {
        Self { code: ErrorCode::BillMalformed, rule: rule.into() }
    }

    pub(super) fn incomplete(rule: impl Into<String>) -> Self {
        Self { code: ErrorCode::BillIncomplete, rule: rule.into() }
    }
}

/// For a bill that a caller has as bytes or as a file.
impl From<Breach> for Error {
    fn from(breach: Breach) -> Self {
        Self::invalid_with_code(breach.code, "bill", breach.rule)
    }
}

/// Rows of a batch. Large enough that the work for each batch does not count, small enough for the caches.
const ROWS: usize = 1024;
/// The longest row; WeChat's have a few hundred bytes.
const MAX_LINE: usize = 1 << 16;
/// The most columns of a bill.
const MAX_COLUMNS: usize = 256;
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Reads the text of a bill.
#[derive(Debug, Default)]
pub struct Parser {
    state: State,
    /// The beginning of a line whose end has not arrived.
    rest: Vec<u8>,
    /// Lines that have ended.
    line: u64,
    rows: u64,
    layout: Option<Arc<Layout>>,
    building: Building,
    /// Where the cells of a row are: room for the next row.
    cells: Vec<(usize, usize)>,
    /// A row whose free text has a line feed, without its end.
    open: Option<Vec<u8>>,
    ready: VecDeque<Batch>,
    /// The sums of the amounts, by the index of the column that states them in the totals.
    sums: BTreeMap<usize, i128>,
    totals: Option<Row>,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Header,
    Rows,
    /// After the header of the totals.
    Totals(Arc<Layout>),
    End,
}

/// A batch in the making.
#[derive(Debug, Default)]
struct Building {
    text: Vec<u8>,
    cells: Vec<(u32, u32)>,
    numbers: Vec<i64>,
    rows: usize,
    ambiguous: Vec<usize>,
    first_line: u64,
}

impl Parser {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next piece of the text.
    ///
    /// # Errors
    /// A [`Breach`] with the number of the line.
    pub fn feed(&mut self, mut bytes: &[u8]) -> Result<(), Breach> {
        while let Some(end) = find(b'\n', bytes) {
            let (line, after) = (bytes.get(..end).unwrap_or_default(), bytes.get(end + 1..).unwrap_or_default());
            bytes = after;
            if self.rest.is_empty() {
                self.line(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.rest);
                whole.extend_from_slice(line);
                self.line(&whole)?;
                whole.clear();
                self.rest = whole;
            }
        }
        self.rest.extend_from_slice(bytes);
        if self.rest.len() > MAX_LINE {
            return Err(self.malformed("is longer than any of WeChat's"));
        }
        Ok(())
    }

    /// The text has ended.
    ///
    /// # Errors
    /// `bill_incomplete` when its end is missing.
    pub fn finish(&mut self) -> Result<(), Breach> {
        let rest = std::mem::take(&mut self.rest);
        let is_totals = matches!(self.state, State::Totals(_));
        if !rest.trim_ascii().is_empty() {
            self.line(&rest)?;
        }
        // White space after the last cell shows that the cell is whole.
        if is_totals && !rest.last().is_none_or(u8::is_ascii_whitespace) && self.is_last_total_cut() {
            return Err(Breach::incomplete(
                "the last of the totals has no end: the bill was cut off; download it again",
            ));
        }
        match self.state {
            State::End => {}
            State::Header => return Err(Breach::incomplete("the bill is empty: it has not even a header")),
            _ => {
                let rows = self.rows;
                return Err(Breach::incomplete(format!(
                    "the bill ends before its totals, after {rows} whole rows: it was cut off; download it again"
                )));
            }
        }
        let stated = self.totals.as_ref().and_then(Row::total_count);
        match stated.and_then(|count| u64::try_from(count).ok()) {
            Some(count) if count != self.rows => Err(Breach::incomplete(format!(
                "the bill has {} rows, and its totals say {count}: rows are missing or were added; download it again",
                self.rows
            ))),
            _ => Ok(()),
        }
    }

    /// The next rows that are read. After [`Parser::finish`] the last ones come too.
    pub fn next_batch(&mut self) -> Option<Batch> {
        self.ready.pop_front()
    }

    /// Whether [`Parser::next_batch`] has rows.
    pub(super) fn has_batch(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The columns, once the header was read.
    pub fn layout(&self) -> Option<&Arc<Layout>> {
        self.layout.as_ref()
    }

    /// The totals, once the bill has ended.
    pub fn totals(&self) -> Option<&Row> {
        self.totals.as_ref()
    }

    /// How many rows were read so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn malformed(&self, why: &str) -> Breach {
        Breach::malformed(format!("line {}: {why}", self.line.max(1)))
    }

    fn line(&mut self, line: &[u8]) -> Result<(), Breach> {
        self.line += 1;
        if line.len() > MAX_LINE {
            return Err(self.malformed("is longer than any of WeChat's"));
        }
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match &self.state {
            State::Header => self.header(line),
            State::Rows => match (self.layout.clone(), line.first()) {
                (Some(layout), Some(b'`')) => self.row_begins(&layout, line),
                (Some(layout), _) => self.other_line(&layout, line),
                (None, _) => Ok(()),
            },
            State::Totals(_) if line.trim_ascii().is_empty() => Ok(()),
            State::Totals(_) => self.totals_line(line),
            State::End if line.trim_ascii().is_empty() => Ok(()),
            State::End => Err(self.malformed("comes after the totals: are these several bills in one file?")),
        }
    }

    fn header(&mut self, line: &[u8]) -> Result<(), Breach> {
        let line = if self.line == 1 { line.strip_prefix(BOM).unwrap_or(line) } else { line };
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        if line.trim_ascii_start().starts_with(b"<") {
            let said = crate::wire::xml::parse(line).ok();
            let said = said.as_ref().and_then(|fields| fields.filled("return_msg")).unwrap_or("no reason");
            return Err(self.malformed(&format!("this is a refusal of WeChat's, not a bill: {said}")));
        }
        let text = self.utf8(line)?;
        if text.starts_with('`') {
            return Err(self.malformed("a row comes before the header: the beginning of the bill is missing"));
        }
        let text = half_width(text.trim_end());
        let layout = Layout::of_rows(text.split(',').map(str::trim));
        if layout.width() < 2 || layout.width() > MAX_COLUMNS || begins_totals(&text) {
            return Err(self.malformed("is not the header of a bill"));
        }
        self.layout = Some(Arc::new(layout));
        self.state = State::Rows;
        Ok(())
    }

    /// A line that begins as a row does.
    fn row_begins(&mut self, layout: &Arc<Layout>, line: &[u8]) -> Result<(), Breach> {
        if self.open.is_some() {
            return Err(self.cut_off());
        }
        if !self.row(layout, line)? {
            self.open = Some(line.to_vec());
        }
        Ok(())
    }

    /// A line that does not: the totals, or the rest of a name that has a line feed.
    fn other_line(&mut self, layout: &Arc<Layout>, line: &[u8]) -> Result<(), Breach> {
        let text = std::str::from_utf8(line).unwrap_or_default();
        if let Some(mut open) = self.open.take() {
            if begins_totals(text) {
                return Err(self.cut_off());
            }
            open.push(b'\n');
            open.extend_from_slice(line);
            if open.len() > MAX_LINE {
                return Err(self.malformed("the row is longer than any of WeChat's"));
            }
            // A separator is within one line. A line without one ends no cell; splitting the row again for each of many lines would
            // take time in the square of their number.
            if memchr::memmem::find(line, b",`").is_none() || !self.row(layout, &open)? {
                self.open = Some(open);
            }
            return Ok(());
        }
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let text = self.utf8(line)?;
        let plain = half_width(text.trim_end());
        // The header of totals holds no digits; a row without back quotes does.
        let digits = plain.bytes().any(|b| b.is_ascii_digit());
        if !begins_totals(&plain) && (digits || plain.contains('`')) {
            return Err(self.malformed(
                "the back quotes before the cells are missing: a program changed this file, probably a spreadsheet, which also \
                 rounds long numbers; download the bill again and do not save it with a spreadsheet",
            ));
        }
        let totals = Layout::of_totals(plain.split(',').map(str::trim));
        self.close_batch()?;
        self.state = State::Totals(Arc::new(totals));
        Ok(())
    }

    fn totals_line(&mut self, line: &[u8]) -> Result<(), Breach> {
        let State::Totals(totals) = std::mem::replace(&mut self.state, State::End) else { return Ok(()) };
        let mut building = Building { first_line: self.line, ..Building::default() };
        // One bill lacked the back quote of the first cell.
        let quoted = line.strip_prefix(b"`").unwrap_or(line);
        let width = totals.width();
        let start = building.text.len();
        building.text.extend_from_slice(quoted);
        let mut cells = Vec::with_capacity(width);
        split(quoted, &mut cells);
        if cells.len() != width {
            return Err(match cells.len() < width {
                true => Breach::incomplete(format!(
                    "line {}: the totals have {} values for {width} names: the bill was cut off; download it again",
                    self.line,
                    cells.len()
                )),
                false => self.malformed("the totals have more values than names"),
            });
        }
        trim_last(quoted, &mut cells);
        building.push(&totals, start, &cells).map_err(|why| self.malformed(&why))?;
        building.rows = 1;
        let batch = Arc::new(building.close(&totals)?);
        self.totals = Row::of(&batch, 0);
        Ok(())
    }

    /// Reads a row; `false` when its end is still to come.
    fn row(&mut self, layout: &Arc<Layout>, line: &[u8]) -> Result<bool, Breach> {
        let content = line.get(1..).unwrap_or_default();
        let mut cells = std::mem::take(&mut self.cells);
        split(content, &mut cells);
        let read = self.cells_of_row(layout, content, &mut cells);
        self.cells = cells;
        read
    }

    fn cells_of_row(
        &mut self,
        layout: &Arc<Layout>,
        content: &[u8],
        cells: &mut Vec<(usize, usize)>,
    ) -> Result<bool, Breach> {
        let (width, mut ambiguous) = (layout.width(), false);
        if cells.len() < width {
            // A line feed in a free text; anywhere else the row was cut off.
            return match layout.free {
                Some((first, last)) if cells.len() > first && cells.len() <= last + 1 => Ok(false),
                _ => Err(self.cut_off()),
            };
        }
        if cells.len() > width {
            ambiguous = merge(cells, layout)
                .ok_or_else(|| self.malformed(&format!("the row has more cells than the {width} of the header")))?;
        }
        if layout.free.is_none_or(|(_, last)| last + 1 < width) {
            trim_last(content, cells);
        }
        if self.building.rows == 0 {
            self.building.first_line = self.line;
        }
        let start = self.building.text.len();
        self.building.text.extend_from_slice(content);
        self.building.push(layout, start, cells).map_err(|why| self.malformed(&why))?;
        if ambiguous {
            self.building.ambiguous.push(self.building.rows);
        }
        self.building.rows += 1;
        self.rows += 1;
        if self.building.rows == ROWS {
            self.close_batch()?;
        }
        Ok(true)
    }

    fn cut_off(&self) -> Breach {
        Breach::incomplete(format!(
            "line {}: a row has fewer cells than the header, after {} whole rows: the bill was cut off; download it again",
            self.line, self.rows
        ))
    }

    fn close_batch(&mut self) -> Result<(), Breach> {
        if self.building.rows > 0
            && let Some(layout) = &self.layout
        {
            let building = std::mem::take(&mut self.building);
            // The next batch has about the same size.
            let (text, cells, numbers) = (building.text.len(), building.cells.len(), building.numbers.len());
            let batch = building.close(layout)?;
            self.add_up(&batch);
            self.ready.push_back(batch);
            if self.ready.len() < 4 {
                self.building.text.reserve(text);
                self.building.cells.reserve(cells);
                self.building.numbers.reserve(numbers);
            }
        }
        Ok(())
    }

    /// Adds the amounts of these rows to the sums.
    fn add_up(&mut self, batch: &Batch) {
        let direction = batch.layout.place(Column::direction);
        for (place, header) in batch.layout.headers().iter().enumerate() {
            let Some(column) = header.column.filter(|column| column.kind() == CellKind::Fen) else { continue };
            let is_amount = column == Column::amount;
            // A fund flow states income and expenses apart; the last of its totals are the expenses.
            let counts = |row: &usize| !is_amount || direction.and_then(|at| batch.text(*row, at)) == Some("支出");
            let amounts = (0..batch.rows).filter(counts).filter_map(|row| batch.number_at(row, place));
            let stated_by = if is_amount { Column::expense_amount } else { column };
            *self.sums.entry(stated_by.index()).or_default() += amounts.map(i128::from).sum::<i128>();
        }
    }

    /// Whether a file without a line end was cut off in the last total: it is empty, or the beginning of the sum of its column.
    ///
    /// Other differences are not refused: which rows WeChat adds up is not documented for all currencies and states of refunds. The
    /// total of the service fees is rounded, so it is not compared.
    fn is_last_total_cut(&self) -> bool {
        let Some((batch, _)) = self.totals.as_ref().map(Row::place) else { return false };
        let Some(place) = batch.layout.width().checked_sub(1) else { return false };
        let text = batch.text(0, place).unwrap_or_default();
        if text.is_empty() || text.ends_with('.') {
            return true;
        }
        let column = batch.layout.headers().get(place).and_then(|header| header.column);
        let sum = column.and_then(|column| self.sums.get(&column.index())).and_then(|sum| i64::try_from(*sum).ok());
        sum.filter(|sum| batch.number_at(0, place) != Some(*sum))
            .and_then(|sum| Fen(sum).to_yuan().ok())
            .is_some_and(|whole| whole.starts_with(text))
    }

    fn utf8<'a>(&self, line: &'a [u8]) -> Result<&'a str, Breach> {
        std::str::from_utf8(line).map_err(|_| self.malformed("is not UTF-8"))
    }
}

impl Building {
    /// Adds the cells of a row whose text begins at `start`.
    fn push(&mut self, layout: &Layout, start: usize, cells: &[(usize, usize)]) -> Result<(), String> {
        for (header, (from, to)) in layout.headers().iter().zip(cells) {
            let (from, to) = (start + from, start + to);
            let cell = self.text.get(from..to).unwrap_or_default();
            let kind = header.kind();
            let wrong = |what: &str| format!("{} should be {what} and is {}", header.text, shown(cell));
            if header.slot.is_some() {
                self.numbers.push(number(kind, cell).map_err(wrong)?);
            } else if kind == CellKind::Id && cell.contains(&b'.') && is_exponent(&String::from_utf8_lossy(cell)) {
                return Err(format!(
                    "{} is {}: a spreadsheet rounded it, and its digits are lost; download the bill again",
                    header.text,
                    shown(cell)
                ));
            }
            // A batch has a few hundred kilobytes, and no line is longer than MAX_LINE.
            self.cells.push((u32::try_from(from).unwrap_or(u32::MAX), u32::try_from(to).unwrap_or(u32::MAX)));
        }
        Ok(())
    }

    fn close(self, layout: &Arc<Layout>) -> Result<Batch, Breach> {
        let Self { text, cells, numbers, rows, ambiguous, first_line } = self;
        let text = String::from_utf8(text)
            .map_err(|_| Breach::malformed(format!("from line {first_line} on it is not UTF-8")))?;
        Ok(Batch { layout: Arc::clone(layout), text, cells, numbers, rows, ambiguous })
    }
}

/// Where the cells of a row are: they end at a comma before a back quote. The first back quote is not part of `row`.
fn split(row: &[u8], cells: &mut Vec<(usize, usize)>) {
    cells.clear();
    let mut start = 0;
    for quote in memchr::memchr_iter(b'`', row) {
        if let Some(comma) = quote.checked_sub(1).filter(|comma| *comma >= start && row.get(*comma) == Some(&b',')) {
            cells.push((start, comma));
            start = quote + 1;
        }
    }
    cells.push((start, row.len()));
}

/// Joins the cells of free texts that contain separators, counted from both ends. Returns whether it is not certain which text a part
/// belongs to; `None` when no column may have separators.
fn merge(cells: &mut Vec<(usize, usize)>, layout: &Layout) -> Option<bool> {
    let (first, last) = layout.free?;
    let more = cells.len() - layout.width();
    // The last free text gets the last part, the first one all others.
    let (start, end) = (cells.get(first)?.0, cells.get(first + more)?.1);
    cells.drain(first + 1..=first + more);
    *cells.get_mut(first)? = (start, end);
    Some(first != last)
}

/// Some files have blanks at the end of a line.
fn trim_last(row: &[u8], cells: &mut [(usize, usize)]) {
    if let Some((start, end)) = cells.last_mut() {
        while *end > *start && matches!(row.get(*end - 1), Some(b' ' | b'\t')) {
            *end -= 1;
        }
    }
}

fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    memchr::memchr(byte, bytes)
}

/// The beginning of a cell, for an error.
fn shown(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let mut shown: String = text.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    format!("{shown:?}")
}
