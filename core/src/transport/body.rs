//! The body of a request, which can be revoked until hyper takes it: afterwards it is certain that nothing was sent.
//!
//! hyper encodes the head of a request into its buffer, asks for the first frame of the body, and writes both together. If that
//! frame fails, nothing is written. It never asks an empty body for a frame, but asks whether the body has ended right before it
//! encodes the head; a revoked body says no then, and that it has one byte, so that hyper asks for the frame and gets the error. hyper
//! does not promise this order: the tests of this module guard it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

const WAITING: u8 = 0;
const TAKEN: u8 = 1;
const REVOKED: u8 = 2;

/// A body that is sent in one piece, or not at all.
pub(super) struct Revocable {
    /// `None` once hyper has it.
    content: Option<Bytes>,
    claim: Claim,
}

/// Says who was first: hyper, which took the body, or the caller, who revoked it.
#[derive(Clone)]
pub(super) struct Claim(Arc<AtomicU8>);

/// The caller has revoked the body.
#[derive(Debug)]
pub(super) struct Revoked;

impl Revocable {
    pub(super) fn new(content: Bytes) -> (Self, Claim) {
        let claim = Claim(Arc::new(AtomicU8::new(WAITING)));
        (Self { content: Some(content), claim: claim.clone() }, claim)
    }
}

impl Claim {
    /// Whether nothing of the request was sent; from then on nothing will be.
    pub(super) fn revoke(&self) -> bool {
        self.turn(REVOKED)
    }

    /// Changes the state once: whether `state` is the one it has from now on.
    fn turn(&self, state: u8) -> bool {
        match self.0.compare_exchange(WAITING, state, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => true,
            Err(now) => now == state,
        }
    }
}

impl Body for Revocable {
    type Data = Bytes;
    type Error = Revoked;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Revoked>>> {
        if !self.claim.turn(TAKEN) {
            return Poll::Ready(Some(Err(Revoked)));
        }
        Poll::Ready(self.content.take().filter(|content| !content.is_empty()).map(|content| Ok(Frame::data(content))))
    }

    fn is_end_stream(&self) -> bool {
        self.content.as_ref().is_none_or(|content| content.is_empty() && self.claim.turn(TAKEN))
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            // hyper asks for a frame of a GET only if its length is known and not 0. This length is never sent: the frame fails.
            Some(content) if content.is_empty() && self.claim.0.load(Ordering::Acquire) == REVOKED => {
                SizeHint::with_exact(1)
            }
            content => SizeHint::with_exact(content.as_ref().map_or(0, |content| content.len() as u64)),
        }
    }
}

impl fmt::Display for Revoked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was given up before it was sent")
    }
}

impl std::error::Error for Revoked {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::Method;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::*;

    /// Sends a request with hyper over a pipe, and returns what the other end read. Tries to revoke the request before or after.
    async fn sent(method: Method, content: &'static str, revoke: bool) -> String {
        let (ours, theirs) = duplex(1 << 16);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(ours)).await.unwrap();
        let connection = tokio::spawn(connection);
        let (body, claim) = Revocable::new(Bytes::from_static(content.as_bytes()));
        let request = http::Request::builder().method(method).uri("/pay").header("host", "a").body(body).unwrap();
        if revoke {
            assert!(claim.revoke());
        }
        let answer = sender.send_request(request);
        let other = tokio::spawn(other_end(theirs));
        assert_eq!(answer.await.is_ok(), !revoke);
        // It stays with the one that was first.
        assert_eq!(claim.revoke(), revoke);
        drop(sender);
        let _ = connection.await.unwrap();
        other.await.unwrap()
    }

    /// Replies to the first bytes, and returns all that it read.
    async fn other_end(mut stream: DuplexStream) -> String {
        let mut came = vec![0; 4096];
        let count = stream.read(&mut came).await.unwrap();
        came.truncate(count);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        stream.read_to_end(&mut came).await.unwrap();
        String::from_utf8(came).unwrap()
    }

    async fn within<T>(test: impl Future<Output = T>) -> T {
        tokio::time::timeout(Duration::from_secs(10), test).await.unwrap()
    }

    #[tokio::test]
    async fn nothing_is_written_of_a_revoked_request() {
        for method in [Method::GET, Method::POST] {
            for content in ["", "<xml/>"] {
                assert_eq!(within(sent(method.clone(), content, true)).await, "", "{method} {content}");
            }
        }
    }

    #[tokio::test]
    async fn a_request_that_hyper_took_is_written_and_can_no_longer_be_revoked() {
        for method in [Method::GET, Method::POST] {
            for content in ["", "<xml/>"] {
                let written = within(sent(method.clone(), content, false)).await;
                assert!(written.starts_with(&format!("{method} /pay HTTP/1.1\r\n")), "{written}");
                assert!(written.ends_with(&format!("\r\n\r\n{content}")), "{written}");
            }
        }
        let post = within(sent(Method::POST, "<xml/>", false)).await;
        assert!(post.contains("content-length: 6\r\n"), "{post}");
        let get = within(sent(Method::GET, "", false)).await;
        assert!(!get.contains("content-length") && !get.contains("transfer-encoding"), "{get}");
    }
}
