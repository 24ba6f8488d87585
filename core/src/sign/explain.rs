//! Why a signature differs: WeChat says 签名错误 and no more, so the usual mistakes (签名校验失败 FAQ) are tried one by one.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use sha2::{Digest, Sha256};

use super::v2::{SignType, digest, hex, sign, string_to_sign};
use crate::wire::{Fields, form};

/// The mistake that gives exactly the signature that was received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// Nothing is wrong.
    None,
    /// There is no `sign`.
    Missing,
    /// `sign` has neither the 32 characters of MD5 nor the 64 of HMAC-SHA256.
    Malformed,
    /// Signed with the other algorithm than the message declares.
    OtherAlgorithm,
    /// A plain SHA-256 in place of HMAC-SHA256.
    PlainSha256,
    /// `sign_type` was sent and not signed.
    SignTypeLeftOut,
    /// `sign_type` was signed and not sent.
    SignTypeNotSent,
    /// Fields with empty values were signed.
    EmptyValuesSigned,
    /// `sign` itself was signed: left empty, or with an earlier signature.
    SignSigned,
    /// White space stands around the key.
    KeyWithWhiteSpace,
    /// Quotation marks stand around the key.
    KeyQuoted,
    /// The key's letters are in the other case.
    KeyOtherCase,
    /// Values were XML-escaped, or put into CDATA, before they were signed.
    ValuesEscaped,
    /// Values were URL-encoded before they were signed.
    ValuesUrlEncoded,
    /// White space around values was removed before they were signed.
    ValuesTrimmed,
    /// Values were signed in another character set than UTF-8, or sent in one.
    ValuesOtherCharset,
    /// Names were sorted without regard to case.
    NamesSortedWithoutCase,
    /// Fields were signed in the order in which they were sent.
    NamesNotSorted,
    /// Names were signed in other letters than they were sent in, such as `mchId`.
    NamesOtherCase,
    /// `&key=` and the key were left out.
    KeyLeftOut,
    /// The key was appended without its name, or without the `&` before it.
    KeyWithoutName,
    /// The key was sorted among the fields.
    KeyAmongFields,
    /// One field was sent and not signed.
    FieldNotSigned,
    /// Signed with the APIv3 key.
    ApiV3KeyAsKey,
    /// Signed with the appid's secret.
    AppSecretAsKey,
    /// Signed with another merchant's API key.
    KeyOfOtherMerchant,
    /// The text has a character of four bytes (emoji), which APIv2 does not take.
    FourByteCharacter,
    /// None of these: another key, or another set of fields.
    Unknown,
}

