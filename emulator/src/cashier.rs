//! The customer's side: somebody opens the cashier and pays, walks away, or fails to.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use wxpaykit::{Fields, SignType, sign};

use crate::app::{App, State};
use crate::clock::{Millis, seconds};
use crate::ids::wire_time;
use crate::journal::{Explanation, Note};
use crate::merchant::{DEMO_USER, Merchant, is_openid, openid_of};
use crate::notify::Notification;
use crate::order::{Coupon, Order, Payment, TradeState};
use crate::orders::OrderId;
use crate::pay::PREPAY_LIFE;
use crate::payment;
use crate::people::Person;

/// `POST /_emulator/pay`: which order, who pays, and how it ends.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visit {
    out_trade_no: Option<String>,
    mch_id: Option<String>,
    prepay_id: Option<String>,
    code_url: Option<String>,
    mweb_url: Option<String>,
    /// What a page hands to `getBrandWCPayRequest`, `chooseWXPay` or `requestPayment`.
    params: Option<Map<String, Value>>,
    /// What an app hands to `PayReq`.
    app_params: Option<Map<String, Value>>,
    openid: Option<String>,
    #[serde(default)]
    result: Outcome,
    /// What pays a part of the amount in place of cash.
    #[serde(default)]
    coupons: Vec<Coupon>,
    bank_type: Option<String>,
    /// Of `fail`: what the cashier told the customer.
    reason: Option<String>,
    /// Who holds the phone, when the visit comes from a page.
    #[serde(skip)]
    pub(crate) person: Option<Person>,
    /// The page that opens the cashier, when it is one.
    #[serde(skip)]
    pub(crate) page: Option<String>,
}

impl Visit {
    /// What the page handed over; empty when no page did.
    pub(crate) fn params(&self) -> Option<&Map<String, Value>> {
        self.params.as_ref()
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    #[default]
    Ok,
    Cancel,
    Fail,
}

/// How a visit ends for the control API: it asked for nonsense, or the cashier has an answer.
pub(crate) enum Visited {
    BadRequest(String),
    NotFound(String),
    Answered(Value, Box<Note>),
}

/// The cashier's own words when it does not open.
#[derive(Debug)]
struct Shut {
    text: Cow<'static, str>,
    explanation: Option<Box<Explanation>>,
}

impl Shut {
    fn new(text: &'static str) -> Self {
        Self { text: text.into(), explanation: None }
    }

