//! What a browser gets: the bridge's calls, the cashier, WeChat's pages. What their scripts do is seen in a browser, in
//! `tests/browser`.

use crate::common::{ACK, APPID, Answer, KEY, MCH, OPENID, OTHER_OPENID, Request, Shop, Wechat, http, start, within};
use serde_json::{Value, json};
use wxpaykit::wire::xml;
use wxpaykit::{SignType, sign};
use wxpaykit_emulator::{Config, Merchant};

const PAGE: &str = "http://127.0.0.1:5000/buy?x=1";
const NOT_PERMITTED: &str = "get_brand_wcpay_request:fail_the permission value is offline verifying";

impl Wechat {
    /// A POST of one of the emulator's own pages.
    async fn ask(&self, what: &str, body: Value, headers: &[(&str, &str)]) -> Answer {
        let origin = self.running.url().to_owned();
        let headers: Vec<(&str, &str)> = headers.iter().copied().chain([("Origin", origin.as_str())]).collect();
        self.http("POST", &format!("/_wechat/{what}"), &headers, body.to_string().as_bytes()).await
    }

    async fn told(&self, what: &str, body: Value) -> Value {
        let answer = self.ask(what, body, &[]).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    async fn invoke(&self, name: &str, args: Value) -> Value {
        self.told("invoke", json!({ "name": name, "args": args, "url": PAGE })).await
    }

    /// What the SDK sends with every call of a page that signed for `url`.
    async fn verify(&self, url: &str) -> Value {
        let token = format!(
            "/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={}",
            self.running.merchant().app_secret.expose()
        );
        let token = self.get(&token).await.json()["access_token"].as_str().unwrap().to_owned();
        let ticket = self.get(&format!("/cgi-bin/ticket/getticket?access_token={token}&type=jsapi")).await.json();
        let signature =
            wxpaykit::platform::page_sign::signature(ticket["ticket"].as_str().unwrap(), "n", 1_414_561_699, url);
        json!({
            "appId": APPID,
            "verifyAppId": APPID,
            "verifySignType": "sha1",
            "verifyTimestamp": "1414561699",
            "verifyNonceStr": "n",
            "verifySignature": signature,
        })
    }
}

fn with(one: &Value, other: Value) -> Value {
    let mut sum = one.clone();
    sum.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
    sum
}

fn page(prepay_id: &str) -> Value {
    let package = format!("prepay_id={prepay_id}");
    let pairs = [
        ("appId", APPID),
        ("timeStamp", "1414561699"),
        ("nonceStr", "n1"),
        ("package", package.as_str()),
        ("signType", "MD5"),
    ];
    let mut page: Value = pairs.into_iter().collect();
    page["paySign"] = sign::sign(pairs, KEY, SignType::Md5).into();
    page
}

fn pay(params: &Value, ending: Value) -> Value {
    json!({ "visit": with(&json!({ "params": params }), ending), "url": PAGE })
}

fn demo(change: impl FnOnce(&mut Merchant)) -> impl FnOnce(&mut Config) {
    |config| {
        let mut demo = Merchant::demo();
        change(&mut demo);
        config.merchants = vec![demo];
    }
}

#[test]
fn pages_have_no_inline_and_no_foreign_scripts() {
    within(async {
        let wechat = start(|_| {}).await;
        for path in [
            "/_wechat/frame",
            "/_wechat/qr?code_url=weixin%3A%2F%2Fwxpay%2Fbizpayurl%3Fpr%3D1",
            "/_wechat/qr",
            "/_wechat/h5",
            "/_wechat/scan",
            "/_wechat/app",
            "/_wechat/me",
            "/cgi-bin/mmpayweb-bin/checkmweb?prepay_id=none",
            "/connect/oauth2/authorize?appid=",
        ] {
            let answer = wechat.get(path).await;
            let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{path}"));
            assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self'"), "{policy}");
            assert!(!policy.contains("unsafe"), "{policy}");
            let inline = ["<style", " style=", " onclick=", "javascript:", "<script>", "src=\"http", "href=\"http"];
            for inline in inline {
                assert!(!answer.body.contains(inline), "{path}: {inline}");
            }
            let framed = policy.split_once("frame-ancestors ").unwrap().1;
            assert_eq!(framed == "'none'", path != "/_wechat/frame", "{path}: {framed}");
        }
        for path in ["/bridge.js", "/miniprogram.js"] {
            let answer = wechat.get(path).await;
            assert_eq!(answer.header("cross-origin-resource-policy"), Some("cross-origin"));
            assert!(answer.header("content-type").unwrap().starts_with("text/javascript"));
            assert!(answer.body.contains("_wechat/frame"));
        }
    });
}

#[test]
fn who_may_hold_the_frame() {
    within(async {
        let wechat = start(demo(|demo| {
            demo.oauth_domain = Some("shop.example".to_owned());
            demo.js_domain = Some("evil.example; script-src *".to_owned());
        }))
        .await;
        let ancestors = |answer: &Answer| {
            let policy = answer.header("content-security-policy").unwrap();
            policy.split_once("frame-ancestors ").unwrap().1.to_owned()
        };
        let local = "http://127.0.0.1:* https://127.0.0.1:* http://localhost:* https://localhost:*";
        let answer = wechat.get("/_wechat/frame").await;
        assert_eq!(ancestors(&answer), format!("{local} http://shop.example:* https://shop.example:*"));
        assert_eq!(wechat.http("GET", "/_wechat/frame", &[("Host", "a.example *:80")], b"").await.status, 403);
        // With the token's cookie, any host may be named, and a hostile one stays out of the policy.
        let guarded = start(|config| config.control_token = Some(wxpaykit::Secret::new("s3cret"))).await;
        for (host, named) in [("shop.lan:80", true), ("a.example *:80", false)] {
            let headers = [("Host", host), ("Cookie", "wxpaykit_emulator=s3cret")];
            let answer = guarded.http("GET", "/_wechat/frame", &headers, b"").await;
            assert_eq!(ancestors(&answer).contains(host.split([' ', ':']).next().unwrap()), named, "{host}");
        }
    });
}

#[test]
fn a_foreign_page_may_not_ask() {
    within(async {
        let wechat = start(|_| {}).await;
        for what in ["invoke", "open", "finish", "scan", "me"] {
            let path = format!("/_wechat/{what}");
            for origin in ["http://127.0.0.1:5000", "https://evil.example", "null"] {
                let answer = wechat.http("POST", &path, &[("Origin", origin)], b"{}").await;
                assert_eq!(answer.status, 403, "{path} {origin}");
                assert_eq!(answer.header("access-control-allow-origin"), None);
            }
            assert_eq!(wechat.http("POST", &path, &[("Host", "evil.example")], b"{}").await.status, 403);
            assert_eq!(wechat.ask(what, json!([1]), &[]).await.status, 400, "{path}");
            let huge = vec![b' '; (1 << 20) + 1];
            assert!(wechat.http("POST", &path, &[], &huge).await.status >= 400);
        }
    });
}

#[test]
fn wx_config_is_checked_and_remembered() {
    within(async {
        let wechat = start(|_| {}).await;
        let reply = wechat.unifiedorder(&Request::order("n1")).await;
        let verify = wechat.verify(PAGE).await;
        let paying = with(&page(reply.ok().get("prepay_id")), verify.clone());
        let open = || async { wechat.told("open", pay(&paying, json!({}))).await };

        // Before wx.config, and after one that was refused, no call is allowed.
        assert_eq!(open().await["result"]["err_msg"], NOT_PERMITTED);
        let list = json!({ "verifyJsApiList": ["getBrandWCPayRequest"] });
        let elsewhere =
            json!({ "name": "preVerifyJSAPI", "args": with(&verify, list.clone()), "url": "http://127.0.0.1:5000/" });
        let refused = wechat.told("invoke", elsewhere.clone()).await;
        assert_eq!(refused["err_msg"], "preVerifyJSAPI:fail_invalid signature");
        assert_eq!(wechat.last().await["outcome"], "jssdk:invalid signature");
        assert_eq!(open().await["result"]["err_msg"], NOT_PERMITTED);
        assert_eq!(wechat.told("finish", pay(&paying, json!({}))).await["result"]["err_msg"], NOT_PERMITTED);
        let entry = wechat.last().await;
        assert_eq!(entry["outcome"], "jssdk:the permission value is offline verifying");
        assert_eq!(entry["explanation"]["mistake"], "not_permitted");

        // A page that did not ask for the call.
        let without = with(&verify, json!({ "verifyJsApiList": ["hideOptionMenu"] }));
        assert_eq!(wechat.invoke("preVerifyJSAPI", without).await, json!({ "err_msg": "preVerifyJSAPI:ok" }));
        assert_eq!(open().await["result"]["err_msg"], NOT_PERMITTED);
        assert_eq!(wechat.invoke("hideOptionMenu", verify.clone()).await["err_msg"], "hideOptionMenu:ok");
        let shown = wechat.invoke("showOptionMenu", verify.clone()).await;
        assert_eq!(shown["err_msg"], "showOptionMenu:fail_the permission value is offline verifying");

        assert_eq!(wechat.invoke("preVerifyJSAPI", with(&verify, list)).await["err_msg"], "preVerifyJSAPI:ok");
        assert_eq!(open().await["sheet"]["out_trade_no"], "n1");
        // The page is refused again: what was allowed no longer is.
        wechat.told("invoke", elsewhere).await;
        assert_eq!(open().await["result"]["err_msg"], NOT_PERMITTED);
        assert_eq!(wechat.order("n1").await["trade_state"], "NOTPAY");
        // A page that never heard of wx.config may use the bridge.
        let bare = page(reply.get("prepay_id"));
        assert_eq!(wechat.told("open", pay(&bare, json!({}))).await["sheet"]["out_trade_no"], "n1");
    });
}

#[test]
fn the_domain_of_the_page_is_checked() {
    within(async {
        let wechat = start(demo(|demo| demo.js_domain = Some("shop.example".to_owned()))).await;
        let verify = wechat.verify(PAGE).await;
        let answer = wechat.invoke("preVerifyJSAPI", verify).await;
        assert_eq!(answer["err_msg"], "preVerifyJSAPI:fail_invalid url domain");
        assert_eq!(wechat.last().await["explanation"]["mistake"], "url_domain");
        let url = "https://shop.example/buy";
        let args = with(&wechat.verify(url).await, json!({ "verifyJsApiList": [] }));
        let asked = json!({ "name": "preVerifyJSAPI", "args": args, "url": format!("{url}#x") });
        assert_eq!(wechat.told("invoke", asked).await["err_msg"], "preVerifyJSAPI:ok");
    });
}

#[test]
fn answers_the_small_calls_of_the_sdk() {
    within(async {
        let wechat = start(|_| {}).await;
        assert_eq!(wechat.invoke("getNetworkType", json!({})).await, json!({ "err_msg": "network_type:wifi" }));
        assert_eq!(wechat.invoke("scanQRCode", json!({})).await["err_msg"], "system:function_not_exist");
        let ask = json!({
            "name": "checkJsApi",
            "args": { "jsApiList": ["getBrandWCPayRequest", "scanQRCode", 1] },
            "url": PAGE,
        });
        let known = json!({ "getBrandWCPayRequest": true, "scanQRCode": false });
        assert_eq!(wechat.told("invoke", ask.clone()).await["checkResult"], known);
        let android = wechat.ask("invoke", ask, &[("User-Agent", "Mozilla/5.0 (Linux; Android 13)")]).await.json();
        assert_eq!(android["checkResult"], known.to_string());
        let empty = wechat.invoke("checkJsApi", json!({ "jsApiList": "x" })).await;
        assert_eq!(empty["checkResult"], json!({}));
    });
}

#[test]
fn the_cashier_shows_and_pays() {
    within(async {
        let shop = Shop::acknowledging().await;
        let wechat = start(|_| {}).await;
        let order = Request::order("n1").with("body", "<b>茶</b>").with("notify_url", &shop.url);
        let params = page(wechat.unifiedorder(&order).await.ok().get("prepay_id"));
        let shown = wechat.told("open", pay(&params, json!({}))).await;
        let sheet = json!({
            "out_trade_no": "n1",
            "merchant": "腾讯充值中心",
            "body": "<b>茶</b>",
            "total_fee": 88,
            "fee_type": "CNY",
            "trade_type": "JSAPI",
            "payer": "微信用户",
        });
        assert_eq!(shown, json!({ "sheet": sheet }));
        assert_eq!(wechat.order("n1").await["trade_state"], "NOTPAY", "looking is not paying");

        let ended = wechat.told("finish", pay(&params, json!({ "result": "cancel" }))).await;
        assert_eq!(ended["result"], json!({ "err_msg": "get_brand_wcpay_request:cancel" }));
        let failed = json!({ "result": "fail", "reason": format!("余额不足{KEY}") });
        let ended = wechat.told("finish", pay(&params, failed)).await;
        let expected = json!({ "err_msg": "get_brand_wcpay_request:fail", "err_code": -1, "err_desc": "余额不足***" });
        assert_eq!(ended["result"], expected);
        let ended = wechat.told("finish", pay(&params, json!({ "bank_type": "CMB_DEBIT" }))).await;
        assert_eq!(ended["result"], json!({ "err_msg": "get_brand_wcpay_request:ok" }), "and no more for the page");
        wechat.advance(0).await;
        assert!(shop.bodies()[0].contains("<bank_type><![CDATA[CMB_DEBIT]]></bank_type>"));
        let again = wechat.told("open", pay(&params, json!({}))).await;
        assert_eq!(again["result"]["err_desc"], "该订单已支付");
        let unknown =
            wechat.ask("open", json!({ "visit": { "code_url": "weixin://wxpay/bizpayurl?pr=0" } }), &[]).await;
        assert_eq!(unknown.status, 404);
    });
}

#[test]
fn explains_mistakes_in_choose_wx_pay() {
    within(async {
        let wechat = start(|_| {}).await;
        let params = page(wechat.unifiedorder(&Request::order("n1")).await.ok().get("prepay_id"));
        // What the SDK makes of a page that left out signType, or timestamp.
        for (change, text, mistake) in [
            (json!({ "signType": "SHA1" }), "支付验证签名失败", "sign_type_not_passed"),
            (json!({ "timeStamp": "undefined" }), "调用支付JSAPI缺少参数：timeStamp", "time_stamp"),
        ] {
            let refused = wechat.told("open", pay(&with(&params, change), json!({}))).await;
            assert_eq!(refused["result"]["err_desc"], text);
            assert!(refused["why"].is_string());
            let chinese = refused["why_zh"].as_str().unwrap();
            assert!(chinese.contains(|c: char| ('一'..='龥').contains(&c)), "{chinese}");
            let entry = wechat.last().await;
            assert_eq!((&entry["path"], &entry["explanation"]["mistake"]), (&json!("/_wechat/open"), &json!(mistake)));
        }
    });
}

#[test]
fn pages_outside_the_registered_directories() {
    within(async {
        let wechat = start(demo(|demo| demo.pay_dirs = vec!["http://127.0.0.1:5000/wx/".to_owned()])).await;
        let params = page(wechat.unifiedorder(&Request::order("n1")).await.ok().get("prepay_id"));
        let open = |url: &str| wechat.told("open", json!({ "visit": { "params": params }, "url": url }));
        assert!(open("http://127.0.0.1:5000/wx/buy?x=1").await["sheet"].is_object());
        for url in ["http://127.0.0.1:5000/buy?/wx/", "http://127.0.0.1:5001/wx/", ""] {
            let refused = open(url).await;
            let text = refused["result"]["err_desc"].as_str().unwrap().to_owned();
            assert!(text.starts_with("当前页面的URL未注册："), "{text}");
            assert_eq!(wechat.last().await["explanation"]["mistake"], "page_not_registered");
        }
    });
}

#[test]
fn the_user_of_the_phone_can_be_chosen() {
    within(async {
        let mut users = vec![OTHER_OPENID.to_owned()];
        let wechat = start(demo(|demo| demo.users.append(&mut users))).await;
        let list = wechat.get("/_wechat/me").await.body;
        for key in ["demo", "ming", "hong", OTHER_OPENID] {
            assert!(list.contains(&format!("value=\"{key}\"")), "{key}");
            assert_eq!(
                wechat.get(&format!("/_wechat/avatar/{key}")).await.header("content-type"),
                Some("image/svg+xml")
            );
        }
        assert_eq!(wechat.get("/_wechat/avatar/nobody").await.status, 404);
        let choose = |body: &'static str| {
            let wechat = &wechat;
            async move { wechat.http("POST", "/_wechat/me", &[("Origin", wechat.running.url())], body.as_bytes()).await }
        };
        assert_eq!(choose("user=nobody").await.status, 400);
        let chosen = choose("user=ming").await;
        assert_eq!((chosen.status, chosen.header("location")), (303, Some("/_wechat/me")));
        let cookie = chosen.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        assert_eq!(cookie, "wechat_user=ming");
        let me = wechat.http("GET", "/_wechat/me", &[("Cookie", &cookie)], b"").await;
        assert!(me.body.contains("<strong data-testid=\"me\">阿明</strong>"));

        let headers = [("Cookie", cookie.as_str())];
        // An order of another person, an order for an unknown openid, and an order without a payer.
        let theirs = page(wechat.unifiedorder(&Request::order("n1")).await.ok().get("prepay_id"));
        let refused = wechat.ask("open", pay(&theirs, json!({})), &headers).await.json();
        assert_eq!(refused["result"]["err_desc"], "跨号支付/下单账号与支付账号不一致");
        let made_up = "oMadeUp000000000000000000000";
        let free = Request::order("n2").with("openid", made_up);
        let free = page(wechat.unifiedorder(&free).await.ok().get("prepay_id"));
        assert_eq!(wechat.ask("open", pay(&free, json!({})), &headers).await.json()["sheet"]["payer"], made_up);
        let native = wechat.unifiedorder(&Request::of_type("NATIVE", "n3")).await;
        let scan = json!({ "visit": { "code_url": native.get("code_url") } });
        assert_eq!(wechat.ask("open", scan.clone(), &headers).await.json()["sheet"]["payer"], "阿明");
        wechat.ask("finish", scan, &headers).await;
        let base = authorize("snsapi_base");
        let back = wechat.http("GET", &base, &headers, b"").await;
        let openid = exchange(&wechat, &back).await["openid"].clone();
        assert_eq!(wechat.order("n3").await["openid"], openid, "the same user to OAuth and cashier");
        assert_ne!(openid, OPENID);
        // A cookie with an unknown name is ignored.
        let stranger = [("Cookie", "wechat_user=\"><script>")];
        let back = wechat.http("GET", &base, &stranger, b"").await;
        assert_eq!(exchange(&wechat, &back).await["openid"], OPENID);
    });
}

