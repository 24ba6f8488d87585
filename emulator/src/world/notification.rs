//! A notification: its bytes, its attempts so far, and when the next one is due.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::attempt_words;
use super::clock::{Millis, seconds};
use super::notice_fault::{ActiveFault, NoticeFault};

/// The pauses in seconds after each failed attempt; after the last one WeChat gives up (protocol §5.6).
pub const SCHEDULE: [i64; 15] =
    [15, 15, 30, 180, 600, 1200, 1800, 1800, 1800, 3600, 10_800, 10_800, 10_800, 21_600, 21_600];

/// The pauses of a transfer's notification (protocol v3 §9.2).
const TRANSFER_SCHEDULE: [i64; 31] = [
    15, 15, 15, 300, 300, 300, 1800, 1800, 1800, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600,
    3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600, 3600,
];

pub(crate) type Faults = Vec<ActiveFault<NoticeFault>>;

/// A notification. Every attempt sends the same bytes.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Notification {
    pub(crate) url: String,
    pub(crate) body: String,
    attempts: Vec<Attempt>,
    /// Attempts of the schedule; messages that faults add are not counted.
    tries: usize,
    acknowledged: bool,
    next_at: Option<Millis>,
    /// Faults of every attempt, because they are in the message.
    written: Faults,
    /// Faults of the next attempt, once they are drawn.
    drawn: Option<Faults>,
    #[serde(skip)]
    under_way: bool,
    /// A notification of APIv3, which is signed anew for each attempt.
    #[serde(default)]
    pub(crate) v3: Option<V3Envelope>,
}

/// What a notification of APIv3 has besides its body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct V3Envelope {
    /// The key that the request named which it is about.
    pub(crate) serial: Option<String>,
    /// What is encrypted in the body.
    pub(crate) plain: String,
    /// Whether it is about a transfer, which has a schedule of its own.
    #[serde(default)]
    pub(crate) of_transfer: bool,
}

#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Attempt {
    pub(crate) at: Millis,
    /// The journal's last entry before it, in this run of the emulator. It orders what happened in the same second.
    #[serde(skip)]
    pub(crate) after_seq: Option<u64>,
    /// Asked for through the control API, outside the schedule.
    pub(crate) by_hand: bool,
    pub(crate) answer: MerchantAnswer,
    /// Whether the message is WeChat's own, and not one that a fault added.
    pub(crate) genuine: bool,
    pub(crate) faults: Faults,
}

/// The merchant's answer, and the reason when it does not acknowledge the notification.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct MerchantAnswer {
    pub(crate) status: Option<u16>,
    pub(crate) excerpt: String,
    pub(crate) refused: Option<String>,
}

/// The start of an attempt that is due.
#[derive(Debug)]
pub(crate) enum Start {
    /// Send it now, with these faults.
    Now(Faults),
    /// A fault delays it.
    Later {
        /// Until another notification was sent, if that comes first.
        until_another: bool,
    },
    /// Nothing is due.
    NotDue,
}

/// Attempts by hand are not counted, so their log has an upper bound.
const MAX_ATTEMPTS: usize = 100;

impl Notification {
    /// A notification that is due at once.
    pub(crate) fn new(url: String, body: String, at: Millis, written: Faults) -> Self {
        Self {
            url,
            body,
            attempts: Vec::new(),
            tries: 0,
            acknowledged: false,
            next_at: Some(at),
            written,
            drawn: None,
            under_way: false,
            v3: None,
        }
    }

    /// The same, of APIv3.
    pub(crate) fn in_v3(self, v3: V3Envelope) -> Self {
        Self { v3: Some(v3), ..self }
    }

    /// The same, on the schedule of transfers.
    pub(crate) fn of_transfer(mut self) -> Self {
        if let Some(v3) = &mut self.v3 {
            v3.of_transfer = true;
        }
        self
    }

