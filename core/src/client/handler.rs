//! The merchant's functions for notifications, each by its name, and the way of a notification to one of them.

use std::fmt;
use std::pin::Pin;

use super::handling::{Handled, HandledItem, HandledState, Handling};
use super::notify::{CombinedStart, HandlerError, Notify, hand_over, merchants, of_no_kind};
use super::start::{Start, not_taken};
use crate::error::Error;
use crate::money::Fen;
use crate::notify::{
    CombinedNotification, ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, Incoming, Notice, of_sub_merchant,
};
use crate::v3::notification::V3Notification;

/// The merchant's functions for notifications; [`Notify::handler`] makes one. Only notifications that have a function are taken.
///
/// A function may borrow: `async |payment, key| shop.ship(&payment, &key).await`. One that owns what it uses copies it for each run:
/// `move |payment, key| { let shop = shop.clone(); async move { … } }`.
#[must_use]
pub struct Handler<'f> {
    notify: Notify<'f>,
    payments: Functions<'f, ConfirmedPayment>,
    refunds: Functions<'f, ConfirmedRefund>,
    transfers: Functions<'f, ConfirmedTransfer>,
    on_other: Option<Function<'f, V3Notification, ()>>,
}

/// A [`Handler`] that knows the recorded amounts; [`HandlerWithAmounts::on_paid`] completes it.
#[derive(Debug)]
#[must_use]
pub struct HandlerWithAmounts<'f>(Handler<'f>);

/// The functions for one kind of things. A further kind is one more of these in [`Handler`], with its setters.
struct Functions<'f, T> {
    /// The amount that the merchant recorded, for payments.
    amount_of: Option<Function<'f, T, Fen>>,
    on_success: Option<Function<'f, (T, String), ()>>,
    on_failure: Option<Function<'f, (T, String), ()>>,
}

type Function<'f, A, R> = Box<dyn FnMut(A) -> Running<'f, R> + Send + 'f>;

type Running<'f, R> = Pin<Box<dyn Future<Output = Result<R, HandlerError>> + Send + 'f>>;

impl<'a> Notify<'a> {
    /// The merchant's functions for notifications. Name those that you have, then [`Handler::handle`] the notification:
    ///
    /// ```no_run
    /// # async fn notified(merchant: wxpaykit::MerchantOptions, body: &[u8]) -> Result<(u16, String), wxpaykit::Error> {
    /// use wxpaykit::v3::Headers;
    /// use wxpaykit::{Fen, Incoming, Options, WxPay};
    ///
    /// let options = Options::new(merchant)
    ///     .endpoints("http://127.0.0.1:8700") // an emulator; leave it out for WeChat
    ///     .store("memory:"); // sqlite:///… and redis://… are features of this crate; for one process memory does
    /// let pay = WxPay::new(options)?;
    /// let headers = Headers::read([("Wechatpay-Serial", "PUB_KEY_ID_…")]); // all headers of the request; of axum: Headers::from(&headers)
    /// let handled = pay
    ///     .notify()
    ///     .handler()
    ///     .amount_of(async |_payment| Ok(Fen(100))) // what was recorded for payment.out_trade_no()
    ///     .on_paid(async |payment, key| {
    ///         println!("ship {} ({key})", payment.out_trade_no());
    ///         Ok(())
    ///     })
    ///     .on_refunded(async |refund, key| {
    ///         println!("refunded {} ({key})", refund.out_refund_no());
    ///         Ok(())
    ///     })
    ///     .handle(Incoming::new(body, &headers))
    ///     .await;
    /// if let Some(error) = &handled.error {
    ///     eprintln!("{error}");
    ///     // What a function of yours failed with.
    ///     error.causes().for_each(|cause| eprintln!("  {cause}"));
    /// }
    /// Ok((handled.status, handled.answer))
    /// # }
    /// ```
    pub fn handler<'f>(self) -> Handler<'f>
    where
        'a: 'f,
    {
        Handler {
            notify: self,
            payments: Functions::none(),
            refunds: Functions::none(),
            transfers: Functions::none(),
            on_other: None,
        }
    }
}

impl<'f> Handler<'f> {
    /// Says the amount that the merchant recorded for the order of a payment, in fen. [`HandlerWithAmounts::on_paid`] follows.
    pub fn amount_of<F, R>(mut self, mut amount_of: F) -> HandlerWithAmounts<'f>
    where
        F: FnMut(ConfirmedPayment) -> R + Send + 'f,
        R: Future<Output = Result<Fen, HandlerError>> + Send + 'f,
    {
        self.payments.amount_of = Some(Box::new(move |payment| Box::pin(amount_of(payment))));
        HandlerWithAmounts(self)
    }

    /// Runs once for each refund that succeeded, with its idempotency key. The refund is confirmed by `refundquery` or `v3.refund_query`.
    /// Without this function, the notification of a refund is refused, and WeChat sends it again.
    pub fn on_refunded<F, R>(mut self, on_refunded: F) -> Self
    where
        F: FnMut(ConfirmedRefund, String) -> R + Send + 'f,
        R: Future<Output = Result<(), HandlerError>> + Send + 'f,
    {
        self.refunds.on_success = boxed(on_refunded);
        self
    }

