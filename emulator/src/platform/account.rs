//! The tokens and tickets of an appid: the calls under `/cgi-bin` (protocol §7).

use serde_json::{Value, json};

use super::call::{PlatformError, ReadRequest};
use crate::world::accounts::{LIFE, RefreshError, TokenError};

/// A new access token, which replaces the earlier one.
pub(super) fn token(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let text = asked.app.ids.platform_token();
    asked.app.state().accounts.issue_token(asked.text("appid"), &text, asked.now);
    Ok(json!({ "access_token": text, "expires_in": LIFE / 1000 }))
}

/// The present access token, or a new one when it expires soon or `force_refresh` asks for one.
pub(super) fn stable_token(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let force = asked.get("force_refresh") == Some("true");
    let text = asked.app.ids.platform_token();
    let token = asked.app.state().accounts.stable_token(asked.text("appid"), text, force, asked.now);
    let token = token.map_err(|why| match why {
        RefreshError::Minute => PlatformError(45011, "api minute-quota reach limit must slower retry next minute"),
        RefreshError::Day => PlatformError(45009, "reach max api daily quota limit, could get more detail"),
    })?;
    Ok(json!({ "access_token": token.text, "expires_in": (token.until - asked.now) / 1000 }))
}

/// The jsapi_ticket of the token's appid.
pub(super) fn getticket(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let text = asked.app.ids.jsapi_ticket();
    let appid = token_owner(asked)?;
    if asked.get("type") != Some("jsapi") {
        return Err(PlatformError(40097, "invalid args"));
    }
    let ticket = asked.app.state().accounts.ticket(&appid, text, asked.now);
    let expires_in = (ticket.until - asked.now) / 1000;
    Ok(json!({ "errcode": 0, "errmsg": "ok", "ticket": ticket.text, "expires_in": expires_in }))
}

/// The appid of the request's access_token.
pub(super) fn token_owner(asked: &ReadRequest<'_>) -> Result<String, PlatformError> {
    let owner = asked.app.state().accounts.owner(asked.text("access_token"), asked.now);
    let is_corp = |appid: &str| asked.app.registry.by_app(appid).is_some_and(|merchant| merchant.is_corp());
    // The token of a corp is none here.
    let owner = owner.and_then(|owner| if is_corp(&owner) { Err(TokenError::Replaced) } else { Ok(owner) });
    owner.map_err(|why| match why {
        TokenError::Replaced => PlatformError(
            40001,
            "invalid credential, access_token is invalid or not latest, could get access_token by \
             getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r",
        ),
        TokenError::Expired => PlatformError(42001, "access_token expired"),
    })
}
