//! Names a body that is not a signed message of APIv2.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

use super::secrets::OtherKeys;
use crate::explanation::{Explanation, Language, Mistake, Origin, UNREADABLE_MESSAGE, UNREADABLE_REQUEST};
use crate::fields::Fields;
use crate::shown::short;
use crate::v2::req_info;
use crate::wire::json;
use crate::wire::xml::XmlError;

/// Explains a body in which no message of APIv2 can be read. `error` says why the XML reader refused it.
pub fn unreadable(body: &[u8], error: &XmlError) -> Explanation {
    let kind = kind(body);
    let mistake = if kind == Mistake::UNREADABLE { of_error(body, error) } else { kind };
    // The reader's words may have a name that the message has.
    let said = error.to_string();
    let error = short(&said);
    let why = if mistake == Mistake::UNREADABLE {
        format!("{error}; pass the raw body as it came")
    } else if OF_XML.iter().any(|(_, of_xml)| *of_xml == mistake) {
        // The reader's words name the field.
        format!("{error}; {}", mistake.advice(Language::English))
    } else {
        mistake.message(Language::English)
    };
    if mistake == Mistake::ERROR_NOT_SIGNED {
        return Explanation::refused(mistake, why);
    }
    if mistake == Mistake::BODY_IS_JSON || is_request(body) {
        let summary = format!("{UNREADABLE_REQUEST}{why}");
        return Explanation { origin: Origin::Merchant, ..Explanation::refused(mistake, summary) };
    }
    Explanation::refused(mistake, format!("{UNREADABLE_MESSAGE}{why}"))
}

/// Explains the body of a request in which no message can be read: what a program posted to a call of APIv2.
pub fn unreadable_request(body: &[u8], error: &XmlError) -> Explanation {
    let found = unreadable(body, error);
    let is_json = body.trim_ascii_start().starts_with(b"{") || body.trim_ascii_start().starts_with(b"[");
    if !is_json || is_named_document(String::from_utf8_lossy(body).trim()) {
        return found;
    }
    let mistake = Mistake::BODY_IS_JSON;
    let summary = format!("{UNREADABLE_REQUEST}{}", mistake.message(Language::English));
    Explanation { origin: Origin::Merchant, ..Explanation::refused(mistake, summary) }
}

/// Whether it is XML with the merchant's number and without `return_code`, which all that WeChat sends has.
fn is_request(body: &[u8]) -> bool {
    let has = |name: &[u8]| body.windows(name.len()).any(|own| own == name);
    (has(b"<mch_id>") || has(b"<mchid>")) && !has(b"<return_code") && !has(b"<req_info")
}

/// The mistakes in a document that is XML, by the code of the reader's error.
const OF_XML: [(&str, Mistake); 6] = [
    ("xml_encoding", Mistake::XML_ENCODING),
    ("xml_malformed", Mistake::XML_MALFORMED),
    ("xml_nested", Mistake::XML_NESTED),
    ("xml_duplicate", Mistake::XML_DUPLICATE),
    ("xml_forbidden", Mistake::XML_FORBIDDEN),
    ("xml_root", Mistake::XML_ROOT),
];

fn of_error(body: &[u8], error: &XmlError) -> Mistake {
    let document = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let is_xml = document.trim_ascii_start().starts_with(b"<");
    if error.code() == Mistake::XML_MALFORMED.code() && is_xml {
        let is_late = document.first().is_some_and(u8::is_ascii_whitespace);
        let end = document.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
        let has_nuls =
            end < document.len() && document.get(..end).is_some_and(|xml| xml.trim_ascii_end().ends_with(b">"));
        match () {
            () if has_nuls => return Mistake::BODY_NULS,
            () if is_late && document.trim_ascii_start().starts_with(b"<?xml") => return Mistake::XML_DECLARATION,
            () => {}
        }
    }
    let found = OF_XML.iter().find(|(code, _)| *code == error.code());
    found.filter(|_| is_xml).map_or(Mistake::UNREADABLE, |(_, mistake)| *mistake)
}

/// The kind of a message without `sign`, and the field of the explanation.
pub(super) fn without_sign(fields: &Fields, key: &str, others: OtherKeys<'_>) -> (Mistake, Option<String>) {
    if let Some(tried) = fields.filled("req_info").and_then(|sealed| keys_of_no_use(sealed, key, others)) {
        return (Mistake::REQ_INFO_KEY, Some(tried));
    }
    (kind_without_sign(fields), None)
}

/// The keys that do not open a `req_info`, by the names of their settings, and the one that does, where it is not the API key; `None` where
/// the API key opens it, or it is nothing that a key opens.
fn keys_of_no_use(sealed: &str, key: &str, others: OtherKeys<'_>) -> Option<String> {
    const BLOCK: usize = 16;
    let is_whole = base64(sealed).is_some_and(|bytes| !bytes.is_empty() && bytes.len().is_multiple_of(BLOCK));
    let opens = |key: &str| req_info::decrypt(sealed, key).is_ok();
    if !is_whole || opens(key) {
        return None;
    }
    let given = [("api_v3_key", others.api_v3_key), ("app_secret", others.app_secret)];
    let more = given.into_iter().filter_map(|(name, key)| Some((name, key.filter(|key| !key.is_empty())?)));
    let more: Vec<_> = more.collect();
    Some(match more.iter().find(|(_, key)| opens(key)) {
        Some((name, _)) => format!("api_key; {name} opens it"),
        None => std::iter::once("api_key").chain(more.iter().map(|(name, _)| *name)).collect::<Vec<_>>().join(", "),
    })
}

