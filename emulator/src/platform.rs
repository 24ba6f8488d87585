//! The platform API: what api.weixin.qq.com answers, and the account's tokens and tickets (protocol §7).

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wxpaykit::{Fields, Secret};

use crate::app::App;
use crate::clock::Millis;
use crate::db::Db;
use crate::faults::Asking;
use crate::faults::reply::{Plan, errmsg};
use crate::http;
use crate::journal::{Entry, Explanation, Note};
use crate::kept::Kept;

const LIFE: Millis = 7200 * 1000;
/// How long a token lives on after its successor was handed out.
const OVERLAP: Millis = 5 * 60 * 1000;
/// `force_refresh`: how often at least, and how many a day.
const FORCE_PAUSE: Millis = 30 * 1000;
const FORCES_A_DAY: usize = 20;
const DAY: Millis = 24 * 60 * 60 * 1000;

/// A call that answers JSON. A plain function: nothing here waits.
pub(crate) type Call = fn(&Asked<'_>) -> Result<Value, Denied>;

/// `errcode` and `errmsg`, the latter without the `rid` that ends it.
#[derive(Debug)]
pub(crate) struct Denied(pub(crate) i32, pub(crate) &'static str);

/// A call as it came: its query, or the JSON object of its body.
pub(crate) struct Asked<'a> {
    pub(crate) app: &'a App,
    pub(crate) now: Millis,
    method: &'a Method,
    query: &'a [(String, String)],
    body: &'a [u8],
}

impl Asked<'_> {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn need(&self, name: &str, code: i32, text: &'static str) -> Result<&str, Denied> {
        self.get(name).filter(|value| !value.is_empty()).ok_or(Denied(code, text))
    }
}

pub(crate) const CALLS: &[(&str, Call)] =
    &[("/cgi-bin/token", token), ("/cgi-bin/stable_token", stable_token), ("/cgi-bin/ticket/getticket", getticket)];

pub(crate) async fn serve(
    path: &'static str,
    call: Call,
    app: Arc<App>,
    peer: SocketAddr,
    request: Request,
) -> Response {
    let now = app.clock.now();
    let method = request.method().clone();
    let write = |status, note| {
        app.journal.write(Entry { at: now, peer, method: method.clone(), path: path.into(), status, note });
    };
    let query = request.uri().query().unwrap_or_default();
    let query: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let plan = Plan::draw(&app.faults, Asking { path, out_trade_no: None }, request.headers(), None);
    let plan = match plan {
        Ok(plan) => plan,
        Err(why) => return http::bad_header(&why),
    };
    if let Some(lost) = plan.lost() {
        write(lost.status(), plan.note(Note::ok()));
        return lost.response().await;
    }
    let Some(body) = http::body(request).await else {
        write(StatusCode::PAYLOAD_TOO_LARGE.as_u16(), Note::outcome("http:413"));
        return http::too_large();
    };
    let asked = Asked { app: &app, now, method: &method, query: &query, body: &body };
    let result = match plan.errcode().and_then(|code| Some(Denied(code, errmsg(code)?))) {
        Some(denied) => Err(denied),
        None => call(&asked),
    };
    let (answer, note) = match result {
        Ok(answer) => (answer, Note::ok()),
        Err(Denied(errcode, errmsg)) => {
            let answer = json!({ "errcode": errcode, "errmsg": format!("{errmsg}{}", app.ids.rid(now)) });
            let note = Note::outcome(format!("oauth:{errcode}")).explained(reason(errcode));
            (answer, note)
        }
    };
    write(200, plan.note(note));
    let json = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    plan.send(answer.to_string(), |text| (json, text).into_response()).await
}

