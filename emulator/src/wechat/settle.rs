//! Makes a payment: the order is paid, and its notification is due.

use super::visit::Visit;
use super::{combined_payment, message, notice_v3};
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::merchant::{DEMO_USER, Merchant, openid_of};
use crate::world::notice_fault::{NoticeFault, Stage};
use crate::world::notification::Notification;
use crate::world::order::Order;
use crate::world::payment::{BANK_TYPE, Coupon, Payment};
use crate::world::state::State;
use crate::world::thing::ThingId;

/// Marks an order as paid. The coupons of a fault are used if the payment has none and they fit.
pub(super) fn settle(app: &App, state: &mut State, id: ThingId, merchant: &Merchant, mut payment: Payment) {
    let Some(order) = state.orders.get(id) else { return };
    let total_fee = order.total_fee();
    let written = app.faults.of_notice(order.out_trade_no(), Stage::Paid);
    for active in &written {
        if let NoticeFault::Coupons(coupons) = &active.fault
            && payment.coupons.is_empty()
            && !order.is_combined()
            && Coupon::fit(coupons, total_fee)
        {
            payment.coupons.clone_from(coupons);
        }
    }
    while !state.orders.pay(id, &payment) {
        payment.transaction_id = app.ids.transaction_id(payment.at);
    }
    let Some(order) = state.orders.get_mut(id) else { return };
    if order.field("trade_type") == "MICROPAY" {
        // WeChat sends no notification of a payment code.
        return;
    }
    let url = order.field("notify_url").to_owned();
    if order.is_combined() {
        combined_payment::pay(app, state, id, merchant, (url, payment.at, written));
        return;
    }
    if order.v3.is_some() {
        order.notification = Some(notice_v3::payment(app, merchant, order, &payment, (url, payment.at, written)));
        return;
    }
    let sign_type = written.iter().any(|active| active.fault == NoticeFault::SignType);
    let body = message::genuine(order, &payment, merchant, sign_type);
    order.notification = Some(Notification::new(url, body, payment.at, written));
}

/// The payment of a visit.
pub(super) fn payment(app: &App, order: &Order, visit: &Visit, now: Millis) -> Payment {
    let sub_appid = order.request.filled("sub_appid");
    let ordered = |name: &str| order.request.filled(name).map(str::to_owned);
    // The order names the payer at one of two appids; the other openid is the same user's.
    let openid = visit.openid.as_deref();
    let person = visit.person.as_ref();
    let user = openid.or(person.map(|person| person.key.as_str())).unwrap_or(DEMO_USER);
    let known = |appid: &str| {
        let person = person.filter(|_| openid.is_none())?;
        person.openid(&app.registry, appid)
    };
    let of_user = |appid: &str| known(appid).unwrap_or_else(|| openid_of(appid, user));
    let own = ordered("openid").or_else(|| openid.filter(|_| sub_appid.is_none()).map(str::to_owned));
    Payment {
        transaction_id: app.ids.transaction_id(now),
        at: now,
        after_seq: Some(app.journal.written()),
        openid: own.unwrap_or_else(|| of_user(order.field("appid"))),
        sub_openid: sub_appid.map(|sub_appid| ordered("sub_openid").unwrap_or_else(|| of_user(sub_appid))),
        bank_type: BANK_TYPE.to_owned(),
        coupons: Vec::new(),
    }
}
