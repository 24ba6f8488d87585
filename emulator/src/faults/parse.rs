//! Reads faults: JSON objects, the header, amounts.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::catalog::{self, MOST_MS, MOST_S};
use super::kinds::{BillTexts, Endpoint, Fault, Refused, ReplyFault, Scope, Timing};
use super::texts::errmsg;
use crate::config::Layout;
use crate::world::clock::Millis;
use crate::world::notice_fault::{ChangedField, Forgery, NoticeFault, V3Forgery};
use crate::world::payment::Coupon;
use crate::world::refund_status::Status;

/// `{"fault": "drop", "times": 2, …}`: the fault with its parameters, and what it strikes. `endpoints` are those that
/// it may name.
pub(super) fn from_json(wanted: Map<String, Value>, endpoints: &[Endpoint]) -> Result<(Scope, Fault), String> {
    let mut given = RawParameters::new(wanted);
    let name = given.text("fault")?.ok_or("name the fault: {\"fault\": \"drop\"}")?;
    let scope = scope(&mut given, endpoints)?;
    let (fault, _) = with_parameters(&name, given.left)?;
    match (&fault, &scope) {
        (Fault::Notice(_), Scope { endpoint: Some(_), .. }) => {
            return Err(format!("{name} is about notifications, which have no endpoint"));
        }
        (Fault::Reply(reply), Scope { endpoint: Some(endpoint), .. }) if !reply.fits(*endpoint) => {
            return Err(format!("{name} makes no sense for {}", endpoint.path));
        }
        _ => {}
    }
    Ok((scope, fault))
}

/// A fault by its name and its own parameters, and the names of the parameters that it has.
pub(super) fn with_parameters(
    name: &str,
    given: Map<String, Value>,
) -> Result<(Fault, BTreeSet<&'static str>), String> {
    let mut given = RawParameters::new(given);
    let fault = fault(name, &mut given)?;
    given.nothing_left(name)?;
    Ok((fault, given.known))
}

/// `X-Emulator-Fault: slow; ms=500, wrong_sign`.
pub(crate) fn from_header(text: &str) -> Result<Vec<(String, Fault)>, String> {
    let one = |text: &str| {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_owned();
        let mut given = Map::new();
        for part in parts {
            let (key, value) = part.split_once('=').ok_or_else(|| format!("{part}: write name=value"))?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
            given.insert(key.trim().to_owned(), value);
        }
        let (fault, _) = with_parameters(&name, given)?;
        Ok((name, fault))
    };
    text.split(',').map(|text| one(text.trim())).collect()
}

/// `--magic-amounts`: an order over this amount in fen brings this fault, the first time. README has the same table.
const AMOUNTS: [(&str, &str); 28] = [
    ("77001", "timeout_before"),
    ("77002", "timeout_after"),
    ("77003", "systemerror_before"),
    ("77004", "systemerror_after"),
    ("77005", "bad_gateway_before"),
    ("77006", "bad_gateway_after"),
    ("77007", "truncated"),
    ("77008", "no_sign"),
    ("77009", "wrong_sign"),
    ("77010", "extra_fields"),
    ("77011", "slow"),
    ("77021", "drop"),
    ("77022", "delay"),
    ("77023", "duplicate"),
    ("77024", "duplicate; together=true"),
    ("77025", "reorder"),
    ("77026", "forge; sign=\"none\""),
    ("77027", "forge; sign=\"other_key\""),
    ("77028", "tamper; field=\"total_fee\""),
    ("77029", "tamper; field=\"appid\""),
    ("77030", "coupons"),
    ("77031", "early"),
    ("77041", "user_paying"),
    ("77042", "user_paying; queries=2"),
    ("77043", "user_paying; reply=\"state\""),
    ("77044", "pay_error; reply=\"state\""),
    ("77045", "bankerror_before"),
    ("77046", "bankerror_after"),
];

pub(super) fn from_amount(total_fee: &str) -> Option<(&'static str, Fault)> {
    let (_, text) = AMOUNTS.iter().find(|(amount, _)| *amount == total_fee)?;
    let (_, fault) = from_header(text).ok()?.pop()?;
    Some((text.split(';').next().unwrap_or(text), fault))
}

