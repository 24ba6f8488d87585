//! What is to happen later on the emulated clock, and who makes it happen: time itself, or whoever moves the clock.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::app::App;
use crate::clock::Millis;
use crate::notify;
use crate::order::OrderId;

/// Jobs in order of time, those of one instant in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    due: BTreeMap<Key, Job>,
    added: u64,
    /// Told when a job is added that comes before all others.
    wake: Arc<Notify>,
}

pub(crate) type Key = (Millis, u64);

#[derive(Clone, Copy, Debug)]
pub(crate) enum Job {
    /// An unpaid order has lived long enough.
    Close(OrderId),
    /// A payment's notification is sent, once more perhaps.
    Notify(OrderId),
}

impl Agenda {
    pub(crate) fn add(&mut self, due: Millis, job: Job) -> Key {
        self.added += 1;
        let key = (due, self.added);
        if self.due.first_key_value().is_none_or(|(first, _)| key < *first) {
            self.wake.notify_one();
        }
        self.due.insert(key, job);
        key
    }

    pub(crate) fn remove(&mut self, key: Key) {
        self.due.remove(&key);
    }

    fn first(&self) -> Option<Millis> {
        self.due.first_key_value().map(|((due, _), _)| *due)
    }

    fn take_until(&mut self, target: Millis) -> Option<(Millis, Job)> {
        let first = self.due.first_entry().filter(|entry| entry.key().0 <= target)?;
        let ((due, _), job) = first.remove_entry();
        Some((due, job))
    }
}

/// Lets time pass: jobs run when they are due, notifications beside one another.
pub(crate) async fn run(app: Arc<App>) {
    let wake = Arc::clone(&app.state().agenda.wake);
    loop {
        let due = app.state().agenda.first();
        match due.and_then(|due| app.clock.until(due)) {
            None => wake.notified().await,
            Some(wait) if !wait.is_zero() => {
                // Either way the agenda is looked at again.
                let _ = tokio::time::timeout(wait, wake.notified()).await;
            }
            Some(_) => {
                // Whoever moves the clock holds the other side: nothing runs beside an advance.
                let running = Arc::clone(&app.running).read_owned().await;
                let now = app.clock.now();
                let taken = app.state().agenda.take_until(now);
                if let Some((_, job)) = taken {
                    let app = Arc::clone(&app);
                    tokio::spawn(async move {
                        perform(&app, job, now).await;
                        drop(running);
                    });
                }
            }
        }
    }
}

/// Moves the clock by `by` and runs, one after the other, whatever falls due on the way, each at its own time.
/// Waits for what is under way first. Says how many jobs ran.
pub(crate) async fn advance(app: &App, by: Millis) -> u64 {
    let _alone = app.running.write().await;
    let target = app.clock.now().saturating_add(by);
    let mut ran = 0;
    loop {
        let taken = app.state().agenda.take_until(target);
        let Some((due, job)) = taken else { break };
        app.clock.move_to(due);
        perform(app, job, due).await;
        ran += 1;
    }
    app.clock.move_to(target);
    app.live.changed();
    // Whoever sleeps until the next job has slept on the old time.
    app.state().agenda.wake.notify_one();
    ran
}

async fn perform(app: &App, job: Job, at: Millis) {
    match job {
        Job::Close(id) => app.state().close(id),
        Job::Notify(id) => notify::attempt(app, id, at).await,
    }
    app.live.changed();
}
