//! `/v3/fund-app/mch-transfer/transfer-bills`: transfers to customers (protocol v3 §11.1 to §11.4).

use serde_json::{Map, Value, json};

use super::lookup::bound;
use super::notice_v3::{self, Event};
use super::unifiedorder::is_user;
use super::v3_error::V3Error;
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::balances::NotEnough;
use crate::world::clock::Millis;
use crate::world::ids::rfc3339;
use crate::world::merchant::Merchant;
use crate::world::order::V3Origin;
use crate::world::state::State;
use crate::world::thing::ThingId;
use crate::world::transfer::{Transfer, TransferState};

const DAY: Millis = 24 * 60 * 60 * 1000;
/// How long a query finds a transfer.
const FOUND: Millis = 30 * DAY;
/// How long WeChat works on a transfer that the customer has confirmed, and on a cancellation.
const DURATION: Millis = 2000;
/// From this amount on the receiver's name is required; below the other one it must not be sent. In fen.
const NAMED_FROM: u64 = 200_000;
const NAMELESS_BELOW: u64 = 30;

/// A transfer, as a dialect has read it.
pub(crate) struct TransferRequest {
    pub(crate) appid: String,
    pub(crate) out_bill_no: String,
    pub(crate) openid: String,
    pub(crate) user_name: Option<String>,
    pub(crate) amount: u64,
    pub(crate) remark: String,
    pub(crate) notify_url: Option<String>,
    pub(crate) v3: V3Origin,
}

/// Accepts a transfer, or returns the one that the same request made.
pub(crate) fn create(app: &App, merchant: &Merchant, asked: TransferRequest) -> Result<Value, V3Error> {
    let now = app.clock.now();
    bound(app, merchant, &asked.appid).map_err(|v3_error| v3_error.numbered(268_491_073))?;
    if asked.user_name.is_none() && asked.amount >= NAMED_FROM
        || asked.user_name.is_some() && asked.amount < NAMELESS_BELOW
    {
        let explanation = Explanation::reason(Reason::RECEIVER_NAME);
        return Err(V3Error::parameter("收款用户姓名不符合要求").because(explanation));
    }
    let mut state = app.state();
    if !is_user(app, &state, &asked.openid, &asked.appid) {
        let explanation = Explanation::reason(Reason::RECEIVER_OPENID);
        return Err(V3Error::invalid("OpenID和AppID不匹配").numbered(268_529_837).because(explanation));
    }
    if let Some(id) = state.transfers.by_number(&merchant.mch_id, &asked.out_bill_no) {
        let known = state.transfers.look_up(id).ok_or_else(not_there)?;
        let period = app.config.transfer_retry_period.map(|period| Millis::from(period) * 1000);
        if period.is_some_and(|period| now > known.created + period) {
            let explanation = Explanation::reason(Reason::RETRY_PERIOD);
            let refused = V3Error::invalid("对应单号已超出重试期,请查单确认后决定是否换单请求").numbered(268_529_824);
            return Err(refused.because(explanation));
        }
        return match known.v3.request == asked.v3.request {
            _ if known.state.is_final() => Err(V3Error::new(400, "ALREADY_EXISTS", "该单据已是终态，请查询单据状态")),
            true => Ok(created(known)),
            false => Err(V3Error::invalid("商户单号重复，且请求参数与原请求不一致")),
        };
    }
    let taken = state.balances.debit(&merchant.mch_id, asked.amount);
    taken.map_err(|NotEnough| V3Error::new(403, "NOT_ENOUGH", "账户余额不足").numbered(268_491_071))?;
    let transfer = Transfer {
        mch_id: merchant.mch_id.clone(),
        appid: asked.appid,
        out_bill_no: asked.out_bill_no,
        transfer_bill_no: app.ids.transfer_bill_no(now),
        openid: asked.openid,
        user_name: asked.user_name,
        amount: asked.amount,
        remark: asked.remark,
        notify_url: asked.notify_url,
        package_info: app.ids.package_info(),
        created: now,
        updated: now,
        state: TransferState::WaitUserConfirm,
        fail_reason: None,
        next: Some((now + DAY, TransferState::Fail)),
        notification: None,
        receipt: None,
        v3: asked.v3,
    };
    let reply = created(&transfer);
    state.transfers.insert(transfer);
    Ok(reply)
}

fn created(transfer: &Transfer) -> Value {
    let mut reply = Map::new();
    reply.insert("create_time".to_owned(), rfc3339(transfer.created).into());
    reply.extend(transfer.fail_reason.as_deref().map(|reason| ("fail_reason".to_owned(), reason.into())));
    reply.insert("out_bill_no".to_owned(), transfer.out_bill_no.as_str().into());
    if transfer.state == TransferState::WaitUserConfirm {
        reply.insert("package_info".to_owned(), transfer.package_info.as_str().into());
    }
    reply.insert("state".to_owned(), transfer.state.as_str().into());
    reply.insert("transfer_bill_no".to_owned(), transfer.transfer_bill_no.as_str().into());
    reply.into()
}

