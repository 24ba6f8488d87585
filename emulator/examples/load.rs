//! How many signed orders a second the emulator answers:
//! `cargo run --release -p wxpaykit-emulator --example load [orders] [connections] [url]`.
//!
//! Bodies are signed beforehand and replies only looked at for their result, so that the figure is the emulator's.
//! Without a url it starts one in its own process, on the same cores.

#![forbid(unsafe_code)]

use std::error::Error;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use wxpaykit::wire::xml;
use wxpaykit::{SignType, sign};
use wxpaykit_emulator::{Config, Emulator, Merchant};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let orders: usize = args.next().map_or(Ok(200_000), |text| text.parse())?;
    let connections: usize = args.next().map_or(Ok(64), |text| text.parse())?;
    let own = Emulator::start(Config::default()).await?;
    let url = args.next().unwrap_or_else(|| own.url().to_owned());
    let address = url.trim_start_matches("http://").to_owned();

    let each = orders / connections;
    let mut requests = Vec::new();
    for connection in 0..connections {
        let of_this: Result<Vec<Vec<u8>>> = (0..each).map(|i| request(&address, connection * each + i)).collect();
        requests.push(of_this?);
    }
    let began = Instant::now();
    let workers: Vec<_> =
        requests.into_iter().map(|requests| tokio::spawn(customer(address.clone(), requests))).collect();
    let mut times = Vec::with_capacity(orders);
    for worker in workers {
        times.extend(worker.await??);
    }
    let took = began.elapsed().as_secs_f64();
    times.sort_unstable();
    let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
    println!(
        "{} orders over {connections} connections in {took:.2} s: {:.0}/s, p50 {:?}, p99 {:?}, longest {:?}",
        times.len(),
        times.len() as f64 / took,
        at(0.5),
        at(0.99),
        at(1.0 - f64::EPSILON),
    );
    own.stop().await;
    Ok(())
}

fn request(host: &str, number: usize) -> Result<Vec<u8>> {
    let demo = Merchant::demo();
    let number = format!("load{}n{number}", std::process::id());
    let mut pairs = vec![
        ("appid", demo.appid.as_str()),
        ("mch_id", &demo.mch_id),
        ("nonce_str", "5K8264ILTKCH16CQ2502SI8ZNMTM67VS"),
        ("sign_type", "HMAC-SHA256"),
        ("body", "腾讯充值中心-QQ会员充值"),
        ("attach", "深圳分店"),
        ("out_trade_no", &number),
        ("total_fee", "88"),
        ("spbill_create_ip", "123.12.12.123"),
        ("notify_url", "http://127.0.0.1:9/wxpay/notify"),
        ("trade_type", "JSAPI"),
        ("openid", "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"),
    ];
    let signature = sign::sign(pairs.iter().copied(), demo.api_key.expose(), SignType::HmacSha256);
    pairs.push(("sign", &signature));
    let body = xml::build(pairs)?;
    let length = body.len();
    let head = format!(
        "POST /pay/unifiedorder HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n"
    );
    Ok([head, body].concat().into_bytes())
}

async fn customer(address: String, requests: Vec<Vec<u8>>) -> Result<Vec<Duration>> {
    let mut stream = TcpStream::connect(&address).await?;
    stream.set_nodelay(true)?;
    let mut times = Vec::with_capacity(requests.len());
    let mut buffer = Vec::with_capacity(4096);
    for request in requests {
        let began = Instant::now();
        stream.write_all(&request).await?;
        buffer.clear();
        while !buffer.ends_with(b"</xml>") {
            if stream.read_buf(&mut buffer).await? == 0 {
                return Err("the emulator closed the connection".into());
            }
        }
        times.push(began.elapsed());
        if !buffer.windows(9).any(|part| part == b"prepay_id") {
            return Err(String::from_utf8_lossy(&buffer).into_owned().into());
        }
    }
    Ok(times)
}
