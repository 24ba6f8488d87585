//! A map that records which of its entries changed, so that only those are written to the file.

use std::collections::HashMap;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::db::Db;

#[derive(Debug)]
pub(crate) struct TrackedMap<V> {
    /// The kind of the entries in the file.
    kind: &'static str,
    map: HashMap<String, V>,
    changed: Vec<String>,
}

impl<V: Serialize + DeserializeOwned> TrackedMap<V> {
    /// The entries of a file; an empty map without one.
    pub(crate) fn load(kind: &'static str, db: Option<&Db>) -> Self {
        let stored = db.map(|db| db.kept(kind)).unwrap_or_default();
        let read = |(key, text): (String, String)| serde_json::from_str(&text).ok().map(|value| (key, value));
        Self { kind, map: stored.into_iter().filter_map(read).collect(), changed: Vec::new() }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.map.get(key)
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut V> {
        let value = self.map.get_mut(key)?;
        self.changed.push(key.to_owned());
        Some(value)
    }

    pub(crate) fn insert(&mut self, key: String, value: V) {
        self.changed.push(key.clone());
        self.map.insert(key, value);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        if self.map.remove(key).is_some() {
            self.changed.push(key.to_owned());
        }
    }

    pub(crate) fn or_default(&mut self, key: &str) -> &mut V
    where
        V: Default,
    {
        self.changed.push(key.to_owned());
        self.map.entry(key.to_owned()).or_default()
    }

    pub(crate) fn len(&self) -> usize {
        self.map.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &V> {
        self.map.values()
    }

    /// Changes every entry.
    pub(crate) fn change(&mut self, change: impl Fn(&mut V)) {
        self.map.values_mut().for_each(change);
        self.changed.extend(self.map.keys().cloned());
    }

    pub(crate) fn retain(&mut self, mut keep: impl FnMut(&V) -> bool) {
        self.retain_named(|_, value| keep(value));
    }

    pub(crate) fn retain_named(&mut self, mut keep: impl FnMut(&str, &V) -> bool) {
        let changed = &mut self.changed;
        self.map.retain(|key, value| {
            let stays = keep(key, value);
            if !stays {
                changed.push(key.clone());
            }
            stays
        });
    }

    /// Writes the changed entries to the file.
    pub(crate) fn save(&mut self, db: Option<&Db>) {
        let changed = std::mem::take(&mut self.changed);
        let Some(db) = db else { return };
        for key in changed {
            let value = self.map.get(&key).and_then(|value| serde_json::to_string(value).ok());
            db.keep(self.kind, key, value);
        }
    }
}
