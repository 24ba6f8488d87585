//! Notifications, verified, confirmed and handled.

use std::error::Error as StdError;
use std::sync::atomic::Ordering;

use super::claim::{Claim, Claimed};
use super::handling::{Handled, HandledState, Handling};
use super::inner::WxPay;
use super::start::{RefundStart, Start, not_taken};
use super::subject;
use crate::error::{Error, Kind};
use crate::flow::{Confirming, Item};
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, ConfirmedRefund, NativeQuestion, PaymentNotification, RefundNotification};

/// The functions of a client for notifications.
#[derive(Clone, Copy, Debug)]
pub struct Notify<'a>(pub(super) &'a WxPay);

/// The result of claiming the thing of a notification.
#[derive(Debug)]
pub enum Begun {
    /// It is about a payment.
    Payment {
        /// The result of claiming it.
        start: Start,
        /// The merchant's number of the order.
        out_trade_no: String,
    },
    /// It is about a refund.
    Refund {
        /// The result of claiming it.
        start: RefundStart,
        /// The merchant's number of the order.
        out_trade_no: String,
    },
}

/// A claimed thing, and the merchant's number of its order.
type StartAndNumber<T> = (Start<T>, String);

/// The error of a merchant's function.
pub type Failed = Box<dyn StdError + Send + Sync>;

impl WxPay {
    /// Notifications.
    pub fn notify(&self) -> Notify<'_> {
        Notify(self)
    }
}

