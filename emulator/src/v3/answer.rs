//! Answers a request of APIv3: checks who sends it and what it says, lets it take effect, and signs the reply.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use wxpaykit::doctor::{self, Language, Mistake};

use super::authorize::{self, SCHEME};
use super::reply::{Recipient, V3Answer, document};
use super::request::{File, Request};
use super::rows::Route;
use super::rules::{Row, Success, ValidRequest};
use super::schema;
use crate::app::App;
use crate::faults::{BillStyle, Failure, Refused, ReplyStyle, Timing};
use crate::journal::{Explanation, Note};
use crate::reasons::Reason;
use crate::wechat::subject;
use crate::wechat::v3_error::V3Error;
use crate::world::merchant::Merchant;
use crate::world::platform_keys::{MerchantKeys, Signer, public_key_id};

/// The number of the order that a request is about, or of whatever else, for the journal and for faults; without secrets.
pub(crate) fn number(
    app: &App,
    found: &Route,
    target: &str,
    authorization: &str,
    body: Option<&Value>,
) -> Option<String> {
    const OTHERS: [&str; 4] = ["combine_out_trade_no", "out_refund_no", "out_bill_no", "out_order_no"];
    let (_, query) = target.split_once('?').unwrap_or_default();
    let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
    let get = |name: &str| {
        let in_path = found.path.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str());
        let in_query = || query.iter().find(|(known, _)| known == name).map(|(_, value)| &**value);
        in_path.or_else(in_query).or_else(|| body?.get(name)?.as_str()).filter(|value| !value.is_empty())
    };
    let mch_id = authorize::mch_id(authorization);
    let number = subject::order_number(app, mch_id, get);
    let number = number.or_else(|| OTHERS.into_iter().find_map(get).map(str::to_owned))?;
    Some(app.registry.redact(number.chars().take(64).collect()))
}

/// Serves a request. Returns the reply and the note for the journal.
pub(crate) fn answer(
    app: &App,
    found: &Route,
    request: Request<'_>,
    style: ReplyStyle,
    fault: Option<&Refused>,
) -> (V3Answer, Note) {
    let authorization = request.headers.authorization.as_deref().unwrap_or_default();
    let number = number(app, found, request.target, authorization, request.document.as_ref().ok());
    let row = found.row;
    let (merchant, text) = match authorize::check(app, row, &request) {
        Ok(known) => known,
        Err(denied) => {
            let answer = V3Answer::denied(app, &denied);
            return (answer, note(denied, None).about(number));
        }
    };
    let serial = request.headers.serial.as_deref();
    let recipient = Recipient { merchant, serial };
    let asked = match fault {
        Some(Refused { code, message, status }) => Err(V3Error::worded(*status, code, message)),
        None => asked(app, row, found, request, recipient),
    };
    let said = asked.and_then(|asked| match style.failure {
        Some((failure, Timing::Before)) => Err(failed(failure)),
        failure => {
            let said = (row.behaviour)(app, &ValidRequest { bills: style.bills, ..asked })?;
            match failure {
                Some((failure, Timing::After)) => Err(failed(failure)),
                _ => Ok(said),
            }
        }
    });
    // A fault that names a code sends that one.
    let said = said.map_err(|denied| if fault.is_some() { denied } else { row.refusal(denied) });
    let signed = Explanation {
        string_to_sign: Some(app.registry.redact(text)),
        sign_type: Some(SCHEME),
        mistake: None,
        ..Explanation::titled(Mistake::NONE)
    };
    match said {
        Ok(said) => {
            let (status, body, is_file) = match said {
                Success::Json(value) => (200, document(value, style), false),
                Success::Accepted(value) => (202, document(value, style), false),
                Success::Nothing => (204, Vec::new(), false),
                Success::File(content) => (200, content, true),
            };
            let answer = V3Answer { is_file, ..V3Answer::new(app, status, body, 0) };
            let answer = if row.unsigned { answer } else { answer.signed(app, recipient, style) };
            (answer, Note::ok().about(number).explained(Some(signed)))
        }
        Err(denied) => {
            let answer = V3Answer::denied(app, &denied).signed(app, recipient, style);
            (answer, note(denied, Some(signed)).about(number))
        }
    }
}

