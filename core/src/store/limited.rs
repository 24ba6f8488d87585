//! Whatever store it is, nobody waits for it longer than for a call.

use std::sync::Arc;
use std::time::Duration;

use super::interface::{Store, StoreError, Storing};
use crate::secret::Secret;

/// A store that is given up after a time. What it was asked may still happen.
pub(crate) struct Patient {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) patience: Duration,
}

impl Patient {
    fn wait<'a, T: 'a>(&self, asked: Storing<'a, T>) -> Storing<'a, T> {
        let patience = self.patience;
        Box::pin(async move {
            let answer = tokio::time::timeout(patience, asked).await;
            answer.unwrap_or_else(|_| Err(StoreError::new("the store did not answer in time")))
        })
    }
}

impl Store for Patient {
    fn get<'a>(&'a self, key: &'a str) -> Storing<'a, Option<Secret>> {
        self.wait(self.store.get(key))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, ()> {
        self.wait(self.store.put(key, value, life))
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> Storing<'a, bool> {
        self.wait(self.store.add(key, value, life))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> Storing<'a, bool> {
        self.wait(self.store.compare_and_set(key, old, new, life))
    }

    fn delete<'a>(&'a self, key: &'a str) -> Storing<'a, ()> {
        self.wait(self.store.delete(key))
    }
}
