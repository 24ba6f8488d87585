#![allow(clippy::unwrap_used)]

use super::*;

#[test]
fn what_differs_stands_in_its_place() {
    for (english, expected) in [
        ("is required", "必填"),
        ("is required when trade_type is JSAPI", "trade_type 为 JSAPI 时必填"),
        ("must be at most 32 characters long", "最长 32 个字符"),
        ("must be text, not an integer", "应为字符串，而不是整数"),
        ("must be an integer, not the text '1'", "应为整数，而不是字符串 '1'"),
        ("must be text, not a tuple", "应为字符串，而不是 tuple"),
        ("must be one of the texts Y, N, not a boolean", "应为以下字符串之一：Y, N，而不是布尔值"),
        (
            "must be an integer of fen, not a float (1.5); yuan_to_fen converts yuan",
            "应为以分为单位的整数，而不是浮点数 (1.5)；yuan_to_fen 可以把元换算成分",
        ),
        ("must be text, not a Decimal (100)", "应为字符串，而不是 Decimal (100)"),
        ("must be text, not text with an unpaired surrogate", "应为字符串，而不是含有不成对代理字符的文本"),
        (
            "must be a time with its zone, or yyyyMMddHHmmss in Beijing time, not a datetime without a zone (give it one: tzinfo=…)",
            "应为带时区的时间，或北京时间 yyyyMMddHHmmss，而不是没有时区的 datetime（请加上：tzinfo=…）",
        ),
        (
            "must be an integer of fen, not a number that is not an integer; yuan_to_fen converts yuan",
            "应为以分为单位的整数，而不是带小数的数字；yuan_to_fen 可以把元换算成分",
        ),
        (
            "is not set: set WXPAY_API_KEY, or WXPAY_API_KEY_FILE; a client of APIv3 alone needs WXPAY_API_V3_KEY or WXPAY_PLATFORM_PUBLIC_KEY \
             instead; WXPAY_KEY is set: did you mean WXPAY_API_KEY?",
            "没有设置：请设置 WXPAY_API_KEY 或 WXPAY_API_KEY_FILE；只用 APIv3 的客户端改为设置 WXPAY_API_V3_KEY 或 WXPAY_PLATFORM_PUBLIC_KEY；\
             设置了 WXPAY_KEY：是不是 WXPAY_API_KEY？",
        ),
        ("must be between 1 and 65536", "应在 1 到 65536 之间"),
        ("must be between 0.001 and 86400 seconds", "应在 0.001 到 86400 秒之间"),
        (
            "is not set: set WXPAY_MCH_ID, or WXPAY_MCH_ID_FILE; WXPAY_MCHID is set: did you mean WXPAY_MCH_ID?",
            "没有设置：请设置 WXPAY_MCH_ID 或 WXPAY_MCH_ID_FILE；设置了 WXPAY_MCHID：是不是 WXPAY_MCH_ID？",
        ),
    ] {
        assert_eq!(chinese(english).as_deref(), Some(expected));
    }
    for other in ["is something that nobody translated", "must be a thing, not text", ""] {
        assert_eq!(chinese(other), None);
    }
}

#[test]
fn every_phrase_has_its_places_in_both_languages_and_is_found() {
    for table in TABLES {
        has_its_places_and_is_found(table, whole);
    }
}

