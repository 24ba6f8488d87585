//! Passes finished calls from tokio to one asyncio loop: a queue, and one descriptor that the loop watches. Where a loop watches none, as on
//! Windows, a thread waits in its place.
//!
//! On tokio's side calls are numbers, never Python objects, so it needs no interpreter and may outlive it. The descriptor is
//! written once for all calls in the queue: a batch costs one system call and one turn of the loop.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::exceptions::{PyOSError, PyRuntimeError};
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit, intern};
use tokio::task::AbortHandle;
use wxpaykit::binding::job::{About, Output};
use wxpaykit::binding::wake::{self, Waker};
use wxpaykit::{Error, Outcome, StoreError};

use crate::error::to_python;
use crate::job::{Job, to_object};
use crate::runtime::{generation, runtime};
use crate::watch::Watch;

/// One event loop's end of the bridge.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Bridge {
    queue: Arc<Queue>,
    calls: Mutex<Calls>,
    generation: u64,
}

#[derive(Default)]
struct Calls {
    last: u64,
    running: HashMap<u64, Running>,
}

struct Running {
    future: Py<PyAny>,
    /// `None` for a job that must not be aborted.
    task: Option<AbortHandle>,
    about: About,
    watch: Arc<Watch>,
}

/// How long a claimed payment waits for its loop.
const UNTAKEN: Duration = Duration::from_secs(60);

/// The result of a call; `None` when its task panicked or was dropped.
type CallResult = Option<Result<Output, Error>>;

struct Queue {
    finished: Mutex<Vec<(u64, CallResult)>>,
    /// Whether the signal is raised, or will be at once.
    raised: AtomicBool,
    signal: Signal,
}

#[pymethods]
impl Bridge {
    /// `watched`: whether the loop can watch a descriptor.
    #[new]
    fn new(watched: bool) -> PyResult<Self> {
        let signal = Signal::new(watched).map_err(|error| PyOSError::new_err(error.to_string()))?;
        let queue = Queue { finished: Mutex::default(), raised: AtomicBool::new(false), signal };
        Ok(Self { queue: Arc::new(queue), calls: Mutex::default(), generation: generation() })
    }

    /// The descriptor that the loop watches for reading. `None` where a thread is to wait for the bell.
    fn fileno(&self) -> Option<i32> {
        self.queue.signal.reader()
    }

    /// What a thread waits for where the loop watches no descriptor.
    fn bell(&self) -> Bell {
        Bell(Arc::clone(&self.queue))
    }

    /// Whether the bridge belongs to a process that this one was forked from.
    fn stale(&self) -> bool {
        self.generation != generation()
    }

    /// Starts a call, whose result `future` will get. Returns the number of the call.
    fn start(&self, job: &Job, future: Py<PyAny>) -> PyResult<u64> {
        let runtime = runtime()?;
        let task = job.take()?;
        let (about, watch, may_end) = (task.about(), task.watch(), !task.runs_to_its_end());
        let mut calls = locked(&self.calls);
        calls.last += 1;
        let call = calls.last;
        let delivery = Delivery { queue: Arc::clone(&self.queue), call, outcome: None };
        let task = runtime.spawn(async move {
            let mut delivery = delivery;
            // Boxed so that one thread allocates and frees it; frees across threads contend in the allocator.
            let outcome = Box::pin(task.run()).await;
            let is_claimed = outcome.as_ref().is_ok_and(Output::is_claimed);
            let kept = is_claimed.then(|| Arc::clone(&delivery.queue));
            delivery.outcome = Some(outcome);
            drop(delivery);
            // The loop that takes the payment aborts this task.
            if let Some(queue) = kept {
                tokio::time::sleep(UNTAKEN).await;
                queue.give_up(call).await;
            }
        });
        let task = may_end.then(|| task.abort_handle());
        calls.running.insert(call, Running { future, task, about, watch });
        Ok(call)
    }

