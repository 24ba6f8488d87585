//! Bills: rows that the facade cuts out of one text, many at a time.

use std::cell::RefCell;
use std::sync::Arc;

use napi::bindgen_prelude::{Float64Array, Uint32Array};
use napi_derive::napi;
use serde_json::{Value, json};
use wxpaykit::Error;
use wxpaykit::bill::{self, Batch, CellKind, Column, Comparison, Layout, Mine, Reader, Row};
use wxpaykit::binding::job::OpenBill;

use crate::error::{Result, thrown};
use crate::text::Body;

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

/// Rows that were read together.
#[napi]
pub struct BillRows {
    batch: Arc<Batch>,
    first: usize,
    count: usize,
}

#[napi]
impl BillRows {
    #[napi(catch_unwind, getter)]
    pub fn count(&self) -> u32 {
        u32::try_from(self.count).unwrap_or(u32::MAX)
    }

    /// The columns, as JSON: WeChat's name, ours, the kind, and where the number of a cell is.
    #[napi(catch_unwind)]
    pub fn columns(&self) -> String {
        columns(self.batch.layout())
    }

    /// All cells, one text.
    #[napi(catch_unwind)]
    pub fn text(&self) -> String {
        self.batch.as_text().to_owned()
    }

    /// Where each cell begins and ends in the text, in units of JavaScript.
    #[napi(catch_unwind)]
    pub fn cells(&self) -> Uint32Array {
        let text = self.batch.as_text();
        let (mut at, mut units) = (0, 0);
        let mut unit = |to: usize| {
            let part = text.get(at..to).unwrap_or_default();
            units += if part.is_ascii() { part.len() } else { part.encode_utf16().count() };
            at = to;
            u32::try_from(units).unwrap_or(u32::MAX)
        };
        Uint32Array::new(self.batch.spans().flat_map(|(start, end)| [unit(start), unit(end)]).collect())
    }

    /// The numbers of the rows: fen, units of 0.00001 yuan, counts, and seconds since 1970. NaN where there is none.
    #[napi(catch_unwind)]
    pub fn numbers(&self) -> Float64Array {
        let width = self.batch.layout().width();
        let slots: Vec<usize> = (0..width).filter(|place| slot(self.batch.layout(), *place)).collect();
        let rows = self.first..self.first + self.count;
        let numbers = rows.flat_map(|row| slots.iter().map(move |place| (row, *place)));
        let number = |(row, place)| self.batch.number_at(row, place).map_or(f64::NAN, |number| number as f64);
        Float64Array::new(numbers.map(number).collect())
    }

    /// The rows whose free texts have separators.
    #[napi(catch_unwind)]
    pub fn ambiguous(&self) -> Vec<u32> {
        let rows = (0..self.count).filter(|row| self.batch.is_ambiguous(self.first + row));
        rows.filter_map(|row| u32::try_from(row).ok()).collect()
    }
}

impl BillRows {
    pub(crate) fn all(batch: Arc<Batch>) -> Self {
        let count = batch.len();
        Self { batch, first: 0, count }
    }

    /// The totals are a batch of one row.
    fn of(row: &Row) -> Self {
        Self::all(Arc::clone(row.place().0))
    }
}

/// Whether a column is read as a number.
fn slot(layout: &Layout, place: usize) -> bool {
    layout.headers().get(place).and_then(|header| header.column).is_some_and(|column| column.kind().is_number())
}

fn columns(layout: &Layout) -> String {
    let mut slots = 0;
    let columns = layout.headers().iter().map(|header| {
        let kind = header.column.map_or(CellKind::Text, Column::kind);
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
    pub fn read(&self, rows: &BillRows) {
        if let Some(comparison) = self.0.borrow_mut().as_mut() {
            comparison.read(&rows.batch);
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
