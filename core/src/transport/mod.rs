//! Transports: an HTTP client sends one [`http::Request`] and returns the reply as a stream.

mod body;
mod reqwest;

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body::{Frame, SizeHint};
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, Sleep, sleep_until};

pub use self::reqwest::Reqwest;
use crate::codes::ErrorCode;
use crate::error::Outcome;
use crate::table::settings::{options, settings};

/// The result of [`Transport::send`].
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<http::Response<Body>, Failure>> + Send + 'a>>;

/// Attempts with less time than this are not started: cut off half-way, their outcome would be unknown.
pub(crate) const TOO_LATE: Duration = Duration::from_millis(20);

/// Sends requests. Dropping the future, or the body of the reply, ends the request.
pub trait Transport: Send + Sync {
    /// Sends one request, once: it is not repeated, and redirects are not followed. The deadlines hold for the body of the
    /// reply too; [`Body::idle_timeout`] replaces them for a long download.
    fn send(&self, request: http::Request<Bytes>, deadlines: Deadlines) -> Sending<'_>;
}

/// The time limits of one attempt.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// For the whole attempt, with the wait for a free place among the calls at once.
    pub whole: Duration,
    /// From the moment it has a place until the reply has arrived; no longer than `whole`. Afterwards the attempt fails with
    /// `timeout`.
    pub answer: Duration,
}

/// The same time for both.
impl From<Duration> for Deadlines {
    fn from(whole: Duration) -> Self {
        Self { whole, answer: whole }
    }
}