fn authorize(scope: &str) -> String {
    let back = "http%3A%2F%2F127.0.0.1%3A5000%2Fback%3Fx%3D1";
    format!("/connect/oauth2/authorize?appid={APPID}&redirect_uri={back}&response_type=code&scope={scope}&state=s1")
}

async fn exchange(wechat: &Wechat, back: &Answer) -> Value {
    let location = back.header("location").unwrap_or_else(|| panic!("{}", back.body));
    let code = location.split(['?', '&']).find_map(|pair| pair.strip_prefix("code=")).expect("a code");
    let secret = wechat.running.merchant().app_secret.expose();
    let query = format!("appid={APPID}&secret={secret}&code={code}&grant_type=authorization_code");
    wechat.get(&format!("/sns/oauth2/access_token?{query}")).await.json()
}

#[test]
fn consent_is_asked_of_browsers() {
    within(async {
        let wechat = start(|_| {}).await;
        let html = [("Accept", "text/html,application/xhtml+xml")];
        let link = authorize("snsapi_userinfo");
        // Scripted clients go through: they take no HTML, or say who they are.
        assert_eq!(wechat.get(&link).await.status, 302);
        let named = [html[0], ("X-Emulator-OpenId", OTHER_OPENID)];
        assert_eq!(wechat.http("GET", &link, &named, b"").await.status, 302);
        assert_eq!(wechat.http("GET", &authorize("snsapi_base"), &html, b"").await.status, 302);

        let asked = wechat.http("GET", &link, &html, b"").await;
        assert_eq!((asked.status, asked.header("location")), (200, None));
        let href = |page: &str, id: &str| {
            let (_, rest) = page.split_once(&format!("data-testid=\"{id}\" href=\"")).unwrap();
            rest.split('"').next().unwrap().replace("&amp;", "&")
        };
        let refused = wechat.get(&href(&asked.body, "refuse")).await;
        assert_eq!(refused.header("location"), Some("http://127.0.0.1:5000/back?x=1&state=s1"));
        let other = wechat.http("GET", &href(&asked.body, "user-ming"), &html, b"").await;
        assert!(other.body.contains("<span data-testid=\"me\">阿明</span>"));
        let agreed = wechat.get(&href(&other.body, "agree")).await;
        let location = agreed.header("location").unwrap();
        assert!(location.starts_with("http://127.0.0.1:5000/back?x=1&code=") && location.ends_with("&state=s1"));
        let token = exchange(&wechat, &agreed).await;
        let (access, openid) = (token["access_token"].as_str().unwrap(), token["openid"].as_str().unwrap());
        let info = wechat.get(&format!("/sns/userinfo?access_token={access}&openid={openid}&lang=zh_CN")).await.json();
        assert_eq!(info["nickname"], "阿明");
        let picture = info["headimgurl"].as_str().unwrap().strip_prefix(wechat.running.url()).unwrap();
        assert_eq!(wechat.get(picture).await.status, 200);

        // What the link has to be, its answer has to be too.
        let bad = href(&asked.body, "agree").replace("response_type=code&", "");
        let refused = wechat.get(&bad).await;
        assert_eq!((refused.status, refused.header("location")), (200, None));
        assert_eq!(wechat.get("/_wechat/consent").await.header("location"), None);
        let hostile = link.replace("state=s1", "state=%22%3E%3Cscript%3E");
        assert!(!wechat.http("GET", &hostile, &html, b"").await.body.contains("\"><script>"));
    });
}

