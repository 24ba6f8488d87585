//! Asking WeChat for pending things, of all kinds alike: at certain ages, once for all processes that share the store, and several at the same
//! time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tracing::Instrument;
use tracing::instrument::WithSubscriber;

use super::asked::Asked;
use super::breaker::RequestEnd;
use super::inner::{WxPay, now, owner};
use super::notify::Notify;
use super::questions::Freshness;
use super::start::{RefundStart, Start, TransferStart};
use crate::codes::{Api, ErrorCode, Meaning};
use crate::error::{Error, Kind};
use crate::flow::item::{Item, PendingAnswer, PendingFields};
use crate::flow::ledger::{Due, Mark};
use crate::flow::{Pending, PendingRefund, PendingTransfer};
use crate::merchant::Merchant;
use crate::model;
use crate::money::Fen;
use crate::store::StoreError;
use crate::table::collect::{check, of_another};
use crate::table::row::{Call, Document as _, Endpoint};
use crate::v3::combine::{V3CombineOrder, V3CombineQuery};
use crate::value::{Params, Value};

/// How many pending things are asked for at the same time.
pub const AT_ONCE: u32 = 8;

impl Notify<'_> {
    /// Asks WeChat for a pending thing of one kind when it is due and, when it has its result, claims it; for payments as
    /// [`Notify::begin_pending`], for refunds as [`Notify::begin_pending_refund`]. Without `failures`, one that failed is [`Start::Failed`].
    /// After three questions in a row without an answer, none is asked during ten seconds: the things are [`Start::NotDue`].
    ///
    /// # Errors
    /// `InvalidRequest`, `Mismatch`, `Store`, and the errors of the call that asks for it.
    pub async fn begin_pending_item<T: Item>(&self, pending: &T::Pending, failures: bool) -> Result<Start<T>, Error> {
        self.begin_pending_since(pending, failures, Instant::now()).await
    }

    /// `since` is when the pass began: what was asked for earlier does not answer it.
    async fn begin_pending_since<T: Item>(
        &self,
        pending: &T::Pending,
        failures: bool,
        since: Instant,
    ) -> Result<Start<T>, Error> {
        let checked = || {
            let PendingFields { fee, created, .. } = check_numbers::<T>(pending, self.0.merchant())?;
            check_fee(T::Query::ENDPOINT, T::FEE, fee)?;
            check_created(T::Query::ENDPOINT, created)
        };
        checked().map_err(|error| error.at(asked_call::<T>(pending, self.0.asks_v3_first())))?;
        self.0.ask_when_due(pending, failures, since).await
    }

    /// [`Notify::begin_pending_item`] for several things at the same time: the results, in the order of `pending`. At most eight are asked
    /// for at once. The parts of a combined order among them share one question, which is sent after this call began.
    pub async fn begin_all_pending_items<T: Item>(
        &self,
        pending: Vec<T::Pending>,
        failures: bool,
    ) -> Vec<Result<Start<T>, Error>> {
        let since = Instant::now();
        side_by_side(pending, |pending| {
            let pay = self.0.clone();
            async move { pay.notify().begin_pending_since(&pending, failures, since).await }
        })
        .await
    }

    /// The first half of [`WxPay::reconcile`], for callers that hand over by themselves: asks WeChat for the order and, when it is
    /// paid, claims the payment. After three orders in a row without an answer, no order is asked for during ten seconds: they
    /// are [`Start::NotDue`].
    ///
    /// # Errors
    /// `Mismatch`, `Store`, and the errors of `orderquery`.
    pub async fn begin_pending(&self, pending: &Pending) -> Result<Start, Error> {
        self.begin_pending_item(pending, true).await
    }

    /// [`Notify::begin_pending`] for several orders at the same time: the results, in the order of `pending`. At most eight are
    /// asked for at once.
    pub async fn begin_all_pending(&self, pending: Vec<Pending>) -> Vec<Result<Start, Error>> {
        self.begin_all_pending_items(pending, true).await
    }

    /// The first half of [`WxPay::reconcile_refund`], for callers that hand over by themselves: asks WeChat for the refund and, when it
    /// has its result, claims it. Without `failures`, a refund that failed is [`Start::Failed`]. After three questions in a row
    /// without an answer, none is asked during ten seconds: the refunds are [`Start::NotDue`].
    ///
    /// # Errors
    /// `Mismatch`, `Store`, and the errors of `refundquery`.
    pub async fn begin_pending_refund(&self, pending: &PendingRefund, failures: bool) -> Result<RefundStart, Error> {
        self.begin_pending_item(pending, failures).await
    }

    /// The first half of [`WxPay::reconcile_transfer`], for callers that hand over by themselves: asks WeChat for the transfer and, when it
    /// has its result, claims it. Without `failures`, a transfer that failed is [`Start::Failed`]. After three questions in a row
    /// without an answer, none is asked during ten seconds: the transfers are [`Start::NotDue`].
    ///
    /// # Errors
    /// `Mismatch`, `Store`, and the errors of `v3.transfer_query`.
    pub async fn begin_pending_transfer(
        &self,
        pending: &PendingTransfer,
        failures: bool,
    ) -> Result<TransferStart, Error> {
        self.begin_pending_item(pending, failures).await
    }

    /// [`Notify::begin_pending_refund`] for several refunds at the same time: the results, in the order of `pending`. At most eight are
    /// asked for at once.
    pub async fn begin_all_pending_refunds(
        &self,
        pending: Vec<PendingRefund>,
        failures: bool,
    ) -> Vec<Result<RefundStart, Error>> {
        self.begin_all_pending_items(pending, failures).await
    }

    /// [`Notify::begin_pending_transfer`] for several transfers at the same time: the results, in the order of `pending`. At most eight
    /// are asked for at once.
    pub async fn begin_all_pending_transfers(
        &self,
        pending: Vec<PendingTransfer>,
        failures: bool,
    ) -> Vec<Result<TransferStart, Error>> {
        self.begin_all_pending_items(pending, failures).await
    }
}

