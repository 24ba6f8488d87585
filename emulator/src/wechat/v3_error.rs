//! How WeChat refuses a request of APIv3: status, code and text (protocol v3 §14).

use std::borrow::Cow;

use serde_json::Value;

use super::verdict::BusinessError;
use crate::journal::Explanation;

/// A refusal of a request of APIv3.
#[derive(Debug)]
pub(crate) struct V3Error {
    pub(crate) status: u16,
    pub(crate) code: Cow<'static, str>,
    pub(crate) message: Cow<'static, str>,
    pub(crate) detail: Option<Box<Value>>,
    pub(crate) explanation: Option<Box<Explanation>>,
    /// The internal code after the last `-` of `Request-ID` (protocol v3 §14.4).
    pub(crate) number: u32,
}

impl V3Error {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        let (code, message) = (code.into(), message.into());
        Self { status, code, message, detail: None, explanation: None, number: INVALID }
    }

    /// As a fault words it.
    pub(crate) fn worded(status: u16, code: &str, message: &str) -> Self {
        Self { code: code.to_owned().into(), ..Self::new(status, "", message.to_owned()) }
    }

    /// 400: a rule of the call is broken.
    pub(crate) fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "INVALID_REQUEST", message)
    }

    /// 400: a parameter is wrong.
    pub(crate) fn parameter(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, "PARAM_ERROR", message)
    }

    /// 500: the outcome is unknown.
    pub(crate) fn system() -> Self {
        Self::new(500, "SYSTEM_ERROR", "系统错误")
    }

    pub(crate) fn with(self, detail: Value) -> Self {
        Self { detail: Some(Box::new(detail)), ..self }
    }

    pub(crate) fn because(mut self, explanation: Explanation) -> Self {
        self.explanation = Some(Box::new(explanation));
        self
    }

    /// The same with another internal code than [`INVALID`].
    pub(crate) fn numbered(self, number: u32) -> Self {
        Self { number, ..self }
    }

    /// The same with the internal code of a refusal, where it has one.
    pub(crate) fn numbered_as(self, refused: &BusinessError) -> Self {
        Self { number: refused.number.unwrap_or(self.number), ..self }
    }
}

/// 参数非法: the internal code of refusals that the documents have no code for. // not captured
const INVALID: u32 = 268_435_461;
