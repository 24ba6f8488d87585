//! A store that is a Python object, for core; and core's stores, for the test that all of them keep one contract.

use std::sync::Arc;
use std::time::Duration;

use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use tokio::sync::Semaphore;
use wxpaykit::store::{self, Store, StoreError, Storing};
use wxpaykit::{Error, Secret};

use crate::error::Raise;
use crate::runtime::block_on;

/// An object with `get`, `put`, `add`, `compare_and_set` and `delete`. They run on threads that may wait.
pub(crate) struct PyStore {
    object: Arc<Py<PyAny>>,
    /// A method that hangs keeps its thread, and names and files need threads too.
    places: Arc<Semaphore>,
}

/// How many methods run side by side.
const PLACES: usize = 32;

const METHODS: [&str; 5] = ["get", "put", "add", "compare_and_set", "delete"];

impl PyStore {
    pub(crate) fn new(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        for method in METHODS {
            if !object.getattr_opt(method)?.is_some_and(|method| method.is_callable()) {
                let remedy = format!("must be an address, or an object with the methods {}", METHODS.join(", "));
                return Err(Error::config("store", remedy)).raise(object.py());
            }
        }
        Ok(Self { object: Arc::new(object.clone().unbind()), places: Arc::new(Semaphore::new(PLACES)) })
    }

    /// Calls a method, on a thread that may wait for the interpreter and for whatever the method waits for.
    fn ask<T, A>(
        &self,
        method: &'static str,
        arguments: A,
        read: fn(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> Storing<'_, T>
    where
        T: Send + 'static,
        A: for<'py> PyCallArgs<'py> + Send + 'static,
    {
        let (object, places) = (Arc::clone(&self.object), Arc::clone(&self.places));
        Box::pin(async move {
            let place = places.acquire_owned().await;
            let answer = tokio::task::spawn_blocking(move || {
                let _place = place;
                Python::try_attach(|py| {
                    let answer = object.bind(py).getattr(method)?.call1(arguments)?;
                    read(&answer)
                })
            });
            match answer.await {
                Ok(Some(Ok(answer))) => Ok(answer),
                Ok(Some(Err(raised))) => Err(StoreError::new(format!("the store's {method} failed")).because(raised)),
                Ok(None) => Err(StoreError::new("the interpreter is being shut down")),
                Err(error) => Err(StoreError::new("the store's thread ended").because(error)),
            }
        })
    }
}

impl Store for PyStore {
    fn get<'a>(&'a self, key: &'a str) -> Storing<'a, Option<Secret>> {
        self.ask("get", (key.to_owned(),), |answer| {
            if answer.is_none() {
                return Ok(None);
            }
            match answer.cast::<PyString>() {
                Ok(text) => Ok(Some(Secret::new(text.to_str()?))),
                Err(_) => refuse(answer, "must return str or None"),
            }
        })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, ()> {
        self.ask("put", (key.to_owned(), value.expose().to_owned(), life.as_secs_f64()), nothing)
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, bool> {
        self.ask("add", (key.to_owned(), value.expose().to_owned(), life.as_secs_f64()), truth)
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> Storing<'a, bool> {
        let arguments = (key.to_owned(), old.expose().to_owned(), new.expose().to_owned(), life.as_secs_f64());
        self.ask("compare_and_set", arguments, truth)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Storing<'a, ()> {
        self.ask("delete", (key.to_owned(),), nothing)
    }
}

fn truth(answer: &Bound<'_, PyAny>) -> PyResult<bool> {
    match answer.cast::<PyBool>() {
        Ok(answer) => Ok(answer.is_true()),
        Err(_) => refuse(answer, "must return a bool"),
    }
}

/// Whatever is returned by a method that returns nothing, unless it has yet to be awaited.
fn nothing(answer: &Bound<'_, PyAny>) -> PyResult<()> {
    if answer.hasattr("__await__")? { refuse(answer, "must return None") } else { Ok(()) }
}

fn refuse<T>(answer: &Bound<'_, PyAny>, rule: &str) -> PyResult<T> {
    if answer.hasattr("__await__")? {
        // A coroutine that is dropped unawaited warns of itself.
        if let Some(close) = answer.getattr_opt("close")? {
            close.call0()?;
        }
        return Err(PyTypeError::new_err("a store's methods are plain functions, not coroutine functions"));
    }
    Err(PyTypeError::new_err(format!("{rule}, not {}", answer.get_type().name()?)))
}

/// One of core's stores by its address, or an object as core uses it.
#[pyfunction]
pub(crate) fn probe_store(place: &Bound<'_, PyAny>) -> PyResult<ProbeStore> {
    Ok(ProbeStore(match place.cast::<PyString>() {
        Ok(address) => store::open(address.to_str()?).raise(place.py())?,
        Err(_) => Arc::new(PyStore::new(place)?),
    }))
}

#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct ProbeStore(Arc<dyn Store>);

#[pymethods]
impl ProbeStore {
    fn get(&self, py: Python<'_>, key: &str) -> PyResult<Option<String>> {
        let value = self.wait(py, self.0.get(key))?;
        Ok(value.map(|value| value.expose().to_owned()))
    }

    fn put(&self, py: Python<'_>, key: &str, value: &str, life: f64) -> PyResult<()> {
        self.wait(py, self.0.put(key, &Secret::new(value), Duration::from_secs_f64(life)))
    }

    fn add(&self, py: Python<'_>, key: &str, value: &str, life: f64) -> PyResult<bool> {
        self.wait(py, self.0.add(key, &Secret::new(value), Duration::from_secs_f64(life)))
    }

    fn compare_and_set(&self, py: Python<'_>, key: &str, old: &str, new: &str, life: f64) -> PyResult<bool> {
        let (old, new) = (Secret::new(old), Secret::new(new));
        self.wait(py, self.0.compare_and_set(key, &old, &new, Duration::from_secs_f64(life)))
    }

    fn delete(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        self.wait(py, self.0.delete(key))
    }
}

impl ProbeStore {
    fn wait<T: Send>(&self, py: Python<'_>, work: Storing<'_, T>) -> PyResult<T> {
        block_on(py, work, || ())?.map_err(Error::from).raise(py)
    }
}
