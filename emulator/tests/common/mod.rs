//! Shared by the tests: an emulator, a merchant that signs by itself, and a shop that receives notifications. They never use
//! the client of `wxpaykit`, so that its mistakes do not hide here.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod v3;

use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wxpaykit::wire::xml;
use wxpaykit::{Fields, SignType, sign};
use wxpaykit_emulator::{Config, Emulator, Merchant, Running};

pub const KEY: &str = "192006250b4c09247ec02edce69f6a2d";
pub const APPID: &str = "wxd930ea5d5a258f4f";
pub const MCH: &str = "10000100";
pub const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";
pub const OTHER_OPENID: &str = "oUpF8uAAAAAAAAAAAAAAAAAAAAAA";

/// Runs a test under a time limit.
pub fn within(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(60), test).await.expect("a test takes at most 60 s");
    });
}

/// Runs a test of a module ([`module_path!`]) in a process of its own: `true` there, and `false` where that process has ended well.
pub fn is_alone(module: &str, test: &str) -> bool {
    const ALONE: &str = "WXPAYKIT_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let (_, module) = module.split_once("::").unwrap();
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", &format!("{module}::{test}"), "--nocapture"]);
    let output = child.env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("running 1 test"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

/// An emulator whose clock stands still, configured further by `change`.
pub async fn start(change: impl FnOnce(&mut Config)) -> Wechat {
    let mut config = Config::default();
    config.frozen_clock = true;
    change(&mut config);
    let running = Emulator::start(config).await.unwrap();
    let address = running.url().trim_start_matches("http://").to_owned();
    Wechat { running, address }
}

pub struct Wechat {
    pub running: Running,
    pub address: String,
}

impl Wechat {
    pub async fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let host = if headers.iter().any(|(name, _)| *name == "Host") {
            String::new()
        } else {
            format!("Host: {}\r\n", self.address)
        };
        let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{host}{more}Connection: close\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // A server that refuses a body early may close before it was read.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        Answer { status: head[9..12].parse().unwrap(), head: head.to_owned(), body: body.to_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.http("GET", path, &[], b"").await
    }

    pub async fn control(&self, path: &str, body: Value) -> Value {
        let path = format!("/_emulator/{path}");
        let method = if body.is_null() { "GET" } else { "POST" };
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.http(method, &path, &[], body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.json()
    }

    pub async fn advance(&self, seconds: i64) -> Value {
        self.control("clock", json!({ "advance_s": seconds })).await
    }

    pub async fn now(&self) -> i64 {
        self.control("clock", Value::Null).await["now"].as_i64().unwrap()
    }

    pub async fn pay(&self, out_trade_no: &str) -> Value {
        self.control("pay", json!({ "out_trade_no": out_trade_no })).await
    }

    /// One order, as the control API shows it.
    pub async fn order(&self, out_trade_no: &str) -> Value {
        let found = self.control(&format!("orders?out_trade_no={out_trade_no}"), Value::Null).await;
        assert_eq!(found.as_array().unwrap().len(), 1, "{found}");
        found[0].clone()
    }

    /// The newest journal entry.
    pub async fn last(&self) -> Value {
        self.control("journal?limit=1", Value::Null).await[0].clone()
    }

    /// Sends a body to the payment API; a reply that is taken is checked for its signature.
    pub async fn post(&self, path: &str, body: &[u8]) -> Reply {
        let answer = self.http("POST", path, &[], body).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let fields = xml::parse(answer.body.as_bytes()).unwrap();
        Reply { fields, text: answer.body }
    }

    pub async fn call(&self, path: &str, request: &Request) -> Reply {
        let reply = self.post(path, request.xml().as_bytes()).await;
        if reply.get("return_code") == "SUCCESS" {
            let found = sign::verify(&reply.fields, &request.key, SignType::ALL);
            assert_eq!(found, Ok(request.sign_type), "signed as the request is: {}", reply.text);
            assert_eq!(reply.get("nonce_str").len(), 16);
        } else {
            assert_eq!(reply.fields.len(), 2, "nothing but code and message: {}", reply.text);
        }
        reply
    }

    pub async fn unifiedorder(&self, request: &Request) -> Reply {
        self.call("/pay/unifiedorder", request).await
    }

    pub async fn orderquery(&self, out_trade_no: &str) -> Reply {
        self.call("/pay/orderquery", &Request::new().with("out_trade_no", out_trade_no)).await
    }

    pub async fn closeorder(&self, out_trade_no: &str) -> Reply {
        self.call("/pay/closeorder", &Request::new().with("out_trade_no", out_trade_no)).await
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|h| h.1)
    }
}

#[derive(Debug)]
pub struct Reply {
    pub fields: Fields,
    pub text: String,
}

impl Reply {
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).unwrap_or_default()
    }

    /// `return_msg` of a refused request.
    pub fn refused(&self) -> &str {
        assert_eq!(self.get("return_code"), "FAIL", "{}", self.text);
        self.get("return_msg")
    }

    /// `err_code err_code_des` of a failed one.
    pub fn failed(&self) -> String {
        assert_eq!((self.get("return_code"), self.get("result_code")), ("SUCCESS", "FAIL"), "{}", self.text);
        format!("{} {}", self.get("err_code"), self.get("err_code_des"))
    }

    pub fn ok(&self) -> &Self {
        assert_eq!((self.get("return_code"), self.get("result_code")), ("SUCCESS", "SUCCESS"), "{}", self.text);
        self
    }

    pub fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|(name, _)| name).collect()
    }
}

/// A request to the payment API, signed when it is written.
#[derive(Clone)]
pub struct Request {
    pub pairs: Vec<(String, String)>,
    pub key: String,
    pub sign_type: SignType,
}

