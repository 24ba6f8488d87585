//! Compares WeChat's reply about a payment or a refund with what it should be. One rule serves both, so that none of them is
//! confirmed without its merchant and its currency.

use std::borrow::Cow;

use crate::codes::ErrorCode;
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::model::is_v3;

/// The source of a value, as named in error messages.
pub(super) const NOTIFICATION: &str = "the notification";
pub(super) const SETTINGS: &str = "the client's settings";
pub(super) const CALLER: &str = "the caller";

/// A field of the reply, and the value that it should have.
pub(super) struct Row<'a> {
    pub(super) code: ErrorCode,
    pub(super) field: &'static str,
    pub(super) expected: Option<Cow<'a, str>>,
    pub(super) actual: Option<Cow<'a, str>>,
    /// Their sources: first that of `expected`.
    pub(super) by: (&'static str, &'static str),
}

impl<'a> Row<'a> {
    pub(super) fn new(
        code: ErrorCode,
        field: &'static str,
        expected: Option<impl Into<Cow<'a, str>>>,
        actual: Option<impl Into<Cow<'a, str>>>,
        by: (&'static str, &'static str),
    ) -> Self {
        Self { code, field, expected: expected.map(Into::into), actual: actual.map(Into::into), by }
    }
}

/// Compares row by row. A value that is missing on one side differs.
///
/// # Errors
/// `Mismatch`, naming the first field that differs.
pub(super) fn compare<'a>(rows: impl IntoIterator<Item = Row<'a>>) -> Result<(), Error> {
    let text = |value: Option<Cow<'_, str>>| value.map_or_else(|| "missing".to_owned(), Cow::into_owned);
    match rows.into_iter().find(|row| row.expected != row.actual) {
        Some(Row { code, field, expected, actual, by }) => {
            Err(Error::mismatch(code, field, text(expected), text(actual), by))
        }
        None => Ok(()),
    }
}

/// The sub-merchant that a thing should belong to, and the source of that.
#[derive(Clone, Copy)]
pub(super) struct SubMerchant<'a> {
    pub(super) number: Option<&'a str>,
    pub(super) by: &'static str,
}

impl<'a> SubMerchant<'a> {
    /// The one that the caller names, else that of the settings.
    pub(super) fn given(sub_mch_id: Option<&'a str>, merchant: &'a Merchant) -> Self {
        match sub_mch_id {
            Some(_) => Self { number: sub_mch_id, by: CALLER },
            None => Self { number: merchant.sub_mch_id.as_deref(), by: SETTINGS },
        }
    }
}

/// The rows that every confirmed thing has: whose it is, and in which currency. Amounts in different currencies cannot be
/// compared. `reply` is named `said` in errors.
pub(super) fn owner<'a>(
    merchant: &'a Merchant,
    sub_merchant: SubMerchant<'a>,
    reply: &'a Fields,
    said: &'static str,
) -> [Row<'a>; 5] {
    owner_of((merchant.mch_id(), SETTINGS), merchant, sub_merchant, reply, said)
}

/// [`owner`] for a thing that may be another merchant's than that of the settings: its number, and the source of that.
pub(super) fn owner_of<'a>(
    (mch_id, mch_id_by): (&'a str, &'static str),
    merchant: &'a Merchant,
    sub_merchant: SubMerchant<'a>,
    reply: &'a Fields,
    said: &'static str,
) -> [Row<'a>; 5] {
    let own = (SETTINGS, said);
    // A refund of APIv3 names no appid.
    let appid = Some(merchant.appid()).filter(|_| reply.contains("appid") || !is_v3(reply));
    // Foreign gateways name the currency of a refund too.
    let of_refund = reply.filled("refund_fee_type").unwrap_or(&merchant.fee_type);
    [
        Row::new(ErrorCode::AppidMismatch, "appid", appid, reply.get("appid"), own),
        Row::new(ErrorCode::MchIdMismatch, "mch_id", Some(mch_id), reply.get("mch_id"), (mch_id_by, said)),
        Row::new(
            ErrorCode::SubMchIdMismatch,
            "sub_mch_id",
            sub_merchant.number,
            reply.filled("sub_mch_id"),
            (sub_merchant.by, said),
        ),
        Row::new(ErrorCode::FeeTypeMismatch, "fee_type", Some(&*merchant.fee_type), Some(currency(reply)), own),
        Row::new(ErrorCode::FeeTypeMismatch, "refund_fee_type", Some(&*merchant.fee_type), Some(of_refund), own),
    ]
}

/// The currency of a document. WeChat leaves `fee_type` out for CNY.
pub(super) fn currency(fields: &Fields) -> &str {
    fields.filled("fee_type").unwrap_or("CNY")
}
