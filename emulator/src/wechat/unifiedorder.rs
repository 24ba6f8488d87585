//! `/pay/unifiedorder`: a new order, or the same one again (protocol §9.3).

use std::borrow::Cow;
use std::sync::Arc;

use wxpaykit::{BeijingTime, Fields};

use super::verdict::{BusinessError, Caller, Field, Refusal, Verdict};
use crate::app::App;
use crate::config::OpenIds;
use crate::journal::Explanation;
use crate::world::clock::{Millis, seconds};
use crate::world::merchant::is_openid;
use crate::world::order::{Order, PREPAY_LIFE, Prepay, TradeState};
use crate::world::state::State;
use crate::world::thing::ThingId;

/// How long an order without `time_expire` waits for its payment.
pub(super) const ORDER_LIFE: Millis = 7 * 24 * 60 * 60 * 1000;

pub(crate) fn order(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    let now = app.clock.now();
    let number = fields.get("out_trade_no").unwrap_or_default();
    // Made before the lock is taken: drawing identifiers under the lock costs more than discarding some.
    let mut fresh = prepay(app, fields, now);
    let mut made = Order::new(Arc::clone(fields), caller.sign_type, now, fresh.clone(), now);

    let mut state = app.state();
    if !may_pay(app, &state, fields) {
        return Ok(Verdict::Fail(BusinessError::new("PARAM_ERROR", "无效的openid"), Vec::new()));
    }
    if let Some(id) = state.orders.by_number(&caller.merchant.mch_id, number) {
        return Ok(again(app, &mut state, id, fields, fresh, now));
    }
    // The text names five minutes; today's documents ask for one.
    let least = if app.config.strict_docs { 5 * 60_000 } else { 60_000 };
    let closes = expiry(app, fields, now, least)?;
    // Two equal identifiers are unlikely; then another one is drawn.
    while state.orders.by_prepay(&fresh.id).is_some() {
        fresh = prepay(app, fields, now);
    }
    made.closes = closes;
    made.open(fresh.clone());
    state.orders.insert(made);
    drop(state);
    Ok(Verdict::Success(opened(fields, &fresh)))
}

pub(super) fn prepay(app: &App, fields: &Fields, now: Millis) -> Prepay {
    let id = app.ids.prepay_id(now);
    let trade_type = fields.get("trade_type").unwrap_or_default();
    Prepay {
        code_url: (trade_type == "NATIVE").then(|| app.ids.code_url()),
        mweb_url: (trade_type == "MWEB").then(|| app.ids.mweb_url(&id)),
        at: now,
        id,
    }
}

fn opened(fields: &Fields, prepay: &Prepay) -> Vec<Field> {
    let mut reply: Vec<Field> = vec![
        ("prepay_id".into(), prepay.id.clone().into()),
        ("trade_type".into(), Cow::Owned(fields.get("trade_type").unwrap_or_default().to_owned())),
    ];
    reply.extend(prepay.code_url.clone().map(|url| ("code_url".into(), url.into())));
    reply.extend(prepay.mweb_url.clone().map(|url| ("mweb_url".into(), url.into())));
    reply
}

/// Whether the payer's openids are well-formed and of the right appids.
fn may_pay(app: &App, state: &State, fields: &Fields) -> bool {
    [("openid", "appid"), ("sub_openid", "sub_appid")].into_iter().all(|(openid, appid)| {
        fields.filled(openid).is_none_or(|openid| is_user(app, state, openid, fields.get(appid).unwrap_or_default()))
    })
}

/// Whether an openid is well-formed, and of this appid as far as is known.
pub(super) fn is_user(app: &App, state: &State, openid: &str, appid: &str) -> bool {
    let owner = app.registry.app_of_user(openid).or_else(|| state.openids.owner(openid));
    is_openid(openid)
        && match owner {
            Some(owner) => owner == appid,
            None => app.config.openids == OpenIds::Any,
        }
}