impl WxPay {
    /// Asks when it is time to, unless another process asked at this age, or nothing answers at the moment.
    async fn ask_when_due<T: Item>(
        &self,
        pending: &T::Pending,
        failures: bool,
        since: Instant,
    ) -> Result<Start<T>, Error> {
        let (now, created) = (now(), T::fields_of(pending).created);
        let pause = match T::SCHEDULE.due(now.saturating_sub(created)) {
            Due::Now(pause) => pause,
            Due::Later(age) => return Ok(Start::NotDue(Some(created.saturating_add(age)))),
            Due::TooOld => return Ok(Start::TooOld),
        };
        if let Some(rest) = self.0.breaker.open_for() {
            let rest = i64::try_from(rest.as_secs()).unwrap_or(i64::MAX);
            return Ok(Start::NotDue(Some(now.saturating_add(rest).saturating_add(1))));
        }
        let sent = AtomicBool::new(false);
        let asked = self.ask_once(pending, failures, pause, (since, &sent)).await;
        match &asked {
            // The parts of a combined order share one question: its failure counts once.
            Err(error) if matches!(error.kind(), Kind::Transport { .. }) && !sent.load(Ordering::Relaxed) => {}
            Err(error) if matches!(error.kind(), Kind::Transport { .. } | Kind::Store { .. }) => {
                self.0.breaker.record(RequestEnd::None);
            }
            // No request was sent.
            Ok(start) if start.is_not_due() => {}
            Err(error) if matches!(error.kind(), Kind::Config { .. }) => {}
            _ => self.0.breaker.record(RequestEnd::Some),
        }
        asked
    }

