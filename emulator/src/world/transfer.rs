//! A transfer to a customer (商家转账): its state and its notification (protocol v3 §11).

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::notification::Notification;
use super::order::V3Origin;
use super::thing::Thing;

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Transfer {
    pub(crate) mch_id: String,
    pub(crate) appid: String,
    pub(crate) out_bill_no: String,
    pub(crate) transfer_bill_no: String,
    pub(crate) openid: String,
    /// The receiver's real name, if the request has it.
    pub(crate) user_name: Option<String>,
    /// In fen.
    pub(crate) amount: u64,
    pub(crate) remark: String,
    pub(crate) notify_url: Option<String>,
    /// What the page passes to `requestMerchantTransfer`.
    pub(crate) package_info: String,
    pub(crate) created: Millis,
    pub(crate) updated: Millis,
    pub(crate) state: TransferState,
    pub(crate) fail_reason: Option<String>,
    /// When it changes by itself, and to what.
    pub(crate) next: Option<(Millis, TransferState)>,
    pub(crate) notification: Option<Notification>,
    /// When its receipt was applied for.
    #[serde(default)]
    pub(crate) receipt: Option<Millis>,
    pub(crate) v3: V3Origin,
}

/// The state of a transfer, in WeChat's spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TransferState {
    #[serde(rename = "WAIT_USER_CONFIRM")]
    WaitUserConfirm,
    #[serde(rename = "TRANSFERING")]
    Transfering,
    #[serde(rename = "SUCCESS")]
    Success,
    #[serde(rename = "FAIL")]
    Fail,
    #[serde(rename = "CANCELING")]
    Canceling,
    #[serde(rename = "CANCELLED")]
    Cancelled,
}

impl TransferState {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::WaitUserConfirm => "WAIT_USER_CONFIRM",
            Self::Transfering => "TRANSFERING",
            Self::Success => "SUCCESS",
            Self::Fail => "FAIL",
            Self::Canceling => "CANCELING",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// Whether nothing changes any more.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::Fail | Self::Cancelled)
    }
}

impl Transfer {
    /// Moves the due times that are still to come, to later or to earlier ones.
    pub(super) fn postpone(&mut self, by: Millis) {
        if let Some((at, _)) = &mut self.next {
            *at += by;
        }
        if let Some(notification) = &mut self.notification {
            notification.postpone(by);
        }
    }

    /// The name that finds a transfer by the merchant's number.
    pub(super) fn number(mch_id: &str, out_bill_no: &str) -> String {
        format!("N{out_bill_no}/{mch_id}")
    }

    /// The name that finds a transfer by WeChat's number.
    pub(super) fn id(transfer_bill_no: &str) -> String {
        format!("I{transfer_bill_no}")
    }
}

impl Thing for Transfer {
    const KIND: &'static str = "transfer";

    fn mch_id(&self) -> &str {
        &self.mch_id
    }

    fn names(&self) -> Vec<(String, Millis)> {
        let number = Self::number(&self.mch_id, &self.out_bill_no);
        vec![(number, self.created), (Self::id(&self.transfer_bill_no), self.created)]
    }

    fn due(&self) -> Option<Millis> {
        let notified = || self.notification.as_ref().and_then(Notification::due);
        self.next.map(|(at, _)| at).or_else(notified)
    }

    fn due_after_restart(&self) -> Option<Millis> {
        let notified = || self.notification.as_ref().and_then(Notification::due_after_restart);
        self.next.map(|(at, _)| at).or_else(notified)
    }

    fn is_busy(&self) -> bool {
        self.notification.as_ref().is_some_and(Notification::is_under_way)
    }
}
