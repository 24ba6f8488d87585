//! The parameters that a page or an app hands to the cashier (protocol §4).

use serde_json::{Map, Value};
use wxpaykit::{Fields, SignType, sign};

use super::visit::{CashierRefusal, NO_PREPAY};
use crate::app::App;
use crate::journal::Explanation;
use crate::world::merchant::Merchant;
use crate::world::order::Order;

const BAD_SIGN: &str = "支付验证签名失败";

/// A page's parameters (protocol §4.1 to §4.3). `chooseWXPay` spells `timestamp`, and signs `timeStamp` all the same.
pub(super) fn check_page(
    app: &App,
    merchant: &Merchant,
    order: &Order,
    params: &Map<String, Value>,
) -> Result<(), CashierRefusal> {
    let app_ids = [order.field("appid"), order.field("sub_appid")];
    let given = |name: &str| params.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let app_id = given("appId").unwrap_or(if app_ids[1].is_empty() { app_ids[0] } else { app_ids[1] });
    if !app_ids.contains(&app_id) {
        let detail = "appId is not the one the order was made with";
        return Err(CashierRefusal::because(NO_PREPAY, Explanation::mistake("other_appid", detail)));
    }
    if order.field("trade_type") != "JSAPI" {
        let detail = format!("a page cannot pay an order of trade_type {}", order.field("trade_type"));
        return Err(CashierRefusal::because(NO_PREPAY, Explanation::detail(detail)));
    }
    let Some(time) = given("timeStamp").or_else(|| given("timestamp")) else {
        let detail = "timeStamp is missing or no text: iOS refuses a number";
        return Err(CashierRefusal::because(
            "调用支付JSAPI缺少参数：timeStamp",
            Explanation::mistake("time_stamp", detail),
        ));
    };
    if time == "undefined" {
        let detail = "chooseWXPay was called without timestamp, which it wants in lower case";
        return Err(CashierRefusal::because(
            "调用支付JSAPI缺少参数：timeStamp",
            Explanation::mistake("time_stamp", detail),
        ));
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
        return Err(CashierRefusal::because(BAD_SIGN, Explanation::mistake("other_algorithm", detail)));
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
        return Err(CashierRefusal::because(NO_PREPAY, Explanation::detail(detail)));
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
) -> Result<(), CashierRefusal> {
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
    Err(CashierRefusal::because(BAD_SIGN, explanation))
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
