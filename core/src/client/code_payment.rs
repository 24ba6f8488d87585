//! Payments by code, by either API: the client drives [`CodeFlow`], and keeps in the store that a number was charged, and by which API.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use super::cautions;
use super::inner::{WxPay, now};
use super::notify::{HandlerError, hand_over};
use super::pending::{check_fee, check_number};
use super::start::Start;
use crate::codes::Api;
use crate::error::{Error, Kind, Outcome};
use crate::fields::Fields;
use crate::flow::code_api::{self, Charge, CodeCall, CodeOrder, asked_api, charge_endpoint, charge_of};
use crate::flow::{CodeFlow, CodeOptions, CodeResult, CodeStage, CodeStep, QueryOutcome};
use crate::model::ApiVersion;
use crate::money::Fen;
use crate::notify::ConfirmedPayment;
use crate::secret::Secret;
use crate::table::row::{Call, Endpoint};
use crate::v2::code::{Micropay, Reverse};
use crate::v2::order::Orderquery;
use crate::v3::code::V3Codepay;
use crate::value::Params;

/// How long a number that was charged is kept: an order can be cancelled within seven days.
const KEPT: Duration = Duration::from_secs(8 * 86_400);
/// The longest time that an option may have.
const LONGEST: Duration = Duration::from_secs(86_400);
/// The shortest pause between two questions.
const SHORTEST: Duration = Duration::from_millis(50);

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
    /// Whether APIv3 has the order, else APIv2. The store may say otherwise than the settings.
    by_v3: AtomicBool,
    flow: Mutex<CodeFlow>,
    start: Instant,
    given_up: AtomicBool,
    stop: Notify,
}

/// The fields of a payment by code: those of `micropay`, which either API takes, or those of `v3.codepay`.
#[derive(Clone)]
pub struct CodeCharge(Params<'static>);

/// Without the payment code, which is money.
impl fmt::Debug for CodeCharge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CodeCharge").finish_non_exhaustive()
    }
}

impl From<Micropay> for CodeCharge {
    fn from(request: Micropay) -> Self {
        Self(request.params().clone())
    }
}

impl From<V3Codepay> for CodeCharge {
    fn from(request: V3Codepay) -> Self {
        Self(request.params().clone())
    }
}

/// A payment by code on its way, for the till's display.
#[derive(Debug)]
#[non_exhaustive]
pub struct CodeProgress {
    /// The merchant's number of the order.
    pub out_trade_no: String,
    /// What happens now.
    pub stage: CodeStage,
    /// The order's last state in WeChat's words.
    pub trade_state: Option<String>,
    /// How long the payment has been going on.
    pub elapsed: Duration,
    /// How long the customer still has.
    pub left: Duration,
    /// The last error.
    pub error: Option<Error>,
}

/// What a step of a payment by code came to.
#[derive(Debug)]
pub enum CodeStepOutcome {
    /// It goes on.
    Progress(Box<CodeProgress>),
    /// It is over.
    Ended(Box<CodeResult>),
}

impl WxPay {
    /// Charges the payment code that a customer shows, and returns when the result is known: asks for the order while the customer confirms on
    /// the phone, and cancels it when the time is over. See [`CodeResult`] for the results.
    ///
    /// `request` is a [`Micropay`], or a [`V3Codepay`](crate::V3Codepay) with what only APIv3 has. A [`Micropay`] is charged by APIv2 if
    /// `api_key` is set, else by APIv3; [`CodeOptions::api`] chooses.
    ///
    /// A code is charged once. The store keeps for eight days that the number was charged; a second call with it is refused. After a crash,
    /// [`WxPay::resume_pay_by_code`] takes the payment up from its number.
    ///
    /// ```no_run
    /// # async fn till(pay: &wxpaykit::WxPay, scanned: &str) -> Result<(), wxpaykit::Error> {
    /// use wxpaykit::{CodeOptions, CodeResult, Fen, Micropay};
    ///
    /// let request = Micropay::new()
    ///     .auth_code(scanned)
    ///     .body("tea")
    ///     .out_trade_no(pay.new_out_trade_no("")?)
    ///     .total_fee(Fen(100))
    ///     .spbill_create_ip("203.0.113.9");
    /// match pay.pay_by_code(request, CodeOptions::default()).await? {
    ///     CodeResult::Paid(payment) => println!("paid: {}", payment.transaction_id()),
    ///     other => println!("{}: {}", other.as_str(), other.advice(wxpaykit::doctor::Language::English)),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When nothing was charged: `InvalidRequest`, also for a number that was charged before; `Config` without the keys of the API, and for
    /// APIv2 without the merchant's certificate, unless [`CodeOptions::reverse`] is `false`; `Store`; `Transport` with [`Outcome::NotSent`]. `Mismatch` when WeChat's order of this
    /// number has another amount: it is another purchase's.
    pub async fn pay_by_code(&self, request: impl Into<CodeCharge>, options: CodeOptions) -> Result<CodeResult, Error> {
        self.begin_pay_by_code(request, options)?.finish(|_| {}).await
    }

