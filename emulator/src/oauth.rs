//! OAuth for web pages: the authorize page of open.weixin.qq.com and the calls under `/sns` (protocol §6).

use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;
use wxpaykit::wire::form;

use crate::app::App;
use crate::clock::Millis;
use crate::db::Db;
use crate::journal::{Entry, Explanation, Note};
use crate::kept::Kept;
use crate::merchant::{DEMO_USER, is_openid, openid_of};
use crate::people::Person;
use crate::platform::{Asked, Call, Denied, credentials};
use crate::web;

/// How long a code waits for its exchange.
const CODE_LIFE: Millis = 5 * 60 * 1000;
const TOKEN_LIFE: Millis = 7200 * 1000;
const REFRESH_LIFE: Millis = 30 * 24 * 60 * 60 * 1000;
/// Beyond this many, dead codes and tokens are swept out.
const SWEEP_AT: usize = 4096;
/// More codes, or tokens of one kind, are not kept: a run of logins must not grow without an end.
const MOST: usize = 20_000;

/// What was handed out and may come back.
#[derive(Debug)]
pub(crate) struct OAuth {
    codes: Kept<Code>,
    access: Kept<Grant>,
    refresh: Kept<Grant>,
}

impl OAuth {
    pub(crate) fn load(db: Option<&Db>) -> Self {
        Self {
            codes: Kept::load("oauth_code", db),
            access: Kept::load("oauth_access", db),
            refresh: Kept::load("oauth_refresh", db),
        }
    }

    pub(crate) fn save(&mut self, mut db: Option<&mut Db>) {
        self.codes.save(db.as_deref_mut());
        self.access.save(db.as_deref_mut());
        self.refresh.save(db);
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Code {
    grant: Grant,
    used: bool,
}

/// That an appid may know a user, until when.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Grant {
    appid: String,
    openid: String,
    scope: Cow<'static, str>,
    until: Millis,
}

pub(crate) const CALLS: &[(&str, Call)] = &[
    ("/sns/oauth2/access_token", access_token),
    ("/sns/oauth2/refresh_token", refresh_token),
    ("/sns/userinfo", userinfo),
    ("/sns/auth", auth),
];

/// `GET /connect/oauth2/authorize`: `snsapi_base` is granted in silence, `snsapi_userinfo` too to a client that takes no
/// HTML or names its user; a browser gets the page that asks.
pub(crate) async fn authorize(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let header = |name: HeaderName| request.headers().get(name).and_then(|value| value.to_str().ok());
    let named = header(HeaderName::from_static("x-emulator-openid"));
    let html = header(header::ACCEPT).is_some_and(|accept| accept.contains("text/html"));
    let person = Person::of_cookie(&app.registry, request.headers());
    let now = app.clock.now();
    let answer = check(&app, query).and_then(|link| match named {
        Some(openid) => allow(&app, &link, openid.to_owned(), now).map(found),
        None if html && link.scope == USERINFO => Ok(web::ask_consent(&app, &link.appid, query, person)),
        None => allow(&app, &link, person_openid(&app, &link, person), now).map(found),
    });
    told(&app, peer, request.method(), "/connect/oauth2/authorize", answer)
}

/// The way back from the page that asks: as whom, or not at all.
pub(crate) fn consented(app: &App, peer: SocketAddr, query: &str, person: Option<Person>, agreed: bool) -> Response {
    let answer = check(app, query).and_then(|link| {
        if agreed { allow(app, &link, person_openid(app, &link, person), app.clock.now()) } else { Ok(link.back(None)) }
    });
    told(app, peer, &Method::GET, "/_wechat/consent", answer.map(found))
}

const USERINFO: &str = "snsapi_userinfo";

fn person_openid(app: &App, link: &Link, person: Option<Person>) -> String {
    let openid = person.and_then(|person| person.openid(&app.registry, &link.appid));
    openid.unwrap_or_else(|| openid_of(&link.appid, DEMO_USER))
}

fn found(location: String) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location)]).into_response()
}

