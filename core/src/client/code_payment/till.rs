//! The calls of a till: charge a code, or take a payment up again.

use super::charge::CodeCharge;
use super::payment::CodePayment;
use crate::client::inner::WxPay;
use crate::client::notify::HandlerError;
use crate::client::pending::{check_fee, check_number, check_own};
use crate::error::Error;
use crate::flow::code_api::{Charge, CodeOrder, asked_api, charge_of};
use crate::flow::{CodeOptions, CodeResult};
use crate::money::Fen;
use crate::notify::ConfirmedPayment;
use crate::table::row::Call as _;
use crate::v2::order::Orderquery;
use crate::value::Params;

impl WxPay {
    /// Charges the payment code that a customer shows, and returns when the result is known: asks for the order while the customer confirms on
    /// the phone, and cancels it when the time is over. See [`CodeResult`] for the results.
    ///
    /// `request` is a [`Micropay`](crate::Micropay), or a [`V3Codepay`](crate::V3Codepay) with what only APIv3 has. A `Micropay` is charged by
    /// APIv2 if `api_key` is set, else by APIv3; [`CodeOptions::api`] chooses.
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
    /// APIv2 without the merchant's certificate, unless [`CodeOptions::reverse`] is `false`; `Store`; `Transport` with the outcome `NotSent`.
    /// `Mismatch` when WeChat's order of this number has another amount: it is another purchase's.
    pub async fn pay_by_code(&self, request: impl Into<CodeCharge>, options: CodeOptions) -> Result<CodeResult, Error> {
        self.begin_pay_by_code(request, options)?.finish(|_| {}).await
    }

    /// As [`WxPay::pay_by_code`], and hands a payment over before it returns it: once, as [`Handler::handle`](crate::client::Handler::handle) and
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
    /// `InvalidRequest`, also when the number was charged with another amount or for another sub-merchant; `Config` as of
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
            check_own(self.merchant(), sub_mch_id)?;
        }
        check_fee(Orderquery::ENDPOINT, "total_fee", total_fee)?;
        let api = asked_api(options.api.as_ref())?.unwrap_or_else(|| self.usual_api());
        let options = self.checked(options, api)?;
        let order =
            CodeOrder { out_trade_no: out_trade_no.to_owned(), total_fee, sub_mch_id: sub_mch_id.map(str::to_owned) };
        Ok(CodePayment::new(self, None, order, options, api))
    }
}
