//! Reads a reply of many megabytes as a stream. In its own process, because the test measures the memory of the process.

#![cfg(target_os = "linux")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common::{is_alone, within};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wxpaykit::transport::{Limits, Reqwest, Transport};

const MIB: usize = 1 << 20;
const SIZE: usize = 256 * MIB;

/// The peak memory of this process, in bytes.
fn most_memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[test]
fn a_streamed_reply_uses_little_memory_and_applies_backpressure() {
    if !is_alone(module_path!(), "a_streamed_reply_uses_little_memory_and_applies_backpressure") {
        return;
    }
    within(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let written = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&written);
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            stream.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes()).await.unwrap();
            let piece = vec![b'x'; 64 << 10];
            while counter.fetch_add(piece.len(), Ordering::SeqCst) < SIZE {
                stream.write_all(&piece).await.unwrap();
            }
        });

        let transport = Reqwest::new(&Limits::default(), "test/1", false).unwrap();
        let request = http::Request::get(&url).body(Bytes::new()).unwrap();
        let reply = transport.send(request, Duration::from_secs(30).into()).await.unwrap();
        let mut body = reply.into_body().idle_timeout(Duration::from_secs(5));
        let mut read = body.chunk().await.unwrap().unwrap().len();
        let before = most_memory();
        // The reader pauses. The server cannot write more than the socket buffers hold.
        tokio::time::sleep(Duration::from_millis(300)).await;
        let ahead = written.load(Ordering::SeqCst);
        assert!(ahead < 32 * MIB, "{ahead} bytes were written without a reader");
        while let Some(chunk) = body.chunk().await.unwrap() {
            assert!(chunk.len() <= MIB, "a piece of {} bytes", chunk.len());
            read += chunk.len();
        }
        assert_eq!(read, SIZE);
        let more = most_memory() - before;
        assert!(more < 16 * MIB, "{more} bytes of memory for a reply of {SIZE}");
    });
}
