//! Limits every store operation to the client's call timeout.

use std::sync::Arc;
use std::time::Duration;

use super::interface::{Store, StoreError, StoreFuture};
use crate::secret::Secret;

/// A store whose operations fail after a time. An operation that failed so may still take effect.
pub(crate) struct TimeLimited {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) limit: Duration,
}

impl TimeLimited {
    /// The error of an operation that did not end in time.
    pub(crate) fn too_late() -> StoreError {
        StoreError::new("the store did not answer in time")
    }

    fn limited<'a, T: 'a>(&self, operation: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        let limit = self.limit;
        Box::pin(async move {
            let answer = tokio::time::timeout(limit, operation).await;
            answer.unwrap_or_else(|_| Err(Self::too_late()))
        })
    }
}

impl Store for TimeLimited {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Secret>> {
        self.limited(self.store.get(key))
    }

    fn put<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, ()> {
        self.limited(self.store.put(key, value, life))
    }

    fn add<'a>(&'a self, key: &'a str, value: &'a Secret, life: Duration) -> StoreFuture<'a, bool> {
        self.limited(self.store.add(key, value, life))
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: &'a Secret,
        new: &'a Secret,
        life: Duration,
    ) -> StoreFuture<'a, bool> {
        self.limited(self.store.compare_and_set(key, old, new, life))
    }

    fn delete<'a>(&'a self, key: &'a str) -> StoreFuture<'a, ()> {
        self.limited(self.store.delete(key))
    }
}
