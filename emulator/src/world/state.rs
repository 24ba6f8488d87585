//! Everything that changes, behind one lock.

use std::collections::HashSet;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::accounts::Accounts;
use super::agenda::{Agenda, WINDOW};
use super::balances::Balances;
use super::bill_files::BillFiles;
use super::clock::Millis;
use super::comment::Comment;
use super::db::Db;
use super::due::Due;
use super::grants::Grants;
use super::merchant::Merchant;
use super::notice::Notice;
use super::openids::OpenIds;
use super::order::TradeState;
use super::orders::Orders;
use super::pages::Pages;
use super::pay_codes::PayCodes;
use super::payout::Payout;
use super::platform_keys::{MerchantKeys, Rotation};
use super::refunds::Refunds;
use super::sessions::Sessions;
use super::sharing::ProfitSharing;
use super::thing::{Thing, ThingId};
use super::things::Things;
use super::tracked_map::TrackedMap;
use super::transfers::Transfers;

/// The state. Code that holds its lock neither waits nor signs.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) orders: Orders,
    pub(crate) refunds: Refunds,
    pub(crate) transfers: Transfers,
    /// Red packets and payments to members of WeCom.
    pub(crate) payouts: Things<Payout>,
    pub(crate) sharing: ProfitSharing,
    /// What receivers of profit sharing are told.
    pub(crate) notices: Things<Notice>,
    pub(crate) balances: Balances,
    /// By the number of the payment.
    pub(crate) comments: TrackedMap<Comment>,
    pub(crate) agenda: Agenda,
    pub(crate) openids: OpenIds,
    pub(crate) grants: Grants,
    pub(crate) sessions: Sessions,
    pub(crate) accounts: Accounts,
    pub(crate) pages: Pages,
    pub(crate) pay_codes: PayCodes,
    /// The bills that can be downloaded by APIv3.
    pub(crate) bill_files: BillFiles,
    /// The texts of permanent codes, by their short ones.
    pub(crate) short_urls: TrackedMap<String>,
    /// How far the rotation of the platform certificates is, where the control API has moved it.
    rotation: TrackedMap<Rotation>,
    /// When that rotation began, on this machine's clock.
    rotated: TrackedMap<Millis>,
    /// The keys of APIv3 of merchants, by their number, where the control API has set them.
    pub(crate) merchant_keys: TrackedMap<MerchantKeys>,
    /// Things whose notification waits until another one was sent.
    pub(crate) held: Vec<Due>,
    /// The number of things of a kind that stay in memory.
    keep: usize,
    db: Option<Arc<Db>>,
}

/// The name of the one entry of its kind.
const ROTATION: &str = "platform";

#[derive(Debug)]
pub(crate) struct Shared(Mutex<State>);