impl Notify<'_> {
    /// Verifies a notification's raw body: signature, appid and mch_id.
    ///
    /// # Errors
    /// `Signature` or `Mismatch`.
    pub fn parse(&self, body: &[u8]) -> Result<PaymentNotification, Error> {
        self.parse_item::<ConfirmedPayment>(body)
    }

    /// Reads a notification's raw body, and checks that it is WeChat's and this merchant's: for a payment as [`Notify::parse`], for a refund
    /// as [`Notify::parse_refund`].
    ///
    /// # Errors
    /// `Signature` or `Mismatch`.
    pub fn parse_item<T: Item>(&self, body: &[u8]) -> Result<T::Notification, Error> {
        let parsed = T::parse(body, self.0.merchant(), || self.0.0.searches.take());
        match parsed {
            Ok(parsed) => {
                self.0.0.verified.store(true, Ordering::Relaxed);
                Ok(parsed)
            }
            Err(error) => {
                let explained = match error.kind() {
                    Kind::Signature { explanation } => Some(self.0.of_known_key((**explanation).clone())),
                    _ => None,
                };
                Err(match explained {
                    Some(explanation) => error.explained(explanation),
                    None => error,
                })
            }
        }
    }

    /// Verifies WeChat's question for an order, after a customer scanned a permanent code (扫码支付模式一). Make a NATIVE order with its
    /// `product_id` and `openid`, and answer with [`WxPay::native_answer`] within five seconds.
    ///
    /// # Errors
    /// `Signature` or `Mismatch`.
    pub fn parse_native(&self, body: &[u8]) -> Result<NativeQuestion, Error> {
        NativeQuestion::parse_searching(body, self.0.merchant(), || self.0.0.searches.take())
    }

    /// Verifies a notification's raw body, asks WeChat for the order, and compares: appid, mch_id, out_trade_no,
    /// transaction_id, total_fee, and that the order is paid.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and the errors of `orderquery`.
    pub async fn confirm(&self, body: &[u8]) -> Result<ConfirmedPayment, Error> {
        self.confirm_item(body).await
    }

    /// Reads a notification's raw body, asks WeChat, and compares: for a payment as [`Notify::confirm`], for a refund as
    /// [`Notify::confirm_refund`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and the errors of the call that confirms it.
    pub async fn confirm_item<T: Item>(&self, body: &[u8]) -> Result<T, Error> {
        let confirm = Confirming::of(self.parse_item::<T>(body)?);
        let out_trade_no = confirm.out_trade_no().to_owned();
        self.ask(confirm).await.map_err(|error| error.about(&out_trade_no))
    }

    /// Handles a notification completely: verifies it, asks WeChat, compares with the amount that `amount_of` says the
    /// merchant recorded for the order, runs `on_paid` once for each payment whatever WeChat repeats or sends twice at once,
    /// and says what to answer. `on_paid` gets the payment and its idempotency key; see [`Handling`].
    ///
    /// Nothing it meets is an `Err`: `Handled` has the answer for WeChat in any case, and the error.
    ///
    /// ```no_run
    /// # async fn notified(merchant: wxpaykit::MerchantOptions, body: &[u8]) -> Result<String, wxpaykit::Error> {
    /// use wxpaykit::{Fen, Options, WxPay};
    ///
    /// let options = Options::new(merchant)
    ///     .endpoints("http://127.0.0.1:8700") // an emulator; leave it out for WeChat
    ///     .store("memory:"); // sqlite:///… and redis://… are features of this crate; for one process memory does
    /// let pay = WxPay::new(options)?;
    /// let handled = pay
    ///     .notify()
    ///     .handle(
    ///         body,
    ///         async |_payment| Ok(Fen(100)), // what was recorded for payment.out_trade_no()
    ///         async |payment, key| {
    ///             println!("ship {} ({key})", payment.out_trade_no());
    ///             Ok(())
    ///         },
    ///     )
    ///     .await;
    /// if let Some(error) = &handled.error {
    ///     eprintln!("{error}");
    /// }
    /// Ok(handled.answer) // with HTTP status 200
    /// # }
    /// ```
    pub async fn handle<A, P>(&self, body: &[u8], amount_of: A, on_paid: P) -> Handled
    where
        A: AsyncFnOnce(&ConfirmedPayment) -> Result<Fen, Failed>,
        P: AsyncFnOnce(&ConfirmedPayment, &str) -> Result<(), Failed>,
    {
        match self.begin_item::<ConfirmedPayment>(body, true).await {
            Ok((Start::Ours(handling), _)) => {
                let compared = compared(&handling, amount_of).await;
                Handled::payment(hand_over(*handling, compared, on_paid).await)
            }
            Ok(start) => left(start),
            Err(error) => Handled::failed(error),
        }
    }

    /// Decrypts the raw body of a refund notification, and checks appid and mch_id. It is not signed: this does not prove a refund.
    ///
    /// # Errors
    /// `Signature` or `Mismatch`.
    pub fn parse_refund(&self, body: &[u8]) -> Result<RefundNotification, Error> {
        self.parse_item::<ConfirmedRefund>(body)
    }

    /// Decrypts the raw body of a refund notification, asks WeChat for the refund, and compares: appid, mch_id, the numbers of order and
    /// refund, and the amounts. The result of the refund is WeChat's answer: look at `refund_status`.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and the errors of `refundquery`.
    pub async fn confirm_refund(&self, body: &[u8]) -> Result<ConfirmedRefund, Error> {
        self.confirm_item(body).await
    }

    /// As [`Notify::handle`], for notifications of payments and of refunds at one address. A refund is confirmed by `refundquery`. Then
    /// `on_refunded` runs once for each refund that succeeded, and `on_refund_failed` once for each that WeChat closed
    /// (`REFUNDCLOSE`) or that the customer's card does not take (`CHANGE`).
    ///
    /// # Errors
    /// As for [`Notify::handle`], `Handled` has the answer for WeChat and the error.
    pub async fn handle_with_refunds<A, P, R, F>(
        &self,
        body: &[u8],
        amount_of: A,
        on_paid: P,
        on_refunded: R,
        on_refund_failed: F,
    ) -> Handled
    where
        A: AsyncFnOnce(&ConfirmedPayment) -> Result<Fen, Failed>,
        P: AsyncFnOnce(&ConfirmedPayment, &str) -> Result<(), Failed>,
        R: AsyncFnOnce(&ConfirmedRefund, &str) -> Result<(), Failed>,
        F: AsyncFnOnce(&ConfirmedRefund, &str) -> Result<(), Failed>,
    {
        if !ConfirmedRefund::is_notified_by(body) {
            return self.handle(body, amount_of, on_paid).await;
        }
        match self.begin_item::<ConfirmedRefund>(body, true).await {
            Ok((Start::Ours(handling), _)) => {
                Handled::refund(hand_over_result(*handling, on_refunded, on_refund_failed).await)
            }
            Ok(start) => left(start),
            Err(error) => Handled::failed(error),
        }
    }

    /// The first half of [`Notify::handle_with_refunds`], for callers that hand over by themselves. Without `failures`, a refund that
    /// failed is [`Start::Failed`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `orderquery` and `refundquery`.
    pub async fn begin_any(&self, body: &[u8], failures: bool) -> Result<Begun, Error> {
        if ConfirmedRefund::is_notified_by(body) {
            let (start, out_trade_no) = self.begin_item(body, failures).await?;
            return Ok(Begun::Refund { start, out_trade_no });
        }
        let (start, out_trade_no) = self.begin_item(body, failures).await?;
        Ok(Begun::Payment { start, out_trade_no })
    }

    /// Confirms and claims the refund of a notification. Without `failures`, a refund that failed is [`Start::Failed`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `refundquery`.
    pub async fn begin_refund(&self, body: &[u8], failures: bool) -> Result<RefundStart, Error> {
        self.begin_item(body, failures).await.map(|(start, _)| start)
    }

    /// The first half of [`Notify::handle`], for programs that hand the payment over in code of their own.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `orderquery`.
    pub async fn begin(&self, body: &[u8]) -> Result<Start, Error> {
        self.begin_item(body, true).await.map(|(start, _)| start)
    }

    /// Confirms and claims the thing of a notification of one kind, and returns the merchant's number of its order too. Without `failures`,
    /// one that failed is [`Start::Failed`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of the call that confirms it.
    pub async fn begin_item<T: Item>(&self, body: &[u8], failures: bool) -> Result<StartAndNumber<T>, Error> {
        let confirm = Confirming::<T>::of(self.parse_item::<T>(body)?);
        let out_trade_no = confirm.out_trade_no().to_owned();
        match self.begin_read(confirm, failures).await {
            Ok(start) => Ok((start, out_trade_no)),
            Err(error) => Err(error.about(&out_trade_no)),
        }
    }

    async fn begin_read<T: Item>(&self, confirm: Confirming<T>, failures: bool) -> Result<Start<T>, Error> {
        let (kind, id) = (confirm.kind(), confirm.id());
        if T::ENTRY_DEPENDS_ON_ANSWER {
            // A repeated notification needs no question.
            if self.0.is_handed_over(kind, id).await? {
                return Ok(Start::Done);
            }
            let item = self.ask(confirm).await?;
            return self.0.claim_confirmed(item, failures, true).await;
        }
        let claim = match self.0.claim(kind, id, confirm.out_trade_no(), true).await? {
            Claimed::Ours(claim) => claim,
            Claimed::HandedOver => return Ok(Start::Done),
            Claimed::Busy => return Ok(Start::Busy),
        };
        match self.ask(confirm).await {
            Ok(item) => confirmed(claim, item).await,
            Err(error) => {
                claim.give_back().await;
                Err(error)
            }
        }
    }

    async fn ask<T: Item>(&self, confirm: Confirming<T>) -> Result<T, Error> {
        let number = confirm.out_trade_no().to_owned();
        let reply = subject::about(&number, self.0.send(confirm.query())).await?;
        confirm.finish(reply, self.0.merchant())
    }
}

