//! A dict of texts and integers, read in place.
//!
//! Under the stable ABI each reference taken costs a call, and so does each given back: for a signature of fifteen fields
//! a quarter of the whole. Nothing is taken here. What cannot be read without running Python's code is left to
//! `convert`, which holds what it reads.

use std::os::raw::c_char;
use std::ptr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A value whose reading runs none of Python's code.
pub(crate) enum Plain<'a> {
    Text(&'a str),
    Int(i64),
    None,
}

/// Gives `visit` every name and value, and says whether it could. Neither `visit` nor whoever uses what it kept may run
/// Python's code: it is the dict that keeps the texts alive, and code could empty it. Its callers hand the
/// texts to core and to nothing else.
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
    // SAFETY: the caller's.
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
    // SAFETY: the caller's. A text keeps its UTF-8 form as long as it lives, and never changes.
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
