//! The key: spelt otherwise, cut, joined to the text in another way, another one, or sent.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};

use crate::crypto::digest::{LOWER, SignType, UPPER, digest, hex};
use crate::doctor::key_form::{NOT_LOADED, UNSEEN, is_unseen};
use crate::doctor::search::{End, Hash, Message, Search, Spelling, by_name, joined, keyed};
use crate::doctor::secrets::{MASK, OtherKeys};
use crate::doctor::signature_text::from_hex;
use crate::explanation::Mistake;
use crate::fields::Fields;

/// What is taken for the key, by the names that it has in the calls, in pages and in apps.
const OWN_NUMBERS: [(Mistake, [&str; 4]); 2] = [
    (Mistake::MCH_ID_AS_KEY, ["mch_id", "mchid", "partnerid", "sub_mch_id"]),
    (Mistake::APPID_AS_KEY, ["appid", "appId", "mch_appid", "wxappid"]),
];

/// A secret that was sent: the signature was made without it, or with it in the place of `&key=`.
pub(super) fn about_a_secret(search: &mut Search<'_>, secret: &str) {
    let text = |message: &Message<'_>, key: &str| keyed(joined(message.without(secret)), key);
    search.bytes(Mistake::KEY_SENT, Some(secret), |message, key| text(message, key).into());
    // The key stood among the sorted fields, with and without `&key=` at the end.
    search.bytes(Mistake::KEY_SENT, Some(secret), |message, _| joined(message.filled.iter().copied()).into());
    let own = |message: &Message<'_>, key: &str| by_name(message.without(secret).chain([("key", key)]).collect());
    search.bytes(Mistake::KEY_SENT, Some(secret), |message, key| own(message, key).into());
    search.bytes(Mistake::KEY_SENT, Some(secret), |message, key| keyed(own(message, key), key).into());
}

pub(super) fn about_the_key(search: &mut Search<'_>) {
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
        // Python's bytes, and the key of a program that has them so in its setting.
        (Mistake::KEY_QUOTED, |key| format!("b'{key}'")),
        (Mistake::KEY_QUOTED, |key| format!("b\"{key}\"")),
        (Mistake::KEY_QUOTED, |key| key.trim_start_matches('b').trim_matches(['"', '\'']).into()),
        (Mistake::KEY_OTHER_CASE, |key| key.to_ascii_uppercase()),
        (Mistake::KEY_OTHER_CASE, |key| key.to_ascii_lowercase()),
    ];
    for [before, after] in UNSEEN.iter().flat_map(|unseen| [["", *unseen], [*unseen, ""], [*unseen, *unseen]]) {
        search.key_spelt(Mistake::KEY_WITH_WHITE_SPACE, |key| format!("{before}{key}{after}"));
    }
    for nothing in NOT_LOADED.iter().chain(PLACEHOLDERS) {
        search.key_spelt(Mistake::KEY_NOT_LOADED, |_| (*nothing).to_owned());
        search.hmac_key(nothing);
    }
    let key = search.key.to_owned();
    for [before, after] in UNSEEN.iter().flat_map(|unseen| [["", *unseen], [*unseen, ""]]) {
        search.hmac_key(&format!("{before}{key}{after}"));
    }
    about_interchanged(search);
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

/// The key with what came along when it was copied, and in other encodings.
pub(super) fn about_the_key_as_copied(search: &mut Search<'_>) {
    for [before, after] in AROUND {
        search.key_spelt(Mistake::KEY_WITH_MARKS, |key| format!("{before}{key}{after}"));
    }
    let key = search.key.to_owned();
    for spelt in ENCODED.iter().filter_map(|spelt| spelt(&key)) {
        search.another_key(Mistake::KEY_ENCODED, &spelt);
        search.hmac_key(&spelt);
    }
}

/// What stands around a key in a line of a program or a file, in a template, and in the documents.
const AROUND: [[&str; 2]; 22] = [
    ["", ";"],
    ["", ","],
    ["", "."],
    ["", "\";"],
    ["", "\","],
    ["", "';"],
    ["", "',"],
    ["{", "}"],
    ["${", "}"],
    ["{{", "}}"],
    ["<", ">"],
    ["(", ")"],
    ["[", "]"],
    ["['", "']"],
    ["%", "%"],
    ["#", "#"],
    ["`", "`"],
    ["“", "”"],
    ["‘", "’"],
    ["=", ""],
    [":", ""],
    ["", "\\n"],
];

/// The key as a store of secrets has it, and the key that such a text is of. What `echo` writes ends with a line feed.
const ENCODED: &[fn(&str) -> Option<String>] = &[
    |key| Some(BASE64_STANDARD.encode(key)),
    |key| Some(BASE64_STANDARD.encode(format!("{key}\n"))),
    |key| Some(BASE64_STANDARD_NO_PAD.encode(key)),
    |key| Some(BASE64_STANDARD.encode(BASE64_STANDARD.encode(key))),
    |key| Some(hex(key.as_bytes(), LOWER)),
    |key| Some(hex(key.as_bytes(), UPPER)),
    |key| String::from_utf8(BASE64_STANDARD.decode(key.trim()).ok()?).ok(),
    |key| Some(String::from_utf8(BASE64_STANDARD.decode(key.trim()).ok()?).ok()?.trim().to_owned()),
    |key| String::from_utf8(from_hex(key.trim())?).ok(),
];

/// What stands in a file of settings until a program puts the key there.
const PLACEHOLDERS: &[&str] = &[
    "${WXPAY_API_KEY}",
    "$WXPAY_API_KEY",
    "%WXPAY_API_KEY%",
    "${WX_API_KEY}",
    "${WECHAT_API_KEY}",
    "${API_KEY}",
    "$API_KEY",
    "${MCH_KEY}",
    "${KEY}",
    "${wxpay.key}",
    "${wxpay.api-key}",
    "${wx.pay.key}",
    "${wechat.pay.key}",
    "${wx.pay.mchKey}",
    "${wechat.mchKey}",
    // The name in place of the value.
    "key",
    "KEY",
    "Key",
    "api_key",
    "apiKey",
    "API_KEY",
    "mch_key",
    "mchKey",
    "partnerKey",
    "WXPAY_API_KEY",
    "your_api_key",
    "$key",
    "{key}",
    "{}",
    "%s",
];

/// The text and the key of an HMAC in each other's place.
fn about_interchanged(search: &mut Search<'_>) {
    if search.sign_type != SignType::HmacSha256 || search.is_over() {
        return;
    }
    let text = joined(search.message.filled.iter().copied());
    let key = search.key.to_owned();
    for text in [keyed(text.clone(), &key), text] {
        search.compare(Mistake::HMAC_KEY, None, Hash::Declared, &text, key.as_bytes(), |_| MASK.into());
    }
}

/// The beginnings and the ends of the key, the longest first.
pub(super) fn about_a_cut_key(search: &mut Search<'_>) {
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

/// Another key that is known, a hash of the key, and what is taken for it.
pub(super) fn about_other_keys(search: &mut Search<'_>, fields: &Fields, others: OtherKeys<'_>) {
    for (mistake, other) in others.iter() {
        search.another_key(mistake, other);
        search.hmac_key(other);
    }
    let hashed = digest(search.key, "", SignType::Md5);
    for hashed in [&hashed, &hashed.to_ascii_lowercase()] {
        search.another_key(Mistake::KEY_HASHED, hashed);
    }
    for (mistake, names) in OWN_NUMBERS {
        for own in names.iter().filter_map(|name| fields.filled(name)) {
            search.another_key(mistake, own);
            search.hmac_key(own);
        }
    }
}
