//! A payment by code, without I/O: charge the code once, ask for the order while the result is not known, and cancel the order when time is
//! over (protocol §3.9, §3.10; v3 §5.1). Each step says what to do next, and takes what was answered. Both APIs give the same answers: which
//! of them is asked is not known here.

use std::time::Duration;

use crate::codes::{ErrorCode, Meaning};
use crate::error::{Error, Kind, Outcome};
use crate::explanation::Language;
use crate::model::ApiVersion;
use crate::notify::ConfirmedPayment;
use crate::trade_state::TradeState;

/// The times of a payment by code, and whether it may cancel the order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CodeOptions {
    /// How long the customer may take, from the call on. The order is cancelled then.
    pub within: Duration,
    /// The pause between two questions about the order. WeChat asks for five seconds.
    pub interval: Duration,
    /// The earliest time at which the order is cancelled, after its code was charged. WeChat asks for 15 seconds. Before that, an order that
    /// WeChat does not know may still appear.
    pub reverse_after: Duration,
    /// Whether an order whose payment is not known in time is cancelled. That needs the merchant's certificate.
    pub reverse: bool,
    /// The API that charges the code. `None`: that of the fields, and for the fields of `micropay` APIv2 if `api_key` is set, else APIv3. A
    /// payment that is taken up again goes on by the API that charged it.
    pub api: Option<ApiVersion>,
}

impl Default for CodeOptions {
    fn default() -> Self {
        Self {
            within: Duration::from_secs(30),
            interval: Duration::from_secs(5),
            reverse_after: Duration::from_secs(15),
            reverse: true,
            api: None,
        }
    }
}

/// The final state of a payment by code.
#[derive(Debug)]
#[non_exhaustive]
pub enum CodeResult {
    /// The customer paid.
    Paid(Box<ConfirmedPayment>),
    /// Nothing was taken, and nothing will be: WeChat refused the code, or the customer did not pay. Another try takes a new number and a new
    /// code.
    Refused {
        /// WeChat's word for it.
        error: Option<Error>,
        /// The order's state, where WeChat says it: `PAYERROR` or `CLOSED`.
        trade_state: Option<String>,
    },
    /// The order was cancelled: what the customer had paid goes back.
    Reversed,
    /// The result is not known. Take it up again from the order's number before anything else is done.
    Unknown {
        /// The last error.
        error: Option<Error>,
        /// The last state that WeChat answered.
        trade_state: Option<String>,
    },
}

impl CodeResult {
    /// `paid`, `refused`, `reversed` or `unknown`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Paid(_) => "paid",
            Self::Refused { .. } => "refused",
            Self::Reversed => "reversed",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// The payment, if it is paid.
    pub fn payment(&self) -> Option<&ConfirmedPayment> {
        match self {
            Self::Paid(payment) => Some(payment),
            _ => None,
        }
    }

    /// Why it is refused or unknown.
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Refused { error, .. } | Self::Unknown { error, .. } => error.as_ref(),
            _ => None,
        }
    }

    /// The order's last state in WeChat's words, where one was answered.
    pub fn trade_state(&self) -> Option<&str> {
        match self {
            Self::Paid(_) => Some("SUCCESS"),
            Self::Refused { trade_state, .. } | Self::Unknown { trade_state, .. } => trade_state.as_deref(),
            Self::Reversed => Some("REVOKED"),
        }
    }

    /// The next action of the person at the till.
    pub fn advice(&self, language: Language) -> &'static str {
        let (english, chinese) = match self {
            Self::Paid(_) => ("The customer has paid: hand over the goods.", "支付成功：请交付商品。"),
            Self::Refused { .. } => (
                "Nothing was taken. For another try make a new out_trade_no, and scan a new payment code.",
                "未扣款。如需重试，请换新的订单号，并重新扫描付款码。",
            ),
            Self::Reversed => (
                "The order is cancelled, and what the customer paid goes back. For another try make a new out_trade_no.",
                "订单已撤销，已付款项将退回。如需重试，请换新的订单号。",
            ),
            Self::Unknown { trade_state: Some(state), .. } if state == "REFUND" => (
                "The order was paid, and refunded in full or in part: refundquery tells how much.",
                "订单已支付，并已全部或部分退款：请查询退款。",
            ),
            Self::Unknown { .. } => (
                "It is not known whether the customer paid. Take no other money and hand nothing over: take it up again with the same \
                 out_trade_no (resume_pay_by_code).",
                "支付结果未知：请勿重复收款，也不要交付商品；请用同一订单号继续查询（resume_pay_by_code）。",
            ),
        };
        match language {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }
}

