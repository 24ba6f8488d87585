//! Bills: rows that the facade cuts out of one text, many at a time.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{Float64Array, ObjectFinalize, Uint32Array};
use napi_derive::napi;
use serde_json::{Value, json};
use wxpaykit::Error;
use wxpaykit::bill::{self, Batch, CellKind, Column, Comparison, Layout, Mine, Reader, Row};
use wxpaykit::binding::bill_row;
use wxpaykit::binding::job::OpenBill;

use crate::error::{Result, thrown};
use crate::text::{Body, Text};

/// A bill that is being downloaded.
#[napi]
pub struct BillSource(pub(crate) Arc<OpenBill>);

#[napi]
impl BillSource {
    #[napi(catch_unwind, getter)]
    pub fn bytes_read(&self) -> f64 {
        self.0.bytes_read() as f64
    }

    /// Ends the download and its connection.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.0.close();
    }

    /// The totals, after the last row.
    #[napi(catch_unwind)]
    pub fn totals(&self) -> Option<BillRows> {
        self.0.totals().map(BillRows::of)
    }
}

/// Rows that were read together. The facade asks for the cells of a column when it needs the first of them.
#[napi(custom_finalize)]
pub struct BillRows {
    batch: Arc<Batch>,
    /// What V8 was told of its memory.
    counted: Cell<i64>,
}

impl ObjectFinalize for BillRows {
    fn finalize(self, env: Env) -> napi::Result<()> {
        env.adjust_external_memory(-self.counted.get()).map(drop)
    }
}

#[napi]
impl BillRows {
    #[napi(catch_unwind, getter)]
    pub fn count(&self) -> u32 {
        u32::try_from(self.batch.len()).unwrap_or(u32::MAX)
    }

    /// Tells V8 how much memory the rows have, so that it frees them in time.
    #[napi(catch_unwind)]
    pub fn count_memory(&self, env: Env) -> napi::Result<()> {
        let size = i64::try_from(self.batch.memory()).unwrap_or(i64::MAX);
        let more = size - self.counted.replace(size);
        env.adjust_external_memory(more).map(drop)
    }

    /// The columns, as JSON: WeChat's name, ours, the kind, and where the number of a cell is.
    #[napi(catch_unwind)]
    pub fn columns(&self) -> String {
        columns(self.batch.layout())
    }

    /// The cells of a column, one after the other.
    #[napi(catch_unwind)]
    pub fn text(&self, place: u32) -> Text {
        let mut text = String::new();
        self.cells(place).for_each(|cell| text.push_str(cell));
        text.into()
    }

    /// Where each cell of a column ends in its text, in units of JavaScript; the first number is where the first cell begins.
    #[napi(catch_unwind)]
    pub fn ends(&self, place: u32) -> Uint32Array {
        let mut ends = Vec::with_capacity(1 + self.batch.len());
        let mut end = 0;
        ends.push(end);
        for cell in self.cells(place) {
            let units = if cell.is_ascii() { cell.len() } else { cell.encode_utf16().count() };
            // A batch has less than 4 GB.
            end += u32::try_from(units).unwrap_or(u32::MAX);
            ends.push(end);
        }
        Uint32Array::new(ends)
    }

    /// The numbers of the rows: fen, units of 0.00001 yuan, counts, and seconds since 1970. NaN where there is none.
    #[napi(catch_unwind)]
    pub fn numbers(&self) -> Float64Array {
        let width = self.batch.layout().width();
        let slots: Vec<usize> = (0..width).filter(|place| slot(self.batch.layout(), *place)).collect();
        let numbers = (0..self.batch.len()).flat_map(|row| slots.iter().map(move |place| (row, *place)));
        let number = |(row, place)| self.batch.number_at(row, place).map_or(f64::NAN, |number| number as f64);
        Float64Array::new(numbers.map(number).collect())
    }

    /// The names and texts of the cells of a row as people read them.
    #[napi(catch_unwind)]
    pub fn shown(&self, row: u32) -> Vec<Vec<String>> {
        let row = usize::try_from(row).unwrap_or(usize::MAX);
        bill_row::shown(&self.batch, row).into_iter().map(|(name, text)| vec![name, text]).collect()
    }

    /// The rows whose free texts have separators.
    #[napi(catch_unwind)]
    pub fn ambiguous(&self) -> Vec<u32> {
        let rows = (0..self.batch.len()).filter(|row| self.batch.is_ambiguous(*row));
        rows.filter_map(|row| u32::try_from(row).ok()).collect()
    }
}

