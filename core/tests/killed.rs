//! Kills (SIGKILL) `handle`, and those who ask for a refund or a transfer, at every step, under concurrent duplicates, which come over
//! APIv2, over APIv3 or over both for the same payment. No payment, refund or transfer is lost, WeChat makes a refund or a transfer once,
//! and nothing is handed over twice when the function commits the key with its work. Kills tills too, which charge payment codes: a code is
//! charged once, and what is paid is handed over once. Kills passes of `reconcile` over the parts of a combined order too, while its notification is
//! handled.
//!
//! The test starts itself: `worker` is the process that is killed. It stops before or after the k-th operation of its store or
//! request to WeChat, or in the merchant's function before or after the commit, reports that, and waits to be killed. Random pauses
//! before that let workers interleave between any two steps.
//!
//! Of payments over APIv2 there are 200 runs a store, of the others 20. `make killed` makes 200 of each.

#![cfg(all(unix, feature = "sqlite", feature = "redis"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use common::place::Place;
use common::{Act, Scripted, client, control, number, options, order};
use serde_json::{Value, json};
use wxpaykit::client::{new_out_refund_no, now};
use wxpaykit::store::{self, StoreFuture};
use wxpaykit::transport::{Deadlines, Limits, Reqwest, Sending, Transport};
use wxpaykit::v3::Headers;
use wxpaykit::{
    CodeOptions, CodeResult, ConfirmedPayment, Fen, Incoming, Micropay, Options, Pending, Reconciled, Refund, Secret,
    Store, V3CombineAmount, V3CombineItem, V3CombineJsapi, V3CombinePayer, V3Jsapi, V3OrderAmount, V3Payer, V3Refund,
    V3RefundAmount, V3Transfer, V3TransferReportInfo, WxPay,
};
use wxpaykit_emulator::{Config, Emulator, Running};

/// Runs with payments over APIv2.
const PAYMENTS: u64 = 200;
/// Other runs. One with a refund or a transfer takes twice as many workers.
const OTHERS: u64 = 20;
/// Runs in parallel: a run mostly waits for leases.
const LANES: u64 = 6;
const LEASE: Duration = Duration::from_millis(400);
/// Greater than the number of steps of one `handle`, so that some runs are not killed at all.
const STEPS: u64 = 18;
/// The same for one that downloads platform certificates.
const STEPS_WITH_CERTIFICATES: u64 = 32;
/// The same for a worker that asks.
const STEPS_TO_ASK: u64 = 7;
/// The same for a till.
const STEPS_TO_SELL: u64 = 13;
/// The age of a pending order, in seconds: it is asked for again when it is a minute old, so no test has to wait long for that.
const AGE: i64 = 58;
/// No worker has so many: one that waits for another one's download looks into the store again and again.
const NEVER: u64 = u64::MAX;
/// The longest pause at a step, in milliseconds; far shorter than a lease.
const PAUSE: u64 = 30;
/// Upper bound of the times that WeChat sends a notification.
const REPEATS: usize = 15;

/// What is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    /// Of APIv2.
    Payment,
    /// Both APIs notify of it. The merchant has no public key of WeChat Pay's: platform certificates are downloaded for it.
    PaymentOfBoth,
    /// The payment of a combined order. APIv3 alone has them.
    Combined,
    /// The same, whose parts are pending orders of the shop, too.
    PendingParts,
    /// Of APIv2.
    Refund,
    V3Refund,
    /// To a customer. APIv3 alone has them.
    Transfer,
    /// By a payment code, over APIv2.
    Code,
    V3Code,
}

impl Subject {
    /// The call that asks for it, if it is asked for.
    fn call(self) -> Option<&'static str> {
        match self {
            Self::Payment | Self::PaymentOfBoth | Self::Code | Self::V3Code => None,
            Self::Combined | Self::PendingParts => None,
            Self::Refund => Some("refund"),
            Self::V3Refund => Some("v3.refund"),
            Self::Transfer => Some("v3.transfer"),
        }
    }

    /// How many things are handed over.
    fn parts(self) -> u64 {
        if self.is_combined() { 2 } else { 1 }
    }

    fn is_combined(self) -> bool {
        matches!(self, Self::Combined | Self::PendingParts)
    }
}