fn told(
    app: &App,
    peer: SocketAddr,
    method: &Method,
    path: &'static str,
    answer: Result<Response, Unreachable>,
) -> Response {
    let (response, note) = match answer {
        Ok(response) => (response, Note::ok()),
        Err(error) => {
            let note = Note::outcome(format!("oauth:{}", error.code.unwrap_or_default()))
                .explained(Some(Explanation::detail(error.detail)));
            (page(error.code, error.text), note)
        }
    };
    let status = response.status().as_u16();
    app.journal.write(Entry { at: app.clock.now(), peer, method: method.clone(), path: path.into(), status, note });
    response
}

/// What the authorize page says instead of going on.
struct Unreachable {
    code: Option<u32>,
    text: &'static str,
    detail: String,
}

impl Unreachable {
    fn new(code: u32, text: &'static str) -> Self {
        Self { code: Some(code), text, detail: text.to_owned() }
    }

    fn unnumbered(text: &'static str, detail: impl Into<String>) -> Self {
        Self { code: None, text, detail: detail.into() }
    }
}

/// A link that WeChat opens.
struct Link {
    appid: String,
    target: Url,
    scope: Cow<'static, str>,
    state: Option<String>,
}

impl Link {
    /// Where the browser goes: with a code, or without one when the user refused (protocol §6.2).
    fn back(&self, code: Option<&str>) -> String {
        let mut target = self.target.clone();
        let pairs = [("code", code), ("state", self.state.as_deref())];
        let pairs = form::query(pairs.into_iter().filter_map(|(name, value)| value.map(|value| (name, value))));
        let query: Vec<&str> = target.query().into_iter().chain([pairs.as_str()]).filter(|q| !q.is_empty()).collect();
        let query = query.join("&");
        target.set_query(Some(query.as_str()).filter(|query| !query.is_empty()));
        target.into()
    }
}

fn check(app: &App, query: &str) -> Result<Link, Unreachable> {
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = form_urlencoded::parse(query.as_bytes()).collect();
    let get = |wanted: &str| pairs.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_ref());
    let given = |wanted: &str| get(wanted).filter(|value| !value.is_empty());

    let appid = given("appid").ok_or(Unreachable::new(10012, "appid不能为空"))?;
    let redirect = given("redirect_uri").ok_or(Unreachable::new(10011, "redirect_uri不能为空"))?;
    let scope = given("scope").ok_or(Unreachable::new(10010, "scope不能为空"))?;
    if get("state") == Some("") {
        return Err(Unreachable::new(10013, "state不能为空"));
    }
    in_order(&pairs)?;
    if get("response_type") != Some("code") {
        return Err(Unreachable::unnumbered("链接无法访问", "response_type has to be code"));
    }
    let scope: Cow<'static, str> = match scope {
        "snsapi_base" => "snsapi_base".into(),
        USERINFO => USERINFO.into(),
        _ => return Err(Unreachable::new(10005, "此公众号并没有这些scope的权限")),
    };
    let state = get("state");
    // Documented as letters and digits; other characters are known to work.
    let strange = |state: &str| app.config.strict_docs && !state.bytes().all(|b| b.is_ascii_alphanumeric());
    if state.is_some_and(|state| state.len() > 128 || strange(state)) {
        return Err(Unreachable::unnumbered("state参数错误", "state is at most 128 letters and digits"));
    }
    let merchant = app
        .registry
        .by_app(appid)
        .ok_or_else(|| Unreachable::unnumbered("AppID参数错误", "this emulator has no such appid"))?;
    let target = Url::parse(redirect)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
        .ok_or_else(|| Unreachable { detail: "not an absolute URL".to_owned(), ..mismatch() })?;
    if let Some(domain) = &merchant.oauth_domain
        && target.host_str() != Some(domain.as_str())
    {
        let detail = format!("the host of redirect_uri has to be {domain}");
        return Err(Unreachable { detail, ..mismatch() });
    }

    Ok(Link { appid: appid.to_owned(), target, scope, state: state.map(str::to_owned) })
}

