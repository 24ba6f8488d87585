//! Python's values as core's, and core's as Python's.

use std::borrow::Cow;

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use wxpaykit::Fields;
use wxpaykit::table::{Field, Read};
use wxpaykit::value::{Params, Value};
use wxpaykit::wire::xml;
use wxpaykit::{BeijingTime, Error, Fen, SignType};

use crate::error::Raise;
use crate::walk::{Plain, walk};

/// The fields of a call whose values are texts and integers, read in place; `None` when there are others.
pub(crate) fn plain_params<'a>(fields: &'a Bound<'_, PyDict>) -> Option<Params<'a>> {
    let mut params = Params::with_capacity(fields.len());
    let all = walk(fields, |name, value| match value {
        Plain::Text(text) => params.push((name.into(), Value::Text(text.into()))),
        Plain::Int(int) => params.push((name.into(), Value::Int(int))),
        Plain::None => {}
    });
    all.then_some(params)
}

/// Names and values of a flat document of texts and integers, read in place; `None` when there are others.
pub(crate) fn plain_pairs<'a>(dict: &'a Bound<'_, PyDict>) -> Option<Vec<(&'a str, Cow<'a, str>)>> {
    let mut pairs = Vec::with_capacity(dict.len());
    let all = walk(dict, |name, value| match value {
        Plain::Text(text) => pairs.push((name, Cow::Borrowed(text))),
        Plain::Int(int) => pairs.push((name, Cow::Owned(int.to_string()))),
        Plain::None => {}
    });
    all.then_some(pairs)
}

/// The fields of a call, held while core reads them. `None` leaves a field out.
pub(crate) struct Given<'py>(Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>);

impl<'py> Given<'py> {
    pub(crate) fn new(fields: &Bound<'py, PyDict>) -> Self {
        Self(fields.iter().filter(|(_, value)| !value.is_none()).collect())
    }

    pub(crate) fn params(&self) -> PyResult<Params<'_>> {
        let mut params = Params::with_capacity(self.0.len());
        for (name, value) in &self.0 {
            let name = field_name(name)?;
            params.push((name.into(), to_value(name, value)?));
        }
        Ok(params)
    }
}

/// The fields of a call, for another thread to read.
pub(crate) fn params(fields: &Bound<'_, PyDict>) -> PyResult<Params<'static>> {
    match plain_params(fields) {
        Some(params) => Ok(owned(params)),
        None => Given::new(fields).params().map(owned),
    }
}

fn owned(params: Params<'_>) -> Params<'static> {
    let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
    let value = |value| match value {
        Value::Text(text) => Value::Text(owned(text)),
        Value::Int(int) => Value::Int(int),
        Value::Time(time) => Value::Time(time),
        Value::Json(text) => Value::Json(owned(text)),
        Value::Other(kind) => Value::Other(owned(kind)),
    };
    params.into_iter().map(|(name, given)| (owned(name), value(given))).collect()
}

fn to_value<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    let other = |kind: &'static str| Ok(Value::Other(kind.into()));
    if let Ok(text) = value.cast::<PyString>() {
        return match text.to_str() {
            Ok(text) => Ok(Value::Text(text.into())),
            Err(_) => other("text with half a surrogate pair"),
        };
    }
    if value.is_instance_of::<PyBool>() {
        return other("a bool");
    }
    if value.is_instance_of::<PyInt>() {
        return value.extract().map_or_else(|_| other("one of more than 64 bits"), |int| Ok(Value::Int(int)));
    }
    if value.is_instance_of::<PyFloat>() {
        return other("a float");
    }
    if value.is_instance_of::<PyDict>() || value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return json_text(name, value).map(|text| Value::Json(text.into()));
    }
    if value.is_instance(datetime_class(value.py())?)? {
        return instant(name, value);
    }
    let class = value.get_type().name()?.to_string();
    let article = if class.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    Ok(Value::Other(format!("{article} {class}").into()))
}

/// A field's name, which `**` may bring in any shape.
fn field_name<'a>(name: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    match name.cast::<PyString>() {
        Ok(text) => utf8("params", text),
        Err(_) => Err(Error::invalid("params", "must have text as its names")).raise(name.py()),
    }
}

fn json_text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = value.py();
    let options = PyDict::new(py);
    options.set_item(intern!(py, "ensure_ascii"), false)?;
    options.set_item(intern!(py, "allow_nan"), false)?;
    options.set_item(intern!(py, "separators"), (",", ":"))?;
    let text = json(py)?.call_method(intern!(py, "dumps"), (value,), Some(&options)).and_then(|text| text.extract());
    match text {
        Ok(text) => Ok(text),
        Err(error) => Err(Error::invalid(name, format!("cannot be written as JSON: {}", error.value(py)))).raise(py),
    }
}

