//! The native client of `WxPay` and `AsyncWxPay`.

use std::collections::HashMap;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyDict};
use pyo3::{PyTraverseError, PyVisit};
use wxpaykit::binding::job::{self, Message, Takes};
use wxpaykit::binding::kind::{self, Row};
use wxpaykit::binding::part;
use wxpaykit::client::{Pending, V3Page};
use wxpaykit::flow::Item;
use wxpaykit::page::PageParams;
use wxpaykit::platform::jssdk::PageConfig;
use wxpaykit::platform::miniprogram::UserData;
use wxpaykit::platform::oauth::{Authorize, Scope};
use wxpaykit::platform::wecom::WecomScope;
use wxpaykit::registry;
use wxpaykit::table::{Document, Endpoint};
use wxpaykit::v2::request;
use wxpaykit::v3::Download;
use wxpaykit::v3::request::Call as V3Call;
use wxpaykit::{
    ConfirmedPayment, ConfirmedRefund, Error, Fen, MerchantOptions, NativeQuestion, Options, Secret, WxPay, client,
};

use crate::bill::BillSource;
use crate::code_payment::{self, CodePayment};
use crate::error::Raise;
use crate::give::from_page;
use crate::handling::Handling;
use crate::job::Job;
use crate::live::Live;
use crate::reply::Reply;
use crate::settings::apply;
use crate::take::{
    PendingRow, bytes_of, duration, fen, file_of, flag_of, headers_of, json_of, mapping_of, optional_text,
    owned_params, owned_text, text_of, texts_of, with_params,
};

#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Client(Live);

#[pymethods]
impl Client {
    /// A client with these settings.
    #[new]
    fn new(settings: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut options = Options::new(MerchantOptions::of("", ""));
        apply(&mut options, settings)?;
        Self::of(settings, options)
    }

    /// A client with the settings of an environment; `overrides` win.
    #[staticmethod]
    fn from_env(environment: HashMap<String, String>, overrides: &Bound<'_, PyDict>) -> PyResult<Self> {
        // Wrong overrides are reported before missing settings.
        apply(&mut Options::new(MerchantOptions::of("", "")), overrides)?;
        let given = |variable: &str| -> Option<String> {
            let setting = variable.strip_prefix("WXPAY_")?.to_ascii_lowercase();
            overrides.get_item(setting).ok()??.extract().ok()
        };
        let lookup = |variable: &str| given(variable).or_else(|| environment.get(variable).cloned());
        let names = environment.keys().map(String::as_str);
        let mut options = Options::from_variables(names, lookup).raise(overrides.py())?;
        apply(&mut options, overrides)?;
        Self::of(overrides, options)
    }

    #[getter]
    fn appid(&self) -> &str {
        &self.0.merchant().appid
    }

    #[getter]
    fn mch_id(&self) -> &str {
        &self.0.merchant().mch_id
    }

    #[getter]
    fn notify_url(&self) -> Option<&str> {
        self.0.merchant().notify_url.as_deref()
    }

    /// What the client or a part of it shows of itself: names and values, of a key only whether it is set.
    fn shown(&self, part: &str) -> Vec<(&'static str, String)> {
        part::shown(part, self.0.merchant()).unwrap_or_default()
    }

    /// Closes idle connections. The next call opens new ones.
    fn close(&self) {
        self.0.close();
    }

    fn check(&self, py: Python<'_>) -> PyResult<Job> {
        self.job(py, job::Job::Check)
    }

    fn execute(&self, py: Python<'_>, call: &str, fields: &Bound<'_, PyDict>) -> PyResult<Job> {
        let endpoint = find(py, call)?;
        self.job(py, job::Job::of(endpoint, owned_params(fields)?))
    }

    /// The next rows of an open bill.
    fn bill_rows(&self, py: Python<'_>, bill: &Bound<'_, BillSource>) -> PyResult<Job> {
        self.job(py, job::Job::BillRows(bill.get().open()?))
    }

    /// The next piece of the text of an open bill, or of another file.
    fn bill_text(&self, py: Python<'_>, bill: &Bound<'_, BillSource>) -> PyResult<Job> {
        self.job(py, job::Job::BillText(bill.get().open()?))
    }

    fn call(&self, py: Python<'_>, path: &Bound<'_, PyAny>, fields: &Bound<'_, PyAny>) -> PyResult<Job> {
        let path = owned_text("path", path)?;
        let params = owned_params(&mapping_of("params", fields)?)?;
        self.job(py, job::Job::Call { path, params })
    }