#[test]
fn the_h5_cashier_checks_where_it_is_opened_from() {
    within(async {
        let wechat = start(demo(|demo| demo.h5_domain = Some("shop.example".to_owned()))).await;
        let url = wechat.unifiedorder(&Request::of_type("MWEB", "n1")).await.ok().get("mweb_url").to_owned();
        let path = url.strip_prefix(wechat.running.url()).expect("the emulator's own address").to_owned();
        let from = [("Referer", "https://shop.example/"), ("User-Agent", "Mozilla/5.0 (iPhone)")];
        let visit = |path: String, headers: &'static [(&'static str, &'static str)]| {
            let wechat = &wechat;
            let headers: Vec<_> =
                from.iter().filter(|(n, _)| !headers.iter().any(|(m, _)| m == n)).chain(headers).copied().collect();
            async move { wechat.http("GET", &path, &headers, b"").await.body }
        };
        let back = "&redirect_url=https%3A%2F%2Fshop.example%2Fdone%3Fa%3D1";
        let open = visit(format!("{path}{back}"), &[]).await;
        assert!(open.contains("data-redirect=\"https://shop.example/done?a=1\""), "{open}");
        for hostile in ["javascript:alert(1)", "data:text/html,x", "/relative", "%22%3E%3Cscript%3E"] {
            let open = visit(format!("{path}&redirect_url={hostile}"), &[]).await;
            assert!(open.contains("data-redirect=\"\"") && open.contains("href=\"https://shop.example/\""), "{open}");
        }
        for (path, headers, text) in [
            (path.clone(), &[("Referer", "")][..], "商家参数格式有误，请联系商家解决"),
            (path.clone(), &[("Referer", "http://127.0.0.1:5000/")], "商家存在未配置的参数，请联系商家解决"),
            (path.clone(), &[("User-Agent", "x MicroMessenger/8.0.50")], "请在微信外打开订单，进行支付"),
            (format!("{path}0"), &[], "签名验证失败"),
            (path.replace("prepay_id=wx", "prepay_id=wy"), &[], "签名验证失败"),
            ("/cgi-bin/mmpayweb-bin/checkmweb".to_owned(), &[], "签名验证失败"),
        ] {
            let page = visit(path.clone(), headers).await;
            assert!(page.contains(&format!("<h1 data-testid=\"message\">{text}</h1>")), "{path}: {page}");
        }
        wechat.advance(299).await;
        assert!(visit(path.clone(), &[]).await.contains("data-mweb-url"));
        wechat.advance(1).await;
        assert!(visit(path, &[]).await.contains("支付请求已失效，请重新发起支付"));
    });
}

