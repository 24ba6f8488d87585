//! Tokens that several clients share. Each client stands for a process.

#![cfg(feature = "sqlite")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::common::place::Place;
use crate::common::{APPID, Act, Scripted, asked, client, control, options, within};
use serde_json::json;
use wxpaykit::flow::keys::{Keys, Token};
use wxpaykit::platform::token::TimedToken;
use wxpaykit::{MemoryStore, Secret, Store, StoreError, WxPay, client as clock, store::StoreFuture};
use wxpaykit_emulator::{Config, Emulator};

/// Where a client of this server keeps its access_token.
fn key(url: &str) -> String {
    Keys::new(Some(url)).token(Token::AccessToken, APPID)
}

const LONG: Duration = Duration::from_secs(60);

fn sharing(url: &str, store: &Arc<dyn Store>) -> WxPay {
    let mut options = options(url);
    options.store = Some(Arc::clone(store).into());
    client(options)
}

fn memory() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

#[test]
fn concurrent_callers_in_many_clients_renew_once() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let place = Place::new("tokens");
        let address = place.sqlite();
        let clients: Vec<_> = (0..8).map(|_| client(options(wechat.url()).store(address.as_str()))).collect();
        let calls: Vec<_> = (0..500)
            .map(|i| {
                let pay = clients[i % clients.len()].clone();
                tokio::spawn(async move { pay.jssdk().jsapi_ticket().await.unwrap().expose().to_owned() })
            })
            .collect();
        let mut tickets = std::collections::HashSet::new();
        for call in calls {
            tickets.insert(call.await.unwrap());
        }
        assert_eq!(tickets.len(), 1);
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, 1);
        assert_eq!(asked(&wechat, "/cgi-bin/ticket/getticket").await, 1);
    });
}

#[test]
fn an_old_token_is_used_during_a_renewal_and_when_the_renewal_fails() {
    within(async {
        let server = Scripted::start(vec![Act::Answer(200, r#"{"errcode":45009,"errmsg":"quota"}"#.into())]).await;
        let store = memory();
        // 100 s before it expires: due for renewal, and still valid.
        let old = TimedToken { text: Secret::new("old"), renew_at: clock::now() - 1, expires_at: clock::now() + 100 };
        let key = key(&server.url);
        store.put(&key, &old.to_text(), LONG).await.unwrap();

        store.add(&format!("{key}:lease"), &Secret::new("somebody"), LONG).await.unwrap();
        assert_eq!(sharing(&server.url, &store).jssdk().access_token().await.unwrap().expose(), "old");
        assert_eq!(server.bodies().len(), 0);

        store.delete(&format!("{key}:lease")).await.unwrap();
        for _ in 0..5 {
            assert_eq!(sharing(&server.url, &store).jssdk().access_token().await.unwrap().expose(), "old");
        }
        // WeChat is not asked again and again after the quota is used up.
        assert_eq!(server.bodies().len(), 1);
    });
}

#[test]
fn no_client_asks_again_after_the_quota_is_used_up() {
    within(async {
        let server = Scripted::start(vec![Act::Answer(200, r#"{"errcode":45009,"errmsg":"quota"}"#.into())]).await;
        let store = memory();
        for _ in 0..5 {
            let error = sharing(&server.url, &store).jssdk().access_token().await.unwrap_err();
            assert!(error.to_string().contains("45009: quota"), "{error}");
        }
        assert_eq!(server.bodies().len(), 1);
    });
}

#[test]
fn the_next_caller_retries_after_a_temporary_failure() {
    within(async {
        let good = Act::Answer(200, r#"{"access_token":"new","expires_in":7200}"#.into());
        let bad = Act::Answer(200, r#"{"errcode":40164,"errmsg":"invalid ip"}"#.into());
        let server = Scripted::start(vec![bad, good]).await;
        let store = memory();
        let pay = sharing(&server.url, &store);
        assert_eq!(pay.jssdk().access_token().await.unwrap_err().class(), "OAuthError");
        assert_eq!(pay.jssdk().access_token().await.unwrap().expose(), "new");
        let key = key(&server.url);
        assert_eq!(
            TimedToken::from_text(&store.get(&key).await.unwrap().unwrap(), clock::now()).unwrap().text.expose(),
            "new"
        );
    });
}

#[test]
fn a_refused_token_is_renewed_once_and_the_call_is_repeated() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = memory();
        let dead = TimedToken::new("1_never_issued", clock::now(), 7200);
        let key = key(wechat.url());
        store.put(&key, &dead.to_text(), LONG).await.unwrap();
        let clients: Vec<_> = (0..4).map(|_| sharing(wechat.url(), &store)).collect();
        let calls: Vec<_> = clients
            .iter()
            .map(|pay| {
                let pay = pay.clone();
                tokio::spawn(async move { pay.jssdk().jsapi_ticket().await.unwrap() })
            })
            .collect();
        for call in calls {
            call.await.unwrap();
        }
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, 1);
        // One request was refused and one was not: only one client asked for the ticket.
        assert_eq!(asked(&wechat, "/cgi-bin/ticket/getticket").await, 2);
    });
}

#[test]
fn waiting_for_a_renewal_that_hangs_ends_with_an_error() {
    within(async {
        let store = memory();
        let key = key("http://127.0.0.1:9");
        store.add(&format!("{key}:lease"), &Secret::new("dead"), LONG).await.unwrap();
        let mut short = options("http://127.0.0.1:9").timeout(Duration::from_millis(300));
        short.store = Some(Arc::clone(&store).into());
        let error = client(short).jssdk().access_token().await.unwrap_err();
        assert_eq!((error.class(), error.code()), ("TransportError", "timeout"));
    });
}

/// A store that fails, for some operations or from some time on.
#[derive(Default)]
struct Broken {
    works: MemoryStore,
    all: AtomicBool,
    only_swaps: bool,
}

impl Broken {
    fn wholly() -> Self {
        Self { all: AtomicBool::new(true), ..Self::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.all.load(Ordering::SeqCst) { Err(StoreError::new("out of order")) } else { Ok(()) }
    }
}

impl Store for Broken {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        Box::pin(async move { self.check().map(|()| self.works.get(key))?.await })
    }
    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        Box::pin(async move { self.check().map(|()| self.works.put(key, value, life))?.await })
    }
    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async move { self.check().map(|()| self.works.add(key, value, life))?.await })
    }
    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            if self.only_swaps {
                return Err(StoreError::new("out of order"));
            }
            self.check().map(|()| self.works.compare_and_set(key, old, new, life))?.await
        })
    }
    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        Box::pin(async move { self.check().map(|()| self.works.delete(key))?.await })
    }
}

