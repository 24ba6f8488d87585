//! Every asynchronous call of a client as a value.
//!
//! A binding parses its language's arguments, makes a [`Job`] of them, runs it where it likes, and converts the [`Output`].
//! The calls' names and what repeating each of them does are known here, and in no binding.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use super::about::About;
pub use super::kind::Message;
use super::kind::{Kind, PAYMENTS, Row};
use super::language::language;
pub use super::open_bill::OpenBill;
pub use super::output::{AnyHandling, Output};
use crate::client::{Claim, CodePayment, CodeStepOutcome, Start, V3Page, WxPay, next_step_of, of_no_kind};
use crate::error::Error;
use crate::flow::{CodeResult, Pending};
use crate::notify::{CombinedNotification, ConfirmedPayment, of_sub_merchant};
use crate::platform::jssdk::PageConfig;
use crate::registry;
use crate::retry::RetryClass;
use crate::secret::Secret;
use crate::table::row::{Call as _, Endpoint, ReplyBody};
use crate::v2::order::Orderquery;
use crate::v2::paths::CALL;
use crate::v3::combine::V3CombineQuery;
use crate::v3::download::{DOWNLOAD, Download};
use crate::v3::order::{V3App, V3Jsapi};
use crate::v3::reply::RAW;
use crate::v3::request::Call as V3Call;
use crate::v3::upload::{UPLOAD, Upload};
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
    /// `v3.call`: [`V3::call`](crate::client::V3::call).
    V3Call(V3Call),
    /// `v3.upload`: [`V3::upload`](crate::client::V3::upload).
    V3Upload(Upload),
    /// `v3.download`: [`V3::download`](crate::client::V3::download).
    V3Download(Download),
    /// `v3.download_stream`: [`V3::download_stream`](crate::client::V3::download_stream). Its pieces are read by [`Job::BillText`].
    V3OpenFile(Download),
    /// `v3.jsapi_params` and its like.
    V3Params {
        /// The page or app that opens the cashier.
        page: V3Page,
        /// The order's.
        prepay_id: String,
        /// The payer's appid, if it is not the client's.
        appid: Option<String>,
        /// The merchant's number for an app, if it is not the client's.
        partnerid: Option<String>,
    },
    /// `v3.order_and_params`.
    V3OrderAndParams {
        /// The page or app that opens the cashier.
        page: V3Page,
        /// The fields of the order.
        params: Params<'static>,
    },
    /// `notify.confirm` and its like.
    Confirm {
        /// The kind that the notification is about.
        kind: &'static dyn Kind,
        /// The notification.
        message: Message,
    },
    /// `v3.notification`.
    V3Notification(Message),
    /// The first half of `notify.handle`.
    Begin {
        /// The notification.
        message: Message,
        /// The kinds that the caller takes besides payments.
        takes: Vec<Takes>,
        /// Whether the caller takes other notifications of APIv3 as they are, but those of payments and refunds.
        others: bool,
    },
    /// The first half of `notify.reconcile` and its like, for pending things at the same time. A claim is renewed until its thing is
    /// handed over, so a binding gives [`AT_ONCE`](super::kind::AT_ONCE) things, and the next ones when these are handed over.
    BeginPending {
        /// Their kind.
        kind: &'static dyn Kind,
        /// Their values.
        rows: Vec<Row>,
        /// Whether those that failed are handed over too.
        failures: bool,
    },
    /// The second half of `notify.handle` after the merchant's function returned: records that the thing was handed over.
    Finish(Claim),
    /// The second half of `notify.handle` after the merchant's function failed: releases the thing for the next attempt.
    GiveBack(Claim),
    /// `wait_for_payment`.
    WaitForPayment {
        /// The order; when it was created is not used.
        order: Pending,
        /// How long to ask.
        within: Duration,
        /// Whether to claim the payment, so that the binding can hand it over.
        hand_over: bool,
    },
    /// The progress of a payment by code before its first step.
    CodeProgress(CodePayment),
    /// The next step of a payment by code.
    CodeStep {
        /// The payment.
        payment: CodePayment,
        /// Whether to claim it when it is paid, so that the binding can hand it over.
        hand_over: bool,
    },
    /// `jssdk.config`.
    JssdkConfig(PageConfig),
    /// `jssdk.access_token`.
    JssdkAccessToken {
        /// The token that WeChat has just refused, if that is why it is asked for.
        refused: Option<Secret>,
    },
    /// `jssdk.jsapi_ticket`.
    JssdkJsapiTicket,
    /// `wecom.config`.
    WecomConfig(PageConfig),
    /// `wecom.agent_config`.
    WecomAgentConfig {
        /// The page.
        url: String,
        /// The functions that the page will call.
        js_api_list: Vec<String>,
    },
    /// `wecom.access_token`.
    WecomAccessToken {
        /// The token that WeCom has just refused, if that is why it is asked for.
        refused: Option<Secret>,
    },
    /// `wecom.jsapi_ticket`.
    WecomJsapiTicket,
    /// `wecom.agent_ticket`.
    WecomAgentTicket,
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

