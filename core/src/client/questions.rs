//! Queries of orders, one at a time for each order: callers that wait for the same order share its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::Error;
use crate::fields::Fields;

/// An answer is used again for this long. A page that polls once a second gets a new one each time.
pub(super) const FRESH: Duration = Duration::from_millis(900);

/// The number of orders above which old answers are removed.
const MANY: usize = 64;

/// The last answer about each order that was queried a moment ago.
#[derive(Default)]
pub(super) struct Questions(Mutex<HashMap<String, Arc<Question>>>);

/// The query of one order. The lock is held while WeChat is asked.
type Question = tokio::sync::Mutex<Option<(Instant, Result<Fields, Error>)>>;

impl Questions {
    /// The answer about an order: one that came while this caller waited, or in the last `fresh`, or a new one from `ask`.
    /// A failure is shared only by callers that waited for it.
    ///
    /// # Errors
    /// As `ask`.
    pub(super) async fn answer(
        &self,
        order: String,
        fresh: Duration,
        ask: impl Future<Output = Result<Fields, Error>>,
    ) -> Result<Fields, Error> {
        let since = Instant::now();
        let question = self.question(order);
        let mut last = question.lock().await;
        if let Some((at, answer)) = &*last
            && (*at > since || (answer.is_ok() && at.elapsed() < fresh))
        {
            return copy(answer);
        }
        let answer = ask.await;
        *last = Some((Instant::now(), copy(&answer)));
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

fn is_fresh(question: &Question) -> bool {
    question.try_lock().is_ok_and(|last| last.as_ref().is_some_and(|(at, _)| at.elapsed() < FRESH))
}

fn copy(answer: &Result<Fields, Error>) -> Result<Fields, Error> {
    match answer {
        Ok(fields) => Ok(fields.clone()),
        Err(error) => Err(error.copy()),
    }
}
