//! A payment by code in progress: its steps are sent, and their answers taken.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use super::charged::{Charged, KEPT};
use super::progress::{CodeProgress, CodeStepOutcome};
use crate::client::inner::{WxPay, now, owner};
use crate::client::notify::{HandlerError, hand_over};
use crate::client::start::Start;
use crate::codes::Api;
use crate::error::{Error, Kind, Outcome};
use crate::fields::Fields;
use crate::flow::code_api::{self, CodeCall, CodeOrder, charge_endpoint};
use crate::flow::{CodeFlow, CodeOptions, CodeResult, CodeStage, CodeStep, QueryOutcome};
use crate::notify::ConfirmedPayment;
use crate::secret::Secret;
use crate::table::row::Endpoint;
use crate::value::Params;

/// A payment by code in progress. Clones are the same payment: one may run it while another gives it up.
#[derive(Clone)]
pub struct CodePayment(Arc<Inner>);

struct Inner {
    pay: WxPay,
    /// The fields of the charge; `None` when the payment is taken up again.
    params: Option<Params<'static>>,
    order: CodeOrder,
    options: CodeOptions,
    /// Whether the store was asked when the code was charged, and by which API.
    looked_up: AtomicBool,
    /// What its mark in the store is known by. A step that was dropped on the way may have written the mark.
    owner: OnceLock<String>,
    /// Whether the code may have been charged.
    is_charged: AtomicBool,
    /// Whether APIv3 has the order, else APIv2. The store may say otherwise than the settings.
    by_v3: AtomicBool,
    /// A step keeps it locked while it waits and sends.
    flow: Mutex<CodeFlow>,
    /// What the flow last was, for the display.
    shown: std::sync::Mutex<Shown>,
    start: Instant,
    given_up: AtomicBool,
    stop: Notify,
}

/// What is shown of a flow.
struct Shown {
    stage: CodeStage,
    trade_state: Option<String>,
    ends: Duration,
    error: Option<Error>,
}

impl Shown {
    fn of(flow: &CodeFlow) -> Self {
        Self {
            stage: flow.stage(),
            trade_state: flow.trade_state().map(str::to_owned),
            ends: flow.ends(),
            error: flow.error().map(Error::copy),
        }
    }
}

impl CodePayment {
    pub(super) fn new(
        pay: &WxPay,
        params: Option<Params<'static>>,
        order: CodeOrder,
        options: CodeOptions,
        api: Api,
    ) -> Self {
        let flow = match params {
            Some(_) => CodeFlow::start(options.clone()),
            None => CodeFlow::resume(options.clone(), Duration::ZERO),
        };
        Self(Arc::new(Inner {
            pay: pay.clone(),
            looked_up: AtomicBool::new(params.is_some()),
            owner: OnceLock::new(),
            is_charged: AtomicBool::new(params.is_none()),
            by_v3: AtomicBool::new(api == Api::V3),
            params,
            order,
            options,
            shown: std::sync::Mutex::new(Shown::of(&flow)),
            flow: Mutex::new(flow),
            start: Instant::now(),
            given_up: AtomicBool::new(false),
            stop: Notify::new(),
        }))
    }

    /// The merchant's number of the order.
    pub fn out_trade_no(&self) -> &str {
        &self.0.order.out_trade_no
    }

    /// The API that has the order. The first step of a payment that is taken up again learns it from the store.
    fn api(&self) -> Api {
        if self.0.by_v3.load(Ordering::Acquire) { Api::V3 } else { Api::V2 }
    }

