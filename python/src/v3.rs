//! APIv3 by hand: the functions behind `wxpaykit.v3`. RSA runs without the GIL.

use std::borrow::Cow;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyString};
use wxpaykit::Error;
use wxpaykit::binding::held_keys;
use wxpaykit::client::{nonce, now as clock};
use wxpaykit::fork;
use wxpaykit::v3::{self, Evidence, Keys, Parts, Resource, SigningKey, VerifyingKey};

use crate::background;
use crate::error::Raise;
use crate::explanation::Explanation;
use crate::take::{bytes_as, digits, headers_of, int_of, mapping_of, optional_text, text_of, wrong_type};

type Any<'a, 'py> = &'a Bound<'py, PyAny>;

/// Runs without the GIL, and not while another thread forks: the child would wait for a lock of AWS-LC forever.
fn apart<T: Send>(py: Python<'_>, run: impl FnOnce() -> T + Send) -> T {
    background::detach(py, || fork::apart(run)).0
}

#[pyfunction]
pub(crate) fn v3_string_to_sign(
    method: Any<'_, '_>,
    url: Any<'_, '_>,
    timestamp: Any<'_, '_>,
    nonce_str: Any<'_, '_>,
    body: Option<Any<'_, '_>>,
) -> PyResult<String> {
    let py = method.py();
    let (timestamp, body) = (digits("timestamp", timestamp)?, body_text(body)?);
    let (method, url) = (text_of("method", method)?, text_of("url", url)?);
    v3::string_to_sign(method, url, &timestamp, text_of("nonce_str", nonce_str)?, &body).raise(py)
}

#[pyfunction]
pub(crate) fn v3_sign(message: Any<'_, '_>, private_key: Any<'_, '_>) -> PyResult<String> {
    let py = message.py();
    let (message, key) = (bytes_as("message", message)?, bytes_as("private_key", private_key)?);
    apart(py, || v3::sign(&message, &*held_keys::signing_key("private_key", &key)?)).raise(py)
}

#[pyfunction]
#[pyo3(signature = (mch_id, serial_no, private_key, method, url, body, timestamp, nonce_str))]
#[expect(clippy::too_many_arguments, reason = "they are the parts of the header")]
pub(crate) fn v3_authorization(
    mch_id: Any<'_, '_>,
    serial_no: Any<'_, '_>,
    private_key: Any<'_, '_>,
    method: Any<'_, '_>,
    url: Any<'_, '_>,
    body: Option<Any<'_, '_>>,
    timestamp: Option<Any<'_, '_>>,
    nonce_str: Option<Any<'_, '_>>,
) -> PyResult<String> {
    let py = mch_id.py();
    let timestamp = timestamp.map_or_else(|| Ok(clock().to_string()), |given| digits("timestamp", given))?;
    let nonce_str = match optional_text("nonce_str", nonce_str)? {
        Some(given) => given.to_owned(),
        None => nonce().raise(py)?,
    };
    let body = body_text(body)?;
    let parts = Parts {
        mch_id: text_of("mch_id", mch_id)?,
        serial_no: text_of("serial_no", serial_no)?,
        method: text_of("method", method)?,
        url: text_of("url", url)?,
        body: &body,
        timestamp: &timestamp,
        nonce_str: &nonce_str,
    };
    let key = bytes_as("private_key", private_key)?;
    apart(py, || v3::authorization(&parts, &*held_keys::signing_key("private_key", &key)?)).raise(py)
}

#[pyfunction]
pub(crate) fn v3_verify(
    headers: Any<'_, '_>,
    body: Option<Any<'_, '_>>,
    keys: Any<'_, '_>,
    now: Option<Any<'_, '_>>,
) -> PyResult<String> {
    let py = headers.py();
    let headers = headers_of(headers)?;
    let body = body_bytes(body)?;
    let now = now.map_or_else(|| Ok(clock()), |now| int_of("now", now))?;
    let held = keys_of(keys)?;
    let (verified, _running) = background::detach(py, || {
        let keys = read_keys(&held)?;
        v3::verify(&headers, &body, &keys, now).map(str::to_owned)
    });
    verified.raise(py)
}

