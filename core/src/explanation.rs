//! Explanations of refused signatures, and the words of mistakes: what is wrong, what to do about it, how it is proved.

use std::borrow::Cow;
use std::fmt;

use crate::html::escaped;
use crate::shown::short;

/// One usual mistake: a row of the table in [`doctor`](crate::doctor). Compares by its code.
#[derive(Clone, Copy)]
pub struct Mistake {
    pub(crate) code: &'static str,
    pub(crate) proof: Proof,
    pub(crate) english: Words,
    pub(crate) chinese: Words,
    /// For a message from WeChat that shows this mistake: what happened to it on its way, in both languages.
    pub(crate) received: Option<[&'static str; 2]>,
    /// The advice for a request of APIv3, where the other advice is for a page, in both languages.
    pub(crate) of_request: Option<[&'static str; 2]>,
    /// How the field of an explanation is shown, in both languages; `{}` stands for it. In brackets alone where nothing is said.
    pub(crate) shown: Option<[&'static str; 2]>,
}

/// Why a signature is refused: the mistake, the text that should be signed, and the text that probably was.
///
/// It holds no key, no other secret that was known, and no right signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The likeliest mistake.
    pub mistake: Mistake,
    /// How sure it is.
    pub proof: Proof,
    /// The one field that the mistake is about, when it is about one alone.
    pub field: Option<String>,
    /// Whose message it is: the advice depends on it.
    pub origin: Origin,
    /// The algorithm that the message declares: `MD5`, `HMAC-SHA256` or `SHA1`, and [`RSA_SIGN_TYPE`] in APIv3. Empty when there was
    /// nothing to sign.
    pub sign_type: &'static str,
    /// The text to sign, with the key shown as `***`. Empty when the message could not be read.
    pub string_to_sign: String,
    /// The text that was signed, as far as the mistake tells, with the key shown as `***` and bytes that are not UTF-8 as
    /// `\xB2`. `None` when no mistake gives the signature that was received.
    pub likely_string: Option<String>,
    /// One line for an error and a log, when a check refused the message; it is what `Display` writes then.
    pub summary: Option<String>,
}

/// The algorithm of APIv3, as its headers name it.
pub const RSA_SIGN_TYPE: &str = "WECHATPAY2-SHA256-RSA2048";

/// Whose message an explanation is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The merchant's: a request, or what a page is handed.
    #[default]
    Merchant,
    /// WeChat's: a reply or a notification, which may have been changed on its way.
    WeChat,
}

/// How a mistake is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// A signature made with this mistake equals the one that was received.
    Recomputed,
    /// The message itself shows it.
    Seen,
    /// Nothing proves it: it is only likely.
    Likely,
}

impl Origin {
    /// `merchant` or `wechat`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::WeChat => "wechat",
        }
    }
}

impl Proof {
    /// `recomputed`, `seen` or `likely`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recomputed => "recomputed",
            Self::Seen => "seen",
            Self::Likely => "likely",
        }
    }
}

/// The languages that every mistake is explained in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    /// English, for logs and errors.
    #[default]
    English,
    /// 简体中文.
    Chinese,
}

impl Language {
    /// The variables of the environment that choose the language of texts for people, the strongest first.
    pub const VARIABLES: [&'static str; 4] = ["WXPAYKIT_LANG", "LC_ALL", "LC_MESSAGES", "LANG"];

    /// The language that the values of [`Language::VARIABLES`] choose: that of the first one that is not empty, such as `zh` or
    /// `zh_CN.UTF-8`. English when none is set, and for every other language.
    pub fn chosen<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let first = values.into_iter().flatten().map(str::trim).find(|value| !value.is_empty());
        first.map_or(Self::English, Self::of_tag)
    }

    /// The one of two texts that is in this language.
    pub fn pick<T>(self, english: T, chinese: T) -> T {
        match self {
            Self::English => english,
            Self::Chinese => chinese,
        }
    }

    /// The language of a tag or the name of a locale: `zh-CN`, `zh_CN.UTF-8` and `zh` are Chinese.
    pub fn of_tag(tag: &str) -> Self {
        let language = tag.split(['-', '_', '.', '@']).next().unwrap_or_default();
        if language.eq_ignore_ascii_case("zh") { Self::Chinese } else { Self::English }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) advice: &'static str,
}

