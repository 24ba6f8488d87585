//! Why the open platform answers an errcode, in words that its errmsg does not have.

use crate::journal::Explanation;

/// The journal's explanation of an errcode.
pub(super) fn reason(errcode: i32) -> Option<Explanation> {
    let (mistake, detail) = match errcode {
        40001 | 40014 => ("token_replaced", "the access_token is unknown, or a newer one has replaced it"),
        40002 => ("grant_type", "grant_type is missing or not the one of this call"),
        40003 => ("other_openid", "the openid is not the one that the access_token was given for"),
        40013 => ("other_appid", "this emulator has no such appid"),
        40029 => (
            "code_unknown",
            "the code was never issued, or was issued for another appid or another call (wx.login, getPhoneNumber, the authorize link), or \
             has expired",
        ),
        40030 => ("refresh_token_unknown", "the refresh_token is unknown, or belongs to another appid"),
        40097 => ("ticket_type", "type must be jsapi"),
        40125 => ("other_secret", "secret is not this appid's AppSecret; the merchant's API key is a different key"),
        40163 => (
            "code_used",
            "the code was used before: each works for one exchange only, also when a page is loaded again",
        ),
        41001..=41009 => ("missing_fields", "a parameter is missing or empty: errmsg names it"),
        42001 => ("token_expired", "the access_token is over two hours old"),
        42002 => ("token_expired", "the refresh_token is over thirty days old"),
        42003 => ("code_expired", "the code is over five minutes old"),
        43002 => ("method", "this call requires POST"),
        44002 | 47001 => ("body", "this call requires a JSON object as its body"),
        45009 | 45011 => ("quota", "force_refresh was used too often"),
        48001 => ("scope", "the user granted snsapi_base only; userinfo requires snsapi_userinfo"),
        61003 => ("component", "component_appid is not the platform of this emulator"),
        61006 => ("component_ticket", "component_verify_ticket is not the one of GET /_emulator/component"),
        87008 => ("sig_method", "sig_method must be hmac_sha256"),
        87009 => (
            "session_key",
            "the signature was not made with the customer's current session key: the customer logged in again, or never",
        ),
        _ => return None,
    };
    Some(Explanation::mistake(mistake, detail))
}