/// A kind of things that the caller of `notify.handle` takes.
#[derive(Clone, Copy, Debug)]
pub struct Takes {
    /// The kind.
    pub kind: &'static dyn Kind,
    /// Whether those that failed are handed over too.
    pub failures: bool,
}

impl Job {
    /// The call of this name, such as `unifiedorder` or `oauth.access_token`; `None` when the table has none.
    pub fn named(name: &str, params: Params<'static>) -> Option<Self> {
        registry::find(name).map(|endpoint| Self::of(endpoint, params))
    }

    /// A call of the table.
    pub fn of(endpoint: &'static Endpoint, params: Params<'static>) -> Self {
        match endpoint.reply_body {
            ReplyBody::Bill => Self::OpenBill { endpoint, params },
            _ => Self::Execute { endpoint, params },
        }
    }

    /// The name and the retry class of the call that WeChat receives. Where a job consists of several calls, they are those of the
    /// call that matters most: `orderquery` for all that ends in a confirmed payment.
    pub fn about(&self) -> About {
        let about = self.sent_as();
        if self.sends() { about } else { about.without_sending() }
    }

    /// Whether WeChat may have received something by the time it is cancelled: for a payment by code, by an earlier job of the payment too.
    fn sends(&self) -> bool {
        match self {
            Self::CodeProgress(payment) => payment.may_be_charged(),
            Self::V3Params { .. } | Self::Finish(_) | Self::GiveBack(_) | Self::Nothing => false,
            _ => true,
        }
    }

