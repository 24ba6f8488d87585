//! The JS-SDK's signature (JS-SDK 使用权限签名算法): lower-case hex SHA-1 over four named values, without a key.

use crate::crypto::digest::sha1;

/// Signs a page for `wx.config`. `url` is the page's own, with its query; a `#` and what follows it are left out here.
pub fn signature(ticket: &str, noncestr: &str, timestamp: i64, url: &str) -> String {
    sha1(&string_to_sign(ticket, noncestr, timestamp, url))
}

/// The text under the signature. It contains the ticket: keep it out of logs.
pub fn string_to_sign(ticket: &str, noncestr: &str, timestamp: i64, url: &str) -> String {
    let page = url.split('#').next().unwrap_or_default();
    format!("jsapi_ticket={ticket}&noncestr={noncestr}&timestamp={timestamp}&url={page}")
}
