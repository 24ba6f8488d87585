//! Orders without a notification: the client asks WeChat for their state.

use std::time::Duration;

use tokio::time::Instant;

use super::claim::Claimed;
use super::handling::Start;
use super::inner::WxPay;
use super::notify::{Failed, Notify, confirmed, hand_over};
use super::pending::{AT_ONCE, Asked, Question, check_fee, check_number, side_by_side};
use super::questions::Freshness;
use crate::error::{Error, Retry};
use crate::flow::ledger;
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, confirmed_by_query};
use crate::table::row::{Call, Document};
use crate::v2::order::{Orderquery, OrderqueryReply, TradeState};

/// An order that the merchant has no payment of yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// The amount that the merchant recorded for it.
    pub total_fee: Fen,
    /// When the order was created, in seconds since 1970.
    pub created: i64,
    /// For service providers: the sub-merchant that it belongs to, when it is not the client's.
    pub sub_mch_id: Option<String>,
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
    /// It is not time to ask WeChat for it: it is too young, or it was asked for at this age.
    NotDue {
        /// When it will be asked for, in seconds since 1970; `None` when its last question was asked.
        next_due: Option<i64>,
    },
    /// It is older than eight days, and is not asked for any more.
    TooOld,
    /// It could not be asked for, or not be handed over; it is tried again.
    Failed {
        /// The payment, if the order is paid.
        payment: Option<Box<ConfirmedPayment>>,
        /// The reason.
        error: Error,
    },
}

/// The pauses between the queries of [`WxPay::wait_for_payment`], in seconds; the last one repeats.
const POLL: [u64; 6] = [1, 1, 2, 2, 3, 5];
/// The longest time to wait; a longer `within` counts as this.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 86_400);

impl WxPay {
    /// Asks WeChat for the state of an order without a notification, at the ages of [`ledger::ASK_AT`] and once for all
    /// processes that share the store. A paid order is handed over as by [`Notify::handle`](super::Notify::handle).
    pub async fn reconcile<P>(&self, pending: &Pending, on_paid: P) -> Reconciled
    where
        P: AsyncFnOnce(&ConfirmedPayment, &str) -> Result<(), Failed>,
    {
        let begun = self.notify().begin_pending(pending).await;
        reconciled(begun, pending.total_fee, on_paid).await
    }

    /// [`WxPay::reconcile`] for several orders: the results, in the order of `pending`. Eight orders are asked for at the same time;
    /// `on_paid` runs for one payment at a time.
    ///
    /// When the future is dropped, payments that were claimed and not handed over are free again when their leases end.
    ///
    /// ```no_run
    /// # async fn reconcile(pay: &wxpaykit::WxPay, open: Vec<wxpaykit::Pending>) {
    /// use wxpaykit::Reconciled;
    ///
    /// let numbers: Vec<_> = open.iter().map(|pending| pending.out_trade_no.clone()).collect();
    /// let results = pay
    ///     .reconcile_all(open, async |payment, key| {
    ///         println!("ship {} ({key})", payment.out_trade_no());
    ///         Ok(())
    ///     })
    ///     .await;
    /// for (number, result) in numbers.iter().zip(&results) {
    ///     if let Reconciled::Failed { error, .. } = result {
    ///         eprintln!("order {number}: {error}");
    ///     }
    /// }
    /// # }
    /// ```
    pub async fn reconcile_all<P>(&self, pending: Vec<Pending>, on_paid: P) -> Vec<Reconciled>
    where
        P: AsyncFn(&ConfirmedPayment, &str) -> Result<(), Failed>,
    {
        let mut results = Vec::with_capacity(pending.len());
        // A claim is renewed until its payment is handed over, so no more are claimed than are handed over next.
        for orders in pending.chunks(AT_ONCE) {
            let begun = self.notify().begin_all_pending(orders.to_vec()).await;
            for (begun, order) in begun.into_iter().zip(orders) {
                results.push(reconciled(begun, order.total_fee, &on_paid).await);
            }
        }
        results
    }

    /// Where the store keeps that an order was asked for.
    fn asked(&self, pending: &Pending) -> String {
        let merchant = self.merchant();
        let sub_mch_id = pending.sub_mch_id.as_deref().or(merchant.sub_mch_id.as_deref());
        self.0.keys.asked(merchant.mch_id(), sub_mch_id, &pending.out_trade_no, pending.total_fee)
    }