fn instant(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    let py = value.py();
    let Some(seconds) = unix(value)? else {
        return Ok(Value::Other("a datetime without a zone (give it one: tzinfo=…)".into()));
    };
    match BeijingTime::from_unix(seconds) {
        Ok(time) => Ok(Value::Time(time)),
        Err(_) => Err(Error::invalid(name, "its year in Beijing is not between 1 and 9999")).raise(py),
    }
}

/// A datetime in seconds since 1970; `None` when it has no zone.
fn unix(time: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
    let py = time.py();
    if time.call_method0(intern!(py, "utcoffset"))?.is_none() {
        return Ok(None);
    }
    time.sub(epoch(py)?)?.floor_div(one_second(py)?)?.extract().map(Some)
}

/// An amount in fen.
pub(crate) fn fen(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Fen> {
    int(value).map_or_else(|| unfit(field, "an int of fen", value), |fen| Ok(Fen(fen)))
}

/// An argument that is text.
pub(crate) fn text_of<'a>(field: &'static str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    match value.cast::<PyString>() {
        Ok(text) => utf8(field, text),
        Err(_) => unfit(field, "text", value),
    }
}

/// An argument that is text, for another thread to read.
pub(crate) fn owned_text(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    text_of(field, value).map(str::to_owned)
}

/// An argument that may be left out, else is text.
pub(crate) fn optional_text<'a>(field: &'static str, value: Option<&'a Bound<'_, PyAny>>) -> PyResult<Option<&'a str>> {
    value.map(|value| text_of(field, value)).transpose()
}

/// An argument that is a list of texts. A text is a sequence too, of its characters, but never meant so.
pub(crate) fn texts_of(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyDict>() {
        return unfit(field, "a list of texts", value);
    }
    let Ok(items) = value.try_iter() else {
        return unfit(field, "a list of texts", value);
    };
    items.map(|item| owned_text(field, &item?)).collect()
}

/// An argument that is `True` or `False`.
pub(crate) fn flag_of(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.cast::<PyBool>().map_or_else(|_| unfit(field, "True or False", value), |flag| Ok(flag.is_true()))
}

/// An argument that is an integer.
pub(crate) fn int_of(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    int(value).map_or_else(|| unfit(field, "an int of at most 64 bits", value), Ok)
}

/// An argument that is a dict.
pub(crate) fn dict_of<'a, 'py>(field: &'static str, value: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyDict>> {
    value.cast::<PyDict>().or_else(|_| unfit(field, "a dict", value))
}

/// An argument that is a dict, or becomes one.
pub(crate) fn mapping_of<'py>(field: &'static str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = value.py();
    if let Ok(dict) = value.cast::<PyDict>() {
        return Ok(dict.clone());
    }
    match py.get_type::<PyDict>().call1((value,)) {
        Ok(dict) => Ok(dict.cast_into::<PyDict>()?),
        // Neither a mapping nor pairs.
        Err(error) if error.is_instance_of::<PyTypeError>(py) || error.is_instance_of::<PyValueError>(py) => {
            unfit(field, "a dict", value)
        }
        Err(error) => Err(error),
    }
}

fn int(value: &Bound<'_, PyAny>) -> Option<i64> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return None;
    }
    value.extract().ok()
}

/// An argument is not what it has to be. It is not shown: it may be a key.
fn unfit<T>(field: &'static str, kind: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    let class = value.get_type().name()?;
    Err(Error::invalid(field, format!("must be {kind}, not {class}"))).raise(value.py())
}

/// Orders to ask for: each `(out_trade_no, total_fee, created)`, or a dict or an object that has these. Their times come
/// back in seconds since 1970.
#[pyfunction]
pub(crate) fn pending_orders(pending: &Bound<'_, PyAny>) -> PyResult<Vec<(String, i64, i64)>> {
    match pending.try_iter() {
        Ok(orders) => orders.map(|order| pending_order(&order?)).collect(),
        Err(_) => unfit("pending", "orders, in a list or another iterable", pending),
    }
}

