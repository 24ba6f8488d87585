//! All things of a kind. Memory holds at most `--keep` of them; the file, if there is one, holds all.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::clock::Millis;
use super::db::Db;
use super::thing::{Thing, ThingId};

/// A search in the file loads the thing into memory, where it stays at least until the lock is released.
#[derive(Debug)]
pub(crate) struct Things<T> {
    all: BTreeMap<ThingId, Slot<T>>,
    names: HashMap<String, (ThingId, Millis)>,
    /// Things in memory that do not change by themselves any more. They leave memory first.
    finished: BTreeSet<ThingId>,
    /// Things that may have changed since the lock was taken.
    touched: Vec<ThingId>,
    /// Names that the file does not have yet.
    new_names: Vec<(String, ThingId, Millis)>,
    /// The number of the newest thing of all kinds.
    newest: Arc<AtomicU64>,
    db: Option<Arc<Db>>,
}

#[derive(Debug)]
struct Slot<T> {
    thing: Box<T>,
    /// The number of the write that stores the thing as it is now.
    written: u64,
}

impl<T: Thing> Things<T> {
    /// `newest` counts the things of all kinds.
    pub(crate) fn new(db: Option<Arc<Db>>, newest: Arc<AtomicU64>) -> Self {
        Self {
            all: BTreeMap::new(),
            names: HashMap::new(),
            finished: BTreeSet::new(),
            touched: Vec::new(),
            new_names: Vec::new(),
            newest,
            db,
        }
    }

    pub(crate) fn insert(&mut self, thing: T) -> ThingId {
        let id = ThingId(self.newest.fetch_add(1, Ordering::Relaxed) + 1);
        if self.db.is_some() {
            self.new_names.extend(thing.names().into_iter().map(|(name, at)| (name, id, at)));
        }
        self.adopt(id, thing);
        self.touched.push(id);
        id
    }

    fn adopt(&mut self, id: ThingId, thing: T) {
        self.names.extend(thing.names().into_iter().map(|(name, at)| (name, (id, at))));
        if thing.is_finished() {
            self.finished.insert(id);
        }
        self.all.insert(id, Slot { thing: Box::new(thing), written: 0 });
    }

    /// Gives a thing another name.
    pub(crate) fn name(&mut self, id: ThingId, name: String, at: Millis) {
        if self.db.is_some() {
            self.new_names.push((name.clone(), id, at));
        }
        self.names.insert(name, (id, at));
    }

    /// Removes a name from memory. The file keeps it.
    pub(crate) fn drop_name(&mut self, name: &str) {
        self.names.remove(name);
    }

    pub(crate) fn get(&self, id: ThingId) -> Option<&T> {
        self.all.get(&id).map(|slot| slot.thing.as_ref())
    }

    pub(crate) fn get_mut(&mut self, id: ThingId) -> Option<&mut T> {
        let slot = self.all.get_mut(&id)?;
        if self.touched.last() != Some(&id) {
            self.touched.push(id);
        }
        Some(slot.thing.as_mut())
    }

    /// Like `get`, for a thing that may have left memory.
    pub(crate) fn look_up(&mut self, id: ThingId) -> Option<&T> {
        self.load(id)?;
        self.get(id)
    }

    /// Like `get_mut`, for a thing that may have left memory.
    pub(crate) fn fetch(&mut self, id: ThingId) -> Option<&mut T> {
        self.load(id)?;
        self.get_mut(id)
    }

    /// The thing of a name, and when it got that name.
    pub(crate) fn find(&mut self, name: &str) -> Option<(ThingId, Millis)> {
        let known = self.names.get(name).copied();
        known.or_else(|| {
            let (id, at) = self.db.as_ref()?.named(T::KIND, name)?;
            self.load(id).map(|id| (id, at))
        })
    }

    /// The things in the file whose name begins with a text.
    pub(crate) fn find_in_file(&mut self, beginning: &str) -> Vec<ThingId> {
        let found = self.db.as_ref().map(|db| db.named_from(T::KIND, beginning)).unwrap_or_default();
        found.into_iter().filter_map(|id| self.load(id)).collect()
    }