#[pyfunction]
pub(crate) fn v3_decrypt(resource: Any<'_, '_>, api_v3_key: Any<'_, '_>) -> PyResult<String> {
    let py = resource.py();
    let mut members = mapping_of("resource", resource)?;
    let mut ciphertext = members.get_item(intern!(py, "ciphertext"))?;
    // A whole notification: its resource is meant.
    if ciphertext.is_none()
        && let Some(inner) = members.get_item(intern!(py, "resource"))?
    {
        members = mapping_of("resource", &inner)?;
        ciphertext = members.get_item(intern!(py, "ciphertext"))?;
    }
    let algorithm = members.get_item(intern!(py, "algorithm"))?;
    let nonce = members.get_item(intern!(py, "nonce"))?;
    let associated_data = members.get_item(intern!(py, "associated_data"))?;
    let resource = Resource {
        algorithm: member("algorithm", algorithm.as_ref())?,
        ciphertext: member("ciphertext", ciphertext.as_ref())?,
        nonce: member("nonce", nonce.as_ref())?,
        associated_data: member("associated_data", associated_data.as_ref())?,
    };
    v3::decrypt(&resource, text_of("api_v3_key", api_v3_key)?).raise(py)
}

/// The text of a member; empty when it is left out.
fn member<'a>(name: &'static str, value: Option<&'a Bound<'_, PyAny>>) -> PyResult<&'a str> {
    Ok(optional_text(name, value.filter(|value| !value.is_none()))?.unwrap_or_default())
}

#[pyfunction]
pub(crate) fn v3_encrypt_sensitive(text: Any<'_, '_>, public_key: Any<'_, '_>) -> PyResult<String> {
    let py = text.py();
    let (text, key) = (text_of("text", text)?, bytes_as("public_key", public_key)?);
    apart(py, || v3::encrypt_sensitive(text, &VerifyingKey::read("public_key", &key)?)).raise(py)
}

#[pyfunction]
pub(crate) fn v3_decrypt_sensitive(text: Any<'_, '_>, private_key: Any<'_, '_>) -> PyResult<String> {
    let py = text.py();
    let (text, key) = (text_of("text", text)?, bytes_as("private_key", private_key)?);
    apart(py, || Ok(v3::decrypt_sensitive(text, &*held_keys::signing_key("private_key", &key)?)?.to_string())).raise(py)
}

#[pyfunction]
pub(crate) fn v3_decrypt_bill<'py>(
    file: Any<'_, 'py>,
    encrypt_key: Any<'_, 'py>,
    nonce: Any<'_, 'py>,
    private_key: Any<'_, 'py>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = file.py();
    let (file, key) = (bytes_as("file", file)?, bytes_as("private_key", private_key)?);
    let (encrypt_key, nonce) = (text_of("encrypt_key", encrypt_key)?, text_of("nonce", nonce)?);
    let plain =
        apart(py, || v3::decrypt_bill(&file, encrypt_key, nonce, &*held_keys::signing_key("private_key", &key)?))
            .raise(py)?;
    Ok(PyBytes::new(py, &plain))
}

#[pyfunction]
pub(crate) fn v3_certificates<'py>(
    reply: Any<'_, 'py>,
    api_v3_key: Any<'_, 'py>,
    now: Option<Any<'_, 'py>>,
) -> PyResult<Bound<'py, PyDict>> {
    let py = reply.py();
    let body = bytes_as("reply", reply)?;
    let now = now.map_or_else(|| Ok(clock()), |now| int_of("now", now))?;
    let found = v3::certificates(&body, text_of("api_v3_key", api_v3_key)?, now).raise(py)?;
    let certificates = PyDict::new(py);
    for certificate in found {
        certificates.set_item(certificate.serial_no, certificate.pem)?;
    }
    Ok(certificates)
}

#[pyfunction]
pub(crate) fn v3_pay_sign(
    appid: Any<'_, '_>,
    timestamp: Any<'_, '_>,
    nonce_str: Any<'_, '_>,
    package: Any<'_, '_>,
    private_key: Any<'_, '_>,
) -> PyResult<String> {
    let py = appid.py();
    let timestamp = digits("timestamp", timestamp)?;
    let (appid, nonce_str) = (text_of("appid", appid)?, text_of("nonce_str", nonce_str)?);
    let (package, key) = (text_of("package", package)?, bytes_as("private_key", private_key)?);
    apart(py, || v3::pay_sign(appid, &timestamp, nonce_str, package, &*held_keys::signing_key("private_key", &key)?))
        .raise(py)
}

#[pyfunction]
pub(crate) fn v3_serial_no(certificate: Any<'_, '_>) -> PyResult<String> {
    let py = certificate.py();
    v3::serial_no(&bytes_as("certificate", certificate)?).raise(py)
}