    /// As [`WxPay::pay_by_code`], and hands a payment over before it returns it: once, as [`Handler::handle`](super::Handler::handle) and
    /// [`WxPay::reconcile`] do, whichever is first. If another task or process is handing it over, it waits up to three seconds for that, and
    /// then returns the payment, which is paid in any case.
    ///
    /// # Errors
    /// As [`WxPay::pay_by_code`]. After the customer paid also `Store`, and `Handler` with the error of `on_paid`:
    /// [`WxPay::resume_pay_by_code_and_hand_over`] tries again.
    pub async fn pay_by_code_and_hand_over<P>(
        &self,
        request: impl Into<CodeCharge>,
        options: CodeOptions,
        on_paid: P,
    ) -> Result<CodeResult, Error>
    where
        P: AsyncFnOnce(ConfirmedPayment, String) -> Result<(), HandlerError>,
    {
        self.begin_pay_by_code(request, options)?.finish_and_hand_over(|_| {}, on_paid).await
    }

    /// As [`WxPay::pay_by_code`], step by step, for a till that shows the progress and may give the payment up. Nothing is sent yet.
    ///
    /// # Errors
    /// `InvalidRequest`; `Config` as of [`WxPay::pay_by_code`].
    pub fn begin_pay_by_code(
        &self,
        request: impl Into<CodeCharge>,
        options: CodeOptions,
    ) -> Result<CodePayment, Error> {
        self.begin_code(request.into().0, options)
    }

    /// As [`WxPay::begin_pay_by_code`], from the fields as they are.
    ///
    /// # Errors
    /// As [`WxPay::begin_pay_by_code`].
    #[doc(hidden)]
    pub fn begin_code(&self, params: Params<'static>, options: CodeOptions) -> Result<CodePayment, Error> {
        let asked = asked_api(options.api.as_ref())?;
        let charge = charge_of(params, asked, self.usual_api(), self.merchant())?;
        self.check_keys(charge.api)?;
        // Refused now rather than by a step.
        let order = charge.order(self.merchant())?;
        let options = self.checked(options, charge.api)?;
        let Charge { api, params } = charge;
        Ok(CodePayment::new(self, Some(params), order, options, api))
    }

    /// Takes up a payment by code from its number, in whatever step it was interrupted: asks for the order, and goes on as
    /// [`WxPay::pay_by_code`] does, by the API that charged the code, as the store says. No code is charged. `total_fee` is the amount that the
    /// merchant recorded for the order; `sub_mch_id` the sub-merchant of a service provider's order, when it is not the client's. Where the
    /// store has no record, [`CodeOptions::api`] and the settings choose the API: both know the orders of the other one.
    ///
    /// # Errors
    /// `InvalidRequest`, also when the number was charged with another amount; `Config` as of
    /// [`WxPay::pay_by_code`]; `Store`; `Mismatch` when WeChat's order of this number has another amount.
    pub async fn resume_pay_by_code(
        &self,
        out_trade_no: &str,
        total_fee: Fen,
        sub_mch_id: Option<&str>,
        options: CodeOptions,
    ) -> Result<CodeResult, Error> {
        self.begin_resume_pay_by_code(out_trade_no, total_fee, sub_mch_id, options)?.finish(|_| {}).await
    }

    /// As [`WxPay::resume_pay_by_code`], and hands a payment over as [`WxPay::pay_by_code_and_hand_over`] does. A payment that was handed over
    /// before is not handed over again.
    ///
    /// # Errors
    /// As [`WxPay::resume_pay_by_code`]; `Store`; `Handler` with the error of `on_paid`, after which another call may try again.
    pub async fn resume_pay_by_code_and_hand_over<P>(
        &self,
        out_trade_no: &str,
        total_fee: Fen,
        sub_mch_id: Option<&str>,
        options: CodeOptions,
        on_paid: P,
    ) -> Result<CodeResult, Error>
    where
        P: AsyncFnOnce(ConfirmedPayment, String) -> Result<(), HandlerError>,
    {
        let resumed = self.begin_resume_pay_by_code(out_trade_no, total_fee, sub_mch_id, options)?;
        resumed.finish_and_hand_over(|_| {}, on_paid).await
    }

