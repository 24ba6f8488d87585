//! One call, made of checked values and not begun: `wait` runs it here, a `Bridge` runs it for an event loop.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use wxpaykit::endpoint::{Document, Endpoint, Record, RetryClass};
use wxpaykit::jssdk::PageConfig;
use wxpaykit::platform;
use wxpaykit::request::Params;
use wxpaykit::wire::Fields;
use wxpaykit::{Begun, Error, Fen, Outcome, Pending, Secret, WxPay};

use crate::convert::from_json;
use crate::error::{Raise, to_python};
use crate::handling::{Handling, Held};
use crate::reply::Reply;
use crate::runtime::block_on;
use crate::watch::Watch;

/// A call that has not begun. It runs once.
#[pyclass(frozen, module = "wxpaykit._native")]
pub(crate) struct Job(Mutex<Option<Task>>);

/// What a job does, and for which client.
pub(crate) struct Task {
    pub(crate) pay: WxPay,
    pub(crate) watch: Arc<Watch>,
    pub(crate) work: Work,
}

pub(crate) enum Work {
    Execute(&'static Endpoint, Params<'static>),
    Call(String, Params<'static>),
    Confirm(Vec<u8>),
    Begin(Vec<u8>),
    BeginPending(Pending),
    Finish(Box<Held>),
    GiveBack(Box<Held>),
    WaitForPayment { out_trade_no: String, total_fee: Fen, within: Duration, hand_over: bool },
    WebToken(String),
    RefreshToken(String),
    UserInfo { access_token: String, openid: String, lang: String },
    Auth { access_token: String, openid: String },
    Config(PageConfig),
    AccessToken { refused: Option<Secret> },
    JsapiTicket,
    Token,
    StableToken { force_refresh: bool },
    GetTicket(String),
    Nothing,
}

/// What a call brought.
pub(crate) enum Brought {
    Document(Option<&'static Record>, Fields),
    Text(String),
    Json(String),
    /// A payment that is ours to hand over.
    Handling(Box<Held>),
    /// Why it is not ours, and WeChat's `trade_state` of an order that is not paid.
    NotOurs(&'static str, Option<String>),
    Nothing,
}

#[pymethods]
impl Job {
    fn wait<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let task = self.take()?;
        let ((endpoint, class), watch) = (task.work.about(), Arc::clone(&task.watch));
        let ended = block_on(py, task.run(), || watch.tell(py));
        watch.tell(py);
        match ended {
            Ok(brought) => brought.raise(py)?.into_python(py),
            Err(signal) => {
                let gone = Error::cancelled(endpoint, Outcome::Unknown, class);
                signal.set_cause(py, Some(to_python(py, &gone)));
                Err(signal)
            }
        }
    }
}

impl Job {
    pub(crate) fn new(pay: WxPay, watch: Arc<Watch>, work: Work) -> Self {
        Self(Mutex::new(Some(Task { pay, watch, work })))
    }

