//! Why a signature differs: WeChat says 签名错误 and no more, so the usual mistakes (签名校验失败 FAQ) are tried one by one.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use crate::codes::ErrorCode;
use crate::crypto::digest::{SignType, digest, sha256};
use crate::error::Error;
use crate::explanation::Mistake;
use crate::fields::Fields;
use crate::v2::sign::{sign, string_to_sign};
use crate::wire::{form, xml};

/// Other keys that are known, with which somebody may have signed. Empty ones count as not known.
#[derive(Clone, Copy, Default)]
pub struct OtherKeys<'a> {
    /// The merchant's APIv3 key.
    pub api_v3_key: Option<&'a str>,
    /// The appid's secret.
    pub app_secret: Option<&'a str>,
    /// The API keys of other merchants, such as a service provider's sub-merchants.
    pub other_merchants: &'a [&'a str],
}

impl<'a> OtherKeys<'a> {
    fn iter(self) -> impl Iterator<Item = (Mistake, &'a str)> {
        let own = [(Mistake::API_V3_KEY_AS_KEY, self.api_v3_key), (Mistake::APP_SECRET_AS_KEY, self.app_secret)];
        let own = own.into_iter().filter_map(|(mistake, key)| Some((mistake, key?)));
        let others = self.other_merchants.iter().map(|key| (Mistake::KEY_OF_OTHER_MERCHANT, *key));
        own.chain(others).filter(|(_, key)| !key.is_empty())
    }
}

/// How many there are, and none of them.
impl fmt::Debug for OtherKeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtherKeys({})", self.iter().count())
    }
}

/// What a message's signature should have been made of, beside the likeliest mistake.
///
/// `key` is the right key. The result contains neither the key, nor any other that is known, nor a right signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The text to sign, its key shown as `***`.
    pub string_to_sign: String,
    /// The text that was signed, its key shown as `***`; bytes that are no UTF-8 as `\xB2`. `None` when no mistake gives
    /// the signature that was received.
    pub likely_string: Option<String>,
    /// The algorithm the message declares, or MD5.
    pub sign_type: SignType,
    /// The likeliest mistake.
    pub mistake: Mistake,
}

/// Explains the `sign` of a message as received.
///
/// Costs up to a hundred signatures of a message of 16 KiB; a longer one is not searched for mistakes.
pub fn explain(fields: &Fields, key: &str) -> Explanation {
    explain_with(fields, key, None, OtherKeys::default())
}

/// Explains the `sign` of fields whose algorithm is agreed elsewhere, such as a page's parameters.
pub fn explain_as(fields: &Fields, key: &str, declared: SignType) -> Explanation {
    explain_with(fields, key, Some(declared), OtherKeys::default())
}

/// Explains a `sign`, also by the other keys that are known: one signature more for each of them. The algorithm is the
/// message's own, unless it is agreed elsewhere.
pub fn explain_with(fields: &Fields, key: &str, agreed: Option<SignType>, others: OtherKeys<'_>) -> Explanation {
    let own = || fields.filled("sign_type").and_then(|text| text.parse().ok());
    let declared = agreed.or_else(own).unwrap_or(SignType::Md5);
    let secrets = secrets(key, others);
    // Some send a key as a field.
    let mut text = masked(&secrets, &string_to_sign(fields.iter()));
    text.push_str("&key=***");
    let (mistake, likely_string) = mistake(fields, key, declared, others, &secrets);
    Explanation { string_to_sign: text, likely_string, sign_type: declared, mistake }
}

/// Adds the likeliest mistake to the error of a message whose signature did not match. `body` is that message.
pub fn explained(error: Error, body: &[u8], key: &str) -> Error {
    if !error.is(ErrorCode::SignMismatch) {
        return error;
    }
    let Ok(fields) = xml::parse(body) else { return error };
    let length: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    if length > SEARCHED {
        return error;
    }
    let mistake = explain(&fields, key).mistake;
    error.likely(&mistake)
}

