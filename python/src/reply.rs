//! Documents that WeChat sent, as frozen objects that read a field when it is asked for.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyList, PyString, PyTuple, PyType};
use wxpaykit::Fields;
use wxpaykit::table::{Field, List, Record, Show};

use crate::convert::from_field;
use crate::names::{name, records};

/// A document that WeChat sent, frozen.
///
/// Its known fields are attributes: ``int`` for numbers and amounts (fen), aware ``datetime`` in Beijing time, ``str``
/// for the rest, ``None`` for what was left out. ``reply["field"]`` reaches any field that was received, known or not,
/// and raises ``KeyError`` for others; ``"field" in reply`` says whether it was.
#[pyclass(subclass, frozen, module = "wxpaykit._native")]
pub(crate) struct Reply {
    record: Option<&'static Record>,
    fields: Fields,
}

/// What a reply is made of, on its way into the class: only this module can make one.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Wire(Mutex<Option<Reply>>);

/// What a person may see: known fields in the table's order, and the names of the others.
struct Shown<'a> {
    rows: Vec<(&'a str, String)>,
    others: Vec<&'a str>,
}

impl Reply {
    /// The object of a document's class; of the base for documents that are not in the table.
    pub(crate) fn make<'py>(
        py: Python<'py>,
        record: Option<&'static Record>,
        fields: Fields,
    ) -> PyResult<Bound<'py, PyAny>> {
        let class = match record {
            Some(record) => classes(py)?.get_item(record.name)?,
            None => None,
        };
        let reply = Self { record, fields };
        match class {
            Some(class) => class.call1((Wire(Mutex::new(Some(reply))),)),
            None => Ok(Bound::new(py, reply)?.into_any()),
        }
    }

    fn known(&self, name: &str) -> Option<&'static Field> {
        self.record.and_then(|record| record.field(name))
    }

    fn list(&self, name: &str) -> Option<&'static List> {
        self.record.and_then(|record| record.lists.iter().find(|list| list.name == name))
    }

    fn items<'py>(&self, py: Python<'py>, list: &List) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let fields = |item: Vec<(&'static Field, &str)>| item.into_iter().map(|(f, value)| (f.name, value)).collect();
        list.read(&self.fields).into_iter().map(|item| Self::make(py, Some(list.item), fields(item))).collect()
    }

    /// A field that was received; `None` when it was not.
    fn received<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(list) = self.list(name) {
            let items = self.items(py, list)?;
            return if items.is_empty() { Ok(None) } else { Ok(Some(PyTuple::new(py, items)?.into_any())) };
        }
        let Some(text) = self.fields.get(name) else { return Ok(None) };
        match self.known(name) {
            Some(field) => from_field(py, field, text).map(Some),
            None => Ok(Some(PyString::new(py, text).into_any())),
        }
    }

    /// What a person may see of this.
    fn shown(&self, py: Python<'_>) -> PyResult<Shown<'_>> {
        let (mut rows, mut others) = (Vec::new(), Vec::new());
        for field in self.record.map_or(&[][..], |record| record.fields) {
            if let Some(text) = self.fields.get(field.name) {
                rows.push((field.name, shown(py, field.show, text, || from_field(py, field, text))?));
            }
        }
        for list in self.record.map_or(&[][..], |record| record.lists) {
            let items = self.items(py, list)?;
            if !items.is_empty() {
                rows.push((list.name, PyList::new(py, items)?.repr()?.to_string()));
            }
        }
        for (name, text) in self.fields.iter() {
            if self.record.is_some() {
                if self.known(name).is_none() {
                    others.push(name);
                }
            } else {
                rows.push((name, shown(py, show_of(name), text, || Ok(PyString::new(py, text).into_any()))?));
            }
        }
        Ok(Shown { rows, others })
    }
}

#[pymethods]
impl Reply {
    #[new]
    fn new(wire: &Bound<'_, PyAny>) -> PyResult<Self> {
        let wire = wire.cast::<Wire>().ok();
        let taken = wire.and_then(|wire| wire.get().0.lock().unwrap_or_else(PoisonError::into_inner).take());
        taken.ok_or_else(|| PyTypeError::new_err("replies are made by a client, from what WeChat sent"))
    }

