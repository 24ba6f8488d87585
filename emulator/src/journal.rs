//! The journal: each request and its outcome, newest last, at most `--keep` of them. It holds no key, token or secret.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use hyper::Method;
use serde_json::{Value, json};
use wxpaykit::doctor::{self, Language, Mistake};
use wxpaykit::{Fields, SignType};

use crate::live::Live;
use crate::reasons::Reason;
use crate::world::clock::{Millis, seconds};
use crate::world::registry::Registry;

#[derive(Debug)]
pub(crate) struct Journal {
    keep: usize,
    /// The language of the explanations.
    language: Language,
    /// A name of this run of the emulator: earlier runs had entries of the same numbers.
    run: String,
    live: Arc<Live>,
    ring: Mutex<Ring>,
}

#[derive(Debug, Default)]
struct Ring {
    entries: VecDeque<(u64, Arc<Entry>)>,
    written: u64,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) at: Millis,
    pub(crate) peer: SocketAddr,
    pub(crate) method: Method,
    /// Without the query, which holds secrets.
    pub(crate) path: Cow<'static, str>,
    pub(crate) status: u16,
    pub(crate) note: Note,
}

/// The part of an entry that the request's handler gives.
#[derive(Debug)]
pub(crate) struct Note {
    pub(crate) out_trade_no: Option<String>,
    /// `ok`, or the kind of refusal and its text: `protocol:签名错误`.
    pub(crate) outcome: Cow<'static, str>,
    pub(crate) explanation: Option<Box<Explanation>>,
}

/// The explanation that WeChat itself does not give.
#[derive(Debug, Default)]
pub(crate) struct Explanation {
    pub(crate) string_to_sign: Option<String>,
    /// The request of `string_to_sign`, which is then written only when the entry is read.
    pub(crate) request: Option<Arc<Fields>>,
    /// The text that was probably signed instead, if the mistake tells it.
    pub(crate) likely_string: Option<String>,
    pub(crate) sign_type: Option<&'static str>,
    pub(crate) mistake: Option<&'static str>,
    pub(crate) detail: Cow<'static, str>,
    /// The same in Chinese, where there is a text.
    pub(crate) chinese: Option<Cow<'static, str>>,
}

impl Note {
    pub(crate) fn ok() -> Self {
        Self::outcome("ok")
    }

    pub(crate) fn outcome(outcome: impl Into<Cow<'static, str>>) -> Self {
        Self { out_trade_no: None, outcome: outcome.into(), explanation: None }
    }

    pub(crate) fn explained(mut self, explanation: Option<Explanation>) -> Self {
        self.explanation = explanation.map(|mut explanation| {
            explanation.string_to_sign = explanation.string_to_sign.map(clipped);
            explanation.likely_string = explanation.likely_string.map(clipped);
            explanation.detail = clipped_words(explanation.detail);
            explanation.chinese = explanation.chinese.map(clipped_words);
            Box::new(explanation)
        });
        self
    }

    pub(crate) fn about(mut self, out_trade_no: Option<String>) -> Self {
        self.out_trade_no = out_trade_no;
        self
    }
}

impl Explanation {
    pub(crate) fn detail(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..Self::default() }
    }

    pub(crate) fn mistake(mistake: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { mistake: Some(mistake), detail: detail.into(), ..Self::default() }
    }

    /// A mistake of the table of reasons.
    pub(crate) fn reason(Reason { code, english, chinese }: Reason) -> Self {
        Self { mistake: Some(code), detail: english.into(), chinese: Some(chinese.into()), ..Self::default() }
    }

    /// A mistake whose words have values of the request in them: in English and in Chinese.
    pub(crate) fn with_values(mistake: &'static str, english: String, chinese: String) -> Self {
        Self::mistake(mistake, english).in_chinese(chinese)
    }

    /// A mistake that the SDK names too, with its title alone.
    pub(crate) fn titled(mistake: Mistake) -> Self {
        Self::mistake(mistake.code(), mistake.title(Language::English)).in_chinese(mistake.title(Language::Chinese))
    }

    /// A mistake that the SDK names too, with its advice.
    pub(crate) fn told(mistake: Mistake) -> Self {
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| mistake.message(language));
        Self::with_values(mistake.code(), english, chinese)
    }

    /// The same detail in Chinese.
    pub(crate) fn in_chinese(self, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { chinese: Some(detail.into()), ..self }
    }

    /// The detail in this language, as far as there is a text.
    pub(crate) fn words(&self, language: Language) -> &str {
        match (language, &self.chinese) {
            (Language::Chinese, Some(chinese)) => chinese,
            _ => &self.detail,
        }
    }

    /// A correct signature, with its text for developers to compare with their own.
    pub(crate) fn right(request: &Arc<Fields>, sign_type: SignType, registry: &Registry) -> Self {
        let size: usize = request.iter().map(|(name, value)| name.len() + value.len()).sum();
        // A text that is clipped is clipped now, so that the whole request is not kept.
        let clips = size > KEPT;
        Self {
            string_to_sign: clips.then(|| string_to_sign(request, registry)),
            request: (!clips).then(|| Arc::clone(request)),
            sign_type: Some(sign_type.as_str()),
            detail: Mistake::NONE.title(Language::English).into(),
            chinese: Some(Mistake::NONE.title(Language::Chinese).into()),
            ..Self::default()
        }
    }

    /// The cause of a refusal of a request whose signature is right.
    pub(crate) fn refused_for(self, Self { mistake, detail, chinese, .. }: Self) -> Self {
        Self { mistake, detail, chinese, ..self }
    }

    /// Why a signature differs, without the secrets that `redact` knows.
    pub(crate) fn of_signature(explained: doctor::Explanation, redact: impl Fn(String) -> String) -> Self {
        Self {
            detail: redact(explained.message(Language::English)).into(),
            chinese: Some(redact(explained.message(Language::Chinese)).into()),
            string_to_sign: Some(redact(explained.string_to_sign)),
            likely_string: explained.likely_string.map(redact),
            sign_type: Some(explained.sign_type),
            mistake: Some(explained.mistake.code()),
            ..Self::default()
        }
    }

    fn to_json(&self, registry: &Registry, language: Language) -> Value {
        let written = || self.request.as_ref().map(|request| clipped(string_to_sign(request, registry)));
        json!({
            "string_to_sign": self.string_to_sign.clone().or_else(written),
            "likely_string": self.likely_string,
            "sign_type": self.sign_type,
            "mistake": self.mistake,
            "detail": self.words(language),
        })
    }
}

