//! Python's values as core's. A value of the wrong type raises `InvalidRequest`, which names the argument.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use pyo3::exceptions::{PyAttributeError, PyException, PyKeyError, PyTypeError, PyUnicodeEncodeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyByteArray, PyBytes, PyCFunction, PyDict, PyFloat, PyInt, PyList, PyMemoryView, PySequence, PyString,
    PyTuple,
};
use wxpaykit::binding::kind::Kind;
use wxpaykit::v3::{Headers, Upload};
use wxpaykit::value::{self, Params, Value};
use wxpaykit::wire::xml;
use wxpaykit::{BeijingTime, Error, Fen, Fields, SignType};

use crate::dict_walk::{Plain, walk};
use crate::error::{Raise, to_python};
use crate::once::once;

/// Passes the fields in a dict to core. `None` leaves a field out.
///
/// `core` must not run Python code: the texts are the dict's own.
pub(crate) fn with_params<T>(
    fields: &Bound<'_, PyDict>,
    core: impl FnOnce(Params<'_>) -> Result<T, Error>,
) -> PyResult<T> {
    let mut params = Params::with_capacity(fields.len());
    let all = walk(fields, |name, value| match value {
        Plain::Text(text) => params.push((name.into(), Value::Text(text.into()))),
        Plain::Int(int) => params.push((name.into(), Value::Int(int))),
        Plain::None => {}
    });
    if all { core(params).raise(fields.py()) } else { with_held(fields.py(), &fields.iter().collect::<Vec<_>>(), core) }
}

/// As [`with_params`], for an argument that is a dict, or an iterable of pairs of a name and a value.
pub(crate) fn with_pairs<T>(
    params: &Bound<'_, PyAny>,
    core: impl FnOnce(Params<'_>) -> Result<T, Error>,
) -> PyResult<T> {
    if let Ok(dict) = params.cast::<PyDict>() {
        return with_params(dict, core);
    }
    let Ok(pairs) = params.try_iter() else {
        return wrong_type("params", "a dict, or pairs of a name and a value", params);
    };
    let mut held = Vec::new();
    for pair in pairs {
        let pair = pair?;
        if !matches!(pair.len(), Ok(2)) {
            return Err(Error::invalid("params", "must be a dict, or pairs of a name and a value")).raise(params.py());
        }
        held.push((pair.get_item(0)?, pair.get_item(1)?));
    }
    with_held(params.py(), &held, core)
}

/// The fields in a dict, for another thread.
pub(crate) fn owned_params(fields: &Bound<'_, PyDict>) -> PyResult<Params<'static>> {
    with_params(fields, |params| {
        Ok(params.into_iter().map(|(name, given)| (name.into_owned().into(), given.into_owned())).collect())
    })
}

/// A flat document: a dict as `parse_xml` returns it, or the XML itself.
pub(crate) fn document(params: &Bound<'_, PyAny>) -> PyResult<Fields> {
    match params.cast::<PyDict>() {
        Ok(dict) => with_params(dict, |params| value::document(&params)),
        Err(_) => xml::parse(&bytes_of(params)?).map_err(Error::from).raise(params.py()),
    }
}

type Pair<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// Reads values of any type. Holding them keeps the texts alive while Python code runs for the next ones.
fn with_held<T>(py: Python<'_>, pairs: &[Pair<'_>], core: impl FnOnce(Params<'_>) -> Result<T, Error>) -> PyResult<T> {
    let mut params = Params::with_capacity(pairs.len());
    for (name, value) in pairs {
        let Ok(name) = name.cast::<PyString>() else {
            return Err(Error::invalid("params", "must have text as its names")).raise(py);
        };
        if !value.is_none() {
            let name = utf8("params", name)?;
            params.push((name.into(), to_value(name, value)?));
        }
    }
    core(params).raise(py)
}

fn to_value<'a>(name: &str, value: &'a Bound<'_, PyAny>) -> PyResult<Value<'a>> {
    let other = |kind: &'static str| Ok(Value::Other(kind.into()));
    if let Ok(text) = value.cast::<PyString>() {
        return match text.to_str() {
            Ok(text) => Ok(Value::Text(text.into())),
            Err(_) => other("text with an unpaired surrogate"),
        };
    }
    if value.is_instance_of::<PyBool>() {
        return value.extract().map(Value::Bool);
    }
    if value.is_instance_of::<PyInt>() {
        return value.extract().map_or_else(|_| other("one of more than 64 bits"), |int| Ok(Value::Int(int)));
    }
    if value.is_instance_of::<PyDict>() || value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return json_text(name, value).map(|text| Value::Json(text.into()));
    }
    if is_datetime(value)? {
        return instant(name, value);
    }
    if is_date(value)? {
        let day: String = value.call_method0(intern!(value.py(), "isoformat"))?.extract()?;
        return Ok(Value::Date(day.into()));
    }
    if let Some(plain) = as_builtin(value)? {
        return json_text(name, &plain).map(|text| Value::Json(text.into()));
    }
    Ok(Value::Other(described(value)?.into()))
}

/// The type of a value that does not fit, with its article; of a number the value too.
fn described(value: &Bound<'_, PyAny>) -> PyResult<String> {
    let class = value.get_type().name()?.to_string();
    let article = if class.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O', 'U']) { "an" } else { "a" };
    let shown = if value.is_instance_of::<PyFloat>() || class == "Decimal" {
        format!(" ({})", value.str()?.to_str()?)
    } else {
        String::new()
    };
    Ok(format!("{article} {class}{shown}"))
}

fn json_text(name: &str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    static DUMPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = value.py();
    let dumps = once(py, &DUMPS, || Ok(py.import("json")?.getattr("dumps")?.unbind()))?;
    let options = PyDict::new(py);
    options.set_item(intern!(py, "ensure_ascii"), false)?;
    options.set_item(intern!(py, "allow_nan"), false)?;
    options.set_item(intern!(py, "separators"), (",", ":"))?;
    let mut text = dumps.bind(py).call((value,), Some(&options));
    // Few objects have times or other mappings: the rest need no function.
    if text.as_ref().is_err_and(|error| error.is_instance_of::<PyTypeError>(py)) {
        options.set_item(intern!(py, "default"), others_in_json(py, name)?)?;
        text = dumps.bind(py).call((value,), Some(&options));
    }
    match text {
        Ok(text) => utf8(name, text.cast::<PyString>()?).map(str::to_owned),
        Err(error) if error.value(py).is_instance(&py.import("wxpaykit.errors")?.getattr("InvalidRequest")?)? => {
            Err(error)
        }
        Err(error) => Err(Error::invalid(name, format!("cannot be written as JSON: {}", error.value(py)))).raise(py),
    }
}

/// What `json.dumps` asks for the values that it cannot write: a datetime is RFC 3339 in Beijing time, a date is `yyyy-MM-dd`, a
/// mapping that is not a dict is an object.
fn others_in_json<'py>(py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyCFunction>> {
    let name = name.to_owned();
    PyCFunction::new_closure(py, None, None, move |args: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
        let (py, given) = (args.py(), args.get_item(0)?);
        if is_datetime(&given)? {
            let seconds = unix(&given)?.ok_or_else(|| {
                to_python(py, &Error::invalid(&*name, "contains a datetime without a zone: give it one, tzinfo=…"))
            })?;
            let text = value::time_in_json(&name, seconds).raise(py)?;
            return Ok(PyString::new(py, &text).into_any().unbind());
        }
        if is_date(&given)? {
            return given.call_method0(intern!(py, "isoformat")).map(Bound::unbind);
        }
        if let Some(plain) = as_builtin(&given)? {
            return Ok(plain.unbind());
        }
        // It raises what `json.dumps` raises by itself.
        let encoder = py.import("json")?.getattr("JSONEncoder")?.call0()?;
        encoder.call_method1(intern!(py, "default"), (given,)).map(Bound::unbind)
    })
}

