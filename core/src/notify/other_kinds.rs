//! Notifications of APIv3 of other kinds than payments, refunds and transfers: whose they are.

use super::compare::{NOTIFICATION, SETTINGS};
use crate::codes::ErrorCode;
use crate::error::Error;
use crate::merchant::Merchant;
use crate::v3::notification::V3Notification;
use crate::wire::json;

/// Refuses a notification of any kind that names another sub-merchant than the settings: those of all sub-merchants are encrypted with the
/// one key of their provider. One that names none, such as of a transfer, is the provider's own.
///
/// # Errors
/// `Mismatch`.
pub(crate) fn of_sub_merchant(notification: &V3Notification, merchant: &Merchant) -> Result<(), Error> {
    let Some(own) = merchant.sub_mch_id.as_deref() else { return Ok(()) };
    let members = notification.members();
    let parts = members.get("sub_orders").and_then(json::parse_list).unwrap_or_default();
    let told = std::iter::once(&members)
        .chain(&parts)
        .flat_map(|fields| ["sub_mchid", "sub_mch_id"].into_iter().filter_map(|name| fields.filled(name)));
    match told.into_iter().find(|told| *told != own) {
        Some(told) => {
            Err(Error::mismatch(ErrorCode::SubMchIdMismatch, "sub_mch_id", own, told, (SETTINGS, NOTIFICATION)))
        }
        None => Ok(()),
    }
}
