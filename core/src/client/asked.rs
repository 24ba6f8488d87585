//! The mark in the store that WeChat is asked for a pending thing: written, then kept, replaced when WeChat answers, or removed.

use std::time::Duration;

use super::inner::{StoreWork, now};
use crate::flow::ledger::Mark;
use crate::secret::Secret;
use crate::store::StoreError;

/// A mark of this process's. If it is dropped, it is removed: the caller is gone, and the next call asks.
pub(super) struct Asked {
    work: StoreWork,
    key: String,
    text: Secret,
    /// Whether dropping this does not remove the mark.
    is_done: bool,
}

impl Asked {
    /// Writes the mark for `life`; `None` if there is one. If the caller is gone when the store answers, the mark is
    /// removed after the write.
    ///
    /// # Errors
    /// `Store`.
    pub(super) async fn begin(
        work: StoreWork,
        key: String,
        owner: String,
        life: Duration,
    ) -> Result<Option<Self>, StoreError> {
        // Rounded up, so that `until` is not earlier than the end in the store.
        let seconds = life.as_secs().saturating_add(1 + u64::from(life.subsec_nanos() > 0));
        let until = now().saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
        let text = Mark::Asking { owner, until }.to_text();
        let mut asked = Self { work: work.clone(), key, text, is_done: false };
        work.run(async move {
            // After an error the mark may still have been written, so it is removed.
            let is_added = asked.work.store.add(&asked.key, &asked.text, life).await?;
            asked.is_done = !is_added;
            Ok(is_added.then_some(asked))
        })
        .await
    }

    /// WeChat answered: the mark says so for `life`.
    ///
    /// # Errors
    /// `Store`.
    pub(super) async fn answered(mut self, next_due: Option<i64>, life: Duration) -> Result<(), StoreError> {
        let work = self.work.clone();
        work.run(async move {
            let answered = Mark::Answered { next_due }.to_text();
            self.is_done = true;
            // Not where the mark ended meanwhile: then it may be another process's, which asks for itself.
            self.work.store.compare_and_set(&self.key, &self.text, &answered, life).await.map(drop)
        })
        .await
    }

    /// There was no answer: removes the mark.
    ///
    /// # Errors
    /// `Store`.
    pub(super) async fn remove(mut self) -> Result<(), StoreError> {
        let work = self.work.clone();
        work.run(async move {
            self.is_done = true;
            self.work.store.compare_and_set(&self.key, &self.text, &self.text, Duration::ZERO).await.map(drop)
        })
        .await
    }

    /// Leaves the mark until its end.
    pub(super) fn leave(&mut self) {
        self.is_done = true;
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let (store, key, text) = (self.work.store.clone(), std::mem::take(&mut self.key), self.text.clone());
        // If that fails, the mark ends by itself.
        self.work.begin(async move {
            let _ = store.compare_and_set(&key, &text, &text, Duration::ZERO).await;
        });
    }
}
