//! The client: it brings clock, random source, transport and store to what the rest of the crate decides.

mod attempts;
mod handling;
mod jssdk;
mod notify;
mod oauth;
mod options;
mod random;
mod reconcile;
mod tokens;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use self::attempts::{Route, Sent};
pub use self::handling::{Begun, Claim, Handled, Handling};
pub use self::jssdk::Jssdk;
pub use self::notify::{Failed, Notify};
pub use self::oauth::Oauth;
pub use self::options::Options;
use self::random::random;
use self::reconcile::Silence;
pub use self::reconcile::{Pending, Reconciled};
use self::tokens::Tokens;
use crate::endpoint::{Endpoint, RetryClass};
use crate::error::Error;
use crate::event::Observer;
use crate::hosts::Endpoints;
use crate::invoke::{self, PageParams};
use crate::merchant::Merchant;
use crate::request::{self, Params};
use crate::sign::hex;
use crate::store::{self, MemoryStore, Patient, Store};
use crate::transport::{DAY, Hyper, Limits, Transport};
use crate::wire::Fields;
use crate::{order_no, platform, reply};

/// A WeChat Pay client for one merchant and appid. Cheap to clone; clones share connections and tokens.
#[derive(Clone)]
pub struct WxPay(Arc<Inner>);

struct Inner {
    merchant: Merchant,
    /// Where customers are sent.
    open: String,
    pay: Route,
    platform: Route,
    transport: Arc<dyn Transport>,
    limits: Limits,
    lease: Duration,
    store: Arc<dyn Store>,
    tokens: Tokens,
    silence: Silence,
    observer: Option<Arc<dyn Observer>>,
}

impl WxPay {
    /// A client of these options. Nothing is connected or opened yet.
    ///
    /// # Errors
    /// `Config`, naming the option and the remedy.
    pub fn new(options: Options) -> Result<Self, Error> {
        let merchant = Merchant::new(options.merchant)?;
        if !(SHORTEST_LEASE..=DAY).contains(&options.lease) {
            return Err(Error::config("lease", "must be at least 100 ms, and at most a day"));
        }
        options.limits.check()?;
        let endpoints = options.endpoints.as_deref().map_or_else(|| Ok(Endpoints::default()), Endpoints::all_at)?;
        let agent = format!("wxpaykit/{} ({})", env!("CARGO_PKG_VERSION"), options.language);
        // An emulator's address is this machine's own; no proxy knows the way.
        let transport = match options.transport {
            Some(transport) => transport,
            None => Arc::new(Hyper::new(&options.limits, &agent, options.endpoints.is_none())?),
        };
        let store: Arc<dyn Store> = match (options.store, &options.store_address) {
            (Some(store), _) => store,
            (None, Some(address)) => store::open(address.expose())?,
            (None, None) => Arc::new(MemoryStore::default()),
        };
        let store = Arc::new(Patient { store, patience: options.limits.timeout });
        Ok(Self(Arc::new(Inner {
            merchant,
            open: endpoints.open,
            pay: Route::new(endpoints.pay),
            platform: Route::new(endpoints.platform),
            transport,
            limits: options.limits,
            lease: options.lease,
            store,
            tokens: Tokens::default(),
            silence: Silence::default(),
            observer: options.observer,
        })))
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
        let read = |status, body: &[u8]| {
            let reply = reply::read(endpoint, status, body, &self.0.merchant)?;
            reply::answers(endpoint.name, endpoint.retry, &sent, &reply)?;
            Ok(reply)
        };
        self.attempts(&self.0.pay, xml(endpoint.name, endpoint.retry, endpoint.path, body), read).await
    }

