//! Notifications, verified, confirmed and handled.

use std::error::Error as StdError;

use super::claim::{Claim, Claimed};
use super::handling::{Handled, Handling, Start};
use super::inner::WxPay;
use crate::error::Error;
use crate::flow::Confirm;
use crate::flow::ledger::{Item, ItemKind};
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, PaymentNotification};

/// What a client does with notifications.
#[derive(Clone, Copy, Debug)]
pub struct Notify<'a>(pub(super) &'a WxPay);

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
        PaymentNotification::parse_searching(body, self.0.merchant(), || self.0.0.searches.take())
    }

    /// Verifies a notification's raw body, asks WeChat for the order, and compares: appid, mch_id, out_trade_no,
    /// transaction_id, total_fee, and that the order is paid.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and whatever `orderquery` may fail with.
    pub async fn confirm(&self, body: &[u8]) -> Result<ConfirmedPayment, Error> {
        let confirm = Confirm::of(self.parse(body)?);
        let out_trade_no = confirm.out_trade_no().to_owned();
        self.ask(confirm).await.map_err(|error| error.about(&out_trade_no))
    }

    /// Takes a notification all the way: verifies it, asks WeChat, compares with the amount that `amount_of` says the
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
                (payment, Ok(())) => Handled::accepted(Some(payment)),
                (payment, Err(error)) => Handled::again(Some(payment), Some(error)),
            },
            Ok(Start::Done) => Handled::accepted(None),
            Ok(_) => Handled::again(None, None),
            Err(error) => Handled::again(None, Some(error)),
        }
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
        let reply = self.0.orderquery(confirm.query()).await?;
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
    let ended = match ran.await {
        Ok(()) => handling.finish().await,
        Err(error) => {
            handling.give_back().await;
            Err(error)
        }
    };
    (payment, ended)
}

fn merchants(failed: Failed) -> Error {
    Error::handler("the merchant's function failed; it may be tried again").because(failed)
}
