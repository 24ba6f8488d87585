//! APIv3: who sends a request, and how replies are signed.

use crate::common;
use crate::common::v3::{Signed, now, number, refusal};
use crate::common::{start, within};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use wxpaykit::crypto::rsa::{SigningKey, VerifyingKey};
use wxpaykit::{BeijingTime, Secret};
use wxpaykit_emulator::Merchant;

const CERTIFICATES: &str = "/v3/certificates";

#[test]
fn certificates_are_downloaded_decrypted_and_sign_their_own_reply() {
    within(async {
        let wechat = start(|_| {}).await;
        let answer = wechat.v3_get(CERTIFICATES).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let said = answer.json();
        let [one] = said["data"].as_array().unwrap().as_slice() else { panic!("{said}") };
        let pem = wechat.v3_decrypt(&one["encrypt_certificate"]);
        assert_eq!(one["encrypt_certificate"]["associated_data"], "certificate");
        assert_eq!(one["encrypt_certificate"]["nonce"].as_str().unwrap().len(), 12);
        assert_eq!(pem, wechat.running.platform_certificate());
        let key = VerifyingKey::read("pem", pem.as_bytes()).unwrap();
        assert_eq!(key.serial(), one["serial_no"].as_str());
        assert_eq!(answer.header("Wechatpay-Serial"), one["serial_no"].as_str());
        assert!(one["effective_time"].as_str().unwrap() < one["expire_time"].as_str().unwrap());
        assert!(one["expire_time"].as_str().unwrap().ends_with("+08:00"));
        // The reply is signed by the key that the request names.
        let id = wechat.running.platform_public_key_id().to_owned();
        let by_public_key =
            Signed::by(&wechat).with("Wechatpay-Serial", &id).send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(by_public_key.header("Wechatpay-Serial"), Some(id.as_str()));
        wechat.check_v3(&by_public_key);
        let journal = wechat.last().await;
        assert_eq!((&journal["outcome"], &journal["path"]), (&json!("ok"), &json!(CERTIFICATES)));
        let signed = journal["explanation"]["string_to_sign"].as_str().unwrap();
        assert!(signed.starts_with("GET\n/v3/certificates\n") && signed.ends_with("\n\n"), "{signed}");
    });
}

#[test]
fn the_kinds_of_merchants() {
    within(async {
        let wechat = start(|_| {}).await;
        let (serial, id) =
            (wechat.running.platform_serial_no().to_owned(), wechat.running.platform_public_key_id().to_owned());
        let asks = async |named: &str| {
            Signed::by(&wechat).with("Wechatpay-Serial", named).send(&wechat, "GET", CERTIFICATES, "").await
        };
        let signer = |answer: &common::Answer| answer.header("Wechatpay-Serial").unwrap_or_default().to_owned();
        let set = async |keys: Value| wechat.control("v3-keys", json!({ "mch_id": common::MCH, "keys": keys })).await;

        set(json!("public_key")).await;
        let answer = asks("").await;
        assert!(refusal(&answer).starts_with("404 RESOURCE_NOT_EXISTS 无可用的平台证书"), "{}", answer.body);
        assert_eq!(signer(&answer), id);
        wechat.check_v3(&answer);
        let answer = asks(&serial).await;
        assert_eq!(refusal(&answer), "400 PARAM_ERROR 平台证书序列号Wechatpay-Serial错误");

        set(json!("certificates")).await;
        assert_eq!(signer(&asks("").await), serial);
        assert_eq!(refusal(&asks(&id).await), "400 PARAM_ERROR 平台证书序列号Wechatpay-Serial错误");

        // The public key was applied for, and 「开启公钥切换」 was not pressed: nothing changes yet.
        set(json!("applied")).await;
        for named in ["", &serial, &id] {
            let answer = asks(named).await;
            assert_eq!((answer.status, signer(&answer)), (200, serial.clone()), "{named}: {}", answer.body);
            wechat.check_v3(&answer);
        }
        assert_eq!(wechat.control("v3-keys", Value::Null).await["merchants"][common::MCH], "applied");

        set(json!({ "switching": { "share": 0.5 } })).await;
        assert_eq!(signer(&asks("").await), serial);
        assert_eq!(signer(&asks(&id).await), id);
        assert_eq!(signer(&asks(&serial).await), serial);
        assert_eq!(wechat.control("v3-keys", Value::Null).await["merchants"][common::MCH]["switching"]["share"], 0.5);
    });
}