/// A value as a JSON text.
pub(crate) fn json_of(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_instance_of::<PyDict>() || value.is_instance_of::<PyList>() {
        return json_text(field, value);
    }
    match as_builtin(value)? {
        Some(plain) => json_text(field, &plain),
        None => wrong_type(field, "a dict or a list", value),
    }
}

/// Another mapping as a dict, another sequence as a list; `None` for everything else, and for texts and bytes.
fn as_builtin<'py>(value: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = value.py();
    let abc = py.import("collections.abc")?;
    if value.is_instance(&abc.getattr("Mapping")?)? {
        return py.get_type::<PyDict>().call1((value,)).map(Some);
    }
    // A UserString is a sequence of texts that are sequences again; what a memoryview takes has bytes.
    let is_text = || {
        let is_user_text = value.is_instance(&py.import("collections")?.getattr("UserString")?)?;
        let is_bytes = py.get_type::<PyMemoryView>().call1((value,)).is_ok();
        PyResult::Ok(value.is_instance_of::<PyString>() || is_user_text || is_bytes)
    };
    match value.is_instance(&abc.getattr("Sequence")?)? && !is_text()? {
        true => py.get_type::<PyList>().call1((value,)).map(Some),
        false => Ok(None),
    }
}

fn instant(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Value<'static>> {
    let Some(seconds) = unix(value)? else {
        return Ok(Value::Other("a datetime without a zone (give it one: tzinfo=…)".into()));
    };
    match BeijingTime::from_unix(seconds) {
        Ok(time) => Ok(Value::Time(time)),
        Err(_) => Err(Error::invalid(name, "its year in Beijing is not between 1 and 9999")).raise(value.py()),
    }
}

