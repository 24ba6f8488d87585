//! Calls that need the merchant's certificate: without it, with it, and what WeChat answers to a wrong one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::common::{self, APPID, Act, KEY, MCH_ID, Scripted, asked, client, control, number, options, order, within};
use serde_json::{Value, json};
use wxpaykit::error::Detail;
use wxpaykit::transport::{Deadlines, Sending, Transport};
use wxpaykit::{Credential, Error, Fen, MerchantOptions, Options, Refund, WxPay};
use wxpaykit_emulator::{Config, Emulator, Tls};

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/certificates").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap()
}

fn certified(url: &str) -> Options {
    let mut options = options(url);
    options.merchant = options.merchant.client_cert(file("demo_cert.pem")).client_key(file("demo_key.pem"));
    options
}

fn refund(number: &str) -> Refund {
    Refund::new().out_trade_no(number).out_refund_no(format!("R{number}")).total_fee(Fen(88)).refund_fee(Fen(88))
}

/// The error's class, code, field, call, and what is safe.
fn facts(error: &Error) -> (&str, &str, Option<&str>, Option<&str>, &str) {
    (error.class(), error.code(), error.field(), error.endpoint(), error.retry().as_str())
}

#[test]
fn a_call_that_needs_the_certificate_is_refused_without_one_before_it_is_sent() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let error = client(options(wechat.url())).refund(refund("n1")).await.unwrap_err();
        assert_eq!(facts(&error), ("ConfigError", "config", Some("client_cert"), Some("refund"), "never"), "{error}");
        assert!(error.to_string().contains("nothing was sent") && error.to_string().contains("client_p12"), "{error}");
        assert!(error.details().any(|(name, _)| name == "remedy_zh"));

        let mut expired = options(wechat.url());
        let (cert, key) = (file("demo_expired_cert.pem"), file("demo_key.pem"));
        expired.merchant = expired.merchant.client_cert(cert).client_key(key);
        let error = client(expired.clone()).refund(refund("n1")).await.unwrap_err();
        assert_eq!(facts(&error), ("ConfigError", "config", Some("client_cert"), Some("refund"), "never"), "{error}");
        assert!(error.to_string().contains("expired on 2024-01-01"), "{error}");
        assert_eq!(asked(&wechat, "/secapi/pay/refund").await, 0);
        // Orders need none.
        client(expired).unifiedorder(order(&number())).await.unwrap();
    });
}

#[test]
fn a_transport_of_the_users_own_may_have_the_certificate() {
    struct Fixed;

    impl Transport for Fixed {
        fn send(&self, request: http::Request<bytes::Bytes>, _: Deadlines) -> Sending<'_> {
            assert_eq!(request.uri().path(), "/secapi/pay/refund");
            let reply = "<xml><return_code>FAIL</return_code><return_msg>asked</return_msg></xml>";
            Box::pin(async move { Ok(http::Response::new(bytes::Bytes::from(reply).into())) })
        }
    }

    within(async {
        let options = options("http://127.0.0.1:9").transport(Arc::new(Fixed));
        let error = client(options).refund(refund("n1")).await.unwrap_err();
        assert!(error.to_string().contains("asked"), "{error}");
    });
}

#[test]
fn what_wechat_says_of_a_certificate_is_named_with_its_remedy() {
    within(async {
        for (status, page) in [
            (400, "cert-missing-400.html"),
            (200, "cert-missing-400.html"),
            (400, "cert-bad-400.html"),
            (200, "cert-not-match.xml"),
        ] {
            let wechat = Scripted::start(vec![Act::Answer(status, text(page))]).await;
            let error = client(certified(&wechat.url)).refund(refund("n1")).await.unwrap_err();
            let expected = ("ProtocolError", "certificate", None, Some("refund"), "never");
            assert_eq!(facts(&error), expected, "{page}: {error}");
            let text = error.to_string();
            let used = "the client has the certificate of \"10000100\" with the serial number DE, valid from 2025-01-01 until 2045-01-01";
            assert!(text.contains(used) && text.contains("client_p12"), "{page}: {text}");
            let remedy = error.details().find(|(name, _)| *name == "remedy_zh").map(|(_, detail)| detail);
            assert!(matches!(remedy, Some(Detail::Text(text)) if text.contains("证书")), "{page}");
            assert_eq!(wechat.bodies().len(), 1, "{page}: it is not repeated");
        }
        // A call that needs none, on a client without one.
        let wechat = Scripted::start(vec![Act::Answer(400, text("cert-bad-400.html"))]).await;
        let error = client(options(&wechat.url)).unifiedorder(order("n2")).await.unwrap_err();
        assert_eq!(error.code(), "certificate");
        assert!(error.to_string().contains("the client has no certificate"), "{error}");
    });
}