#[test]
fn mweb_url_with_we_chats_own_host() {
    within(async {
        let wechat = start(|config| config.mweb_base = Some("https://wx.tenpay.com".to_owned())).await;
        let reply = wechat.unifiedorder(&Request::of_type("MWEB", "n1")).await;
        assert!(reply.get("mweb_url").starts_with("https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?prepay_id="));
    });
}

#[test]
fn codes_are_drawn_and_scanned() {
    within(async {
        let wechat = start(|_| {}).await;
        let code = wechat.unifiedorder(&Request::of_type("NATIVE", "n1")).await.ok().get("code_url").to_owned();
        let query = wxpaykit::wire::form::query([("code_url", code.as_str())]);
        let picture = wechat.get(&format!("/_wechat/qr.svg?{query}")).await;
        assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/svg+xml")));
        assert!(picture.body.contains("<svg"));
        assert!(wechat.get(&format!("/_wechat/qr?{query}")).await.body.contains(&code));
        for bad in [String::new(), "x".repeat(513)] {
            assert_eq!(wechat.get(&format!("/_wechat/qr.svg?code_url={bad}")).await.status, 400);
        }
        let hostile = wechat.get("/_wechat/scan?code_url=%22%3E%3Cscript%3Ealert(1)%3C/script%3E").await.body;
        assert!(!hostile.contains("<script>"));
        assert_eq!(wechat.told("scan", json!({ "code_url": code })).await, json!({ "visit": { "code_url": code } }));
        for bad in ["", "weixin://wxpay/bizpayurl?pr=unknown", "https://shop.example"] {
            let refused = wechat.told("scan", json!({ "code_url": bad })).await;
            assert_eq!(refused["result"]["err_desc"], "原生支付URL参数错误");
        }
    });
}