/// A datetime in seconds since 1970, rounded down; `None` when it has no zone.
fn unix(time: &Bound<'_, PyAny>) -> PyResult<Option<i64>> {
    static EPOCH: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    static SECOND: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = time.py();
    if time.call_method0(intern!(py, "utcoffset"))?.is_none() {
        return Ok(None);
    }
    let epoch = once(py, &EPOCH, || {
        let datetime = py.import("datetime")?;
        let utc = datetime.getattr("timezone")?.getattr("utc")?;
        Ok(datetime.getattr("datetime")?.call_method1("fromtimestamp", (0, utc))?.unbind())
    })?;
    let second = once(py, &SECOND, || Ok(py.import("datetime")?.getattr("timedelta")?.call1((0, 1))?.unbind()))?;
    time.sub(epoch.bind(py))?.floor_div(second.bind(py))?.extract().map(Some)
}

fn is_datetime(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static DATETIME: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = value.py();
    let class = once(py, &DATETIME, || Ok(py.import("datetime")?.getattr("datetime")?.unbind()))?;
    value.is_instance(class.bind(py))
}

fn is_date(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    static DATE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let py = value.py();
    let class = once(py, &DATE, || Ok(py.import("datetime")?.getattr("date")?.unbind()))?;
    value.is_instance(class.bind(py))
}

/// An amount in fen.
pub(crate) fn fen(field: &'static str, given: &Bound<'_, PyAny>) -> PyResult<Fen> {
    if let Some(fen) = int(given) {
        return Ok(Fen(fen));
    }
    let amount =
        given.cast::<PyString>().ok().and_then(|text| text.to_str().ok()).filter(|text| value::is_amount(text));
    let kind = match amount {
        Some(text) => format!("the text '{text}'"),
        None if given.is_instance_of::<PyInt>() && !given.is_instance_of::<PyBool>() => {
            "an integer beyond 64 bits".to_owned()
        }
        None => {
            let kind = described(given)?;
            kind.split_once(' ').map_or(kind.clone(), |(_, class)| class.to_owned())
        }
    };
    let rule = format!("must be an int of fen, not {kind}; yuan_to_fen converts yuan");
    Err(Error::invalid(field, rule)).raise(given.py())
}

/// A text.
pub(crate) fn text_of<'a>(field: &'static str, value: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    match value.cast::<PyString>() {
        Ok(text) => utf8(field, text),
        Err(_) => wrong_type(field, "text", value),
    }
}

/// A text, for another thread.
pub(crate) fn owned_text(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    text_of(field, value).map(str::to_owned)
}

/// A text that may be left out.
pub(crate) fn optional_text<'a>(field: &'static str, value: Option<&'a Bound<'_, PyAny>>) -> PyResult<Option<&'a str>> {
    value.map(|value| text_of(field, value)).transpose()
}

/// A list of texts. A text, which is a sequence of its characters, is refused.
pub(crate) fn texts_of(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyDict>() {
        return wrong_type(field, "a list of texts", value);
    }
    let Ok(items) = value.try_iter() else {
        return wrong_type(field, "a list of texts", value);
    };
    items.map(|item| owned_text(field, &item?)).collect()
}

/// `True` or `False`.
pub(crate) fn flag_of(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    value.cast::<PyBool>().map_or_else(|_| wrong_type(field, "True or False", value), |flag| Ok(flag.is_true()))
}

/// An integer.
pub(crate) fn int_of(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    int(value).map_or_else(|| wrong_type(field, "an int of at most 64 bits", value), Ok)
}

/// An integer, or a text of digits.
pub(crate) fn digits(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => utf8(field, text).map(str::to_owned),
        Err(_) => int_of(field, value).map(|int| int.to_string()),
    }
}

