//! The order that a request is about, by whichever number it names, for the journal and for faults.

use crate::app::App;

/// The order's `out_trade_no`; `get` gives the fields of the request. A number that names nothing yet counts only if it is `out_trade_no`.
pub(crate) fn order_number<'a>(app: &App, mch_id: &str, get: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let (out_trade_no, transaction_id) = (get("out_trade_no").map(str::to_owned), get("transaction_id"));
    if out_trade_no.is_some() && transaction_id.is_none() {
        return out_trade_no;
    }
    let (refund_id, out_refund_no) = (get("refund_id"), get("out_refund_no"));
    transaction_id.or(refund_id).or(out_refund_no)?;
    let mut state = app.state();
    let paid = transaction_id.and_then(|id| state.orders.by_transaction(id));
    if let Some(order) = paid.and_then(|id| state.orders.look_up(id)) {
        return Some(order.out_trade_no().to_owned());
    }
    if out_trade_no.is_some() {
        return out_trade_no;
    }
    let refund = refund_id.and_then(|id| state.refunds.by_refund_id(id));
    let refund = refund.or_else(|| state.refunds.by_number(mch_id, out_refund_no?));
    refund.and_then(|id| state.refunds.look_up(id)).map(|refund| refund.out_trade_no.clone())
}
