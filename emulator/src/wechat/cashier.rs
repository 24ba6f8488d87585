//! The cashier: a customer opens it and pays, cancels, or fails to pay.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::micropay;
use super::page_params::{Remark, check_app, check_page, of_app, without_order};
use super::settle::{payment, settle};
use super::transactions::EXPIRED;
use super::visit::{CashierRefusal, NO_PREPAY, Outcome, Visit, VisitEnd};
use crate::app::App;
use crate::journal::{Explanation, Note};
use crate::reasons::Reason;
use crate::world::clock::Millis;
use crate::world::ids::wire_time;
use crate::world::merchant::{Merchant, is_openid};
use crate::world::openids::OpenIds;
use crate::world::order::{Order, PREPAY_LIFE, TradeState};
use crate::world::payment::Coupon;
use crate::world::people::Person;
use crate::world::state::State;
use crate::world::thing::ThingId;

/// How long `mweb_url` opens the cashier.
pub(crate) const MWEB_LIFE: Millis = 5 * 60 * 1000;
pub(crate) const MWEB_EXPIRED: &str = "支付请求已失效，请重新发起支付";
const OTHER_USER: &str = "跨号支付/下单账号与支付账号不一致";

/// The content of the open cashier.
pub(crate) fn look(app: &App, visit: &Visit) -> Result<Value, VisitEnd> {
    let mut state = app.state();
    let (id, merchant, _) = admit(app, &mut state, visit, app.clock.now())?;
    let order = state.orders.get(id).ok_or_else(|| VisitEnd::NotFound("no such order".to_owned()))?;
    Ok(json!({
        "out_trade_no": order.out_trade_no(),
        "merchant": merchant.name,
        "body": order.field("body"),
        "total_fee": order.field("total_fee").parse::<i64>().unwrap_or_default(),
        "fee_type": order.request.filled("fee_type").unwrap_or("CNY"),
        "trade_type": order.field("trade_type"),
        "payer": payer(app, order, visit),
    }))
}

/// Opens the cashier, and ends the visit with its `result`.
pub(crate) fn visit(app: &Arc<App>, visit: &Visit) -> VisitEnd {
    let now = app.clock.now();
    if let Err(why) = Coupon::check(&visit.coupons) {
        return VisitEnd::BadRequest(why);
    }
    if visit.bank_type.as_deref().is_some_and(|text| !is_bank_type(text)) {
        return VisitEnd::BadRequest("bank_type is 1 to 32 letters, digits and _: ICBC_DEBIT".to_owned());
    }
    let mut state = app.state();
    if let Some(confirmed) = confirm(app, &mut state, visit) {
        return confirmed;
    }
    let (id, merchant, remark) = match admit(app, &mut state, visit, now) {
        Ok(admitted) => admitted,
        Err(refused) => return refused,
    };
    let Some(order) = state.orders.get(id) else { return VisitEnd::NotFound("no such order".to_owned()) };
    match visit.result {
        Outcome::Cancel => return leave(order, "get_brand_wcpay_request:cancel", -2, remark),
        Outcome::Fail => return fail(app, order, visit.reason.as_deref(), remark),
        Outcome::Ok => {}
    }
    if order.is_combined() && !visit.coupons.is_empty() {
        // How WeChat divides them among the parts was not captured.
        return VisitEnd::BadRequest("a combined order is paid without coupons".to_owned());
    }
    if !Coupon::fit(&visit.coupons, order.total_fee()) {
        return VisitEnd::BadRequest("the coupons are worth more than the order".to_owned());
    }
    let mut payment = payment(app, order, visit, now);
    payment.coupons.clone_from(&visit.coupons);
    payment.bank_type = visit.bank_type.clone().unwrap_or(payment.bank_type);
    settle(app, &mut state, id, merchant, payment);
    match state.orders.get(id) {
        Some(order) => leave(order, "get_brand_wcpay_request:ok", 0, remark),
        None => VisitEnd::NotFound("no such order".to_owned()),
    }
}

