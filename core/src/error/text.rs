//! The text of an error, in either language.

use std::borrow::Cow;

use super::{Error, Kind, Outcome, RawReply, Retry, V3Status};
use crate::codes::{ErrorCode, Meaning};
use crate::explanation::Language;
use crate::fields::Fields;
use crate::phrases;

/// How many characters of its words stand in the text of the error.
const SHOWN: usize = 200;

impl Error {
    /// What happened and what to do, without the names of the call and of the field: `Display` puts them before it.
    pub fn text(&self) -> String {
        self.text_in(Language::English)
    }

    /// The same with what a code of WeChat's means, why a signature differs, and which rule a field or a setting breaks, in a language.
    /// The rest is English, and WeChat's own words stay as they came.
    pub fn text_in(&self, language: Language) -> String {
        match self.kind() {
            Kind::Config { remedy, .. } => format!("{}{}", in_language(remedy, language), self.advice(language)),
            Kind::InvalidRequest { rule, .. } => in_language(rule, language).into_owned(),
            Kind::Store { reason: text } | Kind::Handler { reason: text } => text.clone(),
            Kind::Signature { explanation } => format!("{}{}", explanation.line(language), self.next_step()),
            Kind::Transport { outcome, status, reason } => {
                let status = status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
                let said = self.body_line().map(|said| format!(": {said}")).unwrap_or_default();
                let known = match outcome {
                    Outcome::NotSent => "nothing was sent",
                    Outcome::Unknown => "whether WeChat acted on it is unknown",
                };
                let next = match outcome {
                    Outcome::NotSent => String::new(),
                    Outcome::Unknown => self.next_step(),
                };
                format!("{reason}{status}{said}; {known}{next}{}", self.advice(language))
            }
            Kind::Protocol { return_msg } => {
                let said = if return_msg.is_empty() { self.field_list() } else { return_msg.clone() };
                let note = self.0.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
                let answer = self.answer_text();
                let advice = self.advice(language);
                self.with_step(format!("WeChat refused the request: {said}{answer}{note}{advice}"))
            }
            Kind::Business { err_code, err_code_des, .. } => {
                let said = match (err_code.as_str(), err_code_des.as_str()) {
                    ("", "") => self.field_list(),
                    ("", words) => words.to_owned(),
                    (code, "") => code.to_owned(),
                    (code, words) => format!("{code}: {words}"),
                };
                let note = self.0.note.as_ref().map(|note| format!(" ({note})")).unwrap_or_default();
                let answer = self.answer_text();
                self.with_step(format!("{said}{answer}{note}{}", self.advice(language)))
            }
            // The document's own fault: there is nothing to compare it with.
            Kind::Mismatch { field, actual, .. } if self.is(ErrorCode::MalformedMessage) => {
                let hint = match &**field {
                    "transaction_id" => ": every payment in production has one, and WeChat's sandbox leaves it empty",
                    _ => "",
                };
                format!("{field} {actual}{hint}")
            }
            Kind::Mismatch { actual, expected_by: Some(by), .. } if self.is(ErrorCode::OrderUnknown) => {
                format!("there is no order {actual}: {by} returned no amount for it")
            }
            Kind::Mismatch { field, expected, actual, expected_by: Some(expecting), actual_by: Some(saying) }
                if field.ends_with("_fee") =>
            {
                let remedy = yuan_for_fen(expected, actual);
                format!(
                    "{field} is {expected} fen for {expecting}, and {actual} fen for {saying}{remedy}{}",
                    self.next_step()
                )
            }
            Kind::Mismatch { field, expected, actual, .. } => {
                let remedy = if self.is_for_another_client() {
                    format!("; the notification is for another client, whose {field} is {actual}: hand it to that one")
                } else {
                    String::new()
                };
                format!("{field} should be {expected} and is {actual}{remedy}{}", self.next_step())
            }
            Kind::OAuth { errcode, errmsg } => format!("{errcode}: {errmsg}{}", self.advice(language)),
        }
    }

