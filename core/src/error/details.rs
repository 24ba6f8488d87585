//! The fields of an error under the names that they have in Python and Node.

use super::{Error, Kind, Outcome, RawReply};
use crate::explanation::{Explanation, Language};
use crate::fields::Fields;

/// A value among an error's [details](Error::details).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// The JSON text of an object or a list.
    Json(&'a str),
    /// A reply of WeChat's.
    Document(&'a Fields),
    /// Why a signature differs.
    Explanation(&'a Explanation),
}

impl Error {
    /// What the error of this [`Error::class`] carries beyond its code, call, advice and text, under the names that the
    /// fields have in Python and Node.
    pub fn details(&self) -> impl Iterator<Item = (&'static str, Detail<'_>)> {
        use Detail::{Document, Int, Text};
        let details = match self.kind() {
            Kind::Config { field, .. } => [Some(("field", Text(field))), None, None],
            Kind::InvalidRequest { field, rule } => [Some(("field", Text(field))), Some(("rule", Text(rule))), None],
            Kind::Transport { outcome, status, .. } => {
                let status = status.map(|status| ("status", Int(status.into())));
                [Some(("outcome", Text(outcome.as_str()))), status, None]
            }
            Kind::Protocol { return_msg } => [Some(("return_msg", Text(return_msg))), None, None],
            Kind::Business { err_code, err_code_des, reply } => [
                Some(("err_code", Text(err_code))),
                Some(("err_code_des", Text(err_code_des))),
                Some(("reply", Document(reply))),
            ],
            Kind::Signature { explanation } => [Some(("explanation", Detail::Explanation(explanation))), None, None],
            Kind::Store { .. } | Kind::Handler { .. } => [None, None, None],
            Kind::Mismatch { field, expected, actual, .. } => {
                [Some(("field", Text(field))), Some(("expected", Text(expected))), Some(("actual", Text(actual)))]
            }
            Kind::OAuth { errcode, errmsg } => [Some(("errcode", Int(*errcode))), Some(("errmsg", Text(errmsg))), None],
        };
        let received = match &self.0.received {
            Some(RawReply::Reply(reply)) => Some(("reply", Document(reply))),
            Some(RawReply::Body { start, .. }) => Some(("body", Text(start))),
            None => None,
        };
        let said_by = match self.kind() {
            Kind::Mismatch { expected_by, actual_by, .. } => [("expected_by", *expected_by), ("actual_by", *actual_by)],
            _ => [("expected_by", None), ("actual_by", None)],
        };
        let said_by = said_by.into_iter().filter_map(|(name, by)| Some((name, Text(by?))));
        let remedies = [("remedy", Language::English), ("remedy_zh", Language::Chinese)];
        let remedies = remedies.into_iter().filter_map(|(name, language)| Some((name, Text(self.remedy(language)?))));
        let signed = self.string_to_sign().map(|text| ("string_to_sign", Text(text)));
        let request_id = self.request_id().map(|id| ("request_id", Text(id)));
        let verified = self.verified();
        let open = self.0.may_have_acted.then(|| ("outcome", Text(Outcome::Unknown.as_str())));
        let number = self.number().filter(|_| self.outcome() == Some(Outcome::Unknown));
        let number =
            number.into_iter().flat_map(|(field, value)| [("number_field", Text(field)), ("number", Text(value))]);
        let is_answered = verified.is_some() || self.is_refused_reply();
        let status = self.status().filter(|_| is_answered).map(|status| ("status", Int(status.into())));
        let verified = verified.map(|is_verified| ("verified", Detail::Bool(is_verified)));
        let detail = self.detail().map(|detail| ("detail", detail));
        let answer = open.into_iter().chain(number).chain(status).chain(request_id).chain(verified).chain(detail);
        details.into_iter().flatten().chain(said_by).chain(signed).chain(received).chain(answer).chain(remedies)
    }

    /// APIv3: the member `detail` of the reply, which says more of what is wrong: the JSON of an object or a list, or else a text.
    pub(super) fn detail(&self) -> Option<Detail<'_>> {
        self.verified()?;
        let text = self.reply()?.filled("detail")?;
        let is_json = text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok();
        Some(if is_json { Detail::Json(text) } else { Detail::Text(text) })
    }
}
