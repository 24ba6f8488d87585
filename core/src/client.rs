//! The client: it brings clock, random source, transport and store to what the rest of the crate decides.

mod jssdk;
mod notify;
mod oauth;
mod options;

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};

pub use self::jssdk::Jssdk;
pub use self::notify::Notify;
pub use self::oauth::Oauth;
pub use self::options::Options;
use crate::endpoint::{Endpoint, Record, RetryClass};
use crate::error::{Error, Outcome, Retry};
use crate::hosts::Endpoints;
use crate::invoke::{self, PageParams};
use crate::merchant::Merchant;
use crate::request::{self, Params};
use crate::store::MemoryStore;
use crate::transport::{Failure, Reqwest, Transport};
use crate::wire::Fields;
use crate::{order_no, reply};

/// A WeChat Pay client for one merchant and appid. Cheap to clone; clones share connections and tokens.
#[derive(Clone)]
pub struct WxPay(Arc<Inner>);

struct Inner {
    merchant: Merchant,
    endpoints: Endpoints,
    transport: Box<dyn Transport>,
    tokens: MemoryStore,
    /// Held by whoever renews a token, with the failure of the last who tried.
    renewing: tokio::sync::Mutex<Option<(Instant, Error)>>,
}

impl WxPay {
    /// A client with reqwest's transport.
    ///
    /// # Errors
    /// `Config`, naming the option and the remedy.
    pub fn new(options: Options) -> Result<Self, Error> {
        let merchant = Merchant::new(options.merchant)?;
        let endpoints = options.endpoints.as_deref().map_or_else(|| Ok(Endpoints::default()), Endpoints::all_at)?;
        let agent = format!("wxpaykit/{} ({})", env!("CARGO_PKG_VERSION"), options.language);
        // An emulator's address is this machine's own; no proxy knows the way.
        let transport = Reqwest::new(&options.limits, &agent, options.endpoints.is_none())?;
        Ok(Self::with_transport(merchant, endpoints, Box::new(transport)))
    }

    /// A client with another transport.
    pub fn with_transport(merchant: Merchant, endpoints: Endpoints, transport: Box<dyn Transport>) -> Self {
        let (tokens, renewing) = (MemoryStore::default(), tokio::sync::Mutex::new(None));
        Self(Arc::new(Inner { merchant, endpoints, transport, tokens, renewing }))
    }

    /// The merchant, as checked.
    pub fn merchant(&self) -> &Merchant {
        &self.0.merchant
    }

