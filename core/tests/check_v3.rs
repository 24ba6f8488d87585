//! `check` of APIv3, with the emulator's merchants and with a server that signs as WeChat Pay does.

#![cfg(feature = "sqlite")]

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use crate::common::signed::{
    API_V3_KEY, By, Reply, Request, SERIAL, Signed, certificates, certificates_under, file, options, public_key_pem,
    reply, with_certificates, with_public_key,
};
use crate::common::{KEY, asked, control, within};
use bytes::Bytes;
use http::header::{DATE, HeaderValue};
use serde_json::json;
use wxpaykit::client::{Finding, Part, State};
use wxpaykit::doctor::Language;
use wxpaykit::transport::{Deadlines, Limits, Reqwest, Sending, Transport};
use wxpaykit::{CheckReport, Event, MerchantOptions, V3Query, WxPay};
use wxpaykit_emulator::{Config, Emulator, Running};

const CERTIFICATES: &str = "/v3/certificates";
const OTHER_KEY: &str = "0123456789abcdef0123456789abcdef";

/// The emulator's merchant, by APIv3 alone, with platform certificates.
fn of_certificates(wechat: &Running) -> MerchantOptions {
    let merchant = wechat.merchant();
    MerchantOptions::v3(&merchant.appid, &merchant.mch_id, merchant.api_v3_key.clone().unwrap())
        .client_cert(wechat.client_cert().to_owned())
        .client_key(wechat.client_key().to_owned())
        .notify_url("http://127.0.0.1:9/notify")
}

/// The same with the WeChat Pay public key.
fn of_public_key(wechat: &Running) -> MerchantOptions {
    of_certificates(wechat)
        .platform_public_key(wechat.platform_public_key().to_owned())
        .platform_public_key_id(wechat.platform_public_key_id())
}

/// The same with a private key by its serial number, so that no certificate shows what is wrong.
fn by_serial(merchant: MerchantOptions, key: &str, serial: &str) -> MerchantOptions {
    MerchantOptions { client_cert: None, ..merchant }.client_key(key.to_owned()).client_cert_serial(serial)
}

async fn set_keys(wechat: &Running, keys: &str) {
    let mch_id = wechat.merchant().mch_id.clone();
    control(wechat, "POST", "/_emulator/v3-keys", json!({ "mch_id": mch_id, "keys": keys })).await;
}

/// In English, and in Chinese with the same states. No finding shows a secret.
async fn check(merchant: MerchantOptions, url: &str) -> CheckReport {
    let secret = merchant.api_v3_key.clone();
    let pay = WxPay::new(options(merchant, url)).unwrap();
    let report = pay.check().await;
    let chinese = pay.check_in(Language::Chinese).await;
    assert_eq!(states(&report), states(&chinese), "{report}\n{chinese}");
    for finding in chinese.findings() {
        let shown = format!("{}{}", finding.message, finding.remedy.as_deref().unwrap_or_default());
        assert!(shown.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)), "{chinese}");
    }
    let shown = format!("{report} {report:?} {chinese}");
    for secret in [secret.as_ref().map_or(KEY, |secret| secret.expose()), "PRIVATE KEY"] {
        assert!(!shown.contains(secret), "{shown}");
    }
    report
}

fn states(report: &CheckReport) -> Vec<(&str, &str)> {
    report.findings().iter().map(|finding| (finding.part.as_str(), finding.state.as_str())).collect()
}

/// The states of `client_key`, `api_v3_key`, `platform_keys` and `clock`.
fn of_v3(report: &CheckReport) -> [&str; 4] {
    [Part::ClientKey, Part::ApiV3Key, Part::PlatformKeys, Part::Clock].map(|part| found(report, part).state.as_str())
}

#[track_caller]
fn found(report: &CheckReport, part: Part) -> &Finding {
    report.finding(part).unwrap_or_else(|| panic!("{} is missing: {report}", part.as_str()))
}

