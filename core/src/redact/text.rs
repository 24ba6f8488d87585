//! Texts without the secrets in them: bodies, query strings and printed objects that programs put into a message by mistake.

use std::borrow::Cow;
use std::ops::Range;

use super::HIDDEN;
use super::names::is_secret_name;
use super::views::{View, texts_of_json};

/// Shorter values are words rather than secrets.
const SHORTEST: usize = 8;
/// How many layers of escapes are undone: JSON in JSON in a form has three.
const LAYERS: usize = 5;
const QUOTES: [char; 3] = ['"', '\'', '`'];
const CDATA: &str = "<![CDATA[";

/// The text with `***` for each value that stands behind the name of a secret, as JSON, XML, forms and printed objects write it, and for
/// the inside of each private key. A list or an object behind such a name is hidden whole, and a value without an end up to the end of
/// the text that it stands in.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    let mut spans = Vec::new();
    let parts = parts_of(text);
    let mut view = Some(View::of(text));
    for _ in 0..LAYERS {
        let Some(layer) = view else { break };
        let shown: Vec<_> = parts.iter().map(|part| layer.shown(part)).collect();
        let found = secrets(&layer.text, &shown).into_iter().chain(private_keys(&layer.text));
        spans.extend(found.map(|span| layer.place(span.start)..layer.place(span.end)));
        view = layer.unescaped();
    }
    if spans.is_empty() {
        return text.into();
    }
    spans.sort_by_key(|span: &Range<usize>| span.start);
    let mut out = String::new();
    // How far the text is copied or hidden.
    let mut done = 0;
    for span in spans {
        if span.start > done || out.is_empty() {
            out.push_str(text.get(done..span.start).unwrap_or_default());
            out.push_str(HIDDEN);
        }
        done = done.max(span.end);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out.into()
}

/// A value: the text from its start, and the text from its end.
type Value<'a> = (&'a str, &'a str);

/// The ranges of the string values if the text is JSON (also nested JSON), or else of the whole text, in order. Strings that are too short
/// for a name and a value are left out.
fn parts_of(text: &str) -> Vec<Range<usize>> {
    const SHORTEST: usize = "key=".len();
    let whole = 0..text.len();
    let mut parts = vec![whole];
    let mut view = Some(View::of(text));
    for _ in 0..LAYERS {
        let Some(layer) = view else { break };
        let mut is_json = false;
        let inside = |part: Range<usize>| {
            let shown = layer.shown(&part);
            let Some(texts) = layer.text.get(shown.clone()).and_then(texts_of_json) else { return vec![part] };
            is_json = true;
            let place = |at| layer.place(shown.start + at);
            let long = texts.into_iter().filter(|text| text.len() >= SHORTEST);
            long.map(|text| place(text.start)..place(text.end)).collect()
        };
        parts = parts.into_iter().flat_map(inside).collect();
        if !is_json {
            break;
        }
        view = layer.unescaped();
    }
    parts
}

/// The ranges of the values of secrets, in order. A value ends at the latest with the part that has its name. If the name is the end of
/// that part, it is a key of JSON, and the value follows.
fn secrets(text: &str, parts: &[Range<usize>]) -> Vec<Range<usize>> {
    let is_last = |inside: &str| without_index(inside).is_none_or(|rest| rest.trim().is_empty());
    let mut spans: Vec<Range<usize>> = Vec::new();
    let mut rest = text;
    let mut parts = parts.iter().peekable();
    while let Some(start) = rest.find(is_of_name) {
        let (before, name) = text.split_at(text.len() - rest.len() + start);
        let after = name.trim_start_matches(is_of_name);
        let name = before_end(name, after);
        rest = after;
        if !is_secret_name(name) {
            continue;
        }
        while parts.next_if(|part| part.end <= before.len()).is_some() {}
        let part = parts.peek().filter(|part| part.start <= before.len());
        let inside =
            part.and_then(|part| text.get(text.len() - after.len()..part.end)).filter(|inside| !is_last(inside));
        let after = inside.unwrap_or(after);
        let last = before.len() + name.len() + after.len();
        let Some((value, end)) = value_of(before, name, after) else { continue };
        let span = last - value.len()..last - end.len();
        if span.len() >= SHORTEST {
            rest = split_before(text, Some(span.end));
            spans.push(span);
        }
    }
    spans
}