    async fn begin_asked(&self, pending: &Pending) -> Result<Start, Error> {
        let (number, sub_mch_id) = (&pending.out_trade_no, pending.sub_mch_id.as_deref());
        let reply = match self.query(number, sub_mch_id, Freshness::New).await? {
            Queried::Paid(reply) => *reply,
            Queried::NotPaid(state) => return Ok(Start::Unpaid(state)),
        };
        let payment = self.confirmed_order(reply, sub_mch_id, number, pending.total_fee)?;
        self.claim_confirmed(payment, false).await
    }

    fn confirmed_order(
        &self,
        reply: OrderqueryReply,
        sub_mch_id: Option<&str>,
        number: &str,
        recorded: Fen,
    ) -> Result<ConfirmedPayment, Error> {
        confirmed_by_query(reply, self.merchant(), sub_mch_id, number, recorded)
            .map_err(|error| error.at(Orderquery::ENDPOINT.name))
    }

    async fn claim_confirmed(&self, payment: ConfirmedPayment, patient: bool) -> Result<Start, Error> {
        match self.claim(ledger::ItemKind::Payment, payment.transaction_id(), payment.out_trade_no(), patient).await? {
            Claimed::Ours(claim) => confirmed(claim, Ok(payment)).await,
            Claimed::HandedOver => Ok(Start::Done),
            Claimed::Busy => Ok(Start::Busy),
        }
    }

    /// Asks WeChat for an order until it is paid, closed, or `within` is over; returns the payment when it is paid. With a
    /// `within` of zero it asks once; otherwise it asks a last time at the end of `within`. For a page that waits;
    /// [`WxPay::wait_and_hand_over`] ships goods too.
    ///
    /// One question at a time is asked for an order, and the callers of this client that wait for it share the answer, also one
    /// that failed. It is used again for about a second. The last question of a wait is another one if that answer is older than
    /// 0.2 seconds, and at most every half second: so an order is queried about three times a second at most, however many callers
    /// wait for it.
    ///
    /// # Errors
    /// `InvalidRequest` for a `total_fee` of less than one fen; `Mismatch` when another amount was paid, and the errors of the last
    /// `orderquery`.
    pub async fn wait_for_payment(
        &self,
        out_trade_no: &str,
        total_fee: Fen,
        within: Duration,
    ) -> Result<Option<ConfirmedPayment>, Error> {
        self.wait_for_payment_of(None, out_trade_no, total_fee, within).await
    }