impl BillRows {
    pub(crate) fn all(batch: Arc<Batch>) -> Self {
        Self { batch, counted: Cell::new(0) }
    }

    /// The totals are a batch of one row.
    fn of(row: &Row) -> Self {
        Self::all(Arc::clone(row.place().0))
    }

    fn cells(&self, place: u32) -> impl Iterator<Item = &str> {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        (0..self.batch.len()).map(move |row| self.batch.text(row, place).unwrap_or_default())
    }
}

/// Whether a column is read as a number.
fn slot(layout: &Layout, place: usize) -> bool {
    layout.headers().get(place).is_some_and(|header| header.kind().is_number())
}

fn columns(layout: &Layout) -> String {
    let mut slots = 0;
    let columns = layout.headers().iter().map(|header| {
        let kind = header.kind();
        let slot = kind.is_number().then(|| {
            slots += 1;
            slots - 1
        });
        let kind = match kind {
            CellKind::Time => "time",
            CellKind::Fen | CellKind::Count => "number",
            CellKind::Fee => "fee",
            CellKind::Id | CellKind::Word => "id",
            CellKind::Text | CellKind::Free => "text",
        };
        json!({ "header": header.text, "name": header.column.map(Column::name), "kind": kind, "slot": slot })
    });
    Value::Array(columns.collect()).to_string()
}

/// Reads a bill from its bytes.
#[napi]
pub struct BillReader(RefCell<Reader>);

#[napi]
impl BillReader {
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self(RefCell::new(Reader::new()))
    }

    #[napi(catch_unwind)]
    pub fn push(&self, bytes: Body) -> Result<()> {
        self.0.borrow_mut().push(&bytes).map_err(|breach| thrown(Error::from(breach)))
    }

    #[napi(catch_unwind)]
    pub fn finish(&self) -> Result<()> {
        self.0.borrow_mut().finish().map_err(|breach| thrown(Error::from(breach)))
    }

    /// The next rows that were read; `null` when there are none now.
    #[napi(catch_unwind)]
    pub fn rows(&self) -> Option<BillRows> {
        self.0.borrow_mut().next_batch().map(|batch| BillRows::all(Arc::new(batch)))
    }

    #[napi(catch_unwind)]
    pub fn totals(&self) -> Option<BillRows> {
        self.0.borrow().totals().map(BillRows::of)
    }

    #[napi(catch_unwind, getter)]
    pub fn bytes_read(&self) -> f64 {
        self.0.borrow().bytes_read() as f64
    }
}

/// Compares a bill with the merchant's records.
#[napi]
pub struct BillComparison(RefCell<Option<Comparison>>);

#[napi]
impl BillComparison {
    #[napi(constructor, catch_unwind)]
    pub fn new() -> Self {
        Self(RefCell::new(Some(Comparison::new())))
    }

    /// Adds a record; `false` when there is one of its number already.
    #[napi(catch_unwind)]
    pub fn expect(
        &self,
        out_trade_no: String,
        out_refund_no: Option<String>,
        amount: i64,
        state: Option<String>,
    ) -> bool {
        let mine = Mine { out_trade_no, out_refund_no, amount, state };
        self.0.borrow_mut().as_mut().is_some_and(|comparison| comparison.expect(mine))
    }

    #[napi(catch_unwind)]
    pub fn read(&self, rows: &BillRows) -> Result<()> {
        match self.0.borrow_mut().as_mut() {
            Some(comparison) => comparison.read(&rows.batch).map_err(thrown),
            None => Ok(()),
        }
    }

    /// The differences, as JSON.
    #[napi(catch_unwind)]
    pub fn finish(&self) -> String {
        let found = self.0.borrow_mut().take().map(Comparison::finish).unwrap_or_default();
        let found = found.into_iter().map(|found| {
            json!({
                "kind": found.kind.as_str(),
                "out_trade_no": found.out_trade_no,
                "out_refund_no": found.out_refund_no,
                "billAmount": found.bill_amount,
                "myAmount": found.my_amount,
                "billState": found.bill_state,
                "myState": found.my_state,
            })
        });
        Value::Array(found.collect()).to_string()
    }
}

/// Undoes the escapes in the merchant's texts.
#[napi(catch_unwind)]
pub fn bill_unescape(text: String) -> String {
    bill::unescape(&text).into_owned()
}
