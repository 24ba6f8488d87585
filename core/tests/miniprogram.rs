//! Mini programs by the client: login, session keys, phone numbers, user data; third-party platforms.

use crate::common::{self, APPID, Act, Scripted, asked, client, control, within};
use serde_json::{Value, json};
use wxpaykit::platform::oauth::{Authorize, Scope};
use wxpaykit::{Error, Kind, Retry, WxPay};
use wxpaykit_emulator::{Config, Emulator, Running};

const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

async fn start() -> (Running, WxPay) {
    let mut config = Config::default();
    config.frozen_clock = true;
    let wechat = Emulator::start(config).await.unwrap();
    let pay = client(common::options(wechat.url()));
    (wechat, pay)
}

async fn code(wechat: &Running, call: &str, body: Value) -> String {
    let answer = control(wechat, "POST", &format!("/_emulator/{call}"), body).await;
    answer["code"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn errcode(error: &Error) -> i64 {
    match error.kind() {
        Kind::OAuth { errcode, .. } => *errcode,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_login_gives_openid_and_session_key_once() {
    within(async {
        let (wechat, pay) = start().await;
        let js_code = code(&wechat, "login", json!({})).await;
        let session = pay.oauth().jscode2session(&js_code).await.unwrap();
        assert_eq!((session.openid(), session.unionid()), (OPENID, None));
        assert_eq!(session.session_key().len(), 24);
        assert!(!format!("{session:?}").contains(session.session_key()), "{session:?}");
        assert_eq!(errcode(&pay.oauth().jscode2session(&js_code).await.unwrap_err()), 40163);
        for wrong in ["nobody's", &code(&wechat, "phone-number", json!({})).await] {
            assert_eq!(errcode(&pay.oauth().jscode2session(wrong).await.unwrap_err()), 40029);
        }
        let js_code = code(&wechat, "login", json!({ "user": "ming" })).await;
        // A code of wx.login is not one of a web page.
        assert_eq!(errcode(&pay.oauth().access_token(&js_code).await.unwrap_err()), 40029);
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 301 })).await;
        assert_eq!(errcode(&pay.oauth().jscode2session(&js_code).await.unwrap_err()), 40029);
        let error = pay.oauth().jscode2session("").await.unwrap_err();
        assert_eq!((error.field(), error.retry()), (Some("js_code"), Retry::Never));
    });
}

#[test]
fn a_busy_wechat_does_not_use_up_the_code_of_a_login() {
    within(async {
        let (wechat, pay) = start().await;
        let busy = async |path: &str, times: u32| {
            let fault = json!({ "fault": "errcode", "errcode": -1, "endpoint": path, "times": times });
            control(&wechat, "POST", "/_emulator/faults", fault).await
        };
        busy("/sns/jscode2session", 1).await;
        let js_code = code(&wechat, "login", json!({})).await;
        assert_eq!(pay.oauth().jscode2session(&js_code).await.unwrap().openid(), OPENID);
        assert_eq!(asked(&wechat, "/sns/jscode2session").await, 2);
        let mut options = common::options(wechat.url());
        options.limits.max_network_retries = 0;
        let once = client(options);
        busy("/sns/jscode2session", 1).await;
        let js_code = code(&wechat, "login", json!({})).await;
        let error = once.oauth().jscode2session(&js_code).await.unwrap_err();
        assert_eq!((errcode(&error), error.retry()), (-1, Retry::SameRequest));
        assert!(error.to_string().contains("Repeat with the same code"), "{error}");
        once.oauth().jscode2session(&js_code).await.unwrap();
        // Of the other codes no document says so.
        busy("/sns/oauth2/access_token", 2).await;
        let error = pay.oauth().access_token("c").await.unwrap_err();
        assert_eq!((errcode(&error), error.retry()), (-1, Retry::Never));
        assert!(error.to_string().contains("Ask for another code"), "{error}");
        assert_eq!(asked(&wechat, "/sns/oauth2/access_token").await, 1);
    });
}

#[test]
fn a_session_key_is_checked_until_the_next_login() {
    within(async {
        let (wechat, pay) = start().await;
        let oauth = pay.oauth();
        let login = async || oauth.jscode2session(&code(&wechat, "login", json!({})).await).await.unwrap();
        let first = login().await;
        oauth.checksession(first.openid(), first.session_key(), None).await.unwrap();
        assert_eq!(login().await.session_key(), first.session_key(), "a login shortly after");
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 60 })).await;
        let second = login().await;
        assert_ne!(second.session_key(), first.session_key());
        oauth.checksession(second.openid(), second.session_key(), None).await.unwrap();
        for (openid, key) in [(OPENID, first.session_key()), ("oSomebodyElse", second.session_key())] {
            let error = oauth.checksession(openid, key, None).await.unwrap_err();
            assert_eq!((errcode(&error), error.retry()), (87009, Retry::Never));
            assert!(error.to_string().contains("wx.login"), "{error}");
        }
        // One token for all of them, in the store.
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, 1);
        let token = pay.jssdk().access_token().await.unwrap();
        oauth.checksession(OPENID, second.session_key(), Some(token.expose())).await.unwrap();
    });
}

