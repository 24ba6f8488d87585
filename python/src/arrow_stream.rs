//! A stream of Arrow's C interface, in the capsule that Python's packages take: what `__arrow_c_stream__` returns.
//!
//! `arrow-array` has such a stream too, but brings 500 KB into the module and twice as long a build as the crates for buffers, which
//! are enough for a bill's columns. So the four functions of a stream stand here.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Mutex, PoisonError, TryLockError};

use arrow_data::ArrayData;
use arrow_data::ffi::FFI_ArrowArray;
use arrow_schema::Schema;
use arrow_schema::ffi::FFI_ArrowSchema;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use wxpaykit::binding::language::{language, phrase};
use wxpaykit::doctor::Language;

/// Numbers of errno, which are the same on all systems that the package is made for.
const EIO: c_int = 5;
const EBUSY: c_int = 16;
/// In English and in Chinese. A reader keeps the address of an error's text.
const BUSY: [&CStr; 2] = [c"the stream is busy: another thread reads it", c"流正被另一个线程读取"];
const EINVAL: c_int = 22;

/// Gives the next rows; `None` at the end, or why there are none. Any thread may call it, with or without Python's lock.
pub(crate) type Next = Box<dyn FnMut() -> Result<Option<ArrayData>, String> + Send>;

/// The stream of these columns, for one reader.
pub(crate) fn capsule(py: Python<'_>, schema: Schema, next: Next) -> PyResult<Bound<'_, PyCapsule>> {
    // The capsule's destructor drops the stream, unless a reader has moved it out: then `release` is null in it.
    PyCapsule::new_with_value(py, Stream::new(State { schema, next: Some(next), failure: None }), c"arrow_array_stream")
}

/// The columns alone, for one reader.
pub(crate) fn schema_capsule<'py>(py: Python<'py>, schema: &Schema) -> PyResult<Bound<'py, PyCapsule>> {
    let schema = FFI_ArrowSchema::try_from(schema).map_err(|error| PyValueError::new_err(error.to_string()))?;
    PyCapsule::new_with_value(py, schema, c"arrow_schema")
}

/// `struct ArrowArrayStream` of the specification.
#[repr(C)]
struct Stream {
    get_schema: Option<unsafe extern "C" fn(*mut Stream, *mut FFI_ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut Stream, *mut FFI_ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut Stream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut Stream)>,
    private_data: *mut c_void,
}

// SAFETY: `private_data` is a `Mutex<State>`, whose parts are `Send`.
unsafe impl Send for Stream {}

/// In a lock: the specification wants one reader at a time, and Python's packages do not see to it. A second thread is told that the stream is
/// busy. It must not wait: it may hold Python's lock, which the first one needs.
struct State {
    schema: Schema,
    /// `None` after the end and after a failure.
    next: Option<Next>,
    /// Returned again by every later read, so that none looks like the end.
    failure: Option<CString>,
}

impl Stream {
    fn new(state: State) -> Self {
        Self {
            get_schema: Some(get_schema),
            get_next: Some(get_next),
            get_last_error: Some(get_last_error),
            release: Some(release),
            private_data: Box::into_raw(Box::new(Mutex::new(state))).cast(),
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        if let Some(release) = self.release {
            // SAFETY: it is this stream's own function, and it was not called yet, or it would be null.
            unsafe { release(self) }
        }
    }
}

impl State {
    fn schema(&mut self) -> Result<FFI_ArrowSchema, c_int> {
        let schema = FFI_ArrowSchema::try_from(&self.schema);
        schema.map_err(|error| self.fail(error.to_string()))
    }

    /// The next rows; a released array is the end of the stream.
    fn next(&mut self) -> Result<FFI_ArrowArray, c_int> {
        if self.failure.is_some() {
            return Err(EIO);
        }
        match self.next.as_mut().map_or(Ok(None), |next| next()) {
            Ok(Some(rows)) => Ok(FFI_ArrowArray::new(&rows)),
            Ok(None) => {
                self.next = None;
                Ok(FFI_ArrowArray::empty())
            }
            Err(why) => Err(self.fail(why)),
        }
    }

    fn fail(&mut self, why: String) -> c_int {
        self.next = None;
        // The first failure stays: a reader may have the address of its text. Without the NULs, which end a C text.
        if self.failure.is_none() {
            self.failure = CString::new(why.replace('\0', " ")).ok();
        }
        EIO
    }
}

unsafe extern "C" fn get_schema(stream: *mut Stream, out: *mut FFI_ArrowSchema) -> c_int {
    // SAFETY: the reader calls it with a stream that is not released, and with room for a schema.
    unsafe { answer(stream, out, State::schema) }
}

unsafe extern "C" fn get_next(stream: *mut Stream, out: *mut FFI_ArrowArray) -> c_int {
    // SAFETY: as for `get_schema`, with room for an array.
    unsafe { answer(stream, out, State::next) }
}

unsafe extern "C" fn get_last_error(stream: *mut Stream) -> *const c_char {
    // SAFETY: the stream is not released. The text lives until the stream is released, longer than the specification asks.
    let state = unsafe { (*stream).private_data.cast::<Mutex<State>>().as_ref() };
    let failure = |state: &Mutex<State>| Some(state.try_lock().ok()?.failure.as_ref()?.as_ptr());
    // Without a failure, the only error is that another thread reads; it may have ended since.
    let [english, chinese] = BUSY;
    let busy = match language() {
        Language::English => english,
        Language::Chinese => chinese,
    };
    state.and_then(failure).unwrap_or(busy.as_ptr())
}

unsafe extern "C" fn release(stream: *mut Stream) {
    // SAFETY: the reader calls it once, with a stream that is not released; `private_data` came from `Box::into_raw`.
    let state = unsafe {
        (*stream).release = None;
        let state = std::mem::replace(&mut (*stream).private_data, ptr::null_mut());
        (!state.is_null()).then(|| Box::from_raw(state.cast::<Mutex<State>>()))
    };
    // A panic must not leave a function that C calls.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(state)));
}

/// Writes what `make` makes into `out`. Returns 0, or a number of errno: `EBUSY` while another thread reads.
///
/// # Safety
/// `stream` is a stream of this file that is not released; `out` has room for a `T`.
unsafe fn answer<T>(stream: *mut Stream, out: *mut T, make: impl FnOnce(&mut State) -> Result<T, c_int>) -> c_int {
    // SAFETY: `private_data` is this stream's state until it is released.
    let Some(state) = (unsafe { (*stream).private_data.cast::<Mutex<State>>().as_ref() }) else { return EINVAL };
    let mut state = match state.try_lock() {
        Ok(state) => state,
        Err(TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
        Err(TryLockError::WouldBlock) => return EBUSY,
    };
    match catch_unwind(AssertUnwindSafe(|| make(&mut state))) {
        // SAFETY: `out` has room. What is there is not dropped: the specification says that it was not written yet.
        Ok(Ok(made)) => unsafe {
            ptr::write(out, made);
            0
        },
        Ok(Err(errno)) => errno,
        Err(_) => state.fail(phrase("a bug in wxpaykit: reading the bill panicked").into_owned()),
    }
}