/// A permanent code of native mode 1.
fn permanent(change: &[(&str, &str)]) -> String {
    let mut code = Request { pairs: Vec::new(), key: KEY.to_owned(), sign_type: SignType::Md5 };
    for (name, value) in
        [("appid", APPID), ("mch_id", MCH), ("product_id", "P 1"), ("time_stamp", "1415949957"), ("nonce_str", "n")]
    {
        code = code.with(name, value);
    }
    let pairs = |code: &Request| code.pairs.clone();
    let signature = sign::sign(pairs(&code).iter().map(|(n, v)| (n.as_str(), v.as_str())), KEY, SignType::Md5);
    code = code.with("sign", &signature);
    for (name, value) in change {
        code = code.with(name, value);
    }
    let query = wxpaykit::wire::form::query(code.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    format!("weixin://wxpay/bizpayurl?{query}")
}

#[test]
fn a_permanent_code_asks_the_merchant() {
    within(async {
        // The merchant's answers are known before it is asked: a test's merchant orders nothing by itself.
        let answers: std::sync::Arc<std::sync::Mutex<Vec<String>>> = std::sync::Arc::default();
        let next = std::sync::Arc::clone(&answers);
        let shop = Shop::open(move |_| next.lock().unwrap().pop()).await;
        let url = shop.url.clone();
        let wechat = start(demo(move |demo| demo.native_callback_url = Some(url))).await;
        let order = Request::of_type("NATIVE", "n1").with("product_id", "P 1");
        let prepay_id = wechat.unifiedorder(&order).await.ok().get("prepay_id").to_owned();
        let scan = |code: String| {
            let wechat = &wechat;
            async move { wechat.told("scan", json!({ "code_url": code })).await }
        };
        let answer = |pairs: &[(&str, &str)]| {
            let mut answer = Request::new()
                .with("return_code", "SUCCESS")
                .with("result_code", "SUCCESS")
                .with("prepay_id", &prepay_id);
            for (name, value) in pairs {
                answer = answer.with(name, value);
            }
            answer
        };

        answers.lock().unwrap().push(http(200, &answer(&[]).xml()));
        assert_eq!(scan(permanent(&[])).await, json!({ "visit": { "prepay_id": prepay_id } }));
        let asked = xml::parse(shop.bodies()[0].as_bytes()).unwrap();
        assert_eq!(sign::verify(&asked, KEY, &[SignType::Md5]), Ok(SignType::Md5));
        let names: Vec<&str> = asked.iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["appid", "is_subscribe", "mch_id", "nonce_str", "openid", "product_id", "sign"]);
        assert_eq!((asked.get("product_id"), asked.get("openid")), (Some("P 1"), Some(OPENID)));
        let ended = wechat.told("finish", json!({ "visit": { "prepay_id": prepay_id } })).await;
        assert_eq!(ended["result"]["err_msg"], "get_brand_wcpay_request:ok");

        const BUSY: &str = "系统繁忙，请稍后再试";
        for (told, text) in [
            (http(500, "x"), BUSY),
            (http(200, "nonsense"), BUSY),
            (http(200, ACK), BUSY),
            (http(200, &answer(&[("sign", "0")]).xml()), BUSY),
            (http(200, &answer(&[]).key(&"0".repeat(32)).xml()), BUSY),
            (http(200, &answer(&[("mch_id", "10000101")]).xml()), BUSY),
            (http(200, &answer(&[("prepay_id", "wx0")]).xml()), BUSY),
            (http(200, &answer(&[("return_code", "FAIL")]).xml()), BUSY),
            (http(200, &answer(&[("result_code", "FAIL"), ("err_code_des", "卖完了")]).xml()), "卖完了"),
        ] {
            answers.lock().unwrap().push(told);
            let refused = scan(permanent(&[])).await;
            assert_eq!(refused["result"]["err_desc"], text, "{refused}");
            assert_eq!(wechat.last().await["outcome"], format!("cashier:{text}"));
        }
        let heard = shop.bodies().len();
        for bad in [("product_id", "P2"), ("sign", "x"), ("mch_id", "10000101"), ("time_stamp", "")] {
            let refused = scan(permanent(&[bad])).await;
            assert_eq!(refused["result"]["err_desc"], "原生支付URL参数错误", "{bad:?}");
        }
        assert_eq!(shop.bodies().len(), heard, "the merchant is not asked about an invalid code");
    });
}

