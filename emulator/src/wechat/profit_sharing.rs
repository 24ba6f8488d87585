//! `/v3/profitsharing`: parts of paid orders go to receivers (protocol v3 §12).

use serde_json::{Map, Value, json};

use super::bill::{fee, settled};
use super::identity::identity;
use super::notice_v3::{self, Event};
use super::v3_error::V3Error;
use crate::app::App;
use crate::journal::Explanation;
use crate::world::balances::NotEnough;
use crate::world::clock::Millis;
use crate::world::fen::sum;
use crate::world::ids::rfc3339;
use crate::world::merchant::Merchant;
use crate::world::notice::Notice;
use crate::world::notice_fault::NoticeFault;
use crate::world::order::{Order, TradeState};
use crate::world::payment::Payment;
use crate::world::sharing::{DURATION, Receiver, Return, Share, SharingRecord, key, receiver_key};
use crate::world::state::State;
use crate::world::thing::ThingId;

const DAY: Millis = 24 * 60 * 60 * 1000;
/// How long an order can be shared; then it is unfrozen by itself.
const SHAREABLE: Millis = 30 * DAY;
/// How long what a receiver got can be returned.
const RETURNABLE: Millis = 180 * DAY;
/// `strict_docs` asks for this pause between the payment and the first request.
const PAUSE: Millis = 60_000;
/// The largest part of an order that goes to others, in hundredths of a percent.
pub(crate) const MAX_RATIO: u64 = 3000;
/// How many requests may share an order, and how many returns it may have.
const MOST: usize = 50;

/// A request, as a dialect has read it.
pub(crate) struct SharingRequest {
    pub(crate) sub_mch_id: Option<String>,
    pub(crate) transaction_id: String,
    pub(crate) out_order_no: String,
    /// Kind, account, amount, description.
    pub(crate) receivers: Vec<(String, String, u64, String)>,
    pub(crate) unfreezes: bool,
    /// The description of what is unfrozen.
    pub(crate) description: String,
    pub(crate) request: String,
}

/// Shares an order, or unfreezes what is left of it, when there are no receivers.
pub(crate) fn share(app: &App, merchant: &Merchant, asked: SharingRequest) -> Result<Value, V3Error> {
    let now = app.clock.now();
    let mut state = app.state();
    let named = key(&merchant.mch_id, &asked.out_order_no);
    if let Some(known) = state.sharing.orders.get(&named) {
        if known.request == asked.request {
            return Ok(describe(known, now));
        }
        return Err(V3Error::invalid("分账接收方与原请求不一致"));
    }
    let (out_trade_no, total, left) = shareable(app, &mut state, merchant, &asked, now)?;
    // A sum that is too large is more than any order has.
    let wanted = sum(asked.receivers.iter().map(|(_, _, amount, _)| *amount)).unwrap_or(u64::MAX);
    for (kind, account, _, _) in &asked.receivers {
        let receiver = receiver_key(&merchant.mch_id, asked.sub_mch_id.as_deref(), kind, account);
        if state.sharing.receivers.get(&receiver).is_none() {
            let english = format!("{kind} {account} was not added by /v3/profitsharing/receivers/add");
            let chinese = format!("没有用 /v3/profitsharing/receivers/add 添加过 {kind} {account}");
            let explanation = Explanation::with_values("receiver_unknown", english, chinese);
            return Err(V3Error::invalid("分账接收方关系不存在").because(explanation));
        }
    }
    if wanted > left || asked.receivers.is_empty() && left == 0 {
        return Err(V3Error::new(403, "NOT_ENOUGH", "分账金额不足"));
    }
    let before = state.sharing.given(&asked.transaction_id, now);
    let after = u128::from(before) + u128::from(wanted);
    if after * 10_000 > u128::from(total) * u128::from(MAX_RATIO) {
        return Err(V3Error::new(403, "RULE_LIMIT", "分账金额超出最大分账比例"));
    }
    let share = |kind: &str, account: &str, amount: u64, description: &str| Share {
        kind: kind.to_owned(),
        account: account.to_owned(),
        amount,
        description: description.to_owned(),
        detail_id: app.ids.sharing_id(),
        reason: None,
        closed: false,
    };
    let mut shares: Vec<Share> = asked
        .receivers
        .iter()
        .map(|(kind, account, amount, description)| share(kind, account, *amount, description))
        .collect();
    end_as_asked(app, &out_trade_no, &mut shares);
    if asked.unfreezes && left > wanted {
        let owner = asked.sub_mch_id.as_deref().unwrap_or(&merchant.mch_id);
        shares.push(share("MERCHANT_ID", owner, left - wanted, &asked.description));
    }
    let sharing = SharingRecord {
        signer: merchant.mch_id.clone(),
        mch_id: asked.sub_mch_id.clone().unwrap_or_else(|| merchant.mch_id.clone()),
        sub_mch_id: asked.sub_mch_id,
        transaction_id: asked.transaction_id,
        out_order_no: asked.out_order_no,
        order_id: app.ids.sharing_id(),
        shares,
        created: now,
        finishes: now + DURATION,
        unfreezes: asked.unfreezes,
        request: asked.request,
    };
    let reply = describe(&sharing, now);
    for share in &sharing.shares {
        if let Some(notice) = notice(app, merchant, &sharing, share) {
            state.notices.insert(notice);
        }
    }
    state.sharing.orders.insert(named, sharing);
    Ok(reply)
}

