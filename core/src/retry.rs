//! Decides whether a failed attempt is repeated: a pure function of the failure, of the call's retry class and of the number of
//! attempts so far. It does no I/O.

use std::time::Duration;

use crate::codes::{ErrorCode, Meaning};
use crate::error::{Error, Kind, Outcome, Retry};

/// The effect of repeating a call, and so the action that is safe while its result is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryClass {
    /// The call changes nothing. It may be repeated at any time.
    Safe,
    /// Repeated with the same number and the same fields, the call acts once.
    SameRequest,
    /// Query the state before repeating the call.
    QueryFirst,
    /// The call uses up its argument (a login code), and no query exists for its result. It is not repeated.
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

/// How one attempt failed, as far as repeating it is concerned (protocol §8.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing reached WeChat: name lookup, connection or TLS failed.
    NotSent,
    /// The request was sent, and no reply came within the time limit.
    TimedOut,
    /// The request was sent, and no usable reply came: a broken connection, the page of a gateway.
    NoAnswer,
    /// The reply is not authentic, or belongs to another request. An attacker on the way would answer a repetition too.
    NotAuthentic,
    /// WeChat had an internal failure, and may have acted: [`Meaning::Trouble`].
    Trouble,
    /// Refused because of too many requests, or because WeChat was busy: [`Meaning::TooMany`].
    TooMany,
    /// Refused, and only a query gives the state: [`Meaning::AskFirst`].
    AskFirst,
    /// Refused until a quota, a balance or a bill is available: [`Meaning::Later`].
    Later,
    /// Refused. The same request would be refused again.
    Refused,
}

/// One of the two hosts of an API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The host of the attempt before.
    Same,
    /// The other one.
    Other,
}

/// The next attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextTry {
    /// How long to wait before the attempt.
    pub after: Duration,
    /// The host to send it to.
    pub host: Host,
}

