//! How a payment by code ends.

use crate::error::Error;
use crate::explanation::Language;
use crate::notify::ConfirmedPayment;

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
    /// The order was cancelled: anything that the customer paid goes back. After a payment that failed nothing was paid.
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
                "The order is cancelled, and anything that was paid goes back. For another try make a new out_trade_no.",
                "订单已撤销，如已付款将退回。如需重试，请换新的订单号。",
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
