//! How many signed orders a second the emulator answers, how long they take, and what it keeps in memory meanwhile:
//! `make bench-emulator`, or `load PROGRAM [ORDERS] [CONNECTIONS]`.
//!
//! The program runs beside this one on the same cores: in memory, then with `--db`, and once more on the file that it
//! left, to see how soon it answers. Bodies are signed before the clock starts, and replies only looked at for their
//! result, so that the figures are the emulator's. Ends with status 1 when one of the promises below is not kept.

#![forbid(unsafe_code)]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use wxpaykit::wire::xml;
use wxpaykit::{SignType, sign};
use wxpaykit_emulator::Merchant;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Orders a second, over 64 connections on two cores, without a file.
const RATE: f64 = 10_000.0;
const P99: Duration = Duration::from_millis(20);
/// What memory may grow by after the first tenth of the orders, all of which but `--keep` were forgotten.
const GROWTH: u64 = 24 << 20;
const RESTART: Duration = Duration::from_secs(2);
/// Signed ahead at once.
const CHUNK: usize = 100_000;

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let mut args = std::env::args().skip(1);
    let program = PathBuf::from(args.next().ok_or("which program?")?);
    let orders: usize = args.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let connections: usize = args.next().map_or(Ok(64), |text| text.parse())?;
    let db = std::env::temp_dir().join(format!("wxpaykit-load-{}.db", std::process::id()));
    remove(&db);
    let result = measure(&program, orders, connections, &db).await;
    remove(&db);
    result
}

async fn measure(program: &Path, orders: usize, connections: usize, db: &Path) -> Result<ExitCode> {
    let mut broken = Vec::new();

    println!("in memory");
    let mut emulator = Emulator::start(program, None).await?;
    let figures = emulator.load(orders, connections, "m").await?;
    emulator.end().await?;
    figures.judge(&mut broken);
    if figures.rate < RATE || figures.p99 > P99 {
        broken.push(format!("in memory: less than {RATE}/s, or p99 over {P99:?}"));
    }

    println!("with --db");
    let mut emulator = Emulator::start(program, Some(db)).await?;
    emulator.load(orders, connections, "d").await?.judge(&mut broken);
    let number = format!("d{}", orders / connections / 2);
    let size = std::fs::metadata(db)?.len();
    // As a power cut would have it, but for the machine.
    emulator.child.kill().await?;

    let began = Instant::now();
    let emulator = Emulator::start(program, Some(db)).await?;
    let listens = began.elapsed();
    let known = emulator.query(&number).await?;
    let took = began.elapsed();
    println!(
        "restart on {orders} orders ({} MiB): listens after {listens:.0?}, has answered a query after {took:.0?}",
        size >> 20
    );
    if !known.contains("NOTPAY") {
        broken.push(format!("order {number} is lost: {known}"));
    }
    if took > RESTART {
        broken.push(format!("restart took longer than {RESTART:?}"));
    }
    emulator.end().await?;

    for promise in &broken {
        println!("BROKEN: {promise}");
    }
    Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Emulator {
    child: Child,
    address: String,
}

struct Figures {
    rate: f64,
    p99: Duration,
    /// Resident bytes after each tenth.
    memory: Vec<u64>,
}

impl Figures {
    fn judge(&self, broken: &mut Vec<String>) {
        let (Some(first), Some(last)) = (self.memory.first(), self.memory.last()) else { return };
        if *last > first + GROWTH {
            broken.push(format!("memory grew from {} to {} MiB", first >> 20, last >> 20));
        }
    }
}

impl Emulator {
    async fn start(program: &Path, db: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["--port", "0", "--keep", "10000"]).stdout(Stdio::piped()).kill_on_drop(true);
        if let Some(db) = db {
            command.arg("--db").arg(db);
        }
        let mut child = command.spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line).await?;
        let said: serde_json::Value = serde_json::from_str(&line)?;
        let address = said.get("url").and_then(|url| url.as_str()).unwrap_or_default().replace("http://", "");
        Ok(Self { child, address })
    }

    async fn load(&mut self, orders: usize, connections: usize, prefix: &str) -> Result<Figures> {
        let mut streams = Vec::new();
        for _ in 0..connections {
            let stream = TcpStream::connect(&self.address).await?;
            stream.set_nodelay(true)?;
            streams.push(stream);
        }
        let (mut times, mut memory, mut took) = (Vec::with_capacity(orders), Vec::new(), Duration::ZERO);
        let chunk = CHUNK.min(orders.div_ceil(10)).max(connections);
        for first in (0..orders).step_by(chunk) {
            let each = chunk.min(orders - first) / connections;
            let mut work = Vec::new();
            for (n, stream) in streams.drain(..).enumerate() {
                let from = first + n * each;
                let requests: Result<Vec<Vec<u8>>> =
                    (from..from + each).map(|n| order(&self.address, &format!("{prefix}{n}"))).collect();
                work.push((stream, requests?));
            }
            let began = Instant::now();
            let workers: Vec<_> =
                work.into_iter().map(|(stream, requests)| tokio::spawn(customer(stream, requests))).collect();
            let mut lasted = Vec::with_capacity(chunk);
            for worker in workers {
                let (stream, of_this) = worker.await??;
                streams.push(stream);
                lasted.extend(of_this);
            }
            took += began.elapsed();
            memory.push(self.memory());
            times.extend(lasted);
        }
        times.sort_unstable();
        let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
        let figures = Figures { rate: times.len() as f64 / took.as_secs_f64(), p99: at(0.99), memory };
        let memory: Vec<String> = figures.memory.iter().map(|bytes| (bytes >> 20).to_string()).collect();
        println!(
            "  {} orders over {connections} connections: {:.0}/s, p50 {:.2?}, p99 {:.2?}, longest {:.2?}",
            times.len(),
            figures.rate,
            at(0.5),
            figures.p99,
            at(1.0 - f64::EPSILON),
        );
        println!("  resident MiB as it went: {}", memory.join(" "));
        Ok(figures)
    }

    async fn query(&self, number: &str) -> Result<String> {
        let demo = Merchant::demo();
        let pairs = vec![
            ("appid", demo.appid.as_str()),
            ("mch_id", &demo.mch_id),
            ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
            ("out_trade_no", number),
        ];
        let mut stream = TcpStream::connect(&self.address).await?;
        stream.write_all(&request(&self.address, "/pay/orderquery", pairs)?).await?;
        let mut buffer = Vec::new();
        answer(&mut stream, &mut buffer).await?;
        Ok(String::from_utf8_lossy(&buffer).into_owned())
    }

    /// Resident bytes, where the system tells.
    fn memory(&self) -> u64 {
        let status = self.child.id().map(|id| std::fs::read_to_string(format!("/proc/{id}/status")));
        let status = status.and_then(std::io::Result::ok).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or_default() << 10
    }

    async fn end(mut self) -> Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