#[track_caller]
fn failed(report: &CheckReport, part: Part, message: &str, remedy: &str) {
    let finding = found(report, part);
    assert_eq!(finding.state, State::Failed, "{report}");
    assert!(finding.message.contains(message), "{message}: {report}");
    assert!(finding.remedy.as_ref().unwrap().contains(remedy), "{remedy}: {report}");
    assert!(!report.is_ok());
}

#[test]
fn a_client_of_apiv3_alone_works_and_nothing_of_apiv2_is_asked() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        for keys in ["any", "certificates"] {
            set_keys(&wechat, keys).await;
            let report = check(of_certificates(&wechat), wechat.url()).await;
            let expected = [
                ("store", "ok"),
                ("api_key", "not_set"),
                ("client_key", "ok"),
                ("api_v3_key", "ok"),
                ("platform_keys", "ok"),
                ("app_secret", "not_set"),
                ("clock", "ok"),
                ("notify_url", "ok"),
                ("client_cert", "ok"),
            ];
            assert_eq!(states(&report), expected, "{report}");
            assert!(report.is_ok());
            let message = &found(&report, Part::PlatformKeys).message;
            assert!(message.contains(wechat.platform_serial_no()) && message.contains(", valid from "), "{message}");
            assert!(message.contains("with a platform certificate: the certificate of"), "{message}");
        }
        assert_eq!(asked(&wechat, "/pay/orderquery").await, 0);
        // Two checks of two clients, in two languages: each check asks once.
        assert_eq!(asked(&wechat, CERTIFICATES).await, 4);

        for keys in ["any", "public_key"] {
            set_keys(&wechat, keys).await;
            let report = check(of_public_key(&wechat), wechat.url()).await;
            assert!(report.is_ok(), "{report}");
            let message = &found(&report, Part::PlatformKeys).message;
            assert!(message.contains(wechat.platform_public_key_id()), "{message}");
            // Without platform certificates nothing shows whether the APIv3 key is right.
            let proved = if keys == "any" { "ok" } else { "not_set" };
            assert_eq!(of_v3(&report), ["ok", proved, "ok", "ok"], "{report}");
        }
        let without_key = MerchantOptions { api_v3_key: None, ..of_public_key(&wechat) };
        let report = check(without_key, wechat.url()).await;
        assert_eq!(of_v3(&report), ["ok", "not_set", "ok", "ok"], "{report}");
        assert!(found(&report, Part::ApiV3Key).message.contains("cannot be decrypted"), "{report}");
    });
}

#[test]
fn keys_of_both_apis_are_checked_at_once() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let both = MerchantOptions { api_key: Some(KEY.into()), ..of_certificates(&wechat) };
        let report = check(both, wechat.url()).await;
        assert!(report.is_ok(), "{report}");
        assert_eq!((found(&report, Part::ApiKey).state, of_v3(&report)), (State::Ok, ["ok"; 4]), "{report}");
    });
}

#[test]
fn a_wrong_serial_number_and_the_private_key_of_another_merchant() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let serial = "0A1B2C3D4E5F60718293A4B5C6D7E8F901234567";
        let merchant = by_serial(of_public_key(&wechat), wechat.client_key(), serial);
        let report = check(merchant, wechat.url()).await;
        failed(&report, Part::ClientKey, "商户证书序列号有误", "do not belong together");
        assert_eq!(of_v3(&report), ["failed", "not_set", "not_set", "ok"], "{report}");

        let merchant = by_serial(of_certificates(&wechat), &file("other_key.pem"), wechat.serial_no());
        let report = check(merchant, wechat.url()).await;
        failed(&report, Part::ClientKey, "签名错误", "do not belong together");
        assert_eq!(of_v3(&report), ["failed", "not_set", "not_set", "ok"], "{report}");
        assert!(found(&report, Part::ApiV3Key).message.contains("was not checked"), "{report}");
        assert_eq!(found(&report, Part::ClientCert).state, State::NotSet, "{report}");
    });
}

