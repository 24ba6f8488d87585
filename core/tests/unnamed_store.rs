//! The store of a client that names none, and what a store's file must not be.
#![cfg(all(feature = "sqlite", unix))]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::common::{self, Act, MCH_ID, Scripted, client, control, number, options, order, within};
use serde_json::json;
use wxpaykit::store::SqliteStore;
use wxpaykit::{Fen, Secret, Store, WxPay};
use wxpaykit_emulator::{Config, Emulator, Running};

/// A folder of this test's own, new at each run.
fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("wxpaykit-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

/// The body of the notification of a new payment.
async fn paid(wechat: &Running, pay: &WxPay) -> Vec<u8> {
    let number = number();
    let shop = Scripted::start(vec![Act::Answer(500, String::new())]).await;
    pay.unifiedorder(order(&number).notify_url(format!("{}/notify", shop.url))).await.unwrap();
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    control(wechat, "POST", "/_emulator/clock", json!({ "advance_s": 0 })).await;
    shop.bodies().remove(0).into_bytes()
}

fn mode(path: &std::path::Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// The environment is a process's own, so each case is this test again in a child.
#[test]
fn a_client_that_names_no_store_has_one_for_the_machine() {
    let state = folder("state");
    let case = |kind: &str, variables: &[(&str, &str)]| {
        let mut child = common::child(module_path!(), "in_a_child");
        child.env("WXPAYKIT_CASE", kind);
        child.env_remove("XDG_STATE_HOME").env_remove("HOME").envs(variables.iter().copied());
        common::printed(child.output().unwrap());
    };
    case("shared", &[("XDG_STATE_HOME", state.to_str().unwrap())]);
    let file = state.join("wxpaykit").join(format!("{MCH_ID}.db"));
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    // No home, and a home that is a file, which root cannot write into either.
    case("none", &[]);
    case("none", &[("HOME", "/dev/null")]);
    fs::remove_dir_all(state).unwrap();
}

#[test]
fn in_a_child() {
    let Ok(case) = std::env::var("WXPAYKIT_CASE") else { return };
    within(async move {
        let wechat = Emulator::start(Config::default()).await.unwrap();
        let unnamed = || {
            let mut options = options(wechat.url());
            options.store = None;
            client(options)
        };
        let pay = unnamed();
        let body = paid(&wechat, &pay).await;
        let handle = async |pay: WxPay| {
            pay.notify().handler().amount_of(async |_| Ok(Fen(88))).on_paid(async |_, _| Ok(())).handle(&body).await
        };
        let first = handle(pay.clone()).await;
        if case == "shared" {
            assert!(first.delivered, "{first:?}");
            // Another client, as another process has it.
            let second = handle(unnamed()).await;
            assert!(!second.delivered && second.is_acknowledged(), "{second:?}");
        } else {
            let error = first.error.unwrap();
            assert_eq!((error.class(), error.field(), first.delivered), ("ConfigError", Some("store"), false));
            for part in ["WXPAY_STORE", "sqlite:///", "redis://", "memory:"] {
                assert!(error.to_string().contains(part), "{error}");
            }
            assert!(error.out_trade_no().is_some());
        }
        // Tokens do without it.
        assert!(!pay.jssdk().access_token().await.unwrap().expose().is_empty());
    });
}

#[test]
fn a_store_is_not_made_through_a_link_and_is_its_owners_alone() {
    within(async {
        let folder = folder("links");
        let (key, value, life) = ("k", Secret::new("v"), Duration::from_secs(60));
        let (target, dangling) = (folder.join("target.db"), folder.join("dangling.db"));
        symlink(&target, &dangling).unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::new(&dangling));
        let error = store.put(key, &value, life).await.unwrap_err();
        assert!(error.to_string().contains("symbolic link"), "{error}");
        assert!(!target.exists());

        // The folder may be reached through a link, as /tmp is on some systems.
        let (real, link) = (folder.join("real"), folder.join("link"));
        fs::create_dir(&real).unwrap();
        symlink(&real, &link).unwrap();
        let store: Arc<dyn Store> = Arc::new(SqliteStore::new(link.join("a.db")));
        store.put(key, &value, life).await.unwrap();
        for name in ["a.db", "a.db-wal", "a.db-shm"] {
            let path = real.join(name);
            assert!(!path.exists() || mode(&path) == 0o600, "{name}");
        }
        fs::remove_dir_all(folder).unwrap();
    });
}
