//! Red packets and payments to members of WeCom, and their queries (platform protocol §2.10, protocol §3.18 to §3.20).

use std::sync::Arc;

use wxpaykit::Fields;

use super::unifiedorder::is_user;
use super::verdict::{BusinessError, Caller, Field, Refusal, Verdict};
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::ids::dashed_time;
use crate::world::payout::{Payout, PayoutKind};

/// How long a query finds one.
const FOUND: Millis = 30 * 24 * 60 * 60 * 1000;
/// The least and the greatest red packet without `scene_id`, in fen.
const USUAL_AMOUNT: std::ops::RangeInclusive<u64> = 100..=20_000;

const NOT_FOUND: BusinessError = BusinessError::new("NOT_FOUND", "指定单号数据不存在");

pub(crate) fn send_red_packet(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let amount = fen(fields, "total_amount");
    if !USUAL_AMOUNT.contains(&amount) && fields.filled("scene_id").is_none() {
        let refused = BusinessError::new("MONEY_LIMIT", "每个红包的平均金额必须在1.00元到200.00元之间.");
        return Ok(Verdict::Fail(refused, Vec::new()));
    }
    let asked =
        Asked { kind: PayoutKind::RedPacket, number: "mch_billno", openid: "re_openid", appid: "wxappid", amount };
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
    let asked =
        Asked { kind: PayoutKind::ToMember, number: "partner_trade_no", openid: "openid", appid: "appid", amount };
    let nonce = app.ids.nonce();
    let reply = move |payout: &Payout| {
        let mut reply = repeated(payout, &["appid", "mch_id", "device_info"]);
        reply.extend([("nonce_str".into(), nonce.into()), ("result_code".into(), "SUCCESS".into())]);
        reply.extend(repeated(payout, &["partner_trade_no"]));
        reply.push(("payment_no".into(), payout.number.clone().into()));
        reply.push(("payment_time".into(), dashed_time(payout.created).into()));
        reply
    };
    Ok(pay(app, caller, fields, &asked, reply))
}

/// The names that a payment has for its parts.
struct Asked {
    kind: PayoutKind,
    number: &'static str,
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
    let name = asked.kind.name(&merchant.mch_id, fields.get(asked.number).unwrap_or_default());
    let mut own: Vec<(String, String)> = fields
        .iter()
        .filter(|(name, value)| !value.is_empty() && !matches!(*name, "nonce_str" | "sign" | "workwx_sign"))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    own.sort_unstable();
    let now = app.clock.now();
    let mut state = app.state();
    if let Some(known) = state.payouts.get(&name) {
        return match known.asked == own {
            true => Verdict::Success(reply(known)),
            false => Verdict::Fail(BusinessError::new("FATAL_ERROR", "重复请求时，参数与原单不一致"), Vec::new()),
        };
    }
    let (openid, appid) = (fields.get(asked.openid).unwrap_or_default(), fields.get(asked.appid).unwrap_or_default());
    if !is_user(app, &state, openid, appid) {
        return Verdict::Fail(BusinessError::new("OPENID_ERROR", "openid和appid不匹配"), Vec::new());
    }
    if state.balances.debit(&merchant.mch_id, asked.amount).is_err() {
        return Verdict::Fail(BusinessError::new("NOTENOUGH", "帐号余额不足，请到商户平台充值后再重试"), Vec::new());
    }
    let payout = Payout { asked: own, number: app.ids.transfer_bill_no(now), created: now };
    let reply = reply(&payout);
    state.payouts.insert(name, payout);
    Verdict::Success(reply)
}

pub(crate) fn query_red_packet(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    Ok(query(app, caller, fields, (PayoutKind::RedPacket, "mch_billno"), |payout, now| {
        let returned = payout.returned(now);
        let mut reply = repeated(payout, &["mch_billno", "mch_id"]);
        let mut set = |name: &'static str, value: String| reply.push((name.into(), value.into()));
        set("detail_id", payout.number.clone());
        set("status", if returned.is_some() { "REFUND" } else { "SENT" }.to_owned());
        set("send_type", "API".to_owned());
        set("send_time", dashed_time(payout.created));
        if let Some(at) = returned {
            set("refund_time", dashed_time(at));
            set("refund_amount", payout.get("total_amount").unwrap_or_default().to_owned());
        }
        set("openid", payout.get("re_openid").unwrap_or_default().to_owned());
        reply.extend(repeated(payout, &["total_amount", "wishing", "remark", "act_name", "sender_name"]));
        reply
    }))
}

pub(crate) fn query_payment(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    Ok(query(app, caller, fields, (PayoutKind::ToMember, "partner_trade_no"), |payout, _| {
        let mut reply = repeated(payout, &["partner_trade_no", "mch_id", "openid", "desc"]);
        let mut set = |name: &'static str, value: String| reply.push((name.into(), value.into()));
        set("detail_id", payout.number.clone());
        set("status", "SUCCESS".to_owned());
        set("payment_amount", payout.get("amount").unwrap_or_default().to_owned());
        set("transfer_time", dashed_time(payout.created));
        set("transfer_name", payout.get("re_user_name").unwrap_or_default().to_owned());
        reply
    }))
}

fn query(
    app: &App,
    caller: &Caller<'_>,
    fields: &Fields,
    (kind, number): (PayoutKind, &str),
    reply: impl FnOnce(&Payout, Millis) -> Vec<Field>,
) -> Verdict {
    let name = kind.name(&caller.merchant.mch_id, fields.get(number).unwrap_or_default());
    let now = app.clock.now();
    let state = app.state();
    match state.payouts.get(&name).filter(|payout| now <= payout.created + FOUND) {
        Some(payout) => {
            let mut fields: Vec<Field> = vec![("result_code".into(), "SUCCESS".into())];
            fields.extend(reply(payout, now));
            Verdict::Success(fields)
        }
        None => Verdict::Fail(NOT_FOUND, Vec::new()),
    }
}

/// Fields of the request that the reply repeats, as far as the request has them.
fn repeated(payout: &Payout, names: &[&'static str]) -> Vec<Field> {
    names.iter().filter_map(|name| Some(((*name).into(), payout.get(name)?.to_owned().into()))).collect()
}

fn fen(fields: &Fields, name: &str) -> u64 {
    fields.get(name).and_then(|text| text.parse().ok()).unwrap_or_default()
}
