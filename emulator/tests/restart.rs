//! `--db`: the state after the emulator ends in any way; and `--keep`: the things that are forgotten.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use crate::common::{ACK, APPID, OPENID, Request, Shop, Wechat, http, start, within};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use wxpaykit_emulator::{Config, Emulator, OpenIds};

/// A file of its own, gone when it is dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        let file = Self(std::env::temp_dir().join(format!("wxpaykit-{}-{name}.db", std::process::id())));
        file.remove();
        file
    }

    fn remove(&self) {
        for end in ["", "-wal", "-shm", "-lock"] {
            let mut path = self.0.clone().into_os_string();
            path.push(end);
            let _ = std::fs::remove_file(path);
        }
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.remove();
    }
}

async fn on(file: &File, change: impl FnOnce(&mut Config)) -> Wechat {
    let db = file.0.clone();
    start(|config| {
        config.db = Some(db);
        change(config);
    })
    .await
}

/// Orders without the numbers of entries in the journal: the journal of the next run has other entries.
fn without_entries(mut orders: Value) -> Value {
    let mut count = 0;
    for order in orders.as_array_mut().unwrap() {
        let entry = order["paid_after_seq"].take();
        count += usize::from(entry.is_u64());
        assert_eq!(entry.is_u64(), order["time_end"].is_string(), "{order}");
        for attempt in order["notifications"]["attempts"].as_array_mut().unwrap() {
            assert!(attempt["after_seq"].take().as_u64() >= entry.as_u64());
        }
    }
    assert!(count > 0);
    orders
}

#[test]
fn everything_is_restored() {
    within(async {
        let file = File::new("again");
        let shop = Shop::open(|n| Some(if n == 0 { http(500, "") } else { http(200, ACK) })).await;
        let wechat = on(&file, |_| {}).await;
        for number in ["unpaid", "closed", "paid", "told"] {
            wechat.unifiedorder(&Request::order(number).with("notify_url", &shop.url)).await.ok();
        }
        let native = wechat.unifiedorder(&Request::of_type("NATIVE", "native")).await.ok().get("code_url").to_owned();
        wechat.closeorder("closed").await.ok();
        wechat.control("pay", json!({ "out_trade_no": "paid", "coupons": [{ "fee": 3 }] })).await;
        wechat.advance(0).await;
        wechat.pay("told").await;
        wechat.advance(5).await;

        let secret = wechat.running.merchant().app_secret.expose().to_owned();
        let page = "/connect/oauth2/authorize?appid=wxd930ea5d5a258f4f&redirect_uri=http%3A%2F%2F127.0.0.1%2F&\
                    response_type=code&scope=snsapi_base&state=1";
        let location = wechat.get(page).await.header("location").unwrap().to_owned();
        let code = location.split("code=").nth(1).unwrap().split('&').next().unwrap().to_owned();
        let token = format!("/cgi-bin/token?grant_type=client_credential&appid={APPID}&secret={secret}");
        let token = wechat.get(&token).await.json()["access_token"].as_str().unwrap().to_owned();
        let ticket = format!("/cgi-bin/ticket/getticket?type=jsapi&access_token={token}");
        let known_ticket = wechat.get(&ticket).await.json()["ticket"].clone();

        let before = wechat.control("orders", Value::Null).await;
        let now = wechat.now().await;
        wechat.running.stop().await;

        let wechat = on(&file, |_| {}).await;
        assert_eq!(wechat.now().await, now, "a clock that stands still does so meanwhile");
        assert_eq!(wechat.control("orders", Value::Null).await, without_entries(before));
        assert_eq!(wechat.orderquery("paid").await.get("cash_fee"), "85");
        assert_eq!(wechat.orderquery("closed").await.get("trade_state"), "CLOSED");
        assert_eq!(wechat.unifiedorder(&Request::order("paid")).await.failed(), "ORDERPAID 该订单已支付");
        let paid = wechat.control("pay", json!({ "code_url": native })).await;
        assert_eq!(paid["err_msg"], "get_brand_wcpay_request:ok");
        let access =
            format!("/sns/oauth2/access_token?appid={APPID}&secret={secret}&code={code}&grant_type=authorization_code");
        let granted = wechat.get(&access).await.json();
        assert_eq!(granted["openid"], OPENID, "{granted}");
        assert_eq!(wechat.get(&access).await.json()["errcode"], 40163, "once");
        assert_eq!(wechat.get(&ticket).await.json()["ticket"], known_ticket);
        // The schedule goes on where it was.
        assert_eq!(shop.heard().len(), 2);
        wechat.advance(10).await;
        assert_eq!(shop.heard().len(), 3);
        assert_eq!(wechat.order("paid").await["notifications"]["acknowledged"], true);
        assert_eq!(wechat.order("paid").await["notifications"]["attempts"].as_array().unwrap().len(), 2);
        // Seven days, and the unpaid order closes.
        wechat.advance(7 * 86_400).await;
        assert_eq!(wechat.orderquery("unpaid").await.get("trade_state"), "CLOSED");
    });
}

