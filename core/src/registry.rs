//! Every call and every document that this crate knows.

use crate::notify::{ConfirmedPayment, PaymentNotification};
use crate::platform::jssdk::{AccessToken, Ticket};
use crate::platform::oauth::{UserInfo, WebToken};
use crate::table::row::{Document, Endpoint, Record};
use crate::v2::order::{self, Coupon};

/// Every call.
pub const ENDPOINTS: &[&Endpoint] = order::ENDPOINTS;

/// The documents beside the replies of the calls above. What stands inside another comes before it.
pub const DOCUMENTS: &[&Record] = &[
    Coupon::RECORD,
    PaymentNotification::RECORD,
    ConfirmedPayment::RECORD,
    WebToken::RECORD,
    UserInfo::RECORD,
    AccessToken::RECORD,
    Ticket::RECORD,
];

/// Every call.
pub fn all() -> impl Iterator<Item = &'static Endpoint> {
    ENDPOINTS.iter().copied()
}

/// The call of this name.
pub fn find(name: &str) -> Option<&'static Endpoint> {
    all().find(|endpoint| endpoint.name == name)
}