fn pending_order(order: &Bound<'_, PyAny>) -> PyResult<(String, i64, i64)> {
    type Three<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>, Bound<'py, PyAny>);
    let (number, total_fee, created) = if order.is_instance_of::<PyTuple>() || order.is_instance_of::<PyList>() {
        match order.extract::<Three<'_>>() {
            Ok(three) => three,
            Err(_) => {
                let rule = format!("must be orders of (out_trade_no, total_fee, created), not of {}", order.len()?);
                return Err(Error::invalid("pending", rule)).raise(order.py());
            }
        }
    } else {
        (member(order, "out_trade_no")?, member(order, "total_fee")?, member(order, "created")?)
    };
    let out_trade_no = owned_text("out_trade_no", &number)?;
    let total_fee = fen("total_fee", &total_fee)?.0;
    let created = if created.is_instance(datetime_class(order.py())?)? { unix(&created)? } else { None };
    match created {
        Some(created) => Ok((out_trade_no, total_fee, created)),
        None => Err(Error::invalid("created", "must be a datetime with a zone: tzinfo=…")).raise(order.py()),
    }
}

/// Of an order that is a dict or an object.
fn member<'py>(order: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Bound<'py, PyAny>> {
    let py = order.py();
    let found = match order.cast::<PyDict>() {
        Ok(dict) => dict.as_any().get_item(name),
        Err(_) => order.getattr(name),
    };
    match found {
        Err(error) if error.is_instance_of::<PyKeyError>(py) || error.is_instance_of::<PyAttributeError>(py) => {
            let class = order.get_type().name()?;
            let rule = format!(
                "must be orders: (out_trade_no, total_fee, created), or dicts or objects with these; \
                 there is no {name} in a {class}"
            );
            Err(Error::invalid("pending", rule)).raise(py)
        }
        found => found,
    }
}

/// A field of a document as Python has it, by the field's kind.
pub(crate) fn from_field<'py>(py: Python<'py>, field: &Field, text: &str) -> PyResult<Bound<'py, PyAny>> {
    match field.read(Some(text)) {
        // What is not of its kind reads as absent; `raw` keeps its text.
        Some(Read::Absent) | None => Ok(py.None().into_bound(py)),
        Some(Read::Int(int)) => Ok(int.into_pyobject(py)?.into_any()),
        Some(Read::Time(time)) => from_time(py, time),
        Some(Read::Json(json)) => from_json(py, json),
        Some(Read::Text(text)) => Ok(PyString::new(py, text).into_any()),
    }
}

/// JSON text as Python's values.
pub(crate) fn from_json<'py>(py: Python<'py>, text: &str) -> PyResult<Bound<'py, PyAny>> {
    json(py)?.call_method1(intern!(py, "loads"), (text,))
}

fn from_time(py: Python<'_>, time: BeijingTime) -> PyResult<Bound<'_, PyAny>> {
    static BEIJING: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let zone = BEIJING.get_or_try_init(py, || {
        let datetime = py.import("datetime")?;
        let hours = PyDict::new(py);
        hours.set_item("hours", 8)?;
        let offset = datetime.getattr("timedelta")?.call((), Some(&hours))?;
        PyResult::Ok(datetime.getattr("timezone")?.call1((offset,))?.unbind())
    })?;
    datetime_class(py)?.call_method1(intern!(py, "fromtimestamp"), (time.unix(), zone.bind(py)))
}

/// The algorithm of this name.
pub(crate) fn sign_type(py: Python<'_>, name: &str) -> PyResult<SignType> {
    name.parse::<SignType>().raise(py)
}

/// A message's bytes as they came. Anything that was parsed already is refused, with the remedy.
pub(crate) fn bytes_of<'a>(body: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    let py = body.py();
    if let Ok(bytes) = body.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    if let Ok(text) = body.cast::<PyString>() {
        return utf8("raw_body", text).map(|text| Cow::Borrowed(text.as_bytes()));
    }
    if let Ok(bytes) = body.cast::<PyByteArray>() {
        return Ok(Cow::Owned(bytes.to_vec()));
    }
    let class = body.get_type().name()?.to_string();
    if class == "memoryview" {
        return Ok(Cow::Owned(body.call_method0(intern!(py, "tobytes"))?.extract()?));
    }
    let rule = format!(
        "must be the raw body as it came, not a {class}: request.get_data() in Flask, request.body in Django, \
         await request.body() in FastAPI and Starlette, await request.read() in aiohttp"
    );
    Err(Error::invalid("raw_body", rule)).raise(py)
}

