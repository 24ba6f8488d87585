//! `preVerifyJSAPI`: whether WeChat's browser accepts a page's `wx.config` (protocol §7.4, §7.5).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wxpaykit::crypto::digest::sha1;
use wxpaykit::doctor::config::{self as page_config, Evidence, PageSign};
use wxpaykit::doctor::{self, Mistake};

use crate::app::App;
use crate::journal::{Explanation, Note};
use crate::reasons::Reason;
use crate::world::accounts::agent;
use crate::world::pages::Verify;

/// `POST /_emulator/jssdk`: the arguments of `wx.config` and the page that called it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(alias = "appId")]
    appid: String,
    timestamp: Value,
    #[serde(rename = "nonceStr")]
    nonce_str: String,
    signature: String,
    url: String,
    /// Whether it is of `wx.agentConfig`, which the ticket of the application signs.
    #[serde(default)]
    agent: bool,
}

/// `preVerifyJSAPI`, as the bridge sends it: whether the page at `url` may make the calls of its `jsApiList`.
pub(crate) fn pre_verify(app: &App, args: &Map<String, Value>, url: &str) -> (Value, Note) {
    let Some(verify) = verify_of(args) else {
        let explanation =
            Explanation::detail("the call carries no verifySignature").in_chinese("调用里没有 verifySignature");
        return (json!({ "err_msg": INVALID }), Note::outcome("jssdk:invalid signature").explained(Some(explanation)));
    };
    let config = Config {
        appid: verify.appid.clone(),
        timestamp: verify.timestamp.clone().into(),
        nonce_str: verify.nonce_str.clone(),
        signature: verify.signature.clone(),
        url: url.to_owned(),
        agent: false,
    };
    let (answer, note) = self::verify(app, &config);
    let accepted = answer.get("err_msg").and_then(Value::as_str) == Some(OK);
    let apis = args.get("verifyJsApiList").and_then(Value::as_array).into_iter().flatten();
    let apis = apis.filter_map(Value::as_str).map(str::to_owned).take(200).collect();
    app.state().pages.set(verify, accepted.then_some(apis));
    (answer, note)
}

/// Whether a page may make a call. After `wx.config` it may make the calls of its list; without it, any call.
pub(crate) fn permitted(app: &App, name: &str, args: &Map<String, Value>) -> Result<(), Note> {
    let Some(verify) = verify_of(args) else { return Ok(()) };
    let state = app.state();
    let (detail, chinese) = match state.pages.apis(&verify) {
        Some(apis) if apis.iter().any(|api| api == name) => return Ok(()),
        Some(_) => {
            (format!("{name} is not in the jsApiList of wx.config"), format!("{name} 不在 wx.config 的 jsApiList 里"))
        }
        None => (
            "wx.config of this page was refused, or has not been answered yet".to_owned(),
            "该页面的 wx.config 被拒绝，或还没有结果".to_owned(),
        ),
    };
    drop(state);
    let redacted = |text| app.registry.redact(text);
    let explanation = Explanation::with_values("not_permitted", redacted(detail), redacted(chinese));
    Err(Note::outcome(format!("jssdk:{OFFLINE}")).explained(Some(explanation)))
}

/// The error text of a call that `wx.config` does not allow.
pub(crate) const OFFLINE: &str = "the permission value is offline verifying";
const OK: &str = "preVerifyJSAPI:ok";
const INVALID: &str = "preVerifyJSAPI:fail_invalid signature";
const INVALID_DOMAIN: &str = "preVerifyJSAPI:fail_invalid url domain";

/// The arguments that the SDK adds to each call; `None` for a page that did not call `wx.config`.
fn verify_of(args: &Map<String, Value>) -> Option<Verify> {
    let get = |name: &str| args.get(name).map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    Some(Verify {
        signature: get("verifySignature")?,
        appid: get("verifyAppId").unwrap_or_default(),
        timestamp: get("verifyTimestamp").unwrap_or_default(),
        nonce_str: get("verifyNonceStr").unwrap_or_default(),
    })
}

