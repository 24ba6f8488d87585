//! The settings of APIv3: a client with them alone, and every mistake by its name.

use crate::common::within;
use wxpaykit::doctor::{Language, Mistake};
use wxpaykit::{Error, MerchantOptions, Options, Orderquery, WxPay};

const APPID: &str = "wxd930ea5d5a258f4f";
const MCH_ID: &str = "1900000109";
const API_KEY: &str = "192006250b4c09247ec02edce69f6a2d";
const API_V3_KEY: &str = "wxpaykitTestApiV3Key0123456789ab";
const ID: &str = "PUB_KEY_ID_0119000000012025112800000000000001";

fn file(name: &str) -> Vec<u8> {
    let path = format!("{}/../tests/certificates/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn text(name: &str) -> String {
    String::from_utf8(file(name)).unwrap()
}

/// A merchant of APIv3 alone, with the WeChat Pay public key.
fn merchant() -> MerchantOptions {
    MerchantOptions::v3(APPID, MCH_ID, API_V3_KEY)
        .client_cert(text("apiclient_cert.pem"))
        .client_key(text("apiclient_key.pem"))
        .platform_public_key(text("platform_public_key.pem"))
        .platform_public_key_id(ID)
}

fn made(merchant: MerchantOptions) -> Result<WxPay, Error> {
    WxPay::new(Options::new(merchant).endpoints("http://127.0.0.1:9").store("memory:"))
}

#[track_caller]
fn refused(merchant: MerchantOptions, field: &str, part: &str) {
    let error = made(merchant).unwrap_err();
    let text = error.to_string();
    assert_eq!((error.class(), error.field()), ("ConfigError", Some(field)), "{text}");
    assert!(text.contains(part), "{text}");
    assert!(!text.contains(API_V3_KEY) && !text.contains(API_KEY), "{text}");
}

#[test]
fn a_client_of_one_api_names_the_setting_of_the_other() {
    within(async {
        let pay = made(merchant()).unwrap();
        let error = pay.orderquery(Orderquery::new().out_trade_no("A1")).await.unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some("api_key")), "{error}");
        assert!(error.to_string().contains("pay.v3"), "{error}");
        let error = pay.notify().parse(b"<xml><sign>A</sign></xml>").unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some("api_key")), "{error}");
        let error = pay.jsapi_params("wx201410272009395522657a690389285100", None).unwrap_err();
        assert_eq!(error.field(), Some("api_key"), "{error}");
        let page = pay.v3().jsapi_params("wx201410272009395522657a690389285100", None).unwrap();
        assert_eq!((page.get("signType"), page.get("paySign").map(str::len)), (Some("RSA"), Some(344)));

        let old = made(MerchantOptions::new(APPID, MCH_ID, API_KEY)).unwrap();
        let error = old.v3().jsapi_params("wx201410272009395522657a690389285100", None).unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some("api_v3_key")), "{error}");
        let both = MerchantOptions { api_key: Some(API_KEY.into()), ..merchant() };
        assert!(made(both).unwrap().jsapi_params("wx201410272009395522657a690389285100", None).is_ok());
    });
}

#[test]
fn a_private_key_without_its_certificate_needs_the_serial_number() {
    let bare = || MerchantOptions { client_cert: None, ..merchant() };
    refused(bare(), "client_cert", "is not set, and client_key is");
    let serial = "5157f09efdc096de15ebe81a47057a7232f1b8e1";
    let pay = made(bare().client_cert_serial(serial)).unwrap();
    assert_eq!(pay.merchant().v3().unwrap().signer().unwrap().serial, serial.to_ascii_uppercase());
    let own = pay_serial();
    assert!(made(merchant().client_cert_serial(own.to_ascii_lowercase())).is_ok());
    refused(merchant().client_cert_serial(serial), "client_cert_serial", &format!("has {own}: leave it out"));
    // The AppSecret in the wrong setting.
    let secret = "5A1D0C7E9B3F48268F2E6D4B7C90A1FF";
    let error = made(merchant().client_cert_serial(secret)).err().unwrap();
    assert_eq!(
        (error.field(), error.text()),
        (Some("client_cert_serial"), format!("is another one, and the merchant's certificate has {own}: leave it out"))
    );
    for language in [wxpaykit::doctor::Language::English, wxpaykit::doctor::Language::Chinese] {
        assert!(!error.message(language).contains(secret), "{error}");
    }
    for (serial, part) in [
        ("316619589946583748254911118771567464205306098945", "3775B6A45ACD588826D15E583A95F5DD0AF0F501"),
        (ID, "is the id of WeChat Pay's public key"),
        ("serial", "must have 40 hexadecimal digits"),
    ] {
        refused(bare().client_cert_serial(serial), "client_cert_serial", part);
    }
    refused(MerchantOptions { client_key: None, client_cert: None, ..merchant() }, "client_key", "is not set");
}

