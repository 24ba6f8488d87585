//! Money that goes out: transfers to customers, red packets and payments to members.

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use super::input::parse;
use super::refunds::merchants;
use super::refusal::{ControlError, bad};
use crate::app::App;
use crate::serve::describe::{describe_payout, describe_transfer};
use crate::wechat::{transfers as wechat_transfers, workwx};
use crate::world::payout::{PayoutKind, PayoutState};
use crate::world::thing::ThingId;

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
    let mut state = app.state();
    let own = merchants(app, wanted.mch_id.as_deref());
    let ids = own.into_iter().filter_map(|mch_id| state.transfers.by_number(mch_id, &wanted.out_bill_no)).collect();
    let number = &wanted.out_bill_no;
    let (none, several) = (
        format!("no transfer with out_bill_no {number}"),
        format!("several merchants have a transfer {number}; send mch_id too"),
    );
    let id = one(ids, none, several)?;
    wechat_transfers::answer(app, &mut state, id, failed).map_err(bad)?;
    Ok(state.transfers.look_up(id).map(describe_transfer).unwrap_or_default())
}

/// The one that was found. `mch_id` is required when two merchants use the same number.
fn one(ids: Vec<ThingId>, none: String, several: String) -> Result<ThingId, ControlError> {
    match ids.as_slice() {
        [] => Err(ControlError(StatusCode::NOT_FOUND, none)),
        [id] => Ok(*id),
        _ => Err(bad(several)),
    }
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
    let mut state = app.state();
    let own = merchants(app, wanted.mch_id.as_deref());
    let found = own.into_iter().filter_map(|mch_id| state.payouts.find(&kind.name(mch_id, &number)));
    let ids = found.map(|(id, _)| id).collect();
    let (none, several) = (
        format!("no payment with {} {number}", kind.number_name()),
        format!("several merchants have a payment {number}; send mch_id too"),
    );
    let id = one(ids, none, several)?;
    workwx::decide(&mut state, id, wanted.result, wanted.reason, app.clock.now()).map_err(bad)?;
    Ok(state.payouts.get(id).map(describe_payout).unwrap_or_default())
}
