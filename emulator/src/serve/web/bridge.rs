//! The frame of the bridge, and its calls. A merchant's page has another origin, so `/bridge.js` opens a frame of this
//! origin and sends it messages; only the frame talks to the server. So nothing here needs CORS, and neither these calls
//! nor the control API answer pages of other origins.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use wxpaykit::doctor::Language;

use super::page::{filled_page, language, translated};
use crate::app::App;
use crate::journal::{Explanation, Note};
use crate::serve::control_words::{chinese as chinese_of, wrong};
use crate::serve::json::{answer, asked, header_text, write};
use crate::serve::person;
use crate::wechat::miniprogram::Customer;
use crate::wechat::visit::{Visit, VisitEnd};
use crate::wechat::{cashier, jssdk};
use crate::world::people::Person;

/// `GET /_wechat/frame`: may be framed by pages of this machine, of the host in the request, and of the merchants' domains.
pub(super) async fn frame(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    let asked = header_text(&headers, &header::HOST);
    let asked = asked.rsplit_once(':').map_or(asked, |(host, _)| host);
    let merchants = app.registry.merchants().iter();
    let given = merchants.flat_map(|m| [&m.oauth_domain, &m.js_domain, &m.h5_domain]).flatten().map(String::as_str);
    let mut hosts: Vec<&str> = ["127.0.0.1", "localhost", asked].into_iter().chain(given).collect();
    hosts.retain(|host| !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b".-".contains(&b)));
    hosts.sort_unstable();
    hosts.dedup();
    let ancestors: Vec<String> = hosts.iter().map(|host| format!("http://{host}:* https://{host}:*")).collect();
    let page = translated(include_str!("../../../web/frame.html"), language(&headers));
    filled_page(&page, &[], &ancestors.join(" "))
}

/// A call of `WeixinJSBridge.invoke`, except paying.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invocation {
    name: String,
    #[serde(default)]
    args: Map<String, Value>,
    /// The page that calls.
    url: String,
}

/// Calls that succeed without an effect: menus, sharing, the window.
const WITHOUT_EFFECT: [&str; 17] = [
    "closeWindow",
    "hideAllNonBaseMenuItem",
    "hideMenuItems",
    "hideOptionMenu",
    "hideToolbar",
    "menu:share:QZone",
    "menu:share:appmessage",
    "menu:share:qq",
    "menu:share:timeline",
    "menu:share:weiboApp",
    "setPageState",
    "showAllNonBaseMenuItem",
    "showMenuItems",
    "showOptionMenu",
    "showToolbar",
    "updateAppMessageShareData",
    "updateTimelineShareData",
];
const PAY: &str = "getBrandWCPayRequest";
const OTHERS: [&str; 4] = ["preVerifyJSAPI", "checkJsApi", "getNetworkType", PAY];

pub(super) async fn invoke(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let android = header_text(request.headers(), &header::USER_AGENT).to_ascii_lowercase().contains("android");
    let (headers, call) = match asked::<Invocation>(&app, request).await {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let name = call.name.as_str();
    let (value, note) = match name {
        "preVerifyJSAPI" => {
            let (value, note) = jssdk::pre_verify(&app, &call.args, &call.url);
            (value, Some(note))
        }
        // The SDK makes this call by itself, also after a refused wx.config.
        "getNetworkType" => (json!({ "err_msg": "network_type:wifi" }), None),
        "login" | "getUserInfo" | "getPhoneNumber" => {
            let person = person::of_cookie(&app.registry, &headers);
            let value = in_miniprogram(&app, name, &call.args, (person, language(&headers)));
            (value, (name == "login").then(Note::ok))
        }
        "checkJsApi" => (check_js_api(&call.args, android), None),
        name if WITHOUT_EFFECT.contains(&name) => match jssdk::permitted(&app, name, &call.args) {
            Ok(()) => (json!({ "err_msg": format!("{name}:ok") }), None),
            Err(note) => (json!({ "err_msg": format!("{name}:fail_{}", jssdk::OFFLINE) }), Some(note)),
        },
        _ => (json!({ "err_msg": "system:function_not_exist" }), None),
    };
    if let Some(note) = note {
        write(&app, peer, "/_wechat/invoke", note);
    }
    answer(StatusCode::OK, &value)
}

/// A call of a mini program: the customer is the person who holds the phone, and whose language is given.
fn in_miniprogram(
    app: &App,
    name: &str,
    args: &Map<String, Value>,
    (person, spoken): (Option<Person>, Language),
) -> Value {
    let appid = args.get("appid").and_then(Value::as_str);
    let customer = Customer::find(app, appid, None, person);
    let answer = customer.and_then(|customer| match name {
        "login" => Ok(customer.log_in(app)),
        "getPhoneNumber" => Ok(customer.give_phone_number(app)),
        _ => customer.user_data(app, false).ok_or_else(|| "call wx.login first".to_owned()),
    });
    match answer {
        Ok(Value::Object(mut members)) => {
            // The page does not learn who the customer is: its server does.
            members.retain(|name, _| !["appid", "openid"].contains(&name.as_str()));
            members.insert("err_msg".to_owned(), format!("{name}:ok").into());
            members.into()
        }
        Ok(other) => other,
        Err(why) => {
            let chinese = if spoken == Language::Chinese { chinese_of(&why) } else { None };
            let why = chinese.unwrap_or(why);
            json!({ "err_msg": format!("{name}:fail {why}") })
        }
    }
}

/// The result is a text on Android and an object elsewhere, with the bridge's names, as the SDK expects it.
fn check_js_api(args: &Map<String, Value>, android: bool) -> Value {
    let wanted = args.get("jsApiList").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let known = |name: &str| WITHOUT_EFFECT.contains(&name) || OTHERS.contains(&name);
    let result: Map<String, Value> = wanted.map(|name| (name.to_owned(), known(name).into())).collect();
    let result = if android { Value::String(Value::from(result).to_string()) } else { result.into() };
    json!({ "err_msg": "checkJsApi:ok", "checkResult": result })
}

/// A customer at the cashier.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CashierForm {
    visit: Visit,
    /// The merchant's page that opens the cashier, when one does.
    url: Option<String>,
}

