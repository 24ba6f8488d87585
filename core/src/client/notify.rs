//! Notifications, verified, confirmed and handled.

use std::error::Error as StdError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use super::claim::{Claim, ClaimOutcome};
use super::handling::Handling;
use super::inner::{WxPay, now};
use super::start::{RefundStart, Start, TransferStart};
use super::subject;
use crate::codes::{Api, ErrorCode};
use crate::error::{Error, Kind, Retry};
use crate::explanation::{Explanation, IS_API_KEY_TOO, Mistake};
use crate::flow::ledger::ItemKind;
use crate::flow::{Confirming, Item};
use crate::notify::{
    CombinedNotification, ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, Incoming, NativeQuestion, Notice,
    PaymentNotification, RefundNotification,
};
use crate::secret::Secret;
use crate::table::row::{Call as _, Document as _};
use crate::v3::Headers;
use crate::v3::combine::{V3CombineOrder, V3CombineQuery};
use crate::v3::notification::{self, V3Notification};

/// The functions of a client for notifications.
#[derive(Clone, Copy, Debug)]
pub struct Notify<'a>(pub(super) &'a WxPay);

/// The result of claiming the payments of a combined order, to hand them over.
#[derive(Debug)]
pub struct CombinedStart {
    /// The merchant's number of the combined order.
    pub combine_out_trade_no: String,
    /// The result for each part, and the merchant's number of the part.
    pub parts: Vec<(Result<Start, Error>, String)>,
}

/// The longest time for downloading platform certificates because of a notification: WeChat waits five seconds for the answer.
const DOWNLOAD: Duration = Duration::from_secs(3);

/// A claimed thing, and the merchant's number of its order.
type StartAndNumber<T> = (Start<T>, String);

/// The error of a merchant's function.
pub type HandlerError = Box<dyn StdError + Send + Sync>;

impl WxPay {
    /// Notifications.
    pub fn notify(&self) -> Notify<'_> {
        Notify(self)
    }
}

