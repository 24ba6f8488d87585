//! Functions that need no client, for the package and for notebooks. They take keys of any length.

use std::borrow::Cow;
use std::ffi::OsString;
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyInt, PyString, PyType};
use wxpaykit::binding::{display, kind, timeline};
use wxpaykit::codes::{self, Meaning};
use wxpaykit::doctor;
use wxpaykit::doctor::config::{Evidence, PageSign};
use wxpaykit::notify::{Answer, Incoming};
use wxpaykit::platform::miniprogram::{self, UserData};
use wxpaykit::platform::page_sign;
use wxpaykit::sign as signing;
use wxpaykit::table::Document;
use wxpaykit::wire::xml;
use wxpaykit::{Error, Fen, SignType, client, registry, value};

use crate::error::Raise;
use crate::explanation::Explanation;
use crate::give::from_fields;
use crate::names::records;
use crate::reply::Reply;
use crate::take;
use crate::take::{
    bytes_as, bytes_of, dict_of, digits, document, flag_of, headers_of, optional_text, sign_type as algorithm, text_of,
    unix_time, with_pairs, with_params,
};

/// Signs fields (签名算法): upper-case hex.
///
/// Args:
///     params: Texts and integers. ``sign`` itself, ``None`` and empty texts are left out of the signature.
///     key: The API key, of any length.
///     sign_type: ``HMAC-SHA256`` or ``MD5``.
///
/// Raises:
///     InvalidRequest: A value is neither text nor an integer, or ``sign_type`` is unknown.
#[pyfunction]
#[pyo3(signature = (params, key, sign_type=None), text_signature = "(params, key, sign_type='HMAC-SHA256')")]
pub(crate) fn sign(
    params: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    sign_type: Option<&Bound<'_, PyAny>>,
) -> PyResult<String> {
    let (params, key) = (dict_of("params", params)?, text_of("key", key)?);
    let algorithm = algorithm(params.py(), optional_text("sign_type", sign_type)?.unwrap_or("HMAC-SHA256"))?;
    with_params(params, |params| Ok(signing::sign(value::texts(&params)?, key, algorithm)))
}

/// The text under a signature, without ``&key=`` and the key: the sorted fields as ``name=value``, joined by ``&``.
///
/// Raises:
///     InvalidRequest: A value is neither text nor an integer.
#[pyfunction]
pub(crate) fn string_to_sign(params: &Bound<'_, PyAny>) -> PyResult<String> {
    with_params(dict_of("params", params)?, |params| Ok(signing::string_to_sign(value::texts(&params)?)))
}

/// Whether the ``sign`` of a message is right for its fields and the key. Its length says which algorithm made it.
///
/// Args:
///     params: The message: a dict as ``parse_xml`` returns it, or the XML itself.
///     key: The API key, of any length.
///
/// Raises:
///     InvalidRequest: The XML cannot be read.
#[pyfunction]
pub(crate) fn verify(params: &Bound<'_, PyAny>, key: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(signing::verify(&document(params)?, text_of("key", key)?, SignType::ALL).is_ok())
}

/// Why the signature of a message is refused (签名错误): what should have been signed, and the likeliest mistake.
///
/// Args:
///     params: The message with its ``sign``: a dict as ``parse_xml`` returns it, or the body as it was sent or came.
///         When no message can be read in it, the explanation says why.
///     key: The right API key; for ``paySign`` of APIv3 the merchant's private key or certificate in PEM. The result
///         does not contain it.
///     api_v3_key: The merchant's APIv3 key, to find out whether it was used instead. The result does not contain it.
///     app_secret: The AppSecret, for the same purpose.
///
/// Raises:
///     InvalidRequest: A value of the dict is neither text nor an integer.
#[pyfunction]
#[pyo3(signature = (params, key, *, api_v3_key=None, app_secret=None))]
pub(crate) fn explain(
    params: &Bound<'_, PyAny>,
    key: &Bound<'_, PyAny>,
    api_v3_key: Option<&Bound<'_, PyAny>>,
    app_secret: Option<&Bound<'_, PyAny>>,
) -> PyResult<Explanation> {
    let others = doctor::OtherKeys {
        api_v3_key: api_v3_key.map(|key| text_of("api_v3_key", key)).transpose()?,
        app_secret: app_secret.map(|key| text_of("app_secret", key)).transpose()?,
        ..Default::default()
    };
    let key = text_of("key", key)?;
    Ok(Explanation(match params.cast::<PyDict>() {
        Ok(dict) => {
            let value = |name: &str| dict.get_item(name).ok().flatten();
            let is_number = |name: &str| value(name).is_some_and(|value| !value.is_instance_of::<PyString>());
            doctor::examine_typed(&document(params)?, is_number, key, others)
        }
        Err(_) => doctor::examine_body(&bytes_of(params)?, key, others),
    }))
}

