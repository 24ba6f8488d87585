//! Orders without a notification: the client asks WeChat for their state.

use std::time::Duration;

use tokio::time::Instant;

use super::breaker::Answer;
use super::claim::Claimed;
use super::handling::Start;
use super::inner::{WxPay, now};
use super::notify::{Failed, Notify, confirmed, hand_over};
use crate::codes::{ErrorCode, Meaning};
use crate::error::{Error, Kind, Retry};
use crate::flow::ledger;
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, confirmed_by_query};
use crate::secret::Secret;
use crate::table::collect::check;
use crate::table::row::{Call, Document};
use crate::v2::order::{Orderquery, OrderqueryReply, TradeState};
use crate::value::Value;

/// An order that the merchant has no payment of yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The amount that the merchant recorded for it.
    pub total_fee: Fen,
    /// When the order was created, in seconds since 1970.
    pub created: i64,
}

/// The result for a pending order.
#[derive(Debug)]
pub enum Reconciled {
    /// It is paid, and this call handed it over.
    Delivered(Box<ConfirmedPayment>),
    /// It had been handed over before.
    HandedOver,
    /// It is paid, and another task or process is handing it over.
    Busy,
    /// It is not paid; WeChat's `trade_state`. `NOTPAY` and `USERPAYING` may become a payment. `REFUND` says that it was
    /// paid and refunded before it was handed over.
    NotPaid(String),
    /// WeChat is not asked at this age of the order.
    NotDue,
    /// WeChat did not answer, or the payment was not handed over; try again later.
    Failed {
        /// The payment, if the order is paid.
        payment: Option<Box<ConfirmedPayment>>,
        /// The reason.
        error: Error,
    },
}

/// The pauses between the queries of [`WxPay::wait_for_payment`], in seconds; the last one repeats.
const POLL: [u64; 6] = [1, 1, 2, 2, 3, 5];
/// The longest wait: a longer time limit is cut to a year.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 86_400);

impl WxPay {
    /// Asks WeChat for the state of an order without a notification, at the ages of [`ledger::ASK_AT`] and once for all
    /// processes that share the store. A paid order is handed over as by [`Notify::handle`](super::Notify::handle).
    pub async fn reconcile<P>(&self, pending: &Pending, on_paid: P) -> Reconciled
    where
        P: AsyncFnOnce(&ConfirmedPayment, &str) -> Result<(), Failed>,
    {
        let recorded = pending.total_fee;
        let handling = match self.notify().begin_pending(pending).await {
            Ok(Start::Ours(handling)) => handling,
            Ok(Start::Done) => return Reconciled::HandedOver,
            Ok(Start::Busy) => return Reconciled::Busy,
            Ok(Start::Unpaid(state)) => return Reconciled::NotPaid(state),
            Ok(Start::NotDue) => return Reconciled::NotDue,
            Err(error) => return Reconciled::Failed { payment: None, error },
        };
        match hand_over(*handling, async |_| Ok(recorded), on_paid).await {
            (payment, Ok(())) => Reconciled::Delivered(Box::new(payment)),
            (payment, Err(error)) => Reconciled::Failed { payment: Some(Box::new(payment)), error },
        }
    }

