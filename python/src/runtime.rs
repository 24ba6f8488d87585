//! The tokio runtime, also after a fork.
//!
//! The runtime is made at first use, never at import. A forked child has one thread: an inherited runtime has no worker, so
//! waiting on it hangs, and so does dropping it. Therefore the runtime is in an atomic slot. The handler that runs in the
//! child only clears the slot and raises the generation: no lock, no allocation, no drop. At its first use the child makes
//! another runtime; the old one is leaked. `client::Client` and `bridge::Bridge`, which hold connections and descriptors of a
//! runtime, compare the generation and make theirs again.

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

#[cfg(unix)]
use crate::background;

static RUNTIME: AtomicPtr<Runtime> = AtomicPtr::new(ptr::null_mut());
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// How often a waiting call checks for signals, such as Ctrl-C.
const SIGNALS: Duration = Duration::from_millis(100);

/// Registers the fork handlers. Python imports a module once, so this is done once, before any runtime.
pub(crate) fn watch_forks() {
    // SAFETY: the handlers are functions that live as long as the process; those after the fork only store to atomics.
    #[cfg(unix)]
    unsafe {
        libc::pthread_atfork(Some(before_fork), Some(parent_forked), Some(forked));
    }
    #[cfg(target_os = "linux")]
    if let Some(mark) = mark() {
        fork::marked(mark);
    }
}

/// A number that the kernel sets to zero in every new process. `None` where the kernel cannot do that: then core asks for the
/// process's number each time.
#[cfg(target_os = "linux")]
fn mark() -> Option<&'static AtomicU64> {
    let size = std::mem::size_of::<AtomicU64>();
    // SAFETY: a page of its own, zeroed by the kernel, is a valid `AtomicU64`. Nothing unmaps it once it is given out.
    unsafe {
        let page = libc::mmap(
            ptr::null_mut(),
            size,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
            -1,
            0,
        );
        if page == libc::MAP_FAILED {
            return None;
        }
        if libc::madvise(page, size, libc::MADV_WIPEONFORK) != 0 {
            libc::munmap(page, size);
            return None;
        }
        Some(&*page.cast::<AtomicU64>())
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
    background::forked();
    RUNTIME.store(ptr::null_mut(), Ordering::SeqCst);
    GENERATION.fetch_add(1, Ordering::SeqCst);
}

/// The number of forks between the process that imported the module and this one.
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
    made.worker_threads(1).thread_name("wxpaykit").on_thread_park(wake::before_park).enable_all();
    let made = made
        .build()
        .map_err(|error| PyOSError::new_err(format!("the network thread could not be started: {error}")))?;
    let made = Box::into_raw(Box::new(made));
    match RUNTIME.compare_exchange(ptr::null_mut(), made, Ordering::SeqCst, Ordering::SeqCst) {
        // SAFETY: as above.
        Ok(_) => Ok(unsafe { &*made }),
        Err(first) => {
            // SAFETY: `made` was not stored, and `first` belongs to another thread and is never freed.
            let (made, first) = unsafe { (Box::from_raw(made), &*first) };
            made.shutdown_background();
            Ok(first)
        }
    }
}

/// Waits for `work` on this thread, without the interpreter's lock. If a signal handler raises, as Ctrl-C does, the work is
/// dropped and the exception is returned. `meanwhile` runs with the lock at each check for signals.
///
/// The process does not end while the second part of the result is kept.
pub(crate) fn block_on<F>(py: Python<'_>, work: F, meanwhile: impl Fn()) -> PyResult<(F::Output, background::Running)>
where
    F: Future + Send,
    F::Output: Send,
{
    let runtime = runtime()?;
    let mut work = pin!(work);
    loop {
        let turn = async { tokio::time::timeout(SIGNALS, work.as_mut()).await };
        let (turn, running) = background::detach(py, || runtime.block_on(turn));
        if let Ok(output) = turn {
            return Ok((output, running));
        }
        py.check_signals()?;
        meanwhile();
    }
}