/// What a worker does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Work {
    /// Asks for the refund or the transfer of the run.
    Ask,
    /// Handles the notification of the run.
    Handle,
    /// Asks for the pending orders of the run.
    Reconcile,
    /// Charges the payment code of the run.
    Sell,
    /// Takes the payment by code up again.
    Resume,
}

impl Work {
    fn name(self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::Handle => "handle",
            Self::Reconcile => "reconcile",
            Self::Sell => "sell",
            Self::Resume => "resume",
        }
    }

    fn steps(self, subject: Subject) -> u64 {
        match self {
            Self::Ask => STEPS_TO_ASK,
            Self::Handle if subject == Subject::PaymentOfBoth => STEPS_WITH_CERTIFICATES,
            Self::Handle | Self::Reconcile => STEPS * subject.parts(),
            Self::Sell | Self::Resume => STEPS_TO_SELL,
        }
    }
}

#[test]
fn with_sqlite_no_payment_is_lost_and_none_is_handed_over_twice() {
    killed("sqlite", Subject::Payment, async |_| None);
}

#[test]
fn with_redis_no_payment_is_lost_and_none_is_handed_over_twice() {
    killed("redis", Subject::Payment, async |place| Some(place.redis().await));
}

#[test]
fn with_sqlite_a_payment_that_both_apis_notify_is_handed_over_once() {
    killed("both-sqlite", Subject::PaymentOfBoth, async |_| None);
}

#[test]
fn with_redis_a_payment_that_both_apis_notify_is_handed_over_once() {
    killed("both-redis", Subject::PaymentOfBoth, async |place| Some(place.redis().await));
}

#[test]
fn with_sqlite_each_part_of_a_combined_order_is_handed_over_once() {
    killed("combined-sqlite", Subject::Combined, async |_| None);
}

#[test]
fn with_redis_each_part_of_a_combined_order_is_handed_over_once() {
    killed("combined-redis", Subject::Combined, async |place| Some(place.redis().await));
}

#[test]
fn with_sqlite_each_pending_part_of_a_combined_order_is_handed_over_once() {
    killed("pending-parts-sqlite", Subject::PendingParts, async |_| None);
}

#[test]
fn with_redis_each_pending_part_of_a_combined_order_is_handed_over_once() {
    killed("pending-parts-redis", Subject::PendingParts, async |place| Some(place.redis().await));
}

#[test]
fn with_sqlite_a_refund_is_made_once_and_handed_over_once() {
    killed("refunds-sqlite", Subject::Refund, async |_| None);
}

#[test]
fn with_redis_a_refund_is_made_once_and_handed_over_once() {
    killed("refunds-redis", Subject::Refund, async |place| Some(place.redis().await));
}

#[test]
fn with_sqlite_a_refund_of_apiv3_is_made_once_and_handed_over_once() {
    killed("v3-refunds-sqlite", Subject::V3Refund, async |_| None);
}

#[test]
fn with_redis_a_refund_of_apiv3_is_made_once_and_handed_over_once() {
    killed("v3-refunds-redis", Subject::V3Refund, async |place| Some(place.redis().await));
}

#[test]
fn with_sqlite_a_transfer_is_made_once_and_handed_over_once() {
    killed("transfers-sqlite", Subject::Transfer, async |_| None);
}

#[test]
fn with_redis_a_transfer_is_made_once_and_handed_over_once() {
    killed("transfers-redis", Subject::Transfer, async |place| Some(place.redis().await));
}

#[test]
fn with_sqlite_a_payment_code_is_charged_once_and_handed_over_once() {
    killed("codes-sqlite", Subject::Code, async |_| None);
}

#[test]
fn with_redis_a_payment_code_is_charged_once_and_handed_over_once() {
    killed("codes-redis", Subject::Code, async |place| Some(place.redis().await));
}

#[test]
fn with_sqlite_a_payment_code_of_apiv3_is_charged_once_and_handed_over_once() {
    killed("v3-codes-sqlite", Subject::V3Code, async |_| None);
}

#[test]
fn with_redis_a_payment_code_of_apiv3_is_charged_once_and_handed_over_once() {
    killed("v3-codes-redis", Subject::V3Code, async |place| Some(place.redis().await));
}

