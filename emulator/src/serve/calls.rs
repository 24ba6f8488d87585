//! The calls of the control API: the list that `GET /_emulator/` answers with, and the examples of error messages.

use serde_json::{Value, json};

/// A call, and how curl makes it.
#[derive(Debug)]
pub(super) struct Call {
    method: &'static str,
    /// Without `/_emulator/`.
    path: &'static str,
    about: &'static str,
    body: Option<&'static str>,
}

const fn get(path: &'static str, about: &'static str) -> Call {
    Call { method: "GET", path, about, body: None }
}

const fn post(path: &'static str, about: &'static str, body: &'static str) -> Call {
    Call { method: "POST", path, about, body: Some(body) }
}

/// The first call of a path and method is its example.
const CALLS: &[Call] = &[
    post("pay", "Pays an order in the customer's place.", r#"{"out_trade_no": "20150806125346"}"#),
    post(
        "pay",
        "The customer cancels (cancel), or the payment fails (fail). An order is named by out_trade_no, prepay_id, code_url or \
         mweb_url.",
        r#"{"prepay_id": "wx…", "result": "cancel"}"#,
    ),
    post(
        "pay",
        "The customer of a payment code confirms the payment on the phone, or does not (cancel, fail).",
        r#"{"out_trade_no": "20150806125346", "result": "cancel"}"#,
    ),
    post(
        "pay",
        "Checks and uses the parameters that a page pays with.",
        r#"{"params": {"appId": "wx…", "paySign": "…"}}"#,
    ),
    post(
        "close",
        "Closes an unpaid order now, as WeChat does some time after its time_expire.",
        r#"{"out_trade_no": "20150806125346"}"#,
    ),
    post(
        "notify",
        "Sends the notification of an order, or of a refund (out_refund_no), once more, now.",
        r#"{"out_trade_no": "20150806125346"}"#,
    ),
    get("orders", "All orders, oldest first; ?out_trade_no= ?transaction_id= ?mch_id= ?limit= select some."),
    post(
        "refund",
        "Ends a refund now, with SUCCESS, CHANGE or REFUNDCLOSE.",
        r#"{"out_refund_no": "R20150806125346", "result": "SUCCESS"}"#,
    ),
    post(
        "refund",
        "Refunds an order as a person at the merchant platform does: all that is left, or refund_fee.",
        r#"{"out_trade_no": "20150806125346", "refund_fee": 1}"#,
    ),
    get(
        "refunds",
        "All refunds, oldest first; ?out_refund_no= ?refund_id= ?out_trade_no= ?mch_id= ?limit= select some.",
    ),
    get("transfers", "All transfers to customers, oldest first; ?limit= for the newest."),
    post(
        "transfer",
        "The customer confirms a transfer, or it fails (result fail, with a fail_reason).",
        r#"{"out_bill_no": "plfk2020042013"}"#,
    ),
    get("payouts", "All red packets and payments to members of WeCom, oldest first; ?limit= for the newest."),
    post(
        "payout",
        "A member of WeCom takes a red packet; with result it becomes SENDING, RFUND_ING, REFUND or FAILED (with a reason). A payment \
         to a member (partner_trade_no) becomes PROCESSING, SUCCESS or FAILED.",
        r#"{"mch_billno": "10000098201411111234567890"}"#,
    ),
    post(
        "payment-code",
        "The payment code that a customer's phone shows at a till; user names another person than the demo user.",
        "{}",
    ),
    get("bill", "The bill of a day so far, as a file; today's of the first merchant, or ?bill_date= ?mch_id=."),
    post(
        "comment",
        "A customer writes about a paid order, for batchquerycomment.",
        r#"{"out_trade_no": "20150806125346", "stars": 5, "comment": "哎呦 不错哦"}"#,
    ),
    get("balance", "What merchants have for refunds and payments, where it was set."),
    post(
        "balance",
        "Sets what a merchant has for refunds and payments, in fen: what customers pay does not raise it. null for unlimited.",
        r#"{"mch_id": "10000100", "fen": 0}"#,
    ),
    get(
        "v3-keys",
        "The keys of APIv3: how far a rotation of the platform certificates is, and what each merchant has.",
    ),
    post(
        "v3-keys",
        "Sets what a merchant has: any, certificates, applied, public_key, or {\"switching\": {\"share\": 0.05}}.",
        r#"{"mch_id": "10000100", "keys": "public_key"}"#,
    ),
    post("v3-keys", "Rotates the platform certificates: old, overlap, new.", r#"{"rotation": "overlap"}"#),
    post(
        "test-order",
        "Makes a test order of the first merchant (100 fen), and returns its number and code_url; with trade_type MWEB its mweb_url.",
        "{}",
    ),
    post(
        "login",
        "wx.login of a mini program: a code for jscode2session. appid and openid or user may be named.",
        "{}",
    ),
    post(
        "phone-number",
        "The button getPhoneNumber of a mini program: a code for getuserphonenumber.",
        r#"{"user": "ming"}"#,
    ),
    post(
        "user-data",
        "encryptedData and iv of a mini program for a user who has logged in: user, user_old (as before 2021, with openid) or phone.",
        r#"{"data": "phone"}"#,
    ),
    get("component", "The third-party platform that all accounts have authorised: its appid, secret and ticket."),
    get(
        "merchant",
        "The settings of the first merchant. The demo merchant's keys are public; others are shown as ***.",
    ),
    get("journal", "The requests and their outcomes, newest last; ?limit= for the newest."),
    get("clock", "The emulated time, and how far it is ahead of this machine's clock."),
    post("clock", "Moves the clock forward; everything that falls due on the way happens.", r#"{"advance_s": 86400}"#),
    post("clock", "Sets the clock to this machine's time.", r#"{"reset": true}"#),
    post("clock", "Stops the clock (true), or lets it run on (false).", r#"{"freeze": true}"#),
    get("faults", "The faults, with how often each was met, struck and is left."),
    get("fault-kinds", "The faults that there are, with their parameters, and the endpoints that they may name."),
    post("faults", "Causes a fault; fault-kinds lists them.", r#"{"fault": "timeout_after", "times": 1}"#),
    Call { method: "DELETE", path: "faults", about: "Ends all faults; faults/1 ends one.", body: None },
    post(
        "jssdk",
        "Says whether a page's wx.config is accepted, and why not.",
        r#"{"appid": "wx…", "timestamp": 1, "nonceStr": "…", "signature": "…", "url": "https://…"}"#,
    ),
    get("events", "Changes, as server-sent events."),
    get("health", "Whether it runs, and its version."),
];

impl Call {
    /// The command line.
    fn curl(&self, url: &str) -> String {
        let body = self.body.map(|body| format!("-d '{body}' ")).unwrap_or_default();
        let method = if self.method == "DELETE" { "-X DELETE " } else { "" };
        format!("curl {method}{body}{url}/_emulator/{}", self.path)
    }
}

/// The list of all calls.
pub(super) fn list(url: &str) -> Value {
    let calls = CALLS.iter().map(|call| {
        let path = format!("/_emulator/{}", call.path);
        json!({ "method": call.method, "path": path, "about": call.about, "example": call.curl(url) })
    });
    json!({
        "about": "The control API of wxpaykit-emulator: bodies and answers are JSON. The page at / shows the same.",
        "calls": calls.collect::<Vec<_>>(),
    })
}

/// The methods of a path, such as `GET or POST`; empty for an unknown path.
pub(super) fn methods(path: &str) -> String {
    let mut methods: Vec<&str> = Vec::new();
    for call in of(path) {
        if !methods.contains(&call.method) {
            methods.push(call.method);
        }
    }
    match methods.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The arguments of curl for a call: with the given method, or with the method of the path.
pub(super) fn example(method: &str, path: &str, url: &str) -> Option<String> {
    let called = of(path).find(|call| call.method == method).or_else(|| of(path).next());
    called.map(|call| call.curl(url))
}

/// The path that was probably meant by an unknown one.
pub(super) fn meant(path: &str) -> Option<&'static str> {
    let name = path.trim_start_matches("/_emulator").trim_matches('/').to_ascii_lowercase();
    let close = |known: &str| {
        let (short, long) = if known.len() < name.len() { (known, name.as_str()) } else { (name.as_str(), known) };
        short.len() >= 3 && long.starts_with(short)
    };
    CALLS.iter().map(|call| call.path).find(|known| close(known))
}

fn of(path: &str) -> impl Iterator<Item = &'static Call> {
    let name = path.strip_prefix("/_emulator/").unwrap_or_default();
    let first = name.split('/').next().unwrap_or_default().to_owned();
    // Only a fault has a number of its own.
    let whole = name == first || first == "faults";
    CALLS.iter().filter(move |call| whole && call.path == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_json() {
        for body in CALLS.iter().filter_map(|call| call.body) {
            assert!(serde_json::from_str::<Value>(body).is_ok(), "{body}");
        }
    }

    #[test]
    fn knows_methods_and_names() {
        assert_eq!(methods("/_emulator/clock"), "GET or POST");
        assert_eq!(methods("/_emulator/faults/1"), "GET, POST or DELETE");
        assert_eq!(methods("/_emulator/pay/x"), "");
        assert_eq!(meant("/_emulator/order"), Some("orders"));
        assert_eq!(meant("/_emulator/Payment"), Some("pay"));
        assert_eq!(meant("/_emulator/x"), None);
        let example = example("GET", "/_emulator/pay", "http://127.0.0.1:8700");
        let expected = r#"curl -d '{"out_trade_no": "20150806125346"}' http://127.0.0.1:8700/_emulator/pay"#;
        assert_eq!(example.as_deref(), Some(expected));
    }
}
