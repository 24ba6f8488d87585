//! OAuth codes, tokens, tickets, and `wx.config`.

use crate::common::{APPID, OPENID, OTHER_OPENID, Wechat, start, within};
use serde_json::{Value, json};
use sha1::Digest;
use wxpaykit::platform::page_sign;
use wxpaykit_emulator::{Merchant, OpenIds};

const BACK: &str = "http%3A%2F%2Fshop.example%2Fpay";

fn authorize(scope: &str) -> String {
    format!("/connect/oauth2/authorize?appid={APPID}&redirect_uri={BACK}&response_type=code&scope={scope}&state=abc")
}

fn secret(wechat: &Wechat) -> String {
    wechat.running.merchant().app_secret.expose().to_owned()
}

/// A fresh code, taken out of the place the browser is sent to.
async fn code(wechat: &Wechat, scope: &str) -> String {
    let answer = wechat.get(&authorize(scope)).await;
    assert_eq!(answer.status, 302, "{}", answer.body);
    let location = answer.header("location").unwrap();
    let rest = location.strip_prefix("http://shop.example/pay?code=").unwrap();
    rest.strip_suffix("&state=abc").unwrap().to_owned()
}

async fn exchange(wechat: &Wechat, code: &str) -> Value {
    let path = format!(
        "/sns/oauth2/access_token?appid={APPID}&secret={}&code={code}&grant_type=authorization_code",
        secret(wechat)
    );
    wechat.get(&path).await.json()
}

#[track_caller]
fn denied(answer: &Value, errcode: i64, errmsg: &str) {
    assert_eq!(answer["errcode"], errcode, "{answer}");
    let text = answer["errmsg"].as_str().unwrap();
    let rid = text.rsplit(' ').next().unwrap();
    assert!(text.starts_with(errmsg), "{text}");
    assert!(rid.len() == 26 && rid.split('-').all(|part| part.len() == 8), "{text}");
}

#[test]
fn a_code_is_valid_once() {
    within(async {
        let wechat = start(|_| {}).await;
        let code = code(&wechat, "snsapi_base").await;
        assert_eq!(code.len(), 32);
        let user = exchange(&wechat, &code).await;
        assert_eq!(user["openid"], OPENID);
        assert_eq!(user["scope"], "snsapi_base");
        assert_eq!(user["expires_in"], 7200);
        assert!(user["access_token"].is_string() && user["refresh_token"].is_string());
        denied(&exchange(&wechat, &code).await, 40163, "code been used, rid: ");
        denied(&exchange(&wechat, "nonsense").await, 40029, "invalid code, rid: ");
        let late = self::code(&wechat, "snsapi_base").await;
        wechat.advance(299).await;
        let in_time = self::code(&wechat, "snsapi_base").await;
        wechat.advance(1).await;
        denied(&exchange(&wechat, &late).await, 40029, "invalid code, rid: ");
        assert_eq!(exchange(&wechat, &in_time).await["openid"], OPENID);
    });
}

#[test]
fn an_exchange_needs_all_parameters() {
    within(async {
        let wechat = start(|_| {}).await;
        let (code, secret) = (code(&wechat, "snsapi_base").await, secret(&wechat));
        let grant = "grant_type=authorization_code";
        for (query, errcode, errmsg) in [
            (String::new(), 41002, "appid missing, rid: "),
            (format!("appid={APPID}&code={code}&{grant}"), 41004, "appsecret missing, rid: "),
            (format!("appid={APPID}&secret={secret}&{grant}"), 41008, "missing code, rid: "),
            (format!("appid={APPID}&secret={secret}&code={code}&grant_type=x"), 40002, "invalid grant_type, rid: "),
            (format!("appid=wx0&secret={secret}&code={code}&{grant}"), 40013, "invalid appid, rid: "),
            (format!("appid={APPID}&secret=x&code={code}&{grant}"), 40125, "invalid appsecret, rid: "),
        ] {
            let answer = wechat.get(&format!("/sns/oauth2/access_token?{query}")).await;
            assert_eq!(answer.status, 200);
            denied(&answer.json(), errcode, errmsg);
            assert_eq!(wechat.last().await["outcome"], format!("oauth:{errcode}"));
        }
        // None of these used the code up.
        assert_eq!(exchange(&wechat, &code).await["openid"], OPENID);
    });
}

