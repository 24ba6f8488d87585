//! The notifications of APIv3: what is encrypted in them, and the messages that faults add (protocol v3 §9).

use bytes::Bytes;
use serde_json::{Value, json};

use super::identity::identity;
use super::message::{Form, Message};
use super::sealing::{self, OTHER_KEY};
use super::signing::{self, Kind};
use super::transaction;
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::ids::rfc3339;
use crate::world::merchant::Merchant;
use crate::world::notice_fault::{ActiveFault, ChangedField, Forgery, NoticeFault, V3Forgery};
use crate::world::notification::{Faults, Notification, V3Envelope};
use crate::world::order::Order;
use crate::world::payment::Payment;
use crate::world::refund::Refund;
use crate::world::refund_status::Status;

/// Where a notification goes, when it is due, and the faults that are in it.
type Delivery = (String, Millis, Faults);

/// What a notification is about.
pub(super) struct Event<'a> {
    pub(super) kind: &'a str,
    pub(super) summary: &'a str,
    /// `original_type`, and what is authenticated with the resource.
    pub(super) original: &'a str,
    pub(super) plain: Value,
    /// The key that the request named.
    pub(super) serial: Option<String>,
}

/// The notification of a payment.
pub(super) fn payment(
    app: &App,
    merchant: &Merchant,
    order: &Order,
    payment: &Payment,
    sending: Delivery,
) -> Notification {
    let event = Event {
        kind: "TRANSACTION.SUCCESS",
        summary: "支付成功",
        original: "transaction",
        plain: transaction::notified(order, payment),
        serial: order.v3.as_ref().and_then(|v3| v3.serial.clone()),
    };
    notification(app, merchant, event, false, sending)
}

/// The notification of a refund that has ended.
pub(super) fn refund(
    app: &App,
    merchant: &Merchant,
    refund: &Refund,
    other_key: bool,
    sending: Delivery,
) -> Notification {
    let (kind, summary) = match refund.status {
        Status::Change => ("REFUND.ABNORMAL", "退款异常"),
        Status::Closed => ("REFUND.CLOSED", "退款关闭"),
        Status::Success | Status::Processing => ("REFUND.SUCCESS", "退款成功"),
    };
    let mut members = identity(&refund.mch_id, refund.sub_mch_id.as_deref());
    let mut set = |name: &str, value: Value| members.insert(name.to_owned(), value);
    set("out_trade_no", refund.out_trade_no.as_str().into());
    set("transaction_id", refund.transaction_id.as_str().into());
    set("out_refund_no", refund.out_refund_no.as_str().into());
    set("refund_id", refund.refund_id.as_str().into());
    set("refund_status", refund.status.in_v3().into());
    if let Some(at) = refund.succeeded {
        set("success_time", rfc3339(at).into());
    }
    let payer_total = refund.payer_total();
    set(
        "amount",
        json!({
            "total": refund.total_fee,
            "refund": refund.split.refund_fee,
            "payer_total": payer_total,
            "payer_refund": refund.split.cash_refund_fee,
        }),
    );
    set("user_received_account", refund.receiver.as_str().into());
    let serial = refund.v3.as_ref().and_then(|v3| v3.serial.clone());
    let event = Event { kind, summary, original: "refund", plain: members.into(), serial };
    notification(app, merchant, event, other_key, sending)
}

/// A notification with its resource encrypted. Every attempt sends the same body.
pub(super) fn notification(
    app: &App,
    merchant: &Merchant,
    event: Event<'_>,
    other_key: bool,
    (url, at, written): Delivery,
) -> Notification {
    let empty_aad = written.iter().any(|active| active.fault == NoticeFault::EmptyAad);
    let own = merchant.api_v3_key.as_ref().map(|key| key.expose()).unwrap_or_default();
    let key = if other_key { OTHER_KEY } else { own };
    let plain = event.plain.to_string();
    let nonce = app.ids.resource_nonce();
    let associated_data = if empty_aad { "" } else { event.original };
    let body = json!({
        "id": app.ids.uuid(),
        "create_time": rfc3339(at),
        "resource_type": "encrypt-resource",
        "event_type": event.kind,
        "summary": event.summary,
        "resource": {
            "original_type": event.original,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": sealing::ciphertext(key, associated_data, &nonce, &plain),
            "associated_data": associated_data,
            "nonce": nonce,
        },
    });
    Notification::new(url, body.to_string(), at, written).in_v3(V3Envelope {
        serial: event.serial,
        plain,
        of_transfer: false,
    })
}