/// Why ``wx.config`` fails with ``invalid signature``: how the URL that was signed differs from the one of the page.
///
/// Args:
///     config: What the page gave to ``wx.config``: ``nonceStr``, ``timestamp`` and ``signature`` are used.
///     url: The URL at which the page is: ``location.href``.
///     ticket: The jsapi_ticket. With it, the usual mistakes are tried. The result does not contain it.
///     signed_url: The URL that was signed, if you know it. Without ``ticket`` only the two URLs are compared.
///
/// Raises:
///     InvalidRequest: One of the three is missing from ``config``.
#[pyfunction]
#[pyo3(signature = (config, url, *, ticket=None, signed_url=None))]
pub(crate) fn explain_jssdk(
    config: &Bound<'_, PyAny>,
    url: &Bound<'_, PyAny>,
    ticket: Option<&Bound<'_, PyAny>>,
    signed_url: Option<&Bound<'_, PyAny>>,
) -> PyResult<Explanation> {
    let config = dict_of("config", config)?;
    let needed = |name: &'static str| {
        let missing = || Error::invalid(name, "is missing from config");
        config.get_item(name)?.ok_or_else(missing).raise(config.py())
    };
    let (nonce_str, timestamp, signature) = (needed("nonceStr")?, needed("timestamp")?, needed("signature")?);
    let timestamp = digits("timestamp", &timestamp)?;
    let page = PageSign {
        nonce_str: text_of("nonceStr", &nonce_str)?,
        timestamp: &timestamp,
        signature: text_of("signature", &signature)?,
        url: text_of("url", url)?,
    };
    let ticket = optional_text("ticket", ticket)?;
    let tickets = ticket.as_slice();
    let signed_url = optional_text("signed_url", signed_url)?;
    Ok(Explanation(doctor::config::config(&page, &Evidence { tickets, signed_url, ..Evidence::default() })))
}

/// Whether WeChat's code says that it has nothing under the number of a call.
#[pyfunction]
pub(crate) fn is_not_found(endpoint: &str, err_code: &str, words: &str) -> bool {
    registry::find(endpoint).is_some_and(|row| codes::meaning(row.api, err_code, words) == Meaning::NotFound)
}

/// A text of an error that the package raises by itself, in the language of the environment.
#[pyfunction]
pub(crate) fn phrase(text: &str) -> Cow<'_, str> {
    wxpaykit::binding::language::phrase(text)
}

/// Why no file can be saved at a path.
#[pyfunction]
pub(crate) fn wrong_place(path: PathBuf, takes_stream: bool) -> Option<&'static str> {
    wxpaykit::binding::place::wrong(&path, takes_stream)
}

/// A text with an escape in place of each character that moves a cursor, colours a terminal or changes the direction of text.
#[pyfunction]
pub(crate) fn clean(text: &Bound<'_, PyString>) -> String {
    // A text of the user's may have half a character, which no UTF-8 has.
    display::clean(&text.to_string_lossy()).into_owned()
}

/// The history of an order in the emulator, of JSON of its control API: at, lane, what, ok and detail of each moment.
#[pyfunction]
pub(crate) fn moments(
    out_trade_no: &str,
    order: &str,
    refunds: &str,
    journal: &str,
) -> Vec<(i64, &'static str, String, bool, String)> {
    let found = timeline::moments(out_trade_no, order, refunds, journal);
    found.into_iter().map(|one| (one.at, one.lane, one.what, one.ok, one.detail)).collect()
}