impl Mistake {
    /// A stable name, the same in every language.
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// How the mistake is proved when it is found in a message.
    pub fn proof(&self) -> Proof {
        self.proof
    }

    /// The same mistake, when nothing recomputes it.
    pub(crate) const fn likely(self) -> Self {
        Self { proof: Proof::Likely, ..self }
    }

    /// The same mistake, when what was given shows it and no signature proves it.
    pub(crate) const fn seen(self) -> Self {
        Self { proof: Proof::Seen, ..self }
    }

    /// What is wrong, in a few words.
    pub fn title(&self, language: Language) -> &'static str {
        self.words(language).title
    }

    /// What to do about it; empty when the title says enough.
    pub fn advice(&self, language: Language) -> &'static str {
        self.words(language).advice
    }

    /// Title and advice as one sentence.
    pub fn message(&self, language: Language) -> String {
        self.written(language, "", false)
    }

    /// The advice for a request of APIv3, where it is another one than for a page.
    pub fn advice_of_request(&self, language: Language) -> Option<&'static str> {
        self.of_request.map(|[english, chinese]| language.pick(english, chinese))
    }

    fn written(&self, language: Language, field: &str, of_request: bool) -> String {
        let Words { title, advice } = self.words(language);
        let advice = self.advice_of_request(language).filter(|_| of_request).unwrap_or(advice);
        match (advice, language) {
            ("", _) => format!("{title}{field}"),
            (_, Language::English) => format!("{title}{field}: {advice}"),
            (_, Language::Chinese) => format!("{title}{field}：{advice}"),
        }
    }

    /// A text with the sentences of mistakes in Chinese where it has them in English: the summary of one error in the text of another.
    pub(crate) fn all_in_chinese(text: &str) -> Cow<'_, str> {
        let said = |mistake: &Self| {
            let title = (mistake.english.title, mistake.chinese.title);
            let advice = (mistake.english.advice, mistake.chinese.advice);
            let received = mistake.received.map(|[english, chinese]| (english, chinese));
            // A title alone may be in any text.
            let is_there = !advice.0.is_empty() && text.contains(title.0) && text.contains(advice.0);
            let own = is_there.then_some([title, advice]).into_iter().flatten();
            let of_request = mistake.of_request.map(|[english, chinese]| (english, chinese));
            let of_request = of_request.filter(|(english, _)| text.contains(title.0) && text.contains(english));
            let of_request = of_request.map(|advice| [title, advice]).into_iter().flatten();
            own.chain(of_request).chain(received.filter(|(english, _)| text.contains(english))).collect::<Vec<_>>()
        };
        let around = [
            ("the message was changed on its way: ", "报文在途中被改动过："),
            ("; verify the raw body, byte by byte as it came", "；请用收到的原始字节验签。"),
            ("the signature of the message is wrong; likely: ", "报文的签名不对，可能的原因："),
        ];
        let found: Vec<_> = Self::ALL.iter().flat_map(said).collect();
        let around = around.into_iter().filter(|_| !found.is_empty());
        found.iter().copied().chain(around).fold(Cow::Borrowed(text), |text, (english, chinese)| {
            if text.contains(english) { text.replace(english, chinese).into() } else { text }
        })
    }

    fn words(&self, language: Language) -> Words {
        match language {
            Language::English => self.english,
            Language::Chinese => self.chinese,
        }
    }
}

impl Explanation {
    /// An explanation without texts.
    pub fn new(mistake: Mistake) -> Self {
        Self {
            mistake,
            proof: mistake.proof,
            field: None,
            origin: Origin::Merchant,
            sign_type: "",
            string_to_sign: String::new(),
            likely_string: None,
            summary: None,
        }
    }

    /// An explanation of a message of WeChat's that was refused, with the line that the error shows.
    pub fn refused(mistake: Mistake, summary: String) -> Self {
        Self { origin: Origin::WeChat, summary: Some(summary), ..Self::new(mistake) }
    }

