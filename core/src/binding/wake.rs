//! When a thread of another language's is woken, for bindings: before tokio's thread goes to sleep, or has much to tell; not for
//! each message. To wake it for one message at a time costs more than the messages do, for both threads.
//!
//! The runtime is told of it once: `Builder::on_thread_park(wake::before_sleep)`. Nothing on it may use `block_in_place`: the
//! thread that does so hands its place to another, and may never sleep again.

use std::cell::RefCell;
use std::sync::Arc;

/// Somebody who looks for messages when woken.
pub trait Sleeper: Send + Sync {
    /// Wakes them. Must not wait.
    fn wake(&self);
}

/// So many messages do not wait for tokio's thread to run out of work.
const MOST: usize = 16;

/// What one thread owes to those it has told something.
#[derive(Default)]
struct Owed {
    /// Whether this thread is one of tokio's that sleep between tasks. No other would come back to what it owes.
    sleeps: bool,
    sleepers: Vec<Arc<dyn Sleeper>>,
    /// Messages since it woke somebody.
    told: usize,
}

thread_local! {
    static OWED: RefCell<Owed> = RefCell::default();
}

/// After a message was left for `sleeper`. `first` is the one that nobody has been woken for.
pub fn told<S: Sleeper + 'static>(sleeper: &Arc<S>, first: bool) {
    let this = || first.then(|| Arc::clone(sleeper) as Arc<dyn Sleeper>).into_iter();
    let due = OWED.try_with(|owed| {
        let mut owed = owed.borrow_mut();
        if !owed.sleeps {
            return this().collect();
        }
        owed.sleepers.extend(this());
        owed.told += 1;
        if owed.told < MOST { Vec::new() } else { owed.take() }
    });
    // A thread that ends comes back to nothing.
    wake(&due.unwrap_or_else(|_| this().collect()));
}

/// When a thread of tokio's is about to sleep.
pub fn before_sleep() {
    let due = OWED.with_borrow_mut(|owed| {
        owed.sleeps = true;
        owed.take()
    });
    wake(&due);
}

fn wake(due: &[Arc<dyn Sleeper>]) {
    for sleeper in due {
        sleeper.wake();
    }
}

impl Owed {
    fn take(&mut self) -> Vec<Arc<dyn Sleeper>> {
        self.told = 0;
        std::mem::take(&mut self.sleepers)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::runtime::{Builder, Runtime};

    use super::*;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Sleeper for Counter {
        fn wake(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    impl Counter {
        fn wakes(&self) -> usize {
            self.0.load(Ordering::SeqCst)
        }
    }

    fn runtime() -> Runtime {
        Builder::new_multi_thread().worker_threads(1).on_thread_park(before_sleep).enable_all().build().unwrap()
    }

    /// What `work` comes to, on the runtime's thread when that has slept once.
    fn on<T: Send + 'static>(runtime: &Runtime, work: impl FnOnce() -> T + Send + 'static) -> T {
        std::thread::sleep(Duration::from_millis(50));
        let (done, wait) = mpsc::channel();
        runtime.spawn(async move { done.send(work()).unwrap() });
        wait.recv_timeout(Duration::from_secs(10)).unwrap()
    }

    fn within_ten_seconds(what: impl Fn() -> bool) {
        let since = std::time::Instant::now();
        while !what() {
            assert!(since.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_thread_is_woken_once_for_all_that_is_told_before_the_other_sleeps() {
        let (runtime, sleeper, other) = (runtime(), Arc::new(Counter::default()), Arc::new(Counter::default()));
        let (teller, neighbour) = (Arc::clone(&sleeper), Arc::clone(&other));
        let meanwhile = on(&runtime, move || {
            told(&teller, true);
            told(&neighbour, true);
            told(&teller, false);
            teller.wakes() + neighbour.wakes()
        });
        assert_eq!(meanwhile, 0);
        within_ten_seconds(|| (sleeper.wakes(), other.wakes()) == (1, 1));
    }

    #[test]
    fn who_has_much_to_tell_does_not_wait_for_its_sleep() {
        let (runtime, first, other) = (runtime(), Arc::new(Counter::default()), Arc::new(Counter::default()));
        let (rare, busy) = (Arc::clone(&first), Arc::clone(&other));
        let wakes = on(&runtime, move || {
            told(&rare, true);
            (1..MOST).for_each(|n| told(&busy, n == 1));
            (rare.wakes(), busy.wakes())
        });
        assert_eq!(wakes, (1, 1), "the busy one's messages count for the other's too");
    }

    #[test]
    fn from_any_other_thread_it_is_woken_at_once() {
        let sleeper = Arc::new(Counter::default());
        told(&sleeper, true);
        told(&sleeper, false);
        assert_eq!(sleeper.wakes(), 1);
    }
}
