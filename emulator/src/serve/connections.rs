//! The open connections: how many there may be, and which one is closed to make room for a new one.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};

/// Descriptors that stay free for other things: the file, notifications, the listeners.
const RESERVED: usize = 128;
/// Upper bound, so that connections do not use more and more memory.
const MOST: usize = 8192;
const LEAST: usize = 16;
/// Stands for a connection whose request is being served.
const SERVING: u64 = u64::MAX;

/// A client that opens connections and sends nothing must not keep others away. So when there are too many, the one that has
/// waited for a request the longest is closed.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    /// Counts events, to find the connection that has waited the longest.
    turn: AtomicU64,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    ended: Notify,
}

#[derive(Debug)]
struct Connection {
    /// The turn in which it began to wait for a request, or `SERVING`.
    waits_since: AtomicU64,
    close: Notify,
    /// When it is closed unless a request arrives before; `None` while one is answered, and where no such time was announced.
    kept_until: watch::Sender<Option<Instant>>,
}

/// An open connection. It is removed when this is dropped.
#[derive(Debug)]
pub(super) struct ConnectionGuard {
    id: u64,
    connection: Arc<Connection>,
    connections: Arc<Connections>,
}

impl Connections {
    /// As many connections as the process may have descriptors, less some.
    pub(super) fn new() -> Arc<Self> {
        Self::at_most(descriptors().map_or(MOST, |limit| limit.saturating_sub(RESERVED)).clamp(LEAST, MOST))
    }

    fn at_most(most: usize) -> Arc<Self> {
        let (open, ended) = (Mutex::default(), Notify::new());
        Arc::new(Self { most, turn: AtomicU64::new(0), open, ended })
    }

    /// Adds a connection, after the one that has waited the longest was closed if there are too many.
    pub(super) async fn admit(self: &Arc<Self>) -> ConnectionGuard {
        loop {
            let mut ended = pin!(self.ended.notified());
            ended.as_mut().enable();
            if let Some(admitted) = self.try_admit() {
                return admitted;
            }
            ended.await;
        }
    }

    fn try_admit(self: &Arc<Self>) -> Option<ConnectionGuard> {
        let mut open = self.lock();
        if open.len() >= self.most {
            let waiting = open.values().filter(|one| one.waits_since.load(Ordering::Relaxed) != SERVING);
            // If all are being served, the new one waits until one of them ends.
            if let Some(longest) = waiting.min_by_key(|one| one.waits_since.load(Ordering::Relaxed)) {
                longest.close.notify_one();
            }
            return None;
        }
        let id = self.next();
        let connection =
            Connection { waits_since: AtomicU64::new(id), close: Notify::new(), kept_until: watch::Sender::new(None) };
        let connection = Arc::new(connection);
        open.insert(id, Arc::clone(&connection));
        Some(ConnectionGuard { id, connection, connections: Arc::clone(self) })
    }

    fn next(&self) -> u64 {
        self.turn.fetch_add(1, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Arc<Connection>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ConnectionGuard {
    /// A request has arrived: from now on the connection stays.
    pub(super) fn serves(&self) {
        self.connection.waits_since.store(SERVING, Ordering::Relaxed);
    }

    /// The request was answered: the connection waits for the next one.
    pub(super) fn waits(&self) {
        self.connection.waits_since.store(self.connections.next(), Ordering::Relaxed);
    }

    /// The head of a request has arrived.
    pub(super) fn request_arrived(&self) {
        self.connection.kept_until.send_if_modified(|until| until.take().is_some());
    }

    /// An answer was sent, after which the connection is kept for this time.
    pub(super) fn keep_for(&self, time: Duration) {
        self.connection.kept_until.send_replace(Some(Instant::now() + time));
    }

    /// Ends when no request has arrived in the time that an answer announced.
    pub(super) async fn idled(&self) {
        let mut kept = self.connection.kept_until.subscribe();
        loop {
            let until = *kept.borrow_and_update();
            match until {
                // `self` has the sender, so that this waits.
                None => drop(kept.changed().await),
                Some(at) => tokio::select! {
                    () = sleep_until(at) => return,
                    _ = kept.changed() => {}
                },
            }
        }
    }

    /// Ends when the connection has to make room.
    pub(super) async fn has_to_close(&self) {
        self.connection.close.notified().await;
    }
}

impl Drop for ConnectionGuard {
    fn drop(&mut self) {
        self.connections.lock().remove(&self.id);
        self.connections.ended.notify_waiters();
    }
}

/// The number of descriptors that this process may open.
#[cfg(unix)]
fn descriptors() -> Option<usize> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current?;
    usize::try_from(limit).ok()
}

#[cfg(not(unix))]
fn descriptors() -> Option<usize> {
    None
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_connection_that_has_waited_the_longest_is_closed() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let Ok(runtime) = runtime else { return assert!(runtime.is_ok()) };
        runtime.block_on(async {
            let connections = Connections::at_most(3);
            let (first, second, third) =
                (connections.admit().await, connections.admit().await, connections.admit().await);
            // The first one is served, and waits again: then the second one has waited the longest.
            first.serves();
            third.serves();
            first.waits();
            let next = connections.admit();
            let closed = async {
                second.has_to_close().await;
                drop(second);
            };
            let (next, ()) = tokio::join!(next, closed);
            next.serves();
            first.serves();
            // All are being served.
            let waits = tokio::time::timeout(Duration::from_millis(50), connections.admit()).await;
            assert!(waits.is_err());
            drop(third);
            let admitted = tokio::time::timeout(Duration::from_secs(5), connections.admit()).await;
            assert!(admitted.is_ok_and(|admitted| admitted.id != next.id));
        });
    }
}
