//! A client, and what it does without I/O.

use std::sync::Arc;
use std::time::Duration;

use tracing::Dispatch;
use wxpaykit::platform::oauth::Scope;
use wxpaykit::table::Document;
use wxpaykit::{Error, MemoryStore, Options, PaymentNotification, SignType, Store, WxPay, client, page, store};

use crate::bridge::Bridge;
use crate::flat::Flat;
use crate::frame::Frame;
use crate::js::{Call, Value};
use crate::store::{Hooks, JsStore};
use crate::watch::{Watch, warnings};

/// What the facade keeps of a client.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) pay: WxPay,
    pub(crate) store: Arc<dyn Store>,
    /// What hears of its calls' warnings.
    pub(crate) warnings: Dispatch,
}

/// Flat settings, how many pieces: a client. `undefined` stands for a refusal, which `numbers` and `describe` tell.
///
/// Settings are named as in the environment (`WXPAY_APPID` …), and beside them `timeout`, `connectTimeout`, `lease` (ms),
/// `maxConnections`, `maxNetworkRetries`, `acceptSignTypes` and `language`; `hooks`, the number under which the facade has
/// the store (`hooks.store`) and the listener (`hooks.onEvent`).
pub(crate) fn create(call: &Call<'_>) -> Value {
    let count = call.int(1);
    let made = call.with_text(0, |text| {
        let settings: Vec<_> = Flat::new(text, count)?.pairs().collect();
        Some(open(&settings, &call.instance.bridge))
    });
    let Some(made) = made else { return Value::UNDEFINED };
    match made {
        Ok(client) => call.give_client(client),
        Err(error) => call.give_frame(&Frame::from_error(&error)),
    }
}

/// What may be shown of a client.
pub(crate) fn describe(call: &Call<'_>) -> Value {
    let Some(Client { pay, .. }) = call.client(0) else { return Value::UNDEFINED };
    let pairs = [("appid", pay.merchant().appid()), ("mchId", pay.merchant().mch_id())];
    call.give_frame(&Frame::from_map(pairs.into_iter()))
}

/// Client, which of the four, prepay_id, appid or nothing, partnerid or nothing.
pub(crate) fn page_params(call: &Call<'_>) -> Value {
    let Some(Client { pay, .. }) = call.client(0) else { return Value::UNDEFINED };
    let (kind, prepay_id, appid, partnerid) = (call.text(1), call.text(2), call.text(3), call.text(4));
    let (appid, partnerid) = (given(&appid), given(&partnerid));
    let (merchant, now) = (pay.merchant(), client::now());
    let params = client::nonce().and_then(|nonce| match kind.as_str() {
        "chooseWXPay" => page::choose_wxpay_params(merchant, &prepay_id, appid, now, &nonce),
        "miniprogram" => page::miniprogram_params(merchant, &prepay_id, appid, now, &nonce),
        "app" => page::app_params(merchant, &prepay_id, appid, partnerid, now, &nonce),
        _ => page::jsapi_params(merchant, &prepay_id, appid, now, &nonce),
    });
    call.give_frame(&Frame::of(params, |params| Frame::from_map(params.iter())))
}

/// Client, redirect_uri, scope, state or nothing, 1 to force the popup.
pub(crate) fn authorize_url(call: &Call<'_>) -> Value {
    let Some(Client { pay, .. }) = call.client(0) else { return Value::UNDEFINED };
    let (redirect_uri, scope, state) = (call.text(1), call.text(2), call.text(3));
    let url = scope
        .parse()
        .and_then(|scope: Scope| pay.oauth().authorize_url_with(&redirect_uri, scope, given(&state), call.int(4) == 1));
    call.give_frame(&Frame::of(url, |url| Frame::from_text(url)))
}

/// Client, a notification's raw body.
pub(crate) fn parse_notification(call: &Call<'_>) -> Value {
    let Some(Client { pay, .. }) = call.client(0) else { return Value::UNDEFINED };
    let parsed = call.with_bytes(1, |body| pay.notify().parse(body));
    call.give_frame(&Frame::of(parsed, |parsed| Frame::from_record(PaymentNotification::RECORD, parsed.fields())))
}

pub(crate) fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn open(pairs: &[(&str, &str)], bridge: &Arc<Bridge>) -> Result<Client, Error> {
    let setting = |wanted: &str| find(pairs, wanted);
    let mut options = options(pairs)?;
    let number = setting("hooks").and_then(|number| number.parse().ok()).unwrap_or_default();
    let hooks = Arc::new(Hooks { bridge: Arc::clone(bridge), number });
    let store: Arc<dyn Store> = match (setting("hooks.store"), &options.store_address) {
        (Some(_), _) => Arc::new(JsStore(Arc::clone(&hooks))),
        (None, Some(address)) => store::open(address.expose())?,
        (None, None) => Arc::new(MemoryStore::default()),
    };
    options.store = Some(Arc::clone(&store));
    let warnings = warnings(Arc::clone(&hooks));
    options.observer = Some(Arc::new(Watch { hooks, always: setting("hooks.onEvent").is_some() }));
    Ok(Client { pay: WxPay::new(options)?, store, warnings })
}

fn options(pairs: &[(&str, &str)]) -> Result<Options, Error> {
    let setting = |wanted: &str| find(pairs, wanted);
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
        let types: Result<Vec<SignType>, Error> = accept.split(',').map(str::parse).collect();
        options.merchant.accept_sign_types =
            types.map_err(|_| Error::config("acceptSignTypes", "must be a list of MD5 and HMAC-SHA256"))?;
    }
    if let Some(language) = setting("language") {
        language.clone_into(&mut options.language);
    }
    Ok(options)
}

fn find<'a>(pairs: &[(&str, &'a str)], wanted: &str) -> Option<&'a str> {
    pairs.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
}
