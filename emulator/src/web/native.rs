//! NATIVE: a code on a screen, and the customer who scans it. Mode 1, a permanent code with a product's number, is a
//! question to the merchant first (protocol §3.16).

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, RawQuery, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use qrcode::QrCode;
use qrcode::render::svg;
use serde::Deserialize;
use serde_json::{Value, json};
use wxpaykit::wire::xml;
use wxpaykit::{Fields, SignType, sign};

use super::bridge::{answer, asked, write};
use crate::app::App;
use crate::journal::{Explanation, Note};
use crate::merchant::{DEMO_USER, Merchant, openid_of};
use crate::notify;
use crate::pay::reply::document;
use crate::people::Person;
use crate::web;

/// `GET /_wechat/qr?code_url=…`: the code as a shop would show it.
pub(super) async fn code_page(RawQuery(query): RawQuery) -> Response {
    let code = code_url(query);
    let text = wxpaykit::wire::form::query([("code_url", code.as_str())]);
    let (image, scan) = (format!("/_wechat/qr.svg?{text}"), format!("/_wechat/scan?{text}"));
    if code.is_empty() || code.len() > MAX_CODE {
        return web::message("没有二维码", "code_url is missing or too long", None);
    }
    let values = [("code_url", code.as_str()), ("image", &image), ("scan", &scan)];
    web::page(include_str!("../../web/qr.html"), &values)
}

/// `GET /_wechat/qr.svg?code_url=…`.
pub(super) async fn code_image(RawQuery(query): RawQuery) -> Response {
    let code = code_url(query);
    let made = QrCode::new(code.as_bytes()).ok().filter(|_| !code.is_empty() && code.len() <= MAX_CODE);
    let Some(made) = made else { return (StatusCode::BAD_REQUEST, "code_url is missing or too long").into_response() };
    let picture = made.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    (headers, picture).into_response()
}

/// `GET /_wechat/scan?code_url=…`: the customer's WeChat, about to scan.
pub(super) async fn scan_page(RawQuery(query): RawQuery) -> Response {
    web::page(include_str!("../../web/scan.html"), &[("code_url", &code_url(query))])
}

/// More than that is no code of WeChat's.
const MAX_CODE: usize = 512;

fn code_url(query: Option<String>) -> String {
    let query = query.unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "code_url")
        .map(|(_, code)| code.trim().to_owned())
        .unwrap_or_default()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Scanned {
    code_url: String,
}

/// `POST /_wechat/scan`: how the cashier is asked to open, or what the customer reads.
pub(super) async fn scan(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (headers, scanned) = match asked::<Scanned>(&app, request).await {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let code = scanned.code_url.trim();
    let query = code.strip_prefix("weixin://wxpay/bizpayurl?");
    let permanent = query.filter(|query| form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "sign"));
    let result = match permanent {
        Some(query) => ask(&app, query, Person::of_cookie(&app.registry, &headers)).await,
        None if app.state().orders.by_code(code).is_some() => Ok(json!({ "code_url": code })),
        None => Err(Unscanned::new(BAD_URL, "no order has this code_url")),
    };
    match result {
        Ok(visit) => answer(StatusCode::OK, &json!({ "visit": visit })),
        Err(Unscanned { text, explanation }) => {
            let why = app.registry.redact(explanation.detail.to_string());
            let text = app.registry.redact(text);
            let explanation = Explanation { detail: why.clone().into(), ..*explanation };
            let note = Note::outcome(format!("cashier:{text}")).explained(Some(explanation));
            write(&app, peer, "/_wechat/scan", note);
            let result = json!({ "err_msg": "scan:fail", "err_desc": text });
            answer(StatusCode::OK, &json!({ "result": result, "why": why }))
        }
    }
}

/// What the customer reads, and why.
struct Unscanned {
    text: String,
    explanation: Box<Explanation>,
}

impl Unscanned {
    fn new(text: &str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.to_owned(), explanation: Box::new(Explanation::detail(detail)) }
    }
}

