//! Why the signature over fields differs. WeChat says 签名错误 and no more, so the usual mistakes (签名校验失败 FAQ, public
//! bug reports) are tried one by one, in both directions: what was signed and changed before it was sent, and what was
//! changed before it was signed.

use std::cmp::Ordering;
use std::fmt;

use super::changes::{CHANGES, Change};
use super::json_texts::{self, camel, snake};
use super::message;
use crate::crypto::digest::{SignType, UPPER, digest, hex, sha1, sha256, sha512};
use crate::explanation::{Explanation, Language, Mistake, Origin, Proof};
use crate::fields::Fields;
use crate::redact::{is_secret_name, without_secrets};
use crate::v2::sign::{VerifyError, sign, string_to_sign};
use crate::wire::form;

/// Other keys that are known, with which a message may have been signed. Empty ones count as not known.
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
    pub(super) fn iter(self) -> impl Iterator<Item = (Mistake, &'a str)> {
        let own = [(Mistake::API_V3_KEY_AS_KEY, self.api_v3_key), (Mistake::APP_SECRET_AS_KEY, self.app_secret)];
        let own = own.into_iter().filter_map(|(mistake, key)| Some((mistake, key?)));
        let others = self.other_merchants.iter().map(|key| (Mistake::KEY_OF_OTHER_MERCHANT, *key));
        own.chain(others).filter(|(_, key)| !key.is_empty())
    }
}

/// Shows how many there are, and no key.
impl fmt::Debug for OtherKeys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtherKeys({})", self.iter().count())
    }
}

/// Explains the `sign` of a message as received. `key` is the right key.
pub fn explain(fields: &Fields, key: &str) -> Explanation {
    explain_with(fields, key, None, OtherKeys::default())
}

/// Explains the `sign` of fields whose algorithm is agreed elsewhere, such as a page's parameters.
pub fn explain_as(fields: &Fields, key: &str, declared: SignType) -> Explanation {
    explain_with(fields, key, Some(declared), OtherKeys::default())
}

/// Explains a `sign`, also by the other keys that are known. The algorithm is the message's own, unless it is agreed
/// elsewhere.
///
/// Costs up to a few milliseconds; a message of more than 16 KiB is not searched for mistakes.
pub fn explain_with(fields: &Fields, key: &str, agreed: Option<SignType>, others: OtherKeys<'_>) -> Explanation {
    examined(fields, key, agreed, others, true)
}

/// The text that a request was signed over, with secrets as `***`.
pub fn signed(fields: &Fields, key: &str, others: OtherKeys<'_>) -> String {
    keyed(masked(&secrets(key, others), &text_of(fields)), MASK)
}

/// The text that fields are signed over, without the key, and with `***` for the values of fields whose names are those of secrets: some
/// programs send a key, and it is not always one of those that are known.
pub fn text_of(fields: &Fields) -> String {
    without_secrets(&string_to_sign(fields.iter().map(|(name, value)| (name, shown_value(name, value))))).into_owned()
}

fn shown_value<'a>(name: &str, value: &'a str) -> &'a str {
    if !value.is_empty() && is_secret_name(name) { MASK } else { value }
}

/// Explains why a check refused a message, with the line that the error shows. `search` says whether mistakes are tried:
/// anybody may send a wrong signature, and it costs up to a few milliseconds.
pub fn refused(error: VerifyError, fields: &Fields, key: &str, others: OtherKeys<'_>, search: bool) -> Explanation {
    let mut explanation = examined(fields, key, None, others, search);
    if let VerifyError::NotAllowed(_) = error {
        explanation.mistake = Mistake::SIGN_TYPE_NOT_ALLOWED;
        explanation.proof = Proof::Seen;
        explanation.field = None;
        explanation.likely_string = None;
    }
    if explanation.mistake == Mistake::KEY_SENT {
        // It arrived here: anybody may write such a field, and this server sent nothing.
        (explanation.mistake, explanation.proof) = (Mistake::UNKNOWN, Mistake::UNKNOWN.proof);
        (explanation.field, explanation.likely_string) = (None, None);
    }
    let told = [Mistake::MISSING, Mistake::NOT_SEARCHED, Mistake::SIGN_TYPE_NOT_ALLOWED];
    let cause = || explanation.message(Language::English);
    explanation.summary = Some(if explanation.mistake == Mistake::REFUND_NOTIFICATION {
        cause()
    } else if told.contains(&explanation.mistake) {
        error.to_string()
    } else {
        format!("{error}; likely: {}", cause())
    });
    explanation
}

/// The explanation of a notification whose signature was refused, if it names another merchant or appid than the client's: where several
/// clients share an address, the key is right and the client is not. What it names is not verified.
pub fn addressed(
    explanation: Explanation,
    error: VerifyError,
    fields: &Fields,
    appid: &str,
    mch_id: &str,
) -> Explanation {
    /// No number of WeChat's is longer. Anybody may send a long one.
    const LONGEST: usize = 32;
    let fits = |text: &&str| text.len() <= LONGEST && text.bytes().all(|b| b.is_ascii_alphanumeric());
    let named = [("mch_id", mch_id), ("appid", appid)].into_iter().find_map(|(name, own)| {
        let named = fields.filled(name).filter(|named| *named != own).filter(fits)?;
        Some((name, named, own))
    });
    // Where a mistake is proved, the message is of this client's own key.
    let is_open = explanation.proof == Proof::Likely || explanation.mistake == Mistake::SIGN_TYPE_NOT_ALLOWED;
    let Some((name, named, own)) = named.filter(|_| is_open) else { return explanation };
    let mistake = Mistake::ADDRESSED_TO_ANOTHER;
    let advice = mistake.advice(Language::English);
    let summary = format!("{error}; the notification names {name} {named}, and this client is for {own}: {advice}");
    Explanation { summary: Some(summary), ..explanation.found(mistake, None) }
}

/// The explanation of a message that was refused, when the client has verified other messages with the same key.
pub fn with_right_key(explanation: Explanation) -> Explanation {
    if explanation.mistake != Mistake::UNKNOWN {
        return explanation;
    }
    let likely = explanation.summary.as_deref().and_then(|summary| summary.split_once("; likely: "));
    let summary =
        likely.map(|(error, _)| format!("{error}; likely: {}", Mistake::CHANGED_OR_FORGED.message(Language::English)));
    Explanation {
        summary: summary.or(explanation.summary.clone()),
        ..explanation.found(Mistake::CHANGED_OR_FORGED, None)
    }
}

fn examined(fields: &Fields, key: &str, agreed: Option<SignType>, others: OtherKeys<'_>, search: bool) -> Explanation {
    let own = || fields.filled("sign_type").and_then(|text| text.parse().ok());
    let origin = origin(|name| fields.get(name).is_some());
    // WeChat signs by the algorithm of the order, and seldom names it. Of a request without sign_type it assumes MD5.
    let by_length =
        || fields.filled("sign").filter(|_| origin == Origin::WeChat).and_then(|sign| SignType::of_length(sign.len()));
    let declared = agreed.or_else(own).or_else(by_length).unwrap_or(SignType::Md5);
    let secrets = secrets(key, others);
    let found = found(fields, key, declared, others, &secrets, search);
    // What should be signed has no secret that was sent.
    let secret = found.field.as_deref().filter(|_| found.mistake == Mistake::KEY_SENT);
    let string_to_sign = match secret {
        Some(secret) => signed(&fields.iter().filter(|(name, _)| *name != secret).collect(), key, others),
        None => signed(fields, key, others),
    };
    let likely_string = found.likely.filter(|likely| secret.is_none() || *likely != string_to_sign);
    Explanation {
        proof: found.mistake.proof(),
        mistake: found.mistake,
        // What is wrong with a key is said in fixed words: a key such as `null` may be among them.
        field: found.field.map(|name| if is_of_key(&found.mistake) { name } else { masked(&secrets, &name) }),
        origin,
        sign_type: declared.as_str(),
        string_to_sign,
        likely_string,
        summary: None,
    }
}

