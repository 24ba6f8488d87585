//! The rows of the payment API: fields with their limits, signature, permission, reply and behaviour. The facts are those
//! of the protocol, not of the client's table.

use std::sync::Arc;

use wxpaykit::doctor::Language;
use wxpaykit::{Fields, SignType};

use crate::app::App;
use crate::journal::Explanation;
use crate::wechat::verdict::{Caller, Refusal, Verdict};

/// A call of the payment API.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) path: &'static str,
    /// The call's fields, besides those that every request has.
    pub(super) fields: &'static [Field],
    /// At least one of these fields is required.
    pub(super) one_of: &'static [&'static str],
    /// A field that the documents require of this request, although the server may not.
    pub(super) documented: fn(&Fields) -> Option<&'static str>,
    /// Whether it needs the merchant's certificate. A port without TLS cannot ask for one, and serves it.
    pub(crate) cert: bool,
    /// The algorithms that it takes. The first one is the default.
    pub(super) sign_types: &'static [SignType],
    /// The field that names the product. A merchant may be limited to some products.
    pub(super) product: Option<&'static str>,
    /// The requirements of one field on the others.
    pub(super) requires: fn(&Fields) -> Result<(), Refusal>,
    pub(super) order: Order,
    /// The fields of its reply that have no CDATA.
    pub(super) bare: &'static [&'static str],
    pub(super) behaviour: fn(&App, &Caller<'_>, &Arc<Fields>) -> Result<Verdict, Refusal>,
    /// A field that travels URL-encoded, and is signed as it is.
    pub(super) url_encoded: Option<&'static str>,
    /// The field with the appid; `None` where the request names the merchant alone.
    pub(super) appid: Option<&'static str>,
    /// Whether a field besides its own and the necessary ones is refused, as a wrong signature.
    pub(super) closed: bool,
    /// The fields under `workwx_sign`, in their order, and the code of a refusal of it; `None` for calls without it.
    pub(super) workwx: Option<(&'static [&'static str], &'static str)>,
    /// Whether its refusals have a number, `error_code`, and no `err_code` (protocol §2.8).
    pub(super) numbered: bool,
    /// How the reply is written when it is not signed; `None` for a signed one.
    pub(super) unsigned: Option<Unsigned>,
    /// Whether a success makes an order. Its amount may bring a fault, and its customer may pay before the reply.
    pub(crate) makes_order: bool,
}

/// A reply without signature. Besides these it has the call's own fields alone.
#[derive(Debug)]
pub(super) struct Unsigned {
    /// `return_msg`.
    pub(super) message: &'static str,
    /// What comes before the call's own fields when they are sent.
    pub(super) head: &'static [Part],
}

/// A field that says nothing of what the call did.
#[derive(Debug)]
pub(super) enum Part {
    /// A field of the request, if it has it.
    Sent(&'static str),
    /// `nonce_str`, anew.
    Nonce,
    /// A field that is always the same.
    Always(&'static str, &'static str),
}

/// `result_code` of what was done.
pub(super) const DONE: Part = Part::Always("result_code", "SUCCESS");

/// The order of a reply's elements, as captured (protocol §2.9).
#[derive(Debug)]
pub(super) struct Order {
    /// Both layouts: all elements in the order of their names, as `refundquery` has them.
    pub(super) alphabetical: bool,
    /// New layout: `nonce_str` and `sign` come before the call's own fields.
    pub(super) sign_first: bool,
    /// Old layout: fields that come empty when the request does not have them.
    pub(super) empty: &'static [&'static str],
}

/// The order of most calls.
pub(super) const USUAL_ORDER: Order = Order { alphabetical: false, sign_first: false, empty: &[] };

/// The algorithms of the normal payment API (protocol §1.3).
pub(super) const MD5_OR_HMAC: &[SignType] = &[SignType::Md5, SignType::HmacSha256];

/// A row without a path, fields and behaviour of its own: what most rows have in common.
pub(super) const fn row(
    path: &'static str,
    behaviour: fn(&App, &Caller<'_>, &Arc<Fields>) -> Result<Verdict, Refusal>,
) -> Row {
    Row {
        path,
        fields: &[],
        one_of: &[],
        documented: |_| None,
        cert: false,
        sign_types: MD5_OR_HMAC,
        product: None,
        requires: |_| Ok(()),
        order: USUAL_ORDER,
        bare: &["total_fee", "cash_fee"],
        behaviour,
        url_encoded: None,
        appid: Some("appid"),
        closed: false,
        workwx: None,
        numbered: false,
        unsigned: None,
        makes_order: false,
    }
}

/// A field of a request and its limits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) required: bool,
    length: Length,
    form: Form,
    /// The text when the form is wrong; else `NAME参数格式错误`.
    refusal: Option<&'static str>,
}