    /// A call of APIv3 that has no method. `json` is a JSON text.
    fn v3_call(
        &self,
        py: Python<'_>,
        method: &Bound<'_, PyAny>,
        path: &Bound<'_, PyAny>,
        query: Option<&Bound<'_, PyAny>>,
        json: Option<&Bound<'_, PyAny>>,
        sensitive: &Bound<'_, PyAny>,
    ) -> PyResult<Job> {
        let query = match query {
            Some(query) => owned_params(&mapping_of("query", query)?)?,
            None => Vec::new(),
        };
        let call = V3Call {
            method: owned_text("method", method)?,
            path: owned_text("path", path)?,
            query,
            json: json.map(|json| json_of("json", json)).transpose()?,
            sensitive: texts_of("sensitive", sensitive)?,
        };
        self.job(py, job::Job::V3Call(call))
    }

    /// An upload. `file` is bytes, or where the file is. `meta` is a dict.
    #[pyo3(signature = (file, filename, path, meta))]
    fn v3_upload(
        &self,
        py: Python<'_>,
        file: &Bound<'_, PyAny>,
        filename: Option<&Bound<'_, PyAny>>,
        path: Option<&Bound<'_, PyAny>>,
        meta: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Job> {
        let mut upload = file_of("file", file, optional_text("filename", filename)?)?;
        if let Some(path) = optional_text("path", path)? {
            upload = upload.path(path);
        }
        if let Some(meta) = meta {
            upload = upload.meta(json_of("meta", meta)?);
        }
        self.job(py, job::Job::V3Upload(upload))
    }

    /// A download, with its hash if there is one: the whole file or, as a `stream`, a source of its pieces.
    #[pyo3(signature = (download_url, hash_type, hash_value, stream))]
    fn v3_download(
        &self,
        py: Python<'_>,
        download_url: &Bound<'_, PyAny>,
        hash_type: Option<&Bound<'_, PyAny>>,
        hash_value: Option<&Bound<'_, PyAny>>,
        stream: bool,
    ) -> PyResult<Job> {
        let download = Download::new(owned_text("download_url", download_url)?);
        let (hash_type, hash_value) =
            (optional_text("hash_type", hash_type)?, optional_text("hash_value", hash_value)?);
        let download = download.with_hash(hash_type, hash_value).raise(py)?;
        self.job(py, if stream { job::Job::V3OpenFile(download) } else { job::Job::V3Download(download) })
    }

    /// The parameters for a page or an app, signed by RSA.
    fn v3_params(
        &self,
        py: Python<'_>,
        page: &str,
        prepay_id: &Bound<'_, PyAny>,
        appid: Option<&Bound<'_, PyAny>>,
        partnerid: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Job> {
        let page = V3Page::parse(page).raise(py)?;
        let prepay_id = owned_text("prepay_id", prepay_id)?;
        let appid = optional_text("appid", appid)?.map(str::to_owned);
        let partnerid = optional_text("partnerid", partnerid)?.map(str::to_owned);
        self.job(py, job::Job::V3Params { page, prepay_id, appid, partnerid })
    }

    /// The parameters for the page where a customer confirms a transfer.
    fn transfer_params<'py>(&self, package_info: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
        let py = package_info.py();
        from_page(py, &self.pay(py)?.v3().transfer_params(text_of("package_info", package_info)?).raise(py)?)
    }

    /// An order with the parameters for its page or app.
    fn v3_order_and_params(
        &self,
        py: Python<'_>,
        page: &Bound<'_, PyAny>,
        fields: &Bound<'_, PyDict>,
    ) -> PyResult<Job> {
        let page = V3Page::parse(text_of("page", page)?).raise(py)?;
        self.job(py, job::Job::V3OrderAndParams { page, params: owned_params(fields)? })
    }

    /// The signed document that a call would send.
    fn request_body<'py>(
        &self,
        py: Python<'py>,
        call: &Bound<'py, PyAny>,
        fields: &Bound<'py, PyDict>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let nonce = client::nonce().raise(py)?;
        let (endpoint, pay) = (find(py, text_of("call", call)?)?, self.pay(py)?);
        let body = with_params(fields, |params| request::build(endpoint, &params, pay.merchant(), &nonce))?;
        Ok(PyBytes::new(py, body.as_bytes()))
    }