/// Where the browser goes with its code.
fn allow(app: &App, link: &Link, openid: String, now: Millis) -> Result<String, Unreachable> {
    let code = app.ids.oauth_code();
    let appid = link.appid.as_str();
    let grant =
        Grant { appid: appid.to_owned(), openid: openid.clone(), scope: link.scope.clone(), until: now + CODE_LIFE };
    let mut shared = app.state();
    let owner = app.registry.app_of_user(&openid).or_else(|| shared.openids.owner(&openid));
    if !is_openid(&openid) || owner.is_some_and(|owner| owner != appid) {
        let detail = "X-Emulator-OpenId is no openid, or belongs to another appid";
        return Err(Unreachable::unnumbered("无效的openid", detail));
    }
    shared.issue(openid, appid);
    // A used code is remembered as long as it would have lived, to tell a second use from an unknown code.
    sweep(&mut shared.oauth.codes, now, |code| code.grant.until);
    shared.oauth.codes.insert(code.clone(), Code { grant, used: false });
    drop(shared);
    Ok(link.back(Some(&code)))
}

fn mismatch() -> Unreachable {
    Unreachable::new(10003, "redirect_uri域名与后台配置不一致")
}

/// WeChat's own browser knows the link by its pattern: these names, in this order, others after them.
fn in_order(pairs: &[(Cow<'_, str>, Cow<'_, str>)]) -> Result<(), Unreachable> {
    let names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_ref()).collect();
    let wanted = ["appid", "redirect_uri", "response_type", "scope", "state"];
    let wanted =
        if names.contains(&"state") { &wanted[..] } else { wanted.split_last().map_or(&[][..], |(_, rest)| rest) };
    if names.starts_with(wanted) {
        return Ok(());
    }
    let detail = format!("parameters have to be {} in this order, and are {}", wanted.join(", "), names.join(", "));
    Err(Unreachable::unnumbered("链接无法访问", detail.chars().take(300).collect::<String>()))
}

fn page(code: Option<u32>, text: &str) -> Response {
    let code = code.map(|code| format!("errcode: {code}")).unwrap_or_default();
    web::message(text, &code, None)
}

fn access_token(asked: &Asked<'_>) -> Result<Value, Denied> {
    let appid = credentials(asked, ", rid: ")?;
    let code = asked.need("code", 41008, "missing code, rid: ")?;
    if asked.get("grant_type") != Some("authorization_code") {
        return Err(Denied(40002, "invalid grant_type, rid: "));
    }
    let mut state = asked.app.state();
    let known = state.oauth.codes.get_mut(code).filter(|known| known.grant.appid == appid);
    let grant = match known {
        None => return Err(Denied(40029, "invalid code, rid: ")),
        Some(known) if known.used => return Err(Denied(40163, "code been used, rid: ")),
        Some(known) if known.grant.until <= asked.now => return Err(Denied(40029, "invalid code, rid: ")),
        Some(known) => {
            known.used = true;
            known.grant.clone()
        }
    };
    let refresh = asked.app.ids.web_token();
    sweep(&mut state.oauth.refresh, asked.now, |grant| grant.until);
    state.oauth.refresh.insert(refresh.clone(), Grant { until: asked.now + REFRESH_LIFE, ..grant.clone() });
    Ok(granted(asked, &mut state.oauth, grant, &refresh))
}

fn refresh_token(asked: &Asked<'_>) -> Result<Value, Denied> {
    let appid = asked.need("appid", 41002, "appid missing, rid: ")?;
    if asked.get("grant_type") != Some("refresh_token") {
        return Err(Denied(40002, "invalid grant_type, rid: "));
    }
    if asked.app.registry.by_app(appid).is_none() {
        return Err(Denied(40013, "invalid appid, rid: "));
    }
    let refresh = asked.need("refresh_token", 41003, "refresh_token missing, rid: ")?;
    let mut state = asked.app.state();
    let grant = match state.oauth.refresh.get(refresh).filter(|grant| grant.appid == appid) {
        None => return Err(Denied(40030, "invalid refresh_token, rid: ")),
        Some(grant) if grant.until <= asked.now => return Err(Denied(42002, "refresh_token expired, rid: ")),
        Some(grant) => grant.clone(),
    };
    Ok(granted(asked, &mut state.oauth, grant, refresh))
}

