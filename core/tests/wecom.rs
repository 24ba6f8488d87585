//! WeCom by the client: identity, openids, tokens and tickets, pages; and what is refused with a corpid.

use crate::common::{self, Act, KEY, Scripted, asked, client, control, number, within};
use serde_json::{Value, json};
use wxpaykit::platform::jssdk::PageConfig;
use wxpaykit::platform::wecom::WecomScope;
use wxpaykit::{Error, Fen, Kind, Merchant, MerchantOptions, Options, Retry, Unifiedorder, WxPay};
use wxpaykit_emulator::{Config, Emulator, Running};

const CORPID: &str = "ww1234567890abcdef";
const SECRET: &str = "corp-secret-0123456789";
const MCH_ID: &str = "1900000109";

async fn start() -> (Running, WxPay) {
    let mut config = Config::default();
    config.frozen_clock = true;
    config.merchants = vec![wxpaykit_emulator::Merchant::new(CORPID, MCH_ID, KEY, SECRET)];
    let wechat = Emulator::start(config).await.unwrap();
    let pay = client(options(wechat.url()));
    (wechat, pay)
}

fn options(url: &str) -> Options {
    let merchant = MerchantOptions::new(CORPID, MCH_ID, KEY).corp_secret(SECRET).agent_id("1000002");
    Options::new(merchant.notify_url("http://127.0.0.1:9/notify")).endpoints(url).store("memory:")
}

/// The code that a visit of a person gives.
async fn visit(wechat: &Running, url: &str, person: &str) -> String {
    let path = url.trim_start_matches(wechat.url()).split('#').next().unwrap();
    let page = common::raw_as(wechat, "GET", path, &format!("Cookie: wechat_user={person}\r\n")).await;
    let location = page.lines().find_map(|line| line.strip_prefix("location: ")).unwrap_or_else(|| panic!("{page}"));
    location.split_once("code=").unwrap().1.split('&').next().unwrap().to_owned()
}

fn errcode(error: &Error) -> i64 {
    match error.kind() {
        Kind::OAuth { errcode, .. } => *errcode,
        other => panic!("{other:?}"),
    }
}

#[test]
fn members_and_customers_pay_with_an_openid_of_the_corp() {
    within(async {
        let (wechat, pay) = start().await;
        let wecom = pay.wecom();
        let url = wecom.authorize_url("https://shop.example/pay", Some("s1")).unwrap();
        let expected = "appid=ww1234567890abcdef&redirect_uri=https%3A%2F%2Fshop.example%2Fpay&response_type=code&scope=snsapi_base&state=s1&agentid=1000002#wechat_redirect";
        assert_eq!(url.split_once('?').unwrap().1, expected);
        let member = wecom.getuserinfo(&visit(&wechat, &url, "ming").await, None).await.unwrap();
        assert_eq!((member.userid(), member.openid(), member.user_ticket()), (Some("ming"), None, None));
        let openid = wecom.convert_to_openid("ming", None).await.unwrap().openid().to_owned();
        let customer = wecom.getuserinfo(&visit(&wechat, &url, "hong").await, None).await.unwrap();
        assert_eq!(customer.userid(), None);
        assert!(customer.external_userid().unwrap().starts_with("wm"));
        for openid in [openid.as_str(), customer.openid().unwrap()] {
            let number = number();
            let order = Unifiedorder::new().body("茶").out_trade_no(&number).total_fee(Fen(88)).openid(openid);
            let prepaid = pay.unifiedorder(order.spbill_create_ip("127.0.0.1")).await.unwrap();
            let page = pay.choose_wxpay_params(prepaid.prepay_id(), None).unwrap();
            assert_eq!(page.get("package"), Some(&*format!("prepay_id={}", prepaid.prepay_id())));
            let params = pay.jsapi_params(prepaid.prepay_id(), None).unwrap();
            assert_eq!(params.get("appId"), Some(CORPID));
            let params: Value = serde_json::from_str(&params.to_json()).unwrap();
            let paid = control(&wechat, "POST", "/_emulator/pay", json!({ "params": params, "openid": openid })).await;
            assert!(paid["err_msg"].as_str().unwrap().ends_with(":ok"), "{paid}");
        }
        let more = wecom.authorize_url_with("https://shop.example/pay", WecomScope::PrivateInfo, None).unwrap();
        let member = wecom.getuserinfo(&visit(&wechat, &more, "ming").await, None).await.unwrap();
        assert!(member.user_ticket().is_some() && !format!("{member:?}").contains(member.user_ticket().unwrap()));

        let used = visit(&wechat, &url, "ming").await;
        wecom.getuserinfo(&used, None).await.unwrap();
        for (code, wanted) in [(used.as_str(), 40029), ("nobody", 40029)] {
            let error = wecom.getuserinfo(code, None).await.unwrap_err();
            assert_eq!((errcode(&error), error.retry()), (wanted, Retry::Never));
        }
        assert_eq!(errcode(&wecom.convert_to_openid("hong", None).await.unwrap_err()), 60111);
        // One token for all of it.
        assert_eq!(asked(&wechat, "/cgi-bin/gettoken").await, 1);
    });
}