impl Mistake {
    /// All of them, for whoever has a text of their own for each.
    pub const ALL: &'static [Self] = &[
        Self::None,
        Self::Missing,
        Self::Malformed,
        Self::OtherAlgorithm,
        Self::PlainSha256,
        Self::SignTypeLeftOut,
        Self::SignTypeNotSent,
        Self::EmptyValuesSigned,
        Self::SignSigned,
        Self::KeyWithWhiteSpace,
        Self::KeyQuoted,
        Self::KeyOtherCase,
        Self::ValuesEscaped,
        Self::ValuesUrlEncoded,
        Self::ValuesTrimmed,
        Self::ValuesOtherCharset,
        Self::NamesSortedWithoutCase,
        Self::NamesNotSorted,
        Self::NamesOtherCase,
        Self::KeyLeftOut,
        Self::KeyWithoutName,
        Self::KeyAmongFields,
        Self::FieldNotSigned,
        Self::ApiV3KeyAsKey,
        Self::AppSecretAsKey,
        Self::KeyOfOtherMerchant,
        Self::FourByteCharacter,
        Self::Unknown,
    ];

    /// A stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Missing => "sign_missing",
            Self::Malformed => "sign_malformed",
            Self::OtherAlgorithm => "other_algorithm",
            Self::PlainSha256 => "plain_sha256",
            Self::SignTypeLeftOut => "sign_type_left_out",
            Self::SignTypeNotSent => "sign_type_not_sent",
            Self::EmptyValuesSigned => "empty_values_signed",
            Self::SignSigned => "sign_signed",
            Self::KeyWithWhiteSpace => "key_with_white_space",
            Self::KeyQuoted => "key_quoted",
            Self::KeyOtherCase => "key_other_case",
            Self::ValuesEscaped => "values_escaped",
            Self::ValuesUrlEncoded => "values_url_encoded",
            Self::ValuesTrimmed => "values_trimmed",
            Self::ValuesOtherCharset => "values_other_charset",
            Self::NamesSortedWithoutCase => "names_sorted_without_case",
            Self::NamesNotSorted => "names_not_sorted",
            Self::NamesOtherCase => "names_other_case",
            Self::KeyLeftOut => "key_left_out",
            Self::KeyWithoutName => "key_without_name",
            Self::KeyAmongFields => "key_among_fields",
            Self::FieldNotSigned => "field_not_signed",
            Self::ApiV3KeyAsKey => "api_v3_key_as_key",
            Self::AppSecretAsKey => "app_secret_as_key",
            Self::KeyOfOtherMerchant => "key_of_other_merchant",
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
            Self::Malformed => {
                "sign is neither MD5 (32 hexadecimal digits) nor HMAC-SHA256 (64): APIv3's and RSA's signatures do not fit here"
            }
            Self::OtherAlgorithm => {
                "signed with one algorithm while sign_type says the other (none means MD5): send sign_type=HMAC-SHA256 with an HMAC signature"
            }
            Self::PlainSha256 => "hashed with SHA-256 alone: HMAC-SHA256 wants the API key as the key of the HMAC too",
            Self::SignTypeLeftOut => "sign_type was sent but not signed: every field that is sent is signed, but sign itself",
            Self::SignTypeNotSent => "sign_type was signed but not sent: send it, or leave it out of the signature too",
            Self::EmptyValuesSigned => "fields with empty values were signed: leave them out of the signature",
            Self::SignSigned => "sign itself was signed: leave it out, also when a request is signed again",
            Self::KeyWithWhiteSpace => "white space stands around the API key",
            Self::KeyQuoted => "quotation marks stand around the API key",
            Self::KeyOtherCase => "the API key was written in the other case: its letters count as they are",
            Self::ValuesEscaped => "values were XML-escaped or put into CDATA before they were signed: sign the plain text",
            Self::ValuesUrlEncoded => "values were URL-encoded before they were signed: sign the plain text",
            Self::ValuesTrimmed => "white space around values was removed for the signature but sent: sign what is sent",
            Self::ValuesOtherCharset => {
                "values were signed in another character set than they were sent in: sign and send UTF-8, not GBK or ISO-8859-1"
            }
            Self::NamesSortedWithoutCase => "names were sorted without regard to case: sort by byte value, A-Z before _ before a-z",
            Self::NamesNotSorted => "names were not sorted: sort by byte value",
            Self::NamesOtherCase => "names were signed in other letters than they were sent in: mch_id is neither mchId nor MCH_ID",
            Self::KeyLeftOut => "&key= and the API key are missing at the end of the signed text",
            Self::KeyWithoutName => "the API key does not follow as &key=… at the end of the signed text",
            Self::KeyAmongFields => "the key was sorted among the fields: &key=… comes after all of them",
            Self::FieldNotSigned => "one field was sent but not signed: every field that is sent is signed, but sign itself",
            Self::ApiV3KeyAsKey => "signed with the APIv3 key: APIv2 wants the API key, which is set beside it at the platform",
            Self::AppSecretAsKey => "signed with the AppSecret: the payment API wants the merchant's API key",
            Self::KeyOfOtherMerchant => {
                "signed with the API key of another mch_id: a service provider signs with its own key, not its sub-merchant's"
            }
            Self::FourByteCharacter => "a value has a character of four bytes (emoji), which APIv2 does not take",
            Self::Unknown => {
                "signed with another key (reset at the platform? the APIv3 key? the AppSecret? a sub-merchant's?) or over other fields than were sent"
            }
        })
    }
}

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
        let own = [(Mistake::ApiV3KeyAsKey, self.api_v3_key), (Mistake::AppSecretAsKey, self.app_secret)];
        let own = own.into_iter().filter_map(|(mistake, key)| Some((mistake, key?)));
        let others = self.other_merchants.iter().map(|key| (Mistake::KeyOfOtherMerchant, *key));
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
    let Some(given) = fields.filled("sign") else { return (Mistake::Missing, None) };
    // The length tells what was used, whatever was declared.
    let sign_type = match given.len() {
        32 => SignType::Md5,
        64 => SignType::HmacSha256,
        _ => return (Mistake::Malformed, None),
    };
    let length: usize = fields.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut search = Search { fields, key, secrets, given, sign_type, found: None };
    if length <= SEARCHED || given == sign(fields.iter(), key, sign_type) {
        let plain = if sign_type == declared { Mistake::None } else { Mistake::OtherAlgorithm };
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
        (if emoji { Mistake::FourByteCharacter } else { Mistake::Unknown }, None)
    })
}