#[test]
fn a_text_of_several_parts_is_put_together() {
    for (english, expected) in [
        (
            "the platform certificates could not be downloaded, so the call was not sent: no reply from api.mch.weixin.qq.com (timed out)",
            "平台证书下载失败，因此没有发出请求：没有收到 api.mch.weixin.qq.com 的应答（超时）",
        ),
        (
            "the reply cannot be read: openid is damaged: it has control characters, or bytes that are not UTF-8",
            "应答无法读取：openid 已损坏：含有控制字符，或不是 UTF-8 的字节",
        ),
        ("the bill cannot be read: line 7: is not UTF-8", "账单无法读取：第 7 行：不是 UTF-8"),
        (
            "the bill cannot be read: line 2: 总金额 should be an amount in yuan with two decimals and is x",
            "账单无法读取：第 2 行：总金额应为两位小数的金额（元），实际是 x",
        ),
        ("has no private key; it has a certificate and a public key", "里没有私钥，只有证书和公钥"),
        (
            "4F00 is the certificate of \"1900000109\" with the serial number AB, and not a private key",
            "4F00 是 \"1900000109\" 的证书（序列号 AB），不是私钥",
        ),
        (
            "the reply cannot be read: not a JSON object; WeChat says: busy; try",
            "应答无法读取：不是 JSON 对象；微信的说明：busy; try",
        ),
        ("somebody's words: and others", ""),
        (
            "Repeat refund with the same out_refund_no R9 and the same fields, or call refundquery; do not use a new out_refund_no",
            "请用同一个 out_refund_no R9 和相同的字段重新调用 refund，或调用 refundquery 查询；不要换新的 out_refund_no",
        ),
    ] {
        assert_eq!(chinese(english).unwrap_or_default(), expected);
    }
}

#[test]
fn a_long_text_of_somebody_elses_is_left_in_a_short_time() {
    let begun = std::time::Instant::now();
    assert_eq!(chinese(&"a b: c; d. e? ".repeat(200)), None);
    assert_eq!(chinese(&"x".repeat(LONGEST + 1)), None);
    assert!(begun.elapsed().as_secs() < 2, "{:?}", begun.elapsed());
}

/// The texts between quotation marks in a source, without its comments and its tests, each with the code before it.
fn texts_of(source: &str) -> Vec<(String, String)> {
    let source = source.split("\nmod tests {").next().unwrap_or_default();
    let (mut found, mut before) = (Vec::new(), String::new());
    let mut characters = source.chars().peekable();
    while let Some(c) = characters.next() {
        let is_mark = c == '"' && !before.ends_with('\'') && !before.ends_with("'\\");
        if c == '/' && characters.peek() == Some(&'/') {
            characters.by_ref().find(|c| *c == '\n');
        } else if is_mark {
            let is_raw = before.ends_with('r') || before.ends_with('#');
            let mut text = String::new();
            while let Some(c) = characters.next().filter(|c| *c != '"') {
                match c {
                    '\\' if !is_raw => match characters.next().unwrap() {
                        '\n' => while characters.next_if(|c| c.is_whitespace()).is_some() {},
                        'n' => text.push('\n'),
                        other => text.push(other),
                    },
                    other => text.push(other),
                }
            }
            found.push((std::mem::take(&mut before), text));
        } else {
            before.push(c);
        }
    }
    found
}

/// A text of `format!` with `X` in its places.
fn filled(text: &str) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('{') {
        let Some((_, after)) = after.split_once('}') else { break };
        filled = format!("{filled}{before}X");
        rest = after;
    }
    filled + rest
}

/// Whether a text is for people: more than one word, and one of them has no capitals and no signs.
fn is_for_people(text: &str) -> bool {
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
    text.contains(' ') && text.split([' ', ',', ';', ':']).any(is_word)
}

/// Files whose texts are not those of errors, or stand there in both languages.
const OTHERS: &[&str] = &[
    "bill/columns.rs",
    "binding/display.rs",
    "binding/warning_texts.rs",
    "client/cautions.rs",
    "client/check.rs",
    "client/check_v3/",
    "client/finding.rs",
    "codes.rs",
    "doctor/",
    "error/text.rs",
    "event.rs",
    "node/src/probe.rs",
    "python/src/probe.rs",
    "python/src/watch.rs",
    "explanation.rs",
    "phrases/",
    "retry.rs",
    "table/row.rs",
    "table/macros",
];