    /// Its contents as texts by stable names, for bindings and for JSON. [`Explanation::from_fields`] reads them again.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        fn filled(text: &str) -> Option<&str> {
            Some(text).filter(|text| !text.is_empty())
        }
        [
            ("mistake", Some(self.mistake.code)),
            ("proof", Some(self.proof.as_str())),
            ("field", self.field.as_deref()),
            ("origin", Some(self.origin.as_str())),
            ("sign_type", filled(self.sign_type)),
            ("string_to_sign", filled(&self.string_to_sign)),
            ("likely_string", self.likely_string.as_deref()),
            ("summary", self.summary.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, text)| Some((name, text?)))
    }

    /// The explanation whose [fields](Explanation::fields) were kept as JSON. Without `mistake` it says only `summary`.
    pub fn from_fields<'a>(get: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mistake = get("mistake").and_then(Mistake::of).unwrap_or(Mistake::NOT_SEARCHED);
        let named = |name: &str, all: &[&'static str]| all.iter().copied().find(|known| get(name) == Some(*known));
        let proofs = [Proof::Recomputed, Proof::Seen, Proof::Likely];
        Self {
            mistake,
            proof: proofs.into_iter().find(|proof| get("proof") == Some(proof.as_str())).unwrap_or(mistake.proof),
            field: get("field").map(str::to_owned),
            origin: if get("origin") == Some(Origin::Merchant.as_str()) { Origin::Merchant } else { Origin::WeChat },
            sign_type: named("sign_type", &["MD5", "HMAC-SHA256", "SHA1", RSA_SIGN_TYPE]).unwrap_or_default(),
            string_to_sign: get("string_to_sign").unwrap_or_default().to_owned(),
            likely_string: get("likely_string").map(str::to_owned),
            summary: get("summary").map(str::to_owned),
        }
    }

    /// Whether a signature made with the mistake equals the one that was received.
    pub fn proved(&self) -> bool {
        self.proof == Proof::Recomputed
    }

    /// The same with another mistake, and with the text that was signed by it.
    pub(crate) fn found(self, mistake: Mistake, likely_string: Option<String>) -> Self {
        Self { mistake, proof: mistake.proof, field: None, likely_string, ..self }
    }

    /// The mistake as one sentence, with the field and what to do.
    pub fn message(&self, language: Language) -> String {
        let english = language == Language::English;
        let field = self.shown_field(language);
        let [in_english, in_chinese] = match (self.origin, self.mistake.received) {
            (Origin::WeChat, Some(words)) => words,
            _ => {
                let is_request = self.sign_type == RSA_SIGN_TYPE && self.origin == Origin::Merchant;
                return self.mistake.written(language, &field, is_request);
            }
        };
        // Nothing proves that the message was changed: the words are the whole sentence.
        if self.mistake.proof == Proof::Likely {
            return if english { in_english } else { in_chinese }.to_owned();
        }
        if english {
            format!(
                "the message was changed on its way: {in_english}{field}; verify the raw body, byte by byte as it came"
            )
        } else {
            format!("报文在途中被改动过：{in_chinese}{field}；请用收到的原始字节验签。")
        }
    }

    /// What is wrong, with the field and without what to do.
    #[cfg(feature = "client")]
    pub(crate) fn title(&self, language: Language) -> String {
        self.mistake.title(language).to_owned() + &self.shown_field(language)
    }

    /// The field in brackets, as its mistake shows it.
    fn shown_field(&self, language: Language) -> String {
        let [in_english, in_chinese] = self.mistake.shown.unwrap_or(["{}", "{}"]);
        match (&self.field, language) {
            (Some(field), Language::English) => format!(" ({})", in_english.replace("{}", &short(field))),
            (Some(field), Language::Chinese) => {
                format!("（{}）", in_chinese.replace("{}", &chinese_detail(&short(field))))
            }
            (None, _) => String::new(),
        }
    }

    /// The message and the two texts, a line each, with the part that differs between `«` and `»`.
    pub fn text(&self, language: Language) -> String {
        let lines = self.lines(language, str::to_owned, |differs| format!("«{}»", visible(differs)));
        let colon = language.pick(": ", "：");
        let line =
            |(label, text): (String, String)| if text.is_empty() { label } else { format!("{label}{colon}{text}") };
        let lines = lines.into_iter().map(line);
        let next = self.next_to_look_at(language).map(str::to_owned);
        std::iter::once(self.message(language)).chain(lines).chain(next).collect::<Vec<_>>().join("\n")
    }

    /// What was not compared where the signature is right: the key that was given may not be the one that WeChat has.
    fn next_to_look_at(&self, language: Language) -> Option<&'static str> {
        // What WeChat signed is right as it is.
        let is_right = self.mistake.code == NONE && self.origin == Origin::Merchant && !self.string_to_sign.is_empty();
        // The ticket of wx.config is fetched, and not set by hand.
        let is_of_key = self.sign_type != "SHA1";
        (is_right && is_of_key).then(|| match self.is_of_page() {
            true => language.pick(
                "WeChat was not asked. If the page or the app shows 支付验证签名失败 all the same, see that appId is the one of the order, and that prepay_id \
                 is of this order. If both are right, the key is not the one that the merchant has now: wxpaykit doctor asks WeChat.",
                "没有询问微信。如果页面或 App 仍提示“支付验证签名失败”，请核对 appId 是下单所用的 appid，prepay_id 属于这笔订单；都对的话，说明用的不是商户现在的密钥：请用 \
                 wxpaykit doctor 核对。",
            ),
            false => language.pick(
                "WeChat was not asked. If it answers 签名错误 all the same, the key is not the one that the merchant has now: wxpaykit doctor asks WeChat.",
                "没有询问微信。如果微信仍返回“签名错误”，说明用的不是商户现在的密钥：请用 wxpaykit doctor 核对。",
            ),
        })
    }

    /// Whether the text to sign is that of a page or an app that pays, which WeChat's app checks. That of a request of APIv3 has a path in its
    /// second line.
    fn is_of_page(&self) -> bool {
        match self.sign_type {
            RSA_SIGN_TYPE => self.string_to_sign.lines().nth(1).is_some_and(|line| !line.starts_with('/')),
            _ => ["package=prepay_id", "prepayid="].iter().any(|part| self.string_to_sign.contains(part)),
        }
    }

    /// The one line of an error when a check refused the message; all of [`Explanation::text`] for any other.
    pub fn line(&self, language: Language) -> String {
        match (&self.summary, language) {
            (None, _) => self.text(language),
            (Some(_), Language::Chinese) if self.mistake != Mistake::NOT_SEARCHED => {
                format!("{}{}", self.refused_in_chinese(), self.message(language))
            }
            (Some(summary), _) => summary.clone(),
        }
    }

    /// What was refused, in Chinese, before the cause: only a signature that was checked is a wrong signature.
    fn refused_in_chinese(&self) -> &'static str {
        const OF_KEY: [Mistake; 3] = [Mistake::REQ_INFO_KEY, Mistake::APIV3_KEY_WRONG, Mistake::RESOURCE_MALFORMED];
        // These say themselves what was received.
        const SAID: [Mistake; 5] = [
            Mistake::REFUND_NOTIFICATION,
            Mistake::REFUSAL_NOT_SIGNED,
            Mistake::V2_MESSAGE,
            Mistake::ERROR_NOT_SIGNED,
            Mistake::SIGNATURE_PROBE,
        ];
        let begins = |text: &str| self.summary.as_ref().is_some_and(|summary| summary.starts_with(text));
        match () {
            () if begins(UNREADABLE_REQUEST) => "请求无法读取：",
            () if begins(UNREADABLE_MESSAGE) => "不是微信支付的报文：",
            () if OF_KEY.contains(&self.mistake) => "解密失败：",
            () if self.mistake == Mistake::FILE_CHANGED => "文件校验失败：",
            () if SAID.contains(&self.mistake) => "",
            () => "验签失败：",
        }
    }

    /// The same as a table in HTML, for notebooks. All text is escaped.
    pub fn html(&self, language: Language) -> String {
        const CELL: &str = "text-align:left;vertical-align:top;white-space";
        let row = |(label, text): (String, String)| {
            format!(
                "<tr><th style=\"{CELL}:nowrap\">{label}</th>\
                 <td style=\"{CELL}:pre-wrap;word-break:break-all\">{text}</td></tr>"
            )
        };
        let mark = |differs: &str| format!("<mark>{}</mark>", escaped(&visible(differs)));
        let message = (Labels::of(language).mistake.to_owned(), escaped(&self.message(language)));
        let lines = self.lines(language, escaped, mark);
        let rows: String = std::iter::once(message).chain(lines).map(row).collect();
        format!("<table>{rows}</table>")
    }

    /// Label and text of each line below the message.
    fn lines(
        &self,
        language: Language,
        plain: fn(&str) -> String,
        mark: impl Fn(&str) -> String,
    ) -> Vec<(String, String)> {
        let labels = Labels::of(language);
        let right = self.string_to_sign.as_str();
        let [open, close] = language.pick([" (", ")"], ["（", "）"]);
        let label = |text: &str| format!("{text}{open}{}{close}", self.sign_type);
        if right.is_empty() {
            return Vec::new();
        }
        if self.mistake.code == NONE {
            return vec![(label(labels.signed), plain(right))];
        }
        // WeChat signed another text than a message has that was changed on its way: what was received is not what should be signed.
        let [should, signed] = match self.origin {
            Origin::Merchant => [labels.should, labels.likely],
            Origin::WeChat => [labels.received, labels.likely_of_wechat],
        };
        match self.likely_string.as_deref() {
            None => vec![(label(should), plain(right))],
            Some(likely) if likely == right => {
                // The mistake says already what differs, where it is proved.
                let same = if self.proved() { labels.same } else { labels.same_and };
                vec![(label(should), plain(right)), (same.to_owned(), String::new())]
            }
            Some(likely) => {
                let of_server = self.mistake.code.starts_with("server_");
                let theirs = if of_server { labels.built } else { signed };
                let marked =
                    |[before, differs, after]: [&str; 3]| format!("{}{}{}", plain(before), mark(differs), plain(after));
                let [right, likely] = parts(right, likely);
                vec![(label(should), marked(right)), (theirs.to_owned(), marked(likely))]
            }
        }
    }
}

