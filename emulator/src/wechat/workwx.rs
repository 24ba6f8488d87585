//! Red packets and payments to members of WeCom, and their queries (platform protocol §2.10, protocol §3.18 to §3.20).

use std::sync::Arc;

use wxpaykit::Fields;

use super::bill::Day;
use super::unifiedorder::is_user;
use super::verdict::{BusinessError, Caller, Field, Refusal, Verdict};
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::ids::dashed_time;
use crate::world::payout::{Payout, PayoutKind, PayoutState};
use crate::world::state::State;
use crate::world::thing::ThingId;

/// How long a query finds one.
const FOUND: Millis = 30 * 24 * 60 * 60 * 1000;
/// The least and the greatest red packet without `scene_id`, in fen.
const USUAL_AMOUNT: std::ops::RangeInclusive<u64> = 100..=20_000;

/// The most red packets of a merchant in a day to one member, in fen and in number, and to all, in fen (platform protocol §2.10).
const MOST_TO_ONE: u64 = 100_000;
const MOST_PACKETS: usize = 10;
const MOST_TO_ALL: u64 = 100_000_000;
/// How many payouts of a merchant are looked through for those of the day.
const LOOKED_THROUGH: usize = 100_000;

const OTHER_FIELDS: BusinessError = BusinessError::new("FATAL_ERROR", "重复请求时，参数与原单不一致");
const UNDER_WAY: BusinessError = BusinessError::new("PROCESSING", "请求已受理，请稍后使用原单号查询发放结果");
const NOT_FOUND: BusinessError = BusinessError::new("NOT_FOUND", "指定单号数据不存在");

pub(crate) fn send_red_packet(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let amount = fen(fields, "total_amount");
    if !USUAL_AMOUNT.contains(&amount) && fields.filled("scene_id").is_none() {
        let refused = BusinessError::new("MONEY_LIMIT", "每个红包的平均金额必须在1.00元到200.00元之间.");
        return Ok(Verdict::Fail(refused, Vec::new()));
    }
    let asked = Asked { kind: PayoutKind::RedPacket, openid: "re_openid", appid: "wxappid", amount };
    let reply = |payout: &Payout| {
        let mut reply = repeated(payout, &["mch_billno", "re_openid", "total_amount", "sender_name"]);
        reply.extend(repeated(payout, &["sender_header_media_id"]));
        reply.push(("send_listid".into(), payout.number.clone().into()));
        reply
    };
    Ok(pay(app, caller, fields, &asked, reply))
}

pub(crate) fn pay_member(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let amount = fen(fields, "amount");
    let asked = Asked { kind: PayoutKind::ToMember, openid: "openid", appid: "appid", amount };
    let reply = |payout: &Payout| {
        let mut reply = repeated(payout, &["partner_trade_no"]);
        reply.push(("payment_no".into(), payout.number.clone().into()));
        reply.push(("payment_time".into(), dashed_time(payout.created).into()));
        reply
    };
    Ok(pay(app, caller, fields, &asked, reply))
}

/// The names that a payment has for its parts.
struct Asked {
    kind: PayoutKind,
    openid: &'static str,
    appid: &'static str,
    amount: u64,
}