    async fn ask_once<T: Item>(
        &self,
        pending: &T::Pending,
        failures: bool,
        pause: Duration,
        asking: (Instant, &AtomicBool),
    ) -> Result<Start<T>, Error> {
        let key = self.asked_key::<T>(pending);
        let PendingFields { created, .. } = T::fields_of(pending);
        let begun = now();
        let next_due = T::SCHEDULE.next_age(begun.saturating_sub(created)).map(|age| created.saturating_add(age));
        // No longer than a lease at first: if this process dies, the thing may not have been handed over, and another process must
        // ask again.
        let life = pause.min(self.0.lease);
        let Some(asked) = Asked::begin(self.0.store_work(), key.clone(), owner()?, life).await? else {
            let kept = self.0.store.get(&key).await?;
            return Ok(Start::NotDue(match kept.as_ref().map(Mark::of) {
                Some(Some(mark)) => mark.next_due(),
                // An earlier version's.
                Some(None) => next_due,
                // It ended a moment ago.
                None => Some(now()),
            }));
        };
        let mut found = self.claim_pending(pending, failures, asking).await;
        let kept = match &mut found {
            Ok(Start::Ours(handling)) => {
                handling.with_mark(asked);
                Ok(())
            }
            found if found.as_ref().map_or_else(is_answer, Start::is_settled) => {
                // The next query is due at the next age.
                let end = begun.saturating_add(i64::try_from(pause.as_secs()).unwrap_or(i64::MAX));
                let life = Duration::from_secs(end.saturating_sub(now()).max(1).unsigned_abs());
                asked.answered(next_due, life).await
            }
            // There was no answer.
            Err(_) => asked.remove().await,
            Ok(_) => {
                let mut asked = asked;
                asked.leave();
                Ok(())
            }
        };
        // The result is valid all the same; at worst WeChat is asked once more.
        if let Err(error) = kept {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "{} {}: the store could not record the query",
                T::PENDING,
                T::fields_of(pending).number
            );
        }
        found
    }

    async fn claim_pending<T: Item>(
        &self,
        pending: &T::Pending,
        failures: bool,
        (since, sent): (Instant, &AtomicBool),
    ) -> Result<Start<T>, Error> {
        let reply = self.reply_about::<T>(pending, Freshness::Since(since), sent).await?;
        match self.answer_of::<T>(pending, reply)? {
            PendingAnswer::Confirmed(item) => self.claim_confirmed(item, failures, Instant::now()).await,
            PendingAnswer::Unpaid(state) => Ok(Start::Unpaid(state)),
            PendingAnswer::Processing(state) => Ok(Start::Processing(state)),
        }
    }

    /// WeChat's reply about a pending thing: one that is fresh enough, or a new one. `sent` becomes true where this caller asks.
    pub(super) async fn reply_about<T: Item>(
        &self,
        pending: &T::Pending,
        freshness: Freshness,
        sent: &AtomicBool,
    ) -> Result<PendingReply<T>, Error> {
        let PendingFields { number, sub_mch_id, combine_out_trade_no, .. } = T::fields_of(pending);
        let ask = async |endpoint: &'static Endpoint, params: &Params<'static>, number: &str, freshness| {
            let question = format!("{} {} {number}", endpoint.name, sub_mch_id.unwrap_or_default());
            let asked = async {
                sent.store(true, Ordering::Relaxed);
                self.execute(endpoint, params).await
            };
            self.0.questions.answer(question, freshness, asked).await
        };
        if let Some(combined) = combine_out_trade_no {
            let query = V3CombineQuery::new().combine_out_trade_no(combined);
            let reply = ask(V3CombineQuery::ENDPOINT, query.params(), combined, freshness).await?;
            return Ok(PendingReply::Combined(V3CombineOrder::from_fields(reply)));
        }
        let mut first = Api::V2;
        loop {
            let asking = self.asking::<T>(first, || T::query_pending(pending), || T::v3_query_pending(pending));
            match ask(asking.endpoint, &asking.params, number, freshness).await {
                Ok(reply) => return Ok(PendingReply::Single(self.v2_reply::<T>(&asking, reply, sub_mch_id))),
                // A transfer has one query, of APIv3: it is not asked again.
                Err(error) if asking.endpoint.name != T::V3Query::ENDPOINT.name && self.asks_v3_after(&error) => {
                    first = Api::V3;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// The answer in a reply, compared with what the merchant recorded.
    pub(super) fn answer_of<T: Item>(
        &self,
        pending: &T::Pending,
        reply: PendingReply<T>,
    ) -> Result<PendingAnswer<T>, Error> {
        let (name, answer) = match reply {
            PendingReply::Single(reply) => {
                let name = T::call_name(model::is_v3(reply.fields()));
                (name, T::confirm_pending(pending, reply, self.merchant()))
            }
            PendingReply::Combined(reply) => {
                (V3CombineQuery::ENDPOINT.name, T::confirm_pending_part(pending, &reply, self.merchant()))
            }
        };
        answer.map_err(|error| error.at(name))
    }

    /// Where the store keeps that WeChat was asked for a pending thing.
    fn asked_key<T: Item>(&self, pending: &T::Pending) -> String {
        let PendingFields { number, fee, sub_mch_id, combine_out_trade_no, .. } = T::fields_of(pending);
        let (keys, merchant) = (&self.0.keys, self.merchant());
        let sub_mch_id = sub_mch_id.or(merchant.sub_mch_id.as_deref());
        match combine_out_trade_no {
            Some(combined) => keys.asked_part(merchant.mch_id(), sub_mch_id, combined, number, fee),
            None => keys.asked(T::ASKED, merchant.mch_id(), sub_mch_id, number, fee),
        }
    }
}

/// WeChat's reply about a pending thing.
pub(super) enum PendingReply<T: Item> {
    /// About it alone, as APIv2 has it.
    Single(<T::Query as Call>::Reply),
    /// About the combined order that it is a part of.
    Combined(V3CombineOrder),
}

/// The call that asks for a pending thing, as errors name it.
fn asked_call<T: Item>(pending: &T::Pending, is_v3: bool) -> &'static str {
    match T::fields_of(pending).combine_out_trade_no {
        Some(_) => V3CombineQuery::ENDPOINT.name,
        None => T::call_name(is_v3),
    }
}

/// Checks the numbers of a pending thing.
///
/// # Errors
/// `InvalidRequest`.
pub(super) fn check_numbers<'p, T: Item>(
    pending: &'p T::Pending,
    merchant: &Merchant,
) -> Result<PendingFields<'p>, Error> {
    let fields = T::fields_of(pending);
    check_number(T::Query::ENDPOINT, T::NUMBER, fields.number)?;
    if let Some(sub_mch_id) = fields.sub_mch_id {
        check_number(T::Query::ENDPOINT, "sub_mch_id", sub_mch_id)?;
        check_own(merchant, sub_mch_id)?;
    }
    if let Some(combined) = fields.combine_out_trade_no {
        check_number(V3CombineQuery::ENDPOINT, "combine_out_trade_no", combined)?;
    }
    Ok(fields)
}

