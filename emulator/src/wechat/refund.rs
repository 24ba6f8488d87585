//! `/secapi/pay/refund`: gives back money of an order (protocol §3.5, §9.3).

use std::sync::Arc;

use wxpaykit::Fields;

use super::banks::{TAIL, card};
use super::lookup::order_of;
use super::profit_sharing::{is_frozen, unshared};
use super::verdict::{BusinessError, Caller, Field, Refusal, Verdict};
use crate::app::App;
use crate::world::balances::NotEnough;
use crate::world::clock::Millis;
use crate::world::notice_fault::{NoticeFault, Stage};
use crate::world::order::{Order, TradeState, V3Origin};
use crate::world::payment::Payment;
use crate::world::refund::{Channel, DURATION, MOST, REFUNDABLE, Refund, Source, Split, UNSETTLED};
use crate::world::refund_status::Status;
use crate::world::state::State;
use crate::world::thing::ThingId;

/// The text of APIv3 for an amount or a currency that is not the order's.
const OTHER_ORDER: &str = "您的请求参数与订单信息不一致";
/// `strict_docs` asks for this pause between the refunds of an order.
const PAUSE: Millis = 60_000;

pub(crate) fn refund(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let amount = |name: &str| fields.get(name).and_then(|text| text.parse().ok()).unwrap_or_default();
    let asked = RefundRequest {
        out_refund_no: fields.get("out_refund_no").unwrap_or_default().to_owned(),
        total_fee: amount("total_fee"),
        refund_fee: amount("refund_fee"),
        currency: fields.filled("refund_fee_type").map(str::to_owned),
        account: fields.filled("refund_account").unwrap_or(UNSETTLED).to_owned(),
        notify_url: fields.filled("notify_url").map(str::to_owned),
        source: Source::Api,
        v3: None,
    };
    if !is_number(&asked.out_refund_no) {
        return Ok(Verdict::Fail(BusinessError::new("PARAM_ERROR", "out_refund_no参数格式错误"), Vec::new()));
    }
    let mut state = app.state();
    let found = order_of(&mut state, caller.merchant, fields);
    let accepted = found.ok_or(ORDER_UNKNOWN).and_then(|id| accept(app, &mut state, id, asked));
    Ok(match accepted.map(|id| state.refunds.get(id).map(|refund| reply(&state, refund))) {
        Ok(Some(reply)) => Verdict::Success(reply),
        Ok(None) => Verdict::Fail(BusinessError::new("SYSTEMERROR", "接口返回错误"), Vec::new()),
        Err(refused) => Verdict::Fail(refused, Vec::new()),
    })
}

/// Refunds an order in the place of a person at the merchant platform, who names no number: WeChat's is the merchant's too.
pub(crate) fn at_console(app: &App, state: &mut State, order: ThingId, refund_fee: u64) -> Result<ThingId, String> {
    let total_fee = state.orders.look_up(order).map(Order::total_fee).unwrap_or_default();
    let asked = RefundRequest {
        out_refund_no: String::new(),
        total_fee,
        refund_fee,
        currency: None,
        account: UNSETTLED.to_owned(),
        notify_url: None,
        source: Source::Console,
        v3: None,
    };
    accept(app, state, order, asked).map_err(|refused| format!("{}: {}", refused.code, refused.text))
}

/// A refund as it is asked for.
pub(super) struct RefundRequest {
    /// Empty at the merchant platform.
    pub(super) out_refund_no: String,
    pub(super) total_fee: u64,
    pub(super) refund_fee: u64,
    pub(super) currency: Option<String>,
    pub(super) account: String,
    pub(super) notify_url: Option<String>,
    pub(super) source: Source,
    pub(super) v3: Option<V3Origin>,
}

pub(super) const ORDER_UNKNOWN: BusinessError = BusinessError::new("ORDERNOTEXIST", "订单不存在").numbered(268_892_180);

