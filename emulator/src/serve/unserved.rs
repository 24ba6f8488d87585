//! Explains paths that the emulator does not serve.

use crate::journal::Explanation;
use crate::world::registry::Registry;
use crate::{platform, v2, v3};

/// Calls of WeChat's that this emulator does not have, by the beginning of their path.
const UNSERVED: &[(&str, &str, &str)] = &[
    ("/v3/", "this call of APIv3", "APIv3 的这个接口"),
    ("/pay/facepay", "payment by face (刷脸支付)", "刷脸支付"),
    ("/pay/batchqueryrefund", "refunds", "批量查询退款"),
    ("/mmpaymkttransfers/sendredpack", "red packets", "现金红包"),
    ("/mmpaymkttransfers/sendgroupredpack", "red packets", "现金红包"),
    ("/mmpaymkttransfers/gethbinfo", "red packets", "现金红包"),
    ("/mmpaymkttransfers/", "transfers, coupons and red packets", "付款、代金券和红包"),
    ("/mmpaysptrans/", "transfers to bank cards", "付款到银行卡"),
    ("/risk/getpublickey", "transfers to bank cards", "付款到银行卡"),
    ("/secapi/pay/profitsharing", "profit sharing (分账)", "分账"),
    ("/pay/profitsharing", "profit sharing (分账)", "分账"),
    ("/papay/", "contracts (委托代扣)", "委托代扣"),
    ("/pay/pappayapply", "contracts (委托代扣)", "委托代扣"),
    ("/pay/contractorder", "contracts (委托代扣)", "委托代扣"),
    ("/deposit/", "deposits", "押金支付"),
    ("/secapi/", "calls with the merchant's certificate", "需要商户证书的接口"),
    ("/sns/", "this call of the open platform", "开放平台的这个接口"),
    ("/cgi-bin/", "this call of the open platform", "开放平台的这个接口"),
    ("/wxa/", "this call for mini programs", "小程序的这个接口"),
];

/// The documents' sandbox is a prefix of the path.
const SANDBOXES: [&str; 2] = ["/sandboxnew", "/xdc/apiv2sandbox"];

/// A sentence about a path, for the journal, in English and in Chinese.
pub(super) fn explain(path: &str) -> (String, String) {
    let shown: String = path.chars().take(100).collect();
    let (rest, sandbox) = SANDBOXES
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix).filter(|rest| rest.starts_with('/')))
        .map_or((path, false), |rest| (rest, true));
    if let Some(served) = nearest(rest) {
        return if sandbox && served == rest {
            let english = format!("there is no sandbox here: send the request to {served}");
            (english, format!("这里没有沙箱：请把请求发到 {served}"))
        } else {
            (format!("WeChat has no {shown}; did you mean {served}?"), format!("微信没有 {shown}；是不是 {served}？"))
        };
    }
    let lower = rest.to_ascii_lowercase();
    match UNSERVED.iter().find(|(beginning, ..)| lower.starts_with(beginning)) {
        Some((_, english, chinese)) => (
            format!("this emulator does not have {english}, so it answers {shown} as WeChat answers an unknown path"),
            format!("模拟器没有{chinese}，因此像微信对待未知路径那样应答 {shown}"),
        ),
        None => (
            format!(
                "neither WeChat nor this emulator has {shown}; the emulator's README lists what it serves, and \
                 GET /_emulator/ lists its control API"
            ),
            format!("微信和模拟器都没有 {shown}；模拟器的 README 列出了它的接口，GET /_emulator/ 列出了控制接口"),
        ),
    }
}

/// The same for the journal, without the secrets that the registry knows.
pub(super) fn explained(registry: &Registry, path: &str) -> Explanation {
    let (english, chinese) = explain(path);
    Explanation::with_values("not_served", registry.redact(english), registry.redact(chinese))
}

/// The served path that a path probably stands for: other letters in case, doubled or trailing slashes, a word before it.
fn nearest(path: &str) -> Option<&'static str> {
    let words = |path: &str| -> Vec<String> {
        path.split('/').filter(|word| !word.is_empty()).map(str::to_ascii_lowercase).collect()
    };
    let asked = words(path);
    let v3 = v3::ROWS.iter().map(|row| row.path);
    let served = v2::rows().map(|row| row.path).chain(v3).chain(platform::ROWS.iter().map(|row| row.path));
    served.into_iter().find(|known| {
        let known = words(known);
        asked.ends_with(&known) || known.last().is_some_and(|last| asked.len() == 1 && asked.first() == Some(last))
    })
}

#[cfg(test)]
mod tests {
    use super::explain;

    #[test]
    fn names_the_call_or_the_path_that_was_meant() {
        for (path, part) in [
            ("/mmpaymkttransfers/sendredpack", "does not have red packets"),
            ("/v3/marketing/favor/stocks", "does not have this call of APIv3"),
            ("/mmpaymkttransfers/promotion/transfers", "transfers, coupons and red packets"),
            ("/pay/unifiedOrder", "did you mean /pay/unifiedorder?"),
            ("/pay//unifiedorder/", "did you mean /pay/unifiedorder?"),
            ("/unifiedorder", "did you mean /pay/unifiedorder?"),
            ("/api/pay/orderquery", "did you mean /pay/orderquery?"),
            ("/sandboxnew/pay/unifiedorder", "no sandbox here: send the request to /pay/unifiedorder"),
            ("/xdc/apiv2sandbox/pay/micropay", "no sandbox here: send the request to /pay/micropay"),
            ("/nothing", "neither WeChat nor this emulator has /nothing"),
        ] {
            let (english, chinese) = explain(path);
            assert!(english.contains(part) && !chinese.is_ascii(), "{path}: {english} {chinese}");
        }
        let (english, chinese) = explain(&"/x".repeat(5000));
        assert!(english.len() < 400 && chinese.len() < 400);
    }
}
