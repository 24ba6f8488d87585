//! Payment notifications: what is sent, when again, and what counts as an answer (protocol §5).

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, PRAGMA, USER_AGENT};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use url::{Host, Url};
use wxpaykit::wire::xml;
use wxpaykit::{Fields, sign};

use crate::agenda::Job;
use crate::app::App;
use crate::clock::{Millis, seconds};
use crate::ids::wire_time;
use crate::merchant::Merchant;
use crate::order::{Order, OrderId, Payment};
use crate::pay::reply::document;

/// The pauses after each attempt that failed; then WeChat gives up.
pub const SCHEDULE: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

/// How long the merchant has for its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// More of an answer is not read.
const MAX_ANSWER: usize = 64 * 1024;

/// The notification of one payment: the same bytes every time.
#[derive(Debug)]
pub(crate) struct Notification {
    url: String,
    body: Bytes,
    attempts: Vec<Attempt>,
    acknowledged: bool,
    next_at: Option<Millis>,
}

#[derive(Debug)]
struct Attempt {
    at: Millis,
    /// Asked for by the control API, beside the schedule.
    by_hand: bool,
    answer: Answer,
}

/// What came back, and why it does not count, unless it does.
#[derive(Debug, Default)]
struct Answer {
    status: Option<u16>,
    excerpt: String,
    refused: Option<String>,
}

impl Notification {
    /// The notification of a payment that was just made; it is due at once.
    pub(crate) fn new(order: &Order, payment: &Payment, merchant: &Merchant) -> Self {
        Self {
            url: order.field("notify_url").to_owned(),
            body: body(order, payment, merchant).into(),
            attempts: Vec::new(),
            acknowledged: false,
            next_at: Some(payment.at),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "url": self.url,
            "attempts": self.attempts.iter().map(Attempt::to_json).collect::<Vec<_>>(),
            "acknowledged": self.acknowledged,
            "next_at": self.next_at.map(seconds),
        })
    }
}

impl Attempt {
    fn to_json(&self) -> Value {
        json!({
            "at": seconds(self.at),
            "by_hand": self.by_hand,
            "status": self.answer.status,
            "answer": self.answer.excerpt,
            "accepted": self.answer.refused.is_none(),
            "why": self.answer.refused,
        })
    }
}

/// Names in order, one element a line, numbers other than total_fee in CDATA, no sign_type: as captured.
fn body(order: &Order, payment: &Payment, merchant: &Merchant) -> String {
    let time_end = wire_time(payment.at);
    let mut pairs: Vec<(&str, &str)> = vec![
        ("bank_type", "OTHERS"),
        ("cash_fee", order.field("total_fee")),
        ("fee_type", order.request.filled("fee_type").unwrap_or("CNY")),
        ("is_subscribe", "N"),
        ("openid", &payment.openid),
        ("result_code", "SUCCESS"),
        ("return_code", "SUCCESS"),
        ("time_end", &time_end),
        ("transaction_id", &payment.transaction_id),
    ];
    for name in ["appid", "mch_id", "nonce_str", "out_trade_no", "total_fee", "trade_type"] {
        pairs.push((name, order.field(name)));
    }
    for name in ["attach", "device_info", "sub_appid", "sub_mch_id"] {
        pairs.extend(order.request.filled(name).map(|value| (name, value)));
    }
    if let Some(sub_openid) = &payment.sub_openid {
        pairs.extend([("sub_openid", sub_openid.as_str()), ("sub_is_subscribe", "N")]);
    }
    let signature = sign::sign(pairs.iter().copied(), merchant.api_key.expose(), order.sign_type);
    pairs.push(("sign", &signature));
    pairs.sort_unstable();
    document(&pairs, "\n", &["total_fee"])
}

/// Sends a notification once, writes down what came of it, and puts the next attempt on the agenda if there is one.
pub(crate) async fn attempt(app: &App, id: OrderId, at: Millis) {
    let due = app.state().orders.get(id).and_then(|order| {
        let notification = order.notification.as_ref().filter(|notification| !notification.acknowledged)?;
        Some((notification.url.clone(), notification.body.clone()))
    });
    let Some((url, body)) = due else { return };
    let answer = send(app, &url, body).await;
    let mut state = app.state();
    let Some(notification) = state.orders.get_mut(id).and_then(|order| order.notification.as_mut()) else { return };
    notification.acknowledged = answer.refused.is_none();
    let before = notification.attempts.iter().filter(|attempt| !attempt.by_hand).count();
    notification.attempts.push(Attempt { at, by_hand: false, answer });
    let pause = SCHEDULE.get(before).filter(|_| !notification.acknowledged);
    notification.next_at = pause.map(|pause| at + pause * 1000);
    if let Some(next) = notification.next_at {
        state.agenda.add(next, Job::Notify(id));
    }
}