impl Notify<'_> {
    /// Verifies a notification: signature, appid and mch_id. `notification` is a raw body or, for APIv3, an [`Incoming`] with its headers.
    /// No I/O: of APIv3 it knows the public key of the settings, and the platform certificates that were downloaded before.
    ///
    /// # Errors
    /// `Signature` or `Mismatch`; `Config` when APIv3 signed it and the settings have no `api_v3_key`.
    pub fn parse<'b>(&self, notification: impl Into<Incoming<'b>>) -> Result<PaymentNotification, Error> {
        self.parse_item::<ConfirmedPayment>(notification.into())
    }

    /// Reads a notification, and checks that it is WeChat's and this merchant's: for a payment as [`Notify::parse`], for a refund as
    /// [`Notify::parse_refund`].
    ///
    /// # Errors
    /// As [`Notify::parse`].
    pub fn parse_item<T: Item>(&self, incoming: Incoming<'_>) -> Result<T::Notification, Error> {
        let notice = match self.v3_headers(incoming) {
            Some(headers) => Notice::V3(Box::new(self.decrypted(incoming.body(), headers)?)),
            None => Notice::V2(incoming.body()),
        };
        self.parse_notice::<T>(&notice)
    }

    pub(super) fn parse_notice<T: Item>(&self, notice: &Notice<'_>) -> Result<T::Notification, Error> {
        let parsed = T::parse(notice, self.0.merchant(), || self.0.0.searches.take());
        match parsed {
            Ok(parsed) => {
                if matches!(notice, Notice::V2(_)) {
                    self.0.0.verified.store(true, Ordering::Relaxed);
                }
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

    /// A notification, ready to be read: one of APIv3 is verified and decrypted. Platform certificates are downloaded where they are needed.
    ///
    /// # Errors
    /// For APIv3 `Signature`, `Mismatch`, `Config`, and the errors of downloading platform certificates.
    pub async fn open<'b>(&self, notification: impl Into<Incoming<'b>>) -> Result<Notice<'b>, Error> {
        let incoming = notification.into();
        match self.v3_headers(incoming) {
            Some(headers) => self.open_v3(incoming.body(), headers).await.map(|read| Notice::V3(Box::new(read))),
            None => Ok(Notice::V2(incoming.body())),
        }
    }

    /// A notification of APIv3, verified and decrypted.
    ///
    /// # Errors
    /// As [`Notify::open`].
    pub(super) async fn open_v3(&self, body: &[u8], headers: &Headers) -> Result<V3Notification, Error> {
        let key = self.api_v3_key()?.expose();
        // Anybody can send one: nothing is downloaded for what cannot be genuine. Nobody else knows the APIv3 key.
        if headers.is_plausible(now()) && !self.0.knows_any(headers.serial.as_deref()) {
            if notification::members_of(body, key).is_none() {
                return self.decrypted(body, headers).map_err(with_other_key);
            }
            let end = Instant::now() + self.0.0.limits.timeout.min(DOWNLOAD);
            self.0.platform(end, "so the notification was not verified; WeChat sends it again").await?;
            self.0.look_for(headers.serial.as_deref(), end).await;
        }
        self.decrypted(body, headers)
    }

    fn api_v3_key(&self) -> Result<&Secret, Error> {
        let missing = || {
            let remedy = "is not set, and notifications of APIv3 are encrypted with it (APIv3密钥, at pay.weixin.qq.com > 账户中心 > API安全)";
            Error::config("api_v3_key", remedy)
        };
        self.0.merchant().v3()?.api_v3_key().ok_or_else(missing)
    }

    /// The headers of a notification of APIv3, empty where none were given; `None` for one of APIv2. A client that has APIv2 alone reads
    /// everything as APIv2, and says what it found.
    fn v3_headers<'b>(&self, incoming: Incoming<'b>) -> Option<&'b Headers> {
        static NONE: Headers = Headers::NONE;
        let is_v3 = incoming.is_v3() && self.0.merchant().v3().is_ok();
        is_v3.then(|| incoming.headers().unwrap_or(&NONE))
    }

    fn decrypted(&self, body: &[u8], headers: &Headers) -> Result<V3Notification, Error> {
        let key = self.api_v3_key()?;
        let platform = self.0.known_platform();
        let keys = (&platform.keys, key.expose());
        let read = notification::read(headers, body, keys, now(), || self.0.0.searches.take());
        read.map_err(|error| self.of_same_text(error, key))
    }

    /// Adds to a resource that the APIv3 key does not open that the setting has the same text as `api_key`.
    fn of_same_text(&self, error: Error, key: &Secret) -> Error {
        let Kind::Signature { explanation } = error.kind() else { return error };
        let is_same = self.0.merchant().key().is_ok_and(|other| other == key.expose());
        match &explanation.summary {
            Some(summary) if is_same && explanation.mistake == Mistake::APIV3_KEY_WRONG => {
                let summary = Some(format!("{summary}, which has the same text as api_key"));
                let field = Some(IS_API_KEY_TOO.to_owned());
                let explanation = Explanation { summary, field, ..(**explanation).clone() };
                error.explained(explanation)
            }
            _ => error,
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

    /// Verifies a notification, asks WeChat for the order, and compares: appid, mch_id, out_trade_no, transaction_id, total_fee, and that the
    /// order is paid. The order is queried by the API that sent the notification.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and the errors of `orderquery` or `v3.query`.
    pub async fn confirm<'b>(&self, notification: impl Into<Incoming<'b>>) -> Result<ConfirmedPayment, Error> {
        self.confirm_item(notification.into()).await
    }

    /// Reads a notification, asks WeChat, and compares: for a payment as [`Notify::confirm`], for a refund as
    /// [`Notify::confirm_refund`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and the errors of the call that confirms it.
    pub async fn confirm_item<T: Item>(&self, incoming: Incoming<'_>) -> Result<T, Error> {
        let notice = self.open(incoming).await?;
        let confirm = Confirming::of(self.parse_notice::<T>(&notice)?);
        let out_trade_no = confirm.out_trade_no().to_owned();
        self.ask(confirm, told_by(&notice)).await.map_err(|error| error.about(&out_trade_no))
    }

    /// Decrypts a refund notification, and checks appid and mch_id. One of APIv2 is not signed: this does not prove a refund. No I/O, as
    /// [`Notify::parse`].
    ///
    /// # Errors
    /// As [`Notify::parse`].
    pub fn parse_refund<'b>(&self, notification: impl Into<Incoming<'b>>) -> Result<RefundNotification, Error> {
        self.parse_item::<ConfirmedRefund>(notification.into())
    }

    /// Decrypts a refund notification, asks WeChat for the refund, and compares: appid, mch_id, the numbers of order and refund, and the
    /// amounts. The result of the refund is WeChat's answer: look at `refund_status`.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and the errors of `refundquery`.
    pub async fn confirm_refund<'b>(&self, notification: impl Into<Incoming<'b>>) -> Result<ConfirmedRefund, Error> {
        self.confirm_item(notification.into()).await
    }

    /// Verifies a notification of a transfer, asks WeChat for it, and compares: mch_id, both numbers and the amount. The result of the
    /// transfer is WeChat's answer: look at `state`.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, and the errors of `v3.transfer_query`.
    pub async fn confirm_transfer<'b>(
        &self,
        notification: impl Into<Incoming<'b>>,
    ) -> Result<ConfirmedTransfer, Error> {
        self.confirm_item(notification.into()).await
    }

    /// Confirms and claims the transfer of a notification. Without `failures`, a transfer that failed is [`Start::Failed`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `v3.transfer_query`.
    pub async fn begin_transfer<'b>(
        &self,
        notification: impl Into<Incoming<'b>>,
        failures: bool,
    ) -> Result<TransferStart, Error> {
        self.begin_item(notification.into(), failures).await.map(|(start, _)| start)
    }

    /// Confirms and claims the refund of a notification. Without `failures`, a refund that failed is [`Start::Failed`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `refundquery`.
    pub async fn begin_refund<'b>(
        &self,
        notification: impl Into<Incoming<'b>>,
        failures: bool,
    ) -> Result<RefundStart, Error> {
        self.begin_item(notification.into(), failures).await.map(|(start, _)| start)
    }

    /// The first half of [`Handler::handle`](super::Handler::handle) for a payment, for programs that hand the payment over in code of their own.
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of `orderquery`.
    pub async fn begin<'b>(&self, notification: impl Into<Incoming<'b>>) -> Result<Start, Error> {
        self.begin_item(notification.into(), true).await.map(|(start, _)| start)
    }

    /// Confirms and claims the thing of a notification of one kind, and returns the merchant's number of its order too. Without `failures`,
    /// one that failed is [`Start::Failed`].
    ///
    /// # Errors
    /// `Signature`, `Mismatch`, `Store`, and the errors of the call that confirms it.
    pub async fn begin_item<T: Item>(
        &self,
        incoming: Incoming<'_>,
        failures: bool,
    ) -> Result<StartAndNumber<T>, Error> {
        self.begin_notice(&self.open(incoming).await?, failures).await
    }

    /// [`Notify::begin_item`] for a notification that was opened.
    ///
    /// # Errors
    /// As [`Notify::begin_item`].
    pub async fn begin_notice<T: Item>(&self, notice: &Notice<'_>, failures: bool) -> Result<StartAndNumber<T>, Error> {
        let confirm = Confirming::<T>::of(self.parse_notice::<T>(notice)?);
        let out_trade_no = confirm.out_trade_no().to_owned();
        match self.begin_read(confirm, told_by(notice), failures).await {
            Ok(start) => Ok((start, out_trade_no)),
            Err(error) => Err(error.about(&out_trade_no)),
        }
    }

    /// Confirms the payments of a combined order, and claims each that was not handed over.
    ///
    /// # Errors
    /// `Mismatch`, `Store`, and the errors of `v3.combine_query`. An error that concerns one part stands in its place.
    pub async fn begin_combined(&self, notice: &Notice<'_>) -> Result<CombinedStart, Error> {
        let combined = CombinedNotification::of(notice, self.0.merchant())?;
        let number = combined.combine_out_trade_no().to_owned();
        match self.begin_parts(&combined).await {
            Ok(starts) => {
                let numbers = combined.parts().iter().map(|part| part.out_trade_no().to_owned());
                Ok(CombinedStart { combine_out_trade_no: number, parts: starts.into_iter().zip(numbers).collect() })
            }
            Err(error) => Err(error.about(&number)),
        }
    }

    async fn begin_parts(&self, combined: &CombinedNotification) -> Result<Vec<Result<Start, Error>>, Error> {
        let mut done = Vec::with_capacity(combined.parts().len());
        for part in combined.parts() {
            done.push(self.0.is_handed_over(ItemKind::PAYMENT, part.transaction_id()).await?);
        }
        if !done.contains(&false) {
            // A repeated notification needs no question.
            return Ok(combined.parts().iter().map(|_| Ok(Start::Done)).collect());
        }
        let query = combined.query();
        let asked = self.0.execute(V3CombineQuery::ENDPOINT, query.params());
        let reply = subject::about(combined.combine_out_trade_no(), asked).await?;
        let at = |error: Error| error.at(V3CombineQuery::ENDPOINT.name).advise(Retry::QueryFirst);
        let confirmed = combined.confirm(&V3CombineOrder::from_fields(reply), self.0.merchant()).map_err(at)?;
        // One end for all: WeChat waits for one answer.
        let (mut starts, end) = (Vec::with_capacity(confirmed.len()), self.0.patience());
        for (payment, is_done) in confirmed.into_iter().zip(done) {
            starts.push(match payment {
                // It may be refunded by now.
                _ if is_done => Ok(Start::Done),
                Ok(payment) => self.0.claim_confirmed(payment, true, end).await,
                Err(error) => Err(at(error)),
            });
        }
        Ok(starts)
    }

    async fn begin_read<T: Item>(&self, confirm: Confirming<T>, told: Api, failures: bool) -> Result<Start<T>, Error> {
        let (kind, id) = (confirm.kind(), confirm.id());
        if T::ENTRY_DEPENDS_ON_ANSWER {
            // A repeated notification needs no question.
            if self.0.is_handed_over(kind, id).await? {
                return Ok(Start::Done);
            }
            let item = self.ask(confirm, told).await?;
            return self.0.claim_confirmed(item, failures, self.0.patience()).await;
        }
        let claim = match self.0.claim(kind, id, confirm.out_trade_no(), self.0.patience()).await? {
            ClaimOutcome::Ours(claim) => claim,
            ClaimOutcome::HandedOver => return Ok(Start::Done),
            ClaimOutcome::Busy => return Ok(Start::Busy),
        };
        match self.ask(confirm, told).await {
            Ok(item) => confirmed(*claim, item).await,
            Err(error) => {
                claim.give_back().await;
                Err(error)
            }
        }
    }

    async fn ask<T: Item>(&self, confirm: Confirming<T>, told: Api) -> Result<T, Error> {
        let asking = self.0.asking::<T>(told, || confirm.query(), || confirm.v3_query());
        let asked = self.0.execute(asking.endpoint, &asking.params);
        let reply = subject::about(confirm.out_trade_no(), asked).await;
        let reply = reply.map_err(|error| asking.naming_number(error))?;
        let reply = self.0.v2_reply::<T>(&asking, reply, confirm.sub_mch_id());
        confirm.finish(reply, self.0.merchant())
    }
}

