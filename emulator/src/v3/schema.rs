//! The parameters of a call, and WeChat's texts for those that do not fit (protocol v3 §5.8).

use serde_json::{Map, Value, json};

use super::times;
use crate::journal::Explanation;
use crate::wechat::v3_error::V3Error;

/// A parameter: a member of the body, of the query or of the path.
#[derive(Clone, Copy, Debug)]
pub(super) struct Member {
    pub(super) name: &'static str,
    /// WeChat's name for it in refusals.
    title: &'static str,
    required: bool,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text {
        least: usize,
        most: usize,
        /// Whether bytes are counted, and not characters.
        in_bytes: bool,
        form: Option<Form>,
    },
    /// The cipher text of a sensitive field.
    Sealed,
    Time,
    Integer {
        least: i64,
        most: i64,
    },
    Flag,
    Object(&'static [Member]),
    /// A list of objects.
    List {
        of: &'static [Member],
        least: usize,
        most: usize,
    },
    /// A list of texts.
    Texts,
}

/// The form of a text: what WeChat shows, and whether a text has it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// A regular expression.
    Like(&'static str, fn(&str) -> bool),
    /// One of these words.
    Words(&'static [&'static str]),
}

/// A text of at most `most` characters.
pub(super) const fn text(name: &'static str, title: &'static str, most: usize) -> Member {
    Member { name, title, required: false, kind: Kind::Text { least: 1, most, in_bytes: false, form: None } }
}

pub(super) const fn sealed(name: &'static str, title: &'static str) -> Member {
    Member { name, title, required: false, kind: Kind::Sealed }
}

pub(super) const fn time(name: &'static str, title: &'static str) -> Member {
    Member { name, title, required: false, kind: Kind::Time }
}

pub(super) const fn integer(name: &'static str, title: &'static str, least: i64) -> Member {
    Member { name, title, required: false, kind: Kind::Integer { least, most: i64::MAX } }
}

pub(super) const fn flag(name: &'static str, title: &'static str) -> Member {
    Member { name, title, required: false, kind: Kind::Flag }
}

pub(super) const fn object(name: &'static str, title: &'static str, members: &'static [Member]) -> Member {
    Member { name, title, required: false, kind: Kind::Object(members) }
}

pub(super) const fn list(
    name: &'static str,
    title: &'static str,
    of: &'static [Member],
    least: usize,
    most: usize,
) -> Member {
    Member { name, title, required: false, kind: Kind::List { of, least, most } }
}

pub(super) const fn texts(name: &'static str, title: &'static str) -> Member {
    Member { name, title, required: false, kind: Kind::Texts }
}

impl Member {
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// Counts the bytes of a text.
    pub(super) const fn bytes(self) -> Self {
        match self.kind {
            Kind::Text { least, most, form, .. } => {
                Self { kind: Kind::Text { least, most, in_bytes: true, form }, ..self }
            }
            _ => self,
        }
    }

    /// Sets the highest value of an integer.
    pub(super) const fn most(self, most: i64) -> Self {
        match self.kind {
            Kind::Integer { least, .. } => Self { kind: Kind::Integer { least, most }, ..self },
            _ => self,
        }
    }

    /// Sets the shortest length of a text.
    pub(super) const fn least(self, least: usize) -> Self {
        match self.kind {
            Kind::Text { most, in_bytes, form, .. } => {
                Self { kind: Kind::Text { least, most, in_bytes, form }, ..self }
            }
            _ => self,
        }
    }

    pub(super) const fn form(self, form: Form) -> Self {
        match self.kind {
            Kind::Text { least, most, in_bytes, .. } => {
                Self { kind: Kind::Text { least, most, in_bytes, form: Some(form) }, ..self }
            }
            _ => self,
        }
    }

    pub(super) const fn words(self, words: &'static [&'static str]) -> Self {
        self.form(Form::Words(words))
    }
}

/// `out_trade_no`, and other numbers that merchants choose.
pub(super) const NUMBER: Form = Form::Like("^[0-9a-zA-Z_\\-\\|\\*]+$", |text| {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-|*".contains(&b))
});
/// `out_refund_no`.
pub(super) const REFUND_NUMBER: Form = Form::Like("^[0-9a-zA-Z_\\-\\|\\*@]+$", |text| {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-|*@".contains(&b))
});
/// `merchant_goods_id`.
pub(super) const GOODS_ID: Form =
    Form::Like("^[0-9a-zA-Z_\\-]+$", |text| text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b)));
