//! A client's attempts as events, for the user's `on_event` and for `logging`.
//!
//! An attempt may end on any thread, with or without the interpreter's lock, so core's observer only queues. The thread that
//! made the call reports the events while it holds the lock anyway: when the call ends, and ten times a second while it waits.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyDict;
use pyo3::{ffi, intern};
use wxpaykit::Observer;
use wxpaykit::binding::display::short;

use crate::background;
use crate::once::once;

/// A finished attempt at a call. It contains nothing secret.
///
/// Attributes:
///     endpoint: The call, such as ``unifiedorder`` or ``oauth.access_token``.
///     out_trade_no: The merchant's number of the order: the call's own, or that of the notification which it confirms.
///         ``None`` for other calls.
///     host: The host that the request was sent to, with its scheme.
///     attempt: Which attempt, counted from 1.
///     status: The HTTP status; ``None`` without an answer.
///     milliseconds: How long the attempt took.
///     outcome: ``ok``; or how it failed: ``not_sent``, ``timed_out``, ``no_answer``, ``not_authentic``, ``trouble``,
///         ``too_many``, ``ask_first``, ``later`` or ``refused``.
///     code: ``None`` on success. Else WeChat's code, such as ``ORDERPAID``, or a code of this package, such as
///         ``cancelled`` when the caller gave the call up.
///     again: Whether another attempt follows.
#[pyclass(frozen, get_all, module = "wxpaykit._native")]
pub(crate) struct Event {
    endpoint: &'static str,
    out_trade_no: Option<String>,
    host: String,
    attempt: u32,
    status: Option<u16>,
    milliseconds: f64,
    outcome: &'static str,
    code: Option<String>,
    again: bool,
}

#[pymethods]
impl Event {
    fn __repr__(&self) -> String {
        let Self { endpoint, host, attempt, outcome, milliseconds, .. } = self;
        let code = self.code.as_ref().map(|code| format!(" {}", short(code))).unwrap_or_default();
        let again = if self.again { ", again" } else { "" };
        let order = self.out_trade_no.as_ref().map(|number| format!(" of order {}", short(number))).unwrap_or_default();
        format!("<{endpoint}{order} at {host}, attempt {attempt}: {outcome}{code} after {milliseconds:.0} ms{again}>")
    }

    /// All attributes by their names.
    fn to_dict<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(slf.py());
        for name in
            ["outcome", "code", "endpoint", "out_trade_no", "host", "attempt", "status", "milliseconds", "again"]
        {
            dict.set_item(name, slf.getattr(name)?)?;
        }
        Ok(dict)
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("wxpaykit._display")?.call_method1("html", ("Event", Self::to_dict(slf)?))
    }

    fn _repr_pretty_(slf: &Bound<'_, Self>, printer: &Bound<'_, PyAny>, cycle: bool) -> PyResult<()> {
        // An event holds no object that could hold the event.
        let _ = cycle;
        let items = Self::to_dict(slf)?;
        slf.py().import("wxpaykit._display")?.call_method1("pretty", (printer, "Event", items)).map(drop)
    }
}

/// The user's function for events, until the garbage collector takes it away: it may refer to the client.
pub(crate) type Listener = Arc<Mutex<Option<Py<PyAny>>>>;

/// The events of one client that are not reported yet.
pub(crate) struct Watch {
    on_event: Listener,
    /// Each with its level in the log.
    events: Mutex<Vec<(Event, u8)>>,
}

/// The most events that are kept; later ones are dropped.
const QUEUE: usize = 10_000;

impl Watch {
    pub(crate) fn new(on_event: Listener) -> Self {
        Self { on_event, events: Mutex::default() }
    }

    /// Reports the queued events. An exception in a listener goes to `sys.unraisablehook`: the call does not fail.
    pub(crate) fn tell(&self, py: Python<'_>) {
        let events = std::mem::take(&mut *self.events.lock().unwrap_or_else(PoisonError::into_inner));
        if events.is_empty() {
            return;
        }
        let Some(_running) = background::on_this_thread() else { return };
        if let Err(error) = self.tell_all(py, events) {
            error.write_unraisable(py, None);
        }
    }

    fn tell_all(&self, py: Python<'_>, events: Vec<(Event, u8)>) -> PyResult<()> {
        let logger = logger(py)?;
        let debug = match logger {
            Some(logger) => logger.call_method1(intern!(py, "isEnabledFor"), (DEBUG,))?.is_truthy()?,
            None => false,
        };
        // The lock is not held while it runs. No other thread can hold it at a fork, which has the interpreter's lock.
        let on_event = {
            let listener = self.on_event.lock().unwrap_or_else(PoisonError::into_inner);
            listener.as_ref().map(|on_event| on_event.clone_ref(py))
        };
        for (event, level) in events {
            let logged = logger.filter(|_| debug || level == WARNING);
            if on_event.is_none() && logged.is_none() {
                continue;
            }
            let event = Bound::new(py, event)?;
            if let Some(logger) = logged {
                logger.call_method1(intern!(py, "log"), (level, intern!(py, "%r"), &event))?;
            }
            if let Some(on_event) = &on_event
                && let Err(error) = on_event.call1(py, (&event,))
            {
                error.write_unraisable(py, Some(on_event.bind(py)));
            }
        }
        Ok(())
    }
}

impl Observer for Watch {
    fn attempted(&self, event: &wxpaykit::Event<'_>) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.len() < QUEUE {
            let failed_for_good = event.error.is_some() && !event.again && !event.expected;
            let level = if failed_for_good { WARNING } else { DEBUG };
            let event = Event {
                endpoint: event.endpoint,
                out_trade_no: event.out_trade_no.map(str::to_owned),
                host: event.host.to_owned(),
                attempt: event.attempt,
                status: event.status,
                milliseconds: event.elapsed.as_secs_f64() * 1e3,
                outcome: event.outcome(),
                code: event.code(),
                again: event.again,
            };
            events.push((event, level));
        }
    }
}

/// The levels of `logging`.
const DEBUG: u8 = 10;
const WARNING: u8 = 30;

/// The logger of attempts; `None` while the program has not imported `logging`. Importing it takes longer than importing this
/// package.
fn logger(py: Python<'_>) -> PyResult<Option<&Bound<'_, PyAny>>> {
    static LOGGER: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    if LOGGER.get(py).is_none() {
        // SAFETY: gives a reference that is borrowed from the interpreter, whose lock is held.
        let modules = unsafe { Bound::from_borrowed_ptr(py, ffi::PyImport_GetModuleDict()) };
        if !modules.cast_into::<PyDict>()?.contains(intern!(py, "logging"))? {
            return Ok(None);
        }
    }
    let logger = once(py, &LOGGER, || {
        let logging = py.import("logging")?;
        let logger = logging.call_method1("getLogger", ("wxpaykit.attempts",))?;
        // Failures are raised to the caller. Without a handler of the program's own, nothing else is printed.
        logger.call_method1("addHandler", (logging.call_method0("NullHandler")?,))?;
        Ok(logger.unbind())
    })?;
    Ok(Some(logger.bind(py)))
}
