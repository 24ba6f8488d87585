//! Explains the broken requests and notifications of `tests/mistakes.json`. A second implementation made them, each with one
//! planted mistake. The explanation must name that mistake, and must not call another one proved.

use serde_json::Value;
use wxpaykit::doctor::{self, Explanation, Language, Mistake, OtherKeys};
use wxpaykit::{Fields, PaymentNotification, SignType, sign};

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

/// Explains a message that has the fields `sent`, signed over the fields `signed`.
fn explained(signed: &[(&str, &str)], sent: &[(&str, &str)]) -> Explanation {
    let sign = sign::sign(signed.iter().copied(), KEY, SignType::Md5);
    let fields: Fields = sent.iter().copied().chain([("sign", sign.as_str())]).collect();
    doctor::explain(&fields, KEY)
}

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

#[test]
fn a_value_that_was_changed_is_named_in_both_directions() {
    // What is signed plain, what another program makes of it, and the mistakes of signing the latter and of sending it.
    let pairs = [
        ("it's tea", "it&#039;s tea", ["values_escaped", "values_sent_escaped"]),
        ("茶", "&#x8336;", ["values_escaped", "values_sent_escaped"]),
        ("“café” · 茶", "&ldquo;caf&eacute;&rdquo; &middot; 茶", ["values_escaped", "values_sent_escaped"]),
        ("é茶", "\\u00E9\\u8336", ["values_backslashed", "values_sent_backslashed"]),
        ("茶 é", "%u8336%20%E9", ["values_url_encoded", "values_sent_url_encoded"]),
        ("100% tea", "100%25 tea", ["values_url_encoded", "values_sent_url_encoded"]),
        ("茶 a", "%25E8%258C%25B6%2520a", ["values_url_encoded", "values_sent_url_encoded"]),
        ("茶", "\"茶\"", ["values_quoted", "values_sent_quoted"]),
        ("tea", "\"tea\"", ["values_quoted", "values_sent_quoted"]),
        ("a\nb", "a<br>b", ["line_ends", "line_ends"]),
        ("a\nb", "a<br />\nb", ["line_ends", "line_ends"]),
        ("tea", "tea\u{200b}", ["values_sent_trimmed", "values_trimmed"]),
    ];
    for (plain, changed, [signed, sent]) in pairs {
        // A value alone, and beside one that the change leaves as it is.
        for more in [&[][..], &[("notify_url", "https://shop.example/n"), ("openid", "o1")]] {
            let with = |value| [&[("body", value)][..], more].concat();
            let found = explained(&with(changed), &with(plain));
            assert_eq!((found.mistake.code(), found.field.as_deref()), (signed, Some("body")), "{plain} for {changed}");
            let found = explained(&with(plain), &with(changed));
            assert_eq!((found.mistake.code(), found.field.as_deref()), (sent, Some("body")), "{changed} for {plain}");
        }
    }
    // In the middle of a text, what nobody sees can only be removed.
    let found = explained(&[("body", "tea")], &[("body", "t\u{200d}ea")]);
    assert_eq!(found.mistake.code(), "values_trimmed");
}

#[test]
fn texts_of_people_may_be_changed_and_addresses_not() {
    let fields = |text: [&'static str; 3]| {
        [("attach", text[0]), ("body", text[1]), ("detail", text[2]), ("notify_url", "https://shop.example/a b&c")]
    };
    let found = explained(&fields(["a&amp;b", "c&amp;d", "e&amp;f"]), &fields(["a&b", "c&d", "e&f"]));
    assert_eq!((found.mistake.code(), found.field), ("values_escaped", None));
    let found = explained(&fields(["a&b", "c&d", "e&f"]), &fields(["a&amp;b", "c&amp;d", "e&amp;f"]));
    assert_eq!(found.mistake.code(), "values_sent_escaped");
}

#[test]
fn an_amount_that_was_changed_is_called_so() {
    let received = |fee| [("out_trade_no", "A1"), ("return_code", "SUCCESS"), ("total_fee", fee)];
    for (signed, sent) in [("100", "1"), ("1", "100")] {
        let found = explained(&received(signed), &received(sent));
        assert_eq!((found.mistake.code(), found.field.as_deref()), ("amount_hundredfold", Some("total_fee")));
        let text = found.message(Language::English);
        assert!(text.contains("the amount was changed"), "{text}");
        // In a request it is a slip with yuan and fen.
        for name in ["total_fee", "count"] {
            assert_eq!(explained(&[(name, signed)], &[(name, sent)]).mistake.code(), "numbers_other_form");
        }
    }
}

#[test]
fn an_unknown_difference_in_a_message_that_came_in_is_not_blamed_on_the_key_alone() {
    let received = [("return_code", "SUCCESS"), ("total_fee", "1")];
    let found = explained(&[("total_fee", "7")], &received);
    assert_eq!(found.mistake.code(), "unknown");
    let (english, chinese) = (found.message(Language::English), found.message(Language::Chinese));
    assert!(english.starts_with("the message was changed on its way or is forged, or api_key"), "{english}");
    assert!(chinese.starts_with("报文在途中被改动过或是伪造的"), "{chinese}");
    let own = explained(&[("total_fee", "7")], &[("total_fee", "1")]);
    assert!(own.message(Language::English).starts_with("signed with another key"), "{own}");
}

#[test]
fn a_search_ends_soon_for_any_message() {
    let text = "茶 <1>&\"%2B+\\x22 ".repeat(600);
    let many: Vec<String> = (0..1000).map(|number| format!("f{number}")).collect();
    let sign = ("sign", "0123456789ABCDEF0123456789ABCDEF");
    let long: Fields = [("a", text.as_str()), sign].into_iter().collect();
    let wide: Fields = many.iter().map(|name| (name.as_str(), "v")).chain([sign]).collect();
    for fields in [long, wide] {
        assert_eq!(doctor::explain(&fields, KEY).mistake, Mistake::UNKNOWN);
    }
    let longer = text.repeat(3);
    let fields: Fields = [("a", longer.as_str()), sign].into_iter().collect();
    assert_eq!(doctor::explain(&fields, "key").mistake, Mistake::NOT_SEARCHED);
    let body = "<xml><sign>0123456789ABCDEF0123456789ABCDEF</sign></xml>";
    assert!(PaymentNotification::parse_with_key(body.as_bytes(), "key", SignType::ALL, "wx", "1").is_err());
}