#[test]
fn without_a_store_each_process_fetches_its_own_token() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let pay = sharing(wechat.url(), &(Arc::new(Broken::wholly()) as Arc<dyn Store>));
        let token = pay.jssdk().access_token().await.unwrap();
        assert!(pay.jssdk().access_token().await.unwrap() == token);
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, 1);
        assert_eq!(pay.merchant().appid(), APPID);
    });
}

#[test]
fn when_the_store_fails_a_process_uses_its_copy_and_asks_no_more_often() {
    within(async {
        let server = Scripted::start(vec![Act::Answer(200, r#"{"errcode":45009,"errmsg":"quota"}"#.into())]).await;
        let store = Arc::new(Broken::default());
        // 100 s before it expires: due for renewal, and still valid.
        let old = TimedToken { text: Secret::new("old"), renew_at: clock::now() - 1, expires_at: clock::now() + 100 };
        let key = key(&server.url);
        store.put(&key, &old.to_text(), LONG).await.unwrap();
        store.add(&format!("{key}:lease"), &Secret::new("somebody"), LONG).await.unwrap();
        let pay = sharing(&server.url, &(Arc::clone(&store) as Arc<dyn Store>));
        assert_eq!(pay.jssdk().access_token().await.unwrap().expose(), "old");

        store.all.store(true, Ordering::SeqCst);
        for _ in 0..5 {
            assert_eq!(pay.jssdk().access_token().await.unwrap().expose(), "old");
        }
        assert_eq!(server.bodies().len(), 1);

        let without = sharing(&server.url, &(Arc::new(Broken::wholly()) as Arc<dyn Store>));
        for _ in 0..5 {
            let error = without.jssdk().access_token().await.unwrap_err();
            assert!(error.to_string().contains("45009: quota"), "{error}");
        }
        assert_eq!(server.bodies().len(), 2);
    });
}

#[test]
fn a_lease_that_cannot_be_released_does_not_fail_the_call() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = Arc::new(Broken { only_swaps: true, ..Broken::default() });
        let pay = sharing(wechat.url(), &(Arc::clone(&store) as Arc<dyn Store>));
        let token = pay.jssdk().access_token().await.unwrap();
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, 1);
        let key = key(wechat.url());
        assert_eq!(
            TimedToken::from_text(&store.get(&key).await.unwrap().unwrap(), clock::now()).unwrap().text.expose(),
            token.expose()
        );
    });
}