fn about_values_and_names(search: &mut Search<'_>) {
    if search.fields.filled("sign_type").is_some() {
        search.fields(Mistake::SignTypeLeftOut, |fields| without(fields, "sign_type"));
    } else {
        for sign_type in SignType::ALL {
            search.fields(Mistake::SignTypeNotSent, |fields| with(fields, "sign_type", sign_type.as_str()));
        }
    }
    for nothing in ["", "null", "None", "undefined"] {
        search.fields(Mistake::EmptyValuesSigned, |fields| with_empty(fields, nothing));
    }
    let maps: &[(Mistake, Map)] = &[
        (Mistake::ValuesEscaped, |value| quick_xml::escape::escape(value)),
        (Mistake::ValuesEscaped, |value| quick_xml::escape::partial_escape(value)),
        (Mistake::ValuesEscaped, |value| quick_xml::escape::minimal_escape(value)),
        (Mistake::ValuesEscaped, |value| format!("<![CDATA[{value}]]>").into()),
        (Mistake::ValuesUrlEncoded, |value| form::component(value).into()),
        (Mistake::ValuesUrlEncoded, |value| form::component(value).replace("%20", "+").into()),
        (Mistake::ValuesUrlEncoded, |value| strictly_encoded(value, "%20").into()),
        (Mistake::ValuesUrlEncoded, |value| strictly_encoded(value, "+").into()),
        (Mistake::ValuesUrlEncoded, |value| small_percents(&strictly_encoded(value, "+")).into()),
        (Mistake::ValuesTrimmed, |value| value.trim().into()),
        (Mistake::ValuesOtherCharset, |value| value.replace(|c: char| !c.is_ascii(), "?").into()),
        (Mistake::ValuesOtherCharset, read_as_latin1),
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
        search.bytes(Mistake::ValuesOtherCharset, |fields, key| in_gbk(&keyed(string_to_sign(fields.iter()), key)));
    }
    let lower = |a: &str, b: &str| a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
    for (mistake, order) in [
        (Mistake::NamesSortedWithoutCase, lower as fn(&str, &str) -> Ordering),
        (Mistake::NamesNotSorted, |_, _| Ordering::Equal),
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
        search.fields(Mistake::NamesOtherCase, |fields| {
            let names: Vec<_> = fields.iter().filter(|(name, _)| *name != "sign").collect();
            let names: Vec<_> = names.into_iter().map(|(name, value)| (spelt(name), value)).collect();
            string_to_sign(names.iter().map(|(name, value)| (name.as_str(), *value)))
        });
    }
    // An earlier signature is a right one, which is not shown.
    let right = sign(search.fields.iter(), search.key, search.sign_type);
    search.fields(Mistake::SignSigned, |fields| with(fields, "sign", ""));
    search.bytes(Mistake::SignSigned, |fields, key| {
        let earlier = if key == MASK { MASK } else { &right };
        keyed(with(fields, "sign", earlier), key).into()
    });
}

