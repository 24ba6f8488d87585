//! Queries of orders, one at a time for each order: callers that wait for the same order share its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::fields::Fields;

/// An answer is used again for this long, also one that says that the order is unknown or that nothing answered. A page that polls
/// once a second gets a new one each time.
const FRESH: Duration = Duration::from_millis(900);
/// At the end of its time a caller uses an answer that is at most this old.
const FRESH_AT_THE_END: Duration = Duration::from_millis(200);
/// The shortest time between two questions of callers at the end of their time.
const BETWEEN_ENDS: Duration = Duration::from_millis(500);

/// The number of orders above which old answers are removed.
const MANY: usize = 64;

/// The last answer about each order that was queried a moment ago.
#[derive(Default)]
pub(super) struct Questions(Mutex<HashMap<String, Arc<Question>>>);

/// The query of one order. The lock is held while WeChat is asked.
type Question = tokio::sync::Mutex<Option<LastAnswer>>;

/// The last answer about an order.
struct LastAnswer {
    asked: Instant,
    at: Instant,
    answer: Result<Fields, Error>,
    /// When a caller asked at the end of its time.
    ended: Option<Instant>,
}

/// How old an answer may be that a caller uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Freshness {
    /// It must have been asked for after this: an older one does not know of a payment or a refund in between.
    Since(Instant),
    /// Up to 0.9 seconds, or while the caller waited.
    Recent,
    /// The caller does not ask again: up to 0.2 seconds. If another caller asked at its end in the last 0.5 seconds, as
    /// [`Freshness::Recent`]. So an order is queried about three times a second at most, however many callers end their time one
    /// after the other.
    AtTheEnd,
}

impl Questions {
    /// The answer about an order: one that is fresh enough, or a new one from `ask`.
    /// Failures are shared as answers are: if WeChat does not answer, more questions do not help.
    ///
    /// # Errors
    /// As `ask`.
    pub(super) async fn answer(
        &self,
        order: String,
        freshness: Freshness,
        ask: impl Future<Output = Result<Fields, Error>>,
    ) -> Result<Fields, Error> {
        let begun = Instant::now();
        let question = self.question(order);
        let mut last = question.lock().await;
        if let Some(last) = &*last
            && last.is_usable(freshness, begun)
        {
            return copy(&last.answer);
        }
        let asked = Instant::now();
        let ended = match freshness {
            Freshness::AtTheEnd => Some(asked),
            _ => last.as_ref().and_then(|last| last.ended),
        };
        let answer = ask.await;
        *last = Some(LastAnswer { asked, at: Instant::now(), answer: copy(&answer), ended });
        answer
    }

    fn question(&self, order: String) -> Arc<Question> {
        let mut questions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if questions.len() >= MANY {
            questions.retain(|_, question| Arc::strong_count(question) > 1 || is_fresh(question));
        }
        Arc::clone(questions.entry(order).or_default())
    }
}

impl LastAnswer {
    /// Whether a caller who began to wait at `begun` may use it.
    fn is_usable(&self, freshness: Freshness, begun: Instant) -> bool {
        let within = match freshness {
            Freshness::Since(since) => return self.asked > since,
            Freshness::Recent => FRESH,
            Freshness::AtTheEnd if self.ended.is_some_and(|ended| ended.elapsed() < BETWEEN_ENDS) => FRESH,
            Freshness::AtTheEnd => FRESH_AT_THE_END,
        };
        self.at > begun || self.at.elapsed() < within
    }
}

fn is_fresh(question: &Question) -> bool {
    question.try_lock().is_ok_and(|last| last.as_ref().is_some_and(|last| last.at.elapsed() < FRESH))
}

fn copy(answer: &Result<Fields, Error>) -> Result<Fields, Error> {
    match answer {
        Ok(fields) => Ok(fields.clone()),
        Err(error) => Err(error.copy()),
    }
}
