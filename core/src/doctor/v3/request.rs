//! The merchant's signature over a request, and what else WeChat Pay refuses the request for.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::authorization::Authorization;
use super::crosswise::crosswise;
use super::documents;
use super::evidence::Evidence;
use super::refusal::{is_refusal, is_refused_signature, reply_mistake, said_mistake};
use super::sent_signature::{Bytes, signature_mistake};
use super::server_checks::{
    after_the_signature, beside_the_signature, is_nonce_too_long, mch_id_mistake, without_accept,
};
use super::texts::{self, SentRequest};
use crate::crypto::keys::same_id;
use crate::doctor::escapes::is_lost;
use crate::doctor::json_texts;
use crate::error::Error;
use crate::explanation::{Explanation, Mistake, RSA_SIGN_TYPE};
use crate::wire::signed;

/// Explains the signature of a request.
pub(super) fn explain(known: &Evidence<'_>, method: &str, url: &str) -> Result<Explanation, Error> {
    let found = examined(known, method, url)?;
    let (Some(certificate), Some(key)) = (known.certificate, known.public_key) else { return Ok(found) };
    if found.mistake != Mistake::SERIAL_DOES_NOT_MATCH_KEY || certificate.is(key) {
        return Ok(found);
    }
    // A certificate that has neither the key nor the serial number of the request says nothing of it.
    let header = known.authorization.or_else(|| known.headers.and_then(|headers| headers.authorization.as_deref()));
    let named = header.and_then(|header| Authorization::parse(header).ok()).map(|fields| fields.serial_no);
    let named = named.or_else(|| known.serial_no.map(str::to_owned));
    let is_other = |serial: &str| named.as_deref().is_some_and(|named| !same_id(serial, named));
    if !certificate.serial().is_some_and(is_other) {
        return Ok(found);
    }
    let without = examined(&Evidence { certificate: None, ..*known }, method, url)?;
    Ok(match without.mistake {
        none if none == Mistake::NONE => {
            let field = certificate.serial().map(str::to_owned);
            Explanation { field, ..found.found(Mistake::CERTIFICATE_NOT_OF_REQUEST, None) }
        }
        _ if without.proved() => without,
        _ => found,
    })
}

