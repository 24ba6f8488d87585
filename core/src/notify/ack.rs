//! The acknowledgement of a notification, due within five seconds (支付结果通知, 回包).

use super::notice::Incoming;
use crate::error::Error;
use crate::model::ApiVersion;
use crate::wire::xml;

/// The `Content-Type` of an acknowledgement of APIv2.
pub const ACK_CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The body that acknowledges a notification of APIv2 (`ok`), or asks WeChat to send it again. Send it with the HTTP status 200, always:
/// APIv2 reads the body. Do not send it to APIv3, which reads only the status: `ack(false, …)` could count as a success there.
///
/// # Errors
/// `InvalidRequest` when `msg` contains a character that XML does not allow.
pub fn ack(ok: bool, msg: &str) -> Result<String, Error> {
    xml::build([("return_code", if ok { "SUCCESS" } else { "FAIL" }), ("return_msg", msg)])
}

/// An answer for WeChat: an HTTP reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status. 200 for APIv2, where WeChat reads the body; for APIv3 the status is the answer.
    pub status: u16,
    /// The `Content-Type`.
    pub content_type: &'static str,
    /// The body; empty where APIv3 is acknowledged (protocol v3 §9.2).
    pub body: String,
}

impl Answer {
    /// The answer that acknowledges a notification, in the form of its API.
    pub fn ok(notification: Incoming<'_>) -> Self {
        if notification.is_v3() { Self::v3(200, String::new()) } else { Self::v2(200, true) }
    }

    /// The answer that makes WeChat send it again. APIv2 reads the body. APIv3 reads the status: a notification whose signature is wrong gets
    /// 401, which WeChat's probes want (protocol v3 §3.3), and any other 500. If it may be of either API, the answer is 500: then both send it again.
    pub fn again(notification: Incoming<'_>, is_refused: bool) -> Self {
        let status = if is_refused { 401 } else { 500 };
        match notification.version() {
            Some(ApiVersion::V3) => Self::v3(status, r#"{"code":"FAIL","message":"失败"}"#.to_owned()),
            // XML under the headers of APIv3 was changed on the way: APIv3 would take 200 for a success.
            Some(_) if notification.is_under_v3_headers() => Self::v2(status, false),
            Some(_) => Self::v2(200, false),
            None => Self::v2(500, false),
        }
    }

    fn v2(status: u16, ok: bool) -> Self {
        // XML can carry both texts.
        let body = ack(ok, if ok { "OK" } else { "FAIL" }).unwrap_or_default();
        Self { status, content_type: ACK_CONTENT_TYPE, body }
    }

    fn v3(status: u16, body: String) -> Self {
        Self { status, content_type: "application/json", body }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v3::Headers;

    #[test]
    fn xml_under_the_headers_of_apiv3_never_gets_200_for_a_failure() {
        let headers = ["Timestamp", "Nonce", "Signature", "Serial"].map(|name| (format!("Wechatpay-{name}"), "1"));
        let headers = Headers::read(headers.iter().map(|(name, value)| (&**name, *value)));
        let answer = |headers: Option<&Headers>, is_refused| {
            let answer = Answer::again((&b"<xml>"[..], headers).into(), is_refused);
            (answer.status, answer.body.contains("FAIL"))
        };
        assert_eq!([true, false].map(|is_refused| answer(Some(&headers), is_refused)), [(401, true), (500, true)]);
        assert_eq!([true, false].map(|is_refused| answer(None, is_refused)), [(200, true); 2]);
    }
}