/// What an explanation says of an APIv3 key that opens nothing and stands in the setting of the other key too.
pub(crate) const IS_API_KEY_TOO: &str = "is the text of api_key too";

/// The explanation of a wrong id of the WeChat Pay public key: `own` is the one that is set, `named` the one that WeChat Pay has.
pub fn wrong_public_key_id(own: &str, named: &str) -> Explanation {
    let field = Some(format!("{own}, and WeChat Pay names {named}"));
    Explanation { field, ..Explanation::new(Mistake::PUBLIC_KEY_ID_WRONG) }
}

/// What an explanation says of its field, in Chinese: names and values stay as they are.
fn chinese_detail(field: &str) -> String {
    const WORDS: [(&str, &str); 28] = [
        (", and WeChat Pay names ", "，而微信支付用的是 "),
        ("opens it without what stands around it (white space or quotation marks)", "去掉前后的空白或引号就能解开"),
        ("opens it in upper case", "改成大写就能解开"),
        ("opens it in lower case", "改成小写就能解开"),
        ("; api_v3_key opens it", "；api_v3_key 能解开"),
        ("; app_secret opens it", "；app_secret 能解开"),
        (IS_API_KEY_TOO, "与 api_key 相同"),
        ("is empty", "是空的"),
        ("is a word for nothing, such as null or None", "是 null、None 之类表示空的文字"),
        ("is the contents of a PEM file", "是 PEM 文件的内容"),
        ("is the mch_id", "就是商户号"),
        ("is the appid", "就是 appid"),
        ("has white space around it", "前后有空白字符"),
        ("has quotation marks around it", "带着引号"),
        ("has other characters than letters and digits", "含有字母和数字以外的字符"),
        (" and has ", "，长度为 "),
        (" characters", " 个字符"),
        ("has the length of ", "长度为 "),
        ("the scheme is ", "认证类型是 "),
        ("has no scheme", "缺少认证类型"),
        ("has line breaks", "有换行"),
        ("a member has no value", "有一项没有值"),
        (" has no quotation marks", " 的值没有双引号"),
        (" is not a member", " 不是其中的一项"),
        (" is missing", " 缺失"),
        ("and it was made with ", "而且算法用的是 "),
        (", where ", "，声明的却是 "),
        (" is declared", ""),
    ];
    // A list of names.
    let is_name = |part: &str| part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if field.split(", ").all(is_name) {
        return field.replace(", ", "、");
    }
    WORDS.iter().fold(field.to_owned(), |text, (english, chinese)| text.replace(english, chinese))
}

