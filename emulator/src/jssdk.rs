//! `preVerifyJSAPI`: whether WeChat's browser would take a page's `wx.config` (protocol §7.4, §7.5).

use serde::Deserialize;
use serde_json::{Value, json};
use wxpaykit::sign::jssdk;

use crate::app::App;
use crate::journal::{Explanation, Note};

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

pub(crate) fn verify(app: &App, config: &Config) -> (Value, Note) {
    let explanation = if app.registry.by_app(&config.appid).is_none() {
        Some(Explanation::mistake("other_appid", "this emulator has no such appid"))
    } else {
        // Taken out of the state first: hashing waits for no lock.
        let tickets = app.state().platform.tickets(&config.appid, app.clock.now());
        let text = timestamp(&config.timestamp);
        mistake(config, text.parse().unwrap_or_default(), &tickets).map(|(mistake, detail)| Explanation {
            string_to_sign: Some(app.registry.redact(jssdk::string_to_sign(
                "***",
                &config.nonce_str,
                text.parse().unwrap_or_default(),
                &config.url,
            ))),
            sign_type: Some("SHA1"),
            mistake: Some(mistake),
            detail: detail.to_owned(),
        })
    };
    match explanation {
        None => (json!({ "err_msg": "preVerifyJSAPI:ok" }), Note::ok()),
        Some(explanation) => {
            let answer = json!({
                "err_msg": "preVerifyJSAPI:fail_invalid signature",
                "explanation": {
                    "string_to_sign": explanation.string_to_sign,
                    "mistake": explanation.mistake,
                    "detail": explanation.detail,
                },
            });
            (answer, Note::outcome("jssdk:invalid signature").explained(Some(explanation)))
        }
    }
}

/// `wx.config` takes a number or a text.
fn timestamp(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// `None` when the signature is right; else the likeliest mistake and what it is.
fn mistake(config: &Config, time: i64, tickets: &[(String, bool)]) -> Option<(&'static str, &'static str)> {
    let fits = |ticket: &str, url: &str| {
        jssdk::signature(ticket, &config.nonce_str, time, url) == config.signature.to_ascii_lowercase()
    };
    let valid = |url: &str| tickets.iter().any(|(ticket, alive)| *alive && fits(ticket, url));
    let page = config.url.split('#').next().unwrap_or_default();
    if valid(page) {
        let lower = !config.signature.bytes().any(|b| b.is_ascii_uppercase());
        return (!lower).then_some(("upper_case", "the signature has to be lower-case hexadecimal"));
    }
    let without_query = page.split('?').next().unwrap_or_default();
    let with_slash = format!("{page}/");
    let decoded = percent_decoded(page);
    Some(if tickets.is_empty() {
        ("no_ticket", "no jsapi_ticket was ever fetched for this appid")
    } else if tickets.iter().any(|(ticket, _)| fits(ticket, page)) {
        ("stale_ticket", "signed with a jsapi_ticket that is over")
    } else if fits_with_hash(config, time, tickets) {
        ("url_with_hash", "the url was signed with its #: leave out the # and what follows it")
    } else if valid(without_query) {
        ("url_without_query", "the url was signed without its query")
    } else if valid(page.trim_end_matches('/')) || valid(&with_slash) {
        ("url_slash", "the url was signed with or without a final / that the browser shows otherwise")
    } else if valid(&wxpaykit::wire::form::component(page)) || valid(&decoded) {
        ("url_encoding", "the url was encoded or decoded before it was signed: sign it as the browser shows it")
    } else {
        ("unknown", "another ticket, nonceStr, timestamp or url was signed: names are lower-case under the signature")
    })
}

/// `jssdk::signature` leaves the fragment out itself, so that mistake is spelt here.
fn fits_with_hash(config: &Config, time: i64, tickets: &[(String, bool)]) -> bool {
    config.url.contains('#')
        && tickets.iter().any(|(ticket, _)| {
            let text = jssdk::string_to_sign(ticket, &config.nonce_str, time, "") + &config.url;
            sha1(&text) == config.signature.to_ascii_lowercase()
        })
}

fn sha1(text: &str) -> String {
    use sha1::Digest;
    sha1::Sha1::digest(text).iter().map(|b| format!("{b:02x}")).collect()
}

fn percent_decoded(text: &str) -> String {
    // One pair without a name decodes like a plain text, but for `+`, which a path may hold.
    let text = text.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.into_owned()).next().unwrap_or_default()
}
