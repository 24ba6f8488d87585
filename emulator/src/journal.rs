//! What was asked and how it ended, newest last, as many entries as were asked for. Never a key, token or secret.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use axum::http::Method;
use serde_json::{Value, json};

use crate::clock::{Millis, seconds};

#[derive(Debug)]
pub(crate) struct Journal {
    keep: usize,
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<(u64, Entry)>,
    written: u64,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) at: Millis,
    pub(crate) peer: SocketAddr,
    pub(crate) method: Method,
    /// Without the query, where secrets travel.
    pub(crate) path: Cow<'static, str>,
    pub(crate) status: u16,
    pub(crate) note: Note,
}

/// What a handler has to say about a request.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) out_trade_no: Option<String>,
    /// `ok`, or the kind of refusal and its text.
    pub(crate) outcome: Cow<'static, str>,
    pub(crate) explanation: Option<Box<Explanation>>,
}

/// What WeChat knows and does not say.
#[derive(Debug, Default)]
pub(crate) struct Explanation {
    pub(crate) string_to_sign: Option<String>,
    pub(crate) sign_type: Option<&'static str>,
    pub(crate) mistake: Option<&'static str>,
    pub(crate) detail: String,
}

impl Note {
    pub(crate) fn ok() -> Self {
        Self::outcome("ok")
    }

    pub(crate) fn outcome(outcome: impl Into<Cow<'static, str>>) -> Self {
        Self { out_trade_no: None, outcome: outcome.into(), explanation: None }
    }

    pub(crate) fn explained(mut self, explanation: Option<Explanation>) -> Self {
        self.explanation = explanation.map(Box::new);
        self
    }

    pub(crate) fn about(mut self, out_trade_no: Option<String>) -> Self {
        self.out_trade_no = out_trade_no;
        self
    }
}

impl Explanation {
    pub(crate) fn detail(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), ..Self::default() }
    }

    pub(crate) fn mistake(mistake: &'static str, detail: impl Into<String>) -> Self {
        Self { mistake: Some(mistake), detail: detail.into(), ..Self::default() }
    }

    fn to_json(&self) -> Value {
        json!({
            "string_to_sign": self.string_to_sign,
            "sign_type": self.sign_type,
            "mistake": self.mistake,
            "detail": self.detail,
        })
    }
}

impl Journal {
    pub(crate) fn new(keep: usize) -> Self {
        Self { keep, ring: Mutex::default() }
    }

    pub(crate) fn write(&self, entry: Entry) {
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        ring.written += 1;
        let seq = ring.written;
        // What falls out is freed after the lock.
        let _old = if ring.entries.len() >= self.keep.max(1) { ring.entries.pop_front() } else { None };
        if self.keep > 0 {
            ring.entries.push_back((seq, entry));
        }
        drop(ring);
    }

    /// The newest `limit` entries, newest last.
    pub(crate) fn list(&self, limit: usize) -> Value {
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let skip = ring.entries.len().saturating_sub(limit);
        ring.entries.iter().skip(skip).map(|(seq, entry)| entry.to_json(*seq)).collect()
    }
}

impl Entry {
    fn to_json(&self, seq: u64) -> Value {
        let mut entry = json!({
            "seq": seq,
            "at": seconds(self.at),
            "peer": self.peer.to_string(),
            "method": self.method.as_str(),
            "path": self.path,
            "status": self.status,
            "out_trade_no": self.note.out_trade_no,
            "outcome": self.note.outcome,
        });
        if let (Some(explanation), Some(object)) = (&self.note.explanation, entry.as_object_mut()) {
            object.insert("explanation".to_owned(), explanation.to_json());
        }
        entry
    }
}
