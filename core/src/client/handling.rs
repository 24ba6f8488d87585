//! Handing a confirmed thing over to the merchant's function, once.
//!
//! The promise: the function runs at least once for each thing. While the store remembers it, the function runs again only if
//! the process that ran it before ended in between, by a crash or because its lease ended. It gets the same idempotency key
//! each time: if it commits the key together with its own work, each thing is handed over exactly once.

use std::fmt;

use super::asked::Asked;
use super::claim::Claim;
use crate::error::{Error, Kind};
use crate::flow::Item;
use crate::money::Fen;
use crate::notify::{Answer, ConfirmedPayment, ConfirmedRefund, ConfirmedTransfer, Incoming};
use crate::v3::notification::V3Notification;

/// A confirmed thing that this process has to hand over: until it is finished or given back. If it is dropped, the next attempt
/// waits until its lease ends; if nothing was read of it before, the function cannot have run, and it is given back.
pub struct Handling<T = ConfirmedPayment> {
    item: T,
    idempotency_key: String,
    claim: Claim,
}

/// The result of handling a notification, and the answer for WeChat.
#[derive(Debug)]
pub struct Handled {
    /// The payment, if this call handed it over or tried to.
    pub payment: Option<ConfirmedPayment>,
    /// The refund, if this call handed it over or tried to, or if it failed.
    pub refund: Option<ConfirmedRefund>,
    /// The transfer, if this call handed it over or tried to, or if it failed.
    pub transfer: Option<ConfirmedTransfer>,
    /// The notification, if it is of another kind and this call ran `on_other` with it.
    pub other: Option<V3Notification>,
    /// The results for the parts of a combined order, in the order of the notification; empty for everything else. `state` is that of the
    /// whole: delivered when no part failed or is busy, and this call handed one over at least. `error` is that of the first part with one.
    pub parts: Vec<Handled>,
    /// Whether this call handed it over. Without an `error`, `false` means that it was handed over before, or that another
    /// process is handing it over.
    pub delivered: bool,
    /// Why the notification was refused, or WeChat has to send it again.
    pub error: Option<Error>,
    /// The body of the answer for WeChat.
    pub answer: String,
    /// The HTTP status of the answer. For APIv2 it is always 200: WeChat reads the body. For APIv3 it is the answer: 200, or 401 or 500 for
    /// WeChat to send the notification again. For a body that tells neither API, or that could not be read, it is 500.
    pub status: u16,
    /// The `Content-Type` of the answer.
    pub content_type: &'static str,
    state: HandledState,
    out_trade_no: Option<String>,
}

/// The result of handling a notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandledState {
    /// This call handed the payment or the refund over.
    Delivered,
    /// It had been handed over before.
    HandedOver,
    /// Another task or process is handing it over, or WeChat is still at work on the refund.
    Busy,
    /// The notification was refused, or its payment or refund was not handed over; see [`Handled::error`].
    Failed,
    /// WeChat closed the refund or the customer's card does not take it, and there is no `on_refund_failed`.
    RefundFailed,
    /// The transfer failed or was cancelled, and there is no `on_transfer_failed`.
    TransferFailed,
}

impl HandledState {
    /// A stable name, as Python and Node have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::HandedOver => "handed_over",
            Self::Busy => "busy",
            Self::Failed => "failed",
            Self::RefundFailed => ConfirmedRefund::FAILED,
            Self::TransferFailed => ConfirmedTransfer::FAILED,
        }
    }
}

/// A kind of things, and its member of [`Handled`].
pub(super) trait HandledItem: Item {
    /// The state of one that failed and that no function takes.
    const FAILED_STATE: HandledState;

    /// The result with this thing.
    fn put(self, handled: Handled) -> Handled;
}

impl HandledItem for ConfirmedPayment {
    /// WeChat does not notify of payments that failed.
    const FAILED_STATE: HandledState = HandledState::Failed;

    fn put(self, handled: Handled) -> Handled {
        Handled { payment: Some(self), ..handled }
    }
}

impl HandledItem for ConfirmedRefund {
    const FAILED_STATE: HandledState = HandledState::RefundFailed;

    fn put(self, handled: Handled) -> Handled {
        Handled { refund: Some(self), ..handled }
    }
}

impl HandledItem for ConfirmedTransfer {
    const FAILED_STATE: HandledState = HandledState::TransferFailed;

    fn put(self, handled: Handled) -> Handled {
        Handled { transfer: Some(self), ..handled }
    }
}

impl<T: Item> Handling<T> {
    pub(super) fn new(item: T, claim: Claim) -> Self {
        let idempotency_key = item.kind().idempotency_key(item.mch_id(), item.id());
        Self { item, idempotency_key, claim }
    }

    /// The thing, confirmed by WeChat.
    pub fn item(&self) -> &T {
        self.claim.hold();
        &self.item
    }

    /// With the mark that WeChat was asked.
    pub(super) fn with_mark(&mut self, asked: Asked) {
        self.claim.with_mark(asked);
    }

    /// The thing, for what comes before the merchant's function.
    pub(super) fn peek(&self) -> &T {
        &self.item
    }