const BAD_URL: &str = "原生支付URL参数错误";
/// What the customer reads when the merchant gives no order. WeChat's own words are not known.
const NO_ORDER: &str = "系统繁忙，请稍后再试";
/// How long the merchant has to make an order.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the merchant for an order of its product.
async fn ask(app: &App, query: &str, person: Option<Person>) -> Result<Value, Unscanned> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let code: Fields = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let merchant = merchant(app, &code)?;
    let url = merchant
        .native_callback_url
        .as_deref()
        .ok_or_else(|| Unscanned::new(BAD_URL, "the merchant has no native_callback_url"))?;
    let openid = person.and_then(|person| person.openid(&app.registry, &merchant.appid));
    let openid = openid.unwrap_or_else(|| openid_of(&merchant.appid, DEMO_USER));
    // The merchant orders for it, under --openids known too.
    app.state().issue(openid.clone(), &merchant.appid);

    let body = question(app, merchant, &openid, code.get("product_id").unwrap_or_default());
    let sent = notify::deliver::exchange(url, body.into(), app.config.allow_remote_notify);
    let sent = tokio::time::timeout(PATIENCE, sent).await;
    let (status, answer) = sent
        .map_err(|_| Unscanned::new(NO_ORDER, format!("no answer within {} s", PATIENCE.as_secs())))?
        .map_err(|why| Unscanned::new(NO_ORDER, why))?;
    if status != 200 {
        return Err(Unscanned::new(NO_ORDER, format!("HTTP {status} is not 200")));
    }
    let answer = xml::parse(&answer)
        .map_err(|error| Unscanned::new(NO_ORDER, format!("the answer is not WeChat's XML: {error}")))?;
    let prepay_id = prepay_id(app, merchant, &answer)?;
    let mut state = app.state();
    let order = state.orders.by_prepay(&prepay_id).and_then(|(id, _)| state.orders.get(id));
    match order {
        Some(order) if order.field("trade_type") == "NATIVE" && order.mch_id() == merchant.mch_id => {
            Ok(json!({ "prepay_id": prepay_id }))
        }
        _ => Err(Unscanned::new(NO_ORDER, "the answer's prepay_id is not that of a NATIVE order of this merchant")),
    }
}

/// Whose code it is, by its signature.
fn merchant<'a>(app: &'a App, code: &Fields) -> Result<&'a Merchant, Unscanned> {
    let get = |name: &str| code.get(name).unwrap_or_default();
    let merchant = app
        .registry
        .bound(get("appid"), get("mch_id"))
        .ok_or_else(|| Unscanned::new(BAD_URL, "there is no such pair of appid and mch_id"))?;
    if ["product_id", "time_stamp", "nonce_str"].iter().any(|name| get(name).is_empty()) {
        return Err(Unscanned::new(BAD_URL, "product_id, time_stamp and nonce_str must not be empty"));
    }
    if sign::verify(code, merchant.api_key.expose(), &[SignType::Md5]).is_ok() {
        return Ok(merchant);
    }
    Err(Unscanned { text: BAD_URL.to_owned(), explanation: Box::new(explained(app, merchant, code)) })
}

/// What is wrong with a signature of mode 1, which knows MD5 alone.
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

/// The order in the merchant's answer.
fn prepay_id(app: &App, merchant: &Merchant, answer: &Fields) -> Result<String, Unscanned> {
    let get = |name: &str| answer.get(name).unwrap_or_default();
    if get("return_code") != "SUCCESS" {
        return Err(Unscanned::new(NO_ORDER, format!("return_code is not SUCCESS: {}", get("return_msg"))));
    }
    if sign::verify(answer, merchant.api_key.expose(), &[SignType::Md5]).is_err() {
        let mut explanation = explained(app, merchant, answer);
        explanation.detail = format!("the answer's signature: {}", explanation.detail).into();
        return Err(Unscanned { text: NO_ORDER.to_owned(), explanation: Box::new(explanation) });
    }
    if get("appid") != merchant.appid || get("mch_id") != merchant.mch_id || get("nonce_str").is_empty() {
        return Err(Unscanned::new(NO_ORDER, "the answer needs this merchant's appid and mch_id, and a nonce_str"));
    }
    if get("result_code") != "SUCCESS" {
        let said = answer.filled("err_code_des").unwrap_or(NO_ORDER);
        let said: String = said.chars().take(128).collect();
        return Err(Unscanned::new(&said, "the merchant's result_code is not SUCCESS"));
    }
    Ok(get("prepay_id").to_owned())
}