/// The headers of an attempt: each has a time, a nonce and a signature of its own.
pub(super) fn headers(app: &App, merchant: &Merchant, v3: &V3Envelope, body: &[u8]) -> Vec<(&'static str, String)> {
    of_kind(app, merchant, v3, body, Kind::Right)
}

fn of_kind(app: &App, merchant: &Merchant, v3: &V3Envelope, body: &[u8], kind: Kind) -> Vec<(&'static str, String)> {
    let signer = signing::of_notice(app, merchant, v3.serial.as_deref());
    let nonce = app.ids.notice_nonce();
    let mut headers = vec![("Request-ID", format!("{}-0", app.ids.request_id()))];
    headers.extend(signing::headers(app, merchant, signer, &nonce, body, kind));
    headers
}

/// The message that a fault adds to the genuine one; `None` for a fault that adds none.
pub(super) fn extra(
    app: &App,
    merchant: &Merchant,
    v3: &V3Envelope,
    genuine: &Message,
    active: &ActiveFault<NoticeFault>,
) -> Option<Message> {
    let Form::Json(own) = &genuine.form else { return None };
    let kept = || genuine.body.clone();
    let (body, headers) = match &active.fault {
        NoticeFault::V3(V3Forgery::Probe) => (kept(), of_kind(app, merchant, v3, &genuine.body, Kind::Probe)),
        NoticeFault::V3(V3Forgery::Stale) => (kept(), of_kind(app, merchant, v3, &genuine.body, Kind::Stale)),
        NoticeFault::V3(V3Forgery::UnknownSerial) => {
            (kept(), of_kind(app, merchant, v3, &genuine.body, Kind::UnknownSerial))
        }
        NoticeFault::V3(V3Forgery::NoHeaders) | NoticeFault::Forge(Forgery::Unsigned) => (kept(), Vec::new()),
        NoticeFault::V3(V3Forgery::Rewritten) => {
            let value: Value = serde_json::from_slice(&genuine.body).ok()?;
            (Bytes::from(serde_json::to_vec_pretty(&value).ok()?), own.clone())
        }
        NoticeFault::Forge(Forgery::OtherKey) => (kept(), of_kind(app, merchant, v3, &genuine.body, Kind::Wrong)),
        NoticeFault::Tamper { field, value, signed } => {
            let body = Bytes::from(tampered(merchant, &genuine.body, *field, value.as_deref())?);
            let headers = if *signed { headers(app, merchant, v3, &body) } else { own.clone() };
            (body, headers)
        }
        _ => return None,
    };
    Some(Message { body, form: Form::Json(headers), genuine: false, faults: vec![active.clone()] })
}

/// The body with another amount or another appid in its resource, encrypted with the merchant's key.
fn tampered(merchant: &Merchant, body: &[u8], field: ChangedField, value: Option<&str>) -> Option<String> {
    let key = merchant.api_v3_key.as_ref()?.expose();
    let mut message: Value = serde_json::from_slice(body).ok()?;
    let resource = message.get_mut("resource")?;
    let mut plain: Value = serde_json::from_str(&sealing::open(key, resource)?).ok()?;
    match field {
        ChangedField::TotalFee => {
            let total: u64 = value.unwrap_or("1").parse().ok()?;
            // That of a combined order has its first part changed.
            let of_part = plain.pointer("/sub_orders/0/amount").is_some();
            let name = if of_part { "/sub_orders/0/amount/total_amount" } else { "/amount/total" };
            *plain.pointer_mut(name)? = total.into();
        }
        ChangedField::AppId => {
            let names = ["sp_appid", "combine_appid"];
            let name = names.into_iter().find(|name| plain.get(name).is_some()).unwrap_or("appid");
            plain.as_object_mut()?.insert(name.to_owned(), value.unwrap_or("wx0000000000000000").into());
        }
    }
    let text = |name: &str| resource.get(name).and_then(Value::as_str).map(str::to_owned).unwrap_or_default();
    let (associated_data, nonce) = (text("associated_data"), text("nonce"));
    let sealed = sealing::ciphertext(key, &associated_data, &nonce, &plain.to_string());
    resource.as_object_mut()?.insert("ciphertext".to_owned(), sealed.into());
    Some(message.to_string())
}
