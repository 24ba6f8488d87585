//! The text of an error, in either language.

use std::borrow::Cow;

use super::{Error, Kind, Note, Outcome, RawReply, Retry, V3Status};
use crate::codes::{self, ErrorCode, Meaning};
use crate::explanation::{Language, Mistake};
use crate::fields::Fields;
use crate::phrases;
use crate::shown::{SHOWN, short, whole, words};

/// What the reader of APIv3's replies says where WeChat said nothing.
const WITHOUT_WORDS: [&str; 4] =
    ["there is no result yet", "there is no such path, or it is not", "the path does not take this", "status "];

impl Error {
    /// What happened and what to do, without the names of the call and of the field: `Display` puts them before it.
    pub fn text(&self) -> String {
        self.text_in(Language::English)
    }

    /// The same in a language. Names, numbers, WeChat's own words and those of other libraries stay as they came, except that control
    /// characters and ends of lines in them are escaped, and long values are cut: a message that nobody signed may have any.
    pub fn text_in(&self, language: Language) -> String {
        whole(self.whole_text_in(language))
    }

    /// The text, before it is cleaned.
    fn whole_text_in(&self, language: Language) -> String {
        let language = Written(language);
        match self.kind() {
            Kind::Config { remedy, .. } => language.then(&language.of(remedy), self.remedy(language.0)),
            Kind::InvalidRequest { rule, .. } => language.of(rule).into_owned(),
            Kind::Store { reason: text } | Kind::Handler { reason: text } => language.of(text).into_owned(),
            Kind::Signature { explanation } => {
                let summary = explanation.summary.as_deref().filter(|_| language.0 == Language::Chinese);
                let line = summary.and_then(|summary| phrases::whole(&Mistake::all_in_chinese(summary)));
                let line = line.unwrap_or_else(|| explanation.line(language.0));
                self.with_step(&line, language)
            }
            Kind::Transport { outcome, status, reason } => {
                let status = status.map(|status| language.in_brackets(&format!("HTTP {status}"))).unwrap_or_default();
                let said = self.body_line().map(|said| language.after_colon(&said)).unwrap_or_default();
                let known = match outcome {
                    Outcome::NotSent => "nothing was sent",
                    Outcome::Unknown => "whether WeChat acted on it is unknown",
                };
                let known = language.of(known);
                let text =
                    format!("{}{status}{said}{}{known}", self.reason(reason, language), language.mark("; ", "；"));
                language.then(&language.then(&text, self.next_step(language).as_deref()), self.remedy(language.0))
            }
            Kind::Protocol { return_msg } => {
                let said = if return_msg.is_empty() {
                    self.field_list(language)
                } else {
                    words(&language.own_words(return_msg)).into_owned()
                };
                let refused = language.0.pick("WeChat refused the request: ", "微信拒绝了请求：");
                let text = format!("{refused}{said}{}{}", self.answer_text(language), self.note_text(language));
                self.with_remedy(&text, language)
            }
            Kind::Business { err_code, err_code_des, .. } => {
                let said = match (&*short(err_code), err_code_des.as_str()) {
                    ("", "") => self.field_list(language),
                    ("", said) => words(&language.own_words(said)).into_owned(),
                    (code, "") => code.to_owned(),
                    (code, said) => format!("{code}{}", language.after_colon(&words(said))),
                };
                let text = format!("{said}{}{}", self.answer_text(language), self.note_text(language));
                self.with_remedy(&text, language)
            }
            Kind::Mismatch { field, expected, actual, expected_by, actual_by } => {
                let text = self.differs(&short(field), (expected, actual), expected_by.zip(*actual_by), language);
                self.with_step(&text, language)
            }
            Kind::OAuth { errcode, errmsg } => {
                language.then(&format!("{errcode}{}", language.after_colon(&words(errmsg))), self.remedy(language.0))
            }
        }
    }

