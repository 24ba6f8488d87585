//! Reads a dict of texts and integers in place.
//!
//! Under the stable ABI each new reference costs a call, and so does each release: for a signature of fifteen fields, a
//! quarter of the whole. Here no reference is taken. Values whose reading may run Python code are left to `take`, which
//! holds a reference to each.

use std::os::raw::c_char;
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A value that is read without running Python code.
pub(crate) enum Plain<'a> {
    Text(&'a str),
    Int(i64),
    None,
}

/// Calls `visit` for every name and value. Returns false, at the first that is of another type.
///
/// As long as the texts are used, no Python code may run: the dict keeps them alive, and code could empty it. The callers
/// pass the texts to core and to nothing else.
pub(crate) fn walk<'a>(dict: &'a Bound<'_, PyDict>, mut visit: impl FnMut(&'a str, Plain<'a>)) -> bool {
    let (mut at, mut name, mut value) = (0, ptr::null_mut(), ptr::null_mut());
    // SAFETY: the interpreter's lock is held, `dict` is a dict, and nothing changes it meanwhile. The references are
    // borrowed from it.
    while unsafe { ffi::PyDict_Next(dict.as_ptr(), &raw mut at, &raw mut name, &raw mut value) } != 0 {
        // SAFETY: as above; both objects live as long as the dict holds them, which is `'a`.
        let read = unsafe { text(name).zip(plain(value)) };
        let Some((name, value)) = read else { return false };
        visit(name, value);
    }
    true
}

/// # Safety
/// `object` is alive for `'a`, and the interpreter's lock is held.
unsafe fn plain<'a>(object: *mut ffi::PyObject) -> Option<Plain<'a>> {
    // SAFETY: guaranteed by the caller.
    unsafe {
        if let Some(text) = text(object) {
            return Some(Plain::Text(text));
        }
        if object == ffi::Py_None() {
            return Some(Plain::None);
        }
        if ffi::PyLong_CheckExact(object) == 0 {
            return None;
        }
        let int = ffi::PyLong_AsLongLong(object);
        if int == -1 && !ffi::PyErr_Occurred().is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        Some(Plain::Int(int))
    }
}

/// # Safety
/// `object` is alive for `'a`, and the interpreter's lock is held.
unsafe fn text<'a>(object: *mut ffi::PyObject) -> Option<&'a str> {
    // SAFETY: guaranteed by the caller. A text keeps its UTF-8 form as long as it lives, and never changes.
    unsafe {
        if ffi::PyUnicode_Check(object) == 0 {
            return None;
        }
        let mut length = 0;
        let bytes: *const c_char = ffi::PyUnicode_AsUTF8AndSize(object, &raw mut length);
        if bytes.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let bytes = std::slice::from_raw_parts(bytes.cast::<u8>(), usize::try_from(length).ok()?);
        Some(std::str::from_utf8_unchecked(bytes))
    }
}
