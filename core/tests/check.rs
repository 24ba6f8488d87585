//! `check`, with the emulator and with wrong settings; and warnings about settings.

#![cfg(feature = "sqlite")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{self, APPID, Act, KEY, MCH_ID, Scripted, client, control, options, within};
use bytes::Bytes;
use http::header::{DATE, HeaderValue};
use http::{Request, Uri};
use serde_json::{Value, json};
use wxpaykit::binding::job::{Job, Output};
use wxpaykit::binding::warning::{Warning, Warnings};
use wxpaykit::client::{Part, State};
use wxpaykit::doctor::Language;
use wxpaykit::store::{Place, StoreFuture};
use wxpaykit::transport::{Deadlines, Limits, Reqwest, Sending, Transport};
use wxpaykit::{CheckReport, MemoryStore, MerchantOptions, Options, Secret, Store, WxPay};
use wxpaykit_emulator::{Config, Emulator};

/// The state of each part, in order.
fn states(report: &CheckReport) -> Vec<(&str, &str)> {
    report.findings().iter().map(|finding| (finding.part.as_str(), finding.state.as_str())).collect()
}

fn remedy(report: &CheckReport, part: Part) -> (State, String, String) {
    let finding = report.finding(part).unwrap();
    (finding.state, finding.message.clone(), finding.remedy.clone().unwrap_or_default())
}

/// No finding shows a secret.
async fn check(pay: &WxPay) -> CheckReport {
    let report = pay.check().await;
    let shown = format!("{report} {report:?}");
    for secret in [KEY, OTHER_KEY, "5a1d0c7e9b3f48268f2e6d4b7c90a1e3", "wrongsecret"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    report
}

const OTHER_KEY: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn a_client_that_works() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let report = check(&client(options(wechat.url()))).await;
        let expected = [
            ("store", "ok"),
            ("api_key", "ok"),
            ("api_v3_key", "not_set"),
            ("app_secret", "ok"),
            ("clock", "ok"),
            ("notify_url", "ok"),
            ("client_cert", "not_set"),
        ];
        assert_eq!(states(&report), expected, "{report}");
        assert!(report.is_ok());
        assert_eq!(report.to_string().lines().count(), 7);
        assert!(report.to_string().starts_with("store ok: "), "{report}");

        // The emulator's clock differs from the clock of its machine.
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 86_400 })).await;
        assert_eq!(remedy(&check(&client(options(wechat.url()))).await, Part::Clock).0, State::Ok);
    });
}

#[test]
fn what_is_not_set_is_not_checked() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let merchant = MerchantOptions::new(APPID, MCH_ID, KEY);
        let report = check(&client(Options::new(merchant).endpoints(wechat.url()))).await;
        let expected = [
            ("store", "ok"),
            ("api_key", "ok"),
            ("api_v3_key", "not_set"),
            ("app_secret", "not_set"),
            ("clock", "ok"),
            ("notify_url", "not_set"),
            ("client_cert", "not_set"),
        ];
        assert_eq!(states(&report), expected, "{report}");
        assert!(report.is_ok());
    });
}

#[test]
fn a_wrong_key_a_wrong_merchant_and_a_wrong_secret() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let with = |change: fn(&mut MerchantOptions)| {
            let mut options = options(wechat.url());
            change(&mut options.merchant);
            client(options)
        };
        let report = check(&with(|merchant| merchant.api_key = Some(OTHER_KEY.into()))).await;
        assert!(!report.is_ok());
        let (state, message, remedy_text) = remedy(&report, Part::ApiKey);
        assert_eq!(state, State::Failed);
        assert!(message.contains("签名错误") && remedy_text.contains("api_key"), "{report}");
        // It is the doctor itself that says it.
        assert!(!message.contains("wxpaykit doctor") && !remedy_text.contains("wxpaykit doctor"), "{report}");
        assert_eq!(remedy(&report, Part::AppSecret).0, State::Ok);
        assert_eq!(remedy(&report, Part::Clock).0, State::Ok);

        // Both keys may have the same text, so it is told where the key is refused, and nowhere else.
        let same = |merchant: &mut MerchantOptions, key: &str| {
            (merchant.api_key, merchant.api_v3_key) = (Some(key.into()), Some(key.into()));
        };
        let wrong = client({
            let mut options = options(wechat.url());
            same(&mut options.merchant, OTHER_KEY);
            options
        });
        let (_, message, _) = remedy(&check(&wrong).await, Part::ApiKey);
        assert!(message.contains("api_key and api_v3_key have the same text"), "{message}");
        let (_, message, _) = remedy(&wrong.check_in(Language::Chinese).await, Part::ApiKey);
        assert!(message.contains("api_key 与 api_v3_key 相同"), "{message}");
        let right = client({
            let mut options = options(wechat.url());
            same(&mut options.merchant, KEY);
            options
        });
        let report = check(&right).await;
        assert_eq!(remedy(&report, Part::ApiKey).0, State::Ok, "{report}");

        let report = check(&with(|merchant| merchant.mch_id = "10000199".into())).await;
        assert_eq!(remedy(&report, Part::ApiKey).0, State::Failed, "{report}");

        let report = check(&with(|merchant| merchant.app_secret = Some("wrongsecret".into()))).await;
        let (state, message, remedy_text) = remedy(&report, Part::AppSecret);
        assert_eq!((state, remedy(&report, Part::ApiKey).0), (State::Failed, State::Ok));
        assert!(message.contains("40125") || message.contains("40001"), "{report}");
        assert!(remedy_text.contains("app_secret"), "{report}");
    });
}

