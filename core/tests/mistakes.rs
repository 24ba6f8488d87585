//! Explains the broken requests and notifications of `tests/mistakes.json`. A second implementation made them, each with one
//! planted mistake. The explanation must name that mistake, and must not call another one proved.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use serde_json::Value;
use wxpaykit::doctor::{self, Mistake, OtherKeys};
use wxpaykit::{Fields, PaymentNotification, SignType};

#[test]
fn the_planted_mistake_is_named_and_no_other_is_proved() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/mistakes.json")).unwrap();
    let file: Value = serde_json::from_slice(&file).unwrap();
    let setting = |name: &str| file["settings"][name].as_str().unwrap();
    let (api_v3_key, app_secret) = (Some(setting("api_v3_key")), Some(setting("app_secret")));
    let others = OtherKeys { api_v3_key, app_secret, ..OtherKeys::default() };
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 60);
    let mut wrong = Vec::new();
    for case in cases {
        let message = case["message"].as_object().unwrap();
        let fields: Fields = message.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())).collect();
        let found = doctor::examine(&fields, setting("api_key"), others);
        let text = format!("{found:?} {found}");
        assert!(!["api_key", "api_v3_key", "app_secret"].iter().any(|name| text.contains(setting(name))), "{text}");
        if case["cause"] == found.mistake.code() {
            assert_eq!(found.proved(), case["provable"] == true, "{}", case["name"]);
        } else {
            assert!(!found.proved(), "{}: {found:?}", case["name"]);
            wrong.push(format!("{}: {:?}", case["name"], found.mistake));
        }
    }
    assert!(wrong.len() * 20 <= cases.len(), "{wrong:#?}");
}

#[test]
fn a_search_ends_soon_for_any_message() {
    let text = "茶 <1>&\"%2B+\\x22 ".repeat(600);
    let many: Vec<String> = (0..1000).map(|number| format!("f{number}")).collect();
    let sign = ("sign", "0123456789ABCDEF0123456789ABCDEF");
    let long: Fields = [("a", text.as_str()), sign].into_iter().collect();
    let wide: Fields = many.iter().map(|name| (name.as_str(), "v")).chain([sign]).collect();
    for fields in [long, wide] {
        assert_eq!(doctor::explain(&fields, "key").mistake, Mistake::UNKNOWN);
    }
    let longer = text.repeat(3);
    let fields: Fields = [("a", longer.as_str()), sign].into_iter().collect();
    assert_eq!(doctor::explain(&fields, "key").mistake, Mistake::NOT_SEARCHED);
    let body = "<xml><sign>0123456789ABCDEF0123456789ABCDEF</sign></xml>";
    assert!(PaymentNotification::parse_with_key(body.as_bytes(), "key", SignType::ALL, "wx", "1").is_err());
}
