//! One call, sent as often as `retry` allows: the same bytes each time, within one time limit, to the host that answers.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use tokio::time::Instant;
use tracing::Instrument;

use super::clock;
use super::inner::{WxPay, nonce, now};
use super::random::random;
use super::route::Route;
use crate::codes::ErrorCode;
use crate::error::{Error, Outcome, Retry};
use crate::event::Event;
use crate::fork;
use crate::redact::without_secrets;
use crate::retry::{self, Failure, Host, RetryClass};
use crate::secret::Secret;
use crate::transport::{self, Body, Deadlines};
use crate::v2::reply;
use crate::v3::reply::{LONGEST_ERROR, Message};
use crate::v3::{self, Headers, Parts};

/// A request, the same for every attempt.
pub(super) struct OutgoingRequest {
    /// The call's name, for errors and events.
    pub(super) name: &'static str,
    /// What repeating it does.
    pub(super) class: RetryClass,
    pub(super) method: http::Method,
    /// From the host's root, with its query.
    pub(super) path: String,
    pub(super) content_type: Option<HeaderValue>,
    pub(super) body: Bytes,
    /// The most bytes of a reply that are read; a longer reply is an error.
    pub(super) reply_bytes: usize,
    /// Which replies are handed on as a stream, of any length.
    pub(super) streamed: Streamed,
    /// The merchant's number of the order that the call is about, for events and logs.
    pub(super) out_trade_no: Option<String>,
    /// Secrets that this call sends, such as a token: WeChat may repeat them in an error.
    pub(super) secrets: Vec<Secret>,
    /// For a call of APIv3, whose signature is in the headers.
    pub(super) v3: Option<V3Signing>,
}

/// The replies that are handed on as a stream.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Streamed {
    None,
    /// Those that begin as text: bills.
    Text,
    /// Those of status 200 that are not empty: files.
    File,
}

/// What a call of APIv3 has besides. Each attempt is signed anew, over its own time and nonce.
#[derive(Default)]
pub(super) struct V3Signing {
    /// The header `Wechatpay-Serial`: whose key is to sign the reply, and for whose key fields are encrypted.
    pub(super) serial: Option<String>,
    /// Whether the key that a reply names is looked for, if it is not known.
    pub(super) looks_for_keys: bool,
    /// What is signed in place of the body: the part `meta` of an upload.
    pub(super) meta: Option<String>,
    /// The header `Authorization` of the last attempt, and the text that it signed.
    pub(super) signed: Arc<Mutex<(String, String)>>,
    /// When the call has to end, counted from its beginning: keys may have been downloaded before.
    pub(super) end: Option<Instant>,
}

/// A reply as it was received.
pub(super) struct RawReply {
    pub(super) status: u16,
    /// All of it, or its beginning when there is a rest.
    pub(super) body: Bytes,
    /// The rest of a streamed reply.
    pub(super) rest: Option<Body>,
    /// The header `Digest`.
    pub(super) digest: Option<String>,
    /// The headers of the signature, for a call of APIv3.
    pub(super) signature: Headers,
    /// The header `Request-ID`.
    pub(super) request_id: Option<String>,
}

impl RawReply {
    /// The beginning of a reply, with what its headers say.
    fn of(status: u16, headers: &HeaderMap, is_v3: bool) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let pairs = headers.iter().filter(|_| is_v3);
        let pairs = pairs.filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        Self {
            status,
            body: Bytes::new(),
            rest: None,
            digest: text("digest"),
            signature: Headers::read(pairs),
            request_id: text("request-id"),
        }
    }

    /// The reply of a call of APIv3.
    pub(super) fn message(&self) -> Message<'_> {
        let (headers, request_id) = (&self.signature, self.request_id.as_deref());
        Message { status: self.status, headers, request_id, body: &self.body }
    }
}

/// The header `Content-Type` of JSON.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// The header `Accept` of every call of APIv3.
pub(super) const V3_ACCEPT: &str = "application/json";

/// So many bytes tell text from XML, pages and JSON.
const HEAD: usize = 6;

fn begins_as_json(head: &[u8]) -> bool {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start().starts_with(b"{")
}