#[test]
fn settings_are_paths_bytes_or_text_and_found_at_construction() {
    let of =
        |merchant: MerchantOptions| WxPay::new(Options::new(merchant).endpoints("http://127.0.0.1:9").store("memory:"));
    let merchant = || MerchantOptions::new(APPID, MCH_ID, KEY);
    let (cert, key) = (text("demo_cert.pem"), text("demo_key.pem"));
    let path = |name: &str| file(name).to_str().unwrap().to_owned();
    for made in [
        merchant().client_cert(file("demo_cert.pem")).client_key(&*file("demo_key.pem")),
        merchant().client_cert(path("demo_cert.pem")).client_key(path("demo_key.pem")),
        merchant().client_cert(&*cert).client_key(&*key),
        merchant().client_cert(cert.as_bytes()).client_key(key.clone().into_bytes()),
        merchant().client_cert(format!("{key}{cert}")),
    ] {
        let pay = of(made).unwrap();
        assert_eq!(pay.merchant().identity().unwrap().serial(), "DE");
        assert!(!format!("{pay:?}").contains("PRIVATE"));
    }
    let refused = |merchant: MerchantOptions, field: &str, part: &str| {
        let shown = format!("{merchant:?}");
        let error = of(merchant).unwrap_err();
        assert_eq!((error.class(), error.field()), ("ConfigError", Some(field)), "{error}");
        assert!(error.to_string().contains(part), "{error}");
        assert!(!shown.contains("MI") && !shown.contains("/certificates/"), "{shown}");
    };
    refused(
        merchant().client_cert("/nowhere/cert.pem"),
        "client_cert",
        "the file /nowhere/cert.pem, which cannot be read",
    );
    refused(merchant().client_p12("/"), "client_p12", "it is not a file");
    refused(merchant().client_key(""), "client_key", "is empty");
    // A key whose first line was lost is not shown as if it were a path.
    let bare = key.replace("-----BEGIN PRIVATE KEY-----", "");
    let error = of(merchant().client_cert(&*cert).client_key(bare.trim())).unwrap_err().to_string();
    assert!(
        error.starts_with("client_key: is neither the path of a file nor PEM text") && !error.contains("MI"),
        "{error}"
    );
    let unread = wxpaykit::Merchant::new(merchant().client_cert(file("demo_cert.pem"))).unwrap_err().to_string();
    assert_eq!(unread, "client_cert: is the path of a file that was not read: give its content");
}

#[test]
fn variables_hold_a_path_or_text_and_file_holds_a_path() {
    let p12 = file("apiclient_cert-aes.p12").to_str().unwrap().to_owned();
    let (cert, key) = (text("apiclient_cert.pem"), file("apiclient_key.pem").to_str().unwrap().to_owned());
    let read = |own: &[(&str, &str)]| {
        let base = [("WXPAY_APPID", APPID), ("WXPAY_MCH_ID", "1900000109"), ("WXPAY_API_KEY", KEY)];
        let options = Options::from_lookup(|name| {
            base.iter().chain(own).find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        });
        WxPay::new(options?.endpoints("http://127.0.0.1:9").store("memory:"))
    };
    for own in [
        &[("WXPAY_CLIENT_P12_FILE", p12.as_str())][..],
        &[("WXPAY_CLIENT_P12", p12.as_str()), ("WXPAY_CLIENT_P12_PASSWORD", "1900000109")],
        &[("WXPAY_CLIENT_CERT", cert.as_str()), ("WXPAY_CLIENT_KEY_FILE", key.as_str())],
        &[("WXPAY_CLIENT_CERT", cert.as_str()), ("WXPAY_CLIENT_KEY", key.as_str()), ("WXPAY_CLIENT_P12", "")],
    ] {
        let serial = read(own).unwrap().merchant().identity().unwrap().serial().to_owned();
        assert_eq!(serial, text("serial.txt").trim(), "{own:?}");
    }
    assert!(read(&[]).unwrap().merchant().identity().is_none());
    let error = read(&[("WXPAY_CLIENT_P12_FILE", "/nowhere.p12")]).unwrap_err();
    assert!(error.to_string().starts_with("client_p12: names the file /nowhere.p12"), "{error}");
    assert_eq!(Credential::new(&*p12).content(), None);
}