    fn __getattr__<'py>(slf: &Bound<'py, Self>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        if let Some(value) = this.received(py, name)? {
            return Ok(value);
        }
        if this.list(name).is_some() {
            return Ok(PyTuple::empty(py).into_any());
        }
        if this.known(name).is_some() {
            return Ok(py.None().into_bound(py));
        }
        let class = slf.get_type().name()?;
        Err(PyAttributeError::new_err(format!("{class} has no field '{name}', and none was received")))
    }

    fn __getitem__<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.received(py, name)?.ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }

    fn __contains__(&self, py: Python<'_>, name: &str) -> PyResult<bool> {
        self.received(py, name).map(|value| value.is_some())
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        let (py, this) = (slf.py(), slf.get());
        let names = py.import("builtins")?.getattr("object")?.call_method1("__dir__", (slf,))?.cast_into::<PyList>()?;
        if let Some(record) = this.record {
            for name in record.fields.iter().map(|field| field.name).chain(record.lists.iter().map(|list| list.name)) {
                names.append(name)?;
            }
        }
        for (name, _) in this.fields.iter().filter(|(name, _)| this.known(name).is_none()) {
            names.append(name)?;
        }
        Ok(names)
    }

    fn __eq__(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> bool {
        other.get_type().is(slf.get_type())
            && other.cast::<Self>().is_ok_and(|other| other.get().fields == slf.get().fields)
    }

    fn __hash__(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.fields.iter().for_each(|pair| pair.hash(&mut hasher));
        hasher.finish()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let Shown { rows, others } = slf.get().shown(slf.py())?;
        let mut parts: Vec<String> = rows.into_iter().map(|(name, text)| format!("{name}={text}")).collect();
        if !others.is_empty() {
            parts.push(format!("others: {}", others.join(" ")));
        }
        Ok(format!("{}({})", slf.get_type().name()?, parts.join(", ")))
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        let Shown { rows, others } = slf.get().shown(slf.py())?;
        let mut html = format!("<table><caption>{}</caption>", slf.get_type().name()?);
        for (name, text) in rows {
            html += &format!("<tr><th>{}</th><td>{}</td></tr>", escape(name), escape(&text));
        }
        for name in others {
            html += &format!("<tr><th>{}</th><td>…</td></tr>", escape(name));
        }
        Ok(html + "</table>")
    }

    /// All fields that were received, by their kinds; lists of records as lists of dicts.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (field, text) in self.fields.iter() {
            let value = match self.known(field) {
                Some(known) => from_field(py, known, text)?,
                None => PyString::new(py, text).into_any(),
            };
            dict.set_item(name(py, field), value)?;
        }
        for list in self.record.map_or(&[][..], |record| record.lists) {
            let items = self.items(py, list)?;
            let items: PyResult<Vec<_>> = items.iter().map(|item| item.call_method0(intern!(py, "to_dict"))).collect();
            dict.set_item(list.name, items?)?;
        }
        Ok(dict)
    }

    /// All fields that were received, in order, as texts of the wire.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        wire_dict(py, &self.fields)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (py, this) = (slf.py(), slf.get());
        let restore = py.import("wxpaykit._native")?.getattr("restore")?;
        let record = this.record.map(|record| record.name);
        let parts = (slf.get_type(), record, wire_dict(py, &this.fields)?).into_pyobject(py)?;
        (restore, parts).into_pyobject(py)
    }
}

/// Makes a reply of its wire map again, for `pickle` and `copy`.
#[pyfunction]
pub(crate) fn restore<'py>(
    class: &Bound<'py, PyType>,
    record: Option<&str>,
    raw: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let record = record.and_then(|name| records().find(|record| record.name == name));
    let reply = Reply { record, fields: crate::convert::document(raw)? };
    class.call1((Wire(Mutex::new(Some(reply))),))
}

/// A flat document as a dict of texts, in order.
pub(crate) fn wire_dict<'py>(py: Python<'py>, fields: &Fields) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (field, text) in fields.iter() {
        dict.set_item(name(py, field), text)?;
    }
    Ok(dict)
}

fn classes(py: Python<'_>) -> PyResult<&Bound<'_, PyDict>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    CLASSES
        .get_or_try_init(py, || {
            PyResult::Ok(py.import("wxpaykit._records")?.getattr("RECORDS")?.cast_into::<PyDict>()?.unbind())
        })
        .map(|classes| classes.bind(py))
}

/// How much may be shown of a field in a document that the table does not have.
fn show_of(name: &str) -> Show {
    records().find_map(|record| record.field(name)).map_or(Show::Plain, |field| field.show)
}

fn shown<'py>(
    py: Python<'py>,
    show: Show,
    text: &str,
    value: impl FnOnce() -> PyResult<Bound<'py, PyAny>>,
) -> PyResult<String> {
    match show {
        Show::Plain => Ok(value()?.repr()?.to_string()),
        Show::Short => Ok(PyString::new(py, &shortened(text)).repr()?.to_string()),
        Show::Hidden => Ok("…".to_owned()),
    }
}

fn shortened(text: &str) -> String {
    let count = text.chars().count();
    if count <= 8 {
        return "…".to_owned();
    }
    let head: String = text.chars().take(4).collect();
    let tail: String = text.chars().skip(count - 2).collect();
    format!("{head}…{tail}")
}

pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