fn examined(known: &Evidence<'_>, method: &str, url: &str) -> Result<Explanation, Error> {
    let target = signed::target(url)?;
    // Of an upload, one part alone is signed.
    let signed_body = texts::meta(known.body).unwrap_or(known.body);
    let body = String::from_utf8_lossy(signed_body);
    let header = known.authorization.or_else(|| known.headers.and_then(|headers| headers.authorization.as_deref()));
    let parsed = header.map(Authorization::parse);
    let fields = parsed.as_ref().and_then(|parsed| parsed.as_ref().ok());
    let field = |own: Option<&str>, of: fn(&Authorization) -> &String| {
        own.map(str::to_owned).or_else(|| fields.map(|fields| of(fields).clone()))
    };
    let timestamp = field(known.timestamp, |fields| &fields.timestamp);
    let nonce = field(known.nonce_str, |fields| &fields.nonce_str);
    let signature = field(known.signature, |fields| &fields.signature);
    // The header was sent, whatever number the program knows.
    let serial_no = fields.map(|fields| fields.serial_no.clone()).or_else(|| known.serial_no.map(str::to_owned));
    let sent = SentRequest {
        method: &method.to_ascii_uppercase(),
        url,
        target,
        timestamp: timestamp.as_deref().unwrap_or_default(),
        nonce: nonce.as_deref().unwrap_or_default(),
        body: &body,
    };
    let bytes = Bytes { signed: signed_body, all: known.body };
    let base = Explanation { sign_type: RSA_SIGN_TYPE, string_to_sign: sent.text(), ..Explanation::new(Mistake::NONE) };
    if target.starts_with("//") && target.trim_start_matches('/').starts_with("v3/") {
        return Ok(base.found(Mistake::URL_DOUBLE_SLASH, None));
    }
    // Nothing of these is signed as APIv3 signs.
    let other_api = match () {
        () if !target.starts_with("/v3/") => Some(Mistake::V2_REQUEST),
        () if body.trim_start_matches('\u{feff}').trim_start().starts_with("<xml") => Some(Mistake::BODY_IS_XML),
        () if is_no_json(&body) => Some(Mistake::BODY_NOT_JSON),
        () => None,
    };
    if let Some(mistake) = other_api {
        return Ok(Explanation { string_to_sign: String::new(), ..base.found(mistake, None) });
    }
    if let Some(Err(reason)) = parsed {
        return Ok(Explanation { field: Some(reason), ..base.found(Mistake::AUTHORIZATION_MALFORMED, None) });
    }
    let Some(signature) = signature else {
        return Ok(match reply_mistake(known, &sent) {
            Some((mistake, text)) => base.found(mistake, text),
            None => base.found(Mistake::AUTHORIZATION_MISSING, None),
        });
    };
    // The header says it of itself, whatever serial number was given beside it.
    let in_header = |of: fn(&Authorization) -> &String, own: &'_ Option<String>| {
        fields.map(of).cloned().or_else(|| own.clone()).unwrap_or_default()
    };
    let values = [
        in_header(|fields| &fields.mch_id, &None),
        in_header(|fields| &fields.nonce_str, &nonce),
        in_header(|fields| &fields.signature, &Some(signature.clone())),
        in_header(|fields| &fields.timestamp, &timestamp),
        in_header(|fields| &fields.serial_no, &serial_no),
    ];
    if let Some((mistake, field, text)) = crosswise(known, &sent, bytes, values.each_ref().map(String::as_str)) {
        return Ok(Explanation { field: Some(field), string_to_sign: text, ..base.found(mistake, None) });
    }
    // A mistake in the signature is proved; one in the other members may stand beside it.
    let mch_id = known.mch_id.or_else(|| fields.map(|fields| fields.mch_id.as_str()));
    let found = signature_mistake(known, &sent, bytes, &signature, serial_no.as_deref(), mch_id);
    let beside = beside_the_signature(known, &sent, serial_no.as_deref());
    let (mistake, text) = found;
    // Which serial number would be right is known where the certificate is that of the key.
    let of_key = || {
        let certificate = known.certificate.filter(|own| known.public_key.is_none_or(|key| own.is(key)))?;
        let own = certificate.serial()?;
        serial_no.as_deref().filter(|given| !same_id(own, given)).map(|_| own.to_owned())
    };
    // Whose serial number it is says more than that it is not the certificate's.
    let of_platform = beside.as_ref().is_some_and(|(beside, _)| *beside == Mistake::SERIAL_OF_PLATFORM);
    let of_serial = mistake == Mistake::SERIAL_DOES_NOT_MATCH_KEY && of_platform;
    let of_members = of_serial
        || [Mistake::NONE, Mistake::KEY_NOT_GIVEN, Mistake::MESSAGE_TOO_LONG, Mistake::SIGNED_BY_UNKNOWN_KEY]
            .contains(&mistake);
    if let (Some((mistake, field)), true) = (beside, of_members) {
        return Ok(Explanation { field, ..base.found(mistake, None) });
    }
    let is_right = mistake == Mistake::NONE;
    let of_reply = of_members || mistake == Mistake::V3_UNKNOWN;
    let reply = reply_mistake(known, &sent).filter(|_| of_reply);
    // The key opened the signature, so it is the right one: the text is another.
    let reply = reply.filter(|(said, _)| mistake != Mistake::V3_UNKNOWN || *said != Mistake::SERIAL_DOES_NOT_MATCH_KEY);
    let is_refused = is_refused_signature(known.reply);
    // Certificate, key and serial number belong together, whatever the reply says.
    let is_whole = is_right && serial_no.is_some() && known.certificate.is_some_and(|own| own.serial().is_some());
    // Whose request it is, WeChat Pay asks before the signature: it looks for the certificate among those of this merchant.
    let may_be_of_merchant = match &reply {
        None => true,
        Some((said, _)) if *said == Mistake::SERIAL_DOES_NOT_MATCH_KEY => is_whole,
        Some((said, _)) => OF_MERCHANT.contains(said),
    };
    let of_merchant = (is_right && is_refused && may_be_of_merchant).then(|| mch_id_mistake(known, &sent, fields));
    if let Some((mistake, field)) = of_merchant.flatten() {
        return Ok(Explanation { field, ..base.found(mistake, None) });
    }
    // It is so whatever the reply says, unless its words name something else.
    let is_unsaid = said_mistake(known).is_none_or(|said| said == Mistake::AUTHORIZATION_MALFORMED);
    if is_right && is_refused && is_unsaid && is_nonce_too_long(&sent) {
        return Ok(base.found(Mistake::NONCE_TOO_LONG, None));
    }
    let reply = reply.map(|(said, text)| match said {
        serial if serial == Mistake::SERIAL_DOES_NOT_MATCH_KEY && is_whole => {
            (Mistake::CERTIFICATE_OF_OTHER_MERCHANT, None)
        }
        _ => (said, text),
    });
    // WeChat Pay checks these after the signature and refuses them with 400, not 401.
    let is_open = of_members && !is_refused;
    let later = (is_open && is_right).then(|| after_the_signature(known, &sent, fields)).flatten();
    let later = later.or_else(|| without_accept(known, &sent).filter(|_| is_open));
    if is_right && later.is_none() && reply.is_none() && is_refusal(known.reply) {
        let refused = if is_refused { Mistake::REFUSED_ALL_THE_SAME } else { Mistake::REFUSED_FOR_ANOTHER_REASON };
        return Ok(base.found(refused, None));
    }
    match (later, reply) {
        (Some((mistake, field)), reply) if reply.as_ref().is_none_or(|(said, _)| *said == mistake) => {
            Ok(Explanation { field, ..base.found(mistake, None) })
        }
        (_, Some((mistake, text))) => Ok(base.found(mistake, text)),
        (_, None) if mistake == Mistake::SERIAL_DOES_NOT_MATCH_KEY => {
            Ok(Explanation { field: of_key(), ..base.found(mistake, text) })
        }
        (_, None) => {
            let field = text.as_deref().and_then(|signed| different(mistake, sent.body, signed));
            let is_lost = mistake == Mistake::V3_UNKNOWN && has_lost_characters(sent.body);
            Ok(Explanation { field, ..base.found(if is_lost { Mistake::CHARACTERS_LOST } else { mistake }, text) })
        }
    }
}