/// Performs all runs. `shared` is the address of a store that they share; without it each run has its own file.
fn killed(name: &'static str, subject: Subject, shared: impl AsyncFnOnce(&mut Place) -> Option<String>) {
    let runs = std::env::var("WXPAYKIT_KILLED_RUNS")
        .map_or(if subject == Subject::Payment { PAYMENTS } else { OTHERS }, |runs| runs.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let mut place = Place::new(&format!("killed-{name}"));
        let shared = shared(&mut place).await;
        let mut config = Config::default();
        // The customers of payment codes.
        config.magic_amounts = true;
        let wechat = Arc::new(Emulator::start(config).await.unwrap());
        let lanes: Vec<_> = (0..LANES)
            .map(|lane| {
                let (wechat, folder, shared) = (Arc::clone(&wechat), place.folder.clone(), shared.clone());
                tokio::spawn(async move {
                    let mut killed = 0;
                    for seed in (0..runs).filter(|seed| seed % LANES == lane) {
                        let shop = Shop::new(folder.join(seed.to_string()), shared.clone(), subject, &wechat);
                        killed += match subject {
                            Subject::Code | Subject::V3Code => run_of_code(&wechat, shop, seed).await,
                            _ => run(&wechat, shop, seed).await,
                        };
                    }
                    killed
                })
            })
            .collect();
        let mut killed = 0;
        for lane in lanes {
            killed += lane.await.unwrap();
        }
        println!("{name}: {runs} runs, {killed} workers killed");
        assert!(killed > runs / 2, "only {killed} workers were killed");
    });
}

/// The arguments of a worker: the folder of its run, its store, what it is about, and the settings of its client.
struct Shop {
    folder: PathBuf,
    store: String,
    subject: Subject,
    openid: String,
    settings: Value,
}

impl Shop {
    fn new(folder: PathBuf, shared: Option<String>, subject: Subject, wechat: &Running) -> Self {
        std::fs::create_dir(&folder).unwrap();
        let store = shared.unwrap_or_else(|| format!("sqlite://{}", folder.join("store.db").display()));
        let mut settings = json!({
            "endpoints": wechat.url(),
            "api_v3_key": wechat.merchant().api_v3_key.as_ref().unwrap().expose(),
            "client_cert": wechat.client_cert(),
            "client_key": wechat.client_key(),
        });
        if subject != Subject::PaymentOfBoth {
            settings["platform_public_key"] = wechat.platform_public_key().into();
            settings["platform_public_key_id"] = wechat.platform_public_key_id().into();
        }
        Self { folder, store, subject, openid: wechat.openid(), settings }
    }
}

/// The options of a client of both APIs.
fn options_of(settings: &Value) -> Options {
    let mut options = options(settings["endpoints"].as_str().unwrap());
    for (name, value) in settings.as_object().unwrap().iter().filter(|(name, _)| *name != "endpoints") {
        options.set(name, value.as_str().unwrap()).unwrap();
    }
    options
}

/// One payment, also of a combined order, one refund of a payment, or one transfer: it is asked for, its notification is handled. Returns the number of killed workers.
async fn run(wechat: &Running, shop: Shop, seed: u64) -> u64 {
    let tables = "CREATE TABLE handed_over (key TEXT PRIMARY KEY); CREATE TABLE ran (key TEXT);
                  CREATE TABLE asked (subject TEXT PRIMARY KEY, number TEXT NOT NULL)";
    merchant(&shop.folder).execute_batch(tables).unwrap();
    let mut random = Random::new(seed);
    let (mut asking, mut handling) = (0, [Work::Handle].repeat(3));
    let number = number();
    let mut posts = if shop.subject == Subject::Transfer { Vec::new() } else { paid(wechat, &shop, &number).await };
    if shop.subject.call().is_some() {
        let server = Scripted::start(vec![Act::Answer(500, String::new())]).await;
        std::fs::write(shop.folder.join("asked"), format!("{number} {}/notify", server.url)).unwrap();
        asking = until_answered(&shop, &mut random, &[Work::Ask; 3], seed).await;
        // Others ask for it while its notification is handled.
        handling.push(Work::Ask);
        end(wechat, &shop, &number, seed).await;
        posts = vec![notified(&server).await];
    }
    if shop.subject == Subject::PendingParts {
        std::fs::write(shop.folder.join("asked"), &number).unwrap();
        handling = vec![Work::Reconcile, Work::Reconcile, Work::Reconcile, Work::Handle];
    }
    let messages = posts.len();
    std::fs::write(shop.folder.join("posts"), Value::from(posts).to_string()).unwrap();
    let handlers = until_answered(&shop, &mut random, &handling, seed).await;
    // Whichever was first, each is acknowledged in the end.
    for post in 0..messages {
        let worker = spawn(&shop, (Work::Handle, post), NEVER, seed);
        let ended = tokio::task::spawn_blocking(|| ended(worker)).await.unwrap();
        assert!(
            matches!(ended, Ended::Answered(true)),
            "seed {seed}: notification {post} is refused, {}",
            matches!(ended, Ended::Killed)
        );
    }

    let count =
        |sql: &str| -> u64 { merchant(&shop.folder).query_row(sql, [], |row| row.get::<_, u32>(0)).unwrap().into() };
    let parts = shop.subject.parts();
    assert_eq!(count("SELECT count(*) FROM handed_over"), parts, "seed {seed}");
    // The key is always the same.
    assert_eq!(count("SELECT count(DISTINCT key) FROM ran"), parts, "seed {seed}");
    // The function ran again only for a worker that was killed.
    let ran = count("SELECT count(*) FROM ran");
    assert!(ran <= parts + handlers, "seed {seed}: {ran} times, {handlers} killed");
    if shop.subject.call().is_some() {
        only(wechat, &shop, &number, seed).await;
    }
    std::fs::remove_dir_all(shop.folder).unwrap();
    asking + handlers
}

