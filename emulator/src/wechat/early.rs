//! The fault `early`: the customer pays a new order, and the notification is sent, before unifiedorder is answered.

use std::sync::Arc;

use super::notify::{self, Round};
use super::settle::{payment, settle};
use super::visit::Visit;
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::due::Due;
use crate::world::notice_fault::Stage;
use crate::world::order::TradeState;

/// Pays an order that was just made and waits for its notification, if a fault asks for it.
pub(crate) async fn before_the_reply(app: &Arc<App>, mch_id: &str, out_trade_no: &str) {
    if app.faults.of_notice(out_trade_no, Stage::Ordered).is_empty() {
        return;
    }
    let now = app.clock.now();
    let Some((paid, round)) = pay_at_once(app, mch_id, out_trade_no, now) else { return };
    let app = Arc::clone(app);
    // A task of its own, which ends even if the client closes the connection.
    let _ = tokio::spawn(async move { notify::carry_out(&app, paid, now, round).await }).await;
}

fn pay_at_once(app: &App, mch_id: &str, out_trade_no: &str, now: Millis) -> Option<(Due, Round)> {
    let mut state = app.state();
    let id = state.orders.by_number(mch_id, out_trade_no)?;
    let order = state.orders.get(id).filter(|order| order.state == TradeState::NotPay)?;
    let merchant = app.registry.by_mch(mch_id)?;
    let payment = payment(app, order, &Visit::default(), now);
    settle(app, &mut state, id, merchant, payment);
    // Started under the same lock, before the agenda comes to it.
    let paid = Due::Order(id);
    notify::start(app, &mut state, paid, now).map(|round| (paid, round))
}
