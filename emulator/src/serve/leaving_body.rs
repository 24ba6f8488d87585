//! The body of an answer while it is sent.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};

use super::connections::ConnectionGuard;

/// When it was sent, its connection begins to count how long it may be idle.
#[derive(Debug)]
pub(super) struct LeavingBody {
    body: Body,
    kept: Option<(Arc<ConnectionGuard>, Duration)>,
}

impl LeavingBody {
    pub(super) fn new(body: Body, kept: Option<(Arc<ConnectionGuard>, Duration)>) -> Self {
        Self { body, kept }
    }
}

impl HttpBody for LeavingBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for LeavingBody {
    fn drop(&mut self) {
        if let Some((connection, time)) = self.kept.take() {
            connection.keep_for(time);
        }
    }
}