/// Reads a flat XML document of WeChat's. A DOCTYPE, nested elements and repeated names are refused.
///
/// Raises:
///     InvalidRequest: The document breaks a rule; ``code`` names it, such as ``xml_duplicate``.
#[pyfunction]
pub(crate) fn parse_xml<'py>(document: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    let py = document.py();
    let fields = xml::parse(&bytes_of(document)?).map_err(Error::from).raise(py)?;
    from_fields(py, &fields)
}

/// Writes a flat XML document as WeChat reads it. ``None`` is left out; integers become text.
///
/// Raises:
///     InvalidRequest: A name or a value cannot be written.
#[pyfunction]
pub(crate) fn build_xml(params: &Bound<'_, PyAny>) -> PyResult<String> {
    with_pairs(params, |params| xml::build(value::texts(&params)?))
}

/// Decrypts ``req_info`` of a refund notification: the XML document ``<root>…</root>``.
///
/// The notification is not signed, so confirm the refund with ``refundquery`` before you act on it.
///
/// Args:
///     req_info: The text of the element ``req_info``: Base64, as it came.
///     api_key: The merchant's APIv2 key, of any length.
///
/// Raises:
///     InvalidRequest: ``req_info`` is not Base64, or the key is another one (``code`` ``decrypt_failed``).
#[pyfunction]
pub(crate) fn decrypt_req_info(req_info: &Bound<'_, PyAny>, api_key: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = req_info.py();
    if req_info.is_instance_of::<PyBytes>() || req_info.is_instance_of::<PyByteArray>() {
        let rule =
            "must be text, not bytes: give the text of the element req_info as it came, before Base64 is decoded";
        return Err(Error::invalid("req_info", rule)).raise(py);
    }
    wxpaykit::decrypt_req_info(text_of("req_info", req_info)?, text_of("api_key", api_key)?).raise(py)
}

/// Decrypts ``encryptedData`` that a mini program got from WeChat, and checks that it is for this mini program.
///
/// Args:
///     encrypted_data: ``encryptedData``, as the mini program got it.
///     iv: The ``iv`` that came with it.
///     session_key: The customer's, of ``jscode2session``.
///     appid: The appid of the mini program.
///
/// Raises:
///     InvalidRequest: An argument is damaged, or the data is for another appid; with ``code`` ``session_key_mismatch``
///         the customer logged in again after the session key was fetched.
#[pyfunction]
pub(crate) fn decrypt_user_data<'py>(
    encrypted_data: &Bound<'py, PyAny>,
    iv: &Bound<'py, PyAny>,
    session_key: &Bound<'py, PyAny>,
    appid: &Bound<'py, PyAny>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, data, iv) = (encrypted_data.py(), text_of("encrypted_data", encrypted_data)?, text_of("iv", iv)?);
    let (key, appid) = (text_of("session_key", session_key)?, text_of("appid", appid)?);
    let data = miniprogram::decrypt_user_data(data, iv, key, appid).raise(py)?;
    Reply::make(py, Some(UserData::RECORD), data.fields().clone())
}

/// Checks the ``signature`` of ``rawData`` that a mini program got from WeChat.
///
/// Args:
///     raw_data: ``rawData`` as the mini program got it: JSON text, not parsed and written again.
///     signature: The ``signature`` beside it.
///     session_key: The customer's, of ``jscode2session``.
///
/// Raises:
///     InvalidRequest: An argument is malformed; with ``code`` ``session_key_mismatch`` the signature is not that of
///         this text and session key.
#[pyfunction]
pub(crate) fn check_raw_data(
    raw_data: &Bound<'_, PyAny>,
    signature: &Bound<'_, PyAny>,
    session_key: &Bound<'_, PyAny>,
) -> PyResult<()> {
    let py = raw_data.py();
    if raw_data.is_instance_of::<PyDict>() {
        let rule = "must be the JSON text as the mini program got it, not the object that was parsed from it";
        return Err(Error::invalid("raw_data", rule)).raise(py);
    }
    let bytes = bytes_as("raw_data", raw_data)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Error::invalid("raw_data", "is not UTF-8")).raise(py)?;
    let (signature, key) = (text_of("signature", signature)?, text_of("session_key", session_key)?);
    miniprogram::check_raw_data(text, signature, key).raise(py)
}