fn pay_serial() -> String {
    made(merchant()).unwrap().merchant().v3().unwrap().signer().unwrap().serial.clone()
}

#[test]
fn mistakes_with_the_keys_are_named() {
    let neither =
        MerchantOptions { api_v3_key: None, platform_public_key: None, platform_public_key_id: None, ..merchant() };
    // The public key verifies replies, so that nothing is downloaded and decrypted.
    assert!(made(MerchantOptions { api_v3_key: None, ..merchant() }).is_ok());
    refused(neither, "api_key", "needs api_v3_key or platform_public_key instead");
    refused(MerchantOptions { api_v3_key: Some("short".into()), ..merchant() }, "api_v3_key", "has 5 bytes");
    let spaced = format!("{} ", &API_V3_KEY[..31]);
    refused(MerchantOptions { api_v3_key: Some(spaced.into()), ..merchant() }, "api_v3_key", "32");
    refused(merchant().app_secret(API_V3_KEY), "api_v3_key", "is the AppSecret");

    let id = |id: &str| merchant().platform_public_key_id(id);
    refused(id("0119000000012025112800000000000001"), "platform_public_key_id", ID);
    refused(id(&pay_serial()), "platform_public_key_id", "is the serial number of a certificate");
    refused(id("PUB_KEY_ID_"), "platform_public_key_id", "begins with PUB_KEY_ID_ and has digits behind it");
    // One cause, one sentence: what it is, and what it should begin with, in both languages.
    let serial = pay_serial();
    for (given, is, chinese) in [
        ("0119000000012025112800000000000001", "it is 0119000000012025112800000000000001", "应为 PUB_KEY_ID_0119"),
        (&*serial, &*format!("{serial} is the serial number of a certificate"), "这是证书序列号"),
        ("PUB_KEY_ID_", "it is PUB_KEY_ID_", "现在是 PUB_KEY_ID_"),
        ("pub_key_id_0119000000012025112800000000000001", "it is pub_key_id_0119", "现在是 pub_key_id_0119"),
        (API_V3_KEY, "it has 32 characters, as an API key", "像是 API 密钥"),
        ("/etc/wxpay/pub_key.pem", "it is the path of a file", "现在是文件路径"),
        ("x", "it has 1 characters and does not begin with PUB_KEY_ID_", "现在有 1 个字符"),
    ] {
        let error = made(id(given)).unwrap_err();
        assert_eq!(error.field(), Some("platform_public_key_id"));
        let wrong = Mistake::PUBLIC_KEY_ID_WRONG;
        for (language, part) in [(Language::English, is), (Language::Chinese, chinese)] {
            let text = error.message(language);
            assert!(text.contains(wrong.title(language)) && text.contains(part), "{text}");
            assert!(
                text.contains(wrong.advice(language).trim_end_matches('。')) && !text.contains(API_V3_KEY),
                "{text}"
            );
        }
    }
    refused(
        MerchantOptions { platform_public_key_id: None, ..merchant() },
        "platform_public_key_id",
        "is not set, and platform_public_key is",
    );
    refused(
        MerchantOptions { platform_public_key: None, ..merchant() },
        "platform_public_key",
        "is not set, and platform_public_key_id is",
    );
    for (name, part) in [
        ("apiclient_cert.pem", "is the merchant's own certificate (client_cert)"),
        ("platform_cert.pem", "A platform certificate is not set: the client downloads it"),
        ("apiclient_key.pem", "is a private key"),
        ("merchant-public-key.pem", "is the public half of client_key"),
    ] {
        refused(merchant().platform_public_key(text(name)), "platform_public_key", part);
    }
    let platforms = merchant().client_cert(text("platform_cert.pem"));
    let error = made(platforms).unwrap_err();
    assert_eq!(error.field(), Some("client_cert"), "{error}");
    assert!(error.to_string().contains("platform certificate"), "{error}");
}

