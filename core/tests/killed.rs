//! `handle` killed (SIGKILL) at every step, under concurrent duplicates: no payment is lost, and none is handed over twice
//! where its key is committed.
//!
//! The test runs itself: `worker` is the process that is killed. It works through a store that stops before or after its
//! k-th operation, or in the merchant's function before or after the commit, says so, and waits to be killed.

#![cfg(all(unix, feature = "sqlite"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use common::{Act, Scripted, client, control, number, options, order};
use serde_json::json;
use wxpaykit::store::{SqliteStore, Storing};
use wxpaykit::{Fen, Secret, Store};
use wxpaykit_emulator::{Config, Emulator, Running};

const RUNS: u64 = 200;
/// Runs beside each other: a run mostly waits for leases.
const LANES: u64 = 4;
const LEASE: Duration = Duration::from_millis(250);
/// More steps than a handling has, so that some runs are not killed at all.
const STEPS: u64 = 16;
/// How often WeChat sends a notification, at most.
const REPEATS: usize = 15;

#[test]
fn no_payment_is_lost_and_none_is_handed_over_twice() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let wechat = Arc::new(Emulator::start(Config::default()).await.unwrap());
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                let wechat = Arc::clone(&wechat);
                tokio::spawn(async move {
                    let mut killed = 0;
                    for seed in (0..RUNS).filter(|seed| seed % LANES == lane) {
                        killed += run(&wechat, seed).await;
                    }
                    killed
                })
            })
            .collect();
        let mut killed = 0;
        for lane in lanes {
            killed += lane.await.unwrap();
        }
        assert!(killed > RUNS / 2, "only {killed} workers were killed");
    });
}

/// One payment: three workers at once, of which some are killed somewhere, then one worker a repetition until WeChat is
/// satisfied. Gives how many were killed.
async fn run(wechat: &Running, seed: u64) -> u64 {
    let folder = std::env::temp_dir().join(format!("wxpaykit-killed-{}-{seed}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("body"), paid(wechat).await).unwrap();
    merchant(&folder)
        .execute_batch("CREATE TABLE handed_over (key TEXT PRIMARY KEY); CREATE TABLE ran (key TEXT)")
        .unwrap();

    let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    let mut draw = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let url = wechat.url().to_owned();
    let first: Vec<_> = (0..3).map(|_| spawn(&folder, &url, draw(STEPS))).collect();
    let (mut killed, mut acknowledged) = (0, false);
    for worker in first {
        match tokio::task::spawn_blocking(|| ended(worker)).await.unwrap() {
            Ended::Killed => killed += 1,
            Ended::Answered(ok) => acknowledged |= ok,
        }
    }
    for _ in 0..REPEATS {
        if acknowledged {
            break;
        }
        tokio::time::sleep(LEASE / 2).await;
        let step = if draw(3) == 0 { draw(STEPS) } else { STEPS };
        let worker = spawn(&folder, &url, step);
        match tokio::task::spawn_blocking(|| ended(worker)).await.unwrap() {
            Ended::Killed => killed += 1,
            Ended::Answered(ok) => acknowledged = ok,
        }
    }
    assert!(acknowledged, "seed {seed}: the payment is lost");
    let count = |table: &str| -> u32 {
        merchant(&folder).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("handed_over"), 1, "seed {seed}");
    // The function ran again only for a worker that was killed.
    assert!(u64::from(count("ran")) <= 1 + killed, "seed {seed}: {} times, {killed} killed", count("ran"));
    std::fs::remove_dir_all(folder).unwrap();
    killed
}

async fn paid(wechat: &Running) -> String {
    let shop = Scripted::start(vec![Act::Answer(500, String::new())]).await;
    let pay = client(options(wechat.url()));
    let number = number();
    pay.unifiedorder(order(&number).notify_url(format!("{}/notify", shop.url))).await.unwrap();
    control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    loop {
        if let Some(body) = shop.bodies().first() {
            return body.clone();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The merchant's own database, where the key is committed with the work.
fn merchant(folder: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.join("merchant.db")).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

enum Ended {
    Killed,
    Answered(bool),
}

fn spawn(folder: &Path, url: &str, step: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker", "--nocapture", "--test-threads=1"])
        .env("WXPAYKIT_WORKER", folder)
        .env("WXPAYKIT_WECHAT", url)
        .env("WXPAYKIT_STEP", step.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until a worker stops at its step, and kills it there, or until it has its answer.
fn ended(mut worker: Child) -> Ended {
    let lines = BufReader::new(worker.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        if line.contains("at-step") {
            worker.kill().unwrap();
            worker.wait().unwrap();
            return Ended::Killed;
        }
        if let Some(answer) = line.split("answer:").nth(1) {
            worker.wait().unwrap();
            return Ended::Answered(answer.trim() == "true");
        }
    }
    panic!("a worker ended by itself: {:?}", worker.wait());
}

/// The process that is killed; nothing when the suite runs it.
#[test]
fn worker() {
    let Some(folder) = std::env::var_os("WXPAYKIT_WORKER").map(PathBuf::from) else { return };
    let step: u32 = std::env::var("WXPAYKIT_STEP").unwrap().parse().unwrap();
    let steps = Arc::new(Steps { left: AtomicU32::new(step) });
    let mut options = options(&std::env::var("WXPAYKIT_WECHAT").unwrap());
    options.lease = LEASE;
    let store = SqliteStore::new(folder.join("store.db"));
    options.store = Some(Arc::new(Stopping { store, steps: Arc::clone(&steps) }));
    let body = std::fs::read(folder.join("body")).unwrap();
    common::within(async move {
        let pay = client(options);
        let hand_over = async |_: &wxpaykit::ConfirmedPayment, key: &str| {
            steps.pass();
            merchant(&folder).execute("INSERT INTO ran (key) VALUES (?)", [key])?;
            merchant(&folder).execute("INSERT OR IGNORE INTO handed_over (key) VALUES (?)", [key])?;
            steps.pass();
            Ok(())
        };
        let handled = pay.notify().handle(&body, async |_| Ok(Fen(88)), hand_over).await;
        println!("answer:{}", handled.is_acknowledged());
    });
}

/// Counts steps, and stops for ever at one of them.
struct Steps {
    left: AtomicU32,
}

impl Steps {
    fn pass(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 0 {
            println!("at-step");
            loop {
                std::thread::sleep(Duration::from_secs(60));
            }
        }
    }
}

/// A store with a step before and after each operation. Steps stop the thread, so the heartbeat's go uncounted.
struct Stopping {
    store: SqliteStore,
    steps: Arc<Steps>,
}

impl Stopping {
    async fn stepping<T>(&self, operation: Storing<'_, T>) -> Result<T, wxpaykit::StoreError> {
        self.steps.pass();
        let done = operation.await;
        self.steps.pass();
        done
    }
}

impl Store for Stopping {
    fn get<'a>(&'a self, key: &'a str) -> Storing<'a, Option<Secret>> {
        Box::pin(self.stepping(self.store.get(key)))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, ()> {
        Box::pin(self.stepping(self.store.put(key, value, life)))
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, bool> {
        Box::pin(self.stepping(self.store.add(key, value, life)))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> Storing<'a, bool> {
        if old == new {
            return self.store.compare_and_set(key, old, new, life);
        }
        Box::pin(self.stepping(self.store.compare_and_set(key, old, new, life)))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Storing<'a, ()> {
        self.store.delete(key)
    }
}
