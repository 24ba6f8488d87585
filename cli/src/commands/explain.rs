//! `explain`: why a signature is refused. What `verify` reads is read here too. A message of APIv2 is a document with `sign`; one of APIv3 is an HTTP message.

use clap::ArgMatches;
use serde_json::Value;
use wxpaykit::Fields;
use wxpaykit::codes::Api;
use wxpaykit::doctor::page_v3::{self, Parameters};
use wxpaykit::doctor::{self, Explanation, Mistake, OtherKeys, page};
use wxpaykit::registry;
use wxpaykit::v3::{self, Evidence, Headers, Keys, SigningKey};
use wxpaykit::wire::{json, xml};

use crate::http::Message;
use crate::input::{Input, fields, given, http, is_number, values};
use crate::keys;
use crate::session::Session;
use crate::show;
use crate::status::{DONE, NO, Stop};

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let given = given(session, &values(matches, "fields"))?;
    let http = match &given {
        Input::Bytes(bytes) => http(session, bytes)?,
        Input::Fields(_) => None,
    };
    let mut note = None;
    let explanation = match (http, unreadable(&given)) {
        (Some(message), _) if is_of_v2(&message) => match unreadable_request(&message) {
            Some(explanation) => explanation,
            None => {
                let key = keys::api_key(session, matches)?;
                let body = message.body.as_deref().unwrap_or_default();
                let found = with_others(session, |others| doctor::examine_body(body, &key, others))?;
                let is_right = found.mistake == Mistake::NONE || found.mistake.is_remark();
                let path = path(&message);
                // What fetches its key is signed with that of production.
                let is_of_sandbox =
                    SANDBOXES.iter().any(|prefix| path.starts_with(prefix)) && !path.ends_with("/getsignkey");
                if is_right && is_of_sandbox { in_sandbox(found) } else { found }
            }
        },
        (Some(message), _) => {
            let (api_v3_key, _) = keys::others(session)?;
            http_message(session, &message, matches.get_one("now").copied(), api_v3_key.as_deref())?
        }
        (None, Some(explanation)) => explanation,
        (None, None) => {
            let fields = fields(session, &given)?;
            let is_request =
                ["mch_id", "mchid"].iter().any(|name| fields.contains(name)) && !fields.contains("return_code");
            let body = match &given {
                Input::Bytes(bytes) if is_request => bytes.as_slice(),
                _ => &[],
            };
            let is_of_json = body.trim_ascii_start().starts_with(b"{");
            note = is_of_json.then(|| {
                session.pick(
                    "These fields were read from JSON. If it is the body that you send: APIv2 takes XML, and JSON belongs to APIv3 (give its first line and its headers too).",
                    "这些字段是从 JSON 读出的。如果它就是发送的请求体：APIv2 要用 XML，JSON 属于 APIv3（请把请求行和请求头一起给出）。",
                )
            });
            let found = match Parameters::of_fields(&fields).filter(Parameters::is_of_v3) {
                Some(given) => page_of_v3(session, given)?,
                None => {
                    let key = keys::api_key(session, matches)?;
                    let document = Some(body).filter(|body| body.trim_ascii_start().starts_with(b"<"));
                    with_others(session, |others| match document {
                        Some(document) => doctor::examine_body(document, &key, others),
                        None => doctor::examine(&fields, &key, others),
                    })?
                }
            };
            let has_number = fields.contains("paySign") && is_number(&given, "timeStamp");
            let found = if has_number { page::with_number(found) } else { found };
            match as_body(session, matches, body, &found)? {
                Some(of_body) => {
                    note = Some(session.pick(
                        "The signature over these fields is right. If they stand in this form only to check them, nothing is wrong.",
                        "按这些字段签名没有问题。如果只是为了检查才写成这样，就没有错误。",
                    ));
                    of_body
                }
                None => found,
            }
        }
    };
    let is_right = explanation.mistake == Mistake::NONE || explanation.mistake.is_remark();
    show::explanation(session, &explanation, is_right);
    if let Some(note) = note.filter(|_| !session.json) {
        session.print(note);
    }
    Ok(if is_right { DONE } else { NO })
}

