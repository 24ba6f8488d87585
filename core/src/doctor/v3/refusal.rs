//! WeChat Pay's reply to a request that it refuses.

use serde_json::Value;

use super::evidence::Evidence;
use super::texts::SentRequest;
use crate::explanation::Mistake;

/// Whether a reply refuses the signature: the status is 401 then.
pub(super) fn is_refused_signature(reply: Option<&[u8]>) -> bool {
    let reply = reply.and_then(|reply| serde_json::from_slice::<Value>(reply).ok());
    reply.is_some_and(|reply| reply.get("code").and_then(Value::as_str) == Some("SIGN_ERROR"))
}

/// Whether a reply is an error of WeChat Pay's: it says which one, and why.
pub(super) fn is_refusal(reply: Option<&[u8]>) -> bool {
    let reply = reply.and_then(|reply| serde_json::from_slice::<Value>(reply).ok());
    reply.is_some_and(|reply| ["code", "message"].iter().all(|name| reply.get(name).is_some_and(Value::is_string)))
}

/// The mistake that WeChat Pay's refusal shows, by the text that it built or by its words.
pub(super) fn reply_mistake(known: &Evidence<'_>, sent: &SentRequest<'_>) -> Option<(Mistake, Option<String>)> {
    if let Some(mistake) = said_mistake(known) {
        return Some((mistake, None));
    }
    let reply: Value = serde_json::from_slice(known.reply?).ok()?;
    // The member stands under `detail`, and beside a second `detail` in captures.
    let detail = reply.get("detail")?;
    let information = detail.get("sign_information").or_else(|| detail.get("detail")?.get("sign_information"))?;
    let theirs = information.get("truncated_sign_message").and_then(Value::as_str)?;
    let length = information.get("sign_message_length").and_then(Value::as_u64);
    let own = sent.text();
    let lines = |text: &str| text.splitn(5, '\n').map(str::to_owned).collect::<Vec<_>>();
    let (their_lines, own_lines) = (lines(theirs), lines(&own));
    let differs = |line: usize| their_lines.get(line) != own_lines.get(line);
    let heads_agree = !(0..4).any(differs);
    let is_path = differs(1) && ![0, 2, 3].into_iter().any(differs);
    let own_length = u64::try_from(own.len()).unwrap_or(u64::MAX);
    let is_empty = their_lines.get(4).is_some_and(|body| body.trim().is_empty());
    match length {
        _ if is_path => Some((Mistake::SERVER_PATH_DIFFERS, Some(theirs.to_owned()))),
        _ if !heads_agree => Some((Mistake::SERVER_TEXT_DIFFERS, Some(theirs.to_owned()))),
        Some(length) if length < own_length && is_empty && !sent.body.is_empty() => {
            Some((Mistake::SERVER_BODY_EMPTY, Some(theirs.to_owned())))
        }
        Some(length) if length != own_length => Some((Mistake::SERVER_BODY_DIFFERS, Some(theirs.to_owned()))),
        // It received what was signed, so the signature is of another key.
        Some(_) => Some((Mistake::SERIAL_DOES_NOT_MATCH_KEY.likely(), None)),
        None => None,
    }
}

/// The mistake that WeChat Pay's words name.
pub(super) fn said_mistake(known: &Evidence<'_>) -> Option<Mistake> {
    let reply: Value = serde_json::from_slice(known.reply?).ok()?;
    let message = reply.get("message").and_then(Value::as_str).unwrap_or_default();
    REFUSALS.iter().find(|(words, _)| said(message, words)).map(|(_, mistake)| *mistake)
}

/// Whether a refusal says some words, in whichever letter case it writes the Latin ones.
fn said(message: &str, words: &str) -> bool {
    message.contains(words) || message.to_ascii_lowercase().contains(&words.to_ascii_lowercase())
}

/// WeChat Pay's words for refusals whose cause they name.
const REFUSALS: [(&str, Mistake); 12] = [
    ("timestamp与发起请求的时间不得超过5分钟", Mistake::CLOCK_SKEW),
    ("时间戳距离当前时间超过5分钟", Mistake::CLOCK_SKEW),
    ("Authorization值格式错误", Mistake::AUTHORIZATION_MALFORMED),
    ("Authorization认证类型不正确", Mistake::AUTHORIZATION_MALFORMED),
    ("商户证书序列号有误", Mistake::SERIAL_DOES_NOT_MATCH_KEY.likely()),
    ("商户证书已", Mistake::MERCHANT_CERTIFICATE_EXPIRED),
    ("已更换证书", Mistake::CERTIFICATE_REPLACED),
    ("未申请过证书", Mistake::CERTIFICATE_NOT_APPLIED),
    ("未设置APIv3密钥", Mistake::API_V3_KEY_NOT_SET),
    ("商户号不存在", Mistake::MERCHANT_UNKNOWN),
    ("mchid与post payload中的mchid不匹配", Mistake::MCHID_DIFFERS),
    ("缺少Accept或User-Agent", Mistake::ACCEPT_MISSING),
];
