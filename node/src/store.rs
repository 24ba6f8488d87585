//! A store that is a JavaScript object: its methods run on the object's own thread, which is asked over the bridge.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;
use wxpaykit::store::{Store, StoreError, Storing};
use wxpaykit::{Error, Secret};

use crate::bridge::{Bridge, Topic};
use crate::frame::Frame;
use crate::js::{Call, Value};

/// What a client has on the JavaScript side, by the facade's number. The facade forgets it when this is dropped.
pub(crate) struct Hooks {
    pub(crate) bridge: Arc<Bridge>,
    pub(crate) number: u32,
}

/// The object of a client's hooks.
pub(crate) struct JsStore(pub(crate) Arc<Hooks>);

/// What was asked and is not answered, by number.
#[derive(Default)]
pub(crate) struct Questions(Mutex<Open>);

#[derive(Default)]
struct Open {
    last: u32,
    askers: HashMap<u32, oneshot::Sender<Answer>>,
}

/// What a method returned, or its promise brought.
enum Answer {
    Nothing,
    Text(Secret),
    Truth(bool),
    Other(String),
    Failed(String),
}

/// Question, what kind of answer it is, its text. `hooks.ts` has the same list.
pub(crate) fn answer(call: &Call<'_>) -> Value {
    let answer = match call.int(1) {
        0 => Answer::Nothing,
        1 => Answer::Text(Secret::new(call.text(2))),
        2 => Answer::Truth(true),
        3 => Answer::Truth(false),
        4 => Answer::Other(call.text(2)),
        _ => Answer::Failed(call.text(2)),
    };
    if let Some(asker) = call.instance.bridge.questions.close(u32::try_from(call.int(0)).unwrap_or_default()) {
        // Whoever asked may have given up.
        let _ = asker.send(answer);
    }
    Value::UNDEFINED
}

impl Drop for Hooks {
    fn drop(&mut self) {
        self.bridge.tell(Topic::Forgotten, self.number, Frame::nothing());
    }
}

impl Questions {
    /// Nobody will answer any more.
    pub(crate) fn close_all(&self) {
        self.lock().askers.clear();
    }

    fn open(&self) -> (u32, oneshot::Receiver<Answer>) {
        let mut open = self.lock();
        // What is given up is taken out, so a number is free again long before its turn comes.
        open.last = (open.last + 1) & 0x7fff_ffff;
        let (number, (asker, answer)) = (open.last, oneshot::channel());
        open.askers.insert(number, asker);
        (number, answer)
    }

    fn close(&self, number: u32) -> Option<oneshot::Sender<Answer>> {
        self.lock().askers.remove(&number)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for JsStore {
    fn get<'a>(&'a self, key: &'a str) -> Storing<'a, Option<Secret>> {
        self.ask("get", "a string, null or undefined", vec![("key", key.to_owned())], |answer| match answer {
            Answer::Nothing => Ok(None),
            Answer::Text(text) => Ok(Some(text)),
            other => Err(other),
        })
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, ()> {
        self.ask("put", "", entry(key, value, life), |_| Ok(()))
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, bool> {
        self.ask("add", "a boolean", entry(key, value, life), truth)
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> Storing<'a, bool> {
        let mut parts = entry(key, new, life);
        parts.push(("old", old.expose().to_owned()));
        self.ask("compareAndSet", "a boolean", parts, truth)
    }

    fn delete<'a>(&'a self, key: &'a str) -> Storing<'a, ()> {
        self.ask("delete", "", vec![("key", key.to_owned())], |_| Ok(()))
    }
}

impl JsStore {
    fn ask<'a, T: Send + 'a>(
        &'a self,
        method: &'static str,
        returns: &'static str,
        parts: Vec<(&'static str, String)>,
        read: fn(Answer) -> Result<T, Answer>,
    ) -> Storing<'a, T> {
        Box::pin(async move {
            let Hooks { bridge, number: owner } = &*self.0;
            let owner = owner.to_string();
            let about = [("owner", owner.as_str()), ("method", method)];
            let parts: Vec<_> =
                about.into_iter().chain(parts.iter().map(|(name, part)| (*name, part.as_str()))).collect();
            let (number, answer) = bridge.questions.open();
            let _given_up = GivenUp { bridge, number };
            if !bridge.tell(Topic::Asked, number, Frame::from_map(parts.into_iter())) {
                return Err(gone());
            }
            match answer.await {
                Ok(Answer::Failed(reason)) => {
                    Err(StoreError::new(format!("the store's {method} failed")).because(reason))
                }
                Ok(answer) => read(answer).map_err(|answer| {
                    StoreError::new(format!("the store's {method} must return {returns}, not {}", answer.kind()))
                }),
                Err(_) => Err(gone()),
            }
        })
    }
}

/// Takes a question back that nobody waits for any more.
struct GivenUp<'a> {
    bridge: &'a Bridge,
    number: u32,
}

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        self.bridge.questions.close(self.number);
    }
}

impl Answer {
    fn kind(&self) -> &str {
        match self {
            Self::Nothing => "nothing",
            Self::Text(_) => "a string",
            Self::Truth(_) => "a boolean",
            Self::Other(kind) | Self::Failed(kind) => kind,
        }
    }
}

fn truth(answer: Answer) -> Result<bool, Answer> {
    match answer {
        Answer::Truth(is) => Ok(is),
        other => Err(other),
    }
}

fn gone() -> StoreError {
    StoreError::new("the thread that has the store has ended")
}

fn entry(key: &str, value: &Secret, life: Duration) -> Vec<(&'static str, String)> {
    vec![("key", key.to_owned()), ("value", value.expose().to_owned()), ("life", milliseconds(life))]
}

/// Rounded up, so that no life that is left becomes none; at most what a number in JavaScript holds exactly.
fn milliseconds(life: Duration) -> String {
    life.as_nanos().div_ceil(1_000_000).min((1 << 53) - 1).to_string()
}

/// What a client's own store does: for the test that all of them keep one contract. Method, key, value, old value, life (ms).
pub(crate) async fn probe(store: &dyn Store, pieces: &[&str]) -> Frame {
    let piece = |index: usize| pieces.get(index).copied().unwrap_or_default();
    let (key, value, old) = (piece(1), Secret::new(piece(2)), Secret::new(piece(3)));
    let life = Duration::from_millis(piece(4).parse().unwrap_or_default());
    let said = |is: Result<bool, StoreError>| is.map(|is| Some(Secret::new(is.to_string())));
    let answer = match piece(0) {
        "get" => store.get(key).await,
        "put" => store.put(key, &value, life).await.map(|()| None),
        "add" => said(store.add(key, &value, life).await),
        "compareAndSet" => said(store.compare_and_set(key, &old, &value, life).await),
        _ => store.delete(key).await.map(|()| None),
    };
    Frame::of(answer.map_err(Error::from), |answer| {
        let text = answer.as_ref().map(|answer| ("answer", answer.expose()));
        Frame::from_map(text.as_slice().iter().copied())
    })
}
