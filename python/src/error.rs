//! Core's one error as the Python class of its kind, with its fields and its cause.

use std::error::Error as _;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use wxpaykit::{Error, Kind};

use crate::reply::Reply;

/// Core's result as Python's.
pub(crate) trait Raise<T> {
    fn raise(self, py: Python<'_>) -> PyResult<T>;
}

impl<T> Raise<T> for Result<T, Error> {
    fn raise(self, py: Python<'_>) -> PyResult<T> {
        self.map_err(|error| to_python(py, &error))
    }
}

/// The exception to raise. A failure to make one is raised instead of it.
pub(crate) fn to_python(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error).map_or_else(|failure| failure, PyErr::from_value)
}

fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let given = PyDict::new(py);
    given.set_item("code", error.code())?;
    given.set_item("endpoint", error.endpoint())?;
    given.set_item("retry", error.retry().as_str())?;
    match error.kind() {
        Kind::Config { field, .. } => given.set_item("field", field)?,
        Kind::InvalidRequest { field, rule } => {
            given.set_item("field", field)?;
            given.set_item("rule", rule)?;
        }
        Kind::Transport { outcome, status, .. } => {
            given.set_item("outcome", outcome.as_str())?;
            given.set_item("status", status)?;
        }
        Kind::Protocol { return_msg } => given.set_item("return_msg", return_msg)?,
        Kind::Business { err_code, err_code_des, reply } => {
            given.set_item("err_code", err_code)?;
            given.set_item("err_code_des", err_code_des)?;
            given.set_item("reply", Reply::make(py, None, reply.clone())?)?;
        }
        Kind::Signature { explanation } => given.set_item("explanation", explanation)?,
        Kind::Mismatch { field, expected, actual } => {
            given.set_item("field", field)?;
            given.set_item("expected", expected)?;
            given.set_item("actual", actual)?;
        }
        Kind::OAuth { errcode, errmsg } => {
            given.set_item("errcode", errcode)?;
            given.set_item("errmsg", errmsg)?;
        }
        // Kinds that core has and this version does not.
        _ => {}
    }
    let class = py.import("wxpaykit.errors")?.getattr(error.class())?;
    let exception = class.call((error.to_string(),), Some(&given))?;
    if let Some(cause) = error.source() {
        if let Some(raised) = cause.downcast_ref::<PyErr>() {
            exception.setattr("__cause__", raised.value(py))?;
            return Ok(exception);
        }
        let mut text = cause.to_string();
        let mut next = cause.source();
        while let Some(deeper) = next {
            text = format!("{text}: {deeper}");
            next = deeper.source();
        }
        exception.setattr("__cause__", PyOSError::new_err(text).into_value(py))?;
    }
    Ok(exception)
}