/// What is not shown: longer ones first, of which another may be a part.
fn secrets<'a>(key: &'a str, others: OtherKeys<'a>) -> Vec<&'a str> {
    let mut secrets: Vec<_> = std::iter::once(key).chain(others.iter().map(|(_, key)| key)).collect();
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

fn masked(secrets: &[&str], text: &str) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

/// Stands for the key in what is shown.
const MASK: &str = "***";
/// A longer text is not searched: each guess hashes it again, and anybody may send one.
const SEARCHED: usize = 16 * 1024;
/// Up to how many fields each is tried as the one that was not signed.
const TRIED_ALONE: usize = 48;

/// What somebody did to each value before signing.
type Map = fn(&str) -> Cow<'_, str>;
/// How somebody wrote a key or a name.
type Spelling = fn(&str) -> String;
/// How somebody joined text and key.
type End = fn(&str, &str) -> String;

fn mistake(
    fields: &Fields,
    key: &str,
    declared: SignType,
    others: OtherKeys<'_>,
    secrets: &[&str],
) -> (Mistake, Option<String>) {
    let Some(given) = fields.filled("sign") else { return (Mistake::MISSING, None) };
    // The length tells what was used, whatever was declared.
    let sign_type = match given.len() {
        32 => SignType::Md5,
        64 => SignType::HmacSha256,
        _ => return (Mistake::MALFORMED, None),
    };
    let length: usize = fields.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut search = Search { fields, key, secrets, given, sign_type, found: None };
    if length <= SEARCHED || given == sign(fields.iter(), key, sign_type) {
        let plain = if sign_type == declared { Mistake::NONE } else { Mistake::OTHER_ALGORITHM };
        search.fields(plain, |fields| string_to_sign(fields.iter()));
    }
    if length <= SEARCHED {
        about_values_and_names(&mut search);
        about_the_key(&mut search);
        about_single_fields(&mut search);
        for (mistake, other) in others.iter() {
            search.another_key(mistake, other);
        }
    }
    search.found.unwrap_or_else(|| {
        let four = |value: &str| value.chars().any(|c| c.len_utf8() == 4);
        let emoji = fields.iter().any(|(_, value)| four(value));
        (if emoji { Mistake::FOUR_BYTE_CHARACTER } else { Mistake::UNKNOWN }, None)
    })
}

fn about_values_and_names(search: &mut Search<'_>) {
    if search.fields.filled("sign_type").is_some() {
        search.fields(Mistake::SIGN_TYPE_LEFT_OUT, |fields| without(fields, "sign_type"));
    } else {
        for sign_type in SignType::ALL {
            search.fields(Mistake::SIGN_TYPE_NOT_SENT, |fields| with(fields, "sign_type", sign_type.as_str()));
        }
    }
    for nothing in ["", "null", "None", "undefined"] {
        search.fields(Mistake::EMPTY_VALUES_SIGNED, |fields| with_empty(fields, nothing));
    }
    let maps: &[(Mistake, Map)] = &[
        (Mistake::VALUES_ESCAPED, |value| quick_xml::escape::escape(value)),
        (Mistake::VALUES_ESCAPED, |value| quick_xml::escape::partial_escape(value)),
        (Mistake::VALUES_ESCAPED, |value| quick_xml::escape::minimal_escape(value)),
        (Mistake::VALUES_ESCAPED, |value| format!("<![CDATA[{value}]]>").into()),
        (Mistake::VALUES_URL_ENCODED, |value| form::component(value).into()),
        (Mistake::VALUES_URL_ENCODED, |value| form::component(value).replace("%20", "+").into()),
        (Mistake::VALUES_URL_ENCODED, |value| strictly_encoded(value, "%20").into()),
        (Mistake::VALUES_URL_ENCODED, |value| strictly_encoded(value, "+").into()),
        (Mistake::VALUES_URL_ENCODED, |value| small_percents(&strictly_encoded(value, "+")).into()),
        (Mistake::VALUES_TRIMMED, |value| value.trim().into()),
        (Mistake::VALUES_OTHER_CHARSET, |value| value.replace(|c: char| !c.is_ascii(), "?").into()),
        (Mistake::VALUES_OTHER_CHARSET, read_as_latin1),
    ];
    for (mistake, map) in maps {
        search.fields(*mistake, |fields| {
            let filled = fields.iter().filter(|(_, value)| !value.is_empty());
            let values: Vec<_> = filled.map(|(name, value)| (name, map(value))).collect();
            string_to_sign(values.iter().map(|(name, value)| (*name, &**value)))
        });
    }
    if search.fields.iter().any(|(_, value)| !value.is_ascii()) {
        let in_gbk = |text: &str| encoding_rs::GBK.encode(text).0.into_owned();
        search.bytes(Mistake::VALUES_OTHER_CHARSET, |fields, key| in_gbk(&keyed(string_to_sign(fields.iter()), key)));
    }
    let lower = |a: &str, b: &str| a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
    for (mistake, order) in [
        (Mistake::NAMES_SORTED_WITHOUT_CASE, lower as fn(&str, &str) -> Ordering),
        (Mistake::NAMES_NOT_SORTED, |_, _| Ordering::Equal),
    ] {
        let signed = |fields: &Fields| {
            in_order(fields.iter().filter(|(name, value)| *name != "sign" && !value.is_empty()), order)
        };
        search.fields(mistake, signed);
    }
    let names: &[Spelling] = &[
        |name| name.to_ascii_lowercase(),
        |name| name.to_ascii_uppercase(),
        camel,
        |name| camel(name).replace("appid", "appId"),
    ];
    for spelt in names {
        search.fields(Mistake::NAMES_OTHER_CASE, |fields| {
            let names: Vec<_> = fields.iter().filter(|(name, _)| *name != "sign").collect();
            let names: Vec<_> = names.into_iter().map(|(name, value)| (spelt(name), value)).collect();
            string_to_sign(names.iter().map(|(name, value)| (name.as_str(), *value)))
        });
    }
    // An earlier signature is a right one, which is not shown.
    let right = sign(search.fields.iter(), search.key, search.sign_type);
    search.fields(Mistake::SIGN_SIGNED, |fields| with(fields, "sign", ""));
    search.bytes(Mistake::SIGN_SIGNED, |fields, key| {
        let earlier = if key == MASK { MASK } else { &right };
        keyed(with(fields, "sign", earlier), key).into()
    });
}

fn about_the_key(search: &mut Search<'_>) {
    let spelt: &[(Mistake, Spelling)] = &[
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!("{key} ")),
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!(" {key}")),
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!(" {key} ")),
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!("{key}\n")),
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!("{key}\r\n")),
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!("{key}\r")),
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!("{key}\t")),
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!("\u{feff}{key}")),
        (Mistake::KEY_WITH_WHITE_SPACE, |key| format!("{key}\u{200b}")),
        (Mistake::KEY_QUOTED, |key| format!("\"{key}\"")),
        (Mistake::KEY_QUOTED, |key| format!("'{key}'")),
        (Mistake::KEY_OTHER_CASE, |key| key.to_ascii_uppercase()),
        (Mistake::KEY_OTHER_CASE, |key| key.to_ascii_lowercase()),
    ];
    for (mistake, spelt) in spelt {
        search.with_key(*mistake, |fields, key| keyed(string_to_sign(fields.iter()), key).into(), spelt);
    }
    let ends: &[(Mistake, End)] = &[
        (Mistake::KEY_LEFT_OUT, |text, _| text.to_owned()),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}{key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&{key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&KEY={key}")),
    ];
    for (mistake, end) in ends {
        search.bytes(*mistake, |fields, key| end(&string_to_sign(fields.iter()), key).into());
    }
    search.bytes(Mistake::KEY_AMONG_FIELDS, |fields, key| with(fields, "key", key).into());
    if search.sign_type == SignType::HmacSha256 && search.found.is_none() {
        let text = keyed(string_to_sign(search.fields.iter()), search.key);
        if sha256(&text).eq_ignore_ascii_case(search.given) {
            let shown = keyed(string_to_sign(search.masked().iter()), MASK);
            search.found = Some((Mistake::PLAIN_SHA256, Some(shown)));
        }
    }
}

