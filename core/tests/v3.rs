//! APIv3 by hand: every change of a signed message is refused, and the causes of refused signatures.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proptest::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
use wxpaykit::doctor::{Explanation, Language, Mistake, Proof};
use wxpaykit::v3::{self, Evidence, Headers, Keys, SigningKey, VerifyingKey};
use wxpaykit::{Error, Kind};

use crate::common::change::{Change, change};

const NONCE: &str = "593BEC0C930BF1AFEB40B4A08C8FB242";
const NOW: i64 = 1_764_300_000;
const BODY: &str = r#"{"mchid":"1900000001","description":"测试/茶","amount":{"total":1}}"#;
const URL: &str = "/v3/pay/transactions/jsapi?mchid=1900000001&a=%7C%E8%8C%B6";

fn case(kind: &str, name: &str) -> Value {
    let file = format!("{}/../tests/vectors/{kind}.json", env!("CARGO_MANIFEST_DIR"));
    let file: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let cases = file["cases"].as_array().unwrap().iter();
    cases.clone().find(|case| case["name"].as_str().unwrap().starts_with(name)).unwrap()["given"].clone()
}

static PEM: LazyLock<String> =
    LazyLock::new(|| case("v3_authorization", "S-REQ-05")["private_key"].as_str().unwrap().to_owned());
static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::read("private_key", PEM.as_bytes()).unwrap());
static CERTIFICATE: LazyLock<VerifyingKey> = LazyLock::new(|| {
    let pem = case("v3_serial_no", "S-CER-03")["certificate"].as_str().unwrap().to_owned();
    VerifyingKey::read("certificate", pem.as_bytes()).unwrap()
});
static MESSAGE: LazyLock<Value> = LazyLock::new(|| case("v3_verify", "S-NOT-01"));
static KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let keys = MESSAGE["keys"].as_object().unwrap().iter();
    Keys::read(keys.map(|(id, pem)| (id.as_str(), pem.as_str().unwrap().as_bytes()))).unwrap()
});