/// Gives the parts of receivers the ends that faults ask for.
fn end_as_asked(app: &App, out_trade_no: &str, shares: &mut [Share]) {
    let accounts: Vec<&str> = shares.iter().map(|share| share.account.as_str()).collect();
    if accounts.is_empty() {
        return;
    }
    for active in app.faults.of_sharing(out_trade_no, &accounts) {
        let NoticeFault::Shared { closed, reason, account } = active.fault else { continue };
        let struck = |share: &&mut Share| account.as_deref().is_none_or(|account| share.account == account);
        for share in shares.iter_mut().filter(struck) {
            share.closed = closed;
            share.reason = Some(reason.clone());
        }
    }
}

/// What a receiver that is a merchant here is told when it has got its part. The event type is that of payments, as the documents have it.
fn notice(app: &App, merchant: &Merchant, sharing: &SharingRecord, share: &Share) -> Option<Notice> {
    let is_told = share.kind == "MERCHANT_ID" && !share.closed;
    let receiver = app.registry.by_mch(&share.account).filter(|_| is_told)?;
    let url = receiver.sharing_notify_url.clone().filter(|_| receiver.api_v3_key.is_some())?;
    let mut members = identity(&merchant.mch_id, sharing.sub_mch_id.as_deref());
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("transaction_id", sharing.transaction_id.as_str().into());
    set("order_id", sharing.order_id.as_str().into());
    set("out_order_no", sharing.out_order_no.as_str().into());
    set(
        "receiver",
        json!({
            "type": share.kind,
            "account": share.account,
            "amount": share.amount,
            "description": share.description,
        }),
    );
    set("success_time", rfc3339(sharing.finishes).into());
    let (kind, summary, original) = ("TRANSACTION.SUCCESS", "分账", "profitsharing");
    let event = Event { kind, summary, original, plain: members.into(), serial: None };
    let notification = notice_v3::notification(app, receiver, event, false, (url, sharing.finishes, Vec::new()));
    Some(Notice { mch_id: receiver.mch_id.clone(), number: sharing.out_order_no.clone(), notification })
}

/// The number and the amount of the order of a request, and what is left of it to share, in fen.
fn shareable(
    app: &App,
    state: &mut State,
    merchant: &Merchant,
    asked: &SharingRequest,
    now: Millis,
) -> Result<(String, u64, u64), V3Error> {
    let (id, paid) = paid(state, merchant, &asked.transaction_id)?;
    let order = state.orders.get(id).ok_or_else(not_there)?;
    if order.request.filled("sub_mch_id") != asked.sub_mch_id.as_deref() {
        return Err(V3Error::invalid("请求分账的交易模式和下单的交易模式不匹配，请核实后再试"));
    }
    if order.field("profit_sharing") != "Y" {
        return Err(V3Error::invalid("非分账订单不支持分账"));
    }
    if app.config.strict_docs && now < paid + PAUSE {
        return Err(V3Error::invalid("订单处理中，请稍后重试"));
    }
    let (number, total, left) = (order.out_trade_no().to_owned(), order.total_fee(), left(state, order, now));
    let ended = order.payment.as_ref().is_some_and(|payment| has_ended(state, payment, now));
    let requests = state.sharing.orders.values().filter(|known| known.transaction_id == asked.transaction_id).count();
    if ended {
        return Err(V3Error::invalid("订单已完结分账，不支持分账"));
    }
    if requests >= MOST {
        return Err(V3Error::new(403, "RULE_LIMIT", "订单分账次数超过限制"));
    }
    Ok((number, total, left))
}

/// A paid order of the merchant's, and when it was paid.
fn paid(state: &mut State, merchant: &Merchant, transaction_id: &str) -> Result<(ThingId, Millis), V3Error> {
    let id = state.orders.by_transaction(transaction_id).ok_or_else(not_there)?;
    let order = state.orders.get(id).filter(|order| order.mch_id() == merchant.mch_id).ok_or_else(not_there)?;
    let payment = order.payment.as_ref().filter(|_| order.state == TradeState::Success).ok_or_else(not_there)?;
    Ok((id, payment.at))
}

