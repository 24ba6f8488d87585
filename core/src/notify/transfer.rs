//! Notifications of transfers to customers (商家转账), and the confirmed transfer. APIv3 alone has them (protocol v3 §11.4).

use super::compare::{NOTIFICATION, Row, SETTINGS, compare};
use super::notice::{Notice, not_taken};
use crate::codes::ErrorCode;
use crate::error::Error;
use crate::fields::Fields;
use crate::merchant::Merchant;
use crate::model::{self, ApiVersion};
use crate::money::Fen;
use crate::table::macros::record;
use crate::table::row::Document;
use crate::v3::notification::V3Notification;
use crate::v3::transfer::{V3TransferBill, V3TransferState};

/// The source of WeChat's reply, as named in error messages.
const REPLY: &str = "WeChat's reply to v3.transfer_query";

record! {
    /// A notification of a transfer, verified and decrypted. It is not confirmed.
    TransferNotification
    fields {
        /// The merchant's number of the transfer.
        out_bill_no: BillNo(32) required,
        /// WeChat's number of the transfer.
        transfer_bill_no: Id(64) required,
        /// The merchant's number.
        mch_id: Id(32) required,
        /// The state: `SUCCESS`, `FAIL` or `CANCELLED`.
        state: Enum<V3TransferState>(32) required,
        /// The amount in fen.
        transfer_amount: Fen required,
        /// The customer's openid.
        openid: Id(64) short,
        /// Why it failed, such as `OVERDUE_CLOSE`.
        fail_reason: Text(64),
        /// When WeChat accepted it.
        create_time: Instant,
        /// When its state last changed.
        update_time: Instant,
    }
}

record! {
    /// A transfer whose result WeChat itself confirmed by `v3.transfer_query`. `state` is the result: `SUCCESS` when the customer has the money.
    ConfirmedTransfer
    fields {
        /// The result: `SUCCESS`; `FAIL` or `CANCELLED`, after which a transfer needs a new `out_bill_no`.
        state: Enum<V3TransferState>(32) required,
        /// The merchant's number of the transfer.
        out_bill_no: BillNo(32) required,
        /// WeChat's number of the transfer.
        transfer_bill_no: Id(64) required,
        /// The amount in fen.
        transfer_amount: Fen required,
        /// The merchant's number.
        mch_id: Id(32) required,
        /// The appid of the transfer.
        appid: Id(32),
        /// The customer's openid.
        openid: Id(64) short,
        /// The customer's name, as sent. The client decrypts it.
        user_name: Text sensitive,
        /// The remark, as sent.
        transfer_remark: Text(32),
        /// Why it failed, such as `OVERDUE_CLOSE`.
        fail_reason: Text(64),
        /// When WeChat accepted it.
        create_time: Instant,
        /// When its state last changed.
        update_time: Instant,
        /// Which API confirmed it: `v3`, which alone has transfers.
        api: Enum<ApiVersion>(8) required,
    }
}

impl V3TransferState {
    /// Whether nothing changes any more.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Success | Self::Fail | Self::Cancelled)
    }
}

/// Whether an event of APIv3 is about a transfer.
pub(crate) fn is_transfer(notification: &V3Notification) -> bool {
    notification.event_type().starts_with("MCHTRANSFER.BILL.")
        && notification.get("original_type") == Some("mch_payment")
}

impl TransferNotification {
    /// Reads a notification, which was verified and decrypted before.
    pub(crate) fn of(notice: &Notice<'_>, merchant: &Merchant) -> Result<Self, Error> {
        let notification = match notice {
            Notice::V3(notification) => notification,
            Notice::V2(_) => {
                let what = "is of APIv2, which has no notifications of transfers: use notify.handle or notify.confirm";
                return Err(Error::malformed_message("body", what.to_owned()));
            }
        };
        if !is_transfer(notification) {
            return Err(not_taken(notification, "a transfer"));
        }
        let read = Self(notification.members());
        match read.check(merchant) {
            Ok(()) => Ok(read),
            Err(error) => Err(match read.0.filled("out_bill_no") {
                Some(number) => error.about(number),
                None => error,
            }),
        }
    }