    #[pyo3(signature = (prepay_id, appid=None))]
    fn jsapi_params<'py>(
        &self,
        prepay_id: &Bound<'py, PyAny>,
        appid: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        self.prepaid(WxPay::jsapi_params, prepay_id, appid)
    }

    #[pyo3(signature = (prepay_id, appid=None))]
    fn choose_wxpay_params<'py>(
        &self,
        prepay_id: &Bound<'py, PyAny>,
        appid: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        self.prepaid(WxPay::choose_wxpay_params, prepay_id, appid)
    }

    #[pyo3(signature = (prepay_id, appid=None))]
    fn miniprogram_params<'py>(
        &self,
        prepay_id: &Bound<'py, PyAny>,
        appid: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        self.prepaid(WxPay::miniprogram_params, prepay_id, appid)
    }

    #[pyo3(signature = (prepay_id, appid=None, partnerid=None))]
    fn app_params<'py>(
        &self,
        prepay_id: &Bound<'py, PyAny>,
        appid: Option<&Bound<'py, PyAny>>,
        partnerid: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let py = prepay_id.py();
        let (prepay_id, appid) = (text_of("prepay_id", prepay_id)?, optional_text("appid", appid)?);
        let partnerid = optional_text("partnerid", partnerid)?;
        from_page(py, &self.pay(py)?.app_params(prepay_id, appid, partnerid).raise(py)?)
    }

    #[pyo3(signature = (redirect_uri, scope, state, force_popup, component_appid))]
    fn authorize_url(
        &self,
        py: Python<'_>,
        redirect_uri: &Bound<'_, PyAny>,
        scope: &Bound<'_, PyAny>,
        state: Option<&Bound<'_, PyAny>>,
        force_popup: &Bound<'_, PyAny>,
        component_appid: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let (redirect_uri, state) = (text_of("redirect_uri", redirect_uri)?, optional_text("state", state)?);
        let scope: Scope = text_of("scope", scope)?.parse::<Scope>().raise(py)?;
        let force_popup = flag_of("force_popup", force_popup)?;
        let component_appid = optional_text("component_appid", component_appid)?;
        let visit = Authorize { redirect_uri, scope, state, force_popup, component_appid };
        self.pay(py)?.oauth().authorize_url_with(&visit).raise(py)
    }

    fn decrypt_user_data<'py>(
        &self,
        encrypted_data: &Bound<'py, PyAny>,
        iv: &Bound<'py, PyAny>,
        session_key: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = encrypted_data.py();
        let (data, iv) = (text_of("encrypted_data", encrypted_data)?, text_of("iv", iv)?);
        let key = text_of("session_key", session_key)?;
        let data = self.pay(py)?.oauth().decrypt_user_data(data, iv, key).raise(py)?;
        Reply::make(py, Some(UserData::RECORD), data.fields().clone())
    }

    fn jssdk_config(
        &self,
        py: Python<'_>,
        url: &Bound<'_, PyAny>,
        js_api_list: &Bound<'_, PyAny>,
        open_tag_list: &Bound<'_, PyAny>,
        debug: &Bound<'_, PyAny>,
    ) -> PyResult<Job> {
        let page = PageConfig {
            url: owned_text("url", url)?,
            js_api_list: texts_of("js_api_list", js_api_list)?,
            open_tag_list: texts_of("open_tag_list", open_tag_list)?,
            debug: flag_of("debug", debug)?,
        };
        self.job(py, job::Job::JssdkConfig(page))
    }

    #[pyo3(signature = (refused=None))]
    fn jssdk_access_token(&self, py: Python<'_>, refused: Option<&Bound<'_, PyAny>>) -> PyResult<Job> {
        let refused = optional_text("refused", refused)?.map(Secret::new);
        self.job(py, job::Job::JssdkAccessToken { refused })
    }

    fn wecom_authorize_url(
        &self,
        py: Python<'_>,
        redirect_uri: &Bound<'_, PyAny>,
        scope: &Bound<'_, PyAny>,
        state: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<String> {
        let (redirect_uri, state) = (text_of("redirect_uri", redirect_uri)?, optional_text("state", state)?);
        let scope = text_of("scope", scope)?.parse::<WecomScope>().raise(py)?;
        self.pay(py)?.wecom().authorize_url_with(redirect_uri, scope, state).raise(py)
    }

    fn wecom_config(
        &self,
        py: Python<'_>,
        url: &Bound<'_, PyAny>,
        js_api_list: &Bound<'_, PyAny>,
        debug: &Bound<'_, PyAny>,
    ) -> PyResult<Job> {
        let page = PageConfig {
            url: owned_text("url", url)?,
            js_api_list: texts_of("js_api_list", js_api_list)?,
            open_tag_list: Vec::new(),
            debug: flag_of("debug", debug)?,
        };
        self.job(py, job::Job::WecomConfig(page))
    }

    fn wecom_agent_config(
        &self,
        py: Python<'_>,
        url: &Bound<'_, PyAny>,
        js_api_list: &Bound<'_, PyAny>,
    ) -> PyResult<Job> {
        let (url, js_api_list) = (owned_text("url", url)?, texts_of("js_api_list", js_api_list)?);
        self.job(py, job::Job::WecomAgentConfig { url, js_api_list })
    }

    #[pyo3(signature = (refused=None))]
    fn wecom_access_token(&self, py: Python<'_>, refused: Option<&Bound<'_, PyAny>>) -> PyResult<Job> {
        let refused = optional_text("refused", refused)?.map(Secret::new);
        self.job(py, job::Job::WecomAccessToken { refused })
    }

    fn wecom_jsapi_ticket(&self, py: Python<'_>) -> PyResult<Job> {
        self.job(py, job::Job::WecomJsapiTicket)
    }

    fn wecom_agent_ticket(&self, py: Python<'_>) -> PyResult<Job> {
        self.job(py, job::Job::WecomAgentTicket)
    }

    fn jssdk_jsapi_ticket(&self, py: Python<'_>) -> PyResult<Job> {
        self.job(py, job::Job::JssdkJsapiTicket)
    }

    #[pyo3(signature = (raw_body, headers=None))]
    fn notify_parse<'py>(
        &self,
        py: Python<'py>,
        raw_body: &Bound<'py, PyAny>,
        headers: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.parsed::<ConfirmedPayment>(py, raw_body, headers)
    }

    /// Confirms the notification of a thing of this kind.
    #[pyo3(signature = (kind, raw_body, headers=None))]
    fn notify_confirm(
        &self,
        py: Python<'_>,
        kind: &str,
        raw_body: &Bound<'_, PyAny>,
        headers: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Job> {
        let message = message_of(raw_body, headers)?;
        self.job(py, job::Job::Confirm { kind: kind::find(kind).raise(py)?, message })
    }

    /// Verifies and decrypts a notification of APIv3 of any kind.
    fn v3_notification(
        &self,
        py: Python<'_>,
        raw_body: &Bound<'_, PyAny>,
        headers: &Bound<'_, PyAny>,
    ) -> PyResult<Job> {
        self.job(py, job::Job::V3Notification(message_of(raw_body, Some(headers))?))
    }

    /// How well a notification that is not verified fits this client: the greater, the better.
    fn fit(&self, py: Python<'_>, raw_body: &Bound<'_, PyAny>) -> PyResult<u8> {
        let body = bytes_of(raw_body)?;
        Ok(self.pay(py)?.notify().fit(&body))
    }

    #[pyo3(signature = (raw_body, headers=None))]
    fn notify_parse_refund<'py>(
        &self,
        py: Python<'py>,
        raw_body: &Bound<'py, PyAny>,
        headers: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.parsed::<ConfirmedRefund>(py, raw_body, headers)
    }

    /// Verifies and claims what a notification is about: a payment, or a thing of the kinds in `takes`, each with whether those that failed
    /// are handed over too. With `others`, a notification of APIv3 of no kind is returned as it is.
    fn notify_begin(
        &self,
        py: Python<'_>,
        raw_body: &Bound<'_, PyAny>,
        headers: Option<&Bound<'_, PyAny>>,
        takes: Vec<(PyBackedStr, bool)>,
        others: bool,
    ) -> PyResult<Job> {
        let message = message_of(raw_body, headers)?;
        let takes = takes.iter().map(|(kind, failures)| Ok(Takes { kind: kind::find(kind)?, failures: *failures }));
        let takes = takes.collect::<Result<_, Error>>().raise(py)?;
        self.job(py, job::Job::Begin { message, takes, others })
    }

    /// Records that a thing was handed over.
    fn finish(&self, py: Python<'_>, handling: &Bound<'_, Handling>) -> PyResult<Job> {
        match handling.get().take()? {
            Some(claim) => self.job(py, job::Job::Finish(claim)),
            None => Err(PyRuntimeError::new_err(
                "this payment or refund is handled by the process that this one was forked from",
            )),
        }
    }

    /// Releases a thing for the next attempt. In a forked child it does nothing: the thing is the parent's.
    fn give_back(&self, py: Python<'_>, handling: &Bound<'_, Handling>) -> PyResult<Job> {
        let claim = handling.get().take()?;
        self.job(py, claim.map_or(job::Job::Nothing, job::Job::GiveBack))
    }

    /// Asks for several pending things of a kind at the same time. Each is a number, an amount in fen, seconds since 1970, a
    /// sub-merchant, and the number of a combined order. `failures` says whether those that failed are handed over too.
    fn begin_pending(&self, py: Python<'_>, kind: &str, rows: Vec<PendingRow>, failures: bool) -> PyResult<Job> {
        let kind = kind::find(kind).raise(py)?;
        let rows = rows.into_iter().map(|(number, fee, created, sub_mch_id, combine_out_trade_no)| Row {
            number,
            fee: Fen(fee),
            created,
            sub_mch_id,
            combine_out_trade_no,
        });
        self.job(py, job::Job::BeginPending { kind, rows: rows.collect(), failures })
    }

    #[allow(clippy::too_many_arguments, reason = "the package gives each by its name")]
    fn wait_for_payment(
        &self,
        py: Python<'_>,
        out_trade_no: &Bound<'_, PyAny>,
        total_fee: &Bound<'_, PyAny>,
        sub_mch_id: Option<&Bound<'_, PyAny>>,
        combine_out_trade_no: Option<&Bound<'_, PyAny>>,
        within: &Bound<'_, PyAny>,
        hand_over: bool,
    ) -> PyResult<Job> {
        let out_trade_no = owned_text("out_trade_no", out_trade_no)?;
        let total_fee = fen("total_fee", total_fee)?;
        let sub_mch_id = optional_text("sub_mch_id", sub_mch_id)?.map(str::to_owned);
        let Some(within) = duration(within) else {
            return Err(Error::invalid("within", "must be a number of seconds")).raise(py);
        };
        let combined = optional_text("combine_out_trade_no", combine_out_trade_no)?;
        let combine_out_trade_no = combined.filter(|number| !number.is_empty()).map(str::to_owned);
        let order = Pending { out_trade_no, total_fee, created: 0, sub_mch_id, combine_out_trade_no };
        self.job(py, job::Job::WaitForPayment { order, within, hand_over })
    }

    /// A payment by code. Nothing is sent before its first step.
    #[allow(clippy::too_many_arguments, reason = "the package gives each by its name")]
    fn code_payment(
        &self,
        py: Python<'_>,
        fields: &Bound<'_, PyDict>,
        within: &Bound<'_, PyAny>,
        interval: &Bound<'_, PyAny>,
        reverse_after: &Bound<'_, PyAny>,
        reverse: &Bound<'_, PyAny>,
        api: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<CodePayment> {
        let times = [("within", within), ("interval", interval), ("reverse_after", reverse_after)];
        let (params, options) = (owned_params(fields)?, code_payment::options(times, reverse, api)?);
        self.pay(py)?.begin_code(params, options).map(CodePayment::new).raise(py)
    }

    /// A payment by code that is taken up again.
    #[allow(clippy::too_many_arguments, reason = "the package gives each by its name")]
    fn resume_code_payment(
        &self,
        py: Python<'_>,
        out_trade_no: &Bound<'_, PyAny>,
        total_fee: &Bound<'_, PyAny>,
        sub_mch_id: Option<&Bound<'_, PyAny>>,
        within: &Bound<'_, PyAny>,
        interval: &Bound<'_, PyAny>,
        reverse_after: &Bound<'_, PyAny>,
        reverse: &Bound<'_, PyAny>,
        api: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<CodePayment> {
        let times = [("within", within), ("interval", interval), ("reverse_after", reverse_after)];
        let options = code_payment::options(times, reverse, api)?;
        let (number, fee) = (text_of("out_trade_no", out_trade_no)?, fen("total_fee", total_fee)?);
        let sub_mch_id = optional_text("sub_mch_id", sub_mch_id)?;
        let begun = self.pay(py)?.begin_resume_pay_by_code(number, fee, sub_mch_id, options);
        begun.map(CodePayment::new).raise(py)
    }

    fn code_progress(&self, py: Python<'_>, payment: &Bound<'_, CodePayment>) -> PyResult<Job> {
        self.job(py, job::Job::CodeProgress(payment.get().core()))
    }

    fn code_step(&self, py: Python<'_>, payment: &Bound<'_, CodePayment>, hand_over: bool) -> PyResult<Job> {
        self.job(py, job::Job::CodeStep { payment: payment.get().core(), hand_over })
    }

    fn native_code_url(&self, py: Python<'_>, product_id: &Bound<'_, PyAny>) -> PyResult<String> {
        self.pay(py)?.native_code_url(text_of("product_id", product_id)?).raise(py)
    }

    fn native_answer(&self, py: Python<'_>, prepay_id: &Bound<'_, PyAny>) -> PyResult<String> {
        self.pay(py)?.native_answer(text_of("prepay_id", prepay_id)?).raise(py)
    }

    fn native_refusal(&self, py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<String> {
        self.pay(py)?.native_refusal(text_of("text", text)?).raise(py)
    }

    fn notify_parse_native<'py>(&self, py: Python<'py>, raw_body: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let body = bytes_of(raw_body)?;
        let question = self.pay(py)?.notify().parse_native(&body).raise(py)?;
        Reply::make(py, Some(NativeQuestion::RECORD), question.fields().clone())
    }

    fn __repr__(&self) -> String {
        format!("<wxpaykit client of {} and {}>", self.appid(), self.mch_id())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.0.traverse(&visit)
    }

    fn __clear__(&self) {
        self.0.clear();
    }
}

impl Client {
    fn of(settings: &Bound<'_, PyDict>, mut options: Options) -> PyResult<Self> {
        let py = settings.py();
        "python".clone_into(&mut options.language);
        // Once: a child that is forked later makes a client of its own, and may not be allowed to read them.
        options.read_files().raise(py)?;
        let on_event = match settings.get_item("on_event")? {
            Some(on_event) if !on_event.is_none() => Some(on_event.unbind()),
            _ => None,
        };
        let made = Self(Live::new(options, on_event));
        // Reports wrong settings now.
        made.pay(py)?;
        Ok(made)
    }

    fn job(&self, py: Python<'_>, job: job::Job) -> PyResult<Job> {
        let (pay, watch) = self.0.now(py)?;
        Ok(Job::new(pay, watch, job))
    }

    /// The notification of a thing of one kind, read. The body is not copied.
    fn parsed<'py, T: Item>(
        &self,
        py: Python<'py>,
        raw_body: &Bound<'py, PyAny>,
        headers: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (body, headers) = (bytes_of(raw_body)?, headers.map(headers_of).transpose()?);
        let incoming = (&*body, headers.as_ref()).into();
        let notification = self.pay(py)?.notify().parse_item::<T>(incoming).raise(py)?;
        Reply::make(py, Some(T::Notification::RECORD), notification.fields().clone())
    }

    fn pay(&self, py: Python<'_>) -> PyResult<WxPay> {
        self.0.now(py).map(|(pay, _)| pay)
    }

    fn prepaid<'py>(
        &self,
        make: Prepaid,
        prepay_id: &Bound<'py, PyAny>,
        appid: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let (py, appid) = (prepay_id.py(), optional_text("appid", appid)?);
        from_page(py, &make(&self.pay(py)?, text_of("prepay_id", prepay_id)?, appid).raise(py)?)
    }
}

/// Makes parameters from a `prepay_id` and an appid.
type Prepaid = fn(&WxPay, &str, Option<&str>) -> Result<PageParams, Error>;

pub(crate) fn find(py: Python<'_>, call: &str) -> PyResult<&'static Endpoint> {
    registry::find(call).ok_or_else(|| Error::invalid("call", format!("there is no {call}"))).raise(py)
}

/// A notification, with the headers of its request where they are given.
fn message_of(raw_body: &Bound<'_, PyAny>, headers: Option<&Bound<'_, PyAny>>) -> PyResult<Message> {
    Ok(Message { body: bytes_of(raw_body)?.into_owned(), headers: headers.map(headers_of).transpose()? })
}
