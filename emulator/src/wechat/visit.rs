//! A customer's visit to the cashier: which order, who pays, and how it ends.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::journal::{Explanation, Note};
use crate::world::payment::Coupon;
use crate::world::people::Person;

/// `POST /_emulator/pay`, or a customer at the cashier's page.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visit {
    pub(super) out_trade_no: Option<String>,
    pub(super) mch_id: Option<String>,
    pub(super) prepay_id: Option<String>,
    pub(super) code_url: Option<String>,
    pub(super) mweb_url: Option<String>,
    /// The arguments of `getBrandWCPayRequest`, `chooseWXPay` or `requestPayment`.
    pub(crate) params: Option<Map<String, Value>>,
    /// The fields of an app's `PayReq`.
    pub(super) app_params: Option<Map<String, Value>>,
    pub(super) openid: Option<String>,
    #[serde(default)]
    pub(super) result: Outcome,
    /// What pays a part of the amount in place of cash.
    #[serde(default)]
    pub(super) coupons: Vec<Coupon>,
    pub(super) bank_type: Option<String>,
    /// For `fail`: the reason that the cashier shows to the customer.
    pub(super) reason: Option<String>,
    /// The person who holds the phone, when the visit comes from a page.
    #[serde(skip)]
    pub(crate) person: Option<Person>,
    /// The address of the page that opens the cashier.
    #[serde(skip)]
    pub(crate) page: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    #[default]
    Ok,
    Cancel,
    Fail,
}

/// How a visit ends for the control API: it was not understood, or the cashier has an answer.
pub(crate) enum VisitEnd {
    BadRequest(String),
    NotFound(String),
    Answered(Value, Box<Note>),
}

/// Why the cashier does not open, in its own words.
#[derive(Debug)]
pub(super) struct CashierRefusal {
    pub(super) text: Cow<'static, str>,
    pub(super) explanation: Option<Box<Explanation>>,
}

/// The cashier's text when prepay_id, appid and order do not belong together or the prepay_id has expired.
pub(super) const NO_PREPAY: &str = "调用支付JSAPI缺少参数：total_fee";

impl CashierRefusal {
    pub(super) fn new(text: &'static str) -> Self {
        Self { text: text.into(), explanation: None }
    }

    pub(super) fn because(text: impl Into<Cow<'static, str>>, explanation: Explanation) -> Self {
        Self { text: text.into(), explanation: Some(Box::new(explanation)) }
    }
}
