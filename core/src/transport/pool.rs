//! Connections that wait for the next call.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::Instant;

use super::link::{Link, Origin};

/// Below the minute after which servers close idle connections.
const IDLE: Duration = Duration::from_secs(30);

/// Idle connections.
#[derive(Default)]
pub(super) struct Pool(Arc<Mutex<Waiting>>);

#[derive(Default)]
struct Waiting {
    /// The one that waits longest first.
    links: VecDeque<(Instant, Box<Link>)>,
    /// Whether a task closes those that wait for too long.
    swept: bool,
}

impl Pool {
    /// The connection to `origin` that was used last, so that those which are not needed grow old.
    pub(super) fn take(&self, origin: &Origin) -> Option<Box<Link>> {
        let links = &mut locked(&self.0).links;
        let at = links.iter().rposition(|(_, link)| link.origin == *origin)?;
        links.remove(at).filter(|(since, _)| since.elapsed() < IDLE).map(|(_, link)| link)
    }

    /// Takes a connection back, if it can carry another call.
    pub(super) fn keep(&self, link: Box<Link>) {
        if !link.is_whole() {
            return;
        }
        let mut waiting = locked(&self.0);
        waiting.links.push_back((Instant::now(), link));
        if !waiting.swept {
            waiting.swept = true;
            tokio::spawn(sweep(Arc::downgrade(&self.0)));
        }
    }

    /// Closes connections to other hosts until `most` would not be passed by another one.
    pub(super) fn make_room(&self, under_way: usize, most: usize) {
        let links = &mut locked(&self.0).links;
        while !links.is_empty() && links.len() + under_way > most {
            links.pop_front();
        }
    }
}

/// Closes connections that wait for too long, until none waits.
async fn sweep(pool: Weak<Mutex<Waiting>>) {
    loop {
        tokio::time::sleep(IDLE).await;
        let Some(pool) = pool.upgrade() else { return };
        let mut waiting = locked(&pool);
        waiting.links.retain(|(since, _)| since.elapsed() < IDLE);
        if waiting.links.is_empty() {
            waiting.swept = false;
            return;
        }
    }
}

fn locked(waiting: &Mutex<Waiting>) -> MutexGuard<'_, Waiting> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner)
}
