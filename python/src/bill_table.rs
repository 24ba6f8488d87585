//! Tables of a bill's rows: lists for each column, bytes for numpy, and Arrow's interface.

use std::sync::Arc;

use arrow_data::ArrayData;
use arrow_schema::{ArrowError, Schema};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyIterator, PyList};
use wxpaykit::bill::{Batch, CellKind, Header};

use crate::arrow::{rows, schema};
use crate::arrow_stream::{self, capsule};
use crate::bill::BillRows;
use crate::cells::Cells;

/// So many batches, of about a thousand rows each, are one batch of Arrow's: a few megabytes. Readers do some work for each.
const BATCHES: usize = 16;

/// The rows of a bill in memory, for packages that read Arrow data: ``pyarrow.table(…)``, ``polars.DataFrame(…)``.
/// They may read it any number of times.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct BillTable {
    schema: Schema,
    parts: Vec<ArrayData>,
}

#[pymethods]
impl BillTable {
    #[new]
    fn new(batches: &Bound<'_, PyAny>) -> PyResult<Self> {
        let (mut all, mut some, mut parts) = (Batches::of(batches)?, Vec::new(), Vec::new());
        let mut columns = Schema::empty();
        while let Some(batch) = all.next()? {
            if all.read == 1 {
                columns = schema(batch.layout());
            }
            some.push(batch);
            if some.len() == BATCHES {
                parts.push(rows(&columns, &some).map_err(failed)?);
                some.clear();
            }
        }
        if !some.is_empty() {
            parts.push(rows(&columns, &some).map_err(failed)?);
        }
        Ok(Self { schema: columns, parts })
    }

    /// How many rows it has.
    fn __len__(&self) -> usize {
        self.parts.iter().map(ArrayData::len).sum()
    }

    /// The columns, in the capsule of Arrow's interface.
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        arrow_stream::schema_capsule(py, &self.schema)
    }

    /// The rows, in the capsule of Arrow's interface. `requested_schema` is not used, as the interface allows.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        let _ = requested_schema;
        let mut parts = self.parts.clone().into_iter();
        capsule(py, self.schema.clone(), Box::new(move || Ok(parts.next())))
    }

    fn __repr__(&self) -> String {
        format!("<BillTable, {} rows>", self.__len__())
    }
}

fn failed(error: ArrowError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// The batches that a Python iterable of `BillRows` gives.
struct Batches<'py> {
    rows: Bound<'py, PyIterator>,
    /// How many were read.
    read: usize,
}

impl<'py> Batches<'py> {
    fn of(rows: &Bound<'py, PyAny>) -> PyResult<Self> {
        Ok(Self { rows: rows.try_iter()?, read: 0 })
    }

    fn next(&mut self) -> PyResult<Option<Arc<Batch>>> {
        let Some(rows) = self.rows.next() else { return Ok(None) };
        self.read += 1;
        Ok(Some(Arc::clone(rows?.cast::<BillRows>()?.get().batch())))
    }
}

/// The capsule of a bill whose rows are read as they are asked for: `first` are its first rows, and `more` returns the next ones.
#[pyfunction]
pub(crate) fn bill_stream<'py>(
    py: Python<'py>,
    first: PyRef<'py, BillRows>,
    more: Py<PyAny>,
) -> PyResult<Bound<'py, PyCapsule>> {
    let first = Arc::clone(first.batch());
    let schema = schema(first.layout());
    let columns = schema.clone();
    let (mut first, mut more) = (Some(first), Some(more));
    let next = move || {
        let mut some: Vec<_> = first.take().into_iter().collect();
        // The reader may have let Python go, and may be another thread. `None` while Python ends.
        let read = Python::try_attach(|py| {
            while some.len() < BATCHES
                && let Some(function) = &more
            {
                match next_rows(function.bind(py)).map_err(|error| error.to_string())? {
                    Some(rows) => some.push(rows),
                    None => more = None,
                }
            }
            Ok(())
        });
        read.unwrap_or_else(|| Err("Python is ending".to_owned()))?;
        match some.is_empty() {
            true => Ok(None),
            false => rows(&columns, &some).map(Some).map_err(|error| error.to_string()),
        }
    };
    capsule(py, schema, Box::new(next))
}

fn next_rows(more: &Bound<'_, PyAny>) -> PyResult<Option<Arc<Batch>>> {
    let rows = more.call0()?;
    Ok(rows.extract::<Option<PyRef<'_, BillRows>>>()?.map(|rows| Arc::clone(rows.batch())))
}

/// The cells of all rows as a list for each column.
#[pyfunction]
pub(crate) fn bill_columns<'py>(py: Python<'py>, batches: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let columns = PyDict::new(py);
    for column in read_columns(py, batches, false)? {
        columns.set_item(&column.name, column.values.into_python(py)?)?;
    }
    Ok(columns)
}

/// The cells of all rows: for each column its name, its kind, and a list; of integers and times the bytes of 64-bit integers, the least
/// one where there is none.
#[pyfunction]
pub(crate) fn bill_arrays<'py>(
    py: Python<'py>,
    batches: &Bound<'py, PyAny>,
) -> PyResult<Vec<(String, &'static str, Bound<'py, PyAny>)>> {
    let columns = read_columns(py, batches, true)?.into_iter();
    columns.map(|column| Ok((column.name, column.kind, column.values.into_python(py)?))).collect()
}

struct TableColumn<'py> {
    name: String,
    kind: &'static str,
    place: usize,
    values: Values<'py>,
}

enum Values<'py> {
    Objects(Cells<'py>, Vec<Bound<'py, PyAny>>),
    Numbers(Vec<u8>),
}

/// Each batch is read when it comes: it is in the processor's cache then, and its memory serves for the next one.
fn read_columns<'py>(py: Python<'py>, batches: &Bound<'py, PyAny>, numbers: bool) -> PyResult<Vec<TableColumn<'py>>> {
    let (mut batches, mut columns) = (Batches::of(batches)?, Vec::new());
    while let Some(batch) = batches.next()? {
        if batches.read == 1 {
            let named = batch.layout().named();
            columns = named.map(|(place, header)| TableColumn::new(place, header, numbers)).collect();
        }
        for TableColumn { place, values, .. } in &mut columns {
            match values {
                Values::Objects(cells, list) => {
                    for row in 0..batch.len() {
                        list.push(cells.get(py, batch.cell(row, *place))?);
                    }
                }
                Values::Numbers(bytes) => {
                    for row in 0..batch.len() {
                        bytes.extend_from_slice(&batch.number_at(row, *place).unwrap_or(i64::MIN).to_ne_bytes());
                    }
                }
            }
        }
    }
    Ok(columns)
}

impl TableColumn<'_> {
    fn new(place: usize, header: &Header, numbers: bool) -> Self {
        let kind = match header.kind() {
            CellKind::Fen | CellKind::Count => "integer",
            CellKind::Time => "time",
            CellKind::Fee | CellKind::Id | CellKind::Word | CellKind::Text | CellKind::Free => "object",
        };
        let values = match numbers && kind != "object" {
            true => Values::Numbers(Vec::new()),
            false => Values::Objects(Cells::new(), Vec::new()),
        };
        Self { name: header.name().to_owned(), kind, place, values }
    }
}

impl<'py> Values<'py> {
    fn into_python(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Objects(_, list) => Ok(PyList::new(py, list)?.into_any()),
            Self::Numbers(bytes) => Ok(PyBytes::new(py, &bytes).into_any()),
        }
    }
}
