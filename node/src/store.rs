//! A store that is a JavaScript object. Its methods run on the object's own thread, which is asked over the queue.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use napi_derive::napi;
use serde::Serialize;
use tokio::sync::oneshot;
use wxpaykit::Secret;
use wxpaykit::store::{Store, StoreError, StoreFuture};

use crate::frame::Frame;
use crate::queue::{Message, Queue, Topic};

/// A client's store and listeners on the JavaScript side, by the facade's number. When this is dropped, the facade forgets it.
pub(crate) struct Hooks {
    pub(crate) queue: Arc<Queue>,
    pub(crate) questions: Arc<Questions>,
    pub(crate) number: u32,
}

/// The object of a client's hooks.
pub(crate) struct JsStore(pub(crate) Arc<Hooks>);

/// Questions without an answer, by number.
#[derive(Default)]
pub(crate) struct Questions(Mutex<Open>);

#[derive(Default)]
struct Open {
    last: u32,
    waiting: HashMap<u32, oneshot::Sender<Answer>>,
}

/// The kind of value that a method returned, or that its promise resolved to.
#[napi]
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ReturnedKind {
    /// `null` or `undefined`.
    Nothing,
    /// A string.
    Text,
    /// `true`.
    True,
    /// `false`.
    False,
    /// A value of another type, whose name is the text.
    Other,
    /// It failed; the text says why.
    Failed,
}

pub(crate) struct Answer {
    pub(crate) returned: ReturnedKind,
    pub(crate) text: Secret,
}

#[derive(Serialize)]
struct Question<'a> {
    owner: u32,
    method: &'static str,
    key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<&'a str>,
    /// In milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    life: Option<u64>,
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.queue.send(Message::new(Topic::Forgotten, self.number, Frame::default()));
    }
}

impl Questions {
    /// Answers a question, if it was not given up.
    pub(crate) fn answer(&self, number: u32, answer: Answer) {
        if let Some(waiting) = self.close(number) {
            let _ = waiting.send(answer);
        }
    }

    /// No answer will come any more.
    pub(crate) fn close_all(&self) {
        self.lock().waiting.clear();
    }

    fn open(&self) -> (u32, oneshot::Receiver<Answer>) {
        let mut open = self.lock();
        // A question that is given up is removed, so a number is free again long before it is used once more.
        open.last = open.last.wrapping_add(1);
        let (number, (waiting, answer)) = (open.last, oneshot::channel());
        open.waiting.insert(number, waiting);
        (number, answer)
    }

    fn close(&self, number: u32) -> Option<oneshot::Sender<Answer>> {
        self.lock().waiting.remove(&number)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for JsStore {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        self.ask("a string, null or undefined", self.question("get", key), |answer| match answer.returned {
            ReturnedKind::Nothing => Ok(None),
            ReturnedKind::Text => Ok(Some(answer.text)),
            _ => Err(answer),
        })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        self.ask("", self.question("put", key).with(value, life), |_| Ok(()))
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        self.ask("a boolean", self.question("add", key).with(value, life), truth)
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        let mut question = self.question("compareAndSet", key).with(new, life);
        question.old = Some(old.expose());
        self.ask("a boolean", question, truth)
    }

    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        self.ask("", self.question("delete", key), |_| Ok(()))
    }
}

impl<'a> Question<'a> {
    fn with(mut self, value: &'a Secret, life: Duration) -> Self {
        self.value = Some(value.expose());
        self.life = Some(milliseconds(life));
        self
    }
}

impl JsStore {
    fn question<'a>(&self, method: &'static str, key: &'a str) -> Question<'a> {
        Question { owner: self.0.number, method, key, value: None, old: None, life: None }
    }

    fn ask<'a, T: Send + 'a>(
        &'a self,
        returns: &'static str,
        question: Question<'a>,
        read: fn(Answer) -> Result<T, Answer>,
    ) -> StoreFuture<'a, T> {
        Box::pin(async move {
            let Hooks { queue, questions, .. } = &*self.0;
            let method = question.method;
            let (number, answer) = questions.open();
            let _unanswered = OpenQuestion { questions, number };
            if !queue.send(Message::new(Topic::Asked, number, Frame::of_json(&question))) {
                return Err(ended());
            }
            let answer = answer.await.map_err(|_| ended())?;
            if answer.returned == ReturnedKind::Failed {
                return Err(StoreError::new(format!("the store's {method} failed")).because(answer.text.expose()));
            }
            read(answer).map_err(|answer| {
                StoreError::new(format!("the store's {method} must return {returns}, not {}", answer.kind()))
            })
        })
    }
}

/// Removes a question that is answered or given up.
struct OpenQuestion<'a> {
    questions: &'a Questions,
    number: u32,
}

impl Drop for OpenQuestion<'_> {
    fn drop(&mut self) {
        self.questions.close(self.number);
    }
}

impl Answer {
    fn kind(&self) -> &str {
        match self.returned {
            ReturnedKind::Nothing => "nothing",
            ReturnedKind::Text => "a string",
            ReturnedKind::True | ReturnedKind::False => "a boolean",
            ReturnedKind::Other | ReturnedKind::Failed => self.text.expose(),
        }
    }
}

fn truth(answer: Answer) -> Result<bool, Answer> {
    match answer.returned {
        ReturnedKind::True => Ok(true),
        ReturnedKind::False => Ok(false),
        _ => Err(answer),
    }
}

fn ended() -> StoreError {
    StoreError::new("the thread that has the store has ended")
}

/// Rounded up, so that a short life does not become 0; at most the largest integer that a JavaScript number holds exactly.
fn milliseconds(life: Duration) -> u64 {
    const MOST: u64 = (1 << 53) - 1;
    u64::try_from(life.as_nanos().div_ceil(1_000_000)).unwrap_or(MOST).min(MOST)
}