    /// As [`WxPay::resume_pay_by_code`], step by step. Nothing is sent yet.
    ///
    /// # Errors
    /// `InvalidRequest`; `Config` as of [`WxPay::pay_by_code`].
    pub fn begin_resume_pay_by_code(
        &self,
        out_trade_no: &str,
        total_fee: Fen,
        sub_mch_id: Option<&str>,
        options: CodeOptions,
    ) -> Result<CodePayment, Error> {
        check_number(Orderquery::ENDPOINT, "out_trade_no", out_trade_no)?;
        if let Some(sub_mch_id) = sub_mch_id {
            check_number(Orderquery::ENDPOINT, "sub_mch_id", sub_mch_id)?;
        }
        check_fee(Orderquery::ENDPOINT, "total_fee", total_fee)?;
        let api = asked_api(options.api.as_ref())?.unwrap_or_else(|| self.usual_api());
        let options = self.checked(options, api)?;
        let order =
            CodeOrder { out_trade_no: out_trade_no.to_owned(), total_fee, sub_mch_id: sub_mch_id.map(str::to_owned) };
        Ok(CodePayment::new(self, None, order, options, api))
    }

    /// The API of an order that names none: APIv2, unless only the settings of APIv3 are there.
    fn usual_api(&self) -> Api {
        if self.asks_v3_first() { Api::V3 } else { Api::V2 }
    }

    /// Refuses a payment by an API whose keys are not set.
    fn check_keys(&self, api: Api) -> Result<(), Error> {
        let merchant = self.merchant();
        let keys = match api {
            Api::V3 => merchant.v3().and_then(|keys| keys.signer()).map(drop),
            _ => merchant.key().map(drop),
        };
        keys.map_err(|error| error.at(charge_endpoint(api).name))
    }

    fn checked(&self, mut options: CodeOptions, api: Api) -> Result<CodeOptions, Error> {
        let times =
            [("within", options.within), ("interval", options.interval), ("reverse_after", options.reverse_after)];
        if let Some((name, _)) = times.into_iter().find(|(_, time)| *time > LONGEST) {
            return Err(Error::invalid(name, "must be at most one day"));
        }
        times.into_iter().for_each(|(name, time)| cautions::wait(name, time));
        options.interval = options.interval.max(SHORTEST);
        self.check_keys(api)?;
        // APIv3 signs every call with the certificate's key.
        if options.reverse && api != Api::V3 {
            self.check_certificate().map_err(|error| {
                let text = error.text();
                let remedy = text.trim_end_matches('.');
                Error::config(
                    "client_cert",
                    format!(
                        "{remedy}. pay_by_code cancels an order whose result is not known in time, which needs it; with reverse set to \
                         false it does without, and may end with an unknown result"
                    ),
                )
                .at(Reverse::ENDPOINT.name)
            })?;
        }
        Ok(options)
    }

    fn charged_key(&self, order: &CodeOrder) -> String {
        let merchant = self.merchant();
        let sub_mch_id = order.sub_mch_id.as_deref().or(merchant.sub_mch_id.as_deref());
        self.0.keys.charged(merchant.mch_id(), sub_mch_id, &order.out_trade_no)
    }
}