/// A time in seconds since 1970.
pub(crate) fn unix_time(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<i64> {
    match int_of(field, value)? {
        seconds @ 0.. => Ok(seconds),
        _ => Err(Error::invalid(field, "must be seconds since 1970")).raise(value.py()),
    }
}

/// A number of seconds; `None` when it is not one, or negative or infinite.
pub(crate) fn duration(value: &Bound<'_, PyAny>) -> Option<Duration> {
    let seconds = value.extract::<f64>().ok().filter(|_| !value.is_instance_of::<PyBool>())?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// A dict.
pub(crate) fn dict_of<'a, 'py>(field: &'static str, value: &'a Bound<'py, PyAny>) -> PyResult<&'a Bound<'py, PyDict>> {
    value.cast::<PyDict>().or_else(|_| wrong_type(field, "a dict", value))
}

/// A mapping, or pairs of names and values, as a dict.
pub(crate) fn mapping_of<'py>(field: &'static str, value: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = value.py();
    if let Ok(dict) = value.cast::<PyDict>() {
        return Ok(dict.clone());
    }
    match py.get_type::<PyDict>().call1((value,)) {
        Ok(dict) => Ok(dict.cast_into::<PyDict>()?),
        // Neither a mapping nor pairs.
        Err(error) if error.is_instance_of::<PyTypeError>(py) || error.is_instance_of::<PyValueError>(py) => {
            wrong_type(field, "a dict", value)
        }
        Err(error) => Err(error),
    }
}

/// The algorithm of this name.
pub(crate) fn sign_type(py: Python<'_>, name: &str) -> PyResult<SignType> {
    name.parse::<SignType>().raise(py)
}

/// The bytes of a message as they were received. A body that a framework has parsed is refused; the error says what to pass.
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
    Err(Error::not_raw_body("raw_body", rule)).raise(py)
}

/// Bytes, or a text in UTF-8: a key, a body, a message to sign.
pub(crate) fn bytes_as<'a>(field: &'static str, value: &'a Bound<'_, PyAny>) -> PyResult<Cow<'a, [u8]>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Cow::Borrowed(bytes.as_bytes()));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return utf8(field, text).map(|text| Cow::Borrowed(text.as_bytes()));
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Cow::Owned(bytes.to_vec()));
    }
    if value.get_type().name()?.to_str()? == "memoryview" {
        return Ok(Cow::Owned(value.call_method0(intern!(value.py(), "tobytes"))?.extract()?));
    }
    wrong_type(field, "text or bytes", value)
}

/// A file: its bytes, or where it is, as text or a path.
pub(crate) fn file_of(field: &'static str, value: &Bound<'_, PyAny>, filename: Option<&str>) -> PyResult<Upload> {
    let is_path = value.is_instance_of::<PyString>() || value.hasattr(intern!(value.py(), "__fspath__"))?;
    if is_path {
        let path = value.extract::<PathBuf>().map_err(|error| {
            match error.is_instance_of::<PyUnicodeEncodeError>(value.py()) {
                true => unpaired(field, value.py()),
                false => error,
            }
        })?;
        let file = Upload::file(path);
        return Ok(match filename {
            Some(filename) => file.filename(filename),
            None => file,
        });
    }
    match bytes_as(field, value) {
        Ok(bytes) => Ok(Upload::bytes(filename.unwrap_or_default(), bytes.into_owned())),
        Err(_) => wrong_type(field, "a path, bytes, or something that is read in binary mode", value),
    }
}

/// A number, an amount in fen, seconds since 1970, and perhaps a sub-merchant and the number of a combined order.
pub(crate) type PendingRow = (String, i64, i64, Option<String>, Option<String>);

/// How the pending things of a kind are written.
struct Shape<'a> {
    kind: &'a dyn Kind,
    things: String,
}

