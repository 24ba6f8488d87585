//! One constructor a kind of failure.

use std::borrow::Cow;

#[cfg(feature = "client")]
use super::Retry;
use super::{Error, Kind, Outcome, RawReply};
use crate::codes::{self, Api, ErrorCode};
use crate::explanation::Explanation;
use crate::fields::Fields;

impl Error {
    /// A setting is wrong; `remedy` says what to do. For the bindings, which read settings of their languages.
    #[doc(hidden)]
    pub fn config(field: &'static str, remedy: impl Into<String>) -> Self {
        Self::config_as(ErrorCode::Config, field, remedy)
    }

    pub(crate) fn config_as(code: ErrorCode, field: &'static str, remedy: impl Into<String>) -> Self {
        Self::new(code, Kind::Config { field, remedy: remedy.into() })
    }

    /// A request field breaks `rule`. For the bindings, which read values of their languages.
    #[doc(hidden)]
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::invalid_with_code(ErrorCode::InvalidRequest, field, rule)
    }

    /// What should be the raw body of a notification is something else. For the bindings.
    #[doc(hidden)]
    pub fn not_raw_body(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::invalid_with_code(ErrorCode::NotRawBody, field, rule)
    }

    pub(crate) fn invalid_with_code(code: ErrorCode, field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::new(code, Kind::InvalidRequest { field: field.into(), rule: rule.into() })
    }

    pub(crate) fn transport(code: ErrorCode, outcome: Outcome, status: Option<u16>, reason: impl Into<String>) -> Self {
        Self::new(code, Kind::Transport { outcome, status, reason: reason.into() })
    }

    /// `return_code` FAIL, with WeChat's words.
    pub(crate) fn protocol(api: Api, return_msg: impl Into<String>, reply: Fields) -> Self {
        let return_msg = return_msg.into();
        // downloadbill has a number besides its words.
        let row = codes::find(api, reply.filled("error_code").unwrap_or_default(), &return_msg);
        let code = match row.and_then(codes::of_bill) {
            Some(code) => code,
            None if codes::is_certificate_error(&return_msg) => ErrorCode::Certificate,
            None => ErrorCode::Protocol,
        };
        let mut error = Self::new(code, Kind::Protocol { return_msg }).meaning_as(row);
        error.0.received = Some(RawReply::Reply(reply));
        error
    }

    /// WeChat refused the request, with its code and its words.
    pub(crate) fn business(
        api: Api,
        err_code: impl Into<String>,
        err_code_des: impl Into<String>,
        reply: Fields,
    ) -> Self {
        let (err_code, err_code_des) = (err_code.into(), err_code_des.into());
        let row = codes::find(api, &err_code, &err_code_des);
        let code = row.and_then(codes::of_bill).unwrap_or(ErrorCode::Business);
        Self::new(code, Kind::Business { err_code, err_code_des, reply }).meaning_as(row)
    }

    /// APIv3 did not take the request, with its code if it has one.
    pub(crate) fn v3_protocol(status: u16, code: &str, said: String, reply: Fields) -> Self {
        let row = codes::of_v3(status, code, &said);
        let mut error = Self::new(ErrorCode::Protocol, Kind::Protocol { return_msg: said }).meaning_as(row);
        error.0.received = Some(RawReply::Reply(reply));
        error
    }

    /// APIv3 refused the request, with its code and its words.
    pub(crate) fn v3_business(status: u16, err_code: String, err_code_des: String, reply: Fields) -> Self {
        let row = codes::of_v3(status, &err_code, &err_code_des);
        let code = row.and_then(codes::of_bill).unwrap_or(ErrorCode::Business);
        Self::new(code, Kind::Business { err_code, err_code_des, reply }).meaning_as(row)
    }

    /// The open platform or WeCom refused the request.
    pub(crate) fn oauth(api: Api, errcode: i64, errmsg: impl Into<String>) -> Self {
        let errmsg = errmsg.into();
        let row = codes::find(api, &errcode.to_string(), &errmsg);
        Self::new(ErrorCode::OAuth, Kind::OAuth { errcode, errmsg }).meaning_as(row)
    }

    /// The gateway answered with a page of its own. One that refuses the certificate says so, and nothing behind it had the
    /// request.
    pub(crate) fn gateway(status: u16, body: &[u8]) -> Self {
        if let Some(words) = codes::refused_certificate(body) {
            return Self::protocol(Api::V2, words, Fields::default());
        }
        let reason = "a page from the gateway came back instead of a reply";
        Self::transport(ErrorCode::Gateway, Outcome::Unknown, Some(status), reason).carrying(body)
    }

    /// A reply that cannot be read.
    pub(crate) fn malformed(why: &str) -> Self {
        Self::transport(
            ErrorCode::MalformedReply,
            Outcome::Unknown,
            Some(200),
            format!("the reply cannot be read: {why}"),
        )
    }

    /// The store failed. Asking again is safe: whatever is kept there is written by comparing first.
    #[cfg(feature = "client")]
    pub(crate) fn store(reason: impl Into<String>) -> Self {
        Self::new(ErrorCode::Store, Kind::Store { reason: reason.into() }).advise(Retry::SameRequest)
    }

    /// The merchant's own function failed while a payment was handed over.
    #[cfg(feature = "client")]
    pub(crate) fn handler(reason: impl Into<String>) -> Self {
        Self::new(ErrorCode::Handler, Kind::Handler { reason: reason.into() })
            .at("notify.handle")
            .advise(Retry::SameRequest)
    }

    /// Two values of a field differ. `by` names the source of each: first that of `expected`.
    pub(crate) fn mismatch(
        code: ErrorCode,
        field: impl Into<Cow<'static, str>>,
        expected: impl Into<String>,
        actual: impl Into<String>,
        by: (&'static str, &'static str),
    ) -> Self {
        let (field, expected, actual) = (field.into(), expected.into(), actual.into());
        let (expected_by, actual_by) = (Some(by.0), Some(by.1));
        Self::new(code, Kind::Mismatch { field, expected, actual, expected_by, actual_by })
    }

    /// An authentic message lacks a field, or has one that is malformed: `actual` says which of the two.
    pub(crate) fn malformed_message(field: impl Into<Cow<'static, str>>, actual: impl Into<String>) -> Self {
        let (field, expected, actual) = (field.into(), "present and well-formed".to_owned(), actual.into());
        let kind = Kind::Mismatch { field, expected, actual, expected_by: None, actual_by: None };
        Self::new(ErrorCode::MalformedMessage, kind)
    }

    /// A message is not authentic.
    pub(crate) fn signature(code: ErrorCode, explanation: Explanation) -> Self {
        Self::new(code, Kind::Signature { explanation: Box::new(explanation) })
    }
}
