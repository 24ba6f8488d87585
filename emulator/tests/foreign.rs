//! Requests that pages of other sites make a browser send: refused on all paths, while merchants' servers and links work.

use crate::common::{self, APPID, Request, start, within};
use serde_json::Value;
use wxpaykit::Secret;

const TOKEN: &str = "/cgi-bin/token?grant_type=client_credential&appid=wxd930ea5d5a258f4f&secret=x";
const LINK: &str = "/connect/oauth2/authorize?appid=wxd930ea5d5a258f4f&redirect_uri=http%3A%2F%2Fevil.example%2F\
                    &response_type=code&scope=snsapi_base&state=1";

#[test]
fn no_page_of_another_site_reaches_wechats_paths() {
    within(async {
        let wechat = start(|_| {}).await;
        let own = format!("http://{}", wechat.address);
        let port = wechat.address.rsplit(':').next().unwrap();
        let local = format!("localhost:{port}");
        let order = Request::order("n1").xml();
        let paths = [
            ("POST", "/pay/unifiedorder"),
            ("POST", "/pay/orderquery"),
            ("GET", TOKEN),
            ("GET", "/sns/userinfo?access_token=x&openid=y"),
            ("GET", LINK),
            ("GET", "/v3/pay/transactions/jsapi"),
            ("GET", "/nothing"),
        ];
        for (method, path) in paths {
            let body = if method == "POST" { order.as_bytes() } else { b"" };
            for headers in [
                vec![("Origin", "http://evil.example")],
                vec![("Origin", "null")],
                vec![("Origin", "http://127.0.0.1:1")],
                vec![("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")],
                vec![("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "cors")],
                vec![("Sec-Fetch-Site", "cross-site")],
                vec![("Host", "evil.example")],
                vec![("Host", "127.0.0.1.evil.example:8700")],
                vec![("Host", "192.0.2.1:8700")],
            ] {
                let answer = wechat.http(method, path, &headers, body).await;
                assert_eq!(answer.status, 403, "{path} {headers:?}: {}", answer.body);
                assert!(answer.json()["error"].is_string());
            }
            for headers in [
                vec![],
                vec![("Origin", own.as_str())],
                vec![("Host", local.as_str())],
                vec![("Host", "[::1]:8700")],
                vec![("Host", "api.mch.weixin.qq.com")],
                vec![("Host", "API.mch.weixin.qq.com:443")],
                vec![("Sec-Fetch-Site", "same-origin")],
                vec![("Sec-Fetch-Site", "none"), ("Sec-Fetch-Mode", "navigate")],
                vec![("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")],
            ] {
                let answer = wechat.http(method, path, &headers, body).await;
                assert_ne!(answer.status, 403, "{path} {headers:?}");
            }
        }
        // None of those that were refused made an order, and the journal names them.
        let orders = wechat.control("orders", Value::Null).await;
        assert_eq!(orders.as_array().unwrap().len(), 1);
        let journal = wechat.control("journal", Value::Null).await;
        let refused: Vec<&Value> =
            journal.as_array().unwrap().iter().filter(|entry| entry["outcome"] == "http:403").collect();
        assert_eq!(refused.len(), 9 * paths.len());
        assert!(refused.iter().all(|entry| entry["explanation"]["mistake"] == "foreign_page"));
        assert!(!journal.to_string().contains("secret=x"), "queries hold secrets");
    });
}

#[test]
fn pages_may_be_linked_framed_and_loaded_as_scripts_but_not_read_elsewhere() {
    within(async {
        let wechat = start(|_| {}).await;
        let script = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors")];
        let link = [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate")];
        for path in ["/bridge.js", "/miniprogram.js", "/_wechat/avatar/demo"] {
            assert_eq!(wechat.http("GET", path, &script, b"").await.status, 200, "{path}");
        }
        for path in ["/", "/_wechat/frame", "/_wechat/me", "/_wechat/app"] {
            assert_eq!(wechat.http("GET", path, &link, b"").await.status, 200, "{path}");
            assert_eq!(wechat.http("GET", path, &script, b"").await.status, 403, "{path}");
        }
        // DNS rebinding.
        for path in ["/", "/bridge.js", "/_wechat/me", "/_wechat/frame", "/_emulator/orders"] {
            assert_eq!(wechat.http("GET", path, &[("Host", "evil.example:8700")], b"").await.status, 403, "{path}");
        }
    });
}

/// A browser without `Sec-Fetch-Site` names its page by `Origin` alone.
#[test]
fn a_foreign_origin_is_refused_by_the_emulators_own_pages_too() {
    within(async {
        let wechat = start(|_| {}).await;
        let own = format!("http://{}", wechat.address);
        for path in ["/", "/_wechat/me", "/_wechat/frame", "/_wechat/app", "/_emulator/orders", "/_emulator/"] {
            for foreign in ["http://evil.example", "null", "http://127.0.0.1:1"] {
                let answer = wechat.http("GET", path, &[("Origin", foreign)], b"").await;
                assert_eq!(answer.status, 403, "{path} {foreign}");
            }
            assert_eq!(wechat.http("GET", path, &[("Origin", &own)], b"").await.status, 200, "{path}");
        }
        for path in ["/bridge.js", "/miniprogram.js", "/_wechat/avatar/demo"] {
            let answer = wechat.http("GET", path, &[("Origin", "http://shop.example")], b"").await;
            assert_eq!(answer.status, 200, "{path}");
        }
    });
}

#[test]
fn other_host_names_can_be_allowed() {
    within(async {
        let named = start(|config| config.allowed_hosts = vec!["shop.tunnel.example".to_owned()]).await;
        let host = [("Host", "shop.tunnel.example")];
        for path in ["/", "/_emulator/orders", "/sns/userinfo"] {
            assert_eq!(named.http("GET", path, &host, b"").await.status, 200, "{path}");
        }
        // With a token, the token guards pages and control API, and WeChat's paths answer to names that no public DNS resolves.
        let wide = start(|config| {
            config.host = "0.0.0.0".to_owned();
            config.control_token = Some(Secret::new("s3cret"));
        })
        .await;
        let port = wide.address.rsplit(':').next().unwrap();
        let near = common::Wechat { address: format!("127.0.0.1:{port}"), running: wide.running };
        let query = format!("/sns/auth?access_token=x&openid={APPID}");
        for (host, status) in [
            ("wechat:8700", 200),
            ("192.168.1.9:8700", 200),
            ("wechat.default.svc.cluster.local", 200),
            ("host.docker.internal:8700", 200),
            ("evil.example", 403),
        ] {
            assert_eq!(near.http("GET", &query, &[("Host", host)], b"").await.status, status, "{host}");
        }
        let bearer = [("Authorization", "Bearer s3cret"), ("Host", "evil.example")];
        assert_eq!(near.http("GET", "/_emulator/health", &bearer, b"").await.status, 200);
    });
}
