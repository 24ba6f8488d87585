//! Whether a failed attempt is made again: a pure function of what failed, of what repeating the call does, and of how
//! often it was tried. It sends nothing and waits for nothing.

use std::time::Duration;

use crate::codes::{ErrorCode, Meaning};
use crate::error::{Error, Kind, Outcome, Retry};

/// What repeating a call does, and so what may be done when its result is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryClass {
    /// It changes nothing: repeat at will.
    Safe,
    /// Repeating it with the same number and fields does the job once.
    SameRequest,
    /// Ask for the state before anything is repeated.
    QueryFirst,
    /// What it takes is used up by it, and there is nothing to ask for: it is not repeated.
    Once,
}

impl RetryClass {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Safe, Self::SameRequest, Self::QueryFirst, Self::Once];

    /// `safe`, `same_request`, `query_first` or `once`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::SameRequest => "same_request",
            Self::QueryFirst => "query_first",
            Self::Once => "once",
        }
    }
}

/// What one attempt came to, as far as repeating it is concerned (protocol §8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// WeChat never saw it: no name, no connection, no TLS.
    NotSent,
    /// It was sent, and no answer came in the time that it had.
    TimedOut,
    /// It was sent, and no usable answer came: a broken connection, a gateway's page.
    NoAnswer,
    /// An answer came that is not authentic, or another request's. Who sits in between may sit there again.
    NotAuthentic,
    /// WeChat failed, and may have acted: [`Meaning::Trouble`].
    Trouble,
    /// Not taken, because there were too many requests: [`Meaning::TooMany`].
    TooMany,
    /// Refused, and only a query tells what became of it: [`Meaning::AskFirst`].
    AskFirst,
    /// Not taken, until a quota, a balance or a bill is there: [`Meaning::Later`].
    Later,
    /// Refused for good: the same request is refused again.
    Refused,
}

/// Which of a family's two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The one that was just tried.
    Same,
    /// The other one.
    Other,
}

/// Another attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Again {
    /// How long to wait before it.
    pub after: Duration,
    /// Where to send it.
    pub host: Host,
}

/// What is known after a failure that was not repeated, or not any more, and what is safe then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Whether WeChat may have acted: [`Outcome::NotSent`] says that nothing happened.
    pub outcome: Outcome,
    /// Whether the client repeats it by itself, within its limits on time and number.
    pub repeated: bool,
    /// What the caller may do.
    pub retry: Retry,
}

impl Failure {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::NotSent,
        Self::TimedOut,
        Self::NoAnswer,
        Self::NotAuthentic,
        Self::Trouble,
        Self::TooMany,
        Self::AskFirst,
        Self::Later,
        Self::Refused,
    ];

    /// What an error says of its attempt.
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            Kind::Transport { outcome: Outcome::NotSent, .. } | Kind::Store { .. } => Self::NotSent,
            Kind::Transport { .. } if error.is(ErrorCode::Timeout) => Self::TimedOut,
            Kind::Transport { .. } => Self::NoAnswer,
            Kind::Signature { .. } | Kind::Mismatch { .. } => Self::NotAuthentic,
            _ => error.meaning().map_or(Self::Refused, Self::meant),
        }
    }

    fn meant(meaning: Meaning) -> Self {
        match meaning {
            Meaning::Trouble => Self::Trouble,
            Meaning::TooMany => Self::TooMany,
            Meaning::AskFirst => Self::AskFirst,
            Meaning::Later => Self::Later,
            Meaning::DeadToken | Meaning::NotFound | Meaning::Final => Self::Refused,
        }
    }

    /// A stable name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::TimedOut => "timed_out",
            Self::NoAnswer => "no_answer",
            Self::NotAuthentic => "not_authentic",
            Self::Trouble => "trouble",
            Self::TooMany => "too_many",
            Self::AskFirst => "ask_first",
            Self::Later => "later",
            Self::Refused => "refused",
        }
    }

    /// Whether it speaks against the host: nobody is there, or they are silent. The other host is asked first for a while.
    pub fn blames_host(self) -> bool {
        matches!(self, Self::NotSent | Self::TimedOut)
    }

    /// Whether WeChat may have acted.
    pub fn outcome(self) -> Outcome {
        match self {
            Self::TimedOut | Self::NoAnswer | Self::NotAuthentic | Self::Trouble | Self::AskFirst => Outcome::Unknown,
            Self::NotSent | Self::TooMany | Self::Later | Self::Refused => Outcome::NotSent,
        }
    }
}

/// What is known after a failure of a call of this class. With the rows of all calls
/// this is the whole table.
pub fn known(class: RetryClass, failure: Failure) -> Known {
    let repeatable = matches!(class, RetryClass::Safe | RetryClass::SameRequest);
    let (repeated, retry) = match failure {
        Failure::NotSent | Failure::TooMany => (true, Retry::SameRequest),
        Failure::TimedOut | Failure::NoAnswer | Failure::Trouble => (repeatable, after_unknown(class)),
        Failure::NotAuthentic => (false, after_unknown(class)),
        Failure::AskFirst => (false, Retry::QueryFirst),
        Failure::Later => (false, Retry::SameRequest),
        Failure::Refused => (false, Retry::Never),
    };
    Known { outcome: failure.outcome(), repeated, retry }
}

/// A call that its caller gave up. `class` is what repeating it does, once it may have been sent.
pub fn cancelled(endpoint: &'static str, outcome: Outcome, class: RetryClass) -> Error {
    let retry = match outcome {
        Outcome::Unknown => after_unknown(class),
        Outcome::NotSent => Retry::SameRequest,
    };
    Error::transport(ErrorCode::Cancelled, outcome, None, "the call was cancelled").at(endpoint).advise(retry)
}

