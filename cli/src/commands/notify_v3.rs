//! `notify --v3`: a test notification of APIv3, encrypted and signed with keys of the caller's.

use clap::ArgMatches;
use serde_json::{Map, Value, json};
use wxpaykit::BeijingTime;
use wxpaykit::binding::display;
use wxpaykit::binding::post::post;
use wxpaykit::binding::test_notification::{self, TestNotification};
use wxpaykit::client::{new_out_trade_no, now};
use wxpaykit::v3::SigningKey;

use super::call::given;
use super::notify::{OPENID, members, needed, say, unset};
use crate::keys;
use crate::session::Session;
use crate::status::{DONE, NO, Stop};

/// The members that are integers of fen.
const AMOUNTS: [&str; 2] = ["amount.total", "amount.payer_total"];

/// Names of APIv2, and what stands for them here.
const OF_V2: [(&str, &str); 6] = [
    ("cash_fee", "amount.payer_total"),
    ("fee_type", "amount.currency"),
    ("mch_id", "mchid"),
    ("openid", "payer.openid"),
    ("time_end", "success_time"),
    ("total_fee", "amount.total"),
];

pub(super) fn run(session: &mut Session<'_>, matches: &ArgMatches) -> Result<u8, Stop> {
    let payment = payment(session, matches)?;
    let Some(path) = matches.get_one::<String>("platform-key-file") else {
        let missing = session.pick(
            "--v3 needs --platform-key-file FILE: a private key of your own, whose public key the shop has as platform_public_key",
            "--v3 需要 --platform-key-file 文件：自己的私钥，商城的 platform_public_key 设为对应的公钥",
        );
        return Err(Stop::Wrong(missing.to_owned()));
    };
    let key = SigningKey::read("platform-key-file", &session.file(path)?)?;
    let serial = needed(session, "platform_public_key_id")?;
    let api_v3_key = keys::secret(session, "api_v3_key")?.ok_or_else(|| unset(session, "api_v3_key"))?;
    let TestNotification { headers, body } =
        test_notification::payment(&payment.to_string(), &api_v3_key, &key, &serial, now())?;
    let Some(url) = matches.get_one::<String>("to") else {
        if session.json {
            let headers: Map<_, _> =
                headers.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
            session.print_json(&json!({ "headers": headers, "body": body }));
        } else {
            // As `explain` and `decrypt` take it.
            let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            session.print_signed(&format!("POST /wxpay/notify HTTP/1.1\n{lines}\n{body}"));
        }
        return Ok(DONE);
    };
    let (status, answer) = session.wait(post(url, &headers, body), None)?;
    let is_taken = matches!(status, 200 | 204);
    let object: Value = serde_json::from_slice(&answer).unwrap_or_default();
    let member = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    if session.json {
        let (code, message) = (object.get("code"), object.get("message"));
        session.print_json(&json!({ "taken": is_taken, "status": status, "code": code, "message": message }));
        return Ok(if is_taken { DONE } else { NO });
    }
    let said = members(session, &[("code", member("code")), ("message", member("message"))]);
    Ok(say(session, is_taken, status, &said))
}

/// The decrypted document, with the members of the command line in place of the usual ones.
fn payment(session: &mut Session<'_>, matches: &ArgMatches) -> Result<Value, Stop> {
    let own = given(session, matches, None)?;
    for (name, _) in &own {
        if let Some((_, meant)) = OF_V2.iter().find(|(of_v2, _)| name == of_v2) {
            let rule = session.pick("is a name of APIv2: write", "是 APIv2 的名字：请写");
            return Err(Stop::Wrong(format!("{name}{}{rule} {meant}", session.colon())));
        }
    }
    let (appid, mchid) = (needed(session, "appid")?, needed(session, "mch_id")?);
    let time = BeijingTime::from_unix(now())?;
    let total = own.iter().find(|(name, _)| name == "amount.total").map_or("100", |(_, total)| total).to_owned();
    let usual = [
        ("transaction_id", format!("4200000000{}0001", time.to_wire())),
        ("amount.total", total.clone()),
        ("amount.payer_total", total),
        ("amount.currency", "CNY".to_owned()),
        ("amount.payer_currency", "CNY".to_owned()),
        ("appid", appid),
        ("mchid", mchid),
        ("out_trade_no", new_out_trade_no("TEST")?),
        ("trade_state", "SUCCESS".to_owned()),
        ("trade_state_desc", "支付成功".to_owned()),
        ("trade_type", "JSAPI".to_owned()),
        ("bank_type", "OTHERS".to_owned()),
        ("attach", String::new()),
        ("success_time", time.to_rfc3339()),
        ("payer.openid", OPENID.to_owned()),
    ];
    let mut document = Map::new();
    let usual = usual.into_iter().map(|(name, value)| (name.to_owned(), value));
    for (name, value) in usual.chain(own) {
        let value = match AMOUNTS.contains(&name.as_str()) {
            false => Value::from(value),
            true => match value.parse::<u64>() {
                Ok(fen) => Value::from(fen),
                Err(_) => {
                    let rule = session.pick("must be an integer of fen", "必须是整数，单位为分");
                    return Err(Stop::Wrong(format!("{name}{}{rule}", session.colon())));
                }
            },
        };
        match name.split('.').collect::<Vec<_>>()[..] {
            [plain] if !plain.is_empty() => _ = document.insert(name, value),
            [object, member] if !object.is_empty() && !member.is_empty() => {
                let entry = document.entry(object).or_insert_with(|| Value::Object(Map::new()));
                let Value::Object(members) = entry else {
                    let rule = session.pick("has a value and members", "既有值又有成员");
                    return Err(Stop::Wrong(format!("{object}{}{rule}", session.colon())));
                };
                members.insert(member.to_owned(), value);
            }
            _ => {
                let rule = session.pick("is not a name, or object.member", "不是字段名，也不是 对象.成员");
                return Err(Stop::Wrong(format!("{}{}{rule}", display::clean(&name), session.colon())));
            }
        }
    }
    Ok(Value::Object(document))
}