fn fault(name: &str, given: &mut RawParameters) -> Result<Fault, String> {
    use NoticeFault as N;
    use ReplyFault as R;
    Ok(match name {
        "timeout_before" => Fault::Reply(R::Timeout { when: Timing::Before, ms: given.ms(60_000)? }),
        "timeout_after" => Fault::Reply(R::Timeout { when: Timing::After, ms: given.ms(60_000)? }),
        "systemerror_before" => Fault::Reply(R::SystemError(Timing::Before)),
        "systemerror_after" => Fault::Reply(R::SystemError(Timing::After)),
        "bankerror_before" => Fault::Reply(R::BankError(Timing::Before)),
        "bankerror_after" => Fault::Reply(R::BankError(Timing::After)),
        "bad_gateway_before" => Fault::Reply(R::BadGateway(Timing::Before)),
        "bad_gateway_after" => Fault::Reply(R::BadGateway(Timing::After)),
        "truncated" => Fault::Reply(R::Truncated),
        "no_sign" => Fault::Reply(R::NoSign),
        "wrong_sign" => Fault::Reply(R::WrongSign),
        "extra_fields" => Fault::Reply(R::ExtraFields),
        "layout" => Fault::Reply(R::Layout(given.layout()?)),
        "slow" => Fault::Reply(R::Slow { ms: given.ms(2000)? }),
        "probe" => Fault::Reply(R::Probe),
        "stale_timestamp" => Fault::Reply(R::StaleTimestamp),
        "unknown_serial" => Fault::Reply(R::UnknownSerial),
        "frequency_before" => Fault::Reply(R::Frequency(Timing::Before)),
        "frequency_after" => Fault::Reply(R::Frequency(Timing::After)),
        "request_id" => Fault::Reply(R::RequestId(given.request_id()?)),
        "bill_texts" => Fault::Reply(R::BillTexts(match given.text("texts")?.as_deref() {
            Some("plain") => BillTexts::Plain,
            Some("escaped") => BillTexts::Escaped,
            _ => return Err("texts must be plain or escaped".to_owned()),
        })),
        "bill_empty" => Fault::Reply(R::EmptyBill),
        "errcode" => {
            let (code, text) = given.errcode()?;
            Fault::Reply(R::ErrCode(code, text))
        }
        "refuse" => Fault::Reply(R::Refused(given.refused()?)),
        "drop" => Fault::Notice(N::Drop),
        "delay" => Fault::Notice(N::Delay { by: given.seconds("by_s", 30)? }),
        "duplicate" => {
            let copies = given.number("copies", 2)?;
            let copies = u32::try_from(copies).ok().filter(|copies| (2..=50).contains(copies));
            let copies = copies.ok_or("copies must be 2 to 50")?;
            Fault::Notice(N::Duplicate { copies, together: given.flag("together")? })
        }
        "reorder" => Fault::Notice(N::Reorder { wait: given.seconds("wait_s", 60)? }),
        "forge" => Fault::Notice(N::Forge(match given.text("sign")?.as_deref() {
            None | Some("none") => Forgery::Unsigned,
            Some("other_key") => Forgery::OtherKey,
            Some(other) => return Err(format!("sign must be none or other_key, not {other}")),
        })),
        "tamper" => {
            let field = match given.text("field")?.as_deref() {
                None | Some("total_fee") => ChangedField::TotalFee,
                Some("appid") => ChangedField::AppId,
                Some(other) => return Err(format!("field must be total_fee or appid, not {other}")),
            };
            let signed = match given.text("sign")?.as_deref() {
                None | Some("kept") => false,
                Some("right") => true,
                Some(other) => return Err(format!("sign must be kept or right, not {other}")),
            };
            Fault::Notice(N::Tamper { field, value: given.value(64)?, signed })
        }
        "sign_type" => Fault::Notice(N::SignType),
        "coupons" => Fault::Notice(N::Coupons(given.coupons()?)),
        "early" => Fault::Notice(N::Early),
        "refund_change" => Fault::Notice(N::Refunded(Status::Change)),
        "refund_close" => Fault::Notice(N::Refunded(Status::Closed)),
        "refund_other_key" => Fault::Notice(N::OtherKey),
        "refund_notice_fail" => {
            Fault::Notice(N::Failure(given.words("message")?.unwrap_or_else(|| "系统繁忙".to_owned())))
        }
        "proxied" => Fault::Notice(N::Proxied),
        "user_paying" => {
            let queries = match given.number("queries", 0)? {
                0 => None,
                queries => Some(u32::try_from(queries).ok().filter(|n| *n <= 1000).ok_or("queries must be 1 to 1000")?),
            };
            Fault::Notice(N::UserPaying { in_state: given.in_state()?, queries })
        }
        "pay_error" => Fault::Notice(N::PayError { in_state: given.in_state()? }),
        "recall" => Fault::Notice(N::Recall),
        "share_closed" => Fault::Notice(given.shared(true)?),
        "share_reason" => Fault::Notice(given.shared(false)?),
        "notice_probe" => Fault::Notice(N::V3(V3Forgery::Probe)),
        "notice_stale" => Fault::Notice(N::V3(V3Forgery::Stale)),
        "notice_unknown_serial" => Fault::Notice(N::V3(V3Forgery::UnknownSerial)),
        "notice_no_headers" => Fault::Notice(N::V3(V3Forgery::NoHeaders)),
        "notice_rewritten" => Fault::Notice(N::V3(V3Forgery::Rewritten)),
        "notice_empty_aad" => Fault::Notice(N::EmptyAad),
        other => return Err(format!("there is no fault {other}; the faults are: {}", catalog::names())),
    })
}

