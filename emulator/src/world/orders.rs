//! All orders and their indexes. Memory holds at most `--keep` of them; the file, if there is one, holds all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::clock::Millis;
use super::db::Db;
use super::order::{Order, OrderId, Prepay, TradeState};
use super::payment::Payment;

/// A search in the file loads the order into memory, where it stays at least until the lock is released.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    all: BTreeMap<OrderId, Slot>,
    made: u64,
    by_number: HashMap<String, HashMap<String, OrderId>>,
    by_way: HashMap<String, (OrderId, Millis)>,
    by_transaction: HashMap<String, OrderId>,
    /// Orders in memory that do not change by themselves any more. They leave memory first.
    finished: BTreeSet<OrderId>,
    /// Orders that may have changed since the lock was taken.
    touched: Vec<OrderId>,
    /// The file that holds all orders.
    pub(crate) db: Option<Db>,
}

#[derive(Debug)]
struct Slot {
    order: Box<Order>,
    /// The number of the write that stores the order as it is now.
    written: u64,
}

impl Orders {
    pub(crate) fn new(db: Option<Db>) -> Self {
        Self { made: db.as_ref().map_or(0, Db::newest), db, ..Self::default() }
    }

    pub(crate) fn insert(&mut self, order: Order) -> OrderId {
        self.made += 1;
        let id = OrderId(self.made);
        self.adopt(id, order);
        self.touched.push(id);
        id
    }

    fn adopt(&mut self, id: OrderId, order: Order) {
        let numbers = match self.by_number.get_mut(order.mch_id()) {
            Some(numbers) => numbers,
            None => self.by_number.entry(order.mch_id().to_owned()).or_default(),
        };
        numbers.insert(order.out_trade_no().to_owned(), id);
        self.by_way.extend(order.ways.iter().map(|(way, at)| (way.clone(), (id, *at))));
        if let Some(payment) = &order.payment {
            self.by_transaction.insert(payment.transaction_id.clone(), id);
        }
        if order.is_finished() {
            self.finished.insert(id);
        }
        self.all.insert(id, Slot { order: Box::new(order), written: 0 });
    }

    /// Gives an order new identifiers for its cashier.
    pub(crate) fn renew(&mut self, id: OrderId, prepay: Prepay) {
        let at = prepay.at;
        let fresh = [Some(prepay.id.clone()), prepay.code_url.clone()];
        let Some(order) = self.get_mut(id) else { return };
        let dropped = order.open(prepay);
        self.by_way.extend(fresh.into_iter().flatten().map(|way| (way, (id, at))));
        for way in dropped {
            self.by_way.remove(&way);
        }
    }

    /// Marks an order as paid. Returns `false` and changes nothing when another payment has the `transaction_id`.
    pub(crate) fn pay(&mut self, id: OrderId, payment: &Payment) -> bool {
        if self.by_transaction(&payment.transaction_id).is_some() {
            return false;
        }
        self.by_transaction.insert(payment.transaction_id.clone(), id);
        if let Some(order) = self.get_mut(id) {
            order.state = TradeState::Success;
            order.payment = Some(payment.clone());
        }
        true
    }

    pub(crate) fn get(&self, id: OrderId) -> Option<&Order> {
        self.all.get(&id).map(|slot| slot.order.as_ref())
    }

    pub(crate) fn get_mut(&mut self, id: OrderId) -> Option<&mut Order> {
        let slot = self.all.get_mut(&id)?;
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
        Some(slot.order.as_mut())
    }

    /// Like `get`, for an order that may have left memory.
    pub(crate) fn look_up(&mut self, id: OrderId) -> Option<&Order> {
        self.load(id)?;
        self.get(id)
    }

    /// Like `get_mut`, for an order that may have left memory.
    pub(crate) fn fetch(&mut self, id: OrderId) -> Option<&mut Order> {
        self.load(id)?;
        self.get_mut(id)
    }

    pub(crate) fn by_number(&mut self, mch_id: &str, out_trade_no: &str) -> Option<OrderId> {
        let known = self.by_number.get(mch_id).and_then(|numbers| numbers.get(out_trade_no)).copied();
        known.or_else(|| {
            let id = self.db.as_ref()?.by_number(mch_id, out_trade_no)?;
            self.load(id)
        })
    }

