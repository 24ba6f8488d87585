//! Waiting for the payment of an order: WeChat is asked for it until it is paid.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use tokio::time::Instant;

use super::cautions;
use super::inner::WxPay;
use super::notify::{HandlerError, Notify, hand_over};
use super::pending::{check_fee, check_numbers};
use super::questions::Freshness;
use super::start::Start;
use crate::error::{Error, Retry};
use crate::flow::Pending;
use crate::flow::item::PendingAnswer;
use crate::money::Fen;
use crate::notify::ConfirmedPayment;
use crate::table::row::Call;
use crate::v2::order::Orderquery;
use crate::v3::combine::V3CombineQuery;

/// The pauses between the queries of [`WxPay::wait_for_payment`], in seconds; the last one repeats.
const POLL: [u64; 6] = [1, 1, 2, 2, 3, LAST_PAUSE];
const LAST_PAUSE: u64 = 5;
/// The longest time to wait; a longer `within` counts as this.
const LONGEST_WAIT: Duration = Duration::from_secs(365 * 86_400);

impl WxPay {
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
        let (out_trade_no, sub_mch_id) = (out_trade_no.to_owned(), sub_mch_id.map(str::to_owned));
        let order = Pending { out_trade_no, total_fee, created: 0, sub_mch_id, combine_out_trade_no: None };
        self.wait_for_pending(&order, within).await
    }

    /// [`WxPay::wait_for_payment`] for an order with all that [`Pending`] says of it, also a part of a combined order; `created` is not used. The
    /// parts of a combined order are paid at once: who waits for several of them shares each question.
    ///
    /// # Errors
    /// As [`WxPay::wait_for_payment`]; `Mismatch` also for a number that the combined order does not have.
    pub async fn wait_for_pending(&self, order: &Pending, within: Duration) -> Result<Option<ConfirmedPayment>, Error> {
        cautions::wait("within", within);
        let end = Instant::now() + within.min(LONGEST_WAIT);
        let mut pauses = POLL.iter().chain(std::iter::repeat(&LAST_PAUSE));
        check_fee(Orderquery::ENDPOINT, "total_fee", order.total_fee)?;
        if order.combine_out_trade_no.is_some() {
            // Of another order the query checks them.
            let at = |error: Error| error.at(V3CombineQuery::ENDPOINT.name);
            check_numbers::<ConfirmedPayment>(order, self.merchant()).map_err(at)?;
        }
        let sent = AtomicBool::new(false);
        let (mut last, mut freshness) = (within.is_zero(), Freshness::Recent);
        loop {
            let failed = match self.reply_about::<ConfirmedPayment>(order, freshness, &sent).await {
                Ok(reply) => match self.answer_of(order, reply)? {
                    PendingAnswer::Confirmed(payment) => return Ok(Some(payment)),
                    PendingAnswer::Unpaid(state) | PendingAnswer::Processing(state) if is_over(&state) => {
                        return Ok(None);
                    }
                    PendingAnswer::Unpaid(_) | PendingAnswer::Processing(_) => None,
                },
                // A refusal of APIv3 without a signature may come from anybody on the way.
                Err(error) if error.retry() == Retry::Never && error.verified() != Some(false) => return Err(error),
                Err(error) => Some(error),
            };
            let rest = end.saturating_duration_since(Instant::now());
            if last || rest.is_zero() {
                return failed.map_or(Ok(None), Err);
            }
            let pause = Duration::from_secs(*pauses.next().unwrap_or(&LAST_PAUSE));
            if pause >= rest {
                (last, freshness) = (true, Freshness::AtTheEnd);
            }
            tokio::time::sleep(pause.min(rest)).await;
        }
    }

    /// As [`WxPay::wait_for_payment`], and hands the payment over before it returns it, once, as
    /// [`Handler::handle`](super::Handler::handle) does, whichever of the two is first. If another task or process is handing it
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
        P: AsyncFnOnce(ConfirmedPayment, String) -> Result<(), HandlerError>,
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
        P: AsyncFnOnce(ConfirmedPayment, String) -> Result<(), HandlerError>,
    {
        let (out_trade_no, sub_mch_id) = (out_trade_no.to_owned(), sub_mch_id.map(str::to_owned));
        let order = Pending { out_trade_no, total_fee, created: 0, sub_mch_id, combine_out_trade_no: None };
        self.wait_for_pending_and_hand_over(&order, within, on_paid).await
    }

    /// [`WxPay::wait_and_hand_over`] for an order with all that [`Pending`] says of it, as [`WxPay::wait_for_pending`]. Of a combined order it
    /// hands this part over.
    ///
    /// # Errors
    /// As [`WxPay::wait_and_hand_over`].
    pub async fn wait_for_pending_and_hand_over<P>(
        &self,
        order: &Pending,
        within: Duration,
        on_paid: P,
    ) -> Result<Option<ConfirmedPayment>, Error>
    where
        P: AsyncFnOnce(ConfirmedPayment, String) -> Result<(), HandlerError>,
    {
        let Some(payment) = self.wait_for_pending(order, within).await? else { return Ok(None) };
        if let Start::Ours(handling) = self.notify().begin_confirmed(payment.clone()).await? {
            let compared = handling.check(order.total_fee);
            let (_, ended) = hand_over(*handling, compared, on_paid).await;
            ended?;
        }
        Ok(Some(payment))
    }
}

impl Notify<'_> {
    /// The second half of [`WxPay::wait_and_hand_over`], for callers that hand over by themselves: claims a payment that WeChat
    /// confirmed.
    ///
    /// # Errors
    /// `Store`.
    pub async fn begin_confirmed(&self, payment: ConfirmedPayment) -> Result<Start, Error> {
        self.0.claim_confirmed(payment, true, self.0.patience()).await
    }
}

/// States after which an order is not paid any more.
fn is_over(state: &str) -> bool {
    matches!(state, "CLOSED" | "REVOKED" | "REFUND" | "PAYERROR")
}