/// A flat document: a dict as `parse_xml` gives it, or the XML itself.
pub(crate) fn document(params: &Bound<'_, PyAny>) -> PyResult<Fields> {
    let Ok(dict) = params.cast::<PyDict>() else {
        let body = bytes_of(params)?;
        return xml::parse(&body).map_err(Error::from).raise(params.py());
    };
    let pairs = Pairs::of(dict)?;
    let pairs = pairs.texts()?;
    let mut fields = Fields::with_capacity(pairs.len(), 1024);
    for (name, value) in pairs {
        fields.push(name, value).map_err(|_| Error::invalid(name, "is given twice")).raise(params.py())?;
    }
    Ok(fields)
}

/// Names and values of a flat document, held while core reads them. `None` is left out.
pub(crate) struct Pairs<'py>(Vec<(Bound<'py, PyString>, Held<'py>)>);

enum Held<'py> {
    Text(Bound<'py, PyString>),
    Int(String),
}

impl<'py> Pairs<'py> {
    pub(crate) fn of(dict: &Bound<'py, PyDict>) -> PyResult<Self> {
        let mut pairs = Vec::with_capacity(dict.len());
        for (name, value) in dict {
            Self::take(&mut pairs, name, value)?;
        }
        Ok(Self(pairs))
    }

    /// Of a dict, or of anything that gives pairs.
    pub(crate) fn of_any(params: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(dict) = params.cast::<PyDict>() {
            return Self::of(dict);
        }
        let mut pairs = Vec::new();
        let Ok(given) = params.try_iter() else {
            return unfit("params", "a dict, or pairs of a name and a value", params);
        };
        for pair in given {
            let pair = pair?;
            if !matches!(pair.len(), Ok(2)) {
                return Err(Error::invalid("params", "must be a dict, or pairs of a name and a value"))
                    .raise(params.py());
            }
            let (name, value) = (pair.get_item(0)?, pair.get_item(1)?);
            Self::take(&mut pairs, name, value)?;
        }
        Ok(Self(pairs))
    }

    fn take(
        pairs: &mut Vec<(Bound<'py, PyString>, Held<'py>)>,
        name: Bound<'py, PyAny>,
        value: Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let name = match name.cast_into::<PyString>() {
            Ok(name) => name,
            Err(error) => {
                let py = error.into_inner().py();
                return Err(Error::invalid("params", "must have text as its names")).raise(py);
            }
        };
        let held = match value.cast_into::<PyString>() {
            Ok(text) => Held::Text(text),
            Err(error) => {
                let value = error.into_inner();
                if value.is_none() {
                    return Ok(());
                }
                match to_value(utf8("params", &name)?, &value)? {
                    Value::Int(int) => Held::Int(int.to_string()),
                    Value::Other(kind) => return refuse(&name, &kind),
                    _ => return refuse(&name, &value.get_type().name()?.to_string()),
                }
            }
        };
        pairs.push((name, held));
        Ok(())
    }

    pub(crate) fn texts(&self) -> PyResult<Vec<(&str, &str)>> {
        let mut texts = Vec::with_capacity(self.0.len());
        for (name, held) in &self.0 {
            let value = match held {
                Held::Text(text) => utf8("params", text)?,
                Held::Int(text) => text,
            };
            texts.push((utf8("params", name)?, value));
        }
        Ok(texts)
    }
}

fn utf8<'a>(field: &str, text: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    match text.to_str() {
        Ok(text) => Ok(text),
        Err(_) => Err(Error::invalid(field, "has half a surrogate pair, which is no character")).raise(text.py()),
    }
}

fn refuse<T>(name: &Bound<'_, PyString>, kind: &str) -> PyResult<T> {
    Err(Error::invalid(utf8("params", name)?, format!("must be text or an integer, not {kind}"))).raise(name.py())
}

fn json(py: Python<'_>) -> PyResult<&Bound<'_, PyModule>> {
    static JSON: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    JSON.get_or_try_init(py, || py.import("json").map(Bound::unbind)).map(|module| module.bind(py))
}

fn datetime_class(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static CLASS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    CLASS
        .get_or_try_init(py, || PyResult::Ok(py.import("datetime")?.getattr("datetime")?.unbind()))
        .map(|class| class.bind(py))
}

fn epoch(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static EPOCH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    EPOCH
        .get_or_try_init(py, || {
            let utc = py.import("datetime")?.getattr("timezone")?.getattr("utc")?;
            PyResult::Ok(datetime_class(py)?.call_method1("fromtimestamp", (0, utc))?.unbind())
        })
        .map(|epoch| epoch.bind(py))
}

fn one_second(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static SECOND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    SECOND
        .get_or_try_init(py, || PyResult::Ok(py.import("datetime")?.getattr("timedelta")?.call1((0, 1))?.unbind()))
        .map(|second| second.bind(py))
}