/// What is left of an order to share, in fen: without the service fee, refunds and what was shared.
fn left(state: &State, order: &Order, now: Millis) -> u64 {
    let Some(payment) = &order.payment else { return 0 };
    let fee = u64::try_from(fee(settled(order, payment))).unwrap_or_default();
    unshared(state, order, now).saturating_sub(fee)
}

/// What was neither shared nor refunded of an order, in fen.
pub(super) fn unshared(state: &State, order: &Order, now: Millis) -> u64 {
    let Some(payment) = &order.payment else { return 0 };
    let shared = state.sharing.given(&payment.transaction_id, now);
    settled(order, payment).saturating_sub(order.refunded).saturating_sub(shared)
}

/// Whether money of an order waits to be shared. It is unfrozen by a request, or by itself 30 days after the payment.
pub(super) fn is_frozen(state: &State, order: &Order, now: Millis) -> bool {
    order.field("profit_sharing") == "Y" && order.payment.as_ref().is_none_or(|payment| !has_ended(state, payment, now))
}

fn has_ended(state: &State, payment: &Payment, now: Millis) -> bool {
    now > payment.at + SHAREABLE || state.sharing.has_ended(&payment.transaction_id)
}

fn not_there() -> V3Error {
    V3Error::new(404, "RESOURCE_NOT_EXISTS", "记录不存在")
}

/// A request that was accepted.
pub(crate) fn query(
    app: &App,
    merchant: &Merchant,
    sub_mch_id: Option<&str>,
    out_order_no: &str,
    transaction_id: &str,
) -> Result<Value, V3Error> {
    let state = app.state();
    let known = state.sharing.orders.get(&key(&merchant.mch_id, out_order_no));
    let own = known.filter(|known| known.transaction_id == transaction_id && known.sub_mch_id.as_deref() == sub_mch_id);
    own.map(|known| describe(known, app.clock.now())).ok_or_else(not_there)
}

/// A request as replies have it. The end of a part that is not done is the epoch in Beijing time, as in WeChat's samples.
fn describe(sharing: &SharingRecord, now: Millis) -> Value {
    let done = now >= sharing.finishes;
    let receivers: Vec<Value> = sharing
        .shares
        .iter()
        .map(|share| {
            let result = match (done, share.closed) {
                (false, _) => "PENDING",
                (true, true) => "CLOSED",
                (true, false) => "SUCCESS",
            };
            let mut receiver = json!({
                "account": share.account,
                "amount": share.amount,
                "create_time": rfc3339(sharing.created),
                "description": share.description,
                "detail_id": share.detail_id,
                "finish_time": rfc3339(if done { sharing.finishes } else { 0 }),
                "result": result,
                "type": share.kind,
            });
            if let (true, Some(reason), Some(members)) = (done, &share.reason, receiver.as_object_mut()) {
                members.insert("fail_reason".to_owned(), reason.as_str().into());
            }
            receiver
        })
        .collect();
    let mut reply = Map::new();
    let mut set = |name: &str, value: Value| reply.insert(name.to_owned(), value);
    set("order_id", sharing.order_id.as_str().into());
    set("out_order_no", sharing.out_order_no.as_str().into());
    set("receivers", receivers.into());
    set("state", if done { "FINISHED" } else { "PROCESSING" }.into());
    if let Some(sub_mch_id) = &sharing.sub_mch_id {
        set("sub_mchid", sub_mch_id.as_str().into());
    }
    set("transaction_id", sharing.transaction_id.as_str().into());
    reply.into()
}

/// What is left to share of a payment.
pub(crate) fn amounts(app: &App, merchant: &Merchant, transaction_id: &str) -> Result<Value, V3Error> {
    let mut state = app.state();
    let (id, _) = paid(&mut state, merchant, transaction_id)?;
    let order = state.orders.get(id).ok_or_else(not_there)?;
    let now = app.clock.now();
    let unsplit = if is_frozen(&state, order, now) { left(&state, order, now) } else { 0 };
    Ok(json!({ "transaction_id": transaction_id, "unsplit_amount": unsplit }))
}

/// Adds a receiver. Adding one twice is no error.
pub(crate) fn add_receiver(app: &App, merchant: &Merchant, sub_mch_id: Option<&str>, receiver: Receiver) {
    let key = receiver_key(&merchant.mch_id, sub_mch_id, &receiver.kind, &receiver.account);
    app.state().sharing.receivers.insert(key, receiver);
}

pub(crate) fn delete_receiver(app: &App, merchant: &Merchant, sub_mch_id: Option<&str>, kind: &str, account: &str) {
    app.state().sharing.receivers.remove(&receiver_key(&merchant.mch_id, sub_mch_id, kind, account));
}

