//! Core's values as Python objects. Nothing here raises an error of this package.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyBytes, PyDict, PyString};
use wxpaykit::table::{Field, Read, Step, TimeInside};
use wxpaykit::{BeijingTime, Fields, PageParams};

use crate::names::name;
use crate::once::once;

/// A field of a document, by the field's kind.
pub(crate) fn from_field<'py>(py: Python<'py>, field: &Field, text: &str) -> PyResult<Bound<'py, PyAny>> {
    match field.read(Some(text)) {
        // A text that is not of the field's kind reads as absent; `raw` has the text.
        Some(Read::Absent) | None => Ok(py.None().into_bound(py)),
        Some(Read::Int(int)) => Ok(int.into_pyobject(py)?.into_any()),
        Some(Read::Bool(own)) => Ok(PyBool::new(py, own).to_owned().into_any()),
        Some(Read::Time(time)) => from_time(py, time),
        Some(Read::Json(json)) => with_times(from_json(py, json)?, &field.times_inside(json)),
        Some(Read::Text(text)) => Ok(PyString::new(py, text).into_any()),
    }
}

/// Puts the times inside a JSON value in the place of their texts; `None` for a text that is not a time.
fn with_times<'py>(value: Bound<'py, PyAny>, times: &[TimeInside]) -> PyResult<Bound<'py, PyAny>> {
    let py = value.py();
    for TimeInside { way, time } in times {
        let Some((last, before)) = way.split_last() else { continue };
        let mut object = value.clone();
        for step in before {
            object = object.get_item(key(py, *step)?)?;
        }
        object.set_item(key(py, *last)?, time.map(|time| from_time(py, time)).transpose()?)?;
    }
    Ok(value)
}

fn key(py: Python<'_>, step: Step) -> PyResult<Bound<'_, PyAny>> {
    match step {
        Step::Member(member) => Ok(name(py, member).into_any()),
        Step::Item(number) => Ok(number.into_pyobject(py)?.into_any()),
    }
}

/// The value that a JSON text stands for.
pub(crate) fn from_json<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let loads = once(py, &LOADS, || Ok(py.import("json")?.getattr("loads")?.unbind()))?;
    loads.bind(py).call1((text,))
}

/// The fields of a document as a dict of texts, in order.
pub(crate) fn from_fields<'py>(py: Python<'py>, fields: &Fields) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (field, text) in fields.iter() {
        dict.set_item(name(py, field), text)?;
    }
    Ok(dict)
}

/// The parameters that a page passes to WeChat, as a dict.
pub(crate) fn from_page<'py>(py: Python<'py>, page: &PageParams) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (key, value) in page.iter() {
        dict.set_item(name(py, key), value)?;
    }
    Ok(dict)
}

pub(crate) fn from_time(py: Python<'_>, time: BeijingTime) -> PyResult<Bound<'_, PyAny>> {
    static DATETIME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static BEIJING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let class = once(py, &DATETIME, || Ok(py.import("datetime")?.getattr("datetime")?.unbind()))?;
    let zone = once(py, &BEIJING, || {
        let datetime = py.import("datetime")?;
        let offset = datetime.getattr("timedelta")?.call1((0, 8 * 3600))?;
        Ok(datetime.getattr("timezone")?.call1((offset,))?.unbind())
    })?;
    // As a pickle has it: year, month, day, hour, minute, second, microsecond. `fromtimestamp` takes five times as long.
    let (year, [month, day, hour, minute, second]) = time.parts();
    let [high, low] = year.to_be_bytes();
    let state = PyBytes::new(py, &[high, low, month, day, hour, minute, second, 0, 0, 0]);
    class.bind(py).call1((state, zone))
}
