//! The texts of errors in Chinese, by their English texts: tables by subject, and how a text that is made of several is put together.

mod bills;
mod bindings;
mod django;
pub(crate) mod docs;
mod errors;
mod fields;
mod keys;
mod notify;
mod settings;
mod store;
mod testing;
mod transport;
mod v3;
mod wire;

/// A text in both languages. `{}` stands for what differs, such as a number or the name of a field, and `{word}` for one
/// word of it; Chinese has it as `{1}`, `{2}` …
pub(crate) type Phrase = (&'static str, &'static str);

/// All tables. Of the phrases that a text has, the one with the most letters of its own is taken, so their order does not matter.
const TABLES: [&[Phrase]; 13] = [
    errors::ROWS,
    fields::ROWS,
    settings::ROWS,
    keys::ROWS,
    transport::ROWS,
    notify::ROWS,
    bills::ROWS,
    v3::ROWS,
    wire::ROWS,
    store::ROWS,
    bindings::ROWS,
    django::ROWS,
    testing::ROWS,
];

/// What stands in the places of phrases: types and sources.
const WORDS: &[Phrase] = &[
    ("text", "字符串"),
    ("an integer", "整数"),
    ("a boolean", "布尔值"),
    ("a time", "时间"),
    ("a date", "日期"),
    ("an object", "对象"),
    ("a list", "列表"),
    ("a float", "浮点数"),
    ("a decimal", "小数"),
    ("true or false", "true 或 false"),
    ("a time with its zone, or yyyyMMddHHmmss in Beijing time", "带时区的时间，或北京时间 yyyyMMddHHmmss"),
    (
        "a time with its zone, or a text as 2018-06-08T10:34:56+08:00",
        "带时区的时间，或 2018-06-08T10:34:56+08:00 这样的字符串",
    ),
    ("a date, or yyyyMMdd or yyyy-MM-dd", "日期，或 yyyyMMdd、yyyy-MM-dd"),
    ("a list of objects", "对象的列表"),
    ("text or an integer", "字符串或整数"),
    ("text, an integer or a boolean", "字符串、整数或布尔值"),
    ("a number that is not an integer", "带小数的数字"),
    ("a number", "数字"),
    ("a function", "函数"),
    ("a string", "字符串"),
    ("an array", "数组"),
    ("an integer beyond 64 bits", "超出 64 位的整数"),
    ("an integer beyond 2^53", "超出 2^53 的整数"),
    ("orders", "订单"),
    ("refunds", "退款"),
    ("transfers", "转账"),
    ("True or False", "True 或 False"),
    ("a dict", "dict"),
    ("a dict or a list", "dict 或列表"),
    ("a dict, or pairs of a name and a value", "dict，或名称和值的对"),
    ("a dict of serial numbers or ids and their keys", "由序列号或 ID 及其公钥组成的 dict"),
    ("a list of texts", "字符串的列表"),
    ("a mapping of names and values", "名称和值的映射"),
    ("an int of at most 64 bits", "不超过 64 位的 int"),
    ("text or bytes", "字符串或字节"),
    ("a path, bytes, or something that is read in binary mode", "路径、字节，或以二进制方式读取的对象"),
    ("WeChat", "微信"),
    ("the notification", "通知"),
    ("the client's settings", "客户端的配置"),
    ("the caller", "调用方"),
    ("the merchant of the part", "子单的商户"),
    ("the request", "请求"),
    ("the message", "报文"),
    ("the question", "请求"),
    ("WeChat's question", "微信的请求"),
    ("WeChat's reply", "微信的应答"),
    ("WeChat's reply to orderquery", "orderquery 的应答"),
    ("WeChat's reply to v3.query", "v3.query 的应答"),
    ("WeChat's reply to v3.combine_query", "v3.combine_query 的应答"),
    ("WeChat's reply to refundquery", "refundquery 的应答"),
    ("WeChat's reply to v3.refund_query", "v3.refund_query 的应答"),
    ("WeChat's reply to v3.transfer_query", "v3.transfer_query 的应答"),
    ("the recorded total_fee", "记录的 total_fee"),
    ("the recorded refund", "记录的退款"),
    ("the recorded transfer", "记录的转账"),
    ("an order of the merchant's", "商户自己的订单"),
];

/// A value of another type, where the type is one of [`WORDS`].
const OTHER_TYPE: Phrase = ("must be {}, not {}", "应为{1}，而不是{2}");

/// How deep phrases stand in the places of others.
const DEPTH: usize = 6;
/// The longest text that is looked up, in bytes. Longer ones have a page of somebody else's.
const LONGEST: usize = 4096;
/// What stands between parts of a text, and its Chinese.
const BETWEEN: [Phrase; 4] = [(". ", "。"), ("; ", "；"), ("? ", "？"), (": ", "：")];

