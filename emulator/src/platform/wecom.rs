//! WeCom, qyapi.weixin.qq.com: tokens, identity and tickets (platform protocol §2).

use serde_json::{Value, json};

use super::call::{PlatformError, ReadRequest};
use crate::world::accounts::{Expiring, TokenError, agent};
use crate::world::grants::{Grant, LOGIN, PHONE};
use crate::world::people::Person;

/// The token of an application: the same one while it lives.
pub(super) fn gettoken(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let text = asked.app.ids.platform_token();
    let Expiring { text, until } = asked.app.state().accounts.living_token(asked.text("corpid"), text, asked.now);
    Ok(json!({ "errcode": 0, "errmsg": "ok", "access_token": text, "expires_in": (until - asked.now) / 1000 }))
}

/// Who came back from the authorize link.
pub(super) fn getuserinfo(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let (member, grant) = visitor(asked)?;
    let Some(member) = member else {
        let external = format!("wm{}", grant.openid.get(1..).unwrap_or_default());
        return Ok(json!({ "errcode": 0, "errmsg": "ok", "openid": grant.openid, "external_userid": external }));
    };
    if grant.scope == PRIVATE_INFO {
        let ticket = asked.app.ids.web_token();
        return Ok(json!({ "errcode": 0, "errmsg": "ok", "userid": member.key, "user_ticket": ticket }));
    }
    Ok(json!({ "errcode": 0, "errmsg": "ok", "userid": member.key }))
}

/// The same under its former path, with its former names.
pub(super) fn old_getuserinfo(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let (member, grant) = visitor(asked)?;
    let (name, id) = member.map_or(("OpenId", grant.openid), |member| ("UserId", member.key));
    Ok(json!({ "errcode": 0, "errmsg": "ok", name: id, "DeviceId": "" }))
}

/// The member of a code, if it is one of a member, and the grant.
fn visitor(asked: &ReadRequest<'_>) -> Result<(Option<Person>, Grant), PlatformError> {
    let corp = token_owner(asked)?;
    let fits = |grant: &Grant| grant.appid == corp && grant.scope != LOGIN && grant.scope != PHONE;
    let grant = asked.app.state().grants.use_code(asked.text("code"), asked.now, fits);
    // The same for a code that was used.
    let grant = grant.map_err(|_| PlatformError(40029, "invalid code"))?;
    let person = Person::by_openid(&asked.app.registry, &corp, &grant.openid);
    Ok((person.filter(Person::is_member), grant))
}

/// The openid of a member.
pub(super) fn convert_to_openid(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let corp = token_owner(asked)?;
    let person = Person::by_key(&asked.app.registry, asked.text("userid")).filter(Person::is_member);
    let openid = person.and_then(|person| person.openid(&asked.app.registry, &corp));
    let openid = openid.ok_or(PlatformError(60111, "userid not found"))?;
    asked.app.state().issue(openid.clone(), &corp);
    Ok(json!({ "errcode": 0, "errmsg": "ok", "openid": openid }))
}

/// The ticket of the corp, for `wx.config`.
pub(super) fn get_jsapi_ticket(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let corp = token_owner(asked)?;
    Ok(ticket(asked, &corp))
}

/// The ticket of the application, for `wx.agentConfig`.
pub(super) fn agent_ticket(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let corp = token_owner(asked)?;
    if asked.get("type") != Some("agent_config") {
        return Err(PlatformError(40058, "invalid Request Parameter"));
    }
    Ok(ticket(asked, &agent(&corp)))
}

fn ticket(asked: &ReadRequest<'_>, whose: &str) -> Value {
    let text = asked.app.ids.jsapi_ticket();
    let Expiring { text, until } = asked.app.state().accounts.ticket(whose, text, asked.now);
    json!({ "errcode": 0, "errmsg": "ok", "ticket": text, "expires_in": (until - asked.now) / 1000 })
}

/// The scope that asks a member for more.
const PRIVATE_INFO: &str = "snsapi_privateinfo";

/// The corp of the request's access_token.
fn token_owner(asked: &ReadRequest<'_>) -> Result<String, PlatformError> {
    let owner = asked.app.state().accounts.owner(asked.text("access_token"), asked.now);
    let is_corp = |appid: &str| asked.app.registry.by_app(appid).is_some_and(|merchant| merchant.is_corp());
    match owner {
        Ok(owner) if is_corp(&owner) => Ok(owner),
        Err(TokenError::Expired) => Err(PlatformError(42001, "access_token expired")),
        Ok(_) | Err(TokenError::Replaced) => Err(PlatformError(40014, "invalid access_token")),
    }
}