/// ``workwx_sign``, the inner signature of two payments of WeCom: ``sendworkwxredpack`` and ``paywwsptrans2pocket``.
///
/// Add it to the fields, and sign them all with the API key by MD5 then.
///
/// Args:
///     params: The fields of the payment. The fixed ones are taken: a red packet has ``mch_billno``, a payment to a
///         member ``partner_trade_no``.
///     secret: The secret of WeCom for payments, from the WeCom console; not the API key.
///
/// Raises:
///     InvalidRequest: The fields are of neither payment, or one of the fixed fields is missing.
#[pyfunction]
pub(crate) fn workwx_sign(params: &Bound<'_, PyAny>, secret: &Bound<'_, PyAny>) -> PyResult<String> {
    let (params, secret) = (dict_of("params", params)?, text_of("secret", secret)?);
    with_params(params, |params| {
        let texts: Vec<_> = value::texts(&params)?.collect();
        let fields = texts.iter().map(|(name, text)| (*name, &**text)).collect();
        wxpaykit::workwx_sign(&fields, secret)
    })
}

/// Signs a page for ``wx.config`` (JS-SDK 使用权限签名算法): lower-case hex of SHA-1.
///
/// Args:
///     ticket: The jsapi_ticket.
///     noncestr: A random text.
///     timestamp: Seconds since 1970.
///     url: The URL of the page, with its query. The part after ``#`` is not signed.
#[pyfunction]
pub(crate) fn jssdk_signature(
    ticket: &Bound<'_, PyAny>,
    noncestr: &Bound<'_, PyAny>,
    timestamp: &Bound<'_, PyAny>,
    url: &Bound<'_, PyAny>,
) -> PyResult<String> {
    Ok(page_sign::signature(
        text_of("ticket", ticket)?,
        text_of("noncestr", noncestr)?,
        unix_time("timestamp", timestamp)?,
        text_of("url", url)?,
    ))
}

/// Runs the command `wxpaykit` on this process's own streams, for the console script.
#[pyfunction]
pub(crate) fn command(py: Python<'_>, args: Vec<OsString>, folders: Vec<PathBuf>) -> u8 {
    py.detach(|| wxpaykit_cli::run_here(args, folders))
}

#[pyfunction]
pub(crate) fn ack_body(ok: &Bound<'_, PyAny>, msg: &Bound<'_, PyAny>) -> PyResult<String> {
    wxpaykit::ack(flag_of("ok", ok)?, text_of("msg", msg)?).raise(ok.py())
}

/// Status, content type and body of the answer to a notification, in the form of its API. A raw body that could not be read is `None`, or
/// anything: then the headers tell which API it is.
#[pyfunction]
pub(crate) fn answer_to(
    raw_body: &Bound<'_, PyAny>,
    headers: &Bound<'_, PyAny>,
    ok: bool,
    is_refused: bool,
) -> (u16, &'static str, String) {
    let body = bytes_of(raw_body).unwrap_or_default();
    let headers = headers_of(headers).unwrap_or_default();
    let notification = Incoming::new(&body, &headers);
    let answer = if ok { Answer::ok(notification) } else { Answer::again(notification, is_refused) };
    (answer.status, answer.content_type, answer.body)
}

/// A number of 32 characters for a new order (商户订单号). Numbers of one prefix sort by Beijing time.
///
/// Args:
///     prefix: At most 8 digits, letters and ``_-|*@``.
///
/// Raises:
///     InvalidRequest: The prefix is too long or has other characters.
#[pyfunction]
#[pyo3(signature = (prefix=None), text_signature = "(prefix='')")]
pub(crate) fn new_out_trade_no(py: Python<'_>, prefix: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
    client::new_out_trade_no(optional_text("prefix", prefix)?.unwrap_or_default()).raise(py)
}

/// A number of 32 characters for a new refund (商户退款单号). Store it before the first attempt: each further
/// attempt at the refund needs the same one.
///
/// Args:
///     prefix: At most 8 digits, letters and ``_-|*@``.
///
/// Raises:
///     InvalidRequest: The prefix is too long or has other characters.
#[pyfunction]
#[pyo3(signature = (prefix=None), text_signature = "(prefix='')")]
pub(crate) fn new_out_refund_no(py: Python<'_>, prefix: Option<&Bound<'_, PyAny>>) -> PyResult<String> {
    client::new_out_refund_no(optional_text("prefix", prefix)?.unwrap_or_default()).raise(py)
}

