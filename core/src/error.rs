//! The one error type: what happened, in which call, and what is safe to do now.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use crate::codes::{self, Api, ErrorCode, Meaning, Row};
use crate::explanation::{Explanation, Language};
use crate::fields::Fields;
use crate::phrases;

/// Every failure of this crate. Python and Node raise one class per [`Kind`], with the same fields.
///
/// The text never contains a key, a token or a signature's secret part.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    code: ErrorCode,
    endpoint: Option<&'static str>,
    retry: Retry,
    out_trade_no: Option<String>,
    /// What WeChat's code means.
    row: Option<&'static Row>,
    /// What was received from WeChat, where the kind does not hold it.
    received: Option<RawReply>,
    source: Option<Box<dyn StdError + Send + Sync>>,
    /// The text that the refused request was signed over.
    string_to_sign: Option<Box<str>>,
    /// What this side knows about a refusal.
    note: Option<Box<str>>,
    /// For calls that move money: how to find out what became of this one.
    next_step: Option<Box<str>>,
    /// APIv3: how WeChat answered.
    answer: Option<V3Status>,
}

/// A reply of APIv3, besides its body.
#[derive(Clone)]
struct V3Status {
    status: u16,
    request_id: Option<Box<str>>,
    /// Whether its signature was checked, and is right.
    is_verified: bool,
}

impl V3Status {
    /// For the text of an error.
    fn text(&self) -> String {
        let id = self.request_id.as_ref().map(|id| format!(", Request-ID {id}")).unwrap_or_default();
        format!(" (HTTP {}{id})", self.status)
    }
}

/// What was received from WeChat.
#[derive(Clone)]
enum RawReply {
    /// A reply.
    Reply(Fields),
    /// Something else: its beginning, and the words that a person would read in it.
    Body { start: Box<str>, words: Box<str> },
}

/// How many characters of a body are kept.
const KEPT: usize = 500;
/// How many characters of its words stand in the text of the error.
const SHOWN: usize = 200;
/// How many bytes of a page are searched for words: a page may begin with styles.
const SEARCHED: usize = 16 * 1024;

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