/// What is safe when a call's result is not known.
pub(crate) fn after_unknown(class: RetryClass) -> Retry {
    match class {
        RetryClass::Safe | RetryClass::SameRequest => Retry::SameRequest,
        RetryClass::QueryFirst => Retry::QueryFirst,
        RetryClass::Once => Retry::Never,
    }
}

/// How much of the time that is `left` for a call attempt number `attempt`, counted from 0, has to get its answer. The first
/// one has half, when another may follow: a host that is silent leaves time to ask the other one.
pub fn share(class: RetryClass, attempt: u32, retries: u32, left: Duration) -> Duration {
    let another = attempt < retries && known(class, Failure::TimedOut).repeated;
    if attempt == 0 && another { left / 2 } else { left }
}

/// Whether to try again after attempt number `attempt`, counted from 0, of `1 + retries` in all. `jitter` is a random number
/// from 0 to 1: clients that failed together must not come back together.
pub fn next(class: RetryClass, failure: Failure, attempt: u32, retries: u32, jitter: f64) -> Option<Again> {
    if attempt >= retries || !known(class, failure).repeated {
        return None;
    }
    let host = if failure.blames_host() { Host::Other } else { Host::Same };
    let first = match failure {
        // The other host is another data centre: nothing is gained by waiting for it once.
        _ if failure.blames_host() && attempt == 0 => return Some(Again { after: Duration::ZERO, host }),
        Failure::TooMany => Duration::from_millis(500),
        _ => Duration::from_millis(100),
    };
    let doubled = first.saturating_mul(1 << attempt.min(5)).min(Duration::from_secs(3));
    Some(Again { after: doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0), host })
}

/// How long the backup host is preferred after the main one could not be reached or was silent, in seconds. Then the main one is tried
/// again.
pub const AWAY: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    /// For each failure: whether WeChat may have acted and whether it is repeated, and what is safe.
    #[test]
    fn the_whole_table() {
        let said = |class| {
            Failure::ALL.map(|failure| {
                let Known { outcome, repeated, retry } = known(class, failure);
                let marks = (outcome == Outcome::Unknown, repeated);
                (failure.as_str(), marks, retry.as_str())
            })
        };
        let table = |repeated, unknown| {
            [
                ("not_sent", (false, true), "same_request"),
                ("timed_out", (true, repeated), unknown),
                ("no_answer", (true, repeated), unknown),
                ("not_authentic", (true, false), unknown),
                ("trouble", (true, repeated), unknown),
                ("too_many", (false, true), "same_request"),
                ("ask_first", (true, false), "query_first"),
                ("later", (false, false), "same_request"),
                ("refused", (false, false), "never"),
            ]
        };
        assert_eq!(said(RetryClass::Safe), table(true, "same_request"));
        assert_eq!(said(RetryClass::SameRequest), table(true, "same_request"));
        assert_eq!(said(RetryClass::QueryFirst), table(false, "query_first"));
        assert_eq!(said(RetryClass::Once), table(false, "never"));
    }

    #[test]
    fn nothing_is_repeated_whose_repetition_could_act_twice() {
        for failure in Failure::ALL {
            let harmless = matches!(failure, Failure::NotSent | Failure::TooMany);
            for class in [RetryClass::QueryFirst, RetryClass::Once] {
                assert_eq!(next(class, failure, 0, 9, 0.5).is_some(), harmless, "{class:?} {failure:?}");
            }
        }
        for class in [RetryClass::Safe, RetryClass::SameRequest, RetryClass::QueryFirst, RetryClass::Once] {
            assert_eq!(next(class, Failure::Refused, 0, 9, 0.5), None);
        }
    }

    #[test]
    fn the_first_attempt_leaves_time_for_another_where_there_may_be_one() {
        let ten = Duration::from_secs(10);
        assert_eq!(share(RetryClass::SameRequest, 0, 2, ten), ten / 2);
        assert_eq!(share(RetryClass::Safe, 0, 0, ten), ten);
        assert_eq!(share(RetryClass::Safe, 1, 2, ten / 2), ten / 2);
        assert_eq!(share(RetryClass::QueryFirst, 0, 2, ten), ten);
        assert_eq!(share(RetryClass::Once, 0, 2, ten), ten);
    }

    #[test]
    fn pauses_grow_within_a_bound_and_end() {
        let after = |attempt, jitter| next(RetryClass::Safe, Failure::NoAnswer, attempt, 40, jitter).unwrap().after;
        assert_eq!((after(0, 0.0), after(0, 1.0)), (Duration::from_millis(50), Duration::from_millis(100)));
        assert!(after(1, 0.0) >= after(0, 1.0));
        assert!(after(39, 7.0) <= Duration::from_secs(3));
        assert_eq!(next(RetryClass::Safe, Failure::NoAnswer, 2, 2, 0.0), None);
    }

    #[test]
    fn only_a_host_that_is_not_there_or_silent_gives_way_to_the_other() {
        for failure in [Failure::NotSent, Failure::TimedOut, Failure::NoAnswer, Failure::Trouble, Failure::TooMany] {
            let host = next(RetryClass::Safe, failure, 0, 2, 0.0).unwrap().host;
            assert_eq!(host == Host::Other, matches!(failure, Failure::NotSent | Failure::TimedOut), "{failure:?}");
        }
    }
}
