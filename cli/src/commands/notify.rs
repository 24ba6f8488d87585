//! `notify`: a signed test notification of a payment, of APIv2.

use clap::ArgMatches;
use serde_json::{Value, json};
use wxpaykit::binding::display;
use wxpaykit::binding::post::post;
use wxpaykit::client::{new_out_trade_no, nonce, now};
use wxpaykit::wire::xml;
use wxpaykit::{BeijingTime, Fields, SignType, sign};

use super::call::given;
use crate::keys;
use crate::session::{Colour, Session};
use crate::status::{DONE, NO, Stop};

/// The customer of WeChat's documents, and of the emulator.
pub(super) const OPENID: &str = "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o";

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let fields = notification(session, matches)?;
    let body = xml::build(fields.iter())?;
    let Some(url) = matches.get_one::<String>("to") else {
        if session.json {
            let object = fields.iter().map(|(name, value)| (name.to_owned(), Value::from(value)));
            session.print_json(&Value::Object(object.collect()));
        } else {
            session.print(&body);
        }
        return Ok(DONE);
    };
    let headers = [("Content-Type", "text/xml; charset=utf-8".to_owned())];
    let (status, answer) = session.wait(post(url, &headers, body), None)?;
    let fields = xml::parse(&answer).ok();
    let code = fields.as_ref().and_then(|fields| fields.filled("return_code"));
    let said = fields.as_ref().and_then(|fields| fields.filled("return_msg")).unwrap_or_default();
    let is_taken = status == 200 && code == Some("SUCCESS");
    if session.json {
        session.print_json(&json!({ "taken": is_taken, "status": status, "return_code": code, "return_msg": said }));
        return Ok(if is_taken { DONE } else { NO });
    }
    let what = match code {
        Some(code) => members(session, &[("return_code", code), ("return_msg", said)]),
        None => session.pick("the answer is not the XML that WeChat wants", "应答不是微信要求的 XML").to_owned(),
    };
    Ok(say(session, is_taken, status, &what))
}

/// The members of an answer that are there, for people.
pub(super) fn members(session: &Session<'_>, all: &[(&str, &str)]) -> String {
    let filled = all.iter().filter(|(_, value)| !value.is_empty());
    filled.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(session.pick(", ", "，"))
}

/// Says whether the shop has taken a notification, with its answer. Gives the exit code.
pub(super) fn say(session: &mut Session<'_>, is_taken: bool, status: u16, answer: &str) -> u8 {
    let label = match is_taken {
        true => session.pick("taken", "商城已确认收到"),
        false => session.pick("not taken", "商城没有确认收到"),
    };
    let label = session.paint(if is_taken { Colour::Green } else { Colour::Red }, label);
    let colon = session.colon();
    let comma = if answer.is_empty() { "" } else { session.pick(", ", "，") };
    session.print(&format!("{label}{colon}HTTP {status}{comma}{}", display::clean(answer)));
    if !is_taken {
        let hint = session.pick(
            "WeChat would send it again. The shop's log says why: another key, or an order that WeChat does not know. For the latter give the \
             fields of an order that is paid, or let the emulator send the notification.",
            "微信会重发。原因见商城的日志：密钥不同，或微信查不到该订单；后者请给出一个已支付订单的字段，或由模拟器发送通知。",
        );
        session.remark(hint);
    }
    if is_taken { DONE } else { NO }
}

/// A setting of the environment that has to be there.
pub(super) fn needed(session: &mut Session<'_>, name: &'static str) -> Result<String, Stop> {
    let found = keys::setting(session, name)?;
    found.ok_or_else(|| unset(session, name))
}

/// The error of a setting that is not there.
pub(super) fn unset(session: &Session<'_>, name: &str) -> Stop {
    let missing = session.pick("is not set: set", "没有设置：请设置");
    Stop::Wrong(format!("{name} {missing} WXPAY_{}", name.to_ascii_uppercase()))
}

/// The document, with the fields of the command line in place of the usual ones.
fn notification(session: &mut Session<'_>, matches: &ArgMatches) -> Result<Fields, Stop> {
    let own = given(session, matches, None)?;
    let (appid, mch_id) = (needed(session, "appid")?, needed(session, "mch_id")?);
    let sign_type = match keys::setting(session, "sign_type")? {
        Some(name) => name.parse().map_err(|_| {
            let text =
                session.pick("WXPAY_SIGN_TYPE must be MD5 or HMAC-SHA256", "WXPAY_SIGN_TYPE 必须是 MD5 或 HMAC-SHA256");
            Stop::Wrong(text.to_owned())
        })?,
        None => SignType::default(),
    };
    if keys::are_of_v3_alone(session, matches)? {
        let text = session.pick(
            "only keys of APIv3 are set: wxpaykit notify --v3 --platform-key-file KEY.pem makes a notification of APIv3. For one of APIv2 set \
             WXPAY_API_KEY",
            "只设置了 APIv3 的密钥：APIv3 的通知请用 wxpaykit notify --v3 --platform-key-file KEY.pem；APIv2 的通知请设置 WXPAY_API_KEY",
        );
        return Err(Stop::Wrong(text.to_owned()));
    }
    let key = keys::api_key(session, matches)?;
    let fee = own.iter().find(|(name, _)| name == "total_fee").map_or("100", |(_, fee)| fee).to_owned();
    let (number, nonce, time) = (new_out_trade_no("TEST")?, nonce()?, BeijingTime::from_unix(now())?.to_wire());
    let transaction = format!("4200000000{time}0001");
    let usual = [
        ("appid", appid.as_str()),
        ("bank_type", "OTHERS"),
        ("cash_fee", &fee),
        ("fee_type", "CNY"),
        ("is_subscribe", "N"),
        ("mch_id", &mch_id),
        ("nonce_str", &nonce),
        ("openid", OPENID),
        ("out_trade_no", &number),
        ("result_code", "SUCCESS"),
        ("return_code", "SUCCESS"),
        ("time_end", &time),
        ("total_fee", &fee),
        ("trade_type", "JSAPI"),
        ("transaction_id", &transaction),
    ];
    let mut fields: Fields = own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for (name, value) in usual {
        if !fields.contains(name) {
            // It is not there yet.
            let _ = fields.push(name, value);
        }
    }
    let signed = sign::sign(fields.iter(), &key, sign_type);
    let rest = fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty());
    Ok(rest.chain([("sign", signed.as_str())]).collect())
}
