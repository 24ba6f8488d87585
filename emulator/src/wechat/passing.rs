//! Time passes: everything that is due happens, by itself or because a request moves the clock.

use std::sync::Arc;

use super::{notify, refunded, transfers, workwx};
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::due::Due;
use crate::world::order::TradeState;

/// Performs everything that falls due as time passes. Notifications are sent in parallel.
pub(crate) async fn run(app: Arc<App>) {
    let changed = app.state().agenda.changed();
    loop {
        let due = app.state().next_due();
        match due.and_then(|due| app.clock.until(due)) {
            None => changed.notified().await,
            Some(wait) if !wait.is_zero() => {
                // The agenda is read again after either.
                let _ = tokio::time::timeout(wait, changed.notified()).await;
            }
            Some(_) => {
                // A request that moves the clock holds the other side, so that nothing runs at the same time.
                let running = Arc::clone(&app.running).read_owned().await;
                let now = app.clock.now();
                let taken = app.state().take_due(now);
                if let Some((_, thing)) = taken {
                    let app = Arc::clone(&app);
                    tokio::spawn(async move {
                        perform(&app, thing, now).await;
                        drop(running);
                    });
                }
            }
        }
    }
}

/// Waits for what is running, moves the clock by `by`, and performs everything that is due on the way, one after the
/// other, each at its own time. Returns how much that was.
pub(crate) async fn advance(app: &Arc<App>, by: Millis) -> u64 {
    let _alone = app.running.write().await;
    let target = app.clock.now().saturating_add(by);
    let mut ran = 0;
    loop {
        let taken = app.state().take_due(target);
        let Some((due, thing)) = taken else { break };
        app.clock.move_to(due);
        perform(app, thing, due).await;
        ran += 1;
    }
    app.clock.move_to(target);
    app.live.changed();
    // The task above waits for a time that has changed.
    app.state().agenda.wake();
    ran
}

/// Sets the clock to the machine's time. A clock that is behind moves forward to it, as time passes. If it was ahead,
/// everything that is still to come keeps its distance: an order closes, a token expires and a notification is sent after
/// the same time as before.
pub(crate) async fn reset(app: &Arc<App>) {
    let ahead = app.clock.ahead();
    if ahead <= 0 {
        advance(app, -ahead).await;
        return app.clock.reset();
    }
    let _alone = app.running.write().await;
    let ahead = app.clock.ahead();
    let mut waiting = Vec::new();
    {
        let mut state = app.state();
        while let Some((_, thing)) = state.take_due(Millis::MAX) {
            waiting.push(thing);
        }
    }
    app.clock.reset();
    // In parts: a file may hold a million orders, and memory takes in each of them until the lock is released.
    for part in waiting.chunks(1000) {
        let mut state = app.state();
        for thing in part {
            state.postpone(*thing, -ahead);
        }
    }
    let mut state = app.state();
    state.grants.postpone(-ahead);
    state.sessions.postpone(-ahead);
    state.accounts.postpone(-ahead);
    state.pay_codes.postpone(-ahead);
    state.sharing.postpone(-ahead);
    state.agenda.wake();
    drop(state);
    app.live.changed();
}

/// Performs the due action of a thing.
async fn perform(app: &Arc<App>, thing: Due, at: Millis) {
    let changed = match thing {
        Due::Order(id) => {
            let mut state = app.state();
            let order = state.orders.look_up(id);
            let unpaid = order.is_some_and(|order| matches!(order.state, TradeState::NotPay | TradeState::UserPaying));
            if unpaid {
                state.close(id);
            }
            unpaid
        }
        Due::Refund(id) => refunded::end_if_due(app, &mut app.state(), id, at),
        Due::Transfer(id) => transfers::end_if_due(app, &mut app.state(), id, at),
        Due::Payout(id) => workwx::change_if_due(&mut app.state(), id, at),
        Due::Notice(_) => false,
    };
    if !changed {
        notify::attempt(app, thing, at).await;
    }
    app.live.changed();
}