/// What the journal says of an errcode, beyond its errmsg.
fn reason(errcode: i32) -> Option<Explanation> {
    let (mistake, detail) = match errcode {
        40001 | 40014 => ("token_replaced", "the access_token is not known, or a newer one has replaced it"),
        40002 => ("grant_type", "grant_type is missing or not the one of this call"),
        40003 => ("other_openid", "the openid is not the one that the access_token was given for"),
        40013 => ("other_appid", "this emulator has no such appid"),
        40029 => ("code_unknown", "the code is not known: it was never given out, or to another appid, or is over"),
        40030 => ("refresh_token_unknown", "the refresh_token is not known, or belongs to another appid"),
        40097 => ("ticket_type", "type has to be jsapi"),
        40125 => ("other_secret", "secret is not this appid's AppSecret: the API key of the merchant is another thing"),
        40163 => {
            ("code_used", "the code was used before: each is good for one exchange, also when a page is loaded again")
        }
        41001..=41009 => ("missing_fields", "a parameter is missing or empty: errmsg names it"),
        42001 => ("token_expired", "the access_token is over two hours old"),
        42002 => ("token_expired", "the refresh_token is over thirty days old"),
        42003 => ("code_expired", "the code is over five minutes old"),
        43002 => ("method", "this call wants POST"),
        44002 | 47001 => ("body", "this call wants a JSON object as its body"),
        45009 | 45011 => ("quota", "force_refresh was asked for too often"),
        48001 => ("scope", "the user granted snsapi_base only; userinfo wants snsapi_userinfo"),
        _ => return None,
    };
    Some(Explanation::mistake(mistake, detail))
}