    /// Sends a call that has no method: signed, its reply verified, its fields as they are. `path` is from the host's root.
    ///
    /// # Errors
    /// Every [`Kind`](crate::Kind) but `OAuth`.
    pub async fn call(&self, path: &str, params: &Params<'_>) -> Result<Fields, Error> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-' | b'.');
        let dots = path.split('/').any(|part| matches!(part, "." | ".."));
        if !path.starts_with('/') || path.starts_with("//") || dots || !path.bytes().all(plain) {
            return Err(Error::invalid("path", "must be a path of the payment API, such as /pay/orderquery"));
        }
        let (body, sent) = request::raw(params, &self.0.merchant, &nonce()?).map_err(|error| error.at("call"))?;
        let read = |status, body: &[u8]| {
            let reply = reply::read_raw(status, body, &self.0.merchant)?;
            reply::answers("call", RetryClass::QueryFirst, &sent, &reply)?;
            Ok(reply)
        };
        self.attempts(&self.0.pay, xml("call", RetryClass::QueryFirst, path, body), read).await
    }

    /// What a page gives to `WeixinJSBridge.invoke('getBrandWCPayRequest', …)`. `appid` is the one whose openid the order has;
    /// `None` for the sub-merchant's, or the client's own.
    ///
    /// # Errors
    /// `InvalidRequest` for a `prepay_id` or an `appid` that is none.
    pub fn jsapi_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        invoke::jsapi_params(&self.0.merchant, prepay_id, appid, now(), &nonce()?)
    }

    /// What a page gives to `wx.chooseWXPay`; `appid` as in [`Self::jsapi_params`].
    ///
    /// # Errors
    /// `InvalidRequest` for a `prepay_id` or an `appid` that is none.
    pub fn choose_wxpay_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        invoke::choose_wxpay_params(&self.0.merchant, prepay_id, appid, now(), &nonce()?)
    }

    /// What a mini program gives to `wx.requestPayment`; `appid` as in [`Self::jsapi_params`].
    ///
    /// # Errors
    /// `InvalidRequest` for a `prepay_id` or an `appid` that is none.
    pub fn miniprogram_params(&self, prepay_id: &str, appid: Option<&str>) -> Result<PageParams, Error> {
        invoke::miniprogram_params(&self.0.merchant, prepay_id, appid, now(), &nonce()?)
    }

    /// What an app gives to the Open SDK's `PayReq`; `None` for the sub-merchant's numbers, or the client's own.
    ///
    /// # Errors
    /// `InvalidRequest` for a `prepay_id` or an `appid` that is none.
    pub fn app_params(
        &self,
        prepay_id: &str,
        appid: Option<&str>,
        partnerid: Option<&str>,
    ) -> Result<PageParams, Error> {
        invoke::app_params(&self.0.merchant, prepay_id, appid, partnerid, now(), &nonce()?)
    }

    /// A number for a new order; see [`order_no::new_out_trade_no`].
    ///
    /// # Errors
    /// `InvalidRequest` for a prefix that does not fit.
    pub fn new_out_trade_no(&self, prefix: &str) -> Result<String, Error> {
        new_out_trade_no(prefix)
    }

    /// Asks the open platform.
    async fn ask(&self, call: &'static platform::Call, path: &str, body: Option<String>) -> Result<Fields, Error> {
        let (method, content_type) = match body {
            Some(_) => (http::Method::POST, Some("application/json")),
            None => (http::Method::GET, None),
        };
        let body = Bytes::from(body.unwrap_or_default());
        let (name, class) = (call.name, call.retry);
        let sent = Sent { name, class, method, path: path.to_owned(), content_type, body };
        self.attempts(&self.0.platform, sent, |status, body| reply::read_json(call, status, body)).await
    }
}

fn xml(name: &'static str, class: RetryClass, path: &str, body: String) -> Sent {
    let content_type = Some("text/xml; charset=utf-8");
    Sent { name, class, method: http::Method::POST, path: path.to_owned(), content_type, body: body.into() }
}

impl fmt::Debug for WxPay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WxPay").field("merchant", &self.0.merchant).finish_non_exhaustive()
    }
}

/// Below this a lease ends before it can be renewed.
const SHORTEST_LEASE: Duration = Duration::from_millis(100);

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
    Ok(hex(&random()?, b"0123456789abcdef"))
}

/// Runs it in a task of its own: whoever waits for it may give up without its being cut off. `None` when the runtime ended
/// first.
async fn to_its_end<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> Option<T> {
    tokio::spawn(work.in_current_span().with_current_subscriber()).await.ok()
}
