//! A payment by code in progress: which answer leads to which step.

use std::time::Duration;

use super::answers::{ChargeOutcome, QueryOutcome, ReverseOutcome};
use super::options::CodeOptions;
use super::refusals::{is_refused, is_refused_for_good, is_unsigned, may_have_acted};
use super::result::CodeResult;
use super::steps::{CodeStage, CodeStep};
use crate::codes::{FAILED_AND_CANCELLED, Meaning};
use crate::error::Error;
use crate::notify::ConfirmedPayment;
use crate::trade_state::TradeState;

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
    /// That answer proves nothing: the order may be another sub-merchant's.
    may_be_of_another: bool,
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

    /// Nobody knows for which sub-merchant the code was charged. WeChat says of another one's order that there is none.
    #[cfg(feature = "client")]
    pub(crate) fn of_unknown_sub_merchant(mut self) -> Self {
        self.may_be_of_another = true;
        self
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
            may_be_of_another: false,
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
        let is_missing = error.meaning() == Some(Meaning::NotFound) && !is_unsigned(&error);
        self.is_missing = is_missing && !self.may_be_of_another;
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
            Some(Failed { error, trade_state }) => {
                // It asks to cancel the order, which is done.
                self.refuse(error.map(|error| error.meaning_as(Some(&FAILED_AND_CANCELLED))), trade_state);
            }
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
