//! Transfers to customers, as a kind of things that are handed over once. APIv3 alone has them, so either question is its query.

use super::item::{Item, NotificationNumbers, PendingAnswer, PendingFields};
use super::ledger::{ItemKind, Schedule};
use crate::error::Error;
use crate::merchant::Merchant;
use crate::money::Fen;
use crate::notify::{
    ConfirmedTransfer, Notice, TransferNotification, confirmed_transfer, confirmed_transfer_by_query, is_transfer,
};
use crate::v3::transfer::{V3TransferBill, V3TransferQuery, V3TransferState};

/// A transfer whose result the merchant does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingTransfer {
    /// The merchant's number of the transfer.
    pub out_bill_no: String,
    /// The amount that the merchant recorded for it.
    pub transfer_amount: Fen,
    /// When it was asked for, in seconds since 1970.
    pub created: i64,
}

impl PendingTransfer {
    /// A transfer of this number and amount. `created` is in seconds since 1970.
    pub fn new(out_bill_no: impl Into<String>, transfer_amount: Fen, created: i64) -> Self {
        Self { out_bill_no: out_bill_no.into(), transfer_amount, created }
    }
}

impl ItemKind {
    /// A transfer that the customer has, by WeChat's `transfer_bill_no`.
    pub const TRANSFER: Self = Self::new("transferred", "wxpay-transfer", "transfer");
    /// A transfer that failed or was cancelled, by WeChat's `transfer_bill_no`.
    pub const FAILED_TRANSFER: Self = Self::new("transfer_failed", "wxpay-transfer-failed", "transfer");

    /// A transfer with this result.
    fn of_transfer(state: &V3TransferState) -> Self {
        match state {
            V3TransferState::Fail | V3TransferState::Cancelled => Self::FAILED_TRANSFER,
            _ => Self::TRANSFER,
        }
    }
}

impl Item for ConfirmedTransfer {
    type Notification = TransferNotification;
    type Pending = PendingTransfer;
    type Query = V3TransferQuery;
    type V3Query = V3TransferQuery;

    const NAME: &'static str = "transfer";
    const PENDING: &'static str = "transfer";
    const NUMBER: &'static str = "out_bill_no";
    const FEE: &'static str = "transfer_amount";
    const ASKED: &'static str = "asked_transfer";
    const FAILED: &'static str = "transfer_failed";
    const ENTRY_DEPENDS_ON_ANSWER: bool = true;
    /// The customer has a day to confirm one, and WeChat may close it later than that (protocol v3 §11.2). A query finds it for 30 days.
    const SCHEDULE: Schedule = Schedule {
        ages: &[30, 120, 600, 1800, 7200, 21_600, 43_200, 86_400, 90_000, 108_000, 172_800, 259_200, 604_800],
        too_old: 604_800 + 86_400,
    };

    fn kind(&self) -> ItemKind {
        ItemKind::of_transfer(&self.state())
    }

    fn mch_id(&self) -> &str {
        self.mch_id()
    }

    fn id(&self) -> &str {
        self.transfer_bill_no()
    }

    /// A transfer belongs to no order: its own number stands for it.
    fn out_trade_no(&self) -> &str {
        self.out_bill_no()
    }

    fn is_success(&self) -> bool {
        self.state() == V3TransferState::Success
    }

    fn is_notified_by(notice: &Notice<'_>) -> bool {
        match notice {
            Notice::V2(_) => false,
            Notice::V3(notification) => is_transfer(notification),
        }
    }

    fn parse(
        notice: &Notice<'_>,
        merchant: &Merchant,
        _search: impl FnOnce() -> bool,
    ) -> Result<TransferNotification, Error> {
        TransferNotification::of(notice, merchant)
    }

    fn notified(notification: &TransferNotification) -> NotificationNumbers<'_> {
        NotificationNumbers {
            kind: ItemKind::of_transfer(&notification.state()),
            id: notification.transfer_bill_no(),
            out_trade_no: notification.out_bill_no(),
            sub_mch_id: None,
        }
    }

    fn query_notified(notification: &TransferNotification) -> V3TransferQuery {
        V3TransferQuery::new().transfer_bill_no(notification.transfer_bill_no())
    }

    fn v3_query_notified(notification: &TransferNotification) -> V3TransferQuery {
        Self::query_notified(notification)
    }

    fn v2_reply(reply: &V3TransferBill, _merchant: &Merchant, _sub_mch_id: Option<&str>) -> V3TransferBill {
        reply.clone()
    }

    fn confirm_notified(
        notification: &TransferNotification,
        reply: V3TransferBill,
        merchant: &Merchant,
    ) -> Result<Self, Error> {
        confirmed_transfer(notification, &reply, merchant)
    }

    /// A transfer is the client's own merchant's, also where the settings have a sub-merchant.
    fn pending(values: PendingFields<'_>) -> PendingTransfer {
        let PendingFields { number, fee, created, .. } = values;
        PendingTransfer { out_bill_no: number.to_owned(), transfer_amount: fee, created }
    }

    fn fields_of(pending: &PendingTransfer) -> PendingFields<'_> {
        PendingFields {
            number: &pending.out_bill_no,
            fee: pending.transfer_amount,
            created: pending.created,
            sub_mch_id: None,
            combine_out_trade_no: None,
        }
    }

    fn query_pending(pending: &PendingTransfer) -> V3TransferQuery {
        V3TransferQuery::new().out_bill_no(&pending.out_bill_no)
    }

    fn v3_query_pending(pending: &PendingTransfer) -> V3TransferQuery {
        Self::query_pending(pending)
    }

    fn confirm_pending(
        pending: &PendingTransfer,
        reply: V3TransferBill,
        merchant: &Merchant,
    ) -> Result<PendingAnswer<Self>, Error> {
        let answer = confirmed_transfer_by_query(&reply, merchant, &pending.out_bill_no, pending.transfer_amount)?;
        Ok(match answer {
            Ok(transfer) => PendingAnswer::Confirmed(transfer),
            Err(state) => PendingAnswer::Processing(state.as_str().to_owned()),
        })
    }
}
