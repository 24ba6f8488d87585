//! A payment is made: the order is paid, and its notification is due.

use std::sync::Arc;

use wxpaykit::Fields;

use crate::app::{App, State};
use crate::cashier::{self, Visit};
use crate::clock::Millis;
use crate::faults::{NoticeFault, Stage};
use crate::merchant::Merchant;
use crate::notify::{self, Notification, Round};
use crate::order::{Coupon, Payment, TradeState};
use crate::orders::OrderId;

/// What the bank is called when nobody names one.
pub(crate) const BANK_TYPE: &str = "OTHERS";

/// Marks an order as paid. Coupons asked for by a fault come in when the payment has none, and when they fit.
pub(crate) fn settle(app: &App, state: &mut State, id: OrderId, merchant: &Merchant, mut payment: Payment) {
    let Some(order) = state.orders.get(id) else { return };
    let total_fee = order.total_fee();
    let written = app.faults.of_notice(order.out_trade_no(), Stage::Paid);
    for struck in &written {
        if let NoticeFault::Coupons(coupons) = &struck.fault
            && payment.coupons.is_empty()
            && Coupon::fit(coupons, total_fee)
        {
            payment.coupons.clone_from(coupons);
        }
    }
    while !state.orders.pay(id, &payment) {
        payment.transaction_id = app.ids.transaction_id(payment.at);
    }
    let Some(order) = state.orders.get_mut(id) else { return };
    order.notification = Some(Notification::new(order, &payment, merchant, written));
}

/// Lets the customer of a new order be faster than its reply, and the notification too, when a fault asks for it.
pub(crate) async fn before_the_reply(app: &Arc<App>, fields: &Fields) {
    let get = |name: &str| fields.get(name).unwrap_or_default();
    if app.faults.of_notice(get("out_trade_no"), Stage::Ordered).is_empty() {
        return;
    }
    let now = app.clock.now();
    let Some((id, round)) = pay_at_once(app, get("mch_id"), get("out_trade_no"), now) else { return };
    let app = Arc::clone(app);
    // On its own, so that it ends even if whoever waits for the reply goes away.
    let _ = tokio::spawn(async move { notify::carry_out(&app, id, now, round).await }).await;
}

fn pay_at_once(app: &App, mch_id: &str, out_trade_no: &str, now: Millis) -> Option<(OrderId, Round)> {
    let mut state = app.state();
    let id = state.orders.by_number(mch_id, out_trade_no)?;
    let order = state.orders.get(id).filter(|order| order.state == TradeState::NotPay)?;
    let merchant = app.registry.by_mch(mch_id)?;
    let payment = cashier::payment(app, order, &Visit::default(), now);
    settle(app, &mut state, id, merchant, payment);
    // Begun before the agenda comes to it.
    notify::begin(app, &mut state, id, now).map(|round| (id, round))
}
