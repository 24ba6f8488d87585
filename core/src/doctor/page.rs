//! Why the parameters that a page or an app pays with are refused (支付验证签名失败).

use std::cell::OnceCell;

use super::fields::{explain_with, remark, secret_sent};
use super::key_form::{NOT_LOADED, is_unseen};
use super::search::SECONDS;
use super::secrets::{MASK, OtherKeys, masked, secrets};
use super::v3::times::seconds;
use crate::crypto::digest::SignType;
use crate::explanation::{Explanation, Mistake};
use crate::fields::Fields;
use crate::v2::sign::{sign, string_to_sign};

/// A page's parameters by the names under their signature: `chooseWXPay` spells `timestamp`, and `timeStamp` is signed all
/// the same. Those that are missing are empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct Page<'a> {
    /// `appId`.
    pub app_id: &'a str,
    /// `timeStamp`.
    pub time_stamp: &'a str,
    /// `nonceStr`.
    pub nonce_str: &'a str,
    /// `package`.
    pub package: &'a str,
    /// `signType`.
    pub sign_type: &'a str,
    /// `paySign`: what was handed over.
    pub pay_sign: &'a str,
}

/// An app's parameters (`PayReq`). Those that are missing are empty.
#[derive(Clone, Copy, Debug, Default)]
pub struct App<'a> {
    /// `appid`.
    pub appid: &'a str,
    /// `partnerid`.
    pub partnerid: &'a str,
    /// `prepayid`.
    pub prepayid: &'a str,
    /// `package`.
    pub package: &'a str,
    /// `noncestr`.
    pub noncestr: &'a str,
    /// `timestamp`.
    pub timestamp: &'a str,
    /// `sign`: what was handed over.
    pub sign: &'a str,
}

/// The names of a page's parameters, each with those that programs hand over in its place.
///
/// Not those of `appId`: chooseWXPay takes none, and another field may have its value.
const HANDED: [(&str, &[&str]); 4] = [
    ("nonceStr", &["noncestr", "nonce_str", "NonceStr"]),
    ("package", &["packageValue", "Package"]),
    ("signType", &["signtype", "sign_type", "SignType"]),
    ("paySign", &["sign", "paysign", "pay_sign", "PaySign", "Sign"]),
];

impl<'a> Page<'a> {
    /// A page's parameters among fields; `None` where they have no `paySign`, and no signature under another name beside the rest.
    pub fn of_fields(fields: &'a Fields) -> Option<Self> {
        let get = |name: &'static str| handed(fields, name).map_or("", |(_, value)| value);
        let time_stamp = || ["timeStamp", "timestamp", "time_stamp", "TimeStamp"].iter().find_map(|n| fields.filled(n));
        let is_page = || {
            let package = fields.get("package").is_some_and(|package| !package.starts_with("Sign="));
            let of_app = ["partnerid", "prepayid"];
            let is_of_app = fields.iter().any(|(name, _)| of_app.iter().any(|own| name.eq_ignore_ascii_case(own)));
            package && time_stamp().is_some() && !get("nonceStr").is_empty() && !is_of_app
        };
        (fields.contains("paySign") || is_page() && !get("paySign").is_empty()).then(|| Page {
            app_id: fields.get("appId").unwrap_or_default(),
            time_stamp: time_stamp().unwrap_or_default(),
            nonce_str: get("nonceStr"),
            package: get("package"),
            sign_type: get("signType"),
            pay_sign: get("paySign"),
        })
    }
}

/// A parameter of a page, and the name that it was handed over under.
fn handed<'a>(fields: &'a Fields, name: &'static str) -> Option<(&'static str, &'a str)> {
    let others = HANDED.iter().find(|(own, _)| *own == name).map_or(&[][..], |(_, others)| others);
    std::iter::once(&name).chain(others).find_map(|name| Some((*name, fields.get(name)?)))
}

