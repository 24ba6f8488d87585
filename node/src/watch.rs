//! Attempts at calls and core's warnings, for the listeners of a client.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde::Serialize;
use tracing::Dispatch;
use wxpaykit::binding::language::language;
use wxpaykit::binding::warning::{Warning, Warnings};
use wxpaykit::{Event, Observer};

use crate::frame::Frame;
use crate::in_javascript::in_javascript;
use crate::queue::{Message, Topic};
use crate::store::Hooks;

/// Reports a client's attempts to the facade: always when the client has its own listener, else while the program listens to all
/// clients.
pub(crate) struct Watch {
    pub(crate) hooks: Arc<Hooks>,
    pub(crate) always: bool,
}

#[derive(Serialize)]
struct Attempt<'a> {
    endpoint: &'a str,
    out_trade_no: Option<&'a str>,
    host: &'a str,
    attempt: u32,
    status: Option<u16>,
    milliseconds: f64,
    outcome: &'a str,
    code: Option<String>,
    again: bool,
}

#[derive(Serialize)]
struct WarningMessage<'a> {
    message: &'a str,
    reason: Option<&'a str>,
}

/// What receives the warnings of one client's calls. Each client has its own: threads of Node have their own clients, and come and
/// go.
pub(crate) fn warnings(hooks: Arc<Hooks>) -> Dispatch {
    Dispatch::new(Warnings(language(), move |Warning { message, reason }| {
        let message = in_javascript(&message, true);
        let warned = WarningMessage { message: &message, reason: reason.as_deref() };
        hooks.queue.send(Message::new(Topic::Warned, hooks.number, Frame::of_json(&warned)));
    }))
}

impl Observer for Watch {
    fn attempted(&self, event: &Event<'_>) {
        let queue = &self.hooks.queue;
        if !self.always && !queue.listening.load(Ordering::Relaxed) {
            return;
        }
        let attempt = Attempt {
            endpoint: event.endpoint,
            out_trade_no: event.out_trade_no,
            host: event.host,
            attempt: event.attempt,
            status: event.status,
            milliseconds: event.elapsed.as_secs_f64() * 1000.0,
            outcome: event.outcome(),
            code: event.code(),
            again: event.again,
        };
        queue.send(Message::new(Topic::Attempted, self.hooks.number, Frame::of_json(&attempt)));
    }
}
