//! Where tokens are kept between calls.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::secret::Secret;

/// Tokens in this process's memory, each until its time.
#[derive(Debug, Default)]
pub struct MemoryStore {
    entries: Mutex<HashMap<String, (Secret, i64)>>,
}

impl MemoryStore {
    /// What was put under `key`, while `now` (seconds since 1970) is before its end.
    pub fn get(&self, key: &str, now: i64) -> Option<Secret> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(key).filter(|(_, until)| now < *until).map(|(value, _)| value.clone())
    }

    /// Forgets what was put under `key`.
    pub fn delete(&self, key: &str) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.remove(key);
    }

    /// Keeps `value` under `key` until `until`, in seconds since 1970.
    pub fn put(&self, key: &str, value: Secret, until: i64) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(key.to_owned(), (value, until));
    }
}