    /// The newest things of a merchant, or of all, newest first, in memory or not.
    pub(crate) fn newest<R>(&self, mch_id: Option<&str>, limit: usize, show: impl Fn(&T) -> R) -> Vec<R> {
        let of_merchant = |thing: &T| mch_id.is_none_or(|wanted| wanted == thing.mch_id());
        let here = self.iter().rev().filter(|(_, thing)| of_merchant(thing)).take(limit);
        let mut found: Vec<(ThingId, R)> = here.map(|(id, thing)| (id, show(thing))).collect();
        let there = self.db.as_ref().map(|db| db.newest_of::<T>(mch_id, limit)).unwrap_or_default();
        // Memory is newer than the file.
        let there = there.into_iter().filter(|(id, _)| !self.all.contains_key(id));
        found.extend(there.map(|(id, thing)| (id, show(&thing))));
        found.sort_unstable_by(|(one, _), (other, _)| other.cmp(one));
        found.truncate(limit);
        found.into_iter().map(|(_, shown)| shown).collect()
    }

    /// The things in memory, oldest first.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = (ThingId, &T)> {
        self.all.iter().map(|(id, slot)| (*id, slot.thing.as_ref()))
    }

    /// Whether a thing is in memory.
    pub(crate) fn holds(&self, id: ThingId) -> bool {
        self.all.contains_key(&id)
    }

    /// Writes the changed things to the file, if there is one. Returns them, each once, with when they are due.
    pub(crate) fn save(&mut self) -> Vec<(ThingId, Option<Millis>)> {
        let mut touched = std::mem::take(&mut self.touched);
        touched.sort_unstable();
        touched.dedup();
        let mut changed = Vec::with_capacity(touched.len());
        for id in touched {
            let Some(slot) = self.all.get_mut(&id) else { continue };
            if slot.thing.is_finished() {
                self.finished.insert(id);
            } else {
                self.finished.remove(&id);
            }
            if let Some(db) = &self.db {
                slot.written = db.write(id, slot.thing.as_ref());
            }
            changed.push((id, slot.thing.due()));
        }
        if let Some(db) = &self.db {
            for (name, id, at) in self.new_names.drain(..) {
                db.write_name(T::KIND, name, id, at);
            }
        }
        changed
    }

    /// Removes things from memory until at most `keep` are left, if that is possible. Returns those that nothing keeps.
    pub(crate) fn shrink(&mut self, keep: usize) -> Vec<ThingId> {
        let mut lost = Vec::new();
        while self.all.len() > keep {
            let Some(id) = self.next_to_leave() else { break };
            self.forget(id);
            if self.db.is_none() {
                lost.push(id);
            }
        }
        lost
    }

    /// The thing that leaves memory next: a finished one, or else the oldest. Never a busy one, and never one whose last
    /// change is not committed to the file.
    fn next_to_leave(&self) -> Option<ThingId> {
        let written = self.db.as_ref().map_or(u64::MAX, |db| db.committed());
        let may_go =
            |id: &&ThingId| self.all.get(*id).is_some_and(|slot| slot.written <= written && !slot.thing.is_busy());
        self.finished.iter().find(may_go).or_else(|| self.all.keys().find(may_go)).copied()
    }

    fn forget(&mut self, id: ThingId) {
        let Some(Slot { thing, .. }) = self.all.remove(&id) else { return };
        self.finished.remove(&id);
        for (name, _) in thing.names() {
            self.names.remove(&name);
        }
    }

    /// Loads a thing into memory.
    fn load(&mut self, id: ThingId) -> Option<ThingId> {
        if !self.all.contains_key(&id) {
            let thing = self.db.as_ref()?.read::<T>(id)?;
            self.adopt(id, thing);
        }
        Some(id)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::world::orders::Orders;

    /// A kind of thing that WeChat does not have.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Parcel {
        number: String,
        lapses: Option<Millis>,
        busy: bool,
    }

    impl Thing for Parcel {
        const KIND: &'static str = "parcel";

        fn mch_id(&self) -> &str {
            "1"
        }

        fn names(&self) -> Vec<(String, Millis)> {
            vec![(format!("N{}", self.number), 5)]
        }

        fn due(&self) -> Option<Millis> {
            self.lapses.filter(|_| !self.busy)
        }

        fn due_after_restart(&self) -> Option<Millis> {
            self.lapses
        }

        fn is_busy(&self) -> bool {
            self.busy
        }
    }

    fn parcel(number: &str, lapses: Option<Millis>) -> Parcel {
        Parcel { number: number.to_owned(), lapses, busy: false }
    }

    /// A file that is gone when it is dropped.
    struct File(PathBuf);

    impl File {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("wxpaykit-things-{}-{name}.db", std::process::id())))
        }

        fn open(&self) -> (Arc<Db>, Things<Parcel>) {
            let db = Arc::new(Db::open(&self.0).unwrap());
            let newest = Arc::new(AtomicU64::new(db.newest()));
            (Arc::clone(&db), Things::new(Some(db), newest))
        }
    }

    impl Drop for File {
        fn drop(&mut self) {
            for end in ["", "-wal", "-shm", "-lock"] {
                let mut path = self.0.clone().into_os_string();
                path.push(end);
                let _ = std::fs::remove_file(Path::new(&path));
            }
        }
    }

    #[test]
    fn a_file_keeps_any_kind() {
        let file = File::new("kinds");
        let (db, mut parcels) = file.open();
        let one = parcels.insert(parcel("1", Some(10)));
        let other = parcels.insert(parcel("2", None));
        parcels.name(other, "Nalias".to_owned(), 7);
        assert_eq!(parcels.save(), [(one, Some(10)), (other, None)]);
        parcels.get_mut(one).unwrap().busy = true;
        assert_eq!(parcels.save(), [(one, None)], "nothing else has changed");
        db.send();
        drop((db, parcels));

        let (db, mut parcels) = file.open();
        assert_eq!(parcels.find("N1"), Some((one, 5)));
        assert_eq!(parcels.find("Nalias"), Some((other, 7)));
        assert_eq!(parcels.find("N3"), None);
        assert_eq!(parcels.look_up(one).unwrap().due_after_restart(), Some(10));
        assert_eq!(parcels.newest(Some("1"), 9, |parcel| parcel.number.clone()), ["2", "1"]);
        assert!(parcels.newest(Some("2"), 9, |parcel| parcel.number.clone()).is_empty());
        // Another kind has other numbers, other names, and knows nothing of this one.
        let mut orders = Orders::new(Some(Arc::clone(&db)), Arc::clone(&parcels.newest));
        assert!(orders.look_up(one).is_none() && orders.with_number("1").is_empty());
        assert_eq!(parcels.insert(parcel("3", None)), ThingId(other.0 + 1));
        // A kind that this emulator does not have is left alone.
        let (due, next) = db.due_from((Millis::MIN, ThingId(0)), 100);
        assert!(due.is_empty() && next.is_none());
    }

    #[test]
    fn memory_keeps_unfinished_orders() {
        let mut parcels: Things<Parcel> = Things::new(None, Arc::default());
        let ids: Vec<ThingId> = (0..5).map(|n| parcels.insert(parcel(&n.to_string(), Some(n)))).collect();
        parcels.get_mut(ids[3]).unwrap().lapses = None;
        parcels.get_mut(ids[0]).unwrap().busy = true;
        parcels.save();
        assert_eq!(parcels.shrink(3), [ids[3], ids[1]], "the finished one, then the oldest that is not busy");
        assert_eq!(parcels.find("N1"), None);
        assert_eq!(parcels.find("N2"), Some((ids[2], 5)));
    }

    #[test]
    fn uncommitted_entries_stay_in_memory() {
        let file = File::new("committed");
        let (db, mut parcels) = file.open();
        let id = parcels.insert(parcel("1", None));
        parcels.save();
        assert_eq!(parcels.shrink(0), []);
        assert!(parcels.holds(id));
        db.send();
        let (sent, mut progress) = db.pending();
        let wait = progress.wait_for(|progress| progress.committed >= sent);
        let reached = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(wait).is_ok();
        assert!(reached);
        assert_eq!(parcels.shrink(0), [], "the file keeps it");
        assert!(!parcels.holds(id));
        assert_eq!(parcels.find("N1"), Some((id, 5)));
    }
}