#[test]
fn a_running_clock_keeps_its_offset() {
    within(async {
        let file = File::new("clock");
        let wechat = on(&file, |config| config.frozen_clock = false).await;
        wechat.advance(86_400).await;
        let then = wechat.now().await;
        wechat.running.stop().await;
        let wechat = on(&file, |config| config.frozen_clock = false).await;
        assert!((then..then + 10).contains(&wechat.now().await));
    });
}

#[test]
fn memory_is_bounded_and_the_file_has_everything() {
    within(async {
        let file = File::new("few");
        let wechat = on(&file, |config| config.keep = 10).await;
        let mut prepay = Vec::new();
        for n in 0..100 {
            let reply = wechat.unifiedorder(&Request::order(&format!("n{n}"))).await;
            prepay.push(reply.ok().get("prepay_id").to_owned());
        }
        for n in [0, 50, 99] {
            let number = format!("n{n}");
            assert_eq!(wechat.orderquery(&number).await.get("trade_state"), "NOTPAY");
            let again = wechat.unifiedorder(&Request::order(&number)).await;
            assert_eq!(again.ok().get("prepay_id"), prepay[n], "the same order, not another one");
            let paid = wechat.control("pay", json!({ "prepay_id": prepay[n] })).await;
            let transaction = paid["transaction_id"].as_str().unwrap();
            for other in 0..20 {
                wechat.orderquery(&format!("n{}", other + 20)).await;
            }
            let query = Request::new().with("transaction_id", transaction);
            assert_eq!(wechat.call("/pay/orderquery", &query).await.get("out_trade_no"), number);
        }
        assert_eq!(wechat.control("orders?limit=5", Value::Null).await.as_array().unwrap().len(), 5);
        // All that were not paid close, whether they are in memory or not.
        wechat.advance(7 * 86_400).await;
        for n in 1..99 {
            let expected = if n == 50 { "SUCCESS" } else { "CLOSED" };
            assert_eq!(wechat.orderquery(&format!("n{n}")).await.get("trade_state"), expected, "n{n}");
        }
    });
}

#[test]
fn answered_requests_survive_a_kill() {
    within(async {
        let file = File::new("kill");
        let mut prepay = Vec::new();
        for round in 0..3 {
            let (mut child, wechat) = program(&file.0).await;
            let mut ordering = tokio::task::JoinSet::new();
            let address = wechat.clone();
            for worker in 0..8 {
                let address = address.clone();
                ordering.spawn(async move {
                    let mut known = Vec::new();
                    for n in 0.. {
                        let number = format!("r{round}w{worker}n{n}");
                        let Some(id) = try_order(&address, &number).await else { break };
                        known.push((number, id));
                    }
                    known
                });
            }
            tokio::time::sleep(Duration::from_millis(300)).await;
            child.kill().await.unwrap();
            while let Some(known) = ordering.join_next().await {
                prepay.extend(known.unwrap());
            }
        }
        assert!(prepay.len() > 30, "{}", prepay.len());
        let wechat = on(&file, |_| {}).await;
        for (number, id) in prepay {
            assert_eq!(wechat.order(&number).await["prepay_id"], id);
        }
    });
}

async fn program(db: &Path) -> (tokio::process::Child, String) {
    let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_wxpaykit-emulator"))
        .args(["--port", "0", "--db", db.to_str().unwrap()])
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    (child, said["url"].as_str().unwrap().trim_start_matches("http://").to_owned())
}

