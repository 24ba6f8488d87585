//! Payment notifications: what is sent, when again, and what goes wrong with it on purpose (protocol §5).

pub(crate) mod deliver;
mod message;

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use self::deliver::Answer;
use self::message::Message;
use crate::app::{App, State};
use crate::clock::{Millis, seconds};
use crate::faults::{NoticeFault, Stage, Struck};
use crate::merchant::Merchant;
use crate::order::{Order, Payment};
use crate::orders::OrderId;

/// The pauses after each attempt that failed; then WeChat gives up.
pub const SCHEDULE: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

type Faults = Vec<Struck<NoticeFault>>;

/// The notification of one payment: the same bytes every time.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Notification {
    url: String,
    body: String,
    attempts: Vec<Attempt>,
    /// How often it was tried, faults on purpose not counted.
    tries: usize,
    acknowledged: bool,
    next_at: Option<Millis>,
    /// What goes wrong with every attempt: it is in the message.
    written: Faults,
    /// What goes wrong with the next attempt, once that is known.
    drawn: Option<Faults>,
    #[serde(skip)]
    under_way: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Attempt {
    at: Millis,
    /// Asked for by the control API, beside the schedule.
    by_hand: bool,
    answer: Answer,
    /// Whether it is what WeChat sends, and not what somebody else would.
    genuine: bool,
    faults: Faults,
}

impl Notification {
    /// The notification of a payment that was just made; it is due at once.
    pub(crate) fn new(order: &Order, payment: &Payment, merchant: &Merchant, written: Faults) -> Self {
        let sign_type = written.iter().any(|struck| struck.fault == NoticeFault::SignType);
        Self {
            url: order.field("notify_url").to_owned(),
            body: message::genuine(order, payment, merchant, sign_type),
            attempts: Vec::new(),
            tries: 0,
            acknowledged: false,
            next_at: Some(payment.at),
            written,
            drawn: None,
            under_way: false,
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "url": self.url,
            "attempts": self.attempts.iter().map(Attempt::to_json).collect::<Vec<_>>(),
            "acknowledged": self.acknowledged,
            "next_at": self.next_at.map(seconds),
        })
    }

    /// When it is to be sent; nothing while it is being sent.
    pub(crate) fn due(&self) -> Option<Millis> {
        self.next_at.filter(|_| !self.under_way)
    }

    /// When it is to be sent again, should this emulator end now.
    pub(crate) fn due_again(&self) -> Option<Millis> {
        self.next_at
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.under_way
    }
}

impl Attempt {
    fn to_json(&self) -> Value {
        json!({
            "at": seconds(self.at),
            "by_hand": self.by_hand,
            "status": self.answer.status,
            "answer": self.answer.excerpt,
            "accepted": self.answer.refused.is_none(),
            "why": self.answer.refused,
            "genuine": self.genuine,
            "faults": self.faults.iter().map(Struck::to_json).collect::<Vec<_>>(),
        })
    }
}

/// Sends a notification once, writes down what came of it, and says when the next attempt is, if there is one.
pub(crate) async fn attempt(app: &Arc<App>, id: OrderId, at: Millis) {
    let round = begin(app, &mut app.state(), id, at);
    if let Some(round) = round {
        carry_out(app, id, at, round).await;
    }
}

/// Sends what an attempt has begun with.
pub(crate) async fn carry_out(app: &Arc<App>, id: OrderId, at: Millis, round: Round) {
    // The shop must not hear of a payment that a crash could undo.
    app.saved().await;
    let mut acknowledged = false;
    for message in round.messages(app) {
        let answers = send(app, &round.url, &message).await;
        let mut state = app.state();
        let Some(notification) = notification(&mut state, id) else { return };
        for answer in answers {
            acknowledged |= message.genuine && answer.refused.is_none();
            let (genuine, faults) = (message.genuine, message.faults.clone());
            notification.attempts.push(Attempt { at, by_hand: false, answer, genuine, faults });
        }
    }
    end(&mut app.state(), id, at, acknowledged);
    app.live.changed();
}

/// Sends a notification once more, now and beside its schedule, acknowledged or not. `None` when there is none.
pub(crate) async fn resend(app: &Arc<App>, id: OrderId) -> Option<Value> {
    let (url, body) = {
        let mut state = app.state();
        let notification = notification(&mut state, id)?;
        (notification.url.clone(), Bytes::from(notification.body.clone()))
    };
    let _running = app.running.read().await;
    let message = Message { body, genuine: true, faults: Vec::new() };
    let answer = send(app, &url, &message).await.pop()?;
    let taken = answer.refused.is_none();
    let attempt = Attempt { at: app.clock.now(), by_hand: true, answer, genuine: true, faults: Vec::new() };
    let described = attempt.to_json();
    let mut state = app.state();
    let notification = notification(&mut state, id)?;
    if taken {
        notification.acknowledged = true;
        notification.next_at = None;
    }
    notification.attempts.push(attempt);
    if notification.attempts.len() > MAX_ATTEMPTS {
        notification.attempts.remove(0);
    }
    drop(state);
    app.live.changed();
    Some(described)
}

