//! Notifications, verified, confirmed and handled.

use std::error::Error as StdError;
use std::sync::atomic::Ordering;

use super::claim::{Claim, Claimed};
use super::handling::{Handled, HandledState, Handling, RefundStart, Start};
use super::inner::WxPay;
use super::subject;
use crate::error::{Error, Kind};
use crate::flow::ledger::{Item, ItemKind};
use crate::flow::{Confirm, ConfirmRefund};
use crate::money::Fen;
use crate::notify::{
    ConfirmedPayment, ConfirmedRefund, NativeQuestion, PaymentNotification, RefundNotification, is_refund_notification,
};

/// What a client does with notifications.
#[derive(Clone, Copy, Debug)]
pub struct Notify<'a>(pub(super) &'a WxPay);

/// A notification whose thing is confirmed, or whose thing needs nothing more.
#[derive(Debug)]
pub enum Begun {
    /// It is about a payment.
    Payment(Start),
    /// It is about a refund.
    Refund {
        /// The result of claiming it.
        start: RefundStart,
        /// The merchant's number of the order.
        out_trade_no: String,
    },
}

/// What a merchant's function may fail with.
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
        let parsed = PaymentNotification::parse_searching(body, self.0.merchant(), || self.0.0.searches.take());
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
        let confirm = Confirm::of(self.parse(body)?);
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
        match self.begin(body).await {
            Ok(Start::Ours(handling)) => match hand_over(*handling, amount_of, on_paid).await {
                (payment, Ok(())) => Handled::delivered(payment),
                (payment, Err(error)) => Handled::failed(Some(payment), error),
            },
            Ok(Start::Done) => Handled::left(HandledState::HandedOver, self.number_of(body)),
            Ok(_) => Handled::left(HandledState::Busy, self.number_of(body)),
            Err(error) => Handled::failed(None, error),
        }
    }

    /// The order of a notification that was verified before. Read once more instead of handed through every step: only
    /// repeated notifications need it.
    fn number_of(&self, body: &[u8]) -> Option<String> {
        self.parse(body).ok().map(|parsed| parsed.out_trade_no().to_owned())
    }

    fn refund_number_of(&self, body: &[u8]) -> Option<String> {
        self.parse_refund(body).ok().map(|parsed| parsed.out_trade_no().to_owned())
    }

    /// Decrypts the raw body of a refund notification, and checks appid and mch_id. It is not signed: this does not prove a refund.
    ///
    /// # Errors
    /// `Signature` or `Mismatch`.
    pub fn parse_refund(&self, body: &[u8]) -> Result<RefundNotification, Error> {
        RefundNotification::parse(body, self.0.merchant())
    }

    /// Decrypts the raw body of a refund notification, asks WeChat for the refund, and compares: appid, mch_id, the numbers of order and
    /// refund, and the amounts. The result of the refund is WeChat's answer: look at `refund_status`.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and the errors of `refundquery`.
    pub async fn confirm_refund(&self, body: &[u8]) -> Result<ConfirmedRefund, Error> {
        let confirm = ConfirmRefund::start(body, self.0.merchant())?;
        let out_trade_no = confirm.notification().out_trade_no().to_owned();
        self.ask_refund(confirm).await.map_err(|error| error.about(&out_trade_no))
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
        if !is_refund_notification(body) {
            return self.handle(body, amount_of, on_paid).await;
        }
        match self.begin_refund(body, true).await {
            Ok(RefundStart::Ours(handling)) => {
                let ended = if handling.item().refund_status().is_refunded() {
                    hand_over_refund(*handling, on_refunded).await
                } else {
                    hand_over_refund(*handling, on_refund_failed).await
                };
                match ended {
                    (refund, Ok(())) => Handled::refunded(refund),
                    (refund, Err(error)) => Handled::refund_failed(Some(refund), error),
                }
            }
            Ok(RefundStart::Done) => Handled::left(HandledState::HandedOver, self.refund_number_of(body)),
            Ok(_) => Handled::left(HandledState::Busy, self.refund_number_of(body)),
            Err(error) => Handled::refund_failed(None, error),
        }
    }

    /// The first half of [`Notify::handle_with_refunds`], for callers that hand over by themselves. Without `failures`, a refund that
    /// failed is [`RefundStart::Failed`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `orderquery` and `refundquery`.
    pub async fn begin_any(&self, body: &[u8], failures: bool) -> Result<Begun, Error> {
        if !is_refund_notification(body) {
            return self.begin(body).await.map(Begun::Payment);
        }
        let start = self.begin_refund(body, failures).await?;
        // Read once more instead of handed through every step: only repeated notifications come here.
        let out_trade_no = match &start {
            RefundStart::Ours(handling) => handling.item().out_trade_no().to_owned(),
            _ => self.parse_refund(body)?.out_trade_no().to_owned(),
        };
        Ok(Begun::Refund { start, out_trade_no })
    }

    /// Confirms and claims the refund of a notification. Without `failures`, a refund that failed is [`RefundStart::Failed`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `refundquery`.
    pub async fn begin_refund(&self, body: &[u8], failures: bool) -> Result<RefundStart, Error> {
        let confirm = ConfirmRefund::start(body, self.0.merchant())?;
        let out_trade_no = confirm.notification().out_trade_no().to_owned();
        self.begin_decrypted(confirm, failures).await.map_err(|error| error.about(&out_trade_no))
    }

    async fn begin_decrypted(&self, confirm: ConfirmRefund, failures: bool) -> Result<RefundStart, Error> {
        // A repeated notification needs no question.
        if self.0.is_handed_over(confirm.kind(), confirm.notification().refund_id()).await? {
            return Ok(RefundStart::Done);
        }
        let refund = self.ask_refund(confirm).await?;
        self.0.claim_refund(refund, failures, true).await
    }

    async fn ask_refund(&self, confirm: ConfirmRefund) -> Result<ConfirmedRefund, Error> {
        let number = confirm.notification().out_trade_no().to_owned();
        let reply = subject::about(&number, self.0.refundquery(confirm.query())).await?;
        confirm.finish(&reply, self.0.merchant())
    }

    /// The first half of [`Notify::handle`], for programs that hand the payment over in code of their own.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `orderquery`.
    pub async fn begin(&self, body: &[u8]) -> Result<Start, Error> {
        let confirm = Confirm::of(self.parse(body)?);
        let out_trade_no = confirm.out_trade_no().to_owned();
        self.begin_verified(confirm).await.map_err(|error| error.about(&out_trade_no))
    }

    async fn begin_verified(&self, confirm: Confirm) -> Result<Start, Error> {
        let claim =
            match self.0.claim(ItemKind::Payment, confirm.transaction_id(), confirm.out_trade_no(), true).await? {
                Claimed::Ours(claim) => claim,
                Claimed::HandedOver => return Ok(Start::Done),
                Claimed::Busy => return Ok(Start::Busy),
            };
        confirmed(claim, self.ask(confirm).await).await
    }

    async fn ask(&self, confirm: Confirm) -> Result<ConfirmedPayment, Error> {
        let number = confirm.out_trade_no().to_owned();
        let reply = subject::about(&number, self.0.orderquery(confirm.query())).await?;
        confirm.finish(reply, self.0.merchant())
    }
}