/// The `prepay_id`, if the answer came whole.
async fn try_order(address: &str, number: &str) -> Option<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.ok()?;
    let body = Request::order(number).xml();
    let head = format!(
        "POST /pay/unifiedorder HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes()).await.ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.ok()?;
    let (_, body) = answer.split_once("\r\n\r\n")?;
    let fields = wxpaykit::wire::xml::parse(body.as_bytes()).ok()?;
    fields.get("prepay_id").map(str::to_owned)
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    within(async {
        let file = File::new("mode");
        let mode = |end: &str| {
            let mut name = file.0.clone().into_os_string();
            name.push(end);
            std::fs::metadata(name).unwrap().permissions().mode() & 0o777
        };
        let wechat = on(&file, |_| {}).await;
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        assert_eq!(["", "-wal", "-shm", "-lock"].map(mode), [0o600; 4]);
        wechat.running.stop().await;
        // A file of an earlier version.
        std::fs::set_permissions(&file.0, std::fs::Permissions::from_mode(0o644)).unwrap();
        let wechat = on(&file, |_| {}).await;
        assert_eq!(wechat.orderquery("n1").await.ok().get("trade_state"), "NOTPAY");
        assert_eq!(mode(""), 0o600);
        wechat.running.stop().await;
        // A link to nowhere would let SQLite make a file for all to read.
        let link = File::new("link");
        std::os::unix::fs::symlink("/nonexistent/elsewhere.db", &link.0).unwrap();
        let mut config = Config::default();
        config.db = Some(link.0.clone());
        let refused = wxpaykit_emulator::Emulator::start(config).await.unwrap_err().to_string();
        assert!(refused.contains("is a link to a file that does not exist"), "{refused}");
        std::fs::remove_file(&link.0).unwrap();
    });
}

#[test]
fn refuses_files_that_are_not_its_own() {
    within(async {
        let file = File::new("other");
        let mut config = Config::default();
        config.db = Some(file.0.clone());
        std::fs::write(&file.0, "not a database, but long enough to look like one if one does not look closely")
            .unwrap();
        let error = Emulator::start(config.clone()).await.unwrap_err().to_string();
        assert!(error.contains("other.db"), "{error}");
        assert!(std::fs::read_to_string(&file.0).unwrap().starts_with("not a database"), "left as it was");
        config.db = Some(PathBuf::from("/nonexistent/folder/x.db"));
        assert!(Emulator::start(config.clone()).await.is_err());
        std::fs::remove_file(&file.0).unwrap();
        config.db = Some(file.0.clone());
        let _first = Emulator::start(config.clone()).await.unwrap();
        let error = Emulator::start(config).await.unwrap_err().to_string();
        assert!(error.contains("another emulator uses it"), "{error}");
    });
}

#[test]
fn forgets_finished_orders_first() {
    within(async {
        let shop = Shop::acknowledging().await;
        let wechat = start(|config| config.keep = 4).await;
        for n in 1..=4 {
            wechat.unifiedorder(&Request::order(&format!("n{n}")).with("notify_url", &shop.url)).await.ok();
        }
        wechat.closeorder("n3").await.ok();
        wechat.pay("n2").await;
        wechat.advance(0).await;
        let numbers = |orders: &Value| -> Vec<String> {
            orders.as_array().unwrap().iter().map(|order| order["out_trade_no"].as_str().unwrap().to_owned()).collect()
        };
        for (n, left) in [(5, ["n1", "n3", "n4", "n5"]), (6, ["n1", "n4", "n5", "n6"]), (7, ["n4", "n5", "n6", "n7"])] {
            wechat.unifiedorder(&Request::order(&format!("n{n}"))).await.ok();
            assert_eq!(numbers(&wechat.control("orders", Value::Null).await), left);
        }
        assert_eq!(wechat.orderquery("n1").await.failed(), "ORDERNOTEXIST order not exist");
        assert_eq!(wechat.advance(8 * 86_400).await["ran"], 4, "no jobs of forgotten orders");
        // Even with none to keep, the order at hand lives until the next one.
        let wechat = start(|config| config.keep = 0).await;
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        assert_eq!(wechat.orderquery("n1").await.get("trade_state"), "NOTPAY");
    });
}