/// Whether a body is a form, or an object as Python prints it.
fn is_no_json(body: &str) -> bool {
    /// Longer ones are documents, such as an upload.
    const LONGEST: usize = 64 * 1024;
    let text = body.trim();
    if text.is_empty() || text.len() > LONGEST || serde_json::from_str::<IgnoredAny>(text).is_ok() {
        return false;
    }
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.[]%-".contains(&byte);
    let is_pair = |pair: &str| {
        let name = pair.split_once('=').map_or("", |(name, _)| name);
        !name.is_empty() && name.bytes().all(is_plain)
    };
    let is_form = !text.contains(['\n', '{', '"']) && text.split('&').all(is_pair);
    is_form || text.starts_with('{') && json_texts::of_python(text).is_some()
}

/// Whether a value of a document has what is written in place of characters that were lost.
fn has_lost_characters(body: &str) -> bool {
    fn is_in(value: &Value) -> bool {
        match value {
            Value::String(text) => is_lost(text),
            Value::Array(items) => items.iter().any(is_in),
            Value::Object(members) => members.values().any(is_in),
            _ => false,
        }
    }
    serde_json::from_str::<Value>(body).is_ok_and(|document| is_in(&document))
}

/// What of a request differs from the text that was signed, where the mistake is in one value.
fn different(mistake: Mistake, sent: &str, signed: &str) -> Option<String> {
    if mistake == Mistake::HYPHENS_DIFFER {
        return Some("nonce_str".to_owned());
    }
    let signed = signed.splitn(5, '\n').nth(4).filter(|_| documents::OF_VALUES.contains(&mistake))?;
    documents::difference(sent, signed)
}