/// The name under which a parameter of a page was handed over, where WeChat does not read it, and the right one.
pub fn misnamed(fields: &Fields) -> Option<[&'static str; 2]> {
    let is_missing = ["timeStamp", "timestamp"].iter().all(|own| !fields.contains(own));
    let time = ["time_stamp", "TimeStamp"].into_iter().find(|name| is_missing && fields.filled(name).is_some());
    let others =
        || HANDED.iter().find_map(|(own, _)| Some([handed(fields, own)?.0, own]).filter(|[name, own]| name != own));
    time.map(|name| [name, "timeStamp"]).or_else(others)
}

type Pairs<'a> = Vec<(&'a str, &'a str)>;

/// Explains a page's `paySign`. `key` is the right key, `ordered` the algorithm of the order.
pub fn page(page: &Page<'_>, key: &str, ordered: SignType, others: OtherKeys<'_>) -> Explanation {
    let pairs = [
        ("appId", page.app_id),
        ("nonceStr", page.nonce_str),
        ("package", page.package),
        ("signType", page.sign_type),
        ("timeStamp", page.time_stamp),
    ];
    let prepay_id = page.package.strip_prefix(PREPAY_ID).unwrap_or_default();
    let twice = format!("prepay_id={}", page.package);
    let before = before(page.package, PREPAY_ID);
    let quoted = format!("prepay_id=\"{prepay_id}\"");
    // Where the right one was signed, the one that was handed over is wrong.
    let or_changed = |mistake, signed: &str| if is_package(signed) { Mistake::PACKAGE_CHANGED } else { mistake };
    let as_field = renamed(&pairs, &[("package", "prepay_id")]);
    let slips: &[(Mistake, Pairs<'_>)] = &[
        (Mistake::TIME_STAMP_LOWER_CASE, renamed(&pairs, &[("timeStamp", "timestamp")])),
        (Mistake::APPID_LOWER_CASE, renamed(&pairs, &[("appId", "appid")])),
        (Mistake::APPID_LOWER_CASE, renamed(&pairs, &[("appId", "appid"), ("timeStamp", "timestamp")])),
        (Mistake::APP_ID_LEFT_OUT, without(&pairs, "appId")),
        (Mistake::SIGN_TYPE_LEFT_OUT, without(&pairs, "signType")),
        // Before those that may leave an empty package, which is not signed.
        (Mistake::PACKAGE_LEFT_OUT, without(&pairs, "package")),
        (or_changed(Mistake::PACKAGE_WITHOUT_NAME, prepay_id), replaced(&pairs, "package", prepay_id)),
        (Mistake::PREPAY_ID_AS_FIELD, replaced(&as_field, "prepay_id", prepay_id)),
        (Mistake::PREPAY_ID_AS_FIELD, as_field.clone()),
        (Mistake::FIELD_NOT_SENT, [&pairs[..], &[("prepay_id", prepay_id)]].concat()),
        (Mistake::PACKAGE_QUOTED, replaced(&pairs, "package", &quoted)),
        (or_changed(Mistake::PACKAGE_NAMED_TWICE, &twice), replaced(&pairs, "package", &twice)),
        (
            Mistake::NAMES_OTHER_CASE,
            renamed(
                &pairs,
                &[("appId", "appid"), ("nonceStr", "noncestr"), ("timeStamp", "timestamp"), ("signType", "signtype")],
            ),
        ),
        (
            Mistake::PAGE_VALUES_SWAPPED,
            replaced(&replaced(&pairs, "timeStamp", page.nonce_str), "nonceStr", page.time_stamp),
        ),
    ];
    // A page that was given none, for which the JS-SDK takes SHA1: the one of the order was signed. Else another one than it was given.
    let of_sign_type = if matches!(page.sign_type, "" | "SHA1") {
        vec![(Mistake::SIGN_TYPE_NOT_PASSED, replaced(&pairs, "signType", ordered.as_str()))]
    } else {
        SIGN_TYPES
            .iter()
            .filter(|other| **other != page.sign_type)
            .map(|other| (Mistake::PAGE_SIGN_TYPE_DIFFERS, replaced(&pairs, "signType", other)))
            .collect()
    };
    let times = shifted(page.time_stamp);
    let shifted = times.iter().map(|time| (Mistake::TIMESTAMP_DIFFERS, replaced(&pairs, "timeStamp", time)));
    let slips: Vec<_> = of_sign_type.into_iter().chain(slips.iter().cloned()).chain(shifted).collect();
    let in_milliseconds = OnceCell::new();
    let changed = || {
        let before = before.iter().map(|package| (Mistake::PACKAGE_CHANGED, replaced(&pairs, "package", package)));
        let times = in_milliseconds
            .get_or_init(|| [milliseconds(page.time_stamp, &pairs), overflown(page.time_stamp, &pairs)].concat())
            .iter();
        let times = times.map(|time| (Mistake::TIME_OTHER_FORM, replaced(&pairs, "timeStamp", time)));
        before.chain(spelt(&pairs, PAGE_NAMES)).chain(times).collect()
    };
    let found = examined(&pairs, page.pay_sign, key, ordered, others, &slips, changed);
    let is_known = page.sign_type.is_empty() || page.sign_type.parse::<SignType>().is_ok();
    let beside = match () {
        () if lacks_prepay_id(page.package) => Mistake::PREPAY_ID_MISSING,
        () if !is_known => Mistake::SIGN_TYPE_UNKNOWN,
        () if !page.package.starts_with(PREPAY_ID) => Mistake::PACKAGE_FORM,
        () if prepay_id.starts_with(PREPAY_ID) => Mistake::PREPAY_ID_FORM,
        () if has_marks(prepay_id) => Mistake::PREPAY_ID_MALFORMED,
        () if is_digits(page.app_id) => Mistake::APP_ID_FORM,
        // It was not signed either, and WeChat signs it.
        () if page.app_id.is_empty() => Mistake::APP_ID_LEFT_OUT,
        () if page.time_stamp.is_empty() => Mistake::TIME_STAMP,
        () if is_in_milliseconds(page.time_stamp) => Mistake::PAY_TIME_IN_MILLISECONDS,
        () if seconds(page.time_stamp).is_none() => Mistake::PAY_TIME_MALFORMED,
        () => return remarked(found, page.pay_sign, key, ["", page.app_id], others),
    };
    if found.mistake == Mistake::NONE { found.found(beside, None) } else { found }
}

/// The beginning of a page's `package`.
pub(super) const PREPAY_ID: &str = "prepay_id=";

/// What is signed as `signType`.
const SIGN_TYPES: [&str; 6] = ["MD5", "HMAC-SHA256", "SHA1", "RSA", "md5", "HMACSHA256"];

/// Explains an app's `sign`. `key` is the right key, `ordered` the algorithm of the order.
pub fn app(app: &App<'_>, key: &str, ordered: SignType, others: OtherKeys<'_>) -> Explanation {
    let pairs = [
        ("appid", app.appid),
        ("noncestr", app.noncestr),
        ("package", app.package),
        ("partnerid", app.partnerid),
        ("prepayid", app.prepayid),
        ("timestamp", app.timestamp),
    ];
    let named = format!("prepay_id={}", app.prepayid);
    let before = before(app.prepayid, "");
    let camel = [("appid", "appId"), ("noncestr", "nonceStr"), ("partnerid", "partnerId"), ("prepayid", "prepayId")];
    let slips: &[(Mistake, Pairs<'_>)] = &[
        (Mistake::PACKAGE_LEFT_OUT, without(&pairs, "package")),
        (Mistake::NAMES_OTHER_CASE, renamed(&pairs, &camel)),
        (Mistake::NAMES_OTHER_CASE, renamed(&pairs, &[camel.as_slice(), &[("timestamp", "timeStamp")]].concat())),
        (Mistake::PACKAGE_OF_A_PAGE, replaced(&pairs, "package", &named)),
        (Mistake::SIGN_TYPE_OF_A_PAGE, [&pairs[..], &[("signType", "MD5")]].concat()),
        (Mistake::SIGN_TYPE_OF_A_PAGE, [&pairs[..], &[("signType", "HMAC-SHA256")]].concat()),
        (Mistake::SIGN_TYPE_OF_A_PAGE, [&pairs[..], &[("sign_type", "MD5")]].concat()),
        (Mistake::SIGN_TYPE_OF_A_PAGE, [&pairs[..], &[("sign_type", "HMAC-SHA256")]].concat()),
        (
            Mistake::PREPAY_ID_AS_FIELD,
            replaced(&renamed(&pairs, &[("package", "prepay_id")]), "prepay_id", app.prepayid),
        ),
        (
            Mistake::PAGE_VALUES_SWAPPED,
            replaced(&replaced(&pairs, "timestamp", app.noncestr), "noncestr", app.timestamp),
        ),
    ];
    let of_page = |sign_type| {
        let own = [("appId", app.appid), ("nonceStr", app.noncestr), ("timeStamp", app.timestamp)];
        [&own[..], &[("package", named.as_str()), ("signType", sign_type)]].concat()
    };
    let of_page = SignType::ALL.iter().map(|any| (Mistake::PAGE_FIELDS_IN_APP, of_page(any.as_str())));
    let times = shifted(app.timestamp);
    let shifted = times.iter().map(|time| (Mistake::TIMESTAMP_DIFFERS, replaced(&pairs, "timestamp", time)));
    let slips: Vec<_> = slips.iter().cloned().chain(of_page).chain(shifted).collect();
    let in_milliseconds = OnceCell::new();
    let changed = || {
        let times = in_milliseconds
            .get_or_init(|| [milliseconds(app.timestamp, &pairs), overflown(app.timestamp, &pairs)].concat())
            .iter();
        let times = times.map(|time| (Mistake::TIME_OTHER_FORM, replaced(&pairs, "timestamp", time)));
        let package = (Mistake::PACKAGE_CHANGED, replaced(&pairs, "package", "Sign=WXPay"));
        let before = before.iter().map(|prepayid| (Mistake::PREPAYID_CHANGED, replaced(&pairs, "prepayid", prepayid)));
        std::iter::once(package).chain(before).chain(spelt(&pairs, APP_NAMES)).chain(times).collect()
    };
    let found = examined(&pairs, app.sign, key, ordered, others, &slips, changed);
    let beside = match () {
        () if lacks_prepay_id(app.prepayid) => Mistake::PREPAY_ID_MISSING,
        () if app.package != "Sign=WXPay" => Mistake::APP_PACKAGE,
        () if app.prepayid.starts_with(PREPAY_ID) => Mistake::PREPAY_ID_FORM,
        () if has_marks(app.prepayid) => Mistake::PREPAY_ID_MALFORMED,
        () if is_digits(app.appid) => Mistake::APP_ID_FORM,
        () if is_in_milliseconds(app.timestamp) => Mistake::PAY_TIME_IN_MILLISECONDS,
        () if seconds(app.timestamp).is_none() => Mistake::PAY_TIME_MALFORMED,
        () => return remarked(found, app.sign, key, [app.partnerid, app.appid], others),
    };
    if found.mistake == Mistake::NONE { found.found(beside, None) } else { found }
}

/// An explanation of a page whose `timeStamp` was a number: that is named where nothing else is wrong.
#[must_use]
pub fn with_number(found: Explanation) -> Explanation {
    if found.mistake == Mistake::NONE { found.found(Mistake::TIME_STAMP_IS_NUMBER, None) } else { found }
}

/// The explanation of a right signature, with what is worth a look.
fn remarked(found: Explanation, given: &str, key: &str, names: [&str; 2], others: OtherKeys<'_>) -> Explanation {
    if found.mistake != Mistake::NONE {
        return found;
    }
    match remark(given, key, names, others) {
        Some((mistake, field)) => Explanation { field, ..found.found(mistake, None) },
        None => found,
    }
}

/// The times a few seconds before and after one: a program that takes the time twice signs another than it hands over.
pub(super) fn shifted(time: &str) -> Vec<String> {
    let is_seconds = time.len() == 10 && time.bytes().all(|b| b.is_ascii_digit());
    let at: Option<i64> = time.parse().ok().filter(|_| is_seconds);
    let offsets = (1..=SECONDS).flat_map(|off| [-off, off]);
    at.into_iter().flat_map(|at| offsets.clone().map(move |off| at + off)).map(|at| at.to_string()).collect()
}

/// The milliseconds of a second; none beside longer parameters than programs hand over.
fn milliseconds(time: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    let is_seconds = time.len() == 10 && time.bytes().all(|b| b.is_ascii_digit());
    let all = if is_seconds && is_short(pairs) { 0..1000 } else { 0..0 };
    all.map(|more| format!("{time}{more:03}")).collect()
}

/// The times in milliseconds of which a number of 32 bits keeps this one; none beside longer parameters than programs hand over.
fn overflown(time: &str, pairs: &[(&str, &str)]) -> Vec<String> {
    /// Milliseconds of these years have 13 digits.
    const SINCE_2001: i64 = 1_000_000_000_000;
    const UNTIL_2040: i64 = 2_200_000_000_000;
    let kept = time.parse::<i32>().map(i64::from).or_else(|_| time.parse::<u32>().map(i64::from)).ok();
    let first = |kept: i64| (SINCE_2001 >> 32 << 32) + kept.rem_euclid(1 << 32);
    let all = kept.filter(|_| is_short(pairs)).into_iter();
    all.flat_map(|kept| (first(kept)..UNTIL_2040).step_by(1 << 32)).map(|at| at.to_string()).collect()
}

/// Whether parameters are of the length that programs hand over: each of some hundred guesses hashes them again.
fn is_short(pairs: &[(&str, &str)]) -> bool {
    const LONGEST: usize = 1024;
    pairs.iter().map(|(_, value)| value.len()).sum::<usize>() <= LONGEST
}

/// Whether a text is a page's `package` as it should be.
pub(super) fn is_package(text: &str) -> bool {
    let id = text.strip_prefix(PREPAY_ID).unwrap_or_default();
    !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// What may have been signed as a page's `package`, or as an app's `prepayid`, where it was changed before it was handed over: it was signed
/// before the `prepay_id` was there, or something was added to it or is missing since. `name` stands before the id.
pub(super) fn before(given: &str, name: &str) -> Vec<String> {
    /// Programs hand over shorter ones.
    const LONGEST: usize = 128;
    /// The characters of a `prepay_id`, at least.
    const LENGTH: usize = 36;
    if given.len() > LONGEST {
        return Vec::new();
    }
    let is_around = |c: char| c.is_whitespace() || is_unseen(c) || matches!(c, '"' | '\'' | '<' | '>' | '[' | ']');
    let plain = given.trim_matches(is_around).replace("%3D", "=").replace("%3d", "=").replace(PREPAY_ID, "");
    let plain = plain.trim_matches(is_around);
    let id: String = plain.chars().take_while(char::is_ascii_alphanumeric).collect();
    let whole = [id.clone(), id.to_ascii_lowercase()].into_iter().filter(|id| !id.is_empty());
    // Something stands behind it.
    let shorter = (10..id.len()).rev().filter_map(|end| id.get(..end).map(str::to_owned));
    // Its last characters are missing.
    let is_cut = (LENGTH - 2..LENGTH).contains(&id.len()) && id.starts_with("wx");
    let ends = ('0'..='9').chain('a'..='z').map(String::from);
    let pairs = ('0'..='9').chain('a'..='f').flat_map(|a| ('0'..='9').chain('a'..='f').map(move |b| format!("{a}{b}")));
    let longer = ends.chain(pairs).filter(|_| is_cut).map(|end| format!("{id}{end}"));
    let nothing = NOT_LOADED.iter().copied().chain(["[object Promise]"]).map(str::to_owned);
    let own = |text: &String| text.as_str() == given;
    whole
        .chain(shorter)
        .chain(longer)
        .chain(nothing)
        .map(|id| format!("{name}{id}"))
        .filter(|text| !own(text))
        .collect()
}

/// The spellings of a page's names, the right one first.
const PAGE_NAMES: &[&[&str]] = &[
    &["appId", "appid", "app_id", "AppId"],
    &["nonceStr", "noncestr", "nonce_str", "NonceStr"],
    &["package", "packageValue", "Package"],
    &["signType", "signtype", "sign_type", "SignType"],
    &["timeStamp", "timestamp", "time_stamp", "TimeStamp"],
];
/// Those of an app's.
const APP_NAMES: &[&[&str]] = &[
    &["appid", "appId", "app_id"],
    &["noncestr", "nonceStr", "nonce_str"],
    &["package", "packageValue"],
    &["partnerid", "partnerId", "partner_id", "mch_id"],
    &["prepayid", "prepayId", "prepay_id"],
    &["timestamp", "timeStamp", "time_stamp"],
];

/// The same values under names in other spellings, several at once; none for longer parameters than programs hand over, because there are
/// some hundred.
fn spelt<'a>(pairs: &[(&'a str, &'a str)], names: &[&[&'a str]]) -> Vec<(Mistake, Pairs<'a>)> {
    if !is_short(pairs) {
        return Vec::new();
    }
    let all = pairs.iter().fold(vec![Vec::new()], |all: Vec<Pairs<'a>>, (own, value)| {
        let group = names.iter().find(|group| group.first() == Some(own)).copied();
        let spellings = group.map_or_else(|| vec![*own], <[&str]>::to_vec);
        let with = |pairs: &Pairs<'a>, name| pairs.iter().copied().chain([(name, *value)]).collect();
        all.iter().flat_map(|pairs| spellings.iter().map(move |name| with(pairs, *name))).collect()
    });
    let of = |pairs: &Pairs<'_>| {
        let is_other = pairs.iter().any(|(name, _)| *name == "mch_id");
        if is_other { Mistake::NAMES_DIFFER } else { Mistake::NAMES_OTHER_CASE }
    };
    all.into_iter().map(|pairs| (of(&pairs), pairs)).collect()
}