    /// The orders with this number, at most one of each merchant.
    pub(crate) fn with_number(&mut self, out_trade_no: &str) -> Vec<OrderId> {
        let found = self.by_number.values().filter_map(|numbers| numbers.get(out_trade_no).copied());
        let mut found: BTreeSet<OrderId> = found.collect();
        for id in self.db.as_ref().map(|db| db.with_number(out_trade_no)).unwrap_or_default() {
            found.extend(self.load(id));
        }
        found.into_iter().collect()
    }

    pub(crate) fn by_transaction(&mut self, transaction_id: &str) -> Option<OrderId> {
        let known = self.by_transaction.get(transaction_id).copied();
        known.or_else(|| {
            let id = self.db.as_ref()?.by_transaction(transaction_id)?;
            self.load(id)
        })
    }

    /// The order, and when it got this `prepay_id`.
    pub(crate) fn by_prepay(&mut self, prepay_id: &str) -> Option<(OrderId, Millis)> {
        self.by_way(prepay_id)
    }

    /// The order, and when it got this `code_url`.
    pub(crate) fn by_code(&mut self, code_url: &str) -> Option<(OrderId, Millis)> {
        self.by_way(code_url)
    }

    fn by_way(&mut self, way: &str) -> Option<(OrderId, Millis)> {
        let known = self.by_way.get(way).copied();
        known.or_else(|| {
            let (id, at) = self.db.as_ref()?.by_way(way)?;
            self.load(id).map(|id| (id, at))
        })
    }

    /// The newest orders of a merchant, or of all, newest first, in memory or not.
    pub(crate) fn newest<T>(&self, mch_id: Option<&str>, limit: usize, show: impl Fn(&Order) -> T) -> Vec<T> {
        let of_merchant = |order: &Order| mch_id.is_none_or(|wanted| wanted == order.mch_id());
        let here = self.iter().rev().filter(|(_, order)| of_merchant(order)).take(limit);
        let mut found: Vec<(OrderId, T)> = here.map(|(id, order)| (id, show(order))).collect();
        let newest = OrderId(self.made + 1);
        let there = self.db.as_ref().map(|db| db.older(newest, mch_id, limit)).unwrap_or_default();
        // Memory is newer than the file.
        let there = there.into_iter().filter(|(id, _)| !self.all.contains_key(id));
        found.extend(there.map(|(id, order)| (id, show(&order))));
        found.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        found.truncate(limit);
        found.into_iter().map(|(_, shown)| shown).collect()
    }

    /// The orders in memory, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (OrderId, &Order)> {
        self.all.iter().map(|(id, slot)| (*id, slot.order.as_ref()))
    }

    /// The number of orders in memory.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// The orders that may have changed since the last call, each once.
    pub(crate) fn take_touched(&mut self) -> Vec<OrderId> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        for id in &touched {
            let finished = self.get(*id).is_some_and(Order::is_finished);
            if finished {
                self.finished.insert(*id)
            } else {
                self.finished.remove(id)
            };
        }
        touched
    }

    /// Writes an order to the file, if there is one.
    pub(crate) fn save(&mut self, id: OrderId) {
        if let (Some(db), Some(slot)) = (&mut self.db, self.all.get_mut(&id)) {
            slot.written = db.write(id, &slot.order);
        }
    }

    /// The order that leaves memory next: a finished one, or else the oldest. Never one whose notification is being sent,
    /// and never one whose last change is not committed to the file.
    pub(crate) fn next_to_leave(&self) -> Option<OrderId> {
        let written = self.db.as_ref().map_or(u64::MAX, Db::committed);
        let may_go =
            |id: &&OrderId| self.all.get(*id).is_some_and(|slot| slot.written <= written && !slot.order.is_busy());
        self.finished.iter().find(may_go).or_else(|| self.all.keys().find(may_go)).copied()
    }

    pub(crate) fn forget(&mut self, id: OrderId) {
        let Some(Slot { order, .. }) = self.all.remove(&id) else { return };
        self.finished.remove(&id);
        if let Some(numbers) = self.by_number.get_mut(order.mch_id()) {
            numbers.remove(order.out_trade_no());
        }
        for (way, _) in &order.ways {
            self.by_way.remove(way);
        }
        if let Some(payment) = &order.payment {
            self.by_transaction.remove(&payment.transaction_id);
        }
    }

    /// Loads an order into memory.
    fn load(&mut self, id: OrderId) -> Option<OrderId> {
        if !self.all.contains_key(&id) {
            let order = self.db.as_ref()?.order(id)?;
            self.adopt(id, order);
        }
        Some(id)
    }
}
