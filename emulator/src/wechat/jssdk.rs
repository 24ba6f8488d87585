//! `preVerifyJSAPI`: whether WeChat's browser accepts a page's `wx.config` (protocol §7.4, §7.5).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wxpaykit::platform::page_sign;

use crate::app::App;
use crate::journal::{Explanation, Note};
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
}

/// `preVerifyJSAPI`, as the bridge sends it: whether the page at `url` may make the calls of its `jsApiList`.
pub(crate) fn pre_verify(app: &App, args: &Map<String, Value>, url: &str) -> (Value, Note) {
    let Some(verify) = verify_of(args) else {
        let explanation = Explanation::detail("the call carries no verifySignature");
        return (json!({ "err_msg": INVALID }), Note::outcome("jssdk:invalid signature").explained(Some(explanation)));
    };
    let config = Config {
        appid: verify.appid.clone(),
        timestamp: verify.timestamp.clone().into(),
        nonce_str: verify.nonce_str.clone(),
        signature: verify.signature.clone(),
        url: url.to_owned(),
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
    let detail = match state.pages.apis(&verify) {
        Some(apis) if apis.iter().any(|api| api == name) => return Ok(()),
        Some(_) => format!("{name} is not in the jsApiList of wx.config"),
        None => "wx.config of this page was refused, or has not been answered yet".to_owned(),
    };
    drop(state);
    let explanation = Explanation::mistake("not_permitted", app.registry.redact(detail));
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
    if let Some(detail) = foreign(app, config) {
        let explanation = Explanation::mistake("url_domain", detail.clone());
        let answer = json!({ "err_msg": INVALID_DOMAIN, "explanation": { "mistake": "url_domain", "detail": detail } });
        return (answer, Note::outcome("jssdk:invalid url domain").explained(Some(explanation)));
    }
    let explanation = if app.registry.by_app(&config.appid).is_none() {
        Some(Explanation::mistake("other_appid", "this emulator has no such appid"))
    } else {
        // Copied first, so that hashing does not hold the lock.
        let tickets = app.state().accounts.tickets(&config.appid, app.clock.now());
        let text = timestamp(&config.timestamp);
        let time = text.parse().unwrap_or_default();
        let shown = |url: &str| app.registry.redact(with_url("***", config, time, url));
        mistake(config, time, &tickets).map(|(mistake, detail, signed_url)| Explanation {
            string_to_sign: Some(shown(page_of(config))),
            likely_string: signed_url.map(|url| shown(&url)),
            sign_type: Some("SHA1"),
            mistake: Some(mistake),
            detail: detail.into(),
            ..Explanation::default()
        })
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
                    "detail": explanation.detail,
                },
            });
            (answer, Note::outcome("jssdk:invalid signature").explained(Some(explanation)))
        }
    }
}

/// Why a page's host is not the appid's (JS接口安全域名).
fn foreign(app: &App, config: &Config) -> Option<String> {
    let domain = app.registry.by_app(&config.appid)?.js_domain.as_deref()?;
    let url = url::Url::parse(&config.url).ok();
    let host = url.as_ref().and_then(url::Url::host_str).unwrap_or_default();
    (host != domain).then(|| format!("the page's host is {host}, and has to be {domain}"))
}

/// `wx.config` takes a number or a text.
fn timestamp(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The page's address as it is signed.
fn page_of(config: &Config) -> &str {
    config.url.split('#').next().unwrap_or_default()
}

/// The text to sign with a url as it stands: `page_sign::string_to_sign` leaves the fragment out itself.
fn with_url(ticket: &str, config: &Config, time: i64, url: &str) -> String {
    page_sign::string_to_sign(ticket, &config.nonce_str, time, "") + url
}

/// `None` when the signature is right; else the likeliest mistake, what it is, and the url that was signed.
fn mistake(
    config: &Config,
    time: i64,
    tickets: &[(String, bool)],
) -> Option<(&'static str, &'static str, Option<String>)> {
    let fits =
        |ticket: &str, url: &str| sha1(&with_url(ticket, config, time, url)) == config.signature.to_ascii_lowercase();
    let page = page_of(config);
    if tickets.iter().any(|(ticket, alive)| *alive && fits(ticket, page)) {
        let lower = !config.signature.bytes().any(|b| b.is_ascii_uppercase());
        let detail = "the signature has to be lower-case hexadecimal";
        return (!lower).then(|| ("upper_case", detail, Some(page.to_owned())));
    }
    if tickets.is_empty() {
        return Some(("no_ticket", "no jsapi_ticket was ever fetched for this appid", None));
    }
    let other_urls = [
        ("stale_ticket", "signed with a jsapi_ticket that is over", page.to_owned()),
        ("url_with_hash", "the url was signed with its #: leave out the # and what follows it", config.url.clone()),
        (
            "url_without_query",
            "the url was signed without its query",
            page.split('?').next().unwrap_or_default().to_owned(),
        ),
        ("url_slash", URL_SLASH, page.trim_end_matches('/').to_owned()),
        ("url_slash", URL_SLASH, format!("{page}/")),
        ("url_encoding", URL_ENCODING, wxpaykit::wire::form::component(page)),
        ("url_encoding", URL_ENCODING, percent_decoded(page)),
    ];
    let found = other_urls.into_iter().find(|(_, _, url)| tickets.iter().any(|(ticket, _)| fits(ticket, url)));
    Some(found.map_or(
        (
            "unknown",
            "another ticket, nonceStr, timestamp or url was signed: names are lower-case under the signature",
            None,
        ),
        |(mistake, detail, url)| (mistake, detail, Some(url)),
    ))
}

const URL_SLASH: &str = "the url was signed with or without a final / that the browser shows otherwise";
const URL_ENCODING: &str = "the url was encoded or decoded before it was signed: sign it as the browser shows it";

fn sha1(text: &str) -> String {
    use sha1::Digest;
    sha1::Sha1::digest(text).iter().map(|b| format!("{b:02x}")).collect()
}

fn percent_decoded(text: &str) -> String {
    // One pair without a name decodes like a plain text, but for `+`, which a path may hold.
    let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}
