//! What is added to an error on its way to the caller.

#[cfg(feature = "client")]
use std::error::Error as StdError;

#[cfg(feature = "client")]
use super::Outcome;
use super::page::readable;
use super::{Error, Kind, Note, RawReply, Retry, V3Status};
#[cfg(feature = "client")]
use crate::codes::Meaning;
use crate::codes::{self, Api, ErrorCode, Row};
#[cfg(feature = "client")]
use crate::explanation::{Explanation, Language};
#[cfg(feature = "client")]
use crate::fields::Fields;
use crate::shown;

/// How many characters of a body are kept.
const KEPT: usize = 500;
/// How many bytes of a page are searched for words: a page may begin with styles.
const SEARCHED: usize = 16 * 1024;

impl Error {
    /// The same with what may be the cause, at the end of what a setting needs.
    #[cfg(feature = "client")]
    pub(crate) fn hinting(mut self, hint: &str) -> Self {
        if let Kind::Config { remedy, .. } = &mut self.0.kind {
            remedy.push_str(hint);
        }
        self
    }

    /// The same with the other settings that are missing too, each as `called` calls it.
    pub(crate) fn also_missing(mut self, others: &[&str], called: impl Fn(&str) -> String) -> Self {
        let named = |name: &&str| match *name {
            // A shop that has APIv3 alone needs none.
            "api_key" => {
                let [key, v3_key, public_key] = ["api_key", "api_v3_key", "platform_public_key"].map(&called);
                format!("{key} (APIv3 alone: {v3_key} or {public_key})")
            }
            name => called(name),
        };
        if let (Kind::Config { remedy, .. }, false) = (&mut self.0.kind, others.is_empty()) {
            *remedy = format!("{remedy}; also not set: {}", others.iter().map(named).collect::<Vec<_>>().join(", "));
        }
        self
    }

    /// The same for one of several values of a setting, such as the key of one serial number.
    pub(crate) fn of_one(mut self, name: &str) -> Self {
        if let Kind::Config { remedy, .. } = &mut self.0.kind {
            *remedy = format!("{name} {remedy}");
        }
        self
    }

    /// With the status and the `Request-ID` of the reply, and whether its signature was checked and is right.
    pub(crate) fn answered(mut self, status: u16, request_id: Option<&str>, is_verified: bool) -> Self {
        // It is shown, and comes from outside.
        let request_id = request_id.map(|id| id.chars().filter(char::is_ascii_graphic).take(100).collect::<String>());
        let request_id = request_id.filter(|id| !id.is_empty()).map(String::into_boxed_str);
        self.0.answer = Some(V3Status { status, request_id, is_verified, refused: Vec::new() });
        if let Kind::Transport { status: Some(known), .. } = &mut self.0.kind {
            *known = status;
        }
        self
    }