fn about_single_fields(search: &mut Search<'_>) {
    let names: Vec<&str> = search.fields.iter().map(|(name, _)| name).filter(|name| *name != "sign").collect();
    if names.len() <= TRIED_ALONE {
        for left_out in names {
            search.fields(Mistake::FIELD_NOT_SIGNED, |fields| without(fields, left_out));
        }
    }
}

/// Tries one guess after the other until one gives the signature that was received.
struct Search<'a> {
    fields: &'a Fields,
    key: &'a str,
    secrets: &'a [&'a str],
    given: &'a str,
    sign_type: SignType,
    found: Option<(Mistake, Option<String>)>,
}

impl Search<'_> {
    /// A guess at the fields' text, to which the key is rightly appended.
    fn fields(&mut self, mistake: Mistake, text: impl Fn(&Fields) -> String) {
        self.bytes(mistake, |fields, key| keyed(text(fields), key).into());
    }

    /// A guess at the whole text.
    fn bytes(&mut self, mistake: Mistake, text: impl Fn(&Fields, &str) -> Vec<u8>) {
        self.with_key(mistake, text, str::to_owned);
    }

    /// A guess at the whole text and at the key. What is shown is the same guess with the key masked from the start, so
    /// that no spelling of the key gets through.
    fn with_key(&mut self, mistake: Mistake, text: impl Fn(&Fields, &str) -> Vec<u8>, spelt: impl Fn(&str) -> String) {
        if self.found.is_some() {
            return;
        }
        let key = spelt(self.key);
        if digest(text(self.fields, &key), &key, self.sign_type).eq_ignore_ascii_case(self.given) {
            self.found = Some((mistake, Some(shown(&text(&self.masked(), &spelt(MASK))))));
        }
    }

    /// The right text under another key.
    fn another_key(&mut self, mistake: Mistake, key: &str) {
        if self.found.is_some() {
            return;
        }
        let text = keyed(string_to_sign(self.fields.iter()), key);
        if digest(text, key, self.sign_type).eq_ignore_ascii_case(self.given) {
            self.found = Some((mistake, Some(keyed(string_to_sign(self.masked().iter()), MASK))));
        }
    }

    fn masked(&self) -> Fields {
        let mask = |text: &str| masked(self.secrets, text);
        let pairs: Vec<_> = self.fields.iter().map(|(name, value)| (mask(name), mask(value))).collect();
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

fn keyed(mut text: String, key: &str) -> String {
    text.push_str("&key=");
    text.push_str(key);
    text
}

fn shown(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    out
}

fn without(fields: &Fields, left_out: &str) -> String {
    string_to_sign(fields.iter().filter(|(name, _)| *name != left_out))
}

/// With a field more, which may be called `sign` and may be empty.
fn with(fields: &Fields, name: &str, value: &str) -> String {
    let signed = fields.iter().filter(|(known, value)| *known != "sign" && *known != name && !value.is_empty());
    in_order(signed.chain([(name, value)]), str::cmp)
}

fn with_empty(fields: &Fields, nothing: &str) -> String {
    let signed = fields.iter().filter(|(name, _)| *name != "sign");
    in_order(signed.map(|(name, value)| (name, if value.is_empty() { nothing } else { value })), str::cmp)
}

/// The signed text as somebody would write it who sorts by `order` and drops nothing.
fn in_order<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>, order: fn(&str, &str) -> Ordering) -> String {
    let mut pairs: Vec<_> = pairs.collect();
    pairs.sort_by(|a, b| order(a.0, b.0));
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// The text whose bytes, read as ISO-8859-1, gave what was sent.
fn read_as_latin1(value: &str) -> Cow<'_, str> {
    let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).map_or(Cow::Borrowed(value), Cow::Owned)
}

