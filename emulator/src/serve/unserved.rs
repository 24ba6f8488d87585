//! Explains paths that the emulator does not serve.

use crate::{platform, v2, v3};

/// Calls of WeChat's that this emulator does not have, by the beginning of their path.
const UNSERVED: &[(&str, &str)] = &[
    ("/v3/", "this call of APIv3"),
    ("/pay/facepay", "payment by face (刷脸支付)"),
    ("/pay/batchqueryrefund", "refunds"),
    ("/mmpaymkttransfers/sendredpack", "red packets"),
    ("/mmpaymkttransfers/sendgroupredpack", "red packets"),
    ("/mmpaymkttransfers/gethbinfo", "red packets"),
    ("/mmpaymkttransfers/", "transfers, coupons and red packets"),
    ("/mmpaysptrans/", "transfers to bank cards"),
    ("/risk/getpublickey", "transfers to bank cards"),
    ("/secapi/pay/profitsharing", "profit sharing (分账)"),
    ("/pay/profitsharing", "profit sharing (分账)"),
    ("/papay/", "contracts (委托代扣)"),
    ("/pay/pappayapply", "contracts (委托代扣)"),
    ("/pay/contractorder", "contracts (委托代扣)"),
    ("/deposit/", "deposits"),
    ("/secapi/", "calls with the merchant's certificate"),
    ("/sns/", "this call of the open platform"),
    ("/cgi-bin/", "this call of the open platform"),
    ("/wxa/", "this call for mini programs"),
];

/// The documents' sandbox is a prefix of the path.
const SANDBOXES: [&str; 2] = ["/sandboxnew", "/xdc/apiv2sandbox"];

/// A sentence about a path, for the journal.
pub(super) fn explain(path: &str) -> String {
    let shown: String = path.chars().take(100).collect();
    let (rest, sandbox) = SANDBOXES
        .iter()
        .find_map(|prefix| path.strip_prefix(prefix).filter(|rest| rest.starts_with('/')))
        .map_or((path, false), |rest| (rest, true));
    if let Some(served) = nearest(rest) {
        return if sandbox && served == rest {
            format!("there is no sandbox here: send the request to {served}")
        } else {
            format!("WeChat has no {shown}; did you mean {served}?")
        };
    }
    let lower = rest.to_ascii_lowercase();
    match UNSERVED.iter().find(|(beginning, _)| lower.starts_with(beginning)) {
        Some((_, what)) => {
            format!("this emulator does not have {what}, so it answers {shown} as WeChat answers an unknown path")
        }
        None => format!(
            "neither WeChat nor this emulator has {shown}; the emulator's README lists what it serves, and \
             GET /_emulator/ lists its control API"
        ),
    }
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
            assert!(explain(path).contains(part), "{path}: {}", explain(path));
        }
        assert!(explain(&"/x".repeat(5000)).len() < 400);
    }
}