/// Where the insides of private keys stand, with any name and without one.
fn private_keys(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut rest = text;
    while let Some((_, kind)) = rest.split_once("-----BEGIN") {
        // `RSA PRIVATE KEY`, `PRIVATE KEY`; a form writes a space as `+`.
        let inside = kind.trim_start_matches(|c: char| c.is_ascii_uppercase() || matches!(c, ' ' | '+'));
        rest = kind;
        if before_end(kind, inside).contains("PRIVATE")
            && let Some(inside) = inside.strip_prefix("-----")
        {
            rest = split_before(inside, inside.find("-----END"));
            spans.push(text.len() - inside.len()..text.len() - rest.len());
        }
    }
    spans
}

/// The value of a name: `before` is the text before the name, `after` the text behind it.
fn value_of<'a>(before: &str, name: &str, after: &'a str) -> Option<Value<'a>> {
    let before_tag = before.strip_suffix(':').map_or(before, |before| before.trim_end_matches(is_of_name));
    if before_tag.ends_with("</") {
        return None;
    }
    if before_tag.ends_with('<')
        && let Some(value) = element(name, after)
    {
        return Some(value);
    }
    let rest = after.trim_start_matches(QUOTES).trim_start();
    if let Some(value) = in_pair(before, after, rest).or_else(|| in_form(before, after)) {
        return Some(value);
    }
    // No program writes as many: all that follows may be the secret.
    let Some(rest) = without_index(rest) else { return Some((rest, split_before(rest, None))) };
    let rest = rest.trim_start_matches(QUOTES).trim_start();
    Some(value_at(rest.strip_prefix([':', '=', '>'])?.trim_start_matches(['=', '>'])))
}

/// The content of an element of XML, and the attributes of one without content. `None` where the tag has no end: it is no XML.
fn element<'a>(name: &str, after: &'a str) -> Option<Value<'a>> {
    let (attributes, content) = after.split_at(after.find(['<', '>'])?);
    let content = content.strip_prefix('>')?;
    if attributes.ends_with('/') {
        return Some((after, content));
    }
    if let Some(value) = content.trim_start().strip_prefix(CDATA) {
        return Some((value, split_before(value, value.find("]]>"))));
    }
    let ends_element = |at: &usize| {
        let tag = split_before(content, Some(at + 2));
        let local = tag.trim_start_matches(is_of_name).strip_prefix(':').unwrap_or(tag);
        local.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('>'))
    };
    let end = content.match_indices("</").map(|(at, _)| at).find(ends_element);
    Some((content, split_before(content, end)))
}

/// The value in a pair of two texts, `("api_key", "…")`, and in an object that names its value, `{"name": "api_key", "value": "…"}`.
fn in_pair<'a>(before: &str, after: &str, rest: &'a str) -> Option<Value<'a>> {
    /// A longer second text is hidden without a look at what follows. A value that is read and then shown is read again for the next name
    /// in it, and so it must be short.
    const LONGEST: usize = 128;
    if !after.starts_with(QUOTES) {
        return None;
    }
    let next = rest.trim_start_matches(',').trim_start();
    let value = next.trim_start_matches(QUOTES);
    if let Some(value) = value.strip_prefix("value").or_else(|| value.strip_prefix("Value")) {
        let value = value.trim_start_matches(QUOTES).trim_start().strip_prefix([':', '='])?;
        return Some(value_at(value));
    }
    let is_first = before.trim_end_matches(QUOTES).ends_with(['[', '(']);
    if !is_first || !rest.starts_with(',') {
        return None;
    }
    let value = value_at(next);
    if next.starts_with(['[', '{', '(']) || next.len() - value.1.len() > LONGEST {
        return Some(value);
    }
    value.1.trim_start_matches(QUOTES).trim_start().starts_with([']', ')']).then_some(value)
}

