//! One model over both generations of the API: what APIv3 says of an order or of a refund, under the names that APIv2 has for it. So a
//! payment or a refund is of one type, whichever API told of it and whichever was asked, and the same rules compare it.

use std::borrow::Cow;

use crate::fields::Fields;
use crate::table::macros::wire_enum;
use crate::time::BeijingTime;
use crate::wire::json;

wire_enum! {
    /// A generation of WeChat Pay's API.
    ApiVersion {
        /// APIv2: XML.
        V2 = "v2",
        /// APIv3: JSON.
        V3 = "v3",
    }
}

/// The field of a confirmed document that says which API confirmed it.
pub(crate) const API: &str = "api";

/// Whether [`order`] or [`refund`] made a document.
pub(crate) fn is_v3(fields: &Fields) -> bool {
    fields.get(API) == Some(ApiVersion::V3.as_str())
}

/// Completes a confirmed document with the API that confirmed it: APIv2, unless [`order`] or [`refund`] made it.
pub(crate) fn note_api(document: &mut Fields) {
    // It is there already if it came from APIv3.
    let _ = document.push(API, ApiVersion::V2.as_str());
}

/// Whose a decrypted notification of APIv3 is, under the names of APIv2. Transfers and combined orders have names of their own.
#[cfg(feature = "client")]
pub(crate) fn owner(resource: &Fields) -> Fields {
    let names = [
        ("mch_id", ["mchid", "sp_mchid", "mch_id", "combine_mchid"]),
        ("appid", ["appid", "sp_appid", "combine_appid", "mch_appid"]),
    ];
    let found = names
        .into_iter()
        .filter_map(|(name, given)| Some((name, given.into_iter().find_map(|it| resource.filled(it))?)));
    found.chain(resource.filled("sub_mchid").map(|number| ("sub_mch_id", number))).collect()
}

/// An order of APIv3, from `query` or a notification (protocol v3 §5.5, §9.4), as the reply of `orderquery` has it.
pub(crate) fn order(order: &Fields) -> Fields {
    let [payer, amount, scene] = ["payer", "amount", "scene_info"].map(|name| inner(order, name));
    let time_end = time(order, "success_time", BeijingTime::to_wire);
    let (appid, mch_id) = (one_of(order, "appid", "sp_appid"), one_of(order, "mchid", "sp_mchid"));
    let own = |name| order.filled(name);
    collected([
        ("appid", appid.as_deref()),
        ("mch_id", mch_id.as_deref()),
        ("sub_appid", own("sub_appid")),
        ("sub_mch_id", own("sub_mchid")),
        ("openid", payer.filled("openid").or(payer.filled("sp_openid"))),
        ("sub_openid", payer.filled("sub_openid")),
        ("trade_state", own("trade_state")),
        ("trade_state_desc", own("trade_state_desc")),
        ("trade_type", own("trade_type")),
        ("bank_type", own("bank_type")),
        ("out_trade_no", own("out_trade_no")),
        ("transaction_id", own("transaction_id")),
        ("total_fee", amount.filled("total")),
        // Of an order whose currency is left out, what the customer paid in must not be taken for CNY.
        ("fee_type", amount.filled("currency").or(amount.filled("payer_currency"))),
        ("cash_fee", amount.filled("payer_total")),
        ("cash_fee_type", amount.filled("payer_currency")),
        ("attach", own("attach")),
        ("time_end", time_end.as_deref()),
        ("device_info", scene.filled("device_id")),
        ("promotion_detail", own("promotion_detail")),
    ])
}

/// A part of a combined order of APIv3, from `combine_query` or a notification (§7, §9.4), as the reply of `orderquery` has it. `mch_id` is the
/// merchant of the part, who may be another one than the merchant of the combined order.
pub(crate) fn part(order: &Fields, part: &Fields) -> Fields {
    let [payer, scene] = ["combine_payer_info", "scene_info"].map(|name| inner(order, name));
    let amount = inner(part, "amount");
    let time_end = time(part, "success_time", BeijingTime::to_wire);
    let own = |name| part.filled(name);
    collected([
        ("appid", order.filled("combine_appid")),
        ("mch_id", own("mchid")),
        ("sub_appid", own("sub_appid")),
        ("sub_mch_id", own("sub_mchid")),
        ("openid", payer.filled("openid")),
        ("sub_openid", own("sub_openid").or(payer.filled("sub_openid"))),
        ("trade_state", own("trade_state")),
        ("trade_type", own("trade_type")),
        ("bank_type", own("bank_type")),
        ("out_trade_no", own("out_trade_no")),
        ("transaction_id", own("transaction_id")),
        ("combine_out_trade_no", order.filled("combine_out_trade_no")),
        ("total_fee", amount.filled("total_amount")),
        ("fee_type", amount.filled("currency").or(amount.filled("payer_currency"))),
        ("cash_fee", amount.filled("payer_amount")),
        ("cash_fee_type", amount.filled("payer_currency")),
        ("attach", own("attach")),
        ("time_end", time_end.as_deref()),
        ("device_info", scene.filled("device_id")),
        ("promotion_detail", own("promotion_detail")),
    ])
}