/// One payment by code: a till charges it and is killed, others take it up, and are killed. Returns the number of killed workers.
async fn run_of_code(wechat: &Running, shop: Shop, seed: u64) -> u64 {
    let tables = "CREATE TABLE handed_over (key TEXT PRIMARY KEY); CREATE TABLE ran (key TEXT); CREATE TABLE results (state TEXT)";
    merchant(&shop.folder).execute_batch(tables).unwrap();
    let mut random = Random::new(seed);
    let number = number();
    // The customer pays at once, at the second question, after a failure of the bank, or never.
    let fee = [88, 77_042, 77_045, 77_046, 100_001][usize::try_from(random.below(5)).unwrap()];
    let shown = control(wechat, "POST", "/_emulator/payment-code", json!({})).await;
    std::fs::write(shop.folder.join("asked"), format!("{number} {fee} {}", shown["auth_code"].as_str().unwrap()))
        .unwrap();
    let works = async |work: Work, step: u64, seed: u64| {
        let worker = spawn(&shop, (work, 0), step, seed);
        tokio::task::spawn_blocking(|| ended(worker)).await.unwrap()
    };
    let (mut killed, mut is_done) = (0, false);
    for attempt in 0..REPEATS {
        let work = if attempt == 0 { Work::Sell } else { Work::Resume };
        let stops = attempt == 0 || random.below(2) == 0;
        let step = if stops { random.below(work.steps(shop.subject)) } else { NEVER };
        match works(work, step, random.below(u64::MAX)).await {
            Ended::Killed => killed += 1,
            Ended::Answered(ok) => is_done = ok,
        }
        if is_done {
            break;
        }
        // The claim of a worker that was killed ends.
        tokio::time::sleep(LEASE / 2).await;
    }
    assert!(is_done, "seed {seed}: the payment of {fee} fen has no result");
    // Two take it up at the same time.
    let (one, two) = tokio::join!(works(Work::Resume, NEVER, seed), works(Work::Resume, NEVER, seed + 1));
    assert!(matches!((one, two), (Ended::Answered(true), Ended::Answered(true))), "seed {seed}");

    let text = |sql: &str| -> String { merchant(&shop.folder).query_row(sql, [], |row| row.get(0)).unwrap() };
    let orders = control(wechat, "GET", &format!("/_emulator/orders?out_trade_no={number}"), Value::Null).await;
    let path = if shop.subject == Subject::V3Code { "/v3/pay/transactions/codepay" } else { "/pay/micropay" };
    let journal = control(wechat, "GET", "/_emulator/journal?limit=100000", Value::Null).await;
    let charges =
        journal.as_array().unwrap().iter().filter(|entry| entry["path"] == path && entry.to_string().contains(&number));
    let charged = charges.count();
    assert!(charged <= 1, "seed {seed}: charged {charged} times");
    assert!(charged == 1 || orders[0].is_null(), "seed {seed}: the journal lacks the charge");
    // All said the same, and it is true.
    let results = text("SELECT group_concat(DISTINCT state) FROM results");
    let expected = match orders[0]["trade_state"].as_str() {
        Some("SUCCESS") => "paid",
        Some("REVOKED") => "reversed",
        None => "refused",
        other => panic!("seed {seed}: {other:?}, {results}"),
    };
    assert_eq!(results, expected, "seed {seed}: {fee} fen");
    let handed_over = text("SELECT count(*) || ' ' || (SELECT count(DISTINCT key) FROM ran) FROM handed_over");
    assert_eq!(handed_over, if expected == "paid" { "1 1" } else { "0 0" }, "seed {seed}: {fee} fen");
    std::fs::remove_dir_all(shop.folder).unwrap();
    killed
}

