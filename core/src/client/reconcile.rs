//! Pending orders and refunds, asked for without a notification and handed over.

use super::handling::Handling;
use super::inner::WxPay;
use super::notify::{HandlerError, hand_over, hand_over_result};
use super::pending::AT_ONCE;
use super::start::{Start, not_taken};
use crate::error::Error;
use crate::flow::{Item, Pending, PendingRefund, PendingTransfer};
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer};

/// The result for a pending order, or another pending thing.
#[derive(Debug)]
pub enum Reconciled<T = ConfirmedPayment> {
    /// It has its result, and this call handed it over: an order is paid.
    Delivered(Box<T>),
    /// It had been handed over before.
    HandedOver,
    /// It has its result, and another task or process is handing it over.
    Busy,
    /// For orders: it is not paid; WeChat's `trade_state`. `NOTPAY` and `USERPAYING` may become a payment. `REFUND` says that it was
    /// paid and refunded before it was handed over.
    NotPaid(String),
    /// For refunds and transfers: it has no result yet; WeChat's `refund_status`, or `state`.
    Processing(String),
    /// It is not time to ask WeChat for it: it is too young, or it was asked for at this age.
    NotDue {
        /// When it will be asked for, in seconds since 1970; `None` after the answer to the last question. If another call asks for it, or it
        /// was not handed over, this is at most one lease away.
        next_due: Option<i64>,
    },
    /// It is too old, an order or a transfer after eight days and a refund after a month, and is not asked for any more.
    TooOld,
    /// It could not be asked for, or not be handed over; it is tried again.
    Failed {
        /// The payment or the refund, if it has its result.
        item: Option<Box<T>>,
        /// The reason.
        error: Error,
    },
}

/// The result for a pending refund.
pub type ReconciledRefund = Reconciled<ConfirmedRefund>;

/// The result for a pending transfer.
pub type ReconciledTransfer = Reconciled<ConfirmedTransfer>;

impl WxPay {
    /// Asks WeChat for the state of an order without a notification, at the ages of its [`SCHEDULE`](Item::SCHEDULE) and once for all
    /// processes that share the store. A paid order is handed over as by [`Handler::handle`](super::Handler::handle).
    pub async fn reconcile<P>(&self, pending: &Pending, on_paid: P) -> Reconciled
    where
        P: AsyncFnOnce(ConfirmedPayment, String) -> Result<(), HandlerError>,
    {
        let begun = self.notify().begin_pending(pending).await;
        reconciled(begun, pending.total_fee, on_paid).await
    }

    /// [`WxPay::reconcile`] for several orders: the results, in the order of `pending`. Eight orders are asked for at the same time;
    /// `on_paid` runs for one payment at a time.
    ///
    /// When the future is dropped, the payment whose `on_paid` ran is free again when its lease ends, and the others at once.
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
    pub async fn reconcile_all<P, R>(&self, pending: Vec<Pending>, mut on_paid: P) -> Vec<Reconciled>
    where
        P: FnMut(ConfirmedPayment, String) -> R,
        R: Future<Output = Result<(), HandlerError>>,
    {
        let mut results = Vec::with_capacity(pending.len());
        // A claim is renewed until its payment is handed over, so no more are claimed than are handed over next.
        for orders in pending.chunks(AT_ONCE as usize) {
            let begun = self.notify().begin_all_pending(orders.to_vec()).await;
            for (begun, order) in begun.into_iter().zip(orders) {
                results
                    .push(reconciled(begun, order.total_fee, async |payment, key| on_paid(payment, key).await).await);
            }
        }
        results
    }

    /// Asks WeChat for the result of a refund without a notification, at the ages of its [`SCHEDULE`](Item::SCHEDULE) and once for all
    /// processes that share the store. A result is handed over as by [`Handler::handle`](super::Handler::handle).
    pub async fn reconcile_refund<R, F>(
        &self,
        pending: &PendingRefund,
        on_refunded: R,
        on_refund_failed: F,
    ) -> ReconciledRefund
    where
        R: AsyncFnOnce(ConfirmedRefund, String) -> Result<(), HandlerError>,
        F: AsyncFnOnce(ConfirmedRefund, String) -> Result<(), HandlerError>,
    {
        match ours(self.notify().begin_pending_refund(pending, true).await) {
            Ok(handling) => ended(hand_over_result(*handling, on_refunded, on_refund_failed).await),
            Err(reconciled) => reconciled,
        }
    }

    /// Asks WeChat for the result of a transfer without a notification, at the ages of its [`SCHEDULE`](Item::SCHEDULE) and once for all
    /// processes that share the store. A result is handed over as by [`Handler::handle`](super::Handler::handle).
    pub async fn reconcile_transfer<T, F>(
        &self,
        pending: &PendingTransfer,
        on_transferred: T,
        on_transfer_failed: F,
    ) -> ReconciledTransfer
    where
        T: AsyncFnOnce(ConfirmedTransfer, String) -> Result<(), HandlerError>,
        F: AsyncFnOnce(ConfirmedTransfer, String) -> Result<(), HandlerError>,
    {
        match ours(self.notify().begin_pending_transfer(pending, true).await) {
            Ok(handling) => ended(hand_over_result(*handling, on_transferred, on_transfer_failed).await),
            Err(reconciled) => reconciled,
        }
    }
}

/// The result for an order, after its payment was handed over if this process claimed it.
async fn reconciled<P>(start: Result<Start, Error>, recorded: Fen, on_paid: P) -> Reconciled
where
    P: AsyncFnOnce(ConfirmedPayment, String) -> Result<(), HandlerError>,
{
    match ours(start) {
        Ok(handling) => {
            let compared = handling.check(recorded);
            ended(hand_over(*handling, compared, on_paid).await)
        }
        Err(reconciled) => reconciled,
    }
}

/// The thing that this process has to hand over; the result when there is none.
fn ours<T: Item>(start: Result<Start<T>, Error>) -> Result<Box<Handling<T>>, Reconciled<T>> {
    Err(match start {
        Ok(Start::Ours(handling)) => return Ok(handling),
        Ok(Start::Done) => Reconciled::HandedOver,
        Ok(Start::Busy) => Reconciled::Busy,
        Ok(Start::Unpaid(state)) => Reconciled::NotPaid(state),
        Ok(Start::Processing(state)) => Reconciled::Processing(state),
        Ok(Start::Failed(item)) => {
            let error = not_taken(&*item);
            Reconciled::Failed { item: Some(item), error }
        }
        Ok(Start::NotDue(next_due)) => Reconciled::NotDue { next_due },
        Ok(Start::TooOld) => Reconciled::TooOld,
        Err(error) => Reconciled::Failed { item: None, error },
    })
}

fn ended<T: Item>((item, ended): (T, Result<(), Error>)) -> Reconciled<T> {
    match ended {
        Ok(()) => Reconciled::Delivered(Box::new(item)),
        Err(error) => Reconciled::Failed { item: Some(Box::new(item)), error },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;
    use crate::table::row::Document as _;

    #[test]
    fn a_refund_that_failed_and_that_nobody_takes_is_a_failure() {
        let fields: Fields = [("out_trade_no", "A1"), ("refund_status", "REFUNDCLOSE")].into_iter().collect();
        let found = ours(Ok(Start::Failed(Box::new(ConfirmedRefund::from_fields(fields))))).unwrap_err();
        let Reconciled::Failed { item: Some(refund), error } = found else { panic!("{found:?}") };
        assert_eq!((refund.out_trade_no(), error.out_trade_no()), ("A1", Some("A1")));
        assert!(error.to_string().contains("there is no function for failed refunds"), "{error}");
    }
}
