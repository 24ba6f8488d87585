//! A client, and what it does without I/O.

use std::sync::Arc;
use std::time::Duration;

use napi_derive::napi;
use tracing::Dispatch;
use wxpaykit::platform::oauth::Scope;
use wxpaykit::{Error, MemoryStore, Options, SignType, Store, WxPay, client, page, store};

use crate::error::{Result, thrown};
use crate::frame::Frame;
use crate::store::{Hooks, JsStore};
use crate::text::{Body, OneText, Pieces, Text};
use crate::watch::{Watch, warnings};

/// What the facade keeps of a client.
#[napi]
#[derive(Clone)]
pub struct Client {
    pub(crate) pay: WxPay,
    #[cfg(feature = "probe")]
    pub(crate) store: Arc<dyn Store>,
    /// What receives its calls' warnings.
    pub(crate) warnings: Dispatch,
}

/// What may be shown of a client.
#[napi(object, object_from_js = false)]
pub struct Description {
    pub appid: String,
    pub mch_id: String,
}

/// Which page, app or mini program opens the cashier.
#[napi]
#[derive(Clone, Copy)]
pub enum Page {
    Jsapi,
    ChooseWXPay,
    Miniprogram,
    App,
}

#[napi]
impl Client {
    #[napi(catch_unwind)]
    pub fn describe(&self) -> Description {
        let merchant = self.pay.merchant();
        Description { appid: merchant.appid().to_owned(), mch_id: merchant.mch_id().to_owned() }
    }

    /// The values of what a page is handed, in core's order.
    #[napi(catch_unwind)]
    pub fn page_params(
        &self,
        kind: Page,
        prepay_id: OneText,
        appid: Option<String>,
        partnerid: Option<String>,
    ) -> Result<Text> {
        let (merchant, now, appid) = (self.pay.merchant(), client::now(), appid.as_deref());
        let params = client::nonce().and_then(|nonce| match kind {
            Page::Jsapi => page::jsapi_params(merchant, &prepay_id, appid, now, &nonce),
            Page::ChooseWXPay => page::choose_wxpay_params(merchant, &prepay_id, appid, now, &nonce),
            Page::Miniprogram => page::miniprogram_params(merchant, &prepay_id, appid, now, &nonce),
            Page::App => page::app_params(merchant, &prepay_id, appid, partnerid.as_deref(), now, &nonce),
        });
        params.map(|params| Frame::of_values(params.iter().map(|(_, value)| value)).into()).map_err(thrown)
    }

    #[napi(catch_unwind)]
    pub fn authorize_url(
        &self,
        redirect_uri: String,
        scope: String,
        state: Option<String>,
        force_popup: bool,
    ) -> Result<String> {
        let scope = scope.parse::<Scope>();
        let url = scope
            .and_then(|scope| self.pay.oauth().authorize_url_with(&redirect_uri, scope, state.as_deref(), force_popup));
        url.map_err(thrown)
    }

    /// A notification's raw body: a document.
    #[napi(catch_unwind)]
    pub fn parse_notification(&self, body: Body) -> Result<Text> {
        let parsed = self.pay.notify().parse(&body).map_err(thrown)?;
        Ok(Frame::of_document(&parsed).into())
    }
}

/// A client of these settings: names as in the environment (`WXPAY_APPID` …) with their values, and `timeout`, `connectTimeout`,
/// `lease` (in milliseconds), `maxConnections`, `maxNetworkRetries`, `acceptSignTypes` and `language`.
pub(crate) fn open(
    settings: &Pieces,
    hooks: Hooks,
    has_store: bool,
    has_listener: bool,
) -> std::result::Result<Client, Error> {
    let mut options = options(settings)?;
    let hooks = Arc::new(hooks);
    let store: Arc<dyn Store> = match &options.store_address {
        _ if has_store => Arc::new(JsStore(Arc::clone(&hooks))),
        Some(address) => store::open(address.expose())?,
        None => Arc::new(MemoryStore::default()),
    };
    options.store = Some(Arc::clone(&store));
    let warnings = warnings(Arc::clone(&hooks));
    options.observer = Some(Arc::new(Watch { hooks, always: has_listener }));
    Ok(Client {
        pay: WxPay::new(options)?,
        #[cfg(feature = "probe")]
        store,
        warnings,
    })
}

fn options(settings: &Pieces) -> std::result::Result<Options, Error> {
    let setting = |wanted: &str| settings.pairs(0).find(|(name, _)| *name == wanted).map(|(_, value)| value);
    let mut options = Options::from_lookup(|name| setting(name).map(str::to_owned))?;
    let ms = |name: &'static str| match setting(name).map(str::parse) {
        None => Ok(None),
        Some(Ok(ms)) => Ok(Some(Duration::from_millis(ms))),
        Some(Err(_)) => Err(Error::config(name, "must be a number of milliseconds")),
    };
    if let Some(timeout) = ms("timeout")? {
        options.limits.timeout = timeout;
    }
    if let Some(timeout) = ms("connectTimeout")? {
        options.limits.connect_timeout = timeout;
    }
    if let Some(lease) = ms("lease")? {
        options.lease = lease;
    }
    if let Some(most) = setting("maxNetworkRetries") {
        options.limits.max_retries =
            most.parse().map_err(|_| Error::config("maxNetworkRetries", "must be a number, at least 0"))?;
    }
    if let Some(most) = setting("maxConnections") {
        options.limits.max_connections =
            most.parse().map_err(|_| Error::config("maxConnections", "must be a number of connections"))?;
    }
    if let Some(accept) = setting("acceptSignTypes") {
        let types: std::result::Result<Vec<SignType>, Error> = accept.split(',').map(str::parse).collect();
        options.merchant.accept_sign_types =
            types.map_err(|_| Error::config("acceptSignTypes", "must be a list of MD5 and HMAC-SHA256"))?;
    }
    if let Some(language) = setting("language") {
        language.clone_into(&mut options.language);
    }
    Ok(options)
}