/// The words that a person reads in a page or a document: without tags, comments, scripts and styles.
fn readable(page: &str) -> String {
    let (mut rest, mut text) = (page, String::new());
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let begins = |name: &str| tag.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        let is_tag = tag.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        rest = if let Some(data) = tag.strip_prefix("![CDATA[") {
            let (data, after) = data.split_once("]]>").unwrap_or((data, ""));
            text.push_str(data);
            after
        } else if !is_tag {
            text.push('<');
            tag
        } else {
            text.push(' ');
            // Of a tag that has no end nothing is readable.
            let after = |end: &str| tag.split_once(end).map_or("", |(_, after)| after);
            if begins("script") || begins("style") {
                let end = if begins("script") { "</script>" } else { "</style>" };
                let at = tag.to_ascii_lowercase().find(end);
                at.and_then(|at| tag.get(at + end.len()..)).unwrap_or_default()
            } else if begins("!--") {
                after("-->")
            } else {
                after(">")
            }
        };
    }
    text.push_str(rest);
    let entities = [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    let text = entities.iter().fold(text, |text, (entity, c)| text.replace(entity, c));
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

impl Error {
    /// What kind of failure it is.
    pub fn kind(&self) -> &Kind {
        &self.0.kind
    }

    /// The name of the class in Python and Node.
    pub fn class(&self) -> &'static str {
        match self.0.kind {
            Kind::Config { .. } => "ConfigError",
            Kind::InvalidRequest { .. } => "InvalidRequest",
            Kind::Transport { .. } => "TransportError",
            Kind::Protocol { .. } => "ProtocolError",
            Kind::Business { .. } => "BusinessError",
            Kind::Signature { .. } => "SignatureError",
            Kind::Store { .. } => "StoreError",
            Kind::Handler { .. } => "HandlerError",
            Kind::Mismatch { .. } => "PaymentMismatch",
            Kind::OAuth { .. } => "OAuthError",
        }
    }

    /// A stable string for this failure, the same in the three languages. WeChat's own codes are in [`Kind`].
    pub fn code(&self) -> &'static str {
        self.0.code.as_str()
    }

    /// Whether the failure is of this code.
    pub fn is(&self, code: ErrorCode) -> bool {
        self.0.code == code
    }

    /// The call that failed, by its method's name.
    pub fn endpoint(&self) -> Option<&'static str> {
        self.0.endpoint
    }

    /// WeChat's reply, for `Protocol` and `Business`. Of APIv2 only the latter's is authentic: a reply with `return_code` FAIL is not signed.
    /// Of APIv3 [`Error::verified`] says whether it is; one that is not signed says so in its text.
    pub fn reply(&self) -> Option<&Fields> {
        match (self.kind(), &self.0.received) {
            (Kind::Business { reply, .. }, _) | (_, Some(RawReply::Reply(reply))) => Some(reply),
            _ => None,
        }
    }

    /// The first 500 characters of what came back instead of a reply, for `Transport`.
    pub fn body(&self) -> Option<&str> {
        match &self.0.received {
            Some(RawReply::Body { start, .. }) => Some(start),
            _ => None,
        }
    }

    /// What is safe now.
    pub fn retry(&self) -> Retry {
        self.0.retry
    }

    /// The order of the notification that failed, or of the call that charges a payment code or cancels its order. For a notification it is
    /// set from the moment the signature is verified, so a forged one never has it.
    pub fn out_trade_no(&self) -> Option<&str> {
        self.0.out_trade_no.as_deref()
    }

    /// The text that the request was signed over, with the key as `***`, when WeChat refused its signature (签名错误).
    pub fn string_to_sign(&self) -> Option<&str> {
        self.0.string_to_sign.as_deref()
    }

    /// Whether WeChat refused the signature of the request.
    #[cfg(feature = "client")]
    pub(crate) fn is_sign_error(&self) -> bool {
        match self.kind() {
            Kind::Protocol { return_msg } => codes::is_sign_error("", return_msg),
            Kind::Business { err_code, err_code_des, .. } => codes::is_sign_error(err_code, err_code_des),
            // Only the words of 签名错误 give a reply that is not one of the documented ones a remedy; see `saying`.
            Kind::Transport { .. } => self.0.row.is_some(),
            _ => false,
        }
    }

    /// Whether WeChat took a payment code, and its customer has to confirm.
    pub(crate) fn awaits_customer(&self) -> bool {
        self.err_code().is_some_and(codes::awaits_customer)
    }

    /// Whether the payment of a payment code failed, and WeChat asks to cancel its order.
    pub(crate) fn is_pay_error(&self) -> bool {
        self.err_code().is_some_and(codes::is_pay_error)
    }

    /// Whether WeChat refused an order because its number was used before.
    pub(crate) fn is_number_used(&self) -> bool {
        match self.kind() {
            Kind::Business { err_code, err_code_des, .. } => codes::is_number_used(err_code, err_code_des),
            Kind::Protocol { return_msg, .. } => codes::is_number_used("", return_msg),
            _ => false,
        }
    }

    fn err_code(&self) -> Option<&str> {
        match self.kind() {
            Kind::Business { err_code, .. } => Some(err_code),
            _ => None,
        }
    }

    /// What WeChat's code says about the request; `None` for a failure without an answer of WeChat's.
    pub fn meaning(&self) -> Option<Meaning> {
        match self.kind() {
            Kind::Protocol { .. } | Kind::Business { .. } | Kind::OAuth { .. } => {
                Some(self.0.row.map_or(Meaning::Final, |row| row.meaning))
            }
            _ => None,
        }
    }

    /// What WeChat's code means for people, and what to do about it, where that is known.
    pub fn remedy(&self, language: Language) -> Option<&'static str> {
        self.0.row.map(|row| row.remedy(language))
    }

    /// Whether it says that an authentic notification was given to the wrong one of several clients.
    fn is_for_another_client(&self) -> bool {
        self.endpoint().is_none() && matches!(self.code(), "appid_mismatch" | "mch_id_mismatch" | "sub_mch_id_mismatch")
    }

    /// The setting or the field that the error is about, for `Config` and `InvalidRequest`. `Display` puts it before
    /// [`Error::text`].
    pub fn field(&self) -> Option<&str> {
        match self.kind() {
            Kind::Config { field, .. } => Some(field),
            Kind::InvalidRequest { field, .. } => Some(field),
            _ => None,
        }
    }

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

    /// APIv3: the `Request-ID` of the reply, for WeChat's support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.as_ref()?.request_id.as_deref()
    }

    /// APIv3: the HTTP status of the reply.
    pub fn status(&self) -> Option<u16> {
        match self.kind() {
            Kind::Transport { status, .. } => *status,
            _ => self.0.answer.as_ref().map(|answer| answer.status),
        }
    }

    /// APIv3, for `Protocol` and `Business`: whether the reply was signed, and its signature is right. One that is not may come from anybody
    /// on the way, and says nothing of an earlier attempt.
    pub fn verified(&self) -> Option<bool> {
        match self.kind() {
            Kind::Protocol { .. } | Kind::Business { .. } => self.0.answer.as_ref().map(|answer| answer.is_verified),
            _ => None,
        }
    }

    /// APIv3: the member `detail` of the reply, which says more of what is wrong: the JSON of an object or a list, or else a text.
    fn detail(&self) -> Option<Detail<'_>> {
        self.verified()?;
        let text = self.reply()?.filled("detail")?;
        let is_json = text.starts_with(['{', '[']) && serde_json::from_str::<serde_json::Value>(text).is_ok();
        Some(if is_json { Detail::Json(text) } else { Detail::Text(text) })
    }

    fn answer_text(&self) -> String {
        self.0.answer.as_ref().map(V3Status::text).unwrap_or_default()
    }

    /// How to find out what became of the call, as the end of the text.
    fn next_step(&self) -> String {
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

    /// Whether a refusal is surely WeChat's: of APIv2 one with `result_code`, of APIv3 one that is signed.
    fn is_authentic(&self) -> bool {
        matches!(self.kind(), Kind::Business { .. }) && self.verified() != Some(false)
    }

    /// What `Display` writes, with the text in a language.
    pub fn message(&self, language: Language) -> String {
        let names = self.0.endpoint.into_iter().chain(self.field());
        names.map(|name| format!("{name}: ")).collect::<String>() + &self.text_in(language)
    }

    /// What WeChat's code means, as the end of the text.
    fn advice(&self, language: Language) -> String {
        self.remedy(language).map(|remedy| format!(". {remedy}")).unwrap_or_default()
    }

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
        let status = self.status().filter(|_| verified.is_some()).map(|status| ("status", Int(status.into())));
        let verified = verified.map(|is_verified| ("verified", Detail::Bool(is_verified)));
        let detail = self.detail().map(|detail| ("detail", detail));
        let answer = status.into_iter().chain(request_id).chain(verified).chain(detail);
        details.into_iter().flatten().chain(said_by).chain(signed).chain(received).chain(answer).chain(remedies)
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

    /// The texts of the source, of its source and so on.
    pub fn causes(&self) -> impl Iterator<Item = String> {
        std::iter::successors(self.source(), |&cause| cause.source()).map(ToString::to_string)
    }

    /// A setting is wrong; `remedy` says what to do. For the bindings, which read settings of their languages.
    #[doc(hidden)]
    pub fn config(field: &'static str, remedy: impl Into<String>) -> Self {
        Self::config_as(ErrorCode::Config, field, remedy)
    }

    pub(crate) fn config_as(code: ErrorCode, field: &'static str, remedy: impl Into<String>) -> Self {
        Self::new(code, Kind::Config { field, remedy: remedy.into() })
    }

    /// The same with what may be the cause, at the end of what a setting needs.
    #[cfg(feature = "client")]
    pub(crate) fn hinting(mut self, hint: &str) -> Self {
        if let Kind::Config { remedy, .. } = &mut self.0.kind {
            remedy.push_str(hint);
        }
        self
    }

    /// The same for one of several values of a setting, such as the key of one serial number.
    pub(crate) fn of_one(mut self, name: &str) -> Self {
        if let Kind::Config { remedy, .. } = &mut self.0.kind {
            *remedy = format!("{name} {remedy}");
        }
        self
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
        let row = codes::find(api, "", &return_msg);
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

    /// With the status and the `Request-ID` of the reply, and whether its signature was checked and is right.
    pub(crate) fn answered(mut self, status: u16, request_id: Option<&str>, is_verified: bool) -> Self {
        // It is shown, and comes from outside.
        let request_id = request_id.map(|id| id.chars().filter(char::is_ascii_graphic).take(100).collect::<String>());
        let request_id = request_id.filter(|id| !id.is_empty()).map(String::into_boxed_str);
        self.0.answer = Some(V3Status { status, request_id, is_verified });
        self
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

    /// With the beginning of what came back, and the remedy for 签名错误 if its words say that.
    pub(crate) fn carrying(mut self, body: &[u8]) -> Self {
        // A character has four bytes at most, and the rest need not be looked at.
        let start = String::from_utf8_lossy(body.get(..KEPT * 4).unwrap_or(body));
        let start: Box<str> = start.chars().take(KEPT).collect();
        let words = readable(&String::from_utf8_lossy(body.get(..SEARCHED).unwrap_or(body)));
        if codes::is_sign_error("", &words) {
            self.0.row = codes::find(Api::V2, "", &words);
        }
        self.0.received = (!start.is_empty()).then(|| RawReply::Body { start, words: words.into() });
        self
    }

    /// With the address that a gateway answered at. It must have no query, which may hold a secret.
    #[cfg(feature = "client")]
    pub(crate) fn answered_at(mut self, host: &str, path: &str) -> Self {
        if let (Kind::Transport { reason, .. }, ErrorCode::Gateway) = (&mut self.0.kind, self.0.code) {
            reason.push_str(" from ");
            reason.push_str(host);
            reason.push_str(path);
        }
        self
    }

    /// With words of WeChat's that a reply has which is not one of the documented ones, and the remedy for 签名错误 if they say that.
    pub(crate) fn saying(mut self, words: &str) -> Self {
        if codes::is_sign_error("", words) {
            self.0.row = codes::find(Api::V2, "", words);
        }
        // The text of a gateway's answer has its beginning anyway.
        let shown = self.is(ErrorCode::Gateway) || words.is_empty();
        if let (Kind::Transport { reason, .. }, false) = (&mut self.0.kind, shown) {
            reason.push_str("; WeChat says: ");
            reason.push_str(words);
        }
        self
    }

    /// With another text in place of each that `mask` gives one for: WeChat, or a proxy, may repeat a secret that it was sent.
    #[cfg(feature = "client")]
    pub(crate) fn masked(mut self, mask: &dyn Fn(&str) -> Option<String>) -> Self {
        let replace = |text: &mut String| {
            if let Some(masked) = mask(text) {
                *text = masked;
            }
        };
        let document = |fields: &mut Fields| {
            let masks: Vec<_> = fields.iter().map(|(_, value)| mask(value)).collect();
            if masks.iter().any(Option::is_some) {
                let pairs = fields.iter().zip(&masks);
                *fields = pairs.map(|((name, value), mask)| (name, mask.as_deref().unwrap_or(value))).collect();
            }
        };
        match &mut self.0.kind {
            Kind::Transport { reason, .. } => replace(reason),
            Kind::Protocol { return_msg } => replace(return_msg),
            Kind::Business { err_code, err_code_des, reply } => {
                replace(err_code);
                replace(err_code_des);
                document(reply);
            }
            Kind::OAuth { errmsg, .. } => replace(errmsg),
            _ => {}
        }
        match &mut self.0.received {
            Some(RawReply::Reply(reply)) => document(reply),
            Some(RawReply::Body { start, words }) => {
                for text in [start, words] {
                    if let Some(masked) = mask(text) {
                        *text = masked.into();
                    }
                }
            }
            None => {}
        }
        self
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

    /// The same failure of a signature, with another explanation.
    #[cfg(feature = "client")]
    pub(crate) fn explained(mut self, explained: Explanation) -> Self {
        if let Kind::Signature { explanation } = &mut self.0.kind {
            **explanation = explained;
        }
        self
    }

    /// The same refusal of a signature, with the text that was signed. Its secrets have to be masked.
    #[cfg(feature = "client")]
    pub(crate) fn signed_over(mut self, string_to_sign: String) -> Self {
        self.0.string_to_sign = Some(string_to_sign.into());
        self
    }

    /// With how to find out what became of the call, for a call that moves money.
    #[cfg(feature = "client")]
    pub(crate) fn resumed_by(mut self, step: String) -> Self {
        self.0.next_step = Some(step.into());
        self
    }

    pub(crate) fn new(code: ErrorCode, kind: Kind) -> Self {
        Self(Box::new(Inner {
            kind,
            code,
            endpoint: None,
            retry: Retry::Never,
            out_trade_no: None,
            row: None,
            received: None,
            source: None,
            string_to_sign: None,
            note: None,
            next_step: None,
            answer: None,
        }))
    }

    /// With what its code or its mistake means for people.
    pub(crate) fn meaning_as(mut self, row: Option<&'static Row>) -> Self {
        self.0.row = row;
        self
    }

    /// A copy without its source, for the other callers that waited for the same result.
    #[cfg(feature = "client")]
    pub(crate) fn copy(&self) -> Self {
        // Every field is named, so that a new one is not forgotten.
        let Inner {
            kind,
            code,
            endpoint,
            retry,
            out_trade_no,
            row,
            received,
            source: _,
            string_to_sign,
            note,
            next_step,
            answer,
        } = &*self.0;
        Self(Box::new(Inner {
            kind: kind.clone(),
            code: *code,
            endpoint: *endpoint,
            retry: *retry,
            out_trade_no: out_trade_no.clone(),
            row: *row,
            received: received.clone(),
            source: None,
            string_to_sign: string_to_sign.clone(),
            note: note.clone(),
            next_step: next_step.clone(),
            answer: answer.clone(),
        }))
    }

    /// The same failure when an earlier attempt at the call may have reached WeChat: then no later one can say that
    /// nothing happened.
    #[cfg(feature = "client")]
    pub(crate) fn after_unknown(mut self, advice: Retry) -> Self {
        let is_authentic = self.is_authentic();
        match &mut self.0.kind {
            Kind::Transport { outcome, .. } if *outcome == Outcome::NotSent => {
                *outcome = Outcome::Unknown;
                self.0.retry = advice;
            }
            // Such a refusal is not signed, and says nothing of the earlier attempt.
            Kind::Protocol { .. } if self.0.retry == Retry::Never => self.0.retry = advice,
            // The same request may be safe after a refusal, and not after an attempt that WeChat may have acted on.
            Kind::Business { err_code, .. }
                if self.0.retry != Retry::QueryFirst && (!is_authentic || codes::is_about_caller(err_code)) =>
            {
                self.0.retry = advice;
            }
            _ => {}
        }
        self
    }

    /// The error of a call that waited for another one, which failed with this error: nothing of it was sent. `why` comes before what
    /// happened.
    #[cfg(feature = "client")]
    pub(crate) fn unsent(self, why: &str) -> Self {
        let (code, said) = match self.kind() {
            Kind::Transport { status, reason, .. } => {
                let status = status.map(|status| format!(" (HTTP {status})")).unwrap_or_default();
                (self.0.code, format!("{reason}{status}"))
            }
            _ => (ErrorCode::Network, self.text()),
        };
        let mut error = Self::transport(code, Outcome::NotSent, None, format!("{why}: {said}"));
        error.0.string_to_sign.clone_from(&self.0.string_to_sign);
        error.advise(Retry::SameRequest).because(self)
    }

    /// The same refusal, with what this side knows about it besides what was noted before.
    pub(crate) fn noted(mut self, note: impl Into<String>) -> Self {
        let note = note.into();
        let note = self.0.note.take().map_or(note.clone(), |before| format!("{before}; {note}"));
        self.0.note = Some(note.into());
        self
    }

    /// The order of the notification that failed.
    pub(crate) fn about(mut self, out_trade_no: &str) -> Self {
        self.0.out_trade_no = Some(out_trade_no.to_owned());
        self
    }

    pub(crate) fn at(mut self, endpoint: &'static str) -> Self {
        self.0.endpoint = Some(endpoint);
        self
    }

    pub(crate) fn advise(mut self, retry: Retry) -> Self {
        self.0.retry = retry;
        self
    }

    #[cfg(feature = "client")]
    pub(crate) fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }
}

/// A rule of a field or a setting, in Chinese where the table of phrases has it.
fn in_language(rule: &str, language: Language) -> Cow<'_, str> {
    match language {
        Language::English => rule.into(),
        Language::Chinese => phrases::chinese(rule).map_or(rule.into(), Cow::Owned),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message(Language::English);
        f.write_str(&message)?;
        // Logs have the error alone, so it says which order it is about.
        match self.out_trade_no() {
            Some(number) if !message.contains(number) => write!(f, " (order {number})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.0.code)
            .field("endpoint", &self.0.endpoint)
            .field("retry", &self.0.retry)
            .field("kind", &self.0.kind)
            .field("source", &self.0.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn details(error: &Error) -> Vec<(&'static str, Detail<'_>)> {
        error.details().collect()
    }

    #[test]
    fn the_names_of_the_call_and_of_the_field_stand_before_the_text() {
        let error = Error::invalid("total_fee", "must be at least 1").at("unifiedorder");
        assert_eq!(error.to_string(), "unifiedorder: total_fee: must be at least 1");
        assert_eq!((error.field(), &*error.text()), (Some("total_fee"), "must be at least 1"));

        let error =
            Error::transport(ErrorCode::Gateway, Outcome::Unknown, Some(502), "a gateway's page").at("orderquery");
        assert_eq!(error.field(), None);
        assert_eq!(error.text(), "a gateway's page (HTTP 502); whether WeChat acted on it is unknown");
        assert_eq!(error.to_string(), format!("orderquery: {}", error.text()));
    }

    #[test]
    fn a_code_belongs_to_the_class_of_its_errors() {
        let of = [
            Error::config("appid", ""),
            Error::invalid("body", ""),
            Error::gateway(502, b""),
            Error::protocol(Api::V2, "", Fields::default()),
            Error::business(Api::V2, "ORDERPAID", "", Fields::default()),
            Error::oauth(Api::Platform, 40029, ""),
            Error::mismatch(ErrorCode::TotalFeeMismatch, "total_fee", "1", "2", ("amount_of", "WeChat")),
        ];
        for error in of {
            assert_eq!(error.0.code.class(), error.class(), "{error}");
        }
    }

    #[test]
    fn either_amount_may_be_in_yuan() {
        let text = |expected: i64, actual: i64| {
            let (expected, actual) = (expected.to_string(), actual.to_string());
            let by = ("amount_of", "WeChat");
            Error::mismatch(ErrorCode::TotalFeeMismatch, "total_fee", expected, actual, by).to_string()
        };
        assert!(text(1, 100).contains("Is 1 in yuan?"), "{}", text(1, 100));
        let cheap = text(100, 1);
        assert!(
            cheap.contains("Was 1 sent as yuan? It is a hundredth of 100.") && cheap.contains("yuan_to_fen"),
            "{cheap}"
        );
        for (expected, actual) in [(0, 0), (87, 88), (0, 100), (i64::MAX, i64::MAX)] {
            assert!(!text(expected, actual).contains("yuan"), "{expected} {actual}");
        }
    }

    #[test]
    fn what_a_person_reads_in_a_page_is_shown() {
        for (page, words) in [
            (
                "<html><head><title>502 Bad Gateway</title><style>b{}</style></head><body>\r\n<h1>502&nbsp;x</h1></body>",
                "502 Bad Gateway 502 x",
            ),
            ("<root><m><![CDATA[签名错误]]></m><!-- <b> --></root>", "签名错误"),
            ("<SCRIPT>if (a < b) {}</SCRIPT>a < b &amp;lt;", "a < b &lt;"),
            ("plain\0 text", "plain text"),
            ("<html><body cut", ""),
            ("", ""),
        ] {
            assert_eq!(readable(page), words, "{page}");
        }
        let error = Error::gateway(502, "<html><body>签名错误</body></html>".as_bytes());
        let text = error.text();
        assert!(text.contains("(HTTP 502): 签名错误;") && text.contains("api_key"), "{text}");
    }

    #[cfg(feature = "client")]
    #[test]
    fn a_copy_has_everything_but_the_source() {
        let error = Error::protocol(Api::V2, "签名错误", Fields::default())
            .at("refund")
            .advise(Retry::QueryFirst)
            .about("T1")
            .noted("a note".to_owned())
            .signed_over("a=1&key=***".to_owned())
            .resumed_by("Ask refundquery".to_owned())
            .because("the cause");
        let copy = error.copy();
        assert_eq!(copy.to_string(), error.to_string());
        assert_eq!(copy.details().collect::<Vec<_>>(), details(&error));
        assert_eq!(
            (copy.out_trade_no(), copy.retry(), copy.endpoint()),
            (Some("T1"), Retry::QueryFirst, Some("refund"))
        );
        assert_eq!(copy.0.next_step, error.0.next_step);
        assert!(copy.source().is_none());
        let copy = Error::gateway(502, b"busy").about("T1").copy();
        assert!(copy.to_string().ends_with("(order T1)") && copy.body() == Some("busy"), "{copy}");
    }

    #[test]
    fn a_message_is_written_in_either_language() {
        let error = Error::protocol(Api::V2, "签名错误", Fields::default()).at("orderquery");
        let (english, chinese) = (error.message(Language::English), error.message(Language::Chinese));
        assert_eq!(english, error.to_string());
        assert!(english.contains(error.remedy(Language::English).unwrap()), "{english}");
        assert_eq!(
            chinese,
            format!("orderquery: WeChat refused the request: 签名错误. {}", error.remedy(Language::Chinese).unwrap())
        );
        let error = Error::invalid("total_fee", "must be at least 1").at("unifiedorder");
        assert_eq!(error.message(Language::Chinese), error.to_string());
    }

    #[test]
    fn details_are_the_fields_of_the_errors_class() {
        let reply: Fields = [("err_code", "ORDERPAID")].into_iter().collect();
        let kind = Kind::Business { err_code: "ORDERPAID".to_owned(), err_code_des: "paid".to_owned(), reply };
        let error = Error::new(ErrorCode::Business, kind);
        let Kind::Business { reply, .. } = error.kind() else { unreachable!() };
        let (code, words) = (Detail::Text("ORDERPAID"), Detail::Text("paid"));
        assert_eq!(details(&error), [("err_code", code), ("err_code_des", words), ("reply", Detail::Document(reply))]);

        let error = Error::transport(ErrorCode::Timeout, Outcome::NotSent, None, "no connection");
        assert_eq!(details(&error), [("outcome", Detail::Text("not_sent"))], "a status that is not there is left out");
        let error = Error::mismatch(ErrorCode::TotalFeeMismatch, "total_fee", "1", "100", ("amount_of", "WeChat"));
        let [field, expected, actual] = ["total_fee", "1", "100"].map(Detail::Text);
        let by = ["amount_of", "WeChat"].map(Detail::Text);
        let names = [("expected_by", by[0]), ("actual_by", by[1])];
        assert_eq!(details(&error)[..3], [("field", field), ("expected", expected), ("actual", actual)]);
        assert_eq!(details(&error)[3..], names);
        assert_eq!(
            details(&Error::malformed_message("attach", "is missing")).len(),
            3,
            "it is not compared with anything"
        );
        let error = Error::new(ErrorCode::OAuth, Kind::OAuth { errcode: 40029, errmsg: "invalid code".to_owned() });
        assert_eq!(details(&error), [("errcode", Detail::Int(40029)), ("errmsg", Detail::Text("invalid code"))]);
    }
}
