//! Notifications that are sent once more.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::input::parse;
use super::orders::{OrderKey, one};
use super::refunds::one_refund;
use super::refusal::{ControlError, bad};
use crate::app::App;
use crate::wechat::notify;
use crate::world::due::Due;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NotifyForm {
    out_trade_no: Option<String>,
    out_refund_no: Option<String>,
    mch_id: Option<String>,
}

/// `POST /_emulator/notify`: sends the notification of an order or of a refund once more.
pub(super) async fn resend(app: &Arc<App>, body: &Bytes) -> Result<Value, ControlError> {
    let NotifyForm { out_trade_no, out_refund_no, mch_id } = parse(body)?;
    let (thing, none) = match (out_trade_no, out_refund_no) {
        (Some(out_trade_no), None) => {
            let id = one(&mut app.state(), &OrderKey { out_trade_no, mch_id })?;
            (Due::Order(id), "the order is not paid, so there is no notification")
        }
        (None, Some(out_refund_no)) => {
            let id = one_refund(app, &mut app.state(), &out_refund_no, mch_id.as_deref())?;
            (Due::Refund(id), "the refund is in progress, or it has no address for notifications")
        }
        _ => return Err(bad("send out_trade_no or out_refund_no")),
    };
    notify::resend(app, thing).await.ok_or_else(|| bad(none))
}
