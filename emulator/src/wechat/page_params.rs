//! The parameters that a page or an app hands to the cashier (protocol §4). What is accepted is decided here; the doctor says what is
//! wrong, or is noteworthy, with the rest.

use serde_json::{Map, Value};
use wxpaykit::doctor::page::{self, App as AppParams, Page};
use wxpaykit::doctor::page_v3::Parameters;
use wxpaykit::doctor::{self, Mistake};
use wxpaykit::{Fields, sign};

use super::page_params_v3;
use super::visit::{CashierRefusal, NO_PREPAY};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::merchant::Merchant;
use crate::world::order::Order;
use crate::world::orders::Orders;

/// WeChat's text for a wrong signature, of both APIs.
const BAD_SIGN: &str = "支付验证签名失败";
/// Its text for a page without a `timeStamp` that it takes.
const NO_TIME: &str = "调用支付JSAPI缺少参数：timeStamp";
const NAMED: &str = "prepay_id=";
const APP_PACKAGE: &str = "Sign=WXPay";

/// What is noteworthy with parameters that are accepted.
pub(super) type Remark = Option<Explanation>;

/// A page's parameters (protocol §4.1 to §4.3). `chooseWXPay` spells `timestamp`, and signs `timeStamp` all the same.
pub(super) fn check_page(
    app: &App,
    orders: &Orders,
    merchant: &Merchant,
    order: &Order,
    params: &Map<String, Value>,
) -> Result<Remark, CashierRefusal> {
    let given = |name: &str| params.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    // The appid of the openid that the order names (protocol §3.24).
    let payers = [("sub_openid", "sub_appid"), ("openid", "appid")];
    let of_payers = payers.iter().filter(|(openid, _)| order.request.filled(openid).is_some());
    let app_ids: Vec<&str> = of_payers.map(|(_, appid)| order.field(appid)).collect();
    let usual = app_ids.first().copied().unwrap_or(order.field("appid"));
    let app_id = given("appId").unwrap_or(usual);
    if ![order.field("appid"), order.field("sub_appid")].contains(&app_id) {
        return Err(CashierRefusal::because(NO_PREPAY, Explanation::reason(Reason::PAGE_APPID)));
    }
    if !app_ids.is_empty() && !app_ids.contains(&app_id) {
        let detail = format!("appId is {app_id}, and the order's openid belongs to {usual}: sign and pass that appid");
        let chinese = format!("appId 是 {app_id}，而订单的 openid 属于 {usual}：请用那个 appid 签名并传递");
        return Err(CashierRefusal::because(BAD_SIGN, Explanation::mistake("other_appid", detail).in_chinese(chinese)));
    }
    if order.field("trade_type") != "JSAPI" {
        let trade_type = order.field("trade_type");
        let explanation = Explanation::detail(format!("a page cannot pay an order of trade_type {trade_type}"))
            .in_chinese(format!("网页不能支付 trade_type 为 {trade_type} 的订单"));
        return Err(CashierRefusal::because(
            NO_PREPAY,
            Explanation { mistake: Some("other_trade_type"), ..explanation },
        ));
    }
    let number = params.get("timeStamp").filter(|time| time.is_number()).map(Value::to_string);
    let Some(time) = given("timeStamp").or(number.as_deref()).or_else(|| given("timestamp")) else {
        return Err(CashierRefusal::because(NO_TIME, Explanation::reason(Reason::TIME_STAMP)));
    };
    if time == "undefined" {
        return Err(CashierRefusal::because(NO_TIME, Explanation::reason(Reason::TIMESTAMP_UNDEFINED)));
    }
    let other = ["sign", "paysign", "pay_sign"].into_iter().find(|name| given(name).is_some());
    if let (None, Some(name)) = (given("paySign"), other) {
        let english = format!("paySign is missing, and {name} is there: hand it over as paySign");
        let chinese = format!("没有 paySign，却有 {name}：请用 paySign 这个名称传递");
        return Err(CashierRefusal::because(BAD_SIGN, Explanation::with_values("pay_sign_missing", english, chinese)));
    }
    let page = Page {
        app_id,
        time_stamp: time,
        nonce_str: given("nonceStr").unwrap_or_default(),
        package: given("package").unwrap_or_default(),
        sign_type: given("signType").unwrap_or_default(),
        pay_sign: given("paySign").unwrap_or_default(),
    };
    let ordered = if order.v3.is_some() { page_params_v3::SIGN_TYPE } else { order.sign_type.as_str() };
    let refused = match () {
        () if number.is_some() => Some(NO_TIME),
        () if !is_signed_page(app, merchant, order, &page)? => Some(BAD_SIGN),
        // Where a page of APIv2 gave none, the cashier takes the order's.
        () if page.sign_type != ordered && (order.v3.is_some() || !page.sign_type.is_empty()) => Some(BAD_SIGN),
        () if !page.package.starts_with(NAMED) => Some(if order.v3.is_some() { BAD_SIGN } else { NO_PREPAY }),
        () => None,
    };
    let explained = match &order.v3 {
        Some(_) => page_params_v3::explain_page(app, merchant, &page)?,
        None => app.registry.explain_with(merchant, |key, others| page::page(&page, key, order.sign_type, others)),
    };
    let explained = match refused == Some(BAD_SIGN) && is_open(&explained.mistake) {
        true => by_handed_names(app, merchant, params).unwrap_or(explained),
        false => explained,
    };
    if refused == Some(BAD_SIGN) && is_open(&explained.mistake) {
        let is_signed = |appid: &str| is_signed_page(app, merchant, order, &Page { app_id: appid, ..page });
        let others = ["appid", "sub_appid"].map(|name| order.field(name));
        if let Some(explanation) = with_another(["appId", "paySign"], app_id, others, is_signed) {
            return Err(CashierRefusal::because(BAD_SIGN, explanation));
        }
    }
    let explained = match refused == Some(BAD_SIGN) && is_open(&explained.mistake) {
        true => of_another_order(orders, order, page.package, explained, |package| {
            let other = Page { package, ..page };
            is_signed_page(app, merchant, order, &other).unwrap_or_default()
        }),
        false => explained,
    };
    let explained = if number.is_some() { page::with_number(explained) } else { explained };
    let is_of_sign_type = refused == Some(BAD_SIGN) && leaves_nothing(&explained.mistake);
    match judged(app, explained, refused) {
        Err(refusal) if is_of_sign_type => {
            let detail = format!("signType must be the one of unifiedorder: {ordered}");
            let chinese = format!("signType 必须与统一下单时一致：{ordered}");
            let explanation = Explanation::mistake("other_algorithm", detail).in_chinese(chinese);
            Err(CashierRefusal::because(refusal.text, explanation))
        }
        other => other,
    }
}