/// Runs these workers at once, some of which are killed, then one after the other until one has its work done. Only the work of the
/// first one counts. Returns the number of killed workers.
async fn until_answered(shop: &Shop, random: &mut Random, first: &[Work], seed: u64) -> u64 {
    let work = first[0];
    let first: Vec<_> = first
        .iter()
        .enumerate()
        // The first ones handle each of the notifications.
        .map(|(post, each)| {
            (*each, spawn(shop, (*each, post), random.below(each.steps(shop.subject)), random.below(u64::MAX)))
        })
        .collect();
    let (mut killed, mut is_done) = (0, false);
    for (each, worker) in first {
        match tokio::task::spawn_blocking(|| ended(worker)).await.unwrap() {
            Ended::Killed => killed += 1,
            Ended::Answered(ok) => is_done |= ok && each == work,
        }
    }
    for _ in 0..REPEATS {
        if is_done {
            break;
        }
        // A pass asks for nothing that a killed one asked for less than a lease ago.
        tokio::time::sleep(if work == Work::Reconcile { LEASE } else { LEASE / 2 }).await;
        let step = if random.below(3) == 0 { random.below(work.steps(shop.subject)) } else { NEVER };
        let post = usize::try_from(random.below(2)).unwrap();
        let worker = spawn(shop, (work, post), step, random.below(u64::MAX));
        match tokio::task::spawn_blocking(|| ended(worker)).await.unwrap() {
            Ended::Killed => killed += 1,
            Ended::Answered(ok) => is_done = ok,
        }
    }
    assert!(is_done, "seed {seed}: {} is never done", work.name());
    killed
}

/// Pays an order. Returns its notifications.
async fn paid(wechat: &Running, shop: &Shop, number: &str) -> Vec<Value> {
    let server = Scripted::start(vec![Act::Answer(500, String::new())]).await;
    let (pay, url) = (client(options_of(&shop.settings)), format!("{}/notify", server.url));
    if shop.subject == Subject::PaymentOfBoth {
        let order = V3Jsapi::new().description("茶").out_trade_no(number).notify_url(url);
        let order = order.amount(V3OrderAmount::new().total(Fen(88))).payer(V3Payer::new().openid(wechat.openid()));
        pay.v3().jsapi(order).await.unwrap();
    } else if shop.subject.is_combined() {
        let item = |part: &str| {
            let amount = V3CombineAmount::new().total_amount(Fen(88)).currency("CNY");
            let item = V3CombineItem::new().mchid(&wechat.merchant().mch_id).attach("a").amount(amount);
            item.out_trade_no(part_of(number, part)).description("茶")
        };
        let payer = V3CombinePayer::new().openid(wechat.openid());
        let order = V3CombineJsapi::new().combine_out_trade_no(number).combine_payer_info(payer).notify_url(url);
        pay.v3().combine_jsapi(order.sub_orders(vec![item("A"), item("B")])).await.unwrap();
    } else {
        pay.unifiedorder(order(number).notify_url(url)).await.unwrap();
    }
    let done = control(wechat, "POST", "/_emulator/pay", json!({ "out_trade_no": number })).await;
    let mut posts = vec![notified(&server).await];
    if shop.subject == Subject::PaymentOfBoth {
        // As the gateway of APIv2 would send it.
        let body = common::signed(&[
            ("return_code", "SUCCESS"),
            ("result_code", "SUCCESS"),
            ("appid", common::APPID),
            ("mch_id", common::MCH_ID),
            ("openid", &wechat.openid()),
            ("out_trade_no", number),
            ("transaction_id", done["transaction_id"].as_str().unwrap()),
            ("total_fee", "88"),
        ]);
        posts.push(json!({ "headers": {}, "body": body }));
    }
    posts
}

/// The number of a part of a combined order.
fn part_of(number: &str, part: &str) -> String {
    format!("{part}{}", &number[1..])
}