/// The value of a form, which may hold quotation marks, commas and brackets. `None` where the name does not stand as in a form.
fn in_form<'a>(before: &str, after: &'a str) -> Option<Value<'a>> {
    let opening = before.chars().next_back().filter(|c| !matches!(c, '&' | '?' | '\n'));
    if opening.is_some_and(|c| !QUOTES.contains(&c)) {
        return None;
    }
    let value = without_index(after)?.strip_prefix('=')?;
    let is_end = |c: char| c.is_whitespace() || "&<>\"".contains(c) || Some(c) == opening;
    // A quotation mark, a bracket or a space at the beginning: a printed object rather than a form.
    let is_form = !value.starts_with(|c: char| QUOTES.contains(&c) || "=>[{(".contains(c) || c.is_whitespace());
    is_form.then(|| (value, end_of_plain(value, is_end)))
}

/// The value that `text` begins with, as JSON and printed objects write it.
fn value_at(text: &str) -> Value<'_> {
    /// A longer word in front of a bracket is hidden with what is in the brackets: it may be a value, and names in it would read it again.
    const LONGEST: usize = 64;
    let text = text.trim_start();
    // `b"…"` of Python, `SecretStr("…")`, `Some("…")`, `new Secret("…")`.
    let named = text.strip_prefix("new ").unwrap_or(text);
    let word = named.trim_start_matches(|c| is_of_name(c) || matches!(c, '.' | ':'));
    if word.starts_with(QUOTES) && text.len() - word.len() <= 2 {
        return quoted(word);
    }
    if let Some(inside) = word.strip_prefix(['[', '{', '(']).or_else(|| text.strip_prefix('<')) {
        let value = if text.len() - inside.len() > LONGEST { text } else { inside };
        return (value, end_of_group(inside));
    }
    (text, end_of_plain(text, |c| c.is_whitespace() || "\"'`&<>,;}])".contains(c)))
}

/// A value in quotation marks, with those that follow it at once: programs break long texts into several.
fn quoted(text: &str) -> Value<'_> {
    let (value, mut end) = one_quoted(text);
    loop {
        let behind = end.get(1..).unwrap_or_default();
        let next = behind.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '+' | '\\'));
        if next.len() == behind.len() || !next.starts_with(QUOTES) {
            return (value, end);
        }
        (_, end) = one_quoted(next);
    }
}

/// A value in quotation marks, without them.
fn one_quoted(text: &str) -> Value<'_> {
    let quote = text.chars().next().unwrap_or_default();
    // Three of them are Python's, which one alone does not end.
    let is_three = text.chars().take(3).filter(|c| *c == quote).count() == 3;
    let mark = text.get(..if is_three { 3 } else { 1 }).unwrap_or_default();
    let value = text.strip_prefix(mark).unwrap_or_default();
    let mut is_escaped = false;
    let end = value.char_indices().find(|(at, c)| {
        let ends = !is_escaped && value.get(*at..).is_some_and(|rest| rest.starts_with(mark));
        is_escaped = *c == '\\' && !is_escaped;
        ends
    });
    (value, split_before(value, end.map(|(at, _)| at)))
}

/// What follows the inside of a list or an object, whose own lists, objects and texts are skipped.
fn end_of_group(inside: &str) -> &str {
    let mut depth = 0_usize;
    let mut rest = inside;
    while let Some(at) = rest.find(|c| QUOTES.contains(&c) || "[{(<>)}]".contains(c)) {
        let found = split_before(rest, Some(at));
        rest = found.get(1..).unwrap_or_default();
        match found.chars().next() {
            Some('[' | '{' | '(' | '<') => depth += 1,
            Some(')' | '}' | ']' | '>') => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return found,
            },
            _ => rest = one_quoted(found).1.get(1..).unwrap_or_default(),
        }
    }
    split_before(rest, None)
}

