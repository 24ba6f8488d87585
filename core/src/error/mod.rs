//! The one error type: what happened, in which call, and what is safe to do now.

mod change;
mod details;
mod kind;
mod new;
mod page;
mod text;

use std::error::Error as StdError;
use std::fmt;

pub use self::details::Detail;
pub use self::kind::{Kind, Outcome, Retry};
use crate::codes::{self, ErrorCode, Meaning, Row};
use crate::explanation::Language;
use crate::fields::Fields;
use crate::shown::{short, whole};

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
    notes: Vec<Note>,
    /// For calls that move money: how to find out what became of this one.
    next_step: Option<Box<str>>,
    /// How WeChat answered: of APIv3 always, of APIv2 where the reply cannot be verified.
    answer: Option<V3Status>,
    /// Whether WeChat may have acted on the request, though it answered.
    may_have_acted: bool,
    /// The merchant's number of what the call makes: the field, and its value.
    number: Option<(&'static str, Box<str>)>,
}

/// What this side knows about a refusal, for its text. Chinese where the table of phrases does not have it.
#[derive(Clone)]
struct Note {
    english: String,
    chinese: Option<String>,
}

/// A reply of APIv3, besides its body.
#[derive(Clone)]
struct V3Status {
    status: u16,
    request_id: Option<Box<str>>,
    /// Whether its signature was checked, and is right.
    is_verified: bool,
    /// Which part of the request was refused, from the member `detail`.
    refused: Vec<(&'static str, String)>,
}

/// What was received from WeChat.
#[derive(Clone)]
enum RawReply {
    /// A reply.
    Reply(Fields),
    /// Something else: its beginning, and the words that a person would read in it.
    Body { start: Box<str>, words: Box<str> },
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

