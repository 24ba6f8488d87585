//! Tells watchers that something changed, but not what: a watcher reads the state itself. So changing something neither
//! waits for watchers nor queues anything for them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// Upper bound of watchers at one time.
const WATCHERS: usize = 32;

#[derive(Debug)]
pub(crate) struct Live {
    changes: watch::Sender<Change>,
    room: Arc<Semaphore>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Change {
    /// The emulator stops.
    stopping: bool,
}

/// A watcher. It counts towards the upper bound until it is dropped.
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
    /// Tells that something changed. Costs almost nothing without watchers.
    pub(crate) fn changed(&self) {
        if self.changes.receiver_count() > 0 {
            self.changes.send_modify(|_| {});
        }
    }

    /// Ends all watchers, because the emulator stops.
    pub(crate) fn close(&self) {
        self.changes.send_modify(|change| change.stopping = true);
    }

    /// `None` when there are too many watchers.
    pub(crate) fn watch(&self) -> Option<Watcher> {
        let place = Arc::clone(&self.room).try_acquire_owned().ok()?;
        Some(Watcher { changes: self.changes.subscribe(), _place: place })
    }
}

impl Watcher {
    /// Waits for a change since the last call; `false` when the emulator stops.
    pub(crate) async fn wait(&mut self) -> bool {
        !self.changes.borrow().stopping && self.changes.changed().await.is_ok() && !self.changes.borrow().stopping
    }
}