/// Records that WeChat confirmed a thing, or gives its entry back.
pub(super) async fn confirmed<T: Item>(mut claim: Claim, asked: Result<T, Error>) -> Result<Start<T>, Error> {
    let item = match asked {
        Ok(item) => item,
        Err(error) => {
            claim.give_back().await;
            return Err(error);
        }
    };
    claim.confirm().await?;
    Ok(Start::Ours(Box::new(Handling::new(item, claim))))
}

/// Compares, runs the merchant's function, and records that it ran.
pub(super) async fn hand_over<A, P>(
    handling: Handling,
    amount_of: A,
    on_paid: P,
) -> (ConfirmedPayment, Result<(), Error>)
where
    A: AsyncFnOnce(&ConfirmedPayment) -> Result<Fen, Failed>,
    P: AsyncFnOnce(&ConfirmedPayment, &str) -> Result<(), Failed>,
{
    let payment = handling.payment().clone();
    let ran = async {
        let recorded = amount_of(&payment).await.map_err(merchants)?;
        handling.check(recorded)?;
        on_paid(&payment, handling.idempotency_key()).await.map_err(merchants)
    };
    let ran = ran.await;
    (payment, settle(handling, ran).await)
}

/// Runs the merchant's function for a refund, and records that it ran.
pub(super) async fn hand_over_refund<F>(
    handling: Handling<ConfirmedRefund>,
    function: F,
) -> (ConfirmedRefund, Result<(), Error>)
where
    F: AsyncFnOnce(&ConfirmedRefund, &str) -> Result<(), Failed>,
{
    let refund = handling.item().clone();
    let ran = function(&refund, handling.idempotency_key()).await.map_err(merchants);
    (refund, settle(handling, ran).await)
}

/// Records that the merchant's function ran, or gives the thing back for the next attempt.
async fn settle<T: Item>(handling: Handling<T>, ran: Result<(), Error>) -> Result<(), Error> {
    match ran {
        Ok(()) => handling.finish().await,
        Err(error) => {
            handling.give_back().await;
            Err(error)
        }
    }
}

fn merchants(failed: Failed) -> Error {
    Error::handler("the merchant's function failed; it may be tried again").because(failed)
}