/// The pending things of a kind, to ask WeChat for: tuples of number, amount and created, or dicts or objects that have these, and perhaps
/// sub_mch_id and, for orders, combine_out_trade_no. What is wrong with one does not concern the others: each comes with its number, or with
/// what stands in its place.
pub(crate) fn pending_rows(
    kind: &dyn Kind,
    pending: &Bound<'_, PyAny>,
) -> PyResult<Vec<(String, PyResult<PendingRow>)>> {
    let (py, shape) = (pending.py(), Shape { kind, things: format!("{}s", kind.pending()) });
    // One order, or a text, is no list of orders, and can be walked too.
    let is_text = pending.is_instance_of::<PyString>() || pending.is_instance_of::<PyBytes>();
    let is_one = is_text || pending.is_instance_of::<PyDict>() || unless_interrupted(py, shape.row(pending))?.is_ok();
    let (false, Ok(things)) = (is_one, unless_interrupted(py, pending.try_iter())?) else {
        return wrong_type("pending", &format!("{}, in a list or another iterable", shape.things), pending);
    };
    let mut rows = Vec::new();
    for thing in things {
        let thing = thing?;
        let number = unless_interrupted(py, shape.number_of(&thing))?.unwrap_or_default();
        rows.push((number, unless_interrupted(py, shape.row(&thing))?));
    }
    Ok(rows)
}

/// The result of code of the user's, such as the attribute of a model. What is no `Exception`, such as Ctrl-C, ends the pass.
pub(crate) fn unless_interrupted<T>(py: Python<'_>, result: PyResult<T>) -> PyResult<PyResult<T>> {
    match result {
        Err(error) if !error.is_instance_of::<PyException>(py) => Err(error),
        result => Ok(result),
    }
}

impl Shape<'_> {
    /// The number of a row that may be malformed, for messages.
    fn number_of(&self, thing: &Bound<'_, PyAny>) -> PyResult<String> {
        let is_sequence = thing.is_instance_of::<PyTuple>() || thing.is_instance_of::<PyList>();
        let number = if is_sequence { thing.get_item(0)? } else { self.member(thing, self.kind.number())? };
        Ok(number.str()?.to_str()?.to_owned())
    }

    fn row(&self, thing: &Bound<'_, PyAny>) -> PyResult<PendingRow> {
        let (number, amount, created, [sub_mch_id, combined]) =
            if thing.is_instance_of::<PyTuple>() || thing.is_instance_of::<PyList>() {
                let length = thing.len()?;
                if length != 3 {
                    let (things, number, fee) = (&self.things, self.kind.number(), self.kind.fee());
                    let rule = format!("must be {things} of ({number}, {fee}, created), not of {length}");
                    return Err(Error::invalid("pending", rule)).raise(thing.py());
                }
                (thing.get_item(0)?, thing.get_item(1)?, thing.get_item(2)?, [None, None])
            } else {
                let given = |name| Ok::<_, PyErr>(self.found(thing, name)?.filter(|given| !given.is_none()));
                let optional = |name, others: &[&'static str]| {
                    let found = given(name)?;
                    for other in others {
                        // Without it, another sub-merchant's order would be asked for. A column of a table may be empty.
                        let is_filled =
                            |given: Bound<'_, PyAny>| given.extract::<&str>().map_or(true, |text| !text.is_empty());
                        if found.is_none() && given(other)?.is_some_and(is_filled) {
                            let rule = format!("is not a field of {}; did you mean {name}?", self.things);
                            return Err(Error::invalid(*other, rule)).raise(thing.py());
                        }
                    }
                    Ok(found)
                };
                let sub_mch_id = optional("sub_mch_id", &["sub_mchid", "subMchId", "subMchid"])?;
                let optional = [sub_mch_id, optional("combine_out_trade_no", &["combineOutTradeNo"])?];
                let member = |name| self.member(thing, name);
                (member(self.kind.number())?, member(self.kind.fee())?, member("created")?, optional)
            };
        let sub_mch_id = optional_text("sub_mch_id", sub_mch_id.as_ref())?.map(str::to_owned);
        // A model of Django has an empty text where an order is not combined.
        let combined = optional_text("combine_out_trade_no", combined.as_ref())?.filter(|number| !number.is_empty());
        let combined = combined.map(str::to_owned);
        let number = owned_text(self.kind.number(), &number)?;
        let amount = fen(self.kind.fee(), &amount)?;
        let created = if is_datetime(&created)? { unix(&created)? } else { None };
        match created {
            Some(created) => Ok((number, amount.0, created, sub_mch_id, combined)),
            None => Err(Error::invalid("created", "must be a datetime with a zone: tzinfo=…")).raise(thing.py()),
        }
    }

    /// An item of a dict, or an attribute of an object, that must be there.
    fn member<'py>(&self, thing: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Bound<'py, PyAny>> {
        if let Some(found) = self.found(thing, name)? {
            return Ok(found);
        }
        let class = thing.get_type().name()?;
        let (things, number, fee) = (&self.things, self.kind.number(), self.kind.fee());
        let rule = format!(
            "must be {things}: ({number}, {fee}, created), or dicts or objects with these; there is no {name} in a {class}"
        );
        Err(Error::invalid("pending", rule)).raise(thing.py())
    }

    /// An item of a dict, or an attribute of an object; `None` when there is none. What else goes wrong, such as a database, is an error.
    fn found<'py>(&self, thing: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let py = thing.py();
        let found = match thing.cast::<PyDict>() {
            Ok(dict) => dict.as_any().get_item(name),
            Err(_) => thing.getattr(name),
        };
        match found {
            Err(error) if error.is_instance_of::<PyKeyError>(py) || error.is_instance_of::<PyAttributeError>(py) => {
                Ok(None)
            }
            found => found.map(Some),
        }
    }
}

