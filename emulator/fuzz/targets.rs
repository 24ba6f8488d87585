//! The fuzz targets of the emulator: functions that read bytes from outside. `emulator/tests/corpus.rs` runs them on `seeds/`.

use wxpaykit::wire::xml;
use wxpaykit::{Fields, SignType, sign};
use wxpaykit_emulator::{Config, Inputs, Merchant};

/// A name and the function that reads the bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets.
pub(crate) const TARGETS: [Target; 4] =
    [("request", request), ("control", control), ("fault_header", fault_header), ("merchants", merchants)];

/// The paths of the payment API that every body is posted to.
const PATHS: [&str; 5] =
    ["/pay/unifiedorder", "/pay/orderquery", "/pay/closeorder", "/secapi/pay/refund", "/pay/refundquery"];

/// Runs a target.
#[allow(dead_code, reason = "the test of the seeds runs the table")]
pub(crate) fn run(name: &str, bytes: &[u8]) {
    for (target, read) in TARGETS {
        if target == name {
            read(bytes);
        }
    }
}

/// Posts a body to the payment API. The reply is a document. The journal shows no secret, and the reply none that the body did not
/// have.
fn request(bytes: &[u8]) {
    let Some(wechat) = emulator(Vec::new()) else { return };
    for path in PATHS {
        let reply = wechat.payment(path, bytes).unwrap_or_default();
        let fields = xml::parse(reply.as_bytes());
        assert!(fields.is_ok_and(|fields| fields.contains("return_code")), "{path}: {reply}");
        hides_secrets(&reply, bytes);
    }
    hides_secrets(&block_on(wechat.control("GET", "/_emulator/journal", b"")).unwrap_or_default().1, b"");
}

/// Sends requests to the control API, one on each line: method, path and JSON. There is an order without a payment. Every answer is
/// JSON, and shows no secret that the requests did not have.
fn control(bytes: &[u8]) {
    const REQUESTS: usize = 8;
    let Some(wechat) = emulator(Vec::new()) else { return };
    wechat.payment("/pay/unifiedorder", order().as_bytes());
    let text = String::from_utf8_lossy(bytes);
    block_on(async {
        for line in text.split('\n').take(REQUESTS) {
            let mut parts = line.splitn(3, ' ');
            let mut next = || parts.next().unwrap_or_default();
            let (method, path, body) = (next(), format!("/_emulator/{}", next()), next());
            let Some((status, answer)) = wechat.control(method, &path, body.as_bytes()).await else { continue };
            assert!([200, 400, 404, 405].contains(&status), "{line}: {status} {answer}");
            assert!(serde_json::from_str::<serde_json::Value>(&answer).is_ok(), "{line}: {answer}");
            hides_secrets(&answer, bytes);
        }
    });
}

/// Reads the header that asks for faults.
fn fault_header(bytes: &[u8]) {
    if let Err(why) = Inputs::fault_header(&String::from_utf8_lossy(bytes)) {
        assert!(!why.is_empty());
    }
}

/// Reads the file of merchants. Merchants that are accepted can be served, unless they contradict each other.
fn merchants(bytes: &[u8]) {
    let Ok(merchants) = Merchant::from_json(&String::from_utf8_lossy(bytes)) else { return };
    if let Some(wechat) = emulator(merchants) {
        let reply = wechat.payment("/pay/unifiedorder", order().as_bytes()).unwrap_or_default();
        assert!(xml::parse(reply.as_bytes()).is_ok(), "{reply}");
    }
}

fn emulator(merchants: Vec<Merchant>) -> Option<Inputs> {
    let mut config = Config::default();
    config.frozen_clock = true;
    config.seed = Some(1);
    config.merchants.extend(merchants);
    Inputs::new(config).ok()
}

/// An order of the demo merchant that the emulator accepts. No server listens at its `notify_url`.
fn order() -> String {
    let demo = Merchant::demo();
    let mut fields: Fields = [
        ("appid", demo.appid.as_str()),
        ("mch_id", demo.mch_id.as_str()),
        ("nonce_str", "n"),
        ("body", "tea"),
        ("out_trade_no", "n1"),
        ("total_fee", "100"),
        ("spbill_create_ip", "127.0.0.1"),
        ("notify_url", "http://127.0.0.1:9/notify"),
        ("trade_type", "JSAPI"),
        ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
    ]
    .into_iter()
    .collect();
    let signature = sign::sign(fields.iter(), demo.api_key.expose(), SignType::Md5);
    let _ = fields.push("sign", &signature);
    xml::write(&fields).unwrap_or_default()
}

fn hides_secrets(shown: &str, given: &[u8]) {
    let (demo, given) = (Merchant::demo(), String::from_utf8_lossy(given));
    for secret in [demo.api_key.expose(), demo.app_secret.expose()] {
        assert!(given.contains(secret) || !shown.contains(secret), "{shown}");
    }
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(work)
}