    /// The key to commit together with the merchant's own work; see the module.
    pub fn idempotency_key(&self) -> &str {
        self.claim.hold();
        &self.idempotency_key
    }

    /// Compares a payment with the amount that the merchant recorded for the order, in fen; `None` when the merchant has no such order.
    /// Nothing is compared for another thing: its amount was compared before.
    ///
    /// # Errors
    /// `Mismatch`.
    pub fn check(&self, recorded: impl Into<Option<Fen>>) -> Result<(), Error> {
        self.item.check(recorded.into())
    }

    /// The merchant's function returned: records that the thing was handed over. While the store does not answer, this is tried
    /// for a third of the lease.
    ///
    /// # Errors
    /// `Store`: it could not be recorded, and the function may run once more, with the same key.
    pub async fn finish(self) -> Result<(), Error> {
        self.claim.finish().await
    }

    /// The merchant's function failed: releases the thing, so that the next notification may start again at once.
    pub async fn give_back(self) {
        self.claim.give_back().await;
    }

    /// The entry alone, to finish it or give it back elsewhere.
    pub fn into_claim(self) -> Claim {
        self.claim.hold();
        self.claim
    }
}

impl Handling<ConfirmedPayment> {
    /// The payment, confirmed by WeChat.
    pub fn payment(&self) -> &ConfirmedPayment {
        self.item()
    }
}

impl Handled {
    /// A thing that this call handed over, or tried to.
    pub(super) fn attempted<T: HandledItem>((item, ended): (T, Result<(), Error>)) -> Self {
        let state = if ended.is_ok() { HandledState::Delivered } else { HandledState::Failed };
        let number = Some(item.out_trade_no().to_owned());
        item.put(Self { error: ended.err(), ..Self::ended(state, number) })
    }

    /// A thing that failed, and that no function takes.
    pub(super) fn failed_item<T: HandledItem>(item: T, error: Error) -> Self {
        let number = Some(item.out_trade_no().to_owned());
        item.put(Self { error: Some(error), ..Self::ended(T::FAILED_STATE, number) })
    }

    /// A notification of another kind that this call ran the merchant's function with.
    pub(super) fn other(notification: V3Notification, ended: Result<(), Error>) -> Self {
        let state = if ended.is_ok() { HandledState::Delivered } else { HandledState::Failed };
        Self { other: Some(notification), error: ended.err(), ..Self::ended(state, None) }
    }

    /// The payments of a combined order.
    pub(super) fn combined(combine_out_trade_no: String, parts: Vec<Self>) -> Self {
        use HandledState::{Busy, Delivered, Failed, HandedOver};
        let is_any = |state: &HandledState| parts.iter().any(|part| part.state == *state);
        let state = [Failed, Busy, Delivered].into_iter().find(is_any).unwrap_or(HandedOver);
        let error = parts.iter().find_map(|part| part.error.as_ref()).map(Error::copy);
        Self { error, parts, ..Self::ended(state, Some(combine_out_trade_no)) }
    }

    /// This call did not have to hand anything over, or could not yet.
    pub(super) fn left(state: HandledState, out_trade_no: String) -> Self {
        Self::ended(state, Some(out_trade_no))
    }

    /// WeChat has to send the notification again.
    pub(super) fn failed(error: Error) -> Self {
        let number = error.out_trade_no().map(str::to_owned);
        Self { error: Some(error), ..Self::ended(HandledState::Failed, number) }
    }

    fn ended(state: HandledState, out_trade_no: Option<String>) -> Self {
        let delivered = state == HandledState::Delivered;
        let (answer, status, content_type) = (String::new(), 0, "");
        Self {
            payment: None,
            refund: None,
            transfer: None,
            other: None,
            parts: Vec::new(),
            delivered,
            error: None,
            answer,
            status,
            content_type,
            state,
            out_trade_no,
        }
    }

    /// With the answer to this notification.
    pub(super) fn answering(self, notification: Incoming<'_>) -> Self {
        let is_refused = self.error.as_ref().is_some_and(|error| matches!(error.kind(), Kind::Signature { .. }));
        let answer = match self.is_acknowledged() {
            true => Answer::ok(notification),
            false => Answer::again(notification, is_refused),
        };
        let parts = self.parts.into_iter().map(|part| part.answering(notification)).collect();
        Self { answer: answer.body, status: answer.status, content_type: answer.content_type, parts, ..self }
    }

    /// The result of handling the notification.
    pub fn state(&self) -> HandledState {
        self.state
    }

    /// The order, of a transfer its `out_bill_no`, of a combined order its `combine_out_trade_no`, from the moment the notification is verified; `None` for one that is not WeChat's.
    pub fn out_trade_no(&self) -> Option<&str> {
        self.out_trade_no.as_deref()
    }

    /// Whether the answer tells WeChat not to send the notification again.
    pub fn is_acknowledged(&self) -> bool {
        !matches!(self.state, HandledState::Busy | HandledState::Failed)
    }
}

impl<T> fmt::Debug for Handling<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handling").field("idempotency_key", &self.idempotency_key).finish_non_exhaustive()
    }
}