pub(crate) fn verify(app: &App, config: &Config) -> (Value, Note) {
    if let Some((detail, chinese)) = foreign(app, config) {
        let explanation = Explanation::with_values("url_domain", detail.clone(), chinese);
        let answer = json!({ "err_msg": INVALID_DOMAIN, "explanation": { "mistake": "url_domain", "detail": detail } });
        return (answer, Note::outcome("jssdk:invalid url domain").explained(Some(explanation)));
    }
    let explanation = if app.registry.by_app(&config.appid).is_none() {
        Some(Explanation::reason(Reason::APPID_UNKNOWN))
    } else {
        let known = known(app, config);
        let explained = || Explanation::of_signature(explain(config, &known), |text| app.registry.redact(text));
        if is_signed(config, &known.valid) {
            // What is accepted may be noteworthy.
            let remark = Some(explained()).filter(|told| told.mistake != Some(Mistake::NONE.code()));
            return (json!({ "err_msg": OK }), Note::ok().explained(remark));
        }
        Some(explained())
    };
    match explanation {
        None => (json!({ "err_msg": OK }), Note::ok()),
        Some(explanation) => {
            let answer = json!({
                "err_msg": INVALID,
                "explanation": {
                    "string_to_sign": explanation.string_to_sign,
                    "likely_string": explanation.likely_string,
                    "mistake": explanation.mistake,
                    "detail": explanation.words(app.config.language),
                },
            });
            (answer, Note::outcome("jssdk:invalid signature").explained(Some(explanation)))
        }
    }
}

/// The tickets, tokens and pages that are known here.
struct Known {
    /// The tickets that can sign now.
    valid: Vec<String>,
    stale: Vec<String>,
    tokens: Vec<String>,
    pages: Vec<String>,
}

/// Copies them, so that hashing does not hold the lock.
fn known(app: &App, config: &Config) -> Known {
    let mut state = app.state();
    let whose = if config.agent { agent(&config.appid) } else { config.appid.clone() };
    let tickets = state.accounts.tickets(&whose, app.clock.now());
    let (tokens, pages) = (state.accounts.access_tokens(&config.appid), state.pages.urls());
    state.pages.opened(&config.url);
    drop(state);
    let (valid, stale): (Vec<_>, Vec<_>) = tickets.into_iter().partition(|(_, valid)| *valid);
    let texts = |tickets: Vec<(String, bool)>| tickets.into_iter().map(|(text, _)| text).collect();
    Known { valid: texts(valid), stale: texts(stale), tokens, pages }
}

/// Whether a ticket that is valid signed the page, up to its `#` (protocol §7.5).
fn is_signed(config: &Config, tickets: &[String]) -> bool {
    let url = config.url.split('#').next().unwrap_or_default();
    let (nonce_str, timestamp) = (&config.nonce_str, timestamp(&config.timestamp));
    let text = |ticket: &str| format!("jsapi_ticket={ticket}&noncestr={nonce_str}&timestamp={timestamp}&url={url}");
    tickets.iter().any(|ticket| sha1(&text(ticket)) == config.signature)
}

/// What the doctor says of the page's signature.
fn explain(config: &Config, known: &Known) -> doctor::Explanation {
    let [valid, stale, tokens, pages] =
        [&known.valid, &known.stale, &known.tokens, &known.pages].map(|texts| borrowed(texts));
    let known = Evidence { tickets: &valid, stale: &stale, access_tokens: &tokens, signed_url: None, pages: &pages };
    let timestamp = timestamp(&config.timestamp);
    let (nonce_str, signature, url) = (config.nonce_str.as_str(), config.signature.as_str(), config.url.as_str());
    page_config::config(&PageSign { nonce_str, timestamp: &timestamp, signature, url }, &known)
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Why a page's host is not the appid's (JS接口安全域名).
fn foreign(app: &App, config: &Config) -> Option<(String, String)> {
    let domain = app.registry.by_app(&config.appid)?.js_domain.as_deref()?;
    let url = url::Url::parse(&config.url).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    (host != domain).then(|| {
        let english = format!("the page's host is {host}, and must be {domain}");
        (english, format!("页面的域名是 {host}，应为 {domain}"))
    })
}

/// `wx.config` takes a number or a text.
fn timestamp(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