#[test]
fn a_failure_from_before_the_token_was_refused_does_not_stop_its_renewal() {
    within(async {
        let good = Act::Answer(200, r#"{"access_token":"new","expires_in":7200}"#.into());
        let bad = Act::Answer(200, r#"{"errcode":40164,"errmsg":"invalid ip"}"#.into());
        let server = Scripted::start(vec![bad, good]).await;
        let store = memory();
        let old = TimedToken { text: Secret::new("old"), renew_at: clock::now() - 1, expires_at: clock::now() + 100 };
        let key = key(&server.url);
        store.put(&key, &old.to_text(), LONG).await.unwrap();
        let pay = sharing(&server.url, &store);
        assert_eq!(pay.jssdk().access_token().await.unwrap().expose(), "old");
        assert_eq!(pay.jssdk().access_token_but(&Secret::new("old")).await.unwrap().expose(), "new");
    });
}

#[test]
fn a_ticket_and_its_token_together_end_within_the_call_timeout() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        for endpoint in ["/cgi-bin/stable_token", "/cgi-bin/ticket/getticket"] {
            let slow = json!({ "fault": "slow", "ms": 400, "endpoint": endpoint });
            control(&wechat, "POST", "/_emulator/faults", slow).await;
        }
        // Three calls: the token is refused, a new token is requested, and the ticket is requested again.
        let store = memory();
        let key = key(wechat.url());
        store.put(&key, &TimedToken::new("1_never_issued", clock::now(), 7200).to_text(), LONG).await.unwrap();
        let mut short = options(wechat.url()).timeout(Duration::from_secs(1));
        short.store = Some(store.into());
        let pay = client(short);
        let started = std::time::Instant::now();
        let error = pay.jssdk().jsapi_ticket().await.unwrap_err();
        assert_eq!((error.class(), error.code()), ("TransportError", "timeout"));
        assert!(started.elapsed() < Duration::from_millis(1150), "{:?}", started.elapsed());
    });
}

#[test]
fn a_renewal_completes_when_its_caller_is_dropped() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let slow = json!({ "fault": "slow", "ms": 400, "endpoint": "/cgi-bin/stable_token" });
        control(&wechat, "POST", "/_emulator/faults", slow).await;
        let store = memory();
        let pay = sharing(wechat.url(), &store);
        let hurried = async || tokio::time::timeout(Duration::from_millis(50), pay.jssdk().access_token()).await;
        while hurried().await.is_err() {}
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, 1);
        let key = key(wechat.url());
        assert!(store.get(&format!("{key}:lease")).await.unwrap().is_none());
    });
}

#[test]
fn a_forced_token_replaces_the_cached_one() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = memory();
        let (pay, other) = (sharing(wechat.url(), &store), sharing(wechat.url(), &store));
        let old = pay.jssdk().access_token().await.unwrap();
        assert!(other.jssdk().access_token().await.unwrap() == old);
        let forced = pay.jssdk().stable_token(true).await.unwrap();
        assert!(old.expose() != forced.access_token());
        assert_eq!(pay.jssdk().access_token().await.unwrap().expose(), forced.access_token());
        // For up to a minute the other client uses its copy. It reads the new token when the old one is refused.
        assert_eq!(other.jssdk().access_token_but(&old).await.unwrap().expose(), forced.access_token());
        for pay in [&pay, &other] {
            pay.jssdk().getticket(forced.access_token()).await.unwrap();
        }
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, 2);
    });
}

#[test]
fn all_callers_that_were_refused_with_a_token_get_the_same_new_one() {
    within(async {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let store = memory();
        let dead = Secret::new("1_never_issued");
        let key = key(wechat.url());
        store.put(&key, &TimedToken::new(dead.clone(), clock::now(), 7200).to_text(), LONG).await.unwrap();
        let clients: Vec<_> = (0..4).map(|_| sharing(wechat.url(), &store)).collect();
        for pay in &clients {
            assert!(pay.jssdk().access_token().await.unwrap() == dead);
        }
        let calls: Vec<_> = (0..20)
            .map(|i| {
                let (pay, dead) = (clients[i % 4].clone(), dead.clone());
                tokio::spawn(async move { pay.jssdk().access_token_but(&dead).await.unwrap() })
            })
            .collect();
        for call in calls {
            let token = call.await.unwrap();
            assert!(token != dead);
            assert!(sharing(wechat.url(), &store).jssdk().access_token_but(&dead).await.unwrap() == token);
        }
        assert_eq!(asked(&wechat, "/cgi-bin/stable_token").await, 1);
    });
}
