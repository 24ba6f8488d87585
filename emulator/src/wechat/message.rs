//! The bytes of payment notifications: WeChat's own, and forged ones.

use bytes::Bytes;
use wxpaykit::wire::xml;
use wxpaykit::{SignType, sign};

use super::document::document;
use crate::world::ids::wire_time;
use crate::world::merchant::Merchant;
use crate::world::notice_fault::{ActiveFault, ChangedField, Forgery, NoticeFault};
use crate::world::order::Order;
use crate::world::payment::Payment;

/// A message to send.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) body: Bytes,
    pub(super) form: Form,
    pub(super) genuine: bool,
    pub(super) faults: Vec<ActiveFault<NoticeFault>>,
}

/// How a message travels.
#[derive(Clone, Debug)]
pub(super) enum Form {
    Xml,
    /// JSON, with these headers.
    Json(Vec<(&'static str, String)>),
}

/// WeChat's own message, as captured: names in order, one element per line, numbers other than total_fee in CDATA, and
/// rarely a sign_type.
pub(super) fn genuine(order: &Order, payment: &Payment, merchant: &Merchant, sign_type: bool) -> String {
    let time_end = wire_time(payment.at);
    let amounts = payment.amounts(order.total_fee());
    let mut pairs: Vec<(&str, &str)> = vec![
        ("bank_type", &payment.bank_type),
        ("fee_type", order.request.filled("fee_type").unwrap_or("CNY")),
        ("is_subscribe", "N"),
        ("openid", &payment.openid),
        ("result_code", "SUCCESS"),
        ("return_code", "SUCCESS"),
        ("time_end", &time_end),
        ("transaction_id", &payment.transaction_id),
    ];
    pairs.extend(amounts.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    for name in ["appid", "mch_id", "nonce_str", "out_trade_no", "total_fee", "trade_type"] {
        pairs.push((name, order.field(name)));
    }
    for name in ["attach", "device_info", "sub_appid", "sub_mch_id"] {
        pairs.extend(order.request.filled(name).map(|value| (name, value)));
    }
    if let Some(sub_openid) = &payment.sub_openid {
        pairs.extend([("sub_openid", sub_openid.as_str()), ("sub_is_subscribe", "N")]);
    }
    if sign_type {
        pairs.push(("sign_type", order.sign_type.as_str()));
    }
    let signature = sign::sign(pairs.iter().copied(), merchant.api_key.expose(), order.sign_type);
    write(pairs, Some(&signature))
}

/// The message of an attacker who has seen the genuine one; `None` for a fault that sends no message of its own.
pub(super) fn extra(genuine: &str, key: &str, active: &ActiveFault<NoticeFault>) -> Option<Message> {
    /// A key that no merchant has: WeChat's keys are letters and digits.
    const OTHER_KEY: &str = "--------------------------------";
    let fields = xml::parse(genuine.as_bytes()).ok()?;
    // A failure is not signed, so there is nothing to forge.
    let old = fields.get("sign")?;
    // 64 hexadecimal digits are HMAC-SHA256, 32 MD5.
    let sign_type = if old.len() == 64 { SignType::HmacSha256 } else { SignType::Md5 };
    let mut pairs: Vec<(&str, &str)> = fields.iter().filter(|(name, _)| *name != "sign").collect();
    let signature = match &active.fault {
        NoticeFault::Forge(Forgery::Unsigned) => None,
        NoticeFault::Forge(Forgery::OtherKey) => Some(sign::sign(pairs.iter().copied(), OTHER_KEY, sign_type)),
        NoticeFault::Tamper { field, value, signed } => {
            let (name, usual) = match field {
                ChangedField::TotalFee => ("total_fee", "1"),
                ChangedField::AppId => ("appid", "wx0000000000000000"),
            };
            let value = value.as_deref().unwrap_or(usual);
            for pair in pairs.iter_mut().filter(|(known, _)| *known == name) {
                pair.1 = value;
            }
            let right = signed.then(|| sign::sign(pairs.iter().copied(), key, sign_type));
            Some(right.unwrap_or_else(|| old.to_owned()))
        }
        _ => return None,
    };
    let body = Bytes::from(write(pairs, signature.as_deref()));
    Some(Message { body, form: Form::Xml, genuine: false, faults: vec![active.clone()] })
}

fn write<'a>(mut pairs: Vec<(&'a str, &'a str)>, signature: Option<&'a str>) -> String {
    pairs.extend(signature.map(|signature| ("sign", signature)));
    pairs.sort_unstable();
    document(&pairs, "\n", &["total_fee"])
}
