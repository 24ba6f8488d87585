//! The tokio runtime, and what fork does to it.
//!
//! It is made on first use and never at import. fork() leaves a child with one thread: a runtime it inherits has no worker
//! left and hangs whoever waits on it, and dropping it waits for threads that do not exist. So the runtime lies in an
//! atomic slot, and the handler that runs in a child does nothing but null the slot and raise the generation: no lock, no
//! allocation, no drop. The child's first use makes another; the old one is leaked. Whatever holds connections or
//! descriptors of a runtime (`client::Client`, `bridge::Bridge`) compares the generation and makes its own again.

use std::future::Future;
use std::pin::pin;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};
use std::time::Duration;

use pyo3::exceptions::PyOSError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use wxpaykit::binding::wake;
#[cfg(unix)]
use wxpaykit::fork;

static RUNTIME: AtomicPtr<Runtime> = AtomicPtr::new(ptr::null_mut());
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// How long a call waits before it looks for signals: Ctrl-C is seen within this.
const SIGNALS: Duration = Duration::from_millis(100);

/// Registers the handler. Python imports a module once, so it is there before any runtime.
pub(crate) fn watch_forks() {
    // SAFETY: the handlers are functions that live as long as the process; those after the fork only store to atomics.
    #[cfg(unix)]
    unsafe {
        if libc::pthread_atfork(Some(before_fork), Some(parent_forked), Some(forked)) == 0 {
            fork::watched();
        }
    }
}

#[cfg(unix)]
extern "C" fn before_fork() {
    fork::before();
}

#[cfg(unix)]
extern "C" fn parent_forked() {
    fork::in_parent();
}

#[cfg(unix)]
extern "C" fn forked() {
    fork::in_child();
    RUNTIME.store(ptr::null_mut(), Ordering::SeqCst);
    GENERATION.fetch_add(1, Ordering::SeqCst);
}

/// How many forks lie between this process and the one that imported the module.
pub(crate) fn generation() -> u64 {
    GENERATION.load(Ordering::SeqCst)
}

/// This process's runtime.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    let current = RUNTIME.load(Ordering::SeqCst);
    // SAFETY: what is stored comes from `Box::into_raw` below and is never freed.
    if let Some(runtime) = unsafe { current.as_ref() } {
        return Ok(runtime);
    }
    // One worker: calls spend their time waiting, and the interpreter needs the other cores.
    let mut made = Builder::new_multi_thread();
    made.worker_threads(1).thread_name("wxpaykit").on_thread_park(wake::before_sleep).enable_all();
    let made = made.build().map_err(|error| PyOSError::new_err(format!("no thread for network I/O: {error}")))?;
    let made = Box::into_raw(Box::new(made));
    match RUNTIME.compare_exchange(ptr::null_mut(), made, Ordering::SeqCst, Ordering::SeqCst) {
        // SAFETY: as above.
        Ok(_) => Ok(unsafe { &*made }),
        Err(first) => {
            // SAFETY: `made` was stored nowhere, and `first` is another thread's, never freed.
            let (made, first) = unsafe { (Box::from_raw(made), &*first) };
            made.shutdown_background();
            Ok(first)
        }
    }
}

/// Waits for `work` on this thread without the interpreter's lock. A signal's exception, such as KeyboardInterrupt, ends
/// the work. `meanwhile` runs with the lock, now and then.
pub(crate) fn block_on<F>(py: Python<'_>, work: F, meanwhile: impl Fn()) -> PyResult<F::Output>
where
    F: Future + Send,
    F::Output: Send,
{
    let runtime = runtime()?;
    let mut work = pin!(work);
    loop {
        let turn = py.detach(|| runtime.block_on(async { tokio::time::timeout(SIGNALS, work.as_mut()).await }));
        if let Ok(output) = turn {
            return Ok(output);
        }
        py.check_signals()?;
        meanwhile();
    }
}
