//! Why a merchant's answer does not acknowledge a notification, in Chinese, by its English. What was found stays as it is.

use super::words;

/// English and Chinese. `{}` stands for what was found; Chinese has it as `{1}`, `{2}`.
const ROWS: &[(&str, &str)] = &[
    ("no answer within {} s", "{1} 秒内没有应答"),
    ("no answer: {}", "没有应答：{1}"),
    ("notify_url: {}", "notify_url：{1}"),
    ("notify_url has no host", "notify_url 没有域名"),
    (
        "notify_url is not on this machine; --allow-remote-notify lets notifications out",
        "notify_url 不在本机：用 --allow-remote-notify 允许向其他机器发送通知",
    ),
    (
        "https: the emulator does not support an https notify_url; use http",
        "模拟器不支持 https 的 notify_url：请用 http",
    ),
    ("cannot resolve {}: {}", "无法解析 {1}：{2}"),
    ("cannot connect: {}", "连不上：{1}"),
    ("the connection failed: {}", "连接失败：{1}"),
    ("HTTP {}, and then no whole answer: {}", "HTTP {1}，应答不完整：{2}"),
    ("HTTP {}: redirects are not followed", "HTTP {1}：不跟随重定向"),
    ("HTTP {} is not 200", "HTTP {1}，应为 200"),
    ("HTTP {} is not 200 or 204", "HTTP {1}，应为 200 或 204"),
    ("the answer is not WeChat's XML: {}", "应答不是微信要求的 XML：{1}"),
    ("the answer is APIv2's XML: answer 200 or 204 without a body", "应答是 APIv2 的 XML：请应答 200 或 204，不带内容"),
    (
        "the answer is JSON inside a text: answer 200 or 204 without a body",
        "应答是套在字符串里的 JSON：请应答 200 或 204，不带内容",
    ),
    ("return_code is {}: {}", "return_code 为 {1}：{2}"),
    ("the answer has no return_code", "应答没有 return_code"),
    ("it was dropped on the way: nothing was sent", "途中丢失：没有发出"),
];

/// What the system says, by the beginning of its text. It ends with the number of the error.
const OF_SYSTEM: &[(&str, &str)] = &[
    ("Connection refused", "连接被拒绝"),
    ("Connection reset by peer", "连接被对方重置"),
    ("connection closed before message completed", "连接在应答完整之前关闭"),
    ("Network is unreachable", "网络不可达"),
    ("No route to host", "没有到主机的路由"),
    ("failed to lookup address information", "域名解析失败"),
];

/// The reason in Chinese; as it is when the table does not have it.
pub(crate) fn chinese(english: &str) -> String {
    let of_system = |place: &str| {
        let known = OF_SYSTEM.iter().find(|(begin, _)| place.starts_with(begin));
        known.map_or_else(|| place.to_owned(), |(_, chinese)| (*chinese).to_owned())
    };
    words::chinese(ROWS, english, of_system).unwrap_or_else(|| english.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_written_in_both_languages() {
        for (english, expected) in [
            ("cannot connect: Connection refused (os error 111)", "连不上：连接被拒绝"),
            ("HTTP 500 is not 200", "HTTP 500，应为 200"),
            ("HTTP 500 is not 200 or 204", "HTTP 500，应为 200 或 204"),
            ("return_code is FAIL: {1} {2}", "return_code 为 FAIL：{1} {2}"),
            ("something else", "something else"),
        ] {
            assert_eq!(chinese(english), expected);
        }
        // Each reason of the files that make them.
        let sources = [include_str!("../wechat/deliver.rs"), include_str!("../wechat/notify.rs")];
        let texts: Vec<String> = sources.iter().flat_map(|source| words::texts_of(source)).collect();
        // The excerpt of an answer is shown as it came.
        let missing: Vec<_> =
            texts.iter().filter(|text| chinese(text) == **text && !text.starts_with("acknowledged by")).collect();
        assert_eq!(missing, Vec::<&String>::new());
        assert!(texts.len() > 10, "{texts:?}");
    }
}
