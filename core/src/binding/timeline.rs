//! The history of one order in the emulator, for tests and notebooks: it is made of what the emulator's control API shows.

use serde_json::Value;

use crate::binding::display::amount;
use crate::binding::language::{language, phrase};
use crate::doctor::Language;
use crate::time::BeijingTime;

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When, on the emulator's clock: seconds since 1970-01-01T00:00:00Z.
    pub at: i64,
    /// Who did it: `request` (the shop), `customer`, or `notification` (WeChat).
    pub lane: &'static str,
    /// What it was: the path of a request, `paid`, `notification`, or `refund notification`.
    pub what: String,
    /// Whether it succeeded.
    pub ok: bool,
    /// Why it failed, or more about it.
    pub detail: String,
}

/// The history of an order, oldest first, of JSON of the control API: the order, its refunds, and the journal. What cannot be read is left
/// out.
pub fn moments(out_trade_no: &str, order: &str, refunds: &str, journal: &str) -> Vec<Moment> {
    let read = |text| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (order, refunds, journal) = (read(order), read(refunds), read(journal));
    let mut found: Vec<Placed> = items(&journal).iter().filter_map(|entry| request(out_trade_no, entry)).collect();
    // A payment code is charged during the request that makes the order, whose entry is written afterwards.
    let made = found.iter().map(|one| one.after).min().unwrap_or_default();
    found.extend(paid(&order, made));
    found.extend(notified("notification", "", &order));
    for refund in items(&refunds) {
        found.extend(notified("refund notification", text(refund, "out_refund_no"), refund));
    }
    // Many of them are of the same second, or of the same moment of a clock that stands.
    found.sort_by_key(|one| (one.moment.at, one.after, one.rank));
    found.into_iter().map(|one| one.moment).collect()
}

/// A moment, and where it is among those of its second: after which entry of the journal, and then by its kind.
struct Placed {
    after: u64,
    rank: u8,
    moment: Moment,
}

fn request(out_trade_no: &str, entry: &Value) -> Option<Placed> {
    let (path, outcome) = (text(entry, "path"), text(entry, "outcome"));
    if text(entry, "out_trade_no") != out_trade_no || path.starts_with("/_emulator/") {
        return None;
    }
    let ok = outcome == "ok";
    let said = entry.pointer("/explanation/detail").and_then(Value::as_str).unwrap_or_default();
    let detail = if ok { String::new() } else { format!("{outcome} {said}").trim().to_owned() };
    let moment = Moment { at: entry.get("at")?.as_i64()?, lane: "request", what: path.to_owned(), ok, detail };
    Some(Placed { after: after(entry, "seq"), rank: 0, moment })
}

fn paid(order: &Value, made: u64) -> Option<Placed> {
    let at = BeijingTime::parse(text(order, "time_end"))?.unix();
    let detail = amount(order.get("total_fee")?.as_i64()?);
    let moment = Moment { at, lane: "customer", what: "paid".to_owned(), ok: true, detail };
    Some(Placed { after: after(order, "paid_after_seq").max(made), rank: 1, moment })
}

/// The attempts at the notifications of an order, or of a refund with this number.
fn notified(what: &str, number: &str, thing: &Value) -> Vec<Placed> {
    let attempts = thing.pointer("/notifications/attempts").map(items).unwrap_or_default();
    let placed = |attempt: &Value| {
        let ok = attempt.get("accepted")?.as_bool()?;
        let said = if ok { acknowledged() } else { why_not(attempt) };
        let detail = format!("{number} {said}").trim_start().to_owned();
        let at = attempt.get("at")?.as_i64()?;
        let moment = Moment { at, lane: "notification", what: what.to_owned(), ok, detail };
        Some(Placed { after: after(attempt, "after_seq"), rank: 2, moment })
    };
    attempts.iter().filter_map(placed).collect()
}

/// The words of a table, of which this is the last one.
fn acknowledged() -> String {
    let words = phrase("ok | failed | acknowledged");
    words.rsplit(" | ").next().unwrap_or_default().to_owned()
}

/// Why the shop's answer to a notification does not count. An emulator of an earlier version has English alone.
fn why_not(attempt: &Value) -> String {
    let chinese = if language() == Language::Chinese { text(attempt, "why_zh") } else { "" };
    if chinese.is_empty() { text(attempt, "why") } else { chinese }.to_owned()
}

/// A number of the journal. What happened in an earlier run of the emulator has none: it is after the requests.
fn after(thing: &Value, name: &str) -> u64 {
    thing.get(name).and_then(Value::as_u64).unwrap_or(u64::MAX)
}

fn text<'a>(thing: &'a Value, name: &str) -> &'a str {
    thing.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = r#"{"time_end":"20261128160828","total_fee":100,"paid_after_seq":3,"notifications":{"attempts":[
        {"at":1795853308,"after_seq":3,"accepted":false,"why":"cannot connect"},
        {"at":1795853323,"after_seq":5,"accepted":true,"why":null}]}}"#;
    const REFUNDS: &str = r#"[{"out_refund_no":"R1","notifications":{"attempts":[
        {"at":1795853308,"accepted":false,"why":"HTTP 500"}]}}]"#;
    const JOURNAL: &str = r#"[{"seq":2,"at":1795853308,"path":"/pay/unifiedorder","outcome":"ok","out_trade_no":"A1"},
        {"seq":3,"at":1795853308,"path":"/_emulator/pay","outcome":"ok","out_trade_no":"A1"},
        {"seq":4,"at":1795853308,"path":"/pay/orderquery","outcome":"refused","out_trade_no":"A1",
         "explanation":{"detail":"the signature differs"}},
        {"seq":5,"at":1795853308,"path":"/pay/orderquery","outcome":"ok","out_trade_no":"A2"}]"#;

    #[test]
    fn what_happened_in_one_second_is_in_its_order() {
        let found = moments("A1", ORDER, REFUNDS, JOURNAL);
        let lines: Vec<_> =
            found.iter().map(|one| format!("{} {} {} {}", one.lane, one.what, one.ok, one.detail)).collect();
        let expected = [
            "request /pay/unifiedorder true ",
            "customer paid true ¥1.00 (100 fen)",
            "notification notification false cannot connect",
            "request /pay/orderquery false refused the signature differs",
            "notification refund notification false R1 HTTP 500",
            &format!("notification notification true {}", acknowledged()),
        ];
        assert_eq!(lines, expected);
        assert_eq!(found.iter().map(|one| one.at).max(), Some(1_795_853_323));
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        assert_eq!(moments("A1", "", "x", "[1,{}]"), []);
        assert_eq!(moments("A1", r#"{"notifications":{"attempts":[{}]}}"#, "[]", r#"[{"out_trade_no":"A1"}]"#), []);
    }
}