/// Attempts by hand are not counted, so their log ends somewhere.
const MAX_ATTEMPTS: usize = 100;

/// What an attempt needs, taken out of the state so that nobody waits for it.
#[derive(Debug)]
pub(crate) struct Round {
    url: String,
    body: String,
    faults: Faults,
    mch_id: String,
}

/// Begins an attempt that is due, and draws what goes wrong with it; nothing when that puts it off.
pub(crate) fn begin(app: &App, state: &mut State, id: OrderId, at: Millis) -> Option<Round> {
    state.held.retain(|held| *held != id);
    let order = state.orders.fetch(id)?;
    let (mch_id, number) = (order.mch_id().to_owned(), order.out_trade_no().to_owned());
    let notification = order.notification.as_mut()?;
    if notification.due().is_none_or(|due| due > at) {
        return None;
    }
    let again = notification.drawn.is_some();
    let drawn = notification.drawn.take().unwrap_or_else(|| app.faults.of_notice(&number, Stage::Sending));
    let put_off = drawn.iter().filter_map(|struck| match struck.fault {
        NoticeFault::Delay { by } => Some((by, false)),
        NoticeFault::Reorder { wait } => Some((wait, true)),
        _ => None,
    });
    if let Some((by, until_another)) = put_off.max().filter(|_| !again) {
        notification.drawn = Some(drawn);
        notification.next_at = Some(at + by);
        if until_another {
            state.held.push(id);
        }
        return None;
    }
    notification.under_way = true;
    let faults = notification.written.iter().chain(&drawn).cloned().collect();
    notification.drawn = Some(drawn);
    Some(Round { url: notification.url.clone(), body: notification.body.clone(), faults, mch_id })
}

impl Round {
    /// What is sent, in this order: what somebody else made up, and then WeChat's own.
    fn messages(&self, app: &App) -> Vec<Message> {
        let own = |struck: &&Struck<NoticeFault>| !message::is_extra(&struck.fault);
        let genuine = Message {
            body: Bytes::from(self.body.clone()),
            genuine: true,
            faults: self.faults.iter().filter(own).cloned().collect(),
        };
        let key = app.registry.by_mch(&self.mch_id).map(|merchant| merchant.api_key.expose()).unwrap_or_default();
        let extras = self.faults.iter().filter_map(|struck| message::extra(&self.body, key, struck));
        extras.chain([genuine]).collect()
    }
}

async fn send(app: &Arc<App>, url: &str, message: &Message) -> Vec<Answer> {
    let has = |wanted: &NoticeFault| message.faults.iter().any(|struck| struck.fault == *wanted);
    if has(&NoticeFault::Drop) {
        return vec![Answer::refused("it was dropped on the way: nothing was sent")];
    }
    let copies = message.faults.iter().find_map(|struck| match struck.fault {
        NoticeFault::Duplicate { copies, together } => Some((copies, together)),
        _ => None,
    });
    let (copies, together) = copies.unwrap_or((1, false));
    let mut answers = Vec::new();
    let mut sending = JoinSet::new();
    for _ in 0..copies {
        let (app, url, body) = (Arc::clone(app), url.to_owned(), message.body.clone());
        sending.spawn(async move {
            let mut answer = deliver::deliver(&url, body, app.config.allow_remote_notify).await;
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

fn end(state: &mut State, id: OrderId, at: Millis, acknowledged: bool) {
    let Some(notification) = notification(state, id) else { return };
    notification.under_way = false;
    notification.drawn = None;
    notification.acknowledged = acknowledged;
    let pause = SCHEDULE.get(notification.tries).filter(|_| !acknowledged);
    notification.tries += 1;
    notification.next_at = pause.map(|pause| at + pause * 1000);
    // Those that waited for another to go first.
    for held in std::mem::take(&mut state.held) {
        if held != id
            && let Some(waiting) = self::notification(state, held)
        {
            waiting.next_at = Some(at);
        }
    }
}

fn notification(state: &mut State, id: OrderId) -> Option<&mut Notification> {
    state.orders.fetch(id)?.notification.as_mut()
}