#[test]
fn a_wrong_apiv3_key() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let with = |key: &str| MerchantOptions { api_v3_key: Some(key.into()), ..of_certificates(&wechat) };
        let report = check(with(OTHER_KEY), wechat.url()).await;
        failed(&report, Part::ApiV3Key, "another merchant's, or it was changed", "APIv3密钥");
        assert_eq!(of_v3(&report), ["ok", "failed", "not_set", "ok"], "{report}");

        // The APIv2 key in its place.
        let both = MerchantOptions { api_key: Some(KEY.into()), ..with(KEY) };
        let report = check(both, wechat.url()).await;
        failed(&report, Part::ApiV3Key, "is the text of api_key", "not the APIv2 key");

        // Each in the place of the other.
        let v3 = wechat.merchant().api_v3_key.clone();
        let exchanged = MerchantOptions { api_key: v3, ..with(KEY) };
        let report = check(exchanged, wechat.url()).await;
        failed(&report, Part::ApiV3Key, "and api_key does", "exchange");
        failed(&report, Part::ApiKey, "签名错误", "api_key");

        // With the public key nothing is decrypted: only the same text is worth a word.
        set_keys(&wechat, "public_key").await;
        let same =
            MerchantOptions { api_key: Some(KEY.into()), api_v3_key: Some(KEY.into()), ..of_public_key(&wechat) };
        let report = check(same, wechat.url()).await;
        let finding = found(&report, Part::ApiV3Key);
        assert_eq!(finding.state, State::NotSet, "{report}");
        assert!(finding.message.contains("the text of api_key") && finding.remedy.is_some(), "{report}");
    });
}

#[test]
fn a_wrong_public_key_a_wrong_id_and_none() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        set_keys(&wechat, "public_key").await;
        let own = wechat.platform_public_key_id();
        let other = "PUB_KEY_ID_0119000000012025112800000000000001";
        let report = check(of_public_key(&wechat).platform_public_key_id(other), wechat.url()).await;
        failed(&report, Part::PlatformKeys, &format!("platform_public_key_id is {other}"), own);
        assert_eq!(of_v3(&report)[0], "ok", "{report}");

        let report = check(of_public_key(&wechat).platform_public_key(public_key_pem()), wechat.url()).await;
        failed(&report, Part::PlatformKeys, &format!("is not the key of {own}"), "pub_key.pem");
        assert_eq!(of_v3(&report)[0], "ok", "{report}");

        let report = check(of_certificates(&wechat), wechat.url()).await;
        failed(&report, Part::PlatformKeys, "it has no platform certificates (404)", "platform_public_key_id");
        assert_eq!(of_v3(&report), ["ok", "not_set", "failed", "ok"], "{report}");

        // A merchant that has certificates alone does not know the id.
        set_keys(&wechat, "certificates").await;
        let report = check(of_public_key(&wechat), wechat.url()).await;
        assert_eq!(of_v3(&report)[..2], ["ok", "not_set"], "{report}");
        failed(&report, Part::PlatformKeys, &format!("platform_public_key_id is {own}"), "together with the key");
    });
}