fn int(value: &Bound<'_, PyAny>) -> Option<i64> {
    if !value.is_instance_of::<PyInt>() || value.is_instance_of::<PyBool>() {
        return None;
    }
    value.extract().ok()
}

fn utf8<'a>(field: &str, text: &'a Bound<'_, PyString>) -> PyResult<&'a str> {
    match text.to_str() {
        Ok(text) => Ok(text),
        Err(_) => Err(unpaired(field, text.py())),
    }
}

/// Half a character, which no UTF-8 has, and so no request.
fn unpaired(field: &str, py: Python<'_>) -> PyErr {
    to_python(py, &Error::invalid(field, "must not contain an unpaired surrogate"))
}

/// Raises that an argument has the wrong type. Its value is not shown: it may be a key.
pub(crate) fn wrong_type<T>(field: &'static str, kind: &str, value: &Bound<'_, PyAny>) -> PyResult<T> {
    let class = value.get_type().name()?;
    Err(Error::invalid(field, format!("must be {kind}, not {class}"))).raise(value.py())
}

/// The headers of a message: a mapping of any class, or pairs as ASGI has them. Names and values are texts or bytes; a value may be a
/// list, of which the first counts.
pub(crate) fn headers_of(headers: &Bound<'_, PyAny>) -> PyResult<Headers> {
    let py = headers.py();
    let pairs = match headers.getattr_opt(intern!(py, "items"))? {
        Some(items) => items.call0().or_else(|cause| unreadable(py, cause))?,
        None => headers.clone(),
    };
    if headers.is_instance_of::<PyString>() || headers.is_instance_of::<PyBytes>() {
        return wrong_type("headers", "a mapping of names and values", headers);
    }
    let Ok(pairs) = pairs.try_iter() else {
        return wrong_type("headers", "a mapping of names and values", headers);
    };
    let mut read = Vec::new();
    for pair in pairs {
        let pair = pair?;
        let two = pair
            .cast::<PySequence>()
            .ok()
            .filter(|pair| !pair.is_instance_of::<PyString>() && pair.len().ok() == Some(2));
        let Some(two) = two else {
            return wrong_type("headers", "a mapping of names and values", headers);
        };
        let (name, value) = (two.get_item(0)?, two.get_item(1)?);
        // Of several values the first counts.
        let is_several = value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>();
        let value = if is_several { value.get_item(0).ok() } else { Some(value) };
        let Some(value) = value else { continue };
        if let (Some(name), Some(value)) = (header_text(&name)?, header_text(&value)?) {
            read.push((name, value));
        }
    }
    Ok(Headers::read(read.iter().map(|(name, value)| (name.as_str(), value.as_str()))))
}

/// Headers of a class of the user's that raised an exception.
fn unreadable<T>(py: Python<'_>, cause: PyErr) -> PyResult<T> {
    if !cause.is_instance_of::<PyException>(py) {
        return Err(cause);
    }
    Err(Error::invalid("headers", "could not be read: their items() raised an error"))
        .raise(py)
        .inspect_err(|error: &PyErr| error.set_cause(py, Some(cause)))
}

/// The text of a header's name or value; `None` for other values, which headers of other kinds may have.
fn header_text(value: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    if let Ok(text) = value.cast::<PyString>() {
        // The headers of a signature are ASCII: another text is skipped.
        return Ok(text.to_str().ok().map(str::to_owned));
    }
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(Some(String::from_utf8_lossy(bytes.as_bytes()).into_owned()));
    }
    if let Ok(bytes) = value.cast::<PyByteArray>() {
        return Ok(Some(String::from_utf8_lossy(&bytes.to_vec()).into_owned()));
    }
    Ok(value.extract::<i64>().ok().map(|int| int.to_string()))
}
