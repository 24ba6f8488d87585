//! An account's tokens as clients share them: what is kept of one, and what its age allows. No I/O.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::codes::Meaning;
use crate::error::Error;
use crate::secret::Secret;
use crate::wire::json;

/// A token and its times, in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimedToken {
    /// The token itself.
    pub text: Secret,
    /// When to renew it: WeChat lets old and new work side by side until the old one's end.
    pub renew_at: i64,
    /// When it ends.
    pub expires_at: i64,
}

/// How long before its end a token is renewed, in seconds: the span in which WeChat lets the old one and the new one work
/// side by side.
pub const RENEW_BEFORE: i64 = 300;

/// No token lives longer than a day, whatever an answer says.
const LONGEST_LIFE: i64 = 86_400;

/// How long a token is used, in seconds, whose answer gives it no time: fetching one for each call would use up the day's quota.
/// Where WeChat refuses it, it is renewed at once.
const UNSAID_LIFE: i64 = 60;

/// No token is longer, in bytes. WeChat's have at most 512.
const LONGEST_TEXT: usize = 4096;

impl TimedToken {
    /// A token that was given at `now` for `expires_in` seconds. One that was given for no time is used for a minute.
    pub fn new(text: impl Into<Secret>, now: i64, expires_in: i64) -> Self {
        // stable_token gives what is left of a token, down to the 300 s before its end.
        let life = if expires_in > 0 { expires_in.min(LONGEST_LIFE) } else { UNSAID_LIFE };
        let renew_at = now.saturating_add((life - RENEW_BEFORE).max(life / 2));
        Self { text: text.into(), renew_at, expires_at: now.saturating_add(life) }
    }

    /// Whether it is used without a thought of renewing it.
    pub fn is_fresh(&self, now: i64) -> bool {
        now < self.renew_at
    }

    /// Whether WeChat still takes it, as far as is known.
    pub fn lives(&self, now: i64) -> bool {
        now < self.expires_at
    }

    /// As a store keeps it.
    pub fn to_text(&self) -> Secret {
        let (renew_at, expires_at) = (self.renew_at, self.expires_at);
        Secret::new(json::write(&StoredToken { token: Cow::Borrowed(self.text.expose()), renew_at, expires_at }))
    }

    /// From the text in a store; `None` for a text that this version does not write at `now`, such as one whose token would live
    /// longer than any token does.
    pub fn from_text(text: &Secret, now: i64) -> Option<Self> {
        Self::from_text_within(text, now, LONGEST_LIFE, LONGEST_TEXT)
    }

    /// As [`TimedToken::from_text`], for something that lives for `life` seconds and has `length` bytes at most.
    pub(crate) fn from_text_within(text: &Secret, now: i64, life: i64, length: usize) -> Option<Self> {
        let stored: StoredToken<'_> = serde_json::from_str(text.expose()).ok()?;
        let (token, renew_at, expires_at) = (stored.token, stored.renew_at, stored.expires_at);
        // The clocks of two machines may differ by an hour.
        let latest = now.saturating_add(life + 3600);
        let fits = !token.is_empty() && token.len() <= length && renew_at <= expires_at && expires_at <= latest;
        fits.then(|| Self { text: Secret::new(token), renew_at, expires_at })
    }
}

/// A token in the JSON of a store. Members that later versions add are ignored.
#[derive(Serialize, Deserialize)]
struct StoredToken<'a> {
    token: Cow<'a, str>,
    renew_at: i64,
    expires_at: i64,
}

/// Whether a reply says that the token of its request has ended, perhaps before its time.
pub fn is_dead(error: &Error) -> bool {
    error.meaning() == Some(Meaning::DeadToken)
}

/// How long to wait after this failure before a token is fetched again, in seconds; 0 when the failure does not say.
pub fn pause_after(error: &Error) -> i64 {
    match error.meaning() {
        // A day's quota is used up until midnight in Beijing; a request now and then notices when it was raised.
        Some(Meaning::Later) => 600,
        // Quotas of a minute.
        Some(Meaning::TooMany) => 60,
        _ => 0,
    }
}

/// How long an old token is used before the next try to renew it, after a try that failed, in seconds.
pub const PAUSE_WITH_OLD: i64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_its_end_and_used_until_then() {
        let kept = TimedToken::new("t", 1000, 7200);
        assert!(kept.is_fresh(7899) && !kept.is_fresh(7900) && kept.lives(8199) && !kept.lives(8200));
        // What stable_token has left of one.
        assert!(TimedToken::new("t", 1000, 300).is_fresh(1149) && !TimedToken::new("t", 1000, 300).is_fresh(1150));
        // What an answer gives no time is used for a minute.
        for unsaid in [0, -5, i64::MIN] {
            let kept = TimedToken::new("t", 1000, unsaid);
            assert!(kept.is_fresh(1029) && kept.lives(1059) && !kept.lives(1060), "{unsaid}");
        }
        assert!(!TimedToken::new("t", 0, i64::MAX).lives(LONGEST_LIFE));
        assert!(TimedToken::new("t", i64::MAX, i64::MAX).lives(0));
    }

    #[test]
    fn a_stored_token_is_read_again_and_other_texts_are_not() {
        let kept = TimedToken::new("a\"b", 5, 7200);
        assert_eq!(TimedToken::from_text(&kept.to_text(), 5), Some(kept));
        for other in
            ["", "null", "[]", "{}", r#"{"token":1,"renew_at":1,"expires_at":2}"#, r#"{"token":"a"}"#, "{\"token\""]
        {
            assert_eq!(TimedToken::from_text(&Secret::new(other), 0), None, "{other}");
        }
        let kept = |token: &str, renew_at: i64, expires_at: i64| {
            TimedToken::from_text(&TimedToken { text: Secret::new(token), renew_at, expires_at }.to_text(), 1000)
        };
        assert!(kept("t", 8000, 8200).is_some());
        assert_eq!(kept("t", 9_000_000_000_000_000_000, 9_000_000_000_000_000_000), None);
        assert_eq!(kept("t", 8201, 8200), None);
        assert_eq!(kept("", 8000, 8200), None);
        assert_eq!(kept(&"t".repeat(4097), 8000, 8200), None);
    }
}
