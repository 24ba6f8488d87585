//! One call, sent as often as `retry` allows: the same bytes each time, within one time limit, to the host that answers.

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderValue};
use tokio::time::Instant;
use tracing::Instrument;

use super::clock;
use super::inner::{WxPay, now};
use super::random::random;
use super::route::Route;
use crate::codes::ErrorCode;
use crate::error::{Error, Outcome, Retry};
use crate::event::Event;
use crate::retry::{self, Failure, Host, RetryClass};
use crate::secret::Secret;
use crate::transport::{self, Body, Deadlines};
use crate::v2::reply;

/// A request, the same for every attempt.
pub(super) struct Sent {
    /// The call's name, for errors and events.
    pub(super) name: &'static str,
    /// What repeating it does.
    pub(super) class: RetryClass,
    pub(super) method: http::Method,
    /// From the host's root, with its query.
    pub(super) path: String,
    pub(super) content_type: Option<&'static str>,
    pub(super) body: Bytes,
    /// The most bytes of a reply that are read; a longer reply is an error.
    pub(super) reply_bytes: usize,
    /// Whether a reply that begins as text is handed on as a stream, of any length.
    pub(super) streamed: bool,
    /// The merchant's number of the order that the call is about, for events and logs.
    pub(super) out_trade_no: Option<String>,
    /// Secrets that this call sends, such as a token: WeChat may repeat them in an error.
    pub(super) secrets: Vec<Secret>,
}

/// A reply as it was received.
pub(super) struct Received {
    pub(super) status: u16,
    /// All of it, or its beginning when there is a rest.
    pub(super) body: Bytes,
    /// The rest of a streamed reply.
    pub(super) rest: Option<Body>,
    /// The header `Digest`.
    pub(super) digest: Option<String>,
}

/// So many bytes tell text from XML, pages and JSON.
const HEAD: usize = 6;

impl WxPay {
    /// Sends a call, and reads its reply with `read`.
    pub(super) async fn attempts<T>(
        &self,
        route: &Route,
        sent: Sent,
        read: impl Fn(u16, &[u8]) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.attempts_streamed(route, sent, |received| read(received.status, &received.body)).await
    }

    /// As [`WxPay::attempts`], for a reply that may be a stream.
    pub(super) async fn attempts_streamed<T>(
        &self,
        route: &Route,
        sent: Sent,
        read: impl Fn(Received) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let span = tracing::info_span!("wxpay", endpoint = sent.name, out_trade_no = sent.out_trade_no.as_deref());
        self.try_all(route, &sent, read).instrument(span).await
    }

    async fn try_all<T>(
        &self,
        route: &Route,
        sent: &Sent,
        read: impl Fn(Received) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let end = Instant::now() + self.0.limits.timeout;
        let advice = retry::after_unknown(sent.class);
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
                    error.masked(&|text| self.0.merchant.masked(text, &sent.secrets)).answered_at(this.host, path)
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
                return Err(if unknown { error.after_unknown(advice) } else { error });
            };
            away ^= blamed && again.host == Host::Other && route.has_backup();
            tokio::time::sleep(again.after).await;
        }
        Err(Error::transport(ErrorCode::Timeout, Outcome::Unknown, None, "no reply within the time limit")
            .at(sent.name))
    }

    async fn try_once(&self, host: &str, sent: &Sent, deadlines: Deadlines, advice: Retry) -> Result<Received, Error> {
        let mut request = http::Request::new(sent.body.clone());
        *request.method_mut() = sent.method.clone();
        *request.uri_mut() = format!("{host}{}", sent.path)
            .parse()
            .map_err(|_| Error::config("endpoints", "is not a valid base URL"))?;
        if let Some(kind) = sent.content_type {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        }
        let failed = |failure| failed(failure, sent.name, advice);
        let reply = self.0.transport.send(request, deadlines).await.map_err(failed)?;
        clock::note(reply.headers());
        let status = reply.status().as_u16();
        if !sent.streamed {
            let body = reply.into_body().collect(sent.reply_bytes).await.map_err(failed)?;
            return Ok(Received { status, body, rest: None, digest: None });
        }
        let digest = reply.headers().get("digest").and_then(|digest| digest.to_str().ok()).map(str::to_owned);
        let mut rest = reply.into_body();
        let mut head = BytesMut::new();
        // What it is stands in its first bytes.
        while head.trim_ascii_start().len() < HEAD {
            match rest.chunk().await.map_err(failed)? {
                Some(chunk) => head.extend_from_slice(&chunk),
                None => break,
            }
            if head.len() > sent.reply_bytes {
                return Ok(Received { status, body: head.freeze(), rest: None, digest });
            }
        }
        if reply::begins_as_text(status, &head) {
            let rest = Some(rest.idle_timeout(self.0.limits.timeout));
            return Ok(Received { status, body: head.freeze(), rest, digest });
        }
        head.extend_from_slice(&rest.collect(sent.reply_bytes).await.map_err(failed)?);
        Ok(Received { status, body: head.freeze(), rest: None, digest })
    }
}

/// One attempt, reported once: when it is over, or when the caller dropped the call.
struct Attempt<'a> {
    pay: &'a WxPay,
    sent: &'a Sent,
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
        let event = Event { endpoint, out_trade_no, host, attempt, status, elapsed, error, again };
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