/// The explanation of a page whose parameters have names that WeChat does not read: of their values, whatever they are called.
fn by_handed_names(app: &App, merchant: &Merchant, params: &Map<String, Value>) -> Option<doctor::Explanation> {
    let texts = params.iter().filter(|(_, value)| value.is_string() || value.is_number());
    let texts: Vec<(&str, String)> = texts.map(|(name, value)| (name.as_str(), text(value))).collect();
    let fields: Fields = texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    page::misnamed(&fields)?;
    let of_v3 = Parameters::of_fields(&fields).filter(Parameters::is_of_v3);
    match of_v3 {
        Some(given) => page_params_v3::explain(app, merchant, &given).ok(),
        None => Some(app.registry.explain_with(merchant, |key, others| doctor::examine(&fields, key, others))),
    }
}

/// Whether the doctor does not know which other text was signed.
fn is_open(mistake: &Mistake) -> bool {
    [Mistake::PAGE_UNKNOWN, Mistake::UNKNOWN, Mistake::PAGE_V3_UNKNOWN].contains(mistake)
}

/// The explanation of parameters whose signature was made with the other of the two appids, or numbers, that a provider's order has. `names`
/// are those of the parameter and of the signature, `given` is what was handed over.
fn with_another(
    [name, signature]: [&str; 2],
    given: &str,
    others: [&str; 2],
    is_signed: impl Fn(&str) -> Result<bool, CashierRefusal>,
) -> Option<Explanation> {
    let mut others = others.into_iter().filter(|other| !other.is_empty() && *other != given);
    let signed = others.find(|other| is_signed(other).unwrap_or_default())?;
    let mistake = if name == "partnerid" { "other_partnerid" } else { "other_appid" };
    let english =
        format!("{signature} was made with {name} {signed}, and {name} {given} was handed over: sign and pass {given}");
    let chinese =
        format!("{signature} 是用 {name} {signed} 算出的，而传递的 {name} 是 {given}：签名和传递都要用 {given}");
    Some(Explanation::with_values(mistake, english, chinese))
}