/// A refund of APIv3, from `refund_query` (§8.3), as the reply of `refundquery` has it: it is number 0 there. Where the reply does not say
/// whose refund it is: WeChat answers a request that this merchant signed, about this sub-merchant if it named one.
pub(crate) fn refund(refund: &Fields, mch_id: &str, sub_mch_id: Option<&str>) -> Fields {
    let amount = inner(refund, "amount");
    let success_time = time(refund, "success_time", BeijingTime::to_dashed);
    let said = one_of(refund, "mchid", "sp_mchid");
    let own = |name| refund.filled(name);
    collected([
        ("mch_id", said.as_deref().or(Some(mch_id))),
        ("sub_mch_id", own("sub_mchid").or(sub_mch_id)),
        ("out_trade_no", own("out_trade_no")),
        ("transaction_id", own("transaction_id")),
        ("total_fee", amount.filled("total")),
        ("settlement_total_fee", amount.filled("settlement_total")),
        // Always there (§8.3): without it the amounts could not be compared.
        ("fee_type", amount.filled("currency").or(Some("missing"))),
        ("cash_fee", amount.filled("payer_total")),
        ("refund_count", Some("1")),
        ("out_refund_no_0", own("out_refund_no")),
        ("refund_id_0", own("refund_id")),
        ("refund_channel_0", own("channel")),
        ("refund_fee_0", amount.filled("refund")),
        ("settlement_refund_fee_0", amount.filled("settlement_refund")),
        ("refund_status_0", own("status").map(refund_status)),
        ("refund_account_0", own("funds_account").map(refund_account)),
        ("refund_recv_accout_0", own("user_received_account")),
        ("refund_success_time_0", success_time.as_deref()),
    ])
}

/// The refund in a notification of APIv3 (§9.4), as `req_info` of APIv2 has it. It names no appid.
pub(crate) fn notified_refund(refund: &Fields) -> Fields {
    let amount = inner(refund, "amount");
    let success_time = time(refund, "success_time", BeijingTime::to_dashed);
    let mch_id = one_of(refund, "mchid", "sp_mchid");
    let own = |name| refund.filled(name);
    collected([
        ("mch_id", mch_id.as_deref()),
        ("sub_mch_id", own("sub_mchid")),
        ("out_trade_no", own("out_trade_no")),
        ("transaction_id", own("transaction_id")),
        ("out_refund_no", own("out_refund_no")),
        ("refund_id", own("refund_id")),
        ("total_fee", amount.filled("total")),
        ("refund_fee", amount.filled("refund")),
        ("refund_status", own("refund_status").map(refund_status)),
        ("cash_refund_fee", amount.filled("payer_refund")),
        ("success_time", success_time.as_deref()),
        ("refund_recv_accout", own("user_received_account")),
    ])
}

/// APIv2's word for the state of a refund. A word that is not known stays as it is.
fn refund_status(status: &str) -> &str {
    match status {
        "CLOSED" => "REFUNDCLOSE",
        "ABNORMAL" => "CHANGE",
        other => other,
    }
}

/// APIv2's word for the funds that paid a refund.
fn refund_account(account: &str) -> &str {
    match account {
        "AVAILABLE" => "REFUND_SOURCE_RECHARGE_FUNDS",
        "UNSETTLED" => "REFUND_SOURCE_UNSETTLED_FUNDS",
        other => other,
    }
}

/// The member of direct merchants, or that of service providers. If both are there and differ, both are returned, so that no merchant
/// matches.
fn one_of<'a>(fields: &'a Fields, direct: &str, provider: &str) -> Option<Cow<'a, str>> {
    match (fields.filled(direct), fields.filled(provider)) {
        (Some(one), Some(other)) if one != other => Some(format!("{one} and {other}").into()),
        (one, other) => one.or(other).map(Cow::Borrowed),
    }
}

fn inner(fields: &Fields, name: &str) -> Fields {
    fields.get(name).and_then(|text| json::parse(text.as_bytes())).unwrap_or_default()
}

fn time(fields: &Fields, name: &str, written: fn(BeijingTime) -> String) -> Option<String> {
    fields.filled(name).and_then(BeijingTime::parse_rfc3339).map(written)
}

fn collected<const N: usize>(pairs: [(&str, Option<&str>); N]) -> Fields {
    let present = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
    [(API, ApiVersion::V3.as_str())].into_iter().chain(present).collect()
}
