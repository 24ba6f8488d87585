//! Texts of the open platform's errors that a fault asks for by their code alone.

/// The text of an errcode, without its rid; `None` where the fault must give it.
pub(super) fn errmsg(code: i32) -> Option<&'static str> {
    Some(match code {
        -1 => "system error rid: ",
        40001 => {
            "invalid credential, access_token is invalid or not latest, could get access_token by \
             getStableAccessToken, more details at https://mmbizurl.cn/s/JtxxFh33r rid: "
        }
        45009 => "reach max api daily quota limit, could get more detail rid: ",
        45011 => "api minute-quota reach limit must slower retry next minute rid: ",
        _ => return None,
    })
}
