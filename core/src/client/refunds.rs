//! Refunds without a notification: the client asks WeChat for their result.

use super::claim::Claimed;
use super::handling::{Handling, RefundStart};
use super::inner::WxPay;
use super::notify::{Failed, Notify, hand_over_refund};
use super::pending::{Asked, Question, check_fee, check_number, side_by_side};
use crate::error::Error;
use crate::flow::ledger::{self, Item};
use crate::money::Fen;
use crate::notify::{ConfirmedRefund, confirmed_refund_by_query};
use crate::table::row::Call;
use crate::v2::refund::Refundquery;

/// A refund whose result the merchant does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingRefund {
    /// The merchant's number of the refund.
    pub out_refund_no: String,
    /// The amount that the merchant recorded for it.
    pub refund_fee: Fen,
    /// When it was asked for, in seconds since 1970.
    pub created: i64,
    /// For service providers: the sub-merchant that it belongs to, when it is not the client's.
    pub sub_mch_id: Option<String>,
}

/// The result for a pending refund.
#[derive(Debug)]
pub enum ReconciledRefund {
    /// It has its result, and this call handed it over.
    Delivered(Box<ConfirmedRefund>),
    /// It had been handed over before.
    HandedOver,
    /// It has its result, and another task or process is handing it over.
    Busy,
    /// WeChat is working on it; WeChat's `refund_status`.
    Processing(String),
    /// It is not time to ask WeChat for it: it is too young, or it was asked for at this age.
    NotDue {
        /// When it will be asked for, in seconds since 1970; `None` when its last question was asked.
        next_due: Option<i64>,
    },
    /// It is older than a month, and is not asked for any more.
    TooOld,
    /// It could not be asked for, or not be handed over; it is tried again.
    Failed {
        /// The refund, if it has its result.
        refund: Option<Box<ConfirmedRefund>>,
        /// The reason.
        error: Error,
    },
}

impl WxPay {
    /// Asks WeChat for the result of a refund without a notification, at the ages of [`ledger::ASK_REFUND_AT`] and once for all processes
    /// that share the store. A result is handed over as by [`Notify::handle_with_refunds`](super::Notify::handle_with_refunds).
    pub async fn reconcile_refund<R, F>(
        &self,
        pending: &PendingRefund,
        on_refunded: R,
        on_refund_failed: F,
    ) -> ReconciledRefund
    where
        R: AsyncFnOnce(&ConfirmedRefund, &str) -> Result<(), Failed>,
        F: AsyncFnOnce(&ConfirmedRefund, &str) -> Result<(), Failed>,
    {
        let handling = match self.notify().begin_pending_refund(pending, true).await {
            Ok(RefundStart::Ours(handling)) => handling,
            Ok(RefundStart::Done) => return ReconciledRefund::HandedOver,
            Ok(RefundStart::Busy) => return ReconciledRefund::Busy,
            Ok(RefundStart::Processing(status)) => return ReconciledRefund::Processing(status),
            Ok(RefundStart::Failed(refund)) => {
                return ReconciledRefund::Processing(refund.refund_status().as_str().to_owned());
            }
            Ok(RefundStart::NotDue(next_due)) => return ReconciledRefund::NotDue { next_due },
            Ok(RefundStart::TooOld) => return ReconciledRefund::TooOld,
            Err(error) => return ReconciledRefund::Failed { refund: None, error },
        };
        let ended = if handling.item().refund_status().is_refunded() {
            hand_over_refund(*handling, on_refunded).await
        } else {
            hand_over_refund(*handling, on_refund_failed).await
        };
        match ended {
            (refund, Ok(())) => ReconciledRefund::Delivered(Box::new(refund)),
            (refund, Err(error)) => ReconciledRefund::Failed { refund: Some(Box::new(refund)), error },
        }
    }