/// The current stage, for the till's display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CodeStage {
    /// The code is being charged.
    Charging,
    /// The customer has to confirm on the phone, or the order is not paid yet.
    Waiting,
    /// WeChat gave no usable answer: the order is asked for.
    Asking,
    /// The order is being cancelled.
    Reversing,
}

impl CodeStage {
    /// `charging`, `waiting`, `asking` or `reversing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Charging => "charging",
            Self::Waiting => "waiting",
            Self::Asking => "asking",
            Self::Reversing => "reversing",
        }
    }
}

/// The next step, and its earliest time. Times count from the start of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeStep {
    /// Charge the code: `micropay` or `v3.codepay`.
    Charge,
    /// Ask for the order: `orderquery` or `v3.query`.
    Query {
        /// Not before this.
        at: Duration,
    },
    /// Cancel the order: `reverse` or `v3.reverse`.
    Reverse {
        /// Not before this.
        at: Duration,
    },
    /// The result is there: [`CodeFlow::into_result`].
    Done,
}

/// An answer to the charge of a code, compared with what was charged.
#[derive(Debug)]
pub enum ChargeOutcome {
    /// Paid, and confirmed.
    Paid(Box<ConfirmedPayment>),
    /// WeChat says that it is paid, without all that makes a [`ConfirmedPayment`]. Older gateways of APIv2 say no state.
    Unconfirmed(Option<TradeState>),
    /// In another state, or in one that WeChat does not say.
    State(Option<TradeState>),
    /// Refused, or no usable answer.
    Failed(Error),
}

/// An answer to the cancellation of an order.
#[derive(Debug)]
pub enum ReverseOutcome {
    /// Cancelled.
    Reversed,
    /// Not cancelled yet: WeChat asks to call again.
    Again(Option<Error>),
    /// Refused, or no usable answer.
    Failed(Error),
}

/// An answer about an order, compared with what the merchant recorded.
#[derive(Debug)]
pub enum QueryOutcome {
    /// Paid, and confirmed.
    Paid(Box<ConfirmedPayment>),
    /// In another state.
    State(TradeState),
    /// No usable answer.
    Failed(Error),
}

/// How often `reverse` is sent before the result is called unknown.
const REVERSALS: u32 = 10;
/// The pause after a `reverse` that has to be repeated.
const REVERSAL_PAUSE: Duration = Duration::from_secs(2);

/// A payment by code in progress.
#[derive(Debug)]
pub struct CodeFlow {
    options: CodeOptions,
    next: CodeStep,
    stage: CodeStage,
    /// When the code was charged; from then on the time until `reverse` counts.
    charged: Duration,
    /// When the order is asked for the last time.
    ends: Duration,
    /// WeChat has said that the customer paid, without all that makes a [`ConfirmedPayment`].
    said_paid: bool,
    /// WeChat has said that the payment failed. The order is cancelled all the same, as WeChat asks.
    failed: Option<Failed>,
    /// WeChat's last answer about the order was that there is none.
    is_missing: bool,
    reversals: u32,
    /// `reverse` was refused for good: one more question tells the result.
    is_refused: bool,
    /// A `reverse` was sent, and its answer is not there.
    is_reversing: bool,
    /// A `reverse` may have taken effect.
    may_be_reversed: bool,
    trade_state: Option<String>,
    /// WeChat refused the signature of every call so far: the settings are wrong, and more questions get the same answer.
    is_denied: bool,
    /// The error of the charge, which says more than a later one.
    charge_error: Option<Error>,
    error: Option<Error>,
    result: Option<CodeResult>,
}

#[derive(Debug)]
struct Failed {
    error: Option<Error>,
    trade_state: Option<String>,
}

impl CodeFlow {
    /// A new payment: the first step charges the code.
    pub fn start(options: CodeOptions) -> Self {
        Self::of(options, CodeStep::Charge, CodeStage::Charging, Duration::ZERO)
    }

