//! What is to happen later on the emulated clock, and who makes it happen: time itself, or whoever moves the clock.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tokio::sync::Notify;

use crate::app::App;
use crate::clock::Millis;
use crate::notify;
use crate::order::TradeState;
use crate::orders::OrderId;

/// When something is to happen to an order, for each order to which something is. Those of one instant come in the order
/// in which they were added.
///
/// With a file behind it, only what comes before the horizon is in memory, and the file is asked for more when that has
/// happened.
#[derive(Debug)]
pub(crate) struct Agenda {
    due: BTreeMap<Key, OrderId>,
    keys: HashMap<OrderId, Key>,
    added: u64,
    horizon: Option<(Millis, OrderId)>,
    /// Told when something is added that comes before all else.
    wake: Arc<Notify>,
}

type Key = (Millis, u64);

/// How much of the file's agenda is in memory: so much when it is read, and at most twice as much.
pub(crate) const WINDOW: usize = 10_000;

impl Agenda {
    /// `behind` says whether a file holds it, of which nothing was read yet.
    pub(crate) fn new(behind: bool) -> Self {
        let horizon = behind.then_some((Millis::MIN, OrderId(0)));
        Self { due: BTreeMap::new(), keys: HashMap::new(), added: 0, horizon, wake: Arc::default() }
    }

    /// Puts an order where it belongs.
    pub(crate) fn set(&mut self, id: OrderId, due: Option<Millis>) {
        let old = self.keys.get(&id).copied();
        if old.map(|(at, _)| at) == due {
            return;
        }
        if let Some(old) = old {
            self.due.remove(&old);
            self.keys.remove(&id);
        }
        let Some(at) = due else { return };
        let first = self.due.first_key_value().is_none_or(|((first, _), _)| at < *first);
        if first {
            self.wake.notify_one();
        }
        if self.horizon.is_some_and(|horizon| (at, id) >= horizon) {
            return;
        }
        self.added += 1;
        self.due.insert((at, self.added), id);
        self.keys.insert(id, (at, self.added));
    }

    /// Whether the file has to be asked what comes next.
    pub(crate) fn wants_more(&self) -> Option<(Millis, OrderId)> {
        self.horizon.filter(|_| self.due.is_empty())
    }

    /// Takes in what the file said: everything from the old horizon to the new one, which is none at the end.
    pub(crate) fn widen(&mut self, read: &[(Millis, OrderId)], horizon: Option<(Millis, OrderId)>) {
        self.horizon = horizon;
        for (at, id) in read {
            self.set(*id, Some(*at));
        }
    }

    /// Leaves to the file what comes late, when there is much of it.
    pub(crate) fn narrow(&mut self) {
        if self.due.len() <= 2 * WINDOW {
            return;
        }
        let mut all: Vec<(Millis, OrderId)> = self.due.iter().map(|((at, _), id)| (*at, *id)).collect();
        all.sort_unstable();
        self.horizon = all.get(WINDOW).copied();
        for (_, id) in all.into_iter().skip(WINDOW) {
            if let Some(key) = self.keys.remove(&id) {
                self.due.remove(&key);
            }
        }
    }

    pub(crate) fn first(&self) -> Option<Millis> {
        self.due.first_key_value().map(|((due, _), _)| *due)
    }

    pub(crate) fn take_until(&mut self, target: Millis) -> Option<(Millis, OrderId)> {
        let first = self.due.first_entry().filter(|entry| entry.key().0 <= target)?;
        let ((due, _), id) = first.remove_entry();
        self.keys.remove(&id);
        Some((due, id))
    }

    /// Lets whoever sleeps until the next event look again.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }
}

/// Lets time pass: what is due happens, notifications beside one another.
pub(crate) async fn run(app: Arc<App>) {
    let wake = Arc::clone(&app.state().agenda.wake);
    loop {
        let due = app.state().next_due();
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
                let taken = app.state().take_due(now);
                if let Some((_, id)) = taken {
                    let app = Arc::clone(&app);
                    tokio::spawn(async move {
                        perform(&app, id, now).await;
                        drop(running);
                    });
                }
            }
        }
    }
}

/// Moves the clock by `by` and lets happen, one after the other, whatever falls due on the way, each at its own time.
/// Waits for what is under way first. Says how much happened.
pub(crate) async fn advance(app: &Arc<App>, by: Millis) -> u64 {
    let _alone = app.running.write().await;
    let target = app.clock.now().saturating_add(by);
    let mut ran = 0;
    loop {
        let taken = app.state().take_due(target);
        let Some((due, id)) = taken else { break };
        app.clock.move_to(due);
        perform(app, id, due).await;
        ran += 1;
    }
    app.clock.move_to(target);
    app.live.changed();
    // Whoever sleeps until the next event has slept on the old time.
    app.state().agenda.wake();
    ran
}

async fn perform(app: &Arc<App>, id: OrderId, at: Millis) {
    let unpaid = {
        let mut state = app.state();
        let order = state.orders.look_up(id);
        let unpaid = order.is_some_and(|order| order.state == TradeState::NotPay);
        if unpaid {
            state.close(id);
        }
        unpaid
    };
    if !unpaid {
        notify::attempt(app, id, at).await;
    }
    app.live.changed();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Everything happens once and in order, though memory never holds much of it.
    #[test]
    fn a_file_holds_what_comes_late() {
        let mut file = BTreeSet::new();
        let mut agenda = Agenda::new(true);
        let mut happened = Vec::new();
        let mut next = |agenda: &mut Agenda, file: &mut BTreeSet<(Millis, OrderId)>| {
            while let Some(from) = agenda.wants_more() {
                let mut read: Vec<_> = file.range(from..).take(WINDOW).copied().collect();
                let horizon = if read.len() < WINDOW { None } else { read.pop() };
                agenda.widen(&read, horizon);
            }
            let (at, id) = agenda.take_until(Millis::MAX)?;
            assert!(file.remove(&(at, id)), "{id:?} twice");
            happened.push(at);
            Some(at)
        };
        for n in 0..60_000 {
            // Most of them at a few instants, as under a clock that stands still.
            let at = Millis::try_from(n * 7919 % 60_000 / 20_000 * 1000).unwrap_or_default() + 1_000_000;
            file.insert((at, OrderId(n)));
            agenda.set(OrderId(n), Some(at));
            agenda.narrow();
            assert!(agenda.due.len() <= 2 * WINDOW && agenda.due.len() == agenda.keys.len());
            if n % 1000 == 0 {
                next(&mut agenda, &mut file);
            }
        }
        // One that is put forward, one that is taken off.
        let (late, gone) = (*file.last().unwrap_or(&(0, OrderId(0))), *file.first().unwrap_or(&(0, OrderId(0))));
        file.remove(&late);
        file.insert((5, late.1));
        agenda.set(late.1, Some(5));
        file.remove(&gone);
        agenda.set(gone.1, None);
        assert_eq!(next(&mut agenda, &mut file), Some(5));
        while next(&mut agenda, &mut file).is_some() {}
        assert_eq!((happened.len(), file.len()), (59_999, 0));
        assert!(happened.get(61..).is_some_and(<[Millis]>::is_sorted));
    }
}
