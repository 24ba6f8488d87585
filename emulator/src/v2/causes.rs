//! Why a request was refused although it is valid and signed correctly, for the journal.

use crate::journal::Explanation;
use crate::reasons::Reason;

/// The explanation of a refusal with this code and text of WeChat's.
pub(super) fn cause(code: &str, text: &str) -> Explanation {
    Explanation::reason(match code {
        "ORDERNOTEXIST" => Reason::ORDER_UNKNOWN,
        "ORDERPAID" => Reason::ORDER_PAID,
        "ORDERCLOSED" => Reason::ORDER_CLOSED,
        "PARAM_ERROR" if text.contains("openid") => Reason::OTHER_OPENID,
        "INVALID_REQUEST" => Reason::NUMBER_USED,
        "OPENID_ERROR" => Reason::RECEIVER_OF_CORP,
        "SYSTEMERROR" => Reason::SYSTEM_ERROR,
        _ => return Explanation::detail(format!("{code}: {text}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_a_cause_is_shown_with_its_text() {
        let unknown = cause("NOAUTH", "商户无此接口权限");
        assert_eq!((unknown.mistake, &*unknown.detail), (None, "NOAUTH: 商户无此接口权限"));
        assert_eq!(cause("PARAM_ERROR", "参数错误").mistake, None);
        assert_eq!(cause("PARAM_ERROR", "无效的openid").mistake, Some("other_openid"));
    }
}
