//! What is known of the call that a request of APIv2 is for, by its fields: a body does not name its path.

use crate::crypto::digest::SignType;
use crate::fields::Fields;
use crate::table::row::Endpoint;
use crate::v2::{bill, code, order, refund};

/// The calls that are told apart by their fields. Others have the same fields and no appid, so they are not here.
const CALLS: [&[&Endpoint]; 4] = [order::ENDPOINTS, refund::ENDPOINTS, bill::ENDPOINTS, code::ENDPOINTS];

/// The fields that stand beside those of the call.
const BESIDE: [&str; 7] = ["appid", "mch_id", "nonce_str", "sign", "sign_type", "sub_appid", "sub_mch_id"];

/// The field that a request must have beside those of its call, and has not; `None` where the call is not known.
pub(super) fn missing(fields: &Fields) -> Option<&'static str> {
    // With no field of its own that it must have, a query may be one of another family, and some of those have no appid.
    let needs_appid = |call: &Endpoint| {
        call.identity.iter().any(|(name, _)| *name == "appid") && call.request.iter().any(|field| field.required)
    };
    let needs_nonce = |call: &Endpoint| call.nonce;
    let calls: Vec<&Endpoint> = CALLS.into_iter().flatten().copied().filter(|call| fits(call, fields)).collect();
    let lacks = |name: &str| fields.filled(name).is_none();
    match () {
        // Each of those with one algorithm has a nonce_str.
        () if lacks("nonce_str") && only_algorithm(fields).is_some() => Some("nonce_str"),
        // Of a red packet.
        () if lacks("total_num") && RED_PACKET.iter().all(|name| !lacks(name)) => Some("total_num"),
        () if calls.is_empty() => None,
        () if lacks("nonce_str") && calls.iter().all(|call| needs_nonce(call)) => Some("nonce_str"),
        () if lacks("appid") && calls.iter().all(|call| needs_appid(call)) => Some("appid"),
        () => None,
    }
}

/// The call that a request looks like, by its fields, with a field that this call does not take: WeChat signs the call's own fields alone, and
/// says that the signature is wrong. Those that people reported.
pub(super) fn not_taken(fields: &Fields) -> Option<(&'static str, &'static str)> {
    let is_filled = |name: &&str| fields.filled(name).is_some();
    let is_of = |call: &&Closed| call.has.iter().all(is_filled) && !call.lacks.iter().any(is_filled);
    let name = |call: &Closed| Some((call.name, call.not_taken.iter().copied().find(|name| is_filled(name))?));
    CLOSED.iter().filter(is_of).find_map(name)
}

/// A call without some fields that others have.
struct Closed {
    name: &'static str,
    /// The fields that it is known by: it has these and not those.
    has: &'static [&'static str],
    lacks: &'static [&'static str],
    not_taken: &'static [&'static str],
}

const CLOSED: &[Closed] = &[
    Closed {
        name: "profitsharingquery",
        has: &["transaction_id", "out_order_no"],
        lacks: &["receivers", "receiver", "description", "amount", "final_amount", "out_return_no"],
        not_taken: &["appid", "sub_appid"],
    },
    Closed {
        name: "profitsharingreturnquery",
        has: &["out_return_no"],
        lacks: &["return_account", "return_account_type", "return_amount", "description"],
        not_taken: &["sub_appid"],
    },
    Closed {
        name: "sendredpack",
        has: &["mch_billno", "wxappid", "total_amount"],
        // A red packet of a company's in WeCom.
        lacks: &["workwx_sign"],
        not_taken: &["appid", "sign_type", "trade_type"],
    },
    Closed {
        name: "gethbinfo",
        has: &["mch_billno", "bill_type"],
        lacks: &["total_amount"],
        not_taken: &["sign_type"],
    },
    Closed {
        name: "transfers",
        has: &["partner_trade_no", "openid", "amount", "check_name"],
        // A transfer of a company's in WeCom.
        lacks: &["workwx_sign", "ww_msg_type"],
        not_taken: &["appid", "mch_id"],
    },
];

/// Whether a request has all that a call must have, and, where that is little, nothing that the call does not have.
fn fits(call: &Endpoint, fields: &Fields) -> bool {
    let required: Vec<&str> = call.request.iter().filter(|field| field.required).map(|field| field.name).collect();
    let is_filled = |name: &&str| fields.filled(name).is_some();
    let is_of_call = |name: &str| BESIDE.contains(&name) || call.request.iter().any(|field| field.name == name);
    let of_call = call.request.iter().any(|field| is_filled(&field.name));
    of_call && required.iter().all(is_filled) && (required.len() > 1 || fields.iter().all(|(name, _)| is_of_call(name)))
}

