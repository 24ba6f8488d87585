//! Addresses of files without the token in them: whoever has it and a merchant's key has the file.

use std::borrow::Cow;

use super::HIDDEN;

/// The parameter of an address of a file. WeChat writes it in small letters.
const TOKEN: &str = "token=";

/// The text with `***` for the token of each address in it.
pub fn without_token(text: &str) -> Cow<'_, str> {
    if !text.contains(TOKEN) {
        return text.into();
    }
    let (mut shown, mut done) = (String::with_capacity(text.len()), 0);
    for (at, _) in text.match_indices(TOKEN) {
        let before = text.get(..at).unwrap_or_default();
        // Another parameter may end with the same letters, and a token may hold them.
        if at < done || !before.ends_with(['?', '&']) {
            continue;
        }
        let start = at + TOKEN.len();
        let rest = text.get(start..).unwrap_or_default();
        let length = rest.find(|c: char| matches!(c, '&' | '#' | '"' | '\'' | '<' | '>' | '\\') || c.is_whitespace());
        shown.push_str(text.get(done..start).unwrap_or_default());
        shown.push_str(HIDDEN);
        done = start + length.unwrap_or(rest.len());
    }
    shown.push_str(text.get(done..).unwrap_or_default());
    shown.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_an_address_is_hidden_and_nothing_else() {
        for (text, expected) in [
            (
                "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUP",
                "https://api.mch.weixin.qq.com/v3/billdownload/file?token=***",
            ),
            (
                "http://127.0.0.1:8080/f?a=1&token=x_y-z%2F&tartype=gzip#b",
                "http://127.0.0.1:8080/f?a=1&token=***&tartype=gzip#b",
            ),
            ("/f?token=token=x", "/f?token=***"),
            (
                r#"{"u":"http://h/f?token=x","n":["http://h/f?token=y"]}"#,
                r#"{"u":"http://h/f?token=***","n":["http://h/f?token=***"]}"#,
            ),
            ("https://h/f?token=", "https://h/f?token=***"),
            ("https://h/f?mytoken=x&b=token=1", "https://h/f?mytoken=x&b=token=1"),
            ("茶 https://h/f?token=茶 x", "茶 https://h/f?token=*** x"),
            ("token=x", "token=x"),
            ("", ""),
        ] {
            assert_eq!(without_token(text), expected);
        }
    }
}