#[test]
fn user_data_is_decrypted_and_belongs_to_the_mini_program() {
    within(async {
        let (wechat, pay) = start().await;
        let session = pay.oauth().jscode2session(&code(&wechat, "login", json!({})).await).await.unwrap();
        let key = session.session_key();
        let given = async |data: &str| {
            let given = control(&wechat, "POST", "/_emulator/user-data", json!({ "data": data })).await;
            ["encryptedData", "iv", "rawData", "signature"].map(|name| given[name].as_str().unwrap_or("").to_owned())
        };
        let [data, iv, raw, signature] = given("user").await;
        let user = pay.oauth().decrypt_user_data(&data, &iv, key).unwrap();
        assert_eq!((user.openId(), user.nickName(), user.gender()), (None, Some("微信用户"), Some(0)));
        let now = control(&wechat, "GET", "/_emulator/clock", Value::Null).await["now"].as_i64().unwrap();
        assert_eq!((user.watermark().appid(), user.watermark().timestamp()), (APPID, now));
        wxpaykit::check_raw_data(&raw, &signature, key).unwrap();
        let [old, iv_of_old, ..] = given("user_old").await;
        assert_eq!(pay.oauth().decrypt_user_data(&old, &iv_of_old, key).unwrap().openId(), Some(OPENID));
        let [phone, iv_of_phone, ..] = given("phone").await;
        let number = pay.oauth().decrypt_user_data(&phone, &iv_of_phone, key).unwrap();
        assert_eq!((number.phoneNumber(), number.countryCode()), (Some("13580006666"), Some("86")));

        // Another login: the key of the first one does not fit.
        control(&wechat, "POST", "/_emulator/clock", json!({ "advance_s": 60 })).await;
        let later = pay.oauth().jscode2session(&code(&wechat, "login", json!({})).await).await.unwrap();
        let [data, iv, ..] = given("user").await;
        let error = pay.oauth().decrypt_user_data(&data, &iv, key).unwrap_err();
        assert_eq!((error.code(), error.field()), ("session_key_mismatch", Some("encrypted_data")));
        assert!(!error.to_string().contains(key), "{error}");
        assert!(pay.oauth().decrypt_user_data(&data, &iv, later.session_key()).is_ok());
        let error = wxpaykit::check_raw_data(&raw, &signature, later.session_key()).unwrap_err();
        assert_eq!((error.code(), error.field()), ("session_key_mismatch", Some("raw_data")));

        let mut other = common::options(wechat.url());
        other.merchant.appid = "wx4f4bc4dec97d474b".into();
        let error = client(other).oauth().decrypt_user_data(&data, &iv, later.session_key()).unwrap_err();
        assert!(error.to_string().contains(APPID), "{error}");
    });
}

#[test]
fn a_phone_number_needs_a_code_of_its_own() {
    within(async {
        let (wechat, pay) = start().await;
        let phone = code(&wechat, "phone-number", json!({})).await;
        let reply = pay.oauth().getuserphonenumber(&phone, Some(OPENID), None).await.unwrap();
        let info = reply.phone_info();
        // A number in the reply, text in the documents.
        assert_eq!((info.purePhoneNumber(), info.countryCode()), (Some("13580006666"), Some("86")));
        assert_eq!(info.watermark().unwrap().appid(), APPID);
        // WeChat has one errcode for all codes of phone numbers that do not work (platform protocol §1.5).
        assert_eq!(errcode(&pay.oauth().getuserphonenumber(&phone, None, None).await.unwrap_err()), 40029);
        let js_code = code(&wechat, "login", json!({})).await;
        assert_eq!(errcode(&pay.oauth().getuserphonenumber(&js_code, None, None).await.unwrap_err()), 40029);
        let phone = code(&wechat, "phone-number", json!({ "user": "ming" })).await;
        let error = pay.oauth().getuserphonenumber(&phone, Some(OPENID), None).await.unwrap_err();
        assert_eq!(errcode(&error), 40029);
        // A wrong argument is refused before a token is asked for.
        let fresh = client(common::options(wechat.url()));
        let before = asked(&wechat, "/cgi-bin/stable_token").await;
        assert_eq!(fresh.oauth().getuserphonenumber("", None, None).await.unwrap_err().field(), Some("code"));
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, before);
    });
}

