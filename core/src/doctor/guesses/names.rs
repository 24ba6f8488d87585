//! The names of the fields: left out, in another order, in another spelling, or those of another call.

use std::cmp::Ordering;

use super::values::NOTHING;
use crate::crypto::digest::{SignType, digest};
use crate::doctor::json_texts::{camel, snake};
use crate::doctor::search::{Message, Search, Spelling, TRIED_ALONE, by_name, joined, keyed};
use crate::doctor::secrets::MASK;
use crate::explanation::Mistake;

/// How names were sorted.
type Order = fn(&(&str, &str), &(&str, &str)) -> Ordering;

pub(super) fn about_names(search: &mut Search<'_>) {
    if search.message.filled.iter().any(|(name, _)| *name == "sign_type") {
        search.fields(Mistake::SIGN_TYPE_LEFT_OUT, |message| joined(message.without("sign_type")));
        for other in ["MD5", "HMAC-SHA256", "md5", "HMACSHA256", "HMAC_SHA256"] {
            search.fields(Mistake::SIGN_TYPE_DIFFERS, |message| by_name(message.with("sign_type", other)));
        }
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
    if search.message.filled.iter().any(|(name, _)| *name == "package") {
        // What a page calls its signature.
        search.fields(Mistake::SIGN_SIGNED, |message| by_name(message.with("paySign", "")));
    }
    // An earlier signature is a valid one, so it is masked.
    let right = digest(keyed(joined(search.message.filled.iter().copied()), search.key), search.key, search.sign_type);
    search.bytes(Mistake::SIGN_SIGNED, None, |message, key| {
        let earlier = if key == MASK { MASK } else { &right };
        keyed(by_name(message.with("sign", earlier)), key).into()
    });
    let lower = |a: &(&str, &str), b: &(&str, &str)| a.0.to_ascii_lowercase().cmp(&b.0.to_ascii_lowercase());
    // .NET's OrdinalIgnoreCase compares capitals, which stand before `_`.
    let upper = |a: &(&str, &str), b: &(&str, &str)| a.0.to_ascii_uppercase().cmp(&b.0.to_ascii_uppercase());
    let orders: &[(Mistake, Order)] = &[
        (Mistake::NAMES_SORTED_WITHOUT_CASE, lower),
        (Mistake::NAMES_SORTED_WITHOUT_CASE, upper),
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
    let is_doubled = search.message.filled.iter().any(|(name, _)| name.contains("__"));
    for (from, to) in [("__", "_"), ("_", "__")] {
        let mistake = if from == "__" { Mistake::NAMES_DOUBLED } else { Mistake::NAMES_OTHER_CASE };
        if is_doubled || from == "_" {
            search.fields(mistake, |message| {
                let names: Vec<_> =
                    message.filled.iter().map(|(name, value)| (name.replace(from, to), *value)).collect();
                by_name(names.iter().map(|(name, value)| (name.as_str(), *value)).collect())
            });
        }
    }
    for spelt in NAMES {
        let signed: Vec<String> = search.message.filled.iter().map(|(name, _)| spelt(name)).collect();
        let sent: Vec<&str> = search.message.filled.iter().map(|(name, _)| *name).collect();
        let mistake = of_spelling(&sent, &signed.iter().map(String::as_str).collect::<Vec<_>>());
        search.fields(mistake, |message| {
            let names: Vec<_> = message.filled.iter().map(|(name, value)| (spelt(name), *value)).collect();
            by_name(names.iter().map(|(name, value)| (name.as_str(), *value)).collect())
        });
    }
}

/// Names that requests and messages of APIv2 have. Fewer than there are: those that say which spelling a program sends.
const DOCUMENTED: &[&str] = &[
    "appid",
    "mch_id",
    "nonce_str",
    "out_trade_no",
    "total_fee",
    "spbill_create_ip",
    "notify_url",
    "trade_type",
    "sign_type",
    "transaction_id",
    "out_refund_no",
    "refund_fee",
    "bill_date",
    "sub_mch_id",
    "sub_appid",
    "auth_code",
    "body",
    "openid",
];

/// What it is that names were signed in another spelling than they were sent in: where those that were signed are documented, and those
/// that were sent are not, the sent ones are wrong. The names of pages and apps are others.
fn of_spelling(sent: &[&str], signed: &[&str]) -> Mistake {
    const OF_PAGES: [&str; 4] = ["package", "paySign", "prepayid", "partnerid"];
    let known = |names: &[&str]| names.iter().filter(|name| DOCUMENTED.contains(name)).count();
    let is_page = sent.iter().any(|name| OF_PAGES.iter().any(|own| name.eq_ignore_ascii_case(own)));
    // A transfer has mch_appid and mchid.
    let is_transfer = sent.contains(&"mch_appid") || sent.contains(&"wxappid");
    let is_signed_right = known(signed) > known(sent) && !is_page && !is_transfer;
    if is_signed_right { Mistake::NAMES_SENT_OTHERWISE } else { Mistake::NAMES_OTHER_CASE }
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
    // With the numbers of coupons.
    |name| {
        let snake = snake(name);
        let bare = snake.trim_end_matches(|c: char| c.is_ascii_digit());
        match snake.strip_prefix(bare) {
            Some(number) if !number.is_empty() && !bare.ends_with('_') => format!("{bare}_{number}"),
            _ => snake,
        }
    },
];

/// One name in another spelling.
pub(super) fn about_single_names(search: &mut Search<'_>) {
    let names: Vec<&str> = search.message.filled.iter().map(|(name, _)| *name).collect();
    if names.len() > TRIED_ALONE {
        return;
    }
    for spelt in NAMES {
        for (at, name) in names.iter().enumerate().filter(|(_, name)| spelt(name) != **name) {
            let signed =
                names.iter().enumerate().map(|(other, own)| if other == at { spelt(own) } else { (*own).into() });
            let signed: Vec<String> = signed.collect();
            let mistake = of_spelling(&names, &signed.iter().map(String::as_str).collect::<Vec<_>>());
            search.fields_of(mistake, name, |message| {
                let name = message.filled.get(at).map(|(name, _)| spelt(name)).unwrap_or_default();
                let pairs = message.filled.iter().enumerate();
                by_name(pairs.map(|(other, pair)| (if other == at { &name } else { pair.0 }, pair.1)).collect())
            });
        }
    }
}

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
pub(super) fn about_other_names(search: &mut Search<'_>) {
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
                let signed: Vec<&str> = names.iter().map(|own| if own == name { *other } else { own }).collect();
                let mistake = if is_spelling { of_spelling(&names, &signed) } else { Mistake::NAMES_DIFFER };
                search.fields_of(mistake, name, |message| renamed(message, &[(name, other)]));
                // Under both names, and sent under one of them.
                search.fields_of(Mistake::FIELD_NOT_SENT, other, |message| {
                    let value = message.filled.iter().find(|(own, _)| own == name).map(|(_, value)| (*other, *value));
                    by_name(message.filled.iter().copied().chain(value).collect())
                });
            }
        }
    }
    for pairs in RENAMED.iter().filter(|pairs| pairs.iter().all(|(from, _)| names.contains(from))) {
        search.fields(Mistake::NAMES_DIFFER, |message| renamed(message, pairs));
    }
}
