//! The acknowledgement of a notification, due within five seconds (支付结果通知, 回包).

use crate::error::Error;
use crate::wire::xml;

/// The `Content-Type` of an acknowledgement.
pub const ACK_CONTENT_TYPE: &str = "text/xml; charset=utf-8";

/// The body that acknowledges a notification (`ok`), or asks WeChat to send it again. Send it with status 200.
///
/// # Errors
/// `InvalidRequest` when `msg` contains a character that XML does not allow.
pub fn ack(ok: bool, msg: &str) -> Result<String, Error> {
    xml::build([("return_code", if ok { "SUCCESS" } else { "FAIL" }), ("return_msg", msg)])
}