/// Runs `ask` for each at the same time, at most eight at once: the results, in the order of `pending`.
async fn side_by_side<P, S, F>(pending: Vec<P>, ask: impl Fn(P) -> F) -> Vec<Result<S, Error>>
where
    S: Send + 'static,
    F: Future<Output = Result<S, Error>> + Send + 'static,
{
    let mut results: Vec<_> = pending.iter().map(|_| None).collect();
    let places = Arc::new(Semaphore::new(AT_ONCE as usize));
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

/// Checks that a sub-merchant is that of the settings, where they have one.
///
/// # Errors
/// `InvalidRequest`.
pub(super) fn check_own(merchant: &Merchant, sub_mch_id: &str) -> Result<(), Error> {
    match merchant.sub_mch_id.as_deref() {
        Some(own) if own != sub_mch_id => Err(Error::invalid("sub_mch_id", of_another(own))),
        _ => Ok(()),
    }
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

/// Checks when the merchant made a thing. Clocks differ by less than a day; a later time is a mistake, such as the latest one that a
/// language can write, and would never be due.
///
/// # Errors
/// `InvalidRequest`.
fn check_created(endpoint: &'static Endpoint, created: i64) -> Result<(), Error> {
    const DAY: i64 = 24 * 60 * 60;
    if created > now().saturating_add(DAY) {
        return Err(Error::invalid("created", "is in the future").at(endpoint.name));
    }
    Ok(())
}

/// Whether the error is WeChat's answer about this very thing, which a second query would repeat: there is none, or no such part of a combined
/// order, or it has another amount or currency. Other mismatches belong to a reply about something else, and a refusal of APIv3 without a
/// signature may come from anybody.
fn is_answer(error: &Error) -> bool {
    const OTHERWISE: [ErrorCode; 5] = [
        ErrorCode::TotalFeeMismatch,
        ErrorCode::RefundFeeMismatch,
        ErrorCode::TransferAmountMismatch,
        ErrorCode::FeeTypeMismatch,
        ErrorCode::PartUnknown,
    ];
    let is_unknown = error.meaning() == Some(Meaning::NotFound) && error.verified() != Some(false);
    is_unknown || OTHERWISE.iter().any(|code| error.is(*code))
}
