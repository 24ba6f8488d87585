//! Every asynchronous call of a client as a value.
//!
//! A binding parses its language's arguments, makes a [`Job`] of them, runs it where it likes, and converts the [`Output`].
//! The calls' names and what repeating each of them does are known here, and in no binding.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::bill::{Batch, Row};
use crate::client::{
    Begun, Bill, BillText, Claim, CodePayment, CodeProgress, CodeStepped, Handling, Pending, PendingRefund,
    RefundStart, Start, WxPay,
};
use crate::error::{Error, Outcome};
use crate::fields::Fields;
use crate::flow::CodeResult;
use crate::money::Fen;
use crate::notify::{ConfirmedPayment, ConfirmedRefund};
use crate::platform::jssdk::PageConfig;
use crate::registry;
use crate::retry::{self, RetryClass};
use crate::secret::Secret;
use crate::table::row::{Answer, Call as _, Document, Endpoint, Record};
use crate::v2::code::Micropay;
use crate::v2::order::Orderquery;
use crate::v2::refund::Refundquery;
use crate::value::Params;

/// A call that was not started. Its arguments have the types that core takes; they are checked when it runs.
pub enum Job {
    /// A call of the table: [`WxPay::execute`].
    Execute {
        /// Its row.
        endpoint: &'static Endpoint,
        /// Its fields.
        params: Params<'static>,
    },
    /// A call that is not in the table: [`WxPay::call`].
    Call {
        /// The path on the host of the payment API.
        path: String,
        /// Its fields.
        params: Params<'static>,
    },
    /// `notify.confirm`.
    Confirm {
        /// The raw body of the notification.
        body: Vec<u8>,
    },
    /// `notify.confirm_refund`.
    ConfirmRefund {
        /// The raw body of the notification.
        body: Vec<u8>,
    },
    /// The first half of `notify.handle`, for payments alone.
    Begin {
        /// The raw body of the notification.
        body: Vec<u8>,
    },
    /// The first half of `notify.handle`, for payments and refunds.
    BeginAny {
        /// The raw body of the notification.
        body: Vec<u8>,
        /// Whether refunds that failed are handed over too.
        failures: bool,
    },
    /// The first half of `notify.reconcile_refunds`, for one refund.
    BeginPendingRefund {
        /// The refund.
        pending: PendingRefund,
        /// Whether refunds that failed are handed over too.
        failures: bool,
    },
    /// The first half of `notify.reconcile_refunds`, for several refunds at the same time.
    BeginAllPendingRefunds {
        /// The refunds.
        pending: Vec<PendingRefund>,
        /// Whether refunds that failed are handed over too.
        failures: bool,
    },
    /// The first half of `notify.reconcile`, for one order.
    BeginPending(Pending),
    /// The first half of `notify.reconcile`, for several orders at the same time.
    BeginAllPending(Vec<Pending>),
    /// The second half of `notify.handle` after the merchant's function returned: records that the payment was handed over.
    Finish(Claim),
    /// The second half of `notify.handle` after the merchant's function failed: releases the payment for the next attempt.
    GiveBack(Claim),
    /// `wait_for_payment`.
    WaitForPayment {
        /// The merchant's number of the order.
        out_trade_no: String,
        /// The amount that the merchant recorded for it.
        total_fee: Fen,
        /// The sub-merchant that the order belongs to, when it is not the client's.
        sub_mch_id: Option<String>,
        /// How long to ask.
        within: Duration,
        /// Whether to claim the payment, so that the binding can hand it over.
        hand_over: bool,
    },
    /// What a payment by code shows before its first step.
    CodeProgress(CodePayment),
    /// The next step of a payment by code.
    CodeStep(CodePayment),
    /// `jssdk.config`.
    JssdkConfig(PageConfig),
    /// `jssdk.access_token`.
    JssdkAccessToken {
        /// The token that WeChat has just refused, if that is why it is asked for.
        refused: Option<Secret>,
    },
    /// `jssdk.jsapi_ticket`.
    JssdkJsapiTicket,
    /// `downloadbill` and `downloadfundflow`: opens the bill.
    OpenBill {
        /// Its row.
        endpoint: &'static Endpoint,
        /// Its fields.
        params: Params<'static>,
    },
    /// The next rows of an open bill.
    BillRows(Arc<OpenBill>),
    /// The next piece of the text of an open bill.
    BillText(Arc<OpenBill>),
    /// `check`.
    Check,
    /// Does nothing.
    Nothing,
}