#[test]
fn an_app_hands_over_its_parameters() {
    within(async {
        let wechat = start(|_| {}).await;
        let prepay_id = wechat.unifiedorder(&Request::of_type("APP", "n1")).await.ok().get("prepay_id").to_owned();
        let pairs = [
            ("appid", APPID),
            ("partnerid", MCH),
            ("prepayid", prepay_id.as_str()),
            ("package", "Sign=WXPay"),
            ("noncestr", "a462b76e"),
            ("timestamp", "1397527777"),
        ];
        let mut params: Value = pairs.into_iter().collect();
        params["sign"] = sign::sign(pairs, KEY, SignType::Md5).into();
        // A number, as on iOS.
        params["timestamp"] = json!(1_397_527_777);
        let open = wechat.told("open", json!({ "visit": { "app_params": params } })).await;
        assert_eq!(open["sheet"]["trade_type"], "APP");
        let page = |kind: &'static str, path: &'static str, body: String| {
            let wechat = &wechat;
            async move { wechat.http("POST", path, &[("Content-Type", kind)], body.as_bytes()).await }
        };
        let form = "application/x-www-form-urlencoded";
        for answer in [
            page("application/json", "/_wechat/app", params.to_string()).await,
            page(form, "/_wechat/app", format!("prepayid={prepay_id}")).await,
            wechat.get(&format!("/_wechat/app?prepayid={prepay_id}")).await,
        ] {
            assert!(answer.body.contains(&prepay_id), "{}", answer.body);
        }
        let hostile = page(form, "/_wechat/app", "a=%3C/textarea%3E%3Cscript%3E".to_owned()).await;
        assert!(!hostile.body.contains("<script>"));
        assert_eq!(page("application/json", "/_wechat/app", "[]".to_owned()).await.status, 400);
    });
}