/// What follows a value without quotation marks.
fn end_of_plain(value: &str, is_end: impl Fn(char) -> bool) -> &str {
    let ends = |(at, c): &(usize, char)| {
        let escaped = || value.get(at + 1..).is_some_and(|rest| rest.starts_with(['n', 'r', 't', 'u', '"', '\'']));
        is_end(*c) || (*c == '\\' && escaped())
    };
    split_before(value, value.char_indices().find(ends).map(|(at, _)| at))
}

/// What follows a name's indices or members: `api_key[0]`, `api_key[]`, `password.value`. `None` where there are too many of them.
fn without_index(text: &str) -> Option<&str> {
    /// No index is longer.
    const LONGEST: usize = 48;
    /// A member may have the name of a secret itself, and then the members behind it are read once more.
    const MOST: usize = 8;
    let index = |rest: &str| match rest.strip_prefix('[') {
        Some(inner) => inner.bytes().take(LONGEST).position(|byte| byte == b']').map(|length| length + 2),
        None => {
            let member = rest.strip_prefix('.')?;
            let length = member.chars().take(LONGEST + 1).take_while(|c| is_of_name(*c)).count();
            (1..=LONGEST).contains(&length).then_some(length + 1)
        }
    };
    let mut rest = text;
    for _ in 0..MOST {
        let Some(length) = index(rest) else { return Some(rest) };
        rest = rest.get(length..).unwrap_or_default();
    }
    index(rest).is_none().then_some(rest)
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// The text before its own `end`. Its length alone tells where that begins: to compare the two would read all that follows.
fn before_end<'a>(text: &'a str, end: &str) -> &'a str {
    text.get(..text.len().saturating_sub(end.len())).unwrap_or_default()
}