fn scope(given: &mut RawParameters, endpoints: &[Endpoint]) -> Result<Scope, String> {
    let endpoint = match given.text("endpoint")? {
        None => None,
        Some(path) => {
            let known = endpoints.iter().find(|known| known.path == path).copied();
            Some(known.ok_or_else(|| format!("{path} is not served; write a path like /pay/orderquery"))?)
        }
    };
    let times = match given.take("times") {
        None | Some(Value::Null) => None,
        Some(value) => Some(value.as_u64().filter(|n| *n > 0).ok_or("times must be a whole number from 1")?),
    };
    let probability = match given.take("probability") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let share = value.as_f64().filter(|share| (0.0..=1.0).contains(share));
            Some(share.ok_or("probability must be a number from 0 to 1")?)
        }
    };
    Ok(Scope { out_trade_no: given.text("out_trade_no")?, endpoint, times, probability })
}

struct RawParameters {
    /// Those that were not read yet.
    left: Map<String, Value>,
    /// The names that were asked for, given or not.
    known: BTreeSet<&'static str>,
}

impl RawParameters {
    fn new(given: Map<String, Value>) -> Self {
        Self { left: given, known: BTreeSet::new() }
    }

    fn take(&mut self, name: &'static str) -> Option<Value> {
        self.known.insert(name);
        self.left.remove(name)
    }

