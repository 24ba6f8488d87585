//! The parameters that a page or an app hands to the cashier (protocol §4).

use serde_json::{Map, Value};
use wxpaykit::doctor;
use wxpaykit::doctor::page::{self, App as AppParams, Page};

use super::page_params_v3::{self, BAD_SIGN};
use super::visit::{CashierRefusal, NO_PREPAY};
use crate::app::App;
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::world::merchant::Merchant;
use crate::world::order::Order;

/// A page's parameters (protocol §4.1 to §4.3). `chooseWXPay` spells `timestamp`, and signs `timeStamp` all the same.
pub(super) fn check_page(
    app: &App,
    merchant: &Merchant,
    order: &Order,
    params: &Map<String, Value>,
) -> Result<(), CashierRefusal> {
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
        return Err(CashierRefusal::because(NO_PREPAY, explanation));
    }
    let Some(time) = given("timeStamp").or_else(|| given("timestamp")) else {
        let explanation = Explanation::reason(Reason::TIME_STAMP);
        return Err(CashierRefusal::because("调用支付JSAPI缺少参数：timeStamp", explanation));
    };
    if time == "undefined" {
        let explanation = Explanation::reason(Reason::TIMESTAMP_UNDEFINED);
        return Err(CashierRefusal::because("调用支付JSAPI缺少参数：timeStamp", explanation));
    }
    let page = Page {
        app_id,
        time_stamp: time,
        nonce_str: given("nonceStr").unwrap_or_default(),
        package: given("package").unwrap_or_default(),
        sign_type: given("signType").unwrap_or_default(),
        pay_sign: given("paySign").unwrap_or_default(),
    };
    if order.v3.is_some() {
        return page_params_v3::check_page(app, merchant, &page);
    }
    accepted(app, app.registry.explain_with(merchant, |key, others| page::page(&page, key, order.sign_type, others)))?;
    if given("signType").is_some_and(|text| text != order.sign_type.as_str()) {
        let detail = format!("signType must be the one of unifiedorder: {}", order.sign_type);
        let chinese = format!("signType 必须与统一下单时一致：{}", order.sign_type);
        let explanation = Explanation::mistake("other_algorithm", detail).in_chinese(chinese);
        return Err(CashierRefusal::because(BAD_SIGN, explanation));
    }
    Ok(())
}

/// An app's parameters (protocol §4.4).
pub(super) fn check_app(
    app: &App,
    merchant: &Merchant,
    order: &Order,
    params: &Map<String, Value>,
) -> Result<(), CashierRefusal> {
    // PayReq's timestamp is a number on iOS.
    let texts: Map<String, Value> = params.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    let given = |name: &str| texts.get(name).and_then(Value::as_str).unwrap_or_default();
    let appid = order.request.filled("sub_appid").unwrap_or(order.field("appid"));
    let partner = order.request.filled("sub_mch_id").unwrap_or(order.mch_id());
    let detail = if order.field("trade_type") != "APP" {
        let trade_type = order.field("trade_type");
        let english = format!("an app cannot pay an order of trade_type {trade_type}");
        Some((english, format!("App 不能支付 trade_type 为 {trade_type} 的订单")))
    } else if given("appid") != appid {
        Some((format!("appid must be {appid}"), format!("appid 应为 {appid}")))
    } else if given("partnerid") != partner {
        Some((format!("partnerid must be {partner}"), format!("partnerid 应为 {partner}")))
    } else if given("package") != "Sign=WXPay" {
        Some(("package must be Sign=WXPay".to_owned(), "package 应为 Sign=WXPay".to_owned()))
    } else {
        None
    };
    if let Some((detail, chinese)) = detail {
        return Err(CashierRefusal::because(NO_PREPAY, Explanation::detail(detail).in_chinese(chinese)));
    }
    let params = AppParams {
        appid,
        partnerid: partner,
        prepayid: given("prepayid"),
        package: given("package"),
        noncestr: given("noncestr"),
        timestamp: given("timestamp"),
        sign: given("sign"),
    };
    if order.v3.is_some() {
        return page_params_v3::check_app(app, merchant, &params);
    }
    accepted(app, app.registry.explain_with(merchant, |key, others| page::app(&params, key, order.sign_type, others)))
}

/// Whether the signature is right; else WeChat's words, with the explanation for the journal.
fn accepted(app: &App, explained: doctor::Explanation) -> Result<(), CashierRefusal> {
    if explained.mistake.leaves_signature_right() {
        return Ok(());
    }
    let explanation = Explanation::of_signature(explained, |text| app.registry.redact(text));
    Err(CashierRefusal::because(BAD_SIGN, explanation))
}

fn text(value: &Value) -> Value {
    if value.is_number() { Value::String(value.to_string()) } else { value.clone() }
}