/// The facts after a failure, and the action that is safe then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advice {
    /// Whether WeChat may have acted. [`Outcome::NotSent`]: nothing happened.
    pub outcome: Outcome,
    /// Whether the client repeats the call by itself, within its limits on time and attempts.
    pub repeated: bool,
    /// The action that is safe for the caller.
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

    /// How the attempt failed that ended with this error.
    pub fn of(error: &Error) -> Self {
        match error.kind() {
            Kind::Transport { outcome: Outcome::NotSent, .. } | Kind::Store { .. } => Self::NotSent,
            Kind::Transport { .. } if error.is(ErrorCode::Timeout) => Self::TimedOut,
            Kind::Transport { .. } => Self::NoAnswer,
            // WeChat Pay signed this reply wrongly on purpose, and acted; it answers the repetition with a right signature.
            Kind::Signature { .. } if error.is(ErrorCode::SignatureProbe) => Self::NoAnswer,
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

    /// Its meaning for an attempt, for people who read the `outcome` of an event.
    pub fn doc(self) -> &'static str {
        match self {
            Self::NotSent => "WeChat never received it",
            Self::TimedOut => "no reply within the time limit",
            Self::NoAnswer => "a broken connection, or a gateway's page",
            Self::NotAuthentic => "the reply is not authentic, or belongs to another request",
            Self::Trouble => "WeChat reported a fault of its own",
            Self::TooMany => "a rate limit of WeChat's, or it was busy and took nothing",
            Self::AskFirst => "only a query tells the state",
            Self::Later => "refused until a quota, a balance or a bill is available",
            Self::Refused => "refused",
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

    /// Whether the host is the likely cause: it cannot be reached, or does not reply. The other host is then preferred for [`AWAY`]
    /// seconds.
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

/// The facts and the safe action after this failure of a call of this class.
pub fn advice(class: RetryClass, failure: Failure) -> Advice {
    let repeatable = matches!(class, RetryClass::Safe | RetryClass::SameRequest);
    let (repeated, retry) = match failure {
        Failure::NotSent | Failure::TooMany => (true, Retry::SameRequest),
        Failure::TimedOut | Failure::NoAnswer | Failure::Trouble => (repeatable, after_unknown(class)),
        Failure::NotAuthentic => (false, after_unknown(class)),
        Failure::AskFirst => (false, Retry::QueryFirst),
        Failure::Later => (false, Retry::SameRequest),
        Failure::Refused => (false, Retry::Never),
    };
    Advice { outcome: failure.outcome(), repeated, retry }
}

/// The error of a call that its caller cancelled. `class` decides what is safe once it may have been sent.
pub fn cancelled(endpoint: &'static str, outcome: Outcome, class: RetryClass) -> Error {
    let retry = match outcome {
        Outcome::Unknown => after_unknown(class),
        Outcome::NotSent => Retry::SameRequest,
    };
    Error::transport(ErrorCode::Cancelled, outcome, None, "the call was cancelled").at(endpoint).advise(retry)
}

/// The safe action while a call's result is unknown.
pub(crate) fn after_unknown(class: RetryClass) -> Retry {
    match class {
        RetryClass::Safe | RetryClass::SameRequest => Retry::SameRequest,
        RetryClass::QueryFirst => Retry::QueryFirst,
        RetryClass::Once => Retry::Never,
    }
}

/// The time limit of attempt `attempt`, counted from 0, of a call that has `left`. The first attempt gets half of it when another may
/// follow: if its host does not reply, time remains for the other host.
pub fn share(class: RetryClass, attempt: u32, retries: u32, left: Duration) -> Duration {
    let another = attempt < retries && advice(class, Failure::TimedOut).repeated;
    if attempt == 0 && another { left / 2 } else { left }
}

/// The attempt that follows the failed attempt `attempt`, counted from 0, of `1 + retries` in all. `jitter` is a random number from
/// 0 to 1, so that clients that failed together do not repeat together.
pub fn next(class: RetryClass, failure: Failure, attempt: u32, retries: u32, jitter: f64) -> Option<NextTry> {
    if attempt >= retries || !advice(class, failure).repeated {
        return None;
    }
    let host = if failure.blames_host() { Host::Other } else { Host::Same };
    let first = match failure {
        // The other host is in another data centre, so the first change of host needs no pause.
        _ if failure.blames_host() && attempt == 0 => return Some(NextTry { after: Duration::ZERO, host }),
        Failure::TooMany => Duration::from_millis(500),
        _ => Duration::from_millis(100),
    };
    let doubled = first.saturating_mul(1 << attempt.min(5)).min(Duration::from_secs(3));
    Some(NextTry { after: doubled.mul_f64(0.5 + jitter.clamp(0.0, 1.0) / 2.0), host })
}

/// How long the backup host is preferred after the main host could not be reached or did not reply, in seconds.
pub const AWAY: i64 = 60;

#[cfg(test)]
mod tests {
    use super::*;

    /// For each failure: whether WeChat may have acted, whether the client repeats the call, and what is safe.
    #[test]
    fn the_whole_table() {
        let rows = |class| {
            Failure::ALL.map(|failure| {
                let Advice { outcome, repeated, retry } = advice(class, failure);
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
        assert_eq!(rows(RetryClass::Safe), table(true, "same_request"));
        assert_eq!(rows(RetryClass::SameRequest), table(true, "same_request"));
        assert_eq!(rows(RetryClass::QueryFirst), table(false, "query_first"));
        assert_eq!(rows(RetryClass::Once), table(false, "never"));
    }

    #[test]
    fn calls_that_could_act_twice_are_not_repeated() {
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
    fn the_first_attempt_leaves_time_for_a_second() {
        let ten = Duration::from_secs(10);
        assert_eq!(share(RetryClass::SameRequest, 0, 2, ten), ten / 2);
        assert_eq!(share(RetryClass::Safe, 0, 0, ten), ten);
        assert_eq!(share(RetryClass::Safe, 1, 2, ten / 2), ten / 2);
        assert_eq!(share(RetryClass::QueryFirst, 0, 2, ten), ten);
        assert_eq!(share(RetryClass::Once, 0, 2, ten), ten);
    }

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let after = |attempt, jitter| next(RetryClass::Safe, Failure::NoAnswer, attempt, 40, jitter).unwrap().after;
        assert_eq!((after(0, 0.0), after(0, 1.0)), (Duration::from_millis(50), Duration::from_millis(100)));
        assert!(after(1, 0.0) >= after(0, 1.0));
        assert!(after(39, 7.0) <= Duration::from_secs(3));
        assert_eq!(next(RetryClass::Safe, Failure::NoAnswer, 2, 2, 0.0), None);
    }

    #[test]
    fn the_host_changes_only_when_it_is_the_likely_cause() {
        for failure in [Failure::NotSent, Failure::TimedOut, Failure::NoAnswer, Failure::Trouble, Failure::TooMany] {
            let host = next(RetryClass::Safe, failure, 0, 2, 0.0).unwrap().host;
            assert_eq!(host == Host::Other, matches!(failure, Failure::NotSent | Failure::TimedOut), "{failure:?}");
        }
    }
}