/// A bill that is read by jobs, one at a time.
#[derive(Debug)]
pub struct OpenBill {
    endpoint: &'static str,
    source: tokio::sync::Mutex<Source>,
    read: AtomicU64,
    totals: OnceLock<Row>,
    /// It is not read any further.
    closed: AtomicBool,
}

/// What is read of a bill.
#[derive(Debug)]
enum Source {
    Rows(Bill),
    Text(BillText),
    /// Between the two, or closed.
    None,
}

impl OpenBill {
    fn new(endpoint: &'static str, bill: Bill) -> Self {
        let source = tokio::sync::Mutex::new(Source::Rows(bill));
        Self { endpoint, source, read: AtomicU64::new(0), totals: OnceLock::new(), closed: AtomicBool::new(false) }
    }

    /// How many bytes were received so far.
    pub fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// The totals, after the last row.
    pub fn totals(&self) -> Option<&Row> {
        self.totals.get()
    }

    /// Ends the download and its connection. A read that is on its way ends first. Later reads are errors.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
        self.let_go();
    }

    async fn rows(&self) -> Result<Option<Arc<Batch>>, Error> {
        let _closing = Closing(self);
        let mut source = self.source.lock().await;
        let bill = match &mut *source {
            Source::Rows(bill) => bill,
            Source::Text(_) => return Err(self.misused("its text is being read")),
            Source::None => return Err(self.misused("it was closed")),
        };
        let rows = bill.next_batch().await?;
        self.read.store(bill.bytes_read(), Ordering::Relaxed);
        self.keep_totals(rows.is_none(), bill.totals());
        Ok(rows)
    }

    async fn text(&self) -> Result<Option<Vec<u8>>, Error> {
        let _closing = Closing(self);
        let mut source = self.source.lock().await;
        *source = match std::mem::replace(&mut *source, Source::None) {
            Source::Rows(bill) if bill.bytes_read() > 0 => {
                *source = Source::Rows(bill);
                return Err(self.misused("its rows are being read"));
            }
            Source::Rows(bill) => Source::Text(bill.into_text()),
            other => other,
        };
        let Source::Text(text) = &mut *source else { return Err(self.misused("it was closed")) };
        let piece = text.next().await?;
        self.read.store(text.bytes_read(), Ordering::Relaxed);
        self.keep_totals(piece.is_none(), text.totals());
        Ok(piece)
    }

    fn keep_totals(&self, ended: bool, totals: Option<&Row>) {
        if let (true, Some(totals)) = (ended, totals) {
            let _ = self.totals.set(totals.clone());
        }
    }

    /// Closes the connection of a closed bill. While a read has the lock, that read does it at its end.
    fn let_go(&self) {
        if self.closed.load(Ordering::SeqCst)
            && let Ok(mut source) = self.source.try_lock()
        {
            *source = Source::None;
        }
    }

    fn misused(&self, why: &str) -> Error {
        let rule = format!("is read once, and {why}: download it again, or save it and read the file");
        Error::invalid("bill", rule).at(self.endpoint)
    }
}

/// Runs at the end of a read, also of one that was cancelled, after it has given the lock back.
struct Closing<'a>(&'a OpenBill);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.let_go();
    }
}

