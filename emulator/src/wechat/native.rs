//! NATIVE: a customer scans a code. The code of mode 1 is permanent and names a product, so WeChat first asks the merchant
//! for an order (protocol §3.16).

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Value, json};
use wxpaykit::wire::xml;
use wxpaykit::{Fields, SignType, sign};

use super::deliver::exchange;
use super::document::document;
use super::message::Form;
use crate::app::App;
use crate::journal::Explanation;
use crate::world::merchant::{DEMO_USER, Merchant, openid_of};
use crate::world::people::Person;

/// The text that the customer reads, and why.
pub(crate) struct ScanError {
    pub(crate) text: String,
    pub(crate) explanation: Box<Explanation>,
}

impl ScanError {
    /// `detail` and `chinese` say why, in the two languages.
    fn new(text: &str, detail: impl Into<Cow<'static, str>>, chinese: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.to_owned(), explanation: Box::new(Explanation::detail(detail).in_chinese(chinese)) }
    }
}

const BAD_URL: &str = "原生支付URL参数错误";
/// The customer's text when the merchant gives no order. WeChat's own text is not known.
const NO_ORDER: &str = "系统繁忙，请稍后再试";
/// The merchant must answer with an order within this time.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Scans a code. Returns the visit that opens the cashier.
pub(crate) async fn scan(app: &App, code: &str, person: Option<Person>) -> Result<Value, ScanError> {
    let long = app.state().short_urls.get(code).cloned();
    let code = long.as_deref().unwrap_or(code);
    let query = code.strip_prefix("weixin://wxpay/bizpayurl?");
    let permanent = query.filter(|query| form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "sign"));
    match permanent {
        Some(query) => ask(app, query, person).await,
        None if app.state().orders.by_code(code).is_some() => Ok(json!({ "code_url": code })),
        None => Err(ScanError::new(BAD_URL, "no order has this code_url", "没有订单使用这个 code_url")),
    }
}

/// Asks the merchant for an order of the product in a permanent code.
async fn ask(app: &App, query: &str, person: Option<Person>) -> Result<Value, ScanError> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let code: Fields = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let merchant = merchant(app, &code)?;
    let url = merchant.native_callback_url.as_deref().ok_or_else(|| {
        ScanError::new(BAD_URL, "the merchant has no native_callback_url", "商户没有设置 native_callback_url")
    })?;
    let openid = person.and_then(|person| person.openid(&app.registry, &merchant.appid));
    let openid = openid.unwrap_or_else(|| openid_of(&merchant.appid, DEMO_USER));
    // The merchant's order names this openid, so it must be known under --openids known too.
    app.state().issue(openid.clone(), &merchant.appid);

    let body = question(app, merchant, &openid, code.get("product_id").unwrap_or_default());
    let sent = exchange(url, body.into(), &Form::Xml, app.config.allow_remote_notify);
    let sent = tokio::time::timeout(TIME_LIMIT, sent).await;
    let (status, answer) = sent
        .map_err(|_| {
            let seconds = TIME_LIMIT.as_secs();
            ScanError::new(NO_ORDER, format!("no answer within {seconds} s"), format!("{seconds} 秒内没有应答"))
        })?
        .map_err(|why| {
            let chinese = format!("没有得到应答：{why}");
            ScanError::new(NO_ORDER, why, chinese)
        })?;
    if status != 200 {
        return Err(ScanError::new(
            NO_ORDER,
            format!("HTTP {status} is not 200"),
            format!("HTTP 状态码是 {status}，不是 200"),
        ));
    }
    let answer = xml::parse(&answer).map_err(|error| {
        let chinese = format!("应答不是微信的 XML：{error}");
        ScanError::new(NO_ORDER, format!("the answer is not WeChat's XML: {error}"), chinese)
    })?;
    let prepay_id = prepay_id(app, merchant, &answer)?;
    let mut state = app.state();
    let order = state.orders.by_prepay(&prepay_id).and_then(|(id, _)| state.orders.get(id));
    match order {
        Some(order) if order.field("trade_type") == "NATIVE" && order.mch_id() == merchant.mch_id => {
            Ok(json!({ "prepay_id": prepay_id }))
        }
        _ => Err(ScanError::new(
            NO_ORDER,
            "the answer's prepay_id is not that of a NATIVE order of this merchant",
            "应答的 prepay_id 不是该商户 NATIVE 订单的",
        )),
    }
}