/// Ends what was asked for.
async fn end(wechat: &Running, shop: &Shop, number: &str, seed: u64) {
    let made = only(wechat, shop, number, seed).await;
    let (path, result) = match shop.subject {
        Subject::Transfer => ("transfer", json!({ "out_bill_no": made["out_bill_no"] })),
        _ => ("refund", json!({ "out_refund_no": made["out_refund_no"], "result": "SUCCESS" })),
    };
    // It may have ended by itself.
    control(wechat, "POST", &format!("/_emulator/{path}"), result).await;
}

/// The refund that WeChat has of an order, or the transfer with this remark. There is no other one, however often it was asked for.
async fn only(wechat: &Running, shop: &Shop, number: &str, seed: u64) -> Value {
    let (path, fee) = match shop.subject {
        Subject::Transfer => ("transfers?limit=100000".to_owned(), "transfer_amount"),
        _ => (format!("refunds?out_trade_no={number}"), "refund_fee"),
    };
    let all = control(wechat, "GET", &format!("/_emulator/{path}"), Value::Null).await;
    let is_own = |made: &&Value| shop.subject != Subject::Transfer || made["transfer_remark"] == number;
    let own: Vec<_> = all.as_array().unwrap().iter().filter(is_own).collect();
    assert_eq!(own.len(), 1, "seed {seed}: {own:?}");
    assert_eq!(own[0][fee], json!(30), "seed {seed}");
    if shop.subject != Subject::Transfer {
        let order = control(wechat, "GET", &format!("/_emulator/orders?out_trade_no={number}"), Value::Null).await;
        assert_eq!(order[0]["refunded"], json!(30), "seed {seed}");
    }
    own[0].clone()
}