fn about_the_key(search: &mut Search<'_>) {
    let spelt: &[(Mistake, Spelling)] = &[
        (Mistake::KeyWithWhiteSpace, |key| format!("{key} ")),
        (Mistake::KeyWithWhiteSpace, |key| format!(" {key}")),
        (Mistake::KeyWithWhiteSpace, |key| format!(" {key} ")),
        (Mistake::KeyWithWhiteSpace, |key| format!("{key}\n")),
        (Mistake::KeyWithWhiteSpace, |key| format!("{key}\r\n")),
        (Mistake::KeyWithWhiteSpace, |key| format!("{key}\r")),
        (Mistake::KeyWithWhiteSpace, |key| format!("{key}\t")),
        (Mistake::KeyWithWhiteSpace, |key| format!("\u{feff}{key}")),
        (Mistake::KeyWithWhiteSpace, |key| format!("{key}\u{200b}")),
        (Mistake::KeyQuoted, |key| format!("\"{key}\"")),
        (Mistake::KeyQuoted, |key| format!("'{key}'")),
        (Mistake::KeyOtherCase, |key| key.to_ascii_uppercase()),
        (Mistake::KeyOtherCase, |key| key.to_ascii_lowercase()),
    ];
    for (mistake, spelt) in spelt {
        search.with_key(*mistake, |fields, key| keyed(string_to_sign(fields.iter()), key).into(), spelt);
    }
    let ends: &[(Mistake, End)] = &[
        (Mistake::KeyLeftOut, |text, _| text.to_owned()),
        (Mistake::KeyWithoutName, |text, key| format!("{text}{key}")),
        (Mistake::KeyWithoutName, |text, key| format!("{text}&{key}")),
        (Mistake::KeyWithoutName, |text, key| format!("{text}key={key}")),
        (Mistake::KeyWithoutName, |text, key| format!("{text}&KEY={key}")),
    ];
    for (mistake, end) in ends {
        search.bytes(*mistake, |fields, key| end(&string_to_sign(fields.iter()), key).into());
    }
    search.bytes(Mistake::KeyAmongFields, |fields, key| with(fields, "key", key).into());
    if search.sign_type == SignType::HmacSha256 && search.found.is_none() {
        let text = keyed(string_to_sign(search.fields.iter()), search.key);
        if hex(&Sha256::digest(&text), b"0123456789abcdef").eq_ignore_ascii_case(search.given) {
            let shown = keyed(string_to_sign(search.masked().iter()), MASK);
            search.found = Some((Mistake::PlainSha256, Some(shown)));
        }
    }
}

fn about_single_fields(search: &mut Search<'_>) {
    let names: Vec<&str> = search.fields.iter().map(|(name, _)| name).filter(|name| *name != "sign").collect();
    if names.len() <= TRIED_ALONE {
        for left_out in names {
            search.fields(Mistake::FieldNotSigned, |fields| without(fields, left_out));
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

    #[test]
    fn knows_the_keys_of_other_merchants() {
        let others = OtherKeys { other_merchants: &["", "first", "first and longer"], ..OtherKeys::default() };
        let pairs = &[("a", "1"), ("b", "first and longer")];
        let signed = sent(pairs, "a=1&b=first and longer&key=first", "first", SignType::Md5);
        let explained = explain_with(&signed, KEY, None, others);
        assert_eq!(explained.mistake, Mistake::KeyOfOtherMerchant);
        assert_eq!(explained.string_to_sign, "a=1&b=***&key=***");
        assert_eq!(explained.likely_string.as_deref(), Some("a=1&b=***&key=***"));
        assert_eq!(explain(&signed, KEY).mistake, Mistake::Unknown);
        let unsigned = sent(pairs, "a=1&b=first and longer&key=", "", SignType::Md5);
        assert_eq!(explain_with(&unsigned, KEY, None, others).mistake, Mistake::Unknown);
        assert_eq!(format!("{others:?}"), "OtherKeys(2)");
    }
}
