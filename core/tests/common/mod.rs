//! Shared by the suites: a runtime with a time limit, the emulator, and a scripted server.

#![allow(
    dead_code,
    missing_docs,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

pub mod change;
pub mod day;
pub mod place;
pub mod signed;
pub mod silent;

use std::future::Future;
use std::net::SocketAddr;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use wxpaykit::{Fen, MerchantOptions, Options, SignType, Unifiedorder, WxPay, sign, wire};
use wxpaykit_emulator::Running;

pub const KEY: &str = "192006250b4c09247ec02edce69f6a2d";
pub const APPID: &str = "wxd930ea5d5a258f4f";
pub const MCH_ID: &str = "10000100";

/// Runs a test under a time limit.
pub fn within(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        tokio::time::timeout(Duration::from_secs(40), test).await.expect("a test takes at most 40 s")
    });
}

/// This program again, with one test of a module alone: `module` is [`module_path!`] there.
pub fn child(module: &str, test: &str) -> Command {
    let name = match module.split_once("::") {
        Some((_, module)) => format!("{module}::{test}"),
        None => test.to_owned(),
    };
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", &name, "--nocapture"]);
    child
}

/// Runs a test of a module in a process of its own: `true` there, and `false` where that process has ended well.
pub fn is_alone(module: &str, test: &str) -> bool {
    const ALONE: &str = "WXPAYKIT_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    printed(child(module, test).env(ALONE, "1").output().unwrap());
    false
}

/// What a [`child`] printed.
pub fn printed(output: Output) -> String {
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{complained}");
    assert!(said.contains("running 1 test"), "{said}");
    said.into_owned()
}

pub fn options(url: &str) -> Options {
    let mut merchant = MerchantOptions::new(APPID, MCH_ID, KEY);
    merchant.notify_url = Some("http://127.0.0.1:9/notify".into());
    merchant.app_secret = Some("5a1d0c7e9b3f48268f2e6d4b7c90a1e3".into());
    // Not the developer's own file.
    Options::new(merchant).endpoints(url).store("memory:")
}

pub fn order(number: &str) -> Unifiedorder {
    Unifiedorder::new()
        .body("茶")
        .out_trade_no(number)
        .total_fee(Fen(88))
        .spbill_create_ip("127.0.0.1")
        .openid("oUpF8uMuAJO_M2pxb1Q9zNjWeS6o")
}

pub fn number() -> String {
    wxpaykit::client::new_out_trade_no("T").unwrap()
}

pub async fn control(wechat: &Running, method: &str, path: &str, body: Value) -> Value {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = raw_with(wechat, method, path, "", &body).await;
    serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
}

/// The whole answer, with its head.
pub async fn raw(wechat: &Running, method: &str, path: &str) -> String {
    raw_with(wechat, method, path, "", "").await
}

/// The same with these lines in the request's head.
pub async fn raw_as(wechat: &Running, method: &str, path: &str, head: &str) -> String {
    raw_with(wechat, method, path, head, "").await
}

async fn raw_with(wechat: &Running, method: &str, path: &str, more: &str, body: &str) -> String {
    let address = wechat.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {address}\r\n{more}Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

/// The settings of the emulator's demo merchant, of APIv3 alone.
pub fn v3_options(wechat: &Running) -> Options {
    let demo = wechat.merchant();
    let merchant = MerchantOptions::v3(&demo.appid, &demo.mch_id, demo.api_v3_key.as_ref().unwrap().expose())
        .client_cert(wechat.client_cert())
        .client_key(wechat.client_key())
        .platform_public_key(wechat.platform_public_key())
        .platform_public_key_id(wechat.platform_public_key_id())
        .notify_url("http://127.0.0.1:9/notify");
    Options::new(merchant).endpoints(wechat.url()).store("memory:")
}

/// The number of requests that the emulator received for a path.
pub async fn asked(wechat: &Running, path: &str) -> usize {
    let journal = control(wechat, "GET", "/_emulator/journal", Value::Null).await;
    journal.as_array().unwrap().iter().filter(|entry| entry["path"] == path).count()
}

/// A signed document, as WeChat sends it.
pub fn signed(pairs: &[(&str, &str)]) -> String {
    let sign = sign::sign(pairs.iter().copied(), KEY, SignType::HmacSha256);
    wire::xml::build(pairs.iter().copied().chain([("sign", sign.as_str())])).unwrap()
}

/// How the server handles one request.
#[derive(Clone)]
pub enum Act {
    /// Answers with this status and body.
    Answer(u16, String),
    /// Reads it, and closes the connection without an answer.
    HangUp,
    /// Reads it, and never answers.
    Silence,
    /// Answers with status 200 and this body, and closes the connection before the body's end.
    Cut(String),
}

/// A server that performs its acts in order and repeats the last one; it records the whole requests.
pub struct Scripted {
    pub url: String,
    pub got: Arc<Mutex<Vec<String>>>,
}

impl Scripted {
    pub async fn start(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let got: Arc<Mutex<Vec<String>>> = Arc::default();
        let (seen, turn) = (Arc::clone(&got), Arc::new(AtomicUsize::new(0)));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, turn, acts) = (Arc::clone(&seen), Arc::clone(&turn), acts.clone());
                tokio::spawn(serve(stream, seen, turn, acts));
            }
        });
        Self { url: format!("http://{address}"), got }
    }

    /// The bodies of the requests, in the order of arrival.
    pub fn bodies(&self) -> Vec<String> {
        let got = self.got.lock().unwrap();
        got.iter().map(|request| request.split_once("\r\n\r\n").unwrap().1.to_owned()).collect()
    }
}

async fn serve(mut stream: TcpStream, seen: Arc<Mutex<Vec<String>>>, turn: Arc<AtomicUsize>, acts: Vec<Act>) {
    loop {
        let Some(request) = request(&mut stream).await else { return };
        seen.lock().unwrap().push(request);
        let act = &acts[turn.fetch_add(1, Ordering::SeqCst).min(acts.len() - 1)];
        match act {
            Act::HangUp => return,
            Act::Silence => tokio::time::sleep(Duration::from_secs(60)).await,
            Act::Cut(body) => {
                let answer = format!("HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{body}", body.len() + 100);
                let _ = stream.write_all(answer.as_bytes()).await;
                return;
            }
            Act::Answer(status, body) => {
                let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                if stream.write_all(answer.as_bytes()).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A whole request; `None` when the connection is closed.
pub async fn request(stream: &mut TcpStream) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return Some(text);
            }
        }
        let mut more = [0; 4096];
        match stream.read(&mut more).await {
            Ok(0) | Err(_) => return None,
            Ok(count) => bytes.extend_from_slice(&more[..count]),
        }
    }
}

/// A started client of the emulator.
pub fn client(options: Options) -> WxPay {
    WxPay::new(options).unwrap()
}