/// Protocol v3 §3.5. The certificates of this emulator have RSA keys.
#[test]
fn certificates_are_asked_for_by_algorithm() {
    within(async {
        let wechat = start(|_| {}).await;
        for (kind, count) in [("RSA", 1), ("ALL", 1)] {
            let said = wechat.v3_get(&format!("{CERTIFICATES}?algorithm_type={kind}")).await;
            assert_eq!(said.json()["data"].as_array().map(Vec::len), Some(count), "{kind}: {}", said.body);
        }
        let none = wechat.v3_get(&format!("{CERTIFICATES}?algorithm_type=SM2")).await;
        assert_eq!(refusal(&none), "404 RESOURCE_NOT_EXISTS 证书不存在");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "certificate_algorithm");
        let other = wechat.v3_get(&format!("{CERTIFICATES}?algorithm_type=DSA")).await;
        assert!(refusal(&other).starts_with("400 PARAM_ERROR"), "{}", other.body);
    });
}

#[test]
fn the_times_of_certificates_stay_as_they_are() {
    within(async {
        let times = async |wechat: &common::Wechat| {
            let said = Signed::by(wechat).send(wechat, "GET", CERTIFICATES, "").await.json();
            let time =
                |one: &Value, name: &str| BeijingTime::parse_rfc3339(one[name].as_str().unwrap()).unwrap().unix();
            let listed = said["data"].as_array().unwrap().iter();
            listed.map(|one| (time(one, "effective_time"), time(one, "expire_time"))).collect::<Vec<_>>()
        };
        let dir = std::env::temp_dir().join(format!("wxpaykit-v3-times-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let started = async || start(|config| config.db = Some(dir.join("world.db"))).await;
        let wechat = started().await;
        let certificate = wechat.running.platform_certificate().to_owned();
        let validity = VerifyingKey::read("pem", certificate.as_bytes()).unwrap().validity().unwrap();
        assert_eq!(times(&wechat).await, [validity], "those of the certificate itself");

        let before = now();
        wechat.control("v3-keys", json!({ "rotation": "overlap" })).await;
        let overlap = times(&wechat).await;
        let [first, second] = overlap.as_slice() else { panic!("{overlap:?}") };
        assert!(first.0 == validity.0 && before < first.1 && first.1 < validity.1, "it ends earlier");
        assert!(before <= second.0 && second.0 <= now() && second.1 == validity.1, "it is in force");
        // Later, after a restart, and asked for once more.
        tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
        wechat.running.stop().await;
        let wechat = started().await;
        wechat.control("v3-keys", json!({ "rotation": "overlap" })).await;
        assert_eq!(times(&wechat).await, overlap);
        wechat.control("v3-keys", json!({ "rotation": "new" })).await;
        assert_eq!(times(&wechat).await, [*second]);
        wechat.control("v3-keys", json!({ "rotation": "old" })).await;
        assert_eq!(times(&wechat).await, [validity]);
        wechat.running.stop().await;
        std::fs::remove_dir_all(&dir).unwrap();
    });
}

#[test]
fn a_rotation_has_an_overlap() {
    within(async {
        let wechat = start(|_| {}).await;
        let old = wechat.running.platform_serial_no().to_owned();
        wechat.control("v3-keys", json!({ "rotation": "overlap" })).await;
        let answer = Signed::by(&wechat).with("Wechatpay-Serial", &old).send(&wechat, "GET", CERTIFICATES, "").await;
        let said = answer.json();
        let [first, second] = said["data"].as_array().unwrap().as_slice() else { panic!("{said}") };
        assert_eq!(first["serial_no"], old.as_str());
        assert!(first["effective_time"].as_str().unwrap() < second["effective_time"].as_str().unwrap());
        let new = second["serial_no"].as_str().unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..40 {
            let answer = Signed::by(&wechat).send(&wechat, "GET", CERTIFICATES, "").await;
            seen.insert(answer.header("Wechatpay-Serial").unwrap().to_owned());
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [old.as_str(), new], "either signs");
        let pem = wechat.v3_decrypt(&second["encrypt_certificate"]);
        wechat.control("v3-keys", json!({ "rotation": "new" })).await;
        let answer = Signed::by(&wechat).send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(answer.header("Wechatpay-Serial"), Some(new));
        let header = |name: &str| answer.header(name).unwrap();
        let text = format!("{}\n{}\n{}\n", header("Wechatpay-Timestamp"), header("Wechatpay-Nonce"), answer.body);
        let key = VerifyingKey::read("pem", pem.as_bytes()).unwrap();
        assert!(key.verify(text.as_bytes(), header("Wechatpay-Signature")));
    });
}

/// Protocol v3 §2.3.
#[test]
fn requests_that_are_not_authentic_are_refused_unsigned_and_explained() {
    within(async {
        let wechat = start(|config| {
            let mut other = Merchant::new("wx0000000000000000", "10000201", &"k".repeat(32), "a-secret-of-its-own");
            other.api_v3_key = None;
            config.merchants = vec![Merchant::demo(), other];
        })
        .await;
        let by = || Signed::by(&wechat);
        let form = "401 SIGN_ERROR Http头Authorization值格式错误，请参考《微信支付商户REST API签名规则》";
        let late = "401 SIGN_ERROR Http头Authorization中的timestamp与发起请求的时间不得超过5分钟";
        let serial = "401 SIGN_ERROR 商户证书序列号有误。请使用签名私钥匹配的证书序列号";
        let wrong = "401 SIGN_ERROR 签名错误，请检查后再试";
        let right = by().authorization("GET", CERTIFICATES, "");
        let stranger = {
            let other = SigningKey::read("key", include_bytes!("../keys/merchant-2.pem")).unwrap();
            Signed { key: other, ..by() }
        };
        const INVALID: u32 = 268_435_461;
        let cases: Vec<(Signed, &str, &str, u32)> = vec![
            (by().with("Accept", ""), "400 INVALID_REQUEST Http头缺少Accept或User-Agent", "accept_missing", INVALID),
            (
                by().with("User-Agent", ""),
                "400 INVALID_REQUEST Http头缺少Accept或User-Agent",
                "accept_missing",
                INVALID,
            ),
            (
                by().with("Authorization", "Bearer x"),
                "401 SIGN_ERROR HTTP头Authorization认证类型不正确",
                "authorization_malformed",
                270_924_332,
            ),
            (
                by().with("Authorization", &right.replace("nonce_str", "nonce")),
                form,
                "authorization_malformed",
                270_924_332,
            ),
            (by().with("Authorization", &right.replace('"', "")), form, "authorization_malformed", 270_924_332),
            (Signed { timestamp: now() - 330, ..by() }, late, "clock_skew", 270_924_333),
            (Signed { timestamp: now() + 330, ..by() }, late, "clock_skew", 270_924_333),
            (Signed { timestamp: now() * 1000, ..by() }, late, "timestamp_in_milliseconds", 270_924_333),
            (Signed { mch_id: "10000999".into(), ..by() }, "401 SIGN_ERROR 商户号不存在", "other_mch_id", 269_546_538),
            (Signed { serial: "0A".repeat(20), ..by() }, serial, "serial_does_not_match_key", 269_546_507),
            (
                Signed { serial: wechat.running.platform_serial_no().into(), ..by() },
                serial,
                "serial_of_platform",
                269_546_507,
            ),
            (stranger, wrong, "signed_by_unknown_key", 268_443_699),
            (
                Signed { target: Some("https://api.mch.weixin.qq.com/v3/certificates".into()), ..by() },
                wrong,
                "url_with_host",
                268_443_699,
            ),
        ];
        for (request, expected, mistake, code) in cases {
            let answer = request.send(&wechat, "GET", CERTIFICATES, "").await;
            assert_eq!(refusal(&answer), expected);
            assert!(answer.header("Wechatpay-Signature").is_none() && answer.header("Wechatpay-Serial").is_none());
            assert_eq!(number(&answer), code, "{expected}");
            let entry = wechat.last().await;
            assert_eq!(entry["explanation"]["mistake"], mistake, "{entry}");
            assert_eq!(entry["status"], answer.status);
        }
        let missing = wechat.http("GET", CERTIFICATES, &[("Accept", "*/*"), ("User-Agent", "x")], b"").await;
        assert_eq!(refusal(&missing), form);
        // Without an APIv3 key nothing works.
        let mut keyless = by();
        keyless.mch_id = "10000201".into();
        let cert = wechat.get("/_emulator/certificates/10000201/apiclient_cert.pem").await.body;
        let key = wechat.get("/_emulator/certificates/10000201/apiclient_key.pem").await.body;
        keyless.key = SigningKey::read("key", key.as_bytes()).unwrap();
        keyless.serial = VerifyingKey::read("cert", cert.as_bytes()).unwrap().serial().unwrap().into();
        let answer = keyless.send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(refusal(&answer), "401 SIGN_ERROR 商户未设置APIv3密钥。");
    });
}

#[test]
fn a_wrong_signature_says_which_text_was_built() {
    within(async {
        for strict in [false, true] {
            let wechat = start(|config| config.strict_docs = strict).await;
            let request = Signed { target: Some(CERTIFICATES.into()), ..Signed::by(&wechat) };
            let target = "/v3/certificates?algorithm_type=RSA";
            let answer = request.send(&wechat, "GET", target, "").await;
            let detail = answer.json()["detail"].clone();
            assert_eq!((&detail["field"], &detail["location"]), (&json!("signature"), &json!("authorization")));
            assert_eq!(detail["issue"], "sign not match");
            let said = &detail["sign_information"];
            let text = format!("GET\n{target}\n{}\n{}\n\n", request.timestamp, common::v3::NONCE);
            assert_eq!(said["truncated_sign_message"], text.as_str());
            assert_eq!(said["sign_message_length"], text.len());
            assert_eq!((&said["method"], &said["url"]), (&json!("GET"), &json!(target)));
            let entry = wechat.last().await;
            let why = &entry["explanation"];
            assert_eq!(why["mistake"], "url_without_query", "{entry}");
            assert_eq!(why["string_to_sign"], text.as_str(), "what should have been signed");
            let signed = text.replace("?algorithm_type=RSA", "");
            assert_eq!(why["likely_string"], signed.as_str(), "and what was");
            let blanks = request.authorization("GET", target, "").replace(",", ", ");
            let blanks = Signed::by(&wechat).with("Authorization", &blanks).send(&wechat, "GET", target, "").await;
            assert_eq!(refusal(&blanks).contains("值格式错误"), strict, "{}", blanks.body);
        }
    });
}

#[test]
fn unknown_paths_and_methods_are_answered_with_nothing() {
    within(async {
        let wechat = start(|_| {}).await;
        for (method, path, status) in
            [("GET", "/v3/pay/nothing", 404), ("POST", CERTIFICATES, 405), ("DELETE", CERTIFICATES, 405)]
        {
            let answer = Signed::by(&wechat).send(&wechat, method, path, "").await;
            assert_eq!((answer.status, answer.body.as_str()), (status, ""));
            assert!(answer.header("Wechatpay-Signature").is_none() && answer.header("Request-ID").is_none());
            assert_eq!(wechat.last().await["outcome"], format!("http:{status}"));
        }
    });
}

#[test]
fn faults_of_replies() {
    within(async {
        let wechat = start(|_| {}).await;
        let by = |fault: &str| Signed::by(&wechat).with("X-Emulator-Fault", fault);
        let header = |answer: &common::Answer, name: &str| answer.header(name).unwrap_or_default().to_owned();
        let probe = by("probe").send(&wechat, "GET", CERTIFICATES, "").await;
        assert!(header(&probe, "Wechatpay-Signature").starts_with("WECHATPAY/SIGNTEST/"));
        assert!(!wechat.is_signed(&probe));
        let wrong = by("wrong_sign").send(&wechat, "GET", CERTIFICATES, "").await;
        let signature = BASE64_STANDARD.decode(header(&wrong, "Wechatpay-Signature")).unwrap();
        assert_eq!(signature.len(), 256, "its form is right");
        assert!(!wechat.is_signed(&wrong));
        let none = by("no_sign").send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!((none.status, header(&none, "Wechatpay-Serial").as_str()), (200, ""));
        let stale = by("stale_timestamp").send(&wechat, "GET", CERTIFICATES, "").await;
        assert!(header(&stale, "Wechatpay-Timestamp").parse::<i64>().unwrap() < now() - 3000);
        let unknown = by("unknown_serial").send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(header(&unknown, "Wechatpay-Serial").len(), 40);
        assert_ne!(header(&unknown, "Wechatpay-Serial"), wechat.running.platform_serial_no());
        let trouble = by("systemerror_before").send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(refusal(&trouble), "500 SYSTEM_ERROR 系统异常，请稍后重试");
        wechat.check_v3(&trouble);
        let frequency = by("frequency_before").send(&wechat, "GET", CERTIFICATES, "").await;
        assert!(refusal(&frequency).starts_with("429 FREQUENCY_LIMITED"));
        let fault =
            json!({ "fault": "refuse", "code": "NO_AUTH", "message": "商户号没有权限", "status": 403, "times": 1 });
        wechat.control("faults", fault).await;
        let refused = Signed::by(&wechat).send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(refusal(&refused), "403 NO_AUTH 商户号没有权限");
        wechat.check_v3(&refused);
        let without = by("request_id").send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!((without.status, without.header("Request-ID")), (200, None));
        assert!(wechat.is_signed(&without));
        let short = by("request_id; value=v13vf9").send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(short.header("Request-ID"), Some("v13vf9"));
        let gateway = by("bad_gateway_after").send(&wechat, "GET", CERTIFICATES, "").await;
        assert!(gateway.status == 502 && gateway.body.starts_with("<html>"));
        let fault = json!({ "fault": "probe", "endpoint": CERTIFICATES, "times": 1 });
        wechat.control("faults", fault).await;
        let probed = Signed::by(&wechat).send(&wechat, "GET", CERTIFICATES, "").await;
        assert!(!wechat.is_signed(&probed));
        assert_eq!(wechat.v3_get(CERTIFICATES).await.status, 200, "a repeat is not probed");
    });
}

#[test]
fn keys_outlive_a_restart_with_a_file() {
    within(async {
        let dir = std::env::temp_dir().join(format!("wxpaykit-v3-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let db = dir.join("world.db");
        let started = async || start(|config| config.db = Some(db.clone())).await;
        let wechat = started().await;
        let first = (wechat.running.serial_no().to_owned(), wechat.running.client_key().to_owned());
        let id = wechat.running.platform_public_key_id().to_owned();
        wechat.control("v3-keys", json!({ "rotation": "new", "mch_id": common::MCH, "keys": "certificates" })).await;
        let request = Signed::by(&wechat);
        wechat.running.stop().await;
        let wechat = started().await;
        assert_eq!((wechat.running.serial_no(), wechat.running.client_key()), (first.0.as_str(), first.1.as_str()));
        assert_eq!(wechat.running.platform_public_key_id(), id);
        let answer = request.send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(wechat.control("v3-keys", Value::Null).await["rotation"], "new");
        wechat.check_v3(&answer);
        wechat.running.stop().await;
        std::fs::remove_dir_all(&dir).unwrap();
    });
}

/// A shop that keeps the files, or runs on, signs as before.
#[test]
fn the_merchants_key_and_serial_number_outlive_a_restart_without_a_file() {
    within(async {
        let wechat = start(|_| {}).await;
        let request = Signed::by(&wechat);
        wechat.running.stop().await;
        let wechat = start(|_| {}).await;
        let answer = request.send(&wechat, "GET", CERTIFICATES, "").await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    });
}

#[test]
fn the_files_of_the_platform_are_served() {
    within(async {
        let wechat = start(|_| {}).await;
        let file = async |name: &str| wechat.get(&format!("/_emulator/certificates/{}/{name}", common::MCH)).await.body;
        assert_eq!(file("pub_key.pem").await, wechat.running.platform_public_key());
        assert_eq!(file("platform_cert.pem").await, wechat.running.platform_certificate());
        let key = SigningKey::read("key", file("platform_key.pem").await.as_bytes()).unwrap();
        let certificate = VerifyingKey::read("cert", file("platform_cert.pem").await.as_bytes()).unwrap();
        assert!(certificate.is(key.public()));
        let key = SigningKey::read("key", file("pub_key_private.pem").await.as_bytes()).unwrap();
        assert!(VerifyingKey::read("key", file("pub_key.pem").await.as_bytes()).unwrap().is(key.public()));
        let secret: Option<&Secret> = wechat.running.merchant().api_v3_key.as_ref();
        assert_eq!(secret.unwrap().expose().len(), 32);
    });
}
