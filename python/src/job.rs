//! A call that was not started: `wait` runs it on the calling thread, a `Bridge` runs it for an event loop.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};
use wxpaykit::binding::job::{self, About, Output};
use wxpaykit::binding::language::language;
use wxpaykit::doctor::Language;
use wxpaykit::{CodeProgress, Error, Outcome, WxPay};

use crate::bill::{BillRows, BillSource};
use crate::error::{Raise, to_python};
use crate::give::from_json;
use crate::handling::Handling;
use crate::reply::Reply;
use crate::runtime::block_on;
use crate::watch::Watch;

/// A call that was not started. It runs once.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Job(Mutex<Option<Task>>);

/// One of core's jobs, with the client that runs it and the queue of that client's events.
pub(crate) struct Task {
    pay: WxPay,
    watch: Arc<Watch>,
    job: job::Job,
}

#[pymethods]
impl Job {
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let task = self.take()?;
        let (about, watch) = (task.about(), task.watch());
        let ended = block_on(py, task.run(), || watch.tell(py));
        watch.tell(py);
        match ended {
            Ok((output, _running)) => to_object(py, output.raise(py)?),
            Err(signal) => {
                signal.set_cause(py, Some(to_python(py, &about.cancelled(Outcome::Unknown))));
                // As a `CancelledError` of asyncio has it.
                // An exception of the program's own handler may have no room for it, and is raised all the same.
                let _ = signal.value(py).setattr("outcome", Outcome::Unknown.as_str());
                Err(signal)
            }
        }
    }
}

impl Job {
    pub(crate) fn new(pay: WxPay, watch: Arc<Watch>, job: job::Job) -> Self {
        Self(Mutex::new(Some(Task { pay, watch, job })))
    }

    pub(crate) fn take(&self) -> PyResult<Task> {
        let task = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        task.ok_or_else(|| PyRuntimeError::new_err("this call has run already"))
    }
}

impl Task {
    pub(crate) fn about(&self) -> About {
        self.job.about()
    }

    pub(crate) fn runs_to_its_end(&self) -> bool {
        self.job.runs_to_its_end()
    }

    pub(crate) fn watch(&self) -> Arc<Watch> {
        Arc::clone(&self.watch)
    }

    pub(crate) async fn run(self) -> Result<Output, Error> {
        self.job.run(&self.pay).await
    }
}

/// A job's result as a Python object.
pub(crate) fn to_object(py: Python<'_>, output: Output) -> PyResult<Bound<'_, PyAny>> {
    match output {
        Output::Document(record, fields) => Reply::make(py, record, fields),
        Output::Secret(secret) => Ok(secret.expose().into_pyobject(py)?.into_any()),
        Output::Json(text) => from_json(py, &text),
        Output::Handling(handling) => Handling::make(py, handling),
        Output::NotOurs { state, trade_state, next_due, out_trade_no } => {
            Ok((state, trade_state, out_trade_no, next_due).into_pyobject(py)?.into_any())
        }
        Output::Bill(bill) => BillSource::make(py, bill),
        Output::Rows(rows) => BillRows::make(py, rows),
        Output::Bytes(bytes) => match bytes {
            Some(bytes) => Ok(PyBytes::new(py, &bytes).into_any()),
            None => Ok(py.None().into_bound(py)),
        },
        Output::Each(each) => Ok(to_list(py, each)?.into_any()),
        Output::Parts { combine_out_trade_no, parts } => {
            Ok((combine_out_trade_no, to_list(py, parts)?).into_pyobject(py)?.into_any())
        }
        Output::CodeProgress(progress) => {
            let CodeProgress { stage, trade_state, elapsed, left, error, .. } = *progress;
            let error = error.map(|error| to_python(py, &error));
            let times = (elapsed.as_secs_f64(), left.as_secs_f64());
            Ok((false, stage.as_str(), trade_state, times.0, times.1, error).into_pyobject(py)?.into_any())
        }
        Output::CodeEnded(result) => {
            let error = result.error().map(|error| to_python(py, error));
            let advice = [language(), Language::Chinese].map(|language| result.advice(language));
            let state = (true, result.as_str(), result.trade_state(), error, advice[0], advice[1]);
            Ok(state.into_pyobject(py)?.into_any())
        }
        Output::Nothing => Ok(py.None().into_bound(py)),
    }
}

/// Results, and errors in place of those that failed.
fn to_list(py: Python<'_>, each: Vec<Result<Output, Error>>) -> PyResult<Bound<'_, PyList>> {
    let results = PyList::empty(py);
    for result in each {
        match result {
            Ok(output) => results.append(to_object(py, output)?)?,
            Err(error) => results.append(to_python(py, &error))?,
        }
    }
    Ok(results)
}