    fn sent_as(&self) -> About {
        let safe = |endpoint| About::new(endpoint, RetryClass::Safe);
        match self {
            Self::Execute { endpoint, params } | Self::OpenBill { endpoint, params } => {
                About::new(endpoint.name, endpoint.retry_class(params))
                    .next(next_step_of((endpoint.name, endpoint), params))
            }
            Self::BillRows(bill) | Self::BillText(bill) => safe(bill.endpoint),
            Self::Call { path, params } => {
                let endpoint = registry::of_path(path);
                let next = next_step_of((endpoint.path, endpoint), params);
                About::new(CALL, endpoint.retry_class(params)).next(next)
            }
            Self::V3Call(call) if call.method == "GET" => safe(RAW),
            Self::V3Call(_) => About::new(RAW, RetryClass::QueryFirst),
            Self::V3Upload(upload) => About::new(UPLOAD, upload.class()),
            Self::V3Download(_) | Self::V3OpenFile(_) => safe(DOWNLOAD),
            Self::V3Params { page: V3Page::App, .. } => safe("v3.app_params"),
            Self::V3Params { .. } => safe("v3.jsapi_params"),
            Self::V3Notification(_) => safe("v3.notification"),
            Self::V3OrderAndParams { page, params } => {
                let endpoint = if *page == V3Page::App { V3App::ENDPOINT } else { V3Jsapi::ENDPOINT };
                About::of(endpoint).next(next_step_of((endpoint.name, endpoint), params))
            }
            Self::Confirm { kind, .. } | Self::BeginPending { kind, .. } => kind.about(),
            Self::WaitForPayment { order: Pending { combine_out_trade_no: Some(_), .. }, .. } => {
                About::of(V3CombineQuery::ENDPOINT)
            }
            Self::Begin { .. } | Self::WaitForPayment { .. } => About::of(Orderquery::ENDPOINT),
            Self::CodeProgress(payment) | Self::CodeStep { payment, .. } => {
                About::of(payment.endpoint()).resumed_by(payment.out_trade_no())
            }
            Self::Finish(_) | Self::GiveBack(_) | Self::Nothing => safe("notify.handle"),
            Self::Check => safe("check"),
            Self::JssdkConfig(_) => safe("jssdk.config"),
            Self::JssdkAccessToken { .. } => safe("jssdk.access_token"),
            Self::JssdkJsapiTicket => safe("jssdk.jsapi_ticket"),
            Self::WecomConfig(_) => safe("wecom.config"),
            Self::WecomAgentConfig { .. } => safe("wecom.agent_config"),
            Self::WecomAccessToken { .. } => safe("wecom.access_token"),
            Self::WecomJsapiTicket => safe("wecom.jsapi_ticket"),
            Self::WecomAgentTicket => safe("wecom.agent_ticket"),
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
            Self::V3Call(call) => Ok(Output::Document(None, Box::pin(pay.v3().call(&call)).await?)),
            Self::V3Upload(upload) => Box::pin(pay.v3().upload(upload)).await.map(Output::document),
            Self::V3Download(download) => {
                let file = Box::pin(pay.v3().download(&download)).await?;
                Ok(Output::Bytes(Some(file.into())))
            }
            Self::V3OpenFile(download) => {
                let file = Box::pin(pay.v3().download_stream(&download)).await?;
                Ok(Output::Bill(Arc::new(OpenBill::of_file(file))))
            }
            Self::V3Params { page, prepay_id, appid, partnerid } => {
                let made = pay.v3().params(page, &prepay_id, appid.as_deref(), partnerid.as_deref())?;
                Ok(Output::Json(made.to_json()))
            }
            Self::V3OrderAndParams { page, params } => {
                Box::pin(pay.v3().order_and_params(page, &params)).await.map(|made| Output::Json(made.to_json()))
            }
            Self::Confirm { kind, message } => kind.confirm(pay, message).await,
            Self::V3Notification(Message { body, headers }) => {
                let headers = headers.unwrap_or_default();
                Box::pin(pay.v3().notification(&body, &headers)).await.map(Output::document)
            }
            Self::Begin { message, takes, others } => {
                let notice = Box::pin(pay.notify().open(message.incoming())).await?;
                if CombinedNotification::is_notified_by(&notice) {
                    return Box::pin(pay.notify().begin_combined(&notice)).await.map(Output::parts);
                }
                let taken = takes.into_iter().find(|takes| takes.kind.is_notified_by(&notice));
                let notice = match if others && taken.is_none() { of_no_kind(notice) } else { Err(notice) } {
                    Ok(other) => {
                        of_sub_merchant(&other, pay.merchant())?;
                        return Ok(Output::document(other));
                    }
                    Err(notice) => notice,
                };
                let Takes { kind, failures } = taken.unwrap_or(Takes { kind: PAYMENTS, failures: true });
                kind.begin(pay, notice, failures).await
            }
            Self::BeginPending { kind, rows, failures } => kind.begin_pending(pay, rows, failures).await,
            Self::Finish(claim) => claim.finish().await.map(|()| Output::Nothing),
            Self::GiveBack(claim) => {
                claim.give_back().await;
                Ok(Output::Nothing)
            }
            Self::WaitForPayment { order, within, hand_over } => {
                let Some(payment) = pay.wait_for_pending(&order, within).await? else {
                    return Ok(Output::Nothing);
                };
                if hand_over { claim(pay, payment).await } else { Ok(Output::document(payment)) }
            }
            Self::CodeProgress(payment) => Ok(Output::CodeProgress(Box::new(payment.progress()))),
            // Boxed, as below.
            Self::CodeStep { payment, hand_over } => match Box::pin(payment.step()).await? {
                CodeStepOutcome::Progress(progress) => Ok(Output::CodeProgress(progress)),
                CodeStepOutcome::Ended(result) => match *result {
                    CodeResult::Paid(payment) if hand_over => claim(pay, *payment).await,
                    CodeResult::Paid(payment) => Ok(Output::document(*payment)),
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
            Self::WecomConfig(page) => {
                Box::pin(pay.wecom().config(&page)).await.map(|config| Output::Json(config.to_json()))
            }
            Self::WecomAgentConfig { url, js_api_list } => {
                let config = Box::pin(pay.wecom().agent_config(&url, &js_api_list)).await;
                config.map(|config| Output::Json(config.to_json()))
            }
            Self::WecomAccessToken { refused: None } => pay.wecom().access_token().await.map(Output::Secret),
            Self::WecomAccessToken { refused: Some(refused) } => {
                pay.wecom().access_token_but(&refused).await.map(Output::Secret)
            }
            Self::WecomJsapiTicket => pay.wecom().jsapi_ticket().await.map(Output::Secret),
            Self::WecomAgentTicket => pay.wecom().agent_ticket().await.map(Output::Secret),
            Self::Check => Ok(Output::Json(Box::pin(pay.check_in(language())).await.to_json())),
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
        _ => Ok(Output::document(payment)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binding::kind;
    use crate::error::Outcome;
    use crate::money::Fen;
    use crate::value::Value;

    #[test]
    fn a_cancelled_job_is_named_after_the_call_that_wechat_receives() {
        let rows = vec![Row {
            number: "A1".to_owned(),
            fee: Fen(1),
            created: 0,
            sub_mch_id: None,
            combine_out_trade_no: None,
        }];
        let [payment, refund, transfer] = ["payment", "refund", "transfer"].map(|name| kind::find(name).unwrap());
        let text = String::new;
        let message = || Message { body: Vec::new(), headers: None };
        let named = |name| Job::named(name, Vec::new()).unwrap();
        let force = vec![("force_refresh".into(), Value::Bool(true))];
        let forced = Job::named("jssdk.stable_token", force).unwrap();
        let app_params = Job::V3Params { page: V3Page::App, prepay_id: text(), appid: None, partnerid: None };
        for (job, endpoint, retry) in [
            (Job::Call { path: text(), params: Vec::new() }, "call", "query_first"),
            (Job::Confirm { kind: payment, message: message() }, "orderquery", "same_request"),
            (Job::Confirm { kind: refund, message: message() }, "refundquery", "same_request"),
            (Job::Confirm { kind: transfer, message: message() }, "v3.transfer_query", "same_request"),
            (Job::V3Notification(message()), "v3.notification", "same_request"),
            (Job::Begin { message: message(), takes: Vec::new(), others: false }, "orderquery", "same_request"),
            (Job::BeginPending { kind: payment, rows: rows.clone(), failures: true }, "orderquery", "same_request"),
            (Job::BeginPending { kind: refund, rows, failures: true }, "refundquery", "same_request"),
            (Job::V3OrderAndParams { page: V3Page::App, params: Vec::new() }, "v3.app", "same_request"),
            (Job::V3OrderAndParams { page: V3Page::Jsapi, params: Vec::new() }, "v3.jsapi", "same_request"),
            (Job::V3Upload(Upload::file("a.png")), "v3.upload", "same_request"),
            (Job::V3Upload(Upload::file("a.png").path("/v3/other/upload")), "v3.upload", "query_first"),
            (Job::V3Download(Download::new("")), "v3.download", "same_request"),
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
        // Nothing of these is sent, whenever they are cancelled.
        for job in [app_params, Job::Nothing] {
            let error = job.about().cancelled(Outcome::Unknown);
            assert_eq!((error.outcome(), error.retry().as_str()), (Some(Outcome::NotSent), "same_request"), "{job:?}");
        }
        // The number, and what to do with it, as after a time-out.
        let execute =
            |name: &str, params: Params<'static>| Job::Execute { endpoint: registry::find(name).unwrap(), params };
        let of = |name: &'static str, number: &'static str| vec![(name.into(), Value::Text(number.into()))];
        let said = |job: Job| job.about().cancelled(Outcome::Unknown).to_string();
        let refund = execute("refund", of("out_refund_no", "R7"));
        assert_eq!(
            refund.about().cancelled(Outcome::NotSent).to_string(),
            "refund: the call was cancelled; nothing was sent"
        );
        let text = said(refund);
        assert!(text.ends_with("; do not use a new out_refund_no") && text.contains("out_refund_no R7"), "{text}");
        assert!(said(execute("micropay", of("out_trade_no", "T7"))).contains("out_trade_no T7"));
        for (order, query) in
            [("unifiedorder", "orderquery"), ("v3.jsapi", "v3.query"), ("v3.native", "v3.query"), ("v3.h5", "v3.query")]
        {
            let advice = format!(
                "Repeat {order} with the same out_trade_no T7 and the same fields, or call {query}; do not use a new out_trade_no"
            );
            assert!(said(execute(order, of("out_trade_no", "T7"))).ends_with(&advice), "{order}");
        }
        // What is known of a path, and of a path of the table of calls.
        let call = |path: &str, params| Job::Call { path: path.to_owned(), params };
        let transfer = call("/mmpaymkttransfers/promotion/transfers", of("partner_trade_no", "T7"));
        assert!(said(transfer).ends_with("partner_trade_no T7 first; do not use a new partner_trade_no"));
        assert!(said(call("/secapi/pay/refund", of("out_refund_no", "R7"))).contains("Repeat /secapi/pay/refund with"));
        let query = call("/pay/orderquery", of("out_trade_no", "T7"));
        assert_eq!(query.about().cancelled(Outcome::Unknown).retry().as_str(), "same_request");
        let page = Job::V3OrderAndParams { page: V3Page::App, params: of("out_trade_no", "T7") };
        assert!(said(page).contains("Repeat v3.app with the same out_trade_no T7"));
        for endpoint in registry::all() {
            let about = Job::Execute { endpoint, params: Vec::new() }.about();
            assert_eq!(about, About::new(endpoint.name, endpoint.retry));
        }
    }

    #[test]
    fn debug_shows_no_argument() {
        let job = Job::named("oauth.access_token", vec![("code".into(), Value::Text("0719k6000".into()))]).unwrap();
        assert_eq!(format!("{job:?}"), r#"Job("oauth.access_token")"#);
    }
}
