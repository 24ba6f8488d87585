//! One payment on its way from WeChat's word to the merchant's: begun by one, finished by one.
//!
//! What this promises: the merchant's function runs at least once for each payment, and while the store remembers it runs
//! again only when whoever ran it before ended without a word, by a crash or a lease that ran out. It gets the same
//! idempotency key each time: where it commits that key together with its own work, a payment is handed over exactly once.

use std::fmt;

use super::claim::Claim;
use crate::codes::ErrorCode;
use crate::error::Error;
use crate::flow::ledger;
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, ack};

/// How a payment's handling began.
#[derive(Debug)]
pub enum Begun {
    /// It is confirmed, and ours to hand over.
    Ours(Box<Handling>),
    /// It was handed over already.
    HandedOver,
    /// Somebody else is handing it over, and has not ended yet.
    Busy,
    /// WeChat does not say that it is paid; its `trade_state`.
    NotPaid(String),
    /// It is not yet, or no longer, time to ask WeChat for it.
    NotDue,
}

impl Begun {
    /// Its name, for languages without enums.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Ours(_) => "ours",
            Self::HandedOver => "handed_over",
            Self::Busy => "busy",
            Self::NotPaid(_) => "not_paid",
            Self::NotDue => "not_due",
        }
    }

    /// WeChat's `trade_state` of an order that is not paid.
    pub fn trade_state(&self) -> Option<&str> {
        match self {
            Self::NotPaid(state) => Some(state),
            _ => None,
        }
    }
}

/// A confirmed payment that is ours until it is finished or given back. Dropped, it waits for its lease to end.
pub struct Handling {
    payment: ConfirmedPayment,
    idempotency_key: String,
    claim: Claim,
}

/// How the handling of one notification ended, and what to answer WeChat.
#[derive(Debug)]
pub struct Handled {
    /// The payment, when this call handed it over or tried to.
    pub payment: Option<ConfirmedPayment>,
    /// Whether this call handed it over. `false` with no `error` when it had been, or somebody else is at it.
    pub delivered: bool,
    /// Why WeChat has to send it again, or why it was refused.
    pub error: Option<Error>,
    /// What to answer, with [`crate::notify::ACK_CONTENT_TYPE`] and status 200.
    pub answer: String,
}

impl Handling {
    pub(super) fn new(payment: ConfirmedPayment, claim: Claim) -> Self {
        let idempotency_key = ledger::idempotency_key(payment.mch_id(), payment.transaction_id());
        Self { payment, idempotency_key, claim }
    }

    /// The payment, confirmed by WeChat.
    pub fn payment(&self) -> &ConfirmedPayment {
        &self.payment
    }

    /// What to commit beside the merchant's own work; see the module.
    pub fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// Compares the payment with the amount that the merchant recorded for the order, in fen; `None` when the merchant has
    /// no such order.
    ///
    /// # Errors
    /// `Mismatch`.
    pub fn check(&self, recorded: impl Into<Option<Fen>>) -> Result<(), Error> {
        let Some(recorded) = recorded.into() else {
            let number = self.payment.out_trade_no();
            return Err(Error::mismatch(ErrorCode::OrderUnknown, "out_trade_no", "an order of the merchant's", number)
                .at("notify.handle"));
        };
        let paid = self.payment.total_fee();
        if paid == recorded {
            return Ok(());
        }
        let (recorded, paid) = (recorded.to_string(), paid.to_string());
        Err(Error::mismatch(ErrorCode::TotalFeeMismatch, "total_fee", recorded, paid).at("notify.handle"))
    }

    /// The merchant's function ended: the payment is handed over. Where the store is not there, its writing down is tried for a
    /// third of the lease.
    ///
    /// # Errors
    /// `Store`: it could not be written down, and the function may run once more, with the same key.
    pub async fn finish(self) -> Result<(), Error> {
        self.claim.finish().await
    }

    /// The entry alone, to finish it or give it back elsewhere.
    pub fn into_claim(self) -> Claim {
        self.claim
    }

    /// The merchant's function failed: the next notification may begin again at once.
    pub async fn give_back(self) {
        self.claim.give_back().await;
    }
}

impl Handled {
    pub(super) fn accepted(payment: Option<ConfirmedPayment>) -> Self {
        Self { delivered: payment.is_some(), payment, error: None, answer: answer(true) }
    }

    /// WeChat is to send it again.
    pub(super) fn again(payment: Option<ConfirmedPayment>, error: Option<Error>) -> Self {
        Self { payment, delivered: false, error, answer: answer(false) }
    }

    /// Whether WeChat is told that it need not send it again.
    pub fn is_acknowledged(&self) -> bool {
        self.error.is_none() && self.answer == answer(true)
    }
}

fn answer(ok: bool) -> String {
    // These texts can always be written.
    ack(ok, if ok { "OK" } else { "FAIL" }).unwrap_or_default()
}

impl fmt::Debug for Handling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handling").field("idempotency_key", &self.idempotency_key).finish_non_exhaustive()
    }
}
