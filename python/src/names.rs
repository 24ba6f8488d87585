//! WeChat's names of fields as Python strings that are made once.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyString;
use wxpaykit::codes::Api;
use wxpaykit::registry;
use wxpaykit::table::{Endpoint, Record};

const COMMON: &[&str] = &[
    "return_code",
    "return_msg",
    "result_code",
    "err_code",
    "err_code_des",
    "sign",
    "sign_type",
    "nonce_str",
    "appId",
    "timeStamp",
    "timestamp",
    "nonceStr",
    "package",
    "signType",
    "paySign",
    "partnerid",
    "prepayid",
    "noncestr",
];

/// The records of all documents in the table.
pub(crate) fn records() -> impl Iterator<Item = &'static Record> {
    let documents = registry::DOCUMENTS.iter().copied().chain(registry::all().map(|endpoint| endpoint.reply));
    documents.chain(registry::parts(Api::V3))
}

/// A text as a Python string: the existing one, if it is one of WeChat's names.
pub(crate) fn name<'py>(py: Python<'py>, text: &str) -> Bound<'py, PyString> {
    match known(py).get(text) {
        Some(name) => name.bind(py).clone(),
        None => PyString::new(py, text),
    }
}

type Known = HashMap<&'static str, Py<PyString>, BuildHasherDefault<Fnv>>;

fn known(py: Python<'_>) -> &'static Known {
    static KNOWN: PyOnceLock<Known> = PyOnceLock::new();
    // Nothing in the closure runs Python code; see `once`.
    KNOWN.get_or_init(py, || {
        let fields = records().flat_map(|record| record.fields);
        let requests = registry::all().flat_map(Endpoint::fields);
        let names = fields.chain(requests).map(|field| field.name).chain(COMMON.iter().copied());
        names.map(|name| (name, PyString::intern(py, name).unbind())).collect()
    })
}

/// FNV-1a: three times as fast as the default for short keys. The keys of the map are fixed, so an attacker cannot make them collide.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