    /// Web authorisation.
    pub fn oauth(&self) -> Oauth<'_> {
        Oauth(self)
    }

    /// Tokens, tickets and `wx.config`.
    pub fn jssdk(&self) -> Jssdk<'_> {
        Jssdk(self)
    }

    /// Notifications.
    pub fn notify(&self) -> Notify<'_> {
        Notify(self)
    }

    /// Sends a call of the table, by its row: what every method does.
    ///
    /// # Errors
    /// Every [`Kind`](crate::Kind) but `OAuth`.
    pub async fn execute(&self, endpoint: &'static Endpoint, params: &Params<'_>) -> Result<Fields, Error> {
        let (body, sent) =
            request::signed(endpoint, params, &self.0.merchant, &nonce()?).map_err(|error| error.at(endpoint.name))?;
        let unknown = reply::after_unknown(endpoint.retry);
        let (status, body) = self.post(endpoint.path, body, endpoint.name, unknown).await?;
        let reply = reply::read(endpoint, status, &body, &self.0.merchant)?;
        reply::answers(endpoint.name, endpoint.retry, &sent, &reply)?;
        Ok(reply)
    }

    /// Sends a call that has no method: signed, its reply verified, its fields as they are. `path` is from the host's root.
    ///
    /// # Errors
    /// Every [`Kind`](crate::Kind) but `OAuth`.
    pub async fn call(&self, path: &str, params: &Params<'_>) -> Result<Fields, Error> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'.');
        if !path.starts_with('/') || path.starts_with("//") || !path.bytes().all(plain) {
            return Err(Error::invalid("path", "must be a path of the payment API, such as /pay/orderquery"));
        }
        let (body, sent) = request::raw(params, &self.0.merchant, &nonce()?).map_err(|error| error.at("call"))?;
        let (status, body) = self.post(path, body, "call", Retry::QueryFirst).await?;
        let reply = reply::read_raw(status, &body, &self.0.merchant)?;
        reply::answers("call", RetryClass::QueryFirst, &sent, &reply)?;
        Ok(reply)
    }

    /// What a page gives to `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`.
    ///
    /// # Errors
    /// `InvalidRequest` for a `prepay_id` that is none.
    pub fn jsapi_params(&self, prepay_id: &str) -> Result<PageParams, Error> {
        invoke::jsapi_params(&self.0.merchant, prepay_id, None, now(), &nonce()?)
    }

    /// What a page gives to `wx.chooseWXPay`.
    ///
    /// # Errors
    /// `InvalidRequest` for a `prepay_id` that is none.
    pub fn choose_wxpay_params(&self, prepay_id: &str) -> Result<PageParams, Error> {
        invoke::choose_wxpay_params(&self.0.merchant, prepay_id, None, now(), &nonce()?)
    }

    /// What a mini program gives to `wx.requestPayment`.
    ///
    /// # Errors
    /// `InvalidRequest` for a `prepay_id` that is none.
    pub fn miniprogram_params(&self, prepay_id: &str) -> Result<PageParams, Error> {
        invoke::miniprogram_params(&self.0.merchant, prepay_id, None, now(), &nonce()?)
    }

    /// What an app gives to the Open SDK's `PayReq`.
    ///
    /// # Errors
    /// `InvalidRequest` for a `prepay_id` that is none.
    pub fn app_params(&self, prepay_id: &str) -> Result<PageParams, Error> {
        invoke::app_params(&self.0.merchant, prepay_id, None, None, now(), &nonce()?)
    }

    /// A number for a new order; see [`order_no::new_out_trade_no`].
    ///
    /// # Errors
    /// `InvalidRequest` for a prefix that does not fit.
    pub fn new_out_trade_no(&self, prefix: &str) -> Result<String, Error> {
        new_out_trade_no(prefix)
    }

    async fn post(&self, path: &str, body: String, name: &'static str, unknown: Retry) -> Result<(u16, Bytes), Error> {
        let url = format!("{}{path}", self.0.endpoints.pay);
        self.exchange(http::Method::POST, url, Some("text/xml; charset=utf-8"), body, name, unknown).await
    }

    /// Asks the open platform.
    async fn ask(
        &self,
        path: &str,
        body: Option<String>,
        name: &'static str,
        record: &Record,
    ) -> Result<Fields, Error> {
        let url = format!("{}{path}", self.0.endpoints.platform);
        let (method, kind) = match body {
            Some(_) => (http::Method::POST, Some("application/json")),
            None => (http::Method::GET, None),
        };
        let body = body.unwrap_or_default();
        let (status, body) = self.exchange(method, url, kind, body, name, Retry::SameRequest).await?;
        reply::read_json(name, record, status, &body)
    }

    async fn exchange(
        &self,
        method: http::Method,
        url: String,
        content_type: Option<&'static str>,
        body: String,
        name: &'static str,
        unknown: Retry,
    ) -> Result<(u16, Bytes), Error> {
        let mut request = http::Request::new(Bytes::from(body));
        *request.method_mut() = method;
        *request.uri_mut() = url.parse().map_err(|_| Error::config("endpoints", "gives no valid URL"))?;
        if let Some(kind) = content_type {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        let answer = self.0.transport.send(request).await.map_err(|failure| fail(failure, name, unknown))?;
        Ok((answer.status().as_u16(), answer.into_body()))
    }
}

impl fmt::Debug for WxPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WxPay")
            .field("merchant", &self.0.merchant)
            .field("endpoints", &self.0.endpoints)
            .finish_non_exhaustive()
    }
}

/// A number for a new order, from this machine's clock and random source; see [`order_no::new_out_trade_no`].
///
/// # Errors
/// `InvalidRequest` for a prefix that does not fit.
pub fn new_out_trade_no(prefix: &str) -> Result<String, Error> {
    let ms =
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(0));
    order_no::new_out_trade_no(prefix, ms, random()?)
}

/// Seconds since 1970.
pub fn now() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}

/// 32 random hexadecimal digits, for `nonce_str`.
///
/// # Errors
/// `Config` when the system has no random source.
pub fn nonce() -> Result<String, Error> {
    Ok(format!("{:032x}", u128::from_le_bytes(random()?)))
}

fn random() -> Result<[u8; 16], Error> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::config("random", format!("the system's random source failed: {error}")))?;
    Ok(bytes)
}

fn fail(failure: Failure, name: &'static str, unknown: Retry) -> Error {
    let retry = if failure.outcome == Outcome::NotSent { Retry::SameRequest } else { unknown };
    let error = Error::transport(failure.code, failure.outcome, None, failure.reason).at(name).advise(retry);
    match failure.source {
        Some(source) => error.because(source),
        None => error,
    }
}