/// The words of token errors change; the number decides.
#[test]
fn a_dead_token_is_renewed_once_and_the_call_repeated_once() {
    within(async {
        for refusal in [
            r#"{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest, rid: 1"}"#,
            r#"{"errcode":40001,"errmsg":"invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, more details at https://mmbizurl.cn/s/TEST rid: 2"}"#,
            r#"{"errcode":42001,"errmsg":"access_token expired rid: 3"}"#,
            r#"{"errcode":40014,"errmsg":"invalid access_token rid: 4"}"#,
            r#"{"errcode":"40001","errmsg":"invalid credential"}"#,
        ] {
            let token = |text: &str| Act::Answer(200, format!(r#"{{"access_token":"{text}","expires_in":7200}}"#));
            let dead = || Act::Answer(200, refusal.to_owned());
            let number = r#"{"errcode":0,"errmsg":"ok","phone_info":{"phoneNumber":"1"}}"#.to_owned();
            let acts =
                vec![token("FIRST"), dead(), token("SECOND"), Act::Answer(200, number), dead(), token("THIRD"), dead()];
            let server = Scripted::start(acts).await;
            let pay = client(common::options(&server.url));
            let reply = pay.oauth().getuserphonenumber("c", None, None).await.unwrap();
            assert_eq!(reply.phone_info().phoneNumber(), Some("1"));
            // Refused again with the new token: that is the answer.
            let error = pay.oauth().getuserphonenumber("c", None, None).await.unwrap_err();
            assert!(matches!(errcode(&error), 40001 | 40014 | 42001), "{error}");
            let got = server.got.lock().unwrap();
            let tokens: Vec<String> = got
                .iter()
                .filter_map(|request| Some(request.split_once("getuserphonenumber?access_token=")?.1[..5].to_owned()))
                .collect();
            assert_eq!(tokens, ["FIRST", "SECON", "SECON", "THIRD"]);
        }
    });
}

#[test]
fn a_third_party_platform_acts_for_an_account_without_its_secret() {
    within(async {
        let (wechat, pay) = start().await;
        let own = control(&wechat, "GET", "/_emulator/component", Value::Null).await;
        let answer = control(&wechat, "POST", "/cgi-bin/component/api_component_token", own.clone()).await;
        let token = answer["component_access_token"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let component = own["component_appid"].as_str().unwrap();
        let mut options = common::options(wechat.url());
        options.merchant.app_secret = None;
        let pay_for = client(options);

        let visit = Authorize {
            redirect_uri: "https://shop.example/pay",
            scope: Scope::Userinfo,
            state: Some("s1"),
            component_appid: Some(component),
            ..Authorize::default()
        };
        let visited = async || {
            let url = pay_for.oauth().authorize_url_with(&visit).unwrap();
            let path = url.trim_start_matches(wechat.url()).split('#').next().unwrap().to_owned();
            let page = common::raw(&wechat, "GET", &path).await;
            let location = page.lines().find_map(|line| line.strip_prefix("location: ")).unwrap().to_owned();
            assert!(location.ends_with(&format!("&state=s1&appid={APPID}")), "{location}");
            location.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned()
        };
        let user = pay_for.oauth().component_access_token(&visited().await, component, token).await.unwrap();
        assert_eq!((user.openid(), user.scope()), (OPENID, Some("snsapi_userinfo")));
        let refresh = user.refresh_token().unwrap();
        let again = pay_for.oauth().component_refresh_token(refresh, component, token).await.unwrap();
        assert_eq!(again.openid(), OPENID);
        assert_eq!(
            pay_for.oauth().userinfo(again.access_token(), OPENID, None).await.unwrap().nickname(),
            Some("微信用户")
        );
        // The account itself cannot use the platform's codes and tokens.
        assert_eq!(errcode(&pay.oauth().access_token(&visited().await).await.unwrap_err()), 40029);
        assert_eq!(errcode(&pay.oauth().refresh_token(refresh).await.unwrap_err()), 40030);
        let error = pay_for.oauth().component_access_token(&visited().await, component, "old").await.unwrap_err();
        assert_eq!(errcode(&error), 40001);
        let error = pay_for.oauth().component_access_token(&visited().await, APPID, token).await.unwrap_err();
        assert_eq!(errcode(&error), 61003);

        let js_code = code(&wechat, "login", json!({})).await;
        let session = pay_for.oauth().component_jscode2session(&js_code, component, token).await.unwrap();
        assert_eq!(session.openid(), OPENID);
        let error = pay_for.oauth().jscode2session("code").await.unwrap_err();
        assert_eq!((error.code(), error.field()), ("config", Some("app_secret")));
    });
}
