//! Why the open platform answers an errcode, in words that its errmsg does not have.

use crate::journal::Explanation;
use crate::reasons::Reason;

/// The journal's explanation of an errcode.
pub(super) fn reason(errcode: i32) -> Option<Explanation> {
    let reason = match errcode {
        40001 | 40014 => Reason::TOKEN_REPLACED,
        40002 => Reason::GRANT_TYPE,
        40003 => Reason::OPENID_OF_TOKEN,
        40013 => Reason::APPID_UNKNOWN,
        40029 => Reason::CODE_UNKNOWN,
        40030 => Reason::REFRESH_TOKEN_UNKNOWN,
        40097 => Reason::TICKET_TYPE,
        40125 => Reason::OTHER_SECRET,
        40163 => Reason::CODE_USED,
        41001..=41009 => Reason::PARAMETER_MISSING,
        42001 => Reason::ACCESS_TOKEN_EXPIRED,
        42002 => Reason::REFRESH_TOKEN_EXPIRED,
        42003 => Reason::CODE_EXPIRED,
        43002 => Reason::METHOD,
        44002 | 47001 => Reason::BODY,
        45009 | 45011 => Reason::QUOTA,
        48001 => Reason::SCOPE,
        61003 => Reason::COMPONENT,
        61006 => Reason::COMPONENT_TICKET,
        87008 => Reason::SIG_METHOD,
        87009 => Reason::SESSION_KEY,
        _ => return None,
    };
    Some(Explanation::reason(reason))
}

/// The same of an errcode of WeCom, where it means something else.
pub(super) fn reason_of_wecom(errcode: i32) -> Option<Explanation> {
    let reason = match errcode {
        40001 => Reason::CORP_SECRET,
        40003 | 60111 => Reason::USERID,
        40013 => Reason::CORPID,
        40014 => Reason::CORP_TOKEN,
        other => return self::reason(other),
    };
    Some(Explanation::reason(reason))
}
