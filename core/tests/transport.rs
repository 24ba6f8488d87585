//! The transport: kept, closed and broken connections, concurrent calls, and streamed replies over plain HTTP; servers and proxies
//! that do not answer, over HTTP and TLS.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::common;
use crate::common::silent::{full_queue, lines_of_a_child, say, silent_after, silent_tls, tunnel, url_of_the_child};
use crate::common::{Act, Scripted, within};
use bytes::Bytes;
use http_body::Body as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::Instant;
use wxpaykit::Outcome;
use wxpaykit::transport::{Body, Failure, Limits, Reqwest, Transport};

const FIVE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const LIMIT: usize = 1 << 20;

/// A server that answers a number of requests on each connection and then closes it.
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

    /// Waits until all connections are closed.
    async fn closed(&self) {
        while self.open.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn transport(max_connections: u32) -> Reqwest {
    Reqwest::new(&Limits { max_connections, ..Limits::default() }, "test/1", false).unwrap()
}

fn post(url: &str) -> http::Request<Bytes> {
    http::Request::post(url).body(Bytes::from_static(b"<xml/>")).unwrap()
}

async fn open(transport: &Reqwest, url: &str, time: Duration) -> Result<Body, Failure> {
    transport.send(post(url), time.into()).await.map(http::Response::into_body)
}

async fn ask(transport: &Reqwest, url: &str) -> Result<Bytes, Failure> {
    open(transport, url, Duration::from_secs(5)).await?.collect(LIMIT).await
}

fn known(failure: &Failure) -> (&str, Outcome) {
    (failure.code.as_str(), failure.outcome)
}

#[test]
fn a_connection_is_kept_until_the_server_closes_it() {
    within(async {
        let (kept, closed) = (Server::start(FIVE, 1000).await, Server::start(FIVE, 1).await);
        let transport = transport(4);
        for _ in 0..20 {
            assert_eq!(ask(&transport, &kept.url).await.unwrap(), "hello");
            assert_eq!(ask(&transport, &closed.url).await.unwrap(), "hello");
            // Time for the client to notice that it is closed.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!((kept.connections(), closed.connections()), (1, 20));
    });
}

/// WeChat's servers of APIv3 close an idle connection after 8 s (protocol v3 §1.2). A request that is on its way just then has no known result.
#[test]
fn a_connection_that_the_server_may_be_closing_is_not_used() {
    within(async {
        let server = Server::start(FIVE, 1000).await;
        let transport = transport(4);
        for (pause, connections) in [(0, 1), (6_500, 1), (7_200, 2)] {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            assert_eq!(ask(&transport, &server.url).await.unwrap(), "hello");
            assert_eq!(server.connections(), connections, "after {pause} ms");
        }
    });
}

#[test]
fn a_request_on_a_kept_connection_that_breaks_is_not_sent_again() {
    within(async {
        let server =
            Scripted::start(vec![Act::Answer(200, "1".into()), Act::HangUp, Act::Answer(200, "3".into())]).await;
        let transport = transport(1);
        assert_eq!(ask(&transport, &server.url).await.unwrap(), "1");
        assert_eq!(known(&ask(&transport, &server.url).await.unwrap_err()), ("network", Outcome::Unknown));
        assert_eq!(server.bodies().len(), 2);
        assert_eq!(ask(&transport, &server.url).await.unwrap(), "3");
    });
}

#[test]
fn concurrent_calls_are_limited() {
    within(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (under_way, peak) = (Arc::clone(&now), Arc::clone(&most));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (under_way, peak) = (Arc::clone(&under_way), Arc::clone(&peak));
                tokio::spawn(async move {
                    let mut request = [0; 4096];
                    while stream.read(&mut request).await.is_ok_and(|count| count > 0) {
                        peak.fetch_max(under_way.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_millis(2)).await;
                        under_way.fetch_sub(1, Ordering::SeqCst);
                        stream.write_all(FIVE.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        let transport = Arc::new(transport(5));
        let calls: Vec<_> = (0..200)
            .map(|_| {
                let (transport, url) = (Arc::clone(&transport), url.clone());
                tokio::spawn(async move { ask(&transport, &url).await.unwrap() })
            })
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), "hello");
        }
        assert_eq!((most.load(Ordering::SeqCst), now.load(Ordering::SeqCst)), (5, 0));
    });
}

#[test]
fn a_call_counts_until_its_reply_is_read_or_dropped() {
    within(async {
        let server = Server::start(FIVE, 9).await;
        let transport = transport(1);
        let reply = open(&transport, &server.url, Duration::from_secs(5)).await.unwrap();
        let full = open(&transport, &server.url, Duration::from_millis(100)).await.unwrap_err();
        assert_eq!(known(&full), ("pool_timeout", Outcome::NotSent));
        drop(reply);
        let mut reply = open(&transport, &server.url, Duration::from_secs(5)).await.unwrap();
        assert_eq!(reply.chunk().await.unwrap().unwrap(), "hello");
        assert_eq!(reply.chunk().await.unwrap(), None);
        assert_eq!(ask(&transport, &server.url).await.unwrap(), "hello");
    });
}

#[test]
fn a_long_download_no_longer_counts_and_closes_its_connection_when_it_is_dropped() {
    within(async {
        let server = Server::start("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", 9).await;
        let (transport, time) = (transport(1), Duration::from_millis(200));
        let mut slow = Vec::new();
        for _ in 0..3 {
            let mut reply = open(&transport, &server.url, time).await.unwrap();
            assert_eq!(reply.chunk().await.unwrap().unwrap(), "hello");
            let full = open(&transport, &server.url, time).await.unwrap_err();
            assert_eq!(known(&full), ("pool_timeout", Outcome::NotSent));
            slow.push(reply.idle_timeout(time));
        }
        assert_eq!(server.connections(), 3);
        drop(slow);
        server.closed().await;
    });
}

#[test]
fn a_cancelled_call_closes_its_connection() {
    within(async {
        // The server is silent after the request, and after half of the reply.
        for answer in ["", "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf"] {
            let server = Server::start(answer, 9).await;
            let transport = transport(1);
            for connections in 1..4 {
                let late =
                    async { open(&transport, &server.url, Duration::from_millis(100)).await?.collect(LIMIT).await };
                assert_eq!(known(&late.await.unwrap_err()), ("timeout", Outcome::Unknown));
                assert_eq!(server.connections(), connections);
            }
            server.closed().await;
            // The caller drops the call.
            let dropped = tokio::time::timeout(Duration::from_millis(50), ask(&transport, &server.url)).await;
            assert!(dropped.is_err());
            assert_eq!(server.connections(), 4);
            server.closed().await;
        }
    });
}

#[test]
fn replies_in_pieces_and_replies_without_an_end() {
    within(async {
        let pieces = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
        let server = Server::start(pieces, 9).await;
        assert_eq!(ask(&transport(1), &server.url).await.unwrap(), "hello");

        let endless = format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(LIMIT + 1));
        let server = Server::start(endless.leak(), 1).await;
        let refused = ask(&transport(1), &server.url).await.unwrap_err();
        assert_eq!(known(&refused), ("malformed_reply", Outcome::Unknown));
        assert_eq!(refused.reason, "the reply is longer than 1048576 bytes");

        let exact = format!("HTTP/1.1 200 OK\r\nContent-Length: {LIMIT}\r\n\r\n{}", "x".repeat(LIMIT));
        let server = Server::start(exact.leak(), 1).await;
        assert_eq!(ask(&transport(1), &server.url).await.unwrap().len(), LIMIT);

        let nonsense = Server::start("<html>not HTTP at all</html>\r\n\r\n", 1).await;
        let refused = ask(&transport(1), &nonsense.url).await.unwrap_err();
        assert_eq!(known(&refused), ("network", Outcome::Unknown));
    });
}

#[test]
fn a_reply_that_is_cut_off_is_unknown() {
    within(async {
        for cut in [
            "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        ] {
            let server = Server::start(cut, 1).await;
            let mut reply = open(&transport(1), &server.url, Duration::from_secs(5)).await.unwrap();
            assert_eq!(reply.chunk().await.unwrap().unwrap(), "half");
            let broken = reply.chunk().await.unwrap_err();
            assert_eq!(known(&broken), ("network", Outcome::Unknown));
            // After the error there is nothing more to read.
            assert_eq!(reply.chunk().await.unwrap(), None);
            let broken = ask(&transport(1), &server.url).await.unwrap_err();
            assert_eq!(known(&broken), ("network", Outcome::Unknown));
        }
    });
}

/// A server that sends four bytes after each of these pauses, as a reply without a length, and then closes the connection.
async fn dripping(pauses: &'static [u64]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                for pause in pauses {
                    tokio::time::sleep(Duration::from_millis(*pause)).await;
                    if stream.write_all(b"drip").await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

#[test]
fn a_deadline_limits_the_whole_reply_and_an_idle_timeout_each_piece() {
    within(async {
        let (transport, time) = (transport(8), Duration::from_millis(250));
        let url = dripping(&[100; 8]).await;
        let late = async { open(&transport, &url, time).await?.collect(LIMIT).await };
        assert_eq!(known(&late.await.unwrap_err()), ("timeout", Outcome::Unknown));

        let patient = async { open(&transport, &url, time).await?.idle_timeout(time).collect(LIMIT).await };
        assert_eq!(patient.await.unwrap(), "drip".repeat(8));

        let url = dripping(&[10, 10, 5000]).await;
        let mut reply = open(&transport, &url, time).await.unwrap().idle_timeout(time);
        // The reader itself may pause for longer than the idle timeout.
        assert_eq!(reply.chunk().await.unwrap().unwrap(), "drip");
        tokio::time::sleep(2 * time).await;
        assert_eq!(reply.chunk().await.unwrap().unwrap(), "drip");
        let start = Instant::now();
        assert_eq!(known(&reply.chunk().await.unwrap_err()), ("timeout", Outcome::Unknown));
        assert!((time..4 * time).contains(&start.elapsed()), "{:?}", start.elapsed());
    });
}

#[test]
fn the_body_of_a_custom_transport() {
    within(async {
        let whole = Body::from(Bytes::from_static(b"hello"));
        assert_eq!((whole.size_hint().exact(), whole.is_end_stream()), (Some(5), false));
        assert_eq!(whole.collect(5).await.unwrap(), "hello");
        let long = Body::from(Bytes::from_static(b"hello")).collect(4).await.unwrap_err();
        assert_eq!(known(&long), ("malformed_reply", Outcome::Unknown));
        assert_eq!(Body::default().collect(0).await.unwrap(), "");
        let nested = Body::stream(Body::from(Bytes::from_static(b"hello")));
        assert_eq!(nested.collect(5).await.unwrap(), "hello");
    });
}

#[test]
fn a_server_without_tls_receives_no_request() {
    within(async {
        let server = Server::start("HTTP/1.1 400 Bad Request\r\n\r\n", 1).await;
        let refused = ask(&transport(1), &server.url.replace("http:", "https:")).await.unwrap_err();
        assert_eq!(known(&refused), ("tls", Outcome::NotSent));
    });
}

#[test]
fn requests_have_the_given_path_and_query_and_no_headers_added_by_reqwest() {
    within(async {
        let server = Scripted::start(vec![Act::Answer(200, String::new())]).await;
        let transport = transport(1);
        for path in ["/", "/pay/unifiedorder", "/v3/pay/a%2Fb?mchid=1&x=%E8%8C%B6+1", "/sns/userinfo?lang=zh_CN"] {
            let request = http::Request::get(format!("{}{path}", server.url)).body(Bytes::new()).unwrap();
            let reply = transport.send(request, Duration::from_secs(5).into()).await.unwrap();
            assert_eq!(reply.into_body().collect(LIMIT).await.unwrap(), "");
            let host = server.url.trim_start_matches("http://");
            let expected = format!("GET {path} HTTP/1.1\r\naccept: */*\r\nuser-agent: test/1\r\nhost: {host}\r\n\r\n");
            assert_eq!(server.got.lock().unwrap().pop().unwrap(), expected);
        }
    });
}

#[test]
fn an_invalid_url_is_not_sent() {
    within(async {
        for url in ["/pay", "ftp://127.0.0.1/"] {
            let refused = ask(&transport(1), url).await.unwrap_err();
            assert_eq!((known(&refused), &*refused.reason), (("connect", Outcome::NotSent), "invalid request URL"));
        }
    });
}

/// Sends a POST and a GET, first so that the connect timeout ends them, then so that the deadline does. Returns one line for each:
/// the code, the outcome and all texts of the error.
async fn results(url: &str, proxies: bool) -> Vec<String> {
    let (short, long) = (Duration::from_millis(400), Duration::from_millis(800));
    let mut results = Vec::new();
    for (connect_timeout, deadline) in [(short, long), (long, short)] {
        let limits = Limits { connect_timeout, ..Limits::default() };
        let transport = Reqwest::new(&limits, "test/1", proxies).unwrap();
        for request in [post(url), http::Request::get(url).body(Bytes::new()).unwrap()] {
            let failure = match transport.send(request, deadline.into()).await {
                Ok(reply) => reply.into_body().collect(LIMIT).await.unwrap_err(),
                Err(failure) => failure,
            };
            let (code, outcome) = known(&failure);
            let text = format!("{failure} {failure:?}").replace('\n', " ");
            results.push(format!("{code} {outcome:?} {text}"));
        }
    }
    results
}

fn assert_each(results: &[String], expected: &str) {
    assert_eq!(results.len(), 4);
    for result in results {
        assert!(result.starts_with(expected), "{result}");
    }
}

/// The results of a child process, whose environment has these variables and no other proxies or roots.
async fn results_in_a_child(url: &str, variables: &[(&str, &str)]) -> Vec<String> {
    lines_of_a_child(module_path!(), url, variables).await
}

#[test]
fn in_a_child() {
    let Some(url) = url_of_the_child() else { return };
    within(async move {
        for result in results(&url, true).await {
            say(&result);
        }
    });
}

/// On Linux a listener drops new connections while its queue is full.
#[cfg(target_os = "linux")]
#[test]
fn a_tcp_connect_that_hangs_is_not_sent() {
    within(async {
        let (address, _queued) = full_queue().await;
        assert_each(&results(&format!("http://{address}/"), false).await, "timeout NotSent");
    });
}

#[test]
fn a_tls_handshake_that_hangs_is_not_sent() {
    within(async {
        let (address, heads) = silent_after("").await;
        assert_each(&results(&format!("https://{address}/"), false).await, "timeout NotSent");
        assert_eq!(heads.lock().unwrap().len(), 4);
    });
}

#[test]
fn a_reply_that_hangs_is_unknown() {
    within(async {
        let (address, _) = silent_after("").await;
        assert_each(&results(&format!("http://{address}/"), false).await, "timeout Unknown");
    });
}

#[test]
fn a_reply_that_hangs_over_tls_is_unknown() {
    within(async {
        let (url, certificate, requests) = silent_tls().await;
        let place = common::place::Place::new("transport-tls");
        let file = place.folder.join("root.pem");
        std::fs::write(&file, certificate).unwrap();
        let results = results_in_a_child(&url, &[("SSL_CERT_FILE", file.to_str().unwrap())]).await;
        assert_each(&results, "timeout Unknown");
        assert_eq!(requests.load(Ordering::SeqCst), 4);
    });
}

/// This test guards that reqwest has the same version of rustls as this crate: otherwise reqwest refuses the TLS configuration when
/// the client is made.
#[test]
fn an_untrusted_certificate_is_a_tls_error_and_not_sent() {
    within(async {
        let (url, _, requests) = silent_tls().await;
        assert_each(&results(&url, false).await, "tls NotSent");
        assert_eq!(requests.load(Ordering::SeqCst), 0);
    });
}

/// A proxy that reads CONNECT, sends `reply` and is then silent.
fn assert_proxy(reply: &'static str, expected: &str) {
    within(async {
        let (address, heads) = silent_after(reply).await;
        let proxy = format!("http://user:hunter2@{address}");
        let results = results_in_a_child("https://pay.example/", &[("HTTPS_PROXY", &proxy)]).await;
        assert_each(&results, expected);
        let heads = heads.lock().unwrap().clone();
        assert_eq!(heads.len(), 4);
        for head in heads {
            assert!(head.starts_with("CONNECT pay.example:443 HTTP/1.1\r\n"), "{head}");
            let head = head.to_ascii_lowercase();
            // Base64 of `user:hunter2`.
            assert!(head.contains("proxy-authorization: basic dxnlcjpodw50zxiy\r\n"), "{head}");
        }
        // Neither the password nor the header made from it.
        let texts = results.join(" ");
        assert!(!texts.contains("hunter2") && !texts.contains("dXNlcjpodW50ZXIy"), "{texts}");
    });
}

#[test]
fn a_host_in_no_proxy_is_reached_directly() {
    within(async {
        let ((address, heads), (proxy, proxied)) = (silent_after("").await, silent_after("").await);
        let variables = [("HTTPS_PROXY", format!("http://{proxy}")), ("NO_PROXY", "127.0.0.1".to_owned())];
        let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_each(&results_in_a_child(&format!("https://{address}/"), &variables).await, "timeout NotSent");
        assert_eq!((heads.lock().unwrap().len(), proxied.lock().unwrap().len()), (4, 0));
    });
}

#[test]
fn a_proxy_that_hangs_is_not_sent() {
    assert_proxy("", "timeout NotSent");
}

#[test]
fn a_proxy_that_refuses_is_not_sent() {
    assert_proxy("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "connect NotSent");
}

#[test]
fn a_tls_handshake_that_hangs_behind_a_proxy_is_not_sent() {
    assert_proxy("HTTP/1.1 200 Connection established\r\n\r\n", "timeout NotSent");
}

#[test]
fn a_reply_that_hangs_behind_a_proxy_is_unknown() {
    within(async {
        let (url, certificate, requests) = silent_tls().await;
        let port = url.trim_end_matches('/').rsplit_once(':').unwrap().1;
        let (proxy, connections) = tunnel(format!("127.0.0.1:{port}")).await;
        let place = common::place::Place::new("transport-proxy");
        let file = place.folder.join("root.pem");
        std::fs::write(&file, certificate).unwrap();
        let variables = [("SSL_CERT_FILE", file.to_str().unwrap()), ("HTTPS_PROXY", &proxy)];
        assert_each(&results_in_a_child(&url, &variables).await, "timeout Unknown");
        assert_eq!((connections.load(Ordering::SeqCst), requests.load(Ordering::SeqCst)), (4, 4));
    });
}
