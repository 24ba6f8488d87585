//! Cells of bills as Python objects.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyInt, PyString};
use wxpaykit::bill::Cell;

use crate::give::from_time;
use crate::once::once;

/// A cell, typed.
pub(crate) fn object<'py>(py: Python<'py>, cell: Cell<'_>) -> PyResult<Bound<'py, PyAny>> {
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

/// The cells of one column. Values that come again and again are made once: the objects cannot be changed, so rows may share them.
pub(crate) struct Cells<'py> {
    /// The last value of each place, which its hash chooses.
    last: Vec<Option<(Known, Bound<'py, PyAny>)>>,
    /// How many values were found so, and how many were not.
    found: usize,
    made: usize,
}

enum Known {
    Text(Box<str>),
    Number(i64),
}

impl<'py> Cells<'py> {
    const PLACES: usize = 256;
    /// A column with so many values that were not found, and more of them than found ones, is one of numbers: nothing is looked up there.
    const MOST: usize = 1024;

    pub(crate) fn new() -> Self {
        Self { last: (0..Self::PLACES).map(|_| None).collect(), found: 0, made: 0 }
    }

    pub(crate) fn get(&mut self, py: Python<'py>, cell: Cell<'_>) -> PyResult<Bound<'py, PyAny>> {
        // A column has cells of one kind, so a number of one kind is not taken for one of another.
        let (hash, number) = match cell {
            _ if self.made > self.found + Self::MOST => return object(py, cell),
            Cell::None => return object(py, cell),
            Cell::Text(text) => (hash(text.as_bytes()), 0),
            Cell::Fen(number) | Cell::Count(number) => (number.unsigned_abs(), number),
            Cell::Fee(fee) => (fee.0.unsigned_abs(), fee.0),
            Cell::Time(time) => (time.unix().unsigned_abs(), time.unix()),
        };
        // The upper bits depend on all bits of the hash.
        let place = (hash.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 48) as usize % Self::PLACES;
        let Some(place) = self.last.get_mut(place) else { return object(py, cell) };
        match (&*place, cell) {
            (Some((Known::Text(known), object)), Cell::Text(text)) if **known == *text => {
                self.found += 1;
                Ok(object.clone())
            }
            (Some((Known::Number(known), object)), _) if *known == number => {
                self.found += 1;
                Ok(object.clone())
            }
            _ => {
                self.made += 1;
                let made = object(py, cell)?;
                let known = match cell {
                    Cell::Text(text) => Known::Text(text.into()),
                    _ => Known::Number(number),
                };
                *place = Some((known, made.clone()));
                Ok(made)
            }
        }
    }
}

/// Of a text its length, its beginning and its end: words differ there, and numbers need not be told apart.
fn hash(text: &[u8]) -> u64 {
    let short = || text.iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    let first = text.first_chunk().map_or_else(short, |first| u64::from_le_bytes(*first));
    let last = text.last_chunk().map_or(0, |last| u64::from_le_bytes(*last));
    first ^ last.rotate_left(21) ^ (text.len() as u64)
}