/// A refund, new or the same as before.
pub(super) fn accept(
    app: &App,
    state: &mut State,
    id: ThingId,
    asked: RefundRequest,
) -> Result<ThingId, BusinessError> {
    let (now, strict) = (app.clock.now(), app.config.strict_docs);
    let Some(order) = state.orders.look_up(id) else { return Err(ORDER_UNKNOWN) };
    if order.is_combined() {
        // Its parts are refunded.
        return Err(ORDER_UNKNOWN);
    }
    let mch_id = order.mch_id().to_owned();
    if let Some(known) = state.refunds.by_number(&mch_id, &asked.out_refund_no)
        && let Some(refund) = state.refunds.get(known)
    {
        if refund.is_same(id, asked.total_fee, asked.refund_fee) {
            return Ok(known);
        }
        // Captured as ERROR; an older list has INVALID_REQUEST.
        let code = if strict { "INVALID_REQUEST" } else { "ERROR" };
        return Err(BusinessError::new(code, "订单金额或退款金额与之前请求不一致，请核实后再试").numbered(268_892_183));
    }
    let Some(order) = state.orders.get(id) else { return Err(ORDER_UNKNOWN) };
    let payment = match (order.state, &order.payment) {
        (TradeState::Success, Some(payment)) => payment.clone(),
        (TradeState::Closed, _) => return Err(BusinessError::new("ERROR", "订单已关闭").numbered(268_892_181)),
        _ => return Err(ORDER_UNKNOWN),
    };
    let last = order.refunds.last().copied();
    let (before, total_fee) = (order.refunded, order.total_fee());
    check(order, &payment, &asked, now, strict)?;
    if is_frozen(state, order, now) && asked.refund_fee > unshared(state, order, now) {
        let refused = BusinessError::new("INVALID_REQUEST", "申请退款金额大于剩余未分账金额，请等待分账完成后再试");
        return Err(refused.numbered(268_892_205));
    }
    let last = last.and_then(|last| state.refunds.look_up(last)).map(|refund| refund.created);
    if strict && last.is_some_and(|last| now < last + PAUSE) {
        return Err(BusinessError::new("FREQUENCY_LIMITED", "频率限制").numbered(268_448_746));
    }
    let split = Split::of(&payment, total_fee, before, asked.refund_fee);
    let taken = state.balances.debit(&mch_id, split.settlement_refund_fee);
    taken.map_err(|NotEnough| {
        BusinessError::new("NOTENOUGH", "基本账户余额不足，请充值后重新发起").numbered(268_892_709)
    })?;
    Ok(insert(app, state, id, asked, payment, split))
}

fn check(
    order: &Order,
    payment: &Payment,
    asked: &RefundRequest,
    now: Millis,
    strict: bool,
) -> Result<(), BusinessError> {
    let total_fee = order.total_fee();
    let left = total_fee.saturating_sub(order.refunded);
    if asked.total_fee != total_fee {
        let code = if strict { "PARAM_ERROR" } else { "INVALID_REQUEST" };
        return Err(BusinessError::new(code, "订单总金额与支付金额不一致").in_v3(OTHER_ORDER));
    }
    if asked.currency.as_deref().is_some_and(|currency| currency != order.request.filled("fee_type").unwrap_or("CNY")) {
        return Err(BusinessError::new("PARAM_ERROR", "参数错误").in_v3(OTHER_ORDER));
    }
    if now > payment.at + REFUNDABLE {
        let refused = BusinessError::new("TRADE_OVERDUE", "订单已经超过退款期限").in_v3("当前订单过期不能申请退款");
        return Err(refused.numbered(268_892_184));
    }
    if left == 0 {
        return Err(BusinessError::new("ERROR", "订单已全额退款").numbered(268_892_177));
    }
    if asked.refund_fee > left {
        let code = if strict { "PARAM_ERROR" } else { "ERROR" };
        let refused = BusinessError::new(code, "累计退款金额大于支付金额").in_v3("申请退款金额超过订单可退金额");
        return Err(refused.numbered(268_449_311));
    }
    if order.refunds.len() >= MOST {
        return Err(BusinessError::new("ERROR", "订单退款次数超过限制"));
    }
    Ok(())
}