    /// With what a refusal of APIv3 says is wrong: names of its members, and as much of their values as may be shown.
    pub(crate) fn pointing_at(mut self, parts: Vec<(&'static str, String)>) -> Self {
        if let Some(answer) = &mut self.0.answer {
            answer.refused = parts;
        }
        self
    }

    /// With the beginning of what came back, and the remedy for 签名错误 if its words say that.
    pub(crate) fn carrying(mut self, body: &[u8]) -> Self {
        // A character has four bytes at most, and the rest need not be looked at.
        let start = String::from_utf8_lossy(body.get(..KEPT * 4).unwrap_or(body));
        let start: Box<str> = start.chars().take(KEPT).collect();
        let words = readable(&String::from_utf8_lossy(body.get(..SEARCHED).unwrap_or(body)));
        if codes::is_sign_error("", &words) {
            self.0.row = codes::find(Api::V2, "", &words);
        }
        self.0.received = (!start.is_empty()).then(|| RawReply::Body { start, words: words.into() });
        self
    }

    /// With the address that a gateway answered at. It must have no query, which may hold a secret.
    #[cfg(feature = "client")]
    pub(crate) fn answered_at(mut self, host: &str, path: &str) -> Self {
        if let (Kind::Transport { reason, .. }, ErrorCode::Gateway) = (&mut self.0.kind, self.0.code) {
            reason.push_str(" from ");
            reason.push_str(host);
            reason.push_str(path);
        }
        self
    }

    /// With words of WeChat's that a reply has which is not one of the documented ones, and the remedy for 签名错误 if they say that.
    pub(crate) fn saying(mut self, words: &str) -> Self {
        if codes::is_sign_error("", words) {
            self.0.row = codes::find(Api::V2, "", words);
        }
        // The text of a gateway's answer has its beginning anyway.
        let shown = self.is(ErrorCode::Gateway) || words.is_empty();
        if let (Kind::Transport { reason, .. }, false) = (&mut self.0.kind, shown) {
            reason.push_str("; WeChat says: ");
            reason.push_str(&shown::words(words));
        }
        self
    }

    /// With another text in place of each that `mask` gives one for: WeChat, or a proxy, may repeat a secret that it was sent.
    #[cfg(feature = "client")]
    pub(crate) fn masked(mut self, mask: &dyn Fn(&str) -> Option<String>) -> Self {
        let replace = |text: &mut String| {
            if let Some(masked) = mask(text) {
                *text = masked;
            }
        };
        let document = |fields: &mut Fields| {
            let masks: Vec<_> = fields.iter().map(|(_, value)| mask(value)).collect();
            if masks.iter().any(Option::is_some) {
                let pairs = fields.iter().zip(&masks);
                *fields = pairs.map(|((name, value), mask)| (name, mask.as_deref().unwrap_or(value))).collect();
            }
        };
        match &mut self.0.kind {
            Kind::Transport { reason, .. } => replace(reason),
            Kind::Protocol { return_msg } => replace(return_msg),
            Kind::Business { err_code, err_code_des, reply } => {
                replace(err_code);
                replace(err_code_des);
                document(reply);
            }
            Kind::OAuth { errmsg, .. } => replace(errmsg),
            _ => {}
        }
        if let Some(answer) = &mut self.0.answer {
            answer.refused.iter_mut().for_each(|(_, text)| replace(text));
        }
        match &mut self.0.received {
            Some(RawReply::Reply(reply)) => document(reply),
            Some(RawReply::Body { start, words }) => {
                for text in [start, words] {
                    if let Some(masked) = mask(text) {
                        *text = masked.into();
                    }
                }
            }
            None => {}
        }
        self
    }

    /// With another text in place of a page or document that came instead of a reply, where `hide` gives one.
    #[cfg(feature = "client")]
    pub(crate) fn hiding_in_body(mut self, hide: &dyn Fn(&str) -> Option<String>) -> Self {
        if let Some(RawReply::Body { start, words }) = &mut self.0.received {
            for text in [start, words] {
                if let Some(hidden) = hide(text) {
                    *text = hidden.into();
                }
            }
        }
        self
    }

    /// The same failure of a signature, with another explanation.
    #[cfg(feature = "client")]
    pub(crate) fn explained(mut self, explained: Explanation) -> Self {
        if let Kind::Signature { explanation } = &mut self.0.kind {
            **explanation = explained;
        }
        self
    }

    /// The same refusal of a signature, with the text that was signed. Its secrets have to be masked.
    #[cfg(feature = "client")]
    pub(crate) fn signed_over(mut self, string_to_sign: String) -> Self {
        self.0.string_to_sign = Some(string_to_sign.into());
        self
    }

    /// With how to find out what became of the call, for a call that moves money.
    #[cfg(feature = "client")]
    pub(crate) fn resumed_by(mut self, step: String) -> Self {
        self.0.next_step = Some(step.into());
        self
    }

    /// With the merchant's number of what the call makes.
    #[cfg(feature = "client")]
    pub(crate) fn numbered(mut self, field: &'static str, value: &str) -> Self {
        self.0.number = Some((field, value.into()));
        self
    }

    /// The same of an answer to a call that may have had an effect. Where the answer does not say what became of the call, the error says so.
    #[cfg(feature = "client")]
    pub(crate) fn of_effect(mut self, status: u16) -> Self {
        self.0.may_have_acted = match self.kind() {
            Kind::Signature { .. } | Kind::Mismatch { .. } => true,
            _ => matches!(self.meaning(), Some(Meaning::Trouble | Meaning::AskFirst)),
        };
        if self.is_refused_reply() && self.0.answer.is_none() { self.answered(status, None, false) } else { self }
    }

    /// With what its code means in this call, where that is something of its own.
    pub(crate) fn of_call(self, api: Api, call: &str) -> Self {
        let row = match self.kind() {
            Kind::Business { err_code, err_code_des, .. } => codes::of_call(api, call, err_code, err_code_des),
            Kind::OAuth { errcode, errmsg } => codes::of_call(api, call, &errcode.to_string(), errmsg),
            _ => None,
        };
        if row.is_some() { self.meaning_as(row) } else { self }
    }

    /// With what its code or its mistake means for people.
    pub(crate) fn meaning_as(mut self, row: Option<&'static Row>) -> Self {
        self.0.row = row;
        self
    }

    /// The same failure when an earlier attempt at the call may have reached WeChat: then no later one can say that
    /// nothing happened. `has_effect` is false for a question.
    #[cfg(feature = "client")]
    pub(crate) fn after_unknown(mut self, advice: Retry, has_effect: bool) -> Self {
        let is_authentic = self.is_authentic();
        match &mut self.0.kind {
            Kind::Transport { outcome, .. } if *outcome == Outcome::NotSent => {
                *outcome = Outcome::Unknown;
                self.0.retry = advice;
            }
            // Such a refusal is not signed, and says nothing of the earlier attempt.
            Kind::Protocol { .. } => {
                self.0.may_have_acted = has_effect;
                if self.0.retry == Retry::Never {
                    self.0.retry = advice;
                }
            }
            // The same request may be safe after a refusal, and not after an attempt that WeChat may have acted on.
            Kind::Business { err_code, .. } if !is_authentic || codes::is_about_caller(err_code) => {
                self.0.may_have_acted = has_effect;
                if self.0.retry != Retry::QueryFirst {
                    self.0.retry = advice;
                }
            }
            _ => {}
        }
        self
    }

    /// The error of a call that waited for another one, which failed with this error: nothing of it was sent. `why` comes before what
    /// happened.
    #[cfg(feature = "client")]
    pub(crate) fn unsent(self, why: &str) -> Self {
        let code = if matches!(self.kind(), Kind::Transport { .. }) { self.0.code } else { ErrorCode::Network };
        let said = self.said(Language::English);
        let mut error = Self::transport(code, Outcome::NotSent, None, format!("{why}: {said}"));
        error.0.string_to_sign.clone_from(&self.0.string_to_sign);
        error.advise(Retry::SameRequest).because(self)
    }

    /// The same refusal, with what this side knows about it besides what was noted before.
    pub(crate) fn noted(self, note: impl Into<String>) -> Self {
        self.noting(note.into(), None)
    }

    /// The same for a note that has both languages already.
    #[cfg(feature = "client")]
    pub(crate) fn noted_in_both(self, english: String, chinese: String) -> Self {
        self.noting(english, Some(chinese))
    }

    fn noting(mut self, english: String, chinese: Option<String>) -> Self {
        self.0.notes.push(Note { english, chinese });
        self
    }

    /// The order of the notification that failed.
    pub(crate) fn about(mut self, out_trade_no: &str) -> Self {
        self.0.out_trade_no = Some(out_trade_no.to_owned());
        self
    }

    pub(crate) fn at(mut self, endpoint: &'static str) -> Self {
        self.0.endpoint = Some(endpoint);
        self
    }

    pub(crate) fn advise(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    #[cfg(feature = "client")]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }
}
