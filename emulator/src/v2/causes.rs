//! Why a request was refused although it is valid and signed correctly, for the journal.

use std::borrow::Cow;

/// The code of the mistake and the cause of a refusal with this code and text of WeChat's.
pub(super) fn cause(code: &str, text: &str) -> (Option<&'static str>, Cow<'static, str>) {
    let (mistake, detail) = match code {
        "ORDERNOTEXIST" => ("order_unknown", "this merchant has no order with this number"),
        "ORDERPAID" => ("order_paid", "the order is paid already"),
        "ORDERCLOSED" => ("order_closed", "the order is closed: make a new one with another out_trade_no"),
        "PARAM_ERROR" if text.contains("openid") => {
            ("other_openid", "the appid of the order has no customer with this openid")
        }
        "INVALID_REQUEST" => (
            "number_used",
            "there is an order with this out_trade_no, and a field of this request differs from its first request: send the same \
             fields, or close the order and take another number",
        ),
        "SYSTEMERROR" => ("system_error", "a fault of this emulator: the control API asked for it"),
        _ => return (None, format!("{code}: {text}").into()),
    };
    (Some(mistake), detail.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_without_a_cause_is_shown_with_its_text() {
        assert_eq!(cause("NOAUTH", "商户无此接口权限"), (None, "NOAUTH: 商户无此接口权限".into()));
        assert_eq!(cause("PARAM_ERROR", "参数错误").0, None);
        assert_eq!(cause("PARAM_ERROR", "无效的openid").0, Some("other_openid"));
    }
}
