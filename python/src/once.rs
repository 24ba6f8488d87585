//! Python objects that are made once.
//!
//! `PyOnceLock::get_or_init` runs its closure under a lock that the thread itself waits for if the closure comes back to it.
//! Python code can do that: a signal handler, a destructor, or a logger class that makes a call. So the value is made
//! outside the lock, perhaps more than once, and the first one stays.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// The value in `cell`, made by `make` if there is none.
pub(crate) fn once<'a, T>(
    py: Python<'_>,
    cell: &'a PyOnceLock<T>,
    make: impl FnOnce() -> PyResult<T>,
) -> PyResult<&'a T> {
    if let Some(value) = cell.get(py) {
        return Ok(value);
    }
    let made = make()?;
    // Nothing that the closure runs is Python code.
    Ok(cell.get_or_init(py, || made))
}