/// The one algorithm that the calls take which have these fields: profit sharing, downloadfundflow and batchquerycomment take HMAC-SHA256
/// alone; red packets, transfers and coupons MD5 alone.
pub(super) fn only_algorithm(fields: &Fields) -> Option<SignType> {
    let has = |names: &&[&str]| names.iter().all(|name| fields.filled(name).is_some());
    match () {
        () if HMAC_ONLY.iter().any(has) => Some(SignType::HmacSha256),
        () if MD5_ONLY.iter().any(has) => Some(SignType::Md5),
        () => None,
    }
}

/// Fields of a red packet, which says how many people get it.
const RED_PACKET: [&str; 4] = ["mch_billno", "wxappid", "re_openid", "total_amount"];

/// Fields that stand together only in calls that take HMAC-SHA256 alone.
const HMAC_ONLY: &[&[&str]] = &[
    &["receivers", "out_order_no"],
    &["receiver"],
    &["out_return_no"],
    &["transaction_id", "out_order_no"],
    &["bill_date", "account_type"],
    &["begin_time", "end_time", "offset"],
];

/// Those of calls that take MD5 alone.
const MD5_ONLY: &[&[&str]] =
    &[&["mch_billno"], &["partner_trade_no"], &["coupon_stock_id"], &["coupon_id", "stock_id"]];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::v2::workwx;

    fn with(names: &[&'static str]) -> Fields {
        names.iter().map(|name| (*name, "1")).collect()
    }

    #[test]
    fn the_algorithm_is_that_of_the_table() {
        for call in CALLS.into_iter().flatten().chain(workwx::ENDPOINTS) {
            let all: Vec<&str> = call.request.iter().map(|field| field.name).collect();
            let only = [call.sign_types].into_iter().find(|types| types.len() == 1).and_then(<[_]>::first).copied();
            assert_eq!(only_algorithm(&with(&all)), only, "{}", call.name);
        }
    }

    #[test]
    fn a_field_that_a_call_does_not_take_is_named_with_the_call() {
        let of = |names: &[&'static str]| not_taken(&with(names));
        let query = ["mch_id", "nonce_str", "sign_type", "transaction_id", "out_order_no"];
        let and = |more: &'static str| of(&[&query[..], &[more]].concat());
        assert_eq!(of(&query), None);
        assert_eq!(and("sub_mch_id"), None);
        assert_eq!(and("appid"), Some(("profitsharingquery", "appid")));
        assert_eq!(and("sub_appid"), Some(("profitsharingquery", "sub_appid")));
        // The end of a sharing has an appid, and so has a sharing itself.
        assert_eq!(of(&[&query[..], &["appid", "description"]].concat()), None);
        assert_eq!(of(&[&query[..], &["appid", "receivers"]].concat()), None);
        let packet = ["mch_billno", "mch_id", "wxappid", "re_openid", "total_amount", "total_num"];
        assert_eq!(of(&packet), None);
        assert_eq!(of(&[&packet[..], &["workwx_sign", "sign_type"]].concat()), None);
        // The table's own fields are taken.
        for call in CALLS.into_iter().flatten().chain(workwx::ENDPOINTS) {
            let own = call.identity.iter().map(|(name, _)| *name);
            let all: Vec<&str> = call.request.iter().map(|field| field.name).chain(own).collect();
            assert_eq!(of(&all), None, "{}", call.name);
        }
    }

    #[test]
    fn a_call_is_known_by_what_it_must_have() {
        let order = ["mch_id", "body", "out_trade_no", "total_fee", "spbill_create_ip", "notify_url", "trade_type"];
        let and = |more: &[&'static str]| missing(&with(&[&order[..], more].concat()));
        assert_eq!(and(&[]), Some("nonce_str"));
        assert_eq!(and(&["appid"]), Some("nonce_str"));
        assert_eq!(and(&["nonce_str"]), Some("appid"));
        assert_eq!(and(&["nonce_str", "something_new"]), Some("appid"));
        assert_eq!(and(&["nonce_str", "appid"]), None);
        let of = |names: &[&'static str]| missing(&with(names));
        assert_eq!(of(&["mch_id", "appid", "transaction_id"]), Some("nonce_str"));
        // Which share of an order may be split is asked without an appid.
        assert_eq!(of(&["mch_id", "nonce_str", "transaction_id"]), None);
        // Of customs: a call without nonce_str.
        assert_eq!(of(&["appid", "mch_id", "out_trade_no", "transaction_id", "customs"]), None);
        assert_eq!(of(&["mch_appid", "mchid", "nonce_str", "partner_trade_no", "openid", "amount"]), None);
        assert_eq!(of(&["mch_id", "wxappid", "mch_billno", "total_amount"]), Some("nonce_str"));
        assert_eq!(of(&["mch_id", "sign"]), None);
    }
}