impl Journal {
    pub(crate) fn new(keep: usize, language: Language, live: Arc<Live>) -> Self {
        // Two emulators that start in the same moment have different runs. Without random numbers they have only the moment.
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let run = format!("{:x}{:x}", since.as_millis(), getrandom::u64().unwrap_or_default());
        Self { keep, language, run, live, ring: Mutex::default() }
    }

    pub(crate) fn write(&self, entry: Entry) {
        let entry = Arc::new(entry);
        let mut ring = self.locked();
        ring.written += 1;
        let seq = ring.written;
        // The oldest entry is freed after the lock.
        let _old = if ring.entries.len() >= self.keep.max(1) { ring.entries.pop_front() } else { None };
        if self.keep > 0 {
            ring.entries.push_back((seq, entry));
        }
        drop(ring);
        self.live.changed();
    }

    /// The number of the last entry.
    pub(crate) fn written(&self) -> u64 {
        self.locked().written
    }

    /// A name of this run.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }

    /// The newest `limit` entries after an entry, newest last, and the number of those left out. `detail` is English; `detail_zh` is the
    /// same in Chinese, where there is a text: the reader of the page chooses the language.
    pub(crate) fn after(&self, seq: u64, limit: usize, registry: &Registry) -> (u64, Vec<(u64, Value)>) {
        let (written, newest) =
            self.newest(|written| usize::try_from(written.saturating_sub(seq)).unwrap_or(usize::MAX).min(limit));
        let first = newest.first().map_or(written + 1, |(seq, _)| *seq);
        let shown = newest.iter().map(|(seq, entry)| (*seq, entry.in_both(*seq, registry))).collect();
        (first.saturating_sub(seq + 1), shown)
    }

    /// The newest `limit` entries, newest last.
    pub(crate) fn list(&self, limit: usize, registry: &Registry) -> Value {
        let (_, newest) = self.newest(|_| limit);
        newest.iter().map(|(seq, entry)| entry.to_json(*seq, registry, self.language)).collect()
    }

    /// The number of entries so far, and the newest `count(number)` of them. They are turned into JSON without the lock.
    fn newest(&self, count: impl FnOnce(u64) -> usize) -> (u64, Vec<(u64, Arc<Entry>)>) {
        let ring = self.locked();
        let skip = ring.entries.len().saturating_sub(count(ring.written));
        (ring.written, ring.entries.iter().skip(skip).map(|(seq, entry)| (*seq, Arc::clone(entry))).collect())
    }

    fn locked(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn in_both(&self, seq: u64, registry: &Registry) -> Value {
        let mut entry = self.to_json(seq, registry, Language::English);
        let chinese = self.note.explanation.as_ref().and_then(|explanation| explanation.chinese.as_deref());
        if let (Some(chinese), Some(Value::Object(shown))) = (chinese, entry.get_mut("explanation")) {
            shown.insert("detail_zh".to_owned(), chinese.into());
        }
        entry
    }

    fn to_json(&self, seq: u64, registry: &Registry, language: Language) -> Value {
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
            object.insert("explanation".to_owned(), explanation.to_json(registry, language));
        }
        entry
    }
}

/// The text that a request's signature is over, without the key.
fn string_to_sign(request: &Fields, registry: &Registry) -> String {
    registry.redact(doctor::text_of(request) + "&key=***")
}

/// Bytes of a text that are kept: a request may be 1 MiB long, and thousands of entries are kept.
const KEPT: usize = 16 * 1024;

fn clipped_words(words: Cow<'static, str>) -> Cow<'static, str> {
    match words {
        Cow::Owned(text) => clipped(text).into(),
        fixed => fixed,
    }
}

fn clipped(text: String) -> String {
    if text.len() <= KEPT {
        return text;
    }
    let end = (0..=KEPT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
    let (kept, rest) = text.split_at(end);
    format!("{kept}… ({} bytes more)", rest.len())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn journals_of_the_same_moment_are_of_different_runs() {
        let runs: Vec<_> =
            (0..1000).map(|_| Journal::new(1, Language::English, Arc::default()).run().to_owned()).collect();
        let different: std::collections::HashSet<_> = runs.iter().collect();
        assert_eq!(different.len(), runs.len());
        // The id of an event is this name, a hyphen and a number.
        assert!(!runs.iter().any(|run| run.contains('-')));
    }

    #[test]
    fn long_explanations_are_clipped() {
        let long = || "茶".repeat(KEPT);
        let explanation = Explanation {
            string_to_sign: Some(long()),
            likely_string: Some(long()),
            ..Explanation::mistake("field_format", long()).in_chinese(long())
        };
        let kept = Note::ok().explained(Some(explanation)).explanation.unwrap();
        for text in [
            kept.string_to_sign.as_deref().unwrap(),
            kept.likely_string.as_deref().unwrap(),
            kept.words(Language::English),
            kept.words(Language::Chinese),
        ] {
            assert!(text.len() < KEPT + 64 && text.ends_with(" bytes more)"), "{}", text.len());
        }
    }
}
