//! The login of mini programs: calls under `/sns` and `/wxa` (platform protocol §1).

use serde_json::{Value, json};
use wxpaykit::SignType;
use wxpaykit::crypto::digest::digest;

use super::account::token_owner;
use super::call::{PlatformError, ReadRequest};
use crate::wechat::miniprogram::phone_info;
use crate::world::grants::{Grant, GrantError, LOGIN, PHONE};

/// Exchanges a code of `wx.login` for openid and session key.
pub(super) fn jscode2session(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let key = asked.app.ids.session_key();
    let appid = asked.text("appid");
    let mut state = asked.app.state();
    let is_login = |grant: &Grant| grant.appid == appid && grant.scope == LOGIN;
    let grant = state.grants.use_code(asked.text("js_code"), asked.now, is_login).map_err(refused)?;
    let key = state.sessions.log_in(appid, &grant.openid, key, asked.now);
    Ok(json!({ "session_key": key, "openid": grant.openid }))
}

fn refused(why: GrantError) -> PlatformError {
    match why {
        GrantError::Unknown | GrantError::Expired => PlatformError(40029, "invalid code"),
        GrantError::Used => PlatformError(40163, "code been used"),
    }
}

/// Whether a signature was made with the customer's current session key.
pub(super) fn checksession(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let appid = token_owner(asked)?;
    if asked.text("sig_method") != "hmac_sha256" {
        return Err(PlatformError(87008, "invalid sig_method"));
    }
    let state = asked.app.state();
    // Of a GET, the signature is over an empty text. The key is the Base64 text itself.
    let right = state.sessions.key(&appid, asked.text("openid")).map(|key| hmac_sha256(key, ""));
    if right.as_deref() == Some(asked.text("signature")) {
        Ok(json!({ "errcode": 0, "errmsg": "ok" }))
    } else {
        Err(PlatformError(87009, "invalid signature"))
    }
}

/// What WeChat says of a code for a phone number that does not work: unknown, of `wx.login`, expired, or used.
pub(super) const PHONE_CODE: &str = "invalid code hint: [{hint}]";

/// The phone number that a customer agreed to give.
pub(super) fn getuserphonenumber(asked: &ReadRequest<'_>) -> Result<Value, PlatformError> {
    let appid = token_owner(asked)?;
    let openid = asked.get("openid").filter(|openid| !openid.is_empty());
    let fits = |grant: &Grant| {
        grant.appid == appid && grant.scope == PHONE && openid.is_none_or(|openid| openid == grant.openid)
    };
    let used = asked.app.state().grants.use_code(asked.text("code"), asked.now, fits);
    used.map_err(|_| PlatformError(40029, PHONE_CODE))?;
    Ok(json!({ "errcode": 0, "errmsg": "ok", "phone_info": phone_info(asked.app, &appid) }))
}

/// Lower-case hex.
fn hmac_sha256(key: &str, message: &str) -> String {
    digest(message, key, SignType::HmacSha256).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::hmac_sha256;

    /// Platform protocol §7, S1 and S2.
    #[test]
    fn the_published_signatures() {
        let key = "o0q0otL8aEzpcZL/FT9WsQ==";
        assert_eq!(hmac_sha256(key, ""), "46e043c5525c2d817c44be603d30837a808a1d930d038f6fdc3e62a201fed128");
        assert_eq!(
            hmac_sha256(key, r#"{"foo":"bar"}"#),
            "654571f79995b2ce1e149e53c0a33dc39c0a74090db514261454e8dbe432aa0b"
        );
    }
}