    /// What differs from what.
    fn differs(
        &self,
        field: &str,
        (expected, actual): (&str, &str),
        by: Option<(&str, &str)>,
        language: Written,
    ) -> String {
        let is_chinese = language.0 == Language::Chinese;
        let fault = actual;
        let (expected, actual) = (&*short(expected), &*short(actual));
        match by {
            // The document's own fault, in words of ours: there is nothing to compare it with.
            _ if self.is(ErrorCode::MalformedMessage) => {
                let hint = match field {
                    "transaction_id" => language.0.pick(
                        ": every payment in production has one, and WeChat's sandbox leaves it empty",
                        "：正式环境的每笔支付都有，微信的沙箱环境为空",
                    ),
                    _ => "",
                };
                format!("{field} {}{hint}", language.of(fault))
            }
            Some((by, _)) if self.is(ErrorCode::OrderUnknown) && is_chinese => {
                format!("没有订单 {actual}：{by} 没有返回它的金额")
            }
            Some((by, _)) if self.is(ErrorCode::OrderUnknown) => {
                format!("there is no order {actual}: {by} returned no amount for it")
            }
            Some(_) if self.is(ErrorCode::PartUnknown) && is_chinese => format!("合单中没有子单 {expected}"),
            Some(_) if self.is(ErrorCode::PartUnknown) => format!("the combined order has no part {expected}"),
            Some((expecting, saying)) if field.ends_with("_fee") => {
                let remedy = yuan_for_fen(expected, actual, language);
                if is_chinese {
                    let [expecting, saying] = [expecting, saying].map(phrases::named);
                    phrases::written(
                        "{1} 不一致：{2} 给出 {3} 分，{4} 给出 {5} 分",
                        &[field, &expecting, expected, &saying, actual],
                    ) + &remedy
                } else {
                    format!("{field} should be {expected} fen ({expecting}) and is {actual} fen ({saying}){remedy}")
                }
            }
            _ if is_chinese => {
                let expected = phrases::named(expected);
                let remedy = match self.is_for_another_client() {
                    true => format!("；这个通知属于另一个客户端，其 {field} 是 {actual}：请交给那个客户端处理"),
                    false => String::new(),
                };
                phrases::written("{1} 应为 {2}，实际是 {3}", &[field, &expected, actual]) + &remedy
            }
            _ => {
                let remedy = if self.is_for_another_client() {
                    format!("; the notification is for another client, whose {field} is {actual}: hand it to that one")
                } else {
                    String::new()
                };
                format!("{field} should be {expected} and is {actual}{remedy}")
            }
        }
    }

    /// What `Display` writes, with the text in a language.
    pub fn message(&self, language: Language) -> String {
        let names = self.0.endpoint.into_iter().map(Cow::Borrowed).chain(self.field().map(|field| match language {
            Language::English => short(field),
            // One of several fields.
            Language::Chinese => short(field).replace(" or ", " 或 ").into(),
        }));
        names.map(|name| format!("{name}: ")).collect::<String>() + &self.text_in(language)
    }

    /// Whether it says that an authentic notification was given to the wrong one of several clients.
    fn is_for_another_client(&self) -> bool {
        self.endpoint().is_none() && matches!(self.code(), "appid_mismatch" | "mch_id_mismatch" | "sub_mch_id_mismatch")
    }

    fn answer_text(&self, language: Written) -> String {
        self.0.answer.as_ref().map(|answer| answer.text(language)).unwrap_or_default()
    }

    fn note_text(&self, language: Written) -> String {
        let in_language = |note: &Note| match (language.0, &note.chinese) {
            (Language::Chinese, Some(chinese)) => chinese.trim_end_matches('。').to_owned(),
            _ => language.of(&note.english).into_owned(),
        };
        let notes: Vec<_> = self.0.notes.iter().map(in_language).collect();
        if notes.is_empty() { String::new() } else { language.in_brackets(&notes.join(language.mark("; ", "；"))) }
    }

    /// Why a reply or a notification is refused, with what is known of the request, and how to find out what became of it.
    fn with_step(&self, text: &str, language: Written) -> String {
        let known = self.0.may_have_acted.then(|| self.unknown_text(language));
        let text = language.then(text, known.as_deref());
        let step = self.next_step(language);
        language.then(&text, step.as_deref().or_else(|| self.general_step(language)))
    }

    /// What is known of a request whose reply is refused.
    fn unknown_text(&self, language: Written) -> String {
        let status = self.0.answer.as_ref().map(|answer| answer.text(language)).unwrap_or_default();
        match language.0 {
            Language::English => format!("The outcome is unknown{status}: WeChat may have acted on the request"),
            Language::Chinese => format!("结果未知{status}：微信可能已经处理了这个请求"),
        }
    }

