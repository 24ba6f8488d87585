//! `/pay/refundquery`: the refunds of an order, or one of them (protocol §3.6).

use std::sync::Arc;

use wxpaykit::Fields;

use super::lookup::order_of;
use super::verdict::{BusinessError, Caller, Field, Refusal, Verdict};
use crate::app::App;
use crate::world::ids::dashed_time;
use crate::world::merchant::Merchant;
use crate::world::refund::Refund;
use crate::world::refund_status::Status;
use crate::world::state::State;
use crate::world::thing::ThingId;

/// The most refunds of a reply.
const PAGE: usize = 10;

pub(crate) fn query(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let mut state = app.state();
    let found = find(&mut state, caller.merchant, fields);
    if found.is_empty() {
        return Ok(Verdict::Fail(BusinessError::new("REFUNDNOTEXIST", "not exist"), Vec::new()));
    }
    let offset = fields.filled("offset").and_then(|text| text.parse().ok()).unwrap_or(0);
    if offset >= found.len() {
        return Ok(Verdict::Fail(BusinessError::new("PARAM_ERROR", "参数错误"), Vec::new()));
    }
    for id in &found {
        state.refunds.look_up(*id);
    }
    let refunds: Vec<&Refund> = found.iter().filter_map(|id| state.refunds.get(*id)).collect();
    let of_order = fields.filled("refund_id").or(fields.filled("out_refund_no")).is_none();
    Ok(Verdict::Success(reply(&state, &refunds, offset, of_order)))
}

/// By the first of the numbers that the request has, in WeChat's order.
fn find(state: &mut State, merchant: &Merchant, fields: &Fields) -> Vec<ThingId> {
    let own = |refund: &Refund| {
        refund.mch_id == merchant.mch_id && refund.sub_mch_id.as_deref() == fields.filled("sub_mch_id")
    };
    let one = match (fields.filled("refund_id"), fields.filled("out_refund_no")) {
        (Some(refund_id), _) => state.refunds.by_refund_id(refund_id),
        (None, Some(number)) => state.refunds.by_number(&merchant.mch_id, number),
        (None, None) => {
            let order = order_of(state, merchant, fields).and_then(|id| state.orders.get(id));
            return order.map(|order| order.refunds.clone()).unwrap_or_default();
        }
    };
    one.filter(|id| state.refunds.get(*id).is_some_and(own)).into_iter().collect()
}

fn reply(state: &State, refunds: &[&Refund], offset: usize, of_order: bool) -> Vec<Field> {
    let Some(first) = refunds.first() else { return Vec::new() };
    let payment = state.orders.get(first.order).and_then(|order| order.payment.as_ref());
    let cash_fee = payment.map_or(first.total_fee, |payment| payment.cash_fee(first.total_fee));
    let page = refunds.iter().skip(offset).take(PAGE);
    let mut reply: Vec<Field> = vec![
        ("transaction_id".into(), first.transaction_id.clone().into()),
        ("out_trade_no".into(), first.out_trade_no.clone().into()),
        ("total_fee".into(), first.total_fee.to_string().into()),
        ("cash_fee".into(), cash_fee.to_string().into()),
        ("refund_count".into(), page.len().to_string().into()),
        ("refund_fee".into(), refunds.iter().map(|refund| refund.split.refund_fee).sum::<u64>().to_string().into()),
    ];
    if of_order && refunds.len() > PAGE {
        reply.push(("total_refund_count".into(), refunds.len().to_string().into()));
    }
    reply.extend(first.settlement_total_fee.map(|fee| ("settlement_total_fee".into(), fee.to_string().into())));
    for (n, refund) in page.enumerate() {
        item(&mut reply, n, refund);
    }
    reply
}

fn item(reply: &mut Vec<Field>, n: usize, refund: &Refund) {
    let split = &refund.split;
    let mut push = |name: String, value: String| reply.push((name.into(), value.into()));
    push(format!("out_refund_no_{n}"), refund.out_refund_no.clone());
    push(format!("refund_id_{n}"), refund.refund_id.clone());
    push(format!("refund_channel_{n}"), refund.channel.as_str().to_owned());
    push(format!("refund_fee_{n}"), split.refund_fee.to_string());
    if refund.settlement_total_fee.is_some() {
        push(format!("settlement_refund_fee_{n}"), split.settlement_refund_fee.to_string());
    }
    if !split.coupons.is_empty() {
        push(format!("coupon_refund_fee_{n}"), split.coupon_refund_fee().to_string());
        push(format!("coupon_refund_count_{n}"), split.coupons.len().to_string());
    }
    for (m, coupon) in split.coupons.iter().enumerate() {
        push(format!("coupon_type_{n}_{m}"), coupon.kind.as_str().to_owned());
        push(format!("coupon_refund_id_{n}_{m}"), coupon.id.clone());
        push(format!("coupon_refund_fee_{n}_{m}"), coupon.fee.to_string());
    }
    push(format!("refund_status_{n}"), refund.status.as_str().to_owned());
    push(format!("refund_account_{n}"), refund.account.clone());
    push(format!("refund_recv_accout_{n}"), refund.receiver.clone());
    if let (Status::Success, Some(at)) = (refund.status, refund.succeeded) {
        push(format!("refund_success_time_{n}"), dashed_time(at));
    }
}
