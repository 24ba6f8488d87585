//! Documents from WeChat as frozen objects, which read a field when it is asked for.

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, PoisonError};

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyIterator, PyList, PyString, PyTuple};
use wxpaykit::Fields;
use wxpaykit::binding::display;
use wxpaykit::redact::{Redaction, without_token};
use wxpaykit::table::{Field, FieldKind, List, Record};
use wxpaykit::wire::json;

use crate::give::{from_field, from_fields, from_json};
use crate::names::name;
use crate::once::once;

/// A document that WeChat sent, frozen.
///
/// Its known fields are attributes: ``int`` for numbers and amounts (fen), aware ``datetime`` in Beijing time, ``str``
/// for the rest, ``None`` for what was left out. ``reply["field"]`` reaches any field that was received, known or not,
/// and raises ``KeyError`` for others; ``"field" in reply`` says whether it was. It is a ``Mapping``, so
/// ``pandas.DataFrame([reply, …])`` has a column for each field.
#[pyclass(subclass, frozen, module = "wxpaykit._native")]
pub(crate) struct Reply {
    record: Option<&'static Record>,
    fields: Fields,
}

/// The constructor's argument. Only this module can make one, so only core makes replies.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Wire(Mutex<Option<Reply>>);

/// The contents of `repr` and HTML: the fields that the table has, in its order, and the names of the others.
struct DisplayedFields<'a> {
    rows: Vec<(&'a str, String)>,
    others: Vec<&'a str>,
}

impl Reply {
    /// An object of the document's class; of the base class for documents that are not in the table.
    pub(crate) fn make<'py>(
        py: Python<'py>,
        record: Option<&'static Record>,
        fields: Fields,
    ) -> PyResult<Bound<'py, PyAny>> {
        let class = match record {
            Some(record) => classes(py)?.get_item(record.name)?,
            None => None,
        };
        match class {
            Some(class) => Self::of_class(&class, record, fields),
            None => Ok(Bound::new(py, Self { record, fields })?.into_any()),
        }
    }

    /// An object of a class that may be the user's own.
    pub(crate) fn of_class<'py>(
        class: &Bound<'py, PyAny>,
        record: Option<&'static Record>,
        fields: Fields,
    ) -> PyResult<Bound<'py, PyAny>> {
        class.call1((Wire(Mutex::new(Some(Self { record, fields }))),))
    }

    fn known(&self, name: &str) -> Option<&'static Field> {
        self.record.and_then(|record| record.field(name))
    }

    fn list(&self, name: &str) -> Option<&'static List> {
        self.record.and_then(|record| record.lists.iter().find(|list| list.name == name))
    }

    /// Each name once: of the fields as WeChat sent them, and of the lists that some of them make.
    fn names(&self) -> Vec<&str> {
        let lists = self.record.map_or(&[][..], |record| record.lists);
        let lists = lists.iter().filter(|list| !list.read(&self.fields).is_empty()).map(|list| list.name);
        self.fields.iter().map(|(name, _)| name).chain(lists).collect()
    }

    fn list_items<'py>(&self, py: Python<'py>, list: &List) -> PyResult<Vec<Bound<'py, PyAny>>> {
        list.read(&self.fields).into_iter().map(|item| Self::make(py, Some(list.item), item)).collect()
    }

    /// A field that was received; `None` when it was not.
    fn received<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        if let Some(list) = self.list(name) {
            let items = self.list_items(py, list)?;
            return if items.is_empty() { Ok(None) } else { Ok(Some(PyTuple::new(py, items)?.into_any())) };
        }
        let Some(text) = self.fields.get(name) else { return Ok(None) };
        match self.known(name) {
            Some(field) => value(py, field, text).map(Some),
            None => Ok(Some(PyString::new(py, text).into_any())),
        }
    }

    fn shown(&self, py: Python<'_>) -> PyResult<DisplayedFields<'_>> {
        let (mut rows, mut others) = (Vec::new(), Vec::new());
        for field in self.record.map_or(&[][..], |record| record.fields) {
            if let Some(text) = self.fields.get(field.name) {
                let redaction = display::redaction(self.record, &self.fields, field.name);
                rows.push((field.name, shown(py, redaction, text, Some(field), &[])?));
            }
        }
        for list in self.record.map_or(&[][..], |record| record.lists) {
            let items = self.list_items(py, list)?;
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
                let redaction = display::redaction(None, &self.fields, name);
                rows.push((name, shown(py, redaction, text, None, &self.fields.hidden_in(name))?));
            }
        }
        Ok(DisplayedFields { rows, others })
    }
}

#[pymethods]
impl Reply {
    #[new]
    fn new(wire: &Bound<'_, PyAny>) -> PyResult<Self> {
        let wire = wire.cast::<Wire>().ok();
        let taken = wire.and_then(|wire| wire.get().0.lock().unwrap_or_else(PoisonError::into_inner).take());
        taken.ok_or_else(|| PyTypeError::new_err("only a client makes replies, from documents that WeChat sent"))
    }

    fn __getattr__<'py>(slf: &Bound<'py, Self>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        if let Some(value) = this.received(py, name)? {
            return Ok(value);
        }
        if this.list(name).is_some() {
            return Ok(PyTuple::empty(py).into_any());
        }
        if let Some(field) = this.known(name) {
            let is_list = matches!(field.kind, FieldKind::List(_));
            return Ok(if is_list { PyTuple::empty(py).into_any() } else { py.None().into_bound(py) });
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

    /// The names of the fields that were received, in order, and then of the lists.
    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        PyList::new(py, self.names())?.try_iter()
    }

