//! Everything that is due later on the emulated clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::Notify;

use super::clock::Millis;
use super::due::Due;
use super::thing::ThingId;

/// The things that change by themselves, by the time at which they do. Those of one instant keep the order in which they
/// were added.
///
/// With a file, memory holds only the entries that are due before the horizon. The rest is read after those are done.
#[derive(Debug)]
pub(crate) struct Agenda {
    due: BTreeMap<Key, Due>,
    keys: HashMap<Due, Key>,
    added: u64,
    horizon: Option<(Millis, ThingId)>,
    /// Notified when something is added that comes before everything else.
    changed: Arc<Notify>,
}

type Key = (Millis, u64);

/// Entries of the file's agenda that are read at once. At most twice as many are in memory.
pub(crate) const WINDOW: usize = 10_000;

impl Agenda {
    /// An empty agenda. `in_file` says whether a file holds the entries, none of which was read yet.
    pub(crate) fn new(in_file: bool) -> Self {
        let horizon = in_file.then_some((Millis::MIN, ThingId(0)));
        Self { due: BTreeMap::new(), keys: HashMap::new(), added: 0, horizon, changed: Arc::default() }
    }

    /// Adds, moves or removes a thing.
    pub(crate) fn set(&mut self, thing: Due, due: Option<Millis>) {
        let old = self.keys.get(&thing).copied();
        if old.map(|(at, _)| at) == due {
            return;
        }
        if let Some(old) = old {
            self.due.remove(&old);
            self.keys.remove(&thing);
        }
        let Some(at) = due else { return };
        let first = self.due.first_key_value().is_none_or(|((first, _), _)| at < *first);
        if first {
            self.changed.notify_one();
        }
        if self.horizon.is_some_and(|horizon| (at, thing.id()) >= horizon) {
            return;
        }
        self.added += 1;
        self.due.insert((at, self.added), thing);
        self.keys.insert(thing, (at, self.added));
    }

    /// Where to go on reading the file, when everything that was read has happened.
    pub(crate) fn wants_more(&self) -> Option<(Millis, ThingId)> {
        self.horizon.filter(|_| self.due.is_empty())
    }

    /// Adds entries from the file: all from the old horizon to the new one, which is `None` at the end of the file.
    pub(crate) fn widen(&mut self, read: &[(Millis, Due)], horizon: Option<(Millis, ThingId)>) {
        self.horizon = horizon;
        for (at, thing) in read {
            self.set(*thing, Some(*at));
        }
    }

    /// Drops the later entries, which the file holds, when there are too many.
    pub(crate) fn narrow(&mut self) {
        if self.due.len() <= 2 * WINDOW {
            return;
        }
        let mut all: Vec<(Millis, Due)> = self.due.iter().map(|((at, _), thing)| (*at, *thing)).collect();
        all.sort_unstable();
        self.horizon = all.get(WINDOW).map(|(at, thing)| (*at, thing.id()));
        for (_, thing) in all.into_iter().skip(WINDOW) {
            if let Some(key) = self.keys.remove(&thing) {
                self.due.remove(&key);
            }
        }
    }

    /// Notified when the next entry may be due earlier than before.
    pub(crate) fn changed(&self) -> Arc<Notify> {
        Arc::clone(&self.changed)
    }

    pub(crate) fn first(&self) -> Option<Millis> {
        self.due.first_key_value().map(|((due, _), _)| *due)
    }

    pub(crate) fn take_until(&mut self, target: Millis) -> Option<(Millis, Due)> {
        let first = self.due.first_entry().filter(|entry| entry.key().0 <= target)?;
        let ((due, _), thing) = first.remove_entry();
        self.keys.remove(&thing);
        Some((due, thing))
    }

    /// Wakes the task that waits for the next entry, because the clock changed.
    pub(crate) fn wake(&self) {
        self.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Every entry happens once and in order, although memory never holds many of them.
    #[test]
    fn the_file_gets_the_entries_that_memory_has_dropped() {
        let mut file = BTreeSet::new();
        let mut agenda = Agenda::new(true);
        let mut happened = Vec::new();
        let mut next = |agenda: &mut Agenda, file: &mut BTreeSet<(Millis, ThingId)>| {
            while let Some(from) = agenda.wants_more() {
                let mut read: Vec<_> = file.range(from..).take(WINDOW).copied().collect();
                let horizon = if read.len() < WINDOW { None } else { read.pop() };
                let read: Vec<_> = read.into_iter().map(|(at, id)| (at, Due::Order(id))).collect();
                agenda.widen(&read, horizon);
            }
            let (at, thing) = agenda.take_until(Millis::MAX)?;
            assert!(file.remove(&(at, thing.id())), "{thing:?} twice");
            happened.push(at);
            Some(at)
        };
        for n in 0..60_000 {
            // Most of them at a few instants, as under a frozen clock.
            let at = Millis::try_from(n * 7919 % 60_000 / 20_000 * 1000).unwrap_or_default() + 1_000_000;
            file.insert((at, ThingId(n)));
            agenda.set(Due::Order(ThingId(n)), Some(at));
            agenda.narrow();
            assert!(agenda.due.len() <= 2 * WINDOW && agenda.due.len() == agenda.keys.len());
            if n % 1000 == 0 {
                next(&mut agenda, &mut file);
            }
        }
        // One moves to an earlier time, one is removed.
        let (late, gone) = (*file.last().unwrap_or(&(0, ThingId(0))), *file.first().unwrap_or(&(0, ThingId(0))));
        file.remove(&late);
        file.insert((5, late.1));
        agenda.set(Due::Order(late.1), Some(5));
        file.remove(&gone);
        agenda.set(Due::Order(gone.1), None);
        assert_eq!(next(&mut agenda, &mut file), Some(5));
        while next(&mut agenda, &mut file).is_some() {}
        assert_eq!((happened.len(), file.len()), (59_999, 0));
        assert!(happened.get(61..).is_some_and(<[Millis]>::is_sorted));
    }
}
