//! The program: what it prints, how it ends.

#![cfg(unix)]

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::common::{self, APPID, KEY, MCH, within};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

fn emulator(args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_wxpaykit-emulator"))
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn line(child: &mut Child) -> (String, BufReader<tokio::process::ChildStdout>) {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    out.read_line(&mut line).await.unwrap();
    (line, out)
}

async fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-s", name, &id]).status().await.unwrap().success());
}

async fn errors(mut child: Child) -> (i32, String) {
    let status = child.wait().await.unwrap();
    let mut text = String::new();
    child.stderr.take().unwrap().read_to_string(&mut text).await.unwrap();
    (status.code().unwrap(), text)
}

#[test]
fn prints_one_line_and_exits_on_a_signal() {
    within(async {
        for name in ["TERM", "INT"] {
            let mut child = emulator(&["--port", "0"]);
            let (line, mut out) = line(&mut child).await;
            let said: Value = serde_json::from_str(&line).unwrap();
            let names: Vec<&String> = said.as_object().unwrap().keys().collect();
            let own = ["url", "appid", "mch_id", "api_key", "app_secret", "openid", "client_cert", "client_key"];
            let of_v3 = ["serial_no", "api_v3_key", "platform_public_key_id", "platform_public_key"];
            let certificate = ["platform_serial_no", "platform_certificate"];
            assert_eq!(names, [&own[..], &of_v3, &certificate].concat());
            assert_eq!(said["openid"], common::OPENID);
            assert_eq!((&said["appid"], &said["mch_id"], &said["api_key"]), (&APPID.into(), &MCH.into(), &KEY.into()));
            let secret = said["app_secret"].as_str().unwrap();
            assert!(secret.len() == 32 && secret.bytes().all(|b| b.is_ascii_hexdigit()));

            let address = said["url"].as_str().unwrap().strip_prefix("http://").unwrap();
            // Three connections that stay: idle, idle after a request, and in the middle of one.
            let _idle = TcpStream::connect(address).await.unwrap();
            let mut kept = TcpStream::connect(address).await.unwrap();
            kept.write_all(b"GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
            let mut answer = [0; 15];
            kept.read_exact(&mut answer).await.unwrap();
            assert_eq!(&answer, b"HTTP/1.1 200 OK");
            let mut half = TcpStream::connect(address).await.unwrap();
            half.write_all(b"POST /pay/unifiedorder HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<xml")
                .await
                .unwrap();

            let began = Instant::now();
            signal(&child, name).await;
            assert_eq!(child.wait().await.unwrap().code(), Some(0), "{name}");
            assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
            let mut rest = String::new();
            out.read_to_string(&mut rest).await.unwrap();
            assert_eq!(rest, "", "one line is all");
        }
    });
}

#[test]
fn the_token_is_printed_when_other_machines_can_connect() {
    within(async {
        let mut child = emulator(&["--port", "0", "--host", "0.0.0.0"]);
        let (said, _out) = line(&mut child).await;
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["control_token"].as_str().unwrap().len(), 32);
        let mut child = emulator(&["--port", "0", "--control-token", "abc", "--seed", "1", "--magic-amounts"]);
        let (said, _out) = line(&mut child).await;
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(said["control_token"], "abc");
        let (status, text) = errors(emulator(&["--port", "0", "--control-token", ""])).await;
        assert!(status == 1 && text.contains("--control-token is empty"), "{text}");
        let (status, text) = errors(emulator(&["--port", "0", "--db", "/nonexistent/x.db"])).await;
        assert!(status == 1 && text.contains("/nonexistent/x.db"), "{text}");
    });
}