/// WeChat, as it answers a client that works.
fn answer(request: &Request) -> Reply {
    match request.target.split('?').next().unwrap() {
        CERTIFICATES => reply(200, &certificates()).by(By::Certificate),
        _ => reply(404, r#"{"code":"ORDER_NOT_EXIST","message":"订单不存在"}"#),
    }
}

#[test]
fn the_certificate_has_expired() {
    within(async {
        let server =
            Signed::start(|_| reply(401, r#"{"code":"SIGN_ERROR","message":"商户证书已过期。"}"#).by(By::Nobody)).await;
        let expired = with_public_key().client_cert(file("expired_cert.pem"));
        let report = check(expired, &server.url).await;
        failed(
            &report,
            Part::ClientCert,
            "expired on",
            "Check this machine's clock first (NTP). If it is right, apply for a new certificate",
        );
        failed(&report, Part::ClientKey, "商户证书已过期", "certificate");
    });
}

#[test]
fn whose_signature_a_reply_has() {
    within(async {
        // The merchant has both, and WeChat still signs with the certificate.
        let server = Signed::start(|request| answer(request).by(By::Certificate)).await;
        let report = check(with_public_key(), &server.url).await;
        let finding = found(&report, Part::PlatformKeys);
        assert_eq!(finding.state, State::Ok, "{report}");
        assert!(finding.message.contains("and not yet with PUB_KEY_ID_"), "{report}");

        // The certificates are not enough any more.
        let server = Signed::start(answer).await;
        let report = check(with_certificates(), &server.url).await;
        failed(&report, Part::PlatformKeys, "which is not set", "platform_public_key_id");

        let server = Signed::start(|request| answer(request).by(By::Nobody)).await;
        let report = check(with_public_key(), &server.url).await;
        failed(&report, Part::PlatformKeys, "has no signature", "proxy");

        // Nothing proves which of the two it is.
        let server = Signed::start(|request| answer(request).by(By::Changed)).await;
        let report = check(with_public_key(), &server.url).await;
        failed(&report, Part::PlatformKeys, "or a proxy changed the reply", "no proxy changes the bodies");

        // A platform certificate that could not be downloaded, or not without api_v3_key.
        let server = Signed::start(|request| match request.target.as_str() {
            CERTIFICATES => reply(200, &certificates_under(OTHER_KEY)).by(By::Certificate),
            _ => answer(request).by(By::Certificate),
        })
        .await;
        let report = check(with_public_key(), &server.url).await;
        failed(&report, Part::PlatformKeys, SERIAL, "the finding api_v3_key");
        let report = check(MerchantOptions { api_v3_key: None, ..with_public_key() }, &server.url).await;
        failed(&report, Part::PlatformKeys, SERIAL, "set api_v3_key");

        // A list that another APIv3 key encrypted.
        let server = Signed::start(|request| match request.target.as_str() {
            CERTIFICATES => reply(200, &certificates_under(OTHER_KEY)).by(By::Certificate),
            _ => answer(request),
        })
        .await;
        let report = check(with_public_key(), &server.url).await;
        assert_eq!(of_v3(&report)[..3], ["ok", "failed", "ok"], "{report}");
        assert!(!format!("{report}").contains(API_V3_KEY));
    });
}

#[test]
fn refusals_that_do_not_say_whether_the_key_is_right() {
    within(async {
        let server = Signed::start(|request| match request.target.as_str() {
            CERTIFICATES => answer(request),
            _ => reply(403, r#"{"code":"NO_AUTH","message":"商户无权限"}"#),
        })
        .await;
        let report = check(with_public_key(), &server.url).await;
        failed(&report, Part::ClientKey, "accepts the signature of client_key, and refuses a query", "产品中心");
        assert_eq!(of_v3(&report)[1..3], ["ok", "ok"], "{report}");

        let mut unreachable = options(with_public_key(), "http://127.0.0.1:9");
        unreachable.limits.timeout = std::time::Duration::from_secs(2);
        let report = WxPay::new(unreachable).unwrap().check().await;
        assert_eq!(of_v3(&report), ["failed", "not_set", "failed", "failed"], "{report}");
        failed(&report, Part::ClientKey, "could not be checked", "HTTPS");
    });
}

#[test]
fn a_probe_of_signatures_is_no_failure() {
    within(async {
        let probes = |count: usize| {
            let seen = AtomicUsize::new(0);
            move |request: &Request| match request.target.starts_with(CERTIFICATES) {
                true => answer(request),
                false if seen.fetch_add(1, Relaxed) < count => answer(request).by(By::Probe),
                false => answer(request),
            }
        };
        let server = Signed::start(probes(1)).await;
        let report = check(with_public_key(), &server.url).await;
        assert_eq!(of_v3(&report)[..3], ["ok"; 3], "{report}");

        let server = Signed::start(probes(usize::MAX)).await;
        let report = check(with_public_key(), &server.url).await;
        assert_eq!(of_v3(&report)[..3], ["ok", "ok", "not_set"], "{report}");
        assert!(found(&report, Part::PlatformKeys).message.contains("probe"), "{report}");
        assert!(report.is_ok());
    });
}

#[test]
fn certificates_that_cannot_be_downloaded() {
    within(async {
        let refusing = |status: u16, body: &'static str| {
            move |request: &Request| match request.target.as_str() {
                CERTIFICATES => reply(status, body),
                _ => answer(request),
            }
        };
        // Without the public key no call can be sent.
        let server = Signed::start(refusing(403, r#"{"code":"NO_AUTH","message":"商户无权限"}"#)).await;
        let report = check(with_certificates(), &server.url).await;
        failed(&report, Part::PlatformKeys, "no call of APIv3 can be sent: NO_AUTH", "产品中心");
        assert_eq!(of_v3(&report)[..3], ["ok", "not_set", "failed"], "{report}");
        let server = Signed::start(refusing(404, r#"{"code":"NOT_FOUND","message":"no route"}"#)).await;
        let report = check(with_certificates(), &server.url).await;
        failed(&report, Part::PlatformKeys, "NOT_FOUND: no route", "");
        assert!(!format!("{report}").contains("has no platform certificates"), "{report}");
        let server = Signed::start(refusing(502, "<html>bad gateway</html>")).await;
        let report = check(with_certificates(), &server.url).await;
        failed(&report, Part::PlatformKeys, "no call of APIv3 can be sent", "HTTPS");

        // With it all calls work.
        let report = check(with_public_key(), &server.url).await;
        assert_eq!(of_v3(&report)[..3], ["ok", "not_set", "ok"], "{report}");
        assert!(report.is_ok(), "{report}");
    });
}

#[test]
fn an_id_that_wechat_refuses_whichever_key_signs_the_refusal() {
    within(async {
        for by in [By::Certificate, By::Nobody] {
            let server = Signed::start(move |request| match request.target.as_str() {
                CERTIFICATES => answer(request),
                _ => reply(400, r#"{"code":"PARAM_ERROR","message":"平台证书序列号Wechatpay-Serial错误"}"#).by(by),
            })
            .await;
            let report = check(with_public_key(), &server.url).await;
            failed(&report, Part::PlatformKeys, "platform_public_key_id is PUB_KEY_ID_", "together with the key");
            assert_eq!(of_v3(&report)[..2], ["ok", "ok"], "{report}");
        }
    });
}

#[test]
fn an_unsigned_reply_proves_nothing() {
    within(async {
        for (status, body) in [
            (200, "<html>login</html>"),
            (200, r#"{"trade_state":"NOTPAY"}"#),
            (404, r#"{"code":"NOT_FOUND","message":"no route"}"#),
            (403, r#"{"code":"FORBIDDEN","message":"blocked"}"#),
            (403, r#"{"message":"Forbidden"}"#),
            (404, ""),
        ] {
            let server = Signed::start(move |_| reply(status, body).by(By::Nobody)).await;
            let report = check(with_public_key(), &server.url).await;
            failed(&report, Part::ClientKey, "could not be checked", "no proxy or firewall answers");
            failed(&report, Part::PlatformKeys, "could not be checked", "no proxy or firewall answers");
            let shown = format!("{report}");
            assert!(!shown.contains("WeChat accepts") && !shown.contains("no platform certificates (404)"), "{report}");
        }
    });
}

#[test]
fn what_to_do_about_a_refusal_fits_it() {
    within(async {
        for (status, body) in [
            (429, r#"{"code":"RATELIMIT_EXCEEDED","message":"频率超限"}"#),
            (500, r#"{"code":"SYSTEM_ERROR","message":"系统错误"}"#),
        ] {
            let server = Signed::start(move |_| reply(status, body)).await;
            let mut once = options(with_public_key(), &server.url);
            once.limits.max_network_retries = 0;
            let report = WxPay::new(once).unwrap().check().await;
            failed(&report, Part::ClientKey, "could not be checked", "check again in some minutes");
            failed(&report, Part::PlatformKeys, "could not be checked", "check again in some minutes");
        }
        for (words, remedy) in [
            ("商户未设置APIv3密钥。", "has no APIv3 key yet"),
            ("商户未申请过证书。", "has no API certificate yet"),
            ("商户号不存在", "copy it again"),
        ] {
            let body = json!({ "code": "SIGN_ERROR", "message": words }).to_string();
            let server = Signed::start(move |_| reply(401, &body).by(By::Nobody)).await;
            let report = check(with_public_key(), &server.url).await;
            failed(&report, Part::ClientKey, words, remedy);
        }
    });
}

#[test]
fn without_the_private_key_all_three_findings_are_there() {
    within(async {
        let server = Signed::start(answer).await;
        let unsigned = MerchantOptions { client_cert: None, client_key: None, ..with_certificates() };
        let merchant = MerchantOptions { api_key: Some(KEY.into()), ..unsigned };
        let report = WxPay::new(options(merchant, &server.url)).unwrap().check().await;
        assert_eq!(of_v3(&report)[..3], ["not_set"; 3], "{report}");
        assert!(server.asked(CERTIFICATES).is_empty());
    });
}

#[test]
fn a_refusal_is_reported_as_one() {
    within(async {
        let refusal = r#"{"code":"SIGN_ERROR","message":"签名错误"}"#;
        let server = Signed::start(move |_| reply(401, refusal).by(By::Nobody)).await;
        let seen: Arc<Mutex<Vec<_>>> = Arc::default();
        let events = Arc::clone(&seen);
        let observer = Arc::new(move |event: &Event<'_>| {
            events.lock().unwrap().push((event.endpoint.to_owned(), event.outcome().to_owned(), event.code()));
        });
        WxPay::new(options(with_public_key(), &server.url).observer(observer)).unwrap().check().await;
        let mut seen = seen.lock().unwrap().clone();
        seen.sort();
        let refused = |name: &str| (name.to_owned(), "refused".to_owned(), Some("protocol".to_owned()));
        assert_eq!(seen, [refused("v3.certificates"), refused("v3.query")]);
    });
}

/// A transport that sees another date in replies.
struct Dated {
    date: &'static str,
    inner: Reqwest,
}

impl Transport for Dated {
    fn send(&self, request: http::Request<Bytes>, deadlines: Deadlines) -> Sending<'_> {
        Box::pin(async move {
            let mut reply = self.inner.send(request, deadlines).await?;
            reply.headers_mut().insert(DATE, HeaderValue::from_static(self.date));
            Ok(reply)
        })
    }
}

#[test]
fn a_wrong_clock() {
    within(async {
        let refusal =
            r#"{"code":"SIGN_ERROR","message":"Http头Authorization中的timestamp与发起请求的时间不得超过5分钟"}"#;
        let server = Signed::start(move |_| reply(401, refusal).by(By::Nobody)).await;
        for (date, way) in [("Sun, 06 Nov 1994 08:49:37 GMT", "ahead of"), ("Mon, 06 Nov 2090 08:49:37 GMT", "behind")]
        {
            let inner = Reqwest::new(&Limits::default(), "test", false).unwrap();
            let options = options(with_public_key(), &server.url).transport(Arc::new(Dated { date, inner }));
            let report = WxPay::new(options).unwrap().check().await;
            failed(&report, Part::Clock, way, "NTP");
            failed(&report, Part::ClientKey, "5分钟", "clock");
            let remedy = found(&report, Part::ClientKey).remedy.as_deref().unwrap();
            assert!(!remedy.contains("forged"), "{remedy}");

            // A call that this client signed has no other cause, and says so in one sentence.
            let inner = Reqwest::new(&Limits::default(), "test", false).unwrap();
            let options = self::options(with_public_key(), &server.url).transport(Arc::new(Dated { date, inner }));
            let pay = WxPay::new(options).unwrap();
            let error = pay.v3().query(V3Query::new().out_trade_no("NONE")).await.unwrap_err();
            let text = error.to_string();
            let clock = format!(" s {way} WeChat's");
            assert!(text.contains("this machine's clock is ") && text.contains(&clock), "{text}");
            assert!(text.ends_with("Set this machine's clock by NTP. The same call works then."), "{text}");
            assert!(
                !["forged", "replayed", "other code", "wxpaykit doctor"].iter().any(|word| text.contains(word)),
                "{text}"
            );
            let chinese = error.message(Language::Chinese);
            assert!(
                chinese.contains("本机时钟比微信")
                    && chinese.ends_with("请用 NTP 校准本机时钟，之后同样的请求就会成功。"),
                "{chinese}"
            );
        }
    });
}
