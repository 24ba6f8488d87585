//! Core's error as an exception of the class for its kind, with its fields and its cause.

use std::error::Error as _;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wxpaykit::Error;
use wxpaykit::binding::example::in_python;
use wxpaykit::binding::language::language;
use wxpaykit::error::Detail;

use crate::explanation::Explanation;
use crate::reply::Reply;

/// Core's result as a Python result.
pub(crate) trait Raise<T> {
    fn raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> Raise<T> for Result<T, Error> {
    fn raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| to_python(py, &error))
    }
}

/// The exception to raise. If making it fails, that failure is raised instead.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).map_or_else(|failure| failure, PyErr::from_value)
}

fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let given = PyDict::new(py);
    given.set_item("code", error.code())?;
    given.set_item("endpoint", error.endpoint())?;
    given.set_item("retry", error.retry().as_str())?;
    given.set_item("out_trade_no", error.out_trade_no())?;
    for (name, value) in error.details() {
        match value {
            Detail::Text(_) if is_of_base(name) => {}
            Detail::Text(text) if name == "rule" => given.set_item(name, in_python(text.to_owned()))?,
            Detail::Text(text) => given.set_item(name, text)?,
            Detail::Int(int) => given.set_item(name, int)?,
            Detail::Bool(own) => given.set_item(name, own)?,
            Detail::Json(text) => given.set_item(name, py.import("json")?.call_method1("loads", (text,))?)?,
            Detail::Explanation(explanation) => given.set_item(name, Explanation(explanation.clone()))?,
            Detail::Document(fields) => given.set_item(name, Reply::make(py, None, fields.clone())?)?,
            // A detail that this version of the binding does not know.
            _ => {}
        }
    }
    let class = py.import("wxpaykit.errors")?.getattr(error.class())?;
    let exception = class.call((in_python(error.message(language())),), Some(&given))?;
    for (name, value) in error.details().filter(|(name, _)| is_of_base(name)) {
        if let Detail::Text(text) = value {
            exception.setattr(name, text)?;
        }
    }
    if let Some(cause) = error.source() {
        if let Some(raised) = cause.downcast_ref::<PyErr>() {
            exception.setattr("__cause__", raised.value(py))?;
            return Ok(exception);
        }
        let text = error.causes().collect::<Vec<_>>().join(": ");
        exception.setattr("__cause__", PyOSError::new_err(text).into_value(py))?;
    }
    Ok(exception)
}

/// Whether it is a field of the base class, which not every constructor takes.
fn is_of_base(name: &str) -> bool {
    matches!(name, "remedy" | "remedy_zh" | "request_id" | "outcome" | "number_field" | "number")
}