fn granted(asked: &Asked<'_>, oauth: &mut OAuth, grant: Grant, refresh: &str) -> Value {
    let token = asked.app.ids.web_token();
    let reply = json!({
        "access_token": token,
        "expires_in": TOKEN_LIFE / 1000,
        "refresh_token": refresh,
        "openid": grant.openid,
        "scope": grant.scope,
    });
    sweep(&mut oauth.access, asked.now, |grant| grant.until);
    oauth.access.insert(token, Grant { until: asked.now + TOKEN_LIFE, ..grant });
    reply
}

fn userinfo(asked: &Asked<'_>) -> Result<Value, Denied> {
    let grant = known(asked)?;
    if grant.scope != USERINFO {
        return Err(Denied(48001, "api unauthorized, rid: "));
    }
    let person = Person::by_openid(&asked.app.registry, &grant.appid, &grant.openid).unwrap_or_else(Person::demo);
    // Empty since 2021, but for name and picture.
    Ok(json!({
        "openid": grant.openid,
        "nickname": person.nickname,
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": web::avatar_url(asked.app, &person),
        "privilege": [],
    }))
}

fn auth(asked: &Asked<'_>) -> Result<Value, Denied> {
    known(asked)?;
    Ok(json!({ "errcode": 0, "errmsg": "ok" }))
}

/// The grant of the query's access_token, which has to be about the query's openid.
fn known(asked: &Asked<'_>) -> Result<Grant, Denied> {
    let token = asked.need("access_token", 41001, "access_token missing, rid: ")?;
    let openid = asked.need("openid", 41009, "missing openid, rid: ")?;
    let state = asked.app.state();
    match state.oauth.access.get(token) {
        None => Err(Denied(40001, "invalid credential, access_token is invalid or not latest, rid: ")),
        Some(grant) if grant.until <= asked.now => Err(Denied(42001, "access_token expired, rid: ")),
        Some(grant) if grant.openid != openid => Err(Denied(40003, "invalid openid, rid: ")),
        Some(grant) => Ok(grant.clone()),
    }
}

/// Makes room: for what is dead, and beyond `MOST` for the half that would end first.
fn sweep<T: Serialize + DeserializeOwned>(map: &mut Kept<T>, now: Millis, until: impl Fn(&T) -> Millis) {
    if map.len() >= SWEEP_AT && map.len().is_power_of_two() {
        map.retain(|value| until(value) > now);
    }
    if map.len() >= MOST {
        let mut ends: Vec<Millis> = map.values().map(&until).collect();
        ends.sort_unstable();
        let middle = ends.get(ends.len() / 2).copied().unwrap_or(now);
        // On a clock that stands still all end at once.
        let mut room = MOST / 2;
        map.retain(|value| {
            let stays = room > 0 && until(value) >= middle;
            room -= usize::from(stays);
            stays
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Kept, MOST, Millis, sweep};

    #[test]
    fn a_run_of_logins_does_not_grow_without_an_end() {
        for end in [|_| 5000, |n: usize| Millis::try_from(n).unwrap_or_default() + 1] {
            let mut kept: Kept<Millis> = Kept::load("test", None);
            for n in 0..3 * MOST {
                sweep(&mut kept, 0, |until| *until);
                kept.insert(n.to_string(), end(n));
                assert!(kept.len() <= MOST);
            }
            // Those that end last are among those that stay.
            assert!(kept.get(&(3 * MOST - 1).to_string()).is_some());
        }
    }
}
