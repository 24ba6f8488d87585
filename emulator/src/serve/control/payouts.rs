//! Money that goes out: transfers to customers, red packets and payments to members.

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::input::parse;
use super::refusal::{ControlError, bad};
use crate::app::App;
use crate::serve::describe::{describe_payout, describe_transfer};
use crate::wechat::{transfers as wechat_transfers, workwx};
use crate::world::payout::{PayoutKind, PayoutState};

pub(super) fn transfers(app: &App, limit: usize) -> Value {
    let limit = limit.min(app.config.keep.max(1));
    let mut found = app.state().transfers.newest(limit, describe_transfer);
    found.reverse();
    found.into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfirmForm {
    out_bill_no: String,
    mch_id: Option<String>,
    /// `ok`, or `fail`.
    result: Option<String>,
    fail_reason: Option<String>,
}

/// `POST /_emulator/transfer`: the customer confirms a transfer, or it fails.
pub(super) fn end_transfer(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: ConfirmForm = parse(body)?;
    let failed = match wanted.result.as_deref() {
        None | Some("ok") => None,
        Some("fail") => Some(wanted.fail_reason.unwrap_or_else(|| "OTHER_FAIL_REASON_TYPE".to_owned())),
        Some(_) => return Err(bad("result must be ok or fail")),
    };
    let first = app.registry.first().map(|merchant| merchant.mch_id.clone());
    let mch_id = wanted.mch_id.or(first).unwrap_or_default();
    let mut state = app.state();
    let id = state.transfers.by_number(&mch_id, &wanted.out_bill_no);
    let id = id.ok_or_else(|| {
        ControlError(StatusCode::NOT_FOUND, format!("no transfer with out_bill_no {}", wanted.out_bill_no))
    })?;
    wechat_transfers::answer(app, &mut state, id, failed).map_err(bad)?;
    Ok(state.transfers.look_up(id).map(describe_transfer).unwrap_or_default())
}

pub(super) fn payouts(app: &App, limit: usize) -> Value {
    let limit = limit.min(app.config.keep.max(1));
    let mut found = app.state().payouts.newest(None, limit, describe_payout);
    found.reverse();
    found.into()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PayoutForm {
    mch_billno: Option<String>,
    partner_trade_no: Option<String>,
    mch_id: Option<String>,
    /// The state; left out, the member takes it.
    result: Option<PayoutState>,
    reason: Option<String>,
}

/// `POST /_emulator/payout`: a member takes a red packet, or it goes on in another way; likewise for a payment to a member.
pub(super) fn decide_payout(app: &App, body: &Bytes) -> Result<Value, ControlError> {
    let wanted: PayoutForm = parse(body)?;
    let (kind, number) = match (wanted.mch_billno, wanted.partner_trade_no) {
        (Some(number), None) => (PayoutKind::RedPacket, number),
        (None, Some(number)) => (PayoutKind::ToMember, number),
        _ => return Err(bad("send mch_billno or partner_trade_no")),
    };
    let first = app.registry.first().map(|merchant| merchant.mch_id.clone());
    let mch_id = wanted.mch_id.or(first).unwrap_or_default();
    let mut state = app.state();
    let (id, _) = state.payouts.find(&kind.name(&mch_id, &number)).ok_or_else(|| {
        ControlError(StatusCode::NOT_FOUND, format!("no payment with {} {number}", kind.number_name()))
    })?;
    workwx::decide(&mut state, id, wanted.result, wanted.reason, app.clock.now()).map_err(bad)?;
    Ok(state.payouts.get(id).map(describe_payout).unwrap_or_default())
}
