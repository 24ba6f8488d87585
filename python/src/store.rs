//! A store that is a Python object, as core uses it.

use std::sync::Arc;
use std::time::Duration;

use pyo3::call::PyCallArgs;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use wxpaykit::store::{Store, StoreError, StoreFuture};
use wxpaykit::{Error, Secret};

use crate::background;
use crate::error::Raise;

/// An object with the methods `get`, `put`, `add`, `compare_and_set` and `delete`. They run on threads that may block.
pub(crate) struct PyStore {
    object: Arc<Py<PyAny>>,
    /// Limits the threads that hanging methods can occupy: name resolution and files need threads too.
    places: Arc<Semaphore>,
}

/// The most methods that run at once.
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

    /// Calls a method, on a thread that may wait for the interpreter and block in the method.
    fn ask<T, A>(
        &self,
        method: &'static str,
        arguments: A,
        read: fn(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        A: for<'py> PyCallArgs<'py> + Send + 'static,
    {
        let (object, places) = (Arc::clone(&self.object), Arc::clone(&self.places));
        Box::pin(async move {
            let place = places.acquire_owned().await;
            let answer = background::spawn(&Handle::current(), move |py| {
                let _place = place;
                let answer = object.bind(py).getattr(method)?.call1(arguments)?;
                read(&answer)
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
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
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

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        self.ask("put", (key.to_owned(), value.expose().to_owned(), life.as_secs_f64()), nothing)
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        self.ask("add", (key.to_owned(), value.expose().to_owned(), life.as_secs_f64()), truth)
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        let arguments = (key.to_owned(), old.expose().to_owned(), new.expose().to_owned(), life.as_secs_f64());
        self.ask("compare_and_set", arguments, truth)
    }

    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        self.ask("delete", (key.to_owned(),), nothing)
    }
}

fn truth(answer: &Bound<'_, PyAny>) -> PyResult<bool> {
    match answer.cast::<PyBool>() {
        Ok(answer) => Ok(answer.is_true()),
        Err(_) => refuse(answer, "must return a bool"),
    }
}

/// Ignores the result of a method that returns nothing. A coroutine is refused: the method has not run.
fn nothing(answer: &Bound<'_, PyAny>) -> PyResult<()> {
    if answer.hasattr("__await__")? { refuse(answer, "must return None") } else { Ok(()) }
}

fn refuse<T>(answer: &Bound<'_, PyAny>, rule: &str) -> PyResult<T> {
    if answer.hasattr("__await__")? {
        // A coroutine that is dropped without being awaited causes a warning.
        if let Some(close) = answer.getattr_opt("close")? {
            close.call0()?;
        }
        return Err(PyTypeError::new_err("a store's methods are plain functions, not coroutine functions"));
    }
    Err(PyTypeError::new_err(format!("{rule}, not {}", answer.get_type().name()?)))
}