    pub(crate) fn take(&self) -> PyResult<Task> {
        let task = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        task.ok_or_else(|| PyRuntimeError::new_err("this call has run already"))
    }
}

impl Task {
    pub(crate) async fn run(self) -> Result<Brought, Error> {
        let Self { pay, watch, work } = self;
        let document = |record, fields: &Fields| Brought::Document(Some(record), fields.clone());
        Ok(match work {
            Work::Execute(endpoint, params) => {
                Brought::Document(Some(endpoint.reply), pay.execute(endpoint, &params).await?)
            }
            Work::Call(path, params) => Brought::Document(None, pay.call(&path, &params).await?),
            Work::Confirm(body) => of(&pay.notify().confirm(&body).await?, document),
            Work::Begin(body) => {
                let begun = pay.notify().begin(&body).await?;
                begun_as(begun, pay, watch)
            }
            Work::BeginPending(pending) => {
                let begun = pay.begin_pending(&pending).await?;
                begun_as(begun, pay, watch)
            }
            Work::Finish(held) => {
                held.handling.finish().await?;
                Brought::Nothing
            }
            Work::GiveBack(held) => {
                held.handling.give_back().await;
                Brought::Nothing
            }
            Work::WaitForPayment { out_trade_no, total_fee, within, hand_over } => {
                let Some(payment) = pay.wait_for_payment(&out_trade_no, total_fee, within).await? else {
                    return Ok(Brought::Nothing);
                };
                if hand_over && let begun @ Begun::Ours(_) = pay.begin_confirmed(payment.clone()).await? {
                    return Ok(begun_as(begun, pay, watch));
                }
                of(&payment, document)
            }
            Work::WebToken(code) => of(&pay.oauth().access_token(&code).await?, document),
            Work::RefreshToken(token) => of(&pay.oauth().refresh_token(&token).await?, document),
            Work::UserInfo { access_token, openid, lang } => {
                of(&pay.oauth().userinfo(&access_token, &openid, &lang).await?, document)
            }
            Work::Auth { access_token, openid } => {
                pay.oauth().auth(&access_token, &openid).await?;
                Brought::Nothing
            }
            // In a box: it is larger than all others, and every task would be as large.
            Work::Config(page) => Brought::Json(Box::pin(pay.jssdk().config(&page)).await?.to_string()),
            Work::AccessToken { refused } => {
                let token = match refused {
                    None => pay.jssdk().access_token().await?,
                    Some(refused) => pay.jssdk().access_token_but(&refused).await?,
                };
                Brought::Text(token.expose().to_owned())
            }
            Work::JsapiTicket => Brought::Text(pay.jssdk().jsapi_ticket().await?.expose().to_owned()),
            Work::Token => of(&pay.jssdk().token().await?, document),
            Work::StableToken { force_refresh } => of(&pay.jssdk().stable_token(force_refresh).await?, document),
            Work::Nothing => Brought::Nothing,
            Work::GetTicket(access_token) => of(&pay.jssdk().getticket(&access_token).await?, document),
        })
    }
}

fn of<D: Document>(document: &D, make: impl Fn(&'static Record, &Fields) -> Brought) -> Brought {
    make(D::RECORD, document.fields())
}

fn begun_as(begun: Begun, pay: WxPay, watch: Arc<Watch>) -> Brought {
    match begun {
        Begun::Ours(handling) => Brought::Handling(Box::new(Held { pay, watch, handling: *handling })),
        begun => Brought::NotOurs(begun.as_str(), begun.trade_state().map(str::to_owned)),
    }
}

impl Work {
    /// Whether it is done even if whoever waits for it gives up before it has begun: a payment that was handed over is handed
    /// over again if that is not written down.
    pub(crate) fn is_to_be_done(&self) -> bool {
        matches!(self, Self::Finish(_) | Self::GiveBack(_))
    }

    /// The call's name, and what its repetition does, for whoever gives it up half-way.
    pub(crate) fn about(&self) -> (&'static str, RetryClass) {
        let about = |call: &platform::Call| (call.name, call.retry);
        match self {
            Self::Execute(endpoint, _) => (endpoint.name, endpoint.retry),
            Self::Call(..) => ("call", RetryClass::QueryFirst),
            Self::Confirm(_) | Self::Begin(_) | Self::BeginPending(_) | Self::WaitForPayment { .. } => {
                ("orderquery", RetryClass::Safe)
            }
            Self::Finish(_) | Self::GiveBack(_) | Self::Nothing => ("notify.handle", RetryClass::Safe),
            Self::WebToken(_) => about(&platform::WEB_TOKEN),
            Self::RefreshToken(_) => about(&platform::REFRESH_TOKEN),
            Self::UserInfo { .. } => about(&platform::USERINFO),
            Self::Auth { .. } => about(&platform::AUTH),
            Self::Config(_) => ("jssdk.config", RetryClass::Safe),
            Self::AccessToken { .. } => ("jssdk.access_token", RetryClass::Safe),
            Self::JsapiTicket => ("jssdk.jsapi_ticket", RetryClass::Safe),
            Self::Token => about(&platform::TOKEN),
            Self::StableToken { force_refresh: false } => about(&platform::STABLE_TOKEN),
            Self::StableToken { force_refresh: true } => about(&platform::FORCED_TOKEN),
            Self::GetTicket(_) => about(&platform::GETTICKET),
        }
    }
}

impl Brought {
    pub(crate) fn into_python(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match self {
            Self::Document(record, fields) => Reply::make(py, record, fields),
            Self::Text(text) => Ok(text.into_pyobject(py)?.into_any()),
            Self::Json(text) => from_json(py, &text),
            Self::Handling(held) => Handling::make(py, *held),
            Self::NotOurs(why, trade_state) => Ok((why, trade_state).into_pyobject(py)?.into_any()),
            Self::Nothing => Ok(py.None().into_bound(py)),
        }
    }
}