/// Splits each text into the common beginning, the part that differs, and the common end.
fn parts<'a>(right: &'a str, likely: &'a str) -> [[&'a str; 3]; 2] {
    let same = |(a, b): &(char, char)| a == b;
    let start: usize = right.chars().zip(likely.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (before, right) = right.split_at(start);
    let (_, likely) = likely.split_at(start);
    let ends = right.chars().rev().zip(likely.chars().rev()).take_while(same);
    let end: usize = ends.map(|(c, _)| c.len_utf8()).sum();
    [right, likely].map(|rest| {
        let (differs, after) = rest.split_at(rest.len() - end);
        [before, differs, after]
    })
}

/// The one line of an error, or the English text.
impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(Language::English))
    }
}

/// What the line of a request begins with that cannot be read, and that of a message.
pub(crate) const UNREADABLE_REQUEST: &str = "the request cannot be read: ";
/// See [`UNREADABLE_REQUEST`].
pub(crate) const UNREADABLE_MESSAGE: &str = "not a message of WeChat Pay: ";

/// The code of a right signature.
const NONE: &str = "none";

struct Labels {
    mistake: &'static str,
    should: &'static str,
    received: &'static str,
    signed: &'static str,
    likely: &'static str,
    likely_of_wechat: &'static str,
    built: &'static str,
    same: &'static str,
    same_and: &'static str,
}