/// Whether there is no `prepay_id` in a `package`, or in an app's `prepayid`, or only what languages print for a value that is not there.
pub(super) fn lacks_prepay_id(paid: &str) -> bool {
    let id = paid.strip_prefix(PREPAY_ID).unwrap_or(paid).trim();
    NOT_LOADED.contains(&id) || id == "[object Promise]"
}

/// Whether a `prepay_id`, with its name or alone, has other characters than those that WeChat's have.
pub(super) fn has_marks(paid: &str) -> bool {
    let is_of_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    !paid.strip_prefix(PREPAY_ID).unwrap_or(paid).chars().all(is_of_id)
}

/// Whether an appid is a number, as merchants have it.
pub(super) fn is_digits(app_id: &str) -> bool {
    (8..=10).contains(&app_id.len()) && app_id.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a time has the 13 digits of milliseconds since 1970.
pub(super) fn is_in_milliseconds(time: &str) -> bool {
    time.len() == 13 && time.bytes().all(|byte| byte.is_ascii_digit())
}

/// The same for fields that turn out to be a page's or an app's parameters; `None` for a message.
pub(super) fn of_fields(fields: &Fields, key: &str, others: OtherKeys<'_>) -> Option<Explanation> {
    let ordered = |declared: &str, sign: &str| {
        declared.parse().ok().or_else(|| SignType::of_length(sign.len())).unwrap_or(SignType::Md5)
    };
    if let Some(parameters) = Page::of_fields(fields) {
        let found = page(&parameters, key, ordered(parameters.sign_type, parameters.pay_sign), others);
        let needed = parameters.app_id.is_empty() && found.mistake == Mistake::PAGE_UNKNOWN;
        let found = if needed { found.found(Mistake::APP_ID_NEEDED, None) } else { found };
        let found = with_names(found, fields);
        return Some(with_secret(found, fields, key, others));
    }
    let (parameters, _) = of_app(fields)?;
    Some(with_secret(app(&parameters, key, ordered("", parameters.sign), others), fields, key, others))
}

/// The explanation of parameters whose signature is right, where one of them has a name that WeChat does not read.
fn with_names(found: Explanation, fields: &Fields) -> Explanation {
    if found.mistake != Mistake::NONE && !found.mistake.is_remark() {
        return found;
    }
    match misnamed(fields) {
        Some([name, own]) => {
            Explanation { field: Some(format!("{name} → {own}")), ..found.found(Mistake::PAGE_NAMES, None) }
        }
        None => found,
    }
}

/// The explanation of parameters, one of which may be a key: whoever opens the page has it.
fn with_secret(found: Explanation, fields: &Fields, key: &str, others: OtherKeys<'_>) -> Explanation {
    let Some(secret) = secret_sent(fields, key, others).filter(|name| *name != "paySign") else { return found };
    let likely = found.likely_string.clone();
    let mistake = match &found.mistake {
        among if *among == Mistake::KEY_AMONG_FIELDS => Mistake::KEY_SENT,
        unknown if [Mistake::PAGE_UNKNOWN, Mistake::KEY_MALFORMED].contains(unknown) => Mistake::KEY_SENT.likely(),
        right if right.leaves_signature_right() => Mistake::KEY_SENT_SIGNED,
        _ => return found,
    };
    Explanation { field: Some(secret.to_owned()), ..found.found(mistake, likely) }
}

/// An app's parameters among fields, as iOS and Android name them, and their `signType`; `None` for a message or a page.
pub(super) fn of_app(fields: &Fields) -> Option<(App<'_>, &str)> {
    let find = |name: &str| fields.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let get = |name: &str| find(name).unwrap_or_default();
    let is_of_app = ["partnerid", "prepayid", "noncestr"].iter().all(|name| find(name).is_some());
    is_of_app.then(|| {
        let package = find("package").or_else(|| find("packageValue")).unwrap_or_default();
        let app = App {
            appid: get("appid"),
            partnerid: get("partnerid"),
            prepayid: get("prepayid"),
            package,
            noncestr: get("noncestr"),
            timestamp: get("timestamp"),
            sign: get("sign"),
        };
        (app, get("signType"))
    })
}

fn examined<'a>(
    pairs: &[(&str, &str)],
    given: &str,
    key: &str,
    ordered: SignType,
    others: OtherKeys<'_>,
    slips: &[(Mistake, Pairs<'_>)],
    more: impl FnOnce() -> Vec<(Mistake, Pairs<'a>)>,
) -> Explanation {
    let fits =
        |pairs: &[(&str, &str)], sign_type| sign(pairs.iter().copied(), key, sign_type).eq_ignore_ascii_case(given);
    // First try the mistakes that apply to every signature.
    let fields: Fields = pairs.iter().copied().chain([("sign", given)]).collect();
    let mut explanation = explain_with(&fields, key, Some(ordered), others);
    if given.is_empty() || SignType::ALL.iter().any(|any| fits(pairs, *any)) {
        return explanation;
    }
    let secrets = secrets(key, others);
    // The length tells the algorithm.
    let algorithm = SignType::of_length(given.len());
    let is_of = |slip: &Pairs<'_>| algorithm.is_some_and(|algorithm| fits(slip, algorithm));
    let fits = slips.iter().find(|(_, slip)| is_of(slip)).cloned();
    let fits = fits.or_else(|| more().into_iter().filter(|_| !explanation.proved()).find(|(_, slip)| is_of(slip)));
    if explanation.mistake == Mistake::UNKNOWN {
        explanation = explanation.found(Mistake::PAGE_UNKNOWN, None);
    }
    if let Some((mistake, slip)) = fits {
        let text = masked(&secrets, &string_to_sign(slip.iter().copied()));
        explanation = explanation.found(mistake, Some(format!("{text}&key={MASK}")));
    }
    explanation
}

fn renamed<'a>(pairs: &[(&'a str, &'a str)], names: &[(&str, &'a str)]) -> Pairs<'a> {
    let name = |name: &'a str| names.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| *to);
    pairs.iter().map(|(from, value)| (name(from), *value)).collect()
}