    /// How to find out what became of a call that names no other one for it, and whose reply is refused.
    fn general_step(&self, language: Written) -> Option<&'static str> {
        let texts = match self.0.retry {
            _ if !self.0.may_have_acted => return None,
            Retry::QueryFirst if self.0.number.is_none() => {
                ["Find out what WeChat has before you repeat it", "请先确认微信是否已经处理，再决定是否重试"]
            }
            Retry::SameRequest if self.0.number.is_none() => {
                ["It may be repeated with the same fields", "可以用相同的内容重试"]
            }
            Retry::QueryFirst => [
                "Query it with the same number before anything else; do not use a new number",
                "请务必先用同一个单号查询；不要换新的单号",
            ],
            Retry::SameRequest => [
                "Query it, or repeat it with the same number and the same fields",
                "请先查询，或用相同的单号和字段重试",
            ],
            Retry::Never => return None,
        };
        let [english, chinese] = texts;
        Some(language.0.pick(english, chinese))
    }

    /// How to find out what became of the call.
    fn next_step(&self, language: Written) -> Option<String> {
        self.known_step().map(|step| language.of(step).into_owned())
    }

    /// The next step, where the text of the error says it.
    fn known_step(&self) -> Option<&str> {
        let is_said = match self.kind() {
            Kind::Transport { outcome, .. } => *outcome == Outcome::Unknown,
            Kind::Protocol { .. } | Kind::Business { .. } => match self.meaning() {
                Some(Meaning::Trouble | Meaning::AskFirst) => true,
                // An earlier attempt may have reached WeChat.
                Some(Meaning::Final) => self.0.retry != Retry::Never,
                _ => !self.is_authentic() && self.0.retry != Retry::Never,
            },
            Kind::Mismatch { expected_by, actual_by, .. } => {
                let is_between = expected_by.is_some() && actual_by.is_some();
                !(self.is(ErrorCode::MalformedMessage) || is_between && self.is(ErrorCode::OrderUnknown))
            }
            Kind::Signature { .. } => true,
            Kind::Config { .. }
            | Kind::InvalidRequest { .. }
            | Kind::Store { .. }
            | Kind::Handler { .. }
            | Kind::OAuth { .. } => false,
        };
        self.0.next_step.as_deref().filter(|_| is_said)
    }

    /// Whether the text of the error says what to do now: by the name of a call, or by what WeChat's code means.
    #[cfg(feature = "client")]
    pub(crate) fn says_what_to_do(&self) -> bool {
        let is_of_code = |row: &codes::Row| row.meaning != Meaning::Final;
        self.known_step().is_some() || self.0.row.is_some_and(is_of_code)
    }

    /// Why a request was not sent or not answered. The text of another call's error, which this call waited for, is in both languages there.
    fn reason<'a>(&self, reason: &'a str, language: Written) -> Cow<'a, str> {
        let cause = self.0.source.as_deref().and_then(|source| source.downcast_ref::<Self>());
        let why = cause.and_then(|cause| Some((cause, reason.strip_suffix(&*cause.said(Language::English))?)));
        match (language.0, why) {
            (Language::Chinese, Some((cause, why))) => {
                let why = why.trim_end_matches(": ");
                format!("{}{}", language.of(why), language.after_colon(&cause.said(language.0))).into()
            }
            (Language::Chinese, None) => {
                let with_remedies = codes::with_chinese_remedies(reason);
                let text = Mistake::all_in_chinese(&with_remedies);
                language.of(&text).into_owned().into()
            }
            _ => reason.into(),
        }
    }

    /// What happened, for the error of a call that waited for this one.
    pub(super) fn said(&self, language: Language) -> String {
        let language = Written(language);
        match self.kind() {
            Kind::Transport { status, reason, .. } => {
                let status = status.map(|status| language.in_brackets(&format!("HTTP {status}"))).unwrap_or_default();
                format!("{}{status}", self.reason(reason, language))
            }
            _ => self.whole_text_in(language.0),
        }
    }

    /// The text of a refusal, with what its code means and what to do: the next step, where WeChat may have acted all the same.
    fn with_remedy(&self, text: &str, language: Written) -> String {
        let Some(step) = self.next_step(language) else { return language.then(text, self.remedy(language.0)) };
        let text = language.then(text, self.0.row.map(|row| row.cause(language.0)));
        match text.ends_with(['.', '。', '?', '？']) {
            true if language.0 == Language::English => format!("{text} {step}"),
            _ => language.then(&text, Some(&step)),
        }
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
    fn field_list(&self, language: Written) -> String {
        let fields = self.reply().into_iter().flat_map(Fields::iter);
        let fields = fields.filter(|(name, value)| !value.is_empty() && !matches!(*name, "sign" | "nonce_str"));
        let text: Vec<_> = fields.map(|(name, value)| format!("{name} {value}")).collect();
        let shown: String = text.join(", ").chars().take(SHOWN).collect();
        language.0.pick("no reason was given ", "没有说明原因").to_owned() + language.in_brackets(&shown).trim_start()
    }
}