/// Pays, or finds the payment that the same request made.
fn pay(
    app: &App,
    caller: &Caller<'_>,
    fields: &Fields,
    asked: &Asked,
    reply: impl FnOnce(&Payout) -> Vec<Field>,
) -> Verdict {
    let merchant = caller.merchant;
    let own_number = fields.get(asked.kind.number_name()).unwrap_or_default();
    let mut own: Vec<(String, String)> = fields
        .iter()
        .filter(|(name, value)| !value.is_empty() && !matches!(*name, "nonce_str" | "sign" | "workwx_sign"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    own.sort_unstable();
    let now = app.clock.now();
    let mut state = app.state();
    let known = state.payouts.find(&asked.kind.name(&merchant.mch_id, own_number));
    if let Some(known) = known.and_then(|(id, _)| state.payouts.get(id)) {
        return match known.state {
            _ if known.asked != own => Verdict::Fail(OTHER_FIELDS, Vec::new()),
            PayoutState::Sending | PayoutState::Processing => Verdict::Fail(UNDER_WAY, Vec::new()),
            PayoutState::Failed => Verdict::Fail(not_paid(known.kind), Vec::new()),
            _ => Verdict::Success(reply(known)),
        };
    }
    let (openid, appid) = (fields.get(asked.openid).unwrap_or_default(), fields.get(asked.appid).unwrap_or_default());
    if !is_user(app, &state, openid, appid) {
        return Verdict::Fail(BusinessError::new("OPENID_ERROR", "openid和appid不匹配"), Vec::new());
    }
    if asked.kind == PayoutKind::RedPacket
        && let Some(refused) = over_limit(&state, &merchant.mch_id, openid, asked.amount, now)
    {
        return Verdict::Fail(refused, Vec::new());
    }
    if state.balances.debit(&merchant.mch_id, asked.amount).is_err() {
        return Verdict::Fail(BusinessError::new("NOTENOUGH", "帐号余额不足，请到商户平台充值后再重试"), Vec::new());
    }
    let number = app.ids.transfer_bill_no(now);
    let (kind, mch_id) = (asked.kind, merchant.mch_id.clone());
    let payout = Payout::new(kind, mch_id, own_number.to_owned(), asked.amount, own, (number, now));
    let reply = reply(&payout);
    state.payouts.insert(payout);
    Verdict::Success(reply)
}

/// The limit of a day that another red packet is over, if it is. One that went back counts, one that failed does not: what WeChat counts is
/// not documented. Of the texts, the documents have the first.
fn over_limit(state: &State, mch_id: &str, openid: &str, amount: u64, now: Millis) -> Option<BusinessError> {
    let day = Day::of(now);
    let of_today = |payout: &Payout| {
        let counts = payout.kind == PayoutKind::RedPacket && payout.state != PayoutState::Failed;
        let fits = counts && day.holds(payout.created);
        fits.then(|| (payout.get("re_openid") == Some(openid), payout.amount))
    };
    let packets: Vec<(bool, u64)> =
        state.payouts.newest(Some(mch_id), LOOKED_THROUGH, of_today).into_iter().flatten().collect();
    let own = || packets.iter().filter(|(own, _)| *own).map(|(_, amount)| *amount);
    let with_this = |sum: u64| sum.saturating_add(amount);
    match () {
        () if own().count() >= MOST_PACKETS => {
            Some(BusinessError::new("SENDNUM_LIMIT", "该用户今日领取红包个数超过限制"))
        }
        () if with_this(own().sum()) > MOST_TO_ONE => {
            Some(BusinessError::new("RCVDAMOUNT_LIMIT", "该用户今日领取红包总额超过限制"))
        }
        () if with_this(packets.iter().map(|(_, amount)| *amount).sum()) > MOST_TO_ALL => {
            Some(BusinessError::new("SENDAMOUNT_LIMIT", "商户号今日发放金额超过限制"))
        }
        () => None,
    }
}

pub(crate) fn query_red_packet(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    Ok(query(app, caller, fields, PayoutKind::RedPacket, |payout| {
        let mut reply = repeated(payout, &["mch_billno", "mch_id"]);
        let mut set = |name: &'static str, value: String| reply.push((name.into(), value.into()));
        set("detail_id", payout.number.clone());
        set("status", payout.state.as_str().to_owned());
        set("send_type", "API".to_owned());
        set("send_time", dashed_time(payout.created));
        if let Some(reason) = &payout.reason {
            set("reason", reason.clone());
        }
        match payout.state {
            PayoutState::Back => {
                set("refund_time", dashed_time(payout.updated));
                set("refund_amount", payout.amount.to_string());
            }
            PayoutState::Received => {
                set("rcv_time", dashed_time(payout.updated));
                set("amount", payout.amount.to_string());
            }
            _ => {}
        }
        set("openid", payout.get("re_openid").unwrap_or_default().to_owned());
        reply.extend(repeated(payout, &["total_amount", "wishing", "remark", "act_name", "sender_name"]));
        reply
    }))
}

pub(crate) fn query_payment(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    Ok(query(app, caller, fields, PayoutKind::ToMember, |payout| {
        let mut reply = repeated(payout, &["partner_trade_no", "mch_id", "openid", "desc"]);
        let mut set = |name: &'static str, value: String| reply.push((name.into(), value.into()));
        set("detail_id", payout.number.clone());
        set("status", payout.state.as_str().to_owned());
        if let Some(reason) = &payout.reason {
            set("reason", reason.clone());
        }
        set("payment_amount", payout.amount.to_string());
        set("transfer_time", dashed_time(payout.created));
        set("transfer_name", payout.get("re_user_name").unwrap_or_default().to_owned());
        reply
    }))
}

fn query(
    app: &App,
    caller: &Caller<'_>,
    fields: &Fields,
    kind: PayoutKind,
    reply: impl FnOnce(&Payout) -> Vec<Field>,
) -> Verdict {
    let number = fields.get(kind.number_name()).unwrap_or_default();
    let now = app.clock.now();
    let mut state = app.state();
    let known = state.payouts.find(&kind.name(&caller.merchant.mch_id, number));
    match known.and_then(|(id, _)| state.payouts.get(id)).filter(|payout| now <= payout.created + FOUND) {
        Some(payout) => Verdict::Success(reply(payout)),
        None => Verdict::Fail(NOT_FOUND, Vec::new()),
    }
}

/// Gives a payout another state, in the place of the member or of WeChat. `Err` says why that cannot be.
pub(crate) fn decide(
    state: &mut State,
    id: ThingId,
    wanted: Option<PayoutState>,
    reason: Option<String>,
    now: Millis,
) -> Result<(), String> {
    let payout = state.payouts.get(id).ok_or("no such payment")?;
    let (known, wanted) = (payout.state, wanted.unwrap_or(payout.kind.taken()));
    if !known.followed_by().contains(&wanted) {
        let (known, wanted) = (known.as_str(), wanted.as_str());
        return Err(match payout.state.followed_by() {
            [] => format!("it is {known}, which is final"),
            others => {
                let others: Vec<&str> = others.iter().map(|state| state.as_str()).collect();
                format!("it is {known}, and cannot become {wanted}: result must be {}", others.join(", "))
            }
        });
    }
    if reason.is_some() && wanted != PayoutState::Failed {
        return Err("reason is for FAILED".to_owned());
    }
    if reason.as_deref().is_some_and(|reason| reason.chars().any(char::is_control)) {
        return Err("reason must be without control characters, which XML cannot have".to_owned());
    }
    change(state, id, wanted, now);
    if let Some(payout) = state.payouts.get_mut(id).filter(|payout| payout.state == PayoutState::Failed) {
        payout.reason = Some(reason.unwrap_or_else(|| not_paid(payout.kind).text.to_owned()));
    }
    Ok(())
}

/// Changes a payout if that is due at `at`. Returns whether it was.
pub(super) fn change_if_due(state: &mut State, id: ThingId, at: Millis) -> bool {
    let due = state.payouts.look_up(id).and_then(|payout| payout.next).filter(|(due, _)| *due <= at);
    if let Some((_, next)) = due {
        change(state, id, next, at);
    }
    due.is_some()
}

fn change(state: &mut State, id: ThingId, next: PayoutState, at: Millis) {
    let Some(payout) = state.payouts.fetch(id) else { return };
    payout.become_now(next, at);
    if next.is_given_back() {
        state.balances.credit(&payout.mch_id, payout.amount);
    }
}

/// Fields of the request that the reply repeats, as far as the request has them.
fn repeated(payout: &Payout, names: &[&'static str]) -> Vec<Field> {
    names.iter().filter_map(|name| Some(((*name).into(), payout.get(name)?.to_owned().into()))).collect()
}

/// The refusal of a repetition of what has failed.
const fn not_paid(kind: PayoutKind) -> BusinessError {
    match kind {
        PayoutKind::RedPacket => BusinessError::new("SEND_FAILED", "红包发放失败,请更换单号再重试"),
        PayoutKind::ToMember => BusinessError::new("SEND_FAILED", "付款错误"),
    }
}

fn fen(fields: &Fields, name: &str) -> u64 {
    fields.get(name).and_then(|text| text.parse().ok()).unwrap_or_default()
}