fn is_of_key(mistake: &Mistake) -> bool {
    [Mistake::KEY_FORM, Mistake::KEY_MALFORMED].contains(mistake)
}

/// Requests have no `return_code`; replies and notifications have.
fn origin(has: impl Fn(&str) -> bool) -> Origin {
    if has("return_code") || has("transaction_id") && has("time_end") { Origin::WeChat } else { Origin::Merchant }
}

/// The texts that are masked. Longer ones come first, because a shorter one may be a part of them.
pub(super) fn secrets<'a>(key: &'a str, others: OtherKeys<'a>) -> Vec<&'a str> {
    let mut secrets: Vec<_> = std::iter::once(key).chain(others.iter().map(|(_, key)| key)).collect();
    secrets.retain(|secret| !secret.is_empty());
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

pub(super) fn masked(secrets: &[&str], text: &str) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

/// Stands for a secret in what is shown.
pub(super) const MASK: &str = "***";
/// A longer message is not searched: each guess hashes it again, and anybody may send one.
const SEARCHED: usize = 16 * 1024;
/// How many bytes all guesses together may hash: some milliseconds.
const BUDGET: usize = 3 * 1024 * 1024;
/// Up to how many fields each is tried alone.
const TRIED_ALONE: usize = 48;

/// How a key or a name was written.
type Spelling = fn(&str) -> String;
/// How text and key were joined.
type End = fn(&str, &str) -> String;
/// How names were sorted.
type Order = fn(&(&str, &str), &(&str, &str)) -> Ordering;

struct Found {
    mistake: Mistake,
    field: Option<String>,
    likely: Option<String>,
}

fn found(
    fields: &Fields,
    key: &str,
    declared: SignType,
    others: OtherKeys<'_>,
    secrets: &[&str],
    search: bool,
) -> Found {
    let only = |mistake| Found { mistake, field: None, likely: None };
    let Some(given) = fields.filled("sign") else {
        return only(message::without_sign(fields));
    };
    // The length tells what was used, whatever was declared.
    let Some((digits, sign_type, plain)) = signature(given, declared) else {
        let text = keyed(string_to_sign(fields.iter()), key);
        return only(if search && text.len() <= SEARCHED { malformed(given, &text, key) } else { Mistake::MALFORMED });
    };
    let longest = if search { SEARCHED } else { 0 };
    let length: usize = fields.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    let mut search =
        Search { message: Message::of(fields), key, secrets, given: &digits, sign_type, budget: BUDGET, found: None };
    if length <= longest || sign(fields.iter(), key, sign_type).eq_ignore_ascii_case(&digits) {
        search.budget += length;
        search.fields(plain, |message| joined(message.filled.iter().copied()));
    }
    // Which algorithm it was.
    if let Some(found) = search.found.as_mut().filter(|found| found.mistake == Mistake::OTHER_ALGORITHM) {
        found.field = Some(sign_type.as_str().to_owned());
    }
    let fits = search.found.as_ref().map(|found| found.mistake);
    let secret = secret_sent(fields, key, others);
    if let Some(secret) = secret.filter(|_| fits == Some(Mistake::NONE)) {
        return Found { field: Some(secret.to_owned()), ..only(Mistake::KEY_SENT_SIGNED) };
    }
    if let Some(beside) = fits.and_then(|fits| beside(fields, fits, sign_type)) {
        return only(beside);
    }
    let names = || ["mch_id", "appid"].map(|name| fields.filled(name).unwrap_or_default());
    if fits == Some(Mistake::NONE)
        && is_request(fields)
        && let Some((mistake, field)) = remark(given, key, names(), others)
    {
        return Found { field, ..only(mistake) };
    }
    if length > longest {
        return search.found.unwrap_or(only(Mistake::NOT_SEARCHED));
    }
    if let Some(secret) = secret {
        about_a_secret(&mut search, secret);
    }
    about_the_key(&mut search);
    for (mistake, other) in others.iter() {
        search.another_key(mistake, other);
        search.hmac_key(other);
    }
    let hashed = digest(key, "", SignType::Md5);
    for hashed in [&hashed, &hashed.to_ascii_lowercase()] {
        search.another_key(Mistake::KEY_HASHED, hashed);
    }
    for (mistake, names) in OWN_NUMBERS {
        for own in names.iter().filter_map(|name| fields.filled(name)) {
            search.another_key(mistake, own);
            search.hmac_key(own);
        }
    }
    about_all_values(&mut search);
    about_names(&mut search);
    about_other_names(&mut search);
    about_single_fields(&mut search);
    about_amounts(&mut search);
    about_json(&mut search);
    about_spaces(&mut search);
    about_the_text(&mut search);
    about_cut_values(&mut search);
    about_two_fields(&mut search);
    search.found.unwrap_or_else(|| {
        if let Some(secret) = secret {
            let likely = Mistake { proof: Proof::Likely, ..Mistake::KEY_SENT };
            return Found { field: Some(secret.to_owned()), ..only(likely) };
        }
        if let Some(form) = key_form(key, names()) {
            return Found { field: Some(form), ..only(Mistake::KEY_MALFORMED) };
        }
        if let Some(count) = without_numbered(fields) {
            return Found { field: Some(count.to_owned()), ..only(Mistake::NUMBERED_FIELDS_LOST) };
        }
        let mistake = hint(fields);
        let with_exponent = || fields.iter().find(|(_, value)| has_exponent(value)).map(|(name, _)| name.to_owned());
        let field = match () {
            () if mistake == Mistake::MISSING_FIELDS => Some("nonce_str".to_owned()),
            () if mistake == Mistake::DIGITS_LOST => with_exponent(),
            () => None,
        };
        Found { field, ..only(mistake) }
    })
}

/// What is taken for the key, by the names that it has in the calls, in pages and in apps.
const OWN_NUMBERS: [(Mistake, [&str; 4]); 2] = [
    (Mistake::MCH_ID_AS_KEY, ["mch_id", "mchid", "partnerid", "sub_mch_id"]),
    (Mistake::APPID_AS_KEY, ["appid", "appId", "mch_appid", "wxappid"]),
];

/// The field of the merchant's that holds a key or another secret, by its name or by its value.
pub(super) fn secret_sent<'a>(fields: &'a Fields, key: &str, others: OtherKeys<'_>) -> Option<&'a str> {
    /// The keys of the platform and the AppSecret have it. What is given in their place may stand in any field, such as an appid.
    const LENGTH: usize = 32;
    if origin(|name| fields.get(name).is_some()) == Origin::WeChat {
        return None;
    }
    let is_known = |value: &str| {
        let known = std::iter::once(key).chain(others.iter().map(|(_, key)| key));
        known.map(str::trim).filter(|key| key.len() == LENGTH).any(|key| value.trim() == key)
    };
    let is_secret = |name: &str, value: &str| !value.is_empty() && (is_secret_name(name) || is_known(value));
    fields.iter().find(|(name, value)| *name != "sign" && is_secret(name, value)).map(|(name, _)| name)
}

/// A secret that was sent: the signature was made without it, or with it in the place of `&key=`.
fn about_a_secret(search: &mut Search<'_>, secret: &str) {
    let text = |message: &Message<'_>, key: &str| keyed(joined(message.without(secret)), key);
    search.bytes(Mistake::KEY_SENT, Some(secret), |message, key| text(message, key).into());
    // The key stood among the sorted fields, with and without `&key=` at the end.
    search.bytes(Mistake::KEY_SENT, Some(secret), |message, _| joined(message.filled.iter().copied()).into());
    let own = |message: &Message<'_>, key: &str| by_name(message.without(secret).chain([("key", key)]).collect());
    search.bytes(Mistake::KEY_SENT, Some(secret), |message, key| own(message, key).into());
    search.bytes(Mistake::KEY_SENT, Some(secret), |message, key| keyed(own(message, key), key).into());
}

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

/// The mistake in a request whose signature `fits` the fields, with nothing or with another algorithm than declared.
fn beside(fields: &Fields, fits: Mistake, sign_type: SignType) -> Option<Mistake> {
    let is_right = fits == Mistake::NONE;
    if !is_request(fields) || !is_right && fits != Mistake::OTHER_ALGORITHM {
        return None;
    }
    let is_unknown = fields.filled("sign_type").is_some_and(|text| text.parse::<SignType>().is_err());
    let has = |names: &&[&str]| names.iter().all(|name| fields.filled(name).is_some());
    match () {
        // WeChat refuses the character in a request, whatever the signature is.
        () if is_right && hint(fields) == Mistake::FOUR_BYTE_CHARACTER => Some(Mistake::FOUR_BYTE_CHARACTER),
        () if is_unknown => Some(Mistake::SIGN_TYPE_UNKNOWN),
        () if is_right && sign_type == SignType::Md5 && HMAC_ONLY.iter().any(has) => Some(Mistake::HMAC_NEEDED),
        () => None,
    }
}

/// What is wrong, or worth a look, although the signature `given` is right, with the field of the explanation. `names` are the merchant's
/// number and the appid.
pub(super) fn remark(
    given: &str,
    key: &str,
    names: [&str; 2],
    others: OtherKeys<'_>,
) -> Option<(Mistake, Option<String>)> {
    if let Some(form) = key_form(key, names) {
        return Some((Mistake::KEY_FORM, Some(form)));
    }
    match () {
        () if others.api_v3_key == Some(key) => Some((Mistake::KEY_IS_API_V3_KEY, None)),
        () if given.bytes().any(|b| b.is_ascii_lowercase()) => Some((Mistake::SIGN_LOWER_CASE, None)),
        () => None,
    }
}

/// Fields that stand together only in calls that take HMAC-SHA256 alone: profit sharing, downloadfundflow, batchquerycomment.
const HMAC_ONLY: &[&[&str]] = &[
    &["receivers", "out_order_no"],
    &["receiver"],
    &["out_return_no"],
    &["transaction_id", "out_order_no"],
    &["bill_date", "account_type"],
    &["begin_time", "end_time", "offset"],
];

/// The signature in hexadecimal, its algorithm, and the mistake to name when it fits the fields.
fn signature(given: &str, declared: SignType) -> Option<(String, SignType, Mistake)> {
    let plain = |sign_type| if sign_type == declared { Mistake::NONE } else { Mistake::OTHER_ALGORITHM };
    if let Some(sign_type) = SignType::of_length(given.len()) {
        return Some((given.to_owned(), sign_type, plain(sign_type)));
    }
    if let Some(sign_type) = SignType::of_length(given.trim().len()) {
        return Some((given.trim().to_owned(), sign_type, Mistake::SIGN_WITH_WHITE_SPACE));
    }
    let bytes = message::base64(given)?;
    // Of the digest, or of its digits.
    let digits = String::from_utf8(bytes.clone()).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()));
    let digits = digits.unwrap_or_else(|| hex(&bytes, UPPER));
    SignType::of_length(digits.len()).map(|sign_type| (digits, sign_type, Mistake::SIGN_ENCODED))
}

