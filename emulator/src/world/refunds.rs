//! All refunds and their indexes.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::db::Db;
use super::refund::Refund;
use super::thing::ThingId;
use super::things::Things;

#[derive(Debug)]
pub(crate) struct Refunds {
    pub(super) things: Things<Refund>,
}

impl Refunds {
    pub(super) fn new(db: Option<Arc<Db>>, newest: Arc<AtomicU64>) -> Self {
        Self { things: Things::new(db, newest) }
    }

    pub(crate) fn insert(&mut self, refund: Refund) -> ThingId {
        self.things.insert(refund)
    }

    pub(crate) fn get(&self, id: ThingId) -> Option<&Refund> {
        self.things.get(id)
    }

    /// A refund that may have left memory.
    pub(crate) fn look_up(&mut self, id: ThingId) -> Option<&Refund> {
        self.things.look_up(id)
    }

    /// Like `look_up`, to change it.
    pub(crate) fn fetch(&mut self, id: ThingId) -> Option<&mut Refund> {
        self.things.fetch(id)
    }

    pub(crate) fn by_number(&mut self, mch_id: &str, out_refund_no: &str) -> Option<ThingId> {
        self.things.find(&Refund::number(mch_id, out_refund_no)).map(|(id, _)| id)
    }

    pub(crate) fn by_refund_id(&mut self, refund_id: &str) -> Option<ThingId> {
        self.things.find(&Refund::id(refund_id)).map(|(id, _)| id)
    }

    /// The newest refunds of a merchant, or of all, newest first, in memory or not.
    pub(crate) fn newest<R>(&self, mch_id: Option<&str>, limit: usize, show: impl Fn(&Refund) -> R) -> Vec<R> {
        self.things.newest(mch_id, limit, show)
    }

    /// The refunds in memory, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (ThingId, &Refund)> {
        self.things.iter()
    }
}
