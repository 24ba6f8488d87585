//! `/pay/orderquery`: an order's state (protocol §3.3).

use std::sync::Arc;

use wxpaykit::Fields;

use super::lookup::single_order_of;
use super::micropay;
use super::paid::{own, paid, shared};
use super::verdict::{BusinessError, Caller, Field, Refusal, Verdict};
use crate::app::App;
use crate::config::Layout;
use crate::world::order::{Order, TradeState};

pub(crate) fn query(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let mut state = app.state();
    let found = single_order_of(&mut state, caller.merchant, fields);
    if let Some(id) = found {
        micropay::queried(app, &mut state, id);
    }
    let order = found.and_then(|id| state.orders.get(id));
    Ok(match order {
        None => Verdict::Fail(BusinessError::new("ORDERNOTEXIST", "order not exist"), Vec::new()),
        Some(order) => Verdict::Success(match &order.payment {
            Some(payment) if order.state == TradeState::Success => paid(order, payment),
            _ => unpaid(app, order),
        }),
    })
}

/// The reply about an unpaid order has few fields. The newer generation returns `attach` even when it is empty.
fn unpaid(app: &App, order: &Order) -> Vec<Field> {
    let mut reply = shared(order);
    reply.push(("trade_state".into(), order.state.as_str().into()));
    reply.push(("out_trade_no".into(), own(order, "out_trade_no")));
    if app.config.layout == Layout::New || !order.field("attach").is_empty() {
        reply.push(("attach".into(), own(order, "attach")));
    }
    reply.push(("trade_state_desc".into(), order.state.describe().into()));
    reply
}
