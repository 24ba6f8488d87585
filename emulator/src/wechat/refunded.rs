//! The end of a refund, and the notification of it (protocol §5.8).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use wxpaykit::crypto::aes::Ecb;
use wxpaykit::wire::xml;

use super::document::text;
use super::message::{Form, Message};
use super::notice_v3;
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::ids::dashed_time;
use crate::world::notice_fault::{ActiveFault, ChangedField, Forgery, NoticeFault, Stage};
use crate::world::notification::Notification;
use crate::world::refund::Refund;
use crate::world::refund_status::Status;
use crate::world::state::State;
use crate::world::thing::ThingId;

/// Ends a refund if it is due at `at`. Returns whether it was.
pub(super) fn end_if_due(app: &App, state: &mut State, id: ThingId, at: Millis) -> bool {
    let due = state.refunds.look_up(id).and_then(|refund| refund.ends).filter(|(ends, _)| *ends <= at);
    if let Some((_, status)) = due {
        end(app, state, id, status, at);
    }
    due.is_some()
}

/// Gives a refund a result, and notifies the merchant. Closing it makes its amount available to other refunds.
pub(crate) fn end(app: &App, state: &mut State, id: ThingId, status: Status, at: Millis) {
    let Some(refund) = state.refunds.fetch(id) else { return };
    let closes = status == Status::Closed && refund.status != Status::Closed;
    refund.status = status;
    refund.ends = None;
    refund.succeeded = (status == Status::Success).then_some(at);
    let (order, fee, settled) = (refund.order, refund.split.refund_fee, refund.split.settlement_refund_fee);
    let (mch_id, out_trade_no) = (refund.mch_id.clone(), refund.out_trade_no.clone());
    let written = app.faults.of_notice(&out_trade_no, Stage::Refunded);
    let other_key = written.iter().any(|active| active.fault == NoticeFault::OtherKey);
    let key = match (other_key, app.registry.by_mch(&mch_id)) {
        (false, Some(merchant)) => merchant.api_key.expose(),
        _ => OTHER_KEY,
    };
    if let (Some(_), Some(url), Some(merchant)) = (&refund.v3, &refund.notify_url, app.registry.by_mch(&mch_id)) {
        let notification = notice_v3::refund(app, merchant, refund, other_key, (url.clone(), at, written));
        refund.notification = Some(notification);
    } else if let Some(url) =
        refund.notify_url.clone().or_else(|| app.registry.by_mch(&mch_id)?.refund_notify_url.clone())
    {
        let failures = app.faults.of_notice(&out_trade_no, Stage::RefundedByV2);
        let failure = failures.iter().find_map(|active| match &active.fault {
            NoticeFault::Failure(message) => Some(message.as_str()),
            _ => None,
        });
        let body = match failure {
            Some(message) => failed(message),
            None => outer(refund, &app.ids.long_nonce(), &sealed(&plain(refund), key)),
        };
        let written = written.into_iter().chain(failures).collect();
        refund.notification = Some(Notification::new(url, body, at, written));
    }
    if closes {
        if let Some(order) = state.orders.fetch(order) {
            order.refunded = order.refunded.saturating_sub(fee);
        }
        state.balances.credit(&mch_id, settled);
    }
}

/// A key that no merchant has: WeChat's keys are letters and digits.
const OTHER_KEY: &str = "--------------------------------";

/// The five members of the message, as captured: `return_code` without CDATA, and no signature.
fn outer(refund: &Refund, nonce: &str, req_info: &str) -> String {
    let mut out = "<xml><return_code>SUCCESS</return_code>".to_owned();
    let sub = [("sub_appid", &refund.sub_appid), ("sub_mch_id", &refund.sub_mch_id)];
    let sub = sub.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let own = [("appid", refund.appid.as_str()), ("mch_id", &refund.mch_id)];
    let last = [("nonce_str", nonce), ("req_info", req_info)];
    for (name, value) in own.into_iter().chain(sub).chain(last) {
        element(&mut out, name, value);
    }
    out.push_str("</xml>");
    out
}

