//! The client of this process, never the one of the process that it was forked from.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use pyo3::prelude::*;
use wxpaykit::store::Place;
use wxpaykit::{MerchantOptions, Options, Store, WxPay, store};

use crate::error::Raise;
use crate::runtime::generation;
use crate::watch::Watch;

/// Settings, and the client that was made of them in this process.
pub(crate) struct Live {
    options: Options,
    /// The user's function that gets the events.
    on_event: Option<Arc<Py<PyAny>>>,
    /// The client of this process, or of the one that it was forked from. Not behind a lock: a fork could copy it locked.
    made: ArcSwapOption<Made>,
}

struct Made {
    generation: u64,
    pay: WxPay,
    watch: Arc<Watch>,
    /// The store, when it is this process's memory: it outlives `close`.
    memory: Option<Arc<dyn Store>>,
}

impl Live {
    pub(crate) fn new(options: Options, on_event: Option<Arc<Py<PyAny>>>) -> Self {
        Self { options, on_event, made: ArcSwapOption::empty() }
    }

    pub(crate) fn merchant(&self) -> &MerchantOptions {
        &self.options.merchant
    }

    /// The client of this process. One that was inherited through a fork is left alone, since its connections are the parent's.
    pub(crate) fn now(&self, py: Python<'_>) -> PyResult<(WxPay, Arc<Watch>)> {
        if let Some(made) = self.made() {
            return Ok((made.pay.clone(), Arc::clone(&made.watch)));
        }
        let made = self.open(py, None)?;
        let now = (made.pay.clone(), Arc::clone(&made.watch));
        self.replace(Some(made));
        Ok(now)
    }

    /// Makes a new client, which has no connections yet.
    pub(crate) fn reopen(&self, py: Python<'_>) -> PyResult<()> {
        let memory = self.made().and_then(|made| made.memory.clone());
        self.replace(Some(self.open(py, memory)?));
        Ok(())
    }

    fn made(&self) -> Option<Arc<Made>> {
        self.made.load_full().filter(|made| made.generation == generation())
    }

    /// Makes a client for this process. A store that is given by its address is opened again.
    fn open(&self, py: Python<'_>, memory: Option<Arc<dyn Store>>) -> PyResult<Made> {
        let mut options = self.options.clone();
        let watch = Arc::new(Watch::new(self.on_event.clone()));
        options.observer = Some(Arc::clone(&watch) as Arc<dyn wxpaykit::Observer>);
        let memory = match (memory, &options.store) {
            (None, Some(Place::Address(address))) if address.expose().starts_with("memory") => {
                Some(store::open(address.expose()).raise(py)?)
            }
            (memory, _) => memory,
        };
        if let Some(memory) = &memory {
            options.store = Some(Arc::clone(memory).into());
            options.lonely = is_worker(py);
        }
        Ok(Made { generation: generation(), pay: WxPay::new(options).raise(py)?, watch, memory })
    }

    /// Replaces the client, and frees the previous one if it belongs to this process.
    fn replace(&self, next: Option<Made>) {
        let last = self.made.swap(next.map(Arc::new));
        if let Some(last) = last.filter(|made| made.generation != generation()) {
            std::mem::forget(last);
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.replace(None);
    }
}

/// Whether other processes probably serve the same shop: this one was forked after the package was imported, or is a child of
/// `multiprocessing` (uvicorn starts its workers so), or a worker of gunicorn or uWSGI.
fn is_worker(py: Python<'_>) -> bool {
    let check = || -> PyResult<bool> { py.import("wxpaykit._workers")?.call_method0("is_worker")?.extract() };
    generation() > 0 || check().unwrap_or(false)
}
