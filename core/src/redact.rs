//! How much of a value may be shown: in `repr`, notebooks, `console.log`, the command and logs.

use std::borrow::Cow;

/// How much of a field's value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// All of it.
    Plain,
    /// Enough to recognise it: the first and the last four characters. Nothing of a text shorter than 16.
    Short,
    /// Nothing.
    Hidden,
}

/// Characters that are shown at each end.
const SHOWN: usize = 4;
/// In shorter texts, the characters at both ends would be more than half.
const SHORTEST: usize = 4 * SHOWN;
const HIDDEN: &str = "***";

impl Redaction {
    /// The value as it may be shown.
    pub fn apply(self, value: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => value.into(),
            Self::Short => shortened(value).map_or(HIDDEN.into(), Cow::Owned),
            Self::Hidden => HIDDEN.into(),
        }
    }
}

fn shortened(value: &str) -> Option<String> {
    value.chars().nth(SHORTEST - 1)?;
    let (head, _) = value.char_indices().nth(SHOWN)?;
    let (tail, _) = value.char_indices().nth_back(SHOWN - 1)?;
    Some(format!("{}…{}", value.get(..head)?, value.get(tail..)?))
}

/// Whether a field or member of this name holds a key, a secret or a token: `key`, `api_key`, `partnerKey`, `app_secret`. Programs send
/// theirs by mistake, and then it is in every text of the message.
pub fn is_secret_name(name: &str) -> bool {
    /// No name that holds a secret is longer.
    const LONGEST: usize = 48;
    /// What they end in, where they are one word.
    const ENDS: [&str; 6] = ["secret", "password", "passwd", "accesstoken", "refreshtoken", "jsapiticket"];
    /// What stands before `key` where both are one word.
    const BEFORE_KEY: [&str; 21] = [
        "",
        "api",
        "apiv2",
        "apiv3",
        "v2",
        "v3",
        "app",
        "mch",
        "merchant",
        "partner",
        "pay",
        "paysign",
        "sign",
        "secret",
        "private",
        "access",
        "session",
        "wxpay",
        "wechatpay",
        "sandboxsign",
        "client",
    ];
    /// Names of keys that anybody may know, or that are no keys.
    const OPEN: [&str; 3] = ["publickey", "platformpublickey", "idempotencykey"];
    if name.len() > LONGEST {
        return false;
    }
    let flat: String = name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect();
    let is_last_word = ["_key", "-key", "_KEY", "-KEY", "Key"].iter().any(|end| name.ends_with(end));
    let is_key = flat.strip_suffix("key").is_some_and(|before| is_last_word || BEFORE_KEY.contains(&before));
    !OPEN.contains(&flat.as_str()) && (is_key || ENDS.iter().any(|end| flat.ends_with(end)))
}

/// The text with `***` for each value that stands behind the name of a secret, as JSON, XML, forms and printed objects write it.
pub fn without_secrets(text: &str) -> Cow<'_, str> {
    /// Shorter ones are words rather than secrets.
    const SHORTEST: usize = 8;
    const CDATA: &str = "<![CDATA[";
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    let is_around = |c: char| matches!(c, '"' | '\'' | '\\' | ' ' | '\n' | '\r' | '\t');
    let ends = |c: char| c.is_whitespace() || "\"'\\&<>,;}])".contains(c);
    let mut out = String::new();
    // Where the text begins that is not yet in `out`, and where the search goes on.
    let (mut copied, mut at) = (0, 0);
    let from = |at: usize| text.get(at..).unwrap_or_default();
    while let Some(start) = from(at).find(is_of_name) {
        let name = from(at + start);
        let (name, after) = name.split_at(name.find(|c| !is_of_name(c)).unwrap_or(name.len()));
        at += start + name.len();
        let Some(value) = after.trim_start_matches(is_around).strip_prefix([':', '=', '>']) else { continue };
        if !is_secret_name(name) {
            continue;
        }
        let value = value.trim_start_matches(|c| is_around(c) || c == '[');
        let value = value.strip_prefix(CDATA).unwrap_or(value);
        let before = text.get(..text.len() - value.len()).unwrap_or_default();
        let (value, rest) =
            value.split_at(end_of_quoted(before, value).or_else(|| value.find(ends)).unwrap_or(value.len()));
        if value.len() >= SHORTEST {
            let end = text.len() - rest.len();
            out.push_str(text.get(copied..end - value.len()).unwrap_or_default());
            out.push_str(HIDDEN);
            (copied, at) = (end, end);
        }
    }
    if copied == 0 {
        return text.into();
    }
    out.push_str(from(copied));
    out.into()
}

/// Where a value ends that stands behind a quotation mark: at the next one, whatever comes before that. `None` without a quotation mark.
fn end_of_quoted(before: &str, value: &str) -> Option<usize> {
    let quote = before.chars().next_back().filter(|quote| matches!(quote, '"' | '\''))?;
    let inner = before.strip_suffix(quote).unwrap_or_default();
    if inner.ends_with('\\') {
        // Inside of another text: its quotation marks are escaped.
        return Some(value.find('\\').unwrap_or(value.len()));
    }
    let mut is_escaped = false;
    let end = value.find(|c| {
        let ends = c == quote && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        ends
    });
    Some(end.unwrap_or(value.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn names_of_secrets_are_known_in_every_spelling() {
        let secret = [
            "key",
            "KEY",
            "Key",
            "api_key",
            "apiKey",
            "apikey",
            "APIKEY",
            "api-key",
            "partner_key",
            "partnerKey",
            "mch_key",
            "apiv3_key",
            "apiV3Key",
            "api_v3_key",
            "secret",
            "appsecret",
            "app_secret",
            "AppSecret",
            "secret_key",
            "client_secret",
            "password",
            "access_token",
            "sandbox_signkey",
            "session_key",
            "wx_pay_key",
        ];
        for name in secret {
            assert!(is_secret_name(name), "{name}");
        }
        let open = [
            "",
            "monkey",
            "keys",
            "key_id",
            "public_key",
            "turkey",
            "idempotency_key",
            "attach",
            "nonce_str",
            "sign",
            "token_type",
        ];
        for name in open {
            assert!(!is_secret_name(name), "{name}");
        }
        assert!(!is_secret_name(&"key".repeat(1000)));
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