/// As PHP, Java, Python and .NET encode: all but letters, digits and `-_.`.
fn strictly_encoded(value: &str, space: &str) -> String {
    let encoded = form::component(value);
    let rest = [("!", "%21"), ("*", "%2A"), ("'", "%27"), ("(", "%28"), (")", "%29"), ("%20", space)];
    rest.iter().fold(encoded, |text, (from, to)| text.replace(from, to))
}

/// `%E8` as `%e8`.
fn small_percents(encoded: &str) -> String {
    let mut small = 0;
    let lower = |c: char| {
        small = if c == '%' { 2 } else { i32::max(small - 1, -1) };
        if small >= 0 && c != '%' { c.to_ascii_lowercase() } else { c }
    };
    encoded.chars().map(lower).collect()
}

/// `out_trade_no` as `outTradeNo`.
fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |mut text, word| {
        let mut letters = word.chars();
        text.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        text.push_str(letters.as_str());
        text
    })
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
        assert_eq!(found(pairs, &format!("C=1&b= x<y {k}")), Mistake::NONE);
        assert_eq!(found(pairs, &format!("C=1&a=&b= x<y {k}")), Mistake::EMPTY_VALUES_SIGNED);
        assert_eq!(found(pairs, &format!("C=1&b= x&lt;y {k}")), Mistake::VALUES_ESCAPED);
        assert_eq!(found(pairs, &format!("C=1&b=%20x%3Cy%20{k}")), Mistake::VALUES_URL_ENCODED);
        assert_eq!(found(pairs, &format!("C=1&b=x<y{k}")), Mistake::VALUES_TRIMMED);
        assert_eq!(found(pairs, &format!("b= x<y &C=1{k}")), Mistake::NAMES_SORTED_WITHOUT_CASE);
        assert_eq!(found(&[("b", "2"), ("a", "1"), ("C", "1")], &format!("b=2&a=1&C=1{k}")), Mistake::NAMES_NOT_SORTED);
        assert_eq!(found(pairs, "C=1&b= x<y "), Mistake::KEY_LEFT_OUT);
        assert_eq!(found(&[("a", "😀")], "?"), Mistake::FOUR_BYTE_CHARACTER);
        assert_eq!(found(pairs, "?"), Mistake::UNKNOWN);
        assert_eq!(explain(&pairs.iter().copied().collect(), KEY).mistake, Mistake::MISSING);
    }

    #[test]
    fn knows_the_other_algorithm_and_key() {
        let pairs = &[("a", "1")];
        let hmac = sent(pairs, &format!("a=1&key={KEY}"), KEY, SignType::HmacSha256);
        assert_eq!(explain(&hmac, KEY).mistake, Mistake::OTHER_ALGORITHM);
        let typed = &[("a", "1"), ("sign_type", "HMAC-SHA256")];
        let left_out = sent(typed, &format!("a=1&key={KEY}"), KEY, SignType::HmacSha256);
        assert_eq!(explain(&left_out, KEY).mistake, Mistake::SIGN_TYPE_LEFT_OUT);
        let spaced = sent(pairs, &format!("a=1&key={KEY}\n"), &format!("{KEY}\n"), SignType::Md5);
        let explained = explain(&spaced, KEY);
        assert_eq!(explained.mistake, Mistake::KEY_WITH_WHITE_SPACE);
        assert_eq!(explained.string_to_sign, "a=1&key=***");
    }

    #[test]
    fn knows_the_keys_of_other_merchants() {
        let others = OtherKeys { other_merchants: &["", "first", "first and longer"], ..OtherKeys::default() };
        let pairs = &[("a", "1"), ("b", "first and longer")];
        let signed = sent(pairs, "a=1&b=first and longer&key=first", "first", SignType::Md5);
        let explained = explain_with(&signed, KEY, None, others);
        assert_eq!(explained.mistake, Mistake::KEY_OF_OTHER_MERCHANT);
        assert_eq!(explained.string_to_sign, "a=1&b=***&key=***");
        assert_eq!(explained.likely_string.as_deref(), Some("a=1&b=***&key=***"));
        assert_eq!(explain(&signed, KEY).mistake, Mistake::UNKNOWN);
        let unsigned = sent(pairs, "a=1&b=first and longer&key=", "", SignType::Md5);
        assert_eq!(explain_with(&unsigned, KEY, None, others).mistake, Mistake::UNKNOWN);
        assert_eq!(format!("{others:?}"), "OtherKeys(2)");
    }
}
