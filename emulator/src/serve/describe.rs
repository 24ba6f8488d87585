//! Orders as the control API and the explaining page show them.

use serde_json::{Value, json};

use crate::world::clock::seconds;
use crate::world::ids::wire_time;
use crate::world::notification::Notification;
use crate::world::order::Order;

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
        "trade_state": order.state.as_str(),
        "total_fee": order.field("total_fee").parse::<i64>().unwrap_or_default(),
        "body": order.field("body"),
        "openid": Some(openid).filter(|openid| !openid.is_empty()),
        "prepay_id": order.prepay.id,
        "code_url": order.prepay.code_url,
        "mweb_url": order.prepay.mweb_url,
        "transaction_id": payment.map(|payment| &payment.transaction_id),
        "time_end": payment.map(|payment| wire_time(payment.at)),
        "bank_type": payment.map(|payment| &payment.bank_type),
        "coupons": payment.map(|payment| &payment.coupons),
        "created": seconds(order.created),
        "sign_type": order.sign_type.as_str(),
        "notify_url": order.field("notify_url"),
        "notifications": order.notification.as_ref().map_or_else(
            || json!({ "attempts": [], "acknowledged": false, "next_at": null }),
            Notification::to_json,
        ),
    })
}