/// What a job returns.
#[derive(Debug)]
pub enum Output {
    /// A document, with its record unless the call is not in the table.
    Document(Option<&'static Record>, Fields),
    /// A token or a ticket.
    Secret(Secret),
    /// A JSON text: the arguments of `wx.config`, or the findings of `check`.
    Json(String),
    /// A payment that this process now has to hand over.
    Handling(Box<Handling>),
    /// A refund that this process now has to hand over. One that failed, and that the caller does not take, is a document.
    RefundHandling(Box<Handling<ConfirmedRefund>>),
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
        /// The merchant's number of the order.
        out_trade_no: String,
    },
    /// The results of [`Job::BeginAllPending`].
    Each(Vec<Result<Output, Error>>),
    /// A payment by code goes on.
    CodeProgress(Box<CodeProgress>),
    /// A payment by code is over. One that is paid is a document.
    CodeEnded(Box<CodeResult>),
    /// No value.
    Nothing,
}

/// How errors and events refer to a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// The call's name, as in [`Error::endpoint`].
    pub endpoint: &'static str,
    /// What repeating the call does.
    pub retry: RetryClass,
}

impl About {
    /// The error of a caller that gave the call up. `outcome` is [`Outcome::NotSent`] only for a job that was not started.
    pub fn cancelled(self, outcome: Outcome) -> Error {
        retry::cancelled(self.endpoint, outcome, self.retry)
    }
}

impl Job {
    /// The call of this name, such as `unifiedorder` or `oauth.access_token`; `None` when the table has none.
    pub fn named(name: &str, params: Params<'static>) -> Option<Self> {
        registry::find(name).map(|endpoint| Self::of(endpoint, params))
    }

    /// A call of the table.
    pub fn of(endpoint: &'static Endpoint, params: Params<'static>) -> Self {
        match endpoint.answer {
            Answer::Bill => Self::OpenBill { endpoint, params },
            _ => Self::Execute { endpoint, params },
        }
    }

    /// Name and retry class of the call that WeChat receives. Where a job consists of several calls, they are those of the
    /// call that matters most: `orderquery` for all that ends in a confirmed payment.
    pub fn about(&self) -> About {
        let safe = |endpoint| About { endpoint, retry: RetryClass::Safe };
        match self {
            Self::Execute { endpoint, params } | Self::OpenBill { endpoint, params } => {
                About { endpoint: endpoint.name, retry: endpoint.retry_class(params) }
            }
            Self::BillRows(bill) | Self::BillText(bill) => safe(bill.endpoint),
            Self::Call { .. } => About { endpoint: "call", retry: RetryClass::QueryFirst },
            Self::Confirm { .. }
            | Self::Begin { .. }
            | Self::BeginAny { .. }
            | Self::BeginPending(_)
            | Self::BeginAllPending(_)
            | Self::WaitForPayment { .. } => {
                About { endpoint: Orderquery::ENDPOINT.name, retry: Orderquery::ENDPOINT.retry }
            }
            Self::ConfirmRefund { .. } | Self::BeginPendingRefund { .. } | Self::BeginAllPendingRefunds { .. } => {
                About { endpoint: Refundquery::ENDPOINT.name, retry: Refundquery::ENDPOINT.retry }
            }
            Self::CodeProgress(_) | Self::CodeStep(_) => {
                About { endpoint: Micropay::ENDPOINT.name, retry: Micropay::ENDPOINT.retry }
            }
            Self::Finish(_) | Self::GiveBack(_) | Self::Nothing => safe("notify.handle"),
            Self::Check => safe("check"),
            Self::JssdkConfig(_) => safe("jssdk.config"),
            Self::JssdkAccessToken { .. } => safe("jssdk.access_token"),
            Self::JssdkJsapiTicket => safe("jssdk.jsapi_ticket"),
        }
    }

    /// Whether a binding must run the job to its end although its caller gave it up: a payment is handed over again unless it
    /// was recorded that it was handed over.
    pub fn runs_to_its_end(&self) -> bool {
        matches!(self, Self::Finish(_) | Self::GiveBack(_))
    }

