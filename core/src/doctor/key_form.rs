//! What an API key of APIv2 looks like, and what people have in its place.

/// Why a text cannot be an API key of APIv2, which has 32 letters and digits; `names` are the merchant's number and the appid. In words that
/// have nothing of the key.
pub(super) fn key_form(key: &str, [mch_id, appid]: [&str; 2]) -> Option<String> {
    const LENGTH: usize = 32;
    let length = key.chars().count();
    let bare = key.trim_matches(|c: char| c.is_whitespace() || is_unseen(c));
    let with_length = |words: &str| format!("{words} and has {length} characters");
    Some(match () {
        () if bare.is_empty() => "is empty".to_owned(),
        () if NOT_LOADED.contains(&bare) => "is a word for nothing, such as null or None".to_owned(),
        () if key.contains("-----BEGIN") => "is the contents of a PEM file".to_owned(),
        () if bare == mch_id => "is the mch_id".to_owned(),
        () if bare == appid => "is the appid".to_owned(),
        () if bare != key => with_length("has white space around it"),
        () if key.starts_with(['"', '\'']) || key.ends_with(['"', '\'']) => {
            with_length("has quotation marks around it")
        }
        () if length != LENGTH => format!("has the length of {length} characters"),
        () if !key.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            "has other characters than letters and digits".to_owned()
        }
        () => return None,
    })
}

/// What nobody sees around a key that was copied, or read from a file.
pub(super) const UNSEEN: &[&str] = &[
    " ", "\n", "\r\n", "\r", "\t", "\u{feff}", "\u{200b}", "\u{a0}", "\u{3000}", "\u{200c}", "\u{200d}", "\u{2060}",
    "\0",
];

pub(super) fn is_unseen(c: char) -> bool {
    UNSEEN.iter().any(|unseen| unseen.contains(c))
}

/// What programs have in place of a key that was not loaded.
pub(super) const NOT_LOADED: &[&str] =
    &["", "null", "None", "undefined", "nil", "NULL", "false", "[object Object]", "Array", "<nil>", "NaN", "0"];
