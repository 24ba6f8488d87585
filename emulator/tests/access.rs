//! The control token: asked for beyond this machine, and wherever one is configured.

use crate::common::{self, Request, start, within};
use wxpaykit::Secret;

#[test]
fn a_configured_token_guards_the_control_api() {
    within(async {
        let wechat = start(|config| config.control_token = Some(Secret::new("s3cret"))).await;
        let orders = "/_emulator/orders";
        let bearer = |token: &str| format!("Bearer {token}");
        for (headers, status) in [
            (vec![], 401),
            (vec![("Authorization", bearer("wrong"))], 401),
            (vec![("Authorization", bearer(""))], 401),
            (vec![("Authorization", "s3cret".to_owned())], 401),
            (vec![("Authorization", "Basic s3cret".to_owned())], 401),
            (vec![("Authorization", bearer("s3cret"))], 200),
            (vec![("Authorization", "bearer s3cret".to_owned())], 200),
            (vec![("Cookie", "a=b; wxpaykit_emulator=s3cret".to_owned())], 200),
            (vec![("Cookie", "wxpaykit_emulator=s3cre".to_owned())], 401),
            (
                vec![("Cookie", "wxpaykit_emulator=s3cret".to_owned()), ("Origin", "http://evil.example".to_owned())],
                403,
            ),
            (vec![("Authorization", bearer("s3cret")), ("Host", "emulator.lan:8700".to_owned())], 200),
        ] {
            let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(wechat.http("GET", orders, &headers, b"").await.status, status, "{headers:?}");
        }
        for (method, path) in
            [("POST", "/_emulator/pay"), ("POST", "/_emulator/clock"), ("POST", "/_emulator/faults"), ("GET", "/")]
        {
            let answer = wechat.http(method, path, &[], b"{}").await;
            assert_eq!(answer.status, 401, "{path}");
            assert!(!answer.body.contains("s3cret"));
        }
        // WeChat's own calls are signed, and need no token.
        wechat.unifiedorder(&Request::order("n1")).await.ok();
    });
}

#[test]
fn a_browser_gets_a_cookie() {
    within(async {
        let wechat = start(|config| config.control_token = Some(Secret::new("s3cret"))).await;
        let wrong = wechat.get("/?token=other").await;
        assert_eq!((wrong.status, wrong.header("set-cookie")), (401, None));
        let right = wechat.get("/?token=s3cret").await;
        assert_eq!((right.status, right.header("location")), (303, Some("/")));
        let cookie = right.header("set-cookie").unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let pair = cookie.split(';').next().unwrap();
        assert_ne!(wechat.http("GET", "/", &[("Cookie", pair)], b"").await.status, 401);
        let posted = wechat.http("POST", "/_emulator/clock?token=s3cret", &[], b"{}").await;
        assert_eq!(posted.status, 401, "a link must not act");
    });
}

#[test]
fn a_token_is_always_required_from_other_machines() {
    within(async {
        let wechat = start(|_| {}).await;
        assert!(wechat.running.control_token().is_none());
        let wide = start(|config| config.host = "0.0.0.0".to_owned()).await;
        let token = wide.running.control_token().unwrap().expose().to_owned();
        assert_eq!(token.len(), 32);
        let port = wide.address.rsplit(':').next().unwrap();
        let near = common::Wechat { address: format!("127.0.0.1:{port}"), running: wide.running };
        assert_eq!(near.get("/_emulator/health").await.status, 401);
        let bearer = format!("Bearer {token}");
        assert_eq!(near.http("GET", "/_emulator/health", &[("Authorization", &bearer)], b"").await.status, 200);
        let other = start(|config| config.host = "0.0.0.0".to_owned()).await;
        assert_ne!(other.running.control_token().unwrap().expose(), token);
    });
}