    /// What `Display` writes, with the text in a language.
    pub fn message(&self, language: Language) -> String {
        let names = self.0.endpoint.into_iter().chain(self.field());
        names.map(|name| format!("{name}: ")).collect::<String>() + &self.text_in(language)
    }

    /// Whether it says that an authentic notification was given to the wrong one of several clients.
    fn is_for_another_client(&self) -> bool {
        self.endpoint().is_none() && matches!(self.code(), "appid_mismatch" | "mch_id_mismatch" | "sub_mch_id_mismatch")
    }

    fn answer_text(&self) -> String {
        self.0.answer.as_ref().map(V3Status::text).unwrap_or_default()
    }

    /// How to find out what became of the call, as the end of the text.
    pub(super) fn next_step(&self) -> String {
        self.0.next_step.as_deref().map(|step| format!(". {step}")).unwrap_or_default()
    }

    /// The text of a refusal, with the same at its end if WeChat may have acted all the same.
    fn with_step(&self, text: String) -> String {
        let may_have_acted = match self.meaning() {
            Some(Meaning::Trouble | Meaning::AskFirst) => true,
            // An earlier attempt may have reached WeChat.
            Some(Meaning::Final) => self.0.retry != Retry::Never,
            _ => !self.is_authentic() && self.0.retry != Retry::Never,
        };
        match self.0.next_step.as_deref().filter(|_| may_have_acted) {
            Some(step) if text.ends_with(['.', '。', '?', '？']) => format!("{text} {step}"),
            Some(step) => format!("{text}. {step}"),
            None => text,
        }
    }

    /// What WeChat's code means, as the end of the text.
    pub(super) fn advice(&self, language: Language) -> String {
        self.remedy(language).map(|remedy| format!(". {remedy}")).unwrap_or_default()
    }

    /// The words of what a gateway answered, on one line.
    fn body_line(&self) -> Option<String> {
        match &self.0.received {
            Some(RawReply::Body { words, .. }) if self.is(ErrorCode::Gateway) && !words.is_empty() => {
                Some(words.chars().take(SHOWN).collect())
            }
            _ => None,
        }
    }

    /// The fields of a reply that has no words of its own.
    fn field_list(&self) -> String {
        let fields = self.reply().into_iter().flat_map(Fields::iter);
        let fields = fields.filter(|(name, value)| !value.is_empty() && !matches!(*name, "sign" | "nonce_str"));
        let text: Vec<_> = fields.map(|(name, value)| format!("{name} {value}")).collect();
        format!("no reason was given ({})", text.join(", ").chars().take(SHOWN).collect::<String>())
    }
}

impl V3Status {
    /// For the text of an error.
    fn text(&self) -> String {
        let id = self.request_id.as_ref().map(|id| format!(", Request-ID {id}")).unwrap_or_default();
        format!(" (HTTP {}{id})", self.status)
    }
}

/// What to say of two amounts in fen of which one is probably the other in yuan.
fn yuan_for_fen(expected: &str, actual: &str) -> String {
    const REMEDY: &str = "Amounts are integers of fen; yuan_to_fen converts";
    let fen = |text: &str| text.parse::<i64>().ok();
    let is_hundredth = |small: &str, large: &str| {
        fen(small).and_then(|yuan| yuan.checked_mul(100)).is_some_and(|all| all != 0 && Some(all) == fen(large))
    };
    if is_hundredth(expected, actual) {
        format!(". Is {expected} in yuan? {REMEDY}")
    } else if is_hundredth(actual, expected) {
        format!(". Was {actual} sent as yuan? It is a hundredth of {expected}. {REMEDY}")
    } else {
        String::new()
    }
}

/// A rule of a field or a setting, in Chinese where the table of phrases has it.
fn in_language(rule: &str, language: Language) -> Cow<'_, str> {
    match language {
        Language::English => rule.into(),
        Language::Chinese => phrases::chinese(rule).map_or(rule.into(), Cow::Owned),
    }
}
