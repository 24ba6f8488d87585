//! Requests that are refused before anything is sent, and the requests that are sent.

use wxpaykit::SignType;
use wxpaykit::registry;
use wxpaykit::sign;
use wxpaykit::v2::{paths, request};
use wxpaykit::value::{Params, Value};
use wxpaykit::wire::xml;
use wxpaykit::{BeijingTime, Error, Fen, Kind, Merchant, MerchantOptions, Options, TradeType, Unifiedorder};

const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

fn options() -> MerchantOptions {
    let mut options = MerchantOptions::new("wxd930ea5d5a258f4f", "10000100", KEY);
    options.notify_url = Some("https://shop.example/notify".into());
    options
}

fn order() -> Params<'static> {
    vec![
        ("body".into(), Value::Text("茶".into())),
        ("out_trade_no".into(), Value::Text("20150806125346".into())),
        ("total_fee".into(), Value::Int(88)),
        ("spbill_create_ip".into(), Value::Text("123.12.12.123".into())),
        ("openid".into(), Value::Text("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o".into())),
    ]
}

fn with(name: &'static str, value: Value<'static>) -> Params<'static> {
    let mut params = order();
    params.retain(|(known, _)| known != name);
    params.push((name.into(), value));
    params
}

fn build(params: &Params<'_>) -> Result<String, Error> {
    request::build(registry::find("unifiedorder").unwrap(), params, &Merchant::new(options()).unwrap(), "nonce")
}