    fn because(text: impl Into<Cow<'static, str>>, explanation: Explanation) -> Self {
        Self { text: text.into(), explanation: Some(Box::new(explanation)) }
    }
}

/// How long `mweb_url` opens the cashier.
pub(crate) const MWEB_LIFE: Millis = 5 * 60 * 1000;
/// What the cashier shows when prepay_id, appid and order do not belong together or the prepay_id is too old.
const NO_PREPAY: &str = "调用支付JSAPI缺少参数：total_fee";
pub(crate) const MWEB_EXPIRED: &str = "支付请求已失效，请重新发起支付";
const BAD_SIGN: &str = "支付验证签名失败";
const OTHER_USER: &str = "跨号支付/下单账号与支付账号不一致";

/// What the cashier shows to whoever opens it.
pub(crate) fn look(app: &App, visit: &Visit) -> Result<Value, Visited> {
    let mut state = app.state();
    let (id, merchant) = admit(app, &mut state, visit, app.clock.now())?;
    let order = state.orders.get(id).ok_or_else(|| Visited::NotFound("no such order".to_owned()))?;
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

/// Opens the cashier and ends the visit as it says.
pub(crate) fn visit(app: &Arc<App>, visit: &Visit) -> Visited {
    let now = app.clock.now();
    if let Err(why) = Coupon::check(&visit.coupons) {
        return Visited::BadRequest(why);
    }
    if visit.bank_type.as_deref().is_some_and(|text| !is_bank_type(text)) {
        return Visited::BadRequest("bank_type is 1 to 32 letters, digits and _: ICBC_DEBIT".to_owned());
    }
    let mut state = app.state();
    let (id, merchant) = match admit(app, &mut state, visit, now) {
        Ok(admitted) => admitted,
        Err(turned_away) => return turned_away,
    };
    let Some(order) = state.orders.get(id) else { return Visited::NotFound("no such order".to_owned()) };
    match visit.result {
        Outcome::Cancel => return leave(order, "get_brand_wcpay_request:cancel", -2),
        Outcome::Fail => return fail(app, order, visit.reason.as_deref()),
        Outcome::Ok => {}
    }
    if !Coupon::fit(&visit.coupons, order.total_fee()) {
        return Visited::BadRequest("the coupons are worth more than the order".to_owned());
    }
    let mut payment = payment(app, order, visit, now);
    payment.coupons.clone_from(&visit.coupons);
    payment.bank_type = visit.bank_type.clone().unwrap_or(payment.bank_type);
    payment::settle(app, &mut state, id, merchant, payment);
    match state.orders.get(id) {
        Some(order) => leave(order, "get_brand_wcpay_request:ok", 0),
        None => Visited::NotFound("no such order".to_owned()),
    }
}

/// The order that a visit is about, and its merchant, if the cashier opens.
fn admit<'a>(app: &'a App, state: &mut State, visit: &Visit, now: Millis) -> Result<(OrderId, &'a Merchant), Visited> {
    if visit.openid.as_deref().is_some_and(|openid| !is_openid(openid)) {
        return Err(Visited::BadRequest("openid must be 28 characters, the first an o".to_owned()));
    }
    let (id, opened) = find(state, visit).map_err(|lost| match lost {
        Lost::Ambiguous(why) => Visited::BadRequest(why),
        Lost::Nowhere(why) => Visited::NotFound(why),
        Lost::Shut(shut) => refuse(None, shut),
    })?;
    let order = state.orders.get(id).ok_or_else(|| Visited::NotFound("no such order".to_owned()))?;
    let merchant = app
        .registry
        .by_mch(order.mch_id())
        .ok_or_else(|| Visited::NotFound("the order's merchant is unknown".to_owned()))?;
    match enter(app, merchant, order, visit, now, opened) {
        Ok(()) => Ok((id, merchant)),
        Err(shut) => Err(refuse(Some(order), shut)),
    }
}

enum Lost {
    Ambiguous(String),
    Nowhere(String),
    Shut(Shut),
}

/// The order, and since when the way that led to it has been open; `None` for the order's number, which is no way.
fn find(state: &mut State, visit: &Visit) -> Result<(OrderId, Option<Millis>), Lost> {
    let nowhere = |what: &str, value: &str| Lost::Nowhere(format!("no order with {what} {value}"));
    if let Some(number) = &visit.out_trade_no {
        let mut found = state.orders.with_number(number);
        if let Some(mch_id) = &visit.mch_id {
            found.retain(|id| state.orders.get(*id).is_some_and(|order| order.mch_id() == mch_id));
        }
        return match found.as_slice() {
            [] => Err(nowhere("out_trade_no", number)),
            [id] => Ok((*id, None)),
            _ => Err(Lost::Ambiguous(format!("several merchants have an order {number}; send mch_id too"))),
        };
    }
    let mut by_prepay = |prepay_id: &str| state.orders.by_prepay(prepay_id).map(|(id, at)| (id, Some(at)));
    if let Some(prepay_id) = &visit.prepay_id {
        return by_prepay(prepay_id).ok_or_else(|| nowhere("prepay_id", prepay_id));
    }
    if let Some(code_url) = &visit.code_url {
        let found = state.orders.by_code(code_url).map(|(id, at)| (id, Some(at)));
        return found.ok_or_else(|| nowhere("code_url", code_url));
    }
    if let Some(mweb_url) = &visit.mweb_url {
        let query = mweb_url.split_once('?').map(|(_, query)| query.as_bytes()).unwrap_or_default();
        let prepay_id = form_urlencoded::parse(query).find(|(name, _)| name == "prepay_id").map(|(_, id)| id);
        let found = prepay_id.and_then(|prepay_id| by_prepay(&prepay_id));
        return found.ok_or_else(|| nowhere("mweb_url", mweb_url));
    }
    let mut package = |params: &Map<String, Value>, name: &str| {
        let text = params.get(name).and_then(Value::as_str).unwrap_or_default();
        let prepay_id = text.strip_prefix("prepay_id=").unwrap_or(text);
        let explanation = Explanation::detail(format!("{name} names no prepay_id that was handed out"));
        by_prepay(prepay_id).ok_or(Lost::Shut(Shut::because(NO_PREPAY, explanation)))
    };
    match (&visit.params, &visit.app_params) {
        (Some(params), _) => package(params, "package"),
        (None, Some(params)) => package(params, "prepayid"),
        (None, None) => Err(Lost::Ambiguous(
            "name the order by out_trade_no, prepay_id, code_url, mweb_url, params or app_params".to_owned(),
        )),
    }
}

/// Whether the cashier opens.
fn enter(
    app: &App,
    merchant: &Merchant,
    order: &Order,
    visit: &Visit,
    now: Millis,
    opened: Option<Millis>,
) -> Result<(), Shut> {
    if let Some(page) = &visit.page {
        registered(merchant, page)?;
    }
    if let Some(params) = &visit.params {
        check_page(app, merchant, order, params)?;
    }
    if let Some(params) = &visit.app_params {
        check_app(app, merchant, order, params)?;
    }
    match order.state {
        TradeState::Success => return Err(Shut::new("该订单已支付")),
        TradeState::Closed => return Err(Shut::new("该订单已关闭")),
        TradeState::NotPay => {}
    }
    let age = now - opened.unwrap_or(order.prepay.at);
    if visit.mweb_url.is_some() && age >= MWEB_LIFE {
        return Err(Shut::new(MWEB_EXPIRED));
    }
    if age >= PREPAY_LIFE {
        return Err(Shut::because(NO_PREPAY, Explanation::mistake("prepay_expired", "the prepay_id is over 2 h old")));
    }
    if theirs(app, order, visit) { Ok(()) } else { Err(Shut::new(OTHER_USER)) }
}

/// Whether a page may open the cashier (支付授权目录).
fn registered(merchant: &Merchant, page: &str) -> Result<(), Shut> {
    let path = page.split(['?', '#']).next().unwrap_or_default();
    if merchant.pay_dirs.is_empty() || merchant.pay_dirs.iter().any(|dir| path.starts_with(dir)) {
        return Ok(());
    }
    let detail = format!("{path} is in none of the merchant's pay_dirs: {}", merchant.pay_dirs.join(", "));
    let explanation = Explanation::mistake("page_not_registered", detail);
    Err(Shut::because(format!("当前页面的URL未注册：{path}"), explanation))
}

/// Whether it is the visitor's order. Whoever holds the phone may pay for an openid that a developer made up, but not
/// for somebody else whom the emulator knows.
fn theirs(app: &App, order: &Order, visit: &Visit) -> bool {
    let named: Vec<(&str, &str)> = [("openid", "appid"), ("sub_openid", "sub_appid")]
        .into_iter()
        .map(|(openid, appid)| (order.field(openid), order.field(appid)))
        .filter(|(openid, _)| !openid.is_empty())
        .collect();
    if let Some(openid) = visit.openid.as_deref() {
        return named.is_empty() || named.iter().any(|(name, _)| *name == openid);
    }
    let Some(person) = &visit.person else { return true };
    let other = |(openid, appid): &(&str, &str)| {
        Person::by_openid(&app.registry, appid, openid).is_some_and(|owner| owner != *person)
    };
    !named.iter().any(other)
}

/// The nickname of whoever pays.
fn payer(app: &App, order: &Order, visit: &Visit) -> String {
    let named = visit.openid.as_deref().or_else(|| order.request.filled("openid"));
    let known = named.map(|openid| Person::by_openid(&app.registry, order.field("appid"), openid));
    match (known.as_ref().map(Option::as_ref), visit.person.as_ref()) {
        (Some(Some(person)), _) | (None, Some(person)) => person.nickname.clone().into_owned(),
        (Some(None), _) => named.unwrap_or_default().to_owned(),
        (None, None) => Person::demo().nickname.into_owned(),
    }
}

/// What a visit pays.
pub(crate) fn payment(app: &App, order: &Order, visit: &Visit, now: Millis) -> Payment {
    let sub_appid = order.request.filled("sub_appid");
    let ordered = |name: &str| order.request.filled(name).map(str::to_owned);
    // The order names the payer under one of two appids; the other openid is the same user's.
    let openid = visit.openid.as_deref();
    let person = visit.person.as_ref();
    let user = openid.or(person.map(|person| person.key.as_str())).unwrap_or(DEMO_USER);
    let known = |appid: &str| {
        let person = person.filter(|_| openid.is_none())?;
        person.openid(&app.registry, appid)
    };
    let of_user = |appid: &str| known(appid).unwrap_or_else(|| openid_of(appid, user));
    let own = ordered("openid").or_else(|| openid.filter(|_| sub_appid.is_none()).map(str::to_owned));
    Payment {
        transaction_id: app.ids.transaction_id(now),
        at: now,
        openid: own.unwrap_or_else(|| of_user(order.field("appid"))),
        sub_openid: sub_appid.map(|sub_appid| ordered("sub_openid").unwrap_or_else(|| of_user(sub_appid))),
        bank_type: payment::BANK_TYPE.to_owned(),
        coupons: Vec::new(),
    }
}

/// A page's parameters (protocol §4.1 to §4.3). `chooseWXPay` spells `timestamp`, and signs `timeStamp` all the same.
fn check_page(app: &App, merchant: &Merchant, order: &Order, params: &Map<String, Value>) -> Result<(), Shut> {
    let app_ids = [order.field("appid"), order.field("sub_appid")];
    let given = |name: &str| params.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let app_id = given("appId").unwrap_or(if app_ids[1].is_empty() { app_ids[0] } else { app_ids[1] });
    if !app_ids.contains(&app_id) {
        let detail = "appId is not the one the order was made with";
        return Err(Shut::because(NO_PREPAY, Explanation::mistake("other_appid", detail)));
    }
    if order.field("trade_type") != "JSAPI" {
        let detail = format!("a page cannot pay an order of trade_type {}", order.field("trade_type"));
        return Err(Shut::because(NO_PREPAY, Explanation::detail(detail)));
    }
    let Some(time) = given("timeStamp").or_else(|| given("timestamp")) else {
        let detail = "timeStamp is missing or no text: iOS refuses a number";
        return Err(Shut::because("调用支付JSAPI缺少参数：timeStamp", Explanation::mistake("time_stamp", detail)));
    };
    if time == "undefined" {
        let detail = "chooseWXPay was called without timestamp, which it wants in lower case";
        return Err(Shut::because("调用支付JSAPI缺少参数：timeStamp", Explanation::mistake("time_stamp", detail)));
    }
    let pairs = [
        ("appId", app_id),
        ("nonceStr", given("nonceStr").unwrap_or_default()),
        ("package", given("package").unwrap_or_default()),
        ("signType", given("signType").unwrap_or_default()),
        ("timeStamp", time),
    ];
    let bare = given("package").and_then(|package| package.strip_prefix("prepay_id="));
    let slips = [
        (
            "time_stamp_lower_case",
            "timestamp was signed: it is timeStamp under the signature, even for chooseWXPay",
            renamed(&pairs, "timeStamp", "timestamp"),
        ),
        ("appid_lower_case", "appid was signed: it is appId under the signature", renamed(&pairs, "appId", "appid")),
        ("app_id_left_out", "appId was not signed", without(&pairs, "appId")),
        ("sign_type_left_out", "signType was not signed", without(&pairs, "signType")),
        (
            "sign_type_not_passed",
            "chooseWXPay was called without signType, and says SHA1 then: pass the signType that was signed",
            replaced(&pairs, "signType", order.sign_type.as_str()),
        ),
        (
            "package_without_name",
            "package is prepay_id=… under the signature, not the prepay_id alone",
            replaced(&pairs, "package", bare.unwrap_or_default()),
        ),
    ];
    check_sign(app, merchant, order, &pairs, given("paySign").unwrap_or_default(), &slips)?;
    if given("signType").is_some_and(|text| text != order.sign_type.as_str()) {
        let detail = format!("signType has to be what unifiedorder was signed with: {}", order.sign_type);
        return Err(Shut::because(BAD_SIGN, Explanation::mistake("other_algorithm", detail)));
    }
    Ok(())
}

/// An app's parameters (protocol §4.4).
fn check_app(app: &App, merchant: &Merchant, order: &Order, params: &Map<String, Value>) -> Result<(), Shut> {
    // PayReq's timestamp is a number on iOS.
    let texts: Map<String, Value> = params.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let given = |name: &str| texts.get(name).and_then(Value::as_str).unwrap_or_default();
    let appid = order.request.filled("sub_appid").unwrap_or(order.field("appid"));
    let partner = order.request.filled("sub_mch_id").unwrap_or(order.mch_id());
    let detail = if order.field("trade_type") != "APP" {
        Some(format!("an app cannot pay an order of trade_type {}", order.field("trade_type")))
    } else if given("appid") != appid {
        Some(format!("appid has to be {appid}"))
    } else if given("partnerid") != partner {
        Some(format!("partnerid has to be {partner}"))
    } else if given("package") != "Sign=WXPay" {
        Some("package has to be Sign=WXPay".to_owned())
    } else {
        None
    };
    if let Some(detail) = detail {
        return Err(Shut::because(NO_PREPAY, Explanation::detail(detail)));
    }
    let pairs = ["appid", "noncestr", "package", "partnerid", "prepayid", "timestamp"].map(|name| (name, given(name)));
    let slips = [("package_left_out", "package was not signed", without(&pairs, "package"))];
    check_sign(app, merchant, order, &pairs, given("sign"), &slips)
}

fn text(value: &Value) -> Value {
    if value.is_number() { Value::String(value.to_string()) } else { value.clone() }
}

type Pairs<'a> = Vec<(&'a str, &'a str)>;

fn check_sign(
    app: &App,
    merchant: &Merchant,
    order: &Order,
    pairs: &[(&str, &str)],
    given: &str,
    slips: &[(&'static str, &'static str, Pairs<'_>)],
) -> Result<(), Shut> {
    let key = merchant.api_key.expose();
    let fits = |pairs: &[(&str, &str)], key: &str, sign_type: SignType| {
        sign::sign(pairs.iter().copied(), key, sign_type).eq_ignore_ascii_case(given)
    };
    if fits(pairs, key, order.sign_type) {
        return Ok(());
    }
    let shown = |pairs: &[(&str, &str)]| {
        app.registry.redact(format!("{}&key=***", sign::string_to_sign(pairs.iter().copied())))
    };
    let slip = slips.iter().find(|(_, _, pairs)| SignType::ALL.iter().any(|any| fits(pairs, key, *any)));
    let (mistake, detail, likely) = if given.is_empty() {
        ("sign_missing", "there is no signature".to_owned(), None)
    } else if SignType::ALL.iter().any(|any| fits(pairs, key, *any)) {
        ("other_algorithm", "signed with another algorithm than unifiedorder was".to_owned(), Some(shown(pairs)))
    } else if let Some((mistake, detail, pairs)) = slip {
        (*mistake, (*detail).to_owned(), Some(shown(pairs)))
    } else {
        // What goes wrong with every signature goes wrong with this one.
        let signed: Fields = pairs.iter().copied().chain([("sign", given)]).collect();
        let explained = app.registry.explain(merchant, &signed, Some(order.sign_type));
        let likely = explained.likely_string.map(|text| app.registry.redact(text));
        (explained.mistake.code(), explained.mistake.to_string(), likely)
    };
    let explanation = Explanation {
        string_to_sign: Some(shown(pairs)),
        likely_string: likely,
        sign_type: Some(order.sign_type.as_str()),
        mistake: Some(mistake),
        detail: detail.into(),
        ..Explanation::default()
    };
    Err(Shut::because(BAD_SIGN, explanation))
}

fn renamed<'a>(pairs: &[(&'a str, &'a str)], from: &str, to: &'a str) -> Pairs<'a> {
    pairs.iter().map(|(name, value)| (if *name == from { to } else { *name }, *value)).collect()
}

fn without<'a>(pairs: &[(&'a str, &'a str)], left_out: &str) -> Pairs<'a> {
    pairs.iter().filter(|(name, _)| *name != left_out).copied().collect()
}

fn replaced<'a>(pairs: &[(&'a str, &'a str)], which: &str, by: &'a str) -> Pairs<'a> {
    pairs.iter().map(|(name, value)| (*name, if *name == which { by } else { *value })).collect()
}

