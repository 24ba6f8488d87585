//! Who sends a request: steps 2 to 6 of protocol v3 §17.1, in that order, with WeChat's texts (§2.3).

use serde_json::{Value, json};
use wxpaykit::Secret;
use wxpaykit::crypto::keys::Keys;
use wxpaykit::doctor::v3::{self, Evidence, explain};
use wxpaykit::doctor::{Language, Mistake};

use super::request::Request;
use super::rules::Row;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::v3_error::V3Error;
use crate::world::authority::Credentials;
use crate::world::clock::seconds;
use crate::world::merchant::Merchant;

/// The scheme of `Authorization`.
pub(super) const SCHEME: &str = "WECHATPAY2-SHA256-RSA2048";
/// How far a request's timestamp may be from the clock, in seconds.
const FRESH: u64 = 300;

/// The members of `Authorization`.
#[derive(Clone, Copy, Debug, Default)]
struct Authorization<'a> {
    mchid: &'a str,
    nonce_str: &'a str,
    signature: &'a str,
    timestamp: &'a str,
    serial_no: &'a str,
}

/// Why `Authorization` cannot be read.
enum AuthorizationError {
    Missing,
    Scheme,
    /// The fault of its form, in English and in Chinese.
    Form(String, String),
}

/// The merchant that signed a request, and the text that it signed.
pub(super) fn check<'a>(app: &'a App, row: &Row, request: &Request<'_>) -> Result<(&'a Merchant, String), V3Error> {
    let headers = request.headers;
    if !row.newer_gateway && (headers.accept.is_none() || headers.user_agent.is_none()) {
        let explanation = Explanation::reason(Reason::ACCEPT_MISSING);
        return Err(V3Error::invalid("Http头缺少Accept或User-Agent").because(explanation));
    }
    let header = headers.authorization.as_deref().unwrap_or_default();
    let is_xml = request.body.trim_ascii_start().starts_with(b"<");
    // Before a value is called wrong by itself: it may stand in another's place.
    let or_swapped = |denied: V3Error| match crosswise(app, request) {
        Some(explanation) => denied.because(explanation),
        None => denied,
    };
    let given = parse(header, app.config.strict_docs);
    let given = given.map_err(|why| or_swapped(unreadable(row, header, is_xml, why)))?;
    fresh(app, request, &given).map_err(or_swapped)?;
    let merchant = app.registry.by_mch(given.mchid).ok_or_else(|| {
        let english = format!("this emulator has no mch_id {}: see --merchant", shown(given.mchid));
        let chinese = format!("模拟器没有商户号 {}：见 --merchant", shown(given.mchid));
        let redacted = |text| app.registry.redact(text);
        let explanation = Explanation::with_values("other_mch_id", redacted(english), redacted(chinese));
        or_swapped(sign_error("商户号不存在", 269_546_538).because(explanation))
    })?;
    let own =
        app.certificates.of(&merchant.mch_id).map_err(|why| V3Error::system().because(Explanation::detail(why)))?;
    let serial_fits = match app.config.strict_docs {
        true => given.serial_no == own.serial_no,
        false => given.serial_no.eq_ignore_ascii_case(&own.serial_no),
    };
    if !serial_fits {
        let owner = app.certificates.owner_of(given.serial_no).filter(|owner| *owner != merchant.mch_id);
        let explanation = match owner {
            Some(owner) => {
                let named = &merchant.mch_id;
                let english = format!(
                    "the serial number is that of the certificate of merchant {owner}, and mchid in Authorization is {named}: write the \
                     mchid whose certificate signs"
                );
                let chinese = format!(
                    "证书序列号是商户 {owner} 的，而 Authorization 里的 mchid 是 {named}：请写签名证书所属的商户号"
                );
                let redacted = |text| app.registry.redact(text);
                Explanation::with_values("certificate_of_other_merchant", redacted(english), redacted(chinese))
            }
            None => explained(app, merchant, &own, request),
        };
        let text = "商户证书序列号有误。请使用签名私钥匹配的证书序列号";
        return Err(sign_error(text, 269_546_507).because(explanation));
    }
    let now = seconds(app.clock.of_machine());
    if own.public.validity().is_some_and(|(_, ends)| now > ends) {
        let explanation = Explanation::reason(Reason::MERCHANT_CERTIFICATE_EXPIRED);
        return Err(sign_error("商户证书已过期。", 269_546_505).because(explanation));
    }
    if merchant.api_v3_key.is_none() {
        let denied = V3Error::new(401, "SIGN_ERROR", "商户未设置APIv3密钥。");
        return Err(denied.because(Explanation::reason(Reason::API_V3_KEY_MISSING)));
    }
    let message = [
        format!("{}\n{}\n{}\n{}\n", request.method, request.target, given.timestamp, given.nonce_str).as_bytes(),
        request.body,
        b"\n",
    ]
    .concat();
    if own.public.verify(&message, given.signature) {
        return Ok((merchant, String::from_utf8_lossy(&message).into_owned()));
    }
    let detail = sign_information(app, row, request, &given, message.len());
    Err(bad_signature(app, row).with(detail).because(explained(app, merchant, &own, request)))
}