/// The note of a refusal. The text that was signed stays in it, when the signature is right.
fn note(denied: V3Error, signed: Option<Explanation>) -> Note {
    let outcome = format!("v3:{} {}", denied.code, denied.message);
    let explanation = match (denied.explanation, signed) {
        (Some(own), None) => Some(*own),
        (Some(own), Some(signed)) => Some(signed.refused_for(*own)),
        (None, Some(signed)) => {
            Some(signed.refused_for(Explanation::detail(format!("{}: {}", denied.code, denied.message))))
        }
        (None, None) => None,
    };
    Note::outcome(outcome).explained(explanation)
}

fn failed(failure: Failure) -> V3Error {
    let explanation = Explanation::reason(Reason::SYSTEM_ERROR);
    match failure {
        Failure::System => V3Error::new(500, "SYSTEM_ERROR", "系统异常，请稍后重试"),
        Failure::Bank => V3Error::new(500, "BANK_ERROR", "银行系统异常"),
        Failure::Frequency => V3Error::new(429, "FREQUENCY_LIMITED", "请求过于频繁，请稍后重试").numbered(268_435_472),
    }
    .because(explanation)
}

/// Steps 7 to 9 of protocol v3 §17.1.
fn asked<'a>(
    app: &App,
    row: &Row,
    found: &Route,
    request: Request<'a>,
    recipient: Recipient<'a>,
) -> Result<ValidRequest<'a>, V3Error> {
    let (target, base_url) = (request.target, request.base_url);
    let (body, file) = body(row, request)?;
    let query = target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    schema::check_path(row.in_path, &found.path)?;
    schema::check_query(row.query, row.any_query, &query)?;
    if let Some(members) = row.body {
        schema::check_body(members, &body)?;
    }
    for name in row.own_mch_id {
        let in_query = query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
        let in_body = body.get(*name).and_then(Value::as_str);
        if let Some(other) = in_body.or(in_query).filter(|given| *given != recipient.merchant.mch_id) {
            let own = &recipient.merchant.mch_id;
            let redacted = |text| app.registry.redact(text);
            let english = redacted(format!("Authorization is of {own}, and {name} is {other}"));
            let chinese = redacted(format!("Authorization 里是 {own}，而 {name} 是 {other}"));
            let explanation = Explanation::with_values("mchid_differs", english, chinese);
            return Err(V3Error::parameter("http header中的mchid与post payload中的mchid不匹配").because(explanation));
        }
    }
    if let Some(id) = recipient.serial {
        let state = app.state();
        let (keys, stage) = (state.keys_of(recipient.merchant), state.rotation());
        drop(state);
        if app.platform_keys.named(id, &recipient.merchant.mch_id, keys, stage).is_none() {
            let explanation = serial_unknown(app, recipient.merchant, keys, id);
            return Err(V3Error::parameter("平台证书序列号Wechatpay-Serial错误").because(explanation));
        }
    }
    let sensitive = schema::sensitive(row.body.unwrap_or_default(), &body);
    let mut body = Value::Object(body);
    for pointer in sensitive {
        open(app, recipient, &pointer, &mut body)?;
    }
    let (merchant, serial) = (recipient.merchant, recipient.serial);
    Ok(ValidRequest {
        merchant,
        path: found.path.clone(),
        query,
        body,
        file,
        serial,
        base_url,
        bills: BillStyle::default(),
    })
}

/// Why `Wechatpay-Serial` of a request names no key of this merchant, with what it has and what it should have.
fn serial_unknown(app: &App, merchant: &Merchant, keys: MerchantKeys, given: &str) -> Explanation {
    let given: String = app.registry.redact(given.chars().filter(char::is_ascii_graphic).take(64).collect());
    let own = public_key_id(&merchant.mch_id);
    // A serial number, where the merchant has platform certificates, is one of another certificate.
    if given.starts_with("PUB_KEY_ID") || keys == MerchantKeys::PublicKey {
        let found = doctor::wrong_public_key_id(&given, &own);
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| found.message(language));
        return Explanation::with_values(found.mistake.code(), english, chinese);
    }
    let english = format!(
        "Wechatpay-Serial is {given}, which is none of the keys that WeChat Pay has for this merchant; the id of its public key is {own}"
    );
    let chinese = format!(
        "Wechatpay-Serial 是 {given}，不是微信支付给该商户的任何一个公钥或平台证书；它的微信支付公钥 ID 是 {own}"
    );
    Explanation::with_values("serial_unknown", english, chinese)
}