fn insert(app: &App, state: &mut State, id: ThingId, asked: RefundRequest, payment: Payment, split: Split) -> ThingId {
    let now = app.clock.now();
    let mut refund_id = app.ids.refund_id(now);
    // Two equal ones are unlikely; then another one is drawn.
    while state.refunds.by_refund_id(&refund_id).is_some() {
        refund_id = app.ids.refund_id(now);
    }
    let own = |order: Option<&Order>, name: &str| order.and_then(|order| order.request.filled(name)).map(str::to_owned);
    let order = state.orders.get(id);
    let out_trade_no = own(order, "out_trade_no").unwrap_or_default();
    let ended =
        app.faults.of_notice(&out_trade_no, Stage::Refunding).into_iter().find_map(|active| match active.fault {
            NoticeFault::Refunded(status) => Some(status),
            _ => None,
        });
    let refund_fee = split.refund_fee;
    let refund = Refund {
        order: id,
        appid: own(order, "appid").unwrap_or_default(),
        mch_id: own(order, "mch_id").unwrap_or_default(),
        sub_appid: own(order, "sub_appid"),
        sub_mch_id: own(order, "sub_mch_id"),
        out_trade_no,
        transaction_id: payment.transaction_id.clone(),
        out_refund_no: if asked.out_refund_no.is_empty() { refund_id.clone() } else { asked.out_refund_no },
        refund_id,
        total_fee: asked.total_fee,
        settlement_total_fee: payment.settlement_total_fee(asked.total_fee),
        receiver: card(&payment.bank_type, TAIL).unwrap_or_else(|| "支付用户零钱".to_owned()),
        channel: Channel::Original,
        split,
        account: asked.account,
        source: asked.source,
        notify_url: asked.notify_url,
        created: now,
        status: Status::Processing,
        ends: Some((now + DURATION, ended.unwrap_or(Status::Success))),
        succeeded: None,
        notification: None,
        payer_total: Some(payment.cash_fee(asked.total_fee)),
        v3: asked.v3,
    };
    let made = state.refunds.insert(refund);
    if let Some(order) = state.orders.get_mut(id) {
        order.refunds.push(made);
        order.refunded += refund_fee;
    }
    made
}

/// Digits, letters and `_-|*@`, at most 64 (protocol §9.5).
fn is_number(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-|*@".contains(&b))
}

fn reply(state: &State, refund: &Refund) -> Vec<Field> {
    let split = &refund.split;
    let payment = state.orders.get(refund.order).and_then(|order| order.payment.as_ref());
    let cash_fee = payment.map_or(refund.total_fee, |payment| payment.cash_fee(refund.total_fee));
    let mut reply: Vec<Field> = Vec::with_capacity(20);
    let mut push = |name: &'static str, value: String| reply.push((name.into(), value.into()));
    push("transaction_id", refund.transaction_id.clone());
    push("out_trade_no", refund.out_trade_no.clone());
    push("out_refund_no", refund.out_refund_no.clone());
    push("refund_id", refund.refund_id.clone());
    push("refund_channel", String::new());
    push("refund_fee", split.refund_fee.to_string());
    push("coupon_refund_fee", split.coupon_refund_fee().to_string());
    push("total_fee", refund.total_fee.to_string());
    push("cash_fee", cash_fee.to_string());
    push("coupon_refund_count", split.coupons.len().to_string());
    push("cash_refund_fee", split.cash_refund_fee.to_string());
    if let Some(settlement_total_fee) = refund.settlement_total_fee {
        push("settlement_refund_fee", split.settlement_refund_fee.to_string());
        push("settlement_total_fee", settlement_total_fee.to_string());
    }
    for (n, coupon) in split.coupons.iter().enumerate() {
        reply.push((format!("coupon_type_{n}").into(), coupon.kind.as_str().into()));
        reply.push((format!("coupon_refund_fee_{n}").into(), coupon.fee.to_string().into()));
        reply.push((format!("coupon_refund_id_{n}").into(), coupon.id.clone().into()));
    }
    reply
}
