//! What a process that forks has to tell.
//!
//! Whoever forks a process that uses a SQLite store from several threads registers [`before`], [`in_parent`] and
//! [`in_child`] with `pthread_atfork`, as the Python package does. They take no lock and no memory. Who has done so calls
//! [`watched`], which spares the system a question for each random number.
//!
//! SQLite notes for the whole process which locks its threads hold. A child that is forked while one of them holds some
//! inherits the notes without the thread, and waits for it for ever. So a fork waits until no operation of a store is under
//! way, and none begins until it is done.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Operations under way.
static WORKING: AtomicUsize = AtomicUsize::new(0);
/// Threads that are about to fork.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// Whether every fork is told of.
static WATCHED: AtomicBool = AtomicBool::new(false);
/// How many forks lie between this process and the one that was watched first.
static GENERATION: AtomicU32 = AtomicU32::new(0);

/// A fork waits no longer: more than an operation waits for another process's.
const LONGEST: Duration = Duration::from_secs(6);
const LOOK: Duration = Duration::from_millis(1);

/// An operation of a store, until it is dropped.
#[cfg(feature = "sqlite")]
pub(crate) struct Work(());

/// Begins an operation of a store, once nobody forks.
#[cfg(feature = "sqlite")]
pub(crate) fn begin() -> Work {
    loop {
        WORKING.fetch_add(1, Ordering::SeqCst);
        if FORKING.load(Ordering::SeqCst) == 0 {
            return Work(());
        }
        WORKING.fetch_sub(1, Ordering::SeqCst);
        std::thread::sleep(LOOK);
    }
}

#[cfg(feature = "sqlite")]
impl Drop for Work {
    fn drop(&mut self) {
        WORKING.fetch_sub(1, Ordering::SeqCst);
    }
}

/// From now on the three functions run at every fork.
pub fn watched() {
    WATCHED.store(true, Ordering::SeqCst);
}

/// A number that a forked child does not share with its parent, unless [`watched`] was called and the fork ran none of the
/// functions, as glibc's `_Fork` and the bare system call.
pub(crate) fn process() -> u64 {
    // No generation is the number of a process: these have 32 bits.
    const GENERATIONS: u64 = 1 << 32;
    if WATCHED.load(Ordering::Relaxed) {
        GENERATIONS + u64::from(GENERATION.load(Ordering::Relaxed))
    } else {
        u64::from(std::process::id())
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
    GENERATION.fetch_add(1, Ordering::SeqCst);
    WORKING.store(0, Ordering::SeqCst);
    FORKING.store(0, Ordering::SeqCst);
}
