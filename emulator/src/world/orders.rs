//! All orders and their indexes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::clock::Millis;
use super::db::Db;
use super::order::{Order, Prepay, TradeState};
use super::payment::Payment;
use super::thing::ThingId;
use super::things::Things;

#[derive(Debug)]
pub(crate) struct Orders {
    pub(super) things: Things<Order>,
    /// The merchants whose orders are in memory, or were.
    merchants: BTreeSet<String>,
}

impl Orders {
    pub(super) fn new(db: Option<Arc<Db>>, newest: Arc<AtomicU64>) -> Self {
        Self { things: Things::new(db, newest), merchants: BTreeSet::new() }
    }

    pub(crate) fn insert(&mut self, order: Order) -> ThingId {
        if !self.merchants.contains(order.mch_id()) {
            self.merchants.insert(order.mch_id().to_owned());
        }
        self.things.insert(order)
    }

    /// Gives an order new identifiers for its cashier.
    pub(crate) fn renew(&mut self, id: ThingId, prepay: Prepay) {
        let at = prepay.at;
        let new = [Some(prepay.id.clone()), prepay.code_url.clone()];
        let Some(order) = self.things.get_mut(id) else { return };
        let dropped = order.open(prepay);
        for way in new.into_iter().flatten() {
            self.things.name(id, Order::way(&way), at);
        }
        for way in dropped {
            self.things.drop_name(&Order::way(&way));
        }
    }

    /// Marks an order as paid. Returns `false` and changes nothing when another payment has the `transaction_id`.
    pub(crate) fn pay(&mut self, id: ThingId, payment: &Payment) -> bool {
        if self.by_transaction(&payment.transaction_id).is_some() {
            return false;
        }
        if let Some(order) = self.things.get_mut(id) {
            order.state = TradeState::Success;
            order.payment = Some(payment.clone());
            self.things.name(id, Order::transaction(&payment.transaction_id), payment.at);
        }
        true
    }

    pub(crate) fn get(&self, id: ThingId) -> Option<&Order> {
        self.things.get(id)
    }

    pub(crate) fn get_mut(&mut self, id: ThingId) -> Option<&mut Order> {
        self.things.get_mut(id)
    }

    /// Like `get`, for an order that may have left memory.
    pub(crate) fn look_up(&mut self, id: ThingId) -> Option<&Order> {
        self.things.look_up(id)
    }

    /// Like `get_mut`, for an order that may have left memory.
    pub(crate) fn fetch(&mut self, id: ThingId) -> Option<&mut Order> {
        self.things.fetch(id)
    }

    pub(crate) fn by_number(&mut self, mch_id: &str, out_trade_no: &str) -> Option<ThingId> {
        self.find(&Order::number(mch_id, out_trade_no))
    }

    /// The part of a combined order of a merchant with this number.
    pub(crate) fn part_by_number(&mut self, combine_mchid: &str, out_trade_no: &str) -> Option<ThingId> {
        self.find(&Order::part(combine_mchid, out_trade_no))
    }

    /// The orders with this number, at most one of each merchant.
    pub(crate) fn with_number(&mut self, out_trade_no: &str) -> Vec<ThingId> {
        let names: Vec<String> = self.merchants.iter().map(|mch_id| Order::number(mch_id, out_trade_no)).collect();
        let mut found: BTreeSet<ThingId> =
            self.things.find_in_file(&Order::number("", out_trade_no)).into_iter().collect();
        found.extend(names.iter().filter_map(|name| self.find(name)));
        found.into_iter().collect()
    }

    pub(crate) fn by_transaction(&mut self, transaction_id: &str) -> Option<ThingId> {
        self.find(&Order::transaction(transaction_id))
    }

    fn find(&mut self, name: &str) -> Option<ThingId> {
        self.things.find(name).map(|(id, _)| id)
    }

    /// The order, and when it got this `prepay_id`.
    pub(crate) fn by_prepay(&mut self, prepay_id: &str) -> Option<(ThingId, Millis)> {
        self.things.find(&Order::way(prepay_id))
    }

    /// The order, and when it got this `code_url`.
    pub(crate) fn by_code(&mut self, code_url: &str) -> Option<(ThingId, Millis)> {
        self.things.find(&Order::way(code_url))
    }

    /// The newest orders of a merchant, or of all, newest first, in memory or not.
    pub(crate) fn newest<R>(&self, mch_id: Option<&str>, limit: usize, show: impl Fn(&Order) -> R) -> Vec<R> {
        self.things.newest(mch_id, limit, show)
    }

    /// The orders in memory, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (ThingId, &Order)> {
        self.things.iter()
    }
}