const URL: &str = "WXPAYKIT_TEST_URL";
const CERT: &str = "WXPAYKIT_TEST_CERT";
const PRIVATE_KEY: &str = "WXPAYKIT_TEST_KEY";
const ORDER: &str = "WXPAYKIT_TEST_ORDER";

/// The system's roots are read from the environment, so the client is in a child.
#[test]
fn a_refund_over_the_port_with_tls() {
    if let Ok(url) = std::env::var(URL) {
        return within(refund_over_tls(url));
    }
    within(async {
        let mut config = Config::default();
        config.tls = Some(Tls::new(0, None));
        let wechat = Emulator::start(config).await.unwrap();
        let number = number();
        client(options(wechat.url())).unifiedorder(order(&number)).await.unwrap();
        control(&wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
        let ca = std::env::temp_dir().join(format!("wxpaykit-ca-{}.pem", std::process::id()));
        std::fs::write(&ca, get(wechat.url(), "/_emulator/ca.pem").await).unwrap();
        let mut child = common::child(module_path!(), "a_refund_over_the_port_with_tls");
        child.env("SSL_CERT_FILE", &ca);
        child.env(URL, wechat.tls_url().unwrap()).env(ORDER, &number);
        child.env(CERT, wechat.client_cert()).env(PRIVATE_KEY, wechat.client_key());
        let output = tokio::task::spawn_blocking(move || child.output().unwrap()).await.unwrap();
        std::fs::remove_file(&ca).unwrap();
        common::printed(output);
        let journal = control(&wechat, "GET", "/_emulator/journal", Value::Null).await;
        let refunds = journal.as_array().unwrap().iter().filter(|entry| entry["path"] == "/secapi/pay/refund");
        let outcomes: Vec<_> = refunds.map(|entry| entry["outcome"].as_str().unwrap().to_owned()).collect();
        assert_eq!(outcomes[..2], ["http:400", "ok"], "a certificate of another authority, and the merchant's");
        let count = |wanted: &str| outcomes.iter().filter(|outcome| *outcome == wanted).count();
        assert_eq!((outcomes.len(), count("ok"), count("http:400")), (102, 51, 51));
    });
}

async fn refund_over_tls(url: String) {
    let (cert, key) = (std::env::var(CERT).unwrap(), std::env::var(PRIVATE_KEY).unwrap());
    let number = std::env::var(ORDER).unwrap();
    let error = client(certified(&url)).refund(refund(&number)).await.unwrap_err();
    assert_eq!(error.code(), "certificate", "{error}");
    assert!(error.to_string().contains("The SSL certificate error"), "{error}");

    let mut own = options(&url);
    own.merchant = own.merchant.client_cert(cert).client_key(key);
    let pay = client(own);
    // The connection that the query opened has the certificate too.
    let query = wxpaykit::Orderquery::new().out_trade_no(&*number);
    assert_eq!(pay.orderquery(query).await.unwrap().trade_state().as_str(), "SUCCESS");
    let reply = pay.refund(refund(&number)).await.unwrap();
    assert_eq!(reply.refund_fee(), Fen(88));

    // Connections are never shared between clients: those of a client without a certificate, of one with another one, and of this one,
    // in turn and at once.
    let (bare, other) = (client(options(&url)), client(certified(&url)));
    let tasks = (0..50).map(|_| {
        let (bare, other, pay, number) = (bare.clone(), other.clone(), pay.clone(), number.clone());
        tokio::spawn(async move {
            let query = || wxpaykit::Orderquery::new().out_trade_no(&*number);
            bare.orderquery(query()).await.unwrap();
            assert_eq!(other.refund(refund(&number)).await.unwrap_err().code(), "certificate");
            pay.refund(refund(&number)).await.unwrap();
            bare.orderquery(query()).await.unwrap();
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

async fn get(url: &str, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let address = url.trim_start_matches("http://");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}
