//! The bridge's frame and what it asks. A merchant's page lives at another origin, so `/bridge.js` opens a frame of this
//! one and talks to it by messages; only the frame talks to the server. So nothing here needs CORS, and neither these
//! calls nor the control API answer another origin's page.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::cashier::{self, Visit, Visited};
use crate::journal::{Entry, Note};
use crate::people::Person;
use crate::{control, http, jssdk, web};

/// `GET /_wechat/frame`: pages of this machine may hold it, those of the host that it was asked for by, and those of the
/// hosts that merchants gave.
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
    web::framed_page(include_str!("../../web/frame.html"), &[], &ancestors.join(" "))
}

/// A call of `WeixinJSBridge.invoke` other than paying.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Invocation {
    name: String,
    #[serde(default)]
    args: Map<String, Value>,
    /// The page that calls.
    url: String,
}

/// What has no effect on a laptop, and succeeds: menus, sharing, the window.
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
    let (_, call) = match asked::<Invocation>(&app, request).await {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    let name = call.name.as_str();
    let (value, note) = match name {
        "preVerifyJSAPI" => {
            let (value, note) = jssdk::pre_verify(&app, &call.args, &call.url);
            (value, Some(note))
        }
        // The SDK asks this by itself, after a wx.config that failed too.
        "getNetworkType" => (json!({ "err_msg": "network_type:wifi" }), None),
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

/// Text on Android, an object elsewhere, with the bridge's names: as the SDK expects it.
fn check_js_api(args: &Map<String, Value>, android: bool) -> Value {
    let wanted = args.get("jsApiList").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let known = |name: &str| WITHOUT_EFFECT.contains(&name) || OTHERS.contains(&name);
    let result: Map<String, Value> = wanted.map(|name| (name.to_owned(), known(name).into())).collect();
    let result = if android { Value::String(Value::from(result).to_string()) } else { result.into() };
    json!({ "err_msg": "checkJsApi:ok", "checkResult": result })
}

/// Somebody at the cashier.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asking {
    visit: Visit,
    /// The merchant's page that opens the cashier, when one does.
    url: Option<String>,
}

/// `POST /_wechat/open`: what the cashier shows, or why it does not open.
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
        Err(turned_away) => told(&app, peer, "/_wechat/open", turned_away),
    }
}

/// `POST /_wechat/finish`: how the visit ends, in the words that the page gets.
pub(super) async fn finish(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let visit = match visit(&app, peer, "/_wechat/finish", request).await {
        Ok(visit) => visit,
        Err(refused) => return refused,
    };
    told(&app, peer, "/_wechat/finish", cashier::visit(&app, &visit))
}

async fn visit(app: &App, peer: SocketAddr, path: &'static str, request: Request) -> Result<Visit, Response> {
    let (headers, asking) = asked::<Asking>(app, request).await?;
    let mut visit = asking.visit;
    visit.person = Person::of_cookie(&app.registry, &headers);
    visit.page = asking.url;
    if let Some(Err(note)) = visit.params().map(|params| jssdk::permitted(app, PAY, params)) {
        let why = why(&note);
        write(app, peer, path, note);
        let message = format!("get_brand_wcpay_request:fail_{}", jssdk::OFFLINE);
        return Err(answer(StatusCode::OK, &json!({ "result": { "err_msg": message }, "why": why })));
    }
    Ok(visit)
}

/// `{"result": …}` for the page, with `why`, which the page does not get, for whoever reads its console.
fn told(app: &App, peer: SocketAddr, path: &'static str, visited: Visited) -> Response {
    let (status, value) = match visited {
        Visited::BadRequest(error) => (StatusCode::BAD_REQUEST, json!({ "error": error })),
        Visited::NotFound(error) => (StatusCode::NOT_FOUND, json!({ "error": error })),
        Visited::Answered(result, note) => {
            let why = why(&note);
            write(app, peer, path, *note);
            (StatusCode::OK, json!({ "result": for_the_page(result), "why": why }))
        }
    };
    answer(status, &value)
}

/// A page learns how it ended and no more: it has to ask its own server, which asks WeChat.
fn for_the_page(result: Value) -> Value {
    let Value::Object(mut result) = result else { return result };
    result.retain(|name, _| ["err_msg", "err_code", "err_desc"].contains(&name.as_str()));
    if !result.get("err_msg").and_then(Value::as_str).is_some_and(|text| text.ends_with(":fail")) {
        result.remove("err_code");
    }
    result.into()
}

fn why(note: &Note) -> Option<String> {
    note.explanation.as_ref().map(|explanation| explanation.detail.to_string())
}

/// Headers and JSON body of a page of this origin, and of no other.
pub(super) async fn asked<T: DeserializeOwned>(app: &App, request: Request) -> Result<(HeaderMap, T), Response> {
    if let Err(why) = control::allowed(app, request.headers()) {
        return Err(answer(StatusCode::FORBIDDEN, &json!({ "error": why })));
    }
    let headers = request.headers().clone();
    let Some(body) = http::body(request).await else {
        return Err(answer(StatusCode::PAYLOAD_TOO_LARGE, &json!({ "error": "the body is larger than 1 MiB" })));
    };
    match serde_json::from_slice(&body) {
        Ok(value) => Ok((headers, value)),
        Err(error) => Err(answer(StatusCode::BAD_REQUEST, &json!({ "error": format!("the body: {error}") }))),
    }
}

pub(super) fn answer(status: StatusCode, value: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (status, headers, value.to_string()).into_response()
}

pub(super) fn header_text<'a>(headers: &'a HeaderMap, name: &header::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

pub(super) fn write(app: &App, peer: SocketAddr, path: &'static str, note: Note) {
    app.journal.write(Entry { at: app.clock.now(), peer, method: Method::POST, path: path.into(), status: 200, note });
}