impl Shared {
    pub(crate) fn new(db: Option<Arc<Db>>, keep: usize) -> Self {
        let newest = Arc::new(AtomicU64::new(db.as_deref().map_or(0, Db::newest)));
        let file = db.as_deref();
        Self(Mutex::new(State {
            orders: Orders::new(db.clone(), Arc::clone(&newest)),
            refunds: Refunds::new(db.clone(), Arc::clone(&newest)),
            transfers: Transfers::new(db.clone(), Arc::clone(&newest)),
            payouts: Things::new(db.clone(), Arc::clone(&newest)),
            notices: Things::new(db.clone(), newest),
            sharing: ProfitSharing::load(file),
            balances: Balances::load(file),
            comments: TrackedMap::load("comment", file),
            agenda: Agenda::new(db.is_some()),
            openids: OpenIds::load(file),
            grants: Grants::load(file),
            sessions: Sessions::load(file),
            accounts: Accounts::load(file),
            pages: Pages::default(),
            pay_codes: PayCodes::load(file),
            bill_files: BillFiles::default(),
            short_urls: TrackedMap::load("short_url", file),
            rotation: TrackedMap::load("rotation", file),
            rotated: TrackedMap::load("rotated", file),
            merchant_keys: TrackedMap::load("merchant_keys", file),
            held: Vec::new(),
            keep,
            db,
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

    /// How far the rotation of the platform certificates is.
    pub(crate) fn rotation(&self) -> Rotation {
        self.rotation.get(ROTATION).copied().unwrap_or_default()
    }

    /// When the rotation began; `None` before one.
    pub(crate) fn rotated(&self) -> Option<Millis> {
        self.rotated.get(ROTATION).copied()
    }

    pub(crate) fn rotate(&mut self, stage: Rotation, now: Millis) {
        match (self.rotation(), stage) {
            (_, Rotation::Old) => self.rotated.remove(ROTATION),
            (Rotation::Old, _) => self.rotated.insert(ROTATION.to_owned(), now),
            _ => {}
        }
        self.rotation.insert(ROTATION.to_owned(), stage);
    }

    /// Which keys of APIv3 a merchant has.
    pub(crate) fn keys_of(&self, merchant: &Merchant) -> MerchantKeys {
        self.merchant_keys.get(&merchant.mch_id).copied().unwrap_or(merchant.v3_keys)
    }

    /// Closes an order that is not paid. A customer who did not confirm in time has failed to pay.
    pub(crate) fn close(&mut self, id: ThingId) {
        let Some(order) = self.orders.get_mut(id) else { return };
        match order.state {
            TradeState::NotPay => order.state = TradeState::Closed,
            TradeState::UserPaying => {
                order.state = TradeState::PayError;
                order.confirming = None;
            }
            _ => {}
        }
    }

    /// Moves the due times of a thing that are still to come, to later or to earlier ones.
    pub(crate) fn postpone(&mut self, thing: Due, by: Millis) {
        match thing {
            Due::Order(id) => {
                if let Some(order) = self.orders.fetch(id) {
                    order.postpone(by);
                }
            }
            Due::Refund(id) => {
                if let Some(refund) = self.refunds.fetch(id) {
                    refund.postpone(by);
                }
            }
            Due::Transfer(id) => {
                if let Some(transfer) = self.transfers.fetch(id) {
                    transfer.postpone(by);
                }
            }
            Due::Payout(id) => {
                if let Some(payout) = self.payouts.fetch(id) {
                    payout.postpone(by);
                }
            }
            Due::Notice(id) => {
                if let Some(notice) = self.notices.fetch(id) {
                    notice.notification.postpone(by);
                }
            }
        }
    }

    /// When something is due next.
    pub(crate) fn next_due(&mut self) -> Option<Millis> {
        self.look_ahead();
        self.agenda.first()
    }

    /// Takes the next thing that is due by `target`, and its time.
    pub(crate) fn take_due(&mut self, target: Millis) -> Option<(Millis, Due)> {
        self.look_ahead();
        self.agenda.take_until(target)
    }

    /// Reads more of the file's agenda when everything that was read has happened.
    fn look_ahead(&mut self) {
        while let Some(from) = self.agenda.wants_more() {
            let Some(db) = &self.db else { return };
            let (mut read, horizon) = db.due_from(from, WINDOW);
            // Memory may be newer than the file.
            read.retain(|(_, thing)| !self.holds(*thing));
            read.extend(
                self.due_in_memory().filter(|(at, thing)| horizon.is_none_or(|horizon| (*at, thing.id()) < horizon)),
            );
            read.sort_unstable();
            self.agenda.widen(&read, horizon);
        }
    }

    /// Whether a thing is in memory.
    fn holds(&self, thing: Due) -> bool {
        match thing {
            Due::Order(id) => self.orders.things.holds(id),
            Due::Refund(id) => self.refunds.things.holds(id),
            Due::Transfer(id) => self.transfers.things.holds(id),
            Due::Payout(id) => self.payouts.holds(id),
            Due::Notice(id) => self.notices.holds(id),
        }
    }

    /// The things in memory that are due, of all kinds.
    fn due_in_memory(&self) -> impl Iterator<Item = (Millis, Due)> {
        let orders = self.orders.iter().filter_map(|(id, order)| Some((order.due()?, Due::Order(id))));
        let refunds = self.refunds.iter().filter_map(|(id, refund)| Some((refund.due()?, Due::Refund(id))));
        let transfers = self.transfers.iter().filter_map(|(id, transfer)| Some((transfer.due()?, Due::Transfer(id))));
        let payouts = self.payouts.iter().filter_map(|(id, payout)| Some((payout.due()?, Due::Payout(id))));
        let notices = self.notices.iter().filter_map(|(id, notice)| Some((notice.due()?, Due::Notice(id))));
        orders.chain(refunds).chain(transfers).chain(payouts).chain(notices)
    }

    /// Brings agenda, file and memory up to date with the changes.
    fn settle(&mut self) {
        settle(&mut self.orders.things, &mut self.agenda, self.keep, Due::Order);
        settle(&mut self.refunds.things, &mut self.agenda, self.keep, Due::Refund);
        settle(&mut self.transfers.things, &mut self.agenda, self.keep, Due::Transfer);
        settle(&mut self.payouts, &mut self.agenda, self.keep, Due::Payout);
        settle(&mut self.notices, &mut self.agenda, self.keep, Due::Notice);
        let db = self.db.as_deref();
        self.openids.save(db);
        self.balances.save(db);
        self.comments.save(db);
        self.grants.save(db);
        self.sessions.save(db);
        self.accounts.save(db);
        self.pay_codes.save(db);
        self.short_urls.save(db);
        self.sharing.save(db);
        self.rotation.save(db);
        self.rotated.save(db);
        self.merchant_keys.save(db);
        if let Some(db) = db {
            self.agenda.narrow();
            db.send();
        }
    }
}

/// The same for things of one kind.
fn settle<T: Thing>(things: &mut Things<T>, agenda: &mut Agenda, keep: usize, kind: fn(ThingId) -> Due) {
    for (id, due) in things.save() {
        agenda.set(kind(id), due);
    }
    for lost in things.shrink(keep) {
        agenda.set(kind(lost), None);
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