#[test]
fn wechat_cannot_be_reached() {
    within(async {
        let mut options = options("http://127.0.0.1:9");
        options.limits.timeout = Duration::from_secs(2);
        let report = check(&client(options)).await;
        let expected = [
            ("store", "ok"),
            ("api_key", "failed"),
            ("api_v3_key", "not_set"),
            ("app_secret", "failed"),
            ("clock", "failed"),
            ("notify_url", "ok"),
            ("client_cert", "not_set"),
        ];
        assert_eq!(states(&report), expected, "{report}");
        assert!(remedy(&report, Part::ApiKey).1.contains("could not be checked"), "{report}");
    });
}

#[test]
fn replies_without_a_date_and_refusals_that_are_signed() {
    within(async {
        let fields = [
            ("return_code", "SUCCESS"),
            ("result_code", "FAIL"),
            ("err_code", "NOAUTH"),
            ("err_code_des", "无权限"),
            ("appid", APPID),
            ("mch_id", MCH_ID),
        ];
        let server = Scripted::start(vec![Act::Answer(200, common::signed(&fields))]).await;
        let mut options = options(&server.url);
        options.merchant.app_secret = None;
        let report = check(&client(options)).await;
        let (state, message, _) = remedy(&report, Part::ApiKey);
        assert_eq!(state, State::Failed);
        assert!(message.contains("the API key is right") && message.contains("NOAUTH"), "{report}");
        assert_eq!(remedy(&report, Part::Clock).0, State::Failed, "{report}");
    });
}

#[test]
fn a_store_that_cannot_be_opened_and_one_that_loses_values() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let report = check(&client(options(wechat.url()).store("sqlite:////nowhere/at/all/wxpay.db"))).await;
        let (state, message, remedy_text) = remedy(&report, Part::Store);
        assert_eq!(state, State::Failed, "{report}");
        assert!(message.contains("open") && remedy_text.contains("folder"), "{report}");
        assert_eq!(remedy(&report, Part::ApiKey).0, State::Ok, "{report}");

        let mut options = options(wechat.url());
        options.store = Some(Place::Object(Arc::new(Forgetful(MemoryStore::default()))));
        let report = check(&client(options)).await;
        assert!(remedy(&report, Part::Store).1.contains("does not give back"), "{report}");
    });
}

/// A store that forgets every value at once.
struct Forgetful(MemoryStore);

impl Store for Forgetful {
    fn get<'a>(&'a self, _: &'a str) -> StoreFuture<'a, Option<Secret>> {
        Box::pin(async { Ok(None) })
    }
    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        self.0.put(key, value, life)
    }
    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        self.0.add(key, value, life)
    }
    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        self.0.compare_and_set(key, old, new, life)
    }
    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        self.0.delete(key)
    }
}

/// WeChat's hosts, served by an emulator, with another clock.
struct Detour {
    to: String,
    date: Option<&'static str>,
    inner: Reqwest,
}

impl Transport for Detour {
    fn send(&self, mut request: Request<Bytes>, deadlines: Deadlines) -> Sending<'_> {
        let path = request.uri().path_and_query().unwrap().as_str();
        *request.uri_mut() = format!("{}{path}", self.to).parse::<Uri>().unwrap();
        Box::pin(async move {
            let mut reply = self.inner.send(request, deadlines).await?;
            if let Some(date) = self.date {
                reply.headers_mut().insert(DATE, HeaderValue::from_static(date));
            }
            Ok(reply)
        })
    }
}

fn by_detour(url: &str, date: Option<&'static str>, notify_url: &str) -> WxPay {
    let mut options = options(url);
    options.endpoints = None;
    options.merchant.notify_url = Some(notify_url.to_owned());
    let inner = Reqwest::new(&Limits::default(), "test", false).unwrap();
    options.transport = Some(Arc::new(Detour { to: url.to_owned(), date, inner }));
    client(options)
}

#[test]
fn a_wrong_clock() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        for (date, way) in [("Sun, 06 Nov 1994 08:49:37 GMT", "ahead of"), ("Mon, 06 Nov 2090 08:49:37 GMT", "behind")]
        {
            let report = check(&by_detour(wechat.url(), Some(date), "https://shop.example/notify")).await;
            let (state, message, remedy_text) = remedy(&report, Part::Clock);
            assert_eq!(state, State::Failed);
            assert!(message.contains(way) && remedy_text.contains("NTP"), "{report}");
            assert_eq!(remedy(&report, Part::ApiKey).0, State::Ok, "{report}");
        }
        let report = check(&by_detour(wechat.url(), Some("yesterday"), "https://shop.example/notify")).await;
        assert_eq!(remedy(&report, Part::Clock).0, State::NotSet, "{report}");
        assert!(report.is_ok());
    });
}

