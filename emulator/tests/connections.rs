//! Connections that send little or nothing, and bodies that end early. Other clients are not kept waiting.

use std::time::Duration;

use crate::common::v3::Signed;
use crate::common::{Request, start, within};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::time::Instant;

const HALF: &[u8] = b"POST /pay/unifiedorder HTTP/1.1\r\nHost: localhost\r\n";

async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8(answer).unwrap()
}

#[test]
fn eleven_hundred_open_connections_do_not_keep_others_out() {
    within(async {
        let wechat = start(|_| {}).await;
        let mut open = Vec::new();
        for n in 0..1100 {
            let Ok(mut stream) = TcpStream::connect(&wechat.address).await else { break };
            if n % 2 == 0 {
                // It may have been closed already to make room.
                let _ = stream.write_all(HALF).await;
            }
            open.push(stream);
        }
        let order = Request::order("n1");
        let placed = wechat.unifiedorder(&order);
        tokio::time::timeout(Duration::from_secs(5), placed).await.expect("an answer in time").ok();
    });
}

/// An emulator whose process may have 200 descriptors, and its address.
#[cfg(unix)]
async fn narrow() -> (tokio::process::Child, String) {
    let program = env!("CARGO_BIN_EXE_wxpaykit-emulator");
    let mut child = tokio::process::Command::new("sh")
        .args(["-c", "ulimit -n 200; exec \"$0\" --port 0", program])
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).await.unwrap();
    let said: Value = serde_json::from_str(&line).unwrap();
    let address = said["url"].as_str().unwrap().trim_start_matches("http://").to_owned();
    (child, address)
}

/// Opens 300 connections that send this, and asks for the health of the emulator. The first connection must be closed to make room.
#[cfg(unix)]
fn assert_the_oldest_makes_room(sent: &'static [u8]) {
    within(async {
        let (_child, address) = narrow().await;
        let mut open = Vec::new();
        for _ in 0..300 {
            let mut stream = TcpStream::connect(&address).await.unwrap();
            let _ = stream.write_all(sent).await;
            open.push(stream);
        }
        let mut asked = TcpStream::connect(&address).await.unwrap();
        asked
            .write_all(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .await
            .unwrap();
        let said = tokio::time::timeout(Duration::from_secs(5), answer(&mut asked)).await.expect("an answer in time");
        assert!(said.starts_with("HTTP/1.1 200"), "{said}");
        // The first one made room.
        let closed = tokio::time::timeout(Duration::from_secs(5), answer(&mut open[0])).await;
        assert_eq!(closed.expect("the first one is closed"), "");
    });
}

#[cfg(unix)]
#[test]
fn when_there_are_too_many_the_oldest_idle_one_is_closed() {
    assert_the_oldest_makes_room(HALF);
}

#[cfg(unix)]
#[test]
fn a_head_without_its_body_does_not_keep_others_out() {
    assert_the_oldest_makes_room(b"POST /pay/unifiedorder HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n");
    assert_the_oldest_makes_room(b"POST /_emulator/pay HTTP/1.1\r\nHost: localhost\r\nContent-Length: 500\r\n\r\n{");
}

#[test]
fn a_body_that_ends_early_is_a_bad_request() {
    within(async {
        let wechat = start(|_| {}).await;
        for (path, host) in [
            ("/pay/unifiedorder", "localhost"),
            ("/pay/unifiedorder", "a"),
            ("/cgi-bin/stable_token", "localhost"),
            ("/_emulator/pay", "localhost"),
            ("/_wechat/open", "localhost"),
        ] {
            let mut stream = TcpStream::connect(&wechat.address).await.unwrap();
            let head = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 500\r\n\r\n<xml></xml>");
            stream.write_all(head.as_bytes()).await.unwrap();
            stream.shutdown().await.unwrap();
            let said = answer(&mut stream).await;
            assert!(said.starts_with("HTTP/1.1 400"), "{path}: {said}");
        }
        let entries = wechat.control("journal", Value::Null).await;
        let first = &entries[0];
        assert_eq!((&first["status"], &first["outcome"]), (&400.into(), &"http:400".into()));
        assert!(first["explanation"]["detail"].as_str().unwrap().contains("Content-Length"), "{first}");
        let large = wechat.http("POST", "/pay/unifiedorder", &[], &vec![b'x'; (1 << 20) + 1]).await;
        assert_eq!(large.status, 413);
    });
}

/// Protocol v3 §1.2: 8 s after a reply of APIv3, counted anew from each. Other connections stay. On the machine's clock, not the emulated one.
#[test]
fn a_connection_of_apiv3_is_closed_when_it_was_idle_for_as_long_as_its_replies_say() {
    within(async {
        let wechat = start(|_| {}).await;
        let authorization = Signed::by(&wechat).authorization("GET", "/v3/certificates", "");
        let v3 = format!(
            "GET /v3/certificates HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\nUser-Agent: test\r\nAuthorization: {authorization}\r\n\r\n"
        );
        let body = Request::order("n1").xml();
        let v2 = format!(
            "POST /pay/unifiedorder HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        // Sends the requests, each so many seconds after the one before it, and says how long after the last reply the connection was closed;
        // `None` if it was still open 12 s later.
        let kept = async |requests: &[(u64, &str)]| {
            let mut stream = TcpStream::connect(&wechat.address).await.unwrap();
            for (pause, request) in requests {
                tokio::time::sleep(Duration::from_secs(*pause)).await;
                stream.write_all(request.as_bytes()).await.unwrap();
                let mut reply = vec![0; 65_536];
                let read = stream.read(&mut reply).await.unwrap();
                let said = String::from_utf8_lossy(&reply[..read]).into_owned();
                assert!(said.starts_with("HTTP/1.1 200"), "{said}");
                assert_eq!(
                    said.to_ascii_lowercase().contains("keep-alive: timeout=8"),
                    request.contains("/v3/"),
                    "{said}"
                );
            }
            let since = Instant::now();
            let closed = tokio::time::timeout(Duration::from_secs(12), stream.read(&mut [0; 16])).await.ok();
            closed.map(|read| (read.unwrap_or_default(), since.elapsed().as_secs_f64()))
        };
        let (v3, v2) = (v3.as_str(), v2.as_str());
        let (once, twice, of_v2, mixed) = ([(0, v3)], [(0, v3), (5, v3)], [(0, v2)], [(0, v3), (1, v2)]);
        let (once, twice, of_v2, mixed) = tokio::join!(kept(&once), kept(&twice), kept(&of_v2), kept(&mixed));
        for closed in [once, twice] {
            assert!(closed.is_some_and(|(read, after)| read == 0 && (7.5..9.5).contains(&after)), "{closed:?}");
        }
        assert_eq!((of_v2, mixed), (None, None));
    });
}

/// Takes as long as the limit: 40 s.
#[test]
fn half_a_head_times_out() {
    within(async {
        let wechat = start(|_| {}).await;
        let mut stream = TcpStream::connect(&wechat.address).await.unwrap();
        stream.write_all(HALF).await.unwrap();
        // A byte now and then does not help.
        let (mut from, mut to) = stream.into_split();
        let drip = tokio::spawn(async move {
            while to.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        });
        let mut rest = Vec::new();
        let _ = tokio::time::timeout(Duration::from_secs(50), from.read_to_end(&mut rest)).await.expect("it is closed");
        drip.abort();
        wechat.unifiedorder(&Request::order("n1")).await.ok();
    });
}