#[test]
fn the_authorize_page_checks_its_parameters() {
    within(async {
        let mut strict = Merchant::new("wx00000000000000aa", "1900000109", &"o".repeat(32), "secret");
        strict.oauth_domain = Some("shop.example".to_owned());
        let wechat = start(move |config| config.merchants = vec![strict]).await;
        let page = |query: &str| format!("/connect/oauth2/authorize?{query}");
        let tail = "response_type=code&scope=snsapi_base&state=abc";
        let long = "a".repeat(129);
        for (query, text) in [
            (format!("redirect_uri={BACK}&{tail}"), "appid不能为空"),
            (format!("appid={APPID}&{tail}"), "redirect_uri不能为空"),
            (format!("appid={APPID}&redirect_uri={BACK}&response_type=code&state=abc"), "scope不能为空"),
            (format!("appid={APPID}&redirect_uri={BACK}&response_type=code&scope=snsapi_base&state="), "state不能为空"),
            (
                format!("appid={APPID}&redirect_uri={BACK}&response_type=code&scope=snsapi_login&state=1"),
                "此公众号并没有这些scope的权限",
            ),
            (
                format!("appid={APPID}&redirect_uri={BACK}&response_type=token&scope=snsapi_base&state=1"),
                "链接无法访问",
            ),
            (format!("redirect_uri={BACK}&appid={APPID}&{tail}"), "链接无法访问"),
            (format!("appid={APPID}&redirect_uri={BACK}&scope=snsapi_base&response_type=code&state=1"), "链接无法访问"),
            (
                format!("appid={APPID}&redirect_uri={BACK}&response_type=code&scope=snsapi_base&state={long}"),
                "state参数错误",
            ),
            (format!("appid=wx0000000000000000&redirect_uri={BACK}&{tail}"), "AppID参数错误"),
            (format!("appid={APPID}&redirect_uri=%2Fpay&{tail}"), "redirect_uri域名与后台配置不一致"),
            (
                format!("appid=wx00000000000000aa&redirect_uri=http%3A%2F%2Fwww.shop.example%2F&{tail}"),
                "redirect_uri域名与后台配置不一致",
            ),
        ] {
            let answer = wechat.get(&page(&query)).await;
            assert_eq!(answer.status, 200, "{query}");
            assert!(answer.body.contains(&format!(">{text}</h1>")), "{query}: {}", answer.body);
            assert!(answer.header("location").is_none());
        }
        let domain =
            page(&format!("appid=wx00000000000000aa&redirect_uri=https%3A%2F%2Fshop.example%3A8443%2Fx&{tail}"));
        assert_eq!(wechat.get(&domain).await.status, 302);
        let stateless = page(&format!("appid={APPID}&redirect_uri={BACK}&response_type=code&scope=snsapi_userinfo"));
        assert!(!wechat.get(&stateless).await.header("location").unwrap().contains("state"));
        let popup = page(&format!("appid={APPID}&redirect_uri={BACK}%3Fa%3D1%26b%3D2%23top&{tail}&forcePopup=true"));
        let location = wechat.get(&popup).await.header("location").unwrap().to_owned();
        assert!(location.starts_with("http://shop.example/pay?a=1&b=2&code="), "{location}");
        assert!(location.ends_with("&state=abc#top"), "{location}");
    });
}

#[test]
fn strict_rules_allow_a_plain_state_only() {
    within(async {
        let path = authorize("snsapi_base").replace("state=abc", "state=a-b_c%7B%7D");
        let location = start(|_| {}).await.get(&path).await.header("location").unwrap().to_owned();
        assert!(location.ends_with("&state=a-b_c%7B%7D"), "{location}");
        let strict = start(|config| config.strict_docs = true).await;
        assert!(strict.get(&path).await.body.contains("state参数错误"));
    });
}

