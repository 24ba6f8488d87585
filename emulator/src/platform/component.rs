//! Third-party platforms: their token, and the calls that they make for accounts (platform protocol §4).

use serde_json::{Value, json};

use super::call::{PlatformError, ReadRequest};
use super::{miniprogram, oauth};
use crate::world::accounts::{LIFE, TokenError};
use crate::world::component::{COMPONENT_APPID, COMPONENT_SECRET, COMPONENT_TICKET};

/// The token of a platform.
pub(super) fn api_component_token(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    if asked.text("component_appid") != COMPONENT_APPID {
        return Err(PlatformError(40013, "invalid appid"));
    }
    if asked.text("component_appsecret") != COMPONENT_SECRET {
        return Err(PlatformError(40125, "invalid appsecret,"));
    }
    if asked.text("component_verify_ticket") != COMPONENT_TICKET {
        return Err(PlatformError(61006, "component ticket is invalid"));
    }
    let text = asked.app.ids.platform_token();
    asked.app.state().accounts.issue_token(COMPONENT_APPID, &text, asked.now);
    Ok(json!({ "component_access_token": text, "expires_in": LIFE / 1000 }))
}

pub(super) fn access_token(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    check(asked)?;
    oauth::exchanged(asked, COMPONENT_APPID)
}

pub(super) fn refresh_token(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    check(asked)?;
    oauth::refreshed(asked, COMPONENT_APPID)
}

pub(super) fn jscode2session(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    check(asked)?;
    miniprogram::jscode2session(asked)
}

/// The platform and its token.
fn check(asked: &ReadRequest<'_>) -> Result<(), PlatformError> {
    if asked.text("component_appid") != COMPONENT_APPID {
        return Err(PlatformError(61003, "component is not authorized by this account"));
    }
    let owner = asked.app.state().accounts.owner(asked.text("component_access_token"), asked.now);
    match owner {
        Ok(owner) if owner == COMPONENT_APPID => Ok(()),
        Err(TokenError::Expired) => Err(PlatformError(42001, "component_access_token expired")),
        Ok(_) | Err(TokenError::Replaced) => {
            Err(PlatformError(40001, "invalid credential, component_access_token is invalid or not latest"))
        }
    }
}