fn order(host: &str, number: &str) -> Result<Vec<u8>> {
    let demo = Merchant::demo();
    let pairs = vec![
        ("appid", demo.appid.as_str()),
        ("mch_id", &demo.mch_id),
        ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ("sign_type", "HMAC-SHA256"),
        ("body", "腾讯充值中心-QQ会员充值"),
        ("attach", "深圳分店"),
        ("out_trade_no", number),
        ("total_fee", "88"),
        ("spbill_create_ip", "123.12.12.123"),
        ("notify_url", "http://127.0.0.1:9/wxpay/notify"),
        ("trade_type", "JSAPI"),
        ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
    ];
    request(host, "/pay/unifiedorder", pairs)
}

fn request(host: &str, path: &str, pairs: Vec<(&str, &str)>) -> Result<Vec<u8>> {
    let hmac = pairs.iter().any(|(name, _)| *name == "sign_type");
    let sign_type = if hmac { SignType::HmacSha256 } else { SignType::Md5 };
    let signature = sign::sign(pairs.iter().copied(), Merchant::demo().api_key.expose(), sign_type);
    let body = xml::build(pairs.into_iter().chain([("sign", signature.as_str())]))?;
    let length = body.len();
    let head =
        format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n");
    Ok([head, body].concat().into_bytes())
}

async fn customer(mut stream: TcpStream, requests: Vec<Vec<u8>>) -> Result<(TcpStream, Vec<Duration>)> {
    let mut times = Vec::with_capacity(requests.len());
    let mut buffer = Vec::with_capacity(4096);
    for request in requests {
        let began = Instant::now();
        stream.write_all(&request).await?;
        answer(&mut stream, &mut buffer).await?;
        times.push(began.elapsed());
        if !buffer.windows(9).any(|part| part == b"prepay_id") {
            return Err(String::from_utf8_lossy(&buffer).into_owned().into());
        }
    }
    Ok((stream, times))
}

async fn answer(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Result<()> {
    buffer.clear();
    while !buffer.ends_with(b"</xml>") {
        if stream.read_buf(buffer).await? == 0 {
            return Err("the emulator closed the connection".into());
        }
    }
    Ok(())
}

fn remove(db: &Path) {
    for end in ["", "-wal", "-shm", "-lock"] {
        let mut path = db.as_os_str().to_owned();
        path.push(end);
        // Not there is as good.
        let _ = std::fs::remove_file(path);
    }
}
