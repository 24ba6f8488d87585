//! Functions for tests, behind the feature `probe`, which published builds do not have: core's functions as the shared vectors
//! call them, with keys, times and random texts as arguments; and core's stores, for the test of the contract of stores.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use wxpaykit::platform::oauth::{self, Authorize, Scope};
use wxpaykit::store::{self, Store, StoreFuture};
use wxpaykit::table::Document;
use wxpaykit::v2::reply;
use wxpaykit::wire::xml;
use wxpaykit::{
    BeijingTime, Error, Merchant, MerchantOptions, PaymentNotification, Secret, SignType, out_trade_no, page, platform,
    sign,
};

use crate::client::find;
use crate::error::Raise;
use crate::give::from_page;
use crate::reply::Reply;
use crate::runtime::block_on;
use crate::store::PyStore;
use crate::take::{bytes_of, sign_type};

/// Adds the functions as plain attributes. They are not in `__all__`, and the stub, which is published, does not declare them.
pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.setattr("ProbeStore", module.py().get_type::<ProbeStore>())?;
    for function in [
        wrap_pyfunction!(probe_authorize_url, module)?,
        wrap_pyfunction!(probe_beijing_time, module)?,
        wrap_pyfunction!(probe_notify_payment, module)?,
        wrap_pyfunction!(probe_oauth_json, module)?,
        wrap_pyfunction!(probe_out_trade_no, module)?,
        wrap_pyfunction!(probe_page_params, module)?,
        wrap_pyfunction!(probe_reply, module)?,
        wrap_pyfunction!(probe_store, module)?,
        wrap_pyfunction!(probe_v3_bill_hash, module)?,
        wrap_pyfunction!(probe_verify, module)?,
    ] {
        module.setattr(function.getattr("__name__")?.cast_into::<PyString>()?, function)?;
    }
    Ok(())
}

fn all(py: Python<'_>, names: &[String]) -> PyResult<Vec<SignType>> {
    names.iter().map(|name| sign_type(py, name)).collect()
}

#[pyfunction]
pub(crate) fn probe_v3_bill_hash(py: Python<'_>, file: &[u8], hash_value: &str) -> PyResult<usize> {
    wxpaykit::v3::check_bill(file, hash_value).map(|plain| plain.len()).raise(py)
}

#[pyfunction]
pub(crate) fn probe_verify(document: &Bound<'_, PyAny>, key: &str, allowed: Vec<String>) -> PyResult<&'static str> {
    let py = document.py();
    let fields = xml::parse(&bytes_of(document)?).map_err(Error::from).raise(py)?;
    let found = sign::verify(&fields, key, &all(py, &allowed)?).map_err(Error::from).raise(py)?;
    Ok(found.as_str())
}

#[pyfunction]
pub(crate) fn probe_notify_payment<'py>(
    body: &Bound<'py, PyAny>,
    key: &str,
    allowed: Vec<String>,
    appid: &str,
    mch_id: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = body.py();
    let allowed = all(py, &allowed)?;
    let parsed = PaymentNotification::parse_with_key(&bytes_of(body)?, key, &allowed, appid, mch_id).raise(py)?;
    Reply::make(py, Some(PaymentNotification::RECORD), parsed.fields().clone())
}

#[pyfunction]
pub(crate) fn probe_reply<'py>(
    endpoint: &str,
    status: u16,
    body: &Bound<'py, PyAny>,
    key: &str,
    allowed: Vec<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = body.py();
    let endpoint = find(py, endpoint)?;
    let fields = reply::read_with_key(endpoint, status, &bytes_of(body)?, key, &all(py, &allowed)?).raise(py)?;
    Reply::make(py, Some(endpoint.reply), fields)
}

#[pyfunction]
pub(crate) fn probe_oauth_json<'py>(call: &str, status: u16, body: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = body.py();
    let call = find(py, call)?;
    Reply::make(py, Some(call.reply), platform::reply::read(call, status, &bytes_of(body)?).raise(py)?)
}