/// The explanation of a page whose `package`, or of an app whose `prepayid`, is one order's and was signed with another order's: the newest
/// orders of the merchant are tried. `is_signed` says whether the signature is right for a value in its place.
fn of_another_order(
    orders: &Orders,
    order: &Order,
    given: &str,
    explained: doctor::Explanation,
    is_signed: impl Fn(&str) -> bool,
) -> doctor::Explanation {
    /// A signature of RSA takes some microseconds to check.
    const TRIED: usize = 50;
    let name = if given.starts_with(NAMED) { NAMED } else { "" };
    let of_app = order.field("trade_type") == "APP";
    let ids = orders.newest(Some(order.mch_id()), TRIED, |other| format!("{name}{}", other.prepay.id));
    let signed = ids.into_iter().filter(|other| *other != given).find(|other| is_signed(other));
    let Some(signed) = signed else { return explained };
    let mistake = if of_app { Mistake::PREPAYID_CHANGED } else { Mistake::PACKAGE_CHANGED };
    doctor::Explanation {
        proof: mistake.proof(),
        likely_string: Some(explained.string_to_sign.replacen(given, &signed, 1)),
        mistake,
        field: None,
        ..explained
    }
}

/// Whether the doctor finds nothing that could have been refused.
fn leaves_nothing(mistake: &Mistake) -> bool {
    *mistake == Mistake::NONE || mistake.is_remark()
}

fn is_signed_page(app: &App, merchant: &Merchant, order: &Order, page: &Page<'_>) -> Result<bool, CashierRefusal> {
    if order.v3.is_some() {
        let lines = [page.app_id, page.time_stamp, page.nonce_str, page.package];
        return page_params_v3::is_signed(app, merchant, lines, page.pay_sign);
    }
    let pairs = [
        ("appId", page.app_id),
        ("nonceStr", page.nonce_str),
        ("package", page.package),
        ("signType", page.sign_type),
        ("timeStamp", page.time_stamp),
    ];
    Ok(is_signed(merchant, order, &pairs, page.pay_sign))
}

/// Whether the merchant's key signed these by the algorithm of the order. Small letters are taken too.
fn is_signed(merchant: &Merchant, order: &Order, pairs: &[(&str, &str)], signature: &str) -> bool {
    let own = sign::sign(pairs.iter().copied(), merchant.api_key.expose(), order.sign_type);
    own.eq_ignore_ascii_case(signature)
}

/// An app's parameters (protocol §4.4), by the names of iOS or of Android.
pub(super) fn check_app(
    app: &App,
    orders: &Orders,
    merchant: &Merchant,
    order: &Order,
    params: &Map<String, Value>,
) -> Result<Remark, CashierRefusal> {
    let given = |name: &str| of_app(params, name);
    let appid = order.request.filled("sub_appid").unwrap_or(order.field("appid"));
    let partner = order.request.filled("sub_mch_id").unwrap_or(order.mch_id());
    let detail = if order.field("trade_type") != "APP" {
        let trade_type = order.field("trade_type");
        let english = format!("an app cannot pay an order of trade_type {trade_type}");
        Some(("other_trade_type", english, format!("App 不能支付 trade_type 为 {trade_type} 的订单")))
    } else if given("appid") != appid {
        Some(("other_appid", format!("appid must be {appid}"), format!("appid 应为 {appid}")))
    } else if given("partnerid") != partner {
        Some(("other_partnerid", format!("partnerid must be {partner}"), format!("partnerid 应为 {partner}")))
    } else {
        None
    };
    if let Some((mistake, detail, chinese)) = detail {
        return Err(CashierRefusal::because(NO_PREPAY, Explanation::with_values(mistake, detail, chinese)));
    }
    let names = ["prepayid", "package", "noncestr", "timestamp", "sign"];
    let [prepayid, package, noncestr, timestamp, signature] = names.map(given);
    let params = AppParams {
        appid,
        partnerid: partner,
        prepayid: &prepayid,
        package: &package,
        noncestr: &noncestr,
        timestamp: &timestamp,
        sign: &signature,
    };
    let refused = match () {
        () if package != APP_PACKAGE => Some(NO_PREPAY),
        // Nothing was handed out under this text.
        () if prepayid.starts_with(NAMED) => Some(NO_PREPAY),
        () if !is_signed_app(app, merchant, order, &params)? => Some(BAD_SIGN),
        () => None,
    };
    let explained = match &order.v3 {
        Some(_) => page_params_v3::explain_app(app, merchant, &params)?,
        None => app.registry.explain_with(merchant, |key, others| page::app(&params, key, order.sign_type, others)),
    };
    if refused == Some(BAD_SIGN) && is_open(&explained.mistake) {
        let is_signed = |appid: &str| is_signed_app(app, merchant, order, &AppParams { appid, ..params });
        let others = ["appid", "sub_appid"].map(|name| order.field(name));
        let of_appid = with_another(["appid", "sign"], appid, others, is_signed);
        let is_signed = |partnerid: &str| is_signed_app(app, merchant, order, &AppParams { partnerid, ..params });
        let others = [order.mch_id(), order.field("sub_mch_id")];
        let explanation = of_appid.or_else(|| with_another(["partnerid", "sign"], partner, others, is_signed));
        if let Some(explanation) = explanation {
            return Err(CashierRefusal::because(BAD_SIGN, explanation));
        }
    }
    let explained = match refused == Some(BAD_SIGN) && is_open(&explained.mistake) {
        true => of_another_order(orders, order, &prepayid, explained, |prepayid| {
            let other = AppParams { prepayid, ..params };
            is_signed_app(app, merchant, order, &other).unwrap_or_default()
        }),
        false => explained,
    };
    judged(app, explained, refused)
}