    fn text(&mut self, name: &'static str) -> Result<Option<String>, String> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() <= 128 => Ok(Some(text)),
            Some(_) => Err(format!("{name} must be a text of at most 128 bytes")),
        }
    }

    fn number(&mut self, name: &'static str, otherwise: u64) -> Result<u64, String> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(otherwise),
            Some(value) => value.as_u64().ok_or_else(|| format!("{name} must be a whole number")),
        }
    }

    fn flag(&mut self, name: &'static str) -> Result<bool, String> {
        match self.take(name) {
            None | Some(Value::Null) => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| format!("{name} must be true or false")),
        }
    }

    fn ms(&mut self, otherwise: u64) -> Result<u64, String> {
        let ms = self.number("ms", otherwise)?;
        if ms <= MOST_MS { Ok(ms) } else { Err(format!("ms must be at most {MOST_MS}")) }
    }

    fn seconds(&mut self, name: &'static str, otherwise: u64) -> Result<Millis, String> {
        let seconds = self.number(name, otherwise)?;
        let most = format!("{name} must be at most {MOST_S}");
        if seconds > MOST_S { Err(most) } else { Millis::try_from(seconds * 1000).map_err(|_| most) }
    }

    /// Whether a reply about a payment code says in `trade_state` alone what it is.
    fn in_state(&mut self) -> Result<bool, String> {
        match self.text("reply")?.as_deref() {
            None | Some("code") => Ok(false),
            Some("state") => Ok(true),
            Some(other) => Err(format!("reply must be code or state, not {other}")),
        }
    }

    fn layout(&mut self) -> Result<Layout, String> {
        match self.text("layout")?.as_deref() {
            Some("old") => Ok(Layout::Old),
            Some("new") => Ok(Layout::New),
            _ => Err("layout must be old or new".to_owned()),
        }
    }

    /// An errcode and its text.
    fn errcode(&mut self) -> Result<(i32, String), String> {
        let code = self.take("errcode").unwrap_or(Value::from(-1));
        let code = code.as_i64().and_then(|code| i32::try_from(code).ok()).filter(|code| *code != 0);
        let code = code.ok_or("errcode must be a whole number other than 0")?;
        match self.words("errmsg")? {
            Some(text) => Ok((code, format!("{text} rid: "))),
            None => match errmsg(code) {
                Some(text) => Ok((code, text.to_owned())),
                None => Err(format!("give errmsg, the text of {code}: that of -1, 40001, 45009 and 45011 is known")),
            },
        }
    }

    fn refused(&mut self) -> Result<Refused, String> {
        let (code, message) = (self.words("code")?.unwrap_or_default(), self.words("message")?.unwrap_or_default());
        if code.is_empty() && message.is_empty() {
            return Err("refuse needs a code, or a message".to_owned());
        }
        // 202: taken, and not done yet.
        let is_taken = |status: &u16| matches!(status, 202 | 400..=599);
        let status = u16::try_from(self.number("status", 400)?).ok().filter(is_taken);
        Ok(Refused { code, message, status: status.ok_or("status must be 202, or 400 to 599")? })
    }

    /// How a receiver's part ends, with a reason.
    fn shared(&mut self, closed: bool) -> Result<NoticeFault, String> {
        let reason = self.text("reason")?.unwrap_or_else(|| "ACCOUNT_ABNORMAL".to_owned());
        let is_word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if reason.is_empty() || reason.len() > 64 || !reason.chars().all(is_word) {
            return Err("reason must be capitals, digits and _, at most 64 of them".to_owned());
        }
        Ok(NoticeFault::Shared { closed, reason, account: self.words("account")? })
    }

    /// A value of `Request-ID`; empty for none.
    fn request_id(&mut self) -> Result<String, String> {
        let value = self.text("value")?.unwrap_or_default();
        match value.chars().all(|c| c.is_ascii_graphic()) {
            true => Ok(value),
            false => Err("value must be ASCII without blanks".to_owned()),
        }
    }

    /// A text without control characters, which XML cannot hold.
    fn words(&mut self, name: &'static str) -> Result<Option<String>, String> {
        let text = self.text(name)?;
        match text.as_deref().is_some_and(|text| text.chars().any(char::is_control)) {
            true => Err(format!("{name} must not contain control characters")),
            false => Ok(text),
        }
    }

    /// A field's value, as a text or a number.
    fn value(&mut self, most: usize) -> Result<Option<String>, String> {
        let text = match self.take("value") {
            None | Some(Value::Null) => return Ok(None),
            Some(Value::String(text)) => text,
            Some(Value::Number(number)) => number.to_string(),
            Some(_) => return Err("value must be a text or a number".to_owned()),
        };
        let plain = text.chars().all(|c| !c.is_control());
        if plain && text.len() <= most { Ok(Some(text)) } else { Err(format!("value is at most {most} plain bytes")) }
    }

    fn coupons(&mut self) -> Result<Vec<Coupon>, String> {
        match self.take("coupons") {
            None | Some(Value::Null) => Ok(Coupon::usual()),
            Some(value) => {
                let coupons = Vec::<Coupon>::deserialize(value).map_err(|error| format!("coupons: {error}"))?;
                Coupon::check(&coupons)?;
                Ok(coupons)
            }
        }
    }

    fn nothing_left(&self, name: &str) -> Result<(), String> {
        match self.left.keys().next() {
            None => Ok(()),
            Some(left) if self.known.is_empty() => Err(format!("{name} has no parameter {left}")),
            Some(left) => {
                let known: Vec<&str> = self.known.iter().copied().collect();
                Err(format!("{name} has no parameter {left}; it has {}", known.join(", ")))
            }
        }
    }
}
