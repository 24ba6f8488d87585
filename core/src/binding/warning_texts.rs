//! The warnings of a client in Chinese, by their English texts.

use std::borrow::Cow;

use crate::doctor::Mistake;
use crate::phrases::{self, Phrase, captures, written};

/// Warnings of a client.
const WARNINGS: &[Phrase] = &[
    (
        "endpoints is set: all calls, including payments, go to {} in plain http, which can be read and changed on the network, and not to WeChat",
        "设置了 endpoints：包括支付在内的所有请求都用明文 http 发往 {1}，而不是微信；网络上的任何人都可以读取和篡改",
    ),
    (
        "endpoints is set: all calls, including payments, go to {} and not to WeChat",
        "设置了 endpoints：包括支付在内的所有请求都发往 {1}，而不是微信",
    ),
    (
        "{} is not a variable of wxpaykit and has no effect: did you mean {}?",
        "{1} 不是 wxpaykit 的环境变量，不起作用：是不是 {2}？",
    ),
    (
        "{} is {} seconds: is the unit right? Python and variables of the environment take seconds, Node takes milliseconds",
        "{1} 是 {2} 秒：单位对吗？Python 和环境变量的单位是秒，Node 的单位是毫秒",
    ),
    (
        "notify_url is {}, which WeChat cannot reach, so no notification will come: set a public address",
        "notify_url 是 {1}，微信访问不到，因此收不到通知：请设置公网地址",
    ),
    (
        "api_key is the example of WeChat's documents, which everyone knows, and endpoints is not set: for the emulator set endpoints, for \
         WeChat set a key of your own",
        "api_key 是微信文档里的示例，人人都知道，而且没有设置 endpoints：使用模拟器请设置 endpoints，使用微信请设置自己的密钥",
    ),
    (
        "notify_url is set and api_v3_key is not: it decrypts the notifications of APIv3, so each will be refused with 500",
        "设置了 notify_url，没有设置 api_v3_key：APIv3 的通知要用它解密，因此每个通知都会被拒绝（500）",
    ),
    (
        "{} clients of merchant {} were made within a minute: make one and keep it; each has connections and tokens of its own",
        "一分钟内创建了 {1} 个商户 {2} 的客户端：请只创建一个并一直使用；每个客户端都有自己的连接和 token",
    ),
    (
        "the store is the memory of this process, and other processes may serve the same shop: each of them would hand a payment over. Leave \
         store out, or set it to sqlite:///a/file.db or redis://host/0",
        "store 是本进程的内存，而同一个商店可能有多个进程：每个进程都会处理同一笔支付。请不要设置 store，或设为 sqlite:///a/file.db 或 \
         redis://host/0",
    ),
    (
        "order {}: the store has not yet recorded that its {} was handed over; trying again",
        "订单 {1}：{2}已经处理，存储还没有记录下来；正在重试",
    ),
    ("order {}: the lease of its {} was not released; it ends by itself", "订单 {1}：{2}的租约没有释放；它会自行到期"),
    (
        "order {}: the lease of its {} was renewed {} times: does your function end?",
        "订单 {1}：{2}的租约已续期 {3} 次：处理函数会结束吗？",
    ),
    (
        "order {}: the lease of its {} ended while the {} was handed over; another process may hand it over too",
        "订单 {1}：{2}的租约在处理期间到期；另一个进程也可能处理这笔{3}",
    ),
    ("order {}: the lease of its {} was not renewed; trying again", "订单 {1}：{2}的租约没有续期；正在重试"),
    ("{} {}: the store could not record the query", "{1} {2}：存储没有记录这次查询"),
    ("no store for the {}", "{1}没有可用的存储"),
    ("could not release the lease of the {}", "{1}的租约没有释放"),
    ("could not store a new {}", "没有保存新的{1}"),
    (
        "WeChat gave a token or ticket with expires_in {}; it is used for a minute",
        "微信返回的 token 或 ticket 的 expires_in 是 {1}；只使用一分钟",
    ),
    (
        "{}: WeChat gave a token or a ticket without a valid expires_in, which is taken for 0; one that the client keeps is used for a minute",
        "{1}：微信返回的 token 或 ticket 没有有效的 expires_in，按 0 处理；客户端保存的只使用一分钟",
    ),
    (
        "the platform certificate {} of a reply or a notification was not found within the time limit",
        "在时限内没有找到应答或通知的平台证书 {1}",
    ),
    ("the platform certificate {} of a reply or a notification is not known", "应答或通知的平台证书 {1} 未知"),
    (
        "jssdk.config: location.href is never this URL, so wx.config will fail: {}",
        "jssdk.config：location.href 不会是这个 URL，wx.config 会失败：{1}",
    ),
    (
        "jssdk.config: this wx.config is of appid {}, and orders were made over sub_appid {}. wx.chooseWXPay takes the appid of wx.config, so \
         it cannot pay such an order: make another client for their pages, whose appid is the sub_appid, with the AppSecret of that account, \
         or pay by WeixinJSBridge",
        "jssdk.config：这个 wx.config 属于 appid {1}，而订单是用 sub_appid {2} 下的。wx.chooseWXPay 使用 wx.config 的 appid，无法支付这样的订单：\
         请为这些页面另建一个客户端，appid 填这个 sub_appid，并使用该账号的 AppSecret；或者用 WeixinJSBridge 支付",
    ),
    (
        "every user of this machine may open the store's file {} (mode {}), which holds tokens: chmod o= {}",
        "本机所有用户都可以打开存储文件 {1}（权限 {2}），其中有 token：chmod o= {3}",
    ),
];