/// The customer's answer to the question of the phone, for an order of a payment code. No cashier opens for such an order.
fn confirm(app: &App, state: &mut State, visit: &Visit) -> Option<VisitEnd> {
    let (id, _) = find(app, state, visit).ok()?;
    let order = state.orders.get(id).filter(|order| order.field("trade_type") == "MICROPAY")?;
    if order.state != TradeState::UserPaying {
        return Some(VisitEnd::BadRequest(format!(
            "order {} is of a payment code and waits for no confirmation: it is {}",
            order.out_trade_no(),
            order.state.as_str()
        )));
    }
    let ok = matches!(visit.result, Outcome::Ok);
    if let Err(why) = micropay::answer(app, state, id, ok) {
        return Some(VisitEnd::BadRequest(why.to_owned()));
    }
    let (message, code) = match visit.result {
        Outcome::Ok => ("get_brand_wcpay_request:ok", 0),
        Outcome::Cancel => ("get_brand_wcpay_request:cancel", -2),
        Outcome::Fail => ("get_brand_wcpay_request:fail", -1),
    };
    state.orders.get(id).map(|order| leave(order, message, code, None))
}

/// The order of a visit, its merchant, and what is noteworthy with the parameters, if the cashier opens.
fn admit<'a>(
    app: &'a App,
    state: &mut State,
    visit: &Visit,
    now: Millis,
) -> Result<(ThingId, &'a Merchant, Remark), VisitEnd> {
    if visit.openid.as_deref().is_some_and(|openid| !is_openid(openid)) {
        return Err(VisitEnd::BadRequest("openid must be 28 characters, the first an o".to_owned()));
    }
    let (id, opened) = find(app, state, visit).map_err(|lost| match lost {
        NoOrder::Ambiguous(why) => VisitEnd::BadRequest(why),
        NoOrder::Unknown(why) => VisitEnd::NotFound(why),
        NoOrder::Refused(refusal) => refuse(None, refusal),
    })?;
    let order = state.orders.get(id).ok_or_else(|| VisitEnd::NotFound("no such order".to_owned()))?;
    if let Some(number) = order.combined_in() {
        let why = format!("order {} is a part of the combined order {number}: pay that one", order.out_trade_no());
        return Err(VisitEnd::BadRequest(why));
    }
    let merchant = app
        .registry
        .by_mch(order.mch_id())
        .ok_or_else(|| VisitEnd::NotFound("the order's merchant is unknown".to_owned()))?;
    match enter(app, state, merchant, order, visit, now, opened) {
        Ok(remark) => Ok((id, merchant, remark)),
        Err(refusal) => Err(refuse(Some(order), refusal)),
    }
}

enum NoOrder {
    Ambiguous(String),
    Unknown(String),
    Refused(CashierRefusal),
}

/// The order, and when the identifier that names it was issued; `None` for an order's number, which does not expire.
fn find(app: &App, state: &mut State, visit: &Visit) -> Result<(ThingId, Option<Millis>), NoOrder> {
    let unknown = |what: &str, value: &str| NoOrder::Unknown(format!("no order with {what} {value}"));
    if let Some(number) = &visit.out_trade_no {
        let mut found = state.orders.with_number(number);
        if let Some(mch_id) = &visit.mch_id {
            found.retain(|id| state.orders.get(*id).is_some_and(|order| order.mch_id() == mch_id));
        }
        return match found.as_slice() {
            [] => Err(unknown("out_trade_no", number)),
            [id] => Ok((*id, None)),
            _ => Err(NoOrder::Ambiguous(format!("several merchants have an order {number}; send mch_id too"))),
        };
    }
    let mut by_prepay = |prepay_id: &str| state.orders.by_prepay(prepay_id).map(|(id, at)| (id, Some(at)));
    if let Some(prepay_id) = &visit.prepay_id {
        return by_prepay(prepay_id).ok_or_else(|| unknown("prepay_id", prepay_id));
    }
    if let Some(code_url) = &visit.code_url {
        let found = state.orders.by_code(code_url);
        // A new code_url of APIv3 ends the one before it.
        let current = |id: ThingId| {
            let order = state.orders.get(id);
            order.is_none_or(|order| order.v3.is_none() || order.prepay.code_url.as_ref() == Some(code_url))
        };
        let found = found.filter(|(id, _)| current(*id)).map(|(id, at)| (id, Some(at)));
        if found.is_none() && code_url.starts_with("weixin://wxpay/bizpayurl?") && !code_url.contains("?pr=") {
            let why = "a permanent code names a product and no order: scan it at /_wechat/scan?code_url=…";
            return Err(NoOrder::Ambiguous(why.to_owned()));
        }
        return found.ok_or_else(|| unknown("code_url", code_url));
    }
    if let Some(mweb_url) = &visit.mweb_url {
        let query = mweb_url.split_once('?').map(|(_, query)| query.as_bytes()).unwrap_or_default();
        let prepay_id = form_urlencoded::parse(query).find(|(name, _)| name == "prepay_id").map(|(_, id)| id);
        let found = prepay_id.and_then(|prepay_id| by_prepay(&prepay_id));
        return found.ok_or_else(|| unknown("mweb_url", mweb_url));
    }
    let mut of_params = |params: &Map<String, Value>, text: &str, name: &str| {
        let prepay_id = text.strip_prefix("prepay_id=").unwrap_or(text);
        by_prepay(prepay_id).ok_or_else(|| NoOrder::Refused(without_order(app, params, name)))
    };
    match (&visit.params, &visit.app_params) {
        (Some(params), _) => {
            of_params(params, params.get("package").and_then(Value::as_str).unwrap_or_default(), "package")
        }
        (None, Some(params)) => of_params(params, &of_app(params, "prepayid"), "prepayid"),
        (None, None) => Err(NoOrder::Ambiguous(
            "name the order by out_trade_no, prepay_id, code_url, mweb_url, params or app_params".to_owned(),
        )),
    }
}