/// A file as an emulator of format 1 left it, with the notifications for another address.
fn of_format_1(file: &File, notify_url: &str) {
    let sql = include_str!("fixtures/format-1.sql").replace("http://127.0.0.1:8701/notify", notify_url);
    rusqlite::Connection::open(&file.0).unwrap().execute_batch(&sql).unwrap();
}

#[test]
fn a_file_of_the_earlier_format_goes_on() {
    within(async {
        let file = File::new("format-1");
        let shop = Shop::acknowledging().await;
        of_format_1(&file, &shop.url);
        let wechat = on(&file, |_| {}).await;
        // The clock.
        assert_eq!(wechat.now().await, 1_795_867_608);
        // The orders, by each of their names.
        let orders = wechat.control("orders", Value::Null).await;
        let states: Vec<(&str, &str)> = orders
            .as_array()
            .unwrap()
            .iter()
            .map(|order| (order["out_trade_no"].as_str().unwrap(), order["trade_state"].as_str().unwrap()))
            .collect();
        assert_eq!(
            states,
            [
                ("unpaid", "NOTPAY"),
                ("native", "NOTPAY"),
                ("h5", "NOTPAY"),
                ("closed", "CLOSED"),
                ("paid", "SUCCESS"),
                ("late", "SUCCESS")
            ]
        );
        let transaction = Request::new().with("transaction_id", "4200000263202611287236396613");
        assert_eq!(wechat.call("/pay/orderquery", &transaction).await.get("cash_fee"), "85");
        assert_eq!(wechat.orderquery("unpaid").await.get("trade_state"), "NOTPAY");
        assert_eq!(wechat.unifiedorder(&Request::order("closed")).await.failed(), "ORDERCLOSED 该订单已关闭");
        for way in [
            json!({ "prepay_id": "wx28200648d0ede8d1a224cc622f2d8d0000" }),
            json!({ "code_url": "weixin://wxpay/bizpayurl?pr=f1vBQ7NTJG" }),
        ] {
            assert_eq!(wechat.control("pay", way).await["err_msg"], "get_brand_wcpay_request:ok");
        }
        // Notifications: those of the two orders just paid, the one that failed before, and the one that was delayed.
        wechat.advance(0).await;
        assert_eq!(shop.heard().len(), 2);
        wechat.advance(15).await;
        assert_eq!(shop.heard().len(), 3);
        assert!(shop.bodies()[2].contains("<![CDATA[paid]]>"));
        let attempts = wechat.order("paid").await["notifications"]["attempts"].clone();
        assert_eq!(attempts.as_array().unwrap().len(), 2, "{attempts}");
        wechat.advance(3600).await;
        assert_eq!(shop.heard().len(), 4);
        assert_eq!(wechat.order("late").await["notifications"]["acknowledged"], true);
        // What was not paid closes when its time is over.
        wechat.advance(7 * 86_400).await;
        assert_eq!(wechat.orderquery("h5").await.get("trade_state"), "CLOSED");
        // New orders have new numbers.
        wechat.unifiedorder(&Request::order("new")).await.ok();
        assert_eq!(wechat.control("orders", Value::Null).await.as_array().unwrap().len(), 7);
    });
}

