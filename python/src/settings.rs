//! The settings of a client, from keyword arguments.

use std::path::PathBuf;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyInt, PyString};
use wxpaykit::table::settings::{self, SettingKind};
use wxpaykit::{Error, Options};

use crate::error::Raise;
use crate::store::PyStore;

/// Sets what was given; what is `None` stays as it is.
pub(crate) fn apply(options: &mut Options, settings: &Bound<'_, PyDict>) -> PyResult<()> {
    for (key, value) in settings {
        if value.is_none() {
            continue;
        }
        let key: String = key.extract()?;
        set(options, &key, &value)?;
    }
    Ok(())
}

fn set(options: &mut Options, key: &str, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let Some(setting) = settings::find(key) else {
        return Err(PyTypeError::new_err(format!("there is no setting '{key}'")));
    };
    let field = setting.name;
    let text = match setting.kind {
        SettingKind::Listener if value.is_callable() => return Ok(()),
        SettingKind::Listener => return wrong(value, field, "must be a function that takes an event"),
        SettingKind::Store if !value.is_instance_of::<PyString>() => {
            options.store = Some(Arc::new(PyStore::new(value)?).into());
            return Ok(());
        }
        SettingKind::Credential if value.is_instance_of::<PyBytes>() => {
            return options.set_bytes(field, value.cast::<PyBytes>()?.as_bytes()).raise(value.py());
        }
        SettingKind::Credential if !value.is_instance_of::<PyString>() => match value.extract::<PathBuf>() {
            Ok(path) => path.to_string_lossy().into_owned(),
            Err(_) => {
                let kind = value.get_type().name()?;
                return wrong(value, field, &format!("must be a path, bytes or PEM text, not {kind}"));
            }
        },
        SettingKind::Text
        | SettingKind::Secret
        | SettingKind::Credential
        | SettingKind::SignType
        | SettingKind::Store => text(field, value)?,
        SettingKind::Seconds => match value.extract::<f64>() {
            Ok(seconds) if !value.is_instance_of::<PyBool>() => seconds.to_string(),
            _ => return wrong(value, field, "must be a number of seconds"),
        },
        SettingKind::Flag => match value.cast::<PyBool>() {
            Ok(flag) => flag.is_true().to_string(),
            Err(_) => return wrong(value, field, "must be True or False"),
        },
        SettingKind::Count => match value.cast::<PyInt>() {
            Ok(count) if !value.is_instance_of::<PyBool>() => count.to_string(),
            _ => return wrong(value, field, "must be an integer"),
        },
        SettingKind::SignTypes => {
            let list = "must be a list, such as [\"MD5\", \"HMAC-SHA256\"]";
            // A text is a sequence too.
            let (false, Ok(names)) = (value.is_instance_of::<PyString>(), value.try_iter()) else {
                return wrong(value, field, list);
            };
            names.map(|name| text(field, &name?)).collect::<PyResult<Vec<String>>>()?.join(",")
        }
    };
    options.set(field, &text).raise(value.py())
}

fn text(field: &'static str, value: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = value.cast::<PyString>() else {
        return wrong(value, field, &format!("must be text, not {}", value.get_type().name()?));
    };
    match text.to_str() {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => wrong(value, field, "must not contain an unpaired surrogate"),
    }
}

fn wrong<T>(value: &Bound<'_, PyAny>, field: &'static str, remedy: &str) -> PyResult<T> {
    Err(Error::config(field, remedy)).raise(value.py())
}
