//! The kinds of failure, and what is safe to do after one.

use std::borrow::Cow;

use crate::explanation::Explanation;
use crate::fields::Fields;

/// What kind of failure, with what belongs to it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Kind {
    /// A client was given something it cannot work with. Raised when it is constructed.
    Config {
        /// The option.
        field: &'static str,
        /// What is wrong, and the remedy.
        remedy: String,
    },
    /// A request was refused before anything was sent.
    InvalidRequest {
        /// The field.
        field: String,
        /// The rule it breaks.
        rule: String,
    },
    /// The network, TLS, a time limit, or a page from the gateway instead of a reply.
    Transport {
        /// Whether WeChat may have acted on the request.
        outcome: Outcome,
        /// The HTTP status, when one arrived.
        status: Option<u16>,
        /// What happened.
        reason: String,
    },
    /// `return_code` FAIL: WeChat did not take the request as a request. APIv3: status 401, or a refusal without a code.
    Protocol {
        /// WeChat's words.
        return_msg: String,
    },
    /// `result_code` FAIL, or a `code` of APIv3: WeChat took the request and refused it.
    Business {
        /// WeChat's code, such as `ORDERPAID`.
        err_code: String,
        /// WeChat's words.
        err_code_des: String,
        /// The whole reply.
        reply: Fields,
    },
    /// A reply or a notification is not authentic.
    Signature {
        /// What should have been signed, what probably was, and the likeliest mistake. Holds no secret.
        explanation: Box<Explanation>,
    },
    /// The store failed: nothing was started, or it is not recorded that the merchant's function
    /// ended.
    Store {
        /// What happened.
        reason: String,
    },
    /// The merchant's own function failed, so the payment was not handed over yet.
    Handler {
        /// What happened; the function's own error is the source.
        reason: String,
    },
    /// Authentic, but for another payment than expected.
    Mismatch {
        /// The field that differs; a member of an object as `amount.refund`.
        field: Cow<'static, str>,
        /// What it should be.
        expected: String,
        /// What it is.
        actual: String,
        /// Source of `expected`, such as `amount_of` or `the notification`; `None` when the message itself is malformed.
        expected_by: Option<&'static str>,
        /// Source of `actual`, such as `WeChat`; `None` when the message itself is malformed.
        actual_by: Option<&'static str>,
    },
    /// `errcode` from the open platform (OAuth, access_token, jsapi_ticket).
    OAuth {
        /// WeChat's number, such as 40029.
        errcode: i64,
        /// WeChat's words.
        errmsg: String,
    },
}

/// What is known of a request that failed on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// WeChat never saw it.
    NotSent,
    /// WeChat may have processed it. Query before you do anything else.
    Unknown,
}

/// What is safe to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    /// The same request would fail again.
    Never,
    /// Repeat it with the same number and the same fields.
    SameRequest,
    /// Ask for the order's state first.
    QueryFirst,
}

impl Outcome {
    /// `not_sent` or `unknown`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::Unknown => "unknown",
        }
    }
}

impl Retry {
    /// `never`, `same_request` or `query_first`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::SameRequest => "same_request",
            Self::QueryFirst => "query_first",
        }
    }
}