    /// Claims a refund that has its result. Without `failures`, one that failed is left alone.
    pub(super) async fn claim_refund(
        &self,
        refund: ConfirmedRefund,
        failures: bool,
        patient: bool,
    ) -> Result<RefundStart, Error> {
        if !failures && !refund.refund_status().is_refunded() {
            return Ok(RefundStart::Failed(Box::new(refund)));
        }
        match self.claim(refund.kind(), refund.refund_id(), refund.out_trade_no(), patient).await? {
            Claimed::Ours(mut claim) => {
                claim.confirm().await?;
                Ok(RefundStart::Ours(Box::new(Handling::new(refund, claim))))
            }
            Claimed::HandedOver => Ok(RefundStart::Done),
            Claimed::Busy => Ok(RefundStart::Busy),
        }
    }

    /// Where the store keeps that a refund was asked for.
    fn asked_refund(&self, pending: &PendingRefund) -> String {
        let merchant = self.merchant();
        let sub_mch_id = pending.sub_mch_id.as_deref().or(merchant.sub_mch_id.as_deref());
        self.0.keys.asked_refund(merchant.mch_id(), sub_mch_id, &pending.out_refund_no, pending.refund_fee)
    }

    async fn begin_refund_asked(&self, pending: &PendingRefund, failures: bool) -> Result<RefundStart, Error> {
        let mut query = Refundquery::new().out_refund_no(&pending.out_refund_no);
        if let Some(sub_mch_id) = &pending.sub_mch_id {
            query = query.sub_mch_id(sub_mch_id);
        }
        let reply = self.refundquery(query).await?;
        let (sub_mch_id, number) = (pending.sub_mch_id.as_deref(), &pending.out_refund_no);
        let compared = confirmed_refund_by_query(&reply, self.merchant(), sub_mch_id, number, pending.refund_fee);
        match compared.map_err(|error| error.at(Refundquery::ENDPOINT.name))? {
            Ok(refund) => self.claim_refund(refund, failures, false).await,
            Err(status) => Ok(RefundStart::Processing(status.as_str().to_owned())),
        }
    }
}

impl Notify<'_> {
    /// The first half of [`WxPay::reconcile_refund`], for callers that hand over by themselves: asks WeChat for the refund and, when it
    /// has its result, claims it. Without `failures`, a refund that failed is [`RefundStart::Failed`]. After three questions in a row
    /// without an answer, none is asked during ten seconds: the refunds are [`RefundStart::NotDue`].
    ///
    /// # Errors
    /// `Mismatch`, `Store`, and the errors of `refundquery`.
    pub async fn begin_pending_refund(&self, pending: &PendingRefund, failures: bool) -> Result<RefundStart, Error> {
        check_number(Refundquery::ENDPOINT, "out_refund_no", &pending.out_refund_no)?;
        check_fee(Refundquery::ENDPOINT, "refund_fee", pending.refund_fee)?;
        if let Some(sub_mch_id) = &pending.sub_mch_id {
            check_number(Refundquery::ENDPOINT, "sub_mch_id", sub_mch_id)?;
        }
        let question = Question {
            thing: "refund",
            number: &pending.out_refund_no,
            created: pending.created,
            key: self.0.asked_refund(pending),
            due: ledger::refund_due,
            next_age: ledger::next_refund_age,
        };
        self.0.ask_when_due(question, self.0.begin_refund_asked(pending, failures)).await
    }

    /// [`Notify::begin_pending_refund`] for several refunds at the same time: the results, in the order of `pending`. At most eight are
    /// asked for at once.
    pub async fn begin_all_pending_refunds(
        &self,
        pending: Vec<PendingRefund>,
        failures: bool,
    ) -> Vec<Result<RefundStart, Error>> {
        side_by_side(pending, |pending| {
            let pay = self.0.clone();
            async move { pay.notify().begin_pending_refund(&pending, failures).await }
        })
        .await
    }
}

impl Asked for RefundStart {
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
        matches!(self, Self::Processing(_) | Self::Done | Self::Failed(_))
    }
}