/// A text in Chinese, each part of it that the tables have; `None` when they have none of it.
pub(crate) fn chinese(english: &str) -> Option<String> {
    if english.len() > LONGEST { None } else { in_chinese(english, DEPTH) }
}

/// A text that is one phrase as a whole, in Chinese.
pub(crate) fn whole(english: &str) -> Option<String> {
    if english.len() > LONGEST { None } else { one(english, DEPTH) }
}

/// A source or a type in Chinese; as it is when the table does not have it.
pub(crate) fn named(english: &str) -> String {
    word(english).or_else(|| whole(english)).unwrap_or_else(|| english.to_owned())
}

fn in_chinese(english: &str, depth: usize) -> Option<String> {
    let known = |text: &str| one(text, depth);
    if depth == 0 {
        return None;
    }
    if let Some(found) = known(english) {
        return Some(found);
    }
    // The longest beginning that is a phrase.
    let splits = splits(english);
    let begins = splits.iter().rev().find_map(|(before, between, after)| Some((known(before)?, between, *after)));
    if let Some((before, between, after)) = begins {
        let after = in_chinese(after, depth - 1).unwrap_or_else(|| after.to_owned());
        return Some(joined(&before, between, &after));
    }
    // Somebody else's words, or a name, and then a phrase.
    let ends = |text: &str| known(text).or_else(|| depth.checked_sub(2).and_then(|_| begun(text, depth - 1)));
    let ended = splits.iter().find_map(|(before, between, after)| Some((*before, between, ends(after)?)));
    if let Some((before, between, after)) = ended {
        return Some(joined(before, between, &after));
    }
    let (name, rest) = english.split_once(' ')?;
    Some(format!("{name} {}", known(rest)?))
}

/// A text whose beginning is a phrase.
fn begun(english: &str, depth: usize) -> Option<String> {
    let splits = splits(english);
    let (before, between, after) =
        splits.iter().rev().find_map(|(before, between, after)| Some((one(before, depth)?, between, *after)))?;
    Some(joined(&before, between, &in_chinese(after, depth - 1).unwrap_or_else(|| after.to_owned())))
}

/// The places where a text may be made of two. At most twelve: more has only a text of somebody else's.
fn splits(english: &str) -> Vec<(&str, &'static str, &str)> {
    let mut found: Vec<_> = BETWEEN
        .iter()
        .flat_map(|(mark, chinese)| {
            english
                .match_indices(mark)
                .filter_map(|(at, mark)| Some((at, (english.get(..at)?, *chinese, english.get(at + mark.len()..)?))))
        })
        .collect();
    found.sort_unstable_by_key(|(at, _)| *at);
    found
        .into_iter()
        .take(12)
        .map(|(_, parts)| parts)
        .filter(|(before, _, after)| !before.is_empty() && !after.is_empty())
        .collect()
}

/// Two sentences or parts of one.
pub(crate) fn joined(before: &str, between: &str, after: &str) -> String {
    let between = if before.ends_with(['。', '？', '！']) { "" } else { between };
    format!("{before}{between}{}", after.trim_start())
}

/// One phrase, with what stands in its places.
fn one(english: &str, depth: usize) -> Option<String> {
    if depth == 0 || english.is_empty() {
        return None;
    }
    let letters = |pattern: &str| pattern.len() - 2 * pattern.matches('{').count();
    let rows = TABLES.iter().flat_map(|table| table.iter());
    let fits = rows.filter_map(|(pattern, chinese)| Some((letters(pattern), chinese, captures(pattern, english)?)));
    let best = fits.max_by_key(|(letters, ..)| *letters);
    if let Some((_, chinese, found)) = best {
        let found: Vec<_> = found.into_iter().map(|part| place(part, depth - 1)).collect();
        return Some(written(chinese, &found));
    }
    let found =
        captures(OTHER_TYPE.0, english).filter(|found| found.first().is_some_and(|wanted| word(wanted).is_some()));
    let found = found.map(|found| found.into_iter().map(|part| place(part, 1)).collect::<Vec<_>>());
    found.map(|found| written(OTHER_TYPE.1, &found))
}

/// What stands in a place, in Chinese where it is a word, a phrase, or several of them.
fn place(english: &str, depth: usize) -> String {
    let phrase = || in_chinese(english, depth).filter(|_| english.contains(' '));
    word(english)
        .or_else(phrase)
        .or_else(|| several(english, depth))
        .or_else(|| type_name(english).map(str::to_owned))
        .unwrap_or_else(|| english.to_owned())
}

/// The name of a type of a programming language, without the article: `Decimal (100)` of `a Decimal (100)`.
fn type_name(english: &str) -> Option<&str> {
    let name = english.strip_prefix("a ").or_else(|| english.strip_prefix("an "))?;
    let (bare, number) = name.split_once(" (").unwrap_or((name, ")"));
    (number.ends_with(')') && bare.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))).then_some(name)
}