#[pyfunction]
#[pyo3(signature = (kind, *, appid, mch_id, key, sign_type, prepay_id, timestamp, nonce))]
#[expect(clippy::too_many_arguments, reason = "as many as a vector gives")]
pub(crate) fn probe_page_params<'py>(
    py: Python<'py>,
    kind: &str,
    appid: &str,
    mch_id: &str,
    key: &str,
    sign_type: &str,
    prepay_id: &str,
    timestamp: i64,
    nonce: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let mut options = MerchantOptions::new(appid, mch_id, key);
    options.sign_type = crate::take::sign_type(py, sign_type)?;
    let merchant = Merchant::new(options).raise(py)?;
    let page = match kind {
        "jsapi_params" => page::jsapi_params(&merchant, prepay_id, None, timestamp, nonce),
        "choose_wxpay_params" => page::choose_wxpay_params(&merchant, prepay_id, None, timestamp, nonce),
        "miniprogram_params" => page::miniprogram_params(&merchant, prepay_id, None, timestamp, nonce),
        "app_params" => page::app_params(&merchant, prepay_id, None, None, timestamp, nonce),
        other => Err(Error::invalid("kind", format!("there is no {other}"))),
    };
    from_page(py, &page.raise(py)?)
}

#[pyfunction]
#[pyo3(signature = (appid, redirect_uri, scope, state, force_popup, component_appid))]
pub(crate) fn probe_authorize_url(
    py: Python<'_>,
    appid: &str,
    redirect_uri: &str,
    scope: &str,
    state: Option<&str>,
    force_popup: bool,
    component_appid: Option<&str>,
) -> PyResult<String> {
    let scope = scope.parse::<Scope>().raise(py)?;
    let visit = Authorize { redirect_uri, scope, state, force_popup, component_appid };
    oauth::authorize_url("https://open.weixin.qq.com", appid, &visit).raise(py)
}

#[pyfunction]
pub(crate) fn probe_beijing_time(py: Python<'_>, unix: i64) -> PyResult<(String, String)> {
    let time = BeijingTime::from_unix(unix).raise(py)?;
    Ok((time.to_wire(), time.to_dashed()))
}

#[pyfunction]
pub(crate) fn probe_out_trade_no(py: Python<'_>, value: &str) -> PyResult<bool> {
    out_trade_no::check_out_trade_no(value).map(|()| true).raise(py)
}

/// One of core's stores by its address, or an object as core uses it.
#[pyfunction]
pub(crate) fn probe_store(place: &Bound<'_, PyAny>) -> PyResult<ProbeStore> {
    Ok(ProbeStore(match place.cast::<PyString>() {
        Ok(address) => store::open(address.to_str()?).raise(place.py())?,
        Err(_) => Arc::new(PyStore::new(place)?),
    }))
}

#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct ProbeStore(Arc<dyn Store>);

#[pymethods]
impl ProbeStore {
    fn get(&self, py: Python<'_>, key: &str) -> PyResult<Option<String>> {
        let value = self.wait(py, self.0.get(key))?;
        Ok(value.map(|value| value.expose().to_owned()))
    }

    fn put(&self, py: Python<'_>, key: &str, value: &str, life: f64) -> PyResult<()> {
        self.wait(py, self.0.put(key, &Secret::new(value), Duration::from_secs_f64(life)))
    }

    fn add(&self, py: Python<'_>, key: &str, value: &str, life: f64) -> PyResult<bool> {
        self.wait(py, self.0.add(key, &Secret::new(value), Duration::from_secs_f64(life)))
    }

    fn compare_and_set(&self, py: Python<'_>, key: &str, old: &str, new: &str, life: f64) -> PyResult<bool> {
        let (old, new) = (Secret::new(old), Secret::new(new));
        self.wait(py, self.0.compare_and_set(key, &old, &new, Duration::from_secs_f64(life)))
    }

    fn delete(&self, py: Python<'_>, key: &str) -> PyResult<()> {
        self.wait(py, self.0.delete(key))
    }
}

impl ProbeStore {
    fn wait<T: Send>(&self, py: Python<'_>, work: StoreFuture<'_, T>) -> PyResult<T> {
        block_on(py, work, || ())?.0.map_err(Error::from).raise(py)
    }
}