const ENGLISH: (&str, &str) = ("Accept-Language", "en");

#[test]
fn the_menu_leads_to_orders_that_wait() {
    within(async {
        let wechat = start(|_| {}).await;
        for path in ["/_wechat/qr", "/_wechat/h5"] {
            assert!(wechat.get(path).await.body.contains("没有等待支付的订单"), "{path}");
            let english = wechat.http("GET", path, &[ENGLISH], b"").await.body;
            assert!(english.contains("No order waits for payment"), "{path}");
        }
        // A name with what stands for values in templates, and with markup.
        let hostile = "<b>{{number}}[[茶|tea]]</b>";
        let order = Request::of_type("NATIVE", "n1").with("product_id", "1").with("body", hostile);
        let code = wechat.unifiedorder(&order).await.ok().get("code_url").to_owned();
        let phone = Request::of_type("MWEB", "n2").with("scene_info", "{}");
        let mweb_url = wechat.unifiedorder(&phone).await.ok().get("mweb_url").to_owned();
        let codes = wechat.get("/_wechat/qr").await.body;
        let query = wxpaykit::wire::form::query([("code_url", code.as_str())]);
        assert!(codes.contains(&format!("href=\"/_wechat/qr?{query}\"")), "{codes}");
        assert!(codes.contains("&lt;b&gt;&#123;&#123;number}}[[茶|tea]]&lt;/b&gt;"), "{codes}");
        assert!(!codes.contains("n2"), "{codes}");
        let phones = wechat.get("/_wechat/h5").await.body;
        let path = mweb_url.strip_prefix(wechat.running.url()).unwrap().replace('&', "&amp;");
        assert!(phones.contains(&format!("href=\"{path}\"")) && !phones.contains("n1<"), "{phones}");
        // What is paid waits no more.
        wechat.pay("n1").await;
        wechat.control("close", json!({ "out_trade_no": "n2" })).await;
        assert!(wechat.get("/_wechat/qr").await.body.contains("没有等待支付的订单"));
        assert!(wechat.get("/_wechat/h5").await.body.contains("没有等待支付的订单"));

        let made = wechat.http("POST", "/_wechat/qr", &[], b"").await;
        assert_eq!(made.status, 303);
        assert!(made.header("location").unwrap().starts_with("/_wechat/qr?code_url=weixin"));
        let made = wechat.http("POST", "/_wechat/h5", &[], b"").await;
        assert_eq!((made.status, made.header("location")), (303, Some("/_wechat/h5")));
        assert!(wechat.get("/_wechat/h5").await.body.contains("checkmweb?"));
        for path in ["/_wechat/qr", "/_wechat/h5"] {
            let foreign = wechat.http("POST", path, &[("Origin", "https://evil.example")], b"").await;
            assert_eq!(foreign.status, 403, "{path}");
        }
    });
}

