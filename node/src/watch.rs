//! Attempts at calls, and core's warnings, told to whoever listens.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use tracing::Dispatch;
use wxpaykit::binding::warning::{Warning, Warnings};
use wxpaykit::{Event, Observer};

use crate::bridge::Topic;
use crate::frame::Frame;
use crate::js::{Call, Value};
use crate::store::Hooks;

/// Tells the facade of a client's attempts: always when the client has a listener of its own, else while somebody listens
/// to all clients.
pub(crate) struct Watch {
    pub(crate) hooks: Arc<Hooks>,
    pub(crate) always: bool,
}

/// What hears of the warnings of one client's calls. For each its own, and no one for the process: threads of Node have their own
/// clients, and come and go.
pub(crate) fn warnings(hooks: Arc<Hooks>) -> Dispatch {
    Dispatch::new(Warnings(move |Warning { message, reason }| {
        let pairs = [("message", message.as_str()), ("reason", reason.as_deref().unwrap_or_default())];
        hooks.bridge.tell(Topic::Warned, hooks.number, Frame::from_map(pairs.into_iter()));
    }))
}

/// 1 when somebody listens to the attempts of all clients.
pub(crate) fn listen(call: &Call<'_>) -> Value {
    call.instance.bridge.listening.store(call.int(0) == 1, Ordering::Relaxed);
    Value::UNDEFINED
}

impl Observer for Watch {
    fn attempted(&self, event: &Event<'_>) {
        let bridge = &self.hooks.bridge;
        if !self.always && !bridge.listening.load(Ordering::Relaxed) {
            return;
        }
        let (attempt, ms) = (event.attempt.to_string(), (event.elapsed.as_secs_f64() * 1000.0).to_string());
        let status = event.status.map(|status| status.to_string()).unwrap_or_default();
        let code = event.code().unwrap_or_default();
        let pairs = [
            ("endpoint", event.endpoint),
            ("host", event.host),
            ("attempt", &attempt),
            ("status", &status),
            ("milliseconds", &ms),
            ("outcome", event.outcome()),
            ("code", &code),
            ("again", if event.again { "1" } else { "" }),
        ];
        bridge.tell(Topic::Attempted, self.hooks.number, Frame::from_map(pairs.into_iter()));
    }
}
