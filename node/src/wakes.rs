//! When a thread of JavaScript's is woken: before tokio's thread goes to sleep, or has much to tell; not for each message. To
//! wake it for one message at a time costs more than the messages do, for both threads.

use std::cell::RefCell;
use std::sync::Arc;

use crate::bridge::Bridge;

/// So many messages do not wait for tokio's thread to run out of work.
const MOST: usize = 16;

/// What one thread owes to those it has told something.
#[derive(Default)]
struct Owed {
    /// Whether this thread is one of tokio's that sleep between tasks. No other would come back to what it owes.
    sleeps: bool,
    bridges: Vec<Arc<Bridge>>,
    /// Messages since it woke somebody.
    told: usize,
}

thread_local! {
    static OWED: RefCell<Owed> = RefCell::default();
}

/// After a message for `bridge`. `first` is the one that nobody has been woken for.
pub(crate) fn told(bridge: &Arc<Bridge>, first: bool) {
    let now = || first.then(|| Arc::clone(bridge)).into_iter().collect();
    let due = OWED.try_with(|owed| {
        let mut owed = owed.borrow_mut();
        if !owed.sleeps {
            return now();
        }
        owed.bridges.extend(first.then(|| Arc::clone(bridge)));
        owed.told += 1;
        if owed.told < MOST { Vec::new() } else { owed.take() }
    });
    // A thread that ends comes back to nothing.
    wake(&due.unwrap_or_else(|_| now()));
}

/// When a thread of tokio's is about to sleep.
pub(crate) fn before_sleep() {
    let due = OWED.with_borrow_mut(|owed| {
        owed.sleeps = true;
        owed.take()
    });
    wake(&due);
}

fn wake(due: &[Arc<Bridge>]) {
    for bridge in due {
        bridge.wake();
    }
}

impl Owed {
    fn take(&mut self) -> Vec<Arc<Bridge>> {
        self.told = 0;
        std::mem::take(&mut self.bridges)
    }
}
