//! Asking WeChat for what the merchant waits for, orders and refunds alike: at certain ages, once for all processes that share the store, and
//! several at the same time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use super::breaker::Answer;
use super::inner::{WxPay, now};
use crate::codes::{ErrorCode, Meaning};
use crate::error::{Error, Kind};
use crate::flow::ledger::Due;
use crate::money::Fen;
use crate::secret::Secret;
use crate::store::StoreError;
use crate::table::collect::check;
use crate::table::row::Endpoint;
use crate::value::Value;

/// The result of a question.
pub(super) trait Asked: Sized {
    /// It is not time to ask WeChat. When it will be, in seconds since 1970; `None` after the last question.
    fn not_due(next_due: Option<i64>) -> Self;

    /// It is too old to be asked for.
    fn too_old() -> Self;

    /// Whether it is [`Asked::not_due`]: no request was sent.
    fn is_not_due(&self) -> bool;

    /// Whether the next question is due at the next age only.
    fn is_settled(&self) -> bool;
}

/// A question about an order or a refund.
pub(super) struct Question<'a> {
    /// `order` or `refund`, for the log.
    pub(super) thing: &'static str,
    /// The merchant's number of it.
    pub(super) number: &'a str,
    /// When it was made, in seconds since 1970.
    pub(super) created: i64,
    /// Where the store keeps that it was asked for.
    pub(super) key: String,
    /// Whether it is time to ask, by its age in seconds.
    pub(super) due: fn(i64) -> Due,
    /// The next age at which it is asked for.
    pub(super) next_age: fn(i64) -> Option<i64>,
}

/// How many questions are asked at the same time.
pub(super) const AT_ONCE: usize = 8;

impl WxPay {
    /// Asks when it is time to, unless another process asked at this age, or nothing answers at the moment.
    pub(super) async fn ask_when_due<S: Asked>(
        &self,
        question: Question<'_>,
        ask: impl Future<Output = Result<S, Error>>,
    ) -> Result<S, Error> {
        let (now, created) = (now(), question.created);
        let pause = match (question.due)(now.saturating_sub(created)) {
            Due::Now(pause) => pause,
            Due::Later(age) => return Ok(S::not_due(Some(created.saturating_add(age)))),
            Due::TooOld => return Ok(S::too_old()),
        };
        if let Some(rest) = self.0.breaker.open_for() {
            let rest = i64::try_from(rest.as_secs()).unwrap_or(i64::MAX);
            return Ok(S::not_due(Some(now.saturating_add(rest).saturating_add(1))));
        }
        let asked = self.ask_once(&question, pause, ask).await;
        match &asked {
            Err(error) if matches!(error.kind(), Kind::Transport { .. } | Kind::Store { .. }) => {
                self.0.breaker.record(Answer::None);
            }
            // No request was sent.
            Ok(result) if result.is_not_due() => {}
            Err(error) if matches!(error.kind(), Kind::Config { .. }) => {}
            _ => self.0.breaker.record(Answer::Some),
        }
        asked
    }

    async fn ask_once<S: Asked>(
        &self,
        question: &Question<'_>,
        pause: Duration,
        ask: impl Future<Output = Result<S, Error>>,
    ) -> Result<S, Error> {
        let (key, store) = (&question.key, &self.0.store);
        // No longer than a lease at first: if this process dies, the thing may not have been handed over, and another process must
        // ask again.
        if !store.add(key, &Secret::new("1"), pause.min(self.0.lease)).await? {
            let next = (question.next_age)(now().saturating_sub(question.created));
            return Ok(S::not_due(next.map(|next| question.created.saturating_add(next))));
        }
        let asked = ask.await;
        let is_settled = match &asked {
            Ok(result) => result.is_settled(),
            Err(error) => is_answer(error),
        };
        let kept = if is_settled {
            // The next query is due at the next age.
            store.put(key, &Secret::new("1"), pause).await
        } else if asked.is_err() {
            // There was no answer.
            store.delete(key).await
        } else {
            Ok(())
        };
        // The result is valid all the same; at worst WeChat is asked once more.
        if let Err(error) = kept {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "{} {}: the store could not record the query",
                question.thing,
                question.number
            );
        }
        asked
    }
}

/// Runs `ask` for each at the same time, at most eight at once: the results, in the order of `pending`.
pub(super) async fn side_by_side<P, S, F>(pending: Vec<P>, ask: impl Fn(P) -> F) -> Vec<Result<S, Error>>
where
    S: Send + 'static,
    F: Future<Output = Result<S, Error>> + Send + 'static,
{
    let mut results: Vec<_> = pending.iter().map(|_| None).collect();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    // When this future is dropped, so are the tasks.
    let mut tasks = JoinSet::new();
    for (i, pending) in pending.into_iter().enumerate() {
        let (asked, places) = (ask(pending), Arc::clone(&places));
        let task = async move {
            let _place = places.acquire_owned().await;
            (i, asked.await)
        };
        tasks.spawn(task.in_current_span().with_current_subscriber());
    }
    while let Some(ended) = tasks.join_next().await {
        if let Ok((i, result)) = ended
            && let Some(place) = results.get_mut(i)
        {
            *place = Some(result);
        }
    }
    let lost = || Err(StoreError::new("the runtime was shut down before WeChat was asked").into());
    results.into_iter().map(|result| result.unwrap_or_else(lost)).collect()
}

/// Checks a number before it becomes part of a key in the store.
///
/// # Errors
/// `InvalidRequest`.
pub(super) fn check_number(endpoint: &Endpoint, field: &'static str, number: &str) -> Result<(), Error> {
    if number.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    check(endpoint, field, &Value::Text(number.into()))
}

/// Checks the amount that the merchant recorded: nothing costs less than one fen.
///
/// # Errors
/// `InvalidRequest`.
pub(super) fn check_fee(endpoint: &'static Endpoint, field: &'static str, fee: Fen) -> Result<(), Error> {
    match fee.0 {
        1.. => Ok(()),
        fee => Err(Error::invalid(field, format!("must be at least 1 fen, not {fee}")).at(endpoint.name)),
    }
}

/// Whether the error is WeChat's answer about this very order or refund, which a second query would repeat: there is none, or it has another
/// amount or currency. Other mismatches belong to a reply about something else.
fn is_answer(error: &Error) -> bool {
    const OTHERWISE: [ErrorCode; 3] =
        [ErrorCode::TotalFeeMismatch, ErrorCode::RefundFeeMismatch, ErrorCode::FeeTypeMismatch];
    error.meaning() == Some(Meaning::NotFound) || OTHERWISE.iter().any(|code| error.is(*code))
}
