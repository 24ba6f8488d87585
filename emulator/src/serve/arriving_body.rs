//! The body of a request while it arrives. A connection counts as serving only once the whole body is there, so that a client that
//! sends a head and no body keeps no other client out.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};

use super::connections::ConnectionGuard;

#[derive(Debug)]
pub(super) struct ArrivingBody {
    body: Incoming,
    /// The connection, until the body is there.
    waiting: Option<Arc<ConnectionGuard>>,
}

impl ArrivingBody {
    pub(super) fn new(body: Incoming, admitted: &Arc<ConnectionGuard>) -> Self {
        let mut arriving = Self { body, waiting: Some(Arc::clone(admitted)) };
        arriving.note(false);
        arriving
    }

    /// Tells the connection when the body is there.
    fn note(&mut self, ended: bool) {
        if (ended || self.body.is_end_stream())
            && let Some(admitted) = self.waiting.take()
        {
            admitted.serves();
        }
    }
}

impl Body for ArrivingBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        self.note(frame.is_none());
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
