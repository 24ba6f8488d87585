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
    let coupons = coupons(own("promotion_detail"), &amount, ["total", "payer_total"]);
    let order = collected([
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
    ]);
    order.iter().chain(named(&coupons)).collect()
}

/// A part of a combined order of APIv3, from `combine_query` or a notification (§7, §9.4), as the reply of `orderquery` has it. `mch_id` is the
/// merchant of the part, who may be another one than the merchant of the combined order.
pub(crate) fn part(order: &Fields, part: &Fields) -> Fields {
    let [payer, scene] = ["combine_payer_info", "scene_info"].map(|name| inner(order, name));
    let amount = inner(part, "amount");
    let time_end = time(part, "success_time", BeijingTime::to_wire);
    let own = |name| part.filled(name);
    let coupons = coupons(own("promotion_detail"), &amount, ["total_amount", "payer_amount"]);
    let part = collected([
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
    ]);
    part.iter().chain(named(&coupons)).collect()
}

/// A refund of APIv3, from `refund_query` (§8.3), as the reply of `refundquery` has it: it is number 0 there. Where the reply does not say
/// whose refund it is: WeChat answers a request that this merchant signed, about this sub-merchant if it named one.
pub(crate) fn refund(refund: &Fields, mch_id: &str, sub_mch_id: Option<&str>) -> Fields {
    let amount = inner(refund, "amount");
    let success_time = time(refund, "success_time", BeijingTime::to_dashed);
    let said = one_of(refund, "mchid", "sp_mchid");
    let own = |name| refund.filled(name);
    let coupons = refunded_coupons(own("promotion_detail"), &amount);
    let refund = collected([
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
    ]);
    refund.iter().chain(named(&coupons)).collect()
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

/// Fields under names that are made here.
type Made = Vec<(String, String)>;

fn named(made: &Made) -> impl Iterator<Item = (&str, &str)> {
    made.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// What coupons paid, as APIv2 has it; nothing where there are none. `names` are those of the whole amount and of what the customer paid.
///
/// `total_fee` less `coupon_fee` is `cash_fee`, and `settlement_total_fee` is `total_fee` less the coupons that are not recharged (protocol
/// §3.3). Where the amounts of the coupons do not add up to that, or are in another currency, there are no sums: they would be guessed.
fn coupons(promotions: Option<&str>, amount: &Fields, names: [&str; 2]) -> Made {
    let promotions = promotions.and_then(json::parse_list).unwrap_or_default();
    let mut made = Made::new();
    if promotions.is_empty() {
        return made;
    }
    made.push(("coupon_count".to_owned(), promotions.len().to_string()));
    for (n, coupon) in promotions.iter().enumerate() {
        let fee = fen(coupon, "amount").map(|fee| fee.to_string());
        let members = [
            ("coupon_id", coupon.filled("coupon_id")),
            ("coupon_type", coupon.filled("type").map(coupon_type)),
            ("coupon_fee", fee.as_deref()),
        ];
        made.extend(members.into_iter().filter_map(|(name, value)| Some((format!("{name}_{n}"), value?.to_owned()))));
    }
    let [total, paid] = names.map(|name| fen(amount, name));
    let currency = amount.filled("currency").unwrap_or("CNY");
    let is_own = |fields: &Fields, name: &str| fields.filled(name).is_none_or(|other| other == currency);
    let is_one = is_own(amount, "payer_currency") && promotions.iter().all(|coupon| is_own(coupon, "currency"));
    let fee =
        sum(promotions.iter()).filter(|fee| is_one && total.zip(paid).is_some_and(|(all, cash)| all - cash == *fee));
    let (Some(total), Some(fee)) = (total, fee) else { return made };
    made.push(("coupon_fee".to_owned(), fee.to_string()));
    let is_known = promotions.iter().all(|coupon| matches!(coupon.filled("type"), Some("CASH" | "NOCASH")));
    let is_not_recharged = |coupon: &&Fields| coupon.filled("type") == Some("NOCASH");
    match sum(promotions.iter().filter(is_not_recharged)) {
        Some(less @ 1..) if is_known => made.push(("settlement_total_fee".to_owned(), (total - less).to_string())),
        _ => {}
    }
    made
}

/// What coupons get back of a refund, as APIv2 has it for refund number 0; nothing where there are none. `refund_fee` less
/// `coupon_refund_fee` is what the customer gets back: where WeChat's amounts do not agree, it is left out.
fn refunded_coupons(promotions: Option<&str>, amount: &Fields) -> Made {
    let promotions = promotions.and_then(json::parse_list).unwrap_or_default();
    let mut made = Made::new();
    let [refund, cash, discount] = ["refund", "payer_refund", "discount_refund"].map(|name| fen(amount, name));
    let agrees = |discount: &i64| refund.zip(cash).is_some_and(|(all, cash)| all - cash == *discount);
    if let Some(discount) = discount.filter(agrees).filter(|discount| *discount > 0 || !promotions.is_empty()) {
        made.push(("coupon_refund_fee_0".to_owned(), discount.to_string()));
    }
    if !promotions.is_empty() {
        made.push(("coupon_refund_count_0".to_owned(), promotions.len().to_string()));
    }
    for (n, coupon) in promotions.iter().enumerate() {
        let fee = fen(coupon, "refund_amount").map(|fee| fee.to_string());
        let members = [
            ("coupon_refund_id", coupon.filled("promotion_id")),
            ("coupon_type", coupon.filled("type").map(coupon_type)),
            ("coupon_refund_fee", fee.as_deref()),
        ];
        made.extend(members.into_iter().filter_map(|(name, value)| Some((format!("{name}_0_{n}"), value?.to_owned()))));
    }
    made
}

fn fen(fields: &Fields, name: &str) -> Option<i64> {
    // Far from the ends of the type: sums and differences are exact.
    fields.filled(name)?.parse().ok().filter(|fen| (0..1 << 53).contains(fen))
}

/// The sum of the coupons' amounts; `None` if one of them is not known.
fn sum<'a>(mut coupons: impl Iterator<Item = &'a Fields>) -> Option<i64> {
    coupons.try_fold(0_i64, |sum, coupon| sum.checked_add(fen(coupon, "amount")?))
}

/// APIv2's word for the kind of a coupon. A word that is not known stays as it is.
fn coupon_type(kind: &str) -> &str {
    match kind {
        "NOCASH" => "NO_CASH",
        other => other,
    }
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
