//! Why the signature over fields differs. WeChat says 签名错误 and no more, so the usual mistakes are tried one by one (`guesses`).

use super::calls::{missing, not_taken, only_algorithm};
use super::escapes::is_lost;
use super::guesses::{self, FREE_TEXTS};
use super::key_form::key_form;
use super::message::{self, origin_of};
use super::search::{BUDGET, Found, Message, SEARCHED, Search, joined, keyed};
use super::secrets::{MASK, OtherKeys, masked, secrets, shown_value};
use crate::crypto::digest::{SignType, UPPER, digest, hex, hmac_md5, sha1, sha512};
use crate::explanation::{Explanation, Language, Mistake, Origin, Proof};
use crate::fields::Fields;
use crate::redact::{is_secret_name, without_secrets};
use crate::v2::sign::{VerifyError, sign, string_to_sign};

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
    let mut sorted: Vec<_> = fields.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    // Each field alone: what opens in one, such as a bracket, must not hide the others.
    let fields = sorted.into_iter().map(|(name, value)| string_to_sign([(name, shown_value(name, value))]));
    let shown: Vec<_> =
        fields.filter(|field| !field.is_empty()).map(|field| without_secrets(&field).into_owned()).collect();
    shown.join("&")
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
    if explanation.mistake == Mistake::REQ_INFO_KEY {
        // What handles payments does not read it, whatever the key is.
        (explanation.mistake, explanation.proof) = (Mistake::REFUND_NOTIFICATION, Mistake::REFUND_NOTIFICATION.proof);
        explanation.field = None;
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
    let origin = origin_of(fields.iter().map(|(name, _)| name));
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
        let (mistake, field) = message::without_sign(fields, key, others);
        return Found { field, ..only(mistake) };
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
    if fits == Some(Mistake::NONE) && has_doubled_names(fields) {
        return only(Mistake::NAMES_DOUBLED.seen());
    }
    if let Some(amount) = malformed_amount(fields).filter(|_| fits == Some(Mistake::NONE) && is_request(fields)) {
        return Found { field: Some(amount.to_owned()), ..only(Mistake::AMOUNT_FORM) };
    }
    // WeChat looks for the fields before it looks at the signature.
    if let Some(name) = missing(fields).filter(|_| fits == Some(Mistake::NONE) && is_request(fields)) {
        return Found { field: Some(name.to_owned()), ..only(Mistake::MISSING_FIELDS.seen()) };
    }
    if let Some((call, field)) = not_taken(fields).filter(|_| fits == Some(Mistake::NONE) && is_request(fields)) {
        return Found { field: Some(format!("{call}: {field}")), ..only(Mistake::FIELD_NOT_OF_CALL) };
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
    // A column of 32 characters cuts the longer one.
    let is_cut = || {
        let hmac = digest(keyed(string_to_sign(fields.iter()), key), key, SignType::HmacSha256);
        [0..32, 32..64].into_iter().any(|half| hmac.get(half).is_some_and(|half| half.eq_ignore_ascii_case(&digits)))
    };
    if digits.len() == 32 && search.found.is_none() && is_cut() {
        return only(Mistake::SIGN_CUT);
    }
    let is_other_hmac = || hmac_md5(&keyed(string_to_sign(fields.iter()), key), key).eq_ignore_ascii_case(&digits);
    if digits.len() == 32 && search.found.is_none() && is_other_hmac() {
        return only(Mistake::SIGN_OTHER_HASH);
    }
    guesses::all(&mut search, fields, others, secret);
    // Two mistakes at once: the text, and the algorithm that the message names.
    let names_other = plain == Mistake::OTHER_ALGORITHM && fields.filled("sign_type").is_some();
    if let Some(found) = search.found.as_mut().filter(|found| names_other && found.field.is_none())
        && found.mistake == Mistake::SIGN_TYPE_LEFT_OUT
    {
        found.field = Some(format!(
            "and it was made with {}, where {declared} is declared",
            sign_type.as_str(),
            declared = declared.as_str()
        ));
    }
    // What was left out of the text is what WeChat refuses in any case.
    if let Some(found) = search.found.as_mut().filter(|found| found.mistake == Mistake::VALUE_CUT)
        && is_request(fields)
        && hint(fields) == Mistake::FOUR_BYTE_CHARACTER
    {
        found.mistake = Mistake::FOUR_BYTE_CHARACTER;
    }
    search.found.unwrap_or_else(|| {
        if let Some(secret) = secret {
            let likely = Mistake::KEY_SENT.likely();
            return Found { field: Some(secret.to_owned()), ..only(likely) };
        }
        if let Some(form) = key_form(key, names()) {
            return Found { field: Some(form), ..only(Mistake::KEY_MALFORMED) };
        }
        if let Some(count) = without_numbered(fields) {
            return Found { field: Some(count.to_owned()), ..only(Mistake::NUMBERED_FIELDS_LOST) };
        }
        let mistake = hint(fields);
        let with_exponent = || fields.iter().find(|(_, value)| is_float(value)).map(|(name, _)| name.to_owned());
        let field = match () {
            () if mistake == Mistake::MISSING_FIELDS => Some(missing(fields).unwrap_or("nonce_str").to_owned()),
            () if mistake == Mistake::DIGITS_LOST => with_exponent(),
            () => None,
        };
        Found { field, ..only(mistake) }
    })
}

/// The field of the merchant's that holds a key or another secret, by its name or by its value.
pub(super) fn secret_sent<'a>(fields: &'a Fields, key: &str, others: OtherKeys<'_>) -> Option<&'a str> {
    /// The keys of the platform and the AppSecret have it. What is given in their place may stand in any field, such as an appid.
    const LENGTH: usize = 32;
    if origin_of(fields.iter().map(|(name, _)| name)) == Origin::WeChat {
        return None;
    }
    let is_known = |value: &str| {
        let known = std::iter::once(key).chain(others.iter().map(|(_, key)| key));
        known.map(str::trim).filter(|key| key.len() == LENGTH).any(|key| value.trim().eq_ignore_ascii_case(key))
    };
    let is_secret = |name: &str, value: &str| !value.is_empty() && (is_secret_name(name) || is_known(value));
    fields.iter().find(|(name, value)| *name != "sign" && is_secret(name, value)).map(|(name, _)| name)
}

/// The longest `nonce_str` that WeChat takes.
const NONCE: usize = 32;

/// The amount of a request that is not written in digits alone.
fn malformed_amount(fields: &Fields) -> Option<&str> {
    let is_amount = |name: &str| name.ends_with("_fee") || matches!(name, "amount" | "total_amount");
    let is_wrong = |value: &str| !value.is_empty() && !value.bytes().all(|byte| byte.is_ascii_digit());
    fields.iter().find(|(name, value)| is_amount(name) && is_wrong(value)).map(|(name, _)| name)
}

/// Whether the names have two underscores in the place of one.
pub(super) fn has_doubled_names(fields: &Fields) -> bool {
    ["mch__id", "nonce__str", "out__trade__no", "return__code"].iter().any(|name| fields.contains(name))
}

/// The mistake in a request whose signature `fits` the fields, with nothing or with another algorithm than declared.
fn beside(fields: &Fields, fits: Mistake, sign_type: SignType) -> Option<Mistake> {
    let is_right = fits == Mistake::NONE;
    if !is_request(fields) || !is_right && fits != Mistake::OTHER_ALGORITHM {
        return None;
    }
    let is_unknown = fields.filled("sign_type").is_some_and(|text| text.parse::<SignType>().is_err());
    let is_long = fields.filled("nonce_str").is_some_and(|nonce| nonce.chars().count() > NONCE);
    let only = only_algorithm(fields);
    match () {
        // WeChat refuses the character in a request, whatever the signature is.
        () if is_right && hint(fields) == Mistake::FOUR_BYTE_CHARACTER => Some(Mistake::FOUR_BYTE_CHARACTER),
        () if is_unknown => Some(Mistake::SIGN_TYPE_UNKNOWN),
        () if is_right && sign_type == SignType::Md5 && only == Some(SignType::HmacSha256) => {
            Some(Mistake::HMAC_NEEDED)
        }
        // Neither does it take sign_type.
        () if sign_type == SignType::HmacSha256 && only == Some(SignType::Md5) => Some(Mistake::MD5_NEEDED),
        () if is_right && is_long => Some(Mistake::NONCE_TOO_LONG),
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
        () if others.app_secret == Some(key) => Some((Mistake::KEY_IS_APP_SECRET, None)),
        () if given.bytes().any(|b| b.is_ascii_lowercase()) => Some((Mistake::SIGN_LOWER_CASE, None)),
        () => None,
    }
}

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
    } else if any(is_float) {
        Mistake::DIGITS_LOST
    } else if lacks_nonce(fields) || is_request(fields) && missing(fields).is_some() {
        Mistake::MISSING_FIELDS
    } else if fields.iter().any(|(name, value)| FREE_TEXTS.contains(&name) && is_lost(value)) {
        Mistake::CHARACTERS_LOST
    } else {
        Mistake::UNKNOWN
    }
}

