//! Why a signature differs: WeChat says 签名错误 and no more, so the usual mistakes (签名校验失败 FAQ) are tried one by one.

use std::borrow::Cow;
use std::fmt;

use super::v2::{SignType, digest, string_to_sign};
use crate::wire::Fields;

/// The mistake that gives exactly the signature that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// Nothing is wrong.
    None,
    /// There is no `sign`.
    Missing,
    /// Signed with the other algorithm than the message declares.
    OtherAlgorithm,
    /// `sign_type` was sent and not signed, or declared and left out.
    SignTypeLeftOut,
    /// Fields with empty values were signed.
    EmptyValuesSigned,
    /// White space stands around the key.
    KeyWithWhiteSpace,
    /// Values were XML-escaped before they were signed.
    ValuesEscaped,
    /// Values were URL-encoded before they were signed.
    ValuesUrlEncoded,
    /// White space around values was removed before they were signed.
    ValuesTrimmed,
    /// Names were sorted without regard to case.
    NamesSortedWithoutCase,
    /// Fields were signed in the order in which they were sent.
    NamesNotSorted,
    /// `&key=` and the key were left out.
    KeyLeftOut,
    /// The text has a character of four bytes (emoji), which APIv2 does not take.
    FourByteCharacter,
    /// None of these: another key, or another set of fields.
    Unknown,
}

impl Mistake {
    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Missing => "sign_missing",
            Self::OtherAlgorithm => "other_algorithm",
            Self::SignTypeLeftOut => "sign_type_left_out",
            Self::EmptyValuesSigned => "empty_values_signed",
            Self::KeyWithWhiteSpace => "key_with_white_space",
            Self::ValuesEscaped => "values_escaped",
            Self::ValuesUrlEncoded => "values_url_encoded",
            Self::ValuesTrimmed => "values_trimmed",
            Self::NamesSortedWithoutCase => "names_sorted_without_case",
            Self::NamesNotSorted => "names_not_sorted",
            Self::KeyLeftOut => "key_left_out",
            Self::FourByteCharacter => "four_byte_character",
            Self::Unknown => "unknown",
        }
    }
}

/// One sentence for the person who made the mistake.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "the signature is right",
            Self::Missing => "there is no sign",
            Self::OtherAlgorithm => {
                "signed with one algorithm while sign_type says the other (none means MD5): send sign_type=HMAC-SHA256 with an HMAC signature"
            }
            Self::SignTypeLeftOut => "sign_type was sent but not signed: every field that is sent is signed, but sign itself",
            Self::EmptyValuesSigned => "fields with empty values were signed: leave them out of the signature",
            Self::KeyWithWhiteSpace => "white space stands around the API key",
            Self::ValuesEscaped => "values were XML-escaped before they were signed: sign the plain text",
            Self::ValuesUrlEncoded => "values were URL-encoded before they were signed: sign the plain text",
            Self::ValuesTrimmed => "white space around values was removed for the signature but sent: sign what is sent",
            Self::NamesSortedWithoutCase => "names were sorted without regard to case: sort by byte value, A-Z before _ before a-z",
            Self::NamesNotSorted => "names were not sorted: sort by byte value",
            Self::KeyLeftOut => "&key= and the API key are missing at the end of the signed text",
            Self::FourByteCharacter => "a value has a character of four bytes (emoji), which APIv2 does not take",
            Self::Unknown => {
                "signed with another key (reset at the platform? the APIv3 key? the AppSecret? a sub-merchant's?) or over other fields than were sent"
            }
        })
    }
}

/// What a message's signature should have been made of, beside the likeliest mistake.
///
/// `key` is the right key. The result contains neither the key nor a right signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The text to sign, its key shown as `***`.
    pub string_to_sign: String,
    /// The algorithm the message declares, or MD5.
    pub sign_type: SignType,
    /// The likeliest mistake.
    pub mistake: Mistake,
}

/// Explains the `sign` of a message as received.
pub fn explain(fields: &Fields, key: &str) -> Explanation {
    let declared = fields.filled("sign_type").and_then(|text| text.parse().ok()).unwrap_or(SignType::Md5);
    let mut text = string_to_sign(fields.iter());
    // Some send the key as a field.
    if !key.is_empty() {
        text = text.replace(key, "***");
    }
    text.push_str("&key=***");
    Explanation { string_to_sign: text, sign_type: declared, mistake: mistake(fields, key, declared) }
}

