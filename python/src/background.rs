//! Python that this module runs: on its own threads, methods of a store, and `logging` for core's warnings; on the caller's thread, functions for
//! events.
//!
//! At exit the process waits for it, and daemon threads stop. Python up to 3.13 unwinds a thread that waits for the GIL then; Rust cannot be
//! unwound so, and the process would abort after all its work was done.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

/// How much of it runs or waits for its turn. Not behind a lock: a fork could copy it locked.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// The longest time that the end of a process waits: a method that hangs does not hold it up.
const LONGEST: Duration = Duration::from_secs(1);

/// The thread that ends the process, once it has begun to.
static ENDING: OnceLock<ThreadId> = OnceLock::new();

/// Python that runs, for as long as this is kept.
pub(crate) struct Running;

impl Running {
    fn begin() -> Self {
        RUNNING.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A forked child starts at 0. If such a method forked, it ends in the child too: it must not go below 0.
        let _ = RUNNING.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |running| running.checked_sub(1));
    }
}

/// For Python that runs on the caller's thread, a daemon thread perhaps. `None` when the process is ending, by another thread: Python would end
/// this one inside the function.
pub(crate) fn on_this_thread() -> Option<Running> {
    let running = Running::begin();
    let is_ending = ENDING.get().is_some_and(|ending| *ending != thread::current().id());
    (!is_ending).then_some(running)
}

/// Runs `work` without the interpreter's lock. If the process is ending by then, this thread stays here. The process does not end while the second
/// part of the result is kept.
pub(crate) fn detach<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> (T, Running) {
    py.detach(|| {
        let done = work();
        let running = on_this_thread().unwrap_or_else(|| {
            loop {
                thread::park();
            }
        });
        (done, running)
    })
}

/// Runs `work` with the interpreter, on a thread that may wait for it; `None` when it is being shut down.
pub(crate) fn spawn<T: Send + 'static>(
    runtime: &Handle,
    work: impl FnOnce(Python<'_>) -> T + Send + 'static,
) -> JoinHandle<Option<T>> {
    let running = Running::begin();
    runtime.spawn_blocking(move || {
        let _running = running;
        Python::try_attach(work)
    })
}

/// In a forked child no thread of its parent runs.
pub(crate) fn forked() {
    RUNNING.store(0, Ordering::SeqCst);
}

/// Waits at the end of the process for what still runs.
#[pyfunction]
fn wait_at_exit(py: Python<'_>) {
    let _ = ENDING.set(thread::current().id());
    let end = Instant::now() + LONGEST;
    py.detach(|| {
        while RUNNING.load(Ordering::SeqCst) > 0 && Instant::now() < end {
            thread::sleep(Duration::from_millis(1));
        }
    });
}

/// Registers that wait. Python runs it before those of modules that were imported earlier, such as `logging`.
pub(crate) fn watch_exit(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let wait = wrap_pyfunction!(wait_at_exit, module)?;
    module.py().import("atexit")?.call_method1("register", (wait,)).map(drop)
}
