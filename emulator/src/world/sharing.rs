//! Profit sharing (分账): receivers, and what was shared and returned of orders (protocol v3 §12).

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::clock::Millis;
use super::fen::sum;
use super::tracked_map::TrackedMap;

/// All of it. Amounts are in fen.
#[derive(Debug)]
pub(crate) struct ProfitSharing {
    /// By [`receiver_key`].
    pub(crate) receivers: TrackedMap<Receiver>,
    /// By the merchant's number and its own one.
    pub(crate) orders: TrackedMap<SharingRecord>,
    pub(crate) returns: TrackedMap<Return>,
}

/// Who may receive a part of a merchant's orders.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Receiver {
    pub(crate) kind: String,
    pub(crate) account: String,
    pub(crate) relation: String,
}

/// A request to share an order, or to unfreeze what is left of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SharingRecord {
    /// The merchant that signed the request. Files of earlier versions do not have it.
    #[serde(default)]
    pub(crate) signer: String,
    /// The owner of the order: the sub-merchant, or the merchant that signed.
    pub(crate) mch_id: String,
    pub(crate) sub_mch_id: Option<String>,
    pub(crate) transaction_id: String,
    pub(crate) out_order_no: String,
    pub(crate) order_id: String,
    pub(crate) shares: Vec<Share>,
    pub(crate) created: Millis,
    /// When WeChat is done with it.
    pub(crate) finishes: Millis,
    /// Whether it ended the sharing of the order.
    pub(crate) unfreezes: bool,
    /// The body of the request with sorted members.
    pub(crate) request: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Share {
    pub(crate) kind: String,
    pub(crate) account: String,
    pub(crate) amount: u64,
    pub(crate) description: String,
    pub(crate) detail_id: String,
    /// `fail_reason`, when a fault gives it one.
    #[serde(default)]
    pub(crate) reason: Option<String>,
    /// Whether it ends CLOSED: the receiver does not get it.
    #[serde(default)]
    pub(crate) closed: bool,
}

/// Money that a receiver gave back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Return {
    pub(crate) order_id: String,
    pub(crate) out_order_no: String,
    pub(crate) out_return_no: String,
    pub(crate) return_id: String,
    pub(crate) return_mchid: String,
    pub(crate) amount: u64,
    pub(crate) description: String,
    pub(crate) created: Millis,
    pub(crate) finishes: Millis,
    /// Why it fails, if it does.
    #[serde(default)]
    pub(crate) fail_reason: Option<String>,
    /// The body of the request with sorted members. Files of earlier versions do not have it.
    #[serde(default)]
    pub(crate) request: String,
}

/// How long WeChat works on a request.
pub(crate) const DURATION: Millis = 2000;

impl ProfitSharing {
    pub(super) fn load(db: Option<&super::db::Db>) -> Self {
        Self {
            receivers: TrackedMap::load("sharing_receiver", db),
            orders: TrackedMap::load("sharing_order", db),
            returns: TrackedMap::load("sharing_return", db),
        }
    }

    pub(super) fn save(&mut self, db: Option<&super::db::Db>) {
        self.receivers.save(db);
        self.orders.save(db);
        self.returns.save(db);
    }

    /// What others have got or may still get of a payment, in fen. A sum that is too large is all that there can be.
    pub(crate) fn given(&self, transaction_id: &str, now: Millis) -> u64 {
        let own = self.of_payment(transaction_id);
        let amounts = own.map(|sharing| sharing.amount(now).saturating_sub(self.returned(&sharing.order_id)));
        sum(amounts).unwrap_or(u64::MAX)
    }

    /// Whether the sharing of a payment has ended.
    pub(crate) fn has_ended(&self, transaction_id: &str) -> bool {
        self.of_payment(transaction_id).any(|sharing| sharing.unfreezes)
    }

    fn of_payment(&self, transaction_id: &str) -> impl Iterator<Item = &SharingRecord> {
        self.orders.values().filter(move |sharing| sharing.transaction_id == transaction_id)
    }

    fn returned(&self, order_id: &str) -> u64 {
        let returns = self.returns.values().filter(|returned| returned.order_id == order_id);
        sum(returns.map(Return::given_back)).unwrap_or(u64::MAX)
    }

    /// The number of returns of a payment.
    pub(crate) fn returns_of(&self, transaction_id: &str) -> usize {
        let own: HashSet<&str> = self.of_payment(transaction_id).map(|sharing| sharing.order_id.as_str()).collect();
        self.returns.values().filter(|returned| own.contains(returned.order_id.as_str())).count()
    }

    /// Moves what is still to come to an earlier or a later time.
    pub(crate) fn postpone(&mut self, by: Millis) {
        self.orders.change(|sharing| sharing.finishes += by);
        self.returns.change(|returned| returned.finishes += by);
    }
}

impl Return {
    /// What the receiver gives back, in fen: nothing when it fails.
    pub(crate) fn given_back(&self) -> u64 {
        if self.fail_reason.is_none() { self.amount } else { 0 }
    }
}

impl SharingRecord {
    /// What it gives to others, in fen. A part that is closed is free again when the request is finished.
    pub(crate) fn amount(&self, now: Millis) -> u64 {
        let is_free = |share: &Share| share.closed && now >= self.finishes;
        let others = self.shares.iter().filter(|share| share.account != self.mch_id && !is_free(share));
        sum(others.map(|share| share.amount)).unwrap_or(u64::MAX)
    }
}

/// The names of receivers and of requests, which each merchant chooses itself.
pub(crate) fn key(mch_id: &str, number: &str) -> String {
    format!("{mch_id}/{number}")
}

pub(crate) fn receiver_key(mch_id: &str, sub_mch_id: Option<&str>, kind: &str, account: &str) -> String {
    format!("{mch_id}/{}/{kind}/{account}", sub_mch_id.unwrap_or_default())
}