/// Sends a notification once more, now and beside its schedule, acknowledged or not. `None` when there is none.
pub(crate) async fn resend(app: &App, id: OrderId) -> Option<Value> {
    let (url, body) = {
        let state = app.state();
        let notification = state.orders.get(id)?.notification.as_ref()?;
        (notification.url.clone(), notification.body.clone())
    };
    let _running = app.running.read().await;
    let attempt = Attempt { at: app.clock.now(), by_hand: true, answer: send(app, &url, body).await };
    let described = attempt.to_json();
    let mut state = app.state();
    let notification = state.orders.get_mut(id)?.notification.as_mut()?;
    if attempt.answer.refused.is_none() {
        notification.acknowledged = true;
        notification.next_at = None;
    }
    notification.attempts.push(attempt);
    if notification.attempts.len() > MAX_ATTEMPTS {
        notification.attempts.remove(0);
    }
    drop(state);
    app.live.changed();
    Some(described)
}

/// Attempts by hand are not counted, so their log ends somewhere.
const MAX_ATTEMPTS: usize = 100;

async fn send(app: &App, url: &str, body: Bytes) -> Answer {
    let sent = tokio::time::timeout(PATIENCE, deliver(url, body, app.config.allow_remote_notify)).await;
    let mut answer = sent.unwrap_or_else(|_| Answer::refused(format!("no answer within {} s", PATIENCE.as_secs())));
    answer.excerpt = app.registry.redact(answer.excerpt);
    answer.refused = answer.refused.map(|why| app.registry.redact(why));
    answer
}

impl Answer {
    fn refused(why: impl Into<String>) -> Self {
        Self { refused: Some(why.into()), ..Self::default() }
    }
}

async fn deliver(url: &str, body: Bytes, remote: bool) -> Answer {
    match exchange(url, body, remote).await {
        Ok((status, answer)) => judge(status, &answer),
        Err(why) => Answer::refused(why),
    }
}

/// Posts XML to a merchant as WeChat does; gives status and answer, or why there is none.
pub(crate) async fn exchange(url: &str, body: Bytes, remote: bool) -> Result<(u16, Bytes), String> {
    let url = Url::parse(url).map_err(|error| format!("notify_url: {error}"))?;
    let addresses = addresses(&url, remote).await?;
    if url.scheme() != "http" {
        return Err("https: the emulator speaks no TLS to merchants; give it an http notify_url".to_owned());
    }
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| format!("cannot connect: {error}"))?;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| format!("the connection failed: {error}"))?;
    // Ends with the exchange: dropped with this future when patience does.
    let talk = async move {
        let response =
            sender.send_request(request(&url, body)?).await.map_err(|error| format!("no answer: {error}"))?;
        let status = response.status().as_u16();
        let answer = Limited::new(response.into_body(), MAX_ANSWER).collect().await;
        let answer = answer.map_err(|error| format!("HTTP {status}, and then no whole answer: {error}"))?;
        Ok((status, answer.to_bytes()))
    };
    let mut talk = std::pin::pin!(talk);
    tokio::select! {
        result = &mut talk => result,
        _ = connection => talk.await,
    }
}

/// Where the merchant may listen (`localhost` is two addresses): on this machine, unless it was said that
/// notifications may leave it.
async fn addresses(url: &Url, remote: bool) -> Result<Vec<SocketAddr>, String> {
    let port = url.port_or_known_default().unwrap_or(80);
    let mut found: Vec<SocketAddr> = match url.host() {
        Some(Host::Ipv4(ip)) => vec![(ip, port).into()],
        Some(Host::Ipv6(ip)) => vec![(ip, port).into()],
        Some(Host::Domain(name)) => tokio::net::lookup_host((name, port))
            .await
            .map_err(|error| format!("cannot resolve {name}: {error}"))?
            .collect(),
        None => return Err("notify_url has no host".to_owned()),
    };
    found.retain(|address| remote || address.ip().to_canonical().is_loopback());
    if found.is_empty() {
        return Err("notify_url is not on this machine; --allow-remote-notify lets notifications out".to_owned());
    }
    Ok(found)
}

fn request(url: &Url, body: Bytes) -> Result<Request<Full<Bytes>>, String> {
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    Request::post(path)
        .header(HOST, host)
        .header(USER_AGENT, HeaderValue::from_static("Mozilla/4.0"))
        .header(ACCEPT, HeaderValue::from_static("*/*"))
        .header(CONNECTION, HeaderValue::from_static("close"))
        .header(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
        .header(PRAGMA, HeaderValue::from_static("no-cache"))
        .header(CONTENT_TYPE, HeaderValue::from_static("text/xml"))
        .body(Full::new(body))
        .map_err(|error| format!("notify_url: {error}"))
}

/// Protocol §5.5: status 200 and a document whose return_code is SUCCESS. Nothing else.
fn judge(status: u16, answer: &[u8]) -> Answer {
    let refused = match (status, xml::parse(answer)) {
        (200, Ok(document)) => unwelcome(&document),
        (200, Err(error)) => Some(format!("the answer is not WeChat's XML: {error}")),
        (300..=399, _) => Some(format!("HTTP {status}: redirects are not followed")),
        (status, _) => Some(format!("HTTP {status} is not 200")),
    };
    let excerpt = String::from_utf8_lossy(answer).chars().take(200).collect();
    Answer { status: Some(status), excerpt, refused }
}

fn unwelcome(document: &Fields) -> Option<String> {
    match document.get("return_code") {
        Some("SUCCESS") => None,
        Some(code) => Some(format!("return_code is {code}: {}", document.get("return_msg").unwrap_or_default())),
        None => Some("the answer has no return_code".to_owned()),
    }
}
