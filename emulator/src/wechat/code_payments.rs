//! `/v3/pay/transactions/codepay` and its reverse: `micropay` and `reverse` of APIv2, as APIv3 answers them.

use std::sync::Arc;

use serde_json::{Value, json};
use wxpaykit::{Fields, SignType};

use super::lookup::order_of;
use super::v3_error::V3Error;
use super::verdict::{BusinessError, Caller, Refusal, Verdict};
use super::{micropay, reverse, transaction};
use crate::app::App;
use crate::faults::BillStyle;
use crate::world::merchant::Merchant;
use crate::world::order::{TradeState, V3Origin};

/// The answer to a charge that was not refused.
pub(crate) enum ChargeOutcome {
    /// 200: the order.
    Paid(Value),
    /// 202: the customer has to confirm, or the payment has failed, and the state says so.
    Waiting(Value),
}

/// Charges a payment code. `fields` have APIv2's names.
pub(crate) fn charge(
    app: &App,
    merchant: &Merchant,
    fields: Arc<Fields>,
    v3: V3Origin,
) -> Result<ChargeOutcome, V3Error> {
    let caller = Caller { merchant, sign_type: SignType::Md5, bills: BillStyle::default() };
    let verdict = micropay::charge(app, &caller, &fields, Some(v3)).map_err(refused)?;
    let mut state = app.state();
    let id = order_of(&mut state, merchant, &fields);
    let order = id.and_then(|id| state.orders.get(id));
    match (verdict, order) {
        (Verdict::Success(_), Some(order)) if order.state == TradeState::Success => {
            Ok(ChargeOutcome::Paid(transaction::queried(order, false)))
        }
        (Verdict::Success(_), Some(order)) => Ok(ChargeOutcome::Waiting(transaction::queried(order, false))),
        (Verdict::Fail(BusinessError { code: code @ "USERPAYING", text, .. }, _), _) => {
            Ok(ChargeOutcome::Waiting(json!({ "code": code, "message": text })))
        }
        (Verdict::Fail(refused, _), _) => Err(failed(&refused)),
        _ => Err(V3Error::system()),
    }
}

/// Cancels an order of a payment code; gives its appid.
pub(crate) fn reverse(
    app: &App,
    merchant: &Merchant,
    out_trade_no: &str,
    sub_mch_id: Option<&str>,
) -> Result<String, V3Error> {
    let caller = Caller { merchant, sign_type: SignType::Md5, bills: BillStyle::default() };
    let named = [("out_trade_no", Some(out_trade_no)), ("sub_mch_id", sub_mch_id)];
    let fields: Fields = named.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let fields = Arc::new(fields);
    match reverse::reverse(app, &caller, &fields).map_err(refused)? {
        Verdict::Success(said) if said.iter().any(|(name, value)| name == "recall" && value == "N") => {
            let mut state = app.state();
            let order = order_of(&mut state, merchant, &fields).and_then(|id| state.orders.get(id));
            Ok(order.map(|order| order.field("appid").to_owned()).unwrap_or_default())
        }
        // It is not cancelled yet, and has to be asked for again.
        Verdict::Success(_) | Verdict::Text(_) => {
            Err(V3Error::new(500, "SYSTEM_ERROR", "系统异常，请用相同参数重新调用"))
        }
        Verdict::Fail(refused, _) => Err(failed(&refused)),
    }
}

fn refused(refusal: Refusal) -> V3Error {
    let denied = V3Error::invalid(refusal.message);
    V3Error { explanation: refusal.explanation, ..denied }
}

/// The refusal of APIv3 for one of APIv2.
fn failed(refused: &BusinessError) -> V3Error {
    let text = refused.text;
    let denied = match refused.code {
        "ORDERNOTEXIST" => V3Error::new(404, "ORDER_NOT_EXIST", text),
        "ORDERPAID" => V3Error::invalid(text),
        "ORDERCLOSED" | "ORDERREVERSED" => V3Error::new(400, "ORDER_CLOSED", "订单已关闭"),
        "NOTENOUGH" => V3Error::new(403, "NOT_ENOUGH", text),
        code @ ("OUT_TRADE_NO_USED" | "TRADE_ERROR") => V3Error::new(403, code, text),
        "PAYERROR" => V3Error::new(403, "TRADE_ERROR", text),
        code @ ("AUTH_CODE_INVALID" | "AUTHCODEEXPIRE") => V3Error::new(400, code, text),
        _ => V3Error::invalid(text),
    };
    denied.numbered_as(refused)
}