/// An amount in yuan as fen: ``"12.30"`` is 1230. Takes text, ``int`` and ``Decimal``, never ``float``.
///
/// Raises:
///     InvalidRequest: ``yuan`` is not an amount, or has more than two decimals.
#[pyfunction]
pub(crate) fn yuan_to_fen(yuan: &Bound<'_, PyAny>) -> PyResult<i64> {
    let py = yuan.py();
    let text = match yuan.cast::<PyString>() {
        Ok(_) => text_of("yuan", yuan)?.to_owned(),
        Err(_) if yuan.is_instance_of::<PyFloat>() || yuan.is_instance_of::<PyBool>() => {
            return inexact(yuan);
        }
        Err(_) if yuan.is_instance_of::<PyInt>() || yuan.get_type().name()?.to_str()? == "Decimal" => {
            // "f" writes a Decimal without an exponent.
            py.import("builtins")?.getattr("format")?.call1((yuan, format_of(yuan)))?.extract()?
        }
        Err(_) => return inexact(yuan),
    };
    Fen::from_yuan(&text).map(|fen| fen.0).raise(py)
}

/// An amount in fen as yuan with two decimals: 1230 is ``"12.30"``.
///
/// Raises:
///     InvalidRequest: ``fen`` is negative, or not an ``int``.
#[pyfunction]
pub(crate) fn fen_to_yuan(fen: &Bound<'_, PyAny>) -> PyResult<String> {
    match fen.extract() {
        Ok(int) if fen.is_instance_of::<PyInt>() && !fen.is_instance_of::<PyBool>() => {
            Fen(int).to_yuan().raise(fen.py())
        }
        _ => Err(Error::invalid("fen", "must be an integer")).raise(fen.py()),
    }
}

/// H5: the URL that opens the cashier in the customer's browser and returns to your page afterwards.
///
/// Args:
///     mweb_url: From the reply of ``unifiedorder``.
///     redirect_url: An absolute URL of yours.
///
/// Raises:
///     InvalidRequest: One of the URLs is not absolute.
#[pyfunction]
pub(crate) fn mweb_redirect_url(mweb_url: &Bound<'_, PyAny>, redirect_url: &Bound<'_, PyAny>) -> PyResult<String> {
    let py = mweb_url.py();
    wxpaykit::mweb_redirect_url(text_of("mweb_url", mweb_url)?, text_of("redirect_url", redirect_url)?).raise(py)
}

/// Checks all pending things of a kind, before WeChat is asked for any. Their times are returned in seconds since 1970.
#[pyfunction]
pub(crate) fn pending_rows(kind: &str, pending: &Bound<'_, PyAny>) -> PyResult<Vec<(String, Py<PyAny>)>> {
    let py = pending.py();
    let kind = kind::find(kind).raise(py)?;
    let rows = take::pending_rows(kind, pending)?.into_iter().map(|(number, row)| {
        let row = match row {
            Ok(row) => row.into_pyobject(py)?.into_any(),
            Err(error) => error.into_value(py).into_bound(py).into_any(),
        };
        Ok((number, row.unbind()))
    });
    rows.collect()
}

/// Makes a reply from its texts, for `pickle` and `copy`.
#[pyfunction]
#[pyo3(signature = (class, record, raw, hidden = Vec::new()))]
pub(crate) fn restore<'py>(
    class: &Bound<'py, PyType>,
    record: Option<&str>,
    raw: &Bound<'py, PyAny>,
    hidden: Vec<String>,
) -> PyResult<Bound<'py, PyAny>> {
    let record = record.and_then(|name| records().find(|record| record.name == name));
    Reply::of_class(class, record, document(raw)?.hiding(hidden))
}

fn format_of(number: &Bound<'_, PyAny>) -> &'static str {
    if number.is_instance_of::<PyInt>() { "d" } else { "f" }
}

fn inexact<T>(yuan: &Bound<'_, PyAny>) -> PyResult<T> {
    let class = yuan.get_type().name()?;
    Err(Error::invalid("yuan", format!("must be text, an int or a Decimal, not {class}"))).raise(yuan.py())
}
