//! Bills: rows whose cells become Python objects when they are read.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyKeyError, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyList, PyString};
use wxpaykit::Error;
use wxpaykit::bill::{Batch, Cell, CellKind, Column, Comparison, Mine, Reader, Row, unescape};
use wxpaykit::binding::display::clean;
use wxpaykit::binding::job::OpenBill;

use crate::error::Raise;
use crate::give::{escape, from_time};
use crate::once::once;
use crate::runtime::generation;

/// A bill that is being downloaded.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct BillSource {
    bill: Arc<OpenBill>,
    generation: u64,
}

#[pymethods]
impl BillSource {
    #[getter]
    fn bytes_read(&self) -> u64 {
        self.bill.bytes_read()
    }

    #[getter]
    fn totals(&self) -> Option<BillRow> {
        self.bill.totals().map(BillRow::of)
    }
}

impl BillSource {
    pub(crate) fn make(py: Python<'_>, bill: Arc<OpenBill>) -> PyResult<Bound<'_, PyAny>> {
        Ok(Bound::new(py, Self { bill, generation: generation() })?.into_any())
    }

    /// The bill, unless it belongs to the process that this one was forked from.
    pub(crate) fn open(&self) -> PyResult<Arc<OpenBill>> {
        if self.generation == generation() {
            return Ok(Arc::clone(&self.bill));
        }
        Err(PyRuntimeError::new_err("this bill is downloaded by the process that this one was forked from"))
    }
}

/// Reads a bill from its bytes.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct BillReader(Mutex<Reader>);

#[pymethods]
impl BillReader {
    #[new]
    fn new() -> Self {
        Self(Mutex::new(Reader::new()))
    }

    fn push(&self, py: Python<'_>, piece: &[u8]) -> PyResult<()> {
        py.detach(|| locked(&self.0).push(piece)).map_err(Error::from).raise(py)
    }

    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        locked(&self.0).finish().map_err(Error::from).raise(py)
    }

    fn rows(&self) -> Option<BillRows> {
        locked(&self.0).next_batch().map(|batch| BillRows::of(Arc::new(batch)))
    }

    #[getter]
    fn bytes_read(&self) -> u64 {
        locked(&self.0).bytes_read()
    }

    #[getter]
    fn totals(&self) -> Option<BillRow> {
        locked(&self.0).totals().map(BillRow::of)
    }
}

/// Rows that were read together, and an iterator over them.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct BillRows {
    batch: Arc<Batch>,
    next: AtomicUsize,
}

#[pymethods]
impl BillRows {
    fn __len__(&self) -> usize {
        self.batch.len()
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&self) -> Option<BillRow> {
        let row = self.next.fetch_add(1, Ordering::Relaxed);
        (row < self.batch.len()).then(|| BillRow { batch: Arc::clone(&self.batch), row })
    }
}

impl BillRows {
    fn of(batch: Arc<Batch>) -> Self {
        Self { batch, next: AtomicUsize::new(0) }
    }

    pub(crate) fn make(py: Python<'_>, batch: Option<Arc<Batch>>) -> PyResult<Bound<'_, PyAny>> {
        match batch {
            Some(batch) => Ok(Bound::new(py, Self::of(batch))?.into_any()),
            None => Ok(py.None().into_bound(py)),
        }
    }
}

/// A row of a bill, or its totals. Cells that hold nothing, and columns that the bill does not have, are ``None``.
///
/// ``row["total_fee"]`` is ``row.total_fee``; ``row["订单金额"]`` is the cell as in the file, also of a column that
/// came later than this version.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct BillRow {
    batch: Arc<Batch>,
    row: usize,
}