#[test]
fn opens_a_port_with_tls() {
    within(async {
        let mut child = emulator(&["--port", "0", "--tls"]);
        let (said, _out) = line(&mut child).await;
        let said: Value = serde_json::from_str(&said).unwrap();
        let address = said["tls_url"].as_str().unwrap().strip_prefix("https://").unwrap();
        assert_ne!(Some(address), said["url"].as_str().unwrap().strip_prefix("http://"));
        TcpStream::connect(address).await.unwrap();
        let (status, text) = errors(emulator(&["--port", "0", "--tls-port", "1"])).await;
        assert!(status == 2 && text.contains("--tls"), "{text}");
    });
}

#[test]
fn says_that_a_port_is_taken() {
    within(async {
        let mut first = emulator(&["--port", "0"]);
        let (line, _out) = line(&mut first).await;
        let said: Value = serde_json::from_str(&line).unwrap();
        let port = said["url"].as_str().unwrap().rsplit(':').next().unwrap();
        let (status, text) = errors(emulator(&["--port", port])).await;
        assert_eq!(status, 1);
        assert!(text.contains(&format!("127.0.0.1:{port} is in use")) && text.contains("--port 0"), "{text}");
    });
}

#[test]
fn takes_merchants_from_a_file() {
    within(async {
        let file = std::env::temp_dir().join(format!("wxpaykit-emulator-{}.json", std::process::id()));
        let path = file.to_str().unwrap();
        let merchant = r#"{"appid":"wx00000000000000aa","mch_id":"1900000109","api_key":"0123456789abcdef0123456789abcdef","app_secret":"s","name":"店"}"#;
        for content in [merchant.to_owned(), format!("[{merchant}]")] {
            std::fs::write(&file, content).unwrap();
            let mut child = emulator(&["--port", "0", "--merchant", path]);
            let (line, _out) = line(&mut child).await;
            let said: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(said["mch_id"], "1900000109");
            // A customer of that merchant's appid, and not of the demo one's.
            let openid = said["openid"].as_str().unwrap();
            assert!(openid.len() == 28 && openid.starts_with('o') && openid != common::OPENID, "{openid}");
            signal(&child, "TERM").await;
            assert!(child.wait().await.unwrap().success());
        }
        for (content, why) in [
            ("{", "EOF"),
            ("{}", "appid"),
            (&merchant.replace("1900000109", "19"), "mch_id must be 8 or 10 digits"),
            (&merchant.replace("0123456789abcdef", "0"), "api_key must be 32 bytes"),
            (&merchant.replace("\"name\"", "\"api_v3_key\":\"short\",\"name\""), "api_v3_key must be 32 bytes"),
            (
                &format!("[{merchant},{}]", merchant.replace("0123456789abcdef0", "fffffffffffffffff")),
                "is listed twice with different api_keys",
            ),
        ] {
            std::fs::write(&file, content).unwrap();
            let (status, text) = errors(emulator(&["--port", "0", "--merchant", path])).await;
            assert_eq!(status, 1, "{content}");
            assert!(text.contains(why), "{content}: {text}");
            assert!(!text.contains("0123456789abcdef0123456789abcdef"), "{text}");
        }
        std::fs::remove_file(&file).unwrap();
        let (status, text) = errors(emulator(&["--merchant", path])).await;
        assert!(status == 1 && text.contains(path), "{text}");
        let (status, _) = errors(emulator(&["--surprise"])).await;
        assert_eq!(status, 2);
    });
}

#[test]
fn exits_when_its_parent_ends() {
    within(async {
        let mut child = Command::new(env!("CARGO_BIN_EXE_wxpaykit-emulator"))
            .args(["--port", "0", "--exit-with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (said, _out) = line(&mut child).await;
        assert!(said.starts_with('{'));
        // To wait for a child is to close its standard input, unless it is held.
        let cord = child.stdin.take();
        assert!(tokio::time::timeout(Duration::from_millis(200), child.wait()).await.is_err());
        // Its standard input is closed, as when its parent is killed.
        drop(cord);
        let status = tokio::time::timeout(Duration::from_secs(2), child.wait()).await.unwrap().unwrap();
        assert!(status.success());
    });
}