fn kind_without_sign(fields: &Fields) -> Mistake {
    match () {
        () if fields.filled("req_info").is_some() => Mistake::REFUND_NOTIFICATION,
        () if fields.get("return_code") == Some("FAIL") => Mistake::REFUSAL_NOT_SIGNED,
        // The answer to a notification, {"code":"FAIL"}, is the merchant's and looks the same; it is none to sign either.
        () if is_v3_code(fields.get("code"))
            && fields.contains("message")
            && fields.iter().all(|(name, _)| ["code", "message", "detail"].contains(&name)) =>
        {
            Mistake::ERROR_NOT_SIGNED
        }
        // A form parser took the whole document for the name of a field, or for a value.
        () if fields.iter().any(|(name, value)| name.starts_with('<') || value.starts_with("<xml")) => {
            Mistake::BODY_FORM
        }
        () => Mistake::MISSING,
    }
}

/// Bytes in Base64, with or without padding and line ends.
pub(super) fn base64(text: &str) -> Option<Vec<u8>> {
    let digits: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    BASE64_STANDARD.decode(digits).ok()
}

fn kind(body: &[u8]) -> Mistake {
    const LONGEST: usize = 64 * 1024;
    let text = String::from_utf8_lossy(body.get(..LONGEST).unwrap_or(body));
    let text = text.trim_start_matches('\u{feff}').trim();
    let decoded = || base64(text);
    let is_xml = |bytes: &[u8]| bytes.trim_ascii_start().starts_with(b"<");
    match body {
        [] => return Mistake::BODY_EMPTY,
        [0x1f, 0x8b, ..] => return Mistake::BODY_COMPRESSED,
        // zlib's usual first bytes.
        [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => return Mistake::BODY_COMPRESSED,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..] => return Mistake::BODY_UTF_16,
        _ => {}
    }
    let begins = |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if text.is_empty() {
        Mistake::BODY_EMPTY
    } else if is_named_document(text) {
        Mistake::BODY_FORM
    } else if begins("{") || begins("[{") {
        match () {
            () if text.contains("\"resource\"") => Mistake::API_V3_NOTIFICATION,
            () if is_v3_error(text) => Mistake::ERROR_NOT_SIGNED,
            () if is_json_request(text) => Mistake::BODY_IS_JSON,
            () => Mistake::BODY_PARSED,
        }
    } else if begins("b'") || begins("b\"") || begins("[object ") || begins("array(") || begins("array\n") {
        Mistake::BODY_PARSED
    } else if begins("<!doctype html") || begins("<html") {
        Mistake::BODY_HTML
    } else if begins("&lt;") || begins("\"<") || begins("<xml\\x3e") || begins("\\x3c") {
        Mistake::BODY_ESCAPED
    } else if begins("%3C") || begins("xml=") || begins("data=") || begins("body=") || looks_like_form(text) {
        Mistake::BODY_FORM
    } else if begins("<xml") && !has_end(body) {
        Mistake::BODY_CUT
    } else if let Some(bytes) = decoded().filter(|bytes| is_xml(bytes) || bytes.starts_with(&[0x1f, 0x8b])) {
        if is_xml(&bytes) { Mistake::BODY_BASE64 } else { Mistake::BODY_COMPRESSED }
    } else {
        Mistake::UNREADABLE
    }
}

/// Whether it is an object as a log shows it, whose first name is a document: a form parser took it for a name.
fn is_named_document(text: &str) -> bool {
    let name = text.strip_prefix('{').map(str::trim_start).and_then(|rest| rest.strip_prefix(['"', '\'']));
    name.is_some_and(|name| name.starts_with("<xml"))
}

/// Whether it is an error of APIv3 alone: `code` and `message`, with `detail` at most.
fn is_v3_error(text: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(text).is_ok_and(|members| {
        let names = members.keys().all(|name| ["code", "message", "detail"].contains(&name.as_str()));
        names
            && is_v3_code(members.get("code").and_then(Value::as_str))
            && members.get("message").is_some_and(Value::is_string)
    })
}

/// Whether a text is a code of APIv3's errors, such as `SIGN_ERROR`.
fn is_v3_code(code: Option<&str>) -> bool {
    code.is_some_and(|code| {
        let is_of_code = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        code.starts_with(|c: char| c.is_ascii_uppercase()) && code.chars().all(is_of_code)
    })
}