impl Request {
    pub fn new() -> Self {
        let request = Self { pairs: Vec::new(), key: KEY.to_owned(), sign_type: SignType::Md5 };
        request.with("appid", APPID).with("mch_id", MCH).with("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS")
    }

    /// A JSAPI order.
    pub fn order(out_trade_no: &str) -> Self {
        Self::new()
            .with("body", "腾讯充值中心-QQ会员充值")
            .with("out_trade_no", out_trade_no)
            .with("total_fee", "88")
            .with("spbill_create_ip", "123.12.12.123")
            .with("notify_url", "http://127.0.0.1:9/wxpay/notify")
            .with("trade_type", "JSAPI")
            .with("openid", OPENID)
    }

    pub fn of_type(trade_type: &str, out_trade_no: &str) -> Self {
        Self::order(out_trade_no).with("trade_type", trade_type).without("openid")
    }

    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.pairs.iter_mut().find(|(known, _)| known == name) {
            Some(pair) => pair.1 = value.to_owned(),
            None => self.pairs.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.pairs.retain(|(known, _)| known != name);
        self
    }

    pub fn hmac(mut self) -> Self {
        self.sign_type = SignType::HmacSha256;
        self.with("sign_type", "HMAC-SHA256")
    }

    pub fn key(mut self, key: &str) -> Self {
        self.key = key.to_owned();
        self
    }

    pub fn merchant(self, merchant: &Merchant) -> Self {
        self.with("appid", &merchant.appid).with("mch_id", &merchant.mch_id).key(merchant.api_key.expose())
    }

    pub fn xml(&self) -> String {
        let pairs = || self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let signature = sign::sign(pairs(), &self.key, self.sign_type);
        let own = self.pairs.iter().any(|(name, _)| name == "sign");
        let sign = (!own).then_some(("sign", signature.as_str()));
        xml::build(pairs().chain(sign)).unwrap()
    }
}

/// A merchant's server that receives notifications and gives scripted answers.
pub struct Shop {
    pub url: String,
    heard: Arc<Mutex<Vec<String>>>,
}

pub const ACK: &str =
    "<xml><return_code><![CDATA[SUCCESS]]></return_code><return_msg><![CDATA[OK]]></return_msg></xml>";

pub fn http(status: u16, body: &str) -> String {
    format!("HTTP/1.1 {status} Whatever\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

impl Shop {
    /// Answers the n-th request, counted from 0, with the bytes that `answer` gives; nothing means silence.
    pub async fn open(answer: impl Fn(usize) -> Option<String> + Send + 'static) -> Self {
        Self::open_at(0, answer).await
    }

    pub async fn open_at(port: u16, answer: impl Fn(usize) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let url = format!("http://{}/notify", listener.local_addr().unwrap());
        let heard = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&heard);
        tokio::spawn(async move {
            let mut silent = Vec::new();
            for n in 0.. {
                let (mut stream, _) = listener.accept().await.unwrap();
                let request = read(&mut stream).await;
                told.lock().unwrap().push(request);
                // It may wait for its test: the other tasks go on, whatever thread they are on.
                match tokio::task::block_in_place(|| answer(n)) {
                    Some(answer) => stream.write_all(answer.as_bytes()).await.unwrap(),
                    None => silent.push(stream),
                }
            }
        });
        Self { url, heard }
    }

    pub async fn acknowledging() -> Self {
        Self::open(|_| Some(http(200, ACK))).await
    }

    /// The requests so far, head and body.
    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub fn bodies(&self) -> Vec<String> {
        self.heard().iter().map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
    }
}

pub async fn read(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    loop {
        if stream.read_buf(&mut bytes).await.unwrap() == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            // A proxy may have written the names in lower case.
            let of_length = |line: &str| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned);
            let length = head.lines().find_map(of_length).unwrap();
            if body.len() >= length.parse().unwrap() {
                break;
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The rows of a fund flow: name, change in fen, the merchant's number. Their balance, from `before` on, and the totals add up.
pub fn changes(bill: &str, before: i64) -> Vec<(String, i64, String)> {
    let fen = |yuan: &str| {
        let (whole, part) = yuan.trim_start_matches('-').split_once('.').unwrap_or((yuan, ""));
        let fen: i64 = format!("{whole}{part:0<2}").parse().unwrap();
        if yuan.starts_with('-') { -fen } else { fen }
    };
    let lines: Vec<Vec<&str>> =
        bill.trim().lines().map(|line| line.trim_start_matches('`').split(",`").collect()).collect();
    let (rows, totals) = (&lines[1..lines.len() - 2], &lines[lines.len() - 1]);
    let mut found: Vec<(String, i64, String)> = Vec::new();
    let (mut balance, mut times) = (before, Vec::new());
    for row in rows {
        let change = if row[5] == "支出" { -fen(row[6]) } else { fen(row[6]) };
        assert!(change != 0 && !row[6].starts_with('-'), "{row:?}");
        balance += change;
        assert_eq!(fen(row[7]), balance, "{row:?}");
        times.push(row[0]);
        found.push((row[3].to_owned(), change, row[10].to_owned()));
    }
    assert!(times.is_sorted(), "{times:?}");
    let sum = |is_income: bool| {
        let own = found.iter().map(|(_, change, _)| *change).filter(|change| (*change > 0) == is_income);
        [own.clone().count().to_string() + ".0", own.sum::<i64>().abs().to_string()]
    };
    let [[incomes, income], [expenses, expense]] = [sum(true), sum(false)];
    let of_totals = [totals[0], totals[1], &fen(totals[2]).to_string(), totals[3], &fen(totals[4]).to_string()];
    assert_eq!(of_totals.map(str::to_owned), [format!("{}.0", rows.len()), incomes, income, expenses, expense]);
    found
}
