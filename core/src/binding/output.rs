//! The results of calls of a binding.

use std::fmt;
use std::sync::Arc;

use super::open_bill::OpenBill;
use crate::bill::Batch;
use crate::client::{Claim, CodeProgress, CombinedStart, Handling, Start};
use crate::error::Error;
use crate::fields::Fields;
use crate::flow::{CodeResult, Item};
use crate::money::Fen;
use crate::secret::Secret;
use crate::table::row::{Document, Record};

/// The result of a job.
pub enum Output {
    /// A document, with its record unless the call is not in the table.
    Document(Option<&'static Record>, Fields),
    /// A token or a ticket.
    Secret(Secret),
    /// A JSON text: the arguments of `wx.config`, or the findings of `check`.
    Json(String),
    /// A thing that this process now has to hand over. One that failed, and that the caller does not take, is a document.
    Handling(Box<dyn AnyHandling>),
    /// A bill that was opened.
    Bill(Arc<OpenBill>),
    /// Rows of a bill; `None` at its end.
    Rows(Option<Arc<Batch>>),
    /// A piece of the text of a bill; `None` at its end.
    Bytes(Option<Vec<u8>>),
    /// Nothing to hand over.
    NotOurs {
        /// Why: `handed_over`, `busy`, `not_paid`, `processing`, `not_due` or `too_old`.
        state: &'static str,
        /// When it will be asked for, in seconds since 1970, for `not_due`.
        next_due: Option<i64>,
        /// WeChat's `trade_state`, for `not_paid`; WeChat's `refund_status`, for `processing`.
        trade_state: Option<String>,
        /// The merchant's number of the order; of a pending thing, its own.
        out_trade_no: String,
    },
    /// The results of [`Job::BeginPending`](super::job::Job::BeginPending), in the order of its rows.
    Each(Vec<Result<Output, Error>>),
    /// The payments of a combined order.
    Parts {
        /// The merchant's number of the combined order.
        combine_out_trade_no: String,
        /// The result for each part, as for a payment alone.
        parts: Vec<Result<Output, Error>>,
    },
    /// A payment by code goes on.
    CodeProgress(Box<CodeProgress>),
    /// A payment by code is over. One that is paid is a document.
    CodeEnded(Box<CodeResult>),
    /// No value.
    Nothing,
}

/// The name of the result, without what is in it: a signed text or a file may be secret.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Document(_, fields) => f.debug_tuple("Document").field(fields).finish(),
            Self::Secret(_) => f.write_str("Secret(***)"),
            Self::Json(_) => f.write_str("Json(***)"),
            Self::Handling(handling) => f.debug_tuple("Handling").field(handling).finish(),
            Self::Bill(_) => f.write_str("Bill"),
            Self::Rows(_) => f.write_str("Rows"),
            Self::Bytes(_) => f.write_str("Bytes(***)"),
            Self::NotOurs { state, out_trade_no, .. } => {
                let mut shown = f.debug_struct("NotOurs");
                shown.field("state", state).field("out_trade_no", out_trade_no).finish_non_exhaustive()
            }
            Self::Each(results) => f.debug_tuple("Each").field(results).finish(),
            Self::Parts { combine_out_trade_no, parts } => {
                let mut shown = f.debug_struct("Parts");
                shown.field("combine_out_trade_no", combine_out_trade_no).field("parts", parts).finish()
            }
            Self::CodeProgress(progress) => f.debug_tuple("CodeProgress").field(progress).finish(),
            Self::CodeEnded(result) => f.debug_tuple("CodeEnded").field(result).finish(),
            Self::Nothing => f.write_str("Nothing"),
        }
    }
}

/// A thing of any kind that this process has to hand over: [`Handling`] for languages without generics.
pub trait AnyHandling: fmt::Debug + Send + Sync {
    /// The name of its kind: [`Item::NAME`].
    fn kind(&self) -> &'static str;

    /// Its record.
    fn record(&self) -> &'static Record;

    /// Its fields.
    fn fields(&self) -> &Fields;

    /// Whether it ended as the merchant wanted.
    fn is_success(&self) -> bool;

    /// As [`Handling::idempotency_key`].
    fn idempotency_key(&self) -> &str;

    /// As [`Handling::check`].
    ///
    /// # Errors
    /// `Mismatch`.
    fn check(&self, recorded: Option<Fen>) -> Result<(), Error>;

    /// As [`Handling::into_claim`].
    fn into_claim(self: Box<Self>) -> Claim;
}

impl<T: Item> AnyHandling for Handling<T> {
    fn kind(&self) -> &'static str {
        T::NAME
    }

    fn record(&self) -> &'static Record {
        T::RECORD
    }

    fn fields(&self) -> &Fields {
        self.item().fields()
    }

    fn is_success(&self) -> bool {
        self.item().is_success()
    }

    fn idempotency_key(&self) -> &str {
        self.idempotency_key()
    }

    fn check(&self, recorded: Option<Fen>) -> Result<(), Error> {
        self.check(recorded)
    }

    fn into_claim(self: Box<Self>) -> Claim {
        (*self).into_claim()
    }
}

impl Output {
    /// Gives back what this process would have to hand over, for a result that its caller does not take any more: the next attempt need not
    /// wait until the leases end.
    pub async fn give_back(self) {
        match self {
            Self::Handling(handling) => handling.into_claim().give_back().await,
            Self::Each(results) | Self::Parts { parts: results, .. } => {
                for result in results.into_iter().flatten() {
                    Box::pin(result.give_back()).await;
                }
            }
            _ => {}
        }
    }

    /// Whether [`Output::give_back`] has anything to do.
    pub fn is_claimed(&self) -> bool {
        match self {
            Self::Handling(_) => true,
            Self::Each(results) | Self::Parts { parts: results, .. } => results.iter().flatten().any(Self::is_claimed),
            _ => false,
        }
    }

    pub(super) fn document<D: Document>(document: D) -> Self {
        Self::Document(Some(D::RECORD), document.fields().clone())
    }

    pub(super) fn parts(CombinedStart { combine_out_trade_no, parts }: CombinedStart) -> Self {
        let parts = parts.into_iter().map(|(start, number)| match start {
            Ok(start) => Ok(Self::started(start, number)),
            Err(error) => Err(error.about(&number)),
        });
        Self::Parts { combine_out_trade_no, parts: parts.collect() }
    }

    /// `number` is the merchant's number of the order, or of the pending thing where that is what the caller asked for.
    pub(super) fn started<T: Item>(start: Start<T>, number: String) -> Self {
        let (state, next_due) = (start.as_str(), start.next_due());
        let trade_state = start.trade_state().map(str::to_owned);
        match start {
            Start::Ours(handling) => Self::Handling(handling),
            Start::Failed(item) => Self::document(*item),
            _ => Self::NotOurs { state, next_due, trade_state, out_trade_no: number },
        }
    }
}