/// A message of failure, as reported: nothing says whose refund it is about.
fn failed(message: &str) -> String {
    let mut out = "<xml>".to_owned();
    element(&mut out, "return_code", "FAIL");
    element(&mut out, "return_msg", message);
    out.push_str("</xml>");
    out
}

/// What is encrypted: `<root>`, the members in the order of their names, each in CDATA and on its own line.
fn plain(refund: &Refund) -> String {
    let mut members: Vec<(&str, String)> = vec![
        ("out_refund_no", refund.out_refund_no.clone()),
        ("out_trade_no", refund.out_trade_no.clone()),
        ("refund_account", refund.account.clone()),
        ("refund_fee", refund.split.refund_fee.to_string()),
        ("refund_id", refund.refund_id.clone()),
        ("refund_recv_accout", refund.receiver.clone()),
        ("refund_request_source", refund.source.as_str().to_owned()),
        ("refund_status", refund.status.as_str().to_owned()),
        ("settlement_refund_fee", refund.split.settlement_refund_fee.to_string()),
        ("settlement_total_fee", refund.settlement_total_fee.unwrap_or(refund.total_fee).to_string()),
    ];
    members.extend(refund.succeeded.map(|at| ("success_time", dashed_time(at))));
    members.push(("total_fee", refund.total_fee.to_string()));
    members.push(("transaction_id", refund.transaction_id.clone()));
    root(members.iter().map(|(name, value)| (*name, value.as_str())))
}

fn root<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let mut out = "<root>\n".to_owned();
    for (name, value) in members {
        element(&mut out, name, value);
        out.push('\n');
    }
    out.push_str("</root>");
    out
}

fn element(out: &mut String, name: &str, value: &str) {
    out.extend(["<", name, ">"]);
    text(out, value);
    out.extend(["</", name, ">"]);
}

fn sealed(plain: &str, key: &str) -> String {
    BASE64_STANDARD.encode(Ecb::of_api_key(key).encrypt(plain.as_bytes()))
}

/// The message of an attacker who has seen the genuine one; `None` for a fault that sends no message of its own. Only with the
/// key can the encrypted members be changed.
pub(super) fn extra(genuine: &str, key: &str, active: &ActiveFault<NoticeFault>) -> Option<Message> {
    let fields = xml::parse(genuine.as_bytes()).ok()?;
    let req_info = fields.get("req_info")?;
    let opened = || {
        let data = BASE64_STANDARD.decode(req_info).ok()?;
        String::from_utf8(Ecb::of_api_key(key).decrypt(&data)?).ok()
    };
    let (appid, req_info) = match &active.fault {
        NoticeFault::Forge(Forgery::OtherKey) => (None, sealed(&opened()?, OTHER_KEY)),
        NoticeFault::Tamper { field: ChangedField::AppId, value, .. } => {
            (Some(value.as_deref().unwrap_or("wx0000000000000000")), req_info.to_owned())
        }
        NoticeFault::Tamper { field: ChangedField::TotalFee, value, signed: true } => {
            let plain = opened()?;
            let total_fee = plain.split_once("<total_fee><![CDATA[")?.1.split_once("]]>")?.0.to_owned();
            let told = format!("<total_fee><![CDATA[{}]]>", value.as_deref().unwrap_or("1"));
            (None, sealed(&plain.replace(&format!("<total_fee><![CDATA[{total_fee}]]>"), &told), key))
        }
        _ => return None,
    };
    let mut body = "<xml><return_code>SUCCESS</return_code>".to_owned();
    for (name, value) in fields.iter().filter(|(name, _)| *name != "return_code") {
        let value = match name {
            "appid" => appid.unwrap_or(value),
            "req_info" => &req_info,
            _ => value,
        };
        element(&mut body, name, value);
    }
    body.push_str("</xml>");
    Some(Message { body: Bytes::from(body), form: Form::Xml, genuine: false, faults: vec![active.clone()] })
}