/// Whether the cashier opens, and what is noteworthy with the parameters all the same.
fn enter(
    app: &App,
    state: &State,
    merchant: &Merchant,
    order: &Order,
    visit: &Visit,
    now: Millis,
    opened: Option<Millis>,
) -> Result<Remark, CashierRefusal> {
    if let Some(page) = &visit.page {
        registered(merchant, page)?;
    }
    let of_page =
        visit.params.as_ref().map(|params| check_page(app, &state.orders, merchant, order, params)).transpose()?;
    let of_app =
        visit.app_params.as_ref().map(|params| check_app(app, &state.orders, merchant, order, params)).transpose()?;
    match order.state {
        TradeState::Success => return Err(CashierRefusal::new("该订单已支付")),
        TradeState::Closed | TradeState::PayError | TradeState::Revoked => {
            return Err(CashierRefusal::new("该订单已关闭"));
        }
        TradeState::NotPay if order.is_expired(now) => {
            return Err(CashierRefusal::because(EXPIRED, Explanation::reason(Reason::ORDER_EXPIRED)));
        }
        TradeState::NotPay | TradeState::UserPaying => {}
    }
    let age = now - opened.unwrap_or(order.prepay.at);
    if visit.mweb_url.is_some() && age >= MWEB_LIFE {
        return Err(CashierRefusal::new(MWEB_EXPIRED));
    }
    if age >= PREPAY_LIFE {
        return Err(CashierRefusal::because(NO_PREPAY, Explanation::reason(Reason::PREPAY_EXPIRED)));
    }
    theirs(app, &state.openids, order, visit).map(|()| of_page.or(of_app).flatten())
}

/// Whether a page may open the cashier (支付授权目录).
fn registered(merchant: &Merchant, page: &str) -> Result<(), CashierRefusal> {
    let path = page.split(['?', '#']).next().unwrap_or_default();
    if merchant.pay_dirs.is_empty() || merchant.pay_dirs.iter().any(|dir| path.starts_with(dir)) {
        return Ok(());
    }
    let detail = format!("{path} is in none of the merchant's pay_dirs: {}", merchant.pay_dirs.join(", "));
    let chinese = format!("{path} 不在商户的支付授权目录里：{}", merchant.pay_dirs.join(", "));
    let explanation = Explanation::mistake("page_not_registered", detail).in_chinese(chinese);
    Err(CashierRefusal::because(format!("当前页面的URL未注册：{path}"), explanation))
}