    /// The call that charges the code, for errors and events.
    #[doc(hidden)]
    pub fn endpoint(&self) -> &'static Endpoint {
        charge_endpoint(self.api())
    }

    /// Whether the code may have been charged: by an earlier step, or before the payment was taken up again.
    #[doc(hidden)]
    pub fn may_be_charged(&self) -> bool {
        self.0.is_charged.load(Ordering::Acquire)
    }

    /// The cashier gives the payment up: [`CodePayment::step`] cancels the order as soon as WeChat takes that, and says what came of it. If the
    /// customer has paid by then, the result is paid.
    pub fn give_up(&self) {
        self.0.given_up.store(true, Ordering::Release);
        self.0.stop.notify_one();
    }

    /// Runs it to its end. `on_progress` gets the progress before each step.
    ///
    /// When the future is dropped, the result is unknown: go on with another `finish` or [`CodePayment::step`] of the same value, or with
    /// [`WxPay::resume_pay_by_code`]. No code is charged twice.
    ///
    /// # Errors
    /// As [`WxPay::pay_by_code`].
    pub async fn finish(&self, mut on_progress: impl FnMut(&CodeProgress)) -> Result<CodeResult, Error> {
        on_progress(&self.progress());
        loop {
            match self.step().await? {
                CodeStepOutcome::Progress(progress) => on_progress(&progress),
                CodeStepOutcome::Ended(result) => return Ok(*result),
            }
        }
    }

    /// As [`CodePayment::finish`], and hands a payment over as [`WxPay::pay_by_code_and_hand_over`] does.
    ///
    /// # Errors
    /// As [`WxPay::pay_by_code_and_hand_over`].
    pub async fn finish_and_hand_over<P>(
        &self,
        on_progress: impl FnMut(&CodeProgress),
        on_paid: P,
    ) -> Result<CodeResult, Error>
    where
        P: AsyncFnOnce(ConfirmedPayment, String) -> Result<(), HandlerError>,
    {
        let result = self.finish(on_progress).await?;
        if let CodeResult::Paid(payment) = &result
            && let Start::Ours(handling) = self.0.pay.notify().begin_confirmed(payment.as_ref().clone()).await?
        {
            // The amount was compared when WeChat confirmed it.
            let (_, ended) = hand_over(*handling, Ok(()), on_paid).await;
            ended.map_err(|error| error.about(self.out_trade_no()))?;
        }
        Ok(result)
    }

    /// What happens now, also while another task runs a step.
    pub fn progress(&self) -> CodeProgress {
        let shown = self.0.shown.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = self.now();
        CodeProgress {
            out_trade_no: self.out_trade_no().to_owned(),
            stage: shown.stage,
            trade_state: shown.trade_state.clone(),
            elapsed,
            left: shown.ends.saturating_sub(elapsed),
            error: shown.error.as_ref().map(Error::copy),
        }
    }

    /// Shows the flow as it is now: after each change, before anything is waited for.
    fn show(&self, flow: &CodeFlow) {
        *self.0.shown.lock().unwrap_or_else(PoisonError::into_inner) = Shown::of(flow);
    }

    /// The next step: waits until it is time for it, and sends one call.
    ///
    /// # Errors
    /// As [`WxPay::pay_by_code`].
    pub async fn step(&self) -> Result<CodeStepOutcome, Error> {
        let mut flow = self.0.flow.lock().await;
        if !self.0.looked_up.load(Ordering::Acquire) {
            let since = self.since_charged().await?;
            let resumed = CodeFlow::resume(self.0.options.clone(), since.unwrap_or_default());
            let is_of_sub_merchant = self.0.pay.sub_merchant_of(&self.0.order).is_some();
            *flow = match since {
                None if is_of_sub_merchant => resumed.of_unknown_sub_merchant(),
                _ => resumed,
            };
            self.show(&flow);
            self.0.looked_up.store(true, Ordering::Release);
        }
        self.wait(&mut flow).await;
        let step = flow.next();
        if step == CodeStep::Charge {
            self.mark().await?;
        }
        flow.sending(self.now());
        self.show(&flow);
        match step {
            CodeStep::Charge => self.charge(&mut flow).await?,
            CodeStep::Query { .. } => {
                let asked = self.ask().await?;
                flow.asked(self.now(), asked);
            }
            CodeStep::Reverse { .. } => {
                let answer = self.send(self.0.order.reverse(self.api())).await;
                flow.reversed(self.now(), code_api::reversed(answer));
            }
            CodeStep::Done => {}
        }
        self.show(&flow);
        if flow.next() != CodeStep::Done {
            return Ok(CodeStepOutcome::Progress(Box::new(self.progress())));
        }
        // A later step sends nothing, and says that the result is unknown: it has been taken.
        let ended = std::mem::replace(&mut *flow, CodeFlow::taken());
        self.show(&flow);
        Ok(CodeStepOutcome::Ended(Box::new(ended.into_result())))
    }

    /// Until it is time for the next step. A cashier who gives up ends the wait.
    async fn wait(&self, flow: &mut CodeFlow) {
        loop {
            if self.0.given_up.swap(false, Ordering::AcqRel) {
                flow.give_up(self.now());
                self.show(flow);
            }
            let (CodeStep::Query { at } | CodeStep::Reverse { at }) = flow.next() else { return };
            tokio::select! {
                () = tokio::time::sleep_until(self.0.start + at) => return,
                () = self.0.stop.notified() => {}
            }
        }
    }

    /// Keeps in the store that the number is charged, before it is.
    async fn mark(&self) -> Result<(), Error> {
        let (pay, order) = (&self.0.pay, &self.0.order);
        let (sub_mch_id, own) = (pay.sub_merchant_of(order).map(str::to_owned), self.owner()?);
        let charged =
            Charged { at: now(), total_fee: order.total_fee, api: self.api(), sub_mch_id, owner: Some(own.to_owned()) };
        let (key, mark) = (pay.charged_key(order), Secret::new(charged.written()));
        self.0.is_charged.store(true, Ordering::Release);
        if pay.0.store.add(&key, &mark, KEPT).await? {
            return Ok(());
        }
        // An earlier step was dropped after the store had this payment's mark, and before anything was sent.
        if let Some(kept) = pay.0.store.get(&key).await?
            && Charged::read(&kept).and_then(|kept| kept.owner).as_deref() == Some(own)
            && pay.0.store.compare_and_set(&key, &kept, &mark, KEPT).await?
        {
            return Ok(());
        }
        self.0.is_charged.store(false, Ordering::Release);
        let rule = format!(
            "{} was charged before: resume_pay_by_code takes that payment up; another payment needs a new number",
            order.out_trade_no
        );
        Err(Error::invalid("out_trade_no", rule).at(self.endpoint().name))
    }

    /// What this payment's mark is known by: the same in each step.
    fn owner(&self) -> Result<&str, Error> {
        if let Some(own) = self.0.owner.get() {
            return Ok(own);
        }
        let new = owner()?;
        Ok(self.0.owner.get_or_init(|| new))
    }

    /// How long ago the code was charged, as the store says; `None` without a record: another store has it, or none. From here on the API is the
    /// one that charged it.
    async fn since_charged(&self) -> Result<Option<Duration>, Error> {
        let (pay, order) = (&self.0.pay, &self.0.order);
        let kept = pay.0.store.get(&pay.charged_key(order)).await?;
        let Some(charged) = kept.as_ref().and_then(Charged::read) else { return Ok(None) };
        charged.is_of(order, pay.sub_merchant_of(order))?;
        // A merchant who has moved to the other API since goes on by that one: both have the order.
        if charged.api != self.api() && pay.check_keys(charged.api).is_ok() {
            pay.checked(self.0.options.clone(), charged.api)?;
            self.0.by_v3.store(charged.api == Api::V3, Ordering::Release);
        }
        Ok(Some(Duration::from_secs(now().saturating_sub(charged.at).max(0).unsigned_abs())))
    }

    async fn charge(&self, flow: &mut CodeFlow) -> Result<(), Error> {
        let (pay, order) = (&self.0.pay, &self.0.order);
        // Only a payment that is taken up again has none, and it is never charged.
        let none = Params::new();
        let params = self.0.params.as_ref().unwrap_or(&none);
        let answer = pay.perform(self.endpoint(), params).await;
        if let Err(error) = &answer
            && is_unsent(error)
        {
            flow.unsent();
            self.show(flow);
            self.0.is_charged.store(false, Ordering::Release);
            // The number may be used again.
            let _ = pay.0.store.delete(&pay.charged_key(order)).await;
            return answer.map(drop);
        }
        let outcome = code_api::charged(self.api(), answer, |reply| order.confirm(reply, pay.merchant()));
        flow.charged(self.now(), outcome);
        Ok(())
    }

    /// Asks for the order. An error is about another purchase that has this number.
    async fn ask(&self) -> Result<QueryOutcome, Error> {
        let (pay, order) = (&self.0.pay, &self.0.order);
        let mut answer = self.send(order.query(self.api())).await;
        if let Err(error) = &answer
            && self.api() != Api::V3
            && pay.asks_v3_after(error)
        {
            // The APIv2 key was removed since the code was charged. APIv3 knows the order too.
            self.0.by_v3.store(true, Ordering::Release);
            answer = self.send(order.query(self.api())).await;
        }
        let (name, _) = order.query(self.api());
        let asked = code_api::asked(self.api(), answer, |reply| order.confirm(reply, pay.merchant()));
        asked.map_err(|error| error.at(name.name).about(&order.out_trade_no))
    }

    async fn send(&self, (endpoint, params): CodeCall) -> Result<Fields, Error> {
        self.0.pay.execute(endpoint, &params).await
    }

    fn now(&self) -> Duration {
        self.0.start.elapsed()
    }
}

impl fmt::Debug for CodePayment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodePayment").field("out_trade_no", &self.0.order.out_trade_no).finish_non_exhaustive()
    }
}

/// Whether nothing of a call reached WeChat.
fn is_unsent(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Transport { outcome: Outcome::NotSent, .. } | Kind::InvalidRequest { .. } | Kind::Config { .. }
    )
}