/// 401 with an internal code of protocol v3 §14.4.
fn sign_error(message: &'static str, number: u32) -> V3Error {
    V3Error::new(401, "SIGN_ERROR", message).numbered(number)
}

/// The words for a wrong signature. `--strict-docs` has those of the documents.
fn bad_signature(app: &App, row: &Row) -> V3Error {
    match (app.config.strict_docs, row.newer_gateway) {
        (true, _) => sign_error("错误的签名，验签失败", 269_546_525),
        (false, true) => sign_error("签名错误", 268_443_699),
        (false, false) => sign_error("签名错误，请检查后再试", 268_443_699),
    }
}

/// The merchant that `Authorization` names, whether it signed or not; empty where it cannot be read.
pub(super) fn mch_id(header: &str) -> &str {
    parse(header, false).map(|given| given.mchid).unwrap_or_default()
}

fn unreadable(row: &Row, header: &str, is_xml: bool, why: AuthorizationError) -> V3Error {
    const FORM: &str = "Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》";
    let newer = sign_error("签名信息错误，验签失败", 270_924_360);
    let denied = match why {
        AuthorizationError::Scheme if row.newer_gateway && !header.starts_with("WECHATPAY2-") => newer,
        AuthorizationError::Scheme => sign_error("HTTP头Authorization认证类型不正确", 270_924_332),
        AuthorizationError::Missing | AuthorizationError::Form(..) if row.newer_gateway => newer,
        AuthorizationError::Missing | AuthorizationError::Form(..) => sign_error(FORM, 270_924_332),
    };
    denied.because(match why {
        AuthorizationError::Missing if is_xml => Explanation::told(Mistake::BODY_IS_XML),
        AuthorizationError::Missing => Explanation::reason(Reason::AUTHORIZATION_MISSING),
        AuthorizationError::Scheme => Explanation::reason(Reason::AUTHORIZATION_SCHEME),
        AuthorizationError::Form(english, chinese) => {
            Explanation::with_values("authorization_malformed", english, chinese)
        }
    })
}

fn fresh(app: &App, request: &Request<'_>, given: &Authorization<'_>) -> Result<(), V3Error> {
    let now = seconds(app.clock.of_machine());
    let at = given.timestamp.parse::<i64>().ok().filter(|_| given.timestamp.bytes().all(|b| b.is_ascii_digit()));
    if at.is_some_and(|at| now.abs_diff(at) <= FRESH) {
        return Ok(());
    }
    let mut explanation = match at {
        Some(at) if at > 100_000_000_000 => Explanation::reason(Reason::TIMESTAMP_IN_MILLISECONDS),
        Some(at) => {
            let away = now.abs_diff(at);
            let english = format!("timestamp is {away} s away from this machine's clock");
            Explanation::with_values("clock_skew", english, format!("timestamp 与本机时钟相差 {away} 秒"))
        }
        None => Explanation::reason(Reason::TIMESTAMP_MALFORMED),
    };
    let text = "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟";
    explanation.sign_type = Some(SCHEME);
    // What a request of now is to sign: the time in it is this machine's.
    let body = String::from_utf8_lossy(request.body);
    let right = format!("{}\n{}\n{now}\n{}\n{body}\n", request.method, request.target, given.nonce_str);
    explanation.string_to_sign = Some(app.registry.redact(right));
    Err(sign_error(text, 270_924_333).because(explanation))
}

/// Reads `Authorization`. Whether WeChat takes blanks after the commas is not known; `strict` refuses them.
fn parse(header: &str, strict: bool) -> Result<Authorization<'_>, AuthorizationError> {
    if header.is_empty() {
        return Err(AuthorizationError::Missing);
    }
    let (scheme, rest) = header.split_once(' ').unwrap_or((header, ""));
    if scheme != SCHEME {
        return Err(AuthorizationError::Scheme);
    }
    let form = |english: String, chinese: String| {
        AuthorizationError::Form(format!("Authorization: {english}"), format!("Authorization：{chinese}"))
    };
    let mut found = Authorization::default();
    for pair in rest.split(',') {
        let pair = if strict { pair } else { pair.trim() };
        let (name, value) =
            pair.split_once('=').ok_or_else(|| form("a member has no value".into(), "有一项没有值".into()))?;
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
        let value = value.ok_or_else(|| {
            form(format!("{} has no quotation marks", shown(name)), format!("{} 的值没有双引号", shown(name)))
        })?;
        let place = match name {
            "mchid" => &mut found.mchid,
            "nonce_str" => &mut found.nonce_str,
            "signature" => &mut found.signature,
            "timestamp" => &mut found.timestamp,
            "serial_no" => &mut found.serial_no,
            other => {
                let (english, chinese) = ("is not a member", "不是其中的一项");
                return Err(form(format!("{} {english}", shown(other)), format!("{} {chinese}", shown(other))));
            }
        };
        *place = value;
    }
    let members = [
        ("mchid", found.mchid),
        ("nonce_str", found.nonce_str),
        ("signature", found.signature),
        ("timestamp", found.timestamp),
        ("serial_no", found.serial_no),
    ];
    match members.into_iter().find(|(_, value)| value.is_empty()) {
        Some((name, _)) => Err(form(format!("{name} is missing"), format!("缺少 {name}"))),
        None if found.nonce_str.len() > 32 => {
            Err(form("nonce_str has more than 32 characters".into(), "nonce_str 超过 32 个字符".into()))
        }
        None => Ok(found),
    }
}

