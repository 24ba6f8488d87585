//! A confirmed thing between the two halves of `notify.handle`: while the merchant's functions run.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use wxpaykit::binding::job::AnyHandling;
use wxpaykit::client::Claim;

use crate::error::Raise;
use crate::reply::Reply;
use crate::runtime::generation;
use crate::take::fen;

/// A confirmed thing that this process has to hand over, such as a payment. If it is dropped, the next attempt waits until its lease ends.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Handling {
    item: Py<PyAny>,
    kind: &'static str,
    is_success: bool,
    idempotency_key: String,
    handling: Mutex<Option<Box<dyn AnyHandling>>>,
    generation: u64,
}

#[pymethods]
impl Handling {
    /// The payment or the refund.
    #[getter]
    fn item(&self, py: Python<'_>) -> Py<PyAny> {
        self.item.clone_ref(py)
    }

    /// `payment` or `refund`.
    #[getter]
    fn kind(&self) -> &'static str {
        self.kind
    }

    /// Whether it ended as the merchant wanted.
    #[getter]
    fn is_success(&self) -> bool {
        self.is_success
    }

    #[getter]
    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// Compares a payment with the amount that the merchant recorded; `None` when they have no such order.
    fn check(&self, recorded: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = recorded.py();
        let recorded = if recorded.is_none() { None } else { Some(fen("amount_of", recorded)?) };
        let checked = self.locked().as_ref().ok_or_else(ended)?.check(recorded);
        checked.raise(py)
    }
}

impl Handling {
    pub(crate) fn make(py: Python<'_>, handling: Box<dyn AnyHandling>) -> PyResult<Bound<'_, PyAny>> {
        let made = Self {
            item: Reply::make(py, Some(handling.record()), handling.fields().clone())?.unbind(),
            kind: handling.kind(),
            is_success: handling.is_success(),
            idempotency_key: handling.idempotency_key().to_owned(),
            handling: Mutex::new(Some(handling)),
            generation: generation(),
        };
        Ok(Bound::new(py, made)?.into_any())
    }

    /// The ledger's entry, to finish or give back; `None` in a forked child, where it still belongs to the parent.
    pub(crate) fn take(&self) -> PyResult<Option<Claim>> {
        let claim = self.locked().take().ok_or_else(ended)?.into_claim();
        if self.is_inherited() {
            mem::forget(claim);
            return Ok(None);
        }
        Ok(Some(claim))
    }

    pub(crate) fn is_inherited(&self) -> bool {
        self.generation != generation()
    }

    fn locked(&self) -> MutexGuard<'_, Option<Box<dyn AnyHandling>>> {
        self.handling.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn ended() -> PyErr {
    PyRuntimeError::new_err("the handling of this payment or refund has ended already")
}

impl Drop for Handling {
    fn drop(&mut self) {
        // After a fork the lease is the parent's to keep, and its task belongs to a runtime that is not here.
        if self.is_inherited() {
            mem::forget(self.handling.get_mut().unwrap_or_else(PoisonError::into_inner).take());
        }
    }
}