/// Whether a value is what a floating-point number leaves of a long one.
fn is_float(value: &str) -> bool {
    has_exponent(value) || is_rounded(value)
}

/// Whether a value has so many digits that a floating-point number does not hold each such number, and holds this one: JavaScript writes it
/// with zeros at its end (`20261130181205123000`), Python with all digits that the float has. One number in a thousand, or in many more, is
/// such a one by chance.
fn is_rounded(value: &str) -> bool {
    let is_long = (19..=36).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_digit());
    let exact = || value.parse::<u128>().ok().zip(value.parse::<f64>().ok());
    // JavaScript's digits are as few as tell two floats apart; Rust has the same.
    let is_of = |(exact, float): (u128, f64)| format!("{float:.0}") == exact.to_string() || shortest(float) == value;
    is_long && !value.starts_with('0') && exact().is_some_and(is_of)
}

/// A large number as JavaScript writes it, without an exponent.
fn shortest(float: f64) -> String {
    let written = format!("{float:e}");
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let digits = mantissa.replace('.', "");
    let length = exponent.parse::<usize>().unwrap_or_default() + 1;
    format!("{digits:0<length$}")
}

/// Whether a value is a number with an exponent, such as `4.2E+27`.
fn has_exponent(value: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let parts = value.split_once(['e', 'E']).map(|(digits, exponent)| (digits, exponent.trim_start_matches('+')));
    parts.is_some_and(|(digits, exponent)| digits.contains('.') && is_number(digits) && is_number(exponent))
}

