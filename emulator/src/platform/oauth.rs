//! OAuth for web pages: the calls under `/sns` (protocol §6).

use serde_json::{Value, json};

use super::call::{Asked, Denied};
use crate::wechat::authorize::USERINFO;
use crate::world::grants::{Grant, TOKEN_LIFE, Unusable};
use crate::world::people::Person;

/// Exchanges a code for tokens.
pub(super) fn access_token(asked: &Asked<'_>) -> Result<Value, Denied> {
    exchanged(asked, "")
}

/// The same for a third-party platform, or for the account itself.
pub(super) fn exchanged(asked: &Asked<'_>, component: &str) -> Result<Value, Denied> {
    let (code, refresh) = (asked.text("code"), asked.app.ids.web_token());
    let mut state = asked.app.state();
    let whose = (asked.text("appid"), component);
    let grant = state.grants.exchange(whose, code, &refresh, asked.now).map_err(|why| match why {
        Unusable::Unknown | Unusable::Expired => Denied(40029, "invalid code"),
        Unusable::Used => Denied(40163, "code been used"),
    })?;
    let (token, reply) = granted(asked, &grant, &refresh);
    state.grants.issue_access(token, grant, asked.now);
    Ok(reply)
}

/// Gives another access token for a refresh token.
pub(super) fn refresh_token(asked: &Asked<'_>) -> Result<Value, Denied> {
    refreshed(asked, "")
}

/// The same for a third-party platform, or for the account itself.
pub(super) fn refreshed(asked: &Asked<'_>, component: &str) -> Result<Value, Denied> {
    let refresh = asked.text("refresh_token");
    let mut state = asked.app.state();
    let whose = (asked.text("appid"), component);
    let grant = state.grants.refreshed(whose, refresh, asked.now).map_err(|why| match why {
        Unusable::Unknown | Unusable::Used => Denied(40030, "invalid refresh_token"),
        Unusable::Expired => Denied(42002, "refresh_token expired"),
    })?;
    let (token, reply) = granted(asked, &grant, refresh);
    state.grants.issue_access(token, grant, asked.now);
    Ok(reply)
}

/// A new access token, and the reply with it.
fn granted(asked: &Asked<'_>, grant: &Grant, refresh: &str) -> (String, Value) {
    let token = asked.app.ids.web_token();
    let reply = json!({
        "access_token": token,
        "expires_in": TOKEN_LIFE / 1000,
        "refresh_token": refresh,
        "openid": grant.openid,
        "scope": grant.scope,
    });
    (token, reply)
}

/// The profile of a user who agreed to `snsapi_userinfo`.
pub(super) fn userinfo(asked: &Asked<'_>) -> Result<Value, Denied> {
    let grant = known(asked)?;
    if grant.scope != USERINFO {
        return Err(Denied(48001, "api unauthorized"));
    }
    let person = Person::by_openid(&asked.app.registry, &grant.appid, &grant.openid).unwrap_or_else(Person::demo);
    // Since 2021 everything but name and picture is empty.
    Ok(json!({
        "openid": grant.openid,
        "nickname": person.nickname,
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": format!("{}{}", asked.app.url(), person.avatar_path()),
        "privilege": [],
    }))
}

/// Whether an access token is valid.
pub(super) fn auth(asked: &Asked<'_>) -> Result<Value, Denied> {
    known(asked)?;
    Ok(json!({ "errcode": 0, "errmsg": "ok" }))
}

/// The grant of the query's access_token. It must be of the query's openid.
fn known(asked: &Asked<'_>) -> Result<Grant, Denied> {
    let state = asked.app.state();
    match state.grants.access(asked.text("access_token"), asked.now) {
        Err(Unusable::Expired) => Err(Denied(42001, "access_token expired")),
        Err(Unusable::Unknown | Unusable::Used) => {
            Err(Denied(40001, "invalid credential, access_token is invalid or not latest"))
        }
        Ok(grant) if grant.openid != asked.text("openid") => Err(Denied(40003, "invalid openid")),
        Ok(grant) => Ok(grant.clone()),
    }
}