    pub(super) fn err_code(&self) -> Option<&str> {
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

    /// The setting or the field that the error is about, for `Config` and `InvalidRequest`. `Display` puts it before
    /// [`Error::text`].
    pub fn field(&self) -> Option<&str> {
        match self.kind() {
            Kind::Config { field, .. } => Some(field),
            Kind::InvalidRequest { field, .. } => Some(field),
            _ => None,
        }
    }

    /// APIv3: the `Request-ID` of the reply, for WeChat's support.
    pub fn request_id(&self) -> Option<&str> {
        self.0.answer.as_ref()?.request_id.as_deref()
    }

    /// For `Transport`, whether WeChat may have acted on the request. Otherwise [`Outcome::Unknown`] where a call that may have had an effect
    /// was answered, and the answer does not say what became of it: it cannot be verified, it belongs to another request, or WeChat says that
    /// it failed or is not done. `None` where nothing happened, for questions, which change nothing, and for notifications.
    pub fn outcome(&self) -> Option<Outcome> {
        match self.kind() {
            Kind::Transport { outcome, .. } => Some(*outcome),
            _ => self.0.may_have_acted.then_some(Outcome::Unknown),
        }
    }

    /// Whether the reply to a call that may have had an effect was refused here.
    fn is_refused_reply(&self) -> bool {
        self.0.may_have_acted && matches!(self.kind(), Kind::Signature { .. } | Kind::Mismatch { .. })
    }

    /// For the calls that name how to go on, the merchant's number of what the call makes: the name of its field, such as `out_refund_no`, and
    /// its value. A repetition, and the question for the result, have the same one.
    pub fn number(&self) -> Option<(&'static str, &str)> {
        self.0.number.as_ref().map(|(field, value)| (*field, &**value))
    }

    /// The HTTP status of the reply: of APIv3, and of APIv2 for `Transport`, and for `Signature` and `Mismatch` with an
    /// [`Error::outcome`].
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

    /// Whether a refusal is surely WeChat's: of APIv2 one with `result_code`, of APIv3 one that is signed.
    pub(super) fn is_authentic(&self) -> bool {
        matches!(self.kind(), Kind::Business { .. }) && self.verified() != Some(false)
    }

    /// The texts of the source, of its source and so on, a line each.
    pub fn causes(&self) -> impl Iterator<Item = String> {
        std::iter::successors(self.source(), |&cause| cause.source()).map(|cause| whole(cause.to_string()))
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
            notes,
            next_step,
            answer,
            may_have_acted,
            number,
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
            notes: notes.clone(),
            next_step: next_step.clone(),
            answer: answer.clone(),
            may_have_acted: *may_have_acted,
            number: number.clone(),
        }))
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
            notes: Vec::new(),
            next_step: None,
            answer: None,
            may_have_acted: false,
            number: None,
        }))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = self.message(Language::English);
        f.write_str(&message)?;
        // Logs have the error alone, so it says which order it is about.
        match self.out_trade_no() {
            Some(number) if !message.contains(&*short(number)) => write!(f, " (order {})", short(number)),
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
    use super::page::readable;
    use super::*;
    use crate::codes::Api;

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
    fn a_value_from_outside_makes_no_line_of_its_own_and_no_long_one() {
        use crate::explanation::{Explanation, Mistake};

        // A line of a log, colours, another direction of text, and 65 KB.
        let evil = format!("X\n2026-11-30 ERROR paid twice\r\u{9b}31m\u{1b}[2J\u{202e}\u{2028}{}", "a".repeat(65_000));
        let evil = || evil.clone();
        let by = ("the client's settings", "the notification");
        let mismatch = |code| Error::mismatch(code, evil(), evil(), evil(), by);
        let explanation = Explanation { field: Some(evil()), ..Explanation::refused(Mistake::XML_DUPLICATE, evil()) };
        let reply: Fields = [("m", &*evil())].into_iter().collect();
        let errors = [
            Error::config("appid", evil()),
            Error::invalid(evil(), evil()),
            Error::transport(ErrorCode::Network, Outcome::Unknown, None, evil()).because(evil()),
            Error::gateway(502, evil().as_bytes()),
            Error::malformed(&evil()).saying(&evil()),
            Error::malformed("no XML").carrying(evil().as_bytes()).saying("签名错误"),
            Error::protocol(Api::V2, evil(), Fields::default()).noted(evil()),
            Error::protocol(Api::V2, "", reply.clone()),
            Error::business(Api::V2, evil(), evil(), Fields::default()),
            Error::business(Api::V2, "", evil(), Fields::default()),
            Error::v3_protocol(400, &evil(), evil(), Fields::default()).answered(400, Some(&evil()), false),
            Error::v3_business(400, evil(), evil(), reply).answered(400, None, false),
            Error::oauth(Api::Platform, 40029, evil()),
            mismatch(ErrorCode::AppidMismatch),
            mismatch(ErrorCode::OrderUnknown),
            mismatch(ErrorCode::PartUnknown),
            Error::mismatch(ErrorCode::TotalFeeMismatch, "total_fee", evil(), evil(), by),
            Error::malformed_message(evil(), evil()),
            Error::signature(ErrorCode::SignatureMismatch, explanation),
            Error::invalid("a", "b").about(&evil()),
        ];
        for error in errors {
            let texts = [error.message(Language::English), error.message(Language::Chinese), error.to_string()];
            for text in texts.into_iter().chain(error.causes()) {
                assert!(!text.contains(crate::shown::is_active), "{}: {text:?}", error.code());
                assert!(text.chars().count() < 7_000, "{}: {}", error.code(), text.chars().count());
            }
        }
        // What was compared stays as it came, for programs.
        let error = Error::mismatch(ErrorCode::AppidMismatch, "appid", "wxd930ea5d5a258f4f", evil(), by);
        let Kind::Mismatch { actual, .. } = error.kind() else { unreachable!() };
        assert_eq!(*actual, evil());
        let text = error.to_string();
        assert!(text.chars().count() < 800 && text.contains("is X\\n2026-11-30 ERROR"), "{text}");
        let refused = Error::protocol(Api::V2, format!("签名错误{}", evil()), Fields::default()).to_string();
        assert!(
            refused
                .ends_with(Error::protocol(Api::V2, "签名错误", Fields::default()).remedy(Language::English).unwrap())
        );
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
            .numbered("out_refund_no", "R1")
            .because("the cause");
        let copy = error.copy();
        assert_eq!(copy.to_string(), error.to_string());
        assert_eq!(copy.details().collect::<Vec<_>>(), details(&error));
        assert_eq!(
            (copy.out_trade_no(), copy.retry(), copy.endpoint()),
            (Some("T1"), Retry::QueryFirst, Some("refund"))
        );
        assert_eq!(copy.0.next_step, error.0.next_step);
        assert_eq!(copy.number(), Some(("out_refund_no", "R1")));
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
            format!("orderquery: 微信拒绝了请求：签名错误。{}", error.remedy(Language::Chinese).unwrap())
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