impl WxPay {
    /// Claims a confirmed thing. Without `failures`, one that failed is left alone. With `wait` it waits a little for another process that
    /// has the entry.
    pub(super) async fn claim_confirmed<T: Item>(
        &self,
        item: T,
        failures: bool,
        wait: bool,
    ) -> Result<Start<T>, Error> {
        if !failures && !item.is_success() {
            return Ok(Start::Failed(Box::new(item)));
        }
        match self.claim(item.kind(), item.id(), item.out_trade_no(), wait).await? {
            Claimed::Ours(claim) => confirmed(claim, item).await,
            Claimed::HandedOver => Ok(Start::Done),
            Claimed::Busy => Ok(Start::Busy),
        }
    }
}

/// Records that WeChat confirmed a claimed thing.
async fn confirmed<T: Item>(mut claim: Claim, item: T) -> Result<Start<T>, Error> {
    claim.confirm().await?;
    Ok(Start::Ours(Box::new(Handling::new(item, claim))))
}

/// The result for a notification whose thing this call does not hand over.
fn left<T: Item>((start, out_trade_no): StartAndNumber<T>) -> Handled {
    match start {
        Start::Done => Handled::left(HandledState::HandedOver, out_trade_no),
        Start::Failed(item) => Handled::failed(not_taken(&*item)),
        _ => Handled::left(HandledState::Busy, out_trade_no),
    }
}

