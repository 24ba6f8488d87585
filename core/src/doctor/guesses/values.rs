//! The values of the fields: in another charset, escaped, cut, worked out, or not signed at all.

use crate::doctor::changes::CHANGES;
use crate::doctor::search::{Message, Place, SECONDS, Search, TRIED_ALONE, by_name, joined, keyed};
use crate::doctor::secrets::MASK;
use crate::doctor::{escapes, json_texts};
use crate::explanation::{Mistake, Origin};
use crate::time::BeijingTime;

pub(super) fn about_all_values(search: &mut Search<'_>) {
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
    // A page or a log in HTML shows `&notify_url` so: ¬ify_url.
    search.bytes(Mistake::TEXT_AS_HTML, None, |message, key| {
        escapes::as_html(&keyed(joined(message.filled.iter().copied()), key)).into()
    });
    if search.message.filled.iter().any(|(_, value)| !value.is_ascii()) {
        // The scripts for MD5 that take a byte of each character, as node-forge and Node of old do.
        search.bytes(Mistake::VALUES_OTHER_CHARSET, None, |message, key| {
            keyed(joined(message.filled.iter().copied()), key).encode_utf16().map(low).collect()
        });
        search.bytes(Mistake::VALUES_OTHER_CHARSET, None, |message, key| {
            let text = keyed(joined(message.filled.iter().copied()), key);
            // What Hong Kong added is not in the character set that languages call so.
            let one = |c: char| match encoding_rs::BIG5.encode(c.encode_utf8(&mut [0; 4])) {
                (bytes, _, false) if bytes.first().is_none_or(|first| *first < 0xfa) => bytes.into_owned(),
                _ => vec![b'?'],
            };
            text.chars().flat_map(one).collect()
        });
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

/// The lower byte of a unit of UTF-16.
fn low(unit: u16) -> u8 {
    let [low, _] = unit.to_le_bytes();
    low
}

/// A time that the program took twice, or wrote in another form for the signature.
pub(super) fn about_times(search: &mut Search<'_>) {
    if search.message.origin() != Origin::Merchant {
        return;
    }
    let values = search.message.filled.iter().enumerate();
    let times: Vec<(usize, BeijingTime)> =
        values.filter_map(|(at, (_, value))| Some((at, BeijingTime::parse(value)?))).collect();
    let written =
        |time: BeijingTime, off: i64| BeijingTime::from_unix(time.unix() + off).ok().map(BeijingTime::to_wire);
    let mut signed = |mistake: Mistake, values: Vec<(usize, String)>| {
        let field = values.first().and_then(|(at, _)| search.message.name(*at)).filter(|_| values.len() == 1);
        search.bytes(mistake, field, |message, key| keyed(message.with_values(&values), key).into());
    };
    for (at, time) in &times {
        for form in [time.unix().to_string(), format!("{}000", time.unix()), time.to_rfc3339(), time.to_dashed()] {
            signed(Mistake::TIME_OTHER_FORM, vec![(*at, form)]);
        }
    }
    for off in (1..=SECONDS).flat_map(|off| [-off, off]) {
        for (at, time) in &times {
            signed(Mistake::TIMESTAMP_DIFFERS, written(*time, off).map(|time| (*at, time)).into_iter().collect());
        }
        if times.len() > 1 {
            let all = times.iter().filter_map(|(at, time)| Some((*at, written(*time, off)?)));
            signed(Mistake::TIMESTAMP_DIFFERS, all.collect());
        }
    }
}

/// Two values in each other's place.
pub(super) fn about_exchanged_values(search: &mut Search<'_>) {
    let values = search.message.filled.clone();
    if values.len() > TRIED_ALONE {
        return;
    }
    for (second, (later, one)) in values.iter().enumerate() {
        for (first, (earlier, _)) in values.iter().enumerate().take(second).filter(|(_, (_, other))| other != one) {
            let field = format!("{earlier}, {later}");
            search.bytes(Mistake::VALUES_EXCHANGED, Some(&field), |message, key| {
                let value = |at: usize| message.filled.get(at).map_or("", |(_, value)| *value).to_owned();
                keyed(message.with_values(&[(first, value(second)), (second, value(first))]), key).into()
            });
        }
    }
}

/// Texts of people that were cut before they were signed.
pub(super) fn about_cut_values(search: &mut Search<'_>) {
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

pub(super) fn about_single_fields(search: &mut Search<'_>) {
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
}

/// Fields that were signed with a default, or empty, and not sent.
pub(super) fn about_fields_not_sent(search: &mut Search<'_>) {
    let names: Vec<&str> = search.message.filled.iter().map(|(name, _)| *name).collect();
    if names.len() > TRIED_ALONE {
        return;
    }
    for (name, value) in DEFAULTS {
        if !names.contains(name) {
            search.fields_of(Mistake::FIELD_NOT_SENT, name, |message| by_name(message.with(name, value)));
        }
    }
    let mch_id = search.message.filled.iter().find(|(name, _)| *name == "mch_id").map(|(_, value)| *value);
    if let Some(mch_id) = mch_id.filter(|_| !names.contains(&"op_user_id")) {
        search.fields_of(Mistake::FIELD_NOT_SENT, "op_user_id", |message| by_name(message.with("op_user_id", mch_id)));
    }
    // A model has no place for what says only that the message is one.
    if !names.contains(&"return_code") && !names.contains(&"result_code") {
        let codes = [("result_code", "SUCCESS"), ("return_code", "SUCCESS")];
        search.fields_of(Mistake::FIELD_NOT_SENT, "return_code, result_code", |message| {
            by_name(message.filled.iter().copied().chain(codes).collect())
        });
    }
    // WeChat signs no empty fields.
    let is_of_merchant = search.message.origin() == Origin::Merchant;
    for nothing in NOTHING.iter().copied().filter(|_| is_of_merchant) {
        for name in OPTIONAL.iter().filter(|name| !names.contains(*name)) {
            search.fields_of(Mistake::EMPTY_VALUES_SIGNED, name, |message| by_name(message.with(name, nothing)));
        }
    }
}

/// A value that was set after signing, or that is another field's.
pub(super) fn about_values_not_ready(search: &mut Search<'_>) {
    let names: Vec<&str> = search.message.filled.iter().map(|(name, _)| *name).collect();
    // What pages and apps are handed has slips of its own.
    let is_request = names.contains(&"mch_id") || names.contains(&"mchid");
    if !is_request || names.len() > TRIED_ALONE || search.message.origin() != Origin::Merchant {
        return;
    }
    for (at, name) in names.iter().enumerate() {
        for nothing in ["undefined", "null", "None", ""] {
            search.bytes(Mistake::VALUE_NOT_READY, Some(name), |message, key| {
                let value = |(other, pair): (usize, &(_, _))| if other == at { (pair.0, nothing) } else { *pair };
                keyed(joined(message.filled.iter().enumerate().map(value)), key).into()
            });
        }
    }
    // A provider has two of each.
    for [one, other] in [["mch_id", "sub_mch_id"], ["appid", "sub_appid"], ["openid", "sub_openid"]] {
        for [name, from] in [[one, other], [other, one]] {
            let place = |name: &str| names.iter().position(|own| *own == name);
            let (Some(at), Some(from)) = (place(name), place(from)) else { continue };
            search.bytes(Mistake::VALUE_OF_OTHER_FIELD, Some(name), |message, key| {
                let value = message.filled.get(from).map_or("", |(_, value)| *value).to_owned();
                keyed(message.with_values(&[(at, value)]), key).into()
            });
        }
    }
}

/// Two fields, or all that may be there, that were signed and not sent: without a value, or with that of none.
pub(super) fn about_two_fields_not_sent(search: &mut Search<'_>) {
    let names: Vec<&str> = search.message.filled.iter().map(|(name, _)| *name).collect();
    if names.len() > TRIED_ALONE {
        return;
    }
    // A class with fields of numbers drops those of value 0, and one with fixed fields those that are numbered.
    let of_none = ["coupon_count", "coupon_fee", "coupon_refund_count", "coupon_refund_fee", "total_fee", "refund_fee"];
    let of_none: Vec<&str> = of_none.into_iter().filter(|name| !names.contains(name)).collect();
    for (at, name) in of_none.iter().enumerate() {
        search.fields_of(Mistake::FIELD_NOT_SENT, name, |message| by_name(message.with(name, "0")));
        for other in of_none.iter().skip(at + 1) {
            let field = format!("{name}, {other}");
            search.fields_of(Mistake::FIELD_NOT_SENT, &field, |message| {
                by_name(message.filled.iter().copied().chain([(*name, "0"), (*other, "0")]).collect())
            });
        }
    }
    let types: Vec<String> =
        (0..COUPONS).map(|at| format!("coupon_type_{at}")).filter(|name| is_of_coupon(&names, name)).collect();
    for value in ["CASH", "NO_CASH"].iter().filter(|_| !types.is_empty()) {
        search.fields_of(Mistake::FIELD_NOT_SENT, &types.join(", "), |message| {
            let types = types.iter().map(|name| (name.as_str(), *value));
            by_name(message.filled.iter().copied().chain(types).collect())
        });
    }
    if search.message.origin() != Origin::Merchant {
        return;
    }
    let absent: Vec<&str> = OPTIONAL.iter().copied().filter(|name| !names.contains(name)).collect();
    for nothing in ["null", "undefined", "", "None"] {
        let with = |message: &Message<'_>, more: &[&str]| {
            by_name(message.filled.iter().copied().chain(more.iter().map(|name| (*name, nothing))).collect())
        };
        search.fields(Mistake::EMPTY_VALUES_SIGNED, |message| with(message, &absent));
        for (at, one) in absent.iter().enumerate() {
            for other in absent.iter().skip(at + 1) {
                let field = format!("{one}, {other}");
                search.fields_of(Mistake::EMPTY_VALUES_SIGNED, &field, |message| with(message, &[one, other]));
            }
        }
    }
}

/// So many coupons of a payment are looked at.
const COUPONS: usize = 4;

/// Whether the type of a coupon is missing beside its number.
fn is_of_coupon(names: &[&str], kind: &str) -> bool {
    let id = kind.replacen("type", "id", 1);
    names.contains(&id.as_str()) && !names.contains(&kind)
}

/// Amounts that a program worked out together: all of them, or two.
pub(super) fn about_amounts(search: &mut Search<'_>) {
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
pub(super) fn about_json(search: &mut Search<'_>) {
    let values: Vec<(usize, &str)> = search.message.filled.iter().map(|(_, value)| *value).enumerate().collect();
    for (at, value) in values.into_iter().filter(|(_, value)| json_texts::is_document(value)) {
        // Reading a document and ordering its members costs about as much as hashing it some times.
        search.spend(8 * value.len());
        if search.is_over() {
            return;
        }
        let printed = PRINTED.iter().map(|text| (*text).to_owned());
        for text in json_texts::rewritten(value).chain(printed) {
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
pub(super) fn about_two_fields(search: &mut Search<'_>) {
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

/// A character that stands for two: spaces and plus signs are confused one by one when a form is written or read.
pub(super) fn about_spaces(search: &mut Search<'_>) {
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

/// What languages print for an object or a list that is no text.
const PRINTED: [&str; 4] = ["[object Object]", "Array", "[object Array]", "Object"];

/// Up to how many occurrences every combination of them is tried.
const ALL_SUBSETS: usize = 8;

/// Fields that hold texts of people.
pub(in crate::doctor) const FREE_TEXTS: &[&str] =
    &["attach", "body", "detail", "device_info", "goods_tag", "scene_info"];

fn is_amount(name: &str) -> bool {
    name.ends_with("_fee") || name == "amount" || name.ends_with("_amount")
}

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
    ("return_code", "SUCCESS"),
    ("result_code", "SUCCESS"),
    ("is_subscribe", "Y"),
    ("is_subscribe", "N"),
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

/// How programs write a value that is not there.
pub(super) const NOTHING: &[&str] = &["", "null", "None", "undefined", "NULL", "nil", "<nil>", "[]", "{}", "Array"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::digest::SignType;
    use crate::doctor::explain;
    use crate::doctor::json_texts::tests::{grown, written};
    use crate::doctor::search::{BUDGET, Message, SEARCHED};
    use crate::fields::Fields;

    const KEY: &str = "192006250b4c09247ec02edce69f6a2d";

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
                key: KEY,
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
