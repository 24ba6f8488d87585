//! Everything that changes, behind one lock.

use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::accounts::Accounts;
use super::agenda::{Agenda, WINDOW};
use super::clock::Millis;
use super::db::Db;
use super::grants::Grants;
use super::openids::OpenIds;
use super::order::{OrderId, TradeState};
use super::orders::Orders;
use super::pages::Pages;

/// The state. Code that holds its lock neither waits nor signs.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) orders: Orders,
    pub(crate) agenda: Agenda,
    pub(crate) openids: OpenIds,
    pub(crate) grants: Grants,
    pub(crate) accounts: Accounts,
    pub(crate) pages: Pages,
    /// Orders whose notification waits until another's was sent.
    pub(crate) held: Vec<OrderId>,
    /// The number of orders that stay in memory.
    keep: usize,
}

#[derive(Debug)]
pub(crate) struct Shared(Mutex<State>);

impl Shared {
    pub(crate) fn new(db: Option<Db>, keep: usize) -> Self {
        Self(Mutex::new(State {
            agenda: Agenda::new(db.is_some()),
            openids: OpenIds::load(db.as_ref()),
            grants: Grants::load(db.as_ref()),
            accounts: Accounts::load(db.as_ref()),
            pages: Pages::default(),
            held: Vec::new(),
            keep,
            orders: Orders::new(db),
        }))
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        Guard(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl State {
    /// Records the appid of an openid.
    pub(crate) fn issue(&mut self, openid: String, appid: &str) {
        if self.openids.is_full() {
            // An order that is sent again has its openid checked again.
            let unpaid = self.orders.iter().filter(|(_, order)| order.state == TradeState::NotPay);
            let named = unpaid.flat_map(|(_, order)| [order.field("openid"), order.field("sub_openid")]);
            let needed: HashSet<&str> = named.collect();
            self.openids.sweep(|openid| needed.contains(openid));
        }
        self.openids.issue(openid, appid);
    }

    /// Closes an order that is not paid.
    pub(crate) fn close(&mut self, id: OrderId) {
        if let Some(order) = self.orders.get_mut(id).filter(|order| order.state == TradeState::NotPay) {
            order.state = TradeState::Closed;
        }
    }

    /// When something is due next.
    pub(crate) fn next_due(&mut self) -> Option<Millis> {
        self.look_ahead();
        self.agenda.first()
    }

    /// Takes the next order that is due by `target`, and its time.
    pub(crate) fn take_due(&mut self, target: Millis) -> Option<(Millis, OrderId)> {
        self.look_ahead();
        self.agenda.take_until(target)
    }

    /// Reads more of the file's agenda when everything that was read has happened.
    fn look_ahead(&mut self) {
        while let Some(from) = self.agenda.wants_more() {
            let Some(db) = &self.orders.db else { return };
            let mut read = db.due_from(from, WINDOW);
            let horizon = if read.len() < WINDOW { None } else { read.pop() };
            // Memory may be newer than the file.
            read.retain(|(_, id)| self.orders.get(*id).is_none());
            let here = self.orders.iter().filter_map(|(id, order)| Some((order.due()?, id)));
            read.extend(here.filter(|due| horizon.is_none_or(|horizon| *due < horizon)));
            read.sort_unstable();
            self.agenda.widen(&read, horizon);
        }
    }

    /// Brings agenda, file and memory up to date with the changes.
    fn settle(&mut self) {
        for id in self.orders.take_touched() {
            let Some(order) = self.orders.get(id) else { continue };
            self.agenda.set(id, order.due());
            self.orders.save(id);
        }
        let db = &mut self.orders.db;
        self.openids.save(db.as_mut());
        self.grants.save(db.as_mut());
        self.accounts.save(db.as_mut());
        if db.is_some() {
            self.agenda.narrow();
        }
        while self.orders.len() > self.keep {
            let Some(id) = self.orders.next_to_leave() else { break };
            self.orders.forget(id);
            if self.orders.db.is_none() {
                self.agenda.set(id, None);
            }
        }
    }
}

/// The locked state. Changes take effect when it is released.
pub(crate) struct Guard<'a>(MutexGuard<'a, State>);

impl Deref for Guard<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl DerefMut for Guard<'_> {
    fn deref_mut(&mut self) -> &mut State {
        &mut self.0
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.settle();
    }
}