#[test]
fn a_header_chooses_the_user() {
    within(async {
        let wechat = start(|_| {}).await;
        let answer = wechat.http("GET", &authorize("snsapi_base"), &[("X-Emulator-OpenId", OTHER_OPENID)], b"").await;
        let location = answer.header("location").unwrap();
        let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap();
        assert_eq!(exchange(&wechat, code).await["openid"], OTHER_OPENID);
        let answer = wechat.http("GET", &authorize("snsapi_base"), &[("X-Emulator-OpenId", "me")], b"").await;
        assert!(answer.body.contains("无效的openid"));
    });
}

#[test]
fn a_web_token_gives_the_user() {
    within(async {
        let wechat = start(|_| {}).await;
        let base = exchange(&wechat, &code(&wechat, "snsapi_base").await).await;
        let full = exchange(&wechat, &code(&wechat, "snsapi_userinfo").await).await;
        let ask = async |call: &str, token: &Value, openid: &str| {
            let token = token.as_str().unwrap();
            wechat.get(&format!("/sns/{call}?access_token={token}&openid={openid}&lang=zh_CN")).await.json()
        };
        let (base_token, full_token) = (&base["access_token"], &full["access_token"]);
        assert_eq!(ask("auth", base_token, OPENID).await, json!({ "errcode": 0, "errmsg": "ok" }));
        denied(&ask("auth", base_token, OTHER_OPENID).await, 40003, "invalid openid, rid: ");
        denied(&ask("auth", &json!("nonsense"), OPENID).await, 40001, "invalid credential");
        denied(&ask("userinfo", base_token, OPENID).await, 48001, "api unauthorized, rid: ");
        let user = ask("userinfo", full_token, OPENID).await;
        assert_eq!(user["openid"], OPENID);
        assert_eq!((user["sex"].as_i64(), user["city"].as_str()), (Some(0), Some("")));

        let refresh = full["refresh_token"].as_str().unwrap();
        let path = format!("/sns/oauth2/refresh_token?appid={APPID}&grant_type=refresh_token&refresh_token={refresh}");
        wechat.advance(7200).await;
        denied(&ask("auth", full_token, OPENID).await, 42001, "access_token expired, rid: ");
        let renewed = wechat.get(&path).await.json();
        assert_eq!((&renewed["openid"], &renewed["scope"]), (&json!(OPENID), &json!("snsapi_userinfo")));
        assert_eq!(ask("userinfo", &renewed["access_token"], OPENID).await["openid"], OPENID);
        let wrong = path.replace(refresh, "nonsense");
        denied(&wechat.get(&wrong).await.json(), 40030, "invalid refresh_token, rid: ");
        wechat.advance(30 * 86_400 - 7200).await;
        denied(&wechat.get(&path).await.json(), 42002, "refresh_token expired, rid: ");
    });
}