fn without<'a>(pairs: &[(&'a str, &'a str)], left_out: &str) -> Pairs<'a> {
    pairs.iter().filter(|(name, _)| *name != left_out).copied().collect()
}

fn replaced<'a>(pairs: &[(&'a str, &'a str)], which: &str, by: &'a str) -> Pairs<'a> {
    pairs.iter().map(|(name, value)| (*name, if *name == which { by } else { *value })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::digest::digest;

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

    fn found(text: &str, sign_type: SignType) -> &'static str {
        let pay_sign = digest(format!("{text}&key={KEY}"), KEY, sign_type);
        let parameters = Page {
            app_id: "wx1",
            time_stamp: "1",
            nonce_str: "n",
            package: "prepay_id=p",
            sign_type: "MD5",
            pay_sign: &pay_sign,
        };
        let explanation = page(&parameters, KEY, SignType::Md5, OtherKeys::default());
        assert!(explanation.proved() || explanation.mistake == Mistake::PAGE_UNKNOWN);
        assert!(!explanation.to_string().contains(KEY));
        explanation.mistake.code()
    }

    #[test]
    fn names_what_pages_sign() {
        let md5 = SignType::Md5;
        assert_eq!(found("appId=wx1&nonceStr=n&package=prepay_id=p&signType=MD5&timeStamp=1", md5), "none");
        let other = "appId=wx1&nonceStr=n&package=prepay_id=p&signType=MD5&timeStamp=1";
        assert_eq!(found(other, SignType::HmacSha256), "other_algorithm");
        let lower = "appId=wx1&nonceStr=n&package=prepay_id=p&signType=MD5&timestamp=1";
        assert_eq!(found(lower, md5), "time_stamp_lower_case");
        assert_eq!(found("nonceStr=n&package=prepay_id=p&signType=MD5&timeStamp=1&appid=wx1", md5), "page_unknown");
        assert_eq!(found("appid=wx1&nonceStr=n&package=prepay_id=p&signType=MD5&timeStamp=1", md5), "appid_lower_case");
        assert_eq!(found("nonceStr=n&package=prepay_id=p&signType=MD5&timeStamp=1", md5), "app_id_left_out");
        assert_eq!(found("appId=wx1&nonceStr=n&package=prepay_id=p&timeStamp=1", md5), "sign_type_left_out");
        assert_eq!(found("appId=wx1&nonceStr=n&package=p&signType=MD5&timeStamp=1", md5), "package_without_name");
        assert_eq!(found("appId=wx1&nonceStr=n&package=&signType=MD5&timeStamp=1", md5), "page_unknown");
        assert_eq!(found("appId=wx1&nonceStr=n&signType=MD5&timeStamp=1", md5), "package_left_out");
        assert_eq!(found("appId=wx1&nonceStr=&package=&signType=&timeStamp=", md5), "page_unknown");
    }

    #[test]
    fn a_package_that_was_not_signed_is_named_so_whatever_it_is() {
        let pay_sign = digest(format!("appId=wx1&nonceStr=n&signType=MD5&timeStamp=1&key={KEY}"), KEY, SignType::Md5);
        for package in ["prepay_id=p", "prepay_id=", "p", "Sign=WXPay", "北京"] {
            let parameters =
                Page { app_id: "wx1", time_stamp: "1", nonce_str: "n", package, sign_type: "MD5", pay_sign: &pay_sign };
            let found = page(&parameters, KEY, SignType::Md5, OtherKeys::default());
            assert_eq!(found.mistake, Mistake::PACKAGE_LEFT_OUT, "{package}");
        }
    }

    #[test]
    fn names_what_apps_sign() {
        let sign = |text: &str| digest(format!("{text}&key={KEY}"), KEY, SignType::Md5);
        let found = |sign: &str| {
            let parameters = App {
                appid: "wx1",
                partnerid: "1900000109",
                prepayid: "wx2",
                package: "Sign=WXPay",
                noncestr: "n",
                timestamp: "1",
                sign,
            };
            app(&parameters, KEY, SignType::Md5, OtherKeys::default()).mistake.code()
        };
        let right = "appid=wx1&noncestr=n&package=Sign=WXPay&partnerid=1900000109&prepayid=wx2&timestamp=1";
        assert_eq!(found(&sign(right)), "none");
        assert_eq!(found(""), "sign_missing");
        let short = "appid=wx1&noncestr=n&partnerid=1900000109&prepayid=wx2&timestamp=1";
        assert_eq!(found(&sign(short)), "package_left_out");
        let camel = "appId=wx1&nonceStr=n&package=Sign=WXPay&partnerId=1900000109&prepayId=wx2&timestamp=1";
        assert_eq!(found(&sign(camel)), "names_other_case");
        let page = "appid=wx1&noncestr=n&package=prepay_id=wx2&partnerid=1900000109&prepayid=wx2&timestamp=1";
        assert_eq!(found(&sign(page)), "package_of_a_page");
    }
}