/// The mistake in a signature that is neither of MD5's length nor of HMAC-SHA256's.
fn malformed(given: &str, text: &str, key: &str) -> Mistake {
    let is = |digits: &str| digits.eq_ignore_ascii_case(given);
    let md5 = digest(text, key, SignType::Md5);
    // Tools that show 16 digits take those in the middle.
    let is_half = [8..24, 0..16, 16..32].into_iter().any(|half| md5.get(half).is_some_and(is));
    match given.len() {
        16 if is_half => Mistake::SIGN_HALF,
        40 if is(&sha1(text)) => Mistake::SIGN_OTHER_HASH,
        128 if is(&sha512(text)) => Mistake::SIGN_OTHER_HASH,
        _ if lacks_zeros(given, text, key) => Mistake::SIGN_WITHOUT_ZEROS,
        _ => Mistake::MALFORMED,
    }
}

/// Whether a signature is the right one, written without the zeros at its beginning, or at the beginning of each byte.
fn lacks_zeros(given: &str, text: &str, key: &str) -> bool {
    SignType::ALL.iter().any(|sign_type| {
        let right = digest(text, key, *sign_type);
        let bytes = right.as_bytes().chunks(2).map(|byte| byte.strip_prefix(b"0").unwrap_or(byte));
        let short: Vec<u8> = bytes.flatten().copied().collect();
        right.trim_start_matches('0').eq_ignore_ascii_case(given) || short.eq_ignore_ascii_case(given.as_bytes())
    })
}

fn hint(fields: &Fields) -> Mistake {
    let any = |test: fn(&str) -> bool| fields.iter().any(|(_, value)| test(value));
    if any(|value| value.chars().any(|c| c.len_utf8() == 4)) {
        Mistake::FOUR_BYTE_CHARACTER
    } else if any(|value| value.contains('\u{fffd}') || value.contains("??")) {
        Mistake::CHARACTERS_LOST
    } else if any(has_exponent) {
        Mistake::DIGITS_LOST
    } else if lacks_nonce(fields) {
        Mistake::MISSING_FIELDS
    } else {
        Mistake::UNKNOWN
    }
}

/// Whether a value is a number with an exponent, such as `4.2E+27`.
fn has_exponent(value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let parts = value.split_once(['e', 'E']).map(|(digits, exponent)| (digits, exponent.trim_start_matches('+')));
    parts.is_some_and(|(digits, exponent)| digits.contains('.') && is_number(digits) && is_number(exponent))
}

/// The field of WeChat's message that counts entries, where no field is numbered: `coupon_count` without `coupon_fee_0`.
fn without_numbered(fields: &Fields) -> Option<&str> {
    if origin(|name| fields.get(name).is_some()) != Origin::WeChat
        || fields.iter().any(|(name, _)| name.ends_with("_0"))
    {
        return None;
    }
    let counts =
        |name: &str, value: &str| name.ends_with("_count") && value.parse::<u32>().is_ok_and(|count| count > 0);
    fields.iter().find(|(name, value)| counts(name, value)).map(|(name, _)| name)
}

/// Whether a request has no `nonce_str`, which nearly every request has.
fn lacks_nonce(fields: &Fields) -> bool {
    is_request(fields) && fields.filled("nonce_str").is_none()
}

/// Whether it is a request, and not only some fields that were signed.
pub(super) fn is_request(fields: &Fields) -> bool {
    fields.filled("mch_id").is_some() && origin(|name| fields.get(name).is_some()) == Origin::Merchant
}