/// Names, words and phrases with "and" or "or" between them.
fn several(english: &str, depth: usize) -> Option<String> {
    let (mark, between) = [(" and ", "和"), (" or ", "或")].into_iter().find(|(mark, _)| english.contains(mark))?;
    let known = |part: &str| word(part).or_else(|| one(part, depth));
    let parts: Option<Vec<_>> = english
        .split(mark)
        .map(|part| known(part).or_else(|| (!part.contains(' ')).then(|| part.to_owned())))
        .collect();
    let parts = parts?;
    let (first, rest) = parts.split_first()?;
    Some(rest.iter().fold(first.clone(), |text, part| written(&format!("{{1}} {between} {{2}}"), &[&*text, part])))
}

/// A type in Chinese, with the number that may stand behind it: `a float (1.5)`.
fn word(english: &str) -> Option<String> {
    for (begin, chinese) in [("the text ", "字符串"), ("the string ", "字符串")] {
        if let Some(quoted) = english.strip_prefix(begin) {
            return Some(format!("{chinese} {quoted}"));
        }
    }
    let (name, number) = english.split_once(" (").unwrap_or((english, ""));
    let found = WORDS.iter().find(|(word, _)| *word == name || *word == english);
    found.map(|(word, chinese)| match number {
        "" => (*chinese).to_owned(),
        _ if *word == english => (*chinese).to_owned(),
        number => format!("{chinese} ({number}"),
    })
}

/// What stands in the places of a pattern; `None` when the text is another one. A place at the beginning is part of one sentence: what
/// stands before the mark between two sentences does not belong to it. `{word}` takes one word.
pub(crate) fn captures<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let (begin, mut pattern) = pattern.split_once('{').unwrap_or((pattern, ""));
    let mut rest = text.strip_prefix(begin)?;
    let (begins, mut found) = (begin.is_empty(), Vec::new());
    while let Some((kind, after)) = pattern.split_once('}') {
        let (part, next) = after.split_once('{').unwrap_or((after, ""));
        let (captured, after) = match part {
            "" => (rest, ""),
            part if next.is_empty() => (rest.strip_suffix(part)?, ""),
            part => rest.split_once(part)?,
        };
        let is_long = begins && found.is_empty() && (captured.contains("; ") || captured.contains(". "));
        if captured.is_empty() || is_long || kind == "word" && captured.contains([' ', ',', ';']) {
            return None;
        }
        found.push(captured);
        (rest, pattern) = (after, next);
    }
    rest.is_empty().then_some(found)
}

/// The Chinese text, with what was captured in its places. A blank stands between Chinese and what is not, and nowhere else.
pub(crate) fn written<T: AsRef<str>>(chinese: &str, captured: &[T]) -> String {
    let mut text = String::new();
    let mut rest = chinese;
    while let Some((before, after)) = rest.split_once('{') {
        let (number, after) = after.split_once('}').unwrap_or(("", after));
        let found = number.parse::<usize>().ok().and_then(|number| captured.get(number.checked_sub(1)?));
        let found = found.map_or("", AsRef::as_ref);
        text.push_str(before);
        if found.starts_with(is_wide) && text.trim_end_matches(' ').ends_with(is_wide) {
            text.truncate(text.trim_end_matches(' ').len());
        } else if found.starts_with(|c: char| c.is_ascii()) && text.ends_with(|c: char| c.is_alphabetic() && is_wide(c))
        {
            text.push(' ');
        }
        text.push_str(found);
        rest = match found.ends_with(is_wide) {
            true => after.strip_prefix(' ').filter(|after| after.starts_with(is_wide)).unwrap_or(after),
            false => after,
        };
    }
    text + rest
}

/// Whether a character is Chinese.
fn is_wide(c: char) -> bool {
    matches!(c, '\u{3000}'..='\u{303f}' | '\u{4e00}'..='\u{9fff}' | '\u{ff00}'..='\u{ffef}')
}

/// Fails for a phrase that lacks a place in one of the languages, or that `find` does not give for its own text.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn has_its_places_and_is_found(table: &[Phrase], find: impl Fn(&str) -> Option<String>) {
    for (english, translated) in table {
        let count = english.matches('{').count();
        for place in 1..=count {
            let is_there = translated.contains(&format!("{{{place}}}"));
            assert!(is_there || english.contains("APIv2 needs it"), "{english}");
        }
        assert!(!translated.contains(&format!("{{{}}}", count + 1)), "{english}");
        let places = vec!["X"; count];
        assert_eq!(
            find(&english.replace("{}", "X").replace("{word}", "X")),
            Some(written(translated, &places)),
            "{english} is hidden"
        );
    }
}

#[cfg(test)]
mod tests;