fn shown(text: &str) -> String {
    text.chars().take(32).collect()
}

/// What WeChat says of the text that it built: nested twice as captured, or flat as documented.
fn sign_information(app: &App, row: &Row, request: &Request<'_>, given: &Authorization<'_>, length: usize) -> Value {
    /// Characters of the body that are shown.
    const SHOWN: usize = 8;
    let body: String = String::from_utf8_lossy(request.body).chars().take(SHOWN).collect();
    let text = format!("{}\n{}\n{}\n{}\n{body}\n", request.method, request.target, given.timestamp, given.nonce_str);
    let information = json!({
        "method": request.method,
        "sign_message_length": length,
        "truncated_sign_message": text,
        "url": request.target,
    });
    if app.config.strict_docs || !row.newer_gateway {
        return json!({
            "field": "signature",
            "issue": "sign not match",
            "location": "authorization",
            "sign_information": information,
        });
    }
    json!({
        "detail": { "issue": "sign not match" },
        "field": "signature",
        "location": "authorization",
        "sign_information": information,
    })
}

/// What may be wrong with a serial number itself.
const OF_SERIAL: [Mistake; 3] = [Mistake::SERIAL_OF_PLATFORM, Mistake::SERIAL_IS_DECIMAL, Mistake::SERIAL_MALFORMED];

/// Why a signature differs: the text that should have been signed, and the one that was, if it can be found out.
fn explained(app: &App, merchant: &Merchant, own: &Credentials, request: &Request<'_>) -> Explanation {
    let found = examined(app, merchant, own, request);
    match found {
        Ok(explained) => Explanation::of_signature(explained, |text| app.registry.redact(text)),
        Err(error) => Explanation::detail(error.to_string()).in_chinese(error.text_in(Language::Chinese)),
    }
}

/// That values of `Authorization` stand in each other's place, where the merchant's number is one of them.
fn crosswise(app: &App, request: &Request<'_>) -> Option<Explanation> {
    let header = request.headers.authorization.as_deref()?;
    let given = v3::Authorization::parse(header).ok()?;
    let values = [&given.mch_id, &given.nonce_str, &given.signature, &given.timestamp, &given.serial_no];
    let merchant = values.into_iter().find_map(|value| app.registry.by_mch(value))?;
    let own = app.certificates.of(&merchant.mch_id).ok()?;
    let found = examined(app, merchant, &own, request).ok()?;
    let is_swapped = found.mistake == Mistake::AUTHORIZATION_SWAPPED;
    is_swapped.then(|| Explanation::of_signature(found, |text| app.registry.redact(text)))
}

fn examined(
    app: &App,
    merchant: &Merchant,
    own: &Credentials,
    request: &Request<'_>,
) -> Result<wxpaykit::doctor::Explanation, wxpaykit::Error> {
    let platform = app.platform_keys.all(&merchant.mch_id);
    let keys = Keys::read(platform.iter().map(|(id, pem)| (id.as_str(), pem.as_bytes()))).ok();
    let known = Evidence {
        headers: Some(request.headers),
        // Of an upload, all of it may have been signed.
        body: request.sent,
        keys: keys.as_ref(),
        now: Some(seconds(app.clock.of_machine())),
        method: Some(request.method),
        url: Some(request.target),
        ..Evidence::default()
    };
    // A serial number of the platform, or in another form, says more than that it is not the certificate's.
    let of_serial = explain(&known).ok().filter(|found| OF_SERIAL.contains(&found.mistake));
    // A program may have signed with one of these in place of its private key.
    let api_v3_key = merchant.api_v3_key.as_ref().map(Secret::expose);
    let api_key = Some(merchant.api_key.expose());
    let known = Evidence { api_v3_key, api_key, certificate: Some(&own.public), ..known };
    of_serial.map_or_else(|| explain(&known), Ok)
}