/// `POST /_wechat/open`: the content of the cashier, or the reason why it does not open.
pub(super) async fn open(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let visit = match visit(&app, peer, "/_wechat/open", request).await {
        Ok(visit) => visit,
        Err(refused) => return refused,
    };
    match cashier::look(&app, &visit) {
        Ok(sheet) => answer(StatusCode::OK, &json!({ "sheet": sheet })),
        Err(refused) => shown(&app, peer, "/_wechat/open", refused),
    }
}

/// `POST /_wechat/finish`: how the visit ends, as the page learns it.
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let visit = match visit(&app, peer, "/_wechat/finish", request).await {
        Ok(visit) => visit,
        Err(refused) => return refused,
    };
    shown(&app, peer, "/_wechat/finish", cashier::visit(&app, &visit))
}

async fn visit(app: &App, peer: SocketAddr, path: &'static str, request: Request) -> Result<Visit, Response> {
    let (headers, asking) = asked::<CashierForm>(app, request).await?;
    let mut visit = asking.visit;
    visit.person = person::of_cookie(&app.registry, &headers);
    visit.page = asking.url;
    if let Some(Err(note)) = visit.params.as_ref().map(|params| jssdk::permitted(app, PAY, params)) {
        let message = format!("get_brand_wcpay_request:fail_{}", jssdk::OFFLINE);
        let value = explained(json!({ "err_msg": message }), note.explanation.as_deref());
        write(app, peer, path, note);
        return Err(answer(StatusCode::OK, &value));
    }
    Ok(visit)
}

/// `{"result": …}` for the page, and `why` with `why_zh` for the browser's console, which the page does not get.
fn shown(app: &App, peer: SocketAddr, path: &'static str, visited: VisitEnd) -> Response {
    let (status, value) = match visited {
        VisitEnd::BadRequest(error) => (StatusCode::BAD_REQUEST, wrong(&error)),
        VisitEnd::NotFound(error) => (StatusCode::NOT_FOUND, wrong(&error)),
        VisitEnd::Answered(result, note) => {
            let value = explained(for_the_page(result), note.explanation.as_deref());
            write(app, peer, path, *note);
            (StatusCode::OK, value)
        }
    };
    answer(status, &value)
}

/// A page learns only how the visit ended: it must ask its own server, which queries WeChat.
fn for_the_page(result: Value) -> Value {
    let Value::Object(mut result) = result else { return result };
    result.retain(|name, _| ["err_msg", "err_code", "err_desc"].contains(&name.as_str()));
    if !result.get("err_msg").and_then(Value::as_str).is_some_and(|text| text.ends_with(":fail")) {
        result.remove("err_code");
    }
    result.into()
}

/// A result, with why it is so, in English and Chinese.
pub(super) fn explained(result: Value, explanation: Option<&Explanation>) -> Value {
    let (why, chinese) = explanation.map(|it| (&it.detail, it.chinese.as_ref())).unzip();
    json!({ "result": result, "why": why, "why_zh": chinese.flatten() })
}