impl Labels {
    fn of(language: Language) -> Self {
        match language {
            Language::English => Self {
                mistake: "mistake",
                should: "should be signed",
                received: "the received message gives",
                signed: "signed",
                likely: "was probably signed",
                likely_of_wechat: "WeChat probably signed",
                built: "WeChat Pay built",
                same: "the same text was signed",
                same_and: "the same text was signed: the key or the algorithm differs",
            },
            Language::Chinese => Self {
                mistake: "原因",
                should: "应当签名的是",
                received: "收到的报文得出的签名串",
                signed: "签名原文",
                likely: "很可能被签名的是",
                likely_of_wechat: "微信很可能签名的是",
                built: "微信支付构造的是",
                same: "签名串相同",
                same_and: "签名串相同，差别在密钥或算法",
            },
        }
    }
}

/// Invisible characters as visible signs.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            ' ' => out.push('␣'),
            '\n' => out.push('⏎'),
            '\r' => out.push('␍'),
            '\t' => out.push('⇥'),
            '\u{feff}' => out.push_str("⟨BOM⟩"),
            '\u{200b}' => out.push_str("⟨ZWSP⟩"),
            '\u{200c}' => out.push_str("⟨ZWNJ⟩"),
            '\u{200d}' => out.push_str("⟨ZWJ⟩"),
            '\u{a0}' => out.push_str("⟨NBSP⟩"),
            '\u{3000}' => out.push_str("⟨U+3000⟩"),
            _ => out.push(c),
        }
    }
    out
}

/// The English message.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message(Language::English))
    }
}

impl fmt::Debug for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl PartialEq for Mistake {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Mistake {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_chooses_the_language() {
        let chosen =
            |values: [&str; 4]| Language::chosen(values.map(|value| Some(value).filter(|value| *value != "-")));
        assert_eq!(chosen(["zh", "en_US.UTF-8", "-", "-"]), Language::Chinese);
        assert_eq!(chosen(["en", "zh_CN.UTF-8", "-", "-"]), Language::English);
        assert_eq!(chosen(["", "-", "-", "zh_CN.UTF-8"]), Language::Chinese);
        assert_eq!(chosen(["-", "C", "zh_CN", "zh_CN"]), Language::English);
        assert_eq!(chosen(["-", "-", "-", "-"]), Language::English);
        assert_eq!(
            ["zh-Hans", "ZH", "zh@x", "zhuang", "de", ""].map(Language::of_tag).map(|of| of == Language::Chinese),
            [true, true, true, false, false, false]
        );
    }

    #[test]
    fn the_text_of_the_server_is_not_called_the_signed_one() {
        let text = |mistake, language| {
            let found = Explanation { string_to_sign: "a".to_owned(), ..Explanation::new(mistake) };
            found.found(mistake, Some("b".to_owned())).text(language)
        };
        for mistake in [
            Mistake::SERVER_TEXT_DIFFERS,
            Mistake::SERVER_PATH_DIFFERS,
            Mistake::SERVER_BODY_DIFFERS,
            Mistake::SERVER_BODY_EMPTY,
        ] {
            assert!(text(mistake, Language::English).ends_with("WeChat Pay built: «b»"));
            assert!(text(mistake, Language::Chinese).ends_with("微信支付构造的是：«b»"));
        }
        assert!(text(Mistake::BODY_RESERIALISED, Language::English).ends_with("was probably signed: «b»"));
    }