fn mistake(fields: &Fields, key: &str, declared: SignType) -> Mistake {
    let Some(given) = fields.filled("sign") else { return Mistake::Missing };
    let matches = |text: &str, key: &str, sign_type| digest(text, key, sign_type).eq_ignore_ascii_case(given);
    let signed = |text: String, key: &str| matches(&format!("{text}&key={key}"), key, declared);
    let fits = |text: String| signed(text, key);

    let plain = string_to_sign(fields.iter());
    if signed(plain.clone(), key) {
        return Mistake::None;
    }
    if SignType::ALL.iter().any(|other| *other != declared && matches(&format!("{plain}&key={key}"), key, *other)) {
        return Mistake::OtherAlgorithm;
    }
    let without_type = string_to_sign(fields.iter().filter(|(name, _)| *name != "sign_type"));
    if SignType::ALL.iter().any(|any| matches(&format!("{without_type}&key={key}"), key, *any)) {
        return Mistake::SignTypeLeftOut;
    }
    let mapped = |map: fn(&str) -> Cow<'_, str>| {
        let values: Vec<_> = fields.iter().map(|(name, value)| (name, map(value))).collect();
        string_to_sign(values.iter().map(|(name, value)| (*name, &**value)))
    };
    if fits(in_order(fields, true, |a, b| a.cmp(b))) {
        Mistake::EmptyValuesSigned
    } else if [format!("{key} "), format!(" {key}"), format!("{key}\n"), format!("{key}\r\n"), format!("\u{feff}{key}")]
        .iter()
        .any(|key| signed(plain.clone(), key))
    {
        Mistake::KeyWithWhiteSpace
    } else if fits(mapped(|value| quick_xml::escape::escape(value)))
        || fits(mapped(|value| quick_xml::escape::partial_escape(value)))
    {
        Mistake::ValuesEscaped
    } else if fits(mapped(|value| crate::wire::form::component(value).into()))
        || fits(mapped(|value| crate::wire::form::component(value).replace("%20", "+").into()))
    {
        Mistake::ValuesUrlEncoded
    } else if fits(mapped(|value| value.trim().into())) {
        Mistake::ValuesTrimmed
    } else if fits(in_order(fields, false, |a, b| a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase()))) {
        Mistake::NamesSortedWithoutCase
    } else if fits(in_order(fields, false, |_, _| std::cmp::Ordering::Equal)) {
        Mistake::NamesNotSorted
    } else if matches(&plain, key, declared) {
        Mistake::KeyLeftOut
    } else if fields.iter().any(|(_, value)| value.chars().any(|c| c.len_utf8() == 4)) {
        Mistake::FourByteCharacter
    } else {
        Mistake::Unknown
    }
}

/// The signed text as somebody would write it who sorts by `order` and perhaps keeps empty values.
fn in_order(fields: &Fields, with_empty: bool, order: fn(&str, &str) -> std::cmp::Ordering) -> String {
    let mut pairs: Vec<_> =
        fields.iter().filter(|(name, value)| *name != "sign" && (with_empty || !value.is_empty())).collect();
    pairs.sort_by(|a, b| order(a.0, b.0));
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

    /// A message whose `sign` was made by somebody over `text` with `key`.
    fn sent(pairs: &[(&str, &str)], text: &str, key: &str, sign_type: SignType) -> Fields {
        let sign = digest(text, key, sign_type);
        pairs.iter().copied().chain([("sign", sign.as_str())]).collect()
    }

    fn found(pairs: &[(&str, &str)], text: &str) -> Mistake {
        explain(&sent(pairs, text, KEY, SignType::Md5), KEY).mistake
    }

    #[test]
    fn names_each_mistake() {
        let pairs = &[("b", " x<y "), ("a", ""), ("C", "1")];
        let k = format!("&key={KEY}");
        assert_eq!(found(pairs, &format!("C=1&b= x<y {k}")), Mistake::None);
        assert_eq!(found(pairs, &format!("C=1&a=&b= x<y {k}")), Mistake::EmptyValuesSigned);
        assert_eq!(found(pairs, &format!("C=1&b= x&lt;y {k}")), Mistake::ValuesEscaped);
        assert_eq!(found(pairs, &format!("C=1&b=%20x%3Cy%20{k}")), Mistake::ValuesUrlEncoded);
        assert_eq!(found(pairs, &format!("C=1&b=x<y{k}")), Mistake::ValuesTrimmed);
        assert_eq!(found(pairs, &format!("b= x<y &C=1{k}")), Mistake::NamesSortedWithoutCase);
        assert_eq!(found(&[("b", "2"), ("a", "1"), ("C", "1")], &format!("b=2&a=1&C=1{k}")), Mistake::NamesNotSorted);
        assert_eq!(found(pairs, "C=1&b= x<y "), Mistake::KeyLeftOut);
        assert_eq!(found(&[("a", "😀")], "?"), Mistake::FourByteCharacter);
        assert_eq!(found(pairs, "?"), Mistake::Unknown);
        assert_eq!(explain(&pairs.iter().copied().collect(), KEY).mistake, Mistake::Missing);
    }

    #[test]
    fn knows_the_other_algorithm_and_key() {
        let pairs = &[("a", "1")];
        let hmac = sent(pairs, &format!("a=1&key={KEY}"), KEY, SignType::HmacSha256);
        assert_eq!(explain(&hmac, KEY).mistake, Mistake::OtherAlgorithm);
        let typed = &[("a", "1"), ("sign_type", "HMAC-SHA256")];
        let left_out = sent(typed, &format!("a=1&key={KEY}"), KEY, SignType::HmacSha256);
        assert_eq!(explain(&left_out, KEY).mistake, Mistake::SignTypeLeftOut);
        let spaced = sent(pairs, &format!("a=1&key={KEY}\n"), &format!("{KEY}\n"), SignType::Md5);
        let explained = explain(&spaced, KEY);
        assert_eq!(explained.mistake, Mistake::KeyWithWhiteSpace);
        assert_eq!(explained.string_to_sign, "a=1&key=***");
    }
}
