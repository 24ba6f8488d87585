//! Sends notifications on their schedule, with the faults that strike them (protocol §5).

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use tokio::task::JoinSet;

use super::deliver;
use super::message::{self, Form, Message};
use super::{notice_v3, refunded};
use crate::app::App;
use crate::world::clock::Millis;
use crate::world::due::Due;
use crate::world::notice_fault::{ActiveFault, NoticeFault, Stage};
use crate::world::notification::{Attempt, Faults, MerchantAnswer, Notification, Start, V3Envelope};
use crate::world::state::State;

/// Sends a notification once if it is due, and plans the next attempt if the merchant does not acknowledge it.
pub(crate) async fn attempt(app: &Arc<App>, thing: Due, at: Millis) {
    let round = start(app, &mut app.state(), thing, at);
    if let Some(round) = round {
        carry_out(app, thing, at, round).await;
    }
}

/// An attempt that was started: everything it needs, so that sending does not hold the lock.
#[derive(Debug)]
pub(super) struct Round {
    url: String,
    body: String,
    v3: Option<V3Envelope>,
    faults: Faults,
    mch_id: String,
}

/// Starts an attempt if one is due, and draws its faults; `None` also when a fault delays it.
pub(super) fn start(app: &App, state: &mut State, thing: Due, at: Millis) -> Option<Round> {
    state.held.retain(|held| *held != thing);
    let OrderNotification { mch_id, out_trade_no, notification } = about(state, thing)?;
    match notification.start(at, || app.faults.of_notice(&out_trade_no, Stage::Sending)) {
        Start::Now(faults) => {
            let (url, body, v3) = (notification.url.clone(), notification.body.clone(), notification.v3.clone());
            Some(Round { url, body, v3, faults, mch_id })
        }
        Start::Later { until_another } => {
            if until_another {
                state.held.push(thing);
            }
            None
        }
        Start::NotDue => None,
    }
}

/// Sends the messages of an attempt that was started.
pub(super) async fn carry_out(app: &Arc<App>, thing: Due, at: Millis, round: Round) {
    let after_seq = Some(app.journal.written());
    // The shop must not receive a payment that a crash could undo.
    app.saved().await;
    let mut acknowledged = false;
    for message in round.messages(app) {
        let answers = send(app, &round.url, &message).await;
        let mut state = app.state();
        let Some(notification) = notification(&mut state, thing) else { return };
        for answer in answers {
            acknowledged |= message.genuine && answer.refused.is_none();
            let (genuine, faults) = (message.genuine, message.faults.clone());
            notification.log(Attempt { at, after_seq, by_hand: false, answer, genuine, faults });
        }
    }
    end(&mut app.state(), thing, at, acknowledged);
    app.live.changed();
}

/// Sends a notification once more, outside its schedule, acknowledged or not. `None` when there is none.
pub(crate) async fn resend(app: &Arc<App>, thing: Due) -> Option<Value> {
    let round = {
        let mut state = app.state();
        let OrderNotification { mch_id, notification, .. } = about(&mut state, thing)?;
        let (url, body, v3) = (notification.url.clone(), notification.body.clone(), notification.v3.clone());
        Round { url, body, v3, faults: Vec::new(), mch_id }
    };
    let _running = app.running.read().await;
    let after_seq = Some(app.journal.written());
    let message = round.messages(app).pop()?;
    let answer = send(app, &round.url, &message).await.pop()?;
    let attempt = Attempt { at: app.clock.now(), after_seq, by_hand: true, answer, genuine: true, faults: Vec::new() };
    let described = attempt.to_json();
    let mut state = app.state();
    notification(&mut state, thing)?.log_by_hand(attempt);
    drop(state);
    app.live.changed();
    Some(described)
}

