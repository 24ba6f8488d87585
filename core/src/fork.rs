//! Hooks that a forking process calls before and after fork.
//!
//! A program that forks while several of its threads use a client registers [`before`], [`in_parent`] and [`in_child`] with
//! `pthread_atfork`, as the Python package does. The hooks take no lock and allocate nothing.
//!
//! Random bytes that were fetched in advance must not be used in two processes. Not every fork runs the hooks (glibc's `_Fork` and
//! the bare system call do not), so a new process is recognised by its process number, or by a [mark](marked) that the kernel
//! clears, which needs no system call for each random number.
//!
//! SQLite records for the whole process which locks its threads hold. A child that is forked while a thread holds a lock inherits
//! the record without the thread, and waits forever. AWS-LC has locks, too: one in a private key, and one of its random numbers, which a
//! signature takes to find out whether the process was forked. So a fork waits until no operation of a store, no signature, no encryption and
//! no decryption is in progress, and none begins until the fork is done. A TLS handshake takes random numbers, too, for a moment, and a fork
//! does not wait for it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Operations in progress.
static WORKING: AtomicUsize = AtomicUsize::new(0);
/// Threads that are about to fork.
static FORKING: AtomicUsize = AtomicUsize::new(0);

/// Zero in a process that has not read its number yet.
static MARK: OnceLock<&'static AtomicU64> = OnceLock::new();
/// How many processes with a mark have read their number, from the first one to this one. A child inherits it, but not the mark.
static GENERATION: AtomicU64 = AtomicU64::new(0);

/// The longest time that a fork waits: more than an operation waits for another process.
const LONGEST: Duration = Duration::from_secs(6);
const LOOK: Duration = Duration::from_millis(1);

/// An operation in progress, of a store or with a private key, until it is dropped.
pub(crate) struct Work(());

/// Begins an operation, once no thread is forking.
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

/// Runs what takes a lock of AWS-LC apart from forks: with a private key, or with its random numbers. For the functions by hand, which need
/// no client.
pub fn apart<T>(run: impl FnOnce() -> T) -> T {
    let _work = begin();
    run()
}

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
