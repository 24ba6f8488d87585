//! The rows of orders (protocol §3.2 to §3.4).

use wxpaykit::Fields;

use super::forms::{CURRENCY, FEN, IP, NOTIFY_URL, NUMBER, TIME};
use super::rules::{Field, Order, Row, USUAL_ORDER, field, row};
use crate::journal::Explanation;
use crate::reasons::Reason;
use crate::wechat::verdict::Refusal;
use crate::wechat::{closeorder, orderquery, unifiedorder};

/// Newer documents ask for at least six characters; no capture shows that the server does.
pub(super) const OUT_TRADE_NO: Field = field("out_trade_no", 32).documented_length(6, 32).form(NUMBER);

pub(super) const ROWS: &[Row] = &[
    Row {
        fields: &[
            field("device_info", 32),
            field("body", 127).required(),
            field("detail", 6000),
            field("attach", 127),
            OUT_TRADE_NO.required(),
            field("fee_type", 16).form(CURRENCY),
            field("total_fee", 32).required().form(FEN),
            field("spbill_create_ip", 64).required().form(IP).refused_as("invalid spbill_create_ip"),
            field("time_start", 14).form(TIME),
            field("time_expire", 14).form(TIME),
            field("goods_tag", 32),
            field("notify_url", 256).required().form(NOTIFY_URL),
            field("trade_type", 16).required().words(&["JSAPI", "NATIVE", "APP", "MWEB"]),
            field("product_id", 32),
            field("limit_pay", 32).words(&["no_credit"]),
            field("openid", 128),
            field("sub_openid", 128),
            field("receipt", 8).words(&["Y"]),
            field("profit_sharing", 16).words(&["Y", "N"]),
            field("scene_info", 256),
        ],
        documented: |fields| match fields.get("trade_type") {
            Some("NATIVE") => Some("product_id"),
            Some("MWEB") => Some("scene_info"),
            _ => None,
        },
        product: Some("trade_type"),
        requires: payer,
        order: Order { sign_first: true, ..USUAL_ORDER },
        makes_order: true,
        ..row("/pay/unifiedorder", unifiedorder::order)
    },
    Row {
        fields: &[field("transaction_id", 32), OUT_TRADE_NO],
        one_of: &["transaction_id", "out_trade_no"],
        ..row("/pay/orderquery", orderquery::query)
    },
    Row {
        fields: &[OUT_TRADE_NO.required()],
        // Captured from 2018 to 2021: ordinary merchants get an empty sub_mch_id.
        order: Order { empty: &["sub_mch_id"], ..USUAL_ORDER },
        ..row("/pay/closeorder", closeorder::close)
    },
];

/// A JSAPI order names its payer.
fn payer(fields: &Fields) -> Result<(), Refusal> {
    if fields.get("trade_type") != Some("JSAPI") || fields.filled("openid").is_some() {
        return Ok(());
    }
    if fields.filled("sub_openid").is_none() {
        let explanation = Explanation::reason(Reason::OPENID_MISSING);
        return Err(Refusal::new("JSAPI支付必须传openid").because(explanation));
    }
    if fields.filled("sub_appid").is_none() {
        return Err(Refusal::new("缺少参数").because(Explanation::reason(Reason::SUB_APPID_MISSING)));
    }
    Ok(())
}
