//! One open connection, driven by whichever call uses it.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::uri::{Authority, Scheme};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};

use super::Failure;
use super::connect::{BoxError, Stream};
use crate::error::Outcome;
use crate::wire::xml::MAX_BYTES;

/// An open connection.
pub(super) struct Link {
    pub(super) origin: Origin,
    sender: SendRequest<Full<Bytes>>,
    /// `None` when it has ended. Dropped then, so that whoever waits for it learns that.
    driver: Option<Connection<Box<dyn Stream>, Full<Bytes>>>,
}

/// Which connections are as good as each other.
#[derive(Clone, PartialEq)]
pub(super) struct Origin {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
}

/// Why a connection did not carry a request.
pub(super) enum Broken {
    /// Nothing was written: the request as it was.
    Untouched(Box<http::Request<Full<Bytes>>>, hyper::Error),
    Failed(Failure),
}

impl Link {
    /// Begins to speak HTTP on a connection.
    pub(super) async fn over(stream: Box<dyn Stream>, origin: Origin) -> Result<Self, hyper::Error> {
        // Head and body go out in one piece: as one record of TLS, and for less of the system's time.
        let (sender, driver) = Builder::new().writev(false).handshake(stream).await?;
        Ok(Self { origin, sender, driver: Some(driver) })
    }

    /// Whether the other side has kept it open too.
    pub(super) async fn is_ready(&mut self) -> bool {
        poll_fn(|cx| {
            self.drive(cx);
            Poll::Ready(())
        })
        .await;
        self.is_whole()
    }

    /// Whether it can carry another call.
    pub(super) fn is_whole(&self) -> bool {
        self.driver.is_some() && self.sender.is_ready()
    }

    /// Sends a request and reads the whole answer.
    pub(super) async fn carry(&mut self, request: http::Request<Full<Bytes>>) -> Result<http::Response<Bytes>, Broken> {
        let answer = self.sender.try_send_request(request);
        let mut answer = pin!(async move {
            match answer.await {
                Ok(answer) => whole(answer).await.map_err(Broken::Failed),
                Err(mut error) => Err(match error.take_message() {
                    Some(request) => Broken::Untouched(Box::new(request), error.into_error()),
                    None => Broken::Failed(unknown("no answer", error.into_error())),
                }),
            }
        });
        poll_fn(|cx| {
            // Its errors reach the answer.
            self.drive(cx);
            answer.as_mut().poll(cx)
        })
        .await
    }

    fn drive(&mut self, cx: &mut Context<'_>) {
        if self.driver.as_mut().is_some_and(|driver| Pin::new(driver).poll(cx).is_ready()) {
            self.driver = None;
        }
    }
}

async fn whole(answer: http::Response<Incoming>) -> Result<http::Response<Bytes>, Failure> {
    let (parts, body) = answer.into_parts();
    match Limited::new(body, MAX_BYTES).collect().await {
        Ok(body) => Ok(http::Response::from_parts(parts, body.to_bytes())),
        Err(error) if error.is::<LengthLimitError>() => Err(Failure {
            code: "malformed_reply",
            outcome: Outcome::Unknown,
            reason: format!("the answer is longer than {MAX_BYTES} bytes"),
            source: None,
        }),
        Err(error) => Err(unknown("the answer broke off", error)),
    }
}

/// What is known once bytes may have been written.
pub(super) fn unknown(reason: &str, error: impl Into<BoxError>) -> Failure {
    Failure { code: "network", outcome: Outcome::Unknown, reason: reason.to_owned(), source: Some(error.into()) }
}