/// What warnings are about.
const THINGS: &[Phrase] =
    &[("payment", "支付"), ("refund", "退款"), ("transfer", "转账"), ("list of platform certificates", "平台证书列表")];

/// A warning in Chinese. One that is the text of an error has its Chinese where errors have theirs; one that has none stays as it is.
pub(crate) fn chinese(english: String) -> String {
    let find = |(pattern, chinese): &Phrase| {
        let captured = captures(pattern, &english)?;
        let in_chinese = |text| match THINGS.iter().find(|(thing, _)| *thing == text) {
            Some((_, chinese)) => Cow::Borrowed(*chinese),
            // Why a signature will fail: one of the doctor's mistakes, whose title and advice have a colon between them.
            None => match Mistake::all_in_chinese(text) {
                Cow::Owned(found) => found.replacen(": ", "：", 1).into(),
                same => same,
            },
        };
        Some(written(chinese, &captured.into_iter().map(in_chinese).collect::<Vec<_>>()))
    };
    WARNINGS.iter().find_map(find).or_else(|| phrases::chinese(&english)).unwrap_or(english)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::crypto::identity::{CertificateSettings, Identity};
    use crate::phrases::has_its_places_and_is_found;

    #[test]
    fn a_reason_inside_a_warning_is_chinese() {
        let english = "jssdk.config: location.href is never this URL, so wx.config will fail: the url was signed without scheme or host: sign \
                       the absolute url, location.href up to the #";
        let expected = "jssdk.config：location.href 不会是这个 URL，wx.config 会失败：url 少了协议或域名：要签名完整的 url，即 # 之前的 location.href。";
        assert_eq!(chinese(english.to_owned()), expected);
    }

    #[test]
    fn what_is_said_of_the_dates_of_a_certificate_is_chinese() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/certificates");
        let file = |name| std::fs::read(folder.join(name)).unwrap();
        let (cert, key) = (file("expired_cert.pem"), file("apiclient_key.pem"));
        let given = CertificateSettings {
            cert: Some(&*cert),
            key: Some(&*key),
            mch_id: "1900000109",
            ..CertificateSettings::default()
        };
        let identity = Identity::read(&given).unwrap().unwrap();
        let day = 24 * 60 * 60;
        let whose = "client_cert：\"1900000109\" 的证书（序列号 E1），有效期 2019-01-01 至 2024-01-01";
        let renew = "到商户平台 > 账户中心 > API安全 申请新证书，并同时更换证书和私钥。";
        for (now, english, then) in [
            (identity.ends() - 9 * day, "expires on 2024-01-01, in 9 days. Apply for", format!("，还有 9 天到期。请{renew}")),
            (
                identity.ends() + day,
                "expired on 2024-01-01; this machine's date is 2024-01-02. Check this machine's clock first",
                format!("，已经过期；本机日期是 2024-01-02。请先核对本机时钟（NTP）；时钟正确时，{renew}"),
            ),
            (
                0,
                "is not valid yet, but from 2019-01-01 until 2024-01-01; this machine's date is 1970-01-01. Set this machine's clock",
                "，尚未生效；本机日期是 1970-01-01。请先校准本机时钟（NTP）；时钟正确时，核对是不是拿错了证书。不要因此申请新证书。"
                    .to_owned(),
            ),
        ] {
            let remark = identity.remark(now).unwrap();
            assert!(remark.to_string().contains(english), "{remark}");
            assert_eq!(chinese(remark.to_string()), format!("{whose}{then}"));
        }
    }

    #[test]
    fn every_text_has_its_places_and_is_found() {
        has_its_places_and_is_found(WARNINGS, |english| Some(chinese(english.to_owned())));
    }

    /// The texts of `tracing::warn!` in a file, with `{}` for what differs.
    fn warnings_of(source: &str) -> Vec<String> {
        let calls = source.split("tracing::warn!(").skip(1);
        let text = |call: &str| {
            let (_, text) = call.split_once('"')?;
            let lines = text.split_once('"')?.0.lines().map(|line| line.trim_start().trim_end_matches('\\'));
            let (mut text, mut rest) = (String::new(), &*lines.collect::<String>());
            while let Some((before, after)) = rest.split_once('{') {
                text = format!("{text}{before}{{}}");
                rest = after.split_once('}')?.1;
            }
            Some(text + rest)
        };
        calls.filter_map(text).collect()
    }

    #[test]
    fn every_warning_has_its_chinese() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = 0;
        let mut rooms = vec![folder.clone()];
        while let Some(room) = rooms.pop() {
            for file in std::fs::read_dir(room).unwrap() {
                let path = file.unwrap().path();
                if path.is_dir() {
                    // The tests here have warnings of their own.
                    rooms.extend((path != folder.join("binding")).then_some(path));
                    continue;
                }
                for text in warnings_of(&std::fs::read_to_string(&path).unwrap()) {
                    // One is the text of an error: of a certificate, which has a test of its own. Another has its beginning from a condition.
                    let text = text.replace("{}{} and not to", "{} and not to").replace("{}", "X");
                    assert!(text == "X" || chinese(text.clone()) != text, "{}: {text}", path.display());
                    found += 1;
                }
            }
        }
        assert!(found > 20, "{found}");
        let order = "order 7: the lease of its refund was not renewed; trying again";
        assert_eq!(chinese(order.to_owned()), "订单 7：退款的租约没有续期；正在重试");
        assert_eq!(chinese("another text".to_owned()), "another text");
    }
}