/// Whether the visitor may pay the order. The person who holds the phone may pay for an openid that a developer invented,
/// but not for another person whom the emulator knows.
fn theirs(app: &App, openids: &OpenIds, order: &Order, visit: &Visit) -> Result<(), CashierRefusal> {
    let named: Vec<(&str, &str)> = [("openid", "appid"), ("sub_openid", "sub_appid")]
        .into_iter()
        .map(|(openid, appid)| (order.field(openid), order.field(appid)))
        .filter(|(openid, _)| !openid.is_empty())
        .collect();
    let refused = |detail: String, chinese: String| {
        let redacted = |text| app.registry.redact(text);
        let explanation = Explanation::with_values("other_payer", redacted(detail), redacted(chinese));
        Err(CashierRefusal::because(OTHER_USER, explanation))
    };
    if let Some(openid) = visit.openid.as_deref() {
        if !named.is_empty() {
            let fits = named.iter().any(|(name, _)| *name == openid);
            let names: Vec<&str> = named.iter().map(|(name, _)| *name).collect();
            let chinese = format!("订单的付款人是 {}", names.join(" 和 "));
            return if fits { Ok(()) } else { refused(format!("the order is for {}", names.join(" and ")), chinese) };
        }
        // The order names no payer; but the openid must belong to one of its appids.
        return match app.registry.app_of_user(openid).or_else(|| openids.owner(openid)) {
            Some(owner) if ![order.field("appid"), order.field("sub_appid")].contains(&owner) => refused(
                format!("this openid belongs to appid {owner}, which is not the order's"),
                format!("这个 openid 属于 appid {owner}，不是订单的 appid"),
            ),
            _ => Ok(()),
        };
    }
    let Some(person) = &visit.person else { return Ok(()) };
    let other = |(openid, appid): &&(&str, &str)| {
        Person::by_openid(&app.registry, appid, openid).is_some_and(|owner| owner != *person)
    };
    match named.iter().find(other) {
        Some((openid, _)) => refused(
            format!("the order is for {openid}, another person than the one who holds the phone"),
            format!("订单的付款人是 {openid}，不是拿着手机的人"),
        ),
        None => Ok(()),
    }
}

/// The payer's nickname.
fn payer(app: &App, order: &Order, visit: &Visit) -> String {
    let named = visit.openid.as_deref().or_else(|| order.request.filled("openid"));
    let known = named.map(|openid| Person::by_openid(&app.registry, order.field("appid"), openid));
    match (known.as_ref().map(Option::as_ref), visit.person.as_ref()) {
        (Some(Some(person)), _) | (None, Some(person)) => person.nickname.clone().into_owned(),
        (Some(None), _) => named.unwrap_or_default().to_owned(),
        (None, None) => Person::demo().nickname.into_owned(),
    }
}

fn is_bank_type(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn refuse(order: Option<&Order>, refusal: CashierRefusal) -> VisitEnd {
    let number = order.map(|order| order.out_trade_no().to_owned());
    let mut answer = json!({ "err_msg": "get_brand_wcpay_request:fail", "err_code": -1, "err_desc": &refusal.text });
    if let (Some(object), Some(order)) = (answer.as_object_mut(), order) {
        object.insert("out_trade_no".to_owned(), order.out_trade_no().into());
        object.insert("trade_state".to_owned(), order.state.as_str().into());
    }
    let note = Note::outcome(format!("cashier:{}", refusal.text))
        .about(number)
        .explained(refusal.explanation.map(|explanation| *explanation));
    VisitEnd::Answered(answer, Box::new(note))
}

fn leave(order: &Order, message: &str, code: i32, remark: Remark) -> VisitEnd {
    let (answer, note) = left(order, message, code);
    VisitEnd::Answered(answer, Box::new(note.explained(remark)))
}

fn left(order: &Order, message: &str, code: i32) -> (Value, Note) {
    let mut answer = json!({
        "err_msg": message,
        "err_code": code,
        "out_trade_no": order.out_trade_no(),
        "mch_id": order.mch_id(),
        "trade_type": order.field("trade_type"),
        "trade_state": order.state.as_str(),
        "total_fee": order.field("total_fee").parse::<i64>().unwrap_or_default(),
    });
    if let (Some(object), Some(payment)) = (answer.as_object_mut(), &order.payment) {
        object.insert("transaction_id".to_owned(), payment.transaction_id.as_str().into());
        object.insert("openid".to_owned(), payment.openid.as_str().into());
        object.insert("time_end".to_owned(), wire_time(payment.at).into());
    }
    let outcome = message.split(':').next_back().map_or("ok", |end| if end == "ok" { "ok" } else { "left" });
    (answer, Note::outcome(outcome).about(Some(order.out_trade_no().to_owned())))
}

/// The page gets the cashier's reason, which the customer reads, as `err_desc`.
fn fail(app: &App, order: &Order, reason: Option<&str>, remark: Remark) -> VisitEnd {
    let (mut answer, note) = left(order, "get_brand_wcpay_request:fail", -1);
    if let (Some(object), Some(reason)) = (answer.as_object_mut(), reason) {
        let reason = app.registry.redact(reason.chars().take(100).collect());
        object.insert("err_desc".to_owned(), reason.into());
    }
    VisitEnd::Answered(answer, Box::new(note.explained(remark)))
}
