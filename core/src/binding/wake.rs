//! Batches wake-ups of asyncio's or Node's event loop: once before the tokio worker parks, or after 16 messages. A wake-up for
//! each message would cost both threads more than the message itself.
//!
//! Register it when the runtime is built: `Builder::on_thread_park(wake::before_park)`. No task of this runtime may call
//! `block_in_place`: it moves the worker to another thread, and the first thread may never park again.

use std::cell::RefCell;
use std::sync::Arc;

/// Wakes the event loop that reads a queue.
pub trait Waker: Send + Sync {
    /// Wakes the loop. Must not block.
    fn wake(&self);
}

/// After this many messages the loops are woken without waiting for the worker to park.
const BATCH: usize = 16;

/// The wake-ups that one thread has put off.
#[derive(Default)]
struct Pending {
    /// Whether this thread is a worker that parks between tasks. Other threads wake at once: they have no later moment for it.
    parks: bool,
    wakers: Vec<Arc<dyn Waker>>,
    /// Messages since the last wake-up.
    messages: usize,
}

thread_local! {
    static PENDING: RefCell<Pending> = RefCell::default();
}

/// Call after queuing a message; `first` is true when the queue was empty.
pub fn notify<W: Waker + 'static>(waker: &Arc<W>, first: bool) {
    let this = || first.then(|| Arc::clone(waker) as Arc<dyn Waker>).into_iter();
    let due = PENDING.try_with(|pending| {
        let mut pending = pending.borrow_mut();
        if !pending.parks {
            return this().collect();
        }
        pending.wakers.extend(this());
        pending.messages += 1;
        if pending.messages < BATCH { Vec::new() } else { pending.take() }
    });
    // A thread that is ending has no later moment either.
    wake(&due.unwrap_or_else(|_| this().collect()));
}

/// Sends the wake-ups that this worker has put off. Tokio calls it before the worker parks.
pub fn before_park() {
    let due = PENDING.with_borrow_mut(|pending| {
        pending.parks = true;
        pending.take()
    });
    wake(&due);
}

fn wake(due: &[Arc<dyn Waker>]) {
    for waker in due {
        waker.wake();
    }
}

impl Pending {
    fn take(&mut self) -> Vec<Arc<dyn Waker>> {
        self.messages = 0;
        std::mem::take(&mut self.wakers)
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

    impl Waker for Counter {
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
        Builder::new_multi_thread().worker_threads(1).on_thread_park(before_park).enable_all().build().unwrap()
    }

    /// Runs `work` on the runtime's worker after that has parked once.
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
    fn each_loop_is_woken_once_before_the_worker_parks() {
        let (runtime, one, other) = (runtime(), Arc::new(Counter::default()), Arc::new(Counter::default()));
        let (first, second) = (Arc::clone(&one), Arc::clone(&other));
        let meanwhile = on(&runtime, move || {
            notify(&first, true);
            notify(&second, true);
            notify(&first, false);
            first.wakes() + second.wakes()
        });
        assert_eq!(meanwhile, 0);
        within_ten_seconds(|| (one.wakes(), other.wakes()) == (1, 1));
    }

    #[test]
    fn a_full_batch_wakes_all_loops_without_parking() {
        let (runtime, first, other) = (runtime(), Arc::new(Counter::default()), Arc::new(Counter::default()));
        let (rare, busy) = (Arc::clone(&first), Arc::clone(&other));
        let wakes = on(&runtime, move || {
            notify(&rare, true);
            (1..BATCH).for_each(|n| notify(&busy, n == 1));
            (rare.wakes(), busy.wakes())
        });
        assert_eq!(wakes, (1, 1), "messages of both queues count towards the batch");
    }

    #[test]
    fn other_threads_wake_the_loop_at_once() {
        let waker = Arc::new(Counter::default());
        notify(&waker, true);
        notify(&waker, false);
        assert_eq!(waker.wakes(), 1);
    }
}
