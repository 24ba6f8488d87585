//! The client of this process, never the one of the process that it was forked from.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwapOption;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};
use wxpaykit::{MerchantOptions, Options, Store, WxPay};

use crate::error::Raise;
use crate::runtime::generation;
use crate::watch::{Listener, Watch};

/// Settings, and the client that was made of them in this process.
pub(crate) struct Live {
    options: Options,
    on_event: Listener,
    /// The client of this process, or of the one that it was forked from. Not behind a lock: a fork could copy it locked.
    made: ArcSwapOption<Made>,
}

struct Made {
    generation: u64,
    /// `None` after `close`: the next use opens a client again.
    open: Option<(WxPay, Arc<Watch>)>,
    /// The store, when it is this process's memory: it outlives `close`.
    memory: Option<Arc<dyn Store>>,
}

/// A client with the queue of its events, and its store when that is this process's memory.
type Opened = ((WxPay, Arc<Watch>), Option<Arc<dyn Store>>);

impl Live {
    pub(crate) fn new(options: Options, on_event: Option<Py<PyAny>>) -> Self {
        Self { options, on_event: Arc::new(Mutex::new(on_event)), made: ArcSwapOption::empty() }
    }

    /// What the garbage collector has to know of.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.on_event.try_lock() {
            Ok(on_event) => on_event.as_ref().map_or(Ok(()), |on_event| visit.call(on_event)),
            // In use, so it is no garbage.
            Err(_) => Ok(()),
        }
    }

    /// Forgets what may refer to the client.
    pub(crate) fn clear(&self) {
        drop(self.on_event.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    pub(crate) fn merchant(&self) -> &MerchantOptions {
        &self.options.merchant
    }

    /// The client of this process. One that was inherited through a fork is left alone, since its connections are the parent's.
    pub(crate) fn now(&self, py: Python<'_>) -> PyResult<(WxPay, Arc<Watch>)> {
        let made = self.made();
        if let Some(now) = made.as_ref().and_then(|made| made.open.clone()) {
            return Ok(now);
        }
        let (now, memory) = self.open(py, made.and_then(|made| made.memory.clone()))?;
        self.replace(Some(Made { generation: generation(), open: Some(now.clone()), memory }));
        Ok(now)
    }

    /// Closes the connections. The next use makes a new client: one that nobody uses again needs none, and is not counted as one.
    pub(crate) fn close(&self) {
        if let Some(made) = self.made() {
            self.replace(Some(Made { generation: generation(), open: None, memory: made.memory.clone() }));
        }
    }

    fn made(&self) -> Option<Arc<Made>> {
        self.made.load_full().filter(|made| made.generation == generation())
    }

    /// Makes a client for this process. A store that is given by its address is opened again.
    fn open(&self, py: Python<'_>, memory: Option<Arc<dyn Store>>) -> PyResult<Opened> {
        let mut options = self.options.clone();
        let watch = Arc::new(Watch::new(Arc::clone(&self.on_event)));
        options.observer = Some(Arc::clone(&watch) as Arc<dyn wxpaykit::Observer>);
        let memory = match (memory, &options.store) {
            (None, Some(place)) if place.is_memory() => Some(place.clone().open().raise(py)?),
            (memory, _) => memory,
        };
        if let Some(memory) = &memory {
            options.store = Some(Arc::clone(memory).into());
            options.lonely = is_worker(py);
        }
        Ok(((WxPay::new(options).raise(py)?, watch), memory))
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