/// When an unpaid order closes. A merchant's clock is the machine's, and the emulated one may be ahead of it: a `time_expire`
/// that is over on the emulated clock alone is read on the machine's. It must be at least `least` from now.
pub(super) fn expiry(app: &App, fields: &Fields, now: Millis, least: Millis) -> Result<Millis, Refusal> {
    let Some(time) = fields.filled("time_expire").and_then(BeijingTime::parse) else { return Ok(now + ORDER_LIFE) };
    let at = time.unix().saturating_mul(1000);
    let ahead = app.clock.ahead().max(0);
    let of_machine = Some(at.saturating_add(ahead)).filter(|_| at <= now);
    match std::iter::once(at).chain(of_machine).find(|at| *at >= now + least) {
        Some(closes) => Ok(closes),
        None => {
            let detail = format!(
                "time_expire is {} s from now on the emulated clock, which is {} s ahead of this machine's; at least {} s are \
                 needed",
                seconds(at - now),
                seconds(ahead),
                seconds(least)
            );
            let chinese = format!(
                "按模拟时钟（比本机快 {} 秒），time_expire 距现在 {} 秒，至少要 {} 秒",
                seconds(ahead),
                seconds(at - now),
                seconds(least)
            );
            let explanation = Explanation::mistake("time_expire", detail).in_chinese(chinese);
            Err(Refusal::new("time_expire时间过短，刷卡至少1分钟，其他5分钟").because(explanation))
        }
    }
}

/// A number that was used before.
fn again(app: &App, state: &mut State, id: ThingId, fields: &Fields, fresh: Prepay, now: Millis) -> Verdict {
    let Some(order) = state.orders.get(id) else {
        return Verdict::Fail(BusinessError::new("SYSTEMERROR", "系统错误"), Vec::new());
    };
    match order.state {
        TradeState::Success => return Verdict::Fail(BusinessError::new("ORDERPAID", "该订单已支付"), Vec::new()),
        TradeState::Closed => return Verdict::Fail(BusinessError::new("ORDERCLOSED", "该订单已关闭"), Vec::new()),
        TradeState::Revoked => return Verdict::Fail(BusinessError::new("ORDERREVERSED", "订单已撤销"), Vec::new()),
        // A payment code has this number.
        TradeState::UserPaying | TradeState::PayError => return other_order(app, fields),
        TradeState::NotPay => {}
    }
    if order.v3.is_some() || !same(&order.request, fields) {
        return other_order(app, fields);
    }
    let lives = now < order.prepay.at + PREPAY_LIFE;
    if lives && !app.config.renew_prepay_id {
        return Verdict::Success(opened(fields, &order.prepay));
    }
    let reply = opened(fields, &fresh);
    state.orders.renew(id, fresh);
    Verdict::Success(reply)
}

fn other_order(app: &App, fields: &Fields) -> Verdict {
    if app.config.strict_docs {
        return Verdict::Fail(
            BusinessError::new("INVALID_REQUEST", "订单重入时，要求参数值与原请求一致，请确认参数问题"),
            Vec::new(),
        );
    }
    // Seen in traffic: H5 refusals carry an address all the same, with nothing to pay at it.
    let url = (fields.get("trade_type") == Some("MWEB")).then(|| ("mweb_url".into(), app.ids.mweb_url("").into()));
    Verdict::Fail(BusinessError::new("INVALID_REQUEST", "201 商户订单号重复"), url.into_iter().collect())
}

/// The compare set of protocol §9.3. nonce_str, sign and sign_type may differ.
fn same(one: &Fields, other: &Fields) -> bool {
    const COMPARED: [&str; 17] = [
        "appid",
        "mch_id",
        "sub_appid",
        "sub_mch_id",
        "trade_type",
        "body",
        "total_fee",
        "fee_type",
        "openid",
        "sub_openid",
        "product_id",
        "detail",
        "attach",
        "goods_tag",
        "limit_pay",
        "time_expire",
        "notify_url",
    ];
    COMPARED.iter().all(|name| {
        let absent = if *name == "fee_type" { "CNY" } else { "" };
        one.filled(name).unwrap_or(absent) == other.filled(name).unwrap_or(absent)
    })
}
