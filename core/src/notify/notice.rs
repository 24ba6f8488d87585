//! A notification as it arrives: of APIv2, or of APIv3. One address takes both, and the body tells which it is.

use std::fmt;

use crate::error::Error;
use crate::fields::Fields;
use crate::model::ApiVersion;
use crate::shown::short;
use crate::v3::notification::V3Notification;
use crate::wire::signed::Headers;

/// A notification as it came: its raw body and, for APIv3, the headers of the request.
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    body: &'a [u8],
    headers: Option<&'a Headers>,
}

/// Without the body, which names the customer.
impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming").field("headers", &self.headers).finish_non_exhaustive()
    }
}

impl<'a> Incoming<'a> {
    /// A raw body with the headers that came with it, which APIv3 signs with it. APIv2 needs none.
    pub fn new(body: &'a [u8], headers: &'a Headers) -> Self {
        Self { body, headers: Some(headers) }
    }

    /// The raw body.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The headers, where they were given.
    pub fn headers(&self) -> Option<&'a Headers> {
        self.headers
    }

    /// Whether it is of APIv3.
    pub fn is_v3(&self) -> bool {
        self.version() == Some(ApiVersion::V3)
    }

    /// Whether the headers are those of APIv3, whatever the body is.
    pub(super) fn is_under_v3_headers(&self) -> bool {
        self.headers.is_some_and(Headers::is_signed)
    }

    /// The API that it is of: the body of APIv3 is JSON, and that of APIv2 is XML (protocol v3 §9.2). Of another body, or one that could not be
    /// read, the headers may tell. `None` where nothing does.
    pub fn version(&self) -> Option<ApiVersion> {
        let body = self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.body);
        match body.trim_ascii_start().first() {
            Some(b'{') => Some(ApiVersion::V3),
            Some(b'<') => Some(ApiVersion::V2),
            _ if self.is_under_v3_headers() => Some(ApiVersion::V3),
            _ => None,
        }
    }
}

impl<'a> From<&'a [u8]> for Incoming<'a> {
    fn from(body: &'a [u8]) -> Self {
        Self { body, headers: None }
    }
}

impl<'a> From<&'a Vec<u8>> for Incoming<'a> {
    fn from(body: &'a Vec<u8>) -> Self {
        body.as_slice().into()
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Incoming<'a> {
    fn from(body: &'a [u8; N]) -> Self {
        body.as_slice().into()
    }
}

/// With the headers where there are some.
impl<'a> From<(&'a [u8], Option<&'a Headers>)> for Incoming<'a> {
    fn from((body, headers): (&'a [u8], Option<&'a Headers>)) -> Self {
        Self { body, headers }
    }
}

/// A notification that can be read: one of APIv2 as it came, one of APIv3 verified and decrypted.
#[derive(Clone)]
pub enum Notice<'a> {
    /// Of APIv2: the raw body. Each kind of thing has its own way to verify it.
    V2(&'a [u8]),
    /// Of APIv3.
    V3(Box<V3Notification>),
}

/// Without the body, which names the customer.
impl fmt::Debug for Notice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V2(_) => f.write_str("V2(***)"),
            Self::V3(notification) => f.debug_tuple("V3").field(notification).finish(),
        }
    }
}

/// Whether an event of APIv3 is a payment of one order. Profit sharing and combined orders have the same event (protocol v3 §9.3).
pub(crate) fn is_payment(notification: &V3Notification) -> bool {
    let order = notification.members();
    is_of_orders(notification) && !order.contains("combine_out_trade_no") && !is_sharing(&order)
}

/// Whether an event of APIv3 is the payment of a combined order. Its number tells it from a payment.
pub(super) fn is_combined(notification: &V3Notification) -> bool {
    is_of_orders(notification) && notification.members().contains("combine_out_trade_no")
}

fn is_of_orders(notification: &V3Notification) -> bool {
    notification.event_type() == "TRANSACTION.SUCCESS" && notification.get("original_type") == Some("transaction")
}

/// Whether the resource of an event is profit sharing (§12.6). Merchants report some whose `original_type` is that of payments, so that its
/// members decide: an order has a number of its own, and no receiver.
fn is_sharing(resource: &Fields) -> bool {
    resource.contains("out_order_no") && resource.contains("receiver") && !resource.contains("out_trade_no")
}

/// The error for an event of APIv3 that `notify.handle` and its like do not take as what they were asked for.
pub(super) fn not_taken(notification: &V3Notification, wanted: &str) -> Error {
    let event = notification.event_type();
    let what = notification.get("original_type").unwrap_or_default();
    let remedy = match event {
        _ if event.starts_with("MCHTRANSFER.BILL.") => {
            "pass on_transferred or pass on_other to notify.handle (Node: onTransferred, onOther), or use notify.confirm_transfer"
        }
        _ if event.starts_with("REFUND.") => {
            "pass on_refunded to notify.handle (Node: onRefunded), or use notify.confirm_refund"
        }
        _ if is_payment(notification) => "use notify.handle or notify.confirm",
        _ if is_combined(notification) => "it is of a combined order: use notify.handle, which hands each part over",
        _ => "pass on_other to notify.handle (Node: onOther), or read it by v3.notification",
    };
    Error::malformed_message("event_type", format!("is {} ({}), and not {wanted}: {remedy}", short(event), short(what)))
}