/// How texts are put together in a language.
#[derive(Clone, Copy)]
pub(super) struct Written(Language);

impl Written {
    fn mark(self, english: &'static str, chinese: &'static str) -> &'static str {
        self.0.pick(english, chinese)
    }

    /// A text of ours, of which the table has the Chinese.
    fn of(self, text: &str) -> Cow<'_, str> {
        match self.0 {
            Language::English => text.into(),
            Language::Chinese => phrases::chinese(text).map_or(text.into(), Cow::Owned),
        }
    }

    /// What stands in the place of WeChat's words where it sent none. Words of WeChat's stay as they came.
    fn own_words(self, text: &str) -> Cow<'_, str> {
        if WITHOUT_WORDS.iter().any(|begin| text.starts_with(begin)) { self.of(text) } else { text.into() }
    }

    /// A text, and a sentence after it.
    fn then(self, text: &str, sentence: Option<&str>) -> String {
        match (self.0, sentence) {
            (_, None) => text.to_owned(),
            (Language::English, Some(sentence)) => format!("{text}. {sentence}"),
            (Language::Chinese, Some(sentence)) => phrases::joined(text, "。", sentence),
        }
    }

    fn in_brackets(self, text: &str) -> String {
        match self.0 {
            Language::English => format!(" ({text})"),
            Language::Chinese => format!("（{text}）"),
        }
    }

    fn after_colon(self, text: &str) -> String {
        format!("{}{text}", self.mark(": ", "："))
    }
}

impl V3Status {
    /// For the text of an error.
    fn text(&self, language: Written) -> String {
        let comma = language.mark(", ", "，");
        let id = self.request_id.as_ref().map(|id| format!("{comma}Request-ID {id}")).unwrap_or_default();
        let refused: Vec<_> = self.refused.iter().map(|(name, value)| format!("{name} {}", short(value))).collect();
        let refused = match refused.is_empty() {
            true => String::new(),
            false => language.in_brackets(&format!("detail{}", language.after_colon(&refused.join(comma)))),
        };
        refused + &language.in_brackets(&format!("HTTP {}{id}", self.status))
    }
}

/// What to say of two amounts in fen of which one is probably the other in yuan.
fn yuan_for_fen(expected: &str, actual: &str, language: Written) -> String {
    let fen = |text: &str| text.parse::<i64>().ok();
    let is_hundredth = |small: &str, large: &str| {
        fen(small).and_then(|yuan| yuan.checked_mul(100)).is_some_and(|all| all != 0 && Some(all) == fen(large))
    };
    let remedy = language
        .mark("Amounts are integers of fen; yuan_to_fen converts", "金额是以分为单位的整数，可用 yuan_to_fen 换算");
    match (language.0, is_hundredth(expected, actual), is_hundredth(actual, expected)) {
        (Language::English, true, _) => format!(". Is {expected} in yuan? {remedy}"),
        (Language::English, _, true) => {
            format!(". Was {actual} sent as yuan? It is a hundredth of {expected}. {remedy}")
        }
        (Language::Chinese, true, _) => format!("。{expected} 的单位是元吗？{remedy}"),
        (Language::Chinese, _, true) => format!("。{actual} 是按元发送的吗？它是 {expected} 的百分之一。{remedy}"),
        _ => String::new(),
    }
}
