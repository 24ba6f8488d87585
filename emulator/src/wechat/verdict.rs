//! A request of the payment API, once its dialect has read it, and what WeChat decides.

use std::borrow::Cow;

use wxpaykit::SignType;

use crate::faults::BillStyle;
use crate::journal::Explanation;
use crate::world::merchant::Merchant;

/// The merchant that sent a request, and the algorithm of its signature.
#[derive(Debug)]
pub(crate) struct Caller<'a> {
    pub(crate) merchant: &'a Merchant,
    pub(crate) sign_type: SignType,
    /// How faults have bills written.
    pub(crate) bills: BillStyle,
}

/// The answer to a valid request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// `result_code` SUCCESS, with the fields of the call.
    Success(Vec<Field>),
    /// A text in place of a document.
    Text(Text),
    /// `result_code` FAIL, and fields that are sent all the same.
    Fail(BusinessError, Vec<Field>),
}

/// Why WeChat does not do what a valid request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BusinessError {
    /// `err_code` of APIv2.
    pub(crate) code: &'static str,
    /// `err_code_des` of APIv2.
    pub(crate) text: &'static str,
    /// The text of APIv3, where it is another one.
    pub(crate) text_in_v3: Option<&'static str>,
    /// The internal code of APIv3 (protocol v3 §14.4), where the documents have one.
    pub(crate) number: Option<u32>,
}

impl BusinessError {
    pub(crate) const fn new(code: &'static str, text: &'static str) -> Self {
        Self { code, text, text_in_v3: None, number: None }
    }

    /// The same with an internal code of APIv3.
    pub(crate) const fn numbered(self, number: u32) -> Self {
        Self { number: Some(number), ..self }
    }

    /// The same with another text of APIv3.
    pub(crate) const fn in_v3(self, text: &'static str) -> Self {
        Self { text_in_v3: Some(text), ..self }
    }
}

/// The content of a bill, or of comments.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) content: String,
    /// Whether it is sent as a gzip file.
    pub(crate) packed: bool,
    /// Whether its hash is sent in the header `Digest`.
    pub(crate) digest: bool,
}

pub(crate) type Field = (Cow<'static, str>, Cow<'static, str>);

/// `return_code` FAIL: the request is invalid. The reply is unsigned, and nothing happened.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) message: Cow<'static, str>,
    /// `error_code`, which bills have.
    pub(crate) number: Option<Cow<'static, str>>,
    /// `err_code`, which payments to members of WeCom have.
    pub(crate) code: Option<&'static str>,
    pub(crate) explanation: Option<Box<Explanation>>,
}

impl Refusal {
    pub(crate) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: message.into(), number: None, code: None, explanation: None }
    }

    pub(crate) fn numbered(self, number: impl Into<Cow<'static, str>>) -> Self {
        Self { number: Some(number.into()), ..self }
    }

    pub(crate) fn coded(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }

    pub(crate) fn because(mut self, explanation: Explanation) -> Self {
        self.explanation = Some(Box::new(explanation));
        self
    }
}
