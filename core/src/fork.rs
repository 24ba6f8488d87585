//! What a process that forks has to tell.
//!
//! Whoever forks a process that uses a SQLite store from several threads registers [`before`], [`in_parent`] and
//! [`in_child`] with `pthread_atfork`, as the Python package does. They take no lock and no memory.
//!
//! Random bytes that were drawn ahead must not be given out in two processes. Not every fork runs the three functions
//! (glibc's `_Fork` and the bare system call do not), so the process is told by its number, or, which spares the system a
//! question for each random number, by a [mark](marked) that the kernel clears.
//!
//! SQLite notes for the whole process which locks its threads hold. A child that is forked while one of them holds some
//! inherits the notes without the thread, and waits for it for ever. So a fork waits until no operation of a store is under
//! way, and none begins until it is done.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Operations under way.
static WORKING: AtomicUsize = AtomicUsize::new(0);
/// Threads that are about to fork.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// Zero in a process that has not asked for its number yet.
static MARK: OnceLock<&'static AtomicU64> = OnceLock::new();
/// How many processes with a mark have asked, from the first one to this one. Inherited, which the mark is not.
static GENERATION: AtomicU64 = AtomicU64::new(0);

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

/// Gives a number, zero now, that is zero again in every new process, however it was forked: a page with Linux's
/// `MADV_WIPEONFORK`. The first one stays.
pub fn marked(mark: &'static AtomicU64) {
    // A second mark is not needed: the first serves the process as well.
    let _: Result<(), _> = MARK.set(mark);
}

/// A number that a forked child does not share with any process it descends from.
pub(crate) fn process() -> u64 {
    /// No generation is the number of a process: these have 32 bits.
    const GENERATIONS: u64 = 1 << 32;
    let Some(mark) = MARK.get() else {
        return u64::from(std::process::id());
    };
    match mark.load(Ordering::Relaxed) {
        0 => {
            let next = GENERATIONS + GENERATION.fetch_add(1, Ordering::Relaxed);
            // Another thread of this process may have been first.
            mark.compare_exchange(0, next, Ordering::Relaxed, Ordering::Relaxed).map_or_else(|first| first, |_| next)
        }
        number => number,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_mark_is_another_process() {
        static PAGE: AtomicU64 = AtomicU64::new(0);
        assert_eq!(process(), u64::from(std::process::id()));
        marked(&PAGE);
        let first = process();
        assert_ne!(first, u64::from(std::process::id()));
        assert_eq!(process(), first);
        PAGE.store(0, Ordering::Relaxed);
        assert_ne!(process(), first);
    }
}