/// How a transfer is named.
pub(crate) enum TransferNumber<'a> {
    OutBillNo(&'a str),
    BillNo(&'a str),
}

pub(crate) fn query(app: &App, merchant: &Merchant, named: &TransferNumber<'_>) -> Result<Value, V3Error> {
    let mut state = app.state();
    let id = find(&mut state, merchant, named).ok_or_else(not_there)?;
    let transfer = state.transfers.look_up(id).ok_or_else(not_there)?;
    if app.clock.now() > transfer.created + FOUND {
        return Err(V3Error::invalid("超过30天无法查询").numbered(268_530_307));
    }
    let mut reply = shared(transfer);
    reply.insert("appid".to_owned(), transfer.appid.as_str().into());
    reply.insert("transfer_remark".to_owned(), transfer.remark.as_str().into());
    if let (Some(name), Ok(own)) = (&transfer.user_name, app.certificates.of(&merchant.mch_id)) {
        reply.insert("user_name".to_owned(), own.seal(name).into());
    }
    Ok(reply.into())
}

/// The members of a query's reply and of a notification.
fn shared(transfer: &Transfer) -> Map<String, Value> {
    let mut members = Map::new();
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("mch_id", transfer.mch_id.as_str().into());
    set("out_bill_no", transfer.out_bill_no.as_str().into());
    set("transfer_bill_no", transfer.transfer_bill_no.as_str().into());
    set("state", transfer.state.as_str().into());
    set("transfer_amount", transfer.amount.into());
    if let Some(reason) = &transfer.fail_reason {
        set("fail_reason", reason.as_str().into());
    }
    set("openid", transfer.openid.as_str().into());
    set("create_time", rfc3339(transfer.created).into());
    set("update_time", rfc3339(transfer.updated).into());
    members
}

pub(crate) fn cancel(app: &App, merchant: &Merchant, out_bill_no: &str) -> Result<Value, V3Error> {
    let now = app.clock.now();
    let mut state = app.state();
    let unknown = || not_there().numbered(268_537_840);
    let id = find(&mut state, merchant, &TransferNumber::OutBillNo(out_bill_no)).ok_or_else(unknown)?;
    let transfer = state.transfers.fetch(id).ok_or_else(unknown)?;
    match transfer.state {
        TransferState::WaitUserConfirm => {
            transfer.state = TransferState::Canceling;
            transfer.updated = now;
            transfer.next = Some((now + DURATION, TransferState::Cancelled));
        }
        TransferState::Canceling | TransferState::Cancelled => {}
        _ => return Err(V3Error::invalid("当前状态不支持撤销").numbered(268_535_970)),
    }
    Ok(json!({
        "out_bill_no": transfer.out_bill_no,
        "state": transfer.state.as_str(),
        "transfer_bill_no": transfer.transfer_bill_no,
        "update_time": rfc3339(transfer.updated),
    }))
}

pub(super) fn find(state: &mut State, merchant: &Merchant, named: &TransferNumber<'_>) -> Option<ThingId> {
    let id = match named {
        TransferNumber::OutBillNo(number) => state.transfers.by_number(&merchant.mch_id, number),
        TransferNumber::BillNo(number) => state.transfers.by_bill_no(number),
    }?;
    state.transfers.look_up(id).filter(|transfer| transfer.mch_id == merchant.mch_id).map(|_| id)
}

pub(super) fn not_there() -> V3Error {
    V3Error::new(404, "NOT_FOUND", "记录不存在").numbered(268_495_763)
}

/// The customer confirms a transfer, or it fails. `Err` says why that cannot be.
pub(crate) fn answer(app: &App, state: &mut State, id: ThingId, failed: Option<String>) -> Result<(), String> {
    let now = app.clock.now();
    let transfer = state.transfers.fetch(id).ok_or("no such transfer")?;
    if transfer.state != TransferState::WaitUserConfirm {
        return Err(format!("the transfer waits for no confirmation: it is {}", transfer.state.as_str()));
    }
    transfer.updated = now;
    match failed {
        Some(reason) => {
            transfer.fail_reason = Some(reason);
            end(app, state, id, TransferState::Fail, now);
        }
        None => {
            transfer.state = TransferState::Transfering;
            transfer.next = Some((now + DURATION, TransferState::Success));
        }
    }
    Ok(())
}

/// Ends a transfer if it is due at `at`. Returns whether it was.
pub(super) fn end_if_due(app: &App, state: &mut State, id: ThingId, at: Millis) -> bool {
    let due = state.transfers.look_up(id).and_then(|transfer| transfer.next).filter(|(due, _)| *due <= at);
    if let Some((_, ended)) = due {
        end(app, state, id, ended, at);
    }
    due.is_some()
}

fn end(app: &App, state: &mut State, id: ThingId, ended: TransferState, at: Millis) {
    let Some(transfer) = state.transfers.fetch(id) else { return };
    transfer.state = ended;
    transfer.updated = at;
    transfer.next = None;
    if ended == TransferState::Fail && transfer.fail_reason.is_none() {
        transfer.fail_reason = Some("OVERDUE_CLOSE".to_owned());
    }
    if ended == TransferState::Cancelled {
        transfer.fail_reason = Some("MCH_CANCEL".to_owned());
    }
    let (mch_id, amount) = (transfer.mch_id.clone(), transfer.amount);
    if let (Some(url), Some(merchant)) = (transfer.notify_url.clone(), app.registry.by_mch(&mch_id)) {
        let event = Event {
            kind: "MCHTRANSFER.BILL.FINISHED",
            summary: "商家转账单据终态通知",
            original: "mch_payment",
            plain: Value::Object(shared(transfer)),
            serial: transfer.v3.serial.clone(),
        };
        transfer.notification =
            Some(notice_v3::notification(app, merchant, event, false, (url, at, Vec::new())).of_transfer());
    }
    if ended != TransferState::Success {
        state.balances.credit(&mch_id, amount);
    }
}
