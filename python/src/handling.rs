//! A payment that is ours, between core's steps and the merchant's functions.

use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use wxpaykit::endpoint::Document;
use wxpaykit::{ConfirmedPayment, WxPay};

use crate::convert::fen;
use crate::error::Raise;
use crate::job::{Job, Work};
use crate::reply::Reply;
use crate::runtime::generation;
use crate::watch::Watch;

/// A confirmed payment to hand over. One that is dropped waits for its lease to end.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Handling {
    payment: Py<PyAny>,
    idempotency_key: String,
    held: Mutex<Option<Held>>,
    generation: u64,
}

pub(crate) struct Held {
    pub(crate) pay: WxPay,
    pub(crate) watch: Arc<Watch>,
    pub(crate) handling: wxpaykit::Handling,
}

#[pymethods]
impl Handling {
    #[getter]
    fn payment(&self, py: Python<'_>) -> Py<PyAny> {
        self.payment.clone_ref(py)
    }

    #[getter]
    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// Compares with the amount that the merchant recorded; `None` when they have no such order.
    fn check(&self, recorded: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = recorded.py();
        let recorded = if recorded.is_none() { None } else { Some(fen("amount_of", recorded)?) };
        let checked = {
            let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            held.as_ref().ok_or_else(ended)?.handling.check(recorded)
        };
        checked.raise(py)
    }

    fn finish(&self) -> PyResult<Job> {
        if self.is_inherited() {
            return Err(PyRuntimeError::new_err(
                "this payment is handled by the process that this one was forked from",
            ));
        }
        let held = self.take()?;
        Ok(Job::new(held.pay.clone(), Arc::clone(&held.watch), Work::Finish(held)))
    }

    /// In a forked child there is nothing to give back: the payment is the parent's.
    fn give_back(&self) -> PyResult<Job> {
        let held = self.take()?;
        if self.is_inherited() {
            let job = Job::new(held.pay.clone(), Arc::new(Watch::new(None)), Work::Nothing);
            mem::forget(held);
            return Ok(job);
        }
        Ok(Job::new(held.pay.clone(), Arc::clone(&held.watch), Work::GiveBack(held)))
    }
}

impl Handling {
    pub(crate) fn make(py: Python<'_>, held: Held) -> PyResult<Bound<'_, PyAny>> {
        let payment =
            Reply::make(py, Some(ConfirmedPayment::RECORD), held.handling.payment().fields().clone())?.unbind();
        let idempotency_key = held.handling.idempotency_key().to_owned();
        let made = Self { payment, idempotency_key, held: Mutex::new(Some(held)), generation: generation() };
        Ok(Bound::new(py, made)?.into_any())
    }

    fn take(&self) -> PyResult<Box<Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).take().map(Box::new).ok_or_else(ended)
    }

    fn is_inherited(&self) -> bool {
        self.generation != generation()
    }
}

fn ended() -> PyErr {
    PyRuntimeError::new_err("the handling of this payment has ended already")
}

impl Drop for Handling {
    fn drop(&mut self) {
        // After a fork the lease is the parent's to keep, and its task belongs to a runtime that is not here.
        if self.is_inherited() {
            mem::forget(self.held.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}