/// Puts the plain text of a sensitive field into its place (protocol v3 §4).
fn open(app: &App, recipient: Recipient<'_>, pointer: &str, body: &mut Value) -> Result<(), V3Error> {
    let Some(Value::String(field)) = body.pointer_mut(pointer) else { return Ok(()) };
    let refused = |text: &'static str, value: &str, mistake, english: &str, chinese: &str| {
        let at = json!({ "location": "body", "value": value });
        let words = (format!("/body{pointer} {english}"), format!("/body{pointer} {chinese}"));
        Err(V3Error::parameter(text).with(at).because(Explanation::with_values(mistake, words.0, words.1)))
    };
    let Some(id) = recipient.serial else {
        let text = "HTTP header缺少微信支付平台证书序列号(Wechatpay-Serial)";
        let english = "is encrypted, and the request has no Wechatpay-Serial that names the key";
        return refused(text, "", "serial_missing", english, "已加密，但没有用 Wechatpay-Serial 说明公钥或证书");
    };
    let Ok(data) = BASE64_STANDARD.decode(field.as_bytes()) else {
        let shown: String = field.chars().take(32).collect();
        let english = "is not encrypted: it must be Base64";
        let text = "请确认待处理的消息是否为加密后的密文";
        return refused(text, &shown, "not_encrypted", english, "没有加密：密文应为 Base64");
    };
    let state = app.state();
    let (keys, stage) = (state.keys_of(recipient.merchant), state.rotation());
    drop(state);
    let mch_id = &recipient.merchant.mch_id;
    let named = app.platform_keys.named(id, mch_id, keys, stage);
    let opened = named.and_then(|signer| app.platform_keys.signer(signer, mch_id).0.decrypt(&data));
    let Some(plain) = opened else {
        let (english, chinese) = undecrypted(app, mch_id, id, &data);
        return refused("平台私钥解密失败", "", "other_key", &english, &chinese);
    };
    let Ok(plain) = String::from_utf8(plain.to_vec()) else {
        let (english, chinese) = (
            "decrypts to bytes that are not UTF-8: encode the text as UTF-8, not as GBK",
            "解密后不是 UTF-8：请把明文按 UTF-8 编码，不要用 GBK",
        );
        return refused("平台私钥解密失败", "", "not_utf8", english, chinese);
    };
    *field = plain;
    Ok(())
}

/// Why a field does not decrypt with the key that the request names, in both languages: each way of encrypting is tried with each key.
fn undecrypted(app: &App, mch_id: &str, id: &str, data: &[u8]) -> (String, String) {
    for signer in [Signer::PublicKey, Signer::Certificate(0), Signer::Certificate(1)] {
        let (key, own) = app.platform_keys.signer(signer, mch_id);
        let is_other = !own.eq_ignore_ascii_case(id);
        let hash = match () {
            () if is_other && key.decrypt(data).is_some() => "SHA-1",
            () if key.decrypt_sha256(data).is_some() => "SHA-256",
            () => continue,
        };
        return match (is_other, hash) {
            (false, _) => (
                "was encrypted with RSA-OAEP and SHA-256: use SHA-1".to_owned(),
                "加密用的是 RSA-OAEP（SHA-256）：请用 SHA-1".to_owned(),
            ),
            (true, hash) => (
                format!("was encrypted with RSA-OAEP and {hash} for the key {own}, and Wechatpay-Serial names {id}"),
                format!("是为 {own} 加密的（RSA-OAEP，{hash}），而 Wechatpay-Serial 是 {id}"),
            ),
        };
    }
    if data.len() != 256 {
        let length = data.len();
        return (
            format!("has {length} bytes, and RSA gives 256: it is cut, encoded twice, or not encrypted with RSA"),
            format!("有 {length} 字节，而 RSA 加密的结果是 256 字节：它被截断、编码了两次，或不是用 RSA 加密的"),
        );
    }
    let english = "was encrypted for a key that is not WeChat Pay's here, such as the merchant's own, or with PKCS#1 v1.5 in place of \
                   RSA-OAEP with SHA-1";
    let chinese = "加密用的不是这里微信支付的公钥（例如用了商户自己的），或填充是 PKCS#1 v1.5，不是 RSA-OAEP（SHA-1）";
    (english.to_owned(), chinese.to_owned())
}

