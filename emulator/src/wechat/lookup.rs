//! Finds the order that a request names, and checks whose its appid is.

use wxpaykit::Fields;

use super::v3_error::V3Error;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::merchant::Merchant;
use crate::world::state::State;
use crate::world::thing::ThingId;

/// The order that a request names, if it is the merchant's, and for a service provider the sub-merchant's of the request.
pub(super) fn order_of(state: &mut State, merchant: &Merchant, fields: &Fields) -> Option<ThingId> {
    let found = named(state, merchant, fields);
    let sub_mch_id = fields.filled("sub_mch_id");
    found.filter(|id| {
        let order = state.orders.get(*id);
        let own = order.filter(|order| order.mch_id() == merchant.mch_id && !order.is_combined());
        own.is_some_and(|order| order.request.filled("sub_mch_id") == sub_mch_id)
    })
}

fn named(state: &mut State, merchant: &Merchant, fields: &Fields) -> Option<ThingId> {
    match fields.filled("transaction_id") {
        // It counts when both are sent.
        Some(transaction_id) => state.orders.by_transaction(transaction_id),
        None => state.orders.by_number(&merchant.mch_id, fields.get("out_trade_no").unwrap_or_default()),
    }
}

/// The refusal of APIv3 where there is no such order: `unknown`, but for an order of the merchant's with another sub-merchant, or with none.
pub(super) fn missing(
    state: &mut State,
    merchant: &Merchant,
    fields: &Fields,
    unknown: impl FnOnce() -> V3Error,
) -> V3Error {
    let order = named(state, merchant, fields)
        .and_then(|id| state.orders.get(id))
        .filter(|order| order.mch_id() == merchant.mch_id);
    if order.is_none_or(|order| order.request.filled("sub_mch_id") == fields.filled("sub_mch_id")) {
        return unknown();
    }
    // The status and the code were not captured.
    let refused = V3Error::invalid("子商户号和订单信息不匹配").numbered(268_447_845);
    refused.because(Explanation::reason(Reason::ORDER_OF_OTHER_SUB_MCHID))
}

/// As [`order_of`], without the parts of a combined order: those are queried and closed together.
pub(super) fn single_order_of(state: &mut State, merchant: &Merchant, fields: &Fields) -> Option<ThingId> {
    let found = order_of(state, merchant, fields);
    found.filter(|id| state.orders.get(*id).is_some_and(|order| order.combined_in().is_none()))
}

/// Checks that an appid of a request of APIv3 is bound to the merchant.
pub(crate) fn bound(app: &App, merchant: &Merchant, appid: &str) -> Result<(), V3Error> {
    if app.registry.bound(appid, &merchant.mch_id).is_some() {
        return Ok(());
    }
    let explanation = Explanation::reason(Reason::OTHER_APPID);
    // not captured
    Err(V3Error::invalid("商户号与appid不匹配").because(explanation))
}