    /// Takes up a payment whose code was charged `since` ago; zero where that is not known. No code is charged again.
    pub fn resume(options: CodeOptions, since: Duration) -> Self {
        let mut resumed = Self::of(options, CodeStep::Query { at: Duration::ZERO }, CodeStage::Asking, Duration::ZERO);
        resumed.options.reverse_after = resumed.options.reverse_after.saturating_sub(since);
        resumed
    }

    /// A payment whose result was taken. It does nothing more, and its result is `unknown`.
    #[cfg(feature = "client")]
    pub(crate) fn taken() -> Self {
        Self::of(CodeOptions::default(), CodeStep::Done, CodeStage::Asking, Duration::ZERO)
    }

    fn of(options: CodeOptions, next: CodeStep, stage: CodeStage, charged: Duration) -> Self {
        let ends = options.within;
        Self {
            options,
            next,
            stage,
            charged,
            ends,
            said_paid: false,
            failed: None,
            is_missing: false,
            reversals: 0,
            is_refused: false,
            is_reversing: false,
            may_be_reversed: false,
            trade_state: None,
            is_denied: false,
            charge_error: None,
            error: None,
            result: None,
        }
    }

    /// The next step.
    pub fn next(&self) -> CodeStep {
        self.next
    }

    /// The stage that the till may show.
    pub fn stage(&self) -> CodeStage {
        self.stage
    }

    /// The order's last state in WeChat's words.
    pub fn trade_state(&self) -> Option<&str> {
        self.trade_state.as_deref()
    }