#[test]
fn the_environment_has_the_settings_and_files_of_them() {
    let path = |name: &str| format!("{}/../tests/certificates/{name}", env!("CARGO_MANIFEST_DIR"));
    let lookup = |name: &str| match name {
        "WXPAY_APPID" => Some(APPID.to_owned()),
        "WXPAY_MCH_ID" => Some(MCH_ID.to_owned()),
        "WXPAY_API_V3_KEY" => Some(API_V3_KEY.to_owned()),
        "WXPAY_CLIENT_CERT_FILE" => Some(path("apiclient_cert.pem")),
        "WXPAY_CLIENT_KEY_FILE" => Some(path("apiclient_key.pem")),
        "WXPAY_PLATFORM_PUBLIC_KEY_FILE" => Some(path("platform_public_key.pem")),
        "WXPAY_PLATFORM_PUBLIC_KEY_ID" => Some(ID.to_owned()),
        _ => None,
    };
    let pay = WxPay::new(Options::from_lookup(lookup).unwrap().store("memory:")).unwrap();
    let keys = pay.merchant().v3().unwrap();
    assert_eq!(keys.public_key().unwrap().0, ID);
    let shown = format!("{pay:?} {:?}", pay.merchant());
    assert!(shown.contains(ID) && !shown.contains(API_V3_KEY), "{shown}");

    let without =
        |missing: &'static [&str]| move |name: &str| if missing.contains(&name) { None } else { lookup(name) };
    assert!(Options::from_lookup(without(&["WXPAY_API_V3_KEY"])).is_ok());
    let keys = &["WXPAY_API_V3_KEY", "WXPAY_PLATFORM_PUBLIC_KEY_FILE", "WXPAY_PLATFORM_PUBLIC_KEY_ID"];
    let error = Options::from_lookup(without(keys)).unwrap_err();
    assert!(error.to_string().contains("set WXPAY_API_KEY, or WXPAY_API_KEY_FILE"), "{error}");
    // With the id, the key of that id is what is missing.
    let options = Options::from_lookup(without(&["WXPAY_API_V3_KEY", "WXPAY_PLATFORM_PUBLIC_KEY_FILE"])).unwrap();
    let error = WxPay::new(options.store("memory:")).unwrap_err();
    assert_eq!(error.field(), Some("platform_public_key"), "{error}");
    assert!(!error.to_string().contains("also not set"), "{error}");
    let of_id = |name: &str| if name == "WXPAY_PLATFORM_PUBLIC_KEY_ID" { lookup(name) } else { None };
    let error = Options::from_lookup(of_id).unwrap_err().to_string();
    assert!(error.contains("WXPAY_PLATFORM_PUBLIC_KEY") && !error.contains("WXPAY_API_KEY"), "{error}");

    let error = Options::from_lookup(|_| None).unwrap_err();
    let key = "WXPAY_API_KEY (APIv3 alone: WXPAY_API_V3_KEY or WXPAY_PLATFORM_PUBLIC_KEY)";
    let all = format!("appid: is not set: set WXPAY_APPID, or WXPAY_APPID_FILE; also not set: WXPAY_MCH_ID, {key}");
    assert_eq!((error.field(), error.to_string()), (Some("appid"), all));
    let error = Options::from_arguments(|_| None).unwrap_err();
    let key = "api_key (APIv3 alone: api_v3_key or platform_public_key)";
    assert_eq!(error.to_string(), format!("appid: is required; also not set: mch_id, {key}"));
    let error = Options::from_arguments(without(keys)).unwrap_err();
    let alone = "a client of APIv3 alone needs api_v3_key or platform_public_key instead";
    assert_eq!(error.to_string(), format!("api_key: is required; {alone}"));
    let error = Options::from_lookup(without(&["WXPAY_MCH_ID"])).unwrap_err();
    assert_eq!(error.to_string(), "mch_id: is not set: set WXPAY_MCH_ID, or WXPAY_MCH_ID_FILE");
}

#[test]
fn all_settings_that_are_missing_are_named_at_once() {
    let error = |options| made(options).unwrap_err().to_string();
    let bare = || MerchantOptions { client_key: None, client_cert: None, ..merchant() };
    let ends = |text: &str, end: &str| assert!(text.ends_with(end), "{text}");
    ends(&error(bare()), "; also not set: client_cert");
    ends(&error(MerchantOptions { platform_public_key_id: None, ..bare() }), "; also not set: client_cert, client_key");
    let alone = MerchantOptions { platform_public_key: None, api_v3_key: None, ..bare() };
    let text = error(alone);
    assert!(text.starts_with("platform_public_key: is not set"), "{text}");
    ends(&text, "; also not set: client_cert, client_key");
    let nothing = Options::new(MerchantOptions::of("", ""));
    let text = WxPay::new(nothing.store("memory:")).unwrap_err().to_string();
    ends(&text, "; also not set: mch_id, api_key (APIv3 alone: api_v3_key or platform_public_key)");
    let of_corp = MerchantOptions { corp_secret: Some("corp-secret-0123456789".into()), ..bare() };
    let text = error(of_corp);
    assert!(text.contains("also not set: ") && text.contains("agent_id"), "{text}");
    // A setting that is wrong, and not missing, is told alone.
    assert!(!error(MerchantOptions { appid: "wx".into(), ..bare() }).contains("also not set"));
    // One that is missing has the others with it.
    assert!(!error(MerchantOptions { platform_public_key_id: None, ..merchant() }).contains("also not set"));
}
