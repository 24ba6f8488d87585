//! From tokio's threads to the thread of JavaScript: messages in a queue, and one wake-up a batch.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use napi::Status;
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode, UnknownReturnValue};
use napi_derive::napi;
use wxpaykit::bill::Batch;
use wxpaykit::binding::job::OpenBill;
use wxpaykit::binding::wake::{self, Waker};

use crate::frame::Frame;
use crate::handling::Handling;

/// A JavaScript function that takes the messages. Weak: it lets the process end.
pub type Wake = ThreadsafeFunction<(), UnknownReturnValue, (), Status, false, true>;

/// The subject of a message. The number that follows it is a call's, a question's or that of a client's hooks.
#[napi]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// A call is done, and has no value.
    Nothing,
    /// A call is done: a document.
    Document,
    /// A call is done: a text.
    Text,
    /// A call is done: JSON.
    Json,
    /// A bug in this addon ended a call: whether WeChat acted on it is unknown.
    Lost,
    /// A call failed: an error as JSON.
    Failed,
    /// A call is done: a thing to hand over. `Bridge.handling` has it.
    Handling,
    /// A call is done: an open bill. `Bridge.bill` has it.
    Bill,
    /// A call is done: rows of a bill. `Bridge.rows` has them.
    Rows,
    /// A call is done: a piece of the text of a bill. `Bridge.bytes` has it.
    Bytes,
    /// A call about several things is done. `Bridge.each` has the result of each.
    Each,
    /// As `Each`, for the parts of a combined order: its number as a text.
    Parts,
    /// A store of the user's is asked: a question as JSON.
    Asked,
    /// An attempt at a call is over: an event as JSON.
    Attempted,
    /// A client's hooks are not needed any more.
    Forgotten,
    /// A warning as JSON.
    Warned,
}

/// The messages for one thread of JavaScript, and how to wake it.
pub(crate) struct Queue {
    state: Mutex<State>,
    wake: Wake,
    closed: AtomicBool,
    /// Whether attempts of all clients are reported.
    pub(crate) listening: AtomicBool,
}

#[derive(Default)]
struct State {
    messages: VecDeque<Message>,
    /// Whether the thread was woken and has not drained the queue yet.
    woken: bool,
}

pub(crate) struct Message {
    pub(crate) topic: Topic,
    pub(crate) number: u32,
    pub(crate) frame: Frame,
    /// For [`Topic::Handling`]. Where the message is dropped, so is the claim on the thing.
    pub(crate) handling: Option<Handling>,
    pub(crate) of_bill: Option<BillMessage>,
    /// For [`Topic::Each`] and [`Topic::Parts`].
    pub(crate) each: VecDeque<Message>,
}

/// The content of a message about a bill.
pub(crate) enum BillMessage {
    Bill(Arc<OpenBill>),
    Rows(Arc<Batch>),
    Bytes(Vec<u8>),
}

impl Message {
    pub(crate) fn new(topic: Topic, number: u32, frame: Frame) -> Self {
        Self { topic, number, frame, handling: None, of_bill: None, each: VecDeque::new() }
    }
}

impl Queue {
    pub(crate) fn new(wake: Wake) -> Self {
        Self { state: Mutex::default(), wake, closed: AtomicBool::new(false), listening: AtomicBool::new(false) }
    }

    pub(crate) fn wake(&self) -> &Wake {
        &self.wake
    }

    /// Takes the next messages. Call it until it returns none; until then no further wake-up is sent.
    pub(crate) fn take(&self) -> VecDeque<Message> {
        let mut state = self.state();
        state.woken = !state.messages.is_empty();
        std::mem::take(&mut state.messages)
    }

    /// Queues a message; `false` when the thread has ended.
    pub(crate) fn send(self: &Arc<Self>, message: Message) -> bool {
        if self.closed.load(Ordering::Relaxed) {
            return false;
        }
        let first = {
            let mut state = self.state();
            state.messages.push_back(message);
            !std::mem::replace(&mut state.woken, true)
        };
        wake::notify(self, first);
        true
    }

    /// Drops the messages, now and from now on: the thread has ended.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
        self.take();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waker for Queue {
    fn wake(&self) {
        self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }
}
