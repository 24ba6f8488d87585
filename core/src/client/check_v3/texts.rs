//! What findings say of errors: the error itself, and what to do.

use crate::client::finding::{beyond_check, reach, without};
use crate::codes::Meaning;
use crate::error::{Error, Kind};
use crate::explanation::Language;

/// What to do about a request that failed or was refused.
pub(super) fn remedy_of(error: &Error, language: Language) -> &'static str {
    match error.kind() {
        Kind::Transport { .. } => reach(language),
        _ if error.meaning() == Some(Meaning::Trouble) => {
            language.pick("WeChat failed or is busy: check again in some minutes", "微信系统繁忙：请几分钟后再检查")
        }
        _ => beyond_check(error, language).unwrap_or(language.pick(
            "see that the merchant may use this appid and this call at pay.weixin.qq.com > 产品中心",
            "请到 pay.weixin.qq.com > 产品中心 确认该商户可以使用这个 appid 和这个接口",
        )),
    }
}

/// What to do about a reply that may be another server's.
pub(super) fn not_of_wechat(language: Language) -> &'static str {
    language.pick(
        "see that requests reach WeChat, and that no proxy or firewall answers them in its place",
        "请确认请求到达了微信，没有代理或防火墙代为应答",
    )
}

/// A message with the error behind it.
pub(super) fn with_error(message: &str, error: &Error, language: Language) -> String {
    let said = match error.kind() {
        // The error's own text says that the signature was not checked, which is done here.
        Kind::Business { err_code, err_code_des, .. } => format!("{err_code}: {err_code_des}"),
        _ => without(error, language),
    };
    format!("{message}{}{said}", language.pick(": ", "："))
}