impl Round {
    /// The messages in the order in which they are sent: forged ones first, then WeChat's own.
    fn messages(&self, app: &App) -> Vec<Message> {
        let own = |active: &&ActiveFault<NoticeFault>| !active.fault.is_extra();
        let merchant = app.registry.by_mch(&self.mch_id);
        let form = match (&self.v3, merchant) {
            (Some(v3), Some(merchant)) => Form::Json(notice_v3::headers(app, merchant, v3, self.body.as_bytes())),
            _ => Form::Xml,
        };
        let genuine = Message {
            body: Bytes::from(self.body.clone()),
            form,
            genuine: true,
            faults: self.faults.iter().filter(own).cloned().collect(),
        };
        if let (Some(v3), Some(merchant)) = (&self.v3, merchant) {
            let extras = self.faults.iter().filter_map(|active| notice_v3::extra(app, merchant, v3, &genuine, active));
            let extras: Vec<Message> = extras.collect();
            return extras.into_iter().chain([genuine]).collect();
        }
        let key = merchant.map(|merchant| merchant.api_key.expose()).unwrap_or_default();
        // Only a refund's message has it.
        let extra = if self.body.contains("<req_info>") { refunded::extra } else { message::extra };
        let extras = self.faults.iter().filter_map(|active| extra(&self.body, key, active));
        extras.chain([genuine]).collect()
    }
}

async fn send(app: &Arc<App>, url: &str, message: &Message) -> Vec<MerchantAnswer> {
    let has = |wanted: &NoticeFault| message.faults.iter().any(|active| active.fault == *wanted);
    if has(&NoticeFault::Drop) {
        return vec![MerchantAnswer::refused("it was dropped on the way: nothing was sent")];
    }
    let copies = message.faults.iter().find_map(|active| match active.fault {
        NoticeFault::Duplicate { copies, together } => Some((copies, together)),
        _ => None,
    });
    let (copies, together) = copies.unwrap_or((1, false));
    let proxied = has(&NoticeFault::Proxied);
    let mut answers = Vec::new();
    let mut sending = JoinSet::new();
    for _ in 0..copies {
        let (app, url, body, form) = (Arc::clone(app), url.to_owned(), message.body.clone(), message.form.clone());
        sending.spawn(async move {
            let mut answer = deliver::deliver(&url, body, &form, (app.config.allow_remote_notify, proxied)).await;
            answer.excerpt = app.registry.redact(answer.excerpt);
            answer.refused = answer.refused.map(|why| app.registry.redact(why));
            answer
        });
        if !together {
            answers.extend(sending.join_next().await.and_then(Result::ok));
        }
    }
    while let Some(answer) = sending.join_next().await {
        answers.extend(answer);
    }
    answers
}

fn end(state: &mut State, thing: Due, at: Millis, acknowledged: bool) {
    let Some(notification) = notification(state, thing) else { return };
    notification.end(at, acknowledged);
    // Releases the notifications that waited for another one.
    for held in std::mem::take(&mut state.held) {
        if held != thing
            && let Some(waiting) = self::notification(state, held)
        {
            waiting.release(at);
        }
    }
}

fn notification(state: &mut State, thing: Due) -> Option<&mut Notification> {
    about(state, thing).map(|about| about.notification)
}

/// A notification, and the order that it is about.
struct OrderNotification<'a> {
    mch_id: String,
    out_trade_no: String,
    notification: &'a mut Notification,
}

fn about(state: &mut State, thing: Due) -> Option<OrderNotification<'_>> {
    match thing {
        Due::Order(id) => {
            let order = state.orders.fetch(id)?;
            let (mch_id, out_trade_no) = (order.mch_id().to_owned(), order.out_trade_no().to_owned());
            Some(OrderNotification { mch_id, out_trade_no, notification: order.notification.as_mut()? })
        }
        Due::Refund(id) => {
            let refund = state.refunds.fetch(id)?;
            let (mch_id, out_trade_no) = (refund.mch_id.clone(), refund.out_trade_no.clone());
            Some(OrderNotification { mch_id, out_trade_no, notification: refund.notification.as_mut()? })
        }
        Due::Notice(id) => {
            let notice = state.notices.fetch(id)?;
            let (mch_id, number) = (notice.mch_id.clone(), notice.number.clone());
            Some(OrderNotification { mch_id, out_trade_no: number, notification: &mut notice.notification })
        }
        // Nobody is told about it.
        Due::Payout(_) => None,
        Due::Transfer(id) => {
            let transfer = state.transfers.fetch(id)?;
            let (mch_id, out_bill_no) = (transfer.mch_id.clone(), transfer.out_bill_no.clone());
            // Faults name it by its own number.
            Some(OrderNotification { mch_id, out_trade_no: out_bill_no, notification: transfer.notification.as_mut()? })
        }
    }
}