fn is_signed_app(app: &App, merchant: &Merchant, order: &Order, given: &AppParams<'_>) -> Result<bool, CashierRefusal> {
    if order.v3.is_some() {
        let lines = [given.appid, given.timestamp, given.noncestr, given.prepayid];
        return page_params_v3::is_signed(app, merchant, lines, given.sign);
    }
    let pairs = [
        ("appid", given.appid),
        ("noncestr", given.noncestr),
        ("package", given.package),
        ("partnerid", given.partnerid),
        ("prepayid", given.prepayid),
        ("timestamp", given.timestamp),
    ];
    Ok(is_signed(merchant, order, &pairs, given.sign))
}

/// A value that an app hands over. PayReq's timestamp is a number on iOS; Java spells `appId` and `packageValue`.
pub(super) fn of_app(params: &Map<String, Value>, name: &str) -> String {
    let named = |name: &str| params.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
    let found = named(name).or_else(|| named("packageValue").filter(|_| name == "package"));
    found.map(|(_, value)| text(value)).unwrap_or_default()
}

/// The refusal of a page's or an app's parameters whose prepay_id was not handed out. `name` is where it should stand.
pub(super) fn without_order(app: &App, params: &Map<String, Value>, name: &str) -> CashierRefusal {
    let texts = params.iter().filter(|(_, value)| value.is_string() || value.is_number());
    let texts: Vec<(&str, String)> = texts.map(|(name, value)| (name.as_str(), text(value))).collect();
    let fields: Fields = texts.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let merchant = app.registry.by_app(&of_app(params, "appid"));
    let explained = merchant.and_then(|merchant| {
        let of_v3 = Parameters::of_fields(&fields).filter(Parameters::is_of_v3);
        match of_v3 {
            Some(given) => page_params_v3::explain(app, merchant, &given).ok(),
            None => Some(app.registry.explain_with(merchant, |key, others| doctor::examine(&fields, key, others))),
        }
    });
    const OF_PREPAY_ID: [Mistake; 6] = [
        Mistake::PREPAY_ID_MISSING,
        Mistake::PREPAY_ID_FORM,
        Mistake::PREPAY_ID_MALFORMED,
        Mistake::PACKAGE_FORM,
        Mistake::PACKAGE_CHANGED,
        Mistake::PREPAYID_CHANGED,
    ];
    if let Some(explained) = explained.filter(|explained| OF_PREPAY_ID.contains(&explained.mistake)) {
        let explanation = Explanation::of_signature(explained, |text| app.registry.redact(text));
        return CashierRefusal::because(NO_PREPAY, explanation);
    }
    let english = format!("{name} names no prepay_id that was handed out");
    let chinese = format!("{name} 里的 prepay_id 不是下单得到的");
    CashierRefusal::because(NO_PREPAY, Explanation::with_values("prepay_id_unknown", english, chinese))
}

/// WeChat's words for what is refused, with the explanation for the journal; else what is noteworthy all the same.
fn judged(app: &App, explained: doctor::Explanation, refused: Option<&'static str>) -> Result<Remark, CashierRefusal> {
    let is_noteworthy = explained.mistake != Mistake::NONE;
    let explanation = Explanation::of_signature(explained, |text| app.registry.redact(text));
    match refused {
        Some(text) => Err(CashierRefusal::because(text, explanation)),
        None => Ok(is_noteworthy.then_some(explanation)),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
