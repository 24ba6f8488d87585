//! The transport against servers that close connections when they like, and speak no TLS.

#![cfg(feature = "client")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use common::within;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wxpaykit::Outcome;
use wxpaykit::transport::{Failure, Hyper, Limits, Transport};

const FIVE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";

/// A server that answers so many requests on a connection and closes it then.
struct Server {
    url: String,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Server {
    async fn start(answer: &'static str, on_each: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (connections, open) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, opened) = (Arc::clone(&connections), Arc::clone(&open));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let opened = Arc::clone(&opened);
                tokio::spawn(async move {
                    opened.fetch_add(1, Ordering::SeqCst);
                    let mut request = [0; 4096];
                    for _ in 0..on_each {
                        match stream.read(&mut request).await {
                            Ok(count) if count > 0 => stream.write_all(answer.as_bytes()).await.unwrap(),
                            _ => break,
                        }
                    }
                    opened.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, connections, open }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

fn transport(max_connections: usize) -> Hyper {
    Hyper::new(&Limits { max_connections, ..Limits::default() }, "test/1", false).unwrap()
}

async fn ask(transport: &Hyper, url: &str) -> Result<Bytes, Failure> {
    let request = http::Request::post(url).body(Bytes::from_static(b"<xml/>")).unwrap();
    transport.send(request, Duration::from_secs(5).into()).await.map(http::Response::into_body)
}

#[test]
fn a_connection_is_kept_until_the_server_closes_it() {
    within(async {
        let (kept, closed) = (Server::start(FIVE, 1000).await, Server::start(FIVE, 1).await);
        let transport = transport(4);
        for _ in 0..20 {
            assert_eq!(ask(&transport, &kept.url).await.unwrap(), "hello");
            assert_eq!(ask(&transport, &closed.url).await.unwrap(), "hello");
            // Time for the news that it is closed.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!((kept.connections(), closed.connections()), (1, 20));
    });
}

#[test]
fn idle_connections_to_other_hosts_make_room() {
    within(async {
        let servers = [Server::start(FIVE, 9).await, Server::start(FIVE, 9).await, Server::start(FIVE, 9).await];
        let transport = transport(2);
        for _ in 0..2 {
            for server in &servers {
                ask(&transport, &server.url).await.unwrap();
            }
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        let open: usize = servers.iter().map(|server| server.open.load(Ordering::SeqCst)).sum();
        assert_eq!(open, 2);
    });
}

#[test]
fn a_call_that_is_given_up_takes_its_connection_with_it() {
    within(async {
        let server = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf", 9).await;
        let transport = transport(1);
        for connections in 1..4 {
            let request = http::Request::post(&server.url).body(Bytes::new()).unwrap();
            let late = transport.send(request, Duration::from_millis(100).into()).await.unwrap_err();
            assert_eq!((late.code, late.outcome), ("timeout", Outcome::Unknown));
            assert_eq!(server.connections(), connections);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert_eq!(server.open.load(Ordering::SeqCst), 0);
    });
}

#[test]
fn answers_in_pieces_and_answers_without_an_end() {
    within(async {
        let pieces = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
        let server = Server::start(pieces, 9).await;
        assert_eq!(ask(&transport(1), &server.url).await.unwrap(), "hello");

        let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat((1 << 20) + 1));
        let server = Server::start(endless.leak(), 1).await;
        let refused = ask(&transport(1), &server.url).await.unwrap_err();
        assert_eq!((refused.code, refused.outcome), ("malformed_reply", Outcome::Unknown));

        let nonsense = Server::start("<html>not HTTP at all</html>\r\n\r\n", 1).await;
        let refused = ask(&transport(1), &nonsense.url).await.unwrap_err();
        assert_eq!((refused.code, refused.outcome), ("network", Outcome::Unknown));
    });
}

#[test]
fn a_server_without_tls_gets_nothing() {
    within(async {
        let server = Server::start("HTTP/1.1 400 Bad Request\r\n\r\n", 1).await;
        let refused = ask(&transport(1), &server.url.replace("http:", "https:")).await.unwrap_err();
        assert_eq!((refused.code, refused.outcome), ("tls", Outcome::NotSent));
    });
}