    /// [`WxPay::wait_for_payment`] for an order of this sub-merchant, for service providers whose orders name it; `None` for the
    /// client's own.
    ///
    /// # Errors
    /// As [`WxPay::wait_for_payment`].
    pub async fn wait_for_payment_of(
        &self,
        sub_mch_id: Option<&str>,
        out_trade_no: &str,
        total_fee: Fen,
        within: Duration,
    ) -> Result<Option<ConfirmedPayment>, Error> {
        let end = Instant::now() + within.min(LONGEST_WAIT);
        let mut pauses = POLL.iter().chain(std::iter::repeat(&5));
        check_fee(Orderquery::ENDPOINT, "total_fee", total_fee)?;
        let (mut last, mut freshness) = (within.is_zero(), Freshness::Recent);
        loop {
            let failed = match self.query(out_trade_no, sub_mch_id, freshness).await {
                Ok(Queried::Paid(reply)) => {
                    return self.confirmed_order(*reply, sub_mch_id, out_trade_no, total_fee).map(Some);
                }
                Ok(Queried::NotPaid(state)) if is_over(&state) => return Ok(None),
                Ok(Queried::NotPaid(_)) => None,
                Err(error) if error.retry() == Retry::Never => return Err(error),
                Err(error) => Some(error),
            };
            let rest = end.saturating_duration_since(Instant::now());
            if last || rest.is_zero() {
                return failed.map_or(Ok(None), Err);
            }
            let pause = Duration::from_secs(*pauses.next().unwrap_or(&5));
            if pause >= rest {
                (last, freshness) = (true, Freshness::AtTheEnd);
            }
            tokio::time::sleep(pause.min(rest)).await;
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
        self.wait_and_hand_over_of(None, out_trade_no, total_fee, within, on_paid).await
    }

    /// [`WxPay::wait_and_hand_over`] for an order of this sub-merchant, for service providers whose orders name it; `None` for the
    /// client's own.
    ///
    /// # Errors
    /// As [`WxPay::wait_and_hand_over`].
    pub async fn wait_and_hand_over_of<P>(
        &self,
        sub_mch_id: Option<&str>,
        out_trade_no: &str,
        total_fee: Fen,
        within: Duration,
        on_paid: P,
    ) -> Result<Option<ConfirmedPayment>, Error>
    where
        P: AsyncFnOnce(&ConfirmedPayment, &str) -> Result<(), Failed>,
    {
        let waiting = self.wait_for_payment_of(sub_mch_id, out_trade_no, total_fee, within);
        let Some(payment) = waiting.await? else { return Ok(None) };
        if let Start::Ours(handling) = self.notify().begin_confirmed(payment.clone()).await? {
            let (_, ended) = hand_over(*handling, async |_| Ok(total_fee), on_paid).await;
            ended?;
        }
        Ok(Some(payment))
    }

    /// The order's state: an answer that is fresh enough, or a new one.
    async fn query(
        &self,
        out_trade_no: &str,
        sub_mch_id: Option<&str>,
        freshness: Freshness,
    ) -> Result<Queried, Error> {
        let mut query = Orderquery::new().out_trade_no(out_trade_no);
        if let Some(sub_mch_id) = sub_mch_id {
            query = query.sub_mch_id(sub_mch_id);
        }
        let order = format!("{} {out_trade_no}", sub_mch_id.unwrap_or_default());
        let asked = async { self.orderquery(query).await.map(|reply| reply.fields().clone()) };
        let reply = OrderqueryReply::from_fields(self.0.questions.answer(order, freshness, asked).await?);
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
        check_number(Orderquery::ENDPOINT, "out_trade_no", &pending.out_trade_no)?;
        check_fee(Orderquery::ENDPOINT, "total_fee", pending.total_fee)?;
        if let Some(sub_mch_id) = &pending.sub_mch_id {
            check_number(Orderquery::ENDPOINT, "sub_mch_id", sub_mch_id)?;
        }
        let question = Question {
            thing: "order",
            number: &pending.out_trade_no,
            created: pending.created,
            key: self.0.asked(pending),
            due: ledger::due,
            next_age: ledger::next_age,
        };
        self.0.ask_when_due(question, self.0.begin_asked(pending)).await
    }

    /// [`Notify::begin_pending`] for several orders at the same time: the results, in the order of `pending`. At most eight are
    /// asked for at once.
    pub async fn begin_all_pending(&self, pending: Vec<Pending>) -> Vec<Result<Start, Error>> {
        side_by_side(pending, |pending| {
            let pay = self.0.clone();
            async move { pay.notify().begin_pending(&pending).await }
        })
        .await
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

impl Asked for Start {
    fn not_due(next_due: Option<i64>) -> Self {
        Self::NotDue(next_due)
    }

    fn too_old() -> Self {
        Self::TooOld
    }

    fn is_not_due(&self) -> bool {
        matches!(self, Self::NotDue(_))
    }

    fn is_settled(&self) -> bool {
        matches!(self, Self::Unpaid(_) | Self::Done)
    }
}

/// The result for an order, after its payment was handed over if this process claimed it.
async fn reconciled<P>(begun: Result<Start, Error>, recorded: Fen, on_paid: P) -> Reconciled
where
    P: AsyncFnOnce(&ConfirmedPayment, &str) -> Result<(), Failed>,
{
    let handling = match begun {
        Ok(Start::Ours(handling)) => handling,
        Ok(Start::Done) => return Reconciled::HandedOver,
        Ok(Start::Busy) => return Reconciled::Busy,
        Ok(Start::Unpaid(state)) => return Reconciled::NotPaid(state),
        Ok(Start::NotDue(next_due)) => return Reconciled::NotDue { next_due },
        Ok(Start::TooOld) => return Reconciled::TooOld,
        Err(error) => return Reconciled::Failed { payment: None, error },
    };
    match hand_over(*handling, async |_| Ok(recorded), on_paid).await {
        (payment, Ok(())) => Reconciled::Delivered(Box::new(payment)),
        (payment, Err(error)) => Reconciled::Failed { payment: Some(Box::new(payment)), error },
    }
}

enum Queried {
    Paid(Box<OrderqueryReply>),
    NotPaid(String),
}

/// States after which an order is not paid any more.
fn is_over(state: &str) -> bool {
    matches!(state, "CLOSED" | "REVOKED" | "REFUND" | "PAYERROR")
}
