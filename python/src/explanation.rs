//! Why a signature differs, as an object of Python.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use wxpaykit::binding::display::{clean, clean_lines};
use wxpaykit::binding::language::language;
use wxpaykit::doctor;

/// Why a signature differs: the mistake, the text that should be signed, and the text that probably was.
///
/// ``print`` shows all of it, with the part that differs between « and »; a notebook shows a table. On a
/// ``SignatureError`` it prints as one line, and ``text`` has the rest. It contains no key and no right signature.
#[pyclass(frozen, eq, module = "wxpaykit._native")]
#[derive(PartialEq)]
pub(crate) struct Explanation(pub(crate) doctor::Explanation);

#[pymethods]
impl Explanation {
    /// Made by this package. ``given`` is a line of text, or the dict of ``to_dict``.
    #[new]
    #[pyo3(signature = (given=None))]
    fn new(given: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let Some(given) = given else { return Ok(Self::of_text("")) };
        if let Ok(text) = given.cast::<PyString>() {
            return Ok(Self::of_text(text.to_str()?));
        }
        let Ok(fields) = given.cast::<PyDict>() else {
            return Err(PyTypeError::new_err("an Explanation is made of a text, or of the dict that to_dict() gave"));
        };
        let fields: Vec<(String, Option<String>)> =
            fields.iter().filter_map(|(name, value)| Some((name.extract().ok()?, value.extract().ok()))).collect();
        let get = |name: &str| fields.iter().find(|(known, _)| known == name).and_then(|(_, text)| text.as_deref());
        Ok(Self(doctor::Explanation::from_fields(get)))
    }

    /// The text to sign, with the key as ``***``; empty when the message could not be read.
    #[getter]
    fn string_to_sign(&self) -> &str {
        &self.0.string_to_sign
    }

    /// The text that was probably signed, with the key as ``***``; ``None`` if no known mistake explains it.
    #[getter]
    fn likely_string(&self) -> Option<&str> {
        self.0.likely_string.as_deref()
    }

    /// The algorithm that the message declares, or MD5; empty when the message could not be read.
    #[getter]
    fn sign_type(&self) -> &'static str {
        self.0.sign_type
    }

    /// The likeliest mistake, as a stable name; ``none`` when the signature is right.
    #[getter]
    fn mistake(&self) -> &'static str {
        self.0.mistake.code()
    }

    /// Whether a signature made with this mistake equals the received one.
    /// If not, the message shows the mistake, or it is only likely.
    #[getter]
    fn proved(&self) -> bool {
        self.0.proved()
    }

    /// The one field that the mistake is about, when it is about one alone.
    #[getter]
    fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The likeliest mistake and what to do about it, in a sentence.
    #[getter]
    fn message(&self) -> String {
        clean(&self.0.message(language())).into_owned()
    }

    /// The sentence and both texts, a line each, with the part that differs between « and ».
    #[getter]
    fn text(&self) -> String {
        clean_lines(&self.0.text(language()))
    }

    /// Its contents as texts that JSON can carry. ``Explanation(…)`` of it is equal.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, text) in self.0.fields() {
            dict.set_item(name, text)?;
        }
        Ok(dict)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        Ok((slf.get_type().into_any(), (slf.get().to_dict(slf.py())?,)))
    }

    fn __str__(&self) -> String {
        clean_lines(&self.0.line(language()))
    }

    fn __repr__(&self) -> String {
        let proved = if self.0.proved() { "True" } else { "False" };
        format!("Explanation(mistake='{}', proved={proved}, sign_type='{}')", self.mistake(), self.sign_type())
    }

    fn _repr_html_(&self) -> String {
        clean_lines(&self.0.html(language()))
    }

    fn _repr_pretty_(&self, printer: &Bound<'_, PyAny>, cycle: bool) -> PyResult<()> {
        let _ = cycle;
        printer.call_method1("text", (self.text(),)).map(drop)
    }
}

impl Explanation {
    fn of_text(text: &str) -> Self {
        Self(doctor::Explanation::from_fields(|name| (name == "summary").then_some(text)))
    }
}