/// What WeChat Pay says where `mchid` may be the cause.
const OF_MERCHANT: [Mistake; 6] = [
    Mistake::AUTHORIZATION_MALFORMED,
    Mistake::MCHID_DIFFERS,
    Mistake::MERCHANT_UNKNOWN,
    Mistake::CERTIFICATE_NOT_APPLIED,
    Mistake::CERTIFICATE_REPLACED,
    Mistake::API_V3_KEY_NOT_SET,
];

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::crypto::rsa::{SigningKey, VerifyingKey};
    use crate::explanation::Proof;

    const KEY: &str = include_str!("../../../../tests/certificates/apiclient_key.pem");
    const CERTIFICATE: &str = include_str!("../../../../tests/certificates/apiclient_cert.pem");
    const OTHER: &str = include_str!("../../../../tests/certificates/other_cert.pem");
    const PLATFORM: &str = include_str!("../../../../tests/certificates/platform_cert.pem");
    const URL: &str = "/v3/certificates";

    fn read(certificate: &str) -> VerifyingKey {
        VerifyingKey::read("certificate", certificate.as_bytes()).unwrap()
    }

    /// A request of `mchid` with a right signature, and what WeChat Pay answers.
    fn explained(mchid: &str, certificate: &str, url: &str, reply: Option<(&str, &str)>) -> Explanation {
        let key = SigningKey::read("key", KEY.as_bytes()).unwrap();
        let signature = key.sign(format!("GET\n{url}\n1764300000\nn\n\n").as_bytes()).unwrap();
        let serial = read(CERTIFICATE).serial().unwrap().to_owned();
        let authorization = format!(
            "{RSA_SIGN_TYPE} mchid=\"{mchid}\",nonce_str=\"n\",signature=\"{signature}\",timestamp=\"1764300000\",\
             serial_no=\"{serial}\""
        );
        let reply = reply.map(|(code, message)| json!({ "code": code, "message": message }).to_string());
        let known = Evidence {
            authorization: Some(&authorization),
            certificate: Some(&read(certificate)),
            public_key: Some(key.public()),
            reply: reply.as_deref().map(str::as_bytes),
            ..Evidence::default()
        };
        explain(&known, "GET", url).unwrap()
    }

    #[test]
    fn a_right_signature_that_is_refused_never_ends_in_that() {
        const OWN: &str = "1900000109";
        let refused = |mchid, message| explained(mchid, CERTIFICATE, URL, Some(("SIGN_ERROR", message))).mistake.code();
        for (message, mistake) in [
            ("商户未设置APIv3密钥。", "api_v3_key_not_set"),
            ("商户未设置apiv3密钥", "api_v3_key_not_set"),
            ("已更换证书，请使用新证书", "certificate_replaced"),
            ("商户未申请过证书。请到商户平台上申请证书授权机构颁发的证书。", "certificate_not_applied"),
            ("商户号不存在", "merchant_unknown"),
            ("签名错误", "refused_all_the_same"),
            ("错误的签名，验签失败", "refused_all_the_same"),
            ("签名信息错误，验签失败", "refused_all_the_same"),
            ("商户证书序列号有误。请使用签名私钥匹配的证书序列号", "certificate_of_other_merchant"),
        ] {
            assert_eq!(refused(OWN, message), mistake, "{message}");
            let found = explained(OWN, CERTIFICATE, URL, Some(("SIGN_ERROR", message)));
            assert_ne!(found.proof, Proof::Recomputed, "{message}");
        }
        let other = explained(OWN, CERTIFICATE, URL, Some(("PARAM_ERROR", "参数错误")));
        assert_eq!(other.mistake, Mistake::REFUSED_FOR_ANOTHER_REASON);
        assert_eq!(explained(OWN, CERTIFICATE, URL, None).mistake, Mistake::NONE);
        // The certificate says whose it is.
        for reply in [None, Some(("SIGN_ERROR", "签名错误")), Some(("SIGN_ERROR", "商户证书序列号有误"))] {
            let found = explained("1900000209", CERTIFICATE, URL, reply);
            assert_eq!(found.mistake, Mistake::CERTIFICATE_OF_OTHER_MERCHANT, "{reply:?}");
            assert_eq!(found.field.as_deref(), Some("1900000209, 1900000109"));
            assert_eq!(found.proof, Proof::Seen);
        }
        // So does the request.
        let url = "/v3/pay/transactions/out-trade-no/T1?mchid=1900000209";
        for message in ["签名错误", "商户号不存在", "商户证书序列号有误"] {
            let found = explained(OWN, CERTIFICATE, url, Some(("SIGN_ERROR", message)));
            assert_eq!(found.mistake, Mistake::MCHID_DIFFERS, "{message}");
        }
        let serial = read(CERTIFICATE).serial().unwrap().to_owned();
        assert_eq!(refused(&serial, "商户号不存在"), "mchid_malformed");
    }

    #[test]
    fn the_serial_number_of_the_header_is_compared_with_the_one_that_is_given() {
        let key = SigningKey::read("key", KEY.as_bytes()).unwrap();
        let own = read(CERTIFICATE).serial().unwrap().to_owned();
        let signature = key.sign(format!("GET\n{URL}\n1764300000\nn\n\n").as_bytes()).unwrap();
        let found = |sent: &str, given: &str, certificate: Option<&VerifyingKey>| {
            let authorization = format!(
                "{RSA_SIGN_TYPE} mchid=\"1900000109\",nonce_str=\"n\",signature=\"{signature}\",timestamp=\"1764300000\",\
                 serial_no=\"{sent}\""
            );
            let known = Evidence {
                authorization: Some(&authorization),
                serial_no: Some(given),
                certificate,
                public_key: Some(key.public()),
                ..Evidence::default()
            };
            let found = explain(&known, "GET", URL).unwrap();
            (found.mistake.code(), found.field)
        };
        let other = "5F1C72E2A8931B72A2E13AF8DEE92471EB397115";
        assert_eq!(found(&own, &own, None), ("none", None));
        assert_eq!(found(&own, &own.to_lowercase(), None), ("none", None));
        assert_eq!(found(other, &own, None), ("serial_differs", Some(format!("{other}, {own}"))));
        assert_eq!(found(&own, other, None), ("serial_differs", Some(format!("{own}, {other}"))));
        assert_eq!(found("PUB_KEY_ID_0114734268022024120100381735001200", &own, None).0, "serial_of_platform");
        assert_eq!(found(&own.to_lowercase(), &own, None), ("serial_malformed", Some(own.clone())));
        // The certificate says which of the two is right.
        let certificate = read(CERTIFICATE);
        assert_eq!(found(&own, other, Some(&certificate)), ("none", None));
        assert_eq!(found(other, &own, Some(&certificate)), ("serial_does_not_match_key", Some(own.clone())));
    }

    #[test]
    fn a_certificate_that_is_not_of_the_request_says_nothing_of_its_key() {
        for certificate in [OTHER, PLATFORM] {
            let found = explained("1900000109", certificate, URL, None);
            assert_eq!(found.mistake, Mistake::CERTIFICATE_NOT_OF_REQUEST);
            assert!(!found.proved() && found.field.as_deref() == read(certificate).serial());
        }
    }

    #[test]
    fn what_the_header_shows_of_itself_is_said_whatever_the_reply_says() {
        let nonce = "a".repeat(33);
        let sent = |nonce: &str, mchid: &str, reply: Option<&str>| {
            let key = SigningKey::read("key", KEY.as_bytes()).unwrap();
            let signature = key.sign(format!("GET\n{URL}\n1764300000\n{nonce}\n\n").as_bytes()).unwrap();
            let certificate = read(CERTIFICATE);
            let authorization = format!(
                "{RSA_SIGN_TYPE} mchid=\"{mchid}\",nonce_str=\"{nonce}\",signature=\"{signature}\",\
                 timestamp=\"1764300000\",serial_no=\"{}\"",
                certificate.serial().unwrap()
            );
            let known = Evidence {
                authorization: Some(&authorization),
                certificate: Some(&certificate),
                reply: reply.map(str::as_bytes),
                ..Evidence::default()
            };
            explain(&known, "GET", URL).unwrap().mistake.code()
        };
        let text = format!("GET\\n{URL}\\n1764300000\\n{nonce}\\n\\n");
        let detailed = format!(
            r#"{{"code":"SIGN_ERROR","message":"签名错误","detail":{{"sign_information":{{"method":"GET","url":"{URL}",
            "sign_message_length":{},"truncated_sign_message":"{text}"}}}}}}"#,
            format!("GET\n{URL}\n1764300000\n{nonce}\n\n").len()
        );
        let refusals = [
            r#"{"code":"SIGN_ERROR","message":"签名错误"}"#,
            r#"{"code":"SIGN_ERROR","message":"签名信息错误，验签失败"}"#,
            r#"{"code":"SIGN_ERROR","message":"Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》"}"#,
            r#"{"code":"PARAM_ERROR","message":"参数错误"}"#,
            &detailed,
        ];
        for reply in [None].into_iter().chain(refusals.map(Some)) {
            assert_eq!(sent(&nonce, "1900000109", reply), "nonce_too_long", "{reply:?}");
        }
        for reply in [None].into_iter().chain(refusals.into_iter().filter(|reply| *reply != detailed).map(Some)) {
            assert_eq!(sent("n", "wx8888888888888888", reply), "mchid_malformed", "{reply:?}");
        }
        // WeChat Pay's words name another reason.
        let unset = r#"{"code":"SIGN_ERROR","message":"商户未设置APIv3密钥。"}"#;
        assert_eq!(sent(&nonce, "1900000109", Some(unset)), "api_v3_key_not_set");
    }

    #[test]
    fn two_slashes_at_the_beginning_of_the_path_are_named() {
        let found = explained("1900000109", CERTIFICATE, "//v3/certificates", None);
        assert_eq!(found.mistake, Mistake::URL_DOUBLE_SLASH);
    }

    #[test]
    fn the_clock_of_ones_own_request_forges_nothing() {
        let known = Evidence { now: Some(1_764_300_900), ..Evidence::default() };
        let sent = SentRequest { method: "GET", url: URL, target: URL, timestamp: "1764300000", nonce: "n", body: "" };
        let (mistake, _) = beside_the_signature(&known, &sent, None).unwrap();
        let base = Explanation { sign_type: RSA_SIGN_TYPE, ..Explanation::new(mistake) };
        let english = base.message(crate::explanation::Language::English);
        assert!(!english.contains("forged") && english.contains("sign it again"), "{english}");
        let received = Explanation { origin: crate::explanation::Origin::WeChat, ..base };
        assert!(received.message(crate::explanation::Language::English).contains("forged"), "{received}");
    }
}