/// What an account's calls hand out.
#[derive(Debug)]
pub(crate) struct Platform {
    accounts: Kept<Account>,
    /// Whose each access_token is. Dead ones stay, to tell an expired token from an unknown one.
    owners: Kept<String>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Account {
    /// Newest last. `/cgi-bin/token` and `/cgi-bin/stable_token` do not touch each other's.
    plain: Vec<Dated>,
    stable: Vec<Dated>,
    tickets: Vec<Dated>,
    forced: Vec<Millis>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Dated {
    text: String,
    until: Millis,
}

/// How many dead tokens and tickets an account keeps.
const KEPT: usize = 64;

fn issue(list: &mut Vec<Dated>, text: String, now: Millis) -> Option<Dated> {
    list.push(Dated { text, until: now + LIFE });
    (list.len() > KEPT).then(|| list.remove(0))
}

/// The newest one, if it is not about to end.
fn current(list: &[Dated], now: Millis) -> Option<&Dated> {
    list.last().filter(|newest| newest.until - now > OVERLAP)
}

/// Whose secret it is that the caller shows. `rid` is how the call's errors end: `/sns` has a comma more.
pub(crate) fn credentials<'a>(asked: &'a Asked<'_>, rid: &str) -> Result<&'a str, Denied> {
    let appid = asked.get("appid").unwrap_or_default();
    let secret = asked.get("secret").unwrap_or_default();
    entitled(asked.app, appid, secret, rid)?;
    Ok(appid)
}

fn entitled(app: &App, appid: &str, secret: &str, rid: &str) -> Result<(), Denied> {
    let comma = rid.starts_with(',');
    if appid.is_empty() {
        return Err(Denied(41002, if comma { "appid missing, rid: " } else { "appid missing rid: " }));
    }
    if secret.is_empty() {
        return Err(Denied(41004, if comma { "appsecret missing, rid: " } else { "appsecret missing rid: " }));
    }
    let Some(merchant) = app.registry.by_app(appid) else {
        return Err(Denied(40013, if comma { "invalid appid, rid: " } else { "invalid appid rid: " }));
    };
    if merchant.app_secret != Secret::new(secret) {
        return Err(Denied(40125, "invalid appsecret, rid: "));
    }
    Ok(())
}

fn token(asked: &Asked<'_>) -> Result<Value, Denied> {
    if asked.get("grant_type") != Some("client_credential") {
        return Err(Denied(40002, "invalid grant_type rid: "));
    }
    let appid = credentials(asked, " rid: ")?;
    let text = asked.app.ids.platform_token();
    let mut state = asked.app.state();
    let account = state.platform.account(appid);
    for older in &mut account.plain {
        older.until = older.until.min(asked.now + OVERLAP);
    }
    let gone = issue(&mut account.plain, text.clone(), asked.now);
    state.platform.own(appid, &text, gone);
    Ok(json!({ "access_token": text, "expires_in": LIFE / 1000 }))
}

fn stable_token(asked: &Asked<'_>) -> Result<Value, Denied> {
    if asked.method != Method::POST {
        return Err(Denied(43002, "require POST method rid: "));
    }
    if asked.body.is_empty() {
        return Err(Denied(44002, "empty post data rid: "));
    }
    let body: Fields = wxpaykit::wire::json::parse(asked.body).ok_or(Denied(47001, "data format error rid: "))?;
    let get = |name: &str| body.get(name).unwrap_or_default();
    if get("grant_type") != "client_credential" {
        return Err(Denied(40002, "invalid grant_type rid: "));
    }
    let appid = get("appid");
    entitled(asked.app, appid, get("secret"), " rid: ")?;
    let force = get("force_refresh") == "true";

    let now = asked.now;
    let text = asked.app.ids.platform_token();
    let mut state = asked.app.state();
    let account = state.platform.account(appid);
    if force {
        account.forced.retain(|at| now - at < DAY);
        if account.forced.last().is_some_and(|at| now - at < FORCE_PAUSE) {
            return Err(Denied(45011, "api minute-quota reach limit must slower retry next minute rid: "));
        }
        if account.forced.len() >= FORCES_A_DAY {
            return Err(Denied(45009, "reach max api daily quota limit, could get more detail rid: "));
        }
        account.forced.push(now);
        for older in &mut account.stable {
            older.until = older.until.min(now);
        }
    } else if let Some(current) = current(&account.stable, now) {
        return Ok(json!({ "access_token": current.text, "expires_in": (current.until - now) / 1000 }));
    }
    let gone = issue(&mut account.stable, text.clone(), now);
    state.platform.own(appid, &text, gone);
    Ok(json!({ "access_token": text, "expires_in": LIFE / 1000 }))
}

fn getticket(asked: &Asked<'_>) -> Result<Value, Denied> {
    let token = asked.need("access_token", 41001, "access_token missing rid: ")?;
    let now = asked.now;
    let text = asked.app.ids.jsapi_ticket();
    let mut state = asked.app.state();
    let account = state.platform.owner(token, now)?;
    if asked.get("type") != Some("jsapi") {
        return Err(Denied(40097, "invalid args rid: "));
    }
    let ticket = match current(&account.tickets, now) {
        Some(ticket) => ticket.clone(),
        None => {
            issue(&mut account.tickets, text.clone(), now);
            Dated { text, until: now + LIFE }
        }
    };
    Ok(json!({ "errcode": 0, "errmsg": "ok", "ticket": ticket.text, "expires_in": (ticket.until - now) / 1000 }))
}

impl Platform {
    pub(crate) fn load(db: Option<&Db>) -> Self {
        Self { accounts: Kept::load("account", db), owners: Kept::load("owner", db) }
    }

    pub(crate) fn save(&mut self, mut db: Option<&mut Db>) {
        self.accounts.save(db.as_deref_mut());
        self.owners.save(db);
    }

    fn account(&mut self, appid: &str) -> &mut Account {
        self.accounts.or_default(appid)
    }

    fn own(&mut self, appid: &str, token: &str, gone: Option<Dated>) {
        self.owners.insert(token.to_owned(), appid.to_owned());
        if let Some(gone) = gone {
            self.owners.remove(&gone.text);
        }
    }

    fn owner(&mut self, token: &str, now: Millis) -> Result<&mut Account, Denied> {
        const STALE: Denied = Denied(
            40001,
            "invalid credential, access_token is invalid or not latest, could get access_token by \
             getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: ",
        );
        let account = self.owners.get(token).and_then(|appid| self.accounts.get_mut(appid)).ok_or(STALE)?;
        let (plain, stable) = (account.plain.last(), account.stable.last());
        let newest = [plain, stable].into_iter().flatten().any(|newest| newest.text == token);
        let dated = account.plain.iter().chain(&account.stable).find(|dated| dated.text == token);
        match dated {
            Some(dated) if dated.until > now => Ok(account),
            // Its time was over by itself; the others were replaced.
            Some(_) if newest => Err(Denied(42001, "access_token expired rid: ")),
            _ => Err(STALE),
        }
    }

    /// An account's tickets, each with whether it still counts, newest first.
    pub(crate) fn tickets(&self, appid: &str, now: Millis) -> Vec<(String, bool)> {
        let tickets = self.accounts.get(appid).map(|account| account.tickets.as_slice()).unwrap_or_default();
        tickets.iter().rev().map(|ticket| (ticket.text.clone(), ticket.until > now)).collect()
    }
}
