//! A confirmed payment or refund between the two halves of `notify.handle`: while the merchant's functions run.

use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use wxpaykit::client::Claim;
use wxpaykit::table::Document;
use wxpaykit::{ConfirmedPayment, ConfirmedRefund};

use crate::error::Raise;
use crate::reply::Reply;
use crate::runtime::generation;
use crate::take::fen;

/// A confirmed payment or refund that this process has to hand over. If it is dropped, the next attempt waits until its lease ends.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Handling {
    item: Py<PyAny>,
    is_refund: bool,
    idempotency_key: String,
    handling: Mutex<Option<Held>>,
    generation: u64,
}

enum Held {
    Payment(wxpaykit::Handling),
    Refund(wxpaykit::Handling<ConfirmedRefund>),
}

#[pymethods]
impl Handling {
    /// The payment, or the refund.
    #[getter]
    fn item(&self, py: Python<'_>) -> Py<PyAny> {
        self.item.clone_ref(py)
    }

    #[getter]
    fn is_refund(&self) -> bool {
        self.is_refund
    }

    #[getter]
    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// Compares with the amount that the merchant recorded; `None` when they have no such order.
    fn check(&self, recorded: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = recorded.py();
        let recorded = if recorded.is_none() { None } else { Some(fen("amount_of", recorded)?) };
        let checked = match self.locked().as_ref().ok_or_else(ended)? {
            Held::Payment(handling) => handling.check(recorded),
            // The recorded amount is an order's.
            Held::Refund(_) => Ok(()),
        };
        checked.raise(py)
    }
}

impl Handling {
    pub(crate) fn make(py: Python<'_>, handling: wxpaykit::Handling) -> PyResult<Bound<'_, PyAny>> {
        let item = Reply::make(py, Some(ConfirmedPayment::RECORD), handling.payment().fields().clone())?.unbind();
        let idempotency_key = handling.idempotency_key().to_owned();
        Self::holding(py, Held::Payment(handling), item, idempotency_key)
    }

    pub(crate) fn of_refund(
        py: Python<'_>,
        handling: wxpaykit::Handling<ConfirmedRefund>,
    ) -> PyResult<Bound<'_, PyAny>> {
        let item = Reply::make(py, Some(ConfirmedRefund::RECORD), handling.item().fields().clone())?.unbind();
        let idempotency_key = handling.idempotency_key().to_owned();
        Self::holding(py, Held::Refund(handling), item, idempotency_key)
    }

    fn holding(py: Python<'_>, held: Held, item: Py<PyAny>, idempotency_key: String) -> PyResult<Bound<'_, PyAny>> {
        let is_refund = matches!(held, Held::Refund(_));
        let handling = Mutex::new(Some(held));
        let made = Self { item, is_refund, idempotency_key, handling, generation: generation() };
        Ok(Bound::new(py, made)?.into_any())
    }

    /// The ledger's entry, to finish or give back; `None` in a forked child, where it still belongs to the parent.
    pub(crate) fn take(&self) -> PyResult<Option<Claim>> {
        let claim = match self.locked().take().ok_or_else(ended)? {
            Held::Payment(handling) => handling.into_claim(),
            Held::Refund(handling) => handling.into_claim(),
        };
        if self.is_inherited() {
            mem::forget(claim);
            return Ok(None);
        }
        Ok(Some(claim))
    }

    pub(crate) fn is_inherited(&self) -> bool {
        self.generation != generation()
    }

    fn locked(&self) -> MutexGuard<'_, Option<Held>> {
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