    async fn begin_due(&self, pending: &Pending, pause: Duration) -> Result<Start, Error> {
        let asked = self.asked(pending);
        let store = &self.0.store;
        // No longer than a lease at first: if this process dies, the payment may not have been handed over, and another
        // process must ask again.
        if !store.add(&asked, &Secret::new("1"), pause.min(self.0.lease)).await? {
            return Ok(Start::NotDue);
        }
        let begun = self.begin_asked(pending).await;
        let kept = match &begun {
            // The next query is due at the next age.
            Ok(Start::Unpaid(_) | Start::Done) => store.put(&asked, &Secret::new("1"), pause).await,
            Ok(_) => Ok(()),
            Err(error) if is_answer(error) => store.put(&asked, &Secret::new("1"), pause).await,
            // There was no answer.
            Err(_) => store.delete(&asked).await,
        };
        // The result is valid all the same; at worst the order is queried once more.
        if let Err(error) = kept {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "order {}: the store did not keep that WeChat was asked for it",
                pending.out_trade_no
            );
        }
        begun
    }

    /// The key in the store for the last query of an order. Two sub-merchants may use the same number, so theirs is part of
    /// the key. So is the amount: an order that is recorded with another amount is queried again.
    fn asked(&self, Pending { out_trade_no, total_fee: Fen(fen), .. }: &Pending) -> String {
        let merchant = self.merchant();
        match &merchant.sub_mch_id {
            Some(sub) => format!("wxpaykit:asked:{}:{sub}:{out_trade_no}:{fen}", merchant.mch_id()),
            None => format!("wxpaykit:asked:{}:{out_trade_no}:{fen}", merchant.mch_id()),
        }
    }

    async fn begin_asked(&self, pending: &Pending) -> Result<Start, Error> {
        let reply = match self.query(&pending.out_trade_no).await? {
            Queried::Paid(reply) => *reply,
            Queried::NotPaid(state) => return Ok(Start::Unpaid(state)),
        };
        let payment = confirmed_by_query(reply, self.merchant(), &pending.out_trade_no, pending.total_fee)?;
        self.claim_confirmed(payment, false).await
    }

    async fn claim_confirmed(&self, payment: ConfirmedPayment, patient: bool) -> Result<Start, Error> {
        match self.claim(ledger::Kind::Payment, payment.transaction_id(), payment.out_trade_no(), patient).await? {
            Claimed::Ours(claim) => confirmed(claim, Ok(payment)).await,
            Claimed::HandedOver => Ok(Start::Done),
            Claimed::Busy => Ok(Start::Busy),
        }
    }

    /// Asks WeChat for an order until it is paid or closed, or until `within` is over. Returns the payment if the order is
    /// paid. With a `within` of zero it asks once. For a page that waits; [`WxPay::wait_and_hand_over`] ships goods too.
    ///
    /// # Errors
    /// `Mismatch` when another amount was paid, and the errors of the last `orderquery`.
    pub async fn wait_for_payment(
        &self,
        out_trade_no: &str,
        total_fee: Fen,
        within: Duration,
    ) -> Result<Option<ConfirmedPayment>, Error> {
        let end = Instant::now() + within.min(LONGEST_WAIT);
        let mut pauses = POLL.iter().chain(std::iter::repeat(&5));
        loop {
            let failed = match self.query(out_trade_no).await {
                Ok(Queried::Paid(reply)) => {
                    return confirmed_by_query(*reply, self.merchant(), out_trade_no, total_fee).map(Some);
                }
                Ok(Queried::NotPaid(state)) if is_over(&state) => return Ok(None),
                Ok(Queried::NotPaid(_)) => None,
                Err(error) if error.retry() == Retry::Never => return Err(error),
                Err(error) => Some(error),
            };
            let pause = Duration::from_secs(*pauses.next().unwrap_or(&5));
            if Instant::now() + pause >= end {
                return failed.map_or(Ok(None), Err);
            }
            tokio::time::sleep(pause).await;
        }
    }

    /// As [`WxPay::wait_for_payment`], and hands the payment over before it returns it, once, as
    /// [`Notify::handle`](super::Notify::handle) does, whichever of the two is first. If another task or process is handing it
    /// over, it waits up to three seconds for that, and then returns the payment, which is paid in any case.
    ///
    /// # Errors
    /// As [`WxPay::wait_for_payment`]; `Store`; `Handler` with the error of `on_paid`, after which another call may try again.
    pub async fn wait_and_hand_over<P>(
        &self,
        out_trade_no: &str,
        total_fee: Fen,
        within: Duration,
        on_paid: P,
    ) -> Result<Option<ConfirmedPayment>, Error>
    where
        P: AsyncFnOnce(&ConfirmedPayment, &str) -> Result<(), Failed>,
    {
        let Some(payment) = self.wait_for_payment(out_trade_no, total_fee, within).await? else { return Ok(None) };
        if let Start::Ours(handling) = self.notify().begin_confirmed(payment.clone()).await? {
            let (_, ended) = hand_over(*handling, async |_| Ok(total_fee), on_paid).await;
            ended?;
        }
        Ok(Some(payment))
    }

    async fn query(&self, out_trade_no: &str) -> Result<Queried, Error> {
        let reply = self.orderquery(Orderquery::new().out_trade_no(out_trade_no)).await?;
        let state = reply.trade_state();
        // A refund follows a payment, but the payment was not handed over: the merchant decides.
        Ok(match state {
            TradeState::Success => Queried::Paid(Box::new(reply)),
            _ => Queried::NotPaid(reply.fields().get("trade_state").unwrap_or_default().to_owned()),
        })
    }
}

impl Notify<'_> {
    /// The first half of [`WxPay::reconcile`], for callers that hand over by themselves: asks WeChat for the order and, when it is
    /// paid, claims the payment. After three orders in a row without an answer, no order is asked for during ten seconds: they
    /// are [`Start::NotDue`].
    ///
    /// # Errors
    /// `Mismatch`, `Store`, and the errors of `orderquery`.
    pub async fn begin_pending(&self, pending: &Pending) -> Result<Start, Error> {
        // The number becomes part of a key in the store.
        check(Orderquery::ENDPOINT, "out_trade_no", &Value::Text(pending.out_trade_no.as_str().into()))?;
        let Some(pause) = ledger::ask_again_in(now().saturating_sub(pending.created)) else { return Ok(Start::NotDue) };
        if self.0.0.breaker.is_open() {
            return Ok(Start::NotDue);
        }
        let begun = self.0.begin_due(pending, pause).await;
        match &begun {
            Err(error) if matches!(error.kind(), Kind::Transport { .. } | Kind::Store { .. }) => {
                self.0.0.breaker.record(Answer::None);
            }
            // No request was sent.
            Ok(Start::NotDue) => {}
            _ => self.0.0.breaker.record(Answer::Some),
        }
        begun
    }

    /// The second half of [`WxPay::wait_and_hand_over`], for callers that hand over by themselves: claims a payment that WeChat
    /// confirmed.
    ///
    /// # Errors
    /// `Store`.
    pub async fn begin_confirmed(&self, payment: ConfirmedPayment) -> Result<Start, Error> {
        self.0.claim_confirmed(payment, true).await
    }
}

enum Queried {
    Paid(Box<OrderqueryReply>),
    NotPaid(String),
}

/// Whether the error is WeChat's answer for this order, which a second query would repeat: the order is unknown, or it has
/// another amount.
fn is_answer(error: &Error) -> bool {
    // Other mismatches belong to a reply for another order or merchant.
    error.meaning() == Some(Meaning::NotFound) || error.is(ErrorCode::TotalFeeMismatch)
}

/// States after which an order is not paid any more.
fn is_over(state: &str) -> bool {
    matches!(state, "CLOSED" | "REVOKED" | "REFUND" | "PAYERROR")
}
