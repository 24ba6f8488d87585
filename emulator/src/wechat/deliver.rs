//! Posts one message to a merchant, and judges the answer (protocol §5.1, §5.5).

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::header::{ACCEPT, CACHE_CONTROL, CONNECTION, CONTENT_TYPE, HOST, HeaderValue, PRAGMA, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use url::{Host, Url};
use wxpaykit::Fields;
use wxpaykit::wire::xml;

use super::message::Form;
use crate::world::notification::MerchantAnswer;

/// The merchant must answer within this time.
const TIME_LIMIT: Duration = Duration::from_secs(5);
/// Upper bound of an answer, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Sends a message once: to other machines too, and as if it came through a proxy.
pub(super) async fn deliver(url: &str, body: Bytes, form: &Form, (remote, proxied): (bool, bool)) -> MerchantAnswer {
    match tokio::time::timeout(TIME_LIMIT, send(url, body, form, (remote, proxied))).await {
        Ok(Ok((status, answer))) => match form {
            Form::Xml => judge(status, &answer),
            Form::Json(_) => judge_v3(status, &answer),
        },
        Ok(Err(why)) => MerchantAnswer::refused(why),
        Err(_) => MerchantAnswer::refused(format!("no answer within {} s", TIME_LIMIT.as_secs())),
    }
}

/// Posts a message to a merchant as WeChat does. Returns status and answer, or why there is no answer.
pub(super) async fn exchange(url: &str, body: Bytes, form: &Form, remote: bool) -> Result<(u16, Bytes), String> {
    send(url, body, form, (remote, false)).await
}

async fn send(url: &str, body: Bytes, form: &Form, (remote, proxied): (bool, bool)) -> Result<(u16, Bytes), String> {
    let url = Url::parse(url).map_err(|error| format!("notify_url: {error}"))?;
    let addresses = addresses(&url, remote).await?;
    if url.scheme() != "http" {
        return Err("https: the emulator does not support an https notify_url; use http".to_owned());
    }
    let stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| format!("cannot connect: {error}"))?;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .title_case_headers(!proxied)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| format!("the connection failed: {error}"))?;
    // The connection ends with this future, also when the time limit drops it.
    let talk = async move {
        let response = sender
            .send_request(request(&url, body, form, proxied)?)
            .await
            .map_err(|error| format!("no answer: {error}"))?;
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

/// The addresses of the merchant's host (`localhost` has two): of this machine only, unless `remote` allows others.
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

/// What a proxy adds, as captured: the chain of addresses begins with one of WeChat's.
const OF_PROXY: [(&str, &str); 2] =
    [("x-forwarded-for", "121.51.58.175, 10.0.0.8, 10.0.1.3"), ("x-real-ip", "10.0.1.3")];

fn request(url: &Url, body: Bytes, form: &Form, proxied: bool) -> Result<Request<Full<Bytes>>, String> {
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match (url.host_str().unwrap_or_default(), url.port()) {
        (host, Some(port)) => format!("{host}:{port}"),
        (host, None) => host.to_owned(),
    };
    let (kind, signature) = match form {
        Form::Xml => ("text/xml", &[][..]),
        Form::Json(headers) => ("application/json", headers.as_slice()),
    };
    let request = Request::post(path)
        .header(HOST, host)
        .header(USER_AGENT, HeaderValue::from_static("Mozilla/4.0"))
        .header(ACCEPT, HeaderValue::from_static("*/*"))
        .header(CONNECTION, HeaderValue::from_static("close"))
        .header(CACHE_CONTROL, HeaderValue::from_static("no-cache"))
        .header(PRAGMA, HeaderValue::from_static("no-cache"))
        .header(CONTENT_TYPE, HeaderValue::from_static(kind));
    let added = if proxied { &OF_PROXY[..] } else { &[] };
    let request = added.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    signature
        .iter()
        .fold(request, |request, (name, value)| request.header(*name, value.as_str()))
        .body(Full::new(body))
        .map_err(|error| format!("notify_url: {error}"))
}

/// Protocol §5.5: status 200 and a document whose return_code is SUCCESS. Nothing else.
fn judge(status: u16, answer: &[u8]) -> MerchantAnswer {
    let refused = match (status, xml::parse(answer)) {
        (200, Ok(document)) => unwelcome(&document),
        (200, Err(error)) => Some(format!("the answer is not WeChat's XML: {error}")),
        (300..=399, _) => Some(format!("HTTP {status}: redirects are not followed")),
        (status, _) => Some(format!("HTTP {status} is not 200")),
    };
    let excerpt = String::from_utf8_lossy(answer).chars().take(200).collect();
    MerchantAnswer { status: Some(status), excerpt, refused }
}

/// Protocol v3 §9.2: status 200 or 204. What the body says does not count, unless it is the answer to a notification of APIv2, or JSON
/// inside a text of JSON: such answers were seen to be followed by a repetition (§18).
fn judge_v3(status: u16, answer: &[u8]) -> MerchantAnswer {
    let body = answer.trim_ascii();
    let refused = match status {
        200 if body.starts_with(b"<xml") => {
            Some("the answer is APIv2's XML: answer 200 or 204 without a body".to_owned())
        }
        200 if body.starts_with(b"\"") => {
            Some("the answer is JSON inside a text: answer 200 or 204 without a body".to_owned())
        }
        200 | 204 => None,
        300..=399 => Some(format!("HTTP {status}: redirects are not followed")),
        _ => Some(format!("HTTP {status} is not 200 or 204")),
    };
    let mut excerpt: String = String::from_utf8_lossy(answer).chars().take(200).collect();
    if refused.is_none() && body.starts_with(b"<") {
        excerpt.insert_str(0, "acknowledged by a body that is a web page: ");
    }
    MerchantAnswer { status: Some(status), excerpt, refused }
}

fn unwelcome(document: &Fields) -> Option<String> {
    match document.get("return_code") {
        Some("SUCCESS") => None,
        Some(code) => Some(format!("return_code is {code}: {}", document.get("return_msg").unwrap_or_default())),
        None => Some("the answer has no return_code".to_owned()),
    }
}