    /// The last error.
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref().or(self.charge_error.as_ref())
    }

    /// When the customer's time is over.
    pub fn ends(&self) -> Duration {
        self.ends
    }

    /// The step is about to be sent. If its answer never comes, because the caller dropped the step, the next one asks for the order: a code is
    /// charged once.
    pub fn sending(&mut self, now: Duration) {
        match self.next {
            CodeStep::Charge => {
                self.charged = now;
                self.next = CodeStep::Query { at: now };
            }
            CodeStep::Reverse { .. } => {
                self.may_be_reversed |= self.is_reversing;
                self.is_reversing = true;
            }
            CodeStep::Query { .. } | CodeStep::Done => {}
        }
    }

    /// Nothing of the charge was sent: it may be sent again.
    pub fn unsent(&mut self) {
        self.next = CodeStep::Charge;
        self.stage = CodeStage::Charging;
    }

    /// The result, once [`CodeFlow::next`] is [`CodeStep::Done`]; `unknown` before.
    pub fn into_result(self) -> CodeResult {
        let Self { result, error, charge_error, trade_state, .. } = self;
        result.unwrap_or(CodeResult::Unknown { error: error.or(charge_error), trade_state })
    }

    /// The cashier gives the payment up: the order is cancelled as soon as WeChat takes that. If the customer has paid by then, it is paid.
    pub fn give_up(&mut self, now: Duration) {
        if self.next == CodeStep::Charge {
            // Nothing was sent.
            return self.refuse(None, None);
        }
        if self.stage != CodeStage::Reversing && self.next != CodeStep::Done {
            self.ends = self.ends.min(now);
            if let CodeStep::Query { at } = &mut self.next {
                *at = (*at).min(now);
            }
        }
    }

    /// Takes the answer of the charge.
    pub fn charged(&mut self, now: Duration, answer: ChargeOutcome) {
        self.charged = now;
        match answer {
            ChargeOutcome::Paid(payment) => self.done(CodeResult::Paid(payment)),
            ChargeOutcome::Unconfirmed(state) => {
                self.trade_state = state.map(|state| state.as_str().to_owned());
                self.confirm(now);
            }
            ChargeOutcome::State(state) => {
                self.trade_state = state.as_ref().map(|state| state.as_str().to_owned());
                match state {
                    Some(TradeState::PayError) => self.fail(None, self.trade_state.clone()),
                    Some(_) | None => self.wait(now),
                }
            }
            ChargeOutcome::Failed(error) => self.charge_failed(now, error),
        }
    }

    fn charge_failed(&mut self, now: Duration, error: Error) {
        if is_unsigned(&error) {
            self.is_denied = error.is_sign_error();
            self.charge_error = Some(error);
            self.ask(now, now);
        } else if error.is_number_used() {
            // The number was charged or ordered before, perhaps for this very purchase: "nothing was taken" would charge the customer twice.
            self.charge_error = Some(error);
            self.unknown();
        } else if is_refused(&error) {
            self.refuse(Some(error), None);
        } else if error.is_pay_error() {
            // WeChat asks to cancel such an order.
            self.fail(Some(error), None);
        } else {
            let waits = error.awaits_customer();
            self.charge_error = Some(error);
            if waits {
                self.trade_state = Some(TradeState::UserPaying.as_str().to_owned());
                self.wait(now);
            } else {
                // Ask at once: the code may be charged.
                self.ask(now, now);
            }
        }
    }

    /// Takes the answer about the order.
    pub fn asked(&mut self, now: Duration, answer: QueryOutcome) {
        let state = match answer {
            QueryOutcome::Paid(payment) => return self.asked_paid(payment),
            QueryOutcome::State(state) => state,
            QueryOutcome::Failed(error) => return self.asked_in_vain(now, error),
        };
        (self.is_missing, self.is_denied) = (false, false);
        self.trade_state = Some(state.as_str().to_owned());
        if !matches!(state, TradeState::PayError | TradeState::Closed | TradeState::Revoked) {
            // WeChat's newest answer is another.
            self.failed = None;
        }
        match state {
            TradeState::Revoked => self.done(CodeResult::Reversed),
            TradeState::Closed => self.refuse(None, self.trade_state.clone()),
            TradeState::PayError if self.is_refused => self.refuse(None, self.trade_state.clone()),
            TradeState::PayError => self.fail(None, self.trade_state.clone()),
            // It was paid, and something was given back: the merchant decides.
            TradeState::Refund => self.unknown(),
            _ if self.is_refused => self.unknown(),
            _ => self.wait(now),
        }
    }

    /// A payment that a `reverse` may give back at this moment is not called paid.
    fn asked_paid(&mut self, payment: Box<ConfirmedPayment>) {
        if self.may_be_reversed || self.is_reversing {
            self.failed = None;
            self.trade_state = Some(TradeState::Success.as_str().to_owned());
            self.unknown();
        } else {
            self.done(CodeResult::Paid(payment));
        }
    }

    fn asked_in_vain(&mut self, now: Duration, error: Error) {
        self.is_missing = error.meaning() == Some(Meaning::NotFound) && !is_unsigned(&error);
        self.is_denied &= is_unsigned(&error) && error.is_sign_error();
        self.error = Some(error);
        if self.is_denied {
            // A cancellation would be refused too. Who wrote it is not known, so neither is the result.
            return self.unknown();
        }
        if self.is_refused {
            return if self.is_missing { self.missing() } else { self.unknown() };
        }
        if self.is_over(now) {
            return self.end(now);
        }
        self.ask(now, now + self.options.interval);
    }

    /// Takes the answer of the cancellation.
    pub fn reversed(&mut self, now: Duration, answer: ReverseOutcome) {
        self.reversals += 1;
        self.is_reversing = false;
        let again = match answer {
            ReverseOutcome::Reversed => return self.reversal_done(),
            ReverseOutcome::Again(error) => {
                self.may_be_reversed |= error.as_ref().is_none_or(may_have_acted);
                self.error = error.or_else(|| self.error.take());
                true
            }
            ReverseOutcome::Failed(error) => {
                let refused = is_refused_for_good(&error);
                self.may_be_reversed |= !refused && may_have_acted(&error);
                self.error = Some(error);
                !refused
            }
        };
        if again && self.reversals < REVERSALS {
            self.next = CodeStep::Reverse { at: now + REVERSAL_PAUSE };
        } else {
            // Nothing more can be done: a last question tells what is known.
            self.is_refused = true;
            self.next = CodeStep::Query { at: now };
        }
    }

    fn reversal_done(&mut self) {
        match self.failed.take() {
            Some(Failed { error, trade_state }) => self.refuse(error, trade_state),
            None => self.done(CodeResult::Reversed),
        }
    }

    /// Waits for the customer.
    fn wait(&mut self, now: Duration) {
        if self.is_over(now) {
            return self.end(now);
        }
        self.stage = CodeStage::Waiting;
        self.next = CodeStep::Query { at: (now + self.options.interval).min(self.ends.max(now)) };
    }

    /// Asks for the order.
    fn ask(&mut self, now: Duration, at: Duration) {
        self.stage = CodeStage::Asking;
        self.next = CodeStep::Query { at: at.min(self.ends.max(now)) };
    }

    /// WeChat said that it is paid: only the order's own answer is missing.
    fn confirm(&mut self, now: Duration) {
        self.said_paid = true;
        self.ask(now, now);
    }

    fn is_over(&self, now: Duration) -> bool {
        now >= self.ends
    }

    /// The time is over.
    fn end(&mut self, now: Duration) {
        let earliest = self.charged + self.options.reverse_after;
        // An order that WeChat called paid is not cancelled because the proof of it is late.
        if self.said_paid || !self.options.reverse {
            let is_missing = self.is_missing && now >= earliest && !self.said_paid;
            return if is_missing { self.missing() } else { self.unknown() };
        }
        if now < earliest {
            // Until WeChat takes the cancellation, the customer may pay.
            self.stage = CodeStage::Reversing;
            self.next = CodeStep::Query { at: (now + self.options.interval).min(earliest) };
        } else {
            self.reverse();
        }
    }

    fn reverse(&mut self) {
        self.stage = CodeStage::Reversing;
        self.next = CodeStep::Reverse { at: self.charged + self.options.reverse_after };
    }

    /// WeChat says that the payment failed, and asks to cancel the order.
    fn fail(&mut self, error: Option<Error>, trade_state: Option<String>) {
        if self.options.reverse && self.reversals == 0 {
            self.failed = Some(Failed { error, trade_state });
            self.reverse();
        } else {
            self.refuse(error, trade_state);
        }
    }

    /// WeChat does not know the order, so long after the call that a request on its way would have arrived: the code was not charged.
    fn missing(&mut self) {
        let error = self.charge_error.take().or_else(|| self.error.take());
        self.refuse(error, None);
    }

    fn refuse(&mut self, error: Option<Error>, trade_state: Option<String>) {
        self.done(CodeResult::Refused { error, trade_state });
    }

    fn unknown(&mut self) {
        // What failed for certain stays so, whether it could be cancelled or not.
        if let Some(Failed { error, trade_state }) = self.failed.take() {
            return self.refuse(error, trade_state);
        }
        let error = self.error.take().or_else(|| self.charge_error.take());
        let trade_state = self.trade_state.clone();
        self.done(CodeResult::Unknown { error, trade_state });
    }

    fn done(&mut self, result: CodeResult) {
        self.result = Some(result);
        self.next = CodeStep::Done;
    }
}

