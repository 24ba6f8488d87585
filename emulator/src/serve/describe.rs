//! Orders, refunds and payments as the control API and the explaining page show them.

use serde_json::{Value, json};

use crate::world::clock::seconds;
use crate::world::ids::{dashed_time, wire_time};
use crate::world::notification::Notification;
use crate::world::order::Order;
use crate::world::payout::Payout;
use crate::world::refund::Refund;
use crate::world::transfer::Transfer;

/// An order of `GET /_emulator/orders`.
pub(crate) fn describe(order: &Order) -> Value {
    let payment = order.payment.as_ref();
    let openid = payment.map_or(order.field("openid"), |payment| &payment.openid);
    json!({
        "out_trade_no": order.out_trade_no(),
        "mch_id": order.mch_id(),
        "appid": order.field("appid"),
        "sub_mch_id": order.request.filled("sub_mch_id"),
        "trade_type": order.field("trade_type"),
        "trade_state": order.trade_state().0,
        "total_fee": order.field("total_fee").parse::<i64>().unwrap_or_default(),
        "body": order.field("body"),
        "openid": Some(openid).filter(|openid| !openid.is_empty()),
        "prepay_id": order.prepay.id,
        "code_url": order.prepay.code_url,
        "mweb_url": order.prepay.mweb_url,
        "transaction_id": payment.map(|payment| &payment.transaction_id),
        "time_end": payment.map(|payment| wire_time(payment.at)),
        "paid_after_seq": payment.and_then(|payment| payment.after_seq),
        "bank_type": payment.map(|payment| &payment.bank_type),
        "coupons": payment.map(|payment| &payment.coupons),
        "refunded": order.refunded,
        "created": seconds(order.created),
        "sign_type": if order.v3.is_some() { "RSA" } else { order.sign_type.as_str() },
        "api": api(order.v3.is_some()),
        "notify_url": order.field("notify_url"),
        "notifications": notifications(order.notification.as_ref()),
    })
}

/// A refund of `GET /_emulator/refunds`.
pub(crate) fn describe_refund(refund: &Refund) -> Value {
    let split = &refund.split;
    json!({
        "out_refund_no": refund.out_refund_no,
        "refund_id": refund.refund_id,
        "out_trade_no": refund.out_trade_no,
        "transaction_id": refund.transaction_id,
        "mch_id": refund.mch_id,
        "sub_mch_id": refund.sub_mch_id,
        "refund_status": refund.status.as_str(),
        "total_fee": refund.total_fee,
        "refund_fee": split.refund_fee,
        "settlement_refund_fee": split.settlement_refund_fee,
        "cash_refund_fee": split.cash_refund_fee,
        "coupons": split.coupons,
        "refund_account": refund.account,
        "refund_request_source": refund.source.as_str(),
        "created": seconds(refund.created),
        "api": api(refund.v3.is_some()),
        "success_time": refund.succeeded.map(dashed_time),
        "notify_url": refund.notify_url,
        "notifications": notifications(refund.notification.as_ref()),
    })
}

/// A transfer of `GET /_emulator/transfers`.
pub(crate) fn describe_transfer(transfer: &Transfer) -> Value {
    json!({
        "out_bill_no": transfer.out_bill_no,
        "transfer_bill_no": transfer.transfer_bill_no,
        "mch_id": transfer.mch_id,
        "appid": transfer.appid,
        "openid": transfer.openid,
        "user_name": transfer.user_name,
        "transfer_amount": transfer.amount,
        "transfer_remark": transfer.remark,
        "state": transfer.state.as_str(),
        "fail_reason": transfer.fail_reason,
        "package_info": transfer.package_info,
        "created": seconds(transfer.created),
        "notify_url": transfer.notify_url,
        "notifications": notifications(transfer.notification.as_ref()),
    })
}

/// A red packet, or a payment to a member, of `GET /_emulator/payouts`.
pub(crate) fn describe_payout(payout: &Payout) -> Value {
    let kind = payout.kind.number_name();
    let asked = |name: &str| payout.get(name);
    json!({
        kind: payout.own_number,
        "detail_id": payout.number,
        "mch_id": payout.mch_id,
        "appid": asked("wxappid").or(asked("appid")),
        "openid": asked("re_openid").or(asked("openid")),
        "amount": payout.amount,
        "status": payout.state.as_str(),
        "reason": payout.reason,
        "created": seconds(payout.created),
        "next_at": payout.next.map(|(at, _)| seconds(at)),
    })
}

/// The API that made an order or a refund.
fn api(is_v3: bool) -> &'static str {
    if is_v3 { "v3" } else { "v2" }
}

fn notifications(notification: Option<&Notification>) -> Value {
    let none = || json!({ "attempts": [], "acknowledged": false, "next_at": null });
    notification.map_or_else(none, Notification::to_json)
}
