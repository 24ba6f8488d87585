//! A store in this process's memory.

use std::collections::HashMap;
use std::future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::interface::{Store, StoreFuture};
use crate::secret::Secret;

/// Kept by this process alone, and gone with it.
#[derive(Debug, Default)]
pub struct MemoryStore {
    entries: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    kept: HashMap<String, Entry>,
    /// How many there may be before expired entries are removed.
    sweep_at: usize,
}

#[derive(Debug)]
struct Entry {
    value: Secret,
    until: Instant,
}

const SWEEP_AT: usize = 1024;

impl MemoryStore {
    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn get(&self, key: &str) -> Option<&Secret> {
        self.kept.get(key).filter(|entry| Instant::now() < entry.until).map(|entry| &entry.value)
    }

    fn put(&mut self, key: &str, value: &Secret, life: Duration) {
        let now = Instant::now();
        if self.kept.len() >= self.sweep_at.max(SWEEP_AT) {
            self.kept.retain(|_, entry| now < entry.until);
            self.sweep_at = 2 * self.kept.len();
        }
        // The clock cannot hold this end: a century is as good.
        let until = now.checked_add(life).unwrap_or_else(|| now + Duration::from_secs(100 * 365 * 86_400));
        if life.is_zero() {
            self.kept.remove(key);
        } else {
            self.kept.insert(key.to_owned(), Entry { value: value.clone(), until });
        }
    }
}

impl Store for MemoryStore {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        Box::pin(future::ready(Ok(self.entries().get(key).cloned())))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        self.entries().put(key, value, life);
        Box::pin(future::ready(Ok(())))
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        let mut entries = self.entries();
        let free = entries.get(key).is_none();
        if free {
            entries.put(key, value, life);
        }
        Box::pin(future::ready(Ok(free)))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        let mut entries = self.entries();
        let same = entries.get(key).is_some_and(|kept| kept == old);
        if same {
            entries.put(key, new, life);
        }
        Box::pin(future::ready(Ok(same)))
    }

    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        self.entries().kept.remove(key);
        Box::pin(future::ready(Ok(())))
    }
}