/// The first notification that arrives, with its headers.
async fn notified(server: &Scripted) -> Value {
    let arrives = async {
        loop {
            if let Some(request) = server.got.lock().unwrap().first() {
                return request.clone();
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let request = tokio::time::timeout(Duration::from_secs(60), arrives).await.expect("a notification arrives");
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let headers = head.lines().filter_map(|line| line.split_once(": "));
    let headers: serde_json::Map<_, _> = headers.map(|(name, value)| (name.to_owned(), value.into())).collect();
    json!({ "headers": headers, "body": body })
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

fn spawn(shop: &Shop, (work, post): (Work, usize), step: u64, seed: u64) -> Child {
    common::child(module_path!(), "worker")
        .arg("--test-threads=1")
        .env("WXPAYKIT_WORKER", &shop.folder)
        .env("WXPAYKIT_WORK", work.name())
        .env("WXPAYKIT_POST", post.to_string())
        .env("WXPAYKIT_STORE", &shop.store)
        .env("WXPAYKIT_SETTINGS", shop.settings.to_string())
        .env("WXPAYKIT_OPENID", &shop.openid)
        .env("WXPAYKIT_CALL", shop.subject.call().unwrap_or_default())
        .env("WXPAYKIT_API", if shop.subject == Subject::V3Code { "v3" } else { "v2" })
        .env("WXPAYKIT_STEP", step.to_string())
        .env("WXPAYKIT_SEED", seed.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits until a worker stops at its step and kills it there, or until it ends after its answer.
fn ended(mut worker: Child) -> Ended {
    let lines = BufReader::new(worker.stdout.take().unwrap()).lines();
    let mut answered = None;
    for line in lines.map_while(Result::ok) {
        if let Some(answer) = line.split("answer:").nth(1) {
            answered = Some(answer.trim() == "true");
        }
        // After the answer, the renewal of a lease may stop at a step: it adds an entry that is no longer its own.
        if line.contains("at-step") {
            worker.kill().unwrap();
            worker.wait().unwrap();
            return answered.map_or(Ended::Killed, Ended::Answered);
        }
    }
    let status = worker.wait();
    answered.map_or_else(|| panic!("a worker ended by itself: {status:?}"), Ended::Answered)
}

/// The process that is killed. Does nothing when the suite runs it as a test.
#[test]
fn worker() {
    let Some(folder) = std::env::var_os("WXPAYKIT_WORKER").map(PathBuf::from) else { return };
    let told = |name: &str| std::env::var(name).unwrap();
    let (left, random) = (told("WXPAYKIT_STEP").parse().unwrap(), Random::new(told("WXPAYKIT_SEED").parse().unwrap()));
    let steps = Arc::new(Steps(Mutex::new((left, random))));
    let settings: Value = serde_json::from_str(&told("WXPAYKIT_SETTINGS")).unwrap();
    let mut options = options_of(&settings);
    options.lease = LEASE;
    let store = store::open(&told("WXPAYKIT_STORE")).unwrap();
    options.store = Some(Arc::new(Stopping { inner: store, steps: Arc::clone(&steps) }).into());
    common::within(async move {
        // Made in the runtime, which its connections belong to.
        let transport = Reqwest::new(&Limits::default(), "killed", false).unwrap();
        let pay = client(options.transport(Arc::new(Stopping { inner: transport, steps: Arc::clone(&steps) })));
        let is_done = match told("WXPAYKIT_WORK").as_str() {
            "ask" => ask(&pay, &folder, &steps, (&told("WXPAYKIT_CALL"), &told("WXPAYKIT_OPENID"))).await,
            work @ ("sell" | "resume") => {
                let api = told("WXPAYKIT_API");
                till(&pay, &folder, &steps, (work, &api)).await
            }
            "reconcile" => reconcile(&pay, &folder, &steps).await,
            _ => handle(&pay, &folder, &steps, told("WXPAYKIT_POST").parse().unwrap()).await,
        };
        println!("answer:{is_done}");
    });
}

/// Asks for a refund or a transfer. Its number is committed before WeChat is asked, so that all attempts have the same one.
async fn ask(pay: &WxPay, folder: &Path, steps: &Steps, (call, openid): (&str, &str)) -> bool {
    let told = std::fs::read_to_string(folder.join("asked")).unwrap();
    let (subject, url) = told.split_once(' ').unwrap();
    steps.pass();
    let new = new_out_refund_no("R").unwrap();
    let rows = merchant(folder);
    rows.execute("INSERT OR IGNORE INTO asked (subject, number) VALUES (?, ?)", [subject, &new]).unwrap();
    let kept: String = rows.query_row("SELECT number FROM asked", [], |row| row.get(0)).unwrap();
    steps.pass();
    let is_asked = match call {
        "v3.transfer" => {
            let report = |kind: &str| V3TransferReportInfo::new().info_type(kind).info_content("新会员有礼");
            let reports = vec![report("活动名称"), report("奖励说明")];
            let transfer = V3Transfer::new().out_bill_no(kept).transfer_scene_id("1000").openid(openid).notify_url(url);
            let transfer = transfer.transfer_amount(Fen(30)).transfer_remark(subject);
            pay.v3().transfer(transfer.transfer_scene_report_infos(reports)).await.is_ok()
        }
        "v3.refund" => {
            let amount = V3RefundAmount::new().refund(Fen(30)).total(Fen(88)).currency("CNY");
            let refund = V3Refund::new().out_trade_no(subject).out_refund_no(kept).notify_url(url);
            pay.v3().refund(refund.amount(amount)).await.is_ok()
        }
        _ => {
            let refund = Refund::new().out_trade_no(subject).out_refund_no(kept).notify_url(url);
            pay.refund(refund.total_fee(Fen(88)).refund_fee(Fen(30))).await.is_ok()
        }
    };
    steps.pass();
    is_asked
}

/// Charges the payment code, or takes the payment up, and hands it over. Whether the result is known.
async fn till(pay: &WxPay, folder: &Path, steps: &Steps, (work, api): (&str, &str)) -> bool {
    let told = std::fs::read_to_string(folder.join("asked")).unwrap();
    let [number, fee, code] = told.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let fee = Fen(fee.parse().unwrap());
    let mut options = CodeOptions::default();
    (options.within, options.interval) = (Duration::from_millis(400), Duration::from_millis(60));
    options.reverse_after = Duration::from_millis(300);
    let hand_over = async |_: ConfirmedPayment, key: String| hand_over(folder, steps, &key);
    let result = match work {
        "sell" => {
            options.api = Some(api.into());
            let request = Micropay::new().auth_code(code).body("茶").out_trade_no(number).total_fee(fee);
            pay.pay_by_code_and_hand_over(request.spbill_create_ip("203.0.113.9"), options, hand_over).await
        }
        // Where the till was killed before the record in the store, it is asked by APIv2.
        _ => pay.resume_pay_by_code_and_hand_over(number, fee, None, options, hand_over).await,
    };
    match result {
        Ok(CodeResult::Unknown { error, .. }) => {
            eprintln!("{} unknown: {error:?}", folder.display());
            false
        }
        Ok(result) => {
            merchant(folder).execute("INSERT INTO results (state) VALUES (?)", [result.as_str()]).unwrap();
            true
        }
        Err(error) => {
            eprintln!("{} {error}", folder.display());
            false
        }
    }
}

/// Asks for both parts of the combined order, and hands over what is paid. Whether both are handed over.
async fn reconcile(pay: &WxPay, folder: &Path, steps: &Steps) -> bool {
    let number = std::fs::read_to_string(folder.join("asked")).unwrap();
    let created = now() - AGE;
    let row = |part: &str| Pending {
        out_trade_no: part_of(&number, part),
        total_fee: Fen(88),
        created,
        sub_mch_id: None,
        combine_out_trade_no: Some(number.clone()),
    };
    let hand_over = async |_: ConfirmedPayment, key: String| hand_over(folder, steps, &key);
    let results = pay.reconcile_all(vec![row("A"), row("B")], hand_over).await;
    for result in &results {
        if let Reconciled::Failed { error, .. } = result {
            eprintln!("{} {error}", folder.display());
        }
    }
    // What was handed over a moment ago is not due.
    let all: u64 =
        merchant(folder).query_row("SELECT count(*) FROM handed_over", [], |row| row.get::<_, u32>(0)).unwrap().into();
    all == Subject::PendingParts.parts() && !results.iter().any(|result| matches!(result, Reconciled::Failed { .. }))
}

/// The merchant's function.
fn hand_over(folder: &Path, steps: &Steps, key: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    steps.pass();
    merchant(folder).execute("INSERT INTO ran (key) VALUES (?)", [key])?;
    merchant(folder).execute("INSERT OR IGNORE INTO handed_over (key) VALUES (?)", [key])?;
    steps.pass();
    Ok(())
}

/// Handles one of the notifications.
async fn handle(pay: &WxPay, folder: &Path, steps: &Steps, post: usize) -> bool {
    let posts: Vec<Value> = serde_json::from_slice(&std::fs::read(folder.join("posts")).unwrap()).unwrap();
    let post = &posts[post % posts.len()];
    let headers = post["headers"].as_object().unwrap().iter();
    let headers = Headers::read(headers.map(|(name, value)| (name.as_str(), value.as_str().unwrap())));
    let incoming = Incoming::new(post["body"].as_str().unwrap().as_bytes(), &headers);
    let hand_over = |key: &str| hand_over(folder, steps, key);
    let handled = pay
        .notify()
        .handler()
        .amount_of(async |_| Ok(Fen(88)))
        .on_paid(async |_, key| hand_over(&key))
        .on_refunded(async |_, key| hand_over(&key))
        .on_refund_failed(async |refund, _| panic!("{:?}", refund.refund_status()))
        .on_transferred(async |_, key| hand_over(&key))
        .on_transfer_failed(async |transfer, _| panic!("{:?}", transfer.state()))
        .on_other(async |other| panic!("{}", other.event_type()))
        .handle(incoming)
        .await;
    if let Some(error) = &handled.error {
        eprintln!("{} {error}", folder.display());
    }
    handled.is_acknowledged()
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

/// A store or a transport with a step before and after each operation. A step blocks the thread, so those of the heartbeat are not
/// counted.
struct Stopping<T> {
    inner: T,
    steps: Arc<Steps>,
}

impl<T> Stopping<T> {
    async fn stepping<R>(&self, operation: impl Future<Output = R>) -> R {
        self.steps.pass();
        let done = operation.await;
        self.steps.pass();
        done
    }
}

impl Transport for Stopping<Reqwest> {
    fn send(&self, request: http::Request<Bytes>, deadlines: Deadlines) -> Sending<'_> {
        Box::pin(self.stepping(self.inner.send(request, deadlines)))
    }
}

impl Store for Stopping<Arc<dyn Store>> {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        Box::pin(self.stepping(self.inner.get(key)))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        Box::pin(self.stepping(self.inner.put(key, value, life)))
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        Box::pin(self.stepping(self.inner.add(key, value, life)))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        if old == new {
            return self.inner.compare_and_set(key, old, new, life);
        }
        Box::pin(self.stepping(self.inner.compare_and_set(key, old, new, life)))
    }

    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        self.inner.delete(key)
    }
}