#[test]
fn codes_tokens_and_people_of_the_earlier_format_go_on() {
    within(async {
        let file = File::new("format-1-people");
        of_format_1(&file, "http://127.0.0.1:9/");
        let wechat = on(&file, |config| config.openids = OpenIds::Known).await;
        let secret = wechat.running.merchant().app_secret.expose().to_owned();
        let access = |code: &str| {
            format!("/sns/oauth2/access_token?appid={APPID}&secret={secret}&code={code}&grant_type=authorization_code")
        };
        assert_eq!(wechat.get(&access("CZZdJL2oXOWy623rVIHnffisYEHD7kKv")).await.json()["errcode"], 40163, "used");
        let granted = wechat.get(&access("CauMBQ5DMDsquuSgS4yGKUU4BVBZ3lSH")).await.json();
        assert_eq!(granted["openid"], OPENID, "{granted}");
        let token = "60_oQgZe-g6tgHApeCYNYuJ0Kg_el9bOnL2f6qJ36kyoc96ebg_C4dsJKuIvDwwvG_GJfD6pHzHa-aI75b8fzMH-\
                     QtFpLo5-VsLWuznjPas5rPw2HrzoS4e94IubdcCh2MCT8mVug";
        let ticket = wechat.get(&format!("/cgi-bin/ticket/getticket?type=jsapi&access_token={token}")).await.json();
        let known = "-YUaUnEoUE2za5AwNa4VCrGkSKkqulyfKyDd-tYj2sUnnzL-TF0H8TABkhwfAJA4uV0iVCme_DzK9oc8cx3Qsv";
        assert_eq!(ticket["ticket"], known, "{ticket}");
        // An openid that OAuth issued before.
        let order = Request::order("known").with("openid", "oSomebodyWhomNobodyNamed0001");
        wechat.unifiedorder(&order).await.ok();
        let order = Request::order("unknown").with("openid", "oSomebodyWhomNobodyNamed0002");
        assert_eq!(wechat.unifiedorder(&order).await.failed(), "PARAM_ERROR 无效的openid");
    });
}

#[test]
fn a_file_is_brought_up_to_date_once_and_a_newer_one_is_refused() {
    within(async {
        let file = File::new("formats");
        of_format_1(&file, "http://127.0.0.1:9/");
        let format = || -> i32 {
            let connection = rusqlite::Connection::open(&file.0).unwrap();
            connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap()
        };
        assert_eq!(format(), 1);
        for _ in 0..2 {
            let wechat = on(&file, |_| {}).await;
            assert_eq!(wechat.control("orders", Value::Null).await.as_array().unwrap().len(), 6);
            wechat.running.stop().await;
            assert_eq!(format(), 4);
        }
        // Formats 2 and 3 had the same tables.
        for earlier in [2, 3] {
            rusqlite::Connection::open(&file.0).unwrap().pragma_update(None, "user_version", earlier).unwrap();
            on(&file, |_| {}).await.running.stop().await;
            assert_eq!(format(), 4);
        }
        rusqlite::Connection::open(&file.0).unwrap().pragma_update(None, "user_version", 5).unwrap();
        let mut config = Config::default();
        config.db = Some(file.0.clone());
        let error = Emulator::start(config).await.unwrap_err().to_string();
        assert!(error.contains("it has format 5, and this emulator knows formats 1 to 4"), "{error}");
        assert_eq!(format(), 5, "left as it was");
    });
}

#[test]
fn refunds_go_on_after_a_restart() {
    within(async {
        let file = File::new("refunds");
        let shop = Shop::acknowledging().await;
        let wechat = on(&file, |_| {}).await;
        wechat.unifiedorder(&Request::order("n1")).await.ok();
        wechat.pay("n1").await;
        let request = Request::new()
            .with("out_trade_no", "n1")
            .with("out_refund_no", "R1")
            .with("total_fee", "88")
            .with("refund_fee", "80")
            .with("notify_url", &shop.url);
        let first = wechat.call("/secapi/pay/refund", &request).await;
        wechat.control("balance", json!({ "mch_id": "10000100", "fen": 5 })).await;
        drop(wechat);
        // The number, the amount that is left, the balance and the result that is due are all there.
        let wechat = on(&file, |_| {}).await;
        let again = wechat.call("/secapi/pay/refund", &request).await;
        assert_eq!(again.ok().get("refund_id"), first.ok().get("refund_id"));
        let more = request.clone().with("out_refund_no", "R2").with("refund_fee", "9");
        assert_eq!(wechat.call("/secapi/pay/refund", &more).await.failed(), "ERROR 累计退款金额大于支付金额");
        let more = more.with("refund_fee", "8");
        assert!(wechat.call("/secapi/pay/refund", &more).await.failed().starts_with("NOTENOUGH"));
        wechat.advance(5).await;
        assert_eq!(shop.heard().len(), 1);
        let query = Request::new().with("out_refund_no", "R1");
        assert_eq!(wechat.call("/pay/refundquery", &query).await.get("refund_status_0"), "SUCCESS");
    });
}
