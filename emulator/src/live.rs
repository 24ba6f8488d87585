//! Tells whoever watches that something changed. It says nothing of what: a watcher looks for itself, so whoever changes
//! something neither waits for watchers nor keeps anything for them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// More watchers at once are turned away.
const WATCHERS: usize = 32;

#[derive(Debug)]
pub(crate) struct Live {
    changes: watch::Sender<Change>,
    room: Arc<Semaphore>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Change {
    /// The emulator stops.
    over: bool,
}

/// A place among the watchers, until it is dropped.
#[derive(Debug)]
pub(crate) struct Watcher {
    changes: watch::Receiver<Change>,
    _place: OwnedSemaphorePermit,
}

impl Default for Live {
    fn default() -> Self {
        Self { changes: watch::Sender::default(), room: Arc::new(Semaphore::new(WATCHERS)) }
    }
}

impl Live {
    /// Something changed. Costs next to nothing while nobody watches.
    pub(crate) fn changed(&self) {
        if self.changes.receiver_count() > 0 {
            self.changes.send_modify(|_| {});
        }
    }

    /// Sends all watchers home.
    pub(crate) fn close(&self) {
        self.changes.send_modify(|change| change.over = true);
    }

    /// `None` when there are too many watchers already.
    pub(crate) fn watch(&self) -> Option<Watcher> {
        let place = Arc::clone(&self.room).try_acquire_owned().ok()?;
        Some(Watcher { changes: self.changes.subscribe(), _place: place })
    }
}

impl Watcher {
    /// Waits for a change since the last call; `false` when the emulator stops.
    pub(crate) async fn wait(&mut self) -> bool {
        !self.changes.borrow().over && self.changes.changed().await.is_ok() && !self.changes.borrow().over
    }
}