/// `out_bill_no`.
pub(super) const LETTERS: Form = Form::Like("^[0-9a-zA-Z]+$", |text| text.bytes().all(|b| b.is_ascii_alphanumeric()));
/// `notify_url`. Its expression lets http pass.
pub(super) const URL: Form =
    Form::Like("^https?://([^\\s/?#\\[\\]\\@]+\\@)?([^\\s/?#\\@:]+)(?::\\d{2,5})?([^\\s?#\\[\\]]*)$", |text| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        rest.is_some_and(|rest| {
            // The last group takes whatever the port does not, so that the port is not checked.
            let strange = |c: char| c.is_whitespace() || matches!(c, '?' | '#' | '[' | ']');
            !rest.contains(strange) && !rest.is_empty() && !rest.starts_with(['/', '@', ':'])
        })
    });

/// The parameters of a path that names an order.
pub(super) const OF_NUMBER: &[Member] = &[text("out_trade_no", "商户订单号", 32)];
/// The sub-merchant, for calls that service providers and other merchants share.
pub(super) const SUB_MCHID: Member = text("sub_mchid", "子商户号", 32);
/// The member that names the service provider who signs.
pub(super) const PARTNER: &[&str] = &["sp_mchid"];

/// Where a value stands.
#[derive(Clone, Copy)]
enum Place {
    Body,
    Query,
    Path,
}

impl Place {
    fn root(self) -> &'static str {
        match self {
            Self::Body => "/body",
            Self::Query => "/query",
            Self::Path => "/uri_template",
        }
    }

    fn location(self) -> &'static str {
        self.root().trim_start_matches('/')
    }
}

