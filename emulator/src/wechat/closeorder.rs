//! `/pay/closeorder`: the order can no longer be paid (protocol §3.4, §9.3).

use std::sync::Arc;

use wxpaykit::Fields;

use super::lookup::single_order_of;
use super::verdict::{BusinessError, Caller, Refusal, Verdict};
use crate::app::App;
use crate::config::Layout;
use crate::world::order::TradeState;

pub(crate) fn close(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let mut state = app.state();
    let found = single_order_of(&mut state, caller.merchant, fields);
    let order = found.and_then(|id| state.orders.get(id).map(|order| (id, order)));
    if order.is_some_and(|(_, order)| order.field("trade_type") == "MICROPAY") {
        // Such an order is cancelled by reverse.
        return Ok(Verdict::Fail(BusinessError::new("TRADE_STATE_ERROR", "订单状态错误"), Vec::new()));
    }
    let order = order.map(|(id, order)| (id, order.state));
    Ok(match order {
        // Captured in 2018: closing a closed or unknown order succeeds. The documents say otherwise.
        None if app.config.strict_docs => Verdict::Fail(BusinessError::new("ORDERNOTEXIST", "订单不存在"), Vec::new()),
        Some((_, TradeState::Closed)) if app.config.strict_docs => {
            Verdict::Fail(BusinessError::new("ORDERCLOSED", "订单已关闭"), Vec::new())
        }
        Some((_, TradeState::Success)) => Verdict::Fail(BusinessError::new("ORDERPAID", "order paid"), Vec::new()),
        Some((id, TradeState::NotPay)) => {
            state.close(id);
            done(app)
        }
        None | Some(_) => done(app),
    })
}

fn done(app: &App) -> Verdict {
    // Absent from the captures of 2018 to 2021.
    let message = (app.config.layout == Layout::New).then(|| ("result_msg".into(), "OK".into()));
    Verdict::Success(message.into_iter().collect())
}