/// The JSON object of a body, and the file of an upload. WeChat's words for a body that is not one were not captured.
fn body(row: &Row, request: Request<'_>) -> Result<(Map<String, Value>, Option<File>), V3Error> {
    if row.body.is_none() {
        return Ok((Map::new(), None));
    }
    let refused = |text: &'static str, explanation| {
        let at = json!({ "location": "body", "value": "" });
        Err(V3Error::parameter(text).with(at).because(explanation))
    };
    let with_values = Explanation::with_values;
    let kind = request.content_type.split(';').next().unwrap_or_default().trim();
    let wanted = if row.is_upload { "multipart/form-data" } else { "application/json" };
    if !kind.eq_ignore_ascii_case(wanted) && request.body.trim_ascii_start().starts_with(b"<") {
        return refused("HTTP头Content-Type必须为application/json", Explanation::told(Mistake::BODY_IS_XML));
    }
    if !kind.eq_ignore_ascii_case(wanted) {
        let kind: String = kind.chars().take(64).collect();
        let words = (format!("Content-Type is {kind:?}"), format!("Content-Type 是 {kind:?}"));
        let text = match row.is_upload {
            true => "HTTP头Content-Type必须为multipart/form-data",
            false => "HTTP头Content-Type必须为application/json",
        };
        return refused(text, with_values("content_type", words.0, words.1));
    }
    let file = match request.file {
        Ok(file) => file,
        Err(why) => {
            let chinese = format!("表单无法解析：{why}");
            return refused("请求体不是合法的multipart/form-data", with_values("body_format", why, chinese));
        }
    };
    let value = match request.document {
        Ok(value) => value,
        Err(_) if std::str::from_utf8(request.body).is_err() => {
            return refused("请求体必须为UTF-8编码的JSON", Explanation::reason(Reason::BODY_ENCODING));
        }
        Err(_) if request.body.trim_ascii_start().starts_with(b"<") => {
            return refused("请求体不是合法的JSON", Explanation::told(Mistake::BODY_IS_XML));
        }
        Err(error) => {
            let words = (format!("the body is not JSON: {error}"), format!("请求体不是 JSON：{error}"));
            return refused("请求体不是合法的JSON", with_values("body_format", words.0, words.1));
        }
    };
    match unfit(&value) {
        Some((at, UnsafeBody::Null)) => {
            let english = format!("/body{at} is null; APIv3 takes no null: leave the member out");
            let chinese = format!("/body{at} 是 null；APIv3 不接受 null，请不要传这一项");
            return refused("请求体中含有null", with_values("field_format", english, chinese));
        }
        Some((at, UnsafeBody::FourBytes)) => {
            let english = format!("/body{at}: APIv3 takes characters of at most three bytes: no emoji");
            let chinese = format!("/body{at}：APIv3 只接受最多三个字节的字符，不接受表情符号");
            return refused("请求体中含有不支持的字符", with_values("four_byte_character", english, chinese));
        }
        None => {}
    }
    match value {
        Value::Object(body) => Ok((body, file)),
        _ => refused("请求体必须为JSON对象", Explanation::reason(Reason::BODY_OBJECT)),
    }
}

/// What APIv3 does not take anywhere in a body (protocol v3 §1.4).
enum UnsafeBody {
    Null,
    /// A character of four bytes, also one that was escaped.
    FourBytes,
}

/// The first unfit text, name or value of a document, and its pointer.
fn unfit(value: &Value) -> Option<(String, UnsafeBody)> {
    let in_text = |text: &str| text.chars().any(|c| c.len_utf8() == 4).then(|| (String::new(), UnsafeBody::FourBytes));
    let below = |name: &str, (rest, unfit): (String, UnsafeBody)| {
        let name: String = name.chars().take(64).collect();
        (format!("/{name}{rest}"), unfit)
    };
    match value {
        Value::Null => Some((String::new(), UnsafeBody::Null)),
        Value::String(text) => in_text(text),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(n, item)| unfit(item).map(|found| below(&n.to_string(), found)))
        }
        Value::Object(members) => members.iter().find_map(|(name, value)| {
            let found = in_text(name).or_else(|| unfit(value));
            found.map(|found| below(name, found))
        }),
        Value::Bool(_) | Value::Number(_) => None,
    }
}