#[pyfunction]
pub(crate) fn v3_explain(py: Python<'_>, known: &Bound<'_, PyDict>) -> PyResult<Explanation> {
    let get = |name: &str| Ok::<_, PyErr>(known.get_item(name)?.filter(|value| !value.is_none()));
    let text = |name: &'static str| get(name)?.map(|value| text_of(name, &value).map(str::to_owned)).transpose();
    let bytes = |name: &'static str| get(name)?.map(|value| bytes_as(name, &value).map(Cow::into_owned)).transpose();
    let public = |name: &'static str| {
        let key: Option<Vec<u8>> = bytes(name)?;
        key.map(|key| VerifyingKey::read(name, &key)).transpose().raise(py)
    };
    let private =
        bytes("private_key")?.map(|key: Vec<u8>| held_keys::signing_key("private_key", &key)).transpose().raise(py)?;
    let (certificate, public) = (public("certificate")?, public("public_key")?);
    let own = public.as_ref().or_else(|| private.as_deref().map(SigningKey::public));
    let headers = get("headers")?.map(|headers| headers_of(&headers)).transpose()?;
    let keys = get("keys")?.map(|keys| keys_of(&keys)).transpose()?;
    let keys = keys.map(|held| read_keys(&held)).transpose().raise(py)?;
    let (body, reply): (Option<Vec<u8>>, Option<Vec<u8>>) = (bytes("body")?, bytes("reply")?);
    let timestamp = get("timestamp")?.map(|given| digits("timestamp", &given)).transpose()?;
    let now = get("now")?.map(|now| int_of("now", &now)).transpose()?;
    let (api_v3_key, api_key) = (text("api_v3_key")?, text("api_key")?);
    let (method, url) = (text("method")?, text("url")?);
    let (nonce_str, signature) = (text("nonce_str")?, text("signature")?);
    let (authorization, mch_id, serial_no) = (text("authorization")?, text("mch_id")?, text("serial_no")?);
    let known = Evidence {
        headers: headers.as_ref(),
        body: body.as_deref().unwrap_or_default(),
        keys: keys.as_ref(),
        now,
        api_v3_key: api_v3_key.as_deref(),
        api_key: api_key.as_deref(),
        method: method.as_deref(),
        url: url.as_deref(),
        timestamp: timestamp.as_deref(),
        nonce_str: nonce_str.as_deref(),
        signature: signature.as_deref(),
        authorization: authorization.as_deref(),
        mch_id: mch_id.as_deref(),
        serial_no: serial_no.as_deref(),
        certificate: certificate.as_ref(),
        public_key: own,
        reply: reply.as_deref(),
    };
    let (explained, _running) = background::detach(py, || v3::explain(&known));
    explained.raise(py).map(Explanation)
}

/// The body of a message as bytes; `None` is empty.
fn body_bytes<'a>(body: Option<Any<'a, '_>>) -> PyResult<Cow<'a, [u8]>> {
    body.map_or(Ok(Cow::Borrowed(&[])), |body| bytes_as("body", body))
}

/// The body of a request, which is JSON; `None` is empty.
fn body_text<'a>(body: Option<Any<'a, '_>>) -> PyResult<Cow<'a, str>> {
    let Some(body) = body else { return Ok(Cow::Borrowed("")) };
    let text = match bytes_as("body", body)? {
        Cow::Borrowed(bytes) => std::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
        Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
    };
    let rule = "must be UTF-8: JSON as it is sent; of an upload the text of its part meta is signed, and not the file";
    text.ok_or_else(|| Error::invalid("body", rule)).raise(body.py())
}

/// Keys by their serial number or id.
fn keys_of(keys: Any<'_, '_>) -> PyResult<Vec<(String, Vec<u8>)>> {
    let keys = match keys.is_instance_of::<PyString>() || keys.is_instance_of::<PyBytes>() {
        true => return wrong_type("keys", "a dict of serial numbers or ids and their keys", keys),
        false => mapping_of("keys", keys)?,
    };
    let pairs =
        keys.iter().map(|(id, key)| Ok((text_of("keys", &id)?.to_owned(), bytes_as("keys", &key)?.into_owned())));
    pairs.collect()
}

fn read_keys(held: &[(String, Vec<u8>)]) -> Result<Keys, Error> {
    Keys::read(held.iter().map(|(id, key)| (id.as_str(), key.as_slice())))
}