fn headers() -> Vec<(String, String)> {
    let headers = MESSAGE["headers"].as_object().unwrap().iter();
    headers.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

fn verify(headers: &[(String, String)], body: &[u8]) -> Result<&'static str, Error> {
    let headers = Headers::read(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    v3::verify(&headers, body, &KEYS, MESSAGE["now"].as_i64().unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_single_change_is_refused(change in change()) {
        let (mut headers, mut body) = (headers(), MESSAGE["body"].as_str().unwrap().as_bytes().to_vec());
        prop_assume!(change.of(&mut headers, &mut body));
        let error = verify(&headers, &body).unwrap_err();
        prop_assert_eq!(error.class(), "SignatureError");
        if matches!(change, Change::Body(_)) {
            prop_assert_eq!(error.code(), "signature_mismatch");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn keys_and_headers_of_any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        for error in [SigningKey::read("private_key", &bytes).err(), VerifyingKey::read("public_key", &bytes).err()] {
            prop_assert!(error.is_none_or(|error| error.class() == "ConfigError"));
        }
        let text = String::from_utf8_lossy(&bytes);
        let headers = Headers { authorization: Some(text.clone().into_owned()), ..Headers::default() };
        let known = Evidence { headers: Some(&headers), method: Some("GET"), url: Some("/v3/x"), ..Evidence::default() };
        prop_assert!(v3::explain(&known).is_ok());
    }
}

#[test]
fn what_was_not_changed_is_accepted() {
    assert_eq!(
        verify(&headers(), MESSAGE["body"].as_str().unwrap().as_bytes()).unwrap(),
        "50062CE505775F070CAB06E697F1BBD1AD4F4D87"
    );
}

/// The signature of a text by the merchant's key.
fn signed(text: &str) -> String {
    v3::sign(text.as_bytes(), &KEY).unwrap()
}

fn text(method: &str, url: &str, body: &str) -> String {
    format!("{method}\n{url}\n{NOW}\n{NONCE}\n{body}\n")
}

fn explain(method: &str, url: &str, body: &str, signature: &str) -> Explanation {
    let timestamp = NOW.to_string();
    v3::explain(&Evidence {
        method: Some(method),
        url: Some(url),
        body: body.as_bytes(),
        timestamp: Some(&timestamp),
        nonce_str: Some(NONCE),
        signature: Some(signature),
        public_key: Some(KEY.public()),
        certificate: Some(&CERTIFICATE),
        now: Some(NOW),
        ..Evidence::default()
    })
    .unwrap()
}

/// Texts that programs sign by mistake, made with other code than the doctor's, and the cause that has to be found.
#[test]
fn each_cause_of_a_wrong_request_is_proved() {
    let right = text("POST", URL, BODY);
    let value: Value = serde_json::from_str(BODY).unwrap();
    let decoded = "/v3/pay/transactions/jsapi?mchid=1900000001&a=|茶";
    let digest = Sha256::digest(&right).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let hexadecimal =
        BASE64_STANDARD.decode(signed(&right)).unwrap().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let plus = "%2B";
    let cases: Vec<(&str, String)> = vec![
        ("none", signed(&right)),
        ("no_final_newline", signed(right.strip_suffix('\n').unwrap())),
        ("crlf_newlines", signed(&right.replace('\n', "\r\n"))),
        ("escaped_newlines", signed(&right.replace('\n', "\\n"))),
        ("lines_joined_otherwise", signed(&right.replace('\n', ""))),
        ("method_lower_case", signed(&text("post", URL, BODY))),
        ("method_differs", signed(&text("GET", URL, BODY))),
        ("url_with_host", signed(&text("POST", &format!("https://api.mch.weixin.qq.com{URL}"), BODY))),
        ("url_without_query", signed(&text("POST", "/v3/pay/transactions/jsapi", BODY))),
        ("url_encoding", signed(&text("POST", decoded, BODY))),
        ("url_query", signed(&text("POST", "/v3/pay/transactions/jsapi?a=%7C%E8%8C%B6&mchid=1900000001", BODY))),
        ("url_query_cut", signed(&text("POST", "/v3/pay/transactions/jsapi?mchid=1900000001", BODY))),
        ("url_slash", signed(&text("POST", &URL.replace("jsapi?", "jsapi/?"), BODY))),
        ("body_reserialised", signed(&text("POST", URL, &serde_json::to_string_pretty(&value).unwrap()))),
        ("body_reserialised", signed(&text("POST", URL, &BODY.replace(':', ": ").replace(',', ", ")))),
        ("body_reserialised", signed(&text("POST", URL, &BODY.replace('/', "\\/")))),
        (
            "body_reserialised",
            signed(&text("POST", URL, &BODY.replace("测试", "\\u6d4b\\u8bd5").replace('茶', "\\u8336"))),
        ),
        ("extra_newline", signed(&text("POST", URL, &format!("{BODY}\n")))),
        ("body_trimmed", signed(&text("POST", URL, &format!("{BODY}\r\n")))),
        ("body_html_escaped", signed(&text("POST", URL, &BODY.replace('"', "&quot;")))),
        ("body_not_signed", signed(&text("POST", URL, ""))),
        ("timestamp_differs", signed(&right.replace(&NOW.to_string(), &format!("{}", NOW + 1)))),
        ("timestamp_differs", signed(&right.replace(&NOW.to_string(), &format!("{NOW}000")))),
        ("nonce_differs", signed(&right.replace(NONCE, &NONCE.to_lowercase()))),
        ("text_hashed_twice", signed(&digest)),
        ("signature_base64url", signed(&right).replace('+', "-").replace('/', "_").replace('=', "")),
        ("signature_hexadecimal", hexadecimal),
        ("signature_wrapped", format!("{}\n{}", &signed(&right)[..76], &signed(&right)[76..])),
        ("signature_with_blanks", signed(&right).replace('+', " ")),
        ("signature_url_encoded", signed(&right).replace('+', plus).replace('/', "%2F").replace('=', "%3D")),
        ("signature_encoded_twice", BASE64_STANDARD.encode(signed(&right))),
        ("v2_signature", "9A0A8659F005D6984697E2CA0A9CF3B7".to_owned()),
        ("signature_malformed", "not a signature".to_owned()),
        ("signed_by_unknown_key", BASE64_STANDARD.encode([7; 256])),
    ];
    let mut wrong = Vec::new();
    for (cause, signature) in &cases {
        let found = explain("POST", URL, BODY, signature);
        if found.mistake.code() != *cause {
            wrong.push(format!("{cause}: {:?}", found.mistake));
        }
        let seen = ["v2_signature", "signature_malformed", "signed_by_unknown_key"].contains(cause);
        assert_eq!(found.proved(), !seen, "{cause}");
        for language in [Language::English, Language::Chinese] {
            assert!(!found.text(language).is_empty());
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");

    let get = "/v3/certificates";
    for (cause, signature) in [
        ("none", signed(&text("GET", get, ""))),
        ("no_empty_body_line", signed(&format!("GET\n{get}\n{NOW}\n{NONCE}\n"))),
        ("body_signed_but_not_sent", signed(&text("GET", get, "{}"))),
        ("body_signed_but_not_sent", signed(&text("GET", get, "null"))),
    ] {
        let found = explain("GET", get, "", &signature);
        assert_eq!((found.mistake.code(), found.proved()), (cause, true));
    }
}

#[test]
fn members_of_authorization_beside_a_right_signature() {
    let own = "3775B6A45ACD588826D15E583A95F5DD0AF0F501";
    let header = |serial: &str, mch_id: &str| {
        let signature = signed(&text("POST", "/v3/x", BODY));
        format!(
            "WECHATPAY2-SHA256-RSA2048 mchid=\"{mch_id}\",nonce_str=\"{NONCE}\",signature=\"{signature}\",timestamp=\"{NOW}\",serial_no=\"{serial}\""
        )
    };
    let found = |header: &str, now: i64| {
        let known = Evidence {
            method: Some("POST"),
            url: Some("https://api.mch.weixin.qq.com/v3/x"),
            body: BODY.as_bytes(),
            authorization: Some(header),
            public_key: Some(KEY.public()),
            certificate: Some(&CERTIFICATE),
            keys: Some(&KEYS),
            now: Some(now),
            ..Evidence::default()
        };
        v3::explain(&known).unwrap().mistake.code()
    };
    let right = header(own, "1900000001");
    assert_eq!(found(&right, NOW + 300), "none");
    assert_eq!(found(&right, NOW + 301), "clock_skew");
    assert_eq!(found(&right, 2_000_000_000), "merchant_certificate_expired");
    assert_eq!(found(&header(own, "1900000009"), NOW), "mchid_differs");
    assert_eq!(found(&header(&own.to_lowercase(), "1900000001"), NOW), "serial_malformed");
    assert_eq!(
        found(&header("316619589946583748254911118771567464205306098945", "1900000001"), NOW),
        "serial_is_decimal"
    );
    // Whose it is says more than that it is not the certificate's.
    assert_eq!(found(&header("50062CE505775F070CAB06E697F1BBD1AD4F4D87", "1900000001"), NOW), "serial_of_platform");
    assert_eq!(
        found(&header("50062CE505775F070CAB06E697F1BBD1AD4F4D88", "1900000001"), NOW),
        "serial_does_not_match_key"
    );
    // The header names another certificate, which no signature proves.
    let header = header("50062CE505775F070CAB06E697F1BBD1AD4F4D88", "1900000001");
    let without = Evidence { method: Some("POST"), url: Some("/v3/x"), body: BODY.as_bytes(), ..Evidence::default() };
    let known = Evidence { authorization: Some(&header), certificate: Some(&CERTIFICATE), ..without };
    let found_it = v3::explain(&Evidence { signature: Some(&BASE64_STANDARD.encode([7; 256])), ..known }).unwrap();
    assert_eq!((found_it.mistake, found_it.proof), (Mistake::SERIAL_DOES_NOT_MATCH_KEY, Proof::Seen));
    assert_eq!(found(&right.replace("SHA256-RSA2048", "SM2-WITH-SM3"), NOW), "authorization_malformed");
    assert_eq!(found(&right.replace("\",nonce", ",nonce"), NOW), "authorization_malformed");
    assert_eq!(found(&right.replace("timestamp", "timestmp"), NOW), "authorization_malformed");
}

/// The server checks the members of a body and the key of its fields only where the signature is right, and refuses them with 400.
#[test]
fn what_is_checked_after_the_signature_is_named_only_where_the_signature_is_right() {
    let foreign = BASE64_STANDARD.encode([7; 256]);
    let sealed = BASE64_STANDARD.encode([7; 256]);
    let bodies = [
        (r#"{"mchid":"1900000001","description":"tea"}"#.to_owned(), "none"),
        (r#"{"mchid":"1900000001","description":"tea😀"}"#.to_owned(), "four_byte_character"),
        (r#"{"mchid":"1900000001","description":"tea\ud83d\ude00"}"#.to_owned(), "four_byte_character"),
        (r#"{"mchid":"1900000009","description":"tea"}"#.to_owned(), "mchid_differs"),
        (r#"{"mchid":"1900000009","description":"tea😀"}"#.to_owned(), "four_byte_character"),
        (format!(r#"{{"mchid":"1900000001","user_name":"{sealed}"}}"#), "serial_missing"),
    ];
    let serial_wrong = r#"{"code":"SIGN_ERROR","message":"商户证书序列号有误。请使用签名私钥匹配的证书序列号"}"#;
    let refused = r#"{"code":"SIGN_ERROR","message":"签名错误"}"#;
    let mch_id_wrong = r#"{"code":"PARAM_ERROR","message":"http header中的mchid与post payload中的mchid不匹配"}"#;
    let other = r#"{"code":"PARAM_ERROR","message":"请求体中含有不支持的字符"}"#;
    let headers = Headers::read([("Accept", "application/json"), ("User-Agent", "test")]);
    for (body, cause) in bodies {
        let own = signed(&text("POST", "/v3/x", &body));
        let found = |signature: &str, keys: bool, reply: Option<&str>| {
            let known = Evidence {
                headers: Some(&headers),
                method: Some("POST"),
                url: Some("/v3/x"),
                body: body.as_bytes(),
                timestamp: Some("1764300000"),
                nonce_str: Some(NONCE),
                signature: Some(signature),
                mch_id: Some("1900000001"),
                public_key: keys.then(|| KEY.public()),
                certificate: keys.then_some(&CERTIFICATE),
                reply: reply.map(str::as_bytes),
                ..Evidence::default()
            };
            v3::explain(&known).unwrap().mistake.code()
        };
        assert_eq!(found(&own, true, None), cause, "{body}");
        // A refusal in hand has a cause, and it is not the signature.
        let of_other = if cause == "none" { "refused_for_another_reason" } else { cause };
        assert_eq!(found(&own, true, Some(other)), of_other, "{body}");
        assert_eq!(found(&own, true, Some("not JSON")), cause, "{body}");
        // Its words name the cause.
        assert_eq!(found(&own, true, Some(mch_id_wrong)), "mchid_differs", "{body}");
        assert_eq!(found(&own, true, Some(serial_wrong)), "serial_does_not_match_key", "{body}");
        let of_refused = if body.contains("1900000009") { "mchid_differs" } else { "refused_all_the_same" };
        assert_eq!(found(&own, true, Some(refused)), of_refused, "{body}");
        assert_eq!(found(&foreign, true, None), "signed_by_unknown_key", "{body}");
        assert_eq!(found(&foreign, true, Some(serial_wrong)), "serial_does_not_match_key", "{body}");
        assert_eq!(found(&foreign, true, Some(refused)), "signed_by_unknown_key", "{body}");
        assert_eq!(found(&foreign, false, None), "key_not_given", "{body}");
    }
}

/// C-50: what the server says that it received.
#[test]
fn the_refusal_of_the_server_says_what_it_received() {
    let own = format!("POST\n/v3/pay/transactions/h5\n{NOW}\n{NONCE}\n{BODY}\n");
    let said = |text: &str, length: usize, nested: bool| {
        let inner =
            serde_json::json!({"method": "POST", "truncated_sign_message": text, "sign_message_length": length});
        let inner = serde_json::json!({"sign_information": inner});
        let detail = if nested { serde_json::json!({"detail": inner}) } else { inner };
        serde_json::json!({"code": "SIGN_ERROR", "message": "签名错误", "detail": detail}).to_string()
    };
    let found = |reply: &str| {
        let known = Evidence {
            method: Some("POST"),
            url: Some("/v3/pay/transactions/h5"),
            body: BODY.as_bytes(),
            timestamp: Some("1764300000"),
            nonce_str: Some(NONCE),
            reply: Some(reply.as_bytes()),
            ..Evidence::default()
        };
        v3::explain(&known).unwrap().mistake
    };
    let head = format!("POST\n/v3/pay/transactions/h5\n{NOW}\n{NONCE}\n");
    for nested in [false, true] {
        assert_eq!(found(&said(&format!("{head}\n"), head.len() + 1, nested)), Mistake::SERVER_BODY_EMPTY);
        assert_eq!(found(&said(&format!("{head}{{\"mchid\n"), own.len() + 3, nested)), Mistake::SERVER_BODY_DIFFERS);
        let other = head.replace("/h5", "/jsapi");
        assert_eq!(found(&said(&other, own.len(), nested)), Mistake::SERVER_PATH_DIFFERS);
        let other = head.replace("/h5", "/h5?a=1");
        assert_eq!(found(&said(&format!("{other}\n"), own.len(), nested)), Mistake::SERVER_PATH_DIFFERS);
        for other in [head.replace("POST", "GET"), head.replace(NONCE, "x"), "GET\n/v3/x\n1\nx\n".into(), String::new()]
        {
            assert_eq!(found(&said(&other, own.len(), nested)), Mistake::SERVER_TEXT_DIFFERS);
        }
        assert_eq!(found(&said(&format!("{head}{{\"mchid\n"), own.len(), nested)), Mistake::SERIAL_DOES_NOT_MATCH_KEY);
    }
    // The key opens the signature, so that the server's text, which is the same, does not speak against the key.
    let (key, signature) = (&KEY, KEY.sign(own.replace(NONCE, "ANOTHER").as_bytes()).unwrap());
    for reply in [None, Some(said(&format!("{head}{{\"mchid\n"), own.len(), false))] {
        for certificate in [None, Some(key.public())] {
            let known = Evidence {
                method: Some("POST"),
                url: Some("/v3/pay/transactions/h5"),
                body: BODY.as_bytes(),
                timestamp: Some("1764300000"),
                nonce_str: Some(NONCE),
                signature: Some(&signature),
                public_key: Some(key.public()),
                certificate,
                reply: reply.as_ref().map(String::as_bytes),
                ..Evidence::default()
            };
            assert_eq!(v3::explain(&known).unwrap().mistake, Mistake::V3_UNKNOWN, "{reply:?}");
        }
    }
    assert_eq!(found(r#"{"code":"SIGN_ERROR","message":"商户证书已过期。"}"#), Mistake::MERCHANT_CERTIFICATE_EXPIRED);
    assert_eq!(found("no JSON"), Mistake::AUTHORIZATION_MISSING);
}

#[test]
fn each_cause_of_a_refused_message_is_named() {
    let body = MESSAGE["body"].as_str().unwrap();
    let code = |changes: &[(&str, &str)], body: &[u8]| {
        let mut headers = headers();
        for (name, value) in changes {
            headers.retain(|(own, _)| own != name);
            headers.push(((*name).to_owned(), (*value).to_owned()));
        }
        let error = verify(&headers, body).unwrap_err();
        let Kind::Signature { explanation } = error.kind() else { panic!("{error:?}") };
        (error.code(), explanation.mistake.code())
    };
    let signature = MESSAGE["headers"]["Wechatpay-Signature"].as_str().unwrap();
    let value: Value = serde_json::from_str(body).unwrap();
    let (gbk, _, _) = encoding_rs::GBK.encode(body);
    for (changes, body, expected) in [
        (
            vec![],
            serde_json::to_string_pretty(&value).unwrap().into_bytes(),
            ("signature_mismatch", "body_reserialised"),
        ),
        (vec![], format!("{body}\n").into_bytes(), ("signature_mismatch", "body_trimmed")),
        (vec![], gbk.into_owned(), ("signature_mismatch", "body_other_charset")),
        (vec![], body.replace('"', "&quot;").into_bytes(), ("signature_mismatch", "body_html_escaped")),
        (vec![], b"<xml></xml>".to_vec(), ("signature_mismatch", "v3_unknown")),
        (
            vec![("Wechatpay-Signature", &*signature.replace('+', " "))],
            body.into(),
            ("signature_mismatch", "signature_with_blanks"),
        ),
        (vec![("Wechatpay-Signature", "?")], body.into(), ("signature_mismatch", "signature_malformed")),
        (
            vec![("Wechatpay-Serial", "2EA1BBAD3F4F6F7F2DD1D2B5A8D6B34F0F4D8C11")],
            body.into(),
            ("signature_mismatch", "signed_by_other_known_key"),
        ),
        (vec![("Wechatpay-Serial", "PUB_KEY_ID_1")], b"{}".to_vec(), ("serial_unknown", "serial_unknown")),
        (vec![("Wechatpay-Timestamp", "x")], body.into(), ("header_malformed", "header_malformed")),
        (vec![("Wechatpay-Timestamp", "1764300006000")], body.into(), ("header_malformed", "header_malformed")),
        (vec![("Wechatpay-Timestamp", "1764200006")], body.into(), ("timestamp_expired", "timestamp_expired")),
        (vec![("Wechatpay-Timestamp", "1764400006")], body.into(), ("timestamp_expired", "clock_skew")),
        (
            vec![("Wechatpay-Timestamp", "1764200006"), ("Date", "Wed, 26 Nov 2025 23:33:26 GMT")],
            body.into(),
            ("timestamp_expired", "clock_skew"),
        ),
        (
            vec![("Wechatpay-Signature-Type", "WECHATPAY2-SM2-WITH-SM3"), ("Wechatpay-Signature", "x")],
            body.into(),
            ("header_malformed", "sm2_signature"),
        ),
        (vec![("Wechatpay-Nonce", " ")], body.into(), ("header_missing", "header_missing")),
    ] {
        assert_eq!(code(&changes, &body), expected, "{changes:?}");
    }
    let error = v3::verify(&Headers::default(), "交易时间\n`2025-11-27".as_bytes(), &KEYS, NOW).unwrap_err();
    let Kind::Signature { explanation } = error.kind() else { panic!("{error:?}") };
    assert_eq!((error.code(), explanation.mistake.code()), ("header_missing", "file_not_signed"));
    let error = v3::verify(&Headers::default(), b"<xml><appid>wx</appid></xml>", &KEYS, NOW).unwrap_err();
    assert!(error.to_string().contains("APIv2"), "{error}");
}

/// C-23 and the public key's id: keys in each other's place.
#[test]
fn keys_in_the_wrong_place_are_named() {
    let pem = |id: &str| MESSAGE["keys"][id].as_str().unwrap().to_owned();
    let (new, public) = ("50062CE505775F070CAB06E697F1BBD1AD4F4D87", "PUB_KEY_ID_0119000000012025112800000000000001");
    let error = Keys::read([("2EA1BBAD3F4F6F7F2DD1D2B5A8D6B34F0F4D8C11", pem(new).as_bytes())]).unwrap_err();
    assert!(error.to_string().contains(new), "{error}");
    let error = Keys::read([(public, PEM.as_bytes())]).unwrap_err();
    assert_eq!((error.code(), error.field()), ("key_is_private", Some("keys")));
    assert!(error.to_string().contains(public), "{error}");
    let own = include_str!("../../tests/certificates/apiclient_cert.pem");
    let error = Keys::read([(new, own.as_bytes())]).unwrap_err();
    assert!(error.to_string().contains("the merchant's own certificate (apiclient_cert.pem)"), "{error}");
    for wrong in [PEM.as_str(), "nothing"] {
        let error = VerifyingKey::read("certificate", wrong.as_bytes()).unwrap_err();
        assert!(error.to_string().contains("(apiclient_cert.pem"), "{error}");
        assert!(!error.to_string().contains("pub_key.pem"), "{error}");
    }
    let body = MESSAGE["body"].as_str().unwrap().as_bytes();
    let found = |ids: &[(&str, &str)], serial: &str| {
        let keys = Keys::read(ids.iter().map(|(id, pem)| (*id, pem.as_bytes()))).unwrap();
        let mut headers = headers();
        headers.retain(|(name, _)| name != "Wechatpay-Serial");
        headers.push(("Wechatpay-Serial".to_owned(), serial.to_owned()));
        let headers = Headers::read(headers.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let error = v3::verify(&headers, body, &keys, NOW + 7).unwrap_err();
        let Kind::Signature { explanation } = error.kind() else { panic!("{error:?}") };
        explanation.mistake.code()
    };
    assert_eq!(found(&[(public, &pem(public))], new), "certificate_needed");
    let old = "2EA1BBAD3F4F6F7F2DD1D2B5A8D6B34F0F4D8C11";
    assert_eq!(found(&[(old, &pem(old))], public), "public_key_needed");
    assert_eq!(found(&[(public.trim_start_matches("PUB_KEY_ID_"), &pem(public))], public), "public_key_id_wrong");
    // The merchant's certificate under the serial number of a platform certificate, as a public key.
    let own = Keys::read([("wechat", pem(public).as_bytes())]).unwrap();
    let (_, key) = own.only().unwrap();
    let known = Evidence { body, keys: Some(&own), public_key: Some(key), now: Some(NOW + 7), ..Evidence::default() };
    let mut headers = Headers::read(headers().iter().map(|(name, value)| (name.as_str(), value.as_str())));
    headers.serial = Some("wechat".to_owned());
    let found = v3::explain(&Evidence { headers: Some(&headers), ..known }).unwrap();
    assert_eq!(found.mistake, Mistake::SERIAL_IS_MERCHANT_CERT);
}

#[test]
fn a_signed_body_cannot_be_split_by_a_line_feed_in_the_nonce() {
    const OWN: &str = "3775B6A45ACD588826D15E583A95F5DD0AF0F501";
    let pem = case("v3_serial_no", "S-CER-03")["certificate"].as_str().unwrap().to_owned();
    let keys = Keys::read([(OWN, pem.as_bytes())]).unwrap();
    let signature = signed(&format!("{NOW}\nN\nA\nB\n"));
    let verified = |timestamp: &str, nonce: &str, serial: &str, body: &str| {
        let headers = Headers {
            timestamp: Some(timestamp.to_owned()),
            nonce: Some(nonce.to_owned()),
            serial: Some(serial.to_owned()),
            signature: Some(signature.clone()),
            ..Headers::default()
        };
        v3::verify(&headers, body.as_bytes(), &keys, NOW).map(str::to_owned).map_err(|error| error.code().to_owned())
    };
    let now = NOW.to_string();
    assert_eq!(verified(&now, "N", OWN, "A\nB"), Ok(OWN.to_owned()));
    for (timestamp, nonce, serial, body) in [
        (&*now, "N\nA", OWN, "B"),
        (&*format!("{now}\nN"), "A", OWN, "B"),
        (&now, "N", "3775B6A4\n", "A\nB"),
        (&now, "N 1", OWN, "A\nB"),
        (&now, "é", OWN, "A\nB"),
    ] {
        assert_eq!(verified(timestamp, nonce, serial, body), Err("header_malformed".to_owned()), "{nonce:?}");
    }
}

#[test]
fn a_key_needs_a_name_and_a_clock_is_in_seconds() {
    let pem = case("v3_serial_no", "S-CER-03")["certificate"].as_str().unwrap().to_owned();
    for id in ["", " "] {
        let error = Keys::read([(id, pem.as_bytes())]).unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some("keys")));
    }
    let all = headers();
    let headers = Headers::read(all.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let body = MESSAGE["body"].as_str().unwrap().as_bytes();
    for now in [-1, i64::MIN, 1_764_300_000_000, i64::MAX] {
        let known =
            Evidence { headers: Some(&headers), body, keys: Some(&KEYS), now: Some(now), ..Evidence::default() };
        for error in [v3::verify(&headers, body, &KEYS, now).unwrap_err(), v3::explain(&known).unwrap_err()] {
            assert_eq!((error.class(), error.field()), ("InvalidRequest", Some("now")), "{now}");
        }
    }
}

#[test]
fn the_signature_of_a_message_is_not_the_merchants() {
    let signature = MESSAGE["headers"]["Wechatpay-Signature"].as_str().unwrap();
    let timestamp = NOW.to_string();
    let found = v3::explain(&Evidence {
        method: Some("POST"),
        url: Some(URL),
        body: BODY.as_bytes(),
        timestamp: Some(&timestamp),
        nonce_str: Some(NONCE),
        signature: Some(signature),
        public_key: Some(KEY.public()),
        keys: Some(&KEYS),
        ..Evidence::default()
    });
    let found = found.unwrap();
    assert_eq!((found.mistake, found.proved()), (Mistake::SIGNATURE_OF_WECHAT_PAY, true));
}

#[test]
fn a_clock_is_only_suspected_before_the_signature_is_verified() {
    let later = |timestamp: &str| {
        let mut headers = headers();
        headers.retain(|(name, _)| name != "Wechatpay-Timestamp");
        headers.push(("Wechatpay-Timestamp".to_owned(), timestamp.to_owned()));
        headers.push(("Date".to_owned(), "Wed, 26 Nov 2025 23:33:26 GMT".to_owned()));
        let error = verify(&headers, MESSAGE["body"].as_str().unwrap().as_bytes()).unwrap_err();
        let Kind::Signature { explanation } = error.kind() else { panic!("{error:?}") };
        (explanation.mistake, explanation.proof, error.to_string().contains("forged or replayed"))
    };
    for timestamp in ["1764200006", "1764400006"] {
        assert_eq!(later(timestamp), (Mistake::CLOCK_SKEW, Proof::Likely, true));
    }
}

#[test]
fn the_latest_timestamp_of_all_is_searched() {
    let found = v3::explain(&Evidence {
        method: Some("GET"),
        url: Some("/v3/certificates"),
        timestamp: Some("9223372036854775807"),
        nonce_str: Some(NONCE),
        signature: Some(&signed("something else")),
        public_key: Some(KEY.public()),
        ..Evidence::default()
    });
    assert_eq!(found.unwrap().mistake, Mistake::V3_UNKNOWN);
}

#[test]
fn nothing_follows_the_end_of_a_packed_bill() {
    use std::io::Write as _;

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"a bill").unwrap();
    let mut file = gzip.finish().unwrap();
    let hash = sha1::Sha1::digest(b"a bill").iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(v3::check_bill(&file, &hash).unwrap(), b"a bill");
    assert_eq!(v3::check_bill(b"a bill", &hash).unwrap(), b"a bill");
    file.extend_from_slice(b"more");
    assert_eq!(v3::check_bill(&file, &hash).unwrap_err().code(), "hash_mismatch");
}

#[test]
fn a_search_ends_soon_for_any_body() {
    let start = std::time::Instant::now();
    for body in ["{\"a\":\"茶 &<>\\\"\"}".repeat(200), format!("[{}1]", "1,".repeat(5000)), "x".repeat(16_000)] {
        let signature = signed("something else");
        assert_eq!(explain("POST", URL, &body, &signature).mistake, Mistake::V3_UNKNOWN);
    }
    let query = (0..50).map(|n| format!("n{n}=%E8%8C%B6")).collect::<Vec<_>>().join("&");
    explain("GET", &format!("/v3/x?{query}"), "", &signed("something else"));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn without_a_key_of_the_merchant_a_request_is_not_checked() {
    let known = Evidence {
        method: Some("POST"),
        url: Some(URL),
        body: BODY.as_bytes(),
        timestamp: Some("1764300000"),
        nonce_str: Some(NONCE),
        signature: Some(&signed("something else")),
        ..Evidence::default()
    };
    let found = v3::explain(&known).unwrap();
    assert_eq!((found.mistake, found.proved()), (Mistake::KEY_NOT_GIVEN, false));
    let english = "the signature cannot be checked: give the merchant's certificate or private key";
    assert_eq!(found.message(Language::English), english);
    assert_eq!(found.message(Language::Chinese), "无法检查签名：请提供商户证书或私钥。");
}

#[test]
fn explain_searches_longer_messages_than_verify() {
    let certificate = case("v3_serial_no", "S-CER-03")["certificate"].as_str().unwrap().to_owned();
    let serial = CERTIFICATE.serial().unwrap();
    let keys = Keys::read([(serial, certificate.as_bytes())]).unwrap();
    for (length, by_explain) in [(20_000, Mistake::BODY_TRIMMED), (300_000, Mistake::MESSAGE_TOO_LONG)] {
        let body = format!("{{\"a\":\"{}\"}}", "x".repeat(length));
        let headers = [
            ("Wechatpay-Timestamp", NOW.to_string()),
            ("Wechatpay-Nonce", NONCE.to_owned()),
            ("Wechatpay-Serial", serial.to_owned()),
            ("Wechatpay-Signature", signed(&format!("{NOW}\n{NONCE}\n{body}\n\n"))),
        ];
        let headers = Headers::read(headers.iter().map(|(name, value)| (*name, value.as_str())));
        let known =
            Evidence { headers: Some(&headers), body: body.as_bytes(), keys: Some(&keys), ..Evidence::default() };
        assert_eq!(v3::explain(&known).unwrap().mistake, by_explain);
        let error = v3::verify(&headers, body.as_bytes(), &keys, NOW).unwrap_err();
        let Kind::Signature { explanation } = error.kind() else { panic!("{error:?}") };
        assert_eq!((error.code(), explanation.mistake), ("signature_mismatch", Mistake::MESSAGE_TOO_LONG));
        let said = error.to_string();
        assert!(said.contains("too long to search for the cause") && said.contains("use explain"), "{said}");
        assert!(!said.contains("likely"), "{said}");
    }
}

#[test]
fn a_key_that_opens_nothing_and_stands_in_both_settings() {
    let (key, body, given) = ("k".repeat(32), MESSAGE["body"].as_str().unwrap(), headers());
    let headers = Headers::read(given.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let explained = |api_key| {
        let known = Evidence {
            headers: Some(&headers),
            body: body.as_bytes(),
            keys: Some(&KEYS),
            now: MESSAGE["now"].as_i64(),
            api_v3_key: Some(&key),
            api_key,
            ..Evidence::default()
        };
        v3::explain(&known).unwrap()
    };
    let (alone, same) = (explained(None), explained(Some(key.as_str())));
    assert_eq!((alone.mistake, alone.field.as_deref()), (Mistake::APIV3_KEY_WRONG, None));
    assert_eq!((same.mistake, same.field.as_deref()), (Mistake::APIV3_KEY_WRONG, Some("is the text of api_key too")));
    assert!(same.message(Language::Chinese).contains("这个密钥与 api_key 相同"), "{}", same.message(Language::Chinese));
}
