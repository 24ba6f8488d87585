//! The escapes in the merchant's texts.

use std::borrow::Cow;

/// Undoes the escapes that newer trade bills have in `body`, `attach` and other texts of the merchant's: `\\`, `\"`, `\'`, a
/// backslash before a back quote, `\140` for a back quote, a backslash and a blank for a comma, `\n`, `\r` and `\t`. The cells of a bill
/// are left as they are in the file, because older bills have no escapes.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        if let Some(after) = after.strip_prefix("140") {
            plain.push('`');
            rest = after;
            continue;
        }
        let mut characters = after.chars();
        let meant = match characters.next() {
            Some(' ') => Some(','),
            Some('n') => Some('\n'),
            Some('r') => Some('\r'),
            Some('t') => Some('\t'),
            Some(same @ ('\\' | '"' | '\'' | '`')) => Some(same),
            _ => None,
        };
        match meant {
            Some(c) => {
                plain.push(c);
                rest = characters.as_str();
            }
            // Not an escape.
            None => {
                plain.push('\\');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn escapes_are_undone() {
        for (escaped, plain) in [
            (r"咖啡\ 大杯\ 热", "咖啡,大杯,热"),
            (r"a\\b", r"a\b"),
            (r#"{\"k\":\"v\"}"#, r#"{"k":"v"}"#),
            (r"套餐\`特价", "套餐`特价"),
            (r"R\1400003", "R`0003"),
            (r"第一行\n第二行\t末\r", "第一行\n第二行\t末\r"),
            (r"C:\x\", r"C:\x\"),
            (r"\'", "'"),
            ("plain", "plain"),
        ] {
            assert_eq!(unescape(escaped), plain);
        }
    }
}