impl WxPay {
    /// Sends a call, and reads its reply with `read`.
    pub(super) async fn attempts<T>(
        &self,
        route: &Route,
        sent: OutgoingRequest,
        read: impl Fn(u16, &[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.attempts_streamed(route, sent, |received| read(received.status, &received.body)).await
    }

    /// As [`WxPay::attempts`], for a reply that may be a stream.
    pub(super) async fn attempts_streamed<T>(
        &self,
        route: &Route,
        sent: OutgoingRequest,
        read: impl Fn(RawReply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let span = tracing::info_span!("wxpay", endpoint = sent.name, out_trade_no = sent.out_trade_no.as_deref());
        self.try_all(route, &sent, read).instrument(span).await
    }

    async fn try_all<T>(
        &self,
        route: &Route,
        sent: &OutgoingRequest,
        read: impl Fn(RawReply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let own_end = sent.v3.as_ref().and_then(|v3| v3.end);
        let end = own_end.unwrap_or_else(|| Instant::now() + self.0.limits.timeout);
        let advice = retry::after_unknown(sent.class);
        let has_effect = sent.class != RetryClass::Safe;
        let mut away = route.is_away(now());
        let mut unknown = false;
        for attempt in 0.. {
            let mut this =
                Attempt { pay: self, sent, host: route.host(away), attempt, start: Instant::now(), reported: false };
            let left = end.saturating_duration_since(this.start);
            let deadlines = Deadlines {
                whole: left,
                answer: retry::share(sent.class, attempt, self.0.limits.max_network_retries, left),
            };
            let reply = self.try_once(this.host, sent, deadlines, advice).await;
            if let (Ok(received), Some(v3)) = (&reply, &sent.v3)
                && v3.looks_for_keys
            {
                self.look_for(received.signature.serial.as_deref(), end).await;
            }
            let (status, result) = match reply {
                Ok(received) => (Some(received.status), read(received)),
                Err(error) => (None, Err(error)),
            };
            let error = match result {
                Ok(value) => {
                    this.report(status, None, false);
                    return Ok(value);
                }
                Err(error) => {
                    let path = sent.path.split('?').next().unwrap_or_default();
                    let error = error.masked(&|text| self.0.merchant.masked(text, &sent.secrets));
                    // A page may hold a token that this side does not know yet, at any depth.
                    let error = error.hiding_in_body(&|text| match without_secrets(text) {
                        Cow::Owned(hidden) => Some(hidden),
                        Cow::Borrowed(_) => None,
                    });
                    let error = error.answered_at(this.host, path);
                    match status {
                        // A question is asked again, whoever answered it.
                        Some(status) if has_effect => error.of_effect(status),
                        _ => error,
                    }
                }
            };
            let failure = Failure::of(&error);
            // Too many calls at once say nothing about the host.
            let blamed = failure.blames_host() && !error.is(ErrorCode::PoolTimeout);
            if blamed {
                route.turn_from(away, now());
            }
            // WeChat would answer the same again.
            let is_final = error.is(ErrorCode::MalformedReply) && error.retry() == Retry::Never;
            let again = retry::next(sent.class, failure, attempt, self.0.limits.max_network_retries, jitter())
                .filter(|_| !is_final)
                .filter(|again| Instant::now() + again.after + transport::TOO_LATE < end);
            this.report(status, Some(&error), again.is_some());
            unknown |= failure.outcome() == Outcome::Unknown;
            let Some(again) = again else {
                return Err(if unknown { error.after_unknown(advice, has_effect) } else { error });
            };
            away ^= blamed && again.host == Host::Other && route.has_backup();
            tokio::time::sleep(again.after).await;
        }
        Err(Error::transport(ErrorCode::Timeout, Outcome::Unknown, None, "no reply within the time limit")
            .at(sent.name))
    }

    async fn try_once(
        &self,
        host: &str,
        sent: &OutgoingRequest,
        deadlines: Deadlines,
        advice: Retry,
    ) -> Result<RawReply, Error> {
        let mut request = http::Request::new(sent.body.clone());
        *request.method_mut() = sent.method.clone();
        *request.uri_mut() = format!("{host}{}", sent.path)
            .parse()
            .map_err(|_| Error::config("endpoints", "is not a valid base URL"))?;
        // hyper sends no length for a body that is empty, and WeChat wants one (§1.2 of the protocol).
        if sent.body.is_empty() && !matches!(sent.method, http::Method::GET | http::Method::DELETE) {
            request.headers_mut().insert(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("0"));
        }
        if let Some(kind) = &sent.content_type {
            request.headers_mut().insert(CONTENT_TYPE, kind.clone());
        }
        if let Some(v3) = &sent.v3 {
            self.sign(&mut request, sent, v3).map_err(|error| error.at(sent.name))?;
        }
        let failed = |failure| failed(failure, sent.name, advice);
        let reply = self.0.transport.send(request, deadlines).await.map_err(failed)?;
        clock::note(reply.headers());
        let status = reply.status().as_u16();
        let (http::response::Parts { headers, .. }, body) = reply.into_parts();
        let received = RawReply::of(status, &headers, sent.v3.is_some());
        if sent.streamed == Streamed::None || (sent.streamed == Streamed::File && status != 200) {
            let body = body.collect(sent.reply_bytes).await.map_err(failed)?;
            return Ok(RawReply { body, ..received });
        }
        let mut rest = body;
        let mut head = BytesMut::new();
        if sent.streamed == Streamed::File {
            // An object of JSON may be an error in place of the file, so it is read to its end unless it is too long for one.
            while head.trim_ascii_start().len() < HEAD || (head.len() <= LONGEST_ERROR && begins_as_json(&head)) {
                match rest.chunk().await.map_err(failed)? {
                    Some(chunk) => head.extend_from_slice(&chunk),
                    None => return Ok(RawReply { body: head.freeze(), ..received }),
                }
                if head.len() > LONGEST_ERROR {
                    break;
                }
            }
            let rest = Some(rest.idle_timeout(self.0.limits.timeout));
            return Ok(RawReply { body: head.freeze(), rest, ..received });
        }
        // What it is stands in its first bytes.
        while head.trim_ascii_start().len() < HEAD {
            match rest.chunk().await.map_err(failed)? {
                Some(chunk) => head.extend_from_slice(&chunk),
                None => break,
            }
            if head.len() > sent.reply_bytes {
                return Ok(RawReply { body: head.freeze(), ..received });
            }
        }
        if reply::begins_as_text(status, &head) {
            let rest = Some(rest.idle_timeout(self.0.limits.timeout));
            return Ok(RawReply { body: head.freeze(), rest, ..received });
        }
        head.extend_from_slice(&rest.collect(sent.reply_bytes).await.map_err(failed)?);
        Ok(RawReply { body: head.freeze(), ..received })
    }

    /// Signs an attempt of APIv3.
    fn sign(&self, request: &mut http::Request<Bytes>, sent: &OutgoingRequest, v3: &V3Signing) -> Result<(), Error> {
        let signer = self.0.merchant.v3()?.signer()?;
        let body = match &v3.meta {
            Some(meta) => meta,
            None => std::str::from_utf8(&sent.body).map_err(|_| Error::invalid("json", "must be UTF-8"))?,
        };
        let (timestamp, nonce_str) = (now().to_string(), nonce()?);
        let parts = Parts {
            mch_id: self.0.merchant.mch_id(),
            serial_no: &signer.serial,
            method: sent.method.as_str(),
            url: &sent.path,
            body,
            timestamp: &timestamp,
            nonce_str: &nonce_str,
        };
        let (authorization, text) = {
            let _work = fork::begin();
            v3::sign::authorization_and_text(&parts, &signer.key)?
        };
        let headers = request.headers_mut();
        let value =
            |text: &str| HeaderValue::from_str(text).map_err(|_| Error::config("mch_id", "cannot be in a header"));
        headers.insert(AUTHORIZATION, value(&authorization)?);
        headers.insert(ACCEPT, HeaderValue::from_static(V3_ACCEPT));
        if let Some(serial) = &v3.serial {
            headers.insert("wechatpay-serial", value(serial)?);
        }
        *v3.signed.lock().unwrap_or_else(PoisonError::into_inner) = (authorization, text);
        Ok(())
    }
}

/// One attempt, reported once: when it is over, or when the caller dropped the call.
struct Attempt<'a> {
    pay: &'a WxPay,
    sent: &'a OutgoingRequest,
    host: &'a str,
    /// Counted from 0.
    attempt: u32,
    start: Instant,
    reported: bool,
}

impl Attempt<'_> {
    fn report(&mut self, status: Option<u16>, error: Option<&Error>, again: bool) {
        self.reported = true;
        let (endpoint, host, attempt) = (self.sent.name, self.host, self.attempt + 1);
        let (elapsed, out_trade_no) = (self.start.elapsed(), self.sent.out_trade_no.as_deref());
        let expected = error.is_some_and(clock::is_hoped_for);
        let event = Event { endpoint, out_trade_no, host, attempt, status, elapsed, error, again, expected };
        tracing::debug!(
            out_trade_no,
            host,
            attempt,
            status,
            ms = u64::try_from(event.elapsed.as_millis()).unwrap_or(u64::MAX),
            outcome = event.outcome(),
            code = event.code(),
            again,
            "attempt"
        );
        if let Some(observer) = &self.pay.0.observer {
            observer.attempted(&event);
        }
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.reported {
            let reason = "the caller dropped the call";
            self.report(None, Some(&Error::transport(ErrorCode::Cancelled, Outcome::Unknown, None, reason)), false);
        }
    }
}

pub(super) fn failed(failure: transport::Failure, name: &'static str, unknown: Retry) -> Error {
    let retry = if failure.outcome == Outcome::NotSent { Retry::SameRequest } else { unknown };
    let error = Error::transport(failure.code, failure.outcome, None, failure.reason).at(name).advise(retry);
    match failure.source {
        Some(source) => error.because(source),
        None => error,
    }
}

/// From 0 to 1. Without a random source all pauses have the same length.
fn jitter() -> f64 {
    random().map_or(0.5, |bytes| f64::from(bytes.first().copied().unwrap_or(128)) / 255.0)
}