    fn check(&self, merchant: &Merchant) -> Result<(), Error> {
        let told = self.0.get("mch_id").unwrap_or("missing");
        if told != merchant.mch_id() {
            let by = (SETTINGS, NOTIFICATION);
            return Err(Error::mismatch(ErrorCode::MchIdMismatch, "mch_id", merchant.mch_id(), told, by));
        }
        Self::RECORD.check(&self.0).map_err(|(field, why)| Error::malformed_message(field, why))
    }
}

/// Compares what WeChat answered about the transfer with what the notification said of it.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs.
pub(crate) fn confirmed_transfer(
    notification: &TransferNotification,
    reply: &V3TransferBill,
    merchant: &Merchant,
) -> Result<ConfirmedTransfer, Error> {
    let transfer = reply.fields();
    let said = [
        (ErrorCode::ReplyMismatch, "transfer_bill_no"),
        (ErrorCode::ReplyMismatch, "out_bill_no"),
        (ErrorCode::TransferAmountMismatch, "transfer_amount"),
    ];
    let rows = said.into_iter().map(|(code, name)| {
        Row::new(code, name, notification.0.filled(name), transfer.filled(name), (NOTIFICATION, REPLY))
    });
    compare(owner(merchant, transfer).into_iter().chain(rows))?;
    let state = reply.state();
    if !state.is_final() {
        let expected = "SUCCESS, FAIL or CANCELLED";
        let by = (NOTIFICATION, REPLY);
        return Err(Error::mismatch(ErrorCode::TransferStateMismatch, "state", expected, state.as_str(), by));
    }
    whole(transfer)
}

/// Compares what WeChat answered about a transfer that was queried by its number with what the merchant recorded. The inner error is the
/// state of a transfer that has no result yet.
///
/// # Errors
/// `Mismatch`, naming the first thing that differs.
pub(crate) fn confirmed_transfer_by_query(
    reply: &V3TransferBill,
    merchant: &Merchant,
    out_bill_no: &str,
    amount: Fen,
) -> Result<Result<ConfirmedTransfer, V3TransferState>, Error> {
    let transfer = reply.fields();
    let recorded = [
        Row::new(
            ErrorCode::ReplyMismatch,
            "out_bill_no",
            Some(out_bill_no),
            transfer.filled("out_bill_no"),
            ("the request", REPLY),
        ),
        Row::new(
            ErrorCode::TransferAmountMismatch,
            "transfer_amount",
            Some(amount.to_string()),
            transfer.filled("transfer_amount"),
            ("the recorded transfer", "WeChat"),
        ),
    ];
    compare(owner(merchant, transfer).into_iter().chain(recorded))?;
    let state = reply.state();
    if !state.is_final() {
        return Ok(Err(state));
    }
    whole(transfer).map(Ok)
}

/// Whose a transfer is. A shop may transfer under several appids, so that one is not compared.
fn owner<'a>(merchant: &'a Merchant, transfer: &'a Fields) -> [Row<'a>; 1] {
    let own = (SETTINGS, REPLY);
    [Row::new(ErrorCode::MchIdMismatch, "mch_id", Some(merchant.mch_id()), transfer.get("mch_id"), own)]
}

/// A transfer that has its result.
fn whole(transfer: &Fields) -> Result<ConfirmedTransfer, Error> {
    let api = (model::API, ApiVersion::V3.as_str());
    let transfer: Fields =
        std::iter::once(api).chain(transfer.iter().filter(|(name, _)| *name != model::API)).collect();
    ConfirmedTransfer::RECORD.check(&transfer).map_err(|(field, why)| Error::malformed_message(field, why))?;
    Ok(ConfirmedTransfer(transfer))
}