/// A notification of APIv3 that is about neither a payment nor a refund; every other one is given back. One of a transfer is taken as it is where
/// the caller does not take transfers.
///
/// # Errors
/// The notice itself.
pub(crate) fn of_no_kind(notice: Notice<'_>) -> Result<V3Notification, Notice<'_>> {
    let is_known = ConfirmedPayment::is_notified_by(&notice) || ConfirmedRefund::is_notified_by(&notice);
    match notice {
        Notice::V3(notification) if !is_known => Ok(*notification),
        notice => Err(notice),
    }
}

/// An unknown serial number, where the message is not encrypted with the client's APIv3 key either: that is the likelier cause.
fn with_other_key(error: Error) -> Error {
    let Kind::Signature { explanation } = error.kind() else { return error };
    if !error.is(ErrorCode::SerialUnknown) {
        return error;
    }
    let mut explanation = (**explanation).clone();
    let summary = explanation.summary.take().unwrap_or_default();
    explanation.summary = Some(format!("the message is not encrypted with this client's api_v3_key, and {summary}"));
    error.explained(explanation)
}

/// The API that a notification came from.
fn told_by(notice: &Notice<'_>) -> Api {
    match notice {
        Notice::V2(_) => Api::V2,
        Notice::V3(_) => Api::V3,
    }
}

impl WxPay {
    /// Claims a confirmed thing. Without `failures`, one that failed is left alone. Until `end` it waits for another process that has the
    /// entry.
    pub(super) async fn claim_confirmed<T: Item>(
        &self,
        item: T,
        failures: bool,
        end: Instant,
    ) -> Result<Start<T>, Error> {
        if !failures && !item.is_success() {
            return Ok(Start::Failed(Box::new(item)));
        }
        match self.claim(item.kind(), item.id(), item.out_trade_no(), end).await? {
            ClaimOutcome::Ours(claim) => confirmed(*claim, item).await,
            ClaimOutcome::HandedOver => Ok(Start::Done),
            ClaimOutcome::Busy => Ok(Start::Busy),
        }
    }
}

/// Records that WeChat confirmed a claimed thing.
async fn confirmed<T: Item>(claim: Claim, item: T) -> Result<Start<T>, Error> {
    let claim = claim.confirm().await?;
    Ok(Start::Ours(Box::new(Handling::new(item, claim))))
}

/// Runs the merchant's function unless `compared` is an error. Records that it ran, or gives the thing back for the next attempt.
pub(super) async fn hand_over<T: Item, F>(
    handling: Handling<T>,
    compared: Result<(), Error>,
    function: F,
) -> (T, Result<(), Error>)
where
    F: AsyncFnOnce(T, String) -> Result<(), HandlerError>,
{
    let item = handling.item().clone();
    let ran = match compared {
        Ok(()) => function(item.clone(), handling.idempotency_key().to_owned()).await.map_err(merchants),
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
    S: AsyncFnOnce(T, String) -> Result<(), HandlerError>,
    F: AsyncFnOnce(T, String) -> Result<(), HandlerError>,
{
    if handling.peek().is_success() {
        hand_over(handling, Ok(()), on_success).await
    } else {
        hand_over(handling, Ok(()), on_failure).await
    }
}

pub(super) fn merchants(failed: HandlerError) -> Error {
    Error::handler("the merchant's function failed; it may be tried again").because(failed)
}
