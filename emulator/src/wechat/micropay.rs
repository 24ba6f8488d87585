//! `/pay/micropay`: charges the payment code that a customer shows (protocol §3.9, §9.3).

use std::sync::Arc;

use wxpaykit::Fields;

use super::paid::paid;
use super::settle::{payment, settle};
use super::unifiedorder::expiry;
use super::verdict::{BusinessError, Caller, Field, Refusal, Verdict};
use super::visit::Visit;
use crate::app::App;
use crate::config::Layout;
use crate::world::clock::Millis;
use crate::world::notice_fault::{NoticeFault, Stage};
use crate::world::order::{Order, PhoneConfirmation, Prepay, TradeState, V3Origin};
use crate::world::pay_codes::PayCodeError;
use crate::world::people::Person;
use crate::world::state::State;
use crate::world::thing::ThingId;

/// Over this amount, in fen, the customer confirms with the password.
const WITHOUT_PASSWORD: u64 = 100_000;
const USER_PAYING: BusinessError = BusinessError::new("USERPAYING", "需要用户输入支付密码");
const FAILED: &str = "支付失败，请撤销订单";

pub(crate) fn micropay(app: &App, caller: &Caller<'_>, fields: &Arc<Fields>) -> Result<Verdict, Refusal> {
    charge(app, caller, fields, None)
}

/// An order that this call makes is one of APIv3 if `v3` is there. One that there is already stays what it is.
pub(super) fn charge(
    app: &App,
    caller: &Caller<'_>,
    fields: &Arc<Fields>,
    v3: Option<V3Origin>,
) -> Result<Verdict, Refusal> {
    let now = app.clock.now();
    let get = |name: &str| fields.get(name).unwrap_or_default();
    let mch_id = &caller.merchant.mch_id;
    let mut state = app.state();
    if let Some(id) = state.orders.by_number(mch_id, get("out_trade_no")) {
        return Ok(again(app, &state, id, fields));
    }
    if !is_pay_code(get("auth_code")) {
        return Ok(refused(PayCodeError::Unknown));
    }
    let closes = expiry(app, fields, now, 60_000)?;
    let person = match state.pay_codes.charge(get("auth_code"), mch_id, now) {
        Ok(person) => person,
        Err(unfit) => return Ok(refused(unfit)),
    };
    let faults = app.faults.of_notice(get("out_trade_no"), Stage::Charging);
    let fault = faults.into_iter().map(|active| active.fault).next();
    let id = state.orders.insert(Order { v3, ..order(caller, fields, now, closes) });
    match fault {
        Some(NoticeFault::PayError { in_state }) => {
            end(&mut state, id, TradeState::PayError);
            Ok(unpaid(app, &state, id, in_state, BusinessError::new("PAYERROR", "支付错误")))
        }
        Some(NoticeFault::UserPaying { in_state, queries }) => {
            wait(&mut state, id, person, queries);
            Ok(unpaid(app, &state, id, in_state, USER_PAYING))
        }
        _ if state.orders.get(id).is_some_and(|order| order.total_fee() > WITHOUT_PASSWORD) => {
            wait(&mut state, id, person, None);
            Ok(unpaid(app, &state, id, false, USER_PAYING))
        }
        _ => {
            pay(app, &mut state, id, &person, now);
            Ok(Verdict::Success(success(app, &state, id)))
        }
    }
}

/// Charges an order whose customer has confirmed: by the phone's page, the control API, or a fault that counts queries.
pub(super) fn pay(app: &App, state: &mut State, id: ThingId, person: &str, now: Millis) {
    let Some(order) = state.orders.get(id) else { return };
    let Some(merchant) = app.registry.by_mch(order.mch_id()) else { return };
    let visit = Visit { person: Person::by_key(&app.registry, person), ..Visit::default() };
    let payment = payment(app, order, &visit, now);
    settle(app, state, id, merchant, payment);
    if let Some(order) = state.orders.get_mut(id) {
        order.confirming = None;
    }
}

/// The customer confirms a payment, or does not: `Err` says why that cannot be.
pub(crate) fn answer(app: &App, state: &mut State, id: ThingId, confirmed: bool) -> Result<(), &'static str> {
    let order = state.orders.get(id).ok_or("no such order")?;
    let confirming = order.confirming.clone().filter(|_| order.state == TradeState::UserPaying);
    let PhoneConfirmation { person, .. } = confirming.ok_or("the order waits for no confirmation")?;
    if confirmed {
        pay(app, state, id, &person, app.clock.now());
    } else {
        end(state, id, TradeState::PayError);
    }
    Ok(())
}

/// Counts a query of an order. A fault may let the customer confirm at a certain one.
pub(super) fn queried(app: &App, state: &mut State, id: ThingId) {
    let Some(order) = state.orders.get_mut(id) else { return };
    let Some(PhoneConfirmation { person, queries: Some(left) }) = &mut order.confirming else { return };
    *left = left.saturating_sub(1);
    if *left == 0 {
        let person = person.clone();
        pay(app, state, id, &person, app.clock.now());
    }
}