#[test]
fn an_order_of_h5_opens_from_its_domain_only() {
    within(async {
        let change = demo(|demo| demo.h5_domain = Some("shop.example".to_owned()));
        let wechat = start(|config| {
            change(config);
            config.mweb_base = Some("https://wx.tenpay.com".to_owned());
        })
        .await;
        wechat.http("POST", "/_wechat/h5", &[], b"").await;
        let list = wechat.get("/_wechat/h5").await.body;
        assert!(list.contains("只能从 shop.example 的页面打开") && !list.contains("checkmweb"), "{list}");
        // A merchant without the product: WeChat's refusal, and the way back.
        let wechat = start(demo(|demo| demo.products = vec!["JSAPI".to_owned()])).await;
        let refused = wechat.http("POST", "/_wechat/h5", &[], b"").await;
        assert_eq!(refused.status, 400);
        assert!(refused.body.contains("没有下单") && refused.body.contains("/_wechat/h5"), "{}", refused.body);
    });
}

#[test]
fn messages_have_the_language_of_the_browser() {
    within(async {
        let wechat = start(|_| {}).await;
        let long = format!("/_wechat/qr?code_url={}", "x".repeat(513));
        let json = ("Content-Type", "application/json");
        for (method, path, header, body, chinese, english) in [
            ("GET", "/_wechat/qr?code_url=", json, "", "code_url 缺失或过长", "code_url is missing or too long"),
            ("GET", long.as_str(), json, "", "code_url 缺失或过长", "code_url is missing or too long"),
            ("GET", "/_wechat/qr.svg?code_url=", json, "", "code_url 缺失或过长", "code_url is missing or too long"),
            ("POST", "/_wechat/app", json, "{", "对象没有结束", "EOF while parsing"),
            ("POST", "/_wechat/code", json, "", "订单不在等待这个人确认", "waits for no confirmation of this person"),
        ] {
            let answer = wechat.http(method, path, &[header], body.as_bytes()).await;
            assert!(answer.body.contains(chinese) && !answer.body.contains(english), "{path}: {}", answer.body);
            let answer = wechat.http(method, path, &[header, ENGLISH], body.as_bytes()).await;
            assert!(answer.body.contains(english) && !answer.body.contains(chinese), "{path}: {}", answer.body);
        }
        // A page of another site gets JSON, with both.
        let foreign = ("Origin", "https://evil.example");
        let refused = wechat.http("POST", "/_wechat/me", &[foreign], b"").await.json();
        assert!(refused["error"].as_str().unwrap().starts_with("this call is not for pages of other origins"));
        assert!(refused["error_zh"].as_str().unwrap().starts_with("这个接口不供其他来源的页面使用"));
    });
}