    /// Aborts a call and its HTTP request. Returns the error, which says what is known of the call.
    fn cancel<'py>(&self, py: Python<'py>, call: u64) -> Option<Bound<'py, PyAny>> {
        let running = locked(&self.calls).running.remove(&call)?;
        if let Some(task) = running.task {
            task.abort();
        }
        running.watch.tell(py);
        Some(to_python(py, &running.about.cancelled(Outcome::Unknown)).into_value(py).into_bound(py).into_any())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self.calls.try_lock() {
            Ok(calls) => calls.running.values().try_for_each(|running| visit.call(&running.future)),
            // In use, so it is no garbage.
            Err(_) => Ok(()),
        }
    }

    fn __clear__(&self) {
        self.abandon();
    }

    /// Sets the results of all finished calls: the loop's callback.
    fn drain(&self, py: Python<'_>) -> PyResult<()> {
        self.queue.signal.clear();
        self.queue.raised.store(false, Ordering::SeqCst);
        let batch = std::mem::take(&mut *locked(&self.queue.finished));
        for (call, outcome) in batch {
            // A cancelled call is not in the map any more.
            let Some(running) = locked(&self.calls).running.remove(&call) else {
                give_back(outcome);
                continue;
            };
            running.watch.tell(py);
            if let Some(task) = running.task {
                task.abort();
            }
            let future = running.future.bind(py);
            if future.call_method0(intern!(py, "done"))?.is_truthy()? {
                give_back(outcome);
                continue;
            }
            match result(py, outcome) {
                Ok(value) => future.call_method1(intern!(py, "set_result"), (value,))?,
                Err(error) => future.call_method1(intern!(py, "set_exception"), (error.into_value(py),))?,
            };
        }
        Ok(())
    }
}

impl Bridge {
    /// Ends the calls that nobody waits for any more.
    fn abandon(&self) {
        let running = std::mem::take(&mut locked(&self.calls).running);
        if self.stale() {
            return;
        }
        for task in running.into_values().filter_map(|running| running.task) {
            task.abort();
        }
        for (_, outcome) in std::mem::take(&mut *locked(&self.queue.finished)) {
            give_back(outcome);
        }
    }
}

impl Queue {
    /// Gives back what no loop has taken. A loop that was closed during the call never does, and the payment's lease
    /// would be renewed as long as this process lives.
    async fn give_up(&self, call: u64) {
        let late = || StoreError::new("the event loop did not take the payment within a minute").into();
        let untaken = {
            let mut finished = locked(&self.finished);
            finished
                .iter_mut()
                .find(|(finished, _)| *finished == call)
                .and_then(|(_, outcome)| outcome.replace(Err(late())))
        };
        if let Some(Ok(output)) = untaken {
            output.give_back().await;
        }
    }
}

/// A result that nobody takes any more: its call was cancelled while it was on its way.
fn give_back(outcome: CallResult) {
    if let (Some(Ok(output)), Ok(runtime)) = (outcome, runtime())
        && output.is_claimed()
    {
        runtime.spawn(output.give_back());
    }
}

impl Waker for Queue {
    fn wake(&self) {
        self.signal.raise();
    }
}