    /// Starts an attempt if one is due by `at`. `draw` gives the faults that strike it; they are drawn once.
    pub(crate) fn start(&mut self, at: Millis, draw: impl FnOnce() -> Faults) -> Start {
        if self.due().is_none_or(|due| due > at) {
            return Start::NotDue;
        }
        let again = self.drawn.is_some();
        let drawn = self.drawn.take().unwrap_or_else(draw);
        let delays = drawn.iter().filter_map(|active| match active.fault {
            NoticeFault::Delay { by } => Some((by, false)),
            NoticeFault::Reorder { wait } => Some((wait, true)),
            _ => None,
        });
        if let Some((by, until_another)) = delays.max().filter(|_| !again) {
            self.drawn = Some(drawn);
            self.next_at = Some(at + by);
            return Start::Later { until_another };
        }
        self.under_way = true;
        let faults = self.written.iter().chain(&drawn).cloned().collect();
        self.drawn = Some(drawn);
        Start::Now(faults)
    }

    pub(crate) fn log(&mut self, attempt: Attempt) {
        self.attempts.push(attempt);
    }

    /// Ends an attempt of the schedule, and plans the next one unless the merchant acknowledged it.
    pub(crate) fn end(&mut self, at: Millis, acknowledged: bool) {
        self.under_way = false;
        self.drawn = None;
        self.acknowledged = acknowledged;
        let of_transfer = self.v3.as_ref().is_some_and(|v3| v3.of_transfer);
        let schedule = if of_transfer { &TRANSFER_SCHEDULE[..] } else { &SCHEDULE[..] };
        let pause = schedule.get(self.tries).filter(|_| !acknowledged);
        self.tries += 1;
        self.next_at = pause.map(|pause| at + pause * 1000);
    }

    /// Logs an attempt outside the schedule. An acknowledged one ends the schedule.
    pub(crate) fn log_by_hand(&mut self, attempt: Attempt) {
        if attempt.answer.refused.is_none() {
            self.acknowledged = true;
            self.next_at = None;
        }
        self.attempts.push(attempt);
        if self.attempts.len() > MAX_ATTEMPTS {
            self.attempts.remove(0);
        }
    }

    /// Moves the next attempt to a later time, or to an earlier one.
    pub(super) fn postpone(&mut self, by: Millis) {
        self.next_at = self.next_at.map(|at| at + by);
    }

    /// Makes a delayed attempt due at `at`.
    pub(crate) fn release(&mut self, at: Millis) {
        self.next_at = Some(at);
    }

    /// When it is to be sent; `None` while it is being sent.
    pub(crate) fn due(&self) -> Option<Millis> {
        self.next_at.filter(|_| !self.under_way)
    }

    /// When it is due if the emulator ends now: an attempt that is under way is repeated.
    pub(crate) fn due_after_restart(&self) -> Option<Millis> {
        self.next_at
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.under_way
    }

    pub(crate) fn to_json(&self) -> Value {
        // A text when a fault has made it none of JSON.
        let plain = self
            .v3
            .as_ref()
            .map(|v3| serde_json::from_str::<Value>(&v3.plain).unwrap_or_else(|_| Value::from(v3.plain.as_str())));
        json!({
            "url": self.url,
            "resource": plain,
            "attempts": self.attempts.iter().map(Attempt::to_json).collect::<Vec<_>>(),
            "acknowledged": self.acknowledged,
            "next_at": self.next_at.map(seconds),
        })
    }
}

impl Attempt {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "at": seconds(self.at),
            "after_seq": self.after_seq,
            "by_hand": self.by_hand,
            "status": self.answer.status,
            "answer": self.answer.excerpt,
            "accepted": self.answer.refused.is_none(),
            "why": self.answer.refused,
            "why_zh": self.answer.refused.as_deref().map(attempt_words::chinese),
            "genuine": self.genuine,
            "faults": self.faults.iter().map(ActiveFault::to_json).collect::<Vec<_>>(),
        })
    }
}

impl MerchantAnswer {
    pub(crate) fn refused(why: impl Into<String>) -> Self {
        Self { refused: Some(why.into()), ..Self::default() }
    }
}