/// Whether it is a refusal of APIv3 without WeChat's signature, which may come from anybody on the way: it decides nothing.
fn is_unsigned(error: &Error) -> bool {
    error.verified() == Some(false)
}

/// Whether the charge was refused for certain: WeChat's code or words are known, and final.
fn is_refused(error: &Error) -> bool {
    match error.kind() {
        Kind::Business { .. } | Kind::Protocol { .. } => is_known(error) && !error.is_pay_error(),
        _ => false,
    }
}

/// Whether the cancellation was refused for certain.
fn is_refused_for_good(error: &Error) -> bool {
    match error.kind() {
        Kind::Business { .. } | Kind::Protocol { .. } => is_known(error) && error.meaning() != Some(Meaning::TooMany),
        Kind::Config { .. } | Kind::InvalidRequest { .. } => true,
        _ => false,
    }
}

/// Whether a refusal is WeChat's, is known, and says that nothing happened. A code that came later than this version may mean anything.
fn is_known(error: &Error) -> bool {
    let nothing = matches!(
        error.meaning(),
        Some(Meaning::Final | Meaning::Later | Meaning::NotFound | Meaning::TooMany | Meaning::DeadToken)
    );
    nothing && !is_unsigned(error) && (error.remedy(Language::English).is_some() || error.is(ErrorCode::Certificate))
}

fn may_have_acted(error: &Error) -> bool {
    !matches!(error.kind(), Kind::Transport { outcome: Outcome::NotSent, .. })
}