/// The merchant of a code. Its signature must be right.
fn merchant<'a>(app: &'a App, code: &Fields) -> Result<&'a Merchant, ScanError> {
    let get = |name: &str| code.get(name).unwrap_or_default();
    let merchant = app.registry.bound(get("appid"), get("mch_id")).ok_or_else(|| {
        ScanError::new(BAD_URL, "there is no such pair of appid and mch_id", "没有这一对 appid 和 mch_id")
    })?;
    if ["product_id", "time_stamp", "nonce_str"].iter().any(|name| get(name).is_empty()) {
        return Err(ScanError::new(
            BAD_URL,
            "product_id, time_stamp and nonce_str must not be empty",
            "product_id、time_stamp 和 nonce_str 不能为空",
        ));
    }
    if sign::verify(code, merchant.api_key.expose(), &[SignType::Md5]).is_ok() {
        return Ok(merchant);
    }
    Err(ScanError { text: BAD_URL.to_owned(), explanation: Box::new(explained(app, merchant, code)) })
}

/// What is wrong with a signature of mode 1, which allows MD5 only.
fn explained(app: &App, merchant: &Merchant, fields: &Fields) -> Explanation {
    let explained = app.registry.explain(merchant, fields, None);
    let explanation = Explanation::of_signature(explained, |text| app.registry.redact(text));
    Explanation { sign_type: Some(SignType::Md5.as_str()), ..explanation }
}

fn question(app: &App, merchant: &Merchant, openid: &str, product_id: &str) -> String {
    let nonce = app.ids.nonce();
    let mut pairs = vec![
        ("appid", merchant.appid.as_str()),
        ("is_subscribe", "N"),
        ("mch_id", &merchant.mch_id),
        ("nonce_str", &nonce),
        ("openid", openid),
        ("product_id", product_id),
    ];
    let signature = sign::sign(pairs.iter().copied(), merchant.api_key.expose(), SignType::Md5);
    pairs.push(("sign", &signature));
    document(&pairs, "\n", &[])
}

/// The `prepay_id` of the merchant's answer.
fn prepay_id(app: &App, merchant: &Merchant, answer: &Fields) -> Result<String, ScanError> {
    let get = |name: &str| answer.get(name).unwrap_or_default();
    if get("return_code") != "SUCCESS" {
        return Err(ScanError::new(
            NO_ORDER,
            format!("return_code is not SUCCESS: {}", get("return_msg")),
            format!("return_code 不是 SUCCESS：{}", get("return_msg")),
        ));
    }
    if sign::verify(answer, merchant.api_key.expose(), &[SignType::Md5]).is_err() {
        let mut explanation = explained(app, merchant, answer);
        let detail = explanation.detail;
        explanation.detail = format!("the answer's signature: {detail}").into();
        explanation.chinese = explanation.chinese.map(|detail| format!("应答的签名：{detail}").into());
        return Err(ScanError { text: NO_ORDER.to_owned(), explanation: Box::new(explanation) });
    }
    if get("appid") != merchant.appid || get("mch_id") != merchant.mch_id || get("nonce_str").is_empty() {
        return Err(ScanError::new(
            NO_ORDER,
            "the answer needs this merchant's appid and mch_id, and a nonce_str",
            "应答应有该商户的 appid 和 mch_id，以及 nonce_str",
        ));
    }
    if get("result_code") != "SUCCESS" {
        let said = answer.filled("err_code_des").unwrap_or(NO_ORDER);
        let said: String = said.chars().take(128).collect();
        return Err(ScanError::new(
            &said,
            "the merchant's result_code is not SUCCESS",
            "商户的 result_code 不是 SUCCESS",
        ));
    }
    Ok(get("prepay_id").to_owned())
}