    /// Runs the job.
    ///
    /// # Errors
    /// Those of the client's method of the same name.
    pub async fn run(self, pay: &WxPay) -> Result<Output, Error> {
        match self {
            Self::Execute { endpoint, params } => {
                let fields = pay.execute(endpoint, &params).await?;
                Ok(Output::Document(Some(endpoint.reply), fields))
            }
            Self::OpenBill { endpoint, params } => {
                let bill = pay.open_bill(endpoint, &params).await?;
                Ok(Output::Bill(Arc::new(OpenBill::new(endpoint.name, bill))))
            }
            Self::BillRows(bill) => bill.rows().await.map(Output::Rows),
            Self::BillText(bill) => bill.text().await.map(Output::Bytes),
            Self::Call { path, params } => Ok(Output::Document(None, pay.call(&path, &params).await?)),
            Self::Confirm { body } => pay.notify().confirm(&body).await.map(document),
            Self::Begin { body } => {
                let begun = pay.notify().begin(&body).await?;
                // Read once more instead of handed through every step: only repeated notifications come here.
                output(begun, || pay.notify().parse(&body).map(|parsed| parsed.out_trade_no().to_owned()))
            }
            Self::ConfirmRefund { body } => pay.notify().confirm_refund(&body).await.map(document),
            Self::BeginAny { body, failures } => match pay.notify().begin_any(&body, failures).await? {
                Begun::Payment(begun) => {
                    output(begun, || pay.notify().parse(&body).map(|parsed| parsed.out_trade_no().to_owned()))
                }
                Begun::Refund { start, out_trade_no } => Ok(refund_output(start, out_trade_no)),
            },
            Self::BeginPendingRefund { pending, failures } => {
                let begun = pay.notify().begin_pending_refund(&pending, failures).await?;
                Ok(refund_output(begun, pending.out_refund_no))
            }
            Self::BeginAllPendingRefunds { pending, failures } => {
                let numbers: Vec<_> = pending.iter().map(|pending| pending.out_refund_no.clone()).collect();
                let begun = pay.notify().begin_all_pending_refunds(pending, failures).await.into_iter().zip(numbers);
                Ok(Output::Each(begun.map(|(begun, number)| Ok(refund_output(begun?, number))).collect()))
            }
            Self::BeginPending(pending) => {
                let begun = pay.notify().begin_pending(&pending).await?;
                output(begun, || Ok(pending.out_trade_no))
            }
            Self::BeginAllPending(pending) => {
                let numbers: Vec<_> = pending.iter().map(|pending| pending.out_trade_no.clone()).collect();
                let begun = pay.notify().begin_all_pending(pending).await.into_iter().zip(numbers);
                Ok(Output::Each(begun.map(|(begun, number)| output(begun?, || Ok(number))).collect()))
            }
            Self::Finish(claim) => claim.finish().await.map(|()| Output::Nothing),
            Self::GiveBack(claim) => {
                claim.give_back().await;
                Ok(Output::Nothing)
            }
            Self::WaitForPayment { out_trade_no, total_fee, sub_mch_id, within, hand_over } => {
                let waiting = pay.wait_for_payment_of(sub_mch_id.as_deref(), &out_trade_no, total_fee, within);
                let Some(payment) = waiting.await? else {
                    return Ok(Output::Nothing);
                };
                if hand_over { claim(pay, payment).await } else { Ok(document(payment)) }
            }
            Self::CodeProgress(payment) => Ok(Output::CodeProgress(Box::new(payment.progress().await))),
            // Boxed, as below.
            Self::CodeStep(payment) => match Box::pin(payment.step()).await? {
                CodeStepped::Progress(progress) => Ok(Output::CodeProgress(progress)),
                CodeStepped::Ended(result) => match *result {
                    CodeResult::Paid(payment) => Ok(document(*payment)),
                    other => Ok(Output::CodeEnded(Box::new(other))),
                },
            },
            // Boxed: its future is the largest, and would make every job's as large.
            Self::JssdkConfig(page) => {
                Box::pin(pay.jssdk().config(&page)).await.map(|config| Output::Json(config.to_json()))
            }
            Self::JssdkAccessToken { refused: None } => pay.jssdk().access_token().await.map(Output::Secret),
            Self::JssdkAccessToken { refused: Some(refused) } => {
                pay.jssdk().access_token_but(&refused).await.map(Output::Secret)
            }
            Self::JssdkJsapiTicket => pay.jssdk().jsapi_ticket().await.map(Output::Secret),
            Self::Check => Ok(Output::Json(Box::pin(pay.check()).await.to_json())),
            Self::Nothing => Ok(Output::Nothing),
        }
    }
}

