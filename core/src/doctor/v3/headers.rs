//! The headers of a reply or a notification: what is wrong with them before any key is tried.

use serde_json::Value;

use super::evidence::Evidence;
use super::times::{FRESH, http_date, seconds, whole_hours};
use crate::explanation::Mistake;
use crate::wire::signed::Headers;

/// The beginning of the signature of a probe.
pub(crate) const PROBE: &str = "WECHATPAY/SIGNTEST/";

impl Headers {
    /// Whether a message can be genuine, before any key is tried: it is fresh, its headers are well-formed, and the signature is not a probe.
    pub(crate) fn is_plausible(&self, now: i64) -> bool {
        let is_fresh = |text: &String| seconds(text).is_some_and(|at| now.abs_diff(at) <= FRESH.unsigned_abs());
        let is_probe = |signature: &String| signature.starts_with(PROBE);
        self.timestamp.as_ref().is_some_and(is_fresh)
            && self.nonce.is_some()
            && self.signature.as_ref().is_some_and(|signature| !is_probe(signature))
            && malformed(self).is_none()
    }
}

/// The mistake that is found before any key is tried, with the field that it is about.
pub(super) fn before_the_signature(known: &Evidence<'_>, headers: &Headers) -> Option<(Mistake, Option<String>)> {
    let missing = headers.missing();
    let only_serial = missing == ["Wechatpay-Serial"] && known.keys.is_some_and(|keys| keys.only().is_some());
    if !missing.is_empty() && !only_serial {
        let is_xml = known.body.trim_ascii_start().starts_with(b"<");
        let mistake = match missing.len() {
            4 if is_xml => Mistake::V2_MESSAGE,
            4 if is_error(known.body) => Mistake::ERROR_NOT_SIGNED,
            4 if is_file(known.body) => Mistake::FILE_NOT_SIGNED,
            _ => Mistake::HEADER_MISSING,
        };
        return Some((mistake, Some(missing.join(", ")).filter(|_| mistake == Mistake::HEADER_MISSING)));
    }
    if headers.signature_type.as_deref().is_some_and(|kind| kind.contains("SM2")) {
        return Some((Mistake::SM2_SIGNATURE, None));
    }
    let timestamp = headers.timestamp.as_deref().unwrap_or_default();
    let nonce = headers.nonce.as_deref().unwrap_or_default();
    if nonce.len() == 10 && seconds(nonce).is_some() && seconds(timestamp).is_none() {
        return Some((Mistake::HEADERS_SWAPPED, None));
    }
    let Some(at) = seconds(timestamp) else {
        return Some((Mistake::HEADER_MALFORMED, Some("Wechatpay-Timestamp".to_owned())));
    };
    if let Some(name) = malformed(headers) {
        return Some((Mistake::HEADER_MALFORMED, Some(name.to_owned())));
    }
    let now = known.now?;
    if now.abs_diff(at) <= FRESH.unsigned_abs() {
        return None;
    }
    let near = |time: i64| time.abs_diff(at) <= FRESH.unsigned_abs();
    let date = headers.date.as_deref().and_then(http_date);
    // The header `Date` is as old as the timestamp, so this machine's clock may be wrong. Neither is signed, or verified yet: a message
    // that was forged or is sent again looks the same.
    let is_near = date.is_some_and(near);
    if let Some(hours) = whole_hours(now.saturating_sub(at)).filter(|_| !is_near) {
        return Some((Mistake::CLOCK_TIME_ZONE, Some(hours.to_string())));
    }
    let mistake = if is_near || at > now { Mistake::CLOCK_SKEW.likely() } else { Mistake::TIMESTAMP_EXPIRED };
    Some((mistake, Some(format!("{} s", now.saturating_sub(at)))))
}

/// Whether a body may be a file, such as a bill: it is there and no JSON.
fn is_file(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    !body.is_empty() && !body.starts_with(b"{") && !body.starts_with(b"[")
}

/// Whether a body is an error of WeChat Pay's: it says which one, and why.
fn is_error(body: &[u8]) -> bool {
    let value = serde_json::from_slice::<Value>(body).ok();
    let has = |name: &str| value.as_ref().is_some_and(|value| value.get(name).is_some_and(Value::is_string));
    has("code") && has("message")
}

/// The header of the signed text, or the serial number, that has other characters than visible ASCII. A nonce with a line feed would let
/// the beginning of a signed body pass as a part of the nonce.
fn malformed(headers: &Headers) -> Option<&'static str> {
    let all = [
        ("Wechatpay-Timestamp", &headers.timestamp),
        ("Wechatpay-Nonce", &headers.nonce),
        ("Wechatpay-Serial", &headers.serial),
    ];
    let is_wrong = |value: &String| !value.bytes().all(|byte| byte.is_ascii_graphic());
    all.into_iter().find(|(_, value)| value.as_ref().is_some_and(is_wrong)).map(|(name, _)| name)
}