fn order(caller: &Caller<'_>, fields: &Fields, now: Millis, closes: Millis) -> Order {
    // Replies have this field, and requests of this call do not.
    let request: Fields = fields.iter().chain([("trade_type", "MICROPAY")]).collect();
    let prepay = Prepay { id: String::new(), at: now, code_url: None, mweb_url: None };
    Order::new(Arc::new(request), caller.sign_type, now, prepay, closes)
}

fn wait(state: &mut State, id: ThingId, person: String, queries: Option<u32>) {
    if let Some(order) = state.orders.get_mut(id) {
        order.state = TradeState::UserPaying;
        order.confirming = Some(PhoneConfirmation { person, queries });
    }
}

fn end(state: &mut State, id: ThingId, ended: TradeState) {
    if let Some(order) = state.orders.get_mut(id) {
        order.state = ended;
        order.confirming = None;
    }
}

/// The reply about an order that is not paid: a failure, or a success that says so in `trade_state` alone (both were captured).
fn unpaid(app: &App, state: &State, id: ThingId, in_state: bool, refused: BusinessError) -> Verdict {
    let Some(order) = state.orders.get(id).filter(|_| in_state) else { return Verdict::Fail(refused, Vec::new()) };
    let text = if refused.code == "PAYERROR" { FAILED } else { refused.text };
    let mut reply: Vec<Field> = vec![
        ("trade_state".into(), order.state.as_str().into()),
        ("out_trade_no".into(), order.out_trade_no().to_owned().into()),
    ];
    if app.config.layout == Layout::New || !order.field("attach").is_empty() {
        reply.push(("attach".into(), order.field("attach").to_owned().into()));
    }
    reply.push(("trade_state_desc".into(), text.into()));
    Verdict::Success(reply)
}

/// A number that was used before.
fn again(app: &App, state: &State, id: ThingId, fields: &Fields) -> Verdict {
    let Some(order) = state.orders.get(id) else {
        return Verdict::Fail(BusinessError::new("SYSTEMERROR", "系统错误"), Vec::new());
    };
    let used = BusinessError::new("INVALID_REQUEST", "201 商户订单号重复").numbered(268_498_688);
    let refused = match order.state {
        TradeState::Success => BusinessError::new("ORDERPAID", "该订单已支付").numbered(268_498_689),
        // 该订单已失效.
        TradeState::Revoked => BusinessError::new("ORDERREVERSED", "订单已撤销").numbered(268_447_914),
        TradeState::Closed => BusinessError::new("ORDERCLOSED", "订单已关闭").numbered(268_447_914),
        _ if !same(&order.request, fields) => match app.config.strict_docs {
            true => BusinessError::new("OUT_TRADE_NO_USED", "商户订单号重复").numbered(268_498_688),
            false => used,
        },
        TradeState::UserPaying => USER_PAYING,
        TradeState::PayError => BusinessError::new("TRADE_ERROR", FAILED),
        TradeState::NotPay => used,
    };
    Verdict::Fail(refused, Vec::new())
}

/// Whether a request is a repetition of the one that made the order. `nonce_str`, `sign` and `sign_type` may differ.
fn same(one: &Fields, other: &Fields) -> bool {
    const COMPARED: [&str; 10] = [
        "appid",
        "mch_id",
        "sub_appid",
        "sub_mch_id",
        "body",
        "total_fee",
        "fee_type",
        "auth_code",
        "attach",
        "detail",
    ];
    let made_by = one.get("trade_type") == Some("MICROPAY");
    made_by && COMPARED.iter().all(|name| one.filled(name) == other.filled(name))
}

fn success(app: &App, state: &State, id: ThingId) -> Vec<Field> {
    let order = state.orders.get(id);
    let Some((order, payment)) = order.and_then(|order| Some((order, order.payment.as_ref()?))) else {
        return Vec::new();
    };
    let mut reply = paid(order, payment);
    // Newer gateways alone say the state.
    if app.config.layout == Layout::Old {
        reply.retain(|(name, _)| !name.starts_with("trade_state"));
    }
    reply
}

pub(super) fn refused(unfit: PayCodeError) -> Verdict {
    let (code, text) = match unfit {
        PayCodeError::Unknown | PayCodeError::OtherMerchant => ("AUTH_CODE_INVALID", "101 付款码无效，请重新扫码"),
        PayCodeError::Used => ("AUTH_CODE_INVALID", "101 每个二维码仅限使用一次，请刷新再试"),
        PayCodeError::Expired => ("AUTHCODEEXPIRE", "二维码已过期，请用户在微信上刷新后再试"),
    };
    Verdict::Fail(BusinessError::new(code, text), Vec::new())
}

/// 18 digits that begin with 10 to 15 (protocol §9.5).
pub(super) fn is_pay_code(text: &str) -> bool {
    text.len() == 18 && text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.as_bytes(), [b'1', b'0'..=b'5', ..])
}