/// The field of WeChat's message that counts entries, where no field is numbered: `coupon_count` without `coupon_fee_0`.
fn without_numbered(fields: &Fields) -> Option<&str> {
    if origin_of(fields.iter().map(|(name, _)| name)) != Origin::WeChat
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
    let is_transfer = || fields.filled("mch_appid").is_some() && fields.filled("mchid").is_some();
    (fields.filled("mch_id").is_some() || is_transfer())
        && origin_of(fields.iter().map(|(name, _)| name)) == Origin::Merchant
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_key_in_a_field_is_hidden_however_it_is_written() {
        use base64::Engine;
        use base64::prelude::BASE64_STANDARD;

        let in_base64 = BASE64_STANDARD.encode(KEY);
        let others = OtherKeys { app_secret: Some("5a1d0c7e9b3f48268f2e6d4b7c90a1e3"), ..OtherKeys::default() };
        let secret = "5A1D0C7E9B3F48268F2E6D4B7C90A1E3";
        for attach in [KEY.to_uppercase(), format!("k={}", KEY.to_uppercase()), in_base64, secret.to_owned()] {
            let own = [("appid", "wx1"), ("mch_id", "1900000109"), ("nonce_str", "n"), ("attach", attach.as_str())];
            for key in [KEY, "another", secret] {
                let sign = sign(own, key, SignType::Md5);
                let found = explain_with(&own.into_iter().chain([("sign", &*sign)]).collect(), KEY, None, others);
                let shown = format!("{found:?}{found}{}", found.html(Language::Chinese));
                let bare = attach.strip_prefix("k=").unwrap_or(&attach);
                assert!(!shown.contains(bare) && shown.contains("***"), "{attach}: {shown}");
            }
        }
    }

    #[test]
    fn a_secret_without_an_end_hides_no_other_field() {
        for attach in ["key: (see note", "key: 'see note", "<key>see note", "key: b\"see note", "{\"key\":[\"see note"]
        {
            let own = [
                ("total_fee", "1"),
                ("attach", attach),
                ("out_trade_no", "A1"),
                ("empty", ""),
                ("sign", "A"),
                ("api_key", "short"),
            ];
            let text = text_of(&own.into_iter().collect());
            assert!(text.starts_with("api_key=***&attach=") && !text.contains("note"), "{text}");
            assert!(text.ends_with("***&out_trade_no=A1&total_fee=1"), "{text}");
        }
        let plain: Fields =
            [("b", "2"), ("a", "1=&"), ("", "x"), ("c", ""), ("B", " "), ("sign", "A")].into_iter().collect();
        assert_eq!(text_of(&plain), string_to_sign(plain.iter()));
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
        let secret = OtherKeys { app_secret: Some(KEY), ..OtherKeys::default() };
        assert_eq!(found(&[], secret, false), "key_is_app_secret");
        assert_eq!(found(&[("return_code", "SUCCESS")], secret, false), "none");
        // WeChat's own message shows which key it is.
        assert_eq!(found(&[("return_code", "SUCCESS")], others, false), "none");
        assert_eq!(found(&[("return_code", "SUCCESS")], others, true), "none");
    }

    #[test]
    fn a_long_number_that_a_float_holds_is_a_rounded_one() {
        for rounded in ["20261130181205123000", "4200000263201508214123456789", "1234567890123456800"] {
            let python = rounded.parse::<f64>().unwrap();
            assert!(is_rounded(&format!("{python:.0}")), "{rounded}");
        }
        assert!(is_rounded("20261130181205123000"));
        for exact in [
            "20261130181205123456",
            "4200000263201508067700100001",
            "12235413214070356458058",
            "1790",
            "100000000000000000",
            "2026113018120512300a",
            "00000000000000000000",
        ] {
            assert!(!is_rounded(exact), "{exact}");
        }
    }

    #[test]
    fn a_refund_that_no_key_opens_names_those_that_were_tried() {
        // AES-256-ECB under the MD5 of `KEY`, of `<root><refund_id>1</refund_id></root>`.
        let sealed = "4fMiDl0PUR5HfKwMuCzpjvE5LC9TY1bmfNlefJnfcjLUNOLzwWQwP8OfP89+t68M";
        let found = |req_info: &str, key: &str, others| {
            let fields = [("return_code", "SUCCESS"), ("mch_id", "1900000109"), ("req_info", req_info)];
            let found = explain_with(&fields.into_iter().collect(), key, None, others);
            assert!(!found.to_string().contains(KEY) && !found.to_string().contains(OTHER), "{found}");
            (found.mistake.code(), found.field)
        };
        const OTHER: &str = "5a1d0c7e9b3f48268f2e6d4b7c90a1e3";
        let other = OtherKeys { app_secret: Some(OTHER), ..OtherKeys::default() };
        let right = OtherKeys { api_v3_key: Some(KEY), ..other };
        assert_eq!(found(sealed, KEY, other), ("refund_notification", None));
        assert_eq!(found("AAAA", OTHER, other), ("refund_notification", None), "no ciphertext");
        assert_eq!(found(sealed, OTHER, OtherKeys::default()), ("req_info_key", Some("api_key".to_owned())));
        assert_eq!(found(sealed, OTHER, other), ("req_info_key", Some("api_key, app_secret".to_owned())));
        let opened = Some("api_key; api_v3_key opens it".to_owned());
        assert_eq!(found(sealed, OTHER, right), ("req_info_key", opened));
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
}
