//! Kills `handle` (SIGKILL) at every step, under concurrent duplicates. No payment is lost, and none is handed over twice
//! when the function commits the key with its work.
//!
//! The test starts itself: `worker` is the process that is killed. It stops before or after the k-th operation of its store,
//! or in the merchant's function before or after the commit, reports that, and waits to be killed. Random pauses before
//! that let workers interleave between any two steps.

#![cfg(all(unix, feature = "sqlite", feature = "redis"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::place::Place;
use common::{Act, Scripted, client, control, number, options, order};
use serde_json::json;
use wxpaykit::store::{self, Storing};
use wxpaykit::{Fen, Secret, Store};
use wxpaykit_emulator::{Config, Emulator, Running};

const RUNS: u64 = 200;
/// Runs in parallel: a run mostly waits for leases.
const LANES: u64 = 6;
const LEASE: Duration = Duration::from_millis(400);
/// Greater than the number of steps of one `handle`, so that some runs are not killed at all.
const STEPS: u64 = 16;
/// The longest pause at a step, in milliseconds; far shorter than a lease.
const PAUSE: u64 = 30;
/// Upper bound of the times that WeChat sends a notification.
const REPEATS: usize = 15;

#[test]
fn with_sqlite_no_payment_is_lost_and_none_is_handed_over_twice() {
    killed("sqlite", async |_| None);
}

#[test]
fn with_redis_no_payment_is_lost_and_none_is_handed_over_twice() {
    killed("redis", async |place| Some(place.redis().await));
}

/// Performs all runs. `shared` is the address of a store that they share; without it each run has its own file.
fn killed(name: &'static str, shared: impl AsyncFnOnce(&mut Place) -> Option<String>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut place = Place::new(&format!("killed-{name}"));
        let shared = shared(&mut place).await;
        let wechat = Arc::new(Emulator::start(Config::default()).await.unwrap());
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                let (wechat, folder, shared) = (Arc::clone(&wechat), place.folder.clone(), shared.clone());
                tokio::spawn(async move {
                    let mut killed = 0;
                    for seed in (0..RUNS).filter(|seed| seed % LANES == lane) {
                        let shop = Shop::new(folder.join(seed.to_string()), shared.clone(), wechat.url());
                        killed += run(&wechat, shop, seed).await;
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

/// The arguments of a worker: the folder of its run, its store, and the address of WeChat.
struct Shop {
    folder: PathBuf,
    store: String,
    wechat: String,
}

impl Shop {
    fn new(folder: PathBuf, shared: Option<String>, wechat: &str) -> Self {
        std::fs::create_dir(&folder).unwrap();
        let store = shared.unwrap_or_else(|| format!("sqlite://{}", folder.join("store.db").display()));
        Self { folder, store, wechat: wechat.to_owned() }
    }
}

/// One payment: three concurrent workers, some of which are killed, then one worker for each repetition until the
/// notification is acknowledged. Returns the number of killed workers.
async fn run(wechat: &Running, shop: Shop, seed: u64) -> u64 {
    std::fs::write(shop.folder.join("body"), paid(wechat).await).unwrap();
    merchant(&shop.folder)
        .execute_batch("CREATE TABLE handed_over (key TEXT PRIMARY KEY); CREATE TABLE ran (key TEXT)")
        .unwrap();

    let mut random = Random::new(seed);
    let first: Vec<_> = (0..3).map(|_| spawn(&shop, random.below(STEPS), random.below(u64::MAX))).collect();
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
        let step = if random.below(3) == 0 { random.below(STEPS) } else { STEPS };
        let worker = spawn(&shop, step, random.below(u64::MAX));
        match tokio::task::spawn_blocking(|| ended(worker)).await.unwrap() {
            Ended::Killed => killed += 1,
            Ended::Answered(ok) => acknowledged = ok,
        }
    }
    assert!(acknowledged, "seed {seed}: the payment is lost");
    let count = |table: &str| -> u32 {
        merchant(&shop.folder).query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap()
    };
    assert_eq!(count("handed_over"), 1, "seed {seed}");
    // The function ran again only for a worker that was killed.
    assert!(u64::from(count("ran")) <= 1 + killed, "seed {seed}: {} times, {killed} killed", count("ran"));
    std::fs::remove_dir_all(shop.folder).unwrap();
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

/// The merchant's database. It commits the key in the same transaction as the work.
fn merchant(folder: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(folder.join("merchant.db")).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection
}

enum Ended {
    Killed,
    Answered(bool),
}

fn spawn(shop: &Shop, step: u64, seed: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "worker", "--nocapture", "--test-threads=1"])
        .env("WXPAYKIT_WORKER", &shop.folder)
        .env("WXPAYKIT_STORE", &shop.store)
        .env("WXPAYKIT_WECHAT", &shop.wechat)
        .env("WXPAYKIT_STEP", step.to_string())
        .env("WXPAYKIT_SEED", seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until a worker stops at its step and kills it there, or until it returns its answer.
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

/// The process that is killed. Does nothing when the suite runs it as a test.
#[test]
fn worker() {
    let Some(folder) = std::env::var_os("WXPAYKIT_WORKER").map(PathBuf::from) else { return };
    let told = |name: &str| std::env::var(name).unwrap();
    let (left, random) = (told("WXPAYKIT_STEP").parse().unwrap(), Random::new(told("WXPAYKIT_SEED").parse().unwrap()));
    let steps = Arc::new(Steps(Mutex::new((left, random))));
    let mut options = options(&told("WXPAYKIT_WECHAT"));
    options.lease = LEASE;
    let store = store::open(&told("WXPAYKIT_STORE")).unwrap();
    options.store = Some(Arc::new(Stopping { store, steps: Arc::clone(&steps) }).into());
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

/// Counts steps, and blocks forever at one of them.
struct Steps(Mutex<(u64, Random)>);

impl Steps {
    fn pass(&self) {
        let (left, pause) = {
            let (left, random) = &mut *self.0.lock().unwrap();
            let now = *left;
            *left = left.wrapping_sub(1);
            (now, if random.below(4) == 0 { random.below(PAUSE) } else { 0 })
        };
        if left == 0 {
            println!("at-step");
            loop {
                std::thread::sleep(Duration::from_secs(60));
            }
        }
        std::thread::sleep(Duration::from_millis(pause));
    }
}

/// A random generator: the same seed gives the same numbers.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1))
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// A store with a step before and after each operation. A step blocks the thread, so those of the heartbeat are not counted.
struct Stopping {
    store: Arc<dyn Store>,
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