/// Texts that are put together from others, say what the doctor says in both languages, or are not seen.
const SEEN_OTHERWISE: &[&str] = &[
    "must be X, not X",
    "is X",
    "X and X",
    " seconds",
    " from ",
    " and ",
    " or ",
    "seen X",
    "confirmed X",
    "asking X X",
    "answered X",
    "X s after 1970",
    "dns error",
    "present and well-formed",
    // A kind of moments, whose Chinese is that of the table's words.
    "refund notification",
    // Is looked for in a text.
    "new ",
    "list of platform certificates",
    // Of Python's and Node's own exceptions, for programs that are wrong, and of what `repr` shows.
    "(params, key, sign_type='HMAC-SHA256')",
    "<wxpaykit client of X and X>",
    "an Explanation is made of a text, or of the dict that to_dict() gave",
    "must return str or None",
    "must return a bool",
    "must return None",
    "a store's methods are plain functions, not coroutine functions",
    "X, not X",
    "only a client makes replies, from documents that WeChat sent",
    "X has no field 'X', and none was received",
    "others: X",
    "these are no pieces of text",
    "no text could be made",
    "a text was expected",
    "the signature of the message is wrong; X here: use explain, which searches longer ones",
    "the signature of the message is wrong; likely: X",
];

/// Whether the tables have a text, or each of its parts. `X` is what differs.
fn is_known(text: &str) -> bool {
    let text = text.trim_start_matches(['.', ';', ':', ',', ' ']).trim_end();
    let whole = |text: &str| whole(text).is_some() || word(text).is_some();
    let ends = [
        text.to_owned(),
        format!("X{text}"),
        format!("X, {text}"),
        format!("{text} X"),
        text.trim_end_matches('X').to_owned(),
    ];
    text.trim_matches(['X', ' ']).is_empty()
        || ends.iter().any(|text| whole(text))
        || text.strip_prefix("X ").is_some_and(whole)
        || splits(text).iter().any(|(before, _, after)| is_known(before) && is_known(after))
}

/// Texts that errors do not have: of documents, of SQL, and of other programs.
fn is_other(file: &str, before: &str, text: &str) -> bool {
    let statement = before.rsplit([';', '{']).next().unwrap_or_default();
    ["tracing::", "reason =", "expect(", "#[doc", "debug_struct("].iter().any(|mark| statement.contains(mark))
        || ["CREATE ", "SELECT ", "DELETE ", "INSERT ", "PRAGMA ", "\nif redis"]
            .iter()
            .any(|mark| text.starts_with(mark))
        || OTHERS.iter().any(|other| file.starts_with(other))
}

#[test]
fn every_text_in_the_sources_has_its_chinese() {
    let core = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let (folder, house) = (core.join("src"), core.parent().unwrap());
    let bindings = ["python/src", "node/src"].map(|folder| house.join(folder));
    let (mut folders, mut count, mut missing) = (vec![folder.clone()], 0, Vec::new());
    folders.extend(bindings);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let file = path.strip_prefix(&folder).or_else(|_| path.strip_prefix(house)).unwrap();
            let file = file.to_str().unwrap().replace('\\', "/");
            let texts = texts_of(&std::fs::read_to_string(&path).unwrap());
            for (at, (before, text)) in texts.iter().enumerate() {
                let is_pair = texts.get(at + 1).is_some_and(|(between, chinese)| {
                    chinese.contains(is_wide) && between.chars().all(|c| c == ',' || c.is_whitespace())
                });
                if !is_for_people(text)
                    || text.contains(is_wide) && !text.contains(" > ")
                    || is_pair
                    || is_other(&file, before, text)
                {
                    continue;
                }
                count += 1;
                let text = filled(text);
                if !is_known(&text) && !SEEN_OTHERWISE.contains(&&*text) {
                    missing.push(format!("{file}: {text}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "give core/src/phrases the Chinese of {missing:#?}");
    assert!(count > 400, "{count}");
}