/// Checks the parameters of the path: the first that does not fit is named.
pub(super) fn check_path(members: &[Member], values: &[(&'static str, String)]) -> Result<(), V3Error> {
    for member in members {
        let value = values.iter().find(|(name, _)| *name == member.name).map(|(_, value)| value.as_str());
        let value = Value::from(value.unwrap_or_default());
        one(member, Place::Path, &format!("{}/{}", Place::Path.root(), member.name), Some(&value))?;
    }
    Ok(())
}

/// Checks the query. `any` lets names pass that are not known.
pub(super) fn check_query(members: &[Member], any: bool, values: &[(String, String)]) -> Result<(), V3Error> {
    let known = |name: &str| members.iter().any(|member| member.name == name);
    let strange: Vec<String> =
        values.iter().filter(|(name, _)| !known(name)).map(|(name, _)| format!("/query/{name}")).collect();
    if !any && !strange.is_empty() {
        return Err(undefined(&strange, json!("query")));
    }
    for member in members {
        let value = values.iter().find(|(name, _)| name == member.name).map(|(_, value)| match member.kind {
            Kind::Integer { .. } => value.parse::<i64>().map_or_else(|_| Value::from(value.as_str()), Value::from),
            Kind::Flag => value.parse::<bool>().map_or_else(|_| Value::from(value.as_str()), Value::from),
            _ => Value::from(value.as_str()),
        });
        one(member, Place::Query, &format!("{}/{}", Place::Query.root(), member.name), value.as_ref())?;
    }
    Ok(())
}

/// Checks a body: undefined members first, then the members in the order of the documents.
pub(super) fn check_body(members: &'static [Member], body: &Map<String, Value>) -> Result<(), V3Error> {
    let mut strange = Vec::new();
    collect_undefined(members, body, Place::Body.root(), &mut strange);
    if !strange.is_empty() {
        return Err(undefined(&strange, Value::Null));
    }
    all(members, body, Place::Body.root())
}

/// The pointers of the sensitive fields that a body has.
pub(super) fn sensitive(members: &[Member], body: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    collect_sensitive(members, body, "", &mut found);
    found
}

fn collect_sensitive(members: &[Member], object: &Map<String, Value>, at: &str, found: &mut Vec<String>) {
    for member in members {
        let pointer = format!("{at}/{}", member.name);
        match (member.kind, object.get(member.name)) {
            (Kind::Sealed, Some(Value::String(_))) => found.push(pointer),
            (Kind::Object(inner), Some(Value::Object(object))) => collect_sensitive(inner, object, &pointer, found),
            (Kind::List { of, .. }, Some(Value::Array(items))) => {
                for (n, item) in items.iter().enumerate() {
                    if let Value::Object(object) = item {
                        collect_sensitive(of, object, &format!("{pointer}/{n}"), found);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Names that a refusal lists at most, and how many characters of each: requests may be long. // not captured
const LISTED: usize = 16;
const OF_NAME: usize = 64;

fn undefined(names: &[String], location: Value) -> V3Error {
    let shown = names.iter().take(LISTED).map(|name| name.chars().take(OF_NAME).collect());
    let shown: Vec<String> = shown.collect();
    let (more, further) = match names.len().saturating_sub(LISTED) {
        0 => (String::new(), String::new()),
        more => (format!(" and {more} more"), format!("，另有 {more} 个")),
    };
    let english = format!("not in WeChat's documents: {}{more}", shown.join(", "));
    let chinese = format!("文档中没有这些参数：{}{further}", shown.join("、"));
    V3Error::parameter("请求中含有未在API文档中定义的参数")
        .numbered(270_924_358)
        .with(json!({ "location": location, "value": shown }))
        .because(Explanation::with_values("undefined_parameter", english, chinese))
}

fn collect_undefined(members: &[Member], object: &Map<String, Value>, at: &str, found: &mut Vec<String>) {
    for (name, value) in object {
        let pointer = format!("{at}/{name}");
        let Some(member) = members.iter().find(|member| member.name == name) else {
            found.push(pointer);
            continue;
        };
        match (member.kind, value) {
            (Kind::Object(inner), Value::Object(object)) => collect_undefined(inner, object, &pointer, found),
            (Kind::List { of, .. }, Value::Array(items)) => {
                for (n, item) in items.iter().enumerate() {
                    if let Value::Object(object) = item {
                        collect_undefined(of, object, &format!("{pointer}/{n}"), found);
                    }
                }
            }
            _ => {}
        }
    }
}

fn all(members: &[Member], object: &Map<String, Value>, at: &str) -> Result<(), V3Error> {
    members
        .iter()
        .try_for_each(|member| one(member, Place::Body, &format!("{at}/{}", member.name), object.get(member.name)))
}

/// Checks one value.
fn one(member: &Member, place: Place, at: &str, value: Option<&Value>) -> Result<(), V3Error> {
    let title = member.title;
    let Some(value) = value else {
        if !member.required {
            return Ok(());
        }
        return Err(missing(place, at, title, ("", "")));
    };
    let wrong = |what: &str| {
        let text = format!("无法将 JSON 输入源“{at}”映射到目标字段“{title}”中，此字段需要一个合法的{what}");
        let (what, what_zh) = (in_english(what), what);
        let english = format!("{at} has the wrong type: it must be {what}");
        let words = (english, format!("{at} 的类型不对，应为{what_zh}"));
        Err(refused(place, value, text, "field_format", words))
    };
    match member.kind {
        Kind::Text { least, most, in_bytes, form } => {
            let Value::String(text) = value else { return wrong("字符串") };
            check_text(member, place, at, text, (least, most, in_bytes), form)
        }
        Kind::Sealed => match value {
            Value::String(text) if !text.is_empty() => Ok(()),
            Value::String(text) => check_text(member, place, at, text, (1, 1024, false), None),
            _ => wrong("字符串"),
        },
        Kind::Time => match value {
            Value::String(text) if times::read(text).is_some() => Ok(()),
            Value::String(text) => {
                let why = format!("输入源“{at}”映射到字段“{title}”规则校验失败，请使用RFC3339格式");
                let detail = json!({ "field": member.name, "issue": "not RFC3339", "location": place.location(), "value": text });
                let english = format!("{at} must be a time such as 2025-11-28T11:20:05+08:00");
                let chinese = format!("{at} 应为 2025-11-28T11:20:05+08:00 这样的时间");
                let explanation = Explanation::with_values("field_format", english, chinese);
                Err(V3Error::parameter(why).with(detail).because(explanation))
            }
            _ => wrong("字符串"),
        },
        Kind::Integer { least, most } => {
            let Some(number) = value.as_i64().filter(|_| value.is_i64() || value.is_u64()) else {
                return wrong(" 64 位有符号整数");
            };
            let bound = match number {
                _ if number < least => format!("低于最小值 {least}"),
                _ if number > most => format!("高于最大值 {most}"),
                _ => return Ok(()),
            };
            let text = format!("输入源“{at}”映射到数值字段“{title}”规则校验失败，值{bound}");
            let words = match number < least {
                true => {
                    (format!("{at} is {number}: the least is {least}"), format!("{at} 是 {number}，低于最小值 {least}"))
                }
                false => {
                    (format!("{at} is {number}: the most is {most}"), format!("{at} 是 {number}，高于最大值 {most}"))
                }
            };
            Err(refused(place, value, text, "field_format", words))
        }
        Kind::Flag if value.is_boolean() => Ok(()),
        Kind::Flag => wrong("布尔值"),
        Kind::Object(members) => match value {
            Value::Object(object) => all(members, object, at),
            _ => wrong("对象"),
        },
        Kind::List { of, least, most } => {
            let Value::Array(items) = value else { return wrong("数组") };
            count(place, at, title, items.len(), (least, most))?;
            for (n, item) in items.iter().enumerate() {
                match item {
                    Value::Object(object) => all(of, object, &format!("{at}/{n}"))?,
                    _ => return wrong("数组"),
                }
            }
            Ok(())
        }
        Kind::Texts => match value {
            Value::Array(items) if items.iter().all(Value::is_string) => Ok(()),
            _ => wrong("数组"),
        },
    }
}

/// The refusal of a body without a member that another one asks for. `why` says which one, in English and in Chinese. WeChat's words for it
/// are those of members that are always required. // not captured
pub(super) fn missing_with(pointer: &str, title: &str, why: (&str, &str)) -> V3Error {
    missing(Place::Body, &format!("{}{pointer}", Place::Body.root()), title, why)
}

fn missing(place: Place, at: &str, title: &str, (why, why_zh): (&str, &str)) -> V3Error {
    let text = format!("输入源“{at}”映射到字段“{title}”必填性规则校验失败，此字段为必填项");
    let words = (format!("{at} is required{why}"), format!("{at} 是必填项{why_zh}"));
    refused(place, &json!(""), text, "missing_fields", words)
}

/// Checks how many items a list of the body has, where that depends on who sends it.
pub(super) fn check_count(member: &Member, items: usize, limits: (usize, usize)) -> Result<(), V3Error> {
    count(Place::Body, &format!("{}/{}", Place::Body.root(), member.name), member.title, items, limits)
}

fn count(place: Place, at: &str, title: &str, items: usize, (least, most): (usize, usize)) -> Result<(), V3Error> {
    let bound = match items {
        count if count < least => format!("元素个数 {count}，小于最小值 {least}"),
        count if count > most => format!("元素个数 {count}，大于最大值 {most}"),
        _ => return Ok(()),
    };
    let text = format!("输入源“{at}”映射到字段“{title}”数组规则校验失败，{bound}");
    let english = format!("{at} has {items} items, and may have {least} to {most}");
    let words = (english, format!("{at} 有 {items} 个元素，应有 {least} 到 {most} 个"));
    Err(refused(place, &json!(""), text, "field_length", words))
}

fn check_text(
    member: &Member,
    place: Place,
    at: &str,
    text: &str,
    (least, most, in_bytes): (usize, usize, bool),
    form: Option<Form>,
) -> Result<(), V3Error> {
    let in_bytes = in_bytes || matches!(place, Place::Path);
    let length = if in_bytes { text.len() } else { text.chars().count() };
    let (unit, units) = if in_bytes { ("字节数", "bytes") } else { ("字符数", "characters") };
    let (mistake, chinese, english) = match form {
        _ if length < least => (
            "field_length",
            format!("{unit} {length}，小于最小值 {least}"),
            format!("it has {length} {units}, and must have at least {least}"),
        ),
        _ if length > most => (
            "field_length",
            format!("{unit} {length}，大于最大值 {most}"),
            format!("it has {length} {units}, and may have {most}"),
        ),
        Some(Form::Like(pattern, fits)) if !fits(text) => {
            ("field_format", format!("字符串必须匹配正则表达式“{pattern}”"), format!("it must match {pattern}"))
        }
        Some(Form::Words(words)) if !words.contains(&text) => (
            "field_format",
            format!("字符串必须匹配正则表达式“^({})$”", words.join("|")),
            format!("it must be one of {}", words.join(", ")),
        ),
        _ => return Ok(()),
    };
    let why = format!("输入源“{at}”映射到值字段“{}”字符串规则校验失败，{chinese}", member.title);
    let words = (format!("{at} does not fit: {english}"), format!("{at} 不符合要求：{chinese}"));
    Err(refused(place, &json!(text), why, mistake, words))
}

/// The kind of a value in English, of WeChat's word for it.
fn in_english(kind: &str) -> &'static str {
    match kind.trim() {
        "字符串" => "a text",
        "64 位有符号整数" => "an integer of 64 bits",
        "布尔值" => "true or false",
        "对象" => "an object",
        _ => "a list",
    }
}

/// The refusal of a value, with the explanation in English and in Chinese.
fn refused(
    place: Place,
    value: &Value,
    text: String,
    mistake: &'static str,
    (english, chinese): (String, String),
) -> V3Error {
    // The value of a request may be long, and errors are kept in the journal.
    let value = match value {
        Value::String(text) => Value::from(text.chars().take(128).collect::<String>()),
        Value::Object(_) | Value::Array(_) => Value::from(""),
        other => other.clone(),
    };
    let detail_of = json!({ "location": place.location(), "value": value });
    V3Error::parameter(text).with(detail_of).because(Explanation::with_values(mistake, english, chinese))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const MEMBERS: &[Member] = &[
        text("out_trade_no", "商户订单号", 32).least(6).form(NUMBER).required(),
        text("attach", "附加数据", 128).bytes(),
        text("notify_url", "通知地址", 255).form(URL),
        time("time_expire", "交易结束时间"),
        object("amount", "订单金额", &[integer("total", "总金额", 1).required()]).required(),
    ];

    fn refusal(body: Value) -> (String, Value) {
        let Value::Object(body) = body else { panic!("an object") };
        let denied = check_body(MEMBERS, &body)
            .err()
            .map(|denied| (denied.message.into_owned(), denied.detail.map(|detail| *detail)));
        let (message, detail) = denied.unwrap_or_default();
        (message, detail.unwrap_or_default())
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body = json!({ "out_trade_no": "123456", "amount": { "total": 1 } });
        body[name] = value;
        body
    }

    #[test]
    fn the_texts_are_those_that_were_captured() {
        assert_eq!(refusal(with("attach", json!("茶"))).0, "");
        let float = refusal(with("amount", json!({ "total": 0.01 })));
        let text =
            "无法将 JSON 输入源“/body/amount/total”映射到目标字段“总金额”中，此字段需要一个合法的 64 位有符号整数";
        assert_eq!(float.0, text);
        for wrong in [json!("100"), json!(null), json!(1.0), json!(true)] {
            assert!(refusal(with("amount", json!({ "total": wrong }))).0.ends_with("64 位有符号整数"), "{wrong}");
        }
        let low = refusal(with("amount", json!({ "total": 0 })));
        assert_eq!(low.0, "输入源“/body/amount/total”映射到数值字段“总金额”规则校验失败，值低于最小值 1");
        assert_eq!(low.1, json!({ "location": "body", "value": 0 }));
        let missing = refusal(json!({ "out_trade_no": "123456" }));
        assert_eq!(missing.0, "输入源“/body/amount”映射到字段“订单金额”必填性规则校验失败，此字段为必填项");
        assert_eq!(missing.1["value"], "");
        let strange = refusal(with("payer", json!({ "openid": "o" })));
        assert_eq!(strange.0, "请求中含有未在API文档中定义的参数");
        assert_eq!(strange.1, json!({ "location": null, "value": ["/body/payer"] }));
        let long = refusal(with("attach", json!("茶".repeat(43))));
        assert_eq!(long.0, "输入源“/body/attach”映射到值字段“附加数据”字符串规则校验失败，字节数 129，大于最大值 128");
        let empty = refusal(with("notify_url", json!("")));
        assert!(empty.0.ends_with("字符数 0，小于最小值 1"), "{}", empty.0);
        let sign = refusal(with("out_trade_no", json!("12345#")));
        assert!(sign.0.ends_with("字符串必须匹配正则表达式“^[0-9a-zA-Z_\\-\\|\\*]+$”"), "{}", sign.0);
        let time = refusal(with("time_expire", json!("2025-11-28 12:00:00")));
        assert_eq!(time.0, "输入源“/body/time_expire”映射到字段“交易结束时间”规则校验失败，请使用RFC3339格式");
        assert_eq!(time.1["issue"], "not RFC3339");
    }

    #[test]
    fn addresses_are_read_as_the_expression_reads_them() {
        let Form::Like(_, fits) = URL else { panic!("a pattern") };
        for url in ["https://shop.example/notify", "http://127.0.0.1:8000/n", "http://127.0.0.1:9/n", "https://a"] {
            assert!(fits(url), "{url}");
        }
        for url in ["ftp://a/b", "https://", "https:///b", "https://a/b?c=1", "https://a/b c", "https://:80/b"] {
            assert!(!fits(url), "{url}");
        }
    }

    #[test]
    fn a_path_is_counted_in_bytes() {
        let long = "x".repeat(35);
        let denied = check_path(&[text("out_trade_no", "商户订单号", 32)], &[("out_trade_no", long)]);
        let text =
            "输入源“/uri_template/out_trade_no”映射到值字段“商户订单号”字符串规则校验失败，字节数 35，大于最大值 32";
        assert_eq!(denied.err().map(|denied| denied.message.into_owned()).as_deref(), Some(text));
    }
}
