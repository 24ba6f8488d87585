//! Explains the broken messages of `tests/broken/broken.json`. A second implementation made them, each with one planted mistake. The
//! explanation names that mistake first, and never calls another one proved; for messages without a mistake it names none.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};
use wxpaykit::Fields;
use wxpaykit::doctor::config::{self, PageSign};
use wxpaykit::doctor::{self, Explanation, Language, OtherKeys};
use wxpaykit::v3::{self, Evidence, Headers, Keys, SigningKey, VerifyingKey};

#[test]
fn the_planted_mistake_of_a_message_of_api_v2_is_named() {
    hold("v2", 60, |settings, case| {
        let setting = |name: &str| settings[name].as_str().unwrap();
        let others = OtherKeys {
            api_v3_key: Some(setting("api_v3_key")),
            app_secret: Some(setting("app_secret")),
            ..OtherKeys::default()
        };
        doctor::examine_body(&body(case), setting("api_key"), others)
    });
}

#[test]
fn the_planted_mistake_of_a_message_of_api_v3_is_named() {
    hold("v3", 30, |settings, case| {
        let own = |name: &str| settings.get(name).unwrap_or(&Value::Null);
        let given = |name: &str| case.get("given").and_then(|given| given.get(name)).unwrap_or_else(|| own(name));
        let text = |name: &str| given(name).as_str().unwrap();
        let keys = given("keys").as_object().unwrap();
        let keys = Keys::read(keys.iter().map(|(id, pem)| (id.as_str(), pem.as_str().unwrap().as_bytes()))).unwrap();
        let certificate = VerifyingKey::read("certificate", text("certificate").as_bytes()).unwrap();
        let private_key = SigningKey::read("private_key", text("private_key").as_bytes()).unwrap();
        let headers = case.get("headers").and_then(Value::as_object).unwrap();
        let headers = Headers::read(headers.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())));
        let target = |name: &str| case.get(name).and_then(Value::as_str).filter(|_| case["kind"] == "request");
        let body = body(case);
        v3::explain(&Evidence {
            headers: Some(&headers),
            body: &body,
            keys: Some(&keys),
            now: given("now").as_i64(),
            api_v3_key: Some(text("api_v3_key")),
            api_key: Some(text("api_key")),
            method: target("method"),
            url: target("url"),
            mch_id: Some(text("mch_id")),
            serial_no: given("serial_no").as_str(),
            certificate: Some(&certificate),
            public_key: Some(private_key.public()),
            ..Evidence::default()
        })
        .unwrap()
    });
}

#[test]
fn the_mistake_in_what_pages_apps_and_programs_are_handed_is_named() {
    let file = file();
    for case in ["objects", "messages"].iter().flat_map(|kind| file[kind].as_array().unwrap()) {
        let given = case["fields"].as_object().unwrap();
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let texts: Vec<_> = given.iter().map(|(name, value)| (name.as_str(), text(value))).collect();
        let fields: Fields = texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let key = case["key"].as_str().unwrap();
        let is_number = |name: &str| given.get(name).is_some_and(Value::is_number);
        let found = doctor::examine_typed(&fields, is_number, key, OtherKeys::default());
        same(case, &found, key);
    }
}

#[test]
fn the_mistake_in_the_arguments_of_wx_config_is_named() {
    for case in file()["configs"].as_array().unwrap() {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let argument = |name: &str| text(&case["config"][name]);
        let (nonce_str, timestamp, signature) = (argument("nonceStr"), argument("timestamp"), argument("signature"));
        let url = case["url"].as_str().unwrap();
        let ticket = case["ticket"].as_str().unwrap();
        let page = PageSign { nonce_str: &nonce_str, timestamp: &timestamp, signature: &signature, url };
        let known = config::Evidence { tickets: &[ticket], ..config::Evidence::default() };
        same(case, &config::config(&page, &known), ticket);
    }
}

fn same(case: &Value, found: &Explanation, secret: &str) {
    let name = &case["name"];
    assert_eq!(case["cause"], found.mistake.code(), "{name}: {found}");
    assert_eq!(case["proved"], found.proved(), "{name}: {found}");
    let shown = format!("{found:?}{found}{}", found.html(Language::Chinese));
    for secret in [Some(secret), case.get("hidden").and_then(Value::as_str)].into_iter().flatten() {
        assert!(!shown.contains(secret), "{name}: {shown}");
    }
}

fn file() -> Value {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/broken/broken.json")).unwrap();
    serde_json::from_slice(&file).unwrap()
}

fn body(case: &Value) -> Vec<u8> {
    match case.get("body") {
        Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
        None => BASE64_STANDARD.decode(case["body_base64"].as_str().unwrap()).unwrap(),
    }
}

/// At least 95 % are right, and none is wrong and proved.
fn hold(generation: &str, least: usize, explain: impl Fn(&Map<String, Value>, &Value) -> Explanation) {
    let file = file();
    let settings = file[generation]["settings"].as_object().unwrap();
    let broken = file[generation]["broken"].as_array().unwrap();
    assert!(broken.len() >= least);
    let (mut wrong, mut proved) = (Vec::new(), 0);
    for case in broken {
        let found = explain(settings, case);
        let shown = format!("{found:?} {found}");
        for name in ["api_key", "api_v3_key", "app_secret"] {
            let secret = settings.get(name).and_then(Value::as_str);
            assert!(secret.is_none_or(|secret| !shown.contains(secret)), "{}: {name}", case["name"]);
        }
        if case["cause"] != found.mistake.code() {
            wrong.push(format!("{} ({}): {:?}, {:?}", case["name"], case["cause"], found.mistake, found.proof));
            proved += usize::from(found.proved());
        }
    }
    assert!(proved == 0 && wrong.len() * 20 <= broken.len(), "{wrong:#?}");
    for case in file[generation]["intact"].as_array().unwrap() {
        let found = explain(settings, case).mistake;
        assert_eq!(case["cause"], found.code(), "{}", case["name"]);
        assert!(found.leaves_signature_right(), "{}", case["name"]);
    }
}