/// What is wrong with the body of a request whose fields are signed rightly: it is JSON or a form. `found` is what its fields as they stand
/// gave.
fn as_body(
    session: &mut Session<'_>,
    matches: &ArgMatches,
    body: &[u8],
    found: &Explanation,
) -> Result<Option<Explanation>, Stop> {
    let is_right = |found: &Explanation| found.mistake == Mistake::NONE || found.mistake.is_remark();
    let text = body.trim_ascii();
    if text.starts_with(b"{") {
        let error = xml::parse(body).err().filter(|_| is_right(found));
        return Ok(error.map(|error| doctor::unreadable_request(body, &error)));
    }
    // A line of a log has the values as they are.
    if text.contains(&b'\n') || !text.contains(&b'%') || is_right(found) {
        return Ok(None);
    }
    let Some(decoded) = form(text) else { return Ok(None) };
    let key = keys::api_key(session, matches)?;
    let decoded = with_others(session, |others| doctor::examine(&decoded, &key, others))?;
    let error = xml::parse(body).err().filter(|_| is_right(&decoded));
    Ok(error.map(|error| doctor::unreadable_request(body, &error)))
}

/// The fields of a form; `None` where it names a field twice.
fn form(text: &[u8]) -> Option<Fields> {
    let mut fields = Fields::default();
    form_urlencoded::parse(text).try_for_each(|(name, value)| fields.push(&name, &value)).ok()?;
    Some(fields)
}