/// In characters.
#[derive(Clone, Copy, Debug)]
enum Length {
    Max(usize),
    Exactly(usize),
    Either(usize, usize),
    /// `--strict-docs` sets the lower bound.
    Documented(usize, usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Any,
    /// One of these words.
    Words(&'static [&'static str]),
    /// Every value that the function accepts, and a description for people, in English and in Chinese. The function receives
    /// `--strict-docs`.
    Like(fn(&str, bool) -> bool, [&'static str; 2]),
}

/// An optional field of at most `max` characters.
pub(super) const fn field(name: &'static str, max: usize) -> Field {
    Field { name, required: false, length: Length::Max(max), form: Form::Any, refusal: None }
}

impl Field {
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) const fn form(self, form: Form) -> Self {
        Self { form, ..self }
    }

    pub(super) const fn words(self, words: &'static [&'static str]) -> Self {
        self.form(Form::Words(words))
    }

    pub(super) const fn exactly(self, length: usize) -> Self {
        Self { length: Length::Exactly(length), ..self }
    }

    pub(super) const fn either(self, one: usize, other: usize) -> Self {
        Self { length: Length::Either(one, other), ..self }
    }

    pub(super) const fn documented_length(self, least: usize, most: usize) -> Self {
        Self { length: Length::Documented(least, most), ..self }
    }

    pub(super) const fn refused_as(self, text: &'static str) -> Self {
        Self { refusal: Some(text), ..self }
    }

    /// Checks the form before the length, so that a word in place of a number is reported as such.
    pub(super) fn check(&self, value: &str, strict: bool) -> Result<(), Refusal> {
        if !self.form.accepts(value, strict) {
            let [english, chinese] =
                [Language::English, Language::Chinese].map(|language| self.form.in_words(language));
            let english = format!("{}: {english}", self.name);
            let chinese = format!("{} 的格式不对，应为：{chinese}", self.name);
            let explanation = Explanation::with_values("field_format", english, chinese);
            let text = self.refusal.map_or_else(|| format!("{}参数格式错误", self.name), str::to_owned);
            return Err(Refusal::new(text).because(explanation));
        }
        let length = value.chars().count();
        if self.length.accepts(length, strict) {
            return Ok(());
        }
        let [allowed, allowed_zh] =
            [Language::English, Language::Chinese].map(|language| self.length.in_words(strict, language));
        let detail = format!("{} has {length} characters; allowed: {allowed}", self.name);
        let chinese = format!("{} 有 {length} 个字符，允许的长度：{allowed_zh}", self.name);
        let explanation = Explanation::mistake("field_length", detail).in_chinese(chinese);
        Err(Refusal::new(format!("{}参数长度有误", self.name)).because(explanation))
    }
}

impl Length {
    fn accepts(self, length: usize, strict: bool) -> bool {
        match self {
            Self::Documented(least, most) => length <= most && (length >= least || !strict),
            Self::Max(most) => length <= most,
            Self::Exactly(exactly) => length == exactly,
            Self::Either(one, other) => length == one || length == other,
        }
    }

    fn in_words(self, strict: bool, language: Language) -> String {
        let [to, or, most_of] = language.pick([" to ", " or ", "at most "], [" 到 ", " 或 ", "最长 "]);
        match self {
            Self::Documented(least, most) if strict => format!("{least}{to}{most}"),
            Self::Documented(_, most) | Self::Max(most) => format!("{most_of}{most}"),
            Self::Exactly(exactly) => exactly.to_string(),
            Self::Either(one, other) => format!("{one}{or}{other}"),
        }
    }
}

impl Form {
    fn accepts(self, text: &str, strict: bool) -> bool {
        match self {
            Self::Any => true,
            Self::Words(words) => words.contains(&text),
            Self::Like(accepts, _) => accepts(text, strict),
        }
    }

    fn in_words(self, language: Language) -> String {
        let [comma, or, any] = language.pick([", ", " or ", "any text"], ["、", " 或 ", "任意文本"]);
        match self {
            Self::Any => any.to_owned(),
            Self::Like(_, [english, chinese]) => language.pick(english, chinese).to_owned(),
            Self::Words([words @ .., last]) if !words.is_empty() => format!("{}{or}{last}", words.join(comma)),
            Self::Words(words) => words.join(", "),
        }
    }
}