#[test]
fn a_reply_without_a_date_to_a_query_that_does_not_check_the_key() {
    within(async {
        // A provider without sub_mch_id: its query is sent, and says nothing about the key.
        let body = "<xml><return_code>FAIL</return_code><return_msg>受理机构必须传入sub_mch_id</return_msg></xml>";
        let server = common::Scripted::start(vec![common::Act::Answer(200, body.to_owned())]).await;
        let report = check(&client(options(&server.url))).await;
        assert_eq!(remedy(&report, Part::ApiKey).0, State::NotSet, "{report}");
        let (state, message, _) = remedy(&report, Part::Clock);
        assert_eq!(state, State::NotSet, "{report}");
        assert!(message.contains("has no Date header"), "{report}");
    });
}

#[test]
fn a_notify_url_that_wechat_itself_cannot_reach() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let report = check(&by_detour(wechat.url(), None, "http://127.0.0.1:8000/notify")).await;
        let (state, message, _) = remedy(&report, Part::NotifyUrl);
        assert_eq!(state, State::Failed);
        assert!(message.contains("http://127.0.0.1:8000/notify"), "{report}");
        let report = check(&by_detour(wechat.url(), None, "https://shop.example/notify")).await;
        assert_eq!(remedy(&report, Part::NotifyUrl).0, State::Ok, "{report}");
    });
}

#[test]
fn bindings_get_the_findings_as_json() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = client(options(wechat.url()));
        let job = Job::Check;
        assert_eq!(job.about().endpoint, "check");
        let Output::Json(text) = job.run(&pay).await.unwrap() else { panic!("not JSON") };
        let findings: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(findings.as_array().unwrap().len(), 7);
        assert_eq!(findings[1]["part"], "api_key");
        assert_eq!((&findings[1]["state"], &findings[1]["remedy"]), (&json!("ok"), &Value::Null));
    });
}

/// The warnings that a new client emits.
fn warnings(make: impl FnOnce()) -> Vec<String> {
    let got: Arc<Mutex<Vec<String>>> = Arc::default();
    let into = Arc::clone(&got);
    tracing::subscriber::with_default(
        Warnings(Language::English, move |warning: Warning| into.lock().unwrap().push(warning.to_string())),
        make,
    );
    let got = got.lock().unwrap();
    got.clone()
}

#[test]
fn calls_to_wechat_with_suspicious_settings_emit_warnings() {
    let made = |key: &str, notify_url: Option<&str>, endpoints: Option<&str>| {
        let mut merchant = MerchantOptions::new(APPID, MCH_ID, key);
        merchant.notify_url = notify_url.map(str::to_owned);
        let mut options = Options::new(merchant);
        options.endpoints = endpoints.map(str::to_owned);
        warnings(|| drop(WxPay::new(options).unwrap()))
    };
    let found = made(OTHER_KEY, Some("http://localhost:8000/notify"), None);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("http://localhost:8000/notify") && found[0].contains("cannot reach"), "{found:?}");
    let found = made(KEY, Some("https://shop.example/notify"), None);
    assert!(found.len() == 1 && found[0].contains("endpoints is not set") && !found[0].contains(KEY), "{found:?}");
    assert_eq!(made(OTHER_KEY, Some("https://shop.example/notify"), None), [""; 0]);
    let found = made(KEY, Some("http://127.0.0.1:8000/notify"), Some("http://127.0.0.1:8700"));
    assert!(found.len() == 1 && found[0].starts_with("endpoints is set: "), "{found:?}");
}

#[test]
fn endpoints_emit_one_warning_for_each_address() {
    let made = |endpoints: &str| {
        let mut options = options(endpoints);
        options.allow_insecure_endpoints = true;
        warnings(|| drop(WxPay::new(options).unwrap()))
    };
    let said = "endpoints is set: all calls, including payments, go to";
    for address in ["http://127.0.0.1:8791", "https://wechat.example/pay", "https://a.example,https://b.example"] {
        assert_eq!(made(address), [format!("{said} {address} and not to WeChat")]);
        assert_eq!(made(address), [""; 0], "once is enough");
    }
    // A subscriber that comes later is told by the next client.
    drop(WxPay::new(options("http://127.0.0.1:8792")).unwrap());
    assert_eq!(made("http://127.0.0.1:8792").len(), 1);
    let found = made("http://192.0.2.1");
    assert!(
        found.len() == 1 && found[0].contains("go to http://192.0.2.1 in plain http, which can be read"),
        "{found:?}"
    );
}

#[test]
fn creating_a_client_for_each_request_emits_one_warning() {
    let found = warnings(|| {
        for _ in 0..102 {
            drop(WxPay::new(Options::new(MerchantOptions::new(APPID, "10000177", OTHER_KEY))).unwrap());
        }
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("100 clients of merchant 10000177"), "{found:?}");
}
