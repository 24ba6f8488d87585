//! The client over real HTTP, against the emulator.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use crate::common::{self, control, options, within};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wxpaykit::doctor::{Language, Mistake};
use wxpaykit::platform::jssdk::PageConfig;
use wxpaykit::value::Value as CertificateSettings;
use wxpaykit::{Closeorder, Error, Fen, Kind, Options, Orderquery, Outcome, Retry, TradeState, Unifiedorder, WxPay};
use wxpaykit_emulator::{Config, Emulator, Running};

async fn started() -> (Running, WxPay) {
    let wechat = Emulator::start(Config::default()).await.unwrap();
    let mut options = options(wechat.url());
    options.merchant.app_secret = Some(wechat.merchant().app_secret.clone());
    let pay = WxPay::new(options).unwrap();
    (wechat, pay)
}

fn order(pay: &WxPay) -> Unifiedorder {
    common::order(&pay.new_out_trade_no("T").unwrap())
}

/// A server that answers every request with the same bytes, which may be empty.
async fn answering(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                if answer.is_empty() {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    url
}

async fn failure(options: Options) -> Error {
    let pay = WxPay::new(options).unwrap();
    pay.unifiedorder(order(&pay)).await.unwrap_err()
}

fn transport(error: &Error) -> (Outcome, Option<u16>) {
    match error.kind() {
        Kind::Transport { outcome, status, .. } => (*outcome, *status),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_purchase_from_code_to_confirmed() {
    within(async {
        let (wechat, pay) = started().await;
        let url = pay.oauth().authorize_url("https://shop.example/pay", Some("abc")).unwrap();
        assert!(url.starts_with(wechat.url()));

        let made = pay.unifiedorder(order(&pay).attach("a&b <c>")).await.unwrap();
        assert!(made.prepay_id().starts_with("wx"));
        let page: Value = serde_json::from_str(&pay.jsapi_params(made.prepay_id(), None).unwrap().to_json()).unwrap();
        let paid = control(&wechat, "POST", "/_emulator/pay", json!({"params": page})).await;
        assert_eq!(paid["err_msg"], "get_brand_wcpay_request:ok");

        let number = paid["out_trade_no"].as_str().unwrap();
        let state = pay.orderquery(Orderquery::new().out_trade_no(number)).await.unwrap();
        assert_eq!((state.trade_state(), state.total_fee()), (TradeState::Success, Some(Fen(88))));
        assert_eq!(state.attach(), Some("a&b <c>"));

        let refused = pay.closeorder(Closeorder::new().out_trade_no(number)).await.unwrap_err();
        assert!(matches!(refused.kind(), Kind::Business { err_code, .. } if err_code == "ORDERPAID"));
        assert_eq!(refused.retry(), Retry::QueryFirst);
    });
}

#[test]
fn a_page_may_be_for_another_appid() {
    let pay = WxPay::new(options("http://127.0.0.1:9")).unwrap();
    let other = Some("wx0123456789abcdef");
    let page = pay.jsapi_params("wx1", other).unwrap();
    assert_eq!(page.get("appId"), other);
    assert_eq!(pay.jsapi_params("wx1", None).unwrap().get("appId"), Some(common::APPID));
    assert_eq!(pay.app_params("wx1", other, Some("1900000109")).unwrap().get("partnerid"), Some("1900000109"));
    for refused in [
        pay.choose_wxpay_params("wx1", Some("x")),
        pay.miniprogram_params("wx1", Some("x")),
        pay.app_params("wx1", Some("x"), None),
    ] {
        assert_eq!(refused.unwrap_err().class(), "InvalidRequest");
    }
}

#[test]
fn wx_config_of_a_client_with_sub_appid_is_refused() {
    within(async {
        let sub = "wx0123456789abcdef";
        let (wechat, _) = started().await;
        let made = |sub_appid: Option<&str>| {
            let mut options = options(wechat.url());
            options.merchant.app_secret = Some(wechat.merchant().app_secret.clone());
            options.merchant.sub_mch_id = Some("1900000109".to_owned());
            options.merchant.sub_appid = sub_appid.map(str::to_owned);
            WxPay::new(options).unwrap()
        };
        let page = PageConfig { url: "https://shop.example/".into(), ..PageConfig::default() };
        let pay = made(Some(sub));
        let error = pay.jssdk().config(&page).await.unwrap_err();
        assert_eq!(
            (error.class(), error.field(), error.endpoint()),
            ("ConfigError", Some("sub_appid"), Some("jssdk.config"))
        );
        let text = error.to_string();
        assert!(text.contains(sub) && text.contains(common::APPID) && text.contains("make another client"), "{text}");
        let config = made(None).jssdk().config(&page).await.unwrap();
        assert_eq!(config.app_id, common::APPID);
        assert_eq!(made(Some(common::APPID)).jssdk().config(&page).await.unwrap().app_id, common::APPID);
    });
}

#[test]
fn a_url_that_no_browser_can_be_at_causes_a_warning_without_the_url() {
    use std::sync::Mutex;

    use tracing::instrument::WithSubscriber;
    use wxpaykit::binding::warning::{Warning, Warnings};

    within(async {
        let (_wechat, pay) = started().await;
        for (url, warned) in [
            ("https://shop.example/?a=1&code=c0de", false),
            ("https://shop.example/?a=1&amp;code=c0de", true),
            ("https://Shop.Example/?code=c0de", true),
        ] {
            let got: Arc<Mutex<Vec<String>>> = Arc::default();
            let into = Arc::clone(&got);
            let warnings =
                Warnings(Language::English, move |warning: Warning| into.lock().unwrap().push(warning.to_string()));
            let page = PageConfig { url: url.into(), ..PageConfig::default() };
            pay.jssdk().config(&page).with_subscriber(warnings).await.unwrap();
            let got = got.lock().unwrap().clone();
            assert_eq!(got.len(), usize::from(warned), "{url}: {got:?}");
            assert!(
                got.iter().all(|text| text.contains("location.href is never this URL") && !text.contains("c0de")),
                "{got:?}"
            );
        }
    });
}

#[test]
fn the_mistake_behind_forged_notifications_is_searched_for_only_so_often() {
    within(async {
        let (_wechat, pay) = started().await;
        let body = "<xml><return_code>SUCCESS</return_code><appid>wxd930ea5d5a258f4f</appid><mch_id>10000100</mch_id>\
            <sign>0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF</sign></xml>";
        let start = std::time::Instant::now();
        let searched = (0..300)
            .filter(|_| match pay.notify().parse(body.as_bytes()).unwrap_err().kind() {
                Kind::Signature { explanation } => explanation.mistake != Mistake::NOT_SEARCHED,
                other => panic!("{other:?}"),
            })
            .count();
        // 64 at once, and eight a second.
        let most = 64 + 8 * (1 + usize::try_from(start.elapsed().as_secs()).unwrap());
        assert!((64..=most).contains(&searched), "{searched}");
    });
}

#[test]
fn a_wrong_key_is_refused_with_a_remedy() {
    within(async {
        let (wechat, _) = started().await;
        let mut options = options(wechat.url());
        options.merchant.api_key = Some("0".repeat(32).into());
        let refused = failure(options).await;
        assert_eq!((refused.class(), refused.code()), ("ProtocolError", "protocol"));
        let text = refused.to_string();
        assert!(text.starts_with("unifiedorder: WeChat refused the request: 签名错误. Most likely api_key"), "{text}");
        let signed = refused.string_to_sign().unwrap();
        assert!(signed.starts_with("appid=") && signed.contains("&body=") && signed.ends_with("&key=***"), "{signed}");
        assert!(!signed.contains(&"0".repeat(32)));
    });
}

#[test]
fn raw_calls_reach_the_same_endpoints() {
    within(async {
        let (_wechat, pay) = started().await;
        let number = pay.new_out_trade_no("").unwrap();
        let params = vec![("out_trade_no".into(), CertificateSettings::Text(number.into()))];
        let error = pay.call("/pay/orderquery", &params).await.unwrap_err();
        assert!(matches!(error.kind(), Kind::Business { err_code, .. } if err_code == "ORDERNOTEXIST"));
        for path in ["pay/orderquery", "//evil.example/", "/pay?x", "/pay/../x y", "/../x", "/pay/./x", "/pay/..", ""] {
            assert_eq!(pay.call(path, &params).await.unwrap_err().class(), "InvalidRequest", "{path}");
        }
    });
}

#[test]
fn concurrent_callers_fetch_a_ticket_once() {
    within(async {
        let (wechat, pay) = started().await;
        let page = Arc::new(PageConfig { url: "https://shop.example/?a=1#x".into(), ..PageConfig::default() });
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                let (pay, page) = (pay.clone(), Arc::clone(&page));
                tokio::spawn(async move { pay.jssdk().config(&page).await.unwrap() })
            })
            .collect();
        for task in tasks {
            let config = task.await.unwrap();
            assert_eq!(config.app_id, "wxd930ea5d5a258f4f");
        }
        let config = pay.jssdk().config(&page).await.unwrap();
        let question = json!({
            "appid": config.app_id, "timestamp": config.timestamp, "nonceStr": config.nonce_str,
            "signature": config.signature, "url": "https://shop.example/?a=1",
        });
        assert_eq!(control(&wechat, "POST", "/_emulator/jssdk", question).await["err_msg"], "preVerifyJSAPI:ok");
        let journal = control(&wechat, "GET", "/_emulator/journal", Value::Null).await;
        let count = |path: &str| journal.as_array().unwrap().iter().filter(|entry| entry["path"] == path).count();
        assert_eq!((count("/cgi-bin/stable_token"), count("/cgi-bin/ticket/getticket")), (1, 1));
    });
}

#[test]
fn concurrent_callers_share_a_failure() {
    within(async {
        let mut options = options(&answering("").await).timeout(Duration::from_millis(300));
        options.merchant.app_secret = Some("abcdefabcdefabcdefabcdefabcdefab".into());
        let pay = WxPay::new(options).unwrap();
        let tasks: Vec<_> = (0..100)
            .map(|_| {
                let pay = pay.clone();
                tokio::spawn(async move { pay.jssdk().jsapi_ticket().await.unwrap_err() })
            })
            .collect();
        for task in tasks {
            assert_eq!(task.await.unwrap().code(), "timeout");
        }
    });
}

#[test]
fn a_token_that_was_revoked_elsewhere_is_renewed() {
    within(async {
        let (_wechat, pay) = started().await;
        let first = pay.jssdk().access_token().await.unwrap();
        pay.jssdk().stable_token(true).await.unwrap();
        assert!(pay.jssdk().jsapi_ticket().await.is_ok());
        assert!(pay.jssdk().access_token().await.unwrap() != first);
    });
}

#[test]
fn invalid_limits_are_refused() {
    let refused = |change: &dyn Fn(&mut Options)| {
        let mut options = options("http://127.0.0.1:9");
        change(&mut options);
        WxPay::new(options).unwrap_err().class()
    };
    assert_eq!(refused(&|o| o.limits.max_connections = 0), "ConfigError");
    assert_eq!(refused(&|o| o.limits.max_connections = u32::MAX), "ConfigError");
    assert_eq!(refused(&|o| o.limits.timeout = Duration::ZERO), "ConfigError");
    assert_eq!(refused(&|o| o.limits.timeout = Duration::MAX), "ConfigError");
}

#[test]
fn a_recorded_reply_about_another_order_is_a_mismatch() {
    within(async {
        let pairs = [
            ("return_code", "SUCCESS"),
            ("result_code", "SUCCESS"),
            ("appid", "wxd930ea5d5a258f4f"),
            ("mch_id", "10000100"),
            ("trade_state", "SUCCESS"),
            ("out_trade_no", "B"),
            ("transaction_id", "4200000000000000000000000001"),
            ("total_fee", "1"),
        ];
        let sign = wxpaykit::sign::sign(pairs, "192006250b4c09247ec02edce69f6a2d", wxpaykit::SignType::HmacSha256);
        let body = wxpaykit::wire::xml::build(pairs.into_iter().chain([("sign", sign.as_str())])).unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
        let pay = WxPay::new(options(&answering(answer.leak()).await)).unwrap();
        let of = |number: &str| Orderquery::new().out_trade_no(number);
        assert_eq!(pay.orderquery(of("B")).await.unwrap().trade_state(), TradeState::Success);
        assert_eq!(pay.orderquery(of("A")).await.unwrap_err().code(), "out_trade_no_mismatch");
    });
}

#[test]
fn a_thousand_concurrent_orders_share_few_connections() {
    within(async {
        let (wechat, pay) = started().await;
        let tasks: Vec<_> = (0..1000)
            .map(|_| {
                let pay = pay.clone();
                tokio::spawn(async move { pay.unifiedorder(order(&pay)).await.map(|_| ()) })
            })
            .collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        let journal = control(&wechat, "GET", "/_emulator/journal", Value::Null).await;
        let peers: HashSet<_> = journal.as_array().unwrap().iter().map(|entry| entry["peer"].to_string()).collect();
        // 64 concurrent calls, and the request for the journal. A call that waits for a new connection may get an idle one
        // first; the new one is then kept as well, so up to twice as many connections are opened.
        assert!(peers.len() <= 2 * 64 + 1, "{} connections", peers.len());
    });
}

#[test]
fn errors_say_what_is_known_of_a_failed_call() {
    within(async {
        let refused = failure(options("http://127.0.0.1:9")).await;
        assert_eq!(
            (refused.code(), transport(&refused).0, refused.retry()),
            ("connect", Outcome::NotSent, Retry::SameRequest)
        );

        let silent = failure(options(&answering("").await).timeout(Duration::from_millis(200))).await;
        assert_eq!((silent.code(), transport(&silent).0), ("timeout", Outcome::Unknown));

        let broken = failure(options(&answering("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n<xml>").await)).await;
        assert_eq!((broken.code(), transport(&broken).0), ("network", Outcome::Unknown));

        let page = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 13\r\nConnection: close\r\n\r\n<html></html>";
        let gateway = failure(options(&answering(page).await)).await;
        assert_eq!((gateway.code(), transport(&gateway)), ("gateway", (Outcome::Unknown, Some(502))));

        let moved =
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        let redirected = failure(options(&answering(moved).await)).await;
        assert_eq!(transport(&redirected), (Outcome::Unknown, Some(302)));

        let unsigned = "HTTP/1.1 200 OK\r\nContent-Length: 105\r\nConnection: close\r\n\r\n<xml><return_code>SUCCESS</return_code><result_code>SUCCESS</result_code><prepay_id>wx1</prepay_id></xml>";
        let forged = failure(options(&answering(unsigned).await)).await;
        assert_eq!((forged.code(), forged.retry()), ("sign_missing", Retry::SameRequest));
    });
}

#[test]
fn errors_of_the_open_platform_contain_no_secret() {
    within(async {
        let mut options = options(&answering("").await).timeout(Duration::from_millis(100));
        options.merchant.app_secret = Some("abcdefabcdefabcdefabcdefabcdefab".into());
        let pay = WxPay::new(options).unwrap();
        let mut error: Option<&dyn std::error::Error> = None;
        let failed = pay.oauth().access_token("code").await.unwrap_err();
        error.replace(&failed);
        while let Some(cause) = error {
            let printed = format!("{cause} {cause:?}");
            assert!(!printed.contains("abcdefabc"), "{printed}");
            error = cause.source();
        }
        let mut options = self::options("http://127.0.0.1:9");
        options.merchant.app_secret = Some("abcdefabcdefabcdefabcdefabcdefab".into());
        let refused = WxPay::new(options).unwrap().oauth().access_token("code").await.unwrap_err();
        assert!(!format!("{refused} {refused:?} {pay:?}").contains("abcdefabc"));
    });
}

#[test]
fn settings_come_from_the_environment_or_from_files() {
    let file = std::env::temp_dir().join(format!("wxpaykit-key-{}", std::process::id()));
    std::fs::write(&file, "192006250b4c09247ec02edce69f6a2d\n").unwrap();
    let path = file.to_str().unwrap().to_owned();
    let lookup = |name: &str| match name {
        "WXPAY_APPID" => Some("wxd930ea5d5a258f4f".to_owned()),
        "WXPAY_MCH_ID" => Some("10000100".to_owned()),
        "WXPAY_API_KEY_FILE" => Some(path.clone()),
        "WXPAY_SIGN_TYPE" => Some("MD5".to_owned()),
        _ => None,
    };
    let pay = WxPay::new(Options::from_lookup(lookup).unwrap()).unwrap();
    assert_eq!(pay.merchant().appid(), "wxd930ea5d5a258f4f");
    std::fs::remove_file(&file).unwrap();
    assert!(Options::from_lookup(lookup).unwrap_err().to_string().contains("WXPAY_API_KEY_FILE"));
    let missing = Options::from_lookup(|_| None).unwrap_err().to_string();
    assert!(missing.contains("WXPAY_APPID"), "{missing}");
}

/// A server that answers every request with this status and body, and the options of a client of it.
async fn told(status: u16, body: &str) -> (common::Scripted, Options) {
    let server = common::Scripted::start(vec![common::Act::Answer(status, body.to_owned())]).await;
    let mut options = options(&server.url);
    options.limits.max_network_retries = 0;
    (server, options)
}

#[test]
fn a_gateways_page_is_named_by_host_and_path_without_the_query() {
    within(async {
        let (server, gateway) = told(502, "<html><title>502 Bad Gateway</title></html>").await;
        let error = failure(gateway.clone()).await;
        let text = error.to_string();
        assert!(text.contains(&format!("from {}/pay/unifiedorder (HTTP 502): 502 Bad Gateway", server.url)), "{text}");
        let pay = WxPay::new(gateway).unwrap();
        let text = pay.oauth().access_token("C0DE-of-a-customer").await.unwrap_err().to_string();
        assert!(text.contains(&format!("from {}/sns/oauth2/access_token (", server.url)), "{text}");
        assert!(!text.contains("C0DE") && !text.contains('?'), "{text}");
    });
}

#[test]
fn a_secret_of_the_call_that_wechat_repeats_is_masked() {
    within(async {
        let said = r#"{"errcode":40029,"errmsg":"invalid code C0DE-of-a-customer, hints: [ 5a1d0c7e9b3f48268f2e6d4b7c90a1e3 ]"}"#;
        let (_server, options) = told(200, said).await;
        let pay = WxPay::new(options).unwrap();
        let error = pay.oauth().access_token("C0DE-of-a-customer").await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains("invalid code ***, hints: [ *** ]"), "{shown}");
        assert!(!shown.contains("C0DE"), "{shown}");
        let (_server, options) =
            told(200, r#"{"errcode":40001,"errmsg":"invalid credential T0KEN-of-a-customer"}"#).await;
        let error = WxPay::new(options).unwrap().oauth().auth("T0KEN-of-a-customer", "o1").await.unwrap_err();
        assert!(!format!("{error} {error:?}").contains("T0KEN"), "{error}");
    });
}

#[test]
fn a_secret_that_a_page_repeats_or_holds_is_masked_in_any_form() {
    within(async {
        // A code as URLs write it, in a reply.
        let said = r#"{"errcode":40029,"errmsg":"GET /sns?code=C0DE%2Bof%2Fa&x=1"}"#;
        let (_server, options) = told(200, said).await;
        let error = WxPay::new(options).unwrap().oauth().access_token("C0DE+of/a").await.unwrap_err();
        assert!(error.to_string().contains("?code=***&x=1"), "{error}");
        // A session key that this side does not know, inside an object.
        let page = r#"{"data":{"session_key":"tiihtNczf5v6AKRyjwEUhQ=="}}"#;
        for status in [200, 502] {
            let (_server, options) = told(status, page).await;
            let error = WxPay::new(options).unwrap().oauth().jscode2session("a-code").await.unwrap_err();
            let shown = format!("{error} {error:?} {:?}", error.body());
            assert!(!shown.contains("tiihtNcz"), "{shown}");
        }
        // A payment code, with which its customer can be charged.
        let code = "134567890123456789";
        let (_server, options) = told(502, &format!("<html>auth_code {code} was not taken</html>")).await;
        let charge = wxpaykit::Micropay::new().auth_code(code).body("茶").out_trade_no("CODE0001").total_fee(Fen(88));
        let error = WxPay::new(options).unwrap().micropay(charge.spbill_create_ip("203.0.113.9")).await.unwrap_err();
        let shown = format!("{error} {error:?} {:?}", error.body());
        assert!(shown.contains("auth_code *** was not taken") && !shown.contains(code), "{shown}");
    });
}

#[test]
fn each_attempt_names_its_order_also_one_that_confirms_a_notification() {
    within(async {
        let (_server, mut options) = told(502, "").await;
        let heard = Arc::new(std::sync::Mutex::new(Vec::new()));
        let hearing = Arc::clone(&heard);
        options.observer = Some(Arc::new(move |event: &wxpaykit::Event<'_>| {
            hearing.lock().unwrap().push((event.out_trade_no.map(str::to_owned), event.to_string()));
        }));
        let pay = WxPay::new(options).unwrap();
        pay.orderquery(Orderquery::new().out_trade_no("T1")).await.unwrap_err();
        pay.orderquery(Orderquery::new().transaction_id("42")).await.unwrap_err();
        let notification = common::signed(&[
            ("return_code", "SUCCESS"),
            ("result_code", "SUCCESS"),
            ("appid", common::APPID),
            ("mch_id", common::MCH_ID),
            ("out_trade_no", "T2"),
            ("transaction_id", "4200000263201508067700134212"),
            ("total_fee", "88"),
        ]);
        let error = pay.notify().confirm(notification.as_bytes()).await.unwrap_err();
        assert!(error.to_string().ends_with("(order T2)"), "{error}");
        let heard = heard.lock().unwrap();
        let numbers: Vec<_> = heard.iter().map(|(number, _)| number.as_deref()).collect();
        assert_eq!(numbers, [Some("T1"), None, Some("T2")]);
        assert!(heard[2].1.starts_with("orderquery of order T2 at http://127.0.0.1:"), "{}", heard[2].1);
        assert!(heard[2].1.contains(", attempt 1: no_answer gateway after "), "{}", heard[2].1);
        assert!(heard[1].1.starts_with("orderquery at "), "{}", heard[1].1);
    });
}

#[test]
fn a_reply_of_the_platform_that_lacks_a_field_is_not_asked_for_again() {
    within(async {
        let (server, mut options) = told(200, r#"{"openid":null,"nickname":"n"}"#).await;
        options.limits.max_network_retries = 2;
        let pay = WxPay::new(options).unwrap();
        let error = pay.oauth().userinfo("token", "o1", None).await.unwrap_err();
        assert_eq!((error.code(), error.retry()), ("malformed_reply", Retry::Never));
        assert_eq!(server.got.lock().unwrap().len(), 1);
        // A code is used up by asking, so what can be read of its reply is read.
        let (_server, options) = told(200, r#"{"openid":"o1","access_token":"t","expires_in":""}"#).await;
        let token = WxPay::new(options).unwrap().oauth().access_token("code").await.unwrap();
        assert_eq!((token.openid(), token.expires_in()), ("o1", 0));
    });
}