/// The end of the text from a place on; from nowhere on it is empty.
fn split_before(text: &str, at: Option<usize>) -> &str {
    text.get(at.unwrap_or(text.len())..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;

    /// Values that no other part of the texts below has.
    const SECRETS: [&str; 3] = ["aaaa1111aaaa", "bbbb2222bbbb", "cccc3333cccc"];

    /// Everything is hidden that is secret, and the rest, `tea`, is shown.
    fn hides(text: &str) -> bool {
        let shown = without_secrets(text);
        SECRETS.iter().all(|secret| !shown.contains(secret))
            && shown.contains(HIDDEN)
            && (!text.contains("tea") || shown.contains("tea"))
    }

    #[test]
    fn a_value_is_hidden_whole_in_every_shape() {
        for text in [
            // JSON: lists, objects, and values that hold what ends others.
            r#"{"api_key":["aaaa1111aaaa","bbbb2222bbbb"],"body":"tea"}"#,
            r#"{"mchKey":["x",["y"],{"z":"aaaa1111aaaa"},"bbbb2222bbbb"],"body":"tea"}"#,
            r#"{"password":{"value":"aaaa1111aaaa"},"body":"tea"}"#,
            r#"{"password":{"a]":"x","b}":"aaaa1111aaaa"},"body":"tea"}"#,
            r#"{"password": {"a": "\"}", "b": "aaaa1111aaaa"}, "body": "tea"}"#,
            r#"{"password":"x,y;z&<>}])aaaa1111aaaa","body":"tea"}"#,
            r#"{"password":"x\"aaaa1111aaaa\\","api_key":"bbbb2222bbbb","body":"tea"}"#,
            r#"{"password":"x\\aaaa1111aaaa","body":"tea"}"#,
            r#"{"api_key":["aaaa1111aaaa","bbbb2222bbbb"#,
            r#"{"api_key":"aaaa1111aaaa"#,
            "{\"api_key\"\n:\n\t[\n\"x\",\n\"aaaa1111aaaa\"\n],\"body\":\"tea\"}",
            // JSON as a text inside of another text.
            r#"{"log":"{\"password\":\"ab\\\\aaaa1111aaaa\"}","body":"tea"}"#,
            r#"{"log":"{\"password\":\"ab\\\"aaaa1111aaaa\"}","body":"tea"}"#,
            r#"{"log":"{\"password\":[\"x\",\"aaaa1111aaaa\"]}","body":"tea"}"#,
            r#"{"log":"{\"a\":\"{\\\"password\\\":\\\"ab\\\\\\\\aaaa1111aaaa\\\"}\"}","body":"tea"}"#,
            r#"{"log":"\u007b\u0022password\u0022:\u0022x,aaaa1111aaaa\u0022}","body":"tea"}"#,
            r#"{"log":"api_key=aaaa1111aaaa\u0026body=tea"}"#,
            // Printed by Python, JavaScript, Rust, Ruby and Java.
            "{'api_key': ['aaaa1111aaaa', 'bbbb2222bbbb'], 'body': 'tea'}",
            "{'api_key': ('aaaa1111aaaa', 'bbbb2222bbbb'), 'body': 'tea'}",
            "{'api_key': b'x aaaa1111aaaa', 'body': 'tea'}",
            r#"{'log': '{"password":"ab\\"aaaa1111aaaa"}', 'body': 'tea'}"#,
            r"{'password': 'it\'s aaaa1111aaaa', 'body': 'tea'}",
            r#"{'password': "it's aaaa1111aaaa", 'body': 'tea'}"#,
            "{'private_key': 'x y\\n'\n                'aaaa1111aaaa\\n',\n 'body': 'tea'}",
            "[('api_key', 'aaaa1111aaaa'), ('body', 'tea')]",
            "Settings(api_key=SecretStr('aaaa1111aaaa'), body='tea')",
            "api_key = '''x 'y' aaaa1111aaaa''' # tea",
            "{ api_key: [ 'aaaa1111aaaa', 'bbbb2222bbbb' ], body: 'tea' }",
            "{ password: { value: 'aaaa1111aaaa' }, body: 'tea' }",
            "{ apiKey: `x, aaaa1111aaaa`, body: 'tea' }",
            "{ apiKey: <Buffer aaaa1111aaaa 62>, body: 'tea' }",
            "Map(2) { 'api_key' => 'x, aaaa1111aaaa', 'body' => 'tea' }",
            r#"Config { api_key: Some("x, aaaa1111aaaa"), body: "tea" }"#,
            "{api_key=aaaa1111aaaa, body=tea}",
            "api_key: aaaa1111aaaa, body: tea",
            r#"[{"name":"api_key","value":"x, aaaa1111aaaa"},{"name":"body","value":"tea"}]"#,
            // Forms and addresses.
            "api_key[]=aaaa1111aaaa&api_key[]=bbbb2222bbbb&body=tea",
            "api_key%5B0%5D=aaaa1111aaaa&api_key%5B1%5D=bbbb2222bbbb&body=tea",
            "body=tea&password=x'y(z),aaaa1111aaaa",
            "password[value]=aaaa1111aaaa&body=tea",
            "password.value=aaaa1111aaaa&body=tea",
            "body=tea&data=%7B%22password%22%3A%5B%22x%22%2C%22aaaa1111aaaa%22%5D%7D",
            "body=tea&data=%7B%22key%22%3A%22ab%5C%22aaaa1111aaaa%22%7D",
            "body=tea&next=https%3A%2F%2Fshop.example%2F%3Fsecret%3Daaaa1111aaaa%26x%3D1",
            "body=tea&next=https%253A%252F%252Fshop.example%252F%253Fsecret%253Daaaa1111aaaa",
            "https://shop.example/?body=tea&access_token=aaaa1111aaaa",
            // XML.
            "<xml><api_key><![CDATA[x<y&aaaa1111aaaa]]></api_key><body>tea</body></xml>",
            "<xml><password><value>aaaa1111aaaa</value><value>bbbb2222bbbb</value></password><body>tea</body></xml>",
            "<xml><api_key kind=\"x\">aaaa1111aaaa</api_key><body>tea</body></xml>",
            "<xml><s:api_key s:kind='x'>\n  aaaa1111aaaa</s:api_key><body>tea</body></xml>",
            "<xml><api_key value=\"aaaa1111aaaa\"/><body>tea</body></xml>",
            "<input name=\"api_key\" value=\"x aaaa1111aaaa\"><b>tea</b>",
            "<xml><data>&lt;api_key&gt;x y aaaa1111aaaa&lt;/api_key&gt;</data><body>tea</body></xml>",
            "<xml><data>{&quot;api_key&quot;:[&quot;x&quot;,&quot;aaaa1111aaaa&quot;]}</data><body>tea</body></xml>",
            "<xml><data>{&#34;api_key&#34;:&#34;x, aaaa1111aaaa&#34;}</data><body>tea</body></xml>",
            // Private keys need no name.
            "tea -----BEGIN PRIVATE KEY-----\naaaa1111aaaa\nbbbb2222bbbb\n-----END PRIVATE KEY-----\n",
            r#"{"pem":"-----BEGIN RSA PRIVATE KEY-----\naaaa1111aaaa\n-----END RSA PRIVATE KEY-----\n","body":"tea"}"#,
            "body=tea&pem=-----BEGIN+PRIVATE+KEY-----%0Aaaaa1111aaaa",
            "body=tea&pem=-----BEGIN%20PRIVATE%20KEY-----%0Aaaaa1111aaaa",
        ] {
            assert!(hides(text), "{text}\n{}", without_secrets(text));
        }
    }

    #[test]
    fn what_stands_around_a_secret_is_kept() {
        for (text, shown) in [
            // A text of JSON that opens something and does not close it.
            (
                r#"{"out_trade_no":"A1","attach":"key: (see note","body":"tea"}"#,
                r#"{"out_trade_no":"A1","attach":"key: (***","body":"tea"}"#,
            ),
            (r#"{"attach":"key='see note","body":"tea"}"#, r#"{"attach":"key='***","body":"tea"}"#),
            (r#"["key: [aaaa1111","tea",{"key":"aaaa1111"}]"#, r#"["key: [***","tea",{"key":"***"}]"#),
            (
                r#"{"a":"{\"b\":\"key: (see note\",\"c\":1}","body":"tea"}"#,
                r#"{"a":"{\"b\":\"key: (***\",\"c\":1}","body":"tea"}"#,
            ),
            (r#"{"a":"key: \"see note","body":"tea"}"#, r#"{"a":"key: \"***","body":"tea"}"#),
            (r#"{"a":"<key>aaaa1111","body":"tea"}"#, r#"{"a":"<key>***","body":"tea"}"#),
            (r#"{"a\u005fkey":"aaaa1111","x.key[0]":"bbbb2222"}"#, r#"{"a\u005fkey":"***","x.key[0]":"***"}"#),
            (r#"{"password":"ab,cdefgh12345","body":"tea & milk"}"#, r#"{"password":"***","body":"tea & milk"}"#),
            (r#"{"api_key":["aaaa1111","b"],"body":["tea"]}"#, r#"{"api_key":[***],"body":["tea"]}"#),
            (r#"{"key":{"a":"aaaa1111"},"body":{"a":"tea"}}"#, r#"{"key":{***},"body":{"a":"tea"}}"#),
            ("<xml><key><a>aaaa1111</a></key><body>tea</body></xml>", "<xml><key>***</key><body>tea</body></xml>"),
            ("<key>short</key><body>tea and more</body>", "<key>short</key><body>tea and more</body>"),
            ("key%3Daaaa1111%26body%3Dtea", "key%3D***%26body%3Dtea"),
            ("key=aaaa1111 and key=bbbb2222", "key=*** and key=***"),
            (r#"["api_key","out_trade_no","body"]"#, r#"["api_key","out_trade_no","body"]"#),
            ("-----BEGIN CERTIFICATE-----\naaaa", "-----BEGIN CERTIFICATE-----\naaaa"),
        ] {
            assert_eq!(without_secrets(text), shown);
        }
    }

    /// What the code looks at. Hostile texts are made of it.
    const PIECES: [&str; 66] = [
        "key",
        "\"key\"",
        "api_key",
        "a",
        "value",
        "\"value\"",
        "new ",
        "Some",
        "b",
        "[",
        "]",
        "{",
        "}",
        "(",
        ")",
        "<",
        ">",
        "</",
        "/>",
        "<key",
        "<key>",
        "</key>",
        CDATA,
        "]]>",
        "\"",
        "'",
        "`",
        "\"\"\"",
        "'''",
        "\\",
        "\\\"",
        "\\\\",
        "\\n",
        "\\u0022",
        "%22",
        "%5C",
        "&quot;",
        "&#34;",
        "&#",
        "&",
        "?",
        ";",
        ":",
        "=",
        "=>",
        ",",
        "+",
        " ",
        "\n",
        ".",
        ".key",
        "-----BEGIN",
        "-----END",
        "-----BEGIN PRIVATE KEY-----",
        " PRIVATE",
        "-----",
        "x,",
        "key=",
        "key:",
        "(\"key\",",
        "key[",
        "key.",
        "[0]",
        "茶",
        "12345678",
        "%",
    ];

    /// The shortest of some times that it takes to read a text.
    fn time(text: &str, times: usize) -> Duration {
        let once = |_| {
            let began = Instant::now();
            drop(without_secrets(text));
            began.elapsed()
        };
        (0..times).map(once).min().unwrap_or_default()
    }

    /// The text with its middle repeated up to a length.
    fn repeated([first, unit, last]: &[String; 3], length: usize) -> String {
        format!("{first}{}{last}", unit.repeat(length / unit.len()))
    }

    /// Anybody may send a text, and it is read before anything about it is known.
    #[test]
    fn the_time_to_read_a_text_grows_as_its_length() {
        // Of linear time it is 4, of quadratic time 16.
        const MOST: u32 = 9;
        // So short that both are mostly read without a pause, however much other tests do meanwhile.
        const SHORT: usize = 3 << 10;
        let known = [
            ["", "key=[", ""],
            ["", "<key>", ""],
            ["", "<key ", ""],
            ["", "key=\"", ""],
            ["", "key:\"\\\\\" ", ""],
            ["", "%22key%22:", ""],
            ["", "\\\\\"key\\\\\":[\\\\\"", ""],
            ["", "-----BEGIN PRIVATE KEY-----", ""],
            ["", "a:key", ""],
            ["", "key.a", ""],
            ["", "key[", ""],
            ["", "(\"key\",", ""],
            ["{\"a\":\"", "key.", "\"}"],
            ["{\"a\":\"", "key: (", "\"}"],
            ["[\"\"", ",\"key: (\"", "]"],
            ["[\"\"", ",\"{\\\"key: (\\\":[]}\"", "]"],
            ["", "key.key.", "=1"],
            ["", "key[0]", ""],
            ["", "`(\"key\",` \\` ` ", ""],
            ["", "`(\"key\",` \\\\` ` ", ""],
            ["", "(\"key\",a(", ""],
            ["", "(\"key\",\"a\" ", ""],
            ["", "key:", "()"],
            ["key=[", "\"", ""],
            ["", "&#", ""],
            ["", "a ", ""],
        ];
        let known = known.into_iter().map(|shape| shape.map(str::to_owned));
        // Numbers as by chance, and the same ones each time.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = |count: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            usize::try_from(state >> 33).unwrap_or_default() % count
        };
        let mut some = |least: usize, more: usize| -> String {
            let count = least + below(more);
            (0..count).filter_map(|_| PIECES.get(below(PIECES.len()))).copied().collect()
        };
        let made: Vec<_> = (0..150).map(|_| [some(0, 3), some(1, 5), some(0, 3)]).collect();
        for shape in known.chain(made) {
            let (short, long) = (repeated(&shape, SHORT), repeated(&shape, 4 * SHORT));
            // A pair that looks bad is measured again.
            let is_linear =
                [1, 3, 10, 30, 100, 300].into_iter().any(|times| time(&long, times) < time(&short, times) * MOST);
            assert!(is_linear, "{shape:?}: {:?} and {:?}", time(&short, 30), time(&long, 30));
        }
    }

    #[test]
    fn the_longest_body_is_read_in_little_time() {
        for unit in ["key.key.", "`(\"key\",` \\` ` ", "(\"key\",a(", "&#", "a ", "key=[\"", "\\\\\"key\\\\\":[\\\\\""]
        {
            let text = unit.repeat((1 << 20) / unit.len());
            // Quadratic time is minutes.
            let is_short = (0..3).any(|_| time(&text, 1) < Duration::from_secs(4));
            assert!(is_short, "{unit}");
        }
    }

    #[test]
    fn what_is_beyond_a_bound_is_hidden() {
        let (members, word) = (".a".repeat(9), "a".repeat(65));
        for text in [
            format!("api_key{members}=aaaa1111aaaa"),
            format!("{{\"api_key{members}\": \"aaaa1111aaaa\"}}"),
            format!("api_key{}: 'x, aaaa1111aaaa'", "[0]".repeat(100)),
            format!("api_key: {word}('aaaa1111aaaa'), body: tea"),
            format!("[\"api_key\", \"aaaa1111aaaa{word}{word}\", \"tea\"]"),
            format!("[\"api_key\", {word}{word}(\"aaaa1111aaaa\"), \"tea\"]"),
        ] {
            assert!(hides(&text), "{text}\n{}", without_secrets(&text));
        }
        let indices = "[0]".repeat(8);
        assert_eq!(without_secrets(&format!("key{indices}=aaaa1111&body=tea")), format!("key{indices}=***&body=tea"));
    }

    #[test]
    fn a_value_in_quotation_marks_is_hidden_whole() {
        for text in [
            r#"{"password":"ab,cdefgh12345"}"#,
            r#"{"password": "abcdefgh&rest of it"}"#,
            r#"{"log":"{\"api_key\":\"abcd;efgh<1234\"}"}"#,
            "{'secret': 'abcdefgh}rest'}",
            r#"{"password":"abcdefgh\"ijklmnop12345 rest"}"#,
            r#"{"password":"ab\"cdefgh rest","body":"tea"}"#,
            r#"{"api_key": ["abcdefgh12345678"]}"#,
        ] {
            let shown = without_secrets(text);
            assert!(shown.contains(HIDDEN) && !shown.contains("efgh") && !shown.contains("rest"), "{shown}");
        }
        let shown = without_secrets(r#"{"password":"ab,cdefgh12345","body":"tea & milk"}"#);
        assert_eq!(shown, r#"{"password":"***","body":"tea & milk"}"#);
    }

    #[test]
    fn secrets_in_texts_are_hidden() {
        for text in [
            r#"{"a":1,"api_key":"0123456789abcdef","b":2}"#,
            r#"{"a": 1, "api_key" : "0123456789abcdef"}"#,
            r#"{\"api_key\":\"0123456789abcdef\"}"#,
            "{'api_key': '0123456789abcdef'}",
            "{api_key=0123456789abcdef, b=2}",
            "a=1&api_key=0123456789abcdef&b=2",
            "api_key=0123456789abcdef",
            "<xml><api_key>0123456789abcdef</api_key></xml>",
            "<xml><api_key><![CDATA[0123456789abcdef]]></api_key></xml>",
            "key=0123456789abcdef&apiKey=0123456789abcdef",
        ] {
            assert_eq!(without_secrets(text), text.replace("0123456789abcdef", "***"));
        }
        for text in
            ["", "key", "key=", "monkey=0123456789abcdef", "key=***", "key=short", "the key 0123456789abcdef", "茶key"]
        {
            assert_eq!(without_secrets(text), text);
        }
    }
}