async fn token(wechat: &Wechat) -> String {
    let path = format!("/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={}", secret(wechat));
    let answer = wechat.get(&path).await.json();
    assert_eq!(answer["expires_in"], 7200, "{answer}");
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn stable(wechat: &Wechat, force: bool) -> Value {
    let body = json!({
        "grant_type": "client_credential", "appid": APPID, "secret": secret(wechat), "force_refresh": force,
    });
    wechat.http("POST", "/cgi-bin/stable_token", &[], body.to_string().as_bytes()).await.json()
}

async fn ticket(wechat: &Wechat, token: &str) -> Value {
    wechat.get(&format!("/cgi-bin/ticket/getticket?access_token={token}&type=jsapi")).await.json()
}

#[test]
fn the_old_token_is_valid_for_five_minutes_after_a_new_one() {
    within(async {
        let wechat = start(|_| {}).await;
        let first = token(&wechat).await;
        assert!((110..=160).contains(&first.len()) && first.contains('_'), "{first}");
        let second = token(&wechat).await;
        assert_ne!(first, second);
        wechat.advance(299).await;
        assert_eq!(ticket(&wechat, &first).await["errcode"], 0);
        wechat.advance(1).await;
        denied(&ticket(&wechat, &first).await, 40001, "invalid credential, access_token is invalid or not latest");
        assert_eq!(ticket(&wechat, &second).await["errcode"], 0);
        wechat.advance(6900).await;
        denied(&ticket(&wechat, &second).await, 42001, "access_token expired rid: ");
        denied(&ticket(&wechat, "nonsense").await, 40001, "invalid credential");
    });
}

#[test]
fn a_stable_token_stays_the_same() {
    within(async {
        let wechat = start(|_| {}).await;
        let first = stable(&wechat, false).await;
        assert_eq!(first["expires_in"], 7200);
        let plain = token(&wechat).await;
        wechat.advance(3600).await;
        let again = stable(&wechat, false).await;
        assert_eq!(again["access_token"], first["access_token"]);
        assert_eq!(again["expires_in"], 3600);
        wechat.advance(3300).await;
        let next = stable(&wechat, false).await;
        assert_ne!(next["access_token"], first["access_token"]);
        assert_eq!(next["expires_in"], 7200);
        // Both work in the last five minutes, and the other kind lives its own life.
        for token in [first["access_token"].as_str().unwrap(), next["access_token"].as_str().unwrap(), &plain] {
            assert_eq!(ticket(&wechat, token).await["errcode"], 0);
        }
        let forced = stable(&wechat, true).await;
        assert_ne!(forced["access_token"], next["access_token"]);
        denied(&ticket(&wechat, next["access_token"].as_str().unwrap()).await, 40001, "invalid credential");
        denied(&stable(&wechat, true).await, 45011, "api minute-quota reach limit");
        assert_eq!(stable(&wechat, false).await["access_token"], forced["access_token"]);
        for _ in 1..20 {
            wechat.advance(30).await;
            assert!(stable(&wechat, true).await["access_token"].is_string());
        }
        wechat.advance(30).await;
        denied(&stable(&wechat, true).await, 45009, "reach max api daily quota limit");
        wechat.advance(86_400).await;
        assert!(stable(&wechat, true).await["access_token"].is_string());
    });
}

#[test]
fn tokens_require_the_secret() {
    within(async {
        let wechat = start(|_| {}).await;
        let secret = secret(&wechat);
        for (query, errcode, errmsg) in [
            (format!("appid={APPID}&secret={secret}"), 40002, "invalid grant_type rid: "),
            (format!("grant_type=client_credential&secret={secret}"), 41002, "appid missing rid: "),
            (format!("grant_type=client_credential&appid={APPID}"), 41004, "appsecret missing rid: "),
            (format!("grant_type=client_credential&appid=wx0&secret={secret}"), 40013, "invalid appid rid: "),
            (format!("grant_type=client_credential&appid={APPID}&secret=x"), 40125, "invalid appsecret, rid: "),
        ] {
            denied(&wechat.get(&format!("/cgi-bin/token?{query}")).await.json(), errcode, errmsg);
        }
        for (method, body, errcode, errmsg) in [
            ("GET", "", 43002, "require POST method rid: "),
            ("POST", "", 44002, "empty post data rid: "),
            ("POST", "a=1", 47001, "data format error rid: "),
            ("POST", "{}", 40002, "invalid grant_type rid: "),
            ("POST", r#"{"grant_type":"client_credential"}"#, 41002, "appid missing rid: "),
        ] {
            denied(&wechat.http(method, "/cgi-bin/stable_token", &[], body.as_bytes()).await.json(), errcode, errmsg);
        }
        denied(&wechat.get("/cgi-bin/ticket/getticket?type=jsapi").await.json(), 41001, "access_token missing rid: ");
    });
}

/// Platform protocol §1.5.
#[test]
fn a_code_of_a_phone_number_that_does_not_work_has_one_errcode() {
    within(async {
        let wechat = start(|_| {}).await;
        let token = token(&wechat).await;
        let code = async |path: &str| wechat.control(path, json!({})).await["code"].as_str().unwrap().to_owned();
        let asked = async |query: &str, body: &str| {
            let path = format!("/wxa/business/getuserphonenumber?access_token={token}{query}");
            wechat.http("POST", &path, &[], body.as_bytes()).await.json()
        };
        let used = code("phone-number").await;
        assert_eq!(asked("", &json!({ "code": used }).to_string()).await["errcode"], 0);
        let fresh = code("phone-number").await;
        let of_login = code("login").await;
        for (query, body, mistake) in [
            (String::new(), json!({ "code": used }).to_string(), "code_unknown"),
            (String::new(), json!({ "code": "unknown" }).to_string(), "code_unknown"),
            (String::new(), json!({ "code": of_login }).to_string(), "code_unknown"),
            (String::new(), "{}".to_owned(), "code_unknown"),
            // A form, and the code in the query.
            (String::new(), format!("code={fresh}"), "body"),
            (format!("&code={fresh}"), String::new(), "code_unknown"),
            (format!("&code={fresh}"), "{}".to_owned(), "code_unknown"),
        ] {
            let said = asked(&query, &body).await;
            let errmsg = said["errmsg"].as_str().unwrap().to_owned();
            let hint = errmsg.strip_prefix("invalid code hint: [").and_then(|rest| rest.split_once("] rid: "));
            let (hint, rid) = hint.unwrap_or_else(|| panic!("{query} {body}: {said}"));
            assert_eq!((&said["errcode"], hint.len(), rid.len()), (&json!(40029), 16, 26), "{said}");
            assert_eq!(wechat.last().await["explanation"]["mistake"], mistake, "{query} {body}");
        }
        denied(&asked("", "{\"code\":").await, 47001, "data format error rid: ");
        assert_eq!(asked("", &json!({ "code": fresh }).to_string()).await["errcode"], 0, "none of them used it");
        let late = code("phone-number").await;
        wechat.advance(301).await;
        assert_eq!(asked("", &json!({ "code": late }).to_string()).await["errcode"], 40029);
    });
}

#[test]
fn a_ticket_is_kept_and_signs_pages() {
    within(async {
        let wechat = start(|_| {}).await;
        let no_ticket = json!({ "appid": APPID, "timestamp": 1, "nonceStr": "n", "signature": "", "url": "http://a/" });
        let answer = wechat.control("jssdk", no_ticket).await;
        assert_eq!(answer["explanation"]["mistake"], "no_ticket");

        let token = token(&wechat).await;
        let first = ticket(&wechat, &token).await;
        let text = first["ticket"].as_str().unwrap().to_owned();
        assert_eq!((text.len(), &first["expires_in"]), (86, &json!(7200)));
        wechat.advance(100).await;
        let again = ticket(&wechat, &token).await;
        assert_eq!((again["ticket"].as_str(), &again["expires_in"]), (Some(text.as_str()), &json!(7100)));

        let url = "http://shop.example/pay?id=1&name=%E6%B5%8B";
        let config = |signature: &str, url: &str, timestamp: Value| json!({ "appid": APPID, "timestamp": timestamp, "nonceStr": "n", "signature": signature, "url": url });
        let sign = |url: &str| page_sign::signature(&text, "n", 1_414_587_457, url);
        let time = || json!(1_414_587_457);
        let good = json!({ "err_msg": "preVerifyJSAPI:ok" });
        assert_eq!(wechat.control("jssdk", config(&sign(url), url, time())).await, good);
        assert_eq!(wechat.control("jssdk", config(&sign(url), url, json!("1414587457"))).await, good);
        assert_eq!(wechat.control("jssdk", config(&sign(url), &format!("{url}#pay"), time())).await, good);
        let with_hash = {
            // The signature of a page that uses location.href unchanged.
            let text = format!("jsapi_ticket={text}&noncestr=n&timestamp=1414587457&url={url}#pay");
            sha1::Sha1::digest(text).iter().map(|b| format!("{b:02x}")).collect::<String>()
        };
        let answer = wechat.control("jssdk", config(&with_hash, &format!("{url}#pay"), time())).await;
        assert_eq!(answer["explanation"]["mistake"], "url_with_hash");
        for (signature, mistake) in [
            (sign("http://shop.example/pay"), "url_without_query"),
            (sign("http://shop.example/pay?id=1&name=测"), "url_encoding"),
            (sign(url).to_uppercase(), "upper_case"),
            (page_sign::signature("another ticket", "n", 1_414_587_457, url), "other_page_or_ticket"),
        ] {
            let answer = wechat.control("jssdk", config(&signature, url, time())).await;
            assert_eq!(answer["err_msg"], "preVerifyJSAPI:fail_invalid signature");
            assert_eq!(answer["explanation"]["mistake"], mistake);
            assert!(!answer.to_string().contains(&text), "{answer}");
            let entry = wechat.last().await;
            assert_eq!(entry["explanation"]["mistake"], mistake);
            assert!(!entry.to_string().contains(&text));
        }
        wechat.advance(7100).await;
        let answer = wechat.control("jssdk", config(&sign(url), url, time())).await;
        assert_eq!(answer["explanation"]["mistake"], "stale_ticket");
        let other = json!({ "appid": "wx0", "timestamp": 1, "nonceStr": "n", "signature": "", "url": "http://a/" });
        assert_eq!(wechat.control("jssdk", other).await["explanation"]["mistake"], "other_appid");
    });
}

#[test]
fn a_customer_of_a_mini_program_has_an_openid_of_its_appid() {
    within(async {
        const CORP: &str = "ww00000000000000cc";
        let wechat = start(|config| {
            let corp = Merchant::new(CORP, "1900000109", &"c".repeat(32), "corp-secret");
            config.merchants = vec![corp, Merchant::demo()];
            config.openids = OpenIds::Known;
        })
        .await;
        let log_in = async |body: Value| {
            let answer = wechat.http("POST", "/_emulator/login", &[], body.to_string().as_bytes()).await;
            (answer.status, answer.body)
        };
        // The first appid is a corpid, so the first one of a mini program counts.
        let (status, said) = log_in(json!({})).await;
        assert!(status == 200 && said.contains(APPID) && said.contains(OPENID), "{said}");
        for (body, why) in [
            (json!({ "openid": "me" }), "openid must be 28 characters"),
            (json!({ "openid": "x".repeat(28) }), "openid must be 28 characters"),
            (json!({ "openid": OTHER_OPENID }), "is not known here"),
            (json!({ "appid": CORP }), "is the corpid of a WeCom corp"),
        ] {
            for path in ["login", "phone-number", "user-data"] {
                let answer = wechat.http("POST", &format!("/_emulator/{path}"), &[], body.to_string().as_bytes()).await;
                assert!(answer.status == 400 && answer.body.contains(why), "{path} {body}: {}", answer.body);
            }
        }
        // The openids of all people are known, and those that a login gave too.
        let (status, ming) = log_in(json!({ "user": "ming" })).await;
        assert_eq!(status, 200, "{ming}");
        let ming: Value = serde_json::from_str(&ming).unwrap();
        assert_eq!(log_in(json!({ "openid": ming["openid"] })).await.0, 200);
        wechat.http("GET", &authorize("snsapi_base"), &[("X-Emulator-OpenId", OTHER_OPENID)], b"").await;
        assert_eq!(log_in(json!({ "openid": OTHER_OPENID })).await.0, 200);
        // Developers invent openids where any may pay.
        let any = start(|_| {}).await;
        any.control("login", json!({ "openid": OTHER_OPENID })).await;
    });
}
