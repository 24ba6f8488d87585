//! OAuth for web pages: the calls under `/sns` (protocol §6).

use serde_json::{Value, json};

use super::call::{PlatformError, ReadRequest};
use crate::wechat::authorize::USERINFO;
use crate::world::grants::{Grant, GrantError, TOKEN_LIFE};
use crate::world::people::Person;

/// Exchanges a code for tokens.
pub(super) fn access_token(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    exchanged(asked, "")
}

/// The same for a third-party platform, or for the account itself.
pub(super) fn exchanged(asked: &ReadRequest<'_>, component: &str) -> Result<Value, PlatformError> {
    let (code, refresh) = (asked.text("code"), asked.app.ids.web_token());
    let mut state = asked.app.state();
    let whose = (asked.text("appid"), component);
    let grant = state.grants.exchange(whose, code, &refresh, asked.now).map_err(|why| match why {
        GrantError::Unknown | GrantError::Expired => PlatformError(40029, "invalid code"),
        GrantError::Used => PlatformError(40163, "code been used"),
    })?;
    let (token, reply) = granted(asked, &grant, &refresh);
    state.grants.issue_access(token, grant, asked.now);
    Ok(reply)
}

/// Gives another access token for a refresh token.
pub(super) fn refresh_token(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    refreshed(asked, "")
}

/// The same for a third-party platform, or for the account itself.
pub(super) fn refreshed(asked: &ReadRequest<'_>, component: &str) -> Result<Value, PlatformError> {
    let refresh = asked.text("refresh_token");
    let mut state = asked.app.state();
    let whose = (asked.text("appid"), component);
    let grant = state.grants.refreshed(whose, refresh, asked.now).map_err(|why| match why {
        GrantError::Unknown | GrantError::Used => PlatformError(40030, "invalid refresh_token"),
        GrantError::Expired => PlatformError(42002, "refresh_token expired"),
    })?;
    let (token, reply) = granted(asked, &grant, refresh);
    state.grants.issue_access(token, grant, asked.now);
    Ok(reply)
}

/// A new access token, and the reply with it.
fn granted(asked: &ReadRequest<'_>, grant: &Grant, refresh: &str) -> (String, Value) {
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
pub(super) fn userinfo(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let grant = known(asked)?;
    if grant.scope != USERINFO {
        return Err(PlatformError(48001, "api unauthorized"));
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
pub(super) fn auth(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    known(asked)?;
    Ok(json!({ "errcode": 0, "errmsg": "ok" }))
}

/// The grant of the query's access_token. It must be of the query's openid.
fn known(asked: &ReadRequest<'_>) -> Result<Grant, PlatformError> {
    let state = asked.app.state();
    match state.grants.access(asked.text("access_token"), asked.now) {
        Err(GrantError::Expired) => Err(PlatformError(42001, "access_token expired")),
        Err(GrantError::Unknown | GrantError::Used) => {
            Err(PlatformError(40001, "invalid credential, access_token is invalid or not latest"))
        }
        Ok(grant) if grant.openid != asked.text("openid") => Err(PlatformError(40003, "invalid openid")),
        Ok(grant) => Ok(grant.clone()),
    }
}