fn is_bank_type(text: &str) -> bool {
    (1..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn refuse(order: Option<&Order>, shut: Shut) -> Visited {
    let number = order.map(|order| order.out_trade_no().to_owned());
    let mut answer = json!({ "err_msg": "get_brand_wcpay_request:fail", "err_code": -1, "err_desc": &shut.text });
    if let (Some(object), Some(order)) = (answer.as_object_mut(), order) {
        object.insert("out_trade_no".to_owned(), order.out_trade_no().into());
        object.insert("trade_state".to_owned(), order.state.as_str().into());
    }
    let note = Note::outcome(format!("cashier:{}", shut.text))
        .about(number)
        .explained(shut.explanation.map(|explanation| *explanation));
    Visited::Answered(answer, Box::new(note))
}

fn leave(order: &Order, message: &str, code: i32) -> Visited {
    let (answer, note) = left(order, message, code);
    Visited::Answered(answer, Box::new(note))
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

/// The cashier's own reason, which the customer reads, goes to the page as `err_desc`.
fn fail(app: &App, order: &Order, reason: Option<&str>) -> Visited {
    let (mut answer, note) = left(order, "get_brand_wcpay_request:fail", -1);
    if let (Some(object), Some(reason)) = (answer.as_object_mut(), reason) {
        let reason = app.registry.redact(reason.chars().take(100).collect());
        object.insert("err_desc".to_owned(), reason.into());
    }
    Visited::Answered(answer, Box::new(note))
}

/// `GET /_emulator/orders`.
pub(crate) fn describe(order: &Order) -> Value {
    let payment = order.payment.as_ref();
    let openid = payment.map_or(order.field("openid"), |payment| &payment.openid);
    json!({
        "out_trade_no": order.out_trade_no(),
        "mch_id": order.mch_id(),
        "appid": order.field("appid"),
        "sub_mch_id": order.request.filled("sub_mch_id"),
        "trade_type": order.field("trade_type"),
        "trade_state": order.state.as_str(),
        "total_fee": order.field("total_fee").parse::<i64>().unwrap_or_default(),
        "body": order.field("body"),
        "openid": Some(openid).filter(|openid| !openid.is_empty()),
        "prepay_id": order.prepay.id,
        "code_url": order.prepay.code_url,
        "mweb_url": order.prepay.mweb_url,
        "transaction_id": payment.map(|payment| &payment.transaction_id),
        "time_end": payment.map(|payment| wire_time(payment.at)),
        "bank_type": payment.map(|payment| &payment.bank_type),
        "coupons": payment.map(|payment| &payment.coupons),
        "created": seconds(order.created),
        "sign_type": order.sign_type.as_str(),
        "notify_url": order.field("notify_url"),
        "notifications": order.notification.as_ref().map_or_else(
            || json!({ "attempts": [], "acknowledged": false, "next_at": null }),
            Notification::to_json,
        ),
    })
}