/// A return, as a dialect has read it.
pub(crate) struct ReturnRequest {
    pub(crate) sub_mch_id: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) out_order_no: Option<String>,
    pub(crate) out_return_no: String,
    pub(crate) return_mchid: String,
    pub(crate) amount: u64,
    pub(crate) description: String,
    pub(crate) request: String,
}

/// Takes back a part from a receiver that is a merchant.
pub(crate) fn give_back(app: &App, merchant: &Merchant, asked: ReturnRequest) -> Result<Value, V3Error> {
    let now = app.clock.now();
    let mut state = app.state();
    let named = key(&merchant.mch_id, &asked.out_return_no);
    if let Some(known) = state.sharing.returns.get(&named) {
        return match known.request == asked.request {
            true => Ok(describe_return(known, now)),
            false => Err(V3Error::invalid("回退请求与原请求不一致")),
        };
    }
    let by_number = asked.out_order_no.as_deref().map(|number| key(&merchant.mch_id, number));
    let found = match by_number {
        Some(number) => state.sharing.orders.get(&number).cloned(),
        None => {
            let id = asked.order_id.as_deref().unwrap_or_default();
            let own = |sharing: &&SharingRecord| sharing.order_id == id && sharing.signer == merchant.mch_id;
            state.sharing.orders.values().find(own).cloned()
        }
    };
    let sharing = found.filter(|sharing| sharing.sub_mch_id == asked.sub_mch_id).ok_or_else(not_there)?;
    let of_receiver =
        |share: &&Share| share.kind == "MERCHANT_ID" && share.account == asked.return_mchid && !share.closed;
    let got = sum(sharing.shares.iter().filter(of_receiver).map(|share| share.amount)).unwrap_or(u64::MAX);
    let of_return = |known: &&Return| known.order_id == sharing.order_id && known.return_mchid == asked.return_mchid;
    let returned = sum(state.sharing.returns.values().filter(of_return).map(Return::given_back)).unwrap_or(u64::MAX);
    if now < sharing.finishes {
        return Err(V3Error::invalid("订单处理中，请稍后重试"));
    }
    if now > sharing.finishes + RETURNABLE {
        return Err(V3Error::invalid("超过可回退期限"));
    }
    if got == 0 {
        return Err(V3Error::invalid("回退方与分账接收方不一致"));
    }
    if asked.amount > got.saturating_sub(returned) {
        return Err(V3Error::invalid("回退金额超过可回退金额"));
    }
    if state.sharing.returns_of(&sharing.transaction_id) >= MOST {
        // not captured
        return Err(V3Error::new(403, "RULE_LIMIT", "订单分账回退次数超过限制"));
    }
    // A receiver that is a merchant here pays it from its balance.
    let taken = state.balances.debit(&asked.return_mchid, asked.amount);
    let new = Return {
        order_id: sharing.order_id,
        out_order_no: sharing.out_order_no,
        out_return_no: asked.out_return_no,
        return_id: app.ids.sharing_id(),
        return_mchid: asked.return_mchid,
        amount: asked.amount,
        description: asked.description,
        created: now,
        finishes: now + DURATION,
        fail_reason: taken.err().map(|NotEnough| "BALANCE_NOT_ENOUGH".to_owned()),
        request: asked.request,
    };
    let reply = describe_return(&new, now);
    state.sharing.returns.insert(named, new);
    Ok(reply)
}

pub(crate) fn query_return(
    app: &App,
    merchant: &Merchant,
    sub_mch_id: Option<&str>,
    number: &str,
    out_order_no: &str,
) -> Result<Value, V3Error> {
    let state = app.state();
    let shared = state.sharing.orders.get(&key(&merchant.mch_id, out_order_no));
    let shared = shared.filter(|sharing| sharing.sub_mch_id.as_deref() == sub_mch_id).ok_or_else(not_there)?;
    let known = state.sharing.returns.get(&key(&merchant.mch_id, number));
    let own = known.filter(|known| known.order_id == shared.order_id);
    own.map(|known| describe_return(known, app.clock.now())).ok_or_else(not_there)
}

fn describe_return(returned: &Return, now: Millis) -> Value {
    let done = now >= returned.finishes;
    let failed = returned.fail_reason.as_ref().filter(|_| done);
    let mut reply = json!({
        "amount": returned.amount,
        "create_time": rfc3339(returned.created),
        "description": returned.description,
        "finish_time": rfc3339(if done { returned.finishes } else { 0 }),
        "order_id": returned.order_id,
        "out_order_no": returned.out_order_no,
        "out_return_no": returned.out_return_no,
        "result": if failed.is_some() { "FAILED" } else if done { "SUCCESS" } else { "PROCESSING" },
        "return_id": returned.return_id,
        "return_mchid": returned.return_mchid,
    });
    if let (Some(reason), Some(members)) = (failed, reply.as_object_mut()) {
        members.insert("fail_reason".to_owned(), reason.as_str().into());
    }
    reply
}