fn refused(params: &Params<'_>) -> (String, String) {
    let error = build(params).unwrap_err();
    match error.kind() {
        Kind::InvalidRequest { field, rule } => (field.clone(), rule.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn completes_signs_and_writes() {
    let body = build(&order()).unwrap();
    let fields = xml::parse(body.as_bytes()).unwrap();
    assert_eq!(sign::verify(&fields, KEY, &[SignType::HmacSha256]), Ok(SignType::HmacSha256));
    for (name, value) in [
        ("appid", "wxd930ea5d5a258f4f"),
        ("mch_id", "10000100"),
        ("nonce_str", "nonce"),
        ("sign_type", "HMAC-SHA256"),
        ("trade_type", "JSAPI"),
        ("notify_url", "https://shop.example/notify"),
        ("total_fee", "88"),
        ("body", "茶"),
    ] {
        assert_eq!(fields.get(name), Some(value), "{name}");
    }
    assert!(!body.contains(KEY));
}

#[test]
fn the_builder_makes_the_same_request() {
    let merchant = Merchant::new(options()).unwrap();
    let built = Unifiedorder::new()
        .body("茶")
        .out_trade_no("20150806125346")
        .total_fee(Fen(88))
        .spbill_create_ip("123.12.12.123")
        .openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o");
    let endpoint = registry::find("unifiedorder").unwrap();
    assert_eq!(request::build(endpoint, built.params(), &merchant, "nonce").unwrap(), build(&order()).unwrap());
    let native = Unifiedorder::new().trade_type(TradeType::Native);
    assert!(request::build(endpoint, native.params(), &merchant, "nonce").is_err());
}

#[test]
fn money_is_an_integer_of_fen() {
    for value in [
        Value::Text("88".into()),
        Value::Other("a float".into()),
        Value::Other("a bool".into()),
        Value::Int(0),
        Value::Int(-1),
        Value::Json("88".into()),
    ] {
        assert_eq!(refused(&with("total_fee", value)).0, "total_fee");
    }
}

#[test]
fn a_refusal_of_an_amount_shows_it() {
    let rule = |value| refused(&with("total_fee", value)).1;
    for text in ["19.99", "¥ 19.99", "1,000", "-5"] {
        let rule = rule(Value::Text(text.into()));
        assert!(rule.contains(&format!("not the text '{text}'; yuan_to_fen")), "{rule}");
    }
    // It may be a secret in the wrong place.
    for text in ["5a1d0c7e9b3f48268f2e6d4b7c90a1e3", "nineteen", "1234567890123456789", ""] {
        let rule = rule(Value::Text(text.into()));
        assert!(rule.contains("not text;"), "{rule}");
    }
    assert!(rule(Value::Int(0)).contains("not 0") && rule(Value::Int(-5)).contains("not -5"));
}

#[test]
fn each_field_has_its_rule() {
    let text = |text: &str| Value::Text(text.to_owned().into());
    for (name, value) in [
        ("body", text("")),
        ("body", text(&"茶".repeat(129))),
        ("body", text("茶😀")),
        ("body", Value::Int(1)),
        ("out_trade_no", text("with space")),
        ("out_trade_no", text(&"1".repeat(33))),
        ("out_trade_no", text("订单")),
        ("spbill_create_ip", text("localhost")),
        ("spbill_create_ip", text("300.1.1.1")),
        ("openid", text(" oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")),
        ("notify_url", text("https://shop.example/notify?a=1")),
        ("notify_url", text("/notify")),
        ("notify_url", text("https://shop.example/notify ")),
        ("notify_url", text("https:shop.example/://")),
        ("notify_url", text("https://shop.example/😀")),
        ("trade_type", text("MICROPAY")),
        ("limit_pay", text("none")),
        ("detail", text("{")),
        ("time_expire", text("2009-12-25 09:10:10")),
        ("time_expire", text("20091325091010")),
        ("time_expire", Value::Int(1)),
        ("attach", text("a\u{1}b")),
        ("nonce_str", text(&"n".repeat(33))),
    ] {
        assert_eq!(refused(&with(name, value.clone())).0, name, "{value:?}");
    }
    for missing in ["body", "out_trade_no", "total_fee", "spbill_create_ip"] {
        let mut params = order();
        params.retain(|(name, _)| name != missing);
        assert_eq!(refused(&params).0, missing);
    }
}

#[test]
fn fields_of_other_calls_and_of_the_client_are_refused() {
    for name in ["refund_fee", "total_fe", "sign", "sign_type", "appid", "mch_id"] {
        assert_eq!(refused(&with(name, Value::Text("1".into()))).0, name);
    }
    let mut twice = order();
    twice.push(("body".into(), Value::Text("again".into())));
    assert_eq!(refused(&twice), ("body".to_owned(), "is given twice".to_owned()));
}

#[test]
fn trade_types_require_their_fields() {
    let of = |trade_type: &'static str| {
        let mut params = with("trade_type", Value::Text(trade_type.into()));
        params.retain(|(name, _)| name != "openid");
        params
    };
    assert_eq!(refused(&of("JSAPI")).0, "openid or sub_openid");
    assert_eq!(refused(&of("NATIVE")).0, "product_id");
    assert_eq!(refused(&of("MWEB")).0, "scene_info");
    assert!(build(&of("APP")).is_ok());
    let query = registry::find("orderquery").unwrap();
    let error = request::build(query, &Params::new(), &Merchant::new(options()).unwrap(), "nonce").unwrap_err();
    assert_eq!(error.to_string(), "orderquery: transaction_id or out_trade_no: is required");
    assert_eq!(error.endpoint(), Some("orderquery"));
}

#[test]
fn times_become_beijing_time() {
    let time = BeijingTime::from_unix(1_261_703_410).unwrap();
    for value in [Value::Time(time), Value::Text("20091225091010".into())] {
        assert!(build(&with("time_expire", value)).unwrap().contains("<time_expire>20091225091010</time_expire>"));
    }
}

#[test]
fn raw_calls_are_signed_too() {
    let merchant = Merchant::new(options()).unwrap();
    let params: Params<'_> = vec![("anything".into(), Value::Int(1)), ("text".into(), Value::Text("a&b".into()))];
    let fields = xml::parse(request::raw(&paths::ANY, &params, &merchant, "nonce").unwrap().0.as_bytes()).unwrap();
    assert!(sign::verify(&fields, KEY, SignType::ALL).is_ok());
    assert_eq!(fields.get("text"), Some("a&b"));
    for (name, value) in [
        ("sign", Value::Int(1)),
        ("mch_id", Value::Int(1)),
        ("a", Value::Other("a float".into())),
        ("<", Value::Int(1)),
    ] {
        assert!(request::raw(&paths::ANY, &vec![(name.into(), value)], &merchant, "nonce").is_err(), "{name}");
    }
}

#[test]
fn settings_are_checked_with_a_remedy() {
    let field = |change: &dyn Fn(&mut MerchantOptions)| {
        let mut options = options();
        change(&mut options);
        let error = Merchant::new(options).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(KEY));
        match error.kind() {
            Kind::Config { field, remedy } => (*field, remedy.clone()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(field(&|o| o.api_key = Some("short".into())).0, "api_key");
    assert!(field(&|o| o.api_key = Some("short".into())).1.contains("32 bytes"));
    assert!(field(&|o| o.api_key = Some(format!("{KEY}\n").into())).1.contains("white space"));
    assert!(field(&|o| o.api_key = Some(format!(" {}", &KEY[1..]).into())).1.contains("white space"));
    // What a file or a tool puts around a value, and values of other settings.
    for name in
        ["appid", "mch_id", "sub_appid", "notify_url", "api_key", "api_v3_key", "app_secret", "corp_secret", "agent_id"]
    {
        for (value, hint) in [
            (format!("\u{feff}{KEY}"), "byte order mark (BOM)"),
            (format!("\"{KEY}\""), "quotes around it"),
            (format!("'{KEY}'"), "quotes around it"),
            ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n".to_owned(), "(PEM)"),
        ] {
            let mut options = Options::new(options());
            options.set(name, &value).unwrap();
            let error = Merchant::new(options.merchant).unwrap_err();
            assert_eq!(error.field(), Some(name));
            assert!(error.to_string().contains(hint) && !error.to_string().contains(KEY), "{error}");
        }
    }
    for (appid, mch_id, name, hint) in [
        ("gh_4d6a51bd2dd1", "10000100", "appid", "原始ID"),
        ("10000100", "10000100", "appid", "merchant's number"),
        ("wxd930ea5d5a258f4f", "wxd930ea5d5a258f4f", "mch_id", "looks like an appid"),
        ("10000100", "wxd930ea5d5a258f4f", "appid", "exchange them"),
    ] {
        let found = field(&|o| (o.appid, o.mch_id) = (appid.into(), mch_id.into()));
        assert!(found.0 == name && found.1.contains(hint), "{found:?}");
    }
    assert!(field(&|o| o.fee_type = Some("RMB".into())).1.contains("must be CNY"));
    assert!(field(&|o| o.app_secret = Some(KEY.into())).1.contains("AppSecret"));
    assert_eq!(field(&|o| o.appid = "wx1".into()).0, "appid");
    assert_eq!(field(&|o| o.appid = "gh_30ea5d5a258f4f1".into()).0, "appid");
    assert_eq!(field(&|o| o.mch_id = "1000010O".into()).0, "mch_id");
    assert_eq!(field(&|o| o.notify_url = Some("https://shop.example/?a".into())).0, "notify_url");
    assert_eq!(field(&|o| o.notify_url = Some("https://shop.example/😀".into())).0, "notify_url");
    assert_eq!(field(&|o| o.notify_url = Some("https://shop.example/\n".into())).0, "notify_url");
    assert_eq!(field(&|o| o.accept_sign_types = vec![SignType::Md5]).0, "accept_sign_types");
    assert_eq!(field(&|o| o.sub_mch_id = Some("1".into())).0, "sub_mch_id");
    let mut corp = options();
    corp.appid = "wwd930ea5d5a258f4f".into();
    assert!(Merchant::new(corp).is_ok());
}

#[test]
fn nothing_secret_is_printed() {
    let mut all = options();
    all.app_secret = Some("abcdefabcdefabcdefabcdefabcdefab".into());
    let printed = format!("{all:?} {:?}", Merchant::new(all.clone()).unwrap());
    assert!(!printed.contains(KEY) && !printed.contains("abcdefabcdef"));
}
