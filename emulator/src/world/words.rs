//! Texts in two languages: the Chinese of a text by its English, of which a part may differ.

/// English and Chinese. `{}` stands for what differs; Chinese has it as `{1}`, `{2}`.
pub(crate) type Row = (&'static str, &'static str);

/// The Chinese of a text by the first row that it has; `place` puts into Chinese what differs.
pub(crate) fn chinese(rows: &[Row], english: &str, place: impl Fn(&str) -> String) -> Option<String> {
    let (chinese, found) = rows.iter().find_map(|(pattern, chinese)| Some((*chinese, places(pattern, english)?)))?;
    let mut out = String::new();
    let mut rest = chinese;
    // What was found may have braces, so it is not looked through.
    while let Some((before, after)) = rest.split_once('{') {
        let (number, after) = after.split_once('}')?;
        let at = number.parse::<usize>().ok()?.checked_sub(1)?;
        out.push_str(before);
        out.push_str(&place(found.get(at)?));
        rest = after;
    }
    Some(out + rest)
}

/// What the reader of JSON says is wrong with a text, or with a value in it.
const OF_JSON: &[Row] = &[
    ("{} at line {} column {}", "{1}（第 {2} 行第 {3} 列）"),
    ("EOF while parsing {}", "内容不完整，{1}没有结束"),
    ("expected value", "这里应是一个值"),
    ("expected ident", "这里应是 true、false 或 null"),
    ("expected `,` or `]`", "这里应是 , 或 ]"),
    ("expected `,` or `}`", "这里应是 , 或 }"),
    ("expected `:`", "这里应是 :"),
    ("trailing comma", "末尾多了一个逗号"),
    ("trailing characters", "末尾有多余的字符"),
    ("key must be a string", "名称应为字符串"),
    ("invalid number", "数字写法有误"),
    ("number out of range", "数字超出范围"),
    ("invalid escape", "转义写法有误"),
    ("invalid unicode code point", "Unicode 字符有误"),
    ("control character (\\u0000-\\u001F) found while parsing a string", "字符串里有控制字符"),
    ("recursion limit exceeded", "层次太深"),
    ("missing field `{}`", "缺少字段 {1}"),
    ("duplicate field `{}`", "字段 {1} 重复"),
    ("unknown field `{}`, expected {}", "没有字段 {1}，可以是 {2}"),
    ("unknown variant `{}`, expected {}", "没有 {1} 这个值，可以是 {2}"),
    ("invalid type: {}, expected {}", "{1}的类型不对，应为{2}"),
    ("invalid value: {}, expected {}", "{1}的值不对，应为{2}"),
    ("one of {}", "{1} 之一"),
    ("string {}", "字符串 {1} "),
    ("integer {}", "整数 {1} "),
    ("floating point {}", "小数 {1} "),
    ("boolean {}", "布尔值 {1} "),
    ("struct {}", "对象"),
    ("a value", "值"),
    ("an object", "对象"),
    ("a list", "列表"),
    ("a string", "字符串"),
    ("a boolean", "布尔值"),
    ("a sequence", "列表"),
    ("a map", "对象"),
    ("sequence", "列表"),
    ("map", "对象"),
    ("null", "null "),
    ("u32", "不小于 0 的整数"),
    ("u64", "不小于 0 的整数"),
    ("i64", "整数"),
];

/// The Chinese of what the reader of JSON says; the English where there is none.
pub(crate) fn of_json(english: &str) -> String {
    chinese(OF_JSON, english, of_json).unwrap_or_else(|| english.to_owned())
}

/// What stands in the places of a pattern; `None` when the text is another one.
fn places<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut found = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let (place, after) = match (part, parts.peek()) {
            (part, None) => (rest.strip_suffix(part)?, ""),
            (part, Some(_)) => rest.split_once(part)?,
        };
        found.push(place);
        rest = after;
    }
    rest.is_empty().then_some(found)
}

/// The texts of sources that have at least two plain words, with `X` for what differs.
#[cfg(test)]
pub(crate) fn texts_of(source: &str) -> Vec<String> {
    let code = source.split("\nmod tests {").next().unwrap_or_default();
    let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    // A quotation mark inside a text, or as a character, ends no text.
    let code = code.join("\n").replace("\\\"", "\u{1}").replace("'\"'", "");
    let texts = code.split('"').skip(1).step_by(2).map(|text| {
        let joined = text.split("\\\n").map(str::trim_start).collect::<String>();
        joined.split('{').enumerate().fold(String::new(), |all, (at, part)| match at {
            0 => part.to_owned(),
            _ => all + "X" + part.split_once('}').map_or("", |(_, after)| after),
        })
    });
    let texts = texts.map(|text| text.replace('\u{1}', "\""));
    let is_plain = |word: &str| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase());
    texts.filter(|text| text.split([' ', ':', ';', ',']).filter(|word| is_plain(word)).count() > 1).collect()
}