    fn __len__(&self) -> usize {
        self.names().len()
    }

    /// The value of a field that was received; ``default`` for others.
    #[pyo3(signature = (name, default = None, /))]
    fn get<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.received(py, name)?.or(default))
    }

    /// The names of the fields that were received, and of the lists.
    fn keys<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, "KeysView")
    }

    /// Their values.
    fn values<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, "ValuesView")
    }

    /// Their names with their values.
    fn items<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        view(slf, "ItemsView")
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
        let DisplayedFields { rows, others } = slf.get().shown(slf.py())?;
        let mut parts: Vec<String> = rows.into_iter().map(|(name, text)| format!("{name}={text}")).collect();
        if !others.is_empty() {
            parts.push(format!("others: {}", display::clean(&others.join(" "))));
        }
        Ok(format!("{}({})", slf.get_type().name()?, parts.join(", ")))
    }

    fn _repr_html_(slf: &Bound<'_, Self>) -> PyResult<String> {
        let this = slf.get();
        Ok(display::html(slf.get_type().name()?.to_str()?, this.record, &this.fields))
    }

    fn _repr_pretty_(slf: &Bound<'_, Self>, printer: &Bound<'_, PyAny>, cycle: bool) -> PyResult<()> {
        let (this, class) = (slf.get(), slf.get_type().name()?);
        // A reply holds no object that could hold the reply.
        let _ = cycle;
        printer.call_method1("text", (display::text(class.to_str()?, this.record, &this.fields),)).map(drop)
    }

    fn _ipython_key_completions_(&self) -> Vec<&str> {
        self.fields.iter().map(|(name, _)| name).collect()
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
            let items = self.list_items(py, list)?;
            let items: PyResult<Vec<_>> = items.iter().map(|item| item.call_method0(intern!(py, "to_dict"))).collect();
            dict.set_item(list.name, items?)?;
        }
        Ok(dict)
    }

    /// All fields that were received, in order, as texts of the wire.
    #[getter]
    fn raw<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        from_fields(py, &self.fields)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let (py, this) = (slf.py(), slf.get());
        let restore = py.import("wxpaykit._native")?.getattr("restore")?;
        let record = this.record.map(|record| record.name);
        let parts = (slf.get_type(), record, from_fields(py, &this.fields)?, this.fields.hidden().to_vec())
            .into_pyobject(py)?;
        (restore, parts).into_pyobject(py)
    }
}

/// A view as `collections.abc` makes them for any mapping.
fn view<'py>(reply: &Bound<'py, Reply>, kind: &str) -> PyResult<Bound<'py, PyAny>> {
    reply.py().import("_collections_abc")?.getattr(kind)?.call1((reply,))
}

/// A field's value: an object inside JSON as a reply of its own class.
fn value<'py>(py: Python<'py>, field: &Field, text: &str) -> PyResult<Bound<'py, PyAny>> {
    match field.kind {
        FieldKind::Record(record) => match json::parse(text.as_bytes()) {
            Some(fields) => Reply::make(py, Some(record), fields),
            None => Ok(py.None().into_bound(py)),
        },
        FieldKind::List(record) => {
            let items = json::parse_list(text).unwrap_or_default().into_iter();
            let items = items.map(|fields| Reply::make(py, Some(record), fields)).collect::<PyResult<Vec<_>>>()?;
            Ok(PyTuple::new(py, items)?.into_any())
        }
        _ => from_field(py, field, text),
    }
}

fn classes(py: Python<'_>) -> PyResult<&Bound<'_, PyDict>> {
    static CLASSES: PyOnceLock<Py<PyDict>> = PyOnceLock::new();
    let classes =
        once(py, &CLASSES, || Ok(py.import("wxpaykit._records")?.getattr("RECORDS")?.cast_into::<PyDict>()?.unbind()))?;
    Ok(classes.bind(py))
}

/// A member as `repr` shows it; `field` is its row, `hidden` are the paths inside of it that are not shown.
fn shown(
    py: Python<'_>,
    redaction: Redaction,
    text: &str,
    field: Option<&Field>,
    hidden: &[String],
) -> PyResult<String> {
    let of_text = |text: &str| PyString::new(py, text).into_any();
    let is_object = |kind| matches!(kind, FieldKind::Json | FieldKind::Record(_) | FieldKind::List(_));
    let shown = match (redaction, field) {
        (Redaction::Plain, Some(field)) if is_object(field.kind) => match display::shown_json(text, hidden) {
            // What a JSON object holds may have more to be kept back.
            Some(kept) => from_json(py, &kept)?,
            None => value(py, field, text)?,
        },
        // A text that happens to be JSON, such as the merchant's own `attach`, is a text. So is each member that has no row.
        (Redaction::Plain, field) => match (display::shown_json(text, hidden), field) {
            (Some(kept), _) if !from_json(py, text)?.eq(from_json(py, &kept)?)? => of_text(&kept),
            (_, Some(field)) => match without_token(text) {
                Cow::Owned(kept) => of_text(&kept),
                Cow::Borrowed(_) => value(py, field, text)?,
            },
            (_, None) => of_text(&without_token(text)),
        },
        _ => of_text(&redaction.apply(text)),
    };
    Ok(shown.repr()?.to_string())
}