fn result(py: Python<'_>, outcome: CallResult) -> PyResult<Bound<'_, PyAny>> {
    match outcome {
        Some(Ok(output)) => to_object(py, output),
        Some(Err(error)) => Err(to_python(py, &error)),
        None => {
            Err(PyRuntimeError::new_err("the call ended without a result: please report this as a bug of wxpaykit"))
        }
    }
}

/// Delivers the result of a call when dropped, so that no panic leaves a future waiting.
struct Delivery {
    queue: Arc<Queue>,
    call: u64,
    outcome: CallResult,
}

impl Drop for Delivery {
    fn drop(&mut self) {
        locked(&self.queue.finished).push((self.call, self.outcome.take()));
        wake::notify(&self.queue, !self.queue.raised.swap(true, Ordering::SeqCst));
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a thread waits for: it lives as long as the thread, and does not keep the bridge alive.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Bell(Arc<Queue>);

#[pymethods]
impl Bell {
    /// Waits until calls have finished. `False` when no more will: the loop is gone, or Python ends.
    fn wait(&self, py: Python<'_>) -> bool {
        py.detach(|| match &self.0.signal {
            Signal::Rung(rung) => rung.wait(),
            #[cfg(unix)]
            Signal::Written(_) => false,
        })
    }

    /// Ends the wait for good.
    fn close(&self) {
        self.0.signal.close();
    }
}

/// The loop is gone with its bridge.
impl Drop for Bridge {
    fn drop(&mut self) {
        self.abandon();
        self.queue.signal.close();
    }
}

/// Tells the loop from any thread that calls have finished.
enum Signal {
    /// By a descriptor that the loop watches.
    #[cfg(unix)]
    Written(Descriptor),
    /// By a thread that waits.
    Rung(Rung),
}

impl Signal {
    #[cfg(unix)]
    fn new(watched: bool) -> io::Result<Self> {
        Ok(if watched { Self::Written(Descriptor::new()?) } else { Self::Rung(Rung::default()) })
    }

    /// Loops of this platform watch sockets alone.
    #[cfg(not(unix))]
    fn new(_watched: bool) -> io::Result<Self> {
        Ok(Self::Rung(Rung::default()))
    }

    fn reader(&self) -> Option<i32> {
        match self {
            #[cfg(unix)]
            Self::Written(descriptor) => Some(descriptor.reader()),
            Self::Rung(_) => None,
        }
    }

    fn raise(&self) {
        match self {
            #[cfg(unix)]
            Self::Written(descriptor) => descriptor.raise(),
            Self::Rung(rung) => rung.set(|state| state.raised = true),
        }
    }

    fn clear(&self) {
        match self {
            #[cfg(unix)]
            Self::Written(descriptor) => descriptor.clear(),
            // The thread that waited has cleared it.
            Self::Rung(_) => {}
        }
    }

    fn close(&self) {
        match self {
            #[cfg(unix)]
            Self::Written(_) => {}
            Self::Rung(rung) => rung.set(|state| state.closed = true),
        }
    }
}

#[derive(Default)]
struct Rung {
    state: Mutex<RungState>,
    changed: Condvar,
}

#[derive(Default)]
struct RungState {
    raised: bool,
    closed: bool,
}

impl Rung {
    fn set(&self, change: impl FnOnce(&mut RungState)) {
        change(&mut locked(&self.state));
        self.changed.notify_all();
    }

    /// `false` once it is closed.
    fn wait(&self) -> bool {
        let state = locked(&self.state);
        let waited = self.changed.wait_while(state, |state| !state.raised && !state.closed);
        let mut state = waited.unwrap_or_else(PoisonError::into_inner);
        state.raised = false;
        !state.closed
    }
}

/// A descriptor that can be made readable from any thread: an eventfd, or a pipe where there is none.
#[cfg(unix)]
struct Descriptor {
    reader: std::os::fd::OwnedFd,
    /// `None` when the reader is an eventfd, which is written itself.
    writer: Option<std::os::fd::OwnedFd>,
}

#[cfg(unix)]
impl Descriptor {
    #[cfg(target_os = "linux")]
    fn new() -> io::Result<Self> {
        use std::os::fd::FromRawFd;
        // SAFETY: takes and gives plain integers.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the descriptor was just opened, and nothing else owns it.
        Ok(Self { reader: unsafe { std::os::fd::OwnedFd::from_raw_fd(fd) }, writer: None })
    }

    #[cfg(not(target_os = "linux"))]
    fn new() -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        let (reader, writer) = io::pipe()?;
        for fd in [reader.as_raw_fd(), writer.as_raw_fd()] {
            // SAFETY: both descriptors are open and ours.
            if unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) } < 0 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(Self { reader: reader.into(), writer: Some(writer.into()) })
    }

    fn reader(&self) -> i32 {
        use std::os::fd::AsRawFd;
        self.reader.as_raw_fd()
    }

    fn raise(&self) {
        use std::os::fd::AsRawFd;
        let one = 1_u64.to_ne_bytes();
        let fd = self.writer.as_ref().unwrap_or(&self.reader).as_raw_fd();
        // SAFETY: the buffer has that length. A full pipe or counter is readable already, so a failure loses nothing.
        let _ = unsafe { libc::write(fd, one.as_ptr().cast(), one.len()) };
    }

    fn clear(&self) {
        let mut buffer = [0_u8; 64];
        // SAFETY: the buffer has that length. A failure means that there was nothing to read.
        let _ = unsafe { libc::read(self.reader(), buffer.as_mut_ptr().cast(), buffer.len()) };
    }
}
