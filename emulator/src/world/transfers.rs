//! All transfers and their indexes.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::db::Db;
use super::thing::ThingId;
use super::things::Things;
use super::transfer::Transfer;

#[derive(Debug)]
pub(crate) struct Transfers {
    pub(super) things: Things<Transfer>,
}

impl Transfers {
    pub(super) fn new(db: Option<Arc<Db>>, newest: Arc<AtomicU64>) -> Self {
        Self { things: Things::new(db, newest) }
    }

    pub(crate) fn insert(&mut self, transfer: Transfer) -> ThingId {
        self.things.insert(transfer)
    }

    /// A transfer that may have left memory.
    pub(crate) fn look_up(&mut self, id: ThingId) -> Option<&Transfer> {
        self.things.look_up(id)
    }

    /// Like `look_up`, to change it.
    pub(crate) fn fetch(&mut self, id: ThingId) -> Option<&mut Transfer> {
        self.things.fetch(id)
    }

    pub(crate) fn by_number(&mut self, mch_id: &str, out_bill_no: &str) -> Option<ThingId> {
        self.things.find(&Transfer::number(mch_id, out_bill_no)).map(|(id, _)| id)
    }

    pub(crate) fn by_bill_no(&mut self, transfer_bill_no: &str) -> Option<ThingId> {
        self.things.find(&Transfer::id(transfer_bill_no)).map(|(id, _)| id)
    }

    /// The newest ones, newest first.
    pub(crate) fn newest<R>(&self, limit: usize, show: impl Fn(&Transfer) -> R) -> Vec<R> {
        self.things.newest(None, limit, show)
    }

    /// The newest ones of a merchant, newest first, in memory or not.
    pub(crate) fn newest_of<R>(&self, mch_id: &str, limit: usize, show: impl Fn(&Transfer) -> R) -> Vec<R> {
        self.things.newest(Some(mch_id), limit, show)
    }

    /// Those in memory, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (ThingId, &Transfer)> {
        self.things.iter()
    }
}