fn about_the_key(search: &mut Search<'_>) {
    if search.sign_type == SignType::HmacSha256 {
        search.try_with(Mistake::PLAIN_SHA256, None, Hash::Sha256, str::to_owned, |message, key| {
            keyed(joined(message.filled.iter().copied()), key).into()
        });
    }
    let spelt: &[(Mistake, Spelling)] = &[
        (Mistake::KEY_WITH_WHITE_SPACE, |key| key.trim_matches(|c: char| c.is_whitespace() || is_unseen(c)).into()),
        (Mistake::KEY_QUOTED, |key| format!("\"{key}\"")),
        (Mistake::KEY_QUOTED, |key| format!("'{key}'")),
        (Mistake::KEY_QUOTED, |key| key.trim_matches(['"', '\'']).into()),
        (Mistake::KEY_OTHER_CASE, |key| key.to_ascii_uppercase()),
        (Mistake::KEY_OTHER_CASE, |key| key.to_ascii_lowercase()),
    ];
    for [before, after] in UNSEEN.iter().flat_map(|unseen| [["", *unseen], [*unseen, ""], [*unseen, *unseen]]) {
        search.key_spelt(Mistake::KEY_WITH_WHITE_SPACE, |key| format!("{before}{key}{after}"));
    }
    for nothing in NOT_LOADED {
        search.key_spelt(Mistake::KEY_NOT_LOADED, |_| (*nothing).to_owned());
        search.hmac_key(nothing);
    }
    for hash in [Hash::Twice, Hash::TwiceInSmallLetters] {
        search.try_with(Mistake::HASHED_TWICE, None, hash, str::to_owned, |message, key| {
            keyed(joined(message.filled.iter().copied()), key).into()
        });
    }
    for (mistake, spelt) in spelt {
        search.try_with(*mistake, None, Hash::Declared, spelt, |message, key| {
            keyed(joined(message.filled.iter().copied()), key).into()
        });
    }
    about_a_cut_key(search);
    let ends: &[(Mistake, End)] = &[
        (Mistake::KEY_LEFT_OUT, |text, _| text.to_owned()),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}{key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&{key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&key{key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&KEY={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&Key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&&key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&key=key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&key ={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}& key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&key = {key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&key={key}&")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&key:{key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&api_key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&apikey={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&apiKey={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&app_key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&appkey={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&mch_key={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&partnerKey={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("{text}&secret={key}")),
        (Mistake::KEY_WITHOUT_NAME, |text, key| format!("key={key}&{text}")),
        (Mistake::KEY_TWICE, |text, key| format!("{text}&key={key}&key={key}")),
        (Mistake::KEY_TWICE, |text, key| format!("{text}&key={key}{key}")),
    ];
    for (mistake, end) in ends {
        search.bytes(*mistake, None, |message, key| end(&joined(message.filled.iter().copied()), key).into());
    }
    search.bytes(Mistake::KEY_AMONG_FIELDS, None, |message, key| by_name(message.with("key", key)).into());
    search.bytes(Mistake::KEY_AMONG_FIELDS, None, |message, key| keyed(by_name(message.with("key", key)), key).into());
}

/// The beginnings and the ends of the key, the longest first.
fn about_a_cut_key(search: &mut Search<'_>) {
    /// Fewer characters are no part of a key that somebody copied.
    const SHORTEST: usize = 4;
    /// Longer keys are none of APIv2.
    const LONGEST: usize = 64;
    /// The keys of the platform have it: where that many characters fit, the message is signed rightly, and the key that was given is wrong.
    const LENGTH: usize = 32;
    let key = search.key;
    let cut = |part: &str| if part == MASK { "**".to_owned() } else { part.to_owned() };
    for at in (SHORTEST..key.len().min(LONGEST)).rev() {
        let parts = [key.get(..at), key.len().checked_sub(at).and_then(|start| key.get(start..))];
        for part in parts.into_iter().flatten() {
            let mistake = if part.len() == LENGTH { Mistake::KEY_TOO_LONG } else { Mistake::KEY_CUT };
            search.key_spelt(mistake, |key| cut(if key == MASK { MASK } else { part }));
        }
    }
}

/// What nobody sees around a key that was copied, or read from a file.
const UNSEEN: &[&str] = &[
    " ", "\n", "\r\n", "\r", "\t", "\u{feff}", "\u{200b}", "\u{a0}", "\u{3000}", "\u{200c}", "\u{200d}", "\u{2060}",
    "\0",
];

fn is_unseen(c: char) -> bool {
    UNSEEN.iter().any(|unseen| unseen.contains(c))
}

/// What programs have in place of a key that was not loaded.
pub(super) const NOT_LOADED: &[&str] =
    &["", "null", "None", "undefined", "nil", "NULL", "false", "[object Object]", "Array", "<nil>", "NaN", "0"];

fn about_all_values(search: &mut Search<'_>) {
    for change in CHANGES.iter().filter(|change| !change.alone) {
        let values = search.changed(change);
        let field = match values.as_slice() {
            [] => continue,
            [(at, _)] => search.message.name(*at),
            _ => None,
        };
        search.values(change, field, &values);
        // A framework that changes texts of people leaves addresses and numbers as they are; sums of money are worked out alone.
        for is_of in [|name: &str| FREE_TEXTS.contains(&name), is_amount] {
            let is_of = |at: usize| search.message.name(at).is_some_and(is_of);
            let some: Vec<_> = values.iter().filter(|(at, _)| is_of(*at)).cloned().collect();
            if (2..values.len()).contains(&some.len()) {
                search.values(change, None, &some);
            }
        }
    }
    // .NET's Encoding.Unicode, and Java's "UTF-16".
    search.bytes(Mistake::VALUES_OTHER_CHARSET, None, |message, key| {
        let text = keyed(joined(message.filled.iter().copied()), key);
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    });
    search.bytes(Mistake::VALUES_OTHER_CHARSET, None, |message, key| {
        let text = keyed(joined(message.filled.iter().copied()), key);
        "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
    });
    if search.message.filled.iter().any(|(_, value)| !value.is_ascii()) {
        search.bytes(Mistake::VALUES_OTHER_CHARSET, None, |message, key| {
            let text = keyed(joined(message.filled.iter().copied()), key);
            encoding_rs::GBK.encode(&text).0.into_owned()
        });
        // Python's and Java's writers put a question mark for what GBK does not have, and GB18030 has everything.
        search.bytes(Mistake::VALUES_OTHER_CHARSET, None, |message, key| {
            let text = keyed(joined(message.filled.iter().copied()), key);
            let one = |c: char| match encoding_rs::GBK.encode(c.encode_utf8(&mut [0; 4])) {
                (bytes, _, false) => bytes.into_owned(),
                _ => vec![b'?'],
            };
            text.chars().flat_map(one).collect()
        });
        search.bytes(Mistake::VALUES_OTHER_CHARSET, None, |message, key| {
            encoding_rs::GB18030.encode(&keyed(joined(message.filled.iter().copied()), key)).0.into_owned()
        });
        search.bytes(Mistake::VALUES_OTHER_CHARSET, None, |message, key| {
            let text = keyed(joined(message.filled.iter().copied()), key);
            text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect()
        });
    }
}

/// Fields that hold texts of people.
const FREE_TEXTS: &[&str] = &["attach", "body", "detail", "device_info", "goods_tag", "scene_info"];

fn is_amount(name: &str) -> bool {
    name.ends_with("_fee") || name == "amount" || name.ends_with("_amount")
}

fn about_names(search: &mut Search<'_>) {
    if search.message.filled.iter().any(|(name, _)| *name == "sign_type") {
        search.fields(Mistake::SIGN_TYPE_LEFT_OUT, |message| joined(message.without("sign_type")));
    } else {
        for sign_type in SignType::ALL {
            search
                .fields(Mistake::SIGN_TYPE_NOT_SENT, |message| by_name(message.with("sign_type", sign_type.as_str())));
        }
    }
    for nothing in NOTHING.iter().copied() {
        search.fields(Mistake::EMPTY_VALUES_SIGNED, |message| {
            let pairs =
                message.sent.iter().map(|(name, value)| (*name, if value.is_empty() { nothing } else { value }));
            by_name(pairs.collect())
        });
    }
    search.fields(Mistake::SIGN_SIGNED, |message| by_name(message.with("sign", "")));
    // An earlier signature is a valid one, so it is masked.
    let right = digest(keyed(joined(search.message.filled.iter().copied()), search.key), search.key, search.sign_type);
    search.bytes(Mistake::SIGN_SIGNED, None, |message, key| {
        let earlier = if key == MASK { MASK } else { &right };
        keyed(by_name(message.with("sign", earlier)), key).into()
    });
    let lower = |a: &(&str, &str), b: &(&str, &str)| a.0.to_ascii_lowercase().cmp(&b.0.to_ascii_lowercase());
    let orders: &[(Mistake, Order)] = &[
        (Mistake::NAMES_SORTED_WITHOUT_CASE, lower),
        (Mistake::NAMES_NOT_SORTED, |_, _| Ordering::Equal),
        (Mistake::NAMES_NOT_SORTED, |a, b| b.0.cmp(a.0)),
        (Mistake::NAMES_NOT_SORTED, |a, b| a.1.cmp(b.1)),
        (Mistake::NAMES_NOT_SORTED, |a, b| format!("{}={}", a.0, a.1).cmp(&format!("{}={}", b.0, b.1))),
        (Mistake::NAMES_NOT_SORTED, |a, b| a.0.len().cmp(&b.0.len()).then_with(|| a.0.cmp(b.0))),
    ];
    for (mistake, order) in orders {
        search.fields(*mistake, |message| {
            let mut pairs: Vec<_> = message.sent.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
            pairs.sort_by(order);
            joined(pairs)
        });
    }
    for spelt in NAMES {
        search.fields(Mistake::NAMES_OTHER_CASE, |message| {
            let names: Vec<_> = message.filled.iter().map(|(name, value)| (spelt(name), *value)).collect();
            by_name(names.iter().map(|(name, value)| (name.as_str(), *value)).collect())
        });
    }
}

const NAMES: &[Spelling] = &[
    |name| name.to_ascii_lowercase(),
    |name| name.to_ascii_uppercase(),
    camel,
    |name| camel(name).replace("appid", "appId"),
    |name| {
        let camel = camel(name);
        let first = camel.chars().next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(camel.chars().skip(1)).collect()
    },
    |name| name.replace('_', ""),
    snake,
];

/// Names of the same thing in other calls, in pages and in apps.
const SYNONYMS: &[&[&str]] = &[
    &["appid", "appId", "app_id", "mch_appid", "wxappid"],
    &["mch_id", "mchid", "mchId", "partnerid", "partnerId", "partner_id"],
    &["nonce_str", "noncestr", "nonceStr", "nonce"],
    &["timestamp", "timeStamp", "time_stamp"],
    &["prepay_id", "prepayid", "prepayId"],
    &["openid", "openId", "open_id", "re_openid", "sub_openid"],
    &["out_trade_no", "partner_trade_no", "mch_billno", "out_order_no"],
    &["total_fee", "amount", "total_amount", "fee"],
    &["spbill_create_ip", "client_ip", "create_ip"],
    &["body", "desc", "description"],
    &["sign_type", "signType", "signtype"],
];

/// Names that are changed together: a transfer and a red packet have their own.
const RENAMED: &[[(&str, &str); 2]] = &[
    [("mch_appid", "appid"), ("mchid", "mch_id")],
    [("appid", "mch_appid"), ("mch_id", "mchid")],
    [("wxappid", "appid"), ("re_openid", "openid")],
    [("appid", "wxappid"), ("openid", "re_openid")],
];

/// Fields that were signed under the names that they have elsewhere.
fn about_other_names(search: &mut Search<'_>) {
    let names: Vec<&str> = search.message.filled.iter().map(|(name, _)| *name).collect();
    if names.len() > TRIED_ALONE {
        return;
    }
    let renamed = |message: &Message<'_>, renamed: &[(&str, &str)]| {
        let other = |name: &str| renamed.iter().find(|(from, _)| *from == name).map(|(_, to)| *to);
        by_name(message.filled.iter().map(|(name, value)| (other(name).unwrap_or(name), *value)).collect())
    };
    for group in SYNONYMS {
        for name in names.iter().filter(|name| group.contains(name)) {
            for other in group.iter().filter(|other| !names.contains(other)) {
                let bare = |name: &str| name.replace('_', "").to_ascii_lowercase();
                let is_spelling = bare(name) == bare(other);
                let mistake = if is_spelling { Mistake::NAMES_OTHER_CASE } else { Mistake::NAMES_DIFFER };
                search.fields_of(mistake, name, |message| renamed(message, &[(name, other)]));
            }
        }
    }
    for pairs in RENAMED.iter().filter(|pairs| pairs.iter().all(|(from, _)| names.contains(from))) {
        search.fields(Mistake::NAMES_DIFFER, |message| renamed(message, pairs));
    }
}

/// Texts of people that were cut before they were signed.
fn about_cut_values(search: &mut Search<'_>) {
    /// Longer texts are not tried, because each length is a guess.
    const LONGEST: usize = 256;
    let is_text = |name: &str, value: &str| FREE_TEXTS.contains(&name) && value.len() <= LONGEST;
    let texts: Vec<(usize, &str)> = search
        .message
        .filled
        .iter()
        .enumerate()
        .filter(|(_, (name, value))| is_text(name, value))
        .map(|(at, (_, value))| (at, *value))
        .collect();
    for (at, value) in texts {
        for (end, _) in value.char_indices().skip(1) {
            let field = search.message.name(at);
            let (cut, _) = value.split_at(end);
            search.bytes(Mistake::VALUE_CUT, field, |message, key| {
                // What is shown has its secrets masked, and another length.
                let whole = message.filled.get(at).map_or("", |(_, value)| *value);
                let shown = if key == MASK { whole.get(..end).unwrap_or(whole) } else { cut };
                keyed(message.with_values(&[(at, shown.to_owned())]), key).into()
            });
        }
    }
}

fn about_single_fields(search: &mut Search<'_>) {
    let names: Vec<&str> = search.message.filled.iter().map(|(name, _)| *name).collect();
    if names.len() > TRIED_ALONE {
        return;
    }
    for (at, name) in names.iter().enumerate() {
        search.bytes(Mistake::FIELD_NOT_SIGNED, Some(name), |message, key| {
            let others = message.filled.iter().enumerate().filter(|(other, _)| *other != at);
            keyed(joined(others.map(|(_, pair)| *pair)), key).into()
        });
    }
    for change in CHANGES {
        let values = search.changed(change);
        if values.len() > 1 || change.alone {
            for value in &values {
                let field = search.message.name(value.0);
                search.values(change, field, std::slice::from_ref(value));
            }
        }
    }
    for spelt in NAMES {
        for (at, name) in names.iter().enumerate().filter(|(_, name)| spelt(name) != **name) {
            search.fields_of(Mistake::NAMES_OTHER_CASE, name, |message| {
                let name = message.filled.get(at).map(|(name, _)| spelt(name)).unwrap_or_default();
                let pairs = message.filled.iter().enumerate();
                by_name(pairs.map(|(other, pair)| (if other == at { &name } else { pair.0 }, pair.1)).collect())
            });
        }
    }
    for (name, value) in DEFAULTS {
        if !names.contains(name) {
            search.fields_of(Mistake::FIELD_NOT_SENT, name, |message| by_name(message.with(name, value)));
        }
    }
    // WeChat signs no empty fields.
    let is_of_merchant = search.message.origin() == Origin::Merchant;
    for nothing in NOTHING.iter().copied().filter(|_| is_of_merchant) {
        for name in OPTIONAL.iter().filter(|name| !names.contains(*name)) {
            search.fields_of(Mistake::EMPTY_VALUES_SIGNED, name, |message| by_name(message.with(name, nothing)));
        }
    }
}

/// Amounts that a program worked out together: all of them, or two.
fn about_amounts(search: &mut Search<'_>) {
    /// Of more, all are tried, and not each pair.
    const MOST: usize = 6;
    let amounts: Vec<usize> =
        (0..search.message.filled.len()).filter(|at| search.message.name(*at).is_some_and(is_amount)).collect();
    let mut groups = vec![amounts.clone()];
    if (3..=MOST).contains(&amounts.len()) {
        let pairs = amounts
            .iter()
            .enumerate()
            .flat_map(|(at, first)| amounts.iter().skip(at + 1).map(|second| vec![*first, *second]));
        groups.extend(pairs);
    }
    let of_amounts = [Mistake::NUMBERS_OTHER_FORM, Mistake::AMOUNT_HUNDREDFOLD];
    for change in CHANGES.iter().filter(|change| amounts.len() > 1 && of_amounts.contains(&change.mistake)) {
        let values = search.changed(change);
        for group in &groups {
            let some: Vec<_> = values.iter().filter(|(at, _)| group.contains(at)).cloned().collect();
            if some.len() > 1 {
                let names: Vec<&str> = some.iter().filter_map(|(at, _)| search.message.name(*at)).collect();
                search.values(change, Some(&names.join(", ")), &some);
            }
        }
    }
}

/// A value that is JSON, written as another text when it was signed.
fn about_json(search: &mut Search<'_>) {
    let values: Vec<(usize, &str)> = search.message.filled.iter().map(|(_, value)| *value).enumerate().collect();
    for (at, value) in values.into_iter().filter(|(_, value)| json_texts::is_document(value)) {
        // Reading a document and ordering its members costs about as much as hashing it some times.
        search.spend(8 * value.len());
        if search.is_over() {
            return;
        }
        for text in json_texts::rewritten(value) {
            // Writing a text costs about as much as hashing it.
            search.spend(text.len());
            if text != value {
                let values = [(at, text)];
                let field = search.message.name(at);
                search.bytes(Mistake::VALUES_JSON_REWRITTEN, field, |message, key| {
                    keyed(message.with_values(&values), key).into()
                });
            }
            if search.is_over() {
                return;
            }
        }
    }
}

/// Two fields that a framework added, such as its route and a format.
fn about_two_fields(search: &mut Search<'_>) {
    let names: Vec<&str> = search.message.filled.iter().map(|(name, _)| *name).collect();
    if names.len() > TRIED_ALONE {
        return;
    }
    for (second, later) in names.iter().enumerate() {
        for (first, earlier) in names.iter().enumerate().take(second) {
            let field = format!("{earlier}, {later}");
            search.bytes(Mistake::FIELDS_NOT_SIGNED, Some(&field), |message, key| {
                let others = message.filled.iter().enumerate().filter(|(other, _)| *other != first && *other != second);
                keyed(joined(others.map(|(_, pair)| *pair)), key).into()
            });
        }
    }
}

/// How programs write a value that is not there.
const NOTHING: &[&str] = &["", "null", "None", "undefined", "NULL", "nil", "<nil>", "[]", "{}", "Array"];

/// Fields that are often signed with a default and then not sent.
const DEFAULTS: &[(&str, &str)] = &[
    ("device_info", "WEB"),
    ("fee_type", "CNY"),
    ("limit_pay", "no_credit"),
    ("receipt", "Y"),
    ("profit_sharing", "N"),
    ("version", "1.0"),
    ("trade_type", "JSAPI"),
    ("trade_type", "NATIVE"),
    ("trade_type", "APP"),
    ("trade_type", "MWEB"),
    ("product_id", "1"),
    ("refund_fee_type", "CNY"),
    ("bill_type", "ALL"),
    ("tar_type", "GZIP"),
];

/// Fields that are often signed without a value and then not sent.
const OPTIONAL: &[&str] = &[
    "attach",
    "detail",
    "device_info",
    "fee_type",
    "goods_tag",
    "limit_pay",
    "notify_url",
    "openid",
    "product_id",
    "receipt",
    "scene_info",
    "sub_appid",
    "sub_mch_id",
    "sub_openid",
    "time_expire",
    "time_start",
    "transaction_id",
];

/// A character that stands for two: spaces and plus signs are confused one by one when a form is written or read.
fn about_spaces(search: &mut Search<'_>) {
    for (mistake, sent, signed) in
        [(Mistake::VALUES_URL_ENCODED, ' ', '+'), (Mistake::VALUES_SENT_URL_ENCODED, '+', ' ')]
    {
        // Each occurrence, as its field's place and its number in there.
        let places: Vec<Place> = search.message.occurrences(sent);
        let all = places.len();
        let chosen: Vec<Vec<Place>> = if all <= ALL_SUBSETS {
            let subsets = 1..(1_usize << all);
            subsets
                .map(|mask| (0..all).zip(&places).filter(|(n, _)| mask >> n & 1 == 1).map(|(_, p)| *p).collect())
                .collect()
        } else {
            places.iter().map(|place| vec![*place]).collect()
        };
        for chosen in chosen {
            let first = chosen.first().map(|(at, _)| *at);
            let alone = chosen.iter().all(|(at, _)| Some(*at) == first);
            let field = first.filter(|_| alone).and_then(|at| search.message.name(at));
            search.bytes(mistake, field, |message, key| keyed(message.with_some(sent, signed, &chosen), key).into());
        }
    }
}

/// Up to how many occurrences every combination of them is tried.
const ALL_SUBSETS: usize = 8;
/// The place of a field, and the number of an occurrence in its value.
type Place = (usize, usize);

fn about_the_text(search: &mut Search<'_>) {
    let texts: &[(Mistake, Spelling)] = &[
        (Mistake::VALUES_URL_ENCODED, form::component),
        (Mistake::TEXT_JOINED_OTHERWISE, |text| format!("&{text}")),
        (Mistake::TEXT_JOINED_OTHERWISE, |text| format!("?{text}")),
    ];
    for (mistake, changed) in texts {
        search.fields(*mistake, |message| changed(&joined(message.filled.iter().copied())));
    }
    let cases: &[Spelling] = &[str::to_lowercase, str::to_uppercase];
    for case in cases {
        search.bytes(Mistake::TEXT_OTHER_CASE, None, |message, key| {
            case(&keyed(joined(message.filled.iter().copied()), key)).into()
        });
    }
    let joins: &[[&str; 2]] = &[
        ["=", ""],
        ["", ""],
        ["", "&"],
        ["=", ","],
        ["=", "|"],
        ["=", ";"],
        [":", "&"],
        ["=", "&amp;"],
        ["=", "& "],
        ["=", "\n"],
        [":", "\n"],
    ];
    let ends: &[End] = &[
        |text, key| keyed(text.to_owned(), key),
        |text, key| format!("{text}{key}"),
        |text, key| format!("{text}key={key}"),
        |text, key| format!("{text}\nkey={key}"),
        |text, _| text.to_owned(),
    ];
    for end in ends {
        for [equals, and] in joins {
            search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| {
                let parts = message.filled.iter().map(|(name, value)| format!("{name}{equals}{value}"));
                end(&parts.collect::<Vec<_>>().join(and), key).into()
            });
        }
        for and in ["", "&", ","] {
            search.bytes(Mistake::TEXT_JOINED_OTHERWISE, None, |message, key| {
                end(&message.filled.iter().map(|(_, value)| *value).collect::<Vec<_>>().join(and), key).into()
            });
        }
    }
}

/// A message as it is signed over and as it is shown: the same, with secrets masked.
struct Message<'a> {
    /// All but `sign`, in the order in which they were sent.
    sent: Vec<(&'a str, &'a str)>,
    /// Those with a value, by name.
    filled: Vec<(&'a str, &'a str)>,
}

impl<'a> Message<'a> {
    fn of(fields: &'a Fields) -> Self {
        let sent: Vec<_> = fields.iter().filter(|(name, _)| *name != "sign").collect();
        let mut filled: Vec<_> = sent.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
        filled.sort_by_key(|(name, _)| *name);
        Self { sent, filled }
    }

    fn origin(&self) -> Origin {
        origin(|name| self.sent.iter().any(|(known, _)| *known == name))
    }

    fn name(&self, at: usize) -> Option<&'a str> {
        self.filled.get(at).map(|(name, _)| *name)
    }

    /// The values that a change changes, each with its place.
    fn changed(&self, change: &Change) -> Vec<(usize, String)> {
        let values = self.filled.iter().enumerate();
        values.filter_map(|(at, (_, value))| Some((at, change.of(value)?))).collect()
    }

    /// The text with some values changed. A value of which nothing is left is not signed.
    fn with_values(&self, values: &[(usize, String)]) -> String {
        let pairs = self.filled.iter().enumerate().map(|(at, (name, value))| {
            let signed = values.iter().find(|(changed, _)| *changed == at);
            (*name, signed.map_or(*value, |(_, signed)| signed.as_str()))
        });
        joined(pairs.filter(|(_, value)| !value.is_empty()))
    }

    /// All occurrences of a character in the values.
    fn occurrences(&self, c: char) -> Vec<Place> {
        let values = self.filled.iter().enumerate();
        values.flat_map(|(at, (_, value))| (0..value.matches(c).count()).map(move |number| (at, number))).collect()
    }

    /// The text with some occurrences of a character changed.
    fn with_some(&self, from: char, to: char, chosen: &[Place]) -> String {
        let values = self.filled.iter().enumerate().map(|(at, (_, value))| {
            let mut number = 0;
            let changed = |c: char| {
                if c != from {
                    return c;
                }
                number += 1;
                if chosen.contains(&(at, number - 1)) { to } else { c }
            };
            (at, value.chars().map(changed).collect())
        });
        self.with_values(&values.collect::<Vec<(usize, String)>>())
    }

    fn without<'b>(&'b self, left_out: &'b str) -> impl Iterator<Item = (&'a str, &'a str)> + 'b {
        self.filled.iter().copied().filter(move |(name, _)| *name != left_out)
    }

    fn with<'b>(&self, name: &'b str, value: &'b str) -> Vec<(&'b str, &'b str)>
    where
        'a: 'b,
    {
        self.filled.iter().copied().filter(|(known, _)| *known != name).chain([(name, value)]).collect()
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Hash {
    Declared,
    Sha256,
    /// The digest of the digest's digits, in capitals.
    Twice,
    TwiceInSmallLetters,
}

/// Tries one guess after the other until one gives the signature that was received.
struct Search<'a> {
    message: Message<'a>,
    key: &'a str,
    secrets: &'a [&'a str],
    /// The signature that was received, in hexadecimal.
    given: &'a str,
    sign_type: SignType,
    /// Bytes that may still be hashed.
    budget: usize,
    found: Option<Found>,
}