// One block, because a class has one.
macro_rules! methods {
    ($($name:ident $kind:ident [$($row:literal),*] [$($total:literal),*] $doc:literal;)+) => {
        #[pymethods]
        impl BillRow {
            $(
                #[doc = $doc]
                #[getter]
                fn $name<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                    match self.batch.layout().place(Column::$name) {
                        Some(place) => object(py, self.batch.cell(self.row, place)),
                        None => Ok(py.None().into_bound(py)),
                    }
                }
            )+

            /// Whether ``body`` and ``attach`` contain separators, so that it is not certain where one ends.
            /// All other cells are certain.
            #[getter]
            fn ambiguous(&self) -> bool {
                self.batch.is_ambiguous(self.row)
            }

            /// The cells as in the file, by WeChat's names.
            #[getter]
            fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                for (place, header) in self.batch.layout().headers().iter().enumerate() {
                    dict.set_item(&header.text, self.batch.text(self.row, place))?;
                }
                Ok(dict)
            }

            /// All cells, by their names here, and by WeChat's where there is none.
            fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
                let dict = PyDict::new(py);
                for (place, header) in self.batch.layout().headers().iter().enumerate() {
                    let name = header.name();
                    dict.set_item(name, object(py, self.batch.cell(self.row, place))?)?;
                }
                Ok(dict)
            }

            /// A cell by its name here, or as in the file by WeChat's name.
            fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
                let layout = self.batch.layout();
                if let Some(place) = Column::named(name).and_then(|column| layout.place(column)) {
                    return object(py, self.batch.cell(self.row, place));
                }
                match layout.find(name).and_then(|place| self.batch.text(self.row, place)) {
                    Some(text) => Ok(PyString::new(py, text).into_any()),
                    None => Err(PyKeyError::new_err(name.to_owned())),
                }
            }

            fn __contains__(&self, name: &str) -> bool {
                self.batch.layout().find(name).is_some()
            }

            fn __richcmp__(&self, py: Python<'_>, other: &Bound<'_, PyAny>, op: CompareOp) -> PyResult<Py<PyAny>> {
                let same = other.cast::<Self>().is_ok_and(|other| self.plain() == other.get().plain());
                match op {
                    CompareOp::Eq => Ok(PyBool::new(py, same).to_owned().into_any().unbind()),
                    CompareOp::Ne => Ok(PyBool::new(py, !same).to_owned().into_any().unbind()),
                    _ => Ok(py.NotImplemented()),
                }
            }

            fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
                let texts: Vec<_> = (0..self.batch.layout().width()).map(|place| self.batch.text(self.row, place)).collect();
                PyString::new(py, &format!("{texts:?}")).hash()
            }

            fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
                let parts: PyResult<Vec<_>> =
                    self.shown(py)?.into_iter().map(|(name, text)| Ok(format!("{name}={text}"))).collect();
                Ok(format!("BillRow({})", parts?.join(", ")))
            }

            fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
                let mut html = "<table><caption>BillRow</caption>".to_owned();
                for (name, text) in self.shown(py)? {
                    html += &format!("<tr><th>{}</th><td>{}</td></tr>", escape(&name), escape(&text));
                }
                Ok(html + "</table>")
            }
        }
    };
}

wxpaykit::bill_columns!(methods!);

impl BillRow {
    fn of(row: &Row) -> Self {
        let (batch, row) = row.place();
        Self { batch: Arc::clone(batch), row }
    }

    fn plain(&self) -> Option<Row> {
        Row::of(&self.batch, self.row)
    }

    /// Names and values of the cells that hold something, the customer's openid shortened.
    fn shown(&self, py: Python<'_>) -> PyResult<Vec<(String, String)>> {
        let mut shown = Vec::new();
        for (place, header) in self.batch.layout().headers().iter().enumerate() {
            let cell = match self.batch.cell(self.row, place) {
                Cell::None => continue,
                Cell::Text(text) if header.column == Some(Column::openid) => {
                    PyString::new(py, &wxpaykit::redact::Redaction::Short.apply(text)).into_any()
                }
                cell => object(py, cell)?,
            };
            let name = header.name();
            shown.push((clean(name).into_owned(), cell.repr()?.to_string()));
        }
        Ok(shown)
    }
}

fn object<'py>(py: Python<'py>, cell: Cell<'_>) -> PyResult<Bound<'py, PyAny>> {
    match cell {
        Cell::None => Ok(py.None().into_bound(py)),
        Cell::Text(text) => Ok(PyString::new(py, text).into_any()),
        Cell::Fen(number) | Cell::Count(number) => Ok(PyInt::new(py, number).into_any()),
        Cell::Fee(fee) => decimal(py)?.call1((fee.to_string(),)),
        Cell::Time(time) => from_time(py, time),
    }
}

fn decimal(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static DECIMAL: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    once(py, &DECIMAL, || Ok(py.import("decimal")?.getattr("Decimal")?.unbind())).map(|class| class.bind(py))
}

/// The texts of one column: those that come again and again are made once.
#[derive(Default)]
struct Texts<'a, 'py> {
    known: HashMap<&'a str, Bound<'py, PyString>>,
}

impl<'a, 'py> Texts<'a, 'py> {
    /// A column with more different texts is one of numbers.
    const MOST: usize = 64;

    fn get(&mut self, py: Python<'py>, text: &'a str) -> Bound<'py, PyString> {
        if self.known.len() > Self::MOST {
            return PyString::new(py, text);
        }
        self.known.entry(text).or_insert_with(|| PyString::new(py, text)).clone()
    }
}