    /// A signature is called wrong where one was checked, and nowhere else.
    #[test]
    fn what_was_refused_is_named_by_its_kind() {
        let line = |mistake, summary: &str| Explanation::refused(mistake, summary.to_owned()).line(Language::Chinese);
        for (mistake, summary, begins) in [
            (Mistake::BODY_HTML, "not a message of WeChat Pay: x", "不是微信支付的报文：报文是 HTML 页面"),
            (Mistake::BODY_EMPTY, "not a message of WeChat Pay: x", "不是微信支付的报文：报文是空的"),
            (Mistake::BODY_IS_JSON, "the request cannot be read: x", "请求无法读取：请求体是 JSON"),
            (Mistake::XML_MALFORMED, "the request cannot be read: x", "请求无法读取：XML 写错了"),
            (Mistake::REQ_INFO_KEY, "req_info does not decrypt", "解密失败："),
            (Mistake::APIV3_KEY_WRONG, "its resource does not decrypt", "解密失败：签名正确，但 APIv3 密钥解不开"),
            (Mistake::FILE_CHANGED, "the bill is not the one", "文件校验失败："),
            (Mistake::V2_MESSAGE, "this is a message of APIv2", "这是 APIv2 的报文"),
            (Mistake::SIGNATURE_PROBE, "this is a probe", "这是微信支付的签名探测"),
            (Mistake::BODY_CUT, "the signature of the message is wrong", "验签失败："),
            (Mistake::UNKNOWN, "`sign` does not match", "验签失败："),
        ] {
            let line = line(mistake, summary);
            assert!(line.starts_with(begins), "{line}");
            assert_eq!(line.contains("验签失败："), begins.starts_with("验签失败："), "{line}");
        }
    }

    /// A message that was changed on its way is not what should be signed.
    #[test]
    fn the_labels_are_those_of_who_signed() {
        let text = |origin, language| {
            let found = Explanation { string_to_sign: "a".to_owned(), origin, ..Explanation::new(Mistake::NONE) };
            found.found(Mistake::BODY_RESERIALISED, Some("b".to_owned())).text(language)
        };
        let own = text(Origin::Merchant, Language::English);
        assert!(own.contains("should be signed (") && own.contains("was probably signed: «b»"), "{own}");
        let theirs = text(Origin::WeChat, Language::English);
        assert!(theirs.contains("the received message gives (") && theirs.contains("WeChat probably signed: «b»"));
        let theirs = text(Origin::WeChat, Language::Chinese);
        assert!(theirs.contains("收到的报文得出的签名串（") && theirs.contains("微信很可能签名的是：«b»"), "{theirs}");
    }

    #[test]
    fn a_right_signature_says_what_to_look_at_next() {
        for (sign_type, text, is_page) in [
            (RSA_SIGN_TYPE, "wx1\n1414561699\nn\nprepay_id=wx2\n", true),
            (RSA_SIGN_TYPE, "wx1\n1414561699\nn\nwx2\n", true),
            (RSA_SIGN_TYPE, "POST\n/v3/pay/transactions/jsapi\n1414561699\nn\n{}\n", false),
            ("MD5", "appId=wx1&nonceStr=n&package=prepay_id=wx2&signType=MD5&timeStamp=1&key=***", true),
            ("MD5", "appid=wx1&mch_id=1&nonce_str=n&key=***", false),
        ] {
            let found = Explanation { sign_type, string_to_sign: text.to_owned(), ..Explanation::new(Mistake::NONE) };
            for language in [Language::English, Language::Chinese] {
                let next = found.next_to_look_at(language).unwrap();
                let words = if is_page {
                    ["支付验证签名失败", "prepay_id"]
                } else {
                    ["签名错误", "wxpaykit doctor"]
                };
                assert!(words.iter().all(|word| next.contains(word)), "{text}: {next}");
            }
        }
    }

    #[test]
    fn the_line_of_an_error_is_written_in_either_language() {
        let refused = |mistake| Explanation::refused(mistake, "the signature differs".to_owned());
        assert_eq!(refused(Mistake::MISSING).line(Language::English), "the signature differs");
        assert_eq!(
            refused(Mistake::MISSING).line(Language::Chinese),
            "验签失败：没有 sign：没有 sign 字段，或它是空的。"
        );
        assert_eq!(refused(Mistake::NOT_SEARCHED).line(Language::Chinese), "the signature differs");
    }
}
