//! Bills: rows whose cells become Python objects when they are read.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyKeyError, PyRuntimeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{IntoPyDict, PyBool, PyDict, PyList, PyString};
use wxpaykit::Error;
use wxpaykit::bill::{Batch, Cell, Column, Comparison, Layout, Mine, Reader, Row, unescape};
use wxpaykit::binding::bill_row;
use wxpaykit::binding::display::clean;
use wxpaykit::binding::job::OpenBill;
use wxpaykit::redact::Redaction;

use crate::background;
use crate::cells::object;
use crate::error::Raise;
use crate::runtime::generation;
use crate::take::{fen, optional_text, text_of};

/// A bill, or another file, that is being downloaded.
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

    /// Ends the download and its connection. One of the process that this one was forked from is left alone.
    fn close(&self) {
        if self.generation == generation() {
            self.bill.close();
        }
    }

    /// No rows, with the columns of the bill; `None` before the first rows were read.
    fn header(&self) -> Option<BillRows> {
        self.bill.layout().map(BillRows::none)
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
        let (pushed, _running) = background::detach(py, || locked(&self.0).push(piece));
        pushed.map_err(Error::from).raise(py)
    }

    fn finish(&self, py: Python<'_>) -> PyResult<()> {
        locked(&self.0).finish().map_err(Error::from).raise(py)
    }

    fn rows(&self) -> Option<BillRows> {
        locked(&self.0).next_batch().map(|batch| BillRows::of(Arc::new(batch)))
    }

    /// No rows, with the columns of the bill; `None` before the header was read.
    fn header(&self) -> Option<BillRows> {
        locked(&self.0).parser().layout().map(BillRows::none)
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

    fn none(layout: &Arc<Layout>) -> Self {
        Self::of(Arc::new(Batch::empty(layout)))
    }

    pub(crate) fn batch(&self) -> &Arc<Batch> {
        &self.batch
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

            fn _repr_html_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
                py.import("wxpaykit._display")?.call_method1("html", ("BillRow", self.as_read(py)?))
            }

            fn _repr_pretty_(&self, py: Python<'_>, printer: &Bound<'_, PyAny>, cycle: bool) -> PyResult<()> {
                // A row holds no object that could hold the row.
                let _ = cycle;
                py.import("wxpaykit._display")?.call_method1("pretty", (printer, "BillRow", self.as_read(py)?)).map(drop)
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

    /// The cells that hold something, as a person reads them.
    fn as_read<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        bill_row::shown(&self.batch, self.row).into_py_dict(py)
    }

    /// Names and values of the cells that hold something, the customer's openid shortened.
    fn shown(&self, py: Python<'_>) -> PyResult<Vec<(String, String)>> {
        let mut shown = Vec::new();
        for (place, header) in self.batch.layout().headers().iter().enumerate() {
            let cell = match self.batch.cell(self.row, place) {
                Cell::None => continue,
                Cell::Text(text) if header.column == Some(Column::openid) => {
                    PyString::new(py, &Redaction::Short.apply(text)).into_any()
                }
                cell => object(py, cell)?,
            };
            let name = header.name();
            shown.push((clean(name).into_owned(), cell.repr()?.to_string()));
        }
        Ok(shown)
    }
}

/// Undoes the escapes in the merchant's texts.
#[pyfunction]
pub(crate) fn bill_unescape(text: &Bound<'_, PyAny>) -> PyResult<String> {
    text_of("text", text).map(|text| unescape(text).into_owned())
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
        out_trade_no: &Bound<'_, PyAny>,
        out_refund_no: Option<&Bound<'_, PyAny>>,
        amount: &Bound<'_, PyAny>,
        state: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<bool> {
        let is_refund = out_refund_no.is_some();
        let [fee, status] = if is_refund { ["refund_fee", "refund_status"] } else { ["total_fee", "trade_state"] };
        let out_trade_no = text_of("out_trade_no", out_trade_no)?.to_owned();
        let out_refund_no = optional_text("out_refund_no", out_refund_no)?.map(str::to_owned);
        let (amount, state) = (fen(fee, amount)?.0, optional_text(status, state)?.map(str::to_owned));
        let mine = Mine { out_trade_no, out_refund_no, amount, state };
        Ok(locked(&self.0).as_mut().ok_or_else(ended)?.expect(mine))
    }

    fn read(&self, py: Python<'_>, rows: &BillRows) -> PyResult<()> {
        let read = || locked(&self.0).as_mut().map(|comparison| comparison.read(&rows.batch));
        background::detach(py, read).0.ok_or_else(ended)?.raise(py)
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