/// Whether it is an object with the merchant's number and another field that only requests have.
fn is_json_request(text: &str) -> bool {
    json::parse(text.as_bytes()).is_some_and(|fields| {
        let has = |names: [&str; 2]| names.iter().any(|name| fields.contains(name));
        let is_own = origin(|name| fields.contains(name)) == Origin::Merchant;
        is_own && has(["mch_id", "mchid"]) && (has(["sign", "nonce_str"]) || has(["appid", "notify_url"]))
    })
}

/// Whether the end of the root is there, before white space or a remark at most.
fn has_end(body: &[u8]) -> bool {
    const LOOKED_AT: usize = 1024;
    const END: &[u8] = b"</xml";
    let end = body.get(body.len().saturating_sub(LOOKED_AT)..).unwrap_or(body);
    end.windows(END.len()).any(|part| part == END)
}

fn looks_like_form(text: &str) -> bool {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let name = text.split('=').next().unwrap_or_default();
    text.contains('=') && !text.contains('<') && !name.is_empty() && name.chars().all(is_name) && text.contains('&')
}

/// Requests have no `return_code`; replies and notifications have. In mode 1 of Native it is the reverse: WeChat calls with the `product_id`
/// that was scanned, and the merchant answers with a `prepay_id`; a reply to an order has `trade_type` too.
pub(super) fn origin(has: impl Fn(&str) -> bool) -> Origin {
    let is_scanned = has("product_id") && has("is_subscribe") && has("openid") && !has("out_trade_no");
    let is_answer = has("return_code") && has("prepay_id") && !has("trade_type");
    let is_of_wechat = has("return_code") && !is_answer || has("transaction_id") && has("time_end") || is_scanned;
    if is_of_wechat { Origin::WeChat } else { Origin::Merchant }
}

/// Whose message fields are, also where a mapper gave their names another spelling: `returnCode`.
pub(super) fn origin_of<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Origin {
    let bare = |name: &str| name.replace('_', "").to_ascii_lowercase();
    let is_exact = |name: &str| names.clone().any(|own| own == name);
    match origin(is_exact) {
        Origin::Merchant if !is_exact("mch_id") && !is_exact("mchid") => {
            let names: Vec<String> = names.clone().map(bare).collect();
            origin(|name| names.contains(&bare(name)))
        }
        known => known,
    }
}

#[cfg(test)]
mod tests {
    use crate::doctor::{OtherKeys, examine, examine_body};
    use crate::explanation::{Language, Origin};

    #[test]
    fn a_notification_whose_names_were_mapped_is_one_of_wechats() {
        let key = "192006250b4c09247ec02edce69f6a2d";
        let own =
            [("mch_id", "1900000109"), ("return_code", "SUCCESS"), ("result_code", "SUCCESS"), ("nonce_str", "n")];
        let sign = crate::v2::sign::sign(own, key, crate::crypto::digest::SignType::HmacSha256);
        let camel = [("mchId", "1900000109"), ("returnCode", "SUCCESS"), ("resultCode", "SUCCESS"), ("nonceStr", "n")];
        let fields = camel.into_iter().chain([("sign", sign.as_str())]).collect();
        let found = examine(&fields, key, OtherKeys::default());
        assert_eq!((found.mistake.code(), found.origin), ("names_sent_otherwise", Origin::WeChat));
        let text = found.message(Language::English);
        assert!(text.contains("changed on its way") && text.contains("verify the raw body"), "{text}");
    }

    #[test]
    fn a_document_that_a_form_parser_took_for_a_name_is_named_in_a_log_too() {
        let found = |body: &str| examine_body(body.as_bytes(), "key", OtherKeys::default()).mistake.code();
        for body in [
            r#"{"<xml><mch_id>1</mch_id></xml>":""}"#,
            "{ '<xml><mch_id><![CDATA[1]]></mch_id></xml>': '' }",
            "{\n  \"<xml><mch_id><![CDATA[1]\": \"></mch_id></xml>\"\n}",
        ] {
            assert_eq!(found(body), "body_form", "{body}");
        }
        for body in [r#"{"xml":{"mch_id":"1"}}"#, r#"{"mch_id":"<xml>"}"#, "{", "{'a': 1}"] {
            assert_eq!(found(body), "body_parsed", "{body}");
        }
    }

    #[test]
    fn a_request_of_ones_own_that_cannot_be_read_is_called_a_request() {
        let found = |body: &[u8]| examine_body(body, "key", OtherKeys::default());
        let own = found(b"<xml><mch_id>1900000109</mch_id><body>\xb2\xe8</body></xml>");
        assert_eq!((own.mistake.code(), own.origin), ("xml_encoding", Origin::Merchant));
        assert!(own.line(Language::English).starts_with("the request cannot be read: "), "{own}");
        assert!(own.line(Language::Chinese).starts_with("请求无法读取：XML 不是 UTF-8 编码"), "{own}");
        let other = found(b"<xml><return_code>SUCCESS</return_code><mch_id>1</mch_id><body>\xb2\xe8</body></xml>");
        assert!(other.line(Language::English).starts_with("not a message of WeChat Pay: "), "{other}");
        assert!(other.line(Language::Chinese).starts_with("不是微信支付的报文："), "{other}");
    }
}