/// Compares a payment with the amount that the merchant recorded.
async fn compared<A>(handling: &Handling, amount_of: A) -> Result<(), Error>
where
    A: AsyncFnOnce(&ConfirmedPayment) -> Result<Fen, Failed>,
{
    let recorded = amount_of(handling.payment()).await.map_err(merchants)?;
    handling.check(recorded)
}

/// Runs the merchant's function unless `compared` is an error. Records that it ran, or gives the thing back for the next attempt.
pub(super) async fn hand_over<T: Item, F>(
    handling: Handling<T>,
    compared: Result<(), Error>,
    function: F,
) -> (T, Result<(), Error>)
where
    F: AsyncFnOnce(&T, &str) -> Result<(), Failed>,
{
    let item = handling.item().clone();
    let ran = match compared {
        Ok(()) => function(&item, handling.idempotency_key()).await.map_err(merchants),
        Err(error) => Err(error),
    };
    let ended = match ran {
        Ok(()) => handling.finish().await,
        Err(error) => {
            handling.give_back().await;
            Err(error)
        }
    };
    (item, ended)
}

/// [`hand_over`] with the one of the merchant's functions that takes the result.
pub(super) async fn hand_over_result<T: Item, S, F>(
    handling: Handling<T>,
    on_success: S,
    on_failure: F,
) -> (T, Result<(), Error>)
where
    S: AsyncFnOnce(&T, &str) -> Result<(), Failed>,
    F: AsyncFnOnce(&T, &str) -> Result<(), Failed>,
{
    if handling.item().is_success() {
        hand_over(handling, Ok(()), on_success).await
    } else {
        hand_over(handling, Ok(()), on_failure).await
    }
}

fn merchants(failed: Failed) -> Error {
    Error::handler("the merchant's function failed; it may be tried again").because(failed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;
    use crate::table::row::Document as _;

    #[test]
    fn a_refund_that_failed_and_that_nobody_takes_is_not_acknowledged() {
        let fields: Fields = [("out_trade_no", "A1"), ("refund_status", "REFUNDCLOSE")].into_iter().collect();
        let failed = Start::Failed(Box::new(ConfirmedRefund::from_fields(fields)));
        let handled = left((failed, "A1".to_owned()));
        assert_eq!((handled.state(), handled.out_trade_no()), (HandledState::Failed, Some("A1")));
        assert!(!handled.is_acknowledged() && handled.answer.contains("FAIL"), "{handled:?}");
        let busy = left((Start::<ConfirmedPayment>::Busy, "A1".to_owned()));
        assert_eq!((busy.state(), busy.error.is_none()), (HandledState::Busy, true));
    }
}