    /// Runs once for each refund that WeChat closed (`REFUNDCLOSE`) or that the customer's card does not take (`CHANGE`). It needs
    /// `on_refunded`. Without this function, such a refund is [`HandledState::RefundFailed`], and WeChat does not send it again.
    pub fn on_refund_failed<F, R>(mut self, on_refund_failed: F) -> Self
    where
        F: FnMut(ConfirmedRefund, String) -> R + Send + 'f,
        R: Future<Output = Result<(), HandlerError>> + Send + 'f,
    {
        self.refunds.on_failure = boxed(on_refund_failed);
        self
    }

    /// Runs once for each transfer that the customer has, with its idempotency key. The transfer is confirmed by `v3.transfer_query`. Without
    /// this function, the notification of a transfer goes to `on_other`.
    pub fn on_transferred<F, R>(mut self, on_transferred: F) -> Self
    where
        F: FnMut(ConfirmedTransfer, String) -> R + Send + 'f,
        R: Future<Output = Result<(), HandlerError>> + Send + 'f,
    {
        self.transfers.on_success = boxed(on_transferred);
        self
    }

    /// Runs once for each transfer that failed or was cancelled. It needs `on_transferred`. Without this function, such a transfer is
    /// [`HandledState::TransferFailed`], and WeChat does not send it again.
    pub fn on_transfer_failed<F, R>(mut self, on_transfer_failed: F) -> Self
    where
        F: FnMut(ConfirmedTransfer, String) -> R + Send + 'f,
        R: Future<Output = Result<(), HandlerError>> + Send + 'f,
    {
        self.transfers.on_failure = boxed(on_transfer_failed);
        self
    }

    /// Takes every other notification of APIv3, such as of profit sharing. It is verified and decrypted, and that is all: WeChat is not
    /// asked, and it is not recorded that the function ran. It runs each time that WeChat sends the notification, until it once returns `Ok`.
    pub fn on_other<F, R>(mut self, mut on_other: F) -> Self
    where
        F: FnMut(V3Notification) -> R + Send + 'f,
        R: Future<Output = Result<(), HandlerError>> + Send + 'f,
    {
        self.on_other = Some(Box::new(move |notification| Box::pin(on_other(notification))));
        self
    }

    /// Handles a notification completely: verifies it, asks WeChat, compares, runs the function for it, and says what to answer.
    ///
    /// Notifications of both APIs may come to one address: give an [`Incoming`] with the headers of the request, which APIv3 signs.
    ///
    /// # Errors
    /// Nothing it meets is an `Err`: `Handled` has the answer for WeChat in any case, and the error.
    pub async fn handle<'b>(mut self, notification: impl Into<Incoming<'b>>) -> Handled {
        let incoming = notification.into();
        let handled = self.handled(incoming).await.unwrap_or_else(Handled::failed);
        handled.answering(incoming)
    }

    async fn handled(&mut self, incoming: Incoming<'_>) -> Result<Handled, Error> {
        self.refunds.check(("on_refund_failed", "on_refunded"))?;
        self.transfers.check(("on_transfer_failed", "on_transferred"))?;
        let notice = self.notify.open(incoming).await?;
        if self.payments.on_success.is_some() && CombinedNotification::is_notified_by(&notice) {
            return self.combined(&notice).await;
        }
        if self.payments.take(&notice) {
            return self.payments.handle(self.notify, &notice).await;
        }
        if self.refunds.take(&notice) {
            return self.refunds.handle(self.notify, &notice).await;
        }
        if self.transfers.take(&notice) {
            return self.transfers.handle(self.notify, &notice).await;
        }
        match (of_no_kind(notice), &mut self.on_other) {
            (Ok(other), Some(on_other)) => {
                of_sub_merchant(&other, self.notify.0.merchant())?;
                let ended = on_other(other.clone()).await.map_err(merchants);
                Ok(Handled::other(other, ended))
            }
            (Ok(other), None) => Err(self.untaken(&Notice::V3(Box::new(other)))),
            (Err(notice), _) => Err(self.untaken(&notice)),
        }
    }

    /// Hands over the payments of a combined order, one after the other. One that fails does not stop the others.
    async fn combined(&mut self, notice: &Notice<'_>) -> Result<Handled, Error> {
        let CombinedStart { combine_out_trade_no, parts } = self.notify.begin_combined(notice).await?;
        let mut handled = Vec::with_capacity(parts.len());
        for (start, number) in parts {
            handled.push(match start {
                Ok(start) => self.payments.handed_over(start, number).await,
                Err(error) => Handled::failed(error.about(&number)),
            });
        }
        Ok(Handled::combined(combine_out_trade_no, handled))
    }

    /// The error for a notification that no function takes. It says which function would.
    fn untaken(&self, notice: &Notice<'_>) -> Error {
        const PAYMENTS: &str = "there is no function for payments: use amount_of and on_paid";
        if CombinedNotification::is_notified_by(notice) {
            return match CombinedNotification::of(notice, self.notify.0.merchant()) {
                Ok(combined) => Error::handler(PAYMENTS).about(combined.combine_out_trade_no()),
                Err(error) => error,
            };
        }
        match self.notify.parse_notice::<ConfirmedPayment>(notice) {
            Ok(payment) => payment.named(Error::handler(PAYMENTS)),
            Err(error) => error,
        }
    }
}

