//! Fork and the stores in files. SQLite notes for the whole process which locks its threads hold. A child that is forked
//! while one of them holds some inherits the notes without the thread, and waits for it for ever. So a fork waits until no
//! operation is under way, and none begins until it is done.
//!
//! Whoever forks a process that uses a [`SqliteStore`](super::SqliteStore) from several threads registers the three
//! functions with `pthread_atfork`, as the Python package does. They take no lock and no memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Operations under way.
static WORKING: AtomicUsize = AtomicUsize::new(0);
/// Threads that are about to fork.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// A fork waits no longer: more than an operation waits for another process's.
const LONGEST: Duration = Duration::from_secs(6);
const LOOK: Duration = Duration::from_millis(1);

/// An operation, until it is dropped.
pub(super) struct Work(());

/// Begins an operation, once nobody forks.
pub(super) fn begin() -> Work {
    loop {
        WORKING.fetch_add(1, Ordering::SeqCst);
        if FORKING.load(Ordering::SeqCst) == 0 {
            return Work(());
        }
        WORKING.fetch_sub(1, Ordering::SeqCst);
        std::thread::sleep(LOOK);
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        WORKING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Before a fork: waits until no operation is under way, for six seconds at most.
pub fn before() {
    FORKING.fetch_add(1, Ordering::SeqCst);
    let end = Instant::now() + LONGEST;
    while WORKING.load(Ordering::SeqCst) > 0 && Instant::now() < end {
        std::thread::sleep(LOOK);
    }
}

/// After a fork, in the process that forked.
pub fn in_parent() {
    FORKING.fetch_sub(1, Ordering::SeqCst);
}

/// After a fork, in the new process, whose only thread this is.
pub fn in_child() {
    WORKING.store(0, Ordering::SeqCst);
    FORKING.store(0, Ordering::SeqCst);
}