impl CodePayment {
    fn new(pay: &WxPay, params: Option<Params<'static>>, order: CodeOrder, options: CodeOptions, api: Api) -> Self {
        let flow = match params {
            Some(_) => CodeFlow::start(options.clone()),
            None => CodeFlow::resume(options.clone(), Duration::ZERO),
        };
        Self(Arc::new(Inner {
            pay: pay.clone(),
            looked_up: AtomicBool::new(params.is_some()),
            by_v3: AtomicBool::new(api == Api::V3),
            params,
            order,
            options,
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
        on_progress(&self.progress().await);
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

    /// What happens now.
    pub async fn progress(&self) -> CodeProgress {
        let flow = self.0.flow.lock().await;
        self.shown(&flow)
    }

    /// The next step: waits until it is time for it, and sends one call.
    ///
    /// # Errors
    /// As [`WxPay::pay_by_code`].
    pub async fn step(&self) -> Result<CodeStepOutcome, Error> {
        let mut flow = self.0.flow.lock().await;
        if !self.0.looked_up.load(Ordering::Acquire) {
            *flow = CodeFlow::resume(self.0.options.clone(), self.since_charged().await?);
            self.0.looked_up.store(true, Ordering::Release);
        }
        self.wait(&mut flow).await;
        let step = flow.next();
        if step == CodeStep::Charge {
            self.mark().await?;
        }
        flow.sending(self.now());
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
        if flow.next() != CodeStep::Done {
            return Ok(CodeStepOutcome::Progress(Box::new(self.shown(&flow))));
        }
        // A later step sends nothing, and says that the result is unknown: it has been taken.
        let ended = std::mem::replace(&mut *flow, CodeFlow::taken());
        Ok(CodeStepOutcome::Ended(Box::new(ended.into_result())))
    }

    /// Until it is time for the next step. A cashier who gives up ends the wait.
    async fn wait(&self, flow: &mut CodeFlow) {
        loop {
            if self.0.given_up.swap(false, Ordering::AcqRel) {
                flow.give_up(self.now());
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
        let value = Secret::new(Charged { at: now(), total_fee: order.total_fee, api: self.api() }.written());
        if pay.0.store.add(&pay.charged_key(order), &value, KEPT).await? {
            return Ok(());
        }
        let rule = format!(
            "{} was charged before: resume_pay_by_code takes that payment up; another payment needs a new number",
            order.out_trade_no
        );
        Err(Error::invalid("out_trade_no", rule).at(self.endpoint().name))
    }

    /// How long ago the code was charged, as the store says. From here on the API is the one that charged it.
    async fn since_charged(&self) -> Result<Duration, Error> {
        let (pay, CodeOrder { out_trade_no, total_fee, .. }) = (&self.0.pay, &self.0.order);
        let kept = pay.0.store.get(&pay.charged_key(&self.0.order)).await?;
        // Without a record: another store has it, or none.
        let Some(charged) = kept.as_ref().and_then(Charged::read) else { return Ok(Duration::ZERO) };
        if charged.total_fee != *total_fee {
            let fee = charged.total_fee;
            let rule = format!("is {total_fee} fen, and order {out_trade_no} was charged with {fee} fen");
            return Err(Error::invalid("total_fee", rule).at(charge_endpoint(charged.api).name));
        }
        // A merchant who has moved to the other API since goes on by that one: both have the order.
        if charged.api != self.api() && pay.check_keys(charged.api).is_ok() {
            pay.checked(self.0.options.clone(), charged.api)?;
            self.0.by_v3.store(charged.api == Api::V3, Ordering::Release);
        }
        Ok(Duration::from_secs(now().saturating_sub(charged.at).max(0).unsigned_abs()))
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

    fn shown(&self, flow: &CodeFlow) -> CodeProgress {
        let elapsed = self.now();
        CodeProgress {
            out_trade_no: self.out_trade_no().to_owned(),
            stage: flow.stage(),
            trade_state: flow.trade_state().map(str::to_owned),
            elapsed,
            left: flow.ends().saturating_sub(elapsed),
            error: flow.error().map(Error::copy),
        }
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

/// What the store keeps of a number that was charged.
struct Charged {
    /// In seconds since 1970.
    at: i64,
    total_fee: Fen,
    api: Api,
}

impl Charged {
    /// Records of APIv2 name no API, as those of earlier versions.
    fn written(&self) -> String {
        let Self { at, total_fee, api } = self;
        match api {
            Api::V3 => format!("{at} {total_fee} {}", ApiVersion::V3.as_str()),
            _ => format!("{at} {total_fee}"),
        }
    }

    fn read(kept: &Secret) -> Option<Self> {
        let mut parts = kept.expose().split(' ');
        let (at, fee) = (parts.next()?, parts.next()?);
        let api = if parts.next() == Some(ApiVersion::V3.as_str()) { Api::V3 } else { Api::V2 };
        Some(Self { at: at.parse().ok()?, total_fee: fee.parse().ok()?, api })
    }
}

/// Whether nothing of a call reached WeChat.
fn is_unsent(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Transport { outcome: Outcome::NotSent, .. } | Kind::InvalidRequest { .. } | Kind::Config { .. }
    )
}
