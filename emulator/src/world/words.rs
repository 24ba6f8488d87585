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