#[test]
fn pages_are_signed_with_the_ticket_of_corp_or_application() {
    within(async {
        let (wechat, pay) = start().await;
        let names = vec!["chooseWXPay".to_owned()];
        let url = "https://shop.example/pay?id=1";
        let page = PageConfig { url: format!("{url}#top"), js_api_list: names.clone(), ..PageConfig::default() };
        let config = pay.wecom().config(&page).await.unwrap();
        assert_eq!((config.beta, config.app_id.as_str()), (Some(true), CORPID));
        assert!(config.to_json().starts_with(r#"{"beta":true,"debug":false,"appId":"ww1234567890abcdef""#));
        let agent = pay.wecom().agent_config(url, &names).await.unwrap();
        assert_eq!((agent.corpid.as_str(), agent.agentid.as_str()), (CORPID, "1000002"));
        assert_eq!(pay.jssdk().agent_config(url, &names).await.unwrap().agentid, "1000002");
        for (timestamp, nonce, signature, of_agent) in [
            (config.timestamp, &config.nonce_str, &config.signature, false),
            (agent.timestamp, &agent.nonce_str, &agent.signature, true),
        ] {
            let verified = async |agent: bool| {
                let given = json!({ "appid": CORPID, "timestamp": timestamp, "nonceStr": nonce, "signature": signature, "url": url, "agent": agent });
                control(&wechat, "POST", "/_emulator/jssdk", given).await["err_msg"].as_str().unwrap().to_owned()
            };
            assert_eq!(verified(of_agent).await, "preVerifyJSAPI:ok");
            assert_eq!(verified(!of_agent).await, "preVerifyJSAPI:fail_invalid signature", "the other ticket");
        }
        // Kept: one request for each.
        for _ in 0..3 {
            pay.wecom().config(&page).await.unwrap();
        }
        for path in ["/cgi-bin/gettoken", "/cgi-bin/get_jsapi_ticket", "/cgi-bin/ticket/get"] {
            assert_eq!(asked(&wechat, path).await, 1, "{path}");
        }
        assert_ne!(
            pay.wecom().jsapi_ticket().await.unwrap().expose(),
            pay.wecom().agent_ticket().await.unwrap().expose()
        );
        assert_eq!(pay.wecom().agent_config("/pay", &[]).await.unwrap_err().field(), Some("url"));
    });
}

#[test]
fn a_dead_token_is_renewed_and_a_wrong_secret_is_not_asked_for_again() {
    within(async {
        let (wechat, _) = start().await;
        let mut wrong = options(wechat.url());
        wrong.merchant.corp_secret = Some("another-secret".into());
        let error = client(wrong).wecom().access_token().await.unwrap_err();
        assert_eq!((errcode(&error), error.retry()), (40001, Retry::Never));
        assert!(error.to_string().contains("corp_secret"), "{error}");
        assert!(!error.to_string().contains("another-secret"), "{error}");
        assert_eq!(asked(&wechat, "/cgi-bin/gettoken").await, 1);

        for dead in [40014, 42001] {
            let token = |text: &str| {
                Act::Answer(200, format!(r#"{{"errcode":0,"errmsg":"ok","access_token":"{text}","expires_in":7200}}"#))
            };
            let refused =
                Act::Answer(200, format!(r#"{{"errcode":{dead},"errmsg":"x, hint: [1], from ip: 1.2.3.4"}}"#));
            let openid = Act::Answer(200, r#"{"errcode":0,"errmsg":"ok","openid":"oDOGms"}"#.to_owned());
            let server = Scripted::start(vec![token("FIRST"), refused, token("SECOND"), openid]).await;
            let pay = client(options(&server.url));
            assert_eq!(pay.wecom().convert_to_openid("u", None).await.unwrap().openid(), "oDOGms");
            assert_eq!(pay.wecom().access_token().await.unwrap().expose(), "SECOND");
            let got = server.got.lock().unwrap();
            assert!(
                got[0].starts_with("GET /cgi-bin/gettoken?corpid=ww1234567890abcdef&corpsecret=corp-secret"),
                "{}",
                got[0]
            );
            assert!(got[3].starts_with("POST /cgi-bin/user/convert_to_openid?access_token=SECOND"), "{}", got[3]);
            assert!(got[3].ends_with(r#"{"userid":"u"}"#), "{}", got[3]);
        }
    });
}

/// Nothing is sent: api.weixin.qq.com does not know corpids, and qyapi.weixin.qq.com no appids.
#[test]
fn calls_of_the_other_kind_are_refused_in_words() {
    within(async {
        let corp = client(options("http://127.0.0.1:9"));
        let page = PageConfig { url: "https://shop.example/".to_owned(), ..PageConfig::default() };
        for error in [
            corp.oauth().authorize_url("https://shop.example/", None).unwrap_err(),
            corp.oauth().access_token("c").await.unwrap_err(),
            corp.oauth().jscode2session("c").await.unwrap_err(),
            corp.oauth().getuserphonenumber("c", None, None).await.unwrap_err(),
            corp.jssdk().config(&page).await.unwrap_err(),
            corp.jssdk().access_token().await.unwrap_err(),
            corp.jssdk().stable_token(false).await.unwrap_err(),
        ] {
            assert_eq!((error.code(), error.field()), ("config", Some("appid")), "{error}");
            assert!(error.to_string().contains("pay.wecom"), "{error}");
        }
        let account = client(common::options("http://127.0.0.1:9"));
        for error in [
            account.wecom().authorize_url("https://shop.example/", None).unwrap_err(),
            account.wecom().getuserinfo("c", None).await.unwrap_err(),
            account.wecom().convert_to_openid("u", None).await.unwrap_err(),
            account.wecom().config(&page).await.unwrap_err(),
            account.wecom().agent_ticket().await.unwrap_err(),
            account.jssdk().agent_config("https://shop.example/", &[]).await.unwrap_err(),
        ] {
            assert_eq!((error.code(), error.field()), ("config", Some("corp_secret")), "{error}");
        }
    });
}

#[test]
fn the_settings_belong_together() {
    let refused = |options: MerchantOptions| {
        let error = Merchant::new(options).unwrap_err();
        error.field().unwrap().to_owned()
    };
    let corp = || MerchantOptions::new(CORPID, MCH_ID, KEY);
    assert_eq!(refused(corp().corp_secret(SECRET)), "agent_id");
    assert_eq!(refused(corp().agent_id("1000002")), "corp_secret");
    assert_eq!(refused(corp().corp_secret("").agent_id("1000002")), "corp_secret");
    assert_eq!(refused(corp().corp_secret("a b").agent_id("1000002")), "corp_secret");
    for agent in ["", "x", "10 2", "12345678901"] {
        assert_eq!(refused(corp().corp_secret(SECRET).agent_id(agent)), "agent_id", "{agent}");
    }
    assert!(Merchant::new(corp()).is_ok() && Merchant::new(corp().corp_secret(SECRET).agent_id("1000002")).is_ok());
    let shown = format!("{:?}", corp().corp_secret(SECRET));
    assert!(!shown.contains(SECRET), "{shown}");
}