/// Its arguments may be secret: the name has to do.
impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Job").field(&self.about().endpoint).finish()
    }
}

/// A payment that another process is handing over is returned as it is: it is paid.
async fn claim(pay: &WxPay, payment: ConfirmedPayment) -> Result<Output, Error> {
    match pay.notify().begin_confirmed(payment.clone()).await? {
        Start::Ours(handling) => Ok(Output::Handling(handling)),
        _ => Ok(document(payment)),
    }
}

fn document<D: Document>(document: D) -> Output {
    Output::Document(Some(D::RECORD), document.fields().clone())
}

/// `number` is the merchant's number of the order, or of the refund where that is what the caller asked for.
fn refund_output(begun: RefundStart, number: String) -> Output {
    let state = begun.as_str();
    let (next_due, trade_state) = match begun {
        RefundStart::Ours(handling) => return Output::RefundHandling(handling),
        RefundStart::Failed(refund) => return document(*refund),
        RefundStart::Processing(status) => (None, Some(status)),
        RefundStart::NotDue(next_due) => (next_due, None),
        RefundStart::Done | RefundStart::Busy | RefundStart::TooOld => (None, None),
    };
    Output::NotOurs { state, next_due, trade_state, out_trade_no: number }
}

fn output(begun: Start, out_trade_no: impl FnOnce() -> Result<String, Error>) -> Result<Output, Error> {
    let (trade_state, next_due) = (begun.trade_state().map(str::to_owned), begun.next_due());
    match begun {
        Start::Ours(handling) => Ok(Output::Handling(handling)),
        other => Ok(Output::NotOurs { state: other.as_str(), next_due, trade_state, out_trade_no: out_trade_no()? }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn a_cancelled_job_is_named_after_the_call_that_wechat_receives() {
        let pending = Pending { out_trade_no: "A1".to_owned(), total_fee: Fen(1), created: 0, sub_mch_id: None };
        let text = String::new;
        let named = |name| Job::named(name, Vec::new()).unwrap();
        let force = vec![("force_refresh".into(), Value::Bool(true))];
        let forced = Job::named("jssdk.stable_token", force).unwrap();
        for (job, endpoint, retry) in [
            (Job::Call { path: text(), params: Vec::new() }, "call", "query_first"),
            (Job::Confirm { body: Vec::new() }, "orderquery", "same_request"),
            (Job::Begin { body: Vec::new() }, "orderquery", "same_request"),
            (Job::BeginPending(pending), "orderquery", "same_request"),
            (named("oauth.access_token"), "oauth.access_token", "never"),
            (named("oauth.refresh_token"), "oauth.refresh_token", "same_request"),
            (Job::JssdkJsapiTicket, "jssdk.jsapi_ticket", "same_request"),
            (named("jssdk.stable_token"), "jssdk.stable_token", "same_request"),
            (forced, "jssdk.stable_token", "query_first"),
        ] {
            let error = job.about().cancelled(Outcome::Unknown);
            assert_eq!((error.endpoint(), error.retry().as_str()), (Some(endpoint), retry));
            assert_eq!(job.about().cancelled(Outcome::NotSent).retry().as_str(), "same_request");
        }
        for endpoint in registry::all() {
            let about = Job::Execute { endpoint, params: Vec::new() }.about();
            assert_eq!(about, About { endpoint: endpoint.name, retry: endpoint.retry });
        }
    }

    #[test]
    fn debug_shows_no_argument() {
        let job = Job::named("oauth.access_token", vec![("code".into(), Value::Text("0719k6000".into()))]).unwrap();
        assert_eq!(format!("{job:?}"), r#"Job("oauth.access_token")"#);
    }
}