/// Explains by the other keys of the environment, with which a message may have been signed by mistake.
fn with_others(
    session: &mut Session<'_>,
    explain: impl FnOnce(OtherKeys<'_>) -> Explanation,
) -> Result<Explanation, Stop> {
    let (api_v3_key, app_secret) = keys::others(session)?;
    let (api_v3_key, app_secret) = (api_v3_key.as_deref(), app_secret.as_deref());
    Ok(explain(OtherKeys { api_v3_key, app_secret, ..OtherKeys::default() }))
}

/// Explains what a page or an app of APIv3 was handed by the merchant's key.
fn page_of_v3(session: &mut Session<'_>, given: Parameters<'_>) -> Result<Explanation, Stop> {
    let (private, certificate) = keys::merchant_keys(session)?;
    let Some(public) = private.as_ref().map(SigningKey::public).or(certificate.as_ref()) else {
        let missing = session.pick(
            "a signature of RSA (paySign with signType RSA, an app's sign) is checked with the merchant's private key: set WXPAY_CLIENT_KEY, \
             WXPAY_CLIENT_CERT or WXPAY_CLIENT_P12, or …_FILE",
            "RSA 签名（signType 为 RSA 的 paySign、App 的 sign）要用商户私钥检查：请设置 WXPAY_CLIENT_KEY、WXPAY_CLIENT_CERT 或 WXPAY_CLIENT_P12，或 …_FILE",
        );
        return Err(Stop::Wrong(missing.to_owned()));
    };
    let own = keys::setting(session, "appid")?.unwrap_or_default();
    Ok(page_v3::explain(&given.or_app_id(&own), public))
}

/// Whether an HTTP message is one of APIv2: it has none of the headers of APIv3, and its path is a call's of APIv2 or its body is XML.
pub(super) fn is_of_v2(message: &Message) -> bool {
    let (headers, path) = (headers(message), path(message));
    let has_xml = message.body.as_ref().is_some_and(|body| body.trim_ascii_start().starts_with(b"<"));
    let is_call = registry::all().any(|call| call.api == Api::V2 && call.path == path);
    let has_signature = headers.is_signed() || headers.authorization.is_some();
    !has_signature && !path.starts_with(V3) && (has_xml || is_call) && message.body.is_some()
}

/// Why no message can be read in the body of a request of APIv2; `None` for a reply, and where one can be read.
fn unreadable_request(message: &Message) -> Option<Explanation> {
    let body = message.body.as_deref().filter(|_| message.target.is_some())?;
    let error = xml::parse(body).err()?;
    Some(doctor::unreadable_request(body, &error))
}

/// The paths of the sandbox of APIv2.
const SANDBOXES: [&str; 2] = ["/sandboxnew/", "/xdc/apiv2sandbox/"];

/// The explanation of a request to the sandbox, whose signature is right.
fn in_sandbox(found: Explanation) -> Explanation {
    let mistake = Mistake::SANDBOX_KEY;
    Explanation { proof: mistake.proof(), mistake, field: None, likely_string: None, ..found }
}

/// What the paths of APIv3 begin with.
const V3: &str = "/v3/";

fn headers(message: &Message) -> Headers {
    Headers::read(message.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// The path of a request, without host and query.
fn path(message: &Message) -> &str {
    let url = message.target.as_ref().map_or("", |(_, url)| url.as_str());
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest.find('/').map_or("", |at| rest.split_at(at).1));
    rest.split(['?', '#']).next().unwrap_or_default()
}

/// Explains a message of APIv3 by what the environment has: each setting that is there is tried.
pub(super) fn http_message(
    session: &mut Session<'_>,
    message: &Message,
    now: Option<i64>,
    api_v3_key: Option<&str>,
) -> Result<Explanation, Stop> {
    let headers = headers(message);
    // A notification has the start line of a request too, and a path of the merchant's own.
    let is_request = headers.signature.is_none() && (headers.authorization.is_some() || path(message).starts_with(V3));
    let server_text = message.reply.as_deref().and_then(server_text);
    if message.body.is_none() && server_text.is_none() {
        return Err(body_is_missing(session));
    }
    let target = message.target.as_ref().filter(|_| is_request);
    let (private, certificate) = keys::merchant_keys(session)?;
    let public = keys::credential(session, "platform_public_key")?;
    let id = keys::setting(session, "platform_public_key_id")?;
    let keys = match (&id, &public) {
        (Some(id), Some(key)) => Some(Keys::read([(id.as_str(), key.as_slice())])?),
        _ => None,
    };
    let (mch_id, serial) = (keys::setting(session, "mch_id")?, keys::setting(session, "client_cert_serial")?);
    let api_key = keys::secret(session, "api_key")?;
    let explanation = v3::explain(&Evidence {
        headers: Some(&headers),
        body: message.body.as_deref().unwrap_or_default(),
        keys: keys.as_ref(),
        // The message may be of yesterday, so the time is checked only when it is given.
        now,
        api_v3_key,
        api_key: api_key.as_deref(),
        method: target.map(|(method, _)| method.as_str()),
        url: target.map(|(_, url)| url.as_str()),
        timestamp: None,
        nonce_str: None,
        signature: None,
        authorization: headers.authorization.as_deref(),
        mch_id: mch_id.as_deref(),
        serial_no: serial.as_deref(),
        certificate: certificate.as_ref(),
        public_key: private.as_ref().map(SigningKey::public),
        reply: message.reply.as_deref(),
    })?;
    // Without the body, the two texts differ in the body and in the length in any case: only their heads can be compared.
    let is_by_body = [Mistake::NONE, Mistake::V3_UNKNOWN, Mistake::SERVER_BODY_DIFFERS].contains(&explanation.mistake);
    let has_own_head = server_text.is_some_and(|text| head(&text).eq(head(&explanation.string_to_sign)));
    if message.body.is_none() && is_by_body && has_own_head {
        return Err(body_is_missing(session));
    }
    Ok(explanation)
}

/// Whether the environment has a key of WeChat Pay's.
pub(super) fn has_platform_key(session: &mut Session<'_>) -> Result<bool, Stop> {
    let key = keys::credential(session, "platform_public_key")?;
    Ok(key.is_some() && keys::setting(session, "platform_public_key_id")?.is_some())
}

/// The text that WeChat Pay built to check a request, as far as its refusal shows it.
fn server_text(reply: &[u8]) -> Option<String> {
    let reply: Value = serde_json::from_slice(reply).ok()?;
    let detail = reply.get("detail")?;
    let information = detail.get("sign_information").or_else(|| detail.get("detail")?.get("sign_information"))?;
    information.get("truncated_sign_message")?.as_str().map(str::to_owned)
}

/// The lines of a text to sign that stand before the body.
fn head(text: &str) -> impl Iterator<Item = &str> {
    text.splitn(5, '\n').take(4)
}

fn body_is_missing(session: &Session<'_>) -> Stop {
    let text = session.pick(
        "curl -v does not show the body of a request, so the signature cannot be checked: give the request line, the headers, an empty \
         line and the body",
        "curl -v 不显示请求体，无法检查签名：请给出请求行、请求头、空行和请求体",
    );
    Stop::Wrong(text.to_owned())
}

/// The kind of a body in which no message can be read: a notification of APIv3, HTML, something compressed …
pub(super) fn unreadable(given: &Input) -> Option<Explanation> {
    let Input::Bytes(body) = given else { return None };
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    let is_xml = text.starts_with('<');
    // An object of fields is what a program has logged, or a page's parameters; other JSON is no message of APIv2.
    let has_fields =
        json::parse(body).is_some_and(|fields| ["sign", "paySign", "appid"].iter().any(|name| fields.contains(name)));
    // The padding of Base64 is no name, and neither is what stands before an = among compressed bytes.
    let kind = || xml::parse(body).err().map(|error| doctor::unreadable(body, &error));
    const NEVER_FIELDS: [Mistake; 2] = [Mistake::BODY_BASE64, Mistake::BODY_COMPRESSED];
    if let Some(found) = kind().filter(|found| NEVER_FIELDS.contains(&found.mistake)) {
        return Some(found);
    }
    let is_named = text.contains('=') && !text.starts_with(['<', '{', '&', '%', '"', '\'']) && !text.contains('<');
    if !is_xml && (has_fields || is_named) {
        return None;
    }
    let error = xml::parse(body).err()?;
    Some(doctor::unreadable(body, &error))
}