impl<'f> HandlerWithAmounts<'f> {
    /// Runs once for each payment, with its idempotency key, whatever WeChat repeats or sends twice at once; see [`Handling`]. The
    /// notification of a combined order tells of several payments: it runs for each part, and [`Handled::parts`] has their results.
    pub fn on_paid<F, R>(mut self, on_paid: F) -> Handler<'f>
    where
        F: FnMut(ConfirmedPayment, String) -> R + Send + 'f,
        R: Future<Output = Result<(), HandlerError>> + Send + 'f,
    {
        self.0.payments.on_success = boxed(on_paid);
        self.0
    }
}

impl<T: HandledItem> Functions<'_, T> {
    fn none() -> Self {
        Self { amount_of: None, on_success: None, on_failure: None }
    }

    /// Refuses a function for failures that would never run.
    fn check(&self, (name, needed): (&'static str, &'static str)) -> Result<(), Error> {
        match self.on_success.is_none() && self.on_failure.is_some() {
            true => Err(Error::invalid(name, format!("would never run: it is given without {needed}"))),
            false => Ok(()),
        }
    }

    /// Whether there is a function for this notification.
    fn take(&self, notice: &Notice<'_>) -> bool {
        self.on_success.is_some() && T::is_notified_by(notice)
    }

    /// Confirms and claims the thing of a notification, and runs the function for it.
    async fn handle(&mut self, notify: Notify<'_>, notice: &Notice<'_>) -> Result<Handled, Error> {
        let (start, number) = notify.begin_notice::<T>(notice, self.on_failure.is_some()).await?;
        Ok(self.handed_over(start, number).await)
    }

    /// The result for a thing, after its function ran if this call has to hand it over.
    async fn handed_over(&mut self, start: Start<T>, number: String) -> Handled {
        let handling = match start {
            Start::Ours(handling) => *handling,
            Start::Done => return Handled::left(HandledState::HandedOver, number),
            Start::Failed(item) => {
                let error = not_taken(&*item);
                return Handled::failed_item(*item, error);
            }
            _ => return Handled::left(HandledState::Busy, number),
        };
        let compared = self.compared(&handling).await;
        let is_success = handling.peek().is_success();
        let function = if is_success { &mut self.on_success } else { &mut self.on_failure };
        let run = async |item: T, key: String| match function {
            Some(function) => function((item, key)).await,
            None => Err(not_taken(&item).into()),
        };
        Handled::attempted(hand_over(handling, compared, run).await)
    }

    /// Compares with the amount that the merchant recorded.
    async fn compared(&mut self, handling: &Handling<T>) -> Result<(), Error> {
        let Some(amount_of) = &mut self.amount_of else { return Ok(()) };
        let recorded = amount_of(handling.peek().clone()).await.map_err(merchants)?;
        handling.check(recorded)
    }
}

fn boxed<'f, T, F, R>(mut function: F) -> Option<Function<'f, (T, String), ()>>
where
    F: FnMut(T, String) -> R + Send + 'f,
    R: Future<Output = Result<(), HandlerError>> + Send + 'f,
{
    Some(Box::new(move |(item, key)| Box::pin(function(item, key))))
}

impl fmt::Debug for Handler<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler").field("notify", &self.notify).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;
    use crate::table::row::Document as _;

    #[tokio::test]
    async fn a_refund_that_failed_and_that_no_function_takes_is_acknowledged_with_its_error() {
        let fields: Fields = [("out_trade_no", "A1"), ("refund_status", "REFUNDCLOSE")].into_iter().collect();
        let failed = Start::Failed(Box::new(ConfirmedRefund::from_fields(fields)));
        let handled = Functions::none().handed_over(failed, "A1".to_owned()).await.answering(b"<xml/>".into());
        assert_eq!((handled.state(), handled.out_trade_no()), (HandledState::RefundFailed, Some("A1")));
        assert!(handled.is_acknowledged() && handled.answer.contains("SUCCESS"), "{handled:?}");
        assert!(handled.refund.is_some() && !handled.delivered);
        assert!(handled.error.unwrap().to_string().contains("there is no function for failed refunds"));
        let busy = Functions::none().handed_over(Start::<ConfirmedPayment>::Busy, "A1".to_owned()).await;
        assert_eq!((busy.state(), busy.error.is_none(), busy.is_acknowledged()), (HandledState::Busy, true, false));
    }
}