/// Why there is no reply.
#[derive(Debug)]
pub struct Failure {
    /// `connect`, `tls`, `timeout`, `pool_timeout` (too many calls at once), `network` or `malformed_reply`.
    pub code: ErrorCode,
    /// Whether the server may have acted on the request.
    pub outcome: Outcome,
    /// One sentence, without the URL, which may contain a secret.
    pub reason: String,
    /// The error of the HTTP client.
    pub source: Option<Box<dyn StdError + Send + Sync>>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl StdError for Failure {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// The body of a reply: a stream of pieces, with a time limit.
///
/// Read it with [`Body::collect`], which limits its size, or piece by piece with [`Body::chunk`] or as [`http_body::Body`].
/// Nothing is read ahead: a reader that stops makes the server wait. Dropping the body closes its connection unless it was read
/// to its end.
#[derive(Default)]
pub struct Body {
    content: Content,
    limit: Limit,
    /// Runs while a piece is awaited.
    timer: Option<Pin<Box<Sleep>>>,
    /// Counts its call in `max_connections`. It is given back at the end, or once the body is read as a long download.
    place: Option<OwnedSemaphorePermit>,
}

#[derive(Default)]
enum Content {
    Whole(Bytes),
    Stream(Pin<Box<dyn http_body::Body<Data = Bytes, Error = Failure> + Send>>),
    #[default]
    Ended,
}

#[derive(Clone, Copy, Default)]
enum Limit {
    #[default]
    None,
    Until(Instant),
    Idle(Duration),
}

impl Body {
    /// A body that arrives piece by piece.
    pub fn stream(body: impl http_body::Body<Data = Bytes, Error = Failure> + Send + 'static) -> Self {
        Self { content: Content::Stream(Box::pin(body)), ..Self::default() }
    }

    /// Fails with `timeout` when the whole body has not arrived by `deadline`.
    #[must_use]
    pub fn deadline(mut self, deadline: Instant) -> Self {
        (self.limit, self.timer) = (Limit::Until(deadline), None);
        self
    }

    /// Fails with `timeout` when one piece takes longer than `idle`, however long the whole body takes. Replaces the deadline.
    ///
    /// The call no longer counts among those at once (`max_connections`): a reader may pause for hours, and payments must not wait for it.
    #[must_use]
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        (self.limit, self.timer, self.place) = (Limit::Idle(idle), None, None);
        self
    }

    /// Keeps the place of its call until the end.
    fn holding(mut self, place: OwnedSemaphorePermit) -> Self {
        self.place = Some(place);
        self
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// `timeout`, or `network` when the connection breaks. The outcome is always unknown: the server had the request.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Failure> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// The whole body, of at most `most` bytes.
    ///
    /// # Errors
    /// `malformed_reply` for a longer one; otherwise as [`Body::chunk`].
    pub async fn collect(mut self, most: usize) -> Result<Bytes, Failure> {
        let Some(first) = self.within(0, most).await? else { return Ok(Bytes::new()) };
        let Some(second) = self.within(first.len(), most).await? else { return Ok(first) };
        let mut whole = BytesMut::from(first);
        whole.extend_from_slice(&second);
        while let Some(more) = self.within(whole.len(), most).await? {
            whole.extend_from_slice(&more);
        }
        Ok(whole.freeze())
    }

    /// The next piece, when it and the `before` bytes read so far are at most `most` bytes.
    async fn within(&mut self, before: usize, most: usize) -> Result<Option<Bytes>, Failure> {
        let chunk = self.chunk().await?;
        if chunk.as_ref().is_some_and(|chunk| chunk.len() > most - before) {
            return Err(Failure {
                code: ErrorCode::MalformedReply,
                outcome: Outcome::Unknown,
                reason: format!("the reply is longer than {most} bytes"),
                source: None,
            });
        }
        Ok(chunk)
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Failure>> {
        let result = match self.content.poll_chunk(cx) {
            Poll::Ready(result) => result,
            Poll::Pending => Err(ready!(self.poll_timer(cx))),
        };
        if !matches!(result, Ok(Some(_))) {
            // The end, or a failure, after which the connection is of no use.
            (self.content, self.place) = (Content::Ended, None);
        }
        if matches!(self.limit, Limit::Idle(_)) {
            self.timer = None;
        }
        Poll::Ready(result)
    }

    /// Ready with the failure when the time is over.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<Failure> {
        let end = match self.limit {
            Limit::None => return Poll::Pending,
            Limit::Until(end) => end,
            Limit::Idle(idle) => Instant::now() + idle,
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        timer
            .as_mut()
            .poll(cx)
            .map(|()| too_late(Outcome::Unknown, "the reply did not end within the time limit".to_owned()))
    }
}

impl Content {
    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, Failure>> {
        match self {
            Self::Stream(stream) => loop {
                match ready!(stream.as_mut().poll_frame(cx)).transpose() {
                    // Trailers have no meaning here.
                    Ok(Some(frame)) if frame.is_trailers() => {}
                    Ok(frame) => return Poll::Ready(Ok(frame.and_then(|frame| frame.into_data().ok()))),
                    Err(failure) => return Poll::Ready(Err(failure)),
                }
            },
            Self::Whole(whole) => {
                let whole = std::mem::take(whole);
                Poll::Ready(Ok(Some(whole).filter(|whole| !whole.is_empty())))
            }
            Self::Ended => Poll::Ready(Ok(None)),
        }
    }
}

impl From<Bytes> for Body {
    fn from(whole: Bytes) -> Self {
        Self { content: Content::Whole(whole), ..Self::default() }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Failure;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Failure>>> {
        self.poll_chunk(cx).map(|result| result.transpose().map(|result| result.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(whole) => whole.is_empty(),
            Content::Stream(stream) => stream.is_end_stream(),
            Content::Ended => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(whole) => SizeHint::with_exact(whole.len() as u64),
            Content::Stream(stream) => stream.size_hint(),
            Content::Ended => SizeHint::with_exact(0),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").finish_non_exhaustive()
    }
}

/// The failure of an attempt whose time is over.
fn timeout(outcome: Outcome, host: &str) -> Failure {
    let reason = match outcome {
        Outcome::NotSent => format!("no connection to {host} within the time limit"),
        Outcome::Unknown => format!("no reply from {host} within the time limit"),
    };
    too_late(outcome, reason)
}

fn too_late(outcome: Outcome, reason: String) -> Failure {
    Failure { code: ErrorCode::Timeout, outcome, reason, source: None }
}

macro_rules! limits {
    (merchant { $($merchant:tt)+ } limits { $($setting:tt)+ } $($others:tt)*) => {
        options! {
            /// Limits that hold for every call.
            #[derive(Clone, Debug)]
            Limits {
                own {}
                settings { $($setting)+ }
            }
        }
    };
}

settings!(limits);

impl Default for Limits {
    fn default() -> Self {
        Self::initial()
    }
}