impl Search<'_> {
    /// A guess at the fields' text, to which the key is rightly appended.
    fn fields(&mut self, mistake: Mistake, text: impl Fn(&Message<'_>) -> String) {
        self.bytes(mistake, None, |message, key| keyed(text(message), key).into());
    }

    /// The same, about one field.
    fn fields_of(&mut self, mistake: Mistake, field: &str, text: impl Fn(&Message<'_>) -> String) {
        self.bytes(mistake, Some(field), |message, key| keyed(text(message), key).into());
    }

    /// A guess at the whole text.
    fn bytes(&mut self, mistake: Mistake, field: Option<&str>, text: impl Fn(&Message<'_>, &str) -> Vec<u8>) {
        self.try_with(mistake, field, Hash::Declared, str::to_owned, text);
    }

    /// The right text under another key.
    fn another_key(&mut self, mistake: Mistake, other: &str) {
        let spelt = |key: &str| if key == MASK { MASK.to_owned() } else { other.to_owned() };
        self.try_with(mistake, None, Hash::Declared, spelt, |message, key| {
            keyed(joined(message.filled.iter().copied()), key).into()
        });
    }

    /// The right text with the key in another spelling.
    fn key_spelt(&mut self, mistake: Mistake, spelt: impl Fn(&str) -> String) {
        self.try_with(mistake, None, Hash::Declared, spelt, |message, key| {
            keyed(joined(message.filled.iter().copied()), key).into()
        });
    }

    /// The right text, and another key of the HMAC.
    fn hmac_key(&mut self, other: &str) {
        if self.sign_type != SignType::HmacSha256 || self.is_over() {
            return;
        }
        let text = |message: &Message<'_>, key: &str| keyed(joined(message.filled.iter().copied()), key).into_bytes();
        let guess = text(&self.message, self.key);
        self.compare(Mistake::HMAC_KEY, None, Hash::Declared, other, &guess, |message| text(message, MASK));
    }

    /// Whether a guess fits, or the budget is used up.
    fn is_over(&self) -> bool {
        self.found.is_some() || self.budget == 0
    }

    /// Charges work that costs as much as hashing so many bytes.
    fn spend(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub(bytes);
    }

    /// The values that a change changes; none once the budget is used up. Changing a value costs about as much as hashing
    /// it four times.
    fn changed(&mut self, change: &Change) -> Vec<(usize, String)> {
        let length: usize =
            self.message.filled.iter().filter(|(_, value)| change.may(value)).map(|(_, v)| v.len()).sum();
        match self.budget.checked_sub(4 * length) {
            Some(budget) => {
                self.budget = budget;
                self.message.changed(change)
            }
            None => Vec::new(),
        }
    }

    /// A guess at some values. A change of which nothing is left leaves the text of fields that were not signed at all: it proves no
    /// change of their values.
    fn values(&mut self, change: &Change, field: Option<&str>, values: &[(usize, String)]) {
        if self.is_over() || values.iter().all(|(_, signed)| signed.is_empty()) {
            return;
        }
        let guess = keyed(self.message.with_values(values), self.key).into_bytes();
        // In a request of the merchant's it is a slip; in a message of WeChat's the amount itself was changed.
        let is_amount = field.is_some_and(|field| field.ends_with("_fee")) && self.message.origin() == Origin::WeChat;
        let mistake = if change.mistake == Mistake::AMOUNT_HUNDREDFOLD && !is_amount {
            Mistake::NUMBERS_OTHER_FORM
        } else {
            change.mistake
        };
        self.compare(mistake, field, Hash::Declared, self.key, &guess, |message| {
            let shown = message.changed(change);
            let shown: Vec<_> = shown.into_iter().filter(|(at, _)| values.iter().any(|(real, _)| real == at)).collect();
            keyed(message.with_values(&shown), MASK).into()
        });
    }

    /// A guess at the whole text, the key and the hash. The same guess with everything masked from the start is what is
    /// shown, so that no spelling of a secret gets through.
    fn try_with(
        &mut self,
        mistake: Mistake,
        field: Option<&str>,
        hash: Hash,
        spelt: impl Fn(&str) -> String,
        text: impl Fn(&Message<'_>, &str) -> Vec<u8>,
    ) {
        if self.is_over() {
            return;
        }
        let key = spelt(self.key);
        let guess = text(&self.message, &key);
        self.compare(mistake, field, hash, &key, &guess, |message| text(message, &spelt(MASK)));
    }

    fn compare(
        &mut self,
        mistake: Mistake,
        field: Option<&str>,
        hash: Hash,
        key: &str,
        guess: &[u8],
        shown: impl Fn(&Message<'_>) -> Vec<u8>,
    ) {
        // Short texts cost about as much as these bytes do.
        let Some(budget) = self.budget.checked_sub(guess.len() + 128) else {
            self.budget = 0;
            return;
        };
        self.budget = budget;
        let signature = match hash {
            Hash::Declared => digest(guess, key, self.sign_type),
            Hash::Sha256 => sha256(&String::from_utf8_lossy(guess)),
            Hash::Twice => digest(digest(guess, key, self.sign_type), key, self.sign_type),
            Hash::TwiceInSmallLetters => {
                digest(digest(guess, key, self.sign_type).to_ascii_lowercase(), key, self.sign_type)
            }
        };
        if signature.eq_ignore_ascii_case(self.given) {
            let likely = Some(self.shown(shown));
            self.found = Some(Found { mistake, field: field.map(str::to_owned), likely });
        }
    }

    fn shown(&self, text: impl Fn(&Message<'_>) -> Vec<u8>) -> String {
        let mask = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let mask = |text: &str| masked(self.secrets, text);
            pairs.iter().map(|(name, value)| (mask(name), mask(shown_value(name, value)))).collect()
        };
        let (sent, filled) = (mask(&self.message.sent), mask(&self.message.filled));
        let message = Message { sent: borrowed(&sent), filled: borrowed(&filled) };
        // A guess may have brought a value along. Short secrets are words, such as `key`.
        let long: Vec<&str> = self.secrets.iter().copied().filter(|secret| secret.len() >= 16).collect();
        without_secrets(&masked(&long, &legible(&text(&message)))).into_owned()
    }
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

fn keyed(mut text: String, key: &str) -> String {
    text.push_str("&key=");
    text.push_str(key);
    text
}

fn by_name(mut pairs: Vec<(&str, &str)>) -> String {
    pairs.sort_by_key(|(name, _)| *name);
    joined(pairs)
}

/// `name=value&…` in the order given, with nothing dropped.
fn joined<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut text = String::with_capacity(512);
    for (i, (name, value)) in pairs.into_iter().enumerate() {
        if i > 0 {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

fn legible(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use json_texts::tests::{grown, written};

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

    /// Anybody may post one: the log must not say that this server's key is out.
    #[test]
    fn a_message_that_arrived_with_a_secret_is_not_of_this_server() {
        let fields: Fields = [("api_key", "abcdefgh12345678"), ("sign", &"A".repeat(32))].into_iter().collect();
        let sent = explain(&fields, KEY);
        assert_eq!(sent.mistake, Mistake::KEY_SENT);
        let arrived = refused(VerifyError::Mismatch, &fields, KEY, OtherKeys::default(), true);
        assert_eq!((arrived.mistake, arrived.proved(), arrived.field.as_deref()), (Mistake::UNKNOWN, false, None));
        assert!(!arrived.message(Language::English).contains("set a new one"), "{arrived:?}");
    }

    #[test]
    fn a_field_that_was_not_signed_is_named_so_whatever_its_value_is() {
        let values = [
            "微信支付",
            "北京",
            "😀",
            "\u{3000}",
            "é",
            "\u{200b}",
            "\u{feff}",
            " ",
            "\n",
            "\r\n",
            "\t",
            "\"\"",
            "<b></b>",
            "<br>",
            "-",
            "--",
            "<![CDATA[]]>",
            "\\",
            "0",
            "00",
            "Y",
            "?",
            "%20",
            "+",
            "&amp;",
            "{}",
            "[]",
            "null",
            "http://",
            "tea",
            "茶 tea",
        ];
        for request in [true, false] {
            let own = if request { ("spbill_create_ip", "10.0.0.1") } else { ("return_code", "SUCCESS") };
            let signed = [("appid", "wx1"), ("mch_id", "1900000109"), ("nonce_str", "n"), ("total_fee", "100"), own];
            let sign = sign(signed, KEY, SignType::Md5);
            for value in values {
                for name in ["attach", "body", "refund_desc", "zzz"] {
                    let fields: Fields = signed.into_iter().chain([(name, value), ("sign", &sign)]).collect();
                    let found = explain(&fields, KEY);
                    assert_eq!(found.mistake, Mistake::FIELD_NOT_SIGNED, "{name}={value:?}: {found}");
                    assert_eq!(found.field.as_deref(), Some(name));
                }
                let two = [("attach", value), ("body", value), ("sign", sign.as_str())];
                let found = explain(&signed.into_iter().chain(two).collect(), KEY);
                assert_eq!(found.mistake, Mistake::FIELDS_NOT_SIGNED, "{value:?}: {found}");
            }
        }
    }

    #[test]
    fn a_key_that_is_the_api_v3_key_too_is_remarked_of_requests_alone() {
        let own = [("appid", "wx1"), ("mch_id", "1900000109"), ("nonce_str", "n")];
        let others = OtherKeys { api_v3_key: Some(KEY), ..OtherKeys::default() };
        let found = |more: &[(&str, &str)], others, lower: bool| {
            let signed = || own.into_iter().chain(more.iter().copied());
            let mut sign = sign(signed(), KEY, SignType::Md5);
            if lower {
                sign.make_ascii_lowercase();
            }
            let found = explain_with(&signed().chain([("sign", sign.as_str())]).collect(), KEY, None, others);
            assert!(found.mistake.leaves_signature_right() && !found.to_string().contains(KEY), "{found}");
            found.mistake.code()
        };
        assert_eq!(found(&[], others, false), "key_is_api_v3_key");
        assert_eq!(found(&[], OtherKeys::default(), false), "none");
        assert_eq!(found(&[], OtherKeys::default(), true), "sign_lower_case");
        // WeChat's own message shows which key it is.
        assert_eq!(found(&[("return_code", "SUCCESS")], others, false), "none");
        assert_eq!(found(&[("return_code", "SUCCESS")], others, true), "none");
    }

    #[test]
    fn an_amount_that_another_hand_changed_is_no_noise() {
        let own = [("mch_id", "1900000109"), ("nonce_str", "n"), ("return_code", "SUCCESS")];
        let sign = sign(own.into_iter().chain([("total_fee", "1989")]), KEY, SignType::Md5);
        let given = own.into_iter().chain([("total_fee", "1990"), ("sign", &sign)]);
        assert_eq!(explain(&given.collect(), KEY).mistake, Mistake::AMOUNT_HUNDREDFOLD);
    }

    #[test]
    fn two_amounts_with_noise_are_found_among_other_numbers() {
        let own = [("appid", "wx1"), ("mch_id", "1900000109"), ("nonce_str", "57"), ("out_refund_no", "58")];
        let noise = [("refund_fee", "56.99999999999999"), ("total_fee", "1989.9999999999998")];
        let sign = sign(own.into_iter().chain(noise), KEY, SignType::Md5);
        let sent = own.into_iter().chain([("refund_fee", "57"), ("total_fee", "1990"), ("sign", &sign)]);
        assert_eq!(explain(&sent.collect(), KEY).mistake, Mistake::NUMBERS_OTHER_FORM);
    }

    #[test]
    fn characters_that_were_dropped_are_named_where_something_is_left() {
        let own = [("appid", "wx1"), ("mch_id", "1900000109"), ("nonce_str", "n")];
        let signed = sign(own.into_iter().chain([("body", "QQ")]), KEY, SignType::Md5);
        let sent = own.into_iter().chain([("attach", "北京"), ("body", "QQ会员"), ("sign", &signed)]);
        assert_eq!(explain(&sent.collect(), KEY).mistake, Mistake::VALUES_OTHER_CHARSET);
    }

    #[test]
    fn the_texts_of_json_values_are_written_within_the_budget() {
        let sign = ("sign", "0123456789ABCDEF0123456789ABCDEF");
        let alone = [839, 1400, 15_000].into_iter().flat_map(grown).map(|value| vec![value]);
        let many =
            [40, 600, 1400].into_iter().flat_map(grown).map(|value| vec![value.clone(); 15_000 / (value.len() + 8)]);
        for values in alone.chain(many) {
            let names: Vec<String> = (0..values.len()).map(|at| format!("f{at}")).collect();
            let values = names.iter().zip(&values).map(|(name, value)| (name.as_str(), value.as_str()));
            let fields: Fields = values.chain([sign]).collect();
            let (message, given) = (Message::of(&fields), sign.1);
            let mut search = Search {
                message,
                key: "key",
                secrets: &[],
                given,
                sign_type: SignType::Md5,
                budget: BUDGET,
                found: None,
            };
            let bytes = written(|| about_json(&mut search));
            assert_eq!(explain(&fields, KEY).mistake, Mistake::UNKNOWN);
            // Half of the budget is for hashing the texts. The last one may be longer than what is left.
            assert!(bytes <= BUDGET / 2 + 8 * SEARCHED, "{bytes}: {fields:?}");
        }
    }
}