/// The cells of many rows as a list for each column.
#[pyfunction]
pub(crate) fn bill_columns<'py>(py: Python<'py>, batches: Vec<PyRef<'py, BillRows>>) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    let Some(first) = batches.first() else { return Ok(columns) };
    let rows = batches.iter().map(|rows| rows.batch.len()).sum();
    for (place, header) in first.batch.layout().headers().iter().enumerate() {
        let mut texts = Texts::default();
        let mut cells: Vec<Bound<'py, PyAny>> = Vec::with_capacity(rows);
        for rows in &batches {
            for row in 0..rows.batch.len() {
                cells.push(match rows.batch.cell(row, place) {
                    Cell::Text(text) => texts.get(py, text).into_any(),
                    cell => object(py, cell)?,
                });
            }
        }
        let name = header.name();
        columns.set_item(name, PyList::new(py, cells)?)?;
    }
    Ok(columns)
}

/// The cells of many rows: for each column its name, its kind, and a list; of numbers and times the bytes of 64-bit integers, the least
/// one where there is none.
#[pyfunction]
pub(crate) fn bill_arrays<'py>(
    py: Python<'py>,
    batches: Vec<PyRef<'py, BillRows>>,
) -> PyResult<Vec<(String, &'static str, Bound<'py, PyAny>)>> {
    let Some(first) = batches.first() else { return Ok(Vec::new()) };
    let mut arrays = Vec::new();
    for (place, header) in first.batch.layout().headers().iter().enumerate() {
        let kind = header.column.map_or(CellKind::Text, Column::kind);
        let label = match kind {
            CellKind::Fen | CellKind::Count => "integer",
            CellKind::Time => "time",
            CellKind::Fee => "fee",
            CellKind::Id | CellKind::Word | CellKind::Text | CellKind::Free => "text",
        };
        let cells = batches.iter().flat_map(|rows| (0..rows.batch.len()).map(move |row| (&rows.batch, row)));
        let values = if kind.is_number() {
            let numbers = cells.map(|(batch, row)| batch.number_at(row, place).unwrap_or(i64::MIN));
            PyBytes::new(py, &numbers.flat_map(i64::to_ne_bytes).collect::<Vec<u8>>()).into_any()
        } else {
            let mut texts = Texts::default();
            let values = cells.map(|(batch, row)| match batch.cell(row, place) {
                Cell::Text(text) => texts.get(py, text).into_any(),
                _ => py.None().into_bound(py),
            });
            PyList::new(py, values.collect::<Vec<_>>())?.into_any()
        };
        arrays.push((header.name().to_owned(), label, values));
    }
    Ok(arrays)
}

/// Undoes the escapes in the merchant's texts.
#[pyfunction]
pub(crate) fn bill_unescape(text: &str) -> String {
    unescape(text).into_owned()
}

/// Compares a bill with the merchant's records.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct BillComparison(Mutex<Option<Comparison>>);

#[pymethods]
impl BillComparison {
    #[new]
    fn new() -> Self {
        Self(Mutex::new(Some(Comparison::new())))
    }

    /// Adds a record; `False` when there is one of its number already.
    fn expect(
        &self,
        out_trade_no: String,
        out_refund_no: Option<String>,
        amount: i64,
        state: Option<String>,
    ) -> PyResult<bool> {
        let mine = Mine { out_trade_no, out_refund_no, amount, state };
        Ok(locked(&self.0).as_mut().ok_or_else(ended)?.expect(mine))
    }

    fn read(&self, py: Python<'_>, rows: &BillRows) -> PyResult<()> {
        py.detach(|| locked(&self.0).as_mut().map(|comparison| comparison.read(&rows.batch))).ok_or_else(ended)
    }

    /// The differences, as the arguments of the class.
    fn finish<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        let comparison = locked(&self.0).take().ok_or_else(ended)?;
        let differences = PyList::empty(py);
        for found in comparison.finish() {
            let dict = PyDict::new(py);
            dict.set_item(intern!(py, "kind"), found.kind.as_str())?;
            dict.set_item(intern!(py, "out_trade_no"), found.out_trade_no)?;
            dict.set_item(intern!(py, "out_refund_no"), found.out_refund_no)?;
            dict.set_item(intern!(py, "bill_amount"), found.bill_amount)?;
            dict.set_item(intern!(py, "my_amount"), found.my_amount)?;
            dict.set_item(intern!(py, "bill_state"), found.bill_state)?;
            dict.set_item(intern!(py, "my_state"), found.my_state)?;
            differences.append(dict)?;
        }
        Ok(differences)
    }
}

fn ended() -> PyErr {
    PyRuntimeError::new_err("this comparison has ended")
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
